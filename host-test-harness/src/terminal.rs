//! Words for people, on standard error; data alone goes to standard output.

use crate::wording;
use anyhow::{Context, Result};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// Says a line or several. Where nobody can hear it, nothing is lost that matters: it never fails.
pub fn say(words: impl Display) {
    show(wording::visible_lines(&words.to_string()));
}

/// As above, for what was made for a terminal, colours and all.
pub fn show(words: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{words}");
}

/// Writes data to standard output.
pub fn print(text: impl AsRef<[u8]>) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref()).and_then(|()| out.flush()).context(UNWRITABLE_OUTPUT)
}

/// Says that records go nowhere where standard output was closed before the start: Rust's runtime opens `/dev/null` for reading and writing in its place, as
/// programs do that start this one without wanting its output. The `> /dev/null` of a shell is for writing only.
pub fn note_discarded() {
    let device = |path: &str| {
        std::fs::metadata(path)
            .ok()
            .filter(|held| held.file_type().is_char_device())
            .map(|held| held.rdev())
    };
    let is_null = device("/dev/stdout").is_some_and(|held| device("/dev/null") == Some(held));
    let is_read = rustix::fs::fcntl_getfl(io::stdout())
        .is_ok_and(|flags| flags.contains(rustix::fs::OFlags::RDWR));
    if is_null && is_read {
        say(
            "standard output is closed: the records go nowhere; redirect it to a file to keep them",
        );
    }
}

/// Prefix of an error of standard output.
pub const UNWRITABLE_OUTPUT: &str = "standard output cannot be written";

/// Colour is for terminals whose user did not refuse it (<https://no-color.org>).
pub fn is_colourful(stream: &impl IsTerminal) -> bool {
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_refused
}

/// The width of what people read: the terminal's, between 60 and 120 columns, else 100.
pub fn width() -> usize {
    terminal_size::terminal_size()
        .map_or(100, |(terminal_size::Width(width), _)| usize::from(width).clamp(60, 120))
}

/// Text that fits a terminal; elsewhere it stays as it is, for `grep` and the like.
pub fn fitting(text: &str, stream: &impl IsTerminal) -> String {
    match terminal_size::terminal_size().filter(|_| stream.is_terminal()) {
        Some((terminal_size::Width(width), _)) => wording::fit(text, usize::from(width).max(30)),
        None => text.to_owned(),
    }
}

/// Tells whether the locale is one of UTF-8: elsewhere lines and frames are drawn in ASCII.
pub fn is_unicode() -> bool {
    is_unicode_locale(|name| std::env::var(name).ok())
}

/// The first of these variables that is set decides (POSIX).
fn is_unicode_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// True if the error says that nobody reads our output any more: a reason to end, not one to complain.
pub fn is_closed_output(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_on_frames() {
        let is_unicode = |set: &[(&str, &str)]| {
            is_unicode_locale(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(
            is_unicode(&[("LANG", "de_DE.UTF-8")])
                && is_unicode(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")])
        );
        assert!(
            !is_unicode(&[])
                && !is_unicode(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")])
                && !is_unicode(&[("LANG", "POSIX")])
        );
    }
}
