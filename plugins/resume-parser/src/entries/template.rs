//! The template all entries of a section share: which field each slot holds, chosen with the best joint score
//! over every entry by beam search.

use std::collections::BTreeMap;

use super::score::{FIELD_COUNT, Field, FieldModel, Position};
use super::segment::Entry;
use super::slots::{self, Atom, Cut, Placement, SlotKey, cut};
use crate::layout::Cell;

const BEAM: usize = 40;
const OPTIONS_KEPT: usize = 9;
const MAX_SLOTS: usize = 40;

/// A way to read a slot.
pub(crate) type Reading = (Cut, &'static [Field]);

/// What a kind of section may hold.
pub(crate) struct Grammar {
    pub(crate) readings: &'static [Reading],
    /// How much it is worth that an entry has the field.
    pub(crate) wanted: &'static [(Field, f32)],
}

/// The chosen reading of each slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    pub(crate) readings: BTreeMap<SlotKey, Reading>,
}

/// A value read from an entry.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) field: Field,
    pub(crate) cell: Cell,
    pub(crate) page: usize,
    /// Of the field score, before calibration.
    pub(crate) score: f32,
    pub(crate) row: usize,
}

struct Slot {
    key: SlotKey,
    /// Entry and atom.
    members: Vec<(usize, usize)>,
    order: f32,
}

/// Positions of an entry's atoms.
fn positions(atoms: &[Atom]) -> Vec<Position> {
    let loudness = |atom: &Atom| u32::from(atom.key.style.size) * 2 + u32::from(atom.key.style.weight) * 5;
    let loudest = atoms.iter().map(loudness).max().unwrap_or(0);
    let is_varied = atoms.iter().any(|atom| loudness(atom) < loudest);
    let mut order = 0;
    atoms
        .iter()
        .map(|atom| {
            let margin = atom.key.place == Placement::Margin;
            let position = Position {
                order,
                right: atom.key.place == Placement::Right,
                margin,
                prominent: is_varied && loudness(atom) == loudest,
            };
            order += usize::from(!margin);
            position
        })
        .collect()
}

/// Atoms and template of a section. Whether header lines that fill their width are wrapped is a part of the
/// question: the better joint score answers it.
pub(crate) fn fit(
    entries: &[Entry],
    right_edge: f32,
    grammar: &Grammar,
    model: &dyn FieldModel,
    prior: Option<&Template>,
) -> (Vec<Vec<Atom>>, Template) {
    let read = |joins| -> Vec<Vec<Atom>> {
        entries.iter().map(|entry| slots::atoms(entry, right_edge, joins)).collect()
    };
    let count = |atoms: &[Vec<Atom>]| atoms.iter().map(Vec::len).sum::<usize>();
    let (apart, joined) = (read(false), read(true));
    let (template, score) = choose(&apart, grammar, model, prior);
    if count(&joined) < count(&apart) {
        let (other, better) = choose(&joined, grammar, model, prior);
        if better > score {
            return (joined, other);
        }
    }
    (apart, template)
}

fn choose(
    entries: &[Vec<Atom>],
    grammar: &Grammar,
    model: &dyn FieldModel,
    prior: Option<&Template>,
) -> (Template, f32) {
    let places: Vec<Vec<Position>> = entries.iter().map(|atoms| positions(atoms)).collect();
    let slots = slots(entries);
    let share = 1.0 / entries.len().max(1) as f32;
    let mut beam: Vec<Hypothesis> = vec![Hypothesis::default()];
    for slot in slots.iter().take(MAX_SLOTS) {
        let mut scored: Vec<Choice> = grammar
            .readings
            .iter()
            .filter_map(|reading| weigh(slot, *reading, entries, &places, model, prior))
            .collect();
        for choice in &mut scored {
            choice.score *= share;
        }
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        scored.truncate(OPTIONS_KEPT);
        let mut grown: Vec<Hypothesis> = Vec::with_capacity(beam.len() * scored.len());
        for hypothesis in &beam {
            for choice in &scored {
                grown.push(hypothesis.with(choice, grammar, share));
            }
        }
        grown.sort_by(|a, b| b.score.total_cmp(&a.score));
        grown.truncate(BEAM);
        beam = grown;
    }
    let mut template = Template::default();
    let mut score = 0.0;
    if let Some(best) = beam.into_iter().next() {
        score = best.score;
        for (slot, reading) in slots.iter().zip(best.readings) {
            template.readings.insert(slot.key, reading);
        }
    }
    (template, score)
}

/// A reading of one slot: its score over all entries, and the entries each of its fields is read from.
struct Choice {
    reading: Reading,
    score: f32,
    covers: Vec<(Field, u64)>,
}

fn weigh(
    slot: &Slot,
    reading: Reading,
    entries: &[Vec<Atom>],
    places: &[Vec<Position>],
    model: &dyn FieldModel,
    prior: Option<&Template>,
) -> Option<Choice> {
    let mut choice = Choice { reading, score: 0.0, covers: Vec::with_capacity(3) };
    let mut is_cut = reading.1.len() == 1;
    for (entry, atom) in &slot.members {
        let read = read(&entries[*entry][*atom], reading, places[*entry][*atom], model);
        choice.score += read.score - if read.fell_back { 0.25 } else { 0.0 };
        is_cut |= !read.fell_back;
        let bit = 1_u64 << (entry % 64);
        for (field, ..) in read.values {
            match choice.covers.iter_mut().find(|(known, _)| *known == field) {
                Some((_, entries)) => *entries |= bit,
                None => choice.covers.push((field, bit)),
            }
        }
    }
    let known = prior.and_then(|prior| prior.readings.get(&slot.key));
    if known.is_some_and(|known| *known == reading) {
        choice.score += 0.45 * slot.members.len() as f32;
    }
    is_cut.then_some(choice)
}

#[derive(Clone, Default)]
struct Hypothesis {
    score: f32,
    covered: [u64; FIELD_COUNT],
    readings: Vec<Reading>,
}

impl Hypothesis {
    fn with(&self, choice: &Choice, grammar: &Grammar, share: f32) -> Hypothesis {
        let mut next = self.clone();
        next.score += choice.score;
        next.readings.push(choice.reading);
        for (field, entries) in &choice.covers {
            let entries = *entries;
            let parts: &[Field] = match field {
                Field::Degree => &[Field::StudyType, Field::Area],
                Field::Text | Field::Ignore => continue,
                _ => std::slice::from_ref(field),
            };
            for part in parts {
                let covered = &mut next.covered[*part as usize];
                let fresh = (entries & !*covered).count_ones() as f32 * share;
                let twice = (entries & *covered).count_ones() as f32 * share;
                let worth =
                    grammar.wanted.iter().find(|(wanted, _)| wanted == part).map_or(0.0, |(_, worth)| *worth);
                next.score += fresh * worth - twice * 1.3;
                *covered |= entries;
            }
        }
        next
    }
}

fn slots(entries: &[Vec<Atom>]) -> Vec<Slot> {
    let mut slots: BTreeMap<SlotKey, Slot> = BTreeMap::new();
    for (entry, atoms) in entries.iter().enumerate() {
        for (index, atom) in atoms.iter().enumerate() {
            let slot = slots.entry(atom.key).or_insert_with(|| Slot {
                key: atom.key,
                members: Vec::new(),
                order: 0.0,
            });
            slot.members.push((entry, index));
            slot.order += index as f32;
        }
    }
    let mut slots: Vec<Slot> = slots.into_values().collect();
    for slot in &mut slots {
        slot.order /= slot.members.len().max(1) as f32;
    }
    slots.sort_by(|a, b| a.order.total_cmp(&b.order).then(a.key.cmp(&b.key)));
    slots
}

struct Read {
    values: Vec<(Field, Cell, f32)>,
    score: f32,
    /// The separator was not there.
    fell_back: bool,
}

fn read(atom: &Atom, reading: Reading, position: Position, model: &dyn FieldModel) -> Read {
    let (how, fields) = reading;
    let Some(cells) = cut(&atom.cell, how).filter(|cells| cells.len() == fields.len()) else {
        // Without the separator the whole text is the one field of the reading it suits best.
        let features = model.features(&atom.cell.text);
        let best = fields
            .iter()
            .map(|field| (*field, model.score(*field, &features, position)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((Field::Ignore, 0.0));
        return Read { values: vec![(best.0, atom.cell.clone(), best.1)], score: best.1, fell_back: true };
    };
    let mut values = Vec::with_capacity(cells.len());
    let mut score = 0.0;
    for (index, (cell, field)) in cells.into_iter().zip(fields).enumerate() {
        let position = Position {
            order: position.order + index,
            prominent: position.prominent && index == 0,
            ..position
        };
        let features = model.features(&cell.text);
        // Names hold dashes, too.
        if how == Cut::Dash && *field == Field::Issuer && features.organisation < 0.5 {
            score -= 0.4;
        }
        let one = model.score(*field, &features, position);
        score += one;
        values.push((*field, cell, one));
    }
    // Two values in one text have to be clearly better than one.
    score -= 0.22 * (values.len() - 1) as f32;
    Read { values, score, fell_back: false }
}

/// Reads one entry with the template.
pub(crate) fn apply(template: &Template, atoms: &[Atom], model: &dyn FieldModel) -> Vec<Value> {
    let places = positions(atoms);
    let mut out = Vec::new();
    for (atom, position) in atoms.iter().zip(places) {
        let reading = template.readings.get(&atom.key).copied().unwrap_or((Cut::Whole, &[Field::Ignore]));
        let read = read(atom, reading, position, model);
        out.extend(read.values.into_iter().map(|(field, cell, score)| Value {
            field,
            cell,
            page: atom.page,
            score,
            row: atom.row,
        }));
    }
    out
}
