-- What is known of people is kept no longer than it may be, and goes when they ask.

-- How long a tenant keeps people: without a row, until somebody erases them. required_consents: what applicants agree to.
create table privacy_policies (
    tenant_id         blob not null references tenants (id),
    inactive_days     integer,
    deleted_days      integer,
    keeps_hired       integer not null,
    kept_by_consent   text,
    required_consents text not null,
    updated_at        text not null,
    version           integer not null,
    primary key (tenant_id)
) strict;

-- Never changed: the latest of a purpose counts, and one may say that it was withdrawn.
create table consents (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    candidate_id blob not null,
    purpose      text not null,
    is_given     integer not null,
    evidence     text,
    decided_at   text not null,
    expires_at   text,
    created_by   blob,
    created_at   text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index consents_by_candidate on consents (tenant_id, candidate_id, purpose, decided_at, id);

-- Whoever is held is not erased.
create table holds (
    tenant_id    blob not null references tenants (id),
    candidate_id blob not null,
    reason       text not null,
    until        text,
    created_by   blob,
    created_at   text not null,
    updated_at   text not null,
    version      integer not null,
    primary key (tenant_id, candidate_id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

-- What was erased of whom, and why: a row each time. cause: request, inactive, deleted.
create table erasures (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    candidate_id blob not null,
    parts        text not null,
    is_complete  integer not null,
    cause        text not null,
    created_by   blob,
    created_at   text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index erasures_by_candidate on erasures (tenant_id, candidate_id, id);
create unique index erasures_complete on erasures (tenant_id, candidate_id) where is_complete = 1;

-- An application's history stays as it is, but for what somebody wrote about a person, which may be taken out.
drop trigger application_changes_refuses_update;
create trigger application_changes_refuses_update before update on application_changes
when old.reason_detail is null or new.reason_detail is not null
    or (new.tenant_id, new.id, new.application_id, new.job_id, new.kind, new.stage_id, new.stage_kind, new.stage_rank,
          new.reason, new.void_of, new.actor_kind, new.actor_id, new.member_id, new.occurred_at, new.recorded_at)
        is not (old.tenant_id, old.id, old.application_id, old.job_id, old.kind, old.stage_id, old.stage_kind, old.stage_rank,
          old.reason, old.void_of, old.actor_kind, old.actor_id, old.member_id, old.occurred_at, old.recorded_at)
begin
    select raise(abort, 'application_changes is append-only');
end;
