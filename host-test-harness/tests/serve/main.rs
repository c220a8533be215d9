//! The service under faults: slow, absent and lying receivers, kills, the same again. Counted are records and findings.

mod certificates;
mod findings;
mod harness;
mod load;
mod pipe;
mod protocol;
mod refused;
mod replay;
mod routes;

use harness::{
    Draw, Mood, Process, Receiver, Shipper, assert_arrived, assert_delivered, dead_letters, event,
    expected,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Some accounts that are tried, among harmless events and text that is no JSON at all.
fn lines(draw: &mut Draw, count: u32, prefix: &str) -> Vec<String> {
    let line = |number: u32, draw: &mut Draw| match draw.below(20) {
        0 => format!("text that is no event, number {prefix}{number}"),
        1 => format!("{{\"neither\":\"id nor time\",\"number\":\"{prefix}{number}\"}}"),
        2..=10 => event(number, &format!("{prefix}{}", draw.below(3)), true),
        _ => event(number, &format!("{prefix}{}", draw.below(9)), false),
    };
    (0..count).map(|number| line(number, draw)).collect()
}

/// One run: everything that can go wrong does, by lot.
fn run(seed: u64) {
    let mut draw = Draw(seed);
    let lines = lines(&mut draw, 120, "u");
    let wanted = expected(&lines, None);
    let mut moods = Draw(seed ^ 0xabcd);
    let receiver = Receiver::new(move || {
        if moods.one_in(2) {
            Mood::ALL[moods.below(Mood::ALL.len() as u64) as usize]
        } else {
            Mood::Accept
        }
    });
    let state = tempfile::tempdir().unwrap();
    let url = receiver.url();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--forward",
        &url,
        "--state",
        state.path().to_str().unwrap(),
        "--deadline",
        "1s",
    ];
    let mut process = Process::start(&arguments);
    let mut shipper = Shipper::new(process.address);
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let (batch, behind) = rest.split_at((1 + draw.below(15) as usize).min(rest.len()));
        rest = behind;
        match draw.below(8) {
            0 => shipper.cut(batch),
            1 => {
                // Evaluated perhaps, answered or not: then cut otherwise.
                let _ = shipper.send(batch);
                let (first, second) = batch.split_at(batch.len() / 2);
                [first, second]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .for_each(|part| shipper.deliver(part));
            }
            2 | 3 => {
                let address = process.address;
                let sent = batch.to_vec();
                let sending = thread::spawn(move || {
                    Shipper::new(address).send(&sent).map(|answer| answer.status)
                });
                thread::sleep(Duration::from_micros(draw.below(40_000)));
                process.kill();
                let _ = sending.join();
                process = Process::start(&arguments);
                shipper = Shipper::new(process.address);
            }
            4 => shipper.deliver(batch),
            _ => {}
        }
        shipper.deliver(batch);
    }
    assert_eq!(process.stop(), Some(0), "seed {seed}: {}", process.said());
    // Downstream refuses by lot: what it refused alone is put aside, with all that was found.
    let aside = dead_letters(&auditward::state::directory(state.path()).join("dead-letter.ndjson"))
        .into_iter()
        .map(|letter| letter["record"].clone());
    assert_arrived(
        receiver.records().into_iter().chain(aside).collect(),
        &wanted,
        &format!("seed {seed}"),
    );
}

/// `AUDITWARD_SEEDS` sets how many.
#[test]
fn a_hundred_runs_of_faults_lose_no_record_and_no_finding() {
    let seeds = std::env::var("AUDITWARD_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(100u64);
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        break;
                    }
                    run(seed);
                }
            });
        }
    });
}

/// Downstream is gone for a minute while three shippers go on.
#[test]
fn a_minutes_outage() {
    let receiver = Receiver::new(|| Mood::Accept);
    let state = tempfile::tempdir().unwrap();
    let process = Process::start(&[
        "--listen",
        "127.0.0.1:0",
        "--forward",
        &receiver.url(),
        "--state",
        state.path().to_str().unwrap(),
        "--deadline",
        "5s",
    ]);
    let streams: Vec<Vec<String>> = ["a", "b", "c"]
        .iter()
        .map(|prefix| lines(&mut Draw(7), 400, prefix))
        .map(distinct)
        .collect();
    let shipping: Vec<_> = streams
        .iter()
        .map(|lines| {
            let (lines, address) = (lines.clone(), process.address);
            thread::spawn(move || {
                let mut shipper = Shipper::new(address);
                lines.chunks(20).for_each(|batch| {
                    shipper.deliver(batch);
                    thread::sleep(Duration::from_millis(10));
                });
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    receiver.is_away.store(true, Ordering::Relaxed);
    thread::sleep(Duration::from_secs(30));
    let ready = Shipper::new(process.address).request("GET", "/readyz", &[], b"").unwrap();
    assert_eq!((ready.status, ready.text().as_str()), (503, "downstream does not accept\n"));
    thread::sleep(Duration::from_secs(60).saturating_sub(began.elapsed()));
    receiver.is_away.store(false, Ordering::Relaxed);
    shipping.into_iter().for_each(|shipper| shipper.join().unwrap());
    let mut wanted = std::collections::BTreeMap::new();
    streams.iter().for_each(|lines| wanted.extend(expected(lines, None)));
    assert_delivered(&receiver, &wanted, "the outage");
}

/// The three shippers' events have ids of their own.
fn distinct(lines: Vec<String>) -> Vec<String> {
    static STREAM: AtomicU64 = AtomicU64::new(1);
    let stream = STREAM.fetch_add(1, Ordering::Relaxed);
    lines
        .into_iter()
        .map(|line| line.replace("-0000-4000-", &format!("-{stream:04}-4000-")))
        .collect()
}
