-- Times are milliseconds since 1970, places in a log start at 1. Texts that are compared or ordered are so by their bytes
-- (collate "C"), as on SQLite. No table is partitioned: rows are looked for by conversation and by their own id alike, and
-- no key of a partition is in both.

-- Rows of users, conversations and members change all the time: the next version finds room on the same page.
create table users (
    id uuid not null primary key,
    username text collate "C" not null unique,
    display_name text not null,
    email text collate "C" unique,
    avatar_url text,
    role text collate "C" not null,
    -- Absent for people of an embedding program, and for accounts without a password.
    password_hash text,
    -- Who this is in the embedding program.
    outside_id text collate "C" unique,
    created_at bigint not null,
    disabled_at bigint,
    last_seen_at bigint,
    -- When the profile was last changed; absent where it never was.
    changed_at bigint,
    inbox_epoch bigint not null,
    inbox_seq bigint not null default 0
) with (fillfactor = 70);

create index users_changed on users (changed_at) where changed_at is not null;

create table sessions (
    id uuid not null primary key,
    user_id uuid not null references users (id),
    device_name text,
    created_at bigint not null,
    last_used_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    -- Counts the refresh tokens of the session; only the newest is good.
    generation bigint not null default 0,
    rotated_at bigint not null
);

create index sessions_by_user on sessions (user_id, created_at);
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table conversations (
    id uuid not null primary key,
    kind text collate "C" not null,
    title text,
    description text,
    created_at bigint not null,
    updated_at bigint not null,
    epoch bigint not null,
    last_seq bigint not null default 0,
    last_message_seq bigint,
    member_count bigint not null,
    -- The two ids of a direct conversation, the smaller first: one conversation for each pair.
    pair bytea unique
) with (fillfactor = 70);

create table members (
    conversation_id uuid not null references conversations (id),
    user_id uuid not null references users (id),
    role text collate "C" not null,
    joined_at bigint not null,
    joined_seq bigint not null,
    read_seq bigint not null,
    delivered_seq bigint not null,
    marked_at bigint not null,
    primary key (conversation_id, user_id)
) with (fillfactor = 70);

create index members_by_user on members (user_id, conversation_id);
create index members_by_age on members (conversation_id, joined_seq, user_id);

-- A message is also the entry `message.new` of its conversation's log: it holds its place. The logs name conversations and
-- users without a foreign key: whoever writes has looked for both, and a lock on the sender's row with each message would
-- let the conversations of one person wait for each other.
create table messages (
    conversation_id uuid not null,
    seq bigint not null,
    id uuid not null unique,
    sender_id uuid not null,
    client_id text collate "C" not null,
    -- Of the text as it was first sent; tells a retry from another message under the same client id.
    content_hash bigint,
    content text not null,
    created_at bigint not null,
    edited_at bigint,
    deleted_at bigint,
    deleted_by uuid,
    primary key (conversation_id, seq),
    -- One message for each send. The client's id comes first: where it begins with the time (UUIDv7), new entries share
    -- a few pages.
    unique (client_id, conversation_id, sender_id)
);

-- The other entries of the log. They name what changed; how it is now is read when the entry is told again.
create table events (
    conversation_id uuid not null,
    seq bigint not null,
    kind text collate "C" not null,
    actor_id uuid not null,
    at bigint not null,
    message_id uuid,
    body text,
    primary key (conversation_id, seq)
);

-- Each user's own log. Of each kind only the newest entry about a conversation is kept.
create table inbox_events (
    user_id uuid not null,
    kind text collate "C" not null,
    conversation_id uuid not null,
    seq bigint not null,
    at bigint not null,
    primary key (user_id, conversation_id, kind)
);

create unique index inbox_events_by_seq on inbox_events (user_id, seq);

-- Answers to calls under an idempotency key, kept for a day.
create table once (
    user_id uuid not null references users (id),
    key text collate "C" not null,
    request_hash bigint not null,
    reply text not null,
    at bigint not null,
    primary key (user_id, key)
);

create index once_by_age on once (at);
