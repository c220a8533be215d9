//! Sources and mappings, as records are tried with them.

use super::author::Bound;
use super::mapped::Mapped;
use crate::source::Source;
use std::ops::Range;

/// A source or a mapping.
pub(super) struct Compiled {
    pub(super) origin: Origin,
    pub(super) root: u16,
    /// Whose word is not enough for its events, and who writes them beside those of its vendor.
    pub(super) bound: Bound,
    pub(super) writers: Vec<String>,
    /// Lookup tables of its rows, until they were made ready.
    pub(super) tables: Range<usize>,
}

pub(super) enum Origin {
    Source(&'static Source),
    Mapped(Box<Mapped>),
}

impl Origin {
    pub(super) fn id(&self) -> &[u8] {
        match self {
            Origin::Source(source) => source.id.as_bytes(),
            Origin::Mapped(mapped) => mapped.source(),
        }
    }

    pub(super) fn source(&self) -> Option<&'static Source> {
        match self {
            Origin::Source(source) => Some(source),
            Origin::Mapped(_) => None,
        }
    }

    pub(super) fn mapped(&self) -> Option<&Mapped> {
        match self {
            Origin::Source(_) => None,
            Origin::Mapped(mapped) => Some(mapped),
        }
    }
}
