//! Reads a policy's text: what is given, and what is wrong with it.

use super::section::{EXCEPTION, METRIC, ROUTE, SECTIONS, SIGMA, SUPPRESS};
use super::{PACK, PACKS, mapping, metric, preset};
use crate::detector;
use crate::mapping::Mapping;
use crate::option::{self, Opt, Value};
use crate::pattern::{Origins, Patterns};
use crate::policy::metric::Metric;
use crate::policy::preset::{KEY as PRESET, Preset};
use crate::policy::route::MOST as MOST_ROUTES;
use crate::policy::{Issue, Route, Settings, Suppression, Verdict};
use crate::rule::condition::Condition;
use crate::rule::read::{Pack, Problem};
use crate::rule::{self, Exception, Rule};
use crate::severity::Severity;
use crate::similar::nearest;
use crate::time::Millis;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Tells whether a policy may have a section or key of that name at its root.
pub(super) fn is_section(name: &str) -> bool {
    SECTIONS.iter().any(|section| section.name == name)
        || ["detector", "mapping", "rule", PACKS, PACK, PRESET].contains(&name)
}

/// The path of a suppression, counted from 1 as mappings are.
pub(super) fn nth(number: usize) -> String {
    format!("{}[{number}]", SUPPRESS.name)
}

/// Subjects of a suppression.
const ABOUT: &[&str] = &["detector", "actor", "target", "origin", "fingerprint"];

/// Where an option belongs that stands in the wrong section, or in none; empty where several have one of the name.
#[inline(never)]
fn elsewhere(what: &str, name: &str) -> String {
    if !["option", "section"].contains(&what) {
        return String::new();
    }
    match (what, name) {
        (_, PRESET | PACKS) => {
            return format!("`{name}` stands at the beginning of the policy, before any section; ");
        }
        ("option", "rule" | "rules") => {
            return "`[[exception]]` and `[detector.rules]` are about rules; ".to_owned();
        }
        ("section", id) if detector::find(id.as_bytes()).is_some() => {
            return format!("write `[detector.{id}]`; ");
        }
        _ => {}
    }
    let has = |options: &[Opt]| options.iter().any(|option| option.key == name);
    let sections = SECTIONS.iter().filter(|section| has(section.options)).map(|section| {
        if section.is_many {
            format!("[[{}]]", section.name)
        } else {
            format!("[{}]", section.name)
        }
    });
    let detectors = detector::ALL.iter().filter(|spec| has(spec.options));
    let places: Vec<String> =
        sections.chain(detectors.map(|spec| format!("[detector.{}]", spec.id))).collect();
    match places.len() {
        1..=3 => format!("`{name}` is an option of {}; ", places.join(", ")),
        _ => String::new(),
    }
}

fn default_of(key: &str) -> &'static str {
    SUPPRESS.options.iter().find(|option| option.key == key).map_or("", |option| option.default)
}

/// The section, the option, and what it is given.
pub(super) type Given = (String, &'static str, Value);

/// How many `[[suppress]]` a policy may have: each finding is held against all of them.
pub(super) const MOST_SUPPRESSIONS: usize = 1000;

/// The options given, checked; the rest as if they matched anything.
pub(super) fn suppression(options: &[Given]) -> Suppression {
    let given =
        |key: &str| options.iter().find(|(_, held, _)| *held == key).map(|(.., value)| value);
    let list = |key: &str| match given(key) {
        Some(Value::Many(words)) => words.as_slice(),
        _ => &[],
    };
    let text = |key: &str| match given(key) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    let about = ABOUT.iter().filter_map(|key| {
        let said = given(key).map(|value| {
            if let Value::Many(words) = value { words.join(" or ") } else { text(key).to_owned() }
        })?;
        Some(format!("{key} {said}"))
    });
    Suppression {
        detector: detector::IDS.iter().find(|id| **id == text("detector")).copied(),
        actor: Patterns::new(list("actor")),
        target: Patterns::new(list("target")),
        origin: Origins::new(list("origin")),
        fingerprint: u64::from_str_radix(text("fingerprint"), 16).ok(),
        until: if let Some(Value::Number(until)) = given("until") { *until } else { Millis::MIN },
        verdict: Verdict::from_name(text("verdict")),
        reason: text("reason").to_owned(),
        about: about.collect::<Vec<_>>().join(", "),
    }
}

/// A policy while it is read: what was given, what is wrong.
#[derive(Default)]
pub(super) struct Reading<'t> {
    pub(super) text: &'t str,
    pub(super) given: Vec<Given>,
    /// Settings of presets, those that count first.
    pub(super) preset: Vec<Given>,
    pub(super) presets: Vec<&'static Preset>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) rules: Vec<Rule>,
    /// Settings of each `[[suppress]]`, kept separately, so that reading takes time in proportion to their number.
    pub(super) suppressions: Vec<Vec<Given>>,
    pub(super) metrics: Vec<Arc<Metric>>,
    pub(super) routes: Vec<Route>,
    pub(super) exceptions: Vec<Exception>,
    pub(super) issues: Vec<Issue>,
}

impl Reading<'_> {
    #[inline(never)]
    pub(super) fn issue(
        &mut self,
        path: &str,
        span: Range<usize>,
        message: String,
        remedy: String,
    ) {
        self.issues.push(Issue::at(self.text, path.to_owned(), span, message, remedy));
    }

    /// Problems of the syntax; of a text that is something else than TOML one, which says as much as a hundred. True if it is.
    #[inline(never)]
    pub(super) fn syntax(&mut self, errors: Vec<toml::de::Error>, is_known: bool) -> bool {
        // Where TOML begins with a brace, it is JSON.
        let is_json = self.text.trim_start().starts_with('{');
        let is_other = !errors.is_empty() && (is_json || (errors.len() > 1 && !is_known));
        for error in errors.into_iter().take(if is_other { 1 } else { usize::MAX }) {
            let span = error.span().unwrap_or(0..0);
            let remedy = if is_other {
                "the file is not TOML, in which policies and packs are written (https://toml.io)"
            } else {
                "see https://toml.io for the syntax"
            };
            self.issue("", span, error.message().to_owned(), remedy.into());
        }
        is_other
    }

    #[inline(never)]
    pub(super) fn root(&mut self, root: &DeTable<'_>) {
        let mut names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
        names.extend(["detector", "mapping", "rule", PACKS, PRESET]);
        for (key, value) in root {
            let name = key.get_ref().as_ref();
            if name == "detector" {
                self.detectors(value);
            } else if name == "mapping" {
                mapping::read(self, value);
            } else if name == "rule" {
                self.rules(value);
            } else if name == PACKS {
                self.pack_names(value);
            } else if name == PRESET {
                preset::names(self, value);
            } else if name == PACK {
                self.packs(value);
            } else if name == SUPPRESS.name {
                self.suppress(value);
            } else if name == METRIC.name {
                metric::read(self, value);
            } else if name == SIGMA.name {
                self.sigma(value);
            } else if name == ROUTE.name {
                self.routes(value);
            } else if name == EXCEPTION.name {
                self.exceptions(value);
            } else if let Some(section) = SECTIONS.iter().find(|section| section.name == name) {
                self.section(section.name, section.options, value);
            } else {
                self.unknown(name, key.span(), "section", name, &names);
            }
        }
    }

    /// The names of packs, which whoever opens the policy reads and appends.
    #[inline(never)]
    fn pack_names(&mut self, value: &Spanned<DeValue<'_>>) {
        if let Err(wrong) = option::names(value.get_ref(), |_| Ok(())) {
            self.issue(PACKS, value.span(), wrong, format!("files beside the policy, with `*` for any name, e.g. `{PACKS} = [\"packs/*.toml\"]`"));
        }
    }

    /// Packs as `with_packs` appends them.
    #[inline(never)]
    fn packs(&mut self, value: &Spanned<DeValue<'_>>) {
        for item in value.get_ref().as_array().map_or(&[][..], |items| items) {
            let text = |key: &str| {
                item.get_ref()
                    .get(key)
                    .and_then(|value| value.get_ref().as_str())
                    .unwrap_or_default()
            };
            let file = text("file").to_owned();
            if let Ok(root) = DeTable::parse(text("text"))
                && root.get_ref().contains_key("rule")
            {
                self.rule_pack(&file, text("text"), root.get_ref(), item.span());
                continue;
            }
            match mapping::read_pack(text("text")) {
                Ok(pack) if self.mappings.iter().any(|mapping| mapping.source == pack.source) => {
                    let remedy = "give each pack and mapping an id of its own".to_owned();
                    self.issue(
                        &file,
                        item.span(),
                        format!("`{}` is another mapping's already", pack.source),
                        remedy,
                    );
                }
                Ok(pack) => self.mappings.push(pack),
                Err(issues) => {
                    for issue in issues {
                        let path = format!("{file}:{}:{} {}", issue.line, issue.column, issue.path);
                        self.issue(&path, item.span(), issue.message, issue.remedy);
                    }
                }
            }
        }
        mapping::totals(self, value.span());
    }

    /// A pack of rules that the policy names.
    #[inline(never)]
    fn rule_pack(&mut self, file: &str, text: &str, root: &DeTable<'_>, span: Range<usize>) {
        let mut problems = Vec::new();
        let rules = rule::read::pack(root, &mut problems);
        for Problem { path, span: place, message, help } in problems {
            let line =
                text.get(..place.start).unwrap_or(text).matches('\n').count().saturating_add(1);
            self.issue(&format!("{file}:{line} {path}"), span.clone(), message, help);
        }
        for rule in rules {
            match self.rules.iter().any(|held| held.id == rule.id) {
                true => self.issue(
                    &format!("{file} rule `{}`", rule.id),
                    span.clone(),
                    "a second rule of that id".into(),
                    "give each rule an id of its own".into(),
                ),
                false => self.rules.push(rule),
            }
        }
    }

    /// The tables of a section that is given any number of times.
    pub(super) fn entries<'v, 't>(
        &mut self,
        name: &str,
        value: &'v Spanned<DeValue<'t>>,
    ) -> Option<&'v DeArray<'t>> {
        let entries = value.get_ref().as_array();
        if entries.is_none() {
            let found = value.get_ref().type_str();
            self.issue(
                name,
                value.span(),
                format!("`{name}` is a list of sections, not {found}"),
                format!("write each as `[[{name}]]` with its options on lines of their own"),
            );
        }
        entries
    }

    /// `[[sigma]]`: what the host compiles.
    #[inline(never)]
    pub(super) fn sigma(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(entries) = self.entries(SIGMA.name, value) else {
            return;
        };
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{}[{}]", SIGMA.name, index.saturating_add(1));
            self.section(&path, SIGMA.options, entry);
            if entry.get_ref().as_table().is_some_and(|table| !table.contains_key("path")) {
                self.issue(
                    &path,
                    entry.span(),
                    "`path` is missing".into(),
                    "say where the rules are: `path = \"sigma/**/*.yml\"`".into(),
                );
            }
        }
    }

    /// `[[route]]`: names by which shippers route.
    #[inline(never)]
    fn routes(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(entries) = self.entries(ROUTE.name, value) else {
            return;
        };
        if let Some(beyond) = entries.get(MOST_ROUTES) {
            let message =
                format!("{} are more than the {} there may be", entries.len(), MOST_ROUTES);
            let remedy = "join those of the same name: `when` takes a list of conditions".into();
            return self.issue(ROUTE.name, beyond.span(), message, remedy);
        }
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{}[{}]", ROUTE.name, index.saturating_add(1));
            let before = self.given.len();
            self.section(&path, ROUTE.options, entry);
            let given = self.given.split_off(before);
            let when = entry.get_ref().as_table().and_then(|table| table.get("when"));
            let when = when.map_or_else(Vec::new, |value| self.conditions(&path, value));
            let (mut route, mut has_name) = (Route::open(when), false);
            for (_, key, value) in given {
                match (key, value) {
                    ("name", Value::Text(name)) => (route.name, has_name) = (name, true),
                    ("has_findings", Value::Bool(has)) => route.has_findings = Some(has),
                    ("severity", Value::Text(word)) => {
                        route.severity = Some(Severity::from_name(&word))
                    }
                    ("findings", Value::Many(ids)) => route.findings = Patterns::plain(ids),
                    _ => {}
                }
            }
            let is_given =
                entry.get_ref().as_table().is_none_or(|table| table.contains_key("name"));
            if !has_name && !is_given {
                self.issue(
                    &path,
                    entry.span(),
                    "`name` is missing".into(),
                    "say what `audit_route` shall say: `name = \"archive\"`".into(),
                );
            }
            self.routes.push(route);
        }
    }

    /// `[[exception]]`: records that rules do not flag.
    #[inline(never)]
    fn exceptions(&mut self, value: &Spanned<DeValue<'_>>) {
        let name = EXCEPTION.name;
        let Some(entries) = self.entries(name, value) else {
            return;
        };
        if let Some(beyond) = entries.get(rule::MOST_EXCEPTIONS) {
            let most = rule::MOST_EXCEPTIONS;
            let message = format!("{} are more than the {most} there may be", entries.len());
            let remedy = "join those of the same rules: `when` takes a list of conditions".into();
            return self.issue(name, beyond.span(), message, remedy);
        }
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{name}[{}]", index.saturating_add(1));
            let before = self.given.len();
            self.section(&path, EXCEPTION.options, entry);
            let given = self.given.split_off(before);
            let table = entry.get_ref().as_table();
            for key in ["rules", "when"] {
                if table.is_some_and(|table| !table.contains_key(key)) {
                    let remedy = "an exception names its rules, and the records they do not flag: `rules = [\"aws.*\"]`, `when = { \"actor.role\" = \"deploy\" }`";
                    self.issue(&path, entry.span(), format!("`{key}` is missing"), remedy.into());
                }
            }
            let when = table.and_then(|table| table.get("when"));
            let when = when.map_or_else(Vec::new, |value| self.conditions(&path, value));
            let rules = given.into_iter().find_map(|(_, key, value)| match value {
                Value::Many(ids) if key == "rules" => Some(ids),
                _ => None,
            });
            self.exceptions.push(Exception { rules: rules.unwrap_or_default(), when });
        }
    }

    #[inline(never)]
    fn conditions(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Vec<Condition> {
        let mut problems = Vec::new();
        let when = rule::read::conditions(path, "when", value, &mut problems);
        self.problems(problems);
        if when.is_empty() {
            self.issue(
                &format!("{path}.when"),
                value.span(),
                "an empty list takes no record".into(),
                "leave `when` out where the route takes all".into(),
            );
        }
        when
    }

    #[inline(never)]
    fn suppress(&mut self, value: &Spanned<DeValue<'_>>) {
        let name = SUPPRESS.name;
        let Some(entries) = self.entries(name, value) else {
            return;
        };
        if let Some(beyond) = entries.get(MOST_SUPPRESSIONS) {
            let message =
                format!("{} are more than the {MOST_SUPPRESSIONS} there may be", entries.len());
            return self.issue(name, beyond.span(), message, "join those of the same reason: `actor`, `target` and `origin` take lists and patterns".into());
        }
        for (index, entry) in entries.iter().enumerate() {
            let path = nth(index.saturating_add(1));
            let before = self.given.len();
            self.section(&path, SUPPRESS.options, entry);
            let given = self.given.split_off(before);
            let holds = |wanted: &str, nothing: &Value| {
                given.iter().any(|(_, key, value)| *key == wanted && value == nothing)
            };
            let has_no_reason = holds("reason", &Value::Text(String::new()));
            let has_empty_list = ABOUT.iter().any(|about| holds(about, &Value::Many(Vec::new())));
            self.suppressions.push(given);
            let Some(table) = entry.get_ref().as_table() else {
                continue;
            };
            let keys: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
            for (key, why) in [
                ("until", "a date after which it is looked at again"),
                ("reason", "a sentence for those who read it later"),
            ] {
                if !keys.contains(&key) {
                    self.issue(
                        &format!("{path}.{key}"),
                        entry.span(),
                        format!("`{key}` is missing"),
                        format!("give it {why}: `{key} = {}`", default_of(key)),
                    );
                }
            }
            if !ABOUT.iter().any(|key| keys.contains(key)) {
                self.issue(
                    &path,
                    entry.span(),
                    "it would suppress every finding".into(),
                    format!("say which by at least one of {}", ABOUT.join(", ")),
                );
            }
            if has_no_reason {
                self.issue(
                    &format!("{path}.reason"),
                    entry.span(),
                    "`reason` is empty".into(),
                    format!("say why: `reason = {}`", default_of("reason")),
                );
            }
            if has_empty_list {
                self.issue(
                    &path,
                    entry.span(),
                    "an empty list is about nothing".into(),
                    "name something, or leave the option out".into(),
                );
            }
        }
    }

    /// `[[rule]]`: rules of one's own; one with the id of a built-in rule replaces it.
    #[inline(never)]
    fn rules(&mut self, value: &Spanned<DeValue<'_>>) {
        let mut problems = Vec::new();
        let own = rule::read::rules(value, &Pack::default(), &mut problems);
        self.rules.extend(own);
        self.problems(problems);
    }

    pub(super) fn problems(&mut self, problems: Vec<Problem>) {
        for Problem { path, span, message, help } in problems {
            self.issue(&path, span, message, help);
        }
    }

    #[inline(never)]
    fn detectors(&mut self, value: &Spanned<DeValue<'_>>) {
        let ids: Vec<&str> = detector::ALL.iter().map(|spec| spec.id).collect();
        let Some(table) = self.table("detector", value) else {
            return;
        };
        for (key, value) in table {
            let id = key.get_ref().as_ref();
            match detector::ALL.iter().find(|spec| spec.id == id) {
                Some(spec) => self.section(&format!("detector.{id}"), spec.options, value),
                None => self.unknown(&format!("detector.{id}"), key.span(), "detector", id, &ids),
            }
        }
    }

    pub(super) fn table<'v, 't>(
        &mut self,
        path: &str,
        value: &'v Spanned<DeValue<'t>>,
    ) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let found = value.get_ref().type_str();
            self.issue(
                path,
                value.span(),
                format!("`{path}` is a section, not {found}"),
                format!("write it as `[{path}]` with its options on lines of their own"),
            );
        }
        table
    }

    #[inline(never)]
    pub(super) fn section(
        &mut self,
        path: &str,
        options: &'static [Opt],
        value: &Spanned<DeValue<'_>>,
    ) {
        let Some(table) = self.table(path, value) else {
            return;
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let full = format!("{path}.{name}");
            match options.iter().find(|option| option.key == name) {
                Some(option) => match option.kind.read(value.get_ref()) {
                    Ok(value) => self.given.push((path.to_owned(), option.key, value)),
                    Err(wrong) => {
                        let remedy = format!(
                            "{}, e.g. `{name} = {}`",
                            option.kind.expected(),
                            option.example()
                        );
                        self.issue(&full, value.span(), wrong, remedy);
                    }
                },
                None => {
                    let keys: Vec<&str> = options.iter().map(|option| option.key).collect();
                    self.unknown(&full, key.span(), "option", name, &keys);
                }
            }
        }
    }

    #[inline(never)]
    pub(super) fn unknown(
        &mut self,
        path: &str,
        span: Range<usize>,
        what: &str,
        name: &str,
        known: &[&str],
    ) {
        let remedy = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{}there are: {}", elsewhere(what, name), known.join(", ")),
        };
        self.issue(path, span, format!("unknown {what} `{name}`"), remedy);
    }

    pub(super) fn settings(&self, path: &str, options: &'static [Opt]) -> Settings {
        let value = |option: &Opt| {
            let mut given = self.given.iter().chain(&self.preset);
            let given = given.find(|(section, key, _)| section == path && *key == option.key);
            given.map_or_else(|| option.default_value(), |(.., value)| value.clone())
        };
        let is_given = |option: &&Opt| {
            self.given.iter().any(|(section, key, _)| section == path && *key == option.key)
        };
        Settings {
            options,
            values: options.iter().map(value).collect(),
            given: options.iter().filter(is_given).map(|option| option.key).collect(),
        }
    }
}
