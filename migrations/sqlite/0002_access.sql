-- Who may do what: departments, roles, invitations, sessions, identity providers; what was done; what was answered.

-- A tree; a role given for a department holds below it, too.
create table departments (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    parent_id  blob,
    name       text not null,
    created_at text not null,
    updated_at text not null,
    deleted_at text,
    version    integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, parent_id) references departments (tenant_id, id)
) strict;

create index departments_by_parent on departments (tenant_id, parent_id);

create table contacts (
    tenant_id     blob not null references tenants (id),
    id            blob not null,
    department_id blob,
    name          text not null,
    email         text,
    phone         text,
    title         text,
    created_at    text not null,
    updated_at    text not null,
    deleted_at    text,
    version       integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id)
) strict;

create index contacts_by_department on contacts (tenant_id, department_id, id);

-- built_in names a role whose permissions the program knows; they are not stored, so a new version may add to them.
create table roles (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    name        text not null,
    built_in    text,
    permissions text not null,
    created_at  text not null,
    updated_at  text not null,
    deleted_at  text,
    version     integer not null,
    primary key (tenant_id, id)
) strict;

create unique index roles_name on roles (tenant_id, name) where deleted_at is null;
create unique index roles_built_in on roles (tenant_id, built_in) where built_in is not null;

-- Without a department: for the whole tenant.
create table role_assignments (
    tenant_id     blob not null references tenants (id),
    id            blob not null,
    member_id     blob not null,
    role_id       blob not null,
    department_id blob,
    created_by    blob,
    created_at    text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, role_id) references roles (tenant_id, id),
    foreign key (tenant_id, department_id) references departments (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create unique index role_assignments_everywhere on role_assignments (tenant_id, member_id, role_id) where department_id is null;
create unique index role_assignments_department on role_assignments (tenant_id, member_id, role_id, department_id) where department_id is not null;
create index role_assignments_by_member on role_assignments (tenant_id, member_id);
create index role_assignments_by_role on role_assignments (tenant_id, role_id);

create table invitations (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    member_id   blob not null,
    prefix      text not null unique,
    secret_hash blob not null,
    created_by  blob,
    created_at  text not null,
    expires_at  text not null,
    ended_at    text,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index invitations_by_member on invitations (tenant_id, member_id);

-- The candidate a member is: what /me shows to candidates.
create table candidate_members (
    tenant_id    blob not null references tenants (id),
    member_id    blob not null,
    candidate_id blob not null,
    created_at   text not null,
    primary key (tenant_id, member_id),
    unique (tenant_id, candidate_id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id)
) strict;

-- One sign-in with a password; its refresh tokens are the family that falls together.
create table sessions (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    member_id      blob not null,
    user_agent     text,
    address        text,
    created_at     text not null,
    last_used_at   text not null,
    expires_at     text not null,
    revoked_at     text,
    revoked_reason text,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

create index sessions_by_member on sessions (tenant_id, member_id, id);
create index sessions_by_expiry on sessions (expires_at);

create table refresh_tokens (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    session_id  blob not null,
    prefix      text not null unique,
    secret_hash blob not null,
    created_at  text not null,
    spent_at    text,
    primary key (tenant_id, id),
    foreign key (tenant_id, session_id) references sessions (tenant_id, id)
) strict;

create index refresh_tokens_by_session on refresh_tokens (tenant_id, session_id);

-- The server's own, for access tokens of all tenants. private_key is sealed.
create table signing_keys (
    id          text not null primary key,
    public_key  blob not null,
    private_key blob not null,
    created_at  text not null,
    signs_from  text not null,
    signs_until text not null,
    ends_at     text not null
) strict;

-- key is a keyed hash of an account or an address, so that the table names nobody.
create table sign_in_failures (
    key           text not null primary key,
    failures      integer not null,
    blocked_until text,
    updated_at    text not null
) strict;

create index sign_in_failures_by_age on sign_in_failures (updated_at);

-- jwks is what a task last fetched from jwks_url: no request of ours waits for another server.
create table identity_providers (
    tenant_id       blob not null references tenants (id),
    id              blob not null,
    name            text not null,
    issuer          text not null,
    audience        text not null,
    jwks_url        text not null,
    algorithms      text not null,
    email_claim     text not null,
    role_claim      text,
    role_mappings   text not null,
    makes_members   integer not null,
    is_enabled      integer not null,
    jwks            text,
    jwks_fetched_at text,
    jwks_asked_at   text,
    jwks_error      text,
    created_at      text not null,
    updated_at      text not null,
    deleted_at      text,
    version         integer not null,
    primary key (tenant_id, id)
) strict;

create unique index identity_providers_issuer on identity_providers (tenant_id, issuer, audience) where deleted_at is null;
create index identity_providers_by_issuer on identity_providers (issuer, audience) where deleted_at is null;

create table outside_identities (
    tenant_id   blob not null references tenants (id),
    provider_id blob not null,
    subject     text not null,
    member_id   blob not null,
    created_at  text not null,
    primary key (tenant_id, provider_id, subject),
    foreign key (tenant_id, provider_id) references identity_providers (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id)
) strict;

-- What was done, by whom, on whose behalf. Append-only: triggers below refuse the rest.
create table audit_log (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    action       text not null,
    object_id    text not null,
    actor_kind   text not null,
    actor_id     text,
    member_id    blob,
    on_behalf_of blob,
    before       text,
    after        text,
    request_id   text,
    address      text,
    occurred_at  text not null,
    primary key (tenant_id, id)
) strict;

create index audit_log_by_object on audit_log (tenant_id, object_id, id);
create index audit_log_by_member on audit_log (tenant_id, member_id, id);
create index audit_log_by_action on audit_log (tenant_id, action, id);

-- A seal's root covers the root before it and the hash of every entry it lists, so that a change anywhere shows.
create table audit_seals (
    tenant_id  blob not null references tenants (id),
    number     integer not null,
    entries    integer not null,
    root       blob not null,
    key_id     text not null,
    signature  blob not null,
    created_at text not null,
    primary key (tenant_id, number)
) strict;

create table audit_sealed_entries (
    tenant_id   blob not null references tenants (id),
    entry_id    blob not null,
    seal_number integer not null,
    position    integer not null,
    hash        blob not null,
    primary key (tenant_id, entry_id),
    unique (tenant_id, seal_number, position),
    foreign key (tenant_id, seal_number) references audit_seals (tenant_id, number)
) strict;

-- A tenant's own data keys, wrapped by the server's secret key of that id.
create table data_keys (
    tenant_id  blob not null references tenants (id),
    id         blob not null,
    wrapped    blob not null,
    key_id     text not null,
    created_at text not null,
    primary key (tenant_id, id)
) strict;

-- Requests with an Idempotency-Key. state: running, committed (its change is there, its answer is not), answered.
-- body is sealed: answers may hold secrets that are shown once.
create table idempotency_keys (
    tenant_id   blob not null references tenants (id),
    principal   text not null,
    operation   text not null,
    key         text not null,
    fingerprint blob not null,
    state       text not null,
    token       blob not null,
    status      integer,
    headers     text,
    body        blob,
    created_at  text not null,
    expires_at  text not null,
    primary key (tenant_id, principal, operation, key)
) strict;

create unique index idempotency_keys_by_token on idempotency_keys (tenant_id, token);
create index idempotency_keys_by_expiry on idempotency_keys (expires_at);

-- Append-only, whoever asks.

create trigger audit_log_refuses_update before update on audit_log
begin
    select raise(abort, 'audit_log is append-only');
end;

create trigger audit_log_refuses_delete before delete on audit_log
begin
    select raise(abort, 'audit_log is append-only');
end;

create trigger audit_seals_refuses_update before update on audit_seals
begin
    select raise(abort, 'audit_seals is append-only');
end;

create trigger audit_seals_refuses_delete before delete on audit_seals
begin
    select raise(abort, 'audit_seals is append-only');
end;

create trigger audit_sealed_entries_refuses_update before update on audit_sealed_entries
begin
    select raise(abort, 'audit_sealed_entries is append-only');
end;

create trigger audit_sealed_entries_refuses_delete before delete on audit_sealed_entries
begin
    select raise(abort, 'audit_sealed_entries is append-only');
end;

-- Writing a row over another's place deletes that one without telling the triggers above.

create trigger audit_log_refuses_replace before insert on audit_log
when exists (select 1 from audit_log where tenant_id = new.tenant_id and id = new.id)
begin
    select raise(abort, 'audit_log is append-only');
end;

create trigger audit_seals_refuses_replace before insert on audit_seals
when exists (select 1 from audit_seals where tenant_id = new.tenant_id and number = new.number)
begin
    select raise(abort, 'audit_seals is append-only');
end;

create trigger audit_sealed_entries_refuses_replace before insert on audit_sealed_entries
when exists (select 1 from audit_sealed_entries where tenant_id = new.tenant_id
    and (entry_id = new.entry_id or (seal_number = new.seal_number and position = new.position)))
begin
    select raise(abort, 'audit_sealed_entries is append-only');
end;
