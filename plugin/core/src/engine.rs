//! The engine: the steps of a record, in order.

#[cfg(not(target_family = "wasm"))]
mod inspect;

use crate::address::Proxies;
use crate::detect::Findings;
use crate::detection::Detect;
use crate::encode::mark::Mark;
use crate::encode::{Encoder, Templates};
use crate::enrich::Enrich;
use crate::event::{Event, Field};
use crate::normalise::Normaliser;
use crate::note::{Note, Notes};
use crate::parse::syslog::Header;
use crate::parse::tape::Tape;
use crate::parse::{Carry, Limits, Parsed, wrap};
use crate::policy::Policy;
use crate::raw::Raw;
use crate::rule::condition::{Condition, Look, Scratch};
use crate::rule::record::Record;
use crate::schema::Sealed;
use crate::sketch::HashKey;
use crate::snapshot::{Refused, Snapshotter};
use crate::status::Counters;
use crate::text::Sink;
use crate::value::Val;
use crate::write::{Output, Writer};
use crate::{VERSION, pack, route};
use std::cell::RefCell;

/// Secret that the interface draws at start, so that input cannot guess it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Secret {
    /// Under which records are marked as evaluated; without it none is marked nor believed.
    pub mark: Option<(u64, u64)>,
    /// Under which state hashes what it remembers; a restored snapshot brings its own.
    pub hash: (u64, u64),
}

/// The filter: one per module instance.
pub struct Engine {
    policy: Policy,
    normaliser: Normaliser,
    tape: Tape,
    /// For looking at what is to be written.
    spare: Tape,
    pub(crate) event: Event,
    enrich: Enrich,
    pub(crate) findings: Findings,
    detect: Detect,
    encoder: Encoder,
    templates: Templates,
    mark: Option<Mark>,
    counters: Counters,
    /// Notes that stand on every record until they are taken back.
    standing: Notes,
    /// Notes for the next record alone.
    once: Notes,
    /// The object on the tape that the event was read from.
    object: Option<u32>,
    /// The record came wrapped in another.
    was_unwrapped: bool,
    /// No mapping asks for the keys that lines are wrapped in, and no key of ours is like them.
    reads_lines_first: bool,
    /// The route that takes the record, by its place in the policy's list.
    route: Option<usize>,
    /// For texts with escapes that routes look at.
    scratch: RefCell<Scratch>,
}

/// Buffers that a large record left behind are given back above this.
const KEPT_BUFFER: usize = 256 << 10;

impl Engine {
    pub fn new(policy: Policy, secret: Secret) -> Engine {
        Engine {
            normaliser: Normaliser::new(
                &policy.mappings,
                |id| policy.input.reads(id),
                Proxies::new(&policy.input.trusted_proxies),
                crate::pattern::Patterns::new(&policy.input.trust),
                &Mark::keys(&policy),
            ),
            tape: Tape::new(tape_limit(&policy)),
            spare: Tape::new(4096),
            event: Event::new(),
            enrich: Enrich::new(policy.knowledge()),
            findings: Findings::new(),
            detect: Detect::new(&policy, HashKey(secret.hash.0, secret.hash.1)),
            encoder: Encoder::new(&policy, VERSION),
            templates: Templates::new(),
            mark: secret.mark.map(|key| Mark::new(key, &policy)),
            counters: Counters::default(),
            standing: Notes::default(),
            once: Notes::default(),
            object: None,
            was_unwrapped: false,
            reads_lines_first: reads_lines_first(&policy),
            route: None,
            scratch: RefCell::default(),
            policy,
        }
    }

    /// One record, from a interface to bytes: replaces what is in `out` by one strict JSON object. Never fails, never drops.
    #[inline(never)]
    pub fn process(&mut self, raw: Raw<'_>, out: &mut Output) {
        // What stands around an object is none of it; before a line it stays in the record, and is passed over where the line is read.
        let start = crate::parse::line::unmarked(raw.bytes);
        let object = match raw.bytes.get(start..) {
            Some([b'{', ..]) if start > 0 || !raw.bytes.trim_ascii_end().ends_with(b"}") => {
                crate::parse::line::marked_object(raw.bytes)
            }
            _ => None,
        };
        let marked = raw;
        let mut raw = Raw { bytes: object.unwrap_or(raw.bytes), ..raw };
        self.begin(raw.bytes.len());
        let Some(mut parsed) = self.read(raw) else {
            return self.pass(raw, out);
        };
        // It goes out as text, and text is whole.
        if object.is_some() && matches!(parsed.carry, Carry::Text | Carry::Base64) {
            raw = marked;
            self.begin(raw.bytes.len());
            let Some(as_text) = self.read(raw) else {
                return self.pass(raw, out);
            };
            parsed = as_text;
        }
        self.complete(raw, parsed);
        let hash = self.detect(raw);
        self.encode(raw, parsed, hash, out);
    }

    /// For each condition, whether the record meets it. Nothing is counted or remembered: it is for tools that explain a rule.
    pub fn meets(&mut self, raw: Raw<'_>, conditions: &[Condition]) -> Vec<bool> {
        let met = self
            .look(raw, |look| conditions.iter().map(|condition| condition.holds(look)).collect());
        met.unwrap_or_else(|| vec![false; conditions.len()])
    }

    /// Looks at a record as conditions do; `None` if auditward wrote the record itself. Nothing is counted or remembered: it is for tools.
    pub fn look<T>(&mut self, raw: Raw<'_>, see: impl FnOnce(&Look<'_>) -> T) -> Option<T> {
        self.begin(raw.bytes.len());
        let parsed = self.read(raw)?;
        self.complete(raw, parsed);
        let record = Record::new(
            std::mem::replace(&mut self.tape, Tape::new(0)),
            self.object,
            &self.normaliser.atoms,
        )
        .with(self.normaliser.within(self.event.source));
        let scratch = RefCell::default();
        let seen =
            see(&Look { event: &self.event, input: raw.bytes, record: &record, scratch: &scratch });
        self.tape = record.into_tape();
        Some(seen)
    }

    /// True if the last record bears findings.
    pub fn has_findings(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The answer to a call that came without the record's bytes.
    pub fn lost(&mut self, len: u64, out: &mut Output) {
        self.begin(0);
        self.event.note(Note::RecordLost);
        self.counters.count(self.event.notes, &self.findings);
        out.reserve(256);
        // Without room for it there is no answer, and the interface has words of its own.
        let _ = out.fill(|writer| {
            writer.put(b"{\"notes\":[\"record-lost\"],\"lost_bytes\":");
            writer.number(i64::try_from(len).unwrap_or(i64::MAX));
            writer.put(b",");
            self.encoder.module(writer);
            writer.put(b"}");
        });
    }

    pub(crate) fn begin(&mut self, len: usize) {
        self.event.clear();
        self.findings.clear();
        if len < KEPT_BUFFER {
            self.shrink();
        }
        // A call that did not finish may have kept them.
        if self.tape.is_lost() {
            self.tape = Tape::new(tape_limit(&self.policy));
        }
        self.normaliser.begin(len);
        self.tape.clear();
        self.object = None;
        self.route = None;
        self.event.notes.extend(self.standing);
        self.event.notes.extend(self.once);
    }

    fn shrink(&mut self) {
        if self.tape.memory() > KEPT_BUFFER {
            self.tape.shrink();
        }
        if self.event.arena.capacity() > KEPT_BUFFER {
            self.event.arena.shrink_to(4096);
        }
    }

    /// Parses and normalises; `None` where the record is one of our own.
    #[inline(never)]
    pub(crate) fn read(&mut self, raw: Raw<'_>) -> Option<Parsed> {
        if let Some(parsed) = self.read_by_layout(raw) {
            return Some(parsed);
        }
        if let Some(parsed) = self.read_sole_text(raw) {
            return Some(parsed);
        }
        let parsed = self.parse(raw);
        if self.is_ours(raw, parsed) {
            return None;
        }
        self.normalise(raw, parsed);
        self.learn_layout(raw, parsed);
        Some(parsed)
    }

    /// A record of a layout that was read before: only layouts that can be copied through were learned.
    fn read_by_layout(&mut self, raw: Raw<'_>) -> Option<Parsed> {
        let notes = self.event.notes;
        if raw.bytes.len() <= KEPT_BUFFER
            && self.normaliser.apply_by_layout(raw.tag, raw.bytes, &mut self.event)
        {
            return Some(Parsed { carry: Carry::Json, object: None, by_layout: true });
        }
        self.event.notes = notes;
        None
    }

    /// A line of text that a shipper wrapped, with nothing beside it.
    fn read_sole_text(&mut self, raw: Raw<'_>) -> Option<Parsed> {
        if raw.bytes.len() > self.policy.output.max_record || !self.reads_lines_first {
            return None;
        }
        let start = wrap::sole_start(raw.bytes)?;
        if self.normaliser.read_in_place(raw, start, &mut self.detect.forms, &mut self.event) {
            return Some(Parsed { carry: Carry::Json, object: None, by_layout: true });
        }
        let text = wrap::sole_text(raw.bytes, start, &self.normaliser.atoms)?;
        let is_read = self.normaliser.read_text(
            raw,
            text,
            Header {
                voucher: self.normaliser.voucher(raw.tag, None, wrap::is_sole_of_tail(start)),
                file: wrap::file_of_sole(start),
                ..Header::default()
            },
            &mut self.detect.forms,
            &mut self.event,
        );
        is_read.then_some(Parsed { carry: Carry::Json, object: None, by_layout: true })
    }

    /// Records that bear our outermost key, or come wrapped, are looked at in full each time.
    fn learn_layout(&mut self, raw: Raw<'_>, parsed: Parsed) {
        let Some(root) = parsed.object.filter(|&root| {
            root == 0 && parsed.carry == Carry::Json && raw.bytes.len() <= KEPT_BUFFER
        }) else {
            return;
        };
        if !self.normaliser.count_unknown_layout() {
            return;
        }
        let mut ours = std::iter::once(Mark::outermost(&self.policy)).chain(crate::encode::ROUTING);
        let has_ours = ours.any(|key| {
            self.tape.member(root, self.normaliser.atoms.find(key.as_bytes())).is_some()
        });
        if !has_ours && !self.was_unwrapped {
            self.normaliser.learn_layout(&self.tape, raw.bytes, &self.event);
        }
    }

    fn parse(&mut self, raw: Raw<'_>) -> Parsed {
        let limits = Limits {
            max_record: self.policy.output.max_record,
            max_depth: self.policy.output.max_depth,
        };
        crate::parse::parse(
            raw.bytes,
            limits,
            &self.normaliser.atoms,
            &mut self.tape,
            &mut self.event,
        )
    }

    /// True if this instance wrote the record itself: it was redelivered under a new tag.
    fn is_ours(&mut self, raw: Raw<'_>, parsed: Parsed) -> bool {
        let Some(mark) = self.mark.as_ref() else {
            return false;
        };
        // The original stands one level deeper in our record than it came.
        let is_as_deep_as_ours = self.tape.depth == self.policy.output.max_depth
            && self.event.notes.has(Note::TooDeep)
            && !self.tape.has_line_ends;
        let root = parsed.object.filter(|_| parsed.carry == Carry::Json || is_as_deep_as_ours);
        let found =
            root.and_then(|root| mark.find(&self.tape, root, raw.bytes, &self.normaliser.atoms));
        found.is_some_and(|found| self.is_as_written(raw, &found))
    }

    /// The mark says that all is as it was, or, of a record without findings, that the original record and notes are; the fields, which it does not cover
    /// then, must follow from the original again.
    #[cold]
    fn is_as_written(&mut self, raw: Raw<'_>, found: &crate::encode::mark::Found) -> bool {
        let Some(mark) = self.mark.as_ref() else {
            return false;
        };
        let route = found.route(raw.bytes);
        if mark.digest(None, mark.hash_of_all(found.before(raw.bytes)), route) == found.mark {
            return true;
        }
        let Some(original) = found.original(raw.bytes).filter(|_| !found.has_findings) else {
            return false;
        };
        let own = mark.hash(found.own(raw.bytes));
        if mark.digest(Some(self.detect.hash(&original)), own, route) != found.mark {
            return false;
        }
        // It came under another tag then, which a mapping may have asked for: the pattern itself is one that fits, and none fits most.
        let mut tags: Vec<Vec<u8>> = self.normaliser.tags().map(<[u8]>::to_vec).collect();
        tags.extend([b"".to_vec(), raw.tag.to_vec()]);
        let fields = raw.bytes.get(found.fields.clone()).unwrap_or_default();
        let is_same =
            tags.iter().rev().any(|tag| self.gives(Raw { bytes: &original, tag, ..raw }, fields));
        self.begin(raw.bytes.len());
        // The tape was used for the original: it is read anew, for the caller goes on with it where the mark was not ours.
        self.parse(raw);
        is_same
    }

    /// True if these are the fields of a record without findings.
    fn gives(&mut self, raw: Raw<'_>, fields: &[u8]) -> bool {
        self.begin(raw.bytes.len());
        let parsed = self.parse(raw);
        self.normalise(raw, parsed);
        self.complete(raw, parsed);
        let mut again = Output::default();
        let sealed = Sealed {
            event: &self.event,
            findings: &self.findings,
            input: raw.bytes,
            parsed,
            tape: &self.tape,
            route: "",
            products: self.normaliser.products(),
        };
        let write = |writer: &mut Writer<'_>| {
            let _open = self.encoder.fields(&sealed, &mut self.templates, writer);
        };
        again.reserve(fields.len()) && again.fill(write).is_ok() && fields == again.bytes()
    }

    fn pass(&mut self, raw: Raw<'_>, out: &mut Output) {
        self.counters.passed = self.counters.passed.saturating_add(1);
        let is_copied =
            out.reserve(raw.bytes.len()) && out.fill(|writer| writer.put(raw.bytes)).is_ok();
        if !is_copied {
            self.carry_through(raw, Carry::Json, out);
        }
    }

    #[inline(never)]
    fn normalise(&mut self, raw: Raw<'_>, parsed: Parsed) {
        let event = &mut self.event;
        let mut object = parsed.object;
        self.was_unwrapped = false;
        let is_text = object.is_none()
            && (event.notes.has(Note::NotJson) || event.notes.has(Note::NotStrictJson));
        if is_text
            && !self.normaliser.read_bare(raw, &mut self.detect.forms, event)
            && parsed.carry == Carry::Text
        {
            object = wrap::of_text(&mut self.tape, raw.bytes, &self.normaliser.atoms, event);
        }
        // What an application wraps is its own, however it is wrapped: text, and objects too, for applications log what others send them.
        let (mut is_vouched, mut is_of_shipper) = (true, true);
        for _ in 0..=wrap::MOST {
            let Some(at) = object else { break };
            self.object = Some(at);
            if self.normaliser.apply(raw.tag, &self.tape, at, raw.bytes, event) {
                break;
            }
            let outside = self.normaliser.wrapping.look(&self.tape, at, event.texts(raw.bytes));
            let listed = outside.listed;
            is_of_shipper &= outside.is_of_shipper || self.normaliser.trusts(raw.tag);
            is_vouched &= is_of_shipper && self.normaliser.vouches(raw.tag, &self.tape, at);
            if is_vouched
                && self.normaliser.read_wrapped(raw, &self.tape, at, &mut self.detect.forms, event)
            {
                break;
            }
            let keys = &self.normaliser.wrapping;
            let goes_on = listed.is_some()
                || is_vouched
                || is_of_shipper && wrap::holds_object(&self.tape, at, raw.bytes, keys);
            if !goes_on {
                break;
            }
            self.normaliser.learn_author(raw.tag, &self.tape, at, raw.bytes, event);
            object = self.normaliser.held(listed, &mut self.tape, at, raw.bytes, event);
            self.was_unwrapped = true;
        }
        if is_text && event.source.is_some() {
            event.notes.remove(Note::NotJson);
        }
        if event.source.is_none() {
            event.notes.remove(Note::SeveralEvents);
        }
        if self.normaliser.is_spent() {
            event.note(Note::PartLimit);
        }
        self.encoder.check_keys(parsed, &self.tape, raw.bytes, event);
    }

    /// Sets the fields that every event has, and flags for missing values.
    #[inline(never)]
    pub(crate) fn complete(&mut self, raw: Raw<'_>, parsed: Parsed) {
        let event = &mut self.event;
        match (event.time_ms, &self.policy.input.zone) {
            (None, _) => {
                event.put_time(raw.time);
                event.note(Note::NoTime);
            }
            (Some(local), Some(zone)) if event.is_local_time => {
                let time = zone.instant(local);
                event.time_ms = Some(time);
                event.put_time(time);
            }
            _ => {}
        }
        if !event.has(Field::Id) {
            event.set(Field::Id, Val::Digest(HashKey::default().hash(raw.bytes)));
        }
        unname(event, raw.bytes);
        self.enrich.apply(event, raw.bytes);
        gaps(event, parsed);
    }

    /// Gives the hash of the record's bytes.
    #[inline(never)]
    fn detect(&mut self, raw: Raw<'_>) -> u64 {
        let hash = self.detect.hash(raw.bytes);
        let time = self.event.time_ms.unwrap_or(raw.time);
        let record = Record::new(
            std::mem::replace(&mut self.tape, Tape::new(0)),
            self.object,
            &self.normaliser.atoms,
        )
        .with(self.normaliser.within(self.event.source));
        self.detect.evaluate(&mut self.event, raw, &record, hash, time, &mut self.findings);
        if self.policy.output.routing && !self.policy.routes.is_empty() {
            self.scratch.get_mut().forget();
            let look = Look {
                event: &self.event,
                input: raw.bytes,
                record: &record,
                scratch: &self.scratch,
            };
            self.route = route::choose(&self.policy.routes, &look, &self.findings);
        }
        self.tape = record.into_tape();
        if !self.findings.is_empty()
            && !crate::parse::json::is_list_of_objects(
                self.findings.list(),
                &self.normaliser.atoms,
                &mut self.spare,
            )
        {
            // Only state that someone else wrote can hold text that is not ours: none of it is to be trusted.
            self.findings.clear();
            self.forget();
            self.event.note(Note::StateSetAside);
        }
        hash
    }

    #[inline(never)]
    fn encode(&mut self, raw: Raw<'_>, parsed: Parsed, hash: u64, out: &mut Output) {
        self.counters.count(self.event.notes, &self.findings);
        self.once = Notes::default();
        let sealed = Sealed {
            event: &self.event,
            findings: &self.findings,
            input: raw.bytes,
            parsed,
            tape: &self.tape,
            route: self
                .route
                .and_then(|at| self.policy.routes.get(at))
                .map_or("", |route| &route.name),
            products: self.normaliser.products(),
        };
        let mark = self.mark.as_ref().map(|mark| (mark, hash));
        let mut room = self.encoder.estimate(raw.bytes.len());
        // The first time tells what is needed where the estimate was not enough.
        for _ in 0..2 {
            if !out.reserve(room) {
                break;
            }
            match out.fill(|writer| self.encoder.encode(&sealed, mark, &mut self.templates, writer))
            {
                Ok(()) => return,
                Err(needed) => room = needed,
            }
        }
        self.carry_through(raw, parsed.carry, out);
    }

    /// Memory is short: the record alone, or as much of its text as there is room for.
    #[cold]
    fn carry_through(&mut self, raw: Raw<'_>, carry: Carry, out: &mut Output) {
        self.counters.count_note(Note::OutOfMemory);
        self.tape.shrink();
        self.event.arena = Vec::new();
        let mut kept = raw.bytes.len();
        while kept > 0 {
            let text = raw.bytes.get(..kept).unwrap_or_default();
            let (carry, whole) =
                if kept == raw.bytes.len() { (carry, true) } else { (Carry::Base64, false) };
            let mut counted = Writer::new(&mut []);
            crate::encode::carry(text, carry, &mut counted);
            let write = |writer: &mut Writer<'_>| {
                writer.put(b"{\"notes\":[\"out-of-memory\"],");
                writer.put(if carry == Carry::Base64 { b"\"raw_base64\":" } else { b"\"raw\":" });
                crate::encode::carry(text, carry, writer);
                if !whole {
                    writer.put(b",\"lost_bytes\":");
                    writer.number(
                        i64::try_from(raw.bytes.len().saturating_sub(kept)).unwrap_or(i64::MAX),
                    );
                }
                writer.put(b",");
                self.encoder.module(writer);
                writer.put(b"}");
            };
            if out.reserve(counted.len().saturating_add(256)) && out.fill(write).is_ok() {
                return;
            }
            kept /= 2;
        }
        self.lost(raw.bytes.len() as u64, out);
    }

    /// The policy at work.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Takes another policy; what was learned stays, but for sketches whose shape it changes.
    pub fn set_policy(&mut self, policy: Policy, secret: Secret) {
        let snapshot = self.snapshot();
        let (counters, standing) = (std::mem::take(&mut self.counters), self.standing);
        let fired = self.detect.fired();
        *self = Engine::new(policy, secret);
        (self.counters, self.standing) = (counters, standing);
        self.detect.take_over(&fired);
        // It was written by this build a moment ago; a sketch of another shape is left out, nothing else can happen.
        let _ = self.restore(&snapshot);
    }

    /// Puts a note on every record from now on, or takes it back.
    pub fn set_standing(&mut self, note: Note, stands: bool) {
        let mut notes = Notes::default();
        for held in self.standing.iter().filter(|held| *held != note) {
            notes.add(held);
        }
        if stands {
            notes.add(note);
        }
        self.standing = notes;
    }

    /// Puts a note on the next record.
    pub fn note_once(&mut self, note: Note) {
        self.once.add(note);
    }

    /// All learned state.
    pub fn snapshot(&mut self) -> Vec<u8> {
        let (mut out, mut snapshotter) = (Vec::new(), Snapshotter::default());
        while !self.snapshot_step(&mut snapshotter, 64, &mut out) {}
        out
    }

    /// A slice of it; whether it was the last one.
    pub fn snapshot_step(
        &mut self,
        snapshotter: &mut Snapshotter,
        blocks: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        snapshotter.step(&mut self.detect, VERSION, blocks, out)
    }

    /// Takes over learned state; nothing changes where it is refused.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), Refused> {
        crate::snapshot::restore(&mut self.detect, snapshot)?;
        if !self.detect.not_restored.is_empty() {
            self.note_once(Note::StatePartlyLost);
        }
        Ok(())
    }

    /// The sketches of the last snapshot that could not be taken over.
    pub fn not_restored(&self) -> &[&'static str] {
        &self.detect.not_restored
    }

    /// Forgets all learned state.
    pub fn forget(&mut self) {
        self.detect.clear();
        self.normaliser.forget_layouts();
    }

    /// Writes the engine's status as JSON, in at most `out`'s length; returns its length.
    pub fn status(&mut self, out: &mut [u8]) -> Option<usize> {
        let memory = self.memory();
        let mut writer = Writer::new(out);
        crate::status::write(&self.counters, &mut self.detect, memory, &self.policy, &mut writer);
        writer.fits().then_some(writer.len())
    }

    /// Bytes held by state and buffers.
    pub fn memory(&mut self) -> usize {
        let tapes = self.tape.memory().saturating_add(self.spare.memory());
        let held = [
            self.detect.memory(),
            tapes,
            self.event.arena.capacity(),
            self.encoder.memory(),
            self.templates.memory(),
            self.normaliser.memory(),
        ];
        held.into_iter().fold(0, usize::saturating_add)
    }
}

fn reads_lines_first(policy: &Policy) -> bool {
    let asks_alone = |tests: &Vec<crate::mapping::Test>| {
        tests.iter().all(|test| wrap::SOLE.contains(&test.path.root()))
    };
    let mappings = policy.mappings.iter().chain(pack::built_in());
    let is_asked = mappings.flat_map(|mapping| &mapping.when.any).any(asks_alone);
    !is_asked && !wrap::SOLE.contains(&policy.output.key.as_str())
}

/// At most so many values a record: one for eight bytes of the longest.
fn tape_limit(policy: &Policy) -> usize {
    (policy.output.max_record / 8).max(1024)
}

/// Takes out what only says that there is no name: six hosts with a `-` are no common origin.
fn unname(event: &mut Event, input: &[u8]) {
    const NAMES: [Field; 6] = [
        Field::ActorId,
        Field::ActorName,
        Field::ActorEmail,
        Field::ActorSession,
        Field::OriginIp,
        Field::OriginHost,
    ];
    for field in NAMES {
        if event.has(field) && crate::address::is_no_name(event.text(input, field)) {
            event.unset(field);
        }
    }
}

/// Notes which of who, what, where and outcome the record does not say.
fn gaps(event: &mut Event, parsed: Parsed) {
    if event.source.is_none() {
        if parsed.object.is_some() {
            event.note(Note::UnknownSource);
        }
        return;
    }
    const fn any_of(fields: &[Field]) -> u64 {
        let (mut bits, mut rest) = (0, fields);
        while let [field, more @ ..] = rest {
            bits |= 1u64.wrapping_shl(*field as u32);
            rest = more;
        }
        bits
    }
    const WHO: u64 = any_of(&[Field::ActorId, Field::ActorName, Field::ActorEmail]);
    const WHAT: u64 = any_of(&[Field::ActionName]);
    const WHERE: u64 =
        any_of(&[Field::OriginIp, Field::OriginHost, Field::OriginDevice, Field::EnvHost]);
    const OUTCOME: u64 = any_of(&[Field::OutcomeResult]);
    for (fields, note) in [
        (WHO, Note::NoActor),
        (WHAT, Note::NoAction),
        (WHERE, Note::NoOrigin),
        (OUTCOME, Note::NoOutcome),
    ] {
        if event.filled() & fields == 0 {
            event.note(note);
        }
    }
    // Nobody in particular is said to have acted, which is not the same as saying nothing.
    if event.notes.has(Note::NoActor) && event.is(Field::ActorType, "anonymous") {
        event.notes.remove(Note::NoActor);
    }
}
