//! The attacks that are injected, each at two strengths. Their figures come from how such attacks are done, not from any detector's threshold.

use super::Log;
use super::attack::{Attack, Strength};
use super::population::{Actor, Kind, UNITS};
use super::staged::{STAGED, Stage};
use super::wire::{self, AWS_CLI, Place};
use auditward_core::time::Millis;

/// A kind of attack.
pub struct Spec {
    /// The name on the command line and in JSON.
    pub id: &'static str,
    pub title: &'static str,
    /// Detectors whose finding names a right reason.
    pub detectors: &'static [&'static str],
    /// Words of which the sentence of a finding has one where it says what the attack is.
    pub words: &'static [&'static str],
    pub victim: Victim,
    pub is_on_working_day: bool,
    pub write: fn(&mut Log, &Attack, &[Actor]),
    /// The company's equipment for it, where that of every history does not do.
    pub stage: Option<&'static Stage>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.id)
    }
}

/// Whom an attack is about.
#[derive(Clone, Copy, Debug)]
pub enum Victim {
    Person,
    /// Somebody at a desk, who works with records in business hours.
    Desk,
    Of(Kind),
    /// Somebody who left.
    Dormant,
}

impl Spec {
    /// The attack of that name.
    pub fn find(id: &str) -> Option<&'static Spec> {
        Spec::all().find(|spec| spec.id == id)
    }

    /// Those of `evaluate`, and those of `simulate` alone.
    pub fn all() -> impl Iterator<Item = &'static Spec> {
        SPECS.iter().chain(STAGED)
    }
}

macro_rules! specs {
    ($($id:literal, $title:literal, [$($detector:literal),+], [$($word:literal),+], $victim:expr, $working:literal, $write:ident;)+) => {
        /// The attacks of `evaluate`.
        pub static SPECS: &[Spec] = &[$(Spec {
            id: $id,
            title: $title,
            detectors: &[$($detector),+],
            words: &[$($word),+],
            victim: $victim,
            is_on_working_day: $working,
            write: $write,
            stage: None,
        }),+];
    };
}

specs! {
    "guessing", "Passwords of one account guessed", ["brute-force"], ["failed authentications"], Victim::Person, false, guessing;
    "spray", "Few passwords tried on many accounts", ["password-spray", "credential-stuffing"], ["distinct accounts", "accounts"], Victim::Person, false, spray;
    "guessed", "An account taken over after guessing", ["fail-then-success"], ["failed"], Victim::Person, false, guessed;
    "patient-records", "A clerk reads far more records than usual", ["volume"], ["records of restricted data"], Victim::Desk, true, patient_records;
    "leaver", "A leaver takes repositories along over days", ["volume", "scope", "new-value", "rules", "risk"], ["git.clone", "repo.download_zip", "cloned", "downloaded", "distinct targets"], Victim::Of(Kind::Developer), true, leaver;
    "mass-delete", "Records deleted one after the other", ["mass-change"], ["deletions"], Victim::Desk, true, mass_delete;
    "denied", "A stolen key tries what it may do", ["error-rate", "new-value"], ["failed", "denied"], Victim::Of(Kind::Developer), false, denied;
    "outage", "The shop fails after a firewall rule was changed", ["error-rate"], ["requests to service", "errors and throttled requests of service"], Victim::Of(Kind::Operator), true, outage;
    "night", "An office worker reads records at night", ["off-hours"], ["acted at"], Victim::Desk, true, night;
    "token", "A token used from a new network while its owner works", ["new-value", "takeover", "travel"], ["network", "country", "client"], Victim::Of(Kind::Developer), true, token;
    "new-service", "An identity uses services that it never used", ["new-value", "scope"], ["new service", "new action", "distinct targets", ", service", ", action"], Victim::Of(Kind::Developer), true, new_service;
    "dormant", "An inactive account exports records at 3 am", ["dormant", "off-hours", "new-value", "volume"], ["without activity", "days without any"], Victim::Dormant, false, dormant;
    "snooping", "Records of another department are read", ["scope", "new-value", "volume"], ["salary", "board-minutes", "distinct targets", "restricted data"], Victim::Of(Kind::Clerk), true, snooping;
    "push-fatigue", "MFA prompts refused, then granted, then a new factor", ["takeover", "new-value"], ["refused attempts to sign in", "user.mfa.factor.activate"], Victim::Person, false, push_fatigue;
    "logging-stopped", "Logging stopped, then resources deleted", ["rules", "risk"], ["StopLogging", "PutEventSelectors"], Victim::Of(Kind::Operator), true, logging_stopped;
    "privilege", "Somebody grants administrator's rights", ["rules"], ["grant", "administrator", "Administrator", "Attach", "Policy", "Role"], Victim::Of(Kind::Operator), true, privilege;
    "workflow", "Orders approved without a review", ["sequence", "new-value"], ["on which nobody did anything before"], Victim::Desk, true, workflow;
}

type Who<'a> = (&'a str, u32);

fn who(actor: &Actor) -> Who<'_> {
    (&actor.login, actor.number)
}

/// A moment within working hours of the victim.
fn at_work(log: &mut Log, attack: &Attack, actor: &Actor) -> Millis {
    log.between(attack.day, actor.begins + 60, actor.begins + 420)
}

const TOOL: &str = "python-requests/2.32.5";

fn guessing(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place = Place::foreign(log, "NL", TOOL);
    let mut time = log.between(attack.day, 0, 1300);
    // A tool, or somebody who types.
    for _ in 0..attack.strength.of(240, 14) {
        wire::okta(log, time, actor, &place, "user.session.start", "FAILURE");
        time = attack.strength.of(log.later(time, 0, 2), log.later(time, 15, 120));
    }
}

fn spray(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let mut time = log.between(attack.day, 0, 1000);
    let places: Vec<Place> =
        (0..attack.strength.of(40, 3)).map(|_| Place::foreign(log, "BR", TOOL)).collect();
    for number in 0..attack.strength.of(200, 30) {
        // Of a list that was bought: some of the names are real.
        let actor = log.pick(actors).clone();
        let name = if log.is_chance(40) { actor.login } else { format!("mailbox{number}") };
        let place = log.pick(&places).clone();
        wire::okta_of(
            log,
            time,
            (&name, 700_000 + number),
            &place,
            "user.session.start",
            "FAILURE",
        );
        time = attack.strength.of(log.later(time, 1, 8), log.later(time, 60, 240));
    }
}

fn guessed(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place = Place::foreign(log, "NL", TOOL);
    let mut time = log.between(attack.day, 0, 1300);
    for _ in 0..attack.strength.of(60, 7) {
        wire::okta(log, time, actor, &place, "user.session.start", "FAILURE");
        time = log.later(time, 3, 25);
    }
    wire::okta(log, time, actor, &place, "user.session.start", "SUCCESS");
    let time = log.later(time, 20, 90);
    wire::okta(log, time, actor, &place, "user.authentication.sso", "SUCCESS");
}

/// Forty-three patients in fourteen minutes, or a whole ward in an hour.
pub(super) fn patient_records(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let mut time = at_work(log, attack, actor);
    for _ in 0..attack.strength.of(500, 43) {
        let id = log.chance.u32(1..20_000);
        wire::records(log, time, actor, &actor.office(), "view", ("patient", id, 1));
        time = attack.strength.of(log.later(time, 3, 11), log.later(time, 12, 27));
    }
}

/// Fourteen clones and thirty-seven downloads over ten days, or all in one evening.
fn leaver(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place = Place::home(actor);
    for number in 0..attack.strength.of(120, 51) {
        let day = attack.day + attack.strength.of(0, i64::from(number) / 5);
        let time = log.between(day, 18 * 60, 21 * 60);
        let repository = format!("{}-{}", UNITS[number as usize % 6], number / 6 % 6);
        let action =
            if number < attack.strength.of(60, 14) { "git.clone" } else { "repo.download_zip" };
        wire::github(log, time, actor, &place, action, &repository);
    }
}

fn mass_delete(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let mut time = at_work(log, attack, actor);
    for _ in 0..attack.strength.of(600, 40) {
        let id = log.chance.u32(1..20_000);
        wire::records(log, time, actor, &actor.office(), "delete", (UNITS[actor.units.0], id, 1));
        time = attack.strength.of(log.later(time, 1, 3), log.later(time, 60, 200));
    }
}

fn denied(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    const TRIED: [(&str, &str); 6] = [
        ("iam", "ListUsers"),
        ("secretsmanager", "ListSecrets"),
        ("ec2", "DescribeInstances"),
        ("s3", "ListBuckets"),
        ("iam", "CreateUser"),
        ("kms", "ListKeys"),
    ];
    let actor = &actors[attack.victim];
    let place = Place::foreign(log, "RO", TOOL);
    let mut time = log.between(attack.day, 0, 1300);
    for turn in 0..attack.strength.of(150, 12) {
        let call = TRIED[turn % TRIED.len()];
        wire::cloudtrail(
            log,
            time,
            who(actor),
            (&place.ip, "Boto3/1.40.1"),
            call,
            ("{}", Some("AccessDenied")),
        );
        time = attack.strength.of(log.later(time, 0, 3), log.later(time, 120, 600));
    }
}

/// Twenty-two minutes after a rule of the firewall was changed, the shop fails, for all or for one in eight.
fn outage(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let mut time = at_work(log, attack, actor);
    let rule = r#"{"groupId":"sg-0a1b2c3d","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432}]}}"#;
    wire::cloudtrail(
        log,
        time,
        who(actor),
        (&actor.office(), AWS_CLI),
        ("ec2", "RevokeSecurityGroupIngress"),
        (rule, None),
    );
    time += 22 * 60_000;
    for _ in 0..900 {
        let ip = format!("2001:db8:{:x}::{:x}", log.chance.u16(0x100..), log.chance.u16(1..));
        let is_error = log.chance.u32(..8) < attack.strength.of(7, 1);
        let status = if is_error { *log.pick(&[502, 503, 504]) } else { 200 };
        wire::web(
            log,
            time,
            &ip,
            ("POST", "/checkout", status),
            "Mozilla/5.0 (Linux; Android 10; K)",
        );
        time += log.chance.i64(300..1_700);
    }
}

fn night(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place = attack.strength.of(Place::foreign(log, "DE", TOOL), Place::home(actor));
    let mut time = log.between(attack.day, 120, 200);
    for _ in 0..attack.strength.of(30, 4) {
        let id = log.chance.u32(1..20_000);
        wire::records(log, time, actor, &place.ip, "view", (UNITS[actor.units.0], id, 1));
        time = log.later(time, 20, 120);
    }
}

fn token(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let country = attack.strength.of("RU", "DE");
    let mut place = Place::foreign(log, country, TOOL);
    if attack.strength == Strength::Weak {
        place.agent = Place::office(actor).agent;
    }
    let mut time = at_work(log, attack, actor);
    for _ in 0..attack.strength.of(25, 4) {
        let repository = super::behaviour::repository(log, actor.units.0);
        wire::github(log, time, actor, &place, "git.clone", &repository);
        time = log.later(time, 5, 90);
    }
}

fn new_service(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    const CALLS: [(&str, &str); 8] = [
        ("secretsmanager", "ListSecrets"),
        ("organizations", "ListAccounts"),
        ("kms", "ListKeys"),
        ("sts", "GetFederationToken"),
        ("ssm", "DescribeParameters"),
        ("route53", "ListHostedZones"),
        ("dynamodb", "ListTables"),
        ("ses", "GetSendQuota"),
    ];
    let actor = &actors[attack.victim];
    let place = attack.strength.of(Place::foreign(log, "RO", TOOL), Place::office(actor));
    let mut time = at_work(log, attack, actor);
    for call in CALLS.into_iter().take(attack.strength.of(8, 3)) {
        wire::cloudtrail(log, time, who(actor), (&place.ip, AWS_CLI), call, ("{}", None));
        time = log.later(time, 5, 60);
    }
}

pub(super) fn dormant(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place = attack.strength.of(Place::foreign(log, "RO", TOOL), Place::home(actor));
    let mut time = log.between(attack.day, 180, 200);
    wire::okta(log, time, actor, &place, "user.session.start", "SUCCESS");
    for _ in 0..attack.strength.of(12, 2) {
        time = log.later(time, 20, 120);
        let rows = log.chance.u32(50..300);
        wire::records(log, time, actor, &place.ip, "export", ("candidate", 0, rows));
    }
}

fn snooping(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let kind = attack.strength.of("salary", "board-minutes");
    let mut time = at_work(log, attack, actor);
    for _ in 0..attack.strength.of(25, 2) {
        let id = log.chance.u32(1..400);
        wire::records(log, time, actor, &actor.office(), "view", (kind, id, 1));
        time = log.later(time, 20, 180);
    }
}

fn push_fatigue(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let place =
        Place::foreign(log, "NG", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/115.0");
    let mut time = log.between(attack.day, 0, 1300);
    for _ in 0..attack.strength.of(15, 2) {
        wire::okta(log, time, actor, &place, "user.authentication.auth_via_mfa", "FAILURE");
        time = log.later(time, 20, 90);
    }
    for event in
        ["user.authentication.auth_via_mfa", "user.session.start", "user.mfa.factor.activate"]
    {
        wire::okta(log, time, actor, &place, event, "SUCCESS");
        time = log.later(time, 10, 120);
    }
}

fn logging_stopped(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let mut time = at_work(log, attack, actor);
    let trail = r#"{"name":"arn:aws:cloudtrail:eu-central-1:123456789012:trail/main"}"#;
    let call =
        attack.strength.of(("cloudtrail", "StopLogging"), ("cloudtrail", "PutEventSelectors"));
    wire::cloudtrail(log, time, who(actor), (&actor.office(), AWS_CLI), call, (trail, None));
    for number in 0..attack.strength.of(30, 3) {
        time = log.later(time, 5, 60);
        let instance =
            format!(r#"{{"instancesSet":{{"items":[{{"instanceId":"i-0{number:08x}"}}]}}}}"#);
        wire::cloudtrail(
            log,
            time,
            who(actor),
            (&actor.office(), AWS_CLI),
            ("ec2", "TerminateInstances"),
            (&instance, None),
        );
    }
}

fn privilege(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let time = at_work(log, attack, actor);
    let policy = attack.strength.of("AdministratorAccess", "IAMFullAccess");
    let parameters =
        format!(r#"{{"userName":"helper","policyArn":"arn:aws:iam::aws:policy/{policy}"}}"#);
    wire::cloudtrail(
        log,
        time,
        who(actor),
        (&actor.office(), AWS_CLI),
        ("iam", "AttachUserPolicy"),
        (&parameters, None),
    );
}

fn workflow(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let actor = &actors[attack.victim];
    let mut time = at_work(log, attack, actor);
    for _ in 0..attack.strength.of(12, 1) {
        let id = log.chance.u32(900_000..999_999);
        wire::records(log, time, actor, &actor.office(), "approve", ("order", id, 1));
        time = log.later(time, 30, 300);
    }
}
