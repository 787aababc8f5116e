-- What a tenant's e-mails say, and those that go out.

-- What is null is the program's own.
create table email_templates (
    tenant_id  blob not null references tenants (id),
    kind       text not null,
    is_enabled integer,
    subject    text,
    text       text,
    html       text,
    reply_to   text,
    updated_at text not null,
    version    integer not null,
    primary key (tenant_id, kind)
) strict;

-- The outbox: a row a message, written with the change it tells of. state: queued, sent, failed. content, to whom and
-- what, is sealed, and goes when the message is sent; recipient is masked. error_code and smtp_status are the last attempt's.
create table emails (
    tenant_id      blob not null references tenants (id),
    id             blob not null,
    kind           text not null,
    state          text not null,
    recipient      text not null,
    content        blob,
    member_id      blob,
    candidate_id   blob,
    application_id blob,
    interview_id   blob,
    attempts       integer not null,
    error_code     text,
    smtp_status    integer,
    created_at     text not null,
    updated_at     text not null,
    sent_at        text,
    primary key (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, candidate_id) references candidates (tenant_id, id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id),
    foreign key (tenant_id, interview_id) references interviews (tenant_id, id)
) strict;

create index emails_by_state on emails (tenant_id, state, id);
create index emails_by_member on emails (tenant_id, member_id, id);
create index emails_by_candidate on emails (tenant_id, candidate_id, id);
create index emails_by_update on emails (updated_at);
