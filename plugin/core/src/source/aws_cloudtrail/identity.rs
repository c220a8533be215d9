//! Who acted and from where: people, roles, services, and machines.

use super::{ADDRESS, ARN, EVENT_TYPE, IDENTITY_TYPE, INVOKED_BY, SIGN_IN_AS, number_of, word_of};
use crate::arn::{is_session_name_chosen, role_of_session};
use crate::event::{Cell, Field};
use crate::note::Note;
use crate::source::Fields;
use crate::text::{find_piece, has_byte};

// Types of identity, by their first eight letters, which no two of them share.
const IAM_USER: u64 = word_of(b"IAMUser");
const AWS_SERVICE: u64 = word_of(b"AWSServi");
const ASSUMED_ROLE: u64 = word_of(b"AssumedR");
const UNKNOWN: u64 = word_of(b"Unknown");
const AWS_ACCOUNT: u64 = word_of(b"AWSAccou");
const ROOT: u64 = word_of(b"Root");
const FEDERATED_USER: u64 = word_of(b"Federate");

/// Who: the name for people is the user's, else the session's behind the last slash or colon, else the service that called.
pub(super) fn actor(fields: &mut Fields<'_>) {
    // AWS withholds the name of a failed sign-in under a name that does not exist, lest passwords typed there get logged.
    if fields.is(Field::ActorName, b"HIDDEN_DUE_TO_SECURITY_REASONS") {
        fields.event.unset(Field::ActorName);
        fields.note(Note::ActorHidden);
    }
    let by_service = !fields.kept(INVOKED_BY).is_empty();
    let kind = number_of(fields.kept(IDENTITY_TYPE));
    if kind == ASSUMED_ROLE && !fields.has(Field::ActorRole) {
        fields.fill_part(Field::ActorRole, Cell::kept(ARN), role_of_session);
    }
    let has_id = fields.has(Field::ActorId);
    let is_provider = is_service_linked(fields.text(Field::AuthzRole));
    let actor = match kind {
        _ if is_provider => "service",
        IAM_USER => "user",
        AWS_SERVICE => "service",
        ASSUMED_ROLE if by_service || is_machine(fields.text(Field::ActorId)) => "service",
        UNKNOWN if !has_id || fields.is(Field::ActorId, b"Anonymous") => "anonymous",
        AWS_ACCOUNT if !has_id || fields.is(Field::ActorId, b"ANONYMOUS_PRINCIPAL") => "anonymous",
        0 if by_service || fields.kept(EVENT_TYPE) == b"AwsServiceEvent" => "service",
        0 if !has_id && fields.kept(ARN).is_empty() => "system",
        _ => "user",
    };
    fields.word(Field::ActorType, actor);
    // Whoever asks for a federated user's token names it, and mostly an issuer stands beside it.
    if kind == FEDERATED_USER && !fields.has(Field::ActorRole) {
        fields.word(Field::ActorRole, "federated-user");
    }
    fields.event.is_role_session = matches!(kind, ASSUMED_ROLE | FEDERATED_USER)
        && is_session_name_chosen(fields.text(Field::ActorRole));
    if is_provider {
        fields.event.is_provider = true;
        let role = fields.event.get(Field::ActorRole);
        fields.event.fill(Field::ActorName, role);
    }
    // Of people in Identity Center's own directory, the principal is the number of the account, the same for all.
    if kind == UNKNOWN && has_id && fields.text(Field::ActorId) == fields.text(Field::EnvAccount) {
        fields.event.unset(Field::ActorId);
    }
    match kind {
        ROOT if !fields.has(Field::ActorName) => fields.word(Field::ActorName, "root"),
        ROOT => {}
        _ if fields.has(Field::ActorName) => {}
        _ => {
            fields.fill(Field::ActorName, SIGN_IN_AS);
            fields.fill_part(Field::ActorName, Cell::kept(ARN), |arn| {
                arn.rsplit(|&byte| byte == b'/').next().filter(|last| last.len() < arn.len())
            });
            fields.fill_part(Field::ActorName, Field::ActorId, |id| {
                id.rsplit(|&byte| byte == b':').next().filter(|last| last.len() < id.len())
            });
            let role = fields.event.get(Field::ActorRole);
            fields.event.fill(Field::ActorName, role);
            fields.fill(Field::ActorName, INVOKED_BY);
        }
    }
    if has_byte(fields.text(Field::ActorName), b'@') {
        fields.event.fill_from(Field::ActorEmail, Field::ActorName.into());
    }
    if !fields.kept(ARN).is_empty() {
        fields.fill(Field::ActorId, ARN);
    }
}

/// A role that one of AWS's services holds and nobody else can assume: its path is reserved.
pub(super) fn is_service_linked(role: &[u8]) -> bool {
    const PATH: &[u8] = b":role/aws-service-role/";
    role.starts_with(b"arn:") && find_piece(role, PATH, 0).is_some()
}

/// A role session named after the instance that holds it acts for a machine.
pub(super) fn is_machine(principal: &[u8]) -> bool {
    let session = principal.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    session.len() >= 10
        && session.strip_prefix(b"i-").is_some_and(|id| id.iter().all(u8::is_ascii_hexdigit))
}

/// Where from: an address, or the AWS service that made the call in the actor's name.
pub(super) fn origin(fields: &mut Fields<'_>) {
    let is_address = match fields.kept(ADDRESS) {
        [b'0'..=b'9', .., b'0'..=b'9'] => true,
        other => {
            other.contains(&b':')
                && other
                    .iter()
                    .all(|byte| byte.is_ascii_hexdigit() || *byte == b':' || *byte == b'.')
        }
    };
    fields.fill(if is_address { Field::OriginIp } else { Field::OriginHost }, ADDRESS);
    fields.fill(Field::OriginHost, INVOKED_BY);
}
