//! What somebody types into a search field: words, `"phrases"`, and `-` before what is not wanted.

use super::document::{Field, Lexicon};
use super::expression::{Expression, Matching};
use crate::error::{Error, Result};
use crate::words;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Each one word, or several that stand one after the other.
    pub wanted: Vec<Vec<String>>,
    pub unwanted: Vec<Vec<String>>,
}

const LONGEST: usize = 500;
const MOST_WORDS: usize = 40;

impl Query {
    /// # Errors
    /// `Invalid` at `q`: too long, or nothing in it can be searched for.
    pub fn parse(text: &str) -> Result<Self> {
        if text.chars().count() > LONGEST {
            return Err(Error::invalid("q", "too_long", format!("at most {LONGEST} characters")));
        }
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_unwanted = first == '-' && rest[1..].starts_with(|c: char| !c.is_whitespace() && c != '-');
            let begun = if is_unwanted { &rest[1..] } else { rest };
            let (part, after) = match begun.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => {
                    let end = begun.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(begun.len());
                    begun.split_at(end)
                }
            };
            let part = words::words(part);
            if !part.is_empty() {
                if is_unwanted { &mut query.unwanted } else { &mut query.wanted }.push(part);
            }
            rest = after.trim_start();
        }
        query.checked()
    }

    fn checked(self) -> Result<Self> {
        let count: usize = self.wanted.iter().chain(&self.unwanted).map(Vec::len).sum();
        if count == 0 {
            let detail = "there is no word in it; search for words, \"phrases\" and -what is not wanted";
            return Err(Error::invalid("q", "nothing_to_search", detail));
        }
        if count > MOST_WORDS {
            return Err(Error::invalid("q", "too_long", format!("at most {MOST_WORDS} words")));
        }
        Ok(self)
    }

    /// Adds it to what is looked for.
    pub fn require_in(&self, matching: &mut Matching, lexicon: &Lexicon) {
        let phrase = |words: &Vec<String>| {
            Expression::Phrase(words.iter().map(|word| lexicon.lexeme(Field::Word, word)).collect())
        };
        self.wanted.iter().map(phrase).for_each(|wanted| matching.require(wanted));
        self.unwanted.iter().map(phrase).for_each(|unwanted| matching.exclude(unwanted));
    }

    /// Each wanted word in this field.
    pub fn words_in(&self, field: Field, lexicon: &Lexicon) -> Vec<Expression> {
        let words = self.wanted.iter().flatten();
        words.map(|word| Expression::lexeme(lexicon.lexeme(field, word))).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::Query;

    fn parse(text: &str) -> (Vec<String>, Vec<String>) {
        let query = Query::parse(text).expect("there is something in it");
        let joined = |parts: Vec<Vec<String>>| parts.into_iter().map(|part| part.join(" ")).collect();
        (joined(query.wanted), joined(query.unwanted))
    }

    #[test]
    fn words_phrases_and_what_is_not_wanted() {
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (text, wanted, unwanted) in [
            ("Rust  engineer", vec!["rust", "engineer"], vec![]),
            ("\"site reliability\" -manager", vec!["site reliability"], vec!["manager"]),
            ("node.js -\"team lead\"", vec!["node js"], vec!["team lead"]),
            ("\"open end", vec!["open end"], vec![]),
            ("a\"b\"c", vec!["a", "b", "c"], vec![]),
            ("- x --y", vec!["x", "y"], vec![]),
            ("c++ AND (or) NOT * ^:", vec!["c++", "and", "or", "not"], vec![]),
        ] {
            assert_eq!(parse(text), (texts(&wanted), texts(&unwanted)), "{text}");
        }
        for nothing in ["", "  ", "\"\"", "-", "🦀 🎉", "() \" : *"] {
            assert!(Query::parse(nothing).is_err(), "{nothing}");
        }
        assert!(Query::parse(&"a ".repeat(41)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_it(text in any::<String>()) {
            if let Ok(query) = Query::parse(&text) {
                assert!(query.wanted.iter().chain(&query.unwanted).all(|part| !part.is_empty()));
            }
        }
    }
}
