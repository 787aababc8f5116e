-- What earlier migrations made for what is told or changed from then on, made for what was there already: tenant by tenant,
-- as row-level security shows no more at once.

do $$
declare
    tenant uuid;
    someone_is_missing boolean := false;
begin
    perform set_config('app.system', 'on', true);
    for tenant in select id from tenants order by id loop
        perform set_config('app.tenant_id', tenant::text, true);
        insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
        select h.tenant_id, h.job_id, h.application_id, h.source, h.first_source, h.first_contact, h.steps
        from application_histories h
        where h.tenant_id = tenant and not exists (
            select 1 from application_timelines told
            where told.tenant_id = h.tenant_id and told.job_id = h.job_id and told.application_id = h.application_id);
        someone_is_missing := someone_is_missing or exists (
            select 1 from candidates c
            where c.tenant_id = tenant and c.deleted_at is null and not exists (
                select 1 from candidate_search s where s.tenant_id = tenant and s.candidate_id = c.id));
    end loop;
    -- What candidates are found by only the program can make: once, and only where somebody is not to be found.
    if someone_is_missing then
        insert into tasks (id, tenant_id, owner_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts,
            created_at)
        values ('01930000-0000-7000-8000-000000000014', null, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'compute',
            'candidates.index', '{}', 0, 30, '2026-01-01T00:00:00Z', 0, 10, '2026-01-01T00:00:00Z');
    end if;
    perform set_config('app.tenant_id', '', true), set_config('app.system', '', true);
end
$$;
