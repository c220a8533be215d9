//! Everyday use of identity, code and cloud platforms.

use super::WORKDAYS;
use crate::demo::company::{self, HOTEL, NEW_HIRE, Person, TRAVELLER, Work};
use crate::demo::platforms::{By, Call, Request, gcp, github, kubernetes, okta, synchronise};
use crate::demo::{Log, at};
use auditward_core::time::{HOUR, Millis, SECOND};
use serde_json::json;

/// Writes all of it.
pub fn write(log: &mut Log) {
    for day in 0..7 {
        machines(log, day);
        if day < WORKDAYS {
            company::people()
                .filter(|person| person.login != NEW_HIRE || day >= 2)
                .for_each(|person| workday(log, day, &person));
        }
    }
}

/// A person's day: a sign-in and the applications, and code for those who write it.
fn workday(log: &mut Log, day: i64, person: &Person) {
    let start = log.later(at(day, 8, 0), 0, 5400);
    let is_away = person.login == TRAVELLER && (2..4).contains(&day);
    let ip = if is_away { HOTEL.to_owned() } else { person.public() };
    let by = By { person, ip: &ip };
    okta(log, start, by, "user.session.start", ("AppInstance", "Okta Dashboard"));
    let mut time = start;
    for app in ["Mail", "CRM", "Wiki"] {
        time = log.later(time, 20, 3000);
        okta(log, time, by, "user.authentication.sso", ("AppInstance", app));
    }
    if person.work == Work::Development {
        for action in
            ["git.fetch", "git.push", "pull_request.create", "git.fetch", "pull_request.merge"]
        {
            time = log.later(time, 300, 3600);
            github(log, time, by, action, json!({}));
        }
    }
}

/// Actions of programs, day and night.
fn machines(log: &mut Log, day: i64) {
    for hour in 0..24 {
        let start: Millis = at(day, hour, 5);
        // The directory is kept in step, a few accounts an hour.
        for person in company::people().skip(hour as usize).step_by(12) {
            synchronise(log, start + person.number as i64 * SECOND, &person);
        }
        reports(log, start + 4 * 60 * SECOND);
        for tick in 0..4 {
            controllers(log, start + tick * HOUR / 4);
        }
    }
}

/// A service reads what the reports are made of.
fn reports(log: &mut Log, start: Millis) {
    for part in 0..4 {
        let call = Call {
            who: "reports@acme-analytics.iam.gserviceaccount.com",
            ip: "10.20.0.40",
            call: ("storage.googleapis.com", "storage.objects.get"),
            resource: &format!("projects/_/buckets/acme-reports/objects/part-{part}"),
            more: json!({}),
        };
        gcp(log, start + part * 3 * SECOND, &call);
    }
}

/// Controllers of the cluster look at what they keep running.
fn controllers(log: &mut Log, time: Millis) {
    for (who, resource) in
        [("deployment-controller", "deployments"), ("replicaset-controller", "pods")]
    {
        let who = format!("system:serviceaccount:kube-system:{who}");
        let object = (resource, "", "web");
        let request =
            Request { who: &who, ip: "10.30.0.2", verb: "get", object, body: json!(null) };
        kubernetes(log, time, &request);
    }
}
