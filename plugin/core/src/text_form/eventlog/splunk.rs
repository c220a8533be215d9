//! An event as Splunk's forwarder writes it: a time, a pair on each line, and the message in English behind `Message=`.

use super::{Event, message, names};
use crate::text::find_byte;
use crate::text_form::object::Piece;

const MESSAGE: &[u8] = b"Message=";
/// Pairs before the message.
const MOST_PAIRS: usize = 32;

/// Reads the pairs, then the message. Where line ends were made blanks, the pairs are known by their keys.
pub(super) fn read(text: &[u8], event: &mut Event<'_, '_>) {
    let mut rest = text;
    let first = rest.get(..find_byte(rest, b'\n', 0)).unwrap_or_default();
    if !first.contains(&b'=') {
        event.system(names::TIME, Piece::plain(first.trim_ascii()));
    }
    for _ in 0..MOST_PAIRS {
        let end = find_byte(rest, b'\n', 0);
        let line = rest.get(..end).unwrap_or_default();
        if line.starts_with(MESSAGE) {
            break;
        }
        pair(line.trim_ascii(), event);
        let Some(behind) = rest.get(end.saturating_add(1)..) else {
            return;
        };
        rest = behind;
    }
    if let Some(text) = rest.strip_prefix(MESSAGE) {
        event.system(names::MESSAGE, Piece::plain(text.trim_ascii_end()));
        message::read(text, event);
    }
}

fn pair(line: &[u8], event: &mut Event<'_, '_>) {
    let Some((key, [b'=', value @ ..])) = line.split_at_checked(find_byte(line, b'=', 0)) else {
        return;
    };
    match key {
        // Words of Splunk's own: a number, and the severity.
        b"EventType" => {}
        b"User" if !matches!(value, b"" | b"NOT_TRANSLATED") => {
            event.object.put(b"EventUser", Piece::plain(value));
        }
        b"Type" if value.ends_with(b"Audit") => event.system(names::TYPE, Piece::plain(value)),
        _ => {
            if let Some(name) = names::system(key).filter(|name| *name != names::MESSAGE) {
                event.system(name, Piece::plain(value.trim_ascii()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::text_form::{Form, Kind, object_of};

    #[test]
    fn pairs_and_the_message_behind_them() {
        let text = "05/04/2026 10:00:00 AM\r\nLogName=Security\r\nEventCode=4624\r\nEventType=0\r\nComputerName=dc1.example.com\r\nSourceName=Microsoft Windows security auditing.\r\nType=Information\r\nRecordNumber=77\r\nKeywords=Audit Success\r\nTaskCategory=Logon\r\nOpCode=Info\r\nMessage=An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tDC1$\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t3\r\n\r\nNew Logon:\r\n\tSecurity ID:\t\tS-1-5-21-1-2-3-1001\r\n\tAccount Name:\t\tann\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t192.0.2.10\r\n";
        let flat = object_of(&Form { after: None, kind: Kind::EventLog }, text).unwrap_or_default();
        for piece in [
            r#"{"EventShape":"pairs","TimeCreated":"05/04/2026 10:00:00 AM","Channel":"Security","EventID":"4624","Computer":"dc1.example.com","ProviderName":"Microsoft-Windows-Security-Auditing","EventRecordID":"77","Keywords":"Audit Success","Message":"An account was"#,
            r#","SubjectUserSid":"S-1-5-18","SubjectUserName":"DC1$","LogonType":"3","TargetUserSid":"S-1-5-21-1-2-3-1001","TargetUserName":"ann","IpAddress":"192.0.2.10"}"#,
        ] {
            assert!(flat.contains(piece), "{piece}\n{flat}");
        }
    }
}
