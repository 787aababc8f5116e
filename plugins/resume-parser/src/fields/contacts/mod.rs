//! E-mail addresses and links, also without a scheme, and the network and
//! user name a link stands for.

mod networks;

use std::ops::Range;

use super::table::listed;
use networks::{address_of, name_at, profile, starts_with};

/// An e-mail address and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) address: String,
    pub(crate) bytes: Range<usize>,
}

/// A link, or a handle that names a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The network, where the host or the words beside it name one.
    pub(crate) network: Option<&'static str>,
    pub(crate) username: Option<String>,
    /// As written; for a mere handle the address of its profile.
    pub(crate) url: String,
    pub(crate) bytes: Range<usize>,
}

/// Ends of host names that make a bare word with a dot a link.
const TLDS: &str = "\
com org net edu gov mil int info biz name pro io dev app me ai co tech design studio art blog codes code page site \
website online cloud digital space xyz eu de at ch li lu fr be nl es pt it uk ie us ca au nz za in sg hk jp cn kr tw br \
mx ar cl pe uy ve dk se no fi is pl cz sk hu ro bg hr si rs gr tr ua ru ee lv lt il ae sa eg ng ke gh ma tn ph my th vn \
id pk lk tv fm gg ly to cc ws so sh cv works work academy agency media photo photos photography gallery health care law \
legal engineer engineering consulting solutions software systems network group team company expert guru ninja rocks \
world life live today social link bio wiki zone earth berlin hamburg koeln wien paris london amsterdam nyc cat gal eus \
music film actor dance fashion news press academy education school university example test dentist doctor vet chef";

/// Products and notations that look like hosts.
const NOT_HOSTS: &str =
    "asp.net vb.net ado.net ml.net socket.io crates.io draw.io c.net .net dot.net b.com m.com";

const TRIM: &[char] = &['.', ',', ';', ':', '!', '?', '"', '\'', '’', '‘', '“', '”', '…', '*', '#', '-', '–'];

/// Every e-mail address of `text`, also written with "(at)" for the sign.
pub(crate) fn find_emails(text: &str) -> Vec<Email> {
    let mut out: Vec<Email> = Vec::new();
    for sign in ["@", "(at)", "[at]", "{at}", " at "] {
        // ASCII lower case keeps the byte positions.
        let lower = text.to_ascii_lowercase();
        for (at, _) in lower.match_indices(sign) {
            if let Some(email) = email_around(text, at, sign.len(), sign == " at ")
                && !out.iter().any(|e| e.bytes.start < email.bytes.end && email.bytes.start < e.bytes.end)
            {
                out.push(email);
            }
        }
    }
    out.sort_by_key(|e| e.bytes.start);
    out
}

fn email_around(text: &str, at: usize, len: usize, needs_dot_word: bool) -> Option<Email> {
    let (head, tail) = (text.get(..at)?, text.get(at + len..)?);
    let spaced_head = head.trim_end_matches(' ');
    let local_char = |c: char| c.is_alphanumeric() || "._%+-'&".contains(c);
    let start = spaced_head.rfind(|c| !local_char(c)).map_or(0, |i| i + char_len(spaced_head, i));
    let lead = spaced_head[start..].len()
        - spaced_head[start..].trim_start_matches(['.', '-', '\'', '+', '&']).len();
    let local = spaced_head.get(start + lead..)?.trim_end_matches(['.', '\'']);
    let skipped = tail.len() - tail.trim_start_matches(' ').len();
    let domain = &tail[skipped..];
    let mut host = String::new();
    let mut end = 0;
    let mut dot_word = false;
    while let Some(c) = domain[end..].chars().next() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || (c.is_alphanumeric() && !host.is_empty()) {
            host.push(c);
            end += c.len_utf8();
            continue;
        }
        let rest = &domain[end..];
        let Some(word) = ["(dot)", "[dot]", "{dot}", " dot "].iter().find(|w| starts_with(rest, w)) else {
            break;
        };
        host.push('.');
        end += word.len();
        dot_word = true;
    }
    let trimmed = host.trim_end_matches(['.', '-']);
    end -= host.len() - trimmed.len();
    if (needs_dot_word && !dot_word) || local.is_empty() || local.len() > 64 || !is_host(trimmed, true) {
        return None;
    }
    // "doe @ home.de" is an address, "works @ example.com" too: the sign decides.
    Some(Email { address: format!("{local}@{trimmed}"), bytes: start + lead..at + len + skipped + end })
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Labels between dots, the last one of letters.
fn is_host(host: &str, any_tld: bool) -> bool {
    let Some((body, tld)) = host.rsplit_once('.') else { return false };
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let known = any_tld || listed(TLDS, &tld.to_ascii_lowercase());
    known
        && tld.len() >= 2
        && tld.len() <= 24
        && tld.bytes().all(|b| b.is_ascii_alphabetic())
        && body.split('.').all(label)
}

/// Every link and profile handle of `text`, in order.
pub(crate) fn find_urls(text: &str) -> Vec<Link> {
    let emails = find_emails(text);
    let in_email = |at: usize| emails.iter().any(|e| e.bytes.contains(&at));
    let mut out: Vec<Link> = Vec::new();
    for (start, piece) in pieces(text) {
        let skip = piece.len() - piece.trim_start_matches(TRIM).len();
        let body = piece[skip..].trim_end_matches(TRIM);
        let start = start + skip;
        if body.is_empty() || in_email(start) || in_email(start + body.len() - 1) {
            continue;
        }
        // "LinkedIn:linkedin.com/in/jane": a label glued to what it labels.
        let label = body
            .split_once(':')
            .filter(|(l, rest)| !rest.starts_with("//") && l.chars().all(char::is_alphabetic));
        let (start, body) = match label {
            Some((l, rest)) if url_of(rest).is_some() => (start + l.len() + 1, rest),
            _ => (start, body),
        };
        if let Some(link) = url_of(body) {
            out.push(Link { bytes: start..start + body.len(), ..link });
        }
    }
    let links = out.clone();
    let taken = |r: &Range<usize>| links.iter().any(|l| l.bytes.start < r.end && r.start < l.bytes.end);
    out.extend(handles(text).into_iter().filter(|h| !taken(&h.bytes) && !in_email(h.bytes.start)));
    out.sort_by_key(|l| l.bytes.start);
    out
}

/// Stretches without white space or the separators of contact lines.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let parts = |c: char| c.is_whitespace() || "|•·,;<>()[]{}\"“”„".contains(c) || is_icon(c);
    let base = text.as_ptr() as usize;
    text.split(parts).filter(|p| !p.is_empty()).map(move |p| (p.as_ptr() as usize - base, p))
}

/// Private-use glyphs and dingbats of icon fonts.
pub(crate) fn is_icon(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}')
}

/// Reads a word as a link. Without a scheme or "www." the host must end in a
/// well-known way and not be the name of a product.
fn url_of(body: &str) -> Option<Link> {
    let lower = body.to_ascii_lowercase();
    let (rest, explicit) =
        match ["https://", "http://", "ftp://", "//"].iter().find(|s| lower.starts_with(**s)) {
            Some(scheme) => (body.get(scheme.len()..)?, true),
            None => (body, lower.starts_with("www.")),
        };
    let cut = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(cut);
    if !is_host(host, explicit) || listed(NOT_HOSTS, &host.to_ascii_lowercase()) {
        return None;
    }
    let (network, username) = profile(host, path);
    if !explicit && network.is_none() {
        // "management.It" and "St.Me" are sentences and abbreviations.
        let tld = host.rsplit('.').next().unwrap_or("");
        let capital =
            tld.bytes().any(|b| b.is_ascii_uppercase()) && host.bytes().any(|b| b.is_ascii_lowercase());
        let letters = host.split('.').next().unwrap_or("").chars().count();
        if capital || letters < 2 {
            return None;
        }
    }
    Some(Link { network, username, url: body.to_owned(), bytes: 0..0 })
}

/// Words after a network's name that are no user names.
const NOT_USERS: &str = "\
actions learning profile pages copilot enterprise api desktop repository repositories account url link and or with for \
on in to the a issues flow ads analytics marketing advertising com org page http https www ci cd runner pipelines \
community group groups recruiter sales navigator premium channel channels profil perfil profilo und et";

/// "GitHub: janedev", "LinkedIn /in/jane-doe", "in/jane-doe", "@jane".
fn handles(text: &str) -> Vec<Link> {
    let mut out: Vec<Link> = Vec::new();
    let words: Vec<(usize, &str)> = pieces(text).collect();
    for (i, (start, piece)) in words.iter().enumerate() {
        let (start, piece) = (*start, *piece);
        if out.last().is_some_and(|l| l.bytes.end > start) {
            continue;
        }
        let path = piece.trim_start_matches('/');
        if let Some(user) = path.strip_prefix("in/").map(|u| u.trim_end_matches(TRIM).trim_end_matches('/'))
            && is_user(user)
        {
            let bytes = start..start + (piece.len() - path.len()) + 3 + user.len();
            out.push(handle("LinkedIn", user, bytes));
            continue;
        }
        if let Some((name, host)) = piece.strip_prefix('@').and_then(|p| p.split_once('@'))
            && is_host(host.trim_end_matches(TRIM), true)
        {
            let host = host.trim_end_matches(TRIM);
            let bytes = start..start + name.len() + host.len() + 2;
            let url = format!("https://{host}/@{name}");
            out.push(Link { network: Some("Mastodon"), username: Some(name.to_owned()), url, bytes });
            continue;
        }
        let Some((network, length)) = name_at(text, start) else { continue };
        let after = &text[start + length..];
        let (gap, user) = user_after(after);
        let labelled = after[..gap].contains([':', '/', '@', '|', '-', '–']);
        let plain = user.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
        let short = words.len() <= i + 3;
        if is_user(user)
            && !listed(NOT_USERS, &user.to_lowercase())
            && (labelled || (plain && short))
            && gap > 0
        {
            let begin = start + length + gap;
            out.push(handle(network, user, start..begin + user.len()));
        }
    }
    out
}

fn handle(network: &'static str, user: &str, bytes: Range<usize>) -> Link {
    Link { network: Some(network), username: Some(user.to_owned()), url: address_of(network, user), bytes }
}

fn is_user(user: &str) -> bool {
    let long = (2..=40).contains(&user.chars().count());
    long && user.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
        && user.chars().any(char::is_alphabetic)
}

/// The gap after a network's name and the word behind it.
fn user_after(after: &str) -> (usize, &str) {
    let gap = after.find(|c: char| c.is_alphanumeric() || c == '_').unwrap_or(after.len());
    let rest = &after[gap..];
    let (gap, rest) = match rest.strip_prefix("in/") {
        Some(inner) => (gap + 3, inner),
        None => (gap, rest),
    };
    let end = rest.find(|c: char| c.is_whitespace() || "|•·,;()/".contains(c)).unwrap_or(rest.len());
    (gap, rest[..end].trim_end_matches(TRIM))
}

#[cfg(test)]
mod tests {
    use super::{find_emails, find_urls};

    fn emails(text: &str) -> Vec<String> {
        find_emails(text).into_iter().map(|e| e.address).collect()
    }

    #[track_caller]
    fn link(text: &str, network: &str, username: &str, url: &str) {
        let found = find_urls(text);
        let one = found.first().unwrap_or_else(|| panic!("nothing in {text:?}"));
        let shape = (one.network.unwrap_or(""), one.username.as_deref().unwrap_or(""), one.url.as_str());
        assert_eq!((shape, found.len()), ((network, username, url), 1), "{text:?}: {found:?}");
    }

    #[test]
    fn finds_addresses() {
        assert_eq!(emails("Mail: jane.doe+cv@mail.example.co.uk, tel"), ["jane.doe+cv@mail.example.co.uk"]);
        assert_eq!(emails("mailto:jane@example.org."), ["jane@example.org"]);
        assert_eq!(
            emails("#jane@example.org | \u{f0e0}joe@example.org"),
            ["jane@example.org", "joe@example.org"]
        );
        assert_eq!(emails("jane (at) example (dot) org"), Vec::<String>::new());
        assert_eq!(emails("jane[at]example.org"), ["jane@example.org"]);
        assert_eq!(emails("jane(at)example(dot)org"), ["jane@example.org"]);
        assert_eq!(emails("@jane, meet @ 10.30, a@b"), Vec::<String>::new());
        let found = find_emails("E: jane@example.org!");
        assert_eq!(&"E: jane@example.org!"[found[0].bytes.clone()], "jane@example.org");
    }

    #[test]
    fn finds_links_with_and_without_scheme() {
        link("https://www.example.com/jane?x=1.", "", "", "https://www.example.com/jane?x=1");
        link("see janedoe.dev", "", "", "janedoe.dev");
        link("www.jane-doe.de", "", "", "www.jane-doe.de");
        link("JANEDOE.COM", "", "", "JANEDOE.COM");
        assert_eq!(
            find_urls("ASP.NET, Node.js and Socket.io for B.Sc. in management.It works, jane@doe.com"),
            []
        );
    }

    #[test]
    fn knows_networks() {
        link("github.com/jane", "GitHub", "jane", "github.com/jane");
        link(
            "https://www.linkedin.com/in/jane-doe-12/",
            "LinkedIn",
            "jane-doe-12",
            "https://www.linkedin.com/in/jane-doe-12/",
        );
        link("(de.linkedin.com/in/jané)", "LinkedIn", "jané", "de.linkedin.com/in/jané");
        link(
            "stackoverflow.com/users/123/jane",
            "Stack Overflow",
            "jane",
            "stackoverflow.com/users/123/jane",
        );
        link("medium.com/@jane", "Medium", "jane", "medium.com/@jane");
        link(
            "https://orcid.org/0000-0001-2345-6789",
            "ORCID",
            "0000-0001-2345-6789",
            "https://orcid.org/0000-0001-2345-6789",
        );
        link("jane.substack.com", "Substack", "jane", "jane.substack.com");
        link("https://social.example/@jane", "Mastodon", "jane", "https://social.example/@jane");
        link("xing.com/profile/Jane_Doe", "Xing", "Jane_Doe", "xing.com/profile/Jane_Doe");
        link("LinkedIn:linkedin.com/in/jane", "LinkedIn", "jane", "linkedin.com/in/jane");
    }

    #[test]
    fn knows_handles() {
        link("GitHub: janedev", "GitHub", "janedev", "https://github.com/janedev");
        link("LinkedIn /in/jane-doe", "LinkedIn", "jane-doe", "https://linkedin.com/in/jane-doe");
        link("in/jane-doe", "LinkedIn", "jane-doe", "https://linkedin.com/in/jane-doe");
        link("Twitter: @jane", "Twitter", "jane", "https://twitter.com/jane");
        link("github janedev", "GitHub", "janedev", "https://github.com/janedev");
        link("@jane@mastodon.social", "Mastodon", "jane", "https://mastodon.social/@jane");
        assert_eq!(find_urls("Set up GitHub Actions and LinkedIn Learning for all teams"), []);
    }

    #[test]
    fn survives_any_text() {
        for text in [
            "@",
            "é@é.é",
            "@@@@",
            "http://",
            "https://é",
            "in/",
            "a@b.c(dot)",
            "\u{301}@x.de",
            "LinkedIn:",
            "www.",
            "GitHub:é",
        ] {
            let _ = (find_emails(text), find_urls(text));
        }
    }
}
