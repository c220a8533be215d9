//! Mappings: any JSON or line of text as an audit record, by rows. A pack is a file of one mapping, `[[mapping]]` its inline form.
//! `policy_text::mapping` reads and checks them; `normalise` compiles them beside the sources written in Rust.

mod path;

pub use path::{Key, Path, Pick};

use crate::address;
use crate::event::{Field, Form};
use crate::parse::line::ipv4_len;
use crate::source::{Finish, Product};
use crate::stored::Stored;
use crate::text::number;
use crate::text_form::Form as TextForm;
use crate::time::format::Format;
use crate::value::{Kind, Val};
use crate::vocabulary::Vocabulary;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many mappings a policy may have.
pub const MOST_MAPPINGS: usize = 256;
/// Rows of one mapping, alternatives counted.
pub const MOST_ROWS: usize = 1000;
/// Rows of all mappings and packs together.
pub const MOST_ROWS_IN_ALL: usize = 16_000;
/// Different paths in the conditions of one mapping: `match`, `unless` and those of `[[when]]`.
pub const MOST_TESTS: usize = 64;
/// Values kept for conditions and conditional rows of one mapping.
pub const MOST_KEPT: usize = 192;
/// Values of one lookup table.
pub const MOST_VALUES: usize = 1024;
/// Keys and elements of one path.
const MOST_SEGMENTS: usize = 10;
/// Values that one time is joined of.
pub const MOST_JOINED: usize = 4;
/// Bytes of one text: an id, a path, a tag, a constant.
pub(crate) const MOST_TEXT: usize = 1024;
/// Keys of one mapping in which its records may have the event.
pub(crate) const MOST_WITHIN: usize = 8;
/// JSON parsers keep whole numbers of fifteen digits exactly.
const MOST_NUMBER: i64 = 999_999_999_999_999;
const LONGEST_NUMBER: usize = 32;
/// One mapping, checked.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    pub source: String,
    pub title: String,
    pub docs: String,
    /// True if its events come from a service that runs elsewhere, and a program collects them; none where the mapping does not tell.
    pub is_remote: Option<bool>,
    /// Beginnings of words in the names of programs that collect events of such services.
    pub collectors: Vec<String>,
    /// Beginnings of words in the names of programs and containers that write its events.
    pub writers: Vec<String>,
    /// The product, as schemas ask for it.
    pub product: Product,
    /// If it reports sign-ins that programs report as well: names of the actions by which it does, each a report of its own.
    pub witness: Vec<String>,
    pub tag: Option<String>,
    /// Forms of lines of text, of which the first that fits gives the values.
    pub text: Vec<TextForm>,
    /// Programs that write its lines to syslog, with `*` for any text; empty for any program.
    pub programs: Vec<String>,
    /// Objects with the same keys as its lines are its records too.
    pub is_json: bool,
    /// Keys in which a record may hold the event. A rule's paths into the original record are looked up there too.
    pub within: Vec<Path>,
    /// The key of an array of which each element is an event.
    pub events: Option<Path>,
    /// Times of several values, for records without another.
    pub joins: Vec<Join>,
    pub when: Condition,
    /// Of rows to one field, the first that finds a value wins.
    pub rows: Vec<Row>,
    /// Constants of fields that no row set.
    pub constants: Vec<(Field, Constant)>,
    /// Rows that apply under a condition, in order.
    pub whens: Vec<When>,
    /// Function for values that rows cannot express.
    pub finish: Option<Finish>,
}

/// A time whose parts stand at several paths: their values with a blank between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub paths: Vec<Path>,
    pub formats: Vec<Format>,
}

/// Conditions on a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Alternatives: all conditions of one of them hold.
    pub any: Vec<Vec<Test>>,
    /// None of these holds.
    pub unless: Vec<Test>,
}

/// Rows that apply under a condition; they go before the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    pub when: Condition,
    pub rows: Vec<Row>,
    pub constants: Vec<(Field, Constant)>,
}

impl When {
    /// The rows that set a field, in their order.
    pub fn rows_of(&self, field: Field) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.field == field).collect()
    }
}

/// A condition: one of the values stands at the path.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub path: Path,
    pub wanted: Vec<Wanted>,
}

/// Value that a condition accepts at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Any,
    Text(String),
    /// With `*` for any text, whatever the case.
    Pattern(String),
    Number(String),
    Bool(bool),
}

/// The value at `path` goes to `field`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub path: Path,
    pub field: Field,
    /// Which part of the value is taken.
    pub parts: Vec<Part>,
    pub take: Take,
}

/// One step from a text to the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    After(String),
    AfterLast(String),
    Before(String),
    BeforeLast(String),
    /// The piece of this number between separators; from the end where it is negative.
    Split(String, i64),
    Lower,
}

/// How a value becomes a field's.
#[derive(Clone, Debug, PartialEq)]
pub enum Take {
    AsItIs,
    Time(Format),
    /// By a lookup table, which alternatives for one field mostly share.
    Table(Arc<Lookup>),
    /// One of the field's words; else the word of this number.
    Word(Vocabulary, Option<u8>),
    /// That there is a value.
    Present(Constant),
}

/// A lookup table, as bytes until a record of its source comes: a start would spend a quarter of its time on tables that nobody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    stored: Vec<u8>,
}

/// The values of a lookup table and what they stand for, and what any other stands for.
pub type Values = (Vec<(String, Constant)>, Option<Constant>);

impl Lookup {
    pub fn new(values: &Values) -> Lookup {
        let mut stored = Vec::new();
        values.store(&mut stored);
        Lookup { stored }
    }

    pub fn values(&self) -> Values {
        let values = Values::load(&mut self.stored.as_slice());
        debug_assert!(values.is_some(), "what was stored is loaded");
        values.unwrap_or_default()
    }
}

/// A value that the policy gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A JSON token.
    Token(Vec<u8>, Kind),
    Int(i64),
    Bool(bool),
    /// A word of a field that has only so many, by its number.
    Word(u8),
}

/// The beginning of a text that may be long.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Range of a number of the field, both ends included; `None` if the field is not a number.
pub const fn bounds(field: Field) -> Option<(i64, i64)> {
    match field {
        Field::OriginPort | Field::TargetPort => Some((0, 65_535)),
        Field::RequestStatus => Some((100, 599)),
        Field::OriginLat => Some((-90, 90)),
        Field::OriginLon => Some((-180, 180)),
        _ if matches!(field.form(), Form::Number) => Some((0, MOST_NUMBER)),
        _ => None,
    }
}

/// The fields that ask for numbers, as bits.
pub const NUMBERS: u64 = {
    let (mut bits, mut rest) = (0, Field::ALL);
    while let [field, more @ ..] = rest {
        bits |= (bounds(*field).is_some() as u64).wrapping_shl(*field as u32);
        rest = more;
    }
    bits
};

/// True if the field's numbers have no fraction: ports, systems, codes, and numbers of things.
const fn is_whole(field: Field) -> bool {
    matches!(
        field,
        Field::OriginPort
            | Field::TargetPort
            | Field::OriginAsn
            | Field::RequestStatus
            | Field::ActionCount
            | Field::TargetCount
            | Field::SequenceNumber
    )
}

/// True if the number, or the text of one, is what the field is for.
#[inline(never)]
pub fn is_within(field: Field, val: Val, text: &[u8]) -> bool {
    let Some((least, most)) = bounds(field) else {
        return true;
    };
    let whole = if let Val::Int(number) = val { Some(number) } else { number(text) };
    match whole {
        Some(whole) => least <= whole && whole <= most,
        None => read_float(text).is_some_and(|number| {
            least as f64 <= number
                && number <= most as f64
                && (number.fract() == 0.0 || !is_whole(field))
        }),
    }
}

/// One with a sign, a point or an exponent.
fn read_float(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok().filter(|text| text.len() <= LONGEST_NUMBER)?.parse().ok()
}

/// True if it is an IPv4 or IPv6 address and nothing else.
#[inline]
pub fn is_address(text: &[u8]) -> bool {
    ipv4_len(text) == Some(text.len()) || address::parse(text).is_some()
}

impl Mapping {
    /// Which of who, what, when, where and outcome no row and no constant fills.
    pub fn gaps(&self) -> Vec<&'static str> {
        const ASKED: [(&str, &[Field]); 5] = [
            ("who", &[Field::ActorId, Field::ActorName, Field::ActorEmail]),
            ("what", &[Field::ActionName]),
            ("when", &[Field::Time]),
            ("where", &[Field::OriginIp, Field::OriginHost, Field::OriginDevice, Field::EnvHost]),
            ("outcome", &[Field::OutcomeResult]),
        ];
        let fields = self.fields();
        ASKED
            .iter()
            .filter(|(_, any)| !any.iter().any(|field| fields.contains(field)))
            .map(|(name, _)| *name)
            .collect()
    }

    /// The fields it fills, the time among them.
    pub fn fields(&self) -> BTreeSet<Field> {
        let rows = self
            .rows
            .iter()
            .chain(self.whens.iter().flat_map(|when| &when.rows))
            .map(|row| row.field);
        let constants = self
            .constants
            .iter()
            .chain(self.whens.iter().flat_map(|when| &when.constants))
            .map(|(field, _)| *field);
        let times = self.joins.first().map(|_| Field::Time);
        rows.chain(constants).chain(times).collect()
    }

    /// Its conditions, as text.
    pub fn conditions(&self) -> Vec<String> {
        let text = self.text.iter().map(TextForm::in_words);
        let many = self.when.any.len() > 1;
        let alternatives = self.when.any.iter().flat_map(move |tests| {
            let words = tests.iter().map(Test::in_words);
            if many { vec![words.collect::<Vec<_>>().join(" and ")] } else { words.collect() }
        });
        let unless = self.when.unless.iter().map(|test| format!("not {}", test.in_words()));
        self.tag
            .iter()
            .map(|tag| format!("tag {tag}"))
            .chain(text)
            .chain(alternatives)
            .chain(unless)
            .collect()
    }

    /// No record can meet both conditions: they ask for different values at one path.
    pub fn excludes(&self, other: &Mapping) -> bool {
        excludes(&self.when, &other.when)
    }

    /// How much it asks for: the fewest conditions of its alternatives.
    pub fn weight(&self) -> usize {
        self.when.any.iter().map(Vec::len).min().unwrap_or_default()
    }

    /// Every path it reads.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let conditions =
            std::iter::once(&self.when).chain(self.whens.iter().map(|when| &when.when));
        let tests = conditions
            .flat_map(|condition| condition.any.iter().flatten().chain(&condition.unless))
            .map(|test| &test.path);
        let joined = self.joins.iter().flat_map(|join| &join.paths);
        tests.chain(joined).chain(&self.within).chain(&self.events).chain(
            self.rows
                .iter()
                .chain(self.whens.iter().flat_map(|when| &when.rows))
                .map(|row| &row.path),
        )
    }

    /// Rows, alternatives and conditional ones counted.
    pub fn count(&self) -> usize {
        self.whens.iter().map(|when| when.rows.len()).sum::<usize>().saturating_add(self.rows.len())
    }
}

/// Every alternative of the one asks for another value than every alternative of the other.
pub fn excludes(one: &Condition, other: &Condition) -> bool {
    let both =
        |a: &[Test], b: &[Test]| a.iter().any(|test| b.iter().any(|another| test.differs(another)));
    !one.any.is_empty()
        && !other.any.is_empty()
        && one.any.iter().all(|a| other.any.iter().all(|b| both(a, b)))
}

impl Test {
    /// As lists of conditions say it.
    pub fn in_words(&self) -> String {
        self.in_short(usize::MAX)
    }

    /// As above, with at most so many of the values.
    pub fn in_short(&self, most: usize) -> String {
        if let [Wanted::Any] = self.wanted.as_slice() {
            return format!("{} exists", self.path.text);
        }
        let mut wanted: Vec<String> = self.wanted.iter().take(most).map(Wanted::in_words).collect();
        match self.wanted.len().saturating_sub(most) {
            0 => {}
            more => wanted.push(format!("{more} more")),
        }
        format!("{} = {}", self.path.text, wanted.join(" or "))
    }

    /// No value meets both.
    fn differs(&self, other: &Test) -> bool {
        self.path.keys == other.path.keys
            && self.wanted.iter().all(|a| other.wanted.iter().all(|b| a.differs(b)))
    }
}

impl Wanted {
    fn in_words(&self) -> String {
        match self {
            Wanted::Any => "anything".to_owned(),
            Wanted::Text(text) | Wanted::Pattern(text) => format!("\"{text}\""),
            Wanted::Number(number) => number.clone(),
            Wanted::Bool(bool) => bool.to_string(),
        }
    }

    fn differs(&self, other: &Wanted) -> bool {
        match (self, other) {
            // A number also stands for the same in a string.
            (Wanted::Text(a), Wanted::Text(b)) | (Wanted::Number(a), Wanted::Number(b)) => a != b,
            (Wanted::Bool(a), Wanted::Bool(b)) => a != b,
            _ => false,
        }
    }
}

/// In a list, a row that takes its value as the one before it does is stored without saying how.
impl Stored for Row {
    fn store(&self, out: &mut Vec<u8>) {
        Row::store_list(std::slice::from_ref(self), out);
    }

    fn load(from: &mut &[u8]) -> Option<Row> {
        Row::load_list(from, 1)?.pop()
    }

    fn store_list(list: &[Row], out: &mut Vec<u8>) {
        let mut before: Option<&Take> = None;
        for Row { path, field, parts, take } in list {
            path.store(out);
            field.store(out);
            parts.store(out);
            let own = Some(take).filter(|take| before != Some(take));
            own.is_some().store(out);
            own.iter().for_each(|take| take.store(out));
            before = Some(take);
        }
    }

    #[inline(never)]
    fn load_list(from: &mut &[u8], count: usize) -> Option<Vec<Row>> {
        let mut list: Vec<Row> = Vec::with_capacity(count.min(from.len()));
        for _ in 0..count {
            let (path, field) = (Stored::load(from)?, Stored::load(from)?);
            let parts = Stored::load(from)?;
            let take = match Stored::load(from)? {
                Some(take) => take,
                None => list.last()?.take.clone(),
            };
            list.push(Row { path, field, parts, take });
        }
        Some(list)
    }
}

crate::stored::stored!(struct Mapping { source, title, docs, is_remote, collectors, writers, product, witness, tag, text, programs, is_json, within, events, joins, when, rows, constants, whens, finish });
crate::stored::stored!(struct Join { paths, formats });
crate::stored::stored!(struct Condition { any, unless });
crate::stored::stored!(struct When { when, rows, constants });
crate::stored::stored!(struct Test { path, wanted });
crate::stored::stored!(enum Wanted { 0 Any {}, 1 Text { 0: text }, 2 Pattern { 0: text }, 3 Number { 0: text }, 4 Bool { 0: bool } });
crate::stored::stored!(struct Lookup { stored });
crate::stored::stored!(enum Part { 0 After { 0: text }, 1 AfterLast { 0: text }, 2 Before { 0: text }, 3 BeforeLast { 0: text }, 4 Split { 0: text, 1: index }, 5 Lower {} });
crate::stored::stored!(enum Take { 0 AsItIs {}, 1 Time { 0: format }, 2 Table { 0: lookup }, 3 Word { 0: words, 1: default }, 4 Present { 0: constant } });
crate::stored::stored!(enum Constant { 0 Token { 0: token, 1: kind }, 1 Int { 0: number }, 2 Bool { 0: bool }, 3 Word { 0: word } });
