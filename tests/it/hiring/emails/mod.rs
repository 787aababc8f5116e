//! E-mails: who is told what, how it is worded, and what becomes of it at a real SMTP server.

mod delivery;
mod interviews;
mod letters;
mod templates;

use mortise_tests::actor::Actor;
use mortise_tests::smtp::SmtpServer;
use serde_json::{Value, json};

use super::company::Company;

/// A company whose server sends through this one, and has sent what there was to be sent.
pub(super) async fn company(smtp: &SmtpServer) -> Company {
    let company = Company::start_with(|config| smtp.configure(config)).await;
    company.server.run_tasks().await;
    company
}

/// Switches messages of this kind on, worded as they are by default.
pub(super) async fn switch(owner: &Actor, kind: &str, is_enabled: bool) {
    let path = format!("/v1/email-templates/{kind}");
    owner.put(&path, json!({ "is_enabled": is_enabled }), Some("*")).await.expect(200);
}

/// The latest message of the outbox.
pub(super) async fn latest(owner: &Actor) -> Value {
    let emails = owner.get("/v1/emails?limit=1").await.expect(200).json();
    emails["data"][0].clone()
}

/// How many messages the outbox holds.
pub(super) async fn count(owner: &Actor) -> usize {
    let emails = owner.get("/v1/emails?limit=200").await.expect(200).json();
    emails["data"].as_array().map_or(0, Vec::len)
}

/// What a message says as plain text.
pub(super) fn text(message: &Value) -> String {
    content(message, "text/plain")
}

/// The first part of this type.
pub(super) fn content(message: &Value, kind: &str) -> String {
    let mut parts = message["parts"].as_array().into_iter().flatten();
    let part = parts.find(|part| part["type"] == kind).unwrap_or_else(|| panic!("no {kind} in {message:#}"));
    part["content"].as_str().expect("it is text").replace("\r\n", "\n")
}

/// A line of the message's calendar entry, unfolded, by what it begins with.
pub(super) fn entry(message: &Value, name: &str) -> String {
    let calendar = content(message, "text/calendar").replace("\n ", "");
    let mut lines = calendar.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| key.split(';').next() == Some(name));
    found.unwrap_or_else(|| panic!("no {name} in {calendar}")).1.to_owned()
}
