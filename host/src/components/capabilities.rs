//! What a plugin may be let do beyond computing, and how far. Decides whether one grant covers what another version asks.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something beyond computing that the plugin asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    pub name: CapabilityName,
    /// Why, for the person who is asked to consent.
    pub reason: String,
    /// What exactly: hosts and methods, names of secrets, a quota, …
    #[serde(flatten)]
    pub scope: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapabilityName {
    /// Ask other servers.
    Http,
    /// Keep values of its own.
    Kv,
    /// Have secrets sent with its requests.
    Secrets,
    /// Ask a language model.
    Inference,
    /// Read the time.
    Clock,
}

impl CapabilityName {
    pub const EVERY: [Self; 5] = [Self::Http, Self::Kv, Self::Secrets, Self::Inference, Self::Clock];

    /// The interface of `mortise:plugin` behind it, and its word.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Kv => "kv",
            Self::Secrets => "secrets",
            Self::Inference => "inference",
            Self::Clock => "clock",
        }
    }

    /// What a scope of it may say, and whether that is a list of words or a number.
    fn scope(self) -> &'static [(&'static str, Shape)] {
        match self {
            Self::Http => &[("hosts", Shape::Words), ("methods", Shape::Words)],
            Self::Kv => &[("quota_bytes", Shape::Number)],
            Self::Secrets => &[("names", Shape::Words)],
            Self::Inference => &[("models", Shape::Words), ("max_tokens", Shape::Number)],
            Self::Clock => &[],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Words,
    Number,
}

impl Capability {
    /// # Errors
    /// What is wrong with its scope, for the plugin's author.
    pub fn check(&self) -> Result<(), String> {
        let name = self.name.interface();
        for (key, value) in &self.scope {
            let known = self.name.scope().iter().find(|(known, _)| known == key);
            let Some((_, shape)) = known else {
                return Err(format!("the capability `{name}` has no `{key}`"));
            };
            let fits = match shape {
                Shape::Words => value.as_array().is_some_and(|list| {
                    list.iter().all(|word| word.as_str().is_some_and(|word| !word.trim().is_empty()))
                }),
                Shape::Number => value.as_u64().is_some_and(|number| number > 0),
            };
            if !fits {
                let what = match shape {
                    Shape::Words => "a list of texts",
                    Shape::Number => "a number above 0",
                };
                return Err(format!("`{key}` of the capability `{name}` has to be {what}"));
            }
        }
        if self.name == CapabilityName::Http {
            let bad = self.words("hosts").into_iter().flatten().find(|host| !is_host(host));
            if let Some(host) = bad {
                return Err(format!(
                    "`{host}` is no host: a name like `api.example.com`, with a port if it is another than 443, or \
                     `*.example.com` for every name below one"
                ));
            }
        }
        Ok(())
    }

    /// The words under a key of its scope; nothing when the key is not there.
    pub fn words(&self, key: &str) -> Option<Vec<String>> {
        let list = self.scope.get(key)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// A number under a key of its scope.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.scope.get(key)?.as_u64()
    }

    /// Whether whoever has this may do all that `wanted` asks for. Scopes that say different things cover nothing.
    pub fn covers(&self, wanted: &Self) -> bool {
        let same_keys = self.scope.len() == wanted.scope.len()
            && wanted.scope.keys().all(|key| self.scope.contains_key(key));
        self.name == wanted.name
            && same_keys
            && wanted.scope.iter().all(|(key, asked)| match (&self.scope[key], asked) {
                (Value::Array(given), Value::Array(asked)) => asked.iter().all(|word| given.contains(word)),
                (Value::Number(given), Value::Number(asked)) => given.as_u64() >= asked.as_u64(),
                (given, asked) => given == asked,
            })
    }
}

/// What of `wanted` no one of `granted` covers.
pub fn beyond<'a>(granted: &[Capability], wanted: &'a [Capability]) -> Vec<&'a Capability> {
    wanted.iter().filter(|wanted| !granted.iter().any(|given| given.covers(wanted))).collect()
}

fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let (name, port) = match name.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (name, None),
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.split('.').all(is_part) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Capability, beyond};

    fn capability(value: Value) -> Capability {
        serde_json::from_value(value).expect("it is a capability")
    }

    #[test]
    fn a_grant_covers_what_asks_for_no_more() {
        let given = capability(json!({ "name": "http", "reason": "r", "hosts": ["a.example", "b.example"] }));
        for (wanted, is_covered) in [
            (json!({ "name": "http", "reason": "other words", "hosts": ["b.example"] }), true),
            (json!({ "name": "http", "reason": "r", "hosts": ["c.example"] }), false),
            (json!({ "name": "http", "reason": "r" }), false),
            (json!({ "name": "http", "reason": "r", "hosts": ["a.example"], "methods": ["POST"] }), false),
            (json!({ "name": "kv", "reason": "r" }), false),
        ] {
            assert_eq!(given.covers(&capability(wanted.clone())), is_covered, "{wanted}");
        }
        let small = capability(json!({ "name": "kv", "reason": "r", "quota_bytes": 10 }));
        let large = capability(json!({ "name": "kv", "reason": "r", "quota_bytes": 11 }));
        assert!(large.covers(&small) && !small.covers(&large));
        assert_eq!(beyond(&[given.clone(), small], &[given, large.clone()]), [&large]);
    }

    #[test]
    fn scopes_say_what_their_capability_knows() {
        for (scope, fits) in [
            (json!({ "name": "http", "hosts": ["api.example.com", "*.example.com", "127.0.0.1:80"] }), true),
            (json!({ "name": "http", "hosts": ["https://api.example.com"] }), false),
            (json!({ "name": "http", "hosts": ["*"] }), false),
            (json!({ "name": "http", "hosts": "api.example.com" }), false),
            (json!({ "name": "http", "quota_bytes": 1 }), false),
            (json!({ "name": "kv", "quota_bytes": 1 }), true),
            (json!({ "name": "kv", "quota_bytes": 0 }), false),
            (json!({ "name": "clock" }), true),
        ] {
            let mut scope = scope;
            scope["reason"] = "r".into();
            assert_eq!(capability(scope.clone()).check().is_ok(), fits, "{scope}");
        }
    }
}
