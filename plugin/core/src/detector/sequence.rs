//! Actions that hardly follow each other.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown, learned_severity};
use crate::detect::{Facts, baseline, spec};

pub const ID: &str = "sequence";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An action that rarely or never follows the action before it, for this actor and for all actors; a step that was skipped on a target.",
    doc: "Learns which actions (`action.name`) follow each other within an hour, for each actor and for all actors together. \
          A transition that the actor never made is a finding if its probability is rare enough for `alerts_per_day` (`[baseline]`): \
          after n transitions of d kinds from the action before, a new one has the probability d/(n+d), times the share that this transition has among \
          all actors. If no actor ever made the transition, it is as rare as a transition that is new to all, times the share of the action among \
          transitions that were new to an actor. It matters because jobs and interfaces act in few \
          orders, which somebody with their stolen credentials does not know. The detector evaluates after 50 transitions of the actor from that action \
          and 1,000 transitions of all actors. A reported transition is learned when it is repeated after a day. For each type of target the detector also learns which actions \
          that change a target follow another action on the same target, whoever did it: an action that almost never comes first on its target, and \
          does, is a finding once eight were seen. Blind spots: people whose work has \
          no fixed order; new orders of three or more steps whose pairs are all known; if the hashes of two actors collide, both start learning again. Tune \
          `alerts_per_day`; exempt with `except`. Example: a deployment job that lists, puts and tags deletes a trail after a tag; \
          an order is approved that nobody reviewed.",
    technique: "T1059",
    options: &[ENABLED, learned_severity("\"medium\""), flat_cooldown("\"1d\""), ONLY, EXCEPT],
    share: 0,
    attributes: Attributes::LEARNED.needing(&[spec::ACTOR, spec::ACTION]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::SEQUENCE,
            evaluates: Facts::ANY,
            reason: baseline::sequence::write,
        }
        .build(settings)
    },
};
