-- Files that come in parts: begun under a name of the client's, and gone on with for a day.
create table uploads (
    id blob not null primary key,
    owner_id blob not null,
    client_id text not null,
    length bigint not null,
    fingerprint text,
    file_name text,
    mime_type text,
    duration_ms bigint,
    waveform blob,
    -- So many bytes are kept, in so many pieces.
    came bigint not null default 0,
    pieces bigint not null default 0,
    -- The file, once it is whole.
    attachment_id blob,
    begun_at bigint not null,
    touched_at bigint not null,
    unique (owner_id, client_id)
) without rowid;

create index uploads_begun on uploads (begun_at);

-- Where the bytes of them are, until they are a file.
create table upload_pieces (
    upload_id blob not null,
    at bigint not null,
    bytes bigint not null,
    object_id blob not null,
    primary key (upload_id, at)
) without rowid;
