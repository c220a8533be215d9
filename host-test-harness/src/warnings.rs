//! Warnings about policies and packs: what is valid and silently does nothing.

use crate::evaluated::Reader;
use crate::mode::{Input, Mode, Setup, native::Native};
use crate::pack::{Example, NOW};
use crate::problems;
use crate::wording::counted;
use anyhow::Result;
use auditward_core::detector::{self, Spec};
use auditward_core::event::Field;
use auditward_core::mapping::{Constant, Mapping, Path, Pick, Row, Take};
use auditward_core::pattern::Patterns;
use auditward_core::policy::{Policy, Route, Settings, Suppression};
use auditward_core::vocabulary::Vocabulary;
use serde::Deserialize;

mod names;
mod never;
pub mod place;

/// Everything in a policy that does nothing, a sentence each.
pub fn of_policy(policy: &Policy, text: &str) -> Result<Vec<String>> {
    let (given, unread) = Examples::of_policy(text);
    let mut warnings = Vec::new();
    for mapping in &policy.mappings {
        let of_it = |given: &&Examples| given.source == mapping.source;
        let examples: Vec<&Example> =
            given.iter().filter(of_it).flat_map(|given| &given.example).collect();
        warnings.extend(of_mapping(mapping, &examples));
    }
    warnings.extend(unread);
    warnings.extend(times(policy, text, &given)?);
    warnings.extend(without_detector(policy));
    warnings.extend(unrestricted(policy));
    warnings.extend(tried_names(policy));
    warnings.extend(made_up(text));
    warnings.extend(routes(policy));
    warnings.extend(names::unknown(policy, text));
    let packs = problems::packs(text);
    let texts = std::iter::once(text).chain(packs.iter().map(|(_, text)| text.as_str()));
    warnings.extend(never::of_rules(texts));
    Ok(warnings)
}

/// Parts of a mapping or pack without effect, by its examples.
pub fn of_mapping(mapping: &Mapping, examples: &[&Example]) -> Vec<String> {
    let name = &mapping.source;
    let rows = || mapping.rows.iter().chain(mapping.whens.iter().flat_map(|when| &when.rows));
    let words = rows().filter_map(|row| {
        let word = word(row).filter(|word| !may_be_key(word, row.field, mapping, examples))?;
        let known = if examples.is_empty() {
            String::new()
        } else {
            ", and none of its examples has that key".to_owned()
        };
        // Whoever writes the word where a key is meant would make a success of every failure.
        let constant = match row.field {
            Field::OutcomeResult => format!("name the key whose value is the outcome; {{ value = \"{word}\" }} would state `{word}` for every record"),
            _ => format!("name the key that holds the value, or write {{ value = \"{word}\" }} if it is the same for every record"),
        };
        Some(format!("{name}: `{}` of `{}` is read as a key of the record{known}: {constant}", row.path.text, row.field.path()))
    });
    let exact = mapping.paths().filter(|path| picks_star(path));
    let exact = exact.map(|path| format!("{name}: `*` in `{}` is a literal `*`: elements of arrays are selected by equal values only", path.text));
    let negated = mapping.negated_successes().into_iter().map(|(pattern, text)| format!("{name}: `{pattern}` of `outcome.result` reads `{text}` as success; add a longer pattern for the negated word, such as `\"*{text}*\" = \"failure\"`"));
    let mut warnings: Vec<String> = words.chain(exact).chain(negated).collect();
    warnings.extend(never::of_mapping(mapping));
    warnings.dedup();
    if !is_evaluated(mapping) {
        warnings.push(format!(
            "{name}: nothing sets action.class, action.category, request.status or outcome.result: only `rules` and `watch` evaluate its records"
        ));
    }
    warnings
}

/// The word that stands where a path does.
fn word(row: &Row) -> Option<&str> {
    let words = Vocabulary::of(row.field)?;
    match row.path.keys.as_slice() {
        [key] if key.pick == Pick::Whole && matches!(row.take, Take::AsItIs | Take::Word(..)) => {
            words.number(key.name.as_bytes()).map(|_| key.name.as_str())
        }
        _ => None,
    }
}

/// Tells whether records may have a key of this name: a condition asks for it, an example has it, or nothing is known of their keys.
fn may_be_key(key: &str, field: Field, mapping: &Mapping, examples: &[&Example]) -> bool {
    // Without examples, `success` and `denied` are as likely keys of a truth value.
    if !mapping.text.is_empty() || (examples.is_empty() && field == Field::OutcomeResult) {
        return true;
    }
    let conditions =
        std::iter::once(&mapping.when).chain(mapping.whens.iter().map(|when| &when.when));
    let mut tests = conditions.flat_map(|when| when.any.iter().flatten().chain(when.unless.iter()));
    tests.any(|test| test.path.keys.first().is_some_and(|first| first.name == key))
        || examples.iter().any(|example| has_key(&example.input, key))
}

/// Tells whether the name stands as a key in the text: before a colon or an equals sign, in quotes of any depth or in none.
fn has_key(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at.saturating_add(key.len())..).unwrap_or_default();
        let behind = behind.trim_start_matches(['"', '\'', '\\']).trim_start();
        !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
            && behind.starts_with([':', '='])
    })
}

fn picks_star(path: &Path) -> bool {
    path.keys.iter().any(|key| matches!(&key.pick, Pick::Where(_, value) if value.contains('*')))
}

/// Tells whether detectors that count can have anything to count: they go by the action's class and category, the outcome and the status.
fn is_evaluated(mapping: &Mapping) -> bool {
    const ASKED: [Field; 4] =
        [Field::ActionClass, Field::ActionCategory, Field::RequestStatus, Field::OutcomeResult];
    let rows = mapping
        .rows
        .iter()
        .chain(mapping.whens.iter().flat_map(|when| &when.rows))
        .map(|row| row.field);
    let constants =
        mapping.constants.iter().chain(mapping.whens.iter().flat_map(|when| &when.constants));
    // `other` is the class that tells nothing.
    let says = |(field, constant): &(Field, Constant)| match constant {
        Constant::Word(number) => {
            *field != Field::ActionClass || Vocabulary::Class.word(*number) != Some("other")
        }
        _ => true,
    };
    rows.chain(constants.filter(|constant| says(constant)).map(|(field, _)| *field))
        .any(|field| ASKED.contains(&field))
}

/// Mappings whose records no enabled detector evaluates: those left go by lists that are empty, by metrics of the policy, or by findings of others.
fn without_detector(policy: &Policy) -> Option<String> {
    let is_on = |(spec, settings): (&Spec, &Settings)| {
        settings.bool("enabled")
            && !spec.attributes.is_narrow
            && !spec.attributes.is_sum
            && (policy.baseline.alerts_per_day > 0 || spec.attributes.is_counting)
    };
    let all = || detector::ALL.iter().copied().zip(&policy.detectors);
    let watches = |(spec, settings): (&Spec, &Settings)| {
        let lists = ["actors", "origins", "targets"];
        spec.id == "watch"
            && settings.bool("enabled")
            && lists.iter().any(|list| !settings.list(list).is_empty())
    };
    if all().any(is_on) || all().any(watches) || !policy.metrics.is_empty() {
        return None;
    }
    let names: Vec<&str> = policy.mappings.iter().map(|of| of.source.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{}: all detectors that could evaluate these records are disabled",
            names.join(", ")
        )
    })
}

/// Classes of data that no detector treats as restricted.
fn unrestricted(policy: &Policy) -> Option<String> {
    let restricted = Patterns::new(&policy.targets.restricted);
    let classes = policy.targets.data_class.iter().map(|(class, _)| class.as_str());
    let loose: Vec<&str> = classes
        .filter(|class| *class != "public" && !restricted.is_match(class.as_bytes()))
        .collect();
    let list = || loose.iter().map(|class| format!("`{class}`")).collect::<Vec<_>>().join(", ");
    (!loose.is_empty()).then(|| format!("[targets] data_class: {} not in `restricted`, so detectors treat this data as not restricted", list()))
}

/// Suppressions by the name that a failed sign-in tries, which names nobody.
fn tried_names(policy: &Policy) -> Vec<String> {
    let is_tried = |(_, held): &(usize, &Suppression)| {
        let spec = held.detector.and_then(|id| detector::find(id.as_bytes()));
        !held.actor.is_empty() && spec.is_some_and(|spec| spec.attributes.is_of_tried_names)
    };
    let warn = |(at, held): (usize, &Suppression)| {
        let detector = held.detector.unwrap_or_default();
        format!(
            "suppress[{}]: `actor` never matches a finding of `{detector}`, because whoever guesses chooses the name; use `origin`, `target` or `fingerprint`",
            at + 1
        )
    };
    policy.suppressions.iter().enumerate().filter(is_tried).map(warn).collect()
}

/// The suppressions of a policy, as it writes them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Suppressed {
    suppress: Vec<Held>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Held {
    target: Names,
    origin: Names,
    verdict: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Names {
        Names::Several(Vec::new())
    }
}

impl Names {
    fn list(&self) -> &[String] {
        match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Several(names) => names,
        }
    }
}

/// Suppressions by what whoever attacks chooses: the URL of a request, or the name of a host.
fn made_up(text: &str) -> Vec<String> {
    let is_url = |target: &&String| target.starts_with('/') || target.contains("://");
    let is_address = |origin: &str| {
        let origin = origin.trim_end_matches('*');
        origin.contains(':') || !origin.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let given: Suppressed = toml::from_str(text).unwrap_or_default();
    let mut warnings = Vec::new();
    for (at, held) in (1..).zip(&given.suppress).filter(|(_, held)| held.verdict != "malicious") {
        for target in held.target.list().iter().filter(is_url) {
            warnings.push(format!(
                "suppress[{at}]: the URL `{target}` in `target` suppresses no finding on a request that was refused or that nobody with a name made, because whoever scans chooses it; use `origin` or `fingerprint`"
            ));
        }
        for origin in held.origin.list().iter().filter(|origin| !is_address(origin)) {
            warnings.push(format!(
                "suppress[{at}]: the name `{origin}` in `origin` suppresses no finding on a sign-in or request, because the client or the owner of its address chooses it; use addresses"
            ));
        }
    }
    warnings
}

/// Routes that no record reaches, or that nothing is written of.
fn routes(policy: &Policy) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(last) = policy.routes.last() else {
        return warnings;
    };
    if !policy.output.routing {
        warnings.push(
            "[[route]]: with output.routing_keys = false no `audit_route` is written".to_owned(),
        );
    }
    match policy.routes.iter().position(Route::is_open) {
        Some(at) if at + 1 < policy.routes.len() => warnings.push(format!(
            "route[{}] matches every record, so later routes match none; move it to the end",
            at + 1
        )),
        Some(_) => {}
        None => warnings.push(format!(
            "[[route]]: a record that matches no route has no `audit_route`; add a last route with only a name, after `{}`",
            last.name
        )),
    }
    warnings
}

/// The part of a policy and of its packs that the engine does not read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Examples {
    source: String,
    example: Vec<Example>,
    mapping: Vec<Examples>,
    pack: Vec<Packed>,
}

#[derive(Deserialize)]
struct Packed {
    #[serde(default)]
    file: String,
    #[serde(default)]
    text: String,
}

impl Examples {
    /// Those of a policy's mappings and packs, and a warning for each text that cannot be read.
    fn of_policy(text: &str) -> (Vec<Examples>, Vec<String>) {
        let mut warnings = Vec::new();
        let mut read = |text: &str, place: &str| {
            toml::from_str(text).unwrap_or_else(|why: toml::de::Error| {
                let why = why.message().trim();
                warnings.push(format!(
                    "{place}: its examples cannot be read, so they are not tried: {why}"
                ));
                Examples::default()
            })
        };
        let given: Examples = read(text, "the policy");
        let place = |pack: &Packed| match pack.file.as_str() {
            "" => "a pack".to_owned(),
            file => file.to_owned(),
        };
        let packs = given.pack.iter().map(|pack| read(&pack.text, &place(pack)));
        let packs: Vec<Examples> = packs.collect();
        (given.mapping.into_iter().chain(packs).collect(), warnings)
    }
}

/// Mappings whose time none of their examples has: its format fits none of them.
fn times(policy: &Policy, text: &str, given: &[Examples]) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    let reads_time = |mapping: &Mapping| {
        !mapping.joins.is_empty() || mapping.rows.iter().any(|row| row.field == Field::Time)
    };
    let reader = Reader::new(policy);
    for Examples { source, example, .. } in given.iter().filter(|given| !given.example.is_empty()) {
        if !policy.mappings.iter().any(|mapping| mapping.source == *source && reads_time(mapping)) {
            continue;
        }
        let (mut recognised, mut timed) = (0u64, 0u64);
        for example in example {
            let mut mode = Native::new(&Setup {
                policy: Some(text.to_owned()),
                now_ms: Some(NOW),
                ..Setup::default()
            })?;
            let output = mode.process(Input {
                tag: &example.tag,
                time_ms: NOW,
                nonce: 0,
                bytes: example.input.trim_end().as_bytes(),
            })?;
            let evaluated = reader.read(&output);
            if evaluated.source.as_ref() == Some(source) {
                recognised += 1;
                timed += u64::from(!evaluated.notes.iter().any(|note| note == "no-time"));
            }
        }
        if recognised > 0 && timed == 0 {
            warnings.push(format!(
                "{source}: `time` is read from none of its {}: does its format fit?",
                counted(recognised, "example")
            ));
        }
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(text: &str) -> Vec<String> {
        of_policy(&Policy::parse(text).unwrap(), text).unwrap()
    }

    const HEAD: &str = "[[mapping]]\nsource = \"acme.app\"\nmatch = { app = \"x*\" }\n";

    #[test]
    fn a_suppression_by_a_name_that_was_only_tried_is_reported() {
        let suppress = |what: &str| {
            warnings(&format!("[[suppress]]\n{what}\nuntil = 2026-12-31\nreason = \"x\"\n"))
        };
        let told = suppress("detector = \"brute-force\"\nactor = \"svc-*\"");
        assert!(told.len() == 1 && told[0].contains("suppress[1]: `actor` never"), "{told:?}");
        for what in ["actor = \"svc-*\"", "detector = \"brute-force\"\norigin = \"10.0.0.0/8\""] {
            assert!(suppress(what).is_empty(), "{what}");
        }
    }

    #[test]
    fn a_suppression_by_what_attackers_choose_is_reported() {
        let suppress = |what: &str| {
            warnings(&format!("[[suppress]]\n{what}\nuntil = 2026-12-31\nreason = \"x\"\n"))
        };
        for (what, told) in [
            ("target = \"/health*\"", "suppress[1]: the URL `/health*` in `target`"),
            ("target = [\"x\", \"https://a.example/*\"]", "suppress[1]: the URL `https://a"),
            ("origin = \"*.example.net\"", "suppress[1]: the name `*.example.net` in `origin`"),
        ] {
            let warnings = suppress(what);
            assert!(warnings.len() == 1 && warnings[0].starts_with(told), "{what}: {warnings:?}");
        }
        for what in [
            "target = \"test-*\"",
            "origin = [\"203.0.113.0/24\", \"10.*\", \"2001:db8::/32\", \"*\"]",
            "origin = \"*.example.net\"\nverdict = \"malicious\"",
        ] {
            assert!(suppress(what).is_empty(), "{what}");
        }
    }

    #[test]
    fn examples_that_cannot_be_read_are_told_and_the_rest_stays() {
        let text = format!(
            "{HEAD}[mapping.fields]\n\"action.class\" = \"login\"\n\"actor.name\" = \"who[kind=u*].name\"\n[[mapping.example]]\ninput = 5\n"
        );
        let told = warnings(&text);
        assert!(told.len() == 3 && told[2].contains("its examples cannot be read"), "{told:#?}");
    }

    #[test]
    fn a_negated_word_that_is_read_as_success_is_reported() {
        let text = |values: &str| {
            format!(
                "{HEAD}[mapping.fields]\n\"outcome.result\" = {{ path = \"status\", values = {{ {values} }} }}\n"
            )
        };
        let told = warnings(&text("\"*success*\" = \"success\""));
        assert!(
            matches!(told.as_slice(), [one] if one.contains("`*success*` of `outcome.result` reads `unsuccess` as success")),
            "{told:#?}"
        );
        let both = "\"*success*\" = \"success\", \"*unsuccess*\" = \"failure\", \"*not success*\" = \"failure\"";
        assert!(warnings(&text(both)).is_empty(), "{:#?}", warnings(&text(both)));
    }

    #[test]
    fn what_does_nothing_is_reported() {
        let text = format!(
            "{HEAD}[mapping.fields]\n\"action.class\" = \"login\"\n\"actor.name\" = \"who[kind=u*].name\"\n"
        );
        let told = warnings(&text);
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(
            told[0].contains("`login` of `action.class` is read as a key of the record: name")
                && told[0].contains("{ value = \"login\" }"),
            "{told:#?}"
        );
        assert!(told[1].contains("`*` in `who[kind=u*].name` is a literal"), "{told:#?}");
        let text = format!(
            "{HEAD}[mapping.fields]\n\"actor.name\" = \"user\"\n\"action.class\" = {{ value = \"other\" }}\n"
        );
        assert!(warnings(&text)[0].contains("only `rules` and `watch`"), "{:?}", warnings(&text));
        let told = warnings(
            "[targets]\ndata_class = { pii = [\"a*\"], trade = [\"b*\"], public = [\"c\"] }\n",
        );
        assert!(
            matches!(told.as_slice(), [one] if one.contains("`trade` not in `restricted`")),
            "{told:#?}"
        );
    }

    /// Whoever follows the advice must not make a success of every failure.
    #[test]
    fn a_key_that_is_called_like_an_outcome_is_no_word() {
        let text = |input: &str| {
            let example = format!("[[mapping.example]]\ntitle = \"a\"\ninput = '{input}'\n");
            let example = if input.is_empty() { String::new() } else { example };
            format!("{HEAD}[mapping.fields]\n\"outcome.result\" = \"success\"\n{example}")
        };
        for input in [
            "",
            r#"{"app":"x1","success":false}"#,
            r#"{"log":"{\"app\":\"x1\", \"success\" : true}"}"#,
        ] {
            assert!(warnings(&text(input)).is_empty(), "{input}: {:?}", warnings(&text(input)));
        }
        let asked = format!(
            "{}[mapping.fields]\n\"action.class\" = \"login\"\n",
            HEAD.replace("app =", "login = \"*\", app =")
        );
        assert!(warnings(&asked).is_empty(), "{:?}", warnings(&asked));
        let told = warnings(&text(r#"{"app":"x1","is_success":true,"note":"success"}"#));
        assert!(
            matches!(told.as_slice(), [one] if one.contains("none of its examples has that key: name the key whose value is the outcome")),
            "{told:?}"
        );
    }

    #[test]
    fn a_mapping_that_no_enabled_detector_evaluates_is_reported() {
        let off = |ids: &[&str]| {
            let off = ids.iter().map(|id| format!("[detector.{id}]\nenabled = false\n"));
            off.collect::<String>()
        };
        let fields = "[mapping.fields]\n\"outcome.result\" = \"ok\"\n\"actor.name\" = \"user\"\n";
        let counting: Vec<&str> = detector::ALL
            .iter()
            .filter(|spec| spec.attributes.is_counting)
            .map(|spec| spec.id)
            .collect();
        let quiet = "[baseline]\nalerts_per_day = 0\n";
        let text = format!("{}{quiet}{HEAD}{fields}", off(&counting));
        let told = warnings(&text);
        assert!(
            matches!(told.as_slice(), [one] if one.starts_with("acme.app: all detectors that could")),
            "{told:?}"
        );
        for text in [
            format!("{}{quiet}{HEAD}{fields}", off(&counting[1..])),
            format!("{}{HEAD}{fields}", off(&counting)),
            format!("{}{quiet}[detector.watch]\nactors = [\"a\"]\n{HEAD}{fields}", off(&counting)),
            format!("{}{quiet}", off(&counting)),
        ] {
            assert!(warnings(&text).is_empty(), "{:?}", warnings(&text));
        }
    }

    #[test]
    fn a_time_that_no_example_has_is_reported() {
        let text = |format: &str| {
            format!(
                "{HEAD}time = {{ path = \"t\", format = \"{format}\" }}\n[mapping.fields]\n\"outcome.result\" = \"r\"\n\
                 [[mapping.example]]\ntitle = \"a\"\ninput = '{{\"app\":\"x1\",\"t\":\"2026-01-05T10:00:00Z\"}}'\n"
            )
        };
        assert!(warnings(&text("rfc3339")).is_empty(), "{:?}", warnings(&text("rfc3339")));
        assert!(
            warnings(&text("unix_ms"))[0].contains("read from none of its 1 example"),
            "{:?}",
            warnings(&text("unix_ms"))
        );
    }

    #[test]
    fn built_in_packs_and_the_template_have_no_warning_of_a_word() {
        for pack in auditward_core::pack::built_in() {
            assert!(
                of_mapping(pack, &[]).iter().all(|warning| !warning.contains("is read as a key")),
                "{:?}",
                of_mapping(pack, &[])
            );
        }
        assert!(warnings(&Policy::template()).is_empty());
    }
}
