//! The built `mortise` program: tests that kill a server, and every test that compiles a plugin, need the real one.

use std::path::PathBuf;

/// Where cargo put it: beside the folder this test's own program lies in.
///
/// # Panics
/// When it has not been built.
pub fn mortise() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows its own file");
    let profile = own.parent().and_then(|deps| deps.parent()).expect("tests lie in target/PROFILE/deps");
    let program = profile.join("mortise");
    assert!(program.is_file(), "{} is missing; `cargo build -p mortise-host` makes it", program.display());
    program
}

/// A folder all tests share, so that plugins are compiled once for all of them.
pub fn plugin_cache() -> PathBuf {
    let program = mortise();
    program.parent().expect("it lies in a folder").join("test-plugin-cache")
}

/// Python with what `tests/requirements.txt` names.
///
/// # Panics
/// When it is not installed.
pub fn python() -> PathBuf {
    let program = mortise();
    let target =
        program.parent().and_then(|profile| profile.parent()).expect("programs lie in target/PROFILE");
    let python = target.join("python/bin/python");
    assert!(python.is_file(), "{} is missing; tests/run makes it", python.display());
    python
}
