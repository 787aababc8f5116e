-- Which job a résumé was uploaded for: whoever it is of applies for it once that is known.
create table resume_jobs (
    tenant_id uuid not null references tenants (id),
    resume_id uuid not null,
    job_id    uuid not null,
    primary key (tenant_id, resume_id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);

-- Row-level security, as in the first migration.

alter table resume_jobs enable row level security;
alter table resume_jobs force row level security;
create policy tenant on resume_jobs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
