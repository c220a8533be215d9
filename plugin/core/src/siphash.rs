//! SipHash (<https://www.aumasson.jp/siphash/siphash.pdf>) of bytes that are all there: its state stays in locals, nothing is buffered.

use crate::text::word_within;

/// SipHash-`C`-`D`: so many rounds a word, and so many at the end.
#[inline]
pub(crate) fn siphash<const C: usize, const D: usize>(key: (u64, u64), bytes: &[u8]) -> u64 {
    let mut state = [
        key.0 ^ 0x736f_6d65_7073_6575,
        key.1 ^ 0x646f_7261_6e64_6f6d,
        key.0 ^ 0x6c79_6765_6e65_7261,
        key.1 ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = add::<C>(state, u64::from_le_bytes(*word));
    }
    // What is left of the bytes, and how many there were.
    let last =
        if rest.is_empty() { 0 } else { word_within(bytes, bytes.len().wrapping_sub(rest.len())) };
    let [v0, v1, v2, v3] = add::<C>(state, last | (bytes.len() as u64).wrapping_shl(56));
    let mut state = [v0, v1, v2 ^ 0xff, v3];
    for _ in 0..D {
        state = round(state);
    }
    let [v0, v1, v2, v3] = state;
    v0 ^ v1 ^ v2 ^ v3
}

#[inline(always)]
fn add<const C: usize>([v0, v1, v2, v3]: [u64; 4], word: u64) -> [u64; 4] {
    let mut state = [v0, v1, v2, v3 ^ word];
    for _ in 0..C {
        state = round(state);
    }
    let [v0, v1, v2, v3] = state;
    [v0 ^ word, v1, v2, v3]
}

#[inline(always)]
fn round([v0, v1, v2, v3]: [u64; 4]) -> [u64; 4] {
    let (v0, v2) = (v0.wrapping_add(v1), v2.wrapping_add(v3));
    let (v1, v3) = (v1.rotate_left(13) ^ v0, v3.rotate_left(16) ^ v2);
    let v0 = v0.rotate_left(32);
    let (v2, v0) = (v2.wrapping_add(v1), v0.wrapping_add(v3));
    let (v1, v3) = (v1.rotate_left(17) ^ v2, v3.rotate_left(21) ^ v0);
    [v0, v1, v2.rotate_left(32), v3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use siphasher::sip::{SipHasher13, SipHasher24};

    #[test]
    fn it_is_what_the_crate_says() {
        let bytes: Vec<u8> = (0..400usize).map(|n| ((n * 7919) >> 3) as u8).collect();
        for len in 0..=bytes.len() {
            let (key, text) = ((len as u64, !(len as u64).rotate_left(9)), &bytes[..len]);
            assert_eq!(
                siphash::<1, 3>(key, text),
                SipHasher13::new_with_keys(key.0, key.1).hash(text),
                "{len}"
            );
            assert_eq!(
                siphash::<2, 4>(key, text),
                SipHasher24::new_with_keys(key.0, key.1).hash(text),
                "{len}"
            );
        }
    }
}
