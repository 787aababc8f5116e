//! Rotation: the new secret signs at once, the one before beside it until it ends.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_tests::receiver::Received;
use serde_json::json;

use super::{HOUR, Scene, path};

/// The signatures of this kind, without their names.
fn signatures(received: &Received, kind: &str) -> Vec<String> {
    let all = received.header("webhook-signature").split(' ').filter_map(|one| one.split_once(','));
    all.filter(|(name, _)| *name == kind).map(|(_, signature)| signature.to_owned()).collect()
}

/// As a receiver does it: the whole of what is signed is what came.
fn verifies_by_secret(secret: &str, received: &Received) -> bool {
    let secret = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("it is base64");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
    signatures(received, "v1").iter().any(|signature| {
        let signature = STANDARD.decode(signature).expect("it is base64");
        aws_lc_rs::hmac::verify(&key, &signed(received), &signature).is_ok()
    })
}

fn verifies_by_public_key(public: &str, received: &Received) -> bool {
    let public = STANDARD.decode(public.trim_start_matches("whpk_")).expect("it is base64");
    let key = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public);
    signatures(received, "v1a").iter().any(|signature| {
        let signature = STANDARD.decode(signature).expect("it is base64");
        key.verify(&signed(received), &signature).is_ok()
    })
}

fn signed(received: &Received) -> Vec<u8> {
    let head = format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"));
    [head.as_bytes(), &received.body].concat()
}

#[tokio::test]
async fn every_delivery_is_signed_in_both_ways() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.server.run_tasks().await;

    let received = scene.receiver.received()[0].clone();

    assert_eq!(received.header("webhook-timestamp"), "1772442000");
    assert!(verifies_by_secret(&made.text("secret"), &received));
    assert!(verifies_by_public_key(&made.text("public_key"), &received));
    let mut forged = received.clone();
    forged.body.push(b' ');
    assert!(!verifies_by_secret(&made.text("secret"), &forged));
    assert!(!verifies_by_public_key(&made.text("public_key"), &forged));
}

#[tokio::test]
async fn both_secrets_sign_until_the_one_before_ends() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let before = made.text("secret");
    let rotation = json!({ "overlap_seconds": 3600 });
    let after = scene.owner.post(&path(&made, "/secrets"), rotation).await.expect(201).text("secret");
    assert_ne!(before, after);
    let verified = async |secret: &str| {
        scene.happen().await;
        scene.server.run_tasks().await;
        verifies_by_secret(secret, scene.receiver.received().last().expect("it came"))
    };

    assert!(verified(&before).await && verified(&after).await);
    let listed = scene.owner.get(&path(&made, "/secrets")).await.expect(200).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));
    assert_eq!(listed["data"][0]["expires_at"], json!(null));
    scene.server.clock.advance(HOUR + Duration::from_secs(1));

    assert!(!verified(&before).await && verified(&after).await);
    let listed = scene.owner.get(&path(&made, "/secrets")).await.expect(200).json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_pair_of_keys_is_replaced_apart_from_the_secret() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let rotation = json!({ "kind": "v1a", "overlap_seconds": 0 });
    let after = scene.owner.post(&path(&made, "/secrets"), rotation).await.expect(201);
    assert!(after.json()["secret"].is_null());
    scene.happen().await;
    scene.server.run_tasks().await;

    let received = &scene.receiver.received()[0];

    assert!(verifies_by_secret(&made.text("secret"), received));
    assert!(verifies_by_public_key(&after.text("public_key"), received));
    assert!(!verifies_by_public_key(&made.text("public_key"), received));
}

#[tokio::test]
async fn rotation_has_its_limits() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    for body in [json!({ "overlap_seconds": 604_801 }), json!({ "kind": "v2" }), json!({ "overlap": 1 })] {
        scene.owner.post(&path(&made, "/secrets"), body).await.expect(422);
    }

    for _ in 0..8 {
        scene.owner.post(&path(&made, "/secrets"), json!({})).await.expect(201);
    }
    let refused = scene.owner.post(&path(&made, "/secrets"), json!({})).await.expect(409);
    assert_eq!(refused.text("code"), "too_many_secrets");
    scene.server.clock.advance(super::DAY + Duration::from_secs(1));
    scene.owner.post(&path(&made, "/secrets"), json!({})).await.expect(201);
}
