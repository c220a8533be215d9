//! Patterns of the policy: names with `*` for any text, addresses and ranges of them. Letters match whatever their case; matching takes time in
//! proportion to the text.

pub mod finder;
mod hashed;
mod texts;
pub mod trigrams;

use crate::address::{self, Range};
use crate::stored::Stored;
use crate::text::{Sink, escape, find_letter, partial_word, word_at, word_within};
use hashed::Hashed;
use std::cmp::{Ordering, Reverse};
use std::sync::OnceLock;
use texts::Texts;
use trigrams::{Trigrams, Windows};

/// Signs of a pattern that can be spelled in several ways, as bits.
pub const BLANKS: u8 = 1;
pub const QUOTES: u8 = 2;

/// `BLANKS` and `QUOTES`, where the text has them.
pub fn spelling(text: &[u8]) -> u8 {
    text.iter().fold(0, |signs, byte| match byte {
        b' ' => signs | BLANKS,
        b'"' => signs | QUOTES,
        _ => signs,
    })
}

/// Patterns with pieces between stars, and bytes of a text that all of them together look at, from which on the text's letters are looked at first.
pub(crate) const MANY: usize = 4;
const COSTLY: usize = 128;

/// Names as they stand, and patterns.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    exact: Texts,
    /// Text before a star that ends the pattern, and behind one that begins it: most patterns have but that one.
    heads: Parts,
    tails: Parts,
    globs: Vec<Glob>,
    /// `BLANKS` and `QUOTES`, where those with stars have them.
    spelling: u8,
}

/// Texts with which others begin, or end: found by one search for each length that occurs, however many there are.
#[derive(Clone, Debug, Default)]
struct Parts {
    /// Sorted, each once.
    lengths: Vec<usize>,
    texts: Texts,
}

/// A pattern with stars in it.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    /// Text before the first star.
    head: Vec<u8>,
    /// Text between stars.
    middle: Vec<Piece>,
    /// Text after the last star.
    tail: Vec<u8>,
}

/// A text looked for in one pass, after Knuth, Morris and Pratt.
#[derive(Clone, Debug)]
struct Piece {
    text: Vec<u8>,
    head: Head,
    windows: Windows,
    /// For each place, how much of the beginning still matches where the next letter does not; empty where nothing ever does. Made when a text first asks.
    back: OnceLock<Vec<usize>>,
}

impl Patterns {
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Patterns {
        Patterns::of(patterns.into_iter().map(|pattern| folded(pattern.as_ref())))
    }

    /// Patterns for text without JSON's escapes; `\*` is a star itself.
    pub fn plain<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Patterns {
        Patterns::of(
            patterns
                .into_iter()
                .map(|pattern| starred(pattern.as_ref().to_ascii_lowercase().as_bytes())),
        )
    }

    fn of(folded: impl Iterator<Item = Vec<u8>>) -> Patterns {
        let (mut exact, mut heads, mut tails, mut globs) = (vec![], vec![], vec![], vec![]);
        for pattern in folded {
            let stars = pattern.iter().filter(|byte| **byte == b'*').count();
            match (stars, pattern.as_slice()) {
                (0, _) => exact.push(unstarred(&pattern)),
                (1, [head @ .., b'*']) => heads.push(unstarred(head)),
                (1, [b'*', tail @ ..]) => tails.push(unstarred(tail)),
                _ => globs.push(Glob::new(&pattern)),
            }
        }
        let exact = Texts::new(exact);
        let (heads, tails) = (Parts::new(heads), Parts::new(tails));
        let mut made = Patterns { exact, heads, tails, globs, spelling: 0 };
        made.spelling = made.starred().fold(0, |signs, text| signs | spelling(text));
        made
    }

    /// The texts of those with stars.
    fn starred(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.heads.texts.iter().chain(self.tails.texts.iter());
        whole.chain(self.globs.iter().flat_map(Glob::texts))
    }

    /// `BLANKS` and `QUOTES`, where patterns with stars have them.
    pub fn spelling(&self) -> u8 {
        self.spelling
    }

    /// The names without a star, in lower case.
    pub fn exact(&self) -> impl Iterator<Item = &[u8]> {
        self.exact.iter()
    }

    /// The names, in lower case, where none of them is a pattern.
    pub fn exact_only(&self) -> Option<Vec<&[u8]>> {
        let has_patterns =
            !(self.globs.is_empty() && self.heads.texts.is_empty() && self.tails.texts.is_empty());
        (!has_patterns && !self.exact.is_empty()).then(|| self.exact().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.exact.is_empty()
            && self.heads.texts.is_empty()
            && self.tails.texts.is_empty()
            && self.globs.is_empty()
    }

    /// How many of them are found by no look-up.
    pub fn globs(&self) -> usize {
        self.globs.len()
    }

    /// For each, a piece of text that it cannot match without, in lower case: of those that the fewest others have, the longest.
    pub fn pieces(&self) -> Vec<&[u8]> {
        // Where each has but one there is nothing to choose, and nothing to count.
        let has_choice =
            |glob: &&Glob| Glob::texts(glob).filter(|text| !text.is_empty()).count() > 1;
        let mut shared: Hashed<usize> = Hashed::default();
        for text in self.globs.iter().filter(has_choice).flat_map(Glob::texts) {
            let hash = finder::hash_of(text, 0);
            match shared.find_mut(hash, |_| true) {
                Some(count) => *count = count.saturating_add(1),
                None => shared.add(hash, 1),
            }
        }
        let rank = |text: &&[u8]| {
            let others =
                shared.find(finder::hash_of(text, 0), |_| true).copied().unwrap_or_default();
            (text.len() >= finder::SHORTEST, Reverse(others), text.len())
        };
        let telling = |glob| Glob::texts(glob).max_by_key(rank).unwrap_or_default();
        let whole = self.exact.iter().chain(self.heads.texts.iter()).chain(self.tails.texts.iter());
        whole.chain(self.globs.iter().map(telling)).collect()
    }

    /// True if one of them matches; never the empty text, which says nothing.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.is_match_by(text, None)
    }

    /// True if to know what stands in the text costs less than to look for each of them.
    pub fn is_costly(&self, text: &[u8]) -> bool {
        self.globs.len() >= MANY && text.len().saturating_mul(self.globs.len()) >= COSTLY
    }

    /// As above, with the text's letters where they are known.
    pub fn is_match_by(&self, text: &[u8], letters: Option<&Trigrams>) -> bool {
        let begins = || self.heads.any(|len| text.get(..len));
        let ends = || self.tails.any(|len| text.get(text.len().checked_sub(len)?..));
        !text.is_empty()
            && (self.exact.holds(text)
                || begins()
                || ends()
                || self.globs.iter().any(|glob| {
                    letters.is_none_or(|letters| glob.may_match(letters)) && glob.is_match(text)
                }))
    }
}

impl Parts {
    fn new(texts: Vec<Vec<u8>>) -> Parts {
        let mut lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Parts { lengths, texts: Texts::new(texts) }
    }

    /// True if one of them is the part of its length.
    fn any<'t>(&self, part: impl Fn(usize) -> Option<&'t [u8]>) -> bool {
        self.lengths.iter().any(|&len| part(len).is_some_and(|part| self.texts.holds(part)))
    }
}

impl Glob {
    /// Of a pattern as people write it.
    pub(crate) fn of(pattern: &str) -> Glob {
        Glob::new(&folded(pattern))
    }

    fn new(pattern: &[u8]) -> Glob {
        let mut parts: Vec<&[u8]> = pattern.split(|&byte| byte == b'*').collect();
        let tail = unstarred(parts.pop().unwrap_or_default());
        let mut parts = parts.into_iter();
        let head = unstarred(parts.next().unwrap_or_default());
        Glob {
            head,
            middle: parts
                .filter(|part| !part.is_empty())
                .map(|part| Piece::new(unstarred(part)))
                .collect(),
            tail,
        }
    }

    /// The texts between stars.
    fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let middle = self.middle.iter().map(|piece| piece.text.as_slice());
        middle.chain([self.head.as_slice(), self.tail.as_slice()])
    }

    /// True if texts are looked for between its stars.
    pub(crate) fn has_pieces(&self) -> bool {
        !self.middle.is_empty()
    }

    /// False if a piece stands nowhere in a text of these letters.
    pub(crate) fn may_match(&self, letters: &Trigrams) -> bool {
        self.middle.iter().all(|piece| letters.may_have(&piece.windows))
    }

    #[inline(never)]
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        let Some((head, rest)) = text.split_at_checked(self.head.len()) else {
            return false;
        };
        let Some((mut rest, tail)) =
            rest.len().checked_sub(self.tail.len()).and_then(|at| rest.split_at_checked(at))
        else {
            return false;
        };
        if !is_folded(&self.head, head) || !is_folded(&self.tail, tail) {
            return false;
        }
        for piece in &self.middle {
            let Some(behind) = piece.find(rest) else {
                return false;
            };
            rest = behind;
        }
        true
    }
}

impl Piece {
    fn new(text: Vec<u8>) -> Piece {
        let (head, windows) = (Head::of(&text), Windows::of(&text));
        Piece { text, head, windows, back: OnceLock::new() }
    }

    /// How much of the beginning matches with one more letter.
    #[inline(always)]
    fn step(&self, matched: usize, byte: u8) -> usize {
        if self.text.get(matched) == Some(&byte) {
            matched.wrapping_add(1)
        } else if matched == 0 {
            0
        } else {
            step_by(&self.text, self.back.get_or_init(|| back(&self.text)), matched, byte)
        }
    }

    /// Text after its first occurrence.
    fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let first = *self.text.first()?;
        let head = self.head;
        let (mut at, mut matched) = (0usize, 0usize);
        loop {
            // Where nothing matches yet, the next place is where its first letters stand.
            if matched == 0 && first != 0 {
                at = find_letter(text, first, at);
                while at < text.len() && !head.stands_at(text, at) {
                    at = find_letter(text, first, at.wrapping_add(1));
                }
            }
            matched = self.step(matched, text.get(at)?.to_ascii_lowercase());
            at = at.wrapping_add(1);
            if matched == self.text.len() {
                return text.get(at..);
            }
        }
    }
}

/// See `Piece::back`.
#[inline(never)]
fn back(text: &[u8]) -> Vec<usize> {
    // Where the first letter stands nowhere else, no other place is a beginning.
    if !text.split_first().is_some_and(|(first, rest)| rest.contains(first)) {
        return Vec::new();
    }
    let mut back = Vec::with_capacity(text.len());
    let mut matched = 0;
    for (at, byte) in text.iter().enumerate() {
        matched = if at == 0 { 0 } else { step_by(text, &back, matched, *byte) };
        back.push(matched);
    }
    back
}

fn step_by(text: &[u8], back: &[usize], mut matched: usize, byte: u8) -> usize {
    while matched > 0 && text.get(matched) != Some(&byte) {
        matched = back.get(matched.wrapping_sub(1)).copied().unwrap_or_default();
    }
    matched.wrapping_add(usize::from(text.get(matched) == Some(&byte)))
}

/// The first eight bytes of a text, folded so that the case of letters does not count; of those beyond its end no bit is set in `mask`. Other bytes may become one.
#[derive(Clone, Copy, Debug)]
struct Head {
    word: u64,
    mask: u64,
}

/// Letters in lower case; of other bytes some become one.
pub(crate) const FOLD: u64 = 0x2020_2020_2020_2020;

impl Head {
    fn of(text: &[u8]) -> Head {
        let mask = match text.len() {
            len @ 0..8 => !u64::MAX.wrapping_shl((len as u32).wrapping_mul(8)),
            _ => u64::MAX,
        };
        Head { word: (partial_word(text) | FOLD) & mask, mask }
    }

    /// False if the text does not begin there.
    #[inline(always)]
    fn stands_at(self, text: &[u8], at: usize) -> bool {
        (word_within(text, at) | FOLD) & self.mask == self.word
    }
}

/// Stands for a star that is meant as such; no UTF-8 text holds it.
const STAR: u8 = 0xff;

/// With `\*` as one byte.
fn starred(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if bytes.next_if_eq(&b'*').is_some() => out.push(STAR),
            _ => out.push(byte),
        }
    }
    out
}

fn unstarred(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if *byte == STAR { b'*' } else { *byte }).collect()
}

/// In small letters and as JSON has it between quotes, which is how fields hold text.
pub(crate) fn folded(pattern: &str) -> Vec<u8> {
    struct Escaped(Vec<u8>);
    impl Sink for Escaped {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut out = Escaped(Vec::new());
    escape(pattern.as_bytes(), &mut out);
    out.0.make_ascii_lowercase();
    out.0
}

/// True if the text is the folded one of the same length, in whatever case. Eight bytes at a time; the last ones overlap those before.
pub(crate) fn is_folded(folded: &[u8], text: &[u8]) -> bool {
    let is_so = |one: &[u8; 8], other: &[u8; 8]| {
        u64::from_le_bytes(*one) == lower(u64::from_le_bytes(*other))
    };
    match (folded.last_chunk(), text.last_chunk()) {
        (Some(last), Some(other)) if folded.len() == text.len() => {
            let ((words, _), (others, _)) = (folded.as_chunks(), text.as_chunks());
            words.iter().zip(others).all(|(one, other)| is_so(one, other)) && is_so(last, other)
        }
        _ => folded.iter().zip(text).all(|(small, byte)| *small == byte.to_ascii_lowercase()),
    }
}

fn compare(folded: &[u8], text: &[u8]) -> Ordering {
    let mut at = 0usize;
    while let (Some(one), Some(other)) = (word_at(folded, at), word_at(text, at)) {
        let other = lower(other);
        if one != other {
            return in_order(one, other);
        }
        at = at.wrapping_add(8);
    }
    let rest = |text: &[u8]| partial_word(text.get(at..).unwrap_or_default());
    // Of two that are the same up to where one ends, that one is less.
    in_order(rest(folded), lower(rest(text))).then(folded.len().cmp(&text.len()))
}

/// The order of two words by their first byte that differs.
#[inline(always)]
fn in_order(one: u64, other: u64) -> Ordering {
    let byte = (one ^ other).trailing_zeros() & 56;
    (one.wrapping_shr(byte) as u8).cmp(&(other.wrapping_shr(byte) as u8))
}

/// With capital letters as small ones.
#[inline(always)]
fn lower(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7f * EACH);
    // The upmost bit of each byte tells; no sum carries into the next byte.
    let is_capital = low.wrapping_add(0x3f * EACH) & !low.wrapping_add(0x25 * EACH) & !word;
    word | (is_capital & (0x80 * EACH)).wrapping_shr(2)
}

/// Addresses, ranges of them (`203.0.113.0/24`), and patterns of their text.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    ranges: Vec<Range>,
    patterns: Patterns,
}

impl Origins {
    pub fn new<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Origins {
        let mut made = Origins::default();
        let mut names = Vec::new();
        for origin in origins {
            match Range::read(origin.as_ref()) {
                Some(range) => made.ranges.push(range),
                None => names.push(origin),
            }
        }
        made.patterns = Patterns::new(names);
        made
    }

    /// Problem, if there is one.
    pub fn check(origin: &str) -> Result<(), String> {
        if origin.contains('/') && Range::read(origin).is_none() {
            Err(format!("`{origin}` is not a range of addresses"))
        } else {
            Ok(())
        }
    }

    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.patterns.is_empty()
    }

    pub fn is_match(&self, text: &[u8]) -> bool {
        let in_range = |address| self.ranges.iter().any(|range| range.has(address));
        let is_within = || address::parse(text).is_some_and(in_range);
        (!self.ranges.is_empty() && is_within()) || self.patterns.is_match(text)
    }
}

crate::stored::stored!(struct Patterns { exact, heads, tails, globs, spelling });
crate::stored::stored!(struct Parts { lengths, texts });
crate::stored::stored!(struct Glob { head, middle, tail });

/// By its text: the rest takes longer to load than to compute.
impl Stored for Piece {
    fn store(&self, out: &mut Vec<u8>) {
        self.text.store(out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Piece> {
        Some(Piece::new(<Vec<u8>>::load(from)?))
    }
}

crate::stored::stored!(struct Origins { ranges, patterns });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_and_case_does_not_matter() {
        for (pattern, text, is_match) in [
            ("alice", "Alice", true),
            ("alice", "alice2", false),
            ("svc-*", "SVC-backup", true),
            ("svc-*", "my-svc-backup", false),
            ("*@example.com", "bob@EXAMPLE.com", true),
            ("*@example.com", "bob@example.com.evil.test", false),
            ("*", "anything", true),
            ("**", "x", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*aab*", "aaaab", true),
            ("*abab*abab*", "ababab", false),
            ("*abab*abab*", "abababab", true),
            ("*abacabad*", "xabacabacabady", true),
            ("corp\\*", "CORP\\\\alice", true),
            ("say \"hi\"", "say \\\"hi\\\"", true),
            ("é*", "école", true),
        ] {
            assert_eq!(
                Patterns::new([pattern]).is_match(text.as_bytes()),
                is_match,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn nothing_matches_the_empty_text_and_no_pattern_matches_nothing() {
        assert!(!Patterns::new(["*"]).is_match(b""));
        assert!(Patterns::new([""; 0]).is_empty());
        assert!(!Patterns::default().is_match(b"x"));
    }

    #[test]
    fn beginnings_and_endings_are_found_among_many() {
        let patterns = Patterns::new(
            (0..2000).flat_map(|n| [format!("Team{n}-*"), format!("*@Site{n}.example")]),
        );
        for (text, is_match) in [
            ("team7-build", true),
            ("TEAM1999-", true),
            ("team2000-build", false),
            ("team7", false),
            ("eve@site1234.example", true),
            ("@SITE0.example", true),
            ("eve@site1234.example.test", false),
            ("eve@site2000.example", false),
        ] {
            assert_eq!(patterns.is_match(text.as_bytes()), is_match, "{text}");
        }
        assert!(patterns.globs.is_empty(), "none is looked at one by one");
        assert_eq!((patterns.heads.lengths.len(), patterns.tails.lengths.len()), (4, 4));
    }

    #[test]
    fn texts_compare_as_their_bytes_do() {
        let all: Vec<Vec<u8>> = (0..=255u8)
            .flat_map(|byte| {
                [vec![byte], vec![b'a', byte, 0], [&b"eight ab"[..], &[byte]].concat()]
            })
            .chain(
                [&b""[..], b"abc", b"abcd", b"abcdefgh", b"abcdefghi", b"abcdefgz"].map(Vec::from),
            )
            .collect();
        for one in &all {
            for other in &all {
                let expected = one.iter().copied().cmp(other.iter().map(u8::to_ascii_lowercase));
                assert_eq!(compare(one, other), expected, "{one:?} {other:?}");
            }
        }
        let (texts, mut stored) = (Texts::new(all.clone()), Vec::new());
        texts.store(&mut stored);
        let loaded = Texts::load(&mut stored.as_slice());
        let loaded = loaded.unwrap();
        for text in &all {
            let is_held = all.contains(&text.to_ascii_lowercase());
            assert_eq!((texts.holds(text), loaded.holds(text)), (is_held, is_held), "{text:?}");
        }
        assert!(texts.iter().eq(loaded.iter()) && !texts.holds(b"no such text"));
    }

    #[test]
    fn many_names_are_found_among_each_other() {
        let names: Vec<String> = (0..1000).map(|n| format!("User{n:04}")).collect();
        let patterns = Patterns::new(&names);
        assert!(names.iter().all(|name| patterns.is_match(name.to_uppercase().as_bytes())));
        assert!(!patterns.is_match(b"user1000") && !patterns.is_match(b"user"));
    }

    /// As a plain search forevery way to place the stars finds it.
    #[test]
    fn matches_what_trying_everything_matches() {
        fn by_trial(pattern: &[u8], text: &[u8]) -> bool {
            match pattern {
                [] => text.is_empty(),
                [b'*', rest @ ..] => (0..=text.len()).any(|at| by_trial(rest, &text[at..])),
                [byte, rest @ ..] => text.first() == Some(byte) && by_trial(rest, &text[1..]),
            }
        }
        let word = |letters: &[u8], mut n: usize, len: usize| -> String {
            (0..len)
                .map(|_| {
                    let letter = letters[n % letters.len()] as char;
                    n /= letters.len();
                    letter
                })
                .collect()
        };
        for n in 0..243 {
            let pattern = word(b"ab*", n, 5);
            let patterns = Patterns::new([&pattern]);
            for m in 0..128 {
                let text = word(b"ab", m, 7);
                assert_eq!(
                    patterns.is_match(text.as_bytes()),
                    by_trial(pattern.as_bytes(), text.as_bytes()),
                    "{pattern} {text}"
                );
            }
        }
    }

    #[test]
    fn addresses_and_ranges() {
        let origins = Origins::new([
            "203.0.113.0/24",
            "2001:db8::/32",
            "198.51.100.7",
            "*.example.com",
            "10.*",
        ]);
        for (text, is_match) in [
            ("203.0.113.255", true),
            ("203.0.114.0", false),
            ("::ffff:203.0.113.9", true),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("198.51.100.7", true),
            ("198.51.100.70", false),
            ("host.example.com", true),
            ("10.1.2.3", true),
            ("", false),
        ] {
            assert_eq!(origins.is_match(text.as_bytes()), is_match, "{text}");
        }
        assert!(
            Origins::new(["0.0.0.0/0"]).is_match(b"192.0.2.1")
                && !Origins::new(["0.0.0.0/0"]).is_match(b"2001:db8::1")
        );
        assert!(
            Origins::check("203.0.113.0/33").is_err()
                && Origins::check("a/8").is_err()
                && Origins::check("host-*").is_ok()
        );
    }
}
