//! All tests of the whole, in one program.

mod access;
mod cli;
mod clients;
mod hiring;
mod laws;
mod moving;
mod plugins;
mod privacy;
mod reliability;
mod resources;
mod service;
mod tasks;
mod wasm;
