//! Origins that many people share, such as a VPN, an office or a carrier's gateway: how many accounts sign in through one, and how many of them fail first.
//! The failures that are usual for such an origin are added to the thresholds of `brute-force` and `password-spray`.
//!
//! Only an origin through which somebody signed in has a place, so guessing fills none. It counts as shared where its busiest hours have `LEAST_ACCOUNTS`
//! different accounts that sign in, on three days or more, unless the policy names its network. Of the accounts that fail in an hour at most a quarter of
//! those that get in are learned. So whoever wants to be trusted with more failures must have many accounts that sign in through one address for days, and
//! fail there all the while: with 50 an hour, the threshold of five accounts in ten minutes rises to 23 at most, with 200 to 55, with any number to 155
//! (`what_silence_costs`). Guesses at one account count for that account as before.

use crate::detect::{Facts, Subject};
use crate::sketch::decayed::{half, number, weight};
use crate::sketch::logarithm::log2;
use crate::sketch::table::Table;
use crate::sketch::tail::Moments;
use crate::sketch::{pack, unpack};
use crate::text::Sink;
use crate::time::{HOUR, Millis};
use crate::write::Writer;

/// The newest hour, and the accounts of the busiest hour of its day; accounts that signed in within the hour, and those that failed, as bits; the busiest hours
/// of days; accounts that signed in and that failed, by hours.
const ENTRY: usize = 6;
/// Bits for accounts of an hour: 64 each of the words that they are spread over.
const SIGNED_IN: usize = 2;
/// Origins make room for others after so many hours without a sign-in.
const KEEPS: u32 = 14 * 24;
/// An origin with fewer accounts in its busiest hours is not shared.
const LEAST_ACCOUNTS: f64 = 8.0;
/// Its busy hours lie on so many days at least: three equal ones, or more.
const LEAST_DAYS: f64 = 2.5;
/// Accounts that fail for each that gets in: the most that are learned; and the share where little is known, which weighs as much as `PRIOR` accounts seen.
const MOST_FAILING: f64 = 0.25;
const PRIOR_FAILING: f64 = 1.0 / 12.0;
const PRIOR: f64 = 48.0;
/// By how many times the busiest part of an hour has more than any other.
const BURST: f64 = 2.0;
/// How far counts of a window may be above what is usual: so many times their spread, whose shape is that of a gamma distribution of the rate.
const SPREADS: f64 = 4.0;
const SHAPE: f64 = 8.0;

/// Accounts at an origin that many share; nothing at any other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crowd {
    /// Accounts that sign in within its busiest hours.
    accounts: f64,
    /// Accounts that fail within them.
    failing: f64,
}

impl Crowd {
    /// How far accounts that fail within a window may exceed a threshold and be usual still; `each` failures of an account count.
    pub fn usual(self, window: Millis, each: f64) -> u64 {
        if self.failing <= 0.0 {
            return 0;
        }
        let hours = window.max(0) as f64 / HOUR as f64;
        let mean = self.failing * if hours < 1.0 { (BURST * hours).min(1.0) } else { hours };
        let spread = (mean + mean * mean / SHAPE).sqrt();
        (each * (mean + SPREADS * spread) + 0.5) as u64
    }

    /// Continues the reason of a finding.
    pub fn write(self, out: &mut Writer<'_>) {
        if self.failing > 0.0 {
            out.put(b"; about ");
            out.number((self.accounts + 0.5) as i64);
            out.put(b" accounts an hour sign in through it");
        }
    }
}

/// All that is held.
pub struct Origins {
    pub table: Table,
    half_life_days: u32,
}

/// The parts of an entry.
#[derive(Clone, Copy, Debug, Default)]
struct Origin {
    hour: u32,
    /// Accounts of the busiest hour of the day that is over.
    busiest: f64,
    signed_in: [u64; SIGNED_IN],
    failed: u64,
    /// Of the busiest hours of days.
    days: Moments,
    all_signed_in: f64,
    all_failed: f64,
}

impl Origin {
    fn read(words: &[u64; ENTRY]) -> Origin {
        let [now, first, second, failed, days, all] = *words;
        let ((hour, busiest), (all_signed_in, all_failed)) = (unpack(now), unpack(all));
        Origin {
            hour,
            busiest: number(busiest),
            signed_in: [first, second],
            failed,
            days: Moments::read(days),
            all_signed_in: number(all_signed_in),
            all_failed: number(all_failed),
        }
    }

    fn write(self, words: &mut [u64; ENTRY]) {
        let [first, second] = self.signed_in;
        *words = [
            pack(self.hour, half(self.busiest)),
            first,
            second,
            self.failed,
            self.days.word(),
            pack(half(self.all_signed_in), half(self.all_failed)),
        ];
    }

    /// Moves on to an hour behind its own.
    fn turn(self, hour: u32, half_life_days: u32) -> Origin {
        let (signed_in, failed) = (distinct(&self.signed_in), distinct(&[self.failed]));
        let busiest = self.busiest.max(signed_in);
        let days = (hour / 24).saturating_sub(self.hour / 24);
        let left = weight(days, half_life_days);
        let over = Origin {
            hour,
            busiest,
            signed_in: [0; SIGNED_IN],
            failed: 0,
            all_signed_in: (self.all_signed_in + signed_in) * left,
            all_failed: (self.all_failed + failed.min(MOST_FAILING * signed_in)) * left,
            ..self
        };
        if days == 0 {
            return over;
        }
        Origin { busiest: 0.0, days: over.days.with(busiest).fade(left), ..over }
    }

    fn crowd(self, is_named: bool) -> Crowd {
        let today = self.busiest.max(distinct(&self.signed_in));
        let accounts = match self.days.periods() >= LEAST_DAYS {
            true => self.days.typical(),
            false if is_named => today,
            false => 0.0,
        };
        if accounts < LEAST_ACCOUNTS {
            return Crowd::default();
        }
        let share = (self.all_failed + PRIOR * PRIOR_FAILING) / (self.all_signed_in + PRIOR);
        Crowd { accounts, failing: accounts * share.min(MOST_FAILING) }
    }
}

/// How many distinct values set bits of those words (linear counting): close up to as many as there are bits, at most five to six times as many.
fn distinct(words: &[u64]) -> f64 {
    let all = words.len() as f64 * 64.0;
    let zeros = words.iter().map(|word| f64::from(word.count_zeros())).sum::<f64>().max(0.5);
    all * (log2(all) - log2(zeros)) * std::f64::consts::LN_2
}

impl Origins {
    /// Within so many bytes.
    pub fn new(memory: usize, half_life_days: u32) -> Origins {
        let table = Table::new("baseline.origins", 1, ENTRY, KEEPS, memory);
        Origins { table, half_life_days }
    }

    /// Counts a sign-in, or one that failed, at its origin. Gives who shares the origin.
    #[inline(never)]
    pub fn see(&mut self, subject: &Subject<'_>, hour: u32) -> Crowd {
        let (origin, key) = subject.origin();
        if origin.is_empty() {
            return Crowd::default();
        }
        let is_failure = subject.facts.has_any(Facts::FAILED_LOGIN);
        self.count(key, hour, subject, is_failure).unwrap_or_default()
    }

    fn count(
        &mut self,
        key: u64,
        hour: u32,
        subject: &Subject<'_>,
        is_failure: bool,
    ) -> Option<Crowd> {
        // Whoever only fails takes nobody's place.
        let mut entry = if is_failure {
            self.table.find(key, ENTRY)?
        } else {
            self.table.place(key, ENTRY, hour)?
        };
        if !is_failure && (entry.is_new || hour > entry.stamp()) {
            entry.set_stamp(hour);
        }
        let is_new = entry.is_new;
        let words = entry.words.first_chunk_mut::<ENTRY>()?;
        let mut origin = Origin::read(words);
        if is_new {
            origin = Origin { hour, ..Origin::default() };
        } else if hour > origin.hour {
            origin = origin.turn(hour, self.half_life_days);
        }
        let (account, value) = subject.actor();
        if hour == origin.hour && !account.is_empty() {
            let place = (value >> 20) as u32;
            let bit = 1u64.wrapping_shl(place % 64);
            if is_failure {
                origin.failed |= bit;
            } else if let Some(word) = origin.signed_in.get_mut((place / 64) as usize % SIGNED_IN) {
                *word |= bit;
            }
        }
        origin.write(words);
        // What the record itself says vouches for nobody.
        Some(origin.crowd(subject.event.is_network_named && subject.is_known_network()))
    }

    /// Adds what another instance learned. Either order gives the same.
    pub fn merge(&mut self, other: &Origins) {
        let half_life_days = self.half_life_days;
        self.table.merge(&other.table, |one, two| merged(one, two, half_life_days));
    }
}

/// One origin out of what two instances saw of it.
fn merged(one: &[u64], two: &[u64], half_life_days: u32) -> Vec<u64> {
    let read = |words: &[u64]| words.first_chunk::<ENTRY>().map(Origin::read).unwrap_or_default();
    let (one, two) = (read(one), read(two));
    let hour = one.hour.max(two.hour);
    let at = |origin: Origin| {
        if hour > origin.hour { origin.turn(hour, half_life_days) } else { origin }
    };
    let (one, two) = (at(one), at(two));
    let mut words = [0; ENTRY];
    let signed_in = |at: fn(&[u64; SIGNED_IN]) -> u64| at(&one.signed_in) | at(&two.signed_in);
    Origin {
        hour,
        busiest: one.busiest.max(two.busiest),
        signed_in: [signed_in(|[first, _]| *first), signed_in(|[_, second]| *second)],
        failed: one.failed | two.failed,
        days: one.days.merge(two.days),
        all_signed_in: one.all_signed_in + two.all_signed_in,
        all_failed: one.all_failed + two.all_failed,
    }
    .write(&mut words);
    words.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::HashKey;
    use crate::time::{DAY, MINUTE};
    use proptest::prelude::*;

    /// An origin with so many accounts that sign in within an hour, and so many that fail, at eight o'clock on so many days.
    fn origin(days: u32, accounts: u64, failing: u64) -> Origin {
        let mut origin = Origin { hour: 8, ..Origin::default() };
        for day in 0..days {
            let hash = |n: u64| HashKey(u64::from(day), 2).hash(&n.to_le_bytes());
            for n in 0..accounts {
                let at = hash(n) as u32;
                origin.signed_in[(at / 64) as usize % SIGNED_IN] |= 1u64.wrapping_shl(at % 64);
            }
            (0..failing).for_each(|n| origin.failed |= 1u64.wrapping_shl(hash(!n) as u32 % 64));
            origin = origin.turn(day * 24 + 9, 30).turn((day + 1) * 24 + 8, 30);
        }
        origin
    }

    /// Accounts that a spray may try in ten minutes beside the threshold.
    fn usual(origin: Origin) -> u64 {
        origin.crowd(false).usual(10 * MINUTE, 1.0)
    }

    #[test]
    fn what_silence_costs() {
        let honest = |accounts: u64| usual(origin(5, accounts, accounts / 12));
        let [none, fifty, many] = [7, 50, 200].map(honest);
        assert!(
            none == 0 && (5..=8).contains(&fifty) && (15..=22).contains(&many),
            "{fifty} {many}"
        );
        // Whoever fails for days as much as it may, to be trusted with more.
        let bought = |accounts: u64| usual(origin(5, accounts, accounts));
        let [none, fifty, many, most] = [7, 50, 200, 2000].map(bought);
        assert!(none == 0 && fifty <= 18 && many <= 50 && most <= 150, "{fifty} {many} {most}");
        assert_eq!([1, 2].map(|days| usual(origin(days, 500, 500))), [0, 0], "in a day or two");
        let once = [3, 500].into_iter().fold(Origin::default(), |all, accounts| Origin {
            days: all.days.merge(origin(5 - 4 * u32::from(accounts == 500), accounts, 0).days),
            ..origin(1, accounts, accounts)
        });
        assert_eq!(usual(once), 0, "one day of many among days of few");
    }

    #[test]
    fn a_named_network_needs_no_days() {
        let begun = Origin { signed_in: [u64::MAX >> 16; 2], ..Origin::default() };
        assert_eq!((usual(begun), begun.crowd(true).usual(10 * MINUTE, 1.0) > 0), (0, true));
    }

    #[test]
    fn longer_windows_have_more_failures_and_each_counts() {
        let crowd = origin(5, 100, 8).crowd(false);
        let [five, ten, day] = [5, 10, 1440].map(|minutes| crowd.usual(minutes * MINUTE, 1.0));
        assert!(five < ten && ten * 10 < day, "{five} {ten} {day}");
        assert!(
            crowd.usual(10 * MINUTE, 2.0) >= 2 * ten - 1 && Crowd::default().usual(1, 2.0) == 0
        );
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn any_words_read_as_a_bounded_crowd(words in prop::array::uniform6(any::<u64>()), hour in any::<u32>()) {
            let read = Origin::read(&words);
            let later = if hour > read.hour { read.turn(hour, 30) } else { read };
            for origin in [read, later] {
                let crowd = origin.crowd(true);
                prop_assert!(crowd.failing.is_finite() && crowd.usual(MINUTE, 1.0) <= crowd.usual(DAY, 1.0));
            }
            prop_assert_eq!(merged(&words, &[0; ENTRY], 30).len(), ENTRY);
        }

        #[test]
        fn merging_is_the_same_in_either_order(one in prop::array::uniform6(any::<u64>()), two in prop::array::uniform6(any::<u64>())) {
            prop_assert_eq!(merged(&one, &two, 30), merged(&two, &one, 30));
        }
    }
}
