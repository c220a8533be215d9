//! The header of RFC 5424.

use super::Header;
use super::tag::{bare_host, called};
use crate::parse::line::{skip_blanks, split_once, word};
use crate::text::number;
use crate::time;

/// `TIME HOST APP PROCID MSGID [structured data] message`.
pub(super) fn read(line: &[u8]) -> Option<Header<'_>> {
    let (stamp, rest) = word(line);
    let (host, rest) = word(rest);
    let (program, rest) = word(rest);
    let (pid, rest) = word(rest);
    let (id, rest) = word(rest);
    // Heroku's routers leave the data out.
    let without_data =
        || (id == b"-" && stamp.len() > 19 && time::parse(stamp).is_some()).then_some(rest);
    let message = behind_data(rest).or_else(without_data)?;
    fn known(text: &[u8]) -> &[u8] {
        if text == b"-" { b"" } else { text }
    }
    let message = message.strip_prefix("\u{feff}".as_bytes()).unwrap_or(message);
    // Some put the process id behind the name, as older syslog has it.
    let (program, own_pid) = match known(program) {
        [tag @ .., b']'] => split_once(tag, b"[")
            .filter(|(name, pid)| !name.is_empty() && number(pid).is_some())
            .unwrap_or((program, b"")),
        name => (name, &b""[..]),
    };
    Some(Header {
        time: time::parse(stamp),
        host: bare_host(known(host)),
        program: called(program),
        pid: if known(pid).is_empty() { own_pid } else { pid },
        message,
        ..Header::default()
    })
}

/// Text after `-`, or behind `[id name="value"][..]`.
fn behind_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(skip_blanks(rest));
    }
    // Some leave the data out where there are none: what follows the mark is the message.
    if text.starts_with("\u{feff}".as_bytes()) {
        return Some(text);
    }
    let (mut at, mut in_quotes, mut is_open) = (0usize, false, false);
    loop {
        match text.get(at) {
            Some(b'\\') => at = at.wrapping_add(1),
            Some(b'"') if is_open => in_quotes = !in_quotes,
            Some(b'[') if !in_quotes => is_open = true,
            Some(b']') if !in_quotes => is_open = false,
            Some(_) if is_open => {}
            _ if at > 0 && !is_open => {
                return Some(skip_blanks(text.get(at..).unwrap_or_default()));
            }
            _ => return None,
        }
        at = at.wrapping_add(1);
    }
}
