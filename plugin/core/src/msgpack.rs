//! The answer to msgpack, which a host sends that was set to `event_format msgpack`: it cuts answers at the first 0x00, so none may be in it.
//!
//! A map `{"error": .., "raw_base64": ..}` in the msgpack format (<https://github.com/msgpack/msgpack/blob/master/spec.md>); long texts
//! go in several parts, since the longest string header without zero bytes that is not padded beyond measure holds 65,535 bytes.

use crate::text::{Full, Sink, base64, put};
use crate::write::{Output, Writer};

const ERROR: &[u8] = b"auditward takes JSON: set `event_format json` in the filter";
/// Bytes of input in one part: a multiple of 3 whose base64 stays below 65,536.
const PART: usize = 48_000;
/// A map of one byte's header holds 15 pairs; one is the error.
const PARTS: usize = 14;

/// True if the bytes are msgpack: one map and nothing behind it, which no JSON text is, and no line in an old encoding that begins as one.
pub fn is_map(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80..=0x8f | 0xde | 0xdf, _, ..]) && is_one_value(bytes)
}

#[cold]
fn is_one_value(bytes: &[u8]) -> bool {
    let (mut rest, mut left) = (bytes, 1u64);
    // Each turn takes a byte at least.
    while let Some(fewer) = left.checked_sub(1) {
        let Some((&head, behind)) = rest.split_first() else {
            return false;
        };
        let low = usize::from(head);
        // How long the length is that stands behind the head; how long the value is without one; how many values are in it.
        let (length, size, within) = match head {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (0, 0, 0),
            0x80..=0x8f => (0, 0, (low & 15).wrapping_mul(2)),
            0x90..=0x9f => (0, 0, low & 15),
            0xa0..=0xbf => (0, low & 31, 0),
            0xc4 | 0xd9 => (1, 0, 0),
            0xc5 | 0xda => (2, 0, 0),
            0xc6 | 0xdb => (4, 0, 0),
            0xc7 => (1, 1, 0),
            0xc8 => (2, 1, 0),
            0xc9 => (4, 1, 0),
            0xcc | 0xd0 => (0, 1, 0),
            0xcd | 0xd1 => (0, 2, 0),
            0xca | 0xce | 0xd2 => (0, 4, 0),
            0xcb | 0xcf | 0xd3 => (0, 8, 0),
            0xd4..=0xd8 => {
                (0, 1usize.wrapping_shl(u32::from(head & 15).wrapping_sub(4)).wrapping_add(1), 0)
            }
            0xdc | 0xde => (2, 0, 1),
            0xdd | 0xdf => (4, 0, 1),
            0xc1 => return false,
        };
        let Some((said, behind)) = behind.split_at_checked(length) else {
            return false;
        };
        let said =
            said.iter().fold(0usize, |number, &byte| number.wrapping_shl(8) | usize::from(byte));
        let (values, bytes) = match head {
            0xde | 0xdf => ((said as u64).wrapping_mul(2), 0),
            0xdc | 0xdd => (said as u64, 0),
            _ => (within as u64, size.saturating_add(said)),
        };
        let Some(behind) = behind.get(bytes..) else {
            return false;
        };
        (rest, left) = (behind, fewer.saturating_add(values));
    }
    rest.is_empty()
}

/// Replaces what is in `out` by the answer; whether memory sufficed. What is beyond 14 parts (672,000 bytes) is cut.
pub fn refuse(bytes: &[u8], out: &mut Output) -> bool {
    let mut text = Vec::new();
    let is_whole = answer(bytes, &mut text).is_ok() && out.reserve(text.len());
    is_whole && out.fill(|writer| writer.put(&text)).is_ok()
}

fn answer(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Full> {
    let parts = bytes.chunks(PART).take(PARTS);
    put(&[0x81u8.saturating_add(parts.len() as u8)], out)?;
    string(b"error", out)?;
    string(ERROR, out)?;
    let mut name = *b"raw_base64_a";
    for part in parts {
        string(&name, out)?;
        let len = part.len().div_ceil(3).saturating_mul(4);
        // A length whose low byte would be 0 is made one longer by a space.
        let padding = usize::from(len & 0xff == 0);
        header(len.saturating_add(padding), out)?;
        let from = out.len();
        out.try_reserve(len).map_err(|_| Full)?;
        out.resize(from.saturating_add(len), b' ');
        let mut writer = Writer::new(out.get_mut(from..).unwrap_or_default());
        base64(part, &mut writer);
        put(b" ".get(..padding).unwrap_or_default(), out)?;
        let [.., letter] = &mut name;
        *letter = letter.saturating_add(1);
    }
    Ok(())
}

fn string(text: &[u8], out: &mut Vec<u8>) -> Result<(), Full> {
    header(text.len(), out)?;
    put(text, out)
}

fn header(len: usize, out: &mut Vec<u8>) -> Result<(), Full> {
    match len {
        0..=31 => put(&[0xa0 | len as u8], out),
        32..=255 => put(&[0xd9, len as u8], out),
        _ => put(&[0xda, len.wrapping_shr(8) as u8, len as u8], out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_hold_no_zero_byte_and_all_of_the_input() {
        for len in [1usize, 2, 23, 24, 25, 191, 192, 193, 5000, 48_000, 48_001, 100_000, 700_000] {
            let mut input = vec![0u8; len];
            input[0] = 0x81;
            let mut out = Output::default();
            assert!(refuse(&input, &mut out));
            let out = out.bytes();
            assert!(!out.contains(&0), "{len}");
            assert_eq!(out[0], 0x81 + len.div_ceil(PART).min(PARTS) as u8);
            let base64_digits = out.iter().filter(|byte| **byte == b'A').count();
            assert!(
                base64_digits >= len.min(PART * PARTS).saturating_sub(4),
                "{len}: {base64_digits}"
            );
        }
    }

    #[test]
    fn text_is_not_msgpack() {
        assert!(is_map(&[0x81, 0xa1, b'a', 1]));
        assert!(is_map(&[0xde, 0x00, 0x01, 0xa1, b'a', 0x92, 0xc0, 0xcd, 1, 2]));
        assert!(is_map(&[0xdf, 0, 0, 0, 1, 0xd9, 1, b'a', 0xd6, 0, 1, 2, 3, 4]));
        assert!(is_map(&[&[0x81, 0xa1, b'a', 0xc7, 3, 9][..], b"abc"].concat()));
        for not in [
            &[0x81, 0xa1, b'a', 1, 2][..],
            &[0x81, 0xa1, b'a'],
            &[0x82, 0xa1, b'a', 1],
            &[0x80],
            &[0x81, 0xc1, 0xc0],
            &[0xdf, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(!is_map(not), "{not:x?}");
        }
        // As Shift-JIS begins many a word.
        assert!(!is_map(b"\x83T\x81[\x83o\x81[ started"));
        assert!(!is_map(b"\x85Mar 10 x"));
        assert!(!is_map("\u{7ff}".as_bytes()));
        assert!(!is_map(b"{}"));
        assert!(!is_map(b""));
    }
}
