-- Versions of plugins that stand beside the one in use.

-- role: shadow (asked what was answered already, and only compared) or canary (asked about share_percent of what comes).
-- strikes, suspended_at, suspended_until: as in plugins, of a canary. A version has one role.
create table plugin_rollouts (
    tenant_id       blob not null references tenants (id),
    plugin_id       blob not null,
    role            text not null,
    version_id      blob not null,
    share_percent   integer,
    strikes         integer not null,
    suspended_at    text,
    suspended_until text,
    created_by      blob,
    created_at      text not null,
    primary key (tenant_id, plugin_id, role),
    unique (tenant_id, version_id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

-- What a shadow answered beside an answer that was kept. outcome: same, different, failed. differences: where, never what.
-- baseline_...: of the version whose answer was kept.
create table plugin_shadow_runs (
    tenant_id            blob not null references tenants (id),
    id                   blob not null,
    plugin_id            blob not null,
    version_id           blob not null,
    subject_id           text not null,
    outcome              text not null,
    error_code           text,
    differences          text not null,
    wall_micros          integer not null,
    cpu_micros           integer not null,
    fuel                 integer,
    peak_memory          integer not null,
    host_calls           integer not null,
    baseline_release     text not null,
    baseline_wall_micros integer not null,
    baseline_cpu_micros  integer not null,
    baseline_fuel        integer,
    baseline_peak_memory integer not null,
    created_at           text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id)
) strict;

create index plugin_shadow_runs_by_plugin on plugin_shadow_runs (tenant_id, plugin_id, id);

create index plugin_shadow_runs_by_subject on plugin_shadow_runs (tenant_id, subject_id);
