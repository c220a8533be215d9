//! Rows of mappings and packs, as they fill cells: constants, parts of texts, words, times in formats of their own.

use super::super::fill::{Effort, Filler};
use super::super::meaning::Meaning;
use super::part::part_of;
use super::table::Table;
use super::{NO_WORD, constant_val};
use crate::event::{Event, Field, Form};
use crate::mapping::{Constant, Part, Pick, Row, Take};
use crate::parse::tape::Scalar;
use crate::source::Via;
use crate::text::quote;
use crate::time::format::Format;
use crate::time::{self, DAY, HOUR, MINUTE, SECOND};
use crate::value::{Kind, Val};
use crate::vocabulary::Vocabulary;

/// Parts that are longer fill no field.
const LONGEST_PART: usize = 4096;

/// Additional data of the rows of all mappings, by number.
#[derive(Default)]
pub(in crate::normalise) struct Needs {
    tables: Vec<Table>,
    formats: Vec<Format>,
    constants: Vec<Constant>,
    parts: Vec<(Vec<Part>, Via)>,
}

impl Needs {
    /// Alternatives for one field mostly say the same of their values: what was made for the row `before` serves this one too.
    pub(in crate::normalise) fn row<'m>(
        &mut self,
        row: &'m Row,
        before: &mut Option<(&'m Row, Via)>,
    ) -> Via {
        let via = match *before {
            Some((held, via)) if held.field == row.field && held.take == row.take => via,
            _ => self.take(row.field, &row.take),
        };
        let is_list = row.path.keys.last().is_some_and(|key| key.pick == Pick::First);
        if row.field == Field::OriginIp && is_list && via == Via::Field && row.parts.is_empty() {
            return Via::Hop;
        }
        *before = Some((row, via));
        if row.parts.is_empty() {
            return via;
        }
        self.parts.push((row.parts.clone(), via));
        Via::Part(last(&self.parts))
    }

    fn take(&mut self, field: Field, take: &Take) -> Via {
        match take {
            Take::AsItIs => Via::Field,
            Take::Time(Format::Rfc3339) => Via::Time,
            Take::Time(format) => {
                self.formats.push(format.clone());
                Via::Timed(last(&self.formats))
            }
            Take::Table(lookup) => {
                self.tables.push(Table::new(lookup, field));
                Via::Table(last(&self.tables))
            }
            Take::Present(constant) => {
                self.constants.push(constant.clone());
                Via::Present(last(&self.constants))
            }
            Take::Word(words, default) => Via::Word(*words, default.unwrap_or(NO_WORD)),
        }
    }
}

/// The rows of all mappings are few enough, as the policy is checked.
fn last<T>(list: &[T]) -> u16 {
    let place = u16::try_from(list.len().saturating_sub(1));
    debug_assert!(place.is_ok(), "more rows than a place can name");
    place.unwrap_or(u16::MAX)
}

impl Filler {
    /// A condition's value as it stands; of a container, that it is there, which every record of the layout has.
    pub(in crate::normalise) fn condition(
        &mut self,
        scalar: &Scalar,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        match scalar.kind {
            Kind::Null => Val::None,
            Kind::Array | Kind::Object => Val::Int(1),
            Kind::String if scalar.is_escaped() => self.scalar(scalar, Form::Any, input, event),
            _ => Val::Json(scalar.span()),
        }
    }

    pub(in crate::normalise) fn present(
        &mut self,
        number: u16,
        scalar: &Scalar,
        event: &mut Event,
    ) -> Val {
        let is_empty = scalar.kind == Kind::Null
            || scalar.kind == Kind::String && scalar.end.wrapping_sub(scalar.start) <= 2;
        match self.needs.constants.get(usize::from(number)) {
            Some(constant) if !is_empty => constant_val(constant, event),
            _ => Val::None,
        }
    }

    /// The part of the text that a row takes, as if it were the value.
    pub(in crate::normalise) fn part(
        &mut self,
        number: u16,
        scalar: &Scalar,
        form: Form,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        let needs = std::mem::take(&mut self.needs);
        let mut token = std::mem::take(&mut self.token);
        token.clear();
        let val = self.part_by(&needs, &mut token, number, scalar, form, input, event);
        (self.needs, self.token) = (needs, token);
        val
    }

    #[allow(clippy::too_many_arguments)]
    fn part_by(
        &mut self,
        needs: &Needs,
        token: &mut Vec<u8>,
        number: u16,
        scalar: &Scalar,
        form: Form,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        let Some((parts, via)) = needs.parts.get(usize::from(number)) else {
            return Val::None;
        };
        let text = meant(&mut self.meaning, &mut self.effort, scalar, input, event);
        let Some(text) = part_of(text, parts).filter(|text| !text.is_empty()) else {
            return Val::None;
        };
        let is_lower = parts.contains(&Part::Lower);
        if text.len() > LONGEST_PART
            || std::str::from_utf8(text).is_err()
            || quote(text, token).is_err()
        {
            self.is_dropped = true;
            return Val::None;
        }
        if is_lower {
            // Escapes are small already but for `\uXXXX`, whose digits mean the same.
            token.make_ascii_lowercase();
        }
        let content = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
        let val = match via {
            Via::Field => return by_form(token, content, form, event),
            Via::Word(words, default) => {
                return Val::Int(i64::from(words.meant(content).unwrap_or(*default)));
            }
            Via::Table(number) => needs.tables.get(usize::from(*number)).and_then(|table| {
                let found = self.looked_up.find((*number, table), content, &mut self.letters);
                table.constant(found)
            }),
            Via::Present(number) => needs.constants.get(usize::from(*number)),
            _ => None,
        };
        val.map_or(Val::None, |constant| constant_val(constant, event))
    }

    pub(in crate::normalise) fn look_up(
        &mut self,
        number: u16,
        scalar: &Scalar,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        let Some(table) = self.needs.tables.get(usize::from(number)) else {
            return Val::None;
        };
        let text = meant(&mut self.meaning, &mut self.effort, scalar, input, event);
        if text.is_empty() {
            return Val::None;
        }
        let found = self.looked_up.find((number, table), text, &mut self.letters);
        table.constant(found).map_or(Val::None, |constant| constant_val(constant, event))
    }

    pub(in crate::normalise) fn word(
        &mut self,
        words: Vocabulary,
        default: u8,
        scalar: &Scalar,
        input: &[u8],
        event: &Event,
    ) -> Val {
        let text = meant(&mut self.meaning, &mut self.effort, scalar, input, event);
        if text.is_empty() {
            Val::None
        } else {
            Val::Int(i64::from(words.meant(text).unwrap_or(default)))
        }
    }

    pub(in crate::normalise) fn timed(
        &mut self,
        number: u16,
        scalar: &Scalar,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        let Some(format) = self.needs.formats.get(usize::from(number)) else {
            return Val::None;
        };
        let is_value = matches!(scalar.kind, Kind::String | Kind::Number);
        let Some(ms) = format
            .read(meant(&mut self.meaning, &mut self.effort, scalar, input, event))
            .filter(|_| is_value)
        else {
            return Val::None;
        };
        (event.time_ms, event.is_local_time) = (Some(ms), format.is_local());
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
        for (at, value) in [
            (12usize, of_day / HOUR),
            (15, of_day / MINUTE % 60),
            (18, of_day / SECOND % 60),
            (21, of_day % 1000 / 10),
        ] {
            let pair =
                [b'0'.wrapping_add((value / 10) as u8), b'0'.wrapping_add((value % 10) as u8)];
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

/// A part in the field's form.
fn by_form(token: &[u8], content: &[u8], form: Form, event: &mut Event) -> Val {
    match form {
        Form::Text | Form::Any => event.token(token, Kind::String).map_or(Val::None, Val::Json),
        Form::Number => std::str::from_utf8(content)
            .ok()
            .and_then(|text| text.parse().ok())
            .map_or(Val::None, Val::Int),
        Form::Bool if content.eq_ignore_ascii_case(b"true") => Val::Bool(true),
        Form::Bool if content.eq_ignore_ascii_case(b"false") => Val::Bool(false),
        Form::Bool => Val::None,
    }
}

/// Text of a scalar: a string without its escapes, any other value unchanged.
fn meant<'a>(
    meaning: &'a mut Meaning,
    effort: &mut Effort,
    scalar: &Scalar,
    input: &'a [u8],
    event: &'a Event,
) -> &'a [u8] {
    let content = event.texts(input).content(scalar.span());
    if scalar.kind != Kind::String || !scalar.is_escaped() || !effort.spend(content.len()) {
        return content;
    }
    meaning.of(content).unwrap_or(content)
}
