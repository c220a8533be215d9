//! Mappings and packs as they are applied. Their rows stand in the same trie as the sources' own.

mod conditions;
mod filling;
mod part;
mod table;
mod tag;

pub(super) use conditions::Cells;
pub(super) use filling::Needs;
pub(crate) use table::{LookedUp, Table};

use super::{origin, principal};
use crate::address::Proxies;
use crate::event::{Category, Cell, Class, EMPTY, Event, Field, KEPT, Outcome};
use crate::mapping::{
    Condition, Constant, MOST_KEPT, MOST_TESTS, Mapping, NUMBERS, When, excludes, is_within,
};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms};
use crate::parse::tape::Tape;
use crate::source::{Fields, Finish};
use crate::text_form;
use crate::time::format::Format;
use crate::value::{Kind, Val};
use crate::vocabulary::{Vocabulary, class_of};
use conditions::{Check, Checks, cheapest_first, cost_of};

const _: () = assert!(
    MOST_TESTS <= 64 && MOST_KEPT <= KEPT,
    "each condition has a cell and a bit of its own"
);

/// Times that are longer are none.
const LONGEST_TIME: usize = 96;

/// No word, in place of a word's number.
pub(super) const NO_WORD: u8 = u8::MAX;

/// A mapping, made ready.
pub(super) struct Mapped {
    /// The id as a JSON token.
    id: Vec<u8>,
    pub(super) tag: Option<Vec<u8>>,
    when: Checks,
    /// For each alternative, the conditions on members of the root, which can be looked at before anything else.
    early: Vec<Vec<(Atom, Vec<Check>)>>,
    /// How many cells hold values for conditions.
    tests: u8,
    whens: Vec<Conditional>,
    constants: Vec<(Field, Constant)>,
    words: Vec<Vocabulary>,
    finish: Option<Finish>,
    /// Its records may be Windows events in any shape, which are written anew as flat ones.
    pub(super) is_flattened: bool,
    /// Names of the actions by which it reports sign-ins that programs report as well.
    witness: Vec<Vec<u8>>,
    /// Objects of a record that may be the event, by their keys.
    pub(super) within: Vec<Vec<Atom>>,
    /// The array of which each element is an event, by its keys.
    events: Vec<Atom>,
    /// The cells of the parts of times, and how these are written.
    joins: Vec<(Vec<u8>, Vec<Format>)>,
    /// As the pack writes it, to tell whether another excludes it.
    written: Condition,
}

/// Rows under a condition: what they found stands in cells until the condition is known.
struct Conditional {
    when: Checks,
    cells: Vec<(Field, u8)>,
    constants: Vec<(Field, Constant)>,
}

impl Mapped {
    /// The source's id.
    pub(super) fn source(&self) -> &[u8] {
        crate::value::unquote(&self.id)
    }

    pub(super) fn new(mapping: &Mapping, cells: &Cells<'_>, atoms: &Atoms) -> Mapped {
        let is_flattened = mapping.is_json
            && mapping.text.iter().any(|form| form.kind == text_form::Kind::EventLog);
        let early = mapping.when.any.iter().map(|tests| {
            let of_root = tests.iter().filter_map(|test| {
                let wanted = if test.path.is_member() {
                    test.wanted.iter().map(Check::new).collect()
                } else if test.path.is_below_root() && !is_flattened {
                    vec![Check::Container]
                } else {
                    return None;
                };
                Some((atoms.find(test.path.root().as_bytes()), wanted))
            });
            of_root.collect::<Vec<(Atom, Vec<Check>)>>()
        });
        let early = cheapest_first(early, |tests| cost_of(tests.iter().map(|(_, wanted)| wanted)));
        let fields = mapping.fields();
        let conditional = |when: &When| Conditional {
            when: cells.checks(&when.when),
            cells: cells.of_when(when),
            constants: when.constants.clone(),
        };
        Mapped {
            id: format!("\"{}\"", mapping.source).into_bytes(),
            tag: mapping.tag.as_ref().map(|tag| tag.as_bytes().to_vec()),
            when: cells.checks(&mapping.when),
            early,
            tests: u8::try_from(cells.paths.len().min(MOST_TESTS)).unwrap_or_default(),
            whens: mapping.whens.iter().map(conditional).collect(),
            constants: mapping.constants.clone(),
            words: Vocabulary::ALL
                .into_iter()
                .filter(|words| fields.contains(&words.field()))
                .collect(),
            finish: mapping.finish,
            is_flattened,
            witness: mapping.witness.iter().map(|name| name.clone().into_bytes()).collect(),
            within: mapping
                .within
                .iter()
                .filter(|path| !path.is_in_text())
                .map(|path| path.atoms(atoms))
                .collect(),
            events: mapping.events.iter().flat_map(|path| path.atoms(atoms)).collect(),
            joins: mapping
                .joins
                .iter()
                .map(|join| {
                    (
                        join.paths.iter().map(|path| cells.of_path(path)).collect(),
                        join.formats.clone(),
                    )
                })
                .collect(),
            written: mapping.when.clone(),
        }
    }

    pub(super) fn has_tag(&self, tag: &[u8]) -> bool {
        self.tag.as_ref().is_none_or(|pattern| tag::fits(pattern, tag))
    }

    /// True if the record holds several events, of which the first is read.
    pub(super) fn has_several(&self, tape: &Tape, object: u32) -> bool {
        let at = |at: u32, key: &Atom| tape.member(at, *key);
        let list = || self.events.iter().try_fold(object, at);
        let is_list = |at: &u32| tape.node(*at).is_some_and(|node| node.kind == Kind::Array);
        !self.events.is_empty()
            && list().filter(is_list).is_some_and(|list| tape.children(list).nth(1).is_some())
    }

    /// No record of this one is one of the other, whatever its values.
    pub(super) fn excludes(&self, other: &Mapped) -> bool {
        excludes(&self.written, &other.written)
    }

    /// True if the members of the root are as one of the alternatives asks; what lies deeper is looked at when it was walked.
    pub(super) fn may_be(&self, tape: &Tape, object: u32, input: &[u8], event: &Event) -> bool {
        let holds = |(atom, wanted): &(Atom, Vec<Check>)| {
            let Some(node) = tape.member(object, *atom).and_then(|member| tape.node(member)) else {
                return false;
            };
            let content = || event.texts(input).content(node.span());
            match node.kind {
                Kind::Null => false,
                Kind::Array | Kind::Object => {
                    wanted.iter().any(|wanted| matches!(wanted, Check::Any | Check::Container))
                }
                // What it says is read when it is walked.
                _ if node.is_escaped() => {
                    wanted.iter().any(|wanted| !matches!(wanted, Check::Container))
                }
                kind => wanted.iter().any(|wanted| wanted.is_met(kind, content())),
            }
        };
        self.early.is_empty() || self.early.iter().any(|tests| tests.iter().all(holds))
    }

    /// True if every condition holds.
    pub(super) fn is_met(&self, stands: u64, input: &[u8], event: &Event) -> bool {
        self.when.is_met(stands, input, event)
    }

    /// The conditions' cells whose values are containers, as bits: of each record of the layout.
    pub(super) fn stands(&self, event: &Event) -> u64 {
        let met =
            (0..self.tests).filter(|test| matches!(event.get(Cell::kept(*test)), Val::Int(_)));
        met.fold(0, |bits, test| bits | 1u64.wrapping_shl(u32::from(test)))
    }

    /// Corrects values that do not fit their field, sets defaults, and translates words.
    pub(super) fn finish(&self, stands: u64, input: &[u8], proxies: &Proxies, event: &mut Event) {
        if !self.whens.is_empty() {
            self.apply_whens(stands, input, event);
        }
        if event.lacks_dropped_field() {
            event.note(Note::ValueDropped);
        }
        if event.time_ms.is_none() && !self.joins.is_empty() {
            self.join_time(input, event);
        }
        let numbers = event.filled() & NUMBERS;
        if numbers != 0 {
            keep_within(numbers, input, event);
        }
        origin::settle(input, proxies, event);
        for (field, constant) in &self.constants {
            if !event.has(*field) {
                set_constant(*field, constant, event);
            }
        }
        for words in &self.words {
            settle(*words, event);
        }
        principal::settle(input, proxies, event);
        if let Some(finish) = self.finish {
            (finish.run)(&mut Fields { input, proxies, event });
        }
        if event.class.is_none() {
            class_by_name(input, event);
        }
        if !self.witness.is_empty() {
            self.attest(input, event);
        }
        let id = event.token(&self.id, Kind::String);
        event.set(Field::Source, id.map_or(Val::Word("mapped"), Val::Json));
    }

    /// Notes by which kind of report the event is known, behind the others if by none that is named.
    #[inline(never)]
    fn attest(&self, input: &[u8], event: &mut Event) {
        let action = event.text(input, Field::ActionName);
        let kind = self.witness.iter().take_while(|name| name.as_slice() != action).count();
        event.witness = u8::try_from(kind).unwrap_or(u8::MAX).saturating_add(1);
    }

    /// The first time that has all of its parts.
    #[inline(never)]
    fn join_time(&self, input: &[u8], event: &mut Event) {
        let found = self.joins.iter().find_map(|(cells, formats)| {
            let mut joined = [b' '; LONGEST_TIME];
            let mut len = 0usize;
            for cell in cells {
                let cell = Cell::kept(*cell);
                let text = event.has(cell).then(|| event.text(input, cell))?;
                let end = len.saturating_add(text.len());
                joined.get_mut(len..end)?.copy_from_slice(text);
                len = end.saturating_add(1);
            }
            let text = joined.get(..len.saturating_sub(1))?;
            formats.iter().find_map(|format| Some((format.read(text)?, format.is_local())))
        });
        if let Some((time, is_local)) = found {
            (event.time_ms, event.is_local_time) = (Some(time), is_local);
            event.put_time(time);
        }
    }

    /// Of the conditions that hold, the first that has a value for a field fills it.
    fn apply_whens(&self, stands: u64, input: &[u8], event: &mut Event) {
        let (mut filled, mut dropped) = (0u64, 0u64);
        for when in &self.whens {
            if !when.when.is_met(stands, input, event) {
                continue;
            }
            for (field, cell) in &when.cells {
                let cell = Cell::kept(*cell);
                if event.has(cell) && filled & Cell::field(*field).bit() == 0 {
                    event.unset(*field);
                    event.fill_from(*field, cell);
                    filled |= Cell::field(*field).bit();
                } else if event.lacks_dropped(cell) {
                    dropped |= Cell::field(*field).bit();
                }
            }
            for (field, constant) in &when.constants {
                if filled & Cell::field(*field).bit() == 0 {
                    set_constant(*field, constant, event);
                    filled |= Cell::field(*field).bit();
                }
            }
        }
        if dropped & !event.filled() != 0 {
            event.note(Note::ValueDropped);
        }
    }
}

/// The class that the action's name speaks of, where no row said one.
#[inline(never)]
fn class_by_name(input: &[u8], event: &mut Event) {
    if let Some(class) = class_of(event.text(input, Field::ActionName)) {
        event.set_class(class);
        event.note(Note::ClassByName);
    }
}

/// Leaves out numbers that are not what their fields are for.
#[inline(never)]
fn keep_within(fields: u64, input: &[u8], event: &mut Event) {
    let mut left = fields;
    while let Some(field) = Field::ALL.get(left.trailing_zeros() as usize) {
        left &= left.wrapping_sub(1);
        if !is_within(*field, event.get(*field), event.text(input, *field)) {
            event.unset(*field);
            event.note(Note::ValueDropped);
        }
    }
}

/// A word's number becomes the word, and what goes with it.
fn settle(words: Vocabulary, event: &mut Event) {
    let Val::Int(number) = event.get(words.field()) else {
        return;
    };
    let number = u8::try_from(number).unwrap_or(NO_WORD);
    let word = words.word(number);
    if word.is_none() {
        event.note(Note::UnknownWord);
    }
    let number = usize::from(number);
    match words {
        Vocabulary::Class => {
            event.set_class(Class::ALL.get(number).copied().unwrap_or(Class::Other))
        }
        Vocabulary::Outcome => {
            event.set_outcome(Outcome::ALL.get(number).copied().unwrap_or(Outcome::Unknown))
        }
        Vocabulary::Category => match Category::ALL.get(number) {
            Some(category) => event.set_category(*category),
            None => event.unset(Field::ActionCategory),
        },
        Vocabulary::ActorType => match word {
            Some(word) => event.set(Field::ActorType, Val::Word(word)),
            None => event.unset(Field::ActorType),
        },
    }
}

/// Fills a field with a constant. A pack states of a record that no action is counted by it (`action.count = 0`), because another record counts it: a number in
/// the record itself does not, or whoever writes it could hide what they do.
fn set_constant(field: Field, constant: &Constant, event: &mut Event) {
    let val = constant_val(constant, event);
    event.set(field, val);
    if field == Field::ActionCount && matches!(constant, Constant::Int(0)) {
        event.times = 0;
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

/// Empties the cells but keeps the texts that the tape points into.
pub(super) fn start_over(event: &mut Event, arena: usize, notes: crate::note::Notes) {
    let mut texts = std::mem::take(&mut event.arena);
    texts.truncate(arena);
    event.clear_cells();
    (event.arena, event.notes) = (texts, notes);
    debug_assert!(event.rank(Cell::field(Field::Time)) == EMPTY);
}
