//! Scenarios of `auditward simulate` as a person meets them: found, and linked in the report.

use std::fs;
use std::path::Path;
use std::process::Command;

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_auditward")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The change and the failure are both found, and the failure's incident names the change of the firewall 22 minutes before it.
#[test]
fn a_firewall_rule_changed_22_minutes_before_an_error_spike_is_linked() {
    let root = tempfile::tempdir().unwrap();
    let [log, policy, report] =
        ["log.ndjson", "log.ndjson.toml", "report.html"].map(|name| root.path().join(name));
    let found = run(&["simulate", "outage", "--verify", "--out", text(&log)]);
    assert!(found.contains("found by error-rate"), "{found}");
    let found = run(&[
        "replay",
        text(&log),
        "--policy",
        text(&policy),
        "--mode",
        "native",
        "--report",
        text(&report),
        "--findings",
    ]);
    let count_of = |text: &str| found.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count_of("\"aws.security-group-changed\""), 1);
    assert!(count_of("{\"detector\":\"error-rate\"") > 0);
    let page = fs::read_to_string(&report).unwrap();
    let linked = page.split("Changes in the hour before</h3>").skip(1);
    let tables: Vec<&str> = linked.filter_map(|rest| rest.split("</table>").next()).collect();
    let rows = tables.iter().flat_map(|table| table.split("<tr>").skip(2));
    let change = rows.into_iter().find(|row| row.contains("RevokeSecurityGroupIngress"));
    let change = change.unwrap_or_else(|| panic!("{tables:#?}"));
    let before = change.split("nowrap\">").nth(1).and_then(|rest| rest.split(" min<").next());
    let before: u32 = before.and_then(|before| before.parse().ok()).expect(change);
    assert!((20..=24).contains(&before), "{change}");
}
