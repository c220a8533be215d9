//! Time zones: the offset of local time at an instant, by a rule as POSIX has it in `TZ` (IEEE 1003.1, 8.3, with RFC 8536's longer hours).

use super::zones::ZONES;
use crate::similar::nearest;
use crate::time::{Millis, SECOND, civil_from_days, days_from_civil};

/// Seconds.
type Seconds = i64;
const DAY: Seconds = 86_400;

/// Local time's offset from UTC over the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// East of UTC.
    standard: Seconds,
    summer: Option<Summer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summer {
    offset: Seconds,
    begin: Change,
    end: Change,
}

/// When clocks change, each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: Day,
    /// From the day's midnight, in the time that holds before the change.
    time: Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// `Jn`: 1 to 365, February 29 is never counted.
    Julian(i64),
    /// `n`: 0 to 365.
    Ordinal(i64),
    /// `Mm.w.d`: the w-th weekday of the month, the last one for 5.
    Weekday { month: i64, week: i64, weekday: i64 },
}

impl Zone {
    pub const UTC: Zone = Zone { standard: 0, summer: None };

    /// By its IANA name, or as a rule: `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub fn read(text: &str) -> Option<Zone> {
        let named = ZONES
            .iter()
            .find(|(_, names)| names.split(' ').any(|name| name.eq_ignore_ascii_case(text)));
        Zone::from_rule(named.map_or(text, |(rule, _)| rule))
    }

    /// The IANA name that was probably meant: one that differs by few letters, or whose city it is.
    #[inline(never)]
    pub fn nearest(text: &str) -> Option<&'static str> {
        let asked = text.trim().to_lowercase().replace(' ', "_");
        let names = || ZONES.iter().flat_map(|(_, names)| names.split(' '));
        let city = |name: &&str| {
            name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&asked))
        };
        names().find(city).or_else(|| nearest(&asked, names()))
    }

    fn from_rule(rule: &str) -> Option<Zone> {
        let rest = after_name(rule)?;
        let (west, rest) = hours(rest, 24)?;
        let standard = west.checked_neg()?;
        if rest.is_empty() {
            return Some(Zone { standard, summer: None });
        }
        let rest = after_name(rest)?;
        let (offset, rest) = match hours(rest, 24) {
            Some((west, rest)) => (west.checked_neg()?, rest),
            None => (standard.checked_add(3600)?, rest),
        };
        let (begin, rest) = change(rest)?;
        let (end, rest) = change(rest)?;
        rest.is_empty().then_some(Zone { standard, summer: Some(Summer { offset, begin, end }) })
    }

    /// Local time at the instant, as if it were UTC.
    pub fn local(&self, time: Millis) -> Millis {
        let at = time.div_euclid(SECOND);
        time.saturating_add(self.offset_at(at).saturating_mul(SECOND))
    }

    /// The instant at which it is this local time; of the two in the hour that autumn repeats, one of them.
    pub fn instant(&self, local: Millis) -> Millis {
        let offset = |at: Millis| self.offset_at(at.div_euclid(SECOND)).saturating_mul(SECOND);
        let near = local.saturating_sub(offset(local));
        local.saturating_sub(offset(near))
    }

    fn offset_at(&self, at: Seconds) -> Seconds {
        let Some(Summer { offset, begin, end }) = self.summer else {
            return self.standard;
        };
        let (year, ..) = civil_from_days(at.saturating_add(self.standard).div_euclid(DAY));
        let begin = begin.in_year(year).saturating_sub(self.standard);
        let end = end.in_year(year).saturating_sub(offset);
        // South of the equator the year begins and ends in summer.
        let is_summer =
            if begin <= end { (begin..end).contains(&at) } else { !(end..begin).contains(&at) };
        if is_summer { offset } else { self.standard }
    }
}

impl Change {
    /// Local seconds since 1970.
    fn in_year(self, year: i64) -> Seconds {
        let first = |month: i64| {
            i64::from(days_from_civil(
                i32::try_from(year).unwrap_or_default().clamp(0, 9999),
                month as i32,
                1,
            ))
        };
        let day = match self.day {
            Day::Julian(day) => {
                let is_leap = first(3).wrapping_sub(first(2)) == 29;
                first(1)
                    .wrapping_add(day)
                    .wrapping_sub(1)
                    .wrapping_add(i64::from(is_leap && day >= 60))
            }
            Day::Ordinal(day) => first(1).wrapping_add(day),
            Day::Weekday { month, week, weekday } => {
                let begin = first(month);
                let next =
                    if month == 12 { begin.wrapping_add(31) } else { first(month.wrapping_add(1)) };
                let until = weekday.wrapping_sub(weekday_of(begin)).rem_euclid(7);
                let day =
                    begin.wrapping_add(until).wrapping_add(week.wrapping_sub(1).wrapping_mul(7));
                if day >= next { day.wrapping_sub(7) } else { day }
            }
        };
        day.wrapping_mul(DAY).wrapping_add(self.time)
    }
}

/// 0 is Sunday; 1970 began on a Thursday.
pub(super) fn weekday_of(day: i64) -> i64 {
    day.wrapping_add(4).rem_euclid(7)
}

/// Text after a zone's name: at least three letters, or signs and digits between `<` and `>`.
fn after_name(text: &str) -> Option<&str> {
    if let Some(quoted) = text.strip_prefix('<') {
        let (name, rest) = quoted.split_once('>')?;
        let fits = name.len() >= 3
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-');
        return fits.then_some(rest);
    }
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    (text.len().wrapping_sub(rest.len()) >= 3).then_some(rest)
}

/// `[+-]hh[:mm[:ss]]` as seconds, and what stands behind.
fn hours(text: &str, most: Seconds) -> Option<(Seconds, &str)> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds: Seconds = 0;
    for (index, (scale, limit)) in [(3600, most), (60, 59), (1, 59)].into_iter().enumerate() {
        if index > 0 {
            let Some(more) = rest.strip_prefix(':') else {
                break;
            };
            rest = more;
        }
        let (value, behind) = number(rest)?;
        if value > limit {
            return None;
        }
        seconds = seconds.checked_add(value.checked_mul(scale)?)?;
        rest = behind;
    }
    Some((seconds.checked_mul(sign)?, rest))
}

fn number(text: &str) -> Option<(i64, &str)> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = text.get(..text.len().checked_sub(rest.len())?)?;
    Some((digits.parse().ok().filter(|_| digits.len() <= 3)?, rest))
}

/// `,day[/time]`.
fn change(text: &str) -> Option<(Change, &str)> {
    let rest = text.strip_prefix(',')?;
    let within = |(value, rest), least, most| {
        if (least..=most).contains(&value) { Some((value, rest)) } else { None }
    };
    let (day, rest) = if let Some(rest) = rest.strip_prefix('M') {
        let (month, rest) = within(number(rest)?, 1, 12)?;
        let (week, rest) = within(number(rest.strip_prefix('.')?)?, 1, 5)?;
        let (weekday, rest) = within(number(rest.strip_prefix('.')?)?, 0, 6)?;
        (Day::Weekday { month, week, weekday }, rest)
    } else if let Some(rest) = rest.strip_prefix('J') {
        let (day, rest) = within(number(rest)?, 1, 365)?;
        (Day::Julian(day), rest)
    } else {
        let (day, rest) = within(number(rest)?, 0, 365)?;
        (Day::Ordinal(day), rest)
    };
    let (time, rest) = match rest.strip_prefix('/') {
        Some(rest) => hours(rest, 167)?,
        None => (7200, rest),
    };
    Some((Change { day, time }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    /// Local time, as RFC 3339 without a zone.
    fn local(zone: &str, utc: &str) -> String {
        let zone = Zone::read(zone).unwrap_or_else(|| panic!("{zone}"));
        String::from_utf8_lossy(
            &time::format(zone.local(time::parse(utc.as_bytes()).unwrap()))[..19],
        )
        .into_owned()
    }

    #[test]
    fn local_times_are_instants_again() {
        for name in ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"]
        {
            let zone = Zone::read(name).unwrap();
            for hour in 0..24 * 366 {
                let time = 1_767_225_600_000 + hour * 3_600_000;
                let again = zone.instant(zone.local(time));
                // Of an hour that autumn repeats, either one.
                assert!(again == time || zone.local(again) == zone.local(time), "{name} {hour}");
            }
        }
    }

    #[test]
    fn clocks_change_at_the_second() {
        for (zone, utc, expected) in [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
            ("Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00"),
            ("america/new_york", "2026-03-08T06:59:59Z", "2026-03-08T01:59:59"),
            ("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00"),
            ("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00"),
            ("Europe/Dublin", "2026-07-01T12:00:00Z", "2026-07-01T13:00:00"),
            ("Europe/Dublin", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00"),
            ("Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T05:30:00"),
            ("Asia/Tokyo", "2026-12-31T15:00:00Z", "2027-01-01T00:00:00"),
            ("UTC", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59"),
        ] {
            assert_eq!(local(zone, utc), expected, "{zone} {utc}");
        }
    }

    #[test]
    fn summer_lasts_over_the_turn_of_the_year_in_the_south() {
        for (utc, expected) in [
            ("2026-12-31T12:59:59Z", "2026-12-31T23:59:59"),
            ("2026-12-31T13:00:00Z", "2027-01-01T00:00:00"),
            ("2026-04-04T15:59:59Z", "2026-04-05T02:59:59"),
            ("2026-04-04T16:00:00Z", "2026-04-05T02:00:00"),
            ("2026-10-03T16:00:00Z", "2026-10-04T03:00:00"),
        ] {
            assert_eq!(local("Australia/Sydney", utc), expected, "{utc}");
        }
        assert_eq!(local("Pacific/Auckland", "2025-12-31T11:00:00Z"), "2026-01-01T00:00:00");
        assert_eq!(local("America/Adak", "2027-01-01T09:59:59Z"), "2026-12-31T23:59:59");
    }

    #[test]
    fn days_by_number_with_and_without_leap_days() {
        let (j60, n59) = ("AAA0BBB,J60/0,J300/0", "AAA0BBB,59/0,300/0");
        assert_eq!(
            local(j60, "2024-02-29T12:00:00Z"),
            "2024-02-29T12:00:00",
            "J60 is March 1 every year"
        );
        assert_eq!(local(j60, "2024-03-01T00:00:00Z"), "2024-03-01T01:00:00");
        assert_eq!(local(j60, "2026-03-01T00:00:00Z"), "2026-03-01T01:00:00");
        assert_eq!(
            local(n59, "2024-02-29T00:00:00Z"),
            "2024-02-29T01:00:00",
            "59 is February 29 in a leap year"
        );
        assert_eq!(local("<+0330>-3:30", "2026-01-01T00:00:00Z"), "2026-01-01T03:30:00");
        assert_eq!(
            local("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z"),
            "2026-03-29T00:00:00",
            "hours before midnight"
        );
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for text in [
            "",
            "Europe/Nowhere",
            "CET",
            "CE-1",
            "CET-1CEST",
            "CET-25",
            "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.5.0",
            "CET-1CEST,M3.5.0,M10.5.0/3x",
            "<+3>-3",
            "CET-1:60",
            "CET-1CEST,M3.6.0,M10.5.0",
        ] {
            // Some of these are names of zones too.
            assert!(Zone::from_rule(text).is_none(), "{text}");
        }
    }

    #[test]
    fn far_times_stay_in_range() {
        for time in [i64::MIN, -1, 0, i64::MAX] {
            let _ = Zone::read("Europe/Berlin").unwrap().local(time);
        }
    }

    #[test]
    fn the_zone_that_was_meant() {
        for (text, zone) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
            ("Europ/London", "Europe/London"),
        ] {
            assert_eq!(Zone::nearest(text), Some(zone), "{text}");
        }
        assert_eq!(Zone::nearest("the office upstairs"), None);
    }
}
