-- What this installation is called where several share something, such as one Redis. A copy that is used beside it needs
-- another name.
create table installation (
    -- There is one.
    id bigint not null primary key check (id = 1),
    name text not null
) without rowid;

insert into installation (id, name) values (1, lower(hex(randomblob(8))));

-- When everything that lets somebody in was taken back last. It only grows: another moment says that it was done again.
alter table users add column cut_off_at bigint;
