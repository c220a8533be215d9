//! `GET /v1/findings`: what was found lately as JSON, or as it comes as server-sent events. Both read the history, which is bounded; nothing is kept for a reader.

use super::board::Seen;
use super::requests::Service;
use crate::calendar::rfc3339;
use auditward_core::severity::Severity;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Findings in one answer, where the request names no limit.
const LIMIT: usize = 100;

/// Parameters of a request.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Only findings with a higher number.
    after: Option<u64>,
    /// As in `Severity::ALL`.
    least: usize,
    limit: Option<usize>,
}

impl Asked {
    /// Reads `after=NUMBER`, `severity=NAME` and `limit=NUMBER`.
    fn read(query: &str) -> Result<Asked, String> {
        let mut asked = Asked::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|_| format!("`{name}` takes a whole number, not `{value}`"))
            };
            match name {
                "after" => asked.after = Some(number()?),
                "limit" => asked.limit = Some(usize::try_from(number()?).unwrap_or(usize::MAX)),
                "severity" => {
                    let place = Severity::NAMES.iter().position(|name| **name == value);
                    asked.least = place.ok_or_else(|| {
                        format!(
                            "`severity` takes one of {}, not `{value}`",
                            Severity::NAMES.join(", ")
                        )
                    })?;
                }
                _ => {
                    return Err(format!(
                        "unknown parameter `{name}`: there are after, limit and severity"
                    ));
                }
            }
        }
        Ok(asked)
    }
}

/// One finding as other tools read it.
pub fn json(seen: &Seen) -> Value {
    let (finding, event) = (&seen.finding, &seen.event);
    json!({
        "number": seen.number,
        "seen": rfc3339(seen.seen_ms),
        "time": rfc3339(seen.event_ms),
        "detector": finding.detector,
        "rule": finding.rule,
        "severity": finding.severity,
        "reason": finding.reason,
        "observed": finding.observed,
        "threshold": finding.threshold,
        "expected": finding.expected,
        "window_s": finding.window_s,
        "key": finding.key,
        "actor_role": finding.actor_role,
        "data_class": finding.data_class,
        "history": finding.history,
        "technique": finding.technique,
        "fingerprint": finding.fingerprint,
        "evidence": finding.evidence,
        "event": {
            "id": event.id, "source": event.source, "actor": event.actor, "action": event.action, "target": event.target,
            "data_class": event.data_class, "origin": event.origin, "outcome": event.outcome,
        },
    })
}

/// JSON, or server-sent events where the request accepts them.
pub async fn findings(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let mut asked = match Asked::read(uri.query().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(why) => return (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    };
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header(header::ACCEPT.as_str()).contains("text/event-stream") {
        let headers =
            [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
        return (headers, format!("{}\n", listed(&service, &asked))).into_response();
    }
    // A reader that lost its connection goes on where it was.
    asked.after = header("last-event-id").parse().ok().or(asked.after);
    stream(service, asked).into_response()
}

/// The findings after a number, the oldest first; without one, the newest.
fn listed(service: &Service, asked: &Asked) -> Value {
    let history = service.board.history();
    let limit = asked.limit.unwrap_or(LIMIT);
    let mut found: Vec<&Seen> = history
        .recent()
        .filter(|seen| {
            seen.number > asked.after.unwrap_or_default() && seen.severity >= asked.least
        })
        .collect();
    found.reverse();
    match asked.after {
        Some(_) => found.truncate(limit),
        None => drop(found.drain(..found.len().saturating_sub(limit))),
    }
    // Whoever asks again after that number misses none and reads none twice.
    let is_cut = asked.after.is_some() && found.len() == limit;
    let last = found.last().filter(|_| is_cut).map_or(history.number(), |seen| seen.number);
    json!({ "findings": found.into_iter().map(json).collect::<Vec<_>>(), "last": last })
}

/// Findings as they come, each under its number. A reader that is slower than the history is told how many it missed.
fn stream(
    service: Arc<Service>,
    asked: Asked,
) -> Sse<impl tokio_stream::Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let (mut arrivals, mut stopping) = (service.board.subscribe(), service.stopping.clone());
        let mut last = asked.after.unwrap_or_else(|| service.board.history().number());
        loop {
            let (lost, found) = service.board.history().since(last);
            let lost = (lost > 0).then(|| Event::default().event("lost").data(lost.to_string()));
            let wanted = found.iter().filter(|seen| seen.severity >= asked.least);
            let events = wanted.map(|seen| {
                Event::default()
                    .event("finding")
                    .id(seen.number.to_string())
                    .data(json(seen).to_string())
            });
            for event in lost.into_iter().chain(events) {
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            last = found.last().map_or(last, |seen| seen.number);
            tokio::select! {
                arrived = arrivals.recv() => if let Err(broadcast::error::RecvError::Closed) = arrived { return },
                _ = stopping.wait_for(|stops| *stops) => return,
                () = sender.closed() => return,
            }
        }
    });
    Sse::new(tokio_stream::wrappers::ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_mistakes_are_named() {
        assert_eq!(Asked::read("").unwrap(), Asked::default());
        assert_eq!(
            Asked::read("after=7&severity=high&limit=2").unwrap(),
            Asked { after: Some(7), least: 3, limit: Some(2) }
        );
        for (query, part) in [
            ("after=x", "`after` takes a whole number"),
            ("severity=bad", "one of info, low"),
            ("since=1", "unknown parameter `since`"),
            ("after=%FF", "`after`"),
        ] {
            assert!(Asked::read(query).unwrap_err().contains(part), "{query}");
        }
    }
}
