//! Input of both benchmarks.

use std::io::Write;

/// A CloudTrail record of 583 bytes, a new event for each number.
pub(crate) fn write_typical(number: u64, out: &mut Vec<u8>) {
    let written = write!(
        out,
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{:06}\",\"arn\":\"arn:aws:iam::123456789012:user/u{:03}\",\
         \"accountId\":\"123456789012\",\"userName\":\"u{:03}\"}},\"eventTime\":\"2026-01-15T11:{:02}:{:02}Z\",\"eventSource\":\"s3.amazonaws.com\",\
         \"eventName\":\"GetObject\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"203.0.113.{:03}\",\"userAgent\":\"aws-cli/2.0\",\
         \"requestParameters\":{{\"bucketName\":\"b{:02}\",\"key\":\"k{number:06}\"}},\"responseElements\":null,\"requestID\":\"{number:016x}\",\
         \"eventID\":\"{number:032x}\",\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"recipientAccountId\":\"123456789012\"}}",
        number % 500,
        number % 500,
        number % 500,
        number / 60 % 60,
        number % 60,
        100 + number % 150,
        number % 20,
    );
    assert!(written.is_ok());
}
