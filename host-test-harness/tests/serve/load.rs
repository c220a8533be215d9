//! Clients that hold on to what the service has, or ask for more than anybody needs: the others are served meanwhile.

use crate::harness::{Answer, Mood, Process, Receiver, Shipper, event};
use auditward::serve::body::Coding;
use auditward::serve::{Options, Serving};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a machine under load, and far less than the attackers' patience.
const SOON: Duration = Duration::from_secs(4);

fn serving(options: Options) -> Serving {
    Serving::start(Options { listen: ([127, 0, 0, 1], 0).into(), ..options }).unwrap()
}

/// A connection that begins a request and does not end it.
fn begun(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn heard(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Others get their answers soon.
fn assert_serves(address: SocketAddr, when: &str) {
    let began = Instant::now();
    let health = Shipper::new(address)
        .request("GET", "/healthz", &[], b"")
        .unwrap_or_else(|| panic!("{when}: no health"));
    let answer = Shipper::new(address)
        .send(&[event(1, "dana", false)])
        .unwrap_or_else(|| panic!("{when}: no answer"));
    assert_eq!((health.status, answer.status), (200, 200), "{when}: {answer:?}");
    assert!(began.elapsed() < SOON, "{when}: {:?}", began.elapsed());
}

#[test]
fn slow_bodies_and_promises_hold_nobody_up() {
    let serving = serving(Options::default());
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\n";
    let slow = |count: usize, rest: &str| -> Vec<TcpStream> {
        (0..count).map(|_| begun(serving.address, &format!("{head}{rest}"))).collect()
    };
    let mut attackers = slow(20, "content-length: 100000\r\n\r\n{");
    assert_serves(serving.address, "slow bodies");
    attackers.extend(slow(20, "content-length: 67108864\r\n\r\n{"));
    assert_serves(serving.address, "promises");
    attackers.extend(slow(20, "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"));
    assert_serves(serving.address, "chunks");
    // One that has sent much may not pause for longer; one that trickles is no better than one that is silent.
    attackers.extend(slow(1, &format!("content-length: 6000000\r\n\r\n{}", " ".repeat(5_000_000))));
    let mut trickling = begun(serving.address, &format!("{head}content-length: 100000\r\n\r\n{{"));
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        let _ = trickling.write_all(b" ");
        thread::sleep(Duration::from_millis(200));
    }
    for mut attacker in attackers.into_iter().chain([trickling]) {
        let answer = heard(&mut attacker);
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains("16 KiB a second"),
            "{answer}"
        );
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(
        serving.board().metrics().contains("auditward_requests_total{result=\"slow\"} 62"),
        "{}",
        serving.board().metrics()
    );
}

#[test]
fn a_slow_body_that_keeps_up_is_read() {
    let serving = serving(Options::default());
    let line = format!("{}{}", event(1, "dana", false), " ".repeat(150_000));
    let mut stream = begun(
        serving.address,
        &format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            line.len()
        ),
    );
    for piece in line.as_bytes().chunks(25_000) {
        stream.write_all(piece).unwrap();
        thread::sleep(Duration::from_millis(1000));
    }
    assert!(heard(&mut stream).starts_with("HTTP/1.1 200"));
}

#[test]
fn millions_of_tiny_records_are_refused_at_once() {
    let serving = serving(Options::default());
    let lines = b"{}\n".repeat(5_000_000);
    let array = [b"[".as_slice(), &b"{},".repeat(5_000_000), b"{}]"].concat();
    let broken = [b"[nan,".as_slice(), &b"{},".repeat(5_000_000), b"{}]"].concat();
    for (body, kind) in
        [(lines, "application/x-ndjson"), (array, "application/json"), (broken, "application/json")]
    {
        for (name, coding) in [("gzip", Coding::Gzip), ("zstd", Coding::Zstd)] {
            let packed = coding.encode(body.clone()).unwrap();
            let began = Instant::now();
            let answer = Shipper::new(serving.address)
                .request(
                    "POST",
                    "/",
                    &[("content-type", kind), ("content-encoding", name)],
                    &packed,
                )
                .unwrap();
            assert!(
                answer.status == 503
                    && answer.text().contains("--max-records")
                    && answer.head.contains("retry-after: 30"),
                "{kind}: {answer:?}"
            );
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{kind}, {name}: {:?}",
                began.elapsed()
            );
        }
    }
    assert_serves(serving.address, "after it");
    assert!(
        serving.board().metrics().contains("auditward_records_in_total 1\n"),
        "none of them was evaluated"
    );
}

#[test]
fn what_is_made_of_tiny_records_takes_room_too() {
    // Each batch is small, and its lines are not: three of them at a time have room.
    let receiver = Receiver::new(|| {
        thread::sleep(Duration::from_secs(4));
        Mood::Accept
    });
    let forward = Some(receiver.url().parse().unwrap());
    let serving = serving(Options {
        forward,
        most_body: 1 << 20,
        most_records: 10_000,
        most_bytes: 20_000_000,
        ..Options::default()
    });
    let address = serving.address;
    let sending: Vec<_> = (0..6)
        .map(|_| {
            thread::spawn(move || {
                Shipper::new(address).send(&vec!["{}".to_owned(); 9_000]).unwrap().status
            })
        })
        .collect();
    let mut statuses: Vec<u16> =
        sending.into_iter().map(|sending| sending.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
}

#[test]
fn as_many_records_as_allowed_are_taken() {
    let serving = serving(Options { most_records: 100, ..Options::default() });
    let send = |count: u32| -> Answer {
        Shipper::new(serving.address)
            .send(&(0..count).map(|number| event(number, "a", false)).collect::<Vec<_>>())
            .unwrap()
    };
    assert_eq!((send(100).status, send(101).status), (200, 503));
}

#[test]
fn a_small_batch_passes_a_large_one() {
    let serving = serving(Options::default());
    let large: Vec<String> =
        (0..60_000).map(|number| event(number, &format!("u{number}"), number % 3 == 0)).collect();
    let address = serving.address;
    let began = Instant::now();
    let sending = thread::spawn(move || {
        (Shipper::new(address).send(&large).unwrap().status, began.elapsed())
    });
    // The large one is at work.
    while !serving
        .board()
        .metrics()
        .lines()
        .any(|line| line.starts_with("auditward_records_in_total ") && !line.ends_with(" 0"))
    {
        thread::sleep(Duration::from_millis(2));
    }
    let small = Instant::now();
    assert_eq!(Shipper::new(address).send(&[event(70_000, "dana", false)]).unwrap().status, 200);
    let small = began + small.elapsed() + small.duration_since(began);
    let (status, large) = sending.join().unwrap();
    assert!(
        status == 200 && small < began + large,
        "the small one waited for the large one: {:?} {large:?}",
        small - began
    );
}

#[test]
fn idle_connections_give_way() {
    let process = Process::start(&["--listen", "127.0.0.1:0"]);
    let idle: Vec<TcpStream> =
        (0..1100).map_while(|_| TcpStream::connect(process.address).ok()).collect();
    for mut stream in &idle {
        let _ = stream.write_all(b"G");
    }
    assert!(idle.len() == 1100, "{}", idle.len());
    for _ in 0..3 {
        assert_serves(process.address, "idle connections");
    }
}

#[test]
fn connections_with_slow_bodies_give_way_too_and_those_at_work_do_not() {
    let receiver = Receiver::new(|| {
        thread::sleep(Duration::from_secs(3));
        Mood::Accept
    });
    let process = Process::start(&["--listen", "127.0.0.1:0", "--forward", &receiver.url()]);
    let address = process.address;
    let working = thread::spawn(move || {
        Shipper::new(address).send(&[event(1, "dana", false)]).unwrap().status
    });
    thread::sleep(Duration::from_millis(500));
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    let slow: Vec<TcpStream> = (0..1100).map(|_| begun(address, head)).collect();
    let began = Instant::now();
    assert_eq!(Shipper::new(address).request("GET", "/healthz", &[], b"").unwrap().status, 200);
    assert!(began.elapsed() < SOON && slow.len() == 1100, "{:?}", began.elapsed());
    assert_eq!(working.join().unwrap(), 200);
}

#[test]
fn who_is_refused_can_read_why() {
    let serving = serving(Options { most_body: 100_000, ..Options::default() });
    let body = vec![b'x'; 8 << 20];
    for (headers, why) in [
        (vec![], "--max-body"),
        (vec![("content-encoding", "snappy")], "snappy is not supported"),
        (vec![("origin", "http://localhost:1")], "Origin"),
    ] {
        for _ in 0..5 {
            // All of it is sent before the answer is read.
            let answer = Shipper::new(serving.address).request("POST", "/", &headers, &body);
            let answer = answer.unwrap_or_else(|| panic!("the connection was reset: {why}"));
            assert!(answer.status == 503 && answer.text().contains(why), "{answer:?}");
        }
    }
}

#[test]
fn an_empty_batch_is_passed_on_with_its_length() {
    let receiver = Receiver::new(|| Mood::Accept);
    let serving =
        serving(Options { forward: Some(receiver.url().parse().unwrap()), ..Options::default() });
    let mut shipper = Shipper::new(serving.address);
    for body in [b"".as_slice(), b"\n\r\n", b"[]"] {
        assert_eq!(shipper.request("POST", "/", &[], body).unwrap().status, 200);
    }
    assert_eq!(shipper.send(&[event(1, "dana", false)]).unwrap().status, 200);
    let headers = receiver.headers.lock().unwrap();
    let lengths: Vec<bool> = headers
        .iter()
        .map(|head| head.contains("content-length: 0\r\n") && !head.contains("transfer-encoding"))
        .collect();
    assert_eq!(lengths, [true, true, true, false], "{headers:?}");
}

#[test]
fn an_empty_batch_that_downstream_refuses_is_not_sent_again_for_ever() {
    let receiver = Receiver::refusing(|body| body.is_empty().then_some(400));
    let serving =
        serving(Options { forward: Some(receiver.url().parse().unwrap()), ..Options::default() });
    assert_eq!(Shipper::new(serving.address).request("POST", "/", &[], b"").unwrap().status, 200);
    assert_eq!(
        Shipper::new(serving.address).request("GET", "/readyz", &[], b"").unwrap().status,
        200
    );
}

#[test]
fn it_does_not_forward_to_itself() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (listen, host) in
        [("127.0.0.1", "localhost"), ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")]
    {
        let arguments = [
            "serve",
            "--listen",
            &format!("{listen}:{free}"),
            "--forward",
            &format!("http://{host}:{free}/v1/filter"),
        ];
        let refused =
            Command::new(env!("CARGO_BIN_EXE_auditward")).args(arguments).output().unwrap();
        assert!(
            refused.status.code() == Some(2)
                && String::from_utf8_lossy(&refused.stderr).contains("listens itself"),
            "{host}: {refused:?}"
        );
    }
}

#[test]
fn text_is_lines_whatever_it_begins_with() {
    let serving = serving(Options::default());
    let body = format!("[x,{{}},\n{}\n{}", event(1, "a", false), event(2, "a", false));
    for headers in [
        &[("content-type", "text/plain; charset=utf-8")][..],
        &[("content-type", "application/json")],
        &[],
    ] {
        let answer =
            Shipper::new(serving.address).request("POST", "/", headers, body.as_bytes()).unwrap();
        let ids = answer
            .text()
            .lines()
            .filter(|line| line.contains("-0000-4000-8000-000000000000"))
            .count();
        assert_eq!((answer.text().lines().count(), ids), (3, 2), "{headers:?}");
    }
}
