//! What a replay found as one HTML file: nothing to fetch, readable without scripts, on paper and on a phone.

pub mod chart;
pub mod gather;
pub mod page;
pub mod tally;

pub use gather::Gathered;

use crate::prose::visible_lines;
use anyhow::{Context, Result};
use maud::Markup;
use std::fs;
use std::path::Path;

/// What stands above the figures: where they come from, and what whoever asked for them adds.
#[derive(Default)]
pub struct Heading {
    pub title: String,
    /// Lane, policy and clock, in words.
    pub setting: String,
    /// A section of the asker's own, behind the headline.
    pub section: Option<Markup>,
}

/// The page as text; no character of a log's turns a sentence round in it.
pub fn render(heading: &Heading, gathered: &Gathered) -> String {
    visible_lines(&page::page(heading, gathered).into_string())
}

/// Writes the page to a file.
pub fn write(path: &Path, heading: &Heading, gathered: &Gathered) -> Result<()> {
    fs::write(path, render(heading, gathered))
        .with_context(|| format!("{} can't be written: is the directory there, and is it yours to write?", path.display()))
}
