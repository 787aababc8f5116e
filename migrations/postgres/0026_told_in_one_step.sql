-- An application's first step is told in one statement instead of four, and by the one trigger of a change: two had conditions,
-- which PostgreSQL reads anew at every statement.

-- Of a change or an offer: nothing but steps can be other than before.
create function tell_steps(tenant uuid, application uuid) returns void language plpgsql as $$
declare
    job uuid;
begin
    select job_id into job from applications
    where tenant_id = tenant and id = application for no key update;
    update application_timelines set steps = (
        select steps from application_histories where tenant_id = tenant and application_id = application)
    where tenant_id = tenant and job_id = job and application_id = application;
end
$$;

create or replace function tell_of_step() returns trigger language plpgsql as $$
begin
    perform tell_steps(new.tenant_id, new.application_id);
    return null;
end
$$;

-- Whoever was merged into the candidate, and whatever has happened before the first step, is left to the view.
create function tell_of_change() returns trigger language plpgsql as $$
begin
    if new.kind <> 'applied' then
        perform tell_steps(new.tenant_id, new.application_id);
        return null;
    end if;
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select new.tenant_id, new.job_id, new.application_id, a.source, c.source,
           (extract(epoch from c.created_at) * 1000000)::bigint,
           'a' || substr(new.stage_kind, 1, 1) || new.stage_rank || case new.actor_kind when 'member' then '!' else '' end
               || ':' || (extract(epoch from new.occurred_at) * 1000000)::bigint
    from applications a
    join candidates c on c.tenant_id = a.tenant_id and c.id = a.candidate_id
    where a.tenant_id = new.tenant_id and a.id = new.application_id and a.deleted_at is null
      and not exists (
          select 1 from candidates where tenant_id = new.tenant_id and merged_into = a.candidate_id)
      and not exists (
          select 1 from application_changes
          where tenant_id = new.tenant_id and application_id = new.application_id and id <> new.id)
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
    if not found then
        perform tell_timeline(new.tenant_id, new.application_id);
    end if;
    return null;
end
$$;

drop trigger applications_begin_to_be_told on application_changes;
drop trigger application_changes_are_told on application_changes;
drop function tell_of_beginning();

create trigger application_changes_are_told after insert on application_changes
    for each row execute function tell_of_change();
