//! Metrics that the policy names: bytes that a job takes, milliseconds of a service.

use super::*;

const POLICY: &str = "[[metric]]\nfield = \"target.bytes\"\nwhy = \"more bytes than usual may be an export\"\n\
    [[metric]]\nfield = \"request.bytes\"\nentity = \"service\"\ndirection = \"both\"\nwhy = \"large or empty uploads\"\n";

fn take(actor: &str, bytes: i64) -> Made {
    Made::new(Class::Read, Outcome::Success)
        .with(Field::ActorName, actor)
        .with(Field::OriginIp, "198.51.100.3")
        .with(Field::EnvService, "store")
        .number(Field::TargetBytes, bytes)
}

/// Three jobs that take between twenty and forty megabytes, forty times a day.
fn jobs(days: i64) -> Clinic {
    let mut clinic = Clinic::new(POLICY);
    for day in 0..days {
        for n in 0..40 {
            for job in ["job1", "job2", "job3"] {
                let bytes = 20_000_000 + clinic.random(20_000_000);
                clinic.see(take(job, bytes), monday() + day * DAY + n * 30 * MINUTE);
            }
        }
    }
    clinic
}

impl Clinic {
    fn odd(&self) -> Vec<&str> {
        let all = self.found.iter().map(String::as_str);
        all.filter(|found| found.contains("{\"detector\":\"metric\"")).collect()
    }
}

#[test]
fn a_job_that_takes_a_hundred_times_the_usual_is_found_and_once() {
    let mut clinic = jobs(21);
    clinic.is_quiet();
    let from = monday() + 21 * DAY;
    clinic.see(take("job2", 4_000_000_000), from);
    let found = clinic.odd();
    assert_eq!(found.len(), 1, "{:#?}", clinic.found);
    assert!(found[0].contains("target.bytes of actor 'job2' is 4000000000; about "), "{found:#?}");
    assert!(
        found[0].contains(" of 21 days; more bytes than usual may be an export; "),
        "{found:#?}"
    );
    clinic.see(take("job2", 4_000_000_000), from + HOUR);
    assert_eq!(clinic.odd().len(), 1, "quiet for its cooldown");
}

#[test]
fn usual_values_young_entities_and_other_directions_are_quiet() {
    let mut clinic = jobs(21);
    let from = monday() + 21 * DAY;
    clinic.see(take("job1", 41_000_000), from);
    clinic.see(take("job3", 10), from);
    clinic.see(take("new", 4_000_000_000), from);
    assert_eq!(clinic.odd(), [""; 0]);
    let mut without = Clinic::new("");
    for n in 0..600 {
        without.see(take("job1", 20_000_000), monday() + n * HOUR);
    }
    without.see(take("job1", 4_000_000_000), monday() + 600 * HOUR);
    assert_eq!(without.odd(), [""; 0], "no metric, no finding");
}

#[test]
fn a_surprising_value_is_learned_when_it_is_repeated_after_a_day() {
    let mut clinic = jobs(21);
    for day in 21..26 {
        clinic.see(take("job2", 4_000_000_000), monday() + day * DAY + 30 * MINUTE);
    }
    assert_eq!(clinic.odd().len(), 1, "{:#?}", clinic.odd());
}

/// Polarity: the farther a value is from what is usual, the more bits; of values that vary more it has fewer.
#[test]
fn farther_values_have_more_bits() {
    let bits_of = |bytes: i64| {
        let mut clinic = jobs(21);
        clinic.see(take("job2", bytes), monday() + 21 * DAY);
        clinic.odd().first().map_or(0, |found| bits(found))
    };
    let (far, farther) = (bits_of(400_000_000), bits_of(4_000_000_000));
    assert!(0 < far && far < farther, "{far} {farther}");
}

#[test]
fn what_was_learned_of_metrics_is_taken_over_and_merged() {
    let mut clinic = jobs(21);
    let (mut snapshot, mut snapshotter) = (Vec::new(), Snapshotter::default());
    while !snapshotter.step(&mut clinic.harness.detect, "0.0.0", 64, &mut snapshot) {}
    let mut other = Clinic::new(POLICY);
    restore(&mut other.harness.detect, &snapshot).unwrap();
    other.harness.number = clinic.harness.number;
    assert!(other.harness.detect.merge(&mut jobs(21).harness.detect));
    other.see(take("job2", 4_000_000_000), monday() + 21 * DAY);
    assert_eq!(other.odd().len(), 1);
}
