//! Notes: what could not be read, what was assumed. A record never fails; it carries notes.

macro_rules! notes {
    ($($name:ident $id:literal $doc:literal)+) => {
        /// One kind of note; each is written at most once on a record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Note { $(#[doc = $doc] $name),+ }

        impl Note {
            /// Every note, in the order they are written.
            pub const ALL: &'static [Note] = &[$(Note::$name),+];

            /// The id written to the record.
            pub const fn id(self) -> &'static str {
                match self { $(Note::$name => $id),+ }
            }

            /// What it means and what to do.
            pub const fn doc(self) -> &'static str {
                match self { $(Note::$name => $doc),+ }
            }
        }
    };
}

notes! {
    RecordLost "record-lost" "The host called without the record's bytes (its copy failed): what is known of it is in `lost_bytes`. Give the host more memory."
    RecordTooLarge "record-too-large" "Longer than `output.max_record`: carried as text in `raw`, not looked into. Raise `output.max_record` to have such records evaluated."
    TooManyValues "too-many-values" "More JSON values than `output.max_record` allows for: carried in `raw`, not looked into."
    NotJson "not-json" "Neither JSON nor a text of a known form: carried as text in `raw`."
    NotStrictJson "not-strict-json" "Looks like JSON but is not strictly so (RFC 8259), which would harm the host: carried as text in `raw`."
    NotUtf8 "not-utf8" "Contains bytes that are not UTF-8: carried in `raw_base64`."
    NotAnObject "not-an-object" "JSON, but not an object at its root: carried as text in `raw`."
    TooDeep "too-deep" "Nested deeper than `output.max_depth` allows: carried as text in `raw`; its values were read all the same."
    NumberOutOfRange "number-out-of-range" "A number whose magnitude overflows a 64 bit float, which would harm the host: carried as text in `raw`."
    DuplicateKey "duplicate-key" "A key that matters stands twice in one object: the last one was read, as the host does."
    KeyRenamed "key-renamed" "The record had a key named like ours; it was renamed by appending `_`."
    UnknownSource "unknown-source" "No source recognised the record. Add a mapping, or ask for the source."
    NoActor "no-actor" "The record does not say who acted."
    NoAction "no-action" "The record does not say what was done."
    NoTime "no-time" "The record has no time of its own that could be read: the interface's time was taken."
    NoOrigin "no-origin" "The record does not say where it came from."
    NoOutcome "no-outcome" "The record does not say how it ended."
    NoReason "no-reason" "The record does not say why it was allowed, though its source can."
    TimeAhead "time-ahead" "The event's time lies ahead of the clock by more than `input.clock_skew`: kept as it is, evaluated by the clock's time."
    Late "late" "Older than the windows of its actor or origin reach: counted in windows of its own time, which no later event closes."
    ActorHidden "actor-hidden" "The source withholds the name (AWS does so for sign-ins under a name that does not exist)."
    Repeated "repeated" "The same event came again (same source, id, time and bytes): same findings, nothing learned twice."
    FindingsLost "findings-lost" "The same event came again and had findings, which memory no longer holds. Raise `budget.memory`."
    NotCounted "not-counted" "A detector's table is full of names that are more active: those of this record were not counted. A name gets a place once it was seen more often than another. Raise `budget.memory`."
    ValueDropped "value-dropped" "A value did not fit its field (an object where text belongs): left out of the field, kept in `raw`."
    UnknownWord "unknown-word" "A value that a mapping takes straight into a field of fixed words is none of them: the class is `other`, the outcome `unknown`, any other such field empty. Give the mapping a table of values."
    ClassByName "class-by-name" "No row says the action's class: it follows from a word in the action's name. Give the source's pack a lookup table for `action.class`."
    PartLimit "part-limit" "More array elements or texts with JSON in them than one record may have looked into (32), or more than 512 values in a line of text, or a long line with words of many forms that fits none of the first it was read by: the rest was passed over."
    FindingsCut "findings-cut" "More findings than fit one record: the most severe are kept, of equals the first."
    Suppressed "suppressed" "Something was found that the policy suppresses (`[[suppress]]`): it does not go out, `status` counts it."
    VerdictApplied "verdict-applied" "A verdict of the policy (`[[suppress]]` with `verdict`) changed what was learned or how severe a finding is."
    OutOfMemory "out-of-memory" "Memory ran short: the record was carried through, not evaluated."
    Recovered "recovered" "An earlier call did not finish (a trap in the module): its record was lost by the host, and learned state went back to the last snapshot."
    PolicyInvalid "policy-invalid" "The policy has errors: the module runs on the last good one, or on defaults. `auditward check` lists them."
    StateSetAside "state-set-aside" "The snapshot could not be used (damaged, of another kind, or from a newer version): set aside beside it, learning starts anew."
    StateReadOnly "state-read-only" "Another instance keeps the same state directory, begun later or held by a service: this one learns in memory and writes nothing."
    StateUnwritable "state-unwritable" "The state directory can't be written: what is learned is lost at a restart."
}

/// The notes taken on one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(u64);

impl Notes {
    pub fn add(&mut self, note: Note) {
        self.0 |= bit(note);
    }

    pub fn remove(&mut self, note: Note) {
        self.0 &= !bit(note);
    }

    pub fn has(self, note: Note) -> bool {
        self.0 & bit(note) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn extend(&mut self, more: Notes) {
        self.0 |= more.0;
    }

    /// Those taken, in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Note> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let note = Note::ALL.get(left.trailing_zeros() as usize).copied()?;
            left &= left.wrapping_sub(1);
            Some(note)
        })
    }
}

fn bit(note: Note) -> u64 {
    1u64.wrapping_shl(note as u32)
}

const _: () = assert!(Note::ALL.len() <= 64, "notes are kept as one word of bits");
