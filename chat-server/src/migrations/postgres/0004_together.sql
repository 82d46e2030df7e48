-- What several processes have in common. Keys, where they are in no file: those that access tokens are signed with from
-- some moment on, and, under the name `refresh`, the secret that refresh tokens are made with.
create table signing_keys (
    id text collate "C" not null primary key,
    -- Base64.
    secret text not null,
    -- Absent for the secret.
    signs_from bigint
);

-- The random mark of the place where the files of this database are; the place has it, too.
create table media_store (
    -- There is one.
    id bigint not null primary key check (id = 1),
    mark text collate "C" not null
);
