//! Nobody gets more than they were given, nor hands on more than they hold: every single way by hand, and any sequence
//! of calls.

mod model;
mod sequences;

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::{Server, SignedIn};
use serde_json::{Value, json};

use super::departments;
use super::roles::{give, list, make, refused};

/// A tenant with an owner, an administrator, and somebody who may manage people but holds little else.
struct Company {
    server: Server,
    owner: Actor,
    owner_id: String,
    admin: SignedIn,
    manager: SignedIn,
}

/// What a manager of people holds.
const MANAGING: [&str; 12] = [
    "member:read",
    "member:write",
    "role:read",
    "role:write",
    "api_key:read",
    "api_key:write",
    "session:read",
    "session:write",
    "department:read",
    "department:write",
    "me:read",
    "contact:read",
];

impl Company {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let me = owner.get("/v1/me").await.expect(200).json();
        let owner_id = me["member"]["id"].as_str().expect("it has an id").to_owned();
        let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
        let manager = server.member(&owner, "manager@acme.example", &[]).await;
        let role = make(&owner, "Manager", &MANAGING).await;
        give(&owner, &manager.member_id, &role, None).await;
        Self { server, owner, owner_id, admin, manager }
    }

    /// Somebody without any role.
    async fn newcomer(&self) -> SignedIn {
        self.server.member(&self.owner, "new@acme.example", &[]).await
    }
}

async fn try_to_give(actor: &Actor, member: &str, role: &str, department: Option<&str>) -> Answer {
    let wanted = json!({ "role_id": role, "department_id": department });
    actor.post(&format!("/v1/members/{member}/roles"), wanted).await
}

/// What a credential allows in the whole tenant.
async fn permissions(actor: &Actor) -> Value {
    actor.get("/v1/me").await.expect(200).json()["permissions"].clone()
}

#[tokio::test]
async fn nobody_gives_a_role_above_their_own() {
    let company = Company::start().await;
    let Company { owner, admin, manager, .. } = &company;
    let new = company.newcomer().await;
    let (owner_role, admin_role) = (owner.role_id("owner").await, owner.role_id("admin").await);
    let recruiter = owner.role_id("recruiter").await;

    for member in [&new.member_id, &admin.member_id] {
        refused(try_to_give(&admin.actor, member, &owner_role, None).await, 403, "escalation");
    }
    for role in [&owner_role, &admin_role, &recruiter] {
        for member in [&new.member_id, &manager.member_id] {
            let answer = try_to_give(&manager.actor, member, role, None).await;
            assert!(refused(answer, 403, "escalation").text("detail").contains("candidate:read"));
        }
    }

    assert!(list(owner, &format!("/v1/members/{}/roles", new.member_id)).await.is_empty());
    try_to_give(&admin.actor, &new.member_id, &admin_role, None).await.expect(201);
}

#[tokio::test]
async fn nobody_makes_a_role_above_their_own() {
    let Company { server: _server, owner, manager, .. } = Company::start().await;

    let new = json!({ "name": "More", "permissions": ["contact:read", "contact:write"] });
    let answer = refused(manager.actor.post("/v1/roles", new).await, 403, "escalation");
    assert!(answer.text("detail").ends_with(": contact:write"), "{answer:?}");

    make(&manager.actor, "Less", &["contact:read"]).await;
    assert!(list(&owner, "/v1/roles").await.iter().all(|role| role["name"] != "More"));
}

#[tokio::test]
async fn nobody_gets_more_by_editing_the_role_they_have() {
    let Company { server: _server, owner, manager, .. } = Company::start().await;
    let own = list(&owner, &format!("/v1/members/{}/roles", manager.member_id)).await;
    let path = format!("/v1/roles/{}", own[0]["role_id"].as_str().expect("it has an id"));
    let before = permissions(&manager.actor).await;

    let more = [&MANAGING[..], &["contact:write"]].concat();
    let changed = manager.actor.patch(&path, json!({ "permissions": more }), "*").await;
    refused(changed, 403, "escalation");
    assert_eq!(permissions(&manager.actor).await, before);

    // Giving something up is allowed, and cannot be taken back.
    let less: Vec<_> = MANAGING.into_iter().filter(|word| *word != "contact:read").collect();
    manager.actor.patch(&path, json!({ "permissions": less }), "*").await.expect(200);
    let back = manager.actor.patch(&path, json!({ "permissions": MANAGING }), "*").await;
    refused(back, 403, "escalation");
}

#[tokio::test]
async fn nobody_edits_a_role_that_holds_more_or_that_somebody_above_has() {
    let company = Company::start().await;
    let Company { owner, owner_id, admin, manager, .. } = &company;
    let above = make(owner, "Above", &["contact:write"]).await;
    let shared = make(owner, "Shared", &["contact:read"]).await;

    let path = format!("/v1/roles/{above}");
    refused(manager.actor.patch(&path, json!({ "permissions": [] }), "*").await, 403, "escalation");
    refused(manager.actor.patch(&path, json!({ "name": "Mine" }), "*").await, 403, "escalation");
    refused(manager.actor.delete(&path, Some("*")).await, 403, "escalation");

    let path = format!("/v1/roles/{shared}");
    manager.actor.patch(&path, json!({ "name": "Shared by all" }), "*").await.expect(200);
    for member in [&admin.member_id, owner_id] {
        let given = give(owner, member, &shared, None).await;
        refused(manager.actor.patch(&path, json!({ "permissions": [] }), "*").await, 403, "member_above");
        refused(manager.actor.delete(&path, Some("*")).await, 403, "member_above");
        owner.delete(&format!("/v1/members/{member}/roles/{given}"), None).await.expect(204);
    }
    manager.actor.delete(&path, Some("*")).await.expect(204);
}

#[tokio::test]
async fn nobody_invites_with_a_role_above_their_own() {
    let Company { server: _server, owner, admin, manager, .. } = Company::start().await;
    let (owner_role, recruiter) = (owner.role_id("owner").await, owner.role_id("recruiter").await);
    let less = make(&owner, "Less", &["contact:read"]).await;
    let before = list(&owner, "/v1/members").await;

    let invite = async |actor: &Actor, roles: Value| {
        actor.post("/v1/members", json!({ "email": "puppet@acme.example", "roles": roles })).await
    };
    let owner_too = json!([{ "role_id": owner_role }]);
    refused(invite(&admin.actor, owner_too).await, 403, "escalation");
    let recruiter_too = json!([{ "role_id": less }, { "role_id": recruiter }]);
    refused(invite(&manager.actor, recruiter_too).await, 403, "escalation");

    assert_eq!(list(&owner, "/v1/members").await, before);
    invite(&manager.actor, json!([{ "role_id": less }])).await.expect(201);
}

#[tokio::test]
async fn nobody_takes_over_somebody_above_by_inviting_them_again() {
    let company = Company::start().await;
    let Company { owner, owner_id, admin, manager, .. } = &company;
    let new = json!({ "email": "heir@acme.example", "roles": [{ "role_id": owner.role_id("owner").await }] });
    let heir = owner.post("/v1/members", new).await.expect(201).json();
    let heir = heir["member"]["id"].as_str().expect("it has an id");

    for (actor, member) in [
        (&admin.actor, owner_id.as_str()),
        // Somebody who has not come in yet will hold it all as soon as they do.
        (&admin.actor, heir),
        (&manager.actor, heir),
        (&manager.actor, &admin.member_id),
    ] {
        let answer = actor.post(&format!("/v1/members/{member}/invitations"), json!({})).await;
        refused(answer, 403, "member_above");
    }
}

#[tokio::test]
async fn nobody_changes_or_removes_somebody_above() {
    let company = Company::start().await;
    let Company { owner, owner_id, admin, manager, .. } = &company;

    for (actor, member) in [(&admin.actor, owner_id), (&manager.actor, &admin.member_id)] {
        let path = format!("/v1/members/{member}");
        let before = owner.get(&path).await.expect(200).json();

        let disabled = json!({ "status": "disabled" });
        refused(actor.put(&format!("{path}/status"), disabled, Some("*")).await, 403, "member_above");
        refused(actor.delete(&path, Some("*")).await, 403, "member_above");
        refused(actor.patch(&path, json!({ "name": "Fool" }), "*").await, 403, "member_above");
        for held in list(owner, &format!("{path}/roles")).await {
            let id = held["id"].as_str().expect("it has an id");
            let answer = actor.delete(&format!("{path}/roles/{id}"), None).await;
            refused(answer, 403, "escalation");
        }
        assert_eq!(owner.get(&path).await.expect(200).json(), before);
    }
}

#[tokio::test]
async fn nobody_takes_a_lesser_role_from_somebody_above() {
    let company = Company::start().await;
    let Company { owner, admin, manager, .. } = &company;
    let lesser = make(owner, "Lesser", &["contact:read"]).await;
    let given = give(owner, &admin.member_id, &lesser, None).await;
    let path = format!("/v1/members/{}/roles/{given}", admin.member_id);

    refused(manager.actor.delete(&path, None).await, 403, "member_above");

    admin.actor.delete(&path, None).await.expect(204);
}

#[tokio::test]
async fn nobody_enables_somebody_above() {
    let company = Company::start().await;
    let Company { owner, admin, manager, .. } = &company;
    let path = format!("/v1/members/{}/status", admin.member_id);
    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);

    let answer = manager.actor.put(&path, json!({ "status": "active" }), Some("*")).await;

    refused(answer, 403, "member_above");
}

#[tokio::test]
async fn nobody_ends_the_sessions_of_somebody_above() {
    let company = Company::start().await;
    let Company { owner, owner_id, admin, manager, .. } = &company;

    let of_owner = format!("/v1/members/{owner_id}/sessions");
    refused(admin.actor.delete(&of_owner, None).await, 403, "member_above");
    let of_admin = format!("/v1/members/{}/sessions", admin.member_id);
    refused(manager.actor.delete(&of_admin, None).await, 403, "member_above");

    admin.actor.get("/v1/me").await.expect(200);
    owner.delete(&of_admin, None).await.expect(204);
    admin.actor.get("/v1/me").await.expect(401);
}

#[tokio::test]
async fn nobody_makes_a_key_above_themselves() {
    let Company { server: _server, owner, admin, manager, .. } = Company::start().await;
    let mint = async |actor: &Actor, permissions: &[&str]| {
        actor.post("/v1/api-keys", json!({ "name": "key", "permissions": permissions })).await
    };

    refused(mint(&admin.actor, &["tenant:own"]).await, 403, "escalation");
    refused(mint(&manager.actor, &["contact:read", "contact:write"]).await, 403, "escalation");
    let key =
        mint(&manager.actor, &["api_key:write", "me:read", "role:write"]).await.expect(201).text("secret");
    let key = manager.actor.with_key(key);

    // A key is less than its member, and what it makes is no more than itself.
    assert_eq!(permissions(&key).await, json!(["role:write", "api_key:write", "me:read"]));
    refused(mint(&key, &["contact:read"]).await, 403, "escalation");
    let new = json!({ "name": "From a key", "permissions": ["contact:read"] });
    refused(key.post("/v1/roles", new).await, 403, "escalation");
    mint(&key, &["me:read"]).await.expect(201);
    assert_eq!(list(&owner, "/v1/roles").await.iter().filter(|role| role["built_in"].is_null()).count(), 1);
}

#[tokio::test]
async fn a_key_never_does_more_than_its_member() {
    let company = Company::start().await;
    let Company { owner, manager, .. } = &company;
    let held = list(owner, &format!("/v1/members/{}/roles", manager.member_id)).await;
    let new = json!({ "name": "key", "permissions": ["contact:read", "me:read"] });
    let key = manager.actor.post("/v1/api-keys", new).await.expect(201).text("secret");
    let key = manager.actor.with_key(key);
    key.get("/v1/contacts").await.expect(200);

    let held = held[0]["id"].as_str().expect("it has an id");
    owner.delete(&format!("/v1/members/{}/roles/{held}", manager.member_id), None).await.expect(204);
    give(owner, &manager.member_id, &owner.role_id("candidate").await, None).await;

    refused(key.get("/v1/contacts").await, 403, "forbidden");
    assert_eq!(permissions(&key).await, json!(["me:read"]));
}

#[tokio::test]
async fn nobody_rotates_a_key_above_themselves() {
    let company = Company::start().await;
    let Company { owner, owner_id, admin, manager, .. } = &company;
    let keys = list(owner, "/v1/api-keys").await;
    let of_owner = keys.iter().find(|key| key["member_id"] == json!(owner_id)).expect("the first key");
    let of_owner = of_owner["id"].as_str().expect("it has an id");
    let new = json!({ "name": "admin's", "permissions": ["contact:write"] });
    let of_admin = admin.actor.post("/v1/api-keys", new).await.expect(201).text("id");

    let rotate = async |actor: &Actor, key: &str| {
        actor.post(&format!("/v1/api-keys/{key}/rotations"), json!({})).await
    };
    refused(rotate(&admin.actor, of_owner).await, 403, "member_above");
    refused(rotate(&manager.actor, of_owner).await, 403, "member_above");
    refused(rotate(&manager.actor, &of_admin).await, 403, "member_above");

    // The member may be above as long as the key is not.
    let new = json!({ "name": "admin's", "permissions": ["contact:read"] });
    let lesser = admin.actor.post("/v1/api-keys", new).await.expect(201).text("id");
    let rotated = rotate(&manager.actor, &lesser).await.expect(201);
    assert_eq!(rotated.text("member_id"), admin.member_id);
    refused(manager.actor.with_key(rotated.text("secret")).get("/v1/me").await, 403, "forbidden");
}

#[tokio::test]
async fn nobody_rotates_the_key_of_somebody_above_who_is_away_for_now() {
    let company = Company::start().await;
    let Company { server, owner, admin, manager, .. } = &company;
    let second = server.member(owner, "second@acme.example", &[("owner", None)]).await;
    let keys = [(&second, "tenant:own", &admin.actor), (admin, "contact:write", &manager.actor)];

    for (member, permission, thief) in keys {
        let new = json!({ "name": "key", "permissions": [permission] });
        let key = member.actor.post("/v1/api-keys", new).await.expect(201).text("id");
        let status = format!("/v1/members/{}/status", member.member_id);
        owner.put(&status, json!({ "status": "disabled" }), Some("*")).await.expect(200);

        // Nothing it allows today, all of it once its member is back.
        let answer = thief.post(&format!("/v1/api-keys/{key}/rotations"), json!({})).await;

        refused(answer, 403, "member_above");
    }
}

#[tokio::test]
async fn acting_for_somebody_above_adds_nothing() {
    let company = Company::start().await;
    let Company { server, owner, owner_id, manager, .. } = &company;
    let program = server.member(owner, "program@acme.example", &[("integration", None)]).await;
    let words = owner.get("/v1/me").await.expect(200).json();
    let every: Vec<_> = words["permissions"].as_array().into_iter().flatten().cloned().collect();
    // Made by the owner for the program's member: all the program has, whatever it is.
    let builder = make(owner, "Builder", &["api_key:write", "role:write", "member:write"]).await;
    let given = give(owner, &program.member_id, &builder, None).await;
    let held = permissions(&program.actor).await;
    let new = json!({ "name": "program", "permissions": held });
    let key =
        program.actor.with_key(program.actor.post("/v1/api-keys", new).await.expect(201).text("secret"));
    assert_eq!(permissions(&key).await, held);
    assert!(every.len() > held.as_array().map_or(0, Vec::len));

    let as_owner = key.with_header("on-behalf-of", owner_id);
    let me = as_owner.get("/v1/me").await.expect(200).json();
    let lent: Vec<_> = held.as_array().into_iter().flatten().filter(|word| *word != "me:write").collect();
    assert_eq!((&me["member"]["id"], &me["permissions"]), (&json!(owner_id), &json!(lent)));
    // What is one's own stays one's own, whoever acts in one's name.
    refused(as_owner.patch("/v1/me", json!({ "name": "Somebody else" }), "*").await, 403, "forbidden");
    let session = "session_01k7z1v5jafz8rk3m2w9y6t4qd";
    refused(as_owner.delete(&format!("/v1/me/sessions/{session}"), None).await, 403, "forbidden");
    let new = json!({ "name": "Loot", "permissions": ["audit_log:read"] });
    refused(as_owner.post("/v1/roles", new).await, 403, "escalation");
    let owner_role = owner.role_id("owner").await;
    refused(try_to_give(&as_owner, &program.member_id, &owner_role, None).await, 403, "escalation");
    let again = as_owner.post(&format!("/v1/members/{owner_id}/invitations"), json!({})).await;
    refused(again, 403, "member_above");

    // Somebody beside: only what both hold.
    let as_manager = key.with_header("on-behalf-of", &manager.member_id);
    let both: Vec<_> = MANAGING.iter().filter(|word| lent.contains(&&json!(word))).collect();
    let mut got: Vec<_> = permissions(&as_manager).await.as_array().cloned().unwrap_or_default();
    let mut both: Vec<_> = both.into_iter().map(|word| json!(word)).collect();
    got.sort_by_key(Value::to_string);
    both.sort_by_key(Value::to_string);
    assert_eq!(got, both);

    // What was decided a moment ago counts no longer.
    owner.delete(&format!("/v1/members/{}/roles/{given}", program.member_id), None).await.expect(204);
    let new = json!({ "name": "Late", "permissions": [] });
    refused(as_owner.post("/v1/roles", new).await, 403, "forbidden");
}

#[tokio::test]
async fn only_a_key_that_may_acts_for_somebody() {
    let company = Company::start().await;
    let Company { server, owner, owner_id, admin, .. } = &company;
    let founded = server.found("other").await;
    let stranger = server.actor(&founded.key).get("/v1/me").await.expect(200).json();
    let stranger = stranger["member"]["id"].as_str().expect("it has an id").to_owned();
    let new = json!({ "name": "key", "permissions": ["me:read"] });
    let weak = admin.actor.post("/v1/api-keys", new).await.expect(201).text("secret");
    let gone = company.newcomer().await.member_id;
    let status = json!({ "status": "disabled" });
    owner.put(&format!("/v1/members/{gone}/status"), status, Some("*")).await.expect(200);

    let acting = |actor: &Actor, id: &str| actor.with_header("on-behalf-of", id);
    let weak = acting(&owner.with_key(weak), owner_id);
    refused(weak.get("/v1/me").await, 403, "forbidden");
    // A person is nobody but themselves.
    refused(acting(&admin.actor, owner_id).get("/v1/me").await, 403, "cannot_act_for");
    for nobody in [stranger.as_str(), gone.as_str(), "member_", "owner"] {
        refused(acting(owner, nobody).get("/v1/me").await, 403, "cannot_act_for");
    }
}

#[tokio::test]
async fn a_role_for_a_department_gives_nothing_beyond_the_department() {
    let company = Company::start().await;
    let Company { server, owner, .. } = &company;
    let new = company.newcomer().await;
    let engineering = departments::make(owner, "Engineering", None).await;
    let backend = departments::make(owner, "Backend", Some(&engineering)).await;
    let sales = departments::make(owner, "Sales", None).await;
    let head = server.member(owner, "head@acme.example", &[("admin", Some(&engineering))]).await;
    let (viewer, owner_role) = (owner.role_id("viewer").await, owner.role_id("owner").await);

    for member in [&new.member_id, &head.member_id] {
        refused(try_to_give(&head.actor, member, &viewer, None).await, 403, "forbidden");
        try_to_give(&head.actor, member, &viewer, Some(&sales)).await.expect(404);
        let above = try_to_give(&head.actor, member, &owner_role, Some(&backend)).await;
        refused(above, 403, "escalation");
    }
    let given = give(&head.actor, &new.member_id, &viewer, Some(&backend)).await;
    new.actor.get(&format!("/v1/departments/{backend}")).await.expect(200);
    new.actor.get(&format!("/v1/departments/{engineering}")).await.expect(404);

    // Nor is anything taken elsewhere.
    let elsewhere = give(owner, &new.member_id, &viewer, Some(&sales)).await;
    let path = format!("/v1/members/{}/roles", new.member_id);
    head.actor.delete(&format!("{path}/{elsewhere}"), None).await.expect(404);
    refused(head.actor.delete(&format!("{path}/{given}"), None).await, 403, "member_above");
    owner.delete(&format!("{path}/{elsewhere}"), None).await.expect(204);
    head.actor.delete(&format!("{path}/{given}"), None).await.expect(204);

    // Roles, keys and invitations are the whole tenant's.
    let role = json!({ "name": "Mine", "permissions": ["contact:read"] });
    refused(head.actor.post("/v1/roles", role).await, 403, "forbidden");
    let key = json!({ "name": "mine", "permissions": ["contact:read"] });
    refused(head.actor.post("/v1/api-keys", key).await, 403, "forbidden");
    refused(head.actor.post("/v1/members", json!({ "email": "x@acme.example" })).await, 403, "forbidden");
}

#[tokio::test]
async fn moving_departments_brings_nobody_more() {
    let company = Company::start().await;
    let Company { owner, manager, .. } = &company;
    let mine = departments::make(owner, "Mine", None).await;
    let theirs = departments::make(owner, "Theirs", None).await;
    let rich = make(owner, "Rich", &["contact:write"]).await;
    give(owner, &manager.member_id, &rich, Some(&mine)).await;
    let contact = json!({ "name": "Grace", "department_id": theirs });
    let contact = owner.post("/v1/contacts", contact).await.expect(201).text("id");

    let below = json!({ "parent_id": mine });
    let moved = manager.actor.patch(&format!("/v1/departments/{theirs}"), below, "*").await;
    refused(moved, 403, "escalation");

    let path = format!("/v1/contacts/{contact}");
    manager.actor.get(&path).await.expect(200);
    manager.actor.patch(&path, json!({ "name": "Taken" }), "*").await.expect(404);
}

#[tokio::test]
async fn a_restricted_key_hands_on_nothing_its_owner_alone_holds() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let held = [
        Permission::RoleWrite,
        Permission::MemberWrite,
        Permission::ApiKeyWrite,
        Permission::DepartmentWrite,
    ];
    let key = server.restricted(&founded, Permissions::of(&held)).await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let viewer = owner.role_id("viewer").await;
    let mine = departments::make(&owner, "Mine", None).await;
    let theirs = departments::make(&owner, "Theirs", None).await;
    give(&owner, &ada.member_id, &viewer, Some(&mine)).await;

    refused(try_to_give(&key, &ada.member_id, &viewer, None).await, 403, "escalation");
    let new = json!({ "name": "More", "permissions": ["contact:read"] });
    refused(key.post("/v1/roles", new).await, 403, "escalation");
    let new = json!({ "name": "more", "permissions": ["contact:read"] });
    refused(key.post("/v1/api-keys", new).await, 403, "escalation");
    let new = json!({ "email": "bob@acme.example", "roles": [{ "role_id": viewer }] });
    refused(key.post("/v1/members", new).await, 403, "escalation");
    let below = json!({ "parent_id": mine });
    refused(key.patch(&format!("/v1/departments/{theirs}"), below, "*").await, 403, "escalation");
}
