//! Conditions over fields of the audit record and values of the original record.

use super::record::{Found, RawPath, Record};
use super::spelling::Spelling;
use super::texts::{Form, Letters, Unescaped};
use crate::event::{Event, Field};
use crate::pattern::trigrams::Trigrams;
use crate::pattern::{Origins, Patterns};
use crate::text::has_byte;
use crate::value::{Kind, Val};
use std::cell::RefCell;

/// A condition; they nest as deep as `read` allows.
#[derive(Clone, Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Field(Field, Wanted),
    Raw(RawPath, Wanted),
    /// Two fields hold the same text, whatever its case.
    Same(Field, Field),
    /// A value is or names an account other than the one in the field.
    Foreign(RawPath, Field),
}

impl PartialEq for Condition {
    /// Conditions are equal where they read alike.
    fn eq(&self, other: &Condition) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// Test of a value.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// One of these texts or patterns, whatever the letters' case.
    Text(Patterns),
    /// An address in one of these ranges.
    Range(Origins),
    /// A number in these bounds, both included.
    Number(f64, f64),
    /// Any value but null and the empty text.
    Present,
}

/// Input of conditions.
pub struct Look<'a> {
    pub event: &'a Event,
    pub input: &'a [u8],
    pub record: &'a Record<'a>,
    pub scratch: &'a RefCell<Scratch>,
}

/// Buffers for texts that are compared otherwise than they stand.
#[derive(Debug, Default)]
pub struct Scratch {
    unescaped: Unescaped,
    spelling: Spelling,
    letters: Letters,
}

impl Scratch {
    /// Forgets the record before.
    pub fn forget(&mut self) {
        self.unescaped.forget();
        self.spelling.forget();
        self.letters.forget();
    }
}

impl Condition {
    /// The texts that a field must have, where the condition names them one by one.
    pub fn exact(&self, field: Field) -> Option<Vec<&[u8]>> {
        match self {
            Condition::Field(asked, Wanted::Text(patterns)) if *asked == field => {
                patterns.exact_only()
            }
            Condition::All(all) => all.iter().find_map(|one| one.exact(field)),
            // Each alternative must name some.
            Condition::Any(any) => any
                .iter()
                .map(|one| one.exact(field))
                .collect::<Option<Vec<_>>>()
                .map(|lists| lists.concat())
                .filter(|list| !list.is_empty()),
            _ => None,
        }
    }

    /// All of these; one alone is itself, so that conditions nest no deeper than they must.
    pub fn all(mut all: Vec<Condition>) -> Condition {
        match all.pop() {
            Some(one) if all.is_empty() => one,
            last => {
                all.extend(last);
                Condition::All(all)
            }
        }
    }

    /// True if the record meets it.
    pub fn holds(&self, look: &Look<'_>) -> bool {
        match self {
            Condition::All(all) => all.iter().all(|one| one.holds(look)),
            Condition::Any(any) => any.iter().any(|one| one.holds(look)),
            Condition::Not(one) => !one.holds(look),
            Condition::Field(..)
            | Condition::Raw(..)
            | Condition::Same(..)
            | Condition::Foreign(..) => self.is_so(look),
        }
    }

    /// One that has no others in it. Apart from those that have: what is nested takes the host's stack, which is small.
    #[inline(never)]
    fn is_so(&self, look: &Look<'_>) -> bool {
        match self {
            Condition::Field(field, wanted) => look.field(*field, wanted),
            Condition::Raw(path, wanted) => {
                look.record
                    .any(path, look.event, look.input, &mut |found| look.is_met(wanted, &found))
            }
            Condition::Same(one, other) => {
                let (one, other) =
                    (look.event.text(look.input, *one), look.event.text(look.input, *other));
                !one.is_empty() && one.eq_ignore_ascii_case(other)
            }
            Condition::Foreign(path, own) => {
                let own = look.event.text(look.input, *own);
                look.record
                    .any(path, look.event, look.input, &mut |found| names_another(found.text, own))
            }
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => self.holds(look),
        }
    }

    /// True if the record meets it, as far as these fields alone tell.
    pub fn holds_by(&self, fields: &[Field], look: &Look<'_>) -> Option<bool> {
        let decided = |all: &[Condition], by: bool| {
            let mut is_open = false;
            for one in all {
                match one.holds_by(fields, look) {
                    Some(holds) if holds == by => return Some(by),
                    Some(_) => {}
                    None => is_open = true,
                }
            }
            if is_open { None } else { Some(!by) }
        };
        match self {
            Condition::All(all) => decided(all, false),
            Condition::Any(any) => decided(any, true),
            Condition::Not(one) => one.holds_by(fields, look).map(|holds| !holds),
            Condition::Field(field, _) if fields.contains(field) => Some(self.holds(look)),
            Condition::Same(one, other) if fields.contains(one) && fields.contains(other) => {
                Some(self.holds(look))
            }
            Condition::Field(..)
            | Condition::Same(..)
            | Condition::Raw(..)
            | Condition::Foreign(..) => None,
        }
    }

    /// True if the record meets it, where what its kind tells is known: `settled` names the parts that the kind meets.
    pub fn holds_but(&self, settled: u16, look: &Look<'_>) -> bool {
        let Condition::All(all) = self else {
            return self.holds(look);
        };
        let is_open = |at: u32| at >= u16::BITS || settled.wrapping_shr(at) & 1 == 0;
        let mut open = (0u32..).zip(all).filter(|(at, _)| is_open(*at)).map(|(_, one)| one);
        let lacks_any = || all.iter().any(|one| one.lacks(look));
        !(look.record.is_read() && lacks_any()) && open.all(|one| one.holds(look))
    }

    /// The parts that a record of this kind meets, as bits.
    pub fn settled(&self, kind: &[Field], look: &Look<'_>) -> u16 {
        let Condition::All(all) = self else { return 0 };
        let bits = (0u32..u16::BITS)
            .zip(all)
            .map(|(at, one)| u16::from(one.holds_by(kind, look) == Some(true)).wrapping_shl(at));
        bits.fold(0, |settled, bit| settled | bit)
    }

    /// True if the record has not the keys that it needs to meet it: told at less cost than holding it.
    fn lacks(&self, look: &Look<'_>) -> bool {
        match self {
            Condition::Raw(path, _) | Condition::Foreign(path, _) => {
                look.record.lacks(path, look.event, look.input)
            }
            Condition::All(all) => all.iter().any(|one| one.lacks(look)),
            Condition::Any(any) => !any.is_empty() && any.iter().all(|one| one.lacks(look)),
            Condition::Not(_) | Condition::Field(..) | Condition::Same(..) => false,
        }
    }

    /// Adds the places of the keys that a record needs to meet it.
    pub fn keys(&self, places: &mut Vec<u16>) {
        match self {
            Condition::Raw(path, _) | Condition::Foreign(path, _) => places.extend(path.places()),
            Condition::All(all) => all.iter().for_each(|one| one.keys(places)),
            Condition::Any(_) | Condition::Not(_) | Condition::Field(..) | Condition::Same(..) => {}
        }
    }

    /// Rough cost of asking: of conditions that must all hold, the cheapest is asked first. To look into the original record costs more than any field.
    pub fn cost(&self) -> usize {
        let sum =
            |all: &[Condition]| all.iter().map(Condition::cost).fold(0, usize::saturating_add);
        match self {
            Condition::All(all) | Condition::Any(all) => sum(all),
            Condition::Not(one) => one.cost(),
            Condition::Field(_, wanted) => wanted.cost(),
            Condition::Same(..) => 2,
            Condition::Raw(_, wanted) => wanted.cost().saturating_add(OF_RECORD),
            Condition::Foreign(..) => OF_RECORD,
        }
    }
}

/// More than the fields of any rule.
const OF_RECORD: usize = 1 << 20;

impl Look<'_> {
    fn field(&self, field: Field, wanted: &Wanted) -> bool {
        match self.event.get(field) {
            Val::None => false,
            Val::Int(number) => self.is_met(
                wanted,
                &Found { text: Decimal::of(number).text(), kind: Kind::Number, is_escaped: false },
            ),
            Val::Bool(bool) => self.is_met(
                wanted,
                &Found {
                    text: if bool { b"true" } else { b"false" },
                    kind: Kind::True,
                    is_escaped: false,
                },
            ),
            _ => {
                let text = self.event.text(self.input, field);
                self.is_met(
                    wanted,
                    &Found { text, kind: Kind::String, is_escaped: has_byte(text, b'\\') },
                )
            }
        }
    }

    /// Hands on the text as patterns spell it, if it is spelled otherwise; `written` is the text as it stands in the record.
    pub fn respelled(&self, written: &[u8], text: &[u8], asks: u8, take: &mut dyn FnMut(&[u8])) {
        if let Ok(mut scratch) = self.scratch.try_borrow_mut()
            && let Some(text) = scratch.spelling.of(written, text, asks)
        {
            take(text);
        }
    }

    fn is_met(&self, wanted: &Wanted, found: &Found<'_>) -> bool {
        let is_escaped = found.is_escaped && found.kind == Kind::String;
        let asks = wanted.spelling(found.kind);
        // Most values are short and stand there as they are meant.
        let is_plain = !is_escaped && !wanted.is_costly(found.text);
        if is_plain {
            let is_met = wanted.accepts(found.text, None);
            if is_met || asks == 0 {
                return is_met;
            }
        }
        let Ok(mut scratch) = self.scratch.try_borrow_mut() else {
            return false;
        };
        let Scratch { unescaped, spelling, letters } = &mut *scratch;
        let (text, form, respelled) = if is_escaped {
            (unescaped.of(found.text), Form::Unescaped, Form::UnescapedRespelled)
        } else {
            (found.text, Form::Written, Form::Respelled)
        };
        let mut accepts = |text: &[u8], form| {
            let is_costly = wanted.is_costly(text);
            let letters = if is_costly { letters.of(found.text, form, text) } else { None };
            wanted.accepts(text, letters)
        };
        !is_plain && accepts(text, form)
            || asks != 0
                && spelling.of(found.text, text, asks).is_some_and(|text| accepts(text, respelled))
    }
}

impl Wanted {
    fn cost(&self) -> usize {
        match self {
            Wanted::Present => 0,
            Wanted::Text(patterns) => patterns.globs().saturating_add(1).saturating_mul(2),
            Wanted::Number(..) => 3,
            Wanted::Range(_) => 4,
        }
    }

    /// Signs of its patterns that a text may spell in several ways, as bits.
    fn spelling(&self, kind: Kind) -> u8 {
        match self {
            Wanted::Text(patterns) if !matches!(kind, Kind::Number | Kind::True) => {
                patterns.spelling()
            }
            _ => 0,
        }
    }

    /// True if its patterns are looked for at less cost where the text's letters are known.
    fn is_costly(&self, text: &[u8]) -> bool {
        matches!(self, Wanted::Text(patterns) if patterns.is_costly(text))
    }

    fn accepts(&self, text: &[u8], letters: Option<&Trigrams>) -> bool {
        match self {
            Wanted::Text(patterns) => patterns.is_match_by(text, letters),
            Wanted::Range(ranges) => ranges.is_match(text),
            Wanted::Number(least, most) => {
                number(text).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Wanted::Present => !text.is_empty(),
        }
    }
}

/// True if the text is a number with as many digits as `own`, or names one as the account of an ARN (behind `::`), and it is another.
#[inline(never)]
fn names_another(text: &[u8], own: &[u8]) -> bool {
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    if own.len() < SHORTEST_ACCOUNT || !is_number(own) {
        return false;
    }
    if text.len() == own.len() && is_number(text) {
        return text != own;
    }
    text.windows(own.len().saturating_add(3)).any(|part| {
        let behind = part.strip_prefix(b"::").and_then(|rest| rest.split_at_checked(own.len()));
        behind.is_some_and(|(one, next)| is_number(one) && !is_number(next) && one != own)
    })
}

/// Shorter numbers are no accounts.
const SHORTEST_ACCOUNT: usize = 6;

#[inline(never)]
fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A whole number as text.
struct Decimal {
    digits: [u8; 20],
    from: usize,
}

impl Decimal {
    fn of(number: i64) -> Decimal {
        let mut made = Decimal { digits: [b'0'; 20], from: 20 };
        let mut left = number.unsigned_abs();
        while left > 0 || made.from == 20 {
            made.from = made.from.saturating_sub(1);
            if let Some(place) = made.digits.get_mut(made.from) {
                *place = b'0'.wrapping_add((left % 10) as u8);
            }
            left /= 10;
        }
        if number < 0 {
            made.from = made.from.saturating_sub(1);
            made.digits.get_mut(made.from).into_iter().for_each(|place| *place = b'-');
        }
        made
    }

    fn text(&self) -> &[u8] {
        self.digits.get(self.from..).unwrap_or_default()
    }
}

crate::stored::stored!(enum Condition { 0 All { 0: all }, 1 Any { 0: any }, 2 Not { 0: one }, 3 Field { 0: field, 1: wanted }, 4 Raw { 0: path, 1: wanted }, 5 Same { 0: one, 1: other }, 6 Foreign { 0: path, 1: own } });
crate::stored::stored!(enum Wanted { 0 Text { 0: patterns }, 1 Range { 0: ranges }, 2 Number { 0: least, 1: most }, 3 Present {} });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_another_behind_two_colons_or_alone() {
        const OWN: &[u8] = b"111122223333";
        for (text, own, is_another) in [
            ("444455556666", OWN, true),
            ("111122223333", OWN, false),
            (r#"{"AWS":"arn:aws:iam::444455556666:root"}"#, OWN, true),
            (
                r#"{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:user/eve"]}"#,
                OWN,
                true,
            ),
            ("arn:aws:iam::111122223333:role/x", OWN, false),
            ("arn:aws:sns:eu-west-1:444455556666:topic", OWN, false),
            ("arn:aws:iam::4444555566667:root", OWN, false),
            ("arn:aws:iam::444455556666", OWN, false),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", OWN, false),
            ("s3.amazonaws.com", OWN, false),
            ("", OWN, false),
            ("arn:aws:iam::444455556666:root", b"", false),
            ("arn:aws:iam::444455556666:root", b"my-project-id", false),
            ("12345", b"54321", false),
        ] {
            assert_eq!(names_another(text.as_bytes(), own), is_another, "{text}");
        }
    }
}
