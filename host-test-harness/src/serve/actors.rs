//! `GET /v1/actors/NAME`: what is usual for an actor and what deviated, as JSON or, for browsers, as a page. Findings are those of the history; the baseline is
//! that of the last snapshot in the state directory, read natively.

use super::board::Board;
use super::page;
use super::requests::Service;
use crate::actors::{Acting, about};
use crate::profile;
use crate::report::actors::Portrait;
use crate::snapshot_file::{self, SnapshotFile, find};
use anyhow::{Context, Result};
use auditward_core::calendar::Zone;
use auditward_core::detect::baseline::profile::Profile;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where baselines are read from.
#[derive(Default)]
pub struct Baselines {
    /// State directory, or the one above it.
    state: Option<PathBuf>,
    policy: Option<PathBuf>,
    /// One reader at a time: each holds a whole snapshot.
    reading: Mutex<()>,
}

impl Baselines {
    pub fn new(state: Option<PathBuf>, policy: Option<PathBuf>) -> Baselines {
        Baselines { state, policy, reading: Mutex::default() }
    }

    /// The profile of an actor in the last snapshot.
    fn read(&self, environments: &[String], name: &str) -> Result<Profile> {
        let state = self.state.as_ref().context("there is no state directory: use --state DIR")?;
        let _one = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let path = find(state)?;
        let policy = snapshot_file::policy(&path, self.policy.as_deref())?;
        let mut file = SnapshotFile::read(&path, &policy)?;
        profile::of(&mut file.engine, environments, name).context("the last snapshot has none")
    }
}

/// The findings about an actor that the history lists, and the records that have them.
fn acting(board: &Board, name: &str, clocks: Zone) -> Option<Acting> {
    let history = board.history();
    let (mut acting, mut last) = (None::<Acting>, None);
    for seen in history.recent() {
        if about(&seen.event, &seen.finding).as_deref() != Some(name) {
            continue;
        }
        let acting = acting.get_or_insert_default();
        // Findings of one record stand side by side.
        if last.replace((&seen.event, seen.seen_ms)) != Some((&seen.event, seen.seen_ms)) {
            acting.record(&seen.event, &seen.about, clocks);
        }
        acting.finding(Some(seen.event_ms), &seen.finding);
    }
    acting
}

/// Answers.
pub async fn actor(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let clocks = page::clocks_of(&service.view());
    let Some(acting) = acting(&service.board, &name, clocks) else {
        let why = "no listed finding names this actor\n";
        return (StatusCode::NOT_FOUND, why).into_response();
    };
    let reader = service.clone();
    let (environments, wanted) = (acting.environments.names.clone(), name.clone());
    let read =
        tokio::task::spawn_blocking(move || reader.baselines.read(&environments, &wanted)).await;
    let (profile, why) = match read.map_err(anyhow::Error::from).and_then(|read| read) {
        Ok(profile) => (Some(profile), None),
        Err(why) => (None, Some(format!("{why:#}"))),
    };
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        let headers =
            [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
        return (headers, format!("{}\n", answer(&name, &acting, profile.as_ref(), why)))
            .into_response();
    }
    let nonce = page::nonce();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy =
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let portrait = Portrait { name, acting, profile };
    let page = page::actor(&portrait, why.as_deref(), &service.view(), &nonce).into_string();
    (
        [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
        Html(page),
    )
        .into_response()
}

fn answer(name: &str, acting: &Acting, profile: Option<&Profile>, why: Option<String>) -> Value {
    json!({
        "name": name, "records_with_findings": acting.json(), "baseline": profile.map(profile::json),
        "no_baseline_because": why,
    })
}
