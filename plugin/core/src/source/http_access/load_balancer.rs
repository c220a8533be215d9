//! AWS Application Load Balancers: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>.

use super::Entry;
use crate::parse::line::{Line, next_word, quoted};
use crate::text::number;
use crate::{address, time};

/// `type time elb client:port target:port s s s elb_status target_status received sent "request" "agent" ..`
pub(super) fn read(line: &mut Line<'_>) -> bool {
    if !matches!(line.message, [b'h' | b'g' | b'w', ..]) {
        return false;
    }
    let (kind, rest) = next_word(line.message);
    if ![&b"http"[..], b"https", b"h2", b"grpcs", b"ws", b"wss"].contains(&kind) {
        return false;
    }
    let (moment, rest) = next_word(rest);
    let Some(time) = time::parse(moment) else {
        return false;
    };
    let (service, rest) = next_word(rest);
    let (client, rest) = next_word(rest);
    let (_target, rest) = next_word(rest);
    let mut rest = rest;
    for _ in 0..3 {
        rest = next_word(rest).1;
    }
    let (status, rest) = next_word(rest);
    let (_target_status, rest) = next_word(rest);
    let (_received, rest) = next_word(rest);
    let (bytes, rest) = next_word(rest);
    let (Some((request, rest)), Some(status)) = (quoted(rest), number(status)) else {
        return false;
    };
    let agent = quoted(rest).map_or(&b""[..], |(agent, _)| agent);
    let mut entry = Entry {
        service,
        address: client,
        client: address::hop(client),
        status: Some(status),
        bytes: number(bytes),
        agent,
        ..Entry::default()
    };
    entry.request(request);
    line.set_time(time);
    entry.fill(line);
    true
}
