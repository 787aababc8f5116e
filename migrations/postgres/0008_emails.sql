-- What a tenant's e-mails say, and those that go out.

-- What is null is the program's own.
create table email_templates (
    tenant_id  uuid not null references tenants (id),
    kind       text not null,
    is_enabled bigint,
    subject    text,
    text       text,
    html       text,
    reply_to   text,
    updated_at timestamptz not null,
    version    bigint not null,
    primary key (tenant_id, kind)
);

-- The outbox: a row a message, written with the change it tells of. state: queued, sent, failed. content, to whom and
-- what, is sealed, and goes when the message is sent; recipient is masked. error_code and smtp_status are the last attempt's.
create table emails (
    tenant_id      uuid not null references tenants (id),
    id             uuid not null,
    kind           text not null,
    state          text not null,
    recipient      text not null,
    content        bytea,
    member_id      uuid,
    candidate_id   uuid,
    application_id uuid,
    interview_id   uuid,
    attempts       bigint not null,
    error_code     text,
    smtp_status    bigint,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    sent_at        timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id)
);

create index emails_by_state on emails (tenant_id, state, id);
create index emails_by_member on emails (tenant_id, member_id, id);
create index emails_by_candidate on emails (tenant_id, candidate_id, id);
create index emails_by_update on emails (updated_at);

-- Row-level security, as in the first migration; old e-mails of all tenants are forgotten together.

alter table email_templates enable row level security;
alter table email_templates force row level security;
create policy tenant on email_templates
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table emails enable row level security;
alter table emails force row level security;
create policy tenant on emails
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');
