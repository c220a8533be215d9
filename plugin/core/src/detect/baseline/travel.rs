//! Ways that nobody travels: two places of one person, too far apart for the time between them.

use super::actor::Actor;
use super::position::Position;
use super::{CLIENT, COUNTRY, Learner, NETWORK, Surprise, TRAVEL, bit, is_refused};
use crate::detect::{Subject, shorten};
use crate::event::Field;
use crate::sketch::{pack, unpack};
use crate::text::Sink;
use crate::time::{MINUTE, Millis};
use crate::write::Writer;

/// Nothing below so many kilometres is a way: databases place addresses less exactly.
const LEAST: f64 = 500.0;
const PLACES: u64 = 1 << Field::OriginLat as u32 | 1 << Field::OriginCountry as u32;

impl Learner<'_> {
    /// A person at a place that is new to it, and could not be reached since the event before.
    #[inline]
    pub(super) fn travel(
        &mut self,
        actor: &mut Actor<'_>,
        fresh: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        if subject.event.filled() & PLACES == 0 {
            return None;
        }
        self.moved(actor, fresh, subject)
    }

    #[inline(never)]
    fn moved(
        &mut self,
        actor: &mut Actor<'_>,
        fresh: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        // VPNs and relays are places of nobody; a rented server is one.
        let is_person = subject.text(Field::ActorType) == b"user";
        if !is_person || subject.is_network_anywhere() || is_refused(subject) {
            return None;
        }
        let here = Position::of(subject)?;
        let ((held, at), minute) = (unpack(actor.place()), self.when.minute);
        if minute < at {
            return None;
        }
        actor.set_place(pack(here.0, minute));
        if held == 0 || held == here.0 || fresh & (bit(NETWORK) | bit(COUNTRY)) == 0 {
            return None;
        }
        let (km, minutes) = (Position(held).distance(here), minute.saturating_sub(at));
        let reached = self.options.speed * f64::from(minutes.saturating_add(1)) / 60.0;
        if km < LEAST || km <= reached || !actor.age().is_mature() {
            return None;
        }
        let bits = super::log2(km / reached.max(1.0)) + self.novelty;
        self.may_state(actor, TRAVEL, bits).then(|| Surprise {
            bits,
            is_fixed: true,
            more: usize::from(fresh & bit(CLIENT) != 0),
            observed: km as u64,
            expected: reached as u64,
            window: Millis::from(minutes).saturating_mul(MINUTE),
            over: actor.value(NETWORK).0 as u32,
            days: u32::from(actor.age().days),
            minutes,
            ..Surprise::default()
        })
    }
}

pub fn write(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' acts from '");
    let country = subject.text(Field::OriginCountry);
    out.put(if country.is_empty() { subject.text(Field::OriginIp) } else { country });
    out.put(b"', at least ");
    out.number(i64::try_from(surprise.observed).unwrap_or(i64::MAX));
    out.put(b" km from where it was ");
    out.number(i64::from(surprise.minutes));
    out.put(b" min before; ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" km can be travelled in that time");
}
