//! Failures that several failure_reports tell of: `Invalid user`, PAM and `Failed password` of one connection are one failure.
//!
//! Of each connection it is counted how many failures each report told of; there were as many as the one that told of most.
//!
//! A module of PAM that refuses decides nothing where another one is asked after it: `pam_unix` does not know who `pam_sss` knows. So it is learned of each
//! program on each host whether it reports its sign-ins itself, and whether another module accepted what the first one refused. There the refusals of the
//! modules that do not decide are held back: those that do decide are counted. Where nothing follows what was held back, it is counted again.

use super::digest::Digest;
use super::table::{Entry, Table};
use crate::address::{is_no_name, is_own};
use crate::event::{Category, Event, FailureReport, Field, LetIn, Outcome};
use crate::time::{MINUTE, Millis, SECOND};

/// Minutes of silence after which a connection is over, because process ids are reused.
const OVER: u32 = 10;
const BITS: u32 = 12;
const MOST: u64 = (1 << BITS) - 1;
/// Flags of held-back reports of the modules: all of them, or that of `pam_unix`.
const HELD: u64 = 1 << 60;
const HELD_UNIX: u64 = 1 << 61;
/// Modules named no address, or no account, where other failure_reports may name one.
const NO_ADDRESS: u64 = 1 << 62;
const NO_ACCOUNT: u64 = 1 << 63;
const UNIX: u64 = MOST << (FailureReport::Pam as u32 * BITS);
const OTHER_MODULES: u64 = MOST << (FailureReport::OtherPam as u32 * BITS);
const MODULES: u64 = UNIX | OTHER_MODULES;

/// The program reports its sign-ins itself.
const REPORTS: u64 = 1;
/// Another module accepted what `pam_unix` had refused.
const STACKED: u64 = 2;
/// Sessions that were opened at once behind a refusal: a module accepted without a word.
const QUICK: u64 = 1 << 8;
const QUICK_BITS: u64 = 0xff << 8;
/// Refusals held back since the program or a deciding module reported anything.
const UNRESOLVED: u64 = 1 << 32;

/// A person who mistypes needs longer than so many seconds to be let in by the second try.
const AT_ONCE: u32 = 1;
/// Number of such sessions that is not a coincidence.
const QUICK_ENOUGH: u64 = 2;
/// As many refusals are held back at once: where the program reports on this host, and where only that is known what others do.
const MOST_HELD: u64 = 16;
const MOST_HELD_UNSURE: u64 = 4;

/// Connections, stamped with the minute of the last line, each with the counts of its failure_reports; and programs, each with how its refusals are reported.
pub struct FailureReports {
    pub table: Table,
}

/// Words of a connection, and of a program.
const ENTRY: usize = 1;

/// Keys of what a line belongs to.
struct Keys {
    connection: u64,
    /// The program on its host, and wherever it runs. 0 where the line does not name it.
    program: u64,
    anywhere: u64,
}

impl Keys {
    fn of(event: &Event, input: &[u8], digest: &Digest) -> Keys {
        let text = |field| event.text(input, field);
        let session = match text(Field::ActorSession) {
            pid if !pid.is_empty() && event.served_by.is_none() => digest.of(pid).rotate_left(31),
            // No process id of the client's own: whoever tries from there.
            _ => {
                digest.of(text(Field::ActorName)) ^ digest.of(text(Field::OriginIp)).rotate_left(17)
            }
        };
        let name = event.served_by.map_or_else(|| text(Field::EnvService), |by| by.name.as_bytes());
        let is_anywhere = event.served_by.is_some_and(|by| by.is_anywhere);
        let host = if is_anywhere { 0 } else { digest.of(text(Field::EnvHost)) };
        let joined = |key: u64, role: u32| (key ^ host.rotate_left(role)).max(1);
        let (program, anywhere) = match name {
            b"" => (0, 0),
            name => (joined(digest.of(name), 23), digest.of(name).rotate_left(7).max(1)),
        };
        Keys { connection: joined(session, 47), program, anywhere }
    }
}

impl FailureReports {
    pub fn new(memory: usize) -> FailureReports {
        FailureReports { table: Table::new("failure_reports", 4, ENTRY, OVER, memory) }
    }

    /// Takes from the event's count what other failure_reports told before, and what others decide.
    #[inline(never)]
    pub fn weigh(&mut self, event: &mut Event, input: &[u8], digest: &Digest, time: Millis) {
        let report = event.failure_report.filter(|_| event.times > 0);
        match (event.let_in, report) {
            (Some(by), _) => self.let_in(by, &Keys::of(event, input, digest), time),
            (None, Some(_)) if event.served_by.is_some_and(|by| by.has_access_log) => {
                self.of_error_log(event, input, digest, minute(time));
            }
            (None, Some(report)) => {
                self.refused(report, event, &Keys::of(event, input, digest), time);
                let is_counted = event.times | event.retold_of_origin | event.retold_of_account > 0;
                // Without a source that records other programs' sign-ins, there is no other witness.
                if is_counted && self.table.find(AUDITED, ENTRY).is_some() {
                    self.attested(BY_PROGRAM, event, input, digest, minute(time));
                }
            }
            (None, None) if event.witness > BY_PROGRAM && is_failed_sign_in(event) => {
                let minute = minute(time);
                self.mark(AUDITED, minute);
                self.attested(event.witness, event, input, digest, minute);
            }
            // An access log tells of each request: what the error log says of the same is held back.
            (None, None) if event.credential_failure && event.has(Field::RequestStatus) => {
                self.of_access_log(event, input, digest, minute(time));
            }
            (None, None) => {}
        }
    }

    /// A wrong password that an error log tells of: counted unless an access log told of the same origin, or of the same account, where a proxy stands before the
    /// server and its error log calls that the client.
    #[cold]
    #[inline(never)]
    fn of_error_log(&mut self, event: &mut Event, input: &[u8], digest: &Digest, minute: u32) {
        let origin = event.text(input, Field::OriginIp);
        let account = event.text(input, Field::ActorName);
        let is_told = |reports: &mut FailureReports, field: Field, text: &[u8]| {
            let entry = reports.table.find(http_key(field, text, digest), ENTRY);
            entry.is_some_and(|entry| minute.abs_diff(entry.stamp()) <= OVER)
        };
        let is_told = is_told(self, Field::OriginIp, origin)
            || is_own(origin) && is_told(self, Field::ActorName, account);
        if is_told {
            event.times = 0;
        }
    }

    /// A wrong password that an access log tells of.
    #[inline(never)]
    fn of_access_log(&mut self, event: &Event, input: &[u8], digest: &Digest, minute: u32) {
        for field in [Field::OriginIp, Field::ActorName] {
            self.mark(http_key(field, event.text(input, field), digest), minute);
        }
    }

    /// Keeps it until some minutes after this one.
    fn mark(&mut self, key: u64, minute: u32) {
        if let Some(mut entry) = self.table.place(key, ENTRY, minute) {
            entry.set_stamp(minute);
        }
    }

    /// Takes from the event's count what another witness told of the same account and origin in the same minute: there were as many attempts as the one that
    /// told of most. The hosts are not compared, since the audit daemon's records mostly name none.
    #[cold]
    #[inline(never)]
    fn attested(&mut self, by: u8, event: &mut Event, input: &[u8], digest: &Digest, minute: u32) {
        let is_against_target = event.is_against_target;
        let account = if is_against_target { Field::TargetName } else { Field::ActorName };
        let (origin, account) = (event.text(input, Field::OriginIp), event.text(input, account));
        let bucket = u64::from(minute).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ AUDITED;
        let origin_key = digest.of(origin) ^ bucket;
        let of_origin = (!origin.is_empty()).then_some(origin_key.max(1));
        let of_account = (!is_no_name(account) && !account.is_empty())
            .then(|| (origin_key.rotate_left(17) ^ digest.of(account)).max(1));
        let new = |reports: &mut FailureReports, key: Option<u64>, retold: u32| {
            let times = event.times.saturating_add(retold);
            key.map(|key| reports.new_of(key, by, times, minute))
        };
        let origin = new(self, of_origin, event.retold_of_origin);
        let account = new(self, of_account, event.retold_of_account);
        let Some((of_origin, of_account)) = origin.or(account).zip(account.or(origin)) else {
            return;
        };
        event.times = of_origin.min(of_account);
        event.retold_of_origin = of_origin.saturating_sub(event.times);
        event.retold_of_account = of_account.saturating_sub(event.times);
    }

    /// How many more attempts there were by what all witnesses told.
    fn new_of(&mut self, key: u64, by: u8, times: u32, minute: u32) -> u32 {
        let Some(mut entry) = self.table.place(key, ENTRY, minute) else {
            return times;
        };
        entry.set_stamp(minute);
        let Some(counts) = entry.words.first_mut() else {
            return times;
        };
        let before = most(*counts);
        let shift = u32::from(by).wrapping_mul(BITS);
        let told = counts.wrapping_shr(shift) & MOST;
        let (now_told, lost) = with_more(told, times);
        *counts ^= (told ^ now_told).wrapping_shl(shift);
        now_told.saturating_sub(before).saturating_add(lost) as u32
    }

    fn refused(&mut self, report: FailureReport, event: &mut Event, keys: &Keys, time: Millis) {
        let minute = minute(time);
        let held = match report {
            FailureReport::Pam | FailureReport::OtherPam => self.hold(report, keys, minute),
            _ => {
                self.reports(keys, minute);
                None
            }
        };
        let Some(mut entry) = self.table.place(keys.connection, ENTRY, minute) else {
            return;
        };
        let is_over = entry.is_new || minute.abs_diff(entry.stamp()) > OVER;
        // When a module refused last, beside the minute.
        let second = if report == FailureReport::Pam { second(time) } else { entry.own() };
        entry.set_head(minute, second);
        let Some(kept) = entry.words.first_mut() else {
            return;
        };
        let mut counts = if is_over { 0 } else { *kept };
        if let Some(held) = held {
            counts = counts & !(HELD | HELD_UNIX) | held;
        }
        let shift = (report as u32).wrapping_mul(BITS);
        let told = counts.wrapping_shr(shift) & MOST;
        let (now_told, lost) = with_more(told, event.times);
        *kept = (counts | unreported(event, report)) ^ (told ^ now_told).wrapping_shl(shift);
        let ignored = ignored(counts);
        if MOST.wrapping_shl(shift) & ignored != 0 {
            event.times = 0;
            return;
        }
        let counts = counts & !ignored;
        let new = now_told.saturating_sub(most(counts));
        event.times = new.saturating_add(lost) as u32;
        if counts & (NO_ADDRESS | NO_ACCOUNT) != 0 {
            let retold =
                now_told.saturating_sub(most(counts & !MODULES)).saturating_sub(new) as u32;
            let is_said = |field, unreported| event.has(field) && counts & unreported != 0;
            let (of_origin, of_account) =
                (is_said(Field::OriginIp, NO_ADDRESS), is_said(Field::ActorName, NO_ACCOUNT));
            event.retold_of_origin = if of_origin { retold } else { 0 };
            event.retold_of_account = if of_account { retold } else { 0 };
        }
    }

    /// Holds the module's report back, if necessary; gives the flags of the connection.
    fn hold(&mut self, report: FailureReport, keys: &Keys, minute: u32) -> Option<u64> {
        if keys.program == 0 {
            return None;
        }
        let is_reported_anywhere =
            self.table.find(keys.anywhere, ENTRY).is_some_and(|entry| has(&entry, REPORTS));
        let mut entry = match self.table.find(keys.program, ENTRY) {
            Some(entry) => entry,
            None if is_reported_anywhere => self.table.place(keys.program, ENTRY, minute)?,
            None => return Some(0),
        };
        entry.set_stamp(minute);
        let known = entry.words.first_mut()?;
        let (held, most) = match *known {
            known if known & REPORTS != 0 => (HELD, MOST_HELD),
            _ if is_reported_anywhere => (HELD, MOST_HELD_UNSURE),
            known if known & STACKED != 0 => (HELD_UNIX, MOST_HELD_UNSURE),
            _ => return Some(0),
        };
        if held == HELD_UNIX && report == FailureReport::OtherPam {
            *known = resolved(*known);
            return None;
        }
        if *known / UNRESOLVED >= most {
            return Some(0);
        }
        *known = known.saturating_add(UNRESOLVED);
        Some(held)
    }

    fn let_in(&mut self, by: LetIn, keys: &Keys, time: Millis) {
        let minute = minute(time);
        if keys.program == 0 {
            return;
        }
        if by == LetIn::Program {
            return self.reports(keys, minute);
        }
        let Some(refused) = self.table.find(keys.connection, ENTRY) else {
            return;
        };
        let counts = refused.words.first().copied().unwrap_or_default();
        // The modules refused, and the program did not.
        let is_stacked =
            counts & UNIX != 0 && counts & OTHER_MODULES == 0 && most(counts & !MODULES) == 0;
        if !is_stacked || minute.abs_diff(refused.stamp()) > OVER {
            return;
        }
        let is_at_once = second(time).abs_diff(refused.own()) <= AT_ONCE;
        if by == LetIn::Session && !is_at_once {
            return;
        }
        let Some(mut entry) = self.table.place(keys.program, ENTRY, minute) else {
            return;
        };
        entry.set_stamp(minute);
        let Some(known) = entry.words.first_mut() else {
            return;
        };
        *known = resolved(*known);
        if by == LetIn::Session && *known & QUICK_BITS < QUICK_BITS {
            *known = known.saturating_add(QUICK);
        }
        if by == LetIn::Module || (*known & QUICK_BITS) / QUICK >= QUICK_ENOUGH {
            *known |= STACKED;
        }
    }

    /// The program reported a sign-in, as it does each.
    fn reports(&mut self, keys: &Keys, minute: u32) {
        if keys.program == 0 {
            return;
        }
        let Some(mut entry) = self.table.place(keys.program, ENTRY, minute) else {
            return;
        };
        let is_known = has(&entry, REPORTS) && entry.stamp() == minute;
        entry.set_stamp(minute);
        if let Some(known) = entry.words.first_mut() {
            *known = resolved(*known) | REPORTS;
        }
        if is_known {
            return;
        }
        if let Some(mut entry) = self.table.place(keys.anywhere, ENTRY, minute) {
            entry.set_stamp(minute);
            if let Some(known) = entry.words.first_mut() {
                *known |= REPORTS;
            }
        }
    }
}

/// The witness of a failed sign-in that is the program itself; the others are kinds of reports of a source that records sign-ins of programs.
const BY_PROGRAM: u8 = 0;
/// As many kinds of reports such a source may name, beside any other kind: each has a count of its own.
pub const MOST_WITNESSES: usize = (64 / BITS as usize) - 2;

/// The key under which it is kept that a source records sign-ins of programs, such as an audit daemon.
const AUDITED: u64 = 0x6175_6469_7464_0001;

/// Tells keys of access logs from others.
const ACCESS_LOG: u64 = 0x6163_6365_7373_0001;

/// The key of an origin or an account of which an access log told.
fn http_key(field: Field, text: &[u8], digest: &Digest) -> u64 {
    (digest.of(text) ^ ACCESS_LOG.rotate_left(field as u32)).max(1)
}

fn is_failed_sign_in(event: &Event) -> bool {
    event.category == Some(Category::Authentication)
        && matches!(event.outcome, Some(Outcome::Failure | Outcome::Denied))
}

/// A count with so many more, and how many of them it cannot hold: they are counted all the same.
fn with_more(told: u64, times: u32) -> (u64, u64) {
    let times = u64::from(times);
    let now_told = told.saturating_add(times).min(MOST);
    (now_told, times.saturating_sub(now_told.saturating_sub(told)))
}

fn minute(time: Millis) -> u32 {
    (time / MINUTE) as u32
}

fn second(time: Millis) -> u32 {
    (time / SECOND) as u32
}

fn has(entry: &Entry<'_>, flag: u64) -> bool {
    entry.words.first().is_some_and(|known| known & flag != 0)
}

/// Nothing is held back any more.
fn resolved(known: u64) -> u64 {
    known % UNRESOLVED
}

/// The counts of failure_reports that decide nothing.
fn ignored(counts: u64) -> u64 {
    match counts {
        _ if counts & HELD != 0 => MODULES,
        _ if counts & HELD_UNIX != 0 => UNIX,
        _ => 0,
    }
}

/// Failures of a module's line that other reports count.
fn unreported(event: &Event, report: FailureReport) -> u64 {
    if !matches!(report, FailureReport::Pam | FailureReport::OtherPam) {
        return 0;
    }
    let no = |field, bit| if event.has(field) { 0 } else { bit };
    no(Field::OriginIp, NO_ADDRESS) | no(Field::ActorName, NO_ACCOUNT)
}

/// The failures of the report that told of most.
fn most(counts: u64) -> u64 {
    let of = |report: u32| counts.wrapping_shr(report.wrapping_mul(BITS)) & MOST;
    (0..KINDS).map(of).fold(0, u64::max)
}

const KINDS: u32 = FailureReport::Attempt as u32 + 1;
const _: () = assert!(KINDS * BITS <= HELD.trailing_zeros(), "flags stand above the counts");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FailureReport::{self, Attempt, NoSuchUser, OtherPam, Pam};
    use crate::event::Server;
    use crate::sketch::HashKey;
    use crate::value::Val;

    fn weighed(
        failure_reports: &mut FailureReports,
        pid: &str,
        report: FailureReport,
        times: u32,
        time: Millis,
    ) -> u32 {
        let mut event = Event::new();
        let span = event.quote(pid.as_bytes()).unwrap();
        event.set(Field::ActorSession, Val::Json(span));
        (event.failure_report, event.times) = (Some(report), times);
        failure_reports.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), time);
        event.times
    }

    #[test]
    fn what_several_reports_tell_is_one_failure() {
        let mut failure_reports = FailureReports::new(4096);
        let told: Vec<u32> =
            [(NoSuchUser, 1), (Pam, 1), (Attempt, 1), (Attempt, 5), (Pam, 4), (Pam, 2)]
                .map(|(report, times)| weighed(&mut failure_reports, "7", report, times, 0))
                .to_vec();
        assert_eq!(told, [1, 0, 0, 5, 0, 1]);
        assert_eq!(weighed(&mut failure_reports, "8", Pam, 1, 0), 1, "another connection");
    }

    /// Counts that one more failure of the connection adds to its account and to its origin.
    fn counted(
        failure_reports: &mut FailureReports,
        report: FailureReport,
        field: Field,
        origin: &str,
    ) -> (u32, u32) {
        let mut event = Event::new();
        for (field, text) in [(Field::ActorSession, "7"), (field, origin)] {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(field, Val::Json(span));
        }
        event.failure_report = Some(report);
        failure_reports.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), 0);
        (event.times, event.times + event.retold_of_origin)
    }

    #[test]
    fn an_address_is_not_told_before_by_a_report_that_names_a_host() {
        let mut failure_reports = FailureReports::new(4096);
        for (report, field, origin, expected) in [
            (Pam, Field::OriginHost, "a.example", (1, 1)),
            (NoSuchUser, Field::OriginIp, "203.0.113.7", (0, 1)),
            (Attempt, Field::OriginIp, "203.0.113.7", (0, 0)),
            (Attempt, Field::OriginIp, "203.0.113.7", (1, 1)),
            (Pam, Field::OriginHost, "a.example", (0, 0)),
            (Pam, Field::OriginHost, "a.example", (1, 1)),
            (Attempt, Field::OriginIp, "203.0.113.7", (0, 1)),
        ] {
            assert_eq!(
                counted(&mut failure_reports, report, field, origin),
                expected,
                "{report:?}"
            );
        }
        let mut failure_reports = FailureReports::new(4096);
        assert_eq!(counted(&mut failure_reports, Pam, Field::OriginIp, "203.0.113.7"), (1, 1));
        assert_eq!(
            counted(&mut failure_reports, Attempt, Field::OriginIp, "203.0.113.7"),
            (0, 0),
            "PAM named the address"
        );
    }

    #[test]
    fn several_modules_tell_of_the_same_failure() {
        let mut failure_reports = FailureReports::new(4096);
        let told =
            [(Pam, 1), (OtherPam, 1), (Attempt, 1), (OtherPam, 1), (OtherPam, 1), (Attempt, 2)]
                .map(|(report, times)| weighed(&mut failure_reports, "7", report, times, 0));
        assert_eq!(told, [1, 0, 0, 1, 1, 0]);
    }

    #[test]
    fn an_account_is_not_told_before_by_a_report_that_names_none() {
        let mut failure_reports = FailureReports::new(4096);
        let mut told = |report: FailureReport, name: &str| {
            let mut event = Event::new();
            for (field, text) in [
                (Field::ActorSession, "7"),
                (Field::OriginIp, "203.0.113.7"),
                (Field::ActorName, name),
            ] {
                let span = event.quote(text.as_bytes()).unwrap();
                event.set(field, if text.is_empty() { Val::None } else { Val::Json(span) });
            }
            event.failure_report = Some(report);
            failure_reports.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), 0);
            (event.times, event.retold_of_origin, event.retold_of_account)
        };
        assert_eq!(
            [told(Pam, ""), told(Attempt, "alice"), told(Attempt, "alice"), told(Pam, "")],
            [(1, 0, 0), (0, 0, 1), (1, 0, 0), (0, 0, 0)]
        );
    }

    static WITH_ACCESS_LOG: Server =
        Server { name: "http", is_anywhere: false, has_access_log: true };

    /// A wrong password that an access or an error log tells of; how often it counts.
    fn asked(
        failure_reports: &mut FailureReports,
        is_error: bool,
        name: &str,
        origin: &str,
        minutes: Millis,
    ) -> u32 {
        let mut event = Event::new();
        for (field, text) in [(Field::ActorName, name), (Field::OriginIp, origin)] {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(field, Val::Json(span));
        }
        if is_error {
            (event.failure_report, event.served_by) = (Some(Pam), Some(&WITH_ACCESS_LOG));
        } else {
            event.credential_failure = true;
            event.set(Field::RequestStatus, Val::Int(401));
        }
        let time = minutes * MINUTE;
        failure_reports.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), time);
        event.times
    }

    #[test]
    fn an_error_log_counts_where_no_access_log_tells_of_the_same_origin() {
        let mut reports = FailureReports::new(4096);
        for (is_error, name, origin, minutes, expected) in [
            (true, "bob", "203.0.113.7", 0, 1),
            (false, "bob", "203.0.113.7", 0, 1),
            (true, "bob", "203.0.113.7", 0, 0),
            (true, "eve", "203.0.113.7", 1, 0),
            // A server of which no access log is read.
            (true, "bob", "198.51.100.4", 1, 1),
            (true, "bob", "198.51.100.4", 1, 1),
            // A proxy stands before the server.
            (true, "bob", "10.0.0.5", 1, 0),
            (true, "dan", "10.0.0.5", 1, 1),
            // The access log is not read any more.
            (true, "bob", "203.0.113.7", 30, 1),
        ] {
            let seen = asked(&mut reports, is_error, name, origin, minutes);
            assert_eq!(seen, expected, "{is_error} {name} {origin} {minutes}");
        }
    }

    /// An attempt as sshd or the audit daemon tells of it; counts that it adds to its origin and to its account.
    fn witnessed(
        failure_reports: &mut FailureReports,
        record: &str,
        name: &str,
        pid: &str,
        time: Millis,
    ) -> (u32, u32) {
        let mut event = Event::new();
        event.witness = match record {
            "user_auth" => 1,
            "user_login" => 2,
            _ => 0,
        };
        for (field, text) in [
            (Field::ActionName, record),
            (Field::ActorSession, pid),
            (Field::OriginIp, "203.0.113.7"),
            (Field::ActorName, name),
        ] {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(field, Val::Json(span));
        }
        event.set_category(Category::Authentication);
        event.set_outcome(Outcome::Failure);
        event.failure_report = (event.witness == 0).then_some(Attempt);
        failure_reports.weigh(&mut event, b"", &Digest::new(HashKey(1, 2)), time);
        (event.times + event.retold_of_origin, event.times + event.retold_of_account)
    }

    #[test]
    fn what_the_audit_daemon_tells_as_well_is_one_attempt() {
        let mut reports = FailureReports::new(4096);
        // It is not known yet that one tells of sign-ins.
        assert_eq!(witnessed(&mut reports, "user_auth", "x", "1", 0), (1, 1));
        for (record, name, pid, minutes, expected) in [
            ("ssh_login", "bob", "7", 1, (1, 1)),
            ("user_auth", "bob", "7", 1, (0, 0)),
            ("user_login", "bob", "7", 1, (0, 0)),
            // In any order, by any process.
            ("user_login", "bob", "8", 1, (1, 1)),
            ("user_auth", "bob", "9", 1, (0, 0)),
            ("ssh_login", "bob", "8", 1, (0, 0)),
            // Of another account.
            ("ssh_login", "eve", "8", 1, (1, 1)),
            // The audit daemon does not say which account it was that does not exist.
            ("user_login", "(invalid user)", "8", 1, (0, 0)),
            ("user_login", "(invalid user)", "8", 1, (1, 1)),
            ("ssh_login", "dan", "8", 1, (0, 1)),
            // In another minute.
            ("user_auth", "bob", "9", 2, (1, 1)),
            ("ssh_login", "bob", "9", 2, (0, 0)),
            // Late, but of its minute.
            ("user_auth", "eve", "9", 1, (0, 0)),
        ] {
            let seen = witnessed(&mut reports, record, name, pid, minutes * MINUTE);
            assert_eq!(seen, expected, "{record} {name} {minutes}");
        }
    }

    #[test]
    fn each_of_many_attempts_counts() {
        let mut failure_reports = FailureReports::new(0);
        assert_eq!(
            (0..2000).map(|n| weighed(&mut failure_reports, "7", Attempt, 1, n)).sum::<u32>(),
            2000
        );
    }

    #[test]
    fn a_process_id_that_comes_again_is_another_connection() {
        let mut failure_reports = FailureReports::new(4096);
        assert_eq!(weighed(&mut failure_reports, "7", Attempt, 3, 0), 3);
        assert_eq!(weighed(&mut failure_reports, "7", Pam, 2, 30 * MINUTE), 2);
    }
}
