//! The web shop's access log, in nginx's `combined` format, wrapped by a shipper.

use super::{BERLIN, Log};
use crate::calendar;
use auditward_core::time::Millis;
use serde_json::json;

/// Parts of a request.
pub struct Request<'a> {
    pub ip: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub agent: &'a str,
}

pub const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36",
];
pub const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
pub const PROBE: &str = "UptimeProbe/2.4";

/// One request.
pub fn request(log: &mut Log, time: Millis, request: &Request<'_>) {
    let Request { ip, method, path, status, agent } = request;
    let bytes = match status {
        301 | 302 | 304 => 0,
        400.. => 153,
        _ => log.chance.u32(600..48_000),
    };
    let referrer = if path.starts_with("/product") { "https://shop.example/" } else { "-" };
    let line = format!(
        "{ip} - - [{}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"{referrer}\" \"{agent}\"",
        local(time)
    );
    // A visitor stays on one of the two servers; the shipper says which.
    let host =
        if ip.bytes().map(u32::from).sum::<u32>().is_multiple_of(2) { "web1" } else { "web2" };
    log.add(time, json!({ "log": line, "host": host }).to_string());
}

/// `02/Mar/2026:08:14:03 +0100`
fn local(time: Millis) -> String {
    calendar::local_at(time, BERLIN).format("%d/%b/%Y:%T +0100").to_string()
}

/// Somewhere on the internet.
pub fn visitor(log: &mut Log) -> String {
    match log.is_chance(60) {
        true => format!(
            "2001:db8:{:x}:{:x}::{:x}",
            log.chance.u16(0x100..),
            log.chance.u16(..),
            log.chance.u16(1..)
        ),
        false => format!("198.18.{}.{}", log.chance.u8(..), log.chance.u8(1..255)),
    }
}
