//! Skills and interests: groups with a heading, comma lists, tags that only gaps tell apart.

use mortise_sdk::resume::{Interest, Skill};

use crate::entries::cards;
use crate::entries::rows::{is_blank, trimmed_slice, unbulleted};
use crate::entries::slots;
use crate::layout::{Cell, Line, StyleKey};
use crate::record::{Placed, Record};
use crate::sections::is_caps;

/// Tags stand closer together than cells elsewhere.
const TAG_GAP: f32 = 0.62;
const MAX_KEYWORD_CHARS: usize = 90;

/// A piece of the section in one style.
#[derive(Clone, Debug)]
struct Token {
    cell: Cell,
    page: usize,
    style: (StyleKey, bool),
    /// First on its line within its column.
    first: bool,
    bullet: bool,
    /// The line reaches the right edge of its column: the text may go on below.
    full: bool,
    line: usize,
    column: usize,
    gap: f32,
    /// The line ends in a comma.
    open: bool,
    /// The name of a group, in the column left of its items.
    label: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Group {
    name: Option<Placed>,
    level: Option<String>,
    keywords: Vec<Placed>,
}

pub(crate) fn read(lines: Vec<Line>) -> Vec<Group> {
    let tokens = tokens(lines);
    let lead = lead_style(&tokens);
    let mut groups: Vec<Group> = Vec::new();
    let mut text: Option<OpenList> = None;
    for token in &tokens {
        let is_lead = token.label || lead.is_some_and(|lead| lead == token.style) && token.first;
        let (head, rest) = if is_lead { (Some(token.cell.clone()), None) } else { by_colon(token) };
        if let Some(head) = head {
            flush(&mut groups, &mut text);
            let name = Placed::of(&head, token.page);
            let shown = name.text.trim_end_matches(':').trim().to_owned();
            groups.push(Group { name: Some(name.with_text(shown)), ..Group::default() });
        }
        let rest = if is_lead { None } else { rest.or_else(|| Some(token.cell.clone())) };
        let Some(rest) = rest else { continue };
        if is_level(&rest.text) {
            flush(&mut groups, &mut text);
            if let Some(group) = groups.last_mut() {
                group.level.get_or_insert_with(|| rest.text.clone());
            }
            continue;
        }
        match &mut text {
            // A comma list that fills its line goes on in the next one.
            Some(open) if open.goes_on_with(token) => {
                open.placed.append(&rest.text, token.page, rest.rect);
                open.take_end(token);
            }
            _ => {
                flush(&mut groups, &mut text);
                let mut open = OpenList { placed: Placed::of(&rest, token.page), ..OpenList::default() };
                open.take_end(token);
                text = Some(open);
            }
        }
    }
    flush(&mut groups, &mut text);
    groups
}

/// A list being read, and where its last line ended.
#[derive(Default)]
struct OpenList {
    placed: Placed,
    line: usize,
    column: usize,
    full: bool,
    comma: bool,
}

impl OpenList {
    fn take_end(&mut self, token: &Token) {
        (self.line, self.column, self.full, self.comma) = (token.line, token.column, token.full, token.open);
        if token.open && !self.placed.text.ends_with(',') {
            self.placed.text.push(',');
        }
    }

    fn goes_on_with(&self, token: &Token) -> bool {
        let follows =
            self.column == token.column && self.line + 1 == token.line && token.first && !token.bullet;
        let near = token.gap < 0.9 * token.cell.rect.height;
        let listed = self.placed.text.contains([',', ';', '•', '·', '|']);
        follows && near && (self.comma || self.full && listed)
    }
}

fn flush(groups: &mut Vec<Group>, text: &mut Option<OpenList>) {
    let Some(OpenList { placed, .. }) = text.take() else { return };
    if groups.is_empty() {
        groups.push(Group::default());
    }
    let Some(group) = groups.last_mut() else { return };
    for part in separated(&placed.text) {
        if part.chars().count() <= MAX_KEYWORD_CHARS || group.keywords.is_empty() {
            group.keywords.push(placed.with_text(part));
        }
    }
}

fn tokens(lines: Vec<Line>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut number = 0;
    for (column, lines) in cards::columns(lines).into_iter().enumerate() {
        let right = lines.iter().map(|line| line.rect.right()).fold(f32::MIN, f32::max);
        let left = lines.iter().map(|line| line.rect.x).fold(f32::MAX, f32::min);
        for line in lines {
            number += 1;
            let full = line.rect.right() > right - 0.2 * (right - left).max(1.0);
            let mut first = true;
            let ends_open = line.cells.last().is_some_and(|cell| cell.text.ends_with([',', ';']));
            // A short name, a gap, a list with commas.
            let labelled = line.cells.len() == 2
                && line.cells[1].text.contains(',')
                && !line.cells[0].text.contains([',', ';'])
                && line.cells[0].text.split_whitespace().count() <= 5
                && unbulleted(&line.cells[0].text).is_none();
            for (place, cell) in line.cells.iter().enumerate() {
                let rest = unbulleted(&cell.text);
                let cell = match rest {
                    Some(rest) => cell.slice(cell.text.len() - rest.len(), cell.text.len()),
                    None => Some(cell.clone()),
                };
                let Some(cell) = cell else {
                    // A glyph alone marks the next cell as a bullet.
                    continue;
                };
                for piece in tags(&cell).iter().flat_map(styled) {
                    if is_blank(&piece.text) {
                        continue;
                    }
                    let mut style = piece.style();
                    style.color &= 0x00c0_c0c0;
                    tokens.push(Token {
                        style: (style, is_caps(&piece.text) && piece.text.len() > 5),
                        cell: piece,
                        page: line.page,
                        first,
                        bullet: rest.is_some(),
                        full,
                        line: number,
                        column,
                        gap: line.gap_above,
                        open: ends_open,
                        label: labelled && place == 0,
                    });
                    first = false;
                }
            }
        }
    }
    tokens
}

/// Splits at style changes only; separators are read later.
fn styled(cell: &Cell) -> Vec<Cell> {
    let pieces = slots::pieces(cell);
    let is_uniform = pieces.windows(2).all(|pair| pair[0].style() == pair[1].style());
    if is_uniform { vec![cell.clone()] } else { pieces }
}

fn tags(cell: &Cell) -> Vec<Cell> {
    if cell.text.contains([',', ';', ':']) {
        return vec![cell.clone()];
    }
    let mut out = Vec::new();
    let mut from = 0;
    for (index, pair) in cell.runs.windows(2).enumerate() {
        let gap = pair[1].rect.x - pair[0].rect.right();
        if gap > TAG_GAP * pair[1].size() {
            out.extend(trimmed_slice(cell, from, cell.starts[index + 1]));
            from = cell.starts[index + 1];
        }
    }
    out.extend(cell.slice(from, cell.text.len()));
    out
}

/// The style of group names: the first token's, when the section has others and names are few.
fn lead_style(tokens: &[Token]) -> Option<(StyleKey, bool)> {
    let lead = tokens.first()?.style;
    let leads = tokens.iter().filter(|token| token.style == lead && token.first).count();
    let inner = tokens.iter().filter(|token| token.style == lead && !token.first).count();
    let others = tokens.iter().filter(|token| token.style != lead && !is_level(&token.cell.text)).count();
    let levels = tokens.iter().filter(|token| is_level(&token.cell.text)).count();
    let has_other_first = tokens.iter().any(|token| token.style != lead && token.first) || others >= leads;
    ((others >= leads && inner * 3 <= leads && has_other_first)
        || levels > 0 && levels * 2 >= leads && others == 0)
        .then_some(lead)
}

/// "Databases: PostgreSQL, Redis".
fn by_colon(token: &Token) -> (Option<Cell>, Option<Cell>) {
    let text = &token.cell.text;
    let Some(at) = text.find(':').filter(|at| *at > 1 && *at < 48 && !text[..*at].contains(',')) else {
        return (None, None);
    };
    if text[at..].starts_with("://") || !token.first {
        return (None, None);
    }
    (trimmed_slice(&token.cell, 0, at), trimmed_slice(&token.cell, at + 1, text.len()))
}

/// Parts of a list; commas in brackets do not part.
fn separated(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_i32;
    let mut from = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = (depth - 1).max(0),
            ',' | ';' | '|' | '•' | '·' | '∙' | '⋅' | '●' | '▪' | '■' | '◦' | '、' if depth == 0 =>
            {
                parts.push(&text[from..at]);
                from = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
        .into_iter()
        .map(|part| part.trim().trim_end_matches('.').trim_matches(['-', '–', '—', ' ']))
        .filter(|part| !is_blank(part))
        .collect()
}

const LEVELS: &[&str] = &[
    "beginner",
    "basic",
    "basics",
    "novice",
    "elementary",
    "intermediate",
    "competent",
    "proficient",
    "advanced",
    "expert",
    "master",
    "senior",
    "junior",
    "fluent",
    "native",
    "excellent",
    "good",
    "very good",
    "strong",
    "familiar",
    "anfänger",
    "grundkenntnisse",
    "fortgeschritten",
    "experte",
    "sehr gut",
    "gut",
    "débutant",
    "intermédiaire",
    "avancé",
    "confirmé",
    "bon",
    "principiante",
    "intermedio",
    "avanzado",
    "experto",
    "básico",
    "gevorderd",
    "beginnend",
    "ervaren",
    "avanzato",
    "esperto",
    "base",
    "avançado",
    "intermediário",
    "especialista",
    "skilled",
    "experienced",
    "working knowledge",
];

fn is_level(text: &str) -> bool {
    let text = text.trim().trim_matches(['(', ')', '-', '–', '—', ' ']);
    let lower = text.to_lowercase();
    let is_number = !text.is_empty()
        && text.len() <= 8
        && text.chars().all(|c| c.is_ascii_digit() || "%/. ".contains(c))
        && text.contains(['%', '/']);
    is_number || LEVELS.contains(&lower.as_str())
}

impl Record {
    pub(crate) fn add_skills(&mut self, groups: Vec<Group>) {
        for group in groups {
            let at = format!("/skills/{}", self.resume.skills.len());
            let sure = if group.keywords.is_empty() { 0.75 } else { 0.85 };
            let name = self.take(group.name.as_ref(), &format!("{at}/name"), sure);
            let mut keywords = Vec::with_capacity(group.keywords.len());
            for (index, keyword) in group.keywords.iter().enumerate() {
                keywords.extend(self.take(Some(keyword), &format!("{at}/keywords/{index}"), 0.85));
            }
            self.resume.skills.push(Skill { name, level: group.level, keywords });
        }
    }

    pub(crate) fn add_interests(&mut self, groups: Vec<Group>) {
        for group in groups {
            if group.name.is_none() {
                for keyword in &group.keywords {
                    let pointer = format!("/interests/{}/name", self.resume.interests.len());
                    let name = self.take(Some(keyword), &pointer, 0.8);
                    self.resume.interests.push(Interest { name, keywords: Vec::new() });
                }
                continue;
            }
            let at = format!("/interests/{}", self.resume.interests.len());
            let name = self.take(group.name.as_ref(), &format!("{at}/name"), 0.8);
            let keywords = group.keywords.into_iter().map(|keyword| keyword.text).collect();
            self.resume.interests.push(Interest { name, keywords });
        }
    }
}
