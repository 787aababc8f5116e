//! Where an answer is not what was expected, place by place, for a person.

use std::collections::BTreeSet;

use serde_json::Value;

use super::short;

const MOST: usize = 50;

/// One sentence a place, in the order of the fields' names; nothing when both say the same.
pub(super) fn between(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", Some(expected), Some(actual), &mut found);
    if found.len() > MOST {
        let more = found.len() - MOST;
        found.truncate(MOST);
        found.push(format!("and {more} more"));
    }
    found
}

fn walk(pointer: &str, expected: Option<&Value>, actual: Option<&Value>, found: &mut Vec<String>) {
    match (expected, actual) {
        (Some(Value::Object(wanted)), Some(Value::Object(is))) => {
            let names: BTreeSet<&String> = wanted.keys().chain(is.keys()).collect();
            for name in names {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                walk(&format!("{pointer}/{escaped}"), wanted.get(name), is.get(name), found);
            }
        }
        (Some(Value::Array(wanted)), Some(Value::Array(is))) => {
            for index in 0..wanted.len().max(is.len()) {
                walk(&format!("{pointer}/{index}"), wanted.get(index), is.get(index), found);
            }
        }
        (Some(wanted), Some(is)) if !same(wanted, is) => {
            found.push(format!("{pointer}: expected {}, got {}", short(wanted), short(is)));
        }
        (Some(wanted), None) => found.push(format!("{pointer}: expected {}, got nothing", short(wanted))),
        (None, Some(is)) => found.push(format!("{pointer}: expected nothing, got {}", short(is))),
        _ => {}
    }
}

/// By hand one writes 20 for 20.0.
fn same(one: &Value, other: &Value) -> bool {
    let is_float = |value: &Value| value.is_f64();
    if (is_float(one) || is_float(other)) && one.is_number() && other.is_number() {
        return one.as_f64() == other.as_f64();
    }
    one == other
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::between;

    #[test]
    fn every_place_is_named_with_what_was_expected_and_what_came() {
        let expected = json!({ "value": 20, "label": "x", "parts": [1, { "a/b": "c" }], "gone": null });
        let actual = json!({ "value": 20.0, "label": "y", "parts": [1, { "a/b": "d" }, 3], "new": {} });

        let found = between(&expected, &actual);

        let sentences = [
            "/gone: expected null, got nothing",
            "/label: expected \"x\", got \"y\"",
            "/new: expected nothing, got {}",
            "/parts/1/a~1b: expected \"c\", got \"d\"",
            "/parts/2: expected nothing, got 3",
        ];
        assert_eq!(found, sentences);
        assert!(between(&actual, &actual).is_empty());
        assert_eq!(between(&json!(1), &json!(1.5)), [": expected 1, got 1.5"]);
    }

    #[test]
    fn long_values_and_long_lists_are_cut() {
        let long = between(&json!("x".repeat(1000)), &json!(1));
        assert!(long[0].chars().count() < 400, "{}", long[0]);
        let many: Vec<u32> = (0..100).collect();
        let found = between(&json!([]), &json!(many));
        assert_eq!((found.len(), found[50].as_str()), (51, "and 50 more"));
    }
}
