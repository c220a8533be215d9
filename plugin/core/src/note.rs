//! Flags on a record (`notes`): values that could not be read, and assumptions. A record never fails; it gets flags.

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

            /// Meaning, and what to do.
            pub const fn doc(self) -> &'static str {
                match self { $(Note::$name => $doc),+ }
            }
        }
    };
}

notes! {
    RecordLost "record-lost" "The host called the module without the bytes of the record, because its copy failed. `lost_bytes` has the length of the record. Give the host more memory."
    RecordTooLarge "record-too-large" "The record is longer than `output.max_record`. It is kept as text in `raw` and not evaluated. Raise `output.max_record` to evaluate such records."
    TooManyValues "too-many-values" "The record has more JSON values than `output.max_record` allows. It is kept in `raw` and not evaluated. Raise `output.max_record` to evaluate such records."
    NotJson "not-json" "The record is neither JSON nor text in a known format. It is kept as text in `raw`."
    NotStrictJson "not-strict-json" "The record resembles JSON but does not follow RFC 8259, which could crash the host. It is kept as text in `raw`."
    NotUtf8 "not-utf8" "The record contains bytes that are not UTF-8. It is kept in `raw_base64`."
    NotAnObject "not-an-object" "The record is JSON, but its root is not an object. It is kept as text in `raw`."
    TooDeep "too-deep" "The record is nested deeper than `output.max_depth`. It is kept as text in `raw`; its fields are still read and evaluated."
    NumberOutOfRange "number-out-of-range" "A number is too large for a 64-bit float, which could crash the host. The record is kept as text in `raw`."
    DuplicateKey "duplicate-key" "A relevant key occurs twice in one object. The last one was used, as Fluent Bit does."
    KeyRenamed "key-renamed" "The record had a key with the name of one of auditward's keys. The record's key was renamed: `_` was appended."
    UnknownSource "unknown-source" "No source recognised the record. Add a pack or a `[[mapping]]` (docs/packs.md)."
    NoActor "no-actor" "The record does not contain who acted."
    NoAction "no-action" "The record does not contain what was done."
    NoTime "no-time" "The record has no readable time of its own. The time that the host passed with the record was used."
    NoOrigin "no-origin" "The record does not contain where the actor came from."
    NoOutcome "no-outcome" "The record does not contain the outcome of the action."
    NoReason "no-reason" "The record does not contain why the action was allowed, although its source can record this."
    TimeAhead "time-ahead" "The time of the event is in the future by more than `input.clock_skew`. The time is kept; the record is evaluated with the current time. Check the clock of the host that wrote the record."
    Late "late" "The event is older than the current windows of its actor or origin. It was counted in separate windows of its own time."
    ActorHidden "actor-hidden" "The source does not disclose the actor's name. AWS hides it for sign-ins with a name that does not exist."
    Repeated "repeated" "The event was delivered again (same source, id, time and bytes). It gets the same findings and is not counted twice."
    FindingsLost "findings-lost" "The event was delivered again, and its earlier findings are no longer in memory. Raise `budget.memory`."
    NotCounted "not-counted" "A detector's table is full, and all its entities are more active than those of this record, so the record was not counted. Raise `budget.memory`."
    ValueDropped "value-dropped" "A value has the wrong type for its field, such as an object in place of text. The field is empty; the value is kept in `raw`."
    UnknownWord "unknown-word" "A mapping copies a value into a field that allows only fixed words, and the value is not one of them. The class is then `other`, the outcome `unknown`, any other such field empty. Add a lookup table (`values`) to the mapping."
    ClassByName "class-by-name" "No row of the source's pack sets the class of the action. The class was derived from a word in the action's name. Add a lookup table for `action.class` to the pack."
    PartLimit "part-limit" "The record has more than 32 array elements or texts with embedded JSON, a line of text with more than 512 values, or long texts on which too many formats were tried. The rest was not read."
    SeveralEvents "several-events" "The record holds a list of several events. The first one was read; the others are kept in `raw` and not evaluated. Split such records before the filter, or let `serve`, `pipe` or `replay --unwrap` do it."
    FindingsCut "findings-cut" "There are more findings than one record can hold. The most severe are kept; of equal severity, the first."
    Suppressed "suppressed" "The policy suppresses a finding on this record (`[[suppress]]`). The finding is not written; `status` counts it."
    VerdictApplied "verdict-applied" "A verdict of the policy (`[[suppress]]` with `verdict`) changed what was learned or the severity of a finding."
    OutOfMemory "out-of-memory" "Memory was exhausted. The record was passed through without evaluation. Give the host more memory."
    Recovered "recovered" "An earlier call did not finish, because of a trap in the module. The host lost its record, and the state is that of the last snapshot."
    PolicyInvalid "policy-invalid" "The policy has errors. The module uses the last valid policy, or the defaults. Run `auditward check` to list the errors."
    PolicyMissing "policy-missing" "The directory that the host opened contains no `auditward.toml`. The module uses the defaults and keeps nothing over a restart. Check that `accessible_paths` names the directory of the policy; an empty file says that the defaults are meant."
    EnrichmentMissing "enrichment-missing" "A file that `[enrich] files` names cannot be read or is damaged. Records are not enriched from it; if it was readable before, the policy and files that were read last remain in use. Run `auditward check`."
    StateSetAside "state-set-aside" "The snapshot could not be used: it is damaged, of another kind, or of a newer version. It was renamed and kept in the same directory; learning starts again."
    StatePartlyLost "state-partly-lost" "A part of the learned state does not fit this version or policy and starts empty. `status` lists its names under `not_restored`; all other state was taken over."
    StateReadOnly "state-read-only" "Another instance uses the same state directory: a later one, or a service that holds it. This instance learns in memory and does not write state. Give each instance its own directory."
    StateUnwritable "state-unwritable" "The state directory is not writable. Learned state is lost on restart. Check the path and its permissions."
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
