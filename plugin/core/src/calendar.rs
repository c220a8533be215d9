//! The calendar of a place: its time zone, business hours and holidays.

pub mod zone;
mod zones;

pub use zone::Zone;

use crate::time::{DAY, HOUR, MINUTE, Millis, civil_from_days};
use zone::weekday_of;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MINUTES: i64 = 24 * 60;

/// When people are at work.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    hours: Vec<Hours>,
    holidays: Vec<Holiday>,
}

/// Some hours of some weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// For each weekday from Sunday on, whether they begin on it.
    days: [bool; 7],
    /// Minutes from midnight; where the end is not after the beginning, it is on the next day.
    from: i64,
    to: i64,
}

/// A day of one year, or of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    year: Option<i64>,
    month: i64,
    day: i64,
}

impl Calendar {
    /// None without business hours: there is no telling then what is odd. Texts that cannot be read were refused with the policy.
    pub fn new(zone: &str, hours: &[String], holidays: &[String]) -> Option<Calendar> {
        let hours: Vec<Hours> = hours.iter().filter_map(|text| Hours::read(text)).collect();
        let holidays = holidays.iter().filter_map(|text| Holiday::read(text)).collect();
        (!hours.is_empty()).then(|| Calendar {
            zone: Zone::read(zone).unwrap_or(Zone::UTC),
            hours,
            holidays,
        })
    }

    /// True if the instant lies within business hours. A holiday has none, but those that began on the day before.
    pub fn is_open(&self, time: Millis) -> bool {
        let local = self.zone.local(time);
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
        self.holds(day, minute) || self.holds(day.saturating_sub(1), minute.saturating_add(MINUTES))
    }

    /// True if hours that began on the day last so many minutes.
    fn holds(&self, day: i64, minute: i64) -> bool {
        let begins_today =
            |hours: &Hours| hours.days.get(weekday_of(day) as usize).copied().unwrap_or_default();
        let is_within = |hours: &&Hours| (hours.from..hours.end()).contains(&minute);
        self.hours.iter().filter(|hours| begins_today(hours)).any(|hours| is_within(&hours))
            && !self.is_holiday(day)
    }

    fn is_holiday(&self, day: i64) -> bool {
        let (year, month, day) = civil_from_days(day);
        self.holidays.iter().any(|holiday| {
            (holiday.month, holiday.day) == (month, day)
                && holiday.year.is_none_or(|held| held == year)
        })
    }

    /// `Sat 23:05`, and whether the day is a holiday, as the place has it.
    pub fn local(&self, time: Millis) -> ([u8; 9], bool) {
        let local = self.zone.local(time);
        (clock_text(local), self.is_holiday(local.div_euclid(DAY)))
    }
}

/// `Sat 23:05` of a local time.
pub fn clock_text(local: Millis) -> [u8; 9] {
    let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
    let mut text = *b"Sun 00:00";
    if let (Some(place), Some(name)) = (
        text.first_chunk_mut::<3>(),
        DAYS.get(weekday_of(day) as usize).and_then(|name| name.as_bytes().first_chunk::<3>()),
    ) {
        *place = *name;
    }
    let digits = [minute / 600, minute / 60 % 10, minute % 60 / 10, minute % 10];
    for (at, digit) in [4usize, 5, 7, 8].into_iter().zip(digits) {
        text.get_mut(at).into_iter().for_each(|place| *place = b'0'.wrapping_add(digit as u8));
    }
    text
}

/// The hour of the week of a local time, counted from Sunday midnight on.
pub fn hour_of_week(local: Millis) -> u32 {
    let hour = weekday_of(local.div_euclid(DAY))
        .wrapping_mul(24)
        .wrapping_add(local.rem_euclid(DAY) / HOUR);
    u32::try_from(hour).unwrap_or_default()
}

impl Hours {
    /// `Mon-Fri 08:00-18:00`, `Sat,Sun 10:00-12:00`, `Fri 22:00-06:00`.
    pub fn read(text: &str) -> Option<Hours> {
        let (named, times) = text.split_once(' ')?;
        let mut days = [false; 7];
        for part in named.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (mut at, last) = (weekday(first)?, weekday(last)?);
            // Sun-Thu and Fri-Mon: on through the week.
            for _ in 0..7 {
                days.get_mut(at).into_iter().for_each(|day| *day = true);
                if at == last {
                    break;
                }
                at = at.wrapping_add(1) % 7;
            }
        }
        let (from, to) = times.trim().split_once('-')?;
        let (from, to) = (clock(from)?, clock(to)?);
        (from < MINUTES).then_some(Hours { days, from, to })
    }

    /// Minutes from the midnight before they begin.
    fn end(&self) -> i64 {
        if self.to > self.from { self.to } else { self.to.saturating_add(MINUTES) }
    }
}

fn weekday(name: &str) -> Option<usize> {
    DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))
}

/// `08:00`, up to `24:00`.
fn clock(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| {
        text.parse::<i64>()
            .ok()
            .filter(|_| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && minutes <= MINUTES).then_some(minutes)
}

impl Holiday {
    /// `2026-12-25`, or `12-26` of every year.
    pub fn read(text: &str) -> Option<Holiday> {
        let (year, day) = match text.len() {
            5 => (None, text),
            10 => (Some(text.get(..4)?.parse().ok()?), text.get(4..)?.strip_prefix('-')?),
            _ => return None,
        };
        // A leap year stands forevery year, so that February 29 is a day.
        let whole = format!("{:04}-{day}T00:00:00Z", year.unwrap_or(2024));
        crate::time::parse(whole.as_bytes())?;
        let (month, day) = day.split_once('-')?;
        Some(Holiday { year, month: month.parse().ok()?, day: day.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse;

    fn calendar(zone: &str, hours: &[&str], holidays: &[&str]) -> Calendar {
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Calendar::new(zone, &owned(hours), &owned(holidays)).unwrap()
    }

    fn is_open(calendar: &Calendar, utc: &str) -> bool {
        calendar.is_open(parse(utc.as_bytes()).unwrap())
    }

    #[test]
    fn business_hours_follow_the_clocks_of_the_place() {
        let berlin = calendar("Europe/Berlin", &["Mon-Fri 08:00-18:00"], &[]);
        for (utc, open) in [
            ("2026-01-15T06:59:59Z", false),
            ("2026-01-15T07:00:00Z", true),
            ("2026-07-15T05:59:59Z", false),
            ("2026-07-15T06:00:00Z", true),
            ("2026-07-15T15:59:59Z", true),
            ("2026-07-15T16:00:00Z", false),
            ("2026-01-17T12:00:00Z", false),
            // The Friday before clocks change and the Monday after.
            ("2026-03-27T07:00:00Z", true),
            ("2026-03-30T06:00:00Z", true),
            ("2026-10-26T06:30:00Z", false),
        ] {
            assert_eq!(is_open(&berlin, utc), open, "{utc}");
        }
    }

    #[test]
    fn several_spans_nights_and_the_turn_of_the_week() {
        let shifts = calendar(
            "UTC",
            &["Fri-Sat 22:00-06:00", "Sun 10:00-24:00", "Tue,Thu 00:00-00:00"],
            &[],
        );
        for (utc, open) in [
            ("2026-01-16T21:59:00Z", false),
            ("2026-01-16T22:00:00Z", true),
            ("2026-01-17T05:59:00Z", true),
            ("2026-01-17T06:00:00Z", false),
            ("2026-01-18T05:59:00Z", true),
            ("2026-01-18T23:59:00Z", true),
            ("2026-01-19T00:00:00Z", false),
            ("2026-01-20T00:00:00Z", true),
            ("2026-01-20T23:59:00Z", true),
            ("2026-01-21T00:00:00Z", false),
        ] {
            assert_eq!(is_open(&shifts, utc), open, "{utc}");
        }
    }

    #[test]
    fn holidays_of_one_year_and_of_every_year() {
        let calendar =
            calendar("America/New_York", &["Mon-Sun 09:00-17:00"], &["2026-12-25", "01-01"]);
        for (utc, open) in [
            ("2026-12-25T15:00:00Z", false),
            ("2027-12-25T15:00:00Z", true),
            ("2027-01-01T15:00:00Z", false),
            ("2028-01-01T15:00:00Z", false),
            // Still the old year there.
            ("2027-01-02T03:00:00Z", false),
            ("2026-12-31T21:59:00Z", true),
        ] {
            assert_eq!(is_open(&calendar, utc), open, "{utc}");
        }
        assert_eq!(calendar.local(parse(b"2027-01-01T15:07:00Z").unwrap()), (*b"Fri 10:07", true));
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for text in [
            "",
            "Mon",
            "Mon 8:00-18:00",
            "Mon 08:00",
            "Mo 08:00-18:00",
            "Mon 24:00-25:00",
            "Mon 08:60-09:00",
            "Mon-Fri,  08:00-18:00",
            "Mon 24:00-08:00",
        ] {
            assert_eq!(Hours::read(text), None, "{text}");
        }
        for text in ["", "2026-13-01", "02-30", "2026-02-29", "25.12.", "2026/12/25", "1-1"] {
            assert_eq!(Holiday::read(text), None, "{text}");
        }
        assert!(Holiday::read("02-29").is_some());
        assert!(Calendar::new("UTC", &[], &[]).is_none());
    }
}
