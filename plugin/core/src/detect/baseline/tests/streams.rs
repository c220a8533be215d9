//! Sources and hosts that fall silent: what must be found, and what must not.

use super::*;

fn report(host: &str) -> Made {
    Made::new(Class::Read, Outcome::Success).with(Field::EnvHost, host).with(Field::Source, "test")
}

/// Hosts that report, each in its own way.
struct Ward {
    clinic: Clinic,
    now: Millis,
    /// `web` reports every minute; how many minutes lie between two reports of the others.
    every: Vec<(&'static str, i64)>,
}

impl Ward {
    fn new(every: &[(&'static str, i64)]) -> Ward {
        Ward { clinic: Clinic::new(""), now: monday(), every: every.to_vec() }
    }

    /// Goes on for so many minutes, but for the hosts named.
    fn go_on(&mut self, minutes: i64, silent: &[&str]) {
        for _ in 0..minutes {
            self.now += MINUTE;
            let minute = self.now / MINUTE;
            let mut hosts = self.every.clone();
            hosts.push(("web", 1));
            for (host, _) in hosts
                .into_iter()
                .filter(|(host, every)| minute % every == 0 && !silent.contains(host))
            {
                self.clinic.see(report(host), self.now);
            }
        }
    }

    fn silent(&self) -> Vec<&String> {
        self.clinic
            .found
            .iter()
            .filter(|found| found.contains("\"detector\":\"silence\""))
            .collect()
    }
}

const HOURS: i64 = 60;
const DAYS: i64 = 24 * HOURS;

#[test]
fn a_host_that_always_reports_is_found_when_it_falls_silent_and_once() {
    let mut ward = Ward::new(&[("db1", 5)]);
    ward.go_on(14 * DAYS, &[]);
    assert!(ward.silent().is_empty());
    ward.go_on(6 * HOURS, &["db1"]);
    let found = ward.silent();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("\"key\":{\"host\":\"db1\"}"), "{found:#?}");
    assert!(found[0].contains("host 'db1' has reported nothing for "), "{found:#?}");
    assert!(
        found[0].contains(" min while others did; its longest silence in 13 days was 5 min, over "),
        "{found:#?}"
    );
    // It is back, and falls silent again.
    ward.go_on(2 * HOURS, &[]);
    ward.go_on(12 * HOURS, &["db1"]);
    assert_eq!(ward.silent().len(), 1, "within its cooldown");
    ward.go_on(DAYS, &[]);
    ward.go_on(2 * DAYS, &["db1"]);
    assert_eq!(ward.silent().len(), 2);
}

#[test]
fn nights_outages_and_hosts_that_report_rarely_are_quiet() {
    // One that works by day, one that reports once a day, one that is new.
    let mut ward = Ward::new(&[("daily", DAYS)]);
    for day in 0..21 {
        let weekend = day % 7 > 4;
        for hour in 0..24 {
            ward.go_on(HOURS, if weekend || !(8..18).contains(&hour) { &["office"] } else { &[] });
            if ward.every.len() == 1 {
                ward.every.push(("office", 4));
            }
        }
    }
    ward.go_on(2 * DAYS, &["daily"]);
    assert!(ward.silent().iter().all(|found| !found.contains("daily")), "{:#?}", ward.silent());
    let mut ward = Ward::new(&[("db1", 5)]);
    ward.go_on(3 * DAYS, &[]);
    ward.go_on(DAYS, &["db1"]);
    assert!(ward.silent().is_empty(), "after three days nothing is known");
    // Nothing at all arrives for two days: the shipper was down.
    let mut ward = Ward::new(&[("db1", 5)]);
    ward.go_on(14 * DAYS, &[]);
    ward.now += 2 * DAY;
    ward.go_on(DAYS, &[]);
    assert!(ward.silent().is_empty());
}

/// It sleeps at night, and some nights are twice as long: there were at most two a day.
#[test]
fn a_long_night_of_one_that_sleeps_is_quiet() {
    for before in [9, 20, 27] {
        a_long_night_after(before);
    }
}

fn a_long_night_after(before: i64) {
    let mut ward = Ward::new(&[("office", 1)]);
    let nights = |ward: &mut Ward, longest: i64| {
        ward.go_on(DAYS - longest, &[]);
        ward.go_on(longest, &["office"]);
    };
    (0..before).for_each(|_| nights(&mut ward, 7 * HOURS));
    nights(&mut ward, 13 * HOURS + 50);
    assert!(ward.silent().is_empty(), "{before}: {:#?}", ward.silent());
    ward.go_on(5 * DAYS, &["office"]);
    assert_eq!(ward.silent().len(), 1, "days of silence are found");
}

#[test]
fn made_up_hosts_push_out_none_that_is_known() {
    let mut ward = Ward::new(&[("db1", 5), ("db2", 5)]);
    ward.go_on(10 * DAYS, &[]);
    for n in 0..5000 {
        let now = ward.now;
        ward.clinic.see(report(&format!("made-up-{n}")), now);
    }
    ward.go_on(12 * HOURS, &["db1", "db2"]);
    assert_eq!(ward.silent().len(), 2, "{:#?}", ward.silent());
}

#[test]
fn the_policy_names_hosts_and_switches_it_off() {
    for (options, count) in
        [("except = [\"db*\"]", 0), ("only = [\"db*\"]", 1), ("enabled = false", 0)]
    {
        let mut ward = Ward::new(&[("db1", 5)]);
        ward.clinic = Clinic::new(&format!("[detector.silence]\n{options}"));
        ward.go_on(10 * DAYS, &[]);
        ward.go_on(12 * HOURS, &["db1"]);
        assert_eq!(ward.silent().len(), count, "{options}");
    }
}

/// Polarity: a host that reports more regularly is missed sooner.
#[test]
fn a_host_that_reports_more_often_is_missed_sooner() {
    let after = |every: i64| {
        let mut ward = Ward::new(&[("db1", every)]);
        ward.clinic = Clinic::new("[detector.silence]\nafter = \"1m\"");
        ward.go_on(20 * DAYS, &[]);
        let mut minutes = 0;
        while ward.silent().is_empty() && minutes < 10 * DAYS {
            ward.go_on(10, &["db1"]);
            minutes += 10;
        }
        minutes
    };
    let (often, rarely) = (after(5), after(60));
    assert!(often < rarely && rarely < 10 * DAYS, "{often} {rarely}");
}

/// The audit log of a database stops, then records are deleted: both are found.
#[test]
fn logging_that_is_stopped_and_a_deletion_after_it_are_both_found() {
    let mut ward = Ward::new(&[("db1", 5)]);
    ward.go_on(14 * DAYS, &[]);
    ward.go_on(12 * HOURS, &["db1"]);
    let now = ward.now;
    let deletes = (0..200).map(|n| {
        let made = act(Class::Delete, "staff7", "198.51.100.7", BROWSER);
        (now + n * SECOND, made.with(Field::EnvHost, "web"))
    });
    let mut is_found = false;
    for (time, made) in deletes {
        ward.clinic.see(made, time);
        is_found |= ward.clinic.harness.json().contains("\"mass-change\"");
    }
    assert_eq!((ward.silent().len(), is_found), (1, true));
}
