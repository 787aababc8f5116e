//! What the commands that have to do with registries are told about one.

use std::io::Read;

use anyhow::Context;
use clap::Args;

use crate::oci::{Credentials, Reference};

const PASSWORD: &str = "MORTISE_REGISTRY_PASSWORD";

#[derive(Debug, Args)]
pub(super) struct RegistryOptions {
    /// Who asks the registry; the password stands in MORTISE_REGISTRY_PASSWORD, or comes by --password-stdin
    #[arg(long, env = "MORTISE_REGISTRY_USERNAME", value_name = "NAME")]
    username: Option<String>,
    /// Read the registry's password, or a token in its place, from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Ask the registry without TLS; only one on this machine
    #[arg(long)]
    pub(super) plain_http: bool,
}

impl RegistryOptions {
    /// Whether something was said that is of use with a registry only. Variables may be set for other times.
    pub(super) fn is_for_registry(&self) -> bool {
        self.password_stdin || self.plain_http
    }

    /// A password in an argument could be read by everybody on the machine, so there is no such option.
    pub(super) fn credentials(&self) -> anyhow::Result<Option<Credentials>> {
        let password = if self.password_stdin {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("reading the password from standard input")?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        } else {
            std::env::var(PASSWORD).ok()
        };
        match (self.username.clone(), password) {
            (Some(username), Some(password)) => Ok(Some(Credentials { username, password })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                anyhow::bail!("the user has no password; set {PASSWORD} or send it to --password-stdin")
            }
            (None, Some(_)) => anyhow::bail!("the password is whose? name the user by --username"),
        }
    }

    /// The reference a text says, if it may be asked so.
    pub(super) fn reference(&self, text: &str) -> anyhow::Result<Reference> {
        let reference = Reference::parse(text).map_err(super::refused)?;
        anyhow::ensure!(
            !self.plain_http || reference.is_loopback(),
            "{} is not on this machine; without --plain-http it is asked by https",
            reference.registry
        );
        Ok(reference)
    }
}
