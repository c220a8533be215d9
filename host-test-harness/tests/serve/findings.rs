//! `GET /v1/findings`: what was found as JSON, and as server-sent events that a reader takes up where it was.

use super::harness::{Shipper, event};
use auditward::serve::{Options, Serving};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Failed sign-ins of one account, enough for a finding by account and one by origin.
fn guessing(from: u32, account: &str) -> Vec<String> {
    (from..from + 5).map(|number| event(number, account, true)).collect()
}

fn asked(address: SocketAddr, query: &str) -> Value {
    let answer =
        Shipper::new(address).request("GET", &format!("/v1/findings{query}"), &[], b"").unwrap();
    assert!(answer.status == 200 && answer.head.contains("application/json"), "{answer:?}");
    serde_json::from_slice(&answer.body).unwrap()
}

fn numbers(answer: &Value) -> Vec<u64> {
    answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["number"].as_u64().unwrap())
        .collect()
}

/// The events of a stream, as their number and data.
struct Tail(BufReader<TcpStream>);

impl Tail {
    fn open(address: SocketAddr, last: &str) -> Tail {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "GET /v1/findings HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n{last}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Tail(BufReader::new(stream))
    }

    fn next(&mut self) -> (String, Value) {
        let (mut id, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(number) = line.strip_prefix("id: ") {
                id = number.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let data = serde_json::from_str(data).unwrap();
                // The number may stand behind its data.
                while id.is_empty() {
                    line.clear();
                    self.0.read_line(&mut line).unwrap();
                    id = line.strip_prefix("id: ").unwrap_or_default().trim().to_owned();
                }
                return (id, data);
            }
        }
    }
}

#[test]
fn findings_are_listed_by_number_and_followed_as_they_come() {
    let serving =
        Serving::start(Options { listen: ([127, 0, 0, 1], 0).into(), ..Options::default() })
            .unwrap();
    let address = serving.address;
    assert_eq!(asked(address, ""), serde_json::json!({ "findings": [], "last": 0 }));
    let mut tail = Tail::open(address, "");
    let mut shipper = Shipper::new(address);
    assert_eq!(shipper.send(&guessing(0, "dana")).unwrap().status, 200);
    let all = asked(address, "");
    assert_eq!((numbers(&all), all["last"].as_u64()), (vec![1, 2], Some(2)));
    let first = &all["findings"][0];
    assert_eq!(
        (first["detector"].as_str(), first["threshold"].as_u64(), first["severity"].as_str()),
        (Some("brute-force"), Some(5), Some("medium"))
    );
    assert_eq!(
        (first["event"]["actor"].as_str(), first["event"]["outcome"].as_str()),
        (Some("dana"), Some("failure"))
    );
    assert_eq!(first["time"], "2026-01-15T11:00:04.000Z");
    // The same batch again finds nothing new; another account does.
    assert_eq!(shipper.send(&guessing(0, "dana")).unwrap().status, 200);
    assert_eq!(shipper.send(&guessing(100, "erik")).unwrap().status, 200);
    assert_eq!(
        (numbers(&asked(address, "?after=2")), numbers(&asked(address, "?limit=1"))),
        (vec![3, 4], vec![4])
    );
    // Taken in pieces none is missed.
    let piece = asked(address, "?after=0&limit=3");
    assert_eq!(
        (numbers(&piece), numbers(&asked(address, &format!("?after={}", piece["last"])))),
        (vec![1, 2, 3], vec![4])
    );
    assert_eq!(
        (
            numbers(&asked(address, "?severity=critical")),
            asked(address, "?severity=critical")["last"].as_u64()
        ),
        (vec![], Some(4))
    );
    for number in 1..=4 {
        let (id, finding) = tail.next();
        assert_eq!((id, finding["number"].as_u64()), (number.to_string(), Some(number)));
    }
    // A reader that lost its connection goes on where it was.
    let mut again = Tail::open(address, "last-event-id: 3\r\n");
    assert_eq!(again.next().1["number"], 4);
    assert_eq!(shipper.send(&guessing(200, "frida")).unwrap().status, 200);
    assert_eq!((again.next().0, tail.next().0), ("5".to_owned(), "5".to_owned()));
    let refused = Shipper::new(address).request("GET", "/v1/findings?since=1", &[], b"").unwrap();
    assert!(
        refused.status == 400 && refused.text().contains("after, limit and severity"),
        "{refused:?}"
    );
}

#[test]
fn findings_are_for_those_who_have_the_token() {
    let serving = Serving::start(Options {
        listen: ([127, 0, 0, 1], 0).into(),
        token: Some("0123456789abcdef".into()),
        ..Options::default()
    })
    .unwrap();
    let status = |headers: &[(&str, &str)]| {
        Shipper::new(serving.address).request("GET", "/v1/findings", headers, b"").unwrap().status
    };
    assert_eq!((status(&[]), status(&[("authorization", "Bearer 0123456789abcdef")])), (401, 200));
}

/// The findings of the history, the baseline of the snapshot, and what is said where there is none.
#[test]
fn an_actor_is_shown_with_what_is_usual_and_what_deviated() {
    let root = tempfile::tempdir().unwrap();
    let start = || {
        Serving::start(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            state: Some(root.path().to_owned()),
            ..Options::default()
        })
        .unwrap()
    };
    let mut serving = start();
    let mut shipper = Shipper::new(serving.address);
    assert_eq!(shipper.send(&[event(1, "dana", false)]).unwrap().status, 200);
    assert_eq!(shipper.send(&guessing(10, "dana")).unwrap().status, 200);
    serving.stop();
    // The last snapshot holds what was learned until the end.
    let serving = start();
    let get = |name: &str, headers: &[(&str, &str)]| {
        let path = format!("/v1/actors/{name}");
        Shipper::new(serving.address).request("GET", &path, headers, b"").unwrap()
    };
    let answer = get("dana", &[]);
    assert!(answer.status == 200 && answer.head.contains("application/json"), "{answer:?}");
    let dana: Value = serde_json::from_slice(&answer.body).unwrap();
    let deviations = dana["records_with_findings"]["deviations"].as_array().unwrap();
    let listed = asked(serving.address, "");
    let listed = listed["findings"].as_array().unwrap();
    let is_hers = |finding: &&Value| finding["key"]["account"] == "dana";
    let hers: Vec<&Value> = listed.iter().filter(is_hers).collect();
    assert!(!hers.is_empty(), "{listed:#?}");
    for finding in hers {
        let is_it = |held: &&Value| {
            ["reason", "observed", "threshold"].iter().all(|key| held[key] == finding[key])
        };
        assert!(deviations.iter().any(|held| is_it(&held)), "{finding}");
    }
    assert_eq!(dana["baseline"]["active_days"], 1, "{dana}");
    assert_eq!(dana["no_baseline_because"], Value::Null);
    let page = get("dana", &[("accept", "text/html,*/*")]);
    let text = page.text();
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{page:?}");
    assert!(text.contains("What deviated") && text.contains("<dt>active days</dt><dd>1</dd>"));
    assert!(!text.contains("<script") && !text.contains(" style="), "{text}");
    assert_eq!(get("nobody", &[]).status, 404);
    let other =
        Serving::start(Options { listen: ([127, 0, 0, 1], 0).into(), ..Options::default() });
    let other = other.unwrap();
    assert_eq!(Shipper::new(other.address).send(&guessing(10, "dana")).unwrap().status, 200);
    let answer = Shipper::new(other.address).request("GET", "/v1/actors/dana", &[], b"").unwrap();
    let dana: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(dana["no_baseline_because"].as_str().unwrap().contains("--state"), "{dana}");
}
