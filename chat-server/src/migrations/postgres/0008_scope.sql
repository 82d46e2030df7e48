-- What a session that is a token for a program may do; none for those of people.
alter table sessions add column scope text collate "C";
