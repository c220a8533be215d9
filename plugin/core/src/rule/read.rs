//! Reads rules out of a pack or the policy and checks them: all problems at once, each with place and remedy.

use super::condition::{Condition, Wanted};
use super::record::RawPath;
use super::{MOST_DISTINCT, MOST_STEPS, Measure, Rule, Trigger};
use crate::entity::Entity;
use crate::event::{Field, Form};
use crate::option::{self, Kind, Value};
use crate::pattern::{Origins, Patterns};
use crate::severity::Severity;
use crate::similar::nearest;
use crate::text::{Sink, escape};
use crate::time::{DAY, Millis, SECOND};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One problem of a text with rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `rule[2].when`, or the rule's id once it is known.
    pub path: String,
    pub span: Range<usize>,
    pub message: String,
    pub help: String,
}

/// Settings of a pack for all of its rules.
#[derive(Default)]
pub struct Pack<'t> {
    /// Conditions that each rule has unless it names the field itself.
    when: Vec<(String, &'t Spanned<DeValue<'t>>)>,
    /// Values that conditions refer to as `@name`.
    lists: Vec<(String, Vec<String>)>,
}

/// Options of a rule, and what they are for. Those that only people and tests read are not kept.
pub const OPTIONS: &[(&str, &str)] = &[
    ("id", "Required. `family.what-it-finds`, of small letters, digits and `_.-`."),
    ("title", "Required. The sentence that a finding begins with."),
    ("why", "Why it matters. For people."),
    ("blind", "Known blind spots. For people."),
    ("tuning", "How to adjust it to a place. For people."),
    ("references", "Addresses of documents. For people."),
    ("author", "Who wrote it. Findings name the author."),
    ("reference", "Address at which it is explained. Findings name it."),
    ("controls", "Controls that it is evidence for. For people."),
    (
        "severity",
        "`info`, `low`, `medium` (default), `high` or `critical`; medium and above are alerts.",
    ),
    ("technique", "ATT&CK technique, e.g. `T1562.008`."),
    (
        "when",
        "Condition that a record must meet: a table of fields and values, all of which must hold.",
    ),
    ("unless", "Condition, or a list of them, under which a matching record is not flagged."),
    ("count", "Fire once so many records of one entity matched within `window`."),
    (
        "distinct",
        "Count different values of this field instead of records; `count` is then at most 16.",
    ),
    ("sum", "Add up this field instead of counting records; fire from `count` on."),
    ("window", "Length of the sliding window of `count`, in event time."),
    (
        "per",
        "Entities that a rule counts by and its findings name: `actor` (default), `origin`, `target`, `service`, or a list of them. A rule for single records fires again within the cooldown if actor, action, target, origin or host is another one; with `per`, if one of these entities is.",
    ),
    ("steps", "Conditions that one entity must meet one after the other within `within`."),
    ("ordered", "Whether `steps` must come in their order; `true` by default."),
    (
        "without",
        "Condition: fire on `when` if the entity did not meet this one within `within` before.",
    ),
    ("within", "Time that `steps` or `without` reach over."),
    ("example", "Records with what the rule makes of them. For tests."),
    ("enabled", "`false` switches the rule off."),
];

const MOST_NESTED: usize = 4;
const WINDOWS: Kind = Kind::Duration(SECOND, 30 * DAY);

/// Reads a pack: `[[rule]]`, with what the pack says for all of them.
pub fn pack(root: &DeTable<'_>, problems: &mut Vec<Problem>) -> Vec<Rule> {
    let mut pack = Pack::default();
    if let Some(table) = root.get("when").and_then(|value| value.get_ref().as_table()) {
        pack.when = table.iter().map(|(key, value)| (key.get_ref().to_string(), value)).collect();
    }
    if let Some(table) = root.get("lists").and_then(|value| value.get_ref().as_table()) {
        pack.lists = table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), plain_texts(value.get_ref())))
            .collect();
    }
    match root.get("rule") {
        Some(value) => rules(value, &pack, problems),
        None => Vec::new(),
    }
}

/// Reads a condition, or a list of them, that stands elsewhere than in a rule.
pub fn conditions(
    name: &str,
    option: &str,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Vec<Problem>,
) -> Vec<Condition> {
    let pack = Pack::default();
    let mut reader = Reader { name: name.to_owned(), span: value.span(), pack: &pack, problems };
    reader.list_of_conditions(option, value)
}

/// Reads the tables of `[[rule]]`.
pub fn rules(
    value: &Spanned<DeValue<'_>>,
    pack: &Pack<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let Some(items) = value.get_ref().as_array() else {
        problems.push(Problem {
            path: "rule".into(),
            span: value.span(),
            message: "rules are a list of tables".into(),
            help: "write each as `[[rule]]` with its options on lines of their own".into(),
        });
        return Vec::new();
    };
    let mut made: Vec<Rule> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let name = format!("rule[{}]", index.saturating_add(1));
        let Some(table) = item.get_ref().as_table() else {
            let help = "write it as `[[rule]]` with its options on lines of their own".into();
            problems.push(Problem {
                path: name,
                span: item.span(),
                message: "a rule is a table".into(),
                help,
            });
            continue;
        };
        let mut reader = Reader { name, span: item.span(), pack, problems };
        let rule = reader.rule(table);
        // One with other problems has its id too.
        let id = table.get("id").and_then(|id| Some((id.get_ref().as_str()?, id.span())));
        match id {
            Some((id, span)) if ids.contains(&id) => reader.problem(
                "id",
                span,
                format!("a second rule `{id}`"),
                "give each rule an id of its own",
            ),
            Some((id, _)) => {
                ids.push(id);
                made.extend(rule);
            }
            None => {}
        }
    }
    made
}

struct Reader<'r, 't> {
    name: String,
    span: Range<usize>,
    pack: &'r Pack<'t>,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_, '_> {
    #[inline(never)]
    fn problem(
        &mut self,
        path: &str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let path =
            if path.is_empty() { self.name.clone() } else { format!("{}.{path}", self.name) };
        self.problems.push(Problem { path, span, message: message.into(), help: help.into() });
    }

    fn rule(&mut self, table: &DeTable<'_>) -> Option<Rule> {
        let before = self.problems.len();
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !OPTIONS.iter().any(|(option, _)| *option == name) {
                self.unknown(name, key.span());
            }
        }
        // All problems are found at once: what is missing does not end the reading.
        let given = self.text(table, "id", "e.g. `id = \"acme.vault-opened\"`");
        let is_given = given.is_some();
        let id = given.unwrap_or_default();
        let fits = id.len() <= 96
            && id.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte)
            });
        if !fits && is_given {
            let span = table.get("id").map_or(self.span.clone(), Spanned::span);
            self.problem(
                "id",
                span,
                format!("`{id}` cannot be the id of a rule"),
                "small letters, digits and `_.-`, e.g. `acme.vault-opened`",
            );
        }
        if is_given {
            self.name = format!("rule `{id}`");
        }
        let title = self.text(
            table,
            "title",
            "set the title of findings, e.g. `title = \"The vault was opened\"`",
        );
        let severity = self.severity(table);
        let technique = self.optional_text(table, "technique");
        let [author, reference] =
            ["author", "reference"].map(|option| escaped(&self.optional_text(table, option)));
        let before_when = self.problems.len();
        let when = self.when(table);
        let is_when_valid = self.problems.len() == before_when;
        let unless = match table.get("unless") {
            Some(value) => self.list_of_conditions("unless", value),
            None => Vec::new(),
        };
        // Nothing else depends on a trigger that cannot be read.
        let trigger = self.trigger(table).unwrap_or(Trigger::Event);
        if is_when_valid
            && !table.contains_key("steps")
            && matches!(&when, Condition::All(all) if all.is_empty())
            && !matches!(trigger, Trigger::Sequence { .. })
        {
            self.problem(
                "when",
                self.span.clone(),
                "the rule would match every record",
                "say which records: `when = { source = \"..\", .. }`",
            );
        }
        let per = self.entities(table, &trigger);
        (self.problems.len() == before).then(|| Rule {
            id,
            title: escaped(&title.unwrap_or_default()),
            severity,
            technique,
            author,
            reference,
            when,
            unless,
            trigger,
            per,
        })
    }

    /// An option that there is not.
    #[inline(never)]
    fn unknown(&mut self, name: &str, span: Range<usize>) {
        let options: Vec<&str> = OPTIONS.iter().map(|(option, _)| *option).collect();
        let help = match nearest(name, options.iter().copied()) {
            Some(option) => format!("did you mean `{option}`?"),
            None => format!("there are: {}", options.join(", ")),
        };
        self.problem(name, span, format!("unknown option `{name}`"), help);
    }

    #[inline(never)]
    fn text(&mut self, table: &DeTable<'_>, option: &str, help: &str) -> Option<String> {
        match table.get(option).map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::String(text), _)) if !text.is_empty() => Some(text.to_string()),
            Some((_, span)) => {
                self.problem(option, span, format!("`{option}` is not a text"), help);
                None
            }
            None => {
                self.problem("", self.span.clone(), format!("a rule without `{option}`"), help);
                None
            }
        }
    }

    #[inline(never)]
    fn optional_text(&mut self, table: &DeTable<'_>, option: &str) -> String {
        match table.get(option) {
            Some(_) => self.text(table, option, "a text between quotes").unwrap_or_default(),
            None => String::new(),
        }
    }

    #[inline(never)]
    fn severity(&mut self, table: &DeTable<'_>) -> Severity {
        let Some(value) = table.get("severity") else {
            return Severity::Medium;
        };
        let word = value.get_ref().as_str().unwrap_or_default();
        if !Severity::NAMES.contains(&word) {
            self.problem(
                "severity",
                value.span(),
                format!("`{word}` is not a severity"),
                format!("one of {}", Severity::NAMES.join(", ")),
            );
        }
        Severity::from_name(word)
    }

    /// The rule's own condition and what the pack says for all.
    #[inline(never)]
    fn when(&mut self, table: &DeTable<'_>) -> Condition {
        let own = match table.get("when") {
            Some(value) => self.condition("when", value, 0),
            None => Condition::All(Vec::new()),
        };
        let named: Vec<String> = table
            .get("when")
            .and_then(|value| value.get_ref().as_table())
            .into_iter()
            .flatten()
            .map(|(key, _)| key.get_ref().to_string())
            .collect();
        // A sequence's steps have the pack's conditions themselves.
        if table.get("steps").is_some() {
            return own;
        }
        self.with_pack(own, &named)
    }

    fn with_pack(&mut self, own: Condition, named: &[String]) -> Condition {
        let pack = self.pack;
        let mut all: Vec<Condition> = Vec::new();
        for (key, value) in pack.when.iter().filter(|(key, _)| !named.contains(key)) {
            all.extend(self.entry("when", key, value.span(), value, 0));
        }
        match own {
            Condition::All(own) => all.extend(own),
            one => all.push(one),
        }
        // What costs least is asked first.
        all.sort_by_key(Condition::cost);
        Condition::All(all)
    }

    fn list_of_conditions(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Vec<Condition> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().map(|item| self.condition(path, item, 0)).collect()
            }
            _ => vec![self.condition(path, value, 0)],
        }
    }

    /// A table of conditions, all of which must hold.
    fn condition(&mut self, path: &str, value: &Spanned<DeValue<'_>>, depth: usize) -> Condition {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(
                path,
                value.span(),
                "a condition is a table of fields and values",
                "e.g. `{ source = \"aws.cloudtrail\", \"action.name\" = \"DeleteTrail\" }`",
            );
            return Condition::All(Vec::new());
        };
        if depth > MOST_NESTED {
            self.problem(
                path,
                value.span(),
                "conditions nested too deep",
                format!("at most {MOST_NESTED} levels of `any`, `all` and `not`"),
            );
            return Condition::All(Vec::new());
        }
        let mut all: Vec<Condition> = table
            .iter()
            .filter_map(|(key, value)| self.entry(path, key.get_ref(), key.span(), value, depth))
            .collect();
        all.sort_by_key(Condition::cost);
        Condition::all(all)
    }

    /// One field, or `any`, `all`, `not`.
    fn entry(
        &mut self,
        path: &str,
        key: &str,
        span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        depth: usize,
    ) -> Option<Condition> {
        let path = format!("{path}.{key}");
        let nested = |reader: &mut Self| match value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .map(|item| reader.condition(&path, item, depth.saturating_add(1)))
                .collect(),
            _ => vec![reader.condition(&path, value, depth.saturating_add(1))],
        };
        match key {
            "any" => Some(Condition::Any(nested(self))),
            "all" => Some(Condition::All(nested(self))),
            "not" => Some(Condition::Not(Box::new(Condition::Any(nested(self))))),
            _ => {
                let place = self.place(&path, key, span)?;
                self.wanted(&path, &place, value)
            }
        }
    }

    fn place(&mut self, path: &str, key: &str, span: Range<usize>) -> Option<Place> {
        if let Some(raw) = key.strip_prefix("raw.") {
            let made = RawPath::new(raw).map(Place::Raw);
            if made.is_none() {
                self.problem(
                    path,
                    span,
                    format!("`{key}` is not a path"),
                    "keys joined by dots, at most 10, e.g. `raw.requestParameters.userName`",
                );
            }
            return made;
        }
        let found =
            Field::ALL.iter().find(|field| field.path() == key).map(|field| Place::Field(*field));
        if found.is_none() {
            // Findings are made after the conditions of rules: only routes may ask for them, by options of their own.
            let near = if ["severity", "findings", "has_findings", "detector"].contains(&key) {
                "conditions on findings are options of `[[route]]` beside `when`: `severity`, `findings`, `has_findings`; ".to_owned()
            } else {
                nearest(key, Field::ALL.iter().map(|field| field.path()))
                    .map_or(String::new(), |name| format!("did you mean `{name}`? "))
            };
            self.problem(
                path,
                span,
                format!("`{key}` is not a field of the audit record"),
                format!("{near}values of the original record are `raw.` and their path"),
            );
        }
        found
    }

    fn wanted(
        &mut self,
        path: &str,
        place: &Place,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Condition> {
        match value.get_ref() {
            DeValue::Table(table) => self.operators(path, place, table, value.span()),
            _ => {
                let texts = self.texts(path, value)?;
                Some(place.is(Wanted::Text(Patterns::plain(texts))))
            }
        }
    }

    /// `{ exists = false }`, `{ not = [..] }`, `{ cidr = ".." }`, `{ min = 5, max = 9 }`, `{ same = "target.id" }`.
    fn operators(
        &mut self,
        path: &str,
        place: &Place,
        table: &DeTable<'_>,
        span: Range<usize>,
    ) -> Option<Condition> {
        let mut all = Vec::new();
        let problems = self.problems.len();
        let number = |value: &DeValue<'_>| match value {
            DeValue::Integer(number) => option::whole(number).map(|number| number as f64),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let bound = |key: &str| table.get(key).and_then(|value| number(value.get_ref()));
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("exists", DeValue::Boolean(true)) => all.push(place.is(Wanted::Present)),
                ("exists", DeValue::Boolean(false)) => all.push(not(place.is(Wanted::Present))),
                ("is", _) => {
                    all.push(place.is(Wanted::Text(Patterns::plain(self.texts(path, value)?))))
                }
                ("not", DeValue::Table(inner)) => {
                    all.push(not(self.operators(path, place, inner, value.span())?))
                }
                ("not", _) => {
                    all.push(not(place.is(Wanted::Text(Patterns::plain(self.texts(path, value)?)))))
                }
                ("all", DeValue::Array(items)) => {
                    for item in items.iter() {
                        all.push(place.is(Wanted::Text(Patterns::plain(self.texts(path, item)?))));
                    }
                }
                ("cidr", _) => {
                    let ranges = self.texts(path, value)?;
                    for range in &ranges {
                        if let Err(message) = Origins::check(range) {
                            self.problem(
                                path,
                                value.span(),
                                message,
                                "e.g. `{ cidr = \"10.0.0.0/8\" }`",
                            );
                        }
                    }
                    all.push(place.is(Wanted::Range(Origins::new(ranges))));
                }
                ("min" | "max", one) if number(one).is_some() => {}
                ("same", DeValue::String(other)) => {
                    match (place, Field::ALL.iter().find(|field| field.path() == other.as_ref())) {
                        (Place::Field(field), Some(other)) => {
                            all.push(Condition::Same(*field, *other))
                        }
                        _ => self.problem(
                            path,
                            value.span(),
                            "`same` compares two fields of the audit record",
                            "e.g. `\"actor.id\" = { same = \"target.id\" }`",
                        ),
                    }
                }
                ("foreign", DeValue::String(own)) => {
                    match (place, Field::ALL.iter().find(|field| field.path() == own.as_ref())) {
                        (Place::Raw(path), Some(own)) => {
                            all.push(Condition::Foreign(path.clone(), *own))
                        }
                        _ => self.problem(
                            path,
                            value.span(),
                            "`foreign` compares the accounts in a value of the original record with a field of the audit record",
                            "e.g. `\"raw.requestParameters.policy\" = { foreign = \"env.account\" }`",
                        ),
                    }
                }
                (other, _) => {
                    let help = match other {
                        "gt" | "gte" | "ge" | "from" => "write `{ min = 5 }`: at least 5",
                        "lt" | "lte" | "le" | "to" => "write `{ max = 5 }`: at most 5",
                        "eq" | "equals" | "in" => {
                            "write the value, or a list of values, in place of the table"
                        }
                        "regex" | "re" | "matches" | "contains" | "startswith" | "endswith"
                        | "like" => {
                            "write a pattern in place of the table: `*` stands for any text, e.g. `\"*admin*\"`"
                        }
                        _ => {
                            "one of `is`, `not`, `all`, `exists`, `cidr`, `min`, `max`, `same`, `foreign`, with a value of its kind"
                        }
                    };
                    self.problem(
                        path,
                        key.span(),
                        format!("`{other}` is not a comparison with this value"),
                        help,
                    );
                }
            }
        }
        if table.get("min").is_some() || table.get("max").is_some() {
            all.push(place.is(Wanted::Number(
                bound("min").unwrap_or(f64::NEG_INFINITY),
                bound("max").unwrap_or(f64::INFINITY),
            )));
        }
        if all.is_empty() && self.problems.len() == problems {
            self.problem(
                path,
                span,
                "an empty table compares nothing",
                "write what the value must be",
            );
        }
        Some(Condition::all(all))
    }

    /// Texts of a value: one or a list; numbers and booleans as they are written; `@name` is the pack's list of that name.
    fn texts(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
        let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut made = Vec::new();
        let problems = self.problems.len();
        for item in items {
            match plain_text(item.get_ref()) {
                Some(text) if text.starts_with('@') && text.len() > 1 => {
                    let name = text.trim_start_matches('@');
                    match self.pack.lists.iter().find(|(held, _)| held == name) {
                        Some((_, texts)) => made.extend(texts.iter().cloned()),
                        None => self.problem(
                            path,
                            item.span(),
                            format!("there is no list `{name}`"),
                            "define it under `[lists]` of the pack",
                        ),
                    }
                }
                Some(text) => made.push(text),
                None => {
                    self.problem(
                        path,
                        item.span(),
                        "that cannot be a value",
                        "a text, a number, true or false, or a list of them",
                    );
                    return None;
                }
            }
        }
        if self.problems.len() > problems {
            return None;
        }
        if made.iter().all(String::is_empty) {
            self.problem(
                path,
                value.span(),
                "an empty value never matches",
                "`{ exists = false }` matches a value that is missing",
            );
            return None;
        }
        Some(made)
    }

    #[inline(never)]
    fn trigger(&mut self, table: &DeTable<'_>) -> Option<Trigger> {
        if let Some(value) = table.get("steps") {
            let DeValue::Array(items) = value.get_ref() else {
                self.problem(
                    "steps",
                    value.span(),
                    "`steps` is a list of conditions",
                    "e.g. `steps = [{ .. }, { .. }]`",
                );
                return None;
            };
            if !(2..=MOST_STEPS).contains(&items.len()) {
                self.problem(
                    "steps",
                    value.span(),
                    format!("{} steps", items.len()),
                    format!("2 to {MOST_STEPS} steps"),
                );
            }
            let mut steps = Vec::new();
            for item in items.iter() {
                let named: Vec<String> = item
                    .get_ref()
                    .as_table()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key.get_ref().to_string())
                    .collect();
                let own = self.condition("steps", item, 0);
                steps.push(self.with_pack(own, &named));
            }
            let is_ordered = !matches!(
                table.get("ordered").map(Spanned::get_ref),
                Some(DeValue::Boolean(false))
            );
            return Some(Trigger::Sequence {
                steps,
                within: self.duration(table, "within")?,
                is_ordered,
            });
        }
        if let Some(value) = table.get("without") {
            let before = self.condition("without", value, 0);
            return Some(Trigger::Without {
                before: Box::new(before),
                within: self.duration(table, "within")?,
            });
        }
        let Some(value) = table.get("count") else {
            return Some(Trigger::Event);
        };
        let Ok(Value::Number(least)) = Kind::Whole(1, i64::MAX).read(value.get_ref()) else {
            self.problem("count", value.span(), "`count` is a whole number", "e.g. `count = 10`");
            return None;
        };
        let least = least.unsigned_abs();
        let measure = match (self.field(table, "distinct"), self.field(table, "sum")) {
            (Some(field), _) => Measure::Distinct(field),
            (None, Some(field)) => Measure::Sum(field),
            (None, None) => Measure::Events,
        };
        if matches!(measure, Measure::Distinct(_)) && least > MOST_DISTINCT {
            self.problem(
                "count",
                value.span(),
                format!("`count` with `distinct` is at most {MOST_DISTINCT}"),
                "count events instead, or lower the count",
            );
        }
        if let Measure::Sum(field) = measure
            && field.form() != Form::Number
        {
            self.problem(
                "sum",
                value.span(),
                format!("`{}` is not a number", field.path()),
                "e.g. `sum = \"target.bytes\"`",
            );
        }
        Some(Trigger::Threshold { measure, least, window: self.duration(table, "window")? })
    }

    fn field(&mut self, table: &DeTable<'_>, option: &str) -> Option<Field> {
        let value = table.get(option)?;
        let name = value.get_ref().as_str().unwrap_or_default();
        match self.place(option, name, value.span()) {
            Some(Place::Field(field)) => Some(field),
            Some(Place::Raw(_)) => {
                self.problem(
                    option,
                    value.span(),
                    "only fields of the audit record are counted",
                    "e.g. `distinct = \"target.id\"`",
                );
                None
            }
            None => None,
        }
    }

    fn duration(&mut self, table: &DeTable<'_>, option: &str) -> Option<Millis> {
        let Some(value) = table.get(option) else {
            self.problem(
                "",
                self.span.clone(),
                format!("`{option}` is missing"),
                format!("e.g. `{option} = \"10m\"`"),
            );
            return None;
        };
        match WINDOWS.read(value.get_ref()) {
            Ok(Value::Number(length)) => Some(length),
            Ok(_) => None,
            Err(message) => {
                self.problem(option, value.span(), message, WINDOWS.expected());
                None
            }
        }
    }

    #[inline(never)]
    fn entities(&mut self, table: &DeTable<'_>, trigger: &Trigger) -> Vec<Entity> {
        let Some(value) = table.get("per").or_else(|| table.get("by")) else {
            return if *trigger == Trigger::Event { Vec::new() } else { vec![Entity::Actor] };
        };
        let names = plain_texts(value.get_ref());
        let made: Vec<Entity> = names.iter().filter_map(|name| Entity::of_rule(name)).collect();
        if made.is_empty() || made.len() != names.len() {
            self.problem(
                "per",
                value.span(),
                "not an entity",
                format!("one or several of {}", Entity::OF_RULES.map(Entity::name).join(", ")),
            );
        }
        made
    }
}

/// Where a value stands.
enum Place {
    Field(Field),
    Raw(RawPath),
}

impl Place {
    fn is(&self, wanted: Wanted) -> Condition {
        match self {
            Place::Field(field) => Condition::Field(*field, wanted),
            Place::Raw(path) => Condition::Raw(path.clone(), wanted),
        }
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn plain_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(bool) => Some(bool.to_string()),
        _ => None,
    }
}

fn plain_texts(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Array(items) => {
            items.iter().filter_map(|item| plain_text(item.get_ref())).collect()
        }
        one => plain_text(one).into_iter().collect(),
    }
}

/// As JSON has it between quotes.
pub fn escaped(text: &str) -> String {
    struct Out(Vec<u8>);
    impl Sink for Out {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut out = Out(Vec::new());
    escape(text.as_bytes(), &mut out);
    String::from_utf8(out.0).unwrap_or_default()
}
