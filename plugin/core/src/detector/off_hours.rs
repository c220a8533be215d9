//! People at work when no one should be.

use super::{
    Attributes, Detector, ENABLED, EXCEPT, Learns, ONLY, Spec, flat_cooldown, flat_severity,
};
use crate::calendar::Calendar;
use crate::detect::spec;
use crate::detect::threshold::{Description, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject, baseline, shorten};
use crate::entity::Entity;
use crate::event::{Class, Field, Outcome};
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::Visit;
use crate::text::Sink;
use crate::time::DAY;

pub const ID: &str = "off-hours";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Activity by people outside business hours, or outside their usual hours: on restricted data, or sensitive actions.",
    doc: "Reports what people (`actor.type` is `user`) do outside `business_hours` and on holidays, in the time zone of `[environment]`, refused \
          attempts excluded: any action on restricted data (`target.data_class` is in `[targets] restricted`), and the classes in `actions` on any \
          other data, with `other_severity`. It matters because intruders and people about to leave prefer hours at which nobody watches. One finding \
          per actor and cooldown. Without `business_hours` the detector learns the hours of the week at which each actor is active, in the same time \
          zone: activity at an hour that is not next to one of them is a finding if it is rare enough for `alerts_per_day` (`[baseline]`), given how \
          often the actor and all other actors are active at that hour. An hour that is usual on other days is none \
          on a day on which the actor works. Who rests at no time of day, as with shifts that change, has no \
          unusual hour. `severity` is then the minimum; it rises with the bits above the threshold, \
          from a network or with a client that is new to the actor, and for an account that was inactive for 30 days. Blind spots: intruders who work in business hours. Tune `actions`; exempt people on call \
          with `except`. Example: a nurse on day shift opens a patient's chart at 23:00.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "actions",
            Kind::Many(CLASSES),
            "[\"grant\", \"configure\", \"export\", \"delete\", \"login\"]",
            "Classes of action that are reported on any data, not only on restricted data.",
        ),
        flat_severity("\"medium\""),
        Opt::new(
            "other_severity",
            Kind::Choice(Severity::NAMES),
            "\"low\"",
            "Severity of a finding on data that is not restricted.",
        ),
        flat_cooldown("\"12h\""),
        ONLY,
        EXCEPT,
    ],
    share: 2,
    attributes: Attributes::NONE
        .with_pattern("OFF_HOURS")
        .needing(&[spec::ACTOR, spec::ACTOR_TYPE]),
    build: |settings, policy, memory| {
        Box::new(OffHours::new(settings, policy.environment.calendar.clone(), memory))
    },
};

const CLASSES: &[&str] = &{
    let mut words = [""; Class::ALL.len()];
    let (mut index, mut rest) = (0usize, Class::ALL);
    while let [class, more @ ..] = rest {
        if let Some((_, [word, ..])) = words.split_at_mut_checked(index) {
            *word = class.word();
        }
        (index, rest) = (index.wrapping_add(1), more);
    }
    words
};

struct OffHours {
    calendar: Option<Calendar>,
    actions: Facts,
    restricted: Threshold<4>,
    others: Threshold<4>,
    /// The least severities of what is learned: on restricted data, and on other.
    severities: [Severity; 2],
}

impl OffHours {
    fn new(settings: &Settings, calendar: Option<Calendar>, memory: usize) -> OffHours {
        let schedule = Schedule::steady(settings);
        let other = schedule.with_severity(Severity::from_name(settings.text("other_severity")));
        let classes = Class::ALL.iter().filter(|class| settings.has("actions", class.word()));
        OffHours {
            calendar,
            severities: ["severity", "other_severity"]
                .map(|key| Severity::from_name(settings.text(key))),
            actions: classes.fold(Facts::NONE, |all, class| all | Facts::class(*class)),
            restricted: Threshold::new(
                ["off-hours.restricted", "off-hours.restricted-evidence"],
                1,
                DAY,
                schedule,
                memory / 2,
            ),
            others: Threshold::new(
                ["off-hours.others", "off-hours.others-evidence"],
                1,
                DAY,
                other,
                memory / 2,
            ),
        }
    }
}

impl Detector for OffHours {
    fn interest(&self) -> Facts {
        if self.calendar.is_some() { self.actions | Facts::RESTRICTED } else { Facts::UNUSUAL }
    }

    fn learns(&self) -> Learns {
        match self.calendar {
            Some(_) => Learns::Nothing,
            None => Learns::OfActor(self.actions | Facts::RESTRICTED),
        }
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        if self.calendar.is_none() {
            let [restricted, other] = self.severities;
            let least = if subject.facts.has_any(Facts::RESTRICTED) { restricted } else { other };
            let of = (baseline::OFF_HOURS, &SPEC, baseline::write_off_hours as baseline::Reason);
            return baseline::state(of, None, least, subject, findings);
        }
        let is_refused = matches!(subject.event.outcome, Some(Outcome::Failure | Outcome::Denied));
        let Some(calendar) = self.calendar.as_ref().filter(|calendar| {
            !is_refused && is_person(subject) && !calendar.is_open(subject.time)
        }) else {
            return;
        };
        let (key, hash) = subject.actor();
        if key.is_empty() {
            return;
        }
        let is_restricted = subject.facts.has_any(Facts::RESTRICTED);
        let reason = |out: &mut crate::write::Writer<'_>| {
            let (local, is_holiday) = calendar.local(subject.time);
            out.put(b"'");
            out.put(shorten(key));
            out.put(b"' acted outside business hours (");
            out.put(&local);
            out.put(if is_holiday { b", a holiday)" } else { b")" });
            out.put(if is_restricted { b" on restricted data: " } else { b": " });
            out.put(shorten(subject.text(Field::ActionName)));
        };
        let describe = || Description {
            detector: &SPEC,
            technique: None,
            entity: Entity::Actor,
            key,
            reason: Reason::Words(&reason),
        };
        let seen = if is_restricted { &mut self.restricted } else { &mut self.others };
        seen.count(hash, subject.times(), subject, findings, describe);
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.restricted.sketches(visit);
        self.others.sketches(visit);
    }
}

fn is_person(subject: &Subject<'_>) -> bool {
    subject.text(Field::ActorType) == b"user"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, Stated, found};
    use crate::time::{HOUR, MINUTE, Millis, parse};

    const HOURS: &str = "\n[environment]\ntimezone = \"Europe/Berlin\"\nbusiness_hours = [\"Mon-Fri 08:00-18:00\", \"Sat 09:00-12:00\"]\nholidays = [\"12-25\"]";

    fn harness(options: &str) -> Harness {
        Harness::new(ID, &format!("{options}{HOURS}"))
    }

    fn at(text: &str) -> Millis {
        parse(text.as_bytes()).unwrap()
    }

    fn done(class: Class, data_class: &str) -> Made {
        Made::new(class, Outcome::Success)
            .with(Field::ActorName, "alice")
            .with(Field::ActorType, "user")
            .with(Field::ActionName, "GetChart")
            .with(Field::TargetDataClass, data_class)
    }

    fn see(made: Made, time: &str) -> Vec<Stated> {
        harness("").see(made, at(time))
    }

    #[test]
    fn restricted_data_at_night_on_sundays_and_on_holidays() {
        for time in [
            "2026-01-15T22:00:00Z",
            "2026-01-18T12:00:00Z",
            "2026-12-25T10:00:00Z",
            "2026-07-15T16:00:00Z",
            "2026-01-17T11:00:00Z",
        ] {
            assert_eq!(
                see(done(Class::Read, "phi"), time),
                [found("actor", "medium", 1)],
                "{time}"
            );
        }
        let mut harness = harness("");
        harness.see(done(Class::Read, "phi"), at("2026-12-25T10:00:00Z"));
        assert!(harness.json().contains("'alice' acted outside business hours (Fri 11:00, a holiday) on restricted data: GetChart"), "{}", harness.json());
    }

    #[test]
    fn within_hours_by_the_clock_of_the_place_nothing_is_odd() {
        for time in [
            "2026-01-15T07:00:00Z",
            "2026-07-15T06:00:00Z",
            "2026-07-15T15:59:00Z",
            "2026-01-17T10:59:00Z",
        ] {
            assert_eq!(see(done(Class::Read, "phi"), time), [], "{time}");
        }
    }

    #[test]
    fn other_actions_are_told_less_severely_and_the_rest_not_at_all() {
        let night = "2026-01-15T22:00:00Z";
        assert_eq!(see(done(Class::Delete, ""), night), [found("actor", "low", 1)]);
        assert_eq!(see(done(Class::Read, "public"), night), []);
        assert_eq!(
            harness("actions = [\"read\"]\nother_severity = \"info\"")
                .see(done(Class::Read, ""), at(night)),
            [found("actor", "info", 1)]
        );
        assert_eq!(harness("actions = []").see(done(Class::Delete, ""), at(night)), []);
    }

    #[test]
    fn services_refusals_and_policies_without_hours_are_quiet() {
        let night = at("2026-01-15T22:00:00Z");
        let service = Made::new(Class::Delete, Outcome::Success)
            .with(Field::ActorName, "cron")
            .with(Field::ActorType, "service");
        assert_eq!(harness("").see(service, night), []);
        let refused = Made::new(Class::Login, Outcome::Failure)
            .with(Field::ActorName, "alice")
            .with(Field::ActorType, "user");
        assert_eq!(harness("").see(refused, night), []);
        assert_eq!(
            Harness::new(ID, "[environment]\ntimezone = \"Europe/Berlin\"")
                .see(done(Class::Read, "phi"), night),
            []
        );
    }

    #[test]
    fn one_finding_an_actor_and_cooldown_and_the_graver_one_is_not_hidden_by_the_other() {
        let mut harness = harness("");
        let night = at("2026-01-16T19:00:00Z");
        let seen: Vec<usize> = (0..40)
            .map(|n| harness.see(done(Class::Delete, ""), night + n * 5 * MINUTE).len())
            .collect();
        assert_eq!((seen[0], seen.iter().sum::<usize>()), (1, 1));
        assert_eq!(
            harness.see(done(Class::Delete, "pii"), night + HOUR),
            [found("actor", "medium", 1)]
        );
    }

    /// Polarity: restricted data weighs more than any other.
    #[test]
    fn restricted_data_is_more_severe() {
        let severity = |data_class: &str| {
            Severity::from_name(
                &see(done(Class::Export, data_class), "2026-01-15T22:00:00Z")[0].severity,
            )
        };
        assert!(severity("credential") > severity("public") && severity("public") == severity(""));
    }
}
