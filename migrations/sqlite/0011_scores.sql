-- How well applications fit, in the words of plugins: which rules a tenant asks, and what each of them answered.

-- kind: scoring. Without a job: for every job of the tenant. weight: in millionths. config: the plugin's settings.
create table plugin_bindings (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    kind       text not null,
    plugin     text not null,
    job_id     blob,
    weight     integer not null,
    is_blind   integer not null,
    is_enabled integer not null,
    config     text not null,
    created_by blob,
    created_at text not null,
    updated_at text not null,
    deleted_at text,
    version    integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create unique index plugin_bindings_of_tenant on plugin_bindings (tenant_id, kind, plugin) where job_id is null and deleted_at is null;
create unique index plugin_bindings_of_job on plugin_bindings (tenant_id, job_id, kind, plugin) where job_id is not null and deleted_at is null;

-- The latest score of an application by each rule; without a binding: by the default rule. status: scored, skipped, failed.
-- value and weight: in millionths. input_hash: empty once the person is erased.
create table scores (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    application_id blob not null,
    binding_id     blob,
    plugin         text not null,
    version        text,
    digest         text,
    status         text not null,
    error_code     text,
    error_detail   text,
    value          integer,
    label          text,
    contributions  text not null,
    extra          text not null,
    weight         integer not null,
    is_blind       integer not null,
    config         text not null,
    config_hash    text not null,
    input_hash     text not null,
    result_hash    text,
    fuel           integer,
    run_id         blob,
    scored_at      text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, binding_id) references plugin_bindings (tenant_id, id)
) strict;

create index scores_by_application on scores (tenant_id, application_id, id);

-- The weighted mean of its scores, in millionths of a point.
alter table applications add column score integer;

create index applications_by_score on applications (tenant_id, score, id);
create index applications_by_job_and_score on applications (tenant_id, job_id, score, id);
