//! A batch that downstream refuses, divided until what can be delivered is, and the records that cannot be are known.
//!
//! A refusal blames a record only where something else gets through: where nothing does, downstream itself is wrong (its address, its token, its schema),
//! and all is held until it is put right. Records that were accepted out of a batch which has to be sent again are not delivered twice.

use super::dead_letter::{DeadLetter, Refused};
use super::destinations::{Destination, Destinations};
use super::evaluating::Evaluated;
use super::forward::{Blame, Failed, Time};
use crate::mode::native;
use crate::wording::counted;
use axum::http::StatusCode;
use futures_util::future::join_all;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Attempts without one success before all is held.
const MOST_VAIN: usize = 48;
/// After so many records refused, those at the other end of the batch are tried.
const ONE_END: usize = 8;
/// For so long an acceptance shows that downstream is in order, and for so many records that are refused after it.
const PROOF: Duration = Duration::from_secs(600);
const MOST_ASIDE: usize = 48;
/// A record that is sent alone is held for so long where nothing else shows whether it is to blame.
const LONE: Duration = Duration::from_secs(60);
/// Batches, and records in them, that are remembered as delivered in part.
const MOST_BATCHES: usize = 256;
const MOST_RECORDS: usize = 1 << 20;
/// A sender that does not send a batch again within this time never will.
const FORGET: Duration = Duration::from_secs(1800);

/// Identifies the body of a batch.
type Id = [u8; 32];

/// State of batches that were delivered in part, over all destinations.
#[derive(Default)]
pub struct Partly {
    batches: Mutex<Batches>,
}

/// State of the records that a destination refuses.
#[derive(Default)]
pub struct Refusals(Mutex<Refusing>);

#[derive(Default)]
struct Batches {
    /// Which records of each are settled: accepted, or in the dead-letter file.
    settled: HashMap<Id, Vec<bool>>,
    order: VecDeque<(Id, Instant)>,
    records: usize,
}

#[derive(Default)]
struct Refusing {
    accepted_at: Option<Instant>,
    /// Records that were put aside since, for nothing but that.
    aside: usize,
    /// Since when nothing gets through, and why.
    refusing: Option<(Instant, String)>,
}

impl Partly {
    fn batches(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which records of a batch are settled already.
    fn recall(&self, body: &[u8], records: usize) -> Option<(Id, Vec<bool>)> {
        if self.batches().settled.is_empty() {
            return None;
        }
        let id = id(body);
        let settled =
            self.batches().settled.get(&id).filter(|settled| settled.len() == records).cloned()?;
        Some((id, settled))
    }

    fn keep(&self, id: Id, settled: Vec<bool>) {
        let mut batches = self.batches();
        batches.forget(&id);
        batches.records = batches.records.saturating_add(settled.len());
        batches.order.push_back((id, Instant::now()));
        batches.settled.insert(id, settled);
        while batches.order.len() > MOST_BATCHES
            || batches.records > MOST_RECORDS
            || batches.order.front().is_some_and(|(_, at)| at.elapsed() > FORGET)
        {
            let Some((oldest, _)) = batches.order.front().copied() else {
                break;
            };
            batches.forget(&oldest);
        }
    }
}

impl Refusals {
    fn state(&self) -> MutexGuard<'_, Refusing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that downstream accepted something.
    pub fn accepted(&self) {
        *self.state() = Refusing { accepted_at: Some(Instant::now()), ..Refusing::default() };
    }

    /// Why nothing gets through; nothing where something does.
    pub fn refusing(&self) -> Option<String> {
        self.state().refusing.as_ref().map(|(_, why)| why.clone())
    }

    fn refuses(&self, why: String) {
        self.state().refusing.get_or_insert_with(|| (Instant::now(), String::new())).1 = why;
    }

    /// True if an acceptance shows that so many records are to blame for being refused after it.
    fn takes_proof(&self, records: usize) -> bool {
        let mut state = self.state();
        let aside = state.aside.saturating_add(records);
        let has_proof = state.refusing.is_none()
            && aside <= MOST_ASIDE
            && state.accepted_at.is_some_and(|at| at.elapsed() < PROOF);
        if has_proof {
            state.aside = aside;
        }
        has_proof
    }

    /// True if a record that came alone has been held for long enough; the next one is held as long.
    fn has_waited(&self) -> bool {
        let mut state = self.state();
        let Some((since, _)) = &mut state.refusing else {
            return false;
        };
        let has_waited = since.elapsed() >= LONE;
        if has_waited {
            *since = Instant::now();
        }
        has_waited
    }
}

impl Batches {
    fn forget(&mut self, id: &Id) {
        if let Some(settled) = self.settled.remove(id) {
            self.records = self.records.saturating_sub(settled.len());
            self.order.retain(|(other, _)| other != id);
        }
    }
}

fn id(body: &[u8]) -> Id {
    Sha256::digest(body).into()
}

/// Why a batch has to be sent again.
#[derive(Debug)]
pub struct Unsent {
    /// As counted.
    pub result: &'static str,
    pub why: String,
    /// Someone has to put it right first.
    pub is_lasting: bool,
}

/// Context of a delivery.
pub struct Sending<'a> {
    pub destinations: &'a Destinations,
    pub partly: &'a Partly,
    pub dead_letter: Option<&'a DeadLetter>,
    pub time: Time,
    pub stopping: watch::Receiver<bool>,
}

/// The lines of a batch that one destination takes, while they are divided.
struct Divided<'a> {
    sending: &'a Sending<'a>,
    destination: &'a Destination,
    lines: &'a Evaluated,
    /// The indices of its lines in the batch.
    own: Vec<usize>,
    /// Which lines of the batch are settled.
    settled: Vec<bool>,
    accepted: usize,
    vain: usize,
    /// Records that were refused alone.
    refused: Vec<(usize, Failed)>,
    /// Reason for an early end.
    ended: Option<Failed>,
}

impl Destination {
    fn unsent(&self, failed: Failed) -> Unsent {
        if failed.is_refusal() {
            self.refusals.refuses(failed.why.clone());
        }
        Unsent {
            result: "downstream",
            why: format!("{} did not accept: {}", self.in_words(), failed.why),
            is_lasting: failed.is_refusal(),
        }
    }
}

impl Sending<'_> {
    /// Delivers the lines of the batch that came as this body.
    pub async fn deliver(&self, body: &[u8], mut lines: Evaluated) -> Result<(), Unsent> {
        let known = self.partly.recall(body, lines.len());
        let mut whole = None;
        if let (None, Some(only)) = (&known, self.destinations.of_all(&lines)) {
            let text = std::mem::take(&mut lines.body);
            let (sent, text) = only.downstream.send(text, self.time, self.stopping.clone()).await;
            match sent {
                // That nothing is accepted says nothing of records.
                Ok(()) if lines.is_empty() => return Ok(()),
                Ok(()) => {
                    only.refusals.accepted();
                    return Ok(());
                }
                Err(failed) if failed.blame == Blame::Downstream => {
                    return Err(only.unsent(failed));
                }
                Err(failed) => (lines.body, whole) = (text.to_vec(), Some(failed)),
            }
        }
        let (id, settled) = known.unwrap_or_else(|| (id(body), vec![false; lines.len()]));
        self.divide(id, &lines, settled, whole).await
    }

    /// Delivers to each destination what it takes, piece by piece, all at once: one that is slow or down keeps nothing from the others. The failure is that of
    /// the whole, where it was tried.
    async fn divide(
        &self,
        id: Id,
        lines: &Evaluated,
        settled: Vec<bool>,
        whole: Option<Failed>,
    ) -> Result<(), Unsent> {
        let parts = self.destinations.parts(lines).into_iter().map(|(destination, own)| {
            let divided = Divided {
                sending: self,
                destination,
                lines,
                own,
                settled: settled.clone(),
                accepted: 0,
                vain: 0,
                refused: Vec::new(),
                ended: None,
            };
            divided.deliver(whole.clone())
        });
        let (mut settled, mut done) = (settled.clone(), Ok(()));
        for (of_part, part) in join_all(parts).await {
            settled.iter_mut().zip(of_part).for_each(|(all, one)| *all |= one);
            done = done.and(part);
        }
        match &done {
            Ok(()) => self.partly.batches().forget(&id),
            Err(_) if settled.contains(&true) => self.partly.keep(id, settled),
            Err(_) => {}
        }
        done
    }
}

impl Divided<'_> {
    /// Which lines are settled, and whether all of its own are.
    async fn deliver(mut self, whole: Option<Failed>) -> (Vec<bool>, Result<(), Unsent>) {
        self.run(whole).await;
        let done = self.conclude();
        (self.settled, done)
    }

    fn is_settled(&self, index: usize) -> bool {
        self.settled.get(index).is_some_and(|is_settled| *is_settled)
    }

    async fn run(&mut self, whole: Option<Failed>) {
        let open: Vec<usize> =
            self.own.iter().copied().filter(|index| !self.is_settled(*index)).collect();
        let mut pieces: VecDeque<Range<usize>> = VecDeque::new();
        match whole {
            Some(failed) => self.refuse(&open, 0..open.len(), failed, &mut pieces),
            None => pieces.push_back(0..open.len()),
        }
        while let Some(piece) = self.next(&mut pieces) {
            let indices = open.get(piece.clone()).unwrap_or_default();
            if indices.is_empty() {
                continue;
            }
            if self.sending.time.is_short() || *self.sending.stopping.borrow() {
                self.ended = Some(Failed::short_of_time());
                return;
            }
            let text: Vec<&[u8]> = indices.iter().map(|index| self.lines.line(*index)).collect();
            let text = text.concat();
            match self
                .destination
                .downstream
                .send(text, self.sending.time, self.sending.stopping.clone())
                .await
                .0
            {
                Ok(()) => {
                    self.accepted += 1;
                    self.destination.refusals.accepted();
                    indices.iter().for_each(|index| self.settle(*index));
                }
                Err(failed) if failed.blame == Blame::Downstream => {
                    self.ended = Some(failed);
                    return;
                }
                Err(failed) => self.refuse(&open, piece, failed, &mut pieces),
            }
        }
    }

    fn settle(&mut self, index: usize) {
        if let Some(settled) = self.settled.get_mut(index) {
            *settled = true;
        }
    }

    /// In order; from the other end where the first records are all refused. Nothing where no attempt succeeds.
    fn next(&self, pieces: &mut VecDeque<Range<usize>>) -> Option<Range<usize>> {
        if self.accepted > 0 {
            return pieces.pop_front();
        }
        if self.vain > MOST_VAIN {
            return None;
        }
        if self.refused.len() < ONE_END { pieces.pop_front() } else { pieces.pop_back() }
    }

    /// Halves a piece that was refused; a record that was refused alone is at fault, if any is.
    fn refuse(
        &mut self,
        open: &[usize],
        piece: Range<usize>,
        failed: Failed,
        pieces: &mut VecDeque<Range<usize>>,
    ) {
        self.vain += 1;
        if piece.len() <= 1 {
            open.get(piece)
                .unwrap_or_default()
                .iter()
                .for_each(|index| self.refused.push((*index, failed.clone())));
            return;
        }
        let middle = piece.start + piece.len() / 2;
        pieces.push_front(middle..piece.end);
        pieces.push_front(piece.start..middle);
    }

    /// True if what was refused is to blame for it.
    fn is_proven(&self) -> bool {
        let refusals = &self.destination.refusals;
        let is_content = self.refused.iter().all(|(_, failed)| failed.blame == Blame::Record);
        match () {
            () if self.accepted > 0 || self.own.iter().any(|index| self.is_settled(*index)) => true,
            // Another batch was accepted: this one may consist of such records. Not one of very many.
            () if is_content
                && self.vain <= MOST_VAIN
                && refusals.takes_proof(self.refused.len()) =>
            {
                true
            }
            () => is_content && self.own.len() == 1 && refusals.has_waited(),
        }
    }

    /// Puts aside what is refused, and says whether the batch is done.
    fn conclude(&mut self) -> Result<(), Unsent> {
        let first = self.refused.first().map(|(_, failed)| failed.clone());
        if let Some(failed) = first {
            if !self.is_proven() {
                self.destination.refusals.refuses(failed.why.clone());
                self.destination.downstream.is_at_fault();
                let who = self.destination.in_words();
                let why = format!("{who} refuses every record: {}", failed.why);
                return Err(Unsent { result: "refused", why, is_lasting: true });
            }
            self.put_aside(&failed)?;
        }
        match self.ended.take() {
            Some(failed) => Err(self.destination.unsent(failed)),
            None if self.own.iter().all(|index| self.is_settled(*index)) => Ok(()),
            // After many attempts in vain the rest was not tried.
            None => Err(Unsent {
                result: "refused",
                why: "downstream refuses most of the batch; the rest is retried".into(),
                is_lasting: true,
            }),
        }
    }

    fn put_aside(&mut self, failed: &Failed) -> Result<(), Unsent> {
        let count = self.refused.len() as u64;
        let held = |why: String| Unsent { result: "refused", why, is_lasting: true };
        let Some(file) = self.sending.dead_letter else {
            self.destination.downstream.board().held(count);
            return Err(held(format!(
                "downstream refuses {} of the batch ({}) and has the others; --dead-letter FILE (or --state) puts such records aside",
                counted(count, "record"),
                failed.why
            )));
        };
        let trimmed = |line: &'_ [u8]| line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
        let entries = self.refused.iter().map(|(index, failed)| {
            let line = self.lines.line(*index);
            Refused {
                line: line.get(..trimmed(line)).unwrap_or_default(),
                status: &failed.why,
                answer: &failed.answer,
            }
        });
        let entries: Vec<Refused<'_>> = entries.collect();
        let put = tokio::task::block_in_place(|| file.append(native::now_ms(), &entries));
        put.map_err(|why| {
            held(format!("downstream refuses {}, and {why:#}", counted(count, "record")))
        })?;
        self.destination.downstream.board().dead_letters(count, file.path(), &failed.why);
        for (index, _) in std::mem::take(&mut self.refused) {
            self.settle(index);
        }
        Ok(())
    }
}

/// Cause of a final answer of downstream.
pub fn blame(status: StatusCode) -> Blame {
    match status.as_u16() {
        400 | 406 | 409 | 411 | 413 | 414 | 415 | 422 | 431 => Blame::Record,
        // Of a firewall that looks into records, perhaps; or of downstream's own.
        403 => Blame::Either,
        _ => Blame::Downstream,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_that_of_one_batch() {
        let partly = Partly::default();
        assert_eq!(partly.recall(b"a", 2), None);
        partly.keep(id(b"a"), vec![true, false]);
        assert_eq!(partly.recall(b"a", 2).unwrap().1, [true, false]);
        assert!(partly.recall(b"b", 2).is_none() && partly.recall(b"a", 3).is_none());
        partly.keep(id(b"a"), vec![true, true]);
        assert_eq!(partly.batches().records, 2);
        for number in 0..MOST_BATCHES {
            partly.keep(id(&number.to_le_bytes()), vec![true; 9]);
        }
        assert!(partly.recall(b"a", 2).is_none());
        partly.keep(id(b"large"), vec![true; MOST_RECORDS]);
        let mut batches = partly.batches();
        assert_eq!((batches.settled.len(), batches.order.len()), (1, 1));
        batches.forget(&id(b"large"));
        assert_eq!((batches.records, batches.order.len()), (0, 0));
    }

    #[test]
    fn a_refusal_of_all_is_forgotten_with_the_first_acceptance() {
        let refusals = Refusals::default();
        assert!(!refusals.takes_proof(1) && !refusals.has_waited());
        refusals.accepted();
        assert!(refusals.takes_proof(1));
        refusals.refuses("400 Bad Request".into());
        assert!(
            !refusals.takes_proof(1)
                && !refusals.has_waited()
                && refusals.refusing().unwrap() == "400 Bad Request"
        );
        refusals.state().refusing.as_mut().unwrap().0 = Instant::now().checked_sub(LONE).unwrap();
        assert!(refusals.has_waited() && !refusals.has_waited(), "one at a time");
        refusals.accepted();
        assert!(refusals.takes_proof(1) && refusals.refusing().is_none());
    }

    #[test]
    fn an_acceptance_vouches_for_so_long_and_so_many() {
        let refusals = Refusals::default();
        refusals.accepted();
        assert!(
            !refusals.takes_proof(MOST_ASIDE + 1)
                && refusals.takes_proof(MOST_ASIDE - 1)
                && refusals.takes_proof(1)
                && !refusals.takes_proof(1)
        );
        refusals.accepted();
        assert!(refusals.takes_proof(1));
        refusals.state().accepted_at = Instant::now().checked_sub(PROOF);
        assert!(!refusals.takes_proof(1));
    }

    #[test]
    fn only_what_is_about_the_content_blames_a_record() {
        for (status, wanted) in [
            (400, Blame::Record),
            (413, Blame::Record),
            (422, Blame::Record),
            (403, Blame::Either),
            (401, Blame::Downstream),
            (404, Blame::Downstream),
            (301, Blame::Downstream),
        ] {
            assert_eq!(blame(StatusCode::from_u16(status).unwrap()), wanted, "{status}");
        }
    }
}
