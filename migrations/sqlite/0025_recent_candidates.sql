-- Nothing: FTS5 finds the newest first, and PostgreSQL needs help for that.
select 1;
