//! The Common Log Format, the combined one, and what servers put before and behind them.

use super::{Entry, client};
use crate::parse::line::{Line, find, is_address, number, quoted, rsplit_once, skip_blanks, token, word};
use crate::event::Slot;
use crate::parse::text::{find_byte, has_byte};

/// `[vhost] addresses ident user [time] "request" status bytes "referer" "agent" ...`
pub(super) fn read(line: &mut Line<'_>) -> bool {
    if !has_byte(line.message, b'[') {
        return false;
    }
    // Some shippers glue lines together: the first one counts.
    let text = line.message.get(..find_byte(line.message, b'\n', 0)).unwrap_or_default();
    let Some((before, moment, behind)) = around_time(text) else { return false };
    let Some(time) = line.days.common_log(moment) else { return false };
    let mut entry = Entry::default();
    if !who(before, &mut entry) || !what(behind, &mut entry, line) {
        return false;
    }
    line.set_time(time);
    entry.fill(line);
    true
}

/// The text before, within and behind the brackets of the time.
fn around_time(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut from = 0usize;
    loop {
        let at = from.saturating_add(find(text.get(from..)?, b"[")?);
        let inner = text.get(at.saturating_add(1)..)?;
        if inner.get(2) == Some(&b'/') && inner.get(6) == Some(&b'/') {
            let end = find(inner, b"] ")?;
            return Some((text.get(..at)?.trim_ascii_end(), inner.get(..end)?, skip_blanks(inner.get(end.saturating_add(1)..)?)));
        }
        from = at.saturating_add(1);
    }
}

/// Hosts, addresses, identity and user: the last two words are identity and user.
fn who<'a>(text: &'a [u8], entry: &mut Entry<'a>) -> bool {
    let Some((head, user)) = rsplit_once(text, b" ") else { return false };
    let (hosts, _identity) = rsplit_once(head, b" ").unwrap_or((head, b""));
    entry.user = user.strip_prefix(b"\"").and_then(|user| user.strip_suffix(b"\"")).unwrap_or(user);
    let (first, rest) = token(hosts);
    if rest.is_empty() {
        entry.address = client_or(first, first);
    } else if is_address(first.trim_ascii_end().strip_suffix(b",").unwrap_or(first)) && !rest.contains(&b',') && !first.ends_with(b",") {
        // The user's name has blanks in it, or the list of clients ends with the proxy's own address.
        entry.address = first;
    } else if first.ends_with(b",") || first.contains(&b',') {
        entry.address = client_or(hosts, first);
    } else {
        (entry.host, entry.address) = (first, client_or(rest, rest));
    }
    !entry.address.is_empty()
}

/// The client of a list; a name where there is no address.
fn client_or<'a>(list: &'a [u8], otherwise: &'a [u8]) -> &'a [u8] {
    let list = list.strip_prefix(b"\"").unwrap_or(list);
    match client_anywhere(list) {
        b"" => word(otherwise).0,
        address => address,
    }
}

/// Addresses may stand between commas, quotes and blanks.
fn client_anywhere(list: &[u8]) -> &[u8] {
    if !list.contains(&b' ') && !list.contains(&b',') {
        return if is_address(list) { list } else { b"" };
    }
    match client(list) {
        b"" => {
            let mut words = list.split(|&byte| byte == b' ' || byte == b',' || byte == b'"');
            words.find(|word| is_address(word)).unwrap_or_default()
        }
        address => address,
    }
}

/// The request, how it was answered, and by whom it was asked.
fn what<'a>(text: &'a [u8], entry: &mut Entry<'a>, line: &mut Line<'a>) -> bool {
    let Some((request, rest)) = quoted(text) else { return false };
    // Some put another field before it.
    let rest = match quoted(rest) {
        Some((second, behind)) if request == b"-" => {
            entry.request(second);
            behind
        }
        _ => {
            entry.request(request);
            rest
        }
    };
    let (status, rest) = word(rest);
    let Some(status) = number(status).filter(|_| status.len() == 3) else { return false };
    let (bytes, rest) = word(rest);
    (entry.status, entry.bytes) = (Some(status), number(bytes));
    // A number before the referer is a duration.
    let (_referer, rest) = match word(rest) {
        (first, behind) if number(first).is_some() => token(behind),
        _ => token(rest),
    };
    let (agent, rest) = token(rest);
    entry.agent = agent;
    extras(rest, entry, line);
    true
}

/// Traefik: `623114 "router" "http://backend" 8ms`. ingress-nginx: `325 0.001 [service] [] upstream bytes seconds status id`.
fn extras<'a>(text: &'a [u8], entry: &mut Entry<'a>, line: &mut Line<'a>) {
    let Some((head, last)) = rsplit_once(text, b" ") else { return };
    if let Some(ms) = last.strip_suffix(b"ms").filter(|ms| number(ms).is_some()) {
        line.put_number(Slot::RequestLatency, ms);
        entry.service = quoted(word(head).1).map_or(&b""[..], |(router, _)| router);
    } else if let Some(at) = find(head, b" [").filter(|_| last.len() == 32 && last.iter().all(u8::is_ascii_hexdigit)) {
        entry.request_id = last;
        let service = head.get(at.saturating_add(2)..).unwrap_or_default();
        entry.service = service.split(|&byte| byte == b']').next().unwrap_or_default();
    }
}
