//! Documents of Sigma as a pack of rules. What cannot be lowered is refused with a reason; the rest is not held up by it.

use super::alias::Aliases;
use super::choice::{Choice, File};
use super::correlation::{self, Referred};
use super::expr::{Expr, Lists};
use super::lower;
use anyhow::{Context, Result, bail};
use auditward_core::rule::read::{self, Problem};
use rsigma_parser::{
    CorrelationRule, FilterRule, FilterRuleTarget, Level, Modifier, SigmaRule, Status,
};
use std::collections::BTreeSet;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item as TomlItem, Table, Value, value};

/// Rules of some files, and what became of each.
#[derive(Default)]
pub struct Collection {
    pub items: Vec<Item>,
}

/// A document, or a file that is none.
pub struct Item {
    pub file: String,
    /// As findings name it.
    pub id: String,
    pub title: String,
    pub level: String,
    pub state: State,
}

/// Result of a document.
pub enum State {
    Compiled(Box<Compiled>),
    /// Only correlations refer to it.
    Part,
    /// A filter document, with the number of rules that it changed.
    Filter(usize),
    LeftOut(String),
    Refused(String),
}

/// A rule as the pack has it.
pub struct Compiled {
    table: Table,
    lists: Lists,
    /// Its condition, source included; nothing for correlations, which are about several records.
    pub expr: Option<Expr>,
    pub sources: Vec<String>,
}

/// Metadata of all kinds of documents.
struct About<'d> {
    id: Option<&'d str>,
    title: &'d str,
    level: Option<Level>,
    status: Option<Status>,
    author: Option<&'d str>,
    description: Option<&'d str>,
    references: &'d [String],
    tags: &'d [String],
    falsepositives: &'d [String],
}

impl Collection {
    /// Adds the rules of these files that are taken.
    pub fn add(&mut self, choice: &Choice, files: &[File]) {
        let mut documents = Documents::default();
        for file in files {
            self.items.extend(documents.read(file));
        }
        self.items.extend(documents.compile(choice));
        let mut ids = BTreeSet::new();
        for item in self.items.iter_mut().filter(|item| matches!(item.state, State::Compiled(_))) {
            if !ids.insert(item.id.clone()) {
                item.state = State::Refused(format!("a second rule `{}`", item.id));
            }
        }
    }

    /// How many were compiled and how many refused.
    pub fn counts(&self) -> (usize, usize) {
        let count =
            |is: fn(&State) -> bool| self.items.iter().filter(|item| is(&item.state)).count();
        (
            count(|state| matches!(state, State::Compiled(_))),
            count(|state| matches!(state, State::Refused(_))),
        )
    }

    /// The pack.
    pub fn pack(&self) -> String {
        let mut document = DocumentMut::new();
        let mut rules = ArrayOfTables::new();
        let mut lists = Table::new();
        for (_, compiled) in self.compiled() {
            for (name, list) in compiled.lists.values() {
                lists.insert(&name, value(list));
            }
            rules.push(compiled.table.clone());
        }
        if !lists.is_empty() {
            document.insert("lists", TomlItem::Table(lists));
        }
        document.insert("rule", TomlItem::ArrayOfTables(rules));
        format!(
            "# Written from Sigma rules by `auditward sigma compile`; do not edit. Licences and authors are those of the rules.\n{document}"
        )
    }

    pub fn compiled(&self) -> impl Iterator<Item = (&Item, &Compiled)> {
        self.items.iter().filter_map(|item| match &item.state {
            State::Compiled(compiled) => Some((item, &**compiled)),
            _ => None,
        })
    }
}

impl State {
    /// `compiled`, `refused`, and why.
    pub fn in_words(&self) -> (&'static str, String) {
        match self {
            State::Compiled(_) => ("compiled", String::new()),
            State::Part => ("part", "used only by a correlation".to_owned()),
            State::Filter(rules) => {
                ("filter", format!("of {}", crate::wording::counted(*rules as u64, "rule")))
            }
            State::LeftOut(why) => ("left out", why.clone()),
            State::Refused(why) => ("refused", why.clone()),
        }
    }
}

/// Documents with the names of their files.
#[derive(Default)]
struct Documents {
    rules: Vec<(String, SigmaRule)>,
    correlations: Vec<(String, CorrelationRule)>,
    filters: Vec<(String, FilterRule)>,
}

impl Documents {
    /// Adds those of a file; what is none is refused.
    fn read(&mut self, file: &File) -> Vec<Item> {
        let refused = |why: String| Item {
            file: file.name.clone(),
            id: String::new(),
            title: file.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            level: String::new(),
            state: State::Refused(why),
        };
        match rsigma_parser::parse_sigma_yaml(&file.text) {
            Ok(read) => {
                let name = || file.name.clone();
                self.rules.extend(read.rules.into_iter().map(|rule| (name(), rule)));
                self.correlations.extend(read.correlations.into_iter().map(|rule| (name(), rule)));
                self.filters.extend(read.filters.into_iter().map(|rule| (name(), rule)));
                read.errors.into_iter().map(refused).collect()
            }
            Err(error) => vec![refused(error.to_string())],
        }
    }

    fn compile(&self, choice: &Choice) -> Vec<Item> {
        let hidden: BTreeSet<&str> = self
            .correlations
            .iter()
            .filter(|(_, correlation)| !correlation.generate)
            .flat_map(|(_, correlation)| &correlation.rules)
            .map(String::as_str)
            .collect();
        let mut items = Vec::new();
        for (file, rule) in &self.rules {
            let is_part = names(rule).any(|name| hidden.contains(name));
            items.push(item(file, &About::from(rule), choice, || {
                if is_part { Ok(State::Part) } else { self.rule(rule, choice) }
            }));
        }
        for (file, correlation) in &self.correlations {
            items.push(item(file, &About::from(correlation), choice, || {
                self.correlation(correlation, choice)
            }));
        }
        for (file, filter) in &self.filters {
            let changed = self.rules.iter().filter(|(_, rule)| is_target(filter, rule)).count();
            items.push(Item {
                file: file.clone(),
                id: id_of(filter.id.as_deref(), &filter.title),
                title: filter.title.clone(),
                level: String::new(),
                state: State::Filter(changed),
            });
        }
        items
    }

    fn rule(&self, rule: &SigmaRule, choice: &Choice) -> Result<State> {
        let (aliases, expr) = self.condition(rule, choice)?;
        let unless = self.unless(rule, &aliases)?;
        let mut lists = Lists::new(id_of(rule.id.as_deref(), &rule.title));
        let mut table = head(&About::from(rule), &notes(rule));
        table["when"] = value(expr.table(&mut lists));
        if !unless.is_empty() {
            table["unless"] = value(
                unless
                    .iter()
                    .map(|one| Value::InlineTable(one.table(&mut lists)))
                    .collect::<Array>(),
            );
        }
        let whole =
            Expr::All(std::iter::once(expr).chain(unless.into_iter().map(Expr::negated)).collect())
                .simplified();
        checked(Compiled { table, lists, expr: Some(whole), sources: aliases.sources })
    }

    /// The rule's condition with that on its source.
    fn condition(&self, rule: &SigmaRule, choice: &Choice) -> Result<(Aliases, Expr)> {
        let aliases = Aliases::of(&rule.logsource, &choice.sources)?;
        let own = lower::detections(&rule.detection, &aliases)?;
        let expr = Expr::All(vec![lower::source(&aliases), own]).simplified();
        Ok((aliases, expr))
    }

    /// Conditions of filter documents, which exclude events from the rule.
    fn unless(&self, rule: &SigmaRule, aliases: &Aliases) -> Result<Vec<Expr>> {
        let of_filter = |filter: &FilterRule| {
            let wanted = lower::detections(&filter.detection, aliases)
                .with_context(|| format!("the filter `{}`", filter.title))?;
            Ok(wanted.negated().simplified())
        };
        self.filters
            .iter()
            .filter(|(_, filter)| is_target(filter, rule))
            .map(|(_, filter)| of_filter(filter))
            .collect()
    }

    fn correlation(&self, correlation: &CorrelationRule, choice: &Choice) -> Result<State> {
        let mut referred = Vec::new();
        for wanted in &correlation.rules {
            let Some((_, rule)) =
                self.rules.iter().find(|(_, rule)| names(rule).any(|name| name == wanted))
            else {
                let is_chained = self.correlations.iter().any(|(_, other)| {
                    other.name.as_deref() == Some(wanted) || other.id.as_deref() == Some(wanted)
                });
                bail!(
                    "{}",
                    if is_chained {
                        format!("`{wanted}` is a correlation itself")
                    } else {
                        format!("there is no rule `{wanted}`")
                    }
                );
            };
            let (aliases, expr) =
                self.condition(rule, choice).with_context(|| format!("the rule `{wanted}`"))?;
            let unless = self.unless(rule, &aliases)?;
            let expr = Expr::All(
                std::iter::once(expr).chain(unless.into_iter().map(Expr::negated)).collect(),
            )
            .simplified();
            referred.push(Referred {
                aliases,
                expr,
                names: names(rule).map(str::to_owned).collect(),
            });
        }
        let mut lists = Lists::new(id_of(correlation.id.as_deref(), &correlation.title));
        let mut table = head(&About::from(correlation), &[]);
        correlation::write(correlation, &referred, &mut lists, &mut table)?;
        let sources = referred.iter().flat_map(|rule| rule.aliases.sources.clone()).collect();
        checked(Compiled { table, lists, expr: None, sources })
    }
}

/// Names by which correlations and filters refer to a rule.
fn names(rule: &SigmaRule) -> impl Iterator<Item = &str> {
    rule.id.as_deref().into_iter().chain(rule.name.as_deref()).chain([rule.title.as_str()])
}

fn is_target(filter: &FilterRule, rule: &SigmaRule) -> bool {
    let is_meant = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(wanted) => {
            names(rule).any(|name| wanted.iter().any(|wanted| wanted == name))
        }
    };
    let fits = |wanted: &Option<String>, own: &Option<String>| wanted.is_none() || wanted == own;
    let of_source = filter.logsource.as_ref().is_none_or(|wanted| {
        let own = &rule.logsource;
        fits(&wanted.product, &own.product)
            && fits(&wanted.service, &own.service)
            && fits(&wanted.category, &own.category)
    });
    is_meant && of_source
}

fn item(
    file: &str,
    about: &About<'_>,
    choice: &Choice,
    compile: impl FnOnce() -> Result<State>,
) -> Item {
    let level = about.level.unwrap_or(Level::Medium).as_str();
    let status = about.status.map(|status| format!("{status:?}").to_lowercase());
    let state = match choice.leaves_out(
        about.id.unwrap_or_default(),
        about.title,
        level,
        status.as_deref(),
    ) {
        Some(why) => State::LeftOut(why),
        None => compile().unwrap_or_else(|error| State::Refused(format!("{error:#}"))),
    };
    Item {
        file: file.to_owned(),
        id: id_of(about.id, about.title),
        title: about.title.to_owned(),
        level: level.to_owned(),
        state,
    }
}

/// `sigma.` and the rule's id, else its title.
fn id_of(id: Option<&str>, title: &str) -> String {
    let letter = |char: char| {
        if char.is_ascii_alphanumeric() || char == '.' || char == '_' {
            char.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    format!("sigma.{}", id.unwrap_or(title).chars().map(letter).take(80).collect::<String>())
}

/// A finding has room for so much of a name or an address.
const MOST_LETTERS: usize = 240;

/// Text of the rule for people and for its findings.
fn head(about: &About<'_>, notes: &[String]) -> Table {
    let mut table = Table::new();
    let cut = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(MOST_LETTERS)
            .collect::<String>()
    };
    let mut put = |key: &str, text: &str| {
        if !text.is_empty() {
            table[key] = value(text);
        }
    };
    put("id", &id_of(about.id, about.title));
    put("title", &cut(about.title));
    put("author", &cut(about.author.unwrap_or_default()));
    put("reference", &cut(about.references.first().map_or("", String::as_str)));
    put(
        "why",
        &about.description.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
    );
    put("blind", &notes.join(" "));
    put("tuning", &about.falsepositives.join("; "));
    let severity = match about.level.unwrap_or(Level::Medium) {
        Level::Informational => "info",
        level => level.as_str(),
    };
    put("severity", severity);
    put("technique", &technique(about.tags).unwrap_or_default());
    if !about.references.is_empty() {
        table["references"] = value(about.references.iter().collect::<Array>());
    }
    table
}

/// The first ATT&CK technique of the tags.
fn technique(tags: &[String]) -> Option<String> {
    let of_tag = |tag: &String| {
        tag.to_lowercase()
            .strip_prefix("attack.t")
            .filter(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
            .map(str::to_owned)
    };
    tags.iter().find_map(of_tag).map(|rest| format!("T{rest}"))
}

/// Differences between the rule here and in Sigma.
fn notes(rule: &SigmaRule) -> Vec<String> {
    let text = format!("{:?}", rule.detection);
    let mut notes = Vec::new();
    if text.contains(&format!("{:?}", Modifier::Cased)) {
        notes.push("Letters match whatever their case.".to_owned());
    }
    notes
}

/// The rule, where the engine's own reader takes it.
fn checked(compiled: Compiled) -> Result<State> {
    let item = Item {
        file: String::new(),
        id: "check".into(),
        title: String::new(),
        level: String::new(),
        state: State::Compiled(Box::new(compiled)),
    };
    let collection = Collection { items: vec![item] };
    let text = collection.pack();
    let root = toml::de::DeTable::parse(&text).context("the compiled rule is no TOML")?;
    let mut problems = Vec::new();
    read::pack(root.get_ref(), &mut problems);
    if let Some(Problem { message, help, .. }) = problems.first() {
        bail!("{message}; {help}");
    }
    collection.items.into_iter().next().map(|item| item.state).context("no rule was made")
}

/// Rules and correlations have the same metadata under the same names, in types of their own.
macro_rules! described {
    ($($document:ty),+) => {
        $(impl<'d> From<&'d $document> for About<'d> {
            fn from(document: &'d $document) -> About<'d> {
                About {
                    id: document.id.as_deref(),
                    title: &document.title,
                    level: document.level,
                    status: document.status,
                    author: document.author.as_deref(),
                    description: document.description.as_deref(),
                    references: &document.references,
                    tags: &document.tags,
                    falsepositives: &document.falsepositives,
                }
            }
        })+
    };
}

described!(SigmaRule, CorrelationRule);
