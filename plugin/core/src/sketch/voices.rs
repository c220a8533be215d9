//! Failures that several voices tell of: `Invalid user`, PAM and `Failed password` of one connection are one failure.
//!
//! Of each connection it is counted how many failures each voice told of; there were as many as the one that told of most.

use super::digest::Digest;
use super::table::Table;
use crate::event::{Event, Slot, Voice};
use crate::time::{MINUTE, Millis};

/// A connection is over after so many minutes of silence: process ids come again.
const OVER: u32 = 10;
const BITS: u32 = 12;
const MOST: u64 = (1 << BITS) - 1;
/// Modules named no address, or no account, where other voices may name one.
const NO_ADDRESS: u64 = 1 << 62;
const NO_ACCOUNT: u64 = 1 << 63;
const MODULES: u64 = MOST << (Voice::Pam as u32 * BITS) | MOST << (Voice::OtherPam as u32 * BITS);

/// Connections, stamped with the minute of the last line, each with the counts of its voices.
pub struct Voices {
    pub table: Table,
}

/// Words of a connection.
const ENTRY: usize = 1;

impl Voices {
    pub fn new(memory: usize) -> Voices {
        Voices { table: Table::new("voices", 3, ENTRY, OVER, memory) }
    }

    /// Takes from the event's count what other voices told before.
    #[inline(never)]
    pub fn weigh(&mut self, event: &mut Event, input: &[u8], digest: &Digest, time: Millis) {
        let Some(voice) = event.voice.filter(|_| event.times > 0) else { return };
        let text = |slot| event.text(input, slot);
        let session = match text(Slot::ActorSession) {
            // Without a process id: whoever tries from there.
            b"" => digest.of(text(Slot::ActorName)) ^ digest.of(text(Slot::OriginIp)).rotate_left(17),
            pid => digest.of(pid).rotate_left(31),
        };
        let connection = (session ^ digest.of(text(Slot::EnvHost)).rotate_left(47)).max(1);
        let minute = (time / MINUTE) as u32;
        let Some(mut entry) = self.table.place(connection, ENTRY, minute) else { return };
        let is_over = entry.is_new || minute.abs_diff(entry.stamp()) > OVER;
        entry.set_stamp(minute);
        let Some(held) = entry.words.first_mut() else { return };
        let counts = if is_over { 0 } else { *held };
        let shift = (voice as u32).wrapping_mul(BITS);
        let told = counts.wrapping_shr(shift) & MOST;
        let times = u64::from(event.times);
        let now_told = told.saturating_add(times).min(MOST);
        *held = (counts | unsaid(event, voice)) ^ (told ^ now_told).wrapping_shl(shift);
        // What the count can't hold is counted all the same.
        let lost = times.saturating_sub(now_told.saturating_sub(told));
        let new = now_told.saturating_sub(most(counts));
        event.times = new.saturating_add(lost) as u32;
        if counts & (NO_ADDRESS | NO_ACCOUNT) != 0 {
            let retold = now_told.saturating_sub(most(counts & !MODULES)).saturating_sub(new) as u32;
            let is_said = |slot, unsaid| event.has(slot) && counts & unsaid != 0;
            let (of_origin, of_account) = (is_said(Slot::OriginIp, NO_ADDRESS), is_said(Slot::ActorName, NO_ACCOUNT));
            event.retold_of_origin = if of_origin { retold } else { 0 };
            event.retold_of_account = if of_account { retold } else { 0 };
        }
    }
}

/// What a module's line leaves to other voices.
fn unsaid(event: &Event, voice: Voice) -> u64 {
    if !matches!(voice, Voice::Pam | Voice::OtherPam) {
        return 0;
    }
    let no = |slot, bit| if event.has(slot) { 0 } else { bit };
    no(Slot::OriginIp, NO_ADDRESS) | no(Slot::ActorName, NO_ACCOUNT)
}

/// The failures of the voice that told of most.
fn most(counts: u64) -> u64 {
    let of = |voice: u32| counts.wrapping_shr(voice.wrapping_mul(BITS)) & MOST;
    (0..VOICES).map(of).fold(0, u64::max)
}

const VOICES: u32 = Voice::Attempt as u32 + 1;
const _: () = assert!(VOICES * BITS <= NO_ADDRESS.trailing_zeros(), "flags stand above the counts");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Voice::{self, Attempt, NoSuchUser, OtherPam, Pam};
    use crate::sketch::HashKey;
    use crate::value::Val;

    fn weighed(voices: &mut Voices, pid: &str, voice: Voice, times: u32, time: Millis) -> u32 {
        let mut event = Event::new();
        let span = event.quote(pid.as_bytes()).unwrap();
        event.set(Slot::ActorSession, Val::Json(span));
        (event.voice, event.times) = (Some(voice), times);
        voices.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), time);
        event.times
    }

    #[test]
    fn what_several_voices_tell_is_one_failure() {
        let mut voices = Voices::new(4096);
        let told: Vec<u32> = [(NoSuchUser, 1), (Pam, 1), (Attempt, 1), (Attempt, 5), (Pam, 4), (Pam, 2)]
            .map(|(voice, times)| weighed(&mut voices, "7", voice, times, 0))
            .to_vec();
        assert_eq!(told, [1, 0, 0, 5, 0, 1]);
        assert_eq!(weighed(&mut voices, "8", Pam, 1, 0), 1, "another connection");
    }

    /// What one more failure of the connection adds to its account, and to its origin.
    fn counted(voices: &mut Voices, voice: Voice, slot: Slot, origin: &str) -> (u32, u32) {
        let mut event = Event::new();
        for (slot, text) in [(Slot::ActorSession, "7"), (slot, origin)] {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(slot, Val::Json(span));
        }
        event.voice = Some(voice);
        voices.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), 0);
        (event.times, event.times + event.retold_of_origin)
    }

    #[test]
    fn an_address_is_not_told_before_by_a_voice_that_names_a_host() {
        let mut voices = Voices::new(4096);
        for (voice, slot, origin, expected) in [
            (Pam, Slot::OriginHost, "a.example", (1, 1)),
            (NoSuchUser, Slot::OriginIp, "203.0.113.7", (0, 1)),
            (Attempt, Slot::OriginIp, "203.0.113.7", (0, 0)),
            (Attempt, Slot::OriginIp, "203.0.113.7", (1, 1)),
            (Pam, Slot::OriginHost, "a.example", (0, 0)),
            (Pam, Slot::OriginHost, "a.example", (1, 1)),
            (Attempt, Slot::OriginIp, "203.0.113.7", (0, 1)),
        ] {
            assert_eq!(counted(&mut voices, voice, slot, origin), expected, "{voice:?}");
        }
        let mut voices = Voices::new(4096);
        assert_eq!(counted(&mut voices, Pam, Slot::OriginIp, "203.0.113.7"), (1, 1));
        assert_eq!(counted(&mut voices, Attempt, Slot::OriginIp, "203.0.113.7"), (0, 0), "PAM named the address");
    }

    #[test]
    fn several_modules_tell_of_the_same_failure() {
        let mut voices = Voices::new(4096);
        let told = [(Pam, 1), (OtherPam, 1), (Attempt, 1), (OtherPam, 1), (OtherPam, 1), (Attempt, 2)]
            .map(|(voice, times)| weighed(&mut voices, "7", voice, times, 0));
        assert_eq!(told, [1, 0, 0, 1, 1, 0]);
    }

    #[test]
    fn an_account_is_not_told_before_by_a_voice_that_names_none() {
        let mut voices = Voices::new(4096);
        let mut told = |voice: Voice, name: &str| {
            let mut event = Event::new();
            for (slot, text) in [(Slot::ActorSession, "7"), (Slot::OriginIp, "203.0.113.7"), (Slot::ActorName, name)] {
                let span = event.quote(text.as_bytes()).unwrap();
                event.set(slot, if text.is_empty() { Val::None } else { Val::Json(span) });
            }
            event.voice = Some(voice);
            voices.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), 0);
            (event.times, event.retold_of_origin, event.retold_of_account)
        };
        assert_eq!([told(Pam, ""), told(Attempt, "alice"), told(Attempt, "alice"), told(Pam, "")], [(1, 0, 0), (0, 0, 1), (1, 0, 0), (0, 0, 0)]);
    }

    #[test]
    fn each_of_many_attempts_counts() {
        let mut voices = Voices::new(0);
        assert_eq!((0..2000).map(|n| weighed(&mut voices, "7", Attempt, 1, n)).sum::<u32>(), 2000);
    }

    #[test]
    fn a_process_id_that_comes_again_is_another_connection() {
        let mut voices = Voices::new(4096);
        assert_eq!(weighed(&mut voices, "7", Attempt, 3, 0), 3);
        assert_eq!(weighed(&mut voices, "7", Pam, 2, 30 * MINUTE), 2);
    }
}
