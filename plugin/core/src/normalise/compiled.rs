//! Sources and mappings, as records are tried with them.

use super::author::Bound;
use super::mapped::Mapped;
use crate::mapping::Mapping;
use crate::source::Source;

/// A source or a mapping.
pub(super) struct Compiled {
    pub(super) origin: Origin,
    pub(super) root: u16,
    /// Whose word is not enough for its events, and who writes them beside those of its vendor.
    pub(super) bound: Bound,
    pub(super) writers: Vec<String>,
}

pub(super) enum Origin {
    Source(&'static Source),
    Mapped(Box<Mapped>),
    /// A built-in pack of which no record has come yet: it has no paths in the trie.
    Pack(&'static Mapping),
}

impl Origin {
    pub(super) fn id(&self) -> &[u8] {
        match self {
            Origin::Source(source) => source.id.as_bytes(),
            Origin::Mapped(mapped) => mapped.source(),
            Origin::Pack(pack) => pack.source.as_bytes(),
        }
    }

    pub(super) fn source(&self) -> Option<&'static Source> {
        match self {
            Origin::Source(source) => Some(source),
            Origin::Mapped(_) | Origin::Pack(_) => None,
        }
    }

    /// The pattern of the tags that its records have.
    pub(super) fn tag(&self) -> Option<&[u8]> {
        match self {
            Origin::Source(_) => None,
            Origin::Mapped(mapped) => mapped.tag.as_deref(),
            Origin::Pack(pack) => pack.tag.as_ref().map(String::as_bytes),
        }
    }

    pub(super) fn mapped(&self) -> Option<&Mapped> {
        match self {
            Origin::Source(_) | Origin::Pack(_) => None,
            Origin::Mapped(mapped) => Some(mapped),
        }
    }
}
