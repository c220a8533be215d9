//! Wrappings: what shippers and buses put around an event. The event within is looked for where no source knows the record itself.

use super::atom::{Atom, Atoms, UNKNOWN};
use super::authors::{Authors, Stated};
use super::json::{ScalarReader, scan};
use super::shippers::{
    BESIDE, BESIDE_LISTS, COMMAND_KEYS, CONTAINER_KEYS, EXECUTABLE_KEYS, FILE_KEYS, FILE_PATHS,
    HEADER_KEYS, HOST_PATHS, JOURNAL_KEYS, KEYS, LISTS, Metadata, More, OUTRIGHT_KEYS,
    PROGRAM_PATHS, RUNTIME_KEYS, SHIPPERS, SOURCE_KEY, STREAM_KEY, SYSTEM_LOGS, TAG_KEYS,
    UNIT_KEYS, WIDE,
};
use super::tape::{BROKEN, Node, Scalar, Tape};
use super::{key_value, line};
use crate::event::Event;
use crate::text::{begins, decode_base64, digits_len, is_plain, unescape};
use crate::time::format::Format;
use crate::time::{self, Millis};
use crate::value::{Doc, Kind, Span, Texts};
use std::ops::Range;

/// How many wrappings are taken off at most.
pub const MOST: usize = 4;

/// Text that a record carries: where it stands in it, and whether it has escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub content: Range<usize>,
    pub is_escaped: bool,
    /// It is an array of the text's bytes, as the journal writes what is not plain: whoever puts a control character into a command hides nothing. Or one of
    /// lines, as shippers join those of one event.
    pub is_list: bool,
    pub doc: Doc,
}

/// Keys under which shippers put a line that no parser took.
pub const SOLE: [&str; 2] = ["log", "message"];

/// Where the text begins, behind its quote, in a record that begins with `{"log":"`, or `message`, as shippers write lines that no parser took.
pub fn sole_start(record: &[u8]) -> Option<usize> {
    if begins(record, b"{\"log\":\"") {
        Some(8)
    } else if begins(record, b"{\"message\":\"") {
        Some(12)
    } else {
        None
    }
}

/// True if a text that begins there stands under the key of lines that Fluent Bit reads from files: applications call theirs otherwise.
pub fn is_sole_of_tail(start: usize) -> bool {
    start == 8
}

/// Stands for the file of a sole text that begins there, which names none.
pub fn file_of_sole(start: usize) -> &'static [u8] {
    if is_sole_of_tail(start) { LOG_FRAME } else { MESSAGE_FRAME }
}

/// The file that a record states, as it is written there: a path of Windows has escapes.
pub fn file_stated<'a>(tape: &Tape, object: u32, input: &'a [u8], atoms: &Atoms) -> &'a [u8] {
    let content = |at: u32| {
        let node = tape.node(at).filter(|node| node.kind == Kind::String)?;
        let token = input.get(node.start as usize..node.end as usize);
        let content = crate::value::unquote(token.filter(|_| node.doc() == Doc::Input)?);
        Some(content).filter(|content| !content.is_empty())
    };
    let at_key = |key: &&str| content(tape.member(object, atoms.find(key.as_bytes()))?);
    let at_path = |path: &&[&str]| {
        let mut keys = path.iter();
        content(keys.try_fold(object, |at, key| tape.member(at, atoms.find(key.as_bytes())))?)
    };
    let found = FILE_KEYS.iter().find_map(at_key).or_else(|| FILE_PATHS.iter().find_map(at_path));
    found.or_else(|| at_key(&SOURCE_KEY)).unwrap_or_default()
}

/// True if the daemon of syslog writes a file, by its name: `/var/log/auth.log.1`, `secure-20260115`.
pub fn is_system_log(path: &[u8]) -> bool {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let word = name.split(|byte| b".-".contains(byte)).next().unwrap_or_default();
    container_of(path).is_none() && SYSTEM_LOGS.contains(&word)
}

/// Stands for the file of a text that names none, so that lines in one kind of record say nothing of lines in another. No file has such a name.
pub fn file_of(
    tape: &Tape,
    object: u32,
    text: &Wrapped,
    is_alone: bool,
    keys: &Keys,
) -> &'static [u8] {
    let start = text.content.start.wrapping_sub(1);
    let holds = |node: &&Node| node.start as usize == start && node.doc() == text.doc;
    let holder = tape.children(object).filter_map(|child| tape.node(child)).find(holds);
    let rank = holder.map_or(0, |holder| keys.of(holder).rank);
    // An object within a text is an application's.
    match KEYS.get(usize::from(rank).wrapping_sub(1)) {
        Some(&"log") if is_alone && text.doc == Doc::Input => LOG_FRAME,
        Some(&"message") if is_alone && text.doc == Doc::Input => MESSAGE_FRAME,
        _ => {
            let frames = if text.doc == Doc::Input { &OUTER_FRAMES } else { &INNER_FRAMES };
            frames.get(usize::from(rank)).map_or(&b"\0"[..], |frame| frame.as_slice())
        }
    }
}

const LOG_FRAME: &[u8] = b"\0log";
const MESSAGE_FRAME: &[u8] = b"\0message";
/// By the rank of the key that holds the text; kinds of frames with a name of their own are letters.
static OUTER_FRAMES: [[u8; 2]; 64] = frames(0);
static INNER_FRAMES: [[u8; 2]; 64] = frames(0x80);

const fn frames(first: u8) -> [[u8; 2]; 64] {
    let (mut frames, mut kind) = ([[0; 2]; 64], first);
    let mut left: &mut [[u8; 2]] = &mut frames;
    while let [frame, rest @ ..] = left {
        *frame = [0, kind];
        (left, kind) = (rest, kind.wrapping_add(1));
    }
    frames
}

const _: () = assert!(KEYS.len() < 64, "each wrapping key has a frame");
/// Stands for the file of what a container runtime wrote.
pub const STREAM_FRAME: &[u8] = b"\0stream";

/// As above, of an object's text.
pub fn is_of_tail(tape: &Tape, object: u32, atoms: &Atoms) -> bool {
    let [log, _] = SOLE;
    tape.member(object, atoms.find(log.as_bytes()))
        .and_then(|at| tape.node(at))
        .is_some_and(|node| node.kind == Kind::String)
}

/// The text that begins at `start`, where nothing follows it in the record.
pub fn sole_text(record: &[u8], start: usize, atoms: &Atoms) -> Option<Wrapped> {
    let record = record.trim_ascii_end();
    let inside = record.get(start..)?;
    if let [content @ .., b'"', b'}'] = inside
        && is_plain(content)
    {
        return Some(Wrapped {
            content: start..start.wrapping_add(content.len()),
            is_escaped: false,
            is_list: false,
            doc: Doc::Input,
        });
    }
    let (end, flags) = ScalarReader::new(record, atoms).string(record, start.wrapping_sub(1))?;
    let is_alone = matches!(record.get(end..), Some([b'}'])) && flags & BROKEN == 0;
    is_alone.then_some(Wrapped {
        content: start..end.wrapping_sub(1),
        is_escaped: flags != 0,
        is_list: false,
        doc: Doc::Input,
    })
}

/// The meaning of a key to shippers.
#[derive(Clone, Copy, Default)]
struct Kept {
    /// From 1 on, the place of a wrapping key among all; 0 for any other.
    rank: u8,
    is_list: bool,
    is_beside_lists: bool,
    /// Whose key it is: bit 0 for what every shipper writes, the others for those of [`SHIPPERS`], in their order.
    of: u64,
    /// Which of them it shows, by itself and with another such key.
    shows: u64,
    hints: u64,
    is_of_journal: bool,
    /// How it names the container that the record is from.
    metadata: Option<Metadata>,
    is_of_runtime: bool,
    /// A path to the name of an application begins with it.
    names_author: bool,
    /// It does so beside the keys of an event, too.
    is_outright: bool,
}

const _: () = assert!(SHIPPERS.len() < 64, "each shipper has a bit, and one is for all");
const _: () = assert!(KEYS.len() < 256, "each wrapping key has a rank");

/// The meaning of each key to shippers, by its atom.
pub struct Keys {
    kept: Vec<Kept>,
    /// The key whose value may be a list of bytes.
    journal_text: Atom,
    stream: Atom,
    event: Atom,
    original: Atom,
    /// The key of CloudTrail's LookupEvents for the event.
    looked_up: Atom,
    authors: Authors,
}

/// The container that a record is from, by its metadata: tokens of text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Container {
    /// Its name, else what its labels call it, else its pod's.
    pub name: Option<Span>,
    /// Its image, and what its labels call it.
    pub others: [Option<Span>; 3],
    pub host: Option<Span>,
}

impl Keys {
    /// Every key that the table knows.
    pub fn all() -> impl Iterator<Item = &'static str> {
        let headers = HEADER_KEYS.iter().flat_map(|keys| keys.iter());
        let shippers = SHIPPERS
            .iter()
            .flat_map(|shipper| shipper.by.iter().chain(shipper.by_two).chain(shipper.beside));
        let containers = CONTAINER_KEYS.iter().map(|(key, _)| key).chain([&STREAM_KEY]);
        [KEYS, BESIDE, LISTS, BESIDE_LISTS, JOURNAL_KEYS, RUNTIME_KEYS]
            .into_iter()
            .flatten()
            .chain(containers)
            .chain(
                [FILE_PATHS, PROGRAM_PATHS, HOST_PATHS]
                    .into_iter()
                    .flatten()
                    .flat_map(|path| path.iter()),
            )
            .chain(
                [FILE_KEYS, TAG_KEYS, UNIT_KEYS, COMMAND_KEYS, EXECUTABLE_KEYS, OUTRIGHT_KEYS]
                    .into_iter()
                    .flatten(),
            )
            .chain(headers)
            .chain(shippers)
            .copied()
    }

    pub fn new(atoms: &Atoms) -> Keys {
        let mut kept = vec![Kept::default(); usize::from(atoms.count()).saturating_add(1)];
        let mut put = |key: &str, change: &mut dyn FnMut(&mut Kept)| {
            let atom = atoms.find(key.as_bytes());
            if let Some(kept) = kept.get_mut(usize::from(atom)).filter(|_| atom != UNKNOWN) {
                change(kept);
            }
        };
        for (rank, key) in (1..).zip(KEYS) {
            put(key, &mut |kept| kept.rank = rank);
        }
        for key in HEADER_KEYS.iter().flat_map(|keys| keys.iter()).chain(BESIDE).chain(KEYS) {
            if !WIDE.contains(key) {
                put(key, &mut |kept| kept.of |= 1);
            }
        }
        for (at, shipper) in (1u32..).zip(SHIPPERS) {
            let bit = 1u64.wrapping_shl(at);
            for key in shipper.by {
                put(key, &mut |kept| (kept.of, kept.shows) = (kept.of | 1, kept.shows | bit));
            }
            for key in shipper.by_two {
                put(key, &mut |kept| (kept.of, kept.hints) = (kept.of | bit, kept.hints | bit));
            }
            for key in shipper.beside {
                put(key, &mut |kept| kept.of |= bit);
            }
        }
        for key in LISTS {
            put(key, &mut |kept| kept.is_list = true);
        }
        for key in BESIDE_LISTS {
            put(key, &mut |kept| kept.is_beside_lists = true);
        }
        for key in JOURNAL_KEYS {
            put(key, &mut |kept| kept.is_of_journal = true);
        }
        for (key, metadata) in CONTAINER_KEYS {
            put(key, &mut |kept| kept.metadata = Some(*metadata));
        }
        for key in OUTRIGHT_KEYS {
            put(key, &mut |kept| kept.is_outright = true);
        }
        let authors = Authors::new(atoms);
        for key in RUNTIME_KEYS {
            put(key, &mut |kept| kept.is_of_runtime = true);
        }
        let [journal_text, stream, event, original, looked_up] =
            ["MESSAGE", STREAM_KEY, "event", "original", "CloudTrailEvent"]
                .map(|key| atoms.find(key.as_bytes()));
        for atom in authors.outermost().filter(|atom| *atom != UNKNOWN) {
            if let Some(kept) = kept.get_mut(usize::from(atom)) {
                kept.names_author = true;
            }
        }
        Keys { kept, journal_text, stream, event, original, looked_up, authors }
    }

    fn of(&self, node: &Node) -> Kept {
        self.kept.get(usize::from(node.atom)).copied().unwrap_or_default()
    }

    /// Looks at an object's keys once: whether it holds nothing but what one shipper writes, or what the journal does, and its list of events.
    pub fn look(&self, tape: &Tape, object: u32, texts: Texts<'_>) -> Outside {
        let mut all = Kept { of: u64::MAX, shows: 1, is_beside_lists: true, ..Kept::default() };
        let (mut is_foreign, mut list, mut count) = (false, None, 0u32);
        for child in tape.children(object) {
            let Some(node) = tape.node(child) else { continue };
            let kept = self.of(node);
            count = count.saturating_add(1);
            all.of &= kept.of;
            all.shows |= kept.shows | all.hints & kept.hints;
            all.hints |= kept.hints;
            all.is_of_journal |= kept.is_of_journal;
            is_foreign |= kept.of == 0;
            if kept.is_list && node.kind == Kind::Array && list.is_none() {
                list = Some(child);
            } else {
                all.is_beside_lists &= kept.is_beside_lists;
            }
        }
        let is_of_shipper = all.is_of_journal
            || all.of & all.shows != 0
            || (!is_foreign || all.shows & OPEN != 0)
                && self.are_of(all.shows, tape, object, texts)
            || count == 3 && is_log_event(tape, object);
        let listed = list.filter(|_| all.is_beside_lists).and_then(|list| first_of(tape, list));
        Outside { is_of_shipper: is_of_shipper || listed.is_some(), listed }
    }

    #[inline(never)]
    fn are_of(&self, shown: u64, tape: &Tape, object: u32, texts: Texts<'_>) -> bool {
        tape.children(object)
            .filter_map(|child| tape.node(child))
            .all(|node| self.of(node).of & shown != 0 || is_more(shown, node, texts))
    }

    /// The member of an object under the first of the wrapping keys whose value is one of those that `is` accepts.
    fn first(
        &self,
        tape: &Tape,
        object: u32,
        is: impl Fn(u32, &Node) -> bool,
    ) -> Option<(u32, Node)> {
        let mut best: Option<(u8, u32, Node)> = None;
        for child in tape.children(object) {
            let Some(node) = tape.node(child) else { continue };
            let rank = self.of(node).rank;
            // The last one of equal keys counts.
            if rank != 0 && best.is_none_or(|(least, ..)| rank <= least) && is(child, node) {
                best = Some((rank, child, *node));
            }
        }
        best.map(|(_, child, node)| (child, node))
    }

    /// The member that holds the event: the first object or text under a wrapping key, but a text that is an object goes before what else is there, since
    /// Elastic's `log` stands beside its `message`, and Graylog's `short_message` beside its `full_message`.
    fn held(&self, tape: &Tape, object: u32, input: &[u8]) -> Option<(u32, Node)> {
        let is_text = |node: &Node| {
            node.kind == Kind::String && node.end.saturating_sub(node.start) > EMPTY_TEXT
        };
        let (index, node) =
            self.first(tape, object, |_, node| node.kind == Kind::Object || is_text(node))?;
        let is_object_text = |_: u32, node: &Node| {
            node.kind == Kind::String
                && node.doc() == Doc::Input
                && begins_object(input.get(node.start as usize..node.end as usize))
        };
        // Beats describe the file in `log`, which stands before `event`.
        let original = tape
            .member(object, self.event)
            .and_then(|event| tape.member(event, self.original))
            .and_then(|at| Some((at, *tape.node(at)?)));
        if let Some((at, node)) = original.filter(|(at, node)| is_object_text(*at, node)) {
            return Some((at, node));
        }
        if !is_object_text(index, &node)
            && let Some(text) = self.first(tape, object, is_object_text)
        {
            return Some(text);
        }
        Some((index, node))
    }
}

/// Length of the token of an empty text.
const EMPTY_TEXT: u32 = 2;

/// The bits of shippers that have keys which no table lists.
const OPEN: u64 = open(&[More::Underscored, More::StructuredData]);

const fn open(kinds: &[More]) -> u64 {
    let (mut bits, mut at, mut rest) = (0u64, 1u32, SHIPPERS);
    while let [shipper, more @ ..] = rest {
        let mut left = kinds;
        while let [kind, others @ ..] = left {
            if let Some(known) = shipper.more
                && known as u8 == *kind as u8
            {
                bits |= 1u64.wrapping_shl(at);
            }
            left = others;
        }
        (at, rest) = (at.wrapping_add(1), more);
    }
    bits
}

/// True if one of the shippers that are shown may write a key like this one, which no table lists.
fn is_more(shown: u64, node: &Node, texts: Texts<'_>) -> bool {
    let text = if node.doc() == Doc::Input { texts.input } else { texts.arena };
    let start = node.key_start as usize;
    let key = text.get(start..start.saturating_add(node.key_len as usize)).unwrap_or_default();
    let is_underscored = shown & open(&[More::Underscored]) != 0 && matches!(key, [b'_', ..]);
    let is_data_id = || matches!(key, b"origin" | b"meta" | b"timeQuality") || key.contains(&b'@');
    let is_data =
        shown & open(&[More::StructuredData]) != 0 && node.kind == Kind::Object && is_data_id();
    is_underscored || is_data
}

/// The keys around an event.
pub struct Outside {
    /// Nothing but what one shipper writes.
    pub is_of_shipper: bool,
    /// The first event of a list beside nothing but words of its delivery, and whether there are more.
    pub listed: Option<(u32, bool)>,
}

fn first_of(tape: &Tape, list: u32) -> Option<(u32, bool)> {
    let mut elements = tape.children(list);
    let first = elements.next()?;
    (tape.node(first)?.kind == Kind::Object).then(|| (first, elements.next().is_some()))
}

/// True if a text, in its quotes, begins as an object does.
fn begins_object(text: Option<&[u8]>) -> bool {
    let content = text.and_then(|text| text.strip_prefix(b"\"")).unwrap_or_default();
    matches!(content.trim_ascii_start(), [b'{', ..])
}

/// True if the three members are those of CloudWatch's `logEvents`: an id of many digits, a time, and a message.
fn is_log_event(tape: &Tape, object: u32) -> bool {
    let mut members = tape.children(object).filter_map(|child| tape.node(child));
    let id = members
        .next()
        .is_some_and(|node| node.kind == Kind::String && node.end.saturating_sub(node.start) == 58);
    let time = members.next().is_some_and(|node| node.kind == Kind::Number);
    let message = members.next().is_some_and(|node| node.kind == Kind::String);
    id && time && message
}

/// The text in one of the wrapping keys of `object`, where it holds no JSON.
pub fn text(tape: &Tape, object: u32, keys: &Keys) -> Option<Wrapped> {
    let is_text = |at: u32, node: &Node| {
        node.kind == Kind::String
            || node.kind == Kind::Array && (node.atom == keys.journal_text || is_of_lines(tape, at))
    };
    let (_, node) = keys.first(tape, object, is_text)?;
    let content = (node.start as usize).saturating_add(1)..(node.end as usize).saturating_sub(1);
    (!node.is_broken()).then_some(Wrapped {
        content,
        is_escaped: node.is_escaped(),
        is_list: node.kind == Kind::Array,
        doc: node.doc(),
    })
}

/// Lines of one event at most.
const MOST_LINES: usize = 64;

/// True if all elements of an array are texts.
fn is_of_lines(tape: &Tape, array: u32) -> bool {
    let mut elements = tape.children(array).filter_map(|element| tape.node(element));
    let is_text = |node: &Node| node.kind == Kind::String && !node.is_broken();
    elements.next().is_some_and(is_text) && elements.by_ref().take(MOST_LINES).all(is_text)
}

/// Appends the lines of a list, each in its quotes, with an end of line between them.
fn put_lines(list: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let mut rest = list.trim_ascii_start();
    for _ in 0..MOST_LINES {
        let Some(inner) = rest.strip_prefix(b"\"") else {
            return rest.is_empty().then_some(());
        };
        let mut end = 0usize;
        while let Some(&byte) = inner.get(end).filter(|&&byte| byte != b'"') {
            end = end.saturating_add(if byte == b'\\' { 2 } else { 1 });
        }
        if out.len() > start {
            crate::text::put(b"\n", out).ok()?;
        }
        unescape(inner.get(..end)?, out).ok()?;
        rest = inner.get(end.saturating_add(1)..)?.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
    Some(())
}

/// Appends the bytes whose numbers stand in a list, `83, 117, 100`, or its lines.
pub fn put_list(list: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if list.trim_ascii_start().starts_with(b"\"") {
        return put_lines(list, out);
    }
    for number in list.split(|byte| *byte == b',') {
        let byte = u8::try_from(crate::text::number(number.trim_ascii())?).ok()?;
        crate::text::put(&[byte], out).ok()?;
    }
    Some(())
}

/// Value that shippers read from a header: the first of the members by these keys that is plain text or a number, and not a lone dash, and from which `read` makes something.
pub fn header_part<'a, T>(
    tape: &Tape,
    object: u32,
    input: &'a [u8],
    keys: &[&str],
    atoms: &Atoms,
    mut read: impl FnMut(&'a [u8]) -> Option<T>,
) -> Option<T> {
    keys.iter().find_map(|key| {
        let member = tape.node(tape.member(object, atoms.find(key.as_bytes()))?)?;
        let is_plain = matches!(member.kind, Kind::String | Kind::Number)
            && !member.is_escaped()
            && member.doc() == Doc::Input;
        let text = crate::value::unquote(
            input.get(member.start as usize..member.end as usize).filter(|_| is_plain)?,
        );
        read(text).filter(|_| !matches!(text, [] | [b'-']))
    })
}

/// Where the path or the tag of a container's log, as Kubernetes calls it, begins to name the container; and what stands behind that.
fn container_log(place: &[u8]) -> Option<(&[u8], ContainerLog<'_>)> {
    use ContainerLog::{File, Pod};
    let file = || {
        line::split_once(place, b"log/containers/")
            .or_else(|| line::split_once(place, b"log.containers."))
    };
    let pod =
        || line::split_once(place, b"log/pods/").or_else(|| line::split_once(place, b"log.pods."));
    file()
        .map(|(head, rest)| (head, File(rest)))
        .or_else(|| pod().map(|(head, rest)| (head, Pod(rest))))
}

enum ContainerLog<'p> {
    /// `POD_NAMESPACE_CONTAINER-ID.log`
    File(&'p [u8]),
    /// `NAMESPACE_POD_UID/CONTAINER/0.log`
    Pod(&'p [u8]),
}

/// The container whose log a path names, `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log` or `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log`, or the tag that
/// Fluent Bit makes of it: `kube.var.log.containers.POD_NAMESPACE_CONTAINER-ID.log`.
pub fn container_of(place: &[u8]) -> Option<&[u8]> {
    let name = match container_log(place)?.1 {
        ContainerLog::File(rest) => {
            let mut parts = rest.splitn(3, |&byte| byte == b'_').skip(2);
            let last = parts.next()?;
            last.get(..last.iter().rposition(|&byte| byte == b'-')?)?
        }
        ContainerLog::Pod(rest) => rest.rsplit(|byte| b"/.".contains(byte)).nth(2)?,
    };
    (!name.is_empty()).then_some(name)
}

/// The part of a tag that an operator wrote, without the names of a container and its pod.
pub fn without_container(tag: &[u8]) -> &[u8] {
    container_log(tag).map_or(tag, |(head, _)| head)
}

/// Plain text at a path.
pub fn within<'a>(
    tape: &Tape,
    object: u32,
    input: &'a [u8],
    path: &[&str],
    atoms: &Atoms,
) -> Option<&'a [u8]> {
    let (last, way) = path.split_last()?;
    let parent =
        way.iter().try_fold(object, |at, key| tape.member(at, atoms.find(key.as_bytes())))?;
    header_part(tape, parent, input, &[last], atoms, Some)
}

/// The moment that a shipper's time says, in one of the forms that they have.
pub fn moment(text: &[u8]) -> Option<Millis> {
    let seconds = || Format::Count(1).read(text).filter(|_| matches!(digits_len(text), 9 | 10));
    time::parse(text)
        .or_else(|| time::microseconds(text))
        .or_else(|| time::common_log(text))
        .or_else(seconds)
        .or_else(|| time::ctime(text))
}

impl Keys {
    /// The container that an object is from, by the metadata that a shipper or runtime put into it.
    pub fn container(&self, tape: &Tape, object: u32) -> Container {
        let mut found = Container::default();
        let (mut kubernetes, mut container) = (None, None);
        for (child, node, metadata) in self.metadata(tape, object) {
            match metadata {
                Metadata::Kubernetes => kubernetes = Some(child),
                Metadata::Container => container = Some(child),
                Metadata::Name => found.name = token(node).or(found.name),
                Metadata::Image => found.put(token(node)),
                _ => {}
            }
        }
        let mut labelled = None;
        if let Some(kubernetes) = kubernetes {
            let mut pod = None;
            for (child, node, metadata) in self.metadata(tape, kubernetes) {
                match metadata {
                    Metadata::Name => found.name = token(node).or(found.name),
                    Metadata::Image => found.put(token(node)),
                    Metadata::Container => container = Some(child),
                    Metadata::Host => found.host = token(node),
                    Metadata::PodName => pod = token(node),
                    Metadata::Pod => pod = self.called(tape, child, Metadata::Called).or(pod),
                    Metadata::Labels => {
                        for (_, label, metadata) in self.metadata(tape, child) {
                            if metadata == Metadata::Label {
                                labelled = labelled.or(token(label));
                                found.put(token(label));
                            }
                        }
                    }
                    _ => {}
                }
            }
            labelled = labelled.or(pod);
        }
        if let Some(container) = container {
            found.name = found.name.or(self.called(tape, container, Metadata::Called));
            for (child, node, metadata) in self.metadata(tape, container) {
                if metadata == Metadata::Held {
                    found.put(token(node).or(self.called(tape, child, Metadata::Called)));
                }
            }
        }
        found.name = found.name.or(labelled);
        found
    }

    /// True if an object says which container or process wrote it, beside its own keys.
    pub fn has_container(&self, tape: &Tape, object: u32) -> bool {
        let (mut is_named, mut is_of_runtime) = (false, false);
        for child in tape.children(object) {
            let Some(node) = tape.node(child) else { continue };
            let kept = self.of(node);
            let is_of_shipper = kept.is_of_journal || kept.is_outright;
            if kept.metadata == Some(Metadata::Kubernetes) || is_of_shipper {
                return true;
            }
            is_named |= kept.metadata == Some(Metadata::Name);
            is_of_runtime |= kept.is_of_runtime;
        }
        is_named && is_of_runtime
    }

    /// Each name that attributes beside what it wraps give to who wrote an object.
    pub fn each_author(
        &self,
        tape: &Tape,
        object: u32,
        texts: Texts<'_>,
        atoms: &Atoms,
        put: &mut dyn FnMut(Stated<'_>),
    ) {
        if self.has(tape, object, |kept| kept.names_author) {
            self.authors.each(tape, object, texts, atoms, put);
        }
    }

    /// True if the journal wrote some of an object's keys.
    pub fn has_journal(&self, tape: &Tape, object: u32) -> bool {
        self.has(tape, object, |kept| kept.is_of_journal)
    }

    /// True if such a key is among an object's own.
    #[inline]
    fn has(&self, tape: &Tape, object: u32, is_such: impl Fn(&Kept) -> bool) -> bool {
        let mut nodes = tape.children(object).filter_map(|child| tape.node(child));
        nodes.any(|node| is_such(&self.of(node)))
    }

    /// True if a container runtime states that the line went to one of its streams.
    pub fn has_stream(&self, tape: &Tape, object: u32) -> bool {
        tape.member(object, self.stream).is_some()
    }

    fn metadata<'t>(
        &self,
        tape: &'t Tape,
        object: u32,
    ) -> impl Iterator<Item = (u32, &'t Node, Metadata)> {
        tape.children(object).filter_map(move |child| {
            let node = tape.node(child)?;
            Some((child, node, self.of(node).metadata?))
        })
    }

    /// Text of a member of this meaning.
    fn called(&self, tape: &Tape, object: u32, meaning: Metadata) -> Option<Span> {
        self.metadata(tape, object)
            .filter(|(_, _, metadata)| *metadata == meaning)
            .find_map(|(_, node, _)| token(node))
    }
}

impl Container {
    /// Its names, the first one first, where there is one.
    pub fn names<'t>(&self, texts: Texts<'t>) -> impl Iterator<Item = &'t [u8]> + use<'t> {
        let others = self.others.into_iter().flatten();
        self.name.into_iter().chain(others).map(move |name| texts.content(name))
    }

    fn put(&mut self, name: Option<Span>) {
        if let Some(place) = self.others.iter_mut().find(|other| other.is_none()) {
            *place = name;
        }
    }
}

/// A token of text.
fn token(node: &Node) -> Option<Span> {
    Some(node.scalar())
        .filter(|scalar| scalar.kind == Kind::String && !scalar.is_broken())
        .map(Scalar::span)
        .filter(|span| span.len() > 2)
}

/// True if what one of the wrapping keys holds is an object, not text; or the text of an event, under a key that means nothing else.
pub fn holds_object(tape: &Tape, object: u32, input: &[u8], keys: &Keys) -> bool {
    keys.held(tape, object, input).is_some_and(|(index, node)| {
        node.kind == Kind::Object || tape.member(object, keys.looked_up) == Some(index)
    })
}

/// The object within `object`, if one of the wrapping keys holds one.
pub fn unwrap(
    tape: &mut Tape,
    object: u32,
    input: &[u8],
    atoms: &Atoms,
    keys: &Keys,
    event: &mut Event,
) -> Option<u32> {
    let (index, node) = keys.held(tape, object, input)?;
    if node.kind == Kind::Object {
        return Some(index);
    }
    let start = event.arena.len();
    let mut arena = std::mem::take(&mut event.arena);
    let copied = match node.doc() {
        Doc::Input => unescape(
            crate::value::unquote(
                input.get(node.start as usize..node.end as usize).unwrap_or_default(),
            ),
            &mut arena,
        ),
        Doc::Arena => unescape_within(&mut arena, node.start as usize..node.end as usize),
    };
    if copied.is_ok() {
        event.is_decoded |= decode_base64(&mut arena, start);
    }
    let begin = start.saturating_add(line::unmarked(arena.get(start..).unwrap_or_default()));
    let is_object = matches!(arena.get(begin..).unwrap_or_default().trim_ascii_start(), [b'{', ..]);
    let object = match copied.is_ok() {
        true if is_object => Some(begin),
        true => key_value::frame(&mut arena, start),
        false => None,
    };
    scanned(arena, start, object, tape, atoms, event)
}

/// The object that a record of text reads as; nothing where it is of no known form.
pub fn of_text(tape: &mut Tape, input: &[u8], atoms: &Atoms, event: &mut Event) -> Option<u32> {
    if !key_value::begins_with_pairs(input) && !is_element(input) {
        return None;
    }
    object_of(tape, input, atoms, event)
}

/// True if it is an object of a list that stands on lines of their own, as MySQL writes its file: with the comma behind it.
fn is_element(text: &[u8]) -> bool {
    matches!(text.trim_ascii(), [b'{', .., b'}', b','])
}

/// As above, of text that may be JSON as well.
#[inline(never)]
pub fn object_of(tape: &mut Tape, text: &[u8], atoms: &Atoms, event: &mut Event) -> Option<u32> {
    let start = event.arena.len();
    let mut arena = std::mem::take(&mut event.arena);
    let object = match crate::text::put(text, &mut arena) {
        Ok(()) if matches!(text, [b'{', ..]) => Some(start),
        Ok(()) => key_value::frame(&mut arena, start),
        Err(_) => None,
    };
    scanned(arena, start, object, tape, atoms, event)
}

/// The root of an object in the arena, which goes back to the event. Without one, what was written from `start` on is taken out again.
fn scanned(
    mut arena: Vec<u8>,
    start: usize,
    object: Option<usize>,
    tape: &mut Tape,
    atoms: &Atoms,
    event: &mut Event,
) -> Option<u32> {
    let len = arena.trim_ascii_end().len();
    if object.is_some_and(|object| is_element(arena.get(object..).unwrap_or_default())) {
        arena.truncate(len.saturating_sub(1));
    }
    let inner = object
        .and_then(|object| scan(&arena, object, Doc::Arena, atoms, tape).ok())
        .map(|scan| scan.root);
    if inner.is_none() {
        arena.truncate(start);
    }
    event.arena = arena;
    inner
}

/// Unescapes a string that stands in the arena itself to the arena's end.
fn unescape_within(
    arena: &mut Vec<u8>,
    token: std::ops::Range<usize>,
) -> Result<(), crate::text::Full> {
    let mut copy = Vec::new();
    crate::text::put(arena.get(token).unwrap_or_default(), &mut copy)?;
    unescape(crate::value::unquote(&copy), arena)
}
