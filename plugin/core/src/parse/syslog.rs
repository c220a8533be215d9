//! Syslog's framing: RFC 5424, RFC 3164 as programs really write it, and rsyslog's high-precision form of it.

mod device;

use super::line::{Line, find, next_word, skip_blanks, split_once, word};
use crate::event::Field;
use crate::text::{begins, behind, ends, find_byte, is_same, number};
use crate::time::{self, Days, Millis};

/// Who a line is from, and what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    pub time: Option<Millis>,
    /// The time is that of the host's clock, and says no zone.
    pub is_local: bool,
    pub host: &'a [u8],
    pub program: &'a [u8],
    pub pid: &'a [u8],
    /// It is syslog's for its priority, though it names no program.
    pub is_nameless: bool,
    /// The file that the line is from, where a shipper states it.
    pub file: &'a [u8],
    /// Who vouches for the line's program.
    pub voucher: Voucher<'a>,
    pub message: &'a [u8],
}

/// Who vouches that a line is of the program that it seems to be from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voucher<'a> {
    /// The file that the line was read from, a shipper that names the program, or the policy.
    #[default]
    Shipper,
    /// Nobody but the line itself: text under a key that applications write as well.
    Line,
    /// A container of this name wrote it.
    Container(&'a [u8]),
}

impl<'a> Header<'a> {
    /// With what stands beside the line where the line does not say it.
    #[inline(always)]
    pub fn or(mut self, beside: &Header<'a>) -> Header<'a> {
        if self.time.is_none() {
            (self.time, self.is_local) = (beside.time, beside.is_local);
        }
        if self.host.is_empty() {
            self.host = beside.host;
        }
        (self.file, self.voucher) = (beside.file, beside.voucher);
        self
    }
}

/// Programs whose lines have a header of another form, as sources state them.
pub struct Programs {
    /// Names, in lists, that may stand before their message without a colon, which some relays take off.
    pub without_colon: &'static [&'static [&'static str]],
    /// The program that writes such a message to a log of its own, where the line names none; empty where none does.
    pub of_own_log: fn(&[u8]) -> &'static [u8],
}

impl Programs {
    fn is_without_colon(&self, name: &[u8]) -> bool {
        self.without_colon.iter().copied().flatten().any(|known| known.as_bytes() == name)
    }
}

/// Properties of earlier lines, which the next lines mostly share. For speed only.
#[derive(Clone, Copy)]
pub struct Before {
    pub days: Days,
    sender: Sender,
    programs: &'static Programs,
}

impl Before {
    /// Nothing was read yet.
    pub fn new(programs: &'static Programs) -> Before {
        Before { days: Days::default(), sender: Sender::default(), programs }
    }
}

/// Who wrote the line before, and when.
#[derive(Clone, Copy)]
struct Sender {
    /// `Jan 15 11:30:00 web1 sshd[`, or `Jan 15 11:30:00 web1 sudo:`, as it stood in front of the line.
    text: [u8; HEAD],
    /// 0 where there was none.
    len: usize,
    /// Time of the text; none if it has none yet.
    time: Option<Millis>,
    host_len: usize,
    /// Where the program's name begins; it ends before the bracket or colon.
    name: usize,
    has_pid: bool,
}

/// A program's tag ends between these, where a date stands before it.
const LEAST_BEFORE_TAG: usize = 20;
const MOST_BEFORE_TAG: usize = 84;

/// The length of `Jan 15 11:30:00 `.
const STAMP: usize = 16;

/// Longer ones are read anew each time.
const HEAD: usize = STAMP + 64;

impl Default for Sender {
    fn default() -> Sender {
        Sender { text: [0; HEAD], len: 0, time: None, host_len: 0, name: 0, has_pid: false }
    }
}

impl Sender {
    /// Reads a line of the same time, host and program as the one before.
    #[inline(always)]
    fn read_again<'a>(&self, line: &'a [u8], now: Millis) -> Option<Header<'a>> {
        let time = self.time.filter(|time| time::is_last_of_its_date(*time, now))?;
        let (head, rest) = line.split_at_checked(self.len)?;
        if !is_same(head, self.text.get(..self.len)?) {
            return None;
        }
        self.behind(head.get(STAMP..)?, rest, time)
    }

    /// Reads `host program[pid]: message` or `host program: message`, where host and program are those of the line before.
    #[inline]
    fn read<'a>(&self, text: &'a [u8], time: Millis) -> Option<Header<'a>> {
        let (head, rest) = text.split_at_checked(self.len.checked_sub(STAMP)?)?;
        if !is_same(head, self.text.get(STAMP..self.len)?) {
            return None;
        }
        self.behind(head, rest, time)
    }

    #[inline(always)]
    fn behind<'a>(&self, head: &'a [u8], rest: &'a [u8], time: Millis) -> Option<Header<'a>> {
        let (pid, message) = match rest {
            [] | [b' ', ..] if !self.has_pid => (&b""[..], rest),
            _ if !self.has_pid => return None,
            _ => {
                let (pid, message) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
                let [pid @ .., b']', b':'] = pid else {
                    return None;
                };
                (pid, message)
            }
        };
        let host = head.get(..self.host_len)?;
        let program = head.get(self.name..head.len().wrapping_sub(1))?;
        Some(Header {
            time: Some(time),
            is_local: true,
            host,
            program,
            pid,
            is_nameless: false,
            file: b"",
            voucher: Voucher::Shipper,
            message: skip_blanks(message),
        })
    }

    /// Remembers when this line was written. A blank ends the time: what follows it cannot be part of it.
    #[inline]
    fn learn_time(&mut self, line: &[u8], rest: &[u8], time: Millis) {
        let stamp = line
            .first_chunk::<STAMP>()
            .filter(|stamp| line.len().wrapping_sub(rest.len()) == STAMP && stamp.ends_with(b" "));
        if let (Some(stamp), Some(place)) = (stamp, self.text.first_chunk_mut()) {
            (*place, self.time) = (*stamp, Some(time));
        }
    }

    /// Remembers who wrote this one, if it is of that form.
    fn learn(&mut self, text: &[u8], header: &Header<'_>) {
        if header.program.is_empty() {
            return;
        }
        let has_pid = !header.pid.is_empty();
        let len = find_byte(text, if has_pid { b'[' } else { b':' }, 0).wrapping_add(1);
        let name = len.wrapping_sub(1).checked_sub(header.program.len());
        let host_len = header.host.len();
        let place = self.text.get_mut(STAMP..).and_then(|places| places.get_mut(..len));
        let (Some(name), Some(head), Some(place)) = (name, text.get(..len), place) else {
            return;
        };
        // The host is the first word, without bracket or colon, and the program ends the second, of which the bracket or colon is part.
        let is_of_form = host_len > 0
            && head.get(..host_len) == Some(header.host)
            && head.get(host_len) == Some(&b' ');
        let is_second = head.get(host_len..).is_some_and(|rest| !skip_blanks(rest).contains(&b' '));
        let ends_word = has_pid || matches!(text.get(len), Some(b' ') | None);
        if is_of_form
            && is_second
            && ends_word
            && name > host_len
            && head.get(name..len.wrapping_sub(1)) == Some(header.program)
        {
            place.copy_from_slice(head);
            (self.len, self.host_len, self.name, self.has_pid) =
                (len.wrapping_add(STAMP), host_len, name, has_pid);
        }
    }
}

/// Reads the header, if the line has one; dates without a year are taken to be near `now`.
#[inline(always)]
pub fn read<'a>(line: &'a [u8], now: Millis, before: &mut Before) -> Option<Header<'a>> {
    let line = without_count(line);
    let (behind, version) = without_priority(line);
    match before.sender.read_again(behind, now) {
        Some(header) if !version => Some(header),
        _ => read_anew(behind, version, behind.len() < line.len(), now, before),
    }
}

#[inline(never)]
fn read_anew<'a>(
    line: &'a [u8],
    version: bool,
    has_priority: bool,
    now: Millis,
    before: &mut Before,
) -> Option<Header<'a>> {
    let header =
        if version { rfc5424(line) } else { without_version(line, has_priority, now, before) };
    let header = match header {
        Some(header) if header.program.is_empty() => {
            relayed(header, now, before.programs).unwrap_or(header)
        }
        Some(header) => header,
        None => device::read(line, now)?,
    };
    let is_nameless = has_priority
        && header.program.is_empty()
        && header.time.is_some()
        && (version || is_host(header.host));
    Some(Header { is_nameless, ..header })
}

/// True if a host may be called so.
fn is_host(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

#[inline(always)]
fn without_version<'a>(
    line: &'a [u8],
    has_priority: bool,
    now: Millis,
    before: &mut Before,
) -> Option<Header<'a>> {
    let programs = before.programs;
    if let Some((time, rest)) = before.days.yearless(line, now) {
        before.sender.learn_time(line, rest, time);
        return Some(before.sender.read(rest, time).unwrap_or_else(|| {
            let header = behind_time(rest, programs);
            if header.program.is_empty()
                && let Some(header) =
                    behind_zone(line, rest, time, programs).or_else(|| device::read(line, now))
            {
                return header;
            }
            before.sender.learn(rest, &header);
            Header { time: Some(time), is_local: true, ..header }
        }));
    }
    let (stamp, rest) = word(line);
    match before.days.parse(stamp) {
        Some(time) if stamp.len() > 19 => {
            let header = tagged(rest).or_else(|| oddly_tagged(rest, programs)).or_else(|| {
                if has_priority {
                    Some(behind_time(rest, programs)).filter(|header| is_host(header.host))
                } else {
                    behind_relay(rest, now, programs)
                }
            });
            header.map(|header| match header.time {
                None => Header { time: Some(time), ..header },
                Some(_) => header,
            })
        }
        _ if is_led(stamp) => led(line, now).or_else(|| tagged(line)).filter(has_pid),
        // `host program[pid]: message`, as forwarders leave it that take the time off.
        _ => match line {
            // W3C lines begin with a date as well, and are many: they have no `program[pid]:`.
            [b'0'..=b'9' | b'A'..=b'Z', ..] if has_tag(line) => {
                dated(line, now, programs).or_else(|| tagged(line))
            }
            _ => tagged(line),
        }
        .filter(has_pid),
    }
}

fn has_pid(header: &Header<'_>) -> bool {
    !header.pid.is_empty()
}

/// True if a header may stand behind this first word: a blank, the mark of a clock that is not set, or the priority in words.
#[inline(always)]
fn is_led(word: &[u8]) -> bool {
    matches!(word, [] | [b'*' | b'.', b'A'..=b'Z', ..] | [b'<', b'a'..=b'z', ..])
        || matches!(word, [b'a'..=b'z', ..]) && is_priority(word)
}

/// `auth.info Jan 15 11:30:00 HOST TAG: message`, `<auth.info> Jan 15 ..`, `*Jan 15 ..`, and with blanks before it.
#[cold]
#[inline(never)]
fn led(line: &[u8], now: Millis) -> Option<Header<'_>> {
    let (first, behind) = next_word(line);
    let rest = match first {
        [b'*' | b'.', ..] => line.get(1..)?,
        [b'<', priority @ .., b'>'] if is_priority(priority) => behind,
        // No blank stands between, and no time.
        [b'<', ..] => {
            let (priority, rest) = split_once(line.get(1..)?, b">")?;
            return tagged(rest).filter(|_| is_priority(priority));
        }
        [] => behind,
        _ if is_priority(first) => behind,
        _ => return None,
    };
    match time::yearless(rest, now) {
        Some((time, rest)) => {
            tagged(rest).map(|header| Header { time: Some(time), is_local: true, ..header })
        }
        None => {
            let (stamp, behind) = next_word(rest);
            let time = time::parse(stamp).filter(|_| stamp.len() > 19)?;
            tagged(behind).map(|header| Header { time: Some(time), ..header })
        }
    }
}

/// True if a process id may stand near the beginning.
fn has_tag(line: &[u8]) -> bool {
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
fn dated<'a>(line: &'a [u8], now: Millis, programs: &Programs) -> Option<Header<'a>> {
    match line {
        [b'0'..=b'9', b' ', b'A'..=b'Z', ..]
        | [b'0'..=b'9', b'0'..=b'9', b' ', b'A'..=b'Z', ..] => behind_day(line),
        [b'1', b' ', rest @ ..] => rfc5424(rest).filter(|header| header.time.is_some()),
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
fn is_zone(name: &[u8]) -> bool {
    (3..=5).contains(&name.len()) && name.iter().all(u8::is_ascii_uppercase)
}

/// Reads `Jan 15 11:30:00 CET web1 sshd[1]: message`, or with the year, the distance from UTC or the priority behind the time, where `rest` follows the seconds.
#[cold]
#[inline(never)]
fn behind_zone<'a>(
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

/// `relay1 <38>1 2026-01-15T11:30:00Z web1 sshd 7 - - message`, behind the relay's time.
#[inline(never)]
fn behind_relay<'a>(text: &'a [u8], now: Millis, programs: &Programs) -> Option<Header<'a>> {
    let (host, message) = next_word(text);
    if !matches!(message, [b'<', b'0'..=b'9', ..]) || !is_host(host) {
        return None;
    }
    relayed(Header { host, message, ..Header::default() }, now, programs)
}

/// Reads the header of the machine that a line is from, where it stands behind that of a relay: with its priority, or by its date.
#[cold]
#[inline(never)]
fn relayed<'a>(relay: Header<'a>, now: Millis, programs: &Programs) -> Option<Header<'a>> {
    let (line, version) = without_priority(relay.message);
    let header = match time::yearless(line, now) {
        _ if version => rfc5424(line)?,
        _ if begins(line, b"1 2") => {
            rfc5424(line.get(2..)?).filter(|header| header.time.is_some())?
        }
        // AIX
        _ if begins(behind_priority(line), b"Message forwarded from ") => {
            let (host, rest) =
                split_once(behind(behind_priority(line), b"Message forwarded from ")?, b": ")?;
            Header { host, ..tagged(rest).filter(|_| is_host(host))? }
        }
        Some((time, rest)) => {
            Header { time: Some(time), is_local: true, ..behind_time(rest, programs) }
        }
        None => {
            let (stamp, rest) = word(line);
            let time = time::parse(stamp).filter(|_| stamp.len() > 19);
            let has_priority = line.len() < relay.message.len();
            let header =
                tagged(rest).or_else(|| oddly_tagged(rest, programs)).filter(|_| time.is_some());
            header
                .or_else(|| tagged(line).filter(|_| has_priority))
                .map(|header| Header { time, ..header })
                .or_else(|| device::read(line, now))?
        }
    };
    (!header.program.is_empty()).then(|| header.or(&relay))
}

/// The text behind `auth|security:info `.
fn behind_priority(line: &[u8]) -> &[u8] {
    match next_word(line) {
        (first, rest) if is_priority(first) => rest,
        _ => line,
    }
}

/// The time of `Jan 15 11:30:00` in that year.
fn of_year(line: &[u8], year: &[u8]) -> Option<Millis> {
    let (day, clock) = line.get(..15)?.split_at_checked(7)?;
    let mut moment = [b' '; 20];
    moment.get_mut(..7)?.copy_from_slice(day);
    moment.get_mut(7..11)?.copy_from_slice(year);
    moment.get_mut(12..)?.copy_from_slice(clock);
    time::yearless(&moment, 0).map(|(time, _)| time)
}

/// Without the length that RFC 6587 puts before a message: `83 <38>1 ..`.
fn without_count(line: &[u8]) -> &[u8] {
    if !matches!(line, [b'1'..=b'9', ..]) {
        return line;
    }
    let digits = line.iter().take(7).take_while(|byte| byte.is_ascii_digit()).count();
    match line.get(digits..) {
        Some([b' ', rest @ ..]) if matches!(rest, [b'<', ..]) => rest,
        _ => line,
    }
}

/// Takes over what the header says, and a message that stands for several.
#[inline(always)]
pub fn apply<'a>(header: &Header<'a>, line: &mut Line<'a>) {
    if let Some(time) = header.time {
        line.set_time(time);
        line.event.is_local_time = header.is_local;
    }
    line.put_known(Field::EnvHost, header.host);
    (line.program, line.pid, line.is_nameless) = (header.program, header.pid, header.is_nameless);
    (line.file, line.voucher) = (header.file, header.voucher);
    line.message = header.message;
    unfold(line);
}

/// `message repeated 3 times: [ Failed password for ...]`, as rsyslog writes it, stands for three.
#[inline(always)]
pub fn unfold(line: &mut Line<'_>) {
    if let Some(rest) = behind(line.message, b"message repeated ") {
        unfold_several(line, rest);
    }
}

#[inline(never)]
fn unfold_several<'a>(line: &mut Line<'a>, rest: &'a [u8]) {
    let Some((times, message)) = several(rest) else {
        return;
    };
    line.message = message;
    line.event.times = times;
    line.event.set(Field::ActionCount, crate::value::Val::Int(i64::from(times)));
}

/// How many messages a message stands for, and what they say.
pub fn folded(message: &[u8]) -> Option<(u32, &[u8])> {
    behind(message, b"message repeated ").and_then(several)
}

fn several(rest: &[u8]) -> Option<(u32, &[u8])> {
    let (count, rest) = split_once(rest, b" times: [")?;
    let times = number(count).and_then(|times| u32::try_from(times).ok())?;
    Some((times, rest.strip_suffix(b"]").unwrap_or(rest).trim_ascii()))
}

/// The line without the length and the priority before it, which may stand where no header does.
pub fn unframed(line: &[u8]) -> &[u8] {
    without_priority(without_count(line)).0
}

/// Takes `<86>` off, and the version behind it; whether there was a version.
fn without_priority(line: &[u8]) -> (&[u8], bool) {
    let [b'<', rest @ ..] = line else {
        return (line, false);
    };
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    match rest.get(digits..) {
        Some([b'>', b'1', b' ', rest @ ..]) if digits > 0 => (rest, true),
        Some([b'>', rest @ ..]) if digits > 0 => (skip_blanks(rest), false),
        _ => (line, false),
    }
}

/// `TIME HOST APP PROCID MSGID [structured data] message`.
fn rfc5424(line: &[u8]) -> Option<Header<'_>> {
    let (stamp, rest) = word(line);
    let (host, rest) = word(rest);
    let (program, rest) = word(rest);
    let (pid, rest) = word(rest);
    let (_id, rest) = word(rest);
    let message = behind_data(rest)?;
    fn known(text: &[u8]) -> &[u8] {
        if text == b"-" { b"" } else { text }
    }
    let message = message.strip_prefix("\u{feff}".as_bytes()).unwrap_or(message);
    // Some put the process id behind the name, as older syslog has it.
    let (program, own_pid) = match known(program) {
        [tag @ .., b']'] => split_once(tag, b"[")
            .filter(|(name, pid)| !name.is_empty() && number(pid).is_some())
            .unwrap_or((program, b"")),
        name => (name, &b""[..]),
    };
    Some(Header {
        time: time::parse(stamp),
        host: bare_host(known(host)),
        program: called(program),
        pid: if known(pid).is_empty() { own_pid } else { pid },
        message,
        ..Header::default()
    })
}

/// Text after `-`, or behind `[id name="value"][..]`.
fn behind_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(skip_blanks(rest));
    }
    // Some leave the data out where there are none: what follows the mark is the message.
    if text.starts_with("\u{feff}".as_bytes()) {
        return Some(text);
    }
    let (mut at, mut in_quotes, mut is_open) = (0usize, false, false);
    loop {
        match text.get(at) {
            Some(b'\\') => at = at.wrapping_add(1),
            Some(b'"') if is_open => in_quotes = !in_quotes,
            Some(b'[') if !in_quotes => is_open = true,
            Some(b']') if !in_quotes => is_open = false,
            Some(_) if is_open => {}
            _ if at > 0 && !is_open => {
                return Some(skip_blanks(text.get(at..).unwrap_or_default()));
            }
            _ => return None,
        }
        at = at.wrapping_add(1);
    }
}

/// `HOST TAG: message`; the host may be missing.
fn behind_time<'a>(text: &'a [u8], programs: &Programs) -> Header<'a> {
    tagged(text).or_else(|| oddly_tagged(text, programs)).unwrap_or_else(|| match next_word(text) {
        // A program's own log: `Jan 15 11:30:00 : bob : TTY=pts/0 ; PWD=/ ; ..`.
        (b":", message) => {
            Header { program: (programs.of_own_log)(message), message, ..Header::default() }
        }
        // AIX
        (b"Message", rest) if begins(rest, b"forwarded from ") => {
            Header { message: text, ..Header::default() }
        }
        (host, message) => Header { host, message, ..Header::default() },
    })
}

/// `host program[pid]: message`, `program[pid]: message`, `host [program] message`.
fn tagged(text: &[u8]) -> Option<Header<'_>> {
    let (first, rest) = word(text);
    if let Some((program, pid)) = tag(first) {
        return in_brackets(first, rest).or(Some(Header {
            program,
            pid,
            message: rest,
            ..Header::default()
        }));
    }
    if matches!(first, [] | [.., b':']) {
        return None;
    }
    let (second, message) = word(rest);
    if let Some((program, pid)) = tag(second) {
        let host = if is_priority(first) { b"" } else { bare_host(first) };
        if pid.is_empty() && program.contains(&b'.') && is_priority(program) {
            let (third, message) = next_word(message);
            if let Some((program, pid)) = tag(third) {
                return Some(Header { host, program, pid, message, ..Header::default() });
            }
        }
        return Some(Header { host, program, pid, message, ..Header::default() });
    }
    if !matches!(second, [b'a'..=b'z', ..]) || !is_priority(second) {
        return None;
    }
    let (third, message) = word(message);
    tag(third).map(|(program, pid)| Header {
        host: bare_host(first),
        program,
        pid,
        message,
        ..Header::default()
    })
}

/// `[host] program[pid]: message`: what stands in brackets is a program where no other follows.
#[inline(always)]
fn in_brackets<'a>(first: &'a [u8], rest: &'a [u8]) -> Option<Header<'a>> {
    let [b'[', host @ .., b']'] = first else {
        return None;
    };
    let (second, message) = next_word(rest);
    let (program, pid) = tag(second).filter(|(_, pid)| number(pid).is_some())?;
    Some(Header { host, program, pid, message, ..Header::default() })
}

/// `host program[pid]:message`, `host %ASA-6-302013: message`, `host 123prog[4]: message`: only behind a time this is syslog for sure.
#[cold]
#[inline(never)]
fn oddly_tagged<'a>(text: &'a [u8], programs: &Programs) -> Option<Header<'a>> {
    odd_tag(text).or_else(|| {
        let (host, rest) = next_word(text);
        // Some devices put a colon of its own before their tag.
        let header = odd_tag(behind(rest, b": ").unwrap_or(rest))
            .or_else(|| tag_without_colon(rest, programs))?;
        (!matches!(host, [] | [.., b':'])).then_some(Header { host, ..header })
    })
}

/// A tag at the beginning, and what follows it: of a device, whose name begins with `%`; or with a process id, behind a name that begins with a digit,
/// or with no blank behind it.
#[inline(never)]
fn odd_tag(text: &[u8]) -> Option<Header<'_>> {
    let (first, _) = next_word(text);
    let end = if ends(first, b"]:") { None } else { find(first, b"]:") }
        .map_or(first.len(), |at| at.saturating_add(2));
    let (head, message) = text.split_at_checked(end)?;
    let (program, pid) = tag_parts(head)?;
    let is_odd = match program {
        [b'%', device @ ..] => matches!(device, [b'A'..=b'Z', ..]) && is_name(device),
        _ => {
            let has_pid = ends(head, b"]:") && (end == first.len() || number(pid).is_some());
            has_pid && is_name(program) && program.iter().any(u8::is_ascii_alphabetic)
        }
    };
    is_odd.then_some(Header { program, pid, message: skip_blanks(message), ..Header::default() })
}

/// `proftpd[12345] message`, and `syslogd 1.4.1: message`, which names its version.
#[inline(never)]
fn tag_without_colon<'a>(text: &'a [u8], programs: &Programs) -> Option<Header<'a>> {
    let (first, rest) = next_word(text);
    let (program, pid, message) = match first {
        [tag @ .., b']'] => {
            let (program, pid) = split_once(tag, b"[").filter(|(_, pid)| number(pid).is_some())?;
            (program, pid, rest)
        }
        // Some relays take the colon off.
        _ if programs.is_without_colon(first) => (first, &b""[..], rest),
        _ => {
            let (version, message) = next_word(rest);
            let [b'0'..=b'9', .., b':'] = version else {
                return None;
            };
            (
                first,
                &b""[..],
                if version.contains(&b'.') {
                    message
                } else {
                    return None;
                },
            )
        }
    };
    let program = called(program);
    let fits = matches!(program, [b'a'..=b'z' | b'A'..=b'Z', ..]) && is_name(program);
    fits.then(|| Header { program, pid, message: skip_blanks(message), ..Header::default() })
}

/// `authpriv.info`, as BusyBox writes it before the program, or `auth|security:info`, as AIX does.
fn is_priority(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|byte| matches!(byte, b'.' | b':')) else {
        return false;
    };
    let (facility, severity) = (
        text.get(..end).unwrap_or_default(),
        text.get(end.saturating_add(1)..).unwrap_or_default(),
    );
    let is_facility = matches!(
        facility.get(..find_byte(facility, b'|', 0)).unwrap_or_default(),
        b"kern"
            | b"user"
            | b"mail"
            | b"daemon"
            | b"auth"
            | b"authpriv"
            | b"syslog"
            | b"cron"
            | b"ftp"
            | [b'l', b'o', b'c', b'a', b'l', b'0'..=b'7']
    );
    is_facility
        && matches!(
            severity,
            b"emerg"
                | b"alert"
                | b"crit"
                | b"err"
                | b"error"
                | b"warn"
                | b"warning"
                | b"notice"
                | b"info"
                | b"debug"
        )
}

/// `program[pid]:`, `program:`, `[program]`, `[program]:`, with or without the path it was started by.
fn tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, pid) = match text {
        [b'[', name @ .., b']', b':'] => (name, &b""[..]),
        _ => tag_parts(text)?,
    };
    let name = called(name);
    let fits = matches!(name, [b'a'..=b'z' | b'A'..=b'Z' | b'(', ..]) && is_name(name);
    fits.then_some((name, pid))
}

fn tag_parts(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [b'[', name @ .., b']'] => Some((name, b"")),
        [tag @ .., b':'] => match split_once(tag, b"[") {
            Some((name, pid)) => {
                Some((name, pid.strip_suffix(b"]").or_else(|| before_severity(pid))?))
            }
            None => Some((tag, b"")),
        },
        _ => None,
    }
}

/// The process id of `krb5kdc[812](info):`, where the severity stands behind it.
#[cold]
fn before_severity(text: &[u8]) -> Option<&[u8]> {
    let (pid, severity) = split_once(text, b"](")?;
    let severity = severity.strip_suffix(b")")?;
    let is_word = !severity.is_empty()
        && severity.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b' ');
    (is_word && number(pid).is_some()).then_some(pid)
}

/// A host without the brackets that an IPv6 address may stand in.
#[inline(always)]
fn bare_host(host: &[u8]) -> &[u8] {
    match host {
        [b'[', inner @ .., b']'] => inner,
        _ => host,
    }
}

/// True if it is made of what names of programs are made of.
fn is_name(name: &[u8]) -> bool {
    name.len() <= 48
        && name.iter().all(|&byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'(' | b')' | b'@')
        })
}

/// The program and its process id, as shippers give them: by name, or as the tag that stood in the line.
pub fn sender(text: &[u8]) -> (&[u8], &[u8]) {
    match text {
        [.., b':'] => tag_parts(text).map_or((text, b""), |(name, pid)| (called(name), pid)),
        _ => (called(text), b""),
    }
}

/// Name of a program, without decoration.
fn called(name: &[u8]) -> &[u8] {
    // Worker processes of gdm are called after the end of their title: `gdm-password]`.
    let name = name.strip_suffix(b"]").unwrap_or(name);
    let (called, more) = name
        .split_at_checked(find_byte(name, b'(', 0))
        .filter(|(called, _)| !called.is_empty())
        .unwrap_or((name, b""));
    let called = without_path(called);
    // `sshd(pam_unix)` says which module speaks; `polkitd(authority=local)` and `run-parts(/etc/cron.daily)` say nothing that is looked for.
    let whole = name.len().wrapping_sub(called.len()).wrapping_sub(more.len());
    if begins(more, b"(pam_") { name.get(whole..).unwrap_or_default() } else { called }
}

/// A program without the directory it was started from.
fn without_path(program: &[u8]) -> &[u8] {
    match find_byte(program, b'/', 0) {
        at if at < program.len() => program.rsplit(|&byte| byte == b'/').next().unwrap_or_default(),
        _ => program,
    }
}

#[cfg(test)]
mod tests;
