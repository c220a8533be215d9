//! Envoy's default format: <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>.

use super::{Entry, client};
use crate::event::Slot;
use crate::parse::line::{Line, number, quoted, split_once, word};
use crate::parse::text::behind;
use crate::time;

/// `[time] "request" status flags received sent duration upstream "forwarded for" "agent" "request id" "authority" "upstream"`
pub(super) fn read(line: &mut Line<'_>) -> bool {
    let Some((moment, rest)) = behind(line.message, b"[").and_then(|rest| split_once(rest, b"] ")) else { return false };
    let Some(time) = time::parse(moment) else { return false };
    let Some((request, rest)) = quoted(rest) else { return false };
    let (status, rest) = word(rest);
    let (_flags, rest) = word(rest);
    let (_received, rest) = word(rest);
    let (bytes, rest) = word(rest);
    let (duration, rest) = word(rest);
    let (_upstream, rest) = word(rest);
    let Some(status) = number(status) else { return false };
    let mut rest = rest;
    let mut next = || {
        let (text, behind) = quoted(rest).unwrap_or((b"", b""));
        rest = behind;
        text
    };
    let (forwarded, agent, request_id, host) = (next(), next(), next(), next());
    let mut entry = Entry { address: client(forwarded), agent, request_id, host, status: Some(status), bytes: number(bytes), ..Entry::default() };
    entry.request(request);
    line.set_time(time);
    line.put_number(Slot::RequestLatency, duration);
    entry.fill(line);
    true
}
