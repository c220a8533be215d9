//! Accounts that somebody else uses beside their owner.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, baseline, spec};
use crate::option::{Kind, Opt};
use crate::severity::Severity;

pub const ID: &str = "takeover";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An account used from a new network with a new client, while its owner is active elsewhere, after refused attempts, or right before a sensitive action.",
    doc: "Watches an actor for one day after its first event from a new network (autonomous system, else /24 or /48) with a new client; if \
          the client is unknown, from a new network and a new country. It is a finding once at least one of four signs is present and the bits of the new \
          values and of the signs together reach the threshold of `[baseline]`. The signs: the owner was active in a known network within the last \
          hour (3 bits); the action is sensitive (grant, configure, export, share, delete, approve, restricted data; 3 bits); the session or \
          credential is the one that the owner uses (`actor.session`; 4 bits); at least two attempts to sign in from there were refused within the hour before, such as prompts of a second factor (3 bits). Two signs raise the severity by one level. It matters because a stolen \
          token or session passes every check of passwords and second factors: only the two places reveal it. Networks that the \
          policy names and private endpoints are not counted as places; names of providers, zones and interfaces that a record has vouch for nobody. A change of network alone (VPN, train, plane, home) is never a finding, nor is a new \
          client in a known network. Blind spots: an intruder in the owner's network or with the owner's client, who is but a new network to `new-value`; actors with fewer than five active \
          days. Tune `alerts_per_day`; exempt test accounts with `except`. Example: a token is used with `python-requests` from a hosting provider \
          while its owner reads mail in the office.",
    technique: "T1078.004",
    options: &[
        ENABLED,
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"high\"",
            "Minimum severity of a finding. Two signs raise it by one level.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    attributes: Attributes::LEARNED.with_pattern("UNSEEN").needing(&[spec::ACTOR, spec::ADDRESS]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::TAKEOVER,
            evaluates: Facts::ANY,
            reason: baseline::takeover::write,
        }
        .build(settings)
    },
};
