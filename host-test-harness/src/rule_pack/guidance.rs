//! Blind spots, tuning and controls that rules have in common: of a source, and of a class of rules. Only people read them, so they are no part of the module.

use auditward_core::pattern::Patterns;
use serde::Deserialize;
use std::sync::LazyLock;

/// The texts that come with the program.
#[derive(Debug, Default)]
pub struct Guidance {
    pub classes: Vec<Class>,
    pub sources: Vec<SourceNotes>,
}

/// A class of rules: what they find is of one kind, on whatever source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub name: String,
    pub title: String,
    pub blind: String,
    pub tuning: String,
    /// Controls of frameworks that its findings are evidence for.
    pub controls: Vec<String>,
    /// Patterns of rules' ids, which go before techniques.
    #[serde(default)]
    rules: Vec<String>,
    /// ATT&CK techniques; one with sub-techniques includes those that no class names.
    #[serde(default)]
    techniques: Vec<String>,
}

/// Notes that hold for all rules on some sources, because of how these record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceNotes {
    pub names: Vec<String>,
    pub blind: String,
    pub tuning: String,
    /// The vendor's page that says so.
    pub docs: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    class: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    source: Vec<SourceNotes>,
}

static GUIDANCE: LazyLock<Guidance> = LazyLock::new(|| read().unwrap_or_default());

/// The texts that come with the program. A test ensures that they can be read.
pub fn guidance() -> &'static Guidance {
    &GUIDANCE
}

fn read() -> Result<Guidance, toml::de::Error> {
    let Classes { class: classes } = toml::from_str(include_str!("classes.toml"))?;
    let Sources { source: sources } = toml::from_str(include_str!("sources.toml"))?;
    Ok(Guidance { classes, sources })
}

impl Guidance {
    /// The class of a rule: by its id, else by its technique.
    pub fn class_of(&self, id: &str, technique: &str) -> Option<&Class> {
        let of_technique = |technique: &str| {
            self.classes.iter().find(|class| class.techniques.iter().any(|own| own == technique))
        };
        self.classes
            .iter()
            .find(|class| Patterns::new(&class.rules).is_match(id.as_bytes()))
            .or_else(|| of_technique(technique))
            .or_else(|| of_technique(technique.split('.').next().unwrap_or_default()))
    }

    /// The class of this name.
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// Notes on the sources, each once.
    pub fn of_sources<'s>(
        &'s self,
        sources: &'s [String],
    ) -> impl Iterator<Item = &'s SourceNotes> + 's {
        self.sources
            .iter()
            .filter(move |notes| sources.iter().any(|source| notes.names.contains(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{self as rule_pack, RuleDoc};
    use super::*;

    /// Names of frameworks that controls begin with.
    const FRAMEWORKS: &[&str] =
        &["SOC 2 ", "PCI DSS ", "ISO 27001 A.", "HIPAA 164.", "NIST 800-53 ", "CIS ", "GDPR art. "];

    fn rules() -> &'static [RuleDoc] {
        rule_pack::all().unwrap()
    }

    #[test]
    fn the_texts_can_be_read() {
        read().unwrap();
    }

    /// A rule for every source has texts of its own in place of a source's.
    #[test]
    fn every_built_in_rule_has_a_class_blind_spots_tuning_and_controls() {
        let lacking: Vec<String> = rules()
            .iter()
            .filter(|rule| {
                rule.class.is_empty()
                    || rule.why.is_empty()
                    || rule.blind_spots().len() < 2
                    || rule.tunings().len() < 2
                    || rule.controls.is_empty()
            })
            .map(|rule| format!("{} ({}; {})", rule.id, rule.technique, rule.sources.join(", ")))
            .collect();
        assert!(
            lacking.is_empty(),
            "add the technique to a class of classes.toml, the source to sources.toml: {lacking:#?}"
        );
    }

    #[test]
    fn every_source_of_a_rule_has_notes_and_no_notes_are_left_over() {
        let sources: std::collections::BTreeSet<String> =
            rules().iter().flat_map(|rule| rule.sources.clone()).collect();
        let noted: Vec<&String> =
            guidance().sources.iter().flat_map(|notes| &notes.names).collect();
        let without: Vec<&String> =
            sources.iter().filter(|source| !noted.contains(source)).collect();
        assert!(without.is_empty(), "sources.toml lacks {without:?}");
        for name in noted.iter().copied() {
            assert!(sources.contains(name), "no rule is about `{name}`");
            let times = noted.iter().filter(|other| **other == name).count();
            assert_eq!(times, 1, "`{name}` is there {times} times");
        }
    }

    #[test]
    fn classes_are_used_and_say_something_of_their_own() {
        let rules = rules();
        let mut texts = Vec::new();
        for class in &guidance().classes {
            assert!(rules.iter().any(|rule| rule.class == class.name), "{}", class.name);
            for pattern in &class.rules {
                let one = Patterns::new([pattern]);
                assert!(
                    rules.iter().any(|rule| one.is_match(rule.id.as_bytes())),
                    "{}: no rule is called `{pattern}`",
                    class.name
                );
            }
            for technique in &class.techniques {
                let holders = guidance()
                    .classes
                    .iter()
                    .filter(|other| other.techniques.contains(technique))
                    .count();
                assert_eq!(holders, 1, "{technique} is in {holders} classes");
            }
            texts.extend([&class.title, &class.blind, &class.tuning]);
        }
        for notes in &guidance().sources {
            assert!(notes.docs.starts_with("https://"), "{:?}", notes.names);
            texts.extend([&notes.blind, &notes.tuning]);
        }
        for text in &texts {
            assert!(!text.is_empty() && !text.contains(['\n', '|']), "{text}");
            assert_eq!(texts.iter().filter(|other| other == &text).count(), 1, "twice: {text}");
        }
    }

    #[test]
    fn controls_name_their_framework() {
        for rule in rules() {
            for control in &rule.controls {
                assert!(
                    FRAMEWORKS.iter().any(|name| control.starts_with(name)),
                    "{}: {control}",
                    rule.id
                );
            }
        }
    }
}
