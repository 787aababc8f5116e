-- What earlier migrations made for what is told or changed from then on, made for what was there already.

insert into application_timelines (tenant_id, job_id, application_id, source, first_source, first_contact, steps)
select tenant_id, job_id, application_id, source, first_source, first_contact, steps
from application_histories
where not exists (
    select 1 from application_timelines told
    where told.tenant_id = application_histories.tenant_id and told.job_id = application_histories.job_id
      and told.application_id = application_histories.application_id);

-- What candidates are found by only the program can make: once, and only where somebody is not to be found.
insert into tasks (id, tenant_id, owner_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, created_at)
select x'01930000000070008000000000000014', null, x'ffffffffffffffffffffffffffffffff', 'compute', 'candidates.index', '{}',
    0, 30, '2026-01-01T00:00:00+00:00', 0, 10, '2026-01-01T00:00:00+00:00'
where exists (
    select 1 from candidates c
    where c.deleted_at is null and not exists (
        select 1 from candidate_search s where s.tenant_id = c.tenant_id and s.candidate_id = c.id));
