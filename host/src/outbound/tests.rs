//! Where requests may go, and where not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Config, Names, Outbound};

fn verdict(outbound: &Outbound, address: &str) -> &'static str {
    outbound.check(address).map_or_else(|failed| failed.code, |_| "ok")
}

#[test]
fn private_special_and_tunnelled_addresses_are_refused() {
    let outbound = Outbound::new(&Config::default()).expect("TLS can be set up");
    for blocked in [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.19.0.1",
        "[::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "[::10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[fec0::1]",
        "2130706433",
        "0x7f.1",
    ] {
        assert_eq!(verdict(&outbound, &format!("https://{blocked}/keys")), "address_blocked", "{blocked}");
    }
    for fine in
        ["https://93.184.215.14/keys", "https://[2606:2800:21f:cb07::1]/", "https://login.example.com/"]
    {
        assert_eq!(verdict(&outbound, fine), "ok", "{fine}");
    }
    for (address, code) in [
        ("http://login.example.com/", "https_only"),
        ("ftp://login.example.com/", "https_only"),
        ("file:///etc/passwd", "https_only"),
        ("https://ada:secret@login.example.com/", "bad_url"),
        ("login.example.com", "bad_url"),
    ] {
        assert_eq!(verdict(&outbound, address), code, "{address}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_where_the_connection_is_made() {
    let config = Config { egress_allow_http: true, ..Config::default() };
    let outbound = Outbound::new(&config).expect("TLS can be set up");

    let failed = outbound.get("http://localhost:1/keys", 100).await.expect_err("nothing is asked");

    assert_eq!(failed.code, "address_blocked");
}

#[tokio::test]
async fn what_the_operator_lets_through_is_asked() {
    let range = "127.0.0.0/8".parse().expect("it is a range");
    let config = Config { egress_allow_http: true, egress_allow: vec![range], ..Config::default() };
    let outbound = Outbound::new(&config).expect("TLS can be set up");

    // Nobody listens on port 1: refused by the machine, not by us.
    let failed = outbound.get("http://127.0.0.1:1/keys", 100).await.expect_err("nobody answers");

    assert_eq!(failed.code, "unreachable");
}

/// Leads to another address each time it is asked.
struct Rebinding(AtomicUsize);

impl Names for Rebinding {
    fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let last = if self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { 2 } else { 1 };
        Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, last], 0))]) })
    }
}

/// Says whose it is, and closes, so that the next request has to find its way anew.
async fn listen(
    address: SocketAddr,
    says: &'static str,
) -> (SocketAddr, Arc<AtomicUsize>, tokio::task::JoinSet<()>) {
    let listener = TcpListener::bind(address).await.expect("there is a free port");
    let (address, calls) = (listener.local_addr().expect("it is bound"), Arc::new(AtomicUsize::new(0)));
    let (own, mut server) = (calls.clone(), tokio::task::JoinSet::new());
    server.spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            own.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let length = says.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{says}");
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    (address, calls, server)
}

#[tokio::test]
async fn a_name_that_is_bound_anew_between_look_ups_leads_nowhere_else() {
    let (fine, _, _theirs) = listen(([127, 0, 0, 2], 0).into(), "theirs").await;
    let (_, private, _ours) = listen(([127, 0, 0, 1], fine.port()).into(), "ours").await;
    let config = Config {
        egress_allow_http: true,
        egress_allow: vec!["127.0.0.2/32".parse().expect("it is a range")],
        ..Config::default()
    };
    let names = Arc::new(Rebinding(AtomicUsize::new(0)));
    let outbound = Outbound::with(&config, names.clone()).expect("TLS can be set up");
    let address = format!("http://rebind.example:{}/", fine.port());

    for _ in 0..5 {
        // The address that was looked at is the one that is called ...
        assert_eq!(outbound.get(&address, 100).await.expect("it is let through"), b"theirs");
        // ... and what the name says the next time is looked at again.
        let failed = outbound.get(&address, 100).await.expect_err("that is private");
        assert_eq!(failed.code, "address_blocked");
    }

    assert_eq!(names.0.load(Ordering::Relaxed), 10, "a look-up for each request, none between");
    assert_eq!(private.load(Ordering::Relaxed), 0, "nothing ever came here");
}

#[tokio::test]
async fn requests_go_through_the_proxy_wherever_that_is_and_nowhere_private() {
    let (proxy, calls, _server) = listen(([127, 0, 0, 1], 0).into(), "by proxy").await;
    let config = Config {
        egress_allow_http: true,
        egress_proxy: Some(format!("http://ada:secret@localhost:{}", proxy.port())),
        ..Config::default()
    };
    let outbound = Outbound::new(&config).expect("TLS can be set up");

    assert_eq!(outbound.get("http://login.example.com/keys", 100).await.expect("it answers"), b"by proxy");
    let failed = outbound.get("http://10.0.0.7/keys", 100).await.expect_err("that is private");

    assert_eq!((failed.code, calls.load(Ordering::Relaxed)), ("address_blocked", 1));
    for wrong in ["localhost:3128", "socks5://localhost:1080", "not an address"] {
        let config = Config { egress_proxy: Some(wrong.into()), ..Config::default() };
        let error = Outbound::new(&config).err().expect("it is no proxy");
        assert!(error.to_string().contains("egress_proxy"), "{error}");
    }
}

#[test]
fn ports_are_those_that_the_operator_names() {
    let config = Config { egress_ports: vec![443, 8443], ..Config::default() };
    let outbound = Outbound::new(&config).expect("TLS can be set up");

    for (address, code) in [
        ("https://login.example.com/", "ok"),
        ("https://login.example.com:8443/", "ok"),
        ("https://login.example.com:6379/", "port_blocked"),
    ] {
        assert_eq!(verdict(&outbound, address), code, "{address}");
    }
}
