//! Moments as dates and clock times, for people and in files.
//!
//! The time of a record is read by the core's reader instead, here as in the filter: what is shown of a record, or compared with it, must be the time by which it was evaluated.

use auditward_core::calendar::Zone;
use auditward_core::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};

/// The first and the last moment that are written: those of the years of four digits.
const FIRST: NaiveDateTime = NaiveDate::from_ymd_opt(0, 1, 1).unwrap().and_time(NaiveTime::MIN);
const LAST: NaiveDateTime =
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_hms_milli_opt(23, 59, 59, 999).unwrap();
/// Clocks that are those of UTC.
pub const UTC: FixedOffset = FixedOffset::east_opt(0).unwrap();

/// A moment in UTC.
pub fn utc(time: Millis) -> NaiveDateTime {
    let beyond = if time < 0 { FIRST } else { LAST };
    DateTime::from_timestamp_millis(time).map_or(beyond, |time| time.naive_utc()).clamp(FIRST, LAST)
}

/// A moment by the clocks of a zone, as they are at that moment.
pub fn local(time: Millis, clocks: Zone) -> NaiveDateTime {
    local_at(time, clocks.offset(time))
}

/// A moment by clocks that are so far from UTC.
pub fn local_at(time: Millis, offset: FixedOffset) -> NaiveDateTime {
    utc(time.saturating_add(Millis::from(offset.local_minus_utc()) * SECOND))
}

/// Milliseconds since 1970 of a local time.
pub fn instant(local: NaiveDateTime, offset: FixedOffset) -> Millis {
    local.and_utc().timestamp_millis() - Millis::from(offset.local_minus_utc()) * SECOND
}

/// `2026-03-02T08:14:03.000Z`, as the filter writes times.
pub fn rfc3339(time: Millis) -> String {
    utc(time).and_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `2026-03-02 08:14:03`
pub fn moment(at: NaiveDateTime) -> String {
    at.format("%F %T").to_string()
}

/// `2026-03-02`
pub fn day(at: NaiveDateTime) -> String {
    at.date().to_string()
}

/// The last moment of a period that ends before this one: a day if it ends with the day, `2026-12-31`, else `2026-12-31 18:00:00 UTC`.
pub fn last_moment(end: Millis) -> String {
    match end.rem_euclid(DAY) {
        0 => day(utc(end.saturating_sub(1))),
        _ => format!("{} UTC", moment(utc(end))),
    }
}

/// `08:14:03`
pub fn clock_of(at: NaiveDateTime) -> String {
    at.format("%T").to_string()
}

/// `08:14`
pub fn clock(at: NaiveDateTime) -> String {
    at.format("%R").to_string()
}

/// `UTC+1:00`
pub fn zone(offset: FixedOffset) -> String {
    let (sign, minutes) = match offset.local_minus_utc() / 60 {
        west @ ..0 => ('-', -west),
        east => ('+', east),
    };
    match minutes {
        0 => "UTC".to_owned(),
        _ => format!("UTC{sign}{}:{:02}", minutes / 60, minutes % 60),
    }
}

/// The largest unit of time of which a length has two, and how it is written.
pub fn unit(length: Millis) -> (Millis, &'static str) {
    [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")]
        .into_iter()
        .find(|(unit, _)| length >= 2 * unit)
        .unwrap_or((SECOND, "s"))
}

/// A length of time in its largest unit that leaves a number to tell.
pub fn length(length: Millis) -> String {
    let (scale, unit) = unit(length);
    format!("{} {unit}", (length + scale / 2) / scale)
}

/// Reads a moment that a person or a file states: RFC 3339, also with a blank before the clock or the zone; without a zone it is in UTC.
pub fn read(text: &str) -> Option<Millis> {
    const FORM: &str = "%Y-%m-%dT%H:%M:%S%.f";
    let text = text.replacen(['T', 't', ' '], "T", 1);
    let at = DateTime::parse_from_str(&text, &format!("{FORM} %#z"))
        .map(|at| at.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(&text, FORM).map(|at| at.and_utc()))
        .ok()?;
    (FIRST..=LAST).contains(&at.naive_utc()).then(|| at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time;

    #[test]
    fn moments_are_written_as_the_filter_writes_them() {
        for time in
            [0, -1, 1_772_406_000_123, 951_782_399_999, -62_167_219_200_000, 253_402_300_799_999]
                .into_iter()
                .chain([i64::MIN, -62_167_219_200_001, 253_402_300_800_000, i64::MAX])
        {
            assert_eq!(rfc3339(time).as_bytes(), time::format(time), "{time}");
        }
        let at = utc(1_772_406_843_123);
        assert_eq!(
            [moment(at), day(at), clock_of(at), clock(at)],
            ["2026-03-01 23:14:03", "2026-03-01", "23:14:03", "23:14"]
        );
        let berlin = FixedOffset::east_opt(3600).unwrap();
        let there = local_at(1_772_406_843_123, berlin);
        assert_eq!(moment(there), "2026-03-02 00:14:03");
        assert_eq!(instant(there, berlin), 1_772_406_843_123);
        assert_eq!(moment(local_at(i64::MAX, berlin)), "9999-12-31 23:59:59");
    }

    #[test]
    fn stated_moments_are_read_as_the_filter_reads_records() {
        for text in [
            "2026-01-31T23:59:59Z",
            "2026-01-31t23:59:59z",
            "2026-01-31 23:59:59",
            "2026-01-31T23:59:59.123456789+01:00",
            "2026-01-31T23:59:59-0130",
            "2026-02-01 00:59:59 +0100",
            "2024-02-29T12:00:00.5Z",
            "1969-12-31T23:59:59.999Z",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(read(text).is_some(), "{text}");
            assert_eq!(read(text), time::parse(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-01-31",
            "2026-02-29T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T23:59:59 CET",
            "2026-01-31T23:59:59Zx",
            "31.01.2026 12:00:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn zones_and_units_in_words() {
        let zone = |minutes: i32| zone(FixedOffset::east_opt(minutes * 60).unwrap());
        assert_eq!([zone(0), zone(60), zone(-90)], ["UTC", "UTC+1:00", "UTC-1:30"]);
        assert_eq!(
            [0, 119_999, 120_000, 2 * HOUR, 47 * HOUR, 2 * DAY].map(|length| unit(length).1),
            ["s", "s", "min", "h", "h", "d"]
        );
        assert_eq!(
            [length(300_000), length(59_000), length(7 * DAY - HOUR)],
            ["5 min", "59 s", "7 d"]
        );
    }

    #[test]
    fn clocks_change_within_a_page() {
        let at = |zone: &str, time: &str| {
            let clocks = Zone::read(zone).unwrap();
            moment(local(read(time).unwrap(), clocks))
        };
        assert_eq!(at("Europe/Berlin", "2026-03-14T02:03:00Z"), "2026-03-14 03:03:00");
        assert_eq!(at("Europe/Berlin", "2026-03-30T02:03:00Z"), "2026-03-30 04:03:00");
        assert_eq!(at("Asia/Kolkata", "2026-01-05T10:00:00Z"), "2026-01-05 15:30:00");
        assert_eq!(at("America/New_York", "2026-01-05T10:00:00Z"), "2026-01-05 05:00:00");
        assert_eq!(moment(local(i64::MAX, Zone::UTC)), "9999-12-31 23:59:59");
    }
}
