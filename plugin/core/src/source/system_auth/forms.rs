//! Messages of a program, and their meaning.

use super::form::head;
use crate::event::{Category, Class, FailureReport, LetIn, Outcome, Server};

/// One message.
pub(super) struct Saying {
    /// See `form`.
    pub(super) form: &'static str,
    /// The form's first bytes, and which of a word's they are.
    pub(super) head: (u64, u64),
    pub(super) action: &'static str,
    pub(super) class: Class,
    pub(super) category: Category,
    pub(super) outcome: Outcome,
    /// A failure to prove who one is, and which report tells of it; `Told` ones only say again what another line said.
    pub(super) failure: Failure,
    /// Type of the target, if the form has one.
    pub(super) target: &'static str,
    /// Whose account it is, where the message always means the same one.
    pub(super) account: &'static [u8],
    /// Who reports that a name was proved.
    pub(super) let_in: Option<LetIn>,
    /// See `Event`.
    pub(super) served_by: Option<&'static Server>,
    /// The form's method is whom the command is run as.
    pub(super) has_role: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    None,
    By(FailureReport),
    /// Told before, or about to be.
    Told,
}

/// Messages of one program. Messages with the same first letter are grouped, most frequent first, so that only one group is searched.
pub(super) struct Sayings {
    list: &'static [Saying],
    /// For each letter, from where to where.
    by_letter: [(u8, u8); 128],
}

impl Sayings {
    /// Fails to compile where one stands apart from others of its letter.
    pub(super) const fn new(list: &'static [Saying]) -> Sayings {
        let mut by_letter = [(0u8, 0u8); 128];
        let (mut index, mut rest) = (0u8, list);
        while let [saying, more @ ..] = rest {
            let letter = match saying.form.as_bytes() {
                [letter @ 0..=127, ..] => *letter as usize,
                // Never: it would stand apart.
                _ => 0,
            };
            let (_, from_letter) = by_letter.split_at_mut(letter);
            if let [(start, end), ..] = from_letter {
                assert!(
                    *end == 0 || *end == index,
                    "what begins with the same letter stands together"
                );
                *start = if *end == 0 { index } else { *start };
                *end = index.wrapping_add(1);
            }
            (index, rest) = (index.wrapping_add(1), more);
        }
        assert!(list.len() < 256);
        Sayings { list, by_letter }
    }

    /// Those that begin with the letter; `%` stands for any.
    #[inline]
    pub(super) fn beginning_with(&self, letter: u8) -> &'static [Saying] {
        let (start, end) = self.by_letter.get(usize::from(letter)).copied().unwrap_or_default();
        self.list.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> std::slice::Iter<'static, Saying> {
        self.list.iter()
    }
}

use Category::Authentication;
use Class::{Login, Other};
use Outcome::Success;

pub(super) const fn saying(
    form: &'static str,
    action: &'static str,
    class: Class,
    category: Category,
    outcome: Outcome,
) -> Saying {
    let let_in =
        if matches!((class, outcome), (Login, Success)) { Some(LetIn::Program) } else { None };
    Saying {
        form,
        head: head(form),
        action,
        class,
        category,
        outcome,
        failure: Failure::None,
        target: "user",
        account: b"",
        let_in,
        served_by: None,
        has_role: false,
    }
}

pub(super) const fn failing(
    form: &'static str,
    action: &'static str,
    outcome: Outcome,
    failure: Failure,
) -> Saying {
    Saying { failure, ..saying(form, action, Login, Authentication, outcome) }
}

/// The program let someone in, though it is no sign-in of its own.
pub(super) const fn admitting(saying: Saying) -> Saying {
    Saying { let_in: Some(LetIn::Program), ..saying }
}

/// A module accepted.
pub(super) const fn accepting(form: &'static str, action: &'static str) -> Saying {
    Saying { let_in: Some(LetIn::Module), ..saying(form, action, Other, Authentication, Success) }
}

/// A module opened a session for someone who was let in.
pub(super) const fn opening(form: &'static str) -> Saying {
    Saying {
        let_in: Some(LetIn::Session),
        ..saying(form, "session_opened", Other, Authentication, Success)
    }
}

/// Whose `%m` is whom a command is run as.
pub(super) const fn acting_as(saying: Saying) -> Saying {
    Saying { has_role: true, ..saying }
}

/// Of a program whose processes serve many clients each.
pub(super) const fn served_by(server: &'static Server, saying: Saying) -> Saying {
    Saying { served_by: Some(server), ..saying }
}

pub(super) const fn on(target: &'static str, saying: Saying) -> Saying {
    Saying { target, ..saying }
}

/// Of the one account that the message is about.
pub(super) const fn of(account: &'static [u8], saying: Saying) -> Saying {
    Saying { account, ..saying }
}
