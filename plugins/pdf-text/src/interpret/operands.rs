//! The operands before an operator.

use std::borrow::Cow;

use crate::syntax::{Lexer, Token};

/// No operator takes more; the rest of a flood is dropped.
const MAX_OPERANDS: usize = 64;
const MAX_ITEMS: usize = 65_536;

pub(super) enum Operand<'a> {
    Number(f32),
    Name(Cow<'a, [u8]>),
    Text(Cow<'a, [u8]>),
}

#[derive(Default)]
pub(super) struct Operands<'a> {
    plain: Vec<Operand<'a>>,
    /// The items of the array operand.
    pub(super) list: Vec<Operand<'a>>,
    in_list: bool,
    /// `ActualText` of an inline property list.
    pub(super) actual_text: Option<Vec<u8>>,
}

impl<'a> Operands<'a> {
    /// Takes tokens up to the next operator and gives that.
    pub(super) fn read(&mut self, lexer: &mut Lexer<'a>) -> Option<&'a [u8]> {
        self.plain.clear();
        self.list.clear();
        self.in_list = false;
        self.actual_text = None;
        loop {
            match lexer.next_token()? {
                Token::Number(value) => self.push(Operand::Number(value)),
                Token::Name(name) => self.push(Operand::Name(name)),
                Token::Text(text) => self.push(Operand::Text(text)),
                Token::ArrayStart => self.in_list = true,
                Token::ArrayEnd => self.in_list = false,
                Token::DictStart => self.dictionary(lexer),
                Token::DictEnd => {}
                Token::Word(b"true" | b"false" | b"null") => {}
                Token::Word(word) => return Some(word),
            }
        }
    }

    fn push(&mut self, operand: Operand<'a>) {
        if self.in_list {
            if self.list.len() < MAX_ITEMS {
                self.list.push(operand);
            }
        } else if self.plain.len() < MAX_OPERANDS {
            self.plain.push(operand);
        }
    }

    fn dictionary(&mut self, lexer: &mut Lexer<'a>) {
        let mut depth = 1usize;
        let mut wanted = false;
        while depth > 0 {
            let Some(token) = lexer.next_token() else { return };
            match token {
                Token::DictStart => depth += 1,
                Token::DictEnd => depth -= 1,
                Token::Text(text) if wanted => self.actual_text = Some(text.into_owned()),
                Token::Name(name) => {
                    wanted = name.as_ref() == b"ActualText";
                    continue;
                }
                // A dictionary that was never closed must not swallow the page.
                Token::Word(b"BDC" | b"BT" | b"ET") => return,
                _ => {}
            }
            wanted = false;
        }
    }

    pub(super) fn number(&self, index: usize) -> Option<f32> {
        match self.plain.get(index)? {
            Operand::Number(value) if value.is_finite() => Some(*value),
            _ => None,
        }
    }

    /// The last `N` operands, all numbers: writers may leave rubbish before them.
    pub(super) fn numbers<const N: usize>(&self) -> Option<[f32; N]> {
        let first = self.plain.len().checked_sub(N)?;
        let mut values = [0.0; N];
        for (offset, slot) in values.iter_mut().enumerate() {
            *slot = self.number(first + offset)?;
        }
        Some(values)
    }

    pub(super) fn all_numbers(&self) -> Vec<f32> {
        (0..self.plain.len()).filter_map(|index| self.number(index)).collect()
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        self.plain.iter().find_map(|operand| match operand {
            Operand::Name(name) => Some(name.as_ref()),
            _ => None,
        })
    }

    /// The name after the tag of `BDC`.
    pub(super) fn second_name(&self) -> Option<&[u8]> {
        match self.plain.get(1)? {
            Operand::Name(name) => Some(name.as_ref()),
            _ => None,
        }
    }

    pub(super) fn last_text(&self) -> Option<&[u8]> {
        match self.plain.last()? {
            Operand::Text(text) => Some(text.as_ref()),
            _ => None,
        }
    }
}
