-- A tenant's own plugins: what it installed, whom it trusts, what it lets each do, and what they keep.

-- Whose signatures on plugins are believed; a revoked key stays, for what it once signed.
create table trusted_keys (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    name       text not null,
    public_key bytea not null,
    key_id     text not null,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    revoked_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id),
    unique (tenant_id, key_id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

-- strikes: calls in a row that ended in a defect. suspended_at: since when it is not called, suspended_until: when it is
-- tried again.
create table plugins (
    tenant_id         uuid not null references tenants (id),
    id                uuid not null,
    name              text not null,
    kind              text not null,
    title             text not null,
    active_version_id uuid,
    activated_at      timestamptz,
    strikes           bigint not null,
    suspended_at      timestamptz,
    suspended_until   timestamptz,
    created_by        uuid,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    version           bigint not null,
    primary key (tenant_id, id),
    unique (tenant_id, name),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index plugins_active on plugins (tenant_id, kind, activated_at) where active_version_id is not null;

-- One component. state: compiling, ready, failed. granted: what it may do, null before somebody consented. config: its
-- settings without the secret ones, null before somebody set them; secrets: those, sealed together.
create table plugin_versions (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    plugin_id    uuid not null,
    release      text not null,
    digest       text not null,
    size         bigint not null,
    file_id      uuid not null,
    state        text not null,
    error_code   text,
    error_detail text,
    manifest     jsonb not null,
    imports      jsonb not null,
    source       text,
    signed_by    uuid,
    granted      jsonb,
    consented_by uuid,
    consented_at timestamptz,
    config       jsonb,
    secret_names jsonb not null,
    secrets      bytea,
    created_by   uuid,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    version      bigint not null,
    primary key (tenant_id, id),
    unique (tenant_id, plugin_id, release),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, signed_by) references trusted_keys (tenant_id, id),
    foreign key (tenant_id, consented_by) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

alter table plugins add foreign key (tenant_id, active_version_id) references plugin_versions (tenant_id, id);

create index plugin_versions_by_plugin on plugin_versions (tenant_id, plugin_id, id);

-- What plugins keep for themselves.
create table plugin_values (
    tenant_id  uuid not null references tenants (id),
    plugin_id  uuid not null,
    key        text not null,
    value      bytea not null,
    expires_at timestamptz,
    updated_at timestamptz not null,
    primary key (tenant_id, plugin_id, key),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id)
);

-- What a version made of chosen résumés beside the active one. state: pending, running, done, failed. report: which fields
-- differ, never what they say.
create table plugin_trials (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    plugin_id   uuid not null,
    version_id  uuid not null,
    resumes     jsonb not null,
    state       text not null,
    error_code  text,
    report      jsonb,
    created_by  uuid,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    finished_at timestamptz,
    version     bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index plugin_trials_by_version on plugin_trials (tenant_id, version_id, id);

create index plugin_runs_by_plugin on plugin_runs (tenant_id, plugin, id);

-- Row-level security, as in the first migration.

alter table trusted_keys enable row level security;
alter table trusted_keys force row level security;
create policy tenant on trusted_keys
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table plugins enable row level security;
alter table plugins force row level security;
create policy tenant on plugins
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table plugin_versions enable row level security;
alter table plugin_versions force row level security;
create policy tenant on plugin_versions
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table plugin_values enable row level security;
alter table plugin_values force row level security;
create policy tenant on plugin_values
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table plugin_trials enable row level security;
alter table plugin_trials force row level security;
create policy tenant on plugin_trials
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
