//! The readers of times on the hot path, formats of mappings, time zones and business hours, compared with chrono.

use auditward_core::calendar::{Calendar, Zone, clock_text, end_of_day, hour_of_week};
use auditward_core::time::format::Format;
use auditward_core::time::{self, DAY, HOUR, Millis, SECOND};
use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta,
    TimeZone, Timelike, Utc, Weekday,
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

/// Formats with a zone whose directives mean the same to chrono.
const ZONED: [&str; 8] = [
    "%Y-%m-%d %H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%A, %B %e %Y %T %z",
    "%B %d %Y %I:%M:%S %p %z",
    "%Y%j%H%M%S%z",
    "%D %T %z",
    "%s",
];
const LOCAL: [&str; 4] = ["%F %T", "%m/%d/%Y %H:%M:%S", "%d %b %Y %H:%M", "%j of %y, %I.%M %p"];

/// By chrono.
fn theirs(text: &str, form: &str) -> Option<Millis> {
    match form.contains("%z") || form == "%s" {
        true => DateTime::parse_from_str(text, form).ok().map(|time| time.timestamp_millis()),
        false => NaiveDateTime::parse_from_str(text, form)
            .ok()
            .map(|time| time.and_utc().timestamp_millis()),
    }
}

/// Two digits of a year are of 1969 to 2068 by POSIX, of 1970 to 2069 by chrono.
fn is_written_alike(form: &str, year: i32) -> bool {
    match form.contains("%y") || form.contains("%D") {
        true => (1970..=2068).contains(&year),
        false => (1..=9999).contains(&year),
    }
}

/// The w-th weekday of a month, found by walking through it; the last one for 5.
fn weekday_of_month((year, month): (i32, u32), week: usize, weekday: Weekday) -> NaiveDate {
    let days = NaiveDate::from_ymd_opt(year, month, 1).unwrap().iter_days();
    let days: Vec<NaiveDate> = days
        .take_while(|day| day.month() == month)
        .filter(|day| day.weekday() == weekday)
        .collect();
    *days.get(week - 1).unwrap_or_else(|| days.last().unwrap())
}

fn weekdays() -> impl Strategy<Value = Weekday> {
    (0u8..7).prop_map(|number| Weekday::try_from(number).unwrap())
}

/// Hours of a policy: the first and the last weekday, and minutes of the day.
fn hours() -> impl Strategy<Value = (Weekday, Weekday, u32, u32)> {
    (weekdays(), weekdays(), 0u32..1440, 0u32..=1440)
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
        for form in ZONED.into_iter().filter(|form| is_written_alike(form, there.year())) {
            // Counts before 1970 have a format of their own, `unix`.
            if form == "%s" && ms < 0 {
                continue;
            }
            let text = there.format(form).to_string();
            prop_assert_eq!(Format::compile(form).unwrap().read(text.as_bytes()), theirs(&text, form), "{} by {}", text, form);
            prop_assert!(theirs(&text, form).is_some());
        }
        for form in LOCAL.into_iter().filter(|form| is_written_alike(form, there.year())) {
            let text = there.naive_local().format(form).to_string();
            prop_assert_eq!(Format::compile(form).unwrap().read(text.as_bytes()), theirs(&text, form), "{} by {}", text, form);
            prop_assert!(theirs(&text, form).is_some());
        }
    }

    #[test]
    fn what_both_read_by_a_format_they_read_alike(ms in moments(), zone in zones(), at in 0usize..40, byte in prop_oneof![b'0'..=b'9', b'a'..=b'z', Just(b' '), Just(b':'), any::<u8>()]) {
        let there = zone.from_utc_datetime(&utc(ms).naive_utc());
        for form in ZONED.into_iter().chain(LOCAL).filter(|form| is_written_alike(form, there.year())) {
            let mut text = there.format(form).to_string().into_bytes();
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
            let theirs = std::str::from_utf8(&text).ok().and_then(|text| theirs(text, form));
            if let (Some(ours), Some(theirs)) = (Format::compile(form).unwrap().read(&text), theirs) {
                let is_alike = is_written_alike(form, utc(theirs).year()) && is_written_alike(form, utc(ours).year());
                prop_assert!(ours == theirs || !is_alike, "{} by {}: {ours} {theirs}", String::from_utf8_lossy(&text), form);
            }
        }
    }

    #[test]
    fn clocks_change_on_the_days_of_the_calendar(
        year in 1i32..9998, months in (1u32..=6, 7u32..=12), weeks in (1usize..=5, 1usize..=5), weekday in weekdays(),
        hour in -30i64..=30, standard in -11i64..=11, is_south in any::<bool>()
    ) {
        let day = |month, week| format!("M{month}.{week}.{}/{hour}", weekday.num_days_from_sunday());
        let (spring, autumn) = (day(months.0, weeks.0), day(months.1, weeks.1));
        let (begin, end) = if is_south { (autumn, spring) } else { (spring, autumn) };
        let zone = Zone::read(&format!("AAA{}BBB,{begin},{end}", -standard)).unwrap();
        let change = |month, week, offset: i64| {
            let midnight = weekday_of_month((year, month), week, weekday).and_hms_opt(0, 0, 0).unwrap();
            midnight.and_utc().timestamp_millis() + (hour - offset) * HOUR
        };
        let seconds = |hours: i64| hours as i32 * 3600;
        // The clocks are an hour ahead in summer.
        let (first, second) = if is_south { (standard + 1, standard) } else { (standard, standard + 1) };
        for (at, before, after) in [
            (change(months.0, weeks.0, first), first, second),
            (change(months.1, weeks.1, second), second, first),
        ] {
            prop_assume!((utc(at).naive_utc() + TimeDelta::hours(standard)).year() == year);
            prop_assert_eq!(zone.offset(at - SECOND).local_minus_utc(), seconds(before));
            prop_assert_eq!(zone.offset(at).local_minus_utc(), seconds(after));
            prop_assert_eq!(zone.local(at), utc(at).naive_utc() + TimeDelta::hours(after));
        }
    }

    #[test]
    fn business_hours_by_the_calendar(ms in moments(), spans in proptest::collection::vec(hours(), 1..4), holiday in (any::<bool>(), 0u64..3)) {
        let zone = Zone::read("Europe/Berlin").unwrap();
        let local = zone.local(ms);
        prop_assume!((2..=9998).contains(&local.year()));
        let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let texts: Vec<String> = spans.iter().map(|(first, last, from, to)| format!("{first}-{last} {}-{}", clock(*from), clock(*to))).collect();
        let held = (local.date() + Days::new(1)) - Days::new(holiday.1);
        let holiday = if holiday.0 { held.format("%F") } else { held.format("%m-%d") }.to_string();
        let calendar = Calendar::new("Europe/Berlin", &texts, &[holiday]).unwrap();
        let is_open = [local.date() - Days::new(1), local.date()].into_iter().filter(|day| *day != held).any(|day| {
            spans.iter().any(|(first, last, from, to)| {
                let begin = day.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(i64::from(*from));
                let length = if to > from { to - from } else { to + 1440 - from };
                day.weekday().days_since(*first) <= last.days_since(*first)
                    && (begin..begin + TimeDelta::minutes(i64::from(length))).contains(&local)
            })
        });
        prop_assert_eq!(calendar.is_open(ms), is_open, "{} {:?}", local, texts);
    }

    #[test]
    fn days_and_hours_of_the_week(ms in moments()) {
        let time = utc(ms).naive_utc();
        prop_assert_eq!(String::from_utf8(clock_text(time).to_vec()).unwrap(), time.format("%a %H:%M").to_string());
        prop_assert_eq!(hour_of_week(time), time.format("%w").to_string().parse::<u32>().unwrap() * 24 + time.hour());
        let end = (time.date() + Days::new(1)).and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis();
        prop_assert_eq!(end_of_day(&time.date().to_string()), Ok(end));
    }
}
