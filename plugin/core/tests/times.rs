//! The readers of times on the hot path, compared with chrono.

use auditward_core::time::format::Format;
use auditward_core::time::{self, DAY, Millis};
use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc,
};
use proptest::prelude::*;

/// Moments of the years 1 to 9999.
fn moments() -> impl Strategy<Value = Millis> {
    let at = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap()
            .and_utc()
            .timestamp_millis()
    };
    prop_oneof![
        at(1)..at(9999),
        at(1969)..at(2100),
        Just(0),
        Just(-1),
        Just(951_782_399_999),
        Just(951_782_400_000)
    ]
}

fn utc(ms: Millis) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap()
}

fn zones() -> impl Strategy<Value = FixedOffset> {
    (-23 * 60i32..=23 * 60).prop_map(|minutes| FixedOffset::east_opt(minutes * 60).unwrap())
}

/// The date without a year that chrono finds: the last one that is not more than a day ahead.
fn last_of_its_date(date: NaiveDateTime, now: Millis) -> Option<Millis> {
    let latest = now + DAY;
    let this_year = utc(latest).year();
    let of_year = |year: i32| date.with_year(year).map(|date| date.and_utc().timestamp_millis());
    (0..=8).filter_map(|back| of_year(this_year - back)).find(|time| *time <= latest)
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_chrono_reads_it(ms in moments()) {
        let written = time::format(ms);
        let text = std::str::from_utf8(&written).unwrap();
        prop_assert_eq!(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis(), ms);
        prop_assert_eq!(text, utc(ms).to_rfc3339_opts(SecondsFormat::Millis, true));
        prop_assert_eq!(time::parse(&written), Some(ms));
    }

    #[test]
    fn rfc_3339_of_any_zone_and_fraction(ms in moments(), zone in zones(), form in prop_oneof![
        Just(SecondsFormat::Secs), Just(SecondsFormat::Millis), Just(SecondsFormat::Micros), Just(SecondsFormat::Nanos)
    ]) {
        let there = zone.from_utc_datetime(&utc(ms).naive_utc());
        prop_assume!((1..=9999).contains(&there.year()));
        let text = there.to_rfc3339_opts(form, true);
        let expected = DateTime::parse_from_rfc3339(&text).unwrap().timestamp_millis();
        prop_assert_eq!(time::parse(text.as_bytes()), Some(expected), "{}", text);
        prop_assert_eq!(time::parse(text.replace('T', " ").as_bytes()), Some(expected));
        prop_assert_eq!(time::parse(text.replace('.', ",").as_bytes()), Some(expected));
    }

    #[test]
    fn what_both_read_they_read_alike(ms in moments(), zone in zones(), at in 0usize..35, byte in prop_oneof![b'0'..=b'9', Just(b'-'), Just(b':'), Just(b'Z'), any::<u8>()]) {
        let mut text = zone.from_utc_datetime(&utc(ms).naive_utc()).to_rfc3339_opts(SecondsFormat::Millis, true).into_bytes();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        let theirs = std::str::from_utf8(&text).ok().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        // chrono takes a leap second, which ends its minute here.
        let theirs = theirs.filter(|time| time.timestamp_subsec_millis() < 1000).map(|time| time.timestamp_millis());
        if let (Some(ours), Some(theirs)) = (time::parse(&text), theirs) {
            prop_assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn times_of_access_logs(ms in moments(), zone in zones()) {
        let there = zone.from_utc_datetime(&utc(ms).naive_utc());
        prop_assume!((1..=9999).contains(&there.year()));
        let text = there.format("%d/%b/%Y:%H:%M:%S %z").to_string();
        prop_assert_eq!(time::common_log(text.as_bytes()), Some(there.timestamp() * 1000), "{}", text);
        let mut days = time::Days::default();
        for _ in 0..2 {
            prop_assert_eq!(days.common_log(text.as_bytes()), Some(there.timestamp() * 1000), "{}", text);
        }
    }

    #[test]
    fn times_of_syslog(ms in moments(), now in moments()) {
        let whole = ms.div_euclid(1000) * 1000;
        let date = utc(whole).naive_utc();
        for form in ["%b %e %H:%M:%S ", "%b %d %H:%M:%S "] {
            let text = date.format(form).to_string();
            let expected = last_of_its_date(date, now);
            let mut days = time::Days::default();
            for _ in 0..2 {
                prop_assert_eq!(days.yearless(text.as_bytes(), now).map(|(time, _)| time), expected, "{} at {}", text, now);
            }
        }
        let text = date.format("%b %d %Y %H:%M:%S ").to_string();
        prop_assert_eq!(time::yearless(text.as_bytes(), now).map(|(time, _)| time), Some(whole), "{}", text);
        let text = date.format("%a %b %e %H:%M:%S %Y").to_string();
        prop_assert_eq!(time::ctime(text.as_bytes()), Some(whole), "{}", text);
    }

    #[test]
    fn formats_of_mappings(ms in moments(), zone in zones()) {
        let there = zone.from_utc_datetime(&utc(ms).naive_utc());
        prop_assume!((1..=9999).contains(&there.year()));
        for form in ["%Y-%m-%d %H:%M:%S %z", "%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%B %d %Y %I:%M:%S %p %z", "%Y%j%H%M%S%z"] {
            let text = there.format(form).to_string();
            let theirs = DateTime::parse_from_str(&text, form).unwrap().timestamp_millis();
            prop_assert_eq!(Format::compile(form).unwrap().read(text.as_bytes()), Some(theirs), "{} by {}", text, form);
        }
        for form in ["%F %T", "%m/%d/%Y %H:%M:%S", "%d %b %Y %H:%M"] {
            let text = there.naive_utc().format(form).to_string();
            let theirs = NaiveDateTime::parse_from_str(&text, form).unwrap().and_utc().timestamp_millis();
            prop_assert_eq!(Format::compile(form).unwrap().read(text.as_bytes()), Some(theirs), "{} by {}", text, form);
        }
    }
}
