//! An event as Snare writes it, and NXLog by `to_syslog_snare`: columns between tabs, the message last.

use super::{Event, message, names};
use crate::text::find_piece;
use crate::text_form::object::Piece;

const MARKER: &[u8] = b"MSWinEventLog";
/// A tab, as rsyslog writes control characters.
const TAB: &[u8] = b"#011";
/// Columns before the message's.
const COLUMNS: usize = 12;

/// The line behind the marker of this form.
pub(super) fn columns(line: &[u8]) -> Option<&[u8]> {
    let at = find_piece(line, MARKER, 0)?;
    let rest = line.get(at.saturating_add(MARKER.len())..)?;
    (rest.starts_with(b"\t") || rest.starts_with(TAB)).then_some(rest)
}

/// Criticality, log, counter, time, number, source, user, type of the user's SID, type of the event, computer, category, data; then the message.
pub(super) fn read(columns: &[u8], event: &mut Event<'_, '_>) {
    let (mut rest, mut values) = (columns, [&b""[..]; COLUMNS]);
    for place in &mut values {
        rest = behind_tab(rest);
        let end = tab_at(rest);
        *place = rest.get(..end).unwrap_or_default().trim_ascii();
        rest = rest.get(end..).unwrap_or_default();
    }
    let [_, log, _, time, id, source, user, _, kind, computer, _, _] = values;
    for (name, text) in [
        (names::CHANNEL, log),
        (names::PROVIDER, source),
        (names::ID, id),
        (names::TIME, time),
        (names::KEYWORDS, kind),
        (names::COMPUTER, computer),
    ] {
        if !is_absent(text) {
            event.system(name, Piece::plain(text));
        }
    }
    if !is_absent(user) {
        event.object.put(b"EventUser", Piece::plain(user));
    }
    let rest = behind_tab(rest);
    let text = rest.get(..tab_at(rest)).unwrap_or_default();
    event.system(names::MESSAGE, Piece::plain(text));
    message::read(text, event);
}

fn is_absent(text: &[u8]) -> bool {
    matches!(text, b"" | b"-" | b"N/A" | b"Unknown User")
}

fn tab_at(text: &[u8]) -> usize {
    let by_name = |end: usize| find_piece(text.get(..end).unwrap_or_default(), TAB, 0);
    let tab = crate::text::find_byte(text, b'\t', 0);
    // A line has tabs of one kind.
    if tab < text.len() { tab } else { by_name(text.len()).unwrap_or(text.len()) }
}

fn behind_tab(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\t").or_else(|| text.strip_prefix(TAB)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::text_form::{Form, Kind, object_of};

    #[test]
    fn columns_and_the_message_behind_them() {
        let line = "MSWinEventLog\t1\tSecurity\t17\tMon May 04 10:00:00 2026\t4625\tMicrosoft-Windows-Security-Auditing\tN/A\tN/A\tFailure Audit\tdc1.example.com\tLogon\t\tAn account failed to log on.    Subject:   Security ID:  S-1-5-18   Account Name:  DC1$    Account For Which Logon Failed:   Security ID:  S-1-0-0   Account Name:  bob   Account Domain:  EXAMPLE    Failure Information:   Failure Reason:  Unknown user name or bad password.   Status:  0xC000006D   Sub Status:  0xC000006A    Network Information:   Workstation Name:  PC7   Source Network Address:  203.0.113.9   Source Port:  50100\t9";
        let form = Form { after: None, kind: Kind::EventLog };
        let message = line.split('\t').nth(13).unwrap_or_default();
        let flat = format!(
            r#"{{"EventShape":"snare","Channel":"Security","ProviderName":"Microsoft-Windows-Security-Auditing","EventID":"4625","TimeCreated":"Mon May 04 10:00:00 2026","Keywords":"Failure Audit","Computer":"dc1.example.com","Message":"{message}","SubjectUserSid":"S-1-5-18","SubjectUserName":"DC1$","TargetUserSid":"S-1-0-0","TargetUserName":"bob","TargetDomainName":"EXAMPLE","FailureReason":"Unknown user name or bad password.","Status":"0xC000006D","SubStatus":"0xC000006A","WorkstationName":"PC7","IpAddress":"203.0.113.9","IpPort":"50100"}}"#
        );
        assert_eq!(object_of(&form, line), Some(flat.clone()));
        assert_eq!(object_of(&form, &line.replace('\t', "#011")), Some(flat));
        assert_eq!(object_of(&form, "MSWinEventLog\t1\tSecurity"), None);
    }
}
