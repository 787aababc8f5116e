//! The only way out to other servers: HTTPS, no redirects, no proxy but the operator's, every resolved address checked where the connection
//! is made, so that no second answer of the name server can slip in between. One deadline over connection and body.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures::future::BoxFuture;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::Config;

/// Over name look-up, connection, headers and body together.
const DEADLINE: Duration = Duration::from_secs(15);

/// Why a request did not bring an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// `bad_url`, `https_only`, `port_blocked`, `address_blocked`, `unreachable`, `broken_off`, `bad_status`, `too_large` or `timeout`.
    pub code: &'static str,
    /// For whoever named the address; never says to what it resolved.
    pub detail: String,
}

impl Failed {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// What a server answered, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// The header `Retry-After`, if it says something.
    pub retry_after: Option<String>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// What a request is held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Over name look-up, connection, headers and body together.
    pub deadline: Duration,
    /// What is read of the answer; the rest is left where it is, and the connection with it.
    pub most_bytes: usize,
}

/// Sends requests. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    filter: Arc<Filter>,
    /// Empty: any.
    ports: Arc<[u16]>,
    allows_http: bool,
    allows_http_webhooks: bool,
}

impl Outbound {
    /// # Errors
    /// TLS cannot be set up, the file of authorities cannot be read, or the proxy is no address.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        Self::with(config, Arc::new(System))
    }

    /// For addresses that the operator alone has written down as lying on the own network: private and plain ones, too, on any
    /// port, past the proxy. All else holds.
    ///
    /// # Errors
    /// As [`Outbound::new`].
    pub fn to_own_network(config: &Config) -> anyhow::Result<Self> {
        Self::new(&Config {
            egress_allow: vec![IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())],
            egress_allow_http: true,
            egress_ports: Vec::new(),
            egress_proxy: None,
            ..config.clone()
        })
    }

    fn with(config: &Config, names: Arc<dyn Names>) -> anyhow::Result<Self> {
        let filter = Arc::new(Filter { allow: config.egress_allow.clone() });
        let proxy = config.egress_proxy.as_deref().map(read_proxy).transpose()?;
        let resolver =
            Checked { names, filter: filter.clone(), proxy: proxy.as_ref().map(|(_, host)| host.clone()) };
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("mortise/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(DEADLINE)
            .dns_resolver(Arc::new(resolver));
        if let Some((proxy, _)) = proxy {
            client = client.proxy(proxy);
        }
        if let Some(file) = &config.egress_ca_file {
            let read =
                || -> anyhow::Result<_> { Ok(reqwest::Certificate::from_pem_bundle(&std::fs::read(file)?)?) };
            let authorities = read().with_context(|| format!("reading egress_ca_file {}", file.display()))?;
            client = client.tls_certs_merge(authorities);
        }
        Ok(Self {
            client: client.build()?,
            filter,
            ports: config.egress_ports.clone().into(),
            allows_http: config.egress_allow_http,
            allows_http_webhooks: config.egress_allow_http || config.webhooks_allow_http,
        })
    }

    /// Whether an address may be asked at all, as far as that can be seen without asking.
    ///
    /// # Errors
    /// Not an address, not HTTPS, with a password in it, or a literal address that is private or special.
    pub fn check(&self, text: &str) -> Result<Url, Failed> {
        self.check_scheme(text, self.allows_http)
    }

    /// The same for an endpoint of webhooks.
    ///
    /// # Errors
    /// As [`Outbound::check`].
    pub fn check_endpoint(&self, text: &str) -> Result<Url, Failed> {
        self.check_scheme(text, self.allows_http_webhooks)
    }

    fn check_scheme(&self, text: &str, allows_http: bool) -> Result<Url, Failed> {
        let url = Url::parse(text).map_err(|_| Failed::new("bad_url", "not a web address"))?;
        match url.scheme() {
            "https" => {}
            "http" if allows_http => {}
            _ => return Err(Failed::new("https_only", "the address has to begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failed::new("bad_url", "no user name or password in the address"));
        }
        let is_open = |port| self.ports.is_empty() || self.ports.contains(&port);
        if !url.port_or_known_default().is_some_and(is_open) {
            let detail = "the operator lets requests go to certain ports only (egress_ports)";
            return Err(Failed::new("port_blocked", detail));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Failed::new("bad_url", "the address names no host")),
        };
        match literal.filter(|address| !self.filter.lets_through(*address)) {
            Some(_) => Err(blocked()),
            None => Ok(url),
        }
    }

    /// Reads a document of at most so many bytes.
    ///
    /// # Errors
    /// [`Failed`], for any reason.
    pub async fn get(&self, address: &str, most_bytes: usize) -> Result<Vec<u8>, Failed> {
        let url = self.check(address)?;
        let failed = |error| failed(error, DEADLINE);
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(Failed::new(
                "bad_status",
                format!("the server answered {}", response.status().as_u16()),
            ));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > most_bytes {
                return Err(Failed::new(
                    "too_large",
                    format!("the answer is larger than {most_bytes} bytes"),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Sends a document to an endpoint of webhooks; whatever it answers is an answer.
    ///
    /// # Errors
    /// [`Failed`] when there is no whole answer, or not as much of it as is read.
    pub async fn post(
        &self,
        address: &str,
        headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Reply, Failed> {
        let url = self.check_endpoint(address)?;
        let failed = |error| failed(error, limits.deadline);
        let request = self.client.post(url).headers(headers).body(body).timeout(limits.deadline);
        let mut response = request.send().await.map_err(failed)?;
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut reply = Reply { status: response.status().as_u16(), retry_after, body: Vec::new() };
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let room = limits.most_bytes - reply.body.len();
            reply.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if reply.body.len() >= limits.most_bytes {
                break;
            }
        }
        Ok(reply)
    }

    /// Sends a request of a plugin's and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`Failed`] when there is no whole answer of at most so many bytes; `bad_url` for a method or header that is none.
    pub async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, Failed> {
        let Exchange { method, address, headers, body, deadline, most_bytes } = exchange;
        let url = self.check(&address)?;
        let failed = |error| failed(error, deadline);
        let method: reqwest::Method =
            method.parse().map_err(|_| Failed::new("bad_url", "the method is none"))?;
        let mut request = self.client.request(method, url).timeout(deadline);
        for (name, value) in headers {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
            let value = reqwest::header::HeaderValue::from_str(&value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(Failed::new("bad_url", "a header is none"));
            };
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(failed)?;
        let text =
            |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut answer = Exchanged {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > most_bytes {
                let detail = format!("the answer is larger than {most_bytes} bytes");
                return Err(Failed::new("too_large", detail));
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// A request as a plugin words it.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: String,
    pub address: String,
    pub headers: Vec<(String, String)>,
    /// Empty: none.
    pub body: Vec<u8>,
    /// Over name look-up, connection, headers and body together.
    pub deadline: Duration,
    /// The largest answer that is read.
    pub most_bytes: usize,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

fn blocked() -> Failed {
    Failed::new(
        "address_blocked",
        "the address is private or special; the operator can let it through (egress_allow)",
    )
}

fn failed(error: reqwest::Error, deadline: Duration) -> Failed {
    if error.is_timeout() {
        return Failed::new("timeout", format!("no whole answer within {} seconds", deadline.as_secs()));
    }
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = source {
        if cause.is::<Blocked>() {
            return blocked();
        }
        source = cause.source();
    }
    if error.is_connect() {
        return Failed::new("unreachable", "the server cannot be reached, or its certificate is not valid");
    }
    Failed::new("broken_off", "the connection ended before there was a whole answer")
}

/// A name that leads to an address that is not let through.
#[derive(Debug)]
struct Blocked;

impl std::fmt::Display for Blocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name leads to a private or special address")
    }
}

impl std::error::Error for Blocked {}

/// A proxy and its host.
fn read_proxy(text: &str) -> anyhow::Result<(reqwest::Proxy, String)> {
    let read = || -> anyhow::Result<_> {
        let url = Url::parse(text)?;
        anyhow::ensure!(matches!(url.scheme(), "http" | "https"), "it has to begin with http:// or https://");
        let host = url.host_str().context("it names no host")?.to_owned();
        Ok((reqwest::Proxy::all(url)?, host))
    };
    // Not the text itself: there may be a password in it.
    read().context("egress_proxy is not the address of a proxy")
}

/// Who knows where a name leads.
trait Names: Send + Sync {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// Whom the machine asks.
struct System;

impl Names for System {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
    }
}

/// Looks names up and lets only those through all of whose addresses are.
struct Checked {
    names: Arc<dyn Names>,
    filter: Arc<Filter>,
    /// Chosen by the operator, so it may be anywhere.
    proxy: Option<String>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = self.filter.clone();
        let is_proxy = self.proxy.as_deref() == Some(name.as_str());
        let found = self.names.look_up(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            if is_proxy || found.iter().all(|address| filter.lets_through(address.ip())) {
                let addresses: Addrs = Box::new(found.into_iter());
                return Ok(addresses);
            }
            Err(Blocked.into())
        })
    }
}

struct Filter {
    allow: Vec<IpNet>,
}

/// Networks that belong to nobody on the internet (IANA's special-purpose registries), first address and prefix length.
const BLOCKED_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same for IPv6, and every form that tunnels IPv4 through it.
const BLOCKED_V6: [([u16; 8], u8); 16] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 96),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48),
    ([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28),
    ([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

impl Filter {
    fn lets_through(&self, address: IpAddr) -> bool {
        // ::ffff:10.0.0.1 is 10.0.0.1.
        let address = address.to_canonical();
        if self.allow.iter().any(|net| net.contains(&address)) {
            return true;
        }
        match address {
            IpAddr::V4(v4) => !BLOCKED_V4.iter().any(|(first, length)| {
                Ipv4Net::new(Ipv4Addr::from(*first), *length).is_ok_and(|net| net.contains(&v4))
            }),
            IpAddr::V6(v6) => !BLOCKED_V6.iter().any(|(first, length)| {
                Ipv6Net::new(Ipv6Addr::from(*first), *length).is_ok_and(|net| net.contains(&v6))
            }),
        }
    }
}

#[cfg(test)]
mod tests;
