//! Shows where in a text somebody's words were found.

use super::query::Query;
use crate::words;

/// Words before and after the first one that was found.
const AROUND: usize = 12;

/// The part of the first text that holds one of the words, with each that was found between `<mark>` and `</mark>`; what is
/// HTML in the text is escaped. Nothing when none does.
pub fn snippet<'a>(query: &Query, texts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    texts.into_iter().find_map(|text| marked(query, text))
}

fn marked(query: &Query, text: &str) -> Option<String> {
    let places = words::places(text);
    let is_wanted = |word: &str| query.wanted.iter().flatten().any(|wanted| wanted == word);
    let first = places.iter().position(|(_, word)| is_wanted(word))?;
    let begin = first.saturating_sub(AROUND);
    let end = (first + AROUND + 1).min(places.len());
    let shown = &places[begin..end];
    let (start, stop) = (shown.first()?.0.start, shown.last()?.0.end);
    let mut snippet = String::new();
    if begin > 0 {
        snippet.push_str("… ");
    }
    let mut at = start;
    for (place, word) in shown {
        escape(&text[at..place.start], &mut snippet);
        if is_wanted(word) {
            snippet.push_str("<mark>");
            escape(&text[place.clone()], &mut snippet);
            snippet.push_str("</mark>");
        } else {
            escape(&text[place.clone()], &mut snippet);
        }
        at = place.end;
    }
    escape(&text[at..stop], &mut snippet);
    if end < places.len() {
        snippet.push_str(" …");
    }
    Some(snippet)
}

/// Line breaks become blanks: a snippet is one line.
fn escape(text: &str, to: &mut String) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            c if c.is_control() => to.push(' '),
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::snippet;
    use crate::resources::search::query::Query;

    #[test]
    fn what_was_found_is_marked_in_its_surroundings() {
        let query = Query::parse("müller rust").expect("there are words in it");
        let long = format!("{} <b>Muller</b> &\nRUST {}", "word ".repeat(30), "word ".repeat(30));

        let shown = snippet(&query, ["nothing here", &long]).expect("it is in the second");

        assert!(shown.starts_with("… word") && shown.ends_with("word …"), "{shown}");
        assert!(shown.contains("&lt;b&gt;<mark>Muller</mark>&lt;/b&gt; &amp; <mark>RUST</mark>"), "{shown}");
        assert_eq!(snippet(&query, ["nothing here"]), None);
    }
}
