//! Seals: hash-chained, signed batches of entries. Entries are written without waiting for one another; a while later a
//! seal lists them with their hashes, under a root that covers the root before it. Any entry altered, added in the middle
//! or taken away, and any seal forged, shows when the chain is computed anew.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Entry, store};
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::digest::{from_hex, hex};
use crate::error::Result;
use crate::ids::{AuditEntryId, TenantId};
use crate::keys::{Keys, Purpose};

/// A transaction that began before this has ended: entries older than it are all there.
const SETTLED: chrono::Duration = chrono::Duration::seconds(10);

/// Transactions are never this long: unsealed entries are looked for no further back than this before the newest that is sealed.
const LOOK_BACK: chrono::Duration = chrono::Duration::hours(1);

/// Entries under one seal at most.
const BATCH: i64 = 1_000;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seal {
    /// Counts from 1, without a gap.
    pub number: i64,
    /// How many entries it lists.
    pub entries: i64,
    pub root: Vec<u8>,
    /// The secret key its signature was made under, hexadecimal.
    pub key_id: String,
    pub signature: Vec<u8>,
    pub created_at: Time,
}

/// An entry as a seal lists it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sealed {
    pub entry_id: AuditEntryId,
    pub seal_number: i64,
    pub position: i64,
    pub hash: Vec<u8>,
}

/// SHA-256 over every field, as JSON with sorted keys.
pub fn hash(entry: &Entry) -> [u8; 32] {
    let fields = json!({
        "tenant_id": entry.tenant_id, "id": entry.id, "action": entry.action, "object_id": entry.object_id,
        "actor_kind": entry.actor_kind, "actor_id": entry.actor_id, "member_id": entry.member_id,
        "on_behalf_of": entry.on_behalf_of, "before": entry.before.as_ref().map(|json| sorted(&json.0)),
        "after": entry.after.as_ref().map(|json| sorted(&json.0)), "request_id": entry.request_id,
        "address": entry.address, "occurred_at": entry.occurred_at.timestamp_micros(),
    });
    Sha256::digest(sorted(&fields).to_string().as_bytes()).into()
}

/// The engines keep JSON differently; its keys are sorted here, whatever serde's map does.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The time counts, too: what the seal should have listed is told by it.
fn root(before: &[u8], tenant: TenantId, number: i64, created_at: Time, hashes: &[Vec<u8>]) -> [u8; 32] {
    let mut root = Sha256::new();
    root.update(before);
    root.update(tenant.uuid().as_bytes());
    root.update(number.to_le_bytes());
    root.update(created_at.timestamp_micros().to_le_bytes());
    root.update((hashes.len() as u64).to_le_bytes());
    hashes.iter().for_each(|hash| root.update(hash));
    root.finalize().into()
}

/// What a signature says of a root.
#[derive(Clone, Copy)]
enum Says {
    /// This is how the log stood.
    Sealed,
    /// And every seal before was checked while its secret key was still there.
    HandedOver,
}

impl Says {
    fn message(self, root: &[u8]) -> Vec<u8> {
        match self {
            Says::Sealed => root.to_vec(),
            Says::HandedOver => [&b"mortise audit handover"[..], root].concat(),
        }
    }
}

fn signer(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes")
}

/// Seals what has settled since the last seal, in one transaction; how many entries.
///
/// # Errors
/// The database's.
pub async fn seal(tx: &mut Tx, clock: &Clock, keys: &Keys) -> Result<usize> {
    let (mut sealed, mut after) = (0, None);
    while let Some(batch) = seal_batch(tx, clock, keys, after).await? {
        sealed += batch.entries;
        after = Some(batch.last);
    }
    Ok(sealed)
}

/// Entries that were just sealed.
pub(super) struct Batch {
    entries: usize,
    /// Of all that have settled, those up to here are sealed.
    pub(super) last: AuditEntryId,
}

/// Seals a batch of what has settled, after the one before if there was one; nothing when everything is sealed.
///
/// # Errors
/// The database's.
pub(super) async fn seal_batch(
    tx: &mut Tx,
    clock: &Clock,
    keys: &Keys,
    after: Option<AuditEntryId>,
) -> Result<Option<Batch>> {
    let now = clock.now();
    // One sealer at a time, or two would take the same number.
    tx.take_turn().await?;
    let last = store::find_last_seal(tx).await?;
    let after = match after {
        Some(after) => after,
        None => AuditEntryId::earliest_at(looked_for_since(tx, last.as_ref()).await?),
    };
    let entries = store::list_unsealed(tx, after, now - SETTLED, BATCH).await?;
    let Some(newest) = entries.last() else { return Ok(None) };
    append(tx, now, keys, last, &entries, Says::Sealed).await?;
    Ok(Some(Batch { entries: entries.len(), last: newest.id }))
}

/// Entries from before then are sealed, or were written afterwards.
async fn looked_for_since(tx: &mut Tx, last: Option<&Seal>) -> Result<Time> {
    let Some(last) = last else { return Ok(Time::UNIX_EPOCH) };
    // What is sealed is the measure, not when it was: a log that has grown long is sealed bit by bit.
    let newest = store::find_newest_sealed(tx).await?;
    Ok(newest.unwrap_or(last.created_at) - LOOK_BACK)
}

async fn append(
    tx: &mut Tx,
    now: Time,
    keys: &Keys,
    last: Option<Seal>,
    entries: &[Entry],
    says: Says,
) -> Result<()> {
    let number = last.as_ref().map_or(1, |last| last.number + 1);
    let before = last.map(|last| last.root).unwrap_or_default();
    let hashes: Vec<Vec<u8>> = entries.iter().map(|entry| hash(entry).to_vec()).collect();
    let root = root(&before, tx.tenant(), number, now, &hashes);
    let seal = Seal {
        number,
        entries: i64::try_from(entries.len()).unwrap_or(i64::MAX),
        signature: signer(&keys.derive(Purpose::AuditSeal)).sign(&says.message(&root)).as_ref().to_vec(),
        root: root.to_vec(),
        key_id: hex(&keys.id()),
        created_at: now,
    };
    store::insert_seal(tx, &seal).await?;
    let sealed = (0..).zip(entries).zip(hashes);
    let sealed = sealed.map(|((position, entry), hash)| Sealed {
        entry_id: entry.id,
        seal_number: number,
        position,
        hash,
    });
    store::insert_sealed(tx, &sealed.collect::<Vec<_>>()).await
}

/// Vouches under the present secret key for seals made under others, which so may be taken out of the ring: an empty
/// seal, on top of a chain that was found whole. False when the chain has grown since.
///
/// # Errors
/// The database's.
pub async fn hand_over(tx: &mut Tx, clock: &Clock, keys: &Keys, whole: &Report) -> Result<bool> {
    tx.take_turn().await?;
    let last = store::find_last_seal(tx).await?;
    if last.as_ref().map(|last| hex(&last.root)) != whole.last_root {
        return Ok(false);
    }
    append(tx, clock.now(), keys, last, &[], Says::HandedOver).await?;
    Ok(true)
}

/// What checking a tenant's log has found.
#[derive(Debug, Default)]
pub struct Report {
    pub seals: i64,
    pub sealed_entries: u64,
    /// Entries not under a seal yet.
    pub unsealed_entries: u64,
    /// The last root, hexadecimal: kept elsewhere, it shows later that nothing was cut off the end.
    pub last_root: Option<String>,
    /// Seals whose secret key is not configured any more: a rotation has to have vouched for them.
    pub unknown_keys: u64,
    /// Seals under other secret keys than the present one that no rotation to this one has vouched for yet.
    pub older: u64,
    /// What is wrong; empty when the log is whole.
    pub faults: Vec<String>,
}

/// Faults named one by one; a log with more is lost anyway.
const MOST_FAULTS: usize = 50;

impl Report {
    fn fault(&mut self, what: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(what);
        }
    }
}

/// Whose signature a seal bears.
enum Signed {
    Saying(Says),
    UnderAnUnknownKey,
    ByAnother,
}

fn signed(seal: &Seal, keys: &Keys) -> Signed {
    let seed = from_hex(&seal.key_id).and_then(|id| keys.derive_under(&id, Purpose::AuditSeal));
    let Some(seed) = seed else { return Signed::UnderAnUnknownKey };
    let public = UnparsedPublicKey::new(&ED25519, signer(&seed).public_key().as_ref().to_vec());
    let says = |says: &Says| public.verify(&says.message(&seal.root), &seal.signature).is_ok();
    [Says::Sealed, Says::HandedOver].into_iter().find(says).map_or(Signed::ByAnother, Signed::Saying)
}

/// Computes the whole chain of the transaction's tenant anew.
///
/// # Errors
/// The database's; what is wrong with the log is in the report.
pub async fn verify(tx: &mut Tx, keys: &Keys) -> Result<Report> {
    let mut report = Report::default();
    // Counted first: a seal made meanwhile is one more, never one too few.
    let expected = store::count_seals(tx).await?;
    let mut before: Vec<u8> = Vec::new();
    let mut unvouched = 0_u64;
    while let Some(seal) = store::find_seal(tx, report.seals + 1).await? {
        report.seals += 1;
        let number = seal.number;
        let listed = store::list_sealed(tx, number).await?;
        if i64::try_from(listed.len()).ok() != Some(seal.entries) {
            report.fault(format!(
                "seal {number} was made of {} entries and lists {}",
                seal.entries,
                listed.len()
            ));
        }
        for sealed in &listed {
            report.sealed_entries += 1;
            match store::find(tx, sealed.entry_id).await? {
                None => report.fault(format!("entry {} of seal {number} is gone", sealed.entry_id)),
                Some(entry) if hash(&entry)[..] != sealed.hash[..] => {
                    report.fault(format!("entry {} was altered after it was sealed", sealed.entry_id));
                }
                Some(_) => {}
            }
        }
        let hashes: Vec<Vec<u8>> = listed.into_iter().map(|sealed| sealed.hash).collect();
        if root(&before, tx.tenant(), number, seal.created_at, &hashes)[..] != seal.root[..] {
            report.fault(format!(
                "the root of seal {number} does not cover its entries and the seal before it"
            ));
        }
        let is_present = seal.key_id == hex(&keys.id());
        match signed(&seal, keys) {
            Signed::UnderAnUnknownKey => {
                report.unknown_keys += 1;
                report.older += 1;
                unvouched += 1;
            }
            Signed::Saying(Says::HandedOver) => {
                unvouched = 0;
                report.older = if is_present { 0 } else { report.older + 1 };
            }
            Signed::Saying(Says::Sealed) => report.older += u64::from(!is_present),
            Signed::ByAnother => {
                report.fault(format!("the signature of seal {number} is not this server's"));
            }
        }
        before.clone_from(&seal.root);
        report.last_root = Some(hex(&seal.root));
    }
    if report.seals < expected {
        report.fault(format!("there are seals after {} that do not follow on it", report.seals));
    }
    if unvouched > 0 {
        report.fault(format!(
            "{unvouched} seals were signed under a secret key that is not configured, and no rotation vouches for \
             them; put it back in the ring"
        ));
    }
    let unlisted =
        store::count(tx).await?.saturating_sub(i64::try_from(report.sealed_entries).unwrap_or(i64::MAX));
    report.unsealed_entries = u64::try_from(unlisted).unwrap_or_default();
    let late = match store::find_last_seal(tx).await? {
        Some(last) => {
            let since = looked_for_since(tx, Some(&last)).await?;
            store::count_unsealed_before(tx, since).await?
        }
        None => 0,
    };
    if late > 0 {
        report.fault(format!(
            "{late} entries are older than the seals that should list them: written afterwards"
        ));
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{root, sorted};
    use crate::clock::Clock;
    use crate::ids::TenantId;

    #[test]
    fn order_of_keys_does_not_count_and_everything_else_does() {
        assert_eq!(
            sorted(&json!({ "b": 1, "a": [{ "d": 1, "c": 2 }] })).to_string(),
            r#"{"a":[{"c":2,"d":1}],"b":1}"#
        );
        let tenant = TenantId::new(&Clock::system());
        let now = Clock::system().now();
        let of = |before: &[u8], number, hashes: &[&[u8]]| {
            root(before, tenant, number, now, &hashes.iter().map(|hash| hash.to_vec()).collect::<Vec<_>>())
        };
        let whole = of(b"before", 2, &[b"one", b"two"]);
        assert_ne!(whole, of(b"befor", 2, &[b"one", b"two"]));
        assert_ne!(whole, of(b"before", 3, &[b"one", b"two"]));
        assert_ne!(whole, of(b"before", 2, &[b"two", b"one"]));
        assert_ne!(whole, of(b"before", 2, &[b"one"]));
    }
}
