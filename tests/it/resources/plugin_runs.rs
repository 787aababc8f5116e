//! Runs of plugins are recorded with what they cost, and forgotten after a month.

use std::time::Duration;

use mortise_tests::samples;
use mortise_tests::server::Server;

use super::resumes::{read, read_well};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn every_call_of_a_plugin_is_recorded() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    read(&server, &owner, "cv.pdf", "%PDF-1.7\n%%EOF").await;

    let runs = server.texts(
        "select plugin || ' ' || outcome || ' ' || coalesce(error_code, '') from plugin_runs order by id",
    );
    assert_eq!(
        runs.await,
        ["mortise/plain-text ok ", "mortise/resume-parser ok ", "mortise/pdf-text error damaged_pdf"]
    );
    let cheap = server.texts("select 'x' from plugin_runs where wall_micros <= 0 or peak_memory <= 0");
    assert_eq!(cheap.await, [""; 0], "a call costs time and memory");
}

#[tokio::test]
async fn runs_are_forgotten_after_a_month() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let resume = read_well(&server, &owner, "cv.txt", text.clone()).await;
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");

    server.clock.advance(DAY * 31);
    read_well(&server, &owner, "cv.txt", text).await;
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    let ran = server.run_tasks().await;

    assert!(ran.contains(&"plugin_runs.forget".to_owned()), "{ran:?}");
    assert_eq!(server.texts("select plugin from plugin_runs").await.len(), 2, "only the new ones are left");
    owner.get(&format!("{resume}/unified")).await.expect(200);
}
