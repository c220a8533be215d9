//! The share of audit records that say who, what, when, where, target, outcome and why, for each source, and how that meets what frameworks ask.
//!
//! Values are counted, never flags: a record answers a question where it holds a value for it.

pub mod demands;
pub mod page;
pub mod tally;
pub mod text;

use crate::calendar::rfc3339;
use crate::evaluated::Reader;
use crate::mode::native::{self, Native};
use crate::mode::{Input, Mode, Setup};
use crate::policy_file::PolicyFile;
use crate::question::Question;
use crate::report::Basis;
use anyhow::Result;
use auditward_core::time::Millis;
use demands::Demands;
use serde::Serialize;
use std::collections::BTreeMap;
use tally::Tally;

/// Records as they are counted.
pub struct Coverage {
    mode: Native,
    reader: Reader,
    /// Which questions records of a source can answer.
    basis: Basis,
    /// The time of the interface, by which a record without a time of its own is known.
    now: i64,
    demands: Demands,
    sources: BTreeMap<String, Tally>,
    records: u64,
    policy: String,
    /// The earliest and the latest time that records have themselves.
    period: Option<(Millis, Millis)>,
}

/// Name of the records that no source recognised.
pub const UNRECOGNISED: &str = "not recognised";

impl Coverage {
    /// Under a policy, whose schema and layout do not matter.
    pub fn new(policy_file: PolicyFile) -> Result<Coverage> {
        let policy = policy_file.policy.digest.clone();
        let policy_file = policy_file.with_output(Some("audit"), Some("record"))?;
        let now = native::now_ms();
        let reader = Reader::new(&policy_file.policy);
        let basis = Basis::new(&policy_file.policy);
        let mode = Native::new(&Setup {
            policy: policy_file.text,
            now_ms: Some(now),
            ..Setup::default()
        })?;
        Ok(Coverage {
            mode,
            reader,
            basis,
            now,
            demands: Demands::read()?,
            sources: BTreeMap::new(),
            records: 0,
            policy,
            period: None,
        })
    }

    /// Counts one record.
    pub fn add(&mut self, tag: &str, bytes: &[u8]) -> Result<()> {
        let output =
            self.mode.process(Input { tag, time_ms: self.now, nonce: self.records, bytes })?;
        self.records += 1;
        let record = tally::Record::new(&self.reader, &output, bytes);
        if let Some(time) = record.time() {
            let (first, last) = self.period.unwrap_or((time, time));
            self.period = Some((first.min(time), last.max(time)));
        }
        let source = record.source().unwrap_or_else(|| UNRECOGNISED.to_owned());
        let levels = self.demands.levels_of(&source);
        self.sources.entry(source).or_default().add(&record, &levels);
        Ok(())
    }

    /// The figures, of records of these files.
    pub fn report(&self, files: Vec<String>) -> Report {
        let mut all = Tally::default();
        self.sources.values().for_each(|tally| all.join(tally));
        let sources = self
            .sources
            .iter()
            .map(|(name, tally)| {
                let holds = tally.shares();
                let why = Question::Why.word();
                let is_never = self.basis.says_why(name) == Some(false)
                    && holds.get(why).is_none_or(|share| *share <= 0.0);
                let never = is_never.then_some(why).into_iter().collect();
                SourceReport { source: name.clone(), records: tally.records, never, holds }
            })
            .collect();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            policy: self.policy.clone(),
            files,
            first: self.period.map(|(first, _)| rfc3339(first)),
            last: self.period.map(|(_, last)| rfc3339(last)),
            records: self.records,
            sources,
            all: all.shares(),
            demands: self.demands.met_by(&self.sources),
            levels: self.demands.low(&self.sources),
        }
    }
}

/// The report of `auditward coverage`.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of auditward.
    pub version: &'static str,
    /// Digest of the policy, as `module.policy` of records has it.
    pub policy: String,
    /// The files that were read.
    pub files: Vec<String>,
    /// The earliest time of a record.
    pub first: Option<String>,
    /// The latest time of a record.
    pub last: Option<String>,
    pub records: u64,
    pub sources: Vec<SourceReport>,
    /// Share of all records that answer each question.
    pub all: BTreeMap<&'static str, f64>,
    pub demands: Vec<demands::Met>,
    /// Sources of which the records show that their own audit level is too low.
    pub levels: Vec<demands::Low>,
}

/// One source.
#[derive(Debug, Serialize)]
pub struct SourceReport {
    pub source: String,
    pub records: u64,
    /// Questions that records of this source cannot answer, whatever happens.
    pub never: Vec<&'static str>,
    /// Share of its records that answer each question.
    pub holds: BTreeMap<&'static str, f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(records: &[&str]) -> Report {
        let mut coverage = Coverage::new(PolicyFile::read(None).unwrap()).unwrap();
        records.iter().for_each(|record| coverage.add("", record.as_bytes()).unwrap());
        coverage.report(vec!["a.log".to_owned()])
    }

    const READ: &str = r#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"eu-west-1","eventName":"GetObject","eventSource":"s3.amazonaws.com",
        "userIdentity":{"type":"IAMUser","userName":"dana","arn":"a"},"requestParameters":{"bucketName":"b","key":"k"},"sourceIPAddress":"192.0.2.1"}"#;
    const BARE: &str =
        r#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"x"}"#;

    #[test]
    fn shares_are_those_of_the_records_that_hold_a_value() {
        let report = coverage(&[READ, BARE, "some text"]);
        assert_eq!(report.records, 3);
        let source =
            |name: &str| report.sources.iter().find(|source| source.source == name).unwrap();
        assert_eq!(
            (report.first.as_deref(), report.last.as_deref(), report.policy.as_str()),
            (Some("2026-01-05T10:00:00.000Z"), Some("2026-01-05T10:00:00.000Z"), "default"),
            "the times of the records themselves"
        );
        let trail = source("aws.cloudtrail");
        assert_eq!(
            (trail.records, trail.holds["who"], trail.holds["where"], trail.holds["when"]),
            (2, 0.5, 0.5, 1.0)
        );
        assert_eq!(
            (source(UNRECOGNISED).holds["when"], source(UNRECOGNISED).holds["who"]),
            (0.0, 0.0),
            "the time of the interface is not the record's"
        );
        assert!((report.all["when"] - 2.0 / 3.0).abs() < 1e-9);
        let line =
            r#"192.0.2.1 - - [05/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8""#;
        let web = coverage(&[line]);
        assert_eq!(web.all["who"], 0.0, "an anonymous actor is nobody");
        assert_eq!(web.sources[0].never, ["why"], "no web server writes why");
        assert!(text::text(&web).contains("has none") && page::page(&web, 0).contains("has none"));
        assert!(trail.never.is_empty());
    }

    #[test]
    fn demands_name_what_is_missing() {
        let report = coverage(&[READ, READ]);
        let met = |id: &str| report.demands.iter().find(|met| met.id == id).unwrap();
        assert_eq!((met("10.2.2").share, met("10.2.2").missing.as_slice()), (Some(1.0), &[][..]));
        assert_eq!(met("10.2.1.4").unseen, ["failed"]);
        assert_eq!(
            (met("CC6.3").share, met("CC6.3").missing.as_slice()),
            (Some(0.0), &["why"][..])
        );
        assert!(met("164.312(b)").unseen.contains(&"change".to_owned()));
    }

    #[test]
    fn an_audit_level_is_low_only_where_enough_records_show_it() {
        let kubernetes = |level: &str, number: usize| {
            format!(
                r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"a-{number}","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"get","user":{{"username":"ann"}},"sourceIPs":["192.0.2.1"],"objectRef":{{"resource":"secrets","name":"s"}},"responseStatus":{{"code":200}},"requestReceivedTimestamp":"2026-01-05T10:00:00.000000Z","stageTimestamp":"2026-01-05T10:00:00.000000Z"}}"#
            )
        };
        let report = |count: usize, last: &str| {
            let mut records: Vec<String> =
                (1..count).map(|number| kubernetes("Metadata", number)).collect();
            records.push(kubernetes(last, 0));
            coverage(&records.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let low: Vec<String> =
            report(20, "Metadata").levels.into_iter().map(|low| low.source).collect();
        assert_eq!(low, ["kubernetes.audit"]);
        assert!(report(19, "Metadata").levels.is_empty(), "too few to tell");
        assert!(report(20, "RequestResponse").levels.is_empty());
    }
}
