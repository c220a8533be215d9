//! Rule packs with what only people and tests read of them: why, blind spots, tuning, controls, examples.

pub mod guidance;

use crate::evaluated::Reader;
use crate::mode::native;
use crate::wording::grouped;
use anyhow::{Context, Result, anyhow, bail};
use auditward_core::policy::{Issue, Policy};
use auditward_core::rule::read::{self, Problem};
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use guidance::guidance;
use std::fmt::Write;
use std::sync::LazyLock;
use toml_edit::{DocumentMut, Item, Table};

/// The packs that come with the module: name and text.
pub static BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/rule_packs.rs"));

/// A rule as people read it.
#[derive(Clone, Debug, Default)]
pub struct RuleDoc {
    pub pack: String,
    pub id: String,
    pub title: String,
    pub why: String,
    /// Blind spots and tuning of the rule alone.
    pub own: Advice,
    /// Those of its pack, for all of its rules.
    pub of_pack: Advice,
    pub severity: String,
    pub technique: String,
    /// Its class; empty if there is none for its technique.
    pub class: String,
    /// Controls of the rule, its pack and its class.
    pub controls: Vec<String>,
    pub sources: Vec<String>,
    /// The rule as the pack has it, without its examples.
    pub text: String,
    /// The pack's `when` and the lists that the rule refers to.
    pub context: String,
    pub examples: Vec<Example>,
}

/// Blind spots, and how to tune.
#[derive(Clone, Debug, Default)]
pub struct Advice {
    pub blind: String,
    pub tuning: String,
}

/// A text, and what it is about: empty for the rule itself, else its pack, sources or class.
pub type About = (String, String);

impl RuleDoc {
    /// Blind spots of the rule, and those of its pack, sources and class.
    pub fn blind_spots(&self) -> Vec<About> {
        self.texts(|advice| &advice.blind, |notes| &notes.blind, |class| &class.blind)
    }

    /// How to tune the rule, and all rules of its pack, sources and class.
    pub fn tunings(&self) -> Vec<About> {
        self.texts(|advice| &advice.tuning, |notes| &notes.tuning, |class| &class.tuning)
    }

    fn texts(
        &self,
        of_rule: impl Fn(&Advice) -> &String,
        of_source: impl Fn(&guidance::SourceNotes) -> &String,
        of_class: impl Fn(&guidance::Class) -> &String,
    ) -> Vec<About> {
        let own = [
            (String::new(), of_rule(&self.own).clone()),
            (format!("pack {}", self.pack), of_rule(&self.of_pack).clone()),
        ];
        let sources = guidance().of_sources(&self.sources).map(|notes| {
            let named: Vec<&str> = self
                .sources
                .iter()
                .filter(|source| notes.names.contains(source))
                .map(String::as_str)
                .collect();
            let label = match named.as_slice() {
                [first, second, third, rest @ ..] if !rest.is_empty() => {
                    format!("{first}, {second}, {third} and {} more", rest.len())
                }
                few => few.join(", "),
            };
            (label, of_source(notes).clone())
        });
        let class = guidance()
            .class(&self.class)
            .map(|class| (format!("class {}", class.name), of_class(class).clone()));
        own.into_iter().chain(sources).chain(class).filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// Records, one a line, and whether the rule fires on them.
#[derive(Clone, Debug)]
pub struct Example {
    pub input: String,
    pub fires: bool,
}

/// All problems of a pack of rules; none of a text that is not TOML.
pub fn problems(text: &str) -> Vec<Issue> {
    let mut found = Vec::new();
    if let Ok(root) = toml::de::DeTable::parse(text) {
        read::pack(root.get_ref(), &mut found);
    }
    let issue =
        |Problem { path, span, message, help }: Problem| Issue::at(text, path, span, message, help);
    found.into_iter().map(issue).collect()
}

/// The rules of a pack. An error names what is wrong, and where.
pub fn read(pack: &str, text: &str) -> Result<Vec<RuleDoc>> {
    let root = toml::de::DeTable::parse(text).with_context(|| format!("{pack} is not TOML"))?;
    let mut problems = Vec::new();
    read::pack(root.get_ref(), &mut problems);
    if let Some(Problem { path, span, message, help }) = problems.first() {
        let line = text.get(..span.start).unwrap_or(text).matches('\n').count() + 1;
        bail!("{pack}:{line}: {path}: {message}; {help}");
    }
    let document: DocumentMut = text.parse()?;
    let shared = Shared::of(&document);
    let rules = document
        .get("rule")
        .and_then(Item::as_array_of_tables)
        .with_context(|| format!("{pack} has no `[[rule]]`"))?;
    Ok(rules
        .iter()
        .map(|rule| RuleDoc { pack: pack.to_owned(), ..of_rule(rule, &shared) })
        .collect())
}

/// All built-in rules, by id; their texts are read once.
pub fn all() -> Result<&'static [RuleDoc]> {
    static ALL: LazyLock<Result<Vec<RuleDoc>>> = LazyLock::new(|| {
        let mut all = Vec::new();
        for (pack, text) in BUILT_IN {
            all.extend(read(pack, text)?);
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(all)
    });
    ALL.as_deref().map_err(|why| anyhow!("{why:#}"))
}

/// Notes of a pack that hold for all of its rules.
struct Shared {
    sources: Vec<String>,
    advice: Advice,
    controls: Vec<String>,
    /// Its `when`, as it is written.
    when: String,
    /// Names of its lists, and how they are written.
    lists: Vec<(String, String)>,
}

impl Shared {
    fn of(document: &DocumentMut) -> Shared {
        let when = document.get("when");
        let lists = document.get("lists").and_then(Item::as_table_like);
        Shared {
            sources: when.map(sources).unwrap_or_default(),
            advice: advice(document.as_table()),
            controls: document.get("controls").map(texts).unwrap_or_default(),
            when: when.map(|when| when.to_string().trim().to_owned()).unwrap_or_default(),
            lists: lists
                .into_iter()
                .flat_map(|lists| lists.iter())
                .map(|(name, list)| (name.to_owned(), list.to_string().trim().to_owned()))
                .collect(),
        }
    }
}

fn advice(table: &Table) -> Advice {
    Advice { blind: text(table, "blind"), tuning: text(table, "tuning") }
}

fn text(table: &Table, key: &str) -> String {
    table.get(key).and_then(Item::as_str).unwrap_or_default().to_owned()
}

fn of_rule(rule: &Table, shared: &Shared) -> RuleDoc {
    let mut own = rule.get("when").map(sources).unwrap_or_default();
    if own.is_empty() {
        let steps = rule.get("steps").and_then(Item::as_array).into_iter().flatten();
        own.extend(steps.flat_map(|step| sources(&Item::Value(step.clone()))));
    }
    if own.is_empty() {
        own.clone_from(&shared.sources);
    }
    let mut sources: Vec<String> = Vec::new();
    for source in own {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let examples = rule.get("example").and_then(Item::as_array_of_tables);
    let example = |table: &Table| Example {
        input: text(table, "input"),
        fires: table.get("fires").and_then(Item::as_bool).unwrap_or_default(),
    };
    let mut bare = rule.clone();
    bare.remove("example");
    let written = bare.to_string();
    let (id, technique) = (text(rule, "id"), text(rule, "technique"));
    let class = guidance().class_of(&id, &technique);
    let mut controls = rule.get("controls").map(texts).unwrap_or_default();
    let shared_controls =
        shared.controls.iter().chain(class.iter().flat_map(|class| &class.controls));
    for control in shared_controls {
        if !controls.contains(control) {
            controls.push(control.clone());
        }
    }
    let mut context = String::new();
    if !shared.when.is_empty() {
        context.push_str(&format!("when = {}\n", shared.when));
    }
    for (name, list) in &shared.lists {
        if written.contains(&format!("\"@{name}\"")) {
            context.push_str(&format!("lists.{name} = {list}\n"));
        }
    }
    RuleDoc {
        pack: String::new(),
        title: text(rule, "title"),
        why: text(rule, "why"),
        own: advice(rule),
        of_pack: shared.advice.clone(),
        severity: rule.get("severity").and_then(Item::as_str).unwrap_or("medium").to_owned(),
        class: class.map(|class| class.name.clone()).unwrap_or_default(),
        controls,
        sources,
        text: written,
        context,
        examples: examples.into_iter().flat_map(|tables| tables.iter().map(example)).collect(),
        id,
        technique,
    }
}

/// Sources that a condition names, also within `any` and `all`.
fn sources(when: &Item) -> Vec<String> {
    let Some(table) = when.as_table_like() else {
        return Vec::new();
    };
    if let Some(named) = table.get("source") {
        return texts(named);
    }
    let nested =
        ["any", "all"].into_iter().filter_map(|key| table.get(key)).flat_map(|nested| match nested
            .as_array()
        {
            Some(items) => items.iter().map(|item| Item::Value(item.clone())).collect(),
            None => vec![nested.clone()],
        });
    nested.flat_map(|item| sources(&item)).collect()
}

fn texts(item: &Item) -> Vec<String> {
    let one = item.as_str().map(str::to_owned).into_iter();
    one.chain(
        item.as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)),
    )
    .collect()
}

/// The examples of which the rule makes something else than they say, under the engine's policy.
pub fn wrong_examples<'r>(rule: &'r RuleDoc, engine: &mut Engine) -> Vec<&'r Example> {
    rule.examples.iter().filter(|example| fires(rule, example, engine) != example.fires).collect()
}

/// True if the rule fires on one of the example's records, which an engine that has learned nothing reads in their order.
fn fires(rule: &RuleDoc, example: &Example, engine: &mut Engine) -> bool {
    engine.forget();
    let mut out = Output::default();
    let (wanted, now) = (format!("\"rule\":\"{}\"", rule.id), native::now_ms());
    let lines = example.input.lines().filter(|line| !line.trim().is_empty());
    lines.zip(0u64..).fold(false, |fired, (line, nonce)| {
        engine.process(
            Raw { tag: b"", bytes: line.trim().as_bytes(), time: now, now, nonce },
            &mut out,
        );
        fired | out.bytes().windows(wanted.len()).any(|part| part == wanted.as_bytes())
    })
}

/// The sources that recognise an example's records, compared with those that the rule names.
pub fn recognition(rule: &RuleDoc, example: &Example, policy: &Policy) -> String {
    let reader = Reader::new(policy);
    let mut engine = Engine::new(policy.clone(), Secret::default());
    let mut out = Output::default();
    let now = native::now_ms();
    let mut found: Vec<String> = Vec::new();
    for (line, nonce) in example.input.lines().filter(|line| !line.trim().is_empty()).zip(0u64..) {
        let bytes = line.trim().as_bytes();
        engine.process(Raw { tag: b"", bytes, time: now, now, nonce }, &mut out);
        let source = reader.read(out.bytes()).source;
        let source = source.map_or_else(|| "none".to_owned(), |source| format!("`{source}`"));
        if !found.contains(&source) {
            found.push(source);
        }
    }
    let wanted = match rule.sources.as_slice() {
        [] => String::new(),
        wanted => format!("; the rule requires `{}`", wanted.join("` or `")),
    };
    let hint = match found.iter().any(|source| source == "none") {
        true => "; name the pack of your source too, or --policy",
        false => "",
    };
    format!("source of the records: {}{wanted}{hint}", found.join(", "))
}

/// The list of all built-in rules, as `docs/rules.md` has it.
pub fn markdown() -> Result<String> {
    let mut text = String::from(
        "# Rules\n\nWritten from the packs by `BLESS=1 cargo test -p auditward-tests --test docs`; do not edit. How to write rules: [rule-packs.md](rule-packs.md).\n\nA rule has the blind spots, tuning and controls of its [class](#classes) and of its [sources](#sources), and those in its row. `auditward rules show ID` prints them together.\n",
    );
    let all = all()?;
    writeln!(text, "\n{} rules in {} packs.", grouped(all.len() as u64), BUILT_IN.len())?;
    text.push_str("\n## Classes\n");
    for class in &guidance().classes {
        let rules = all.iter().filter(|rule| rule.class == class.name).count();
        writeln!(
            text,
            "\n### {}\n\n{} ({rules} rules)\n\n- Blind spots: {}\n- Tuning: {}\n- Controls: {}",
            class.name,
            class.title,
            class.blind,
            class.tuning,
            class.controls.join(", ")
        )?;
    }
    text.push_str(
        "\n## Sources\n\n| source | blind spots | tuning | documentation |\n|---|---|---|---|\n",
    );
    for notes in &guidance().sources {
        writeln!(
            text,
            "| `{}` | {} | {} | <{}> |",
            notes.names.join("`, `"),
            notes.blind,
            notes.tuning,
            notes.docs
        )?;
    }
    for (pack, _) in BUILT_IN {
        let rules: Vec<&RuleDoc> = all.iter().filter(|rule| rule.pack == *pack).collect();
        writeln!(text, "\n## {pack}\n")?;
        if let Some(Advice { blind, tuning }) = rules.first().map(|rule| &rule.of_pack) {
            for (heading, part) in [("Blind spots", blind), ("Tuning", tuning)] {
                if !part.is_empty() {
                    writeln!(text, "{heading} of all rules below: {part}\n")?;
                }
            }
        }
        text.push_str(
            "| rule | severity | class | ATT&CK | finds | why |\n|---|---|---|---|---|---|\n",
        );
        for rule in rules {
            let part = |name: &str, part: &str| match part {
                "" => String::new(),
                part => format!(" {name}: {part}"),
            };
            writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {}{}{} |",
                rule.id,
                rule.severity,
                rule.class,
                rule.technique,
                rule.title,
                rule.why,
                part("Blind spot", &rule.own.blind),
                part("Tuning", &rule.own.tuning)
            )?;
        }
    }
    Ok(text)
}
