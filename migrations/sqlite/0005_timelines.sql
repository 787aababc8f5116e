-- What analytics reads: an application's whole history as one short text, so that a figure over a million applications
-- costs a million small rows, one after the other. Triggers make it anew at every change; nothing else writes it.

-- steps, one after the other: how (applied, moved, hired, rejected, withdrawn, transferred, o for reopened), the stage's kind
-- and rank, ! when a person did it, a colon, microseconds since 1970, and after ~ those when it was voided. Then its offers,
-- version by version: d made, e sent, y accepted, n declined, r rescinded, x when it expires. What has not happened is null,
-- and left out by string_agg.
create view application_histories as
select a.tenant_id, a.job_id, a.id as application_id, a.source,
       (select source from (
            select id, source, created_at from candidates where tenant_id = a.tenant_id and id = a.candidate_id
            union all
            select id, source, created_at from candidates where tenant_id = a.tenant_id and merged_into = a.candidate_id
        ) person where source is not null order by created_at, id limit 1) as first_source,
       (select cast(unixepoch(substr(min(created_at), 1, 19))
            || substr(replace(replace(substr(min(created_at), 20), '.', ''), '+00:00', '000000'), 1, 6) as integer) from (
            select created_at from candidates where tenant_id = a.tenant_id and id = a.candidate_id
            union all
            select created_at from candidates where tenant_id = a.tenant_id and merged_into = a.candidate_id
        ) person) as first_contact,
       coalesce((
           select string_agg(
               head || ':' || unixepoch(substr(occurred_at, 1, 19))
                   || substr(replace(replace(substr(occurred_at, 20), '.', ''), '+00:00', '000000'), 1, 6)
                   || coalesce('~' || unixepoch(substr(voided_at, 1, 19))
                       || substr(replace(replace(substr(voided_at, 20), '.', ''), '+00:00', '000000'), 1, 6), ''),
               ' ' order by part, occurred_at, id, head)
           from (
               select 0 as part, c.id, c.occurred_at, v.occurred_at as voided_at,
                      substr(case c.kind when 'reopened' then 'o' else c.kind end, 1, 1) || substr(c.stage_kind, 1, 1)
                          || c.stage_rank || case c.actor_kind when 'member' then '!' else '' end as head
               from application_changes c
               left join application_changes v on v.tenant_id = c.tenant_id and v.void_of = c.id
               where c.tenant_id = a.tenant_id and c.application_id = a.id and c.kind <> 'voided'
               union all
               select o.number, o.id, o.created_at, null, 'd' from offers o
               where o.tenant_id = a.tenant_id and o.application_id = a.id
               union all
               select o.number, o.id, o.sent_at, null, 'e' from offers o
               where o.tenant_id = a.tenant_id and o.application_id = a.id
               union all
               select o.number, o.id, case o.status when 'sent' then o.expires_at else o.decided_at end, null,
                      case o.status when 'accepted' then 'y' when 'declined' then 'n' when 'rescinded' then 'r' else 'x' end
               from offers o
               where o.tenant_id = a.tenant_id and o.application_id = a.id
                 and o.status in ('sent', 'accepted', 'declined', 'rescinded')
           ) happened
       ), '') as steps
from applications a
where a.deleted_at is null;

-- One row an application that is not deleted. first_source and first_contact are the candidate's, and those of whoever was
-- merged into them.
create table application_timelines (
    tenant_id      blob not null references tenants (id),
    job_id         blob not null,
    application_id blob not null,
    source         text,
    first_source   text,
    first_contact  integer not null,
    steps          text not null,
    primary key (tenant_id, job_id, application_id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id)
) strict, without rowid;

create trigger applications_begin_to_be_told after insert on application_changes
when new.kind = 'applied'
begin
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact, steps
    from application_histories where tenant_id = new.tenant_id and application_id = new.application_id
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
end;

create trigger application_changes_are_told after insert on application_changes
when new.kind <> 'applied'
begin
    update application_timelines set steps = (
        select steps from application_histories where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and job_id = new.job_id and application_id = new.application_id;
end;

create trigger applications_are_told after update of candidate_id, source, deleted_at on applications
when new.candidate_id is not old.candidate_id or new.source is not old.source or new.deleted_at is not old.deleted_at
begin
    delete from application_timelines
    where tenant_id = new.tenant_id and job_id = new.job_id and application_id = new.id;
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact, steps
    from application_histories where tenant_id = new.tenant_id and application_id = new.id;
end;

create trigger candidates_are_told after update of source, merged_into on candidates
when new.source is not old.source or new.merged_into is not old.merged_into
begin
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact, steps
    from application_histories
    where tenant_id = new.tenant_id and application_id in (
        select id from applications where tenant_id = new.tenant_id and candidate_id in (new.id, new.merged_into))
    on conflict (tenant_id, job_id, application_id) do update set
        first_source = excluded.first_source, first_contact = excluded.first_contact;
end;

create trigger offers_begin_to_be_told after insert on offers
begin
    update application_timelines set steps = (
        select steps from application_histories where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and application_id = new.application_id
      and job_id = (select job_id from applications where tenant_id = new.tenant_id and id = new.application_id);
end;

create trigger offers_are_told after update of status, sent_at, decided_at, expires_at on offers
when new.status <> old.status or new.sent_at is not old.sent_at or new.decided_at is not old.decided_at
    or new.expires_at is not old.expires_at
begin
    update application_timelines set steps = (
        select steps from application_histories where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and application_id = new.application_id
      and job_id = (select job_id from applications where tenant_id = new.tenant_id and id = new.application_id);
end;
