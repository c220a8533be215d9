//! Identity, code and cloud platforms of the company: Okta, GitHub, Entra, Google Cloud and Kubernetes, as their vendors document their audit logs.

use super::Log;
use super::company::Person;
use crate::calendar::rfc3339;
use auditward_core::time::{self, Millis};
use serde_json::{Value, json};

const TENANT: &str = "00000000-0000-0000-0000-0000000000ac";
const PROJECT: &str = "acme-analytics";

/// A person who acts, from somewhere.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub person: &'a Person,
    pub ip: &'a str,
}

/// An event of the Okta System Log. The target is a kind of object and its name.
pub fn okta(log: &mut Log, time: Millis, by: By<'_>, action: &str, target: (&str, &str)) {
    let By { person, ip } = by;
    let (kind, name) = target;
    let event = json!({
        "uuid": log.uuid(), "published": rfc3339(time), "eventType": action, "version": "0", "severity": "INFO", "displayMessage": action,
        "actor": { "id": format!("00u{:07}", person.number), "type": "User", "alternateId": person.email(), "displayName": person.login },
        "client": { "ipAddress": ip, "device": "Computer", "userAgent": { "rawUserAgent": super::shop::BROWSERS[person.number % 4], "os": "Linux" }, "zone": "null" },
        "authenticationContext": { "externalSessionId": format!("trs{}{}", person.login, time / time::DAY) },
        "outcome": { "result": "SUCCESS" },
        "target": [{ "id": format!("id-{name}"), "type": kind, "alternateId": name, "displayName": name }],
        "transaction": { "type": "WEB", "id": log.uuid() }, "debugContext": { "debugData": { "requestUri": "/api/v1" } }, "legacyEventType": action,
    });
    log.add(time, event.to_string());
}

/// An entry of GitHub's audit log, with more members of its own.
pub fn github(log: &mut Log, time: Millis, by: By<'_>, action: &str, more: Value) {
    let By { person, ip } = by;
    let mut event = json!({
        "@timestamp": time, "_document_id": log.uuid(), "action": action, "actor": person.login, "actor_id": 9000 + person.number, "actor_ip": ip,
        "org": "acme", "org_id": 77, "repo": "acme/shop", "repo_id": 4100, "created_at": time,
    });
    if let (Some(members), Value::Object(more)) = (event.as_object_mut(), more) {
        members.extend(more);
    }
    log.add(time, event.to_string());
}

/// An entry of the audit log of Entra. The target is an object's type and name, with what was modified.
pub fn entra(log: &mut Log, time: Millis, by: By<'_>, action: &str, target: (&str, &str, Value)) {
    let By { person, ip } = by;
    let user = json!({ "user": { "id": format!("e-{}", person.number), "displayName": person.login, "userPrincipalName": person.email(), "ipAddress": ip } });
    directory(log, time, user, action, target);
}

/// As above, of the service that keeps the directory in step with that of the office.
pub fn synchronise(log: &mut Log, time: Millis, person: &Person) {
    let app = json!({ "app": { "displayName": "Directory Sync", "servicePrincipalId": "sp-7" } });
    directory(log, time, app, "Update user", ("User", &person.email(), json!([])));
}

fn directory(
    log: &mut Log,
    time: Millis,
    by: Value,
    action: &str,
    (kind, name, modified): (&str, &str, Value),
) {
    let id = log.uuid();
    let event = json!({
        "time": rfc3339(time), "resourceId": format!("/tenants/{TENANT}/providers/Microsoft.aadiam"), "operationName": action, "operationVersion": "1.0",
        "category": "AuditLogs", "tenantId": TENANT, "resultSignature": "None", "correlationId": id, "level": "Informational",
        "properties": { "id": format!("Directory_{id}"), "category": "ApplicationManagement", "correlationId": id, "result": "success", "resultReason": "",
            "activityDisplayName": action, "activityDateTime": rfc3339(time), "loggedByService": "Core Directory", "operationType": "Update", "initiatedBy": by,
            "targetResources": [{ "id": format!("t-{name}"), "displayName": name, "type": kind, "userPrincipalName": name, "modifiedProperties": modified }] },
    });
    log.add(time, event.to_string());
}

/// A call in Google Cloud.
pub struct Call<'a> {
    /// Mail address of a person or a service account.
    pub who: &'a str,
    pub ip: &'a str,
    /// Service and method: `storage.googleapis.com`, `storage.objects.get`.
    pub call: (&'a str, &'a str),
    pub resource: &'a str,
    /// Members of `protoPayload` beside the usual ones.
    pub more: Value,
}

/// An entry of the audit logs of Google Cloud.
pub fn gcp(log: &mut Log, time: Millis, call: &Call<'_>) {
    let Call { who, ip, call: (service, method), resource, more } = call;
    let is_reading = method.contains(".get") || method.contains(".list");
    let kind = if is_reading { "data_access" } else { "activity" };
    let mut payload = json!({
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "status": {}, "serviceName": service, "methodName": method, "resourceName": resource,
        "authenticationInfo": { "principalEmail": who }, "authorizationInfo": [{ "permission": method, "resource": resource, "granted": true }],
        "requestMetadata": { "callerIp": ip, "callerSuppliedUserAgent": "google-cloud-sdk gcloud/560.0.0" },
    });
    if let (Some(members), Value::Object(more)) = (payload.as_object_mut(), more) {
        members.extend(more.clone());
    }
    let event = json!({
        "insertId": log.uuid(), "logName": format!("projects/{PROJECT}/logs/cloudaudit.googleapis.com%2F{kind}"), "protoPayload": payload,
        "resource": { "type": "gcs_bucket", "labels": { "project_id": PROJECT, "location": "europe-west3", "bucket_name": "acme-reports" } },
        "severity": if is_reading { "INFO" } else { "NOTICE" }, "timestamp": rfc3339(time), "receiveTimestamp": rfc3339(time + 900),
    });
    log.add(time, event.to_string());
}

/// A request to the API server of Kubernetes.
pub struct Request<'a> {
    pub who: &'a str,
    pub ip: &'a str,
    pub verb: &'a str,
    /// Resource, subresource (empty for none) and name.
    pub object: (&'a str, &'a str, &'a str),
    /// `null` where the audit level does not record it.
    pub body: Value,
}

/// An event of the audit log of Kubernetes.
pub fn kubernetes(log: &mut Log, time: Millis, request: &Request<'_>) {
    let Request { who, ip, verb, object: (resource, subresource, name), body } = request;
    let mut object =
        json!({ "resource": resource, "namespace": "shop", "name": name, "apiVersion": "v1" });
    let mut uri = format!("/api/v1/namespaces/shop/{resource}/{name}");
    if !subresource.is_empty() {
        object["subresource"] = json!(subresource);
        uri.push_str(&format!("/{subresource}"));
    }
    let code = if *verb == "create" { 201 } else { 200 };
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": if body.is_null() { "Metadata" } else { "RequestResponse" }, "auditID": log.uuid(),
        "stage": "ResponseComplete", "requestURI": uri, "verb": verb, "user": { "username": who, "groups": ["system:authenticated"] }, "sourceIPs": [ip],
        "userAgent": "kubectl/v1.35.0 (linux/amd64)", "objectRef": object, "responseStatus": { "metadata": {}, "code": code },
        "requestReceivedTimestamp": rfc3339(time), "stageTimestamp": rfc3339(time + 12),
    });
    if !body.is_null() {
        event["requestObject"] = body.clone();
    }
    log.add(time, event.to_string());
}
