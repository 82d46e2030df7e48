-- The words of messages, as the program makes them of the text (its index has no text of its own), each row with one more
-- word for its conversation. What is taken out is taken out of the pages, too.
create virtual table search using fts5 (words, content = '', columnsize = 0, tokenize = 'ascii');

insert into search (search, rank) values ('secure-delete', 1);

-- Which message a row of `search` is.
create table search_rows (
    id integer primary key,
    message_id blob not null unique,
    conversation_id blob not null
);

-- Up to here the log is in `search`. What was said since is put there soon.
alter table conversations add column indexed_seq bigint not null default 0;
