//! An event in an object: of Beats, OpenTelemetry, Wazuh, Vector, Fluent Bit, NXLog, Splunk, Azure, and of XML turned into JSON in several ways.

use super::names::Provider;
use super::{Event, OWN, SHAPE, inserts, message, names, xml};
use crate::parse::tape::{Node, Tape};
use crate::text::unescape;
use crate::text_form::object::{Object, Piece};
use crate::value::{Doc, Kind, Texts};

/// Part of the event whose members a container has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The record, whose own keys may be data too.
    Record,
    /// The system values; data below.
    System,
    Data,
    /// Elements of data, each with its name or by position.
    List,
    User,
    Provider,
    Id,
    Time,
    Security,
    Account,
    Host,
    Rendering,
    /// ECS's `event`, which stands beside the event.
    Ecs,
}

/// Containers within containers that are looked into.
const MOST_OPEN: usize = 8;
/// Keys of XML's attributes where it was turned into JSON.
const ATTRIBUTES: [&[u8]; 4] = [b"#attributes", b"@attributes", b"attributes", b"$"];
/// Keys of an element's text there.
const TEXT: [&[u8]; 9] =
    [b"#text", b"text", b"Text", b"_text", b"value", b"Value", b"content", b"_", b"id"];
/// Keys of an element's name.
const NAME: [&[u8]; 6] = [b"Name", b"@Name", b"_Name", b"-Name", b"name", b"@name"];
/// Keys under which a record has the whole event in XML, or its data.
const XML: [&[u8]; 8] =
    [b"raw_xml", b"xml", b"Xml", b"XML", b"EventXML", b"event_xml", b"EventXml", b"RawXml"];
const DATA_XML: [&[u8]; 4] = [b"EventData", b"event_data", b"ParameterXml", b"UserData"];

/// Keys of flat records that are no data of the event.
const BESIDE: &[&[u8]] = &[
    b"TimeWritten",
    b"EventTypeName",
    b"ProviderGUID",
    b"LevelValue",
    b"TaskValue",
    b"ProviderGuid",
    b"Qualifiers",
    b"Version",
    b"Task",
    b"Opcode",
    b"OpcodeValue",
    b"ActivityID",
    b"RelatedActivityID",
    b"ProcessID",
    b"ThreadID",
    b"ExecutionProcessID",
    b"ExecutionThreadID",
    b"Severity",
    b"EventReceivedTime",
    b"SourceModuleName",
    b"SourceModuleType",
    b"Category",
    b"EventCategory",
    b"TaskCategory",
    b"OpCode",
    b"Type",
    b"User",
    b"SidType",
    b"EventLevel",
    b"EventLevelName",
    b"Source",
    b"UserName",
    b"TenantId",
    b"SourceSystem",
    b"ManagementGroupName",
    b"Data",
    b"Domain",
    b"AccountName",
    b"AccountType",
    b"Date",
    b"EventData",
];

/// True if the members of the object are the event's own values, by their names: such a record is read where it stands.
pub fn is_flat(tape: &Tape, object: u32, texts: &Texts<'_>) -> bool {
    let (mut has_id, mut has_data, mut has_text) = (false, false, false);
    for node in tape.children(object).filter_map(|child| tape.node(child)) {
        let key = key_of(node, texts);
        if key == SHAPE.as_bytes() {
            return true;
        }
        if node.is_container() {
            if is_inserts(key, node)
                || part_below(Part::Record, key).is_some()
                || key == names::KEYWORDS.as_bytes()
            {
                return false;
            }
            continue;
        }
        has_id |= key == names::ID.as_bytes();
        has_text |= matches!(
            key,
            b"Message"
                | b"Description"
                | b"RenderedDescription"
                | b"EventData"
                | b"ParameterXml"
                | b"UserData"
        );
        has_data |= is_data(key);
    }
    has_id && (has_data || !has_text)
}

/// True if a member of a record by this key is data of the event.
fn is_data(key: &[u8]) -> bool {
    (key.first().is_some_and(u8::is_ascii_uppercase) || key.starts_with(b"param"))
        && !BESIDE.contains(&key)
        && !DATA_XML.contains(&key)
        && names::system(key).is_none()
}

/// True for data by position: Fluentd writes a list as `EventData`.
fn is_inserts(key: &[u8], node: &Node) -> bool {
    matches!(key, b"StringInserts" | b"string_inserts" | b"Inserts")
        || node.kind == Kind::Array && matches!(key, b"EventData" | b"event_data")
}

/// Writes the event that the object holds as a flat one. `None` where it holds none, else whether it has more than was written.
pub fn write(
    tape: &Tape,
    object: u32,
    texts: &Texts<'_>,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Option<bool> {
    let mut flat = Object::begin(out);
    let mut event = Event::new(&mut flat);
    event.is_shaped(b"object");
    let mut reader =
        Reader { tape, texts, scratch, inserts: None, message: None, xml: None, is_named: false };
    reader.walk(object, true, &mut event);
    if event.id == 0 && reader.xml.is_none() {
        return None;
    }
    if let Some(node) = reader.xml.and_then(|at| tape.node(at)) {
        reader.with(node, |text| xml::read(text.trim_ascii_start(), &mut event));
    }
    reader.walk(object, false, &mut event);
    reader.finish(&mut event);
    let is_one = event.is_one_of_object();
    let is_cut = flat.is_cut();
    flat.end().ok().filter(|_| is_one).map(|_| is_cut)
}

/// The part of the event whose members a container below another has.
fn part_below(part: Part, key: &[u8]) -> Option<Part> {
    let below = match key {
        b"EventData" | b"event_data" | b"eventdata" | b"eventData" => Part::Data,
        b"UserData" | b"user_data" | b"userdata" | b"userData" => Part::User,
        b"RenderingInfo" | b"rendering_info" => Part::Rendering,
        b"System" | b"system" | b"Event" | b"winlog" | b"win" => Part::System,
        b"Provider" | b"provider" => Part::Provider,
        b"EventID" | b"event_id" => Part::Id,
        b"TimeCreated" | b"time_created" => Part::Time,
        b"Security" | b"security" => Part::Security,
        b"user" if part == Part::System => Part::Account,
        // Wazuh names the data of a user by its element.
        b"logFileCleared" | b"eventXML" | b"eventInfo" if part == Part::System => Part::User,
        // Wazuh has the event one deeper.
        b"data" if part == Part::Record => Part::System,
        b"body" | b"Body" | b"properties" if part == Part::Record => Part::Record,
        b"host" if part == Part::Record => Part::Host,
        b"event" if part == Part::Record => Part::Ecs,
        _ => return None,
    };
    Some(below)
}

fn key_of<'t>(node: &Node, texts: &Texts<'t>) -> &'t [u8] {
    if node.key_is_escaped() {
        return b"";
    }
    let text = match node.doc() {
        Doc::Input => texts.input,
        Doc::Arena => texts.arena,
    };
    let start = node.key_start as usize;
    text.get(start..start.saturating_add(node.key_len as usize)).unwrap_or_default()
}

fn is_xml(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"<")
}

struct Reader<'r> {
    tape: &'r Tape,
    texts: &'r Texts<'r>,
    scratch: &'r mut Vec<u8>,
    /// Values that are read where no others are.
    inserts: Option<u32>,
    message: Option<u32>,
    xml: Option<u32>,
    /// A part of the event has its data by name.
    is_named: bool,
}

/// A container that is walked through.
#[derive(Clone, Copy)]
struct Open {
    at: u32,
    end: u32,
    part: Part,
    /// How many of its elements were read by position.
    place: usize,
}

impl Reader<'_> {
    /// Goes through the parts of the event: first for its number and provider, which say how data by position is meant, then for all values.
    fn walk(&mut self, object: u32, is_first: bool, event: &mut Event<'_, '_>) {
        let mut open = [Open { at: 0, end: 0, part: Part::Record, place: 0 }; MOST_OPEN];
        let mut depth = 0usize;
        let root = self.tape.node(object).filter(|node| node.is_container());
        let mut next = root.map(|root| Open {
            at: object.saturating_add(1),
            end: root.link,
            part: Part::Record,
            place: 0,
        });
        loop {
            if let (Some(opened), Some(place)) = (next.take(), open.get_mut(depth)) {
                *place = opened;
                depth = depth.saturating_add(1);
            }
            let Some(current) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) else {
                return;
            };
            let at = current.at;
            let Some(node) = self.tape.node(at).copied().filter(|_| at < current.end) else {
                depth = depth.saturating_sub(1);
                continue;
            };
            current.at = node.link;
            let (part, place) = (current.part, current.place);
            current.place = place.saturating_add(1);
            let below = if is_first {
                self.learn(part, at, &node, event)
            } else {
                self.member(part, at, &node, place, event)
            };
            next = below.map(|part| {
                let end = if node.is_container() { node.link } else { 0 };
                Open { at: at.saturating_add(1), end, part, place: 0 }
            });
        }
    }

    /// Learns what an event must be known by; gives the part that a container holds.
    fn learn(
        &mut self,
        part: Part,
        at: u32,
        node: &Node,
        event: &mut Event<'_, '_>,
    ) -> Option<Part> {
        let key = key_of(node, self.texts);
        if node.is_container() {
            // Containers that nobody else has.
            if matches!(key, b"winlog" | b"win" | b"System") {
                event.places |= OWN;
            }
            return part_of(part, key)
                .filter(|part| !matches!(part, Part::Data | Part::User | Part::List));
        }
        let text = self.texts.content(node.span());
        if part == Part::Record && node.kind == Kind::String && is_xml(text) {
            if XML.contains(&key) || self.xml.is_none() && DATA_XML.contains(&key) {
                self.xml = Some(at);
            }
        } else if let Some(name) = system(part, key) {
            event.learn(name, text);
        }
        None
    }

    /// Writes a value; gives the part that a container holds.
    fn member(
        &mut self,
        part: Part,
        at: u32,
        node: &Node,
        place: usize,
        event: &mut Event<'_, '_>,
    ) -> Option<Part> {
        let key = key_of(node, self.texts);
        if node.is_container() {
            return self.container(part, key, at, node, event);
        }
        if node.kind == Kind::Null || self.xml == Some(at) {
            return None;
        }
        match part {
            Part::Data | Part::User if !key.starts_with(b"@") && !key.starts_with(b"xmlns") => {
                let mut held = [0u8; 64];
                let name = names::data(key, &mut held);
                self.is_named = true;
                self.with(node, |text| event.data(name, Piece::plain(text)));
            }
            Part::List => self.with(node, |text| event.insert(place, Piece::plain(text))),
            Part::Host if key == b"name" => {
                self.with(node, |text| event.object.put(b"HostName", Piece::plain(text)));
            }
            Part::Account if matches!(key, b"name" | b"domain") => {
                let name: &[u8] = if key == b"name" { b"EventUser" } else { b"EventUserDomain" };
                self.with(node, |text| event.object.put(name, Piece::plain(text)));
            }
            _ => match system(part, key) {
                Some(names::MESSAGE) => {
                    // Of the record itself, rules find it there.
                    if part != Part::Record || node.doc() == Doc::Arena {
                        self.with(node, |text| event.system(names::MESSAGE, Piece::plain(text)));
                    }
                    self.message = self.message.or(Some(at));
                }
                Some(name) => self.with(node, |text| event.system(name, Piece::plain(text))),
                None if part == Part::Record => self.of_record(key, node, event),
                None => {}
            },
        }
        None
    }

    /// A member of the record that is no system value: data, or what stands beside it.
    fn of_record(&mut self, key: &[u8], node: &Node, event: &mut Event<'_, '_>) {
        // Graylog's format puts `_` before each.
        let key = key.strip_prefix(b"_").unwrap_or(key);
        if let Some(name) = message::name_of_key(key, event) {
            self.with(node, |text| event.data(name.as_bytes(), Piece::plain(text)));
        } else if key == b"UserName"
            || key == b"User" && !matches!(event.provider, Provider::Sysmon | Provider::Terminal)
        {
            self.with(node, |text| event.object.put(b"EventUser", Piece::plain(text)));
        } else if is_data(key) || key == b"User" {
            self.with(node, |text| event.data(key, Piece::plain(text)));
        } else if BESIDE.contains(&key) {
            self.with(node, |text| event.object.put(key, Piece::plain(text)));
        }
    }

    fn container(
        &mut self,
        part: Part,
        key: &[u8],
        at: u32,
        node: &Node,
        event: &mut Event<'_, '_>,
    ) -> Option<Part> {
        if matches!(part, Part::Record | Part::System) {
            if is_inserts(key, node) {
                self.inserts = Some(at);
                return None;
            }
            if let Some(names::KEYWORDS) = names::system(key) {
                self.list(names::KEYWORDS.as_bytes(), at, event);
                return None;
            }
            if part == Part::Record
                && node.kind == Kind::Array
                && let Some((first, last)) = message::names_of_list(key)
            {
                self.ends(first, last, at, event);
                return None;
            }
        }
        match part {
            Part::List | Part::Data
                if node.kind == Kind::Object && (part == Part::List || key == b"Data") =>
            {
                self.element(at, event);
                None
            }
            Part::Data
                if node.kind == Kind::Array
                    && matches!(key, b"Data" | b"data")
                    && self.is_of_scalars(at) =>
            {
                self.is_named = true;
                self.by_position(at, event);
                None
            }
            Part::Data if node.kind == Kind::Array && !matches!(key, b"Data" | b"data") => {
                let mut held = [0u8; 64];
                let name = names::data(key, &mut held);
                event.has_data = true;
                self.list(name, at, event);
                None
            }
            _ => part_of(part, key),
        }
    }

    /// An element of data: its name and its value; or members that have the names themselves.
    fn element(&mut self, at: u32, event: &mut Event<'_, '_>) {
        self.is_named = true;
        let tape = self.tape;
        let member = |of: u32, keys: &[&[u8]]| {
            tape.children(of).find(|child| {
                tape.node(*child).is_some_and(|node| keys.contains(&key_of(node, self.texts)))
            })
        };
        let is_pair = |at: u32| tape.children(at).nth(1).is_some();
        // OpenTelemetry makes an object of each name and its value: of a name alone, its neighbours tell.
        let first = tape.node(at).and_then(|node| tape.children(node.parent).next());
        let is_own = !is_pair(at) && !first.is_some_and(is_pair);
        let named = member(at, &NAME).or_else(|| member(member(at, &ATTRIBUTES)?, &NAME));
        let named = named.filter(|_| !is_own);
        let Some(name) = named.and_then(|name| tape.node(name)).filter(|name| !name.is_container())
        else {
            for node in tape.children(at).filter_map(|child| tape.node(child)) {
                if !node.is_container() && node.kind != Kind::Null {
                    let key = key_of(node, self.texts);
                    self.with(node, |text| event.data(key, Piece::plain(text)));
                }
            }
            return;
        };
        let value = member(at, &TEXT).and_then(|value| tape.node(value));
        let name = self.texts.content(name.span());
        match value.filter(|value| !value.is_container() && value.kind != Kind::Null) {
            Some(value) => self.with(value, |text| event.data(name, Piece::plain(text))),
            None => event.data(name, Piece::default()),
        }
    }

    /// Scalars of an array as one value.
    fn list(&mut self, name: &[u8], at: u32, event: &mut Event<'_, '_>) {
        if !event.object.begin_list(name) {
            return;
        }
        let mut is_first = true;
        for node in self.tape.children(at).filter_map(|child| self.tape.node(child)) {
            if !node.is_container() && node.kind != Kind::Null {
                self.with(node, |text| event.object.add(Piece::plain(text), is_first));
                is_first = false;
            }
        }
        event.object.end_list();
    }

    /// The first and the last value of an array: whom a message names first did it, to whom it names last.
    fn ends(&mut self, first: &str, last: &str, at: u32, event: &mut Event<'_, '_>) {
        let ends =
            [(first, self.tape.children(at).next()), (last, self.tape.children(at).skip(1).last())];
        for (name, child) in ends {
            if let Some(node) = child.and_then(|child| self.tape.node(child)) {
                self.with(node, |text| event.data(name.as_bytes(), Piece::plain(text)));
            }
        }
    }

    /// Reads the data by position, or the message, where the event has no other.
    fn finish(&mut self, event: &mut Event<'_, '_>) {
        let inserts = self.inserts.filter(|_| !self.is_named);
        let fits = |at: &u32| inserts::fit(event.provider, event.id, self.count(*at));
        let fitting = inserts.filter(fits);
        if let Some(at) = fitting {
            self.by_position(at, event);
        }
        if !event.has_data
            && let Some(node) = self.message.and_then(|at| self.tape.node(at))
        {
            self.with(node, |text| message::read(text, event));
        }
        if !event.has_data
            && let Some(at) = inserts.filter(|_| fitting.is_none())
        {
            self.by_position(at, event);
        }
    }

    fn by_position(&mut self, list: u32, event: &mut Event<'_, '_>) {
        let mut names = inserts::names(event.provider, event.id, self.count(list));
        for (place, child) in self.tape.children(list).enumerate() {
            let name = names.next();
            if let Some(node) = self.tape.node(child).filter(|node| !node.is_container()) {
                self.with(node, |text| event.by_place(name, place, Piece::plain(text)));
            }
        }
    }

    /// True if the first element of a list is no container.
    fn is_of_scalars(&self, list: u32) -> bool {
        let first = self.tape.children(list).next().and_then(|first| self.tape.node(first));
        first.is_some_and(|first| !first.is_container())
    }

    fn count(&self, list: u32) -> usize {
        self.tape.children(list).count()
    }

    /// Passes on what a scalar means.
    fn with(&mut self, node: &Node, take: impl FnOnce(&[u8])) {
        let content = self.texts.content(node.span());
        if node.kind != Kind::String || !node.is_escaped() {
            return take(content);
        }
        self.scratch.clear();
        if unescape(content, self.scratch).is_ok() {
            take(self.scratch);
        }
    }
}

/// The part that a container holds, by the part that it stands in.
fn part_of(part: Part, key: &[u8]) -> Option<Part> {
    match part {
        Part::Record | Part::System => part_below(part, key),
        Part::Data if matches!(key, b"Data" | b"data") => Some(Part::List),
        Part::User => Some(Part::User),
        Part::Provider | Part::Id | Part::Time | Part::Security if ATTRIBUTES.contains(&key) => {
            // The attribute of a number is a qualifier.
            Some(part).filter(|part| *part != Part::Id)
        }
        _ => None,
    }
}

/// The system value that a member of this part is.
fn system(part: Part, key: &[u8]) -> Option<&'static str> {
    match part {
        // As Azure's table of events has it.
        Part::Record if key == b"Source" => Some(names::PROVIDER),
        Part::Record | Part::System => names::system(key),
        Part::Provider if NAME.contains(&key) => Some(names::PROVIDER),
        Part::Id if TEXT.contains(&key) => Some(names::ID),
        Part::Time if names::system(key) == Some(names::TIME) => Some(names::TIME),
        Part::Security if names::system(key) == Some(names::USER) => Some(names::USER),
        Part::Account if key == b"identifier" => Some(names::USER),
        Part::Rendering if key == b"Message" => Some(names::MESSAGE),
        Part::Ecs if key == b"outcome" => Some(names::OUTCOME),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::atom::Atoms;
    use crate::parse::json::scan;

    fn read<T>(record: &str, see: impl FnOnce(&Tape, u32, &Texts<'_>) -> T) -> Option<T> {
        let atoms = Atoms::new(std::iter::empty());
        let mut tape = Tape::new(4096);
        let read = scan(record.as_bytes(), 0, Doc::Input, &atoms, &mut tape).ok()?;
        Some(see(&tape, read.root, &Texts { input: record.as_bytes(), arena: b"" }))
    }

    fn flat(record: &str) -> Option<String> {
        let mut out = Vec::new();
        let is_one = read(record, |tape, root, texts| {
            write(tape, root, texts, &mut Vec::new(), &mut out).is_some()
        })?;
        is_one.then(|| String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn one_event_in_many_shapes() {
        for record in [
            r#"{"winlog":{"event_id":"4625","channel":"Security","event_data":{"TargetUserName":"bob"}}}"#,
            r#"{"body":{"event_id":{"id":4625,"qualifiers":0},"channel":"Security","event_data":{"data":[{"TargetUserName":"bob"}]}}}"#,
            r#"{"data":{"win":{"system":{"eventID":"4625","channel":"Security"},"eventdata":{"targetUserName":"bob"}}}}"#,
            r##"{"Event":{"System":{"EventID":{"#text":4625},"Channel":"Security"},"EventData":{"Data":[{"@Name":"TargetUserName","#text":"bob"}]}}}"##,
            r#"{"event_id":4625,"raw_xml":"<Event><System><EventID>4625</EventID><Channel>Security</Channel></System><EventData><Data Name='TargetUserName'>bob</Data></EventData></Event>"}"#,
            r#"{"EventID":4625,"Channel":"Security","StringInserts":["S-1-0-0","-","-","0x0","S-1-0-0","bob","","","","","","","","","","","","","","",""]}"#,
            r#"{"_EventID":4625,"_Channel":"Security","_TargetUserName":"bob"}"#,
            r#"{"EventCode":"4625","LogName":"Security","Account_Name":["-","bob"]}"#,
        ] {
            let flat = flat(record).unwrap_or_else(|| panic!("{record}"));
            for piece in
                [r#""EventID":"4625""#, r#""Channel":"Security""#, r#""TargetUserName":"bob""#]
            {
                assert!(flat.contains(piece), "{record}\n{flat}");
            }
        }
    }

    #[test]
    fn keys_alone_make_a_record_flat() {
        for (record, is) in [
            (r#"{"EventID":1,"Channel":"x","TargetUserName":"-"}"#, true),
            (r#"{"EventID":1,"Channel":"x"}"#, true),
            (r#"{"EventShape":"xml","EventID":"1","Message":"x"}"#, true),
            (r#"{"EventID":1,"Channel":"x","Message":"x","ThreadID":1}"#, false),
            (r#"{"EventID":1,"Channel":"x","TargetUserName":"a","StringInserts":[]}"#, false),
            (r#"{"EventID":{"Value":1},"Channel":"x"}"#, false),
            (r#"{"winlog":{}}"#, false),
        ] {
            assert_eq!(read(record, is_flat), Some(is), "{record}");
        }
    }

    #[test]
    fn no_event_and_events_without_a_place() {
        for record in [
            "{}",
            r#"{"body":{"text":"x"}}"#,
            r#"{"EventID":"x","Channel":"Security"}"#,
            r#"{"body":{"event_id":1}}"#,
            r#"{"body":{"event_id":1,"channel":"mail"}}"#,
            r#"{"data":{"win":1}}"#,
            "[1]",
        ] {
            assert_eq!(flat(record), None, "{record}");
        }
    }

    #[test]
    fn whatever_the_record_the_flat_object_is_json() {
        let members = [
            r#""EventID":1"#,
            r#""Channel":"c""#,
            r#""event_id":{"id":1}"#,
            r#""\ud800":"\ud800\u0000""#,
            r#""EventData":"<Event a='&lt;\"'><EventData><Data Name='\"'>&#0;</Data>""#,
            r#""Message":"Subject:\n\tAccount Name:\ta\"b\\""#,
            r#""Keywords":[1,null,{}]"#,
            r#""Name":"n\"x""#,
            r##""#text":1e999"##,
            r#""a":null"#,
        ];
        let keys =
            ["winlog", "event_data", "EventData", "Data", "System", "UserData", "StringInserts"];
        let elements =
            [r#""a\nb""#, "1e999", "null", r#"{"Name":"x"}"#, r##"{"@Name":"x","#text":1}"##];
        let atoms = Atoms::new(std::iter::empty());
        let (mut number, mut events) = (1u64, 0);
        let mut next = |most: usize| {
            number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (number >> 33) as usize % most
        };
        for _ in 0..20_000 {
            let (mut record, mut open) =
                (String::from(r#"{"EventID":1,"Channel":"Security""#), vec!['}']);
            for _ in 0..14 {
                let is_object = open.last() == Some(&'}');
                if !record.ends_with(['{', '[']) {
                    record.push(',');
                }
                match (next(4), is_object) {
                    (0, _) => {
                        if is_object {
                            record.push_str(&format!("\"{}\":", keys[next(keys.len())]));
                        }
                        let (begin, end) = [('{', '}'), ('[', ']')][next(2)];
                        record.push(begin);
                        open.push(end);
                    }
                    (_, true) => record.push_str(members[next(members.len())]),
                    (_, false) => record.push_str(elements[next(elements.len())]),
                }
                if next(4) == 0 && open.len() > 1 {
                    record.extend(open.pop());
                }
            }
            record.extend(open.iter().rev());
            let Some(flat) = flat(&record) else { continue };
            events += 1;
            let mut tape = Tape::new(4096);
            let read = scan(flat.as_bytes(), 0, Doc::Input, &atoms, &mut tape);
            assert!(read.is_ok_and(|read| read.fault.is_none()), "{record}\n{flat}");
        }
        assert!(events > 15_000, "{events}");
    }
}
