//! Profile of an actor's baseline for people: in words, as JSON, and read from a snapshot. Pages and `state show` print the same.

use crate::calendar::{day, local, moment, rfc3339, utc};
use auditward_core::Engine;
use auditward_core::Secret;
use auditward_core::calendar::Zone;
use auditward_core::detect::baseline::profile::{Profile, Volume};
use auditward_core::policy::Policy;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An engine with what another one learned under the same policy; none if the snapshot cannot be used.
pub fn restored(policy: &Policy, snapshot: &[u8]) -> Option<Engine> {
    let mut engine = Engine::new(policy.clone(), Secret::default());
    engine.restore(snapshot).ok()?;
    Some(engine)
}

/// The profile of an actor under the first of the environments that has one, or under none.
pub fn of(engine: &mut Engine, environments: &[String], name: &str) -> Option<Profile> {
    let places = environments.iter().map(String::as_str).chain([""]);
    places.into_iter().find_map(|place| engine.learned().profile(place, name))
}

/// The facts of a profile, each with its name. Times are those of the clocks.
pub fn facts(profile: &Profile, clocks: Zone) -> Vec<(&'static str, String)> {
    let (from, to) = profile.usual_hours;
    let is_compared = match profile.is_evaluated {
        true => "yes",
        false => "not yet: it takes 5 active days over at least 7 days",
    };
    let mut facts = vec![
        ("first day", day(utc(profile.first))),
        ("newest event", moment(local(profile.last, clocks))),
        ("active days", profile.active_days.to_string()),
        ("events are compared with it", is_compared.to_owned()),
        (
            "usually active",
            if to.saturating_sub(from) >= 24 {
                "at all hours".to_owned()
            } else {
                format!("{from:02}:00 to {:02}:00", to % 24)
            },
        ),
        ("active minutes a day", about(profile.minutes_a_day)),
        ("targets a day", about(profile.targets_a_day)),
    ];
    facts.extend(profile.volumes.iter().map(|volume| (volume.name, volume_in_words(volume))));
    facts.extend(profile.values.iter().filter(|values| values.minutes > 0.0).map(|values| {
        let words = format!(
            "{} minutes of activity with {} new ones",
            about(values.minutes),
            about(values.new)
        );
        (values.name, words)
    }));
    facts
}

fn volume_in_words(volume: &Volume) -> String {
    format!(
        "{} an active hour, {} an active day; {} on the newest day",
        about(volume.an_hour),
        about(volume.a_day),
        volume.newest_day
    )
}

/// A mean as people say it: whole numbers from ten on.
fn about(number: f64) -> String {
    match number {
        number if number >= 9.95 => format!("{number:.0}"),
        number if number < 0.05 => "0".to_owned(),
        number => format!("{number:.1}"),
    }
}

/// The profile as JSON.
pub fn json(profile: &Profile) -> Value {
    let rounded = |number: f64| (number * 100.0).round() / 100.0;
    let volumes: BTreeMap<&str, Value> = profile
        .volumes
        .iter()
        .map(|volume| {
            let counts = json!({
                "mean_an_hour": rounded(volume.an_hour), "mean_a_day": rounded(volume.a_day),
                "newest_hour": volume.newest_hour, "newest_day": volume.newest_day,
            });
            (volume.name, counts)
        })
        .collect();
    let values: BTreeMap<&str, Value> = profile
        .values
        .iter()
        .map(|values| {
            let counts = json!({ "minutes": rounded(values.minutes), "new": rounded(values.new) });
            (values.name, counts)
        })
        .collect();
    json!({
        "first_day": day(utc(profile.first)), "newest_event": rfc3339(profile.last), "active_days": profile.active_days,
        "is_evaluated": profile.is_evaluated, "usual_hours": [profile.usual_hours.0, profile.usual_hours.1 % 24],
        "weeks_by_hour_from_sunday": profile.hours, "active_minutes_a_day": rounded(profile.minutes_a_day),
        "targets_a_day": rounded(profile.targets_a_day), "volumes": volumes, "values": values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_told_as_exactly_as_they_are_known() {
        assert_eq!(
            [0.0, 0.04, 0.5, 6.04, 9.96, 43.4].map(about),
            ["0", "0", "0.5", "6.0", "10", "43"]
        );
    }
}
