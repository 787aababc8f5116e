//! Any sequence of calls by anybody: after every step everybody holds exactly what a model says, and whoever gained
//! something gained no more than the caller held there at that moment.

use std::collections::{BTreeMap, BTreeSet};

use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::Server;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::super::departments;
use super::super::roles::{give, list, make};
use super::model::{Assignment, Caller, Held, Key, Model, Person, Words, pick, words};

const CASES: u32 = 20;
const STEPS: usize = 25;

/// What random roles and keys are put together from.
const WORDS: [&str; 14] = [
    "tenant:own",
    "member:read",
    "member:write",
    "member:act_for",
    "role:read",
    "role:write",
    "api_key:read",
    "api_key:write",
    "department:read",
    "department:write",
    "contact:read",
    "contact:write",
    "me:read",
    "audit_log:read",
];

#[derive(Clone, Debug)]
struct Step {
    /// Of all members and keys.
    by: Index,
    /// A key may say for whom.
    acting_for: Option<Index>,
    call: Call,
}

#[derive(Clone, Debug)]
enum Call {
    MakeRole(Wish),
    EditRole(Index, Wish),
    DeleteRole(Index),
    Give { member: Index, role: Index, place: Index },
    Take(Index),
    Invite { role: Index, place: Index },
    InviteAgain(Index),
    SetStatus(Index, bool),
    MakeKey(Wish),
    RotateKey(Index),
    MakeDepartment(Index),
    MoveDepartment(Index, Index),
}

/// Permissions somebody asks for: of those they hold, or, being bold, of all.
#[derive(Clone, Debug)]
struct Wish {
    bits: u16,
    is_bold: bool,
}

impl Wish {
    fn words(&self, held: &Words) -> Vec<&'static str> {
        let wished = WORDS.iter().enumerate().filter(|(index, _)| self.bits & (1 << index) != 0);
        let words = wished.map(|(_, word)| *word);
        words.filter(|word| self.is_bold || held.contains(*word)).collect()
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    (any::<u16>(), proptest::bool::weighted(0.2)).prop_map(|(bits, is_bold)| Wish { bits, is_bold })
}

fn call() -> impl Strategy<Value = Call> {
    let index = any::<Index>;
    prop_oneof![
        2 => wish().prop_map(Call::MakeRole),
        3 => (index(), wish()).prop_map(|(role, wish)| Call::EditRole(role, wish)),
        1 => index().prop_map(Call::DeleteRole),
        5 => (index(), index(), index())
            .prop_map(|(member, role, place)| Call::Give { member, role, place }),
        2 => index().prop_map(Call::Take),
        1 => (index(), index()).prop_map(|(role, place)| Call::Invite { role, place }),
        1 => index().prop_map(Call::InviteAgain),
        2 => (index(), any::<bool>()).prop_map(|(member, active)| Call::SetStatus(member, active)),
        2 => wish().prop_map(Call::MakeKey),
        2 => index().prop_map(Call::RotateKey),
        1 => index().prop_map(Call::MakeDepartment),
        4 => (index(), index()).prop_map(|(department, parent)| Call::MoveDepartment(department, parent)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (any::<Index>(), weighted(0.2, any::<Index>()), call());
    vec(step.prop_map(|(by, acting_for, call)| Step { by, acting_for, call }), STEPS)
}

/// How often calls were answered, by what.
#[derive(Debug, Default)]
struct Answers(BTreeMap<u16, usize>);

impl Model {
    async fn found(server: &Server) -> Self {
        let owner = server.tenant("acme").await;
        let me = owner.get("/v1/me").await.expect(200).json();
        let id = me["member"]["id"].as_str().expect("it has an id").to_owned();
        let engineering = departments::make(&owner, "Engineering", None).await;
        departments::make(&owner, "Backend", Some(&engineering)).await;
        let sales = departments::make(&owner, "Sales", None).await;
        let manager = make(&owner, "Manager", &WORDS[1..10]).await;
        let shaper = make(&owner, "Shaper", &["department:read", "department:write", "me:read"]).await;
        let contacts = make(&owner, "Contacts", &["contact:read", "contact:write", "me:read"]).await;
        let [none, admin] = [Vec::new(), vec![("admin", None)]];
        let mut people = vec![Person { id, actor: owner.clone(), is_active: true }];
        for (email, roles) in [
            ("admin@acme.example", admin),
            ("manager@acme.example", none.clone()),
            ("head@acme.example", vec![("candidate", None), ("admin", Some(&*engineering))]),
            ("shaper@acme.example", none),
        ] {
            let member = server.member(&owner, email, &roles).await;
            people.push(Person { id: member.member_id, actor: member.actor, is_active: true });
        }
        give(&owner, &people[2].id, &manager, None).await;
        give(&owner, &people[4].id, &shaper, None).await;
        give(&owner, &people[4].id, &contacts, Some(&sales)).await;
        let mut model = Self::read(&owner, people).await;
        for maker in [1, 2] {
            let person = &model.people[maker];
            let held = model.held_by(&person.id).everywhere;
            let actor = person.actor.clone();
            let new = json!({ "name": "key", "permissions": held });
            let made = actor.post("/v1/api-keys", new).await.expect(201);
            model.keep_key(&actor, &made);
        }
        model
    }

    /// What is there, from what the owner sees.
    async fn read(owner: &Actor, people: Vec<Person>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = |value: &Value| text(&value["id"]).expect("it has an id");
        let roles = list(owner, "/v1/roles").await;
        let built_in = roles.iter().filter(|role| !role["built_in"].is_null()).map(id).collect();
        let roles = roles.iter().map(|role| (id(role), words(&role["permissions"]))).collect();
        let departments = list(owner, "/v1/departments").await;
        let departments = departments.iter().map(|d| (id(d), text(&d["parent_id"]))).collect();
        let mut assignments = BTreeMap::new();
        for person in &people {
            for held in list(owner, &format!("/v1/members/{}/roles", person.id)).await {
                let role = text(&held["role_id"]).expect("it has a role");
                let department = text(&held["department_id"]);
                assignments.insert(id(&held), Assignment { member: person.id.clone(), role, department });
            }
        }
        let owners = BTreeSet::from([people[0].id.clone()]);
        let owner_role = owner.role_id("owner").await;
        let keys = Vec::new();
        Self { people, keys, roles, built_in, owner_role, assignments, departments, owners, calls: 0 }
    }

    fn keep_key(&mut self, actor: &Actor, made: &Answer) {
        self.keys.push(Key {
            id: made.text("id"),
            actor: actor.with_key(made.text("secret")),
            member: made.text("member_id"),
            permissions: words(&made.json()["permissions"]),
        });
    }

    /// One call, and what it must not have done.
    async fn step(&mut self, server: &Server, step: &Step, answers: &mut Answers) {
        self.calls += 1;
        let caller = self.caller(&step.by, step.acting_for.as_ref());
        let before = self.everybody();
        let departments = self.departments.clone();
        let answer = self.call(server, &caller, &step.call).await;
        *answers.0.entry(answer.status).or_default() += 1;
        assert!(answer.status < 500, "{step:?}: {answer:?}");
        for (id, after) in self.everybody() {
            let before = before.get(&id).cloned().unwrap_or_default();
            self.gained_no_more(&caller, &before, &after, &departments);
        }
        self.compare().await;
        if step.acting_for.is_some() {
            let answer = caller.actor.get("/v1/me").await;
            if answer.status == 200 {
                let told = told(&answer);
                let bound = caller.held_alone.anywhere();
                assert!(told.0.is_subset(&caller.held_alone.everywhere), "{told:?}");
                assert!(told.1.values().all(|words| words.is_subset(&bound)), "{told:?}");
            }
        }
    }

    /// Who gained something, gained it from somebody who held it there. A new department is part of the one above it.
    fn gained_no_more(
        &self,
        caller: &Caller,
        before: &Held,
        after: &Held,
        departments: &BTreeMap<String, Option<String>>,
    ) {
        let places = std::iter::once(None).chain(after.departments.keys().map(Some));
        for place in places.map(|place| place.map(String::as_str)) {
            let known = match place {
                Some(id) if !departments.contains_key(id) => self.departments[id].as_deref(),
                place => place,
            };
            let gained = after.at(place) - before.at(known);
            // Whoever makes a key for themselves while acting for somebody could make it without.
            let power = caller.held_alone.at(known);
            assert!(gained.is_subset(power), "{place:?}: gained {gained:?} from somebody with {power:?}");
        }
    }

    /// Everybody's own view of what they may do is the model's.
    async fn compare(&self) {
        let people = self.people.iter().map(|person| (&person.actor, &person.id, self.held_by(&person.id)));
        let keys = self.keys.iter().map(|key| (&key.actor, &key.member, self.held_by_key(key)));
        for (actor, member, held) in people.chain(keys) {
            let answer = actor.get("/v1/me").await;
            if !self.person(member).is_active {
                answer.expect(401);
                continue;
            }
            if !held.anywhere().contains("me:read") {
                answer.expect(403);
                continue;
            }
            let (everywhere, beyond) = told(&answer.expect(200));
            assert_eq!(everywhere, held.everywhere);
            let expected = held.departments.iter().map(|(id, words)| (id.clone(), words - &held.everywhere));
            assert_eq!(beyond, expected.filter(|(_, words)| !words.is_empty()).collect());
            let owns = held.anywhere().contains("tenant:own");
            assert!(!owns || self.owners.contains(member), "{member} became owner by nobody's doing");
        }
    }

    async fn call(&mut self, server: &Server, caller: &Caller, call: &Call) -> Answer {
        let actor = &caller.actor;
        match call {
            Call::MakeRole(wish) => {
                let words = wish.words(&caller.held.anywhere());
                let new = json!({ "name": format!("Role {}", self.calls), "permissions": words });
                let answer = actor.post("/v1/roles", new).await;
                self.note_role(&answer);
                answer
            }
            Call::EditRole(role, wish) => {
                let path = format!("/v1/roles/{}", self.own_role(role));
                let words = wish.words(&caller.held.anywhere());
                let answer = actor.patch(&path, json!({ "permissions": words }), "*").await;
                self.note_role(&answer);
                answer
            }
            Call::DeleteRole(role) => {
                let id = self.own_role(role);
                let answer = actor.delete(&format!("/v1/roles/{id}"), Some("*")).await;
                if answer.status == 204 {
                    self.roles.remove(&id);
                }
                answer
            }
            Call::Give { member, role, place } => {
                let member = member.get(&self.people).id.clone();
                let (role, department) = (self.role(role), self.place(place));
                let wanted = json!({ "role_id": role, "department_id": department });
                let answer = actor.post(&format!("/v1/members/{member}/roles"), wanted).await;
                if answer.status == 201 {
                    self.note_given(caller, answer.text("id"), Assignment { member, role, department });
                }
                answer
            }
            Call::Take(assignment) => {
                // The first owner stays: somebody has to look at the rest.
                let first = |a: &Assignment| a.role == self.owner_role && a.member == self.people[0].id;
                let others = self.assignments.iter().filter(|(_, a)| !first(a));
                let id = pick(others.map(|(id, _)| id), assignment);
                let path = format!("/v1/members/{}/roles/{id}", self.assignments[&id].member);
                let answer = actor.delete(&path, None).await;
                if answer.status == 204 {
                    self.assignments.remove(&id);
                }
                answer
            }
            Call::Invite { role, place } => self.invite(server, caller, role, place).await,
            Call::InviteAgain(member) => self.invite_again(server, caller, member).await,
            Call::SetStatus(member, is_active) => self.set_status(caller, member, *is_active).await,
            Call::MakeKey(wish) => {
                let words = wish.words(&caller.held.anywhere());
                let new = json!({ "name": "key", "permissions": words });
                let answer = actor.post("/v1/api-keys", new).await;
                if answer.status == 201 {
                    assert_eq!(answer.text("member_id"), caller.member);
                    self.keep_key(&server.nobody(), &answer);
                }
                answer
            }
            Call::RotateKey(key) => self.rotate(server, caller, key).await,
            Call::MakeDepartment(parent) => {
                let parent = self.place(parent);
                let new = json!({ "name": "Department", "parent_id": parent });
                let answer = actor.post("/v1/departments", new).await;
                if answer.status == 201 {
                    self.departments.insert(answer.text("id"), parent);
                }
                answer
            }
            Call::MoveDepartment(department, parent) => {
                let (id, parent) = (pick(self.departments.keys(), department), self.place(parent));
                let path = format!("/v1/departments/{id}");
                let answer = actor.patch(&path, json!({ "parent_id": parent }), "*").await;
                if answer.status == 200 {
                    self.departments.insert(id, parent);
                }
                answer
            }
        }
    }

    /// One that is not built in: the others are refused anyway.
    fn own_role(&self, index: &Index) -> String {
        pick(self.roles.keys().filter(|id| !self.built_in.contains(*id)), index)
    }

    fn note_role(&mut self, answer: &Answer) {
        if answer.status < 300 {
            self.roles.insert(answer.text("id"), words(&answer.json()["permissions"]));
        }
    }

    fn note_given(&mut self, caller: &Caller, id: String, assignment: Assignment) {
        let power = caller.held.at(assignment.department.as_deref());
        assert!(self.roles[&assignment.role].is_subset(power), "gave more than {power:?}");
        if assignment.role == self.owner_role {
            self.owners.insert(assignment.member.clone());
        }
        self.assignments.insert(id, assignment);
    }

    async fn invite(&mut self, server: &Server, caller: &Caller, role: &Index, place: &Index) -> Answer {
        let (role, department) = (self.role(role), self.place(place));
        let email = format!("invited{}@acme.example", self.calls);
        let roles = json!([{ "role_id": role, "department_id": department }]);
        let answer = caller.actor.post("/v1/members", json!({ "email": email, "roles": roles })).await;
        if answer.status == 201 {
            let member = server.accept(&answer.text("invitation_token"), &email).await;
            let held = list(&self.people[0].actor, &format!("/v1/members/{}/roles", member.member_id)).await;
            let id = held[0]["id"].as_str().expect("it has an id").to_owned();
            let assignment = Assignment { member: member.member_id.clone(), role, department };
            self.note_given(caller, id, assignment);
            self.people.push(Person { id: member.member_id, actor: member.actor, is_active: true });
        }
        answer
    }

    /// Whoever invites again can be that member from then on.
    async fn invite_again(&mut self, server: &Server, caller: &Caller, member: &Index) -> Answer {
        // The owner speaks with a key: another way in would tell nothing.
        let index = member.index(self.people.len());
        let id = self.people[index].id.clone();
        let answer = caller.actor.post(&format!("/v1/members/{id}/invitations"), json!({})).await;
        if answer.status == 201 {
            assert!(caller.held.includes(&self.given_to(&id)), "took over somebody above");
            let member = server.accept(&answer.text("invitation_token"), "somebody@acme.example").await;
            assert_eq!(member.member_id, id);
            if index > 0 {
                self.people[index].actor = member.actor;
            }
        }
        answer
    }

    async fn set_status(&mut self, caller: &Caller, member: &Index, is_active: bool) -> Answer {
        // The first owner stays: somebody has to look at the rest.
        let index = 1 + member.index(self.people.len() - 1);
        let id = self.people[index].id.clone();
        let status = json!({ "status": if is_active { "active" } else { "disabled" } });
        let answer = caller.actor.put(&format!("/v1/members/{id}/status"), status, Some("*")).await;
        if answer.status == 200 {
            assert!(caller.held.includes(&self.given_to(&id)), "changed somebody above");
            self.people[index].is_active = is_active;
        }
        answer
    }

    /// Whoever rotates a key has it from then on.
    async fn rotate(&mut self, server: &Server, caller: &Caller, key: &Index) -> Answer {
        let index = key.index(self.keys.len());
        let Key { id, permissions, member, .. } = &self.keys[index];
        let reach = self.given_to(member).narrowed(permissions);
        let answer = caller.actor.post(&format!("/v1/api-keys/{id}/rotations"), json!({})).await;
        if answer.status == 201 {
            assert!(caller.held.includes(&reach), "took over a key above");
            let before = self.keys.remove(index);
            before.actor.get("/v1/me").await.expect(401);
            self.keep_key(&server.nobody(), &answer);
        }
        answer
    }
}

/// What `/v1/me` says is allowed: everywhere, and beyond that in departments.
fn told(answer: &Answer) -> (Words, BTreeMap<String, Words>) {
    let me = answer.json();
    let beyond = me["department_permissions"].as_array().into_iter().flatten().map(|line| {
        let id = line["department_id"].as_str().expect("it has an id").to_owned();
        (id, words(&line["permissions"]))
    });
    (words(&me["permissions"]), beyond.collect())
}

#[test]
fn no_sequence_of_calls_brings_anybody_more_than_they_were_given() {
    // A database made anew for every case takes PostgreSQL far longer than SQLite, and decides nothing here.
    let cases = if std::env::var_os("MORTISE_TEST_DATABASE_URL").is_some() { CASES / 4 } else { CASES };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let total = std::cell::RefCell::new(Answers::default());

    let run = TestRunner::new(config).run(&steps(), |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(async {
            let server = Server::start().await;
            let mut model = Model::found(&server).await;
            let mut answers = Answers::default();
            for step in &steps {
                model.step(&server, step, &mut answers).await;
            }
            for (status, count) in answers.0 {
                *total.borrow_mut().0.entry(status).or_default() += count;
            }
            server.stop().await;
        });
        Ok(())
    });

    run.unwrap_or_else(|error| panic!("{error}"));
    // Neither a server that refuses everything nor one that refuses nothing would prove anything.
    let Answers(total) = total.into_inner();
    let count = |statuses: &[u16]| statuses.iter().filter_map(|status| total.get(status)).sum::<usize>();
    assert!(count(&[200, 201, 204]) > STEPS && count(&[403]) > STEPS, "{total:?}");
}
