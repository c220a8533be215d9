//! Parts of detectors: the event as they look at it, thresholds, baselines, findings. `detection` passes events to them.

pub mod baseline;
pub mod facts;
pub mod finding;
pub mod inspect;
pub mod name;
pub mod origin;
pub mod spec;
pub mod subject;
pub mod suppress;
#[cfg(test)]
pub mod testing;
pub mod threshold;
pub mod written;

pub use facts::Facts;
pub use finding::{Finding, Findings, shorten, write_duration, write_size};
pub use spec::{Attributes, Detector, Learns, Spec};
pub use subject::{Subject, account_key, joined};
