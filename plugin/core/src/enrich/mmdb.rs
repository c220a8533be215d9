//! MaxMind DB files, read in place: <https://maxmind.github.io/MaxMind-DB/>. A search allocates nothing, follows a bounded number of pointers and reads a
//! bounded number of values, whatever the file contains.

use crate::text::find_last_piece;
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes before the metadata, which end the file.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// Number of bytes at the end of the file in which the metadata is searched.
const MOST_METADATA: usize = 128 << 10;
/// Number of zero bytes between the search tree and the data.
const SEPARATOR: usize = 16;
/// Maximum number of values that are read of one entry.
const MOST_VALUES: u32 = 4096;
/// Maximum number of pointers that are followed from one value.
const MOST_POINTERS: u32 = 4;

/// Types of values.
mod kind {
    pub(super) const POINTER: u8 = 1;
    pub(super) const TEXT: u8 = 2;
    pub(super) const DOUBLE: u8 = 3;
    pub(super) const UINT16: u8 = 5;
    pub(super) const UINT32: u8 = 6;
    pub(super) const MAP: u8 = 7;
    pub(super) const UINT64: u8 = 9;
    pub(super) const ARRAY: u8 = 11;
    pub(super) const BOOL: u8 = 14;
    pub(super) const FLOAT: u8 = 15;
}

/// An open MaxMind DB.
#[derive(Clone, Debug)]
pub struct Mmdb {
    bytes: Arc<Vec<u8>>,
    nodes: u32,
    /// Bits of one of the two records of a node: 24, 28 or 32.
    record_bits: u32,
    /// Start of the data.
    data: usize,
    is_ipv6: bool,
    /// The node, or the leaf, under which IPv4 addresses are.
    ipv4_start: u32,
}

impl Mmdb {
    /// Opens a file, given all of its bytes.
    pub fn new(bytes: Arc<Vec<u8>>) -> Result<Mmdb, String> {
        let behind = metadata(&bytes).ok_or("not a MaxMind DB: its metadata is missing")?;
        let about = Values::new(bytes.get(behind..).unwrap_or_default());
        let number = |key: &str| about.member(0, key.as_bytes()).and_then(|at| about.number(at));
        let (nodes, bits, version) =
            (number("node_count"), number("record_size"), number("ip_version"));
        if number("binary_format_major_version") != Some(2) {
            return Err("a MaxMind DB of a format other than 2".to_owned());
        }
        let (Some(nodes), Some(bits @ (24 | 28 | 32)), Some(version @ (4 | 6))) =
            (nodes.and_then(|nodes| u32::try_from(nodes).ok()), bits, version)
        else {
            return Err("a MaxMind DB whose metadata is incomplete".to_owned());
        };
        let tree = (nodes as usize).checked_mul(bits as usize / 4).filter(|tree| *tree <= behind);
        let data = tree
            .and_then(|tree| tree.checked_add(SEPARATOR))
            .filter(|data| *data <= behind)
            .ok_or("a MaxMind DB that is cut off")?;
        let mut db = Mmdb {
            bytes,
            nodes,
            record_bits: bits as u32,
            data,
            is_ipv6: version == 6,
            ipv4_start: 0,
        };
        if db.is_ipv6 {
            db.ipv4_start = db.walk(0, 0, 96).ok_or("a MaxMind DB whose search tree is damaged")?;
        }
        Ok(db)
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.bytes.len()
    }

    /// Place of the address's entry in the data. Several networks may share an entry.
    pub fn find(&self, address: IpAddr) -> Option<usize> {
        let leaf = match address {
            IpAddr::V4(address) => {
                self.walk(self.ipv4_start, u128::from(u32::from(address)).wrapping_shl(96), 32)?
            }
            IpAddr::V6(_) if !self.is_ipv6 => return None,
            IpAddr::V6(address) => self.walk(0, u128::from(address), 128)?,
        };
        // The number of nodes itself stands for "no entry".
        let offset = leaf.checked_sub(self.nodes).filter(|offset| *offset > 0)? as usize;
        offset.checked_sub(SEPARATOR)
    }

    /// The values of the data section.
    pub fn values(&self) -> Values<'_> {
        Values::new(self.bytes.get(self.data..).unwrap_or_default())
    }

    /// Follows the first `left` bits of an address from a node to a leaf, or to the node after the last bit.
    fn walk(&self, from: u32, bits: u128, left: u32) -> Option<u32> {
        let (mut node, mut bits, mut left) = (from, bits, left);
        while left > 0 && node < self.nodes {
            node = self.record(node, bits.wrapping_shr(127) != 0)?;
            bits = bits.wrapping_shl(1);
            left = left.wrapping_sub(1);
        }
        Some(node)
    }

    fn record(&self, node: u32, is_right: bool) -> Option<u32> {
        let at = (node as usize).checked_mul(self.record_bits as usize / 4)?;
        let node = self.bytes.get(at..)?;
        let big_endian = |bytes: [u8; 4]| u32::from_be_bytes(bytes);
        Some(match (self.record_bits, is_right, *node.first_chunk::<6>()?) {
            (24, false, [a, b, c, ..]) => big_endian([0, a, b, c]),
            (24, true, [_, _, _, a, b, c]) => big_endian([0, a, b, c]),
            (28, false, [a, b, c, high, ..]) => big_endian([high >> 4, a, b, c]),
            (28, true, _) => {
                let [_, _, _, high, a, b, c] = *node.first_chunk()?;
                big_endian([high & 15, a, b, c])
            }
            (_, false, [a, b, c, d, ..]) => big_endian([a, b, c, d]),
            (_, true, _) => {
                let [_, _, _, _, a, b, c, d] = *node.first_chunk()?;
                big_endian([a, b, c, d])
            }
        })
    }
}

/// Start of the metadata.
fn metadata(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(MOST_METADATA);
    let tail = bytes.get(from..)?;
    let at = find_last_piece(tail, MARKER)?;
    Some(from.saturating_add(at).saturating_add(MARKER.len()))
}

/// Values of a section; pointers count from its beginning.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    bytes: &'a [u8],
}

/// One value: its type, its size, and the start of its content. The size of a pointer is its target.
#[derive(Clone, Copy)]
struct Item {
    kind: u8,
    size: usize,
    at: usize,
}

impl<'a> Values<'a> {
    fn new(bytes: &'a [u8]) -> Values<'a> {
        Values { bytes }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// A big-endian number of at most eight bytes.
    fn big_endian(&self, at: usize, len: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(len)?).filter(|_| len <= 8)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn item(&self, at: usize) -> Option<Item> {
        let control = self.byte(at)?;
        let mut at = at.wrapping_add(1);
        let mut kind = control >> 5;
        if kind == kind::POINTER {
            let more = usize::from(control >> 3 & 3);
            let len = more.wrapping_add(1);
            let high = if more == 3 {
                0
            } else {
                u64::from(control & 7).wrapping_shl(8u32.wrapping_mul(len as u32))
            };
            let offset = [0u64, 2048, 526_336, 0].get(more).copied().unwrap_or_default();
            let target = (self.big_endian(at, len)? | high).checked_add(offset)?;
            return Some(Item {
                kind,
                size: usize::try_from(target).ok()?,
                at: at.wrapping_add(len),
            });
        }
        if kind == 0 {
            kind = self.byte(at)?.checked_add(7)?;
            at = at.wrapping_add(1);
        }
        let (len, base) = match control & 31 {
            29 => (1, 29),
            30 => (2, 285),
            31 => (3, 65_821),
            size => (0, u64::from(size)),
        };
        let size = usize::try_from(self.big_endian(at, len)?.checked_add(base)?).ok()?;
        Some(Item { kind, size, at: at.wrapping_add(len) })
    }

    /// The value, or the one that a pointer leads to.
    fn resolved(&self, at: usize) -> Option<Item> {
        let mut item = self.item(at)?;
        for _ in 0..MOST_POINTERS {
            if item.kind != kind::POINTER {
                return Some(item);
            }
            item = self.item(item.size)?;
        }
        None
    }

    /// Place after a value; `left` is the number of values that may still be read.
    fn behind(&self, at: usize, left: &mut u32) -> Option<usize> {
        let (mut open, mut at) = (1usize, at);
        while open > 0 {
            *left = left.checked_sub(1)?;
            let item = self.item(at)?;
            let within = match item.kind {
                kind::MAP => item.size.checked_mul(2)?,
                kind::ARRAY => item.size,
                _ => 0,
            };
            open = open.wrapping_sub(1).checked_add(within)?;
            at = match item.kind {
                kind::POINTER | kind::MAP | kind::ARRAY | kind::BOOL => item.at,
                _ => item.at.checked_add(item.size)?,
            };
        }
        Some(at)
    }

    /// Calls with each key of a map and the place of its value.
    pub fn members(&self, map: usize, mut each: impl FnMut(&'a [u8], usize)) -> Option<()> {
        let map = self.resolved(map).filter(|map| map.kind == kind::MAP)?;
        let (mut at, mut left) = (map.at, MOST_VALUES);
        for _ in 0..map.size {
            let key = self.text(at)?;
            at = self.behind(at, &mut left)?;
            each(key, at);
            at = self.behind(at, &mut left)?;
        }
        Some(())
    }

    /// Place of the value of a map's key.
    pub fn member(&self, map: usize, key: &[u8]) -> Option<usize> {
        let mut found = None;
        // Members before a damaged one are good.
        let _ = self.members(map, |name, at| found = found.or((name == key).then_some(at)));
        found
    }

    /// The first element of an array.
    pub fn first(&self, array: usize) -> Option<usize> {
        self.resolved(array)
            .filter(|array| array.kind == kind::ARRAY && array.size > 0)
            .map(|array| array.at)
    }

    /// A text.
    pub fn text(&self, at: usize) -> Option<&'a [u8]> {
        let item = self.resolved(at).filter(|item| item.kind == kind::TEXT)?;
        self.bytes.get(item.at..item.at.checked_add(item.size)?)
    }

    /// An unsigned number.
    pub fn number(&self, at: usize) -> Option<u64> {
        let item = self
            .resolved(at)
            .filter(|item| matches!(item.kind, kind::UINT16 | kind::UINT32 | kind::UINT64))?;
        self.big_endian(item.at, item.size)
    }

    /// A floating-point number.
    pub fn real(&self, at: usize) -> Option<f64> {
        let item = self.resolved(at)?;
        match (item.kind, item.size) {
            (kind::DOUBLE, 8) => Some(f64::from_bits(self.big_endian(item.at, 8)?)),
            (kind::FLOAT, 4) => {
                Some(f64::from(f32::from_bits(u32::try_from(self.big_endian(item.at, 4)?).ok()?)))
            }
            _ => None,
        }
    }

    /// True if the value is a boolean and true.
    pub fn is_true(&self, at: usize) -> bool {
        self.resolved(at).is_some_and(|item| item.kind == kind::BOOL && item.size == 1)
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
