//! The policy, `auditward.toml`: its options, their checks, and the text to start from. Every problem is found in one reading.

pub mod bundle;
pub mod mapping;
pub mod option;
pub mod preset;

use crate::calendar::Calendar;
use crate::calendar::zone::Zone;
use crate::detect::Severity;
use crate::detect::suppress::{Suppression, Verdict};
use crate::detector;
use crate::enrich::files::File;
use crate::pattern::{Origins, Patterns};
use crate::route::{self, Route};
use crate::rule::condition::Condition;
use crate::rule::read::{Pack, Problem};
use crate::rule::{self, Rule};
use crate::schema;
use crate::time::{DAY, MINUTE, Millis, SECOND};
use option::{Kind, Opt, Value};
use preset::Preset;
use sha2::{Digest, Sha256};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A table of the policy and its options.
pub struct Section {
    pub name: &'static str,
    pub doc: &'static str,
    pub options: &'static [Opt],
    /// Given any number of times, `[[name]]`.
    pub is_many: bool,
}

const OUTPUT: Section = Section {
    name: "output",
    doc: "Output of the filter: schema, layout and limits.",
    options: &[
        Opt::new("schema", Kind::Choice(schema::IDS), "\"audit\"", "Schema of the output."),
        Opt::new(
            "layout",
            Kind::Choice(&["record", "annotate"]),
            "\"record\"",
            "`record`: the output is the audit record, with the original record under `raw`. `annotate`: the output is the original record unchanged, with the audit record under `key`.",
        ),
        Opt::new(
            "key",
            Kind::Name,
            "\"audit\"",
            "Key of the audit record with `layout = \"annotate\"`.",
        ),
        Opt::new(
            "raw",
            Kind::Choice(&["keep", "on-finding", "drop"]),
            "\"keep\"",
            "Output of the original record: always, only with a finding, or never. A record that could not be read is always kept.",
        ),
        Opt::new(
            "max_depth",
            Kind::Whole(7, 63),
            "13",
            "Maximum nesting depth of the output. Deeper records are written as text. Fluent Bit before 5.1 crashes on a depth of about 15 or more; Fluent Bit 5.1 loses records deeper than 63.",
        ),
        Opt::new(
            "max_record",
            Kind::Size(1024, 64 << 20),
            "\"1 MiB\"",
            "Maximum size of a record. Longer records are passed through as text, without evaluation.",
        ),
        Opt::new(
            "routing_keys",
            Kind::Bool,
            "true",
            "Write `audit_severity` and `audit_message` at the root of a record with findings, so that shippers can route by them. Set `false` if the destination rejects \
             attributes that OCSF does not define.",
        ),
        Opt::new(
            "ocsf_version",
            Kind::Choice(&["1.9.0", "1.8.0"]),
            "\"1.9.0\"",
            "OCSF version written to `metadata.version` with `schema = \"ocsf\"`.",
        ),
        Opt::new(
            "ocsf_findings",
            Kind::Choice(&["event", "detection-finding"]),
            "\"event\"",
            "`event`: a record with findings keeps its OCSF class, with `is_alert` and the findings in `unmapped.anomaly`. `detection-finding`: it becomes a \
             Detection Finding (2004) with the event as evidence.",
        ),
    ],
    is_many: false,
};

const INPUT: Section = Section {
    name: "input",
    doc: "Input: sources, time zone, and what is trusted.",
    options: &[
        Opt::new(
            "timezone",
            Kind::Zone,
            "\"UTC\"",
            "Time zone for timestamps without one, such as RFC 3164 syslog (`Jan 31 23:59:59`), which is written in the host's local time.",
        ),
        Opt::new(
            "sources",
            Kind::Patterns,
            "[\"*\"]",
            "Built-in sources that are recognised: ids, with `*` for any text. A leading `!` excludes: `[\"*\", \"!okta.*\"]`.",
        ),
        Opt::new(
            "trust",
            Kind::Patterns,
            "[]",
            "Tags whose records are trusted, with `*` for any text: a line of text in such a record is read as a log line of the program or cloud whose format it has. With other tags, the shipper's own fields must confirm where the text comes from.",
        ),
        Opt::new(
            "trusted_proxies",
            Kind::Networks,
            "[]",
            "Proxies whose `X-Forwarded-For` and `Forwarded` headers are trusted: addresses and ranges. Private, loopback, link-local and carrier-grade NAT addresses are always trusted.",
        ),
        Opt::new(
            "clock_skew",
            Kind::Duration(0, DAY),
            "\"5m\"",
            "Maximum clock skew: how far the time of an event may be in the future. Beyond it, the record is flagged `time-ahead` and evaluated with the current time.",
        ),
    ],
    is_many: false,
};

const ENVIRONMENT: Section = Section {
    name: "environment",
    doc: "Environment: its name, time zone, business hours and holidays.",
    options: &[
        Opt::new(
            "tag",
            Kind::Text,
            "\"\"",
            "Value of `env.tag` if the source does not set it: production, staging ...",
        ),
        Opt::new(
            "timezone",
            Kind::Zone,
            "\"UTC\"",
            "Time zone of business hours, holidays and learned hours.",
        ),
        Opt::new(
            "business_hours",
            Kind::Hours,
            "[]",
            "Business hours. Hours whose end is before their start last into the next day. If empty, `off-hours` uses the learned hours of each actor.",
        ),
        Opt::new("holidays", Kind::Holidays, "[]", "Days without business hours."),
    ],
    is_many: false,
};

const TARGETS: Section = Section {
    name: "targets",
    doc: "Data classification of targets.",
    options: &[
        Opt::new(
            "data_class",
            Kind::Groups,
            "{}",
            "Classes of data, each with the targets that hold it: ids, names, types or paths, with `*` for any text. The first class that matches is written to `target.data_class` if the source does not set it.",
        ),
        Opt::new(
            "restricted",
            Kind::Patterns,
            "[\"phi\", \"pii\", \"pci\", \"credential\", \"source-code\", \"audit-log\"]",
            "Classes of restricted data.",
        ),
    ],
    is_many: false,
};

const ACTORS: Section = Section {
    name: "actors",
    doc: "Knowledge of actors, by their mail addresses, ids, names and sessions, with `*` for any text. Fields that the source fills are kept, except the type of \
          service accounts ([enrichment](enrichment.md)).",
    options: &[
        Opt::new(
            "person",
            Kind::Lists,
            "{}",
            "Persons, each with the names of their accounts across systems: fills `actor.person`, by which baselines and detectors then count.",
        ),
        Opt::new(
            "role",
            Kind::Groups,
            "{}",
            "Roles, each with the actors that have it: fills `actor.role`.",
        ),
        Opt::new(
            "importance",
            Kind::Groups,
            "{}",
            "Levels of importance, each with its actors: fills `actor.importance`. Findings about `high` and `critical` actors are one severity higher.",
        ),
        Opt::new(
            "service",
            Kind::Patterns,
            "[]",
            "Service accounts: sets `actor.type` to `service`.",
        ),
        Opt::new(
            "left",
            Kind::Leavers,
            "{}",
            "Last days (UTC), each with the actors who left on it: sets `actor.status` to `left` from the next day on, which the detector `watch` reports.",
        ),
        Opt::new(
            "sessions",
            Kind::Patterns,
            "[]",
            "Cloud roles whose session names single sign-on sets to account names. The session names of other roles are not looked up, because whoever assumes a \
             role chooses them; those of `AWSReservedSSO_*` always are.",
        ),
    ],
    is_many: false,
};

const NETWORKS: Section = Section {
    name: "networks",
    doc: "Names of networks: the smallest range that contains the origin's address fills `origin.network` if the source left it empty \
          ([enrichment](enrichment.md)).",
    options: &[
        Opt::new(
            "named",
            Kind::Ranges,
            "{}",
            "Networks by name, such as `office`, `vpn`, `relay`, `satellite`, `hosting`. `travel` ignores origins in a named network other than `hosting`; `takeover` \
             trusts those in a named network other than `hosting`, `tor` and the like.",
        ),
        Opt::new(
            "special",
            Kind::Bool,
            "false",
            "Name `private`, `loopback`, `link-local` and `cgnat` addresses too.",
        ),
    ],
    is_many: false,
};

const ENRICH: Section = Section {
    name: "enrich",
    doc: "Files beside the policy that enrich records ([enrichment](enrichment.md)).",
    options: &[Opt::new(
        "files",
        Kind::Files,
        "[]",
        "MaxMind DB files (`.mmdb`), tables of `auditward geo`, and lookups in CSV or JSON (`.csv`, `.json`, `.ndjson`), in order of precedence; at most 16. They are \
         held in memory in addition to `budget.memory`; `auditward check` prints how much.",
    )],
    is_many: false,
};

/// Compiled by the host; the module reads what came of them.
const SIGMA: Section = Section {
    name: "sigma",
    doc: "Sigma rules. `auditward check`, `replay`, `serve` and `pipe` compile them when they read the policy; `auditward module` and `auditward sigma compile` write them to \
          `sigma.toml` beside the policy, where the module reads them.",
    options: &[
        Opt::new(
            "path",
            Kind::Text,
            "\"sigma/**/*.yml\"",
            "Required. Rule files, relative to the directory of the policy, with `*` for any name and `**` for any directories.",
        ),
        Opt::new(
            "levels",
            Kind::Many(&["informational", "low", "medium", "high", "critical"]),
            "[\"low\", \"medium\", \"high\", \"critical\"]",
            "Use rules of these levels.",
        ),
        Opt::new(
            "status",
            Kind::Many(&["stable", "test", "experimental", "deprecated", "unsupported"]),
            "[\"stable\", \"test\", \"experimental\"]",
            "Use rules of this status, and rules without a status.",
        ),
        Opt::new(
            "only",
            Kind::Patterns,
            "[]",
            "Use only these rules: ids or titles, with `*` for any text. Empty: all.",
        ),
        Opt::new(
            "except",
            Kind::Patterns,
            "[]",
            "Do not use these rules: ids or titles, with `*` for any text.",
        ),
        Opt::new(
            "source",
            Kind::Patterns,
            "[]",
            "Sources that the rules apply to, in place of those that follow from their `logsource`.",
        ),
    ],
    is_many: true,
};

const SUPPRESS: Section = Section {
    name: "suppress",
    doc: "A known and accepted finding, suppressed until a date: the finding is not written, the record gets the flag `suppressed`, and `status` \
          counts it. At least one of `detector`, `actor`, `target`, `origin` and `fingerprint` is required; if several are set, all must match. At \
          most 1000 entries.",
    options: &[
        Opt::new(
            "detector",
            Kind::Choice(detector::IDS),
            "\"brute-force\"",
            "Detector of the finding.",
        ),
        Opt::new(
            "actor",
            Kind::Patterns,
            "\"svc-*\"",
            "Actor: ids, names, mail addresses or roles.",
        ),
        Opt::new("target", Kind::Patterns, "\"test-*\"", "Target: ids or names."),
        Opt::new(
            "origin",
            Kind::Origins,
            "\"203.0.113.0/24\"",
            "Origin: addresses, ranges or hosts.",
        ),
        Opt::new(
            "fingerprint",
            Kind::Fingerprint,
            "\"0123456789abcdef\"",
            "Fingerprint of the finding.",
        ),
        Opt::new(
            "verdict",
            Kind::Choice(Verdict::NAMES),
            "\"accepted\"",
            "Result of the investigation. `accepted`: suppress only. `benign`: suppress, and learn the values that the baselines found surprising at once, not only after a repetition a day later. \
             `malicious`: do not suppress but raise the severity by one level; with `fingerprint`, its values are never learned. \
             A record that a verdict changed is flagged `verdict-applied`.",
        ),
        Opt::new(
            "until",
            Kind::Until,
            "2026-12-31",
            "Required. Event time at which the suppression expires.",
        ),
        Opt::new(
            "reason",
            Kind::Text,
            "\"load test, ticket 4711\"",
            "Required. Reason for the suppression, for those who read it later.",
        ),
    ],
    is_many: true,
};

const ROUTE: Section = Section {
    name: "route",
    doc: "Routing of records by their values: the `name` of the first route that matches is written as `audit_route` at the root of the record, in any \
          schema and layout. Shippers route by this key; no record is dropped. All conditions of a route must match; a route that has only a name \
          matches every record. Requires `output.routing_keys`. At most 64 entries.",
    options: &[
        Opt::new(
            "name",
            Kind::Name,
            "\"archive\"",
            "Required. Value of `audit_route`. Several routes may have the same name.",
        ),
        Opt::new(
            "when",
            Kind::Conditions,
            "{ \"action.class\" = [\"read\", \"list\"], \"outcome.result\" = \"success\" }",
            "Condition on fields and `raw.` paths, as in rules, or a list of conditions, one of which must match.",
        ),
        Opt::new(
            "has_findings",
            Kind::Bool,
            "false",
            "Match only records with findings (`true`) or without findings (`false`).",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of the record's most severe finding.",
        ),
        Opt::new(
            "findings",
            Kind::Patterns,
            "[\"brute-force\", \"aws.*\"]",
            "Detectors or rules: ids, with `*` for any text. The record has a finding of at least one of them.",
        ),
    ],
    is_many: true,
};

const BUDGET: Section = Section {
    name: "budget",
    doc: "Resource limits.",
    options: &[Opt::new(
        "memory",
        Kind::Size(256 << 10, 1 << 30),
        "\"4 MiB\"",
        "Maximum memory for detector state, baselines excluded.",
    )],
    is_many: false,
};

const BASELINE: Section = Section {
    name: "baseline",
    doc: "Baselines learned per actor, and how many unusual events are reported. They serve `new-value`, `dormant`, `takeover`, `travel`, `scope`, \
          `sequence`, `silence` and `risk`, and also `off-hours`, `volume` and `mass-change` where no threshold is configured. An actor is evaluated \
          once it was active on at least five days within at least a week. A surprising value is learned when it is repeated after a day.",
    options: &[
        Opt::new(
            "alerts_per_day",
            Kind::Whole(0, 1000),
            "2",
            "Acceptable number of baseline findings per day. The detectors that use baselines share it: with a lower number, or with more traffic, an event must be rarer to be a finding. 0 turns learning and these findings off.",
        ),
        Opt::new(
            "half_life",
            Kind::Duration(DAY, 365 * DAY),
            "\"30d\"",
            "Time after which learned values have half their weight, in whole days.",
        ),
        Opt::new(
            "memory",
            Kind::Size(64 << 10, 1 << 30),
            "\"4 MiB\"",
            "Maximum memory for baselines, in addition to `budget.memory`. One actor takes less than 512 bytes.",
        ),
    ],
    is_many: false,
};

const STATE: Section = Section {
    name: "state",
    doc: "State that survives a restart.",
    options: &[
        Opt::new(
            "directory",
            Kind::Text,
            "\"state\"",
            "Directory for snapshots and `status.json`: relative to the directory of this file, or an absolute path within another accessible path.",
        ),
        Opt::new(
            "every",
            Kind::Duration(SECOND, DAY),
            "\"1m\"",
            "Interval between snapshots while records arrive. If the process ends abnormally, what was learned since the last snapshot is lost.",
        ),
    ],
    is_many: false,
};

const LOG: Section = Section {
    name: "log",
    doc: "Log of the module, on standard error. In Fluent Bit this is Fluent Bit's own standard error.",
    options: &[Opt::new(
        "level",
        Kind::Choice(&["off", "warn", "info"]),
        "\"warn\"",
        "`warn`: problems with policy and state. `info`: also what was loaded and written. `off`: nothing. Single records are never logged.",
    )],
    is_many: false,
};

/// Every section but the detectors', in the order of the file.
pub const SECTIONS: &[&Section] = &[
    &INPUT,
    &OUTPUT,
    &ENVIRONMENT,
    &TARGETS,
    &ACTORS,
    &NETWORKS,
    &ENRICH,
    &BUDGET,
    &BASELINE,
    &STATE,
    &LOG,
    &SIGMA,
    &SUPPRESS,
    &ROUTE,
];

/// A policy that was checked.
#[derive(Clone, Debug)]
pub struct Policy {
    pub input: Input,
    pub output: Output,
    pub environment: Environment,
    pub targets: Targets,
    pub actors: Actors,
    pub networks: Networks,
    /// Files that `[enrich]` names, in that order.
    pub file_names: Vec<String>,
    /// Those of them that are attached.
    pub files: Vec<File>,
    pub memory: usize,
    pub baseline: Baseline,
    pub state: State,
    pub log: Log,
    pub suppressions: Vec<Suppression>,
    /// In the order they are tried.
    pub routes: Vec<Route>,
    /// For each detector of the list, its settings.
    pub detectors: Vec<Settings>,
    /// In the order they are tried.
    pub mappings: Vec<mapping::Mapping>,
    /// The policy's own rules, beside those that come with the module.
    pub rules: Vec<Rule>,
    pub presets: Vec<&'static Preset>,
    /// The first twelve hexadecimal digits of the text's SHA-256; `default` without a text.
    pub digest: String,
}

/// How records are read.
#[derive(Clone, Debug)]
pub struct Input {
    /// As the policy names it.
    pub timezone: String,
    /// The zone of times that say none; nothing for UTC.
    pub zone: Option<Zone>,
    /// How far times may lie ahead of the clock.
    pub clock_skew: Millis,
    /// The built-in sources that are recognised, and those left out.
    sources: (Patterns, Patterns),
    /// Whose word counts for whom they ask, beside one's own networks.
    pub trusted_proxies: Vec<String>,
    /// Tags under which text is believed whatever stands beside it.
    pub trust: Vec<String>,
}

impl Input {
    /// True if the built-in source of that id is recognised.
    pub fn reads(&self, id: &str) -> bool {
        self.sources.0.is_match(id.as_bytes()) && !self.sources.1.is_match(id.as_bytes())
    }
}

#[derive(Clone, Debug)]
pub struct Output {
    /// Index in the list of schemas.
    pub schema: usize,
    pub layout: Layout,
    pub key: String,
    pub raw: KeepRaw,
    pub max_depth: u32,
    pub max_record: usize,
    /// Findings have their routing keys at the root.
    pub routing: bool,
    pub ocsf: Ocsf,
}

/// How `schema = "ocsf"` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ocsf {
    /// Version 1.8.0, not 1.9.0.
    pub is_previous: bool,
    /// A record with findings becomes a Detection Finding.
    pub as_finding: bool,
}

/// Environment settings of the policy.
#[derive(Clone, Debug)]
pub struct Environment {
    pub tag: String,
    /// Where business hours are given.
    pub calendar: Option<Calendar>,
    pub settings: Settings,
}

/// Target settings of the policy.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Classes of data, each with its patterns.
    pub data_class: Vec<(String, Vec<String>)>,
    pub restricted: Vec<String>,
}

/// Knowledge of actors.
#[derive(Clone, Debug)]
pub struct Actors {
    /// Values, each with names of actors.
    pub person: Vec<(String, Vec<String>)>,
    pub role: Vec<(String, Vec<String>)>,
    pub importance: Vec<(String, Vec<String>)>,
    pub service: Vec<String>,
    /// Last days, each with names of actors.
    pub left: Vec<(String, Vec<String>)>,
    /// Roles.
    pub sessions: Vec<String>,
}

/// Knowledge of networks.
#[derive(Clone, Debug)]
pub struct Networks {
    /// Names, each with addresses and ranges.
    pub named: Vec<(String, Vec<String>)>,
    /// True if private and other special addresses have names too.
    pub special: bool,
}

/// How baselines are learned.
#[derive(Clone, Copy, Debug)]
pub struct Baseline {
    pub alerts_per_day: u32,
    pub half_life: Millis,
    pub memory: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Record,
    Annotate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepRaw {
    Keep,
    OnFinding,
    Drop,
}

#[derive(Clone, Debug)]
pub struct State {
    pub directory: String,
    pub every: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    Off,
    Warn,
    Info,
}

/// The checked values of one section, by option.
#[derive(Clone, Debug)]
pub struct Settings {
    options: &'static [Opt],
    values: Vec<Value>,
    /// The keys that the policy sets.
    given: Vec<&'static str>,
}

impl Settings {
    fn value(&self, key: &str) -> Option<&Value> {
        let index = self.options.iter().position(|option| option.key == key)?;
        self.values.get(index)
    }

    /// True if the policy sets the option, to its default or another value.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.contains(&key)
    }

    pub fn bool(&self, key: &str) -> bool {
        matches!(self.value(key), Some(Value::Bool(true)))
    }

    /// A whole number, a duration in milliseconds or a size in bytes.
    pub fn number(&self, key: &str) -> i64 {
        match self.value(key) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    pub fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn list(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::Many(words)) => words,
            _ => &[],
        }
    }

    /// Words with the patterns of each.
    pub fn groups(&self, key: &str) -> &[(String, Vec<String>)] {
        match self.value(key) {
            Some(Value::Groups(groups)) => groups,
            _ => &[],
        }
    }

    pub fn has(&self, key: &str, word: &str) -> bool {
        matches!(self.value(key), Some(Value::Many(words)) if words.iter().any(|held| held == word))
    }
}

/// One problem of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// `detector.brute-force.window`; empty where the text is not TOML.
    pub path: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    pub message: String,
    pub remedy: String,
}

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
        let knows_section = || root.get_ref().keys().any(|key| is_section(key.get_ref()));
        // Of a file that is something else, one problem tells as much as a hundred.
        let is_other = errors.len() > 1 && !knows_section();
        for error in errors.into_iter().take(if is_other { 1 } else { usize::MAX }) {
            let span = error.span().unwrap_or(0..0);
            let remedy = if is_other {
                "the file is not TOML, in which policies are written (https://toml.io)"
            } else {
                "see https://toml.io for the syntax"
            };
            reading.issue("", span, error.message().to_owned(), remedy.into());
        }
        if !is_other {
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
        for error in errors {
            reading.issue(
                "",
                error.span().unwrap_or(0..0),
                error.message().to_owned(),
                "see https://toml.io for the syntax".into(),
            );
        }
        let mut problems = Vec::new();
        reading.rules = rule::read::pack(root.get_ref(), &mut problems);
        reading.problems(problems);
        if reading.issues.is_empty() {
            Ok(Policy::build(&reading, "default".into()))
        } else {
            Err(reading.issues)
        }
    }

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
            routes: reading.routes.clone(),
            detectors,
            mappings: reading.mappings.clone(),
            rules: reading.rules.clone(),
            presets: reading.presets.clone(),
            digest,
        }
    }

    /// Bytes held by the attached files.
    pub fn files_memory(&self) -> usize {
        self.files.iter().map(File::memory).fold(0, usize::saturating_add)
    }

    /// Attaches a file that `[enrich]` names. Returns the problem if the file has one.
    pub fn attach(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        let file = File::read(name, bytes)?;
        let sum =
            Sha256::new().chain_update(&self.digest).chain_update(file.checksum.to_le_bytes());
        self.digest = short(&sum.finalize());
        self.files.push(file);
        Ok(())
    }

    /// A policy to start from: every option with its default, commented out.
    pub fn template() -> String {
        let mut text = String::from(
            "# auditward.toml: the policy of the auditward filter. Every line that is commented out states the default.\n\
             # Check it with `auditward check auditward.toml`; the module reloads it when it changes.\n",
        );
        text.push_str(&format!("\n# {}\n#{} = []\n", preset::DOC, preset::KEY));
        let mut section = |name: &str, doc: &str, options: &[Opt]| {
            text.push_str(&format!("\n# {doc}\n[{name}]\n"));
            for option in options {
                text.push_str(&format!("# {}\n#{} = {}\n", option.doc, option.key, option.default));
            }
        };
        for known in SECTIONS.iter().filter(|known| !known.is_many) {
            section(known.name, known.doc, known.options);
        }
        for spec in detector::ALL {
            section(&format!("detector.{}", spec.id), spec.summary, spec.options);
        }
        text.push_str("\n# A source of your own: records that match are mapped to audit records by its rows. One `[[mapping]]` per source.\n");
        for line in mapping::EXAMPLE.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        for known in SECTIONS.iter().filter(|known| known.is_many) {
            // Each of its lines is a comment, for there is none by default.
            text.push_str(&format!("\n# {}\n# [[{}]]\n", known.doc, known.name));
            for option in known.options {
                text.push_str(&format!(
                    "# {} = {}  # {}\n",
                    option.key, option.default, option.doc
                ));
            }
        }
        text
    }
}

/// The first bytes of a digest as hexadecimal digits.
fn short(digest: &[u8]) -> String {
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
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
            let _ = crate::parse::text::quote(text.as_bytes(), &mut token);
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

/// Tells whether a policy may have a section or key of that name at its root.
fn is_section(name: &str) -> bool {
    SECTIONS.iter().any(|section| section.name == name)
        || ["detector", "mapping", "rule", PACKS, PACK, preset::KEY].contains(&name)
}

/// The path of a suppression, counted from 1 as mappings are.
fn nth(number: usize) -> String {
    format!("{}[{number}]", SUPPRESS.name)
}

/// Subjects of a suppression.
const ABOUT: &[&str] = &["detector", "actor", "target", "origin", "fingerprint"];

fn default_of(key: &str) -> &'static str {
    SUPPRESS.options.iter().find(|option| option.key == key).map_or("", |option| option.default)
}

/// The section, the option, and what it is given.
type Given = (String, &'static str, Value);

/// How many `[[suppress]]` a policy may have: each finding is held against all of them.
const MOST_SUPPRESSIONS: usize = 1000;

/// The options given, checked; the rest as if they matched anything.
fn suppression(options: &[Given]) -> Suppression {
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
        detector: detector::ALL.iter().find(|spec| spec.id == text("detector")).copied(),
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
struct Reading<'t> {
    text: &'t str,
    given: Vec<Given>,
    /// Settings of presets, those that count first.
    preset: Vec<Given>,
    presets: Vec<&'static Preset>,
    mappings: Vec<mapping::Mapping>,
    rules: Vec<Rule>,
    /// Settings of each `[[suppress]]`, kept separately, so that reading takes time in proportion to their number.
    suppressions: Vec<Vec<Given>>,
    routes: Vec<Route>,
    issues: Vec<Issue>,
}

impl Reading<'_> {
    fn issue(&mut self, path: &str, span: Range<usize>, message: String, remedy: String) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        let column =
            before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        self.issues.push(Issue { path: path.to_owned(), span, line, column, message, remedy });
    }

    fn root(&mut self, root: &DeTable<'_>) {
        let mut names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
        names.extend(["detector", "mapping", "rule", PACKS, preset::KEY]);
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
            } else if name == preset::KEY {
                preset::names(self, value);
            } else if name == PACK {
                self.packs(value);
            } else if name == SUPPRESS.name {
                self.suppress(value);
            } else if name == SIGMA.name {
                self.sigma(value);
            } else if name == ROUTE.name {
                self.routes(value);
            } else if let Some(section) = SECTIONS.iter().find(|section| section.name == name) {
                self.section(section.name, section.options, value);
            } else {
                self.unknown(name, key.span(), "section", name, &names);
            }
        }
    }

    /// The names of packs, which whoever opens the policy reads and appends.
    fn pack_names(&mut self, value: &Spanned<DeValue<'_>>) {
        if let Err(wrong) = option::names(value.get_ref(), |_| Ok(())) {
            self.issue(PACKS, value.span(), wrong, format!("files beside the policy, with `*` for any name, e.g. `{PACKS} = [\"packs/*.toml\"]`"));
        }
    }

    /// Packs as `with_packs` appends them.
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
    fn entries<'v, 't>(
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
    fn sigma(&mut self, value: &Spanned<DeValue<'_>>) {
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
    fn routes(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(entries) = self.entries(ROUTE.name, value) else {
            return;
        };
        if let Some(beyond) = entries.get(route::MOST) {
            let message =
                format!("{} are more than the {} there may be", entries.len(), route::MOST);
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
    fn rules(&mut self, value: &Spanned<DeValue<'_>>) {
        let mut problems = Vec::new();
        let own = rule::read::rules(value, &Pack::default(), &mut problems);
        self.rules.extend(own);
        self.problems(problems);
    }

    fn problems(&mut self, problems: Vec<Problem>) {
        for Problem { path, span, message, help } in problems {
            self.issue(&path, span, message, help);
        }
    }

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

    fn table<'v, 't>(
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

    fn section(&mut self, path: &str, options: &'static [Opt], value: &Spanned<DeValue<'_>>) {
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

    fn unknown(&mut self, path: &str, span: Range<usize>, what: &str, name: &str, known: &[&str]) {
        let nearest =
            known.iter().map(|candidate| (option::distance(name, candidate), candidate)).min();
        let remedy = match nearest {
            Some((distance, candidate)) if distance <= candidate.len().max(3) / 3 => {
                format!("did you mean `{candidate}`?")
            }
            _ => format!("there are: {}", known.join(", ")),
        };
        self.issue(path, span, format!("unknown {what} `{name}`"), remedy);
    }

    fn settings(&self, path: &str, options: &'static [Opt]) -> Settings {
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

#[cfg(test)]
mod tests {
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
                "2:10 output.schema: `audti` is none of the choices (one of \"audit\", \"ecs\", \"ocsf\", e.g. `schema = \"audit\"`)",
                "3:1 output.layuot: unknown option `layuot` (did you mean `layout`?)",
                "4:13 output.max_depth: 99 is out of range (a whole number from 7 to 63, e.g. `max_depth = 13`)",
                "6:11 detector.brute-forse: unknown detector `brute-forse` (did you mean `brute-force`?)",
                "8:10 detector.brute-force.window: an integer is not a duration (a duration from \"1s\" to \"7d\" in s, m, h or d, e.g. `window = \"5m\"`)",
                "9:12 detector.brute-force.failures: a string is not a whole number (a whole number from 2 to 10000, e.g. `failures = 5`)",
                "10:2 nothing: unknown section `nothing` (there are: input, output, environment, targets, actors, networks, enrich, budget, baseline, state, log, sigma, suppress, route, detector, mapping, rule, packs, preset)",
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
                "2 suppress[1].detector: `brute-forse` is none of the choices",
                "3 suppress[1].reasn: unknown option `reasn`",
                "4 suppress[2]: it would suppress every finding",
                "4 suppress[2].reason: `reason` is empty",
                "5 suppress[2].until: `soon` is neither a date nor a time with its zone",
                "7 suppress[3]: an empty list is about nothing",
            ]
        );
        let issues = Policy::parse("[suppress]\nactor = \"a\"\n").unwrap_err();
        assert!(issues[0].remedy.contains("[[suppress]]"));
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
