//! Anything by watched actors and by those who have left, from watched origins, on watched targets.

use super::{Attributes, Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown, flat_severity};
use crate::detect::spec;
use crate::detect::threshold::{Description, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject, joined, shorten};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::pattern::{Origins, Patterns};
use crate::policy::Settings;
use crate::sketch::Visit;
use crate::text::Sink;
use crate::time::DAY;

pub const ID: &str = "watch";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Anything by watched actors and by those who have left, from watched origins, on watched targets.",
    doc: "Reports any activity by, from or on an entity in the policy's watch lists, whatever the outcome: people who leave, break-glass accounts, \
          addresses from an investigation, decoys that nobody should touch. It also reports any activity of actors who have left (`actor.status` is \
          `left`, from `[actors] left` or a lookup). It matters because such activity should not happen at all, or must be seen at once. Each entity is \
          reported once per cooldown. Without lists and leavers the detector does nothing and costs nothing. Blind spots: names that the source does not \
          report. Tune the lists `actors`, `origins` and `targets`; turn off the report of leavers with `leavers = false`. Example: a break-glass \
          account signs in.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "actors",
            Kind::Patterns,
            "[]",
            "Watched actors: ids, names, mail addresses or roles, with `*` for any text.",
        ),
        Opt::new(
            "origins",
            Kind::Origins,
            "[]",
            "Watched origins: addresses, address ranges or hosts.",
        ),
        Opt::new(
            "targets",
            Kind::Patterns,
            "[]",
            "Watched targets: ids or names, with `*` for any text.",
        ),
        Opt::new(
            "leavers",
            Kind::Bool,
            "true",
            "Report activity of actors whose `actor.status` is `left`.",
        ),
        flat_severity("\"medium\""),
        flat_cooldown("\"1h\""),
        ONLY,
        EXCEPT,
    ],
    share: 2,
    attributes: Attributes::NARROW.needing(&[spec::ACTOR]),
    build: |settings, _, memory| Box::new(Watch::new(settings, memory)),
};

struct Watch {
    actors: Patterns,
    origins: Origins,
    targets: Patterns,
    leavers: bool,
    seen: Threshold<4>,
}

impl Watch {
    fn new(settings: &Settings, memory: usize) -> Watch {
        Watch {
            actors: Patterns::new(settings.list("actors")),
            origins: Origins::new(settings.list("origins")),
            targets: Patterns::new(settings.list("targets")),
            leavers: settings.bool("leavers"),
            seen: Threshold::new(
                ["watch.seen", "watch.evidence"],
                1,
                DAY,
                Schedule::steady(settings),
                memory,
            ),
        }
    }

    fn is_leaver(&self, subject: &Subject<'_>) -> bool {
        self.leavers && subject.facts.has_any(Facts::LEFT)
    }

    fn state(
        &mut self,
        entity: Entity,
        (key, hash): (&[u8], u64),
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let has_left = entity == Entity::Actor && self.is_leaver(subject);
        let action = subject.text(Field::ActionName);
        let reason = |out: &mut crate::write::Writer<'_>| {
            out.put(if has_left { b"former " } else { b"watched " });
            out.put(entity.name().as_bytes());
            out.put(b" '");
            out.put(shorten(key));
            out.put(if action.is_empty() { b"' was seen" } else { b"' was seen: " });
            out.put(shorten(action));
        };
        let said = || Description {
            detector: &SPEC,
            technique: None,
            entity,
            key,
            reason: Reason::Words(&reason),
        };
        self.seen.count(hash, subject.times(), subject, findings, said);
    }
}

/// The actor by the name that detectors use, else by mail address.
fn actor<'s>(subject: &Subject<'s>) -> (&'s [u8], u64) {
    let (mail, (account, hash)) = (subject.text(Field::ActorEmail), subject.actor());
    if account.is_empty() { (mail, subject.account_key(mail)) } else { (account, hash) }
}

impl Detector for Watch {
    fn interest(&self) -> Facts {
        let is_idle = self.actors.is_empty() && self.origins.is_empty() && self.targets.is_empty();
        match (is_idle, self.leavers) {
            (false, _) => Facts::ANY,
            (true, true) => Facts::LEFT,
            (true, false) => Facts::NONE,
        }
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let is_watched = !self.actors.is_empty() && subject.is_actor(&self.actors);
        if is_watched || self.is_leaver(subject) {
            self.state(Entity::Actor, actor(subject), subject, findings);
        }
        if !self.origins.is_empty() {
            let found = [Field::OriginIp, Field::OriginHost]
                .map(|field| subject.text(field))
                .into_iter()
                .find(|origin| self.origins.is_match(origin));
            if let Some(origin) = found {
                let key = joined(subject.origin_key(origin), subject.actor().1);
                self.state(Entity::Origin, (origin, key), subject, findings);
            }
        }
        if !self.targets.is_empty() {
            let found = [Field::TargetId, Field::TargetName]
                .map(|field| subject.text(field))
                .into_iter()
                .find(|target| self.targets.is_match(target));
            if let Some(target) = found {
                // Who comes later is not hidden by who came first.
                let key = joined(subject.key_in(2, target), subject.actor().1);
                self.state(
                    Entity::Target,
                    (target, joined(key, subject.origin().1)),
                    subject,
                    findings,
                );
            }
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.seen.sketches(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Outcome};
    use crate::time::{HOUR, Millis, SECOND};

    const LISTS: &str = "actors = [\"leaver-*\", \"eve@example.com\"]\norigins = [\"198.51.100.0/24\", \"*.example.net\"]\ntargets = \"decoy*\"";

    fn see(harness: &mut Harness, field: Field, text: &str, time: Millis) -> Vec<Stated> {
        harness.see(Made::new(Class::Other, Outcome::Unknown).with(field, text), time)
    }

    #[test]
    fn fires_on_each_list_and_field() {
        for (field, text, role) in [
            (Field::ActorName, "Leaver-7", "actor"),
            (Field::ActorId, "leaver-7", "actor"),
            (Field::ActorEmail, "Eve@example.com", "actor"),
            (Field::OriginIp, "198.51.100.77", "origin"),
            (Field::OriginHost, "a.example.net", "origin"),
            (Field::TargetId, "decoy-bucket", "target"),
            (Field::TargetName, "decoy", "target"),
        ] {
            assert_eq!(
                see(&mut Harness::new(ID, LISTS), field, text, START),
                [found(role, "medium", 1)],
                "{field:?}"
            );
        }
    }

    #[test]
    fn fires_on_actors_who_have_left() {
        let event = |status| {
            Made::new(Class::Read, Outcome::Success)
                .with(Field::ActorName, "bob")
                .with(Field::ActorStatus, status)
        };
        for (options, status, count) in
            [("", "left", 1), ("", "active", 0), (LISTS, "left", 1), ("leavers = false", "left", 0)]
        {
            let stated = Harness::new(ID, options).see(event(status), START);
            assert_eq!(stated.len(), count, "{options} {status}");
        }
        let stated = Harness::new(ID, "").see(event("left"), START);
        assert_eq!(stated, [found("actor", "medium", 1)]);
    }

    #[test]
    fn findings_about_important_actors_are_more_severe() {
        for (importance, severity) in [("critical", "high"), ("high", "high"), ("low", "medium")] {
            let event = Made::new(Class::Read, Outcome::Success)
                .with(Field::ActorName, "leaver-1")
                .with(Field::ActorImportance, importance);
            assert_eq!(Harness::new(ID, LISTS).see(event, START), [found("actor", severity, 1)]);
        }
        let origin = Made::new(Class::Read, Outcome::Success)
            .with(Field::ActorImportance, "high")
            .with(Field::OriginIp, "198.51.100.7");
        assert_eq!(Harness::new(ID, LISTS).see(origin, START), [found("origin", "medium", 1)]);
    }

    #[test]
    fn accounts_of_one_person_count_as_one() {
        let mut harness = Harness::new(ID, LISTS);
        let event = |account: &str, environment: &str| {
            Made::new(Class::Read, Outcome::Success)
                .with(Field::ActorName, account)
                .with(Field::EnvAccount, environment)
                .with(Field::ActorPerson, "leaver-1")
        };
        assert_eq!(harness.see(event("ann", "1"), START), [found("actor", "medium", 1)]);
        assert_eq!(harness.see(event("alee", "2"), START + SECOND), []);
    }

    #[test]
    fn is_quiet_about_everyone_else_and_without_lists() {
        for (field, text) in [
            (Field::ActorName, "alice"),
            (Field::ActorName, "xleaver-7"),
            (Field::OriginIp, "198.51.101.7"),
            (Field::TargetId, "a-decoy"),
        ] {
            assert_eq!(see(&mut Harness::new(ID, LISTS), field, text, START), []);
            assert_eq!(see(&mut Harness::new(ID, ""), field, text, START), []);
        }
    }

    #[test]
    fn says_it_once_a_cooldown_however_much_is_done() {
        let mut harness = Harness::new(ID, LISTS);
        let said: Vec<i64> = (0..7200)
            .step_by(10)
            .filter(|second| {
                !see(&mut harness, Field::ActorName, "leaver-7", START + second * SECOND).is_empty()
            })
            .collect();
        assert_eq!(said, [0, 3600]);
        assert_eq!(
            see(&mut harness, Field::ActorName, "leaver-8", START + HOUR).len(),
            1,
            "another one"
        );
    }

    #[test]
    fn events_of_hours_before_count_still() {
        let mut harness = Harness::new(ID, &format!("{LISTS}\ncooldown = \"0s\""));
        assert_eq!(
            see(&mut harness, Field::ActorName, "leaver-7", START + 10 * HOUR),
            [found("actor", "medium", 1)]
        );
        assert_eq!(see(&mut harness, Field::ActorName, "leaver-7", START), []);
        assert!(!harness.notes.has(crate::note::Note::Late), "within the day");
        assert_eq!(
            see(&mut harness, Field::ActorName, "leaver-7", START + 11 * HOUR),
            [found("actor", "medium", 3)]
        );
    }

    /// Polarity: every list that matches adds its finding.
    #[test]
    fn the_more_is_watched_the_more_is_said() {
        let event = || {
            Made::new(Class::Read, Outcome::Success)
                .with(Field::ActorName, "leaver-1")
                .with(Field::OriginIp, "198.51.100.1")
                .with(Field::TargetId, "decoy")
        };
        let lists: Vec<&str> = LISTS.lines().collect();
        let counts: Vec<usize> = (0..=3)
            .map(|n| Harness::new(ID, &lists[..n].join("\n")).see(event(), START).len())
            .collect();
        assert_eq!(counts, [0, 1, 2, 3]);
    }
}
