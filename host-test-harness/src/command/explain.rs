//! `auditward explain`: the documentation that the code carries.

use super::Outcome;
use crate::rule_pack::guidance::{Class, guidance};
use crate::terminal;
use crate::wording::{paragraphs, table, visible, wrap};
use anyhow::{Result, bail};
use auditward_core::detector::{self, Spec};
use auditward_core::event::{Cell, Field, Form};
use auditward_core::note::Note;
use auditward_core::option::Opt;
use auditward_core::policy::preset::{self, Preset};
use auditward_core::policy_text::{self, SECTIONS, Section};
use auditward_core::schema::{self, From, Schema};
use auditward_core::similar::nearest;
use auditward_core::source::{self, Source};
use auditward_core::time::format;
use auditward_core::{mapping, pack};

/// Explain a detector, rule, class of rules, source, schema, field, flag, policy section, preset or option (`output.schema`), or list all of a kind (`flags`)
#[derive(clap::Args)]
pub struct Arguments {
    /// Topic; without it, all topics are listed
    topic: Vec<String>,
}

/// Something that can be explained.
#[derive(Clone, Copy)]
enum Topic {
    Detector(&'static Spec),
    Source(&'static Source),
    Schema(&'static Schema),
    Field(Field),
    Note(Note),
    Section(&'static Section),
    Preset(&'static Preset),
    Mapping,
    Class(&'static Class),
}

/// Explains.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let text = match arguments.topic.as_slice() {
        [] => all(),
        words => explain(&words.join(" "))?,
    };
    terminal::print(text)?;
    Ok(Outcome::Fine)
}

fn explain(asked: &str) -> Result<String> {
    // As it stands in a policy: `[[suppress]]`, `[detector.brute-force]`.
    let name = asked.trim_matches(['[', ']']).to_lowercase();
    let detector =
        || detector::ALL.iter().find(|spec| Some(spec.id) == name.strip_prefix("detector."));
    let found = named(&name)
        .or_else(|| of_kind(&name))
        .or_else(|| detector().map(|spec| Topic::Detector(spec).explained()))
        .or_else(|| option(&name))
        .or_else(|| unique_option(&name))
        .or_else(|| super::rules::explained(&name))
        .or_else(|| of_pack(&name));
    if let Some(found) = found {
        return Ok(found);
    }
    if let Some(place) = elsewhere(&name).or_else(|| options_named(&name)) {
        bail!("`{asked}` is {place}");
    }
    bail!("nothing is called `{asked}`; {}", hint(&name))
}

/// All that have the name.
fn named(name: &str) -> Option<String> {
    let found: Vec<String> = topics()
        .iter()
        .filter(|topic| topic.id().eq_ignore_ascii_case(name))
        .map(Topic::explained)
        .collect();
    (!found.is_empty()).then(|| found.join("\n"))
}

/// The list under a heading: `flags`, `policy sections` or `sections`.
fn of_kind(name: &str) -> Option<String> {
    let kind = name.strip_suffix('s').unwrap_or(name);
    let kind = match kind {
        // `notes` is the key of the flags in the record.
        "note" => "flag",
        "class" | "classe" | "classes of rule" => "class of rules",
        kind => kind,
    };
    let is_meant = |group: &str| group == kind || group.split(' ').any(|word| word == kind);
    let found: Vec<Topic> = topics().into_iter().filter(|topic| is_meant(topic.group())).collect();
    let more = match kind {
        "source" => "`auditward source list` lists these and all packs\n",
        _ => "",
    };
    (!found.is_empty()).then(|| list(&found) + more)
}

/// One option, by its section and name: `output.schema`, `detector.brute-force.failures`.
fn option(name: &str) -> Option<String> {
    let (section, key) = name.rsplit_once('.')?;
    let id = section.strip_prefix("detector.").unwrap_or(section);
    if section == Topic::Mapping.id() {
        let is_told = policy_text::mapping::DOC.iter().any(|paragraph| {
            paragraph.split(':').next().is_some_and(|names| names.contains(&format!("`{key}`")))
        });
        return is_told.then(|| Topic::Mapping.explained());
    }
    let (section, options) =
        topics().iter().find(|topic| topic.id() == id && topic.options().is_some())?.options()?;
    let option = options.iter().find(|option| option.key == key)?;
    Some(format!("{name}, an option\n\n  Under {section} of the policy:\n{}", written(option)))
}

/// An option whose name only one section or detector has.
fn unique_option(key: &str) -> Option<String> {
    let topics = topics();
    let mut found = topics.iter().filter(|topic| {
        topic.options().is_some_and(|(_, options)| options.iter().any(|option| option.key == key))
    });
    match (found.next(), found.next()) {
        (Some(one), None) => option(&format!("{}.{key}", one.id())),
        _ => None,
    }
}

/// Where options of this name are, if several sections or detectors have one.
fn options_named(key: &str) -> Option<String> {
    let found: Vec<String> = topics()
        .iter()
        .filter_map(|topic| Some((topic, topic.options()?.1)))
        .filter(|(_, options)| options.iter().any(|option| option.key == key))
        .map(|(topic, _)| match topic {
            Topic::Detector(spec) => format!("detector.{}.{key}", spec.id),
            topic => format!("{}.{key}", topic.id()),
        })
        .collect();
    (!found.is_empty()).then(|| format!("an option of several: `{}`", found.join("`, `")))
}

/// A built-in pack, by its source.
fn of_pack(name: &str) -> Option<String> {
    let pack = pack::built_in().iter().find(|pack| pack.source == name)?;
    let width = terminal::width();
    let fields: Vec<&str> = pack.fields().iter().map(|field| field.path()).collect();
    let mut text = format!("{name}, a source\n{}", wrap(&pack.title, 2, width));
    for (heading, words) in
        [("Recognised by", pack.conditions().join(", ")), ("Fields", fields.join(", "))]
    {
        text.push_str(&format!("\n  {heading}\n{}", wrap(&visible(&words), 4, width)));
    }
    if !pack.docs.is_empty() {
        text.push_str(&format!("\n  Format\n    {}\n", pack.docs));
    }
    text.push_str(&format!(
        "\n  `auditward source show {name}` shows the pack with its examples, `auditward rules list {name}` its rules\n"
    ));
    Some(text)
}

/// The command that shows what has its own documentation: parts of the policy with a page of their own.
fn elsewhere(name: &str) -> Option<String> {
    match name {
        "pack" | "packs" => Some("an option of the policy: `packs = [\"packs/*.toml\"]` loads source packs (docs/packs.md) and rule packs (docs/rule-packs.md)".to_owned()),
        "rule" => Some("a section of the policy: `[[rule]]` is a rule of your own (docs/rule-packs.md)".to_owned()),
        _ => None,
    }
}

/// Suggestion: the most similar word, else all words that contain it.
fn hint(asked: &str) -> String {
    let topics = topics();
    if let Some(near) = nearest(asked, topics.iter().map(Topic::id)) {
        return format!("did you mean `{near}`?");
    }
    let within = topics
        .iter()
        .map(Topic::id)
        .filter(|id| !asked.is_empty() && id.contains(&asked.to_lowercase()));
    match within.collect::<Vec<_>>().as_slice() {
        [] => format!(
            "`auditward explain` lists all topics, `auditward source list {asked}` and `auditward rules list {asked}` the sources and rules with this text"
        ),
        [one] => format!("did you mean `{one}`?"),
        found => format!("did you mean one of `{}`?", found.join("`, `")),
    }
}

fn topics() -> Vec<Topic> {
    let detectors = detector::ALL.iter().map(|spec| Topic::Detector(spec));
    let sources = source::ALL.iter().map(|source| Topic::Source(source));
    let schemas = schema::ALL.iter().map(|schema| Topic::Schema(schema));
    let fields = Field::ALL.iter().map(|field| Topic::Field(*field));
    let notes = Note::ALL.iter().map(|note| Topic::Note(*note));
    let sections = SECTIONS.iter().map(|section| Topic::Section(section));
    detectors
        .chain(sources)
        .chain(schemas)
        .chain(fields)
        .chain(notes)
        .chain(sections)
        .chain([Topic::Mapping])
        .chain(preset::ALL.iter().map(Topic::Preset))
        .chain(guidance().classes.iter().map(Topic::Class))
        .collect()
}

fn all() -> String {
    list(&topics())
}

fn list(topics: &[Topic]) -> String {
    let (mut text, mut group) = (String::new(), "");
    let width = topics.iter().map(|topic| topic.id().len()).max().unwrap_or_default();
    for topic in topics {
        if topic.group() != group {
            group = topic.group();
            let heading = match group {
                "class of rules" => "classes of rules".to_owned(),
                group => format!("{group}s"),
            };
            text.push_str(&format!("{}{heading}\n", if text.is_empty() { "" } else { "\n" }));
        }
        text.push_str(&format!("  {:width$}  {}\n", topic.id(), topic.summary()));
    }
    text
}

impl Topic {
    fn id(&self) -> &'static str {
        match self {
            Topic::Detector(spec) => spec.id,
            Topic::Source(source) => source.id,
            Topic::Schema(schema) => schema.id,
            Topic::Field(field) => field.path(),
            Topic::Note(note) => note.id(),
            Topic::Section(section) => section.name,
            Topic::Preset(preset) => preset.id,
            Topic::Mapping => "mapping",
            Topic::Class(class) => &class.name,
        }
    }

    fn group(&self) -> &'static str {
        match self {
            Topic::Detector(_) => "detector",
            Topic::Source(_) => "source",
            Topic::Schema(_) => "schema",
            Topic::Field(_) => "field",
            Topic::Note(_) => "flag",
            Topic::Section(_) | Topic::Mapping => "policy section",
            Topic::Preset(_) => "preset",
            Topic::Class(_) => "class of rules",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Topic::Detector(spec) => spec.summary,
            Topic::Source(source) => source.summary,
            Topic::Schema(schema) => schema.summary,
            Topic::Field(field) => field.doc(),
            Topic::Note(note) => note.doc(),
            Topic::Section(section) => section.doc,
            Topic::Preset(preset) => preset.summary(),
            Topic::Mapping => "A source of your own.",
            Topic::Class(class) => &class.title,
        }
    }

    fn explained(&self) -> String {
        let more = match self {
            Topic::Detector(spec) => detector(spec),
            Topic::Source(source) => self::source(source),
            Topic::Schema(schema) => self::schema(schema),
            Topic::Field(field) => self::field(*field),
            Topic::Note(_) | Topic::Section(_) => String::new(),
            Topic::Mapping => self::mapping(),
            Topic::Preset(preset) => self::preset(preset),
            Topic::Class(class) => super::rules::of_class(class),
        };
        let options = self
            .options()
            .map_or_else(String::new, |(section, options)| self::options(&section, options));
        format!(
            "{}, a {}\n{}{more}{options}",
            self.id(),
            self.group(),
            wrap(self.summary(), 2, terminal::width())
        )
    }

    /// The section of the policy that sets it, as it is written there, and what can be set.
    fn options(&self) -> Option<(String, &'static [Opt])> {
        match self {
            Topic::Detector(spec) => Some((format!("[detector.{}]", spec.id), spec.options)),
            Topic::Section(section) if section.is_many => {
                Some((format!("[[{}]]", section.name), section.options))
            }
            Topic::Section(section) => Some((format!("[{}]", section.name), section.options)),
            _ => None,
        }
    }
}

/// The settings of a preset, written as in a policy.
fn preset(preset: &Preset) -> String {
    let lines: String = preset.settings().lines().map(|line| format!("    {line}\n")).collect();
    let doc = wrap(preset::DOC, 2, terminal::width());
    format!("\n  In the policy: preset = \"{}\"\n\n{doc}\n  It sets\n{lines}", preset.id)
}

/// Characters of a paragraph, in whole sentences.
pub const PARAGRAPH: usize = 450;

fn detector(spec: &Spec) -> String {
    let technique = format!(
        "\n  ATT&CK technique {}: https://attack.mitre.org/techniques/{}/\n",
        spec.technique,
        spec.technique.replace('.', "/")
    );
    let parts: String = parts(spec.doc)
        .into_iter()
        .map(|(heading, text)| {
            let paragraphs = paragraphs(&text, PARAGRAPH);
            let wrapped = paragraphs.iter().map(|text| wrap(text, 4, terminal::width()));
            format!("\n  {heading}\n{}", wrapped.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    format!("{parts}{technique}")
}

/// The documentation of a detector in sections: how it decides, why it matters, blind spots, tuning, an example.
pub fn parts(doc: &str) -> Vec<(&'static str, String)> {
    // Sections by the words that they begin with. The reason is one sentence, which may stand between others.
    let from = |marker: &str| doc.find(marker).unwrap_or(doc.len());
    let blind = from(" Blind spots: ");
    let (body, rest) = doc.split_at(blind);
    let (how, why) = match body.find(" It matters ") {
        None => (body.to_owned(), String::new()),
        Some(start) => {
            let (before, after) = body.split_at(start);
            let end = after.find(". ").map_or(after.len(), |end| end + 1);
            let (why, after) = after.split_at(end);
            (format!("{before}{after}"), why.trim_start().to_owned())
        }
    };
    let (rest, example) = rest.split_at(rest.find(" Example: ").unwrap_or(rest.len()));
    let (blind, tuning) = rest.split_at(rest.find(" Tune ").unwrap_or(rest.len()));
    let without = |text: &str, marker: &str| {
        let text = text.trim_start();
        let text = text.strip_prefix(marker).unwrap_or(text);
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_uppercase(), letters.as_str())
        })
    };
    let sections = [
        ("How it decides", how.trim().to_owned()),
        ("Why it matters", without(&why, "It matters because ")),
        ("Blind spots", without(blind, "Blind spots: ")),
        ("Tuning", without(tuning, "")),
        ("Example", without(example, "Example: ")),
    ];
    sections.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn options(section: &str, options: &[Opt]) -> String {
    let written: String = options.iter().map(written).collect();
    format!("\n  Options, under {section} of the policy:\n{written}")
}

/// One option with its default.
fn written(option: &Opt) -> String {
    let expected = option.kind.expected();
    format!(
        "\n  {} = {}\n{}{}",
        option.key,
        option.default,
        wrap(option.doc, 6, terminal::width()),
        wrap(&format!("Takes {expected}."), 6, terminal::width())
    )
}

fn mapping() -> String {
    let example: String =
        policy_text::mapping::EXAMPLE.lines().map(|line| format!("    {line}\n")).collect();
    let paragraphs: String = of_mappings()
        .iter()
        .map(|paragraph| format!("\n{}", wrap(paragraph, 2, terminal::width())))
        .collect();
    format!("\n{example}{paragraphs}")
}

/// Documentation of mappings, for `explain` and the reference, one paragraph per item.
pub fn of_mappings() -> Vec<String> {
    let formats = format!(
        "Time formats: `{}`, or a text with the directives `{}`.",
        format::NAMES.join("`, `"),
        format::DIRECTIVES.replace(' ', "` `")
    );
    let (mappings, rows, tests, values) =
        (mapping::MOST_MAPPINGS, mapping::MOST_ROWS, mapping::MOST_TESTS, mapping::MOST_VALUES);
    let bounds = format!(
        "At most {mappings} mappings of {rows} rows (alternatives counted), {tests} conditions each, {values} values per lookup table."
    );
    policy_text::mapping::DOC
        .iter()
        .map(|paragraph| (*paragraph).to_owned())
        .chain([formats, bounds])
        .collect()
}

fn source(source: &Source) -> String {
    let field_of = |cell: Cell| Field::ALL.iter().find(|field| Cell::field(**field) == cell);
    let rows = source.rows.iter().map(|row| {
        vec![
            row.path.to_owned(),
            field_of(row.cell).map_or("read by the source itself", |field| field.path()).to_owned(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let keys = source
        .keys
        .iter()
        .map(|keys| format!("`{}`", keys.join("`, `")))
        .collect::<Vec<_>>()
        .join(", or ");
    let mut text = format!("\n{}", wrap(source.doc, 2, terminal::width()));
    if source.lines.is_some() {
        text.push_str("\n  Reads lines of text, plain or wrapped by a shipper.\n");
    }
    if !source.rows.is_empty() {
        text.push_str(&format!(
            "\n{}\n  Mapping of their fields; the first with a value is used:\n\n{}",
            wrap(&format!("Objects are recognised by the keys {keys}."), 2, terminal::width()),
            table(&rows, 4)
        ));
    }
    let names = [source.id.to_owned()];
    for notes in guidance().of_sources(&names) {
        let width = terminal::width();
        text.push_str(&format!(
            "\n  Blind spots of its rules\n{}\n  Tuning of its rules\n{}",
            wrap(&notes.blind, 4, width),
            wrap(&notes.tuning, 4, width)
        ));
    }
    text
}

fn schema(schema: &Schema) -> String {
    let rows: Vec<Vec<String>> = schema
        .properties
        .iter()
        .map(|field| vec![field.path.to_owned(), filled(&field.from)])
        .collect();
    format!(
        "\n{}\n  Fields, and the origin of their values:\n\n{}",
        wrap(schema.doc, 2, terminal::width()),
        table(&rows, 4)
    )
}

fn filled(from: &From) -> String {
    match from {
        From::Field(field) => field.path().to_owned(),
        From::Map(field, _) | From::MapInstead(_, field, _) => {
            format!("{}, by table", field.path())
        }
        From::List(fields) => {
            fields.iter().map(|field| field.path()).collect::<Vec<_>>().join(", ")
        }
        From::First(fields) => {
            fields.iter().map(|field| field.path()).collect::<Vec<_>>().join(", else ")
        }
        From::Made(_) => "computed from several fields and the findings".to_owned(),
        From::Always(json) => format!("always {json}"),
        From::IfFindings(yes, no) => format!("{yes} if the record has a finding, else {no}"),
        From::Raw => "the original record as text".to_owned(),
    }
}

fn field(field: Field) -> String {
    let form = match field.form() {
        Form::Text => "a string",
        Form::Number => "a whole number",
        Form::Bool => "true or false",
        Form::Any => "any JSON value",
    };
    let places = schema::ALL.iter().flat_map(|schema| {
        let properties = schema.properties.iter().filter(|property| reads(&property.from, field));
        properties.map(|property| vec![format!("in {}", schema.id), property.path.to_owned()])
    });
    let fillers = source::ALL.iter().flat_map(|source| {
        let rows = source.rows.iter().filter(|row| row.cell == Cell::field(field));
        rows.map(|row| vec![format!("from {}", source.id), row.path.to_owned()])
    });
    let rows: Vec<Vec<String>> = places.chain(fillers).collect();
    format!("\n  It holds {form}.\n\n{}", table(&rows, 2))
}

fn reads(from: &From, wanted: Field) -> bool {
    match from {
        From::Field(field) | From::Map(field, _) | From::MapInstead(_, field, _) => {
            *field == wanted
        }
        From::List(fields) | From::First(fields) => fields.contains(&wanted),
        From::Always(_) | From::IfFindings(..) | From::Made(_) | From::Raw => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_all_sections_and_no_word_is_lost() {
        for spec in detector::ALL {
            let parts = parts(spec.doc);
            let headings: Vec<&str> = parts.iter().map(|(heading, _)| *heading).collect();
            let wanted = ["How it decides", "Why it matters", "Blind spots", "Tuning", "Example"];
            assert_eq!(headings, wanted, "{}", spec.id);
            let words =
                parts.iter().map(|(_, text)| text.split_whitespace().count()).sum::<usize>();
            // `Blind spots:`, `Example:` and mostly `It matters because` became headings.
            let headed = if spec.doc.contains("It matters because ") { 6 } else { 3 };
            assert_eq!(words + headed, spec.doc.split_whitespace().count(), "{}", spec.id);
            assert!(parts.iter().all(|(_, text)| text.ends_with('.')), "{}: {parts:#?}", spec.id);
        }
    }

    #[test]
    fn everything_that_is_listed_is_explained() {
        let listed = all();
        for topic in topics() {
            assert!(listed.contains(topic.id()));
            assert!(
                explain(&topic.id().to_uppercase()).unwrap().contains(topic.id()),
                "{}",
                topic.id()
            );
        }
    }

    #[test]
    fn a_detector_with_its_options() {
        let text = explain("brute-force").unwrap();
        for part in [
            "failures = 5",
            "Takes a whole number from 2 to 10000.",
            "https://attack.mitre.org/techniques/T1110/",
            "[detector.brute-force]",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn names_as_they_stand_in_a_policy_and_in_the_list() {
        for (asked, part) in [
            ("[[suppress]]", "  Options, under [[suppress]] of the policy:"),
            ("[output]", "  Options, under [output] of the policy:"),
            ("detector.brute-force", "brute-force, a detector"),
            ("[Detector.Brute-Force]", "failures = 5"),
            (
                "detector.brute-force.failures",
                "  Under [detector.brute-force] of the policy:\n\n  failures = 5\n",
            ),
            ("brute-force.failures", "Takes a whole number from 2 to 10000."),
            ("output.schema", "  Under [output] of the policy:\n\n  schema = \"audit\"\n"),
            ("suppress.until", "[[suppress]]"),
            ("[mapping.fields]", "mapping, a policy section"),
        ] {
            let text = explain(asked).unwrap();
            assert!(text.contains(part), "{asked}: {part} in\n{text}");
        }
        assert!(!explain("output.schema").unwrap().contains("layout"), "one option alone");
        for unknown in [
            "",
            "[]",
            "detector.",
            "output.failures",
            "mapping.words",
            "detector.output",
            "x.schema",
            "actor.name.schema",
        ] {
            assert!(explain(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn the_headings_of_the_list_list_what_is_under_them() {
        let whole = all();
        let headings: Vec<&str> =
            whole.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect();
        assert_eq!(headings.len(), 8, "{headings:?}");
        let lists: Vec<String> = headings.iter().map(|heading| explain(heading).unwrap()).collect();
        let names = |text: &str| {
            text.lines()
                .filter(|line| line.starts_with("  "))
                .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(lists.iter().flat_map(|list| names(list)).collect::<Vec<_>>(), names(&whole));
        assert!(
            headings
                .iter()
                .zip(&lists)
                .all(|(heading, list)| list.starts_with(&format!("{heading}\n")))
        );
        assert_eq!(explain("sections").unwrap(), explain("policy sections").unwrap());
    }

    #[test]
    fn mappings_as_in_the_reference() {
        let text = explain("mapping").unwrap();
        let words =
            |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        for paragraph in of_mappings() {
            assert!(words(&text).contains(&words(&paragraph)), "{paragraph} in\n{text}");
        }
        let example: String = text
            .lines()
            .filter_map(|line| Some(format!("{}\n", line.strip_prefix("    ")?)))
            .collect();
        assert_eq!(example, policy_text::mapping::EXAMPLE);
        assert!(all().contains("\n  mapping "));
    }

    #[test]
    fn a_guess_at_what_is_not_known() {
        assert!(
            explain("brute-forse").unwrap_err().to_string().contains("did you mean `brute-force`?")
        );
        assert!(
            explain("user_agent")
                .unwrap_err()
                .to_string()
                .contains("did you mean `origin.user_agent`?")
        );
        assert!(explain("nothing at all like it").unwrap_err().to_string().contains("lists all"));
    }
}
