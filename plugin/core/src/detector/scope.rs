//! Actors that touch many more targets than they do usually.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown, learned_severity};
use crate::detect::baseline;
use crate::detect::spec;

pub const ID: &str = "scope";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An actor that touches many more distinct targets in a day than usual.",
    doc: "Counts the distinct targets (`target.id`, else `target.name`) that an actor reads, lists, exports, shares, updates, deletes or executes in \
          one day. The count is an estimate: accurate within 20 % up to 100 targets; counts above 266 are reported as 266. It is compared with the actor's own past days and \
          with the days of all actors: a count of 12 or more is a finding if it is rare enough for `alerts_per_day` (`[baseline]`). It matters because \
          somebody who looks around in records, repositories or buckets outside their work rarely takes many from one place. The count of a day with a \
          finding is not learned unless the next day has a finding too. Blind spots: actors that touch more than 200 targets on most days; a slow \
          increase over months. Tune `alerts_per_day`; exempt crawlers and backups with `except`. Example: a clerk who usually opens six patients' \
          charts a day opens forty.",
    technique: "T1213",
    options: &[ENABLED, learned_severity("\"medium\""), flat_cooldown("\"1d\""), ONLY, EXCEPT],
    share: 0,
    attributes: Attributes::LEARNED.with_pattern("SURGE").needing(&[spec::ACTOR, spec::TARGET]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::SCOPE,
            evaluates: baseline::scope::reaches(),
            reason: baseline::scope::write,
        }
        .build(settings)
    },
};
