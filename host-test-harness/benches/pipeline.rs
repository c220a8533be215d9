//! Time per record: the engine natively, and through Fluent Bit's interface in wasmtime. Prints the module's size and the engine's allocations too.
//!
//! `cargo bench -p auditward`. What the stock interpreter of Fluent Bit takes follows from the operations in tests/counts.toml.

mod typical;

use auditward::MODULE;
use auditward::mode::{Factory, Input, Kind, Setup};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use typical::write_typical;

const NOW: i64 = 1_768_478_400_000;

fn record(number: u64) -> Vec<u8> {
    let mut record = Vec::new();
    write_typical(number, &mut record);
    record
}

fn pipeline(criterion: &mut Criterion) {
    println!("module: {} bytes", MODULE.len());
    // Enough of them that none is known from before when it comes round again.
    let records: Vec<Vec<u8>> = (0..200_000).map(record).collect();
    let mut group = criterion.benchmark_group("typical");
    group.throughput(Throughput::Elements(1));
    for kind in [Kind::Native, Kind::Raw] {
        let setup = Setup { seed: 7, is_marking: true, now_ms: Some(NOW), ..Setup::default() };
        let mut mode = match Factory::new(kind, false).and_then(|factory| factory.open(&setup)) {
            Ok(mode) => mode,
            Err(why) => panic!("{}: {why:#}", kind.name()),
        };
        let mut next = records.iter().cycle();
        let mut step = || {
            next.next().map(|record| {
                mode.process(Input { tag: "app.audit", time_ms: NOW, nonce: 0, bytes: record })
            })
        };
        let before = ALLOCATIONS.with(Cell::get);
        (0..10_000).for_each(|_| drop(step()));
        println!(
            "{}: {:.2} host allocations per record",
            kind.name(),
            (ALLOCATIONS.with(Cell::get) - before) as f64 / 10_000.0
        );
        group.bench_function(kind.name(), |bencher| bencher.iter(&mut step));
    }
    group.finish();
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
}

#[global_allocator]
static HEAP: Counting = Counting;

criterion_group!(benches, pipeline);
criterion_main!(benches);
