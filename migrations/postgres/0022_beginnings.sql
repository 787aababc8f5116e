-- An application begins: what is looked up for it, and what it leaves behind, in as few steps as there are.

-- Whether the candidate has applied for the job before. By job alone it took longer with every application for it.
drop index applications_by_candidate;
create index applications_by_candidate on applications (tenant_id, candidate_id, job_id, id);

-- Its first step is all that has happened yet, nearly always, and is written as application_histories would.
create or replace function tell_of_beginning() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from application_changes
        where tenant_id = new.tenant_id and application_id = new.application_id and id <> new.id)
    then
        perform tell_timeline(new.tenant_id, new.application_id);
        return null;
    end if;
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact,
           'a' || substr(new.stage_kind, 1, 1) || new.stage_rank || case new.actor_kind when 'member' then '!' else '' end
               || ':' || (extract(epoch from new.occurred_at) * 1000000)::bigint
    from application_histories
    where tenant_id = new.tenant_id and application_id = new.application_id
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
    return null;
end
$$;
