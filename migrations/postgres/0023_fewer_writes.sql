-- An application's first step, written without the view of whole histories, which looks for much more than there can be yet.
-- Whoever was merged into the candidate, and whatever has happened already, is left to the view.
create or replace function tell_of_beginning() returns trigger language plpgsql as $$
declare
    begun record;
begin
    select a.source, c.id as candidate_id, c.source as first_source, c.created_at as first_contact into begun
    from applications a
    join candidates c on c.tenant_id = a.tenant_id and c.id = a.candidate_id
    where a.tenant_id = new.tenant_id and a.id = new.application_id and a.deleted_at is null;
    if not found then
        return null;
    end if;
    if exists (
            select 1 from candidates where tenant_id = new.tenant_id and merged_into = begun.candidate_id)
        or exists (
            select 1 from application_changes
            where tenant_id = new.tenant_id and application_id = new.application_id and id <> new.id)
    then
        perform tell_timeline(new.tenant_id, new.application_id);
        return null;
    end if;
    insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
    values (new.tenant_id, new.job_id, new.application_id, begun.source, begun.first_source,
            (extract(epoch from begun.first_contact) * 1000000)::bigint,
            'a' || substr(new.stage_kind, 1, 1) || new.stage_rank || case new.actor_kind when 'member' then '!' else '' end
                || ':' || (extract(epoch from new.occurred_at) * 1000000)::bigint)
    on conflict (tenant_id, job_id, application_id) do update set steps = excluded.steps;
    return null;
end
$$;

-- Whoever decides what an endpoint gets next holds its row, and need not write to it.
alter table webhook_states drop column admitted;
