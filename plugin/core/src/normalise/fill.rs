//! Fills cells: a value becomes what its row and its field's form ask for.

use super::mapped::{LookedUp, Needs};
use super::meaning::Meaning;
use crate::address::{Proxies, is_untold};
use crate::cached_layout::{Step, Target};
use crate::event::{Cell, Event, Form, Tag};
use crate::parse::tape::{Node, Scalar, Tape};
use crate::pattern::trigrams::Trigrams;
use crate::source::Via;
use crate::value::{Doc, Kind, Val};
use crate::{text, time};

/// Bytes that may be written for the record at hand. Each reader that does not fit in the end writes some in vain, and whoever writes a record chooses how
/// many try.
pub(super) struct Effort {
    /// Times the length of a record; and beyond that so many bytes, so that short records are tried by all.
    times: usize,
    few: usize,
    left: usize,
    is_spent: bool,
}

impl Effort {
    /// For lines that are written as objects, by the form that is tried.
    pub(super) const LINES: Effort = Effort::new(4, 16 << 10);
    /// For texts without their escapes, by the row that takes them: at a tenth of the cost.
    pub(super) const TEXTS: Effort = Effort::new(16, 64 << 10);

    const fn new(times: usize, few: usize) -> Effort {
        Effort { times, few, left: few, is_spent: false }
    }

    pub(super) fn begin(&mut self, record: usize) {
        self.left = record.saturating_mul(self.times).saturating_add(self.few);
        self.is_spent = false;
    }

    /// False where no more may be written.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.is_spent |= left.is_none();
        self.left = left.unwrap_or_default();
        left.is_some()
    }

    /// True if something was left unread for it.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }
}

/// Puts values into cells, as rows say.
pub(super) struct Filler {
    pub(super) targets: Vec<Target>,
    pub(super) scratch: Vec<u8>,
    /// The value at hand does not fit its cell.
    pub(super) is_dropped: bool,
    pub(super) meaning: Meaning,
    pub(super) effort: Effort,
    pub(super) needs: Needs,
    /// Those of the text that is looked up.
    pub(super) letters: Trigrams,
    pub(super) looked_up: LookedUp,
    /// Whom is believed for whom they ask.
    pub(super) proxies: Proxies,
    /// A part of a text between quotes.
    pub(super) token: Vec<u8>,
    /// The day of the time read last.
    pub(super) day: time::Day,
    /// A day since 1970, and a time of it as it is written.
    pub(super) written_day: Option<(i64, [u8; 24])>,
}

impl Filler {
    /// All rows of a step.
    #[inline(never)]
    pub(super) fn put_step(
        &mut self,
        step: &Step,
        scalar: Scalar,
        input: &[u8],
        event: &mut Event,
    ) {
        if step.count == 1 {
            return self.put(&step.only, &scalar, step.repeats, None, input, event);
        }
        self.put_rows(
            step.first..step.first.wrapping_add(step.count),
            scalar,
            step.repeats,
            None,
            input,
            event,
        );
    }

    #[inline(always)]
    pub(super) fn put_rows(
        &mut self,
        rows: std::ops::Range<u16>,
        scalar: Scalar,
        repeats: bool,
        on_tape: Option<(&Tape, u32)>,
        input: &[u8],
        event: &mut Event,
    ) {
        for row in rows {
            let Some(target) = self.targets.get(usize::from(row)).copied() else {
                return;
            };
            self.put(&target, &scalar, repeats, on_tape, input, event);
        }
    }

    /// One row's value to its cell.
    #[inline(always)]
    pub(super) fn put(
        &mut self,
        target: &Target,
        scalar: &Scalar,
        repeats: bool,
        on_tape: Option<(&Tape, u32)>,
        input: &[u8],
        event: &mut Event,
    ) {
        let &Target { cell, rank, form, via, takes_text } = target;
        // Of duplicates the last counts, of array elements the first; an empty cell's rank is above all.
        let held = event.rank(cell);
        if held <= rank && (held < rank || repeats) && (held < rank || via != Via::Hop) {
            return;
        }
        if takes_text && scalar.is_plain_text() {
            let tag = if scalar.doc() == Doc::Input {
                Tag::Input(Kind::String)
            } else {
                Tag::Arena(Kind::String)
            };
            return event.put(
                cell,
                tag,
                u64::from(scalar.start) | u64::from(scalar.end).wrapping_shl(32),
                rank,
            );
        }
        if via == Via::Hop && !self.takes_hop(cell, held == rank, scalar, input, event) {
            return;
        }
        let val = self.convert(scalar, via, form, on_tape, input, event);
        if std::mem::take(&mut self.is_dropped) {
            event.drop_value(cell);
        }
        event.set_ranked(cell, val, rank);
    }

    /// True if a member of a list of proxies takes the place of those before it, if there are any: what no trusted proxy wrote is nearer to the client, and of
    /// trusted ones the first is. What cannot be read was somebody's address, and what stands before it is hearsay.
    #[inline(never)]
    fn takes_hop(
        &self,
        cell: Cell,
        has_before: bool,
        scalar: &Scalar,
        input: &[u8],
        event: &Event,
    ) -> bool {
        let content = event.texts(input).content(scalar.span());
        if scalar.kind == Kind::Null || scalar.kind == Kind::String && is_untold(content) {
            return false;
        }
        let is_known = || self.proxies.client(event.text(input, cell)).is_some();
        !has_before
            || self.proxies.client(content).is_none_or(|hop| !self.proxies.has(hop.ip))
            || !is_known()
    }

    /// Handles values that are not text to be copied.
    #[inline(never)]
    fn convert(
        &mut self,
        scalar: &Scalar,
        via: Via,
        form: Form,
        on_tape: Option<(&Tape, u32)>,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        match via {
            Via::Time => self.time(scalar, input, event),
            Via::List if scalar.kind == Kind::Array && !scalar.is_broken() => {
                Val::Json(scalar.span())
            }
            Via::Keep | Via::List if scalar.is_container() => Val::None,
            Via::Keep | Via::List => self.scalar(scalar, Form::Any, input, event),
            Via::Condition => self.condition(scalar, input, event),
            Via::Present(number) => self.present(number, scalar, event),
            Via::Field if scalar.is_container() && form == Form::Any => {
                container(scalar, on_tape, input, event).unwrap_or_else(|| self.dropped())
            }
            Via::Field | Via::Hop => self.scalar(scalar, form, input, event),
            _ if scalar.kind == Kind::Null => Val::None,
            _ if scalar.is_container() || scalar.is_broken() => self.dropped(),
            Via::Part(number) => self.part(number, scalar, form, input, event),
            Via::Timed(number) => self.timed(number, scalar, input, event),
            Via::Table(number) => self.look_up(number, scalar, input, event),
            Via::Word(words, default) => self.word(words, default, scalar, input, event),
        }
    }

    /// A scalar in the field's form; empty strings and null are no value.
    #[inline]
    pub(super) fn scalar(
        &mut self,
        scalar: &Scalar,
        form: Form,
        input: &[u8],
        event: &mut Event,
    ) -> Val {
        let span = scalar.span();
        match (scalar.kind, form) {
            (Kind::String, Form::Text | Form::Any) if span.len() <= 2 => Val::None,
            (Kind::String, Form::Text | Form::Any) if !scalar.is_escaped() => Val::Json(span),
            (Kind::String, Form::Text | Form::Any) => self.rewritten(scalar, input, event),
            (Kind::Null, _) => Val::None,
            (Kind::Number, _) if scalar.is_broken() => self.dropped(),
            (Kind::Number, Form::Number | Form::Any) => Val::Json(span),
            (Kind::True | Kind::False, Form::Bool | Form::Any) => Val::Json(span),
            (Kind::Number | Kind::True | Kind::False, Form::Text) => {
                self.scratch.clear();
                let copied = text::put(event.texts(input).token(span), &mut self.scratch);
                copied.ok().and_then(|()| event.quote(&self.scratch)).map_or(Val::None, Val::Json)
            }
            // As logs write what is absent.
            (Kind::String, Form::Number | Form::Bool)
                if matches!(event.texts(input).content(span), b"-") =>
            {
                Val::None
            }
            (Kind::String, Form::Number) => {
                number(event.texts(input).content(span)).map_or_else(|| self.dropped(), Val::Int)
            }
            (Kind::String, Form::Bool) => {
                truth(event.texts(input).content(span)).map_or_else(|| self.dropped(), Val::Bool)
            }
            _ => self.dropped(),
        }
    }

    /// A string with escapes, written anew with as few as JSON demands: one meaning, one spelling.
    #[cold]
    fn rewritten(&mut self, scalar: &Scalar, input: &[u8], event: &mut Event) -> Val {
        let content = event.texts(input).content(scalar.span());
        if !self.effort.spend(content.len()) {
            return Val::Json(scalar.span());
        }
        match self.meaning.of(content) {
            Ok(text) => event.quote_lossy(text).map_or(Val::None, Val::Json),
            Err(text::Full) => Val::None,
        }
    }

    #[cold]
    fn dropped(&mut self) -> Val {
        self.is_dropped = true;
        Val::None
    }

    fn time(&mut self, scalar: &Scalar, input: &[u8], event: &mut Event) -> Val {
        let content = event.texts(input).content(scalar.span());
        let Some(ms) = self.day.parse(content).filter(|_| scalar.kind == Kind::String) else {
            return Val::None;
        };
        let is_normal = time::is_normal(content);
        // Whole seconds in UTC, as most write them, only lack the milliseconds.
        let is_seconds =
            content.len() == 20 && matches!(content, [.., b'Z']) && content.get(10) == Some(&b'T');
        let in_seconds = content.first_chunk::<19>().copied().filter(|_| is_seconds);
        event.time_ms = Some(ms);
        if is_normal {
            return Val::Json(scalar.span());
        }
        let Some(seconds) = in_seconds else {
            let content = event.texts(input).content(scalar.span());
            let is_finer = in_utc(content, ms, &mut self.scratch);
            let token = is_finer.and_then(|()| event.token(&self.scratch, Kind::String));
            return token.map_or(Val::Time(ms), Val::Json);
        };
        let mut token = *b"\"0000-00-00T00:00:00.000Z\"";
        if let Some(place) = token.get_mut(1..20) {
            place.copy_from_slice(&seconds);
        }
        event.token(&token, Kind::String).map_or(Val::Time(ms), Val::Json)
    }
}

/// Writes a time of another zone or spelling in UTC with the fraction that it states, where that is finer than milliseconds: most clouds write four to nine digits.
#[cold]
fn in_utc(content: &[u8], ms: time::Millis, token: &mut Vec<u8>) -> Option<()> {
    let fraction = content.get(19..)?.strip_prefix(b".")?;
    let mut digits = fraction.get(..text::digits_len(fraction))?;
    // Some write nine digits, of which those behind milliseconds say nothing.
    if digits.len() != 6 {
        while let [more @ .., b'0'] = digits {
            digits = more;
        }
    }
    let digits = Some(digits).filter(|digits| (4..=9).contains(&digits.len()))?;
    let in_ms = time::format(ms);
    token.clear();
    for piece in [b"\"", in_ms.get(..20)?, digits, b"Z\""] {
        text::put(piece, token).ok()?;
    }
    Some(())
}

/// A container as a field's value: only where it is shallow and stands on one line.
fn container(
    scalar: &Scalar,
    on_tape: Option<(&Tape, u32)>,
    input: &[u8],
    event: &Event,
) -> Option<Val> {
    const SHALLOW: u32 = 3;
    // Of text within text no note says whether it is strict, nor the tape whether it has line ends: each value and byte is looked at.
    let is_plain = |node: &Node| !node.is_broken() && !node.key_is_escaped();
    let is_strict = |tape: &Tape, at: u32| {
        let end = tape.node(at).map_or(0, |container| container.link);
        (at.saturating_add(1)..end).all(|inner| tape.node(inner).is_some_and(is_plain))
    };
    let token = event.texts(input).token(scalar.span());
    let has_line_ends = text::find_either(token, b'\n', b'\r', 0) < token.len();
    let fits = on_tape
        .is_some_and(|(tape, at)| tape.depth_below(at) <= SHALLOW && is_strict(tape, at))
        && !has_line_ends;
    fits.then(|| Val::Json(scalar.span()))
}

/// A whole number written as text.
fn number(content: &[u8]) -> Option<i64> {
    std::str::from_utf8(content).ok()?.parse().ok()
}

fn truth(content: &[u8]) -> Option<bool> {
    let is = |word: &[u8]| content.eq_ignore_ascii_case(word);
    if is(b"true") || is(b"yes") {
        Some(true)
    } else if is(b"false") || is(b"no") {
        Some(false)
    } else {
        None
    }
}
