//! Any text as a policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| auditward_tests::fuzz::policy(data));
