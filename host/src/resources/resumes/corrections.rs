//! What people corrected in a résumé: a JSON Merge Patch (RFC 7396) over whatever a reading says, so that it also holds
//! for the next reading.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::http::body::pointer;
use crate::unified_resume::UnifiedResume;

/// What all corrections of a résumé may come to, in bytes of JSON.
const MOST_BYTES: usize = 1 << 20;

/// The reading with the corrections on top. What an older version took and this one does not is left aside.
pub fn applied(corrections: Option<&Value>, reading: &UnifiedResume) -> UnifiedResume {
    let corrected = corrections.and_then(|corrections| {
        let mut document = as_document(reading);
        merge(&mut document, corrections);
        serde_json::from_value(document).ok()
    });
    corrected.unwrap_or_else(|| reading.clone())
}

/// Another patch, on top of what was corrected before: all corrections from now on, and what they make of the reading.
///
/// # Errors
/// `Invalid`, naming the place, when no UnifiedResume comes of it.
pub fn added(
    before: Option<Value>,
    reading: &UnifiedResume,
    patch: Map<String, Value>,
) -> Result<(Value, UnifiedResume)> {
    let original = as_document(reading);
    let mut corrections = before.unwrap_or_else(|| Value::Object(Map::new()));
    compose(&mut corrections, patch, &original);
    let mut document = original;
    merge(&mut document, &corrections);
    let corrected = serde_path_to_error::deserialize(document).map_err(|error| {
        let place = pointer(error.path());
        Error::invalid(place, "invalid_value", error.into_inner().to_string())
    })?;
    if corrections.to_string().len() > MOST_BYTES {
        let detail = "the corrections of a résumé come to 1 MiB at most; leave out what says nothing new";
        return Err(Error::invalid("#", "too_large", detail));
    }
    Ok((corrections, corrected))
}

/// JSON Pointers of what was corrected: a value, or everything below it.
pub fn pointers(corrections: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(Value::Object(fields)) = corrections {
        collect("", fields, &mut found);
    }
    found
}

/// Whether a value is one that was corrected.
pub fn is_corrected(pointers: &[String], place: &str) -> bool {
    let is_below =
        |pointer: &String| place.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.starts_with('/'));
    pointers.iter().any(|pointer| place == pointer || is_below(pointer))
}

fn collect(place: &str, fields: &Map<String, Value>, found: &mut Vec<String>) {
    for (key, value) in fields {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(fields) => collect(&place, fields, found),
            _ => found.push(place),
        }
    }
}

fn as_document(resume: &UnifiedResume) -> Value {
    serde_json::to_value(resume).expect("a résumé of strings, lists and maps is JSON")
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    let fields = as_object(target);
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// Makes one patch of two. Where the first took away or replaced what the second goes into, the one patch has to take
/// away what the original holds there.
fn compose(first: &mut Value, second: Map<String, Value>, original: &Value) {
    let fields = as_object(first);
    for (key, value) in second {
        let original = original.get(&key).unwrap_or(&Value::Null);
        let both = match (fields.remove(&key), value) {
            (Some(mut present @ Value::Object(_)), Value::Object(value)) => {
                compose(&mut present, value, original);
                present
            }
            (Some(_), Value::Object(value)) => instead(value, original),
            (_, value) => value,
        };
        fields.insert(key, both);
    }
}

/// A patch that leaves nothing of the original.
fn instead(patch: Map<String, Value>, original: &Value) -> Value {
    let mut fields: Map<String, Value> = match original {
        Value::Object(original) => original.keys().map(|key| (key.clone(), Value::Null)).collect(),
        _ => Map::new(),
    };
    for (key, value) in patch {
        let value = match (value, original.get(&key)) {
            (Value::Object(value), Some(original)) => instead(value, original),
            (value, _) => value,
        };
        fields.insert(key, value);
    }
    Value::Object(fields)
}

/// What is no object becomes an empty one.
fn as_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was just made one")
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{added, applied, compose, is_corrected, merge, pointers};
    use crate::error::Error;
    use crate::unified_resume::{Basics, Location, UnifiedResume};

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().expect("it is an object").clone()
    }

    fn reading() -> UnifiedResume {
        let location =
            Location { city: Some("Denver".into()), region: Some("CO".into()), ..Location::default() };
        let basics =
            Basics { name: Some("Ada Lovlace".into()), location: Some(location), ..Basics::default() };
        UnifiedResume { basics, ..UnifiedResume::default() }
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_are_merged_as_the_standard_says() {
        for (original, patch, result) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (
                json!({ "a": { "b": "c" } }),
                json!({ "a": { "b": "d", "c": null } }),
                json!({ "a": { "b": "d" } }),
            ),
            (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
            (json!({ "a": "foo" }), Value::Null, Value::Null),
            (json!({ "a": "foo" }), json!("bar"), json!("bar")),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
        ] {
            let mut target = original.clone();
            merge(&mut target, &patch);
            assert_eq!(target, result, "{original} and {patch}");
        }
    }

    #[test]
    fn two_patches_in_one_do_what_they_do_one_after_the_other() {
        let original = json!({ "a": { "b": 1, "c": { "d": 2 } }, "e": [3], "f": null });
        let patches = [
            json!({}),
            json!({ "a": null }),
            json!({ "a": 5 }),
            json!({ "a": { "b": null } }),
            json!({ "a": { "b": 7, "g": 8 } }),
            json!({ "a": { "c": { "h": 9 } } }),
            json!({ "a": { "c": "x" }, "e": null }),
            json!({ "e": { "i": 1 }, "f": { "j": 2 } }),
        ];
        for first in &patches {
            for second in &patches {
                let mut expected = original.clone();
                merge(&mut expected, first);
                merge(&mut expected, second);
                let mut both = first.clone();
                compose(&mut both, map(second.clone()), &original);
                let mut at_once = original.clone();
                merge(&mut at_once, &both);
                assert_eq!(at_once, expected, "{first} and {second} make {both}");
            }
        }
    }

    #[test]
    fn corrections_hold_for_another_reading() {
        let first = json!({ "basics": { "name": "Ada Lovelace", "location": { "city": null } } });
        let (corrections, corrected) = added(None, &reading(), map(first)).expect("it is a résumé");
        assert_eq!(corrected.basics.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(corrected.basics.location.and_then(|place| place.region).as_deref(), Some("CO"));

        let (corrections, _) =
            added(Some(corrections), &reading(), map(json!({ "basics": { "label": "Countess" } })))
                .expect("it is a résumé");
        let again = applied(Some(&corrections), &UnifiedResume::default());
        assert_eq!(again.basics.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(again.basics.label.as_deref(), Some("Countess"));
        assert_eq!(applied(Some(&json!({ "basics": 1 })), &reading()), reading());
        assert_eq!(applied(None, &reading()), reading());
    }

    #[test]
    fn what_makes_no_resume_names_its_place() {
        for (patch, place) in [
            (json!({ "basics": { "name": 1 } }), "#/basics/name"),
            (json!({ "work": [{ "company": "Mercy", "isCurrent": "yes" }] }), "#/work/0/isCurrent"),
            (json!({ "skills": "all" }), "#/skills"),
        ] {
            match added(None, &reading(), map(patch)) {
                Err(Error::Invalid(faults)) => assert_eq!(faults[0].pointer, place),
                other => panic!("{place}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_was_corrected_is_known_by_its_place() {
        let corrections =
            json!({ "basics": { "name": "Ada", "location": { "city": null } }, "work": [], "a/b": 1 });
        let pointers = pointers(Some(&corrections));
        assert_eq!(pointers, ["/a~1b", "/basics/location/city", "/basics/name", "/work"]);
        for (place, expected) in
            [("/basics/name", true), ("/work/0/company", true), ("/basics", false), ("/basics/names", false)]
        {
            assert_eq!(is_corrected(&pointers, place), expected, "{place}");
        }
    }
}
