-- What the product is about: jobs, the candidates who apply, how far they get, what was decided and when.

-- The stages a tenant's new jobs begin with; without a row the program's own.
create table pipelines (
    tenant_id  blob not null references tenants (id),
    stages     text not null,
    updated_at text not null,
    version    integer not null,
    primary key (tenant_id)
) strict;

-- status: draft, open, paused, filled, closed. terms: what lists find a job by, made by the program from the rest.
create table jobs (
    tenant_id         blob not null references tenants (id),
    id                blob not null,
    reference         text,
    title             text not null,
    department_id     blob,
    status            text not null,
    employment_type   text,
    experience_level  text,
    location          text,
    descriptions      text not null,
    responsibilities  text not null,
    skills            text not null,
    compensation      text,
    interview_process text not null,
    questions         text not null,
    tags              text not null,
    custom_fields     text not null,
    hiring_manager_id blob,
    apply_url         text,
    is_evergreen      integer not null,
    terms             text not null,
    opened_at         text,
    closes_at         text,
    created_by        blob,
    created_at        text not null,
    updated_at        text not null,
    deleted_at        text,
    version           integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id),
    foreign key (tenant_id, hiring_manager_id) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create unique index jobs_reference on jobs (tenant_id, reference) where deleted_at is null;
create index jobs_by_department on jobs (tenant_id, department_id, id);
create index jobs_by_update on jobs (tenant_id, updated_at, id);

-- Append-only, the first row with the job itself.
create table job_status_changes (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    job_id      blob not null,
    from_status text,
    to_status   text not null,
    reason      text,
    actor_kind  text not null,
    actor_id    text,
    member_id   blob,
    occurred_at text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
) strict;

create index job_status_changes_by_job on job_status_changes (tenant_id, job_id, occurred_at, id);

-- kind: applied, screening, interview, offer, hired; position counts from 0 within the job.
create table job_stages (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    job_id     blob not null,
    name       text not null,
    kind       text not null,
    position   integer not null,
    created_at text not null,
    deleted_at text,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
) strict;

create index job_stages_by_job on job_stages (tenant_id, job_id, position);

-- One head to be hired. Before its job opens it is planned: opened_at is empty.
create table openings (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    job_id         blob not null,
    opened_at      text,
    filled_at      text,
    closed_at      text,
    close_reason   text,
    application_id blob,
    created_by     blob,
    created_at     text not null,
    updated_at     text not null,
    version        integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index openings_by_job on openings (tenant_id, job_id, id);

-- Append-only. kind: opened, filled, released (its hire was undone), closed.
create table opening_changes (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    opening_id     blob not null,
    job_id         blob not null,
    kind           text not null,
    application_id blob,
    reason         text,
    actor_kind     text not null,
    actor_id       text,
    member_id      blob,
    occurred_at    text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, opening_id) references openings (tenant_id, id)
) strict;

create index opening_changes_by_opening on opening_changes (tenant_id, opening_id, occurred_at, id);

-- A candidate for a job. outcome: active, hired, rejected, withdrawn, transferred. attempt counts a candidate's
-- applications for the same job.
create table applications (
    tenant_id        blob not null references tenants (id),
    id               blob not null,
    candidate_id     blob not null,
    job_id           blob not null,
    attempt          integer not null,
    outcome          text not null,
    stage_id         blob not null,
    source           text,
    tracking         text,
    credited_to      blob,
    resume_id        blob,
    answers          text not null,
    tags             text not null,
    custom_fields    text not null,
    reason           text,
    reason_detail    text,
    decided_at       text,
    transferred_from blob,
    transferred_to   blob,
    applied_at       text not null,
    stage_since      text not null,
    created_by       blob,
    created_at       text not null,
    updated_at       text not null,
    deleted_at       text,
    version          integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, stage_id) references job_stages (tenant_id, id),
    foreign key (tenant_id, credited_to) references members (tenant_id, id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id),
    foreign key (tenant_id, transferred_from) references applications (tenant_id, id),
    foreign key (tenant_id, transferred_to) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create unique index applications_active on applications (tenant_id, candidate_id, job_id) where outcome = 'active' and deleted_at is null;
create index applications_by_candidate on applications (tenant_id, candidate_id, id);
create index applications_by_job on applications (tenant_id, job_id, id);
create index applications_by_stage on applications (tenant_id, stage_id, id);
create index applications_by_update on applications (tenant_id, updated_at, id);

-- Append-only: everything that ever happened to an application, in the order of (occurred_at, id). kind: applied, moved,
-- rejected, withdrawn, hired, transferred, reopened, voided. Stage and rank are as they were then. A row that another
-- one voids counts as if it had never been.
create table application_changes (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    application_id blob not null,
    job_id         blob not null,
    kind           text not null,
    stage_id       blob not null,
    stage_kind     text not null,
    stage_rank     integer not null,
    reason         text,
    reason_detail  text,
    void_of        blob,
    actor_kind     text not null,
    actor_id       text,
    member_id      blob,
    occurred_at    text not null,
    recorded_at    text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, void_of) references application_changes (tenant_id, id)
) strict;

create unique index application_changes_void_once on application_changes (tenant_id, void_of) where void_of is not null;
create index application_changes_by_application on application_changes (tenant_id, application_id, occurred_at, id);
create index application_changes_by_job on application_changes (tenant_id, job_id, occurred_at);
create index application_changes_by_kind on application_changes (tenant_id, kind, occurred_at);

-- status: scheduled, cancelled.
create table interviews (
    tenant_id        blob not null references tenants (id),
    id               blob not null,
    application_id   blob not null,
    kind             text not null,
    title            text,
    starts_at        text not null,
    duration_minutes integer not null,
    place            text,
    note             text,
    status           text not null,
    cancel_reason    text,
    reschedules      integer not null,
    created_by       blob,
    created_at       text not null,
    updated_at       text not null,
    version          integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index interviews_by_application on interviews (tenant_id, application_id, id);
create index interviews_by_start on interviews (tenant_id, starts_at, id);

create table interviewers (
    tenant_id    blob not null references tenants (id),
    interview_id blob not null,
    member_id    blob not null,
    primary key (tenant_id, interview_id, member_id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

create index interviewers_by_member on interviewers (tenant_id, member_id, interview_id);

-- One per interviewer. rating: 1 to 5; recommendation: strong_no, no, undecided, yes, strong_yes.
create table evaluations (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    interview_id   blob not null,
    member_id      blob not null,
    rating         integer,
    recommendation text,
    attributes     text not null,
    feedback       text,
    created_at     text not null,
    updated_at     text not null,
    version        integer not null,
    primary key (tenant_id, id),
    unique (tenant_id, interview_id, member_id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

-- A row a version: number counts the versions of an application's offer. status: draft, sent, accepted, declined, rescinded,
-- expired, superseded.
create table offers (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    application_id blob not null,
    number         integer not null,
    status         text not null,
    terms          text not null,
    starts_on      text,
    expires_at     text,
    reason         text,
    sent_at        text,
    decided_at     text,
    created_by     blob,
    created_at     text not null,
    updated_at     text not null,
    version        integer not null,
    primary key (tenant_id, id),
    unique (tenant_id, application_id, number),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index offers_by_decision on offers (tenant_id, decided_at);

-- About exactly one thing.
create table notes (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    candidate_id   blob,
    job_id         blob,
    application_id blob,
    body           text not null,
    is_private     integer not null,
    created_by     blob,
    created_at     text not null,
    updated_at     text not null,
    deleted_at     text,
    version        integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index notes_by_candidate on notes (tenant_id, candidate_id, id);
create index notes_by_job on notes (tenant_id, job_id, id);
create index notes_by_application on notes (tenant_id, application_id, id);

-- What the custom_fields of a candidate, job or application may hold. key never changes.
create table custom_fields (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    subject     text not null,
    key         text not null,
    label       text not null,
    description text,
    kind        text not null,
    options     text not null,
    is_required integer not null,
    created_at  text not null,
    updated_at  text not null,
    deleted_at  text,
    version     integer not null,
    primary key (tenant_id, id)
) strict;

create unique index custom_fields_key on custom_fields (tenant_id, subject, key);

create table saved_searches (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    member_id  blob not null,
    subject    text not null,
    name       text not null,
    query      text not null,
    is_shared  integer not null,
    created_at text not null,
    updated_at text not null,
    deleted_at text,
    version    integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

create index saved_searches_by_member on saved_searches (tenant_id, member_id, id);

-- edited: fields a person set, which no résumé overwrites. merged_into: who this candidate turned out to be.
-- name_key: the name as it is compared. tags: an object, what a tag is compared by and how it was written.
alter table candidates add column name_key text;
alter table candidates add column given_name text;
alter table candidates add column family_name text;
alter table candidates add column experience_months integer;
alter table candidates add column experience_level text;
alter table candidates add column tags text;
alter table candidates add column custom_fields text;
alter table candidates add column edited text;
alter table candidates add column merged_into blob;

create index candidates_by_update on candidates (tenant_id, updated_at, id);
create index candidates_by_name on candidates (tenant_id, name_key);
create index candidates_by_survivor on candidates (tenant_id, merged_into);
create index candidate_contacts_by_key on candidate_contacts (tenant_id, kind, key);

-- What people corrected, as a JSON Merge Patch over whatever a reading says.
alter table resumes add column corrections text;
alter table resumes add column deleted_at text;
create index resumes_by_update on resumes (tenant_id, updated_at, id);

-- A file whose blob was removed keeps its row as long as something names it.
drop index files_unfinished;
create index files_unfinished on files (updated_at) where state <> 'stored' and state <> 'removed';

-- A role may be given for one job. SQLite adds no composite key to a table that is there, so the table is made anew.
create table new_role_assignments (
    tenant_id     blob not null references tenants (id),
    id            blob not null,
    member_id     blob not null,
    role_id       blob not null,
    department_id blob,
    created_by    blob,
    created_at    text not null,
    job_id        blob,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, role_id) references roles (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
) strict;

insert into new_role_assignments (tenant_id, id, member_id, role_id, department_id, created_by, created_at)
select tenant_id, id, member_id, role_id, department_id, created_by, created_at from role_assignments;

drop table role_assignments;
alter table new_role_assignments rename to role_assignments;

create unique index role_assignments_everywhere on role_assignments (tenant_id, member_id, role_id) where department_id is null and job_id is null;
create unique index role_assignments_department on role_assignments (tenant_id, member_id, role_id, department_id) where department_id is not null;
create unique index role_assignments_job on role_assignments (tenant_id, member_id, role_id, job_id) where job_id is not null;
create index role_assignments_by_member on role_assignments (tenant_id, member_id);
create index role_assignments_by_role on role_assignments (tenant_id, role_id);
create index role_assignments_by_job on role_assignments (tenant_id, job_id);

-- Append-only, whoever asks.

create trigger job_status_changes_refuses_update before update on job_status_changes
begin
    select raise(abort, 'job_status_changes is append-only');
end;

create trigger job_status_changes_refuses_delete before delete on job_status_changes
begin
    select raise(abort, 'job_status_changes is append-only');
end;

create trigger job_status_changes_refuses_replace before insert on job_status_changes
when exists (select 1 from job_status_changes where tenant_id = new.tenant_id and id = new.id)
begin
    select raise(abort, 'job_status_changes is append-only');
end;

create trigger opening_changes_refuses_update before update on opening_changes
begin
    select raise(abort, 'opening_changes is append-only');
end;

create trigger opening_changes_refuses_delete before delete on opening_changes
begin
    select raise(abort, 'opening_changes is append-only');
end;

create trigger opening_changes_refuses_replace before insert on opening_changes
when exists (select 1 from opening_changes where tenant_id = new.tenant_id and id = new.id)
begin
    select raise(abort, 'opening_changes is append-only');
end;

create trigger application_changes_refuses_update before update on application_changes
begin
    select raise(abort, 'application_changes is append-only');
end;

create trigger application_changes_refuses_delete before delete on application_changes
begin
    select raise(abort, 'application_changes is append-only');
end;

create trigger application_changes_refuses_replace before insert on application_changes
when exists (select 1 from application_changes where tenant_id = new.tenant_id and id = new.id)
begin
    select raise(abort, 'application_changes is append-only');
end;
