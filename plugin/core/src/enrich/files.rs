//! Files beside the policy that enrich its records: databases of addresses and lookups. The owner of the policy reads them; the engine has no files.

use super::geo::Geo;
use super::lookup::Lookup;
use std::sync::Arc;

/// A file with its content.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub content: Content,
    /// Checksum of the file's bytes.
    pub checksum: u64,
}

/// Content of a file.
#[derive(Clone, Debug)]
pub enum Content {
    Geo(Geo),
    Lookup(Arc<Lookup>),
}

impl File {
    /// Reads a file. Returns the problem if there is one. The ending of the name states the kind: `.csv`, `.json` or `.ndjson` for lookups.
    pub fn read(name: &str, bytes: Vec<u8>) -> Result<File, String> {
        let checksum = checksum(&bytes);
        let is = |ending: &str| {
            let start = name.len().checked_sub(ending.len());
            let end = start.and_then(|start| name.get(start..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        let is_json = is(".json") || is(".ndjson");
        let content = match is_json || is(".csv") {
            true => Content::Lookup(Arc::new(Lookup::read(&bytes, is_json)?)),
            false => Content::Geo(Geo::new(bytes.into())?),
        };
        Ok(File { name: name.to_owned(), content, checksum })
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        match &self.content {
            Content::Geo(geo) => geo.memory(),
            Content::Lookup(lookup) => lookup.memory(),
        }
    }

    /// Description for people.
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Geo(geo) => geo.kind().to_owned(),
            Content::Lookup(lookup) => format!("lookup of {} rows", lookup.rows()),
        }
    }
}

/// A checksum that costs a multiplication per eight bytes. It detects damage, not forgery.
pub fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let last = rest.iter().fold(bytes.len() as u64, |last, byte| last << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words
        .chain(std::iter::once(last))
        .fold(0, |sum: u64, word| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_changes_with_each_byte_and_with_their_number() {
        let bytes: Vec<u8> = (0..100).collect();
        let sum = checksum(&bytes);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_ne!(checksum(&other), sum, "{at}");
            assert_ne!(checksum(&bytes[..at]), sum, "{at}");
        }
    }

    #[test]
    fn the_ending_of_the_name_states_the_kind() {
        let csv = b"actor,actor.role\nann,admin\n".to_vec();
        let json = br#"[{"actor":"ann","actor.role":"admin"}]"#.to_vec();
        for (name, bytes) in [("a.CSV", &csv), ("a.json", &json), ("a.ndjson", &json)] {
            assert_eq!(File::read(name, bytes.clone()).unwrap().describe(), "lookup of 1 rows");
        }
        assert!(File::read("csv", csv.clone()).is_err() && File::read("a.json", csv).is_err());
    }
}
