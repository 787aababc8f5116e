//! What the command line accepts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;

/// A headless, multi-tenant applicant tracking system whose logic can be replaced.
#[derive(Debug, Parser)]
#[command(name = "mortise", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    /// A TOML file of settings; every setting can also be a MORTISE_… variable
    #[arg(long, global = true, env = "MORTISE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Command,
}

impl Arguments {
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        Config::load(self.config.as_deref())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try it out: sample résumés parsed for real, then a server to play with
    Demo(DemoOptions),
    /// Serve the API and do background work
    Serve,
    /// Do background work only, as a second machine beside a server
    Worker,
    /// Bring the database's schema up to date
    Migrate,
    /// Print the OpenAPI document
    Openapi,
    /// Manage tenants
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// Manage members
    Member {
        #[command(subcommand)]
        command: MemberCommand,
    },
    /// Look after the audit log
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Look after the secret key
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
    /// Build, check, run, sign and install plugins
    Plugin {
        #[command(subcommand)]
        command: super::plugin::PluginCommand,
    },
    /// Parse résumés on this machine, through the same sandbox as the server, to JSON
    Parse(ParseOptions),
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Make a tenant and its first owner; prints JSON with an API key, which is shown this once
    Create {
        /// The tenant's name
        name: String,
        /// The owner's e-mail address
        #[arg(long, value_name = "EMAIL")]
        owner: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Make a member who is an owner, for a tenant that has lost its owners; prints JSON with an API key, shown this once
    Create {
        /// The member's e-mail address
        email: String,
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Seal what is new, then check every entry, seal and signature; fails when something was tampered with
    Verify {
        /// Only this tenant, by its slug
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SecretsCommand {
    /// Seal everything with the first key of the ring. With --new a key is made and put first
    Rotate {
        /// Make a new key first: only where the key file is this node's alone
        #[arg(long)]
        new: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// Stop once the sample résumés are parsed instead of going on serving
    #[arg(long)]
    pub(super) once: bool,
}

#[derive(Debug, Args)]
pub(super) struct ParseOptions {
    /// Files, and folders whose files of readable kinds are taken (not their subfolders)
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The shape of the JSON
    #[arg(long, value_enum, default_value_t = Format::Unified)]
    pub(super) format: Format,
    /// Folder for one NAME.json a file; without it the JSON goes to standard output, a line a file
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// A résumé parser to use instead of the built-in one
    #[arg(long, value_name = "FILE.wasm")]
    pub(super) plugin: Option<PathBuf>,
    /// Files under way at once; the number of cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Unified,
    JsonResume,
}
