-- Which job a résumé was uploaded for: whoever it is of applies for it once that is known.
create table resume_jobs (
    tenant_id blob not null references tenants (id),
    resume_id blob not null,
    job_id    blob not null,
    primary key (tenant_id, resume_id),
    foreign key (tenant_id, resume_id) references resumes (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
) strict;
