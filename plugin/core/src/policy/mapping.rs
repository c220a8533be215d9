//! Mappings: any JSON or line of text as an audit record, by rows. A pack is a file of one mapping, `[[mapping]]` its inline form.
//! Read and checked here; `normalise` compiles them beside the sources written in Rust.

mod draft;
mod lines;
mod negation;
mod path;
mod service;

use draft::cut;
pub use draft::read_pack;
pub(super) use draft::{read, totals};
pub use path::{Key, Path, Pick};

use crate::address;
use crate::event::{Category, Class, Field, Form, Outcome};
use crate::pack::text::Form as TextForm;
use crate::parse::line::{ipv4_len, number};
use crate::source::Finish;
use crate::time::format::Format;
use crate::value::{Kind, Val};
use std::collections::BTreeSet;

/// How many mappings a policy may have.
pub const MOST_MAPPINGS: usize = 256;
/// Rows of one mapping, alternatives counted.
pub const MOST_ROWS: usize = 1000;
/// Rows of all mappings and packs together.
pub const MOST_ROWS_IN_ALL: usize = 16_000;
/// Different paths in the conditions of one mapping: `match`, `unless` and those of `[[when]]`.
pub const MOST_TESTS: usize = 64;
/// Values kept for conditions and conditional rows of one mapping.
pub const MOST_KEPT: usize = 180;
/// Values of one lookup table.
pub const MOST_VALUES: usize = 1024;
/// Keys and elements of one path.
const MOST_SEGMENTS: usize = 10;
/// Values that one time is joined of.
pub const MOST_JOINED: usize = 4;
/// Different keys in the paths of all mappings and packs.
pub const MOST_KEYS: usize = 7000;
/// Bytes of one text: an id, a path, a tag, a constant.
const MOST_TEXT: usize = 1024;
/// Keys of one mapping in which its records may have the event.
const MOST_WITHIN: usize = 8;
/// JSON parsers keep whole numbers of fifteen digits exactly.
const MOST_NUMBER: i64 = 999_999_999_999_999;
const LONGEST_NUMBER: usize = 32;
const OPTIONS: &[&str] = &[
    "source",
    "title",
    "docs",
    "remote",
    "collectors",
    "writers",
    "witness",
    "match",
    "unless",
    "tag",
    "text",
    "programs",
    "json",
    "within",
    "events",
    "time",
    "fields",
    "when",
    "finish",
    "example",
];

/// An example, as the template and the reference show it.
pub const EXAMPLE: &str = r#"[[mapping]]
source = "acme.crm"
match = { app = "crm", "event.kind" = "audit", ts = "*" }
tag = "crm.*"
time = { path = "ts", format = "unix_ms" }
[mapping.fields]
id = "request"
"actor.name" = "user.login"
"actor.email" = ["user.email", "email"]
"action.name" = "verb"
"action.class" = { path = "verb", values = { view = "read", download = "export" }, default = "other" }
"action.category" = { value = "data" }
"target.id" = "items[].id"
"target.type" = { value = "contact" }
"origin.ip" = "client.ip"
"outcome.result" = { path = "status", values = { 200 = "success", 403 = "denied" }, default = "failure" }
"#;

/// Documentation of mappings, one paragraph per item.
pub const DOC: &[&str] = &[
    "A record that meets all conditions of `match` belongs to this source. Mappings are tried before the built-in sources, in the order of the \
     file. For a wrapped record, the outer object is tried first.",
    "`source`: the id written to the record. Letters, digits and `_.-`. Must be unique and must not be the id of a built-in source.",
    "`match`: paths and the value that each must have: a string, a number (also if the record has it as a string), `true` or `false`; `\"*\"` for \
     any value but null; `*` within a text for any text; a list of alternatives.",
    "`tag`: only records with this tag match; `*` stands for any text.",
    "`time`: the path of the event's time, or `{ path = .., format = .. }`. Use `{ join = [\"date\", \"clock\"], format = .. }` for a time that \
     is split over several values.",
    "A pack is a file with one mapping. `packs = [\"packs/*.toml\"]` at the beginning of the policy loads the packs beside it. docs/packs.md \
     describes all features of packs and mappings: alternatives and patterns in `match`, `unless`, elements of arrays by condition, JSON inside \
     text, parts of values, conditional rows (`when`), lines of text (`text`).",
    "`within`: the key in which records may hold the whole event, as an object or, with `json:`, as text; or a list of such keys. The paths of \
     `match`, `time` and `fields` begin at the record all the same; a rule's `raw.` paths are looked up in the record and in the event.",
    "`events`: the key of an array of which each element is an event of its own. The first element is read; a record with several has the flag \
     `several-events`.",
    "`fields`: the origin of each field's value. A path; or a list of paths, of which the first with a value is used; or `{ path = .., values = { \
     .. }, default = .. }`, a lookup table; or `{ value = .. }`, a constant. Add `path` to use the constant only if the path has no value. Empty \
     strings and null count as no value. A value that is not in the table is dropped unless `default` is set.",
    "Paths: keys joined by dots. `name[]` is the first element of an array that has a value. Write a dot or a bracket within a key as `\\.` or \
     `\\[` (in TOML best between single quotes: `'a\\.b'`).",
    "A path without a table into `action.class`, `action.category`, `outcome.result` or `actor.type` copies the value if it is one of the field's \
     words, in upper or lower case. Otherwise the class is `other`, the outcome `unknown`, the other fields stay empty, and the record is flagged \
     `unknown-word`.",
    "A value of `origin.ip` may also be `ADDRESS:PORT`, a list, or a host name: the port is written to `origin.port`, and a name to `origin.host`, if \
     these fields are empty. Of a list as in `X-Forwarded-For`, and of an array that the path ends in (`sourceIPs[]`), the last address is used that is \
     not a trusted proxy's (`input.trusted_proxies`), because the client may have written those before it; if all are trusted proxies, the first. Numbers that are invalid for a field, such as a negative count or a port \
     above 65535, are dropped.",
    "Text that begins with two pairs such as `user=ann verb=view` (logfmt) is read as a flat object of strings, also within a wrapping key or \
     after a syslog header; words without a value are `true`. If JSON or pairs follow a header and no built-in source recognises the record, the \
     header sets `time`, `env.host` and `env.service`, unless the mapping sets them.",
];

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
    /// By a lookup table: exact values before patterns, the longest pattern first.
    Table {
        values: Vec<(String, Constant)>,
        default: Option<Constant>,
    },
    /// One of the field's words; else the word of this number.
    Word(Words, Option<u8>),
    /// That there is a value.
    Present(Constant),
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

/// The lists of words that fields are restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    Class,
    Category,
    Outcome,
    ActorType,
}

const ACTOR_TYPES: [&str; 4] = ["user", "service", "system", "anonymous"];

impl Words {
    pub const ALL: [Words; 4] = [Words::Class, Words::Category, Words::Outcome, Words::ActorType];

    pub fn of(field: Field) -> Option<Words> {
        Words::ALL.into_iter().find(|words| words.field() == field)
    }

    pub const fn field(self) -> Field {
        match self {
            Words::Class => Field::ActionClass,
            Words::Category => Field::ActionCategory,
            Words::Outcome => Field::OutcomeResult,
            Words::ActorType => Field::ActorType,
        }
    }

    /// The word of a number.
    pub fn word(self, number: u8) -> Option<&'static str> {
        let number = usize::from(number);
        match self {
            Words::Class => Class::ALL.get(number).map(|class| class.word()),
            Words::Category => Category::ALL.get(number).map(|category| category.word()),
            Words::Outcome => Outcome::ALL.get(number).map(|outcome| outcome.word()),
            Words::ActorType => ACTOR_TYPES.get(number).copied(),
        }
    }

    /// The number of a word, whatever its case.
    pub fn number(self, text: &[u8]) -> Option<u8> {
        (0u8..)
            .map_while(|number| Some((number, self.word(number)?)))
            .find(|(_, word)| text.eq_ignore_ascii_case(word.as_bytes()))
            .map(|(number, _)| number)
    }

    /// The number of a word, or of one that many sources have in its place.
    pub fn meant(self, text: &[u8]) -> Option<u8> {
        self.number(text).or_else(|| {
            crate::pack::words::synonym(self, text).and_then(|word| self.number(word.as_bytes()))
        })
    }

    pub fn list(self) -> Vec<&'static str> {
        (0u8..).map_while(|number| self.word(number)).collect()
    }
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

/// True if the number, or the text of one, is what the field is for.
#[inline(never)]
pub fn is_within(field: Field, val: Val, text: &[u8]) -> bool {
    let Some((least, most)) = bounds(field) else {
        return true;
    };
    let whole = if let Val::Int(number) = val { Some(number) } else { number(text) };
    match whole {
        Some(whole) => least <= whole && whole <= most,
        None => {
            read_float(text).is_some_and(|number| least as f64 <= number && number <= most as f64)
        }
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
        let wanted: Vec<String> = self.wanted.iter().map(Wanted::in_words).collect();
        match self.wanted.as_slice() {
            [Wanted::Any] => format!("{} exists", self.path.text),
            _ => format!("{} = {}", self.path.text, wanted.join(" or ")),
        }
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

crate::pack::stored::stored!(struct Mapping { source, title, docs, is_remote, collectors, writers, witness, tag, text, programs, is_json, within, events, joins, when, rows, constants, whens, finish });
crate::pack::stored::stored!(struct Join { paths, formats });
crate::pack::stored::stored!(struct Condition { any, unless });
crate::pack::stored::stored!(struct When { when, rows, constants });
crate::pack::stored::stored!(struct Test { path, wanted });
crate::pack::stored::stored!(enum Wanted { 0 Any {}, 1 Text { 0: text }, 2 Pattern { 0: text }, 3 Number { 0: text }, 4 Bool { 0: bool } });
crate::pack::stored::stored!(struct Row { path, field, parts, take });
crate::pack::stored::stored!(enum Part { 0 After { 0: text }, 1 AfterLast { 0: text }, 2 Before { 0: text }, 3 BeforeLast { 0: text }, 4 Split { 0: text, 1: index }, 5 Lower {} });
crate::pack::stored::stored!(enum Take { 0 AsItIs {}, 1 Time { 0: format }, 2 Table { values: values, default: default }, 3 Word { 0: words, 1: default }, 4 Present { 0: constant } });
crate::pack::stored::stored!(enum Constant { 0 Token { 0: token, 1: kind }, 1 Int { 0: number }, 2 Bool { 0: bool }, 3 Word { 0: word } });
crate::pack::stored::stored!(enum Words { 0 Class {}, 1 Category {}, 2 Outcome {}, 3 ActorType {} });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn said(text: &str) -> Vec<String> {
        let issues = Policy::parse(text).err().unwrap_or_default();
        issues
            .iter()
            .map(|issue| {
                format!(
                    "{}:{} {}: {} ({})",
                    issue.line, issue.column, issue.path, issue.message, issue.remedy
                )
            })
            .collect()
    }

    #[test]
    fn the_example_is_a_mapping() {
        let policy = Policy::parse(EXAMPLE).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let mapping = &policy.mappings[0];
        assert_eq!(
            mapping.conditions(),
            ["tag crm.*", "app = \"crm\"", "event.kind = \"audit\"", "ts exists"]
        );
        assert!(mapping.gaps().is_empty(), "{:?}", mapping.gaps());
        let bare = Policy::parse("[[mapping]]\nsource = \"a.b\"\nmatch = { a = 1.50, b.c = true }\n[mapping.fields]\nactor.id = 'x\\.y.z[]'\n").unwrap();
        assert_eq!(bare.mappings[0].gaps(), ["what", "when", "where", "outcome"]);
        assert_eq!(bare.mappings[0].conditions(), ["a = 1.5", "b.c = true"]);
        let keys: Vec<_> = bare.mappings[0].rows[0]
            .path
            .keys
            .iter()
            .map(|key| (key.name.as_str(), key.pick == Pick::First))
            .collect();
        assert_eq!(keys, [("x.y", false), ("z", true)]);
    }

    #[test]
    fn all_problems_at_once_each_with_place_and_remedy() {
        let text = "[[mapping]]\nsource = \"aws.cloudtrail\"\nmatch = { a = [1979-05-27], 'b..c' = 1 }\nmacth = 1\n\"actor.name\" = \"x\"\ntime = { path = \"t\", format = \"%H:%Q\" }\n\
                    [mapping.fields]\n\"actor.nane\" = \"x\"\n\"action.class\" = { path = \"v\", values = { a = \"raed\" }, default = \"nothing\" }\n\
                    \"target.count\" = { value = \"many\" }\ntime = \"t\"\n\"actor.id\" = []\n\"origin.ip\" = { path = \"x\", value = \"192.0.2.1\" }\n\
                    [[mapping]]\nsource = \"A B\"\ntime = { path = \"t\", format = \"%H\" }\n[mapping.fields]\n";
        let said = said(text);
        let expected = [
            "2:10 mapping[1].source: `aws.cloudtrail` is a source of the list (give the mapping an id of its own)",
            "3:16 mapping[1].match: `a` cannot be compared with that (a string, a number, true or false; `\"*\"` for any value; a list of them)",
            "3:29 mapping[1].match: `b..c` is not a path (keys joined by dots",
            "3:9 mapping[1].match: nothing to match on would match everything",
            "4:1 mapping[1].macth: unknown option `macth` (did you mean `match`?)",
            "5:1 mapping[1].actor.name: `actor.name` is not an option of a mapping (put fields under `[mapping.fields]`)",
            "6:31 mapping[1].time.format: `%Q` is not part of a time format (one of \"rfc3339\"",
            "8:1 mapping[1].fields.actor.nane: unknown field `actor.nane` (did you mean `actor.name`?)",
            "9:47 mapping[1].fields.action.class.values.a: `raed` is not a value of `action.class` (did you mean `read`? there are: login, logout",
            "9:67 mapping[1].fields.action.class.default: `nothing` is not a value of `action.class` (there are: login",
            "10:28 mapping[1].fields.target.count.value: that does not fit `target.count` (a whole number from 0 to 999999999999999)",
            "11:1 mapping[1].fields.time: `time` is an option of the mapping (put `time = ..` above `[mapping.fields]`, in a pack above `[fields]`)",
            "12:14 mapping[1].fields.actor.id: a list without a path (keys joined",
            "13:37 mapping[1].fields.origin.ip: a constant beside a path (write",
            "15:10 mapping[2].source: `A B` cannot be the id of a source (vendor and product",
            "mapping[2]: a mapping without `match` (say what",
            "16:31 mapping[2].time.format: `%H` lacks the year (%Y) (one of",
            "mapping[2].fields: a mapping that fills no field (say where",
        ];
        for part in expected {
            assert!(said.iter().any(|said| said.contains(part)), "{part}\nin {said:#?}");
        }
        assert_eq!(said.len(), expected.len(), "{said:#?}");
    }

    #[test]
    fn constants_are_what_their_fields_are_for() {
        let of = |field: &str, value: &str| {
            let sections = [
                "value = VALUE",
                "path = \"p\", default = VALUE",
                "path = \"p\", values = { a = VALUE }",
            ];
            let text = |section: &str| {
                format!(
                    "[[mapping]]\nsource = \"a.b\"\nmatch = {{ a = 1 }}\n[mapping.fields]\n\"{field}\" = {{ {section} }}\n"
                )
            };
            sections.map(|section| said(&text(&section.replace("VALUE", value))))
        };
        for (field, value, expected) in [
            ("origin.ip", "\"not-an-ip\"", "an IPv4 or IPv6 address"),
            ("origin.ip", "\"192.0.2.1:80\"", "an IPv4 or IPv6 address"),
            ("origin.ip", "12", "an IPv4 or IPv6 address"),
            ("origin.port", "70000", "a whole number from 0 to 65535"),
            ("origin.port", "80.5", "a whole number from 0 to 65535"),
            ("origin.port", "\"80\"", "a whole number from 0 to 65535"),
            ("request.status", "9999", "a whole number from 100 to 599"),
            ("target.count", "-1", "a whole number from 0 to 999999999999999"),
            ("request.bytes", "9223372036854775807", "a whole number from 0 to 999999999999999"),
            ("origin.geo.lat", "\"x\"", "a number from -90 to 90"),
            ("origin.geo.lat", "90.5", "a number from -90 to 90"),
            ("origin.geo.lon", "true", "a number from -180 to 180"),
            ("origin.geo.country", "\"Germany\"", "an ISO 3166-1 code of two letters"),
            ("origin.geo.country", "49", "an ISO 3166-1 code of two letters"),
        ] {
            for said in of(field, value) {
                assert!(
                    matches!(said.as_slice(), [one] if one.contains(&format!("that does not fit `{field}` ({expected})"))),
                    "{field} {value} {said:?}"
                );
            }
        }
        for (field, value) in [
            ("origin.ip", "\"192.0.2.1\""),
            ("origin.ip", "\"2001:db8::1\""),
            ("origin.port", "0"),
            ("request.status", "599"),
            ("target.bytes", "0"),
            ("origin.geo.lat", "-90"),
            ("origin.geo.lon", "179.5"),
            ("origin.geo.country", "\"DE\""),
        ] {
            assert_eq!(of(field, value).concat(), [""; 0], "{field} {value}");
        }
    }

    #[test]
    fn counts_are_limited_and_ids_are_unique() {
        let one = |id: &str, rest: &str| {
            format!(
                "[[mapping]]\nsource = \"{id}\"\nmatch = {{ app = \"x\" }}\n[mapping.fields]\nid = \"i\"\n{rest}"
            )
        };
        assert!(
            said(&[one("a.b", ""), one("a.b", "")].concat())[0]
                .contains("another mapping's already")
        );
        let many: String = (0..257).map(|number| one(&format!("a.{number}"), "")).collect();
        assert!(said(&many)[0].contains("more than 256 mappings"), "{:?}", said(&many));
        let list = |count: usize| format!("\"actor.id\" = [{}]\n", vec!["\"p\""; count].join(", "));
        assert!(said(&one("a.b", &list(999))).is_empty());
        assert!(
            said(&one("a.b", &list(1000)))[0]
                .contains("1001 rows, alternatives counted; at most 1000")
        );
        let values: String = (0..1025).map(|number| format!("v{number} = \"x\", ")).collect();
        assert!(
            said(&one(
                "a.b",
                &format!("\"actor.id\" = {{ path = \"p\", values = {{ {values} }} }}\n")
            ))[0]
                .contains("1025 values; at most 1024")
        );
        let paths: Vec<String> = (0..10)
            .map(|m| {
                one(
                    &format!("a.{m}"),
                    &format!(
                        "\"actor.id\" = [{}]\n",
                        (0..800).map(|n| format!("\"k{m}x{n}\"")).collect::<Vec<_>>().join(", ")
                    ),
                )
            })
            .collect();
        assert!(
            said(&paths.concat())
                .iter()
                .any(|problem| problem.contains("different keys in their paths; at most 7000")),
            "{:?}",
            said(&paths.concat())
        );
        let tests: Vec<String> = (0..65).map(|n| format!("m{n} = 1")).collect();
        assert!(
            said(&format!(
                "[[mapping]]\nsource = \"a.b\"\nmatch = {{ {} }}\n[mapping.fields]\nid = \"i\"\n",
                tests.join(", ")
            ))[0]
                .contains("65 conditions; at most 64")
        );
        assert!(
            said(&one("a.b", &format!("\"actor.id\" = \"{}a\"\n", "a.".repeat(10))))[0]
                .contains("too long a path")
        );
        assert!(said("mapping = 1\n")[0].contains("[[mapping]]"));
        assert!(said("[mapping]\nsource = \"a.b\"\n")[0].contains("[[mapping]]"));
    }
}
