//! Names of an event's data by place, as the providers' manifests have them: for shippers that give values alone.

use super::names::Provider;

/// The names by which most events of the Security log begin, `S` in the lists.
const SUBJECT: &[&str] =
    &["SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId"];

/// Names of the data of an event with so many values: of several versions of the event the one that has as many, else the one that has most.
pub(super) fn names(
    provider: Provider,
    id: u32,
    count: usize,
) -> impl Iterator<Item = &'static str> {
    let of = match provider {
        Provider::Security => SECURITY,
        Provider::Services => SERVICES,
        Provider::EventLog => EVENT_LOG,
        Provider::Sysmon => SYSMON,
        Provider::PowerShell => POWERSHELL,
        Provider::Defender => DEFENDER,
        Provider::Terminal => TERMINAL,
        Provider::Tasks => TASKS,
        Provider::Other => &[],
    };
    let versions = || of.iter().filter(|(known, _)| *known == id).map(|(_, names)| *names);
    let exact = versions().find(|names| split(names).count() == count);
    let list = exact.or_else(|| versions().next()).unwrap_or_default();
    split(list)
}

/// True if so many values can be those of the event: shippers cut long lists.
pub(super) fn fit(provider: Provider, id: u32, count: usize) -> bool {
    let known = names(provider, id, count).count();
    count.saturating_mul(2) >= known
}

fn split(names: &'static str) -> impl Iterator<Item = &'static str> {
    names.split_ascii_whitespace().flat_map(|name| {
        let is_subject = name == "S";
        let subject = if is_subject { SUBJECT } else { &[] };
        subject.iter().copied().chain((!is_subject).then_some(name))
    })
}

type Names = &'static [(u32, &'static str)];

const SERVICES: Names = &[
    (7040, "param1 param2 param3 param4"),
    (7045, "ServiceName ImagePath ServiceType StartType AccountName"),
];

const EVENT_LOG: Names = &[
    (104, "SubjectUserName SubjectDomainName Channel BackupPath"),
    (1102, "S"),
    (1105, "Channel BackupPath"),
];

const POWERSHELL: Names = &[
    (4103, "ContextInfo UserData Payload"),
    (4104, "MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path"),
];

const TERMINAL: Names = &[
    (21, "User SessionID Address"),
    (22, "User SessionID Address"),
    (23, "User SessionID"),
    (24, "User SessionID Address"),
    (25, "User SessionID Address"),
    (1149, "Param1 Param2 Param3"),
];

const TASKS: Names = &[
    (106, "TaskName UserContext"),
    (140, "TaskName UserName"),
    (141, "TaskName UserName"),
    (142, "TaskName UserName"),
    (200, "TaskName ActionName TaskInstanceId"),
    (201, "TaskName TaskInstanceId ActionName ResultCode"),
];

const DEFENDER: Names = &[
    (1116, DETECTION),
    (1117, DETECTION),
    (1118, DETECTION),
    (1119, DETECTION),
    (5001, "ProductName ProductVersion"),
    (5007, "ProductName ProductVersion OldValue NewValue"),
    (5010, "ProductName ProductVersion"),
    (5012, "ProductName ProductVersion"),
];

const DETECTION: &str = "ProductName ProductVersion DetectionID DetectionTime Unused Unused2 ThreatID ThreatName SeverityID SeverityName CategoryID CategoryName FWLink StatusCode StatusDescription State SourceID SourceName ProcessName DetectionUser Unused3 Path OriginID OriginName ExecutionID ExecutionName TypeID TypeName PreExecutionStatus ActionID ActionName Unused4 ErrorCode ErrorDescription Unused5 PostCleanStatus AdditionalActionsID AdditionalActionsString RemediationUser Unused6 SignatureVersion EngineVersion";

const SYSMON: Names = &[
    (
        1,
        "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser",
    ),
    (
        2,
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime PreviousCreationUtcTime User",
    ),
    (
        3,
        "RuleName UtcTime ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName",
    ),
    (5, "RuleName UtcTime ProcessGuid ProcessId Image User"),
    (6, "RuleName UtcTime ImageLoaded Hashes Signed Signature SignatureStatus"),
    (
        7,
        "RuleName UtcTime ProcessGuid ProcessId Image ImageLoaded FileVersion Description Product Company OriginalFileName Hashes Signed Signature SignatureStatus User",
    ),
    (
        8,
        "RuleName UtcTime SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid TargetProcessId TargetImage NewThreadId StartAddress StartModule StartFunction SourceUser TargetUser",
    ),
    (9, "RuleName UtcTime ProcessGuid ProcessId Image Device User"),
    (
        10,
        "RuleName UtcTime SourceProcessGUID SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessId TargetImage GrantedAccess CallTrace SourceUser TargetUser",
    ),
    (11, "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime User"),
    (12, "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject User"),
    (13, "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject Details User"),
    (14, "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject NewName User"),
    (
        15,
        "RuleName UtcTime ProcessGuid ProcessId Image TargetFilename CreationUtcTime Hash Contents User",
    ),
    (17, "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    (18, "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"),
    (19, "RuleName EventType UtcTime Operation User EventNamespace Name Query"),
    (20, "RuleName EventType UtcTime Operation User Name Type Destination"),
    (21, "RuleName EventType UtcTime Operation User Consumer Filter"),
    (22, "RuleName UtcTime ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User"),
    (
        23,
        "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived",
    ),
    (24, "RuleName UtcTime ProcessGuid ProcessId Image Session ClientInfo Hashes Archived User"),
    (25, "RuleName UtcTime ProcessGuid ProcessId Image Type User"),
    (26, "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable"),
    (27, "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes"),
    (28, "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable"),
    (29, "RuleName UtcTime ProcessGuid ProcessId User Image TargetFilename Hashes"),
];

const SECURITY: Names = &[
    (4610, "AuthenticationPackageName"),
    (4611, "S LogonProcessName"),
    (4614, "NotificationPackageName"),
    (4616, "S PreviousDate PreviousTime NewDate NewTime ProcessId ProcessName"),
    (4616, "S PreviousTime NewTime ProcessId ProcessName"),
    (4622, "SecurityPackageName"),
    (
        4624,
        "S TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort ImpersonationLevel RestrictedAdminMode TargetOutboundUserName TargetOutboundDomainName VirtualAccount TargetLinkedLogonId ElevatedToken",
    ),
    (
        4625,
        "S TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus LogonType LogonProcessName AuthenticationPackageName WorkstationName TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort",
    ),
    (
        4626,
        "S TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType EventIdx EventCountTotal UserClaims DeviceClaims",
    ),
    (
        4627,
        "S TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType EventIdx EventCountTotal GroupMembership",
    ),
    (4634, "TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType"),
    (4647, "TargetUserSid TargetUserName TargetDomainName TargetLogonId"),
    (
        4648,
        "S LogonGuid TargetUserName TargetDomainName TargetLogonGuid TargetServerName TargetInfo ProcessId ProcessName IpAddress IpPort",
    ),
    (
        4649,
        "S TargetUserName TargetDomainName RequestType LogonProcessName AuthenticationPackage WorkstationName TransmittedServices ProcessId ProcessName",
    ),
    (
        4656,
        "S ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessReason AccessMask PrivilegeList RestrictedSidCount ProcessId ProcessName ResourceAttributes",
    ),
    (
        4656,
        "S ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessMask PrivilegeList RestrictedSidCount ProcessId ProcessName",
    ),
    (
        4657,
        "S ObjectName ObjectValueName HandleId OperationType OldValueType OldValue NewValueType NewValue ProcessId ProcessName",
    ),
    (
        4659,
        "S ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessMask PrivilegeList ProcessId",
    ),
    (4660, "S ObjectServer HandleId ProcessId ProcessName TransactionId"),
    (
        4661,
        "S ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessReason AccessMask PrivilegeList Properties RestrictedSidCount ProcessId ProcessName",
    ),
    (
        4661,
        "S ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessMask PrivilegeList Properties RestrictedSidCount ProcessId ProcessName",
    ),
    (
        4662,
        "S ObjectServer ObjectType ObjectName OperationType HandleId AccessList AccessMask Properties AdditionalInfo AdditionalInfo2",
    ),
    (
        4663,
        "S ObjectServer ObjectType ObjectName HandleId AccessList AccessMask ProcessId ProcessName ResourceAttributes",
    ),
    (4664, "S FileName LinkName TransactionId"),
    (4670, "S ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName"),
    (4672, "S PrivilegeList"),
    (4673, "S ObjectServer Service PrivilegeList ProcessId ProcessName"),
    (
        4674,
        "S ObjectServer ObjectType ObjectName HandleId AccessMask PrivilegeList ProcessId ProcessName",
    ),
    (
        4675,
        "TargetUserSid TargetUserName TargetDomainName TdoDirection TdoAttributes TdoType TdoSid SidList",
    ),
    (
        4688,
        "S NewProcessId NewProcessName TokenElevationType ProcessId CommandLine TargetUserSid TargetUserName TargetDomainName TargetLogonId ParentProcessName MandatoryLabel",
    ),
    (4689, "S Status ProcessId ProcessName"),
    (4692, "S MasterKeyId RecoveryServer RecoveryKeyId FailureReason"),
    (4693, "S MasterKeyId RecoveryReason RecoveryServer RecoveryKeyId FailureId"),
    (4697, "S ServiceName ServiceFileName ServiceType ServiceStartType ServiceAccount"),
    (4698, "S TaskName TaskContent"),
    (4699, "S TaskName TaskContent"),
    (4700, "S TaskName TaskContent"),
    (4701, "S TaskName TaskContent"),
    (4702, "S TaskName TaskContentNew"),
    (
        4703,
        "S TargetUserSid TargetUserName TargetDomainName TargetLogonId ProcessName ProcessId EnabledPrivilegeList DisabledPrivilegeList",
    ),
    (4704, "S TargetSid PrivilegeList"),
    (4705, "S TargetSid PrivilegeList"),
    (4706, "DomainName DomainSid S TdoType TdoDirection TdoAttributes SidFilteringEnabled"),
    (4707, "DomainName DomainSid S"),
    (4713, "S KerberosPolicyChange"),
    (4714, "S EfsPolicyChange"),
    (4715, "S OldSd NewSd"),
    (4716, "S DomainName DomainSid TdoType TdoDirection TdoAttributes SidFilteringEnabled"),
    (4717, "S TargetSid AccessGranted"),
    (4718, "S TargetSid AccessRemoved"),
    (4719, "S CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges"),
    (
        4720,
        "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours",
    ),
    (4722, "TargetUserName TargetDomainName TargetSid S"),
    (4723, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4724, "TargetUserName TargetDomainName TargetSid S"),
    (4725, "TargetUserName TargetDomainName TargetSid S"),
    (4726, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4727, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4728,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4729, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4730, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4731, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4732,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4733, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4734, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4735, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (4737, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4738,
        "Dummy TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours",
    ),
    (
        4739,
        "DomainPolicyChanged DomainName DomainSid S PrivilegeList MinPasswordAge MaxPasswordAge ForceLogoff LockoutThreshold LockoutObservationWindow LockoutDuration PasswordProperties MinPasswordLength PasswordHistoryLength MachineAccountQuota MixedDomainMode DomainBehaviorVersion OemInformation",
    ),
    (4740, "TargetUserName TargetDomainName TargetSid S"),
    (
        4741,
        "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours DnsHostName ServicePrincipalNames",
    ),
    (
        4742,
        "ComputerAccountChange TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours DnsHostName ServicePrincipalNames",
    ),
    (4743, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4744, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (4745, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4746,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4747, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4748, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4749, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (4750, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4751,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4752, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4753, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4754, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (4755, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4756,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4757, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4758, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4759, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (4760, "TargetUserName TargetDomainName TargetSid S PrivilegeList SamAccountName SidHistory"),
    (
        4761,
        "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList MembershipExpirationTime",
    ),
    (4762, "MemberName MemberSid TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4763, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4764, "GroupTypeChange TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (
        4765,
        "SourceUserName SourceSid TargetUserName TargetDomainName TargetSid S PrivilegeList SidList",
    ),
    (
        4766,
        "SourceUserName TargetUserName TargetDomainName TargetSid SubjectUserName SubjectDomainName SubjectLogonId PrivilegeList",
    ),
    (4767, "TargetUserName TargetDomainName TargetSid S"),
    (
        4768,
        "TargetUserName TargetDomainName TargetSid ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint",
    ),
    (
        4769,
        "TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort Status LogonGuid TransmittedServices",
    ),
    (
        4770,
        "TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort",
    ),
    (
        4771,
        "TargetUserName TargetSid ServiceName TicketOptions Status PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint",
    ),
    (
        4772,
        "TargetUserName TargetDomainName ServiceName TicketOptions FailureCode IpAddress IpPort",
    ),
    (
        4773,
        "TargetUserName TargetDomainName ServiceName TicketOptions FailureCode IpAddress IpPort",
    ),
    (4774, "MappingBy ClientUserName MappedName"),
    (4775, "ClientUserName MappingBy"),
    (4776, "PackageName TargetUserName Workstation Status"),
    (4777, "ClientUserName TargetUserName Workstation Status"),
    (4778, "AccountName AccountDomain LogonID SessionName ClientName ClientAddress"),
    (4779, "AccountName AccountDomain LogonID SessionName ClientName ClientAddress"),
    (4780, "TargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4781, "OldTargetUserName NewTargetUserName TargetDomainName TargetSid S PrivilegeList"),
    (4782, "TargetUserName TargetDomainName S"),
    (4793, "S Workstation TargetUserName Status"),
    (4794, "S Workstation Status"),
    (4798, "TargetUserName TargetDomainName TargetSid S CallerProcessId CallerProcessName"),
    (4799, "TargetUserName TargetDomainName TargetSid S CallerProcessId CallerProcessName"),
    (4800, "TargetUserSid TargetUserName TargetDomainName TargetLogonId SessionId"),
    (4801, "TargetUserSid TargetUserName TargetDomainName TargetLogonId SessionId"),
    (4802, "TargetUserSid TargetUserName TargetDomainName TargetLogonId SessionId"),
    (4803, "TargetUserSid TargetUserName TargetDomainName TargetLogonId SessionId"),
    (4817, "S ObjectServer ObjectType ObjectName OldSd NewSd"),
    (
        4820,
        "TargetUserName TargetDomainName TargetSid DeviceName ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint SiloName PolicyName TGTLifetime",
    ),
    (
        4821,
        "TargetUserName TargetDomainName DeviceName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort Status LogonGuid TransitedServices SiloName PolicyName",
    ),
    (4822, "AccountName DeviceName Status"),
    (4823, "AccountName DeviceName Status SiloName PolicyName"),
    (
        4824,
        "TargetUserName TargetSid ServiceName TicketOptions Status PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint",
    ),
    (4825, "AccountName AccountDomain LogonID ClientAddress"),
    (
        4864,
        "CollisionTargetType CollisionTargetName ForestRoot TopLevelName DnsName NetbiosName DomainSid Flags",
    ),
    (
        4865,
        "ForestRoot ForestRootSid OperationId EntryType Flags TopLevelName DnsName NetbiosName DomainSid S",
    ),
    (
        4866,
        "ForestRoot ForestRootSid OperationId EntryType Flags TopLevelName DnsName NetbiosName DomainSid S",
    ),
    (
        4867,
        "S ForestRoot ForestRootSid OperationId EntryType Flags TopLevelName DnsName NetbiosName DomainSid",
    ),
    (4868, "RequestId S"),
    (4869, "RequestId S"),
    (4870, "CertificateSerialNumber RevocationReason S"),
    (4871, "NextUpdate NextPublishForBaseCRL NextPublishForDeltaCRL S"),
    (4872, "IsBaseCRL CRLNumber KeyContainer NextPublish PublishURLs"),
    (4873, "RequestId ExtensionName ExtensionDataType ExtensionPolicyFlags ExtensionData S"),
    (4874, "RequestId Attributes S"),
    (4875, "S"),
    (4876, "BackupType S"),
    (4877, "S"),
    (4880, "CertificateDatabaseHash PrivateKeyUsageCount CACertificateHash CAPublicKeyHash"),
    (4881, "CertificateDatabaseHash PrivateKeyUsageCount CACertificateHash CAPublicKeyHash"),
    (4882, "SecuritySettings S"),
    (4883, "RequestId S"),
    (4884, "Certificate RequestId S"),
    (4885, "AuditFilter S"),
    (4886, "RequestId Requester Attributes"),
    (4887, "RequestId Requester Attributes Disposition SubjectKeyIdentifier Subject"),
    (4888, "RequestId Requester Attributes Disposition SubjectKeyIdentifier Subject"),
    (4889, "RequestId Requester Attributes Disposition SubjectKeyIdentifier Subject"),
    (4890, "EnableRestrictedPermissions RestrictedPermissions S"),
    (4891, "Node Entry Value S"),
    (4892, "PropertyName PropertyIndex PropertyType PropertyValue S"),
    (4893, "RequestId Requester KRAHashes"),
    (4894, "RequestId S"),
    (4895, "CertificateHash ValidFrom ValidTo"),
    (4896, "TableId Filter RowsDeleted S"),
    (4897, "RoleSeparationEnabled"),
    (
        4898,
        "TemplateInternalName TemplateVersion TemplateSchemaVersion TemplateOID TemplateDSObjectFQDN DCDNSName TemplateContent SecurityDescriptor",
    ),
    (
        4899,
        "TemplateInternalName TemplateVersion TemplateSchemaVersion TemplateOID TemplateDSObjectFQDN DCDNSName NewTemplateContent OldTemplateContent",
    ),
    (
        4900,
        "TemplateInternalName TemplateVersion TemplateSchemaVersion TemplateOID TemplateDSObjectFQDN DCDNSName NewTemplateContent NewSecurityDescriptor OldTemplateContent OldSecurityDescriptor",
    ),
    (4902, "PuaCount PuaPolicyId"),
    (4904, "S AuditSourceName EventSourceId ProcessId ProcessName"),
    (4905, "S AuditSourceName EventSourceId ProcessId ProcessName"),
    (4906, "CrashOnAuditFailValue"),
    (4907, "S ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName"),
    (4908, "SidList"),
    (4911, "S ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName"),
    (4912, "S TargetUserSid CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges"),
    (4913, "S ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName"),
    (4946, "ProfileChanged RuleId RuleName"),
    (4947, "ProfileChanged RuleId RuleName"),
    (4948, "ProfileChanged RuleId RuleName"),
    (4950, "ProfileChanged SettingType SettingValue"),
    (
        4964,
        "S LogonGuid TargetUserSid TargetUserName TargetDomainName TargetLogonId TargetLogonGuid SidList",
    ),
    (4985, "S TransactionId NewState ResourceManager ProcessId ProcessName"),
    (5031, "Profiles Application"),
    (
        5058,
        "S ClientProcessId ClientCreationTime ProviderName AlgorithmName KeyName KeyType KeyFilePath Operation ReturnCode",
    ),
    (5058, "S ProviderName AlgorithmName KeyName KeyType KeyFilePath Operation ReturnCode"),
    (
        5059,
        "S ClientProcessId ClientCreationTime ProviderName AlgorithmName KeyName KeyType Operation ReturnCode",
    ),
    (5059, "S ProviderName AlgorithmName KeyName KeyType Operation ReturnCode"),
    (5061, "S ProviderName AlgorithmName KeyName KeyType Operation ReturnCode"),
    (
        5136,
        "OpCorrelationID AppCorrelationID S DSName DSType ObjectDN ObjectGUID ObjectClass AttributeLDAPDisplayName AttributeSyntaxOID AttributeValue OperationType",
    ),
    (5137, "OpCorrelationID AppCorrelationID S DSName DSType ObjectDN ObjectGUID ObjectClass"),
    (
        5138,
        "OpCorrelationID AppCorrelationID S DSName DSType OldObjectDN NewObjectDN ObjectGUID ObjectClass",
    ),
    (
        5139,
        "OpCorrelationID AppCorrelationID S DSName DSType OldObjectDN NewObjectDN ObjectGUID ObjectClass",
    ),
    (5140, "S ObjectType IpAddress IpPort ShareName ShareLocalPath AccessMask AccessList"),
    (5140, "S IpAddress IpPort ShareName"),
    (
        5141,
        "OpCorrelationID AppCorrelationID S DSName DSType ObjectDN ObjectGUID ObjectClass TreeDelete",
    ),
    (5142, "S ShareName ShareLocalPath"),
    (
        5143,
        "S ObjectType ShareName ShareLocalPath OldRemark NewRemark OldMaxUsers NewMaxUsers OldShareFlags NewShareFlags OldSD NewSD",
    ),
    (5144, "S ShareName ShareLocalPath"),
    (
        5145,
        "S ObjectType IpAddress IpPort ShareName ShareLocalPath RelativeTargetName AccessMask AccessList AccessReason",
    ),
    (5148, "Type"),
    (
        5150,
        "Direction SourceAddress DestAddress EtherType MediaType InterfaceType VlanTag FilterRTID LayerName LayerRTID",
    ),
    (
        5151,
        "Direction SourceAddress DestAddress EtherType MediaType InterfaceType VlanTag FilterRTID LayerName LayerRTID",
    ),
    (
        5152,
        "ProcessId Application Direction SourceAddress SourcePort DestAddress DestPort Protocol FilterRTID LayerName LayerRTID",
    ),
    (
        5154,
        "ProcessId Application SourceAddress SourcePort Protocol FilterRTID LayerName LayerRTID",
    ),
    (
        5155,
        "ProcessId Application SourceAddress SourcePort Protocol FilterRTID LayerName LayerRTID",
    ),
    (
        5156,
        "ProcessID Application Direction SourceAddress SourcePort DestAddress DestPort Protocol FilterRTID LayerName LayerRTID RemoteUserID RemoteMachineID",
    ),
    (
        5157,
        "ProcessID Application Direction SourceAddress SourcePort DestAddress DestPort Protocol FilterRTID LayerName LayerRTID RemoteUserID RemoteMachineID",
    ),
    (
        5158,
        "ProcessId Application SourceAddress SourcePort Protocol FilterRTID LayerName LayerRTID",
    ),
    (
        5159,
        "ProcessId Application SourceAddress SourcePort Protocol FilterRTID LayerName LayerRTID",
    ),
    (5376, "S BackupFileName ProcessCreationTime ClientProcessId"),
    (5377, "S BackupFileName ProcessCreationTime ClientProcessId"),
    (5378, "S Package UserUPN TargetServer CredType"),
    (
        5379,
        "S TargetName Type CountOfCredentialsReturned ReadOperation ReturnCode ProcessCreationTime ClientProcessId",
    ),
    (5381, "S Flags CountOfCredentialsReturned ProcessCreationTime ClientProcessId"),
    (
        5382,
        "S SchemaFriendlyName Schema Resource Identity PackageSid Flags ReturnCode ProcessCreationTime ClientProcessId",
    ),
    (
        6272,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier QuarantineState QuarantineSessionIdentifier LoggingResult",
    ),
    (
        6272,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier LoggingResult",
    ),
    (
        6273,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason LoggingResult",
    ),
    (
        6273,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason LoggingResult",
    ),
    (
        6274,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason",
    ),
    (
        6274,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason",
    ),
    (
        6275,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason",
    ),
    (
        6275,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier ReasonCode Reason",
    ),
    (
        6276,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier QuarantineState ExtendedQuarantineState QuarantineSessionID QuarantineHelpURL QuarantineSystemHealthResult",
    ),
    (
        6277,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier QuarantineState ExtendedQuarantineState QuarantineSessionID QuarantineHelpURL QuarantineSystemHealthResult QuarantineGraceTime",
    ),
    (
        6278,
        "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName SubjectMachineSID SubjectMachineName FullyQualifiedSubjectMachineName MachineInventory CalledStationID CallingStationID NASIPv4Address NASIPv6Address NASIdentifier NASPortType NASPort ClientName ClientIPAddress ProxyPolicyName NetworkPolicyName AuthenticationProvider AuthenticationServer AuthenticationType EAPType AccountSessionIdentifier QuarantineState ExtendedQuarantineState QuarantineSessionID QuarantineHelpURL QuarantineSystemHealthResult",
    ),
    (6279, "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName"),
    (6280, "SubjectUserSid SubjectUserName SubjectDomainName FullyQualifiedSubjectUserName"),
    (
        6416,
        "S DeviceId DeviceDescription ClassId ClassName VendorIds CompatibleIds LocationInformation",
    ),
    (6416, "S ClassId VendorIds CompatibleIds LocationInformation"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_known_by_their_length() {
        let at = |id, count, nth| names(Provider::Security, id, count).nth(nth);
        assert_eq!(at(4625, 21, 5), Some("TargetUserName"));
        assert_eq!(at(4625, 0, 19), Some("IpAddress"));
        assert_eq!(at(4656, 15, 10), Some("AccessMask"));
        assert_eq!(at(4656, 17, 10), Some("AccessReason"));
        assert_eq!(at(1, 1, 0), None);
    }
}
