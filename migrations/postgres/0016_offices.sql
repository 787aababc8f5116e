-- The places where a tenant's people work, and which of them a job is at.

create table offices (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    name       text not null,
    address    jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id)
);

-- A list of ids as they stand on the wire; null for jobs that an earlier version wrote.
alter table jobs add column office_ids jsonb;

-- Row-level security, as in the first migration.

alter table offices enable row level security;
alter table offices force row level security;
create policy tenant on offices
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
