-- What brings candidates here: links that carry a source, who came by them, and what sources cost.

create table tracking_links (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    job_id     blob not null,
    name       text not null,
    source     text not null,
    medium     text,
    campaign   text,
    created_by blob,
    created_at text not null,
    deleted_at text,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index tracking_links_by_job on tracking_links (tenant_id, job_id, id);

-- Says nothing of a person, so it stays when one is erased.
create table tracking_link_uses (
    tenant_id      blob not null references tenants (id),
    link_id        blob not null,
    application_id blob not null,
    primary key (tenant_id, link_id, application_id),
    foreign key (tenant_id, link_id) references tracking_links (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id)
) strict;

-- A sum over whole days, the last one with it; amount in the currency's minor unit.
create table source_costs (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    source     text not null,
    starts_on  text not null,
    ends_on    text not null,
    currency   text not null,
    amount     integer not null,
    note       text,
    created_by blob,
    created_at text not null,
    updated_at text not null,
    deleted_at text,
    version    integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index source_costs_by_start on source_costs (tenant_id, starts_on);
