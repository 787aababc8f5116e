//! What was wrong with the program this one follows, as far as it can be tried today: none of it may come back.

use std::path::Path;
use std::time::Duration;

use mortise_host::config::Signup;
use mortise_host::resources::files;
use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::{PASSWORD, Server};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::departments;
use super::roles::{list, make, refused};

/// A candidate made from a résumé.
async fn candidate(server: &Server, actor: &Actor, name: &str, email: &str) -> String {
    let resume = actor.upload("cv.txt", samples::text_resume(name, email)).await.expect(202).text("id");
    server.run_tasks().await;
    actor.get(&format!("/v1/resumes/{resume}")).await.expect(200).text("candidate_id")
}

fn form(name: &str, bytes: &[u8]) -> Form {
    Form::new().part("file", Part::bytes(bytes.to_vec()).file_name(name.to_owned()))
}

async fn names(actor: &Actor, path: &str) -> Vec<Value> {
    list(actor, path).await.iter().map(|item| item["name"].clone()).collect()
}

async fn own_id(actor: &Actor) -> String {
    let me = actor.get("/v1/me").await.expect(200).json();
    me["member"]["id"].as_str().expect("it has an id").to_owned()
}

/// Applying for one's own job with somebody else's candidate opened that candidate.
#[tokio::test]
async fn naming_another_tenants_candidate_opens_nothing_of_it() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let theirs = candidate(&server, &acme, "Ada Lovelace", "ada@example.com").await;
    let before = acme.get(&format!("/v1/candidates/{theirs}")).await.expect(200).json();

    let upload =
        form("cv.txt", &samples::text_resume("Eve", "eve@example.com")).text("candidate_id", theirs.clone());
    other.upload_form(upload).await.expect(404);
    let link = json!({ "member_id": own_id(&other).await });
    other.put(&format!("/v1/candidates/{theirs}/member"), link, None).await.expect(404);
    server.run_tasks().await;

    other.get(&format!("/v1/candidates/{theirs}")).await.expect(404);
    other.get("/v1/me/profile").await.expect(404);
    assert!(list(&other, "/v1/candidates").await.is_empty());
    assert_eq!(acme.get(&format!("/v1/candidates/{theirs}")).await.expect(200).json(), before);
}

/// Candidates were looked up by e-mail address over all companies.
#[tokio::test]
async fn a_known_email_of_another_tenant_tells_nothing_about_its_candidate() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let theirs = candidate(&server, &acme, "Ada Lovelace", "ada@example.com").await;

    let guessed = candidate(&server, &other, "Somebody", "ada@example.com").await;

    assert_ne!(guessed, theirs);
    let told = other.get(&format!("/v1/candidates/{guessed}")).await.expect(200);
    assert_eq!(told.text("name"), "Somebody");
    assert!(!String::from_utf8_lossy(&told.body).contains("Lovelace"));
    // By hand it is no different.
    let new = json!({ "name": "Somebody", "emails": ["ada@example.com"] });
    refused(other.post("/v1/candidates", new.clone()).await, 409, "candidate_exists");
    other.delete(&format!("/v1/candidates/{guessed}"), Some("*")).await.expect(204);
    let made = other.post("/v1/candidates", new).await.expect(201);
    assert!(made.text("id") != theirs && !String::from_utf8_lossy(&made.body).contains("Lovelace"));
}

/// An address was unique over all companies, which so shared one row.
#[tokio::test]
async fn the_same_email_may_exist_in_two_tenants() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let here = candidate(&server, &acme, "Ada Lovelace", "ada@example.com").await;
    let there = candidate(&server, &other, "Ada Lovelace", "ada@example.com").await;
    let before = acme.get(&format!("/v1/candidates/{here}")).await.expect(200).json();

    // A later résumé changes the candidate of its own tenant only.
    assert_eq!(candidate(&server, &other, "Ada King", "ada@example.com").await, there);

    assert_eq!(acme.get(&format!("/v1/candidates/{here}")).await.expect(200).json(), before);
    assert_eq!(other.get(&format!("/v1/candidates/{there}")).await.expect(200).text("name"), "Ada King");
    // Nor does a change by hand.
    let changes = json!({ "name": "Somebody else", "emails": ["ada@example.com", "else@example.com"] });
    other.patch(&format!("/v1/candidates/{there}"), changes, "*").await.expect(200);
    acme.post("/v1/candidates", json!({ "emails": ["else@example.com"] })).await.expect(201);
    assert_eq!(acme.get(&format!("/v1/candidates/{here}")).await.expect(200).json(), before);
    // Members are no different.
    for owner in [&acme, &other] {
        server.member(owner, "ada@example.com", &[]).await;
    }
}

/// Registering took any company and any role from an anonymous request.
#[tokio::test]
async fn nobody_registers_themselves_into_a_tenant_or_role() {
    let server = Server::start_with(|config| config.signup = Signup::Open).await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let (tenant, role) = (founded.tenant.id.to_string(), owner.role_id("admin").await);
    let nobody = server.nobody();

    let new = json!({ "email": "eve@example.com", "roles": [{ "role_id": role }] });
    nobody.post("/v1/members", new).await.expect(401);
    let own = json!({ "email": "eve@example.com", "password": PASSWORD });
    let mut into = json!({ "name": "Eve Ltd", "owner": own, "tenant_id": tenant });
    nobody.post("/v1/tenants", into.clone()).await.expect(422);
    into["tenant_id"].take();
    into["owner"]["role_id"] = json!(role);
    nobody.post("/v1/tenants", into).await.expect(422);
    let named = json!({ "name": "Acme", "slug": "acme", "owner": own });
    refused(nobody.post("/v1/tenants", named).await, 409, "tenant_slug_taken");

    // Whoever makes a tenant is alone in it.
    let made = nobody.post("/v1/tenants", json!({ "name": "Eve Ltd", "owner": own })).await.expect(201);
    assert_ne!(made.text("tenant_id"), tenant);
    let eve = nobody.with_key(made.text("access_token"));
    assert_eq!(list(&eve, "/v1/members").await.len(), 1);
    assert_eq!(list(&owner, "/v1/members").await.len(), 1);
}

/// Nor does an invitation let anybody choose.
#[tokio::test]
async fn whoever_is_invited_chooses_no_role() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (viewer, admin) = (owner.role_id("viewer").await, owner.role_id("admin").await);
    let new = json!({ "email": "eve@acme.example", "roles": [{ "role_id": viewer }] });
    let token = owner.post("/v1/members", new).await.expect(201).text("invitation_token");

    let greedy = json!({ "token": token, "password": PASSWORD, "roles": [{ "role_id": admin }] });
    server.nobody().post("/v1/auth/invitations", greedy).await.expect(422);
    let eve = server.accept(&token, "eve@acme.example").await;

    let held = eve.actor.get("/v1/me").await.expect(200).json()["roles"].clone();
    assert_eq!((held.as_array().map(Vec::len), &held[0]["role_id"]), (Some(1), &json!(viewer)));
    // Sign-up is closed unless the operator opens it.
    let own = json!({ "email": "eve@example.com", "password": PASSWORD });
    let new = json!({ "name": "Eve Ltd", "owner": own });
    refused(server.nobody().post("/v1/tenants", new).await, 403, "signup_closed");
}

/// Roles were all companies' own: one administrator edited them for everybody.
#[tokio::test]
async fn roles_belong_to_one_tenant() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let role = make(&acme, "Sourcer", &["contact:read"]).await;
    let before = list(&acme, "/v1/roles").await;
    let theirs = acme.role_id("admin").await;
    let member = own_id(&other).await;

    for id in [&role, &theirs] {
        let path = format!("/v1/roles/{id}");
        other.get(&path).await.expect(404);
        other.patch(&path, json!({ "permissions": [] }), "*").await.expect(404);
        other.delete(&path, Some("*")).await.expect(404);
        other.post(&format!("/v1/members/{member}/roles"), json!({ "role_id": id })).await.expect(404);
        let new = json!({ "email": "eve@example.com", "roles": [{ "role_id": id }] });
        other.post("/v1/members", new).await.expect(404);
    }

    assert_eq!(list(&acme, "/v1/roles").await, before);
    assert!(!names(&other, "/v1/roles").await.contains(&json!("Sourcer")));
    assert_ne!(theirs, other.role_id("admin").await);
}

/// The history took the name of whoever changed something from the request.
#[tokio::test]
async fn who_did_something_cannot_be_said_in_the_body() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("admin", None)]).await;
    let scapegoat = own_id(&owner).await;

    for field in ["created_by", "changed_by_user_id", "actor_id", "member_id", "tenant_id"] {
        let contact = json!({ "name": "Grace", (field): scapegoat });
        refused(ada.actor.post("/v1/contacts", contact).await, 422, "invalid_request");
        let resume = form("cv.txt", b"Ada").text(field, scapegoat.clone());
        refused(ada.actor.upload_form(resume).await, 422, "invalid_request");
    }

    let contact = ada.actor.post("/v1/contacts", json!({ "name": "Grace" })).await.expect(201).text("id");
    let entries = list(&owner, &format!("/v1/audit-log?object_id={contact}")).await;
    assert_eq!((entries.len(), &entries[0]["actor_id"]), (1, &json!(ada.member_id)));
    let resume = ada.actor.upload("cv.txt", samples::text_resume("Ada", "a@example.com")).await.expect(202);
    assert_eq!(resume.text("created_by"), ada.member_id);
}

/// Interviewers were taken from wherever.
#[tokio::test]
async fn people_and_places_of_another_tenant_are_taken_in_nowhere() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let (member, viewer) = (own_id(&acme).await, acme.role_id("viewer").await);
    let (stranger, elsewhere) = (own_id(&other).await, departments::make(&other, "Sales", None).await);
    let here = departments::make(&acme, "Sales", None).await;
    let ours = candidate(&server, &acme, "Ada Lovelace", "ada@example.com").await;

    let roles = |member: &str| format!("/v1/members/{member}/roles");
    acme.post(&roles(&stranger), json!({ "role_id": viewer })).await.expect(404);
    let there = json!({ "role_id": viewer, "department_id": elsewhere });
    acme.post(&roles(&member), there.clone()).await.expect(404);
    acme.post("/v1/members", json!({ "email": "eve@acme.example", "roles": [there] })).await.expect(404);
    acme.post("/v1/contacts", json!({ "name": "Eve", "department_id": elsewhere })).await.expect(404);
    acme.post("/v1/departments", json!({ "name": "Eve", "parent_id": elsewhere })).await.expect(404);
    let below = json!({ "parent_id": elsewhere });
    acme.patch(&format!("/v1/departments/{here}"), below, "*").await.expect(404);
    let link = json!({ "member_id": stranger });
    acme.put(&format!("/v1/candidates/{ours}/member"), link, None).await.expect(404);
    acme.post(&format!("/v1/members/{stranger}/invitations"), json!({})).await.expect(404);
    refused(acme.with_header("on-behalf-of", &stranger).get("/v1/me").await, 403, "cannot_act_for");
}

/// A candidate who had applied for nothing was in no list.
#[tokio::test]
async fn candidates_without_an_application_are_listed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let sourced = candidate(&server, &owner, "Ada Lovelace", "ada@example.com").await;

    let listed = list(&owner, "/v1/candidates").await;
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(sourced)));
    owner.post("/v1/candidates", json!({ "name": "Grace" })).await.expect(201);
    assert_eq!(names(&owner, "/v1/candidates").await, ["Grace", "Ada Lovelace"]);
}

/// Fields nobody knew were accepted and forgotten.
#[tokio::test]
async fn what_a_change_cannot_save_it_does_not_accept() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = departments::make(&owner, "Sales", None).await;
    let role = make(&owner, "Sourcer", &[]).await;
    let contact = owner.post("/v1/contacts", json!({ "name": "Grace" })).await.expect(201).text("id");
    let member = own_id(&owner).await;
    let sourced = candidate(&server, &owner, "Ada Lovelace", "ada@example.com").await;

    for path in [
        "/v1/tenant".to_owned(),
        "/v1/me".to_owned(),
        format!("/v1/members/{member}"),
        format!("/v1/roles/{role}"),
        format!("/v1/departments/{sales}"),
        format!("/v1/contacts/{contact}"),
        format!("/v1/candidates/{sourced}"),
    ] {
        let before = owner.get(&path).await.expect(200);
        let changes = json!({ "name": "Another", "colour": "red" });
        let answer = refused(owner.patch(&path, changes, "*").await, 422, "invalid_request").json();
        assert_eq!(answer["errors"][0]["pointer"], "#/colour", "{path}: {answer:#}");
        assert_eq!(owner.get(&path).await.expect(200).body, before.body, "{path}");

        // And what it accepts is there when read again.
        let saved = owner.patch(&path, json!({ "name": "Another" }), "*").await.expect(200);
        let read = owner.get(&path).await.expect(200).json();
        let named = if path == "/v1/me" { &read["member"]["name"] } else { &read["name"] };
        assert_eq!((saved.text("name").as_str(), named), ("Another", &json!("Another")), "{path}");
    }
}

/// An upload that failed left its file behind.
#[tokio::test]
async fn a_failed_upload_leaves_no_file() {
    let server = Server::start_with(|config| config.upload_max_bytes = 10_000).await;
    let owner = server.tenant("acme").await;
    let other = server.tenant("other").await;
    let theirs = candidate(&server, &other, "Ada Lovelace", "ada@example.com").await;
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await;
    let folder = server.folder().join("files");
    let before = (files_in(&folder), server.texts("select state from files").await);
    assert_eq!(before, (1, vec!["stored".to_owned()]));
    let sound = samples::text_resume("Eve", "eve@example.com");

    owner.upload_form(form("cv.txt", &sound).text("candidate_id", theirs)).await.expect(404);
    owner.upload_form(form("cv.txt", &sound).text("colour", "red")).await.expect(422);
    owner.upload_form(form("cv.txt", &sound).text("source", "x".repeat(201))).await.expect(422);
    owner.upload_form(form("cv.txt", b"")).await.expect(422);
    owner.upload_form(form("cv.exe", b"MZ\x90\x00")).await.expect(415);
    owner.upload_form(form("cv.txt", &vec![b'x'; 10_001])).await.expect(413);
    refused(viewer.actor.upload_form(form("cv.txt", &sound)).await, 403, "forbidden");
    server.nobody().upload_form(form("cv.txt", &sound)).await.expect(401);

    // Neither at once, nor once the sweeper has been there.
    assert_eq!((files_in(&folder), server.texts("select state from files").await), before);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(files::actions::sweep(server.services()).await.expect("the database answers"), 0);
}

fn files_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    paths.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

/// Deleting took nothing along, and left files for ever.
#[tokio::test]
async fn deleting_takes_along_what_belongs_to_it() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let folder = server.folder().join("files");
    let (ada, ben) = (
        candidate(&server, &owner, "Ada Lovelace", "ada@example.com").await,
        candidate(&server, &owner, "Ben Baker", "ben@example.com").await,
    );
    let resumes = list(&owner, "/v1/resumes").await;
    let of_ben = format!("/v1/resumes/{}", resumes[0]["id"].as_str().expect("an id is a text"));
    let of_ada = format!("/v1/resumes/{}", resumes[1]["id"].as_str().expect("an id is a text"));

    owner.delete(&format!("/v1/candidates/{ada}"), Some("*")).await.expect(204);
    owner.delete(&of_ben, Some("*")).await.expect(204);

    for gone in [&of_ada, &of_ben] {
        owner.get(gone).await.expect(404);
        owner.get(&format!("{gone}/file")).await.expect(404);
    }
    assert!(list(&owner, "/v1/resumes").await.is_empty());
    assert_eq!(list(&owner, "/v1/resumes?include_deleted=true").await.len(), 2, "who keeps a copy is told");
    owner.get(&format!("/v1/candidates/{ben}")).await.expect(200);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(files::actions::sweep(server.services()).await.expect("the database answers"), 1);
    assert_eq!(files_in(&folder), 1, "Ada's stays until it is erased");
}

/// Lists had no order, so pages overlapped and left things out.
#[tokio::test]
async fn lists_are_in_a_stable_order() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    // All at the same instant: a time alone would not order them.
    for number in 0..7 {
        owner.post("/v1/contacts", json!({ "name": format!("Contact {number}") })).await.expect(201);
        departments::make(&owner, &format!("Department {number}"), None).await;
        make(&owner, &format!("Role {number}"), &[]).await;
        owner.post("/v1/members", json!({ "email": format!("m{number}@acme.example") })).await.expect(201);
        owner.post("/v1/candidates", json!({ "name": format!("Candidate {number}") })).await.expect(201);
        let key = json!({ "name": format!("key {number}"), "permissions": ["me:read"] });
        owner.post("/v1/api-keys", key).await.expect(201);
    }

    for path in [
        "/v1/contacts",
        "/v1/departments",
        "/v1/roles",
        "/v1/members",
        "/v1/api-keys",
        "/v1/audit-log",
        "/v1/candidates",
        "/v1/candidates?updated_after=2026-01-01T00:00:00Z",
    ] {
        let ids = |items: &[Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
        let and = if path.contains('?') { '&' } else { '?' };
        let whole = ids(&list(&owner, &format!("{path}{and}limit=200")).await);
        assert!(whole.len() >= 7, "{path}");
        let (mut paged, mut next) = (Vec::new(), format!("{path}{and}limit=3"));
        loop {
            let page = owner.get(&next).await.expect(200).json();
            paged.extend(ids(page["data"].as_array().expect("it is a list")));
            // Something new at the front moves nothing further back.
            departments::make(&owner, "Meanwhile", None).await;
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("{path}{and}limit=3&cursor={cursor}");
        }
        assert_eq!(paged, whole, "{path}");
    }
}

/// Asking for oneself failed, or answered whatever company's.
#[tokio::test]
async fn me_answers_ones_own_record() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let ada = server.member(&acme, "ada@example.com", &[("candidate", None)]).await;
    let double = server.member(&other, "ada@example.com", &[("candidate", None)]).await;
    let profile = candidate(&server, &acme, "Ada Lovelace", "ada@example.com").await;
    let link = json!({ "member_id": ada.member_id });
    acme.put(&format!("/v1/candidates/{profile}/member"), link, None).await.expect(204);

    for (member, tenant) in [(&ada, "acme"), (&double, "other")] {
        let me = member.actor.get("/v1/me").await.expect(200).json();
        assert_eq!(
            (&me["member"]["id"], &me["member"]["email"]),
            (&json!(member.member_id), &json!("ada@example.com"))
        );
        let owner = if tenant == "acme" { &acme } else { &other };
        assert_eq!(me["tenant_id"], owner.get("/v1/tenant").await.expect(200).json()["id"]);
        let sessions = list(&member.actor, "/v1/me/sessions").await;
        assert_eq!((sessions.len(), &sessions[0]["id"]), (1, &json!(member.session_id)));
    }
    assert_eq!(ada.actor.get("/v1/me/profile").await.expect(200).text("id"), profile);
    assert_eq!(list(&ada.actor, "/v1/me/resumes").await.len(), 1);
    double.actor.get("/v1/me/profile").await.expect(404);
}
