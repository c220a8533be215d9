//! The normalised event: the audit schema's fields, filled with values of one record.

use crate::note::{Note, Notes};
use crate::text;
use crate::time::Stamp;
use crate::value::{Bare, Doc, Kind, Span, Texts, Val};

/// Type of a field's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A string; numbers and booleans are converted to strings.
    #[default]
    Text,
    /// A whole number; a string of digits becomes one.
    Number,
    /// `true` or `false`; strings that say so become one.
    Bool,
    /// Any JSON value as it stands.
    Any,
}

macro_rules! fields {
    ($($name:ident $path:literal $form:ident $doc:literal)+) => {
        /// One field of the audit schema, in output order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field { $(#[doc = $doc] $name),+ }

        impl Field {
            pub const ALL: &'static [Field] = &[$(Field::$name),+];

            /// The dotted path in the audit record.
            pub const fn path(self) -> &'static str {
                match self { $(Field::$name => $path),+ }
            }

            pub const fn form(self) -> Form {
                match self { $(Field::$name => Form::$form),+ }
            }

            /// Description of the field.
            pub const fn doc(self) -> &'static str {
                match self { $(Field::$name => $doc),+ }
            }
        }
    };
}

fields! {
    Time "time" Text "Time of the event: RFC 3339, UTC, at least milliseconds."
    Id "id" Text "The source's own id of the event, else a digest of the record's bytes."
    Source "source" Text "Id of the source that recognised the record, e.g. `aws.cloudtrail`."
    ActorId "actor.id" Text "Actor: the source's stable id."
    ActorName "actor.name" Text "Actor: the name people use."
    ActorEmail "actor.email" Text "Actor: mail address."
    ActorType "actor.type" Text "`user`, `service`, `system` or `anonymous`."
    ActorRole "actor.role" Text "Role that the actor used."
    ActorGroups "actor.groups" Any "Groups the actor belongs to."
    ActorSession "actor.session" Text "The session or credential used."
    ActorPerson "actor.person" Text "Person who owns the account, by one name across systems; from `[actors]` or a lookup file."
    ActorImportance "actor.importance" Text "Importance of the account; from `[actors]` or a lookup file."
    ActorStatus "actor.status" Text "`left` if the owner of the account has left; from `[actors]` or a lookup file."
    ActorOnBehalfOf "actor.on_behalf_of" Text "Account on whose behalf the actor acted."
    ActionName "action.name" Text "Name of the action in the source's words."
    ActionCount "action.count" Number "Number of actions, if one record stands for several; 0 if another record counts the action."
    ActionClass "action.class" Text "`login`, `logout`, `read`, `list`, `create`, `update`, `delete`, `export`, `share`, `grant`, `revoke`, `configure`, `execute`, `approve` or `other`."
    ActionCategory "action.category" Text "`authentication`, `access`, `data`, `configuration`, `network` or `system`."
    TargetType "target.type" Text "Type of the target."
    TargetId "target.id" Text "Target: the source's stable id."
    TargetName "target.name" Text "Target: its name."
    TargetCount "target.count" Number "Number of records that the action affected."
    TargetBytes "target.bytes" Number "Number of bytes that the action affected."
    TargetDataClass "target.data_class" Text "Class of the target's data: `phi`, `pii`, `pci`, `credential`, `source-code`, `audit-log`, `public` ..."
    TargetIp "target.ip" Text "Destination address."
    TargetPort "target.port" Number "Destination port."
    ChangeBefore "change.before" Any "Value before the change, if the source reports it."
    ChangeAfter "change.after" Any "Value after the change, if the source reports it."
    OriginIp "origin.ip" Text "Client address."
    OriginPort "origin.port" Number "Client port."
    OriginHost "origin.host" Text "Client host name, or calling service."
    OriginDevice "origin.device" Text "Client device."
    OriginUserAgent "origin.user_agent" Text "User agent of the client."
    OriginCountry "origin.geo.country" Text "ISO 3166-1 country code."
    OriginRegion "origin.geo.region" Text "Region within the country."
    OriginCity "origin.geo.city" Text "City."
    OriginLat "origin.geo.lat" Any "Latitude in degrees."
    OriginLon "origin.geo.lon" Any "Longitude in degrees."
    OriginAsn "origin.asn" Number "Autonomous system number."
    OriginAsName "origin.as_name" Text "Name of the autonomous system."
    OriginNetwork "origin.network" Text "Network, VPN or private endpoint that the client used."
    OutcomeResult "outcome.result" Text "`success`, `failure`, `denied` or `unknown`."
    OutcomeCode "outcome.code" Text "Result code of the source."
    OutcomeReason "outcome.reason" Text "Explanation of the outcome in the source's words."
    AuthzRole "authz.role" Text "Authorization: the role that allowed the action."
    AuthzPermission "authz.permission" Text "Authorization: the permission that allowed the action."
    AuthzPolicy "authz.policy" Text "Authorization: the policy that allowed or denied the action."
    AuthzMfa "authz.mfa" Bool "`true` if a second factor was used, else `false`."
    RequestId "request.id" Text "Id of the request."
    RequestMethod "request.method" Text "HTTP method."
    RequestPath "request.path" Text "URL path."
    RequestUrl "request.url" Text "URL or request target as received, query included."
    RequestStatus "request.status" Number "HTTP status code."
    RequestLatency "request.latency_ms" Any "Duration in milliseconds."
    RequestBytes "request.bytes" Number "Number of bytes sent."
    RequestTransport "request.transport" Text "Transport protocol: `tcp`, `udp`, `icmp` ..."
    EnvTag "env.tag" Text "Environment: production, staging ..."
    EnvAccount "env.account" Text "Cloud account, tenant or organisation."
    EnvRegion "env.region" Text "Cloud region."
    EnvService "env.service" Text "Service in which the event happened."
    EnvHost "env.host" Text "Host on which the event happened."
    SequenceNumber "sequence.number" Number "Number of the record, if the source counts its records: increased by one per record."
    SequenceStream "sequence.stream" Text "Stream that the number counts in, if a source on one host has several: channel, type of log."
}

macro_rules! words {
    ($(#[$doc:meta])* $enum:ident { $($name:ident $word:literal)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum { $($name),+ }

        impl $enum {
            pub const ALL: &'static [$enum] = &[$($enum::$name),+];

            /// The word as written to records.
            pub const fn word(self) -> &'static str {
                match self { $($enum::$name => $word),+ }
            }
        }
    };
}

words! {
    /// Class of an action, the same across sources.
    Class {
        Login "login" Logout "logout" Read "read" List "list" Create "create" Update "update" Delete "delete" Export "export" Share "share"
        Grant "grant" Revoke "revoke" Configure "configure" Execute "execute" Approve "approve" Other "other"
    }
}

words! {
    /// Category of an action.
    Category { Authentication "authentication" Access "access" Data "data" Configuration "configuration" Network "network" System "system" }
}

words! {
    /// Outcome of an action.
    Outcome { Success "success" Failure "failure" Denied "denied" Unknown "unknown" }
}

/// Kind of a program's failure report, of which several may describe one failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReport {
    /// The authentication module that most systems have.
    Pam,
    /// The others, which are asked beside it: of directories, of Kerberos.
    OtherPam,
    /// The program, of what the modules answered.
    PamAnswer,
    /// The account does not exist.
    NoSuchUser,
    /// The program itself, of each attempt.
    Attempt,
}

/// A program whose processes serve many clients each.
#[derive(Debug)]
pub struct Server {
    /// Name under which its reports are counted.
    pub name: &'static str,
    /// One of its logs names no host: reports are joined without it.
    pub is_anywhere: bool,
    /// Its access log reports each failure as well.
    pub has_access_log: bool,
}

/// Reporter of a successful authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetIn {
    /// The program, which reports refusals as well.
    Program,
    /// One of the modules that it asks.
    Module,
    /// A module that opens the session, and does not report how the name was proved.
    Session,
}

/// How many values a source can keep for its own use beside the fields.
pub const KEPT: usize = 192;
/// The rank of a cell that nothing filled.
pub const EMPTY: u8 = u8::MAX;
/// Cells from here on are a source's own.
const KEPT_FROM: usize = 64;
/// As many as a byte tells apart.
const CELLS: usize = 256;
const _: () = assert!(
    Field::ALL.len() <= KEPT_FROM && KEPT_FROM + KEPT <= CELLS,
    "fields and kept values have places of their own"
);

/// Where a row puts a value: a field, or one of the source's own places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell(u8);

impl Cell {
    pub const fn field(field: Field) -> Cell {
        Cell(field as u8)
    }

    pub const fn kept(index: u8) -> Cell {
        Cell((KEPT_FROM as u8).saturating_add(index))
    }

    #[inline(always)]
    pub fn index(self) -> usize {
        usize::from(self.0) % CELLS
    }
}

impl Cell {
    /// The field's bit; none for what a source keeps.
    #[inline(always)]
    pub(crate) const fn bit(self) -> u64 {
        ((self.0 < KEPT_FROM as u8) as u64).wrapping_shl(self.0 as u32)
    }
}

impl From<Field> for Cell {
    fn from(field: Field) -> Cell {
        Cell::field(field)
    }
}

/// One record's fields. Reused from record to record: clearing them forgets which are filled, not what they held.
pub struct Event {
    /// For each cell, the rank of the row that filled it; `EMPTY` where none did.
    ranks: [u8; CELLS],
    tags: [Tag; CELLS],
    /// Payload of the tag: a token's start and end, a number, an index.
    payloads: [u64; CELLS],
    words: [&'static str; CELLS],
    /// The fields that are filled, as bits.
    filled: u64,
    pub notes: Notes,
    /// Text that does not stand in the record itself, as JSON tokens.
    pub arena: Vec<u8>,
    /// The record's line of text, where it does not stand in the record as it is.
    pub line: Vec<u8>,
    /// The line is `line`, not the record itself.
    pub has_line: bool,
    /// Text that came in base64, or values in hexadecimal digits, stand in the arena.
    pub is_decoded: bool,
    /// Cells whose values did not fit them, as bits.
    dropped: [u64; CELLS / 64],
    /// Event time in milliseconds since 1970, where the record has one.
    pub time_ms: Option<i64>,
    /// The time written last, as text.
    stamp: Stamp,
    /// Values of the fields of the same names, for detectors.
    pub class: Option<Class>,
    pub category: Option<Category>,
    pub outcome: Option<Outcome>,
    /// How many times it happened, where one record stands for several; 0 where it only says again what another record said.
    pub times: u32,
    /// How many more times its origin did it, and how many more it happened to its account: other records told of those before, without address or name.
    pub retold_of_origin: u32,
    pub retold_of_account: u32,
    /// A failure to prove who one is, though the action is not a login (a bad key, a bad signature).
    pub credential_failure: bool,
    /// A failure that says nothing of who one is, though the service is about that (throttling, a missing permission).
    pub is_plain_failure: bool,
    /// Who acts in a role chose the name of the session: the account is the role.
    pub is_role_session: bool,
    /// The provider of the cloud at its own work, under a role that nobody else can assume.
    pub is_provider: bool,
    /// The policy names the origin's network; the record does not.
    pub is_network_named: bool,
    /// Who is in already asks for more: no way in, however it ends.
    pub is_elevation: bool,
    /// Credentials were posted to a place of signing in, and refused.
    pub is_guess: bool,
    /// The time is that of a clock whose zone the record does not say.
    pub is_local_time: bool,
    /// Which of several failure_reports of one program says so: a failure that more than one of them tells is one failure.
    pub failure_report: Option<FailureReport>,
    /// Who reports a sign-in that succeeded, where several programs or modules may.
    pub let_in: Option<LetIn>,
    /// The program, if its processes serve many clients each: its connections are told apart by account and origin. None where the process id does.
    pub served_by: Option<&'static Server>,
    /// Kind of report, from 1, by which a source that records other programs' sign-ins reports it; 0 for any other source.
    pub witness: u8,
    /// The failure is one against the account that the target names: the actor asked for it.
    pub is_against_target: bool,
    pub source: Option<u16>,
}

/// Content of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A token of the input.
    Input(Kind),
    /// A token of the arena.
    Arena(Kind),
    /// A piece of the line, without quotes.
    Bare,
    Word,
    Int,
    Bool,
    Time,
    Digest,
}

impl Tag {
    /// True if what it says is written between quotes that it does not bring along.
    #[inline(always)]
    pub(crate) fn is_quoted(self) -> bool {
        matches!(self, Tag::Bare | Tag::Time | Tag::Digest | Tag::Word)
    }
}

impl Event {
    pub fn new() -> Event {
        Event {
            ranks: [EMPTY; CELLS],
            tags: [Tag::Word; CELLS],
            payloads: [0; CELLS],
            words: [""; CELLS],
            filled: 0,
            notes: Notes::default(),
            arena: Vec::with_capacity(4096),
            line: Vec::with_capacity(1024),
            has_line: false,
            is_decoded: false,
            dropped: [0; CELLS / 64],
            time_ms: None,
            stamp: Stamp::default(),
            class: None,
            category: None,
            outcome: None,
            times: 1,
            retold_of_origin: 0,
            retold_of_account: 0,
            credential_failure: false,
            is_plain_failure: false,
            is_role_session: false,
            is_provider: false,
            is_network_named: false,
            is_elevation: false,
            is_guess: false,
            is_local_time: false,
            failure_report: None,
            let_in: None,
            served_by: None,
            witness: 0,
            is_against_target: false,
            source: None,
        }
    }

    pub fn clear(&mut self) {
        self.clear_cells();
        self.is_decoded = false;
        self.notes = Notes::default();
    }

    /// Empties every cell, and what goes with them.
    pub fn clear_cells(&mut self) {
        self.unfill();
        self.arena.clear();
        self.line.clear();
        self.has_line = false;
    }

    /// Empties every cell; the texts stay.
    pub fn unfill(&mut self) {
        self.ranks = [EMPTY; CELLS];
        self.dropped = [0; CELLS / 64];
        self.filled = 0;
        self.time_ms = None;
        (self.class, self.category, self.outcome) = (None, None, None);
        (self.times, self.retold_of_origin, self.retold_of_account) = (1, 0, 0);
        (self.credential_failure, self.is_elevation, self.is_guess) = (false, false, false);
        (self.is_plain_failure, self.is_role_session, self.is_provider) = (false, false, false);
        self.is_network_named = false;
        self.is_local_time = false;
        (self.failure_report, self.let_in, self.served_by) = (None, None, None);
        self.witness = 0;
        self.is_against_target = false;
        self.source = None;
    }

    pub fn get(&self, cell: impl Into<Cell>) -> Val {
        let cell = cell.into();
        if !self.has(cell) {
            return Val::None;
        }
        let payload = self.payload(cell);
        let span = |doc, kind| {
            Val::Json(Span {
                start: payload as u32,
                end: payload.wrapping_shr(32) as u32,
                doc,
                kind,
            })
        };
        match self.tag(cell) {
            Tag::Input(kind) => span(Doc::Input, kind),
            Tag::Arena(kind) => span(Doc::Arena, kind),
            Tag::Bare => {
                Val::Bare(Bare { start: payload as u32, end: payload.wrapping_shr(32) as u32 })
            }
            Tag::Word => Val::Word(self.words.get(cell.index()).copied().unwrap_or_default()),
            Tag::Int => Val::Int(payload as i64),
            Tag::Bool => Val::Bool(payload != 0),
            Tag::Time => Val::Time(payload as i64),
            Tag::Digest => Val::Digest(payload),
        }
    }

    /// The tag of a filled cell.
    #[inline(always)]
    pub fn tag(&self, cell: Cell) -> Tag {
        self.tags.get(cell.index()).copied().unwrap_or(Tag::Word)
    }

    #[inline(always)]
    fn payload(&self, cell: Cell) -> u64 {
        self.payloads.get(cell.index()).copied().unwrap_or_default()
    }

    /// Position of a filled cell's value in its text, if it is in a text.
    #[inline(always)]
    pub fn range(&self, cell: Cell) -> (usize, usize) {
        let payload = self.payload(cell);
        (payload as u32 as usize, payload.wrapping_shr(32) as usize)
    }

    /// The time in a cell that holds one, as it is written.
    #[inline(always)]
    pub fn time_text(&self, cell: Cell) -> [u8; 24] {
        self.stamp.text(self.payload(cell) as i64)
    }

    /// The digest in a cell that holds one.
    #[inline(always)]
    pub fn digest(&self, cell: Cell) -> u64 {
        self.payload(cell)
    }

    /// Puts a time that is the event's, or stands for it.
    pub fn put_time(&mut self, time: i64) {
        self.stamp.write(time);
        self.put(Cell::field(Field::Time), Tag::Time, time as u64, 0);
    }

    /// Sets a field that nothing has filled yet to a word.
    pub fn fill_word(&mut self, field: Field, word: &'static str) {
        if !self.has(field) {
            self.put_word(field, word);
        }
    }

    /// Puts a word of our own.
    #[inline(always)]
    pub fn put_word(&mut self, field: Field, word: &'static str) {
        let cell = Cell::field(field);
        // What else the cell holds a word does not ask for.
        if let (Some(words), Some(tags), Some(ranks)) = (
            self.words.get_mut(cell.index()),
            self.tags.get_mut(cell.index()),
            self.ranks.get_mut(cell.index()),
        ) {
            (*words, *tags, *ranks) = (word, Tag::Word, 0);
            self.filled |= cell.bit();
        }
    }

    /// The word in a cell that holds one.
    #[inline(always)]
    pub fn word(&self, cell: Cell) -> &'static str {
        self.words.get(cell.index()).copied().unwrap_or_default()
    }

    #[inline(always)]
    pub fn has(&self, cell: impl Into<Cell>) -> bool {
        self.rank(cell.into()) != EMPTY
    }

    /// Remembers that a value did not fit the cell; whether that leaves a field empty is known when all rows were applied.
    #[cold]
    pub(crate) fn drop_value(&mut self, cell: Cell) {
        if let Some(word) = self.dropped.get_mut(cell.index() / 64) {
            *word |= 1u64.wrapping_shl(cell.index() as u32);
        }
    }

    /// True if a value did not fit the cell, and no other fills it.
    pub(crate) fn lacks_dropped(&self, cell: Cell) -> bool {
        let word = self.dropped.get(cell.index() / 64).copied().unwrap_or_default();
        word.wrapping_shr(cell.index() as u32) & 1 == 1 && !self.has(cell)
    }

    /// True if a value did not fit one of the fields, which none fills.
    pub(crate) fn lacks_dropped_field(&self) -> bool {
        let [fields, ..] = self.dropped;
        fields & !self.filled != 0
    }

    /// True if a value did not fit one of the cells, which none fills.
    pub(crate) fn lacks_any_dropped(&self) -> bool {
        self.dropped != [0; CELLS / 64]
            && (0..=u8::MAX).any(|index| self.lacks_dropped(Cell(index)))
    }

    /// The rank of the row that filled the cell; `EMPTY`, above all ranks, where none did.
    #[inline(always)]
    pub fn rank(&self, cell: Cell) -> u8 {
        self.ranks.get(cell.index()).copied().unwrap_or(EMPTY)
    }

    pub fn set(&mut self, cell: impl Into<Cell>, val: Val) {
        self.set_ranked(cell.into(), val, 0);
    }

    pub fn set_ranked(&mut self, cell: Cell, val: Val, rank: u8) {
        let (tag, payload) = match val {
            Val::None => return,
            Val::Json(Span { start, end, doc, kind }) => (
                if doc == Doc::Input { Tag::Input(kind) } else { Tag::Arena(kind) },
                u64::from(start) | u64::from(end).wrapping_shl(32),
            ),
            Val::Bare(Bare { start, end }) => {
                (Tag::Bare, u64::from(start) | u64::from(end).wrapping_shl(32))
            }
            Val::Word(word) => {
                if let Some(place) = self.words.get_mut(cell.index()) {
                    *place = word;
                }
                (Tag::Word, 0)
            }
            Val::Int(number) => (Tag::Int, number as u64),
            Val::Bool(bool) => (Tag::Bool, u64::from(bool)),
            Val::Time(ms) => (Tag::Time, ms as u64),
            Val::Digest(digest) => (Tag::Digest, digest),
        };
        self.put(cell, tag, payload, rank);
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, cell: Cell, tag: Tag, payload: u64, rank: u8) {
        if let (Some(tags), Some(payloads), Some(ranks)) = (
            self.tags.get_mut(cell.index()),
            self.payloads.get_mut(cell.index()),
            self.ranks.get_mut(cell.index()),
        ) {
            (*tags, *payloads, *ranks) = (tag, payload, rank);
            self.filled |= cell.bit();
        }
    }

    pub fn unset(&mut self, cell: impl Into<Cell>) {
        let cell = cell.into();
        if let Some(held) = self.ranks.get_mut(cell.index()) {
            *held = EMPTY;
            self.filled &= !cell.bit();
        }
    }

    /// Copies what one cell holds to a field that nothing has filled yet.
    #[inline]
    pub fn fill_from(&mut self, field: Field, from: Cell) {
        let to = Cell::field(field);
        if self.has(from) && !self.has(to) {
            match self.tag(from) {
                Tag::Word => self.put_word(field, self.word(from)),
                tag => self.put(to, tag, self.payload(from), 0),
            }
        }
    }

    /// Sets a field that nothing has filled yet.
    pub fn fill(&mut self, field: Field, val: Val) {
        if !self.has(field) && !matches!(val, Val::None) {
            self.set(field, val);
        }
    }

    /// The fields that are filled, as bits by field number.
    pub fn filled(&self) -> u64 {
        self.filled
    }

    /// A cell's text without quotes. Escapes stay only where JSON demands them.
    #[inline]
    pub fn text<'a>(&'a self, input: &'a [u8], cell: impl Into<Cell>) -> &'a [u8] {
        let cell = cell.into();
        if !self.has(cell) {
            return b"";
        }
        let payload = self.payload(cell);
        let (start, end) = (payload as u32 as usize, payload.wrapping_shr(32) as usize);
        let content = |text: &'a [u8], kind| match kind {
            Kind::String => text.get(start.wrapping_add(1)..end.wrapping_sub(1)),
            _ => text.get(start..end),
        };
        match self.tag(cell) {
            Tag::Input(kind) => content(input, kind).unwrap_or_default(),
            Tag::Arena(kind) => content(&self.arena, kind).unwrap_or_default(),
            Tag::Bare => self.line(input).get(start..end).unwrap_or_default(),
            Tag::Word => self.word(cell).as_bytes(),
            Tag::Int | Tag::Bool | Tag::Time | Tag::Digest => b"",
        }
    }

    pub fn set_class(&mut self, class: Class) {
        self.class = Some(class);
        self.put_word(Field::ActionClass, class.word());
    }

    pub fn set_category(&mut self, category: Category) {
        self.category = Some(category);
        self.put_word(Field::ActionCategory, category.word());
    }

    pub fn set_outcome(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.put_word(Field::OutcomeResult, outcome.word());
    }

    /// The text that bare pieces stand in.
    #[inline(always)]
    pub fn line<'a>(&'a self, input: &'a [u8]) -> &'a [u8] {
        if self.has_line { &self.line } else { input }
    }

    pub fn is(&self, field: Field, word: &str) -> bool {
        let cell = Cell::field(field);
        self.has(cell)
            && self.tag(cell) == Tag::Word
            && text::is_same(self.word(cell).as_bytes(), word.as_bytes())
    }

    pub fn texts<'a>(&'a self, input: &'a [u8]) -> Texts<'a> {
        Texts { input, arena: &self.arena }
    }

    /// Writes text as a JSON string into the arena. `None` when memory is short.
    pub fn quote(&mut self, content: &[u8]) -> Option<Span> {
        let start = self.arena.len();
        text::quote(content, &mut self.arena).ok()?;
        self.span_from(start, Kind::String)
    }

    /// As above, for bytes that may not be UTF-8: what is not becomes U+FFFD.
    pub fn quote_lossy(&mut self, content: &[u8]) -> Option<Span> {
        if std::str::from_utf8(content).is_ok() {
            return self.quote(content);
        }
        let mut clean = Vec::new();
        for chunk in content.utf8_chunks() {
            text::put(chunk.valid().as_bytes(), &mut clean).ok()?;
            if !chunk.invalid().is_empty() {
                text::put("\u{fffd}".as_bytes(), &mut clean).ok()?;
            }
        }
        self.quote(&clean)
    }

    /// Writes a token that is valid JSON already.
    pub fn token(&mut self, token: &[u8], kind: Kind) -> Option<Span> {
        let start = self.arena.len();
        text::put(token, &mut self.arena).ok()?;
        self.span_from(start, kind)
    }

    fn span_from(&self, start: usize, kind: Kind) -> Option<Span> {
        Some(Span {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(self.arena.len()).ok()?,
            doc: Doc::Arena,
            kind,
        })
    }

    pub fn note(&mut self, note: Note) {
        self.notes.add(note);
    }
}

impl Default for Event {
    fn default() -> Event {
        Event::new()
    }
}

impl crate::stored::Stored for Field {
    fn store(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn load(from: &mut &[u8]) -> Option<Field> {
        Field::ALL.get(usize::from(u8::load(from)?)).copied()
    }
}
