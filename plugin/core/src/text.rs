//! JSON text: escaping, unescaping, UTF-8. Eight bytes at a time where nothing needs care.

/// Takes bytes and does not fail: a full sink remembers that it was full.
pub trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

/// Memory for more could not be had.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// Appends, growing the vector only where memory can be had.
#[inline]
pub fn put(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Full> {
    if out.capacity().wrapping_sub(out.len()) < bytes.len() {
        grow(bytes.len(), out)?;
    }
    out.extend_from_slice(bytes);
    Ok(())
}

#[cold]
#[inline(never)]
fn grow(more: usize, out: &mut Vec<u8>) -> Result<(), Full> {
    out.try_reserve(more).map_err(|_| Full)
}

struct Growing<'a> {
    out: &'a mut Vec<u8>,
    full: bool,
}

impl Sink for Growing<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.full = self.full || put(bytes, self.out).is_err();
    }
}

/// Appends `content` (UTF-8) as a JSON string.
pub fn quote(content: &[u8], out: &mut Vec<u8>) -> Result<(), Full> {
    let mut sink = Growing { out, full: false };
    sink.put(b"\"");
    escape(content, &mut sink);
    sink.put(b"\"");
    if sink.full { Err(Full) } else { Ok(()) }
}

const ONES: u64 = 0x0101_0101_0101_0101;
pub const HIGHS: u64 = 0x8080_8080_8080_8080;
const BLANKS: u64 = 0x2020_2020_2020_2020;

/// Marks, by its high bit, each byte of the word that ends a plain run of a JSON string: a quote, a backslash, a control
/// character, a byte beyond ASCII. The lowest mark is exact; those above it may be false.
#[inline(always)]
pub fn specials(word: u64) -> u64 {
    // A quote takes the blank's place here, right behind the control characters. Bytes beyond ASCII are marked by the one or the other.
    let quote_or_control = (word ^ 0x0202_0202_0202_0202).wrapping_sub(0x2121_2121_2121_2121);
    let backslash = (word ^ 0x5c5c_5c5c_5c5c_5c5c).wrapping_sub(ONES);
    (quote_or_control | backslash) & HIGHS
}

/// The eight bytes at `at` as a little-endian word.
#[inline(always)]
pub fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let chunk = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*chunk))
}

/// Equality of two texts, sixteen bytes at a time; the last ones overlap those before them.
#[inline(always)]
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(last_a), Some(last_b)) = (a.last_chunk::<16>(), b.last_chunk::<16>()) {
        let (strides_a, _) = a.as_chunks::<16>();
        let (strides_b, _) = b.as_chunks::<16>();
        return u128::from_le_bytes(*last_a) == u128::from_le_bytes(*last_b)
            && strides_a
                .iter()
                .zip(strides_b)
                .all(|(a, b)| u128::from_le_bytes(*a) == u128::from_le_bytes(*b));
    }
    match word_at(a, 0) {
        Some(first) => word_at(b, 0) == Some(first) && a.last_chunk::<8>() == b.last_chunk::<8>(),
        None => partial_word(a) == partial_word(b),
    }
}

/// Up to eight bytes at `at` as a little-endian word, zeros where the text ends before.
#[inline(always)]
pub fn word_within(text: &[u8], at: usize) -> u64 {
    match word_at(text, at) {
        Some(word) => word,
        None => last_word(text, at),
    }
}

/// As above, at the end of the text: the last eight bytes hold it.
#[inline(never)]
fn last_word(text: &[u8], at: usize) -> u64 {
    let Some(left) = text.len().checked_sub(at).filter(|left| *left > 0) else {
        return 0;
    };
    match text.len().checked_sub(8).and_then(|last| word_at(text, last)) {
        Some(word) => word.wrapping_shr(64u32.wrapping_sub((left as u32).wrapping_mul(8))),
        None => partial_word(text.get(at..).unwrap_or_default()),
    }
}

/// The word's bytes that are `byte`, marked by their high bits. The lowest mark is exact; those above it may be false.
#[inline(always)]
pub fn equals(word: u64, byte: u8) -> u64 {
    let differs = word ^ u64::from(byte).wrapping_mul(ONES);
    differs.wrapping_sub(ONES) & !differs & HIGHS
}

/// As above, exact for every byte: what differs from `byte` does so within seven bits, or in the eighth, and no borrow passes from one to the next.
#[inline(always)]
pub fn exactly(word: u64, byte: u8) -> u64 {
    let differs = word ^ u64::from(byte).wrapping_mul(ONES);
    !((differs & !HIGHS).wrapping_add(!HIGHS) | differs) & HIGHS
}

/// Which of the word's bytes the lowest mark is at.
#[inline(always)]
pub fn first_mark(marks: u64) -> usize {
    marks.trailing_zeros().wrapping_shr(3) as usize
}

/// Where `byte`, which is not 0, stands first from `from` on; the text's length where it does not.
#[inline]
pub fn find_byte(text: &[u8], byte: u8, from: usize) -> usize {
    find_marked(text, from, |word| equals(word, byte))
}

/// Where one of the two stands first from `from` on; the text's length where neither does. None of them is 0.
#[inline]
pub fn find_either(text: &[u8], one: u8, other: u8, from: usize) -> usize {
    find_marked(text, from, |word| equals(word, one) | equals(word, other))
}

/// Where a byte stands first from `from` on that is no digit and none of the signs and letters behind the digits; the text's length where none does.
#[inline]
pub fn find_below_digits(text: &[u8], from: usize) -> usize {
    let below = |word: u64| !((word & !HIGHS).wrapping_add(ONES.wrapping_mul(0x50)) | word) & HIGHS;
    find_marked(text, from, below).min(text.len())
}

/// Where the small letter, which is not 0, stands first from `from` on, in either case; the text's length where it does not.
pub fn find_letter(text: &[u8], small: u8, from: usize) -> usize {
    let large = small.to_ascii_uppercase();
    find_marked(text, from, |word| equals(word, small) | equals(word, large))
}

/// Where the first byte stands that is marked in its word; a last word is filled up with zeros.
#[inline(always)]
fn find_marked(text: &[u8], from: usize, marked: impl Fn(u64) -> u64) -> usize {
    let Some(tail) = text.get(from..) else {
        return text.len();
    };
    let (words, rest) = tail.as_chunks::<8>();
    let mut at = from;
    for word in words {
        let marks = marked(u64::from_le_bytes(*word));
        if marks != 0 {
            return at.wrapping_add(first_mark(marks));
        }
        at = at.wrapping_add(8);
    }
    if rest.is_empty() {
        return text.len();
    }
    match marked(last_word(text, at)) {
        0 => text.len(),
        marks => at.wrapping_add(first_mark(marks)),
    }
}

/// Pairs of bytes that begin within a word.
const PAIRS: usize = 7;

/// The first that is made of a place, from `from` on, where the two bytes stand side by side. Of text of one sign again and again, a pair tells more than a byte.
#[inline(always)]
pub fn find_pair<T>(
    text: &[u8],
    [first, second]: [u8; 2],
    from: usize,
    made: impl Fn(usize) -> Option<T>,
) -> Option<T> {
    let mut at = from;
    // A last word is filled up with zeros.
    while at.wrapping_add(1) < text.len() {
        let mut marks = marked_pairs(word_within(text, at), first, second);
        while marks != 0 {
            if let Some(made) = made(at.wrapping_add(first_mark(marks))) {
                return Some(made);
            }
            marks &= marks.wrapping_sub(1);
        }
        at = at.wrapping_add(PAIRS);
    }
    None
}

/// Marks the first of the two bytes where they stand side by side. Marks above the lowest may be false.
#[inline(always)]
fn marked_pairs(word: u64, first: u8, second: u8) -> u64 {
    equals(word, first) & equals(word, second).wrapping_shr(8)
}

/// Where the piece stands first from `from` on.
#[inline(never)]
pub fn find_piece(text: &[u8], piece: &[u8], from: usize) -> Option<usize> {
    match *piece {
        [] => None,
        [only] => Some(find_byte(text, only, from)).filter(|at| *at < text.len()),
        [first, second, ..] => find_pair(text, [first, second], from, |at| {
            text.get(at..).is_some_and(|tail| tail.starts_with(piece)).then_some(at)
        }),
    }
}

/// True if the piece stands in the text, whatever the letters' case.
pub fn has_ignoring_case(text: &[u8], piece: &[u8]) -> bool {
    !piece.is_empty() && text.windows(piece.len()).any(|part| part.eq_ignore_ascii_case(piece))
}

/// Where the piece stands last.
#[inline(never)]
pub fn find_last_piece(text: &[u8], piece: &[u8]) -> Option<usize> {
    let [first, ref others @ ..] = *piece else { return None };
    let stands_at = |at: usize| text.get(at..).is_some_and(|tail| tail.starts_with(piece));
    let mut end = text.len();
    while let Some(at) = end.checked_sub(8) {
        let word = word_within(text, at);
        let mut marks = match others.first() {
            Some(second) => marked_pairs(word, first, *second),
            None => equals(word, first),
        };
        while marks != 0 {
            let bit = 63u32.wrapping_sub(marks.leading_zeros());
            let place = at.wrapping_add(bit.wrapping_shr(3) as usize);
            if stands_at(place) {
                return Some(place);
            }
            marks ^= 1u64.wrapping_shl(bit);
        }
        end = at.wrapping_add(8).wrapping_sub(PAIRS);
    }
    (0..end).rev().find(|at| stands_at(*at))
}

/// True if the text can stand between the quotes of a JSON string as it is.
#[inline]
pub fn is_plain(text: &[u8]) -> bool {
    has_none(text, specials)
}

/// As above, and `byte` does not stand in it.
#[inline]
pub fn is_plain_without(text: &[u8], byte: u8) -> bool {
    // Bytes beyond ASCII, which this may mark too, are special themselves.
    let marks = |word: u64| (word ^ u64::from(byte).wrapping_mul(ONES)).wrapping_sub(ONES) & HIGHS;
    has_none(text, |word| specials(word) | marks(word))
}

/// Marks the word's bytes that are no digits. The lowest mark is exact, and so are those above it.
#[inline(always)]
pub fn not_digits(word: u64) -> u64 {
    let digits = word ^ 0x3030_3030_3030_3030;
    // What is no digit is above 9 now.
    ((digits & !HIGHS).wrapping_add(0x7676_7676_7676_7676) | digits) & HIGHS
}

/// How many digits stand at the beginning.
#[inline]
pub fn digits_len(text: &[u8]) -> usize {
    let mut at = 0usize;
    while at < text.len() {
        let len = first_mark(not_digits(word_within(text, at)));
        at = at.wrapping_add(len);
        if len < 8 {
            break;
        }
    }
    at
}

/// Digits as a number that JSON parsers keep exactly.
pub fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0i64, |number, &digit| {
        digit.is_ascii_digit().then(|| number.wrapping_mul(10).wrapping_add(i64::from(digit & 15)))
    })
}

/// How long the plain run at the beginning is.
#[inline(always)]
pub fn plain_len(text: &[u8]) -> usize {
    let (words, _) = text.as_chunks::<8>();
    let mut at = 0usize;
    for word in words {
        let marks = specials(u64::from_le_bytes(*word));
        if marks != 0 {
            return at.wrapping_add(first_mark(marks));
        }
        at = at.wrapping_add(8);
    }
    // What is missing behind the last bytes is not plain either.
    at.wrapping_add(first_mark(specials(word_within(text, at))))
}

/// True if `byte`, which is no blank, stands in the text.
#[inline]
pub fn has_byte(text: &[u8], byte: u8) -> bool {
    !has_none(text, |word| equals(word, byte))
}

/// True if nothing is marked in the text. Four words at a time; the last ones overlap those before.
#[inline(always)]
fn has_none(text: &[u8], marks: impl Fn(u64) -> u64) -> bool {
    const STRIDE: usize = 32;
    let is_clean = |stride: &[u8; STRIDE]| {
        let (words, _) = stride.as_chunks::<8>();
        words.iter().fold(0, |all, word| all | marks(u64::from_le_bytes(*word))) == 0
    };
    if let Some(last) = text.last_chunk::<STRIDE>() {
        let (strides, _) = text.as_chunks::<STRIDE>();
        return strides.iter().all(is_clean) && is_clean(last);
    }
    if let Some(last) = text.last_chunk::<8>() {
        let (words, _) = text.as_chunks::<8>();
        let is_clean = |word: &[u8; 8]| marks(u64::from_le_bytes(*word)) == 0;
        return words.iter().all(is_clean) && is_clean(last);
    }
    // Blanks take the place of what is missing.
    let blanks = BLANKS.wrapping_shl((text.len() as u32).wrapping_mul(8));
    marks(partial_word(text) | blanks) == 0
}

/// Where `byte`, which is not 0, stands last before `end`.
#[inline]
pub fn rfind_byte(text: &[u8], byte: u8, end: usize) -> Option<usize> {
    let mut end = end.min(text.len());
    loop {
        let start = end.saturating_sub(8);
        let word = match word_at(text, start) {
            // What stands behind `end` is shifted out.
            Some(word) => word.wrapping_shl(
                64u32.wrapping_sub((end.wrapping_sub(start) as u32).wrapping_mul(8)) & 63,
            ),
            None => return text.get(..end)?.iter().rposition(|other| *other == byte),
        };
        if end == start {
            return None;
        }
        // The highest is wanted: every mark must be exact.
        let marks = exactly(word, byte);
        if marks != 0 {
            return end
                .checked_sub((marks.leading_zeros().wrapping_shr(3) as usize).wrapping_add(1));
        }
        end = start;
    }
}

/// True if the text begins with this word. Slices are compared byte by byte in an interpreter; words of a known length are not.
#[inline(always)]
pub fn begins<const N: usize>(text: &[u8], word: &[u8; N]) -> bool {
    text.first_chunk::<N>().is_some_and(|head| is_same_chunk(head, word))
}

/// True if the text ends with this word.
#[inline(always)]
pub fn ends<const N: usize>(text: &[u8], word: &[u8; N]) -> bool {
    text.last_chunk::<N>().is_some_and(|tail| is_same_chunk(tail, word))
}

/// Text after this word, where the text begins with it.
#[inline(always)]
pub fn behind<'t, const N: usize>(text: &'t [u8], word: &[u8; N]) -> Option<&'t [u8]> {
    let (head, rest) = text.split_first_chunk::<N>()?;
    is_same_chunk(head, word).then_some(rest)
}

#[inline(always)]
fn is_same_chunk<const N: usize>(a: &[u8; N], b: &[u8; N]) -> bool {
    if let (Some(last_a), Some(last_b)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        let (words_a, _) = a.as_chunks::<8>();
        let (words_b, _) = b.as_chunks::<8>();
        let is_same = words_a
            .iter()
            .zip(words_b)
            .all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b));
        return is_same && u64::from_le_bytes(*last_a) == u64::from_le_bytes(*last_b);
    }
    if let (Some(first_a), Some(first_b), Some(last_a), Some(last_b)) =
        (a.first_chunk::<4>(), b.first_chunk::<4>(), a.last_chunk::<4>(), b.last_chunk::<4>())
    {
        return u32::from_le_bytes(*first_a) == u32::from_le_bytes(*first_b)
            && u32::from_le_bytes(*last_a) == u32::from_le_bytes(*last_b);
    }
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Fewer than eight bytes as a little-endian word; more are cut.
#[inline]
pub fn partial_word(bytes: &[u8]) -> u64 {
    let bytes = bytes.get(..8).unwrap_or(bytes);
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // What both hold is the same.
        let shift = (bytes.len() as u32).wrapping_sub(4).wrapping_mul(8);
        return u64::from(u32::from_le_bytes(*first))
            | u64::from(u32::from_le_bytes(*last)).wrapping_shl(shift);
    }
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        _ => 0,
    }
}

/// Writes the content of a JSON string, escaping what must be: quotes, backslashes, control characters.
pub fn escape(content: &[u8], out: &mut impl Sink) {
    let (mut from, mut at) = (0usize, 0usize);
    loop {
        // Bytes beyond ASCII are plain here: only quotes, backslashes and control characters end a run, and what is missing behind the last bytes.
        while at < content.len() {
            let word = word_within(content, at);
            let marks = specials(word & !HIGHS | (word & HIGHS).wrapping_shr(1));
            if marks != 0 {
                at = at.wrapping_add(first_mark(marks));
                break;
            }
            at = at.wrapping_add(8);
        }
        let Some(&byte) = content.get(at) else { break };
        let mut next = at.wrapping_add(1);
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            if from < at {
                out.put(content.get(from..at).unwrap_or_default());
            }
            match byte {
                b'"' => out.put(b"\\\""),
                b'\\' => {
                    // Text that was wrapped often has many of them together.
                    let tail = content.get(at..).unwrap_or_default();
                    let len = backslashes(tail.get(..BACKSLASHES.len()).unwrap_or(tail));
                    let signs = BACKSLASHES.get(..len).unwrap_or_default();
                    out.put(signs);
                    out.put(signs);
                    next = at.wrapping_add(len);
                }
                b'\n' => out.put(b"\\n"),
                b'\r' => out.put(b"\\r"),
                b'\t' => out.put(b"\\t"),
                _ => out.put(&[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    hex_digit(byte.wrapping_shr(4)),
                    hex_digit(byte & 15),
                ]),
            }
            from = next;
        }
        at = next;
    }
    out.put(content.get(from..).unwrap_or_default());
}

const BACKSLASHES: &[u8; 64] = &[b'\\'; 64];

/// How many backslashes the text begins with.
#[inline]
pub fn backslashes(text: &[u8]) -> usize {
    let mut at = 0usize;
    while word_at(text, at) == Some(u64::from_le_bytes([b'\\'; 8])) {
        at = at.wrapping_add(8);
    }
    while text.get(at) == Some(&b'\\') {
        at = at.wrapping_add(1);
    }
    at
}

fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0'.wrapping_add(nibble),
        _ => b'a'.wrapping_sub(10).wrapping_add(nibble & 15),
    }
}

/// The beginning of a JSON string's content, at most so many bytes, not cut within a character or an escape.
pub fn cut(content: &[u8], most: usize) -> &[u8] {
    let is_within = |at: usize| {
        let in_character = content.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        in_character
            || content.get(at.saturating_sub(6)..at).is_some_and(|before| before.contains(&b'\\'))
    };
    let mut end = content.len().min(most);
    while end < content.len() && end > 0 && is_within(end) {
        end = end.saturating_sub(1);
    }
    content.get(..end).unwrap_or_default()
}

/// A number as 16 hexadecimal digits.
pub fn hex16(value: u64) -> [u8; 16] {
    let mut digits = [0u8; 16];
    let (high, low) = digits.split_at_mut(8);
    high.copy_from_slice(&hex8(value.wrapping_shr(32) as u32));
    low.copy_from_slice(&hex8(value as u32));
    digits
}

/// Eight digits at once: each nibble in a byte of its own, the first one lowest, then made a digit or a letter.
fn hex8(value: u32) -> [u8; 8] {
    let mut x = u64::from(value.swap_bytes());
    x = (x | x.wrapping_shl(16)) & 0x0000_ffff_0000_ffff;
    x = (x | x.wrapping_shl(8)) & 0x00ff_00ff_00ff_00ff;
    x = (x.wrapping_shr(4) | x.wrapping_shl(8)) & 0x0f0f_0f0f_0f0f_0f0f;
    let is_letter = x.wrapping_add(0x0606_0606_0606_0606).wrapping_shr(4) & ONES;
    x.wrapping_add(0x3030_3030_3030_3030).wrapping_add(is_letter.wrapping_mul(0x27)).to_le_bytes()
}

/// The value of 4 hexadecimal digits.
pub fn hex4(digits: &[u8]) -> Option<u32> {
    hex(digits.first_chunk::<4>()?)
}

/// The value of hexadecimal digits, at most eight.
pub fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, digit| {
        Some(value.wrapping_shl(4) | char::from(*digit).to_digit(16)?)
    })
}

/// Appends what the content of a valid JSON string means. Malformed escapes, which the scanner lets no one see, are kept as they stand.
pub fn unescape(content: &[u8], out: &mut Vec<u8>) -> Result<(), Full> {
    out.try_reserve(content.len()).map_err(|_| Full)?;
    let mut rest = content;
    loop {
        let at = find_byte(rest, b'\\', 0);
        let Some((plain, escape)) = rest.split_at_checked(at).filter(|_| at < rest.len()) else {
            return put(rest, out);
        };
        if !plain.is_empty() {
            put(plain, out)?;
        }
        rest = match escape {
            // Text that was wrapped often has many of them together: half of them are meant.
            [b'\\', b'\\', ..] => {
                let pairs = backslashes(escape) / 2;
                let (signs, behind) =
                    escape.split_at_checked(pairs.wrapping_mul(2)).unwrap_or_default();
                put(signs.get(..pairs).unwrap_or_default(), out)?;
                behind
            }
            [b'\\', b'"', behind @ ..] => {
                // There is room: what is meant is no longer than what is written.
                out.push(b'"');
                behind
            }
            _ => unescape_one(escape, out)?,
        };
    }
}

/// The code that a pair of surrogates stands for.
pub fn joined(high: u32, low: u32) -> u32 {
    (high & 0x3ff).wrapping_shl(10).wrapping_add(low & 0x3ff).wrapping_add(0x1_0000)
}

/// One escape at the start of `text`; gives what follows it.
fn unescape_one<'a>(text: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Full> {
    let after = |n: usize| text.get(n..).unwrap_or_default();
    let plain = match text.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'u') => {
            let Some(first) = hex4(after(2)) else {
                put(text, out)?;
                return Ok(b"");
            };
            let (code, used) = match (first, after(6)) {
                (0xd800..=0xdbff, [b'\\', b'u', low @ ..]) => {
                    (joined(first, hex4(low).unwrap_or_default()), 12)
                }
                _ => (first, 6),
            };
            let mut utf8 = [0u8; 4];
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            put(character.encode_utf8(&mut utf8).as_bytes(), out)?;
            return Ok(after(used));
        }
        Some(&other @ (b'"' | b'\\' | b'/')) => other,
        // No escape of JSON's, as nginx's `\x22`: as it stands.
        Some(&other) => {
            put(&[b'\\', other], out)?;
            return Ok(after(2));
        }
        None => {
            put(text, out)?;
            return Ok(b"");
        }
    };
    put(&[plain], out)?;
    Ok(after(2))
}

/// How long the UTF-8 sequence at the start of `bytes` is (RFC 3629: no overlong forms, no surrogates); `None` where it is not valid.
pub fn utf8_len(bytes: &[u8]) -> Option<usize> {
    let continues = |byte: u8| byte & 0xc0 == 0x80;
    match *bytes {
        [0x00..=0x7f, ..] => Some(1),
        [0xc2..=0xdf, b, ..] if continues(b) => Some(2),
        [0xe0, 0xa0..=0xbf, c, ..] if continues(c) => Some(3),
        [0xe1..=0xec | 0xee..=0xef, b, c, ..] if continues(b) && continues(c) => Some(3),
        [0xed, 0x80..=0x9f, c, ..] if continues(c) => Some(3),
        [0xf0, 0x90..=0xbf, c, d, ..] if continues(c) && continues(d) => Some(4),
        [0xf1..=0xf3, b, c, d, ..] if continues(b) && continues(c) && continues(d) => Some(4),
        [0xf4, 0x80..=0x8f, c, d, ..] if continues(c) && continues(d) => Some(4),
        _ => None,
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that base64 stands for.
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(digits.len()).ok()?;
    for group in digits.chunks(4) {
        let mut word = 0u32;
        for digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit.wrapping_sub(b'A'),
                b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
                b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            word = word << 6 | u32::from(value);
        }
        match group.len() {
            4 => bytes.extend_from_slice(word.to_be_bytes().get(1..)?),
            3 => bytes.extend_from_slice((word >> 2).to_be_bytes().get(2..)?),
            2 => bytes.extend_from_slice((word >> 4).to_be_bytes().get(3..)?),
            _ => return None,
        }
    }
    Some(bytes)
}

/// Writes bytes as base64 (RFC 4648 section 4, padded).
pub fn base64(bytes: &[u8], out: &mut impl Sink) {
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or_default());
        let bits = byte(0).wrapping_shl(16) | byte(1).wrapping_shl(8) | byte(2);
        let digit = |i: usize, shift: u32| match chunk.len() >= i {
            true => BASE64.get((bits.wrapping_shr(shift) & 63) as usize).copied().unwrap_or(b'='),
            false => b'=',
        };
        out.put(&[digit(1, 18), digit(1, 12), digit(2, 6), digit(3, 0)]);
    }
}

/// Replaces what stands from `start` on by what it means, where it is an object in base64, of either alphabet; true if it is.
pub fn decode_base64(text: &mut Vec<u8>, start: usize) -> bool {
    let encoded = text.get(start..).unwrap_or_default().trim_ascii_end();
    let padding = encoded.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = encoded.get(..encoded.len().saturating_sub(padding)).unwrap_or_default();
    // The eight bits of an opening brace are the letter `e` and the first two of another.
    let is_brace =
        matches!(digits, [b'e', second, ..] if six_bits(*second).is_some_and(|bits| bits >= 48));
    if !is_brace || digits.len() < 3 || digits.len() % 4 == 1 {
        return false;
    }
    if !digits.iter().all(|&byte| six_bits(byte).is_some()) {
        return false;
    }
    let (mut from, end, mut to) = (start, start.saturating_add(digits.len()), start);
    let (mut bits, mut count) = (0u32, 0u32);
    while from < end {
        let digit = text.get(from).copied().and_then(six_bits).unwrap_or_default();
        (bits, count) = (bits.wrapping_shl(6) | u32::from(digit), count.wrapping_add(6));
        if count >= 8 {
            count = count.wrapping_sub(8);
            if let Some(place) = text.get_mut(to) {
                *place = bits.wrapping_shr(count) as u8;
            }
            to = to.wrapping_add(1);
        }
        from = from.wrapping_add(1);
    }
    text.truncate(to);
    true
}

fn six_bits(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(digit.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0').wrapping_add(52)),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);
    impl Sink for Bytes {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn quoted(content: &str) -> String {
        let mut out = Vec::new();
        quote(content.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pieces_are_found_where_they_stand_first_and_last() {
        let pieces =
            ["a", "ab", "ba", "aa", "\u{1}a", " a", "abab", "a b a b a", "bbbbbbbbbb", "\u{e9}a"];
        for number in 0..4096usize {
            let letters = ["a", "b", " ", "\u{1}", "\u{e9}"];
            let text: String = (0..number % 23)
                .map(|at| letters[(number >> (at % 12)).wrapping_mul(at + 7) % letters.len()])
                .collect();
            for piece in pieces {
                let (text, piece) = (text.as_bytes(), piece.as_bytes());
                let places = || text.windows(piece.len()).enumerate().filter(|it| it.1 == piece);
                for from in [0, 1, number % 23] {
                    let expected = places().map(|it| it.0).find(|at| *at >= from);
                    assert_eq!(
                        find_piece(text, piece, from),
                        expected,
                        "{text:?} {piece:?} {from}"
                    );
                }
                let expected = places().map(|it| it.0).next_back();
                assert_eq!(find_last_piece(text, piece), expected, "{text:?} {piece:?}");
            }
        }
        assert_eq!((find_piece(b"ab", b"", 0), find_last_piece(b"ab", b"")), (None, None));
    }

    #[test]
    fn quotes_what_must_be_and_no_more() {
        assert_eq!(
            quoted("plain text of some length, é and \u{10ffff}"),
            "\"plain text of some length, é and \u{10ffff}\""
        );
        assert_eq!(
            quoted("a\"b\\c\n\r\t\u{1}\u{1f}\u{7f}"),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\u{7f}\""
        );
        assert_eq!(quoted("1234567\"1234567"), "\"1234567\\\"1234567\"");
        assert_eq!(quoted("ééééé\"ééééé\u{2}"), "\"ééééé\\\"ééééé\\u0002\"");
    }

    #[test]
    fn unescapes_every_form() {
        let mut out = Vec::new();
        unescape(br#"a\u0041\n\t\r\b\f\/\"\\\ud83d\ude00\u00e9z"#, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "aA\n\t\r\u{8}\u{c}/\"\\\u{1f600}éz");
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for len in 0..40usize {
            for from in 0..=len {
                for at in from..len {
                    let mut text = vec![b'-'; len];
                    text[at] = b'!';
                    assert_eq!(find_byte(&text, b'!', from), at);
                    assert_eq!(find_byte(&text, b'!', at + 1), len);
                    assert_eq!(rfind_byte(&text, b'!', at), None);
                    assert_eq!(rfind_byte(&text, b'!', at + 1 + from), Some(at));
                    // A byte that differs in its lowest bit alone, beside it.
                    if at + 1 < len {
                        text[at + 1] = b' ';
                    }
                    if at > 0 {
                        text[at - 1] = b' ';
                    }
                    assert_eq!(
                        (find_byte(&text, b'!', from), rfind_byte(&text, b'!', len)),
                        (at, Some(at))
                    );
                }
            }
        }
        assert_eq!(
            (find_byte(b"", b'x', 0), find_byte(b"x", b'x', 9), rfind_byte(b"", b'x', 3)),
            (0, 1, None)
        );
    }

    #[test]
    fn the_first_special_byte_is_marked() {
        let is_special = |byte: u8| !(0x20..0x80).contains(&byte) || byte == b'"' || byte == b'\\';
        for (one, two) in (0..=255u8).flat_map(|one| (0..=255u8).map(move |two| (one, two))) {
            for at in 0..7 {
                let mut bytes = *b"a !~[]#\x7f";
                (bytes[at], bytes[at + 1]) = (one, two);
                let marks = specials(u64::from_le_bytes(bytes));
                assert_eq!(
                    (marks != 0).then(|| first_mark(marks)),
                    bytes.iter().position(|byte| is_special(*byte)),
                    "{bytes:x?}"
                );
            }
        }
    }

    #[test]
    fn plain_is_what_needs_no_escape() {
        for (text, plain) in [
            ("", true),
            ("short", true),
            ("a\"", false),
            ("eight ch", true),
            ("eight\\ch", false),
            ("more than eight", true),
            ("more than eigh\t", false),
            ("é", false),
            ("long and not ascii é", false),
            ("a text of more than thirty-two characters", true),
            ("\"a text of more than thirty-two characters", false),
            ("a text of more than thirty-two characters\\", false),
        ] {
            assert_eq!(is_plain(text.as_bytes()), plain, "{text}");
        }
        for len in 0..80 {
            let mut text = vec![b'~'; len];
            assert!(is_plain(&text) && !has_byte(&text, b'\\'), "{len}");
            for at in 0..len {
                text[at] = b'\\';
                assert!(!is_plain(&text) && has_byte(&text, b'\\'), "{at} of {len}");
                text[at] = b'~';
            }
        }
    }

    #[test]
    fn texts_are_the_same_where_every_byte_is() {
        for len in 0..50usize {
            let text: Vec<u8> = (1..=len as u8).collect();
            assert!(
                is_same(&text, &text.clone()) && !is_same(&text, &[&text[..], b"x"].concat()),
                "{len}"
            );
            for at in 0..len {
                let mut other = text.clone();
                other[at] ^= 0x80;
                assert!(!is_same(&text, &other), "{len} {at}");
            }
        }
    }

    #[test]
    fn words_are_compared_whole() {
        for (text, begin, end) in [
            ("abc", true, true),
            ("abcdabc", true, true),
            ("ab", false, false),
            ("abd", false, false),
            ("xabc", false, true),
        ] {
            assert_eq!(
                (begins(text.as_bytes(), b"abc"), ends(text.as_bytes(), b"abc")),
                (begin, end),
                "{text}"
            );
        }
        let word = b"a word of more than sixteen bytes";
        assert!(
            begins(word, word)
                && !begins(b"a word of more than sixteen bytez", word)
                && !begins(b"a word of mora than sixteen bytes", word)
        );
        assert_eq!(behind(b"Fields: x", b"Fields:"), Some(&b" x"[..]));
        assert_eq!(
            (word_within(b"abc", 1), word_within(b"abcdefghij", 8), word_within(b"abc", 3)),
            (0x6362, 0x6a69, 0)
        );
    }

    #[test]
    fn malformed_escapes_do_not_panic() {
        for text in ["\\", "\\u", "\\u12", "\\ud800", "\\ud800\\u", "\\ud800\\n", "x\\"] {
            let mut out = Vec::new();
            unescape(text.as_bytes(), &mut out).unwrap();
        }
    }

    #[test]
    fn utf8_agrees_with_std_on_every_short_sequence() {
        for a in 0u8..=255 {
            for b in [0u8, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff] {
                for c in [0x41u8, 0x80, 0xbf, 0xc0] {
                    for d in [0x41u8, 0x80, 0xbf] {
                        let bytes = [a, b, c, d];
                        let ours = utf8_len(&bytes);
                        let std = (1..=4).find(|&n| {
                            std::str::from_utf8(&bytes[..n]).is_ok_and(|s| s.chars().count() == 1)
                        });
                        assert_eq!(ours, std, "{bytes:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn hexadecimal_agrees_with_std() {
        for value in [0, 1, 0xdead_beef, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(hex16(value), *format!("{value:016x}").as_bytes());
        }
    }

    #[test]
    fn base64_of_an_object_is_decoded_and_nothing_else() {
        for object in ["{}", "{\"a\":1}", "{\"a\":12}", "{\"key\":\"\u{e9}?>~\"}"] {
            let mut encoded = Bytes(b"before".to_vec());
            base64(object.as_bytes(), &mut encoded);
            let web: Vec<u8> = encoded
                .0
                .iter()
                .filter(|byte| **byte != b'=')
                .map(|byte| match byte {
                    b'+' => b'-',
                    b'/' => b'_',
                    other => *other,
                })
                .collect();
            for mut text in [encoded.0, web] {
                assert!(decode_base64(&mut text, 6));
                assert_eq!(String::from_utf8_lossy(&text), format!("before{object}"));
            }
        }
        for other in ["", "e", "ewa", "eight", "else if this", "Zm9v", "e30=x"] {
            let mut text = other.as_bytes().to_vec();
            let is_decoded = decode_base64(&mut text, 0);
            assert_eq!(is_decoded, text != other.as_bytes());
            assert!(!is_decoded || text.first() == Some(&b'{'), "{other}");
        }
    }

    #[test]
    fn base64_pads() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            let mut out = Bytes(Vec::new());
            base64(bytes.as_bytes(), &mut out);
            assert_eq!(out.0, text.as_bytes());
        }
    }
}
