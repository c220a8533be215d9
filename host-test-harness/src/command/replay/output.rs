//! Where records and alerts are written.

use crate::alert_lines::Format;
use crate::evaluated::{Evaluated, Reader};
use crate::terminal::UNWRITABLE_OUTPUT;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Standard output or a file, buffered, whose errors name it.
pub(super) struct Output<'o>(BufWriter<Destination<'o>>);

enum Destination<'o> {
    Standard(io::StdoutLock<'o>),
    File(PathBuf, File),
}

impl Output<'_> {
    /// `-` or no path is standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let destination = match path.filter(|path| *path != Path::new("-")) {
            None => Destination::Standard(io::stdout().lock()),
            Some(path) => {
                let file = File::create(path).with_context(|| unwritable(path))?;
                Destination::File(path.to_owned(), file)
            }
        };
        Ok(Output(BufWriter::with_capacity(256 << 10, destination)))
    }

    pub(super) fn line(&mut self, line: &[u8]) -> Result<()> {
        let written = self.0.write_all(line).and_then(|()| self.0.write_all(b"\n"));
        written.with_context(|| self.0.get_ref().unwritable())
    }

    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        self.0.write_all(text.as_bytes()).with_context(|| self.0.get_ref().unwritable())
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.0.flush().with_context(|| self.0.get_ref().unwritable())
    }
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

impl Destination<'_> {
    fn unwritable(&self) -> String {
        match self {
            Destination::Standard(_) => UNWRITABLE_OUTPUT.to_owned(),
            Destination::File(path, _) => unwritable(path),
        }
    }
}

impl Write for Destination<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Standard(out) => out.write(bytes),
            Destination::File(_, file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Standard(out) => out.flush(),
            Destination::File(_, file) => file.flush(),
        }
    }
}

/// Lines of alerts.
pub(super) struct Alerts<'o> {
    format: Format,
    /// Nothing where they are written in place of the records.
    pub(super) file: Option<Output<'o>>,
    /// Hashes of the lines that were written: those of a redelivered record are not written again.
    written: HashSet<u64>,
    hasher: RandomState,
}

/// Lines of alerts that are remembered. Beyond them a redelivered record may have its lines again.
const MOST_LINES: usize = 1 << 20;

impl Alerts<'_> {
    pub(super) fn new(path: &Path, format: Format) -> Result<Self> {
        let file = (path != Path::new("-")).then(|| Output::open(Some(path))).transpose()?;
        Ok(Alerts { format, file, written: HashSet::new(), hasher: RandomState::new() })
    }

    /// The lines of a record. Of a redelivered one, only those that this run has not written.
    pub(super) fn lines(
        &mut self,
        reader: &Reader,
        output: &[u8],
        evaluated: &Evaluated,
    ) -> Vec<String> {
        let mut lines = self.format.lines(reader, output, evaluated);
        let is_repeated = evaluated.is_repeated();
        lines.retain(|line| {
            let hash = self.hasher.hash_one(line);
            let is_new = match self.written.len() < MOST_LINES {
                true => self.written.insert(hash),
                false => !self.written.contains(&hash),
            };
            is_new || !is_repeated
        });
        lines
    }
}
