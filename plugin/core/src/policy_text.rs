//! The text of a policy, `auditward.toml`: its options, their checks, and the text to start from. Every problem is found in one reading.

pub mod bundle;
pub mod mapping;
mod metric;
mod preset;
mod reading;
mod section;

pub use section::{SECTIONS, Section};

use crate::calendar::Calendar;
use crate::calendar::zone::Zone;
use crate::option::{self, Opt};
use crate::pattern::Patterns;
use crate::policy::preset::{DOC as PRESET_DOC, KEY as PRESET};
use crate::policy::{
    Actors, Baseline, Environment, Input, Issue, KeepRaw, Layout, Log, Networks, Ocsf, Output,
    Policy, Settings, State, Targets, short,
};
use crate::time::{MINUTE, SECOND};
use crate::{detector, rule, schema};
use reading::{Reading, is_section, suppression};
use section::{
    ACTORS, BASELINE, BUDGET, ENRICH, ENVIRONMENT, INPUT, LOG, NETWORKS, OUTPUT, SIGMA, STATE,
    TARGETS,
};
use sha2::{Digest, Sha256};
use toml::de::DeTable;

impl Default for Policy {
    fn default() -> Policy {
        Policy::build(&Reading::default(), "default".into())
    }
}

impl Policy {
    /// Reads a policy; all of its problems at once where it has any.
    pub fn parse(text: &str) -> Result<Policy, Vec<Issue>> {
        let (text, files) = bundle::split(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading { text, ..Reading::default() };
        let knows_section = root.get_ref().keys().any(|key| is_section(key.get_ref()));
        if !reading.syntax(errors, knows_section) {
            reading.root(root.get_ref());
            preset::apply(&mut reading);
        }
        match reading.issues.is_empty() {
            true => {
                let mut policy = Policy::build(&reading, short(&Sha256::digest(text.as_bytes())));
                for (name, bytes) in files {
                    let attached = bytes
                        .ok_or_else(|| "not base64".to_owned())
                        .and_then(|bytes| policy.attach(name, bytes));
                    if let Err(why) = attached {
                        reading.issue(
                            name,
                            0..0,
                            why,
                            "docs/enrichment.md describes these files".into(),
                        );
                        return Err(reading.issues);
                    }
                }
                Ok(policy)
            }
            false => {
                reading.issues.sort_by_key(|issue| issue.span.start);
                Err(reading.issues)
            }
        }
    }

    /// The default policy with a pack's rules beside the built-in ones.
    pub fn with_rules(pack: &str) -> Result<Policy, Vec<Issue>> {
        let (root, errors) = DeTable::parse_recoverable(pack);
        let mut reading = Reading { text: pack, ..Reading::default() };
        reading.syntax(errors, root.get_ref().contains_key("rule"));
        let mut problems = Vec::new();
        reading.rules = rule::read::pack(root.get_ref(), &mut problems);
        reading.problems(problems);
        if reading.issues.is_empty() {
            Ok(Policy::build(&reading, "default".into()))
        } else {
            Err(reading.issues)
        }
    }

    #[inline(never)]
    fn build(reading: &Reading<'_>, digest: String) -> Policy {
        let output = reading.settings(OUTPUT.name, OUTPUT.options);
        let input = reading.settings(INPUT.name, INPUT.options);
        let environment = reading.settings(ENVIRONMENT.name, ENVIRONMENT.options);
        let targets = reading.settings(TARGETS.name, TARGETS.options);
        let budget = reading.settings(BUDGET.name, BUDGET.options);
        let actors = reading.settings(ACTORS.name, ACTORS.options);
        let networks = reading.settings(NETWORKS.name, NETWORKS.options);
        let enrich = reading.settings(ENRICH.name, ENRICH.options);
        let baseline = reading.settings(BASELINE.name, BASELINE.options);
        let state = reading.settings(STATE.name, STATE.options);
        let log = reading.settings(LOG.name, LOG.options);
        let detectors = detector::ALL
            .iter()
            .map(|spec| reading.settings(&format!("detector.{}", spec.id), spec.options))
            .collect();
        Policy {
            input: Input {
                zone: Zone::read(input.text("timezone")).filter(|zone| *zone != Zone::UTC),
                timezone: input.text("timezone").to_owned(),
                sources: (
                    Patterns::new(input.list("sources").iter().filter(|id| !id.starts_with('!'))),
                    Patterns::new(
                        input.list("sources").iter().filter_map(|id| id.strip_prefix('!')),
                    ),
                ),
                trusted_proxies: input.list("trusted_proxies").to_vec(),
                trust: input.list("trust").to_vec(),
                clock_skew: input.number("clock_skew"),
            },
            output: Output {
                schema: schema::IDS
                    .iter()
                    .position(|id| *id == output.text("schema"))
                    .unwrap_or_default(),
                layout: if output.text("layout") == "annotate" {
                    Layout::Annotate
                } else {
                    Layout::Record
                },
                key: output.text("key").to_owned(),
                raw: match output.text("raw") {
                    "drop" => KeepRaw::Drop,
                    "on-finding" => KeepRaw::OnFinding,
                    _ => KeepRaw::Keep,
                },
                max_depth: u32::try_from(output.number("max_depth")).unwrap_or(13),
                max_record: usize::try_from(output.number("max_record")).unwrap_or(1 << 20),
                routing: output.bool("routing_keys"),
                ocsf: Ocsf {
                    is_previous: output.text("ocsf_version") == "1.8.0",
                    as_finding: output.text("ocsf_findings") == "detection-finding",
                },
            },
            environment: Environment {
                tag: environment.text("tag").to_owned(),
                calendar: Calendar::new(
                    environment.text("timezone"),
                    environment.list("business_hours"),
                    environment.list("holidays"),
                ),
                settings: environment,
            },
            targets: Targets {
                data_class: targets.groups("data_class").to_vec(),
                restricted: targets.list("restricted").to_vec(),
            },
            actors: Actors {
                person: actors.groups("person").to_vec(),
                role: actors.groups("role").to_vec(),
                importance: actors.groups("importance").to_vec(),
                service: actors.list("service").to_vec(),
                left: actors.groups("left").to_vec(),
                sessions: actors.list("sessions").to_vec(),
            },
            networks: Networks {
                named: networks.groups("named").to_vec(),
                special: networks.bool("special"),
            },
            file_names: enrich.list("files").to_vec(),
            files: Vec::new(),
            memory: usize::try_from(budget.number("memory")).unwrap_or(4 << 20),
            baseline: Baseline {
                alerts_per_day: u32::try_from(baseline.number("alerts_per_day")).unwrap_or(2),
                half_life: baseline.number("half_life"),
                memory: usize::try_from(baseline.number("memory")).unwrap_or(4 << 20),
            },
            state: State {
                directory: state.text("directory").to_owned(),
                every: state.number("every").max(SECOND).min(MINUTE.saturating_mul(60 * 24)),
            },
            log: match log.text("level") {
                "off" => Log::Off,
                "info" => Log::Info,
                _ => Log::Warn,
            },
            suppressions: reading.suppressions.iter().map(|given| suppression(given)).collect(),
            metrics: reading.metrics.clone(),
            routes: reading.routes.clone(),
            exceptions: reading.exceptions.clone(),
            detectors,
            mappings: reading.mappings.clone(),
            rules: reading.rules.clone(),
            presets: reading.presets.clone(),
            digest,
        }
    }

    /// A policy to start from: every option with its default, commented out.
    pub fn template() -> String {
        let mut text = String::from(
            "# auditward.toml: the policy of the auditward filter. Every line that is commented out states the default.\n\
             # Check it with `auditward check auditward.toml`; the module reloads it when it changes.\n",
        );
        text.push_str(&format!("\n{}#{PRESET} = []\n", commented("# ", PRESET_DOC)));
        text.push_str(&format!("\n{}#{PACKS} = []\n", commented("# ", PACKS_DOC)));
        let mut section = |name: &str, doc: &str, options: &[Opt]| {
            text.push_str(&format!("\n{}[{name}]\n", commented("# ", doc)));
            for option in options {
                let doc = commented("# ", option.doc);
                text.push_str(&format!("{doc}#{} = {}\n", option.key, option.default));
            }
        };
        for known in SECTIONS.iter().filter(|known| !known.is_many) {
            section(known.name, known.doc, known.options);
        }
        for spec in detector::ALL {
            section(&format!("detector.{}", spec.id), spec.summary, spec.options);
        }
        text.push_str(&format!("\n{}", commented("# ", MAPPING_DOC)));
        for line in mapping::EXAMPLE.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        for known in SECTIONS.iter().filter(|known| known.is_many) {
            // Each of its lines is a comment, for there is none by default.
            text.push_str(&format!("\n{}# [[{}]]\n", commented("# ", known.doc), known.name));
            for option in known.options {
                let doc = commented("#   # ", option.doc);
                text.push_str(&format!("{doc}# {} = {}\n", option.key, option.default));
            }
        }
        text
    }
}

const PACKS_DOC: &str = "Packs: files with sources (docs/packs.md) or rules (docs/rule-packs.md) of your own, relative to the directory of this file, e.g. `[\"packs/*.toml\"]`.";
const MAPPING_DOC: &str = "A source of your own: records that match are mapped to audit records by its rows. One `[[mapping]]` per source.";

/// Text as lines of a comment, at most 100 characters each.
fn commented(begin: &str, text: &str) -> String {
    const WIDTH: usize = 100;
    let (mut lines, mut length) = (begin.to_owned(), begin.len());
    for (index, word) in text.split_whitespace().enumerate() {
        let letters = word.chars().count();
        if index > 0 && length.saturating_add(letters) >= WIDTH {
            lines.push('\n');
            lines.push_str(begin);
            length = begin.len();
        } else if index > 0 {
            lines.push(' ');
            length = length.saturating_add(1);
        }
        lines.push_str(word);
        length = length.saturating_add(letters);
    }
    lines.push('\n');
    lines
}

/// The option that names files of packs, and the section that holds their text once they were read.
pub const PACKS: &str = "packs";
const PACK: &str = "pack";

/// The pack beside the policy that the rules of `[[sigma]]` are compiled to.
pub const SIGMA_PACK: &str = "sigma.toml";

/// The names of packs that a policy's text asks for. `[[sigma]]` asks for its pack too.
pub fn pack_names(text: &str) -> Vec<String> {
    let (root, _) = DeTable::parse_recoverable(text);
    // A text that packs were appended to asks for none.
    if root.get_ref().contains_key(PACK) {
        return Vec::new();
    }
    let mut names = root
        .get_ref()
        .get(PACKS)
        .and_then(|value| option::names(value.get_ref(), |_| Ok(())).ok())
        .unwrap_or_default();
    if root.get_ref().contains_key(SIGMA.name) && !names.iter().any(|name| name == SIGMA_PACK) {
        names.push(SIGMA_PACK.to_owned());
    }
    names
}

/// The names of files that a policy's `[enrich]` asks for and its text does not contain.
pub fn file_names(text: &str) -> Vec<String> {
    let (policy, mut files) = bundle::split(text);
    if files.next().is_some() {
        return Vec::new();
    }
    let (root, _) = DeTable::parse_recoverable(policy);
    let section = root.get_ref().get(ENRICH.name).and_then(|section| section.get_ref().as_table());
    let files = section.and_then(|section| section.get("files"));
    files.and_then(|files| option::names(files.get_ref(), |_| Ok(())).ok()).unwrap_or_default()
}

/// Settings of each `[[sigma]]` of a policy's text, with defaults for the rest. Problems are reported when the policy is read.
pub fn sigma(text: &str) -> Vec<Settings> {
    let (root, _) = DeTable::parse_recoverable(text);
    let mut reading = Reading { text, ..Reading::default() };
    let mut count = 0usize;
    if let Some(value) = root.get_ref().get(SIGMA.name) {
        reading.sigma(value);
        count = value.get_ref().as_array().map_or(0, |entries| entries.len());
    }
    (1..=count)
        .map(|number| reading.settings(&format!("{}[{number}]", SIGMA.name), SIGMA.options))
        .collect()
}

/// The policy's text with those of its packs behind it, as the engine reads them.
pub fn with_packs<'p>(text: &str, packs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut whole = text.to_owned();
    for (file, pack) in packs {
        let quoted = |text: &str| {
            let mut token = Vec::new();
            let _ = crate::text::quote(text.as_bytes(), &mut token);
            String::from_utf8_lossy(&token).into_owned()
        };
        whole.push_str(&format!(
            "\n[[{PACK}]]\nfile = {}\ntext = {}\n",
            quoted(file),
            quoted(pack)
        ));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::reading::MOST_SUPPRESSIONS;
    use super::*;

    #[test]
    fn the_template_is_valid_and_says_the_defaults() {
        let template = Policy::template();
        let commented = Policy::parse(&template).expect("template");
        let written =
            template.replace("\n#", "\n").replace("\n ", "\n# ").replacen("# auditward", "#", 1);
        let spelled =
            Policy::parse(&written).unwrap_or_else(|issues| panic!("{issues:#?}\n{written}"));
        // Which options a file gives is no value of theirs.
        let without_given = |text: String| {
            text.split("given: [")
                .map(|part| part.split_once(']').map_or(part, |(_, rest)| rest))
                .collect::<String>()
        };
        let plain = |policy: &Policy| {
            without_given(format!("{:?}", Policy { digest: String::new(), ..policy.clone() }))
        };
        assert_eq!(plain(&commented), plain(&Policy::default()));
        assert_eq!(plain(&spelled), plain(&Policy::default()));
    }

    #[test]
    fn all_problems_at_once_each_with_place_and_remedy() {
        let text = "[output]\nschema = \"audti\"\nlayuot = \"record\"\nmax_depth = 99\n\n[detector.brute-forse]\n[detector.brute-force]\nwindow = 5\nfailures = \"x\"\n[nothing]\n[state]\nevery = \"5 parsecs\"\n";
        let issues = Policy::parse(text).unwrap_err();
        let said: Vec<String> = issues
            .iter()
            .map(|issue| {
                format!(
                    "{}:{} {}: {} ({})",
                    issue.line, issue.column, issue.path, issue.message, issue.remedy
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "2:10 output.schema: `audti` is not one of the choices (one of \"audit\", \"ecs\", \"ocsf\", e.g. `schema = \"audit\"`)",
                "3:1 output.layuot: unknown option `layuot` (did you mean `layout`?)",
                "4:13 output.max_depth: 99 is out of range (a whole number from 7 to 63, e.g. `max_depth = 13`)",
                "6:11 detector.brute-forse: unknown detector `brute-forse` (did you mean `brute-force`?)",
                "8:10 detector.brute-force.window: an integer is not a duration (a duration from \"1s\" to \"7d\" in s, m, h or d, e.g. `window = \"5m\"`)",
                "9:12 detector.brute-force.failures: a string is not a whole number (a whole number from 2 to 10000, e.g. `failures = 5`)",
                "10:2 nothing: unknown section `nothing` (there are: input, output, environment, targets, actors, networks, enrich, budget, baseline, state, log, sigma, suppress, metric, route, exception, detector, mapping, rule, packs, preset)",
                "12:9 state.every: `5 parsecs` is not a duration (a duration from \"1s\" to \"1d\" in s, m, h or d, e.g. `every = \"1m\"`)",
            ]
        );
    }

    #[test]
    fn a_policy_has_a_thousand_suppressions_at_most() {
        let some = |count: usize| {
            (0..count).map(|n| format!("[[suppress]]\nactor = \"job{n}-*\"\nuntil = 2027-01-01\nreason = \"r{n}\"\n")).collect::<String>()
        };
        let policy = Policy::parse(&some(MOST_SUPPRESSIONS)).unwrap();
        let last = policy.suppressions.last().unwrap();
        assert_eq!(
            (policy.suppressions.len(), last.about.as_str(), last.reason.as_str()),
            (1000, "actor job999-*", "r999")
        );
        let issues = Policy::parse(&some(MOST_SUPPRESSIONS + 1)).unwrap_err();
        assert_eq!((issues.len(), issues[0].line, issues[0].path.as_str()), (1, 4001, "suppress"));
    }

    #[test]
    fn suppressions_need_a_subject_an_end_and_a_reason() {
        let text = "[[suppress]]\ndetector = \"brute-forse\"\nreasn = \"x\"\n[[suppress]]\nuntil = \"soon\"\nreason = \"\"\n[[suppress]]\nactor = []\nuntil = 2026-12-31\nreason = \"r\"\n";
        let issues = Policy::parse(text).unwrap_err();
        let said: Vec<String> = issues
            .iter()
            .map(|issue| format!("{} {}: {}", issue.line, issue.path, issue.message))
            .collect();
        assert_eq!(
            said,
            [
                "1 suppress[1].until: `until` is missing",
                "1 suppress[1].reason: `reason` is missing",
                "2 suppress[1].detector: `brute-forse` is not one of the choices",
                "3 suppress[1].reasn: unknown option `reasn`",
                "4 suppress[2]: it would suppress every finding",
                "4 suppress[2].reason: `reason` is empty",
                "5 suppress[2].until: `soon` is neither a date nor a time with its zone",
                "7 suppress[3]: an empty list is about nothing",
            ]
        );
        let issues = Policy::parse("[suppress]\nactor = \"a\"\n").unwrap_err();
        assert!(issues[0].remedy.contains("[[suppress]]"));
        for (text, remedy) in [
            ("[brute-force]\nfailures = 3\n", "write `[detector.brute-force]`"),
            ("[baseline]\npreset = \"quiet\"\n", "`preset` stands at the beginning"),
            (
                "[[suppress]]\nactor = \"a\"\nrule = \"x\"\nuntil = 2027-01-01\nreason = \"r\"\n",
                "`[[exception]]`",
            ),
        ] {
            let issues = Policy::parse(text).unwrap_err();
            assert!(issues[0].remedy.starts_with(remedy), "{}", issues[0].remedy);
        }
        let policy = Policy::parse("[[suppress]]\nactor = [\"a\", \"b*\"]\norigin = \"10.0.0.0/8\"\nuntil = 2026-12-31\nreason = \"r\"\n").unwrap();
        assert_eq!(
            (policy.suppressions[0].about.as_str(), policy.suppressions[0].reason.as_str()),
            ("actor a or b*, origin 10.0.0.0/8", "r")
        );
    }

    /// The example in the text to start from is right once it is uncommented.
    #[test]
    fn the_suppression_of_the_template_is_valid() {
        let template = Policy::template();
        let example: String = template
            .split("# [[suppress]]\n")
            .nth(1)
            .unwrap()
            .lines()
            .take_while(|line| !line.is_empty())
            .map(|line| format!("{}\n", line.trim_start_matches("# ")))
            .collect();
        let policy = Policy::parse(&format!("[[suppress]]\n{example}"))
            .unwrap_or_else(|issues| panic!("{issues:#?}"));
        assert_eq!(policy.suppressions.len(), 1);
    }

    #[test]
    fn a_file_that_is_something_else_is_one_problem() {
        for text in [
            "{\"output\": {\n  \"schema\": \"audit\"\n}}\n",
            "Jan  2 15:04:05 web1 sshd[1]: x\nJan  2 15:04:06 web1 sshd[1]: y\n",
            "output:\n  schema: audit\n",
        ] {
            let issues = Policy::parse(text).unwrap_err();
            assert!(
                matches!(issues.as_slice(), [one] if one.path.is_empty() && one.line == 1),
                "{issues:#?}"
            );
        }
        let issues = Policy::parse("[output]\nschema = \n[log]\nlevle = 1\n").unwrap_err();
        let paths: Vec<&str> = issues.iter().map(|issue| issue.path.as_str()).collect();
        assert!(
            paths.contains(&"") && paths.contains(&"log.levle"),
            "a slip hides no other problem: {paths:?}"
        );
    }

    #[test]
    fn examples_of_options_are_values_and_zones_are_guessed_at() {
        let issues = Policy::parse("[environment]\ntimezone = \"Europe/Berln\"\n[detector.watch]\nactors = 1\n[targets]\ndata_class = 1\n").unwrap_err();
        let remedies: Vec<String> =
            issues.iter().map(|issue| format!("{} {}", issue.message, issue.remedy)).collect();
        for part in
            ["did you mean `Europe/Berlin`?", "actors = [\"svc-*\"]", "data_class = { pii ="]
        {
            assert!(remedies.iter().any(|remedy| remedy.contains(part)), "{part} in {remedies:?}");
        }
        for option in SECTIONS
            .iter()
            .flat_map(|section| section.options)
            .chain(detector::ALL.iter().flat_map(|spec| spec.options))
        {
            let text = format!("x = {}", option.example());
            let root = DeTable::parse(&text).unwrap();
            assert!(
                option.kind.read(root.get_ref().get("x").unwrap().get_ref()).is_ok(),
                "{}: {text}",
                option.key
            );
        }
    }

    #[test]
    fn text_that_is_not_toml_is_an_issue_with_a_place() {
        let issues = Policy::parse("[output]\nschema = \n").unwrap_err();
        assert_eq!((issues[0].line, issues[0].path.as_str()), (2, ""));
    }
}
