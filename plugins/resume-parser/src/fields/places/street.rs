//! Street addresses of several countries.

use super::super::fold::words;
use super::super::table::listed;

/// Words that name a kind of street or a part of a building.
const STREET_WORDS: &str = "\
street st road rd avenue ave av lane ln drive dr boulevard blvd bd court ct place pl square sq terrace parkway pkwy \
highway hwy way close crescent cres circle cir trail row quay walk mews grove gardens hill broadway esplanade loop alley \
strasse str weg platz gasse allee ring damm ufer chaussee graben markt steig promenade pfad \
rue chemin impasse quai cours route faubourg passage square allees rte \
calle c avenida avda plaza paseo carretera camino ronda travesia glorieta carrer passeig carrera cra jiron \
via viale piazza corso vicolo largo piazzale strada contrada lungotevere \
straat laan plein gracht kade singel dijk dreef steeg \
rua praca travessa alameda estrada largo rodovia quadra \
apt apartment suite ste unit flat floor building block house box postfach bp apartado piso etage barangay brgy village \
sector phase colony nagar marg ulica ul aleja";

/// Ends of one-word street names.
const STREET_ENDINGS: &str = "strasse str weg platz gasse allee ring damm ufer markt straat laan plein gracht kade singel dijk steeg hof berg feld kamp dreef";

/// Whether a stretch without commas is a street with its number, or a box.
pub(super) fn is_street(text: &str) -> bool {
    let found = words(text);
    if found.is_empty() || found.len() > 9 {
        return false;
    }
    let number = found
        .iter()
        .any(|w| w.folded.bytes().next().is_some_and(|b| b.is_ascii_digit()) && w.folded.len() <= 6);
    let kind = found.iter().any(|w| {
        let ends = |e: &str| w.folded.len() > e.len() + 2 && w.folded.ends_with(e);
        listed(STREET_WORDS, &w.folded) || STREET_ENDINGS.split_ascii_whitespace().any(ends)
    });
    number && kind
}

/// Whether it could be one beside a postal code: a name with a house number.
pub(super) fn may_be_street(text: &str) -> bool {
    let found = words(text);
    let house = |w: Option<&super::super::fold::Word>| {
        w.is_some_and(|w| w.folded.len() <= 5 && w.folded.bytes().next().is_some_and(|b| b.is_ascii_digit()))
    };
    let letters = found.iter().any(|w| w.folded.chars().filter(|c| c.is_alphabetic()).count() > 2);
    is_street(text)
        || ((2..=7).contains(&found.len()) && letters && (house(found.first()) || house(found.last())))
}

#[cfg(test)]
mod tests {
    use super::{is_street, may_be_street};

    #[test]
    fn knows_streets_of_several_countries() {
        for text in [
            "12 Main St.",
            "Hauptstraße 5",
            "Am Ring 7a",
            "14 rue des Lilas",
            "Calle Mayor 3",
            "Via Roma, 10",
            "Dorpsstraat 12-B",
            "Rua das Flores 45",
            "P.O. Box 123",
            "Suite 400",
            "Muster Str. 9",
            "221B Baker Street",
        ] {
            assert!(is_street(text), "{text}");
        }
        assert!(
            may_be_street("Am Anger 4") && !may_be_street("Berlin") && !is_street("Berlin") && !is_street("")
        );
    }
}
