//! Words for people, on standard error; data alone goes to standard output.

use crate::prose;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Says a line or several. Where nobody can hear it, nothing is lost that matters: it never fails.
pub fn say(words: impl Display) {
    show(prose::visible_lines(&words.to_string()));
}

/// The same for what was made for a terminal, colours and all.
pub fn show(words: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{words}");
}

/// Colour is for terminals whose user did not refuse it (<https://no-color.org>).
pub fn is_colourful(stream: &impl IsTerminal) -> bool {
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_refused
}

/// Whether the error says that nobody reads our output any more: a reason to end, not one to complain.
pub fn is_closed_output(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
