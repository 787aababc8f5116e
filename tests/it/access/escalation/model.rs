//! What everybody in a tenant should hold: roles, who has them where, and keys, told by a few lines of sets.

use std::collections::{BTreeMap, BTreeSet};

use mortise_tests::actor::Actor;
use proptest::sample::Index;
use serde_json::Value;

pub(super) type Words = BTreeSet<String>;

/// What somebody holds: everywhere, and at every department, there with what holds everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    pub(super) everywhere: Words,
    pub(super) departments: BTreeMap<String, Words>,
}

impl Held {
    pub(super) fn at(&self, department: Option<&str>) -> &Words {
        department.and_then(|id| self.departments.get(id)).unwrap_or(&self.everywhere)
    }

    pub(super) fn anywhere(&self) -> Words {
        self.departments.values().fold(self.everywhere.clone(), |all, words| &all | words)
    }

    pub(super) fn and(&self, other: &Held) -> Held {
        let departments = self.departments.iter().map(|(id, words)| (id.clone(), words & other.at(Some(id))));
        Held { everywhere: &self.everywhere & &other.everywhere, departments: departments.collect() }
    }

    pub(super) fn narrowed(&self, to: &Words) -> Held {
        let departments = self.departments.iter().map(|(id, words)| (id.clone(), words & to));
        Held { everywhere: &self.everywhere & to, departments: departments.collect() }
    }

    pub(super) fn includes(&self, other: &Held) -> bool {
        let everywhere = other.everywhere.is_subset(&self.everywhere);
        everywhere && other.departments.iter().all(|(id, words)| words.is_subset(self.at(Some(id))))
    }
}

pub(super) struct Person {
    pub(super) id: String,
    pub(super) actor: Actor,
    pub(super) is_active: bool,
}

pub(super) struct Key {
    pub(super) id: String,
    pub(super) actor: Actor,
    pub(super) member: String,
    pub(super) permissions: Words,
}

pub(super) struct Assignment {
    pub(super) member: String,
    pub(super) role: String,
    pub(super) department: Option<String>,
}

/// The tenant as it should be.
pub(super) struct Model {
    pub(super) people: Vec<Person>,
    pub(super) keys: Vec<Key>,
    pub(super) roles: BTreeMap<String, Words>,
    pub(super) built_in: BTreeSet<String>,
    pub(super) owner_role: String,
    pub(super) assignments: BTreeMap<String, Assignment>,
    /// Each with the one above it.
    pub(super) departments: BTreeMap<String, Option<String>>,
    /// Whom an owner has made owner, somewhere.
    pub(super) owners: BTreeSet<String>,
    pub(super) calls: usize,
}

/// Who calls, and with what power.
pub(super) struct Caller {
    pub(super) actor: Actor,
    pub(super) member: String,
    pub(super) held: Held,
    /// Without acting for anybody: what whoever has the credential can do anyway.
    pub(super) held_alone: Held,
}

impl Model {
    pub(super) fn person(&self, id: &str) -> &Person {
        self.people.iter().find(|person| person.id == id).expect("members are never forgotten")
    }

    /// The department and those above it.
    pub(super) fn above<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(id), |id| self.departments.get(*id)?.as_deref())
    }

    /// What a member holds, or would if they were active.
    pub(super) fn given_to(&self, member: &str) -> Held {
        let of = |assignment: &&Assignment| assignment.member == member;
        let words = |assignment: &Assignment| self.roles[&assignment.role].clone();
        let mine: Vec<_> = self.assignments.values().filter(of).collect();
        let everywhere =
            mine.iter().filter(|a| a.department.is_none()).fold(Words::new(), |all, a| &all | &words(a));
        let at = |id: &String| {
            let above: BTreeSet<_> = self.above(id).collect();
            let there = mine.iter().filter(|a| a.department.as_deref().is_some_and(|d| above.contains(d)));
            (id.clone(), there.fold(everywhere.clone(), |all, a| &all | &words(a)))
        };
        let departments = self.departments.keys().map(at).collect();
        Held { everywhere, departments }
    }

    pub(super) fn held_by(&self, member: &str) -> Held {
        if self.person(member).is_active { self.given_to(member) } else { Held::default() }
    }

    pub(super) fn held_by_key(&self, key: &Key) -> Held {
        self.held_by(&key.member).narrowed(&key.permissions)
    }

    /// Everybody: members and keys, by id.
    pub(super) fn everybody(&self) -> BTreeMap<String, Held> {
        let people = self.people.iter().map(|person| (person.id.clone(), self.held_by(&person.id)));
        people.chain(self.keys.iter().map(|key| (key.id.clone(), self.held_by_key(key)))).collect()
    }

    pub(super) fn caller(&self, by: &Index, acting_for: Option<&Index>) -> Caller {
        let index = by.index(self.people.len() + self.keys.len());
        let Some(person) = self.people.get(index) else {
            let key = &self.keys[index - self.people.len()];
            let held_alone = self.held_by_key(key);
            let (mut actor, mut held) = (key.actor.clone(), held_alone.clone());
            if let Some(other) = acting_for {
                let other = other.get(&self.people);
                actor = actor.with_header("on-behalf-of", &other.id);
                held = held.and(&self.held_by(&other.id));
            }
            return Caller { actor, member: key.member.clone(), held, held_alone };
        };
        let held = self.held_by(&person.id);
        Caller { actor: person.actor.clone(), member: person.id.clone(), held_alone: held.clone(), held }
    }

    pub(super) fn role(&self, index: &Index) -> String {
        pick(self.roles.keys(), index)
    }

    /// A department, or the whole tenant.
    pub(super) fn place(&self, index: &Index) -> Option<String> {
        let places: Vec<_> = std::iter::once(None).chain(self.departments.keys().map(Some)).collect();
        index.get(&places).cloned()
    }
}

pub(super) fn pick<'a>(ids: impl Iterator<Item = &'a String>, index: &Index) -> String {
    let ids: Vec<_> = ids.collect();
    (*index.get(&ids)).clone()
}

pub(super) fn words(value: &Value) -> Words {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
