//! Words: those that fields are restricted to, and those that many sources have in common: how an outcome is written, which class the name of an action speaks of.

use crate::event::{Category, Class, Field, Outcome};

/// The lists of words that fields are restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    Class,
    Category,
    Outcome,
    ActorType,
}

const ACTOR_TYPES: [&str; 4] = ["user", "service", "system", "anonymous"];

impl Vocabulary {
    pub const ALL: [Vocabulary; 4] =
        [Vocabulary::Class, Vocabulary::Category, Vocabulary::Outcome, Vocabulary::ActorType];

    pub fn of(field: Field) -> Option<Vocabulary> {
        Vocabulary::ALL.into_iter().find(|words| words.field() == field)
    }

    pub const fn field(self) -> Field {
        match self {
            Vocabulary::Class => Field::ActionClass,
            Vocabulary::Category => Field::ActionCategory,
            Vocabulary::Outcome => Field::OutcomeResult,
            Vocabulary::ActorType => Field::ActorType,
        }
    }

    /// The word of a number.
    pub fn word(self, number: u8) -> Option<&'static str> {
        let number = usize::from(number);
        match self {
            Vocabulary::Class => Class::ALL.get(number).map(|class| class.word()),
            Vocabulary::Category => Category::ALL.get(number).map(|category| category.word()),
            Vocabulary::Outcome => Outcome::ALL.get(number).map(|outcome| outcome.word()),
            Vocabulary::ActorType => ACTOR_TYPES.get(number).copied(),
        }
    }

    /// The number of a word, whatever its case.
    pub fn number(self, text: &[u8]) -> Option<u8> {
        (0u8..)
            .map_while(|number| Some((number, self.word(number)?)))
            .find(|(_, word)| text.eq_ignore_ascii_case(word.as_bytes()))
            .map(|(number, _)| number)
    }

    /// The number of a word, or of one that many sources have in its place.
    pub fn meant(self, text: &[u8]) -> Option<u8> {
        self.number(text)
            .or_else(|| synonym(self, text).and_then(|word| self.number(word.as_bytes())))
    }

    pub fn list(self) -> Vec<&'static str> {
        (0u8..).map_while(|number| self.word(number)).collect()
    }
}

crate::stored::stored!(enum Vocabulary { 0 Class {}, 1 Category {}, 2 Outcome {}, 3 ActorType {} });

/// Synonyms of the outcomes.
const OUTCOMES: &[(&str, &[&str])] = &[
    (
        "success",
        &[
            "succeeded",
            "successful",
            "ok",
            "true",
            "yes",
            "pass",
            "passed",
            "allow",
            "allowed",
            "permit",
            "permitted",
            "granted",
            "grant",
            "accept",
            "accepted",
            "completed",
            "complete",
            "200",
        ],
    ),
    (
        "failure",
        &[
            "failed",
            "fail",
            "error",
            "false",
            "no",
            "unsuccessful",
            "not successful",
            "invalid",
            "errored",
            "aborted",
            "timeout",
        ],
    ),
    (
        "denied",
        &[
            "deny",
            "block",
            "blocked",
            "forbidden",
            "forbid",
            "unauthorized",
            "unauthorised",
            "reject",
            "rejected",
            "disallow",
            "disallowed",
            "not allowed",
            "refused",
            "drop",
            "dropped",
            "not_authorized",
            "access_denied",
            "accessdenied",
        ],
    ),
];

/// Beginnings of words in the names of actions.
const STEMS: &[(&str, Class)] = &[
    ("login", Class::Login),
    ("logon", Class::Login),
    ("signin", Class::Login),
    ("authenticat", Class::Login),
    ("logout", Class::Logout),
    ("logoff", Class::Logout),
    ("signout", Class::Logout),
    ("creat", Class::Create),
    ("add", Class::Create),
    ("insert", Class::Create),
    ("new", Class::Create),
    ("upload", Class::Create),
    ("register", Class::Create),
    ("delet", Class::Delete),
    ("remov", Class::Delete),
    ("destroy", Class::Delete),
    ("purg", Class::Delete),
    ("terminat", Class::Delete),
    ("drop", Class::Delete),
    ("updat", Class::Update),
    ("modif", Class::Update),
    ("chang", Class::Update),
    ("set", Class::Update),
    ("edit", Class::Update),
    ("patch", Class::Update),
    ("renam", Class::Update),
    ("mov", Class::Update),
    ("put", Class::Update),
    ("get", Class::Read),
    ("read", Class::Read),
    ("view", Class::Read),
    ("open", Class::Read),
    ("describ", Class::Read),
    ("access", Class::Read),
    ("download", Class::Read),
    ("list", Class::List),
    ("search", Class::List),
    ("quer", Class::List),
    ("find", Class::List),
    ("export", Class::Export),
    ("share", Class::Share),
    ("sharing", Class::Share),
    ("invit", Class::Share),
    ("grant", Class::Grant),
    ("assign", Class::Grant),
    ("attach", Class::Grant),
    ("revok", Class::Revoke),
    ("unassign", Class::Revoke),
    ("detach", Class::Revoke),
    ("execut", Class::Execute),
    ("exec", Class::Execute),
    ("run", Class::Execute),
    ("invok", Class::Execute),
    ("start", Class::Execute),
    ("approv", Class::Approve),
    ("configur", Class::Configure),
    ("enabl", Class::Configure),
    ("disabl", Class::Configure),
];

/// Longer words are none of these.
const LONGEST: usize = 32;

/// The word of ours that another stands for.
pub fn synonym(words: Vocabulary, text: &[u8]) -> Option<&'static str> {
    if words != Vocabulary::Outcome || text.len() > LONGEST {
        return None;
    }
    OUTCOMES
        .iter()
        .find(|(_, others)| others.iter().any(|other| text.eq_ignore_ascii_case(other.as_bytes())))
        .map(|(word, _)| *word)
}

/// The class that the name of an action speaks of: by the first of its words that is known, `user.session.start`, `CreateUser`, `sign-in`.
pub fn class_of(name: &[u8]) -> Option<Class> {
    let mut rest = name.get(..name.len().min(256)).unwrap_or_default();
    while let Some(at) = rest.iter().position(u8::is_ascii_alphabetic) {
        let tail = rest.get(at..).unwrap_or_default();
        if let Some((_, class)) = STEMS
            .iter()
            .find(|(stem, _)| begins(tail, stem.as_bytes()) && is_whole(tail, stem.len()))
        {
            return Some(*class);
        }
        rest = tail.get(word_len(tail)..).unwrap_or_default();
    }
    None
}

/// Short stems must be the word, or end as verbs do: `added` is one of them, `address` is not.
fn is_whole(word: &[u8], stem: usize) -> bool {
    const ENDINGS: [&[u8]; 9] = [b"", b"s", b"d", b"e", b"ed", b"es", b"ing", b"ting", b"ning"];
    let end = word.get(stem..word_len(word).max(stem)).unwrap_or_default();
    stem > 3 || ENDINGS.iter().any(|ending| end.eq_ignore_ascii_case(ending))
}

/// True if the text begins with the stem, letters in whatever case, a separator within `sign-in` passed over.
fn begins(text: &[u8], stem: &[u8]) -> bool {
    let mut letters = text.iter();
    let mut taken = 0usize;
    stem.iter().all(|wanted| {
        let mut next = letters.next();
        if taken > 1
            && matches!(next, Some(b'-' | b'_' | b' '))
            && matches!(stem, [b's', b'i', b'g', b'n', ..] | [b'l', b'o', b'g', ..])
        {
            next = letters.next();
        }
        taken = taken.wrapping_add(1);
        next.is_some_and(|byte| byte.to_ascii_lowercase() == *wanted)
    })
}

/// How long the word is that the text begins with: up to what is no letter, or to the next capital.
fn word_len(text: &[u8]) -> usize {
    let is_capital = |at: usize| text.get(at).is_some_and(u8::is_ascii_uppercase);
    let is_small = |at: usize| text.get(at).is_some_and(u8::is_ascii_lowercase);
    // A capital begins a word behind a small letter, and before one: `getObject`, `HTTPGet`.
    let begins = |at: usize| {
        is_capital(at) && (is_small(at.wrapping_sub(1)) || is_small(at.wrapping_add(1)))
    };
    let ends = |at: &usize| !text.get(*at).is_some_and(u8::is_ascii_alphabetic) || begins(*at);
    (1..text.len()).find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_by_the_names_of_actions() {
        for (name, class) in [
            ("CreateUser", Some(Class::Create)),
            ("user.account.update", Some(Class::Update)),
            ("sign-in", Some(Class::Login)),
            ("User Logged Out", None),
            ("log_out", Some(Class::Logout)),
            ("repo.destroy", Some(Class::Delete)),
            ("UNASSIGN_ROLE", Some(Class::Revoke)),
            ("oauth_authorization.revoke", Some(Class::Revoke)),
            ("getObject", Some(Class::Read)),
            ("HTTPGetRequest", Some(Class::Read)),
            ("address", None),
            ("user_settings", None),
            ("Added member", Some(Class::Create)),
            ("", None),
            ("2026", None),
        ] {
            assert_eq!(class_of(name.as_bytes()), class, "{name}");
        }
    }

    #[test]
    fn outcomes_in_other_words() {
        for (text, word) in [
            ("SUCCEEDED", Some("success")),
            ("blocked", Some("denied")),
            ("Error", Some("failure")),
            ("maybe", None),
            ("", None),
        ] {
            assert_eq!(synonym(Vocabulary::Outcome, text.as_bytes()), word, "{text}");
        }
        assert_eq!(synonym(Vocabulary::Class, b"ok"), None);
    }
}
