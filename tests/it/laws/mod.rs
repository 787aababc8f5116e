//! Laws: what holds for every statement, migration, route, interface and file, also for those not written yet.

mod append_only;
mod every_interface;
mod every_migration;
mod every_route;
mod every_statement;
mod forged;
mod openapi;
mod operations;
mod row_level_security;
mod schema;
mod sources;
mod tidy;
mod two_tenants;
mod upgrades;
