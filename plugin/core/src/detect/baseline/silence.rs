//! Sources and hosts that always report, and fall silent: seen on the next record of any kind.
//!
//! Time is counted in minutes of the stream: while nothing arrives at all, none passes, so that an outage of the shipper silences nobody. Each entity's
//! longest silence of two spells of fourteen days is what is usual, nights and weekends included. Of one whose longest silence is a night, there were at most two such
//! silences a day, and of one whose longest is a weekend, as weeks.

use super::Surprise;
use crate::detect::{Subject, shorten};
use crate::event::Field;
use crate::sketch::logarithm::{exp2, log2};
use crate::sketch::{Words, pack, unpack};
use crate::text::{Sink, cut};
use crate::time::{MINUTE, Millis};
use crate::write::Writer;

/// Entities that are held, in sets of eight.
const SETS: u64 = 16;
const WAYS: usize = 8;
/// Words of a name: longer ones are cut.
const NAME: usize = 6;
/// Key, newest minute and count, longest silences, first minute and what was stated, until when it is watched and from what silence on, name.
const ENTRY: usize = 5 + NAME;
/// The stream's clocks, and when the next look at all is due.
const HEADER: usize = 2;
/// A pause of the stream counts as no more than so many minutes.
const PAUSE: u32 = 15;
/// A silence from so many minutes on is a rest, of which there are two a day at most; from so many on it is that of a weekend, one a week.
const NIGHT: u32 = 3 * 60;
const REST: u32 = 12 * 60;
const WEEKEND: u32 = 24 * 60;
/// Minutes of a spell.
const SPELL: u32 = 14 * 24 * 60;
/// An entity is known after so many reports, in different minutes, over so many minutes.
const LEAST_REPORTS: u32 = 200;
const LEAST_MINUTES: u32 = 7 * 24 * 60;
/// One that is usually silent for longer reports too seldom to be missed.
const LONGEST: u32 = 36 * 60;
/// Minutes for which an entity is watched after its logging was changed, and in how many minutes it must have reported before.
const WATCHED: u32 = 24 * 60;
const LEAST_WATCHED: u32 = 30;
/// Minutes after which all are looked at, at the latest.
const LOOK: u32 = 60;

/// The kinds of entities.
pub const SOURCE: u64 = 1;
pub const HOST: u64 = 2;

/// An entity that fell silent.
#[derive(Clone, Copy, Debug)]
pub struct Silent {
    pub is_host: bool,
    /// Its logging was changed before.
    pub is_after_change: bool,
    name: [u8; NAME * 8],
    pub surprise: Surprise,
}

impl Silent {
    pub fn name(&self) -> &[u8] {
        let end = self.name.iter().position(|byte| *byte == 0).unwrap_or(self.name.len());
        self.name.get(..end).unwrap_or_default()
    }
}

/// All that is held.
pub struct Silence {
    pub words: Words,
    /// Minutes below which no silence is a finding, and between two findings of an entity.
    least: u32,
    cooldown: u32,
}

/// The parts of an entry.
#[derive(Clone, Copy, Default)]
struct Entity {
    last: u32,
    reports: u32,
    newer: u32,
    older: u32,
    first: u32,
    is_stated: bool,
    /// The minute of the newest finding; 0 for none.
    stated: u32,
    /// Until which minute it is watched, and the silence that is a finding then.
    watched: u32,
    least: u32,
}

impl Entity {
    fn read(words: &[u64; ENTRY]) -> Entity {
        let [_, heard, longest, begun, watched, ..] = *words;
        let (watched, least) = unpack(watched);
        let ((last, reports), (newer, older)) = (unpack(heard), unpack(longest));
        let (first, stated) = unpack(begun);
        let (is_stated, stated) = (stated & 1 != 0, stated.wrapping_shr(1));
        Entity { last, reports, newer, older, first, is_stated, stated, watched, least }
    }

    fn write(self, words: &mut [u64; ENTRY]) {
        let [_, heard, longest, begun, watched, ..] = words;
        *watched = pack(self.watched, self.least);
        *heard = pack(self.last, self.reports);
        *longest = pack(self.newer, self.older);
        let stated = self.stated.wrapping_shl(1) | u32::from(self.is_stated);
        *begun = pack(self.first, stated);
    }

    fn longest(self) -> u32 {
        self.newer.max(self.older).max(1)
    }

    fn is_known(self) -> bool {
        self.reports >= LEAST_REPORTS
            && self.last.saturating_sub(self.first) >= LEAST_MINUTES
            && self.longest() <= LONGEST
    }

    /// Reports once more.
    fn report(self, minute: u32) -> Entity {
        let gap = minute.saturating_sub(self.last);
        let passed = (minute / SPELL).saturating_sub(self.last / SPELL);
        let (newer, older) = match passed {
            0 => (self.newer, self.older),
            1 => (0, self.newer),
            _ => (0, 0),
        };
        Entity {
            last: minute,
            reports: self.reports.saturating_add(1),
            newer: newer.max(gap),
            older,
            is_stated: false,
            ..self
        }
    }

    /// How many silences like the longest it had: of one that sleeps at night there are at most two a day, of one that rests at weekends one a week, however often it
    /// reports between them.
    fn silences(self) -> f64 {
        let span = self.last.saturating_sub(self.first);
        let every = match self.longest() {
            longest if longest >= WEEKEND => 7 * 24 * 60,
            longest if longest >= NIGHT => longest.max(REST),
            longest => longest,
        };
        let like_it = span.checked_div(every).unwrap_or_default();
        f64::from(self.reports.min(like_it.max(1)))
    }

    /// After how many minutes its silence is worth so many bits: of n silences the next is the longest with a chance of 1/(n+1), and twice as long as the
    /// longest with a quarter of it.
    fn due_after(self, threshold: f64, least: u32) -> u32 {
        let needed = (threshold - log2(self.silences() + 1.0)).max(2.0);
        let times = exp2((needed / 2.0).min(20.0));
        ((f64::from(self.longest()) * times) as u32).max(least)
    }

    /// The minute from which on its silence is a finding, because its logging was changed.
    fn due_after_change(self, now: u32) -> Option<u32> {
        let is_watched = self.watched >= now.max(1) && self.reports >= LEAST_WATCHED;
        let least = self.least.max(self.longest().saturating_mul(2));
        is_watched.then(|| self.last.saturating_add(least))
    }

    fn bits(self, gap: u32) -> f64 {
        let times = f64::from(gap) / f64::from(self.longest());
        log2(self.silences() + 1.0) + 2.0 * log2(times.max(1.0))
    }
}

impl Silence {
    pub fn new(id: &'static str, least: Millis, cooldown: u32, is_enabled: bool) -> Silence {
        let entries = if is_enabled { (SETS as usize).wrapping_mul(WAYS) } else { 0 };
        let len = entries.saturating_mul(ENTRY).saturating_add(HEADER);
        let least = u32::try_from(least / MINUTE).unwrap_or(u32::MAX);
        Silence { words: Words::new(id, 2, len), least, cooldown }
    }

    /// Moves the stream's clock on to the event's minute, which is never ahead of the host's clock; gives the minute of the stream.
    fn advance(&mut self, minute: u32) -> u32 {
        let (wall, stream) = unpack(self.words.get(0));
        if minute <= wall {
            return stream;
        }
        let passed = if wall == 0 { 1 } else { minute.wrapping_sub(wall).min(PAUSE) };
        let stream = stream.saturating_add(passed);
        self.words.set(0, pack(minute, stream));
        stream
    }

    /// Notes that source and host of the event report. Gives what has fallen silent by now; one entity an event.
    pub fn see(
        &mut self,
        subject: &Subject<'_>,
        minute: u32,
        threshold: impl Fn() -> f64,
    ) -> Option<Silent> {
        if self.words.words.len() <= HEADER {
            return None;
        }
        let now = self.advance(minute);
        for (kind, field) in [(SOURCE, Field::Source), (HOST, Field::EnvHost)] {
            let name = subject.text(field);
            if !name.is_empty() {
                // Kinds are told apart by the lowest bit.
                let key = subject.key_in(kind, name) & !1 | kind & 1;
                self.report(key, name, now);
            }
        }
        let (due, _) = unpack(self.words.get(1));
        if now < due { None } else { self.look(now, threshold()) }
    }

    /// Watches the source and the host of an event whose logging was changed: silence of so many minutes is a finding within a day.
    #[cold]
    #[inline(never)]
    pub fn watch(&mut self, subject: &Subject<'_>, least: u32) {
        let (_, now) = unpack(self.words.get(0));
        for (kind, field) in [(SOURCE, Field::Source), (HOST, Field::EnvHost)] {
            let key = subject.key_in(kind, subject.text(field)) & !1 | kind & 1;
            let set = self.set_of(key).unwrap_or_default();
            if let Some(words) = set.iter_mut().find(|words| words.first() == Some(&key)) {
                let watched = now.saturating_add(WATCHED);
                Entity { watched, least, ..Entity::read(words) }.write(words);
            }
        }
        self.words.set(1, 0);
    }

    fn set_of(&mut self, key: u64) -> Option<&mut [[u64; ENTRY]]> {
        let at = key.wrapping_shr(32).wrapping_rem(SETS) as usize;
        let (_, entries) = self.words.words.split_first_chunk_mut::<HEADER>()?;
        let (entries, _) = entries.as_chunks_mut::<ENTRY>();
        let from = at.wrapping_mul(WAYS);
        entries.get_mut(from..from.wrapping_add(WAYS))
    }

    fn report(&mut self, key: u64, name: &[u8], now: u32) {
        let Some(set) = self.set_of(key) else { return };
        if let Some(words) = set.iter_mut().find(|words| words.first() == Some(&key)) {
            let entity = Entity::read(words);
            if now > entity.last {
                entity.report(now).write(words);
            }
            return;
        }
        Silence::begin(set, key, name, now);
    }

    /// Takes a free place, else that of an entity which is not known yet and reported least: names that are made up push out nobody who is.
    #[cold]
    #[inline(never)]
    fn begin(set: &mut [[u64; ENTRY]], key: u64, name: &[u8], now: u32) {
        let worth = |words: &[u64; ENTRY]| {
            let entity = Entity::read(words);
            if words.first() == Some(&0) { 0 } else { entity.reports }
        };
        let least = set.iter_mut().min_by_key(|words| worth(words));
        let Some(words) = least.filter(|words| worth(words) < LEAST_REPORTS) else { return };
        words.fill(0);
        let [place, _, _, _, _, text @ ..] = words;
        *place = key;
        for (word, bytes) in text.iter_mut().zip(cut(name, NAME * 8).chunks(8)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Entity { last: now, reports: 1, first: now, ..Entity::default() }.write(words);
    }

    /// Looks at all: the one whose silence is worth most, of those not stated yet.
    #[cold]
    #[inline(never)]
    fn look(&mut self, now: u32, threshold: f64) -> Option<Silent> {
        let (least, cooldown) = (self.least, self.cooldown);
        let (mut next, mut worst) = (now.saturating_add(LOOK), None);
        let (_, entries) = self.words.words.split_first_chunk_mut::<HEADER>()?;
        let (entries, _) = entries.as_chunks_mut::<ENTRY>();
        for (at, words) in entries.iter().enumerate() {
            let entity = Entity::read(words);
            if words.first() == Some(&0) || entity.is_stated {
                continue;
            }
            if let Some(due) = entity.due_after_change(now) {
                if due <= now {
                    (next, worst) = (now, Some((at, 0.0)));
                    break;
                }
                next = next.min(due);
            }
            if !entity.is_known() {
                continue;
            }
            let quiet_until =
                if entity.stated == 0 { 0 } else { entity.stated.saturating_add(cooldown) };
            let due =
                entity.last.saturating_add(entity.due_after(threshold, least)).max(quiet_until);
            if due > now {
                next = next.min(due);
                continue;
            }
            let bits = entity.bits(now.saturating_sub(entity.last));
            if worst.is_none_or(|(_, held): (usize, f64)| bits > held) {
                // The others are stated with the records that follow.
                next = now;
                worst = Some((at, bits));
            }
        }
        let found = worst.and_then(|(at, bits)| Some((entries.get_mut(at)?, bits)));
        let silent = found.map(|(words, bits)| {
            let entity = Entity::read(words);
            Entity { is_stated: true, stated: now, ..entity }.write(words);
            entity.state(words, bits, threshold, now)
        });
        self.words.set(1, pack(next, 0));
        silent
    }
}

impl Entity {
    fn state(self, words: &[u64; ENTRY], bits: f64, threshold: f64, now: u32) -> Silent {
        let [key, _, _, _, _, text @ ..] = words;
        let mut name = [0; NAME * 8];
        for (bytes, word) in name.as_chunks_mut::<8>().0.iter_mut().zip(text) {
            *bytes = word.to_le_bytes();
        }
        let gap = now.saturating_sub(self.last);
        let is_after_change = self.due_after_change(now).is_some_and(|due| due <= now);
        let surprise = Surprise {
            bits,
            threshold: if is_after_change { 0.0 } else { threshold },
            is_fixed: is_after_change,
            observed: u64::from(gap),
            expected: u64::from(self.longest()),
            window: Millis::from(gap).saturating_mul(MINUTE),
            over: self.reports,
            days: self.last.saturating_sub(self.first) / (24 * 60),
            minutes: gap,
            ..Surprise::default()
        };
        Silent { is_host: key & 1 == HOST & 1, is_after_change, name, surprise }
    }
}

pub fn write(silent: &Silent, out: &mut Writer<'_>) {
    let surprise = &silent.surprise;
    out.put(if silent.is_host { b"host '" } else { b"source '" });
    out.put(shorten(silent.name()));
    out.put(b"' has reported nothing for ");
    out.number(i64::from(surprise.minutes));
    out.put(match silent.is_after_change {
        true => b" min, after its logging was changed",
        false => &b" min while others did"[..],
    });
    out.put(b"; its longest silence in ");
    out.number(i64::from(surprise.days));
    out.put(b" days was ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" min, over ");
    out.number(i64::from(surprise.over));
    out.put(b" minutes with reports");
}
