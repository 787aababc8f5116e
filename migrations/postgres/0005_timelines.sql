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
       (select (extract(epoch from min(created_at)) * 1000000)::bigint from (
            select created_at from candidates where tenant_id = a.tenant_id and id = a.candidate_id
            union all
            select created_at from candidates where tenant_id = a.tenant_id and merged_into = a.candidate_id
        ) person) as first_contact,
       coalesce((
           select string_agg(
               head || ':' || (extract(epoch from occurred_at) * 1000000)::bigint
                   || coalesce('~' || (extract(epoch from voided_at) * 1000000)::bigint, ''),
               ' ' order by part, occurred_at, id, head)
           from (
               select 0::bigint as part, c.id, c.occurred_at, v.occurred_at as voided_at,
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
    tenant_id      uuid not null references tenants (id),
    job_id         uuid not null,
    application_id uuid not null,
    source         text,
    first_source   text,
    first_contact  bigint not null,
    steps          text not null,
    primary key (tenant_id, job_id, application_id),
    foreign key (tenant_id, application_id) references applications (tenant_id, id)
);

alter table application_timelines enable row level security;
alter table application_timelines force row level security;
create policy tenant on application_timelines
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Locks the application before it reads: of two changes at once the second one sees what the first has left.
create function tell_timeline(tenant uuid, application uuid) returns void language plpgsql as $$
begin
    perform 1 from applications where tenant_id = tenant and id = application for no key update;
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact, steps
    from application_histories where tenant_id = tenant and application_id = application
    on conflict (tenant_id, job_id, application_id) do update set
        source = excluded.source, first_source = excluded.first_source, first_contact = excluded.first_contact,
        steps = excluded.steps;
end
$$;

create function tell_of_application() returns trigger language plpgsql as $$
begin
    if new.deleted_at is null then
        perform tell_timeline(new.tenant_id, new.id);
    else
        delete from application_timelines
        where tenant_id = new.tenant_id and job_id = new.job_id and application_id = new.id;
    end if;
    return null;
end
$$;

-- Of a change or an offer: nothing but steps can be other than before.
create function tell_of_step() returns trigger language plpgsql as $$
declare
    job uuid;
begin
    select job_id into job from applications
    where tenant_id = new.tenant_id and id = new.application_id for no key update;
    update application_timelines set steps = (
        select steps from application_histories
        where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and job_id = job and application_id = new.application_id;
    return null;
end
$$;

create function tell_of_beginning() returns trigger language plpgsql as $$
begin
    perform tell_timeline(new.tenant_id, new.application_id);
    return null;
end
$$;

create function tell_of_candidate() returns trigger language plpgsql as $$
begin
    perform tell_timeline(a.tenant_id, a.id) from applications a
    where a.tenant_id = new.tenant_id and a.candidate_id in (new.id, new.merged_into);
    return null;
end
$$;

create trigger applications_begin_to_be_told after insert on application_changes
    for each row when (new.kind = 'applied') execute function tell_of_beginning();

create trigger application_changes_are_told after insert on application_changes
    for each row when (new.kind <> 'applied') execute function tell_of_step();

create trigger applications_are_told after update of candidate_id, source, deleted_at on applications
    for each row when (new.candidate_id is distinct from old.candidate_id or new.source is distinct from old.source
        or new.deleted_at is distinct from old.deleted_at) execute function tell_of_application();

create trigger candidates_are_told after update of source, merged_into on candidates
    for each row when (new.source is distinct from old.source or new.merged_into is distinct from old.merged_into)
    execute function tell_of_candidate();

create trigger offers_begin_to_be_told after insert on offers
    for each row execute function tell_of_step();

create trigger offers_are_told after update of status, sent_at, decided_at, expires_at on offers
    for each row when (new.status <> old.status or new.sent_at is distinct from old.sent_at
        or new.decided_at is distinct from old.decided_at or new.expires_at is distinct from old.expires_at)
    execute function tell_of_step();
