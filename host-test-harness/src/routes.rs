//! Records and bytes by route, and what a SIEM no longer ingests: `auditward replay --routes`.

use crate::evaluated::Evaluated;
use crate::heavy_hitters::{HeavyHitters, Weight};
use crate::wording::{counted, grouped, table};
use auditward_core::time::{DAY, Millis};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Kinds of records, by source and action, that are kept at least.
const ROOM: usize = 500;
/// Kinds that the table shows.
const SHOWN: usize = 15;
/// Stands between source and action in the name of a kind.
const BETWEEN: char = '\u{1f}';

/// Records, and their bytes as they came in and as they go out.
#[derive(Clone, Copy, Default)]
struct Volume {
    records: u64,
    bytes: u64,
    written: u64,
}

impl Volume {
    fn add(&mut self, bytes: u64, written: u64) {
        self.records += 1;
        self.bytes += bytes;
        self.written += written;
    }
}

impl Weight for Volume {
    fn weight(&self) -> (u64, u64) {
        (self.bytes, self.records)
    }
}

/// Records and bytes by route.
pub struct Routes {
    /// The route that the SIEM ingests; empty for the records that have no route.
    siem: String,
    all: Volume,
    by_route: BTreeMap<String, Volume>,
    /// Records that the SIEM does not get, by source and action.
    elsewhere: HeavyHitters<Volume>,
    first: Option<Millis>,
    last: Option<Millis>,
}

impl Routes {
    /// With the name of the route that the SIEM ingests.
    pub fn new(siem: &str) -> Routes {
        Routes {
            siem: siem.to_owned(),
            all: Volume::default(),
            by_route: BTreeMap::new(),
            elsewhere: HeavyHitters::new(ROOM),
            first: None,
            last: None,
        }
    }

    /// Counts a record.
    pub fn add(&mut self, bytes: usize, written: usize, evaluated: &Evaluated) {
        let (bytes, written) = (bytes as u64, written as u64);
        let route = evaluated.route.as_deref().unwrap_or_default();
        self.all.add(bytes, written);
        self.by_route.entry(route.to_owned()).or_default().add(bytes, written);
        // What no route takes stays where all went before.
        if !route.is_empty() && route != self.siem {
            let source = evaluated.source.as_deref().unwrap_or("not recognised");
            let action = evaluated.action.as_deref().unwrap_or("-");
            self.elsewhere.entry(&format!("{source}{BETWEEN}{action}")).add(bytes, written);
        }
        if let Some(at) = evaluated.time_ms() {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }

    /// Days that the records reach over, at least one.
    fn days(&self) -> f64 {
        let span = self.last.zip(self.first).map_or(0, |(last, first)| last.saturating_sub(first));
        (span as f64 / DAY as f64).max(1.0)
    }

    fn daily(&self, bytes: u64) -> u64 {
        (bytes as f64 / self.days()) as u64
    }

    fn share(&self, bytes: u64) -> f64 {
        bytes as f64 / self.all.bytes.max(1) as f64
    }

    /// The SIEM, in words.
    fn destination(&self) -> String {
        match self.siem.as_str() {
            "" => "the destination of records without a route".to_owned(),
            siem => format!("`{siem}`"),
        }
    }

    /// Records that the SIEM no longer ingests.
    fn spared(&self) -> Volume {
        let others =
            self.by_route.iter().filter(|(name, _)| **name != self.siem && !name.is_empty());
        others.fold(Volume::default(), |sum, (_, volume)| Volume {
            records: sum.records + volume.records,
            bytes: sum.bytes + volume.bytes,
            written: sum.written + volume.written,
        })
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let volume = |volume: &Volume| {
            json!({
                "records": volume.records,
                "bytes": volume.bytes,
                "bytes_out": volume.written,
                "share_of_records": volume.records as f64 / self.all.records.max(1) as f64,
                "share_of_bytes": self.share(volume.bytes),
                "bytes_a_day": self.daily(volume.bytes),
            })
        };
        let named = |pairs: Vec<(&str, Value)>, of: &Volume| {
            let mut value = volume(of);
            for (key, part) in pairs {
                value[key] = part;
            }
            value
        };
        let routes: Vec<Value> = self
            .by_route
            .iter()
            .map(|(name, of)| {
                let name = if name.is_empty() { Value::Null } else { name.as_str().into() };
                named(vec![("route", name)], of)
            })
            .collect();
        let elsewhere: Vec<Value> = self
            .elsewhere
            .sorted()
            .into_iter()
            .map(|(kind, of)| {
                let (source, action) = kind.split_once(BETWEEN).unwrap_or((kind, "-"));
                named(vec![("source", source.into()), ("action", action.into())], of)
            })
            .collect();
        json!({
            "days": self.days(),
            "total": volume(&self.all),
            "routes": routes,
            "siem": Some(&self.siem).filter(|siem| !siem.is_empty()),
            "not_ingested": named(vec![("by_source_and_action", elsewhere.into())], &self.spared()),
        })
    }

    /// As text.
    pub fn text(&self) -> String {
        let row = |name: &[&str], of: &Volume| -> Vec<String> {
            let numbers = [
                counted(of.records, "record"),
                size(of.bytes),
                format!("{:.1} %", self.share(of.bytes) * 100.0),
                format!("{} a day", size(self.daily(of.bytes))),
            ];
            name.iter().map(|&part| part.to_owned()).chain(numbers).collect()
        };
        let mut rows: Vec<Vec<String>> = self
            .by_route
            .iter()
            .map(|(name, of)| row(&[if name.is_empty() { "(no route)" } else { name }], of))
            .collect();
        rows.push(row(&["in all"], &self.all));
        let mut text = format!("routes, with bytes as they came in\n{}", table(&rows, 2));
        let spared = self.spared();
        if spared.records == 0 {
            text.push_str(&format!("\nEverything goes to {}.\n", self.destination()));
            return text;
        }
        let shown: Vec<Vec<String>> = self
            .elsewhere
            .sorted()
            .into_iter()
            .take(SHOWN)
            .map(|(kind, of)| {
                let (source, action) = kind.split_once(BETWEEN).unwrap_or((kind, "-"));
                row(&[source, action], of)
            })
            .collect();
        text.push_str(&format!(
            "\n{} no longer ingests {} a day, {:.1} % of the bytes, mostly\n{}",
            self.destination(),
            size(self.daily(spared.bytes)),
            self.share(spared.bytes) * 100.0,
            table(&shown, 2)
        ));
        if let Some(more) = self.elsewhere.names.beyond(shown.len(), "more kind of record") {
            text.push_str(&format!("  and {more}\n"));
        }
        text
    }
}

/// `812 B`, `1.4 kB`, `20.3 MB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{} B", grouped(bytes));
    }
    let (mut scaled, mut unit) = (bytes as f64 / 1000.0, 0);
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        (scaled, unit) = (scaled / 1000.0, unit + 1);
    }
    format!("{scaled:.1} {}", UNITS.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted_routes() -> Routes {
        let mut routes = Routes::new("siem");
        for (number, route) in ["siem", "archive", "archive", ""].into_iter().enumerate() {
            let evaluated = Evaluated {
                time: Some(format!("2026-01-0{}T00:00:00Z", number + 1)),
                source: Some("acme.app".into()),
                action: (number != 2).then(|| "read".to_owned()),
                route: (!route.is_empty()).then(|| route.to_owned()),
                ..Evaluated::default()
            };
            routes.add(1000 * (number + 1), 2000, &evaluated);
        }
        routes
    }

    #[test]
    fn volumes_add_up_and_name_what_the_siem_does_not_get() {
        let json = counted_routes().json();
        assert_eq!(
            (&json["total"]["records"], &json["total"]["bytes"]),
            (&4.into(), &10_000.into())
        );
        let spared = &json["not_ingested"];
        assert_eq!((&spared["records"], &spared["bytes"]), (&2.into(), &5000.into()));
        assert_eq!(spared["share_of_bytes"], 0.5);
        assert_eq!(spared["bytes_a_day"], 1666);
        let kinds = spared["by_source_and_action"].as_array().unwrap();
        assert_eq!((&kinds[0]["action"], &kinds[1]["action"]), (&"-".into(), &"read".into()));
        assert_eq!(json["routes"][0]["route"], Value::Null);
        assert_eq!(json["routes"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_table_says_the_same() {
        let text = counted_routes().text();
        for part in [
            "archive     2 records  5.0 kB   50.0 %   1.7 kB a day",
            "(no route)",
            "`siem` no longer ingests 1.7 kB a day, 50.0 % of the bytes, mostly",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(Routes::new("siem").text().contains("Everything goes to `siem`."));
        assert_eq!([size(999), size(999_949), size(999_950)], ["999 B", "999.9 kB", "1.0 MB"]);
    }
}
