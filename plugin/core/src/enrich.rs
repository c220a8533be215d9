//! Enrich: fills fields that the source left empty, from the policy and the files beside it. Costs nothing if nothing is configured.

mod csv;
pub mod files;
pub mod geo;
mod json;
pub mod knowledge;
pub mod lookup;
pub mod mmdb;
mod names;
mod networks;
pub mod table;

use crate::address::{self, Range};
use crate::calendar::end_of_day;
use crate::event::{Event, Field};
use crate::pattern::Patterns;
use crate::time::Millis;
use crate::value::{Kind, Val};
use files::Content;
use geo::Places;
use knowledge::Knowledge;
use lookup::{Key, Lookup};
use names::{Name, Names};
use networks::Networks;
use std::net::IpAddr;
use std::sync::Arc;

/// Knowledge of the policy and its files.
pub struct Enrich {
    /// Tokens of classes, each with the targets that hold such data.
    classes: Vec<(Vec<u8>, Patterns)>,
    /// The token of the environment's tag.
    tag: Option<Vec<u8>>,
    /// Networks with the tokens of their names.
    networks: (Networks, Vec<Vec<u8>>),
    /// Lists of actors, each with the field that it fills.
    actors: Vec<List>,
    service: Patterns,
    /// Actors who have left, and from when on.
    left: (Names, Vec<Millis>),
    /// Roles whose session names are names of accounts.
    sessions: Patterns,
    lookups: Vec<Arc<Lookup>>,
    places: Places,
    is_idle: bool,
    asks_actor: bool,
    asks_address: bool,
}

/// Lists of names, one for each value of a field.
struct List {
    field: Field,
    names: Names,
    tokens: Vec<Vec<u8>>,
}

/// Names and address of a record, read once for all lists and files.
struct Known {
    actor: Option<[Name; 4]>,
    address: Option<IpAddr>,
}

/// Fields with a target's name.
const TARGETS: [Field; 4] =
    [Field::TargetId, Field::TargetName, Field::TargetType, Field::RequestPath];
/// Fields with an actor's name.
const ACTORS: [Field; 4] =
    [Field::ActorEmail, Field::ActorId, Field::ActorName, Field::ActorSession];
/// Those of a record with an e-mail address: a name beside one is mostly a display name, which whoever bears it has chosen.
const ADDRESSED: [Field; 4] = [Field::ActorEmail, Field::ActorId, Field::ActorId, Field::ActorId];
/// Those in a session of a role that whoever assumed the role has named.
const ROLES: [Field; 4] =
    [Field::ActorId, Field::ActorRole, Field::ActorSession, Field::ActorSession];

/// Status of an actor who has left.
const LEFT: &str = "left";

/// Networks that standards define.
const SPECIAL: [(&str, &[&str]); 4] = [
    ("private", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
    ("loopback", &["127.0.0.0/8", "::1"]),
    ("link-local", &["169.254.0.0/16", "fe80::/10"]),
    ("cgnat", &["100.64.0.0/10"]),
];

/// Names of networks that do not vouch for an origin: anybody can come from there.
pub(crate) const ANYBODY: [&str; 9] = [
    "private",
    "loopback",
    "link-local",
    "cgnat",
    "hosting",
    "tor",
    "anonymous-vpn",
    "public-proxy",
    "residential-proxy",
];

impl Enrich {
    #[inline(never)]
    pub fn new(known: Knowledge<'_>) -> Enrich {
        let Knowledge { targets, actors, networks, tag, files } = known;
        let classes = targets.data_class.iter();
        let classes: Vec<_> =
            classes.map(|(class, names)| (token(class), Patterns::new(names))).collect();
        let tag = Some(tag).filter(|tag| !tag.is_empty()).map(token);
        let lists = [
            List::new(Field::ActorPerson, &actors.person),
            List::new(Field::ActorRole, &actors.role),
            List::new(Field::ActorImportance, &actors.importance),
        ];
        let (mut lookups, mut geo) = (Vec::new(), Vec::new());
        for file in files {
            match &file.content {
                Content::Lookup(lookup) => lookups.push(lookup.clone()),
                Content::Geo(file) => geo.push(file.clone()),
            }
        }
        let day = |(day, _): &(String, Vec<String>)| end_of_day(day).unwrap_or(Millis::MAX);
        let mut made = Enrich {
            classes,
            tag,
            networks: networks_of(networks),
            actors: lists.into_iter().filter(|list| !list.names.is_empty()).collect(),
            service: Patterns::new(&actors.service),
            left: (Names::of_lists(&actors.left), actors.left.iter().map(day).collect()),
            sessions: Patterns::new(&actors.sessions),
            lookups,
            places: Places::new(geo),
            is_idle: false,
            asks_actor: false,
            asks_address: false,
        };
        made.look_ahead();
        made
    }

    /// Finds out which parts of a record are needed.
    fn look_ahead(&mut self) {
        let asks = |key: Key| self.lookups.iter().any(|lookup| lookup.key() == key);
        self.asks_actor = !self.actors.is_empty()
            || !self.service.is_empty()
            || !self.left.0.is_empty()
            || asks(Key::Actor);
        self.asks_address =
            !self.networks.0.is_empty() || !self.places.is_empty() || asks(Key::Origin);
        self.is_idle = !self.asks_actor
            && !self.asks_address
            && self.lookups.is_empty()
            && self.tag.is_none()
            && self.classes.is_empty();
    }

    /// Fills fields that the source left empty.
    #[inline]
    pub fn apply(&mut self, event: &mut Event, input: &[u8]) {
        if !self.is_idle && event.source.is_some() {
            self.fill(event, input);
        }
    }

    #[inline(never)]
    fn fill(&mut self, event: &mut Event, input: &[u8]) {
        if let Some(tag) = &self.tag {
            put(event, Field::EnvTag, tag);
        }
        self.fill_class(event, input);
        let known = Known {
            actor: self.asks_actor.then(|| self.names(event, input)),
            address: self.asks_address.then(|| address_of(event, input)).flatten(),
        };
        if let Some(names) = &known.actor {
            self.fill_actor(names, event, input);
        }
        self.fill_network(&known, event);
        for lookup in &self.lookups {
            lookup.fill(&known, event, input);
        }
        if let Some(address) = known.address {
            self.places.fill(address, event);
        }
    }

    fn fill_class(&self, event: &mut Event, input: &[u8]) {
        if self.classes.is_empty() || event.has(Field::TargetDataClass) {
            return;
        }
        let is_in = |patterns: &Patterns| {
            TARGETS.into_iter().any(|field| patterns.is_match(event.text(input, field)))
        };
        if let Some((class, _)) = self.classes.iter().find(|(_, patterns)| is_in(patterns)) {
            put(event, Field::TargetDataClass, class);
        }
    }

    /// The names of the actor. The name of a role's session proves nothing if whoever assumed the role has chosen it.
    fn names(&self, event: &Event, input: &[u8]) -> [Name; 4] {
        let is_named = !event.is_role_session
            || !event.has(Field::ActorRole)
            || self.sessions.is_match(event.text(input, Field::ActorRole));
        let fields = match is_named {
            false => ROLES,
            true if event.has(Field::ActorEmail) => ADDRESSED,
            true => ACTORS,
        };
        fields.map(|field| Name::new(field, event, input))
    }

    fn fill_actor(&self, known: &[Name; 4], event: &mut Event, input: &[u8]) {
        for List { field, names, tokens } in &self.actors {
            let nth = if event.has(*field) { None } else { names.find(known, event, input) };
            if let Some(token) = nth.and_then(|nth| tokens.get(nth as usize)) {
                put(event, *field, token);
            }
        }
        // Sources report `user` for any account that they do not know to be a service's.
        let is_service = |name: &Name| self.service.is_match(event.text(input, name.field()));
        if !self.service.is_empty() && known.iter().any(is_service) {
            event.put_word(Field::ActorType, "service");
        }
        let (names, from) = &self.left;
        if names.is_empty() {
            return;
        }
        let from = names.find(known, event, input).and_then(|nth| from.get(nth as usize));
        fill_left(from, event);
    }

    fn fill_network(&self, known: &Known, event: &mut Event) {
        let (networks, tokens) = &self.networks;
        if event.has(Field::OriginNetwork) {
            return;
        }
        let nth = known.address.and_then(|address| networks.find(address));
        if let Some(token) = nth.and_then(|nth| tokens.get(nth as usize)) {
            put(event, Field::OriginNetwork, token);
            event.is_network_named = true;
        }
    }
}

/// Tells whether the actor had left by the time of the event.
fn fill_left(from: Option<&Millis>, event: &mut Event) {
    if let (Some(from), Some(time)) = (from, event.time_ms)
        && time >= *from
    {
        event.fill_word(Field::ActorStatus, LEFT);
    }
}

fn address_of(event: &Event, input: &[u8]) -> Option<IpAddr> {
    Some(address::parse(event.text(input, Field::OriginIp))?.to_canonical())
}

impl List {
    fn new(field: Field, lists: &[(String, Vec<String>)]) -> List {
        let tokens = lists.iter().map(|(value, _)| token(value)).collect();
        List { field, names: Names::of_lists(lists), tokens }
    }
}

/// The policy's networks, then the special ones.
fn networks_of(known: &knowledge::Networks) -> (Networks, Vec<Vec<u8>>) {
    let special = SPECIAL.iter().filter(|_| known.special);
    let special = special.map(|(name, ranges)| (*name, ranges.to_vec()));
    let named = known.named.iter();
    let named =
        named.map(|(name, ranges)| (name.as_str(), ranges.iter().map(String::as_str).collect()));
    let all: Vec<(&str, Vec<&str>)> = named.chain(special).collect();
    let ranges = (0u32..).zip(&all).flat_map(|(nth, (_, ranges))| {
        ranges.iter().filter_map(move |range| Some((Range::read(range)?, nth)))
    });
    (Networks::new(ranges), all.iter().map(|(name, _)| token(name)).collect())
}

/// The text as a JSON token.
fn token(text: &str) -> Vec<u8> {
    let mut token = Vec::new();
    // Short, and read once at the start.
    let _ = crate::text::quote(text.as_bytes(), &mut token);
    token
}

fn put(event: &mut Event, field: Field, token: &[u8]) {
    if !event.has(field)
        && let Some(span) = event.token(token, Kind::String)
    {
        event.set(field, Val::Json(span));
    }
}

/// Fills a field with a token of a lookup.
fn fill_token(field: Field, token: &[u8], event: &mut Event) {
    let is_word = |word: &&str| {
        let content = token.get(1..token.len().saturating_sub(1));
        content == Some(word.as_bytes())
    };
    match ["user", "service", "system", "anonymous"].into_iter().find(is_word) {
        // The policy's author knows accounts better than their sources.
        Some(word) if field == Field::ActorType => event.put_word(field, word),
        _ if token.first() == Some(&b'"') => put(event, field, token),
        _ => {
            let number = std::str::from_utf8(token).ok().and_then(|text| text.parse().ok());
            event.fill(field, number.map_or(Val::None, Val::Int));
        }
    }
}

#[cfg(test)]
mod tests;
