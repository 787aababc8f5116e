//! Texts as they are compared: words in small letters without accents, with a blank before and after each.

/// Many texts in one, so that a name is looked for once: each between line breaks, with where it came from.
pub(crate) struct Texts<P> {
    words: String,
    /// Where each text begins, in order.
    starts: Vec<(usize, P)>,
}

impl<P: Copy> Texts<P> {
    pub(crate) fn new() -> Self {
        Self { words: String::new(), starts: Vec::new() }
    }

    pub(crate) fn add(&mut self, place: P, text: &str) {
        self.starts.push((self.words.len(), place));
        self.words.push('\n');
        write(text, &mut self.words);
    }

    /// Where a key stands first.
    pub(crate) fn find(&self, key: &Key) -> Option<P> {
        let at = self.words.find(&key.0)?;
        let text = self.starts.partition_point(|(start, _)| *start <= at);
        Some(self.starts[text.checked_sub(1)?].1)
    }
}

/// A name to look for.
pub(crate) struct Key(String);

impl Key {
    /// Nothing for a name without letters and digits.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let mut words = String::with_capacity(name.len() + 2);
        write(name, &mut words);
        (words.len() > 2).then_some(Self(words))
    }

    /// Whatever begins so: `engineer` also finds engineering, and `nurse` nursing.
    pub(crate) fn beginning(word: &str) -> Option<Self> {
        let Self(mut words) = Self::of(word)?;
        words.truncate(words.trim_end().trim_end_matches(['a', 'e', 'i', 'o']).len());
        (words.chars().count() > 4).then_some(Self(words))
    }

    /// `go` and `net` are words of any language.
    pub(crate) fn is_short(&self) -> bool {
        self.0.chars().count() <= 5
    }
}

/// Every word with a blank after it, and one before the first.
fn write(text: &str, into: &mut String) {
    into.push(' ');
    let mut is_inside = false;
    for c in text.chars() {
        if c.is_alphanumeric() || (matches!(c, '+' | '#') && is_inside) {
            fold(c, into);
            is_inside = true;
        } else if is_inside && !is_accent(c) {
            into.push(' ');
            is_inside = false;
        }
    }
    if is_inside {
        into.push(' ');
    }
}

/// An accent written apart belongs to the letter before it.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn fold(c: char, into: &mut String) {
    if c.is_ascii() {
        into.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        let plain = match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
            'æ' => "ae",
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
            'ď' | 'đ' => "d",
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
            'ķ' => "k",
            'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
            'ñ' | 'ń' | 'ņ' | 'ň' => "n",
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
            'œ' => "oe",
            'ŕ' | 'ŗ' | 'ř' => "r",
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
            'ß' => "ss",
            'ţ' | 'ť' | 'ț' => "t",
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
            'ý' | 'ÿ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            other if is_accent(other) => "",
            other => {
                into.push(other);
                continue;
            }
        };
        into.push_str(plain);
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Texts};

    #[test]
    fn names_are_found_as_whole_words_without_case_and_accents() {
        let mut texts = Texts::new();
        texts.add(1, "Node.js, C++ & C#; Qualité");
        texts.add(2, "rust-lang");
        let found = |name: &str| Key::of(name).and_then(|key| texts.find(&key));
        for (name, place) in [
            ("NODE JS", Some(1)),
            ("c++", Some(1)),
            ("C", None),
            ("c#", Some(1)),
            ("qualite", Some(1)),
            ("Rust", Some(2)),
            ("qualite rust", None),
            ("rus", None),
            ("..", None),
        ] {
            assert_eq!(found(name), place, "{name}");
        }
        let begins = |word: &str| Key::beginning(word).and_then(|key| texts.find(&key));
        assert_eq!((begins("qualify"), begins("Quali"), begins("lang")), (None, Some(1), Some(2)));
    }
}
