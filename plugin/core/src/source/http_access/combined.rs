//! The combined format as most servers write it, read where it stands in a JSON string: its quotes are `\"` there.
//!
//! Only the plainest lines are read so, and whatever is odd in one leaves it to `clf`, which reads the same from what the string means; a law holds them equal.

use super::Entry;
use crate::parse::line::{Line, ipv4_len};
use crate::parse::text::{find_byte, first_mark, specials, word_at};
use crate::time::Days;

/// The length of `15/Jan/2026:11:30:00 +0000`.
const MOMENT: usize = 26;

/// Reads `address - user [time] \"request\" status bytes \"referer\" \"agent\"`, with which the record ends.
pub(super) fn read<'a>(line: &mut Line<'a>, record: &'a [u8], start: usize) -> bool {
    let mut entry = Entry::default();
    let Some(time) = fields(record, start, line.days, &mut entry) else { return false };
    line.set_time(time);
    entry.fill(line);
    true
}

fn fields<'a>(record: &'a [u8], start: usize, days: &mut Days, entry: &mut Entry<'a>) -> Option<i64> {
    let rest = record.get(start..)?;
    let (address, rest) = rest.split_at_checked(ipv4_len(rest)?)?;
    let [b' ', b'-', b' ', rest @ ..] = rest else { return None };
    let (user, rest) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    if !matches!(user, [b'-']) && (user.is_empty() || !user.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@'))) {
        return None;
    }
    let [b' ', b'[', rest @ ..] = rest else { return None };
    let (moment, rest) = rest.split_at_checked(MOMENT)?;
    let [b']', b' ', rest @ ..] = rest else { return None };
    let time = days.common_log(moment)?;
    let (request, rest) = quoted(rest)?;
    let [b' ', rest @ ..] = rest else { return None };
    let (status, rest) = rest.split_at_checked(3).filter(|(status, _)| status.iter().all(u8::is_ascii_digit))?;
    let [b' ', rest @ ..] = rest else { return None };
    let (bytes, behind) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    let is_count = matches!(bytes, [b'-']) || (!bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit));
    let [b' ', behind @ ..] = behind else { return None };
    let (_referer, behind) = quoted(behind)?;
    let [b' ', behind @ ..] = behind else { return None };
    let (agent, behind) = quoted(behind)?;
    // A lone dash says that another field is the request's.
    if !is_count || matches!(request, [b'-']) || !matches!(behind, [b'"', b'}']) {
        return None;
    }
    (entry.address, entry.user, entry.status, entry.bytes, entry.agent) = (address, user, status, bytes, agent);
    entry.is_ipv4 = true;
    entry.request(request);
    Some(time)
}

/// What stands between two `\"` at the beginning, and what follows; all of it plain.
#[inline]
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'\\', b'"', inner @ ..] = text else { return None };
    let mut at = 0usize;
    let end = loop {
        // Behind the last of them a quote and a brace are left, and mostly more: the last word is seldom short.
        let Some(word) = word_at(inner, at) else { break at.wrapping_add(plain_len(inner.get(at..)?)) };
        match specials(word) {
            0 => at = at.wrapping_add(8),
            marks => break at.wrapping_add(first_mark(marks)),
        }
    };
    let (content, rest) = inner.split_at_checked(end)?;
    let [b'\\', b'"', rest @ ..] = rest else { return None };
    Some((content, rest))
}

fn plain_len(text: &[u8]) -> usize {
    text.iter().take_while(|&&byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\').count()
}
