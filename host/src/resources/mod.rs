//! The product, one folder a noun, in an order: a noun may use only those before it.

pub mod audit;

pub mod data_keys;

pub mod inference;

pub mod tenants;

pub mod idempotency;

pub mod roles;

pub mod departments;

pub mod offices;

pub mod contacts;

pub mod emails;

pub mod members;

pub mod sessions;

pub mod identity_providers;

pub mod api_keys;

pub mod access;

pub mod events;

pub mod tasks;

pub mod files;

pub mod plugin_runs;

pub mod score_requests;

pub mod application_requests;

pub mod trusted_keys;

pub mod plugins;

pub mod plugin_shadow_runs;

pub mod custom_fields;

pub mod privacy_policies;

pub mod search;

pub mod candidates;

pub mod consents;

pub mod resumes;

pub mod jobs;

pub mod tracking_links;

pub mod plugin_bindings;

pub mod applications;

pub mod scores;

pub mod interviews;

pub mod offers;

pub mod notes;

pub mod activities;

pub mod merges;

pub mod saved_searches;

pub mod webhooks;

pub mod plugin_trials;

pub mod erasures;

pub mod subject_exports;

pub mod source_costs;

pub mod analytics;

pub mod imports;

pub mod exports;
