//! Accounts that are inactive, taken over, in two places, or in too many: what must be found, and what must not.

use super::*;

const DETECTORS: [&str; 6] = ["dormant", "takeover", "travel", "scope", "sequence", "risk"];

impl Clinic {
    /// The findings of one detector.
    fn of(&self, detector: &str) -> Vec<&str> {
        let name = format!("\"{detector}\"");
        let all = self.found.iter().flat_map(|found| found.split("{\"detector\":").skip(1));
        all.filter(|found| found.starts_with(&name)).collect()
    }

    /// Nothing was found by any of the detectors of accounts.
    fn accounts_are_quiet(&self) {
        for detector in DETECTORS {
            let found = self.of(detector);
            assert!(found.is_empty(), "{detector}: {found:#?}");
        }
    }
}

fn severity(found: &str) -> Severity {
    let name = found.split("\"severity\":\"").nth(1).and_then(|rest| rest.split('"').next());
    Severity::from_name(name.unwrap_or_default())
}

/// A clinic where a recruiter was at work for four weeks, and nobody for so many days.
fn after_silence(days: i64) -> (Clinic, Millis) {
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let base = monday() + day * DAY + 9 * HOUR;
        let more = if day % 7 < 5 {
            (0..32).map(|n| (base + n * 15 * MINUTE, recruit(Class::Read))).collect()
        } else {
            Vec::new()
        };
        clinic.day_with(day, more);
    }
    clinic.days(28..28 + days);
    (clinic, monday() + (28 + days) * DAY)
}

fn recruit(class: Class) -> Made {
    act(class, "recruiter", "198.51.100.77", BROWSER).with(Field::ActionName, "Candidates")
}

#[test]
fn an_inactive_account_is_found_when_it_acts_and_once_a_day() {
    let (mut clinic, midnight) = after_silence(42);
    clinic.accounts_are_quiet();
    assert!(clinic.see(recruit(Class::Read), midnight + 10 * HOUR));
    let found = clinic.of("dormant");
    assert_eq!((found.len(), severity(found[0])), (1, Severity::Medium), "{found:#?}");
    assert!(found[0].contains("'recruiter' acts after 44 days without activity, at Mon 10:00: Candidates; before, it was active on 20 days, about every day"), "{found:#?}");
    assert!(found[0].contains("\"observed\":44,\"expected\":1,"), "{found:#?}");
    clinic.see(recruit(Class::Read), midnight + 11 * HOUR);
    assert_eq!(clinic.of("dormant").len(), 1);
    clinic.see(recruit(Class::Export), midnight + 12 * HOUR);
    assert_eq!(clinic.of("dormant").len(), 2, "a graver act of the same day");
    clinic.see(recruit(Class::Read), midnight + DAY + 10 * HOUR);
    assert_eq!(clinic.of("dormant").len(), 2, "it is active again");
}

#[test]
fn holidays_refusals_and_accounts_that_are_rarely_used_are_not_inactive() {
    let (mut clinic, midnight) = after_silence(21);
    clinic.see(recruit(Class::Export), midnight + 10 * HOUR);
    let (mut refused, midnight) = after_silence(42);
    let Made(mut event) = recruit(Class::Export);
    event.set_outcome(Outcome::Denied);
    refused.see(Made(event), midnight + 10 * HOUR);
    let mut quarterly = Clinic::new("");
    for quarter in 0..6 {
        quarterly.see(recruit(Class::Export), monday() + quarter * 91 * DAY + 10 * HOUR);
    }
    for clinic in [clinic, refused, quarterly] {
        assert_eq!(clinic.of("dormant"), [""; 0]);
    }
}

/// Polarity: longer silence has more bits; acts that matter, and the night, are more severe.
#[test]
fn an_inactive_account_is_the_worse_the_longer_and_the_graver() {
    let found = |days: i64, hour: i64, class: Class| {
        let (mut clinic, midnight) = after_silence(days);
        clinic.see(recruit(class), midnight + hour * HOUR);
        let found = clinic.of("dormant");
        found.last().map(|found| (severity(found), bits(found)))
    };
    assert_eq!(found(7, 10, Class::Read), None);
    let day = found(35, 10, Class::Read).unwrap();
    let (night, export) =
        (found(35, 3, Class::Read).unwrap(), found(35, 10, Class::Export).unwrap());
    assert!(day.0 < night.0 && day.0 < export.0);
    assert_eq!(found(35, 3, Class::Export).unwrap().0, Severity::Critical);
    assert!(found(42, 10, Class::Read).unwrap().1 > day.1);
}

/// Four weeks, then a morning on which the staff works until eleven.
fn morning(options: &str) -> Clinic {
    let mut clinic = Clinic::new(options);
    clinic.days(0..28);
    let eleven = monday() + 28 * DAY + 11 * HOUR;
    let day: Vec<Happening> = clinic.workday(28);
    let mut early: Vec<Happening> = day.into_iter().filter(|(time, _)| *time < eleven).collect();
    early.sort_by_key(|(time, _)| *time);
    for (time, made) in early {
        clinic.see(made, time);
    }
    let owner = work("staff5", "198.51.100.5", BROWSER, "").with(Field::ActorSession, "session-5");
    clinic.see(owner, eleven - 5 * MINUTE);
    clinic.accounts_are_quiet();
    clinic
}

fn thief(class: Class, session: &str) -> Made {
    act(class, "staff5", "203.0.113.50", "python-requests/2.31").with(Field::ActorSession, session)
}

fn eleven() -> Millis {
    monday() + 28 * DAY + 11 * HOUR
}

#[test]
fn a_token_in_two_places_is_found_and_an_export_with_it_is_worse() {
    let mut clinic = morning("");
    clinic.see(thief(Class::Read, "session-6"), eleven());
    let found = clinic.of("takeover");
    assert_eq!((found.len(), severity(found[0])), (1, Severity::High), "{found:#?}");
    assert!(found[0].contains("'staff5' acts from '203.0.113.50' with 'python-requests/2.31', a network and a client that are both new to it, while its owner was at work in a known network 5 min before; known are "), "{found:#?}");
    clinic.see(thief(Class::Read, "session-6"), eleven() + MINUTE);
    assert_eq!(clinic.of("takeover").len(), 1, "quiet for its cooldown");
    clinic.see(thief(Class::Export, "session-5"), eleven() + 2 * MINUTE);
    let found = clinic.of("takeover");
    assert_eq!((found.len(), severity(found[1])), (2, Severity::Critical), "{found:#?}");
    assert!(
        found[1].contains(", with the owner's own session: GetChart is an act that matters"),
        "{found:#?}"
    );
    assert!(!clinic.of("risk").is_empty(), "two detectors found something grave");
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1";

/// Three people for four weeks.
fn small_firm() -> Clinic {
    let mut clinic = Clinic::new("");
    for day in (0..28).filter(|day| day % 7 < 5) {
        for n in 0..20 {
            for person in 0..3 {
                let time = monday() + day * DAY + 8 * HOUR + n * 25 * MINUTE + person * MINUTE;
                let (name, address) = (format!("staff{person}"), format!("{OFFICE}{person}"));
                clinic.see(work(&name, &address, BROWSER, ""), time);
            }
        }
    }
    clinic
}

/// A phone is first used in the office, or on the way, while its owner works: in the network of the company, or in that of its provider.
#[test]
fn a_new_phone_is_no_takeover_in_a_small_firm() {
    for address in ["198.51.100.1", "192.0.2.77", "2001:db8:77::1"] {
        let mut clinic = small_firm();
        let laptop = || work("staff1", "198.51.100.1", BROWSER, "");
        let phone = |class| act(class, "staff1", address, PHONE);
        for n in 0..12 {
            clinic.see(laptop(), eleven() + n * 10 * MINUTE);
            clinic.see(phone(Class::Read), eleven() + n * 10 * MINUTE + 3 * MINUTE);
        }
        assert_eq!(clinic.of("takeover"), [""; 0], "{address}");
    }
    // What an intruder does with a phone is found, and a tool of one's own is no phone.
    let mut clinic = small_firm();
    clinic.see(work("staff1", "198.51.100.1", BROWSER, ""), eleven());
    clinic.see(act(Class::Export, "staff1", "192.0.2.77", PHONE), eleven() + MINUTE);
    assert_eq!(clinic.of("takeover").len(), 1);
    let mut clinic = small_firm();
    clinic.see(work("staff1", "198.51.100.1", BROWSER, ""), eleven());
    clinic.see(act(Class::Read, "staff1", "192.0.2.77", "curl/8.5"), eleven() + MINUTE);
    assert_eq!(clinic.of("takeover").len(), 1);
}

#[test]
fn a_new_place_alone_is_no_takeover() {
    // VPN and relay: another network, the same client. A new laptop in the office. A network that the policy names. Alone, without any sign.
    let vpn = act(Class::Export, "staff5", "203.0.113.50", BROWSER);
    let laptop = act(Class::Export, "staff5", "198.51.100.5", "curl/8.5");
    let mut named = thief(Class::Export, "session-5").with(Field::OriginNetwork, "office VPN");
    named.0.is_network_named = true;
    let endpoint = thief(Class::Export, "session-5").with(Field::OriginNetwork, "vpce-0a1b2c");
    for made in [vpn, laptop, named, endpoint] {
        let mut clinic = morning("");
        clinic.see(made, eleven());
        assert_eq!(clinic.of("takeover"), [""; 0]);
    }
    // A provider or an interface that the record names vouches for nobody.
    for network in ["Example Telecom", "untrust", "Example VPN Ltd"] {
        let mut clinic = morning("");
        clinic.see(thief(Class::Export, "session-5").with(Field::OriginNetwork, network), eleven());
        assert_eq!(clinic.of("takeover").len(), 1, "{network}");
    }
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    clinic.see(thief(Class::Read, "other"), monday() + 28 * DAY + 7 * HOUR);
    assert_eq!(clinic.of("takeover"), [""; 0], "its owner was last at work on Friday");
}

fn refused(address: &str) -> Made {
    Made::login("staff5", address, Outcome::Failure)
        .with(Field::ActorType, "user")
        .with(Field::OriginUserAgent, "python-requests/2.31")
}

/// Prompts that are refused, then one that is granted. One refused attempt is a typo, and what was refused hours before is not the same attempt.
#[test]
fn refused_attempts_from_a_new_place_are_a_sign() {
    let found = |count: i64, before: Millis, address: &str| {
        let mut clinic = Clinic::new("");
        clinic.days(0..28);
        let seven = monday() + 28 * DAY + 7 * HOUR;
        (0..count).for_each(|n| _ = clinic.see(refused(address), seven - before + n * 20 * SECOND));
        clinic.see(thief(Class::Read, "other"), seven);
        clinic.of("takeover").last().map(|found| (*found).to_owned())
    };
    let here = "203.0.113.50";
    assert_eq!(found(1, 2 * MINUTE, here), None);
    assert_eq!(found(5, 3 * HOUR, here), None);
    assert_eq!(found(5, 2 * MINUTE, "192.0.2.200"), None, "of somebody else");
    let three = found(3, 2 * MINUTE, here).expect("found");
    assert!(three.contains(", after 3 refused attempts to sign in from there; "), "{three}");
}

#[test]
fn refused_attempts_from_elsewhere_blind_nobody() {
    let mut clinic = morning("");
    clinic.see(thief(Class::Read, "session-6"), eleven());
    for n in 0..9 {
        clinic.see(refused("192.0.2.200"), eleven() + n * 10 * SECOND);
    }
    clinic.see(thief(Class::Export, "session-5"), eleven() + 2 * MINUTE);
    assert_eq!(clinic.of("takeover").len(), 2);
}

/// Polarity: each sign adds bits.
#[test]
fn every_sign_of_a_takeover_adds_bits() {
    let found = |class: Class, session: &str| {
        let mut clinic = morning("");
        clinic.see(thief(class, session), eleven());
        bits(clinic.of("takeover").last().expect("found"))
    };
    let one = found(Class::Read, "other");
    assert!(one < found(Class::Export, "other") && one < found(Class::Read, "session-5"));
    assert!(found(Class::Read, "session-5") < found(Class::Export, "session-5"));
}

fn abroad(country: &str, address: &str, client: &str) -> Made {
    act(Class::Read, "traveller", address, client).with(Field::OriginCountry, country)
}

/// A person who is at work in Germany for four weeks, until ten on a Monday.
fn traveller() -> Clinic {
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let base = monday() + day * DAY + 8 * HOUR;
        let at_home = |n: i64| (base + n * 10 * MINUTE, abroad("DE", "192.0.2.7", BROWSER));
        let more = if day % 7 < 5 { (0..50).map(at_home).collect() } else { Vec::new() };
        clinic.day_with(day, more);
    }
    clinic.see(abroad("DE", "192.0.2.7", BROWSER), monday() + 28 * DAY + 10 * HOUR);
    clinic.accounts_are_quiet();
    clinic
}

fn ten() -> Millis {
    monday() + 28 * DAY + 10 * HOUR
}

#[test]
fn germany_and_brazil_within_twenty_minutes_are_found_and_are_no_alert() {
    let mut clinic = traveller();
    clinic.see(abroad("BR", "203.0.113.80", BROWSER), ten() + 20 * MINUTE);
    let found = clinic.of("travel");
    assert_eq!((found.len(), severity(found[0])), (1, Severity::Low), "{found:#?}");
    assert!(found[0].contains("'traveller' acts from 'BR', at least "), "{found:#?}");
    assert!(
        found[0]
            .contains(" km from where it was 20 min before; 350 km can be travelled in that time"),
        "{found:#?}"
    );
    // A provider that the record names is somewhere.
    let mut clinic = traveller();
    let made = abroad("BR", "203.0.113.80", BROWSER).with(Field::OriginNetwork, "Example Telecom");
    clinic.see(made, ten() + MINUTE);
    assert_eq!(clinic.of("travel").len(), 1);
    // Coordinates say it better, and a new client makes it an alert.
    let mut clinic = traveller();
    let made = abroad("BR", "203.0.113.80", "curl/8.5");
    let made = made.with(Field::OriginLat, "-23.55").with(Field::OriginLon, "-46.63");
    clinic.see(made, ten() + 20 * MINUTE);
    assert_eq!(severity(clinic.of("travel")[0]), Severity::Medium);
}

#[test]
fn ways_that_can_be_travelled_and_places_that_are_nobodys_are_quiet() {
    // A neighbour; a flight of half a day; a VPN that the record names; a plane's wifi, which is placed at its provider's.
    for (made, later) in [
        (abroad("FR", "203.0.113.80", BROWSER), HOUR),
        (abroad("BR", "203.0.113.80", BROWSER), 14 * HOUR),
        (abroad("BR", "203.0.113.80", BROWSER).with(Field::OriginNetwork, "relay"), MINUTE),
        (abroad("", "203.0.113.80", BROWSER), MINUTE),
        (abroad("ZZ", "203.0.113.80", BROWSER), MINUTE),
    ] {
        let mut clinic = traveller();
        clinic.see(made, ten() + later);
        assert_eq!(clinic.of("travel"), [""; 0]);
    }
    // Between places that are both known, as a VPN has it every day.
    let mut clinic = traveller();
    for day in 28..40 {
        let base = monday() + day * DAY + 10 * HOUR;
        for n in 0..6 {
            let country = if n % 2 == 0 { "DE" } else { "US" };
            let address = if n % 2 == 0 { "192.0.2.7" } else { "203.0.113.90" };
            clinic.see(abroad(country, address, BROWSER), base + n * 20 * MINUTE);
        }
    }
    assert!(clinic.of("travel").len() <= 2, "{:#?}", clinic.of("travel"));
    // In the first week nobody is known.
    let mut clinic = Clinic::new("");
    for n in 0..40 {
        let country = if n % 2 == 0 { "DE" } else { "BR" };
        clinic.see(abroad(country, "192.0.2.7", BROWSER), monday() + n * HOUR);
    }
    clinic.accounts_are_quiet();
}

/// Polarity: the farther in the same time, the more bits.
#[test]
fn farther_ways_have_more_bits() {
    let found = |country: &str, later: Millis| {
        let mut clinic = traveller();
        clinic.see(abroad(country, "203.0.113.80", BROWSER), ten() + later);
        bits(clinic.of("travel").last().expect("found"))
    };
    assert!(found("IN", 10 * MINUTE) < found("NZ", 10 * MINUTE));
    assert!(found("NZ", 5 * HOUR) < found("NZ", 10 * MINUTE));
}

fn open(actor: &str, chart: i64) -> Made {
    work(actor, "198.51.100.60", BROWSER, "").with(Field::TargetId, &format!("chart-{chart}"))
}

/// A clerk who opens six charts a day, each several times, for four weeks.
fn clerk(options: &str, charts: i64) -> Clinic {
    let mut clinic = Clinic::new(options);
    for day in 0..28 {
        let base = monday() + day * DAY + 8 * HOUR;
        let opened = |n: i64| (base + n * 5 * MINUTE, open("clerk", day * 1000 + n % charts));
        let more = if day % 7 < 5 { (0..charts * 3).map(opened).collect() } else { Vec::new() };
        clinic.day_with(day, more);
    }
    clinic.accounts_are_quiet();
    clinic
}

#[test]
fn a_clerk_who_opens_eighty_charts_instead_of_six_is_found() {
    let mut clinic = clerk("", 6);
    for n in 0..80 {
        clinic.see(open("clerk", 90_000 + n), monday() + 28 * DAY + 9 * HOUR + n * MINUTE);
    }
    let found = clinic.of("scope");
    assert!(!found.is_empty() && found.len() <= 2, "{found:#?}");
    assert!(
        found[0].contains(" distinct targets touched by actor 'clerk' within a day; about "),
        "{found:#?}"
    );
    assert!(found[0].contains("; about 6 are usual ("), "{found:#?}");
}

#[test]
fn who_always_touches_many_or_a_few_more_is_no_surprise() {
    let mut crawler = clerk("", 40);
    for n in 0..200 {
        crawler.see(open("clerk", 90_000 + n), monday() + 28 * DAY + 9 * HOUR + n * MINUTE);
    }
    let mut busy = clerk("", 6);
    for n in 0..18 {
        busy.see(open("clerk", 90_000 + n), monday() + 28 * DAY + 9 * HOUR + n * 10 * MINUTE);
    }
    let mut same = clerk("", 6);
    for n in 0..400 {
        same.see(open("clerk", 90_000 + n % 6), monday() + 28 * DAY + 9 * HOUR + n * MINUTE);
    }
    for clinic in [crawler, busy, same] {
        assert_eq!(clinic.of("scope"), [""; 0]);
    }
}

/// Polarity: more targets have more bits.
#[test]
fn more_targets_are_more_surprising() {
    let found = |charts: i64| {
        let mut clinic = clerk("[detector.scope]\ncooldown = \"0s\"", 6);
        for n in 0..charts {
            clinic.see(open("clerk", 90_000 + n), monday() + 28 * DAY + 9 * HOUR + n * MINUTE);
        }
        clinic.of("scope").last().map_or(0, |found| bits(found))
    };
    assert!(found(8) == 0 && 0 < found(70) && found(70) < found(110));
}

#[test]
fn small_findings_of_several_detectors_add_up() {
    // Travel is low, and no alert; with a new client and an unusual hour it is three findings.
    let mut clinic = traveller();
    clinic.see(abroad("BR", "203.0.113.80", "curl/8.5"), ten() + 20 * MINUTE);
    clinic.see(abroad("BR", "203.0.113.80", "curl/8.5"), ten() + 16 * HOUR);
    let found = clinic.of("risk");
    assert_eq!(found.len(), 1, "{:#?}", clinic.found);
    assert!(found[0].contains(" detectors on actor 'traveller' add up to "), "{found:#?}");
    assert!(
        found[0].contains(" bits, of which half is forgotten every 7 d (threshold 16)"),
        "{found:#?}"
    );
}

#[test]
fn one_detector_alone_and_what_others_try_are_no_risk() {
    let mut clinic = Clinic::new("[detector.watch]\nactors = \"staff5\"\ncooldown = \"1h\"");
    clinic.days(0..28);
    for n in 0..60 {
        clinic.see(
            Made::login("staff5", "203.0.113.9", Outcome::Failure),
            monday() + 28 * DAY + n * SECOND,
        );
    }
    assert_eq!(clinic.of("risk"), [""; 0]);
}

/// The result of a week of a clerk whose count grew by so many times each day.
struct Poisoned {
    /// Findings of the week itself.
    found: usize,
    /// The usual count of a day after it.
    usual: f64,
    /// How many of 43 records in 14 minutes are read after it until the baseline finds that.
    theft: Option<usize>,
}

fn poisoned(growth: f64) -> Poisoned {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let mut taken = 6.0;
    for day in 28..35 {
        taken *= growth;
        let base = monday() + day * DAY + 8 * HOUR;
        let apart = 9 * HOUR / (taken as i64).max(1);
        let more = |n: i64| (base + n * apart, work("staff3", "198.51.100.3", BROWSER, "phi"));
        let mut day = clinic.workday(day);
        day.retain(|(_, Made(event))| event.text(b"", Field::ActorName) != b"staff3");
        day.extend((0..taken as i64).map(more));
        day.sort_by_key(|(time, _)| *time);
        for (time, made) in day {
            clinic.see(made, time);
        }
    }
    let found = clinic.of("volume").len();
    let profile = clinic.harness.detect.profile("", "staff3").expect("held");
    let theft = (0..43).position(|n| {
        let time = monday() + 35 * DAY + 10 * HOUR + n * 19 * SECOND;
        clinic.see(work("staff3", "198.51.100.3", BROWSER, "phi"), time);
        clinic.of("volume").len() > found
    });
    Poisoned { found, usual: profile.volumes[RECORDS].a_day, theft }
}

/// Whoever takes a little more each day moves what is usual by half at most in a week, and the theft after it is found by the baseline nearly as soon. Who
/// takes so much more that the week is found has been found.
#[test]
fn a_week_of_slow_poisoning_hides_no_theft() {
    let steady = poisoned(1.0);
    let at_once = steady.theft.expect("found without poisoning");
    assert!((5.0..7.0).contains(&steady.usual) && at_once < 25, "{} {at_once}", steady.usual);
    for growth in [1.1, 1.2, 1.3, 1.5] {
        let slow = poisoned(growth);
        assert!(slow.usual < 1.5 * steady.usual, "{growth}: {} of {}", slow.usual, steady.usual);
        assert!(slow.theft.is_some_and(|at| at < at_once + 8), "{growth}: {:?}", slow.theft);
    }
    assert!(poisoned(1.7).found > 0);
}

/// An evening of acts at every hour makes none of its hours usual; each later hour is the less usual.
#[test]
fn hours_that_are_reached_step_by_step_are_found() {
    let reached = |nights: i64| {
        let mut clinic = Clinic::new("");
        clinic.days(0..28);
        for night in 0..nights {
            let steps = 17..=17 + (10 * (night + 1) / nights);
            for hour in steps {
                let time = monday() + (28 + night) * DAY + hour * HOUR + 20 * MINUTE;
                clinic.see(work("staff3", "198.51.100.3", BROWSER, ""), time);
            }
        }
        let last = 28 + nights - 1;
        clinic.see(
            export("staff3").with(Field::OriginIp, "198.51.100.3"),
            monday() + last * DAY + 27 * HOUR + 40 * MINUTE,
        );
        clinic.of("off-hours").len()
    };
    assert_eq!((reached(1), reached(4)), (1, 1));
}

#[test]
fn a_baseline_that_is_copied_to_another_node_finds_the_same() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let (mut snapshot, mut snapshotter) = (Vec::new(), Snapshotter::default());
    while !snapshotter.step(&mut clinic.harness.detect, "0.0.0", 64, &mut snapshot) {}
    // The other node has another key, until it takes over that of the snapshot.
    let mut other = Clinic::new("");
    other.harness.detect.set_key(crate::sketch::HashKey(77, 78));
    restore(&mut other.harness.detect, &snapshot).unwrap();
    (other.random, other.harness.number) = (clinic.random, clinic.harness.number);
    for clinic in [&mut clinic, &mut other] {
        assert!(steal(clinic, 28));
    }
    assert_eq!(clinic.last(), other.last());
}

#[test]
fn a_spray_over_200_accounts_from_40_addresses_is_found() {
    let mut clinic = Clinic::new("");
    let mut found = false;
    for n in 0..200 {
        let made =
            Made::login(&format!("user{n}"), &format!("203.0.113.{}", n % 40), Outcome::Failure);
        clinic.see(made, monday() + n * 3 * SECOND);
        let json = clinic.harness.json();
        found |= json.contains("\"credential-stuffing\"") || json.contains("\"password-spray\"");
    }
    assert!(found);
}

/// A deployment job that goes through its steps for four weeks.
fn deploy(step: &str, minute: i64) -> (Millis, Made) {
    let made = Made::new(Class::Execute, Outcome::Success)
        .with(Field::ActorName, "svc-deploy")
        .with(Field::ActorType, "service")
        .with(Field::OriginIp, "10.0.0.8")
        .with(Field::EnvService, "deploy")
        .with(Field::ActionName, step);
    (monday() + minute * MINUTE, made)
}

fn deployed() -> Clinic {
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let steps = ["List", "Get", "Put", "Tag", "Verify"];
        let more = (0..100).map(|n| deploy(steps[n % 5], day * 1440 + 600 + n as i64)).collect();
        clinic.day_with(day, more);
    }
    clinic.accounts_are_quiet();
    clinic
}

#[test]
fn a_step_that_never_follows_is_found() {
    let mut clinic = deployed();
    for (n, step) in ["List", "Get", "DeleteTrail"].into_iter().enumerate() {
        let (time, made) = deploy(step, 28 * 1440 + 600 + n as i64);
        clinic.see(made, time);
    }
    let found = clinic.of("sequence");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains(
            "'svc-deploy' did 'DeleteTrail' right after 'Get' for the first time; what followed it "
        ) && found[0].contains(" days was one of 1 other actions"),
        "{found:#?}"
    );
}

#[test]
fn usual_steps_and_work_without_an_order_are_quiet() {
    let mut clinic = deployed();
    for (n, step) in ["List", "Get", "Put", "Tag", "Verify", "List"].into_iter().enumerate() {
        let (time, made) = deploy(step, 28 * 1440 + 600 + n as i64);
        clinic.see(made, time);
    }
    assert_eq!(clinic.of("sequence"), [""; 0]);
    // A person whose work has no order.
    let mut clinic = Clinic::new("");
    for day in 0..35 {
        let mut more = Vec::new();
        for n in 0..120 {
            let (step, minute) = (clinic.random(9), 480 + n * 4);
            let (time, made) = deploy(&format!("step{step}"), day * 1440 + minute);
            more.push((time, made.with(Field::ActorName, "tinker")));
        }
        clinic.day_with(day, if day % 7 < 5 { more } else { Vec::new() });
    }
    assert_eq!(clinic.of("sequence"), [""; 0]);
}

/// The fingerprint of the last finding of a detector.
fn fingerprint_of(clinic: &Clinic, detector: &str) -> String {
    let found = clinic.of(detector).last().map(|found| (*found).to_owned()).expect("found");
    let behind = found.split("\"fingerprint\":\"").nth(1).expect("a fingerprint").to_owned();
    behind.chars().take(16).collect()
}

fn with_verdict(clinic: Clinic, fingerprint: &str, verdict: &str) -> Clinic {
    let mut clinic = clinic;
    let (mut snapshot, mut snapshotter) = (Vec::new(), Snapshotter::default());
    while !snapshotter.step(&mut clinic.harness.detect, "0.0.0", 64, &mut snapshot) {}
    let options = format!(
        "[[suppress]]\nfingerprint = \"{fingerprint}\"\nverdict = \"{verdict}\"\nuntil = 2027-01-01\nreason = \"ticket\"\n"
    );
    let mut next = Clinic::new(&options);
    restore(&mut next.harness.detect, &snapshot).unwrap();
    (next.random, next.harness.number) = (clinic.random, clinic.harness.number);
    next
}

#[test]
fn what_is_confirmed_as_benign_is_learned_at_once_and_flagged() {
    for (verdict, is_learned) in [("benign", true), ("accepted", false)] {
        let mut clinic = Clinic::new("");
        clinic.days(0..28);
        assert!(steal(&mut clinic, 28));
        let fingerprint = fingerprint_of(&clinic, "new-value");
        let mut clinic = with_verdict(clinic, &fingerprint, verdict);
        let again = || act(Class::Read, "staff5", "203.0.113.50", "python-requests/2.31");
        clinic.see(again(), eleven() + HOUR);
        let flag = crate::note::Note::VerdictApplied;
        assert_eq!(clinic.harness.notes.has(flag), is_learned, "{verdict}");
        // What is learned is no news when it is asked for by itself, two cooldowns later.
        let mut unlearned = with_verdict(clinic, "0123456789abcdef", "accepted");
        unlearned.see(again(), eleven() + 2 * HOUR);
        assert!(!unlearned.harness.notes.has(flag));
    }
}

#[test]
fn what_is_confirmed_as_malicious_is_worse_and_never_learned() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    assert!(steal(&mut clinic, 28));
    let (fingerprint, before) = {
        let found = clinic.of("new-value");
        (fingerprint_of(&clinic, "new-value"), severity(found[0]))
    };
    let mut clinic = with_verdict(clinic, &fingerprint, "malicious");
    for day in 29..33 {
        let seen = clinic.of("new-value").len();
        clinic.see(
            work("staff5", "203.0.113.50", "python-requests/2.31", ""),
            monday() + day * DAY + 12 * HOUR,
        );
        assert_eq!(
            clinic.of("new-value").len(),
            seen + 1,
            "day {day}: it is not learned by repeating it"
        );
        assert!(severity(clinic.of("new-value")[seen]) > before);
    }
}

fn order(actor: &str, action: &str, number: i64) -> Made {
    act(Class::Update, actor, "198.51.100.60", BROWSER)
        .with(Field::ActionName, action)
        .with(Field::TargetType, "order")
        .with(Field::TargetId, &format!("order-{number}"))
}

/// A clinic in which orders are reviewed by one and approved by another, and charts are corrected, each once.
fn orders() -> Clinic {
    let mut clinic = Clinic::new("");
    for day in (0..28).filter(|day| day % 7 < 5) {
        let base = monday() + day * DAY + 9 * HOUR;
        let number = |n: i64| day * 1000 + n;
        let mut more = Vec::new();
        for n in 0..8 {
            let time = base + n * 30 * MINUTE;
            more.push((time, order("staff1", "review", number(n))));
            more.push((time + 17 * MINUTE, order("staff2", "approve", number(n))));
            more.push((
                time + 9 * MINUTE,
                open("staff3", number(n)).with(Field::TargetType, "chart"),
            ));
        }
        clinic.day_with(day, more);
    }
    clinic.accounts_are_quiet();
    clinic
}

#[test]
fn an_order_that_is_approved_without_a_review_is_found() {
    let mut clinic = orders();
    let time = monday() + 28 * DAY + 10 * HOUR;
    clinic.see(order("staff4", "review", 90_001), time);
    clinic.see(order("staff2", "approve", 90_001), time + MINUTE);
    clinic.see(order("staff2", "approve", 90_001), time + 2 * MINUTE);
    assert_eq!(clinic.of("sequence"), [""; 0], "in order, and a second time");
    clinic.see(order("staff2", "approve", 90_002), time + 3 * MINUTE);
    let found = clinic.of("sequence");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains(
            "'staff2' did 'approve' on 'order-90002', on which nobody did anything before: of 16"
        ),
        "{found:#?}"
    );
    clinic.see(order("staff2", "approve", 90_003), time + 4 * MINUTE);
    assert_eq!(clinic.of("sequence").len(), 1, "quiet for its cooldown");
}

/// Polarity: the more often the step was there, the more bits; where it is often left out, none.
#[test]
fn a_step_that_is_often_left_out_is_no_surprise() {
    let mut clinic = orders();
    let base = monday() + 28 * DAY + 9 * HOUR;
    for n in 0..60 {
        clinic.see(order("staff2", "approve", 80_000 + n), base + n * MINUTE);
    }
    let found = clinic.of("sequence").len();
    for n in 0..60 {
        clinic.see(order("staff2", "approve", 81_000 + n), base + 2 * DAY + n * MINUTE);
    }
    assert!(clinic.of("sequence").len() <= found + 1, "learned when it is repeated after a day");
    let edit = |n: i64| open("staff3", 82_000 + n).with(Field::ActionName, "correct");
    (0..40).for_each(|n| {
        clinic.see(edit(n), base + 3 * DAY + n * MINUTE);
    });
    assert!(clinic.of("sequence").len() <= found + 1);
}
