//! Values that are new to an actor: another network, country, client, service, action or target.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown, learned_severity};
use crate::detect::{Facts, baseline, spec};

pub const ID: &str = "new-value";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An actor that uses a network, country, client, service, action or type of target for the first time.",
    doc: "Learns which values each actor uses (people and workloads alike; all sessions of a role are one actor): the origin's autonomous system (else \
          its /24 or /48), its country, the client's name without version, the service, the class of action, the type of target. A new value is more \
          surprising if the actor was active for a long time without a new one, and if few other actors use the value: in n minutes of activity with d \
          values, a new value has the probability d/(n+d). If several values are new in one event, the most surprising counts in full and the others by \
          half. The finding states how surprising the event is in `bits`: an event of b bits happens once in 2^b minutes of normal traffic. It is a \
          finding from the threshold on that follows from `alerts_per_day` (`[baseline]`). It matters because stolen credentials are used from new \
          places with new tools. Blind spots: actors with less than 100 minutes of activity. Tune `alerts_per_day`; exempt with `except`. Example: a \
          backup role that only ever wrote to S3 from one network calls IAM from another.",
    technique: "T1078",
    options: &[ENABLED, learned_severity("\"medium\""), flat_cooldown("\"1d\""), ONLY, EXCEPT],
    share: 0,
    attributes: Attributes::LEARNED.with_pattern("UNSEEN").needing(&[spec::ACTOR]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::NEW_VALUE,
            evaluates: Facts::ANY,
            reason: baseline::write_new_value,
        }
        .build(settings)
    },
};
