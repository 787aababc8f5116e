-- What a version is tried on where that is not résumés: applications, or events with the endpoint whose they are.
alter table plugin_trials add column subjects text;
