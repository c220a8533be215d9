//! Headers behind times that are not syslog's own alone: of other forms, with zones, years and weekdays.

use super::tag::{is_priority, oddly_tagged, tag, tagged};
use super::{Header, Programs, rfc5424};
use crate::parse::line::{next_word, skip_blanks, split_once};
use crate::text::{find_byte, number};
use crate::time::{self, Millis};

/// A program's tag ends between these, where a date stands before it.
const LEAST_BEFORE_TAG: usize = 20;
const MOST_BEFORE_TAG: usize = 84;

/// True if a process id may stand near the beginning.
pub(super) fn has_tag(line: &[u8]) -> bool {
    let near = line
        .get(LEAST_BEFORE_TAG..MOST_BEFORE_TAG)
        .or_else(|| line.get(LEAST_BEFORE_TAG..))
        .unwrap_or_default();
    matches!(near.get(find_byte(near, b']', 0)..), Some([b']', b':' | b' ', ..]))
        || matches!(line, [b'1', b' ', ..])
}

/// Times that other lines begin with, too: what comes behind has to tell. `2026-01-15 11:30:00`, with `Thu` before and a zone behind it, as the journal writes it;
/// `Thu Jan 15 11:30:00 2026` and `2026 Jan 15 11:30:00`, as small devices do; and RFC 5424 that was kept without its priority.
#[inline(never)]
pub(super) fn dated<'a>(line: &'a [u8], now: Millis, programs: &Programs) -> Option<Header<'a>> {
    match line {
        [b'0'..=b'9', b' ', b'A'..=b'Z', ..]
        | [b'0'..=b'9', b'0'..=b'9', b' ', b'A'..=b'Z', ..] => behind_day(line),
        [b'1', b' ', rest @ ..] => rfc5424::read(rest).filter(|header| header.time.is_some()),
        [b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', b'A'..=b'Z', ..] => {
            behind_year(line, now)
        }
        [b'1', b'0'..=b'9', ..] if matches!(line.get(10), Some(b'.' | b' ')) => {
            behind_seconds(line).or_else(|| behind_date(line, programs))
        }
        [b'0'..=b'9', ..] => behind_date(line, programs),
        [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', rest @ ..] => {
            behind_date(rest, programs).or_else(|| behind_weekday(rest, now))
        }
        _ => None,
    }
}

/// `2026-01-15 11:30:00[.123][ UTC] HOST TAG: message`.
fn behind_date<'a>(line: &'a [u8], programs: &Programs) -> Option<Header<'a>> {
    let (stamp, rest) = line.split_at_checked(find_byte(line, b' ', 11))?;
    let rest = skip_blanks(rest);
    let (zone, behind) = next_word(rest);
    let time = time::parse(stamp).or_else(|| slashed(stamp))?;
    if let Some(ahead) = ahead(zone) {
        return tagged(behind)
            .map(|header| Header { time: Some(time.wrapping_sub(ahead)), ..header });
    }
    let is_utc = matches!(zone, b"UTC" | b"GMT")
        || stamp
            .get(19..)
            .is_some_and(|zone| zone.iter().any(|byte| matches!(byte, b'Z' | b'+' | b'-')));
    // What may be a zone may be a host as well: the program tells.
    let names_host = !is_utc && tag(next_word(behind).0).is_some();
    let header = if is_zone(zone) && !names_host {
        tagged(behind).or_else(|| tagged(rest))
    } else {
        tagged(rest)
    };
    header.or_else(|| oddly_tagged(rest, programs)).map(|header| Header {
        time: Some(time),
        is_local: !is_utc,
        ..header
    })
}

/// `Jan 15 11:30:00 [2026] [UTC] [HOST] TAG: message`.
fn behind_weekday(line: &[u8], now: Millis) -> Option<Header<'_>> {
    let (near, rest) = time::yearless(line, now)?;
    let (time, is_local, rest) = year_and_zone(line, rest, near);
    tagged(rest).map(|header| Header { time: Some(time), is_local, ..header })
}

/// `1768476600.123 HOST TAG: message`.
fn behind_seconds(line: &[u8]) -> Option<Header<'_>> {
    let (stamp, rest) = next_word(line);
    let (seconds, fraction) = split_once(stamp, b".").unwrap_or((stamp, b"0"));
    number(fraction)?;
    let ms =
        fraction.iter().chain(b"000").take(3).fold(0, |ms: Millis, digit| {
            ms.wrapping_mul(10).wrapping_add(Millis::from(digit & 15))
        });
    let time = number(seconds)?.wrapping_mul(time::SECOND).wrapping_add(ms);
    tagged(rest).map(|header| Header { time: Some(time), ..header })
}

/// `15 Jan 2026 11:30:00 HOST TAG: message`.
fn behind_day(line: &[u8]) -> Option<Header<'_>> {
    let (day, rest) = next_word(line);
    let (month, rest) = next_word(rest);
    let (year, rest) = next_word(rest);
    let (clock, rest) = next_word(rest);
    let mut moment = [b' '; 20];
    moment.get_mut(..3)?.copy_from_slice(month.get(..3).filter(|_| month.len() == 3)?);
    moment.get_mut(4..6)?.get_mut(2usize.checked_sub(day.len())?..)?.copy_from_slice(day);
    moment.get_mut(7..11)?.copy_from_slice(year.get(..4).filter(|_| year.len() == 4)?);
    moment.get_mut(12..)?.copy_from_slice(clock.get(..8).filter(|_| clock.len() == 8)?);
    let (time, _) = time::yearless(&moment, 0)?;
    tagged(rest).map(|header| Header { time: Some(time), is_local: true, ..header })
}

/// The time of `2026/01/15 11:30:00`.
fn slashed(stamp: &[u8]) -> Option<Millis> {
    let mut dashed = [0u8; 32];
    let place = dashed.get_mut(..stamp.len())?;
    place.copy_from_slice(stamp);
    for mark in [4usize, 7] {
        match place.get_mut(mark)? {
            byte @ b'/' => *byte = b'-',
            _ => return None,
        }
    }
    time::parse(place)
}

/// How far the clock of `+0100` or `-05:30` is ahead.
fn ahead(zone: &[u8]) -> Option<Millis> {
    if !matches!(zone, [b'+' | b'-', b'0'..=b'9', ..]) || !(5..=6).contains(&zone.len()) {
        return None;
    }
    let mut moment = *b"1970-01-01T00:00:00+00:00";
    let end = zone.len().saturating_add(19);
    moment.get_mut(19..end)?.copy_from_slice(zone);
    time::parse(moment.get(..end)?).map(Millis::wrapping_neg)
}

/// Year and zone, which may stand behind `Jan 15 11:30:00` in any order. Gives the time, whether it names no zone, and what follows.
fn year_and_zone<'a>(line: &[u8], rest: &'a [u8], near: Millis) -> (Millis, bool, &'a [u8]) {
    let (mut time, mut before, mut is_local, mut rest) = (near, 0, true, rest);
    for _ in 0..2 {
        let (word, behind) = next_word(rest);
        match word {
            [b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => {
                time = of_year(line, word).unwrap_or(near);
            }
            b"UTC" | b"GMT" => is_local = false,
            // What may be a zone may be a host as well: the program tells.
            _ if is_zone(word) && tag(next_word(behind).0).is_none() => {}
            _ => match ahead(word) {
                Some(ahead) => (before, is_local) = (ahead, false),
                None => break,
            },
        }
        rest = behind;
    }
    (time.wrapping_sub(before), is_local, rest)
}

/// `2026 Jan 15 11:30:00 HOST TAG: message`.
fn behind_year(line: &[u8], now: Millis) -> Option<Header<'_>> {
    let (year, dated) = next_word(line);
    let (near, rest) = time::yearless(dated, now)?;
    let time = of_year(dated, year).unwrap_or(near);
    tagged(rest).map(|header| Header { time: Some(time), is_local: true, ..header })
}

/// True if a zone may be named so.
pub(super) fn is_zone(name: &[u8]) -> bool {
    (3..=5).contains(&name.len()) && name.iter().all(u8::is_ascii_uppercase)
}

/// Reads `Jan 15 11:30:00 CET web1 sshd[1]: message`, or with the year, the distance from UTC or the priority behind the time, where `rest` follows the seconds.
#[cold]
#[inline(never)]
pub(super) fn behind_zone<'a>(
    line: &[u8],
    rest: &'a [u8],
    near: Millis,
    programs: &Programs,
) -> Option<Header<'a>> {
    let (time, is_local, behind) = match next_word(rest) {
        ([b'<', priority @ .., b'>'], behind) if is_priority(priority) => (near, true, behind),
        _ => year_and_zone(line, rest, near),
    };
    if behind.len() == rest.len() {
        return None;
    }
    let header = tagged(behind).or_else(|| oddly_tagged(behind, programs))?;
    Some(Header { time: Some(time), is_local, ..header })
}

/// The time of `Jan 15 11:30:00` in that year.
pub(super) fn of_year(line: &[u8], year: &[u8]) -> Option<Millis> {
    let (day, clock) = line.get(..15)?.split_at_checked(7)?;
    let mut moment = [b' '; 20];
    moment.get_mut(..7)?.copy_from_slice(day);
    moment.get_mut(7..11)?.copy_from_slice(year);
    moment.get_mut(12..)?.copy_from_slice(clock);
    time::yearless(&moment, 0).map(|(time, _)| time)
}
