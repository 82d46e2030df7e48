-- Accounts: names that look alike have the same skeleton; an address is the account's once a mailed link was opened.
alter table users add column skeleton text;
alter table users add column pending_email text;
-- When that address was given.
alter table users add column pending_at bigint;
alter table users add column bio text;
alter table users add column status_text text;
alter table users add column is_bot bigint not null default 0;
-- JSON; absent where nothing was changed.
alter table users add column settings text;
alter table users add column disabled_reason text;
alter table users add column deleted_at bigint;
-- What people are found by, in small letters. Absent in rows of before, until the next start fills it in.
alter table users add column search_text text;

-- Nobody had been asked whether an address is theirs.
update users set pending_email = email, pending_at = created_at, email = null where email is not null;

create unique index users_skeleton on users (skeleton) where skeleton is not null;
create index users_pending_email on users (pending_email, pending_at) where pending_email is not null;

-- Tokens of mailed links, by their hash: good once, until they run out.
create table mail_tokens (
    hash blob not null primary key,
    user_id blob not null references users (id),
    -- `reset` or `verify`.
    purpose text not null,
    email text,
    expires_at bigint not null
) without rowid;

create index mail_tokens_by_user on mail_tokens (user_id, purpose);
create index mail_tokens_by_age on mail_tokens (expires_at);

-- Accounts that are deleted, while what they leave behind is still being cleared away.
create table deletions (
    user_id blob not null primary key references users (id),
    delete_messages bigint not null
) without rowid;

create table contacts (
    user_id blob not null references users (id),
    contact_id blob not null references users (id),
    nickname text,
    favorite bigint not null,
    created_at bigint not null,
    primary key (user_id, contact_id)
) without rowid;

create index contacts_of_whom on contacts (contact_id);

create table blocks (
    user_id blob not null references users (id),
    blocked_id blob not null references users (id),
    created_at bigint not null,
    primary key (user_id, blocked_id)
) without rowid;

create index blocks_of_whom on blocks (blocked_id);

-- Conversations.
alter table conversations add column avatar_url text;
-- Messages are deleted so many seconds after they were said; never where absent.
alter table conversations add column message_ttl_s bigint;

-- The read mark as others see it; it stays behind where its owner does not let them.
alter table members add column shown_read_seq bigint not null default 0;
-- JSON of what the member has set for themselves alone.
alter table members add column prefs text;
-- Set in a direct conversation where the other one has blocked this member.
alter table members add column is_blocked bigint not null default 0;

update members set shown_read_seq = read_seq;

-- When marks moved, for receipts: somebody read a message when their mark first was at it or beyond. Kept for 30 days.
create table mark_moves (
    conversation_id blob not null,
    user_id blob not null,
    -- `read` or `delivered`.
    kind text not null,
    seq bigint not null,
    at bigint not null,
    primary key (conversation_id, user_id, kind, seq)
) without rowid;

create index mark_moves_by_age on mark_moves (at);

create table invites (
    code text not null primary key,
    conversation_id blob not null references conversations (id),
    created_by blob not null,
    created_at bigint not null,
    expires_at bigint,
    max_uses bigint,
    uses bigint not null default 0
) without rowid;

create index invites_by_conversation on invites (conversation_id, created_at);

create table bans (
    conversation_id blob not null references conversations (id),
    user_id blob not null references users (id),
    by_id blob not null,
    reason text,
    created_at bigint not null,
    primary key (conversation_id, user_id)
) without rowid;

-- Messages. Most have none of these.
-- Absent for `text`.
alter table messages add column kind text;
-- JSON: metadata, mentions, where it was forwarded from, what a system message tells.
alter table messages add column extras text;
alter table messages add column reply_to blob;
alter table messages add column file_count bigint not null default 0;
alter table messages add column is_reacted bigint not null default 0;
alter table messages add column expires_at bigint;
alter table messages add column pinned_at bigint;

create index messages_expiring on messages (expires_at) where expires_at is not null;
create index messages_pinned on messages (conversation_id, pinned_at) where pinned_at is not null;
create index messages_by_sender on messages (sender_id);

-- Whom messages name; the user of all zeros stands for everybody but the sender.
create table mentions (
    conversation_id blob not null,
    user_id blob not null,
    seq bigint not null,
    sender_id blob not null,
    primary key (conversation_id, user_id, seq)
) without rowid;

-- The texts that a message had before its text of today, counted from 1.
create table revisions (
    message_id blob not null,
    number bigint not null,
    content text not null,
    at bigint not null,
    primary key (message_id, number)
) without rowid;

create table reactions (
    message_id blob not null,
    emoji text not null,
    user_id blob not null,
    at bigint not null,
    primary key (message_id, emoji, user_id)
) without rowid;

-- Files. What they hold lies in the file store under their id.
create table attachments (
    id blob not null primary key,
    owner_id blob not null,
    file_name text not null,
    size bigint not null,
    mime_type text not null,
    width bigint,
    height bigint,
    duration_ms bigint,
    waveform blob,
    blurhash text,
    has_thumbnail bigint not null default 0,
    created_at bigint not null,
    -- Since when no message refers to it; absent while one does.
    unused_since bigint,
    -- Whether it went with the last message that referred to it: nobody has it any more, and its bytes are collected.
    is_gone bigint not null default 0
) without rowid;

create index attachments_by_owner on attachments (owner_id);
create index attachments_unused on attachments (unused_since) where unused_since is not null;

create table message_attachments (
    message_id blob not null,
    place bigint not null,
    attachment_id blob not null references attachments (id),
    primary key (message_id, place)
) without rowid;

create index message_attachments_by_file on message_attachments (attachment_id);

-- Pictures of users and conversations; those that nobody has any more are collected.
create table avatars (
    id blob not null primary key,
    subject_id blob not null,
    created_at bigint not null,
    unused_since bigint
) without rowid;

create index avatars_unused on avatars (unused_since) where unused_since is not null;

-- Looking after the server.
create table reports (
    id blob not null primary key,
    message_id blob not null,
    reporter_id blob not null,
    -- JSON of the message as it was.
    copy text not null,
    reason text not null,
    created_at bigint not null,
    state text not null,
    decided_by blob,
    decided_at bigint,
    note text,
    unique (message_id, reporter_id)
) without rowid;

create index reports_by_state on reports (state, created_at);

-- Files of reported messages: kept for those who decide, whatever becomes of the message.
create table report_attachments (
    report_id blob not null references reports (id),
    attachment_id blob not null references attachments (id),
    primary key (report_id, attachment_id)
) without rowid;

create index report_attachments_by_file on report_attachments (attachment_id);

create table audit (
    id integer primary key,
    at bigint not null,
    actor_id blob,
    action text not null,
    target_id blob,
    address text,
    detail text
);

create index audit_by_actor on audit (actor_id, id);
create index audit_by_target on audit (target_id, id);

-- A row in place of another one would be a change, too.
create trigger audit_is_not_replaced before insert on audit
when exists (select 1 from audit where id = new.id)
begin
    select raise(abort, 'the audit log can only be added to');
end;

create trigger audit_is_not_changed before update on audit
begin
    select raise(abort, 'the audit log can only be added to');
end;

create trigger audit_is_not_deleted before delete on audit
begin
    select raise(abort, 'the audit log can only be added to');
end;
