//! Ranges of addresses.

use std::net::IpAddr;

/// The addresses of a network.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    base: u128,
    mask: u128,
}

impl Range {
    /// An address, or one with the length of its network behind a slash.
    pub fn read(text: &str) -> Option<Range> {
        let (address, length) =
            text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length = length
            .map_or(Some(width), |length| length.parse().ok().filter(|length| *length <= width))?;
        let mask = u128::MAX.checked_shl(width.saturating_sub(length)).unwrap_or_default();
        // The lower 32 bits of a mapped address are the whole of an IPv4 one.
        Some(Range { base: number(address) & mask, mask })
    }

    /// Its first and last address.
    pub(crate) fn bounds(&self) -> (u128, u128) {
        (self.base, self.base | !self.mask)
    }

    pub fn has(&self, address: IpAddr) -> bool {
        number(address) & self.mask == self.base
    }
}

/// IPv4 as it is mapped into IPv6, so that both ways to write it are the same.
pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

crate::stored::stored!(struct Range { base, mask });
