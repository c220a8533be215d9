//! Windows events, whatever program passes them on: read as one flat object, by the names that Windows gives to their values.
//!
//! `EventID`, `ProviderName`, `Channel`, `Computer`, `TimeCreated`, `EventRecordID`, `Keywords`, `UserID` and the like are the event's system values; beside
//! them stand the values of its data, `TargetUserName`, `IpAddress`. Where a shipper gives the data by position alone, or only the message in English, the
//! names are those of the provider's manifest.

mod inserts;
mod message;
mod names;
mod record;
mod snare;
mod splunk;
mod xml;

pub use record::{is_flat, write};

use super::object::{Object, Piece};
use names::Provider;

/// The key that says how the event was written down: an object with it is flat already.
pub const SHAPE: &str = "EventShape";
/// Words of which a line with an event has one.
pub const WORDS: [&[u8]; 3] = [b"<Event", b"EventCode=", b"MSWinEventLog"];

/// The bit of a place that is Windows' own.
const OWN: u8 = 8;

/// Reads a line: XML, Splunk's pairs, or Snare's columns.
pub fn read(line: &[u8], object: &mut Object<'_>) -> bool {
    let mut event = Event::new(object);
    let text = line.trim_ascii_start();
    let is_xml = text.starts_with(b"<Event") || text.starts_with(b"<?xml");
    if is_xml {
        event.is_shaped(b"xml");
        xml::read(text, &mut event);
    } else if let Some(columns) = snare::columns(text) {
        event.is_shaped(b"snare");
        snare::read(columns, &mut event);
    } else if text.starts_with(b"<") {
        event.is_shaped(b"xml");
        xml::read(text, &mut event);
    } else {
        event.is_shaped(b"pairs");
        splunk::read(text, &mut event);
    }
    event.is_one()
}

/// An event while it is read: its members, and what of it says how the others are meant.
struct Event<'o, 'a> {
    object: &'o mut Object<'a>,
    id: u32,
    provider: Provider,
    /// Which of its provider, channel and computer it names, as bits; and whether one of them is Windows' own.
    places: u8,
    /// It has data by name.
    has_data: bool,
}

impl<'o, 'a> Event<'o, 'a> {
    fn new(object: &'o mut Object<'a>) -> Event<'o, 'a> {
        Event { object, id: 0, provider: Provider::Other, places: 0, has_data: false }
    }

    /// True if it has a number, and a provider or a channel that the number belongs to.
    fn is_one(&self) -> bool {
        self.id > 0 && self.places != 0
    }

    /// As above, of an object, whose keys others use as well: two of the three, or one that is Windows' own.
    fn is_one_of_object(&self) -> bool {
        self.id > 0 && (self.places & OWN != 0 || self.places.count_ones() > 1)
    }

    fn is_shaped(&mut self, shape: &[u8]) {
        self.object.put(SHAPE.as_bytes(), Piece::plain(shape));
    }

    /// Learns from a system value how the data is meant.
    fn learn(&mut self, name: &str, text: &[u8]) {
        match name {
            names::ID => self.id = number(text).unwrap_or(self.id),
            names::COMPUTER | names::HOST => self.places |= 1,
            names::PROVIDER | names::CHANNEL => {
                let provider = Provider::of(text);
                self.places |= if name == names::CHANNEL { 2 } else { 4 };
                if provider != Provider::Other || text.starts_with(b"Microsoft-Windows-") {
                    self.places |= OWN;
                }
                self.provider = self.provider.or(provider);
            }
            _ => {}
        }
    }

    /// Adds a system value.
    fn system(&mut self, name: &'static str, value: Piece<'_>) {
        if value.text.is_empty() {
            return;
        }
        self.learn(name, value.text);
        let value = if name == names::PROVIDER { names::provider(value) } else { value };
        self.object.put(name.as_bytes(), value);
    }

    /// Adds a value of the data.
    fn data(&mut self, name: &[u8], value: Piece<'_>) {
        if name.is_empty() {
            return;
        }
        self.has_data = true;
        // Wazuh's names begin with a small letter.
        if self.provider == Provider::Terminal
            && let Some(rest @ [_]) = name.strip_prefix(b"param")
        {
            let mut held = *b"Param0";
            held.last_mut().into_iter().zip(rest).for_each(|(place, sign)| *place = *sign);
            return self.object.put(&held, value);
        }
        // Defender's names have blanks, which some shippers write as `_`.
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'_');
        let mut held = [0u8; 64];
        if self.provider == Provider::Defender && name.iter().any(is_blank) && name.len() <= 64 {
            let signs = name.iter().filter(|byte| !is_blank(byte));
            let len = held.iter_mut().zip(signs).map(|(place, byte)| *place = *byte).count();
            return self.object.put(held.get(..len).unwrap_or_default(), value);
        }
        self.object.put(name, value);
    }

    /// Adds the value of the data at this place, the first at 0.
    fn insert(&mut self, place: usize, value: Piece<'_>) {
        let name = inserts::names(self.provider, self.id, 0).nth(place);
        self.by_place(name, place, value);
    }

    fn by_place(&mut self, name: Option<&str>, place: usize, value: Piece<'_>) {
        let mut held = *b"param000";
        match name {
            Some(name) => self.data(name.as_bytes(), value),
            None => {
                let key = names::param(place.saturating_add(1), &mut held);
                self.object.put(key, value);
            }
        }
    }
}

/// A whole number of an event's size.
fn number(text: &[u8]) -> Option<u32> {
    let text = text.trim_ascii();
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    crate::text::number(text).filter(|_| digits).and_then(|number| u32::try_from(number).ok())
}
