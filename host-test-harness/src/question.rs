//! The questions of an audit, and the fields that answer them.

use auditward_core::event::Field;
use serde::Serialize;

/// Defines the questions that an audit record answers.
macro_rules! questions {
    ($($name:ident $word:literal)+) => {
        /// One question.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Question { $($name),+ }

        impl Question {
            pub const ALL: &'static [Question] = &[$(Question::$name),+];

            pub fn word(self) -> &'static str {
                match self { $(Question::$name => $word),+ }
            }
        }
    };
}

impl Question {
    /// The fields of which one answers it. That a record answers it is decided in `Reader::read`.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Question::Who => &[Field::ActorId, Field::ActorName, Field::ActorEmail],
            Question::What => &[Field::ActionName],
            Question::When => &[Field::Time],
            Question::Where => &[Field::OriginIp, Field::OriginHost, Field::OriginDevice],
            Question::Target => &[Field::TargetId, Field::TargetName],
            Question::Outcome => &[Field::OutcomeResult],
            Question::Why => {
                &[Field::AuthzRole, Field::AuthzPermission, Field::AuthzPolicy, Field::AuthzMfa]
            }
        }
    }
}

questions! { Who "who" What "what" When "when" Where "where" Target "target" Outcome "outcome" Why "why" }
