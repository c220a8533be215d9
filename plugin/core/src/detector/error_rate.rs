//! Spikes of errors and refusals.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::baseline::{self, FAILURE_SHARE, FAILURES_LEARNED, Surprises};
use crate::detect::threshold::{Description, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::Visit;

pub const ID: &str = "error-rate";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Spikes of server errors, throttling and denied requests: per service, per origin, per actor.",
    doc: "Counts over a sliding window of event time: per service (else per host, else per source) the requests that ended in 5xx or 429; per origin the \
          requests that ended in 4xx or 5xx; per actor the calls that were denied for a missing permission, from any source. It matters because scanners \
          and stolen credentials probe what they can reach, and because a failing service needs attention. For requests with an HTTP status, the errors \
          must also be a minimum share of all requests, so that neither a busy service with some errors nor a browser that requests a dozen missing \
          images alerts. Where the policy sets no `service_errors` or no `denied`, the share of failures of each service and actor is learned too: the \
          failures of an hour (20 of a service, of three callers or more; 10 of an actor, failed sign-ins excluded) are a finding if they are so far \
          beyond the learned share that they are rare enough for `alerts_per_day` (`[baseline]`). A surprising share is learned only if it is repeated \
          on the next day; denied calls are no finding if they are at most twice the actor's usual hour of the last three days. Blind spots: scans \
          slower than the window. Tune the thresholds and shares; exempt health checks and scanners of your own with a `[[suppress]]`. Example: one \
          address requests 100 pages that do not exist within 27 seconds.",
    technique: "T1595",
    options: &[
        ENABLED,
        Opt::new(
            "service_errors",
            Kind::Whole(2, 1_000_000_000),
            "50",
            "Threshold: responses with status 5xx or 429 of one service within `window`.",
        ),
        Opt::new(
            "service_share",
            Kind::Whole(1, 100),
            "10",
            "Minimum share of these among all requests to the service, in percent.",
        ),
        Opt::new(
            "origin_errors",
            Kind::Whole(2, 1_000_000_000),
            "100",
            "Threshold: responses with status 4xx or 5xx to one origin within `window`.",
        ),
        Opt::new(
            "origin_share",
            Kind::Whole(1, 100),
            "50",
            "Minimum share of these among all requests of the origin, in percent.",
        ),
        Opt::new(
            "denied",
            Kind::Whole(2, 1_000_000_000),
            "20",
            "Threshold: denied calls of one actor within `window`.",
        ),
        window("\"5m\""),
        severity("\"medium\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: FAILURE_SHARE,
    attributes: Attributes {
        is_of_failures: true,
        pattern: Some("SURGE"),
        scaled: &["service_errors", "origin_errors", "denied"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(ErrorRate::new(settings, memory)),
};

struct ErrorRate {
    severity: Severity,
    services: Threshold<2, 2>,
    origins: Threshold<4, 2>,
    denied: Threshold<4>,
}

impl ErrorRate {
    fn new(settings: &Settings, memory: usize) -> ErrorRate {
        let (window, schedule) = (settings.number("window"), Schedule::new(settings));
        let number = |key| settings.number(key);
        let memory = memory.saturating_sub(memory / FAILURES_LEARNED);
        let (few, many) = (memory / 4, memory / 2);
        ErrorRate {
            severity: Severity::from_name(settings.text("severity")),
            services: Threshold::new(
                ["error-rate.services", "error-rate.services-evidence"],
                number("service_errors"),
                window,
                schedule,
                few,
            )
            .with_share(number("service_share")),
            origins: Threshold::new(
                ["error-rate.origins", "error-rate.origins-evidence"],
                number("origin_errors"),
                window,
                schedule,
                many,
            )
            .with_share(number("origin_share")),
            denied: Threshold::new(
                ["error-rate.denied", "error-rate.denied-evidence"],
                number("denied"),
                window,
                schedule,
                few,
            ),
        }
    }

    fn evaluate_request(&mut self, status: u64, subject: &Subject<'_>, findings: &mut Findings) {
        let times = subject.times();
        let (service, hash) = subject.keyed(Entity::Service);
        if !service.is_empty() {
            if status == 429 || status >= 500 {
                let said = || Description {
                    detector: &SPEC,
                    technique: Some("T1499"),
                    entity: Entity::Service,
                    key: service,
                    reason: Reason::Count(" server errors and throttled requests of service '"),
                };
                self.services.count(hash, times, subject, findings, said);
            } else {
                self.services.count_other(hash, times, subject);
            }
        }
        let (origin, hash) = subject.origin();
        if !origin.is_empty() {
            if status >= 400 {
                let said = || Description {
                    detector: &SPEC,
                    technique: None,
                    entity: Entity::Origin,
                    key: origin,
                    reason: Reason::Count(" requests that ended in an error from origin '"),
                };
                self.origins.count(hash, times, subject, findings, said);
            } else {
                self.origins.count_other(hash, times, subject);
            }
        }
    }

    fn evaluate_denial(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let (actor, hash) = subject.actor();
        if subject.surprises.is_some_and(Surprises::is_usual_failure) {
            self.denied.count_quietly(hash, subject.times(), subject);
        } else if !actor.is_empty() {
            let said = || Description {
                detector: &SPEC,
                technique: Some("T1526"),
                entity: Entity::Actor,
                key: actor,
                reason: Reason::Count(" denied calls by actor '"),
            };
            self.denied.count(hash, subject.times(), subject, findings, said);
        }
    }
}

impl Detector for ErrorRate {
    fn interest(&self) -> Facts {
        Facts::HAS_STATUS | Facts::DENIED | Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        if subject.facts.has_any(Facts::DENIED) {
            self.evaluate_denial(subject, findings);
        }
        if subject.facts.has_any(Facts::UNUSUAL) {
            baseline::state_failures(&SPEC, self.severity, subject, findings);
        }
        // Other numbers are no HTTP status.
        if let Some(status @ 100..=599) = subject.number(Field::RequestStatus) {
            self.evaluate_request(status, subject, findings);
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.services.sketches(visit);
        self.origins.sketches(visit);
        self.denied.sketches(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Outcome};
    use crate::severity::Severity;
    use crate::time::SECOND;

    fn harness(options: &str) -> Harness {
        Harness::new(ID, options)
    }

    fn request(status: i64, origin: &str, service: &str) -> Made {
        let outcome = if status < 400 { Outcome::Success } else { Outcome::Failure };
        Made::new(Class::Read, outcome)
            .with(Field::OriginIp, origin)
            .with(Field::EnvService, service)
            .number(Field::RequestStatus, status)
    }

    /// One request each second.
    fn run(
        harness: &mut Harness,
        statuses: impl IntoIterator<Item = i64>,
        origin: &str,
    ) -> Vec<Stated> {
        statuses
            .into_iter()
            .enumerate()
            .flat_map(|(n, status)| {
                harness.see(request(status, origin, "shop"), START + n as i64 * SECOND)
            })
            .collect()
    }

    #[test]
    fn a_scanner_is_found_by_its_origin() {
        let statuses = (0..150).map(|n| {
            if n % 10 == 0 {
                200
            } else if n % 3 == 0 {
                403
            } else {
                404
            }
        });
        assert_eq!(
            run(&mut harness(""), statuses, "203.0.113.7"),
            [found("origin", "medium", 100)]
        );
    }

    #[test]
    fn an_outage_is_found_where_lines_name_no_service() {
        let mut harness = harness("");
        let fail = |n: i64| {
            let outage =
                request(503, &format!("203.0.113.{n}"), "").with(Field::Source, "http.access");
            harness.see(outage, START + n * SECOND)
        };
        assert_eq!(
            (0..120).flat_map(fail).collect::<Vec<_>>(),
            [found("service", "medium", 50), found("service", "medium", 100)]
        );
        assert!(harness.json().is_empty());
    }

    #[test]
    fn a_scanner_is_found_by_its_name_where_the_server_looks_names_up() {
        let mut harness = harness("");
        let by_name = |n: i64| {
            harness.see(
                request(404, "", "shop").with(Field::OriginHost, "scanner.example"),
                START + n * SECOND,
            )
        };
        assert_eq!(
            (0..150).flat_map(by_name).collect::<Vec<_>>(),
            [found("origin", "medium", 100)]
        );
    }

    #[test]
    fn a_browser_that_misses_images_and_a_busy_gateway_are_not() {
        assert_eq!(
            run(
                &mut harness(""),
                (0..40).map(|n| if n % 3 == 0 { 404 } else { 200 }),
                "203.0.113.7"
            ),
            []
        );
        let mut harness = harness("");
        for n in 0..3000 {
            let status = if n % 4 == 0 { 404 } else { 200 };
            assert!(
                harness.see(request(status, "203.0.113.7", "shop"), START + n * 100).is_empty(),
                "a quarter of many"
            );
        }
    }

    #[test]
    fn a_failing_service_is_found_and_a_busy_one_with_some_errors_is_not() {
        let failing = |each: i64, status: i64| {
            let mut harness = harness("");
            (0..2000)
                .flat_map(|n| {
                    harness.see(
                        request(
                            if n % each == 0 { status } else { 200 },
                            &format!("198.51.100.{}", n % 250),
                            "shop",
                        ),
                        START + n * 100,
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(failing(5, 503)[0], found("service", "medium", 50));
        assert_eq!(failing(5, 429)[0], found("service", "medium", 50));
        assert_eq!(failing(20, 500), [], "a hundred of two thousand");
        assert_eq!(failing(5, 404), [], "what clients ask for wrongly is not the service's error");
    }

    #[test]
    fn an_actor_who_is_denied_again_and_again_is_found() {
        let denied =
            |actor: &str| Made::new(Class::List, Outcome::Denied).with(Field::ActorName, actor);
        let mut harness = harness("");
        let seen: Vec<Stated> =
            (0..25).flat_map(|n| harness.see(denied("mallory"), START + n * SECOND)).collect();
        assert_eq!(seen, [found("actor", "medium", 20)]);
        assert!(
            (0..100)
                .all(|n| harness.see(denied(&format!("user{n}")), START + n * SECOND).is_empty()),
            "each once"
        );
        assert!(
            (0..100).all(|n| harness
                .see(Made::login("bob", "203.0.113.9", Outcome::Denied), START + n)
                .is_empty()),
            "sign-ins are brute-force's"
        );
    }

    #[test]
    fn what_is_no_status_is_not_counted() {
        let mut harness = harness("");
        assert!((0..500).all(|n| {
            harness
                .see(request([0, -5, 99, 100_000][n % 4], "203.0.113.7", "shop"), START)
                .is_empty()
        }));
    }

    /// Polarity: the more errors, the worse the finding.
    #[test]
    fn severity_rises_with_the_number_of_errors() {
        let worst = |errors: usize| {
            let mut harness = harness("");
            let seen = (0..errors)
                .flat_map(|n| harness.see(request(404, "203.0.113.7", ""), START + n as i64 * 10))
                .collect::<Vec<_>>();
            seen.iter().map(|finding| Severity::from_name(&finding.severity)).max()
        };
        assert_eq!(
            [99, 100, 400, 1600].map(worst),
            [None, Some(Severity::Medium), Some(Severity::High), Some(Severity::Critical)]
        );
    }
}
