//! What a record costs: wasm operations, which time in an interpreter follows, and heap allocations. `BLESS=1` records anew.
//!
//! Operations are those of the whole call as Fluent Bit makes it: copies through `malloc`, the filter, `free`.

use anyhow::{Context, Result, ensure};
use auditward::lane::raw::Compiled;
use auditward::lane::{Input, Lane, Setup};
use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use auditward_tests::{NOW, failed_login, typical};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use toml::de::DeTable;
use wasmtime::OperatorCost;

/// A record of a kind, for each number a new event.
type Make = fn(u32) -> Vec<u8>;

const KINDS: &[(&str, Make)] = &[
    ("typical", |number| typical(number).into_bytes()),
    // Over many accounts and origins, so that windows are looked up and none alerts.
    ("brute-force-failure", |number| {
        failed_login(&format!("user{:04}", number % 1500), &format!("203.0.113.{}", number % 250), number, number % 3600).into_bytes()
    }),
    ("unknown-json", |number| {
        format!("{{\"app\":\"billing\",\"level\":\"info\",\"n\":{number:06},\"tags\":[\"a\",\"b\"],\"text\":\"invoice {number:06} was paid in time\"}}")
            .into_bytes()
    }),
    ("text", |number| {
        format!("Jan 15 11:30:00 host sshd[{:05}]: Accepted publickey for deploy from 203.0.113.5 port 4711 ssh2", number % 100_000).into_bytes()
    }),
];

const WARM_UP: u32 = 1000;
const MEASURED: u32 = 200;
/// A rise above this is looked at before it is recorded.
const MOST_RISE: f64 = 1.03;

#[test]
fn operations_per_record_do_not_rise() -> Result<()> {
    let mut bulk = OperatorCost::new();
    bulk.variable.memory_copy_per_byte = 0;
    bulk.variable.memory_fill_per_byte = 0;
    let interpreter = Compiled::with_costs(bulk)?;
    let by_default = Compiled::new(true)?;
    let mut table = String::from("# Wasm operations per record; `default` counts as wasmtime does, where copies cost by the byte.\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.toml");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let recorded = DeTable::parse(&text)?;
    let mut report = format!("{:<22}{:>12}{:>12}{:>10}{:>16}\n", "record", "recorded", "now", "change", "by default");
    let mut has_risen = false;
    for (name, make) in KINDS {
        let (now, default) = (measure(&interpreter, *make)?, measure(&by_default, *make)?);
        let before = recorded_of(recorded.get_ref(), name).unwrap_or_default();
        let change = if before == 0 { 1.0 } else { now as f64 / before as f64 };
        has_risen |= change > MOST_RISE;
        writeln!(report, "{name:<22}{before:>12}{now:>12}{:>9.1}%{default:>16}", (change - 1.0) * 100.0)?;
        writeln!(table, "\n[{name}]\noperations = {now}\ndefault = {default}")?;
    }
    println!("{report}");
    if std::env::var_os("BLESS").is_some() {
        return fs::write(&path, table).with_context(|| path.display().to_string());
    }
    ensure!(!has_risen, "operations per record rose by more than 3 %; BLESS=1 records them anew\n{report}");
    Ok(())
}

fn recorded_of(recorded: &DeTable<'_>, name: &str) -> Option<u64> {
    let kind = recorded.get(name)?.get_ref().as_table()?;
    kind.get("operations")?.get_ref().as_integer()?.as_str().parse().ok()
}

/// Operations per record once tables and buffers are warm.
fn measure(compiled: &Compiled, make: Make) -> Result<u64> {
    let mut lane = compiled.open(&Setup { seed: 7, is_marking: true, now_ms: Some(NOW), is_metered: true, ..Setup::default() })?;
    for number in 0..WARM_UP {
        lane.process(Input { tag: "app.audit", time_ms: NOW, nonce: 0, bytes: &make(number) })?;
    }
    lane.spent()?;
    for number in WARM_UP..WARM_UP + MEASURED {
        lane.process(Input { tag: "app.audit", time_ms: NOW, nonce: 0, bytes: &make(number) })?;
    }
    Ok(lane.spent()? / u64::from(MEASURED))
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
    for (name, make) in KINDS {
        let mut engine = Engine::new(Policy::default(), Secret { mark: Some((1, 2)), hash: (3, 4) });
        let mut out = Output::default();
        let mut allocated = 0;
        for number in 0..WARM_UP + MEASURED {
            let record = make(number);
            let before = ALLOCATIONS.with(Cell::get);
            engine.process(Raw { tag: b"app.audit", bytes: &record, time: NOW, nonce: 0, now: NOW }, &mut out);
            if number >= WARM_UP {
                allocated += ALLOCATIONS.with(Cell::get) - before;
            }
        }
        println!("{name}: {allocated} allocations in {MEASURED} records");
        assert_eq!(allocated, 0, "{name}");
    }
}
