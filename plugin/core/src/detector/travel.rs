//! Two places of one person, too far apart for the time between them.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, baseline, spec};
use crate::option::{Kind, Opt};
use crate::severity::Severity;

pub const ID: &str = "travel";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A person at two places that are too far apart for the time between the events.",
    doc: "Locates a person (`actor.type` is `user`) by `origin.geo.lat` and `origin.geo.lon`, else by the centre of `origin.geo.country` and a radius \
          that reaches its borders. An event is a finding if its network or country is new to the actor, its place is at least 500 km from that of the \
          event before, and the distance is larger than `speed` allows for the time between them. Distances are lower bounds. It matters as one sign \
          among others: the severity is low, or medium if the client is new as well, and the detector `risk` adds it up. Not evaluated: networks \
          that the policy names, and those that are a VPN, relay or proxy by their name (`origin.network`), places that are both known to the actor, services, and actors with fewer than five active days. \
          Blind spots: an intruder in the same region; geolocation databases that place an address wrongly. Tune `speed`; exempt with `except`. \
          Example: a sign-in from Brazil twenty minutes after work in Germany.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "speed",
            Kind::Whole(100, 100_000),
            "1000",
            "Highest speed that is considered possible, in kilometres per hour.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"low\"",
            "Minimum severity of a finding. Raised one level if the client is new as well.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    attributes: Attributes::LEARNED.needing(&[spec::ACTOR, spec::ACTOR_TYPE, spec::PLACE]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::TRAVEL,
            evaluates: Facts::ANY,
            reason: baseline::travel::write,
        }
        .build(settings)
    },
};
