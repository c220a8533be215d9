//! Findings of the latest events, as written, so that a redelivered event gets them again.
//!
//! A ring of words; the oldest make room. Two words lead: how many words were ever written, and where the oldest record starts in that count. Findings
//! are kept in LZ4 against a dictionary of what findings say: a fifth to a third of their text is left.

use super::{EDITION, Words, pack, unpack};
use lz4_flex::block::{
    compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size,
};

const HEAD: usize = 0;
const TAIL: usize = 1;
const RING: usize = 2;
/// Findings are kept with the places of their detectors in the list of all, and against this dictionary.
const SHAPE: u64 = EDITION | (digest(DICTIONARY) & 0xffff_ffff) << 16 | ORDER.wrapping_shl(8) | 3;

/// Raised when detectors change their places in the list of all; those that are appended leave the places of the others.
const ORDER: u64 = 10;

/// Findings as detectors state them, the most frequent phrases last.
const DICTIONARY: &[u8] = br#"T1078T1499T1526T1530T1537T1048T1485T1565.001T1595","severity":"info""severity":"low"acted outside business hours (off-hours"watch"watched target 'watched origin 'watched actor '' was seen: error-rate" server errors and throttled requests of service ' requests that ended in an error from origin ' denied calls by actor 'mass-change" deletions by actor ' updates by actor 'volume" records of restricted data taken by actor ' records of restricted data taken from origin ' taken out of target ' TiB MiB, of  in allwithin 12 h within 1 d","window_s":86400,"key":{"actor":"","window_s":3600,"key":{"target":"","window_s":21600,"key":{"service":"' within 6 h; failed authentications, and no success, from origin 'credential-stuffing"{"detector":"password-spray","severity":"critical","reason":"failed authentications against 5 accounts from origin '192.168.1.' within 10 min; 5 are a finding","observed":5,"threshold":5,"window_s":600,"key":{"origin":"10.0.0.1"},"technique":"T1110.003","fingerprint":"{"detector":"fail-then-success","severity":"high","reason":"'root' got in after 5 failed authentications from origin '' got in after 5 failed authentications against account 'admin' within 30 min; 5 are a finding","observed":5,"threshold":5,"window_s":1800,"key":{"account":"root"},"technique":"T1110","fingerprint":"","evidence":[]},{"detector":"brute-force","severity":"medium","reason":"5 failed authentications from origin '198.51.100.' within 5 min; 5 are a finding","observed":5,"threshold":5,"window_s":300,"key":{"origin":"2001:db8:"},"technique":"T1110","fingerprint":"","evidence":["00000000-0000-4000-8000-","arn:aws:iam::"]},{"detector":"brute-force","severity":"medium","reason":"5 failed authentications against account 'alice' within 5 min; 5 are a finding","observed":5,"threshold":5,"window_s":300,"key":{"account":"alice@example.com"},"technique":"T1110","fingerprint":"","evidence":[""#;

/// FNV-1a.
const fn digest(bytes: &[u8]) -> u64 {
    let (mut hash, mut rest) = (0xcbf2_9ce4_8422_2325u64, bytes);
    while let [byte, more @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = more;
    }
    hash
}

/// Copies the newest records of a ring of another length, as many as there is room for.
fn take_over(own: &mut [u64], old: &[u64], _: usize) -> bool {
    let (Some(([head, tail], old)), Some((header, ring))) =
        (old.split_first_chunk::<RING>(), own.split_first_chunk_mut::<RING>())
    else {
        return false;
    };
    let (room, held) = (ring.len() as u64, old.len() as u64);
    let word = |at: u64| {
        at.checked_rem(held).and_then(|at| old.get(at as usize)).copied().unwrap_or_default()
    };
    let mut tail = (*tail).max(head.saturating_sub(held)).min(*head);
    while tail < *head && head.wrapping_sub(tail) > room {
        tail = tail.saturating_add(u64::from(unpack(word(tail)).0).max(2)).min(*head);
    }
    for at in tail..*head {
        let place = at.checked_rem(room).and_then(|at| ring.get_mut(at as usize));
        place.into_iter().for_each(|place| *place = word(at));
    }
    *header = [*head, tail];
    true
}

pub struct PastFindings {
    pub words: Words,
    ring: u64,
    /// Findings to be stored or recalled, and their compressed form.
    text: Vec<u8>,
    packed: Vec<u8>,
}

impl PastFindings {
    pub fn new(memory: usize) -> PastFindings {
        let ring = (memory / 8).max(64);
        PastFindings {
            words: Words::new("past_findings", SHAPE, ring.saturating_add(RING))
                .fitted_by(take_over, 1),
            ring: ring as u64,
            text: Vec::new(),
            packed: Vec::new(),
        }
    }

    fn place(&self, at: u64) -> usize {
        RING.wrapping_add(at.checked_rem(self.ring).unwrap_or_default() as usize)
    }

    /// Keeps the parts, one behind the other, for the event; what is larger than the whole ring is not kept.
    pub fn keep(&mut self, hash: u64, parts: &[&[u8]]) {
        self.text.clear();
        parts.iter().for_each(|part| self.text.extend_from_slice(part));
        self.packed.clear();
        self.packed.resize(get_maximum_output_size(self.text.len()), 0);
        let Ok(bytes) = compress_into_with_dict(&self.text, &mut self.packed, DICTIONARY) else {
            return;
        };
        let needed = (bytes.div_ceil(8) as u64).saturating_add(2);
        if needed > self.ring {
            return;
        }
        let head = self.words.get(HEAD);
        // Of damaged words no more than the ring holds is walked through.
        let mut tail = self.words.get(TAIL).min(head).max(head.saturating_sub(self.ring));
        while head.wrapping_add(needed).wrapping_sub(tail) > self.ring && tail < head {
            tail = tail.wrapping_add(self.record_len(tail));
        }
        self.words.set(TAIL, tail.min(head));
        self.words.set(self.place(head), pack(needed as u32, bytes as u32));
        self.words.set(self.place(head.wrapping_add(1)), hash | 1);
        // What stands behind the packed bytes is zeros.
        let packed = std::mem::take(&mut self.packed);
        let (words, _) = packed.as_chunks::<8>();
        for (at, word) in (2..needed).zip(words) {
            let place = self.place(head.wrapping_add(at));
            self.words.set(place, u64::from_le_bytes(*word));
        }
        self.packed = packed;
        self.words.set(HEAD, head.wrapping_add(needed));
    }

    /// At least 2, so that a walk over damaged words ends.
    fn record_len(&self, at: u64) -> u64 {
        u64::from(unpack(self.words.get(self.place(at))).0).max(2)
    }

    /// The findings kept for the event, in at most so many bytes.
    pub fn recall(&mut self, hash: u64, most: usize) -> Option<&[u8]> {
        let head = self.words.get(HEAD);
        let mut at = self.words.get(TAIL).max(head.saturating_sub(self.ring));
        while at < head && self.words.get(self.place(at.wrapping_add(1))) != hash | 1 {
            at = at.wrapping_add(self.record_len(at));
        }
        if at >= head {
            return None;
        }
        let bytes = (unpack(self.words.get(self.place(at))).1 as usize)
            .min((self.ring as usize).saturating_mul(8));
        self.packed.clear();
        for word in 0..bytes.div_ceil(8) as u64 {
            let kept = self.words.get(self.place(at.wrapping_add(2).wrapping_add(word)));
            self.packed.extend_from_slice(&kept.to_le_bytes());
        }
        self.text.clear();
        self.text.resize(most, 0);
        let len = decompress_into_with_dict(self.packed.get(..bytes)?, &mut self.text, DICTIONARY)
            .ok()?;
        self.text.get(..len)
    }

    /// Bytes held beside the words.
    pub fn buffers(&self) -> usize {
        self.text.capacity().saturating_add(self.packed.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recalled(past_findings: &mut PastFindings, hash: u64) -> Option<String> {
        past_findings.recall(hash, 20_000).map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn damaged_words_are_walked_through_in_time() {
        for (head, tail) in [(u64::MAX, 0), (1 << 62, 0), (1 << 62, u64::MAX), (0, 1 << 40)] {
            let mut past_findings = PastFindings::new(4096);
            past_findings.words.set(HEAD, head);
            past_findings.words.set(TAIL, tail);
            past_findings.keep(7, &[b"a finding"]);
            let _ = recalled(&mut past_findings, 7);
        }
    }

    fn finding(n: u64) -> String {
        let id = |n: u64| format!("\"{:016x}\"", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let ids: Vec<String> = (n..n + 5).map(id).collect();
        format!(
            r#"{{"detector":"brute-force","severity":"high","reason":"{n} failed authentications against account 'user{n}' within 5 min; 5 are a finding","observed":{n},"threshold":5,"window_s":300,"key":{{"account":"user{n}"}},"technique":"T1110","fingerprint":{},"evidence":[{}]}}"#,
            id(n + 99),
            ids.join(",")
        )
    }

    #[test]
    fn gives_back_what_was_kept_until_the_ring_is_full() {
        let mut past_findings = PastFindings::new(64 << 10);
        for n in 1..2000u64 {
            past_findings.keep(n * 2, &[b"\x01head", finding(n).as_bytes()]);
            assert_eq!(
                recalled(&mut past_findings, n * 2),
                Some(format!("\x01head{}", finding(n)))
            );
        }
        let is_held: Vec<bool> =
            (1..2000u64).map(|n| recalled(&mut past_findings, n * 2).is_some()).collect();
        let held = is_held.iter().filter(|held| **held).count();
        assert!(is_held.is_sorted() && held >= 280, "the newest, {held}: at most 230 bytes each");
        let noise: Vec<u8> = (0..70_000u64)
            .map(|n| crate::sketch::HashKey(1, 2).hash(&n.to_le_bytes()) as u8)
            .collect();
        past_findings.keep(10_000, &[&noise]);
        assert!(past_findings.recall(10_000, 80_000).is_none(), "larger than the ring");
        past_findings.keep(10_002, &[b""]);
        assert_eq!(recalled(&mut past_findings, 10_002), Some(String::new()));
        assert_eq!(past_findings.recall(3998, 10), None, "no room for it");
    }

    #[test]
    fn damaged_words_end_the_walk() {
        let mut past_findings = PastFindings::new(0);
        for word in [u64::MAX, 1, 0x8080_8080_8080_8080] {
            past_findings.words.words.fill(word);
            past_findings.recall(2, 1000);
            past_findings.recall(word, 1000);
        }
        past_findings.keep(2, &[b"{", b"}"]);
    }

    #[test]
    fn under_another_size_the_newest_findings_are_given_back() {
        let mut old = PastFindings::new(16 << 10);
        (1..400u64).for_each(|n| old.keep(n * 2, &[finding(n).as_bytes()]));
        let held = |kept: &mut PastFindings| -> Vec<bool> {
            (1..400u64)
                .map(|n| match recalled(kept, n * 2) {
                    Some(text) => text == finding(n) || panic!("of another: {n}"),
                    None => false,
                })
                .collect()
        };
        let before = held(&mut old);
        for memory in [4 << 10, 16 << 10, 64 << 10] {
            let mut new = PastFindings::new(memory);
            assert!(new.words.take_over(&old.words.words));
            let after = held(&mut new);
            let [many, all] = [&after, &before].map(|held| held.iter().filter(|is| **is).count());
            assert!(
                after.is_sorted() && many >= all.min(memory / 260),
                "{many} of {all} in {memory}"
            );
            new.keep(9_000, &[b"more"]);
            assert_eq!(recalled(&mut new, 9_000), Some("more".into()));
            assert!(recalled(&mut new, 399 * 2).is_some(), "the newest before it");
        }
    }
}
