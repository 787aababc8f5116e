//! Tokens of PDF content streams and CMap programs.
//! Strings and names are borrowed from the input unless an escape forces a copy; what cannot be read is skipped.

use std::borrow::Cow;

/// One token. Arrays and dictionaries come as their brackets.
#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f32),
    Name(Cow<'a, [u8]>),
    Text(Cow<'a, [u8]>),
    ArrayStart,
    ArrayEnd,
    DictStart,
    DictEnd,
    Word(&'a [u8]),
}

/// Reads tokens one after the other.
pub(crate) struct Lexer<'a> {
    data: &'a [u8],
    pos: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0 | 12)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { data, pos: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.pos).copied()
    }

    pub(crate) fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = self.peek()?;
            match byte {
                _ if is_space(byte) => self.pos += 1,
                b'%' => self.skip_comment(),
                b'(' => return Some(Token::Text(self.literal())),
                b'/' => return Some(Token::Name(self.name())),
                b'[' => return self.bracket(Token::ArrayStart, 1),
                b']' => return self.bracket(Token::ArrayEnd, 1),
                b'<' if self.data.get(self.pos + 1) == Some(&b'<') => {
                    return self.bracket(Token::DictStart, 2);
                }
                b'<' => return Some(Token::Text(self.hexadecimal())),
                b'>' if self.data.get(self.pos + 1) == Some(&b'>') => return self.bracket(Token::DictEnd, 2),
                b'>' | b')' | b'{' | b'}' => self.pos += 1,
                b'0'..=b'9' | b'+' | b'-' | b'.' => return Some(self.number()),
                _ => return Some(Token::Word(self.word())),
            }
        }
    }

    fn bracket(&mut self, token: Token<'a>, length: usize) -> Option<Token<'a>> {
        self.pos += length;
        Some(token)
    }

    fn skip_comment(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'\n' || byte == b'\r' {
                break;
            }
            self.pos += 1;
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.pos;
        while let Some(byte) = self.peek() {
            if is_space(byte) || is_delimiter(byte) {
                break;
            }
            self.pos += 1;
        }
        &self.data[start..self.pos]
    }

    fn name(&mut self) -> Cow<'a, [u8]> {
        self.pos += 1;
        let raw = self.word();
        if !raw.contains(&b'#') {
            return Cow::Borrowed(raw);
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut index = 0;
        while let Some(&byte) = raw.get(index) {
            let pair = raw
                .get(index + 1)
                .copied()
                .and_then(hex_digit)
                .zip(raw.get(index + 2).copied().and_then(hex_digit));
            match pair {
                Some((high, low)) if byte == b'#' => {
                    name.push(high << 4 | low);
                    index += 3;
                }
                _ => {
                    name.push(byte);
                    index += 1;
                }
            }
        }
        Cow::Owned(name)
    }

    fn number(&mut self) -> Token<'a> {
        let start = self.pos;
        let mut negative = false;
        while let Some(sign @ (b'+' | b'-')) = self.peek() {
            negative |= sign == b'-';
            self.pos += 1;
        }
        let mut value = 0f64;
        let mut scale = 0f64;
        let mut digits = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' => {
                    value = value * 10.0 + f64::from(byte - b'0');
                    scale *= 10.0;
                    digits += 1;
                }
                b'.' if scale == 0.0 => scale = 1.0,
                b'-' => {} // some writers put a sign inside a number; readers ignore it
                _ => break,
            }
            self.pos += 1;
        }
        if digits == 0 {
            let rest = self.word();
            let end = self.pos;
            if rest.is_empty() && start + 1 >= end {
                return Token::Number(0.0);
            }
            return Token::Word(&self.data[start..end]);
        }
        if scale > 1.0 {
            value /= scale;
        }
        Token::Number(if negative { -value } else { value } as f32)
    }

    fn literal(&mut self) -> Cow<'a, [u8]> {
        self.pos += 1;
        let start = self.pos;
        let mut depth = 1usize;
        let mut plain = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => {
                    plain = false;
                    self.pos += 1;
                }
                b'\r' => plain = false,
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            self.pos += 1;
        }
        let end = self.pos.min(self.data.len());
        self.pos = (end + 1).min(self.data.len());
        let raw = &self.data[start.min(end)..end];
        if plain { Cow::Borrowed(raw) } else { Cow::Owned(unescape(raw)) }
    }

    fn hexadecimal(&mut self) -> Cow<'a, [u8]> {
        self.pos += 1;
        let mut bytes = Vec::new();
        let mut high = None;
        while let Some(byte) = self.peek() {
            self.pos += 1;
            if byte == b'>' {
                break;
            }
            if let Some(digit) = hex_digit(byte) {
                match high.take() {
                    Some(first) => bytes.push(first << 4 | digit),
                    None => high = Some(digit),
                }
            }
        }
        if let Some(first) = high {
            bytes.push(first << 4);
        }
        Cow::Owned(bytes)
    }

    /// Call after the word `ID`: goes behind the `EI` that ends the image's bytes.
    pub(crate) fn skip_inline_image(&mut self) {
        self.pos += 1;
        while self.pos < self.data.len() {
            let rest = &self.data[self.pos..];
            let Some(found) = rest.windows(2).position(|pair| pair == b"EI") else {
                self.pos = self.data.len();
                return;
            };
            let before = found == 0 || is_space(rest[found - 1]);
            let after = rest.get(found + 2).is_none_or(|&byte| is_space(byte));
            // Binary data may hold the two letters: what follows the true end is text.
            let legible = rest[(found + 2).min(rest.len())..]
                .iter()
                .take(12)
                .all(|&byte| is_space(byte) || (32..127).contains(&byte));
            self.pos += found + 2;
            if before && after && legible {
                return;
            }
        }
    }
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut index = 0;
    while let Some(&byte) = raw.get(index) {
        index += 1;
        if byte == b'\r' {
            index += usize::from(raw.get(index) == Some(&b'\n'));
            bytes.push(b'\n');
            continue;
        }
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(&escaped) = raw.get(index) else { break };
        index += 1;
        match escaped {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\n' => {}
            b'\r' => index += usize::from(raw.get(index) == Some(&b'\n')),
            b'0'..=b'7' => {
                let mut code = u32::from(escaped - b'0');
                for _ in 0..2 {
                    let Some(&digit @ b'0'..=b'7') = raw.get(index) else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    index += 1;
                }
                bytes.push((code & 0xff) as u8);
            }
            other => bytes.push(other),
        }
    }
    bytes
}
