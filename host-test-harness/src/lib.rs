//! The host of the auditward filter: the same engine through three interfaces, and what the command line is made of.
//!
//! Errors that a caller tells apart, or whose causes are few, are enums of the module that owns them: `mode::ModeError`, `format::FormatError`,
//! `input_file::InputError`, `output::Unusable`, `policy_dir::Unwritable`, `policy_file::PolicyError`, `snapshot_file::SnapshotError`,
//! `ledger::LedgerError`, `serve::dead_letter::DeadLetterError`, and those of a delivery in `serve::forward`. The other modules return `anyhow::Error`:
//! nobody does more with theirs than to show them, with the causes behind them, as `command` does.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)
)]

pub mod actors;
pub mod alert_lines;
pub mod calendar;
pub mod case;
pub mod clock;
pub mod command;
pub mod coverage;
pub mod demo;
pub mod evaluated;
pub mod evaluation;
pub mod evaluator;
pub mod explanation;
pub mod filter;
pub mod form_object;
pub mod format;
pub mod geo_table;
pub mod heavy_hitters;
pub mod history;
pub mod incident;
pub mod input_file;
pub mod ledger;
pub mod lines;
pub mod logs;
#[cfg(test)]
#[allow(dead_code, reason = "the core's tests use more of it")]
#[path = "../../plugin/core/src/enrich/mmdb/testing.rs"]
mod mmdb_testing;
pub mod mode;
pub mod numbering;
pub mod output;
pub mod pack;
pub mod policy_file;
pub mod problems;
pub mod profile;
pub mod question;
pub mod reach;
pub mod report;
pub mod routes;
pub mod rule_pack;
pub mod serve;
pub mod sigma;
pub mod snapshot_file;
pub mod source_list;
pub mod state;
pub mod summary;
pub mod technique;
pub mod terminal;
pub mod tuning;
pub mod unrecognised;
pub mod warnings;
pub mod wording;

/// The module as it is dropped into a pipeline.
pub static MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/auditward.wasm"));
/// The module as a component.
pub static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/auditward.component.wasm"));

/// A temporary directory that holds a policy, as a pipeline's accessible path would.
pub mod policy_dir {
    use auditward_core::policy_text::bundle;
    use rustix::fs::OFlags;
    use std::fs::OpenOptions;
    use std::io::{self, Write};
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::{Path, PathBuf};
    use thiserror::Error;

    /// The file name that the module looks for.
    pub const FILE: &str = auditward_state::POLICY;

    /// A file of a policy that could not be written.
    #[derive(Debug, Error)]
    #[error("{} cannot be written", .path.display())]
    pub struct Unwritable {
        pub path: PathBuf,
        pub source: io::Error,
    }

    /// Puts `policy` where the module will find it, and the files that come with it beside it.
    pub fn write(directory: &Path, policy: &str) -> Result<(), Unwritable> {
        let (policy, files) = bundle::split(policy);
        for (name, bytes) in files {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(directory))
                .and_then(|()| put(&path, bytes.unwrap_or_default().as_ref()))
                .map_err(|source| Unwritable { path, source })?;
        }
        let path = directory.join(FILE);
        put(&path, policy.as_bytes()).map_err(|source| Unwritable { path, source })
    }

    /// Writes a regular file, never through a link, and waits for no reader of a pipe.
    fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).custom_flags(flags);
        let mut file = options.open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        file.write_all(bytes)
    }
}
