-- A tenant's own plugins: what it installed, whom it trusts, what it lets each do, and what they keep.

-- Whose signatures on plugins are believed; a revoked key stays, for what it once signed.
create table trusted_keys (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    name       text not null,
    public_key blob not null,
    key_id     text not null,
    created_by blob,
    created_at text not null,
    updated_at text not null,
    revoked_at text,
    version    integer not null,
    primary key (tenant_id, id),
    unique (tenant_id, key_id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

-- strikes: calls in a row that ended in a defect. suspended_at: since when it is not called, suspended_until: when it is
-- tried again.
create table plugins (
    tenant_id         blob not null references tenants (id),
    id                blob not null,
    name              text not null,
    kind              text not null,
    title             text not null,
    active_version_id blob,
    activated_at      text,
    strikes           integer not null,
    suspended_at      text,
    suspended_until   text,
    created_by        blob,
    created_at        text not null,
    updated_at        text not null,
    version           integer not null,
    primary key (tenant_id, id),
    unique (tenant_id, name),
    foreign key (tenant_id, active_version_id) references plugin_versions (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index plugins_active on plugins (tenant_id, kind, activated_at) where active_version_id is not null;

-- One component. state: compiling, ready, failed. granted: what it may do, null before somebody consented. config: its
-- settings without the secret ones, null before somebody set them; secrets: those, sealed together.
create table plugin_versions (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    plugin_id    blob not null,
    release      text not null,
    digest       text not null,
    size         integer not null,
    file_id      blob not null,
    state        text not null,
    error_code   text,
    error_detail text,
    manifest     text not null,
    imports      text not null,
    source       text,
    signed_by    blob,
    granted      text,
    consented_by blob,
    consented_at text,
    config       text,
    secret_names text not null,
    secrets      blob,
    created_by   blob,
    created_at   text not null,
    updated_at   text not null,
    version      integer not null,
    primary key (tenant_id, id),
    unique (tenant_id, plugin_id, release),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, signed_by) references trusted_keys (tenant_id, id),
    foreign key (tenant_id, consented_by) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index plugin_versions_by_plugin on plugin_versions (tenant_id, plugin_id, id);

-- What plugins keep for themselves.
create table plugin_values (
    tenant_id  blob not null references tenants (id),
    plugin_id  blob not null,
    key        text not null,
    value      blob not null,
    expires_at text,
    updated_at text not null,
    primary key (tenant_id, plugin_id, key),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id)
) strict;

-- What a version made of chosen résumés beside the active one. state: pending, running, done, failed. report: which fields
-- differ, never what they say.
create table plugin_trials (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    plugin_id   blob not null,
    version_id  blob not null,
    resumes     text not null,
    state       text not null,
    error_code  text,
    report      text,
    created_by  blob,
    created_at  text not null,
    updated_at  text not null,
    finished_at text,
    version     integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, plugin_id) references plugins (tenant_id, id),
    foreign key (tenant_id, version_id) references plugin_versions (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index plugin_trials_by_version on plugin_trials (tenant_id, version_id, id);

create index plugin_runs_by_plugin on plugin_runs (tenant_id, plugin, id);
