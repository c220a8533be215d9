//! AWS CloudTrail events, as its user guide documents them.

use super::Log;
use super::company::{ACCOUNT, Person};
use crate::calendar::utc;
use auditward_core::time::Millis;
use serde_json::{Value, json};

/// Whose credentials are used.
pub enum Who<'a> {
    Person(&'a Person),
    /// An IAM user that is a program.
    Program(&'a str),
    /// A role and its session.
    Role(&'a str, &'a str),
    /// One of AWS' own services.
    Service(&'a str),
}

/// One call.
pub struct Call<'a> {
    pub who: Who<'a>,
    pub ip: &'a str,
    /// Service and name: `s3 GetObject`.
    pub call: (&'a str, &'a str),
    pub parameters: Value,
    pub error: Option<(&'a str, String)>,
}

fn identity(who: &Who<'_>) -> Value {
    let user = |name: &str, number: u64| {
        json!({ "type": "IAMUser", "principalId": format!("AIDA2CEA255DC{number:07}"), "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
        "accountId": ACCOUNT, "accessKeyId": format!("AKIA2CEA255DC{number:07}"), "userName": name })
    };
    match who {
        Who::Person(person) => user(person.login, person.number as u64),
        Who::Program(name) => user(name, name.bytes().map(u64::from).sum()),
        Who::Role(role, session) => {
            json!({ "type": "AssumedRole", "principalId": format!("AROA2CEA255DCEXAMPLE:{session}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"), "accountId": ACCOUNT, "accessKeyId": "ASIA2CEA255DCEXAMPLE",
            "sessionContext": { "sessionIssuer": { "type": "Role", "principalId": "AROA2CEA255DCEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                "accountId": ACCOUNT, "userName": role }, "attributes": { "mfaAuthenticated": "false" } } })
        }
        Who::Service(name) => {
            json!({ "type": "AWSService", "invokedBy": format!("{name}.amazonaws.com") })
        }
    }
}

/// Writes one call.
pub fn call(log: &mut Log, time: Millis, call: &Call<'_>) {
    let (service, name) = call.call;
    let is_reading =
        ["Get", "List", "Describe", "Head", "Lookup"].iter().any(|verb| name.starts_with(verb));
    let is_data = service == "s3" && name.ends_with("Object");
    let mut event = json!({
        "eventVersion": "1.11", "userIdentity": identity(&call.who), "eventTime": seconds(time), "eventSource": format!("{service}.amazonaws.com"), "eventName": name,
        "awsRegion": "eu-central-1", "sourceIPAddress": call.ip, "userAgent": agent(&call.who), "requestParameters": call.parameters, "responseElements": null,
        "requestID": log.uuid(), "eventID": log.uuid(), "readOnly": is_reading, "eventType": "AwsApiCall", "managementEvent": !is_data, "recipientAccountId": ACCOUNT,
        "eventCategory": if is_data { "Data" } else { "Management" },
    });
    if let (Some((code, message)), Some(members)) = (&call.error, event.as_object_mut()) {
        members.insert("errorCode".to_owned(), json!(code));
        members.insert("errorMessage".to_owned(), json!(message));
    }
    log.add(time, event.to_string());
}

fn agent(who: &Who<'_>) -> String {
    match who {
        Who::Person(_) => "aws-cli/2.33.2 md/awscrt#0.29.2 ua/2.1 os/linux#6.12 md/arch#x86_64 lang/python#3.13.11".to_owned(),
        Who::Service(name) => format!("{name}.amazonaws.com"),
        Who::Program(_) | Who::Role(..) => "aws-sdk-go-v2/1.41.1 os/linux lang/go#1.25.5".to_owned(),
    }
}

/// A sign-in to the console.
pub fn sign_in(log: &mut Log, time: Millis, person: &Person, ip: &str, is_success: bool) {
    let mut user = identity(&Who::Person(person));
    if let Some(members) = user.as_object_mut() {
        members.insert("accessKeyId".to_owned(), json!(""));
    }
    let mut event = json!({
        "eventVersion": "1.11", "userIdentity": user, "eventTime": seconds(time), "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "eu-central-1",
        "sourceIPAddress": ip, "userAgent": super::shop::BROWSERS[person.number % 4], "requestParameters": null,
        "responseElements": { "ConsoleLogin": if is_success { "Success" } else { "Failure" } },
        "additionalEventData": { "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": if is_success { "Yes" } else { "No" } },
        "eventID": log.uuid(), "readOnly": false, "eventType": "AwsConsoleSignIn", "managementEvent": true, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    });
    if let Some(members) = event.as_object_mut().filter(|_| !is_success) {
        members.insert("errorMessage".to_owned(), json!("Failed authentication"));
    }
    log.add(time, event.to_string());
}

fn seconds(time: Millis) -> String {
    utc(time).format("%FT%TZ").to_string()
}
