//! The calendar of a place: its time zone, business hours and holidays.

pub mod zone;
mod zones;

pub use zone::Zone;

use crate::time::{DAY, Millis};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday, WeekdaySet};

/// As they are written, from Sunday on.
const DAYS: [&[u8; 3]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
const MINUTES: u32 = 24 * 60;

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
    /// Weekdays on which they begin.
    days: WeekdaySet,
    /// Minutes from midnight; where the end is not after the beginning, it is on the next day.
    from: u32,
    to: u32,
}

/// A day of one year, or of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    year: Option<i32>,
    month: u32,
    day: u32,
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
        let minute = minute_of_day(local);
        self.holds(local.date(), minute)
            || local
                .date()
                .pred_opt()
                .is_some_and(|day| self.holds(day, minute.saturating_add(MINUTES)))
    }

    /// True if hours that began on the day last so many minutes.
    fn holds(&self, day: NaiveDate, minute: u32) -> bool {
        let weekday = day.weekday();
        let is_within = |hours: &Hours| {
            hours.days.contains(weekday) && (hours.from..hours.end()).contains(&minute)
        };
        self.hours.iter().any(is_within) && !self.is_holiday(day)
    }

    fn is_holiday(&self, day: NaiveDate) -> bool {
        self.holidays.iter().any(|holiday| {
            (holiday.month, holiday.day) == (day.month(), day.day())
                && holiday.year.is_none_or(|held| held == day.year())
        })
    }

    /// `Sat 23:05`, and whether the day is a holiday, as the place has it.
    pub fn local(&self, time: Millis) -> ([u8; 9], bool) {
        let local = self.zone.local(time);
        (clock_text(local), self.is_holiday(local.date()))
    }
}

/// A time in UTC as the calendar has it; beyond the calendar's years, its first or last moment.
fn utc(time: Millis) -> NaiveDateTime {
    let end = if time < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
    DateTime::from_timestamp_millis(time).map_or(end, |time| time.naive_utc())
}

fn minute_of_day(local: NaiveDateTime) -> u32 {
    local.hour().wrapping_mul(60).wrapping_add(local.minute())
}

/// `Sat 23:05` of a local time.
pub fn clock_text(local: NaiveDateTime) -> [u8; 9] {
    let mut text = *b"Sun 00:00";
    let weekday = local.weekday().num_days_from_sunday() as usize;
    if let (Some(place), Some(name)) = (text.first_chunk_mut(), DAYS.get(weekday)) {
        *place = **name;
    }
    let (hour, minute) = (local.hour(), local.minute());
    let digits = [hour / 10, hour % 10, minute / 10, minute % 10];
    for (at, digit) in [4usize, 5, 7, 8].into_iter().zip(digits) {
        text.get_mut(at).into_iter().for_each(|place| *place = b'0'.wrapping_add(digit as u8));
    }
    text
}

/// `Sat` of a local time.
pub fn day_text(local: NaiveDateTime) -> [u8; 3] {
    let weekday = local.weekday().num_days_from_sunday() as usize;
    DAYS.get(weekday).map_or(*b"Sun", |name| **name)
}

/// The hour of the week of a local time, counted from Sunday midnight on.
pub fn hour_of_week(local: NaiveDateTime) -> u32 {
    local.weekday().num_days_from_sunday().wrapping_mul(24).wrapping_add(local.hour())
}

impl Hours {
    /// `Mon-Fri 08:00-18:00`, `Sat,Sun 10:00-12:00`, `Fri 22:00-06:00`.
    pub fn read(text: &str) -> Option<Hours> {
        let (named, times) = text.split_once(' ')?;
        let mut days = WeekdaySet::EMPTY;
        for part in named.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (mut day, last): (Weekday, Weekday) = (first.parse().ok()?, last.parse().ok()?);
            // Sun-Thu and Fri-Mon: on through the week.
            days.insert(last);
            while day != last {
                days.insert(day);
                day = day.succ();
            }
        }
        let (from, to) = times.trim().split_once('-')?;
        let (from, to) = (clock(from)?, clock(to)?);
        (from < MINUTES).then_some(Hours { days, from, to })
    }

    /// Minutes from the midnight before they begin.
    fn end(&self) -> u32 {
        if self.to > self.from { self.to } else { self.to.saturating_add(MINUTES) }
    }
}

/// A number of so many digits, and nothing else.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_one = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_one)
}

/// `08:00`, up to `24:00`.
fn clock(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let minutes = hour.wrapping_mul(60).wrapping_add(minute);
    (minute < 60 && minutes <= MINUTES).then_some(minutes)
}

/// A day such as `2026-12-31`.
fn day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

/// The end of a day such as `2026-12-31`, in UTC.
pub fn end_of_day(text: &str) -> Result<Millis, String> {
    let day = day(text).ok_or_else(|| format!("`{text}` is not a day such as 2026-12-31"))?;
    Ok(Millis::from(day.to_epoch_days()).wrapping_add(1).wrapping_mul(DAY))
}

impl Holiday {
    /// `2026-12-25`, or `12-26` of every year.
    pub fn read(text: &str) -> Option<Holiday> {
        // A leap year stands for every year, so that February 29 is a day.
        let (date, is_once) = match text.len() {
            5 => (day(&format!("2024-{text}"))?, false),
            _ => (day(text)?, true),
        };
        let year = is_once.then_some(date.year());
        Some(Holiday { year, month: date.month(), day: date.day() })
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
            "Mond 08:00-18:00",
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
        assert_eq!(
            Hours::read("monday-FRIDAY 08:00-18:00"),
            Hours::read("Mon,Tue,Wed,Thu,Fri 08:00-18:00")
        );
        assert!(Holiday::read("02-29").is_some());
        for text in ["", "2026-12-32", "2026-2-03", "26-12-31", "+026-12-31", "2026-12-31T"] {
            assert_eq!(
                end_of_day(text),
                Err(format!("`{text}` is not a day such as 2026-12-31")),
                "{text}"
            );
        }
        assert_eq!(end_of_day("2024-02-29").ok(), parse(b"2024-03-01T00:00:00Z"));
        assert!(Calendar::new("UTC", &[], &[]).is_none());
    }
}
