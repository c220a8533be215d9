//! Routes as the policy has them.

use crate::pattern::Patterns;
use crate::rule::condition::Condition;
use crate::severity::Severity;

/// Routes of a policy, at most: a record is held against one after the other.
pub const MOST: usize = 64;

/// One `[[route]]` of the policy. What is not given takes any record.
#[derive(Clone, Debug)]
pub struct Route {
    pub name: String,
    /// One of these must hold.
    pub when: Vec<Condition>,
    pub has_findings: Option<bool>,
    /// The minimum severity of the record's worst finding.
    pub severity: Option<Severity>,
    /// Detectors or rules, one of which found something.
    pub findings: Patterns,
}

impl Route {
    /// A route without a name, that takes what meets a condition.
    pub fn open(when: Vec<Condition>) -> Route {
        Route {
            name: String::new(),
            when,
            has_findings: None,
            severity: None,
            findings: Patterns::default(),
        }
    }

    /// True if it takes every record.
    pub fn is_open(&self) -> bool {
        self.when.is_empty()
            && self.has_findings.is_none()
            && self.severity.is_none()
            && self.findings.is_empty()
    }
}
