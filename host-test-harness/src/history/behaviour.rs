//! Usual behaviour: a day of everybody who works there, of their machines, and of the internet.

use super::calendar::{is_month_end, is_working};
use super::population::{Actor, Kind, UNITS};
use super::wire::{self, AWS_CLI, Place};
use super::{Group, Log, Plan};
use auditward_core::time::MINUTE;

/// Writes a day.
pub fn write(log: &mut Log, plan: &Plan, actors: &[Actor], day: i64) {
    let before = log.events.len();
    for actor in actors.iter().filter(|actor| actor.is_here(day)) {
        log.group = actor.group(day);
        of_actor(log, plan, actor, day);
    }
    visitors(log, plan, day);
    let usual = log.events.len() - before;
    heavy(log, day, (usual as f64 * plan.skew) as usize);
}

fn of_actor(log: &mut Log, plan: &Plan, actor: &Actor, day: i64) {
    let is_open = is_working(day);
    // In a large company less of each is audited.
    let scale = if plan.actors > 5_000 { 0.35 } else { 1.0 };
    let unit = actor.unit(day, plan.reorganisation());
    match actor.kind {
        Kind::Batch => batch(log, actor, day, scale),
        Kind::Agent => agent(log, actor, (day, unit), scale),
        Kind::Nurse => {
            // Four days of early, late or night shift, then two off.
            let turn = (day + i64::from(actor.number)).rem_euclid(6);
            if turn < 4 {
                let shift = (day + i64::from(actor.number)).div_euclid(6).rem_euclid(3);
                let from = [6 * 60, 14 * 60, 22 * 60][shift as usize];
                desk(log, actor, (day, unit), (from, from + 8 * 60), 18.0 * scale);
            }
        }
        _ if !is_open => on_call(log, actor, day),
        Kind::Clerk => {
            let more = if is_month_end(day) { 2.5 } else { 1.0 };
            desk(log, actor, (day, unit), (actor.begins, actor.begins + 510), 14.0 * scale * more);
        }
        Kind::Manager => {
            desk(log, actor, (day, unit), (actor.begins, actor.begins + 570), 5.0 * scale);
            if log.is_chance(15) || is_month_end(day) {
                let time = log.between(day, actor.begins + 60, actor.begins + 480);
                let rows = log.chance.u32(20..200);
                let ip = actor.office();
                wire::records(log, time, actor, &ip, "export", (UNITS[unit], 0, rows));
            }
            sensitive(log, actor, day);
        }
        Kind::Developer => developer(log, actor, (day, unit), scale),
        Kind::Operator => operator(log, actor, day, scale),
    }
}

/// Managers read what concerns their people, and what the board decided.
fn sensitive(log: &mut Log, actor: &Actor, day: i64) {
    for (kind, percent) in [("salary", 10), ("board-minutes", 6)] {
        if !log.is_chance(percent) {
            continue;
        }
        for _ in 0..1 + log.chance.u32(..4) {
            let time = log.between(day, actor.begins + 30, actor.begins + 500);
            let id = log.chance.u32(1..400);
            wire::records(log, time, actor, &actor.office(), "view", (kind, id, 1));
        }
    }
}

/// Where the person is on that day.
fn place(log: &mut Log, actor: &Actor, day: i64) -> Place {
    if (actor.trip.0..actor.trip.1).contains(&day) {
        return if log.is_chance(60) { Place::vpn(actor) } else { Place::abroad(actor) };
    }
    match actor.home_days[day.rem_euclid(7) as usize] {
        true if log.is_chance(50) => Place::vpn(actor),
        true => Place::home(actor),
        false => Place::office(actor),
    }
}

/// Sign-ins of a day: one in twelve with a typo before it, some on the phone too.
fn sign_in(log: &mut Log, actor: &Actor, day: i64, from: i64, place: &Place) {
    let mut time = log.between(day, from, from + 20);
    for _ in 0..if log.is_chance(8) { 1 + log.chance.u32(..2) } else { 0 } {
        wire::okta(log, time, actor, place, "user.session.start", "FAILURE");
        time = log.later(time, 5, 40);
    }
    wire::okta(log, time, actor, place, "user.session.start", "SUCCESS");
    for _ in 0..1 + log.chance.u32(..3) {
        time = log.later(time, 60, 7_000);
        wire::okta(log, time, actor, place, "user.authentication.sso", "SUCCESS");
    }
    if actor.has_phone && log.is_chance(40) {
        let phone = Place::mobile(log);
        let time = log.between(day, from, from + 600);
        wire::okta(log, time, actor, &phone, "user.session.start", "SUCCESS");
    }
}

/// Work on records of the department, now and then of another.
fn desk(log: &mut Log, actor: &Actor, (day, unit): (i64, usize), hours: (i64, i64), mean: f64) {
    let place = place(log, actor, day);
    sign_in(log, actor, day, hours.0, &place);
    for _ in 0..log.around(mean * actor.pace) {
        let time = log.between(day, hours.0 + 5, hours.1);
        let kind = if log.is_chance(4) { *log.pick(&UNITS) } else { UNITS[unit] };
        let (verb, rows) = match log.chance.u32(..100) {
            0..70 => ("view", 1),
            70..80 => ("search", log.chance.u32(1..20)),
            80..95 => ("edit", 1),
            95..98 => ("create", 1),
            98 => ("delete", 1),
            _ => ("export", log.chance.u32(1..30)),
        };
        let id = log.chance.u32(1..20_000);
        wire::records(log, time, actor, &place.ip, verb, (kind, id, rows));
    }
    // An order is reviewed before it is approved.
    if actor.number.is_multiple_of(3) && log.is_chance(40) {
        let (time, id) = (log.between(day, hours.0 + 5, hours.1 - 30), log.chance.u32(1..900_000));
        wire::records(log, time, actor, &place.ip, "review", ("order", id, 1));
        let time = log.later(time, 60, 1_500);
        wire::records(log, time, actor, &place.ip, "approve", ("order", id, 1));
    }
}

const PUSHES: [&str; 5] =
    ["git.fetch", "git.push", "git.fetch", "pull_request.create", "pull_request.merge"];

/// A repository of the department's few.
pub fn repository(log: &mut Log, unit: usize) -> String {
    format!("{}-{}", UNITS[unit % UNITS.len()], log.chance.u32(..6))
}

fn developer(log: &mut Log, actor: &Actor, (day, unit): (i64, usize), scale: f64) {
    let place = place(log, actor, day);
    let begins = actor.begins + 60;
    sign_in(log, actor, day, begins, &place);
    // Some work late now and then.
    let ends = begins + if log.is_chance(6) { 840 } else { 540 };
    for _ in 0..log.around(9.0 * scale * actor.pace) {
        let (time, repository) = (log.between(day, begins, ends), repository(log, unit));
        // Now and then a repository is taken as an archive.
        let action = match log.chance.u32(..100) {
            0..7 => "git.clone",
            7..9 => "repo.download_zip",
            _ => *log.pick(&PUSHES),
        };
        wire::github(log, time, actor, &place, action, &repository);
    }
    const CALLS: [(&str, &str); 6] = [
        ("s3", "ListBuckets"),
        ("ec2", "DescribeInstances"),
        ("logs", "FilterLogEvents"),
        ("lambda", "GetFunction"),
        ("lambda", "UpdateFunctionCode20150331v2"),
        ("cloudwatch", "GetMetricData"),
    ];
    for _ in 0..log.around(4.0 * scale * actor.pace) {
        let (time, call) = (log.between(day, begins, ends), *log.pick(&CALLS));
        let error = log.is_chance(3).then_some("AccessDenied");
        let who = (actor.login.as_str(), actor.number);
        wire::cloudtrail(log, time, who, (&place.ip, AWS_CLI), call, ("{}", error));
    }
}

fn operator(log: &mut Log, actor: &Actor, day: i64, scale: f64) {
    let place = place(log, actor, day);
    sign_in(log, actor, day, actor.begins, &place);
    for _ in 0..log.around(5.0 * scale * actor.pace) {
        let time = log.between(day, actor.begins, actor.begins + 540);
        session(log, actor, time, &place.ip);
    }
    const CALLS: [(&str, &str); 7] = [
        ("ec2", "DescribeInstances"),
        ("ec2", "StartInstances"),
        ("ec2", "CreateTags"),
        ("rds", "DescribeDBInstances"),
        ("iam", "ListUsers"),
        ("cloudwatch", "PutMetricAlarm"),
        ("s3", "DeleteObject"),
    ];
    for _ in 0..log.around(10.0 * scale * actor.pace) {
        let time = log.between(day, actor.begins, actor.begins + 540);
        let (call, who) = (*log.pick(&CALLS), (actor.login.as_str(), actor.number));
        wire::cloudtrail(log, time, who, (&place.ip, AWS_CLI), call, ("{}", None));
    }
}

/// A session on a server.
fn session(log: &mut Log, actor: &Actor, time: i64, ip: &str) {
    let (host, port) = (format!("app{}", log.chance.u32(1..5)), log.chance.u32(32_768..61_000));
    let login = &actor.login;
    wire::sshd(
        log,
        time,
        &host,
        &format!(
            "Accepted publickey for {login} from {ip} port {port} ssh2: ED25519 SHA256:Jc1pZ9mV0yQ7r2uYb8sKx4Tq6nLw3eHd5fGa1oRi0Uk"
        ),
    );
}

/// A night or a weekend on which an operator is called.
fn on_call(log: &mut Log, actor: &Actor, day: i64) {
    if actor.kind == Kind::Operator && log.is_chance(12) {
        let (time, place) = (log.between(day, 0, 1439), Place::home(actor));
        wire::okta(log, time, actor, &place, "user.session.start", "SUCCESS");
        let time = log.later(time, 60, 400);
        session(log, actor, time, &place.ip);
    }
}

/// A job of the night takes its records over; on month end three times as many.
fn batch(log: &mut Log, actor: &Actor, day: i64, scale: f64) {
    let begins = 60 + i64::from(actor.number % 180);
    let mut time = log.between(day, begins, begins + 2);
    let kind = UNITS[actor.units.0];
    let parts = log.around(20.0 * scale * actor.pace * if is_month_end(day) { 3.0 } else { 1.0 });
    for _ in 0..=parts {
        let rows = log.chance.u32(400..600);
        wire::records(log, time, actor, "10.9.0.20", "export", (kind, 0, rows));
        time = log.later(time, 2, 12);
    }
    let key = format!(r#"{{"bucketName":"acme-backup","key":"{kind}/{day}.gz"}}"#);
    let who = (actor.login.as_str(), actor.number);
    wire::cloudtrail(
        log,
        time,
        who,
        ("10.9.0.20", "aws-sdk-go-v2/1.41.1"),
        ("s3", "PutObject"),
        (&key, None),
    );
}

/// An agent works in bursts at any hour, most of them when people ask it to.
fn agent(log: &mut Log, actor: &Actor, (day, unit): (i64, usize), scale: f64) {
    let place = Place {
        ip: format!("10.9.1.{}", 1 + actor.number % 200),
        country: "DE",
        asn: 64_500,
        agent: "acme-agent/3.2 python-httpx/0.28",
    };
    for _ in 0..log.around(if is_working(day) { 5.0 } else { 1.5 } * scale + 0.4) {
        let mut time =
            if log.is_chance(80) { log.between(day, 480, 1080) } else { log.between(day, 0, 1439) };
        for _ in 0..log.around(6.0 * actor.pace) {
            if log.is_chance(30) {
                let repository = repository(log, unit);
                wire::github(log, time, actor, &place, "git.fetch", &repository);
            } else {
                let (verb, id) =
                    (if log.is_chance(80) { "view" } else { "search" }, log.chance.u32(1..20_000));
                wire::records(log, time, actor, &place.ip, verb, (UNITS[unit], id, 1));
            }
            time = log.later(time, 1, 15);
        }
    }
}

/// Customers of the web shop; scanners and guessers of the internet.
fn visitors(log: &mut Log, plan: &Plan, day: i64) {
    log.group = Group::Visitor;
    let visits = log.around((plan.actors as f64).sqrt() * 12.0);
    const PATHS: [&str; 5] = ["/", "/product/17", "/cart", "/checkout", "/search?q=lamp"];
    const AGENT: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36";
    for _ in 0..visits {
        let ip = format!("2001:db8:{:x}::{:x}", log.chance.u16(0x100..), log.chance.u16(1..));
        let mut time = log.between(day, 6 * 60, 24 * 60 - 10);
        for _ in 0..1 + log.chance.u32(..5) {
            let status = *log.pick(&[200, 200, 200, 200, 200, 200, 304, 404, 302, 200, 500]);
            let path = *log.pick(&PATHS);
            // One request in two hundred fails.
            let status = if status == 500 && !log.is_chance(5) { 200 } else { status };
            wire::web(log, time, &ip, ("GET", path, status), AGENT);
            time = log.later(time, 2, 60);
        }
    }
    for _ in 0..log.around(6.0) {
        let (time, ip) = (log.between(day, 0, 1439), format!("192.0.2.{}", log.chance.u8(1..255)));
        wire::sshd(log, time, "app1", &format!("Invalid user admin from {ip} port 51442"));
        wire::web(log, time + MINUTE, &ip, ("GET", "/wp-login.php", 404), "zgrab/0.x");
    }
}

/// A scanner of the cloud's configuration and a shipper of logs: two identities that make most of the rows.
fn heavy(log: &mut Log, day: i64, rows: usize) {
    log.group = Group::Heavy;
    const SCANS: [(&str, &str); 6] = [
        ("ec2", "DescribeInstances"),
        ("iam", "GetRole"),
        ("s3", "GetBucketAcl"),
        ("kms", "DescribeKey"),
        ("rds", "DescribeDBInstances"),
        ("config", "DescribeConfigRules"),
    ];
    let mut written = 0;
    while written < rows {
        let before = log.events.len();
        let time = log.between(day, 0, 1440);
        if log.is_chance(70) {
            let call = *log.pick(&SCANS);
            let error = log.is_chance(1).then_some("AccessDenied");
            wire::cloudtrail(
                log,
                time,
                ("posture-scanner", 900_001),
                ("10.9.2.4", "posture/7.1 Boto3/1.40"),
                call,
                ("{}", error),
            );
        } else {
            let key = format!(r#"{{"bucketName":"acme-logs","key":"{day}/{time}.gz"}}"#);
            wire::cloudtrail(
                log,
                time,
                ("log-shipper", 900_002),
                ("10.9.2.5", "aws-sdk-go-v2/1.41.1"),
                ("s3", "PutObject"),
                (&key, None),
            );
        }
        written += log.events.len() - before;
    }
}
