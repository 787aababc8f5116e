//! What an RTF file is made of: groups, control words and symbols, bytes and text. Binary data is jumped over here, so
//! that nobody takes it for anything else.

#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// `\b`, `\fs24`
    Word(&'a str, Option<i32>),
    /// `\~`, `\*`
    Symbol(u8),
    /// `\'e9`
    Byte(u8),
    Text(&'a [u8]),
}

pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes as many bytes as `wanted` says yes to.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| !wanted(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let (&first, rest) = self.rest.split_first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.rest = rest;
        Some(match first {
            // A backslash at the end of a line ends a paragraph.
            b'\r' | b'\n' => Token::Word("par", None),
            b'\t' => Token::Word("tab", None),
            b'\'' => {
                let byte = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    Some(byte) => {
                        self.rest = &rest[2..];
                        Token::Byte(byte)
                    }
                    None => Token::Symbol(b'\''),
                }
            }
            symbol => Token::Symbol(symbol),
        })
    }

    fn word(&mut self) -> Token<'a> {
        let name = self.take_while(|byte| byte.is_ascii_alphabetic());
        let name = std::str::from_utf8(name).unwrap_or_default();
        let negative = self.rest.first() == Some(&b'-') && self.rest.get(1).is_some_and(u8::is_ascii_digit);
        if negative {
            self.rest = &self.rest[1..];
        }
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let number = (!digits.is_empty()).then(|| {
            let number = digits
                .iter()
                .fold(0i32, |number, digit| number.saturating_mul(10).saturating_add((digit - b'0').into()));
            if negative { -number } else { number }
        });
        if self.rest.first() == Some(&b' ') {
            self.rest = &self.rest[1..];
        }
        if name == "bin" {
            let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
        Token::Word(name, number)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        // Lines are broken anywhere; some programs fill up with zeroes.
        self.take_while(|byte| matches!(byte, b'\r' | b'\n' | 0));
        let (first, rest) = self.rest.split_first()?;
        match first {
            b'{' | b'}' | b'\\' => self.rest = rest,
            _ => {
                let is_text = |byte| !matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0);
                return Some(Token::Text(self.take_while(is_text)));
            }
        }
        match first {
            b'{' => Some(Token::Open),
            b'}' => Some(Token::Close),
            _ => self.control(),
        }
    }
}
