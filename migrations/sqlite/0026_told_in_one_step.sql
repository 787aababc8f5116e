-- Nothing: what a trigger of SQLite asks costs no statement of its own.
select 1;
