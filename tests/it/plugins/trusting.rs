//! Whose signatures are believed: a trusted key's over these very bytes, until it is revoked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_host::components::signature::{Signature, Signer};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Installed, activate, component, install, post_form, read, reader};

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";
const SEED: [u8; 32] = [7; 32];

async fn sign(server: &Server, signer: &Signer, component: &[u8]) -> Signature {
    let examined = server.services().hooks.examine(component.to_vec().into()).await.expect("it is sound");
    signer.sign(&examined)
}

async fn trust(owner: &Actor, signer: &Signer) -> Answer {
    let key = json!({ "name": "Acme's key", "public_key": STANDARD.encode(signer.public_key()) });
    owner.post("/v1/trusted-keys", key).await
}

async fn upload_signed(owner: &Actor, component: Vec<u8>, signature: &Signature) -> Answer {
    let part = Part::bytes(component).file_name("plugin.wasm");
    let text = serde_json::to_string(signature).expect("it is plain data");
    post_form(owner, Form::new().part("component", part).text("signature", text)).await
}

fn echo(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, "")
}

#[tokio::test]
async fn a_signature_of_a_trusted_key_is_enough() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let signer = Signer::new(&SEED);
    let key = trust(&owner, &signer).await.expect(201);
    let signature = sign(&server, &signer, &echo("1.0.0")).await;

    let answer = upload_signed(&owner, echo("1.0.0"), &signature).await.expect(202);

    assert_eq!(answer.text("signed_by"), key.text("id"));
    assert_eq!(key.text("key_id"), signature.key_id);
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    let unsigned = |entry: &Value| entry["action"] == "plugin.unsigned_allowed";
    assert!(!log["data"].as_array().unwrap().iter().any(unsigned), "{log:#}");
}

#[tokio::test]
async fn a_signature_that_proves_nothing_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let signer = Signer::new(&SEED);
    let signature = sign(&server, &signer, &echo("1.0.0")).await;
    let unknown = upload_signed(&owner, echo("1.0.0"), &signature).await.expect(422);
    assert_eq!(unknown.fault(), ("signature".into(), "signing_key_unknown".into()));
    trust(&owner, &signer).await.expect(201);

    let other = sign(&server, &Signer::new(&[8; 32]), &echo("1.0.0")).await;
    let of_another_key = Signature { key_id: signature.key_id.clone(), ..other.clone() };
    let of_another_version = sign(&server, &signer, &echo("2.0.0")).await;
    let with_another_id = Signature { id: "acme/other".into(), ..signature.clone() };
    let renamed = Signature { digest: signature.digest.clone(), ..of_another_version.clone() };
    let broken = Signature { signature: "AAAA".into(), ..signature.clone() };
    for (what, signature, code) in [
        ("an unknown key", other, "signing_key_unknown"),
        ("another key under this one's name", of_another_key, "signature_invalid"),
        ("another version", of_another_version, "signature_mismatch"),
        ("another id", with_another_id, "signature_mismatch"),
        ("these bytes, said to be another version", renamed, "signature_mismatch"),
        ("no signature", broken, "signature_invalid"),
    ] {
        let answer = upload_signed(&owner, echo("1.0.0"), &signature).await.expect(422);
        assert_eq!(answer.fault(), ("signature".into(), code.into()), "{what}: {answer:?}");
    }
    upload_signed(&owner, echo("1.0.0"), &signature).await.expect(202);
}

/// Claims that contradict each other are found where they stand, before anybody computes anything.
#[tokio::test]
async fn a_signature_over_other_claims_does_not_verify() {
    let server = Server::start().await;
    let signer = Signer::new(&SEED);
    let signature = sign(&server, &signer, &echo("1.0.0")).await;
    assert!(signature.verify(&signer.public_key()).is_ok());
    for altered in [
        Signature { id: "acme/other".into(), ..signature.clone() },
        Signature { version: "1.0.1".into(), ..signature.clone() },
        Signature { digest: "0".repeat(64), ..signature.clone() },
    ] {
        assert!(altered.verify(&signer.public_key()).is_err(), "{altered:?}");
    }
}

#[tokio::test]
async fn what_a_revoked_key_signed_is_not_installed_activated_or_run() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let signer = Signer::new(&SEED);
    let key = format!("/v1/trusted-keys/{}", trust(&owner, &signer).await.expect(201).text("id"));
    let first = sign(&server, &signer, &echo("1.0.0")).await;
    let second = sign(&server, &signer, &echo("2.0.0")).await;
    let first = Installed::of(&upload_signed(&owner, echo("1.0.0"), &first).await.expect(202));
    server.run_tasks().await;
    activate(&owner, &first).await.expect(200);
    assert_eq!(reader(&read(&server, &owner, TEXT).await), "acme/echo@1.0.0");

    owner.delete(&key, None).await.expect(428);
    owner.delete(&key, Some("*")).await.expect(204);

    assert!(owner.get(&key).await.expect(200).json()["revoked_at"].is_string());
    assert_eq!(owner.delete(&key, Some("*")).await.expect(409).text("code"), "trusted_key_revoked");
    assert_eq!(reader(&read(&server, &owner, TEXT).await), "mortise/resume-parser@0.1.0");
    let answer = upload_signed(&owner, echo("2.0.0"), &second).await.expect(422);
    assert_eq!(answer.fault(), ("signature".into(), "signing_key_revoked".into()));
    let again = activate(&owner, &first).await.expect(409);
    assert_eq!(again.text("code"), "signing_key_revoked");
    let back = trust(&owner, &signer).await.expect(409);
    assert_eq!(back.text("code"), "trusted_key_exists", "revoked is revoked");
}

#[tokio::test]
async fn keys_are_each_tenants_own() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    let signer = Signer::new(&SEED);
    let key = trust(&acme, &signer).await.expect(201);
    let signature = sign(&server, &signer, &echo("1.0.0")).await;

    let refused = upload_signed(&globex, echo("1.0.0"), &signature).await.expect(422);

    assert_eq!(refused.fault().1, "signing_key_unknown");
    globex.get(&format!("/v1/trusted-keys/{}", key.text("id"))).await.expect(404);
    assert_eq!(globex.get("/v1/trusted-keys").await.expect(200).json()["data"], json!([]));
    trust(&globex, &signer).await.expect(201);
}

#[tokio::test]
async fn a_key_is_thirty_two_bytes() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for (key, pointer) in [
        (json!({ "name": "k", "public_key": "" }), "#/public_key"),
        (json!({ "name": "k", "public_key": STANDARD.encode([1; 31]) }), "#/public_key"),
        (json!({ "name": "k", "public_key": "not base64!" }), "#/public_key"),
        (json!({ "name": " ", "public_key": STANDARD.encode([1; 32]) }), "#/name"),
    ] {
        assert_eq!(owner.post("/v1/trusted-keys", key).await.expect(422).fault().0, pointer);
    }
}

#[tokio::test]
async fn unsigned_versions_go_on_beside_keys() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    trust(&owner, &Signer::new(&SEED)).await.expect(201);

    let installed = install(&server, &owner, echo("1.0.0")).await;

    assert_eq!(owner.get(&installed.path()).await.json()["signed_by"], json!(null));
}
