use super::identity::{is_machine, is_service_linked};
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
        ("UserAuthentication", "Denied", "login failure", true, false),
        ("CredentialVerification", "Error", "login failure", true, false),
        ("UserAuthentication", "Pending", "login unknown", false, false),
        ("CredentialVerification", "Pending", "other unknown", false, false),
    ] {
        let record = call(
            "signin.amazonaws.com",
            name,
            &format!(r#","responseElements":null,"serviceEventDetails":{{"{name}":"{result}"}}"#),
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
        ("sso", "Federate", r#""Other":"Success", "Federate" : "Failure""#, "login failure", true),
        ("sso", "Federate", r#""Federate":"Success""#, "other success", false),
        ("sso", "Federate", r#""Federate":"Denied""#, "login failure", true),
        ("sso", "Federate", r#""Federate":"InProgress""#, "other unknown", false),
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
        let found = format!(r#"{{"EventId":"1","EventName":"{name}","CloudTrailEvent":"{text}"}}"#);
        let logged = format!(r#"{{"log":"{}"}}"#, found.replace('\\', "\\\\").replace('"', "\\\""));
        for record in [record, found, logged] {
            let said = testing::said(&record);
            assert!(said.starts_with(&format!("aws.cloudtrail {name} {row} ")), "{record}: {said}");
            assert_eq!(testing::facts(&record).has_any(Facts::FAILED_LOGIN), is_failed, "{record}");
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
        let record = call(service, name, &format!(r#","errorCode":"{code}","errorMessage":"no""#));
        let facts = testing::facts(&record);
        let is_cognito = service.starts_with("cognito");
        assert!(!is_cognito || testing::said(&record).contains(" login ") == is_failed);
        assert_eq!(facts.has_any(Facts::FAILED_LOGIN), is_failed, "{service} {name} {code}");
        assert_eq!(facts.has_any(Facts::DENIED), code == "AccessDenied", "{service} {name} {code}");
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
        (r#"{"type":"AWS::IAM::Role"},{"ARN":"arn:aws:lambda:r:1:function:f"}"#, false),
        (
            r#"{"ARN":"arn:aws:iam::1:user/ann"},{"type":"AWS::IAM::Role","ARN":"arn:aws:iam::1:role/x"}"#,
            false,
        ),
        (r#"{"type":"AWS::IAM::Role","ARN":"arn:aws:iam::1:role/x"}"#, true),
        (r#"{"type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:r:1:function:f"}"#, true),
        (
            r#"{"type":"AWS::ElasticLoadBalancingV2::LoadBalancer","ARN":"arn:aws:elasticloadbalancing:r:1:l"}"#,
            true,
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
fn an_object_beside_its_bucket_is_none() {
    let said = testing::said(&call(
        "s3.amazonaws.com",
        "GetObject",
        r#","resources":[{"ARN":"arn:aws:s3:::b/k"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]"#,
    ));
    assert!(said.contains("AWS::S3::Object"), "{said}");
}

/// A call with a message of an error failed, though some services leave the code out.
#[test]
fn an_error_without_a_code_is_none_that_got_through() {
    for (message, wanted) in [
        ("The specified bucket does not exist", "failure"),
        ("User: arn:aws:iam::1:user/ann is not authorized to perform: s3:GetObject", "denied"),
        ("Access Denied", "denied"),
    ] {
        let said = testing::said(&call(
            "s3.amazonaws.com",
            "GetObject",
            &format!(r#","errorMessage":"{message}""#),
        ));
        assert!(said.contains(&format!(" {wanted} ")), "{said}");
    }
}

/// A sign-in that does not say how it ended is none that got in.
#[test]
fn a_sign_in_without_a_result_is_unknown() {
    for (more, wanted) in [
        (r#","responseElements":null"#, "unknown"),
        (r#","responseElements":{"ConsoleLogin":"Pending"}"#, "unknown"),
        (r#","responseElements":{"ConsoleLogin":"Success"}"#, "success"),
        (r#","responseElements":{"ConsoleLogin":"Failure"}"#, "failure"),
    ] {
        let said = testing::said(&call("signin.amazonaws.com", "ConsoleLogin", more));
        assert!(said.contains(wanted), "{more}: {said}");
    }
}

#[test]
fn a_policy_that_a_call_attaches_is_not_why_it_was_allowed() {
    let policy = r#","requestParameters":{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#;
    let mut engine = crate::Engine::new(crate::policy::Policy::default(), crate::Secret::default());
    let mut answer = |record: String| {
        let mut out = crate::write::Output::default();
        engine
            .process(crate::raw::Raw { bytes: record.as_bytes(), ..Default::default() }, &mut out);
        String::from_utf8_lossy(out.bytes()).into_owned()
    };
    let attached = answer(call("iam.amazonaws.com", "AttachUserPolicy", policy));
    assert!(
        attached.contains(r#""change":{"after":"arn:aws:iam::aws:policy/AdministratorAccess"}"#),
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
