-- What candidates are found by, and a tenant's own names for skills.

-- number says when the candidate was made, in microseconds, and orders what is found; changed is when they last changed.
-- lexemes are digests of words, which no two tenants share. That is this table's fence: it has no row-level security, as
-- the operators of its index could not be used under it. facets: what is counted, as skill:rust.
create table candidate_search (
    tenant_id         uuid not null references tenants (id),
    candidate_id      uuid not null,
    number            bigint not null unique,
    changed           bigint not null,
    experience_months bigint,
    facets            jsonb not null,
    lexemes           tsvector,
    primary key (tenant_id, candidate_id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
);

create index candidate_search_by_lexeme on candidate_search using gin (lexemes);
create index candidate_search_by_number on candidate_search (tenant_id, number);

create table skill_aliases (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    alias      text not null,
    skill      text not null,
    created_by uuid,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create unique index skill_aliases_alias on skill_aliases (tenant_id, alias);
create index skill_aliases_by_skill on skill_aliases (tenant_id, skill);

alter table skill_aliases enable row level security;
alter table skill_aliases force row level security;
create policy tenant on skill_aliases
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
