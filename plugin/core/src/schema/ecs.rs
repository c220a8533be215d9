//! Elastic Common Schema, 8.17 and 9.x: <https://www.elastic.co/docs/reference/ecs>.

use super::{Field, From, RawAs, Schema, field, slot};
use crate::event::Slot;

pub static SCHEMA: Schema = Schema {
    id: "ecs",
    summary: "Elastic Common Schema 8.17",
    doc: "Slots under the ECS fields that mean the same; what ECS has no field for goes under `auditward`. The original record is text in `event.original`. \
          `event.kind` is `alert` where something was found.",
    fields: FIELDS,
    own_group: "auditward",
    keeps_rest: false,
    raw: RawAs::Text,
    cases: None,
};

/// `event.category` by our category; ECS wants a list.
const CATEGORY: &[(&str, &str)] = &[
    ("authentication", "[\"authentication\"]"),
    ("access", "[\"iam\"]"),
    ("data", "[\"database\"]"),
    ("configuration", "[\"configuration\"]"),
    ("network", "[\"network\"]"),
    ("system", "[\"host\"]"),
];

/// `event.type` by our class.
const TYPE: &[(&str, &str)] = &[
    ("login", "[\"start\"]"),
    ("logout", "[\"end\"]"),
    ("read", "[\"access\"]"),
    ("list", "[\"access\"]"),
    ("create", "[\"creation\"]"),
    ("update", "[\"change\"]"),
    ("delete", "[\"deletion\"]"),
    ("export", "[\"access\"]"),
    ("share", "[\"change\"]"),
    ("grant", "[\"change\"]"),
    ("revoke", "[\"change\"]"),
    ("configure", "[\"change\"]"),
    ("execute", "[\"info\"]"),
    ("approve", "[\"change\"]"),
    ("other", "[\"info\"]"),
];

/// ECS knows no denial.
const OUTCOME: &[(&str, &str)] = &[("success", "\"success\""), ("failure", "\"failure\""), ("denied", "\"failure\""), ("unknown", "\"unknown\"")];

static FIELDS: &[Field] = &[
    slot("@timestamp", Slot::Time),
    field("ecs.version", From::Always("\"8.17.0\"")),
    field("event.kind", From::IfFindings("\"alert\"", "\"event\"")),
    slot("event.id", Slot::Id),
    slot("event.dataset", Slot::Source),
    slot("event.provider", Slot::EnvService),
    slot("event.action", Slot::ActionName),
    field("event.category", From::Map(Slot::ActionCategory, CATEGORY)),
    field("event.type", From::Map(Slot::ActionClass, TYPE)),
    field("event.outcome", From::Map(Slot::OutcomeResult, OUTCOME)),
    slot("event.reason", Slot::OutcomeReason),
    field("event.original", From::Raw),
    slot("error.code", Slot::OutcomeCode),
    slot("user.id", Slot::ActorId),
    slot("user.name", Slot::ActorName),
    // As access logs write it, and Elastic's own integrations keep it.
    field("user.name", From::MapInstead(Slot::ActorName, Slot::ActorType, &[("anonymous", "\"-\"")])),
    slot("user.email", Slot::ActorEmail),
    field("user.roles", From::List(&[Slot::ActorRole])),
    slot("user.effective.id", Slot::ActorOnBehalfOf),
    slot("source.ip", Slot::OriginIp),
    slot("source.port", Slot::OriginPort),
    slot("source.domain", Slot::OriginHost),
    slot("source.geo.country_iso_code", Slot::OriginCountry),
    slot("source.geo.region_name", Slot::OriginRegion),
    slot("source.geo.city_name", Slot::OriginCity),
    slot("source.geo.location.lat", Slot::OriginLat),
    slot("source.geo.location.lon", Slot::OriginLon),
    slot("source.as.number", Slot::OriginAsn),
    slot("destination.ip", Slot::TargetIp),
    slot("destination.port", Slot::TargetPort),
    slot("network.transport", Slot::RequestTransport),
    slot("device.id", Slot::OriginDevice),
    slot("user_agent.original", Slot::OriginUserAgent),
    slot("http.request.id", Slot::RequestId),
    slot("http.request.method", Slot::RequestMethod),
    slot("http.response.status_code", Slot::RequestStatus),
    slot("http.response.body.bytes", Slot::RequestBytes),
    slot("url.original", Slot::RequestUrl),
    slot("url.path", Slot::RequestPath),
    slot("cloud.account.id", Slot::EnvAccount),
    slot("cloud.region", Slot::EnvRegion),
    slot("cloud.service.name", Slot::EnvService),
    slot("host.name", Slot::EnvHost),
    slot("service.environment", Slot::EnvTag),
    field("related.user", From::List(&[Slot::ActorName, Slot::ActorId, Slot::ActorEmail])),
    field("related.ip", From::List(&[Slot::OriginIp])),
    slot("rule.name", Slot::AuthzPolicy),
    slot("auditward.actor.type", Slot::ActorType),
    slot("auditward.actor.groups", Slot::ActorGroups),
    slot("auditward.actor.session", Slot::ActorSession),
    slot("auditward.action.count", Slot::ActionCount),
    slot("auditward.action.class", Slot::ActionClass),
    slot("auditward.action.category", Slot::ActionCategory),
    slot("auditward.target.type", Slot::TargetType),
    slot("auditward.target.id", Slot::TargetId),
    slot("auditward.target.name", Slot::TargetName),
    slot("auditward.target.count", Slot::TargetCount),
    slot("auditward.target.bytes", Slot::TargetBytes),
    slot("auditward.target.data_class", Slot::TargetDataClass),
    slot("auditward.change.before", Slot::ChangeBefore),
    slot("auditward.change.after", Slot::ChangeAfter),
    slot("auditward.origin.network", Slot::OriginNetwork),
    slot("auditward.outcome.result", Slot::OutcomeResult),
    slot("auditward.authz.role", Slot::AuthzRole),
    slot("auditward.authz.permission", Slot::AuthzPermission),
    slot("auditward.authz.mfa", Slot::AuthzMfa),
    slot("auditward.request.latency_ms", Slot::RequestLatency),
];
