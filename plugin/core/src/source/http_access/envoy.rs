//! Envoy's default format, <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>, and Istio's,
//! <https://istio.io/latest/docs/tasks/observability/logs/access-log/>.

use super::Entry;
use crate::event::Field;
use crate::parse::line::{Line, next_word, quoted, split_once};
use crate::text::{behind, number};
use crate::time;

/// `[time] "request" status flags received sent duration upstream "forwarded for" "agent" "request id" "authority" "upstream"`. Istio has `details details "reason"`
/// behind the flags, and at the end `cluster local local client ..`.
pub(super) fn read(line: &mut Line<'_>) -> bool {
    let Some((moment, rest)) = behind(line.message, b"[").and_then(|rest| split_once(rest, b"] "))
    else {
        return false;
    };
    let Some(time) = time::parse(moment) else {
        return false;
    };
    let Some((request, rest)) = quoted(rest) else {
        return false;
    };
    let (status, rest) = next_word(rest);
    let (_flags, rest) = next_word(rest);
    let details = behind_details(rest);
    let (_received, rest) = next_word(details.unwrap_or(rest));
    let (bytes, rest) = next_word(rest);
    let (duration, rest) = next_word(rest);
    let (_upstream, rest) = next_word(rest);
    let Some(status) = number(status) else {
        return false;
    };
    let mut rest = rest;
    let mut next = || {
        let (text, behind) = quoted(rest).unwrap_or((b"", b""));
        rest = behind;
        text
    };
    let (forwarded, agent, request_id, host, _upstream) = (next(), next(), next(), next(), next());
    let mut entry = Entry {
        agent,
        request_id,
        host,
        status: Some(status),
        bytes: number(bytes),
        ..Entry::default()
    };
    entry.request(request);
    let peer = if details.is_some() { connection(rest, &mut entry) } else { b"" };
    entry.come_from(line.proxies.origin(peer, forwarded));
    line.set_time(time);
    line.put_number(Field::RequestLatency, duration);
    entry.fill(line);
    true
}

/// Text after Istio's details of the answer and of the connection's end, and why upstream was not reached; the default format has a number there.
fn behind_details(text: &[u8]) -> Option<&[u8]> {
    let (details, rest) = next_word(text);
    let (_ending, rest) = next_word(rest);
    quoted(rest).filter(|_| number(details).is_none()).map(|(_reason, rest)| rest)
}

/// `cluster local local peer ..`: gives the peer.
fn connection<'a>(text: &'a [u8], entry: &mut Entry<'a>) -> &'a [u8] {
    let (cluster, rest) = next_word(text);
    let (_local, rest) = next_word(rest);
    let (_local, rest) = next_word(rest);
    entry.service = cluster;
    next_word(rest).0
}
