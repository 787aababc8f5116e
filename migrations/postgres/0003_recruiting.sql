-- What the product is about: jobs, the candidates who apply, how far they get, what was decided and when.

-- The stages a tenant's new jobs begin with; without a row the program's own.
create table pipelines (
    tenant_id  uuid not null references tenants (id),
    stages     jsonb not null,
    updated_at timestamptz not null,
    version    bigint not null,
    primary key (tenant_id)
);

-- status: draft, open, paused, filled, closed. terms: what lists find a job by, made by the program from the rest.
create table jobs (
    tenant_id         uuid not null references tenants (id),
    id                uuid not null,
    reference         text,
    title             text not null,
    department_id     uuid,
    status            text not null,
    employment_type   text,
    experience_level  text,
    location          jsonb,
    descriptions      jsonb not null,
    responsibilities  jsonb not null,
    skills            jsonb not null,
    compensation      jsonb,
    interview_process jsonb not null,
    questions         jsonb not null,
    tags              jsonb not null,
    custom_fields     jsonb not null,
    hiring_manager_id uuid,
    apply_url         text,
    is_evergreen      bigint not null,
    terms             jsonb not null,
    opened_at         timestamptz,
    closes_at         timestamptz,
    created_by        uuid,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    deleted_at        timestamptz,
    version           bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id),
    foreign key (tenant_id, hiring_manager_id) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create unique index jobs_reference on jobs (tenant_id, reference) where deleted_at is null;
create index jobs_by_department on jobs (tenant_id, department_id, id);
create index jobs_by_update on jobs (tenant_id, updated_at, id);

-- Append-only, the first row with the job itself.
create table job_status_changes (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    job_id      uuid not null,
    from_status text,
    to_status   text not null,
    reason      text,
    actor_kind  text not null,
    actor_id    text,
    member_id   uuid,
    occurred_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);

create index job_status_changes_by_job on job_status_changes (tenant_id, job_id, occurred_at, id);

-- kind: applied, screening, interview, offer, hired; position counts from 0 within the job.
create table job_stages (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    job_id     uuid not null,
    name       text not null,
    kind       text not null,
    position   bigint not null,
    created_at timestamptz not null,
    deleted_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);

create index job_stages_by_job on job_stages (tenant_id, job_id, position);

-- One head to be hired. Before its job opens it is planned: opened_at is empty.
create table openings (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    job_id         uuid not null,
    opened_at      timestamptz,
    filled_at      timestamptz,
    closed_at      timestamptz,
    close_reason   text,
    application_id uuid,
    created_by     uuid,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    version        bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index openings_by_job on openings (tenant_id, job_id, id);

-- Append-only. kind: opened, filled, released (its hire was undone), closed.
create table opening_changes (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    opening_id     uuid not null,
    job_id         uuid not null,
    kind           text not null,
    application_id uuid,
    reason         text,
    actor_kind     text not null,
    actor_id       text,
    member_id      uuid,
    occurred_at    timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, opening_id) references openings (tenant_id, id)
);

create index opening_changes_by_opening on opening_changes (tenant_id, opening_id, occurred_at, id);

-- A candidate for a job. outcome: active, hired, rejected, withdrawn, transferred. attempt counts a candidate's
-- applications for the same job.
create table applications (
    tenant_id        uuid not null references tenants (id),
    id               uuid not null,
    candidate_id     uuid not null,
    job_id           uuid not null,
    attempt          bigint not null,
    outcome          text not null,
    stage_id         uuid not null,
    source           text,
    tracking         jsonb,
    credited_to      uuid,
    resume_id        uuid,
    answers          jsonb not null,
    tags             jsonb not null,
    custom_fields    jsonb not null,
    reason           text,
    reason_detail    text,
    decided_at       timestamptz,
    transferred_from uuid,
    transferred_to   uuid,
    applied_at       timestamptz not null,
    stage_since      timestamptz not null,
    created_by       uuid,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    deleted_at       timestamptz,
    version          bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, stage_id) references job_stages (tenant_id, id),
    foreign key (tenant_id, credited_to) references members (tenant_id, id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id),
    foreign key (tenant_id, transferred_from) references applications (tenant_id, id),
    foreign key (tenant_id, transferred_to) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create unique index applications_active on applications (tenant_id, candidate_id, job_id) where outcome = 'active' and deleted_at is null;
create index applications_by_candidate on applications (tenant_id, candidate_id, id);
create index applications_by_job on applications (tenant_id, job_id, id);
create index applications_by_stage on applications (tenant_id, stage_id, id);
create index applications_by_update on applications (tenant_id, updated_at, id);

-- Append-only: everything that ever happened to an application, in the order of (occurred_at, id). kind: applied, moved,
-- rejected, withdrawn, hired, transferred, reopened, voided. Stage and rank are as they were then. A row that another
-- one voids counts as if it had never been.
create table application_changes (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    application_id uuid not null,
    job_id         uuid not null,
    kind           text not null,
    stage_id       uuid not null,
    stage_kind     text not null,
    stage_rank     bigint not null,
    reason         text,
    reason_detail  text,
    void_of        uuid,
    actor_kind     text not null,
    actor_id       text,
    member_id      uuid,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, void_of) references application_changes (tenant_id, id)
);

create unique index application_changes_void_once on application_changes (tenant_id, void_of) where void_of is not null;
create index application_changes_by_application on application_changes (tenant_id, application_id, occurred_at, id);
create index application_changes_by_job on application_changes (tenant_id, job_id, occurred_at);
create index application_changes_by_kind on application_changes (tenant_id, kind, occurred_at);

-- status: scheduled, cancelled.
create table interviews (
    tenant_id        uuid not null references tenants (id),
    id               uuid not null,
    application_id   uuid not null,
    kind             text not null,
    title            text,
    starts_at        timestamptz not null,
    duration_minutes bigint not null,
    place            text,
    note             text,
    status           text not null,
    cancel_reason    text,
    reschedules      bigint not null,
    created_by       uuid,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    version          bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index interviews_by_application on interviews (tenant_id, application_id, id);
create index interviews_by_start on interviews (tenant_id, starts_at, id);

create table interviewers (
    tenant_id    uuid not null references tenants (id),
    interview_id uuid not null,
    member_id    uuid not null,
    primary key (tenant_id, interview_id, member_id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

create index interviewers_by_member on interviewers (tenant_id, member_id, interview_id);

-- One per interviewer. rating: 1 to 5; recommendation: strong_no, no, undecided, yes, strong_yes.
create table evaluations (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    interview_id   uuid not null,
    member_id      uuid not null,
    rating         bigint,
    recommendation text,
    attributes     jsonb not null,
    feedback       text,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    version        bigint not null,
    primary key (tenant_id, id),
    unique (tenant_id, interview_id, member_id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

-- A row a version: number counts the versions of an application's offer. status: draft, sent, accepted, declined, rescinded,
-- expired, superseded.
create table offers (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    application_id uuid not null,
    number         bigint not null,
    status         text not null,
    terms          jsonb not null,
    starts_on      text,
    expires_at     timestamptz,
    reason         text,
    sent_at        timestamptz,
    decided_at     timestamptz,
    created_by     uuid,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    version        bigint not null,
    primary key (tenant_id, id),
    unique (tenant_id, application_id, number),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index offers_by_decision on offers (tenant_id, decided_at);

-- About exactly one thing.
create table notes (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    candidate_id   uuid,
    job_id         uuid,
    application_id uuid,
    body           text not null,
    is_private     bigint not null,
    created_by     uuid,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    deleted_at     timestamptz,
    version        bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index notes_by_candidate on notes (tenant_id, candidate_id, id);
create index notes_by_job on notes (tenant_id, job_id, id);
create index notes_by_application on notes (tenant_id, application_id, id);

-- What the custom_fields of a candidate, job or application may hold. key never changes.
create table custom_fields (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    subject     text not null,
    key         text not null,
    label       text not null,
    description text,
    kind        text not null,
    options     jsonb not null,
    is_required bigint not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    version     bigint not null,
    primary key (tenant_id, id)
);

create unique index custom_fields_key on custom_fields (tenant_id, subject, key);

create table saved_searches (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    member_id  uuid not null,
    subject    text not null,
    name       text not null,
    query      jsonb not null,
    is_shared  bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

create index saved_searches_by_member on saved_searches (tenant_id, member_id, id);

-- A job fills its openings, and its applications come after it.
alter table openings add foreign key (tenant_id, application_id) references applications (tenant_id, id);

-- edited: fields a person set, which no résumé overwrites. merged_into: who this candidate turned out to be.
-- name_key: the name as it is compared. tags: an object, what a tag is compared by and how it was written.
alter table candidates add column name_key text;
alter table candidates add column given_name text;
alter table candidates add column family_name text;
alter table candidates add column experience_months bigint;
alter table candidates add column experience_level text;
alter table candidates add column tags jsonb;
alter table candidates add column custom_fields jsonb;
alter table candidates add column edited jsonb;
alter table candidates add column merged_into uuid;

create index candidates_by_update on candidates (tenant_id, updated_at, id);
create index candidates_by_name on candidates (tenant_id, name_key);
create index candidates_by_survivor on candidates (tenant_id, merged_into);
create index candidate_contacts_by_key on candidate_contacts (tenant_id, kind, key);

-- What people corrected, as a JSON Merge Patch over whatever a reading says.
alter table resumes add column corrections jsonb;
alter table resumes add column deleted_at timestamptz;
create index resumes_by_update on resumes (tenant_id, updated_at, id);

-- A file whose blob was removed keeps its row as long as something names it.
drop index files_unfinished;
create index files_unfinished on files (updated_at) where state <> 'stored' and state <> 'removed';

-- A role may be given for one job.
alter table role_assignments add column job_id uuid;
alter table role_assignments add foreign key (tenant_id, job_id) references jobs (tenant_id, id);

drop index role_assignments_everywhere;
create unique index role_assignments_everywhere on role_assignments (tenant_id, member_id, role_id) where department_id is null and job_id is null;
create unique index role_assignments_job on role_assignments (tenant_id, member_id, role_id, job_id) where job_id is not null;
create index role_assignments_by_job on role_assignments (tenant_id, job_id);

-- Row-level security, as in the first migration.

alter table pipelines enable row level security;
alter table pipelines force row level security;
create policy tenant on pipelines
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table job_status_changes enable row level security;
alter table job_status_changes force row level security;
create policy tenant on job_status_changes
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table job_stages enable row level security;
alter table job_stages force row level security;
create policy tenant on job_stages
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table openings enable row level security;
alter table openings force row level security;
create policy tenant on openings
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table opening_changes enable row level security;
alter table opening_changes force row level security;
create policy tenant on opening_changes
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table applications enable row level security;
alter table applications force row level security;
create policy tenant on applications
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table application_changes enable row level security;
alter table application_changes force row level security;
create policy tenant on application_changes
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table interviews enable row level security;
alter table interviews force row level security;
create policy tenant on interviews
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table interviewers enable row level security;
alter table interviewers force row level security;
create policy tenant on interviewers
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table evaluations enable row level security;
alter table evaluations force row level security;
create policy tenant on evaluations
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table offers enable row level security;
alter table offers force row level security;
create policy tenant on offers
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table notes enable row level security;
alter table notes force row level security;
create policy tenant on notes
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table custom_fields enable row level security;
alter table custom_fields force row level security;
create policy tenant on custom_fields
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table saved_searches enable row level security;
alter table saved_searches force row level security;
create policy tenant on saved_searches
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Whoever applies knows a job's id and nothing else: the system finds whose it is.

alter table jobs enable row level security;
alter table jobs force row level security;
create policy tenant on jobs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

-- Append-only, whoever asks.

create trigger job_status_changes_is_append_only before update or delete or truncate on job_status_changes
    for each statement execute function refuse_change();

create trigger opening_changes_is_append_only before update or delete or truncate on opening_changes
    for each statement execute function refuse_change();

create trigger application_changes_is_append_only before update or delete or truncate on application_changes
    for each statement execute function refuse_change();
