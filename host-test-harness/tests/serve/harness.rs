//! Test environment of the service: a shipper, a downstream with configurable failures, and the process itself, to be killed.
#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// An event of its own for each number; a failed sign-in, or something harmless.
pub fn event(number: u32, account: &str, fails: bool) -> String {
    let (service, name, result) = match fails {
        true => (
            "signin.amazonaws.com",
            "ConsoleLogin",
            r#""errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"},"eventType":"AwsConsoleSignIn""#,
        ),
        false => {
            ("s3.amazonaws.com", "GetObject", r#""responseElements":null,"eventType":"AwsApiCall""#)
        }
    };
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","accountId":"123456789012","userName":"{account}"}},"eventTime":"2026-01-15T11:{:02}:{:02}Z","eventSource":"{service}","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"10.{}.{}.9","eventID":"{number:08x}-0000-4000-8000-000000000000",{result},"recipientAccountId":"123456789012"}}"#,
        number / 60 % 60,
        number % 60,
        account.bytes().next().unwrap_or_default(),
        account.bytes().last().unwrap_or_default(),
    )
}

/// A policy that maps failed sign-ins of a CRM, under its tag alone.
pub const TAGGED: &str = r#"
[[mapping]]
source = "acme.crm"
match = { app = "crm" }
tag = "crm.*"
time = { path = "ts", format = "unix_ms" }
[mapping.fields]
id = "request"
"actor.name" = "user"
"action.category" = { value = "authentication" }
"outcome.result" = { value = "failure" }
"#;

/// Such sign-ins.
pub fn tagged(count: u32) -> Vec<String> {
    (0..count)
        .map(|number| {
            format!(
                r#"{{"app":"crm","request":"{number}","ts":{},"user":"dana"}}"#,
                1_768_475_000_000u64 + u64::from(number)
            )
        })
        .collect()
}

/// A number drawn from a seed: the same each time.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }

    pub fn one_in(&mut self, most: u64) -> bool {
        self.below(most) == 0
    }
}

/// Behaviour of downstream on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Accept,
    Fail500,
    Busy429,
    /// No HTTP at all.
    Garbage,
    /// Closed in the middle of the body.
    CutBody,
    /// Closed before a word was read.
    Close,
    /// Taken, and then no answer.
    TakeAndClose,
    /// Taken, and half an answer.
    HalfAnswer,
    Slow,
    /// A 4xx that a shipper would drop the batch for.
    Reject400,
}

impl Mood {
    pub const ALL: [Mood; 10] = [
        Mood::Accept,
        Mood::Fail500,
        Mood::Busy429,
        Mood::Garbage,
        Mood::CutBody,
        Mood::Close,
        Mood::TakeAndClose,
        Mood::HalfAnswer,
        Mood::Slow,
        Mood::Reject400,
    ];
}

type Moods = Box<dyn FnMut() -> Mood + Send>;
/// The status that a body is answered with; nothing where the mood decides.
type Refuses = Box<dyn Fn(&str) -> Option<u16> + Send + Sync>;

/// A receiver on loopback; keeps each line of each request that it took.
pub struct Receiver {
    pub address: SocketAddr,
    pub lines: Arc<Mutex<Vec<String>>>,
    pub headers: Arc<Mutex<Vec<String>>>,
    pub is_away: Arc<AtomicBool>,
}

impl Receiver {
    pub fn new(moods: impl FnMut() -> Mood + Send + 'static) -> Receiver {
        Receiver::with(moods, |_| None)
    }

    /// Accepts what is not refused by its content.
    pub fn refusing(refuses: impl Fn(&str) -> Option<u16> + Send + Sync + 'static) -> Receiver {
        Receiver::with(|| Mood::Accept, refuses)
    }

    fn with(
        moods: impl FnMut() -> Mood + Send + 'static,
        refuses: impl Fn(&str) -> Option<u16> + Send + Sync + 'static,
    ) -> Receiver {
        let refuses: Arc<Refuses> = Arc::new(Box::new(refuses));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let receiver = Receiver {
            address,
            lines: Arc::default(),
            headers: Arc::default(),
            is_away: Arc::default(),
        };
        let moods: Arc<Mutex<Moods>> = Arc::new(Mutex::new(Box::new(moods)));
        let (lines, headers, is_away) =
            (receiver.lines.clone(), receiver.headers.clone(), receiver.is_away.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_away.load(Ordering::Relaxed) {
                    continue;
                }
                let (lines, headers, moods, is_away, refuses) = (
                    lines.clone(),
                    headers.clone(),
                    moods.clone(),
                    is_away.clone(),
                    refuses.clone(),
                );
                thread::spawn(move || {
                    while serve_one(&stream, &lines, &headers, &moods, &is_away, &refuses).is_some()
                    {
                    }
                });
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn records(&self) -> Vec<Value> {
        self.lines
            .lock()
            .unwrap()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
            .collect()
    }
}

fn serve_one(
    stream: &TcpStream,
    lines: &Mutex<Vec<String>>,
    headers: &Mutex<Vec<String>>,
    moods: &Mutex<Moods>,
    is_away: &AtomicBool,
    refuses: &Refuses,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (head, len) = read_head(&mut reader)?;
    let mood =
        if is_away.load(Ordering::Relaxed) { Mood::Close } else { (moods.lock().unwrap())() };
    let mut out = stream;
    match mood {
        Mood::Close => return stream.shutdown(Shutdown::Both).ok().and(None),
        Mood::CutBody => {
            let mut half = vec![0; len / 2];
            let _ = reader.read_exact(&mut half);
            return stream.shutdown(Shutdown::Both).ok().and(None);
        }
        _ => {}
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    headers.lock().unwrap().push(head);
    if let Some(status) = refuses(&String::from_utf8_lossy(&body)) {
        return write!(out, "HTTP/1.1 {status} No\r\ncontent-length: 13\r\n\r\nnot like this").ok();
    }
    let keep =
        || lines.lock().unwrap().extend(String::from_utf8_lossy(&body).lines().map(str::to_owned));
    let answer: &[u8] = match mood {
        Mood::Accept => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        Mood::Slow => {
            thread::sleep(Duration::from_millis(150));
            b"HTTP/1.1 204 No Content\r\n\r\n"
        }
        Mood::Fail500 => b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        Mood::Busy429 => {
            b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
        }
        Mood::Reject400 => b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        Mood::Garbage => b"\x00\xffSSH-2.0-not http\r\n\r\n",
        Mood::HalfAnswer => {
            keep();
            b"HTTP/1.1 20"
        }
        _ => b"",
    };
    if matches!(mood, Mood::Accept | Mood::Slow | Mood::TakeAndClose) {
        keep();
    }
    out.write_all(answer).ok()?;
    match mood {
        Mood::Garbage | Mood::HalfAnswer | Mood::TakeAndClose => {
            stream.shutdown(Shutdown::Both).ok().and(None)
        }
        _ => Some(()),
    }
}

/// The head of a request or an answer, and how long its body is.
fn read_head(reader: &mut impl BufRead) -> Option<(String, usize)> {
    let (mut head, mut len) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            return Some((head, len));
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            len = value.trim().parse().ok()?;
        }
        head.push_str(&lower);
    }
}

/// An answer of the service.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.head, self.text())
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection to the service, kept alive.
pub struct Shipper {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Shipper {
    pub fn new(address: SocketAddr) -> Shipper {
        Shipper { address, stream: None }
    }

    /// Nothing where the connection broke.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let answer = self.try_request(method, path, headers, body, body.len());
        if answer.is_none() {
            self.stream = None;
        }
        answer
    }

    fn try_request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        sent: usize,
    ) -> Option<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).ok()?;
            stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut()?;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.get_mut().write_all(head.as_bytes()).ok()?;
        stream.get_mut().write_all(&body[..sent]).ok()?;
        if sent < body.len() {
            return None;
        }
        let (head, len) = read_head(stream)?;
        let mut body = vec![0; len];
        stream.read_exact(&mut body).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head, body })
    }

    /// NDJSON as Vector sends it: without an end of line at the end.
    pub fn send(&mut self, lines: &[String]) -> Option<Answer> {
        self.request(
            "POST",
            "/",
            &[("content-type", "application/x-ndjson")],
            lines.join("\n").as_bytes(),
        )
    }

    /// Breaks off in the middle of the body.
    pub fn cut(&mut self, lines: &[String]) {
        let body = lines.join("\n");
        self.try_request(
            "POST",
            "/",
            &[("content-type", "application/x-ndjson")],
            body.as_bytes(),
            body.len() / 2,
        );
        self.stream = None;
    }

    /// As Vector does: the same again on 429, 408, 5xx and broken connections; any other 4xx would drop the batch.
    pub fn deliver(&mut self, lines: &[String]) {
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            assert!(Instant::now() < until, "a batch was not accepted within two minutes");
            match self.send(lines) {
                Some(answer) if answer.status == 200 => return,
                Some(answer) => assert!(
                    matches!(answer.status, 429 | 503),
                    "Vector drops a batch for this: {answer:?}"
                ),
                None => {}
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The service as a process.
pub struct Process {
    pub child: Child,
    pub address: SocketAddr,
    pub said: Arc<Mutex<String>>,
}

impl Process {
    pub fn start(arguments: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auditward"))
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut words = BufReader::new(child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let mut line = String::new();
            if words.read_line(&mut line).unwrap() == 0 {
                panic!("the service ended: {}", said.lock().unwrap());
            }
            said.lock().unwrap().push_str(&line);
            if let Some(address) = line.split("://").nth(1).and_then(|rest| rest.split('/').next())
            {
                break address.parse().unwrap();
            }
        };
        let keep = said.clone();
        thread::spawn(move || {
            let mut line = String::new();
            while words.read_line(&mut line).is_ok_and(|read| read > 0) {
                keep.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        Process { child, address, said }
    }

    /// With SIGKILL: it has no chance to do anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &self.child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The findings of each record by its id, as one engine gives them that sees every line once and in order.
pub fn expected(lines: &[String], policy: Option<&Path>) -> BTreeMap<String, String> {
    let mut arguments = vec!["replay", "-", "--now", "2026-01-15T12:00:00Z"];
    if let Some(policy) = policy {
        arguments.extend(["--policy", policy.to_str().unwrap()]);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditward"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = lines.join("\n");
    let writer = thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let records = String::from_utf8(output.stdout).unwrap();
    let records: Vec<Value> =
        records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), lines.len());
    records.iter().map(|record| (id(record), record["anomaly"].to_string())).collect()
}

pub fn id(record: &Value) -> String {
    record["id"].as_str().unwrap_or_else(|| panic!("no id: {record}")).to_owned()
}

/// The dead letters that lie in a file.
pub fn dead_letters(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
        .collect()
}

/// Every record arrived, and every copy of it with the findings that it should have.
pub fn assert_delivered(receiver: &Receiver, expected: &BTreeMap<String, String>, what: &str) {
    assert_arrived(receiver.records(), expected, what);
}

/// As above, of records that arrived anywhere.
pub fn assert_arrived(records: Vec<Value>, expected: &BTreeMap<String, String>, what: &str) {
    let mut arrived = BTreeMap::new();
    for record in records {
        let id = id(&record);
        let wanted = expected
            .get(&id)
            .unwrap_or_else(|| panic!("{what}: a record that nobody sent: {record}"));
        assert_eq!(&record["anomaly"].to_string(), wanted, "{what}: {id}");
        *arrived.entry(id).or_insert(0) += 1;
    }
    let lost: Vec<&String> = expected.keys().filter(|id| !arrived.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{what}: lost {lost:?}");
    let findings = expected.values().filter(|anomaly| *anomaly != "null").count();
    assert!(findings >= 4, "{what}: the test finds too little to mean anything: {findings}");
}
