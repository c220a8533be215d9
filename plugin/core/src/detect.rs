//! Detect: passes each event once to the detectors that are interested in it. A redelivered event gets the same findings and does not change state.

pub mod baseline;
pub mod facts;
pub mod finding;
pub mod inspect;
pub mod merge;
pub mod name;
pub mod origin;
pub mod suppress;
#[cfg(test)]
pub mod testing;
pub mod threshold;
pub mod written;

pub use facts::Facts;
pub use finding::{Finding, Findings, Severity, shorten, write_duration, write_size};

use crate::Raw;
use crate::address::is_loopback;
use crate::detector::{self, Detector, Learns};
use crate::enrich::ANYBODY;
use crate::event::{Event, Field, Tag};
use crate::note::Note;
use crate::pattern::Patterns;
use crate::policy::{Policy, Settings};
use crate::rule::record::Record;
use crate::sketch::digest::Digest;
use crate::sketch::evidence::{Id, Ids};
use crate::sketch::failure_reports::FailureReports;
use crate::sketch::occurrences::{self, Occurrences};
use crate::sketch::past_findings::PastFindings;
use crate::sketch::recent::Recent;
use crate::sketch::table::Table;
use crate::sketch::{HashKey, Words};
use crate::source;
use crate::time::Millis;
use crate::value::Val;
use baseline::{Baselines, Surprises};
use origin::{Network, is_ipv6};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use suppress::Suppression;

/// A name, and the key under which state is kept for it.
type Named<'a> = Cell<Option<(&'a [u8], u64)>>;

/// Input of a detector.
pub struct Subject<'a> {
    pub event: &'a Event,
    pub input: &'a [u8],
    /// The original record, for what the event does not hold.
    pub record: &'a Record<'a>,
    /// Event time, as windows count it.
    pub time: Millis,
    /// Hashes what state is kept under: a third of what SipHash costs.
    pub digest: &'a Digest,
    pub facts: Facts,
    /// The place of the detector that looks, in the list of all.
    pub detector: usize,
    pub suppressions: &'a [Suppression],
    /// Unusual values of the event by its actor's baseline.
    pub surprises: Option<&'a Surprises>,
    /// Actor and origin with their keys, once one that looked asked.
    pub actor: Named<'a>,
    pub origin: Named<'a>,
    /// Network of the origin, if it is an IPv6 address; computed on demand.
    pub network: &'a OnceCell<Option<Network>>,
    /// The ids of events before this one, and the serial its own has among them if one that looked refers to it.
    pub ids: &'a Ids,
    pub serial: u32,
    pub is_kept: Cell<bool>,
}

impl<'a> Subject<'a> {
    /// A field's text, as JSON has it between quotes.
    pub fn text(&self, field: Field) -> &'a [u8] {
        self.event.text(self.input, field)
    }

    /// A field's whole number; what is beyond it on either side is cut.
    pub fn number(&self, field: Field) -> Option<u64> {
        match self.event.get(field) {
            Val::None => None,
            Val::Int(number) => Some(u64::try_from(number).unwrap_or_default()),
            _ => {
                let text = self.text(field);
                if (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
                    return Some(text.iter().fold(0, |number, digit| {
                        number.wrapping_mul(10).wrapping_add(u64::from(digit & 15))
                    }));
                }
                let text = std::str::from_utf8(text).ok()?;
                // Some write whole numbers with a point: `12.0`.
                text.parse::<u64>()
                    .ok()
                    .or_else(|| text.parse::<f64>().ok().map(|number| number as u64))
            }
        }
    }

    /// By which evidence refers to the event.
    pub fn serial(&self) -> u32 {
        self.is_kept.set(true);
        self.serial
    }

    /// The id of the event with that serial: this one, or one before it.
    pub fn recall(&self, serial: u32, each: &mut dyn FnMut(&[u8])) {
        if serial == self.serial {
            id(self.event, self.input).say(each)
        } else {
            self.ids.recall(serial, each)
        }
    }

    /// How many events the record stands for.
    pub fn times(&self) -> u64 {
        u64::from(self.event.times)
    }

    /// As above, for the origin, of which a record that told of them before may not have said the address.
    pub fn times_of_origin(&self) -> u64 {
        u64::from(self.event.times.saturating_add(self.event.retold_of_origin))
    }

    /// As above, for the account, of which it may not have said the name.
    pub fn times_of_account(&self) -> u64 {
        u64::from(self.event.times.saturating_add(self.event.retold_of_account))
    }

    /// Who acted, by the name people use, else by id; by the role, where whoever acts in it names the session. Of a failed attempt to act as someone else, it is
    /// the account whose password was wrong.
    pub fn account(&self) -> &'a [u8] {
        if self.event.is_against_target {
            return self.text(Field::TargetName);
        }
        let name =
            self.text(if self.is_role_session() { Field::ActorRole } else { Field::ActorName });
        if name.is_empty() { self.text(Field::ActorId) } else { name }
    }

    /// The account under which state is kept. It belongs to its environment: `root` here is not `root` there.
    pub fn account_key(&self, account: &[u8]) -> u64 {
        account_key(self.digest, self.text(Field::EnvAccount), account)
    }

    /// The origin under which state is kept. An address is one wherever it knocks.
    pub fn origin_key(&self, origin: &[u8]) -> u64 {
        self.key_in(1, origin)
    }

    /// A text within a role, or within what another key stands for: an account is not an origin of the same name.
    pub fn key_in(&self, role: u64, text: &[u8]) -> u64 {
        joined(role, self.digest.of(text))
    }

    /// Target: its id, else its name.
    pub fn target(&self) -> &'a [u8] {
        let id = self.text(Field::TargetId);
        if id.is_empty() { self.text(Field::TargetName) } else { id }
    }

    /// The name in a role, and the key under which state is kept for it: `actor`, `origin`, `target`, `service`.
    pub fn keyed(&self, role: &str) -> (&'a [u8], u64) {
        match role {
            "origin" => self.origin(),
            "target" => (self.target(), self.key_in(2, self.target())),
            "service" => {
                let service = self.text(Field::EnvService);
                let service = if service.is_empty() { self.text(Field::EnvHost) } else { service };
                // Access lines of one server mostly say neither: they are a service's all the same.
                let service = if service.is_empty() { self.text(Field::Source) } else { service };
                (service, self.key_in(3, service))
            }
            _ => self.actor(),
        }
    }

    /// Who acted, and the key under which state is kept for it: the person if it is known, who is the same in all environments, else the account.
    pub fn actor(&self) -> (&'a [u8], u64) {
        self.actor.get().unwrap_or_else(|| self.find_actor())
    }

    #[inline(never)]
    fn find_actor(&self) -> (&'a [u8], u64) {
        let person = self.text(Field::ActorPerson);
        let found = if person.is_empty() || self.event.is_against_target {
            let account = self.account();
            (account, self.account_key(account))
        } else {
            (person, self.key_in(PERSON, person))
        };
        self.actor.set(Some(found));
        found
    }

    /// Where it came from, and the key under which state is kept for it: an address, an IPv6 one's network; of sign-ins and requests the host, where that is
    /// all they say. Elsewhere a host is mostly a service at work for all.
    pub fn origin(&self) -> (&'a [u8], u64) {
        self.origin.get().unwrap_or_else(|| self.find_origin())
    }

    #[inline(never)]
    fn find_origin(&self) -> (&'a [u8], u64) {
        let mut origin = self.text(Field::OriginIp);
        if is_ipv6(origin) {
            let address = origin;
            origin = self
                .network
                .get_or_init(|| Network::of(address))
                .as_ref()
                .map_or(address, Network::text);
        } else if origin.is_empty()
            && self.facts.has_any(Facts::FAILED_LOGIN | Facts::LOGIN | Facts::HAS_STATUS)
        {
            origin = self.text(Field::OriginHost);
        }
        let mut key = self.origin_key(origin);
        if is_loopback(origin) {
            key = self.key_in(key, self.text(Field::EnvHost));
        }
        let found = (origin, key);
        self.origin.set(Some(found));
        found
    }

    fn is_role_session(&self) -> bool {
        self.event.is_role_session && self.event.has(Field::ActorRole)
    }

    /// True if one of the patterns names the actor by what it has proved to be and has not chosen itself: never by a name that was only tried, and of a role's
    /// session by the role alone, by name or by principal.
    pub fn is_exempt(&self, patterns: &Patterns) -> bool {
        if self.facts.has_any(Facts::FAILED_LOGIN) {
            return false;
        }
        if !self.is_role_session() {
            return self.is_actor(patterns);
        }
        let principal =
            self.text(Field::ActorId).split(|&byte| byte == b':').next().unwrap_or_default();
        // An ARN holds the session's name behind its colons.
        patterns.is_match(self.text(Field::ActorRole))
            || patterns.is_match(self.text(Field::ActorPerson))
            || principal != b"arn" && patterns.is_match(principal)
    }

    /// True if one of the patterns names the actor, or the role it acts in.
    pub fn is_actor(&self, patterns: &Patterns) -> bool {
        const NAMES: [Field; 5] = [
            Field::ActorId,
            Field::ActorName,
            Field::ActorEmail,
            Field::ActorRole,
            Field::ActorPerson,
        ];
        NAMES.into_iter().any(|field| patterns.is_match(self.text(field)))
    }

    /// True if the origin's network has a name that vouches for it: not one from which anybody can come.
    pub fn is_known_network(&self) -> bool {
        let network = self.text(Field::OriginNetwork);
        !network.is_empty() && !ANYBODY.iter().any(|name| name.as_bytes() == network)
    }

    /// True if the policy says that the actor is important.
    pub fn is_important(&self) -> bool {
        self.event.has(Field::ActorImportance)
            && matches!(self.text(Field::ActorImportance), b"high" | b"critical")
    }
}

/// The role of persons in keys.
const PERSON: u64 = 4;

/// The key under which state is kept for an account of an environment.
#[inline]
pub fn account_key(digest: &Digest, environment: &[u8], account: &[u8]) -> u64 {
    let role = if environment.is_empty() { 0 } else { digest.of(environment) };
    let account = match name::Folded::of(account) {
        None => digest.of(account),
        Some(folded) => digest.of(folded.text()),
    };
    joined(role, account)
}

/// The event's own id.
fn id<'a>(event: &'a Event, input: &'a [u8]) -> Id<'a> {
    let cell = Field::Id.into();
    if event.has(cell) && event.tag(cell) == Tag::Digest {
        Id::Made(event.digest(cell))
    } else {
        Id::Text(event.text(input, cell))
    }
}

/// The key of what belongs to a role, or to what another key stands for. Never 0, which marks a free place.
#[inline(always)]
pub fn joined(role: u64, key: u64) -> u64 {
    (role.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key).max(1)
}

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
            past_findings: PastFindings::new(share(VERDICTS)),
            occurrences: Occurrences::new(share(1) / 8),
            forms: source::new_memory(),
            failure_reports: FailureReports::new(share(VOICES)),
            // Of the eighth of their share that detectors leave to evidence, they keep an eighth for links.
            ids: Ids::new(
                // Those that are off are counted too: what is remembered for others does not change with them.
                share(shares().saturating_sub(RECENT + VERDICTS + VOICES).saturating_mul(7)) / 64,
            ),
            baselines: Baselines::new(policy),
            surprises: Some(Box::default()),
            interest: active.iter().fold(Facts::ANY, |all, one| all | one.interest),
            lookers: lookers(&active),
            active,
            restricted: Patterns::new(&policy.targets.restricted),
            suppressions: policy.suppressions.clone(),
            not_restored: Vec::new(),
            clock_skew: policy.input.clock_skew,
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

    /// Every sketch, in a fixed order.
    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.recent.words),
            1 => Some(&mut self.past_findings.words),
            2 => Some(&mut self.forms),
            3 => Some(&mut self.failure_reports.table.words),
            4 => Some(&mut self.ids.words),
            5 => Some(&mut self.occurrences.table.words),
            _ => {
                let mut left = index.saturating_sub(6);
                if left < Baselines::SKETCHES {
                    return self.baselines.words(left);
                }
                left = left.saturating_sub(Baselines::SKETCHES);
                for Active { detector, .. } in &mut self.active {
                    let mut own = 0usize;
                    while detector.words(own).is_some() {
                        if own == left {
                            return detector.words(own);
                        }
                        own = own.saturating_add(1);
                    }
                    left = left.saturating_sub(own);
                }
                None
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.watermark = Millis::MIN;
        let mut index = 0usize;
        while let Some(words) = self.words(index) {
            words.clear();
            index = index.saturating_add(1);
        }
    }

    /// Bytes held by sketches.
    pub fn memory(&mut self) -> usize {
        let (mut index, mut bytes) = (0usize, self.past_findings.buffers());
        while let Some(words) = self.words(index) {
            bytes = bytes.saturating_add(words.memory());
            index = index.saturating_add(1);
        }
        bytes
    }

    /// The tables of keys of the detector at that place in the list of all.
    pub fn tables(&self, index: usize) -> impl Iterator<Item = &Table> {
        let active = self.active.iter().find(|active| active.index == index);
        (0..).map_while(move |table| active?.detector.table(table))
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

    pub fn evictions(&self) -> u64 {
        (0..detector::ALL.len())
            .flat_map(|index| self.tables(index))
            .map(Table::evictions)
            .fold(0, u64::saturating_add)
    }
}

/// The shares of what was seen, of what was said, and of failure_reports.
const RECENT: usize = 6;
const VERDICTS: usize = 7;
const VOICES: usize = 1;

const fn shares() -> usize {
    let (mut sum, mut rest) = (RECENT + VERDICTS + VOICES, detector::ALL);
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
