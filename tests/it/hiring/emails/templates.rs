//! What messages say: by default, in a tenant's own words, and what cannot be written.

use mortise_tests::server::Server;
use mortise_tests::smtp::SmtpServer;
use serde_json::{Value, json};

use super::super::company::{Company, faulty, refused, reject};
use super::{company, content, switch, text};

const REJECTED: &str = "/v1/email-templates/application_rejected";

#[tokio::test]
async fn every_kind_has_a_default() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let templates = owner.get("/v1/email-templates").await.expect(200).json();

    let templates = templates["data"].as_array().expect("it is a list");
    let enabled: Vec<_> = templates.iter().filter(|template| template["is_enabled"] == true).collect();
    let enabled: Vec<_> = enabled.iter().filter_map(|template| template["kind"].as_str()).collect();
    assert_eq!(
        enabled,
        ["member_invited", "interviewer_scheduled", "interviewer_changed", "interviewer_cancelled"]
    );
    assert_eq!(templates.len(), 10);
    for template in templates {
        assert_eq!((&template["is_default"], &template["html"]), (&json!(true), &Value::Null));
        let path = format!("/v1/email-templates/{}", template["kind"].as_str().expect("it has one"));
        assert_eq!(owner.get(&path).await.expect(200).json(), *template);
        let shown = owner.post(&format!("{path}/previews"), json!({})).await.expect(200).json();
        assert!(
            shown["text"].as_str().is_some_and(|text| text.starts_with("Hello Ada Lovelace,")),
            "{shown:#}"
        );
    }
    refused(owner.get("/v1/email-templates/member_fired").await, 404, "not_found");
}

#[tokio::test]
async fn a_tenant_says_it_in_its_own_words() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let owner = &company.owner;
    let job = json!({ "title": "R&D <Lead>" });
    owner.patch(&format!("/v1/jobs/{}", company.engineering.job), job, "*").await.expect(200);
    let wanted = json!({
        "is_enabled": true,
        "subject": "Ihre Bewerbung als {{ job_title }} – Absage",
        "text": "Grüße\n{% if recipient_name %}an {{ recipient_name }}{% else %}an niemand{% endif %}",
        "html": "<p>Grüße, {{ job_title }}</p>",
        "reply_to": "People@acme.example",
    });

    let set = owner.put(REJECTED, wanted.clone(), Some("\"0\"")).await.expect(200);
    let shown = owner.post(&format!("{REJECTED}/previews"), json!({})).await.expect(200).json();
    reject(owner, &company.engineering.application).await;
    company.server.run_tasks().await;

    assert_eq!((set.header("etag"), &set.json()["is_default"]), (Some("\"1\""), &json!(false)));
    assert_eq!(
        shown,
        json!({
            "subject": "Ihre Bewerbung als Civil engineer – Absage", "text": "Grüße\nan Ada Lovelace",
            "html": "<p>Grüße, Civil engineer</p>",
        })
    );
    let message = smtp.next();
    assert_eq!(message["structure"], json!(["multipart/alternative", "text/plain", "text/html"]));
    assert_eq!(message["headers"]["Subject"], "Ihre Bewerbung als R&D <Lead> – Absage");
    assert_eq!(message["headers"]["Reply-To"], "people@acme.example");
    assert_eq!(text(&message).trim_end(), "Grüße\nan Ada Lovelace");
    assert_eq!(content(&message, "text/html").trim_end(), "<p>Grüße, R&amp;D &lt;Lead&gt;</p>");

    refused(owner.put(REJECTED, wanted, Some("\"0\"")).await, 412, "version_conflict");
    owner.delete(REJECTED, Some("\"1\"")).await.expect(204);
    let back = owner.get(REJECTED).await.expect(200);
    assert_eq!((back.header("etag"), &back.json()["is_default"]), (Some("\"2\""), &json!(true)));
    assert_eq!((&back.json()["is_enabled"], &back.json()["reply_to"]), (&json!(false), &Value::Null));
    reject(owner, &company.sales.application).await;
    company.server.run_tasks().await;
    assert!(smtp.has_no_more());
    let object = "/v1/audit-log?object_id=email_template%20application_rejected";
    let actions = super::super::listed(owner, object, "action").await;
    assert_eq!(actions, ["email_template.reset", "email_template.updated"]);
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_where_it_stands() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let nested = "{% if job_title %}".repeat(1_500) + &"{% endif %}".repeat(1_500);
    let [long_subject, long_text] = [501, 50_001].map(|length| "x".repeat(length));
    for (part, source, code) in [
        ("subject", "{{ token }}", "unknown_placeholder"),
        ("text", "{{ jobtitle }}", "unknown_placeholder"),
        ("html", "<p>{% if place %}</p>", "invalid_template"),
        ("text", "{{ job_title|upper }}", "invalid_template"),
        ("text", "{{ 'x' * 100000000 }}", "invalid_template"),
        ("text", "{% for x in job_title %}{{ x }}{% endfor %}", "invalid_template"),
        ("text", "{% set x = job_title %}", "invalid_template"),
        ("text", "{{ job_title", "invalid_template"),
        ("text", nested.as_str(), "invalid_template"),
        ("subject", "two\nlines", "invalid_text"),
        ("subject", long_subject.as_str(), "invalid_text"),
        ("text", long_text.as_str(), "invalid_text"),
        ("reply_to", "nobody", "invalid_email"),
    ] {
        let pointer = format!("#/{part}");
        faulty(
            owner.put(REJECTED, json!({ "is_enabled": true, part: source }), Some("*")).await,
            &pointer,
            code,
        );
        if part != "reply_to" {
            faulty(
                owner.post(&format!("{REJECTED}/previews"), json!({ part: source })).await,
                &pointer,
                code,
            );
        }
    }
    let unknown = owner.put(REJECTED, json!({ "is_enabled": true, "text": "{{ x }}" }), Some("*")).await;
    let detail = unknown.expect(422).json()["errors"][0]["detail"].to_string();
    assert!(detail.contains("job_title") && detail.contains("tenant_name"), "{detail}");
    refused(owner.put(REJECTED, json!({ "is_enabled": true }), None).await, 428, "precondition_required");
    assert_eq!(owner.get(REJECTED).await.expect(200).json()["is_default"], true);
}

#[tokio::test]
async fn recruiters_read_what_administrators_say() {
    let company = Company::start().await;
    let recruiter = company.member("recruiter", None).await.actor;
    let interviewer = company.member("interviewer", None).await.actor;

    for path in ["/v1/email-templates", REJECTED, "/v1/emails"] {
        recruiter.get(path).await.expect(200);
        refused(interviewer.get(path).await, 403, "forbidden");
    }
    refused(recruiter.put(REJECTED, json!({ "is_enabled": true }), Some("*")).await, 403, "forbidden");
    refused(recruiter.delete(REJECTED, Some("*")).await, 403, "forbidden");
    let admin = company.member("admin", None).await.actor;
    switch(&admin, "application_rejected", true).await;
}
