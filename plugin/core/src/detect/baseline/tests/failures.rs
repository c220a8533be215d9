//! Shares of failures: of a shop's requests, and of people's calls.

use super::*;

fn request(status: i64, client: i64) -> Made {
    let outcome = if status < 400 { Outcome::Success } else { Outcome::Failure };
    Made::new(Class::Read, outcome)
        .with(Field::OriginIp, &format!("203.0.113.{}", client % 200))
        .with(Field::EnvService, "shop")
        .number(Field::RequestStatus, status)
}

fn call(actor: &str, outcome: Outcome) -> Made {
    Made::new(Class::List, outcome)
        .with(Field::ActorName, actor)
        .with(Field::ActorType, "user")
        .with(Field::OriginIp, "198.51.100.3")
        .with(Field::EnvService, "cloud")
        .with(Field::ActionName, "ListThings")
}

impl Clinic {
    /// An hour of the shop: so many requests, one in so many of which fails, of one client or of all.
    fn shop(&mut self, hour: i64, requests: i64, one_in: i64, clients: i64) {
        let from = monday() + hour * HOUR;
        for n in 0..requests {
            let status = if n % one_in == one_in - 1 { 503 } else { 200 };
            let client = if clients == 1 && status > 500 { 7 } else { n };
            self.see(request(status, client), from + n * 59 * MINUTE / requests);
        }
    }

    fn shop_days(&mut self, days: std::ops::Range<i64>) {
        for hour in days.start * 24..days.end * 24 {
            self.shop(hour, 40, 40, 200);
        }
    }

    /// A day of three people with forty calls each, one in twenty of which is denied.
    fn callers(&mut self, day: i64, calls: i64) {
        for n in 0..calls {
            for person in ["anna", "berta", "cleo"] {
                let outcome = if n % 20 == 7 { Outcome::Denied } else { Outcome::Success };
                let time = monday() + day * DAY + 9 * HOUR + n * 7 * HOUR / calls;
                self.see(call(person, outcome), time);
            }
        }
    }

    fn failing(&self) -> Vec<&str> {
        let all = self.found.iter().map(String::as_str);
        all.filter(|found| found.contains("{\"detector\":\"error-rate\"")).collect()
    }
}

/// Thirty of a hundred requests in an hour are below each fixed threshold, which look at five minutes.
#[test]
fn a_service_that_fails_more_than_it_ever_did_is_found_and_once() {
    let mut clinic = Clinic::new("");
    clinic.shop_days(0..14);
    clinic.is_quiet();
    clinic.shop(14 * 24, 100, 3, 200);
    let found = clinic.failing();
    assert_eq!(found.len(), 1, "{:#?}", clinic.found);
    assert!(
        found[0].contains("requests to service 'shop' failed within an hour; about 1 is usual (11"),
        "{found:#?}"
    );
    assert!(found[0].contains("\"severity\":\"high\"") && found[0].contains("T1499"), "{found:#?}");
    clinic.shop(14 * 24 + 1, 100, 3, 200);
    assert_eq!(clinic.failing().len(), 1, "an hour later it still fails");
}

#[test]
fn more_traffic_one_caller_and_a_usual_share_are_quiet() {
    let mut clinic = Clinic::new("");
    clinic.shop_days(0..14);
    clinic.shop(14 * 24, 2000, 40, 200);
    assert_eq!(clinic.failing(), [""; 0], "twenty-five times the traffic, the usual share");
    clinic.shop(14 * 24 + 1, 100, 4, 1);
    assert_eq!(clinic.failing(), [""; 0], "one caller of all fails, which is not the service");
    let mut often = Clinic::new("");
    for day in 0..21 {
        often.shop_days(day..day + 1);
        // A job that fails half of the time, each night.
        often.shop(day * 24 + 23, 80, 2, 200);
    }
    assert!(often.failing().len() <= 2, "{:#?}", often.found);
    let mut young = Clinic::new("");
    young.shop_days(0..5);
    young.shop(5 * 24, 100, 3, 200);
    assert_eq!(young.failing(), [""; 0], "known for five days");
}

#[test]
fn an_actor_whose_calls_are_denied_more_than_ever_is_found() {
    let mut clinic = Clinic::new("");
    (0..14).for_each(|day| clinic.callers(day, 40));
    clinic.is_quiet();
    let from = monday() + 14 * DAY + 10 * HOUR;
    for n in 0..14 {
        clinic.see(call("berta", Outcome::Denied), from + n * 3 * MINUTE);
    }
    let found = clinic.failing();
    assert_eq!(found.len(), 1, "{:#?}", clinic.found);
    assert!(
        found[0].contains(" calls by actor 'berta' failed within an hour; about 1 is usual ("),
        "{found:#?}"
    );
}

#[test]
fn ten_times_the_work_with_the_usual_share_is_no_probing() {
    let mut clinic = Clinic::new("");
    (0..14).for_each(|day| clinic.callers(day, 40));
    clinic.callers(14, 400);
    assert_eq!(clinic.failing(), [""; 0]);
    let tries = |n: i64| Made::login("anna", &format!("203.0.113.{n}"), Outcome::Failure);
    for n in 0..30 {
        clinic.see(tries(n % 9), monday() + 15 * DAY + n * MINUTE);
    }
    assert_eq!(clinic.failing(), [""; 0], "what others try at the account is not its own");
}

#[test]
fn a_day_of_failures_is_learned_when_the_next_day_repeats_it() {
    let mut clinic = Clinic::new("");
    clinic.shop_days(0..14);
    let mut found = Vec::new();
    for day in 14..18 {
        let before = clinic.failing().len();
        (0..24).for_each(|hour| clinic.shop(day * 24 + hour, 100, 3, 200));
        found.push(clinic.failing().len() - before);
    }
    assert!(found[0] == 1 && found[3] == 0, "{found:?}");
}

#[test]
fn where_the_policy_sets_thresholds_no_share_is_learned() {
    let mut clinic = Clinic::new("[detector.error-rate]\nservice_errors = 500\ndenied = 500");
    clinic.shop_days(0..14);
    clinic.shop(14 * 24, 100, 3, 200);
    (0..14).for_each(|day| clinic.callers(day, 40));
    for n in 0..14 {
        clinic.see(call("berta", Outcome::Denied), monday() + 14 * DAY + 10 * HOUR + n * MINUTE);
    }
    assert_eq!(clinic.failing(), [""; 0]);
}

/// Polarity: the more of a service's requests fail, the more bits; the longer it did not, the more.
#[test]
fn more_failures_have_more_bits() {
    let worst = |days: i64, one_in: i64| {
        let mut clinic = Clinic::new("");
        clinic.shop_days(0..days);
        clinic.shop(days * 24, 200, one_in, 200);
        clinic.failing().iter().map(|found| bits(found)).max().unwrap_or_default()
    };
    let (few, many, all) = (worst(14, 5), worst(14, 3), worst(14, 1));
    assert!(0 < few && few <= many && many <= all, "{few} {many} {all}");
    assert!(worst(28, 5) >= few);
}

#[test]
fn what_was_learned_of_failures_is_taken_over_by_another_instance() {
    let mut clinic = Clinic::new("");
    clinic.shop_days(0..14);
    let (mut snapshot, mut snapshotter) = (Vec::new(), Snapshotter::default());
    while !snapshotter.step(&mut clinic.harness.detect, "0.0.0", 64, &mut snapshot) {}
    let mut other = Clinic::new("");
    restore(&mut other.harness.detect, &snapshot).unwrap();
    (other.random, other.harness.number) = (clinic.random, clinic.harness.number);
    for clinic in [&mut clinic, &mut other] {
        clinic.shop(14 * 24, 100, 3, 200);
        assert_eq!(clinic.failing().len(), 1);
    }
    assert_eq!(clinic.last(), other.last());
}

/// Two instances with half of the requests each are, merged, like the one that saw all.
#[test]
fn merged_shards_find_what_the_whole_finds() {
    let (mut whole, mut one, mut two) = (Clinic::new(""), Clinic::new(""), Clinic::new(""));
    for hour in 0..14 * 24 {
        whole.shop(hour, 80, 40, 200);
        one.shop(hour, 40, 40, 200);
        two.shop(hour, 40, 40, 200);
    }
    assert!(one.harness.detect.merge(&mut two.harness.detect));
    one.harness.number = whole.harness.number;
    let both = [&mut whole, &mut one].map(|clinic| {
        clinic.shop(14 * 24, 160, 4, 200);
        bits(clinic.failing().first().expect("found"))
    });
    assert!(both[0].abs_diff(both[1]) <= 2, "{both:?}");
}
