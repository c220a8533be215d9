//! Text of pairs (logfmt): `user=ann verb=view note="a \"b\"" cached` as a flat JSON object of strings, bare words as `true`.

use crate::text::{Full, put};
use std::ops::Range;

/// Longer ones are no keys.
const MOST_KEY: usize = 128;
/// Minimum number of pairs at the beginning of a text of pairs.
const LEAST_PAIRS: usize = 2;

/// Appends the object that the text from `from` on reads as; gives where it begins. Nothing is left behind where it is no text of pairs, or memory is short.
pub fn frame(texts: &mut Vec<u8>, from: usize) -> Option<usize> {
    let start = texts.len();
    if !begins_with_pairs(texts.get(from..)?) {
        return None;
    }
    let is_whole = write(texts, from, start).is_ok();
    if !is_whole {
        texts.truncate(start);
    }
    is_whole.then_some(start)
}

fn write(texts: &mut Vec<u8>, from: usize, end: usize) -> Result<(), Full> {
    let (mut at, mut before) = (from, &b"{"[..]);
    while let Some(word) = next_word(texts.get(..end).unwrap_or_default(), at) {
        at = word.end;
        let Some(key) = word.key else { continue };
        put(before, texts)?;
        // Letters of keys need no escape.
        put(b"\"", texts)?;
        copy(key, texts)?;
        match word.value {
            None => put(b"\":true", texts)?,
            Some(value) => {
                put(b"\":\"", texts)?;
                escape(value, word.is_quoted, texts)?;
                put(b"\"", texts)?;
            }
        }
        before = b",";
    }
    put(b"}", texts)
}

/// True if the text is one of pairs.
pub fn begins_with_pairs(text: &[u8]) -> bool {
    let mut at = 0usize;
    (0..LEAST_PAIRS).all(|_| {
        let word = next_word(text, at).filter(|word| word.key.is_some() && word.value.is_some());
        at = word.as_ref().map_or(at, |word| word.end);
        word.is_some()
    })
}

/// A pair, a bare word, or something between blanks that is neither: then it has no key.
struct Word {
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    /// The value stood in quotes, in which a backslash escapes.
    is_quoted: bool,
    /// Where the next one may begin.
    end: usize,
}

fn next_word(text: &[u8], from: usize) -> Option<Word> {
    let start = until(text, from, |byte| !is_blank(byte));
    text.get(start)?;
    let key_end = until(text, start, |byte| is_blank(byte) || *byte == b'=' || *byte == b'"');
    let key = text.get(start..key_end).filter(|key| is_key(key)).map(|_| start..key_end);
    if text.get(key_end) != Some(&b'=') {
        let end = until(text, key_end, is_blank);
        return Some(Word {
            key: key.filter(|_| end == key_end),
            value: None,
            is_quoted: false,
            end,
        });
    }
    let value = key_end.wrapping_add(1);
    if text.get(value) != Some(&b'"') {
        let end = until(text, value, is_blank);
        return Some(Word { key, value: Some(value..end), is_quoted: false, end });
    }
    let content = value.wrapping_add(1);
    // A quote that nothing closes: what follows is all of it, lest a stray one hides the rest.
    let close = closing(text, content).unwrap_or(text.len());
    Some(Word {
        key,
        value: Some(content..close),
        is_quoted: true,
        end: close.saturating_add(1).min(text.len()),
    })
}

/// Where the first such byte stands, or the end.
#[inline(always)]
fn until(text: &[u8], at: usize, is_end: impl Fn(&u8) -> bool) -> usize {
    text.get(at..)
        .and_then(|rest| rest.iter().position(is_end))
        .map_or(text.len(), |len| at.wrapping_add(len))
}

fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace()
}

fn is_key(key: &[u8]) -> bool {
    !key.is_empty()
        && key.len() <= MOST_KEY
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.@/".contains(byte))
}

fn closing(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at = at.wrapping_add(2),
            _ => at = at.wrapping_add(1),
        }
    }
}

/// Appends what stands at `range`.
fn copy(range: Range<usize>, texts: &mut Vec<u8>) -> Result<(), Full> {
    texts.try_reserve(range.len()).map_err(|_| Full)?;
    texts.extend_from_within(range);
    Ok(())
}

/// Appends a value as the content of a JSON string: plain runs as they stand, the rest byte by byte.
fn escape(value: Range<usize>, is_quoted: bool, texts: &mut Vec<u8>) -> Result<(), Full> {
    let (mut from, mut at) = (value.start, value.start);
    while at < value.end {
        let byte = texts.get(at).copied().unwrap_or_default();
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            at = at.wrapping_add(1);
            continue;
        }
        copy(from..at, texts)?;
        let next = texts
            .get(at.wrapping_add(1))
            .copied()
            .filter(|_| is_quoted && byte == b'\\' && at.wrapping_add(1) < value.end);
        // These mean the same in JSON; of other letters the backslash is kept.
        let is_escape = next.is_some_and(|next| b"\"\\ntr".contains(&next));
        match byte {
            b'\\' if is_escape => put(&[b'\\', next.unwrap_or(b'\\')], texts)?,
            b'"' | b'\\' => put(&[b'\\', byte], texts)?,
            _ => crate::text::escape(&[byte], &mut Tail(texts)),
        }
        at = at.wrapping_add(if is_escape { 2 } else { 1 });
        from = at;
    }
    copy(from..at, texts)
}

/// A few bytes to the end of the texts.
struct Tail<'t>(&'t mut Vec<u8>);

impl crate::text::Sink for Tail<'_> {
    fn put(&mut self, bytes: &[u8]) {
        // Where memory is short the control character is left out.
        let _ = put(bytes, self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(text: &str) -> Option<String> {
        let mut texts = [b"before ", text.as_bytes()].concat();
        let held = texts.clone();
        let start = frame(&mut texts, 7);
        assert_eq!(texts.get(..held.len()), Some(&held[..]), "what was there stays");
        assert!(start.is_some() || texts.len() == held.len(), "nothing is left behind");
        start.map(|start| String::from_utf8(texts[start..].to_vec()).unwrap())
    }

    #[test]
    fn pairs_become_an_object() {
        for (text, object) in [
            ("a=1 b=2", r#"{"a":"1","b":"2"}"#),
            ("  a=1\tb=2 \r\n", r#"{"a":"1","b":"2"}"#),
            (
                r#"user="ann lee" verb=view cached"#,
                r#"{"user":"ann lee","verb":"view","cached":true}"#,
            ),
            (r#"a="x \" y\\" b="tab\tend\q" c"#, r#"{"a":"x \" y\\","b":"tab\tend\\q","c":true}"#),
            (r#"a= b="""#, r#"{"a":"","b":""}"#),
            (r#"a=x"y b=c\d"#, r#"{"a":"x\"y","b":"c\\d"}"#),
            ("a=1 b=\"never closed c=3", r#"{"a":"1","b":"never closed c=3"}"#),
            ("a=1 b=\"ends in \\", r#"{"a":"1","b":"ends in \\"}"#),
            ("a=1 b=2 ??? =x \"q\" é c.d-e/f@g=h=i", r#"{"a":"1","b":"2","c.d-e/f@g":"h=i"}"#),
            ("a=\u{1} b=é\u{7f}", "{\"a\":\"\\u0001\",\"b\":\"é\u{7f}\"}"),
            (
                "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e",
                r#"{"type":"SYSCALL","msg":"audit(1364481363.243:24287):","arch":"c000003e"}"#,
            ),
        ] {
            assert_eq!(framed(text).as_deref(), Some(object), "{text}");
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "",
            " ",
            "a=1",
            "a=1 b",
            "a b=1 c=2",
            "plain text",
            "=1 b=2",
            "é=1 b=2",
            "Jan 15 11:30:00 host sshd[1]: a=1 b=2",
            "{\"a\":1}",
            "\"a=1 b=2",
            &format!("{}=1 b=2", "k".repeat(129)),
        ] {
            assert_eq!(framed(text), None, "{text}");
        }
    }

    #[test]
    fn whatever_the_text_the_object_is_json() {
        let pieces = [
            "a=", "b=1", " ", "\"", "\\", "\u{0}", "é", "=", "c", "\n", "\\\"", "\u{1f}", "\\n",
            "k=\"",
        ];
        let mut number = 1u64;
        for _ in 0..20_000 {
            let mut text = String::from("x=1 y=2 ");
            for _ in 0..12 {
                number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(pieces[(number >> 40) as usize % pieces.len()]);
            }
            let object = framed(&text).unwrap();
            let atoms = crate::parse::atom::Atoms::new(std::iter::empty());
            let scan = crate::parse::json::scan(
                object.as_bytes(),
                0,
                crate::value::Doc::Input,
                &atoms,
                &mut crate::parse::tape::Tape::new(1024),
            );
            assert!(scan.is_ok_and(|scan| scan.fault.is_none()), "{text:?} {object}");
        }
    }
}
