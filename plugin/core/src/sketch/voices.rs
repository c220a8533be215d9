//! Failures that several voices tell of: `Invalid user`, PAM and `Failed password` of one connection are one failure.
//!
//! Of each connection it is counted how many failures each voice told of; there were as many as the one that told of most.

use super::digest::Digest;
use super::{EDITION, Words};
use crate::event::{Event, Slot};
use crate::time::{MINUTE, Millis};

/// Words of one connection: its hash; minute of the last line, counts.
const ENTRY: usize = 2;
const WAYS: usize = 4;
/// A connection is over after so many minutes of silence: process ids come again.
const OVER: u64 = 10;
const LANES: u32 = 3;
const BITS: u32 = 10;
const MOST: u64 = (1 << BITS) - 1;

pub struct Voices {
    pub words: Words,
    sets: usize,
}

impl Voices {
    pub fn new(memory: usize) -> Voices {
        let sets = (memory / (ENTRY * WAYS * 8)).max(1);
        let sets = if sets.is_power_of_two() { sets } else { sets.next_power_of_two() / 2 };
        Voices { words: Words::new("voices", EDITION | 1, sets.saturating_mul(WAYS * ENTRY)), sets }
    }

    /// Takes from the event's count what other voices told before.
    pub fn weigh(&mut self, event: &mut Event, input: &[u8], digest: &Digest, time: Millis) {
        let Some(voice) = event.voice.filter(|_| event.times > 0) else { return };
        let text = |slot| event.text(input, slot);
        let session = match text(Slot::ActorSession) {
            // Without a process id: whoever tries from there.
            b"" => digest.of(text(Slot::ActorName)) ^ digest.of(text(Slot::OriginIp)).rotate_left(17),
            pid => digest.of(pid).rotate_left(31),
        };
        let connection = (session ^ digest.of(text(Slot::EnvHost)).rotate_left(47)).max(1);
        let minute = u64::try_from(time / MINUTE).unwrap_or_default() & 0xffff_ffff;
        let place = self.place(connection, minute);
        let counts = self.words.get(place.wrapping_add(1)) & 0xffff_ffff;
        let most = |counts: u64| (0..LANES).map(|lane| counts.wrapping_shr(lane.wrapping_mul(BITS)) & MOST).max().unwrap_or_default();
        let shift = (voice as u32).wrapping_mul(BITS);
        let told = counts.wrapping_shr(shift) & MOST;
        let now_told = told.saturating_add(u64::from(event.times)).min(MOST);
        let after = counts ^ (told ^ now_told).wrapping_shl(shift);
        self.words.set(place.wrapping_add(1), minute.wrapping_shl(32) | after);
        // What the count can't hold is counted all the same.
        let lost = u64::from(event.times).saturating_sub(now_told.saturating_sub(told));
        event.times = u32::try_from(most(after).saturating_sub(most(counts)).saturating_add(lost)).unwrap_or(u32::MAX);
    }

    /// The words of the connection, empty where it is new; it takes the place of the one longest silent.
    fn place(&mut self, connection: u64, minute: u64) -> usize {
        let set = (connection as usize & self.sets.wrapping_sub(1)).wrapping_mul(WAYS * ENTRY);
        let (mut oldest, mut oldest_minute) = (set, u64::MAX);
        for way in 0..WAYS {
            let entry = set.wrapping_add(way.wrapping_mul(ENTRY));
            let last = self.words.get(entry.wrapping_add(1)).wrapping_shr(32);
            if self.words.get(entry) == connection && minute.abs_diff(last) <= OVER {
                return entry;
            }
            let last = if self.words.get(entry) == connection { 0 } else { last };
            if last < oldest_minute {
                (oldest, oldest_minute) = (entry, last);
            }
        }
        self.words.set(oldest, connection);
        self.words.set(oldest.wrapping_add(1), 0);
        oldest
    }
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
