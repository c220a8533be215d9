//! Logs that are played through the engine natively at their own clock: for `train` and `tune`.

use crate::clock::{self, Times, better_order};
use crate::format::Division;
use crate::input_file::{Content, Given, InputFile};
use crate::mode::native;
use crate::policy_file::PolicyFile;
use crate::terminal;
use anyhow::{Context, Result, bail};
use auditward_core::time::Millis;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal, Seek};
use std::path::{Path, PathBuf};

/// How records are taken from log files.
#[derive(clap::Args)]
pub struct Taking {
    /// Tag assigned to all records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    pub tag: String,
    /// Split a record that holds a list, such as `{"Records":[...]}`, into one record per element
    #[arg(long)]
    pub unwrap: bool,
}

/// Log files with the latest time at their ends.
pub struct Logs {
    files: Vec<PathBuf>,
    division: Option<Division>,
    /// The earliest of the times at which the files begin; none if no file begins with one.
    pub first: Option<Millis>,
    pub clock: Millis,
    /// Bytes of all files.
    pub len: u64,
}

/// A record and its place.
pub struct Line<'a> {
    pub bytes: &'a [u8],
    pub name: &'a str,
    /// Counted from 1 within its file, as labels count lines.
    pub number: u64,
}

impl Logs {
    /// Refuses input that cannot be read at both ends.
    pub fn check(files: &[PathBuf]) -> Result<()> {
        if files.iter().any(|path| path == Path::new("-")) {
            bail!(
                "standard input cannot be used here: the first and last lines are read to find the time range; write it to a file"
            );
        }
        for path in files {
            if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
                bail!(
                    "{} is not a regular file: the first and last lines are read to find the time range; write its records to a file",
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// Looks at both ends of each file. Files whose records are not in order are reported.
    pub fn open(
        Given { mut files, has_directory }: Given,
        policy_file: &PolicyFile,
        Taking { tag, unwrap: unwraps }: &Taking,
    ) -> Result<Logs> {
        let unwraps = *unwraps;
        Logs::check(&files)?;
        let real = native::now_ms();
        let (mut len, mut ends) = (0, Vec::new());
        let most = clock::lines_of_each(files.len());
        for path in &files {
            let mut input = InputFile::open(path, true)?;
            if input.is_live() {
                bail!("{} is not a regular file: write it to a file", input.name);
            }
            len += input.len;
            let lines = input.ends().with_context(|| format!("{} cannot be read", input.name))?;
            ends.push(clock::ends_of(lines, most));
        }
        let times = Times { policy_file, tag, unwraps, yearless_by: real };
        let lines: Vec<&[u8]> = ends.iter().flatten().map(Vec::as_slice).collect();
        let clock = times.latest(&lines)?.unwrap_or(real);
        let firsts =
            times.firsts(ends.iter().map(|lines| lines.first().map(Vec::as_slice)), clock)?;
        let first = firsts.iter().flatten().min().copied();
        if let Some(order) = better_order(&firsts) {
            let sorted = order.into_iter().filter_map(|index| files.get(index));
            let sorted: Vec<PathBuf> = sorted.cloned().collect();
            if !has_directory {
                let names: Vec<String> =
                    sorted.iter().map(|path| path.display().to_string()).collect();
                bail!(
                    "older records must come first; name the files in this order, or the directory that they are in: {}",
                    names.join(" ")
                );
            }
            files = sorted;
        }
        let division = unwraps.then(|| Division::new(&policy_file.policy));
        Ok(Logs { files, division, first, clock, len })
    }

    /// Every record, in order; the bar moves on by the bytes read.
    pub fn each(
        &self,
        bar: &ProgressBar,
        mut see: impl FnMut(Line<'_>) -> Result<()>,
    ) -> Result<()> {
        for path in &self.files {
            let InputFile { name, format, content, .. } = InputFile::open(path, false)?;
            let place = || format!("{name} cannot be read");
            let mut file = match content {
                Content::File(file) => file,
                Content::Closed(_) | Content::Stream(_) => {
                    bail!("{name} is not a regular file any more")
                }
            };
            file.rewind().with_context(place)?;
            let mut records = format.records(bar.wrap_read(file)).with_context(place)?;
            let mut number = 0;
            while let Some(record) = records
                .next()
                .with_context(|| format!("{name} cannot be read on after record {number}"))?
            {
                number += 1;
                let whole = || vec![Cow::Borrowed(record)];
                let parts =
                    self.division.as_ref().map_or_else(whole, |division| division.records(record));
                for bytes in parts.iter().filter(|bytes| !bytes.is_empty()) {
                    see(Line { bytes, name: &name, number })?;
                }
            }
        }
        Ok(())
    }
}

/// A progress bar over so many bytes, on a terminal.
pub fn bar(total: u64) -> ProgressBar {
    drawn(total, "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go")
}

/// A progress bar over so many things of a kind, on a terminal.
pub fn counting(total: u64, things: &str) -> ProgressBar {
    drawn(total, &format!("{{wide_bar}} {{pos}} of {{len}} {things}, {{eta}} to go"))
}

fn drawn(total: u64, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(template);
    let style =
        style.map(|style| if terminal::is_unicode() { style } else { style.progress_chars("=> ") });
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
