//! Failures that several voices tell of: `Invalid user`, PAM and `Failed password` of one connection are one failure.
//!
//! Of each connection it is counted how many failures each voice told of; there were as many as the one that told of most.

use super::digest::Digest;
use super::table::Table;
use crate::event::{Event, Slot, Voice};
use crate::time::{MINUTE, Millis};

/// A connection is over after so many minutes of silence: process ids come again.
const OVER: u32 = 10;
const BITS: u32 = 10;
const MOST: u32 = (1 << BITS) - 1;

/// PAM named a host, where others may name its address.
const PAM_NAMED_HOST: u32 = 1 << (3 * BITS);
const PAM: u32 = MOST << (Voice::Pam as u32 * BITS);

/// Connections, stamped with the minute of the last line, beside it the counts of three voices.
pub struct Voices {
    pub table: Table,
}

impl Voices {
    pub fn new(memory: usize) -> Voices {
        Voices { table: Table::new("voices", 2, 0, memory) }
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
        let Some(mut entry) = self.table.place(connection, 0) else { return };
        let is_over = entry.is_new || minute.abs_diff(entry.stamp()) > OVER;
        let counts = if is_over { 0 } else { entry.own() };
        let shift = (voice as u32).wrapping_mul(BITS);
        let told = counts.wrapping_shr(shift) & MOST;
        let now_told = told.saturating_add(event.times).min(MOST);
        let has_address = event.has(Slot::OriginIp);
        let named_host = if voice == Voice::Pam && !has_address { PAM_NAMED_HOST } else { 0 };
        entry.set_head(minute, (counts | named_host) ^ (told ^ now_told).wrapping_shl(shift));
        // What the count can't hold is counted all the same.
        let lost = event.times.saturating_sub(now_told.saturating_sub(told));
        let new = now_told.saturating_sub(most(counts));
        event.times = new.saturating_add(lost);
        if has_address && counts & PAM_NAMED_HOST != 0 {
            event.retold = now_told.saturating_sub(most(counts & !PAM)).saturating_sub(new);
        }
    }
}

/// The failures of the voice that told of most.
fn most(counts: u32) -> u32 {
    (counts & MOST).max(counts.wrapping_shr(BITS) & MOST).max(counts.wrapping_shr(2 * BITS) & MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Voice::{self, Attempt, NoSuchUser, Pam};
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
        (event.times, event.times + event.retold)
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
