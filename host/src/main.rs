//! The `mortise` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mortise_host::commands::run()
}
