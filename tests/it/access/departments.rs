//! Departments and their contacts: a tree, and what a role for one branch of it lets somebody see and change.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::roles::{faulty, list, make as make_role, refused};

/// A department; its id.
pub(super) async fn make(actor: &Actor, name: &str, parent: Option<&str>) -> String {
    actor.post("/v1/departments", json!({ "name": name, "parent_id": parent })).await.expect(201).text("id")
}

/// A contact; its id.
async fn contact(actor: &Actor, name: &str, department: Option<&str>) -> String {
    actor
        .post("/v1/contacts", json!({ "name": name, "department_id": department }))
        .await
        .expect(201)
        .text("id")
}

async fn move_below(actor: &Actor, id: &str, parent: Option<&str>) -> mortise_tests::actor::Answer {
    actor.patch(&format!("/v1/departments/{id}"), json!({ "parent_id": parent }), "*").await
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let listed = list(actor, path).await;
    listed.iter().map(|item| item["name"].as_str().expect("it has a name").to_owned()).collect()
}

/// Engineering over Backend, beside Sales; and a member who is admin of Engineering only.
struct Company {
    server: Server,
    owner: Actor,
    engineering: String,
    backend: String,
    sales: String,
    head: Actor,
}

impl Company {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let engineering = make(&owner, "Engineering", None).await;
        let backend = make(&owner, "Backend", Some(&engineering)).await;
        let sales = make(&owner, "Sales", None).await;
        let head = server.member(&owner, "head@acme.example", &[("admin", Some(&engineering))]).await.actor;
        Self { server, owner, engineering, backend, sales, head }
    }
}

#[tokio::test]
async fn departments_form_a_tree() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let top = make(&owner, " Engineering ", None).await;
    let below =
        owner.post("/v1/departments", json!({ "name": "Backend", "parent_id": top })).await.expect(201);
    assert_eq!((below.header("etag"), below.text("parent_id")), (Some("\"1\""), top.clone()));
    let path = format!("/v1/departments/{}", below.text("id"));

    let renamed = owner.patch(&path, json!({ "name": "Services" }), "\"1\"").await.expect(200);
    assert_eq!((renamed.text("name"), renamed.text("parent_id")), ("Services".into(), top.clone()));
    refused(owner.patch(&path, json!({ "name": "Other" }), "\"1\"").await, 412, "version_conflict");
    let moved = owner.patch(&path, json!({ "parent_id": null }), "\"2\"").await.expect(200);
    assert_eq!(moved.json()["parent_id"], Value::Null);
    assert_eq!(owner.get(&path).await.expect(200).json(), moved.json());
    assert_eq!(names(&owner, "/v1/departments").await, ["Services", "Engineering"]);

    refused(owner.delete(&path, Some("\"1\"")).await, 412, "version_conflict");
    refused(owner.delete(&path, None).await, 428, "precondition_required");
    owner.delete(&path, Some("\"3\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    assert_eq!(names(&owner, "/v1/departments").await, ["Engineering"]);
}

#[tokio::test]
async fn a_department_never_hangs_below_itself() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let one = make(&owner, "One", None).await;
    let two = make(&owner, "Two", Some(&one)).await;
    let three = make(&owner, "Three", Some(&two)).await;

    for parent in [&one, &two, &three] {
        faulty(move_below(&owner, &one, Some(parent)).await, "#/parent_id", "department_cycle");
    }

    assert_eq!(
        owner.get(&format!("/v1/departments/{one}")).await.expect(200).json()["parent_id"],
        Value::Null
    );
    // Up and down again is no circle.
    move_below(&owner, &three, Some(&one)).await.expect(200);
    move_below(&owner, &two, Some(&three)).await.expect(200);
}

#[tokio::test]
async fn two_moves_at_once_never_close_a_circle() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let one = make(&owner, "One", None).await;
    let two = make(&owner, "Two", None).await;

    let (first, second) =
        tokio::join!(move_below(&owner, &one, Some(&two)), move_below(&owner, &two, Some(&one)));

    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{first:?} {second:?}");
}

#[tokio::test]
async fn a_tree_has_twenty_levels_at_most() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut ids = vec![make(&owner, "Level 1", None).await];
    for level in 2..=20 {
        ids.push(make(&owner, &format!("Level {level}"), ids.last().map(String::as_str)).await);
    }
    let pair = make(&owner, "Pair", None).await;
    make(&owner, "Below the pair", Some(&pair)).await;

    let too_deep = json!({ "name": "Level 21", "parent_id": ids[19] });
    faulty(owner.post("/v1/departments", too_deep).await, "#/parent_id", "too_deep");
    // What is moved takes along what hangs below it.
    faulty(move_below(&owner, &pair, Some(&ids[18])).await, "#/parent_id", "too_deep");
    move_below(&owner, &pair, Some(&ids[17])).await.expect(200);
}

#[tokio::test]
async fn a_department_with_something_in_it_is_not_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let department = make(&owner, "Engineering", None).await;
    let path = format!("/v1/departments/{department}");
    let in_use = async || drop(refused(owner.delete(&path, Some("*")).await, 409, "department_in_use"));

    let below = make(&owner, "Backend", Some(&department)).await;
    in_use().await;
    owner.delete(&format!("/v1/departments/{below}"), Some("*")).await.expect(204);

    let contact = contact(&owner, "Grace", Some(&department)).await;
    in_use().await;
    owner.delete(&format!("/v1/contacts/{contact}"), Some("*")).await.expect(204);

    let viewer = owner.role_id("viewer").await;
    let given = super::roles::give(&owner, &ada.member_id, &viewer, Some(&department)).await;
    in_use().await;
    owner.delete(&format!("/v1/members/{}/roles/{given}", ada.member_id), None).await.expect(204);

    owner.delete(&path, Some("*")).await.expect(204);
}

#[tokio::test]
async fn nothing_hangs_on_a_department_that_is_not_there() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let kept = make(&owner, "Kept", None).await;
    let gone = make(&owner, "Gone", None).await;
    owner.delete(&format!("/v1/departments/{gone}"), Some("*")).await.expect(204);

    owner.post("/v1/departments", json!({ "name": "Lost", "parent_id": gone })).await.expect(404);
    move_below(&owner, &kept, Some(&gone)).await.expect(404);
    owner.post("/v1/contacts", json!({ "name": "Grace", "department_id": gone })).await.expect(404);
    let nowhere = json!({ "name": "Lost", "parent_id": "nowhere" });
    owner.post("/v1/departments", nowhere).await.expect(422);
}

#[tokio::test]
async fn contacts_are_made_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = make(&owner, "Sales", None).await;
    let new = json!({
        "name": "Grace Hopper", "email": " Grace@Example.com", "phone": "+1 202-555-0143", "title": "Head",
        "department_id": sales,
    });

    let made = owner.post("/v1/contacts", new).await.expect(201);
    assert_eq!((made.text("email"), made.text("department_id")), ("grace@example.com".into(), sales.clone()));
    let path = format!("/v1/contacts/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());

    let changes = json!({ "title": null, "phone": "+1 202-555-0100", "department_id": null });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["title"], &changed["department_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&changed["name"], &changed["phone"]), (&json!("Grace Hopper"), &json!("+1 202-555-0100")));
    refused(owner.patch(&path, json!({ "name": "Other" }), "\"1\"").await, 412, "version_conflict");
    faulty(owner.patch(&path, json!({ "name": "" }), "*").await, "#/name", "invalid_text");
    faulty(owner.patch(&path, json!({ "email": "grace" }), "*").await, "#/email", "invalid_email");
    owner.patch(&path, json!({ "name": null, "salary": 1 }), "*").await.expect(422);

    assert_eq!(names(&owner, "/v1/contacts").await, ["Grace Hopper"]);
    assert!(names(&owner, &format!("/v1/contacts?department_id={sales}")).await.is_empty());
    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    assert!(names(&owner, "/v1/contacts").await.is_empty());
}

#[tokio::test]
async fn a_role_for_a_department_shows_it_and_what_is_below_and_nothing_else() {
    let Company { server: _server, owner, engineering, backend, sales, head } = Company::start().await;
    contact(&owner, "of all", None).await;
    contact(&owner, "of engineering", Some(&engineering)).await;
    contact(&owner, "of backend", Some(&backend)).await;
    let foreign = contact(&owner, "of sales", Some(&sales)).await;

    assert_eq!(names(&head, "/v1/departments").await, ["Backend", "Engineering"]);
    assert_eq!(names(&head, "/v1/contacts").await, ["of backend", "of engineering"]);
    let one = format!("/v1/contacts?department_id={engineering}");
    assert_eq!(names(&head, &one).await, ["of engineering"]);
    assert!(names(&head, &format!("/v1/contacts?department_id={sales}")).await.is_empty());

    head.get(&format!("/v1/departments/{backend}")).await.expect(200);
    head.get(&format!("/v1/departments/{sales}")).await.expect(404);
    head.get(&format!("/v1/contacts/{foreign}")).await.expect(404);
    // What belongs to the tenant as a whole is not theirs either.
    for path in ["/v1/members", "/v1/roles", "/v1/tenant", "/v1/audit-log", "/v1/api-keys"] {
        refused(head.get(path).await, 403, "forbidden");
    }
}

#[tokio::test]
async fn a_role_for_a_department_changes_contacts_there_only() {
    let Company { server: _server, owner, engineering, backend, sales, head } = Company::start().await;
    let of_all = contact(&owner, "of all", None).await;
    let of_sales = contact(&owner, "of sales", Some(&sales)).await;
    let own = contact(&head, "of backend", Some(&backend)).await;
    let path = format!("/v1/contacts/{own}");

    head.patch(&path, json!({ "name": "renamed", "department_id": engineering }), "*").await.expect(200);
    head.patch(&path, json!({ "department_id": sales }), "*").await.expect(404);
    refused(head.patch(&path, json!({ "department_id": null }), "*").await, 403, "forbidden");
    head.post("/v1/contacts", json!({ "name": "smuggled", "department_id": sales })).await.expect(404);
    refused(head.post("/v1/contacts", json!({ "name": "smuggled" })).await, 403, "forbidden");
    for foreign in [of_all, of_sales] {
        let path = format!("/v1/contacts/{foreign}");
        head.get(&path).await.expect(404);
        head.patch(&path, json!({ "name": "taken" }), "*").await.expect(404);
        head.patch(&path, json!({ "department_id": engineering }), "*").await.expect(404);
        head.delete(&path, Some("*")).await.expect(404);
    }

    assert_eq!(names(&owner, "/v1/contacts").await, ["renamed", "of sales", "of all"]);
    head.delete(&path, Some("*")).await.expect(204);
}

#[tokio::test]
async fn a_role_for_a_department_changes_departments_there_only() {
    let Company { server: _server, owner, engineering, backend, sales, head } = Company::start().await;

    let frontend = make(&head, "Frontend", Some(&engineering)).await;
    head.patch(&format!("/v1/departments/{frontend}"), json!({ "name": "Web" }), "*").await.expect(200);
    move_below(&head, &frontend, Some(&backend)).await.expect(200);
    move_below(&head, &frontend, Some(&sales)).await.expect(404);
    refused(move_below(&head, &frontend, None).await, 403, "forbidden");
    head.post("/v1/departments", json!({ "name": "Smuggled", "parent_id": sales })).await.expect(404);
    refused(head.post("/v1/departments", json!({ "name": "Smuggled" })).await, 403, "forbidden");
    let foreign = format!("/v1/departments/{sales}");
    head.patch(&foreign, json!({ "name": "Taken" }), "*").await.expect(404);
    move_below(&head, &sales, Some(&engineering)).await.expect(404);
    head.delete(&foreign, Some("*")).await.expect(404);
    head.delete(&format!("/v1/departments/{frontend}"), Some("*")).await.expect(204);

    assert_eq!(names(&owner, "/v1/departments").await, ["Sales", "Backend", "Engineering"]);
}

#[tokio::test]
async fn a_role_for_a_department_goes_with_the_department_when_it_moves() {
    let Company { server: _server, owner, engineering, backend, sales, head } = Company::start().await;
    let of_sales = contact(&owner, "of sales", Some(&sales)).await;
    let of_backend = contact(&owner, "of backend", Some(&backend)).await;
    head.get(&format!("/v1/contacts/{of_sales}")).await.expect(404);

    move_below(&owner, &sales, Some(&backend)).await.expect(200);
    head.get(&format!("/v1/contacts/{of_sales}")).await.expect(200);
    assert_eq!(names(&head, "/v1/departments").await, ["Sales", "Backend", "Engineering"]);

    move_below(&owner, &backend, None).await.expect(200);
    for hidden in [&of_sales, &of_backend] {
        head.get(&format!("/v1/contacts/{hidden}")).await.expect(404);
    }
    assert!(names(&head, "/v1/contacts").await.is_empty());
    assert_eq!(names(&head, "/v1/departments").await, ["Engineering"]);

    move_below(&owner, &engineering, Some(&sales)).await.expect(200);
    assert_eq!(names(&head, "/v1/departments").await, ["Engineering"]);
}

#[tokio::test]
async fn a_department_does_not_move_below_roles_that_hold_more_than_the_mover() {
    let Company { server, owner, engineering, backend, sales, .. } = Company::start().await;
    // Both may shape all departments; what else they may differs from department to department.
    let shaper = make_role(&owner, "Shaper", &["department:read", "department:write"]).await;
    let contacts = make_role(&owner, "Contacts", &["contact:read"]).await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let bob = server.member(&owner, "bob@acme.example", &[]).await;
    super::roles::give(&owner, &ada.member_id, &shaper, None).await;
    super::roles::give(&owner, &ada.member_id, &contacts, Some(&sales)).await;
    super::roles::give(&owner, &bob.member_id, &contacts, Some(&engineering)).await;

    // The head of Engineering, and Bob, would see Sales: more than Ada may hand on there.
    refused(move_below(&ada.actor, &sales, Some(&backend)).await, 403, "escalation");
    refused(move_below(&ada.actor, &sales, Some(&engineering)).await, 403, "escalation");
    // Ada herself would see the contacts of Backend.
    refused(move_below(&ada.actor, &backend, Some(&sales)).await, 403, "escalation");
    let below = json!({ "name": "Labs", "parent_id": sales });
    let labs = ada.actor.post("/v1/departments", below).await.expect(201).text("id");
    move_below(&ada.actor, &labs, None).await.expect(200);
    // Upwards nobody gains anything.
    move_below(&ada.actor, &backend, None).await.expect(200);

    assert_eq!(names(&ada.actor, "/v1/contacts").await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_go_on_within_what_is_visible() {
    let Company { server: _server, owner, engineering, backend, sales, head } = Company::start().await;
    for number in 1..=4 {
        contact(&owner, &format!("engineering {number}"), Some(&engineering)).await;
        contact(&owner, &format!("sales {number}"), Some(&sales)).await;
        contact(&owner, &format!("backend {number}"), Some(&backend)).await;
        contact(&owner, &format!("all {number}"), None).await;
    }
    let expected: Vec<_> =
        (1..=4).rev().flat_map(|n| [format!("backend {n}"), format!("engineering {n}")]).collect();

    let mut seen = Vec::new();
    let mut path = String::from("/v1/contacts?limit=3");
    let mut pages = 0;
    loop {
        let page = head.get(&path).await.expect(200).json();
        pages += 1;
        let items = page["data"].as_array().expect("it is a list");
        seen.extend(items.iter().map(|item| item["name"].as_str().expect("it has a name").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert_eq!(items.len(), 3, "a page before the last one is full");
        path = format!("/v1/contacts?limit=3&cursor={cursor}");
    }
    assert_eq!((seen, pages), (expected, 3));

    // A cursor belongs to its filter.
    let cursor = owner.get("/v1/contacts?limit=1").await.expect(200).text("next_cursor");
    let other = head.get(&format!("/v1/contacts?department_id={engineering}&cursor={cursor}")).await;
    faulty(other, "cursor", "wrong_cursor");
    faulty(head.get(&format!("/v1/departments?cursor={cursor}")).await, "cursor", "wrong_cursor");
    // And says nothing to somebody who sees less: it is only a position.
    let page = head.get(&format!("/v1/contacts?limit=1&cursor={cursor}")).await.expect(200).json();
    assert_eq!(page["data"][0]["name"], "backend 4");
}
