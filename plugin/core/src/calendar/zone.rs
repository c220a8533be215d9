//! Time zones: the offset of local time at an instant, by a rule as POSIX has it in `TZ` (IEEE 1003.1, 8.3, with RFC 8536's longer hours).

use super::utc;
use super::zones::ZONES;
use crate::similar::nearest;
use crate::time::{Millis, SECOND};
use chrono::{
    Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday,
};

/// Local time's offset from UTC over the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    standard: FixedOffset,
    summer: Option<Summer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summer {
    offset: FixedOffset,
    begin: Change,
    end: Change,
}

/// When clocks change, each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: Day,
    /// From the day's midnight, in the time that holds before the change.
    time: TimeDelta,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// `Jn`: 1 to 365, February 29 is never counted.
    Julian(u32),
    /// `n`: 0 to 365.
    Ordinal(u32),
    /// `Mm.w.d`: the w-th weekday of the month, the last one for 5.
    Weekday { month: u32, week: u8, weekday: Weekday },
}

impl Zone {
    pub const UTC: Zone = Zone { standard: FixedOffset::east_opt(0).unwrap(), summer: None };

    /// By its IANA name, or as a rule: `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub fn read(text: &str) -> Option<Zone> {
        let named = ZONES
            .iter()
            .find(|(_, names)| names.split(' ').any(|name| name.eq_ignore_ascii_case(text)));
        match named {
            Some((rule, _)) => Zone::from_rule(rule),
            None => Zone::ahead_of_utc(text).or_else(|| Zone::from_rule(text)),
        }
    }

    /// Hours ahead of UTC, as people write them: `UTC+1`, `GMT-5`, `+05:30`. A POSIX rule has the sign the other way round, and a name of its own.
    fn ahead_of_utc(text: &str) -> Option<Zone> {
        let is_utc =
            |name: &str| name.eq_ignore_ascii_case("UTC") || name.eq_ignore_ascii_case("GMT");
        let signed = match text.get(..3).filter(|name| is_utc(name)) {
            Some(_) => text.get(3..)?,
            None => text,
        };
        let is_signed = signed.starts_with(['+', '-']);
        let (ahead, rest) = hours(signed, 24).filter(|_| is_signed)?;
        let standard = FixedOffset::east_opt(ahead)?;
        rest.is_empty().then_some(Zone { standard, summer: None })
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

    #[inline(never)]
    fn from_rule(rule: &str) -> Option<Zone> {
        let rest = after_name(rule)?;
        let (standard, rest) = offset(rest)?;
        if rest.is_empty() {
            return Some(Zone { standard, summer: None });
        }
        let rest = after_name(rest)?;
        let (offset, rest) = match offset(rest) {
            Some(read) => read,
            None => (FixedOffset::east_opt(standard.local_minus_utc().checked_add(3600)?)?, rest),
        };
        let (begin, rest) = change(rest)?;
        let (end, rest) = change(rest)?;
        rest.is_empty().then_some(Zone { standard, summer: Some(Summer { offset, begin, end }) })
    }

    /// Local time at the instant.
    pub fn local(&self, time: Millis) -> NaiveDateTime {
        let utc = utc(time);
        utc.checked_add_offset(self.offset_at(utc)).unwrap_or(utc)
    }

    /// How far local time is from UTC at the instant.
    pub fn offset(&self, time: Millis) -> FixedOffset {
        self.offset_at(utc(time))
    }

    /// The instant at which it is this local time, given as if it were UTC; of the two in the hour that autumn repeats, one of them.
    pub fn instant(&self, local: Millis) -> Millis {
        let offset =
            |at: Millis| Millis::from(self.offset(at).local_minus_utc()).wrapping_mul(SECOND);
        let near = local.saturating_sub(offset(local));
        local.saturating_sub(offset(near))
    }

    #[inline(never)]
    fn offset_at(&self, utc: NaiveDateTime) -> FixedOffset {
        match self.summer {
            Some(summer) if self.is_summer(summer, utc) == Some(true) => summer.offset,
            _ => self.standard,
        }
    }

    fn is_summer(&self, summer: Summer, utc: NaiveDateTime) -> Option<bool> {
        let year = utc.checked_add_offset(self.standard)?.year();
        let begin = summer.begin.in_year(year)?.checked_sub_offset(self.standard)?;
        let end = summer.end.in_year(year)?.checked_sub_offset(summer.offset)?;
        // South of the equator the year begins and ends in summer.
        Some(if begin <= end { (begin..end).contains(&utc) } else { !(end..begin).contains(&utc) })
    }
}

impl Change {
    /// In local time.
    fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        let day = match self.day {
            Day::Julian(day) => {
                let is_later = first.leap_year() && day >= 60;
                NaiveDate::from_yo_opt(year, day.wrapping_add(u32::from(is_later)))?
            }
            Day::Ordinal(day) => first.checked_add_days(Days::new(u64::from(day)))?,
            Day::Weekday { month, week, weekday } => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, week)
                    .or_else(|| NaiveDate::from_weekday_of_month_opt(year, month, weekday, 4))?
            }
        };
        day.and_time(NaiveTime::MIN).checked_add_signed(self.time)
    }
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

/// `[+-]hh[:mm[:ss]]` west of UTC, and what stands behind.
fn offset(text: &str) -> Option<(FixedOffset, &str)> {
    let (west, rest) = hours(text, 24)?;
    Some((FixedOffset::west_opt(west)?, rest))
}

/// `[+-]hh[:mm[:ss]]` as seconds, and what stands behind.
fn hours(text: &str, most: u32) -> Option<(i32, &str)> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds: u32 = 0;
    for (index, (scale, limit)) in [(3600, most), (60, 59), (1, 59)].into_iter().enumerate() {
        if index > 0 {
            let Some(more) = rest.strip_prefix(':') else {
                break;
            };
            rest = more;
        }
        let (value, behind) = number(rest, 0, limit)?;
        seconds = seconds.checked_add(value.checked_mul(scale)?)?;
        rest = behind;
    }
    Some((i32::try_from(seconds).ok()?.checked_mul(sign)?, rest))
}

/// A number within bounds, and what stands behind.
fn number(text: &str, least: u32, most: u32) -> Option<(u32, &str)> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = text.get(..text.len().checked_sub(rest.len())?).filter(|it| it.len() <= 3)?;
    let number = digits.parse().ok().filter(|number| (least..=most).contains(number))?;
    Some((number, rest))
}

/// `,day[/time]`.
fn change(text: &str) -> Option<(Change, &str)> {
    let rest = text.strip_prefix(',')?;
    let (day, rest) = if let Some(rest) = rest.strip_prefix('M') {
        let (month, rest) = number(rest, 1, 12)?;
        let (week, rest) = number(rest.strip_prefix('.')?, 1, 5)?;
        let (weekday, rest) = number(rest.strip_prefix('.')?, 0, 6)?;
        // Counted from Sunday here, from Monday there.
        let weekday = Weekday::try_from(weekday.wrapping_add(6) as u8 % 7).ok()?;
        (Day::Weekday { month, week: u8::try_from(week).ok()?, weekday }, rest)
    } else if let Some(rest) = rest.strip_prefix('J') {
        let (day, rest) = number(rest, 1, 365)?;
        (Day::Julian(day), rest)
    } else {
        let (day, rest) = number(rest, 0, 365)?;
        (Day::Ordinal(day), rest)
    };
    let (time, rest) = match rest.strip_prefix('/') {
        Some(rest) => hours(rest, 167)?,
        None => (7200, rest),
    };
    Some((Change { day, time: TimeDelta::try_seconds(i64::from(time))? }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    /// Local time, as RFC 3339 without a zone.
    fn local(zone: &str, utc: &str) -> String {
        let zone = Zone::read(zone).unwrap_or_else(|| panic!("{zone}"));
        zone.local(time::parse(utc.as_bytes()).unwrap()).format("%FT%T").to_string()
    }

    #[test]
    fn local_times_are_instants_again() {
        for name in ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"]
        {
            let zone = Zone::read(name).unwrap();
            for hour in 0..24 * 366 {
                let time = 1_767_225_600_000 + hour * 3_600_000;
                let again = zone.instant(zone.local(time).and_utc().timestamp_millis());
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
            // The sign of people, not that of POSIX.
            ("UTC+1", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00"),
            ("gmt-5", "2026-01-01T05:00:00Z", "2026-01-01T00:00:00"),
            ("UTC+05:30", "2026-01-01T00:00:00Z", "2026-01-01T05:30:00"),
            ("+01:00", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00"),
            ("-03:00", "2026-01-01T03:00:00Z", "2026-01-01T00:00:00"),
            // Names and rules have that of POSIX.
            ("Etc/GMT-1", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00"),
            ("EST5", "2026-01-01T05:00:00Z", "2026-01-01T00:00:00"),
            ("UTC-1CEST,M3.5.0,M10.5.0/3", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00"),
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
            "CET-24",
            "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.5.0",
            "CET-1CEST,M3.5.0,M10.5.0/3x",
            "<+3>-3",
            "CET-1:60",
            "CET-1CEST,M3.6.0,M10.5.0",
            "UTC+25",
            "UTC+1:60",
            "+1x",
            "+",
        ] {
            // Some of these are names of zones too.
            assert!(
                Zone::from_rule(text).is_none() && Zone::ahead_of_utc(text).is_none(),
                "{text}"
            );
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
