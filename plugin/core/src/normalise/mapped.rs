//! Mappings of the policy as they are applied: conditions, tables, constants. Their rows stand in the same trie as the sources' own.

use super::fill::Filler;
use super::origin;
use crate::address::Proxies;
use crate::event::{Category, Cell, Class, EMPTY, Event, KEPT, Outcome, Slot};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms};
use crate::parse::tape::{Scalar, Tape};
use crate::parse::text::{is_same, unescape, word_within};
use crate::policy::mapping::{Constant, MOST_TESTS, Mapping, NUMBERS, Take, Test, Wanted, Words, is_within};
use crate::source::Via;
use crate::time::format::Format;
use crate::time::{self, DAY, HOUR, MINUTE, SECOND};
use crate::value::{Kind, Val};

const _: () = assert!(MOST_TESTS <= KEPT && MOST_TESTS <= 16, "each condition has a cell and a bit of its own");

/// No word, in place of a word's number.
pub(super) const NO_WORD: u8 = u8::MAX;

/// A mapping, made ready.
pub(super) struct Mapped {
    /// The id as a JSON token.
    id: Vec<u8>,
    pub(super) tag: Option<Vec<u8>>,
    tests: u8,
    /// Conditions on members of the root, which can be looked at before anything else: the key, and the condition's number.
    early: Vec<(Atom, u16)>,
    constants: Vec<(Slot, Constant)>,
    words: Vec<Words>,
    /// The mappings that no record of this one can match too, as bits.
    pub(super) apart: u64,
}

/// Values looked up in place of a path's own.
pub(super) struct Table {
    /// The first eight bytes of a value as a number, by which they are in order, and the value.
    values: Vec<(u64, String, Constant)>,
    default: Option<Constant>,
}

impl Table {
    fn new(values: &[(String, Constant)], default: Option<&Constant>) -> Table {
        let mut values: Vec<_> = values.iter().map(|(value, constant)| (word_within(value.as_bytes(), 0), value.clone(), constant.clone())).collect();
        values.sort_by_key(|(head, ..)| *head);
        Table { values, default: default.cloned() }
    }

    fn look_up(&self, text: &[u8]) -> Option<&Constant> {
        let head = word_within(text, 0);
        let from = self.values.partition_point(|(known, ..)| *known < head);
        let alike = self.values.get(from..).unwrap_or_default().iter().take_while(|(known, ..)| *known == head);
        let found = alike.map(|(_, value, constant)| (value, constant)).find(|(value, _)| is_same(value.as_bytes(), text));
        found.map(|(_, constant)| constant).or(self.default.as_ref())
    }
}

impl Mapped {
    pub(super) fn new(mapping: &Mapping, all: &[Mapping], first_test: u16, atoms: &Atoms) -> Mapped {
        let numbered = (first_test..).zip(&mapping.tests);
        let early = numbered.filter_map(|(number, test)| match test.path.keys.as_slice() {
            [(key, false)] => Some((atoms.find(key.as_bytes()), number)),
            _ => None,
        });
        let apart = all.iter().enumerate().filter(|(_, other)| mapping.excludes(other));
        let slots = mapping.slots();
        Mapped {
            id: format!("\"{}\"", mapping.source).into_bytes(),
            tag: mapping.tag.as_ref().map(|tag| tag.as_bytes().to_vec()),
            tests: u8::try_from(mapping.tests.len().min(MOST_TESTS)).unwrap_or_default(),
            early: early.collect(),
            constants: mapping.constants.clone(),
            words: Words::ALL.into_iter().filter(|words| slots.contains(&words.slot())).collect(),
            apart: apart.fold(0, |bits, (index, _)| bits | 1u64.checked_shl(index as u32).unwrap_or_default()),
        }
    }

    pub(super) fn has_tag(&self, tag: &[u8]) -> bool {
        self.tag.as_ref().is_none_or(|pattern| fits(pattern, tag))
    }

    /// Whether the members of the root are as the conditions ask; what lies deeper is looked at when it was walked.
    pub(super) fn may_be(&self, tape: &Tape, object: u32, input: &[u8], filler: &mut Filler, event: &Event) -> bool {
        self.early.iter().all(|(atom, number)| {
            let node = tape.member(object, *atom).and_then(|member| tape.node(member));
            node.is_some_and(|node| filler.holds(*number, &node.scalar(), input, event) == Some(true))
        })
    }

    /// Whether every condition holds: by its value, or, as its bit of `stands` says, by the record's shape.
    pub(super) fn is_met(&self, stands: u16, event: &Event) -> bool {
        (0..self.tests).all(|test| stands.wrapping_shr(u32::from(test)) & 1 == 1 || matches!(event.get(Cell::kept(test)), Val::Bool(true) | Val::Int(_)))
    }

    /// The conditions that the record meets by its shape: there is a container.
    pub(super) fn stands(&self, event: &Event) -> u16 {
        let met = (0..self.tests).filter(|test| matches!(event.get(Cell::kept(*test)), Val::Int(_)));
        met.fold(0, |bits, test| bits | 1u16.wrapping_shl(u32::from(test)))
    }

    /// What the rows filled with what does not fit, what they did not fill, and what their words mean.
    pub(super) fn finish(&self, input: &[u8], proxies: &Proxies, event: &mut Event) {
        let numbers = event.filled() & NUMBERS;
        if numbers != 0 {
            keep_within(numbers, input, event);
        }
        origin::settle(input, proxies, event);
        for (slot, constant) in &self.constants {
            if !event.has(*slot) {
                let val = constant_val(constant, event);
                event.set(*slot, val);
            }
        }
        for words in &self.words {
            settle(*words, event);
        }
        let id = event.token(&self.id, Kind::String);
        event.set(Slot::Source, id.map_or(Val::Word("mapped"), Val::Json));
    }
}

/// Leaves out numbers that are not what their slots are for.
#[inline(never)]
fn keep_within(slots: u64, input: &[u8], event: &mut Event) {
    let mut left = slots;
    while let Some(slot) = Slot::ALL.get(left.trailing_zeros() as usize) {
        left &= left.wrapping_sub(1);
        if !is_within(*slot, event.get(*slot), event.text(input, *slot)) {
            event.unset(*slot);
            event.note(Note::ValueDropped);
        }
    }
}

/// A word's number becomes the word, and what goes with it.
fn settle(words: Words, event: &mut Event) {
    let Val::Int(number) = event.get(words.slot()) else { return };
    let number = u8::try_from(number).unwrap_or(NO_WORD);
    let word = words.word(number);
    if word.is_none() {
        event.note(Note::UnknownWord);
    }
    let number = usize::from(number);
    match words {
        Words::Class => event.set_class(Class::ALL.get(number).copied().unwrap_or(Class::Other)),
        Words::Outcome => event.set_outcome(Outcome::ALL.get(number).copied().unwrap_or(Outcome::Unknown)),
        Words::Category => match Category::ALL.get(number) {
            Some(category) => event.set_category(*category),
            None => event.unset(Slot::ActionCategory),
        },
        Words::ActorType => match word {
            Some(word) => event.set(Slot::ActorType, Val::Word(word)),
            None => event.unset(Slot::ActorType),
        },
    }
}

fn constant_val(constant: &Constant, event: &mut Event) -> Val {
    match constant {
        Constant::Token(token, kind) => event.token(token, *kind).map_or(Val::None, Val::Json),
        Constant::Int(number) => Val::Int(*number),
        Constant::Bool(bool) => Val::Bool(*bool),
        Constant::Word(number) => Val::Int(i64::from(*number)),
    }
}

/// What the rows of all mappings need beside the row itself, by number.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) tests: Vec<Test>,
    tables: Vec<Table>,
    formats: Vec<Format>,
}

impl Needs {
    pub(super) fn test(&mut self, test: &Test) -> Via {
        self.tests.push(test.clone());
        Via::Test(last(&self.tests))
    }

    pub(super) fn take(&mut self, take: &Take) -> Via {
        match take {
            Take::AsItIs => Via::Slot,
            Take::Time(Format::Rfc3339) => Via::Time,
            Take::Time(format) => {
                self.formats.push(format.clone());
                Via::Timed(last(&self.formats))
            }
            Take::Table { values, default } => {
                self.tables.push(Table::new(values, default.as_ref()));
                Via::Table(last(&self.tables))
            }
            Take::Word(words, default) => Via::Word(*words, default.unwrap_or(NO_WORD)),
        }
    }
}

/// The rows of all mappings are few enough, as the policy is checked.
fn last<T>(list: &[T]) -> u16 {
    u16::try_from(list.len().saturating_sub(1)).unwrap_or(u16::MAX)
}

impl Filler {
    /// Whether a value is what a condition asks for; null is no value.
    pub(super) fn holds(&mut self, number: u16, scalar: &Scalar, input: &[u8], event: &Event) -> Option<bool> {
        let test = self.needs.tests.get(usize::from(number))?;
        if scalar.kind == Kind::Null {
            return None;
        }
        let is_text = scalar.kind == Kind::String;
        let met = match &test.wanted {
            Wanted::Any => true,
            _ if scalar.is_container() => false,
            Wanted::Text(text) => is_text && is_same(meant(&mut self.scratch, scalar, input, event), text.as_bytes()),
            // In text that is read as pairs, all values are strings.
            Wanted::Number(number) => (is_text || scalar.kind == Kind::Number) && is_same(meant(&mut self.scratch, scalar, input, event), number.as_bytes()),
            Wanted::Bool(bool) => {
                scalar.kind != Kind::Number && is_same(meant(&mut self.scratch, scalar, input, event), if *bool { b"true" } else { b"false" })
            }
        };
        Some(met)
    }

    /// The condition's cell tells what the shape alone cannot: that a value is the one. What a container meets, every record of the shape does.
    pub(super) fn test(&mut self, number: u16, scalar: &Scalar, input: &[u8], event: &Event) -> Val {
        match self.holds(number, scalar, input, event) {
            Some(true) if scalar.is_container() => Val::Int(1),
            Some(met) => Val::Bool(met),
            None => Val::None,
        }
    }

    pub(super) fn look_up(&mut self, number: u16, scalar: &Scalar, input: &[u8], event: &mut Event) -> Val {
        let Some(table) = self.needs.tables.get(usize::from(number)) else { return Val::None };
        let text = meant(&mut self.scratch, scalar, input, event);
        if text.is_empty() {
            return Val::None;
        }
        table.look_up(text).map_or(Val::None, |constant| constant_val(constant, event))
    }

    pub(super) fn word(&mut self, words: Words, default: u8, scalar: &Scalar, input: &[u8], event: &Event) -> Val {
        let text = meant(&mut self.scratch, scalar, input, event);
        if text.is_empty() { Val::None } else { Val::Int(i64::from(words.number(text).unwrap_or(default))) }
    }

    pub(super) fn timed(&mut self, number: u16, scalar: &Scalar, input: &[u8], event: &mut Event) -> Val {
        let Some(format) = self.needs.formats.get(usize::from(number)) else { return Val::None };
        let is_value = matches!(scalar.kind, Kind::String | Kind::Number);
        let Some(ms) = format.read(meant(&mut self.scratch, scalar, input, event)).filter(|_| is_value) else { return Val::None };
        event.time_ms = Some(ms);
        // The day is mostly that of the record before.
        let day = ms.div_euclid(DAY);
        if self.written_day.as_ref().is_none_or(|(held, _)| *held != day) {
            self.written_day = Some((day, time::format(ms)));
        }
        let mut token = *b"\"0000-00-00T00:00:00.000Z\"";
        if let (Some((_, text)), Some(place)) = (&self.written_day, token.get_mut(1..25)) {
            place.copy_from_slice(text);
        }
        let of_day = ms.rem_euclid(DAY);
        for (at, value) in [(12usize, of_day / HOUR), (15, of_day / MINUTE % 60), (18, of_day / SECOND % 60), (21, of_day % 1000 / 10)] {
            let pair = [b'0'.wrapping_add((value / 10) as u8), b'0'.wrapping_add((value % 10) as u8)];
            if let Some(place) = token.get_mut(at..at.wrapping_add(2)) {
                place.copy_from_slice(&pair);
            }
        }
        if let Some(place) = token.get_mut(23) {
            *place = b'0'.wrapping_add((of_day % 10) as u8);
        }
        event.token(&token, Kind::String).map_or(Val::Time(ms), Val::Json)
    }
}

/// What a scalar says: a string without its escapes, anything else as it stands.
fn meant<'a>(scratch: &'a mut Vec<u8>, scalar: &Scalar, input: &'a [u8], event: &'a Event) -> &'a [u8] {
    let content = event.texts(input).content(scalar.span());
    if scalar.kind != Kind::String || !scalar.is_escaped() {
        return content;
    }
    scratch.clear();
    match unescape(content, scratch) {
        Ok(()) => scratch,
        Err(_) => content,
    }
}

/// Whether the text is as the pattern says, in which `*` stands for anything: mostly what ends it.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [head @ .., b'*'] if text.get(..head.len()).is_some_and(|begin| is_same(begin, head)) => true,
        _ => fits_anyhow(pattern, text),
    }
}

fn fits_anyhow(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0usize, 0usize);
    // Where to go on from when what came behind the last star does not fit.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at = at.wrapping_add(1);
            }
            Some(byte) if text.get(read) == Some(byte) => (at, read) = (at.wrapping_add(1), read.wrapping_add(1)),
            _ => {
                let Some((star_at, star_read)) = star else { return false };
                let next = star_read.wrapping_add(1);
                star = Some((star_at, next));
                (at, read) = (star_at.wrapping_add(1), next);
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// Empties the cells but keeps the texts that the tape points into.
pub(super) fn start_over(event: &mut Event, arena: usize, notes: crate::note::Notes) {
    let mut texts = std::mem::take(&mut event.arena);
    texts.truncate(arena);
    event.clear_cells();
    (event.arena, event.notes) = (texts, notes);
    debug_assert!(event.rank(Cell::slot(Slot::Time)) == EMPTY);
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn tags() {
        for (pattern, text, is_fit) in [
            ("crm.*", "crm.audit", true),
            ("crm.*", "crm.", true),
            ("crm.*", "crm", false),
            ("crm.*", "xcrm.audit", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*.audit", "a.b.audit", true),
            ("*.audit", "a.audit.b", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("crm", "crm", true),
            ("crm.*", "crm.*", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), is_fit, "{pattern} {text}");
        }
    }
}
