//! Properties of earlier lines, which the next lines mostly share.

use super::{Header, Programs, Voucher};
use crate::parse::line::skip_blanks;
use crate::text::{find_byte, is_same};
use crate::time::{self, Days, Millis};

/// Properties of earlier lines, which the next lines mostly share. For speed only.
#[derive(Clone, Copy)]
pub struct Before {
    pub days: Days,
    pub(super) sender: Sender,
    pub(super) programs: &'static Programs,
}

impl Before {
    /// Nothing was read yet.
    pub fn new(programs: &'static Programs) -> Before {
        Before { days: Days::default(), sender: Sender::default(), programs }
    }
}

/// Who wrote the line before, and when.
#[derive(Clone, Copy)]
pub(super) struct Sender {
    /// `Jan 15 11:30:00 web1 sshd[`, or `Jan 15 11:30:00 web1 sudo:`, as it stood in front of the line.
    text: [u8; HEAD],
    /// 0 where there was none.
    len: usize,
    /// Time of the text; none if it has none yet.
    time: Option<Millis>,
    host_len: usize,
    /// Where the program's name begins; it ends before the bracket or colon.
    name: usize,
    has_pid: bool,
}

/// The length of `Jan 15 11:30:00 `.
const STAMP: usize = 16;

/// Longer ones are read anew each time.
const HEAD: usize = STAMP + 64;

impl Default for Sender {
    fn default() -> Sender {
        Sender { text: [0; HEAD], len: 0, time: None, host_len: 0, name: 0, has_pid: false }
    }
}

impl Sender {
    /// Reads a line of the same time, host and program as the one before.
    #[inline(always)]
    pub(super) fn read_again<'a>(&self, line: &'a [u8], now: Millis) -> Option<Header<'a>> {
        let time = self.time.filter(|time| time::is_last_of_its_date(*time, now))?;
        let (head, rest) = line.split_at_checked(self.len)?;
        if !is_same(head, self.text.get(..self.len)?) {
            return None;
        }
        self.behind(head.get(STAMP..)?, rest, time)
    }

    /// Reads `host program[pid]: message` or `host program: message`, where host and program are those of the line before.
    #[inline]
    pub(super) fn read<'a>(&self, text: &'a [u8], time: Millis) -> Option<Header<'a>> {
        let (head, rest) = text.split_at_checked(self.len.checked_sub(STAMP)?)?;
        if !is_same(head, self.text.get(STAMP..self.len)?) {
            return None;
        }
        self.behind(head, rest, time)
    }

    #[inline(always)]
    fn behind<'a>(&self, head: &'a [u8], rest: &'a [u8], time: Millis) -> Option<Header<'a>> {
        let (pid, message) = match rest {
            [] | [b' ', ..] if !self.has_pid => (&b""[..], rest),
            _ if !self.has_pid => return None,
            _ => {
                let (pid, message) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
                let [pid @ .., b']', b':'] = pid else {
                    return None;
                };
                (pid, message)
            }
        };
        let host = head.get(..self.host_len)?;
        let program = head.get(self.name..head.len().wrapping_sub(1))?;
        Some(Header {
            time: Some(time),
            is_local: true,
            host,
            program,
            pid,
            is_nameless: false,
            file: b"",
            voucher: Voucher::Shipper,
            author: b"",
            message: skip_blanks(message),
        })
    }

    /// Remembers when this line was written. A blank ends the time: what follows it cannot be part of it.
    #[inline]
    pub(super) fn learn_time(&mut self, line: &[u8], rest: &[u8], time: Millis) {
        let stamp = line
            .first_chunk::<STAMP>()
            .filter(|stamp| line.len().wrapping_sub(rest.len()) == STAMP && stamp.ends_with(b" "));
        if let (Some(stamp), Some(place)) = (stamp, self.text.first_chunk_mut()) {
            (*place, self.time) = (*stamp, Some(time));
        }
    }

    /// Remembers who wrote this one, if it is of that form.
    pub(super) fn learn(&mut self, text: &[u8], header: &Header<'_>) {
        if header.program.is_empty() {
            return;
        }
        let has_pid = !header.pid.is_empty();
        let len = find_byte(text, if has_pid { b'[' } else { b':' }, 0).wrapping_add(1);
        let name = len.wrapping_sub(1).checked_sub(header.program.len());
        let host_len = header.host.len();
        let place = self.text.get_mut(STAMP..).and_then(|places| places.get_mut(..len));
        let (Some(name), Some(head), Some(place)) = (name, text.get(..len), place) else {
            return;
        };
        // The host is the first word, without bracket or colon, and the program ends the second, of which the bracket or colon is part.
        let is_of_form = host_len > 0
            && head.get(..host_len) == Some(header.host)
            && head.get(host_len) == Some(&b' ');
        let is_second = head.get(host_len..).is_some_and(|rest| !skip_blanks(rest).contains(&b' '));
        let ends_word = has_pid || matches!(text.get(len), Some(b' ') | None);
        if is_of_form
            && is_second
            && ends_word
            && name > host_len
            && head.get(name..len.wrapping_sub(1)) == Some(header.program)
        {
            place.copy_from_slice(head);
            (self.len, self.host_len, self.name, self.has_pid) =
                (len.wrapping_add(STAMP), host_len, name, has_pid);
        }
    }
}
