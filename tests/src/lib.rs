//! Shared test code: fixtures, what every answer must be, inputs out of a seed, and the entry points of the fuzzers.

pub mod answer;
pub mod fixture;
pub mod fuzz;
pub mod grow;
pub mod paged;

/// The interface's time of every record, and the clock that the module sees: 2026-01-15T12:00:00Z.
pub const NOW: i64 = 1_768_478_400_000;

/// A CloudTrail record of 584 bytes, as the field's load generators make them; a new event for each number.
pub fn typical(number: u32) -> String {
    let second = number % 60;
    let minute = number / 60 % 60;
    let name = ["GetObject", "PutObject"][number as usize % 2];
    format!(
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{:06}\",\"arn\":\"arn:aws:iam::123456789012:user/u{:03}\",\
         \"accountId\":\"123456789012\",\"userName\":\"u{:03}\"}},\"eventTime\":\"2026-01-15T11:{minute:02}:{second:02}Z\",\"eventSource\":\"s3.amazonaws.com\",\
         \"eventName\":\"{name}\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"203.0.113.{:03}\",\"userAgent\":\"aws-cli/2.0\",\
         \"requestParameters\":{{\"bucketName\":\"b{:02}\",\"key\":\"k{number:07}\"}},\"responseElements\":null,\"requestID\":\"{number:016x}\",\
         \"eventID\":\"{number:032x}\",\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"recipientAccountId\":\"123456789012\"}}",
        number % 500,
        number % 500,
        number % 500,
        100 + number % 150,
        number % 20,
    )
}

/// A failed console sign-in; `number` tells events apart, `second` counts from the hour.
pub fn failed_login(account: &str, address: &str, number: u32, second: u32) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"type\":\"IAMUser\",\"accountId\":\"123456789012\",\"userName\":\"{account}\"}},\
         \"eventTime\":\"2026-01-15T11:{:02}:{:02}Z\",\"eventSource\":\"signin.amazonaws.com\",\"eventName\":\"ConsoleLogin\",\"awsRegion\":\"us-east-1\",\
         \"sourceIPAddress\":\"{address}\",\"userAgent\":\"Mozilla/5.0\",\"errorMessage\":\"Failed authentication\",\"requestParameters\":null,\
         \"responseElements\":{{\"ConsoleLogin\":\"Failure\"}},\"eventID\":\"{number:08x}-0000-4000-8000-000000000000\",\"eventType\":\"AwsConsoleSignIn\",\
         \"recipientAccountId\":\"123456789012\"}}",
        second / 60 % 60,
        second % 60,
    )
}
