//! One event as detectors look at it: its values, and the keys under which state is kept for whom and what it names.

use super::baseline::Surprises;
use super::origin::{Network, is_ipv6};
use super::{Facts, name};
use crate::address::is_loopback;
use crate::enrich::ANYBODY;
use crate::entity::Entity;
use crate::event::{Event, Field, Tag};
use crate::pattern::Patterns;
use crate::policy::Suppression;
use crate::rule::record::Record;
use crate::sketch::digest::Digest;
use crate::sketch::evidence::{Id, Ids};
use crate::text::has_ignoring_case;
use crate::time::Millis;
use crate::value::Val;
use std::cell::{Cell, OnceCell};

/// A name, and the key under which state is kept for it.
type Named<'a> = Cell<Option<(&'a [u8], u64)>>;

/// Input of a detector.
pub struct Subject<'a> {
    pub event: &'a Event,
    pub input: &'a [u8],
    /// The original record, for what the event does not hold.
    pub record: &'a Record<'a>,
    /// Event time, as windows count it.
    pub time: Millis,
    /// Hashes what state is kept under: a third of what SipHash costs.
    pub digest: &'a Digest,
    pub facts: Facts,
    /// The place of the detector that looks, in the list of all.
    pub detector: usize,
    pub suppressions: &'a [Suppression],
    /// Unusual values of the event by its actor's baseline.
    pub surprises: Option<&'a Surprises>,
    /// Actor and origin with their keys, once one that looked asked.
    pub actor: Named<'a>,
    pub origin: Named<'a>,
    /// Network of the origin, if it is an IPv6 address; computed on demand.
    pub network: &'a OnceCell<Option<Network>>,
    /// The ids of events before this one, and the serial its own has among them if one that looked refers to it.
    pub ids: &'a Ids,
    pub serial: u32,
    pub is_kept: Cell<bool>,
}

impl<'a> Subject<'a> {
    /// A field's text, as JSON has it between quotes.
    pub fn text(&self, field: Field) -> &'a [u8] {
        self.event.text(self.input, field)
    }

    /// A field's whole number; what is beyond it on either side is cut.
    pub fn number(&self, field: Field) -> Option<u64> {
        match self.event.get(field) {
            Val::None => None,
            Val::Int(number) => Some(u64::try_from(number).unwrap_or_default()),
            _ => {
                let text = self.text(field);
                if (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
                    return Some(text.iter().fold(0, |number, digit| {
                        number.wrapping_mul(10).wrapping_add(u64::from(digit & 15))
                    }));
                }
                let text = std::str::from_utf8(text).ok()?;
                // Some write whole numbers with a point: `12.0`.
                text.parse::<u64>()
                    .ok()
                    .or_else(|| text.parse::<f64>().ok().map(|number| number as u64))
            }
        }
    }

    /// By which evidence refers to the event.
    pub fn serial(&self) -> u32 {
        self.is_kept.set(true);
        self.serial
    }

    /// The id of the event with that serial: this one, or one before it.
    pub fn recall(&self, serial: u32, each: &mut dyn FnMut(&[u8])) {
        if serial == self.serial {
            id(self.event, self.input).say(each)
        } else {
            self.ids.recall(serial, each)
        }
    }

    /// How many events the record stands for.
    pub fn times(&self) -> u64 {
        u64::from(self.event.times)
    }

    /// As above, for the origin, of which a record that told of them before may not have said the address.
    pub fn times_of_origin(&self) -> u64 {
        u64::from(self.event.times.saturating_add(self.event.retold_of_origin))
    }

    /// As above, for the account, of which it may not have said the name.
    pub fn times_of_account(&self) -> u64 {
        u64::from(self.event.times.saturating_add(self.event.retold_of_account))
    }

    /// Who acted, by the name people use, else by id; by the role, where whoever acts in it names the session. Of a failed attempt to act as someone else, it is
    /// the account whose password was wrong.
    pub fn account(&self) -> &'a [u8] {
        if self.event.is_against_target {
            return self.text(Field::TargetName);
        }
        let name =
            self.text(if self.is_role_session() { Field::ActorRole } else { Field::ActorName });
        if name.is_empty() { self.text(Field::ActorId) } else { name }
    }

    /// The account under which state is kept. It belongs to its environment: `root` here is not `root` there.
    pub fn account_key(&self, account: &[u8]) -> u64 {
        account_key(self.digest, self.text(Field::EnvAccount), account)
    }

    /// The origin under which state is kept. An address is one wherever it knocks.
    pub fn origin_key(&self, origin: &[u8]) -> u64 {
        self.key_in(1, origin)
    }

    /// A text within a role, or within what another key stands for: an account is not an origin of the same name.
    pub fn key_in(&self, role: u64, text: &[u8]) -> u64 {
        joined(role, self.digest.of(text))
    }

    /// Target: its id, else its name.
    pub fn target(&self) -> &'a [u8] {
        let id = self.text(Field::TargetId);
        if id.is_empty() { self.text(Field::TargetName) } else { id }
    }

    /// Name of an entity of the event, and the key under which state is kept for it.
    pub fn keyed(&self, entity: Entity) -> (&'a [u8], u64) {
        let within = |role, name| (name, self.key_in(role, name));
        match entity {
            Entity::Actor | Entity::Account => self.actor(),
            Entity::Origin | Entity::Network => self.origin(),
            Entity::Target => within(2, self.target()),
            Entity::Host => within(8, self.text(Field::EnvHost)),
            Entity::Source => within(9, self.text(Field::Source)),
            Entity::Service => {
                let service = self.text(Field::EnvService);
                let service = if service.is_empty() { self.text(Field::EnvHost) } else { service };
                // Access lines of one server mostly say neither: they are a service's all the same.
                let service = if service.is_empty() { self.text(Field::Source) } else { service };
                within(3, service)
            }
        }
    }

    /// Who acted, and the key under which state is kept for it: the person if it is known, who is the same in all environments, else the account.
    pub fn actor(&self) -> (&'a [u8], u64) {
        self.actor.get().unwrap_or_else(|| self.find_actor())
    }

    #[inline(never)]
    fn find_actor(&self) -> (&'a [u8], u64) {
        let person = self.text(Field::ActorPerson);
        let found = if person.is_empty() || self.event.is_against_target {
            let account = self.account();
            (account, self.account_key(account))
        } else {
            (person, self.key_in(PERSON, person))
        };
        self.actor.set(Some(found));
        found
    }

    /// Where it came from, and the key under which state is kept for it: an address, an IPv6 one's network; of sign-ins and requests the host, where that is
    /// all they say. Elsewhere a host is mostly a service at work for all.
    pub fn origin(&self) -> (&'a [u8], u64) {
        self.origin.get().unwrap_or_else(|| self.find_origin())
    }

    #[inline(never)]
    fn find_origin(&self) -> (&'a [u8], u64) {
        let mut origin = self.text(Field::OriginIp);
        if is_ipv6(origin) {
            let address = origin;
            origin = self
                .network
                .get_or_init(|| Network::of(address))
                .as_ref()
                .map_or(address, Network::text);
        } else if origin.is_empty()
            && self.facts.has_any(Facts::FAILED_LOGIN | Facts::LOGIN | Facts::HAS_STATUS)
        {
            origin = self.text(Field::OriginHost);
        }
        let mut key = self.origin_key(origin);
        if is_loopback(origin) {
            key = self.key_in(key, self.text(Field::EnvHost));
        }
        let found = (origin, key);
        self.origin.set(Some(found));
        found
    }

    fn is_role_session(&self) -> bool {
        self.event.is_role_session && self.event.has(Field::ActorRole)
    }

    /// True if one of the patterns names the actor by what it has proved to be and has not chosen itself: never by a name that was only tried, and of a role's
    /// session by the role alone, by name or by principal.
    pub fn is_exempt(&self, patterns: &Patterns) -> bool {
        if self.facts.has_any(Facts::FAILED_LOGIN) {
            return false;
        }
        if !self.is_role_session() {
            return self.is_actor(patterns);
        }
        let principal =
            self.text(Field::ActorId).split(|&byte| byte == b':').next().unwrap_or_default();
        // An ARN holds the session's name behind its colons.
        patterns.is_match(self.text(Field::ActorRole))
            || patterns.is_match(self.text(Field::ActorPerson))
            || principal != b"arn" && patterns.is_match(principal)
    }

    /// True if one of the patterns names the actor, or the role it acts in.
    pub fn is_actor(&self, patterns: &Patterns) -> bool {
        const NAMES: [Field; 5] = [
            Field::ActorId,
            Field::ActorName,
            Field::ActorEmail,
            Field::ActorRole,
            Field::ActorPerson,
        ];
        NAMES.into_iter().any(|field| patterns.is_match(self.text(field)))
    }

    /// True if the origin's network has a name that vouches for it: the policy's, or that of a private endpoint, and not one from which anybody can come.
    /// Other names that records have are those of providers, zones and interfaces.
    pub fn is_known_network(&self) -> bool {
        let network = self.text(Field::OriginNetwork);
        let is_endpoint = network.starts_with(b"vpce-");
        (self.event.is_network_named || is_endpoint) && !is_anybodys(network)
    }

    /// True if people come out of the origin's network wherever they are: the policy names it, or it is a VPN, a relay or a proxy by its name.
    /// A rented server stands somewhere.
    pub fn is_network_anywhere(&self) -> bool {
        let network = self.text(Field::OriginNetwork);
        let is_named = self.event.is_network_named || is_anybodys(network);
        let has = |piece: &[u8]| has_ignoring_case(network, piece);
        network != b"hosting" && (is_named || has(b"vpn") || has(b"relay") || has(b"vpce-"))
    }

    /// True if the policy says that the actor is important.
    pub fn is_important(&self) -> bool {
        self.event.has(Field::ActorImportance)
            && matches!(self.text(Field::ActorImportance), b"high" | b"critical")
    }
}

/// True if anybody can come from a network of this name.
fn is_anybodys(network: &[u8]) -> bool {
    ANYBODY.iter().any(|name| name.as_bytes() == network)
}

/// The role of persons in keys.
pub(crate) const PERSON: u64 = 4;

/// The key under which state is kept for an account of an environment.
#[inline]
pub fn account_key(digest: &Digest, environment: &[u8], account: &[u8]) -> u64 {
    let role = if environment.is_empty() { 0 } else { digest.of(environment) };
    let account = match name::Folded::of(account) {
        None => digest.of(account),
        Some(folded) => digest.of(folded.text()),
    };
    joined(role, account)
}

/// The event's own id.
pub(crate) fn id<'a>(event: &'a Event, input: &'a [u8]) -> Id<'a> {
    let cell = Field::Id.into();
    if event.has(cell) && event.tag(cell) == Tag::Digest {
        Id::Made(event.digest(cell))
    } else {
        Id::Text(event.text(input, cell))
    }
}

/// The key of what belongs to a role, or to what another key stands for. Never 0, which marks a free place.
#[inline(always)]
pub fn joined(role: u64, key: u64) -> u64 {
    (role.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key).max(1)
}
