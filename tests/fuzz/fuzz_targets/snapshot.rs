//! Any bytes as a snapshot.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| auditward_tests::fuzz::snapshot(data));
