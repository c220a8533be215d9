//! The combined format as most servers write it, read where it stands in a JSON string: its quotes are `\"` there.
//!
//! Only the plainest lines are read so, and whatever is odd in one leaves it to `clf`, which reads the same from what the string means; a law holds them equal.

use super::Entry;
use crate::parse::line::{Line, ipv4_len};
use crate::text::{find_byte, number, plain_len};
use crate::time::Days;

/// The length of `15/Jan/2026:11:30:00 +0000`.
const MOMENT: usize = 26;

/// Reads `address - user [time] \"request\" status bytes \"referer\" \"agent\"`, with which the record ends.
pub(super) fn read<'a>(line: &mut Line<'a>, record: &'a [u8], start: usize) -> bool {
    let mut entry = Entry::default();
    let Some(time) = fields(record, start, line.days, &mut entry) else {
        return false;
    };
    line.set_time(time);
    entry.fill(line);
    true
}

fn fields<'a>(
    record: &'a [u8],
    start: usize,
    days: &mut Days,
    entry: &mut Entry<'a>,
) -> Option<i64> {
    let rest = record.get(start..)?;
    let (address, rest) = rest.split_at_checked(ipv4_len(rest)?)?;
    let [b' ', b'-', b' ', rest @ ..] = rest else {
        return None;
    };
    let (user, rest) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    if !matches!(user, [b'-'])
        && (user.is_empty()
            || !user.iter().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@')
            }))
    {
        return None;
    }
    let [b' ', b'[', rest @ ..] = rest else {
        return None;
    };
    let (moment, rest) = rest.split_at_checked(MOMENT)?;
    let [b']', b' ', rest @ ..] = rest else {
        return None;
    };
    let time = days.common_log(moment)?;
    let (request, rest) = quoted(rest)?;
    let [b' ', rest @ ..] = rest else { return None };
    let (status, rest) = rest.split_at_checked(3)?;
    entry.status = Some(number(status)?);
    let [b' ', rest @ ..] = rest else { return None };
    let (bytes, behind) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    entry.bytes = if matches!(bytes, [b'-']) { None } else { Some(number(bytes)?) };
    let [b' ', behind @ ..] = behind else {
        return None;
    };
    let (_referer, behind) = quoted(behind)?;
    let [b' ', behind @ ..] = behind else {
        return None;
    };
    let (agent, behind) = quoted(behind)?;
    // A lone dash says that another field is the request's.
    if matches!(request, [b'-']) || !matches!(behind, [b'"', b'}']) {
        return None;
    }
    (entry.address, entry.user, entry.agent) = (address, user, agent);
    entry.is_ipv4 = true;
    entry.request(request);
    Some(time)
}

/// Text between two `\"` at the beginning, and what follows; all of it plain.
#[inline]
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'\\', b'"', inner @ ..] = text else {
        return None;
    };
    let (content, rest) = inner.split_at_checked(plain_len(inner))?;
    let [b'\\', b'"', rest @ ..] = rest else {
        return None;
    };
    Some((content, rest))
}
