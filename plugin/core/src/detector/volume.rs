//! Bulk reads, exports and downloads.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::baseline::{self, Standing};
use crate::detect::spec;
use crate::detect::threshold::{Beyond, Description, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject};
use crate::entity::Entity;
use crate::event::{Class, Field};
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::Visit;
use crate::time::{DAY, SECOND};

pub const ID: &str = "volume";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Bulk reads, lists, exports and shares: many records of restricted data, or many bytes of any.",
    doc: "Adds up reads, lists, exports and shares that were not refused, over sliding windows of event time. It matters because stolen data leaves in \
          bulk. Records count only on restricted data (`target.data_class` is in `[targets] restricted`): `target.count` if the source reports it, else \
          one per event. Bytes count on any data, if the source reports them: `target.bytes`, and for exports also `request.bytes`. The bytes of service \
          accounts count only with `services = true`, because they move large amounts routinely. If the policy does not set `records`, the counts are \
          also compared with what the actor usually takes in an hour and a day (`[baseline]`): a count of 20 or more is a finding if it is rare enough \
          for `alerts_per_day`, for the actor and among others. Then `records` is the threshold only for actors without a baseline, and a count of at \
          most four times what the actor's hours with records have is no finding, so that nightly jobs raise no findings from their fourth day on. An \
          origin or a target is reported only where it has more than the actor that is reported. Blind spots: sources without counts or bytes, and data \
          without a class. Tune `records` and `bytes`; classify data in `[targets]`. Example: an employee views and exports 426 customer records within \
          two minutes.",
    technique: "T1530",
    options: &[
        ENABLED,
        Opt::new(
            "records",
            Kind::Whole(1, 1_000_000_000),
            "50",
            "Threshold: records of restricted data within `window`.",
        ),
        window("\"10m\""),
        Opt::new(
            "bytes",
            Kind::Size(1, 1 << 50),
            "\"1 GiB\"",
            "Threshold: bytes of any data within `bytes_window`.",
        ),
        Opt::new(
            "bytes_window",
            Kind::Duration(SECOND, 7 * DAY),
            "\"1h\"",
            "Length of the window of `bytes`, in event time.",
        ),
        Opt::new(
            "per",
            Kind::Many(&["actor", "origin", "target"]),
            "[\"actor\", \"origin\"]",
            "Entities that records and bytes are counted for.",
        ),
        Opt::new("services", Kind::Bool, "false", "Count the bytes of service accounts too."),
        severity("\"medium\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 7,
    attributes: Attributes {
        pattern: Some("SURGE"),
        needs: &[spec::ACTOR],
        scaled_if_set: &["records"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(Volume::new(settings, memory)),
};

struct Volume {
    per: [bool; 3],
    counts_services: bool,
    severity: Severity,
    records: Threshold<2>,
    bytes: Threshold<1>,
}

/// Entity of a count, and the text between the count and the entity.
const COUNTED: [(Entity, &str, &str); 3] = [
    (Entity::Actor, " records of restricted data taken by actor '", " taken by actor '"),
    (Entity::Origin, " records of restricted data taken from origin '", " taken from origin '"),
    (Entity::Target, " records of restricted data taken out of target '", " taken out of target '"),
];

impl Volume {
    fn new(settings: &Settings, memory: usize) -> Volume {
        let schedule = Schedule::new(settings);
        let half = memory / 2;
        Volume {
            per: COUNTED.map(|(entity, ..)| settings.has("per", entity.name())),
            counts_services: settings.bool("services"),
            severity: Severity::from_name(settings.text("severity")),
            records: Threshold::new(
                ["volume.records", "volume.records-evidence"],
                settings.number("records"),
                settings.number("window"),
                schedule,
                half,
            ),
            bytes: Threshold::new(
                ["volume.bytes", "volume.bytes-evidence"],
                settings.number("bytes"),
                settings.number("bytes_window"),
                schedule,
                half,
            ),
        }
    }
}

/// The bytes that left.
fn bytes(subject: &Subject<'_>) -> u64 {
    let is_export = subject.event.class == Some(Class::Export);
    subject
        .number(Field::TargetBytes)
        .or_else(|| subject.number(Field::RequestBytes).filter(|_| is_export))
        .unwrap_or_default()
}

impl Detector for Volume {
    fn interest(&self) -> Facts {
        Facts::TOOK_RESTRICTED | Facts::TOOK_BYTES | Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let is_service =
            ["service", "system"].iter().any(|word| subject.event.is(Field::ActorType, word));
        let records = if subject.facts.has_any(Facts::TOOK_RESTRICTED) {
            subject.number(Field::TargetCount).unwrap_or(subject.times())
        } else {
            0
        };
        let bytes =
            if subject.facts.has_any(Facts::TOOK_BYTES) && (self.counts_services || !is_service) {
                bytes(subject)
            } else {
                0
            };
        let technique = subject
            .facts
            .has_any(Facts::class(Class::Share))
            .then_some("T1537")
            .or_else(|| subject.facts.has_any(Facts::class(Class::Export)).then_some("T1048"));
        let standing = subject
            .surprises
            .map_or(Standing::Open, |surprises| surprises.standing(baseline::RECORDS));
        // What the actor's finding tells of is no other finding on where it comes from or what it is taken out of.
        let (mut reported, mut reported_bytes) = (0, 0);
        let of = (baseline::VOLUME, &SPEC, baseline::write_count as baseline::Reason);
        baseline::state(of, technique, self.severity, subject, findings);
        for ((entity, of_records, of_bytes), _) in
            COUNTED.into_iter().zip(self.per).filter(|(_, is_counted)| *is_counted)
        {
            let (key, hash) = subject.keyed(entity);
            if key.is_empty() {
                continue;
            }
            let is_actor = entity == Entity::Actor;
            let describe =
                |reason| move || Description { detector: &SPEC, technique, entity, key, reason };
            // What its actor takes regularly tells nothing of where it comes from or what it is taken out of.
            if records > 0 && is_actor && standing != Standing::Open {
                reported = self.records.count_quietly(hash, records, subject);
            } else if records > 0 && standing != Standing::Usual {
                let describe = describe(Reason::Count(of_records));
                let beyond = Beyond { usual: 0, reported };
                let count =
                    self.records.count_beyond(beyond, (hash, records), subject, findings, describe);
                reported = if is_actor { count } else { reported };
            }
            if bytes > 0 {
                let describe = describe(Reason::Size(of_bytes));
                let beyond = Beyond { usual: 0, reported: reported_bytes };
                let count =
                    self.bytes.count_beyond(beyond, (hash, bytes), subject, findings, describe);
                reported_bytes = if is_actor { count } else { reported_bytes };
            }
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.records.sketches(visit);
        self.bytes.sketches(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::Outcome;
    use crate::time::{HOUR, MINUTE};

    fn harness(options: &str) -> Harness {
        Harness::new(ID, options)
    }

    fn read(data_class: &str) -> Made {
        Made::new(Class::Read, Outcome::Success)
            .with(Field::ActorName, "alice")
            .with(Field::OriginIp, "203.0.113.7")
            .with(Field::TargetId, "charts")
            .with(Field::TargetDataClass, data_class)
    }

    #[test]
    fn fires_at_fifty_restricted_records_in_ten_minutes() {
        let mut harness = harness("");
        let seen: Vec<Vec<Stated>> =
            (0..51).map(|n| harness.see(read("phi"), START + n * 10 * SECOND)).collect();
        assert!(seen[..49].iter().all(Vec::is_empty));
        assert_eq!(seen[49], [found("actor", "medium", 50)]);
        assert!(seen[50].is_empty());
        assert_eq!(
            harness.see(read("phi").number(Field::TargetCount, 1000), START + 9 * MINUTE).len(),
            1,
            "doubled"
        );
    }

    #[test]
    fn an_origin_is_reported_where_several_took_together() {
        let mut harness = harness("");
        let mut see = |n: i64| {
            let name = format!("temp{}", n % 2);
            harness.see(read("phi").with(Field::ActorName, &name), START + n * 10 * SECOND)
        };
        let seen: Vec<Stated> = (0..52).flat_map(&mut see).collect();
        assert_eq!(seen, [found("origin", "medium", 50)]);
        assert_eq!(
            self::harness("per = [\"origin\"]")
                .see(read("phi").number(Field::TargetCount, 60), START),
            [found("origin", "medium", 60)]
        );
    }

    #[test]
    fn a_service_at_work_for_many_is_no_origin() {
        let mut harness = harness("per = [\"origin\"]");
        for n in 0..100 {
            let Made(mut event) = read("phi").with(Field::OriginHost, "backup.example");
            event.unset(Field::OriginIp);
            assert_eq!(harness.see(Made(event), START + n * SECOND), []);
        }
    }

    #[test]
    fn one_record_of_many_counts_as_many_whoever_is_asked_about() {
        let mut harness = harness("per = [\"target\"]");
        assert_eq!(
            harness.see(read("pii").number(Field::TargetCount, 60), START),
            [found("target", "medium", 60)]
        );
        assert!(harness.json().contains("60 records of restricted data taken out of target 'charts' within 10 min (threshold 50)"), "{}", harness.json());
    }

    #[test]
    fn data_that_is_not_restricted_refused_reads_and_slow_ones_are_no_bulk() {
        let mut harness = harness("");
        for n in 0..500 {
            assert!(harness.see(read("public"), START + n).is_empty());
            assert!(harness.see(read(""), START + n).is_empty());
        }
        let refused = || {
            let mut made = read("phi");
            made.0.set_outcome(Outcome::Denied);
            made
        };
        assert!((0..500).all(|n| harness.see(refused(), START + n).is_empty()));
        let mut harness = self::harness("");
        assert!(
            (0..200).all(|n| harness.see(read("phi"), START + n * 20 * SECOND).is_empty()),
            "thirty in ten minutes"
        );
    }

    #[test]
    fn bytes_of_any_data_count_within_their_hour_as_wide_as_they_come() {
        let sized = |bytes| read("").number(Field::TargetBytes, bytes);
        let mut harness = harness("per = [\"actor\"]");
        assert!(
            (0..4).all(|n| harness.see(sized(1 << 28), START + n * 2 * HOUR).is_empty()),
            "a quarter every other hour"
        );
        let mut harness = self::harness("per = [\"actor\"]");
        let seen: Vec<Vec<Stated>> =
            (0..4).map(|n| harness.see(sized(1 << 28), START + n * MINUTE)).collect();
        assert_eq!((seen[2].len(), &seen[3][..]), (0, &[found("actor", "medium", 1 << 30)][..]));
        assert!(
            harness
                .json()
                .contains("1024 MiB taken by actor 'alice' within 1 h (threshold 1024 MiB)"),
            "{}",
            harness.json()
        );
        assert_eq!(
            harness.see(sized(1 << 42), START + 5 * MINUTE),
            [found("actor", "critical", (1 << 42) + (1 << 30))]
        );
    }

    #[test]
    fn bytes_of_services_count_only_where_asked_for() {
        let service = || {
            let mut made = read("").number(Field::TargetBytes, 1 << 40);
            made.0.set(Field::ActorType, crate::value::Val::Word("service"));
            made
        };
        assert!(harness("").see(service(), START).is_empty());
        assert_eq!(harness("services = true").see(service(), START).len(), 1);
    }

    #[test]
    fn sent_bytes_count_for_exports_alone_and_numbers_come_in_several_spellings() {
        let mut export = Made::new(Class::Export, Outcome::Success)
            .with(Field::ActorName, "alice")
            .number(Field::RequestBytes, 1 << 31);
        assert_eq!(harness("").see(export, START), [found("actor", "medium", 1 << 31)]);
        assert!(harness("").see(read("").number(Field::RequestBytes, 1 << 31), START).is_empty());
        export = read("");
        let span = export.0.token(b"2147483648.0", crate::value::Kind::Number).unwrap();
        export.0.set(Field::TargetBytes, crate::value::Val::Json(span));
        assert_eq!(harness("").see(export, START).len(), 1);
    }

    /// Polarity: the more records, the worse the finding.
    #[test]
    fn severity_rises_with_the_number_of_records() {
        let worst = |records| {
            let seen = harness("").see(read("phi").number(Field::TargetCount, records), START);
            seen.iter().map(|finding| Severity::from_name(&finding.severity)).max()
        };
        assert_eq!(
            [49, 50, 200, 800].map(worst),
            [None, Some(Severity::Medium), Some(Severity::High), Some(Severity::Critical)]
        );
    }
}
