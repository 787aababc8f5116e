//! Where a request comes from: the peer's address, or what trusted proxies say of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;

use super::request_id;
use crate::caller::Origin;
use crate::services::Services;

const FORWARDED_FOR: &str = "x-forwarded-for";

impl FromRequestParts<Services> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, Self::Rejection> {
        Ok(origin(&parts.extensions, &parts.headers, services))
    }
}

/// The origin of a request.
pub fn origin(extensions: &axum::http::Extensions, headers: &HeaderMap, services: &Services) -> Origin {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let address = peer.map(|peer| client(peer, headers, &services.config.trusted_proxies));
    Origin { request: request_id::current(), address, idempotency: None }
}

/// What program asks, as far as it says so.
pub fn user_agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned)
}

/// From the peer backwards through `X-Forwarded-For`, as long as the one who speaks is a trusted proxy: what stands left
/// of an untrusted address may be made up.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut address = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    for hop in hops.iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        let Some(before) = parse(hop) else { break };
        address = before.to_canonical();
    }
    address
}

/// Some proxies add the port.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::{FORWARDED_FOR, HeaderMap, IpAddr, client};

    fn of(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, forwarded.parse().expect("it is a header"));
        let peer: IpAddr = peer.parse().expect("it is an address");
        client(peer, &headers, &["10.0.0.0/8".parse().expect("it is a range")]).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(of("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(of("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(of("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.3.4"), "198.51.100.1");
        assert_eq!(of("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(of("::ffff:10.0.0.1", "198.51.100.1:4711"), "198.51.100.1");
    }
}
