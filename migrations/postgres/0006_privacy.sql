-- What is known of people is kept no longer than it may be, and goes when they ask.

-- How long a tenant keeps people: without a row, until somebody erases them. required_consents: what applicants agree to.
create table privacy_policies (
    tenant_id         uuid not null references tenants (id),
    inactive_days     bigint,
    deleted_days      bigint,
    keeps_hired       bigint not null,
    kept_by_consent   text,
    required_consents jsonb not null,
    updated_at        timestamptz not null,
    version           bigint not null,
    primary key (tenant_id)
);

-- Never changed: the latest of a purpose counts, and one may say that it was withdrawn.
create table consents (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    candidate_id uuid not null,
    purpose      text not null,
    is_given     bigint not null,
    evidence     text,
    decided_at   timestamptz not null,
    expires_at   timestamptz,
    created_by   uuid,
    created_at   timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index consents_by_candidate on consents (tenant_id, candidate_id, purpose, decided_at, id);

-- Whoever is held is not erased.
create table holds (
    tenant_id    uuid not null references tenants (id),
    candidate_id uuid not null,
    reason       text not null,
    until        timestamptz,
    created_by   uuid,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    version      bigint not null,
    primary key (tenant_id, candidate_id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

-- What was erased of whom, and why: a row each time. cause: request, inactive, deleted.
create table erasures (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    candidate_id uuid not null,
    parts        jsonb not null,
    is_complete  bigint not null,
    cause        text not null,
    created_by   uuid,
    created_at   timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index erasures_by_candidate on erasures (tenant_id, candidate_id, id);
create unique index erasures_complete on erasures (tenant_id, candidate_id) where is_complete = 1;

alter table privacy_policies enable row level security;
alter table privacy_policies force row level security;
create policy tenant on privacy_policies
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table consents enable row level security;
alter table consents force row level security;
create policy tenant on consents
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table holds enable row level security;
alter table holds force row level security;
create policy tenant on holds
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table erasures enable row level security;
alter table erasures force row level security;
create policy tenant on erasures
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- An application's history stays as it is, but for what somebody wrote about a person, which may be taken out.
create function refuse_change_but_erasure() returns trigger language plpgsql as $$
begin
    if old.reason_detail is not null and new.reason_detail is null
        and to_jsonb(new) - 'reason_detail' = to_jsonb(old) - 'reason_detail' then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name;
end
$$;

drop trigger application_changes_is_append_only on application_changes;
create trigger application_changes_is_append_only before delete or truncate on application_changes
    for each statement execute function refuse_change();
create trigger application_changes_refuses_update before update on application_changes
    for each row execute function refuse_change_but_erasure();
