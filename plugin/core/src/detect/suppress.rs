//! Suppressions and verdicts of the policy, held against findings.

use super::finding::fingerprint;
use super::{Facts, Finding, Subject};
use crate::entity::Entity;
use crate::event::Field;
use crate::policy::{Suppression, Verdict};

impl Suppression {
    fn covers(&self, subject: &Subject<'_>, finding: &Finding<'_>) -> bool {
        // To be found more is in no attacker's interest.
        let is_open = self.verdict == Verdict::Malicious;
        let is_target = || {
            (is_open || !is_made_up(subject, finding))
                && [Field::TargetId, Field::TargetName]
                    .into_iter()
                    .any(|field| self.target.is_match(subject.text(field)))
        };
        let is_origin = || {
            self.origin.is_match(subject.text(Field::OriginIp))
                || (is_open || !subject.facts.has_any(KNOCKS))
                    && self.origin.is_match(subject.text(Field::OriginHost))
        };
        subject.time < self.until
            && self.detector.is_none_or(|id| id == finding.detector.id)
            && self
                .fingerprint
                .is_none_or(|fingerprint| fingerprint == finding.fingerprint(subject))
            // A name that was only tried names nobody.
            && (self.actor.is_empty() || subject.is_exempt(&self.actor))
            && (self.target.is_empty() || is_target())
            && (self.origin.is_empty() || is_origin())
    }
}

/// Sign-ins and requests: whoever knocks names the host itself, or the owner of its address does (PTR).
const KNOCKS: Facts = Facts::FAILED_LOGIN.or(Facts::LOGIN).or(Facts::HAS_STATUS).or(Facts::RETOLD);

/// True if the target is what a request asks for that nobody with a name made, or that was refused: whoever scans chooses it. What a service of one's own
/// fails at is found about the service.
fn is_made_up(subject: &Subject<'_>, finding: &Finding<'_>) -> bool {
    let is_url =
        subject.facts.has_any(Facts::HAS_STATUS) || subject.text(Field::TargetType) == b"url";
    is_url && !subject.facts.has_any(Facts::LET_IN) && finding.entity != Entity::Service
}

/// True if the policy suppresses the finding.
pub fn covers(subject: &Subject<'_>, finding: &Finding<'_>) -> bool {
    let suppressing = |held: &&Suppression| held.verdict != Verdict::Malicious;
    subject.suppressions.iter().filter(suppressing).any(|held| held.covers(subject, finding))
}

/// Earlier verdict on the finding: the first that affects learning.
pub fn verdict(subject: &Subject<'_>, finding: &Finding<'_>) -> Verdict {
    let mut taught = subject.suppressions.iter().filter(|held| held.verdict != Verdict::Accepted);
    taught.find(|held| held.covers(subject, finding)).map_or(Verdict::Accepted, |held| held.verdict)
}

/// Verdicts on findings of the detector on the actor, by fingerprint.
pub fn verdict_on(subject: &Subject<'_>, detector: &str, actor: &[u8]) -> Verdict {
    let mut taught = subject
        .suppressions
        .iter()
        .filter(|held| held.verdict != Verdict::Accepted && subject.time < held.until);
    let found = taught.find(|held| {
        held.fingerprint == Some(fingerprint(detector, None, Entity::Actor, actor, subject))
    });
    found.map_or(Verdict::Accepted, |held| held.verdict)
}

#[cfg(test)]
mod tests {
    use crate::detect::testing::{Harness, Made, START, found};
    use crate::event::{Class, Field, Outcome};
    use crate::note::Note;
    use crate::time::SECOND;

    fn harness(suppression: &str) -> Harness {
        Harness::new(
            "brute-force",
            &format!("per = [\"account\"]\n[[suppress]]\n{suppression}\nreason = \"test\"\n"),
        )
    }

    /// Five failures against alice; what was found, and whether something was suppressed.
    fn attack(harness: &mut Harness) -> (usize, bool) {
        let failure = || {
            Made::login("alice", "203.0.113.7", Outcome::Failure).with(Field::TargetId, "vault-7")
        };
        let seen: Vec<usize> =
            (0..5).map(|n| harness.see(failure(), START + n * SECOND).len()).collect();
        (seen.into_iter().sum(), harness.notes.has(Note::Suppressed))
    }

    #[test]
    fn what_matches_does_not_go_out_and_is_noted() {
        for suppression in [
            "detector = \"brute-force\"",
            "target = [\"x\", \"vault-*\"]",
            "origin = \"203.0.113.0/24\"",
            "detector = \"brute-force\"\ntarget = \"vault-7\"\norigin = \"203.*\"",
        ] {
            assert_eq!(
                attack(&mut harness(&format!("until = 2026-12-31\n{suppression}"))),
                (0, true),
                "{suppression}"
            );
        }
    }

    /// Whoever guesses chooses the names that are tried.
    #[test]
    fn a_name_that_was_only_tried_suppresses_nothing() {
        for actor in ["alice", "AL*", "*", "ALICE"] {
            for more in ["", "\ndetector = \"brute-force\"", "\norigin = \"203.*\""] {
                let suppression = format!("until = 2026-12-31\nactor = \"{actor}\"{more}");
                assert_eq!(attack(&mut harness(&suppression)), (1, false), "{suppression}");
            }
        }
        let mut mass = Harness::new(
            "mass-change",
            "deletes = 2\n[[suppress]]\nuntil = 2026-12-31\nactor = \"al*\"\nreason = \"test\"\n",
        );
        let seen: usize = (0..4)
            .map(|n| {
                let deleted =
                    Made::new(Class::Delete, Outcome::Success).with(Field::ActorName, "alice");
                mass.see(deleted, START + n * SECOND).len()
            })
            .sum();
        assert_eq!((seen, mass.notes.has(Note::Suppressed)), (0, true), "she deleted as alice");
    }

    /// Whoever scans chooses what is asked for, and the owner of an address what it is called.
    #[test]
    fn neither_a_url_nor_the_name_of_a_host_suppresses_an_attack() {
        let suppressions =
            ["origin = \"*.example.net\"", "origin = \"203.*\"", "target = \"/health*\""];
        let guess = |suppression: &str| {
            let mut harness = harness(&format!("until = 2026-12-31\n{suppression}"));
            let failure = || {
                Made::login("alice", "", Outcome::Failure)
                    .with(Field::OriginHost, "203.crawler.example.net")
                    .with(Field::TargetType, "url")
                    .with(Field::TargetId, "/health/../login")
            };
            let seen: usize =
                (0..5).map(|n| harness.see(failure(), START + n * SECOND).len()).sum();
            (seen, harness.notes.has(Note::Suppressed))
        };
        for suppression in suppressions {
            assert_eq!(guess(suppression), (1, false), "{suppression}");
        }
        assert_eq!(guess("detector = \"brute-force\""), (0, true));
        let scan = |suppression: &str, host: &str| {
            let mut harness = Harness::new(
                "error-rate",
                &format!("[[suppress]]\nuntil = 2026-12-31\n{suppression}\nreason = \"test\"\n"),
            );
            let seen: usize = (0..150)
                .map(|n| {
                    let missing = Made::new(Class::Read, Outcome::Failure)
                        .with(Field::RequestStatus, "404")
                        .with(Field::OriginIp, "203.0.113.7")
                        .with(Field::OriginHost, host)
                        .with(Field::TargetType, "url")
                        .with(Field::TargetId, "/health/x");
                    harness.see(missing, START + n * SECOND).len()
                })
                .sum();
            seen > 0
        };
        assert!(scan("target = \"/health*\"", ""));
        assert!(scan("origin = \"*.example.net\"", "crawler.example.net"));
        assert!(!scan("origin = \"203.0.113.0/24\"", "crawler.example.net"));
    }

    /// A page suppresses findings on somebody with a name.
    #[test]
    fn a_url_suppresses_what_a_known_actor_did() {
        let mut harness = Harness::new(
            "mass-change",
            "deletes = 2\n[[suppress]]\nuntil = 2026-12-31\ntarget = \"/tmp/*\"\nreason = \"test\"\n",
        );
        let seen: usize = (0..4)
            .map(|n| {
                let deleted = Made::new(Class::Delete, Outcome::Success)
                    .with(Field::ActorName, "alice")
                    .with(Field::RequestStatus, "204")
                    .with(Field::TargetType, "url")
                    .with(Field::TargetId, "/tmp/7");
                harness.see(deleted, START + n * SECOND).len()
            })
            .sum();
        assert_eq!((seen, harness.notes.has(Note::Suppressed)), (0, true));
    }

    #[test]
    fn all_that_is_given_must_match_and_its_time_must_not_be_over() {
        for suppression in [
            "until = 2026-12-31\ndetector = \"password-spray\"",
            "until = 2026-12-31\nactor = \"bob\"",
            "until = 2026-12-31\nactor = \"alice\"\norigin = \"198.51.100.0/24\"",
            "until = 2026-12-31\nfingerprint = \"0000000000000001\"",
            "until = 2026-01-08\ntarget = \"vault-7\"",
            "until = 2026-01-09T23:06:44Z\ntarget = \"vault-7\"",
        ] {
            assert_eq!(attack(&mut harness(suppression)), (1, false), "{suppression}");
        }
    }

    /// A suppressed finding does not start a cooldown: an actor that is not suppressed is reported once, with the next event.
    #[test]
    fn a_suppressed_finding_silences_nobody_else() {
        let mut harness = harness("until = 2026-12-31\norigin = \"10.9.0.4\"");
        let mut fail = |n: i64, origin: &str| {
            let found = harness
                .see(Made::login("root", origin, Outcome::Failure), START + n * SECOND)
                .len();
            (found, harness.notes.has(Note::Suppressed))
        };
        let seen: Vec<(usize, bool)> = (0..9)
            .map(|n| fail(n, if n == 4 || n == 5 { "10.9.0.4" } else { "203.0.113.7" }))
            .collect();
        assert_eq!(seen, (0..9).map(|n| (usize::from(n == 6), n == 4)).collect::<Vec<_>>());
        // In the window's own time again: what was said is not said again before it has doubled.
        assert_eq!((9..12).map(|n| fail(n, "203.0.113.7").0).collect::<Vec<_>>(), [0, 0, 0]);
        assert_eq!(fail(12, "203.0.113.7").0 + fail(13, "203.0.113.7").0, 1, "doubled");
    }

    #[test]
    fn as_many_are_counted_as_suppressed_as_would_have_been_told() {
        let run = |origin: &str| {
            let mut harness = harness(&format!("until = 2026-12-31\norigin = \"{origin}\""));
            let mut see = |n: i64| {
                harness
                    .see(Made::login("alice", "203.0.113.7", Outcome::Failure), START + n * SECOND)
                    .len()
                    + usize::from(harness.notes.has(Note::Suppressed))
            };
            (0..4000).map(&mut see).collect::<Vec<_>>()
        };
        assert_eq!(run("203.0.113.7"), run("192.0.2.1"));
        assert!(run("203.0.113.7").contains(&1));
    }

    #[test]
    fn accounts_of_the_same_name_in_two_environments_have_two_fingerprints() {
        let fingerprint = |environment: &str| {
            let mut harness = harness("until = 2026-12-31\nactor = \"nobody\"");
            (0..5).for_each(|n| {
                drop(harness.see(
                    Made::login("admin", "", Outcome::Failure).with(Field::EnvAccount, environment),
                    START + n * SECOND,
                ))
            });
            harness.json().split("\"fingerprint\":\"").nth(1).unwrap()[..16].to_owned()
        };
        assert_eq!(fingerprint("111111111111"), fingerprint("111111111111"));
        assert!(
            fingerprint("111111111111") != fingerprint("222222222222")
                && fingerprint("") != fingerprint("111111111111")
        );
    }

    #[test]
    fn a_fingerprint_as_a_finding_has_it_suppresses_just_that() {
        let mut open = harness("until = 2026-12-31\nactor = \"nobody\"");
        attack(&mut open);
        let fingerprint = open.json().split("\"fingerprint\":\"").nth(1).unwrap()[..16].to_owned();
        let mut harness = harness(&format!("until = 2026-12-31\nfingerprint = \"{fingerprint}\""));
        assert_eq!(attack(&mut harness), (0, true));
        let last = (0..5)
            .map(|n| harness.see(Made::login("bob", "203.0.113.7", Outcome::Failure), START + n))
            .last()
            .unwrap();
        assert_eq!(last, [found("account", "medium", 5)]);
    }
}
