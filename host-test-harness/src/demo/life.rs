//! A week as it should be: people at work, programs at night, customers at all hours, and the small mishaps that are nobody's fault.

pub mod platforms;

use super::cloudtrail::{self, Call, Who};
use super::company::{self, ACCOUNT, NEW_HIRE, Person, SERVERS, TRAVELLER, Work};
use super::shop::{self, Request};
use super::{Log, at, crm, syslog};
use crate::calendar::local_at;
use auditward_core::time::{HOUR, MINUTE, Millis, SECOND};
use chrono::Timelike;
use serde_json::json;

/// Monday to Friday.
pub const WORKDAYS: i64 = 5;

/// Writes all of it.
pub fn write(log: &mut Log) {
    for day in 0..7 {
        machines(log, day);
        customers(log, day);
        visits_of_programs(log, day);
        if day < WORKDAYS {
            company::people()
                .filter(|person| person.login != NEW_HIRE || day >= 2)
                .for_each(|person| workday(log, day, &person));
            (0..3).for_each(|turn| deployment(log, at(day, 10 + 2 * turn, 12)));
        }
    }
    welcome(log);
}

/// From some time after half past seven, with lunch at noon, to some time before six. On Monday all come at nine.
fn workday(log: &mut Log, day: i64, person: &Person) {
    let start = if day == 0 { at(day, 8, 55) } else { at(day, 7, 40) };
    let start = log.later(start, 0, if day == 0 { 900 } else { 5400 });
    let ip = if person.login == TRAVELLER && (2..4).contains(&day) {
        company::HOTEL.to_owned()
    } else {
        person.public()
    };
    match person.work {
        Work::Sales | Work::Support => customer_care(log, start, person),
        Work::Development => development(log, start, person, &ip),
        Work::Operations => operations(log, start, person, &ip),
        Work::Office => {}
    }
}

/// Moments of a working day, so many an hour, none at lunch.
fn moments(log: &mut Log, start: Millis, an_hour: i64) -> Vec<Millis> {
    let (mut time, end) = (start, start + 9 * HOUR);
    let mut moments = Vec::new();
    loop {
        time = log.later(time, 20, 7200 / an_hour - 20);
        let hour = local_at(time, super::BERLIN).hour();
        match hour {
            12 => time += HOUR,
            18.. => return moments,
            _ if time > end => return moments,
            _ => moments.push(time),
        }
    }
}

fn customer_care(log: &mut Log, start: Millis, person: &Person) {
    let ip = person.vpn();
    for time in moments(log, start, 11) {
        match log.chance.u32(..100) {
            0..55 => {
                let contact = crm::contact(log);
                crm::act(log, time, person, &ip, "view", contact, 1);
            }
            55..72 => {
                let rows = log.chance.u64(1..8);
                crm::act(
                    log,
                    time,
                    person,
                    &ip,
                    "search",
                    ("contact", "contacts".to_owned()),
                    rows,
                );
            }
            72..90 => {
                let deal = crm::deal(log);
                crm::act(log, time, person, &ip, "edit", deal, 1);
            }
            90..97 => {
                let contact = crm::contact(log);
                crm::act(log, time, person, &ip, "edit", contact, 1);
            }
            97 => {
                let deal = crm::deal(log);
                crm::act(log, time, person, &ip, "delete", deal, 1);
            }
            98 => {
                let rows = log.chance.u64(5..25);
                crm::act(
                    log,
                    time,
                    person,
                    &ip,
                    "export",
                    ("contact", "contacts/list".to_owned()),
                    rows,
                );
            }
            _ => {
                let contact = crm::contact(log);
                crm::act(log, time, person, &ip, "create", contact, 1);
            }
        }
    }
}

fn development(log: &mut Log, start: Millis, person: &Person, ip: &str) {
    if log.is_chance(60) {
        console(log, start, person, ip);
    }
    for time in moments(log, start, 7) {
        api(log, time, person, ip);
    }
    if log.is_chance(40) {
        let time = log.later(start, 1800, 14_000);
        session(log, time, person, "build1", &[]);
    }
}

/// A sign-in; one in six mistypes first, after a weekend one in three.
fn console(log: &mut Log, start: Millis, person: &Person, ip: &str) {
    let mut time = start;
    if log.is_chance(if start < at(1, 0, 0) { 33 } else { 16 }) {
        for _ in 0..log.chance.u32(1..3) {
            cloudtrail::sign_in(log, time, person, ip, false);
            time = log.later(time, 8, 30);
        }
    }
    cloudtrail::sign_in(log, time, person, ip, true);
}

const READS: [(&str, &str); 8] = [
    ("ec2", "DescribeInstances"),
    ("logs", "FilterLogEvents"),
    ("lambda", "ListFunctions20150331"),
    ("s3", "ListBuckets"),
    ("cloudwatch", "GetMetricData"),
    ("ecs", "DescribeServices"),
    ("rds", "DescribeDBInstances"),
    ("cloudformation", "DescribeStacks"),
];

fn api(log: &mut Log, time: Millis, person: &Person, ip: &str) {
    let is_write = log.is_chance(8);
    let object = json!({ "bucketName": "acme-artifacts", "key": format!("builds/{}.tar.gz", log.chance.u32(..5000)) });
    let (call, parameters) = match is_write {
        true => (("s3", "PutObject"), object),
        false if log.is_chance(25) => (("s3", "GetObject"), object),
        false => (*log.pick(&READS), json!({ "maxResults": 50 })),
    };
    let is_denied = log.is_chance(1) && !is_write;
    let error = is_denied.then(|| {
        (
            "AccessDenied",
            format!(
                "User: arn:aws:iam::{ACCOUNT}:user/{} is not authorized to perform: {}:{}",
                person.login, call.0, call.1
            ),
        )
    });
    cloudtrail::call(log, time, &Call { who: Who::Person(person), ip, call, parameters, error });
}

fn operations(log: &mut Log, start: Millis, person: &Person, ip: &str) {
    console(log, start, person, ip);
    for time in moments(log, start, 3) {
        let host = *log.pick(&SERVERS);
        let commands: &[&str] = if log.is_chance(50) {
            &["/usr/bin/systemctl status nginx", "/usr/bin/journalctl -u nginx --since today"]
        } else {
            &[]
        };
        session(log, time, person, host, commands);
    }
    for time in moments(log, start, 5) {
        api(log, time, person, ip);
    }
}

/// A session on a server over the VPN; passwords are mistyped now and then, on Mondays by more.
fn session(log: &mut Log, time: Millis, person: &Person, host: &str, commands: &[&str]) {
    let (mut time, ip) = (time, person.vpn());
    let with_password = log.is_chance(30);
    if with_password && log.is_chance(25) {
        for _ in 0..log.chance.u32(1..4) {
            syslog::failed(log, time, host, person.login, &ip);
            time = log.later(time, 4, 12);
        }
    }
    syslog::accepted(
        log,
        time,
        host,
        person.login,
        person.uid(),
        &ip,
        if with_password { "password" } else { "publickey" },
    );
    for command in commands {
        time = log.later(time, 10, 90);
        syslog::sudo(log, time, host, person.login, command);
    }
    let end = log.later(time, 60, 1500);
    syslog::closed(log, end, host, person.login);
}

/// A pipeline takes a role, puts artefacts, and restarts what serves them.
fn deployment(log: &mut Log, start: Millis) {
    let mut time = start;
    let ip = "10.20.0.15";
    let runner = || Who::Program("ci-runner");
    let role = json!({ "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/deploy"), "roleSessionName": "pipeline" });
    cloudtrail::call(
        log,
        time,
        &Call { who: runner(), ip, call: ("sts", "AssumeRole"), parameters: role, error: None },
    );
    for part in 0..18 {
        time = log.later(time, 1, 6);
        let object = json!({ "bucketName": "acme-shop-assets", "key": format!("static/{part}.{}.js", log.chance.u32(..100_000)) });
        cloudtrail::call(
            log,
            time,
            &Call {
                who: Who::Role("deploy", "pipeline"),
                ip,
                call: ("s3", "PutObject"),
                parameters: object,
                error: None,
            },
        );
    }
    let service = json!({ "cluster": "shop", "service": "web", "forceNewDeployment": true });
    cloudtrail::call(
        log,
        time,
        &Call {
            who: Who::Role("deploy", "pipeline"),
            ip,
            call: ("ecs", "UpdateService"),
            parameters: service,
            error: None,
        },
    );
    for host in ["web1", "web2"] {
        time = log.later(time, 5, 20);
        syslog::accepted(log, time, host, "deploy", 998, ip, "publickey");
        syslog::sudo(log, time + SECOND, host, "deploy", "/usr/bin/systemctl reload nginx");
        syslog::closed(log, time + 4 * SECOND, host, "deploy");
    }
}

/// Automated activity: cron, backups, the nightly export, and AWS' own services.
fn machines(log: &mut Log, day: i64) {
    for (number, host) in SERVERS.iter().enumerate() {
        for tick in 0..72 {
            let time = at(day, 0, 20 * tick) + number as i64 * SECOND + 1000;
            syslog::cron(
                log,
                time,
                host,
                if tick % 3 == 0 {
                    "cd / && run-parts --report /etc/cron.hourly"
                } else {
                    "/usr/lib/sysstat/debian-sa1 1 1"
                },
            );
        }
    }
    backup(log, at(day, 1, 30));
    // The marketing system takes all contacts over, a page at a time: much, at night, restricted, and as agreed.
    for page in 0..36 {
        let id = format!("contacts/page/{page}");
        crm::serve(
            log,
            at(day, 2, 30) + page * 7 * SECOND,
            "crm-sync",
            "10.20.0.9",
            "export",
            ("contact", id),
            500,
        );
    }
    for hour in 0..24 {
        let time = log.later(at(day, hour, 2), 0, 2400);
        let role = json!({ "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/thumbnailer"), "roleSessionName": "thumbnailer" });
        cloudtrail::call(
            log,
            time,
            &Call {
                who: Who::Service("lambda"),
                ip: "lambda.amazonaws.com",
                call: ("sts", "AssumeRole"),
                parameters: role,
                error: None,
            },
        );
    }
    noise(log, day);
}

fn backup(log: &mut Log, start: Millis) {
    let ip = "10.20.0.21";
    syslog::accepted(log, start, "db1", "backup", 34, ip, "publickey");
    for part in 0..40 {
        let object = json!({ "bucketName": "acme-backup", "key": format!("db1/{part:03}.zst") });
        let time = start + 20 * SECOND + part * 9 * SECOND;
        cloudtrail::call(
            log,
            time,
            &Call {
                who: Who::Role("backup", "nightly"),
                ip,
                call: ("s3", "PutObject"),
                parameters: object,
                error: None,
            },
        );
    }
    // Seven copies are kept: the eighth goes, part by part.
    for part in 0..3 {
        let object =
            json!({ "bucketName": "acme-backup", "key": format!("db1-old/{part:03}.zst") });
        let time = start + 8 * MINUTE + part * 2 * SECOND;
        cloudtrail::call(
            log,
            time,
            &Call {
                who: Who::Role("backup", "nightly"),
                ip,
                call: ("s3", "DeleteObject"),
                parameters: object,
                error: None,
            },
        );
    }
    syslog::closed(log, start + 10 * MINUTE, "db1", "backup");
}

/// The internet knocks on every open port, once or twice from each address.
fn noise(log: &mut Log, day: i64) {
    for _ in 0..14 {
        let time = log.later(at(day, 0, 10), 0, 85_000);
        let ip = format!("198.18.{}.{}", log.chance.u8(..), log.chance.u8(1..255));
        let user = *log.pick(&["admin", "test", "ubuntu", "oracle", "pi", "user"]);
        syslog::failed_unknown(log, time, "bastion", user, &ip);
    }
}

/// Customers: many in the evening, few at night.
fn customers(log: &mut Log, day: i64) {
    const BY_HOUR: [i64; 24] =
        [6, 3, 2, 1, 1, 2, 5, 10, 14, 17, 19, 21, 24, 20, 18, 18, 20, 24, 29, 34, 36, 32, 22, 12];
    for (hour, visits) in (0..).zip(BY_HOUR) {
        let visits = if day >= WORKDAYS { visits * 5 / 4 } else { visits };
        for _ in 0..visits {
            let time = log.later(at(day, hour, 0), 0, 3500);
            visit(log, time);
        }
    }
}

/// One customer's way through the shop; browsers ask for icons that are not there.
fn visit(log: &mut Log, start: Millis) {
    let (mut time, ip, agent) = (start, shop::visitor(log), *log.pick(&shop::BROWSERS));
    let get = |log: &mut Log, time: Millis, method: &str, path: &str, status: u16| {
        shop::request(log, time, &Request { ip: &ip, method, path, status, agent })
    };
    get(log, time, "GET", "/", 200);
    if log.is_chance(12) {
        let icon = *log.pick(&[
            "/apple-touch-icon-precomposed.png",
            "/favicon.ico",
            "/.well-known/traffic-advice",
        ]);
        get(log, time + 300, "GET", icon, 404);
    }
    for _ in 0..log.chance.u32(1..6) {
        time = log.later(time, 3, 45);
        let path = format!("/product/{}", log.chance.u32(1..900));
        let status = if log.is_chance(1) { *log.pick(&[404, 304, 500]) } else { 200 };
        get(log, time, "GET", &path, status);
    }
    if log.is_chance(15) {
        if log.is_chance(20) {
            time = log.later(time, 8, 20);
            get(log, time, "POST", "/login", 401);
        }
        for (path, status) in [("/login", 302), ("/cart", 200), ("/checkout", 302)] {
            time = log.later(time, 8, 30);
            get(log, time, if path == "/cart" { "GET" } else { "POST" }, path, status);
        }
    }
}

/// A search engine reads the shop, some of it gone; a probe asks every minute whether it is well.
fn visits_of_programs(log: &mut Log, day: i64) {
    for minute in 0..24 * 60 {
        shop::request(
            log,
            at(day, 0, minute) + 7000,
            &Request {
                ip: "198.51.100.7",
                method: "GET",
                path: "/health",
                status: 200,
                agent: shop::PROBE,
            },
        );
    }
    for _ in 0..220 {
        let time = log.later(at(day, 0, 0), 0, 86_000);
        let path = format!("/product/{}", log.chance.u32(1..960));
        let status = if log.is_chance(5) { 404 } else { 200 };
        shop::request(
            log,
            time,
            &Request {
                ip: "2001:db8:66:249::42",
                method: "GET",
                path: &path,
                status,
                agent: shop::BOT,
            },
        );
    }
}

/// Wednesday morning: an account on a server and in the cloud for the new colleague.
fn welcome(log: &mut Log) {
    let (time, hire, host) = (at(2, 8, 20), company::person(NEW_HIRE), company::person("mara"));
    let message = format!(
        "new user: name={}, UID={}, GID={}, home=/home/{}, shell=/bin/bash, from=/dev/pts/0",
        hire.login,
        hire.uid(),
        hire.uid(),
        hire.login
    );
    syslog::accepted(log, time, "build1", host.login, host.uid(), &host.vpn(), "publickey");
    syslog::sudo(
        log,
        time + 20 * SECOND,
        "build1",
        host.login,
        &format!("/usr/sbin/useradd -m -s /bin/bash {}", hire.login),
    );
    syslog::line(log, time + 20 * SECOND + 80, "build1", "useradd", &message);
    syslog::closed(log, time + 2 * MINUTE, "build1", host.login);
    for (step, name) in (0..).zip(["CreateUser", "CreateLoginProfile", "AddUserToGroup"]) {
        let parameters = json!({ "userName": hire.login, "groupName": "developers" });
        let call = Call {
            who: Who::Person(&host),
            ip: &host.public(),
            call: ("iam", name),
            parameters,
            error: None,
        };
        cloudtrail::call(log, time + 3 * MINUTE + step * 15 * SECOND, &call);
    }
}
