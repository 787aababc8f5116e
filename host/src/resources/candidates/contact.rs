//! Ways to reach a candidate: what an e-mail address, a phone number and a link may be, how each is compared, and which
//! of them a résumé names.

use std::collections::BTreeSet;

use url::Url;

use crate::error::{Error, Result};
use crate::fields::{self, normalise_email};
use crate::unified_resume::UnifiedResume;

/// One way to reach a candidate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct Contact {
    pub kind: ContactKind,
    /// As it is compared: an e-mail in lower case, a phone's digits, a link's place without what many write differently.
    pub key: String,
    /// As it was written.
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ContactKind {
    Email,
    Phone,
    Link,
}

impl ContactKind {
    /// The word it is stored with.
    pub fn as_str(self) -> &'static str {
        match self {
            ContactKind::Email => "email",
            ContactKind::Phone => "phone",
            ContactKind::Link => "link",
        }
    }
}

/// Contacts of a kind that are taken at once: more is a mailing list, not a person.
pub const MOST: usize = 20;

const LONGEST_PHONE: usize = 60;
const LONGEST_LINK: usize = 500;

/// Contacts of one kind as a person gave them, each once.
///
/// # Errors
/// `Invalid`, naming the place below the pointer.
pub fn listed(kind: ContactKind, pointer: &str, given: &[String]) -> Result<Vec<Contact>> {
    if given.len() > MOST {
        return Err(Error::invalid(pointer, "too_many", format!("at most {MOST} of a kind")));
    }
    let mut seen = BTreeSet::new();
    let mut contacts = Vec::new();
    for (index, text) in given.iter().enumerate() {
        let place = format!("{pointer}/{index}");
        let contact = match kind {
            ContactKind::Email => email(text).ok_or_else(|| {
                Error::invalid(&place, "invalid_email", "an e-mail address looks like ada@example.com")
            }),
            ContactKind::Phone => phone(text).ok_or_else(|| {
                let detail =
                    format!("6 to 17 digits, with whatever stands between them {LONGEST_PHONE} characters");
                Error::invalid(&place, "invalid_phone", detail)
            }),
            ContactKind::Link => link(text).filter(|_| text.contains("://")).ok_or_else(|| {
                let detail =
                    format!("a web address of at most {LONGEST_LINK} characters, as https://example.com/ada");
                Error::invalid(&place, "invalid_url", detail)
            }),
        }?;
        if seen.insert(contact.key.clone()) {
            contacts.push(contact);
        }
    }
    Ok(contacts)
}

/// The ways to reach a person that a résumé names, each once, at most [`MOST`] of a kind.
pub fn of_resume(resume: &UnifiedResume) -> Vec<Contact> {
    let basics = &resume.basics;
    let emails = basics.email.iter().chain(&basics.other_emails).filter_map(|text| email(text));
    let phones = basics.phone.iter().chain(&basics.other_phones).filter_map(|text| phone(text));
    let links = basics.profiles.iter().filter_map(|profile| profile.url.as_ref());
    let links = basics.url.iter().chain(links).filter_map(|text| link(text));
    let mut seen = BTreeSet::new();
    let mut once = |contact: &Contact| seen.insert((contact.kind, contact.key.clone()));
    let emails: Vec<_> = emails.filter(&mut once).take(MOST).collect();
    let phones: Vec<_> = phones.filter(&mut once).take(MOST).collect();
    let links: Vec<_> = links.filter(&mut once).take(MOST).collect();
    [emails, phones, links].concat()
}

fn email(text: &str) -> Option<Contact> {
    Some(Contact { kind: ContactKind::Email, key: normalise_email(text)?, value: text.trim().into() })
}

fn phone(text: &str) -> Option<Contact> {
    let value = fields::line("#", text, LONGEST_PHONE).ok()?;
    Some(Contact { kind: ContactKind::Phone, key: phone_key(&value)?, value })
}

/// A phone number as it is compared: its digits.
pub fn phone_key(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (6..=17).contains(&digits.len()).then_some(digits)
}

/// A link; one without a scheme is taken for https.
fn link(text: &str) -> Option<Contact> {
    let text = fields::line("#", text, LONGEST_LINK).ok()?;
    let value = if text.contains("://") { text } else { format!("https://{text}") };
    let url = Url::parse(&value).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = url.host_str().filter(|host| host.contains('.'))?;
    let mut key = host.strip_prefix("www.").unwrap_or(host).to_owned();
    if let Some(port) = url.port() {
        key.push_str(&format!(":{port}"));
    }
    key.push_str(url.path().trim_end_matches('/'));
    if let Some(query) = url.query().filter(|query| !query.is_empty()) {
        key.push_str(&format!("?{query}"));
    }
    // What is not ASCII became longer, and an index holds no endless keys.
    (key.len() <= 2 * LONGEST_LINK).then_some(Contact { kind: ContactKind::Link, key, value })
}

#[cfg(test)]
mod tests {
    use super::{Contact, ContactKind, link, listed, of_resume, phone};
    use crate::unified_resume::{Basics, Profile, UnifiedResume};

    fn key(contact: Option<Contact>) -> Option<String> {
        contact.map(|contact| contact.key)
    }

    #[test]
    fn the_same_page_written_differently_is_the_same_link() {
        for text in [
            "https://www.linkedin.com/in/ada/",
            "http://linkedin.com/in/ada",
            "HTTPS://LinkedIn.com/in/ada#top",
            "linkedin.com/in/ada",
        ] {
            assert_eq!(key(link(text)).as_deref(), Some("linkedin.com/in/ada"), "{text}");
        }
        assert_eq!(key(link("example.com:8080/?a=b")).as_deref(), Some("example.com:8080?a=b"));
        for bad in
            ["", "ada", "javascript://a.b/c", "mailto:ada@example.com", "a b.example", &"a.".repeat(300)]
        {
            assert_eq!(link(bad), None, "{bad}");
        }
        assert_eq!(link(&format!("https://a.example/{}", "漢".repeat(300))), None);
    }

    #[test]
    fn phones_are_compared_by_their_digits() {
        assert_eq!(key(phone("+1 (202) 555-0143")).as_deref(), Some("12025550143"));
        for bad in
            ["", "12345", "123456789012345678", "call\nme 1234567", &format!("1234567{}", " ext".repeat(20))]
        {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_a_person_gives_is_held_to_the_same_rules_and_kept_once() {
        let of = |kind, given: &[&str]| {
            let given: Vec<String> = given.iter().map(|text| (*text).into()).collect();
            listed(kind, "#/x", &given)
        };
        let kept =
            of(ContactKind::Email, &["Ada@Example.com", "ada@example.COM "]).expect("they are addresses");
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].key.as_str(), kept[0].value.as_str()), ("ada@example.com", "Ada@Example.com"));
        assert!(of(ContactKind::Link, &["example.com/ada"]).is_err(), "a person says which scheme");
        assert!(of(ContactKind::Phone, &["123456"; 21]).is_err());
    }

    #[test]
    fn a_resume_names_each_way_once() {
        let basics = Basics {
            email: Some("ada@example.com".into()),
            other_emails: vec!["ADA@example.com".into(), "nothing".into()],
            phone: Some("+1 202 555 0143".into()),
            url: Some("ada.example".into()),
            profiles: vec![
                Profile { url: Some("https://ada.example/".into()), ..Profile::default() },
                Profile { network: Some("none".into()), ..Profile::default() },
            ],
            ..Basics::default()
        };
        let found = of_resume(&UnifiedResume { basics, ..UnifiedResume::default() });
        let kinds: Vec<_> = found.iter().map(|contact| contact.kind).collect();
        assert_eq!(kinds, [ContactKind::Email, ContactKind::Phone, ContactKind::Link]);
        assert_eq!(found[2].value, "https://ada.example");
    }
}
