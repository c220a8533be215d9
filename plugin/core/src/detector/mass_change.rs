//! Mass deletion and modification.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::baseline::{self, Standing};
use crate::detect::spec;
use crate::detect::threshold::{Description, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::Visit;

pub const ID: &str = "mass-change";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Many deletions or updates by one actor.",
    doc: "Counts what one actor deletes and updates, refused attempts excluded, over a sliding window of event time: `target.count` if the source \
          reports it, else one per event. It matters because destruction and encryption are many changes in a short time. Changes that a cloud provider \
          makes itself (AWS under its service-linked roles) do not count. If the policy does not set `deletes` or `updates`, the counts are also \
          compared with what the actor usually changes in an hour and a day (`[baseline]`): a count of 20 or more is a finding if it is rare enough for \
          `alerts_per_day`, for the actor and among others. Then the thresholds apply only to actors without a baseline, and a count of at most four \
          times the actor's usual hour, if that is known from three days or more, is no finding. Blind spots: slow deletion; one command that deletes \
          much and reports no count. Tune `deletes` and `updates`; exempt deployments and clean-up jobs with `except` or a `[[suppress]]`. Example: one \
          user deletes 30 contacts within ten minutes.",
    technique: "T1485",
    options: &[
        ENABLED,
        Opt::new(
            "deletes",
            Kind::Whole(2, 1_000_000_000),
            "30",
            "Threshold: deletions of one actor within `window`.",
        ),
        Opt::new(
            "updates",
            Kind::Whole(2, 1_000_000_000),
            "100",
            "Threshold: updates of one actor within `window`.",
        ),
        window("\"10m\""),
        severity("\"high\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 4,
    attributes: Attributes {
        pattern: Some("SURGE"),
        needs: &[spec::ACTOR],
        scaled_if_set: &["deletes", "updates"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(MassChange::new(settings, memory)),
};

struct MassChange {
    deletes: Threshold<2>,
    updates: Threshold<2>,
    severity: Severity,
}

impl MassChange {
    fn new(settings: &Settings, memory: usize) -> MassChange {
        let (window, schedule, half) =
            (settings.number("window"), Schedule::new(settings), memory / 2);
        MassChange {
            severity: Severity::from_name(settings.text("severity")),
            deletes: Threshold::new(
                ["mass-change.deletes", "mass-change.deletes-evidence"],
                settings.number("deletes"),
                window,
                schedule,
                half,
            ),
            updates: Threshold::new(
                ["mass-change.updates", "mass-change.updates-evidence"],
                settings.number("updates"),
                window,
                schedule,
                half,
            ),
        }
    }
}

impl Detector for MassChange {
    fn interest(&self) -> Facts {
        Facts::DELETED | Facts::UPDATED | Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let (key, hash) = subject.actor();
        if key.is_empty()
            || subject.event.is_provider
            || !subject.facts.has_any(Facts::DELETED | Facts::UPDATED)
        {
            return;
        }
        let is_delete = subject.facts.has_any(Facts::DELETED);
        let (counts, what, technique) = if is_delete {
            (&mut self.deletes, " deletions by actor '", None)
        } else {
            (&mut self.updates, " updates by actor '", Some("T1565.001"))
        };
        let of = (baseline::MASS_CHANGE, &SPEC, baseline::write_count as baseline::Reason);
        baseline::state(of, technique, self.severity, subject, findings);
        let more = subject.number(Field::TargetCount).unwrap_or(subject.times());
        let quantity = if is_delete { baseline::DELETES } else { baseline::UPDATES };
        let standing = subject.surprises.map(|surprises| surprises.standing(quantity));
        if standing.is_some_and(|standing| standing != Standing::Open) {
            counts.count_quietly(hash, more, subject);
            return;
        }
        let describe = || Description {
            detector: &SPEC,
            technique,
            entity: Entity::Actor,
            key,
            reason: Reason::Count(what),
        };
        counts.count(hash, more, subject, findings, describe);
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.deletes.sketches(visit);
        self.updates.sketches(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Outcome};
    use crate::time::SECOND;

    fn harness(options: &str) -> Harness {
        Harness::new(ID, options)
    }

    fn change(class: Class, outcome: Outcome, actor: &str) -> Made {
        Made::new(class, outcome).with(Field::ActorName, actor)
    }

    #[test]
    fn fires_at_thirty_deletions_or_a_hundred_updates() {
        for (class, least) in [(Class::Delete, 30), (Class::Update, 100)] {
            let mut harness = harness("");
            let seen: Vec<Vec<Stated>> = (0..least + 1)
                .map(|n| {
                    harness.see(change(class, Outcome::Success, "mallory"), START + n * 2 * SECOND)
                })
                .collect();
            let (last, before) = seen.split_last().unwrap();
            assert!(before[..before.len() - 1].iter().all(Vec::is_empty) && last.is_empty());
            assert_eq!(before.last().unwrap()[..], [found("actor", "high", least as u64)]);
        }
    }

    #[test]
    fn creations_refusals_few_changes_and_many_actors_are_quiet() {
        let mut harness = harness("");
        for n in 0..400 {
            assert!(
                harness.see(change(Class::Create, Outcome::Success, "alice"), START + n).is_empty()
            );
            assert!(
                harness.see(change(Class::Delete, Outcome::Denied, "alice"), START + n).is_empty()
            );
            assert!(
                harness
                    .see(change(Class::Delete, Outcome::Success, &format!("user{n}")), START + n)
                    .is_empty()
            );
            assert!(
                harness
                    .see(change(Class::Delete, Outcome::Success, "bob"), START + n * 25 * SECOND)
                    .is_empty(),
                "25 in ten minutes"
            );
        }
    }

    #[test]
    fn only_and_except_choose_whom_it_judges() {
        let by_a_role = || {
            let mut harness = harness("except = \"*pipeline*\"");
            move |role: &str, n: i64| {
                harness.see(
                    change(Class::Delete, Outcome::Success, "i-0abc").with(Field::ActorRole, role),
                    START + n,
                )
            }
        };
        let (mut deploy, mut assume) = (by_a_role(), by_a_role());
        assert!((0..100).all(|n| deploy("ci-pipeline-role", n).is_empty()));
        assert!((0..100).any(|n| !assume("admin", n).is_empty()));
        let mass = || {
            change(Class::Delete, Outcome::Success, "svc-cleanup").number(Field::TargetCount, 500)
        };
        assert_eq!(harness("").see(mass(), START).len(), 1);
        assert!(harness("except = [\"svc-*\"]").see(mass(), START).is_empty());
        assert!(harness("only = \"alice\"").see(mass(), START).is_empty());
        assert_eq!(harness("only = \"SVC-*\"").see(mass(), START).len(), 1);
    }

    /// Whoever assumes a role names the session: a name is neither a way out of the count nor one of several actors.
    #[test]
    fn sessions_of_a_role_are_the_role() {
        let run = |options: &str, role: &str| {
            let mut harness = harness(options);
            let mut see = |n: i64| {
                let name = format!("nightly-pipeline-{n}");
                let mut made = change(Class::Delete, Outcome::Success, &name)
                    .with(Field::ActorId, &format!("AROAEXAMPLE:{name}"))
                    .with(Field::ActorRole, role);
                made.0.is_role_session = true;
                harness.see(made, START + n).len()
            };
            (0..30).map(&mut see).sum::<usize>()
        };
        let suppressed = |actor: &str| {
            format!("[[suppress]]\nactor = \"{actor}\"\nuntil = 2027-01-01\nreason = \"r\"\n")
        };
        let (by_session, by_role) = (suppressed("*pipeline*"), suppressed("Oper*"));
        for (options, findings) in [
            ("", 1),
            ("except = \"*pipeline*\"", 1),
            ("except = \"operators\"", 0),
            ("except = \"AROAEXAMPLE\"", 0),
            (by_session.as_str(), 1),
            (by_role.as_str(), 0),
        ] {
            assert_eq!(run(options, "Operators"), findings, "{options}");
        }
    }

    #[test]
    fn the_providers_own_work_does_not_count() {
        let mut harness = harness("");
        let mut see = |is_provider: bool, n: i64| {
            let mut made = change(Class::Delete, Outcome::Success, "AWSServiceRoleForAmazonEKS");
            made.0.is_provider = is_provider;
            harness.see(made, START + n).len()
        };
        assert_eq!((0..100).map(|n| see(true, n)).sum::<usize>(), 0);
        assert_eq!((100..130).map(|n| see(false, n)).sum::<usize>(), 1);
    }

    /// Polarity: the more is deleted, the worse the finding.
    #[test]
    fn severity_rises_with_the_number_of_deletions() {
        let worst = |count| {
            harness("")
                .see(
                    change(Class::Delete, Outcome::Success, "a").number(Field::TargetCount, count),
                    START,
                )
                .pop()
                .map(|finding| Severity::from_name(&finding.severity))
        };
        assert_eq!(
            [29, 30, 120, 480, i64::MAX].map(worst),
            [
                None,
                Some(Severity::High),
                Some(Severity::Critical),
                Some(Severity::Critical),
                Some(Severity::Critical)
            ]
        );
    }
}
