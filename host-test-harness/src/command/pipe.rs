//! `auditward pipe`: the filter between two other programs.

use super::Outcome;
use crate::evaluator::{self, Evaluator};
use crate::filter::{TRAP_NOTE, unprocessed};
use crate::format::Division;
use crate::mode::native;
use crate::numbering::{Numbering, Record};
use crate::wording::counted;
use crate::{output, terminal};
use anyhow::{Context, Result, ensure};
use auditward_core::note::Note;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Filter standard input to standard output, line by line
///
/// Example: `tail -F log | auditward pipe | shipper`. Each record is written as soon as no further line is waiting.
/// On SIGTERM and SIGINT, the lines already read are answered and state is written. On SIGHUP, the policy is reloaded.
#[derive(clap::Args)]
pub struct Arguments {
    /// Policy file (auditward.toml); without it, the one in --state, else defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// State directory: learned state survives restarts and kills
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Tag assigned to all records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    tag: String,
    /// Do not split a line that holds several records: a JSON array, `{"Records":[..]}`, an activity of Google Workspace with several events; by default each becomes a record
    #[arg(long)]
    no_unwrap: bool,
}

/// Filters until the input ends, or until it is told to stop.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    output::check_redirected(&[PathBuf::from("-")])?;
    if arguments.state.is_none() {
        terminal::note_discarded();
    }
    let stops = heard(&[SIGTERM, SIGINT])?;
    let hangups = heard(&[SIGHUP])?;
    let (evaluator, policy) =
        evaluator::open(arguments.policy.as_deref(), arguments.state.as_deref(), &arguments.tag)?;
    // Not the buffered streams: what waits there must be seen by `poll`.
    let input =
        File::from(io::stdin().as_fd().try_clone_to_owned().context("standard input is closed")?);
    let output =
        File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output is closed")?);
    let mut flow =
        Flow { evaluator, policy, input, output, stops, hangups, beat_at: Instant::now() };
    let flowed = flow.run(!arguments.no_unwrap);
    // What was learned is kept even where nobody reads on.
    let kept = flow.evaluator.checkpoint();
    if let (Err(why), Err(_)) = (&flowed, &kept) {
        terminal::say(format_args!("{why:#}"));
    }
    kept.and(flowed)?;
    Ok(Outcome::Fine)
}

/// A stream that has something to read once one of these signals came.
fn heard(signals: &[i32]) -> Result<UnixStream> {
    let (here, there) = UnixStream::pair().context("listening to signals")?;
    here.set_nonblocking(true).context("listening to signals")?;
    for signal in signals {
        pipe::register(*signal, there.try_clone()?).context("listening to signals")?;
    }
    Ok(here)
}

/// How much is read at once.
const PIECE: usize = 256 << 10;
/// So much a pipe takes without making us wait, once it takes anything (PIPE_BUF).
const SIP: usize = 4096;
/// How often snapshot and lock are looked at, whether lines come or not.
const BEAT: Duration = Duration::from_secs(10);
/// Told to stop, we wait so long for a reader who does not read.
const PATIENCE: Duration = Duration::from_secs(5);
/// A line is read so far beyond `output.max_record` before it is cut.
const SLACK: usize = 1 << 20;

/// From one program to the other.
struct Flow {
    evaluator: Evaluator,
    policy: Option<PathBuf>,
    input: File,
    output: File,
    stops: UnixStream,
    hangups: UnixStream,
    beat_at: Instant,
}

/// Work items.
enum Turn {
    Ready,
    Stop,
    /// Nothing yet.
    Later,
}

impl Flow {
    fn run(&mut self, unwraps: bool) -> Result<()> {
        let mut lines = Lines { unwraps, ..Lines::default() };
        let mut piece = vec![0; PIECE];
        loop {
            match self.wait(Side::Input, BEAT)? {
                Turn::Ready => {
                    let read = match self.input.read(&mut piece) {
                        Err(why)
                            if matches!(
                                why.kind(),
                                ErrorKind::Interrupted | ErrorKind::WouldBlock
                            ) =>
                        {
                            continue;
                        }
                        read => read.context("standard input cannot be read on")?,
                    };
                    lines.text.extend_from_slice(piece.get(..read).unwrap_or_default());
                    if read == 0 {
                        break;
                    }
                    self.answer(&mut lines, false)?;
                }
                Turn::Stop => break,
                Turn::Later => {}
            }
            self.tick();
        }
        // A line without an end is one all the same.
        self.answer(&mut lines, true)
    }

    fn answer(&mut self, lines: &mut Lines, is_end: bool) -> Result<()> {
        let evaluated = lines.answer(&mut self.evaluator, is_end);
        // Written even where no further batch can be evaluated.
        self.write(&lines.answers)?;
        evaluated
    }

    /// Snapshot and lock. What cannot be written now may be later: lines flow on.
    fn tick(&mut self) {
        if let Err(why) = self.evaluator.tick() {
            terminal::say(format_args!("{why:#}"));
        }
        if self.beat_at.elapsed() >= BEAT {
            self.beat_at = Instant::now();
            self.evaluator.beat();
        }
    }

    /// Writes on as the reader takes it. Told to stop, it waits for a while only.
    fn write(&mut self, mut rest: &[u8]) -> Result<()> {
        let mut ends_at: Option<Instant> = None;
        while !rest.is_empty() {
            let left = ends_at.map_or(BEAT, |at| at.saturating_duration_since(Instant::now()));
            match self.wait(Side::Output { is_stopping: ends_at.is_some() }, left)? {
                Turn::Ready => match self.output.write(rest.get(..SIP).unwrap_or(rest)) {
                    Ok(written) => {
                        rest = rest.get(written..).unwrap_or_default();
                        ends_at = ends_at.map(|_| Instant::now() + PATIENCE);
                        continue;
                    }
                    Err(why)
                        if matches!(why.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {
                    }
                    Err(why) => return Err(why).context("standard output cannot be written"),
                },
                Turn::Stop => ends_at = Some(Instant::now() + PATIENCE),
                Turn::Later => {}
            }
            ensure!(
                ends_at.is_none_or(|at| Instant::now() < at),
                "stopped, and nobody reads the output: {} of answers could not be written",
                counted(rest.len() as u64, "byte")
            );
            self.tick();
        }
        Ok(())
    }

    /// Waits for one side, and for signals. The policy is looked at on SIGHUP.
    fn wait(&mut self, side: Side, most: Duration) -> Result<Turn> {
        let most = Timespec::try_from(most).context("a time to wait")?;
        let stops = if matches!(side, Side::Output { is_stopping: true }) {
            PollFlags::empty()
        } else {
            PollFlags::IN
        };
        let (stream, wanted) = if matches!(side, Side::Input) {
            (&self.input, PollFlags::IN)
        } else {
            (&self.output, PollFlags::OUT)
        };
        let mut fds = [
            PollFd::new(stream, wanted),
            PollFd::new(&self.stops, stops),
            PollFd::new(&self.hangups, PollFlags::IN),
        ];
        match poll(&mut fds, Some(&most)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why).context("waiting for standard input and output"),
        }
        let [is_ready, stops, hung_up] = fds.map(|fd| !fd.revents().is_empty());
        if hung_up {
            // However often it came.
            let _ = self.hangups.read(&mut [0; 64]);
            if let Some(path) = &self.policy {
                self.evaluator.reload(path);
            }
        }
        Ok(match (stops, is_ready) {
            (true, _) => Turn::Stop,
            (false, true) => Turn::Ready,
            (false, false) => Turn::Later,
        })
    }
}

/// Events to wait for.
#[derive(Clone, Copy)]
enum Side {
    Input,
    /// Once it is to stop, that is known.
    Output {
        is_stopping: bool,
    },
}

/// Records read and not yet answered.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    /// So much of it has no end of line.
    searched: usize,
    /// It goes on a line whose start was answered already.
    is_cut: bool,
    numbering: Numbering,
    answers: Vec<u8>,
    /// A line that holds several records is divided.
    unwraps: bool,
    /// By the policy of this digest.
    division: Option<(String, Division)>,
}

impl Lines {
    /// Answers every whole line, and what is too long to wait for its end; at the end what is left too.
    fn answer(&mut self, evaluator: &mut Evaluator, is_end: bool) -> Result<()> {
        self.answers.clear();
        let most = evaluator.policy().output.max_record.saturating_add(SLACK);
        if self.is_cut && !self.ends_cut(evaluator, is_end, most) {
            return Ok(());
        }
        let last = self.text.get(self.searched..).and_then(|new| memchr::memrchr(b'\n', new));
        let end = match last {
            Some(at) => self.searched + at + 1,
            None => 0,
        };
        let end = if is_end { self.text.len() } else { end };
        let evaluated = if end > 0 { self.evaluate(evaluator, end) } else { Ok(()) };
        self.text.drain(..end);
        self.is_cut = self.text.len() > most;
        if self.is_cut {
            self.cut(evaluator, whole_text(&self.text));
        }
        self.searched = self.text.len();
        evaluated
    }

    /// Goes on with a line whose start was answered; whether its end has come.
    fn ends_cut(&mut self, evaluator: &mut Evaluator, is_end: bool, most: usize) -> bool {
        let line_end = self
            .text
            .get(self.searched..)
            .and_then(|new| memchr::memchr(b'\n', new))
            .map(|at| self.searched + at);
        match line_end {
            Some(at) => self.cut(evaluator, at + 1),
            None if is_end => self.cut(evaluator, self.text.len()),
            None if self.text.len() > most => self.cut(evaluator, whole_text(&self.text)),
            None => {}
        }
        self.searched = if line_end.is_some() { 0 } else { self.text.len() };
        line_end.is_some()
    }

    /// Pieces of a line that is too long pass through unprocessed, the last one too, so that the writer of a long line cannot turn a piece into an event.
    fn cut(&mut self, evaluator: &mut Evaluator, end: usize) {
        let piece = self.text.get(..end).unwrap_or_default();
        let piece = piece
            .strip_suffix(b"\n")
            .map_or(piece, |line| line.strip_suffix(b"\r").unwrap_or(line));
        if !piece.is_empty() {
            evaluator.failures.too_large += 1;
            self.answers.extend_from_slice(&unprocessed(piece, Note::RecordTooLarge.id()));
            self.answers.push(b'\n');
        }
        self.text.drain(..end);
    }

    fn evaluate(&mut self, evaluator: &mut Evaluator, end: usize) -> Result<()> {
        let whole = self.text.get(..end).unwrap_or_default();
        let lines = whole.strip_suffix(b"\n").unwrap_or(whole).split(|&byte| byte == b'\n');
        let digest = evaluator.policy().digest.clone();
        if self.unwraps && self.division.as_ref().is_none_or(|(held, _)| *held != digest) {
            self.division = Some((digest, Division::new(evaluator.policy())));
        }
        let division = self.division.as_ref().map(|(_, division)| division);
        let numbering = &mut self.numbering;
        let record = |line: &'_ [u8]| line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len);
        let parts: Vec<Cow<'_, [u8]>> = lines
            .map(|line| line.get(..record(line)).unwrap_or_default())
            .flat_map(|line| match division {
                Some(division) => division.records(line),
                None => vec![Cow::Borrowed(line)],
            })
            .collect();
        let records: Vec<Record<'_>> =
            parts.iter().map(|bytes| Record { nonce: numbering.next(bytes), bytes }).collect();
        let (answers, mut answered) = (&mut self.answers, 0);
        let evaluated = evaluator.batch(native::now_ms(), &records, &mut |answer| {
            answered += 1;
            answers.extend_from_slice(answer.line);
            answers.push(b'\n');
        });
        for record in records.get(answered..).unwrap_or_default() {
            self.answers.extend_from_slice(&unprocessed(record.bytes, TRAP_NOTE));
            self.answers.push(b'\n');
        }
        evaluated
    }
}

/// How much of it is whole characters, where it is text.
fn whole_text(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(cut) if cut.error_len().is_none() => cut.valid_up_to(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_line_without_an_end_is_held_no_longer_than_its_limit_and_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let policy = directory.path().join("p.toml");
        std::fs::write(&policy, "[output]\nmax_record = \"1 KiB\"\n").unwrap();
        let (mut evaluator, _) = evaluator::open(Some(&policy), None, "").unwrap();
        let mut lines = Lines::default();
        // An event of the writer's making at the place where the line is cut is none.
        let long = format!("{}{{\"eventName\":\"ConsoleLogin\"}}", "\u{e4}".repeat(2 << 20));
        let (mut out, mut most) = (Vec::new(), 0);
        for piece in format!("{{\"a\":1}}\n{long}\n{{\"b\":2}}\n").into_bytes().chunks(100_001) {
            lines.text.extend_from_slice(piece);
            most = most.max(lines.text.len());
            lines.answer(&mut evaluator, false).unwrap();
            out.extend_from_slice(&lines.answers);
        }
        lines.answer(&mut evaluator, true).unwrap();
        assert!(lines.answers.is_empty() && most < SLACK + 200_000, "{most}");
        let out: Vec<Value> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let (first, rest) = out.split_first().unwrap();
        let (last, pieces) = rest.split_last().unwrap();
        assert!(first["raw"]["a"] == 1 && last["raw"]["b"] == 2, "{first} {last}");
        assert!(
            pieces.iter().all(|piece| piece["notes"][0] == "record-too-large") && pieces.len() > 2
        );
        let joined: String = pieces.iter().map(|piece| piece["raw"].as_str().unwrap()).collect();
        assert!(joined == long);
    }
}
