-- What a session that is a token for a program may do; none for those of people.
alter table sessions add column scope text collate "C";

-- It was said in the place where others count refresh tokens.
update sessions set scope = case generation when -1 then 'read' when -2 then 'write' else 'admin' end, generation = 0
where generation < 0;
