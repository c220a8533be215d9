//! Suppressions and verdicts: findings that the policy says are known, until a date, and what they turned out to be.

use crate::pattern::{Origins, Patterns};
use crate::time::Millis;

/// Verdict on a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Known and accepted; nothing is learned from that.
    #[default]
    Accepted,
    /// Right as it is: what was surprising is learned at once.
    Benign,
    /// An attack: it is stated, a step more severe, and never learned.
    Malicious,
}

impl Verdict {
    pub const NAMES: &'static [&'static str] = &["accepted", "benign", "malicious"];

    pub fn from_name(name: &str) -> Verdict {
        match name {
            "benign" => Verdict::Benign,
            "malicious" => Verdict::Malicious,
            _ => Verdict::Accepted,
        }
    }
}

/// One `[[suppress]]` of the policy. What is not given matches anything.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Id of the detector.
    pub detector: Option<&'static str>,
    pub actor: Patterns,
    pub target: Patterns,
    pub origin: Origins,
    pub fingerprint: Option<u64>,
    pub verdict: Verdict,
    /// From this event time on it holds no more.
    pub until: Millis,
    pub reason: String,
    /// Subject, as in the policy.
    pub about: String,
}
