//! AWS CloudTrail: management, data, insight and sign-in events, one event a record.

use super::{Fields, Row, Source, keep, row, time};
use crate::event::Slot;
use crate::note::Note;

pub static SOURCE: Source = Source {
    id: "aws.cloudtrail",
    summary: "AWS CloudTrail events, one a record, bare or as EventBridge's `detail`",
    doc: "Record contents and the userIdentity element as in the AWS CloudTrail User Guide \
          (\"CloudTrail record contents\", \"CloudTrail userIdentity element\"). `Records[]` files are unwrapped by the shipper. \
          The action's class follows from the first word of the event's name, its category from the service.",
    keys: &["eventVersion", "eventTime", "awsRegion"],
    rows: ROWS,
    finish,
};

const IDENTITY_TYPE: u8 = 0;
const ARN: u8 = 1;
const INVOKED_BY: u8 = 2;
const ADDRESS: u8 = 3;
const SIGN_IN: u8 = 4;
const READ_ONLY: u8 = 5;
const EVENT_TYPE: u8 = 6;
const BUCKET: u8 = 7;
const SIGN_IN_AS: u8 = 8;

static ROWS: &[Row] = &[
    time("eventTime"),
    row("eventID", Slot::Id),
    row("userIdentity.principalId", Slot::ActorId),
    row("userIdentity.identityProvider", Slot::ActorId),
    row("userIdentity.userName", Slot::ActorName),
    row("userIdentity.sessionContext.sessionIssuer.userName", Slot::ActorRole),
    row("userIdentity.accessKeyId", Slot::ActorSession),
    row("userIdentity.credentialId", Slot::ActorSession),
    row("userIdentity.onBehalfOf.userId", Slot::ActorOnBehalfOf),
    row("userIdentity.sessionContext.sourceIdentity", Slot::ActorOnBehalfOf),
    keep("userIdentity.type", IDENTITY_TYPE),
    keep("userIdentity.arn", ARN),
    keep("userIdentity.invokedBy", INVOKED_BY),
    row("eventName", Slot::ActionName),
    row("insightDetails.eventName", Slot::ActionName),
    keep("readOnly", READ_ONLY),
    keep("eventType", EVENT_TYPE),
    row("eventSource", Slot::EnvService),
    row("insightDetails.eventSource", Slot::EnvService),
    row("awsRegion", Slot::EnvRegion),
    row("recipientAccountId", Slot::EnvAccount),
    row("userIdentity.accountId", Slot::EnvAccount),
    row("tlsDetails.clientProvidedHostHeader", Slot::EnvHost),
    keep("sourceIPAddress", ADDRESS),
    row("userAgent", Slot::OriginUserAgent),
    row("vpcEndpointId", Slot::OriginNetwork),
    row("errorCode", Slot::OutcomeCode),
    row("insightDetails.errorCode", Slot::OutcomeCode),
    row("errorMessage", Slot::OutcomeReason),
    row("additionalEventData.reason", Slot::OutcomeReason),
    keep("responseElements.ConsoleLogin", SIGN_IN),
    keep("responseElements.CheckMfa", SIGN_IN),
    keep("responseElements.SwitchRole", SIGN_IN),
    keep("additionalEventData.UserName", SIGN_IN_AS),
    row("requestID", Slot::RequestId),
    row("additionalEventData.MFAUsed", Slot::AuthzMfa),
    row("userIdentity.sessionContext.attributes.mfaAuthenticated", Slot::AuthzMfa),
    row("userIdentity.sessionContext.sessionIssuer.arn", Slot::AuthzRole),
    row("requestParameters.policyArn", Slot::AuthzPolicy),
    row("additionalEventData.bytesTransferredOut", Slot::TargetBytes),
    // What it was done to: the resources the service names, else the parameter that names the thing.
    row("resources[].ARN", Slot::TargetId),
    row("resources[].type", Slot::TargetType),
    row("responseElements.user.arn", Slot::TargetId),
    row("responseElements.group.arn", Slot::TargetId),
    row("responseElements.role.arn", Slot::TargetId),
    row("requestParameters.roleArn", Slot::TargetId),
    row("requestParameters.instanceId", Slot::TargetId),
    row("requestParameters.instancesSet.items[].instanceId", Slot::TargetId),
    row("requestParameters.groupId", Slot::TargetId),
    row("requestParameters.keyId", Slot::TargetId),
    row("requestParameters.secretId", Slot::TargetId),
    row("requestParameters.accessKeyId", Slot::TargetId),
    row("requestParameters.snapshotId", Slot::TargetId),
    row("requestParameters.volumeId", Slot::TargetId),
    row("requestParameters.key", Slot::TargetName),
    row("requestParameters.userName", Slot::TargetName),
    row("requestParameters.roleName", Slot::TargetName),
    row("requestParameters.groupName", Slot::TargetName),
    row("requestParameters.policyName", Slot::TargetName),
    row("requestParameters.functionName", Slot::TargetName),
    row("requestParameters.dBInstanceIdentifier", Slot::TargetName),
    row("requestParameters.tableName", Slot::TargetName),
    row("requestParameters.trailName", Slot::TargetName),
    row("requestParameters.logGroupName", Slot::TargetName),
    row("requestParameters.bucketName", Slot::TargetName),
    row("requestParameters.name", Slot::TargetName),
    keep("requestParameters.bucketName", BUCKET),
];

fn finish(fields: &mut Fields<'_>) {
    actor(fields);
    origin(fields);
    action(fields);
    outcome(fields);
    if !fields.has(Slot::TargetType) {
        let kind = if fields.kept(BUCKET).is_empty() { None } else { Some("AWS::S3::Object") };
        let kind = kind.filter(|_| !fields.text(Slot::TargetName).eq(fields.kept(BUCKET))).or(kind.map(|_| "AWS::S3::Bucket"));
        match kind {
            Some(word) => {
                fields.word(Slot::TargetType, word);
                fields.fill(Slot::TargetId, BUCKET);
            }
            // The service stands for the type where nothing else names it.
            None => {
                let service = fields.event.get(Slot::EnvService);
                fields.event.fill(Slot::TargetType, service);
            }
        }
    }
}

/// Who: the name for people is the user's, else the session's behind the last slash or colon, else the service that called.
fn actor(fields: &mut Fields<'_>) {
    // AWS withholds the name of a failed sign-in under a name that does not exist, lest passwords typed there get logged.
    if fields.text(Slot::ActorName) == b"HIDDEN_DUE_TO_SECURITY_REASONS" {
        fields.event.unset(Slot::ActorName);
        fields.note(Note::ActorHidden);
    }
    let by_service = !fields.kept(INVOKED_BY).is_empty();
    let kind = match fields.kept(IDENTITY_TYPE) {
        b"AWSService" => "service",
        b"AssumedRole" if by_service || is_machine(fields.text(Slot::ActorId)) => "service",
        b"Unknown" if fields.text(Slot::ActorId).is_empty() => "anonymous",
        b"AWSAccount" if fields.text(Slot::ActorId) == b"ANONYMOUS_PRINCIPAL" || fields.text(Slot::ActorId).is_empty() => "anonymous",
        b"" if by_service || fields.kept(EVENT_TYPE) == b"AwsServiceEvent" => "service",
        b"" if fields.text(Slot::ActorId).is_empty() && fields.kept(ARN).is_empty() => "system",
        _ => "user",
    };
    fields.word(Slot::ActorType, kind);
    match fields.kept(IDENTITY_TYPE) {
        b"Root" if !fields.has(Slot::ActorName) => fields.word(Slot::ActorName, "root"),
        b"Root" => {}
        _ => {
            fields.fill(Slot::ActorName, SIGN_IN_AS);
            fields.fill_part(Slot::ActorName, crate::event::Cell::kept(ARN), |arn| arn.rsplit(|&byte| byte == b'/').next().filter(|last| last.len() < arn.len()));
            fields.fill_part(Slot::ActorName, Slot::ActorId, |id| id.rsplit(|&byte| byte == b':').next().filter(|last| last.len() < id.len()));
            let role = fields.event.get(Slot::ActorRole);
            fields.event.fill(Slot::ActorName, role);
            fields.fill(Slot::ActorName, INVOKED_BY);
        }
    }
    let name = fields.event.get(Slot::ActorName);
    if fields.text(Slot::ActorName).contains(&b'@') {
        fields.event.fill(Slot::ActorEmail, name);
    }
    fields.fill(Slot::ActorId, ARN);
}

/// A role session named after the instance that holds it acts for a machine.
fn is_machine(principal: &[u8]) -> bool {
    let session = principal.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    session.len() >= 10 && session.strip_prefix(b"i-").is_some_and(|id| id.iter().all(u8::is_ascii_hexdigit))
}

/// Where from: an address, or the AWS service that made the call in the actor's name.
fn origin(fields: &mut Fields<'_>) {
    let address = fields.kept(ADDRESS);
    let is_address = address.first().is_some_and(u8::is_ascii_hexdigit)
        && address.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'.' || *byte == b':')
        && address.iter().any(|byte| *byte == b'.' || *byte == b':')
        || address.starts_with(b"::");
    fields.fill(if is_address { Slot::OriginIp } else { Slot::OriginHost }, ADDRESS);
    fields.fill(Slot::OriginHost, INVOKED_BY);
}

fn action(fields: &mut Fields<'_>) {
    let class = match fields.text(Slot::ActionName) {
        b"ConsoleLogin" | b"SwitchRole" | b"UserAuthentication" | b"CredentialVerification" | b"CredentialChallenge" => "login",
        name if name.starts_with(b"AssumeRole") || name.starts_with(b"GetFederationToken") || name.starts_with(b"GetSessionToken") => "login",
        name => class_of(first_word(name)),
    };
    // `readOnly` is AWS's own word on the matter where the name tells nothing.
    let class = match (class, fields.kept(READ_ONLY)) {
        ("other", b"true") => "read",
        _ => class,
    };
    let category = match (class, fields.text(Slot::EnvService)) {
        ("login" | "logout", _) => "authentication",
        (_, b"signin.amazonaws.com" | b"sts.amazonaws.com" | b"sso.amazonaws.com" | b"cognito-idp.amazonaws.com") => "authentication",
        (_, b"iam.amazonaws.com" | b"organizations.amazonaws.com" | b"identitystore.amazonaws.com" | b"sso-directory.amazonaws.com" | b"ram.amazonaws.com") => "access",
        ("read" | "list" | "export" | "share", _) => "data",
        (_, b"s3.amazonaws.com" | b"dynamodb.amazonaws.com" | b"kms.amazonaws.com" | b"secretsmanager.amazonaws.com" | b"rds-data.amazonaws.com") => "data",
        (_, b"elasticloadbalancing.amazonaws.com" | b"route53.amazonaws.com" | b"network-firewall.amazonaws.com" | b"directconnect.amazonaws.com") => "network",
        ("execute", _) => "system",
        _ => "configuration",
    };
    fields.word(Slot::ActionClass, class);
    fields.word(Slot::ActionCategory, category);
}

/// How it ended: a sign-in says so in `responseElements`, anything else failed if it has an error code.
fn outcome(fields: &mut Fields<'_>) {
    let code = fields.text(Slot::OutcomeCode);
    let is_credential = contains_any(code, &[b"InvalidClientTokenId", b"SignatureDoesNotMatch", b"AuthFailure", b"InvalidAccessKeyId", b"InvalidToken", b"UnrecognizedClient", b"IncompleteSignature", b"NotAuthorizedException"]);
    let is_denied = contains_any(code, &[b"AccessDenied", b"Unauthorized", b"Forbidden", b"NotAuthorized", b"AuthorizationError"]);
    let result = match fields.kept(SIGN_IN) {
        b"Success" => "success",
        b"Failure" => "failure",
        _ if is_denied => "denied",
        _ if !code.is_empty() => "failure",
        // A refusal without a code, as some services log it.
        _ if fields.text(Slot::OutcomeReason).starts_with(b"Failed") => "failure",
        _ => "success",
    };
    fields.word(Slot::OutcomeResult, result);
    fields.event.credential_failure = is_credential;
}

fn contains_any(text: &[u8], words: &[&[u8]]) -> bool {
    !text.is_empty() && words.iter().any(|word| text.windows(word.len()).any(|part| part == *word))
}

/// The leading word of a name in camel case: `Delete` of `DeleteBucket`.
fn first_word(name: &[u8]) -> &[u8] {
    let tail = name.get(1..).unwrap_or_default();
    let len = tail.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    name.get(..len.saturating_add(1)).unwrap_or(name)
}

/// The class of an API call by its verb; AWS names its operations verb first.
fn class_of(verb: &[u8]) -> &'static str {
    match verb {
        b"Get" | b"Head" | b"Read" | b"Select" | b"View" | b"Check" | b"Validate" | b"Test" | b"Verify" | b"Decrypt" | b"Receive" | b"Lookup" | b"Resolve" | b"Preview" | b"Batch" => "read",
        b"List" | b"Describe" | b"Search" | b"Scan" | b"Query" | b"Discover" | b"Filter" | b"Count" => "list",
        b"Create" | b"Put" | b"Run" | b"Upload" | b"Import" | b"Register" | b"Add" | b"Allocate" | b"Generate" | b"Issue" | b"Copy" | b"Clone" | b"Restore" | b"Initiate" | b"Request"
        | b"Provision" | b"Publish" | b"Insert" | b"Launch" | b"Purchase" => "create",
        b"Delete" | b"Remove" | b"Terminate" | b"Deregister" | b"Purge" | b"Release" | b"Destroy" | b"Abort" | b"Cancel" | b"Drop" | b"Schedule" | b"Leave" => "delete",
        b"Export" | b"Download" | b"Backup" => "export",
        b"Share" => "share",
        b"Attach" | b"Authorize" | b"Grant" | b"Associate" | b"Allow" => "grant",
        b"Detach" | b"Revoke" | b"Disassociate" | b"Deny" => "revoke",
        b"Accept" | b"Approve" | b"Confirm" => "approve",
        b"Update" | b"Modify" | b"Change" | b"Edit" | b"Replace" | b"Rotate" | b"Rename" | b"Move" | b"Tag" | b"Untag" | b"Write" | b"Append" | b"Assign" | b"Unassign" => "update",
        b"Set" | b"Enable" | b"Disable" | b"Configure" | b"Reset" | b"Activate" | b"Deactivate" | b"Switch" => "configure",
        b"Invoke" | b"Execute" | b"Start" | b"Stop" | b"Reboot" | b"Send" | b"Submit" | b"Encrypt" | b"Sign" | b"Resume" | b"Pause" | b"Retry" => "execute",
        b"Logout" | b"Signout" => "logout",
        b"Login" | b"Authenticate" | b"Assume" => "login",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_name() {
        for (name, word) in [("DeleteBucket", "Delete"), ("Decrypt", "Decrypt"), ("", ""), ("X", "X"), ("ABTest", "A"), ("getObject", "get")] {
            assert_eq!(first_word(name.as_bytes()), word.as_bytes());
        }
    }

    #[test]
    fn instances_are_machines() {
        assert!(is_machine(b"AROAEXAMPLE:i-0abc123def4567890"));
        assert!(!is_machine(b"AROAEXAMPLE:i-am-a-person"));
        assert!(!is_machine(b"AROAEXAMPLE:alice"));
    }
}
