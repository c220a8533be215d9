//! Times: RFC 3339 text to milliseconds since 1970 and back. Days are counted in the proleptic Gregorian calendar.

pub mod format;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

pub const SECOND: Millis = 1000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// Reads `2026-01-31T23:59:59[.123456789][Z|+01:00|+0100]`; a space may stand for the `T`, and another before the zone, also `UTC`; without a zone it is UTC.
pub fn parse(text: &[u8]) -> Option<Millis> {
    Day::default().parse(text)
}

/// The day of the time read last: the next one is mostly the same.
#[derive(Clone, Copy, Default)]
pub struct Day {
    /// `2026-01-3`, and the digit behind it.
    date: (u64, u16),
    start: Millis,
}

impl Day {
    /// Like `parse`.
    pub fn parse(&mut self, text: &[u8]) -> Option<Millis> {
        let (date, [b'T' | b't' | b' ', clock @ ..]) = text.split_first_chunk()? else {
            return None;
        };
        self.at(date, clock)
    }

    /// As above, of a date and what stands behind it, apart.
    pub fn at(&mut self, date: &[u8; 10], clock: &[u8]) -> Option<Millis> {
        let [y0, y1, y2, y3, d1, m0, m1, d2, t0, t1] = *date;
        let (clock, zone) = clock.split_first_chunk()?;
        let date =
            (u64::from_le_bytes([y0, y1, y2, y3, d1, m0, m1, d2]), u16::from_le_bytes([t0, t1]));
        if date != self.date {
            if (d1, d2) != (b'-', b'-') {
                return None;
            }
            let year = two(y0, y1)?.wrapping_mul(100).wrapping_add(two(y2, y3)?);
            let (month, day) = (two(m0, m1)?, two(t0, t1)?);
            if !((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)) {
                return None;
            }
            *self = Day {
                date,
                start: Millis::from(days_from_civil(year, month, day)).wrapping_mul(DAY),
            };
        }
        let of_day = time_of_day(*clock)?;
        let (fraction_ms, offset_s) = match zone {
            [b'Z'] => (0, 0),
            [b'.', a, b, c, b'Z']
                if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() =>
            {
                (Millis::from(two(*a, *b)?).wrapping_mul(10).wrapping_add(Millis::from(c & 15)), 0)
            }
            rest => fraction(rest).and_then(|(ms, zone)| Some((ms, offset(zone)?)))?,
        };
        let east = Millis::from(offset_s).wrapping_mul(SECOND);
        Some(self.start.wrapping_add(of_day).wrapping_sub(east).wrapping_add(fraction_ms))
    }
}

/// How far ahead of the clock a date without a year may lie: clocks of hosts differ.
const AHEAD: Millis = DAY;

/// True if a date without a year that was read as `time` is read so by this clock too: it is not ahead of it, nor was the same date of a later year reached.
#[inline(always)]
pub fn is_last_of_its_date(time: Millis, now: Millis) -> bool {
    let latest = now.saturating_add(AHEAD);
    time <= latest && latest < time.saturating_add(364 * DAY)
}

/// The days that lines of text were of last: the next ones are mostly the same.
#[derive(Clone, Copy, Default)]
pub struct Days {
    /// `Jan 31 ` without a year, and where that day began.
    yearless: (u64, Millis),
    /// `31/Jan/2026` as two words that overlap, and where that day begins.
    common: (u64, u64, Millis),
    /// ` +0100`, and how many milliseconds east of UTC that is.
    zone: (u64, Millis),
    day: Day,
}

impl Days {
    /// Like the function of this name.
    pub fn parse(&mut self, text: &[u8]) -> Option<Millis> {
        self.day.parse(text)
    }

    /// As above, of a date and a clock that stand apart.
    pub fn at(&mut self, date: &[u8; 10], clock: &[u8]) -> Option<Millis> {
        self.day.at(date, clock)
    }

    /// Like the function of this name.
    pub fn yearless<'t>(&mut self, text: &'t [u8], now: Millis) -> Option<(Millis, &'t [u8])> {
        let Some((&[m0, m1, m2, b0, d0, d1, b1, ref clock @ .., b' '], rest)) =
            text.split_first_chunk::<16>()
        else {
            return yearless(text, now);
        };
        let day = u64::from_le_bytes([m0, m1, m2, b0, d0, d1, b1, 0]);
        let (start, latest) = (self.yearless.1, now.saturating_add(AHEAD));
        if day == self.yearless.0
            && let Some(of_day) = time_of_day(*clock)
        {
            let time = start.wrapping_add(of_day);
            // The same day of a later year is not reached before this.
            if time <= latest && latest < start.wrapping_add(365 * DAY) {
                return Some((time, rest));
            }
        }
        let (time, behind) = yearless(text, now)?;
        if let Some(of_day) =
            time_of_day(*clock).filter(|_| b1 == b' ' && behind.len() == rest.len())
        {
            self.yearless = (day, time.wrapping_sub(of_day));
        }
        Some((time, behind))
    }

    /// Like the function of this name.
    pub fn common_log(&mut self, text: &[u8]) -> Option<Millis> {
        let Some(head) = text.first_chunk::<26>().filter(|_| text.len() == 26) else {
            return common_log(text);
        };
        let (date, zone) = ((word(head, 0), word(head, 3)), word(head, 18) >> 16);
        let clock = word(head, 12).to_le_bytes();
        if (date.0, date.1, zone) == (self.common.0, self.common.1, self.zone.0)
            && head.get(11) == Some(&b':')
            && let Some(of_day) = time_of_day(clock)
        {
            return Some(self.common.2.wrapping_add(of_day).wrapping_sub(self.zone.1));
        }
        let time = common_log(text)?;
        let zoned = head.get(20) == Some(&b' ');
        if let (Some(of_day), Some(east_s)) =
            (time_of_day(clock), head.get(21..).filter(|_| zoned).and_then(offset))
        {
            let east = Millis::from(east_s).wrapping_mul(SECOND);
            self.common = (date.0, date.1, time.wrapping_sub(of_day).wrapping_add(east));
            self.zone = (zone, east);
        }
        Some(time)
    }
}

#[inline(always)]
fn word(text: &[u8; 26], at: usize) -> u64 {
    crate::text::word_at(text, at).unwrap_or_default()
}

/// Reads `Jan 31 23:59:59` or `Jan 31 2026 23:59:59` at the beginning, and gives what follows the blank behind it.
/// Without a year it is the last such date that is not after `now`, give or take a day. The zone is UTC.
pub fn yearless(text: &[u8], now: Millis) -> Option<(Millis, &[u8])> {
    let [m0, m1, m2, b' ', rest @ ..] = text else {
        return None;
    };
    let month = month([*m0, *m1, *m2])?;
    let (day, rest) = match rest {
        [b' ', ones, b' ', rest @ ..] => (two(b'0', *ones)?, rest),
        [ones, b' ', rest @ ..] => (two(b'0', *ones)?, rest),
        [tens, ones, b' ', rest @ ..] => (two(*tens, *ones)?, rest),
        _ => return None,
    };
    let (year, rest) = match rest {
        [a, b, c, d, b' ', rest @ ..] => {
            (Some(two(*a, *b)?.wrapping_mul(100).wrapping_add(two(*c, *d)?)), rest)
        }
        _ => (None, rest),
    };
    let (clock, rest) = (rest.first_chunk::<8>()?, rest.get(8..)?);
    let of_day = time_of_day(*clock)?;
    // Some write milliseconds.
    let (fraction_ms, rest) = fraction(rest)?;
    let rest = match rest {
        // Devices that name no host put a colon behind the time.
        [b' ', rest @ ..] | [b':', b' ', rest @ ..] => rest,
        [] => rest,
        _ => return None,
    };
    let at = |year: i32| {
        let fits = day >= 1 && day <= days_in(year, month);
        fits.then(|| {
            Millis::from(days_from_civil(year, month, day))
                .wrapping_mul(DAY)
                .wrapping_add(of_day)
                .wrapping_add(fraction_ms)
        })
    };
    let time = match year {
        Some(year) => at(year)?,
        None => {
            let latest = now.saturating_add(AHEAD);
            let this_year = i32::try_from(civil_from_days(latest.div_euclid(DAY)).0).ok()?;
            // The 29th of February may lie some years back.
            (0..=8)
                .find_map(|back| at(this_year.wrapping_sub(back)).filter(|time| *time <= latest))?
        }
    };
    Some((time, rest))
}

/// Reads `Thu Jan 15 11:30:00 2026`, with or without a fraction behind the seconds. The zone is UTC.
pub fn ctime(stamp: &[u8]) -> Option<Millis> {
    let (head, year) = stamp.split_at_checked(stamp.len().checked_sub(4)?)?;
    let [_, _, _, b' ', moment @ ..] = head else {
        return None;
    };
    let (day, clock) = moment.split_at_checked(7)?;
    // As it is written where the year stands before the clock.
    let mut ordered = [b' '; 32];
    let end = moment.len().saturating_add(5);
    ordered.get_mut(..7)?.copy_from_slice(day);
    ordered.get_mut(7..11)?.copy_from_slice(year);
    ordered.get_mut(12..end)?.copy_from_slice(clock);
    crate::text::number(year)?;
    yearless(ordered.get(..end)?, 0).map(|(time, _)| time)
}

/// Reads microseconds since 1970, as the journal counts them.
pub fn microseconds(text: &[u8]) -> Option<Millis> {
    let is_counted = text.len() == 16 && text.iter().all(u8::is_ascii_digit);
    is_counted.then(|| {
        text.iter()
            .take(13)
            .fold(0, |ms: Millis, digit| ms.wrapping_mul(10).wrapping_add(Millis::from(digit & 15)))
    })
}

/// Reads `31/Jan/2026:23:59:59 +0100`, the time of the Common Log Format.
pub fn common_log(text: &[u8]) -> Option<Millis> {
    let [d0, d1, b'/', m0, m1, m2, b'/', y0, y1, y2, y3, b':', rest @ ..] = text else {
        return None;
    };
    let (day, month) = (two(*d0, *d1)?, month([*m0, *m1, *m2])?);
    let year = two(*y0, *y1)?.wrapping_mul(100).wrapping_add(two(*y2, *y3)?);
    if day < 1 || day > days_in(year, month) {
        return None;
    }
    let of_day = time_of_day(*rest.first_chunk::<8>()?)?;
    let (fraction_ms, zone) = fraction(rest.get(8..)?)?;
    let offset_s = offset(zone.strip_prefix(b" ").unwrap_or(zone))?;
    let start = Millis::from(days_from_civil(year, month, day)).wrapping_mul(DAY);
    Some(
        start
            .wrapping_add(of_day)
            .wrapping_add(fraction_ms)
            .wrapping_sub(Millis::from(offset_s).wrapping_mul(SECOND)),
    )
}

/// A month by the first three letters of its English name.
pub fn month(name: [u8; 3]) -> Option<i32> {
    const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let name = name.map(|letter| letter.to_ascii_lowercase());
    let index = NAMES.as_chunks::<3>().0.iter().position(|known| *known == name)?;
    i32::try_from(index).ok().map(|index| index.wrapping_add(1))
}

/// Milliseconds since midnight of `23:59:59`; all eight characters are looked at in one word.
fn time_of_day(clock: [u8; 8]) -> Option<Millis> {
    let digits = u64::from_le_bytes(clock) ^ u64::from_le_bytes(*b"00:00:00");
    // A digit leaves at most 9, which 6 does not carry beyond four bits; a colon leaves nothing.
    let beyond = (digits | digits.wrapping_add(u64::from_le_bytes([6, 6, 0, 6, 6, 0, 6, 6])))
        & u64::from_le_bytes([0xf0, 0xf0, 0xff, 0xf0, 0xf0, 0xff, 0xf0, 0xf0]);
    if beyond != 0 {
        return None;
    }
    let pair = |at: u32| {
        let pair = digits.wrapping_shr(at.wrapping_mul(8)) as u32;
        (pair & 15).wrapping_mul(10).wrapping_add(pair.wrapping_shr(8) & 15)
    };
    let (hour, minute, second) = (pair(0), pair(3), pair(6));
    let seconds =
        hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    (hour <= 23 && minute <= 59 && second <= 60).then(|| Millis::from(seconds).wrapping_mul(SECOND))
}

/// True if the text is RFC 3339 in UTC with at least milliseconds, so that it can be kept as it stands.
pub fn is_normal(text: &[u8]) -> bool {
    matches!(text, [.., b'Z'])
        && text.len() >= 24
        && text.get(10) == Some(&b'T')
        && text.get(19) == Some(&b'.')
}

const YEAR_0: Millis = -719_528 * DAY;
const YEAR_10000: Millis = 2_932_897 * DAY;

/// A time as text: the next one is mostly of the same day.
pub struct Stamp {
    time: Millis,
    /// Where its day begins.
    day: Millis,
    text: [u8; 24],
}

impl Default for Stamp {
    fn default() -> Stamp {
        Stamp { time: 0, day: 0, text: format(0) }
    }
}

impl Stamp {
    /// Writes the time as `format` does.
    pub fn write(&mut self, time: Millis) {
        // Lines come by the second: the one before was mostly of the same.
        if time == self.time {
            return;
        }
        let time = time.clamp(YEAR_0, YEAR_10000.saturating_sub(1));
        let of_day = time.wrapping_sub(self.day);
        if of_day as u64 >= DAY as u64 {
            *self =
                Stamp { time, day: time.wrapping_sub(time.rem_euclid(DAY)), text: format(time) };
            return;
        }
        let (minutes, ms) = (of_day as u32 / 60_000, of_day as u32 % 60_000);
        let (hour, minute, second, ms) = (minutes / 60, minutes % 60, ms / 1000, ms % 1000);
        let digit = |value: u32| b'0'.wrapping_add(value as u8);
        let [.., h0, h1, _, m0, m1, _, s0, s1, _, f0, f1, f2, _] = &mut self.text;
        (*h0, *h1, *m0, *m1) =
            (digit(hour / 10), digit(hour % 10), digit(minute / 10), digit(minute % 10));
        (*s0, *s1) = (digit(second / 10), digit(second % 10));
        (*f0, *f1, *f2) = (digit(ms / 100), digit(ms / 10 % 10), digit(ms % 10));
        self.time = time;
    }

    /// The text of a time, which mostly is the one written last.
    #[inline(always)]
    pub fn text(&self, time: Millis) -> [u8; 24] {
        if time == self.time { self.text } else { format(time) }
    }
}

/// Writes the time as `2026-01-31T23:59:59.000Z`; years beyond 0..9999 are cut to that range.
pub fn format(time: Millis) -> [u8; 24] {
    let time = time.clamp(YEAR_0, YEAR_10000.saturating_sub(1));
    let (year, month, day) = civil_from_days(time.div_euclid(DAY));
    let ms = time.rem_euclid(DAY);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut write = |at: usize, len: usize, value: i64| {
        let mut rest = value;
        for place in text.get_mut(at..at.wrapping_add(len)).unwrap_or_default().iter_mut().rev() {
            *place = b'0'.wrapping_add((rest % 10) as u8);
            rest /= 10;
        }
    };
    write(0, 4, year);
    write(5, 2, month);
    write(8, 2, day);
    write(11, 2, ms / HOUR);
    write(14, 2, ms / MINUTE % 60);
    write(17, 2, ms / SECOND % 60);
    write(20, 3, ms % 1000);
    text
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 {
        None
    } else {
        Some(i32::from(tens).wrapping_mul(10).wrapping_add(i32::from(ones)))
    }
}

/// The milliseconds of a fraction and what follows it. ISO 8601 has a comma before it as well as a full stop.
fn fraction(text: &[u8]) -> Option<(Millis, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else {
        return Some((0, text));
    };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, zone) = digits.split_at_checked(len)?;
    let scaled = fraction
        .iter()
        .chain(b"00")
        .take(3)
        .fold(0i64, |ms, digit| ms.wrapping_mul(10).wrapping_add(i64::from(digit & 15)));
    if fraction.is_empty() { None } else { Some((scaled, zone)) }
}

/// Seconds east of UTC. Some programs write a blank before it, Go its name behind it as well: ` +0100 CET`.
fn offset(zone: &[u8]) -> Option<i32> {
    let zone = match zone.strip_prefix(b" ") {
        Some(zone) => {
            let at = crate::text::find_byte(zone, b' ', 0);
            let head = zone.get(..at).unwrap_or_default();
            let name = zone.get(at.saturating_add(1)..).unwrap_or_default();
            let is_name = name.len() <= 5 && name.iter().all(u8::is_ascii_uppercase);
            if is_name { head } else { zone }
        }
        None => zone,
    };
    let (sign, digits) = match zone {
        [] | [b'Z' | b'z'] | b"UTC" | b"GMT" => return Some(0),
        [b'+', digits @ ..] => (1i32, digits),
        [b'-', digits @ ..] => (-1i32, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [a, b, b':', c, d] | [a, b, c, d] => (two(a, b)?, two(c, d)?),
        [a, b] => (two(a, b)?, 0),
        _ => return None,
    };
    let seconds = hours.wrapping_mul(3600).wrapping_add(minutes.wrapping_mul(60));
    if hours > 23 || minutes > 59 { None } else { Some(sign.wrapping_mul(seconds)) }
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, after Howard Hinnant's `days_from_civil`, for years 0 to 9999: months are counted from March.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    // From year -400 on, so that nothing is negative.
    let year = (year.wrapping_add(400).wrapping_sub(i32::from(month <= 2))) as u32;
    let month_from_march = (month.wrapping_add(9) as u32) % 12;
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let day_of_year = month_from_march.wrapping_mul(153).wrapping_add(2) / 5;
    let days = year
        .wrapping_mul(365)
        .wrapping_add(leap_days)
        .wrapping_add(day_of_year)
        .wrapping_add(day as u32);
    (days as i32).wrapping_sub(719_469 + 146_097)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.wrapping_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let leaps =
        (day_of_era / 1460).wrapping_sub(day_of_era / 36_524).wrapping_add(day_of_era / 146_096);
    let year_of_era = day_of_era.wrapping_sub(leaps) / 365;
    let before_year =
        year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4).wrapping_sub(year_of_era / 100);
    let day_of_year = day_of_era.wrapping_sub(before_year);
    let month_from_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day = day_of_year
        .wrapping_sub(month_from_march.wrapping_mul(153).wrapping_add(2) / 5)
        .wrapping_add(1);
    let month = if month_from_march < 10 {
        month_from_march.wrapping_add(3)
    } else {
        month_from_march.wrapping_sub(9)
    };
    let year = era.wrapping_mul(400).wrapping_add(year_of_era).wrapping_add(i64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-31T23:59:59Z", 1_769_903_999_000),
            ("2026-01-31 23:59:59.5", 1_769_903_999_500),
            ("2026-01-31T23:59:59.123456789+01:00", 1_769_900_399_123),
            ("2026-01-31T23:59:59-0130", 1_769_909_399_000),
            ("2026-01-31 23:59:59 UTC", 1_769_903_999_000),
            ("2026-01-31 23:59:59.5 GMT", 1_769_903_999_500),
            ("2026-02-01 00:59:59 +0100", 1_769_903_999_000),
            ("2026-02-01 00:59:59.123456789 +0100 CET", 1_769_903_999_123),
            ("2000-02-29T12:00:00.12Z", 951_825_600_120),
            ("1969-12-31T23:59:59.999Z", -1),
            ("0000-03-01T00:00:00Z", -62_162_035_200_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(ms), "{text}");
        }
    }

    #[test]
    fn dates_without_a_year_lie_in_the_past() {
        let now = parse(b"2026-01-02T00:00:00Z").unwrap();
        for (text, time, rest) in [
            ("Jan  1 10:00:00 host", "2026-01-01T10:00:00Z", "host"),
            ("Jan  2 23:00:00 host", "2026-01-02T23:00:00Z", "host"),
            ("Jan  4 10:00:00 host", "2025-01-04T10:00:00Z", "host"),
            ("Dec 31 23:59:59 a b", "2025-12-31T23:59:59Z", "a b"),
            ("feb 7 01:02:03", "2025-02-07T01:02:03Z", ""),
            ("Feb 29 01:02:03.5 x", "2024-02-29T01:02:03.5Z", "x"),
            ("Mar  1 2020 01:02:03 x", "2020-03-01T01:02:03Z", "x"),
            ("Mar  1 2020 01:02:03: %ASA-x", "2020-03-01T01:02:03Z", "%ASA-x"),
            ("Dec 31 23:59:59: x", "2025-12-31T23:59:59Z", "x"),
        ] {
            assert_eq!(
                yearless(text.as_bytes(), now),
                Some((parse(time.as_bytes()).unwrap(), rest.as_bytes())),
                "{text}"
            );
        }
        for text in [
            "",
            "Jan",
            "Jan 32 10:00:00 x",
            "Jan  0 10:00:00 x",
            "Foo  1 10:00:00 x",
            "Jan  1 24:00:00 x",
            "Jan  1 10:00:00x",
            "Jan 100 10:00:00 x",
        ] {
            assert_eq!(yearless(text.as_bytes(), now), None, "{text}");
        }
    }

    #[test]
    fn reads_the_common_log_format() {
        assert_eq!(common_log(b"10/Oct/2000:13:55:36 -0700"), parse(b"2000-10-10T20:55:36Z"));
        assert_eq!(
            common_log(b"10/Oct/2000:13:55:36.250 +0000"),
            parse(b"2000-10-10T13:55:36.25Z")
        );
        for text in [
            "",
            "10/Oct/2000",
            "31/Feb/2000:00:00:00 +0000",
            "10/Oct/2000:13:55:36 +07",
            "1/Oct/2000:13:55:36 +0700",
        ] {
            assert!(common_log(text.as_bytes()).is_none_or(|_| text.ends_with("+07")), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00x",
            "20x6-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads_through_four_centuries() {
        for day in (-135_000..80_000).step_by(97) {
            let time = day * DAY + day.rem_euclid(DAY);
            assert_eq!(parse(&format(time)), Some(time));
        }
        assert_eq!(&format(i64::MAX), b"9999-12-31T23:59:59.999Z");
        assert_eq!(&format(i64::MIN), b"0000-01-01T00:00:00.000Z");
    }
}
