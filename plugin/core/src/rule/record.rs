//! The original record, read when a rule asks for what the audit record does not hold.

use crate::event::Event;
use crate::parse::atom::{Atom, Atoms, KEY_BITS, key_bit};
use crate::parse::tape::{Node, Tape};
use crate::parse::{json, shippers};
use crate::value::{Doc, Kind};
use std::cell::{Cell, OnceCell, RefCell};

/// The record whose event is looked at. It is on the tape, or is put there when it is first asked for.
pub struct Record<'a> {
    tape: RefCell<Tape>,
    root: Cell<Root>,
    within: Within<'a>,
    atoms: &'a Atoms,
    /// From when it is first asked for.
    read: OnceCell<Read>,
}

/// The event itself, where a record holds it in a key or in its text: paths are looked for there too.
#[derive(Clone, Copy, Default)]
pub struct Within<'a> {
    /// Objects of the source's records that may be the event, by their keys.
    pub keys: &'a [Vec<Atom>],
    /// The object that the record's line was read as.
    pub line: Option<(&'a Tape, u32)>,
    /// The fields that a form read of the line, not JSON behind a header.
    pub is_form: bool,
    /// The object that a text in the record holds.
    pub text: Option<(&'a Tape, u32)>,
}

/// Properties of a record that was read.
struct Read {
    keys: KeySet,
    /// The object that is the event, in the record and in its line.
    inner: Option<u32>,
    inner_of_line: Option<u32>,
}

/// Which keys a record has, whatever their case: each sets one bit, which other keys may set too.
#[derive(Default)]
struct KeySet([u64; KeySet::WORDS]);

impl KeySet {
    const WORDS: usize = KEY_BITS / 64;

    /// Adds the keys of all nodes of a tape.
    fn add_all(&mut self, tape: &Tape, atoms: &Atoms, event: &Event, input: &[u8]) {
        for node in tape.nodes() {
            // What a key with escapes means is not asked for, but what it is written as.
            if let Some(bit) = atoms.bit(node.atom).filter(|_| !node.key_is_escaped()) {
                self.add(bit);
                continue;
            }
            if node.key_len == 0 {
                continue;
            }
            let text = match node.doc() {
                Doc::Input => input,
                Doc::Arena => &event.arena,
            };
            self.add(key_bit(text, node.key_start as usize, node.key_len as usize));
        }
    }

    fn add(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place / 64) % KeySet::WORDS) {
            *word |= 1u64.wrapping_shl(u32::from(place));
        }
    }

    fn may_have(&self, place: u16) -> bool {
        let word = self.0.get(usize::from(place / 64)).copied().unwrap_or_default();
        word.wrapping_shr(u32::from(place)) & 1 == 1
    }
}

#[derive(Clone, Copy)]
enum Root {
    At(u32),
    Unread,
    Unreadable,
}

/// A path into the original record: `raw.requestParameters.userName`. Keys match whatever their case, arrays are entered, `*` is any member or element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// In lower case, and its place in a set of keys.
    Key(Vec<u8>, u16),
    Any,
}

/// Keys of one path, at most.
pub const MOST_STEPS: usize = 10;

impl RawPath {
    /// Of keys joined by dots; a dot within a key is written `\.`.
    pub fn new(text: &str) -> Option<RawPath> {
        let mut keys = vec![String::new()];
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => keys.last_mut()?.push(letters.next()?),
                '.' => keys.push(String::new()),
                _ => keys.last_mut()?.push(letter),
            }
        }
        let is_path = keys.len() <= MOST_STEPS && keys.iter().all(|key| !key.is_empty());
        let step = |key: &String| match key.strip_suffix("[]").unwrap_or(key) {
            "*" => Step::Any,
            key => {
                let key = key.to_ascii_lowercase().into_bytes();
                let place = key_bit(&key, 0, key.len());
                Step::Key(key, place)
            }
        };
        is_path.then(|| RawPath(keys.iter().map(step).collect()))
    }

    /// The path as rules write it, in small letters and without brackets.
    pub fn text(&self) -> String {
        let keys = self.0.iter().map(|step| match step {
            Step::Key(key, _) => String::from_utf8_lossy(key).replace('.', "\\."),
            Step::Any => "*".to_owned(),
        });
        keys.collect::<Vec<_>>().join(".")
    }

    /// The places of its keys in a set of keys.
    pub fn places(&self) -> impl Iterator<Item = u16> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(_, place) => Some(*place),
            Step::Any => None,
        })
    }

    /// True if it is any value of the record.
    pub fn is_any(&self) -> bool {
        matches!(self.0.as_slice(), [Step::Any])
    }
}

impl<'a> Record<'a> {
    /// The object on the tape that the event was read from; `None` where the tape is empty.
    pub fn new(tape: Tape, object: Option<u32>, atoms: &'a Atoms) -> Record<'a> {
        Record {
            tape: RefCell::new(tape),
            root: Cell::new(object.map_or(Root::Unread, Root::At)),
            within: Within::default(),
            atoms,
            read: OnceCell::new(),
        }
    }

    /// With the event that the record holds.
    pub fn with(self, within: Within<'a>) -> Record<'a> {
        Record { within, ..self }
    }

    /// The tape back.
    pub fn into_tape(self) -> Tape {
        self.tape.into_inner()
    }

    /// True if it was read already: else, asking for it costs a reading.
    pub fn is_read(&self) -> bool {
        !matches!(self.root.get(), Root::Unread)
    }

    /// True if a key of the path stands nowhere in the record. A line is a record without keys, which `any` looks at itself.
    pub fn lacks(&self, path: &RawPath, event: &Event, input: &[u8]) -> bool {
        path.places().any(|place| self.lacks_key(place, event, input))
    }

    /// True if none of the record's keys has this place; never of a line.
    pub fn lacks_key(&self, place: u16, event: &Event, input: &[u8]) -> bool {
        let read = self.read(event, input);
        !matches!(self.root.get(), Root::Unreadable) && !read.keys.may_have(place)
    }

    fn read(&self, event: &Event, input: &[u8]) -> &Read {
        self.read.get_or_init(|| self.read_anew(event, input))
    }

    /// The record's keys, from the tape, where the record is put if it is not there yet; and those of the event within.
    fn read_anew(&self, event: &Event, input: &[u8]) -> Read {
        let Within { line, text, .. } = self.within;
        let Ok(mut tape) = self.tape.try_borrow_mut() else {
            let keys = KeySet([u64::MAX; KeySet::WORDS]);
            return Read { keys, inner: None, inner_of_line: None };
        };
        if matches!(self.root.get(), Root::Unread) {
            tape.clear();
            let read = json::scan(input, 0, Doc::Input, self.atoms, &mut tape);
            self.root.set(read.map_or(Root::Unreadable, |scan| Root::At(scan.root)));
        }
        let mut keys = KeySet::default();
        keys.add_all(&tape, self.atoms, event, input);
        for (held, _) in [line, text].into_iter().flatten() {
            keys.add_all(held, self.atoms, event, input);
        }
        let inner = match self.root.get() {
            Root::At(root) => self.inner(&tape, root),
            Root::Unread | Root::Unreadable => None,
        };
        Read { keys, inner, inner_of_line: line.and_then(|(tape, root)| self.inner(tape, root)) }
    }

    /// The object at the first of the source's keys that has one.
    fn inner(&self, tape: &Tape, root: u32) -> Option<u32> {
        let is_object = |at: &u32| tape.node(*at).is_some_and(|node| node.kind == Kind::Object);
        let at = |keys: &Vec<Atom>| keys.iter().try_fold(root, |at, key| tape.member(at, *key));
        self.within.keys.iter().find_map(|keys| at(keys).filter(is_object))
    }

    /// True if one of the values at the path is accepted; values are looked at in their order, those of the event within behind the record's own.
    pub fn any(
        &self,
        path: &RawPath,
        event: &Event,
        input: &[u8],
        accept: &mut dyn FnMut(Found<'_>) -> bool,
    ) -> bool {
        if self.lacks(path, event, input) {
            return false;
        }
        let read = self.read(event, input);
        let Ok(tape) = self.tape.try_borrow() else {
            return false;
        };
        // A record that is a bare line.
        if matches!(self.root.get(), Root::Unreadable)
            && is_line(path)
            && accept(Found { text: input, kind: Kind::String, is_escaped: false })
        {
            return true;
        }
        let mut is_met =
            |tape: &Tape, root: u32| Walk { tape, event, input }.any(root, &path.0, &mut *accept);
        let is_met_by_record = match self.root.get() {
            Root::At(root) => {
                is_met(&tape, root) || read.inner.is_some_and(|inner| is_met(&tape, inner))
            }
            Root::Unread | Root::Unreadable => false,
        };
        let Within { line, is_form, text, .. } = self.within;
        // A line is its fields: whoever asks for any value has the line itself.
        let line = line.filter(|_| !(is_form && path.0.first() == Some(&Step::Any)));
        is_met_by_record
            || line.is_some_and(|(tape, root)| {
                is_met(tape, root) || read.inner_of_line.is_some_and(|inner| is_met(tape, inner))
            })
            || text.is_some_and(|(tape, root)| is_met(tape, root))
    }
}

/// True if the path names the key under which shippers put a line, or any key: a record that is a bare line has it so.
fn is_line(path: &RawPath) -> bool {
    match path.0.as_slice() {
        [Step::Key(key, _)] => shippers::KEYS.iter().any(|known| known.as_bytes() == key),
        [Step::Any] => true,
        _ => false,
    }
}

/// A value at a path.
pub struct Found<'a> {
    /// A string's content, anything else as it stands.
    pub text: &'a [u8],
    pub kind: Kind,
    pub is_escaped: bool,
}

struct Walk<'w> {
    tape: &'w Tape,
    event: &'w Event,
    input: &'w [u8],
}

/// A container that is walked through: the member that comes next, and how many steps of the path led to it.
#[derive(Clone, Copy, Default)]
struct Open {
    at: u32,
    end: u32,
    taken: u8,
    /// Its elements are looked at for the next key, which it has none of itself.
    is_array: bool,
}

/// A path goes through as many containers as it has steps, and through an array before each.
const MOST_OPEN: usize = 2 * MOST_STEPS;

enum Inside<'t> {
    Value(&'t Node),
    Members(Open),
    Nothing,
}

impl Walk<'_> {
    /// Looks at the values in the order of the record, without recursion: what is open is a list, as long as the path and the arrays on it.
    fn any(&self, root: u32, steps: &[Step], accept: &mut dyn FnMut(Found<'_>) -> bool) -> bool {
        let mut open = [Open::default(); MOST_OPEN];
        let mut depth = 0usize;
        let (mut at, mut taken) = (root, 0usize);
        loop {
            match self.inside(at, steps, taken) {
                Inside::Value(node) if self.accept(at, node, accept) => return true,
                Inside::Members(inside) => {
                    if let Some(place) = open.get_mut(depth) {
                        *place = inside;
                        depth = depth.wrapping_add(1);
                    }
                }
                Inside::Value(_) | Inside::Nothing => {}
            }
            // The next that a step leads to.
            (at, taken) = loop {
                let Some(current) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) else {
                    return false;
                };
                let Some(child) = self.tape.node(current.at).filter(|_| current.at < current.end)
                else {
                    depth = depth.wrapping_sub(1);
                    continue;
                };
                let at = std::mem::replace(&mut current.at, child.link);
                let taken = usize::from(current.taken);
                if current.is_array {
                    if child.kind == Kind::Object {
                        break (at, taken);
                    }
                    continue;
                }
                let is_wanted = match steps.get(taken) {
                    Some(Step::Key(key, _)) => self.has_key(child, key),
                    _ => true,
                };
                if is_wanted {
                    break (at, taken.wrapping_add(1));
                }
            };
        }
    }

    /// The rest of the path, as it asks of a node.
    fn inside(&self, at: u32, steps: &[Step], taken: usize) -> Inside<'_> {
        let Some(node) = self.tape.node(at) else {
            return Inside::Nothing;
        };
        let Some(step) = steps.get(taken) else {
            return Inside::Value(node);
        };
        let is_array = match (node.kind, step) {
            (Kind::Object, _) | (Kind::Array, Step::Any) => false,
            (Kind::Array, Step::Key(..)) => true,
            _ => return Inside::Nothing,
        };
        let first = at.saturating_add(1);
        Inside::Members(Open { at: first, end: node.link, taken: taken as u8, is_array })
    }

    /// The value itself; of an array also each of its elements.
    fn accept(&self, at: u32, node: &Node, accept: &mut dyn FnMut(Found<'_>) -> bool) -> bool {
        if node.kind == Kind::Null {
            return false;
        }
        let found = |node: &Node| Found {
            text: self.event.texts(self.input).content(node.span()),
            kind: node.kind,
            is_escaped: node.is_escaped(),
        };
        let is_accepted = accept(found(node));
        is_accepted
            || node.kind == Kind::Array
                && self
                    .tape
                    .children(at)
                    .filter_map(|child| self.tape.node(child))
                    .any(|child| accept(found(child)))
    }

    fn has_key(&self, node: &Node, key: &[u8]) -> bool {
        let text = match node.doc() {
            Doc::Input => self.input,
            Doc::Arena => &self.event.arena,
        };
        let start = node.key_start as usize;
        node.key_len as usize == key.len()
            && text
                .get(start..start.saturating_add(key.len()))
                .is_some_and(|held| held.eq_ignore_ascii_case(key))
    }
}

crate::stored::stored!(struct RawPath { 0 });
crate::stored::stored!(enum Step { 0 Key { 0: key, 1: place }, 1 Any {} });

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, input: &str) -> (bool, Vec<String>) {
        let (event, atoms) = (Event::new(), Atoms::new(std::iter::empty()));
        let record = Record::new(Tape::new(64), None, &atoms);
        let path = RawPath::new(path).expect("a path");
        let mut values = Vec::new();
        record.any(&path, &event, input.as_bytes(), &mut |found| {
            values.push(String::from_utf8_lossy(found.text).into_owned());
            false
        });
        (record.lacks(&path, &event, input.as_bytes()), values)
    }

    #[test]
    fn a_path_whose_keys_stand_in_the_record_is_never_lacking() {
        let input =
            r#"{"Spec":{"hostPID":true,"ports":[{"containerPort":1},{"CONTAINERPORT":2}]},"":3}"#;
        for (path, values) in [
            ("spec.hostpid", &["true"][..]),
            ("SPEC.ports.containerPort", &["1", "2"]),
            ("*.hostPID", &["true"]),
            ("spec.*.containerport", &["1", "2"]),
        ] {
            assert_eq!(found(path, input), (false, values.iter().map(|v| v.to_string()).collect()));
        }
    }

    #[test]
    fn a_key_that_stands_nowhere_is_told_without_a_walk() {
        for path in ["spec.privileged", "status", "spec.ports.hostPort"] {
            let input = r#"{"spec":{"hostPID":true,"ports":[{"containerPort":1}]}}"#;
            assert_eq!(found(path, input), (true, Vec::new()), "{path}");
        }
    }

    #[test]
    fn a_bare_line_lacks_nothing() {
        assert_eq!(found("log", "a line"), (false, vec!["a line".to_owned()]));
        assert_eq!(found("other", "a line"), (false, Vec::new()));
    }
}
