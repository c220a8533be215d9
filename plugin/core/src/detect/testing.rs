//! Shared code of detectors' tests: events by the field, the detector with a policy, findings as tests look at them.

use super::{Facts, Findings, Subject};
use crate::detection::Detect;
use crate::event::{Category, Class, Event, Field, Outcome};
use crate::parse::atom::Atoms;
use crate::parse::tape::Tape;
use crate::policy::Policy;
use crate::raw::Raw;
use crate::rule::record::Record;
use crate::sketch::HashKey;
use crate::sketch::digest::Digest;
use crate::sketch::evidence::Ids;
use crate::time::Millis;
use crate::value::Val;
use std::sync::OnceLock;

/// 2026-01-09T23:06:40Z, a Friday.
pub const START: Millis = 1_768_000_000_000;

/// An event with nothing to look at.
pub fn subject(event: &Event) -> Subject<'_> {
    let digest = Box::leak(Box::new(Digest::new(HashKey(1, 2))));
    let ids = Box::leak(Box::new(Ids::new(0)));
    let network = Box::leak(Box::default());
    let (actor, origin, is_kept) = Default::default();
    let record = Box::leak(Box::new(record()));
    Subject {
        event,
        input: b"",
        record,
        time: START,
        digest,
        facts: Facts::ANY,
        detector: 0,
        suppressions: &[],
        surprises: None,
        actor,
        origin,
        network,
        ids,
        serial: 1,
        is_kept,
    }
}

/// An original record with nothing in it.
fn record() -> Record<'static> {
    static ATOMS: OnceLock<Atoms> = OnceLock::new();
    Record::new(Tape::new(0), None, ATOMS.get_or_init(|| Atoms::new(std::iter::empty())))
}

/// All of detection under a policy; tests look at one detector's findings.
pub struct Harness {
    pub detect: Detect,
    id: &'static str,
    findings: Findings,
    /// Tells events apart that say the same.
    pub number: u64,
    pub notes: crate::note::Notes,
}

/// An event in the making.
pub struct Made(pub Event);

/// A finding as the tests look at it.
#[derive(Debug, PartialEq, Eq)]
pub struct Stated {
    pub role: String,
    pub severity: String,
    pub observed: u64,
}

pub fn found(role: &str, severity: &str, observed: u64) -> Stated {
    Stated { role: role.to_owned(), severity: severity.to_owned(), observed }
}

impl Made {
    pub fn new(class: Class, outcome: Outcome) -> Made {
        let mut event = Event::new();
        event.set_class(class);
        event.set_outcome(outcome);
        Made(event)
    }

    pub fn login(account: &str, origin: &str, outcome: Outcome) -> Made {
        let mut made = Made::new(Class::Login, outcome)
            .with(Field::ActorName, account)
            .with(Field::OriginIp, origin);
        made.0.set_category(Category::Authentication);
        made
    }

    pub fn with(mut self, field: Field, text: &str) -> Made {
        if !text.is_empty() {
            let span = self.0.quote(text.as_bytes()).unwrap();
            self.0.set(field, Val::Json(span));
        }
        self
    }

    pub fn number(mut self, field: Field, number: i64) -> Made {
        self.0.set(field, Val::Int(number));
        self
    }

    pub fn times(mut self, times: u32) -> Made {
        self.0.times = times;
        self
    }
}

impl Harness {
    /// The policy's text is the detector's section, which others may follow.
    pub fn new(id: &'static str, options: &str) -> Harness {
        let policy = Policy::parse(&format!("[detector.{id}]\n{options}"))
            .unwrap_or_else(|issues| panic!("{issues:#?}"));
        Harness {
            detect: Detect::new(&policy, HashKey(1, 2)),
            id,
            findings: Findings::new(),
            number: 0,
            notes: Default::default(),
        }
    }

    /// Shows the event; what the detector found.
    pub fn see(&mut self, made: Made, time: Millis) -> Vec<Stated> {
        self.see_at(made, time, time)
    }

    /// As above, where the clock says another time.
    pub fn see_at(&mut self, made: Made, time: Millis, now: Millis) -> Vec<Stated> {
        let Made(mut event) = made;
        self.number += 1;
        if !event.has(Field::Id) {
            let span = event.quote(format!("id-{}", self.number).as_bytes()).unwrap();
            event.set(Field::Id, Val::Json(span));
        }
        self.findings.clear();
        let raw = Raw { now, ..Raw::default() };
        // An odd number spread over the word stands for the record's digest.
        let hash = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !1;
        self.detect.evaluate(&mut event, raw, &record(), hash, time, &mut self.findings);
        self.notes = event.notes;
        let text = std::str::from_utf8(self.findings.json()).unwrap();
        text.split("{\"detector\":")
            .skip(1)
            .filter(|part| part.starts_with(&format!("\"{}\"", self.id)))
            .map(stated)
            .collect()
    }

    /// The findings as they are written.
    pub fn json(&self) -> &str {
        std::str::from_utf8(self.findings.json()).unwrap()
    }
}

fn stated(part: &str) -> Stated {
    let behind = |name: &str| part.split(name).nth(1).unwrap().to_owned();
    let until = |text: String| text.split(['"', ',', '}']).next().unwrap().to_owned();
    Stated {
        role: until(behind("\"key\":{\"")),
        severity: until(behind("\"severity\":\"")),
        observed: until(behind("\"observed\":")).parse().unwrap(),
    }
}
