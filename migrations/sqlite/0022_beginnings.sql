-- An application begins: what is looked up for it, and what it leaves behind, in as few steps as there are.

-- Whether the candidate has applied for the job before. By job alone it took longer with every application for it.
drop index applications_by_candidate;
create index applications_by_candidate on applications (tenant_id, candidate_id, job_id, id);

-- Its first step is all that has happened yet, nearly always, and is written as application_histories would.
drop trigger applications_begin_to_be_told;
create trigger applications_begin_to_be_told after insert on application_changes
when new.kind = 'applied'
begin
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select tenant_id, job_id, application_id, source, first_source, first_contact,
           'a' || substr(new.stage_kind, 1, 1) || new.stage_rank || case new.actor_kind when 'member' then '!' else '' end
               || ':' || unixepoch(substr(new.occurred_at, 1, 19))
               || substr(replace(replace(substr(new.occurred_at, 20), '.', ''), '+00:00', '000000'), 1, 6)
    from application_histories
    where tenant_id = new.tenant_id and application_id = new.application_id
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
    update application_timelines set steps = (
        select steps from application_histories where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and job_id = new.job_id and application_id = new.application_id and exists (
        select 1 from application_changes
        where tenant_id = new.tenant_id and application_id = new.application_id and id <> new.id);
end;
