//! Where a mapped record came from: `origin.ip` holds an address and nothing else. What stands around it, or in its place, goes where it belongs.

use crate::address::{self, Proxies};
use crate::event::{Event, Field, Tag};
use crate::note::Note;
use crate::parse::line::ipv4_len;
use crate::source::{Fields, Quoted};
use crate::text::{find_byte, find_last_piece, number};
use crate::value::Val;

/// Longer ones are no names of hosts.
const LONGEST: usize = 255;

/// Mostly it is an address, and stands as it is.
#[inline]
pub(super) fn settle(input: &[u8], proxies: &Proxies, event: &mut Event) {
    if event.has(Field::OriginIp) && !stands_alone(input, event) {
        take_apart(input, proxies, event);
    }
}

#[inline]
fn stands_alone(input: &[u8], event: &Event) -> bool {
    let text = match event.tag(Field::OriginIp.into()) {
        Tag::Input(_) => input,
        _ => &event.arena,
    };
    let (start, end) = event.range(Field::OriginIp.into());
    // The quote behind it ends it as well, and leaves bytes to be read by eights.
    let len = text.get(start.wrapping_add(1)..).and_then(ipv4_len);
    len == Some(end.wrapping_sub(start).wrapping_sub(2))
}

#[cold]
#[inline(never)]
fn take_apart(input: &[u8], proxies: &Proxies, event: &mut Event) {
    let (text, list) = with_header(event.text(input, Field::OriginIp));
    let mut place = address::PLACE;
    let client = if list.is_empty() { proxies.client(text) } else { proxies.origin(text, list) };
    let (field, name, port) = match client {
        Some(hop) => (Field::OriginIp, address::spell(hop.ip, &mut place), hop.port),
        None => {
            let (name, port) = first_name(text);
            (Field::OriginHost, name, port)
        }
    };
    // As logs write what is absent.
    let is_absent = address::is_untold(name);
    let is_said = field == Field::OriginIp || address::is_name(name);
    let name = Some(name).filter(|name| is_said && name.len() <= LONGEST).and_then(Quoted::of);
    let port = number(port);
    event.unset(Field::OriginIp);
    if is_absent {
        return;
    }
    let Some(name) = name.filter(|_| !event.has(field)) else {
        return event.note(Note::ValueDropped);
    };
    Fields { input, proxies, event }.fill_text(field, &name);
    if let Some(port @ ..=65_535) = port {
        event.fill(Field::OriginPort, Val::Int(port));
    }
}

/// A peer, and the list in the header of its request: `10.0.0.5 (X-Real-IP: 203.0.113.9,X-Forwarded-For: 198.51.100.1, 203.0.113.9)`.
fn with_header(text: &[u8]) -> (&[u8], &[u8]) {
    match text.split_at_checked(find_byte(text, b'(', 0)) {
        Some((peer, [b'(', headers @ .., b')'])) => {
            let last = find_last_piece(headers, b": ");
            let list = last.and_then(|at| headers.get(at.saturating_add(2)..));
            (peer.trim_ascii_end(), list.unwrap_or_default())
        }
        _ => (text, b""),
    }
}

/// The first name of a list, and its port: `host.example:443`.
fn first_name(list: &[u8]) -> (&[u8], &[u8]) {
    let first = list
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    match first.split_at_checked(find_byte(first, b':', 0)) {
        Some((name, [b':', port @ ..])) if port.iter().all(u8::is_ascii_digit) => (name, port),
        _ => (first, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_a_header_stands_behind_the_peer() {
        for (text, peer, list) in [
            ("203.0.113.1", "203.0.113.1", ""),
            ("10.0.0.5(X-Forwarded-For: 203.0.113.9)", "10.0.0.5", "203.0.113.9"),
            ("10.0.0.5 (X-Real-IP: 192.0.2.1,X-Forwarded-For: a, b)", "10.0.0.5", "a, b"),
            ("10.0.0.5 (X-Forwarded-For: x: 192.0.2.1, b)", "10.0.0.5", "192.0.2.1, b"),
            ("10.0.0.5 (internal)", "10.0.0.5", ""),
            ("10.0.0.5 (X-Forwarded-For: a", "10.0.0.5 (X-Forwarded-For: a", ""),
        ] {
            assert_eq!(with_header(text.as_bytes()), (peer.as_bytes(), list.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_name_stands_by_itself() {
        for (text, name, port) in [
            ("host.example", "host.example", ""),
            ("host.example:443, other.example", "host.example", "443"),
            ("02:42:ac:11:00:02", "02:42:ac:11:00:02", ""),
            ("1.2.3.256:1", "1.2.3.256", "1"),
            ("1::2::3", "1::2::3", ""),
            (",", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(first_name(text.as_bytes()), (name.as_bytes(), port.as_bytes()), "{text}");
        }
    }
}
