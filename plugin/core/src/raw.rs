//! A record as it comes in.

use crate::time::Millis;

/// A record as an interface hands it over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw<'a> {
    pub tag: &'a [u8],
    pub bytes: &'a [u8],
    /// The interface's time for the record.
    pub time: Millis,
    /// Tells equal records without ids of their own apart: those that have this in common too are one that came twice. With `UNNUMBERED`, several that
    /// come one after the other are as many events.
    pub nonce: u64,
    /// The clock, by which times far ahead are told.
    pub now: Millis,
}

impl Raw<'_> {
    /// Of a nonce, which is a time in whole seconds then.
    pub const UNNUMBERED: u64 = 1 << 63;
}
