-- An application's first step, written without the view of whole histories, which looks for much more than there can be yet.
-- Where somebody was merged into the candidate, or something has happened already, the view's word comes after it.
drop trigger applications_begin_to_be_told;
create trigger applications_begin_to_be_told after insert on application_changes
when new.kind = 'applied'
begin
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    select a.tenant_id, a.job_id, a.id, a.source, c.source,
           cast(unixepoch(substr(c.created_at, 1, 19))
               || substr(replace(replace(substr(c.created_at, 20), '.', ''), '+00:00', '000000'), 1, 6) as integer),
           'a' || substr(new.stage_kind, 1, 1) || new.stage_rank || case new.actor_kind when 'member' then '!' else '' end
               || ':' || unixepoch(substr(new.occurred_at, 1, 19))
               || substr(replace(replace(substr(new.occurred_at, 20), '.', ''), '+00:00', '000000'), 1, 6)
    from applications a
    cross join candidates c on c.tenant_id = a.tenant_id and c.id = a.candidate_id
    where a.tenant_id = new.tenant_id and a.id = new.application_id and a.deleted_at is null
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
    update application_timelines set (source, first_source, first_contact, steps) = (
        select source, first_source, first_contact, steps from application_histories
        where tenant_id = new.tenant_id and application_id = new.application_id)
    where tenant_id = new.tenant_id and job_id = new.job_id and application_id = new.application_id
      and (exists (
              select 1 from application_changes
              where tenant_id = new.tenant_id and application_id = new.application_id and id <> new.id)
          or exists (
              select 1 from applications a
              cross join candidates c on c.tenant_id = a.tenant_id and c.merged_into = a.candidate_id
              where a.tenant_id = new.tenant_id and a.id = new.application_id));
end;

-- Whoever decides what an endpoint gets next holds its row, and need not write to it.
alter table webhook_states drop column admitted;
