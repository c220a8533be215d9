//! Writing into a buffer that may be too small: nothing fails, what was needed is known afterwards.

use crate::text::Sink;

/// A buffer for answers, reused from record to record: it keeps its length, so that nothing is zeroed twice.
#[derive(Default)]
pub struct Output {
    buffer: Vec<u8>,
    len: usize,
}

/// Capacity above which the buffer of a large record is released.
const KEPT: usize = 1 << 20;

impl Output {
    pub const NEW: Output = Output { buffer: Vec::new(), len: 0 };

    /// The answer.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Makes room, if memory can be had; a byte more than asked for, which a C string's end takes.
    pub fn reserve(&mut self, room: usize) -> bool {
        let room = room.saturating_add(1);
        if self.buffer.len() > KEPT && room < KEPT / 4 {
            self.buffer.truncate(room);
            self.buffer.shrink_to_fit();
        }
        if self.buffer.len() < room {
            let more = room.saturating_sub(self.buffer.len());
            if self.buffer.try_reserve(more).is_err() {
                return false;
            }
            self.buffer.resize(room, 0);
        }
        true
    }

    /// Lets `write` fill the buffer from its start; whether it fitted, else how much room it takes.
    pub fn fill(&mut self, write: impl FnOnce(&mut Writer<'_>)) -> Result<(), usize> {
        let room = self.buffer.len().saturating_sub(1);
        let mut writer = Writer::new(self.buffer.get_mut(..room).unwrap_or_default());
        write(&mut writer);
        let (fits, len) = (writer.fits(), writer.len());
        self.len = if fits { len } else { 0 };
        if fits { Ok(()) } else { Err(len) }
    }

    /// The answer with a NUL behind it; nothing where there is none.
    pub fn c_string(&mut self) -> Option<&[u8]> {
        if self.len == 0 {
            return None;
        }
        *self.buffer.get_mut(self.len)? = 0;
        self.buffer.get(..=self.len)
    }
}

/// Writes bytes one behind the other. Once something did not fit, only lengths are counted.
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub fn new(buffer: &'a mut [u8]) -> Writer<'a> {
        Writer { buffer, at: 0 }
    }

    /// How many bytes were asked for so far.
    pub fn len(&self) -> usize {
        self.at
    }

    pub fn is_empty(&self) -> bool {
        self.at == 0
    }

    pub fn fits(&self) -> bool {
        self.at <= self.buffer.len()
    }

    /// Bytes written so far.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.at).unwrap_or_default()
    }

    /// The word between quotes.
    #[inline]
    pub fn quoted(&mut self, word: &[u8]) {
        let end = self.at.wrapping_add(word.len()).wrapping_add(2);
        if let Some([open, inner @ .., close]) = self.buffer.get_mut(self.at..end) {
            *open = b'"';
            inner.copy_from_slice(word);
            *close = b'"';
        }
        self.at = end;
    }

    /// Bytes not written yet.
    #[inline(always)]
    pub fn room(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.at..).unwrap_or_default()
    }

    /// So much of the room was written.
    #[inline(always)]
    pub fn advance(&mut self, len: usize) {
        self.at = self.at.wrapping_add(len);
    }

    /// Two texts, one behind the other.
    #[inline(always)]
    pub fn pair(&mut self, first: &[u8], second: &[u8]) {
        let end = self.at.wrapping_add(first.len()).wrapping_add(second.len());
        if let Some((one, two)) = self
            .buffer
            .get_mut(self.at..end)
            .and_then(|place| place.split_at_mut_checked(first.len()))
        {
            one.copy_from_slice(first);
            if two.len() == second.len() {
                two.copy_from_slice(second);
            }
        }
        self.at = end;
    }

    /// The same, the second between quotes.
    #[inline(always)]
    pub fn pair_quoted(&mut self, first: &[u8], second: &[u8]) {
        let end = self.at.wrapping_add(first.len()).wrapping_add(second.len()).wrapping_add(2);
        if let Some((one, two)) = self
            .buffer
            .get_mut(self.at..end)
            .and_then(|place| place.split_at_mut_checked(first.len()))
        {
            one.copy_from_slice(first);
            if let [open, inner @ .., close] = two
                && inner.len() == second.len()
            {
                (*open, *close) = (b'"', b'"');
                inner.copy_from_slice(second);
            }
        }
        self.at = end;
    }

    /// Takes back the comma behind the last member of a list; an empty list's opening bracket stays.
    #[inline]
    pub fn end_list(&mut self) {
        let last = self.at.wrapping_sub(1);
        if self.buffer.get(last) != Some(&b'{') {
            self.at = last;
        }
    }

    pub fn number(&mut self, number: i64) {
        if number < 0 {
            self.put(b"-");
        }
        if (0..100_000_000).contains(&number) {
            return self.small_number(number as u32);
        }
        let mut digits = [b'0'; 20];
        let mut rest = number.unsigned_abs();
        let mut from = digits.len();
        while let Some(place) = from.checked_sub(1).and_then(|at| digits.get_mut(at)) {
            *place = b'0'.wrapping_add((rest % 10) as u8);
            from = from.wrapping_sub(1);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.put(digits.get(from..).unwrap_or_default());
    }
}

impl Writer<'_> {
    /// At most eight digits, gathered in a word, the last one highest.
    #[inline]
    fn small_number(&mut self, number: u32) {
        let (mut word, mut len, mut rest) = (u64::from(number % 10), 1usize, number / 10);
        while rest > 0 {
            word = word.wrapping_shl(8) | u64::from(rest % 10);
            (rest, len) = (rest / 10, len.wrapping_add(1));
        }
        let digits = (word | 0x3030_3030_3030_3030).to_le_bytes();
        self.put(digits.get(..len).unwrap_or_default());
    }
}

impl Sink for Writer<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.at.wrapping_add(bytes.len());
        if let Some(place) = self.buffer.get_mut(self.at..end) {
            place.copy_from_slice(bytes);
        }
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_does_not_fit() {
        let mut buffer = [0u8; 8];
        let mut writer = Writer::new(&mut buffer);
        writer.put(b"abc");
        writer.quoted(b"de");
        assert_eq!((writer.fits(), writer.written()), (true, &b"abc\"de\""[..]));
        writer.number(-120);
        writer.put(b"x");
        assert_eq!((writer.fits(), writer.len()), (false, 12));
    }

    #[test]
    fn numbers() {
        for number in [0, 7, -1, 1_234_567_890, i64::MAX, i64::MIN] {
            let mut buffer = [0u8; 24];
            let mut writer = Writer::new(&mut buffer);
            writer.number(number);
            assert_eq!(writer.written(), number.to_string().as_bytes());
        }
    }
}
