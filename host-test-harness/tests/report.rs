//! Each number on the report's page against the records that it was made from, counted here in another way.

use auditward_core::time::{self, HOUR};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

/// The week of the demo: its records, its report, and for each line the attack that it is part of.
struct Week {
    records: Vec<Value>,
    page: String,
    attacks: HashMap<usize, String>,
}

fn week(directory: &Path) -> Week {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_auditward"));
    let made = demo.args(["demo", "--mode", "native", "--out"]).arg(directory).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    let lines = |name: &str| {
        read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let mut attacks = HashMap::new();
    for attack in lines("truth.ndjson") {
        for line in attack["lines"].as_array().unwrap() {
            attacks.insert(
                line.as_u64().unwrap() as usize - 1,
                attack["attack"].as_str().unwrap().to_owned(),
            );
        }
    }
    Week { records: lines("records.ndjson"), page: read("report.html"), attacks }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    parts.join(",")
}

fn share(part: u64, of: u64) -> String {
    match part {
        0 => "0 %".to_owned(),
        part if part == of => "100 %".to_owned(),
        part if part * 1000 < of => "< 0.1 %".to_owned(),
        part => format!("{:.1} %", (part as f64 * 100.0 / of as f64).min(99.9)),
    }
}

fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let rest = page.split_once(from).unwrap_or_else(|| panic!("{from} is not on the page")).1;
    rest.split_once(to).unwrap().0
}

fn text(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for char in html.chars() {
        match char {
            '<' => is_tag = true,
            '>' => is_tag = false,
            char if !is_tag => text.push(char),
            _ => {}
        }
    }
    text.replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .trim()
        .to_owned()
}

/// A figure by its name.
fn figure(page: &str, name: &str) -> String {
    between(page, &format!("<b data-n=\"{name}\">"), "</b>").to_owned()
}

/// The cells of a table by its name.
fn table(page: &str, name: &str) -> Vec<Vec<String>> {
    let body = between(
        between(page, &format!("<table data-n=\"{name}\">"), "</table>"),
        "<tbody>",
        "</tbody>",
    );
    body.split("<tr>")
        .skip(1)
        .map(|row| row.split("<td").skip(1).map(|cell| text(&format!("<td{cell}"))).collect())
        .collect()
}

fn findings(record: &Value) -> &[Value] {
    record["anomaly"]["findings"].as_array().map_or(&[], Vec::as_slice)
}

fn severity(finding: &Value) -> usize {
    SEVERITIES.iter().position(|name| finding["severity"] == *name).unwrap()
}

fn is_alert(record: &Value) -> bool {
    findings(record).iter().any(|finding| severity(finding) >= 2)
}

fn first<'r>(record: &'r Value, paths: &[&str]) -> Option<&'r str> {
    paths.iter().find_map(|path| record.pointer(path)?.as_str())
}

fn actor(record: &Value) -> Option<&str> {
    first(record, &["/actor/name", "/actor/email", "/actor/id"])
        .filter(|_| record["actor"]["type"] != "anonymous")
}

fn origin(record: &Value) -> Option<&str> {
    first(record, &["/origin/ip", "/origin/host"])
}

fn notes(record: &Value) -> Vec<&str> {
    record["notes"]
        .as_array()
        .map_or_else(Vec::new, |notes| notes.iter().filter_map(Value::as_str).collect())
}

fn timed(record: &Value) -> Option<i64> {
    let is_trusted = !notes(record).iter().any(|note| ["time-ahead", "no-time"].contains(note));
    record["time"].as_str().filter(|_| is_trusted).and_then(|time| time::parse(time.as_bytes()))
}

/// Incidents as sets of records: every two records are held against each other.
fn incidents(records: &[Value]) -> Vec<Vec<usize>> {
    let found: Vec<usize> =
        (0..records.len()).filter(|&index| !findings(&records[index]).is_empty()).collect();
    let subjects = |record: &Value| -> BTreeSet<(String, String)> {
        let keys = findings(record).iter().flat_map(|finding| finding["key"].as_object().unwrap());
        keys.map(|(role, name)| {
            (role.replace("account", "actor"), name.as_str().unwrap().to_lowercase())
        })
        .collect()
    };
    type Names = BTreeSet<(String, String)>;
    let names: Vec<(Names, Names)> = found
        .iter()
        .map(|&index| {
            let subjects = subjects(&records[index]);
            let own = [("actor", actor(&records[index])), ("origin", origin(&records[index]))];
            let own = own
                .into_iter()
                .filter_map(|(role, name)| Some((role.to_owned(), name?.to_lowercase())));
            (subjects.iter().cloned().chain(own).collect(), subjects)
        })
        .collect();
    let start = |record: &Value| {
        let window = findings(record)
            .iter()
            .map(|finding| finding["window_s"].as_i64().unwrap() * 1000)
            .max()
            .unwrap();
        timed(record).unwrap() - window.min(6 * HOUR)
    };
    let mut group: Vec<usize> = (0..found.len()).collect();
    for one in 0..found.len() {
        for other in 0..one {
            let shared = names[one].0.intersection(&names[other].0);
            let joins = shared
                .filter(|name| {
                    name.0 != "origin"
                        || names[one].1.contains(*name)
                        || names[other].1.contains(*name)
                })
                .count()
                > 0;
            if joins && start(&records[found[one]]) <= timed(&records[found[other]]).unwrap() + HOUR
            {
                let (into, from) = (group[other], group[one]);
                group.iter_mut().filter(|held| **held == from).for_each(|held| *held = into);
            }
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    group
        .iter()
        .zip(&found)
        .for_each(|(group, index)| sets.entry(*group).or_default().push(*index));
    sets.into_values().collect()
}

#[test]
fn each_number_on_the_page_is_that_of_the_records() {
    let directory = tempfile::tempdir().unwrap();
    let week = week(directory.path());
    let (records, page) = (&week.records, week.page.as_str());
    let count =
        |is: &dyn Fn(&Value) -> bool| records.iter().filter(|record| is(record)).count() as u64;
    let all = records.len() as u64;
    assert_eq!(figure(page, "records"), grouped(all));
    assert_eq!(
        figure(page, "recognised"),
        share(count(&|record| record["source"].is_string()), all)
    );
    assert_eq!(
        figure(page, "findings"),
        grouped(records.iter().map(|record| findings(record).len() as u64).sum())
    );
    assert_eq!(figure(page, "alerting"), share(count(&is_alert), all));
    assert_eq!(
        figure(page, "suppressed"),
        grouped(count(&|record| notes(record).contains(&"suppressed")))
    );
    completeness(records, page);
    flags(records, page);
    rules(records, page);
    names(records, page);
    charts(records, page);
    let incidents = incidents(records);
    rows(records, page, &incidents);
    attacks(&week, &incidents);
    portraits(records, page);
}

fn completeness(records: &[Value], page: &str) {
    let rows = table(page, "completeness");
    let mut sources: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    records.iter().for_each(|record| {
        sources.entry(record["source"].as_str().unwrap()).or_default().push(record)
    });
    assert_eq!(rows.len(), sources.len());
    for row in rows {
        let of = &sources[row[0].as_str()];
        let all = of.len() as u64;
        let count =
            |is: &dyn Fn(&Value) -> bool| of.iter().filter(|record| is(record)).count() as u64;
        let why = count(&|record| record["authz"].is_object());
        let expected = [
            grouped(all),
            grouped(count(&is_alert)),
            share(count(&|record| actor(record).is_some()), all),
            share(count(&|record| record["action"]["name"].is_string()), all),
            share(count(&|record| timed(record).is_some()), all),
            share(count(&|record| origin(record).is_some()), all),
            share(
                count(&|record| {
                    record["outcome"]["result"].as_str().is_some_and(|result| result != "unknown")
                }),
                all,
            ),
            // Neither access logs nor Entra nor the demo's CRM have an answer to this.
            if ["http.access", "acme.crm", "azure.audit"].contains(&row[0].as_str()) {
                "has none".to_owned()
            } else {
                share(why, all)
            },
        ];
        assert_eq!(row[1..], expected, "{}", row[0]);
        assert!(why > 0 || expected[7] != "100 %");
    }
}

fn flags(records: &[Value], page: &str) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    records
        .iter()
        .flat_map(notes)
        .for_each(|note| *counts.entry(note.to_owned()).or_default() += 1);
    let shown: BTreeMap<String, String> =
        table(page, "flags").into_iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    assert_eq!(shown, counts.into_iter().map(|(note, count)| (note, grouped(count))).collect());
}

/// Findings of each rule; rules that cannot fire are among those that did not.
fn rules(records: &[Value], page: &str) {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for finding in records.iter().flat_map(findings) {
        let Some(rule) = finding["rule"].as_str() else { continue };
        let counts = counts.entry(rule.to_owned()).or_default();
        *counts = (counts.0 + u64::from(severity(finding) >= 2), counts.1 + 1);
    }
    let shown: BTreeMap<String, (String, String)> = table(page, "rules")
        .into_iter()
        .map(|row| (row[0].clone(), (row[1].clone(), row[2].clone())))
        .collect();
    let expected =
        counts.iter().map(|(id, counts)| (id.clone(), (grouped(counts.0), grouped(counts.1))));
    assert_eq!(shown, expected.collect());
    let lacking = table(page, "unreached-fields");
    assert!(!lacking.is_empty() && lacking.iter().all(|row| !counts.contains_key(&row[0])));
    let sources = table(page, "unreached-sources");
    let seen: BTreeSet<&str> =
        records.iter().filter_map(|record| record["source"].as_str()).collect();
    assert!(!sources.is_empty() && sources.iter().all(|row| !seen.contains(row[0].as_str())));
    let all = sources.iter().map(|row| row[1].replace(',', "").parse::<usize>().unwrap());
    assert_eq!(figure(page, "unreached"), grouped((all.sum::<usize>() + lacking.len()) as u64));
}

/// Who acts and who is affected: each name that is shown with its alerts and findings, and the first of all names.
fn names(records: &[Value], page: &str) {
    let mut counted: BTreeMap<&str, BTreeMap<String, (u64, u64)>> = BTreeMap::new();
    for record in records {
        for finding in findings(record) {
            let account = finding["key"]["account"].as_str();
            let target = first(record, &["/target/name", "/target/id", "/target/type"]);
            let touched = [
                ("actors", actor(record).filter(|_| account.is_none())),
                ("origins", origin(record)),
                ("accounts", account),
                ("targets", target),
            ];
            for (list, name) in touched {
                let Some(name) = name else { continue };
                let counts = counted.entry(list).or_default().entry(name.to_owned()).or_default();
                *counts = (counts.0 + u64::from(severity(finding) >= 2), counts.1 + 1);
            }
        }
    }
    for (list, names) in counted {
        let rows = table(page, list);
        assert_eq!(rows.len(), names.len().min(10), "{list}");
        let mut weights: Vec<(u64, u64)> = names.values().copied().collect();
        weights.sort_unstable();
        for row in &rows {
            let (alerts, findings) = names[&row[0]];
            assert_eq!(row[2..], [grouped(alerts), grouped(findings)], "{list}: {}", row[0]);
            assert_eq!(
                weights.pop(),
                Some((alerts, findings)),
                "{list}: {} is in its place",
                row[0]
            );
        }
    }
}

/// Each actor with a finding: its records, its days, its findings and what was expected, and a link from its incident.
fn portraits(records: &[Value], page: &str) {
    let mut findings_of: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut days_of: BTreeMap<&str, BTreeMap<i64, u64>> = BTreeMap::new();
    let mut records_of: BTreeMap<&str, u64> = BTreeMap::new();
    for record in records {
        let acts = record["actor"]["person"].as_str().or_else(|| actor(record));
        if let Some(name) = acts {
            *records_of.entry(name).or_default() += 1;
            if let Some(time) = timed(record) {
                // Berlin, in winter.
                let day = (time + HOUR).div_euclid(24 * HOUR);
                *days_of.entry(name).or_default().entry(day).or_default() += 1;
            }
        }
        for finding in findings(record) {
            let about = first(finding, &["/key/actor", "/key/account"]).or_else(|| actor(record));
            about.into_iter().for_each(|name| findings_of.entry(name).or_default().push(finding));
        }
    }
    let sections: Vec<&str> = page.split("<details class=\"actor\">").skip(1).collect();
    assert_eq!(sections.len(), findings_of.len().min(50), "{:?}", findings_of.keys());
    let (mut worst, mut with_bits) = (usize::MAX, 0);
    for (index, section) in sections.iter().enumerate() {
        let section = section.split("</details>").next().unwrap();
        let name = text(between(section, "<bdi>", "</bdi>"));
        let found = &findings_of[name.as_str()];
        let severest = found.iter().map(|finding| severity(finding)).max().unwrap();
        assert!(severest <= worst, "the worst come first: {name}");
        worst = severest;
        let fact = |term: &str| between(section, &format!("<dt>{term}</dt><dd>"), "</dd>");
        let held = records_of.get(name.as_str()).copied().unwrap_or_default();
        assert_eq!(fact("Records"), grouped(held), "{name}");
        let mut days: Vec<u64> = days_of
            .get(name.as_str())
            .map_or_else(Vec::new, |days| days.values().copied().collect());
        days.sort_unstable();
        let (usual, most) = (days.get(days.len().saturating_sub(1) / 2), days.last());
        let number = |count: Option<&u64>| grouped(count.copied().unwrap_or_default());
        let a_day = format!("usually {}, at most {}", number(usual), number(most));
        assert_eq!(fact("Records a day"), a_day, "{name}");
        let rows: Vec<Vec<String>> = between(section, "<tbody>", "</tbody>")
            .split("<tr>")
            .skip(1)
            .map(|row| row.split("<td").skip(1).map(|cell| text(&format!("<td{cell}"))).collect())
            .collect();
        assert_eq!(rows.len(), found.len().min(20), "{name}");
        for row in rows {
            let is_it = |finding: &&&Value| {
                let number = |name: &str| {
                    finding[name].as_i64().map_or_else(String::new, |number| number.to_string())
                };
                let expected = match (number("expected"), number("threshold")) {
                    (expected, most) if expected.is_empty() && !most.is_empty() => {
                        format!("threshold {most}")
                    }
                    (expected, _) => expected,
                };
                row[2].starts_with(finding["reason"].as_str().unwrap())
                    && row[3..6] == [number("observed"), expected, number("bits")]
            };
            assert!(found.iter().any(|finding| is_it(&finding)), "{name}: {row:?}");
            with_bits += usize::from(!row[5].is_empty());
        }
        let links = page.matches(&format!("<a href=\"#actor-{}\">", index + 1)).count();
        assert!(links >= 1 && section.contains(&format!("id=\"actor-{}\"", index + 1)), "{name}");
    }
    assert!(page.matches("<dt>What is usual</dt>").count() > 5, "incidents link to their actors");
    assert!(page.matches("<dt>active days</dt>").count() > 5, "baselines are shown");
    println!("{} actors, {with_bits} findings of baselines", sections.len());
}

/// The columns of the chart over time, and the cells of the week, add up to all records.
fn charts(records: &[Value], page: &str) {
    let sum = |drawing: &str| -> u64 {
        let titles =
            drawing.split("<title>").skip(1).map(|rest| rest.split("</title>").next().unwrap());
        titles
            .map(|title| {
                title
                    .rsplit(": ")
                    .next()
                    .unwrap()
                    .split(' ')
                    .next()
                    .unwrap()
                    .replace(',', "")
                    .parse::<u64>()
                    .unwrap()
            })
            .sum()
    };
    let timed = records.iter().filter(|record| timed(record).is_some()).count() as u64;
    assert_eq!(
        sum(between(page, "aria-label=\"Records and findings over time\">", "</svg>")),
        timed
    );
    assert_eq!(
        sum(between(page, "aria-label=\"Hours of the week: all sources\">", "</svg>")),
        timed
    );
}

/// The incidents on the page are those that were joined here, the worst first.
fn rows(records: &[Value], page: &str, incidents: &[Vec<usize>]) {
    let worst = |set: &Vec<usize>| {
        set.iter().flat_map(|&index| findings(&records[index])).map(severity).max().unwrap()
    };
    let number =
        |set: &Vec<usize>| set.iter().map(|&index| findings(&records[index]).len()).sum::<usize>();
    let mut expected: Vec<(usize, usize)> =
        incidents.iter().map(|set| (worst(set), number(set))).collect();
    expected.sort_unstable_by_key(|held| std::cmp::Reverse(*held));
    let shown: Vec<(usize, usize)> = page
        .split("<details class=\"incident\"")
        .skip(1)
        .map(|row| {
            (
                between(row, "data-severity=\"", "\"").parse().unwrap(),
                between(row, "data-n=\"incident-findings\">", "<").parse().unwrap(),
            )
        })
        .collect();
    assert_eq!(shown, expected);
    for (severity, name) in SEVERITIES.iter().enumerate().skip(2) {
        assert_eq!(
            figure(page, name),
            grouped(expected.iter().filter(|(held, _)| *held == severity).count() as u64),
            "{name}"
        );
    }
    let alerts = grouped(expected.iter().filter(|(severity, _)| *severity >= 2).count() as u64);
    assert_eq!(figure(page, "incidents"), alerts);
    assert!(page.contains(&format!("<b>{alerts} incidents to look at</b>")));
}

/// Two attacks are never one incident, and one attack is one: but for the outage, which hits two services that share nothing.
fn attacks(week: &Week, incidents: &[Vec<usize>]) {
    let mut split: BTreeMap<&str, usize> = BTreeMap::new();
    for set in incidents {
        let of: BTreeSet<&str> =
            set.iter().map(|index| week.attacks.get(index).map_or("", String::as_str)).collect();
        assert_eq!(of.len(), 1, "{of:?} is one incident");
        of.into_iter()
            .filter(|attack| !attack.is_empty())
            .for_each(|attack| *split.entry(attack).or_default() += 1);
    }
    let several: Vec<_> = split.iter().filter(|(_, incidents)| **incidents > 1).collect();
    assert_eq!((split.len(), several), (19, vec![(&"The shop's checkout fails for everyone", &2)]));
}
