-- The log of events as others read it, and the endpoints it is delivered to.

-- The place of an event in the log. Given after the event's transaction has committed, so that nothing can come in before
-- what somebody has read; null until somebody asks.
alter table events add column position bigint;

create unique index events_position on events (tenant_id, position) where position is not null;
create index events_unplaced on events (tenant_id, id) where position is null;

-- The last place given. Whoever gives places holds the row.
create table event_logs (
    tenant_id     uuid not null references tenants (id),
    last_position bigint not null,
    primary key (tenant_id)
);

-- headers is sealed: a header may be a password. transform: the plugin that reshapes what is sent, its settings, and what
-- becomes of an event that it fails on. status: active, paused, disabled.
create table webhook_endpoints (
    tenant_id       uuid not null references tenants (id),
    id              uuid not null,
    url             text not null,
    description     text,
    event_types     jsonb not null,
    payload         text not null,
    headers         bytea,
    header_names    jsonb not null,
    rate_per_second bigint,
    transform       jsonb,
    max_in_flight   bigint not null,
    is_ordered      bigint not null,
    status          text not null,
    status_reason   text,
    status_since    timestamptz not null,
    created_by      uuid,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

-- How an endpoint does; apart from it, because every delivery writes here. Whoever begins a delivery holds the row.
create table webhook_states (
    tenant_id       uuid not null references tenants (id),
    endpoint_id     uuid not null,
    admitted        bigint not null,
    next_send_at    timestamptz,
    failures        bigint not null,
    failing_since   timestamptz,
    open_until      timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    primary key (tenant_id, endpoint_id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
);

-- kind: v1 (a shared secret) or v1a (a pair of keys, of which public_key may be shown).
create table webhook_secrets (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    endpoint_id uuid not null,
    kind        text not null,
    sealed      bytea not null,
    public_key  text,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
);

create index webhook_secrets_by_endpoint on webhook_secrets (tenant_id, endpoint_id, id);

-- An event on its way to an endpoint. status: pending (a task with this ticket will look at it), parked (waits for a place,
-- for the endpoint or for an earlier event), delivered, dropped, failed, cancelled. round counts how often it was begun, attempts
-- the attempts of this round, cause says what began it: event, resend, recovery, test. body is what is sent, to the byte,
-- kept from the first attempt on; where the endpoint has a transform, parts is what that made of it, and parts_sent counts
-- those that arrived in this round. candidate_id: whose personal data it may hold.
create table webhook_deliveries (
    tenant_id     uuid not null references tenants (id),
    id            uuid not null,
    endpoint_id   uuid not null,
    event_id      uuid not null,
    event_type    text not null,
    subject_id    text not null,
    status        text not null,
    reason        text,
    ticket        bigint not null,
    round         bigint not null,
    attempts      bigint not null,
    next_at       timestamptz,
    sending_until timestamptz,
    body          text,
    parts         jsonb,
    parts_sent    bigint not null,
    candidate_id  uuid,
    cause         text not null,
    is_test       bigint not null,
    is_expunged   bigint not null,
    created_at    timestamptz not null,
    finished_at   timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
);

create unique index webhook_deliveries_event on webhook_deliveries (tenant_id, endpoint_id, event_id);
create index webhook_deliveries_by_endpoint on webhook_deliveries (tenant_id, endpoint_id, id);
create index webhook_deliveries_parked on webhook_deliveries (tenant_id, endpoint_id, event_id) where status = 'parked';
create index webhook_deliveries_sending on webhook_deliveries (tenant_id, endpoint_id) where sending_until is not null;
create index webhook_deliveries_subject on webhook_deliveries (tenant_id, endpoint_id, subject_id, event_id)
    where finished_at is null;
create index webhook_deliveries_candidate on webhook_deliveries (tenant_id, candidate_id) where candidate_id is not null;
create index webhook_deliveries_old on webhook_deliveries (created_at);

-- response is the beginning of what the receiver answered.
create table webhook_attempts (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    delivery_id uuid not null,
    number      bigint not null,
    cause       text not null,
    outcome     text not null,
    status_code bigint,
    detail      text,
    response    text,
    duration_ms bigint not null,
    started_at  timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, delivery_id) references webhook_deliveries (tenant_id, id)
);

create index webhook_attempts_by_delivery on webhook_attempts (tenant_id, delivery_id, id);

-- Sending again what an endpoint did not get. what: failed, missing. position: how far it has come.
create table webhook_recoveries (
    tenant_id   uuid not null references tenants (id),
    id          uuid not null,
    endpoint_id uuid not null,
    what        text not null,
    since       timestamptz not null,
    until       timestamptz not null,
    reached_id  uuid not null,
    status      text not null,
    found       bigint not null,
    created_by  uuid,
    created_at  timestamptz not null,
    finished_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
);

create index webhook_recoveries_by_endpoint on webhook_recoveries (tenant_id, endpoint_id, id);

alter table event_logs enable row level security;
alter table event_logs force row level security;
create policy tenant on event_logs
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table webhook_endpoints enable row level security;
alter table webhook_endpoints force row level security;
create policy tenant on webhook_endpoints
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table webhook_states enable row level security;
alter table webhook_states force row level security;
create policy tenant on webhook_states
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table webhook_secrets enable row level security;
alter table webhook_secrets force row level security;
create policy tenant on webhook_secrets
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table webhook_deliveries enable row level security;
alter table webhook_deliveries force row level security;
-- The system looks for those that wait for something, and for old ones.
create policy tenant on webhook_deliveries
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table webhook_attempts enable row level security;
alter table webhook_attempts force row level security;
create policy tenant on webhook_attempts
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table webhook_recoveries enable row level security;
alter table webhook_recoveries force row level security;
create policy tenant on webhook_recoveries
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
