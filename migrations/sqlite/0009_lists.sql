-- What jobs are found by in full text, made by the program from the rest; null for those that an earlier version wrote.
alter table jobs add column words text;

create index jobs_without_words on jobs (tenant_id, id) where words is null;

-- Lists of applications go along one of these, or one of those that are there.
create index applications_by_outcome on applications (tenant_id, outcome, id);
create index applications_by_source on applications (tenant_id, source, id) where source is not null;
create index applications_by_credit on applications (tenant_id, credited_to, id) where credited_to is not null;
create index applications_by_time on applications (tenant_id, applied_at, id);
