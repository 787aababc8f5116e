//! What names an artifact: `oci://registry/name:tag@digest`, by the grammar of the OCI distribution specification 1.1.

use std::fmt;

use url::{Host, Url};

use crate::components::Refusal;
use crate::digest::from_hex;

const SCHEME: &str = "oci://";

/// As long as a repository's name may be, its registry included.
const LONGEST_NAME: usize = 255;

const LONGEST_TAG: usize = 128;

/// A place in a registry. Tag and digest may both be there; then the digest decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// `host` or `host:port`.
    pub registry: String,
    /// Of the repository: `acme/parser`.
    pub name: String,
    pub tag: Option<String>,
    /// `sha256:…` of the manifest.
    pub digest: Option<String>,
}

impl Reference {
    /// Whether a text means to be one.
    pub fn is_meant(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// # Errors
    /// `invalid_reference`, with what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = |what: &str| {
            let message = format!(
                "{what}; a reference is oci://REGISTRY/NAME:TAG or oci://REGISTRY/NAME@sha256:DIGEST, as \
                 oci://registry.example.com/acme/parser:1.2.0"
            );
            Refusal::new("invalid_reference", message)
        };
        if !Self::is_meant(text) {
            return Err(invalid("it does not begin with oci://"));
        }
        let rest = &text[SCHEME.len()..];
        let (registry, rest) = rest.split_once('/').ok_or_else(|| invalid("it names no repository"))?;
        if !is_registry(registry) {
            return Err(invalid("the registry is no host with at most a port"));
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(invalid("the digest is not sha256: and 64 hexadecimal digits in lower case"));
        }
        let (name, tag) = match rest.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (rest, None),
        };
        if !name.split('/').all(is_component) || registry.len() + 1 + name.len() > LONGEST_NAME {
            return Err(invalid(
                "the name may hold lower-case letters, digits and single separators (. _ -) between slashes",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid(
                "the tag may hold letters, digits, underscores, dots and hyphens, 128 at most",
            ));
        }
        Ok(Self {
            registry: registry.to_ascii_lowercase(),
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The same place, with what its tag stands for.
    #[must_use]
    pub fn resolved(&self, digest: &str) -> Self {
        Self { digest: Some(digest.to_owned()), ..self.clone() }
    }

    /// Whether the registry is on this machine.
    pub fn is_loopback(&self) -> bool {
        let url = Url::parse(&format!("https://{}/", self.registry)).ok();
        match url.as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => {
                address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
            }
            None => false,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.registry, self.name)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// A host and at most a port: nothing that would lead an address elsewhere than it seems to.
fn is_registry(text: &str) -> bool {
    let of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let is_plain = !text.is_empty() && text.chars().all(of_host) && !text.ends_with(':');
    is_plain && Url::parse(&format!("https://{text}/")).is_ok_and(|url| url.path() == "/" && url.has_host())
}

/// SHA-256 is the only one registries have to know.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        from_hex::<32>(digits).is_some() && !digits.contains(|c: char| c.is_ascii_uppercase())
    })
}

/// One part of a name: letters and digits, between them a dot, one or two underscores, or hyphens.
fn is_component(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = text.starts_with(is_word) && text.ends_with(is_word);
    // Between two letters that follow each other there is an empty one.
    let is_separator = |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    ends && text.split(is_word).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let of_tag = |c: char| of_word(c) || matches!(c, '.' | '-');
    text.len() <= LONGEST_TAG && text.starts_with(of_word) && text.chars().all(of_tag)
}

#[cfg(test)]
mod tests {
    use super::Reference;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_reference_is_read_and_says_the_same_again() {
        for (text, registry, name, tag, has_digest) in [
            (
                "oci://registry.example.com/acme/parser:1.2.0",
                "registry.example.com",
                "acme/parser",
                Some("1.2.0"),
                false,
            ),
            ("oci://registry.example.com:5000/parser", "registry.example.com:5000", "parser", None, false),
            (
                &format!("oci://127.0.0.1:5000/a/b.c/d__e-f@{DIGEST}"),
                "127.0.0.1:5000",
                "a/b.c/d__e-f",
                None,
                true,
            ),
            (
                &format!("oci://[::1]:5000/acme/x:latest@{DIGEST}"),
                "[::1]:5000",
                "acme/x",
                Some("latest"),
                true,
            ),
        ] {
            let read = Reference::parse(text).expect(text);
            assert_eq!((read.registry.as_str(), read.name.as_str()), (registry, name), "{text}");
            assert_eq!((read.tag.as_deref(), read.digest.is_some()), (tag, has_digest), "{text}");
            assert_eq!(read.to_string(), text);
        }
        assert_eq!(
            Reference::parse("OCI://Registry.Example.com/a:B").expect("it is one").to_string(),
            "oci://registry.example.com/a:B"
        );
    }

    #[test]
    fn what_could_lead_elsewhere_or_is_no_reference_is_refused() {
        let long = format!("oci://registry.example.com/{}:1", "a".repeat(240));
        for text in [
            "registry.example.com/acme/parser:1",
            "https://registry.example.com/acme/parser:1",
            "oci://registry.example.com",
            "oci:///acme/parser:1",
            "oci://ada:secret@registry.example.com/parser:1",
            "oci://registry.example.com?x=/parser:1",
            "oci://registry.example.com#/parser:1",
            "oci://registry.example.com:/parser:1",
            "oci://registry.example.com:99999/parser:1",
            "oci://registry.example.com\\@10.0.0.1/parser:1",
            "oci://registry.example.com/../v2/parser:1",
            "oci://registry.example.com/acme//parser:1",
            "oci://registry.example.com/Acme/parser:1",
            "oci://registry.example.com/acme/parser:",
            "oci://registry.example.com/acme/parser:a/b",
            "oci://registry.example.com/acme/parser:.a",
            "oci://registry.example.com/acme/parser?x=1",
            "oci://registry.example.com/acme/%2e%2e:1",
            "oci://registry.example.com/acme/parser@sha256:abc",
            "oci://registry.example.com/acme/parser@sha512:00",
            &format!("oci://registry.example.com/acme/parser@{}", DIGEST.to_uppercase()),
            &long,
        ] {
            let refusal = Reference::parse(text).expect_err(text);
            assert_eq!(refusal.code, "invalid_reference", "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_this_machine() {
        let is = |registry: &str| {
            Reference::parse(&format!("oci://{registry}/a:1")).expect(registry).is_loopback()
        };
        assert!(
            ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.9.1", "[::1]:5000"].into_iter().all(is)
        );
        assert!(
            !["localhost.example.com", "10.0.0.1", "registry.example.com", "[2001:db8::1]"]
                .into_iter()
                .any(is)
        );
    }
}
