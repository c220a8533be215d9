//! Headers of network devices: Cisco's IOS, NX-OS and ASA, and those that write like them.

use super::dated::{is_zone, of_year};
use super::{Header, is_host};
use crate::parse::line::{next_word, skip_blanks, split_once};
use crate::text::{find_byte, number};
use crate::time::{self, Millis};

/// The tag begins before this.
const MOST_BEFORE_TAG: usize = 160;

/// Reads `[83: ][sw1: ][*]Jan 15 [2026] 00:20:10[.663][ CET]: %SYS-5-CONFIG_I: message`, in the order in which the device writes number, host and time.
#[cold]
#[inline(never)]
pub(super) fn read(line: &[u8], now: Millis) -> Option<Header<'_>> {
    let near = line.get(..MOST_BEFORE_TAG).unwrap_or(line);
    let (mut head, tagged) = line.split_at_checked(find_byte(near, b'%', 0))?;
    let (program, message) = split_once(tagged, b":")?;
    // IOS XR puts a blank before the colon.
    let program = program.strip_suffix(b" ").unwrap_or(program);
    if !is_mnemonic(program) {
        return None;
    }
    let mut header =
        Header { program, message: skip_blanks(message), is_local: true, ..Header::default() };
    // Each round takes at least one byte off.
    while !head.is_empty() {
        if let Some(behind) = behind_node(head) {
            head = behind;
            continue;
        }
        head = match stamped(head, now) {
            Some((time, is_local, rest)) => {
                (header.time, header.is_local) = (Some(time), is_local);
                rest
            }
            None => {
                let (word, rest) = next_word(head);
                let name = word.strip_suffix(b":").unwrap_or(word);
                match name {
                    [] | [b':'] => {}
                    _ if name.iter().all(u8::is_ascii_digit) || is_uptime(name) => {}
                    // IOS XR's process: `exec[65]: `.
                    [process @ .., b']'] if header.time.is_some() => {
                        let (_, pid) = split_once(process, b"[")?;
                        number(pid)?;
                    }
                    _ if header.host.is_empty() && is_host(name) => header.host = name,
                    _ => return None,
                }
                rest
            }
        };
    }
    Some(header)
}

/// The text behind `RP/0/RSP0/CPU0:`, the card of an IOS XR router.
fn behind_node(text: &[u8]) -> Option<&[u8]> {
    if !matches!(text, [b'R' | b'L', b'P' | b'C', b'/', b'0'..=b'9', ..]) {
        return None;
    }
    let (node, behind) = split_once(text, b":")?;
    (!node.contains(&b' ')).then(|| skip_blanks(behind))
}

/// True if it is how long the device has been up, which it writes where its clock is not set: `00:04:12`, `3d04h`, `1w2d`, `1y12w`.
fn is_uptime(name: &[u8]) -> bool {
    match name {
        [h0, h1, b':', m0, m1, b':', s0, s1] => {
            [h0, h1, m0, m1, s0, s1].into_iter().all(u8::is_ascii_digit)
        }
        [b'0'..=b'9', .., b'h' | b'd' | b'w'] => {
            let letters = name.iter().filter(|byte| !byte.is_ascii_digit()).count();
            let marks = name.iter().filter(|byte| matches!(byte, b'y' | b'w' | b'd' | b'h'));
            letters == 2 && marks.count() == 2
        }
        _ => false,
    }
}

/// The time at the beginning, whether it names no zone, and what follows.
fn stamped(text: &[u8], now: Millis) -> Option<(Millis, bool, &[u8])> {
    // A clock that is not set or not in step has a mark before it.
    let (year, behind) = text.split_first_chunk::<4>()?;
    let (dated, has_year) = match (year, behind) {
        ([b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'], [b' ', dated @ ..]) => (dated, true),
        _ => (text, false),
    };
    let dated = match dated {
        [b'*' | b'.' | b':', dated @ ..] => skip_blanks(dated),
        _ => dated,
    };
    if let [b'1' | b'2', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] = text {
        let (stamp, rest) = next_word(text);
        return time::parse(stamp).filter(|_| stamp.len() > 19).map(|time| (time, false, rest));
    }
    let (near, rest) = time::yearless(dated, now)?;
    let time = if has_year { of_year(dated, year).unwrap_or(near) } else { near };
    let (zone, behind) = next_word(rest);
    let zone = zone.strip_suffix(b":").unwrap_or(zone);
    Some(if is_zone(zone) {
        (time, !matches!(zone, b"UTC" | b"GMT"), behind)
    } else {
        (time, true, rest)
    })
}

/// True if it is `%FACILITY-SEVERITY-MNEMONIC`, with or without a part between.
fn is_mnemonic(tag: &[u8]) -> bool {
    let [b'%', name @ ..] = tag else { return false };
    let is_named = tag.len() <= 64
        && matches!(name, [b'A'..=b'Z', ..])
        && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_named && name.windows(3).any(|part| matches!(part, [b'-', b'0'..=b'7', b'-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_780_000_000_000;

    #[test]
    fn reads_number_host_and_time_in_any_order() {
        let at = |text: &str| time::parse(text.as_bytes());
        for (line, host, program, time, is_local) in [
            (
                "83: *Mar  9 00:20:10: %SYS-5-CONFIG_I: x",
                "",
                "%SYS-5-CONFIG_I",
                at("2026-03-09T00:20:10Z"),
                true,
            ),
            (
                "*Mar  9 00:20:10.663: %SYS-5-CONFIG_I: x",
                "",
                "%SYS-5-CONFIG_I",
                at("2026-03-09T00:20:10.663Z"),
                true,
            ),
            (
                "86: .Mar  9 2025 00:20:10: %LINK-3-UPDOWN: x",
                "",
                "%LINK-3-UPDOWN",
                at("2025-03-09T00:20:10Z"),
                true,
            ),
            (
                "92: *Mar 19 00:20:10 UTC: %SYS-5-CONFIG_I: x",
                "",
                "%SYS-5-CONFIG_I",
                at("2026-03-19T00:20:10Z"),
                false,
            ),
            (
                "17: sw1: Mar  9 22:23:27.833 CET: %SW_MATM-4-MACFLAP_NOTIF: x",
                "sw1",
                "%SW_MATM-4-MACFLAP_NOTIF",
                at("2026-03-09T22:23:27.833Z"),
                true,
            ),
            (
                ": 2025 Mar  9 00:20:10 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: x",
                "",
                "%VSHD-5-VSHD_SYSLOG_CONFIG_I",
                at("2025-03-09T00:20:10Z"),
                false,
            ),
            (
                ":Mar  9 00:20:10 EST: %ASA-6-302013:x",
                "",
                "%ASA-6-302013",
                at("2026-03-09T00:20:10Z"),
                true,
            ),
            (
                "Mar  9 00:20:12 relay1 83: sw2: *Mar  9 00:20:10: %SYS-5-CONFIG_I: x",
                "",
                "",
                None,
                false,
            ),
            ("83: 3d04h: %SYS-5-CONFIG_I: x", "", "%SYS-5-CONFIG_I", None, true),
            ("83: 00:04:12: %SYS-5-CONFIG_I: x", "", "%SYS-5-CONFIG_I", None, true),
            ("83: sw1: 1w2d: %SYS-5-CONFIG_I: x", "sw1", "%SYS-5-CONFIG_I", None, true),
            ("83: 3d04: %SYS-5-CONFIG_I: x", "3d04", "%SYS-5-CONFIG_I", None, true),
            (
                "83: RP/0/RSP0/CPU0:Mar  9 00:20:10.123 UTC: exec[65]: %SECURITY-LOGIN-6-AUTHEN_SUCCESS : x",
                "",
                "%SECURITY-LOGIN-6-AUTHEN_SUCCESS",
                at("2026-03-09T00:20:10.123Z"),
                false,
            ),
            (
                "2026-03-09T00:20:10Z asa1 : %ASA-6-605004: x",
                "asa1",
                "%ASA-6-605004",
                at("2026-03-09T00:20:10Z"),
                false,
            ),
            ("RP is up: %SYS-5-CONFIG_I: x", "", "", None, false),
            ("%ASA-6-302013: x", "", "%ASA-6-302013", None, true),
            ("Mar  9 00:20:10 100% done: x", "", "", None, false),
            ("a b c: %ASA-6-302013: x", "", "", None, false),
        ] {
            let expected = (!program.is_empty()).then(|| Header {
                time,
                is_local,
                host: host.as_bytes(),
                program: program.as_bytes(),
                message: b"x",
                ..Header::default()
            });
            assert_eq!(read(line.as_bytes(), NOW), expected, "{line}");
        }
    }
}
