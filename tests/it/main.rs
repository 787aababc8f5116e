//! All tests of the whole, in one program.

mod access;
mod cli;
mod laws;
mod reliability;
mod resources;
mod service;
mod tasks;
mod wasm;
