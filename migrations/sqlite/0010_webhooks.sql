-- The log of events as others read it, and the endpoints it is delivered to.

-- The place of an event in the log. Given after the event's transaction has committed, so that nothing can come in before
-- what somebody has read; null until somebody asks.
alter table events add column position integer;

create unique index events_position on events (tenant_id, position) where position is not null;
create index events_unplaced on events (tenant_id, id) where position is null;

-- The last place given. Whoever gives places holds the row.
create table event_logs (
    tenant_id     blob not null references tenants (id),
    last_position integer not null,
    primary key (tenant_id)
) strict;

-- headers is sealed: a header may be a password. transform: the plugin that reshapes what is sent, its settings, and what
-- becomes of an event that it fails on. status: active, paused, disabled.
create table webhook_endpoints (
    tenant_id       blob not null references tenants (id),
    id              blob not null,
    url             text not null,
    description     text,
    event_types     text not null,
    payload         text not null,
    headers         blob,
    header_names    text not null,
    rate_per_second integer,
    transform       text,
    max_in_flight   integer not null,
    is_ordered      integer not null,
    status          text not null,
    status_reason   text,
    status_since    text not null,
    created_by      blob,
    created_at      text not null,
    updated_at      text not null,
    deleted_at      text,
    version         integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

-- How an endpoint does; apart from it, because every delivery writes here. Whoever begins a delivery holds the row.
create table webhook_states (
    tenant_id       blob not null references tenants (id),
    endpoint_id     blob not null,
    admitted        integer not null,
    next_send_at    text,
    failures        integer not null,
    failing_since   text,
    open_until      text,
    last_success_at text,
    last_failure_at text,
    primary key (tenant_id, endpoint_id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
) strict;

-- kind: v1 (a shared secret) or v1a (a pair of keys, of which public_key may be shown).
create table webhook_secrets (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    endpoint_id blob not null,
    kind        text not null,
    sealed      blob not null,
    public_key  text,
    created_at  text not null,
    expires_at  text,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
) strict;

create index webhook_secrets_by_endpoint on webhook_secrets (tenant_id, endpoint_id, id);

-- An event on its way to an endpoint. status: pending (a task with this ticket will look at it), parked (waits for a place,
-- for the endpoint or for an earlier event), delivered, dropped, failed, cancelled. round counts how often it was begun, attempts
-- the attempts of this round, cause says what began it: event, resend, recovery, test. body is what is sent, to the byte,
-- kept from the first attempt on; where the endpoint has a transform, parts is what that made of it, and parts_sent counts
-- those that arrived in this round. candidate_id: whose personal data it may hold.
create table webhook_deliveries (
    tenant_id     blob not null references tenants (id),
    id            blob not null,
    endpoint_id   blob not null,
    event_id      blob not null,
    event_type    text not null,
    subject_id    text not null,
    status        text not null,
    reason        text,
    ticket        integer not null,
    round         integer not null,
    attempts      integer not null,
    next_at       text,
    sending_until text,
    body          text,
    parts         text,
    parts_sent    integer not null,
    candidate_id  blob,
    cause         text not null,
    is_test       integer not null,
    is_expunged   integer not null,
    created_at    text not null,
    finished_at   text,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id)
) strict;

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
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    delivery_id blob not null,
    number      integer not null,
    cause       text not null,
    outcome     text not null,
    status_code integer,
    detail      text,
    response    text,
    duration_ms integer not null,
    started_at  text not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, delivery_id) references webhook_deliveries (tenant_id, id)
) strict;

create index webhook_attempts_by_delivery on webhook_attempts (tenant_id, delivery_id, id);

-- Sending again what an endpoint did not get. what: failed, missing. position: how far it has come.
create table webhook_recoveries (
    tenant_id   blob not null references tenants (id),
    id          blob not null,
    endpoint_id blob not null,
    what        text not null,
    since       text not null,
    until       text not null,
    reached_id  blob not null,
    status      text not null,
    found       integer not null,
    created_by  blob,
    created_at  text not null,
    finished_at text,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id),
    foreign key (tenant_id, created_by) references members (tenant_id, id)
) strict;

create index webhook_recoveries_by_endpoint on webhook_recoveries (tenant_id, endpoint_id, id);
