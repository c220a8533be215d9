//! Attacks of that week. Each names the detectors of which any must find it.

pub mod platforms;

use super::cloudtrail::{self, Call, Who};
use super::company::{self, ACCOUNT, LEAVER, Work};
use super::shop::{self, Request};
use super::{Attack, Log, at, crm, syslog};
use serde_json::json;

/// Writes all of them but those on platforms, in the order that they begin.
pub fn write(log: &mut Log) {
    taking_over_a_console_account(log);
    guessing(log);
    scanning(log);
    spraying_servers(log);
    taking_contacts_along(log);
    stolen_key(log);
    spraying_the_console(log);
    taking_over_a_server_account(log);
    outage(log);
    leaver(log);
    deleting_contacts(log);
    deleting_objects(log);
    at_night(log);
}

fn guessing(log: &mut Log) {
    let origin = "192.0.2.44";
    log.attack(
        Attack {
            name: "Passwords of root guessed over ssh",
            actor: "root",
            origin,
            detectors: &["brute-force"],
        },
        |log| {
            let mut time = at(1, 3, 12);
            for _ in 0..90 {
                syslog::failed(log, time, "bastion", "root", origin);
                time = log.later(time, 2, 6);
            }
        },
    );
}

fn spraying_servers(log: &mut Log) {
    let origin = "192.0.2.77";
    log.attack(
        Attack {
            name: "One password tried on many accounts over ssh",
            actor: "24 accounts",
            origin,
            detectors: &["password-spray"],
        },
        |log| {
            let mut time = at(2, 2, 5);
            for person in company::people().take(24) {
                syslog::failed(log, time, "bastion", person.login, origin);
                time = log.later(time, 75, 105);
            }
        },
    );
}

fn spraying_the_console(log: &mut Log) {
    let origin = "192.0.2.130";
    log.attack(
        Attack {
            name: "One password tried on many accounts of the AWS console",
            actor: "18 accounts",
            origin,
            detectors: &["password-spray"],
        },
        |log| {
            let mut time = at(3, 4, 20);
            for person in company::people()
                .filter(|person| matches!(person.work, Work::Development | Work::Operations))
                .take(18)
            {
                cloudtrail::sign_in(log, time, &person, origin, false);
                time = log.later(time, 100, 140);
            }
        },
    );
}

fn taking_over_a_server_account(log: &mut Log) {
    let (origin, lars) = ("192.0.2.201", company::person("lars"));
    log.attack(
        Attack {
            name: "A server account taken over after guessing",
            actor: "lars",
            origin,
            detectors: &["fail-then-success"],
        },
        |log| {
            let mut time = at(3, 22, 40);
            for _ in 0..14 {
                syslog::failed(log, time, "bastion", lars.login, origin);
                time = log.later(time, 8, 20);
            }
            syslog::accepted(log, time, "bastion", lars.login, lars.uid(), origin, "password");
            for command in [
                "/usr/bin/id",
                "/usr/bin/cat /etc/shadow",
                "/usr/bin/ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key",
            ] {
                time = log.later(time, 20, 60);
                syslog::sudo(log, time, "bastion", lars.login, command);
            }
        },
    );
}

fn taking_over_a_console_account(log: &mut Log) {
    let (origin, dana) = ("192.0.2.202", company::person("dana"));
    log.attack(
        Attack {
            name: "A console account taken over after guessing",
            actor: "dana",
            origin,
            detectors: &["fail-then-success"],
        },
        |log| {
            let mut time = at(0, 20, 31);
            for _ in 0..9 {
                cloudtrail::sign_in(log, time, &dana, origin, false);
                time = log.later(time, 10, 25);
            }
            cloudtrail::sign_in(log, time, &dana, origin, true);
            for name in ["ListUsers", "ListAccessKeys", "CreateAccessKey"] {
                time = log.later(time, 10, 40);
                let call = Call {
                    who: Who::Person(&dana),
                    ip: origin,
                    call: ("iam", name),
                    parameters: json!({ "userName": dana.login }),
                    error: None,
                };
                cloudtrail::call(log, time, &call);
            }
        },
    );
}

fn taking_contacts_along(log: &mut Log) {
    let tom = company::person("tom");
    log.attack(
        Attack {
            name: "Contacts of all customers viewed and exported by an employee",
            actor: "tom",
            origin: "10.8.0.23",
            detectors: &["volume"],
        },
        |log| {
            let mut time = at(2, 15, 10);
            for _ in 0..420 {
                let contact = crm::contact(log);
                crm::act(log, time, &tom, &tom.vpn(), "view", contact, 1);
                time = log.later(time, 1, 4);
            }
            for part in 0..6 {
                crm::act(
                    log,
                    time,
                    &tom,
                    &tom.vpn(),
                    "export",
                    ("contact", format!("contacts/list/{part}")),
                    900,
                );
                time = log.later(time, 20, 40);
            }
        },
    );
}

fn deleting_contacts(log: &mut Log) {
    let ines = company::person("ines");
    log.attack(
        Attack {
            name: "Contacts deleted one after the other",
            actor: "ines",
            origin: "10.8.0.28",
            detectors: &["mass-change"],
        },
        |log| {
            let mut time = at(4, 16, 5);
            for _ in 0..160 {
                let contact = crm::contact(log);
                crm::act(log, time, &ines, &ines.vpn(), "delete", contact, 1);
                time = log.later(time, 2, 4);
            }
        },
    );
}

fn deleting_objects(log: &mut Log) {
    let (origin, kai) = ("192.0.2.160", company::person("kai"));
    log.attack(Attack { name: "Objects in S3 deleted at night", actor: "kai", origin, detectors: &["mass-change"] }, |log| {
        let mut time = at(5, 1, 12);
        for part in 0..380 {
            let object = json!({ "bucketName": "acme-customer-files", "key": format!("files/{part:05}.pdf") });
            cloudtrail::call(log, time, &Call { who: Who::Person(&kai), ip: origin, call: ("s3", "DeleteObject"), parameters: object, error: None });
            time = log.later(time, 1, 2);
        }
    });
}

fn scanning(log: &mut Log) {
    const PATHS: [&str; 10] = [
        "/wp-login.php",
        "/.env",
        "/.git/config",
        "/phpmyadmin/",
        "/admin",
        "/backup.zip",
        "/server-status",
        "/actuator/env",
        "/vendor/phpunit/eval-stdin.php",
        "/cgi-bin/test",
    ];
    let origin = "192.0.2.99";
    log.attack(
        Attack {
            name: "The shop scanned for holes",
            actor: "anonymous",
            origin,
            detectors: &["error-rate"],
        },
        |log| {
            let mut time = at(1, 22, 10);
            for number in 0..1100 {
                let path = format!("{}?{number}", log.pick(&PATHS));
                let status = if log.is_chance(20) { 403 } else { 404 };
                shop::request(
                    log,
                    time,
                    &Request {
                        ip: origin,
                        method: "GET",
                        path: &path,
                        status,
                        agent: "Mozilla/5.0 zgrab/0.x",
                    },
                );
                time += 270;
            }
        },
    );
}

fn outage(log: &mut Log) {
    log.attack(
        Attack {
            name: "The shop's checkout fails for everyone",
            actor: "customers",
            origin: "everywhere",
            detectors: &["error-rate"],
        },
        |log| {
            let (mut time, end) = (at(4, 11, 20), at(4, 11, 38));
            while time < end {
                let (ip, agent) = (shop::visitor(log), *log.pick(&shop::BROWSERS));
                for (path, status) in [("/checkout", 502), ("/api/cart", 503), ("/checkout", 504)] {
                    shop::request(
                        log,
                        time,
                        &Request { ip: &ip, method: "POST", path, status, agent },
                    );
                    time += 1100;
                }
                time = log.later(time, 1, 5);
            }
        },
    );
}

fn at_night(log: &mut Log) {
    let (origin, petra) = ("192.0.2.18", company::person("petra"));
    log.attack(
        Attack {
            name: "Contacts read on Sunday night",
            actor: "petra",
            origin,
            detectors: &["off-hours"],
        },
        |log| {
            let mut time = at(6, 2, 47);
            for _ in 0..25 {
                let contact = crm::contact(log);
                crm::act(log, time, &petra, origin, "view", contact, 1);
                time = log.later(time, 20, 80);
            }
        },
    );
}

fn leaver(log: &mut Log) {
    let (origin, leaver) = ("192.0.2.31", company::person(LEAVER));
    log.attack(
        Attack {
            name: "Someone who left last week is back",
            actor: LEAVER,
            origin,
            detectors: &["watch"],
        },
        |log| {
            let mut time = at(4, 14, 2);
            for _ in 0..12 {
                let deal = crm::deal(log);
                crm::act(log, time, &leaver, origin, "view", deal, 1);
                time = log.later(time, 25, 60);
            }
        },
    );
}

fn stolen_key(log: &mut Log) {
    const TRIED: [(&str, &str); 6] = [
        ("iam", "ListUsers"),
        ("secretsmanager", "ListSecrets"),
        ("ec2", "DescribeInstances"),
        ("s3", "ListBuckets"),
        ("iam", "CreateUser"),
        ("kms", "ListKeys"),
    ];
    let origin = "192.0.2.150";
    log.attack(Attack { name: "A stolen key tries what it may do in AWS", actor: "ci-runner", origin, detectors: &["error-rate"] }, |log| {
        let mut time = at(2, 19, 45);
        for turn in 0..72 {
            let call = TRIED[turn % TRIED.len()];
            let message = format!("User: arn:aws:iam::{ACCOUNT}:user/ci-runner is not authorized to perform: {}:{}", call.0, call.1);
            let call = Call { who: Who::Program("ci-runner"), ip: origin, call, parameters: json!({}), error: Some(("AccessDenied", message)) };
            cloudtrail::call(log, time, &call);
            time = log.later(time, 2, 5);
        }
    });
}
