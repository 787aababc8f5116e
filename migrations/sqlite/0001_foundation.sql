-- Who owns what, who may act, and the first resource: candidates and their résumés.

create table tenants (
    id         blob not null primary key,
    name       text not null,
    slug       text not null unique,
    time_zone  text not null,
    profile    text not null,
    created_at text not null,
    updated_at text not null,
    version    integer not null
) strict;

-- status: invited, active, disabled, removed. A removed member stays as the author of what they did.
create table members (
    tenant_id       blob not null references tenants (id),
    id              blob not null,
    email           text not null,
    name            text,
    status          text not null,
    password_hash   text,
    password_set_at text,
    created_at      text not null,
    updated_at      text not null,
    version         integer not null,
    primary key (tenant_id, id)
) strict;

create unique index members_email on members (tenant_id, email) where status <> 'removed';

create table api_keys (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    member_id   blob not null,
    name        text not null,
    prefix      text not null unique,
    secret_hash blob not null,
    permissions text not null,
    created_at  text not null,
    updated_at  text not null,
    expires_at  text,
    revoked_at  text,
    version     integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

create index api_keys_by_member on api_keys (tenant_id, member_id);

-- Written now and then, apart from the key: using a key is no change of it.
create table api_key_uses (
    tenant_id    blob not null references tenants (id),
    api_key_id   blob not null,
    last_used_at text not null,
    primary key (tenant_id, api_key_id),
    foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id)
) strict;

create table events (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    type        text not null,
    subject_id  text not null,
    actor       text not null,
    payload     text not null,
    occurred_at text not null,
    primary key (tenant_id, id)
) strict;

-- A row is written before its blob and marked stored with the change that needs it; the sweeper removes the rest.
create table files (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    blob_key   text not null unique,
    state      text not null,
    size       integer not null,
    sha256     text,
    created_at text not null,
    updated_at text not null,
    primary key (tenant_id, id)
) strict;

create index files_unfinished on files (updated_at) where state <> 'stored';

create table candidates (
    tenant_id         blob not null references tenants (id),
    id                blob not null,
    name              text,
    headline          text,
    location          text,
    source            text,
    profile           text,
    profile_resume_id blob,
    created_by        blob,
    created_at        text not null,
    updated_at        text not null,
    deleted_at        text,
    version           integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

-- value is as the candidate wrote it, key as it is compared.
create table candidate_contacts (
    tenant_id    blob not null references tenants (id),
    candidate_id blob not null,
    kind         text not null,
    key          text not null,
    value        text not null,
    position     integer not null,
    primary key (tenant_id, candidate_id, kind, key),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
) strict;

create unique index candidate_contacts_email on candidate_contacts (tenant_id, key) where kind = 'email';

create table resumes (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    candidate_id blob,
    file_id      blob not null,
    file_name    text not null,
    media_type   text not null,
    size         integer not null,
    sha256       text not null,
    source       text,
    status       text not null,
    error_code   text,
    error_detail text,
    parse_id     blob,
    created_by   blob,
    created_at   text not null,
    updated_at   text not null,
    version      integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index resumes_by_candidate on resumes (tenant_id, candidate_id, id);

-- What the extractor read; kept, so that a re-parse need not open the file again.
create table resume_texts (
    tenant_id  blob not null references tenants (id),
    resume_id  blob not null,
    extractor  text not null,
    pages      integer not null,
    language   text,
    text       text not null,
    layout     text not null,
    created_at text not null,
    primary key (tenant_id, resume_id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id)
) strict;

create table resume_parses (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    resume_id    blob not null,
    status       text not null,
    wanted       text,
    parser       text,
    error_code   text,
    error_detail text,
    language     text,
    unified      text,
    evidence     text,
    warnings     text,
    wall_micros  integer,
    created_at   text not null,
    finished_at  text,
    primary key (tenant_id, id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id)
) strict;

create index resume_parses_by_resume on resume_parses (tenant_id, resume_id, id);

create table plugin_runs (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    plugin      text not null,
    version     text not null,
    kind        text not null,
    digest      text not null,
    subject_id  text,
    outcome     text not null,
    error_code  text,
    wall_micros integer not null,
    cpu_micros  integer not null,
    fuel        integer,
    peak_memory integer not null,
    host_calls  integer not null,
    log         text not null,
    input_hash  text not null,
    created_at  text not null,
    primary key (tenant_id, id)
) strict;

create index plugin_runs_by_subject on plugin_runs (tenant_id, subject_id, id);
create index plugin_runs_by_age on plugin_runs (created_at);

-- Background work. state: 0 ready, 1 running, 2 waiting for run_at, 3 dead, 4 cancelled; one that is done is deleted.
-- Without a tenant: the system's own. owner_id is the tenant, or all ones for the system: never null, so that unique
-- keys hold and turns are taken there, too.
create table tasks (
    id           blob not null primary key,
    tenant_id    blob references tenants (id),
    owner_id     blob not null,
    queue        text not null,
    kind         text not null,
    payload      text not null,
    state        integer not null,
    priority     integer not null,
    run_at       text not null,
    attempt      integer not null,
    max_attempts integer not null,
    lease_token  blob,
    lease_until  text,
    unique_key   text,
    last_error   text,
    created_at   text not null,
    finished_at  text
) strict;

create index tasks_ready on tasks (queue, owner_id, priority, run_at, id) where state = 0;
create index tasks_running on tasks (lease_until) where state = 1;
create index tasks_waiting on tasks (run_at) where state = 2;
create index tasks_finished on tasks (finished_at) where state >= 3;
create unique index tasks_unique on tasks (owner_id, kind, unique_key) where state < 3 and unique_key is not null;

-- Fired by compare-and-set on next_at in the transaction that enqueues, so once across all nodes.
create table schedules (
    name    text not null primary key,
    next_at text not null
) strict;
