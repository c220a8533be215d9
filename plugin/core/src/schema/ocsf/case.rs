//! The class of a record, its activity, and the conditions that its attributes depend on.

use super::classes::{self as kind, OTHER, UNKNOWN};
use crate::event::{Category, Class, Field, Outcome};
use crate::schema::{Case, Sealed};
use crate::source::Product;
use crate::text::has_ignoring_case;
use crate::value::{Kind, Val};
use crate::{address, policy};

/// Defines conditions, each a bit.
macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident $number:literal)+) => {
        $($(#[$doc])* pub(super) const $name: u32 = 1 << $number;)+
    };
}

conditions! {
    /// The policy asks for OCSF 1.9.0.
    LATEST 0
    /// The policy asks for OCSF 1.8.0.
    PREVIOUS 1
    /// The policy makes findings events of their own class.
    AS_FINDING 2
    /// An output may be deep enough for the anomalies of a finding.
    DEEP 3
    FOUND 4
    /// The source is a cloud provider's.
    CLOUD 5
    NO_CLOUD 6
    /// The record says who acted.
    ACTOR 7
    NO_ACTOR 8
    /// The actor's mail address is one.
    EMAIL 9
    /// The record names the target.
    TARGET 10
    NO_TARGET 11
    /// The target is a user.
    USER_TARGET 12
    NO_USER_TARGET 13
    /// The target is named and no user.
    THING_TARGET 14
    /// The sign-in is one to the account that the target names.
    OTHER_ACCOUNT 15
    OWN_ACCOUNT 16
    ORIGIN 17
    NO_ORIGIN 18
    PLACE 19
    /// The place has coordinates.
    COORDINATES 20
    TARGET_ADDRESS 21
    STATUS 22
    /// The latency is a whole number.
    LATENCY 23
    NO_ACTION 25
    HOST 26
    /// The request's method is one of HTTP's, as OCSF writes them.
    METHOD 24
    /// The record names the protocol.
    TRANSPORT 27
    /// No source recognised the record.
    NO_SOURCE 28
    NO_SERVICE 30
}

/// The conditions that the policy decides on.
pub(super) fn standing(output: &policy::Output) -> u32 {
    let version = if output.ocsf.is_previous { PREVIOUS } else { LATEST };
    // Ours are nine deep at most, under the key of `annotate`.
    version | either(output.ocsf.as_finding, AS_FINDING, 0) | either(output.max_depth >= 9, DEEP, 0)
}

/// The case of a record.
pub(super) fn of(sealed: &Sealed<'_>, standing: u32) -> Case {
    let is_found = sealed.findings.worst.is_some();
    let kind = if is_found && standing & AS_FINDING != 0 { kind::FINDING } else { kind_of(sealed) };
    let meets = standing | either(is_found, FOUND, 0) | conditions(sealed);
    Case { kind, activity: activity(kind, sealed), meets }
}

fn either(condition: bool, yes: u32, no: u32) -> u32 {
    if condition { yes } else { no }
}

fn conditions(sealed: &Sealed<'_>) -> u32 {
    let event = sealed.event;
    let text = |field| event.text(sealed.input, field);
    let any = |fields: &[Field]| fields.iter().any(|field| event.has(*field));
    let has_actor = any(&[Field::ActorId, Field::ActorName, Field::ActorEmail]);
    let has_target = any(&[Field::TargetId, Field::TargetName]);
    let is_user = has_target && is_user(text(Field::TargetType));
    let has_origin = any(&[Field::OriginIp, Field::OriginHost, Field::OriginDevice]);
    let is_other = event.is_against_target && has_target;
    let has_place = any(&[Field::OriginCountry, Field::OriginRegion, Field::OriginCity]);
    let is_number = |field| {
        matches!(event.get(field), Val::Int(_))
            || matches!(event.get(field), Val::Json(span) if span.kind == Kind::Number)
    };
    let is_latency = is_number(Field::RequestLatency)
        && (text(Field::RequestLatency).iter().all(u8::is_ascii_digit));
    [
        either(is_cloud(sealed), CLOUD, NO_CLOUD),
        either(has_actor, ACTOR, NO_ACTOR),
        either(is_email(text(Field::ActorEmail)), EMAIL, 0),
        either(has_target, TARGET, NO_TARGET),
        either(is_user, USER_TARGET, NO_USER_TARGET),
        either(has_target && !is_user, THING_TARGET, 0),
        either(is_other, OTHER_ACCOUNT, OWN_ACCOUNT),
        either(has_origin, ORIGIN, NO_ORIGIN),
        either(has_place, PLACE, 0),
        either(
            has_place && is_number(Field::OriginLat) && is_number(Field::OriginLon),
            COORDINATES,
            0,
        ),
        either(address::parse(text(Field::TargetIp)).is_some(), TARGET_ADDRESS, 0),
        either(event.has(Field::RequestStatus), STATUS, 0),
        either(is_latency, LATENCY, 0),
        either(event.has(Field::ActionName), 0, NO_ACTION),
        either(event.has(Field::EnvHost), HOST, 0),
        either(event.has(Field::RequestTransport), TRANSPORT, 0),
        either(is_method(text(Field::RequestMethod)), METHOD, 0),
        either(event.has(Field::Source), 0, NO_SOURCE),
        either(event.has(Field::EnvService), 0, NO_SERVICE),
    ]
    .into_iter()
    .fold(0, |all, condition| all | condition)
}

/// The kind of a record that is no finding.
fn kind_of(sealed: &Sealed<'_>) -> u8 {
    let event = sealed.event;
    if event.source.is_none() {
        return kind::BASE;
    }
    let text = |field| event.text(sealed.input, field);
    let of_target = text(Field::TargetType);
    let is = |holds: fn(&Product) -> bool| sealed.product().is_some_and(holds);
    let is_http = is_method(text(Field::RequestMethod))
        || event.has(Field::RequestStatus)
        || event.has(Field::RequestPath)
        || event.has(Field::RequestUrl);
    let has_endpoint = event.has(Field::OriginIp)
        || event.has(Field::OriginHost)
        || address::parse(text(Field::TargetIp)).is_some();
    match (event.category, event.class) {
        (
            Some(Category::Authentication),
            None
            | Some(
                Class::Login
                | Class::Logout
                | Class::Execute
                | Class::Approve
                | Class::Read
                | Class::List
                | Class::Other,
            ),
        ) => kind::AUTHENTICATION,
        (_, Some(Class::Login | Class::Logout)) => kind::AUTHENTICATION,
        (Some(Category::Authentication | Category::Access), class) => identity(class, of_target),
        (Some(Category::Configuration), Some(Class::Grant | Class::Revoke)) => {
            identity(event.class, of_target)
        }
        (Some(Category::Network), _) if is_http => kind::HTTP,
        (Some(Category::Network), _) if has_endpoint => kind::NETWORK,
        (Some(Category::Network), _) => kind::BASE,
        (Some(Category::Data), _) if is_http && is(|product| product.is_web) => kind::HTTP,
        (Some(Category::Data), _) => data(is(|product| product.is_database), of_target),
        (Some(Category::System), _) if !is_cloud(sealed) => kind::BASE,
        (None, None) if is_http => kind::HTTP,
        (None, None) if !event.has(Field::ActionName) => kind::BASE,
        _ => kind::API,
    }
}

/// The kind of a record about who may do what.
fn identity(class: Option<Class>, of_target: &[u8]) -> u8 {
    let is_group = is_one_of(of_target, &["group", "team"]);
    match class {
        Some(
            Class::Grant
            | Class::Revoke
            | Class::Share
            | Class::Create
            | Class::Update
            | Class::Delete
            | Class::Configure,
        ) if is_group => kind::GROUP,
        Some(Class::Grant | Class::Revoke | Class::Share) => kind::ACCESS,
        Some(Class::Create | Class::Update | Class::Delete | Class::Configure) => {
            if is_user(of_target) { kind::ACCOUNT } else { kind::ENTITY }
        }
        _ => kind::API,
    }
}

/// The kind of a record about data.
fn data(is_database: bool, of_target: &[u8]) -> u8 {
    if is_one_of(
        of_target,
        &["file", "folder", "document", "attachment", "spreadsheet", "presentation", "envelope"],
    ) {
        kind::FILE
    } else if is_one_of(of_target, &["table", "collection", "view"]) {
        kind::TABLE
    } else if is_one_of(of_target, &["bucket", "object", "blob"]) {
        kind::BUCKET
    } else if is_database || is_one_of(of_target, &["database", "schema", "query"]) {
        kind::DATABASE
    } else {
        kind::API
    }
}

fn is_user(of_target: &[u8]) -> bool {
    is_one_of(
        of_target,
        &["user", "account", "serviceaccount", "employee", "principal", "member", "person"],
    )
}

/// The last part of a type (`AWS::IAM::User`, `iam.user`, `users`) is one of the words or their plural.
fn is_one_of(of_target: &[u8], words: &[&str]) -> bool {
    let last = of_target.rsplit(|byte| b":./_- ".contains(byte)).next().unwrap_or_default();
    let singular = last.strip_suffix(b"s").unwrap_or(last);
    words
        .iter()
        .any(|word| [last, singular].iter().any(|part| part.eq_ignore_ascii_case(word.as_bytes())))
}

/// True if the source is a cloud provider's.
fn is_cloud(sealed: &Sealed<'_>) -> bool {
    sealed.product().is_some_and(|product| !product.cloud.is_empty())
}

/// As OCSF's pattern for mail addresses says.
fn is_email(text: &[u8]) -> bool {
    let Some(at) = text.iter().rposition(|&byte| byte == b'@') else {
        return false;
    };
    let (name, domain) = text.split_at_checked(at).unwrap_or_default();
    let domain = domain.get(1..).unwrap_or_default();
    let Some(dot) = domain.iter().position(|&byte| byte == b'.') else {
        return false;
    };
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let (first, rest) = domain.split_at_checked(dot).unwrap_or_default();
    !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+,-./=?^_`{|}~".contains(byte))
        && !first.is_empty()
        && first.iter().all(is_label)
        && rest.len() > 1
        && rest.iter().all(|byte| is_label(byte) || *byte == b'.')
}

/// The activity of a record, by its class's numbers.
fn activity(kind: u8, sealed: &Sealed<'_>) -> u8 {
    let event = sealed.event;
    if kind == kind::FINDING {
        return 1;
    }
    if kind == kind::HTTP {
        return method(event.text(sealed.input, Field::RequestMethod));
    }
    if kind == kind::NETWORK {
        return match event.outcome {
            Some(Outcome::Success) => 6,
            Some(Outcome::Failure) => 4,
            Some(Outcome::Denied) => 5,
            Some(Outcome::Unknown) | None => UNKNOWN,
        };
    }
    let Some(class) = event.class else {
        return UNKNOWN;
    };
    match (kind, class) {
        (kind::AUTHENTICATION, Class::Login) => {
            if event.is_elevation {
                7
            } else {
                1
            }
        }
        (kind::AUTHENTICATION, Class::Logout) => 2,
        (kind::ACCOUNT, _) => of_account(class, event.text(sealed.input, Field::ActionName)),
        (kind::ACCESS, Class::Grant | Class::Share) => 1,
        (kind::ACCESS, Class::Revoke) => 2,
        (kind::GROUP, Class::Grant | Class::Share) => 3,
        (kind::GROUP, Class::Revoke) => 4,
        (kind::GROUP, Class::Delete) => 5,
        (kind::GROUP, Class::Create) => 6,
        (kind::ENTITY | kind::API, Class::Create) => 1,
        (kind::ENTITY | kind::API, Class::Read | Class::List | Class::Export) => 2,
        (
            kind::ENTITY | kind::API,
            Class::Update | Class::Configure | Class::Grant | Class::Revoke | Class::Share,
        ) => 3,
        (kind::ENTITY | kind::API, Class::Delete) => 4,
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::Read | Class::Export) => 1,
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::Update) => 2,
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::Execute) => 4,
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::Create) => {
            if kind == kind::BUCKET {
                5
            } else {
                6
            }
        }
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::Delete) => 7,
        (kind::DATABASE | kind::TABLE | kind::BUCKET, Class::List) => 8,
        (kind::FILE, Class::Create) => 1,
        (kind::FILE, Class::Read | Class::Export) => 2,
        (kind::FILE, Class::Update) => 3,
        (kind::FILE, Class::Delete) => 4,
        (kind::FILE, Class::Share | Class::Grant) => 12,
        (kind::FILE, Class::Revoke) => 13,
        _ => OTHER,
    }
}

/// The activity of an account's change: the action's name says more than its class.
fn of_account(class: Class, action: &[u8]) -> u8 {
    let says = |word: &str| has_ignoring_case(action, word.as_bytes());
    let stems = [
        ("password", 3),
        ("unlock", 12),
        ("disable", 5),
        ("deactivate", 5),
        ("suspend", 5),
        ("enable", 2),
        ("activate", 2),
    ];
    match class {
        Class::Create => 1,
        Class::Delete => 6,
        _ if says("password") && says("reset") => 4,
        _ => stems.into_iter().find(|(stem, _)| says(stem)).map_or(OTHER, |(_, activity)| activity),
    }
}

/// HTTP's methods, in the order of their activities.
const METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"];

fn is_method(text: &[u8]) -> bool {
    METHODS.iter().any(|known| known.as_bytes() == text)
}

fn method(method: &[u8]) -> u8 {
    let known = METHODS.iter().position(|known| method.eq_ignore_ascii_case(known.as_bytes()));
    known.map_or(if method.is_empty() { UNKNOWN } else { OTHER }, |index| {
        (index as u8).saturating_add(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_targets_are_known_by_their_last_part() {
        for (text, words, is_one) in [
            ("AWS::IAM::User", &["user"][..], true),
            ("iam.group", &["group"], true),
            ("users", &["user"], true),
            ("profile", &["file"], false),
            ("", &["file"], false),
        ] {
            assert_eq!(is_one_of(text.as_bytes(), words), is_one, "{text}");
        }
    }

    #[test]
    fn mail_addresses() {
        for (text, is_one) in [
            ("a@example.com", true),
            ("a+b@x.example.com", true),
            ("a", false),
            ("a@b", false),
            ("@b.c", false),
            ("a\\\"@b.c", false),
            ("a@.c", false),
        ] {
            assert_eq!(is_email(text.as_bytes()), is_one, "{text}");
        }
    }

    #[test]
    fn changes_of_accounts_by_their_name() {
        for (class, action, activity) in [
            (Class::Create, "CreateUser", 1),
            (Class::Update, "user.password.reset", 4),
            (Class::Update, "ChangePassword", 3),
            (Class::Update, "user.account.unlock", 12),
            (Class::Update, "DeactivateUser", 5),
            (Class::Configure, "UpdateUser", 99),
        ] {
            assert_eq!(of_account(class, action.as_bytes()), activity, "{action}");
        }
    }
}
