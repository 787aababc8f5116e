-- What happened to one thing, for the feed of a candidate.
create index events_by_subject on events (tenant_id, subject_id, id);
