//! An event as XML, as `wevtutil` and the collectors' own APIs give it.

use super::Event;
use super::names;
use crate::text::{find_byte, find_piece};
use crate::text_form::object::{Escapes, Piece};

/// Part of the event that elements stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    System,
    Data,
    User,
    Rendering,
    Other,
}

/// Reads the elements of an event, or of its data alone, in one pass; ends where the text is no XML.
pub(super) fn read(text: &[u8], event: &mut Event<'_, '_>) {
    let mut part = Part::Other;
    let (mut at, mut place) = (0usize, 0usize);
    // A second event in one text is another record's.
    let mut events = 0usize;
    while let Some(tag) = Tag::next(text, at) {
        at = tag.end;
        let name = tag.local_name();
        if tag.is_end {
            if matches!(name, b"System" | b"EventData" | b"UserData" | b"RenderingInfo") {
                part = Part::Other;
            }
            continue;
        }
        match name {
            b"Event" => {
                events = events.saturating_add(1);
                if events > 1 {
                    return;
                }
                continue;
            }
            b"System" if part == Part::Other => part = Part::System,
            b"EventData" if part == Part::Other => part = Part::Data,
            b"UserData" if part == Part::Other => part = Part::User,
            b"RenderingInfo" if part == Part::Other => part = Part::Rendering,
            _ => {
                let value = if tag.is_empty { Some(Piece::default()) } else { content(text, at) };
                element(part, name, &tag, value, &mut place, event);
                continue;
            }
        }
        if tag.is_empty {
            part = Part::Other;
        }
    }
}

/// Adds what an element says; it has no value of its own where others stand in it.
fn element(
    part: Part,
    name: &[u8],
    tag: &Tag<'_>,
    value: Option<Piece<'_>>,
    place: &mut usize,
    event: &mut Event<'_, '_>,
) {
    let mut system = |name, value: Option<Piece<'_>>| {
        if let Some(value) = value {
            event.system(name, value);
        }
    };
    match (part, name) {
        (Part::System, b"Provider") => {
            let name = tag.attribute(b"Name").or_else(|| tag.attribute(b"EventSourceName"));
            system(names::PROVIDER, name);
        }
        (Part::System, b"TimeCreated") => system(names::TIME, tag.attribute(b"SystemTime")),
        (Part::System, b"Security") => system(names::USER, tag.attribute(b"UserID")),
        (Part::System, b"EventID") => system(names::ID, value),
        (Part::System, b"Channel") => system(names::CHANNEL, value),
        (Part::System, b"Computer") => system(names::COMPUTER, value),
        (Part::System, b"EventRecordID") => system(names::RECORD, value),
        (Part::System, b"Keywords") => system(names::KEYWORDS, value),
        (Part::System, b"Level") => system(names::LEVEL, value),
        (Part::System, _) => {}
        (Part::Data, b"Data") => match (tag.attribute(b"Name"), value) {
            (Some(name), Some(value)) => event.data(name.text, value),
            (None, Some(value)) => {
                event.insert(*place, value);
                *place = place.saturating_add(1);
            }
            _ => {}
        },
        (Part::Rendering, b"Message") => system(names::MESSAGE, value),
        (Part::Data | Part::User, _) => {
            if let Some(value) = value.filter(|value| !value.text.is_empty()) {
                event.data(name, value);
            }
        }
        _ => {}
    }
}

/// The text up to the next tag, where that ends the element.
fn content(text: &[u8], at: usize) -> Option<Piece<'_>> {
    let rest = text.get(at..)?;
    if let Some(held) = rest.strip_prefix(b"<![CDATA[") {
        let end = find_piece(held, b"]]>", 0)?;
        return held.get(..end).map(Piece::plain);
    }
    let end = find_byte(rest, b'<', 0);
    let is_leaf = rest.get(end.saturating_add(1)) == Some(&b'/');
    rest.get(..end)
        .filter(|_| is_leaf)
        .map(|text| Piece { text: text.trim_ascii(), escapes: Escapes::Xml })
}

/// One tag.
struct Tag<'t> {
    /// From its name to its end.
    inside: &'t [u8],
    /// The place behind it.
    end: usize,
    is_end: bool,
    is_empty: bool,
}

impl<'t> Tag<'t> {
    /// The next tag from `from` on that is neither a comment nor an instruction.
    fn next(text: &'t [u8], from: usize) -> Option<Tag<'t>> {
        let mut at = from;
        loop {
            at = find_byte(text, b'<', at).saturating_add(1);
            let rest = text.get(at..)?;
            if rest.starts_with(b"![CDATA[") {
                at = find_piece(text, b"]]>", at)?;
                continue;
            }
            if rest.starts_with(b"!--") {
                at = find_piece(text, b"-->", at)?;
                continue;
            }
            let end = tag_end(text, at)?;
            let inside = text.get(at..end)?;
            at = end.saturating_add(1);
            if let [b'?' | b'!', ..] = inside {
                continue;
            }
            let (inside, is_end) = match inside {
                [b'/', name @ ..] => (name, true),
                _ => (inside, false),
            };
            let (inside, is_empty) = match inside {
                [inside @ .., b'/'] => (inside, true),
                _ => (inside, false),
            };
            return Some(Tag { inside, end: at, is_end, is_empty });
        }
    }

    /// Its name without a prefix.
    fn local_name(&self) -> &'t [u8] {
        let end = self
            .inside
            .iter()
            .position(|byte| byte.is_ascii_whitespace())
            .unwrap_or(self.inside.len());
        let name = self.inside.get(..end).unwrap_or_default();
        name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
    }

    /// The value of an attribute.
    fn attribute(&self, wanted: &[u8]) -> Option<Piece<'t>> {
        let mut rest = self.inside;
        loop {
            let (head, behind) = rest.split_at_checked(find_byte(rest, b'=', 0))?;
            let name = head.trim_ascii_end().rsplit(|byte| byte.is_ascii_whitespace()).next();
            let behind = behind.get(1..)?.trim_ascii_start();
            let quote = *behind.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
            let end = find_byte(behind, quote, 1);
            let value = behind.get(1..end)?;
            if name == Some(wanted) {
                return Some(Piece { text: value, escapes: Escapes::Xml });
            }
            rest = behind.get(end.saturating_add(1)..)?;
        }
    }
}

/// Where the tag that begins at `from` ends: at the first `>` that is not between quotes.
fn tag_end(text: &[u8], from: usize) -> Option<usize> {
    let mut quote = 0u8;
    let inside = text.get(from..)?;
    let at = inside.iter().position(|byte| {
        match (quote, *byte) {
            (0, b'>') => return true,
            (0, b'"' | b'\'') => quote = *byte,
            (open, byte) if open == byte => quote = 0,
            _ => {}
        }
        false
    })?;
    Some(from.saturating_add(at))
}

#[cfg(test)]
mod tests {
    use crate::text_form::{Form, Kind, object_of};

    fn flat(text: &str) -> Option<String> {
        object_of(&Form { after: None, kind: Kind::EventLog }, text)
    }

    #[test]
    fn an_event_and_its_data() {
        let text = "<?xml version=\"1.0\"?><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{5}'/><EventID Qualifiers=''>4625</EventID><!-- <EventID>1</EventID> --><TimeCreated SystemTime='2026-05-04T10:00:00.1Z'/><Correlation/><Channel>Security</Channel><Security/></System>\r\n<EventData><Data Name='TargetUserName'>b&amp;b &#x3c;&lt;&#60;</Data><Data Name=\"IpAddress\">203.0.113.9</Data><Data Name='X'/><Data Name='Y'><![CDATA[<a>]]></Data></EventData></Event>";
        assert_eq!(
            flat(text).as_deref(),
            Some(
                r#"{"EventShape":"xml","ProviderName":"Microsoft-Windows-Security-Auditing","EventID":"4625","TimeCreated":"2026-05-04T10:00:00.1Z","Channel":"Security","TargetUserName":"b&b <<<","IpAddress":"203.0.113.9","X":"","Y":"<a>"}"#
            )
        );
    }

    #[test]
    fn data_of_a_user_and_data_by_place() {
        let text = "<Event><System><Provider Name=\"Microsoft-Windows-Eventlog\"/><EventID>1102</EventID></System><UserData><LogFileCleared xmlns='x'><SubjectUserName>ann</SubjectUserName></LogFileCleared></UserData></Event>";
        assert_eq!(
            flat(text).as_deref(),
            Some(
                r#"{"EventShape":"xml","ProviderName":"Microsoft-Windows-Eventlog","EventID":"1102","SubjectUserName":"ann"}"#
            )
        );
        let text = "<Event><System><Provider Name='Service Control Manager'/><EventID>7036</EventID></System><EventData><Data>Spooler</Data><Data>stopped</Data></EventData></Event>";
        assert!(
            flat(text)
                .is_some_and(|flat| flat.contains(r#""param1":"Spooler","param2":"stopped""#))
        );
    }

    #[test]
    fn no_event() {
        for text in [
            "<Event>",
            "<Event><System><EventID>1</EventID></System></Event>",
            "<Event a='",
            "<",
            "<a>b</a>",
        ] {
            assert_eq!(flat(text), None, "{text}");
        }
    }
}
