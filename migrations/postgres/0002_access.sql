-- Who may do what: departments, roles, invitations, sessions, identity providers; what was done; what was answered.

-- A tree; a role given for a department holds below it, too.
create table departments (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    parent_id  uuid,
    name       text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version    bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, parent_id) references departments (tenant_id, id)
);

create index departments_by_parent on departments (tenant_id, parent_id);

create table contacts (
    tenant_id     uuid not null references tenants (id),
    id            uuid not null,
    department_id uuid,
    name          text not null,
    email         text,
    phone         text,
    title         text,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    deleted_at    timestamptz,
    version       bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id)
);

create index contacts_by_department on contacts (tenant_id, department_id, id);

-- built_in names a role whose permissions the program knows; they are not stored, so a new version may add to them.
create table roles (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    name        text not null,
    built_in    text,
    permissions jsonb not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    deleted_at  timestamptz,
    version     bigint not null,
    primary key (tenant_id, id)
);

create unique index roles_name on roles (tenant_id, name) where deleted_at is null;
create unique index roles_built_in on roles (tenant_id, built_in) where built_in is not null;

-- Without a department: for the whole tenant.
create table role_assignments (
    tenant_id     uuid not null references tenants (id),
    id            uuid not null,
    member_id     uuid not null,
    role_id       uuid not null,
    department_id uuid,
    created_by    uuid,
    created_at    timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, role_id) references roles (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create unique index role_assignments_everywhere on role_assignments (tenant_id, member_id, role_id) where department_id is null;
create unique index role_assignments_department on role_assignments (tenant_id, member_id, role_id, department_id) where department_id is not null;
create index role_assignments_by_member on role_assignments (tenant_id, member_id);
create index role_assignments_by_role on role_assignments (tenant_id, role_id);

create table invitations (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    member_id   uuid not null,
    prefix      text not null unique,
    secret_hash bytea not null,
    created_by  uuid,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    ended_at    timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index invitations_by_member on invitations (tenant_id, member_id);

-- The candidate a member is: what /me shows to candidates.
create table candidate_members (
    tenant_id    uuid not null references tenants (id),
    member_id    uuid not null,
    candidate_id uuid not null,
    created_at   timestamptz not null,
    primary key (tenant_id, member_id),
    unique (tenant_id, candidate_id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
);

-- One sign-in with a password; its refresh tokens are the family that falls together.
create table sessions (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    member_id      uuid not null,
    user_agent     text,
    address        text,
    created_at     timestamptz not null,
    last_used_at   timestamptz not null,
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    revoked_reason text,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

create index sessions_by_member on sessions (tenant_id, member_id, id);
create index sessions_by_expiry on sessions (expires_at);

create table refresh_tokens (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    session_id  uuid not null,
    prefix      text not null unique,
    secret_hash bytea not null,
    created_at  timestamptz not null,
    spent_at    timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);

create index refresh_tokens_by_session on refresh_tokens (tenant_id, session_id);

-- The server's own, for access tokens of all tenants. private_key is sealed.
create table signing_keys (
    id          text not null primary key,
    public_key  bytea not null,
    private_key bytea not null,
    created_at  timestamptz not null,
    signs_from  timestamptz not null,
    signs_until timestamptz not null,
    ends_at     timestamptz not null
);

-- key is a keyed hash of an account or an address, so that the table names nobody.
create table sign_in_failures (
    key           text not null primary key,
    failures      bigint not null,
    blocked_until timestamptz,
    updated_at    timestamptz not null
);

create index sign_in_failures_by_age on sign_in_failures (updated_at);

-- jwks is what a task last fetched from jwks_url: no request of ours waits for another server.
create table identity_providers (
    tenant_id       uuid not null references tenants (id),
    id              uuid not null,
    name            text not null,
    issuer          text not null,
    audience        text not null,
    jwks_url        text not null,
    algorithms      jsonb not null,
    email_claim     text not null,
    role_claim      text,
    role_mappings   jsonb not null,
    makes_members   bigint not null,
    is_enabled      bigint not null,
    jwks            jsonb,
    jwks_fetched_at timestamptz,
    jwks_asked_at   timestamptz,
    jwks_error      text,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         bigint not null,
    primary key (tenant_id, id)
);

create unique index identity_providers_issuer on identity_providers (tenant_id, issuer, audience) where deleted_at is null;
create index identity_providers_by_issuer on identity_providers (issuer, audience) where deleted_at is null;

create table outside_identities (
    tenant_id   uuid not null references tenants (id),
    provider_id uuid not null,
    subject     text not null,
    member_id   uuid not null,
    created_at  timestamptz not null,
    primary key (tenant_id, provider_id, subject),
    foreign key (tenant_id, provider_id) references identity_providers (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
);

-- What was done, by whom, on whose behalf. Append-only: triggers below refuse the rest.
create table audit_log (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    action       text not null,
    object_id    text not null,
    actor_kind   text not null,
    actor_id     text,
    member_id    uuid,
    on_behalf_of uuid,
    before       jsonb,
    after        jsonb,
    request_id   text,
    address      text,
    occurred_at  timestamptz not null,
    primary key (tenant_id, id)
);

create index audit_log_by_object on audit_log (tenant_id, object_id, id);
create index audit_log_by_member on audit_log (tenant_id, member_id, id);
create index audit_log_by_action on audit_log (tenant_id, action, id);

-- A seal's root covers the root before it and the hash of every entry it lists, so that a change anywhere shows.
create table audit_seals (
    tenant_id  uuid not null references tenants (id),
    number     bigint not null,
    entries    bigint not null,
    root       bytea not null,
    key_id     text not null,
    signature  bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, number)
);

create table audit_sealed_entries (
    tenant_id   uuid not null references tenants (id),
    entry_id    uuid not null,
    seal_number bigint not null,
    position    bigint not null,
    hash        bytea not null,
    primary key (tenant_id, entry_id),
    unique (tenant_id, seal_number, position),
    foreign key (tenant_id, seal_number) references audit_seals (tenant_id, number)
);

-- A tenant's own data keys, wrapped by the server's secret key of that id.
create table data_keys (
    tenant_id  uuid not null references tenants (id),
    id         uuid not null,
    wrapped    bytea not null,
    key_id     text not null,
    created_at timestamptz not null,
    primary key (tenant_id, id)
);

-- Requests with an Idempotency-Key. state: running, committed (its change is there, its answer is not), answered.
-- body is sealed: answers may hold secrets that are shown once.
create table idempotency_keys (
    tenant_id   uuid not null references tenants (id),
    principal   text not null,
    operation   text not null,
    key         text not null,
    fingerprint bytea not null,
    state       text not null,
    token       uuid not null,
    status      bigint,
    headers     jsonb,
    body        bytea,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    primary key (tenant_id, principal, operation, key)
);

create unique index idempotency_keys_by_token on idempotency_keys (tenant_id, token);
create index idempotency_keys_by_expiry on idempotency_keys (expires_at);

-- Row-level security, as in the first migration.

alter table departments enable row level security;
alter table departments force row level security;
create policy tenant on departments
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table contacts enable row level security;
alter table contacts force row level security;
create policy tenant on contacts
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table roles enable row level security;
alter table roles force row level security;
create policy tenant on roles
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table role_assignments enable row level security;
alter table role_assignments force row level security;
create policy tenant on role_assignments
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table candidate_members enable row level security;
alter table candidate_members force row level security;
create policy tenant on candidate_members
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table outside_identities enable row level security;
alter table outside_identities force row level security;
create policy tenant on outside_identities
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy tenant on audit_log
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table audit_seals enable row level security;
alter table audit_seals force row level security;
create policy tenant on audit_seals
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table audit_sealed_entries enable row level security;
alter table audit_sealed_entries force row level security;
create policy tenant on audit_sealed_entries
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table data_keys enable row level security;
alter table data_keys force row level security;
create policy tenant on data_keys
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- The system finds invitations and refresh tokens by their token, providers by issuer; it forgets what has expired.

alter table invitations enable row level security;
alter table invitations force row level security;
create policy tenant on invitations
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table refresh_tokens enable row level security;
alter table refresh_tokens force row level security;
create policy tenant on refresh_tokens
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table sessions enable row level security;
alter table sessions force row level security;
create policy tenant on sessions
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table identity_providers enable row level security;
alter table identity_providers force row level security;
create policy tenant on identity_providers
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant on idempotency_keys
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

-- Append-only, whoever asks.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;

create trigger audit_log_is_append_only before update or delete or truncate on audit_log
    for each statement execute function refuse_change();

create trigger audit_seals_is_append_only before update or delete or truncate on audit_seals
    for each statement execute function refuse_change();

create trigger audit_sealed_entries_is_append_only before update or delete or truncate on audit_sealed_entries
    for each statement execute function refuse_change();
