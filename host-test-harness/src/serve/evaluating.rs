//! The one thread that evaluates: batches piece by piece, each in turn, so that a large one does not keep the others waiting; policy and state between pieces.

use super::board::{Board, Seen};
use super::body::Cut;
use super::destinations;
use crate::evaluated::Reader;
use crate::evaluator::{Evaluator, Reload};
use crate::mode::native;
use crate::numbering::Record;
use crate::terminal;
use anyhow::Result;
use auditward_core::policy::Policy;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;

/// Tells the time, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A batch to be evaluated.
pub struct Batch {
    pub records: Arc<Cut>,
    pub answer: oneshot::Sender<Option<Evaluated>>,
}

/// Result of a batch: one line per record.
#[derive(Debug, Default)]
pub struct Evaluated {
    pub body: Vec<u8>,
    /// Where each line ends, behind its end of line.
    pub ends: Vec<usize>,
    /// Which of the destinations takes each line.
    pub places: Vec<u8>,
}

impl Evaluated {
    /// Adds a line that goes to the first destination.
    pub fn push(&mut self, line: &[u8]) {
        self.push_to(0, line);
    }

    /// Adds a line that goes to the destination at this place.
    pub fn push_to(&mut self, place: u8, line: &[u8]) {
        self.places.push(place);
        self.body.extend_from_slice(line);
        self.body.push(b'\n');
        self.ends.push(self.body.len());
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A line with its end.
    pub fn line(&self, index: usize) -> &[u8] {
        let from = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or_default();
        self.ends.get(index).and_then(|end| self.body.get(from..*end)).unwrap_or_default()
    }
}

enum Task {
    Evaluator(Batch),
    Reload,
    Stop,
}

/// Conversion of bodies to lines.
pub trait Converter: Send {
    /// Adds a line for each record of a piece of a batch; false where the batch has to be retried.
    fn evaluate(&mut self, records: &[Record<'_>], lines: &mut Evaluated) -> bool;
    /// Some time has gone by.
    fn tick(&mut self) {}
    /// The policy is to be looked at, changed or not.
    fn reload(&mut self) {}
    /// The end.
    fn close(&mut self) {}
}

/// The thread.
pub struct Evaluating {
    sender: SyncSender<Task>,
    thread: Option<JoinHandle<()>>,
}

/// The way to it for batches.
pub struct Interface(SyncSender<Task>);

impl Interface {
    /// True if there was room for it.
    pub fn take(&self, batch: Batch) -> bool {
        !matches!(
            self.0.try_send(Task::Evaluator(batch)),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
        )
    }
}

/// How often policy, snapshot and status are looked at.
const TICK: Duration = Duration::from_secs(1);

impl Evaluating {
    /// Starts the thread, which holds so many batches at most.
    pub fn start(converter: Box<dyn Converter>, room: usize) -> Result<Evaluating> {
        let (sender, receiver) = sync_channel(room);
        let thread = std::thread::Builder::new()
            .name("evaluating".into())
            .spawn(move || work(converter, &receiver))?;
        Ok(Evaluating { sender, thread: Some(thread) })
    }

    /// The way to it.
    pub fn interface(&self) -> Interface {
        Interface(self.sender.clone())
    }

    /// Has the policy looked at.
    pub fn reload(&self) {
        let _ = self.sender.try_send(Task::Reload);
    }

    /// Finishes what was taken, and writes state.
    pub fn stop(&mut self) {
        let _ = self.sender.send(Task::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How much of a batch is evaluated before the others have their turn: about a millisecond's work.
const PIECE: usize = 1024;
const PIECE_BYTES: usize = 1 << 20;

/// A batch under way.
struct Job {
    batch: Batch,
    lines: Evaluated,
}

impl Job {
    /// Evaluates the next piece; the job is over when this returns nothing.
    fn step(mut self, converter: &mut dyn Converter) -> Option<Job> {
        // The client has gone: what was evaluated is known when it is redelivered, and the rest comes again too.
        if self.batch.answer.is_closed() {
            return None;
        }
        let piece = self.batch.records.piece(self.lines.len(), PIECE, PIECE_BYTES);
        if !piece.is_empty() && !converter.evaluate(&piece, &mut self.lines) {
            let _ = self.batch.answer.send(None);
            return None;
        }
        if self.lines.len() < self.batch.records.len() {
            return Some(self);
        }
        let _ = self.batch.answer.send(Some(self.lines));
        None
    }
}

fn work(mut converter: Box<dyn Converter>, receiver: &Receiver<Task>) {
    let mut due = Instant::now();
    let mut jobs: VecDeque<Job> = VecDeque::new();
    let mut is_stopping = false;
    while !(is_stopping && jobs.is_empty()) {
        let wait = if jobs.is_empty() {
            due.saturating_duration_since(Instant::now())
        } else {
            Duration::ZERO
        };
        // New batches come behind those that had their turn.
        match receiver.recv_timeout(wait) {
            Ok(Task::Evaluator(batch)) => {
                let lines = Evaluated {
                    body: Vec::with_capacity(
                        batch.records.body.len().saturating_mul(3).min(MOST_AHEAD),
                    ),
                    ..Evaluated::default()
                };
                jobs.push_back(Job { batch, lines });
                continue;
            }
            Ok(Task::Reload) => converter.reload(),
            Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => is_stopping = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(job) = jobs.pop_front().and_then(|job| job.step(converter.as_mut())) {
            jobs.push_back(job);
        }
        if Instant::now() >= due {
            converter.tick();
            due = Instant::now() + TICK;
        }
    }
    converter.close();
}

/// Memory reserved for the lines of a batch in advance.
const MOST_AHEAD: usize = 4 << 20;

/// The filter.
pub struct Filtering {
    evaluator: Evaluator,
    reader: Reader,
    board: Arc<Board>,
    clock: Clock,
    watched: Watched,
    /// The routes that have destinations; the first is for the rest.
    routes: Vec<String>,
    beat_at: Instant,
    /// The journal up to which what was found is kept elsewhere.
    checkpoints: u64,
}

/// How often status and lock are written.
const BEAT: Duration = Duration::from_secs(10);

impl Filtering {
    /// With the policy's file, where there is one.
    pub fn new(
        mut evaluator: Evaluator,
        board: Arc<Board>,
        clock: Clock,
        policy: Option<PathBuf>,
        routes: Vec<String>,
    ) -> Filtering {
        let reader = Reader::new(evaluator.policy());
        let mut seen = Vec::new();
        evaluator
            .found_again()
            .iter()
            .for_each(|found| see(&reader, &found.line, found.time_ms, &mut seen));
        board.found_again(seen);
        board.set_policy(evaluator.policy());
        let watched = Watched::new(policy, evaluator.policy());
        let mut filtering = Filtering {
            evaluator,
            reader,
            board,
            clock,
            watched,
            routes,
            beat_at: Instant::now(),
            checkpoints: 0,
        };
        filtering.keep();
        filtering
    }

    /// Findings are read again from the journal after a kill; findings from before the journal's start are in the history.
    fn keep(&mut self) {
        let checkpoints = self.evaluator.checkpoints;
        if std::mem::replace(&mut self.checkpoints, checkpoints) != checkpoints {
            self.board.write();
        }
    }

    fn status(&mut self) {
        let failures = self.evaluator.failures;
        let is_keeping = self.evaluator.is_keeping();
        self.board.engine(self.evaluator.status(), failures, is_keeping, (self.clock)());
    }
}

impl Converter for Filtering {
    fn evaluate(&mut self, records: &[Record<'_>], lines: &mut Evaluated) -> bool {
        let now = (self.clock)();
        let (reader, routes, mut seen) = (&self.reader, self.routes.as_slice(), Vec::new());
        let evaluated = self.evaluator.batch(now, records, &mut |answer| {
            if answer.is_flagged {
                see(reader, answer.line, now, &mut seen);
            }
            // What went through as it came may say anything.
            let is_routed = routes.len() > 1 && answer.is_evaluated;
            let place = if is_routed { destinations::place(routes, answer.line) } else { 0 };
            lines.push_to(place, answer.line);
        });
        if let Err(why) = evaluated {
            terminal::say(format_args!("no batch can be evaluated; senders retry: {why:#}"));
            // Those that were evaluated are known when they are redelivered: what they had is told now or never.
            self.board.evaluated(0, seen, now);
            self.board.broken();
            return false;
        }
        self.board.evaluated(records.len() as u64, seen, now);
        self.keep();
        true
    }

    fn tick(&mut self) {
        if let Err(why) = self.evaluator.tick() {
            terminal::say(format_args!("{why:#}"));
        }
        if self.watched.is_changed() {
            self.reload();
        }
        if self.beat_at.elapsed() >= BEAT {
            self.beat_at = Instant::now();
            self.evaluator.beat();
            self.board.write();
        }
        self.keep();
        self.status();
    }

    fn reload(&mut self) {
        self.watched.is_changed();
        let Some(path) = &self.watched.path else {
            return;
        };
        let reload = self.evaluator.reload(path);
        if reload == Reload::Taken {
            self.reader = Reader::new(self.evaluator.policy());
            self.board.set_policy(self.evaluator.policy());
            self.watched.watch(self.evaluator.policy());
        }
        self.board.reloaded(reload);
        self.keep();
    }

    fn close(&mut self) {
        let written = self.evaluator.checkpoint();
        if let Err(why) = written {
            terminal::say(format_args!("{why:#}"));
        }
        self.board.write();
        self.status();
    }
}

/// Reads the findings of a line; those of an event that was redelivered were seen.
fn see(reader: &Reader, line: &[u8], now: i64, seen: &mut Vec<Seen>) {
    let evaluated = reader.read(line);
    if evaluated.is_repeated() {
        return;
    }
    seen.extend(evaluated.findings.iter().map(|finding| Seen::new(now, &evaluated, finding)));
}

/// A policy file whose changes are watched, and those of the files that it names.
struct Watched {
    path: Option<PathBuf>,
    /// Each file with its length and time when it was last looked at.
    seen: Vec<(PathBuf, Option<(u64, SystemTime)>)>,
}

impl Watched {
    fn new(path: Option<PathBuf>, policy: &Policy) -> Watched {
        let mut watched = Watched { path, seen: Vec::new() };
        watched.watch(policy);
        watched
    }

    /// Watches the files that this policy names.
    fn watch(&mut self, policy: &Policy) {
        let Some(path) = &self.path else { return };
        let root = path.parent().unwrap_or(Path::new(""));
        let files = policy.file_names.iter().map(|name| root.join(name));
        let files = std::iter::once(path.clone()).chain(files);
        self.seen = files.map(|path| (path.clone(), about(&path))).collect();
    }

    /// True if a file changed since the last call. A file that is gone for a moment has not changed.
    fn is_changed(&mut self) -> bool {
        let mut is_changed = false;
        for (path, seen) in &mut self.seen {
            let Some(now) = about(path) else { continue };
            is_changed |= seen.replace(now) != Some(now);
        }
        is_changed
    }
}

fn about(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// Gives back what came in, a line for each record: what the server itself costs.
pub struct Echo;

impl Converter for Echo {
    fn evaluate(&mut self, records: &[Record<'_>], lines: &mut Evaluated) -> bool {
        records.iter().for_each(|record| lines.push(record.bytes));
        true
    }
}

/// The clock of this machine.
pub fn clock() -> Clock {
    Arc::new(native::now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(count: usize) -> (Batch, oneshot::Receiver<Option<Evaluated>>) {
        let (answer, evaluated) = oneshot::channel();
        let records = Cut::new(b"{}\n".repeat(count), true, None, count).unwrap();
        (Batch { records: Arc::new(records), answer }, evaluated)
    }

    /// Notes the size of the pieces in the order they came; one that says so fails.
    struct Noting(Arc<std::sync::Mutex<Vec<usize>>>);

    impl Converter for Noting {
        fn evaluate(&mut self, records: &[Record<'_>], lines: &mut Evaluated) -> bool {
            self.0.lock().unwrap().push(records.len());
            records.iter().for_each(|record| lines.push(record.bytes));
            records.len() != 13
        }
    }

    /// Order of evaluation, and the numbers of answered lines.
    fn worked(batches: Vec<Batch>) -> Vec<usize> {
        let noted = Arc::default();
        let (sender, receiver) = sync_channel(99);
        batches.into_iter().for_each(|batch| sender.send(Task::Evaluator(batch)).unwrap());
        sender.send(Task::Stop).unwrap();
        work(Box::new(Noting(Arc::clone(&noted))), &receiver);
        noted.lock().unwrap().clone()
    }

    #[test]
    fn a_small_batch_passes_a_large_one() {
        let (large, mut all) = batch(PIECE * 4 + 1);
        let (small, mut few) = batch(3);
        let (second, mut others) = batch(PIECE + 2);
        assert_eq!(
            worked(vec![large, small, second]),
            [PIECE, 3, PIECE, PIECE, 2, PIECE, PIECE, 1]
        );
        let lens = [&mut all, &mut few, &mut others]
            .map(|answer| answer.try_recv().unwrap().unwrap().len());
        assert_eq!(lens, [PIECE * 4 + 1, 3, PIECE + 2], "a stop finishes what was taken");
    }

    #[test]
    fn what_nobody_waits_for_is_left_and_what_fails_is_answered() {
        let (gone, answer) = batch(PIECE * 9);
        drop(answer);
        let (failing, mut failed) = batch(13);
        let (empty, mut nothing) = batch(0);
        assert_eq!(worked(vec![gone, failing, empty]), [13]);
        assert!(
            failed.try_recv().unwrap().is_none() && nothing.try_recv().unwrap().unwrap().is_empty()
        );
    }

    #[test]
    fn lines_are_told_apart() {
        let mut lines = Evaluated::default();
        ["a", "", "bb"].iter().for_each(|line| lines.push(line.as_bytes()));
        assert_eq!(
            [0, 1, 2, 3].map(|index| lines.line(index)),
            [b"a\n".as_slice(), b"\n", b"bb\n", b""]
        );
    }
}
