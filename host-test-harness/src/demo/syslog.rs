//! Servers' lines as sshd, sudo, su, useradd and cron write them, framed by syslog, partly wrapped by a shipper.

use super::Log;
use crate::calendar::{rfc3339, utc};
use auditward_core::time::Millis;
use serde_json::json;

/// One line of a program on a server. The build server speaks RFC 5424 and the backup server the old RFC 3164, both bare; the others write files that a shipper tails.
pub fn line(log: &mut Log, time: Millis, host: &str, program: &str, message: &str) {
    let pid = 900 + log.number() % 60_000;
    let at = utc(time);
    let line = match host {
        "build1" => format!("<38>1 {} {host} {program} {pid} - - {message}", rfc3339(time)),
        // As RFC 3164 writes times; the servers' clocks are in UTC.
        "backup1" => format!("{} {host} {program}[{pid}]: {message}", at.format("%b %e %T")),
        _ => json!({ "log": format!("{} {host} {program}[{pid}]: {message}", at.format("%FT%T%.6f+00:00")), "stream": "auth.log" }).to_string(),
    };
    log.add(time, line);
}

pub fn failed(log: &mut Log, time: Millis, host: &str, user: &str, ip: &str) {
    let port = log.chance.u32(32_768..61_000);
    line(
        log,
        time,
        host,
        "sshd",
        &format!("Failed password for {user} from {ip} port {port} ssh2"),
    );
}

pub fn failed_unknown(log: &mut Log, time: Millis, host: &str, user: &str, ip: &str) {
    let port = log.chance.u32(32_768..61_000);
    line(log, time, host, "sshd", &format!("Invalid user {user} from {ip} port {port}"));
    line(
        log,
        time + 400,
        host,
        "sshd",
        &format!("Failed password for invalid user {user} from {ip} port {port} ssh2"),
    );
    line(
        log,
        time + 900,
        host,
        "sshd",
        &format!("Connection closed by invalid user {user} {ip} port {port} [preauth]"),
    );
}

/// A session from its start: `how` is `password` or `publickey`.
pub fn accepted(
    log: &mut Log,
    time: Millis,
    host: &str,
    user: &str,
    uid: usize,
    ip: &str,
    how: &str,
) {
    let port = log.chance.u32(32_768..61_000);
    let key = if how == "publickey" {
        ": ED25519 SHA256:Jc1pZ9mV0yQ7r2uYb8sKx4Tq6nLw3eHd5fGa1oRi0Uk"
    } else {
        ""
    };
    line(
        log,
        time,
        host,
        "sshd",
        &format!("Accepted {how} for {user} from {ip} port {port} ssh2{key}"),
    );
    line(
        log,
        time + 40,
        host,
        "sshd",
        &format!(
            "pam_unix(sshd:session): session opened for user {user}(uid={uid}) by {user}(uid=0)"
        ),
    );
}

pub fn closed(log: &mut Log, time: Millis, host: &str, user: &str) {
    line(
        log,
        time,
        host,
        "sshd",
        &format!("pam_unix(sshd:session): session closed for user {user}"),
    );
}

pub fn sudo(log: &mut Log, time: Millis, host: &str, user: &str, command: &str) {
    line(
        log,
        time,
        host,
        "sudo",
        &format!("{user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}"),
    );
}

pub fn cron(log: &mut Log, time: Millis, host: &str, command: &str) {
    line(log, time, host, "CRON", &format!("(root) CMD ({command})"));
}
