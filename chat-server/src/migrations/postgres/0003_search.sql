-- The words of messages, as the program makes them of the text, each row with one more word for its conversation. The
-- newest rows have the highest numbers.
create sequence search_rows_id;

create table search_rows (
    id bigint primary key,
    message_id uuid not null unique,
    conversation_id uuid not null,
    words tsvector not null
);

create index search_rows_by_words on search_rows using gin (words);
create index search_rows_by_conversation on search_rows (conversation_id);

-- Up to here the log is in `search_rows`. What was said since is put there soon.
alter table conversations add column indexed_seq bigint not null default 0;

-- What was deleted is to be gone from the files soon, too.
alter table messages set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
alter table search_rows set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
