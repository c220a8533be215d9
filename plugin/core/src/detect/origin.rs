//! Origins as state is kept for them: whoever has an IPv6 network can take another address of it for each attempt.

use crate::text::{Sink, find_byte};
use crate::write::Writer;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Origin of an IPv6 address, as text.
pub struct Network {
    text: [u8; LONGEST],
    len: usize,
}

/// With a zone's name.
const LONGEST_ADDRESS: usize = 80;
/// `ffff:ffff:ffff:ffff::/64`
const LONGEST: usize = 24;

impl Network {
    /// The /64 that a global address lies in, or the IPv4 address that it stands for. `None` where it is told from its neighbours:
    /// within one's own networks, which have no more hosts than they have, and behind Teredo, which has one address for each.
    pub fn of(address: &[u8]) -> Option<Network> {
        let address = Some(address).filter(|address| address.len() <= LONGEST_ADDRESS)?;
        let address: Ipv6Addr =
            std::str::from_utf8(address.get(..find_byte(address, b'%', 0))?).ok()?.parse().ok()?;
        let mut text = [0; LONGEST];
        let mut writer = Writer::new(&mut text);
        match (address.to_ipv4_mapped(), address.segments()) {
            (Some(inner), _) => {
                for (place, byte) in inner.octets().into_iter().enumerate() {
                    writer.put(if place == 0 { b"" } else { b"." });
                    writer.number(i64::from(byte));
                }
            }
            (None, [0x2001, 0, ..]) => return None,
            (None, segments @ [0x2000..=0x3fff, ..]) => {
                // A colon each, of which the last one and those of zeros at the end become one pair.
                let network = segments.get(..4).unwrap_or_default();
                let filled = network.iter().rposition(|&group| group != 0).unwrap_or_default();
                for group in network.iter().take(filled.saturating_add(1)) {
                    put_hex(*group, &mut writer);
                    writer.put(b":");
                }
                writer.put(b":/64");
            }
            _ => return None,
        }
        let len = writer.len();
        Some(Network { text, len })
    }

    /// The block that an address was given out with: a /24, or the /48 of a global IPv6 one.
    pub fn block(address: &[u8]) -> Option<Network> {
        let mut text = [0; LONGEST];
        let mut writer = Writer::new(&mut text);
        let network = Network::of(address);
        let address = network.as_ref().map_or(address, Network::text);
        match address.strip_suffix(b"::/64") {
            Some(network) => {
                let mut groups = network.split(|&byte| byte == b':');
                for group in groups.by_ref().take(3) {
                    writer.put(group);
                    writer.put(b":");
                }
                writer.put(b":/48");
            }
            None => {
                let text = std::str::from_utf8(address).ok().filter(|text| text.len() <= 15)?;
                let [a, b, c, _] = text.parse::<Ipv4Addr>().ok()?.octets();
                for byte in [a, b, c] {
                    writer.number(i64::from(byte));
                    writer.put(b".");
                }
                writer.put(b"0/24");
            }
        }
        let len = writer.len();
        Some(Network { text, len })
    }

    pub fn text(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// True if an address is an IPv6 one: its first colon comes early.
#[inline]
pub fn is_ipv6(address: &[u8]) -> bool {
    match address.first_chunk::<5>() {
        Some([a, b, c, d, e]) => [a, b, c, d, e].contains(&&b':'),
        None => address.contains(&b':'),
    }
}

/// Without zeros before it.
fn put_hex(group: u16, writer: &mut Writer<'_>) {
    let digits = [12u32, 8, 4, 0].map(|shift| {
        b"0123456789abcdef"
            .get(usize::from(group.wrapping_shr(shift) & 15))
            .copied()
            .unwrap_or_default()
    });
    let from = digits.iter().position(|&digit| digit != b'0').unwrap_or(3);
    writer.put(digits.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_an_address() {
        for (address, block) in [
            ("203.0.113.7", Some("203.0.113.0/24")),
            ("::ffff:203.0.113.7", Some("203.0.113.0/24")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1::/48")),
            ("2001:db8:1::2", Some("2001:db8:1::/48")),
            ("2001:db8::1", Some("2001:db8::/48")),
            ("2001:db8:0:f::1", Some("2001:db8:0::/48")),
            ("fd00::1", None),
            ("a.example", None),
            ("203.0.113.7.example", None),
            ("", None),
        ] {
            assert_eq!(
                Network::block(address.as_bytes())
                    .as_ref()
                    .map(|network| std::str::from_utf8(network.text()).unwrap()),
                block,
                "{address}"
            );
        }
    }

    #[test]
    fn what_an_address_counts_as() {
        for (address, counts_as) in [
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
            ("2001:0DB8:0001:0002::1", Some("2001:db8:1:2::/64")),
            ("2001:db8::1", Some("2001:db8::/64")),
            ("2001:db8:0:f::1", Some("2001:db8:0:f::/64")),
            ("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("3fff:ffff:ffff:ffff::/64")),
            ("2000::", Some("2000::/64")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("::FFFF:cb00:7107", Some("203.0.113.7")),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", None),
            ("fe80::1%eth0", None),
            ("fd00::1", None),
            ("::1", None),
            ("64:ff9b::203.0.113.7", None),
            ("no:address", None),
            ("", None),
        ] {
            assert_eq!(
                Network::of(address.as_bytes())
                    .as_ref()
                    .map(|network| std::str::from_utf8(network.text()).unwrap()),
                counts_as,
                "{address}"
            );
            assert_eq!(is_ipv6(address.as_bytes()), !address.is_empty(), "{address}");
        }
        assert!(!is_ipv6(b"203.0.113.7") && !is_ipv6(b"1.1") && !is_ipv6(b"host.example:22"));
    }
}
