//! Auditward's engine: bytes of a record in, bytes of an audit record out.
//!
//! No I/O, no clock, no randomness, no unsafe: what a record becomes follows from the record, the policy and the state alone.
//! Nothing here fails on a record; it takes notes.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

pub mod address;
mod arn;
pub mod cached_layout;
pub mod calendar;
pub mod describe;
pub mod detect;
pub mod detection;
pub mod detector;
pub mod encode;
mod engine;
pub mod enrich;
pub mod entity;
pub mod event;
pub mod mapping;
pub mod msgpack;
pub mod normalise;
pub mod note;
pub mod option;
pub mod pack;
pub mod parse;
pub mod pattern;
pub mod policy;
pub mod policy_text;
mod raw;
pub mod route;
pub mod rule;
pub mod schema;
pub mod severity;
pub mod similar;
mod siphash;
pub mod sketch;
pub mod snapshot;
pub mod source;
pub mod status;
pub mod stored;
pub mod text;
pub mod text_form;
pub mod time;
pub mod value;
pub mod vocabulary;
pub mod write;

pub use engine::{Engine, Secret};
pub use raw::Raw;

/// The module's version, as every record names it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Built-in packs as compiled by the build script.
mod built {
    include!(concat!(env!("OUT_DIR"), "/packs.rs"));
}
