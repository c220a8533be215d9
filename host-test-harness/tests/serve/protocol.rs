//! Answers by request.

use crate::harness::{
    Answer, Mood, Process, Receiver, Shipper, TAGGED, event, expected, id, tagged,
};
use auditward::serve::body::Coding;
use auditward::serve::tls::Files;
use auditward::serve::{Options, Serving};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// In this process, on a port of its own.
fn serving(options: Options) -> Serving {
    Serving::start(Options { listen: ([127, 0, 0, 1], 0).into(), ..options }).unwrap()
}

fn shipper(serving: &Serving) -> Shipper {
    Shipper::new(serving.address)
}

fn posted(shipper: &mut Shipper, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    shipper.request("POST", "/v1/filter", headers, body).unwrap()
}

fn records(body: &[u8]) -> Vec<Value> {
    std::str::from_utf8(body)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn failures(account: &str, count: u32) -> Vec<String> {
    (0..count).map(|number| event(number, account, true)).collect()
}

fn found(records: &[Value]) -> Vec<bool> {
    records.iter().map(|record| record["anomaly"].is_object()).collect()
}

#[test]
fn lines_arrays_and_objects_come_back_in_order_whatever_stands_among_them() {
    let serving = serving(Options::default());
    let mut shipper = shipper(&serving);
    let lines = [
        event(1, "a", false),
        "not json".into(),
        "{\"cut\":".into(),
        event(2, "b", false),
        "\u{7f}\u{1}".into(),
    ];
    let answer = posted(
        &mut shipper,
        &[("content-type", "application/x-ndjson")],
        lines.join("\n").as_bytes(),
    );
    assert_eq!(answer.status, 200);
    let out = records(&answer.body);
    assert_eq!(out.len(), 5);
    assert_eq!(
        (id(&out[0]), id(&out[3])),
        (
            "00000001-0000-4000-8000-000000000000".into(),
            "00000002-0000-4000-8000-000000000000".into()
        )
    );
    assert_eq!((&out[1]["raw"], &out[2]["raw"]), (&"not json".into(), &"{\"cut\":".into()));
    let array = format!("[{},\n  {}]", event(3, "a", false), event(4, "b", false));
    assert_eq!(
        records(
            &posted(&mut shipper, &[("content-type", "application/json")], array.as_bytes()).body
        )
        .len(),
        2
    );
    let pretty = serde_json::to_string_pretty(
        &serde_json::from_str::<Value>(&event(5, "a", false)).unwrap(),
    )
    .unwrap();
    let out = records(&posted(&mut shipper, &[], pretty.as_bytes()).body);
    assert_eq!((out.len(), id(&out[0])), (1, "00000005-0000-4000-8000-000000000000".into()));
    let binary = posted(&mut shipper, &[], b"\xff\xfe\x00\x01");
    assert_eq!((binary.status, records(&binary.body).len()), (200, 1));
    assert_eq!(posted(&mut shipper, &[], b"").body, b"");
}

#[test]
fn compressed_both_ways() {
    let serving = serving(Options::default());
    let mut shipper = shipper(&serving);
    let body = failures("a", 50).join("\n").into_bytes();
    for (coding, name) in [(Coding::Gzip, "gzip"), (Coding::Zstd, "zstd")] {
        let packed = coding.encode(body.clone()).unwrap();
        let answer =
            posted(&mut shipper, &[("content-encoding", name), ("accept-encoding", name)], &packed);
        assert!(
            answer.status == 200 && answer.head.contains(&format!("content-encoding: {name}")),
            "{answer:?}"
        );
        assert_eq!(records(&coding.decode(&answer.body, 10 << 20).unwrap().unwrap()).len(), 50);
    }
    let receiver = Receiver::new(|| Mood::Accept);
    let onward = self::serving(Options {
        forward: Some(receiver.url().parse().unwrap()),
        coding: Coding::Zstd,
        ..Options::default()
    });
    assert_eq!(self::shipper(&onward).send(&failures("a", 3)).unwrap().status, 200);
    assert!(receiver.headers.lock().unwrap()[0].contains("content-encoding: zstd"));
}

#[test]
fn nothing_is_answered_with_a_4xx_that_drops_a_batch() {
    let options = Options { most_body: 100_000, most_bytes: 100_000, ..Options::default() };
    let token = Options { token: Some("0123456789abcdef".into()), ..Options::default() };
    let (serving, guarded) = (serving(options), serving(token));
    let bomb = Coding::Gzip.encode(vec![b' '; 5_000_000]).unwrap();
    let zbomb = Coding::Zstd.encode(vec![b' '; 5_000_000]).unwrap();
    let large = vec![b'x'; 200_000];
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], &'a str);
    let cases: [Case<'_>; 9] = [
        ("POST", "/", &[("content-encoding", "gzip")], &bomb, "larger than 100000 bytes"),
        ("POST", "/", &[("content-encoding", "zstd")], &zbomb, "larger than 100000 bytes"),
        ("POST", "/", &[], &large, "--max-body"),
        ("POST", "/", &[("content-encoding", "snappy")], b"x", "snappy is not supported"),
        (
            "POST",
            "/",
            &[("content-encoding", "gzip")],
            b"not gzip",
            "does not match its Content-Encoding",
        ),
        ("POST", "/elsewhere", &[], b"{}", "does not accept records"),
        ("PUT", "/", &[], b"{}", "does not accept records"),
        ("POST", "/", &[("origin", "https://evil.example")], b"{}", "Origin"),
        ("POST", "/metrics", &[], b"{}", "does not accept records"),
    ];
    for (method, path, headers, body, why) in cases {
        // What is refused before it was read ends the connection.
        let Some(answer) = Shipper::new(serving.address).request(method, path, headers, body)
        else {
            panic!("no answer: {why}")
        };
        assert!(
            answer.status == 503
                && answer.text().contains(why)
                && answer.head.contains("retry-after:"),
            "{why}: {answer:?}"
        );
    }
    let mut shipper = Shipper::new(guarded.address);
    let refused = posted(&mut shipper, &[], b"{}");
    assert!(refused.status == 503 && refused.text().contains("bearer token"), "{refused:?}");
    let mut shipper = Shipper::new(guarded.address);
    assert_eq!(
        posted(&mut shipper, &[("authorization", "Bearer 0123456789abcdef")], b"{}").status,
        200
    );
    let page = |shipper: &mut Shipper, headers: &[(&str, &str)]| {
        shipper.request("GET", "/", headers, b"").unwrap().status
    };
    assert_eq!(
        (
            page(&mut shipper, &[]),
            page(&mut shipper, &[("authorization", "Bearer 0123456789abcdef")])
        ),
        (401, 200)
    );
    assert_eq!(shipper.request("GET", "/healthz", &[], b"").unwrap().status, 200);
    let rebound = Shipper::new(serving.address)
        .request("GET", "/metrics", &[("host", "rebound.example")], b"")
        .unwrap();
    assert!(matches!(rebound.status, 400 | 403), "{rebound:?}");
}

#[test]
fn downstreams_refusal_is_not_passed_on_as_one() {
    for (mood, status) in [
        (Mood::Reject400, 503),
        (Mood::Fail500, 503),
        (Mood::Busy429, 503),
        (Mood::Garbage, 503),
        (Mood::TakeAndClose, 503),
    ] {
        let receiver = Receiver::new(move || mood);
        let options = Options {
            forward: Some(receiver.url().parse().unwrap()),
            deadline: Duration::from_millis(600),
            ..Options::default()
        };
        let serving = serving(options);
        let began = Instant::now();
        let answer = shipper(&serving).send(&failures("a", 2)).unwrap();
        assert_eq!(answer.status, status, "{mood:?}: {}", answer.text());
        assert!(
            answer.head.contains("retry-after:") && began.elapsed() < Duration::from_secs(2),
            "{mood:?}"
        );
        assert!(
            serving.board().metrics().contains("auditward_downstream_errors_total{reason="),
            "{mood:?}"
        );
        let ready = shipper(&serving).request("GET", "/readyz", &[], b"").unwrap();
        assert_eq!(ready.status, 503);
    }
}

#[test]
fn under_pressure_it_asks_to_come_again() {
    let receiver = Receiver::new(|| {
        thread::sleep(Duration::from_secs(3));
        Mood::Accept
    });
    let options = Options {
        forward: Some(receiver.url().parse().unwrap()),
        most_batches: 1,
        ..Options::default()
    };
    let serving = serving(options);
    let address = serving.address;
    let first =
        thread::spawn(move || Shipper::new(address).send(&failures("a", 2)).unwrap().status);
    thread::sleep(Duration::from_millis(300));
    let second = shipper(&serving).send(&failures("b", 2)).unwrap();
    assert!(second.status == 429 && second.head.contains("retry-after: 1"), "{second:?}");
    assert_eq!(first.join().unwrap(), 200);
}

#[test]
fn the_same_batch_again_has_the_same_findings_and_teaches_nothing() {
    let serving = serving(Options::default());
    let mut shipper = shipper(&serving);
    let lines = failures("dana", 9);
    let wanted = expected(&lines, None);
    // Whole, cut otherwise, and one by one.
    let cuts: [Vec<&[String]>; 3] =
        [vec![&lines], vec![&lines[..4], &lines[4..]], lines.chunks(1).collect()];
    for cut in cuts {
        for batch in cut {
            for record in records(&shipper.send(batch).unwrap().body) {
                assert_eq!(record["anomaly"].to_string(), wanted[&id(&record)]);
            }
        }
    }
    let metrics = shipper.request("GET", "/metrics", &[], b"").unwrap().text();
    assert!(
        metrics
            .contains("auditward_findings_total{detector=\"brute-force\",severity=\"medium\"} 2\n"),
        "each counted once:\n{metrics}"
    );
}

#[test]
fn equal_lines_of_one_batch_count_each_and_not_again() {
    let serving = serving(Options::default());
    let mut shipper = shipper(&serving);
    // Without an id of its own, but with a time.
    let line =
        event(7, "eve", true).replace("\"eventID\":\"00000007-0000-4000-8000-000000000000\",", "");
    let batch = vec![line; 6];
    for _ in 0..2 {
        assert_eq!(
            found(&records(&shipper.send(&batch).unwrap().body)),
            [false, false, false, false, true, false]
        );
    }
}

#[test]
fn clocks_that_step_lose_nothing() {
    let time = Arc::new(AtomicI64::new(1_768_478_400_000));
    let reading = time.clone();
    let receiver = Receiver::new(|| Mood::Accept);
    let state = tempfile::tempdir().unwrap();
    let options = Options {
        forward: Some(receiver.url().parse().unwrap()),
        state: Some(state.path().into()),
        clock: Arc::new(move || reading.load(Ordering::Relaxed)),
        ..Options::default()
    };
    let mut lines = Vec::new();
    for (step, hours) in [0, 5, -9, 30 * 24, -30 * 24, 0].into_iter().enumerate() {
        time.fetch_add(hours * 3_600_000, Ordering::Relaxed);
        let batch: Vec<String> = (0..8)
            .map(|number| event(step as u32 * 8 + number, &format!("s{step}"), true))
            .collect();
        let serving = serving(options.clone());
        shipper(&serving).deliver(&batch);
        shipper(&serving).deliver(&batch);
        lines.extend(batch);
    }
    crate::harness::assert_delivered(&receiver, &expected(&lines, None), "clock steps");
}

#[test]
fn a_record_above_the_limit_goes_as_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("p.toml");
    fs::write(&policy, "[output]\nmax_record = \"2 KiB\"\n").unwrap();
    let serving = serving(Options { policy: Some(policy), ..Options::default() });
    let long = format!("{{\"long\":\"{}\"}}", "x".repeat(3000));
    let body = [event(1, "a", false), long.clone(), event(2, "a", false)].join("\n");
    let out = posted(&mut shipper(&serving), &[], body.as_bytes()).text();
    assert_eq!(out.lines().nth(1), Some(long.as_str()));
    assert_eq!(out.lines().count(), 3);
}

#[test]
fn records_come_under_the_tag_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("p.toml");
    fs::write(&policy, TAGGED).unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--policy", policy.to_str().unwrap()];
    for (more, source) in [
        (["--tag", "crm.eu"].as_slice(), Value::from("acme.crm")),
        (&["--tag", "shop"], Value::Null),
        (&[], Value::Null),
    ] {
        let process = Process::start(&[&arguments, more].concat());
        let answered = records(&Shipper::new(process.address).send(&tagged(1)).unwrap().body);
        assert_eq!(answered[0]["source"], source, "{more:?}");
    }
}

#[test]
fn a_policy_is_taken_when_it_changes_and_a_bad_one_is_not() {
    let state = tempfile::tempdir().unwrap();
    let policy = state.path().join("auditward.toml");
    fs::write(&policy, "[detector.brute-force]\nfailures = 9\n").unwrap();
    let process =
        Process::start(&["--listen", "127.0.0.1:0", "--state", state.path().to_str().unwrap()]);
    let mut shipper = Shipper::new(process.address);
    let lines = failures("dana", 6);
    assert_eq!(found(&records(&shipper.send(&lines[..4]).unwrap().body)), [false; 4]);
    fs::write(&policy, "[detector.brute-force]\nfailurs = 5\n").unwrap();
    process.signal("HUP");
    wait_for(&process, "the policy before it stays in use");
    assert!(process.said().contains("did you mean `failures`?"), "{}", process.said());
    assert_eq!(
        found(&records(&shipper.send(&lines[4..5]).unwrap().body)),
        [false],
        "the old one stays"
    );
    // Without a signal: the change itself is seen. What was learned under the old one counts.
    fs::write(&policy, "[detector.brute-force]\nfailures = 5\n").unwrap();
    wait_for(&process, "in use, from");
    assert_eq!(found(&records(&shipper.send(&lines[5..]).unwrap().body)), [true]);
    let metrics = shipper.request("GET", "/metrics", &[], b"").unwrap().text();
    assert!(
        metrics.contains("auditward_policy_reloads_total{result=\"taken\"} 1")
            && metrics.contains("{result=\"refused\"} "),
        "{metrics}"
    );
}

fn wait_for(process: &Process, words: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while !process.said().contains(words) {
        assert!(Instant::now() < until, "{words} not in\n{}", process.said());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn sigterm_finishes_what_is_under_way_and_writes_state() {
    let receiver = Receiver::new(|| Mood::Slow);
    let state = tempfile::tempdir().unwrap();
    let root = state.path().to_str().unwrap();
    let mut process =
        Process::start(&["--listen", "127.0.0.1:0", "--forward", &receiver.url(), "--state", root]);
    let address = process.address;
    let sending =
        thread::spawn(move || Shipper::new(address).send(&failures("a", 4)).unwrap().status);
    thread::sleep(Duration::from_millis(80));
    assert_eq!(process.stop(), Some(0));
    assert_eq!((sending.join().unwrap(), receiver.records().len()), (200, 4));
    let status =
        Command::new(env!("CARGO_BIN_EXE_auditward")).args(["status", root]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&status.stdout).contains("records       4 evaluated"),
        "{status:?}"
    );
    let process = Process::start(&["--listen", "127.0.0.1:0", "--state", root]);
    assert_eq!(
        found(&records(&Shipper::new(process.address).send(&failures("a", 5)).unwrap().body)),
        [false, false, false, false, true]
    );
    let second = Command::new(env!("CARGO_BIN_EXE_auditward"))
        .args(["serve", "--listen", "127.0.0.1:0", "--state", root])
        .output()
        .unwrap();
    assert!(
        second.status.code() == Some(2)
            && String::from_utf8_lossy(&second.stderr)
                .contains("another auditward keeps its state"),
        "{second:?}"
    );
}

#[test]
fn beyond_loopback_only_with_a_token() {
    let refused = Command::new(env!("CARGO_BIN_EXE_auditward"))
        .args(["serve", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--token-file"), "{refused:?}");
}

#[test]
fn tls_in_and_out() {
    let directory = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let receiver = Receiver::new(|| Mood::Accept);
    let inner = serving(Options {
        tls: Some(Files { chain: cert.clone(), key, client_ca: None }),
        token: Some("0123456789abcdef".into()),
        forward: Some(receiver.url().parse().unwrap()),
        ..Options::default()
    });
    let url = format!("https://localhost:{}/v1/filter", inner.address.port());
    let outer = |ca: &Path, token: &str| {
        serving(Options {
            forward: Some(url.parse().unwrap()),
            forward_ca: Some(ca.into()),
            forward_token: Some(token.into()),
            deadline: Duration::from_millis(800),
            ..Options::default()
        })
    };
    assert_eq!(
        shipper(&outer(&cert, "0123456789abcdef")).send(&failures("a", 3)).unwrap().status,
        200
    );
    assert_eq!(receiver.records().len(), 3);
    assert_eq!(
        shipper(&outer(&cert, "another-token-000")).send(&failures("a", 3)).unwrap().status,
        503
    );
    let other = directory.path().join("other.pem");
    fs::write(
        &other,
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem(),
    )
    .unwrap();
    assert_eq!(
        shipper(&outer(&other, "0123456789abcdef")).send(&failures("a", 3)).unwrap().status,
        503
    );
}

#[test]
fn findings_come_as_events_and_the_page_shows_them() {
    let serving = serving(Options::default());
    let mut events = TcpStream::connect(serving.address).unwrap();
    events.write_all(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    events.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut heard = String::new();
    let mut hear = |words: &str| {
        while !heard.contains(words) {
            let mut piece = [0; 65536];
            let read = events.read(&mut piece).unwrap();
            assert!(read > 0, "{words} not in {heard}");
            heard.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    };
    hear("event: figures");
    let mut shipper = shipper(&serving);
    shipper.send(&failures("<b>dana</b>", 5)).unwrap();
    hear("event: finding");
    hear("5 failed authentications against account");
    let page = shipper.request("GET", "/", &[], b"").unwrap();
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    let text = page.text();
    assert!(text.contains("&lt;b&gt;dana&lt;/b&gt;") && !text.contains("<b>dana</b>"), "{text}");
}

#[test]
fn one_bad_element_of_an_array_spoils_only_itself() {
    let serving = serving(Options::default());
    let mut body = format!("[{},", event(1, "a", false)).into_bytes();
    body.extend_from_slice(b"{\"message\":\"bad \x80 byte\"},");
    body.extend_from_slice(format!("{}]", event(2, "a", false)).as_bytes());
    let out = records(
        &posted(&mut shipper(&serving), &[("content-type", "application/json")], &body).body,
    );
    assert_eq!(
        (out.len(), id(&out[0]).as_str(), id(&out[2]).as_str()),
        (3, "00000001-0000-4000-8000-000000000000", "00000002-0000-4000-8000-000000000000")
    );
}

#[test]
fn downstream_is_not_asked_without_a_pause_whatever_it_says() {
    let asked = Arc::new(AtomicI64::new(0));
    let count = asked.clone();
    let receiver = Receiver::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        // Retry-After: 0
        Mood::Busy429
    });
    let options = Options {
        forward: Some(receiver.url().parse().unwrap()),
        deadline: Duration::from_secs(1),
        ..Options::default()
    };
    assert_eq!(shipper(&serving(options)).send(&failures("a", 2)).unwrap().status, 503);
    let asked = asked.load(Ordering::Relaxed);
    assert!((2..=5).contains(&asked), "{asked} times in a second");
}

#[test]
fn a_slow_sender_is_not_downstreams_fault() {
    let receiver = Receiver::new(|| Mood::Accept);
    let options = Options {
        forward: Some(receiver.url().parse().unwrap()),
        deadline: Duration::from_millis(600),
        ..Options::default()
    };
    let serving = serving(options);
    let mut slow = TcpStream::connect(serving.address).unwrap();
    let line = event(1, "a", false);
    write!(slow, "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", line.len())
        .unwrap();
    thread::sleep(Duration::from_millis(800));
    slow.write_all(line.as_bytes()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut piece = [0; 4096];
    let read = slow.read(&mut piece).unwrap();
    let answer = String::from_utf8_lossy(&piece[..read]).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 503")
            && answer.contains("retry-after: 1")
            && answer.contains("--deadline"),
        "{answer}"
    );
    assert_eq!(shipper(&serving).request("GET", "/readyz", &[], b"").unwrap().status, 200);
    let metrics = serving.board().metrics();
    assert!(
        metrics.contains("auditward_requests_total{result=\"late\"} 1")
            && !metrics.contains("auditward_downstream_errors_total{"),
        "{metrics}"
    );
    assert!(metrics.contains("auditward_records_in_total 0"), "it was not evaluated");
}

#[test]
fn findings_before_a_kill_are_on_the_page_after_it() {
    let state = tempfile::tempdir().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--state", state.path().to_str().unwrap()];
    let page = |process: &Process| {
        Shipper::new(process.address).request("GET", "/", &[], b"").unwrap().text()
    };
    let mut process = Process::start(&arguments);
    let lines = failures("dana", 5);
    assert!(found(&records(&Shipper::new(process.address).send(&lines).unwrap().body))[4]);
    process.kill();
    let why = "5 failed authentications against account";
    // What comes again is known: it is told once, after however many kills.
    for killed in 0..3 {
        let mut process = Process::start(&arguments);
        let shown = page(&process);
        assert_eq!(
            shown
                .split("id=\"findings\"")
                .nth(1)
                .unwrap()
                .split("id=\"figures\"")
                .next()
                .unwrap()
                .matches(why)
                .count(),
            1,
            "after {killed} more kills"
        );
        Shipper::new(process.address).deliver(&lines);
        let metrics =
            Shipper::new(process.address).request("GET", "/metrics", &[], b"").unwrap().text();
        assert_eq!(
            metrics.contains(
                "auditward_findings_total{detector=\"brute-force\",severity=\"medium\"} 2\n"
            ),
            killed == 0,
            "{metrics}"
        );
        process.kill();
    }
}

#[test]
fn a_password_in_the_address_is_sent_and_never_said() {
    let receiver = Receiver::new(|| Mood::Accept);
    let url = receiver.url().replace("//", "//audit:pa%20ss@");
    let process = Process::start(&["--listen", "127.0.0.1:0", "--forward", &url]);
    Shipper::new(process.address).deliver(&failures("a", 1));
    assert!(
        receiver.headers.lock().unwrap()[0].contains("authorization: basic yxvkaxq6cgegc3m="),
        "{:?}",
        receiver.headers
    );
    assert!(
        process.said().contains("forwards to http://***@") && !process.said().contains("pa%20ss"),
        "{}",
        process.said()
    );
}

#[test]
fn it_stops_though_all_connections_are_taken() {
    let mut process = Process::start(&["--listen", "127.0.0.1:0"]);
    // The last of them is not accepted any more.
    let idle: Vec<TcpStream> =
        (0..1025).map_while(|_| TcpStream::connect(process.address).ok()).collect();
    thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    assert_eq!(process.stop(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(10) && idle.len() == 1025,
        "{:?} for {} connections",
        began.elapsed(),
        idle.len()
    );
}
