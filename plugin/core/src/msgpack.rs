//! The answer to msgpack, which a host sends that was set to `event_format msgpack`: it cuts answers at the first 0x00, so none may be in it.
//!
//! A map `{"error": .., "raw_base64": ..}` in the msgpack format (<https://github.com/msgpack/msgpack/blob/master/spec.md>); long texts
//! go in several parts, since the longest string header without zero bytes that is not padded beyond measure holds 65,535 bytes.

use crate::parse::text::{Full, Sink, base64, put};
use crate::write::{Output, Writer};

const ERROR: &[u8] = b"auditward takes JSON: set `event_format json` in the filter";
/// Bytes of input in one part: a multiple of 3 whose base64 stays below 65,536.
const PART: usize = 48_000;
/// A map of one byte's header holds 15 pairs; one is the error.
const PARTS: usize = 14;

/// Whether the bytes are msgpack: a map's first byte, which no JSON text has.
pub fn is_map(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(0x80..=0x8f) => true,
        Some(0xde | 0xdf) => std::str::from_utf8(bytes).is_err(),
        _ => false,
    }
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
            assert!(base64_digits >= len.min(PART * PARTS).saturating_sub(4), "{len}: {base64_digits}");
        }
    }

    #[test]
    fn text_is_not_msgpack() {
        assert!(is_map(&[0x81, 0xa1, b'a', 1]));
        assert!(is_map(&[0xde, 0x00, 0x01]));
        assert!(!is_map("\u{7ff}".as_bytes()));
        assert!(!is_map(b"{}"));
        assert!(!is_map(b""));
    }
}
