-- What candidates are found by, and a tenant's own names for skills.

-- number says when the candidate was made, in microseconds, and orders what is found; changed is when they last changed.
-- facets: what is counted, as skill:rust.
create table candidate_search (
    tenant_id         blob not null references tenants (id),
    candidate_id      blob not null,
    number            integer not null unique,
    changed           integer not null,
    experience_months integer,
    facets            text not null,
    primary key (tenant_id, candidate_id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
) strict;

create index candidate_search_by_number on candidate_search (tenant_id, number);

-- rowid is the entry's number. Lexemes are digests of words, which no two tenants share; the text itself is not kept.
create virtual table candidate_lexemes using fts5 (lexemes, content = '', contentless_delete = 1, tokenize = 'ascii');

create table skill_aliases (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    alias      text not null,
    skill      text not null,
    created_by blob,
    created_at text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create unique index skill_aliases_alias on skill_aliases (tenant_id, alias);
create index skill_aliases_by_skill on skill_aliases (tenant_id, skill);
