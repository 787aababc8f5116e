//! Places: city, region, country, postal code and street of one line, read
//! from its end, where the surest part stands.

mod lexicon;
mod postal;
mod street;

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::contacts::is_icon;
use super::fold::fold;
use super::table::listed;
use super::{dates, organisations, titles};
use lexicon::Code;

/// A place as written, apart from the code of its country.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) city: Option<String>,
    pub(crate) region: Option<String>,
    /// ISO code of the country the text names.
    pub(crate) country_code: Option<String>,
    /// ISO code of the country that city or region lie in, where it names none.
    pub(crate) country_guess: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) address: Option<String>,
    /// The text says remote, with or without a place.
    pub(crate) remote: bool,
    pub(crate) bytes: Range<usize>,
    pub(crate) confidence: f32,
}

/// Labels before an address.
const LABELS: &str = "address adresse location ort wohnort anschrift lieu localisation direccion ubicacion ciudad indirizzo residenza adres woonplaats endereco morada localizacao city based in standort domicile domicilio home lives residence";

const REMOTE: &str = "remote remoto remota teletravail homeoffice hybrid hybride hibrido anywhere worldwide telearbeit thuiswerk smartworking distributed";

/// Small words inside names of towns.
const PARTICLES: &str = "am an der im in la le les de del della den di do dos das du el los las of on sur sous upon bei ob and y the aan ten ter op en lez sopra al a auf und";

/// Towns that are names of persons or common words, too.
const AMBIGUOUS: &str = "\
reading bath nice split mobile orange hof essen halle tours angers brest pau sion wil zug bray swords lund york lincoln \
jackson madison charlotte florence victoria hamilton durham salem bend norman aurora flint jos hue nis ede oss lodi como \
bari prato asti perm providence phoenix columbus austin houston orlando dallas chandler henderson gilbert garland irving \
cary laval vaughan markham regina surrey derby preston lancaster newport hull sofia sydney adelaide darwin albury nelson \
kingston laguna santos natal maia guarda beja thane agra pune nara chiba weiden worms siegen witten kiel ansbach gera \
celle fulda emden trier lima sucre manta pasto leon avila lugo reus burgos jaen mons gent aalst arras bali fes oran \
tamale warri enugu mesa plano";

/// Reads a line that is a place and nothing else.
pub(crate) fn parse(text: &str) -> Option<Place> {
    let (place, whole) = read(text)?;
    whole.then_some(place)
}

/// Reads the place at the end of a line that begins with something else
/// ("Acme Inc., Denver, CO"); its bytes say where it begins.
pub(crate) fn find_trailing(text: &str) -> Option<Place> {
    read(text).map(|(place, _)| place)
}

/// Whether the text is the name of a country.
pub(crate) fn is_country(text: &str) -> bool {
    lexicon::country(text).is_some()
}

struct Segment<'a> {
    text: &'a str,
    bytes: Range<usize>,
}

fn read(text: &str) -> Option<(Place, bool)> {
    if text.len() > 200 || text.contains('@') || text.contains("://") {
        return None;
    }
    let segments = segments(text);
    if segments.is_empty() || segments.len() > 9 {
        return None;
    }
    let mut reader = Reader { place: Place::default(), home: None, known: false, pending: None };
    let mut first = segments.len();
    while first > 0 && reader.take(segments[first - 1].text) {
        first -= 1;
    }
    let place = reader.finish(first == 0)?;
    let bytes = segments.get(first)?.bytes.start..segments.last()?.bytes.end;
    Some((Place { bytes, ..place }, first == 0))
}

/// The parts between commas, dashes, bars and brackets, without a label.
fn segments(text: &str) -> Vec<Segment<'_>> {
    let base = text.as_ptr() as usize;
    let parted = |c: char| ",|·•;()\n\t/—–".contains(c) || is_icon(c);
    let mut out = Vec::new();
    for (i, part) in text.split(parted).flat_map(|p| p.split(" - ")).enumerate() {
        let mut part = part.trim_matches(|c: char| {
            c.is_whitespace() || ".:".contains(c) && !part.trim_end().ends_with("St.")
        });
        if i == 0
            && let Some((label, rest)) = part.split_once(':')
            && fold(label).split(' ').all(|w| listed(LABELS, w))
        {
            part = rest.trim();
        }
        if !part.is_empty() {
            let start = part.as_ptr() as usize - base;
            out.push(Segment { text: part, bytes: start..start + part.len() });
        }
    }
    out
}

/// Builds a place segment by segment, from the last to the first.
struct Reader {
    place: Place,
    /// The country that the parts read so far lie in.
    home: Option<&'static str>,
    /// Some part stands in a gazetteer or has a telling form.
    known: bool,
    /// A code that means a state or a country, until the city is known.
    pending: Option<String>,
}

impl Reader {
    fn take(&mut self, text: &str) -> bool {
        if self.place.city.is_none() && self.place.address.is_none() {
            return self.remote(text)
                || self.country(text)
                || self.region(text)
                || self.city(text)
                || self.lone_street(text);
        }
        if street::is_street(text)
            || (self.place.postal_code.is_some()
                && self.place.address.is_none()
                && street::may_be_street(text))
        {
            self.place.address = Some(match self.place.address.take() {
                Some(rest) => format!("{text}, {rest}"),
                None => text.to_owned(),
            });
            return true;
        }
        // "Remote, Berlin" and "Paris, Île-de-France" the other way round.
        self.remote(text)
    }

    fn remote(&mut self, text: &str) -> bool {
        let folded = fold(text);
        let is_remote =
            folded == "home office" || (!folded.is_empty() && folded.split(' ').any(|w| listed(REMOTE, w)));
        if !is_remote || self.place.remote || folded.split(' ').count() > 3 {
            return false;
        }
        self.place.remote = true;
        true
    }

    fn country(&mut self, text: &str) -> bool {
        if self.place.country_code.is_some() || self.place.region.is_some() {
            return false;
        }
        // A city-state is its own country; "Georgia" is settled as a state.
        let Some(code) = lexicon::country(text) else { return false };
        if fold(text) == "georgia" {
            return false;
        }
        self.place.country_code = Some(code.to_owned());
        self.home = Some(code);
        self.known = true;
        if code == "SG" || code == "HK" || code == "MC" {
            self.place.city = Some(text.to_owned());
        }
        true
    }

    fn region(&mut self, text: &str) -> bool {
        if self.place.region.is_some() || self.pending.is_some() {
            return false;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let code = postal::suffix(&words);
        let (name, code) = words.split_at(words.len() - code);
        let name = name.join(" ");
        if name.is_empty() {
            // A postal code by itself, behind the city.
            if code.is_empty() || self.place.postal_code.is_some() {
                return false;
            }
            self.place.postal_code = Some(code.join(" "));
            return true;
        }
        let home = self.home;
        if let Some(country) = lexicon::region(&name).filter(|c| home.is_none_or(|h| h == *c)) {
            if lexicon::city(&name).is_some() && code.is_empty() && home.is_none() {
                return false;
            }
            self.home = Some(country);
            self.place.region = Some(name);
        } else if lexicon::region_code(&name).iter().any(|c| home.is_none_or(|h| h == *c))
            || (home.is_none() && lexicon::iso(&name).is_some())
        {
            self.pending = Some(name);
        } else {
            return false;
        }
        if !code.is_empty() {
            self.place.postal_code = Some(code.join(" "));
        }
        self.known = true;
        true
    }

    fn city(&mut self, text: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        let lead = postal::prefix(&words);
        let mut tail = if lead == 0 { postal::suffix(&words) } else { 0 };
        if lead + tail >= words.len() {
            tail = 0;
        }
        let mut name = &words[lead..words.len() - tail];
        if name.is_empty() {
            return false;
        }
        let mut code = None;
        // "Denver CO": the state without a comma.
        if let [head @ .., last] = name
            && !head.is_empty()
            && self.place.region.is_none()
            && self.pending.is_none()
            && (last.len() <= 3 && !lexicon::region_code(last).is_empty())
        {
            (name, code) = (head, Some((*last).to_owned()));
        }
        let joined = name.join(" ");
        let home = lexicon::city(&joined);
        let certain = lead + tail > 0 || self.known;
        if !(home.is_some() || (certain && is_name(&joined)) || (code.is_some() && is_name(&joined))) {
            return false;
        }
        if starts_lower(&joined)
            || (home.is_none() && (organisations::score(&joined) >= 0.5 || titles::has_head(&joined)))
        {
            return false;
        }
        if lead + tail > 0 && self.place.postal_code.is_none() {
            let digits = if lead > 0 { &words[..lead] } else { &words[words.len() - tail..] };
            self.place.postal_code = Some(digits.join(" "));
        }
        self.known |= home.is_some() || certain;
        if let Some(code) = code {
            self.known = true;
            self.pending = Some(code);
        }
        self.settle(home);
        self.place.city = Some(joined);
        self.home = self.home.or(home);
        true
    }

    fn lone_street(&mut self, text: &str) -> bool {
        if !street::is_street(text) || self.known {
            return false;
        }
        self.place.address = Some(text.to_owned());
        true
    }

    /// Decides what the code behind the city means.
    fn settle(&mut self, city: Option<&'static str>) {
        let Some(text) = self.pending.take() else { return };
        match lexicon::code(&text, self.home.or(city)) {
            Some(Code::Country(code)) => {
                self.place.country_code = Some(code.to_owned());
                self.home = Some(code);
            }
            Some(Code::Region(country)) => {
                self.place.region = Some(text);
                self.home = self.home.or(Some(country));
            }
            None => self.place.region = Some(text),
        }
    }

    fn finish(mut self, whole: bool) -> Option<Place> {
        let bare_code = self.pending.is_some() && self.place.city.is_none();
        let named = self.place.country_code.is_some();
        if bare_code {
            // A code alone ("CO", "IN") says nothing.
            return None;
        }
        self.settle(None);
        let place = &self.place;
        let mut confidence: f32 = match (
            &place.city,
            place.postal_code.is_some(),
            place.region.is_some() || place.country_code.is_some(),
        ) {
            (Some(city), _, true) | (Some(city), true, _) => {
                if lexicon::city(city).is_some() {
                    0.97
                } else {
                    0.85
                }
            }
            (Some(city), false, false) => {
                if listed(AMBIGUOUS, &fold(city)) {
                    0.6
                } else {
                    0.85
                }
            }
            (None, _, _) if place.address.is_some() => 0.7,
            (None, _, _) if place.remote => 0.8,
            (None, _, true) => {
                if named {
                    0.7
                } else {
                    0.6
                }
            }
            (None, _, false) => return None,
        };
        if !whole && place.city.is_none() {
            confidence -= 0.3;
        }
        let guess = self.home.filter(|_| place.country_code.is_none()).map(str::to_owned);
        Some(Place { country_guess: guess, confidence, ..self.place })
    }
}

fn starts_lower(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(char::is_lowercase) && !["'s", "’s", "l'", "den "].iter().any(|p| text.starts_with(p))
}

/// Capitalised words that can name a town.
fn is_name(text: &str) -> bool {
    let mut count = 0;
    for word in text.split([' ', '-', '\'', '’']).filter(|w| !w.is_empty()) {
        count += 1;
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let letters = word.chars().all(|c| c.is_alphabetic() || c == '.');
        if !letters || !(capital || listed(PARTICLES, &fold(word)) || count > 1 && word.len() <= 2) {
            return false;
        }
    }
    (1..=5).contains(&count)
        && text.chars().filter(|c| c.is_alphabetic()).count() > 2
        && dates::find_ranges(text).is_empty()
}
