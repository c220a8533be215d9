//! `auditward pipe`: the filter between two other programs.

use super::Outcome;
use crate::filter::{TRAP_NOTE, carried_with};
use crate::judge::{self, Judge, Numbering, Record};
use crate::lane::native;
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// Filter standard input to standard output, line by line as they come
///
/// As in `tail -F log | auditward pipe | shipper`: an answer is never held back while no further line is there.
/// SIGTERM and SIGINT answer what was read, and write state.
#[derive(clap::Args)]
pub struct Arguments {
    /// The policy (auditward.toml); without it the one in --state, or defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Keep what is learned in this directory, over restarts and kills
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The tag that the records come under: mappings may ask for one
    #[arg(long, default_value = "")]
    tag: String,
}

/// Filters until the input ends, or until it is told to stop.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let (mut stops, stopping) = UnixStream::pair().context("listening to signals")?;
    for signal in [SIGTERM, SIGINT] {
        pipe::register(signal, stopping.try_clone()?).context("listening to signals")?;
    }
    let (mut judge, _) = judge::open(arguments.policy.as_deref(), arguments.state.as_deref(), &arguments.tag)?;
    // Not the buffered standard input: what waits there must be seen by `poll`.
    let input = File::from(io::stdin().as_fd().try_clone_to_owned().context("standard input is closed")?);
    let flow = flow(&mut judge, input, &mut stops, &mut io::stdout().lock());
    // What was learned is kept even where nobody reads on.
    judge.checkpoint().and(flow)?;
    Ok(Outcome::Fine)
}

/// How much is read at once.
const PIECE: usize = 256 << 10;

fn flow(judge: &mut Judge, mut input: File, stops: &mut UnixStream, out: &mut impl Write) -> Result<()> {
    let mut lines = Lines::default();
    let mut piece = vec![0; PIECE];
    while has_more(&input, stops)? {
        let read = input.read(&mut piece).context("standard input can't be read on")?;
        lines.text.extend_from_slice(piece.get(..read).unwrap_or_default());
        if read == 0 {
            break;
        }
        lines.answer(judge, out, false)?;
        judge.tick()?;
    }
    // A line without an end is one all the same.
    lines.answer(judge, out, true)
}

/// Waits for input; false where it is to stop.
fn has_more(input: &File, stops: &UnixStream) -> Result<bool> {
    let mut fds = [PollFd::new(input, PollFlags::IN), PollFd::new(stops, PollFlags::IN)];
    loop {
        match poll(&mut fds, None) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why).context("waiting for standard input"),
        }
    }
    Ok(fds.last().is_none_or(|stop| stop.revents().is_empty()))
}

/// What was read and not yet answered.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    /// So much of it has no end of line.
    searched: usize,
    numbering: Numbering,
    answers: Vec<u8>,
}

impl Lines {
    /// Answers every whole line; at the end what is left too.
    fn answer(&mut self, judge: &mut Judge, out: &mut impl Write, is_end: bool) -> Result<()> {
        let last = self.text.get(self.searched..).and_then(|new| memchr::memrchr(b'\n', new));
        let end = match last {
            Some(at) => self.searched + at + 1,
            None => 0,
        };
        self.searched = self.text.len();
        let end = if is_end { self.text.len() } else { end };
        if end == 0 {
            return Ok(());
        }
        let judged = self.judge(judge, end);
        // Written even where no further batch can be judged.
        out.write_all(&self.answers)?;
        out.flush()?;
        self.text.drain(..end);
        self.searched = self.text.len();
        judged
    }

    fn judge(&mut self, judge: &mut Judge, end: usize) -> Result<()> {
        self.answers.clear();
        let whole = self.text.get(..end).unwrap_or_default();
        let lines = whole.strip_suffix(b"\n").unwrap_or(whole).split(|&byte| byte == b'\n');
        let numbering = &mut self.numbering;
        let record = |line: &'_ [u8]| line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len);
        let records: Vec<Record<'_>> =
            lines.map(|line| line.get(..record(line)).unwrap_or_default()).map(|bytes| Record { nonce: numbering.next(bytes), bytes }).collect();
        let (answers, mut answered) = (&mut self.answers, 0);
        let judged = judge.batch(native::now_ms(), &records, &mut |answer| {
            answered += 1;
            answers.extend_from_slice(answer.line);
            answers.push(b'\n');
        });
        for record in records.get(answered..).unwrap_or_default() {
            self.answers.extend_from_slice(&carried_with(record.bytes, TRAP_NOTE));
            self.answers.push(b'\n');
        }
        judged
    }
}
