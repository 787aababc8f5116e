//! All tests of the whole, in one program.

mod access;
mod cli;
mod clients;
mod hiring;
mod laws;
mod moving;
mod plugins;
mod privacy;
mod redis;
mod reliability;
mod resources;
mod scoring;
mod service;
mod tasks;
mod wasm;
mod webhooks;
