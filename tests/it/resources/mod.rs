//! What each resource does, through HTTP.

mod analytics;
mod blobs;
mod candidate_reach;
mod candidate_records;
mod candidates;
mod corrections;
mod custom_fields;
mod damaged_files;
mod duplicates;
mod json_resume;
mod malformed_requests;
mod merges;
mod own_records;
mod plugin_answers;
mod plugin_runs;
mod readings;
mod resume_records;
mod resumes;
mod source_costs;
mod word_processors;
