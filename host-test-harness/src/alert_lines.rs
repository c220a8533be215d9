//! Alerts as lines of CEF (ArcSight and others) and LEEF (QRadar), one for each finding of severity medium or above.
//!
//! CEF, "Implementing ArcSight Common Event Format", revision 23: in the header `\` and `|` are escaped, in the extension `\`, `=` and ends of lines.
//! LEEF 2.0, "QRadar LEEF Guide": attributes are separated by tabs, and nothing is escaped, so a value has no tab and no end of line.

use crate::evaluated::{Evaluated, Finding, Reader};
use auditward_core::event::Field;
use auditward_core::severity::Severity;
use auditward_core::time;
use serde_json::Value;
use std::net::IpAddr;

/// A format of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Cef,
    Leef,
}

impl Format {
    /// The lines for the alerts of one record; none where it has no alert.
    pub fn lines(self, reader: &Reader, output: &[u8], evaluated: &Evaluated) -> Vec<String> {
        let alerts: Vec<&Finding> = evaluated
            .findings
            .iter()
            .filter(|finding| Severity::from_name(&finding.severity) >= Severity::Medium)
            .collect();
        if alerts.is_empty() {
            return Vec::new();
        }
        let record = Record { reader, output };
        alerts
            .into_iter()
            .map(
                |finding| {
                    if self == Format::Cef { cef(&record, finding) } else { leef(&record, finding) }
                },
            )
            .collect()
    }
}

/// The record that an alert is about.
struct Record<'r> {
    reader: &'r Reader,
    output: &'r [u8],
}

impl Record<'_> {
    /// A field as text; empty where the record has none.
    fn text(&self, field: Field) -> String {
        match self.reader.field(self.output, field) {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// The text of the first field that has one.
    fn first(&self, fields: &[Field]) -> String {
        fields
            .iter()
            .map(|&field| self.text(field))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Milliseconds since 1970; empty where the time cannot be read.
    fn milliseconds(&self) -> String {
        time::parse(self.text(Field::Time).as_bytes())
            .map_or_else(String::new, |time| time.to_string())
    }
}

const VENDOR: &str = "Auditward";
const PRODUCT: &str = "auditward";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The id of the rule, else of the detector.
fn signature(finding: &Finding) -> &str {
    finding.rule.as_deref().unwrap_or(&finding.detector)
}

/// Severity from 0 to 10, as both formats have it: 4 to 6 is medium, 7 and 8 high, 9 and 10 very high.
fn level(finding: &Finding) -> u8 {
    match Severity::from_name(&finding.severity) {
        Severity::Info => 1,
        Severity::Low => 3,
        Severity::Medium => 5,
        Severity::High => 8,
        Severity::Critical => 10,
    }
}

fn cef(record: &Record<'_>, finding: &Finding) -> String {
    let level = level(finding).to_string();
    let header = ["CEF:0", VENDOR, PRODUCT, VERSION, signature(finding), &finding.reason, &level]
        .map(header_text);
    let origin = record.text(Field::OriginIp);
    let is_ipv6 = origin.parse().is_ok_and(|ip: IpAddr| ip.is_ipv6());
    let technique = finding.technique.clone().unwrap_or_default();
    let fingerprint = finding.fingerprint.clone().unwrap_or_default();
    let labelled = |label: &str, value: &str| {
        if value.is_empty() { String::new() } else { label.to_owned() }
    };
    let (source, person) = (record.text(Field::Source), record.text(Field::ActorEmail));
    let pairs = [
        ("rt", record.milliseconds()),
        ("externalId", record.text(Field::Id)),
        ("cat", finding.detector.clone()),
        ("msg", finding.reason.clone()),
        ("act", record.text(Field::ActionName)),
        ("outcome", record.text(Field::OutcomeResult)),
        ("reason", record.first(&[Field::OutcomeReason, Field::OutcomeCode])),
        ("suser", record.first(&[Field::ActorName, Field::ActorEmail])),
        ("suid", record.text(Field::ActorId)),
        ("src", if is_ipv6 { String::new() } else { origin.clone() }),
        ("c6a2Label", labelled("Source IPv6 Address", if is_ipv6 { &origin } else { "" })),
        ("c6a2", if is_ipv6 { origin.clone() } else { String::new() }),
        ("spt", record.text(Field::OriginPort)),
        ("shost", record.text(Field::OriginHost)),
        (
            "dst",
            Some(record.text(Field::TargetIp))
                .filter(|ip| ip.parse().is_ok_and(|ip: IpAddr| ip.is_ipv4()))
                .unwrap_or_default(),
        ),
        ("dpt", record.text(Field::TargetPort)),
        ("dhost", record.text(Field::EnvHost)),
        ("destinationServiceName", record.text(Field::EnvService)),
        ("fname", record.first(&[Field::TargetName, Field::TargetId])),
        ("requestMethod", record.text(Field::RequestMethod)),
        ("request", record.first(&[Field::RequestUrl, Field::RequestPath])),
        ("requestClientApplication", record.text(Field::OriginUserAgent)),
        ("cnt", finding.observed.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("cs1Label", labelled("technique", &technique)),
        ("cs1", technique.clone()),
        ("cs2Label", labelled("fingerprint", &fingerprint)),
        ("cs2", fingerprint.clone()),
        ("cs3Label", labelled("source", &source)),
        ("cs3", source.clone()),
        ("cs4Label", labelled("email", &person)),
        ("cs4", person.clone()),
    ];
    let extension: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", extension_text(&value)))
        .collect();
    format!("{}|{}", header.join("|"), extension.join(" "))
}

/// Text of CEF's header: one line, `\` and `|` escaped.
fn header_text(text: &str) -> String {
    let one_line: String =
        text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    one_line.replace('\\', "\\\\").replace('|', "\\|")
}

/// Text of CEF's extension: `\`, `=` and ends of lines escaped; other control characters become spaces.
fn extension_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '=' => escaped.push_str("\\="),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

fn leef(record: &Record<'_>, finding: &Finding) -> String {
    let header = ["LEEF:2.0", VENDOR, PRODUCT, VERSION, signature(finding), "x09"]
        .map(|text| attribute_text(text).replace('|', " "));
    let pairs = [
        ("devTime", record.milliseconds()),
        ("sev", level(finding).to_string()),
        ("cat", finding.detector.clone()),
        ("msg", finding.reason.clone()),
        ("usrName", record.first(&[Field::ActorName, Field::ActorEmail, Field::ActorId])),
        ("src", record.text(Field::OriginIp)),
        ("srcPort", record.text(Field::OriginPort)),
        ("dst", record.text(Field::TargetIp)),
        ("dstPort", record.text(Field::TargetPort)),
        ("identHostName", record.first(&[Field::OriginHost, Field::EnvHost])),
        ("role", record.first(&[Field::ActorRole, Field::AuthzRole])),
        ("resource", record.first(&[Field::TargetName, Field::TargetId])),
        ("policy", record.text(Field::AuthzPolicy)),
        ("url", record.first(&[Field::RequestUrl, Field::RequestPath])),
        // Keys of our own.
        ("eventId", record.text(Field::Id)),
        ("logSource", record.text(Field::Source)),
        ("action", record.text(Field::ActionName)),
        ("outcome", record.text(Field::OutcomeResult)),
        ("observed", finding.observed.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("technique", finding.technique.clone().unwrap_or_default()),
        ("fingerprint", finding.fingerprint.clone().unwrap_or_default()),
    ];
    let attributes: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", attribute_text(&value)))
        .collect();
    format!("{}|{}", header.join("|"), attributes.join("\t"))
}

/// Text of LEEF: control characters, tabs and ends of lines among them, become spaces.
fn attribute_text(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    const OUTPUT: &str = r#"{"time":"2026-01-15T11:30:00.000Z","id":"e-1","source":"acme","actor":{"name":"a=b\\c|d\ne\tf","id":"u-1"},"action":{"name":"SignIn"},
        "origin":{"ip":"203.0.113.9","port":50100},"outcome":{"result":"failure"},"anomaly":{"severity":"high","findings":[
        {"detector":"brute-force","severity":"high","reason":"5 failed | a=b\\c\nd","observed":5,"technique":"T1110","fingerprint":"00ff00ff00ff00ff"},
        {"detector":"rules","rule":"acme.sign|in","severity":"critical","reason":"r"},
        {"detector":"off-hours","severity":"low","reason":"no alert"}]}}"#;

    fn lines(format: Format, output: &str) -> Vec<String> {
        let reader = Reader::new(&Policy::default());
        format.lines(&reader, output.as_bytes(), &reader.read(output.as_bytes()))
    }

    #[test]
    fn cef_escapes_what_its_specification_names() {
        let found = lines(Format::Cef, OUTPUT);
        assert_eq!(found.len(), 2, "the low one is no alert");
        let start = format!(
            "CEF:0|Auditward|auditward|{VERSION}|brute-force|5 failed \\| a=b\\\\c d|8|rt=1768476600000 externalId=e-1 cat=brute-force "
        );
        assert!(found[0].starts_with(&start), "{}", found[0]);
        for part in [
            r" msg=5 failed | a\=b\\c\nd ",
            r" suser=a\=b\\c|d\ne f ",
            " suid=u-1 src=203.0.113.9 spt=50100 ",
            " cs1Label=technique cs1=T1110 cs2Label=fingerprint ",
        ] {
            assert!(found[0].contains(part), "{part} in {}", found[0]);
        }
        assert!(found[1].contains(r"|acme.sign\|in|r|10|"), "{}", found[1]);
        assert!(found.iter().all(|line| !line.contains(['\n', '\r', '\t'])));
    }

    #[test]
    fn cef_has_ipv6_in_a_field_of_its_own() {
        let found = lines(Format::Cef, &OUTPUT.replace("203.0.113.9", "2001:db8::1"));
        assert!(
            found[0].contains(" c6a2Label=Source IPv6 Address c6a2=2001:db8::1 ")
                && !found[0].contains(" src="),
            "{}",
            found[0]
        );
    }

    #[test]
    fn leef_has_one_tab_between_attributes_and_no_other() {
        let found = lines(Format::Leef, OUTPUT);
        let (header, attributes) = found[0].split_once("|x09|").unwrap();
        assert_eq!(header, format!("LEEF:2.0|Auditward|auditward|{VERSION}|brute-force"));
        let attributes: Vec<&str> = attributes.split('\t').collect();
        assert!(attributes.iter().all(|attribute| attribute.contains('=')), "{attributes:?}");
        for attribute in [
            "devTime=1768476600000",
            "sev=8",
            r"usrName=a=b\c|d e f",
            r"msg=5 failed | a=b\c d",
            "srcPort=50100",
            "technique=T1110",
        ] {
            assert!(attributes.contains(&attribute), "{attribute} in {attributes:?}");
        }
        assert_eq!(found[1].split('|').nth(4), Some("acme.sign in"));
    }

    #[test]
    fn records_without_alerts_have_no_lines() {
        assert!(lines(Format::Cef, r#"{"time":"2026-01-15T11:30:00.000Z"}"#).is_empty());
        assert!(lines(Format::Leef, "no JSON").is_empty());
    }
}
