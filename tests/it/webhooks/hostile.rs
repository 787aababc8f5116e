//! Receivers that hang, lie and lead elsewhere cost one attempt and no more; and TLS is what it says.

use std::sync::Arc;

use mortise_tests::receiver::{Behaviour, Receiver};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{MINUTE, Scene};

/// The first attempt at one event that somebody has who behaves like this, within a second.
async fn attempt(behaviour: Behaviour) -> (Scene, Value) {
    let scene = Scene::start_with(|config| config.webhook_timeout_seconds = 1).await;
    let made = scene.endpoint(json!({})).await;
    scene.receiver.behave(behaviour);
    scene.happen().await;
    scene.server.run_tasks().await;
    let delivery = scene.deliveries(&made).await[0].clone();
    let attempts = scene.attempts(&delivery).await;
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    // Whatever it was, it is tried again.
    scene.receiver.say(204);
    scene.pass(2 * MINUTE).await;
    if attempts[0]["outcome"] != "delivered" {
        assert_eq!(delivery["status"], "pending");
        assert_eq!(scene.deliveries(&made).await[0]["status"], "delivered");
    }
    (scene, attempts[0].clone())
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    assert_eq!(attempt(Behaviour::SaysNothing).await.1["outcome"], "timeout");
}

#[tokio::test]
async fn who_stops_in_the_middle_is_not_waited_for() {
    assert_eq!(attempt(Behaviour::StopsInBody).await.1["outcome"], "timeout");
}

/// Each byte comes in time, all of them do not.
#[tokio::test]
async fn who_drips_is_not_waited_for() {
    assert_eq!(attempt(Behaviour::Drips).await.1["outcome"], "timeout");
}

#[tokio::test]
async fn of_a_flood_only_the_beginning_is_taken() {
    let (scene, attempt) = attempt(Behaviour::Floods).await;

    assert_eq!(
        (attempt["outcome"].as_str(), attempt["status_code"].as_i64()),
        (Some("delivered"), Some(200))
    );
    assert_eq!(attempt["response"].as_str().map(str::len), Some(1_024));
    // What both sides of the connection hold of it, not what was promised.
    assert!(scene.receiver.flooded() < 100_000_000, "{}", scene.receiver.flooded());
}

#[tokio::test]
async fn who_breaks_off_has_not_taken_it() {
    assert_eq!(attempt(Behaviour::BreaksOff).await.1["outcome"], "broken_off");
    assert_eq!(attempt(Behaviour::HangsUp).await.1["outcome"], "broken_off");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start().await;
    for status in [301, 302, 307, 308] {
        let to = vec![("location", elsewhere.url())];
        let (_, attempt) = attempt(Behaviour::Answers(status, to, String::new())).await;
        assert_eq!(
            (attempt["outcome"].as_str(), attempt["status_code"].as_u64()),
            (Some("bad_status"), Some(status.into()))
        );
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let scene = Scene::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let made = scene.endpoint(json!({ "url": format!("http://{address}/") })).await;
    scene.happen().await;
    scene.server.run_tasks().await;

    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(scene.attempts(&delivery).await[0]["outcome"], "unreachable");
    assert_eq!(delivery["status"], "pending");
}

/// A name can be given another address at any time, so what counts is the one that is called.
#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_called() {
    let scene = Scene::start_with(|config| {
        config.egress_allow = Vec::new();
        config.webhooks_allow_http = true;
    })
    .await;
    let made = scene.endpoint(json!({ "url": scene.receiver.url_at("localhost") })).await;
    scene.happen().await;
    scene.server.run_tasks().await;

    assert!(scene.receiver.received().is_empty());
    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(
        (delivery["status"].as_str(), delivery["reason"].as_str()),
        (Some("failed"), Some("address_blocked"))
    );
    let attempt = scene.attempts(&delivery).await[0].clone();
    assert_eq!(attempt["outcome"], "address_blocked");
    assert!(!attempt.to_string().contains("127.0.0.1"), "it is not said where the name leads");
}

/// What was let through when the endpoint was made is looked at again each time.
#[tokio::test]
async fn an_address_that_is_not_let_through_any_more_is_not_called() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let private = "update webhook_endpoints set url = 'https://10.0.0.7/hooks'";
    mortise_tests::rows::change(&scene.server.services().config.database_url(), private)
        .await
        .expect("it runs");
    scene.happen().await;
    scene.server.run_tasks().await;

    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(
        (delivery["status"].as_str(), delivery["reason"].as_str()),
        (Some("failed"), Some("address_blocked"))
    );
}

/// An authority, and a receiver with a certificate of its for this name.
pub(crate) struct Tls {
    pub(crate) receiver: Receiver,
    pub(crate) authority: String,
}

impl Tls {
    pub(crate) async fn start(name: &str) -> Self {
        let key = KeyPair::generate().expect("there is randomness");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, key).expect("it can sign itself");
        let own = KeyPair::generate().expect("there is randomness");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("it is a name");
        let certificate = params.signed_by(&own, &*authority).expect("it can be signed");
        let private = PrivateKeyDer::try_from(own.serialize_der()).expect("it is a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("there are some")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("they belong together");
        let receiver = Receiver::start_tls(TlsAcceptor::from(Arc::new(config))).await;
        Self { receiver, authority: authority.pem() }
    }
}

/// What comes of a delivery to a receiver whose certificate is for this name, called by `localhost`.
async fn over_tls(name: &str, is_trusted: bool) -> (String, usize) {
    let tls = Tls::start(name).await;
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, &tls.authority).expect("there is room for a file");
    let scene = Scene::start_with(|config| {
        config.egress_allow.push("::1/128".parse().expect("it is a range"));
        config.webhooks_allow_http = false;
        config.egress_ca_file = is_trusted.then_some(file);
    })
    .await;
    let made = scene.endpoint(json!({ "url": tls.receiver.url_at("localhost") })).await;
    scene.happen().await;
    scene.server.run_tasks().await;
    let delivery = scene.deliveries(&made).await[0].clone();
    let attempt = scene.attempts(&delivery).await[0].clone();
    (attempt["outcome"].as_str().unwrap_or_default().to_owned(), tls.receiver.received().len())
}

#[tokio::test]
async fn a_certificate_is_believed_by_its_name_and_its_authority() {
    assert_eq!(over_tls("localhost", true).await, ("delivered".to_owned(), 1));
    assert_eq!(over_tls("elsewhere.example", true).await, ("unreachable".to_owned(), 0));
    assert_eq!(over_tls("localhost", false).await, ("unreachable".to_owned(), 0));
}

/// It takes the connection and never speaks TLS.
#[tokio::test]
async fn who_hangs_while_the_connection_is_made_is_not_waited_for() {
    let scene = Scene::start_with(|config| config.webhook_timeout_seconds = 1).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = silent.local_addr().expect("it is bound");
    let made = scene.endpoint(json!({ "url": format!("https://{address}/") })).await;
    scene.happen().await;
    scene.server.run_tasks().await;

    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(scene.attempts(&delivery).await[0]["outcome"], "timeout");
}
