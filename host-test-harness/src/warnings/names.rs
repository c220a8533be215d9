//! Names that a policy refers to and that do not exist: values, sources, rules and detectors. A condition on one never matches.

use crate::wording::alike;
use auditward_core::detector::{self, rules};
use auditward_core::event::Field;
use auditward_core::pattern::Patterns;
use auditward_core::policy::Policy;
use auditward_core::rule::condition::{Condition, Wanted};
use auditward_core::rule::{Rule, Trigger};
use auditward_core::similar::nearest;
use auditward_core::vocabulary::Vocabulary;
use auditward_core::{pack, source};
use serde::Deserialize;

/// A warning for each name that does not exist.
pub(super) fn unknown(policy: &Policy, text: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let sources = sources(policy);
    for rule in &policy.rules {
        let place = format!("rule `{}`", rule.id);
        conditions(rule).for_each(|one| of_condition(one, &place, &sources, &mut warnings));
        if !rule.technique.is_empty() && !is_technique(&rule.technique) {
            warnings.push(format!(
                "{place}: `{}` is not an ATT&CK technique; write its id, such as `T1098.003`",
                rule.technique
            ));
        }
    }
    for route in &policy.routes {
        let place = format!("route `{}`", route.name);
        route.when.iter().for_each(|one| of_condition(one, &place, &sources, &mut warnings));
    }
    let rules: Vec<&str> = rule_ids(policy).collect();
    let detectors: Vec<&str> = detector::ALL.iter().map(|spec| spec.id).collect();
    if let Some(at) = detectors.iter().position(|id| *id == rules::ID)
        && let Some(settings) = policy.detectors.get(at)
    {
        let lists = ["disable", "enable"].map(|key| (key, settings.list(key).iter().collect()));
        let groups = settings.groups("severities").iter();
        let groups = groups.map(|(_, ids)| ("severities", ids.iter().collect::<Vec<_>>()));
        for (key, ids) in lists.into_iter().chain(groups) {
            for id in ids {
                let place = format!("detector.rules.{key}");
                warnings.extend(of_pattern(id, &place, "rule", &rules));
            }
        }
    }
    for exception in &policy.exceptions {
        let place = format!("exception for {}", exception.rules.join(", "));
        exception.when.iter().for_each(|one| of_condition(one, &place, &sources, &mut warnings));
        for id in &exception.rules {
            warnings.extend(of_pattern(id, &place, "rule", &rules));
        }
    }
    for id in sources_of_input(text) {
        let known = pack::built_in().iter().map(|pack| pack.source.as_str());
        let known: Vec<&str> = source::ALL.iter().map(|source| source.id).chain(known).collect();
        let name = id.strip_prefix('!').unwrap_or(&id);
        if !known.iter().any(|known| Patterns::plain([name]).is_match(known.as_bytes())) {
            let advice = alike(name, known, "`auditward source list` lists them");
            warnings.push(format!("input.sources: no built-in source is called `{name}`{advice}"));
        }
    }
    let both: Vec<&str> = rules.into_iter().chain(detectors).collect();
    for (name, ids) in findings_of_routes(text) {
        let place = format!("route `{name}`, findings");
        warnings
            .extend(ids.iter().filter_map(|id| of_pattern(id, &place, "detector or rule", &both)));
    }
    warnings.dedup();
    warnings
}

/// `T1098` or `T1098.003`.
fn is_technique(id: &str) -> bool {
    let is_number = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let number = id.strip_prefix('T').unwrap_or_default();
    match number.split_once('.') {
        Some((number, sub)) => is_number(number, 4) && is_number(sub, 3),
        None => is_number(number, 4),
    }
}

/// Ids of the sources that records can have.
fn sources(policy: &Policy) -> Vec<&str> {
    let built_in = source::ALL.iter().map(|source| source.id);
    let packs = pack::built_in().iter().map(|pack| pack.source.as_str());
    let own = policy.mappings.iter().map(|mapping| mapping.source.as_str());
    built_in.chain(packs).chain(own).collect()
}

fn rule_ids(policy: &Policy) -> impl Iterator<Item = &str> {
    pack::rules().iter().chain(&policy.rules).map(|rule| rule.id.as_str())
}

fn conditions(rule: &Rule) -> impl Iterator<Item = &Condition> {
    let of_trigger = match &rule.trigger {
        Trigger::Event | Trigger::Threshold { .. } => &[][..],
        Trigger::Sequence { steps, .. } => steps,
        Trigger::Without { before, .. } => std::slice::from_ref(&**before),
    };
    std::iter::once(&rule.when).chain(&rule.unless).chain(of_trigger)
}

/// Goes through a condition without recursion.
fn of_condition(condition: &Condition, place: &str, sources: &[&str], warnings: &mut Vec<String>) {
    let mut open = vec![condition];
    while let Some(one) = open.pop() {
        match one {
            Condition::All(all) | Condition::Any(all) => open.extend(all),
            Condition::Not(one) => open.push(one),
            Condition::Field(field, Wanted::Text(patterns)) => {
                let words = Vocabulary::of(*field).map(Vocabulary::list);
                let known: &[&str] = match (&words, field) {
                    (Some(words), _) => words,
                    (None, Field::Source) => sources,
                    (None, _) => continue,
                };
                for value in patterns.exact().filter_map(|value| std::str::from_utf8(value).ok()) {
                    if !known.iter().any(|one| one.eq_ignore_ascii_case(value)) {
                        warnings.push(of_value(value, *field, place, known));
                    }
                }
            }
            Condition::Field(..)
            | Condition::Raw(..)
            | Condition::Same(..)
            | Condition::Foreign(..) => {}
        }
    }
}

fn of_value(value: &str, field: Field, place: &str, known: &[&str]) -> String {
    let near = nearest(value, known.iter().copied());
    let hint = match (near, field) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Field::Source) => "`auditward source list` lists the built-in sources".to_owned(),
        (None, _) => format!("values are: {}", known.join(", ")),
    };
    format!("{place}: no record has the value `{value}` in `{}`; {hint}", field.path())
}

/// A pattern that matches none of the names.
fn of_pattern(pattern: &str, place: &str, kind: &str, names: &[&str]) -> Option<String> {
    let patterns = Patterns::plain([pattern]);
    if names.iter().any(|name| patterns.is_match(name.as_bytes())) {
        return None;
    }
    let hint = nearest(pattern, names.iter().copied()).map_or_else(
        || "`auditward rules list` lists the built-in rules".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some(format!("{place}: no {kind} is called `{pattern}`; {hint}"))
}

/// The part of a policy that names findings.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Routes {
    route: Vec<Named>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    findings: Ids,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    One(String),
    Many(Vec<String>),
}

impl Default for Ids {
    fn default() -> Ids {
        Ids::Many(Vec::new())
    }
}

/// The part of a policy that names the sources to recognise.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Recognised {
    input: Input,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Input {
    sources: Ids,
}

/// Ids of built-in sources as `[input] sources` has them, with `!` where one is excluded.
fn sources_of_input(text: &str) -> Vec<String> {
    let given: Recognised = toml::from_str(text).unwrap_or_default();
    given.input.sources.into_list()
}

impl Ids {
    fn into_list(self) -> Vec<String> {
        match self {
            Ids::One(id) => vec![id],
            Ids::Many(ids) => ids,
        }
    }
}

/// For each route, the names of findings as the policy has them.
fn findings_of_routes(text: &str) -> Vec<(String, Vec<String>)> {
    let given: Routes = toml::from_str(text).unwrap_or_default();
    given.route.into_iter().map(|route| (route.name, route.findings.into_list())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_do_not_exist_are_named() {
        let given = |names: &str| warnings(&format!("[input]\nsources = {names}\n"));
        assert_eq!(given(r#"["*", "!okta.*", "aws.cloudtrail"]"#), Vec::<String>::new());
        assert_eq!(
            given(r#"["aws.*", "nginx", "!okta.sytem"]"#),
            [
                "input.sources: no built-in source is called `nginx`; `auditward source list` lists them",
                "input.sources: no built-in source is called `okta.sytem`: did you mean `okta.system`? `auditward source list` lists them"
            ]
        );
    }

    fn warnings(text: &str) -> Vec<String> {
        unknown(&Policy::parse(text).unwrap_or_else(|issues| panic!("{issues:#?}")), text)
    }

    const RULE: &str = "[[rule]]\nid = \"acme.test\"\ntitle = \"Test\"\n";

    #[test]
    fn a_value_that_no_record_has_is_reported() {
        let found = warnings(&format!(
            "{RULE}when = {{ source = \"aws.cloudtrial\", \"action.class\" = [\"delet\", \"re*\"], \"actor.type\" = \"person\" }}\n\
             unless = {{ \"outcome.result\" = {{ not = \"failed\" }} }}\n\
             [[route]]\nname = \"a\"\nwhen = {{ \"outcome.result\" = \"denid\" }}\n"
        ));
        for part in [
            "rule `acme.test`: no record has the value `aws.cloudtrial` in `source`; did you mean `aws.cloudtrail`?",
            "`delet` in `action.class`; did you mean `delete`?",
            "`person` in `actor.type`; values are: user, service, system, anonymous",
            "`failed` in `outcome.result`; ",
            "route `a`: no record has the value `denid` in `outcome.result`; did you mean `denied`?",
        ] {
            assert!(found.iter().any(|one| one.contains(part)), "{part}\nin {found:#?}");
        }
        assert_eq!(found.len(), 5, "{found:#?}");
        let guessed =
            format!("{RULE}when = {{ \"action.name\" = \"a\" }}\ntechnique = \"brute force\"\n");
        assert_eq!(warnings(&guessed).len(), 1);
        let valid = format!(
            "{RULE}when = {{ source = [\"okta.system\", \"x*\"], \"outcome.result\" = \"FAILURE\", \"action.name\" = \"nothing\" }}\ntechnique = \"T1098.003\"\n"
        );
        assert!(warnings(&valid).is_empty(), "{:#?}", warnings(&valid));
    }

    #[test]
    fn a_rule_or_detector_that_does_not_exist_is_reported() {
        let found = warnings(
            "[detector.rules]\ndisable = [\"aws.nosuch-*\", \"aws.*\"]\nseverities = { low = [\"nope.nope\"] }\n\
             [[route]]\nname = \"a\"\nfindings = [\"aws.nope\", \"brute-forse\", \"brute-force\"]\n[[route]]\nname = \"b\"\nfindings = \"aws.*\"\n",
        );
        for part in [
            "detector.rules.disable: no rule is called `aws.nosuch-*`",
            "detector.rules.severities: no rule is called `nope.nope`; `auditward rules list`",
            "route `a`, findings: no detector or rule is called `aws.nope`",
            "`brute-forse`; did you mean `brute-force`?",
        ] {
            assert!(found.iter().any(|one| one.contains(part)), "{part}\nin {found:#?}");
        }
        assert_eq!(found.len(), 4, "{found:#?}");
    }
}
