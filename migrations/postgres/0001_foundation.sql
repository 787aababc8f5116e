-- Who owns what, who may act, and the first resource: candidates and their résumés.

create table tenants (
    id         uuid not null primary key,
    name       text not null,
    slug       text not null unique,
    time_zone  text not null,
    profile    jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version    bigint not null
);

-- status: invited, active, disabled, removed. A removed member stays as the author of what they did.
create table members (
    tenant_id       uuid not null references tenants (id),
    id              uuid not null,
    email           text not null,
    name            text,
    status          text not null,
    password_hash   text,
    password_set_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         bigint not null,
    primary key (tenant_id, id)
);

create unique index members_email on members (tenant_id, email) where status <> 'removed';

create table api_keys (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    member_id   uuid not null,
    name        text not null,
    prefix      text not null unique,
    secret_hash bytea not null,
    permissions jsonb not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    version     bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

create index api_keys_by_member on api_keys (tenant_id, member_id);

-- Written now and then, apart from the key: using a key is no change of it.
create table api_key_uses (
    tenant_id    uuid not null references tenants (id),
    api_key_id   uuid not null,
    last_used_at timestamptz not null,
    primary key (tenant_id, api_key_id),
    foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id)
);

create table events (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    type        text not null,
    subject_id  text not null,
    actor       jsonb not null,
    payload     jsonb not null,
    occurred_at timestamptz not null,
    primary key (tenant_id, id)
);

-- A row is written before its blob and marked stored with the change that needs it; the sweeper removes the rest.
create table files (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    blob_key   text not null unique,
    state      text not null,
    size       bigint not null,
    sha256     text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, id)
);

create index files_unfinished on files (updated_at) where state <> 'stored';

create table candidates (
    tenant_id         uuid not null references tenants (id),
    id                uuid not null,
    name              text,
    headline          text,
    location          jsonb,
    source            text,
    profile           jsonb,
    profile_resume_id uuid,
    created_by        uuid,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    deleted_at        timestamptz,
    version           bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

-- value is as the candidate wrote it, key as it is compared.
create table candidate_contacts (
    tenant_id    uuid not null references tenants (id),
    candidate_id uuid not null,
    kind         text not null,
    key          text not null,
    value        text not null,
    position     bigint not null,
    primary key (tenant_id, candidate_id, kind, key),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
);

create unique index candidate_contacts_email on candidate_contacts (tenant_id, key) where kind = 'email';

create table resumes (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    candidate_id uuid,
    file_id      uuid not null,
    file_name    text not null,
    media_type   text not null,
    size         bigint not null,
    sha256       text not null,
    source       text,
    status       text not null,
    error_code   text,
    error_detail text,
    parse_id     uuid,
    created_by   uuid,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    version      bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index resumes_by_candidate on resumes (tenant_id, candidate_id, id);

-- What the extractor read; kept, so that a re-parse need not open the file again.
create table resume_texts (
    tenant_id  uuid not null references tenants (id),
    resume_id  uuid not null,
    extractor  jsonb not null,
    pages      bigint not null,
    language   text,
    text       text not null,
    layout     text not null,
    created_at timestamptz not null,
    primary key (tenant_id, resume_id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id)
);

create table resume_parses (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    resume_id    uuid not null,
    status       text not null,
    wanted       text,
    parser       jsonb,
    error_code   text,
    error_detail text,
    language     text,
    unified      jsonb,
    evidence     jsonb,
    warnings     jsonb,
    wall_micros  bigint,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id)
);

create index resume_parses_by_resume on resume_parses (tenant_id, resume_id, id);

create table plugin_runs (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    plugin      text not null,
    version     text not null,
    kind        text not null,
    digest      text not null,
    subject_id  text,
    outcome     text not null,
    error_code  text,
    wall_micros bigint not null,
    cpu_micros  bigint not null,
    fuel        bigint,
    peak_memory bigint not null,
    host_calls  bigint not null,
    log         jsonb not null,
    input_hash  text not null,
    created_at  timestamptz not null,
    primary key (tenant_id, id)
);

create index plugin_runs_by_subject on plugin_runs (tenant_id, subject_id, id);
create index plugin_runs_by_age on plugin_runs (created_at);

-- Background work. state: 0 ready, 1 running, 2 waiting for run_at, 3 dead, 4 cancelled; one that is done is deleted.
-- Without a tenant: the system's own. owner_id is the tenant, or all ones for the system: never null, so that unique
-- keys hold and turns are taken there, too.
create table tasks (
    id           uuid not null primary key,
    tenant_id    uuid references tenants (id),
    owner_id     uuid not null,
    queue        text not null,
    kind         text not null,
    payload      jsonb not null,
    state        bigint not null,
    priority     bigint not null,
    run_at       timestamptz not null,
    attempt      bigint not null,
    max_attempts bigint not null,
    lease_token  uuid,
    lease_until  timestamptz,
    unique_key   text,
    last_error   text,
    created_at   timestamptz not null,
    finished_at  timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

create index tasks_ready on tasks (queue, owner_id, priority, run_at, id) where state = 0;
create index tasks_running on tasks (lease_until) where state = 1;
create index tasks_waiting on tasks (run_at) where state = 2;
create index tasks_finished on tasks (finished_at) where state >= 3;
create unique index tasks_unique on tasks (owner_id, kind, unique_key) where state < 3 and unique_key is not null;

-- Fired by compare-and-set on next_at in the transaction that enqueues, so once across all nodes.
create table schedules (
    name    text not null primary key,
    next_at timestamptz not null
);

-- Row-level security: the second fence behind the tenant_id every statement names. FORCE binds the owner, too.
-- An unset or empty setting is null, and null sees nothing.

alter table members enable row level security;
alter table members force row level security;
create policy tenant on members
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table api_key_uses enable row level security;
alter table api_key_uses force row level security;
create policy tenant on api_key_uses
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table events enable row level security;
alter table events force row level security;
create policy tenant on events
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table candidates enable row level security;
alter table candidates force row level security;
create policy tenant on candidates
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table candidate_contacts enable row level security;
alter table candidate_contacts force row level security;
create policy tenant on candidate_contacts
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table resumes enable row level security;
alter table resumes force row level security;
create policy tenant on resumes
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table resume_texts enable row level security;
alter table resume_texts force row level security;
create policy tenant on resume_texts
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table resume_parses enable row level security;
alter table resume_parses force row level security;
create policy tenant on resume_parses
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The system finds keys by prefix, unfinished files, old runs and due tasks across tenants, and makes tenants.

alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant on tenants
    using (id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy tenant on api_keys
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table files enable row level security;
alter table files force row level security;
create policy tenant on files
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table tasks enable row level security;
alter table tasks force row level security;
create policy tenant on tasks
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table plugin_runs enable row level security;
alter table plugin_runs force row level security;
create policy tenant on plugin_runs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');
