//! Addresses of clients as logs write them: with ports, brackets and zones, in the lists of proxies (`X-Forwarded-For`) and of RFC 7239 (`Forwarded`).

mod range;

pub use range::Range;
pub(crate) use range::number;

use crate::text::{find_byte, rfind_byte};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

/// An address and the port that stands with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop<'t> {
    /// As it is written, without brackets, zone and port.
    pub text: &'t [u8],
    pub port: &'t [u8],
    /// IPv4 where it is mapped into IPv6.
    pub ip: IpAddr,
}

/// Longer texts are no addresses: `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
const LONGEST: usize = 45;
/// How many members of a list are looked at, from its end on.
const MOST_HOPS: usize = 64;

/// The networks of one's own, whose addresses are those of proxies, of containers and of the machine itself.
const OWN: &[&str] = &[
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "::1",
    "fe80::/10",
    "fc00::/7",
];

/// The proxies that are believed: one's own networks, and those that the policy names.
#[derive(Clone, Debug)]
pub struct Proxies(Vec<Range>);

impl Proxies {
    pub fn new<T: AsRef<str>>(more: &[T]) -> Proxies {
        Proxies(
            OWN.iter()
                .copied()
                .chain(more.iter().map(AsRef::as_ref))
                .filter_map(Range::read)
                .collect(),
        )
    }

    /// True if the address is a trusted proxy's.
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.has(address))
    }

    /// The client of a list to which each proxy appends who asked it: the last address that is no trusted proxy's. What stands before that, the
    /// client may have written. Where all are trusted, it is the first.
    pub fn client<'t>(&self, list: &'t [u8]) -> Option<Hop<'t>> {
        let mut first = None;
        for part in list.rsplit(|byte| b", +\t".contains(byte)).take(MOST_HOPS) {
            match hop(part) {
                Some(hop) if !self.has(hop.ip) => return Some(hop),
                Some(hop) => first = Some(hop),
                // What cannot be read was somebody's address: what stands before it is hearsay.
                None if is_opaque(part) => break,
                None => {}
            }
        }
        first
    }

    /// Who asked: the peer, and the client of the list where the peer is a trusted proxy, or is not told.
    pub fn origin<'t>(&self, peer: &'t [u8], list: &'t [u8]) -> Option<Hop<'t>> {
        match hop(peer) {
            Some(peer) if !self.has(peer.ip) => Some(peer),
            None if !is_untold(peer) => self.client(peer),
            peer => self.client(list).or(peer),
        }
    }
}

impl Default for Proxies {
    fn default() -> Proxies {
        Proxies::new::<&str>(&[])
    }
}

/// True if the place of an address says that there is none: a dash, or a local socket.
pub fn is_untold(peer: &[u8]) -> bool {
    matches!(peer, [] | [b'-'] | [b'@'] | b"unknown") || peer.starts_with(b"unix:")
}

/// True if the place of a name says that there is none, as kernels, daemons and databases write it.
pub fn is_no_name(name: &[u8]) -> bool {
    match name {
        b"-" | b"?" | b"(null)" | b"N/A" | b"n/a" | b"(none)" | b"(unset)" | b"<nil>" => true,
        // What sshd tells the audit daemon.
        [b'(', ..] => {
            matches!(name, b"(unknown)" | b"(unknown user)" | b"(invalid user)")
        }
        _ => false,
    }
}

/// True if it is the machine itself: each host has an origin of this name.
pub fn is_loopback(origin: &[u8]) -> bool {
    origin.starts_with(b"127.") || matches!(origin, b"::1" | b"localhost")
}

/// True if the address is of one's own networks.
pub fn is_own(origin: &[u8]) -> bool {
    parse(origin)
        .is_some_and(|ip| OWN.iter().filter_map(|own| Range::read(own)).any(|own| own.has(ip)))
}

/// True if a part of a list is no address, though it is in the place of one: not a blank, nor one of RFC 7239's other pairs.
fn is_opaque(part: &[u8]) -> bool {
    let name = unquoted(part);
    !is_untold(name) && !name.starts_with(b"_") && !name.contains(&b'=')
}

/// Reads `192.0.2.1`, `192.0.2.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0`, and of RFC 7239's pairs the one that says for whom: `for="[2001:db8::1]:443";proto=https`.
pub fn hop(text: &[u8]) -> Option<Hop<'_>> {
    let text = unquoted(text);
    let text =
        if text.get(..LONGEST).unwrap_or(text).contains(&b'=') { said_for(text)? } else { text };
    let (name, port) = match text {
        [b'[', inner @ ..] => {
            let (name, behind) = inner
                .split_at_checked(find_byte(inner, b']', 0))
                .filter(|(name, _)| name.len() < inner.len())?;
            let behind = behind.get(1..)?;
            (name, if behind.is_empty() { behind } else { behind.strip_prefix(b":")? })
        }
        // Where more colons follow it is an IPv6 address.
        _ => match text.split_at_checked(find_byte(text, b':', 0)) {
            Some((name, [b':', port @ ..])) if name.contains(&b'.') && !port.contains(&b':') => {
                (name, port)
            }
            _ => (text, &b""[..]),
        },
    };
    let text = name.get(..find_byte(name, b'%', 0))?;
    let Some(ip) = parse(text) else {
        return if port.is_empty() { beside_port(name) } else { None };
    };
    // Zones are IPv6's.
    (ip.is_ipv6() || text.len() == name.len()).then_some(Hop { text, port, ip: ip.to_canonical() })
}

/// As above, of a text that always ends in a port: `2001:db8::1:443`.
pub fn hop_and_port(text: &[u8]) -> Option<Hop<'_>> {
    beside_port(text).or_else(|| hop(text))
}

/// An IPv6 address that is not in brackets, though a port stands behind it.
#[cold]
fn beside_port(text: &[u8]) -> Option<Hop<'_>> {
    let at = rfind_byte(text, b':', text.len())?;
    let (name, port) = (text.get(..at)?, text.get(at.checked_add(1)?..)?);
    let text = name.get(..find_byte(name, b'%', 0))?;
    let is_port = (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    let ip = parse(text).filter(|ip| is_port && ip.is_ipv6())?;
    Some(Hop { text, port, ip: ip.to_canonical() })
}

/// An address and nothing else. IPv4 numbers do not begin with a zero, which some read as octal.
pub fn parse(text: &[u8]) -> Option<IpAddr> {
    if text.len() > LONGEST {
        return None;
    }
    ipv4(text).map(IpAddr::V4).or_else(|| std::str::from_utf8(text).ok()?.parse().ok())
}

/// An IPv4 address, in a fifth of the operations that the standard library takes.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut address, mut part, mut digits, mut dots) = (0u32, 0u32, 0u32, 0u32);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits == 0 || part > 0 => {
                part = part.wrapping_mul(10).wrapping_add(u32::from(byte & 15));
                digits = digits.wrapping_add(1);
                if part > 255 {
                    return None;
                }
            }
            b'.' if digits > 0 => {
                address = address << 8 | part;
                (part, digits, dots) = (0, 0, dots.wrapping_add(1));
            }
            _ => return None,
        }
    }
    (dots == 3 && digits > 0).then(|| Ipv4Addr::from(address << 8 | part))
}

/// True if it could be the name of a host: neither a list, nor in brackets or quotes, nor with anything beside it; nor made of numbers and colons alone, as
/// what is meant as an address and is none.
pub fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && !text.iter().any(|byte| b",;=[]{}()<>\"\\ \t".contains(byte))
        && !text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':'))
        && !text.windows(2).any(|pair| pair == b"::")
}

/// Writes the one spelling of an address: IPv6 as RFC 5952 says, mapped IPv4 as IPv4.
pub fn spell(ip: IpAddr, place: &mut [u8; LONGEST]) -> &[u8] {
    let mut left = place.as_mut_slice();
    let written = write!(left, "{}", ip.to_canonical());
    let len = LONGEST.saturating_sub(left.len());
    if written.is_ok() { place.get(..len).unwrap_or_default() } else { b"" }
}

impl Hop<'_> {
    /// The one spelling of the address, where it is not as it is written.
    pub fn respelled<'p>(&self, place: &'p mut [u8; LONGEST]) -> Option<&'p [u8]> {
        // An IPv4 address has but one.
        if self.ip.is_ipv4() && !self.text.contains(&b':') {
            return None;
        }
        let one = spell(self.ip, place);
        (one != self.text).then_some(one)
    }
}

/// A place to spell an address in.
pub const PLACE: [u8; LONGEST] = [0; LONGEST];

/// Without the quotes that lists have, and as servers escape them.
fn unquoted(text: &[u8]) -> &[u8] {
    let mut text = text;
    loop {
        text = match text {
            [b'"' | b'\\' | b' ' | b'\t' | b';', rest @ ..]
            | [rest @ .., b'"' | b'\\' | b' ' | b'\t' | b';'] => rest,
            [b'x', b'2', b'2', rest @ ..] => rest,
            // A blank, as CloudFront writes it.
            [b'%', b'2', b'0', rest @ ..] | [rest @ .., b'%', b'2', b'0'] => rest,
            [rest @ .., b'\\', b'x', b'2', b'2'] => rest,
            _ => return text,
        };
    }
}

/// Text after `for=`.
fn said_for(text: &[u8]) -> Option<&[u8]> {
    let of = |pair: &'_ [u8]| {
        pair.split_first_chunk::<4>().filter(|(key, _)| key.eq_ignore_ascii_case(b"for=")).is_some()
    };
    let pair = text.split(|&byte| byte == b';').map(<[u8]>::trim_ascii).find(|pair| of(pair))?;
    pair.get(4..).map(unquoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_by_itself() {
        for (text, address, port) in [
            ("198.51.100.4", "198.51.100.4", ""),
            ("198.51.100.4:5000", "198.51.100.4", "5000"),
            ("198.51.100.4:", "198.51.100.4", ""),
            (" \"198.51.100.4\"", "198.51.100.4", ""),
            ("[2001:db8::1]:443", "2001:db8::1", "443"),
            ("[2001:db8::1]", "2001:db8::1", ""),
            ("[fe80::1%25eth0]:80", "fe80::1", "80"),
            ("2001:db8::1", "2001:db8::1", ""),
            ("2001:DB8:0:0::0001", "2001:db8::1", ""),
            ("fe80::1%eth0", "fe80::1", ""),
            ("::ffff:198.51.100.4", "198.51.100.4", ""),
            ("::FFFF:c633:6404", "198.51.100.4", ""),
            ("[::ffff:198.51.100.4]:80", "198.51.100.4", "80"),
            ("for=198.51.100.4", "198.51.100.4", ""),
            ("For=\"[2001:db8:cafe::17]:4711\";proto=https", "2001:db8:cafe::17", "4711"),
            ("proto=http;by=203.0.113.43;for=198.51.100.4:_x", "198.51.100.4", "_x"),
            ("for=\\x22[2001:db8::17]\\x22", "2001:db8::17", ""),
            ("for=\\\"[2001:db8::17]:1\\\"", "2001:db8::17", "1"),
            ("2001:db8::7:55555", "2001:db8::7", "55555"),
            ("2001:db8:0:1:2:3:4:5:443", "2001:db8:0:1:2:3:4:5", "443"),
            ("::ffff:198.51.100.4:443", "198.51.100.4", "443"),
        ] {
            let mut place = PLACE;
            let found = hop(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (spell(found.ip, &mut place), found.port),
                (address.as_bytes(), port.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_port_that_always_stands() {
        for (text, address, port) in [
            ("2001:db8::7:443", "2001:db8::7", "443"),
            ("::ffff:198.51.100.4:443", "198.51.100.4", "443"),
            ("fe80::7%eth0:22", "fe80::7", "22"),
            ("198.51.100.4:443", "198.51.100.4", "443"),
            ("[2001:db8::7]:443", "2001:db8::7", "443"),
            ("2001:db8::7", "2001:db8::7", ""),
        ] {
            let mut place = PLACE;
            let found = hop_and_port(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (spell(found.ip, &mut place), found.port),
                (address.as_bytes(), port.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "-",
            "unknown",
            "_hidden",
            "for=_SEVKISEK",
            "for=unknown",
            "proto=https;by=203.0.113.43",
            "203.000.113.009",
            "01.2.3.4",
            "1.2.3.256:1",
            "1.2.3",
            "203.0.113.9:1:2",
            "203.0.113.9%eth0",
            "[",
            "[]",
            "[1.2.3.4",
            "[2001:db8::1]x",
            "1::2::3",
            "02:42:ac:11:00:02",
            "host.example:443",
            "12:30:11",
        ] {
            assert_eq!(hop(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_client_of_a_list() {
        let trusting = Proxies::new(&["203.0.113.128/25", "2001:db8:ffff::/48", "198.51.100.200"]);
        for (list, address) in [
            ("198.51.100.1, 203.0.113.99", "203.0.113.99"),
            ("198.51.100.1,203.0.113.99,10.0.0.7", "203.0.113.99"),
            ("198.51.100.1, 203.0.113.99, 203.0.113.200, 172.20.3.4", "203.0.113.99"),
            ("198.51.100.1, 203.0.113.99, 198.51.100.200", "203.0.113.99"),
            ("203.0.113.99:51234,+172.20.97.46", "203.0.113.99"),
            ("203.0.113.99, 100.64.3.4, ::ffff:10.0.0.1, fd00::7, fe80::1%eth0", "203.0.113.99"),
            ("2001:db8::7, 2001:db8:ffff::1", "2001:db8::7"),
            ("unknown, 203.0.113.99", "203.0.113.99"),
            ("198.51.100.1,%20203.0.113.99", "203.0.113.99"),
            ("198.51.100.1, 203.0.113.99%20", "203.0.113.99"),
            ("198.51.100.1, 203.000.113.009, 10.0.0.7", "10.0.0.7"),
            ("203.0.113.99, unknown, _hidden", "203.0.113.99"),
            (
                "for=198.51.100.1, for=\"[2001:db8::7]:443\";by=203.0.113.43, for=10.0.0.1",
                "2001:db8::7",
            ),
            ("10.1.2.3, 10.0.0.7", "10.1.2.3"),
            ("172.32.0.1, 10.0.0.1", "172.32.0.1"),
            ("::ffff:203.0.113.99", "203.0.113.99"),
        ] {
            let mut place = PLACE;
            assert_eq!(
                trusting.client(list.as_bytes()).map(|hop| spell(hop.ip, &mut place)),
                Some(address.as_bytes()),
                "{list}"
            );
        }
        for list in [
            "",
            "-",
            "unknown",
            "_hidden, unknown",
            "host.example",
            ", ,",
            "198.51.100.1, 203.000.113.009",
            "198.51.100.1, host.example",
        ] {
            assert_eq!(trusting.client(list.as_bytes()), None, "{list}");
        }
    }

    #[test]
    fn only_a_trusted_peer_speaks_for_others() {
        let trusting = Proxies::new(&["198.51.100.200"]);
        for (peer, list, address) in [
            ("203.0.113.5:999", "8.0.0.8", Some("203.0.113.5")),
            ("203.0.113.5", "", Some("203.0.113.5")),
            ("10.0.0.5:41424", "8.0.0.8, 203.0.113.5", Some("203.0.113.5")),
            ("198.51.100.200", "8.0.0.8, 203.0.113.5", Some("203.0.113.5")),
            ("100.64.0.1", "203.0.113.5", Some("203.0.113.5")),
            ("::ffff:10.0.0.5", "203.0.113.5", Some("203.0.113.5")),
            ("10.0.0.5", "unknown", Some("10.0.0.5")),
            ("10.0.0.5", "10.1.1.1", Some("10.1.1.1")),
            ("-", "203.0.113.5", Some("203.0.113.5")),
            ("unix:", "203.0.113.5", Some("203.0.113.5")),
            ("", "", None),
            ("client.example", "203.0.113.5", None),
            ("8.0.0.8, 203.0.113.5", "192.0.2.1", Some("203.0.113.5")),
        ] {
            let mut place = PLACE;
            let found = trusting
                .origin(peer.as_bytes(), list.as_bytes())
                .map(|hop| spell(hop.ip, &mut place));
            assert_eq!(found, address.map(str::as_bytes), "{peer} {list}");
        }
    }

    #[test]
    fn names_of_hosts() {
        for (text, is) in [
            ("client.example", true),
            ("02:42:ac:11:00:02", true),
            ("a, b", false),
            ("a,b", false),
            ("[x]", false),
            ("for=x", false),
            ("203.000.113.009", false),
            ("203.0.113.9:1:2", false),
            ("2001:db8::xyz", false),
            ("9.example", true),
            ("", false),
        ] {
            assert_eq!(is_name(text.as_bytes()), is, "{text}");
        }
    }
}
