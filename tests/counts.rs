//! Cost of a record: wasm operations, which time in an interpreter follows, and heap allocations. `BLESS=1` records anew.
//!
//! Operations are those of the whole call as Fluent Bit makes it: copies through `malloc`, the filter, `free`.

use anyhow::{Context, Result, ensure};
use auditward::demo::{Event, week};
use auditward::mode::native::Native;
use auditward::mode::raw::Compiled;
use auditward::mode::{Input, Mode, Setup};
use auditward_core::policy::Policy;
use auditward_core::policy_text::mapping::EXAMPLE;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use auditward_tests::{NOW, failed_login, typical};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use toml::de::DeTable;
use wasmtime::OperatorCost;

/// A record of a kind, for each number a new event.
type Make = fn(u32) -> Vec<u8>;

/// Tells whether a line is of a stream.
type IsOf = fn(&str) -> bool;

/// With the example that the reference shows: its mapped record must not cost more than a built-in source's.
const KINDS: &[(&str, Make)] = &[
    ("typical", |number| typical(number).into_bytes()),
    ("mapped", |number| mapped(number).into_bytes()),
    // Two mappings whose records differ in the value alone that they match on.
    ("mapped-alike", |number| {
        mapped(number).replace("\"crm\"", ["\"crm\"", "\"erp\""][number as usize % 2]).into_bytes()
    }),
    // Over many accounts and origins, so that windows are looked up and none alerts.
    ("brute-force-failure", |number| {
        failed_login(
            &format!("user{:04}", number % 1500),
            &format!("198.18.{}.{}", number % 1500 / 250, number % 250),
            number,
            number % 3600,
        )
        .into_bytes()
    }),
    ("unknown-json", |number| {
        format!("{{\"app\":\"billing\",\"level\":\"info\",\"n\":{number:06},\"tags\":[\"a\",\"b\"],\"text\":\"invoice {number:06} was paid in time\"}}")
            .into_bytes()
    }),
    ("text", |number| {
        format!("worker {number:06} has taken up the queue again and goes on where it was, with nothing lost").into_bytes()
    }),
    ("sshd-accepted", |number| {
        wrapped(&format!(
            "Jan 15 11:30:00 web1 sshd[{number:06}]: Accepted publickey for deploy from 203.0.113.5 port 4711 ssh2"
        ))
    }),
    // Over many accounts and origins, so that windows are looked up and none alerts.
    ("sshd-failed", |number| {
        wrapped(&format!(
            "Jan 15 11:30:00 web1 sshd[{number:06}]: Failed password for user{:04} from 198.18.{}.{} port 4711 ssh2",
            number % 1500,
            number % 1500 / 250,
            number % 250
        ))
    }),
    ("sudo", |number| {
        wrapped(&format!(
            "Jan 15 11:30:00 web1 sudo:    deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/bin/systemctl restart app{number:06}"
        ))
    }),
    ("syslog", |number| {
        wrapped(&format!(
            "Jan 15 11:30:00 web1 app[{number:06}]: the queue was taken up again, nothing was lost"
        ))
    }),
    ("combined", |number| {
        wrapped(&format!(
            "203.0.113.{} - - [15/Jan/2026:11:30:00 +0000] \\\"GET /products/{number:06}?ref=mail HTTP/1.1\\\" 200 5316 \\\"https://shop.example/\\\" \\\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\\\"",
            number % 250
        ))
    }),
    ("w3c", |number| {
        wrapped(&format!(
            "2026-01-15 11:30:00 192.0.2.10 GET /products/{number:06} ref=mail 443 - 203.0.113.9 Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64) https://shop.example/ 200 0 0 46"
        ))
    }),
    ("envoy-json", |number| {
        format!(
            "{{\"start_time\":\"2026-01-15T11:30:00.000Z\",\"method\":\"GET\",\"path\":\"/products/{number:06}\",\"protocol\":\"HTTP/2\",\"response_code\":200,\"bytes_sent\":5316,\"duration\":12,\
             \"downstream_remote_address\":\"203.0.113.9:51234\",\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64)\",\"request_id\":\"c0ffee00-0000-4000-8000-000000{number:06}\",\"authority\":\"shop.example\"}}"
        )
        .into_bytes()
    }),
];

/// Streams of many kinds of records, as logs have them: lines of the demo week that are taken. No promise is made for them yet.
const STREAMS: &[(&str, IsOf)] = &[
    ("stream-mixed", |_| true),
    ("stream-cloudtrail", |line| line.starts_with("{\"eventVersion\"")),
];

/// Kinds that keep within what they are allowed, and must stay there.
const WITHIN: &[&str] = &["typical"];

/// Kinds that no source knows, which no promise is made for.
const UNKNOWN: &[&str] = &["unknown-json", "text"];

/// A line as a shipper hands it over.
fn wrapped(line: &str) -> Vec<u8> {
    format!("{{\"log\":\"{line}\"}}").into_bytes()
}

/// Mapped records have mappings to be read by; the others are counted as they come to a filter without a policy.
fn policy_for(kind: &str) -> Option<String> {
    kind.starts_with("mapped").then(policy)
}

/// The example of a mapping, and another of the same look.
fn policy() -> String {
    let other = EXAMPLE.replace("acme.crm", "acme.erp").replace("\"crm\"", "\"erp\"");
    format!("{EXAMPLE}\n{other}")
}

/// A record of the example mapping.
fn mapped(number: u32) -> String {
    format!(
        "{{\"app\":\"crm\",\"ts\":{},\"event\":{{\"kind\":\"audit\",\"schema\":\"crm-audit-3\"}},\"user\":{{\"login\":\"ann{:03}\",\"email\":\"ann{:03}@example.com\",\
         \"display\":\"Ann Example\",\"team\":\"sales-north\"}},\"verb\":\"{}\",\"status\":200,\"items\":[{{\"id\":\"contact-{number:07}\",\"kind\":\"contact\"}}],\
         \"client\":{{\"ip\":\"203.0.113.{}\",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\"}},\
         \"request\":\"{number:032x}\",\"host\":\"crm-app-07.example.internal\",\"message_text\":\"opened from the list of contacts of the region, sorted by their last order\"}}",
        1_768_475_000_000u64 + u64::from(number) * 250,
        number % 300,
        number % 300,
        ["view", "download"][number as usize % 2],
        number % 250,
    )
}

const WARM_UP: u32 = 1000;
const MEASURED: u32 = 200;
/// Records of a stream, which differ more.
const OF_STREAM: usize = 1000;
/// Operations that baselines may cost a record, on average over all kinds.
const OF_BASELINES: u64 = 6_000;
/// A rise above this is looked at before it is recorded.
const MOST_RISE: f64 = 1.03;

/// The module as an interpreter executes it: bulk copies are one operation.
fn interpreter() -> &'static Compiled {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let mut bulk = OperatorCost::new();
        bulk.variable.memory_copy_per_byte = 0;
        bulk.variable.memory_fill_per_byte = 0;
        Compiled::with_costs(bulk).expect("the module compiles")
    })
}

#[test]
fn operations_per_record_do_not_rise() -> Result<()> {
    let interpreter = interpreter();
    let by_default = Compiled::new(true)?;
    let mut table = String::from(
        "# Wasm operations per record; `default` counts as wasmtime does, where copies cost by the byte.\n",
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.toml");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let recorded = DeTable::parse(&text)?;
    let mut report = format!(
        "{:<22}{:>12}{:>12}{:>10}{:>16}{:>12}\n",
        "record", "recorded", "now", "change", "by default", "allowed"
    );
    let (mut has_risen, mut is_above, mut is_out) = (false, false, false);
    let kinds = KINDS.iter().map(|(name, make)| {
        let records = (0..WARM_UP + MEASURED).map(|number| (NOW, make(number))).collect();
        (*name, records, MEASURED as usize)
    });
    let week = week(7).events;
    let streams = STREAMS.iter().map(|(name, is_of)| (*name, stream(&week, *is_of), OF_STREAM));
    for (name, records, measured) in kinds.chain(streams) {
        let records: Vec<Record> = records;
        let (now, default) = (
            measure(interpreter, policy_for(name), &records, measured)?,
            measure(&by_default, policy_for(name), &records, measured)?,
        );
        let before = recorded_of(recorded.get_ref(), name).unwrap_or_default();
        let bytes =
            records.iter().rev().take(measured).map(|(_, bytes)| bytes.len()).sum::<usize>();
        let change = if before == 0 { 1.0 } else { now as f64 / before as f64 };
        has_risen |= change > MOST_RISE;
        let allowed =
            if name == "typical" { 35_000 } else { 3_000 + 20 * (bytes / measured) as u64 };
        is_above |= now > allowed && !UNKNOWN.contains(&name);
        is_out |= now > allowed && WITHIN.contains(&name);
        writeln!(
            report,
            "{name:<22}{before:>12}{now:>12}{:>9.1}%{default:>16}{allowed:>12}",
            (change - 1.0) * 100.0
        )?;
        writeln!(table, "\n[{name}]\noperations = {now}\ndefault = {default}")?;
    }
    println!("{report}");
    if is_above {
        println!("a source costs more than 3,000 operations and 20 a byte");
    }
    ensure!(!is_out, "a kind that was within its allowance is above it\n{report}");
    if std::env::var_os("BLESS").is_some() {
        return fs::write(&path, table).with_context(|| path.display().to_string());
    }
    ensure!(
        !has_risen,
        "operations per record rose by more than 3 %; BLESS=1 records them anew\n{report}"
    );
    Ok(())
}

/// A record and when it arrives.
type Record = (i64, Vec<u8>);

/// Records of the demo week that belong to the stream, behind its first hours.
fn stream(week: &[Event], is_of: IsOf) -> Vec<Record> {
    let events = week.iter().filter(|event| is_of(&event.line)).skip(2000);
    let records = events.map(|event| (event.time, event.line.clone().into_bytes()));
    records.take(4 * OF_STREAM).collect()
}

#[test]
fn baselines_cost_little_with_few_actors_and_with_many() -> Result<()> {
    let week = week(7).events;
    let records = stream(&week, |_| true);
    let of = |policy: &str| measure(interpreter(), Some(policy.to_owned()), &records, OF_STREAM);
    let (with, without) = (of("")?, of("[baseline]\nalerts_per_day = 0")?);
    println!("stream-mixed: {with} with baselines, {without} without");
    ensure!(without < with && with - without <= OF_BASELINES, "{with} with, {without} without");

    // All are active, and a hundred of them again hours later.
    let of = |actors: u32| {
        let act = |number: u32, actor: u32| {
            let line = mapped(number);
            let name =
                line.split("\"ann").nth(1).and_then(|rest| rest.get(..3)).unwrap_or_default();
            let line = line.replace(&format!("ann{name}"), &format!("person{actor:06}"));
            (1_768_475_000_000 + i64::from(number) * 250, line.into_bytes())
        };
        let first = (0..actors.max(WARM_UP)).map(|number| act(number, number % actors));
        let again = (0..100).map(|number| act(100_000 + number, number * (actors / 100)));
        let records: Vec<Record> = first.chain(again).collect();
        let policy = format!("{}\n[baseline]\nmemory = \"64 MiB\"\n", policy());
        measure(interpreter(), Some(policy), &records, 100)
    };
    let (few, many) = (of(100)?, of(100_000)?);
    println!("100 actors: {few}, 100,000: {many}");
    // Of the many, each was seen once: that its values are new costs the difference, however many there are.
    ensure!(many.abs_diff(few) * 8 <= few, "100 actors: {few}, 100,000: {many}");
    Ok(())
}

/// Actors whose baselines are restored and written.
const ACTORS: u32 = 16_384;
/// Operations that restoring them may cost, and that any call may while they are written.
const OF_RESTORING: u64 = 200_000_000;
const OF_A_CALL: u64 = 2_000_000;

#[test]
fn learned_state_is_restored_and_written_within_bounds() -> Result<()> {
    let policy = format!("{}\n[baseline]\nmemory = \"12 MiB\"\n", policy());
    let record = |number: u32| {
        let line = mapped(number).replace("\"ann", &format!("\"p{:05}-", number % ACTORS));
        (1_768_475_000_000 + i64::from(number) * 250, line.into_bytes())
    };
    let mut learner = Native::new(&Setup {
        policy: Some(policy.clone()),
        seed: 7,
        now_ms: Some(record(2 * ACTORS).0),
        ..Setup::default()
    })?;
    for number in 0..2 * ACTORS {
        let (time_ms, bytes) = record(number);
        learner.process(Input { tag: "crm.audit", time_ms, nonce: 0, bytes: &bytes })?;
    }
    let snapshot = learner.learned()?;

    let begin = |state: Option<&[u8]>| -> Result<_> {
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join(auditward_state::POLICY), &policy)?;
        if let Some(state) = state {
            fs::create_dir(directory.path().join("state"))?;
            fs::write(directory.path().join("state").join(auditward_state::SNAPSHOT), state)?;
        }
        let clock = Arc::new(AtomicI64::new(record(2 * ACTORS).0));
        let mut module = interpreter().open(&Setup {
            directory: Some(directory.path().to_owned()),
            seed: 7,
            clock: Some(clock.clone()),
            is_metered: true,
            ..Setup::default()
        })?;
        module.spent()?;
        let (time_ms, bytes) = record(2 * ACTORS);
        module.process(Input { tag: "crm.audit", time_ms, nonce: 0, bytes: &bytes })?;
        let first = module.spent()?;
        Ok((directory, clock, module, first))
    };
    let (.., empty) = begin(None)?;
    let (directory, clock, mut module, restored) = begin(Some(&snapshot))?;
    let restoring = restored.saturating_sub(empty);

    // Slowly, so that each record takes as much of the snapshot with it as one may.
    let written = directory.path().join("state").join(auditward_state::PREVIOUS);
    let (mut dearest, mut calls) = (0, 0);
    while !written.exists() && calls < 5_000 {
        calls += 1;
        let (time_ms, bytes) = record(2 * ACTORS + calls);
        clock.fetch_add(1_000, Ordering::Relaxed);
        module.process(Input { tag: "crm.audit", time_ms, nonce: 0, bytes: &bytes })?;
        dearest = dearest.max(module.spent()?);
    }
    println!(
        "{ACTORS} actors: {restoring} operations to restore {} bytes; of {calls} calls that wrote them the dearest cost {dearest}",
        snapshot.len()
    );
    ensure!(written.exists(), "no snapshot was written in {calls} calls");
    ensure!(snapshot.len() > 8 << 20 && (1_000_000..=OF_RESTORING).contains(&restoring));
    ensure!(dearest <= OF_A_CALL, "{dearest} operations in one call");
    Ok(())
}

fn recorded_of(recorded: &DeTable<'_>, name: &str) -> Option<u64> {
    let kind = recorded.get(name)?.get_ref().as_table()?;
    kind.get("operations")?.get_ref().as_integer()?.as_str().parse().ok()
}

/// Operations per record over the last records, once tables and buffers are warm.
fn measure(
    compiled: &Compiled,
    policy: Option<String>,
    records: &[Record],
    measured: usize,
) -> Result<u64> {
    let mut mode = compiled.open(&Setup {
        policy,
        seed: 7,
        is_marking: true,
        now_ms: records.last().map(|(time, _)| *time),
        is_metered: true,
        ..Setup::default()
    })?;
    let (warm, rest) = records.split_at(records.len().saturating_sub(measured));
    for (time_ms, bytes) in warm {
        mode.process(Input { tag: "crm.audit", time_ms: *time_ms, nonce: 0, bytes })?;
    }
    mode.spent()?;
    for (time_ms, bytes) in rest {
        mode.process(Input { tag: "crm.audit", time_ms: *time_ms, nonce: 0, bytes })?;
    }
    Ok(mode.spent()? / rest.len().max(1) as u64)
}

/// Counts what this thread asks of the heap.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all calls go to the system's allocator as they come; a counter without a destructor is all that is added.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

#[test]
fn the_steady_path_allocates_nothing() {
    // Behind a header, and with an origin that is taken apart.
    let line: Make = |number| {
        format!(
            "Jan 15 11:30:00 web1 crm[7]: {}",
            mapped(number).replace("\",\"agent\"", ":5000\",\"agent\"")
        )
        .into_bytes()
    };
    for (name, make) in KINDS.iter().chain(&[("mapped-line", line)]) {
        let mut engine = Engine::new(
            Policy::parse(&policy()).unwrap(),
            Secret { mark: Some((1, 2)), hash: (3, 4) },
        );
        let mut out = Output::default();
        let mut allocated = 0;
        for number in 0..WARM_UP + MEASURED {
            let record = make(number);
            let before = ALLOCATIONS.with(Cell::get);
            engine.process(
                Raw { tag: b"crm.audit", bytes: &record, time: NOW, nonce: 0, now: NOW },
                &mut out,
            );
            // A finding is kept for the record's retries; that is no steady path.
            if number >= WARM_UP && !engine.has_findings() {
                allocated += ALLOCATIONS.with(Cell::get) - before;
            }
        }
        println!("{name}: {allocated} allocations in {MEASURED} records");
        assert_eq!(allocated, 0, "{name}");
    }
}
