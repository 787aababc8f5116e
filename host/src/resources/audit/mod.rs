//! The audit log: who did what, on whose behalf, written in the transaction of the change itself. Append-only; personal
//! data is masked before it gets here. Sealed in batches afterwards, so that tampering shows.

pub mod routes;
pub mod seal;
pub(crate) mod store;
pub mod tasks;

use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AuditEntryId, MemberId, TenantId};

/// A noun whose changes are audited.
pub trait Audited {
    /// Fields whose values are a person's data: that they changed is recorded, not to what.
    const PERSONAL: &'static [&'static str] = &[];

    /// The fields that matter, flat; never a secret.
    fn audited(&self) -> Value;
}

/// What a change did to its object. Only fields that differ are kept.
#[derive(Clone, Debug, Default)]
pub struct Change {
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// Something happened that changed no field.
    pub fn none() -> Self {
        Self::default()
    }

    pub fn made<T: Audited>(after: &T) -> Self {
        Self { before: None, after: Some(masked::<T>(after.audited())) }
    }

    pub fn gone<T: Audited>(before: &T) -> Self {
        Self { before: Some(masked::<T>(before.audited())), after: None }
    }

    pub fn between<T: Audited>(before: &T, after: &T) -> Self {
        let (mut was, mut is) = (before.audited(), after.audited());
        if let (Value::Object(was), Value::Object(is)) = (&mut was, &mut is) {
            let same: Vec<String> = is
                .iter()
                .filter(|(key, value)| was.get(*key) == Some(value))
                .map(|(key, _)| key.clone())
                .collect();
            for key in same {
                was.remove(&key);
                is.remove(&key);
            }
        }
        Self { before: Some(masked::<T>(was)), after: Some(masked::<T>(is)) }
    }

    /// Something beside fields of an object; `what` is free of personal data and secrets.
    pub fn noted(what: Value) -> Self {
        Self { before: None, after: Some(what) }
    }
}

const MASK: &str = "***";

fn masked<T: Audited>(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let mask = |(key, value): (String, Value)| {
        let hide = T::PERSONAL.contains(&key.as_str()) && !value.is_null();
        (key, if hide { json!(MASK) } else { value })
    };
    Value::Object(fields.into_iter().map(mask).collect::<Map<_, _>>())
}

/// One entry as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    pub tenant_id: TenantId,
    pub id: AuditEntryId,
    /// `member.invited`: a stable word.
    pub action: String,
    /// On what, as its id on the wire.
    pub object_id: String,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    /// The member behind a key or session.
    pub member_id: Option<MemberId>,
    pub on_behalf_of: Option<MemberId>,
    pub before: Option<sqlx::types::Json<Value>>,
    pub after: Option<sqlx::types::Json<Value>>,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub occurred_at: Time,
}

/// Records what the transaction's caller does, inside that transaction: written when it commits.
pub fn record(tx: &mut Tx, clock: &Clock, action: &'static str, object: impl ToString, change: Change) {
    let entry = entry(tx.caller(), clock, action, object.to_string(), change);
    store::add(tx, entry);
}

/// The same of many objects at once, in one statement.
///
/// # Errors
/// The database's.
pub async fn record_all(
    tx: &mut Tx,
    clock: &Clock,
    action: &'static str,
    changes: impl IntoIterator<Item = (String, Change)>,
) -> Result<()> {
    let caller = tx.caller().clone();
    let one = |(object, change)| entry(&caller, clock, action, object, change);
    let entries: Vec<_> = changes.into_iter().map(one).collect();
    store::insert_all(tx, &entries).await
}

fn entry(caller: &Caller, clock: &Clock, action: &'static str, object: String, change: Change) -> Entry {
    Entry {
        tenant_id: caller.tenant,
        id: AuditEntryId::new(clock),
        action: action.into(),
        object_id: object,
        actor_kind: caller.actor.kind().into(),
        actor_id: caller.actor.id(),
        member_id: caller.actor.member(),
        on_behalf_of: caller.on_behalf_of,
        before: change.before.map(sqlx::types::Json),
        after: change.after.map(sqlx::types::Json),
        request_id: caller.origin.request.map(|request| request.to_string()),
        address: caller.origin.address.map(|address| address.to_string()),
        occurred_at: clock.now(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Audited, Change};

    struct Person(&'static str, i64);

    impl Audited for Person {
        const PERSONAL: &'static [&'static str] = &["email"];

        fn audited(&self) -> Value {
            json!({ "email": self.0, "level": self.1 })
        }
    }

    #[test]
    fn only_what_differs_is_kept_and_persons_are_masked() {
        let change = Change::between(&Person("a@x.example", 1), &Person("b@x.example", 1));
        assert_eq!(
            (change.before, change.after),
            (Some(json!({ "email": "***" })), Some(json!({ "email": "***" })))
        );

        let change = Change::between(&Person("a@x.example", 1), &Person("a@x.example", 2));
        assert_eq!((change.before, change.after), (Some(json!({ "level": 1 })), Some(json!({ "level": 2 }))));

        assert_eq!(
            Change::made(&Person("a@x.example", 1)).after,
            Some(json!({ "email": "***", "level": 1 }))
        );
    }
}
