//! Attacks on identity, code and cloud platforms: what rules find, because nobody should do it unseen.

use crate::demo::cloudtrail::{self, Call, Who};
use crate::demo::company;
use crate::demo::platforms::{self, By, Request, entra, gcp, github, kubernetes, okta};
use crate::demo::{Attack, Log, at};
use serde_json::json;

/// Writes all of them, in the order that they begin.
pub fn write(log: &mut Log) {
    public_bucket(log);
    consent(log);
    second_factor(log);
    branch_protection(log);
    privileged_pod(log);
    trail_stopped(log);
}

/// An attack that rules find.
fn by_rules(name: &'static str, actor: &'static str, origin: &'static str) -> Attack {
    Attack { name, actor, origin, detectors: &["rules"] }
}

fn second_factor(log: &mut Log) {
    let (olga, ip) = (company::person("olga"), "192.0.2.61");
    let name = "A second factor reset in Okta and an administrator made";
    log.attack(by_rules(name, "olga", ip), |log| {
        let (by, georg) = (By { person: &olga, ip }, "georg@acme.example");
        let mut time = at(2, 17, 40);
        for (action, target) in [
            ("user.session.start", ("AppInstance", "Okta Dashboard")),
            ("user.session.access_admin_app", ("AppInstance", "Okta Admin Console")),
            ("user.mfa.factor.reset_all", ("User", georg)),
            ("user.account.reset_password", ("User", georg)),
            ("user.account.privilege.grant", ("User", georg)),
            ("user.session.end", ("AppInstance", "Okta Dashboard")),
        ] {
            okta(log, time, by, action, target);
            time = log.later(time, 15, 70);
        }
    });
}

fn branch_protection(log: &mut Log) {
    let (sven, ip) = (company::person("sven"), "192.0.2.62");
    let name = "Branch protection removed on GitHub and a deploy key added";
    log.attack(by_rules(name, "sven", ip), |log| {
        let by = By { person: &sven, ip };
        let mut time = at(3, 16, 50);
        let key = json!({ "key": "backup", "read_only": "false", "fingerprint": "SHA256:EXAMPLE" });
        for (action, more) in [
            ("git.clone", json!({})),
            ("protected_branch.destroy", json!({ "name": "main" })),
            ("public_key.create", key),
            ("git.push", json!({})),
            ("git.clone", json!({})),
        ] {
            github(log, time, by, action, more);
            time = log.later(time, 20, 90);
        }
    });
}

fn consent(log: &mut Log) {
    let (fanny, ip) = (company::person("fanny"), "192.0.2.63");
    let name = "Consent to an application that reads all mail in Entra";
    log.attack(by_rules(name, "fanny@acme.example", ip), |log| {
        let by = By { person: &fanny, ip };
        let mut time = at(1, 14, 25);
        let scopes = json!([
            { "displayName": "ConsentContext.IsAdminConsent", "oldValue": null, "newValue": "\"True\"" },
            { "displayName": "ConsentAction.Permissions", "oldValue": null, "newValue": "\"[[PrincipalId: , ConsentType: AllPrincipals, Scope: Mail.Read Mail.Send offline_access]]\"" },
        ]);
        for action in [
            "Add service principal",
            "Add delegated permission grant",
            "Add app role assignment to service principal",
            "Consent to application",
            "Update service principal",
        ] {
            let target = ("ServicePrincipal", "Mail Archive Helper", scopes.clone());
            entra(log, time, by, action, target);
            time = log.later(time, 1, 8);
        }
    });
}

fn public_bucket(log: &mut Log) {
    let ip = "192.0.2.64";
    let name = "A bucket in Google Cloud opened to everybody";
    log.attack(by_rules(name, "yara@acme.example", ip), |log| {
        let mut time = at(0, 15, 15);
        let opened = json!({ "serviceData": { "@type": "type.googleapis.com/google.iam.v1.logging.AuditData", "policyDelta": { "bindingDeltas": [
            { "action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers" }] } } });
        for (method, more) in [
            ("storage.buckets.list", json!({})),
            ("storage.buckets.get", json!({})),
            ("storage.objects.list", json!({})),
            ("storage.setIamPermissions", opened),
            ("storage.objects.list", json!({})),
        ] {
            let call = platforms::Call {
                who: "yara@acme.example",
                ip,
                call: ("storage.googleapis.com", method),
                resource: "projects/_/buckets/acme-reports",
                more,
            };
            gcp(log, time, &call);
            time = log.later(time, 10, 60);
        }
    });
}

fn privileged_pod(log: &mut Log) {
    let ip = "192.0.2.66";
    let name = "A privileged pod that mounts its node in Kubernetes";
    log.attack(by_rules(name, "quentin@acme.example", ip), |log| {
        let mut time = at(4, 15, 30);
        let pod = json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": "node-check", "namespace": "shop" }, "spec": {
            "hostPID": true, "volumes": [{ "name": "root", "hostPath": { "path": "/" } }],
            "containers": [{ "name": "check", "image": "docker.io/library/alpine:3", "securityContext": { "privileged": true },
                "volumeMounts": [{ "name": "root", "mountPath": "/host" }] }] } });
        for (verb, object, body) in [
            ("list", ("pods", "", ""), json!(null)),
            ("list", ("serviceaccounts", "", ""), json!(null)),
            ("create", ("pods", "", "node-check"), pod),
            ("get", ("pods", "", "node-check"), json!(null)),
            ("create", ("pods", "exec", "node-check"), json!(null)),
        ] {
            kubernetes(log, time, &Request { who: "quentin@acme.example", ip, verb, object, body });
            time = log.later(time, 5, 40);
        }
    });
}

fn trail_stopped(log: &mut Log) {
    let (xaver, ip) = (company::person("xaver"), "192.0.2.65");
    let name = "The CloudTrail trail stopped, then snapshots deleted";
    log.attack(by_rules(name, "xaver", ip), |log| {
        let mut time = at(5, 10, 5);
        let trail = json!({ "name": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/acme" });
        let snapshot = |number: u32| json!({ "dBSnapshotIdentifier": format!("shop-{number}") });
        for (call, parameters) in [
            (("cloudtrail", "DescribeTrails"), json!({})),
            (("cloudtrail", "StopLogging"), trail.clone()),
            (("rds", "DescribeDBSnapshots"), json!({})),
            (("rds", "DeleteDBSnapshot"), snapshot(1)),
            (("rds", "DeleteDBSnapshot"), snapshot(2)),
            (("rds", "DeleteDBSnapshot"), snapshot(3)),
            (("cloudtrail", "DeleteTrail"), trail),
        ] {
            let call = Call { who: Who::Person(&xaver), ip, call, parameters, error: None };
            cloudtrail::call(log, time, &call);
            time = log.later(time, 15, 60);
        }
    });
}
