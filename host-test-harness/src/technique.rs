//! Names and pages of the MITRE ATT&CK techniques that detectors and built-in rules name (<https://attack.mitre.org>).

/// Ids and names, in the order of ids. A sub-technique's name stands alone; `name` puts its technique's before it.
const NAMES: &[(&str, &str)] = &[
    ("T1003", "OS Credential Dumping"),
    ("T1003.001", "LSASS Memory"),
    ("T1003.003", "NTDS"),
    ("T1003.006", "DCSync"),
    ("T1003.007", "Proc Filesystem"),
    ("T1003.008", "/etc/passwd and /etc/shadow"),
    ("T1005", "Data from Local System"),
    ("T1006", "Direct Volume Access"),
    ("T1014", "Rootkit"),
    ("T1020", "Automated Exfiltration"),
    ("T1021", "Remote Services"),
    ("T1021.001", "Remote Desktop Protocol"),
    ("T1021.002", "SMB/Windows Admin Shares"),
    ("T1021.008", "Direct Cloud VM Connections"),
    ("T1027", "Obfuscated Files or Information"),
    ("T1027.010", "Command Obfuscation"),
    ("T1036", "Masquerading"),
    ("T1036.005", "Match Legitimate Resource Name or Location"),
    ("T1037", "Boot or Logon Initialization Scripts"),
    ("T1040", "Network Sniffing"),
    ("T1046", "Network Service Discovery"),
    ("T1048", "Exfiltration Over Alternative Protocol"),
    ("T1053", "Scheduled Task/Job"),
    ("T1053.003", "Cron"),
    ("T1053.005", "Scheduled Task"),
    ("T1053.007", "Container Orchestration Job"),
    ("T1055", "Process Injection"),
    ("T1055.003", "Thread Execution Hijacking"),
    ("T1055.008", "Ptrace System Calls"),
    ("T1055.012", "Process Hollowing"),
    ("T1056", "Input Capture"),
    ("T1056.001", "Keylogging"),
    ("T1056.003", "Web Portal Capture"),
    ("T1059", "Command and Scripting Interpreter"),
    ("T1059.001", "PowerShell"),
    ("T1059.003", "Windows Command Shell"),
    ("T1059.004", "Unix Shell"),
    ("T1059.007", "JavaScript"),
    ("T1059.009", "Cloud API"),
    ("T1068", "Exploitation for Privilege Escalation"),
    ("T1069", "Permission Groups Discovery"),
    ("T1069.001", "Local Groups"),
    ("T1070", "Indicator Removal"),
    ("T1070.001", "Clear Windows Event Logs"),
    ("T1070.002", "Clear Linux or Mac System Logs"),
    ("T1070.003", "Clear Command History"),
    ("T1070.004", "File Deletion"),
    ("T1070.006", "Timestomp"),
    ("T1070.008", "Clear Mailbox Data"),
    ("T1071", "Application Layer Protocol"),
    ("T1071.001", "Web Protocols"),
    ("T1072", "Software Deployment Tools"),
    ("T1074", "Data Staged"),
    ("T1078", "Valid Accounts"),
    ("T1078.001", "Default Accounts"),
    ("T1078.003", "Local Accounts"),
    ("T1078.004", "Cloud Accounts"),
    ("T1083", "File and Directory Discovery"),
    ("T1087", "Account Discovery"),
    ("T1087.002", "Domain Account"),
    ("T1087.004", "Cloud Account"),
    ("T1090", "Proxy"),
    ("T1090.003", "Multi-hop Proxy"),
    ("T1098", "Account Manipulation"),
    ("T1098.001", "Additional Cloud Credentials"),
    ("T1098.002", "Additional Email Delegate Permissions"),
    ("T1098.003", "Additional Cloud Roles"),
    ("T1098.004", "SSH Authorized Keys"),
    ("T1098.005", "Device Registration"),
    ("T1098.006", "Additional Container Cluster Roles"),
    ("T1098.007", "Additional Local or Domain Groups"),
    ("T1105", "Ingress Tool Transfer"),
    ("T1110", "Brute Force"),
    ("T1110.003", "Password Spraying"),
    ("T1110.004", "Credential Stuffing"),
    ("T1112", "Modify Registry"),
    ("T1114", "Email Collection"),
    ("T1114.002", "Remote Email Collection"),
    ("T1114.003", "Email Forwarding Rule"),
    ("T1133", "External Remote Services"),
    ("T1134", "Access Token Manipulation"),
    ("T1134.001", "Token Impersonation/Theft"),
    ("T1134.005", "SID-History Injection"),
    ("T1136", "Create Account"),
    ("T1136.001", "Local Account"),
    ("T1136.002", "Domain Account"),
    ("T1136.003", "Cloud Account"),
    ("T1176", "Software Extensions"),
    ("T1189", "Drive-by Compromise"),
    ("T1190", "Exploit Public-Facing Application"),
    ("T1195", "Supply Chain Compromise"),
    ("T1195.002", "Compromise Software Supply Chain"),
    ("T1199", "Trusted Relationship"),
    ("T1203", "Exploitation for Client Execution"),
    ("T1204", "User Execution"),
    ("T1204.002", "Malicious File"),
    ("T1207", "Rogue Domain Controller"),
    ("T1210", "Exploitation of Remote Services"),
    ("T1213", "Data from Information Repositories"),
    ("T1213.003", "Code Repositories"),
    ("T1213.005", "Messaging Applications"),
    ("T1218", "System Binary Proxy Execution"),
    ("T1219", "Remote Access Tools"),
    ("T1222", "File and Directory Permissions Modification"),
    ("T1222.001", "Windows File and Directory Permissions Modification"),
    ("T1222.002", "Linux and Mac File and Directory Permissions Modification"),
    ("T1398", "Boot or Logon Initialization Scripts"),
    ("T1484", "Domain or Tenant Policy Modification"),
    ("T1484.001", "Group Policy Modification"),
    ("T1484.002", "Trust Modification"),
    ("T1485", "Data Destruction"),
    ("T1485.001", "Lifecycle-Triggered Deletion"),
    ("T1486", "Data Encrypted for Impact"),
    ("T1489", "Service Stop"),
    ("T1490", "Inhibit System Recovery"),
    ("T1496", "Resource Hijacking"),
    ("T1496.004", "Cloud Service Hijacking"),
    ("T1498", "Network Denial of Service"),
    ("T1499", "Endpoint Denial of Service"),
    ("T1499.004", "Application or System Exploitation"),
    ("T1505", "Server Software Component"),
    ("T1505.001", "SQL Stored Procedures"),
    ("T1505.003", "Web Shell"),
    ("T1525", "Implant Internal Image"),
    ("T1526", "Cloud Service Discovery"),
    ("T1528", "Steal Application Access Token"),
    ("T1529", "System Shutdown/Reboot"),
    ("T1530", "Data from Cloud Storage"),
    ("T1531", "Account Access Removal"),
    ("T1535", "Unused/Unsupported Cloud Regions"),
    ("T1537", "Transfer Data to Cloud Account"),
    ("T1539", "Steal Web Session Cookie"),
    ("T1542", "Pre-OS Boot"),
    ("T1543", "Create or Modify System Process"),
    ("T1543.002", "Systemd Service"),
    ("T1543.003", "Windows Service"),
    ("T1546", "Event Triggered Execution"),
    ("T1546.003", "Windows Management Instrumentation Event Subscription"),
    ("T1546.016", "Installer Packages"),
    ("T1547", "Boot or Logon Autostart Execution"),
    ("T1547.001", "Registry Run Keys / Startup Folder"),
    ("T1547.006", "Kernel Modules and Extensions"),
    ("T1547.008", "LSASS Driver"),
    ("T1548", "Abuse Elevation Control Mechanism"),
    ("T1548.001", "Setuid and Setgid"),
    ("T1548.003", "Sudo and Sudo Caching"),
    ("T1550", "Use Alternate Authentication Material"),
    ("T1550.001", "Application Access Token"),
    ("T1550.002", "Pass the Hash"),
    ("T1550.003", "Pass the Ticket"),
    ("T1550.004", "Web Session Cookie"),
    ("T1552", "Unsecured Credentials"),
    ("T1552.001", "Credentials In Files"),
    ("T1552.004", "Private Keys"),
    ("T1552.005", "Cloud Instance Metadata API"),
    ("T1552.007", "Container API"),
    ("T1553", "Subvert Trust Controls"),
    ("T1553.006", "Code Signing Policy Modification"),
    ("T1554", "Compromise Host Software Binary"),
    ("T1555", "Credentials from Password Stores"),
    ("T1555.004", "Windows Credential Manager"),
    ("T1555.005", "Password Managers"),
    ("T1555.006", "Cloud Secrets Management Stores"),
    ("T1556", "Modify Authentication Process"),
    ("T1556.003", "Pluggable Authentication Modules"),
    ("T1556.005", "Reversible Encryption"),
    ("T1556.006", "Multi-Factor Authentication"),
    ("T1556.007", "Hybrid Identity"),
    ("T1556.009", "Conditional Access Policies"),
    ("T1557", "Adversary-in-the-Middle"),
    ("T1558", "Steal or Forge Kerberos Tickets"),
    ("T1558.003", "Kerberoasting"),
    ("T1558.004", "AS-REP Roasting"),
    ("T1559", "Inter-Process Communication"),
    ("T1560", "Archive Collected Data"),
    ("T1560.001", "Archive via Utility"),
    ("T1561", "Disk Wipe"),
    ("T1562", "Impair Defenses"),
    ("T1562.001", "Disable or Modify Tools"),
    ("T1562.002", "Disable Windows Event Logging"),
    ("T1562.004", "Disable or Modify System Firewall"),
    ("T1562.006", "Indicator Blocking"),
    ("T1562.007", "Disable or Modify Cloud Firewall"),
    ("T1562.008", "Disable or Modify Cloud Logs"),
    ("T1562.010", "Downgrade Attack"),
    ("T1562.012", "Disable or Modify Linux Audit System"),
    ("T1564", "Hide Artifacts"),
    ("T1564.008", "Email Hiding Rules"),
    ("T1565", "Data Manipulation"),
    ("T1565.001", "Stored Data Manipulation"),
    ("T1566", "Phishing"),
    ("T1566.002", "Spearphishing Link"),
    ("T1566.003", "Spearphishing via Service"),
    ("T1567", "Exfiltration Over Web Service"),
    ("T1567.001", "Exfiltration to Code Repository"),
    ("T1567.002", "Exfiltration to Cloud Storage"),
    ("T1572", "Protocol Tunneling"),
    ("T1574", "Hijack Execution Flow"),
    ("T1574.006", "Dynamic Linker Hijacking"),
    ("T1578", "Modify Cloud Compute Infrastructure"),
    ("T1578.005", "Modify Cloud Compute Configurations"),
    ("T1580", "Cloud Infrastructure Discovery"),
    ("T1584", "Compromise Infrastructure"),
    ("T1584.001", "Domains"),
    ("T1584.002", "DNS Server"),
    ("T1586", "Compromise Accounts"),
    ("T1586.002", "Email Accounts"),
    ("T1588", "Obtain Capabilities"),
    ("T1588.002", "Tool"),
    ("T1590.002", "DNS"),
    ("T1595", "Active Scanning"),
    ("T1595.002", "Vulnerability Scanning"),
    ("T1595.003", "Wordlist Scanning"),
    ("T1600", "Weaken Encryption"),
    ("T1606", "Forge Web Credentials"),
    ("T1606.002", "SAML Tokens"),
    ("T1609", "Container Administration Command"),
    ("T1610", "Deploy Container"),
    ("T1611", "Escape to Host"),
    ("T1620", "Reflective Code Loading"),
    ("T1621", "Multi-Factor Authentication Request Generation"),
    ("T1648", "Serverless Execution"),
    ("T1649", "Steal or Forge Authentication Certificates"),
    ("T1651", "Cloud Administration Command"),
    ("T1654", "Log Enumeration"),
    ("T1666", "Modify Cloud Resource Hierarchy"),
    ("T1671", "Cloud Application Integration"),
];

/// The name of a technique, a sub-technique's behind its technique's: `Brute Force: Password Spraying`.
pub fn name(id: &str) -> Option<String> {
    let own = |id: &str| {
        NAMES
            .binary_search_by_key(&id, |(id, _)| id)
            .ok()
            .and_then(|at| NAMES.get(at))
            .map(|(_, name)| *name)
    };
    let name = own(id)?;
    Some(match id.split_once('.').and_then(|(technique, _)| own(technique)) {
        Some(technique) => format!("{technique}: {name}"),
        None => name.to_owned(),
    })
}

/// The page of a technique, where the text is an id: `T1110.003` and nothing else.
pub fn page(id: &str) -> Option<String> {
    let (technique, sub) =
        id.split_once('.').map_or((id, None), |(technique, sub)| (technique, Some(sub)));
    let is_number = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_id = technique.strip_prefix('T').is_some_and(|number| is_number(number, 4))
        && sub.is_none_or(|sub| is_number(sub, 3));
    is_id.then(|| {
        format!(
            "https://attack.mitre.org/techniques/{}{}/",
            technique,
            sub.map_or(String::new(), |sub| format!("/{sub}"))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_of_detectors_and_rules_has_a_name_and_a_page() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
        let of_detectors = auditward_core::detector::ALL.iter().map(|spec| spec.technique);
        let of_rules = auditward_core::pack::rules()
            .iter()
            .map(|rule| rule.technique.as_str())
            .filter(|technique| !technique.is_empty());
        for technique in of_detectors.chain(of_rules).chain(["T1499", "T1526"]) {
            assert!(name(technique).is_some() && page(technique).is_some(), "{technique}");
        }
        assert_eq!(name("T1110.003").unwrap(), "Brute Force: Password Spraying");
        assert_eq!(page("T1110.003").unwrap(), "https://attack.mitre.org/techniques/T1110/003/");
        for nonsense in [
            "",
            "T",
            "T1",
            "T11100",
            "T1110.3",
            "T1110/../x",
            "javascript:alert(1)",
            "T1110.003\"",
            "t1110",
        ] {
            assert_eq!(page(nonsense), None, "{nonsense}");
        }
    }
}
