//! Alerts that the tour of `examples/vector` sends to the webhook, for the tests with a real Vector and with VRL alone.

use serde_json::{Value, json};

/// Those about Dana, whose password is guessed.
pub fn of_dana(paged: &[Value]) -> Vec<&Value> {
    paged.iter().filter(|page| page["actor"] == "dana").collect()
}

/// The password that is tried, and the break-in that follows.
pub fn assert_paged(paged: &[Value]) {
    let paged = of_dana(paged);
    assert_eq!(paged.len(), 2, "{paged:?}");
    for (page, (severity, words)) in paged.iter().zip([
        ("critical", "5 failed authentications against account 'dana'"),
        ("high", "'dana' got in after 8 failed"),
    ]) {
        assert_eq!(
            (&page["origin"], &page["severity"]),
            (&json!("198.51.100.23"), &json!(severity))
        );
        let text = page["text"].as_str().unwrap_or_default();
        assert!(text.starts_with(&format!("{severity}: ")) && text.contains(words), "{page}");
    }
}
