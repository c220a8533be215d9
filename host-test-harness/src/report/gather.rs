//! Data of a report, gathered record by record in bounded memory.

use super::actors::{Portrait, SHOWN};
use super::chart::{Series, Week};
use super::recent::{Recent, short};
use crate::actors::Actors;
use crate::calendar::local;
use crate::evaluated::{Evaluated, Finding};
use crate::heavy_hitters::{Few, HeavyHitters, Weight, cut};
use crate::incident::{BySeverity, Event, Incidents, NAME, plain};
use crate::profile;
use crate::question::Question;
use crate::reach::{Reach, Unreached};
use auditward_core::calendar::Zone;
use auditward_core::policy::Policy;
use auditward_core::severity::Severity;
use auditward_core::time::Millis;
use auditward_core::{Engine, pack, source};
use std::collections::BTreeMap;

/// Incidents, and names of each kind, that are kept at least.
const ROOM: usize = 1000;
/// Sources that are told apart; a policy has far fewer.
const SOURCES: usize = 64;
/// Rules that are told apart.
const RULES: usize = 1000;
/// Detectors that are shown for one name.
const FEW: usize = 5;

/// Questions that a record should answer, in the order of the table.
pub const QUESTIONS: [(Question, &str); 6] = [
    (Question::Who, "who"),
    (Question::What, "what"),
    (Question::When, "when"),
    (Question::Where, "from where"),
    (Question::Outcome, "outcome"),
    (Question::Why, "why allowed"),
];
/// The place of the last of them, which some sources have no answer to by their nature.
pub const WHY: usize = 5;

/// Settings under which the log was read.
pub struct Basis {
    /// The time zone as the policy names it.
    pub zone: String,
    /// The clocks by which times are shown: those of the policy's time zone.
    pub clocks: Zone,
    /// The policy's digest.
    pub policy: String,
    pub suppressions: Vec<Suppressed>,
    /// True if records of a source can say why an action was allowed.
    says_why: BTreeMap<String, bool>,
}

/// A suppression of the policy.
pub struct Suppressed {
    pub about: String,
    pub reason: String,
    pub until: Millis,
}

impl Default for Basis {
    fn default() -> Basis {
        Basis {
            zone: String::new(),
            clocks: Zone::UTC,
            policy: String::new(),
            suppressions: Vec::new(),
            says_why: BTreeMap::new(),
        }
    }
}

impl Basis {
    /// Of this policy, by the clocks of its time zone.
    pub fn new(policy: &Policy) -> Basis {
        let mut says_why: BTreeMap<String, bool> =
            source::ALL.iter().map(|source| (source.id.to_owned(), source.says_why)).collect();
        for mapping in pack::built_in().iter().chain(&policy.mappings) {
            let fields = mapping.fields();
            *says_why.entry(mapping.source.clone()).or_default() |=
                Question::Why.fields().iter().any(|field| fields.contains(field));
        }
        let suppressions = policy
            .suppressions
            .iter()
            .map(|held| Suppressed {
                about: held.about.clone(),
                reason: held.reason.clone(),
                until: held.until,
            })
            .collect();
        let zone = policy.environment.settings.text("timezone").to_owned();
        let clocks = Zone::read(&zone).unwrap_or(Zone::UTC);
        Basis { zone, clocks, policy: policy.digest.clone(), suppressions, says_why }
    }

    /// True if records of the source can say why; nothing where the source is not known.
    pub fn says_why(&self, source: &str) -> Option<bool> {
        self.says_why.get(source).copied()
    }
}

/// Everything.
pub struct Gathered {
    pub basis: Basis,
    pub records: u64,
    pub recognised: u64,
    /// Records with an alert (medium and above).
    pub alerting: u64,
    pub suppressed: u64,
    /// Records whose time could not be used: none of their own, or one ahead of the clock.
    pub untimed: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    pub findings: BySeverity,
    pub detectors: BTreeMap<String, BySeverity>,
    /// Findings of each rule.
    pub rules: BTreeMap<String, BySeverity>,
    /// Rules in use, and those of them that cannot fire on these records; nothing where nobody looked.
    pub unreached: Option<(usize, Vec<Unreached>)>,
    pub sources: BTreeMap<String, Source>,
    pub notes: BTreeMap<String, u64>,
    pub series: Series,
    pub week: Week,
    pub incidents: Incidents,
    recent: Recent,
    acting: Actors,
    /// Actors with findings, the worst first, and how many were left out.
    pub portraits: Vec<Portrait>,
    pub more_portraits: u64,
    /// Who acted, and from where: of findings that are not about an account that was attacked.
    pub actors: HeavyHitters<Named>,
    pub origins: HeavyHitters<Named>,
    /// Who and what it was done to.
    pub accounts: HeavyHitters<Named>,
    pub targets: HeavyHitters<Named>,
}

/// Information about one source.
#[derive(Default)]
pub struct Source {
    pub records: u64,
    pub alerting: u64,
    /// Records that answer each of the questions.
    pub answers: [u64; 6],
    pub week: Week,
}

/// A name that findings touched.
#[derive(Default)]
pub struct Named {
    pub findings: BySeverity,
    pub detectors: Few,
    pub last: Option<Millis>,
}

impl Weight for Named {
    fn weight(&self) -> (u64, u64) {
        let alerts: u64 = self.findings.iter().skip(Severity::Medium as usize).sum();
        (alerts, self.findings.iter().sum())
    }
}

impl Gathered {
    pub fn new(basis: Basis) -> Gathered {
        Gathered {
            basis,
            records: 0,
            recognised: 0,
            alerting: 0,
            suppressed: 0,
            untimed: 0,
            first: None,
            last: None,
            findings: [0; 5],
            detectors: BTreeMap::new(),
            rules: BTreeMap::new(),
            unreached: None,
            sources: BTreeMap::new(),
            notes: BTreeMap::new(),
            series: Series::default(),
            week: Week::default(),
            incidents: Incidents::new(ROOM),
            recent: Recent::default(),
            acting: Actors::default(),
            portraits: Vec::new(),
            more_portraits: 0,
            actors: HeavyHitters::new(ROOM),
            origins: HeavyHitters::new(ROOM),
            accounts: HeavyHitters::new(ROOM),
            targets: HeavyHitters::new(ROOM),
        }
    }

    /// One record.
    pub fn add(&mut self, evaluated: &Evaluated) {
        let has = |note: &str| evaluated.notes.iter().any(|held| held == note);
        let event = Event::of(evaluated);
        let worst =
            evaluated.findings.iter().map(|finding| Severity::from_name(&finding.severity)).max();
        let is_alert = worst >= Some(Severity::Medium);
        self.records += 1;
        self.recognised += u64::from(evaluated.source.is_some());
        self.alerting += u64::from(is_alert);
        self.suppressed += u64::from(has("suppressed"));
        self.untimed += u64::from(event.time.is_none());
        evaluated.notes.iter().for_each(|note| count(&mut self.notes, note));
        self.source(evaluated, &event, is_alert);
        if let Some(time) = event.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
            let local = local(time, self.basis.clocks);
            self.series.record(local);
            self.week.record(local, is_alert);
        }
        evaluated.findings.iter().for_each(|finding| self.finding(&event, finding));
        self.acting.add(&event, evaluated, self.basis.clocks);
        self.incidents.see(&event);
        // The event of a finding is mostly evidence of it.
        let is_own = |id: &str| event.id.as_deref().is_some_and(|own| short(own) == short(id));
        self.incidents.add(&event, &evaluated.findings, &|id| {
            if is_own(id) { Some(event.clone()) } else { self.recent.find(id) }
        });
        self.recent.keep(event);
    }

    /// Which rules cannot fire on the records.
    pub fn reached(&mut self, reach: &Reach) {
        self.unreached = Some((reach.rules(), reach.unreached()));
    }

    /// Portrays the actors with findings, each with its profile, if there is one.
    pub fn portray(&mut self, engine: Option<Engine>) {
        let mut engine = engine;
        let found = self.acting.found();
        self.more_portraits = found.len().saturating_sub(SHOWN) as u64;
        let portraits = found.into_iter().take(SHOWN).map(|(name, acting)| {
            let learned = engine.as_mut();
            let of = |engine| profile::of(engine, &acting.environments.names, name);
            Portrait {
                name: name.to_owned(),
                acting: acting.clone(),
                profile: learned.and_then(of),
            }
        });
        self.portraits = portraits.collect();
    }

    fn source(&mut self, evaluated: &Evaluated, event: &Event, is_alert: bool) {
        let name = evaluated.source.as_deref().unwrap_or(UNRECOGNISED);
        let name = if self.sources.len() >= SOURCES && !self.sources.contains_key(name) {
            "others"
        } else {
            name
        };
        let source = self.sources.entry(cut(name, NAME)).or_default();
        source.records += 1;
        source.alerting += u64::from(is_alert);
        source.answers.iter_mut().zip(QUESTIONS).for_each(|(count, (question, _))| {
            *count += u64::from(evaluated.answers.contains(&question));
        });
        if let Some(time) = event.time {
            source.week.record(local(time, self.basis.clocks), is_alert);
        }
    }

    fn finding(&mut self, event: &Event, finding: &Finding) {
        let severity = Severity::from_name(&finding.severity) as usize;
        raise(&mut self.findings, severity);
        raise(self.detectors.entry(cut(&finding.detector, NAME)).or_default(), severity);
        if let Some(rule) = &finding.rule {
            let is_room = self.rules.len() < RULES || self.rules.contains_key(rule);
            let name = if is_room { rule } else { "others" };
            raise(self.rules.entry(cut(name, NAME)).or_default(), severity);
        }
        if let Some(time) = event.time {
            self.series.finding(local(time, self.basis.clocks), &finding.detector, severity);
        }
        // Whose sign-ins are tried is attacked, and does not act.
        let account = finding.key.get("account").map(|account| cut(&plain(account), NAME));
        let actor = event.actor.as_ref().filter(|_| account.is_none());
        let touched = [
            (&mut self.actors, actor),
            (&mut self.origins, event.origin.as_ref()),
            (&mut self.accounts, account.as_ref()),
            (&mut self.targets, event.target.as_ref()),
        ];
        for (hitters, name) in touched {
            let Some(name) = name else { continue };
            let named = hitters.entry(name);
            raise(&mut named.findings, severity);
            named.detectors.add(&finding.detector, FEW);
            named.last = named.last.max(event.time);
        }
    }
}

/// Label of records that no source recognised.
pub const UNRECOGNISED: &str = "not recognised";

fn raise(counts: &mut BySeverity, severity: usize) {
    counts.get_mut(severity).into_iter().for_each(|count| *count += 1);
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(cut(name, NAME), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::rfc3339;
    use crate::heavy_hitters::Distinct;

    fn evaluated(number: u64, severity: &str) -> Evaluated {
        let finding = Finding {
            detector: "brute-force".into(),
            severity: severity.into(),
            reason: format!("{number} failed"),
            key: [("actor".to_owned(), format!("actor {number}").into())].into(),
            evidence: (0..50).map(|id| format!("{number}-{id}")).collect(),
            ..Finding::default()
        };
        let time = rfc3339(1_767_225_600_000 + number as i64 * 1000);
        Evaluated {
            time: Some(time),
            actor: Some(format!("actor {number}")),
            source: Some("s".into()),
            findings: vec![finding],
            ..Evaluated::default()
        }
    }

    fn gathered() -> Gathered {
        Gathered::new(Basis::default())
    }

    #[test]
    fn memory_stays_bounded_and_what_was_left_out_is_known() {
        let mut gathered = gathered();
        (0..12_000).for_each(|number| {
            gathered.add(&evaluated(number, if number == 7 { "critical" } else { "low" }))
        });
        assert!(gathered.incidents.len() <= 2 * ROOM + 1 && gathered.actors.len() <= 2 * ROOM);
        let counted = (
            gathered.incidents.number(),
            gathered.incidents.alerts(),
            Distinct::number(&gathered.actors.names),
        );
        assert_eq!(counted, (12_000, 1, "12,000".to_owned()));
        assert_eq!(gathered.incidents.sorted()[0].severity, 4);
        assert_eq!(gathered.findings, [0, 11_999, 0, 0, 1]);
    }

    #[test]
    fn findings_of_rules_are_counted_and_their_number_is_bounded() {
        let mut gathered = gathered();
        for number in 0..RULES + 7 {
            let mut of_rule = evaluated(1, "high");
            of_rule.findings[0].rule = Some(format!("test.{number}"));
            gathered.add(&of_rule);
        }
        assert_eq!(gathered.rules.len(), RULES + 1);
        assert_eq!(
            (gathered.rules["test.0"], gathered.rules["others"]),
            ([0, 0, 0, 1, 0], [0, 0, 0, 7, 0])
        );
    }

    #[test]
    fn an_attacked_account_is_affected_and_not_active() {
        let mut gathered = gathered();
        let finding = Finding {
            key: [("account".to_owned(), "actor 1".into())].into(),
            ..evaluated(1, "high").findings[0].clone()
        };
        gathered.add(&Evaluated {
            findings: vec![finding],
            origin: Some("192.0.2.1".into()),
            ..evaluated(1, "high")
        });
        assert_eq!(
            [gathered.actors.len(), gathered.accounts.len(), gathered.origins.len()],
            [0, 1, 1]
        );
    }

    #[test]
    fn completeness_counts_what_records_hold() {
        let mut gathered = Gathered::new(Basis::new(&Policy::default()));
        let full = Evaluated {
            action: Some("a".into()),
            origin: Some("192.0.2.1".into()),
            outcome: Some("success".into()),
            answers: Question::ALL.to_vec(),
            source: Some("aws.cloudtrail".into()),
            ..evaluated(1, "low")
        };
        gathered.add(&full);
        gathered.add(&Evaluated {
            is_anonymous: true,
            actor: Some("anonymous".into()),
            outcome: Some("unknown".into()),
            answers: vec![Question::What, Question::Where],
            notes: vec!["no-time".into()],
            ..full
        });
        assert_eq!(gathered.sources["aws.cloudtrail"].answers, [1, 2, 1, 2, 1, 1]);
        let basis = &gathered.basis;
        assert_eq!(
            ["aws.cloudtrail", "http.access", "okta.system", "no such"]
                .map(|source| basis.says_why(source)),
            [Some(true), Some(false), Some(true), None]
        );
    }

    #[test]
    fn times_that_can_not_be_trusted_stay_out_of_the_charts() {
        let mut gathered = gathered();
        gathered.add(&Evaluated { notes: vec!["time-ahead".into()], ..evaluated(1, "low") });
        gathered.add(&Evaluated { notes: vec!["no-time".into()], ..evaluated(1, "low") });
        assert_eq!((gathered.untimed, gathered.first, gathered.records), (2, None, 2));
    }
}
