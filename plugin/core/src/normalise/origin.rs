//! Where a mapped record came from: `origin.ip` holds an address and nothing else. What stands around it, or in its place, goes where it belongs.

use crate::event::{Event, Slot, Tag};
use crate::note::Note;
use crate::parse::line::{ipv4_len, is_ipv6, number, split_once};
use crate::parse::text::find_byte;
use crate::policy::mapping::is_address;
use crate::source::Fields;
use crate::value::Val;

/// Longer ones are no names of hosts.
const LONGEST: usize = 255;

/// Mostly it is an address, and stands as it is.
#[inline]
pub(super) fn settle(input: &[u8], event: &mut Event) {
    if event.has(Slot::OriginIp) && !stands_alone(input, event) {
        take_apart(input, event);
    }
}

#[inline]
fn stands_alone(input: &[u8], event: &Event) -> bool {
    let text = match event.tag(Slot::OriginIp.into()) {
        Tag::Input(_) => input,
        _ => &event.arena,
    };
    let (start, end) = event.range(Slot::OriginIp.into());
    // The quote behind it ends it as well, and leaves bytes to be read by eights.
    let len = text.get(start.wrapping_add(1)..).and_then(ipv4_len);
    len == Some(end.wrapping_sub(start).wrapping_sub(2)) || is_ipv6(event.text(input, Slot::OriginIp))
}

#[cold]
#[inline(never)]
fn take_apart(input: &[u8], event: &mut Event) {
    let client = client(event.text(input, Slot::OriginIp));
    let (slot, port) = (if client.is_address { Slot::OriginIp } else { Slot::OriginHost }, number(client.port));
    // As logs write what is absent.
    let is_absent = client.name == b"-";
    let mut token = [b'"'; LONGEST + 2];
    let len = client.name.len().wrapping_add(2);
    let place = token.get_mut(1..len.wrapping_sub(1)).filter(|place| (1..=LONGEST).contains(&place.len()));
    let is_copied = place.map(|place| place.copy_from_slice(client.name)).is_some();
    event.unset(Slot::OriginIp);
    if is_absent {
        return;
    }
    if !is_copied || event.has(slot) {
        return event.note(Note::ValueDropped);
    }
    // It is JSON text already: it is quoted, not escaped anew.
    Fields { input, event }.fill_token(slot, token.get(..len).unwrap_or_default());
    if let Some(port @ ..=65_535) = port {
        event.fill(Slot::OriginPort, Val::Int(port));
    }
}

/// An address or a name, and its port.
#[derive(Clone, Copy)]
struct Client<'t> {
    name: &'t [u8],
    port: &'t [u8],
    is_address: bool,
}

/// The first address of a list, else its first name.
fn client(list: &[u8]) -> Client<'_> {
    let mut first = Client { name: b"", port: b"", is_address: false };
    for text in list.split(|&byte| byte == b',') {
        let client = one(text);
        if client.is_address {
            return client;
        }
        if first.name.is_empty() {
            first = client;
        }
    }
    first
}

/// `192.0.2.1`, `192.0.2.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0`, `host.example:443`.
#[inline(never)]
fn one(text: &[u8]) -> Client<'_> {
    let text = text.trim_ascii();
    let (name, port) = match text.strip_prefix(b"[").and_then(|inner| split_once(inner, b"]")) {
        Some((name, behind)) => (name, behind.strip_prefix(b":").unwrap_or_default()),
        // Where more colons follow it is an IPv6 address.
        None => split_once(text, b":").filter(|(_, port)| port.iter().all(u8::is_ascii_digit)).unwrap_or((text, b"")),
    };
    let address = name.get(..find_byte(name, b'%', 0)).unwrap_or_default();
    if is_address(address) { Client { name: address, port, is_address: true } } else { Client { name, port, is_address: false } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_by_itself() {
        for (text, name, port, is_address) in [
            ("198.51.100.4:5000", "198.51.100.4", "5000", true),
            ("198.51.100.4:", "198.51.100.4", "", true),
            ("[2001:db8::1]:443", "2001:db8::1", "443", true),
            ("[2001:db8::1]", "2001:db8::1", "", true),
            ("fe80::1%eth0", "fe80::1", "", true),
            ("203.0.113.9, 10.0.0.1", "203.0.113.9", "", true),
            ("unknown, 203.0.113.9:80 ,10.0.0.1", "203.0.113.9", "80", true),
            ("host.example", "host.example", "", false),
            ("host.example:443, other.example", "host.example", "443", false),
            ("02:42:ac:11:00:02", "02:42:ac:11:00:02", "", false),
            ("1.2.3.256:1", "1.2.3.256", "1", false),
            ("1::2::3", "1::2::3", "", false),
            ("[", "[", "", false),
            (",", "", "", false),
            ("", "", "", false),
        ] {
            let client = client(text.as_bytes());
            assert_eq!((client.name, client.port, client.is_address), (name.as_bytes(), port.as_bytes(), is_address), "{text}");
        }
    }
}
