//! AWS CloudTrail: management, data, insight and sign-in events, one event a record.

mod identity;
mod outcome;

use super::{Fields, Row, Source, keep, row, time};
use crate::event::{Category, Class, Field};
use crate::parse::line::split_once;
use crate::text::{find_byte, find_piece, has_byte, is_same};
use identity::{actor, origin};
use outcome::{is_failure, is_password_refused, outcome, signed_in};

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
        && !has_byte(fields.text(Field::TargetId), b'/')
    {
        fields.word(Field::TargetType, "AWS::S3::Bucket");
    }
    // An object whose element has no type stands beside its bucket.
    if fields.is(Field::TargetType, b"AWS::S3::Bucket")
        && split_once(fields.text(Field::TargetId), b":s3:::")
            .is_some_and(|(_, name)| has_byte(name, b'/'))
    {
        fields.word(Field::TargetType, "AWS::S3::Object");
    }
    // Type and name of two elements, where one has but the one and the other but the other.
    if are_of_two(fields.text(Field::TargetType), fields.text(Field::TargetId)) {
        fields.event.unset(Field::TargetType);
    }
    if fields.has(Field::TargetType) {
        return;
    }
    let id = fields.text(Field::TargetId);
    let is_of_s3 = service_of(id).is_none_or(|service| service == b"s3")
        && fields.is(Field::EnvService, b"s3.amazonaws.com");
    if id.is_empty() || !is_of_s3 {
        return fields.event.fill_from(Field::TargetType, Field::EnvService.into());
    }
    let is_object = fields.has(Field::TargetName);
    fields.word(Field::TargetType, if is_object { "AWS::S3::Object" } else { "AWS::S3::Bucket" });
    fields.event.fill_from(Field::TargetName, Field::TargetId.into());
}

/// The service that an ARN names: `arn:aws:SERVICE:`.
fn service_of(arn: &[u8]) -> Option<&[u8]> {
    arn.strip_prefix(b"arn:")?.split(|&byte| byte == b':').nth(1)
}

/// True if a type, `AWS::Lambda::Function`, is of another service than the thing that is named.
fn are_of_two(whole: &[u8], id: &[u8]) -> bool {
    /// Services that are called otherwise in types.
    const OTHERWISE: [(&[u8], &[u8]); 3] = [
        (b"certificatemanager", b"acm"),
        (b"apigateway", b"execute-api"),
        (b"elasticsearch", b"es"),
    ];
    let (Some(service), Some(kind)) = (
        service_of(id),
        whole.strip_prefix(b"AWS::").and_then(|kind| kind.split(|&byte| byte == b':').next()),
    ) else {
        return false;
    };
    let is = |name: &[u8]| kind.eq_ignore_ascii_case(name);
    // `AWS::IAM::Role` is none of `arn:aws:iam::1:user/ann`.
    const OF_IAM: [&[u8]; 4] = [b"user", b"role", b"group", b"policy"];
    let last = whole.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    let named = id.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    let named = named.get(..find_byte(named, b'/', 0)).unwrap_or_default();
    let is_of_iam = |word: &[u8]| OF_IAM.iter().any(|known| known.eq_ignore_ascii_case(word));
    if service == b"iam" && is_of_iam(last) && is_of_iam(named) {
        return !last.eq_ignore_ascii_case(named);
    }
    // `ElasticLoadBalancingV2` is of `elasticloadbalancing`.
    let begins = kind.get(..service.len()).is_some_and(|head| head.eq_ignore_ascii_case(service))
        || service.get(..kind.len()).is_some_and(is);
    !begins && !OTHERWISE.iter().any(|(name, other)| is(name) && *other == service)
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
            if is_failure(signed_in(fields))
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

fn contains_any(text: &[u8], words: &[&[u8]]) -> bool {
    !text.is_empty() && words.iter().any(|word| find_piece(text, word, 0).is_some())
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
mod tests;
