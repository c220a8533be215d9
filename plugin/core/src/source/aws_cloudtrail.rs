//! AWS CloudTrail: management, data, insight and sign-in events, one event a record.

use super::{Fields, Row, Source, keep, row, time};
use crate::arn::{is_session_name_chosen, role_of_session};
use crate::event::{Category, Class, Field, Outcome, Tag};
use crate::note::Note;
use crate::parse::line::{Wanted, split_once};
use crate::text::{find_byte, is_same};

pub static SOURCE: Source = Source {
    id: "aws.cloudtrail",
    vendor: "AWS",
    cloud: "AWS",
    summary: "AWS CloudTrail events, one a record, bare or as EventBridge's `detail`",
    doc: "Record contents and the userIdentity element as described in the AWS CloudTrail User Guide (\"CloudTrail record contents\", \"CloudTrail \
          userIdentity element\"). The shipper must split `Records[]` files into records. The class of the action is derived from the first word of \
          the event name, its category from the service.",
    // Logstash's codec leaves the time as `@timestamp` alone; queries on a lake of events leave out the version.
    says_why: true,
    is_remote: true,
    collectors: &["aws", "kinesis", "lambda", "sqs"],
    keys: &[
        &["eventVersion", "eventTime", "awsRegion"],
        &["eventVersion", "eventSource", "eventName", "awsRegion"],
        &["eventSource", "eventName", "awsRegion", "sourceIPAddress"],
    ],
    rows: ROWS,
    finish,
    ..Source::BLANK
};

const IDENTITY_TYPE: u8 = 0;
const ARN: u8 = 1;
const INVOKED_BY: u8 = 2;
const ADDRESS: u8 = 3;
const SIGN_IN: u8 = 4;
const READ_ONLY: u8 = 5;
const EVENT_TYPE: u8 = 6;
const SIGN_IN_AS: u8 = 7;

// Types of identity, by their first eight letters, which no two of them share.
const IAM_USER: u64 = word_of(b"IAMUser");
const AWS_SERVICE: u64 = word_of(b"AWSServi");
const ASSUMED_ROLE: u64 = word_of(b"AssumedR");
const UNKNOWN: u64 = word_of(b"Unknown");
const AWS_ACCOUNT: u64 = word_of(b"AWSAccou");
const ROOT: u64 = word_of(b"Root");
const FEDERATED_USER: u64 = word_of(b"Federate");

static ROWS: &[Row] = &[
    time("eventTime"),
    time("@timestamp"),
    row("eventID", Field::Id),
    row("userIdentity.principalId", Field::ActorId),
    row("userIdentity.identityProvider", Field::ActorId),
    // Identity Center names the person only as the one acted for.
    row("userIdentity.onBehalfOf.userId", Field::ActorId),
    row("userIdentity.userName", Field::ActorName),
    row("userIdentity.sessionContext.sessionIssuer.userName", Field::ActorRole),
    row("userIdentity.accessKeyId", Field::ActorSession),
    row("userIdentity.credentialId", Field::ActorSession),
    row("userIdentity.onBehalfOf.userId", Field::ActorOnBehalfOf),
    row("userIdentity.sessionContext.sourceIdentity", Field::ActorOnBehalfOf),
    keep("userIdentity.type", IDENTITY_TYPE),
    keep("userIdentity.arn", ARN),
    keep("userIdentity.invokedBy", INVOKED_BY),
    row("eventName", Field::ActionName),
    row("insightDetails.eventName", Field::ActionName),
    keep("readOnly", READ_ONLY),
    keep("eventType", EVENT_TYPE),
    row("eventSource", Field::EnvService),
    row("insightDetails.eventSource", Field::EnvService),
    row("awsRegion", Field::EnvRegion),
    row("recipientAccountId", Field::EnvAccount),
    row("userIdentity.accountId", Field::EnvAccount),
    row("tlsDetails.clientProvidedHostHeader", Field::EnvHost),
    keep("sourceIPAddress", ADDRESS),
    row("userAgent", Field::OriginUserAgent),
    row("vpcEndpointId", Field::OriginNetwork),
    row("errorCode", Field::OutcomeCode),
    row("insightDetails.errorCode", Field::OutcomeCode),
    row("errorMessage", Field::OutcomeReason),
    row("additionalEventData.reason", Field::OutcomeReason),
    keep("responseElements.ConsoleLogin", SIGN_IN),
    keep("responseElements.CheckMfa", SIGN_IN),
    keep("responseElements.SwitchRole", SIGN_IN),
    keep("responseElements.ExitRole", SIGN_IN),
    keep("responseElements.RenewRole", SIGN_IN),
    keep("responseElements.PasswordUpdated", SIGN_IN),
    keep("responseElements.PasswordRecoveryRequested", SIGN_IN),
    keep("responseElements.PasswordRecoveryCompleted", SIGN_IN),
    keep("responseElements.EmailUpdated", SIGN_IN),
    keep("responseElements.GetSigninToken", SIGN_IN),
    // Identity Center says it by the event's name.
    keep("serviceEventDetails.UserAuthentication", SIGN_IN),
    keep("serviceEventDetails.CredentialVerification", SIGN_IN),
    keep("serviceEventDetails.CredentialChallenge", SIGN_IN),
    keep("additionalEventData.UserName", SIGN_IN_AS),
    row("requestID", Field::RequestId),
    row("additionalEventData.MFAUsed", Field::AuthzMfa),
    row("userIdentity.sessionContext.attributes.mfaAuthenticated", Field::AuthzMfa),
    row("userIdentity.sessionContext.sessionIssuer.arn", Field::AuthzRole),
    // The session's policy narrows what it may do; that of any other call is what it changes.
    row("requestParameters.policyArns[].arn", Field::AuthzPolicy),
    row("requestParameters.policyArn", Field::ChangeAfter),
    row("additionalEventData.bytesTransferredOut", Field::TargetBytes),
    // What it was done to: the resources the service names, else the parameter that names the thing.
    row("resources[].ARN", Field::TargetId),
    row("resources[].type", Field::TargetType),
    row("responseElements.user.arn", Field::TargetId),
    row("responseElements.group.arn", Field::TargetId),
    row("responseElements.role.arn", Field::TargetId),
    row("requestParameters.roleArn", Field::TargetId),
    row("requestParameters.instanceId", Field::TargetId),
    row("requestParameters.instancesSet.items[].instanceId", Field::TargetId),
    row("requestParameters.groupId", Field::TargetId),
    row("requestParameters.keyId", Field::TargetId),
    row("requestParameters.secretId", Field::TargetId),
    row("requestParameters.accessKeyId", Field::TargetId),
    row("requestParameters.snapshotId", Field::TargetId),
    row("requestParameters.volumeId", Field::TargetId),
    row("requestParameters.target", Field::TargetId),
    row("requestParameters.targetId", Field::TargetId),
    row("requestParameters.imageId", Field::TargetId),
    row("requestParameters.networkAclId", Field::TargetId),
    row("requestParameters.fileSystemId", Field::TargetId),
    row("requestParameters.detectorId", Field::TargetId),
    row("requestParameters.hostedZoneId", Field::TargetId),
    row("requestParameters.userPoolId", Field::TargetId),
    row("requestParameters.resourceArn", Field::TargetId),
    row("requestParameters.queueUrl", Field::TargetId),
    row("requestParameters.topicArn", Field::TargetId),
    row("requestParameters.serialNumber", Field::TargetId),
    row("responseElements.instancesSet.items[].instanceId", Field::TargetId),
    row("responseElements.accessKey.accessKeyId", Field::TargetId),
    row("requestParameters.key", Field::TargetName),
    row("requestParameters.userName", Field::TargetName),
    row("requestParameters.roleName", Field::TargetName),
    row("requestParameters.groupName", Field::TargetName),
    row("requestParameters.policyName", Field::TargetName),
    row("requestParameters.functionName", Field::TargetName),
    row("requestParameters.dBInstanceIdentifier", Field::TargetName),
    row("requestParameters.dBClusterIdentifier", Field::TargetName),
    row("requestParameters.dBSnapshotIdentifier", Field::TargetName),
    row("requestParameters.clusterIdentifier", Field::TargetName),
    row("requestParameters.clusterName", Field::TargetName),
    row("requestParameters.repositoryName", Field::TargetName),
    row("requestParameters.stackName", Field::TargetName),
    row("requestParameters.domainName", Field::TargetName),
    row("requestParameters.streamName", Field::TargetName),
    row("requestParameters.instanceProfileName", Field::TargetName),
    row("requestParameters.tableName", Field::TargetName),
    row("requestParameters.trailName", Field::TargetName),
    row("requestParameters.logGroupName", Field::TargetName),
    row("requestParameters.bucketName", Field::TargetId),
    row("requestParameters.name", Field::TargetName),
    row("responseElements.accessKey.userName", Field::TargetName),
];

fn finish(fields: &mut Fields<'_>) {
    actor(fields);
    origin(fields);
    action(fields);
    outcome(fields);
    target(fields);
}

/// To what: the service stands for the type where nothing else names it; in S3, an object has a name in its bucket.
fn target(fields: &mut Fields<'_>) {
    // Of an object whose element has but a prefix of names, the id is that of the bucket beside it.
    if fields.is(Field::TargetType, b"AWS::S3::Object")
        && !fields.text(Field::TargetId).contains(&b'/')
    {
        fields.word(Field::TargetType, "AWS::S3::Bucket");
    }
    // Type and name of two elements, where one has but the one and the other but the other.
    let is_of = |name: &[u8], service: &[u8]| contains_any(name, &[service]);
    let (kind, id) = (fields.text(Field::TargetType), fields.text(Field::TargetId));
    if id.starts_with(b"arn:")
        && [(&b"::S3::"[..], &b":s3:"[..]), (b"::KMS::", b":kms:")]
            .iter()
            .any(|(of_kind, of_id)| is_of(kind, of_kind) != is_of(id, of_id) && !kind.is_empty())
    {
        fields.event.unset(Field::TargetType);
    }
    if fields.has(Field::TargetType) {
        return;
    }
    if !fields.has(Field::TargetId) || !fields.is(Field::EnvService, b"s3.amazonaws.com") {
        return fields.event.fill_from(Field::TargetType, Field::EnvService.into());
    }
    let is_object = fields.has(Field::TargetName);
    fields.word(Field::TargetType, if is_object { "AWS::S3::Object" } else { "AWS::S3::Bucket" });
    fields.event.fill_from(Field::TargetName, Field::TargetId.into());
}

/// Who: the name for people is the user's, else the session's behind the last slash or colon, else the service that called.
fn actor(fields: &mut Fields<'_>) {
    // AWS withholds the name of a failed sign-in under a name that does not exist, lest passwords typed there get logged.
    if fields.is(Field::ActorName, b"HIDDEN_DUE_TO_SECURITY_REASONS") {
        fields.event.unset(Field::ActorName);
        fields.note(Note::ActorHidden);
    }
    let by_service = !fields.kept(INVOKED_BY).is_empty();
    let kind = number_of(fields.kept(IDENTITY_TYPE));
    if kind == ASSUMED_ROLE && !fields.has(Field::ActorRole) {
        fields.fill_part(Field::ActorRole, crate::event::Cell::kept(ARN), role_of_session);
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
            fields.fill_part(Field::ActorName, crate::event::Cell::kept(ARN), |arn| {
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
    if fields.text(Field::ActorName).contains(&b'@') {
        fields.event.fill_from(Field::ActorEmail, Field::ActorName.into());
    }
    if !fields.kept(ARN).is_empty() {
        fields.fill(Field::ActorId, ARN);
    }
}

/// A role that one of AWS's services holds and nobody else can assume: its path is reserved.
fn is_service_linked(role: &[u8]) -> bool {
    const PATH: &[u8] = b":role/aws-service-role/";
    role.starts_with(b"arn:") && role.windows(PATH.len()).any(|part| part == PATH)
}

/// A role session named after the instance that holds it acts for a machine.
fn is_machine(principal: &[u8]) -> bool {
    let session = principal.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    session.len() >= 10
        && session.strip_prefix(b"i-").is_some_and(|id| id.iter().all(u8::is_ascii_hexdigit))
}

/// Where from: an address, or the AWS service that made the call in the actor's name.
fn origin(fields: &mut Fields<'_>) {
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

fn action(fields: &mut Fields<'_>) {
    let name = fields.text(Field::ActionName);
    let class = match class_of(verb(name)) {
        // What AWS calls a sign-in, in so many words.
        Class::Other if [&b"ConsoleLogin"[..], b"UserAuthentication"].contains(&name) => {
            Class::Login
        }
        // One step on the way in: it fails the sign-in, but does not make one.
        Class::Other
            if signed_in(fields).eq_ignore_ascii_case(b"Failure")
                && matches!(
                    area_of(fields.text(Field::EnvService)),
                    Some(Category::Authentication)
                ) =>
        {
            Class::Login
        }
        Class::Configure if name == b"SwitchRole" => Class::Login,
        Class::Create | Class::Other
            if is_password_refused(name, fields.text(Field::OutcomeCode)) =>
        {
            Class::Login
        }
        Class::Read
            if is_same(name, b"GetFederationToken") || is_same(name, b"GetSessionToken") =>
        {
            Class::Login
        }
        // `readOnly` is AWS's own word on the matter where the name tells nothing.
        Class::Other if fields.kept(READ_ONLY) == b"true" => Class::Read,
        class => class,
    };
    let area = area_of(fields.text(Field::EnvService));
    let category = match class {
        Class::Login | Class::Logout => Category::Authentication,
        _ if matches!(area, Some(Category::Authentication | Category::Access)) => {
            area.unwrap_or(Category::Access)
        }
        Class::Export | Class::Share => Category::Data,
        Class::Execute => area.unwrap_or(Category::System),
        _ => area.unwrap_or(Category::Configuration),
    };
    fields.event.set_class(class);
    fields.event.set_category(category);
}

/// Category of a service, by the first eight letters of its endpoint, which no two of these share.
fn area_of(service: &[u8]) -> Option<Category> {
    const fn named(name: &str) -> u64 {
        word_of(name.as_bytes())
    }
    const SIGN_IN: u64 = named("signin.a");
    const STS: u64 = named("sts.amaz");
    const SSO: u64 = named("sso.amaz");
    const COGNITO: u64 = named("cognito-");
    const IAM: u64 = named("iam.amaz");
    const ORGANIZATIONS: u64 = named("organiza");
    const IDENTITY_STORE: u64 = named("identity");
    const SSO_DIRECTORY: u64 = named("sso-dire");
    const RAM: u64 = named("ram.amaz");
    const S3: u64 = named("s3.amazo");
    const DYNAMODB: u64 = named("dynamodb");
    const KMS: u64 = named("kms.amaz");
    const SECRETS: u64 = named("secretsm");
    const RDS_DATA: u64 = named("rds-data");
    const LOAD_BALANCING: u64 = named("elasticl");
    const ROUTE_53: u64 = named("route53.");
    const FIREWALL: u64 = named("network-");
    const DIRECT_CONNECT: u64 = named("directco");
    const CLOUD_TRAIL: u64 = named("cloudtra");
    const CONFIG: u64 = named("config.a");
    const GUARD_DUTY: u64 = named("guarddut");
    const LOGS: u64 = named("logs.ama");
    match number_of(service) {
        SIGN_IN | STS | SSO | COGNITO => Some(Category::Authentication),
        IAM | ORGANIZATIONS | IDENTITY_STORE | SSO_DIRECTORY | RAM => Some(Category::Access),
        S3 | DYNAMODB | KMS | SECRETS | RDS_DATA => Some(Category::Data),
        LOAD_BALANCING | ROUTE_53 | FIREWALL | DIRECT_CONNECT => Some(Category::Network),
        // Starting and stopping these changes what is watched, not what runs.
        CLOUD_TRAIL | CONFIG | GUARD_DUTY | LOGS => Some(Category::Configuration),
        _ => None,
    }
}

/// How it ended: a sign-in says so in `responseElements`, anything else failed if it has an error code.
fn outcome(fields: &mut Fields<'_>) {
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
    let is_refused = said.eq_ignore_ascii_case(b"Failure");
    let result = match said {
        said if said.eq_ignore_ascii_case(b"Success") => Outcome::Success,
        said if said.eq_ignore_ascii_case(b"Failure") => Outcome::Failure,
        _ if is_denied && !is_credential => Outcome::Denied,
        _ if !code.is_empty() => Outcome::Failure,
        // A refusal without a code, as some services log it.
        _ if fields.text(Field::OutcomeReason).starts_with(b"Failed") => Outcome::Failure,
        _ if fields.is(Field::ActionName, b"ConsoleLogin") && fields.has(Field::OutcomeReason) => {
            Outcome::Failure
        }
        _ => Outcome::Success,
    };
    // Who could not leave proved nothing wrong.
    let is_attempt = fields.event.class != Some(Class::Logout)
        && (is_credential || is_refused || code.is_empty());
    fields.event.set_outcome(result);
    fields.event.credential_failure = is_credential;
    fields.event.is_plain_failure = !is_attempt;
}

/// `Success` or `Failure`, where a sign-in says so; by any name where the service is one of those that sign people in.
fn signed_in<'f>(fields: &'f Fields<'_>) -> &'f [u8] {
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
    if has_failed(record, fields.text(Field::ActionName)) { b"Failure" } else { b"" }
}

/// True if `"serviceEventDetails":{"NAME":"Failure"}` stands in the record, which text in it cannot say: quotes in that are escaped.
#[cold]
#[inline(never)]
fn has_failed(record: &[u8], name: &[u8]) -> bool {
    const FAILURE: &[u8] = b"\"Failure\"";
    let Some((_, details)) = split_once(record, b"\"serviceEventDetails\"") else {
        return false;
    };
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
        let value = value.and_then(|rest| rest.trim_ascii_start().get(..FAILURE.len()));
        if is_key && value.is_some_and(|value| value.eq_ignore_ascii_case(FAILURE)) {
            return true;
        }
    }
    false
}

/// True if Cognito refused what was given to prove who one is: the same codes elsewhere say a token has expired or a permission is missing.
fn is_password_refused(action: &[u8], code: &[u8]) -> bool {
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

fn contains_any(text: &[u8], words: &[&[u8]]) -> bool {
    !text.is_empty() && words.iter().any(|word| text.windows(word.len()).any(|part| part == *word))
}

/// The leading word of a name in camel case: `Delete` of `DeleteBucket`.
fn first_word(name: &[u8]) -> &[u8] {
    let tail = name.get(1..).unwrap_or_default();
    let len = tail.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    name.get(..len.saturating_add(1)).unwrap_or(name)
}

/// The verb of an API call: `Update` of `BatchUpdateFindings`, `Delete` of `AdminDeleteUser`.
fn verb(name: &[u8]) -> &[u8] {
    let prefixes = [&b"Batch"[..], b"Admin", b"Transact"];
    match prefixes.iter().find_map(|prefix| name.strip_prefix(*prefix)) {
        Some(rest @ [b'A'..=b'Z', ..]) if class_of(first_word(rest)) != Class::Other => {
            first_word(rest)
        }
        _ => first_word(name),
    }
}

/// The class of an API call by its verb; AWS names its operations verb first.
fn class_of(verb: &[u8]) -> Class {
    let wanted = number_of(verb);
    let found = VERBS.partition_point(|(verb, _)| *verb < wanted);
    VERBS.get(found).filter(|(verb, _)| *verb == wanted).map_or(Class::Other, |(_, class)| *class)
}

/// As above, where the program runs: at once where there are eight.
fn number_of(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(letters) => u64::from_be_bytes(*letters),
        None => {
            let spare = 64u32.wrapping_sub((text.len() as u32).wrapping_mul(8));
            text.iter()
                .fold(0u64, |word, &letter| word.wrapping_shl(8) | u64::from(letter))
                .checked_shl(spare)
                .unwrap_or_default()
        }
    }
}

/// A verb's first eight letters as a number: no two verbs of the table share them.
const fn word_of(verb: &[u8]) -> u64 {
    let (mut word, mut index) = (0u64, 0);
    while index < 8 {
        let letter = match verb.split_at_checked(index) {
            Some((_, [letter, ..])) => *letter as u64,
            _ => 0,
        };
        word = word << 8 | letter;
        index = index.saturating_add(1);
    }
    word
}

const CLASSES: &[(Class, &[&str])] = &[
    (
        Class::Read,
        &[
            "Get", "Head", "Read", "Select", "View", "Check", "Validate", "Test", "Verify",
            "Decrypt", "Receive", "Lookup", "Resolve", "Preview", "Batch", "Retrieve", "Simulate",
            "Evaluate", "Decode", "Poll", "Detect", "Analyze",
        ],
    ),
    (Class::List, &["List", "Describe", "Search", "Scan", "Query", "Discover", "Filter", "Count"]),
    (
        Class::Create,
        &[
            "Create",
            "Put",
            "Run",
            "Upload",
            "Import",
            "Register",
            "Add",
            "Allocate",
            "Generate",
            "Issue",
            "Copy",
            "Clone",
            "Restore",
            "Initiate",
            "Request",
            "Provision",
            "Publish",
            "Insert",
            "Launch",
            "Purchase",
            "Invite",
            "Subscribe",
            "Replicate",
        ],
    ),
    (
        Class::Delete,
        &[
            "Delete",
            "Remove",
            "Terminate",
            "Deregister",
            "Purge",
            "Release",
            "Destroy",
            "Abort",
            "Cancel",
            "Drop",
            "Schedule",
            "Leave",
            "Forget",
            "Unsubscribe",
        ],
    ),
    (Class::Export, &["Export", "Download", "Backup"]),
    (Class::Share, &["Share"]),
    (Class::Grant, &["Attach", "Authorize", "Grant", "Associate", "Allow"]),
    (Class::Revoke, &["Detach", "Revoke", "Disassociate", "Deny", "Retire", "Unshare"]),
    (Class::Approve, &["Accept", "Approve", "Confirm"]),
    (
        Class::Update,
        &[
            "Update",
            "Modify",
            "Change",
            "Edit",
            "Replace",
            "Rotate",
            "Rename",
            "Move",
            "Tag",
            "Untag",
            "Write",
            "Append",
            "Assign",
            "Unassign",
            "Archive",
            "Unarchive",
            "Apply",
            "Increase",
            "Decrease",
            "Merge",
            "Renew",
            "Refresh",
            "Revert",
            "Rollback",
            "Swap",
            "Upgrade",
            "Promote",
            "Transfer",
            "Complete",
            "Commit",
            "Join",
            "Link",
            "Unlink",
        ],
    ),
    (
        Class::Configure,
        &[
            "Set",
            "Enable",
            "Disable",
            "Configure",
            "Reset",
            "Activate",
            "Deactivate",
            "Switch",
            "Lock",
            "Unlock",
            "Open",
            "Close",
            "Suspend",
            "Monitor",
            "Unmonitor",
            "Connect",
            "Disconnect",
        ],
    ),
    (
        Class::Execute,
        &[
            "Invoke",
            "Execute",
            "Start",
            "Stop",
            "Reboot",
            "Send",
            "Submit",
            "Encrypt",
            "Sign",
            "Resume",
            "Pause",
            "Retry",
            "Failover",
            "Switchover",
            "Deploy",
            "Continue",
            "Install",
            "Post",
            "Restart",
            "Shutdown",
            "Synthesize",
            "Translate",
            "Converse",
            "Signal",
        ],
    ),
    (Class::Logout, &["Logout", "Signout", "Global"]),
    (Class::Login, &["Login", "Authenticate", "Assume"]),
];

/// The verbs in order of their numbers, each with its class.
static VERBS: [(u64, Class); count_verbs()] = sorted_verbs();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses what goes wrong"
)]
const fn count_verbs() -> usize {
    let (mut count, mut class) = (0, 0);
    while class < CLASSES.len() {
        count += CLASSES[class].1.len();
        class += 1;
    }
    count
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses what goes wrong"
)]
const fn sorted_verbs() -> [(u64, Class); count_verbs()] {
    let mut sorted = [(0, Class::Other); count_verbs()];
    let (mut filled, mut class) = (0, 0);
    while class < CLASSES.len() {
        let mut verb = 0;
        while verb < CLASSES[class].1.len() {
            let entry = (word_of(CLASSES[class].1[verb].as_bytes()), CLASSES[class].0);
            let mut at = filled;
            while at > 0 && sorted[at - 1].0 > entry.0 {
                sorted[at] = sorted[at - 1];
                at -= 1;
            }
            assert!(
                at == 0 || sorted[at - 1].0 != entry.0,
                "two verbs share their first eight letters"
            );
            sorted[at] = entry;
            filled += 1;
            verb += 1;
        }
        class += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Facts;
    use crate::source::testing;

    #[test]
    fn the_first_word_of_a_name() {
        for (name, word) in [
            ("DeleteBucket", "Delete"),
            ("Decrypt", "Decrypt"),
            ("", ""),
            ("X", "X"),
            ("ABTest", "A"),
            ("getObject", "get"),
        ] {
            assert_eq!(first_word(name.as_bytes()), word.as_bytes());
        }
    }

    #[test]
    fn letters_are_numbers_alike_at_either_time() {
        for text in ["", "a", "Get", "IAMUser", "Describe", "s3.amazonaws.com"] {
            assert_eq!(number_of(text.as_bytes()), word_of(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn verbs_have_classes() {
        for (name, class) in [
            ("GetObject", Class::Read),
            ("DeleteBucket", Class::Delete),
            ("AttachUserPolicy", Class::Grant),
            ("DisassociateAddress", Class::Revoke),
            ("Foo", Class::Other),
            ("", Class::Other),
            ("DescribeInstances", Class::List),
            ("AdminDeleteUser", Class::Delete),
            ("AdminInitiateAuth", Class::Create),
            ("Administer", Class::Other),
            ("TransactWriteItems", Class::Update),
            ("TransactGetItems", Class::Read),
            ("GlobalSignOut", Class::Logout),
        ] {
            assert_eq!(class_of(verb(name.as_bytes())), class, "{name}");
        }
    }

    #[test]
    fn a_reserved_path_makes_a_service_linked_role() {
        assert!(is_service_linked(b"arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"));
        assert!(is_service_linked(b"arn:aws-cn:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"));
        for role in [
            "arn:aws:iam::111122223333:role/AWSServiceRoleForMe",
            "arn:aws:iam::111122223333:role/x/aws-service-role/y",
            "",
            "aws-service-role",
        ] {
            assert!(!is_service_linked(role.as_bytes()), "{role}");
        }
    }

    #[test]
    fn cognito_refuses_passwords_only_where_one_was_given() {
        for (action, code, is_refused) in [
            ("InitiateAuth", "NotAuthorizedException", true),
            ("AdminRespondToAuthChallenge", "CodeMismatchException", true),
            ("InitiateAuth", "TooManyRequestsException", false),
            ("GetUser", "NotAuthorizedException", false),
            ("AdminGetUser", "UserNotFoundException", false),
        ] {
            assert_eq!(
                is_password_refused(action.as_bytes(), code.as_bytes()),
                is_refused,
                "{action} {code}"
            );
        }
    }

    /// A call of `bob` with these members besides.
    fn call(service: &str, name: &str, more: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.09","userIdentity":{{"type":"Unknown","principalId":"111122223333","accountId":"111122223333","userName":"bob"}},"eventTime":"2026-01-15T09:00:00Z","eventSource":"{service}","eventName":"{name}","awsRegion":"us-west-2","sourceIPAddress":"198.51.100.4","recipientAccountId":"111122223333"{more}}}"#
        )
    }

    #[test]
    fn identity_center_says_how_a_sign_in_ended_by_the_events_name() {
        for (name, result, row, is_failed, is_login) in [
            ("CredentialVerification", "Failure", "login failure", true, false),
            ("UserAuthentication", "Failure", "login failure", true, false),
            ("CredentialChallenge", "Success", "other success", false, false),
            ("CredentialVerification", "Success", "other success", false, false),
            ("UserAuthentication", "Success", "login success", false, true),
        ] {
            let record = call(
                "signin.amazonaws.com",
                name,
                &format!(
                    r#","responseElements":null,"serviceEventDetails":{{"{name}":"{result}"}}"#
                ),
            );
            let said = testing::said(&record);
            assert!(said.starts_with(&format!("aws.cloudtrail {name} {row} who=bob ")), "{said}");
            assert!(!said.contains("uid="), "the account's number is nobody's: {said}");
            let facts = testing::facts(&record);
            assert_eq!(
                (facts.has_any(Facts::FAILED_LOGIN), facts.has_any(Facts::LOGIN)),
                (is_failed, is_login),
                "{name} {result}"
            );
        }
    }

    #[test]
    fn any_step_of_a_sign_in_says_that_it_failed() {
        for (service, name, details, row, is_failed) in [
            ("signin", "MfaVerification", r#""MfaVerification":"Failure""#, "login failure", true),
            (
                "sso",
                "Federate",
                r#""Other":"Success", "Federate" : "Failure""#,
                "login failure",
                true,
            ),
            ("sso", "Federate", r#""Federate":"Success""#, "other success", false),
            // Of another name, in another's text, or elsewhere.
            ("sso", "Federate", r#""Unfederate":"Failure""#, "other success", false),
            ("sso", "Federate", r#""note":"\"Federate\":\"Failure\"""#, "other success", false),
            ("sso", "Federate", r#""a":"b"},"x":{"Federate":"Failure""#, "other success", false),
            ("sso", "Logout", r#""Logout":"Failure""#, "logout failure", false),
            ("ec2", "MfaVerification", r#""MfaVerification":"Failure""#, "other success", false),
        ] {
            let record = call(
                &format!("{service}.amazonaws.com"),
                name,
                &format!(r#","responseElements":null,"serviceEventDetails":{{{details}}}"#),
            );
            // The same within LookupEvents, where the event is text.
            let text = record.replace('\\', "\\\\").replace('"', "\\\"");
            let found =
                format!(r#"{{"EventId":"1","EventName":"{name}","CloudTrailEvent":"{text}"}}"#);
            for record in [record, found] {
                let said = testing::said(&record);
                assert!(
                    said.starts_with(&format!("aws.cloudtrail {name} {row} ")),
                    "{record}: {said}"
                );
                assert_eq!(
                    testing::facts(&record).has_any(Facts::FAILED_LOGIN),
                    is_failed,
                    "{record}"
                );
            }
        }
    }

    #[test]
    fn only_refused_credentials_are_failed_sign_ins() {
        for (service, name, code, is_failed) in [
            ("sso.amazonaws.com", "ListAccountAssignments", "ThrottlingException", false),
            (
                "sso.amazonaws.com",
                "GetInlinePolicyForPermissionSet",
                "ResourceNotFoundException",
                false,
            ),
            ("sts.amazonaws.com", "AssumeRole", "AccessDenied", false),
            ("sts.amazonaws.com", "AssumeRole", "ValidationError", false),
            ("cognito-idp.amazonaws.com", "AdminGetUser", "UserNotFoundException", false),
            ("sts.amazonaws.com", "AssumeRoleWithWebIdentity", "InvalidIdentityToken", true),
            ("sts.amazonaws.com", "GetCallerIdentity", "SignatureDoesNotMatch", true),
            ("ec2.amazonaws.com", "DescribeVpcs", "AuthFailure", true),
            ("cognito-idp.amazonaws.com", "AdminInitiateAuth", "NotAuthorizedException", true),
        ] {
            let record =
                call(service, name, &format!(r#","errorCode":"{code}","errorMessage":"no""#));
            let facts = testing::facts(&record);
            let is_cognito = service.starts_with("cognito");
            assert!(!is_cognito || testing::said(&record).contains(" login ") == is_failed);
            assert_eq!(facts.has_any(Facts::FAILED_LOGIN), is_failed, "{service} {name} {code}");
            assert_eq!(
                facts.has_any(Facts::DENIED),
                code == "AccessDenied",
                "{service} {name} {code}"
            );
        }
        let console = call(
            "signin.amazonaws.com",
            "ConsoleLogin",
            r#","errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"}"#,
        );
        assert!(testing::facts(&console).has_any(Facts::FAILED_LOGIN));
        // Without the word on how it ended, or in other letters.
        for more in [
            r#","errorMessage":"Invalid MFA code""#,
            r#","responseElements":{"ConsoleLogin":"failure"}"#,
            r#","serviceEventDetails":{"ConsoleLogin":"failure"}"#,
        ] {
            let record = call("signin.amazonaws.com", "ConsoleLogin", more);
            assert!(testing::facts(&record).has_any(Facts::FAILED_LOGIN), "{record}");
        }
    }

    #[test]
    fn type_and_name_of_a_target_are_one_resources() {
        for (resources, wanted) in [
            (
                r#"{"ARN":"arn:aws:iam::1:role/x"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}"#,
                false,
            ),
            (
                r#"{"ARN":"arn:aws:s3:::b"},{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:r:1:key/k"}"#,
                false,
            ),
            (r#"{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}"#, true),
            (r#"{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:r:1:key/k"}"#, true),
        ] {
            let said = testing::said(&call(
                "sts.amazonaws.com",
                "X",
                &format!(r#","resources":[{resources}]"#),
            ));
            assert_eq!(said.contains("AWS::"), wanted, "{said}");
        }
    }

    #[test]
    fn a_policy_that_a_call_attaches_is_not_why_it_was_allowed() {
        let policy = r#","requestParameters":{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#;
        let mut engine =
            crate::Engine::new(crate::policy::Policy::default(), crate::Secret::default());
        let mut answer = |record: String| {
            let mut out = crate::write::Output::default();
            engine.process(
                crate::raw::Raw { bytes: record.as_bytes(), ..Default::default() },
                &mut out,
            );
            String::from_utf8_lossy(out.bytes()).into_owned()
        };
        let attached = answer(call("iam.amazonaws.com", "AttachUserPolicy", policy));
        assert!(
            attached
                .contains(r#""change":{"after":"arn:aws:iam::aws:policy/AdministratorAccess"}"#),
            "{attached}"
        );
        assert!(!attached.contains(r#""authz""#), "{attached}");
        let narrowed = answer(call(
            "sts.amazonaws.com",
            "AssumeRole",
            r#","requestParameters":{"policyArns":[{"arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}]}"#,
        ));
        assert!(
            narrowed.contains(r#""authz":{"policy":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#),
            "{narrowed}"
        );
    }

    #[test]
    fn instances_are_machines() {
        assert!(is_machine(b"AROAEXAMPLE:i-0abc123def4567890"));
        assert!(!is_machine(b"AROAEXAMPLE:i-am-a-person"));
        assert!(!is_machine(b"AROAEXAMPLE:alice"));
    }

    /// Whoever calls GetFederationToken chooses the name.
    #[test]
    fn federated_users_count_by_their_issuer_or_as_one() {
        let record = |issuer: &str| {
            format!(
                r#"{{"eventVersion":"1.08","userIdentity":{{"type":"FederatedUser","principalId":"111122223333:bob-7","arn":"arn:aws:sts::111122223333:federated-user/bob-7","accountId":"111122223333"{issuer}}},"eventTime":"2026-01-15T11:30:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"us-east-1","eventID":"e1","eventType":"AwsApiCall"}}"#
            )
        };
        let issued = r#","sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"alice"}}"#;
        assert_eq!(testing::role(&record("")), (true, "federated-user".to_owned()));
        let (is_chosen, role) = testing::role(&record(issued));
        assert!(is_chosen && role.contains("alice"), "{role}");
        assert!(testing::said(&record("")).contains("who=bob-7"));
    }
}
