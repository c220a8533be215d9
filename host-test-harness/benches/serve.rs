//! Load over loopback: what a record costs the service, against the same server that only echoes. The load generator is this file.
//!
//! `cargo bench -p auditward --bench serve`; `-- --records 10000000` for a long run. CPU is the server process's own, as the kernel counts it.

mod typical;

use auditward::serve::body::Coding;
use auditward::serve::{Options, Serving};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use typical::write_typical;

const BATCH: u64 = 1000;

/// Measured quantities.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    is_echo: bool,
    coding: Coding,
    connections: usize,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let after = |name: &str| {
        arguments
            .iter()
            .position(|argument| argument == name)
            .and_then(|at| arguments.get(at + 1))
            .cloned()
    };
    if let Some(forward) = after("--server") {
        return server(
            &forward,
            arguments.contains(&"--echo".to_owned()),
            after("--coding").as_deref(),
            after("--state"),
        );
    }
    let records = after("--records").and_then(|records| records.parse().ok()).unwrap_or(300_000);
    let wanted = after("--case");
    let case = |name, is_echo, coding, connections| Case { name, is_echo, coding, connections };
    let cases = [
        case("echo", true, Coding::None, 2),
        case("filter", false, Coding::None, 2),
        case("filter, one connection", false, Coding::None, 1),
        case("echo, gzip in and out", true, Coding::Gzip, 2),
        case("filter, gzip in and out", false, Coding::Gzip, 2),
        case("echo, zstd in and out", true, Coding::Zstd, 2),
        case("filter, zstd in and out", false, Coding::Zstd, 2),
    ];
    println!(
        "{:<26} {:>10} {:>12} {:>14} {:>9} {:>9} {:>9} {:>9}",
        "case",
        "records/s",
        "CPU us/rec",
        "rec/s a core",
        "p50 ms",
        "p99 ms",
        "RSS MiB",
        "peak MiB"
    );
    for case in
        cases.iter().filter(|case| wanted.as_deref().is_none_or(|wanted| wanted == case.name))
    {
        run(*case, records);
    }
}

/// This program again, as the server alone.
fn server(forward: &str, is_echo: bool, coding: Option<&str>, state: Option<String>) {
    let coding = coding.and_then(Coding::from_name).unwrap_or_default();
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        forward: forward.parse().ok(),
        coding,
        is_echo,
        state: state.map(Into::into),
        ..Options::default()
    };
    let mut serving = match Serving::start(options) {
        Ok(serving) => serving,
        Err(why) => panic!("{why:#}"),
    };
    println!("{}", serving.address);
    // Until whoever started it goes.
    let _ = std::io::stdin().read(&mut [0]);
    serving.stop();
}

fn run(case: Case, records: u64) {
    let sink = sink();
    let state = tempfile::tempdir().expect("a directory for state");
    let program = env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args([
        "--server",
        &format!("http://{sink}/"),
        "--coding",
        case.coding.name().unwrap_or("identity"),
    ]);
    match case.is_echo {
        true => command.arg("--echo"),
        false => command.args(["--state", &state.path().display().to_string()]),
    };
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the server");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output"))
        .read_line(&mut line)
        .expect("its address");
    let address: SocketAddr = line.trim().parse().expect("an address");
    // Compiled code, buffers and connections are there before it counts.
    load(address, case, 0, 20 * BATCH);
    let (cpu_before, began) = (cpu(&child), Instant::now());
    let mut latencies = load(address, case, 1 << 40, records);
    let (elapsed, cpu) = (began.elapsed(), cpu(&child) - cpu_before);
    let (rss, peak) = (memory(&child, "VmRSS:"), memory(&child, "VmHWM:"));
    drop(child.stdin.take());
    let _ = child.wait();
    latencies.sort();
    let at = |part: f64| {
        latencies
            .get((latencies.len() as f64 * part) as usize)
            .map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    };
    let per_record = cpu.as_secs_f64() * 1e6 / records as f64;
    println!(
        "{:<26} {:>10.0} {:>12.2} {:>14.0} {:>9.1} {:>9.1} {:>9.1} {:>9.1}",
        case.name,
        records as f64 / elapsed.as_secs_f64(),
        per_record,
        1e6 / per_record,
        at(0.5),
        at(0.99),
        rss,
        peak
    );
}

/// Sends batches over as many connections as the case has; gives how long each took.
fn load(address: SocketAddr, case: Case, from: u64, records: u64) -> Vec<Duration> {
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        let ship = || {
            let mut latencies = Vec::new();
            let mut stream =
                BufReader::new(TcpStream::connect(address).expect("the server listens"));
            stream.get_mut().set_nodelay(true).expect("a socket");
            loop {
                let batch = next.fetch_add(1, Ordering::Relaxed);
                if batch >= records / BATCH {
                    return latencies;
                }
                let mut body = Vec::with_capacity(600 * BATCH as usize);
                (0..BATCH).for_each(|number| {
                    write_typical(from + batch * BATCH + number, &mut body);
                    body.push(b'\n')
                });
                let body = case.coding.encode(body).expect("an encoding");
                let began = Instant::now();
                post(&mut stream, &body, case.coding);
                latencies.push(began.elapsed());
            }
        };
        let shippers: Vec<_> = (0..case.connections).map(|_| scope.spawn(ship)).collect();
        shippers.into_iter().flat_map(|shipper| shipper.join().expect("a shipper")).collect()
    })
}

fn post(stream: &mut BufReader<TcpStream>, body: &[u8], coding: Coding) {
    let encoding =
        coding.name().map_or(String::new(), |name| format!("content-encoding: {name}\r\n"));
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n{encoding}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all(head.as_bytes()).expect("a request");
    stream.get_mut().write_all(body).expect("a body");
    let (status, len) = head_of(stream).expect("an answer");
    assert!(status.contains(" 200 "), "{status}");
    stream.read_exact(&mut vec![0; len]).expect("its body");
}

/// First line, and how long the body is.
fn head_of(reader: &mut impl BufRead) -> Option<(String, usize)> {
    let (mut first, mut len) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            return Some((first, len));
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            len = value.trim().parse().ok()?;
        }
    }
}

/// Takes whatever comes.
fn sink() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut out = stream.try_clone().expect("a socket");
                let mut reader = BufReader::with_capacity(1 << 20, stream);
                let mut body = Vec::new();
                while let Some((_, len)) = head_of(&mut reader) {
                    body.resize(len, 0);
                    if reader.read_exact(&mut body).is_err()
                        || out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err()
                    {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// User and system time of the process.
fn cpu(child: &Child) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    // A tick has been a hundredth of a second on every Linux for decades.
    Duration::from_millis(ticks * 10)
}

/// In MiB.
fn memory(child: &Child, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let kib = status.lines().find_map(|line| {
        line.strip_prefix(field)?.split_ascii_whitespace().next()?.parse::<f64>().ok()
    });
    kib.unwrap_or_default() / 1024.0
}
