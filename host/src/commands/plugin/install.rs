//! `mortise plugin install`: uploads a component to a server, or has the server fetch it from a registry, and waits until it
//! is compiled there.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use super::{InstallOptions, anywhere, find_signature, print, read};
use crate::config::Config;
use crate::oci::{Credentials, Reference};
use crate::outbound::{Exchange, Exchanged, Outbound};

const DEADLINE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);
const MOST_BYTES: usize = 1 << 20;

/// Where the author's server is, and with which key it is asked.
struct Server<'a> {
    outbound: Outbound,
    url: &'a str,
    api_key: &'a str,
}

pub(super) async fn install(config: &Config, options: &InstallOptions) -> anyhow::Result<()> {
    let request = if Reference::is_meant(&options.source) {
        fetching(options)?
    } else {
        anyhow::ensure!(
            !options.registry.is_for_registry(),
            "{} is a file; what is said about a registry goes with oci://…",
            options.source
        );
        uploading(options)?
    };
    let server = Server {
        outbound: Outbound::new(&anywhere(config))?,
        url: options.server.trim_end_matches('/'),
        api_key: &options.api_key,
    };
    let answer = server.ask("POST", "/v1/plugins", Some(request)).await?;
    let mut version = understood(&answer)?;
    let path = header(&answer, "location").context("the server does not say where the version is")?;
    while version["state"] == "compiling" && !options.no_wait {
        tokio::time::sleep(PAUSE).await;
        version = understood(&server.ask("GET", &path, None).await?)?;
    }
    print(&version)?;
    anyhow::ensure!(
        version["state"] != "failed",
        "the server could not make code of it: {}",
        version["error"]["detail"].as_str().unwrap_or("see its error")
    );
    Ok(())
}

/// Media type and body of a request that brings the component.
fn uploading(options: &InstallOptions) -> anyhow::Result<(String, Vec<u8>)> {
    let file = Path::new(&options.source);
    let component = read(file)?;
    let signature = find_signature(options.signature.as_deref(), file)?;
    let boundary = format!("mortise-{:032x}", rand::random::<u128>());
    let mut parts = vec![("component", &component[..])];
    parts.extend(signature.as_ref().map(|signature| ("signature", &signature[..])));
    if options.allow_unsigned {
        parts.push(("allow_unsigned", b"true"));
    }
    Ok((format!("multipart/form-data; boundary={boundary}"), form(&boundary, &parts)))
}

/// The same of one that says where it is.
fn fetching(options: &InstallOptions) -> anyhow::Result<(String, Vec<u8>)> {
    let reference = options.registry.reference(&options.source)?;
    let mut body = json!({
        "url": reference.to_string(), "plain_http": options.registry.plain_http,
        "allow_unsigned": options.allow_unsigned,
    });
    if let Some(Credentials { username, password }) = options.registry.credentials()? {
        body["credentials"] = json!({ "username": username, "password": password });
    }
    if let Some(file) = &options.signature {
        body["signature"] = serde_json::from_slice(&read(file)?).context("the signature is no JSON")?;
    }
    Ok(("application/json".to_owned(), body.to_string().into_bytes()))
}

impl Server<'_> {
    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> anyhow::Result<Exchanged> {
        let mut headers = vec![("authorization".to_owned(), format!("Bearer {}", self.api_key))];
        let body = body.map(|(media_type, body)| {
            headers.push(("content-type".to_owned(), media_type));
            body
        });
        let exchange = Exchange {
            method: method.to_owned(),
            address: format!("{}{path}", self.url),
            headers,
            body: body.unwrap_or_default(),
            deadline: DEADLINE,
            most_bytes: MOST_BYTES,
        };
        let asked = self.outbound.exchange(exchange).await;
        asked.map_err(|failed| anyhow::anyhow!("asking {}: {} ({})", self.url, failed.detail, failed.code))
    }
}

fn form(boundary: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in parts {
        let file_name = if *name == "component" { "; filename=\"plugin.wasm\"" } else { "" };
        let head =
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

fn header(answer: &Exchanged, name: &str) -> Option<String> {
    answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// What the server answered, or what it has against it, in its own words.
fn understood(answer: &Exchanged) -> anyhow::Result<Value> {
    let body: Value = serde_json::from_slice(&answer.body)
        .with_context(|| format!("the server answers {} and no JSON; is it a Mortise?", answer.status))?;
    if (200..300).contains(&answer.status) {
        return Ok(body);
    }
    let faults = body["errors"].as_array().into_iter().flatten();
    let first = faults.filter_map(|fault| Some((fault["code"].as_str()?, fault["detail"].as_str()?))).next();
    let (code, detail) = first.unwrap_or_else(|| {
        (body["code"].as_str().unwrap_or("unknown"), body["detail"].as_str().unwrap_or("it does not say why"))
    });
    anyhow::bail!("the server refuses: {detail} ({code})")
}
