//! `mortise plugin …`: what an author does with a plugin, by the same code as the server does it.

mod bench;
mod build;
mod check;
mod golden;
mod install;
mod languages;
mod new;
mod push;
mod registry;
mod run;
mod sign;
mod stand;
mod values;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::{Args, Subcommand};
use serde_json::Value;

use self::languages::Language;
use self::registry::RegistryOptions;
use super::logging;
use crate::components::{CapabilityName, Refusal};
use crate::config::Config;
use crate::hooks::Kind;

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Begin a plugin: a few files that work, with a test
    New(NewOptions),
    /// Build the plugin in a folder, whatever it is written in, and put its manifest inside
    Build(BuildOptions),
    /// Build the plugin in a folder and run its golden cases, DIR/tests/*/input.*, with a server's limits
    Test(TestOptions),
    /// Make all the checks a server makes when a plugin is installed, compiling included
    Check {
        /// The component
        file: PathBuf,
    },
    /// Show what a component says about itself and what it asks for, without running anything of it
    Inspect {
        /// The component
        file: PathBuf,
    },
    /// Run a plugin once with a server's limits; prints result, cost and log as JSON
    Run(RunOptions),
    /// Make the same call for some seconds, one at a time; prints calls per second, times, memory and fuel as JSON
    Bench(BenchOptions),
    /// Sign a component; writes FILE.sig beside it and prints the public key
    Sign {
        /// The component
        file: PathBuf,
        /// File with the secret key: 64 hexadecimal digits
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Make the key first; the file must not be there
        #[arg(long)]
        new_key: bool,
    },
    /// Check a component's signature
    Verify {
        /// The component
        file: PathBuf,
        /// The public key in base64, as `sign` prints it
        #[arg(long, value_name = "BASE64")]
        public_key: String,
        /// The signature; FILE.sig without it
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
    },
    /// Publish a component, with its signature if there is one, in an OCI registry; prints where it is as JSON
    Push(PushOptions),
    /// Install a component on a server, from a file or a registry; waits until it is ready and prints the version as JSON
    Install(InstallOptions),
}

#[derive(Debug, Args)]
pub(super) struct NewOptions {
    /// The folder to make; its name is the plugin's
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// What the plugin does: text-extractor, resume-parser, scoring-rule or webhook-transform
    #[arg(long, value_parser = kind)]
    kind: Kind,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Whose plugin it is: the first half of its id
    #[arg(long, default_value = "example")]
    vendor: String,
    /// Where cargo finds mortise-sdk: the folder `sdk` of Mortise's source, or the address of its git repository. Without
    /// it, where this program was built from
    #[arg(long, value_name = "DIR|URL")]
    sdk: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct TestOptions {
    /// The plugin's folder
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// A plugin built before; without it, it is built
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// This case alone
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Write down what the plugin answers as what is expected from now on
    #[arg(long)]
    update: bool,
}

#[derive(Debug, Args)]
pub(super) struct BuildOptions {
    /// The folder with mortise-plugin.toml and Cargo.toml (Rust), package.json (JavaScript) or plugin.py (Python)
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// A component built by other means, in any language
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Where to write the plugin; NAME-VERSION.wasm in the folder without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    call: CallOptions,
}

#[derive(Debug, Args)]
pub(super) struct BenchOptions {
    #[command(flatten)]
    call: CallOptions,
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
}

#[derive(Debug, Args)]
pub(super) struct CallOptions {
    /// The component
    file: PathBuf,
    /// What it works on: a document for parsers and extractors, JSON for scoring rules and transforms
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Its settings as JSON, secret ones included (`--config` names the server's)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A capability to grant, of those its manifest requests; may be repeated
    #[arg(long, value_name = "NAME", value_parser = capability)]
    grant: Vec<CapabilityName>,
}

#[derive(Debug, Args)]
pub(super) struct PushOptions {
    /// Where to: oci://REGISTRY/NAME:TAG; without a tag the plugin's version is the tag
    #[arg(value_name = "REFERENCE")]
    reference: String,
    /// The component
    file: PathBuf,
    /// The signature; FILE.sig if that is there
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryOptions,
}

#[derive(Debug, Args)]
pub(super) struct InstallOptions {
    /// The component: a file, or oci://REGISTRY/NAME:TAG or @sha256:DIGEST, which the server fetches
    #[arg(value_name = "FILE|REFERENCE")]
    source: String,
    /// Where the server is
    #[arg(long, env = "MORTISE_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// A key that may install plugins
    #[arg(long, env = "MORTISE_API_KEY", value_name = "KEY", hide_env_values = true)]
    api_key: String,
    /// The signature; FILE.sig if that is there, or what the registry has beside it
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryOptions,
    /// Install it although nobody signed it
    #[arg(long)]
    allow_unsigned: bool,
    /// Do not wait until it is compiled
    #[arg(long)]
    no_wait: bool,
}

fn kind(word: &str) -> Result<Kind, String> {
    let every = [Kind::TextExtractor, Kind::ResumeParser, Kind::ScoringRule, Kind::WebhookTransform];
    let known = every.into_iter().find(|kind| kind.as_str() == word);
    known.ok_or_else(|| "one of text-extractor, resume-parser, scoring-rule and webhook-transform".into())
}

fn capability(word: &str) -> Result<CapabilityName, String> {
    let known = CapabilityName::EVERY.into_iter().find(|name| name.interface() == word);
    known.ok_or_else(|| "one of http, kv, secrets, inference and clock".into())
}

pub(super) async fn run(config: Config, command: PluginCommand) -> anyhow::Result<()> {
    logging::start(&config, "error")?;
    match command {
        PluginCommand::New(options) => new::new(&options),
        PluginCommand::Build(options) => build::build(&config, &options).await,
        PluginCommand::Test(options) => golden::test(&config, &options).await,
        PluginCommand::Check { file } => check::check(&config, &file).await,
        PluginCommand::Inspect { file } => check::inspect(&config, &file).await,
        PluginCommand::Run(options) => run::run(&config, &options).await,
        PluginCommand::Bench(options) => bench::bench(&config, &options).await,
        PluginCommand::Sign { file, key, new_key } => sign::sign(&config, &file, &key, new_key).await,
        PluginCommand::Verify { file, public_key, signature } => {
            sign::verify(&config, &file, &public_key, signature.as_deref()).await
        }
        PluginCommand::Push(options) => push::push(&config, &options).await,
        PluginCommand::Install(options) => install::install(&config, &options).await,
    }
}

fn read(file: &Path) -> anyhow::Result<Bytes> {
    Ok(std::fs::read(file).with_context(|| format!("reading {}", file.display()))?.into())
}

fn print(report: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{report:#}").context("writing to standard output")
}

/// With the code programs know it by.
fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("{refusal}")
}

/// The signature named, or the one beside the file.
fn find_signature(named: Option<&Path>, file: &Path) -> anyhow::Result<Option<Bytes>> {
    let beside = signature_of(file);
    match named {
        Some(named) => read(named).map(Some),
        None if beside.is_file() => read(&beside).map(Some),
        None => Ok(None),
    }
}

/// What the author's own requests are held to: whoever types an address knows where it leads, and their own machine is as
/// good as any.
fn anywhere(config: &Config) -> Config {
    let every = ["0.0.0.0/0", "::/0"].map(|range| range.parse().expect("it is a range"));
    Config { egress_allow: every.to_vec(), egress_allow_http: true, ..config.clone() }
}

/// `cv.wasm` has its signature in `cv.wasm.sig`.
fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}
