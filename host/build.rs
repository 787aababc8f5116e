//! Builds the shipped plugins from source and embeds them, each with its manifest as a section.
//! `MORTISE_PLUGIN_DIR` names a folder of components built elsewhere (`pdf-text.wasm`, …) to embed instead.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

#[path = "src/wasm/section.rs"]
mod section;

const MANIFEST: &str = "mortise-plugin.toml";
const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "plugin";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["plugins", "sdk/src", "sdk/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        // Not by its whole path: checkouts may share a target folder, and each has its own.
        println!("cargo::rerun-if-changed=../{watched}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/wasm/section.rs");
    println!("cargo::rerun-if-env-changed=MORTISE_PLUGIN_DIR");

    let plugins = plugins(&root)?;
    let built = match env::var_os("MORTISE_PLUGIN_DIR") {
        Some(folder) => {
            println!("cargo::rerun-if-changed={}", Path::new(&folder).display());
            PathBuf::from(folder)
        }
        None => build(&plugins, &root, &out)?,
    };
    embed(&plugins, &root, &built, &out)
}

/// Every folder of `plugins/` with a manifest in it, by name.
fn plugins(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut plugins = Vec::new();
    for entry in fs::read_dir(root.join("plugins"))? {
        let entry = entry?;
        if entry.path().join(MANIFEST).is_file() {
            plugins.push(
                entry
                    .file_name()
                    .into_string()
                    .map_err(|name| format!("{} is not a name", name.display()))?,
            );
        }
    }
    plugins.sort_unstable();
    Ok(plugins)
}

/// Builds all plugins in one go and answers the folder they are in.
fn build(plugins: &[String], root: &Path, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    // `<target>/<profile>/build/<package>/out`: above the profile, so that all profiles share what is built
    // here, and a folder of its own, because the outer cargo holds the lock of its own one.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not where cargo puts it")?.join("plugins");
    add_target(root);
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args(["build", "--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(&target);
    for plugin in plugins {
        cargo.args(["-p", plugin]);
    }
    clean(&mut cargo);
    let run = cargo.output()?;
    if !run.status.success() {
        for line in String::from_utf8_lossy(&run.stderr).lines() {
            println!("cargo::warning={line}");
        }
        return Err("the shipped plugins do not build; the warnings above say why".into());
    }
    Ok(target.join(TARGET).join(PROFILE))
}

/// What the outer cargo, clippy or rustdoc put into the environment for this build is not meant for that one.
fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let is_theirs = text.starts_with("RUSTC")
            || text.starts_with("RUSTDOC")
            || text.starts_with("CLIPPY")
            || text.starts_with("DEP_")
            || (text.starts_with("CARGO_") && text != "CARGO_HOME" && text != "CARGO_NET_OFFLINE")
            || matches!(
                text,
                "CARGO"
                    | "RUSTFLAGS"
                    | "TARGET"
                    | "HOST"
                    | "PROFILE"
                    | "OPT_LEVEL"
                    | "DEBUG"
                    | "NUM_JOBS"
                    | "OUT_DIR"
                    | "MAKEFLAGS"
                    | "MFLAGS"
            );
        if is_theirs {
            command.env_remove(&name);
        }
    }
}

/// Installs the standard library of the target where rustup can; elsewhere cargo's own message says what is missing.
fn add_target(root: &Path) {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let is_there = libraries.is_ok_and(|run| {
        run.status.success() && Path::new(String::from_utf8_lossy(&run.stdout).trim()).is_dir()
    });
    if !is_there {
        let mut rustup = Command::new("rustup");
        clean(rustup.current_dir(root).args(["target", "add", TARGET]));
        let _ = rustup.output();
    }
}

/// Puts each manifest into its component, and all of them into a list for the host.
fn embed(plugins: &[String], root: &Path, built: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut list = String::from("pub(crate) const SHIPPED: &[Shipped] = &[\n");
    for plugin in plugins {
        // A cdylib is named after the library, a file built elsewhere after the plugin.
        let names = [format!("{}.wasm", plugin.replace('-', "_")), format!("{plugin}.wasm")];
        let path = names.iter().map(|name| built.join(name)).find(|path| path.is_file());
        let path = path.ok_or_else(|| format!("{} has no {plugin}.wasm", built.display()))?;
        let toml = root.join("plugins").join(plugin).join(MANIFEST);
        let text = fs::read_to_string(&toml).map_err(|error| format!("{}: {error}", toml.display()))?;
        let manifest: serde_json::Value =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", toml.display()))?;
        let component = section::embed(&fs::read(path)?, &section::canonical(manifest));
        let file = out.join(format!("{plugin}.wasm"));
        fs::write(&file, &component)?;
        let digest = Sha256::digest(&component).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        writeln!(
            list,
            "    Shipped {{ name: {plugin:?}, digest: {digest:?}, component: include_bytes!({:?}) }},",
            file.display().to_string()
        )?;
    }
    list.push_str("];\n");
    fs::write(out.join("shipped.rs"), list)?;
    Ok(())
}
