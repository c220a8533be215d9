//! UTF-16 as UTF-8, piece by piece.

use std::io::{self, Read};

/// Reads UTF-16 and gives UTF-8; a byte order mark at the start is taken off, half a surrogate pair becomes U+FFFD.
pub(super) struct Decoder<R> {
    input: R,
    is_big_endian: bool,
    is_started: bool,
    /// The first byte of a unit whose second is still to come.
    odd: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

const PIECE: usize = 32 << 10;

impl<R: Read> Decoder<R> {
    pub(super) fn new(input: R, is_big_endian: bool) -> Decoder<R> {
        Decoder {
            input,
            is_big_endian,
            is_started: false,
            odd: None,
            high: None,
            ready: Vec::new(),
            given: 0,
        }
    }

    /// Decodes the next piece; at the end nothing is ready.
    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut piece = [0; PIECE];
        while self.ready.is_empty() {
            let read = self.input.read(&mut piece)?;
            let bytes = piece.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                let is_cut = self.odd.take().is_some() | self.high.take().is_some();
                if is_cut {
                    self.put(char::REPLACEMENT_CHARACTER);
                }
                return Ok(());
            }
            for &byte in bytes {
                match self.odd.take() {
                    None => self.odd = Some(byte),
                    Some(first) if self.is_big_endian => {
                        self.unit(u16::from_be_bytes([first, byte]))
                    }
                    Some(first) => self.unit(u16::from_le_bytes([first, byte])),
                }
            }
        }
        Ok(())
    }

    fn unit(&mut self, unit: u16) {
        let is_mark = unit == 0xfeff && !self.is_started;
        self.is_started = true;
        if is_mark {
            return;
        }
        let pair = self.high.take().map(|high| [high, unit]);
        match pair {
            Some(pair) => {
                // A pair, or a half that stands alone before something else.
                let mut decoded = char::decode_utf16(pair);
                let first = decoded.next().map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER));
                let is_pair = decoded.next().is_none();
                first.into_iter().for_each(|char| self.put(char));
                if !is_pair {
                    self.unit(unit);
                }
            }
            None if (0xd800..0xdc00).contains(&unit) => self.high = Some(unit),
            None => {
                self.put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
        }
    }

    fn put(&mut self, char: char) {
        self.ready.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.fill()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_and_of_units_are_replaced_and_nothing_else_is_lost() {
        let units =
            [0xfeff, 0x61, 0xd83d, 0xde00, 0xd83d, 0x62, 0xde00, 0xd83d, 0xd83d, 0xde00, 0xd83d];
        let mut bytes: Vec<u8> = units.iter().flat_map(|unit: &u16| unit.to_be_bytes()).collect();
        bytes.push(0);
        for step in [1, 3, 1000] {
            let mut text = Vec::new();
            let mut decoder = Decoder::new(Slow { rest: &bytes, step }, true);
            decoder.read_to_end(&mut text).unwrap();
            assert_eq!(
                String::from_utf8(text).unwrap(),
                "a\u{1f600}\u{fffd}b\u{fffd}\u{fffd}\u{1f600}\u{fffd}"
            );
        }
    }

    struct Slow<'a> {
        rest: &'a [u8],
        step: usize,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.step.min(out.len());
            self.rest.read(&mut out[..count])
        }
    }
}
