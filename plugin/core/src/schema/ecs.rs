//! Elastic Common Schema, 8.17 and 9.x: <https://www.elastic.co/docs/reference/ecs>.

use super::{From, Property, RawAs, Schema, field, property};
use crate::event::Field;

pub static SCHEMA: Schema = Schema {
    id: "ecs",
    summary: "Elastic Common Schema 8.17",
    doc: "Fields are written to the ECS fields with the same meaning; a field without an ECS equivalent is written under `auditward`. `event.original` \
          contains the original record as text. `event.kind` is `alert` if the record has a finding.",
    properties: PROPERTIES,
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
const OUTCOME: &[(&str, &str)] = &[
    ("success", "\"success\""),
    ("failure", "\"failure\""),
    ("denied", "\"failure\""),
    ("unknown", "\"unknown\""),
];

static PROPERTIES: &[Property] = &[
    field("@timestamp", Field::Time),
    property("ecs.version", From::Always("\"8.17.0\"")),
    property("event.kind", From::IfFindings("\"alert\"", "\"event\"")),
    field("event.id", Field::Id),
    field("event.dataset", Field::Source),
    field("event.provider", Field::EnvService),
    field("event.action", Field::ActionName),
    property("event.category", From::Map(Field::ActionCategory, CATEGORY)),
    property("event.type", From::Map(Field::ActionClass, TYPE)),
    property("event.outcome", From::Map(Field::OutcomeResult, OUTCOME)),
    field("event.reason", Field::OutcomeReason),
    property("event.original", From::Raw),
    field("error.code", Field::OutcomeCode),
    field("user.id", Field::ActorId),
    field("user.name", Field::ActorName),
    // As access logs write it, and Elastic's own integrations keep it.
    property(
        "user.name",
        From::MapInstead(Field::ActorName, Field::ActorType, &[("anonymous", "\"-\"")]),
    ),
    field("user.email", Field::ActorEmail),
    property("user.roles", From::List(&[Field::ActorRole])),
    field("user.effective.id", Field::ActorOnBehalfOf),
    field("source.ip", Field::OriginIp),
    field("source.port", Field::OriginPort),
    field("source.domain", Field::OriginHost),
    field("source.geo.country_iso_code", Field::OriginCountry),
    field("source.geo.region_name", Field::OriginRegion),
    field("source.geo.city_name", Field::OriginCity),
    field("source.geo.location.lat", Field::OriginLat),
    field("source.geo.location.lon", Field::OriginLon),
    field("source.as.number", Field::OriginAsn),
    field("destination.ip", Field::TargetIp),
    field("destination.port", Field::TargetPort),
    field("network.transport", Field::RequestTransport),
    field("device.id", Field::OriginDevice),
    field("user_agent.original", Field::OriginUserAgent),
    field("http.request.id", Field::RequestId),
    field("http.request.method", Field::RequestMethod),
    field("http.response.status_code", Field::RequestStatus),
    field("http.response.body.bytes", Field::RequestBytes),
    field("url.original", Field::RequestUrl),
    field("url.path", Field::RequestPath),
    field("cloud.account.id", Field::EnvAccount),
    field("cloud.region", Field::EnvRegion),
    field("cloud.service.name", Field::EnvService),
    field("host.name", Field::EnvHost),
    field("service.environment", Field::EnvTag),
    property("related.user", From::List(&[Field::ActorName, Field::ActorId, Field::ActorEmail])),
    property("related.ip", From::List(&[Field::OriginIp])),
    field("rule.name", Field::AuthzPolicy),
    field("auditward.actor.type", Field::ActorType),
    field("auditward.actor.groups", Field::ActorGroups),
    field("auditward.actor.session", Field::ActorSession),
    field("auditward.action.count", Field::ActionCount),
    field("auditward.action.class", Field::ActionClass),
    field("auditward.action.category", Field::ActionCategory),
    field("auditward.target.type", Field::TargetType),
    field("auditward.target.id", Field::TargetId),
    field("auditward.target.name", Field::TargetName),
    field("auditward.target.count", Field::TargetCount),
    field("auditward.target.bytes", Field::TargetBytes),
    field("auditward.target.data_class", Field::TargetDataClass),
    field("auditward.change.before", Field::ChangeBefore),
    field("auditward.change.after", Field::ChangeAfter),
    field("auditward.origin.network", Field::OriginNetwork),
    field("auditward.outcome.result", Field::OutcomeResult),
    field("auditward.authz.role", Field::AuthzRole),
    field("auditward.authz.permission", Field::AuthzPermission),
    field("auditward.authz.mfa", Field::AuthzMfa),
    field("auditward.request.latency_ms", Field::RequestLatency),
];
