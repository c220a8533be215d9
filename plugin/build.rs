//! What Fluent Bit's runtime looks for beside the filter function: its allocator's pair, so that record copies don't need the host's small heap.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        for export in ["malloc", "free"] {
            println!("cargo::rustc-link-arg-cdylib=--export={export}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
