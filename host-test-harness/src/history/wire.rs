//! Lines in the formats that vendors document: Okta, GitHub, CloudTrail, sshd, an access log, and the company's own application.

use super::Log;
use super::population::{Actor, Kind};
use crate::calendar::{rfc3339, utc};
use crate::demo::company::ACCOUNT;
use auditward_core::time::Millis;

/// Browsers and tools, one of which each actor uses.
const LAPTOPS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0",
];
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Mobile/15E148 Safari/604.1";

/// From where someone acts.
#[derive(Clone, Debug)]
pub struct Place {
    pub ip: String,
    pub country: &'static str,
    pub asn: u32,
    pub agent: &'static str,
}

impl Place {
    pub fn office(actor: &Actor) -> Place {
        Place { ip: actor.office(), country: "DE", asn: 64_500, agent: laptop(actor) }
    }

    pub fn home(actor: &Actor) -> Place {
        Place {
            ip: actor.home(),
            country: "DE",
            asn: 64_501 + actor.number % 4,
            agent: laptop(actor),
        }
    }

    /// The company's VPN: many people behind few addresses.
    pub fn vpn(actor: &Actor) -> Place {
        let ip = format!("203.0.113.{}", 10 + actor.number % 6);
        Place { ip, country: "DE", asn: 64_500, agent: laptop(actor) }
    }

    /// A phone in a mobile network, whose address changes.
    pub fn mobile(log: &mut Log) -> Place {
        let ip = format!("198.19.{}.{}", log.chance.u8(..8), log.chance.u8(1..255));
        Place { ip, country: "DE", asn: 64_505, agent: PHONE }
    }

    /// A hotel abroad.
    pub fn abroad(actor: &Actor) -> Place {
        let country = ["FR", "US", "PL", "ES"][actor.number as usize % 4];
        let ip = format!("198.18.{}.{}", 240 + actor.number % 8, 1 + actor.number % 250);
        Place { ip, country, asn: 64_506 + actor.number % 3, agent: laptop(actor) }
    }

    /// Another machine on the internet: attackers rent theirs from many providers.
    pub fn foreign(log: &mut Log, country: &'static str, agent: &'static str) -> Place {
        let ip = format!("198.19.{}.{}", log.chance.u8(16..), log.chance.u8(1..255));
        Place { ip, country, asn: 64_520 + log.chance.u32(..800), agent }
    }
}

fn laptop(actor: &Actor) -> &'static str {
    LAPTOPS[actor.number as usize % LAPTOPS.len()]
}

/// An event of Okta's system log.
pub fn okta(log: &mut Log, time: Millis, actor: &Actor, place: &Place, event: &str, result: &str) {
    okta_of(log, time, (&actor.login, actor.number), place, event, result);
}

/// As above, for a name that need not be an actor's.
pub fn okta_of(
    log: &mut Log,
    time: Millis,
    (login, number): (&str, u32),
    place: &Place,
    event: &str,
    result: &str,
) {
    let (uuid, at) = (log.uuid(), rfc3339(time));
    let Place { ip, country, asn, agent } = place;
    let reason = match result {
        "SUCCESS" => "null",
        _ => "\"INVALID_CREDENTIALS\"",
    };
    let line = format!(
        r#"{{"actor":{{"id":"00u{number:017}","type":"User","alternateId":"{login}@acme.example","displayName":"{login}"}},"client":{{"userAgent":{{"rawUserAgent":"{agent}"}},"zone":"null","device":"Computer","ipAddress":"{ip}","geographicalContext":{{"country":"{country}"}}}},"request":{{"ipChain":[{{"ip":"{ip}","geographicalContext":{{"countryCode":"{country}"}},"version":"V4"}}]}},"securityContext":{{"asNumber":{asn},"isProxy":false}},"displayMessage":"","eventType":"{event}","outcome":{{"result":"{result}","reason":{reason}}},"published":"{at}","severity":"INFO","uuid":"{uuid}","target":[{{"id":"00u{number:017}","type":"User","alternateId":"{login}@acme.example","displayName":"{login}"}}]}}"#
    );
    log.polled(time, line);
}

/// An event of GitHub's audit log.
pub fn github(
    log: &mut Log,
    time: Millis,
    actor: &Actor,
    place: &Place,
    action: &str,
    repository: &str,
) {
    let (uuid, Place { ip, country, agent, .. }) = (log.uuid(), place);
    let (login, number, is_bot) = (&actor.login, actor.number, !actor.is_person());
    let line = format!(
        r#"{{"@timestamp":{time},"_document_id":"{uuid}","action":"{action}","actor":"{login}","actor_id":{number},"actor_is_bot":{is_bot},"actor_ip":"{ip}","actor_location":{{"country_code":"{country}"}},"business":"acme","org":"acme","repo":"acme/{repository}","operation_type":"access","user_agent":"{agent}","created_at":{time}}}"#
    );
    log.polled(time, line);
}

/// A call that CloudTrail records. `error` is its code.
pub fn cloudtrail(
    log: &mut Log,
    time: Millis,
    (login, number): (&str, u32),
    (ip, agent): (&str, &str),
    (service, name): (&str, &str),
    (parameters, error): (&str, Option<&str>),
) {
    let (uuid, at) = (log.uuid(), rfc3339(time));
    let is_reading =
        ["Get", "List", "Describe", "Head", "Lookup"].iter().any(|verb| name.starts_with(verb));
    let is_data = service == "s3" && name.ends_with("Object");
    let category = if is_data { "Data" } else { "Management" };
    let error = error.map_or_else(String::new, |code| {
        format!(r#""errorCode":"{code}","errorMessage":"User is not authorized to perform: {service}:{name}","#)
    });
    let line = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA2CEA{number:012}","arn":"arn:aws:iam::{ACCOUNT}:user/{login}","accountId":"{ACCOUNT}","accessKeyId":"AKIA2CEA{number:012}","userName":"{login}"}},"eventTime":"{at}","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"eu-central-1","sourceIPAddress":"{ip}","userAgent":"{agent}",{error}"requestParameters":{parameters},"responseElements":null,"eventID":"{uuid}","readOnly":{is_reading},"eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{ACCOUNT}","eventCategory":"{category}"}}"#,
        !is_data
    );
    log.polled(time, line);
}

/// The agent of AWS' command line.
pub const AWS_CLI: &str =
    "aws-cli/2.33.2 md/awscrt#0.29.2 ua/2.1 os/linux#6.12 md/arch#x86_64 lang/python#3.13.11";

/// A line of sshd on a server.
pub fn sshd(log: &mut Log, time: Millis, host: &str, message: &str) {
    let pid = log.chance.u32(900..60_000);
    log.stream(time, format!("<38>1 {} {host} sshd {pid} - - {message}", rfc3339(time)));
}

/// A command that the audit daemon of a server records, under a number of its own.
pub fn audit(log: &mut Log, time: Millis, host: &str, number: i64, command: &str) {
    let (second, millis) = (time.div_euclid(1000), time.rem_euclid(1000));
    let pid = log.chance.u32(900..60_000);
    log.stream(
        time,
        format!(
            r#"node={host} type=USER_CMD msg=audit({second}.{millis:03}:{number}): pid={pid} uid=0 auid=1000 ses=3 msg='cwd="/root" cmd="{command}" exe="/usr/bin/sudo" terminal=? res=success'"#
        ),
    );
}

/// A reading of a server's load.
pub fn load(log: &mut Log, time: Millis, host: &str, load: f64) {
    let at = rfc3339(time);
    log.stream(time, format!(r#"{{"app":"load","ts":"{at}","host":"{host}","load":{load:.2}}}"#));
}

/// A request of the web shop, in nginx's `combined` format.
pub fn web(log: &mut Log, time: Millis, ip: &str, request: (&str, &str, u16), agent: &str) {
    let (method, path, status) = request;
    let bytes = if status < 400 { log.chance.u32(600..48_000) } else { 153 };
    let at = utc(time).format("%d/%b/%Y:%T +0000");
    log.stream(
        time,
        format!("{ip} - - [{at}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\""),
    );
}

/// An action in the company's own application, which a mapping of the policy reads.
pub fn records(
    log: &mut Log,
    time: Millis,
    actor: &Actor,
    ip: &str,
    verb: &str,
    (kind, id, rows): (&str, u32, u32),
) {
    let (uuid, at, login) = (log.uuid(), rfc3339(time), &actor.login);
    let user = match actor.kind {
        Kind::Batch => "service",
        Kind::Agent => "agent",
        _ => "person",
    };
    log.stream(time, format!(
        r#"{{"app":"records","ts":"{at}","event":"{uuid}","user":{{"login":"{login}","email":"{login}@acme.example","kind":"{user}"}},"verb":"{verb}","object":{{"type":"{kind}","id":"{kind}/{id}"}},"rows":{rows},"ip":"{ip}","status":"ok"}}"#
    ));
}
