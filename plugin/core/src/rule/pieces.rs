//! Pieces of text that patterns cannot match without. One pass over a field tells which of many patterns could match it; the others are not tried.

mod passed;

use self::passed::Passed;
use super::condition::{Condition, Look, Wanted};
use crate::event::Field;
use crate::pattern::finder::{Finder, Groups, Hits, SHORTEST};
use crate::pattern::{FOLD, Patterns, spelling};
use crate::text::{Full, find_byte, has_byte, hex4, joined, put, unescape, word_within};
use crate::value::Val;

/// Fields with few values each. What rules ask of them alone follows from the kind of record.
pub const KIND: &[Field] = &[
    Field::Source,
    Field::ActionName,
    Field::ActionClass,
    Field::ActionCategory,
    Field::OutcomeResult,
    Field::ActorType,
    Field::TargetType,
    Field::RequestMethod,
    Field::EnvService,
];

/// Fewer patterns than this are tried at less cost than a pass takes.
const WORTHWHILE: usize = 3;
/// Patterns of one value, from which on they are looked for in the whole record; and those of all rules for a kind of record, from which on a pass over
/// it costs less than they do.
const MANY: usize = 5;
const MANY_OF_KIND: usize = 64;

/// The pieces of all triggers, by field.
#[derive(Debug, Default)]
pub struct Pieces {
    finders: Vec<FieldFinder>,
    triggers: Vec<Trigger>,
    /// Triggers with a piece in the record at hand.
    hits: Hits,
    /// Fields that were looked at, and those that no pass can be made over.
    passed: u64,
    unread: u64,
    /// The groups of the record's source.
    groups: Groups,
    scratch: Vec<u8>,
    /// Hits of one pass, and those of passes over values of records before.
    found: Hits,
    known: Passed,
}

/// The pieces of one condition.
#[derive(Clone, Copy, Debug)]
struct Trigger {
    /// Their fields as bits.
    fields: u64,
    /// How many patterns are looked for in the whole record.
    in_record: usize,
}

/// The pieces looked for in one place.
#[derive(Debug)]
struct FieldFinder {
    place: Place,
    /// The place as a bit.
    bit: u64,
    finder: Finder,
    /// Signs of the pieces that a text may spell in several ways, as bits.
    asks: u8,
}

/// Where a piece must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Field(Field),
    /// Anywhere in the record's bytes.
    Record,
}

/// Of one condition: a record meets it only where one of these pieces stands in its place.
type Needed = Vec<(Place, Vec<u8>)>;

impl Pieces {
    /// Adds a condition; the number of its trigger where it has one.
    #[inline(never)]
    pub fn add(&mut self, condition: &Condition) -> Option<u16> {
        let (needed, patterns) = needed(condition)?;
        let number = u16::try_from(self.triggers.len()).ok().filter(|_| patterns >= WORTHWHILE)?;
        let groups = condition.exact(Field::Source).map_or(OPEN, |sources| {
            sources.iter().fold(0, |groups, source| groups | group(source))
        });
        let mut fields = 0u64;
        for (place, piece) in needed {
            fields |= bit(place);
            let searched =
                match self.finders.iter_mut().position(|searched| searched.place == place) {
                    Some(at) => at,
                    None => {
                        let finder = Finder::default();
                        self.finders.push(FieldFinder { place, bit: bit(place), finder, asks: 0 });
                        self.finders.len().wrapping_sub(1)
                    }
                };
            if let Some(searched) = self.finders.get_mut(searched) {
                searched.finder.add(&piece, false, groups, number);
                searched.asks |= spelling(&piece);
            }
        }
        let in_record = match fields & RECORD {
            0 => 0,
            _ if looks_anywhere(condition) => MANY_OF_KIND,
            _ => patterns,
        };
        self.triggers.push(Trigger { fields, in_record });
        Some(number)
    }

    /// After the last was added.
    pub fn finish(&mut self) {
        self.finders.iter_mut().for_each(|searched| searched.finder.finish());
        self.hits = Hits::new(self.triggers.len());
        self.found = Hits::new(self.triggers.len());
        self.known = if self.finders.is_empty() { Passed::default() } else { Passed::new() };
        self.scratch = Vec::with_capacity(256);
    }

    /// How many patterns a trigger looks for in the whole record.
    pub fn in_record(&self, trigger: Option<u16>) -> usize {
        let trigger = trigger.and_then(|trigger| self.triggers.get(usize::from(trigger)));
        trigger.map_or(0, |trigger| trigger.in_record)
    }

    /// Forgets the record before; the next is of this source, and so many patterns are looked for in the whole of it.
    pub fn begin(&mut self, source: &[u8], in_record: usize) {
        let unread = if in_record < MANY_OF_KIND { RECORD } else { 0 };
        (self.passed, self.unread) = (unread, unread);
        self.groups = OPEN | group(source);
        self.hits.clear();
    }

    /// True if the record could meet the trigger's condition.
    pub fn may(&mut self, trigger: u16, look: &Look<'_>) -> bool {
        let Some(&Trigger { fields, .. }) = self.triggers.get(usize::from(trigger)) else {
            return true;
        };
        if fields & !self.passed != 0 {
            self.pass(fields, look);
        }
        self.hits.has(trigger) || fields & self.unread != 0
    }

    fn pass(&mut self, fields: u64, look: &Look<'_>) {
        let open = fields & !self.passed;
        for (number, searched) in
            self.finders.iter().enumerate().filter(|(_, searched)| open & searched.bit != 0)
        {
            let field = match searched.place {
                Place::Field(field) => field,
                Place::Record => {
                    // In base64 nothing is found.
                    let decoded = Some(look.event.arena.as_slice());
                    let decoded = decoded.filter(|_| look.event.is_decoded);
                    for text in std::iter::once(look.input).chain(decoded) {
                        searched.finder.find(text, self.groups, &mut self.hits);
                        self.scratch.clear();
                        match decode(text, &mut self.scratch) {
                            Ok(true) => {
                                searched.finder.find(&self.scratch, self.groups, &mut self.hits)
                            }
                            Ok(false) => {}
                            Err(_) => self.unread |= searched.bit,
                        }
                    }
                    continue;
                }
            };
            match look.event.get(field) {
                Val::None => {}
                Val::Int(_) | Val::Bool(_) => self.unread |= searched.bit,
                _ => {
                    let written = look.event.text(look.input, field);
                    if let Some(found) = self.known.of(number, self.groups, written) {
                        found.iter().for_each(|found| self.hits.add(usize::from(*found)));
                        continue;
                    }
                    self.found.clear();
                    self.scratch.clear();
                    let text = if !has_byte(written, b'\\') {
                        written
                    } else if unescape(written, &mut self.scratch).is_ok() {
                        &self.scratch
                    } else {
                        self.unread |= searched.bit;
                        continue;
                    };
                    searched.finder.find(text, self.groups, &mut self.found);
                    if searched.asks != 0 {
                        look.respelled(written, text, searched.asks, &mut |text| {
                            searched.finder.find(text, self.groups, &mut self.found);
                        });
                    }
                    self.hits.add_all(&self.found);
                    self.known.keep(number, self.groups, written, self.found.numbers());
                }
            }
        }
        self.passed |= fields;
    }
}

/// The group of conditions that ask for no source by its whole name.
const OPEN: Groups = 1;

/// The group of a source, whatever the letters' case; others may be in it too.
fn group(source: &[u8]) -> Groups {
    let last = word_within(source, source.len().saturating_sub(8)) | FOLD;
    let mixed = (word_within(source, 0) | FOLD) ^ last.rotate_left(29);
    let number = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_shr(32) % 15;
    1u16.wrapping_shl((number as u32).wrapping_add(1))
}

const _: () = assert!(Groups::BITS == 16, "fifteen groups of sources, and one of all");

fn bit(place: Place) -> u64 {
    match place {
        Place::Field(field) => 1u64.wrapping_shl(field as u32),
        Place::Record => RECORD,
    }
}

/// The bit of the whole record.
const RECORD: u64 = 1 << 63;

/// Appends the record with letters in place of their codes (`\u0041`), however many times its text was wrapped: each time doubles the backslashes. False where
/// there is no code, and nothing was appended.
fn decode(input: &[u8], out: &mut Vec<u8>) -> Result<bool, Full> {
    let (mut from, mut at) = (0usize, find_byte(input, b'\\', 0));
    let mut high = None;
    while at < input.len() {
        let tail = input.get(at..).unwrap_or_default();
        let signs = tail.iter().take_while(|byte| **byte == b'\\').count();
        let behind = at.saturating_add(signs);
        let digits = input.get(behind..).and_then(|code| code.strip_prefix(b"u"));
        let Some(code) = digits.and_then(hex4) else {
            at = find_byte(input, b'\\', behind);
            continue;
        };
        if at > from {
            high = None;
        }
        put(input.get(from..at).unwrap_or_default(), out)?;
        from = behind.saturating_add(5);
        at = find_byte(input, b'\\', from);
        let pair = high.take().filter(|_| (0xdc00..0xe000).contains(&code));
        let pair = pair.map(|high: u32| joined(high, code));
        match char::from_u32(pair.unwrap_or(code)) {
            Some(letter) => put(letter.encode_utf8(&mut [0; 4]).as_bytes(), out)?,
            None => high = Some(code).filter(|code| (0xd800..0xdc00).contains(code)),
        }
    }
    if from == 0 {
        return Ok(false);
    }
    put(input.get(from..).unwrap_or_default(), out)?;
    Ok(true)
}

/// True if it asks for any value of the record, which costs more than a pass.
fn looks_anywhere(condition: &Condition) -> bool {
    match condition {
        Condition::Raw(path, _) => path.is_any(),
        Condition::All(all) | Condition::Any(all) => all.iter().any(looks_anywhere),
        _ => false,
    }
}

/// The longest part of a piece that is written in a record as it is in the value: signs that JSON may escape are none of it.
fn plain(piece: &[u8]) -> &[u8] {
    longest(piece, |byte| byte.is_ascii_control() || matches!(byte, b'"' | b'\\' | b'/'))
}

/// The longest part of a piece that is spelled in one way only.
fn spelled(piece: &[u8]) -> &[u8] {
    if spelling(piece) == 0 {
        return piece;
    }
    longest(piece, |byte| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':')
    })
}

fn longest(piece: &[u8], ends: impl Fn(&u8) -> bool) -> &[u8] {
    piece.split(ends).max_by_key(|part| part.len()).unwrap_or_default()
}

/// The pieces that a record needs to meet the condition, and how many patterns stand for them; `None` where it could meet it without any. Conditions nest, and the
/// module starts on a small stack: each level is two plain loops, the leaves are functions of their own.
fn needed(condition: &Condition) -> Option<(Needed, usize)> {
    match condition {
        Condition::Field(field, Wanted::Text(patterns)) if !KIND.contains(field) => {
            leaf(patterns, Place::Field(*field), patterns.globs())
        }
        Condition::Raw(path, Wanted::Text(patterns))
            if path.is_any() || patterns.globs() >= MANY =>
        {
            // The whole record is read at more cost than a pass takes.
            let least = if path.is_any() { WORTHWHILE } else { 0 };
            leaf(patterns, Place::Record, patterns.globs().max(least))
        }
        Condition::All(all) => {
            let mut best: Option<(Needed, usize)> = None;
            for condition in all {
                if let Some(found) = needed(condition)
                    && best.as_ref().is_none_or(|(_, patterns)| found.1 >= *patterns)
                {
                    best = Some(found);
                }
            }
            best
        }
        Condition::Any(any) => {
            let mut all = (Needed::new(), 0usize);
            for condition in any {
                let (mut pieces, patterns) = needed(condition)?;
                all.0.append(&mut pieces);
                all.1 = all.1.saturating_add(patterns);
            }
            Some(all)
        }
        Condition::Not(_)
        | Condition::Field(..)
        | Condition::Raw(..)
        | Condition::Same(..)
        | Condition::Foreign(..) => None,
    }
}

/// The pieces of patterns, unless one is too short to be looked for.
#[inline(never)]
fn leaf(patterns: &Patterns, place: Place, count: usize) -> Option<(Needed, usize)> {
    let mut pieces = Needed::new();
    for piece in patterns.pieces() {
        // A field is looked at as it is respelled too; the whole record is not, so what is looked for there is what stands between blanks.
        let piece = match place {
            Place::Field(_) => piece,
            Place::Record => {
                let part = spelled(piece);
                plain(if part.len() >= SHORTEST { part } else { piece })
            }
        };
        if piece.len() < SHORTEST {
            return None;
        }
        pieces.push((place, piece.to_vec()));
    }
    Some((pieces, count))
}

const _: () = assert!(Field::ALL.len() < 64, "fields are bits, the record is the last");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_letters_however_often_the_text_was_wrapped() {
        for (input, wanted) in [
            (r#"{"a":"\u0062in\u002fsh"}"#, Some(r#"{"a":"bin/sh"}"#)),
            (r#"{"log":"{\"a\":\"\\u0062\u0069n\"}"}"#, Some(r#"{"log":"{\"a\":\"bin\"}"}"#)),
            (r"\ud83d\ude00 \ud83d \u0041\ude00", Some("\u{1f600}  A")),
            (r"\UTC \u12 \\ \", None),
            ("plain", None),
        ] {
            let mut out = Vec::new();
            let is_coded = decode(input.as_bytes(), &mut out).unwrap_or_default();
            assert_eq!(
                (is_coded, String::from_utf8_lossy(&out).as_ref()),
                (wanted.is_some(), wanted.unwrap_or_default())
            );
        }
    }
}
