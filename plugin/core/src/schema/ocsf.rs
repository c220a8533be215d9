//! Open Cybersecurity Schema Framework, 1.9.0 and 1.8.0: <https://schema.ocsf.io>.
//!
//! A record's class follows from its category, action and target (`case.rs`); each attribute is a row with the classes that have it and the conditions
//! under which the record can fill it. Fields that no row took go to `unmapped`.

mod case;
mod classes;
mod made;

use super::{Cases, From, Property, RawAs, Schema, field, property};
use crate::event::Field;
use case::*;
use classes::*;

pub static SCHEMA: Schema = Schema {
    id: "ocsf",
    summary: "Open Cybersecurity Schema Framework 1.9.0",
    doc: "The class follows from the action, its category and its target: Authentication, Account Change, User Access, Group Management, Entity \
          Management, HTTP, Network, API, Datastore or File Hosting Activity, else Base Event. Fields without an OCSF attribute, findings, notes and \
          module are written to `unmapped`, the original record to `raw_data` as text. With `output.ocsf_version`, version 1.8.0 is written; with \
          `output.ocsf_findings`, records with findings become Detection Findings.",
    properties: PROPERTIES,
    own_group: "unmapped",
    keeps_rest: true,
    raw: RawAs::Text,
    cases: Some(Cases { standing, of }),
};

/// Datastore Activity, whatever the store.
const DATASTORE: u16 = bits(&[DATABASE, TABLE, BUCKET]);
/// Classes that cannot be without an actor and an origin.
const DEMANDING: u16 = bits(&[API, FILE]) | DATASTORE;
/// Classes of identity and access management.
const IDENTITY: u16 = bits(&[AUTHENTICATION, ACCOUNT, ACCESS, GROUP, ENTITY]);
/// Classes with an origin and a request.
const ENDPOINTS: u16 = IDENTITY | DEMANDING | bits(&[HTTP]);
/// Classes with the actor at the root.
const NO_FINDING: u16 = !bits(&[FINDING]);

const USER_TYPE_ID: &[(&str, &str)] =
    &[("user", "1"), ("service", "4"), ("system", "3"), ("anonymous", "99")];
const USER_TYPE: &[(&str, &str)] = &[
    ("user", "\"User\""),
    ("service", "\"Service\""),
    ("system", "\"System\""),
    ("anonymous", "\"Anonymous\""),
];
const STATUS_ID: &[(&str, &str)] =
    &[("success", "1"), ("failure", "2"), ("denied", "2"), ("unknown", "0")];
const STATUS_NAME: &[(&str, &str)] = &[
    ("success", "\"Success\""),
    ("failure", "\"Failure\""),
    ("denied", "\"Failure\""),
    ("unknown", "\"Unknown\""),
];
const UNKNOWN_TEXT: From = From::Always("\"unknown\"");

static PROPERTIES: &[Property] = &[
    property("activity_id", From::Made(made::activity_id)),
    property("activity_name", From::Made(made::activity_name)),
    property("category_uid", From::Made(made::category_uid)),
    property("category_name", From::Made(made::category_name)),
    property("class_uid", From::Made(made::class_uid)),
    property("class_name", From::Made(made::class_name)),
    property("type_uid", From::Made(made::type_uid)),
    property("type_name", From::Made(made::type_name)),
    property("time", From::Made(made::time)),
    field("time_dt", Field::Time),
    property("severity_id", From::Made(made::severity_id)),
    property("severity", From::Made(made::severity_name)),
    property("status_id", From::Map(Field::OutcomeResult, STATUS_ID)).on(NO_FINDING),
    property("status", From::Map(Field::OutcomeResult, STATUS_NAME)).on(NO_FINDING),
    property("status_id", From::Always("1")).on(bits(&[FINDING])),
    property("status", From::Always("\"New\"")).on(bits(&[FINDING])),
    field("status_code", Field::OutcomeCode),
    field("status_detail", Field::OutcomeReason),
    field("count", Field::ActionCount),
    property("message", From::Made(made::message)).given(FOUND),
    property("is_alert", From::Always("true")).given(FOUND),
    property("metadata.version", From::Always("\"1.9.0\"")).given(LATEST),
    property("metadata.version", From::Always("\"1.8.0\"")).given(PREVIOUS),
    field("metadata.product.name", Field::Source),
    property("metadata.product.name", UNKNOWN_TEXT).given(NO_SOURCE),
    property("metadata.product.vendor_name", From::Made(made::vendor)),
    field("metadata.uid", Field::Id),
    field("metadata.sequence", Field::SequenceNumber),
    field("metadata.log_name", Field::Source),
    field("metadata.event_code", Field::ActionName),
    field("metadata.tenant_uid", Field::EnvAccount).given(NO_CLOUD),
    property("metadata.labels", From::List(&[Field::EnvTag])),
    property("metadata.profiles", From::Made(made::profiles)),
    property("cloud.provider", From::Made(made::cloud_provider)).given(CLOUD),
    field("cloud.account.uid", Field::EnvAccount).given(CLOUD),
    field("cloud.region", Field::EnvRegion).given(CLOUD),
    field("actor.user.uid", Field::ActorId).on(NO_FINDING),
    property("actor.user.name", From::First(&[Field::ActorName, Field::ActorEmail])).on(NO_FINDING),
    property("actor.user.name", From::Made(made::nobody)).on(DEMANDING).given(NO_ACTOR),
    field("actor.user.email_addr", Field::ActorEmail).on(NO_FINDING).given(EMAIL),
    property("actor.user.type_id", From::Map(Field::ActorType, USER_TYPE_ID))
        .on(NO_FINDING)
        .given(ACTOR),
    property("actor.user.type", From::Map(Field::ActorType, USER_TYPE)).on(NO_FINDING).given(ACTOR),
    property("actor.user.type_id", From::Map(Field::ActorType, USER_TYPE_ID))
        .on(DEMANDING)
        .given(NO_ACTOR),
    property("actor.user.type", From::Map(Field::ActorType, USER_TYPE))
        .on(DEMANDING)
        .given(NO_ACTOR),
    field("actor.session.uid", Field::ActorSession).on(NO_FINDING),
    // Who signs in, or the account that the record is about.
    field("user.uid", Field::ActorId).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT),
    property("user.name", From::First(&[Field::ActorName, Field::ActorEmail]))
        .on(bits(&[AUTHENTICATION]))
        .given(OWN_ACCOUNT),
    property("user.name", From::Made(made::nobody))
        .on(bits(&[AUTHENTICATION]))
        .given(OWN_ACCOUNT | NO_ACTOR),
    property("user.type_id", From::Map(Field::ActorType, USER_TYPE_ID))
        .on(bits(&[AUTHENTICATION]))
        .given(OWN_ACCOUNT),
    property("user.type", From::Map(Field::ActorType, USER_TYPE))
        .on(bits(&[AUTHENTICATION]))
        .given(OWN_ACCOUNT),
    field("user.uid", Field::TargetId).on(bits(&[AUTHENTICATION])).given(OTHER_ACCOUNT),
    field("user.name", Field::TargetName).on(bits(&[AUTHENTICATION])).given(OTHER_ACCOUNT),
    field("user.uid", Field::TargetId).on(bits(&[ACCOUNT, ACCESS])).given(USER_TARGET),
    field("user.name", Field::TargetName).on(bits(&[ACCOUNT, ACCESS])).given(USER_TARGET),
    property("user.name", UNKNOWN_TEXT).on(bits(&[ACCOUNT, ACCESS])).given(NO_USER_TARGET),
    property("privileges", From::Made(made::privileges)).on(bits(&[ACCESS])),
    field("is_mfa", Field::AuthzMfa).on(bits(&[AUTHENTICATION])),
    field("service.name", Field::EnvService).on(bits(&[AUTHENTICATION])),
    field("service.name", Field::Source).on(bits(&[AUTHENTICATION])).given(NO_SERVICE),
    field("src_endpoint.ip", Field::OriginIp).on(ENDPOINTS | bits(&[NETWORK])),
    field("src_endpoint.port", Field::OriginPort).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN),
    field("src_endpoint.hostname", Field::OriginHost).on(ENDPOINTS | bits(&[NETWORK])),
    field("src_endpoint.uid", Field::OriginDevice).on(ENDPOINTS | bits(&[NETWORK])),
    property("src_endpoint.name", UNKNOWN_TEXT).on(DEMANDING).given(NO_ORIGIN),
    field("src_endpoint.autonomous_system.number", Field::OriginAsn)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN),
    field("src_endpoint.autonomous_system.name", Field::OriginAsName)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN),
    field("src_endpoint.location.country", Field::OriginCountry)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN | PLACE),
    field("src_endpoint.location.region", Field::OriginRegion)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN | PLACE),
    field("src_endpoint.location.city", Field::OriginCity)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN | PLACE),
    field("src_endpoint.location.lat", Field::OriginLat)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN | COORDINATES),
    field("src_endpoint.location.long", Field::OriginLon)
        .on(ENDPOINTS | bits(&[NETWORK]))
        .given(ORIGIN | COORDINATES),
    field("dst_endpoint.ip", Field::TargetIp)
        .on(DEMANDING | bits(&[AUTHENTICATION, HTTP, NETWORK]))
        .given(TARGET_ADDRESS),
    field("dst_endpoint.port", Field::TargetPort)
        .on(DEMANDING | bits(&[AUTHENTICATION, HTTP, NETWORK]))
        .given(TARGET_ADDRESS),
    field("connection_info.protocol_name", Field::RequestTransport).on(bits(&[HTTP, NETWORK])),
    property("connection_info.direction_id", From::Always("0"))
        .on(bits(&[HTTP, NETWORK]))
        .given(TRANSPORT),
    field("traffic.bytes", Field::RequestBytes).on(bits(&[NETWORK])),
    field("device.hostname", Field::EnvHost),
    property("device.type_id", From::Always("0")).given(HOST),
    field("api.operation", Field::ActionName).on(bits(&[API])),
    property("api.operation", UNKNOWN_TEXT).on(bits(&[API])).given(NO_ACTION),
    field("api.service.name", Field::EnvService).on(bits(&[API])),
    field("http_request.uid", Field::RequestId).on(ENDPOINTS),
    field("http_request.http_method", Field::RequestMethod).on(ENDPOINTS).given(METHOD),
    field("http_request.user_agent", Field::OriginUserAgent).on(ENDPOINTS),
    field("http_request.url.url_string", Field::RequestUrl).on(ENDPOINTS),
    field("http_request.url.path", Field::RequestPath).on(ENDPOINTS),
    field("http_response.code", Field::RequestStatus).on(ENDPOINTS),
    field("http_response.length", Field::RequestBytes).on(ENDPOINTS).given(STATUS),
    field("http_response.latency", Field::RequestLatency).on(ENDPOINTS).given(STATUS | LATENCY),
    // What it was done to.
    field("resources[].uid", Field::TargetId).on(bits(&[API, FINDING])),
    field("resources[].name", Field::TargetName).on(bits(&[API, FINDING])),
    field("resources[].type", Field::TargetType).on(bits(&[API, FINDING])).given(TARGET),
    field("resources[].uid", Field::TargetId).on(bits(&[ACCESS])).given(THING_TARGET),
    field("resources[].name", Field::TargetName).on(bits(&[ACCESS])).given(THING_TARGET),
    field("resources[].type", Field::TargetType).on(bits(&[ACCESS])).given(THING_TARGET),
    field("group.uid", Field::TargetId).on(bits(&[GROUP])),
    field("group.name", Field::TargetName).on(bits(&[GROUP])),
    property("group.name", UNKNOWN_TEXT).on(bits(&[GROUP])).given(NO_TARGET),
    field("entity.uid", Field::TargetId).on(bits(&[ENTITY])),
    field("entity.name", Field::TargetName).on(bits(&[ENTITY])),
    property("entity.name", UNKNOWN_TEXT).on(bits(&[ENTITY])).given(NO_TARGET),
    field("entity.type", Field::TargetType).on(bits(&[ENTITY])),
    field("entity.data", Field::ChangeBefore).on(bits(&[ENTITY])),
    field("file.uid", Field::TargetId).on(bits(&[FILE])),
    property("file.name", From::First(&[Field::TargetName, Field::TargetId])).on(bits(&[FILE])),
    property("file.name", UNKNOWN_TEXT).on(bits(&[FILE])).given(NO_TARGET),
    property("file.type_id", From::Made(made::file_type)).on(bits(&[FILE])),
    field("file.size", Field::TargetBytes).on(bits(&[FILE])),
    field("database.uid", Field::TargetId).on(bits(&[DATABASE])),
    field("database.name", Field::TargetName).on(bits(&[DATABASE])),
    property("database.name", UNKNOWN_TEXT).on(bits(&[DATABASE])).given(NO_TARGET),
    property("database.type_id", From::Always("0")).on(bits(&[DATABASE])),
    field("table.uid", Field::TargetId).on(bits(&[TABLE])),
    field("table.name", Field::TargetName).on(bits(&[TABLE])),
    property("table.name", UNKNOWN_TEXT).on(bits(&[TABLE])).given(NO_TARGET),
    field("databucket.uid", Field::TargetId).on(bits(&[BUCKET])),
    field("databucket.name", Field::TargetName).on(bits(&[BUCKET])),
    property("databucket.name", UNKNOWN_TEXT).on(bits(&[BUCKET])).given(NO_TARGET),
    property("databucket.type_id", From::Made(made::bucket_type)).on(bits(&[BUCKET])),
    // A finding, with the event as its evidence.
    property("finding_info.uid", From::Made(made::finding_uid)).on(bits(&[FINDING])),
    property("finding_info.title", From::Made(made::message)).on(bits(&[FINDING])),
    property("finding_info.types", From::Made(made::finding_types)).on(bits(&[FINDING])),
    property("finding_info.analytic.name", From::Made(made::analytic_name)).on(bits(&[FINDING])),
    property("finding_info.analytic.type_id", From::Made(made::analytic_type)).on(bits(&[FINDING])),
    property("finding_info.attacks", From::Made(made::attacks)).on(bits(&[FINDING])),
    field("evidences[].actor.user.uid", Field::ActorId).on(bits(&[FINDING])),
    property("evidences[].actor.user.name", From::First(&[Field::ActorName, Field::ActorEmail]))
        .on(bits(&[FINDING])),
    field("evidences[].actor.session.uid", Field::ActorSession).on(bits(&[FINDING])),
    field("evidences[].src_endpoint.ip", Field::OriginIp).on(bits(&[FINDING])),
    field("evidences[].src_endpoint.hostname", Field::OriginHost).on(bits(&[FINDING])),
    field("evidences[].api.operation", Field::ActionName).on(bits(&[FINDING])),
    property("evidences[].api.operation", UNKNOWN_TEXT).on(bits(&[FINDING])).given(NO_ACTION),
    field("evidences[].api.service.name", Field::EnvService).on(bits(&[FINDING])),
    property("anomaly_analyses", From::Made(made::anomaly_analyses))
        .on(bits(&[FINDING]))
        .given(DEEP),
    property("observables", From::Made(made::observables)),
    property("raw_data", From::Raw),
];
