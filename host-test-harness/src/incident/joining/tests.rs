use super::super::EVENTS;
use super::*;
use crate::evaluated::Evaluated;
use auditward_core::time;

fn finding(detector: &str, severity: &str, role: &str, value: &str) -> Finding {
    Finding {
        detector: detector.into(),
        severity: severity.into(),
        reason: format!("{detector} of {role} {value}"),
        key: [(role.to_owned(), value.into())].into(),
        technique: Some("T1110".into()),
        ..Finding::default()
    }
}

fn event(minute: i64, actor: &str, origin: &str) -> Event {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Event {
        time: Some(minute * time::MINUTE),
        id: Some(format!("{minute}-{actor}-{origin}")),
        actor: text(actor),
        origin: text(origin),
        ..Event::default()
    }
}

fn none(_: &str) -> Option<Event> {
    None
}

#[test]
fn a_sum_of_findings_names_an_incident_only_if_it_is_worse_than_each() {
    let mut incidents = Incidents::new(9);
    let mut name = |minute: i64, detector: &str, severity: &str| {
        let found = [finding(detector, severity, "actor", "a")];
        incidents.add(&event(minute, "a", "192.0.2.1"), &found, &none);
        let sorted = incidents.sorted();
        assert_eq!(sorted.len(), 1);
        sorted[0].worst.detector.clone()
    };
    assert_eq!(name(1, "risk", "high"), "risk");
    assert_eq!(name(2, "takeover", "high"), "takeover");
    assert_eq!(name(3, "risk", "high"), "takeover");
    assert_eq!(name(4, "dormant", "medium"), "takeover");
    assert_eq!(name(5, "risk", "critical"), "risk");
}

/// A guessed password: both counts of brute force, the sign-in that got in, and a rule on what was done then from elsewhere.
fn attack(incidents: &mut Incidents, actor: &str, origin: &str) {
    let twins = [
        finding("brute-force", "medium", "account", actor),
        finding("brute-force", "medium", "origin", origin),
    ];
    incidents.add(&event(10, actor, origin), &twins, &none);
    incidents.add(
        &event(12, actor, origin),
        &[finding("fail-then-success", "high", "account", actor)],
        &none,
    );
    incidents.add(
        &event(30, actor, "198.51.100.9"),
        &[finding("rules", "medium", "actor", actor)],
        &none,
    );
}

#[test]
fn one_attack_seen_by_three_detectors_is_one_incident() {
    let mut incidents = Incidents::new(100);
    attack(&mut incidents, "dana", "192.0.2.1");
    let sorted = incidents.sorted();
    let it = sorted[0];
    assert_eq!(
        (incidents.number(), incidents.alerts(), incidents.by_severity()),
        (1, 1, [0, 0, 0, 1, 0])
    );
    assert_eq!(
        (it.findings, it.records, it.severity, it.worst.detector.as_str()),
        (4, 3, 3, "fail-then-success")
    );
    assert_eq!(
        it.detectors.keys().collect::<Vec<_>>(),
        ["brute-force", "fail-then-success", "rules"]
    );
    assert_eq!(
        (it.first, it.last, it.events.len(), it.subjects.len()),
        (Some(10 * time::MINUTE), Some(30 * time::MINUTE), 3, 4)
    );
    assert_eq!(it.origins.names, ["192.0.2.1", "198.51.100.9"]);
}

#[test]
fn two_attacks_at_once_stay_two_also_behind_one_address_that_nobody_is_suspicious_of() {
    let mut incidents = Incidents::new(100);
    attack(&mut incidents, "dana", "192.0.2.1");
    attack(&mut incidents, "erik", "192.0.2.2");
    // Both go on from 198.51.100.9, which no finding is about.
    assert_eq!((incidents.number(), incidents.alerts()), (2, 2));
    incidents.add(
        &event(40, "frida", "198.51.100.9"),
        &[finding("volume", "high", "actor", "frida")],
        &none,
    );
    assert_eq!(incidents.number(), 3);
}

#[test]
fn an_origin_that_a_finding_is_about_joins_those_who_came_from_it() {
    let mut incidents = Incidents::new(100);
    incidents.add(
        &event(1, "ada", "192.0.2.1"),
        &[finding("brute-force", "medium", "account", "ada")],
        &none,
    );
    incidents.add(
        &event(2, "bea", "192.0.2.1"),
        &[finding("brute-force", "medium", "account", "bea")],
        &none,
    );
    assert_eq!(incidents.number(), 2, "nothing is said of the address yet");
    incidents.add(
        &event(3, "cleo", "192.0.2.1"),
        &[finding("password-spray", "high", "origin", "192.0.2.1")],
        &none,
    );
    assert_eq!(
        (incidents.number(), incidents.by_severity()),
        (1, [0, 0, 0, 1, 0]),
        "the spray shows that they are one"
    );
    assert_eq!(incidents.sorted()[0].actors.names.len(), 3);
}

#[test]
fn a_pause_ends_an_incident_and_a_window_reaches_back() {
    let mut incidents = Incidents::new(100);
    let found = finding("volume", "high", "actor", "ada");
    incidents.add(&event(0, "ada", ""), std::slice::from_ref(&found), &none);
    incidents.add(&event(60, "ADA", ""), std::slice::from_ref(&found), &none);
    assert_eq!(incidents.number(), 1, "an hour is no pause, names are the same in any case");
    incidents.add(&event(121, "ada", ""), std::slice::from_ref(&found), &none);
    assert_eq!(incidents.number(), 2);
    let slow = Finding { window_s: Some(7200.into()), ..found };
    incidents.add(&event(121 + 170, "ada", ""), &[slow], &none);
    assert_eq!(incidents.number(), 2, "its window reaches back to within an hour");
}

#[test]
fn nobody_in_particular_joins_nothing() {
    let mut incidents = Incidents::new(100);
    for origin in ["192.0.2.1", "192.0.2.2"] {
        let evaluated = Evaluated {
            actor: Some("anonymous".into()),
            is_anonymous: true,
            origin: Some(origin.into()),
            ..Evaluated::default()
        };
        incidents.add(
            &Event::of(&evaluated),
            &[finding("error-rate", "medium", "origin", origin)],
            &none,
        );
    }
    assert_eq!(incidents.number(), 2);
}

#[test]
fn memory_is_bounded_and_all_are_counted() {
    let mut incidents = Incidents::new(100);
    for number in 0..5000 {
        let severity = if number == 7 { "critical" } else { "medium" };
        incidents.add(
            &event(number, &format!("actor {number}"), ""),
            &[finding("volume", severity, "actor", &format!("actor {number}"))],
            &none,
        );
    }
    assert!(incidents.len() <= 201, "{}", incidents.len());
    assert_eq!(
        (incidents.number(), incidents.alerts(), incidents.sorted()[0].severity),
        (5000, 5000, 4)
    );
    for minute in 0..200 {
        incidents.add(
            &event(9000, "one", &format!("192.0.2.{minute}")),
            &[finding("volume", "high", "actor", "one")],
            &none,
        );
    }
    let one = incidents.sorted()[1];
    assert_eq!(
        (one.events.len(), one.more_events, one.origins.names.len(), one.origins.has_more),
        (EVENTS, 160, FEW, true)
    );
    assert!(incidents.links.len() <= LINKS + 10);
    // What was left out and comes again is none more, as long as its name is known.
    incidents.add(
        &event(4000, "actor 4000", ""),
        &[finding("volume", "medium", "actor", "actor 4000")],
        &none,
    );
    assert_eq!(incidents.number(), 5001);
    (0..2 * LINKS as i64).for_each(|number| {
        incidents.add(
            &event(10_000 + number, "", ""),
            &[finding("volume", "low", "actor", &number.to_string())],
            &none,
        )
    });
    assert!(
        incidents.links.len() <= LINKS
            && incidents.left_out.len() <= LINKS
            && incidents.len() <= 201
    );
    assert_eq!((incidents.number(), incidents.alerts()), (5001 + 2 * LINKS as u64, 5001));
}

#[test]
fn events_are_told_in_order_and_once_with_their_evidence() {
    let mut incidents = Incidents::new(100);
    let found = Finding {
        evidence: vec!["a".into(), "b".into(), "gone".into()],
        ..finding("brute-force", "medium", "account", "ada")
    };
    let time = |id: &str| {
        [("a", 2), ("b", 1)].iter().find(|(known, _)| *known == id).map(|(_, time)| *time)
    };
    let known =
        |id: &str| Some(Event { time: time(id), id: Some(id.to_owned()), ..Event::default() });
    incidents.add(
        &Event { id: Some("a".into()), time: Some(2), ..event(0, "ada", "") },
        &[found],
        &known,
    );
    let sorted = incidents.sorted();
    let ids = sorted[0].events.iter().filter_map(|event| event.id.as_deref());
    assert_eq!(ids.collect::<Vec<_>>(), ["b", "a", "gone"]);
    assert_eq!((sorted[0].first, sorted[0].last), (Some(1), Some(2)));
    assert!(
        sorted[0].goes_on(Some(3))
            && !sorted[0].goes_on(Some(3 + 2 * HOUR))
            && !sorted[0].goes_on(None)
    );
}
