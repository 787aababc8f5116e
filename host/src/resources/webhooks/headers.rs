//! Headers of a tenant's own that go with its deliveries: what may stand in them.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};

use crate::error::{Error, Result};

const MOST: usize = 20;
const LONGEST: usize = 2_000;

/// What we say ourselves, and what belongs to the connection and not to the message.
const RESERVED: [&str; 15] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

const RESERVED_PREFIXES: [&str; 3] = ["webhook-", "proxy-", "sec-"];

/// In lower case, as HTTP compares them.
///
/// # Errors
/// `Invalid`, naming the header.
pub(super) fn check(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    if given.len() > MOST {
        return Err(Error::invalid("#/headers", "too_many", format!("at most {MOST} headers")));
    }
    let mut headers = BTreeMap::new();
    for (name, value) in given {
        let pointer = format!("#/headers/{}", name.replace('~', "~0").replace('/', "~1"));
        let name = name.to_ascii_lowercase();
        if HeaderName::from_bytes(name.as_bytes()).is_err() || name.len() > 100 {
            let detail = "a header's name is letters, digits and hyphens, 100 at most";
            return Err(Error::invalid(pointer, "invalid_header", detail));
        }
        let is_reserved = RESERVED.contains(&name.as_str())
            || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if is_reserved {
            let detail = "the server says this header itself; take another name";
            return Err(Error::invalid(pointer, "reserved_header", detail));
        }
        let is_plain = value.chars().all(|c| matches!(c, ' '..='~')) && HeaderValue::from_str(&value).is_ok();
        if value.len() > LONGEST || value.trim() != value || !is_plain {
            let detail = format!("at most {LONGEST} visible ASCII characters, without blanks around them");
            return Err(Error::invalid(pointer, "invalid_header", detail));
        }
        if headers.insert(name, value).is_some() {
            return Err(Error::invalid(
                pointer,
                "duplicate_header",
                "the same header twice, in another case",
            ));
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::check;

    #[test]
    fn headers_that_are_ours_or_none_are_refused() {
        let given = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        for name in ["Authorization", "X-Api-Key", "x-tenant"] {
            assert!(check(given(name, "Bearer s3cret")).is_ok(), "{name}");
        }
        for name in
            ["Host", "content-length", "Webhook-Id", "webhook-anything", "Transfer-Encoding", "", "a b", "ä"]
        {
            assert!(check(given(name, "x")).is_err(), "{name}");
        }
        for value in ["a\r\nhost: b", "\u{e4}", " a", "a\u{0}", &"a".repeat(2_001)] {
            assert!(check(given("x-key", value)).is_err(), "{value:?}");
        }
        let twice =
            BTreeMap::from([("X-Key", "a"), ("x-key", "b")].map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(check(twice).is_err());
    }
}
