//! `[[mapping]]`: any JSON as an audit record, by rows that the policy writes. Read and checked here; `normalise` compiles them beside the sources' own.

mod draft;

use draft::cut;
pub(super) use draft::read;

use crate::address;
use crate::event::{Category, Class, Form, Outcome, Slot};
use crate::parse::line::{ipv4_len, number};
use crate::time::format::Format;
use crate::value::{Kind, Val};
use std::collections::BTreeSet;

/// How many there may be.
pub const MOST_MAPPINGS: usize = 64;
/// Rows of one mapping, alternatives counted.
pub const MOST_ROWS: usize = 120;
/// Rows of all mappings together.
const MOST_ROWS_IN_ALL: usize = 2048;
/// Conditions of one `match`.
pub const MOST_TESTS: usize = 16;
/// Values of one table.
pub const MOST_VALUES: usize = 256;
/// Keys and elements of one path.
const MOST_SEGMENTS: usize = 10;
/// Different keys in the paths of all mappings.
const MOST_KEYS: usize = 512;
/// Keys at the root by which mappings and sources are told apart: one bit each.
const MOST_MARKS: usize = 128;
/// Bytes of one text: an id, a path, a tag, a constant.
const MOST_TEXT: usize = 1024;
/// JSON parsers keep whole numbers of fifteen digits exactly.
const MOST_NUMBER: i64 = 999_999_999_999_999;
const LONGEST_NUMBER: usize = 32;
const OPTIONS: &[&str] = &["source", "match", "tag", "time", "slots"];

/// An example, as the template and the reference show it.
pub const EXAMPLE: &str = r#"[[mapping]]
source = "acme.crm"
match = { app = "crm", "event.kind" = "audit", ts = "*" }
tag = "crm.*"
time = { path = "ts", format = "unix_ms" }
[mapping.slots]
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

/// What the reference says of mappings, a paragraph each.
pub const DOC: &[&str] = &[
    "A record that meets all of `match` is of this source. Mappings are tried before the sources of the list, in the order of the file; of a wrapped record the wrapping first.",
    "`source`: the id written to the record, of letters, digits and `_.-`; each id once, and none of the list's.",
    "`match`: paths with the value that must stand there: a string, a number (as it is written, or the same in a string), `true` or `false`; `\"*\"` for any value but null.",
    "`tag`: only records under this tag; `*` stands for anything.",
    "`time`: the path of the event's time, or `{ path = .., format = .. }`.",
    "`slots`: for each slot where its value comes from: a path; a list of paths, of which the first that has a value counts; `{ path = .., values = { .. }, default = .. }`, which looks the \
     value up; `{ value = .. }`, a constant, which also stands where `default` would: where no path has a value. Empty strings and null are no values. \
     A value that stands in no table and has no `default` is left out.",
    "Paths: keys joined by dots; `name[]` is the first element of an array that has a value; a dot or a bracket within a key is written `\\.` or `\\[` (in TOML best between single quotes: `'a\\.b'`).",
    "A path straight into `action.class`, `action.category`, `outcome.result` or `actor.type` takes the value where it is one of the slot's words, whatever the case; else the class is \
     `other`, the outcome `unknown`, the others stay empty, and the record bears the note `unknown-word`.",
    "Where `origin.ip` finds no address alone: the port goes to `origin.port`, of a list the first address counts, and a name goes to `origin.host`, where these are free. \
     Numbers that can't be the slot's, such as a negative count or a port above 65535, are left out.",
    "Text that begins with two pairs such as `user=ann verb=view` (logfmt), by itself, under a wrapping key or behind a header of syslog, is read as a flat object of strings, \
     bare words after them as `true`. Of JSON and pairs behind a header that no source of the list knows, the header fills `time`, `env.host` and `env.service` where the mapping does not.",
];

/// One mapping, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    pub source: String,
    pub tag: Option<String>,
    pub tests: Vec<Test>,
    /// Of rows to one slot, the first that finds a value wins.
    pub rows: Vec<Row>,
    /// What fills slots that no row filled.
    pub constants: Vec<(Slot, Constant)>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub path: Path,
    pub wanted: Wanted,
}

/// What must stand at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Any,
    Text(String),
    Number(String),
    Bool(bool),
}

/// Keys from the root, each with whether the first element of its array is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// As the policy writes it.
    pub text: String,
    pub keys: Vec<(String, bool)>,
}

/// The value at `path` goes to `slot`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub path: Path,
    pub slot: Slot,
    pub take: Take,
}

/// How a value becomes a slot's.
#[derive(Clone, Debug, PartialEq)]
pub enum Take {
    AsItIs,
    Time(Format),
    /// By a table, sorted.
    Table {
        values: Vec<(String, Constant)>,
        default: Option<Constant>,
    },
    /// One of the slot's words; else the word of this number.
    Word(Words, Option<u8>),
}

/// A value that the policy gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A JSON token.
    Token(Vec<u8>, Kind),
    Int(i64),
    Bool(bool),
    /// A word of a slot that has only so many, by its number.
    Word(u8),
}

/// The lists of words that slots are restricted to.
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

    pub fn of(slot: Slot) -> Option<Words> {
        Words::ALL.into_iter().find(|words| words.slot() == slot)
    }

    pub const fn slot(self) -> Slot {
        match self {
            Words::Class => Slot::ActionClass,
            Words::Category => Slot::ActionCategory,
            Words::Outcome => Slot::OutcomeResult,
            Words::ActorType => Slot::ActorType,
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
        (0u8..).map_while(|number| Some((number, self.word(number)?))).find(|(_, word)| text.eq_ignore_ascii_case(word.as_bytes())).map(|(number, _)| number)
    }

    pub fn list(self) -> Vec<&'static str> {
        (0u8..).map_while(|number| self.word(number)).collect()
    }
}

/// What a number of the slot may be, both ends included; `None` where the slot asks for no number.
pub const fn bounds(slot: Slot) -> Option<(i64, i64)> {
    match slot {
        Slot::OriginPort => Some((0, 65_535)),
        Slot::RequestStatus => Some((100, 599)),
        Slot::OriginLat => Some((-90, 90)),
        Slot::OriginLon => Some((-180, 180)),
        _ if matches!(slot.form(), Form::Number) => Some((0, MOST_NUMBER)),
        _ => None,
    }
}

/// The slots that ask for numbers, as bits.
pub const NUMBERS: u64 = {
    let (mut bits, mut rest) = (0, Slot::ALL);
    while let [slot, more @ ..] = rest {
        bits |= (bounds(*slot).is_some() as u64).wrapping_shl(*slot as u32);
        rest = more;
    }
    bits
};

/// Whether the number, or the text of one, is what the slot is for.
#[inline(never)]
pub fn is_within(slot: Slot, val: Val, text: &[u8]) -> bool {
    let Some((least, most)) = bounds(slot) else { return true };
    let whole = if let Val::Int(number) = val { Some(number) } else { number(text) };
    match whole {
        Some(whole) => least <= whole && whole <= most,
        None => read_float(text).is_some_and(|number| least as f64 <= number && number <= most as f64),
    }
}

/// One with a sign, a point or an exponent.
fn read_float(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok().filter(|text| text.len() <= LONGEST_NUMBER)?.parse().ok()
}

/// Whether it is an IPv4 or IPv6 address and nothing else.
#[inline]
pub fn is_address(text: &[u8]) -> bool {
    ipv4_len(text) == Some(text.len()) || address::parse(text).is_some()
}

impl Path {
    /// Reads a path; what is wrong with it where it is none.
    pub fn parse(text: &str) -> Result<Path, String> {
        let (mut keys, mut key, mut is_array) = (Vec::new(), String::new(), false);
        let mut letters = text.chars();
        loop {
            match letters.next() {
                Some('\\') => match letters.next() {
                    Some(escaped @ ('.' | '[' | '\\')) => key.push(escaped),
                    _ => return Err(format!("`{text}` has a backslash before something else than a dot, a bracket or a backslash")),
                },
                Some('[') if is_array || !letters.as_str().starts_with(']') => {
                    return Err(format!("`{text}` picks an element by something else than `[]`, the first that has a value"));
                }
                Some('[') => {
                    letters.next();
                    is_array = true;
                }
                Some(letter) if letter != '.' && !is_array => key.push(letter),
                dot_or_end => {
                    if key.is_empty() || !matches!(dot_or_end, Some('.') | None) {
                        return Err(format!("`{text}` is no path"));
                    }
                    keys.push((std::mem::take(&mut key), std::mem::take(&mut is_array)));
                    if dot_or_end.is_none() {
                        break;
                    }
                }
            }
        }
        let path = Path { text: text.to_owned(), keys };
        if path.segments() > MOST_SEGMENTS || text.len() > MOST_TEXT { Err(format!("`{}` is too long a path", cut(text))) } else { Ok(path) }
    }

    fn segments(&self) -> usize {
        self.keys.iter().map(|(_, is_array)| 1usize.saturating_add(usize::from(*is_array))).sum()
    }

    fn within(outer: Option<&Path>, text: &str) -> Result<Path, String> {
        match outer {
            Some(outer) => Path::parse(&format!("{}.{text}", outer.text)),
            None => Path::parse(text),
        }
    }
}

impl Mapping {
    /// Which of who, what, when, where and outcome no row and no constant fills.
    pub fn gaps(&self) -> Vec<&'static str> {
        const ASKED: [(&str, &[Slot]); 5] = [
            ("who", &[Slot::ActorId, Slot::ActorName, Slot::ActorEmail]),
            ("what", &[Slot::ActionName]),
            ("when", &[Slot::Time]),
            ("where", &[Slot::OriginIp, Slot::OriginHost, Slot::OriginDevice, Slot::EnvHost]),
            ("outcome", &[Slot::OutcomeResult]),
        ];
        let slots = self.slots();
        ASKED.iter().filter(|(_, any)| !any.iter().any(|slot| slots.contains(slot))).map(|(name, _)| *name).collect()
    }

    /// The slots it fills, the time among them.
    pub fn slots(&self) -> BTreeSet<Slot> {
        self.rows.iter().map(|row| row.slot).chain(self.constants.iter().map(|(slot, _)| *slot)).collect()
    }

    /// What it matches on, in words.
    pub fn conditions(&self) -> Vec<String> {
        let condition = |test: &Test| match &test.wanted {
            Wanted::Any => format!("{} is there", test.path.text),
            Wanted::Text(text) => format!("{} = \"{text}\"", test.path.text),
            Wanted::Number(number) => format!("{} = {number}", test.path.text),
            Wanted::Bool(bool) => format!("{} = {bool}", test.path.text),
        };
        self.tag.iter().map(|tag| format!("tag {tag}")).chain(self.tests.iter().map(condition)).collect()
    }

    /// No record can meet both conditions: they ask for different values at one path.
    pub fn excludes(&self, other: &Mapping) -> bool {
        let differs = |a: &Test, b: &Test| match (&a.wanted, &b.wanted) {
            _ if a.path.keys != b.path.keys => false,
            // A number also stands for the same in a string.
            (Wanted::Text(a), Wanted::Text(b)) | (Wanted::Number(a), Wanted::Number(b)) => a != b,
            (Wanted::Bool(a), Wanted::Bool(b)) => a != b,
            _ => false,
        };
        self.tests.iter().any(|test| other.tests.iter().any(|another| differs(test, another)))
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.tests.iter().map(|test| &test.path).chain(self.rows.iter().map(|row| &row.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::source;

    fn said(text: &str) -> Vec<String> {
        let issues = Policy::parse(text).err().unwrap_or_default();
        issues.iter().map(|issue| format!("{}:{} {}: {} ({})", issue.line, issue.column, issue.path, issue.message, issue.remedy)).collect()
    }

    #[test]
    fn the_example_is_a_mapping() {
        let policy = Policy::parse(EXAMPLE).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let mapping = &policy.mappings[0];
        assert_eq!(mapping.conditions(), ["tag crm.*", "app = \"crm\"", "event.kind = \"audit\"", "ts is there"]);
        assert!(mapping.gaps().is_empty(), "{:?}", mapping.gaps());
        let bare = Policy::parse("[[mapping]]\nsource = \"a.b\"\nmatch = { a = 1.50, b.c = true }\n[mapping.slots]\nactor.id = 'x\\.y.z[]'\n").unwrap();
        assert_eq!(bare.mappings[0].gaps(), ["what", "when", "where", "outcome"]);
        assert_eq!(bare.mappings[0].conditions(), ["a = 1.5", "b.c = true"]);
        assert_eq!(bare.mappings[0].rows[0].path.keys, [("x.y".to_owned(), false), ("z".to_owned(), true)]);
    }

    #[test]
    fn all_problems_at_once_each_with_place_and_remedy() {
        let text = "[[mapping]]\nsource = \"aws.cloudtrail\"\nmatch = { a = [1], 'b..c' = 1 }\nmacth = 1\n\"actor.name\" = \"x\"\ntime = { path = \"t\", format = \"%H:%Q\" }\n\
                    [mapping.slots]\n\"actor.nane\" = \"x\"\n\"action.class\" = { path = \"v\", values = { a = \"raed\" }, default = \"nothing\" }\n\
                    \"target.count\" = { value = \"many\" }\ntime = \"t\"\n\"actor.id\" = []\n\"origin.ip\" = { path = \"x\", value = \"192.0.2.1\" }\n\
                    [[mapping]]\nsource = \"A B\"\ntime = { path = \"t\", format = \"%H\" }\n[mapping.slots]\n";
        let said = said(text);
        let expected = [
            "2:10 mapping[1].source: `aws.cloudtrail` is a source of the list (give the mapping an id of its own)",
            "3:15 mapping[1].match: `a` can't be compared with that (a string, a number, true or false; `\"*\"` for any value)",
            "3:20 mapping[1].match: `b..c` is no path (keys joined by dots",
            "3:9 mapping[1].match: nothing to match on would match everything",
            "4:1 mapping[1].macth: unknown option `macth` (did you mean `match`?)",
            "5:1 mapping[1].actor.name: `actor.name` is no option of a mapping (put slots under `[mapping.slots]`)",
            "6:31 mapping[1].time.format: `%Q` is none of what formats are made of (one of \"rfc3339\"",
            "8:1 mapping[1].slots.actor.nane: unknown slot `actor.nane` (did you mean `actor.name`?)",
            "9:47 mapping[1].slots.action.class.values.a: `raed` is none of the words of `action.class` (did you mean `read`? there are: login, logout",
            "9:67 mapping[1].slots.action.class.default: `nothing` is none of the words of `action.class` (there are: login",
            "10:28 mapping[1].slots.target.count.value: that does not fit `target.count` (a whole number from 0 to 999999999999999)",
            "11:1 mapping[1].slots.time: `time` is an option of the mapping (put `time = ..` above `[mapping.slots]`)",
            "12:14 mapping[1].slots.actor.id: a list without a path (keys joined",
            "13:37 mapping[1].slots.origin.ip: a constant beside a path (write",
            "15:10 mapping[2].source: `A B` can't be the id of a source (vendor and product",
            "mapping[2]: a mapping without `match` (say what",
            "16:31 mapping[2].time.format: `%H` lacks the year (%Y) (one of",
            "mapping[2].slots: a mapping that fills no slot (say where",
        ];
        for part in expected {
            assert!(said.iter().any(|said| said.contains(part)), "{part}\nin {said:#?}");
        }
        assert_eq!(said.len(), expected.len(), "{said:#?}");
    }

    #[test]
    fn constants_are_what_their_slots_are_for() {
        let of = |slot: &str, value: &str| {
            let sections = ["value = VALUE", "path = \"p\", default = VALUE", "path = \"p\", values = { a = VALUE }"];
            let text = |section: &str| format!("[[mapping]]\nsource = \"a.b\"\nmatch = {{ a = 1 }}\n[mapping.slots]\n\"{slot}\" = {{ {section} }}\n");
            sections.map(|section| said(&text(&section.replace("VALUE", value))))
        };
        for (slot, value, expected) in [
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
            for said in of(slot, value) {
                assert!(matches!(said.as_slice(), [one] if one.contains(&format!("that does not fit `{slot}` ({expected})"))), "{slot} {value} {said:?}");
            }
        }
        for (slot, value) in [
            ("origin.ip", "\"192.0.2.1\""),
            ("origin.ip", "\"2001:db8::1\""),
            ("origin.port", "0"),
            ("request.status", "599"),
            ("target.bytes", "0"),
            ("origin.geo.lat", "-90"),
            ("origin.geo.lon", "179.5"),
            ("origin.geo.country", "\"DE\""),
        ] {
            assert_eq!(of(slot, value).concat(), [""; 0], "{slot} {value}");
        }
    }

    #[test]
    fn elements_are_not_picked_by_number() {
        let keys = |text: &str| Path::parse(text).map(|path| path.keys);
        let key = |name: &str, is_array| (name.to_owned(), is_array);
        assert_eq!(keys("items[].name"), Ok(vec![key("items", true), key("name", false)]));
        assert_eq!(keys("items\\[0].name"), Ok(vec![key("items[0]", false), key("name", false)]));
        for text in ["items[0].name", "a.items[0]", "items[*]", "items[", "items[][]"] {
            let wrong = keys(text).unwrap_err();
            assert!(wrong.contains("picks an element by something else than `[]`"), "{text} {wrong}");
        }
        for text in ["[].a", "items[]x", "a..b", "", "."] {
            assert_eq!(keys(text), Err(format!("`{text}` is no path")));
        }
    }

    #[test]
    fn counts_are_limited_and_ids_are_unique() {
        let one = |id: &str, rest: &str| format!("[[mapping]]\nsource = \"{id}\"\nmatch = {{ app = \"x\" }}\n[mapping.slots]\nid = \"i\"\n{rest}");
        assert!(said(&[one("a.b", ""), one("a.b", "")].concat())[0].contains("another mapping's already"));
        let many: String = (0..65).map(|number| one(&format!("a.{number}"), "")).collect();
        assert!(said(&many)[0].contains("more than 64 mappings"), "{:?}", said(&many));
        let list = |count: usize| format!("\"actor.id\" = [{}]\n", vec!["\"p\""; count].join(", "));
        assert!(said(&one("a.b", &list(119))).is_empty());
        assert!(said(&one("a.b", &list(120)))[0].contains("121 rows, alternatives counted; at most 120"));
        let values: String = (0..257).map(|number| format!("v{number} = \"x\", ")).collect();
        assert!(said(&one("a.b", &format!("\"actor.id\" = {{ path = \"p\", values = {{ {values} }} }}\n")))[0].contains("257 values; at most 256"));
        let paths: Vec<String> = (0..8)
            .map(|m| one(&format!("a.{m}"), &format!("\"actor.id\" = [{}]\n", (0..100).map(|n| format!("\"k{m}x{n}\"")).collect::<Vec<_>>().join(", "))))
            .collect();
        assert!(said(&paths.concat())[0].contains("different keys in their paths; at most 512"), "{:?}", said(&paths.concat()));
        let marks: String = (0..26)
            .map(|m| {
                let tests: Vec<String> = (0..5).map(|n| format!("m{m}x{n} = 1")).collect();
                format!("[[mapping]]\nsource = \"a.{m}\"\nmatch = {{ {} }}\n[mapping.slots]\nid = \"i\"\n", tests.join(", "))
            })
            .collect();
        assert!(said(&marks)[0].contains("at the root of what they and the sources of the list match on; at most 128"), "{:?}", said(&marks));
        let tests: Vec<String> = (0..17).map(|n| format!("m{n} = 1")).collect();
        assert!(
            said(&format!("[[mapping]]\nsource = \"a.b\"\nmatch = {{ {} }}\n[mapping.slots]\nid = \"i\"\n", tests.join(", ")))[0]
                .contains("17 conditions; at most 16")
        );
        assert!(said(&one("a.b", &format!("\"actor.id\" = \"{}a\"\n", "a.".repeat(10))))[0].contains("too long a path"));
        assert!(said("mapping = 1\n")[0].contains("[[mapping]]"));
        assert!(said("[mapping]\nsource = \"a.b\"\n")[0].contains("[[mapping]]"));
    }

    #[test]
    fn the_sources_of_the_list_leave_room() {
        let keys: BTreeSet<&str> = source::ALL.iter().flat_map(|source| source.rows).flat_map(|row| source::keys_of(row.path)).collect();
        assert!(keys.len() + MOST_KEYS <= 960, "{} keys of the list's sources: the table of atoms holds 1024 in all", keys.len());
    }
}
