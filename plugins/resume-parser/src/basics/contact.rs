//! Contact details: e-mail, telephone, links, profiles and the place of living.

use mortise_sdk::Rect;
use mortise_sdk::resume::{Location, Profile};

use super::place;
use crate::Section;
use crate::entries::rows::is_sentence;
use crate::entries::slots;
use crate::fields::{contacts, dates, phones};
use crate::layout::{Cell, Document, Line};
use crate::record::{Placed, Record};
use crate::sections::Part;

const MAX_LINES: usize = 400;

/// E-mails, telephone numbers, web sites and profiles; the header first, then the rest of the file.
pub(crate) fn links_and_addresses(
    document: &Document,
    parts: &[Part],
    header: &[&Line],
    record: &mut Record,
) {
    let mut sure = 0.97;
    for line in header.iter().take(MAX_LINES) {
        from_line(line, true, sure, record);
    }
    let basics = &record.resume.basics;
    let (no_email, no_phone) = (basics.emails.is_empty(), basics.phones.is_empty());
    if no_email || no_phone {
        // Footers and side notes end up in a section; referees' addresses must not become the person's.
        sure = 0.7;
        let elsewhere = parts.iter().filter(|part| part.kind != Section::References);
        for line in
            elsewhere.flat_map(|part| &part.lines).filter(|line| line.rect.height > 0.0).take(4 * MAX_LINES)
        {
            let text = line.text();
            if text.contains('@') || no_phone && line.cells.iter().any(|cell| cell.text.len() < 40) {
                from_line(line, no_email && no_phone, sure, record);
            }
        }
    }
    targets(document, header, record);
}

fn from_line(line: &Line, with_links: bool, sure: f32, record: &mut Record) {
    for cell in &line.cells {
        for email in contacts::find_emails(&cell.text) {
            push_email(record, email.address, line.page, rect_of(cell, &email.bytes), sure);
        }
        let links = contacts::find_urls(&cell.text);
        for phone in phones::find(&cell.text) {
            let in_link = links.iter().any(|link| link.bytes.contains(&phone.bytes.start));
            if !in_link && phone.confidence >= 0.5 && (sure > 0.8 || phone.confidence >= 0.8) {
                let rect = rect_of(cell, &phone.bytes);
                if !record.resume.basics.phones.contains(&phone.number)
                    && record.resume.basics.phones.len() < 4
                {
                    if record.resume.basics.phones.is_empty() {
                        record.note("/basics/phone".to_owned(), line.page, rect, phone.confidence.min(sure));
                    }
                    record.resume.basics.phones.push(phone.number);
                }
            }
        }
        if with_links {
            for link in links {
                push_link(record, link, line.page, rect_of(cell, &(0..cell.text.len())), sure * 0.95);
            }
        }
    }
}

/// A short line that holds an address, a number or a link and no prose.
pub(crate) fn is_detail(text: &str) -> bool {
    text.split_whitespace().count() <= 6
        && (text.contains('@') || !phones::find(text).is_empty() || !contacts::find_urls(text).is_empty())
}

fn rect_of(cell: &Cell, bytes: &std::ops::Range<usize>) -> Rect {
    cell.slice(bytes.start, bytes.end).map_or(cell.rect, |part| part.rect)
}

fn push_email(record: &mut Record, address: String, page: usize, rect: Rect, sure: f32) {
    let emails = &record.resume.basics.emails;
    if emails.len() < 4 && !emails.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
        if emails.is_empty() {
            record.note("/basics/email".to_owned(), page, rect, sure);
        }
        record.resume.basics.emails.push(address);
    }
}

fn push_link(record: &mut Record, link: contacts::Link, page: usize, rect: Rect, sure: f32) {
    match link.network {
        Some(network) => {
            let basics = &mut record.resume.basics;
            let same = |known: &Profile| {
                known.network.as_deref() == Some(network)
                    && (known.username == link.username || known.url.as_deref() == Some(link.url.as_str()))
            };
            if basics.profiles.len() < 12 && !basics.profiles.iter().any(same) {
                let at = format!("/basics/profiles/{}", basics.profiles.len());
                basics.profiles.push(Profile {
                    network: Some(network.to_owned()),
                    username: link.username,
                    url: Some(link.url),
                });
                record.note(format!("{at}/url"), page, rect, sure);
                record.note(format!("{at}/network"), page, rect, sure);
            }
        }
        None => {
            if record.resume.basics.url.is_none() {
                record.note("/basics/url".to_owned(), page, rect, sure * 0.9);
                record.resume.basics.url = Some(link.url);
            }
        }
    }
}

/// What only the targets of links over the header tell.
fn targets(document: &Document, header: &[&Line], record: &mut Record) {
    for link in &document.links {
        let over = header.iter().find(|line| line.page == link.page && overlaps(&line.rect, &link.rect));
        if over.is_none() {
            continue;
        }
        if let Some(address) = link.target.strip_prefix("mailto:") {
            let address = address.split('?').next().unwrap_or(address);
            // A wrapped or cut address is whole in the link.
            let first = record.resume.basics.emails.first_mut();
            if let Some(shown) = first.filter(|shown| shown.len() < address.len())
                && address.get(..shown.len()).is_some_and(|head| head.eq_ignore_ascii_case(shown))
            {
                address.clone_into(shown);
            }
            if record.resume.basics.emails.is_empty() && address.contains('@') {
                push_email(record, address.to_owned(), link.page, link.rect, 0.9);
            }
            continue;
        }
        if let Some(number) = link.target.strip_prefix("tel:") {
            if record.resume.basics.phones.is_empty() && number.len() > 5 {
                record.note("/basics/phone".to_owned(), link.page, link.rect, 0.9);
                record.resume.basics.phones.push(number.to_owned());
            }
            continue;
        }
        for found in contacts::find_urls(&link.target) {
            let basics = &record.resume.basics;
            let known_network = |profile: &Profile| profile.network.as_deref() == found.network;
            let is_new = match found.network {
                Some(_) => !basics.profiles.iter().any(known_network),
                None => basics.url.is_none(),
            };
            if is_new {
                push_link(record, found, link.page, link.rect, 0.85);
            }
        }
    }
}

fn overlaps(a: &Rect, b: &Rect) -> bool {
    let middle = b.y + b.height / 2.0;
    a.x < b.right() && b.x < a.right() && a.y - 2.0 <= middle && middle <= a.bottom() + 2.0
}

/// A place in the header, on one piece of a line or over up to three lines.
pub(crate) fn location(header: &[&Line], taken: &[&Placed], record: &mut Record) {
    let mut pieces: Vec<(Placed, usize, bool)> = Vec::new();
    for (number, line) in header.iter().take(MAX_LINES).enumerate() {
        let near = &header[number.saturating_sub(2)..header.len().min(number + 3)];
        let trusted = near.iter().any(|line| line.cells.iter().any(|cell| cell.text.contains('@')));
        for piece in line.cells.iter().flat_map(slots::pieces) {
            let placed = Placed::of(&piece, line.page);
            let text = unlabelled(&placed.text);
            let is_other = text.contains('@')
                || text.chars().count() > 90
                || taken.iter().any(|known| known.text.contains(text) && known.page == placed.page)
                || !phones::find(text).is_empty()
                || !contacts::find_urls(text).is_empty()
                || !dates::find_ranges(text).is_empty() && !text.contains(',')
                || is_sentence(text) && !text.chars().any(|c| c.is_ascii_digit());
            if !is_other && !text.is_empty() {
                pieces.push((placed.with_text(text), number, trusted));
            }
        }
    }
    let mut best: Option<(f32, Placed, Location, f32)> = None;
    for start in 0..pieces.len().min(200) {
        let mut joined = pieces[start].0.clone();
        for end in start..pieces.len().min(start + 3) {
            if end > start {
                let (next, line, _) = &pieces[end];
                if next.page != joined.page || line.abs_diff(pieces[end - 1].1) > 1 {
                    break;
                }
                joined.text.push_str(", ");
                joined.text.push_str(&next.text);
                joined.rect = joined.rect.union(&next.rect);
            }
            let trusted = pieces[start].2 && end == start;
            let Some((location, sure)) = place::read(&joined.text, trusted) else { continue };
            let parts = parts(&location);
            // More parts are worth more lines, but only when each further line brings one.
            let score = sure + 0.16 * parts as f32 - 0.14 * (end - start) as f32;
            if sure >= 0.35 && best.as_ref().is_none_or(|(best, ..)| score > *best) {
                best = Some((score, joined.clone(), location, sure));
            }
        }
    }
    let Some((_, placed, location, sure)) = best else { return };
    let named = [
        ("address", location.address.is_some()),
        ("postalCode", location.postal_code.is_some()),
        ("city", location.city.is_some()),
        ("region", location.region.is_some()),
        ("countryCode", location.country_code.is_some()),
    ];
    for (name, _) in named.iter().filter(|(_, is_there)| *is_there) {
        record.note(format!("/basics/location/{name}"), placed.page, placed.rect, sure * 0.95);
    }
    record.resume.basics.location = Some(location);
}

fn parts(location: &Location) -> usize {
    [&location.address, &location.postal_code, &location.city, &location.region, &location.country_code]
        .iter()
        .filter(|part| part.is_some())
        .count()
}

const PLACE_LABELS: &[&str] = &[
    "address",
    "location",
    "based in",
    "adresse",
    "wohnort",
    "anschrift",
    "ort",
    "standort",
    "lieu",
    "ville",
    "localisation",
    "dirección",
    "ubicación",
    "ciudad",
    "indirizzo",
    "residenza",
    "adres",
    "woonplaats",
    "endereço",
    "morada",
    "localização",
    "city",
    "home",
];

/// The text without a label such as "Address:".
fn unlabelled(text: &str) -> &str {
    let Some((label, rest)) = text.split_once(':') else { return text.trim() };
    if PLACE_LABELS.contains(&label.trim().to_lowercase().as_str()) { rest.trim() } else { text.trim() }
}
