//! Fluent Bit's interface: the C function that `filter_wasm` calls once per record. With `heap.rs` the only file with `unsafe`.
#![expect(
    unsafe_code,
    reason = "pointers from the host, and the one instance behind both interfaces"
)]

use crate::Plugin;
use auditward_core::write::Output;
use auditward_core::{Raw, msgpack};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// `(tag, tag_len, seconds, nanoseconds, record, record_len) -> answer`: a NUL-terminated JSON object in a buffer of ours, good until the next call.
///
/// # Safety
/// The host passes addresses within linear memory, as returned by `malloc`; what does not lie within it is treated as absent.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn audit_filter(
    tag: u32,
    tag_len: u32,
    seconds: u32,
    nanoseconds: u32,
    record: u32,
    record_len: u32,
) -> *const u8 {
    // SAFETY: `bytes_at` checks that the bytes lie within memory; nothing writes to them while this call runs, since there is one thread.
    let (tag, record) =
        unsafe { (bytes_at(tag, tag_len).unwrap_or_default(), bytes_at(record, record_len)) };
    let time =
        i64::from(seconds).wrapping_mul(1000).wrapping_add(i64::from(nanoseconds / 1_000_000));
    let number =
        u64::from(seconds).wrapping_mul(1_000_000_000).wrapping_add(u64::from(nanoseconds));
    let nonce = if nanoseconds == 0 { number | Raw::UNNUMBERED } else { number };
    with(|plugin, out| {
        match record {
            None => plugin.engine.lost(u64::from(record_len), out),
            Some(record) if msgpack::is_map(record) => {
                msgpack::refuse(record, out);
            }
            Some(record) => plugin.process(tag, time, nonce, record, out),
        }
        answer(out)
    })
}

unsafe extern "C" {
    /// Made by the linker: runs the constructors. That it is called here keeps the linker from calling it around every export.
    fn __wasm_call_ctors();
}

/// Initialisation, which a host calls once before anything else: WAMR and the component model both do.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn _initialize() {
    static IS_DONE: AtomicBool = AtomicBool::new(false);
    if !IS_DONE.swap(true, Ordering::Relaxed) {
        // SAFETY: once, and before anything that constructors prepare is used.
        unsafe { __wasm_call_ctors() }
        // Reading them goes deeper than any record does; here the host's stack is empty.
        auditward_core::pack::prepare();
    }
}

/// The buffer as a C string. It never holds a 0x00: JSON escapes them.
fn answer(out: &mut Output) -> *const u8 {
    let none = c"{\"notes\":[\"record-lost\"]}".to_bytes_with_nul();
    out.c_string().unwrap_or(none).as_ptr()
}

/// The bytes, unless they are absent or do not lie within memory.
unsafe fn bytes_at<'a>(address: u32, len: u32) -> Option<&'a [u8]> {
    let memory = (core::arch::wasm32::memory_size::<0>() as u64).saturating_mul(65_536);
    let end = u64::from(address).saturating_add(u64::from(len));
    if address == 0 || end > memory || len > i32::MAX as u32 {
        return None;
    }
    // SAFETY: within linear memory, not null, and shorter than half the address space.
    Some(unsafe { core::slice::from_raw_parts(address as *const u8, len as usize) })
}

/// The one instance behind both interfaces.
struct Instance {
    plugin: Option<Plugin>,
    out: Output,
    /// A call is under way. Found set at a call's start, it tells that the one before did not finish.
    is_running: bool,
}

struct Shared(UnsafeCell<Instance>);

// SAFETY: the module has one thread.
unsafe impl Sync for Shared {}

static INSTANCE: Shared =
    Shared(UnsafeCell::new(Instance { plugin: None, out: Output::NEW, is_running: false }));

/// Runs one call on the instance, which the first call makes.
pub(crate) fn with<T>(call: impl FnOnce(&mut Plugin, &mut Output) -> T) -> T {
    // SAFETY: one thread, and no call into the module happens during a call: it imports nothing that calls back.
    let instance = unsafe { &mut *INSTANCE.0.get() };
    // A host that did not call it gets the same.
    _initialize();
    let was_cut_short = std::mem::replace(&mut instance.is_running, true);
    let plugin = instance.plugin.get_or_insert_with(|| Plugin::start(&preopens()));
    if was_cut_short {
        plugin.recover();
    }
    instance.out.clear();
    let result = call(plugin, &mut instance.out);
    instance.is_running = false;
    result
}

mod wasi {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub(super) fn fd_prestat_get(fd: i32, prestat: *mut [u32; 2]) -> i32;
        pub(super) fn fd_prestat_dir_name(fd: i32, path: *mut u8, len: u32) -> i32;
    }
}

/// The name by which the C library finds a directory: it takes `./` off the names of directories, but not off the paths that it looks up.
fn found_by(name: &str) -> &str {
    let mut rest = name;
    while let Some(behind) = rest.strip_prefix("./") {
        rest = behind.trim_start_matches('/');
    }
    if rest.is_empty() { "." } else { rest }
}

/// The directories that the host opened for the module, by the names it gave them.
fn preopens() -> Vec<String> {
    let mut names = Vec::new();
    for fd in 3..64 {
        let mut prestat = [0u32; 2];
        // SAFETY: the host writes the two words that `prestat` has room for.
        if unsafe { wasi::fd_prestat_get(fd, &raw mut prestat) } != 0 {
            break;
        }
        let [kind, len] = prestat;
        let mut name = vec![0u8; (len as usize).min(4096)];
        // SAFETY: the host writes at most as many bytes as `name` has.
        let read = unsafe { wasi::fd_prestat_dir_name(fd, name.as_mut_ptr(), name.len() as u32) };
        if kind == 0 && read == 0 {
            let name = String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned();
            names.push(found_by(&name).to_owned());
        }
    }
    names
}
