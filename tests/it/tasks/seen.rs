//! Background work as an admin sees it by the API, and tries it again.

use mortise_tests::rows;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::Value;

use crate::hiring::{listed, refused};

#[tokio::test]
async fn an_admin_sees_what_failed_for_good_and_has_it_tried_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let other = server.tenant("globex").await;
    let resume = samples::text_resume("Ada Lovelace", "ada@example.com");
    let resume = owner.upload("ada.txt", resume).await.expect(202).text("id");
    let task = listed(&owner, "/v1/tasks", "id").await.remove(0);
    let path = format!("/v1/tasks/{task}");
    let seen = owner.get(&path).await.expect(200).json();
    assert_eq!(
        (&seen["state"], &seen["attempts"], &seen["last_error"]),
        (&"ready".into(), &0.into(), &Value::Null)
    );
    let kind = seen["kind"].as_str().expect("it has a kind").to_owned();
    refused(owner.post(&format!("{path}/retries"), Value::Null).await, 409, "task_not_finished");
    // As if every attempt had failed.
    let died = "update tasks set state = 3, attempt = max_attempts, finished_at = created_at where state = 0";
    rows::change(&server.services().config.database_url(), died).await.expect("the database answers");

    assert_eq!(listed(&owner, "/v1/tasks?state=dead", "id").await, [task.as_str()]);
    assert_eq!(listed(&owner, &format!("/v1/tasks?state=dead&kind={kind}"), "id").await, [task.as_str()]);
    assert_eq!(listed(&owner, "/v1/tasks?kind=nothing.of_the_kind", "id").await, Vec::<String>::new());
    assert_eq!(listed(&owner, "/v1/tasks?state=ready", "id").await, Vec::<String>::new());
    assert_eq!(listed(&other, "/v1/tasks", "id").await, Vec::<String>::new());
    other.get(&path).await.expect(404);
    other.post(&format!("{path}/retries"), Value::Null).await.expect(404);
    let again = owner.post(&format!("{path}/retries"), Value::Null).await.expect(202).json();
    assert_eq!((&again["state"], &again["attempts"]), (&"ready".into(), &0.into()));

    server.run_tasks().await;
    owner.get(&path).await.expect(404);
    assert_eq!(owner.get(&format!("/v1/resumes/{resume}")).await.expect(200).text("status"), "success");
    assert_eq!(listed(&owner, &format!("/v1/audit-log?object_id={task}"), "action").await, ["task.retried"]);
    refused(owner.get("/v1/tasks?state=odd").await, 422, "invalid_request");
}
