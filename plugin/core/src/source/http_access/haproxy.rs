//! HAProxy's HTTP log: <https://docs.haproxy.org/3.0/configuration.html#8.2.3>.

use super::Entry;
use crate::address;
use crate::event::Field;
use crate::parse::line::{Line, next_word, quoted, split_once};
use crate::text::{behind, number};

/// `10/Apr/2026:15:41:58`, behind which stand milliseconds and no zone.
const SECONDS: usize = 20;

/// `client:port [time] frontend backend/server timers status bytes cookie cookie ending counts queues {headers} "request"`
pub(super) fn read(line: &mut Line<'_>) -> bool {
    let Some((client, rest)) = split_once(line.message, b" [") else {
        return false;
    };
    let Some((moment, rest)) = split_once(rest, b"] ") else {
        return false;
    };
    let Some(client) = address::hop_and_port(client) else {
        return false;
    };
    let Some(time) = time(moment, line) else {
        return false;
    };
    let (frontend, rest) = next_word(rest);
    let (backend, rest) = next_word(rest);
    let (timers, rest) = next_word(rest);
    let (status, rest) = next_word(rest);
    let (bytes, rest) = next_word(rest);
    // `Tq/Tw/Tc/Tr/Ta`, of which the last is all of it; a plus says that the answer went on.
    let total = timers
        .rsplit(|&byte| byte == b'/')
        .next()
        .map(|total| total.strip_prefix(b"+").unwrap_or(total))
        .unwrap_or_default();
    let is_http =
        backend.contains(&b'/') && timers.iter().filter(|&&byte| byte == b'/').count() == 4;
    if !is_http || !(number(status).is_some() || status == b"-1") {
        return false;
    }
    let mut entry = Entry {
        client: Some(client),
        status: number(status),
        bytes: number(bytes),
        ..Entry::default()
    };
    (entry.port, entry.service) = (client.port, frontend.strip_suffix(b"~").unwrap_or(frontend));
    if let Some((request, _)) = request(rest) {
        entry.request(request);
    }
    line.set_time(time);
    line.event.is_local_time = true;
    line.put_number(Field::RequestLatency, total);
    entry.fill(line);
    true
}

/// Text between quotes behind cookies, counts and captured headers.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == b'"')?;
    quoted(text.get(at..)?)
}

/// The zone that it lacks is added: which one it is, the policy says.
fn time(moment: &[u8], line: &mut Line<'_>) -> Option<i64> {
    let (seconds, fraction) = moment.split_first_chunk::<SECONDS>()?;
    let millis = behind(fraction, b".").filter(|digits| digits.len() == 3).and_then(number)?;
    let mut whole = *b"00/Jan/0000:00:00:00 +0000";
    whole.get_mut(..SECONDS)?.copy_from_slice(seconds);
    Some(line.days.common_log(&whole)?.saturating_add(millis))
}
