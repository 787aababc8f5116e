-- What brings candidates here: links that carry a source, who came by them, and what sources cost.

create table tracking_links (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    job_id     uuid not null,
    name       text not null,
    source     text not null,
    medium     text,
    campaign   text,
    created_by uuid,
    created_at timestamptz not null,
    deleted_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index tracking_links_by_job on tracking_links (tenant_id, job_id, id);

-- Says nothing of a person, so it stays when one is erased.
create table tracking_link_uses (
    tenant_id      uuid not null references tenants (id),
    link_id        uuid not null,
    application_id uuid not null,
    primary key (tenant_id, link_id, application_id),
    foreign key (tenant_id, link_id) references tracking_links (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id)
);

-- A sum over whole days, the last one with it; amount in the currency's minor unit.
create table source_costs (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    source     text not null,
    starts_on  text not null,
    ends_on    text not null,
    currency   text not null,
    amount     bigint not null,
    note       text,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index source_costs_by_start on source_costs (tenant_id, starts_on);

-- Row-level security, as in the first migration.

alter table tracking_links enable row level security;
alter table tracking_links force row level security;
create policy tenant on tracking_links
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table tracking_link_uses enable row level security;
alter table tracking_link_uses force row level security;
create policy tenant on tracking_link_uses
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table source_costs enable row level security;
alter table source_costs force row level security;
create policy tenant on source_costs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
