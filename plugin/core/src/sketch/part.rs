//! Parts of windows: event time in pieces of equal length.

use crate::time::Millis;
use std::num::NonZeroU64;

/// How long the parts of a window are, of which all but one reach as far back as asked.
pub fn part_of(length: Millis, parts: usize) -> NonZeroU64 {
    let steps = (parts as u64).saturating_sub(1).max(1);
    NonZeroU64::new(length.unsigned_abs().div_ceil(steps)).unwrap_or(NonZeroU64::MIN)
}

/// The part that a time is in. Parts are numbered in a circle of 2^32, so that short ones, and those before 1970, follow one another too.
#[inline(always)]
pub fn part_at(time: Millis, part: NonZeroU64) -> u32 {
    match u64::try_from(time) {
        Ok(time) => (time / part) as u32,
        Err(_) => !((!time as u64) / part) as u32,
    }
}

/// True if the part lies behind the other.
#[inline(always)]
pub fn is_after(part: u32, other: u32) -> bool {
    part.wrapping_sub(other) as i32 > 0
}
