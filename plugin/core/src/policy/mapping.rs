//! `[[mapping]]`: any JSON as an audit record, by rows that the policy writes. Read and checked here; `normalise` compiles them beside the sources' own.

use super::{Reading, option};
use crate::event::{Category, Class, Form, Outcome, Slot};
use crate::parse::text::quote;
use crate::source;
use crate::time::format::{DIRECTIVES, Format, NAMES};
use crate::value::Kind;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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
    "Paths: keys joined by dots; `name[]` is the first element of an array that has a value; a dot within a key is written `\\.` (in TOML best between single quotes: `'a\\.b'`).",
    "A path straight into `action.class`, `action.category`, `outcome.result` or `actor.type` takes the value where it is one of the slot's words, whatever the case; else the class is \
     `other`, the outcome `unknown`, the others stay empty, and the record bears the note `unknown-word`.",
    "Text that begins with two pairs such as `user=ann verb=view` (logfmt), by itself or under a wrapping key, is read as a flat object of strings, bare words after them as `true`.",
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

impl Path {
    /// Reads a path; what is wrong with it where it is none.
    pub fn parse(text: &str) -> Result<Path, String> {
        let (mut keys, mut key) = (Vec::new(), String::new());
        let mut letters = text.chars();
        loop {
            match letters.next() {
                Some('\\') => match letters.next() {
                    Some(escaped @ ('.' | '\\')) => key.push(escaped),
                    _ => return Err(format!("`{text}` has a backslash before something else than a dot or a backslash")),
                },
                Some(letter) if letter != '.' => key.push(letter),
                dot_or_end => {
                    let (name, is_array) = key.strip_suffix("[]").map_or((key.as_str(), false), |name| (name, true));
                    if name.is_empty() || name.ends_with("[]") {
                        return Err(format!("`{text}` is no path"));
                    }
                    keys.push((name.to_owned(), is_array));
                    key.clear();
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

/// One mapping while it is read.
struct Draft<'r, 't> {
    reading: &'r mut Reading<'t>,
    /// `mapping[2]`, as issues name it.
    name: String,
    mapping: Mapping,
}

/// Reads all of them.
pub(super) fn read(reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(items) = value.get_ref().as_array() else {
        let remedy = "write it as `[[mapping]]` with its options on lines of their own".to_owned();
        return reading.issue("mapping", value.span(), "mappings are a list of tables".to_owned(), remedy);
    };
    for (index, item) in items.iter().enumerate() {
        let name = format!("mapping[{}]", index.saturating_add(1));
        if index >= MOST_MAPPINGS {
            let remedy = "join those that differ in one value by a table of `values`".to_owned();
            return reading.issue(&name, item.span(), format!("more than {MOST_MAPPINGS} mappings"), remedy);
        }
        let Some(table) = item.get_ref().as_table() else {
            reading.issue(&name, item.span(), "a mapping is a table".to_owned(), "write it as `[[mapping]]` with its options on lines of their own".to_owned());
            continue;
        };
        let mapping = Mapping { source: String::new(), tag: None, tests: Vec::new(), rows: Vec::new(), constants: Vec::new() };
        let mut draft = Draft { reading: &mut *reading, name, mapping };
        draft.options(table, item.span());
        let mapping = draft.mapping;
        reading.mappings.push(mapping);
    }
    totals(reading, value.span());
}

/// What all of them may need together.
fn totals(reading: &mut Reading<'_>, span: Range<usize>) {
    let rows: usize = reading.mappings.iter().map(|mapping| mapping.rows.len()).sum();
    let keys: BTreeSet<&str> = reading.mappings.iter().flat_map(Mapping::paths).flat_map(|path| &path.keys).map(|(key, _)| key.as_str()).collect();
    let first = |test: &'_ Test| test.path.keys.first().map(|(key, _)| key.clone());
    let ours = reading.mappings.iter().flat_map(|mapping| &mapping.tests).filter_map(first);
    let theirs = source::ALL.iter().flat_map(|source| source.keys.iter().copied().flatten()).map(|key| (*key).to_owned());
    let marks: BTreeSet<String> = ours.chain(theirs).collect();
    let (keys, marks) = (keys.len(), marks.len());
    for (number, most, what) in [
        (rows, MOST_ROWS_IN_ALL, "rows"),
        (keys, MOST_KEYS, "different keys in their paths"),
        (marks, MOST_MARKS, "different keys at the root of what they and the sources of the list match on"),
    ] {
        if number > most {
            let message = format!("all mappings together have {number} {what}; at most {most} can be had");
            reading.issue("mapping", span.clone(), message, "match on fewer different keys, or give the records to two filters with a policy each".to_owned());
        }
    }
}

impl Draft<'_, '_> {
    fn issue(&mut self, path: &str, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) {
        let path = if path.is_empty() { self.name.clone() } else { format!("{}.{path}", self.name) };
        self.reading.issue(&path, span, message.into(), remedy.into());
    }

    fn options(&mut self, table: &DeTable<'_>, span: Range<usize>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "source" => self.source(value),
                "tag" => self.tag(value),
                "match" => self.tests(value),
                "time" => self.time(value),
                "slots" => self.slots(value),
                other => {
                    let path = format!("{}.{other}", self.name);
                    // A slot beside `slots` is mostly a slot before it.
                    let is_slot = Slot::ALL.iter().any(|slot| slot.path() == other || slot.path().split('.').next() == Some(other));
                    match is_slot {
                        true => self.issue(other, key.span(), format!("`{other}` is no option of a mapping"), "put slots under `[mapping.slots]`"),
                        false => self.reading.unknown(&path, key.span(), "option", other, OPTIONS),
                    }
                }
            }
        }
        for (option, remedy) in [
            ("source", "name the vendor and the product, e.g. `source = \"acme.crm\"`"),
            ("match", "say what its records have that others have not, e.g. `match = { app = \"crm\" }`"),
            ("slots", "say where the slots' values come from, under `[mapping.slots]`"),
        ] {
            if table.get(option).is_none() {
                self.issue("", span.clone(), format!("a mapping without `{option}`"), remedy);
            }
        }
        if self.mapping.rows.len() > MOST_ROWS {
            self.issue(
                "",
                span,
                format!("{} rows, alternatives counted; at most {MOST_ROWS} can be had", self.mapping.rows.len()),
                "leave out what no one asks for",
            );
        }
    }

    fn text<'v>(&mut self, path: &str, value: &'v Spanned<DeValue<'_>>, remedy: &str) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) if text.len() <= MOST_TEXT => Some(text.as_ref()),
            DeValue::String(_) => {
                self.issue(path, value.span(), format!("a text of more than {MOST_TEXT} bytes"), remedy);
                None
            }
            other => {
                self.issue(path, value.span(), format!("{} is not a string", option::with_article(other.type_str())), remedy);
                None
            }
        }
    }

    fn source(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "vendor and product, of small letters, digits and `_.-`, e.g. `source = \"acme.crm\"`";
        let Some(id) = self.text("source", value, remedy) else { return };
        let fits = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte));
        if !fits {
            return self.issue("source", value.span(), format!("`{}` can't be the id of a source", cut(id)), remedy);
        }
        if source::ALL.iter().any(|source| source.id == id) {
            return self.issue("source", value.span(), format!("`{id}` is a source of the list"), "give the mapping an id of its own");
        }
        if self.reading.mappings.iter().any(|mapping| mapping.source == id) {
            return self.issue("source", value.span(), format!("`{id}` is another mapping's already"), "give each mapping an id of its own");
        }
        self.mapping.source = id.to_owned();
    }

    fn tag(&mut self, value: &Spanned<DeValue<'_>>) {
        let tag = self.text("tag", value, "a tag, with `*` for anything, e.g. `tag = \"crm.*\"`").map(str::to_owned);
        self.mapping.tag = tag;
    }

    fn tests(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "paths with the values that must stand there, e.g. `match = { app = \"crm\", ts = \"*\" }`";
        let Some(table) = value.get_ref().as_table() else {
            return self.issue("match", value.span(), format!("{} is not a table", option::with_article(value.get_ref().type_str())), remedy);
        };
        // Tables within tables, without recursion: each with the path to it.
        let mut open: Vec<(Option<Path>, &DeTable<'_>)> = vec![(None, table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                match (Path::within(outer.as_ref(), key.get_ref()), value.get_ref()) {
                    (Ok(path), DeValue::Table(inner)) => open.push((Some(path), inner)),
                    (Ok(path), _) => self.test(path, value),
                    (Err(wrong), _) => self.issue("match", key.span(), wrong, PATHS),
                }
            }
        }
        if self.mapping.tests.is_empty() {
            self.issue("match", value.span(), "nothing to match on would match everything", remedy);
        }
        if self.mapping.tests.len() > MOST_TESTS {
            self.issue(
                "match",
                value.span(),
                format!("{} conditions; at most {MOST_TESTS} can be had", self.mapping.tests.len()),
                "leave out what is said by others",
            );
        }
    }

    fn test(&mut self, path: Path, value: &Spanned<DeValue<'_>>) {
        let remedy = "a string, a number, true or false; `\"*\"` for any value";
        let wanted = match value.get_ref() {
            DeValue::String(text) if text.as_ref() == "*" => Some(Wanted::Any),
            DeValue::String(text) => Some(Wanted::Text(text.to_string())).filter(|_| text.len() <= MOST_TEXT),
            DeValue::Boolean(bool) => Some(Wanted::Bool(*bool)),
            number => json_number(number).map(Wanted::Number),
        };
        if self.mapping.tests.iter().any(|test| test.path.keys == path.keys) {
            return self.issue("match", value.span(), format!("`{}` is asked for twice", path.text), "leave one of them");
        }
        match wanted {
            Some(wanted) => self.mapping.tests.push(Test { path, wanted }),
            None => self.issue("match", value.span(), format!("`{}` can't be compared with that", path.text), remedy),
        }
    }

    fn time(&mut self, value: &Spanned<DeValue<'_>>) {
        let (paths, format) = match value.get_ref() {
            DeValue::Table(table) => {
                for (key, _) in table {
                    let name = key.get_ref().as_ref();
                    if !["path", "format"].contains(&name) {
                        let path = format!("{}.time.{name}", self.name);
                        self.reading.unknown(&path, key.span(), "option", name, &["path", "format"]);
                    }
                }
                let Some(paths) = table.get("path") else {
                    return self.issue("time", value.span(), "a time without its `path`", "e.g. `time = { path = \"ts\", format = \"unix_ms\" }`");
                };
                (self.paths("time.path", paths), table.get("format").map_or(Some(Format::Rfc3339), |format| self.format(format)))
            }
            _ => (self.paths("time", value), Some(Format::Rfc3339)),
        };
        let Some(format) = format else { return };
        for path in paths {
            self.mapping.rows.push(Row { path, slot: Slot::Time, take: Take::Time(format.clone()) });
        }
    }

    fn format(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Format> {
        let remedy = format!("one of \"{}\", or a format out of {DIRECTIVES}, e.g. \"%d/%b/%Y:%H:%M:%S %z\"", NAMES.join("\", \""));
        let text = self.text("time.format", value, &remedy)?;
        let format = Format::compile(text).and_then(|format| match format.lacks() {
            Some(what) => Err(format!("`{text}` lacks {what}")),
            None => Ok(format),
        });
        format.map_err(|wrong| self.issue("time.format", value.span(), wrong, remedy)).ok()
    }

    /// A path, or a list of them.
    fn paths(&mut self, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<Path> {
        let one = std::slice::from_ref(value);
        let items = value.get_ref().as_array().map_or(one, |array| array);
        if items.is_empty() {
            self.issue(at, value.span(), "a list without a path", PATHS);
        }
        let mut paths = Vec::new();
        for item in items {
            let Some(text) = self.text(at, item, PATHS) else { continue };
            match Path::parse(text) {
                Ok(path) => paths.push(path),
                Err(wrong) => self.issue(at, item.span(), wrong, PATHS),
            }
        }
        paths
    }

    fn slots(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(table) = value.get_ref().as_table() else {
            let message = format!("{} is not a table", option::with_article(value.get_ref().type_str()));
            return self.issue("slots", value.span(), message, "write `[mapping.slots]` with a slot on each line");
        };
        if table.is_empty() {
            self.issue("slots", value.span(), "a mapping that fills no slot", "say where the slots' values come from, e.g. `\"actor.name\" = \"user\"`");
        }
        let mut open: Vec<(String, &DeTable<'_>)> = vec![(String::new(), table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                let name = match outer.is_empty() {
                    true => key.get_ref().to_string(),
                    false => format!("{outer}.{}", key.get_ref()),
                };
                let is_group = Slot::ALL.iter().any(|slot| slot.path().strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')));
                match (Slot::ALL.iter().find(|slot| slot.path() == name), value.get_ref()) {
                    (Some(slot), _) => self.slot(*slot, value, key.span()),
                    (None, DeValue::Table(inner)) if is_group => open.push((name, inner)),
                    _ => {
                        let path = format!("{}.slots.{name}", self.name);
                        let known: Vec<&str> = Slot::ALL.iter().map(|slot| slot.path()).collect();
                        self.reading.unknown(&path, key.span(), "slot", &name, &known);
                    }
                }
            }
        }
    }

    fn slot(&mut self, slot: Slot, value: &Spanned<DeValue<'_>>, key: Range<usize>) {
        let at = format!("slots.{}", slot.path());
        if slot == Slot::Time || slot == Slot::Source {
            let option = slot.path();
            return self.issue(&at, key, format!("`{option}` is an option of the mapping"), format!("put `{option} = ..` above `[mapping.slots]`"));
        }
        if self.mapping.slots().contains(&slot) {
            return self.issue(&at, key, format!("`{}` is filled twice", slot.path()), "join both to a list of paths");
        }
        match value.get_ref() {
            DeValue::Table(table) => self.slot_by_table(slot, &at, table, value.span()),
            _ => {
                let take = Words::of(slot).map_or(Take::AsItIs, |words| Take::Word(words, None));
                for path in self.paths(&at, value) {
                    self.mapping.rows.push(Row { path, slot, take: take.clone() });
                }
            }
        }
    }

    /// `{ value = .. }`, or `{ path = .., values = .., default = .. }`.
    fn slot_by_table(&mut self, slot: Slot, at: &str, table: &DeTable<'_>, span: Range<usize>) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !["value", "path", "values", "default"].contains(&name) {
                let path = format!("{}.{at}.{name}", self.name);
                self.reading.unknown(&path, key.span(), "option", name, &["value", "path", "values", "default"]);
            }
        }
        let constant = |draft: &mut Self, name: &str| table.get(name).and_then(|value| draft.constant(slot, &format!("{at}.{name}"), value));
        let (value, default) = (constant(self, "value"), constant(self, "default"));
        match (table.get("value"), table.get("path")) {
            (Some(_), None) if table.get("values").is_none() && table.get("default").is_none() => {
                self.mapping.constants.extend(value.map(|value| (slot, value)))
            }
            (Some(given), _) => self.issue(
                at,
                given.span(),
                "a constant beside a path",
                "write `{ value = .. }` alone, or `default = ..` for what stands where no path has a value",
            ),
            (None, None) => {
                self.issue(at, span, "neither a path nor a value", "e.g. `{ path = \"verb\", values = { view = \"read\" } }` or `{ value = \"data\" }`")
            }
            (None, Some(paths)) => {
                let paths = self.paths(&format!("{at}.path"), paths);
                let take = match (table.get("values"), Words::of(slot), &default) {
                    (Some(values), ..) => Take::Table { values: self.values(slot, at, values), default: default.clone() },
                    (None, Some(words), Some(Constant::Word(number))) => Take::Word(words, Some(*number)),
                    (None, Some(words), _) => Take::Word(words, None),
                    (None, None, _) => Take::AsItIs,
                };
                for path in paths {
                    self.mapping.rows.push(Row { path, slot, take: take.clone() });
                }
                self.mapping.constants.extend(default.map(|default| (slot, default)));
            }
        }
    }

    fn values(&mut self, slot: Slot, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<(String, Constant)> {
        let at = format!("{at}.values");
        let Some(table) = value.get_ref().as_table().filter(|table| !table.is_empty()) else {
            self.issue(&at, value.span(), "no table of values", "what stands at the path, and what becomes of it, e.g. `values = { view = \"read\" }`");
            return Vec::new();
        };
        if table.len() > MOST_VALUES {
            self.issue(&at, value.span(), format!("{} values; at most {MOST_VALUES} can be had", table.len()), "let `default` stand for the most frequent");
            return Vec::new();
        }
        let mut values: Vec<(String, Constant)> = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name.len() > MOST_TEXT {
                self.issue(&at, key.span(), format!("a value of more than {MOST_TEXT} bytes"), "values are compared as a whole");
                continue;
            }
            let constant = self.constant(slot, &format!("{at}.{name}"), value);
            values.extend(constant.map(|constant| (name.to_owned(), constant)));
        }
        values.sort_by(|(a, _), (b, _)| a.cmp(b));
        values
    }

    /// A value that fits the slot.
    fn constant(&mut self, slot: Slot, at: &str, value: &Spanned<DeValue<'_>>) -> Option<Constant> {
        if let Some(words) = Words::of(slot) {
            return self.word(words, at, value);
        }
        let is_long = value.get_ref().as_str().is_some_and(|text| text.len() > MOST_TEXT);
        let made = match (value.get_ref(), slot.form()) {
            (DeValue::String(text), Form::Text | Form::Any) if !text.is_empty() => token(text),
            (DeValue::Boolean(bool), Form::Text) => token(&bool.to_string()),
            (DeValue::Boolean(bool), Form::Bool | Form::Any) => Some(Constant::Bool(*bool)),
            (number, Form::Text) => json_number(number).and_then(|number| token(&number)),
            (number, Form::Any) => json_number(number).map(|number| Constant::Token(number.into_bytes(), Kind::Number)),
            (DeValue::Integer(_), Form::Number) => json_number(value.get_ref()).and_then(|number| number.parse().ok()).map(Constant::Int),
            _ => None,
        };
        let made = made.filter(|_| !is_long);
        if made.is_none() {
            let expected = match slot.form() {
                Form::Text => format!("a string, not empty, at most {MOST_TEXT} bytes"),
                Form::Number => "a whole number".to_owned(),
                Form::Bool => "true or false".to_owned(),
                Form::Any => "a string, a number, true or false".to_owned(),
            };
            self.issue(at, value.span(), format!("that does not fit `{}`", slot.path()), expected);
        }
        made
    }

    fn word(&mut self, words: Words, at: &str, value: &Spanned<DeValue<'_>>) -> Option<Constant> {
        let text = value.get_ref().as_str().unwrap_or_default();
        let number = words.number(text.as_bytes()).filter(|number| words.word(*number) == Some(text));
        if number.is_none() {
            let list = words.list();
            let nearest = list.iter().map(|word| (option::distance(text, word), *word)).min().filter(|(distance, _)| !text.is_empty() && *distance <= 2);
            let near = nearest.map_or(String::new(), |(_, word)| format!("did you mean `{word}`? "));
            let message = match value.get_ref() {
                DeValue::String(_) => format!("`{}` is none of the words of `{}`", cut(text), words.slot().path()),
                other => format!("{} is not a string", option::with_article(other.type_str())),
            };
            self.issue(at, value.span(), message, format!("{near}there are: {}", list.join(", ")));
        }
        number.map(Constant::Word)
    }
}

const PATHS: &str = "keys joined by dots, at most 10, e.g. `user.login` or `items[].id`; a dot within a key is written `\\.`";

/// Text as a JSON token.
fn token(text: &str) -> Option<Constant> {
    let mut token = Vec::new();
    quote(text.as_bytes(), &mut token).ok()?;
    Some(Constant::Token(token, Kind::String))
}

/// A number as JSON writes it; none for what is no number, nor finite.
fn json_number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|number| number.to_string()),
        DeValue::Float(float) => float.as_str().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string()),
        _ => None,
    }
}

/// The beginning of a text that may be long.
fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

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
                    \"target.count\" = { value = \"many\" }\ntime = \"t\"\n\"actor.id\" = []\n\"origin.ip\" = { path = \"x\", value = \"y\" }\n\
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
            "10:28 mapping[1].slots.target.count.value: that does not fit `target.count` (a whole number)",
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
        let keys: BTreeSet<&str> = source::ALL.iter().flat_map(|source| source.rows).flat_map(|row| row.path.split('.')).collect();
        assert!(keys.len() + MOST_KEYS <= 960, "{} keys of the list's sources: the table of atoms holds 1024 in all", keys.len());
    }
}
