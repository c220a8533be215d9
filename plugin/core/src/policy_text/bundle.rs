//! A policy and the files that it names as one text, in which the host passes both to the module.
//!
//! The files follow the policy as TOML comments, so that the text is still a policy: a line that separates them, then a line per file with its bytes in base64
//! and its name.

use crate::text::{Sink, base64, from_base64};

/// The line before the files.
const SEPARATOR: &str = "\n# Files of [enrich], added when the policy was read:\n";
/// Start of a line with a file.
const FILE: &str = "# ";

/// Joins a policy and its files.
pub fn join<N, B>(text: &str, files: impl IntoIterator<Item = (N, B)>) -> String
where
    N: AsRef<str>,
    B: AsRef<[u8]>,
{
    let mut files = files.into_iter().peekable();
    let mut whole = text.to_owned();
    if files.peek().is_some() {
        whole.push_str(SEPARATOR);
    }
    for (name, bytes) in files {
        let bytes = bytes.as_ref();
        whole.reserve((bytes.len() / 3).saturating_mul(4));
        whole.push_str(FILE);
        base64(bytes, &mut Text(&mut whole));
        whole.push(' ');
        whole.push_str(name.as_ref());
        whole.push('\n');
    }
    whole
}

/// Splits a text into the policy and its files. A file that cannot be read back has no bytes.
pub fn split(text: &str) -> (&str, impl Iterator<Item = (&str, Option<Vec<u8>>)>) {
    let (policy, files) = text.rsplit_once(SEPARATOR).unwrap_or((text, ""));
    let files = files.lines().filter_map(|line| line.strip_prefix(FILE)?.split_once(' '));
    (policy, files.map(|(bytes, name)| (name, from_base64(bytes.as_bytes()))))
}

/// Text that receives ASCII.
struct Text<'t>(&'t mut String);

impl Sink for Text<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.0.push_str(std::str::from_utf8(bytes).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_splits_into_what_was_joined() {
        let policy = "[enrich]\nfiles = [\"a b.csv\", \"x/y.mmdb\"]";
        for len in 0..7 {
            let bytes: Vec<u8> = (250..=255).take(len).collect();
            let files = [("a b.csv", b"".as_slice()), ("x/y.mmdb", bytes.as_slice())];
            let whole = join(policy, files);
            let (text, found) = split(&whole);
            assert_eq!(text, policy);
            let found: Vec<_> = found.map(|(name, bytes)| (name, bytes.unwrap())).collect();
            assert_eq!(found, files.map(|(name, bytes)| (name, bytes.to_vec())));
        }
        let none: [(&str, &[u8]); 0] = [];
        assert_eq!(join(policy, none), policy);
        assert!(split(policy).0 == policy && split(policy).1.next().is_none());
        let damaged = policy.to_owned() + SEPARATOR + "# !! a\n# AAA b\n";
        let files: Vec<_> = split(&damaged).1.collect();
        assert_eq!(files, [("a", None), ("b", Some(vec![0, 0]))]);
    }
}
