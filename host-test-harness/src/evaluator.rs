//! The filter as a service needs it: records in batches, each call bounded in memory and time, what was learned kept over traps and kills.
//!
//! Any error of an instance has the same remedy, a fresh instance, and is shown: so they are `anyhow::Error`.

mod instance;
mod recovery;

pub use instance::{Instance, Open, memory_cap, module};
pub use recovery::Found;

use crate::filter::{TRAP_NOTE, unprocessed};
use crate::ledger::{self, Ledger};
use crate::mode::component::{Answer, Answers};
use crate::numbering::Record;
use crate::policy_file::{PolicyError, PolicyFile};
use crate::{policy_dir, policy_file, problems, terminal};
use anyhow::{Context, Result, ensure};
use auditward_core::note::Note;
use auditward_core::policy::Policy;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Maximum number of records and bytes of one call; a single longer record is the exception.
const MOST_RECORDS: usize = 256;
const MOST_BYTES: usize = 1 << 20;
/// How long a call may take. A slice takes some milliseconds; a machine under load may be a hundred times slower.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// History of an evaluator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failures {
    /// Calls that did not finish.
    pub traps: u64,
    /// Records that the host passed through unprocessed because they trapped by themselves.
    pub carried: u64,
    /// Records above `output.max_record`, which went through as they came.
    pub too_large: u64,
}

/// Result of a check of the policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// It is the one in use.
    Same,
    Taken,
    /// It cannot be read, or has problems.
    Refused,
    /// Nothing is wrong with it, but the module could not take it over.
    Failed,
}

/// The engine, and what it takes to have it back.
pub struct Evaluator {
    open: Open,
    instance: Option<Box<dyn Instance>>,
    /// The text in use, and what it says; nothing where all is default.
    text: Option<String>,
    policy: Policy,
    ledger: Option<Ledger>,
    /// Where there is no directory, the last snapshot is here.
    snapshot: Vec<u8>,
    /// Maximum memory of an instance.
    cap: usize,
    /// Snapshots in a row that trapped.
    snapshot_traps: u32,
    found_again: Vec<Found>,
    /// How often the journal began anew.
    pub checkpoints: u64,
    clock: Arc<AtomicI64>,
    checked_at: Instant,
    records_since: u64,
    pub failures: Failures,
}

impl Evaluator {
    /// Over the module, with what was learned before; records come under this tag, those of the journal too.
    pub fn new(
        text: Option<String>,
        policy: Policy,
        ledger: Option<Ledger>,
        tag: &str,
    ) -> Result<Evaluator> {
        let clock = Arc::new(AtomicI64::new(crate::mode::native::now_ms()));
        Evaluator::over(
            module(clock.clone(), CALL_LIMIT, tag.to_owned())?,
            clock,
            text,
            policy,
            ledger,
        )
    }

    /// Over any instance.
    pub fn over(
        open: Open,
        clock: Arc<AtomicI64>,
        text: Option<String>,
        policy: Policy,
        ledger: Option<Ledger>,
    ) -> Result<Evaluator> {
        let cap = memory_cap(&policy);
        let mut evaluator = Evaluator {
            open,
            instance: None,
            text,
            policy,
            ledger,
            snapshot: Vec::new(),
            cap,
            snapshot_traps: 0,
            found_again: Vec::new(),
            checkpoints: 0,
            clock,
            checked_at: Instant::now(),
            records_since: 0,
            failures: Failures::default(),
        };
        evaluator.found_again = evaluator.renew()?.into();
        // That it keeps nothing is no reason to evaluate nothing.
        if let Err(why) = evaluator.checkpoint() {
            terminal::say(format_args!("{why:#}"));
        }
        Ok(evaluator)
    }

    /// Findings of the journal's records before the start, returned once.
    pub fn found_again(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found_again)
    }

    /// The policy at work.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Evaluates records in order; `each` gets what goes out forevery one. An error means that no instance could be had: nothing was lost, the batch may be redelivered.
    pub fn batch(
        &mut self,
        time_ms: i64,
        records: &[Record<'_>],
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<()> {
        self.clock.store(time_ms, Ordering::Relaxed);
        let mut rest = records;
        while let Some(first) = rest.first() {
            if first.bytes.len() > self.policy.output.max_record {
                self.failures.too_large += 1;
                each(unevaluated(&as_it_came(first.bytes)));
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let (slice, behind) = rest.split_at(slice_len(rest, self.policy.output.max_record));
            self.slice(time_ms, slice, each)?;
            rest = behind;
        }
        Ok(())
    }

    fn slice(
        &mut self,
        time_ms: i64,
        slice: &[Record<'_>],
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<()> {
        match self.call(time_ms, slice) {
            Ok(answers) => {
                self.remember(time_ms, slice);
                answers.iter().for_each(each);
                Ok(())
            }
            Err(trap) => {
                self.trapped(&trap)?;
                slice.iter().try_for_each(|record| self.single(time_ms, record, each))
            }
        }
    }

    /// Evaluates records one by one after a trap: only a record that traps by itself is passed through unprocessed.
    fn single(
        &mut self,
        time_ms: i64,
        record: &Record<'_>,
        each: &mut dyn FnMut(Answer<'_>),
    ) -> Result<()> {
        let one = [*record];
        match self.call(time_ms, &one) {
            Ok(answers) => {
                self.remember(time_ms, &one);
                answers.iter().for_each(each);
            }
            Err(trap) => {
                self.failures.carried += 1;
                each(unevaluated(&unprocessed(record.bytes, TRAP_NOTE)));
                self.trapped(&trap)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, time_ms: i64, slice: &[Record<'_>]) -> Result<Answers> {
        if self.instance.is_none() {
            self.renew()?;
        }
        let answers = self.instance.as_mut().context("an instance")?.evaluate(time_ms, slice)?;
        let count = answers.ends.len();
        ensure!(
            count == slice.len() && answers.iter().all(|answer| !answer.line.is_empty()),
            "{count} answers to {} records",
            slice.len()
        );
        Ok(answers)
    }

    fn remember(&mut self, time_ms: i64, slice: &[Record<'_>]) {
        self.records_since += slice.len() as u64;
        if let Some(ledger) = self.ledger.as_mut() {
            ledger.append(time_ms, slice);
        }
    }

    /// Takes the policy of a file where it is another one that has no problems, and says what came of it.
    pub fn reload(&mut self, path: &Path) -> Reload {
        let place = path.display();
        let text = match policy_file::read(path) {
            Ok(text) => text,
            Err(why) => {
                match why {
                    PolicyError::Problems(_) => {
                        terminal::say(format_args!("{place}: the policy before it stays in use"));
                    }
                    why => terminal::say(format_args!(
                        "{:#}; the policy before it stays in use",
                        anyhow::Error::from(why)
                    )),
                }
                return Reload::Refused;
            }
        };
        let policy = match Policy::parse(&text) {
            Ok(policy) if policy.digest == self.policy.digest => return Reload::Same,
            Ok(policy) => policy,
            Err(issues) => {
                problems::show(&place.to_string(), &text, &issues);
                terminal::say(format_args!("{place}: the policy before it stays in use"));
                return Reload::Refused;
            }
        };
        let (digest, is_resized) = (
            policy.digest.clone(),
            (policy.memory, policy.baseline.memory)
                != (self.policy.memory, self.policy.baseline.memory),
        );
        if let Err(why) = self.configure(text, policy) {
            let cause = why.root_cause();
            terminal::say(format_args!(
                "{place}: the policy is good, but the module could not take it over; the one before it stays in use: {why}: {cause}"
            ));
            return Reload::Failed;
        }
        let kept = match is_resized {
            false => "what was learned stays",
            true => {
                "`budget.memory` or `baseline.memory` changed: tables whose size changed start empty, including the duplicate filter"
            }
        };
        terminal::say(format_args!("policy {digest} in use, from {place}; {kept}"));
        Reload::Taken
    }

    /// Takes another policy; what was learned stays.
    pub fn configure(&mut self, text: String, policy: Policy) -> Result<()> {
        if self.instance.is_none() {
            self.renew()?;
        }
        if memory_cap(&policy) > self.cap {
            self.make_room(memory_cap(&policy)).context("making room for a larger budget")?;
        }
        let configured = self.instance.as_mut().context("an instance")?.configure(&text);
        if let Err(trap) = configured {
            // It may have been half done. The next call starts from what was learned under the policy before.
            self.instance = None;
            self.failures.traps += 1;
            return Err(trap.context("changing the policy"));
        }
        (self.text, self.policy) = (Some(text), policy);
        if self.snapshot_traps == 0 {
            let _ = self.checkpoint();
        }
        Ok(())
    }

    /// Status of the module.
    pub fn status(&mut self) -> Option<String> {
        self.instance.as_mut()?.status()
    }

    /// Renews the lock and the status in the directory.
    pub fn beat(&mut self) {
        let status = self.status();
        if let Some(ledger) = &mut self.ledger {
            ledger.beat();
            let _ = status.map(|status| ledger.write_status(&status));
        }
    }

    /// True if what is evaluated now would survive a kill, where it should.
    pub fn is_keeping(&self) -> bool {
        self.ledger.as_ref().is_none_or(|ledger| self.snapshot_traps == 0 && !ledger.is_failing())
    }
}

/// A evaluate under a policy's file (without one: that in the state directory, or defaults) and on a state directory; gives the policy's path too.
pub fn open(
    policy: Option<&Path>,
    state: Option<&Path>,
    tag: &str,
) -> Result<(Evaluator, Option<PathBuf>)> {
    let path = policy.map(Path::to_owned).or_else(|| state.and_then(ledger::policy_in));
    let PolicyFile { text, policy } = PolicyFile::read(path.as_deref())?;
    let ledger = state.map(|root| state_for(root, path.is_none())).transpose()?;
    Ok((
        Evaluator::new(text, policy, ledger, tag)?,
        path.or_else(|| state.and_then(ledger::policy_in)),
    ))
}

/// The state directory, with a policy to start from where there is none.
fn state_for(root: &Path, lacks_policy: bool) -> Result<Ledger> {
    if lacks_policy {
        std::fs::create_dir_all(root)
            .with_context(|| format!("{} cannot be created", root.display()))?;
        policy_dir::write(root, &Policy::template())?;
    }
    Ok(Ledger::open(root)?)
}

/// How many records go in the next call: at least one.
fn slice_len(records: &[Record<'_>], max_record: usize) -> usize {
    let mut bytes = 0usize;
    let fits = |record: &&Record<'_>| {
        bytes = bytes.saturating_add(record.bytes.len());
        record.bytes.len() <= max_record && bytes <= MOST_BYTES
    };
    records.iter().take(MOST_RECORDS).take_while(fits).count().max(1)
}

fn unevaluated(line: &[u8]) -> Answer<'_> {
    Answer { line, is_flagged: false, is_evaluated: false }
}

/// A record that the module does not look into, as one line that downstream can read: as it came where it is a JSON object, else as text.
fn as_it_came(bytes: &[u8]) -> Vec<u8> {
    let text = bytes.trim_ascii();
    // Read in full: a number or an escape that downstream stumbles over would have it refuse the batch forever.
    let is_object = text.first() == Some(&b'{') && serde_json::from_slice::<Value>(text).is_ok();
    if !is_object {
        return unprocessed(bytes, Note::RecordTooLarge.id());
    }
    // Within JSON, an end of line is but white space.
    text.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbering::numbered;

    /// Learns how many records it was shown; what one of them says may trap it, or have its snapshots trap.
    struct Fragile(u64, bool);

    impl Instance for Fragile {
        fn evaluate(&mut self, _: i64, records: &[Record<'_>]) -> Result<Answers> {
            let mut answers = Answers { bytes: Vec::new(), ends: Vec::new(), flagged: Vec::new() };
            for record in records {
                self.0 += 1;
                ensure!(record.bytes != b"trap", "wasm trap: unreachable");
                answers.bytes.extend(
                    format!("{} {}", self.0, String::from_utf8_lossy(record.bytes)).bytes(),
                );
                answers.ends.push(answers.bytes.len() as u32);
                if record.bytes == b"found" {
                    answers.flagged.push(answers.ends.len() as u32 - 1);
                }
                self.1 |= record.bytes == b"no snapshot";
            }
            Ok(answers)
        }

        fn configure(&mut self, policy: &str) -> Result<()> {
            ensure!(policy != "# trap", "wasm trap: unreachable");
            Ok(())
        }

        fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
            let (count, again) = snapshot.split_first_chunk().context("eight bytes")?;
            ensure!(count == again, "damaged");
            self.0 = u64::from_le_bytes(*count);
            Ok(())
        }

        fn snapshot(&mut self) -> Result<Vec<u8>> {
            ensure!(!self.1, "wasm trap: unreachable");
            Ok(self.0.to_le_bytes().repeat(2))
        }

        fn status(&mut self) -> Option<String> {
            None
        }
    }

    fn fragile(ledger: Option<Ledger>) -> Evaluator {
        fragile_under(ledger, |_| {}).unwrap()
    }

    /// As above, with something that happens to the directory before.
    fn fragile_under(ledger: Option<Ledger>, happens: impl Fn(&Path)) -> Result<Evaluator> {
        let open: Open = Box::new(|_| Ok(Box::new(Fragile(0, false))));
        ledger.iter().for_each(|ledger| happens(ledger.directory()));
        Evaluator::over(open, Arc::default(), None, Policy::default(), ledger)
    }

    fn answers(evaluator: &mut Evaluator, lines: &[&str]) -> Vec<String> {
        let mut answers = Vec::new();
        let records = numbered(lines.iter().map(|line| line.as_bytes()));
        evaluator
            .batch(0, &records, &mut |answer| {
                answers.push(String::from_utf8(answer.line.to_vec()).unwrap())
            })
            .unwrap();
        answers
    }

    #[test]
    fn a_trap_costs_one_record_its_judgement_and_nothing_what_was_learned() {
        let root = tempfile::tempdir().unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        assert_eq!(answers(&mut evaluator, &["a", "b"]), ["1 a", "2 b"]);
        assert_eq!(
            answers(&mut evaluator, &["c", "trap", "d", "trap", "e"]),
            [
                "3 c",
                "{\"raw\":\"trap\",\"notes\":[\"trap\"]}",
                "4 d",
                "{\"raw\":\"trap\",\"notes\":[\"trap\"]}",
                "5 e"
            ]
        );
        assert_eq!((evaluator.failures.traps, evaluator.failures.carried), (3, 2));
        assert_eq!(answers(&mut evaluator, &["f"]), ["6 f"]);
    }

    #[test]
    fn what_was_judged_is_known_after_a_kill_with_no_snapshot_since() {
        let root = tempfile::tempdir().unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        answers(&mut evaluator, &["a", "b", "c"]);
        // Dropped without a word: no snapshot is written.
        drop(evaluator);
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        assert_eq!(answers(&mut evaluator, &["d"]), ["4 d"]);
    }

    #[test]
    fn a_damaged_snapshot_is_set_aside_and_its_journal_read_all_the_same() {
        let root = tempfile::tempdir().unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        for lines in [["a", "b"], ["c", "d"]] {
            answers(&mut evaluator, &lines);
            evaluator.checkpoint().unwrap();
        }
        answers(&mut evaluator, &["e"]);
        let path = evaluator.ledger.as_ref().unwrap().directory().join("auditward.snapshot");
        drop(evaluator);
        let mut damaged = std::fs::read(&path).unwrap();
        damaged[0] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        // Where no snapshot can be written records are answered all the same, and a kill before there is one changes nothing.
        let mut evaluator = fragile_under(Some(Ledger::open(root.path()).unwrap()), |ledger| {
            std::fs::create_dir(ledger.join("auditward.snapshot.tmp")).unwrap()
        })
        .unwrap();
        assert_eq!(
            (answers(&mut evaluator, &["x"]), evaluator.is_keeping()),
            (vec!["6 x".to_owned()], false)
        );
        drop(evaluator);
        std::fs::remove_dir(path.with_extension("snapshot.tmp")).unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        assert_eq!(answers(&mut evaluator, &["f"]), ["6 f"]);
        assert_eq!(std::fs::read(path.with_extension("snapshot.set-aside")).unwrap(), damaged);
        assert_eq!(
            evaluator.ledger.as_ref().unwrap().snapshots().len(),
            2,
            "the one before it stays"
        );
        drop(evaluator);
        assert_eq!(
            answers(&mut fragile(Some(Ledger::open(root.path()).unwrap())), &["g"]),
            ["7 g"],
            "it is not read again"
        );
    }

    #[test]
    fn a_snapshot_that_traps_is_tried_less_often_and_nothing_is_lost_by_it() {
        let root = tempfile::tempdir().unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        evaluator.policy.state.every = 0;
        // Counted from here on, it cannot be written any more.
        answers(&mut evaluator, &["a", "no snapshot"]);
        assert!(evaluator.tick().is_err());
        assert_eq!((evaluator.failures.traps, evaluator.is_keeping()), (1, false));
        assert_eq!(answers(&mut evaluator, &["b"]), ["3 b"]);
        evaluator.policy.state.every = 60_000;
        evaluator.checked_at = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        evaluator.tick().unwrap();
        assert_eq!(
            (evaluator.failures.traps, evaluator.failures.carried),
            (1, 0),
            "after twice the time"
        );
        assert_eq!(answers(&mut evaluator, &["trap", "c"])[1], "4 c");
        drop(evaluator);
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        assert_eq!(answers(&mut evaluator, &["d"]), ["5 d"]);
    }

    /// As many bytes as a full snapshot of the largest budgets has, in a moment: an answer that is escaped.
    #[test]
    fn a_call_gives_as_much_as_its_memory_holds() {
        let text = "[output]\nmax_record = \"32 MiB\"\n";
        // A busy machine takes longer than a call may.
        let clock = Arc::new(AtomicI64::new(0));
        let open = module(clock.clone(), Duration::from_secs(120), String::new()).unwrap();
        let mut evaluator =
            Evaluator::over(open, clock, Some(text.into()), Policy::parse(text).unwrap(), None)
                .unwrap();
        let answer = answers(&mut evaluator, &["\u{1}".repeat(24 << 20).as_str()]).remove(0);
        assert_eq!((evaluator.failures.traps, answer.len() > 128 << 20), (0, true));
    }

    #[test]
    fn a_larger_budget_is_taken_with_what_was_learned() {
        let mut evaluator = Evaluator::new(None, Policy::default(), None, "").unwrap();
        let line = "{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-01-05T10:00:00Z\",\"eventID\":\"1\",\"eventName\":\"GetObject\",\"awsRegion\":\"x\"}";
        assert!(!answers(&mut evaluator, &[line])[0].contains("\"repeated\""));
        for text in [
            "[output]\nmax_record = \"8 MiB\"\n",
            "[output]\nmax_record = \"8 MiB\"\n[budget]\nmemory = \"900 MiB\"\n",
        ] {
            let policy = Policy::parse(text).unwrap();
            let cap = memory_cap(&policy);
            assert!(cap > evaluator.cap);
            evaluator.configure(text.into(), policy).unwrap();
            assert_eq!((evaluator.cap, evaluator.failures.traps), (cap, 0));
            // Memory is fitted into another budget.
            assert!(answers(&mut evaluator, &[line])[0].contains("\"repeated\""), "{text}");
        }
    }

    #[test]
    fn a_policy_that_could_not_be_taken_over_is_not_blamed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("p.toml");
        let mut evaluator = fragile(None);
        answers(&mut evaluator, &["a"]);
        evaluator.checkpoint().unwrap();
        for (text, reload) in [
            ("", Reload::Taken),
            ("", Reload::Same),
            ("# trap", Reload::Failed),
            ("[state]\nevry = 1", Reload::Refused),
            ("[state]\nevery = \"7s\"", Reload::Taken),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(evaluator.reload(&path), reload, "{text}");
            assert_eq!(
                answers(&mut evaluator, &["trap"])[0],
                "{\"raw\":\"trap\",\"notes\":[\"trap\"]}"
            );
        }
        assert_eq!(answers(&mut evaluator, &["b"]), ["2 b"]);
        assert_eq!(evaluator.reload(&root.path().join("absent")), Reload::Refused);
    }

    #[test]
    fn what_the_journal_found_is_told_at_the_start() {
        let root = tempfile::tempdir().unwrap();
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        answers(&mut evaluator, &["a", "found", "b", "found"]);
        assert!(evaluator.found_again().is_empty());
        drop(evaluator);
        let mut evaluator = fragile(Some(Ledger::open(root.path()).unwrap()));
        let found: Vec<Vec<u8>> =
            evaluator.found_again().into_iter().map(|found| found.line).collect();
        assert_eq!(found, [b"2 found", b"4 found"]);
        answers(&mut evaluator, &["trap", "found"]);
        assert!(evaluator.found_again().is_empty(), "only at the start");
    }

    #[test]
    fn without_a_directory_a_trap_goes_back_to_the_last_snapshot() {
        let mut evaluator = fragile(None);
        answers(&mut evaluator, &["a"]);
        evaluator.checkpoint().unwrap();
        answers(&mut evaluator, &["b"]);
        assert_eq!(answers(&mut evaluator, &["trap", "c"])[1], "2 c");
    }

    #[test]
    fn records_too_large_go_as_they_came_in_their_place() {
        let mut evaluator = fragile(None);
        evaluator.policy = Policy::parse("[output]\nmax_record = \"1 KiB\"\n").unwrap();
        let long = format!("{{\"a\":\n \"{}\"}}", "x".repeat(2000));
        let text = "y".repeat(2000);
        for hostile in ["1e400", "\"\\ud800\""] {
            let record = format!("{{\"a\":{hostile},\"b\":\"{}\"}}", "x".repeat(2000));
            assert!(answers(&mut evaluator, &[&record])[0].starts_with("{\"raw\":"), "{hostile}");
        }
        let answers = answers(&mut evaluator, &["a", &long, &text, "b"]);
        assert_eq!(answers[0], "1 a");
        assert_eq!(answers[1], long.replace('\n', " "));
        assert_eq!(answers[2], format!("{{\"raw\":\"{text}\",\"notes\":[\"record-too-large\"]}}"));
        assert_eq!((answers[3].as_str(), evaluator.failures.too_large), ("2 b", 4));
    }

    #[test]
    fn slices_are_bounded() {
        let large = vec![b'x'; 700_000];
        let records = [Record { nonce: 0, bytes: &large }, Record { nonce: 0, bytes: &large }];
        assert_eq!(slice_len(&records, 1 << 20), 1);
        assert_eq!(slice_len(&vec![Record { nonce: 0, bytes: b"" }; 1000], 1 << 20), MOST_RECORDS);
    }

    #[test]
    fn a_call_that_takes_too_long_traps_and_loses_no_record() {
        let clock = Arc::new(AtomicI64::new(crate::mode::native::now_ms()));
        // No time at all: every call is over before it began.
        let open = module(clock.clone(), Duration::from_secs(5), String::new()).unwrap();
        let starts = std::cell::Cell::new(0);
        let open: Open = {
            let hasty = module(clock.clone(), Duration::ZERO, String::new()).unwrap();
            let starts = std::sync::Mutex::new(starts);
            Box::new(move |policy| {
                let starts = starts.lock().unwrap();
                starts.set(starts.get() + 1);
                // The first one is too hasty, those after it have time.
                if starts.get() == 1 {
                    Ok(Box::new(Hasty(open(policy)?, hasty(policy)?)))
                } else {
                    open(policy)
                }
            })
        };
        let mut evaluator = Evaluator::over(open, clock, None, Policy::default(), None).unwrap();
        let answers = answers(&mut evaluator, &["{\"a\":1}", "{\"b\":2}"]);
        assert!(answers.iter().all(|answer| answer.contains("unknown-source")), "{answers:?}");
        assert_eq!((evaluator.failures.traps, evaluator.failures.carried), (1, 0));
    }

    /// Evaluates with one instance, all else with another.
    struct Hasty(Box<dyn Instance>, Box<dyn Instance>);

    impl Instance for Hasty {
        fn evaluate(&mut self, time_ms: i64, records: &[Record<'_>]) -> Result<Answers> {
            self.1.evaluate(time_ms, records)
        }

        fn configure(&mut self, policy: &str) -> Result<()> {
            self.0.configure(policy)
        }

        fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
            self.0.restore(snapshot)
        }

        fn snapshot(&mut self) -> Result<Vec<u8>> {
            self.0.snapshot()
        }

        fn status(&mut self) -> Option<String> {
            self.0.status()
        }
    }
}
