-- The places where a tenant's people work, and which of them a job is at.

create table offices (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    name       text not null,
    address    text not null,
    created_at text not null,
    updated_at text not null,
    deleted_at text,
    version    integer not null,
    primary key (tenant_id, id)
) strict;

-- A list of ids as they stand on the wire; null for jobs that an earlier version wrote.
alter table jobs add column office_ids text;
