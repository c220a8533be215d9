//! Presets that a policy names: their settings beside its own.

use super::reading::{Given, Reading};
use crate::option::{self, Value};
use crate::policy::preset::{ALL, IDS, KEY};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the names of presets. Problems are issues of the policy.
#[inline(never)]
pub(super) fn names(reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>) {
    let given = match option::names(value.get_ref(), |_| Ok(())) {
        Ok(given) => given,
        Err(wrong) => {
            let remedy = format!("a name or a list of names, e.g. `{KEY} = \"balanced\"`");
            return reading.issue(KEY, value.span(), wrong, remedy);
        }
    };
    for name in given {
        match ALL.iter().find(|preset| preset.id == name) {
            Some(preset) => reading.presets.push(preset),
            None => reading.unknown(KEY, value.span(), KEY, &name, IDS),
        }
    }
}

/// Adds what the presets set and the policy does not.
#[cold]
pub(super) fn apply(reading: &mut Reading<'_>) {
    // What was added first is found first: the last preset comes first.
    for preset in reading.presets.clone().into_iter().rev() {
        let mut read = Reading { text: preset.text, ..Reading::default() };
        // A test holds that none has a problem.
        if let Ok(root) = DeTable::parse(preset.text) {
            read.root(root.get_ref());
        }
        for given in read.given {
            add(reading, given);
        }
        for rule in read.rules {
            if !reading.rules.iter().any(|held| held.id == rule.id) {
                reading.rules.push(rule);
            }
        }
    }
}

/// Adds a setting unless it is set; of groups, those whose names are not set.
fn add(reading: &mut Reading<'_>, (section, key, value): Given) {
    let is_it = |given: &&mut Given| given.0 == section && given.1 == key;
    let mut held = reading.given.iter_mut().chain(&mut reading.preset);
    match (held.find(is_it), value) {
        (None, value) => reading.preset.push((section, key, value)),
        (Some((_, _, Value::Groups(held))), Value::Groups(more)) => {
            for group in more {
                if !held.iter().any(|(name, _)| *name == group.0) {
                    held.push(group);
                }
            }
        }
        (Some(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::policy_text::reading::is_section;

    fn policy(text: &str) -> Policy {
        Policy::parse(text).unwrap_or_else(|issues| panic!("{issues:#?}"))
    }

    fn detector<'p>(policy: &'p Policy, id: &str) -> &'p crate::policy::Settings {
        let at = crate::detector::IDS.iter().position(|held| *held == id).unwrap();
        &policy.detectors[at]
    }

    #[test]
    fn every_preset_is_a_policy_without_problems() {
        for preset in ALL {
            let read = Policy::parse(preset.text);
            assert!(read.is_ok(), "{}: {read:?}", preset.id);
            assert!(!preset.text.contains("preset =") && !is_section(preset.id), "{}", preset.id);
            assert!(preset.summary().ends_with('.') && preset.settings().starts_with('['));
            assert_eq!(policy(&format!("preset = \"{}\"", preset.id)).presets[0].id, preset.id);
        }
    }

    #[test]
    fn the_policy_wins_over_presets_and_a_later_preset_over_an_earlier_one() {
        let quiet = policy("preset = \"quiet\"\n[detector.brute-force]\nfailures = 7\n");
        let brute_force = detector(&quiet, "brute-force");
        assert_eq!(
            (brute_force.number("failures"), brute_force.number("cooldown")),
            (7, 7_200_000)
        );
        assert_eq!(quiet.baseline.alerts_per_day, 1);
        let both = policy("preset = [\"quiet\", \"strict\"]");
        assert_eq!(both.baseline.alerts_per_day, 10);
        assert_eq!(detector(&both, "brute-force").number("cooldown"), 7_200_000);
        assert_eq!(policy("preset = [\"strict\", \"quiet\"]").baseline.alerts_per_day, 1);
    }

    /// `volume` learns where the policy does not set `records`.
    #[test]
    fn what_a_preset_sets_is_not_given_by_the_policy() {
        let read = policy("preset = \"strict\"");
        let volume = detector(&read, "volume");
        assert!(volume.number("records") == 25 && !volume.is_given("records"));
    }

    #[test]
    fn classes_of_data_and_rules_are_merged() {
        let read = policy(
            "preset = [\"fraud\", \"health-records\"]\n[targets.data_class]\npii = [\"person*\"]\n[[rule]]\nid = \"fraud.data-changes\"\ntitle = \"ours\"\nwhen = { \"action.class\" = \"update\" }\n",
        );
        let classes: Vec<&str> =
            read.targets.data_class.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(classes, ["pii", "phi", "pci"]);
        assert_eq!(read.targets.data_class[0].1, ["person*"]);
        assert_eq!(read.rules.iter().map(|rule| rule.title.as_str()).collect::<Vec<_>>(), ["ours"]);
    }

    #[test]
    fn unknown_presets_are_issues_with_a_suggestion() {
        let issues = Policy::parse("preset = [\"quite\"]\n").unwrap_err();
        assert_eq!(issues[0].remedy, "did you mean `quiet`?");
        assert!(Policy::parse("preset = 3\n").unwrap_err()[0].remedy.contains("balanced"));
    }
}
