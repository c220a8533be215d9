//! The mark: by it the instance knows a record of its own that comes a second time, as after Fluent Bit's `rewrite_tag`.
//!
//! It is a SipHash-2-4, under a secret drawn at start, of the original record's hash, of our notes, and of the route's name. The fields are not hashed:
//! they must follow from the original again, which costs nothing on the way of a record and a second reading where a mark is found.
//! Of a record with findings, and where the original is not carried as it came, the mark covers all that was written before it: what fields follow from, as the tag
//! and the lines before, may be another when the record comes a second time.
//! No input can make a mark, and one seen in an output holds for that output alone. Keys that other filters added behind ours do not break it.

use super::{ROUTE, ROUTING, is_routed as is_routed_by};
use crate::VERSION;
use crate::parse::atom::Atoms;
use crate::parse::tape::{Node, Tape};
use crate::policy::{Layout, Policy};
use crate::schema::{self, RawAs, Schema};
use crate::siphash::siphash;
use crate::sketch::HashKey;
use crate::sketch::digest::Digest;
use crate::text::{HIGHS, hex16, unescape};
use crate::value::{Kind, unquote};
use std::borrow::Cow;
use std::ops::Range;

pub(crate) struct Mark {
    key: (u64, u64),
    /// Of all that stands before a mark: a third of what SipHash costs.
    digest: Digest,
    schema: &'static Schema,
    layout: Layout,
    /// Keys from the root to our own group.
    path: Vec<String>,
    /// Text between original, findings and notes, and the mark.
    module: Vec<u8>,
    /// Findings have their routing keys at the root.
    is_routing: bool,
    /// The policy names routes.
    has_routes: bool,
}

/// A record that bears a mark, whosever it is.
pub(crate) struct Found {
    pub(crate) mark: [u8; 16],
    /// Where the fields stand.
    pub(crate) fields: Range<usize>,
    /// Where findings and notes stand.
    own: Range<usize>,
    /// All before the mark.
    before: Range<usize>,
    pub(crate) has_findings: bool,
    /// The name of the route at the root.
    route: Range<usize>,
    original: Original,
}

/// Where the original record stands within ours.
enum Original {
    Token(Range<usize>),
    Text(Range<usize>),
    /// All up to here, and a closing brace.
    Members(usize),
    None,
}

/// Our own keys behind the fields, in the order they are written.
const OWN: &[&str] = &["anomaly", "notes", "raw", "raw_base64", "module"];

impl Mark {
    /// The keys that marks and originals are found under.
    pub(crate) fn keys(policy: &Policy) -> Vec<&str> {
        let schema =
            schema::ALL.get(policy.output.schema).copied().unwrap_or(&schema::audit::SCHEMA);
        let mut keys = vec!["mark", &policy.output.key];
        keys.extend(
            [schema.own_group]
                .into_iter()
                .chain(schema.raw_path().unwrap_or_default().split('.'))
                .filter(|key| !key.is_empty()),
        );
        keys.extend(OWN);
        keys.extend(ROUTING);
        keys
    }

    /// The key at the root without which a record is none of ours, nor stands in the way of ours.
    pub(crate) fn outermost(policy: &Policy) -> &str {
        match policy.output.layout {
            Layout::Annotate => &policy.output.key,
            Layout::Record => schema::ALL
                .get(policy.output.schema)
                .map(|schema| schema.own_group)
                .filter(|group| !group.is_empty())
                .unwrap_or("module"),
        }
    }

    pub(crate) fn new(key: (u64, u64), policy: &Policy) -> Mark {
        let schema =
            schema::ALL.get(policy.output.schema).copied().unwrap_or(&schema::audit::SCHEMA);
        let mut path = Vec::new();
        if policy.output.layout == Layout::Annotate {
            path.push(policy.output.key.clone());
        }
        if !schema.own_group.is_empty() {
            path.push(schema.own_group.to_owned());
        }
        let module = format!(
            "\"module\":{{\"version\":\"{VERSION}\",\"policy\":\"{}\",\"mark\":",
            policy.digest
        )
        .into_bytes();
        Mark {
            key,
            digest: Digest::new(HashKey(key.0, key.1)),
            schema,
            layout: policy.output.layout,
            path,
            module,
            is_routing: policy.output.routing,
            has_routes: policy.output.routing && !policy.routes.is_empty(),
        }
    }

    /// The mark of a record with its original, by the original's hash, or of one without, by all that stands before the mark; the rest by its hash, and the
    /// route by its name.
    pub(crate) fn digest(&self, original: Option<u64>, of_rest: u64, route: &[u8]) -> [u8; 16] {
        // They are hashes under secrets, which no input's author can bring to cancel out.
        let word = original.map_or(1, |original| original | 1 << 63)
            ^ of_rest.rotate_left(17)
            ^ self.hash(route).rotate_left(31);
        hex16(siphash::<2, 4>(self.key, &word.to_le_bytes()))
    }

    /// The hash of what a mark vouches for; of nothing it is 0.
    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        if bytes.is_empty() { 0 } else { siphash::<2, 4>(self.key, bytes) }
    }

    /// The hash of all that stands before a mark, in the one spelling that it has after Fluent Bit has read and written it, which escapes whatever is not ASCII.
    pub(crate) fn hash_of_all(&self, text: &[u8]) -> u64 {
        if is_printable(text) {
            return self.digest.of(text);
        }
        ascii(text).map_or_else(|| self.digest.of(text), |ascii| self.digest.of(&ascii))
    }

    /// Looks for a mark where ours would be.
    pub(crate) fn find(
        &self,
        tape: &Tape,
        root: u32,
        input: &[u8],
        atoms: &Atoms,
    ) -> Option<Found> {
        let member = |object: u32, key: &str| tape.member(object, atoms.find(key.as_bytes()));
        let mut group = root;
        for key in &self.path {
            group = member(group, key)?;
        }
        let module = member(group, "module")?;
        let mark = tape.node(member(module, "mark")?)?;
        let before = 0..mark.start as usize;
        let carries_raw = self.layout == Layout::Record && self.schema.raw == RawAs::Value;
        let raw = member(group, "raw").filter(|_| carries_raw);
        self.is_in_place(tape, raw, module, mark, input)?;
        let digits = unquote(input.get(mark.start as usize..mark.end as usize)?);
        let mark = *digits.first_chunk::<16>().filter(|_| digits.len() == 16)?;

        let first_own = tape
            .children(group)
            .find(|&child| OWN.iter().any(|key| member(group, key) == Some(child)))?;
        let fields_from = match self.path.first() {
            Some(key) if self.layout == Layout::Annotate => {
                (tape.node(member(root, key)?)?.start as usize).checked_add(1)?
            }
            _ => (tape.node(root)?.start as usize).checked_add(1)?,
        };
        let fields_to = begin_of(tape.node(first_own)?)?;
        let own_to = begin_of(tape.node(raw.unwrap_or(module))?)?;
        let original = self.original_at(tape, root, input, raw, &member);
        let route = member(root, ROUTE).filter(|_| self.has_routes);
        let route = route.and_then(|route| tape.node(route)).map_or(0..0, |node| {
            (node.start as usize).wrapping_add(1)..(node.end as usize).wrapping_sub(1)
        });
        let found = Found {
            mark,
            fields: fields_from..fields_to,
            own: fields_to..own_to,
            before,
            has_findings: member(group, "anomaly").is_some(),
            route,
            original,
        };
        let is_routed = || {
            is_routed_by(
                (found.has_findings && self.is_routing).then(|| found.own(input)),
                found.route(input),
                tape,
                root,
                module,
                input,
            )
        };
        (self.nothing_follows(tape, root, module, input) && is_routed()).then_some(found)
    }

    /// Nothing stands between the original and the mark, or between the mark and its group's end, that we would not have written.
    fn is_in_place(
        &self,
        tape: &Tape,
        raw: Option<u32>,
        module: u32,
        mark: &Node,
        input: &[u8],
    ) -> Option<()> {
        let module = tape.node(module)?;
        let from = end_before(module, input)?;
        let text = input.get(from..mark.start as usize)?;
        let is_ours = text.strip_prefix(b",").unwrap_or(text) == self.module
            && input.get(mark.end as usize..module.end as usize)? == b"}";
        let is_next = raw.and_then(|raw| tape.node(raw)).is_none_or(|raw| raw.end as usize == from);
        (is_ours && is_next).then_some(())
    }

    fn original_at(
        &self,
        tape: &Tape,
        root: u32,
        input: &[u8],
        raw: Option<u32>,
        member: &dyn Fn(u32, &str) -> Option<u32>,
    ) -> Original {
        let at = || {
            if self.layout == Layout::Annotate {
                let ours = tape.node(member(root, self.path.first()?)?)?;
                return Some(Original::Members(end_before(ours, input)?));
            }
            let node = match self.schema.raw {
                RawAs::Value => tape.node(raw?)?,
                RawAs::Text => {
                    tape.node(self.schema.raw_path()?.split('.').try_fold(root, member)?)?
                }
            };
            let token = node.start as usize..node.end as usize;
            Some(if node.kind == Kind::String {
                Original::Text(token)
            } else {
                Original::Token(token)
            })
        };
        at().unwrap_or(Original::None)
    }

    /// Behind the mark come only keys that did not stand before it: they cannot take the place of anything.
    fn nothing_follows(&self, tape: &Tape, root: u32, module: u32, input: &[u8]) -> bool {
        let key_of = |member: u32| {
            tape.node(member).filter(|node| !node.key_is_escaped()).map(|node| key(node, input))
        };
        let mut groups: Vec<u32> = tape
            .children(root)
            .filter(|&child| {
                child <= module && tape.node(child).is_some_and(|node| module < node.link)
            })
            .collect();
        // `module` ends with the mark, and the group it is in ends with `module`: what other filters add stands at the root.
        let Some(holder) = groups.pop() else {
            return false;
        };
        let ends = |member: u32| tape.node(member).map(|node| node.link);
        if ends(holder) != ends(module) {
            return false;
        }
        tape.children(root).filter(|&child| child > holder).all(|late| {
            let late = key_of(late);
            let is_new = tape
                .children(root)
                .take_while(|&child| child <= holder)
                .all(|early| key_of(early) != late);
            late.is_some_and(|late| is_new && !OWN.iter().any(|own| own.as_bytes() == late))
        })
    }
}

impl Found {
    /// The original record, where it is carried.
    pub(crate) fn original<'i>(&self, input: &'i [u8]) -> Option<Cow<'i, [u8]>> {
        match &self.original {
            Original::Token(token) => input.get(token.clone()).map(Cow::Borrowed),
            Original::Text(token) => {
                let mut text = Vec::new();
                unescape(unquote(input.get(token.clone())?), &mut text).ok()?;
                Some(Cow::Owned(text))
            }
            Original::Members(end) => {
                let mut text = Vec::new();
                text.try_reserve(end.saturating_add(1)).ok()?;
                text.extend_from_slice(input.get(..*end)?);
                text.push(b'}');
                Some(Cow::Owned(text))
            }
            Original::None => None,
        }
    }

    /// Findings and notes.
    pub(crate) fn own<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        input.get(self.own.clone()).unwrap_or_default()
    }

    /// The name of the route.
    pub(crate) fn route<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        input.get(self.route.clone()).unwrap_or_default()
    }

    /// All before the mark.
    pub(crate) fn before<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        input.get(self.before.clone()).unwrap_or_default()
    }
}

/// The last control character, and the end of ASCII.
const DELETE: u8 = 0x7f;

/// True if no byte is a control character at the end of ASCII or beyond that.
fn is_printable(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let is_beyond = |word: u64| (word | word.wrapping_add(0x0101_0101_0101_0101)) & HIGHS != 0;
    !words.iter().any(|word| is_beyond(u64::from_le_bytes(*word)))
        && rest.iter().all(|&byte| byte < DELETE)
}

/// JSON with escapes for all that is not printable ASCII; nothing where memory is short or the text is not UTF-8.
#[cold]
#[inline(never)]
fn ascii(json: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = Vec::new();
    out.try_reserve(json.len().saturating_mul(3)).ok()?;
    for letter in std::str::from_utf8(json).ok()?.chars() {
        match u8::try_from(letter) {
            Ok(byte @ ..DELETE) => out.push(byte),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(b"\\u");
                    let digit = |shift: u32| DIGITS.get(usize::from(unit.wrapping_shr(shift) & 15));
                    out.extend([12, 8, 4, 0].into_iter().filter_map(digit));
                }
            }
        }
    }
    Some(out)
}

fn key<'i>(node: &Node, input: &'i [u8]) -> &'i [u8] {
    input
        .get(node.key_start as usize..node.key_start.wrapping_add(node.key_len) as usize)
        .unwrap_or_default()
}

/// Where a member begins.
fn begin_of(node: &Node) -> Option<usize> {
    (node.key_start as usize).checked_sub(1)
}

/// Where the members before this one end, without the comma.
fn end_before(node: &Node, input: &[u8]) -> Option<usize> {
    let comma = begin_of(node)?.checked_sub(1)?;
    Some(if input.get(comma) == Some(&b',') { comma } else { comma.saturating_add(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_has_one_spelling() {
        for (text, spelled) in [
            ("{\"a\":\"plain text, and more\"}", None),
            ("", None),
            ("\u{7f}", Some("\\u007f")),
            ("long and plain text, then \u{7f}", Some("long and plain text, then \\u007f")),
            ("ren\u{e9}e \u{1f600} \\u00e9", Some("ren\\u00e9e \\ud83d\\ude00 \\u00e9")),
            ("plain text \u{ffff} plain", Some("plain text \\uffff plain")),
        ] {
            assert_eq!(is_printable(text.as_bytes()), spelled.is_none(), "{text}");
            let ascii = ascii(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(ascii).unwrap(), spelled.unwrap_or(text));
        }
    }
}
