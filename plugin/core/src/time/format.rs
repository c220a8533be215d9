//! Times in other forms than RFC 3339: counts since 1970, and text by a format such as `%d/%b/%Y:%H:%M:%S %z`.
//!
//! A format is compiled once; reading by it neither allocates nor looks at more than the text. A text need not say the year
//! (syslog): its parts are given, and whoever knows the year puts it in.

use crate::text::digits_len;

use super::{DAY, HOUR, MINUTE, Millis, SECOND, YEAR_0, YEAR_10000, offset};
use chrono::{Month, NaiveDate};

/// Directives of formats, as listed in errors and in the reference.
pub const DIRECTIVES: &str =
    "%Y %y %m %d %e %j %b %B %a %A %H %I %p %M %S %f %L %N %z %Z %s %T %D %F %%";
/// The forms that have a name.
pub const NAMES: &[&str] = &["rfc3339", "unix", "unix_ms", "unix_us", "unix_ns", "clf"];
/// Format of access logs.
const CLF: &str = "%d/%b/%Y:%H:%M:%S %z";
/// Longer formats are a mistake.
const MOST_STEPS: usize = 64;

/// Zones whose abbreviation means one thing, or the one of RFC 2822, and their hours east of UTC.
const ZONES: [(&str, i32); 24] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 1),
    ("BST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("JST", 9),
    ("KST", 9),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZST", 12),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    Rfc3339,
    /// A count since 1970, in units of which so many make a second.
    Count(i64),
    Steps(Vec<Step>),
}

/// One piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Byte(u8),
    /// Blanks, one or more.
    Blank,
    Year,
    YearOfCentury,
    Month,
    MonthName {
        is_short: bool,
    },
    Day,
    DayOfYear,
    /// A day's name, which the date says anyhow.
    Weekday,
    Hour,
    HourOfTwelve,
    Noon,
    Minute,
    Second,
    Fraction,
    /// Nanoseconds as a whole number, beside seconds that stand elsewhere.
    Nanoseconds,
    Offset,
    /// A zone by its abbreviation.
    Zone,
    Unix,
}

/// Parts of a time in a text; missing parts are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub year: Option<i32>,
    pub month: Option<u32>,
    pub day: Option<u32>,
    pub day_of_year: Option<u32>,
    pub hour: u32,
    pub is_afternoon: Option<bool>,
    pub minute: u32,
    pub second: u32,
    pub ms: Millis,
    /// Seconds east of UTC.
    pub offset: i32,
    /// Seconds since 1970, where the text says just that.
    pub unix: Option<i64>,
}

impl Format {
    /// Compiles a name or a format; what is wrong with it where it is none.
    pub fn compile(text: &str) -> Result<Format, String> {
        match text {
            "rfc3339" => Ok(Format::Rfc3339),
            "unix" => Ok(Format::Count(1)),
            "unix_ms" => Ok(Format::Count(1000)),
            "unix_us" => Ok(Format::Count(1_000_000)),
            "unix_ns" => Ok(Format::Count(1_000_000_000)),
            "clf" => Format::steps(CLF),
            _ if !text.contains('%') => Err(format!("`{text}` is not a time format")),
            _ => Format::steps(text),
        }
    }

    fn steps(text: &str) -> Result<Format, String> {
        let mut steps = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'%' => directive(rest.next(), &mut steps)?,
                b' ' | b'\t' if steps.last() == Some(&Step::Blank) => {}
                b' ' | b'\t' => steps.push(Step::Blank),
                _ => steps.push(Step::Byte(byte)),
            }
        }
        if steps.len() > MOST_STEPS {
            Err(format!("a format of more than {MOST_STEPS} pieces"))
        } else {
            Ok(Format::Steps(steps))
        }
    }

    /// Parts of a time that the format lacks, as text.
    pub fn lacks(&self) -> Option<&'static str> {
        let Format::Steps(steps) = self else {
            return None;
        };
        let has = |step: Step| steps.contains(&step);
        let has_month =
            steps.iter().any(|step| matches!(step, Step::Month | Step::MonthName { .. }));
        match () {
            () if has(Step::Unix) => None,
            () if !has(Step::Year) && !has(Step::YearOfCentury) => Some("the year (%Y)"),
            () if !(has(Step::DayOfYear) || has_month && has(Step::Day)) => {
                Some("the month and the day (%m and %d, or %j)")
            }
            () if !(has(Step::Hour) || has(Step::HourOfTwelve) && has(Step::Noon)) => {
                Some("the hour (%H, or %I with %p)")
            }
            () => None,
        }
    }

    /// True if its texts say no zone: they are some host's local time.
    pub fn is_local(&self) -> bool {
        let says_zone =
            |step: &Step| matches!(step, Step::Offset | Step::Zone | Step::Unix | Step::Byte(b'Z'));
        matches!(self, Format::Steps(steps) if !steps.iter().any(says_zone))
    }

    /// The moment that the text says: all of the text, and nothing out of range.
    pub fn read(&self, text: &[u8]) -> Option<Millis> {
        match self {
            Format::Rfc3339 => super::parse(text),
            Format::Count(per_second) => count(text, *per_second),
            Format::Steps(_) => self.parts(text)?.millis(),
        }
    }

    /// Parts of the text's time; of counts and RFC 3339, seconds and milliseconds.
    pub fn parts(&self, text: &[u8]) -> Option<Parts> {
        let Format::Steps(steps) = self else {
            let ms = self.read(text)?;
            return Some(Parts {
                unix: Some(ms.div_euclid(SECOND)),
                ms: ms.rem_euclid(SECOND),
                ..Parts::default()
            });
        };
        let (mut parts, mut rest) = (Parts::default(), text);
        for step in steps {
            rest = parts.take(*step, rest)?;
        }
        rest.is_empty().then_some(parts)
    }
}

fn directive(letter: Option<u8>, steps: &mut Vec<Step>) -> Result<(), String> {
    const CLOCK: [Step; 5] =
        [Step::Hour, Step::Byte(b':'), Step::Minute, Step::Byte(b':'), Step::Second];
    let pieces: &[Step] = match letter {
        Some(b'Y') => &[Step::Year],
        Some(b'y') => &[Step::YearOfCentury],
        Some(b'm') => &[Step::Month],
        Some(b'b') => &[Step::MonthName { is_short: true }],
        Some(b'B') => &[Step::MonthName { is_short: false }],
        Some(b'a' | b'A') => &[Step::Weekday],
        Some(b'N') => &[Step::Nanoseconds],
        Some(b'd' | b'e') => &[Step::Day],
        Some(b'j') => &[Step::DayOfYear],
        Some(b'H') => &[Step::Hour],
        Some(b'I') => &[Step::HourOfTwelve],
        Some(b'p') => &[Step::Noon],
        Some(b'M') => &[Step::Minute],
        Some(b'S') => &[Step::Second],
        Some(b'f' | b'L') => &[Step::Fraction],
        Some(b'z') => &[Step::Offset],
        Some(b'Z') => &[Step::Zone],
        Some(b's') => &[Step::Unix],
        Some(b'%') => &[Step::Byte(b'%')],
        Some(b'T') => &CLOCK,
        Some(b'D') => {
            &[Step::Month, Step::Byte(b'/'), Step::Day, Step::Byte(b'/'), Step::YearOfCentury]
        }
        Some(b'F') => &[Step::Year, Step::Byte(b'-'), Step::Month, Step::Byte(b'-'), Step::Day],
        Some(other) => {
            return Err(format!(
                "`%{}` is not part of a time format",
                char::from(other).escape_default()
            ));
        }
        None => return Err("a format that ends in `%`".to_owned()),
    };
    steps.extend_from_slice(pieces);
    Ok(())
}

impl Parts {
    /// Takes what the step asks for from the beginning of the text; gives the rest.
    fn take<'t>(&mut self, step: Step, text: &'t [u8]) -> Option<&'t [u8]> {
        // A day such as ` 5` is padded.
        let padded = text.strip_prefix(b" ").unwrap_or(text);
        let rest = match step {
            Step::Byte(byte) => text.strip_prefix(&[byte])?,
            Step::Blank => text.strip_prefix(b" ")?.trim_ascii_start(),
            Step::Year => whole(text, 4, 4, 0, 9999, |year| self.year = Some(year as i32))?,
            Step::YearOfCentury => whole(text, 2, 2, 0, 99, |year| {
                self.year = Some(year.wrapping_add(if year < 69 { 2000 } else { 1900 }) as i32)
            })?,
            Step::Month => whole(text, 1, 2, 1, 12, |month| self.month = Some(month))?,
            Step::MonthName { is_short } => self.month_name(text, is_short)?,
            Step::Day => whole(padded, 1, 2, 1, 31, |day| self.day = Some(day))?,
            Step::DayOfYear => whole(text, 1, 3, 1, 366, |day| self.day_of_year = Some(day))?,
            Step::Hour => whole(text, 1, 2, 0, 23, |hour| self.hour = hour)?,
            Step::HourOfTwelve => whole(text, 1, 2, 1, 12, |hour| self.hour = hour % 12)?,
            Step::Noon => self.noon(text)?,
            Step::Minute => whole(text, 1, 2, 0, 59, |minute| self.minute = minute)?,
            // A leap second is written as 60.
            Step::Second => whole(text, 1, 2, 0, 60, |second| self.second = second)?,
            Step::Fraction => {
                let (digits, rest) = digits(text, 9)?;
                self.ms = thousandths(digits);
                rest
            }
            Step::Nanoseconds => {
                let (digits, rest) = digits(text, 9)?;
                self.ms = digits.iter().fold(0i64, |number, digit| {
                    number.wrapping_mul(10).wrapping_add(i64::from(digit & 15))
                }) / 1_000_000;
                rest
            }
            Step::Weekday => {
                let len =
                    text.iter().take(10).take_while(|byte| byte.is_ascii_alphabetic()).count();
                text.get(len..).filter(|_| len >= 3)?
            }
            Step::Offset => self.zone(text)?,
            Step::Zone => self.named_zone(text)?,
            Step::Unix => {
                let (digits, rest) = digits(text, 12)?;
                self.unix = Some(digits.iter().fold(0i64, |number, digit| {
                    number.wrapping_mul(10).wrapping_add(i64::from(digit & 15))
                }));
                rest
            }
        };
        Some(rest)
    }

    fn month_name<'t>(&mut self, text: &'t [u8], is_short: bool) -> Option<&'t [u8]> {
        let name: &[u8; 3] = text.first_chunk()?;
        let month = Month::try_from(u8::try_from(super::month(*name)?).ok()?).ok()?;
        let len = if is_short { name.len() } else { month.name().len() };
        let (spelt, rest) = text.split_at_checked(len)?;
        self.month = Some(month.number_from_month());
        (is_short || spelt.eq_ignore_ascii_case(month.name().as_bytes())).then_some(rest)
    }

    fn noon<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (word, rest) = text.split_at_checked(2)?;
        self.is_afternoon = Some(word.eq_ignore_ascii_case(b"PM"));
        (word.eq_ignore_ascii_case(b"AM") || word.eq_ignore_ascii_case(b"PM")).then_some(rest)
    }

    fn zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let is_in = |byte: &u8| byte.is_ascii_digit() || *byte == b':';
        let len = match text {
            [b'Z' | b'z', ..] => 1,
            [b'+' | b'-', digits @ ..] => {
                digits.iter().take(5).take_while(|byte| is_in(byte)).count().wrapping_add(1)
            }
            _ => return None,
        };
        let (zone, rest) = text.split_at_checked(len)?;
        self.offset = offset(zone)?;
        Some(rest)
    }

    fn named_zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let len = text.iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, rest) = text.split_at_checked(len)?;
        let (_, hours) =
            ZONES.iter().find(|(zone, _)| zone.as_bytes().eq_ignore_ascii_case(name))?;
        self.offset = hours.wrapping_mul(3600);
        Some(rest)
    }

    /// The moment, where the parts say one: the year may have been put in by hand.
    pub fn millis(&self) -> Option<Millis> {
        if let Some(seconds) = self.unix {
            return within(seconds.checked_mul(SECOND)?.checked_add(self.ms)?);
        }
        let year = self.year.filter(|year| (0..=9999).contains(year))?;
        let date = match (self.day_of_year, self.month, self.day) {
            (_, Some(month), Some(day)) => NaiveDate::from_ymd_opt(year, month, day)?,
            (Some(day), ..) => NaiveDate::from_yo_opt(year, day)?,
            _ => return None,
        };
        let hour = self.hour.wrapping_add(if self.is_afternoon == Some(true) && self.hour < 12 {
            12
        } else {
            0
        });
        let of_day = [
            (i64::from(hour), HOUR),
            (i64::from(self.minute), MINUTE),
            (i64::from(self.second), SECOND),
            (i64::from(self.offset), -SECOND),
        ];
        let of_day = of_day
            .iter()
            .fold(self.ms, |ms, (number, unit)| ms.wrapping_add(number.wrapping_mul(*unit)));
        within(Millis::from(date.to_epoch_days()).wrapping_mul(DAY).wrapping_add(of_day))
    }
}

/// Times that four digits of a year can write.
fn within(ms: Millis) -> Option<Millis> {
    (YEAR_0..YEAR_10000).contains(&ms).then_some(ms)
}

/// A count since 1970 with an optional fraction: `1736899200`, `"1736899200.123"`.
fn count(text: &[u8], per_second: i64) -> Option<Millis> {
    let (is_before, number) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    let (digits, rest) = digits(number, 19)?;
    let fraction = match rest {
        [] => &b""[..],
        [b'.', fraction @ ..]
            if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) =>
        {
            fraction
        }
        _ => return None,
    };
    // Nineteen digits are a number of 64 bits.
    let whole = digits
        .iter()
        .fold(0u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit & 15)));
    let whole = Millis::try_from(whole).ok()?;
    let ms = match per_second {
        // More are beyond all years.
        1 => whole.min(YEAR_10000).wrapping_mul(SECOND).wrapping_add(thousandths(fraction)),
        _ => whole.checked_div(per_second.checked_div(SECOND)?)?,
    };
    within(if is_before { ms.wrapping_neg() } else { ms })
}

/// The digits at the beginning, one to `most`, and what follows them.
fn digits(text: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let len = digits_len(text).min(most);
    text.split_at_checked(len).filter(|_| len > 0)
}

/// The first three digits behind the point.
fn thousandths(digits: &[u8]) -> Millis {
    digits
        .iter()
        .chain(b"00")
        .take(3)
        .fold(0i64, |ms, digit| ms.wrapping_mul(10).wrapping_add(i64::from(digit & 15)))
        .wrapping_mul(i64::from(!digits.is_empty()))
}

/// A number of `least` to `most` digits within bounds.
fn whole(
    text: &[u8],
    least: usize,
    most: usize,
    from: u32,
    to: u32,
    set: impl FnOnce(u32),
) -> Option<&[u8]> {
    let (digits, rest) = digits(text, most)?;
    let number = digits
        .iter()
        .fold(0u32, |number, digit| number.wrapping_mul(10).wrapping_add(u32::from(digit & 15)));
    let fits = digits.len() >= least && (from..=to).contains(&number);
    fits.then(|| set(number))?;
    Some(rest)
}

crate::stored::stored!(enum Format { 0 Rfc3339 {}, 1 Count { 0: units }, 2 Steps { 0: steps } });
crate::stored::stored!(enum Step { 0 Byte { 0: byte }, 1 Blank {}, 2 Year {}, 3 YearOfCentury {}, 4 Month {}, 5 MonthName { is_short: is_short }, 6 Day {}, 7 DayOfYear {}, 8 Weekday {}, 9 Hour {}, 10 HourOfTwelve {}, 11 Noon {}, 12 Minute {}, 13 Second {}, 14 Fraction {}, 15 Nanoseconds {}, 16 Offset {}, 17 Zone {}, 18 Unix {} });

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, text: &str) -> Option<String> {
        let format = Format::compile(format).unwrap_or_else(|wrong| panic!("{wrong}"));
        Some(
            String::from_utf8_lossy(&super::super::format(format.read(text.as_bytes())?))
                .into_owned(),
        )
    }

    #[test]
    fn reads_what_the_format_says() {
        for (format, text, time) in [
            ("clf", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"),
            ("%d/%b/%Y:%H:%M:%S %z", "01/jan/2026:00:00:00 +00:30", "2025-12-31T23:30:00.000Z"),
            ("unix", "1736899200", "2025-01-15T00:00:00.000Z"),
            ("unix", "1736899200.5", "2025-01-15T00:00:00.500Z"),
            ("unix", "-1.25", "1969-12-31T23:59:58.750Z"),
            ("unix_ms", "1736899200123", "2025-01-15T00:00:00.123Z"),
            ("unix_us", "1736899200123456", "2025-01-15T00:00:00.123Z"),
            ("unix_ns", "1736899200123456789", "2025-01-15T00:00:00.123Z"),
            ("rfc3339", "2026-01-31T23:59:59+01:00", "2026-01-31T22:59:59.000Z"),
            ("%F %T.%L", "2026-01-31 23:59:59.7", "2026-01-31T23:59:59.700Z"),
            ("%F %T,%f", "2026-01-31 23:59:59,123456789", "2026-01-31T23:59:59.123Z"),
            ("%D %I:%M:%S %p", "01/31/26 12:00:01 AM", "2026-01-31T00:00:01.000Z"),
            ("%D %I:%M %p %Z", "01/31/99 1:07 pm GMT", "1999-01-31T13:07:00.000Z"),
            ("%F %T.%L %Z", "2026-01-31 23:59:59.7 CEST", "2026-01-31T21:59:59.700Z"),
            ("%F %T %Z", "2026-01-31 23:59:59 pst", "2026-02-01T07:59:59.000Z"),
            ("%B %e, %Y %H:%M", "February  9, 2026 08:30", "2026-02-09T08:30:00.000Z"),
            ("%Y%j %H", "2024366 5", "2024-12-31T05:00:00.000Z"),
            ("%s.%L", "1736899200.25", "2025-01-15T00:00:00.250Z"),
            ("%s %N", "1736899200 250000000", "2025-01-15T00:00:00.250Z"),
            ("%s %N", "1736899200 7999999", "2025-01-15T00:00:00.007Z"),
            ("%a %b %e %T %Y", "Mon Aug  1 03:34:23 2022", "2022-08-01T03:34:23.000Z"),
            (
                "%A, %d %B %Y %T %z",
                "Tuesday, 03 March 2026 12:00:00 +0100",
                "2026-03-03T11:00:00.000Z",
            ),
            ("100%% %F %H", "100% 2026-01-31 7", "2026-01-31T07:00:00.000Z"),
        ] {
            assert_eq!(read(format, text).as_deref(), Some(time), "{format} {text}");
        }
    }

    #[test]
    fn refuses_what_is_out_of_range_or_says_more() {
        for (format, text) in [
            ("clf", "31/Feb/2026:00:00:00 +0000"),
            ("clf", "10/Okt/2000:13:55:36 -0700"),
            ("clf", "10/Oct/2000:24:00:00 -0700"),
            ("clf", "10/Oct/2000:13:55:36 -2500"),
            ("clf", "10/Oct/2000:13:55:36 -0700 "),
            ("clf", ""),
            ("unix", "9999999999999"),
            ("unix", "99999999999999999999999"),
            ("unix", "1e9"),
            ("unix", "1."),
            ("unix", "-"),
            ("unix_ms", "nan"),
            ("%Y%j %H", "2025366 5"),
            ("%F %I:%M %p", "2026-01-31 13:00 PM"),
            ("%F %I:%M %p", "2026-01-31 11:00 XM"),
            ("%F %H %Z", "2026-01-31 11 XYZ"),
            ("%F %H %Z", "2026-01-31 11 CETX"),
            ("%F %H", "26-01-31 11"),
            ("%F %H", "0000-01-31 "),
            ("%a %F %T", "2 2026-01-31 00:00:00"),
            ("%s %N", "1736899200 "),
        ] {
            assert_eq!(read(format, text), None, "{format} {text}");
        }
    }

    #[test]
    fn a_text_without_a_year_gives_its_parts() {
        let format = Format::compile("%b %e %T").unwrap();
        assert_eq!(format.lacks(), Some("the year (%Y)"));
        let mut parts = format.parts(b"Jan  5 11:30:07").unwrap();
        assert_eq!(
            (parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second),
            (None, Some(1), Some(5), 11, 30, 7)
        );
        assert_eq!(parts.millis(), None);
        parts.year = Some(2026);
        assert_eq!(parts.millis(), super::super::parse(b"2026-01-05T11:30:07Z"));
    }

    #[test]
    fn formats_that_are_none_say_why() {
        for (format, why) in [
            ("%Q", "`%Q` is not part"),
            ("%Y %", "ends in"),
            ("iso", "not a time format"),
            (&"%Y".repeat(65), "more than"),
        ] {
            assert!(Format::compile(format).unwrap_err().contains(why), "{format}");
        }
        for (format, lacks) in [
            ("%H:%M", "year"),
            ("%Y-%m %H", "month and the day"),
            ("%F", "hour"),
            ("%F %I", "hour"),
        ] {
            assert!(Format::compile(format).unwrap().lacks().unwrap().contains(lacks), "{format}");
        }
        for format in ["clf", "unix_ns", "%s", "%F %T", "%y%j%H", "%F %I %p"] {
            assert_eq!(Format::compile(format).unwrap().lacks(), None, "{format}");
        }
    }

    #[test]
    fn a_format_without_a_zone_is_local() {
        for (format, is_local) in [
            ("%F %T", true),
            ("%F %T %z", false),
            ("%F %T %Z", false),
            ("%FT%TZ", false),
            ("%s", false),
            ("unix", false),
            ("rfc3339", false),
        ] {
            assert_eq!(Format::compile(format).unwrap().is_local(), is_local, "{format}");
        }
    }

    #[test]
    fn hostile_text_does_not_panic() {
        let texts = [
            "\u{ff}",
            "%",
            "-",
            "+",
            " ",
            "9",
            "99999999999999999999",
            "10/",
            "Z",
            "+99:99",
            "-00:0",
            "\0",
        ];
        for format in NAMES.iter().chain(&[
            "%Y %y %m %d %e %j %b %B %a %A %H %I %p %M %S %f %L %N %z %Z %s %T %D %F %%",
            "%z",
            "%p",
            "%b",
            "%s",
        ]) {
            let format = Format::compile(format).unwrap();
            for text in texts {
                let _ = format.read(text.as_bytes());
            }
        }
    }
}
