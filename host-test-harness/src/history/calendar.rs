//! Days of a history by the clocks of Berlin, its daylight saving time included.

use crate::calendar::instant;
use crate::demo::{BERLIN, MONDAY};
use auditward_core::time::Millis;
use chrono::{
    Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday,
};

/// Clocks in summer, and the local times from which and up to which they hold.
const SUMMER: FixedOffset = FixedOffset::east_opt(2 * 3600).unwrap();
const BEGIN: NaiveDateTime =
    NaiveDate::from_ymd_opt(2026, 3, 29).unwrap().and_hms_opt(2, 0, 0).unwrap();
const END: NaiveDateTime =
    NaiveDate::from_ymd_opt(2026, 10, 25).unwrap().and_hms_opt(3, 0, 0).unwrap();
/// A public holiday: a Wednesday.
const HOLIDAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 11).unwrap();

/// A minute of a day; day 0 is Monday, 2 March 2026. Minutes beyond a day are on the days after.
pub fn moment(day: i64, minute: i64) -> Millis {
    let local = date(day).and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
    instant(local, if (BEGIN..END).contains(&local) { SUMMER } else { BERLIN })
}

/// Midnight.
pub fn start_of(day: i64) -> Millis {
    moment(day, 0)
}

fn date(day: i64) -> NaiveDate {
    MONDAY + TimeDelta::days(day)
}

/// A day on which offices are open.
pub fn is_working(day: i64) -> bool {
    let date = date(day);
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && date != HOLIDAY
}

/// One of the last three days of a month, when the books are closed.
pub fn is_month_end(day: i64) -> bool {
    (date(day) + Days::new(3)).month() != date(day).month()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::read;

    #[test]
    fn hours_are_those_of_berlin_before_and_after_the_changes() {
        assert_eq!(Some(moment(0, 8 * 60)), read("2026-03-02T08:00:00+01:00"));
        assert_eq!(Some(moment(26, 1439)), read("2026-03-28T23:59:00+01:00"));
        assert_eq!(Some(moment(27, 3 * 60)), read("2026-03-29T03:00:00+02:00"));
        assert_eq!(Some(moment(28, 8 * 60)), read("2026-03-30T08:00:00+02:00"));
        assert_eq!(Some(moment(237, 2 * 60)), read("2026-10-25T02:00:00+02:00"));
        assert_eq!(Some(moment(237, 3 * 60)), read("2026-10-25T03:00:00+01:00"));
        assert!(is_working(0) && !is_working(5) && !is_working(6) && !is_working(9));
    }

    #[test]
    fn books_are_closed_at_the_end_of_each_month() {
        let days: Vec<i64> = (0..61).filter(|day| is_month_end(*day)).collect();
        assert_eq!(days, [27, 28, 29, 57, 58, 59]);
    }
}
