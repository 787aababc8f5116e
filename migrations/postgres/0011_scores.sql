-- How well applications fit, in the words of plugins: which rules a tenant asks, and what each of them answered.

-- kind: scoring. Without a job: for every job of the tenant. weight: in millionths. config: the plugin's settings.
create table plugin_bindings (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    kind       text not null,
    plugin     text not null,
    job_id     uuid,
    weight     bigint not null,
    is_blind   bigint not null,
    is_enabled bigint not null,
    config     jsonb not null,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create unique index plugin_bindings_of_tenant on plugin_bindings (tenant_id, kind, plugin) where job_id is null and deleted_at is null;
create unique index plugin_bindings_of_job on plugin_bindings (tenant_id, job_id, kind, plugin) where job_id is not null and deleted_at is null;

-- The latest score of an application by each rule; without a binding: by the default rule. status: scored, skipped, failed.
-- value and weight: in millionths. input_hash: empty once the person is erased.
create table scores (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    application_id uuid not null,
    binding_id     uuid,
    plugin         text not null,
    version        text,
    digest         text,
    status         text not null,
    error_code     text,
    error_detail   text,
    value          bigint,
    label          text,
    contributions  jsonb not null,
    extra          jsonb not null,
    weight         bigint not null,
    is_blind       bigint not null,
    config         jsonb not null,
    config_hash    text not null,
    input_hash     text not null,
    result_hash    text,
    fuel           bigint,
    run_id         uuid,
    scored_at      timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, binding_id) references plugin_bindings (tenant_id, id)
);

create index scores_by_application on scores (tenant_id, application_id, id);

-- The weighted mean of its scores, in millionths of a point.
alter table applications add column score bigint;

create index applications_by_score on applications (tenant_id, score, id);
create index applications_by_job_and_score on applications (tenant_id, job_id, score, id);

alter table plugin_bindings enable row level security;
alter table plugin_bindings force row level security;
create policy tenant on plugin_bindings
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table scores enable row level security;
alter table scores force row level security;
create policy tenant on scores
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
