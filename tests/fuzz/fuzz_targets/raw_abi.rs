//! Any record, under a policy out of its first byte.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| auditward_tests::fuzz::engine(data));
