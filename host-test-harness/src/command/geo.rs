//! `auditward geo`: MaxMind DB files as one small table.

use super::Outcome;
use crate::geo_table::Draft;
use crate::wording::{counted, grouped};
use crate::{output, terminal};
use anyhow::{Context, Result};
use auditward_state::files::{self, Links};
use std::fs;
use std::path::PathBuf;

/// Write a compact table of countries and autonomous systems from MaxMind DB files
///
/// The table holds the country and the number of the autonomous system of each address: half the size of a database of countries. Name it in `[enrich] files` of the policy. If several files contain an address, the first file is used.
#[derive(clap::Args)]
pub struct Arguments {
    /// MaxMind DB files: GeoLite2 Country and ASN, DB-IP, IPinfo
    #[arg(required = true, value_name = "FILE.mmdb")]
    files: Vec<PathBuf>,
    /// File for the table, none of those that are read
    #[arg(long, value_name = "FILE", default_value = "geo.table")]
    out: PathBuf,
}

/// Bytes of a database, at most.
const MOST: u64 = 2 << 30;

/// Writes it.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    output::check_apart([&arguments.out], &arguments.files)?;
    output::check(&arguments.out)?;
    let mut draft = Draft::default();
    for path in &arguments.files {
        let place = || path.display().to_string();
        let bytes = files::read(path, MOST, Links::Followed)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        draft.add(&bytes).with_context(place)?;
    }
    let (bytes, (countries, ranges)) = (draft.write(), draft.counts());
    fs::write(&arguments.out, &bytes).with_context(|| arguments.out.display().to_string())?;
    terminal::say(format_args!(
        "{}: {countries} countries, {} of addresses, {} KiB",
        arguments.out.display(),
        counted(ranges as u64, "range"),
        grouped(bytes.len().div_ceil(1024) as u64)
    ));
    Ok(Outcome::Fine)
}
