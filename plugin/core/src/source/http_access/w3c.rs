//! The W3C Extended Log File Format, as IIS and CloudFront write it: <https://www.w3.org/TR/WD-logfile.html>.

use super::Entry;
use crate::address;
use crate::event::{Category, Class, Event, Field, Tag};
use crate::parse::line::{Line, is_address, next_word};
use crate::parse::wrap::Wrapped;
use crate::sketch::Words;
use crate::source::Memory;
use crate::text::{
    HIGHS, begins, behind, exactly, first_mark, is_plain_without, number, word_within,
};
use crate::value::{Doc, Kind, Span, Val};

/// Fields that are read, by the names that `#Fields:` gives them.
const NAMES: &[&[u8]] = &[
    b"date",
    b"time",
    b"c-ip",
    b"cs-method",
    b"cs-uri-stem",
    b"cs-uri-query",
    b"cs-username",
    b"sc-status",
    b"sc-bytes",
    b"cs(User-Agent)",
    b"cs-host",
    b"cs(Host)",
    b"time-taken",
    b"x-edge-request-id",
    b"s-sitename",
    b"s-computername",
    b"x-host-header",
    b"c-port",
    b"cs-bytes",
    b"X-Forwarded-For",
    b"cs(X-Forwarded-For)",
    b"Forwarded",
    b"X-Real-IP",
    b"X-Client-IP",
    b"True-Client-IP",
    b"CF-Connecting-IP",
    b"X-ProxyUser-IP",
    b"sc-substatus",
    b"X-Original-Forwarded-For",
    b"Fastly-Client-IP",
    b"X-Cluster-Client-IP",
    b"X-Azure-ClientIP",
];
/// Fields of one form, eight in a word.
const MOST_FIELDS: usize = 56;
/// Words of one form: the hash of the tag and the file, then the fields.
const FORM: usize = 8;
/// How many forms are known, each by its tag and file.
const FORMS: usize = 32;

/// `23:59:59.9999`; longer ones are no times.
const LONGEST_CLOCK: usize = 13;
/// IIS refuses so who sent no credentials: 401.2.
const NO_CREDENTIALS: &[u8] = b"2";
/// Longer agents stay as they are written.
const MOST_AGENT: usize = 512;
/// Longer URLs are put together in the arena itself.
const MOST_URL: usize = 254;

/// Column layouts of `#Fields:` lines, by tag and file.
pub(super) const MEMORY: Memory = Memory { new: forms, asks_for_file };

fn forms() -> Words {
    Words::new("http.w3c-forms", NAMES.len() as u64, FORM.saturating_mul(FORMS))
}

/// In how many places the form of a file may be.
const PLACES: usize = 4;

/// Where the form of a tag's file is kept; and if there is none, with the mark of both, where it may be.
fn place(forms: &Words, tag: &[u8], file: &[u8]) -> (Option<usize>, usize, u64) {
    let hash = |seed, text| crate::sketch::HashKey(seed, 0).hash(text);
    let mark = match file {
        [] => hash(0, tag),
        // It only says in which kind of record the line is.
        [0, kind, ..] => hash(u64::from(*kind), tag),
        _ => hash(hash(0, tag), file),
    };
    let places =
        (0..PLACES).map(|step| ((mark as usize).wrapping_add(step) % FORMS).saturating_mul(FORM));
    let found = places.clone().find(|&at| forms.get(at) == mark);
    let free = places.clone().find(|&at| forms.get(at) == 0);
    let home = (mark as usize % FORMS).saturating_mul(FORM);
    (found, free.unwrap_or(home), mark)
}

/// True if any such line was seen: mostly none was.
fn has_forms(forms: &Words) -> bool {
    (0..FORMS).any(|form| forms.get(form.wrapping_mul(FORM)) != 0)
}

/// True if it matters from which file a line is: it states a form, or forms are known.
fn asks_for_file(record: &[u8], text: &Wrapped, forms: &Words) -> bool {
    // A text may begin with an escape or a mark of byte order, which a directive stands behind.
    has_forms(forms)
        || text.doc != Doc::Input
        || matches!(record.get(text.content.start), Some(b'#' | b'\\' | 0xef))
}

/// The name of a header within `cs(X-Real-IP)`, of those that name the client.
fn header(name: &[u8]) -> &[u8] {
    let inner = behind(name, b"cs(").and_then(|name| name.strip_suffix(b")"));
    inner.filter(|name| name.contains(&b'-') || *name == b"Forwarded").unwrap_or(name)
}

/// Remembers what `#Fields:` says; the other directives tell nothing.
pub(super) fn directive(line: &mut Line<'_>) -> bool {
    let text = line.message;
    let is_directive = [
        &b"#Software:"[..],
        b"#Version:",
        b"#Date:",
        b"#Fields:",
        b"#Start-Date:",
        b"#End-Date:",
        b"#Remark:",
    ]
    .iter()
    .any(|name| text.starts_with(name));
    // A file says it of itself; what a program says through syslog is that program's.
    if !is_directive || !line.program.is_empty() || line.is_nameless {
        return false;
    }
    if let Some(mut rest) = text.strip_prefix(b"#Fields:").map(<[u8]>::trim_ascii) {
        let (found, free, mark) = place(line.forms, line.tag, line.file);
        let at = found.unwrap_or(free);
        (0..FORM).for_each(|index| line.forms.set(at.saturating_add(index), 0));
        line.forms.set(at, mark);
        let mut index = 0usize;
        while !rest.is_empty() && index < MOST_FIELDS {
            let (name, behind) = next_word(rest);
            let code = NAMES
                .iter()
                .position(|known| {
                    known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(header(name))
                })
                .map_or(255, |code| code as u64)
                .saturating_add(1)
                .min(255);
            let place = at.saturating_add(1).saturating_add(index / 8);
            line.forms.set(
                place,
                line.forms.get(place) | code.wrapping_shl((index % 8).wrapping_mul(8) as u32),
            );
            (rest, index) = (behind, index.saturating_add(1));
        }
    }
    line.event.set(Field::ActionName, Val::Word("w3c_directive"));
    line.event.set_class(Class::Other);
    line.event.set_category(Category::System);
    line.event.set(Field::ActorType, Val::Word("system"));
    line.put(Field::OutcomeReason, text);
    true
}

/// Reads a line of fields, by what `#Fields:` said, else in IIS's order.
pub(super) fn read(line: &mut Line<'_>) -> bool {
    if is_dated(line.message) {
        return fields(line);
    }
    // Some forms have the time first.
    let is_clock = matches!(
        line.message,
        [b'0'..=b'2', b'0'..=b'9', b':', _, _, b':', _, _, b' ' | b'\t', ..]
    );
    is_clock && by_form(line, &mut Entry::default())
}

fn fields(line: &mut Line<'_>) -> bool {
    let mut entry = Entry::default();
    by_form(line, &mut entry) || by_order(line, &mut entry)
}

/// Reads a line that stands in the record from `start` on: a JSON string, with which the record ends. Without a bracket a dated line has no header,
/// and is of no other form.
pub(super) fn read_in_place<'a>(line: &mut Line<'a>, record: &'a [u8], start: usize) -> bool {
    let Some([text @ .., b'"', b'}']) = record.get(start..) else {
        return false;
    };
    // A date and a time of day: what other programs date mostly has more to its time.
    if !is_dated(text) || text.get(19) != Some(&b' ') || !is_plain_without(text, b'[') {
        return false;
    }
    line.message = text.trim_ascii_end();
    fields(line)
}

/// A date or, as CloudFront has it, a date and a tab.
fn is_dated(text: &[u8]) -> bool {
    matches!(
        text,
        [
            b'0'..=b'9',
            b'0'..=b'9',
            b'0'..=b'9',
            b'0'..=b'9',
            b'-',
            _,
            _,
            b'-',
            _,
            _,
            b' ' | b'\t',
            ..
        ]
    )
}

/// Words between blanks or tabs, eight bytes at a time, each looked at once.
struct Separated<'t> {
    text: &'t [u8],
    /// Where the next word may begin.
    from: usize,
    /// Where the eight bytes stand that were looked at last, and the separators in them that are still to come.
    at: usize,
    marks: u64,
}

fn separated(message: &[u8]) -> Separated<'_> {
    Separated { text: message, from: 0, at: 0, marks: separators(word_within(message, 0)) }
}

/// Marks blanks and tabs by their high bits, and nothing else.
#[inline(always)]
fn separators(word: u64) -> u64 {
    let blanks = exactly(word, b' ');
    // Few words have control characters in them.
    if word.wrapping_sub(0x2020_2020_2020_2020) & HIGHS == 0 {
        blanks
    } else {
        blanks | exactly(word, b'\t')
    }
}

impl<'t> Iterator for Separated<'t> {
    type Item = &'t [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'t [u8]> {
        while self.from < self.text.len() {
            while self.marks == 0 && self.at < self.text.len() {
                self.at = self.at.wrapping_add(8);
                self.marks = separators(word_within(self.text, self.at));
            }
            let end = self.at.wrapping_add(first_mark(self.marks)).min(self.text.len());
            let field = self.text.get(self.from..end)?;
            self.from = end.wrapping_add(1);
            self.marks &= self.marks.wrapping_sub(1);
            if !field.is_empty() {
                return Some(field);
            }
        }
        None
    }
}

fn by_form<'a>(line: &mut Line<'a>, entry: &mut Entry<'a>) -> bool {
    if !has_forms(line.forms) {
        return false;
    }
    let (Some(at), ..) = place(line.forms, line.tag, line.file) else {
        return false;
    };
    let code = |line: &Line<'_>, index: usize| {
        line.forms
            .get(at.saturating_add(1).saturating_add(index / 8))
            .wrapping_shr((index % 8).wrapping_mul(8) as u32)
            & 255
    };
    let count = (0..MOST_FIELDS).take_while(|&index| code(line, index) != 0).count();
    if separated(line.message).count() != count || count == 0 {
        return false;
    }
    let (mut date, mut clock, mut forwarded, mut taken) = (&b""[..], &b""[..], &b""[..], None);
    for (index, field) in separated(line.message).enumerate() {
        let name =
            NAMES.get((code(line, index) as usize).wrapping_sub(1)).copied().unwrap_or_default();
        match name {
            b"date" => date = field,
            b"time" => clock = field,
            b"c-ip" => entry.address = field,
            b"c-port" => entry.port = field,
            b"cs-method" => entry.method = field,
            b"cs-uri-stem" => entry.url = field,
            b"cs-uri-query" => entry.query = field,
            b"cs-username" => entry.user = field,
            b"sc-status" => entry.status = number(field),
            b"sc-bytes" => entry.bytes = number(field),
            b"cs(User-Agent)" => entry.agent = field,
            b"cs-host" | b"cs(Host)" | b"x-host-header" => entry.host = field,
            b"time-taken" => taken = number(field),
            b"x-edge-request-id" => entry.request_id = field,
            b"s-sitename" => entry.service = field,
            b"sc-substatus" => entry.is_challenge = field == NO_CREDENTIALS,
            // A list before what names one address alone.
            b"X-Forwarded-For" | b"cs(X-Forwarded-For)" | b"Forwarded" if field != b"-" => {
                forwarded = field
            }
            b"X-Original-Forwarded-For" if field != b"-" && forwarded.is_empty() => {
                forwarded = field
            }
            b"X-Real-IP"
            | b"X-Client-IP"
            | b"True-Client-IP"
            | b"CF-Connecting-IP"
            | b"X-ProxyUser-IP"
            | b"Fastly-Client-IP"
            | b"X-Cluster-Client-IP"
            | b"X-Azure-ClientIP"
                if forwarded.is_empty() =>
            {
                forwarded = field
            }
            _ => {}
        }
    }
    if entry.status.is_none() {
        return false;
    }
    entry.ask_for(forwarded, line.proxies);
    entry.is_challenge &= entry.status == Some(401);
    complete(line, entry, date, clock, taken)
}

/// `date time .. METHOD stem query port user client [version] agent [cookie] [referer] [host] status ..`
fn by_order<'a>(line: &mut Line<'a>, entry: &mut Entry<'a>) -> bool {
    let mut fields = separated(line.message);
    let (Some(date), Some(clock)) = (fields.next(), fields.next()) else {
        return false;
    };
    // What stands before the method: the site, the computer, its address.
    let mut before = 0u32;
    let method = loop {
        let Some(field) = fields.next().filter(|_| before <= 3) else {
            return false;
        };
        if matches!(field, b"GET" | b"POST")
            || field.len() >= 3 && field.iter().all(u8::is_ascii_uppercase)
        {
            break field;
        }
        if begins(field, b"W3SVC") {
            entry.service = field;
        }
        before = before.saturating_add(1);
    };
    let (Some(stem), Some(query), Some(port), Some(user), Some(client)) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let client = unlinked(client);
    let is_iis =
        matches!(stem, [b'/', ..] | [b'*']) && number(port).is_some() && is_address(client);
    if !is_iis {
        return false;
    }
    (entry.method, entry.url, entry.query, entry.user, entry.address) =
        (method, stem, query, user, client);
    entry.is_ipv4 = !client.contains(&b':');
    let mut agent = fields.next().unwrap_or_default();
    if begins(agent, b"HTTP/") {
        agent = fields.next().unwrap_or_default();
    }
    entry.agent = agent;
    // Cookie, referer and host may stand before the status.
    let mut others = 0u32;
    while entry.status.is_none() {
        let Some(field) = fields.next().filter(|_| others < 5) else {
            return false;
        };
        entry.status = if field.len() == 3 { number(field) } else { None };
        others = others.wrapping_add(1);
    }
    // Its substatus and the system's own stand between; bytes sent and received may stand before the time taken. What is no number is a field of one's own.
    let (substatus, _) = (fields.next(), fields.next());
    entry.is_challenge = entry.status == Some(401) && substatus == Some(NO_CREDENTIALS);
    let mut numbers = [None; 3];
    let mut behind = None;
    for place in &mut numbers {
        behind = fields.next();
        *place = behind.and_then(number);
        if place.is_none() {
            break;
        }
        behind = None;
    }
    // For whom a proxy asked is mostly the last field.
    if let Some(forwarded) = behind
        .into_iter()
        .chain(fields)
        .take(MOST_BEHIND)
        .find(|field| address::hop(list_end(field)).is_some())
    {
        entry.ask_for(forwarded, line.proxies);
    }
    let (bytes, taken) = match numbers {
        [first, None, _] => (None, first),
        [_, second, None] => (None, second),
        [first, _, third] => (first, third),
    };
    entry.bytes = bytes;
    complete(line, entry, date, clock, taken)
}

/// How many fields of one's own are looked at.
const MOST_BEHIND: usize = 4;

/// Text after the last comma of a list.
fn list_end(list: &[u8]) -> &[u8] {
    let last = list.rsplit(|&byte| byte == b',').next().unwrap_or_default();
    last.strip_prefix(b"+").unwrap_or(last)
}

/// Mail and ticket systems turn addresses into links: `[192.0.2.1](http://192.0.2.1)`.
fn unlinked(address: &[u8]) -> &[u8] {
    match behind(address, b"[") {
        Some(rest) => rest.split(|&byte| byte == b']').next().unwrap_or_default(),
        None => address,
    }
}

/// Makes plus signs blanks.
fn space_out(text: &mut [u8]) {
    let (words, rest) = text.as_chunks_mut::<8>();
    for word in words {
        let marks = exactly(u64::from_le_bytes(*word), b'+');
        // Plus and blank differ by these bits.
        *word = (u64::from_le_bytes(*word)
            ^ marks.wrapping_shr(7).wrapping_mul(u64::from(b'+' ^ b' ')))
        .to_le_bytes();
    }
    rest.iter_mut().filter(|byte| **byte == b'+').for_each(|byte| *byte = b' ');
}

/// Requested path, with the separate query.
fn joined(line: &mut Line<'_>, stem: &[u8], query: &[u8]) -> Option<Span> {
    let mut whole = [b'"'; MOST_URL + 2];
    let len = stem.len().saturating_add(1).saturating_add(query.len());
    let place = whole
        .get_mut(1..len.saturating_add(1))
        .filter(|_| len <= MOST_URL && !line.plain.is_empty());
    let Some((head, [mark, tail @ ..])) =
        place.and_then(|place| place.split_at_mut_checked(stem.len()))
    else {
        return joined_text(line.event, stem, query);
    };
    head.copy_from_slice(stem);
    *mark = b'?';
    tail.copy_from_slice(query);
    line.event.token(whole.get(..len.saturating_add(2))?, Kind::String)
}

/// As above, of any text: one string behind the other, with the mark in the place of the quotes between them.
#[inline(never)]
fn joined_text(event: &mut Event, stem: &[u8], query: &[u8]) -> Option<Span> {
    let head = event.quote_lossy(stem)?;
    event.arena.pop();
    let tail = event.quote_lossy(query)?;
    *event.arena.get_mut(tail.start as usize)? = b'?';
    Some(Span { start: head.start, ..tail })
}

fn complete<'a>(
    line: &mut Line<'a>,
    entry: &mut Entry<'a>,
    date: &[u8],
    clock: &[u8],
    taken: Option<i64>,
) -> bool {
    if let Some(date) = date.as_array()
        && clock.len() <= LONGEST_CLOCK
        && let Some(time) = line.days.at(date, clock)
    {
        line.set_time(time);
    }
    line.put_count(Field::RequestLatency, taken);
    // IIS writes blanks as plus signs, so that a field stays one word.
    let agent = std::mem::take(&mut entry.agent);
    entry.fill(line);
    if !matches!(entry.query, [] | [b'-'])
        && let Some(url) = joined(line, entry.url, entry.query)
    {
        line.event.put(
            Field::RequestUrl.into(),
            Tag::Arena(Kind::String),
            u64::from(url.start) | u64::from(url.end).wrapping_shl(32),
            0,
        );
    }
    let mut spaced = [b'"'; MOST_AGENT + 2];
    let len = agent.len();
    if let Some(place) = spaced
        .get_mut(1..len.saturating_add(1))
        .filter(|_| len <= MOST_AGENT && agent != b"-" && !agent.is_empty())
    {
        place.copy_from_slice(agent);
        space_out(place);
        let quoted = match !line.plain.is_empty() {
            true => spaced
                .get(..len.saturating_add(2))
                .and_then(|token| line.event.token(token, Kind::String)),
            false => line.event.quote_lossy(place),
        };
        line.event.set(Field::OriginUserAgent, quoted.map_or(Val::None, Val::Json));
    } else if agent != b"-" {
        line.put(Field::OriginUserAgent, agent);
    }
    true
}
