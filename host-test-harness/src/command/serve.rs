//! `auditward serve`: the filter beside Vector, or any shipper that speaks HTTP.

use super::Outcome;
use crate::serve::body::Coding;
use crate::serve::forward::masked;
use crate::serve::tls::Files;
use crate::serve::{Options, Serving, token};
use crate::terminal;
use anyhow::{Context, Result, bail};
use auditward_core::policy::option::{Kind, Value};
use axum::http::Uri;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;
use toml::de::DeValue;

/// Serve the filter by HTTP: records in by POST, evaluated, passed on, answered when downstream has accepted
///
/// NDJSON or a JSON array to `/` or `/v1/filter`; `/` in a browser shows what is found, /v1/findings gives it to other tools. Also /healthz, /readyz and /metrics.
/// SIGHUP takes a changed policy, as does the change itself; SIGTERM finishes what is under way.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where to listen; other addresses than this machine's own need --token-file
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8686", value_parser = address)]
    listen: SocketAddr,
    /// Where the evaluated records go, as NDJSON by POST; without it they are the response
    #[arg(long, value_name = "URL")]
    forward: Option<Uri>,
    /// The policy (auditward.toml); without it the one in --state, or defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Keep what is learned in this directory, over restarts and kills
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The tag that the records come under: mappings may ask for one
    #[arg(long, default_value = "")]
    tag: String,
    /// A file with the token that clients have to send as `Authorization: Bearer ...`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A certificate chain as PEM: serve HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Certificates as PEM that clients' certificates have to be signed by; read again when they change, as are chain and key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// A file with the token to send downstream
    #[arg(long, value_name = "FILE", requires = "forward")]
    forward_token_file: Option<PathBuf>,
    /// Certificates as PEM to trust downstream by, instead of the system's
    #[arg(long, value_name = "FILE", requires = "forward")]
    forward_ca: Option<PathBuf>,
    /// Where records go that downstream refuses, with the reason; by default dead-letter.ndjson among what --state keeps. Without either, their sender
    /// is asked to keep the batch until downstream takes them; the other records of it are delivered once
    #[arg(long, value_name = "FILE", requires = "forward")]
    dead_letter: Option<PathBuf>,
    /// How what goes downstream is compressed
    #[arg(long, value_enum, default_value = "none")]
    compression: Coding,
    /// How long a batch may take before its sender is asked to send it again: less than the sender's own time-out (Vector: 60 s)
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    deadline: Duration,
    /// The largest batch, compressed or not
    #[arg(long, value_name = "SIZE", default_value = "64 MiB", value_parser = bytes)]
    max_body: usize,
    /// The most records in a batch
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_records: u32,
    /// Room for all batches that are being handled, as they came
    #[arg(long, value_name = "SIZE", default_value = "256 MiB", value_parser = bytes)]
    max_bytes: usize,
    /// How many batches are handled at once, three quarters of them of one address; more are asked to come again
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    max_batches: u16,
}

/// Serves until it is told to stop.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    // Before anything that a signal could cut short.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).context("listening to signals")?;
    let forward = arguments.forward.clone();
    let scheme = if arguments.tls_cert.is_some() { "https" } else { "http" };
    let mut serving = Serving::start(options(arguments)?)?;
    let onward = forward.map_or("answers with the evaluated records".to_owned(), |uri| {
        format!("passes on to {}", masked(&uri))
    });
    terminal::say(format_args!("auditward serves on {scheme}://{}/ and {onward}", serving.address));
    for signal in signals.forever() {
        match signal {
            SIGHUP => serving.reload(),
            _ => break,
        }
    }
    serving.stop();
    Ok(Outcome::Fine)
}

fn options(arguments: Arguments) -> Result<Options> {
    let secret = |path: Option<PathBuf>| path.as_deref().map(token).transpose();
    Ok(Options {
        listen: arguments.listen,
        forward: arguments.forward,
        policy: arguments.policy,
        state: arguments.state,
        tag: arguments.tag,
        token: secret(arguments.token_file)?,
        tls: arguments.tls_cert.zip(arguments.tls_key).map(|(chain, key)| Files {
            chain,
            key,
            client_ca: arguments.tls_client_ca,
        }),
        forward_token: secret(arguments.forward_token_file)?,
        forward_ca: arguments.forward_ca,
        dead_letter: arguments.dead_letter,
        coding: arguments.compression,
        deadline: arguments.deadline,
        most_body: arguments.max_body,
        most_records: usize::try_from(arguments.max_records)?,
        most_bytes: arguments.max_bytes.max(arguments.max_body),
        most_batches: usize::from(arguments.max_batches),
        ..Options::default()
    })
}

fn address(text: &str) -> Result<SocketAddr> {
    let mut addresses = text.to_socket_addrs().context("not HOST:PORT, such as 127.0.0.1:8686")?;
    addresses.next().context("that host has no address")
}

fn duration(text: &str) -> Result<Duration> {
    let millis = number(text, Kind::Duration(100, 3_600_000))?;
    Ok(Duration::from_millis(millis.unsigned_abs()))
}

fn bytes(text: &str) -> Result<usize> {
    Ok(usize::try_from(number(text, Kind::Size(1 << 16, 1 << 30))?)?)
}

/// As the policy reads it.
fn number(text: &str, kind: Kind) -> Result<i64> {
    match kind.read(&DeValue::String(text.into())) {
        Ok(Value::Number(number)) => Ok(number),
        Ok(_) => bail!("takes {}", kind.expected()),
        Err(why) => bail!("{why}; takes {}", kind.expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_as_in_the_policy() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(bytes("2 MiB").unwrap(), 2 << 20);
        assert!(duration("0s").is_err() && duration("soon").is_err() && bytes("1 B").is_err());
        assert_eq!(address("127.0.0.1:0").unwrap().port(), 0);
        assert!(address("8686").is_err());
    }
}
