//! Days of a history by the clocks of Berlin, its daylight saving time included.

use crate::demo::MONDAY;
use auditward_core::time::{DAY, HOUR, MINUTE, Millis};

/// The day on which clocks go forward: Sunday, 29 March 2026.
const SUMMER: i64 = 27;
/// A public holiday: a Wednesday.
const HOLIDAY: i64 = 9;

/// A minute of a day; day 0 is Monday, 2 March 2026. Minutes beyond a day are on the days after.
pub fn moment(day: i64, minute: i64) -> Millis {
    let local = day * DAY + minute * MINUTE;
    let is_summer = local >= SUMMER * DAY + 2 * HOUR;
    MONDAY + local - if is_summer { HOUR } else { 0 }
}

/// Midnight.
pub fn start_of(day: i64) -> Millis {
    moment(day, 0)
}

/// A day on which offices are open.
pub fn is_working(day: i64) -> bool {
    day.rem_euclid(7) < 5 && day != HOLIDAY
}

/// One of the last three days of March, when the books are closed.
pub fn is_month_end(day: i64) -> bool {
    (27..30).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time;

    #[test]
    fn hours_are_those_of_berlin_before_and_after_the_change() {
        let of = |text: &str| time::parse(text.as_bytes());
        assert_eq!(Some(moment(0, 8 * 60)), of("2026-03-02T08:00:00+01:00"));
        assert_eq!(Some(moment(26, 1439)), of("2026-03-28T23:59:00+01:00"));
        assert_eq!(Some(moment(27, 3 * 60)), of("2026-03-29T03:00:00+02:00"));
        assert_eq!(Some(moment(28, 8 * 60)), of("2026-03-30T08:00:00+02:00"));
        assert!(is_working(0) && !is_working(5) && !is_working(HOLIDAY));
    }
}
