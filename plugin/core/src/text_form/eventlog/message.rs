//! The message of an event in English: labels with values, below headings that say whose they are.

use super::Event;
use super::names::Provider;
use crate::text::find_piece;
use crate::text_form::object::Piece;

/// Whom the labels below a heading are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Subject,
    Target,
    Member,
    Group,
    Other,
}

/// Headings; every other line that ends in a colon is a label.
const HEADINGS: &[(&[u8], Part)] = &[
    (b"Subject", Part::Subject),
    (b"Creator Subject", Part::Subject),
    (b"User", Part::Subject),
    (b"New Logon", Part::Target),
    (b"Account For Which Logon Failed", Part::Target),
    (b"Account Whose Credentials Were Used", Part::Target),
    (b"Account Information", Part::Target),
    (b"Target Account", Part::Target),
    (b"New Account", Part::Target),
    (b"Target Subject", Part::Target),
    (b"Target Computer", Part::Target),
    (b"New Computer Account", Part::Target),
    (b"Computer Account That Was Changed", Part::Target),
    (b"Account Modified", Part::Target),
    (b"Account That Was Locked Out", Part::Target),
    (b"Account Locked Out", Part::Target),
    (b"Logon Account", Part::Target),
    (b"User Whose Credentials Were Used", Part::Target),
    (b"Member", Part::Member),
    (b"Group", Part::Group),
    (b"New Group", Part::Group),
    (b"Deleted Group", Part::Group),
    (b"Target Group", Part::Group),
    (b"Target Server", Part::Other),
    (b"Client Machine", Part::Other),
    (b"NAS", Part::Other),
    (b"RADIUS Client", Part::Other),
    (b"Authentication Details", Part::Other),
    (b"Process Information", Part::Other),
    (b"Process", Part::Other),
    (b"Network Information", Part::Other),
    (b"Additional Information", Part::Other),
    (b"Service Information", Part::Other),
    (b"Failure Information", Part::Other),
    (b"Logon Information", Part::Other),
    (b"Detailed Authentication Information", Part::Other),
    (b"Object", Part::Other),
    (b"Access Request Information", Part::Other),
    (b"Share Information", Part::Other),
    (b"Task Information", Part::Other),
    (b"Directory Service", Part::Other),
    (b"Attribute", Part::Other),
    (b"Attributes", Part::Other),
    (b"Changed Attributes", Part::Other),
    (b"Audit Policy Change", Part::Other),
    (b"Application Information", Part::Other),
];

/// Labels that mean one value wherever they stand.
const LABELS: &[(&[u8], &str)] = &[
    (b"Logon Account", "TargetUserName"),
    (b"Group Name", "TargetUserName"),
    (b"Group Domain", "TargetDomainName"),
    (b"Supplied Realm Name", "TargetDomainName"),
    (b"Caller Computer Name", "TargetDomainName"),
    (b"User ID", "TargetSid"),
    (b"Old Account Name", "OldTargetUserName"),
    (b"New Account Name", "NewTargetUserName"),
    (b"Workstation Name", "WorkstationName"),
    (b"Source Workstation", "Workstation"),
    (b"Client Address", "IpAddress"),
    (b"Network Address", "IpAddress"),
    (b"Client Port", "IpPort"),
    (b"Port", "IpPort"),
    (b"Client Name", "ClientName"),
    (b"Destination Address", "DestAddress"),
    (b"Destination Port", "DestPort"),
    (b"Failure Reason", "FailureReason"),
    (b"Status", "Status"),
    (b"Sub Status", "SubStatus"),
    (b"Result Code", "Status"),
    (b"Failure Code", "Status"),
    (b"Logon Type", "LogonType"),
    (b"Logon Process", "LogonProcessName"),
    (b"Service Name", "ServiceName"),
    (b"Service ID", "ServiceSid"),
    (b"Service Type", "ServiceType"),
    (b"Target Server Name", "TargetServerName"),
    (b"Process Name", "ProcessName"),
    (b"Caller Process Name", "ProcessName"),
    (b"Process ID", "ProcessId"),
    (b"Caller Process ID", "ProcessId"),
    (b"New Process Name", "NewProcessName"),
    (b"New Process ID", "NewProcessId"),
    (b"Creator Process Name", "ParentProcessName"),
    (b"Creator Process ID", "ProcessId"),
    (b"Process Command Line", "CommandLine"),
    (b"Token Elevation Type", "TokenElevationType"),
    (b"Mandatory Label", "MandatoryLabel"),
    (b"Object Server", "ObjectServer"),
    (b"Object Type", "ObjectType"),
    (b"Object Name", "ObjectName"),
    (b"Object Value Name", "ObjectValueName"),
    (b"Old Value", "OldValue"),
    (b"New Value", "NewValue"),
    (b"Accesses", "AccessList"),
    (b"Access Mask", "AccessMask"),
    (b"Privileges", "PrivilegeList"),
    (b"User Right", "PrivilegeList"),
    (b"Share Name", "ShareName"),
    (b"Share Path", "ShareLocalPath"),
    (b"Relative Target Name", "RelativeTargetName"),
    (b"Task Name", "TaskName"),
    (b"Task Content", "TaskContent"),
    (b"Task New Content", "TaskContentNew"),
    (b"Category", "CategoryId"),
    (b"Subcategory", "SubcategoryId"),
    (b"Changes", "AuditPolicyChanges"),
    (b"DN", "ObjectDN"),
    (b"GUID", "ObjectGUID"),
    (b"Class", "ObjectClass"),
    (b"LDAP Display Name", "AttributeLDAPDisplayName"),
    (b"Value", "AttributeValue"),
    (b"SAM Account Name", "SamAccountName"),
    (b"User Principal Name", "UserPrincipalName"),
    (b"User Account Control", "UserAccountControl"),
    (b"SID History", "SidHistory"),
    (b"Allowed To Delegate To", "AllowedToDelegateTo"),
    (b"AllowedToDelegateTo", "AllowedToDelegateTo"),
    (b"Ticket Options", "TicketOptions"),
    (b"Ticket Encryption Type", "TicketEncryptionType"),
    (b"Pre-Authentication Type", "PreAuthType"),
    (b"Application Name", "Application"),
    (b"Direction", "Direction"),
    (b"Protocol", "Protocol"),
    (b"Fully Qualified Account Name", "FullyQualifiedSubjectUserName"),
    (b"Calling Station Identifier", "CallingStationID"),
    (b"NAS IPv4 Address", "NASIPv4Address"),
    (b"NAS Identifier", "NASIdentifier"),
    (b"Client Friendly Name", "ClientName"),
    (b"Client IP Address", "ClientIPAddress"),
    (b"Network Policy Name", "NetworkPolicyName"),
    (b"Reason Code", "ReasonCode"),
    (b"Reason", "Reason"),
];

/// Labels of the events of certain numbers.
const OF_EVENTS: &[(&[u32], &[u8], &str)] = &[
    (&[7045], b"Service File Name", "ImagePath"),
    (&[7045], b"Service Account", "AccountName"),
    (&[7045], b"Service Start Type", "StartType"),
    (&[4697], b"Service File Name", "ServiceFileName"),
    (&[4697], b"Service Account", "ServiceAccount"),
    (&[4697], b"Service Start Type", "ServiceStartType"),
    (&[1149], b"User", "Param1"),
    (&[1149], b"Domain", "Param2"),
    (&[1149], b"Source Network Address", "Param3"),
    (&[21, 22, 23, 24, 25], b"User", "User"),
    (&[21, 22, 24, 25], b"Source Network Address", "Address"),
    (&[21, 22, 23, 24, 25], b"Session ID", "SessionID"),
    (&[5156, 5157, 5152, 5154, 5158], b"Source Address", "SourceAddress"),
    (&[5156, 5157, 5152, 5154, 5158], b"Source Port", "SourcePort"),
    (&[4776], b"Error Code", "Status"),
    (&[4886, 4887, 4888], b"Requester", "Requester"),
    (&[4886, 4887, 4888], b"Request ID", "RequestId"),
];

/// Labels of Microsoft Defender.
const OF_DEFENDER: &[(&[u8], &str)] = &[
    (b"Name", "ThreatName"),
    (b"ID", "ThreatID"),
    (b"Severity", "SeverityName"),
    (b"Category", "CategoryName"),
    (b"Path", "Path"),
    (b"Detection Origin", "OriginName"),
    (b"Detection Type", "TypeName"),
    (b"User", "DetectionUser"),
    (b"Process Name", "ProcessName"),
    (b"Action", "ActionName"),
    (b"Error Code", "ErrorCode"),
    (b"Error description", "ErrorDescription"),
    (b"Old value", "OldValue"),
    (b"New value", "NewValue"),
    (b"Feature", "FeatureName"),
];

/// Events whose account is named after the target although the message calls it the subject: sign-offs.
const OWN_TARGET: [u32; 2] = [4634, 4647];
/// Events that call the SID of their target so.
const TARGET_USER_SID: [u32; 9] = [4624, 4625, 4626, 4627, 4634, 4647, 4675, 4688, 4703];

/// Reads the labels; of scripts and commands of PowerShell, which have no such form, the text itself.
pub(super) fn read(text: &[u8], event: &mut Event<'_, '_>) {
    match (event.provider, event.id) {
        (Provider::PowerShell, 4104) => return script(text, event),
        (Provider::PowerShell, 4103) => return command(text, event),
        _ => {}
    }
    let labels = Labels { text, is_squeezed: is_squeezed(text) };
    let mut part = Part::None;
    let mut label: &[u8] = b"";
    let mut value: Option<(usize, usize)> = None;
    let mut pieces = Pieces { text, at: 0 };
    while let Some((start, end)) = pieces.next() {
        let piece = text.get(start..end).unwrap_or_default();
        if let Some(name) = piece.strip_suffix(b":").filter(|name| is_label(name)) {
            labels.put(part, label, value.take(), event);
            let heading = HEADINGS.iter().find(|(known, _)| *known == name);
            // `Logon Account` heads a value in one event, and values in another: the value follows it.
            if let Some((_, heading)) = heading {
                part = *heading;
            }
            label = name;
        } else if let Some(at) = colon(piece) {
            labels.put(part, label, value.take(), event);
            let own = Some((start.saturating_add(at).saturating_add(1), end));
            labels.put(part, piece.get(..at).unwrap_or_default(), own, event);
            label = b"";
        } else if !label.is_empty() {
            value = Some((value.map_or(start, |(first, _)| first), end));
        }
    }
    labels.put(part, label, value, event);
}

/// Where the label of `Label: value` ends.
fn colon(piece: &[u8]) -> Option<usize> {
    let at = find_piece(piece, b": ", 0)?;
    piece.get(..at).filter(|label| is_label(label)).map(|_| at)
}

/// Letters and digits, with blanks and few other signs between them.
fn is_label(text: &[u8]) -> bool {
    const LONGEST: usize = 48;
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b" -()/".contains(byte);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(fits)
}

/// Values of several lines.
const LISTS: &[&str] = &[
    "PrivilegeList",
    "AccessList",
    "AuditPolicyChanges",
    "UserAccountControl",
    "TaskContent",
    "TaskContentNew",
    "AllowedToDelegateTo",
];

/// The message that is read.
struct Labels<'t> {
    text: &'t [u8],
    /// Its line ends were made blanks.
    is_squeezed: bool,
}

impl Labels<'_> {
    /// Adds a value under the name that the label has in the event's data.
    fn put(
        &self,
        part: Part,
        label: &[u8],
        value: Option<(usize, usize)>,
        event: &mut Event<'_, '_>,
    ) {
        let value =
            value.and_then(|(start, end)| self.text.get(start..end)).map(<[u8]>::trim_ascii);
        let Some(value) = value.filter(|value| !value.is_empty() && !label.is_empty()) else {
            return;
        };
        if let Some(name) = name_of(part, label, event) {
            let is_list = LISTS.contains(&name);
            let value = if is_list { value } else { first(value, self.is_squeezed) };
            event.data(name.as_bytes(), Piece::plain(value));
        } else if event.provider == Provider::Sysmon && label.iter().all(u8::is_ascii_alphanumeric)
        {
            // Sysmon's labels are the names themselves.
            event.data(label, Piece::plain(value));
        }
    }
}

/// The first line of a value; where line ends were made blanks, it ends at two of them.
fn first(value: &[u8], is_squeezed: bool) -> &[u8] {
    let end = value.iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'\t'));
    let line = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
    let blanks = if is_squeezed { find_piece(line, b"  ", 0) } else { None };
    line.get(..blanks.unwrap_or(line.len())).unwrap_or_default().trim_ascii_end()
}

/// True if the message has no line ends, in whose place some shippers write blanks.
fn is_squeezed(text: &[u8]) -> bool {
    crate::text::find_byte(text, b'\n', 0) == text.len()
}

fn name_of(part: Part, label: &[u8], event: &Event<'_, '_>) -> Option<&'static str> {
    let find = |list: &[(&[u8], &'static str)]| {
        list.iter().find(|(known, _)| *known == label).map(|(_, name)| *name)
    };
    match event.provider {
        Provider::Defender => return find(OF_DEFENDER),
        Provider::Sysmon => return None,
        _ => {}
    }
    let of_event = OF_EVENTS
        .iter()
        .find(|(ids, known, _)| ids.contains(&event.id) && *known == label)
        .map(|(_, _, name)| *name);
    let is_target = part == Part::Target || part == Part::Subject && OWN_TARGET.contains(&event.id);
    let sid = if TARGET_USER_SID.contains(&event.id) { "TargetUserSid" } else { "TargetSid" };
    of_event.or_else(|| match label {
        b"Security ID" => match part {
            Part::Member => Some("MemberSid"),
            Part::Group => Some("TargetSid"),
            _ if is_target => Some(sid),
            Part::None | Part::Subject => Some("SubjectUserSid"),
            _ => None,
        },
        b"Account Name" => match part {
            Part::Member => Some("MemberName"),
            Part::Group => Some("TargetUserName"),
            _ if is_target => Some("TargetUserName"),
            Part::None | Part::Subject => Some("SubjectUserName"),
            _ => None,
        },
        b"Account Domain" | b"Domain Name" => match part {
            Part::Group => Some("TargetDomainName"),
            _ if is_target => Some("TargetDomainName"),
            Part::None | Part::Subject => Some("SubjectDomainName"),
            _ => None,
        },
        b"Logon ID" if is_target => Some("TargetLogonId"),
        b"Logon ID" if matches!(part, Part::None | Part::Subject) => Some("SubjectLogonId"),
        b"Access Right" if event.id == 4717 => Some("AccessGranted"),
        b"Access Right" if event.id == 4718 => Some("AccessRemoved"),
        b"Authentication Package" if event.id == 4776 => Some("PackageName"),
        b"Authentication Package" => Some("AuthenticationPackageName"),
        b"Source Network Address" | b"Source Address" => Some("IpAddress"),
        b"Source Port" => Some("IpPort"),
        _ => find(LABELS),
    })
}

/// Events whose message has an account that is no subject, and none before it.
const TARGET_ALONE: [u32; 7] = [4768, 4769, 4770, 4771, 4772, 4773, 4776];

/// The name of the value of a label that a shipper made a key: Splunk writes `Account_Name`.
pub(super) fn name_of_key(key: &[u8], event: &Event<'_, '_>) -> Option<&'static str> {
    let mut held = [0u8; 48];
    let label = held.get_mut(..key.len()).filter(|_| key.contains(&b'_'))?;
    for (place, byte) in label.iter_mut().zip(key) {
        *place = if *byte == b'_' { b' ' } else { *byte };
    }
    let part = if TARGET_ALONE.contains(&event.id) { Part::Target } else { Part::Subject };
    name_of(part, label, event)
}

/// The names of the first and the last value of a label that a message has several times.
pub(super) fn names_of_list(key: &[u8]) -> Option<(&'static str, &'static str)> {
    match key {
        b"Account_Name" => Some(("SubjectUserName", "TargetUserName")),
        b"Account_Domain" => Some(("SubjectDomainName", "TargetDomainName")),
        b"Security_ID" => Some(("SubjectUserSid", "TargetUserSid")),
        b"Logon_ID" => Some(("SubjectLogonId", "TargetLogonId")),
        _ => None,
    }
}

/// `Creating Scriptblock text (1 of 1):`, the script, `ScriptBlock ID: ..`.
fn script(text: &[u8], event: &mut Event<'_, '_>) {
    const HEAD: &[u8] = b"Creating Scriptblock text";
    let begins = text.starts_with(HEAD).then(|| find_piece(text, b"):", 0)).flatten();
    let start = begins.map_or(0, |at| at.saturating_add(2));
    let script = text.get(start..).unwrap_or(text);
    let end = crate::text::find_last_piece(script, b"ScriptBlock ID:").unwrap_or(script.len());
    let (script, rest) = script.split_at_checked(end).unwrap_or((script, b""));
    event.data(b"ScriptBlockText", Piece::plain(script.trim_ascii()));
    if let Some(at) = find_piece(rest, b"Path:", 0) {
        let path = rest.get(at.saturating_add(5)..).unwrap_or_default().trim_ascii();
        event.data(b"Path", Piece::plain(first(path, is_squeezed(text))));
    }
}

/// The command, then `Context:` with who ran it.
fn command(text: &[u8], event: &mut Event<'_, '_>) {
    let at = find_piece(text, b"Context:", 0).unwrap_or(text.len());
    let (payload, context) = text.split_at_checked(at).unwrap_or((text, b""));
    event.data(b"Payload", Piece::plain(payload.trim_ascii()));
    event.data(b"ContextInfo", Piece::plain(context.trim_ascii()));
}

/// Pieces of a message between line ends, tabs, or two blanks: some shippers write these for line ends.
struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
}

impl Pieces<'_> {
    /// Where the next piece begins and ends.
    fn next(&mut self) -> Option<(usize, usize)> {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let rest = self.text.get(self.at..)?;
        let start = self.at.saturating_add(rest.iter().position(|byte| !is_blank(byte))?);
        let rest = self.text.get(start..)?;
        let mut before = b'x';
        let end = rest.iter().position(|byte| {
            let is_end = matches!(byte, b'\n' | b'\r' | b'\t') || *byte == b' ' && before == b' ';
            before = *byte;
            is_end
        });
        let end = start.saturating_add(end.unwrap_or(rest.len()));
        self.at = end;
        let piece = self.text.get(start..end)?;
        Some((start, start.saturating_add(piece.trim_ascii_end().len())))
    }
}
