//! Passes each event once to the detectors that are interested in it. A redelivered event gets the same findings and does not change state.

mod health;
mod merge;
#[cfg(not(target_family = "wasm"))]
mod profile;

pub use health::Reach;

use crate::detect::baseline::{Baselines, Surprises};
use crate::detect::subject::id;
use crate::detect::{Detector, Facts, Findings, Learns, Spec, Subject, finding};
use crate::event::{Event, Field, Tag};
use crate::note::Note;
use crate::pattern::Patterns;
use crate::policy::{Policy, Settings, Suppression};
use crate::raw::Raw;
use crate::rule::record::Record;
use crate::sketch::digest::Digest;
use crate::sketch::evidence::Ids;
use crate::sketch::failure_reports::FailureReports;
use crate::sketch::occurrences::{self, Occurrences};
use crate::sketch::past_findings::PastFindings;
use crate::sketch::recent::Recent;
use crate::sketch::table::Table;
use crate::sketch::{HashKey, Sketch, Visit, Words};
use crate::time::Millis;
use crate::{detector, source};
use health::Health;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

/// A detector that the policy has not switched off.
struct Active {
    /// Its place in the list of all.
    index: usize,
    interest: Facts,
    /// Evaluates every actor.
    is_open: bool,
    /// Evaluates what the others found.
    is_last: bool,
    only: Patterns,
    except: Patterns,
    detector: Box<dyn Detector>,
}

impl Active {
    fn new(index: usize, settings: &Settings, detector: Box<dyn Detector>) -> Active {
        let [only, except] = ["only", "except"].map(|key| Patterns::new(settings.list(key)));
        Active {
            index,
            interest: detector.interest(),
            is_open: only.is_empty() && except.is_empty() || detector.filters(),
            is_last: detector.is_last(),
            only,
            except,
            detector,
        }
    }

    fn applies_to(&self, subject: &Subject<'_>) -> bool {
        // Whoever guesses chooses the names that are tried.
        let is_tried = || subject.facts.has_any(Facts::FAILED_LOGIN);
        (self.only.is_empty() || subject.is_actor(&self.only) || is_tried())
            && (self.except.is_empty() || !subject.is_exempt(&self.except))
    }
}

/// Which of the detectors look at events of which each fact holds.
fn lookers(active: &[Active]) -> [u32; 32] {
    let mut lookers = [0u32; 32];
    for (place, active) in active.iter().enumerate() {
        for fact in active.interest.numbers() {
            if let Some(looking) = lookers.get_mut(fact) {
                *looking |= 1u32.wrapping_shl(place as u32);
            }
        }
    }
    lookers
}

/// All that detection remembers.
pub struct Detect {
    digest: Digest,
    /// The highest event time seen.
    pub watermark: Millis,
    pub recent: Recent,
    pub past_findings: PastFindings,
    occurrences: Occurrences,
    /// Memory of the source that keeps one of lines.
    pub forms: Words,
    failure_reports: FailureReports,
    ids: Ids,
    pub baselines: Baselines,
    /// Surprising values of the last event.
    surprises: Option<Box<Surprises>>,
    active: Vec<Active>,
    /// Facts that any detector is interested in, and the detectors of each fact, as bits by position.
    interest: Facts,
    lookers: [u32; 32],
    restricted: Patterns,
    suppressions: Vec<Suppression>,
    /// Sketches of the last snapshot that could not be taken over.
    pub not_restored: Vec<&'static str>,
    /// How far times may lie ahead of the clock.
    clock_skew: Millis,
    health: Health,
}

impl Detect {
    #[inline(never)]
    pub fn new(policy: &Policy, key: HashKey) -> Detect {
        let share = |parts: usize| (policy.memory / 64).saturating_mul(parts);
        let specs = detector::ALL
            .iter()
            .zip(&policy.detectors)
            .enumerate()
            .filter(|(_, (_, settings))| settings.bool("enabled"));
        let active: Vec<Active> = specs
            .map(|(index, (spec, settings))| {
                Active::new(index, settings, (spec.build)(settings, policy, share(spec.share)))
            })
            .collect();
        Detect {
            digest: Digest::new(key),
            watermark: Millis::MIN,
            recent: Recent::new(share(RECENT).saturating_sub(share(1) / 8)),
            past_findings: PastFindings::new(share(PAST_FINDINGS)),
            occurrences: Occurrences::new(share(1) / 8),
            forms: source::new_memory(),
            failure_reports: FailureReports::new(share(FAILURE_REPORTS)),
            // Of the eighth of their share that detectors leave to evidence, they keep an eighth for links.
            ids: Ids::new(
                // Those that are off are counted too: what is remembered for others does not change with them.
                share(
                    shares()
                        .saturating_sub(RECENT + PAST_FINDINGS + FAILURE_REPORTS)
                        .saturating_mul(7),
                ) / 64,
            ),
            baselines: Baselines::new(policy, place_of),
            surprises: Some(Box::default()),
            interest: active.iter().fold(Facts::ANY, |all, one| all | one.interest),
            lookers: lookers(&active),
            active,
            restricted: Patterns::new(&policy.targets.restricted),
            suppressions: policy.suppressions.clone(),
            not_restored: Vec::new(),
            clock_skew: policy.input.clock_skew,
            health: Health::new(),
        }
    }

    /// Evaluates one event, whose bytes have this `hash`; `time` is the event's or the interface's.
    pub fn evaluate(
        &mut self,
        event: &mut Event,
        raw: Raw<'_>,
        record: &Record<'_>,
        hash: u64,
        time: Millis,
        findings: &mut Findings,
    ) {
        // Source, id and time are part of the bytes. Equal lines of a source without ids are as many events.
        let has_own_id = event.tag(Field::Id.into()) != Tag::Digest;
        let mut identity =
            if has_own_id { hash } else { hash ^ raw.nonce.wrapping_mul(0x9e37_79b9_7f4a_7c15) };
        let now_s = occurrences::second(raw.now);
        let mut seen = self.recent.look(identity);
        if let Some(first) = seen.filter(|_| !has_own_id && raw.nonce & Raw::UNNUMBERED != 0) {
            let number = self.occurrences.number(identity, first.second(now_s), raw.now);
            identity ^= number.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            seen = self.recent.look(identity);
        }
        if let Some(seen) = seen {
            event.note(Note::Repeated);
            if seen.with_findings && !self.repeat(identity, findings) {
                event.note(Note::FindingsLost);
            }
            return;
        }
        let time = self.advance(event, raw.now, time);
        self.failure_reports.weigh(event, raw.bytes, &self.digest, time);
        let facts = Facts::of(event, raw.bytes, &self.restricted);
        if facts.has_any(self.interest) {
            self.show(event, raw, record, time, facts, findings);
        }
        self.recent.add(identity, !findings.is_empty(), now_s);
        if findings.worst.is_some() {
            self.past_findings.keep(identity, &[&findings.head(), findings.json()]);
            for mark in findings.marks() {
                self.health.found(usize::from(mark.detector), time);
            }
        }
    }

    /// To every detector that looks at events of its like.
    #[inline(never)]
    fn show(
        &mut self,
        event: &mut Event,
        raw: Raw<'_>,
        record: &Record<'_>,
        time: Millis,
        facts: Facts,
        findings: &mut Findings,
    ) {
        let network = OnceCell::new();
        let mut surprises = self.surprises.take().unwrap_or_default();
        let mut subject = Subject {
            event,
            input: raw.bytes,
            record,
            time,
            digest: &self.digest,
            facts,
            detector: 0,
            suppressions: &self.suppressions,
            surprises: None,
            actor: Cell::default(),
            origin: Cell::default(),
            network: &network,
            ids: &self.ids,
            serial: self.ids.next(),
            is_kept: Cell::new(false),
        };
        let mut facts = facts;
        self.health.count(facts, subject.event.filled(), self.baselines.evaluates(&subject));
        let is_unusual = self.baselines.look(&subject, &mut surprises);
        subject.surprises = Some(&surprises);
        findings.inspect(|inspection| {
            let is_of_actor = self.baselines.evaluates(&subject) && !subject.actor().0.is_empty();
            let learns = |active: &&Active| match active.detector.learns() {
                Learns::Nothing => false,
                Learns::OfActor(facts) => is_of_actor && subject.facts.has_any(facts),
                Learns::OfAll => true,
            };
            inspection.learned.extend(self.active.iter().filter(learns).map(|active| active.index));
        });
        if is_unusual {
            facts = facts | Facts::UNUSUAL;
            subject.facts = facts;
        }
        let looks = |looking, fact| looking | self.lookers.get(fact).copied().unwrap_or_default();
        let mut looking: u32 = facts.and(self.interest).numbers().fold(0, looks);
        while let Some(active) = self.active.get_mut(looking.trailing_zeros() as usize) {
            looking &= looking.wrapping_sub(1);
            subject.detector = active.index;
            let applies = active.is_open || active.applies_to(&subject);
            findings.inspect(|inspection| inspection.looked.push((active.index, applies)));
            if applies {
                active.detector.evaluate(&subject, findings);
            }
        }
        if !findings.is_empty()
            && self.baselines.accumulate(&subject, findings.marks(), &surprises)
            && let Some(active) = self.active.iter_mut().find(|active| active.is_last)
        {
            subject.detector = active.index;
            if active.is_open || active.applies_to(&subject) {
                active.detector.evaluate(&subject, findings);
            }
        }
        let is_kept = subject.is_kept.get();
        self.baselines.watch(&subject, &surprises);
        if subject.surprises.is_some_and(Surprises::is_stated) {
            let (_, key) = subject.actor();
            self.baselines.settle(key, time, &surprises);
        }
        let is_judged = surprises.is_judged();
        if is_judged {
            let (_, key) = subject.actor();
            self.baselines.apply(key, &surprises);
        }
        self.surprises = Some(surprises);
        if is_kept {
            self.ids.keep(id(event, raw.bytes));
        }
        if is_judged {
            event.note(Note::VerdictApplied);
        }
        if findings.is_late {
            event.note(Note::Late);
        }
        if findings.is_uncounted {
            event.note(Note::NotCounted);
        }
        if findings.is_cut {
            event.note(Note::FindingsCut);
        }
        if findings.is_suppressed {
            event.note(Note::Suppressed);
        }
    }

    /// Hash of a record's bytes, which identifies a redelivered record.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        self.digest.of(bytes)
    }

    pub fn key(&self) -> HashKey {
        self.digest.key()
    }

    /// Hashes under another key from now on: that of a snapshot, whose hashes were made with it.
    pub fn set_key(&mut self, key: HashKey) {
        self.digest = Digest::new(key);
    }

    /// The time by which the event is evaluated, never ahead of the clock: no record moves a window on further than that. Moves the watermark on.
    fn advance(&mut self, event: &mut Event, now: Millis, time: Millis) -> Millis {
        if time > now.saturating_add(self.clock_skew) {
            event.note(Note::TimeAhead);
        }
        let time = time.min(now);
        self.watermark = self.watermark.max(time);
        time
    }

    /// True if the event's findings are still held.
    fn repeat(&mut self, identity: u64, findings: &mut Findings) -> bool {
        let Some(kept) = self.past_findings.recall(identity, finding::KEPT) else {
            return false;
        };
        kept.iter().enumerate().for_each(|(at, &byte)| findings.restore(at, byte));
        !findings.is_empty()
    }

    /// Lists every sketch.
    pub fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(Sketch::Words(&mut self.recent.words));
        visit(Sketch::Words(&mut self.past_findings.words));
        visit(Sketch::Words(&mut self.forms));
        visit(Sketch::Words(&mut self.failure_reports.table.words));
        visit(Sketch::Words(&mut self.ids.words));
        visit(Sketch::Words(&mut self.occurrences.table.words));
        self.baselines.sketches(visit);
        for Active { detector, .. } in &mut self.active {
            detector.sketches(visit);
        }
    }

    /// The sketch at that place in the list.
    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        let (mut at, mut found) = (0usize, None);
        self.sketches(&mut |sketch| {
            if at == index {
                found = Some(sketch.words());
            }
            at = at.saturating_add(1);
        });
        found
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.watermark = Millis::MIN;
        self.sketches(&mut |sketch| sketch.words().clear());
    }

    /// Bytes held by sketches.
    pub fn memory(&mut self) -> usize {
        let mut bytes = self.past_findings.buffers();
        self.sketches(&mut |sketch| bytes = bytes.saturating_add(sketch.words().memory()));
        bytes
    }

    /// The tables of keys of the detector at that place in the list of all.
    pub fn tables(&mut self, index: usize, mut visit: impl FnMut(&mut Table)) {
        let active = self.active.iter_mut().find(|active| active.index == index);
        if let Some(Active { detector, .. }) = active {
            detector.sketches(&mut |sketch| {
                if let Sketch::Table(table) = sketch {
                    visit(table);
                }
            });
        }
    }

    /// The health of each detector that runs: its place in the list of all, its description, its counts since the start.
    pub fn health(&self) -> impl Iterator<Item = (usize, &'static Spec, Reach)> {
        self.active.iter().filter_map(|active| {
            let spec = *detector::ALL.get(active.index)?;
            let reach = self.health.of(active.index, spec, active.detector.as_ref());
            Some((active.index, spec, reach))
        })
    }

    /// Records that the health of detectors leaves out, because their kinds found no place.
    pub fn uncounted(&self) -> u64 {
        self.health.uncounted()
    }

    /// The rules of all detectors: the id of each, and its findings since the start.
    pub fn rules(&self) -> impl Iterator<Item = (&str, u64)> {
        self.active.iter().flat_map(|active| (0..).map_while(|index| active.detector.rule(index)))
    }

    /// Findings of rules by their ids; rules without a finding are left out.
    pub fn fired(&self) -> BTreeMap<String, u64> {
        let fired = self.rules().filter(|(_, count)| *count > 0);
        fired.map(|(id, count)| (id.to_owned(), count)).collect()
    }

    /// Takes over the findings of rules from before a change of the policy.
    pub fn take_over(&mut self, fired: &BTreeMap<String, u64>) {
        self.active.iter_mut().for_each(|active| active.detector.take_over(fired));
    }

    pub fn evictions(&mut self) -> u64 {
        let mut sum = 0u64;
        for index in 0..detector::ALL.len() {
            self.tables(index, |table| sum = sum.saturating_add(table.evictions()));
        }
        sum
    }
}

/// The shares of recent events, of past findings, and of failure reports.
const RECENT: usize = 6;
const PAST_FINDINGS: usize = 7;
const FAILURE_REPORTS: usize = 1;

/// Finds the place of a detector in the list of all.
fn place_of(id: &str) -> Option<usize> {
    detector::IDS.iter().position(|held| *held == id)
}

const fn shares() -> usize {
    let (mut sum, mut rest) = (RECENT + PAST_FINDINGS + FAILURE_REPORTS, detector::ALL);
    while let [spec, more @ ..] = rest {
        sum = sum.saturating_add(spec.share);
        rest = more;
    }
    sum
}

const _: () = assert!(shares() <= 64, "the shares are 64ths of the budget");
const _: () = assert!(
    detector::ALL.len() < 32,
    "findings know their detectors by five bits, and behind the last of a set of them is none"
);
