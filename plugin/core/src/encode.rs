//! Encode: the event in the schema and layout that the policy asks for, as one strict JSON object. Our keys come last, none of the input's shadows them.

pub(crate) mod mark;
mod template;

use mark::Mark;
use template::Learning;
pub use template::Templates;

use crate::detect::finding;
use crate::event::{Cell, Event, Field, Form, Tag};
use crate::note::Note;
use crate::parse::tape::{Node, Tape};
use crate::parse::{Carry, Parsed};
use crate::policy::{KeepRaw, Layout, Policy};
use crate::schema::properties::Properties;
use crate::schema::{self, Case, From, RawAs, Schema, Sealed};
use crate::severity::Severity;
use crate::text::{Sink, base64, escape, hex16};
use crate::value::Val;
use crate::write::Writer;

/// Knows where each property goes; made from the policy.
pub struct Encoder {
    schema: &'static Schema,
    layout: Layout,
    key: Box<[u8]>,
    raw: KeepRaw,
    /// Findings have their routing keys at the root.
    is_routing: bool,
    groups: Vec<Group>,
    properties: Vec<Placed>,
    /// For each field, the properties it fills.
    by_field: Vec<Properties>,
    /// Fields that more than a field decides on.
    derived: Properties,
    /// For each kind of record the properties that it has, and for each condition those that need it, where the schema has kinds.
    by_kind: Vec<Properties>,
    by_need: Vec<Properties>,
    /// The conditions that the policy decides on.
    standing: u32,
    /// Every field fills the property of its own number.
    is_identity: bool,
    /// The group of findings, notes and module.
    own: usize,
    /// `,"module":{"version":"..","policy":".."`
    module: Vec<u8>,
    /// As above, up to the mark's digits: `,"mark":"`
    module_marked: Vec<u8>,
}

/// A group of the output: where `a.b` stands in `a`.
struct Group {
    parent: usize,
    /// `"name":{`
    open: Vec<u8>,
    /// As above, behind a sibling: `},"name":{`
    open_next: Vec<u8>,
    /// An array of one object, of which the name is without its brackets.
    is_list: bool,
}

impl Group {
    fn new(parent: usize, name: &str) -> Group {
        let (name, is_list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        let open = format!("\"{name}\":{}", if is_list { "[{" } else { "{" });
        Group {
            parent,
            open_next: format!("}},{open}").into_bytes(),
            open: open.into_bytes(),
            is_list,
        }
    }
}

/// A property and its group.
struct Placed {
    /// Nothing where the field alone decides.
    from: Option<&'static From>,
    /// The field it is, where it is one.
    field: Option<Field>,
    /// It takes the field only where no property before it did.
    is_rest: bool,
    group: usize,
    /// The group that its group is in.
    parent: usize,
    /// `"name":`
    name: Vec<u8>,
    /// As above, as the first of its group, behind a member of a group beside it: `},"group":{"name":`
    name_behind: Vec<u8>,
}

/// The root, which every path starts from.
const ROOT: usize = 0;

/// Keys at the root of a record, whatever the schema and layout, by which shippers route: where there are findings, the severity of the worst of them and a
/// line that a person can read; the name of the policy's route that takes the record.
pub const ROUTING: [&str; 3] = ["audit_severity", "audit_message", ROUTE];
/// The key of the route's name.
pub const ROUTE: &str = "audit_route";

/// True if the keys that shippers route by stand behind our group as the findings and the route say, and no others do.
pub(crate) fn is_routed(
    findings: Option<&[u8]>,
    route: &[u8],
    tape: &Tape,
    root: u32,
    module: u32,
    input: &[u8],
) -> bool {
    let late = |child: &u32| *child > module;
    let is_routing = |child: u32| {
        let node = tape.node(child)?;
        let end = node.key_start.wrapping_add(node.key_len) as usize;
        let key = input.get(node.key_start as usize..end)?;
        ROUTING.iter().any(|routing| routing.as_bytes() == key).then_some(())
    };
    let count = tape.children(root).filter(late).filter_map(is_routing).count();
    if findings.is_none() && route.is_empty() {
        return count == 0;
    }
    let worst = findings.and_then(|findings| {
        let all = Severity::ALL.into_iter().rev();
        all.map(|severity| (severity, finding::reason_in(findings, severity)))
            .find(|(_, reason)| !reason.is_empty())
    });
    let holder = tape
        .children(root)
        .filter(|child| *child <= module)
        .last()
        .and_then(|child| tape.node(child));
    let Some(holder) = holder.filter(|_| worst.is_some() || findings.is_none()) else {
        return false;
    };
    let mut expected = crate::write::Output::default();
    let room = worst.map_or(0, |(_, reason)| reason.len()).saturating_add(route.len());
    let is_written = expected.reserve(room.saturating_add(128))
        && expected
            .fill(|writer| {
                if let Some((worst, reason)) = worst {
                    put_routing(worst, reason, writer);
                }
                put_route(route, writer);
            })
            .is_ok();
    let keys = if worst.is_some() { 2usize } else { 0 };
    count == keys.saturating_add(usize::from(!route.is_empty()))
        && is_written
        && input.get(holder.end as usize..).is_some_and(|rest| rest.starts_with(expected.bytes()))
}

fn put_routing(worst: Severity, reason: &[u8], writer: &mut Writer<'_>) {
    let [severity, message, _] = ROUTING;
    for (key, text) in [(severity, &[][..]), (message, reason)] {
        writer.put(b",\"");
        writer.put(key.as_bytes());
        writer.put(b"\":\"");
        writer.put(worst.name().as_bytes());
        if key == message {
            writer.put(b": ");
            writer.put(text);
        }
        writer.put(b"\"");
    }
}

fn put_route(route: &[u8], writer: &mut Writer<'_>) {
    if !route.is_empty() {
        writer.put(b",\"");
        writer.put(ROUTE.as_bytes());
        writer.put(b"\":\"");
        writer.put(route);
        writer.put(b"\"");
    }
}

impl Encoder {
    #[inline(never)]
    pub fn new(policy: &Policy, version: &str) -> Encoder {
        let schema =
            schema::ALL.get(policy.output.schema).copied().unwrap_or(&schema::audit::SCHEMA);
        let module =
            format!(",\"module\":{{\"version\":\"{version}\",\"policy\":\"{}\"", policy.digest);
        let mut encoder = Encoder {
            schema,
            layout: policy.output.layout,
            key: policy.output.key.as_bytes().into(),
            raw: policy.output.raw,
            is_routing: policy.output.routing,
            groups: vec![Group {
                parent: ROOT,
                open: Vec::new(),
                open_next: Vec::new(),
                is_list: false,
            }],
            properties: Vec::with_capacity(schema.len()),
            by_field: vec![Properties::default(); Field::ALL.len()],
            derived: Properties::default(),
            by_kind: Vec::new(),
            by_need: Vec::new(),
            standing: schema.cases.as_ref().map_or(0, |cases| (cases.standing)(&policy.output)),
            is_identity: false,
            own: ROOT,
            module_marked: format!("{module},\"mark\":\"").into_bytes(),
            module: module.into_bytes(),
        };
        let mut names: Vec<(usize, String)> = vec![(ROOT, String::new())];
        if schema.cases.is_some() {
            (encoder.by_kind, encoder.by_need) =
                (vec![Properties::default(); 16], vec![Properties::default(); 32]);
        }
        for property in schema.properties {
            let number = encoder.properties.len();
            let field = if let From::Field(field) = property.from { Some(field) } else { None };
            encoder.sort_in(number, property.kinds, property.needs);
            encoder.place(property.path, field, Some(&property.from), &mut names);
        }
        for &field in Field::ALL.iter().filter(|_| schema.keeps_rest) {
            encoder.sort_in(encoder.properties.len(), u16::MAX, 0);
            encoder.place(
                &format!("{}.{}", schema.own_group, field.path()),
                Some(field),
                None,
                &mut names,
            );
        }
        let is_own = |(field, properties): (usize, &Properties)| {
            *properties == Properties::of_fields(1u64.wrapping_shl(field as u32))
        };
        encoder.is_identity = encoder.derived.is_empty()
            && schema.cases.is_none()
            && encoder.by_field.iter().enumerate().all(is_own);
        if !schema.own_group.is_empty() {
            encoder.own = encoder.group(schema.own_group, &mut names);
        }
        encoder
    }

    /// Adds a property at its path; one without a source takes the field where no other did.
    fn place(
        &mut self,
        path: &str,
        field: Option<Field>,
        from: Option<&'static From>,
        names: &mut Vec<(usize, String)>,
    ) {
        let (group, name) = match path.rsplit_once('.') {
            Some((path, name)) => (self.group(path, names), name),
            None => (ROOT, path),
        };
        let number = self.properties.len();
        match field.and_then(|field| self.by_field.get_mut(field as usize)) {
            Some(properties) => properties.insert(number),
            None => self.derived.insert(number),
        }
        self.properties.push(Placed {
            from,
            field,
            is_rest: from.is_none(),
            group,
            parent: self.groups.get(group).map_or(ROOT, |group| group.parent),
            name_behind: [
                self.groups.get(group).map_or(&[][..], |group| &group.open_next),
                format!("\"{name}\":").as_bytes(),
            ]
            .concat(),
            name: format!("\"{name}\":").into_bytes(),
        });
    }

    /// Sorts a property in by the kinds and the conditions of records that have it.
    fn sort_in(&mut self, number: usize, kinds: u16, needs: u32) {
        let has = |bits: u32, bit: usize| bits.wrapping_shr(bit as u32) & 1 != 0;
        self.by_kind
            .iter_mut()
            .enumerate()
            .filter(|(kind, _)| has(u32::from(kinds), *kind))
            .for_each(|(_, properties)| properties.insert(number));
        self.by_need
            .iter_mut()
            .enumerate()
            .filter(|(need, _)| has(needs, *need))
            .for_each(|(_, properties)| properties.insert(number));
    }

    fn group(&mut self, path: &str, names: &mut Vec<(usize, String)>) -> usize {
        let mut at = ROOT;
        for name in path.split('.') {
            let known = names
                .iter()
                .position(|(parent, known)| *parent == at && known == name)
                .filter(|&index| index != ROOT);
            at = known.unwrap_or_else(|| {
                names.push((at, name.to_owned()));
                self.groups.push(Group::new(at, name));
                self.groups.len().saturating_sub(1)
            });
        }
        at
    }

    /// How many bytes an output of such an input usually takes.
    pub fn estimate(&self, input: usize) -> usize {
        input.saturating_mul(2).saturating_add(4096)
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.properties.capacity().saturating_mul(size_of::<Placed>())
    }

    /// Writes the record, with a mark where one is given together with the hash of the original.
    pub(crate) fn encode(
        &self,
        sealed: &Sealed<'_>,
        mark: Option<(&Mark, u64)>,
        templates: &mut Templates,
        writer: &mut Writer<'_>,
    ) {
        match self.layout {
            Layout::Record => {
                writer.put(b"{");
                self.own(sealed, mark, true, templates, writer);
                self.routing(sealed, writer);
                writer.put(b"}");
            }
            Layout::Annotate => {
                self.original(sealed, writer);
                writer.quoted(&self.key);
                writer.put(b":{");
                self.own(sealed, mark, false, templates, writer);
                writer.put(b"}");
                self.routing(sealed, writer);
                writer.put(b"}");
            }
        }
    }

    /// Writes the keys that shippers route by, behind all else.
    fn routing(&self, sealed: &Sealed<'_>, writer: &mut Writer<'_>) {
        if let Some(worst) = sealed.findings.worst.filter(|_| self.is_routing) {
            put_routing(worst, sealed.findings.reason_of(worst), writer);
        }
        put_route(sealed.route.as_bytes(), writer);
    }

    /// Our own groups, without the outermost braces.
    fn own(
        &self,
        sealed: &Sealed<'_>,
        mark: Option<(&Mark, u64)>,
        with_raw: bool,
        templates: &mut Templates,
        writer: &mut Writer<'_>,
    ) {
        let with_raw = with_raw && self.carries_raw(sealed);
        let mut open = self.fields(sealed, templates, writer);
        if let Some(worst) = sealed.findings.worst {
            writer.put(b"\"anomaly\":{\"severity\":");
            writer.quoted(worst.name().as_bytes());
            writer.put(b",\"findings\":[");
            writer.put(sealed.findings.json());
            writer.put(b"]},");
        }
        let notes = templates.notes(sealed.event.notes, mark.map(|(mark, _)| mark));
        writer.put(&notes.text);
        // A text that ECS's `event.original` cannot hold goes beside it.
        let as_base64 = sealed.parsed.carry == Carry::Base64;
        let module = if mark.is_some() { &self.module_marked } else { &self.module };
        if with_raw && (self.schema.raw == RawAs::Value || as_base64) {
            writer.put(if as_base64 { b"\"raw_base64\":" } else { b"\"raw\":" });
            raw(sealed, writer);
            writer.put(module);
        } else {
            // The comma behind what stands before it is there.
            writer.put(module.get(1..).unwrap_or_default());
        }
        if let Some((mark, hash)) = mark {
            let as_it_came = sealed.parsed.carry == Carry::Json
                || (with_raw && sealed.parsed.carry == Carry::Text);
            // With a key renamed, the original no longer stands in it as it came.
            let as_it_came = as_it_came && !sealed.event.notes.has(Note::KeyRenamed);
            // No alert is lost because the fields follow otherwise under another tag. Findings are rare enough for that.
            let as_it_came = as_it_came && sealed.findings.worst.is_none();
            let route = sealed.route.as_bytes();
            let digest = match as_it_came && (with_raw || self.layout == Layout::Annotate) {
                true => mark.digest(Some(hash), notes.hash, route),
                // The mark's own opening quote is not part of what it vouches for.
                false => mark.digest(
                    None,
                    mark.hash_of_all(writer.written().strip_suffix(b"\"").unwrap_or_default()),
                    route,
                ),
            };
            writer.put(&digest);
            writer.put(b"\"");
        }
        if open.group == ROOT {
            return writer.put(b"}");
        }
        writer.put(b"},");
        open.enter(ROOT, writer);
        writer.end_list();
    }

    /// Module of the record, without a MAC.
    pub(crate) fn module(&self, writer: &mut Writer<'_>) {
        writer.put(self.module.get(1..).unwrap_or_default());
        writer.put(b"}");
    }

    /// The fields; leaves the group of findings, notes and module open.
    pub(crate) fn fields(
        &self,
        sealed: &Sealed<'_>,
        templates: &mut Templates,
        writer: &mut Writer<'_>,
    ) -> Open<'_> {
        // Without derived properties, what is written is known by the fields alone.
        if self.is_identity && templates.write(sealed, writer) {
            return Open { encoder: self, group: self.own };
        }
        self.each_field(
            sealed,
            if self.is_identity { templates.learn(sealed.event) } else { None },
            writer,
        )
    }

    #[inline(never)]
    fn each_field(
        &self,
        sealed: &Sealed<'_>,
        mut learning: Option<Learning<'_>>,
        writer: &mut Writer<'_>,
    ) -> Open<'_> {
        let event = sealed.event;
        let line = event.line(sealed.input);
        let with_raw = self.layout == Layout::Record && self.carries_raw(sealed);
        let mut open = Open { encoder: self, group: ROOT };
        if let Some(learning) = &mut learning {
            learning.begin(writer);
        }
        let case = self.schema.cases.as_ref().map(|cases| (cases.of)(sealed, self.standing));
        let mut left = self.filled_properties(event.filled(), case);
        let case = case.unwrap_or_default();
        // Fields that a property took, as bits.
        let mut taken = 0u64;
        while let Some(property) = left.take().and_then(|index| self.properties.get(index)) {
            if let Some(field) = property.field {
                let bit = Cell::field(field).bit();
                if property.is_rest && taken & bit != 0 {
                    continue;
                }
                taken |= bit;
                let name = open.name(property, writer);
                let start = writer.len().wrapping_add(name.len());
                put_value(field, name, sealed, line, writer);
                let cell = Cell::field(field);
                if let Some(learning) = &mut learning {
                    let is_quoted = event.tag(cell).is_quoted();
                    learning.value(field, is_quoted, start, writer.len(), writer);
                }
                writer.put(b",");
            } else if let Some(from) = property.from.filter(|from| has_value(from, event, with_raw))
            {
                taken |= field_of(from, event).map_or(0, |field| Cell::field(field).bit());
                open.enter(property.group, writer);
                writer.put(&property.name);
                self.derived(from, sealed, case, line, writer);
                writer.put(b",");
            }
        }
        open.enter(self.own, writer);
        if let Some(learning) = learning {
            learning.end(event, writer);
        }
        open
    }

    /// The properties that have a value, or may have.
    #[inline]
    fn filled_properties(&self, fields: u64, case: Option<Case>) -> Properties {
        if self.is_identity {
            return Properties::of_fields(fields);
        }
        let (mut properties, mut left) = (self.derived, fields);
        while left != 0 {
            if let Some(more) = self.by_field.get(left.trailing_zeros() as usize) {
                properties.add(more);
            }
            left &= left.wrapping_sub(1);
        }
        if let Some(case) = case {
            self.by_kind.get(usize::from(case.kind)).iter().for_each(|only| properties.keep(only));
            let is_unmet = |need: usize| case.meets.wrapping_shr(need as u32) & 1 == 0;
            self.by_need
                .iter()
                .enumerate()
                .filter(|(need, _)| is_unmet(*need))
                .for_each(|(_, less)| properties.remove(less));
        }
        properties
    }

    /// A record that could not be read is written under any policy.
    fn carries_raw(&self, sealed: &Sealed<'_>) -> bool {
        match self.raw {
            KeepRaw::Keep => true,
            KeepRaw::OnFinding if sealed.findings.worst.is_some() => true,
            KeepRaw::OnFinding | KeepRaw::Drop => sealed.event.source.is_none(),
        }
    }

    /// The original record up to where our key goes: its own members, or `raw` where it cannot stand open.
    fn original(&self, sealed: &Sealed<'_>, writer: &mut Writer<'_>) {
        if sealed.parsed.by_layout {
            // Its keys were found not to be like ours when the layout was learned.
            let members = sealed.input.trim_ascii().strip_suffix(b"}").unwrap_or_default();
            writer.put(members);
            writer.put(b",");
            return;
        }
        let root = sealed
            .parsed
            .object
            .filter(|_| matches!(sealed.parsed.carry, Carry::Json | Carry::JsonOneLine));
        let Some((root, node)) = root.and_then(|root| Some((root, sealed.tape.node(root)?))) else {
            writer.put(if sealed.parsed.carry == Carry::Base64 {
                b"{\"raw_base64\":"
            } else {
                b"{\"raw\":"
            });
            raw(sealed, writer);
            writer.put(b",");
            return;
        };
        let one_line = sealed.parsed.carry == Carry::JsonOneLine;
        // Up to the brace that closes the root; keys like ours get new names on the way.
        let mut from = node.start as usize;
        let has_ours = sealed.event.notes.has(Note::KeyRenamed);
        for member in sealed.tape.children(root).filter(|_| has_ours) {
            // A key that one of them could become makes room in the same way.
            let Some(member) =
                sealed.tape.node(member).filter(|member| self.is_ours(member, sealed.input, true))
            else {
                continue;
            };
            let key_end = member.key_start.wrapping_add(member.key_len) as usize;
            copy(sealed.input.get(from..key_end).unwrap_or_default(), one_line, writer);
            writer.put(b"_");
            from = key_end;
        }
        let end = (node.end as usize).wrapping_sub(1);
        copy(sealed.input.get(from..end).unwrap_or_default(), one_line, writer);
        if node.link > root.wrapping_add(1) {
            writer.put(b",");
        }
    }

    /// True if a member's key would shadow ours; compared as parsers will read it.
    fn is_ours(&self, member: &Node, input: &[u8], or_renamed: bool) -> bool {
        let is_of = |own: &[u8], key: &[u8]| {
            key.strip_prefix(own).is_some_and(|rest| {
                rest.is_empty() || (or_renamed && rest.iter().all(|&byte| byte == b'_'))
            })
        };
        let is_key = |key: &[u8]| {
            is_of(&self.key, key) || ROUTING.iter().any(|own| is_of(own.as_bytes(), key))
        };
        let end = member.key_start.wrapping_add(member.key_len) as usize;
        let key = input.get(member.key_start as usize..end).unwrap_or_default();
        match member.key_is_escaped() {
            false => is_key(key),
            true => {
                let mut plain = Vec::new();
                key.len() < 1024 && crate::text::unescape(key, &mut plain).is_ok() && is_key(&plain)
            }
        }
    }

    /// Notes that the original's keys would shadow ours.
    pub fn check_keys(&self, parsed: Parsed, tape: &Tape, input: &[u8], event: &mut Event) {
        let Some(root) = parsed.object.filter(|_| self.layout == Layout::Annotate) else {
            return;
        };
        let mut members = tape.children(root).filter_map(|member| tape.node(member));
        if members.any(|member| self.is_ours(member, input, false)) {
            event.note(Note::KeyRenamed);
        }
    }

    /// A value that is not just a field's.
    fn derived(
        &self,
        from: &From,
        sealed: &Sealed<'_>,
        case: Case,
        line: &[u8],
        writer: &mut Writer<'_>,
    ) {
        let event = sealed.event;
        match from {
            From::Field(_) | From::First(_) => field_of(from, event)
                .into_iter()
                .for_each(|field| put_value(field, b"", sealed, line, writer)),
            From::Made(write) => write(sealed, case, writer),
            From::Map(field, words) | From::MapInstead(_, field, words) => {
                writer.put(mapped(event.get(*field), words).unwrap_or("null").as_bytes())
            }
            From::Always(json) => writer.put(json.as_bytes()),
            From::IfFindings(yes, no) => {
                writer.put(if sealed.findings.worst.is_some() { yes } else { no }.as_bytes())
            }
            From::List(fields) => {
                let mut before = b"[";
                for (index, field) in fields.iter().enumerate() {
                    let text = event.text(sealed.input, *field);
                    let earlier = fields
                        .iter()
                        .take(index)
                        .any(|earlier| event.text(sealed.input, *earlier) == text);
                    if !text.is_empty() && !earlier {
                        writer.put(before);
                        writer.quoted(text);
                        before = b",";
                    }
                }
                writer.put(if before == b"[" { b"[]" } else { b"]" });
            }
            From::Raw => {
                writer.put(b"\"");
                escape(sealed.input, writer);
                writer.put(b"\"");
            }
        }
    }
}

/// The field whose value the property has, where it has a field's.
fn field_of(from: &From, event: &Event) -> Option<Field> {
    match from {
        From::Field(field) | From::List([field]) => Some(*field),
        From::First(fields) => fields.iter().copied().find(|field| event.has(*field)),
        _ => None,
    }
}

fn has_value(from: &From, event: &Event, with_raw: bool) -> bool {
    match from {
        From::First(fields) => fields.iter().any(|field| event.has(*field)),
        From::Map(field, words) => mapped(event.get(*field), words).is_some(),
        From::MapInstead(absent, field, words) => {
            !event.has(*absent) && mapped(event.get(*field), words).is_some()
        }
        From::List(fields) => fields.iter().any(|field| event.has(*field)),
        From::Raw => with_raw && !event.notes.has(Note::NotUtf8),
        _ => true,
    }
}

fn mapped(val: Val, words: &'static [(&'static str, &'static str)]) -> Option<&'static str> {
    let Val::Word(word) = val else { return None };
    words.iter().find(|(from, _)| *from == word).map(|(_, to)| *to)
}

/// A field's value behind what stands before it.
#[inline(always)]
fn put_value(
    field: Field,
    before: &[u8],
    sealed: &Sealed<'_>,
    line: &[u8],
    writer: &mut Writer<'_>,
) {
    let event = sealed.event;
    let cell = Cell::field(field);
    let (start, end) = event.range(cell);
    match event.tag(cell) {
        Tag::Input(_) => writer.pair(before, sealed.input.get(start..end).unwrap_or_default()),
        Tag::Arena(_) => writer.pair(before, event.arena.get(start..end).unwrap_or_default()),
        Tag::Bare => writer.pair_quoted(before, line.get(start..end).unwrap_or_default()),
        Tag::Word => writer.pair_quoted(before, event.word(cell).as_bytes()),
        _ => put_made(event, field, before, writer),
    }
}

/// A value of our own making.
#[inline(never)]
fn put_made(event: &Event, field: Field, before: &[u8], writer: &mut Writer<'_>) {
    let cell = Cell::field(field);
    match event.get(cell) {
        Val::Time(_) => writer.pair_quoted(before, &event.time_text(cell)),
        Val::Digest(digest) => writer.pair_quoted(before, &hex16(digest)),
        Val::Bool(bool) => writer.pair(before, if bool { b"true" } else { b"false" }),
        Val::Int(number) if field.form() == Form::Text => {
            writer.put(before);
            writer.put(b"\"");
            writer.number(number);
            writer.put(b"\"");
        }
        Val::Int(number) => {
            writer.put(before);
            writer.number(number);
        }
        Val::None | Val::Json(_) | Val::Bare(_) | Val::Word(_) => writer.pair(before, b"null"),
    }
}

/// The received bytes as one JSON value.
pub fn raw(sealed: &Sealed<'_>, writer: &mut Writer<'_>) {
    carry(sealed.input, sealed.parsed.carry, writer);
}

/// Bytes as one JSON value, in the way that was found to be possible.
pub fn carry(input: &[u8], carry: Carry, writer: &mut Writer<'_>) {
    match carry {
        Carry::Json | Carry::JsonOneLine => {
            copy(input.trim_ascii(), carry == Carry::JsonOneLine, writer)
        }
        Carry::Text => {
            writer.put(b"\"");
            escape(input, writer);
            writer.put(b"\"");
        }
        Carry::Base64 => {
            writer.put(b"\"");
            base64(input, writer);
            writer.put(b"\"");
        }
    }
}

/// Copies JSON text; line ends, which stand only between tokens, become spaces where the output is framed by lines.
fn copy(json: &[u8], one_line: bool, writer: &mut Writer<'_>) {
    if !one_line {
        return writer.put(json);
    }
    let mut lines = json.split(|&byte| byte == b'\n' || byte == b'\r');
    writer.put(lines.next().unwrap_or_default());
    for line in lines {
        writer.put(b" ");
        writer.put(line);
    }
}

/// Which group is open while properties are written. Every member ends with a comma, which the end of its group takes back.
pub(crate) struct Open<'e> {
    encoder: &'e Encoder,
    group: usize,
}

impl Open<'_> {
    /// Closes and opens until `group` is the innermost one open.
    #[inline(always)]
    fn enter(&mut self, group: usize, writer: &mut Writer<'_>) {
        if group != self.group {
            self.move_to(group, writer);
        }
    }

    /// The property's name, with what leads to its group.
    #[inline(always)]
    fn name<'f>(&mut self, property: &'f Placed, writer: &mut Writer<'_>) -> &'f [u8] {
        if property.group == self.group {
            return &property.name;
        }
        // Mostly one group ends and the next begins beside it.
        if self.group != ROOT
            && property.group != ROOT
            && property.parent == self.parent(self.group)
            && !self.is_list()
        {
            writer.end_list();
            self.group = property.group;
            return &property.name_behind;
        }
        self.move_to(property.group, writer);
        &property.name
    }

    fn move_to(&mut self, group: usize, writer: &mut Writer<'_>) {
        while self.group != ROOT && !self.is_within(group, self.group) {
            writer.end_list();
            writer.put(if self.is_list() { b"}]," } else { b"}," });
            self.group = self.parent(self.group);
        }
        while self.group != group {
            // The child of the open group that leads to the wanted one.
            let mut next = group;
            while next != ROOT && self.parent(next) != self.group {
                next = self.parent(next);
            }
            let Some(child) = self.encoder.groups.get(next).filter(|_| next != ROOT) else {
                return;
            };
            writer.put(&child.open);
            self.group = next;
        }
    }

    /// The open group is an array of one object.
    fn is_list(&self) -> bool {
        self.encoder.groups.get(self.group).is_some_and(|group| group.is_list)
    }

    fn parent(&self, group: usize) -> usize {
        self.encoder.groups.get(group).map_or(ROOT, |group| group.parent)
    }

    fn is_within(&self, group: usize, outer: usize) -> bool {
        let mut at = group;
        while at != outer && at != ROOT {
            at = self.parent(at);
        }
        at == outer
    }
}
