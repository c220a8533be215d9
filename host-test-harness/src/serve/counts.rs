//! Counts of the service and its module, for Prometheus.

use crate::calendar;
use crate::evaluator::Failures;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicU64, Ordering};

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;

/// Metrics for Prometheus; their descriptions are in `register`.
#[derive(Default)]
pub struct Counts {
    pub records_in: Counter,
    pub records_out: Counter,
    pub requests: Counters,
    pub notes: Counters,
    pub eligible: Counters,
    pub lacking: Counters,
    pub findings: Counters,
    pub rules: Counters,
    pub rule_counts: Gauges,
    pub suppressed: Counter,
    pub evictions: Counter,
    pub traps: Counter,
    pub carried: Counter,
    pub too_large: Counter,
    pub reloads: Counters,
    pub downstream_errors: Counters,
    pub dead_letters: Counter,
    pub held: Counter,
    pub memory: Gauge,
    pub actors: Gauge,
    pub watermark_lag: Gauge<f64, AtomicU64>,
    pub keeping: Gauge,
    pub figures: Gauges,
}

impl Counts {
    /// Names and describes all of them.
    pub fn register(&self, registry: &mut Registry) {
        self.register_service(registry);
        self.register_module(registry);
    }

    fn register_service(&self, registry: &mut Registry) {
        registry.register("records_in", "Records evaluated", self.records_in.clone());
        registry.register(
            "records_out",
            "Records accepted downstream or returned in the response",
            self.records_out.clone(),
        );
        registry.register(
            "requests",
            "Requests with records, by how they were answered",
            self.requests.clone(),
        );
        registry.register("traps", "Calls of the module that did not finish", self.traps.clone());
        registry.register(
            "unprocessed",
            "Records passed through unprocessed because the module trapped on them",
            self.carried.clone(),
        );
        registry.register(
            "too_large",
            "Records above output.max_record, passed through unevaluated",
            self.too_large.clone(),
        );
        registry.register("policy_reloads", "Policy reloads, by result", self.reloads.clone());
        registry.register(
            "downstream_errors",
            "Attempts that downstream did not accept, by reason",
            self.downstream_errors.clone(),
        );
        registry.register(
            "dead_letters",
            "Records that downstream refused, written to the dead-letter file",
            self.dead_letters.clone(),
        );
        registry.register(
            "held",
            "Records not delivered because downstream refuses them and no dead-letter file is set, counted per attempt",
            self.held.clone(),
        );
        registry.register(
            "keeping",
            "1 if learned state is persisted or no state directory is set, 0 if it cannot be written",
            self.keeping.clone(),
        );
    }

    fn register_module(&self, registry: &mut Registry) {
        registry.register("notes", "Flags on records, by kind", self.notes.clone());
        registry.register(
            "findings",
            "Findings, each counted once, also if its record is redelivered",
            self.findings.clone(),
        );
        registry.register(
            "rule_findings",
            "Findings of each rule, each counted once, also if its record is redelivered",
            self.rules.clone(),
        );
        registry.register(
            "rules",
            "Rules: those in use, and those that have fired since the start of the module",
            self.rule_counts.clone(),
        );
        registry.register(
            "detector_eligible",
            "Records that a detector could evaluate by what they are about",
            self.eligible.clone(),
        );
        registry.register(
            "detector_lacking",
            "Records that a detector could evaluate but for a field that it needs",
            self.lacking.clone(),
        );
        registry.register(
            "suppressed",
            "Findings suppressed by the policy",
            self.suppressed.clone(),
        );
        registry.register(
            "evictions",
            "Entities evicted from bounded tables",
            self.evictions.clone(),
        );
        registry.register_with_unit(
            "memory",
            "Memory of the engine: learned state and buffers",
            Unit::Bytes,
            self.memory.clone(),
        );
        registry.register("actors", "Entities in the tables of detectors", self.actors.clone());
        registry.register_with_unit(
            "watermark_lag",
            "Event-time lag: clock minus newest event time",
            Unit::Seconds,
            self.watermark_lag.clone(),
        );
        registry.register("module", "Other figures of the module", self.figures.clone());
    }

    /// Failures of the module that the host counts, and whether state is persisted.
    pub fn of_host(&self, failures: Failures, is_keeping: bool) {
        set(&self.traps, failures.traps);
        set(&self.carried, failures.carried);
        set(&self.too_large, failures.too_large);
        self.keeping.set(i64::from(is_keeping));
    }

    /// Figures of the module's status.
    pub fn of_module(&self, status: &Map<String, Value>, now: i64) {
        for (name, value) in status {
            match (name.as_str(), value) {
                ("records" | "version" | "policy" | "findings", _) => {}
                ("notes", Value::Object(notes)) => notes.iter().for_each(|(note, count)| {
                    set(&self.notes.get_or_create(&vec![("note", note.clone())]), whole(count))
                }),
                ("watermark", Value::String(at)) => {
                    let lag = calendar::read(at).map_or(0, |at| now.saturating_sub(at));
                    self.watermark_lag.set(lag as f64 / 1000.0);
                }
                ("memory_bytes", value) => {
                    self.memory.set(i64::try_from(whole(value)).unwrap_or(i64::MAX));
                }
                ("evictions", value) => set(&self.evictions, whole(value)),
                ("detectors", Value::Object(detectors)) => {
                    let sum = |name: &str| {
                        detectors
                            .values()
                            .filter_map(|detector| detector.get(name))
                            .map(whole)
                            .fold(0u64, u64::saturating_add)
                    };
                    set(&self.suppressed, sum("suppressed"));
                    for (id, detector) in detectors {
                        for (name, family) in
                            [("eligible", &self.eligible), ("lacking", &self.lacking)]
                        {
                            let count = detector.get(name).map(whole).unwrap_or_default();
                            let labels = vec![("detector", id.clone())];
                            set(&family.get_or_create(&labels), count);
                        }
                    }
                    self.actors.set(i64::try_from(sum("keys")).unwrap_or(i64::MAX));
                }
                ("rules", Value::Object(rules)) => {
                    for state in ["in_use", "fired"] {
                        let count = rules.get(state).and_then(Value::as_f64).unwrap_or_default();
                        self.rule_counts
                            .get_or_create(&vec![("state", state.to_owned())])
                            .set(count);
                    }
                }
                // Figures of newer modules, too.
                (name, Value::Number(number)) => {
                    self.figures
                        .get_or_create(&vec![("figure", name.to_owned())])
                        .set(number.as_f64().unwrap_or_default());
                }
                _ => {}
            }
        }
    }
}

/// Of a count, or of all the counts in an object.
fn whole(value: &Value) -> u64 {
    match value {
        Value::Object(counts) => counts.values().filter_map(Value::as_u64).sum(),
        value => value.as_u64().unwrap_or_default(),
    }
}

/// A count that another keeps, and that starts anew when it does.
fn set(counter: &Counter, count: u64) {
    counter.inner().store(count, Ordering::Relaxed);
}
