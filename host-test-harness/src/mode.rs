//! Modes: the same engine, natively and through either interface of the module, with one interface.

pub mod component;
pub mod native;
pub mod raw;
mod wasi;

use crate::policy_dir::Unwritable;
use clap::builder::PossibleValue;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use thiserror::Error;

/// Reason why an engine gives no answer.
///
/// After a trap an instance must not be called again, because its memory may be corrupt; a fresh one from the same factory can. The others are
/// there before the first record.
#[derive(Debug, Error)]
pub enum ModeError {
    /// The module cannot be compiled. Its own cause is the message.
    #[error(transparent)]
    Compile(anyhow::Error),
    /// There is no instance: imports, limits, or the start of the module failed.
    #[error(transparent)]
    Start(anyhow::Error),
    #[error("a directory for the policy: is there room in TMPDIR?")]
    Directory(#[source] io::Error),
    #[error(transparent)]
    Policy(#[from] Unwritable),
    #[error("the policy has {0} problems; `auditward check` lists them")]
    Problems(usize),
    /// A call did not end, or could not begin. In Fluent Bit this loses the record.
    #[error(transparent)]
    Trap(anyhow::Error),
    /// A call ended with something that is no answer.
    #[error("the answer {0}")]
    Answer(&'static str),
    #[error("a record of 2 GiB or more, or a batch of 4 GiB or more")]
    TooLarge,
}

impl ModeError {
    fn compile(why: impl Into<anyhow::Error>) -> ModeError {
        ModeError::Compile(why.into())
    }

    fn start(why: impl Into<anyhow::Error>) -> ModeError {
        ModeError::Start(why.into())
    }

    fn trap(why: impl Into<anyhow::Error>) -> ModeError {
        ModeError::Trap(why.into())
    }
}

/// Result of what a mode does.
pub type Result<T> = std::result::Result<T, ModeError>;

/// One record to be processed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Input<'a> {
    pub tag: &'a str,
    /// The interface's time in milliseconds since 1970.
    pub time_ms: i64,
    /// Tells equal records without ids of their own apart: those that have this in common too are one that came twice.
    pub nonce: u64,
    pub bytes: &'a [u8],
}

/// How an instance is set up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The text of `auditward.toml`; defaults where there is none.
    pub policy: Option<String>,
    /// A directory that the module may use for its policy and state, as it is.
    pub directory: Option<PathBuf>,
    /// Seed in place of randomness.
    pub seed: u64,
    /// True if records are marked, so that this instance knows them when they are redelivered.
    pub is_marking: bool,
    /// True if the module leaves a state directory to another instance that may live.
    pub waits_for_lock: bool,
    /// The clock that the module sees, in milliseconds since 1970; the real one where there is none.
    pub now_ms: Option<i64>,
    /// As above, as a clock that can be set while the instance lives; goes before `now_ms`.
    pub clock: Option<Arc<AtomicI64>>,
    /// The most linear memory that the module may have, in bytes.
    pub memory: Option<usize>,
    /// Counts executed operations.
    pub is_metered: bool,
}

impl Setup {
    /// Time of the module; none if it uses the real clock.
    pub fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.load(Ordering::Relaxed)).or(self.now_ms)
    }
}

/// An engine behind one of the interfaces.
pub trait Mode {
    /// One record in, one JSON object out. An error is a trap, or an answer that is none: in Fluent Bit, a lost record.
    fn process(&mut self, input: Input<'_>) -> Result<Vec<u8>>;

    /// Status as JSON; none if the interface does not provide it.
    fn status(&mut self) -> Option<String> {
        None
    }

    /// All it has learned, as a snapshot that another instance can take over.
    fn learned(&mut self) -> Result<Vec<u8>>;
}

/// Which interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The core, compiled into this program.
    Native,
    /// The component interface of the module.
    Component,
    /// Fluent Bit's C function of the module.
    Raw,
}

impl Kind {
    /// All interfaces.
    pub const ALL: [Kind; 3] = [Kind::Native, Kind::Component, Kind::Raw];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Native => "native",
            Kind::Component => "component",
            Kind::Raw => "raw",
        }
    }
}

impl clap::ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Kind] {
        &Kind::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Makes instances behind one interface, as often as asked, compiling the module once.
pub enum Factory {
    Native,
    Component(component::Compiled),
    Raw(raw::Compiled),
}

impl Factory {
    /// Compiles what the interface needs.
    pub fn new(kind: Kind, is_metered: bool) -> Result<Factory> {
        Ok(match kind {
            Kind::Native => Factory::Native,
            Kind::Component => Factory::Component(component::Compiled::new(is_metered)?),
            Kind::Raw => Factory::Raw(raw::Compiled::new(is_metered)?),
        })
    }

    /// A fresh instance.
    pub fn open(&self, setup: &Setup) -> Result<Box<dyn Mode>> {
        Ok(match self {
            Factory::Native => Box::new(native::Native::new(setup)?),
            Factory::Component(compiled) => Box::new(compiled.open(setup)?),
            Factory::Raw(compiled) => Box::new(compiled.open(setup)?),
        })
    }
}
