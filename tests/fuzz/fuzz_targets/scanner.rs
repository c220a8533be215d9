//! The JSON scanner against serde_json.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| auditward_tests::fuzz::scanner(data));
