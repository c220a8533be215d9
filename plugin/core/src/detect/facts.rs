//! Facts: what an event is about, as bits, found once for all detectors. One `and` tells which of them look at it.

use crate::event::{Category, Class, Event, Field, Outcome};
use crate::pattern::Patterns;
use std::ops::BitOr;

/// A set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts(u32);

/// Bits from here on say the action's class.
const CLASSES: u32 = 16;
const NAMED_REQUEST: u64 = bit(Field::ActorName) | bit(Field::RequestStatus);
/// Fields of facts that few events have.
const RARE: u64 = bit(Field::TargetDataClass) | bit(Field::RequestStatus) | bit(Field::ActorStatus);
/// Classes by which data leaves its place.
const TAKES: u32 =
    class(Class::Read) | class(Class::List) | class(Class::Export) | class(Class::Share);

impl Facts {
    pub const NONE: Facts = Facts(0);
    /// Of every event.
    pub const ANY: Facts = Facts(1);
    /// Someone failed to prove who they are.
    pub const FAILED_LOGIN: Facts = Facts(1 << 1);
    pub const LOGIN: Facts = Facts(1 << 2);
    /// Restricted data was read, listed, exported or shared.
    pub const TOOK_RESTRICTED: Facts = Facts(1 << 3);
    /// Data was read, listed, exported or shared, and it is known how many bytes.
    pub const TOOK_BYTES: Facts = Facts(1 << 4);
    pub const DELETED: Facts = Facts(1 << 5);
    pub const UPDATED: Facts = Facts(1 << 6);
    /// Refused for want of a permission.
    pub const DENIED: Facts = Facts(1 << 7);
    /// A request with an HTTP status.
    pub const HAS_STATUS: Facts = Facts(1 << 8);
    /// Done to data of a restricted class.
    pub const RESTRICTED: Facts = Facts(1 << 9);
    /// A request of somebody with a name, which was not refused: who asked has proved who they are.
    pub const LET_IN: Facts = Facts(1 << 10);
    /// Something was posted by nobody with a name, and taken.
    pub const POSTED: Facts = Facts(1 << 11);
    /// Surprising by the actor's baseline: of no event by itself.
    pub const UNUSUAL: Facts = Facts(1 << 12);
    /// The actor has left.
    pub const LEFT: Facts = Facts(1 << 13);
    /// Another record counts it: of no event by itself, and without any other fact. Only rules of a single record look at it.
    pub const RETOLD: Facts = Facts(1 << 14);

    /// Facts of the event.
    #[inline]
    pub fn of(event: &Event, input: &[u8], restricted: &Patterns) -> Facts {
        // What only says again what another record said is no event of its own, but it may say more.
        if event.times == 0 && event.retold_of_origin | event.retold_of_account == 0 {
            return Facts::RETOLD;
        }
        let filled = event.filled();
        let class = event.class.map_or(0, class);
        let mut bits = class | Facts::ANY.0;
        if filled & RARE != 0 {
            bits |= Facts::rare(event, input, restricted);
        }
        if matches!(event.outcome, Some(Outcome::Failure | Outcome::Denied)) {
            let is_about_login = event.category == Some(Category::Authentication)
                || event.class == Some(Class::Login);
            let is_login = event.credential_failure || is_about_login && !event.is_plain_failure;
            let is_denied = event.outcome == Some(Outcome::Denied);
            return Facts(
                bits | if is_login {
                    Facts::FAILED_LOGIN.0
                } else {
                    u32::from(is_denied).wrapping_mul(Facts::DENIED.0)
                },
            );
        }
        if class & TAKES != 0 {
            let has_bytes = filled & bit(Field::TargetBytes) != 0
                || event.class == Some(Class::Export) && filled & bit(Field::RequestBytes) != 0;
            bits |= u32::from(has_bytes).wrapping_mul(Facts::TOOK_BYTES.0);
            if bits & Facts::RESTRICTED.0 != 0 {
                bits |= Facts::TOOK_RESTRICTED.0;
            }
        }
        if filled & NAMED_REQUEST == NAMED_REQUEST && event.outcome == Some(Outcome::Success) {
            bits |= Facts::LET_IN.0;
        } else if bits & Facts::HAS_STATUS.0 != 0
            && matches!(event.class, Some(Class::Create | Class::Update))
            && event.outcome == Some(Outcome::Success)
        {
            bits |= Facts::POSTED.0;
        }
        Facts(match event.class {
            Some(Class::Delete) => bits | Facts::DELETED.0,
            Some(Class::Update) => bits | Facts::UPDATED.0,
            Some(Class::Login) if event.outcome == Some(Outcome::Success) => bits | Facts::LOGIN.0,
            _ => bits,
        })
    }

    #[inline(never)]
    fn rare(event: &Event, input: &[u8], restricted: &Patterns) -> u32 {
        let is_restricted = event.has(Field::TargetDataClass)
            && restricted.is_match(event.text(input, Field::TargetDataClass));
        let has_status = event.has(Field::RequestStatus);
        let has_left =
            event.has(Field::ActorStatus) && event.text(input, Field::ActorStatus) == b"left";
        u32::from(is_restricted).wrapping_mul(Facts::RESTRICTED.0)
            | u32::from(has_left).wrapping_mul(Facts::LEFT.0)
            | u32::from(has_status).wrapping_mul(Facts::HAS_STATUS.0)
    }

    /// The set as one word.
    pub fn word(self) -> u32 {
        self.0
    }

    pub const fn or(self, more: Facts) -> Facts {
        Facts(self.0 | more.0)
    }

    /// Actions of that class.
    pub fn class(of: Class) -> Facts {
        Facts(class(of))
    }

    /// The numbers of the facts in the set, lowest first.
    #[inline]
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let lowest = (left != 0).then(|| left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            lowest
        })
    }

    /// Those of the facts that are in both sets.
    #[inline]
    pub fn and(self, other: Facts) -> Facts {
        Facts(self.0 & other.0)
    }

    #[inline]
    pub fn has_any(self, wanted: Facts) -> bool {
        self.0 & wanted.0 != 0
    }
}

impl BitOr for Facts {
    type Output = Facts;

    fn bitor(self, more: Facts) -> Facts {
        Facts(self.0 | more.0)
    }
}

const fn class(of: Class) -> u32 {
    1u32.wrapping_shl(CLASSES.wrapping_add(of as u32))
}

const fn bit(field: Field) -> u64 {
    1u64.wrapping_shl(field as u32)
}

const _: () = assert!(Class::ALL.len() <= 32 - CLASSES as usize, "classes have bits of their own");
