//! State of the service: its counts, findings as they come, and a history for the page.

use super::counts::Counts;
use super::forward::WORTH_A_TRY;
use super::history::History;
use crate::evaluated::{Circumstances, Evaluated, Finding};
use crate::evaluator::{Failures, Reload};
use crate::incident::{self, Event, Incident, Incidents};
use crate::terminal;
use crate::wording::visible;
use anyhow::Result;
use auditward_core::calendar::Zone;
use auditward_core::policy::Policy;
use auditward_core::severity::Severity;
use auditward_state::files::{self, Links};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// A finding as the page shows it, and as other tools read it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// Counted from 1; the history gives it.
    pub number: u64,
    pub seen_ms: i64,
    pub event_ms: i64,
    pub detector: String,
    /// As in `Severity::ALL`.
    pub severity: usize,
    pub reason: String,
    pub who: String,
    pub target: Option<String>,
    pub finding: Finding,
    pub event: Event,
    pub about: Circumstances,
}

impl Seen {
    /// A finding of a record that was seen now.
    pub fn new(seen_ms: i64, evaluated: &Evaluated, finding: &Finding) -> Seen {
        let event_ms = evaluated.time_ms().unwrap_or(seen_ms);
        let (event, finding) = (Event::of(evaluated), incident::bounded(finding));
        let key = finding
            .key
            .iter()
            .find_map(|(role, value)| Some(format!("{role} {}", value.as_str()?)));
        let who = key.or_else(|| event.actor.clone()).unwrap_or_else(|| "nobody named".into());
        let [detector, reason, who] =
            [&finding.detector, &finding.reason, &who].map(|text| visible(text).into_owned());
        let severity = Severity::from_name(&finding.severity) as usize;
        let target = event.target.as_deref().map(|target| visible(target).into_owned());
        Seen {
            number: 0,
            seen_ms,
            event_ms,
            detector,
            severity,
            reason,
            who,
            target,
            finding,
            event,
            about: evaluated.about.clone(),
        }
    }
}

/// The policy in use, as the page names it, and the one clock that the page tells times by.
#[derive(Clone)]
pub struct PolicyInUse {
    pub digest: String,
    pub zone_name: String,
    pub zone: Zone,
}

impl Default for PolicyInUse {
    fn default() -> PolicyInUse {
        PolicyInUse { digest: String::new(), zone_name: "UTC".to_owned(), zone: Zone::UTC }
    }
}

impl PolicyInUse {
    pub fn of(policy: &Policy) -> PolicyInUse {
        let name = policy.environment.settings.text("timezone");
        match Zone::read(name) {
            Some(zone) => {
                PolicyInUse { digest: policy.digest.clone(), zone_name: name.to_owned(), zone }
            }
            None => PolicyInUse { digest: policy.digest.clone(), ..PolicyInUse::default() },
        }
    }
}

/// All of it.
pub struct Board {
    counts: Counts,
    latency: Histogram,
    registry: Registry,
    history: Mutex<History>,
    file: Option<PathBuf>,
    findings: broadcast::Sender<Arc<Seen>>,
    /// When no instance of the module could be had; nothing where one is at work.
    broken_at: Mutex<Option<Instant>>,
    /// Result of the last check of the policy file.
    reload: Mutex<Reload>,
    policy: Mutex<PolicyInUse>,
    /// Of the findings since the start, and of those of the history that was kept.
    incidents: Mutex<Incidents>,
    started: Instant,
    /// Requests of each ten seconds since the start: all, and those that were refused.
    answers: Mutex<VecDeque<(u64, u64, u64)>>,
}

/// Maximum number of findings queued for a slow page.
const WAITING: usize = 256;
/// A history that is longer is not ours.
const MOST_HISTORY: u64 = 64 << 20;
/// Incidents that are kept.
const INCIDENTS: usize = 200;
/// The stretch over which refused requests are counted: thirty times ten seconds.
const STRETCHES: usize = 30;

impl Board {
    /// With the history that was kept in that file.
    pub fn new(file: Option<PathBuf>) -> Board {
        let history = file.as_deref().map(kept_history).unwrap_or_default();
        let mut incidents = Incidents::new(INCIDENTS);
        let mut kept: Vec<Arc<Seen>> = history.recent().cloned().map(Arc::new).collect();
        kept.reverse();
        join(&mut incidents, &kept);
        let counts = Counts::default();
        let latency = Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let mut registry = Registry::with_prefix("auditward");
        counts.register(&mut registry);
        registry.register_with_unit(
            "request_duration",
            "Time from the first byte of a request to its response",
            Unit::Seconds,
            latency.clone(),
        );
        Board {
            counts,
            latency,
            registry,
            history: Mutex::new(history),
            file,
            findings: broadcast::Sender::new(WAITING),
            broken_at: Mutex::default(),
            reload: Mutex::new(Reload::Same),
            policy: Mutex::default(),
            incidents: Mutex::new(incidents),
            started: Instant::now(),
            answers: Mutex::default(),
        }
    }

    /// A batch was evaluated, with what was found in it for the first time.
    pub fn evaluated(&self, records: u64, seen: Vec<Seen>, now: i64) {
        *self.broken_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.counts.records_in.inc_by(records);
        let mut history = self.history();
        history.records(records, now);
        history.until_ms = history.until_ms.max(now);
        let mut found = Vec::new();
        for mut finding in seen {
            let severity =
                Severity::ALL.get(finding.severity).map_or("", |severity| severity.name());
            self.counts
                .findings
                .get_or_create(&vec![
                    ("detector", finding.detector.clone()),
                    ("severity", severity.to_owned()),
                ])
                .inc();
            if let Some(rule) = &finding.finding.rule {
                self.counts.rules.get_or_create(&vec![("rule", rule.clone())]).inc();
            }
            history.finding(&mut finding);
            found.push(Arc::new(finding));
        }
        drop(history);
        join(&mut self.incidents.lock().unwrap_or_else(PoisonError::into_inner), &found);
        // Nobody may be looking.
        found.into_iter().for_each(|finding| drop(self.findings.send(finding)));
    }

    /// Findings from before a kill that are read again from the journal, and that the stored history does not have yet.
    pub fn found_again(&self, seen: Vec<Seen>) {
        let until_ms = self.history().until_ms;
        let missing: Vec<Seen> = seen.into_iter().filter(|seen| seen.seen_ms > until_ms).collect();
        if let Some(last) = missing.iter().map(|seen| seen.seen_ms).max() {
            self.evaluated(0, missing, last);
        }
    }

    /// No instance could be had.
    pub fn broken(&self) {
        *self.broken_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// A request was answered.
    pub fn answered(&self, result: &'static str, records_out: u64, took: Duration) {
        self.counts.requests.get_or_create(&vec![("result", result.to_owned())]).inc();
        self.counts.records_out.inc_by(records_out);
        self.latency.observe(took.as_secs_f64());
        let stretch = self.stretch();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_refused = u64::from(result != "accepted");
        match answers.back_mut() {
            Some((at, all, refused)) if *at == stretch => {
                (*all, *refused) = (*all + 1, *refused + is_refused)
            }
            _ => answers.push_back((stretch, 1, is_refused)),
        }
        if answers.len() > STRETCHES {
            answers.pop_front();
        }
    }

    fn stretch(&self) -> u64 {
        self.started.elapsed().as_secs() / 10
    }

    /// Requests of the last five minutes: all, and those that were refused.
    pub fn lately(&self) -> (u64, u64) {
        let from = self.stretch().saturating_sub(STRETCHES as u64);
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .iter()
            .filter(|(at, ..)| *at >= from)
            .fold((0, 0), |(all, refused), (_, more, more_refused)| {
                (all + more, refused + more_refused)
            })
    }

    /// How long it has been running.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Incidents of medium severity and above: joined as in the report.
    pub fn incidents(&self) -> u64 {
        self.incidents.lock().unwrap_or_else(PoisonError::into_inner).alerts()
    }

    /// The worst incidents of medium severity and above.
    pub fn worst(&self, most: usize) -> Vec<Incident> {
        let incidents = self.incidents.lock().unwrap_or_else(PoisonError::into_inner);
        let is_alert = |incident: &&Incident| incident.severity >= Severity::Medium as usize;
        incidents.sorted().into_iter().filter(is_alert).take(most).cloned().collect()
    }

    /// The policy in use.
    pub fn policy(&self) -> PolicyInUse {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another policy is in use.
    pub fn set_policy(&self, policy: &Policy) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = PolicyInUse::of(policy);
    }

    /// An attempt at downstream failed.
    pub fn downstream_error(&self, why: &str) {
        let status = why
            .split(' ')
            .next()
            .filter(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
        let reason =
            status.unwrap_or(if why.contains("in time") { "timeout" } else { "connection" });
        self.counts.downstream_errors.get_or_create(&vec![("reason", reason.to_owned())]).inc();
    }

    /// Records that downstream refuses are in the dead-letter file.
    pub fn dead_letters(&self, records: u64, file: &Path, why: &str) {
        if self.counts.dead_letters.inc_by(records) == 0 {
            terminal::say(format_args!(
                "downstream refuses records ({why}): they are in {}, the others go on; auditward_dead_letters counts them",
                file.display()
            ));
        }
    }

    /// Records that downstream refuses have no dead-letter file, and are sent again by their sender.
    pub fn held(&self, records: u64) {
        if self.counts.held.inc_by(records) == 0 {
            terminal::say(
                "downstream refuses records, which are retried again and again: --dead-letter FILE puts them aside",
            );
        }
    }

    /// Records in the dead-letter file since the start, and refusals of those that have none.
    pub fn refused(&self) -> (u64, u64) {
        (self.counts.dead_letters.get(), self.counts.held.get())
    }

    /// The policy was looked at.
    pub fn reloaded(&self, reload: Reload) {
        *self.reload.lock().unwrap_or_else(PoisonError::into_inner) = reload;
        let result = match reload {
            Reload::Same | Reload::Taken => "taken",
            Reload::Refused => "refused",
            Reload::Failed => "failed",
        };
        self.counts.reloads.get_or_create(&vec![("result", result.to_owned())]).inc();
    }

    /// Status of the module.
    pub fn engine(&self, status: Option<String>, failures: Failures, is_keeping: bool, now: i64) {
        self.counts.of_host(failures, is_keeping);
        let status = status.and_then(|status| serde_json::from_str(&status).ok());
        if let Some(Value::Object(status)) = status {
            self.counts.of_module(&status, now);
            self.history().watermark_lag_ms = (self.counts.watermark_lag.get() * 1000.0) as i64;
        }
    }

    /// True if records are evaluated under the policy that is there.
    pub fn is_evaluating(&self) -> bool {
        self.broken_since().is_none()
    }

    /// The same, or it was so long ago that it is worth a try: whoever is sent nothing while it is not ready would never be ready again.
    pub fn is_worth_a_try(&self) -> bool {
        self.broken_since().is_none_or(|at| at.elapsed() > WORTH_A_TRY)
    }

    fn broken_since(&self) -> Option<Instant> {
        *self.broken_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn last_reload(&self) -> Reload {
        *self.reload.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records evaluated and passed on, since the start.
    pub fn totals(&self) -> (u64, u64) {
        (self.counts.records_in.get(), self.counts.records_out.get())
    }

    /// Findings from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Seen>> {
        self.findings.subscribe()
    }

    /// Data of the page.
    pub fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In Prometheus' text format.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Keeps the history over a restart.
    pub fn write(&self) {
        if let Err(why) = self.try_write() {
            terminal::say(format_args!("the history of the page cannot be written: {why:#}"));
        }
    }

    fn try_write(&self) -> Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let bytes = serde_json::to_vec(&*self.history())?;
        let temporary = file.with_extension("tmp");
        Ok(files::replace(file, &temporary, &bytes)?)
    }
}

/// The history of an earlier process; an empty one if there is none, or it cannot be read.
fn kept_history(file: &Path) -> History {
    let read = files::read(file, MOST_HISTORY, Links::Refused);
    let history = match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return History::default(),
        read => {
            read.map_err(anyhow::Error::from).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
        }
    };
    history.unwrap_or_else(|why| {
        terminal::say(format_args!(
            "{}: the history of the page cannot be read and starts empty: {why:#}",
            file.display()
        ));
        History::default()
    })
}

/// Joins findings to incidents: those of one record together.
fn join(incidents: &mut Incidents, found: &[Arc<Seen>]) {
    for record in found.chunk_by(|one, next| one.event == next.event && one.seen_ms == next.seen_ms)
    {
        let findings: Vec<Finding> = record.iter().map(|seen| seen.finding.clone()).collect();
        record.iter().take(1).for_each(|first| incidents.add(&first.event, &findings, &|_| None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn seen(severity: usize) -> Seen {
        let finding = Finding {
            detector: "brute-force".into(),
            severity: Severity::NAMES[severity].into(),
            reason: "r".into(),
            key: [("account".to_owned(), "dana".into())].into(),
            ..Finding::default()
        };
        Seen::new(
            5_000,
            &Evaluated { time: Some("1970-01-01T00:00:02Z".into()), ..Evaluated::default() },
            &finding,
        )
    }

    #[test]
    fn metrics_hold_what_was_counted() {
        let board = Board::new(None);
        let mut of_rule = seen(3);
        (of_rule.detector, of_rule.finding.rule) = ("rules".into(), Some("aws.a".into()));
        board.evaluated(3, vec![seen(2), of_rule, seen(2)], 5_000);
        board.answered("accepted", 3, Duration::from_millis(3));
        board.downstream_error("503 Service Unavailable");
        board.downstream_error("no answer: connection refused");
        let status = r#"{"version":"0.1.0","records":3,"watermark":"1970-01-01T00:00:02.000Z","memory_bytes":7,"evictions":1,"notes":{"late":2},"rules":{"in_use":312,"fired":1,"findings":{"aws.a":1}},"detectors":{"a":{"suppressed":1,"keys":4},"b":{"suppressed":2,"keys":5}},"new_figure":9}"#;
        board.engine(
            Some(status.into()),
            Failures { traps: 1, ..Failures::default() },
            true,
            5_000,
        );
        let text = board.metrics();
        for line in [
            "auditward_records_in_total 3",
            "auditward_records_out_total 3",
            "auditward_requests_total{result=\"accepted\"} 1",
            "auditward_findings_total{detector=\"brute-force\",severity=\"medium\"} 2",
            "auditward_rule_findings_total{rule=\"aws.a\"} 1",
            "auditward_rules{state=\"in_use\"} 312.0",
            "auditward_notes_total{note=\"late\"} 2",
            "auditward_suppressed_total 3",
            "auditward_actors 9",
            "auditward_watermark_lag_seconds 3.0",
            "auditward_memory_bytes 7",
            "auditward_evictions_total 1",
            "auditward_traps_total 1",
            "auditward_downstream_errors_total{reason=\"503\"} 1",
            "auditward_downstream_errors_total{reason=\"connection\"} 1",
            "auditward_module{figure=\"new_figure\"} 9.0",
            "auditward_request_duration_seconds_count 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn findings_are_joined_and_requests_counted() {
        let board = Board::new(None);
        board.evaluated(2, vec![seen(3), seen(2)], 5_000);
        board.evaluated(1, vec![seen(3)], 6_000);
        assert_eq!(board.incidents(), 1);
        assert_eq!(board.history().recent().map(|seen| seen.number).collect::<Vec<_>>(), [3, 2, 1]);
        let (lost, found) = board.history().since(1);
        assert_eq!(
            (lost, found.iter().map(|seen| seen.number).collect::<Vec<_>>()),
            (0, vec![2, 3])
        );
        board.answered("accepted", 3, Duration::ZERO);
        board.answered("busy", 0, Duration::ZERO);
        assert_eq!(board.lately(), (2, 1));
        board.set_policy(&Policy::parse("[environment]\ntimezone = \"Europe/Berlin\"\n").unwrap());
        assert_eq!(
            (board.policy().zone_name.as_str(), board.policy().zone.offset(0).local_minus_utc()),
            ("Europe/Berlin", 3_600)
        );
    }

    #[test]
    fn history_outlives_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("serve.json");
        let board = Board::new(Some(file.clone()));
        board.evaluated(3, vec![seen(4)], 5_000);
        board.write();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Board::new(Some(file));
        assert_eq!(again.incidents(), 1);
        assert_eq!(again.history().recent().map(|seen| seen.number).collect::<Vec<_>>(), [1]);
        // What is read again from the journal after a kill: one that was kept, one that was not.
        again.found_again(vec![seen(4), Seen { seen_ms: 6_000, ..seen(2) }]);
        assert_eq!(again.history().recent().map(|seen| seen.severity).collect::<Vec<_>>(), [2, 4]);
        assert!(
            again.metrics().contains(
                "auditward_findings_total{detector=\"brute-force\",severity=\"medium\"} 1"
            )
        );
    }

    #[test]
    fn after_a_while_it_is_worth_a_try_though_no_instance_could_be_had() {
        let board = Board::new(None);
        assert!(board.is_worth_a_try());
        board.broken();
        assert!(!board.is_worth_a_try() && !board.is_evaluating());
        *board.broken_at.lock().unwrap() = Instant::now().checked_sub(WORTH_A_TRY * 2);
        assert!(board.is_worth_a_try() && !board.is_evaluating());
        board.evaluated(1, Vec::new(), 1);
        assert!(board.is_evaluating());
    }
}
