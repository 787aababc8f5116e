//! Who is told of an interview, and what their calendars make of it.

use mortise_tests::smtp::SmtpServer;
use serde_json::{Value, json};

use super::super::company::{Company, Team};
use super::{company, content, count, entry, switch, text};

async fn schedule(company: &Company, team: &Team, interviewers: &[&str], starts_at: &str) -> String {
    let new = json!({
        "kind": "video", "title": "Talk", "starts_at": starts_at, "duration_minutes": 45, "place": "Room 3",
        "note": "Ask for bridges.", "interviewers": interviewers,
    });
    let path = format!("/v1/applications/{}/interviews", team.application);
    let made = company.owner.post(&path, new).await.expect(201).text("id");
    company.server.run_tasks().await;
    format!("/v1/interviews/{made}")
}

/// An address and kinds of message, in the order of the addresses.
fn told(messages: &[Value]) -> Vec<(String, String)> {
    let of = |message: &Value| {
        (message["to"][0].as_str().expect("it goes to somebody").to_owned(), entry(message, "METHOD"))
    };
    messages.iter().map(of).collect()
}

#[tokio::test]
async fn interviewers_are_told_and_their_calendars_follow() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    company.owner.patch("/v1/tenant", json!({ "time_zone": "Europe/Berlin" }), "*").await.expect(200);
    let [ann, ben, cleo] = [
        company.member("interviewer", None).await,
        company.member("interviewer", None).await,
        company.member("interviewer", None).await,
    ];
    company.server.run_tasks().await;
    smtp.next_ones(3);
    let both = [ann.member_id.as_str(), ben.member_id.as_str()];

    let path = schedule(&company, &company.engineering, &both, "2026-03-09T10:00:00Z").await;
    let made = smtp.next_ones(2);

    assert_eq!(told(&made), [(ann.email.clone(), "REQUEST".into()), (ben.email.clone(), "REQUEST".into())]);
    let message = &made[0];
    assert_eq!(message["headers"]["Subject"], "Interview with Ada Lovelace: Head of Engineering");
    let said = text(message);
    assert!(said.contains("Talk\n2026-03-09, 11:00 (Europe/Berlin), 45 minutes, video\nRoom 3"), "{said}");
    assert!(said.contains("Ask for bridges."), "{said}");
    assert_eq!(
        message["structure"],
        json!(["multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "text/calendar"])
    );
    let parts = message["parts"].as_array().expect("it has parts");
    assert_eq!((&parts[1]["method"], &parts[2]["file_name"]), (&json!("REQUEST"), &json!("invite.ics")));
    assert_eq!(parts[1]["content"], parts[2]["content"]);
    for (name, value) in [
        ("DTSTART", "20260309T100000Z"),
        ("DTEND", "20260309T104500Z"),
        ("SUMMARY", "Talk: Ada Lovelace\\, Head of Engineering"),
        ("LOCATION", "Room 3"),
        ("DESCRIPTION", "Ask for bridges."),
        ("SEQUENCE", "1"),
        ("STATUS", "CONFIRMED"),
        ("ORGANIZER", "mailto:jobs@mail.example.com"),
        ("ATTENDEE", &format!("mailto:{}", ann.email)),
    ] {
        assert_eq!(entry(message, name), value, "{name}");
    }
    assert!(!content(message, "text/calendar").contains(&ben.email), "one learns who else takes part");
    let uid = entry(message, "UID");

    // Ben is replaced by Cleo, and the time moves.
    let moved = json!({
        "starts_at": "2026-03-10T10:00:00Z", "interviewers": [ann.member_id, cleo.member_id],
    });
    company.owner.patch(&path, moved, "*").await.expect(200);
    company.server.run_tasks().await;
    let changed = smtp.next_ones(3);
    assert_eq!(
        told(&changed),
        [
            (ann.email.clone(), "REQUEST".into()),
            (ben.email.clone(), "CANCEL".into()),
            (cleo.email.clone(), "REQUEST".into())
        ]
    );
    let subject = |message: &Value| message["headers"]["Subject"].as_str().unwrap_or_default().to_owned();
    assert!(subject(&changed[0]).starts_with("Changed: "), "{changed:#?}");
    assert!(subject(&changed[1]).starts_with("Cancelled: "), "{changed:#?}");
    assert!(subject(&changed[2]).starts_with("Interview with "), "{changed:#?}");
    for message in &changed {
        assert_eq!((entry(message, "UID"), entry(message, "SEQUENCE")), (uid.clone(), "2".into()));
    }
    assert_eq!(entry(&changed[0], "DTSTART"), "20260310T100000Z");
    assert_eq!(entry(&changed[1], "STATUS"), "CANCELLED");

    // What nobody sees changes nothing for anybody.
    company.owner.patch(&path, json!({ "title": "Talk" }), "*").await.expect(200);
    company.server.run_tasks().await;
    assert!(smtp.has_no_more());

    let reason = json!({ "reason": "Ann is ill." });
    company.owner.put(&format!("{path}/cancellation"), reason, Some("*")).await.expect(200);
    company.server.run_tasks().await;
    let cancelled = smtp.next_ones(2);
    assert_eq!(
        told(&cancelled),
        [(ann.email.clone(), "CANCEL".into()), (cleo.email.clone(), "CANCEL".into())]
    );
    assert!(text(&cancelled[0]).contains("Ann is ill."), "{cancelled:#?}");
    assert_eq!((entry(&cancelled[0], "UID"), entry(&cancelled[0], "SEQUENCE")), (uid, "4".into()));
    assert!(smtp.has_no_more());
}

#[tokio::test]
async fn candidates_are_told_what_candidates_see_once_that_is_switched_on() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let owner = &company.owner;
    let ann = company.member("interviewer", None).await;
    company.server.run_tasks().await;
    smtp.next();
    for kind in ["interview_scheduled", "interview_changed", "interview_cancelled"] {
        switch(owner, kind, true).await;
    }
    for kind in ["interviewer_scheduled", "interviewer_changed", "interviewer_cancelled"] {
        switch(owner, kind, false).await;
    }

    let path = schedule(&company, &company.sales, &[&ann.member_id], "2026-03-09T10:00:00Z").await;
    let made = smtp.next();
    owner.patch(&path, json!({ "note": "Be kind." }), "*").await.expect(200);
    owner.patch(&path, json!({ "place": "Room 4" }), "*").await.expect(200);
    company.server.run_tasks().await;
    let changed = smtp.next();
    let reason = json!({ "reason": "We found somebody better." });
    owner.put(&format!("{path}/cancellation"), reason, Some("*")).await.expect(200);
    company.server.run_tasks().await;
    let cancelled = smtp.next();

    for message in [&made, &changed, &cancelled] {
        assert_eq!(message["to"], json!(["grace.hopper@example.com"]));
        let raw = format!("{}{}", text(message), content(message, "text/calendar"));
        for hidden in ["bridges", "kind.", "better", &ann.email] {
            assert!(!raw.contains(hidden), "the candidate reads {hidden}: {raw}");
        }
        assert_eq!(entry(message, "UID"), entry(&made, "UID"));
    }
    assert_eq!(made["headers"]["Subject"], "Your interview at acme: Head of Sales");
    assert_eq!(entry(&made, "SUMMARY"), "Talk: Head of Sales");
    assert!(text(&changed).contains("Room 4") && entry(&changed, "LOCATION") == "Room 4");
    let sequences = [&made, &changed, &cancelled].map(|message| entry(message, "SEQUENCE"));
    assert_eq!(sequences, ["1", "3", "4"]);
    assert_eq!(entry(&cancelled, "METHOD"), "CANCEL");
    assert!(smtp.has_no_more());
    let of_candidate = format!("/v1/emails?candidate_id={}", company.sales.candidate);
    let kinds = super::super::listed(owner, &of_candidate, "kind").await;
    assert_eq!(kinds, ["interview_cancelled", "interview_changed", "interview_scheduled"]);
}

#[tokio::test]
async fn nobody_is_told_of_an_interview_that_is_over() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let ann = company.member("interviewer", None).await;
    company.server.run_tasks().await;
    smtp.next();

    let path = schedule(&company, &company.sales, &[&ann.member_id], "2026-03-01T10:00:00Z").await;
    company.owner.patch(&path, json!({ "place": "Room 4" }), "*").await.expect(200);
    company.owner.put(&format!("{path}/cancellation"), json!({}), Some("*")).await.expect(200);
    company.server.run_tasks().await;

    assert!(smtp.has_no_more());
    assert_eq!(count(&company.owner).await, 1);
}

#[tokio::test]
async fn who_may_not_act_any_more_is_not_told() {
    let smtp = SmtpServer::start();
    let company = company(&smtp).await;
    let ann = company.member("interviewer", None).await;
    company.server.run_tasks().await;
    smtp.next();
    let path = schedule(&company, &company.sales, &[&ann.member_id], "2026-03-09T10:00:00Z").await;
    smtp.next();

    let member = format!("/v1/members/{}/status", ann.member_id);
    company.owner.put(&member, json!({ "status": "disabled" }), Some("*")).await.expect(200);
    company.owner.put(&format!("{path}/cancellation"), json!({}), Some("*")).await.expect(200);
    company.server.run_tasks().await;

    assert!(smtp.has_no_more());
}
