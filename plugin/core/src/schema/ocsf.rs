//! Open Cybersecurity Schema Framework, 1.9.0 and 1.8.0: <https://schema.ocsf.io>.
//!
//! A record's class follows from its category, action and target (`case.rs`); each attribute is a row with the classes that have it and the conditions
//! under which the record can fill it. Slots that no row took go to `unmapped`.

mod case;
mod classes;
mod made;

use super::{Cases, Field, From, RawAs, Schema, field, slot};
use crate::event::Slot;
use case::*;
use classes::*;

pub static SCHEMA: Schema = Schema {
    id: "ocsf",
    summary: "Open Cybersecurity Schema Framework 1.9.0",
    doc: "An event of the class that the action, its category and the target ask for: Authentication, Account Change, User Access, Group and Entity Management, HTTP, \
          Network, API, Datastore and File Hosting Activity, else Base Event. Slots without an attribute, findings, notes and module go to `unmapped`, the original record to \
          `raw_data` as text. `output.ocsf_version` states 1.8.0 instead, `output.ocsf_findings` makes Detection Findings of records with findings.",
    fields: FIELDS,
    own_group: "unmapped",
    keeps_rest: true,
    raw: RawAs::Text,
    cases: Some(Cases { standing, of, heeds_findings: true }),
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

const USER_TYPE_ID: &[(&str, &str)] = &[("user", "1"), ("service", "4"), ("system", "3"), ("anonymous", "99")];
const USER_TYPE: &[(&str, &str)] = &[("user", "\"User\""), ("service", "\"Service\""), ("system", "\"System\""), ("anonymous", "\"Anonymous\"")];
const STATUS_ID: &[(&str, &str)] = &[("success", "1"), ("failure", "2"), ("denied", "2"), ("unknown", "0")];
const STATUS_NAME: &[(&str, &str)] = &[("success", "\"Success\""), ("failure", "\"Failure\""), ("denied", "\"Failure\""), ("unknown", "\"Unknown\"")];
const UNKNOWN_TEXT: From = From::Always("\"unknown\"");

static FIELDS: &[Field] = &[
    field("activity_id", From::Made(made::activity_id)),
    field("activity_name", From::Made(made::activity_name)),
    field("category_uid", From::Made(made::category_uid)),
    field("category_name", From::Made(made::category_name)),
    field("class_uid", From::Made(made::class_uid)),
    field("class_name", From::Made(made::class_name)),
    field("type_uid", From::Made(made::type_uid)),
    field("type_name", From::Made(made::type_name)),
    field("time", From::Made(made::time)),
    slot("time_dt", Slot::Time),
    field("severity_id", From::Made(made::severity_id)),
    field("severity", From::Made(made::severity_name)),
    field("status_id", From::Map(Slot::OutcomeResult, STATUS_ID)).on(NO_FINDING),
    field("status", From::Map(Slot::OutcomeResult, STATUS_NAME)).on(NO_FINDING),
    field("status_id", From::Always("1")).on(bits(&[FINDING])),
    field("status", From::Always("\"New\"")).on(bits(&[FINDING])),
    slot("status_code", Slot::OutcomeCode),
    slot("status_detail", Slot::OutcomeReason),
    slot("count", Slot::ActionCount),
    field("message", From::Made(made::message)).given(FOUND),
    field("is_alert", From::Always("true")).given(FOUND),
    field("metadata.version", From::Always("\"1.9.0\"")).given(LATEST),
    field("metadata.version", From::Always("\"1.8.0\"")).given(PREVIOUS),
    slot("metadata.product.name", Slot::Source),
    field("metadata.product.name", UNKNOWN_TEXT).given(NO_SOURCE),
    field("metadata.product.vendor_name", From::Made(made::vendor)),
    slot("metadata.uid", Slot::Id),
    slot("metadata.log_name", Slot::Source),
    slot("metadata.event_code", Slot::ActionName),
    slot("metadata.tenant_uid", Slot::EnvAccount).given(NO_CLOUD),
    field("metadata.labels", From::List(&[Slot::EnvTag])),
    field("metadata.profiles", From::Made(made::profiles)),
    field("cloud.provider", From::Made(made::cloud_provider)).given(CLOUD),
    slot("cloud.account.uid", Slot::EnvAccount).given(CLOUD),
    slot("cloud.region", Slot::EnvRegion).given(CLOUD),
    slot("actor.user.uid", Slot::ActorId).on(NO_FINDING),
    field("actor.user.name", From::First(&[Slot::ActorName, Slot::ActorEmail])).on(NO_FINDING),
    field("actor.user.name", From::Made(made::nobody)).on(DEMANDING).given(NO_ACTOR),
    slot("actor.user.email_addr", Slot::ActorEmail).on(NO_FINDING).given(EMAIL),
    field("actor.user.type_id", From::Map(Slot::ActorType, USER_TYPE_ID)).on(NO_FINDING).given(ACTOR),
    field("actor.user.type", From::Map(Slot::ActorType, USER_TYPE)).on(NO_FINDING).given(ACTOR),
    field("actor.user.type_id", From::Map(Slot::ActorType, USER_TYPE_ID)).on(DEMANDING).given(NO_ACTOR),
    field("actor.user.type", From::Map(Slot::ActorType, USER_TYPE)).on(DEMANDING).given(NO_ACTOR),
    slot("actor.session.uid", Slot::ActorSession).on(NO_FINDING),
    // Who signs in, or the account that the record is about.
    slot("user.uid", Slot::ActorId).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT),
    field("user.name", From::First(&[Slot::ActorName, Slot::ActorEmail])).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT),
    field("user.name", From::Made(made::nobody)).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT | NO_ACTOR),
    field("user.type_id", From::Map(Slot::ActorType, USER_TYPE_ID)).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT),
    field("user.type", From::Map(Slot::ActorType, USER_TYPE)).on(bits(&[AUTHENTICATION])).given(OWN_ACCOUNT),
    slot("user.uid", Slot::TargetId).on(bits(&[AUTHENTICATION])).given(OTHER_ACCOUNT),
    slot("user.name", Slot::TargetName).on(bits(&[AUTHENTICATION])).given(OTHER_ACCOUNT),
    slot("user.uid", Slot::TargetId).on(bits(&[ACCOUNT, ACCESS])).given(USER_TARGET),
    slot("user.name", Slot::TargetName).on(bits(&[ACCOUNT, ACCESS])).given(USER_TARGET),
    field("user.name", UNKNOWN_TEXT).on(bits(&[ACCOUNT, ACCESS])).given(NO_USER_TARGET),
    field("privileges", From::Made(made::privileges)).on(bits(&[ACCESS])),
    slot("is_mfa", Slot::AuthzMfa).on(bits(&[AUTHENTICATION])),
    slot("service.name", Slot::EnvService).on(bits(&[AUTHENTICATION])),
    slot("service.name", Slot::Source).on(bits(&[AUTHENTICATION])).given(NO_SERVICE),
    slot("src_endpoint.ip", Slot::OriginIp).on(ENDPOINTS | bits(&[NETWORK])),
    slot("src_endpoint.port", Slot::OriginPort).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN),
    slot("src_endpoint.hostname", Slot::OriginHost).on(ENDPOINTS | bits(&[NETWORK])),
    slot("src_endpoint.uid", Slot::OriginDevice).on(ENDPOINTS | bits(&[NETWORK])),
    field("src_endpoint.name", UNKNOWN_TEXT).on(DEMANDING).given(NO_ORIGIN),
    slot("src_endpoint.autonomous_system.number", Slot::OriginAsn).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN),
    slot("src_endpoint.location.country", Slot::OriginCountry).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN | PLACE),
    slot("src_endpoint.location.region", Slot::OriginRegion).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN | PLACE),
    slot("src_endpoint.location.city", Slot::OriginCity).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN | PLACE),
    slot("src_endpoint.location.lat", Slot::OriginLat).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN | COORDINATES),
    slot("src_endpoint.location.long", Slot::OriginLon).on(ENDPOINTS | bits(&[NETWORK])).given(ORIGIN | COORDINATES),
    slot("dst_endpoint.ip", Slot::TargetIp).on(DEMANDING | bits(&[AUTHENTICATION, HTTP, NETWORK])).given(TARGET_ADDRESS),
    slot("dst_endpoint.port", Slot::TargetPort).on(DEMANDING | bits(&[AUTHENTICATION, HTTP, NETWORK])).given(TARGET_ADDRESS),
    slot("connection_info.protocol_name", Slot::RequestTransport).on(bits(&[HTTP, NETWORK])),
    field("connection_info.direction_id", From::Always("0")).on(bits(&[HTTP, NETWORK])).given(TRANSPORT),
    slot("traffic.bytes", Slot::RequestBytes).on(bits(&[NETWORK])),
    slot("device.hostname", Slot::EnvHost),
    field("device.type_id", From::Always("0")).given(HOST),
    slot("api.operation", Slot::ActionName).on(bits(&[API])),
    field("api.operation", UNKNOWN_TEXT).on(bits(&[API])).given(NO_ACTION),
    slot("api.service.name", Slot::EnvService).on(bits(&[API])),
    slot("http_request.uid", Slot::RequestId).on(ENDPOINTS),
    slot("http_request.http_method", Slot::RequestMethod).on(ENDPOINTS).given(METHOD),
    slot("http_request.user_agent", Slot::OriginUserAgent).on(ENDPOINTS),
    slot("http_request.url.url_string", Slot::RequestUrl).on(ENDPOINTS),
    slot("http_request.url.path", Slot::RequestPath).on(ENDPOINTS),
    slot("http_response.code", Slot::RequestStatus).on(ENDPOINTS),
    slot("http_response.length", Slot::RequestBytes).on(ENDPOINTS).given(STATUS),
    slot("http_response.latency", Slot::RequestLatency).on(ENDPOINTS).given(STATUS | LATENCY),
    // What it was done to.
    slot("resources[].uid", Slot::TargetId).on(bits(&[API, FINDING])),
    slot("resources[].name", Slot::TargetName).on(bits(&[API, FINDING])),
    slot("resources[].type", Slot::TargetType).on(bits(&[API, FINDING])).given(TARGET),
    slot("resources[].uid", Slot::TargetId).on(bits(&[ACCESS])).given(THING_TARGET),
    slot("resources[].name", Slot::TargetName).on(bits(&[ACCESS])).given(THING_TARGET),
    slot("resources[].type", Slot::TargetType).on(bits(&[ACCESS])).given(THING_TARGET),
    slot("group.uid", Slot::TargetId).on(bits(&[GROUP])),
    slot("group.name", Slot::TargetName).on(bits(&[GROUP])),
    field("group.name", UNKNOWN_TEXT).on(bits(&[GROUP])).given(NO_TARGET),
    slot("entity.uid", Slot::TargetId).on(bits(&[ENTITY])),
    slot("entity.name", Slot::TargetName).on(bits(&[ENTITY])),
    field("entity.name", UNKNOWN_TEXT).on(bits(&[ENTITY])).given(NO_TARGET),
    slot("entity.type", Slot::TargetType).on(bits(&[ENTITY])),
    slot("entity.data", Slot::ChangeBefore).on(bits(&[ENTITY])),
    slot("file.uid", Slot::TargetId).on(bits(&[FILE])),
    field("file.name", From::First(&[Slot::TargetName, Slot::TargetId])).on(bits(&[FILE])),
    field("file.name", UNKNOWN_TEXT).on(bits(&[FILE])).given(NO_TARGET),
    field("file.type_id", From::Made(made::file_type)).on(bits(&[FILE])),
    slot("file.size", Slot::TargetBytes).on(bits(&[FILE])),
    slot("database.uid", Slot::TargetId).on(bits(&[DATABASE])),
    slot("database.name", Slot::TargetName).on(bits(&[DATABASE])),
    field("database.name", UNKNOWN_TEXT).on(bits(&[DATABASE])).given(NO_TARGET),
    field("database.type_id", From::Always("0")).on(bits(&[DATABASE])),
    slot("table.uid", Slot::TargetId).on(bits(&[TABLE])),
    slot("table.name", Slot::TargetName).on(bits(&[TABLE])),
    field("table.name", UNKNOWN_TEXT).on(bits(&[TABLE])).given(NO_TARGET),
    slot("databucket.uid", Slot::TargetId).on(bits(&[BUCKET])),
    slot("databucket.name", Slot::TargetName).on(bits(&[BUCKET])),
    field("databucket.name", UNKNOWN_TEXT).on(bits(&[BUCKET])).given(NO_TARGET),
    field("databucket.type_id", From::Made(made::bucket_type)).on(bits(&[BUCKET])),
    // A finding, with the event as its evidence.
    field("finding_info.uid", From::Made(made::finding_uid)).on(bits(&[FINDING])),
    field("finding_info.title", From::Made(made::message)).on(bits(&[FINDING])),
    field("finding_info.types", From::Made(made::finding_types)).on(bits(&[FINDING])),
    field("finding_info.analytic.name", From::Made(made::analytic_name)).on(bits(&[FINDING])),
    field("finding_info.analytic.type_id", From::Made(made::analytic_type)).on(bits(&[FINDING])),
    field("finding_info.attacks", From::Made(made::attacks)).on(bits(&[FINDING])),
    slot("evidences[].actor.user.uid", Slot::ActorId).on(bits(&[FINDING])),
    field("evidences[].actor.user.name", From::First(&[Slot::ActorName, Slot::ActorEmail])).on(bits(&[FINDING])),
    slot("evidences[].actor.session.uid", Slot::ActorSession).on(bits(&[FINDING])),
    slot("evidences[].src_endpoint.ip", Slot::OriginIp).on(bits(&[FINDING])),
    slot("evidences[].src_endpoint.hostname", Slot::OriginHost).on(bits(&[FINDING])),
    slot("evidences[].api.operation", Slot::ActionName).on(bits(&[FINDING])),
    field("evidences[].api.operation", UNKNOWN_TEXT).on(bits(&[FINDING])).given(NO_ACTION),
    slot("evidences[].api.service.name", Slot::EnvService).on(bits(&[FINDING])),
    field("anomaly_analyses", From::Made(made::anomaly_analyses)).on(bits(&[FINDING])).given(DEEP),
    field("observables", From::Made(made::observables)),
    field("raw_data", From::Raw),
];
