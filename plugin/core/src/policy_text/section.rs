//! The sections of the policy and their options.

use crate::entity::Entity;
use crate::option::{Kind, Opt};
use crate::policy::Verdict;
use crate::severity::Severity;
use crate::time::{DAY, SECOND};
use crate::{detector, schema};

/// A table of the policy and its options.
pub struct Section {
    pub name: &'static str,
    pub doc: &'static str,
    pub options: &'static [Opt],
    /// Given any number of times, `[[name]]`.
    pub is_many: bool,
}

pub(super) const OUTPUT: Section = Section {
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
            "Output of the original record: always (`keep`), only with a finding (`on-finding`), or never (`drop`). A record that could not be read is always kept.",
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

pub(super) const INPUT: Section = Section {
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
            "Tags whose records are believed without a check of who wrote them, with `*` for any text. With other tags, a line counts as, for example, a line of sshd only \
             if the shipper's fields name sshd as its program or file, and an event of another source only if the container, function, program or application that the shipper \
             names collects events or belongs to that source. Otherwise any application could print records that look like those of another source.",
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

pub(super) const ENVIRONMENT: Section = Section {
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
            "Business hours, e.g. `[\"Mon-Fri 08:00-18:00\"]`. A range that ends before it starts continues on the next day. If empty, `off-hours` uses the learned hours of each actor.",
        ),
        Opt::new(
            "holidays",
            Kind::Holidays,
            "[]",
            "Days without business hours, e.g. `[\"2026-12-25\"]`.",
        ),
    ],
    is_many: false,
};

pub(super) const TARGETS: Section = Section {
    name: "targets",
    doc: "Data classification of targets.",
    options: &[
        Opt::new(
            "data_class",
            Kind::Groups,
            "{}",
            "Classes of data, each with the targets that hold it: ids, names, types or paths, with `*` for any text, e.g. `{ pii = [\"customers*\"] }`. The first class that matches is written to `target.data_class` if the source does not set it.",
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

pub(super) const ACTORS: Section = Section {
    name: "actors",
    doc: "Knowledge of actors, by their mail addresses, ids, names and sessions, with `*` for any text. Fields that the source fills are kept, except the type of \
          service accounts ([enrichment](enrichment.md)).",
    options: &[
        Opt::new(
            "person",
            Kind::Lists,
            "{}",
            "Persons, each with the names of their accounts across systems, e.g. `{ \"ann.lee\" = [\"ann.lee@example.com\", \"alee\"] }`: fills `actor.person`; baselines and detectors then count per person.",
        ),
        Opt::new(
            "role",
            Kind::Groups,
            "{}",
            "Roles, each with the actors that have it, e.g. `{ administrator = [\"ann.lee@example.com\"] }`: fills `actor.role`.",
        ),
        Opt::new(
            "importance",
            Kind::Groups,
            "{}",
            "Levels of importance, each with its actors, e.g. `{ high = [\"svc-deploy\"] }`: fills `actor.importance`. Findings about `high` and `critical` actors are one severity higher.",
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
            "Last days (UTC), each with the actors who left on it, e.g. `{ 2026-03-31 = [\"bob@example.com\"] }`: sets `actor.status` to `left` from the next day on, which the detector `watch` reports.",
        ),
        Opt::new(
            "sessions",
            Kind::Patterns,
            "[]",
            "Cloud roles whose session names are account names, set by single sign-on. The session names of other roles are not looked up, because whoever assumes a \
             role chooses them; those of `AWSReservedSSO_*` always are.",
        ),
    ],
    is_many: false,
};

pub(super) const NETWORKS: Section = Section {
    name: "networks",
    doc: "Names of networks: the smallest range that contains the origin's address fills `origin.network` if the source left it empty \
          ([enrichment](enrichment.md)).",
    options: &[
        Opt::new(
            "named",
            Kind::Ranges,
            "{}",
            "Networks by name, such as `office`, `vpn`, `relay`, `satellite`, `hosting`, e.g. `{ office = [\"198.51.100.0/24\"] }`. `travel` ignores origins in a named network, except `hosting`. \
             `takeover` trusts origins in a named network, except `hosting`, `tor`, `anonymous-vpn`, `public-proxy`, `residential-proxy` and the names that `special` sets.",
        ),
        Opt::new(
            "special",
            Kind::Bool,
            "false",
            "Set `origin.network` to `private`, `loopback`, `link-local` or `cgnat` for such addresses too.",
        ),
    ],
    is_many: false,
};

pub(super) const ENRICH: Section = Section {
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
pub(super) const SIGMA: Section = Section {
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

pub(super) const SUPPRESS: Section = Section {
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
            "Actor: ids, names, mail addresses or roles. The account name in a failed sign-in is not an actor, because whoever guesses chooses it: use `origin`, `target` or `fingerprint`.",
        ),
        Opt::new(
            "target",
            Kind::Patterns,
            "\"test-*\"",
            "Target: ids or names. URLs of requests that were refused, or made without an account, suppress only findings on the service, because a scanner chooses them: use `origin` or `fingerprint`.",
        ),
        Opt::new(
            "origin",
            Kind::Origins,
            "\"203.0.113.0/24\"",
            "Origin: addresses, ranges or hosts. Names of hosts do not suppress findings on sign-ins and requests, because the client, or the owner of \
             its address (PTR), chooses them: use addresses.",
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

pub(super) const METRIC: Section = Section {
    name: "metric",
    doc: "A number in records whose usual values are learned for each entity; `detector.metric` reports unusual ones. At most 32 entries.",
    options: &[
        Opt::new(
            "field",
            Kind::Text,
            "\"raw.query.rows_returned\"",
            "Required. Numeric field of the audit record, or a path into the original record: `raw.` and keys joined by dots.",
        ),
        Opt::new(
            "entity",
            Kind::Choice(Entity::NAMES_OF_METRICS),
            "\"actor\"",
            "Entity whose values are learned: each actor, origin, target, service, host or source by itself.",
        ),
        Opt::new(
            "direction",
            Kind::Choice(&["above", "below", "both"]),
            "\"above\"",
            "Report values above the usual ones, below them, or both.",
        ),
        Opt::new(
            "why",
            Kind::Text,
            "\"a query that returns far more rows may be an export\"",
            "Required. Reason for watching the metric, which ends the sentence of a finding.",
        ),
    ],
    is_many: true,
};

pub(super) const ROUTE: Section = Section {
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
            "Condition on fields and `raw.` paths, as in rules, or a list of conditions, one of which must match. The severity of findings is not a field: use `severity` of the route.",
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

pub(super) const EXCEPTION: Section = Section {
    name: "exception",
    doc: "Exceptions of rules: a record that meets `when` is not flagged by the rules that `rules` names, as if it stood in their `unless`. The rule still \
          flags all other records. For whole detectors use `except`, for a time `[[suppress]]`. At most 1,024 entries.",
    options: &[
        Opt::new(
            "rules",
            Kind::Patterns,
            "[\"aws.access-key-created\", \"okta.*\"]",
            "Required. Ids of rules, with `*` for any text.",
        ),
        Opt::new(
            "when",
            Kind::Conditions,
            "{ \"actor.role\" = \"provisioning\", \"origin.ip\" = { cidr = \"10.0.0.0/8\" } }",
            "Required. Condition on fields and `raw.` paths, as in rules, or a list of conditions, one of which must match.",
        ),
    ],
    is_many: true,
};

pub(super) const BUDGET: Section = Section {
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

pub(super) const BASELINE: Section = Section {
    name: "baseline",
    doc: "Baselines learned per actor, and how many unusual events are reported. They serve `new-value`, `dormant`, `takeover`, `travel`, `scope`, \
          `sequence`, `silence`, `risk` and `metric`, and also `off-hours`, `volume`, `mass-change` and `error-rate` where no threshold is configured. An actor is evaluated \
          once it was active on at least five days within at least a week. A surprising value is learned when it is repeated after a day. Surprise is \
          measured in bits: an event of b bits has a probability of one in 2^b, so that each further bit halves it. The threshold in bits follows from \
          `alerts_per_day` and from how surprising events usually are.",
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

pub(super) const STATE: Section = Section {
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

pub(super) const LOG: Section = Section {
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
    &METRIC,
    &ROUTE,
    &EXCEPTION,
];
