//! HTML report of a replay in one file: nothing to fetch, readable without scripts, on paper and on a phone.

pub mod actors;
pub mod chart;
pub mod gather;
pub mod list;
pub mod page;
pub mod recent;
pub mod tables;

pub use gather::{Basis, Gathered};

use crate::output;
use crate::wording::visible_lines;
use anyhow::{Context, Result, bail};
use maud::Markup;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Header above the figures: their origin, and text added by the caller.
#[derive(Default)]
pub struct Heading {
    pub title: String,
    /// Mode, policy and clock, in words.
    pub setting: String,
    /// A section of the asker's own, behind the numbers.
    pub section: Option<Section>,
}

/// A section with its place in the list of contents.
pub struct Section {
    pub anchor: &'static str,
    pub name: &'static str,
    pub markup: Markup,
}

/// The page as text; no character of a log's turns a sentence round in it.
pub fn render(heading: &Heading, gathered: &Gathered) -> String {
    visible_lines(&page::page(heading, gathered).into_string())
}

/// Beginning of a page, not case-sensitive.
const BEGINNING: &[u8] = b"<!doctype html";

/// Checks, before any work, that a page can be written to the path: never over an input, nor over a file that is not a page.
pub fn may_write(path: &Path, inputs: &[PathBuf]) -> Result<()> {
    let name = path.display();
    // What is not there, or is a pipe or a terminal, holds nothing to lose.
    let Some(there) = fs::metadata(path).ok().filter(fs::Metadata::is_file) else {
        return Ok(output::check(path)?);
    };
    let is_it = |input: &PathBuf| {
        fs::metadata(input)
            .is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()))
    };
    if inputs.iter().any(is_it) {
        bail!("{name} is an input: name another file for the report");
    }
    let mut beginning = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    read.with_context(|| {
        format!("{name} is there already and cannot be read: name another file for the report")
    })?;
    if beginning.is_empty() || beginning.eq_ignore_ascii_case(BEGINNING) {
        return Ok(output::check(path)?);
    }
    bail!(
        "{name} is there already and is no HTML page: the report would replace it; name another file for the report, or take that one away"
    )
}

/// Writes the page to a file.
pub fn write(path: &Path, heading: &Heading, gathered: &Gathered) -> Result<()> {
    fs::write(path, render(heading, gathered))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suppression_is_shown_with_its_last_day() {
        let policy = "[[suppress]]\ndetector = \"volume\"\nactor = \"a\"\nuntil = 2026-12-31\nreason = \"x\"\n";
        for zone in ["America/New_York", "UTC", "Asia/Tokyo"] {
            let text = format!("{policy}[environment]\ntimezone = \"{zone}\"\n");
            let policy = auditward_core::policy::Policy::parse(&text).unwrap();
            let page = render(&Heading::default(), &Gathered::new(Basis::new(&policy)));
            assert!(page.contains("2026-12-31") && !page.contains("2027-01-01"), "{zone}");
        }
    }

    #[test]
    fn a_page_goes_over_nothing_but_a_page() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let refusal = |name: &str, inputs: &[PathBuf]| {
            may_write(&path(name), inputs).err().map(|error| error.to_string()).unwrap_or_default()
        };
        for (name, text) in [
            ("empty", ""),
            ("page.html", "<!DOCTYPE html><html>"),
            ("other.html", "<!doctype HTML>\n"),
            ("access.log", "192.0.2.1 - -"),
            ("short", "<!"),
        ] {
            fs::write(path(name), text).unwrap();
        }
        assert!(refusal(".", &[]).contains("cannot be written"), "{}", refusal(".", &[]));
        for name in ["empty", "page.html", "other.html", "new.html"] {
            assert_eq!(refusal(name, &[path("access.log"), PathBuf::from("-")]), "", "{name}");
        }
        assert!(!path("new.html").exists(), "a check leaves nothing behind");
        for name in ["access.log", "short"] {
            assert!(
                refusal(name, &[])
                    .contains("no HTML page: the report would replace it; name another file"),
                "{name}"
            );
        }
        fs::hard_link(path("page.html"), path("link.html")).unwrap();
        for name in ["page.html", "link.html", "./page.html"] {
            assert!(
                refusal(name, &[path("page.html")]).contains("is an input: name another"),
                "{name}"
            );
        }
        assert!(may_write(Path::new("/dev/null"), &[]).is_ok());
        write(&path("page.html"), &Heading::default(), &Gathered::new(Basis::default())).unwrap();
        assert_eq!(refusal("page.html", &[]), "", "what is written may be written again");
    }
}
