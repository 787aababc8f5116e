//! CMap programs: from codes to Unicode text (ToUnicode) or to CIDs (an embedded Encoding).

use crate::syntax::{Lexer, Token};

/// A file that lists more is not honest; what is over is not read.
const MAX_ENTRIES: usize = 200_000;

#[derive(Debug, Clone)]
enum Target {
    /// The text of the first code; the last UTF-16 unit counts up.
    Text(Vec<u16>),
    /// The CID of the first code.
    Cid(u32),
}

#[derive(Debug)]
struct Range {
    low: u32,
    high: u32,
    target: Target,
}

/// A parsed CMap.
#[derive(Debug, Default)]
pub(crate) struct CMap {
    /// Length in bytes, lowest and highest code.
    codespaces: Vec<(u8, u32, u32)>,
    ranges: Vec<Range>,
    pub(crate) vertical: bool,
}

enum Item {
    Code(u8, u32, Vec<u8>),
    Number(u32),
    List(Vec<Vec<u8>>),
}

fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, &byte| value << 8 | u32::from(byte))
}

fn utf16(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [single] => vec![u16::from(*single)],
        _ => bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect(),
    }
}

impl CMap {
    pub(crate) fn parse(program: &[u8]) -> CMap {
        let mut cmap = CMap::default();
        let mut lexer = Lexer::new(program);
        let mut items: Vec<Item> = Vec::new();
        let mut list: Option<Vec<Vec<u8>>> = None;
        while let Some(token) = lexer.next_token() {
            match token {
                Token::Text(bytes) => match &mut list {
                    Some(list) => list.push(bytes.into_owned()),
                    None => {
                        items.push(Item::Code(bytes.len().min(4) as u8, code(&bytes), bytes.into_owned()))
                    }
                },
                Token::ArrayStart => list = Some(Vec::new()),
                Token::ArrayEnd => items.extend(list.take().map(Item::List)),
                Token::Number(value) => {
                    items.push(Item::Number(value.max(0.0) as u32));
                }
                Token::Word(word) => {
                    match word {
                        b"endcodespacerange" => cmap.add_codespaces(&items),
                        b"endbfchar" | b"endcidchar" => cmap.add_characters(&items),
                        b"endbfrange" | b"endcidrange" => cmap.add_ranges(&items),
                        _ => {}
                    }
                    items.clear();
                    list = None;
                }
                _ => {}
            }
            if items.is_empty() && list.is_none() {
                continue;
            }
            if items.len() > MAX_ENTRIES || list.as_ref().is_some_and(|list| list.len() > MAX_ENTRIES) {
                break;
            }
        }
        if program.windows(8).any(|window| window == b"/WMode 1") {
            cmap.vertical = true;
        }
        cmap.ranges.sort_by_key(|range| range.low);
        cmap
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn add_codespaces(&mut self, items: &[Item]) {
        for pair in items.chunks_exact(2) {
            if let [Item::Code(length, low, _), Item::Code(_, high, _)] = pair
                && *length > 0
            {
                self.codespaces.push((*length, *low, *high));
            }
        }
    }

    fn push(&mut self, low: u32, high: u32, target: Target) {
        if self.ranges.len() < MAX_ENTRIES && low <= high {
            self.ranges.push(Range { low, high, target });
        }
    }

    fn add_characters(&mut self, items: &[Item]) {
        for pair in items.chunks_exact(2) {
            match pair {
                [Item::Code(_, low, _), Item::Code(_, _, text)] => {
                    self.push(*low, *low, Target::Text(utf16(text)))
                }
                [Item::Code(_, low, _), Item::Number(cid)] => self.push(*low, *low, Target::Cid(*cid)),
                _ => {}
            }
        }
    }

    fn add_ranges(&mut self, items: &[Item]) {
        for triple in items.chunks_exact(3) {
            let [Item::Code(_, low, _), Item::Code(_, high, _), target] = triple else { continue };
            match target {
                Item::Code(_, _, text) => self.push(*low, *high, Target::Text(utf16(text))),
                Item::Number(cid) => self.push(*low, *high, Target::Cid(*cid)),
                Item::List(texts) => {
                    for (offset, text) in texts.iter().enumerate() {
                        let code = low.saturating_add(offset as u32);
                        self.push(code, code, Target::Text(utf16(text)));
                    }
                }
            }
        }
    }

    fn find(&self, code: u32) -> Option<&Range> {
        let end = self.ranges.partition_point(|range| range.low <= code);
        // Ranges may overlap in careless files: the nearest one that holds the code wins.
        self.ranges[..end].iter().rev().take(16).find(|range| range.high >= code)
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<String> {
        let range = self.find(code)?;
        let Target::Text(units) = &range.target else { return None };
        let offset = code - range.low;
        if offset == 0 {
            return Some(String::from_utf16_lossy(units));
        }
        let (last, head) = units.split_last()?;
        if let [high] = head
            && (0xd800..0xdc00).contains(high)
        {
            let scalar = 0x10000 + ((u32::from(*high) - 0xd800) << 10) + u32::from(last.wrapping_sub(0xdc00));
            return char::from_u32(scalar.saturating_add(offset)).map(String::from);
        }
        let mut units = head.to_vec();
        units.push(last.wrapping_add(offset as u16));
        Some(String::from_utf16_lossy(&units))
    }

    /// The CID of a code.
    pub(crate) fn cid(&self, code: u32) -> Option<u32> {
        let range = self.find(code)?;
        match range.target {
            Target::Cid(first) => Some(first.saturating_add(code - range.low)),
            Target::Text(_) => None,
        }
    }

    /// The number of bytes of the next code.
    pub(crate) fn code_length(&self, bytes: &[u8]) -> Option<usize> {
        let fits = |&&(length, low, high): &&(u8, u32, u32)| {
            let length = usize::from(length);
            bytes.get(..length).is_some_and(|head| {
                // Each byte must lie within its own bounds.
                let (low, high) = (low.to_be_bytes(), high.to_be_bytes());
                head.iter().enumerate().all(|(at, byte)| {
                    let index = 4 - length + at;
                    low[index] <= *byte && *byte <= high[index]
                })
            })
        };
        let found = self.codespaces.iter().filter(fits).map(|space| usize::from(space.0)).min();
        found.or_else(|| self.codespaces.iter().map(|space| usize::from(space.0)).min())
    }
}

#[cfg(test)]
mod tests {
    use super::CMap;

    #[test]
    fn characters_ranges_lists_and_surrogates_are_read() {
        let cmap = CMap::parse(
            b"1 begincodespacerange <00> <80> endcodespacerange 1 begincodespacerange <8140> <9ffc> endcodespacerange
              2 beginbfchar <01> <00660069> <02> <d83dde00> endbfchar
              2 beginbfrange <10> <12> <0041> <20> <21> [<0078> <0079007a>] endbfrange",
        );
        assert_eq!(cmap.text(1).as_deref(), Some("fi"));
        assert_eq!(cmap.text(2).as_deref(), Some("😀"));
        assert_eq!(cmap.text(0x12).as_deref(), Some("C"));
        assert_eq!(cmap.text(0x21).as_deref(), Some("yz"));
        assert_eq!(cmap.text(0x30), None);
        assert_eq!(cmap.code_length(&[0x20, 0x20]), Some(1));
        assert_eq!(cmap.code_length(&[0x81, 0x50]), Some(2));
    }
}
