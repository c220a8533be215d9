//! Names of an event's system values, as shippers write them, and its providers.

use crate::text_form::object::Piece;

pub(super) const ID: &str = "EventID";
pub(super) const PROVIDER: &str = "ProviderName";
pub(super) const CHANNEL: &str = "Channel";
pub(super) const COMPUTER: &str = "Computer";
pub(super) const TIME: &str = "TimeCreated";
/// Of the record rather than the event, in places.
pub(super) const HOST: &str = "Hostname";
pub(super) const GENERATED: &str = "TimeGenerated";
pub(super) const RECORD: &str = "EventRecordID";
pub(super) const KEYWORDS: &str = "Keywords";
pub(super) const TYPE: &str = "EventType";
pub(super) const USER: &str = "UserID";
pub(super) const LEVEL: &str = "Level";
pub(super) const OUTCOME: &str = "EventOutcome";
pub(super) const MESSAGE: &str = "Message";

/// Names of system values in lower case, without `_` and blanks.
const SYSTEM: &[(&[u8], &str)] = &[
    (b"eventid", ID),
    (b"eventcode", ID),
    (b"eventidentifier", ID),
    (b"providername", PROVIDER),
    (b"provider", PROVIDER),
    (b"sourcename", PROVIDER),
    (b"eventsourcename", PROVIDER),
    (b"eventsource", PROVIDER),
    (b"channel", CHANNEL),
    (b"logname", CHANNEL),
    (b"eventlog", CHANNEL),
    (b"computer", COMPUTER),
    (b"computername", COMPUTER),
    (b"hostname", HOST),
    (b"timecreated", TIME),
    (b"systemtime", TIME),
    (b"eventtime", TIME),
    (b"timegenerated", GENERATED),
    (b"timestamp", GENERATED),
    (b"eventrecordid", RECORD),
    (b"recordid", RECORD),
    (b"recordnumber", RECORD),
    (b"keywords", KEYWORDS),
    (b"keyword", KEYWORDS),
    (b"keywordsnames", KEYWORDS),
    (b"eventtype", TYPE),
    (b"severityvalue", TYPE),
    (b"userid", USER),
    (b"sid", USER),
    (b"systemuserid", USER),
    (b"level", LEVEL),
    (b"outcome", OUTCOME),
    (b"message", MESSAGE),
    (b"rendereddescription", MESSAGE),
    (b"description", MESSAGE),
    (b"formattedmessage", MESSAGE),
    (b"eventmessage", MESSAGE),
];

const LONGEST: usize = 24;

/// The system value that a shipper calls so.
pub(super) fn system(key: &[u8]) -> Option<&'static str> {
    let mut held = [0u8; LONGEST];
    let mut len = 0usize;
    for byte in key.iter().filter(|byte| !matches!(byte, b'_' | b' ' | b'@')) {
        *held.get_mut(len)? = byte.to_ascii_lowercase();
        len = len.wrapping_add(1);
    }
    let key = held.get(..len)?;
    SYSTEM.iter().find(|(known, _)| *known == key).map(|(_, name)| *name)
}

/// Whose data it is, as far as its names are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Security,
    Services,
    EventLog,
    Sysmon,
    PowerShell,
    Defender,
    Terminal,
    Tasks,
    Other,
}

/// Providers and channels; the name in the message is what Splunk shows for the provider.
const PROVIDERS: &[(&[u8], Provider)] = &[
    (b"Microsoft-Windows-Security-Auditing", Provider::Security),
    (DISPLAYED, Provider::Security),
    (b"Security", Provider::Security),
    (b"Service Control Manager", Provider::Services),
    (b"Microsoft-Windows-Service Control Manager", Provider::Services),
    (b"Microsoft-Windows-Eventlog", Provider::EventLog),
    (b"Microsoft-Windows-Sysmon", Provider::Sysmon),
    (b"Microsoft-Windows-Sysmon/Operational", Provider::Sysmon),
    (b"Microsoft-Windows-PowerShell", Provider::PowerShell),
    (b"Microsoft-Windows-PowerShell/Operational", Provider::PowerShell),
    (b"PowerShellCore", Provider::PowerShell),
    (b"Microsoft-Windows-Windows Defender", Provider::Defender),
    (b"Microsoft-Windows-Windows Defender/Operational", Provider::Defender),
    (b"Microsoft-Windows-TerminalServices-RemoteConnectionManager", Provider::Terminal),
    (b"Microsoft-Windows-TerminalServices-LocalSessionManager", Provider::Terminal),
    (b"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", Provider::Terminal),
    (b"Microsoft-Windows-TaskScheduler", Provider::Tasks),
];

const DISPLAYED: &[u8] = b"Microsoft Windows security auditing.";

impl Provider {
    pub(super) fn of(name: &[u8]) -> Provider {
        let found = PROVIDERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(Provider::Other, |(_, provider)| *provider)
    }

    /// The provider itself says more than the channel, to which several write: `Microsoft-Windows-Eventlog` writes to `Security`.
    pub(super) fn or(self, other: Provider) -> Provider {
        match (self, other) {
            (Provider::Other | Provider::Security, Provider::Other) => self,
            (Provider::Other | Provider::Security, _) => other,
            _ => self,
        }
    }
}

/// The provider's name for the one that Splunk shows.
pub(super) fn provider(value: Piece<'_>) -> Piece<'_> {
    if value.text == DISPLAYED {
        Piece::plain(b"Microsoft-Windows-Security-Auditing")
    } else {
        value
    }
}

/// `param1` and so on, as Windows calls data without names.
pub(super) fn param(number: usize, held: &mut [u8; 8]) -> &[u8] {
    const PARAM: &[u8] = b"param";
    let mut len = PARAM.len();
    for unit in [100usize, 10, 1] {
        let digit = number.checked_div(unit).unwrap_or_default();
        if (digit > 0 || unit == 1)
            && let Some(place) = held.get_mut(len)
        {
            *place = b'0'.wrapping_add((digit % 10) as u8);
            len = len.wrapping_add(1);
        }
    }
    held.get(..len).unwrap_or_default()
}

/// The name of a value of the data, which begins with a capital letter: Wazuh writes `targetUserName`.
pub(super) fn data<'k>(key: &'k [u8], held: &'k mut [u8; 64]) -> &'k [u8] {
    let Some((first @ b'a'..=b'z', rest)) =
        key.split_first().filter(|_| !key.starts_with(b"param"))
    else {
        return key;
    };
    let Some(place) = held.get_mut(..key.len()) else {
        return key;
    };
    let (head, tail) = place.split_at_mut(1);
    head.copy_from_slice(&[first.to_ascii_uppercase()]);
    tail.copy_from_slice(rest);
    held.get(..key.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_values_by_any_name() {
        for (key, name) in [
            ("event_id", Some(ID)),
            ("EventCode", Some(ID)),
            ("eventID", Some(ID)),
            ("SourceName", Some(PROVIDER)),
            ("computer_name", Some(COMPUTER)),
            ("TargetUserName", None),
            ("", None),
            ("a_key_that_is_longer_than_any_of_them", None),
        ] {
            assert_eq!(system(key.as_bytes()), name, "{key}");
        }
    }

    #[test]
    fn numbered_names() {
        for (number, name) in [(1, "param1"), (10, "param10"), (999, "param999"), (105, "param105")]
        {
            let mut held = *b"param000";
            assert_eq!(param(number, &mut held), name.as_bytes());
        }
        assert_eq!(data(b"targetUserName", &mut [0; 64]), b"TargetUserName");
        assert_eq!(data(b"param1", &mut [0; 64]), b"param1");
        assert_eq!(data(&[b'a'; 99], &mut [0; 64]), &[b'a'; 99]);
    }
}
