//! What becomes of a message: taken over, refused, put off, never answered; over TLS, with a password, or not at all.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use mortise_tests::smtp::{Behaviour, SmtpServer};
use serde_json::{Value, json};

use super::super::company::refused;
use super::{latest, text};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Invites somebody, who is told so by e-mail.
async fn invite(owner: &Actor, email: &str) -> Value {
    owner.post("/v1/members", json!({ "email": email, "name": "Bob Müller" })).await.expect(201).json()
}

/// A server that sends through this one, and a tenant's owner.
async fn served(smtp: &SmtpServer) -> (Server, Actor) {
    let server = Server::start_with(|config| smtp.configure(config)).await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

#[tokio::test]
async fn an_invitation_arrives_and_lets_its_member_in() {
    let smtp = SmtpServer::start();
    let server = Server::start_with(|config| {
        smtp.configure(config);
        config.public_url = Some("https://ats.example.com/".into());
    })
    .await;
    let owner = server.tenant("acme").await;
    owner.patch("/v1/tenant", json!({ "name": "Söhne & Töchter" }), "*").await.expect(200);

    let invited = invite(&owner, "bob@example.com").await;
    let waiting = latest(&owner).await;
    assert_eq!((&waiting["state"], &waiting["attempts"]), (&json!("queued"), &json!(0)));
    assert_eq!(server.run_tasks().await, ["emails.send"]);

    let message = smtp.next();
    let headers = &message["headers"];
    assert_eq!(
        (&message["from"], &message["to"]),
        (&json!("jobs@mail.example.com"), &json!(["bob@example.com"]))
    );
    assert_eq!(headers["From"], "Söhne & Töchter <jobs@mail.example.com>");
    assert_eq!(headers["To"], "Bob Müller <bob@example.com>");
    assert_eq!(headers["Subject"], "Your invitation to Söhne & Töchter");
    assert_eq!(headers["Date"], "Mon, 02 Mar 2026 09:00:00 +0000");
    assert_eq!(headers["Auto-Submitted"], "auto-generated");
    assert_eq!(message["structure"], json!(["text/plain"]));
    let said = text(&message);
    assert!(said.starts_with("Hello Bob Müller,\n\n") && said.contains("2026-03-09, 09:00 (UTC)"), "{said}");
    assert!(said.contains("https://ats.example.com/v1/auth/invitations"), "{said}");
    let token = said.lines().find(|line| line.starts_with("mortiseinvite_")).expect("it holds the token");
    assert_eq!(token, invited["invitation_token"]);
    server.accept(token, "bob@example.com").await;

    let sent = latest(&owner).await;
    assert_eq!(
        (&sent["state"], &sent["kind"], &sent["attempts"], &sent["error"]),
        (&json!("sent"), &json!("member_invited"), &json!(1), &Value::Null)
    );
    assert_eq!(
        (&sent["recipient"], &sent["member_id"]),
        (&json!("b***@example.com"), &invited["member"]["id"])
    );
    assert_eq!(sent["sent_at"], "2026-03-02T09:00:00Z");
    assert_eq!(
        headers["Message-ID"],
        format!("<{}@mail.example.com>", sent["id"].as_str().expect("it has one"))
    );
    let path = format!("/v1/emails/{}", sent["id"].as_str().expect("it has one"));
    assert_eq!(owner.get(&path).await.expect(200).json(), sent);
    assert_eq!(server.texts("select 'kept' from emails where content is not null").await, [""; 0]);
    assert!(smtp.has_no_more());
}

#[tokio::test]
async fn what_waits_names_nobody_in_the_clear() {
    let smtp = SmtpServer::start();
    let (server, owner) = served(&smtp).await;

    let invited = invite(&owner, "bob@example.com").await;

    let token = invited["invitation_token"].as_str().expect("it is shown");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let content =
        if server.database().is_postgres() { "encode(content, 'hex')" } else { "lower(hex(content))" };
    let kept = server.texts(&format!("select {content} from emails")).await.remove(0);
    for secret in [token, "bob@example.com", "Müller"] {
        assert!(!kept.contains(&hex(secret)), "{secret} stands there");
    }
    let payloads = server.texts("select cast(payload as text) from tasks where kind = 'emails.send'").await;
    assert_eq!(payloads.len(), 1);
    assert!(!payloads[0].contains("bob") && payloads[0].contains("email_"), "{payloads:?}");
    let shown = owner.get("/v1/emails").await.expect(200);
    assert!(!String::from_utf8_lossy(&shown.body).contains("bob@"), "{shown:?}");
}

#[tokio::test]
async fn a_lost_invitation_is_sent_anew() {
    let smtp = SmtpServer::start();
    let (server, owner) = served(&smtp).await;
    let invited = invite(&owner, "bob@example.com").await;
    server.run_tasks().await;
    smtp.next();

    let path = format!("/v1/members/{}/invitations", invited["member"]["id"].as_str().expect("it has one"));
    let again = owner.post(&path, json!({})).await.expect(201).text("invitation_token");
    server.run_tasks().await;

    let said = text(&smtp.next());
    assert!(said.contains(&again), "{said}");
    assert!(!said.contains(invited["invitation_token"].as_str().expect("it is shown")), "{said}");
}

#[tokio::test]
async fn without_a_server_nothing_is_written() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let invited = invite(&owner, "bob@example.com").await;

    assert_eq!(server.run_tasks().await, [""; 0]);
    assert_eq!(super::count(&owner).await, 0);
    server.accept(invited["invitation_token"].as_str().expect("it is shown"), "bob@example.com").await;
}

#[tokio::test]
async fn starttls_and_a_password_are_used_and_insisted_on() {
    for tls in ["starttls", "wrapped"] {
        let behaviour =
            Behaviour { tls: Some(tls), login: Some(("mortise", "s3cret")), ..Behaviour::default() };
        let smtp = SmtpServer::start_with(&behaviour);
        let (server, owner) = served(&smtp).await;

        invite(&owner, "bob@example.com").await;
        server.run_tasks().await;

        let message = smtp.next();
        assert_eq!(message["user"], "mortise", "{tls}");
        // aiosmtpd knows of the TLS it began itself only.
        assert_eq!(message["tls"], tls == "starttls");
        assert_eq!(latest(&owner).await["state"], "sent", "{tls}");
    }
}

#[tokio::test]
async fn what_the_operator_has_to_mend_waits_for_it() {
    let starttls =
        || Behaviour { tls: Some("starttls"), login: Some(("mortise", "s3cret")), ..Behaviour::default() };
    let plain = Behaviour::default;
    type Change = fn(&mut mortise_host::config::Config);
    let cases: [(&str, Behaviour, Change, Value); 3] = [
        (
            "a wrong password",
            starttls(),
            |config| config.smtp_url = config.smtp_url.as_ref().map(|url| url.replace("s3cret", "guess")),
            json!({ "code": "sign_in", "smtp_status": 535 }),
        ),
        (
            "an authority nobody vouches for",
            starttls(),
            |config| config.smtp_ca_file = None,
            json!({ "code": "tls", "smtp_status": null }),
        ),
        (
            "a server without TLS",
            plain(),
            |config| config.smtp_allow_plaintext = false,
            json!({ "code": "not_possible", "smtp_status": null }),
        ),
    ];
    for (what, behaviour, change, error) in cases {
        let smtp = SmtpServer::start_with(&behaviour);
        let server = Server::start_with(|config| {
            smtp.configure(config);
            change(config);
        })
        .await;
        let owner = server.tenant("acme").await;

        invite(&owner, "bob@example.com").await;
        server.run_tasks().await;

        let email = latest(&owner).await;
        assert_eq!((&email["state"], &email["error"]), (&json!("queued"), &error), "{what}");
        assert!(smtp.has_no_more(), "{what}: something was sent");
    }
}

#[tokio::test]
async fn a_refused_message_fails_and_can_be_sent_again() {
    let smtp = SmtpServer::start_with(&Behaviour {
        unknown: &["nobody@example.com"],
        answers: &["554 5.7.1 no", "250 taken"],
        ..Behaviour::default()
    });
    let (server, owner) = served(&smtp).await;

    invite(&owner, "nobody@example.com").await;
    server.run_tasks().await;
    let unknown = latest(&owner).await;
    invite(&owner, "bob@example.com").await;
    let waiting = latest(&owner).await;
    let resends = |email: &Value| format!("/v1/emails/{}/resends", email["id"].as_str().expect("it has one"));
    refused(owner.post(&resends(&waiting), json!({})).await, 409, "email_not_failed");
    server.run_tasks().await;
    let unwanted = latest(&owner).await;

    for (email, status) in [(&unknown, 550), (&unwanted, 554)] {
        assert_eq!(
            (&email["state"], &email["error"], &email["attempts"]),
            (&json!("failed"), &json!({ "code": "refused", "smtp_status": status }), &json!(1))
        );
    }
    assert_eq!(super::super::listed(&owner, "/v1/emails?state=failed", "id").await.len(), 2);
    assert_eq!(smtp.next()["answer"], "554 5.7.1 no");
    // Nothing tries by itself.
    server.clock.advance(24 * HOUR);
    server.run_tasks().await;
    assert!(smtp.has_no_more());

    let again = owner.post(&resends(&unwanted), json!({})).await.expect(202).json();
    assert_eq!((&again["state"], &again["id"]), (&json!("queued"), &unwanted["id"]));
    server.run_tasks().await;
    assert_eq!(smtp.next()["to"], json!(["bob@example.com"]));
    let sent = latest(&owner).await;
    assert_eq!(
        (&sent["state"], &sent["attempts"], &sent["error"]),
        (&json!("sent"), &json!(2), &Value::Null)
    );
    refused(owner.post(&resends(&sent), json!({})).await, 409, "email_not_failed");
    let log = format!("/v1/audit-log?object_id={}", sent["id"].as_str().expect("it has one"));
    assert_eq!(super::super::listed(&owner, &log, "action").await, ["email.resent"]);
}

#[tokio::test]
async fn a_busy_server_is_tried_again_with_the_same_message() {
    let smtp = SmtpServer::start_with(&Behaviour {
        answers: &["451 4.7.1 come back", "250 taken"],
        ..Behaviour::default()
    });
    let (server, owner) = served(&smtp).await;

    invite(&owner, "bob@example.com").await;
    server.run_tasks().await;
    let put_off = latest(&owner).await;
    server.advance(Duration::from_secs(60)).await;

    assert_eq!(
        (&put_off["state"], &put_off["error"]),
        (&json!("queued"), &json!({ "code": "busy", "smtp_status": 451 }))
    );
    let (first, second) = (smtp.next(), smtp.next());
    assert_eq!(first["headers"]["Message-ID"], second["headers"]["Message-ID"]);
    assert_eq!(text(&first), text(&second));
    let sent = latest(&owner).await;
    assert_eq!((&sent["state"], &sent["attempts"]), (&json!("sent"), &json!(2)));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_for_now() {
    let smtp = SmtpServer::start_with(&Behaviour { hangs: true, ..Behaviour::default() });
    let server = Server::start_with(|config| {
        smtp.configure(config);
        config.smtp_timeout_seconds = 1;
    })
    .await;
    let owner = server.tenant("acme").await;

    invite(&owner, "bob@example.com").await;
    server.run_tasks().await;

    let email = latest(&owner).await;
    assert_eq!(
        (&email["state"], &email["error"]["code"], &email["attempts"]),
        (&json!("queued"), &json!("timeout"), &json!(1))
    );
}

#[tokio::test]
async fn a_server_that_is_gone_is_tried_for_a_day() {
    let mut smtp = SmtpServer::start();
    let (server, owner) = served(&smtp).await;
    smtp.stop();

    invite(&owner, "bob@example.com").await;
    server.run_tasks().await;
    let first = latest(&owner).await;
    let mut hours = 0;
    while latest(&owner).await["state"] == "queued" {
        assert!(hours < 72, "it is tried for ever");
        server.advance(HOUR).await;
        hours += 1;
    }

    assert_eq!((&first["state"], &first["error"]["code"]), (&json!("queued"), &json!("unreachable")));
    let failed = latest(&owner).await;
    assert_eq!((&failed["error"]["code"], &failed["attempts"]), (&json!("unreachable"), &json!(14)));
    assert!(hours >= 18, "after {hours} hours");
    assert_eq!(server.texts("select 'kept' from emails where content is not null").await, ["kept"]);
}

#[tokio::test]
async fn an_address_that_no_server_takes_fails_at_once() {
    let smtp = SmtpServer::start();
    let (server, owner) = served(&smtp).await;

    invite(&owner, "bob<eve@example.com").await;
    server.run_tasks().await;

    let email = latest(&owner).await;
    assert_eq!(
        (&email["state"], &email["error"]),
        (&json!("failed"), &json!({ "code": "bad_recipient", "smtp_status": null }))
    );
    assert!(smtp.has_no_more());
}

#[tokio::test]
async fn what_was_sent_is_forgotten_after_ninety_days() {
    let smtp =
        SmtpServer::start_with(&Behaviour { unknown: &["nobody@example.com"], ..Behaviour::default() });
    let (server, owner) = served(&smtp).await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    for email in ["bob@example.com", "nobody@example.com"] {
        invite(&owner, email).await;
    }
    server.run_tasks().await;

    server.clock.advance(89 * 24 * HOUR);
    invite(&owner, "carol@example.com").await;
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    server.run_tasks().await;
    assert_eq!(super::count(&owner).await, 3);
    server.clock.advance(2 * 24 * HOUR);
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    server.run_tasks().await;

    assert_eq!(super::super::listed(&owner, "/v1/emails", "recipient").await, ["c***@example.com"]);
}
