-- Versions of plugins that stand beside the one in use.

-- role: shadow (asked what was answered already, and only compared) or canary (asked about share_percent of what comes).
-- strikes, suspended_at, suspended_until: as in plugins, of a canary. A version has one role.
create table plugin_rollouts (
    tenant_id       uuid not null references tenants (id),
    plugin_id       uuid not null,
    role            text not null,
    version_id      uuid not null,
    share_percent   bigint,
    strikes         bigint not null,
    suspended_at    timestamptz,
    suspended_until timestamptz,
    created_by      uuid,
    created_at      timestamptz not null,
    primary key (tenant_id, plugin_id, role),
    unique (tenant_id, version_id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

-- What a shadow answered beside an answer that was kept. outcome: same, different, failed. differences: where, never what.
-- baseline_...: of the version whose answer was kept.
create table plugin_shadow_runs (
    tenant_id            uuid not null references tenants (id),
    id                   uuid not null,
    plugin_id            uuid not null,
    version_id           uuid not null,
    subject_id           text not null,
    outcome              text not null,
    error_code           text,
    differences          jsonb not null,
    wall_micros          bigint not null,
    cpu_micros           bigint not null,
    fuel                 bigint,
    peak_memory          bigint not null,
    host_calls           bigint not null,
    baseline_release     text not null,
    baseline_wall_micros bigint not null,
    baseline_cpu_micros  bigint not null,
    baseline_fuel        bigint,
    baseline_peak_memory bigint not null,
    created_at           timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id)
);

create index plugin_shadow_runs_by_plugin on plugin_shadow_runs (tenant_id, plugin_id, id);

create index plugin_shadow_runs_by_subject on plugin_shadow_runs (tenant_id, subject_id);

-- Row-level security, as in the first migration: the system forgets old shadow runs of all tenants.

alter table plugin_rollouts enable row level security;
alter table plugin_rollouts force row level security;
create policy tenant on plugin_rollouts
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table plugin_shadow_runs enable row level security;
alter table plugin_shadow_runs force row level security;
create policy tenant on plugin_shadow_runs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');
