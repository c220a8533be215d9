//! Accounts that were inactive for long and act again.

use super::actor::Actor;
use super::{DORMANT, Learner, Surprise, is_refused};
use crate::detect::{Subject, shorten};
use crate::event::Field;
use crate::text::Sink;
use crate::time::{DAY, Millis};
use crate::write::Writer;

/// Active days before an account can be inactive.
const LEAST_DAYS: u32 = 3;
/// An account is inactive for so many times what usually lies between two of its active days: a job of every quarter is not.
const TIMES: u32 = 4;

impl Learner<'_> {
    /// An event of an account that was inactive for long. Called before the event's hour is learned.
    #[inline]
    pub(super) fn dormant(&mut self, actor: &Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let gap = actor.gap();
        if gap < self.options.dormant_days || self.when.hour != actor.hour() {
            return None;
        }
        self.returned(actor, gap, subject)
    }

    #[cold]
    #[inline(never)]
    fn returned(&mut self, actor: &Actor<'_>, gap: u32, subject: &Subject<'_>) -> Option<Surprise> {
        let age = actor.age();
        let days = u32::from(age.days).saturating_sub(1);
        let since = u32::from(age.last.saturating_sub(age.first));
        let span = since.saturating_sub(gap.saturating_add(1)).saturating_add(1);
        let between = span.checked_div(days).unwrap_or_default().max(1);
        if days < LEAST_DAYS || gap < between.saturating_mul(TIMES) || is_refused(subject) {
            return None;
        }
        let is_sensitive = subject.facts.has_any(self.options.sensitive);
        let is_user = subject.text(Field::ActorType) == b"user";
        let is_odd = is_user && !actor.hours.is_near(self.when.hour_of_week);
        let more = usize::from(is_sensitive).saturating_add(usize::from(is_odd));
        // Of a steady rate of active days, such a gap is the tail of an exponential distribution.
        let rate = f64::from(gap) / f64::from(between);
        let bits = (rate * std::f64::consts::LOG2_E).min(64.0);
        // Graver events of the day are stated beside the first.
        let level = [4.0, 8.0, 16.0].get(more).copied().unwrap_or(16.0);
        self.may_state(actor, DORMANT, level).then(|| Surprise {
            bits,
            level,
            more,
            is_fixed: true,
            observed: u64::from(gap),
            expected: u64::from(between),
            window: Millis::from(gap).saturating_mul(DAY),
            over: days,
            days: span,
            gap,
            is_odd,
            local: self.options.zone.local(subject.time),
            ..Surprise::default()
        })
    }
}

pub fn write(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' acts after ");
    out.number(i64::from(surprise.gap));
    out.put(b" days without activity, at ");
    out.put(&crate::calendar::clock_text(surprise.local));
    if surprise.is_odd {
        out.put(b", an hour at which it was never active");
    }
    out.put(b": ");
    out.put(shorten(subject.text(Field::ActionName)));
    out.put(b"; before, it was active on ");
    out.number(i64::from(surprise.over));
    if surprise.expected <= 1 {
        out.put(b" days, about every day");
    } else {
        out.put(b" days, about one in ");
        out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    }
}
