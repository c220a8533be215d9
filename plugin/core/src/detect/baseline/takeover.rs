//! Accounts that somebody else uses: a new network and a new client together, while their owner is at work elsewhere, or right before what an intruder does.

use super::actor::Actor;
use super::values::print16;
use super::{
    CLIENT, COUNTRY, KINDS, Learner, NETWORK, Surprise, TAKEOVER, bit, is_refused, print, scores,
};
use crate::detect::{Subject, shorten};
use crate::event::Field;
use crate::text::{Sink, cut};
use crate::time::{DAY, MINUTE, Millis};
use crate::write::Writer;

/// Minutes for which a new place is watched.
const WATCHED: u32 = 24 * 60;
/// Minutes within which both places are in use at a time.
const TOGETHER: u32 = 60;
/// Bits that each sign adds to what the new values are worth.
const PARALLEL: f64 = 3.0;
const SENSITIVE_ACT: f64 = 3.0;
const SAME_SESSION: f64 = 4.0;
const REFUSED: f64 = 3.0;
/// Refused attempts from there that are a sign: one is a typo.
const LEAST_REFUSED: u8 = 2;

/// Signs that a phone needs: people take one up beside their work, in its own network.
const SIGNS_OF_PHONE: usize = 2;

/// A place that is new to an actor, and its owner's activity elsewhere. Without bits it is one from which nothing but refused attempts came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspect {
    /// The print of the new network; 0 for none.
    pub network: u32,
    /// The minute of its first event.
    pub since: u32,
    /// The newest minute of activity in known networks, and the print of its session.
    pub home: u32,
    pub session: u16,
    /// Attempts to sign in from there that were refused shortly before it was let in.
    pub refused: u8,
    /// Bits of the values that were new.
    pub bits: u8,
}

impl Suspect {
    fn is_watched(self, network: u32, minute: u32) -> bool {
        self.network == network && self.bits > 0 && minute.saturating_sub(self.since) < WATCHED
    }

    /// Attempts that were refused in a network within the last hour.
    fn refused_from(self, network: u32, minute: u32) -> u8 {
        let is_near = minute.saturating_sub(self.since) <= TOGETHER;
        if self.network == network && is_near { self.refused } else { 0 }
    }
}

/// Notes an attempt to sign in as the actor that was refused. It proves nothing of who acts, so it ends no watch, and is forgotten with the next network.
#[cold]
#[inline(never)]
pub(super) fn refused(actor: &mut Actor<'_>, network: u64, minute: u32) {
    let (held, network) = (actor.suspect(), print(network));
    let is_busy = held.bits > 0 && minute.saturating_sub(held.since) < WATCHED;
    if is_busy || minute < held.since {
        return;
    }
    let before = held.refused_from(network, minute);
    let since = if before == 0 { minute } else { held.since };
    let refused = before.saturating_add(1);
    actor.set_suspect(Suspect { network, since, refused, bits: 0, ..held });
}

impl Learner<'_> {
    /// An event from a place that is not the actor's. `fresh` are the kinds whose value it had for the first time.
    #[inline]
    pub(super) fn takeover(
        &mut self,
        actor: &mut Actor<'_>,
        values: &[u64; KINDS],
        fresh: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let [network, ..] = *values;
        if network == 0 {
            return None;
        }
        let suspect = actor.suspect();
        let is_new = fresh & bit(NETWORK) != 0;
        if is_new || suspect.network == print(network) && suspect.bits > 0 {
            return self.elsewhere(actor, suspect, values, fresh, subject);
        }
        if self.when.is_new_minute {
            let session = print16(subject, Field::ActorSession);
            actor.set_suspect(Suspect { home: self.when.minute, session, ..suspect });
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn elsewhere(
        &mut self,
        actor: &mut Actor<'_>,
        held: Suspect,
        values: &[u64; KINDS],
        fresh: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let minute = self.when.minute;
        let network = print(values.first().copied().unwrap_or_default());
        let is_watched = held.is_watched(network, minute);
        let suspect = if is_watched {
            held
        } else {
            // Where clients are not known, the country stands for them.
            let has_client = values.get(CLIENT).is_some_and(|client| *client != 0);
            let other = if has_client { CLIENT } else { COUNTRY };
            let is_new = self.novelty > 0.0;
            let is_suspect = is_new && fresh & bit(other) != 0 && fresh & bit(NETWORK) != 0;
            let is_known = subject.is_known_network();
            if !is_suspect || is_known || !actor.age().is_mature() {
                if fresh & bit(NETWORK) == 0 {
                    actor.set_suspect(Suspect { network: 0, home: minute, ..held });
                }
                return None;
            }
            let bits = self.novelty.clamp(1.0, 255.0) as u8;
            let refused = held.refused_from(network, minute);
            Suspect { network, since: minute, refused, bits, ..held }
        };
        if !is_watched {
            actor.set_suspect(suspect);
        }
        let is_parallel = suspect.home > 0 && minute.saturating_sub(suspect.home) <= TOGETHER;
        let is_sensitive = subject.facts.has_any(self.options.sensitive) && !is_refused(subject);
        let session = print16(subject, Field::ActorSession);
        let is_same = session != 0 && session == suspect.session;
        let is_insisting = suspect.refused >= LEAST_REFUSED;
        let signs = [
            (is_parallel, PARALLEL),
            (is_sensitive, SENSITIVE_ACT),
            (is_same, SAME_SESSION),
            (is_insisting, REFUSED),
        ];
        let added: f64 = signs.iter().filter(|(holds, _)| *holds).map(|(_, bits)| bits).sum();
        // One sign is there by chance.
        let threshold = (self.threshold(scores::PLACE) + PARALLEL).min(self.own_threshold());
        let bits = f64::from(suspect.bits) + added;
        let count = signs.iter().filter(|(holds, _)| *holds).count();
        let least = if is_phone(subject) { SIGNS_OF_PHONE } else { 1 };
        if count < least || bits < threshold {
            return None;
        }
        // More signs are stated though one was.
        let level = [4.0, 8.0, 16.0].get(count.saturating_sub(1)).copied().unwrap_or(16.0);
        self.may_state(actor, TAKEOVER, level).then(|| Surprise {
            bits,
            threshold,
            level,
            more: usize::from(count > 1),
            is_fixed: true,
            is_parallel,
            is_sensitive,
            is_same,
            refused: if is_insisting { suspect.refused } else { 0 },
            observed: u64::from(minute.saturating_sub(suspect.since)),
            expected: 0,
            window: DAY,
            over: actor.value(NETWORK).0 as u32,
            days: u32::from(actor.age().days),
            minutes: minute.saturating_sub(suspect.home),
            ..Surprise::default()
        })
    }
}

/// True if the client says that it is a phone's or a tablet's browser.
fn is_phone(subject: &Subject<'_>) -> bool {
    const PHONES: [&[u8]; 3] = [b"iPhone", b"iPad", b"Linux; Android"];
    let agent = subject.text(Field::OriginUserAgent);
    let platform = agent.strip_prefix(b"Mozilla/5.0 (");
    platform.is_some_and(|platform| PHONES.iter().any(|phone| platform.starts_with(phone)))
}

pub fn write(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' acts from '");
    out.put(subject.text(Field::OriginIp));
    let client = cut(subject.text(Field::OriginUserAgent), 96);
    if client.is_empty() {
        out.put(b"', a network that is new to it");
    } else {
        out.put(b"' with '");
        out.put(client);
        out.put(b"', a network and a client that are both new to it");
    }
    if surprise.is_parallel {
        out.put(b", while its owner was at work in a known network ");
        crate::detect::write_duration(
            Millis::from(surprise.minutes.max(1)).saturating_mul(MINUTE),
            out,
        );
        out.put(b" before");
    }
    if surprise.refused > 0 {
        out.put(b", after ");
        out.number(i64::from(surprise.refused));
        out.put(b" refused attempts to sign in from there");
    }
    if surprise.is_same {
        out.put(b", with the owner's own session");
    }
    if surprise.is_sensitive {
        out.put(b": ");
        out.put(shorten(subject.text(Field::ActionName)));
        out.put(b" is an act that matters");
    }
    out.put(b"; known are ");
    out.number(i64::from(surprise.over));
    out.put(b" minutes of activity on ");
    out.number(i64::from(surprise.days));
    out.put(b" days");
}
