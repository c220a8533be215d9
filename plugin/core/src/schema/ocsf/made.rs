//! Values that more than one field decides on.

use super::case::{CLOUD, EMAIL, FOUND, THING_TARGET};
use super::classes::{API, BASE, FINDING, OTHER, class};
use crate::detect::written::{self, Written};
use crate::detector;
use crate::event::{Event, Field};
use crate::schema::{Case, Sealed};
use crate::severity::Severity;
use crate::text::Sink;
use crate::value::Val;
use crate::write::Writer;

fn number(number: u32, writer: &mut Writer<'_>) {
    writer.number(i64::from(number));
}

pub(super) fn activity_id(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    number(u32::from(case.activity), writer);
}

/// The activity's caption; of one that OCSF does not number, the source's own name.
pub(super) fn activity_name(sealed: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    let own = sealed.event.text(sealed.input, Field::ActionName);
    let is_own = case.activity == OTHER && !own.is_empty();
    writer.quoted(if is_own { own } else { class(case.kind).activity(case.activity).as_bytes() });
}

pub(super) fn category_uid(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    number(class(case.kind).category_uid(), writer);
}

pub(super) fn category_name(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    writer.quoted(class(case.kind).category.as_bytes());
}

pub(super) fn class_uid(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    number(class(case.kind).uid, writer);
}

pub(super) fn class_name(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    writer.quoted(class(case.kind).name.as_bytes());
}

pub(super) fn type_uid(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    number(
        class(case.kind).uid.saturating_mul(100).saturating_add(u32::from(case.activity)),
        writer,
    );
}

pub(super) fn type_name(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    let class = class(case.kind);
    for part in ["\"", class.name, ": ", class.activity(case.activity), "\""] {
        writer.put(part.as_bytes());
    }
}

/// The event's time in milliseconds since 1970.
pub(super) fn time(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let written =
        if let Val::Time(time) = sealed.event.get(Field::Time) { Some(time) } else { None };
    writer.number(written.or(sealed.event.time_ms).unwrap_or_default());
}

fn severity(sealed: &Sealed<'_>) -> (u32, &'static str) {
    match sealed.findings.worst {
        None | Some(Severity::Info) => (1, "Informational"),
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::High) => (4, "High"),
        Some(Severity::Critical) => (5, "Critical"),
    }
}

pub(super) fn severity_id(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    number(severity(sealed).0, writer);
}

pub(super) fn severity_name(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    writer.quoted(severity(sealed).1.as_bytes());
}

/// Reason of the most severe finding.
pub(super) fn message(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    writer.quoted(worst(sealed).map_or(b"", |finding| finding.text("reason")));
}

/// The profiles whose attributes the record may have.
pub(super) fn profiles(_: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    writer.put(if case.meets & CLOUD != 0 {
        b"[\"cloud\",\"datetime\",\"host\""
    } else {
        b"[\"datetime\",\"host\""
    });
    if case.meets & FOUND != 0 && case.kind != FINDING {
        writer.put(b",\"security_control\"");
    }
    writer.put(b"]");
}

pub(super) fn vendor(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let source = sealed.event.text(sealed.input, Field::Source);
    let first = source.split(|&byte| byte == b'.').next().unwrap_or_default();
    let known = sealed.product().map_or("", |product| product.vendor.as_str()).as_bytes();
    writer.quoted(match (known, first) {
        (b"", b"") => b"unknown",
        (b"", first) => first,
        (known, _) => known,
    });
}

pub(super) fn cloud_provider(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let provider = sealed.product().map_or("", |product| product.cloud.as_str());
    writer.quoted(if provider.is_empty() { b"unknown" } else { provider.as_bytes() });
}

/// The privileges that were given or taken: what the record names of them, `unknown` where it names none.
pub(super) fn privileges(sealed: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    let target = (case.meets & THING_TARGET != 0).then_some(Field::TargetName);
    let fields =
        [Field::AuthzPermission, Field::AuthzRole, Field::AuthzPolicy].into_iter().chain(target);
    let mut list = List::new(writer);
    for field in fields {
        let text = sealed.event.text(sealed.input, field);
        if !text.is_empty() {
            list.next().quoted(text);
        }
    }
    if list.is_empty() {
        list.next().quoted(b"unknown");
    }
    list.end();
}

/// A file's type: a folder, or a regular file.
pub(super) fn file_type(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let of_target = sealed.event.text(sealed.input, Field::TargetType);
    number(if of_target.eq_ignore_ascii_case(b"folder") { 2 } else { 1 }, writer);
}

/// A bucket's type, by the provider of the source.
pub(super) fn bucket_type(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let types = [("AWS", 1), ("Azure", 2), ("GCP", 3)];
    let provider = sealed.product().map_or("", |product| product.cloud.as_str());
    number(types.into_iter().find(|(name, _)| *name == provider).map_or(0, |(_, id)| id), writer);
}

/// A value that an analyst looks for: its type, the field and where the record has it.
struct Observable {
    type_id: u32,
    field: Field,
    name: &'static str,
}

const fn observable(type_id: u32, field: Field, name: &'static str) -> Observable {
    Observable { type_id, field, name }
}

const OF_ACTOR: &[Observable] = &[
    observable(4, Field::ActorName, "actor.user.name"),
    observable(31, Field::ActorId, "actor.user.uid"),
    observable(5, Field::ActorEmail, "actor.user.email_addr"),
];
const OF_ORIGIN: &[Observable] = &[
    observable(2, Field::OriginIp, "src_endpoint.ip"),
    observable(1, Field::OriginHost, "src_endpoint.hostname"),
    observable(16, Field::OriginUserAgent, "http_request.user_agent"),
    observable(6, Field::RequestUrl, "http_request.url.url_string"),
];
const OF_FINDING: &[Observable] = &[
    observable(2, Field::OriginIp, "evidences[0].src_endpoint.ip"),
    observable(1, Field::OriginHost, "evidences[0].src_endpoint.hostname"),
];
const OF_BASE: &[Observable] = &[
    observable(2, Field::OriginIp, "unmapped.origin.ip"),
    observable(1, Field::OriginHost, "unmapped.origin.host"),
];
const OF_RESOURCE: &[Observable] = &[
    observable(10, Field::TargetId, "resources[0].uid"),
    observable(38, Field::TargetName, "resources[0].name"),
];
const OF_HOST: &[Observable] = &[observable(1, Field::EnvHost, "device.hostname")];

fn observables_of(kind: u8) -> [&'static [Observable]; 4] {
    let origin = match kind {
        BASE => OF_BASE,
        FINDING => OF_FINDING,
        _ => OF_ORIGIN,
    };
    let has_resources = matches!(kind, API | FINDING);
    [OF_ACTOR, origin, if has_resources { OF_RESOURCE } else { &[] }, OF_HOST]
}

/// Writes the observables that the record has.
pub(super) fn observables(sealed: &Sealed<'_>, case: Case, writer: &mut Writer<'_>) {
    let mut list = List::new(writer);
    for observable in observables_of(case.kind).into_iter().flatten() {
        let text = sealed.event.text(sealed.input, observable.field);
        if text.is_empty() || (observable.field == Field::ActorEmail && case.meets & EMAIL == 0) {
            continue;
        }
        let writer = list.next();
        writer.put(b"{\"name\":");
        writer.quoted(observable.name.as_bytes());
        writer.put(b",\"type_id\":");
        number(observable.type_id, writer);
        writer.put(b",\"value\":");
        writer.quoted(text);
        writer.put(b"}");
    }
    list.end();
}

/// An array under way.
struct List<'w, 'b> {
    writer: &'w mut Writer<'b>,
    is_empty: bool,
}

impl<'w, 'b> List<'w, 'b> {
    fn new(writer: &'w mut Writer<'b>) -> List<'w, 'b> {
        writer.put(b"[");
        List { writer, is_empty: true }
    }

    fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// The writer at the next item.
    fn next(&mut self) -> &mut Writer<'b> {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.put(b",");
        }
        self.writer
    }

    fn end(self) {
        self.writer.put(b"]");
    }
}

/// The finding that the record is a finding by.
fn worst<'s>(sealed: &Sealed<'s>) -> Option<Written<'s>> {
    let severity = sealed.findings.worst?;
    written::each(sealed.findings.json())
        .find(|finding| finding.text("severity") == severity.name().as_bytes())
}

/// The fingerprint: equal for the same detector and key.
pub(super) fn finding_uid(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    writer.quoted(worst(sealed).map_or(b"unknown", |finding| finding.text("fingerprint")));
}

/// The detectors that state the findings.
pub(super) fn finding_types(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    each_once(sealed, "detector", writer, |detector, writer| writer.quoted(detector));
}

/// The name of the rule, else of the detector.
pub(super) fn analytic_name(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let names = worst(sealed).map(|finding| [finding.text("rule"), finding.text("detector")]);
    writer.quoted(names.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or(b"unknown"));
}

/// A rule (1), else behavioural analysis (2).
pub(super) fn analytic_type(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    number(
        if worst(sealed).is_some_and(|finding| !finding.text("rule").is_empty()) { 1 } else { 2 },
        writer,
    );
}

/// MITRE ATT&CK techniques.
pub(super) fn attacks(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    each_once(sealed, "technique", writer, |technique, writer| {
        writer.put(b"{\"technique\":{\"uid\":");
        writer.quoted(technique);
        writer.put(b"}}");
    });
}

/// A list of the texts that findings have under a key, without repetition.
fn each_once(
    sealed: &Sealed<'_>,
    key: &str,
    writer: &mut Writer<'_>,
    write: impl Fn(&[u8], &mut Writer<'_>),
) {
    let findings = || written::each(sealed.findings.json());
    let mut list = List::new(writer);
    for (index, finding) in findings().enumerate() {
        let text = finding.text(key);
        let is_repeated = findings().take(index).any(|earlier| earlier.text(key) == text);
        if !text.is_empty() && !is_repeated {
            write(text, list.next());
        }
    }
    list.end();
}

/// One analysis for each finding: what it is about, what was observed, and the threshold or baseline.
pub(super) fn anomaly_analyses(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    let mut list = List::new(writer);
    for finding in written::each(sealed.findings.json()) {
        analysis(finding, list.next());
    }
    list.end();
}

fn analysis(finding: Written<'_>, writer: &mut Writer<'_>) {
    let (role, name) = finding.about().unwrap_or((b"record", b"unknown"));
    writer.put(b"{\"analysis_targets\":[{\"name\":");
    writer.quoted(name);
    writer.put(b",\"type\":");
    writer.quoted(role);
    writer.put(b"}],\"anomalies\":[{\"observation_parameter\":");
    writer.quoted(finding.text("detector"));
    if let Some(pattern) =
        detector::find(finding.text("detector")).and_then(|spec| spec.attributes.pattern)
    {
        writer.put(b",\"observed_pattern\":");
        writer.quoted(pattern.as_bytes());
    }
    observation(finding.value("observed"), b"", writer);
    let threshold = [finding.value("expected"), finding.value("threshold")]
        .into_iter()
        .find(|value| !value.is_empty());
    if let Some(threshold) = threshold {
        writer.put(b"}],\"baselines\":[{\"observation_parameter\":");
        writer.quoted(finding.text("detector"));
        observation(threshold, finding.value("window_s"), writer);
    }
    writer.put(b"}]}");
}

/// One observation, over so many seconds where they are known.
fn observation(value: &[u8], seconds: &[u8], writer: &mut Writer<'_>) {
    writer.put(b",\"observations\":[{\"value\":");
    writer.quoted(if value.is_empty() { b"unknown" } else { value });
    if !seconds.is_empty() {
        writer.put(b",\"timespan\":{\"duration_secs\":");
        writer.put(seconds);
        writer.put(b"}");
    }
    writer.put(b"}]");
}

/// The name of an actor that the record does not name.
pub(super) fn nobody(sealed: &Sealed<'_>, _: Case, writer: &mut Writer<'_>) {
    writer.quoted(if is_anonymous(sealed.event) { b"anonymous" } else { b"unknown" });
}

fn is_anonymous(event: &Event) -> bool {
    event.is(Field::ActorType, "anonymous")
}
