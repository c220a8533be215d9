//! Mappings and packs as they are applied: conditions, lookup tables, constants. Their rows stand in the same trie as the sources' own.

use super::fill::{Effort, Filler};
use super::meaning::Meaning;
use super::{origin, principal};
use crate::address::Proxies;
use crate::event::{Category, Cell, Class, EMPTY, Event, Field, Form, KEPT, Outcome, Tag};
use crate::mapping::{
    Condition, Constant, Lookup, MOST_KEPT, MOST_TESTS, Mapping, NUMBERS, Part, Path, Pick, Row,
    Take, Test, Wanted, When, excludes, is_within,
};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms};
use crate::parse::tape::{Scalar, Tape};
use crate::pattern::trigrams::Trigrams;
use crate::pattern::{Glob, MANY};
use crate::source::{Fields, Finish, Via};
use crate::text::{find_last_piece, find_piece, is_same, quote, word_within};
use crate::time::format::Format;
use crate::time::{self, DAY, HOUR, MINUTE, SECOND};
use crate::value::{Kind, Val};
use crate::vocabulary::{Vocabulary, class_of};

const _: () = assert!(
    MOST_TESTS <= 64 && MOST_KEPT <= KEPT,
    "each condition has a cell and a bit of its own"
);

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

/// Conditions on values in cells.
struct Checks {
    any: Vec<Vec<CellCheck>>,
    unless: Vec<CellCheck>,
}

/// Type of the value in a cell.
struct CellCheck {
    cell: u8,
    wanted: Vec<Check>,
}

/// Type of a value in JSON.
pub(super) enum Check {
    Any,
    Text(Vec<u8>),
    Pattern(Glob),
    Number(Vec<u8>),
    Bool(bool),
}

/// Rows under a condition: what they found stands in cells until the condition is known.
struct Conditional {
    when: Checks,
    cells: Vec<(Field, u8)>,
    constants: Vec<(Field, Constant)>,
}

/// Which cell holds what while a mapping is made ready.
#[derive(Default)]
pub(super) struct Cells<'m> {
    paths: Vec<&'m Path>,
    /// Rows of one field under a condition: several conditions may share them.
    rows: Vec<(Field, Vec<&'m Row>, u8)>,
}

impl<'m> Cells<'m> {
    pub(super) fn of(mapping: &'m Mapping) -> Cells<'m> {
        let mut cells = Cells::default();
        let conditions =
            std::iter::once(&mapping.when).chain(mapping.whens.iter().map(|when| &when.when));
        let tested = conditions
            .flat_map(|condition| condition.any.iter().flatten().chain(&condition.unless))
            .map(|test| &test.path);
        for path in tested.chain(mapping.joins.iter().flat_map(|join| &join.paths)) {
            if !cells.paths.iter().any(|known| known.keys == path.keys) {
                cells.paths.push(path);
            }
        }
        for when in &mapping.whens {
            for row in &when.rows {
                let rows = rows_of(when, row.field);
                if !cells.rows.iter().any(|(field, held, _)| *field == row.field && *held == rows) {
                    let cell = u8::try_from(cells.paths.len().saturating_add(cells.rows.len()))
                        .unwrap_or(u8::MAX);
                    cells.rows.push((row.field, rows, cell));
                }
            }
        }
        cells
    }

    /// The paths whose values conditions look at and times are joined of, each with its cell.
    pub(super) fn conditions(&self) -> impl Iterator<Item = (u8, &'m Path)> {
        (0u8..).zip(self.paths.iter().copied())
    }

    /// Rows under conditions, each with its cell and its rank there.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u8, usize, &'m Row)> {
        self.rows.iter().flat_map(|(_, rows, cell)| {
            rows.iter().enumerate().map(|(rank, row)| (*cell, rank, *row))
        })
    }

    fn of_path(&self, path: &Path) -> u8 {
        self.conditions().find(|(_, held)| held.keys == path.keys).map_or(u8::MAX, |(cell, _)| cell)
    }

    fn of_when(&self, when: &When) -> Vec<(Field, u8)> {
        let mut cells: Vec<(Field, u8)> = Vec::new();
        for row in &when.rows {
            let rows = rows_of(when, row.field);
            let found =
                self.rows.iter().find(|(field, held, _)| *field == row.field && *held == rows);
            cells.extend(
                found
                    .map(|(field, _, cell)| (*field, *cell))
                    .filter(|found| !cells.contains(found)),
            );
        }
        cells
    }

    fn checks(&self, condition: &Condition) -> Checks {
        let checks = |tests: &[Test]| -> Vec<CellCheck> {
            tests
                .iter()
                .map(|test| CellCheck {
                    cell: self.of_path(&test.path),
                    wanted: test.wanted.iter().map(Check::new).collect(),
                })
                .collect()
        };
        Checks {
            any: condition.any.iter().map(|tests| checks(tests)).collect(),
            unless: checks(&condition.unless),
        }
    }
}

fn rows_of(when: &When, field: Field) -> Vec<&Row> {
    when.rows.iter().filter(|row| row.field == field).collect()
}

impl Check {
    fn new(wanted: &Wanted) -> Check {
        match wanted {
            Wanted::Any => Check::Any,
            Wanted::Text(text) => Check::Text(json_content(text)),
            Wanted::Pattern(pattern) => Check::Pattern(Glob::of(pattern)),
            Wanted::Number(number) => Check::Number(number.clone().into_bytes()),
            Wanted::Bool(bool) => Check::Bool(*bool),
        }
    }

    /// True if a scalar of that kind and content is the value asked for.
    fn is_met(&self, kind: Kind, content: &[u8]) -> bool {
        let is_text = kind == Kind::String;
        match self {
            Check::Any => true,
            Check::Text(text) => is_text && is_same(content, text),
            Check::Pattern(glob) => is_text && glob.is_match(content),
            // In text that is read as pairs, all values are strings.
            Check::Number(number) => (is_text || kind == Kind::Number) && is_same(content, number),
            Check::Bool(bool) => {
                kind != Kind::Number && is_same(content, if *bool { b"true" } else { b"false" })
            }
        }
    }
}

/// Text as JSON has it between quotes.
fn json_content(text: &str) -> Vec<u8> {
    let mut token = Vec::new();
    let _ = quote(text.as_bytes(), &mut token);
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

impl CellCheck {
    /// True if the condition holds: by the value in its cell, or, as its bit of `stands` says, for the record's layout has a container there.
    fn is_met(&self, stands: u64, input: &[u8], event: &Event) -> bool {
        let cell = Cell::kept(self.cell);
        let is_container = stands.wrapping_shr(u32::from(self.cell)) & 1 == 1;
        if is_container || !event.has(cell) {
            return is_container && self.takes_container();
        }
        match event.tag(cell) {
            Tag::Int => self.takes_container(),
            Tag::Input(kind) | Tag::Arena(kind) => {
                let content = event.text(input, cell);
                self.wanted.iter().any(|wanted| wanted.is_met(kind, content))
            }
            _ => false,
        }
    }

    fn takes_container(&self) -> bool {
        self.wanted.iter().any(|wanted| matches!(wanted, Check::Any))
    }
}

impl Checks {
    fn is_met(&self, stands: u64, input: &[u8], event: &Event) -> bool {
        let all =
            |checks: &[CellCheck]| checks.iter().all(|check| check.is_met(stands, input, event));
        (self.any.is_empty() || self.any.iter().any(|checks| all(checks)))
            && !self.unless.iter().any(|check| check.is_met(stands, input, event))
    }
}

/// The words of outcomes as constants.
static OUTCOMES: [Constant; Outcome::ALL.len()] =
    [Constant::Word(0), Constant::Word(1), Constant::Word(2), Constant::Word(3)];

/// Values looked up in place of a path's own.
pub(crate) struct Table {
    /// The first eight bytes of a value as a number, by which they are in order, and the value.
    values: Vec<(u64, String, Constant)>,
    /// The longest first.
    patterns: Vec<(Glob, Constant)>,
    /// True if many of them are looked for within a text: then its letters are looked at first.
    has_many: bool,
    default: Option<Constant>,
    /// The words that the field has, where the table does not say all.
    words: Option<Vocabulary>,
}

impl Table {
    pub(crate) fn new(Lookup { values, default }: &Lookup, field: Field) -> Table {
        let mut exact: Vec<(u64, String, Constant)> = Vec::new();
        let mut patterns: Vec<(usize, Glob, Constant)> = Vec::new();
        // Each goes in at its place: sorting takes more of the host's stack the more there is.
        for (value, constant) in values {
            if value.contains('*') {
                let at = patterns.partition_point(|(len, ..)| *len >= value.len());
                patterns.insert(at, (value.len(), Glob::of(value), constant.clone()));
            } else {
                let head = word_within(value.as_bytes(), 0);
                let at = exact.partition_point(|(held, ..)| *held <= head);
                exact.insert(at, (head, value.clone(), constant.clone()));
            }
        }
        let patterns: Vec<(Glob, Constant)> =
            patterns.into_iter().map(|(_, pattern, constant)| (pattern, constant)).collect();
        let has_many = patterns.iter().filter(|(glob, _)| glob.has_pieces()).count() >= MANY;
        let words = Vocabulary::of(field)
            .filter(|words| default.is_none() && *words == Vocabulary::Outcome);
        Table { values: exact, patterns, has_many, default: default.clone(), words }
    }

    /// The constant that the text stands for; `letters` is room for those of the text.
    pub(crate) fn look_up(&self, text: &[u8], letters: &mut Trigrams) -> Option<&Constant> {
        let head = word_within(text, 0);
        let from = self.values.partition_point(|(known, ..)| *known < head);
        let alike = self
            .values
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|(known, ..)| *known == head);
        let exact = alike
            .map(|(_, value, constant)| (value, constant))
            .find(|(value, _)| is_same(value.as_bytes(), text))
            .map(|(_, constant)| constant);
        let by_pattern = move || {
            let letters = self.has_many.then(|| {
                letters.fill(text);
                &*letters
            });
            let may_match = |glob: &Glob| letters.is_none_or(|letters| glob.may_match(letters));
            self.patterns
                .iter()
                .find(|(glob, _)| may_match(glob) && glob.is_match(text))
                .map(|(_, constant)| constant)
        };
        let by_word = || OUTCOMES.get(usize::from(self.words?.meant(text)?));
        exact.or_else(by_pattern).or_else(by_word).or(self.default.as_ref())
    }
}

impl Mapped {
    /// The source's id.
    pub(super) fn source(&self) -> &[u8] {
        crate::value::unquote(&self.id)
    }

    pub(super) fn new(mapping: &Mapping, cells: &Cells<'_>, atoms: &Atoms) -> Mapped {
        let early = mapping.when.any.iter().map(|tests| {
            let members = tests.iter().filter(|test| test.path.is_member());
            members
                .map(|test| {
                    (
                        atoms.find(test.path.root().as_bytes()),
                        test.wanted.iter().map(Check::new).collect(),
                    )
                })
                .collect()
        });
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
            early: early.collect(),
            tests: u8::try_from(cells.paths.len().min(MOST_TESTS)).unwrap_or_default(),
            whens: mapping.whens.iter().map(conditional).collect(),
            constants: mapping.constants.clone(),
            words: Vocabulary::ALL
                .into_iter()
                .filter(|words| fields.contains(&words.field()))
                .collect(),
            finish: mapping.finish,
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
        self.tag.as_ref().is_none_or(|pattern| fits(pattern, tag))
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
                    wanted.iter().any(|wanted| matches!(wanted, Check::Any))
                }
                // What it says is read when it is walked.
                _ if node.is_escaped() => true,
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
                let val = constant_val(constant, event);
                event.set(*field, val);
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
                    let val = constant_val(constant, event);
                    event.set(*field, val);
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

fn constant_val(constant: &Constant, event: &mut Event) -> Val {
    match constant {
        Constant::Token(token, kind) => event.token(token, *kind).map_or(Val::None, Val::Json),
        Constant::Int(number) => Val::Int(*number),
        Constant::Bool(bool) => Val::Bool(*bool),
        Constant::Word(number) => Val::Int(i64::from(*number)),
    }
}

/// Additional data of the rows of all mappings, by number.
#[derive(Default)]
pub(super) struct Needs {
    tables: Vec<Table>,
    formats: Vec<Format>,
    constants: Vec<Constant>,
    parts: Vec<(Vec<Part>, Via)>,
}

impl Needs {
    /// Alternatives for one field mostly say the same of their values: what was made for the row `before` serves this one too.
    pub(super) fn row<'m>(&mut self, row: &'m Row, before: &mut Option<(&'m Row, Via)>) -> Via {
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
    u16::try_from(list.len().saturating_sub(1)).unwrap_or(u16::MAX)
}

impl Filler {
    /// A condition's value as it stands; of a container, that it is there, which every record of the layout has.
    pub(super) fn condition(&mut self, scalar: &Scalar, input: &[u8], event: &mut Event) -> Val {
        match scalar.kind {
            Kind::Null => Val::None,
            Kind::Array | Kind::Object => Val::Int(1),
            Kind::String if scalar.is_escaped() => self.scalar(scalar, Form::Any, input, event),
            _ => Val::Json(scalar.span()),
        }
    }

    pub(super) fn present(&mut self, number: u16, scalar: &Scalar, event: &mut Event) -> Val {
        let is_empty = scalar.kind == Kind::Null
            || scalar.kind == Kind::String && scalar.end.wrapping_sub(scalar.start) <= 2;
        match self.needs.constants.get(usize::from(number)) {
            Some(constant) if !is_empty => constant_val(constant, event),
            _ => Val::None,
        }
    }

    /// The part of the text that a row takes, as if it were the value.
    pub(super) fn part(
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
            Via::Table(number) => {
                let table = needs.tables.get(usize::from(*number));
                table.and_then(|table| table.look_up(content, &mut self.letters))
            }
            Via::Present(number) => needs.constants.get(usize::from(*number)),
            _ => None,
        };
        val.map_or(Val::None, |constant| constant_val(constant, event))
    }

    pub(super) fn look_up(
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
        table
            .look_up(text, &mut self.letters)
            .map_or(Val::None, |constant| constant_val(constant, event))
    }

    pub(super) fn word(
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

    pub(super) fn timed(
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

/// Times that are longer are none.
const LONGEST_TIME: usize = 96;
/// Parts that are longer fill no field.
const LONGEST_PART: usize = 4096;

/// The part that the steps lead to; nothing where the text lacks what a step looks for.
fn part_of<'t>(text: &'t [u8], parts: &[Part]) -> Option<&'t [u8]> {
    let mut text = text;
    for part in parts {
        text = match part {
            Part::After(sign) => {
                text.get(find_piece(text, sign.as_bytes(), 0)?.saturating_add(sign.len())..)?
            }
            Part::Before(sign) => text.get(..find_piece(text, sign.as_bytes(), 0)?)?,
            Part::AfterLast(sign) => {
                text.get(find_last_piece(text, sign.as_bytes())?.saturating_add(sign.len())..)?
            }
            Part::BeforeLast(sign) => text.get(..find_last_piece(text, sign.as_bytes())?)?,
            Part::Split(sign, index) => piece_of(text, sign.as_bytes(), *index)?,
            Part::Lower => text,
        };
    }
    Some(text.trim_ascii())
}

/// The piece of that number between signs; from the end where it is negative.
fn piece_of<'t>(text: &'t [u8], sign: &[u8], index: i64) -> Option<&'t [u8]> {
    let mut count = 1i64;
    let mut from = 0;
    while let Some(at) = find_piece(text, sign, from).filter(|_| index < 0) {
        count = count.saturating_add(1);
        from = at.saturating_add(sign.len());
    }
    let wanted = if index < 0 { count.saturating_add(index) } else { index };
    let (mut start, mut number) = (0usize, 0i64);
    loop {
        let end = find_piece(text, sign, start);
        if number == wanted {
            return text.get(start..end.unwrap_or(text.len()));
        }
        start = end?.saturating_add(sign.len());
        number = number.saturating_add(1);
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

/// True if the text is as the pattern says, in which `*` stands for anything: mostly what ends it.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [head @ .., b'*'] if text.get(..head.len()).is_some_and(|begin| is_same(begin, head)) => {
            true
        }
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
            Some(byte) if text.get(read) == Some(byte) => {
                (at, read) = (at.wrapping_add(1), read.wrapping_add(1))
            }
            _ => {
                let Some((star_at, star_read)) = star else {
                    return false;
                };
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
    debug_assert!(event.rank(Cell::field(Field::Time)) == EMPTY);
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
