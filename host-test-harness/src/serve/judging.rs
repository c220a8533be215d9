//! The one thread that judges: batches in the order they came, policy and state between them.

use super::board::{Board, Seen};
use super::body;
use crate::judge::{Judge, Reload, numbered};
use crate::judged::Reader;
use crate::lane::native;
use crate::terminal;
use anyhow::Result;
use auditward_core::time;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;

/// Tells the time, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A body to be judged.
pub struct Batch {
    pub body: Vec<u8>,
    pub is_ndjson: bool,
    pub answer: oneshot::Sender<Option<Judged>>,
}

/// What became of it: a line for each record.
pub struct Judged {
    pub body: Vec<u8>,
    pub records: u64,
}

enum Task {
    Judge(Batch),
    Reload,
    Stop,
}

/// What takes bodies to lines.
pub trait Bench: Send {
    /// Lines for the body's records; `None` where it has to come again.
    fn judge(&mut self, body: &[u8], is_ndjson: bool) -> Option<Judged>;
    /// Some time has gone by.
    fn tick(&mut self) {}
    /// The policy is to be looked at, changed or not.
    fn reload(&mut self) {}
    /// The end.
    fn close(&mut self) {}
}

/// The thread.
pub struct Judging {
    sender: SyncSender<Task>,
    thread: Option<JoinHandle<()>>,
}

/// The way to it for batches.
pub struct Door(SyncSender<Task>);

impl Door {
    /// Whether there was room for it.
    pub fn take(&self, batch: Batch) -> bool {
        !matches!(self.0.try_send(Task::Judge(batch)), Err(TrySendError::Full(_) | TrySendError::Disconnected(_)))
    }
}

/// How often policy, snapshot and status are looked at.
const TICK: Duration = Duration::from_secs(1);

impl Judging {
    /// Starts the thread, which holds so many batches at most.
    pub fn start(bench: Box<dyn Bench>, room: usize) -> Result<Judging> {
        let (sender, receiver) = sync_channel(room);
        let thread = std::thread::Builder::new().name("judging".into()).spawn(move || work(bench, &receiver))?;
        Ok(Judging { sender, thread: Some(thread) })
    }

    /// The way to it.
    pub fn door(&self) -> Door {
        Door(self.sender.clone())
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

fn work(mut bench: Box<dyn Bench>, receiver: &Receiver<Task>) {
    let mut due = Instant::now();
    loop {
        match receiver.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(Task::Judge(batch)) => {
                let judged = bench.judge(&batch.body, batch.is_ndjson);
                // The client may have gone: what it sent was judged all the same, and is known when it comes again.
                let _ = batch.answer.send(judged);
            }
            Ok(Task::Reload) => bench.reload(),
            Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() >= due {
            bench.tick();
            due = Instant::now() + TICK;
        }
    }
    bench.close();
}

/// The filter.
pub struct Filtering {
    judge: Judge,
    reader: Reader,
    board: Arc<Board>,
    clock: Clock,
    watched: Watched,
    beat_at: Instant,
    /// The journal up to which what was found is kept elsewhere.
    checkpoints: u64,
}

/// How often status and lock are written.
const BEAT: Duration = Duration::from_secs(10);

impl Filtering {
    /// With the policy's file, where there is one.
    pub fn new(mut judge: Judge, board: Arc<Board>, clock: Clock, policy: Option<PathBuf>) -> Filtering {
        let reader = Reader::new(judge.policy());
        let mut seen = Vec::new();
        judge.found_again().iter().for_each(|found| see(&reader, &found.line, found.time_ms, &mut seen));
        board.found_again(seen);
        let mut filtering = Filtering { judge, reader, board, clock, watched: Watched::new(policy), beat_at: Instant::now(), checkpoints: 0 };
        filtering.keep();
        filtering
    }

    /// What was found is read again from the journal after a kill; where that begins anew, the history has it.
    fn keep(&mut self) {
        let checkpoints = self.judge.checkpoints;
        if std::mem::replace(&mut self.checkpoints, checkpoints) != checkpoints {
            self.board.write();
        }
    }

    fn status(&mut self) {
        let toll = self.judge.toll;
        let is_keeping = self.judge.is_keeping();
        self.board.engine(self.judge.status(), toll, is_keeping, (self.clock)());
    }
}

impl Bench for Filtering {
    fn judge(&mut self, body: &[u8], is_ndjson: bool) -> Option<Judged> {
        let now = (self.clock)();
        let records = numbered(body::records(body, is_ndjson).into_iter());
        let mut lines = Vec::with_capacity(body.len().saturating_mul(3));
        let (reader, mut seen) = (&self.reader, Vec::new());
        let judged = self.judge.batch(now, &records, &mut |answer| {
            if answer.is_flagged {
                see(reader, answer.line, now, &mut seen);
            }
            lines.extend_from_slice(answer.line);
            lines.push(b'\n');
        });
        if let Err(why) = judged {
            terminal::say(format_args!("no batch can be judged; they have to come again: {why:#}"));
            // Those that were judged are known when they come again: what they had is told now or never.
            self.board.judged(0, seen, now);
            self.board.broken();
            return None;
        }
        self.board.judged(records.len() as u64, seen, now);
        self.keep();
        Some(Judged { body: lines, records: records.len() as u64 })
    }

    fn tick(&mut self) {
        if let Err(why) = self.judge.tick() {
            terminal::say(format_args!("{why:#}"));
        }
        if self.watched.is_changed() {
            self.reload();
        }
        if self.beat_at.elapsed() >= BEAT {
            self.beat_at = Instant::now();
            self.judge.beat();
            self.board.write();
        }
        self.keep();
        self.status();
    }

    fn reload(&mut self) {
        self.watched.is_changed();
        let Some(path) = &self.watched.path else { return };
        let reload = self.judge.reload(path);
        if reload == Reload::Taken {
            self.reader = Reader::new(self.judge.policy());
        }
        self.board.reloaded(reload);
        self.keep();
    }

    fn close(&mut self) {
        let written = self.judge.checkpoint();
        if let Err(why) = written {
            terminal::say(format_args!("{why:#}"));
        }
        self.board.write();
        self.status();
    }
}

/// Reads the findings of a line; those of an event that came again were seen.
fn see(reader: &Reader, line: &[u8], now: i64, seen: &mut Vec<Seen>) {
    let judged = reader.read(line);
    if judged.notes.iter().any(|note| note == "repeated") {
        return;
    }
    let event_ms = judged.time.as_ref().and_then(|time| time::parse(time.as_bytes())).unwrap_or(now);
    for finding in judged.findings {
        let key = finding.key.iter().find_map(|(role, value)| Some(format!("{role} {}", value.as_str()?)));
        let who = key.or_else(|| judged.actor.clone()).unwrap_or_else(|| "nobody named".into());
        seen.push(Seen::new(now, event_ms, &finding, who, judged.target.clone()));
    }
}

/// A file whose changes are to be seen.
struct Watched {
    path: Option<PathBuf>,
    seen: Option<(u64, SystemTime)>,
}

impl Watched {
    fn new(path: Option<PathBuf>) -> Watched {
        let seen = path.as_deref().and_then(about);
        Watched { path, seen }
    }

    /// Since the last look. A file that is gone for a moment has not changed.
    fn is_changed(&mut self) -> bool {
        let Some(now) = self.path.as_deref().and_then(about) else { return false };
        self.seen.replace(now) != Some(now)
    }
}

fn about(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// Gives back what came in, a line for each record: what the server itself costs.
pub struct Echo;

impl Bench for Echo {
    fn judge(&mut self, body: &[u8], is_ndjson: bool) -> Option<Judged> {
        let records = body::records(body, is_ndjson);
        let mut lines = Vec::with_capacity(body.len().saturating_add(records.len()));
        for record in &records {
            lines.extend_from_slice(record);
            lines.push(b'\n');
        }
        Some(Judged { body: lines, records: records.len() as u64 })
    }
}

/// The clock of this machine.
pub fn clock() -> Clock {
    Arc::new(native::now_ms)
}
