//! How an event ended.

use super::{SIGN_IN, contains_any};
use crate::event::{Class, Field, Outcome, Tag};
use crate::parse::line::{Wanted, split_once};
use crate::source::Fields;
use crate::text::find_byte;

/// How it ended: a sign-in says so in `responseElements`, anything else failed if it has an error code.
pub(super) fn outcome(fields: &mut Fields<'_>) {
    let code = fields.text(Field::OutcomeCode);
    let is_credential = contains_any(
        code,
        &[
            b"InvalidClientTokenId",
            b"SignatureDoesNotMatch",
            b"AuthFailure",
            b"InvalidAccessKeyId",
            b"InvalidToken",
            b"UnrecognizedClient",
            b"IncompleteSignature",
            b"InvalidIdentityToken",
            b"IDPRejectedClaim",
        ],
    ) || is_password_refused(fields.text(Field::ActionName), code);
    let is_denied = contains_any(
        code,
        &[b"AccessDenied", b"Unauthorized", b"Forbidden", b"NotAuthorized", b"AuthorizationError"],
    );
    let said = signed_in(fields);
    let is_refused = is_failure(said);
    let result = match said {
        said if said.eq_ignore_ascii_case(SUCCESS) => Outcome::Success,
        _ if is_refused => Outcome::Failure,
        _ if is_denied && !is_credential => Outcome::Denied,
        _ if !code.is_empty() => Outcome::Failure,
        // An error without a code, as some services log it.
        _ if !fields.text(Field::OutcomeReason).is_empty() => {
            refusal(fields.text(Field::OutcomeReason))
        }
        // A sign-in that does not say how it ended, or that it goes on.
        _ if [&b"ConsoleLogin"[..], b"UserAuthentication"]
            .contains(&fields.text(Field::ActionName)) =>
        {
            Outcome::Unknown
        }
        // Of a sign-in it is said how it went, in other words.
        said if !said.is_empty() => Outcome::Unknown,
        _ => Outcome::Success,
    };
    // Who could not leave proved nothing wrong.
    let is_attempt = fields.event.class != Some(Class::Logout)
        && (is_credential || is_refused || code.is_empty());
    fields.event.set_outcome(result);
    fields.event.credential_failure = is_credential;
    fields.event.is_plain_failure = !is_attempt;
}

/// How a call ended of which a message of an error is told, and no code.
#[cold]
fn refusal(message: &[u8]) -> Outcome {
    let refused: [&[u8]; 3] = [b"not authorized to perform", b"Access Denied", b"AccessDenied"];
    if contains_any(message, &refused) { Outcome::Denied } else { Outcome::Failure }
}

/// `Success` or `Failure`, where a sign-in says so; by any name where the service is one of those that sign people in.
pub(super) fn signed_in<'f>(fields: &'f Fields<'_>) -> &'f [u8] {
    let said = fields.kept(SIGN_IN);
    let is_sign_in = matches!(
        fields.text(Field::EnvService),
        b"signin.amazonaws.com" | b"sso.amazonaws.com" | b"sso-directory.amazonaws.com"
    );
    if !said.is_empty() || !is_sign_in {
        return said;
    }
    // Of an event that came as text, the record holds the text with its quotes escaped.
    let is_of_text = matches!(fields.event.tag(Field::ActionName.into()), Tag::Arena(_));
    let record = if is_of_text { &fields.event.arena } else { fields.input };
    let name = fields.text(Field::ActionName);
    match split_once(record, b"\"serviceEventDetails\"") {
        Some((_, details)) => result_in_details(details, name),
        None => split_once(record, b"\"responseElements\"")
            .map_or(b"", |(_, details)| result_in_details(details, name)),
    }
}

const SUCCESS: &[u8] = b"Success";

/// Words for a sign-in, or a step of one, that failed.
const FAILURES: &[&[u8]] = &[b"Failure", b"Failed", b"Error", b"Denied", b"Rejected", b"Expired"];

/// True if what is said of a sign-in means that it failed.
pub(super) fn is_failure(said: &[u8]) -> bool {
    FAILURES.iter().any(|word| said.eq_ignore_ascii_case(word))
}

/// The result in `{"NAME":"Failure"}` behind `"serviceEventDetails":` or `"responseElements":`, which text in the record cannot say: quotes in that are escaped.
#[cold]
#[inline(never)]
fn result_in_details(details: &[u8], name: &[u8]) -> &'static [u8] {
    let details = details.get(..find_byte(details, b'}', 0)).unwrap_or_default();
    let (wanted, mut from) = (Wanted::of(name), 0usize);
    while let Some(at) =
        details.get(from..).filter(|_| !name.is_empty()).and_then(|rest| wanted.find(rest))
    {
        let start = from.saturating_add(at);
        from = start.saturating_add(name.len());
        let is_key = details.get(..start).is_some_and(|before| before.ends_with(b"\""));
        let value = details.get(from..).and_then(|rest| rest.strip_prefix(b"\""));
        let value = value.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
        let value = value.and_then(|rest| rest.trim_ascii_start().strip_prefix(b"\""));
        let Some(value) = value.filter(|_| is_key) else { continue };
        let value = value.get(..find_byte(value, b'"', 0)).unwrap_or_default();
        let mut known = [SUCCESS].into_iter().chain(FAILURES.iter().copied());
        return known.find(|word| value.eq_ignore_ascii_case(word)).unwrap_or(b"Other");
    }
    b""
}

/// True if Cognito refused what was given to prove who one is: the same codes elsewhere say a token has expired or a permission is missing.
pub(super) fn is_password_refused(action: &[u8], code: &[u8]) -> bool {
    let is_attempt = [
        &b"InitiateAuth"[..],
        b"AdminInitiateAuth",
        b"RespondToAuthChallenge",
        b"AdminRespondToAuthChallenge",
    ]
    .contains(&action);
    is_attempt
        && contains_any(
            code,
            &[b"NotAuthorizedException", b"UserNotFoundException", b"CodeMismatchException"],
        )
}
