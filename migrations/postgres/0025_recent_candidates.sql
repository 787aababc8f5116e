-- A list begins with the newest candidates, and the index of lexemes knows no order: of what many have it would read everything,
-- for one page. So each entry also has a lexeme for the second it is numbered by, one for the eight seconds that one lies in, and
-- so on to decades; a list is looked for among those of a recent time first. A trigger adds them, so that none is without,
-- whichever version of the program writes it.

-- A second is 2^20 microseconds here. Like the others, no two tenants share one.
create function time_lexeme(tenant uuid, level integer, slice bigint) returns text language sql immutable
    return encode(substring(sha256(uuid_send(tenant) || int4send(level) || int8send(slice)) from 1 for 6), 'hex');

create function time_lexemes(tenant uuid, number bigint) returns tsvector language sql immutable
    return (select array_to_tsvector(array_agg(time_lexeme(tenant, level, number >> level)))
            from generate_series(20, 50, 3) levels (level));

-- What every entry from the one number to the other has, and few others; they are at most 70 years apart.
create function time_query(tenant uuid, since bigint, until bigint) returns tsquery language sql immutable
    return (select string_agg(quote_literal(time_lexeme(tenant, level, slice)), ' | ')::tsquery
            from (select min(level) as level from generate_series(20, 50, 3) levels (level)
                  where (until >> level) - (since >> level) < 8) finest,
                 generate_series(since >> level, until >> level) slices (slice));

create function add_time_lexemes() returns trigger language plpgsql as $$
begin
    new.lexemes := new.lexemes || time_lexemes(new.tenant_id, new.number);
    return new;
end
$$;

create trigger candidate_search_is_timed before insert or update of lexemes on candidate_search
for each row when (new.lexemes is not null) execute function add_time_lexemes();

-- The index is made anew, which is quicker than changing it entry by entry.
drop index candidate_search_by_lexeme;
update candidate_search set lexemes = lexemes where lexemes is not null;
create index candidate_search_by_lexeme on candidate_search using gin (lexemes);
