//! `auditward serve`: the filter beside Vector, or any shipper that speaks HTTP.

use super::Outcome;
use crate::serve::body::Coding;
use crate::serve::forward::masked;
use crate::serve::tls::Files;
use crate::serve::{Options, Serving, token};
use crate::terminal;
use anyhow::{Context, Result, bail};
use auditward_core::option::{Kind, Value};
use axum::http::Uri;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::DeValue;

/// Serve the filter over HTTP: evaluate records received by POST, forward them, and answer when downstream has accepted them
///
/// NDJSON or a JSON array to `/` or `/v1/filter`; `/` in a browser shows findings, /v1/findings returns them as JSON. Also /healthz, /readyz and /metrics.
/// A changed policy is reloaded on SIGHUP, and on change of the file. On SIGTERM, batches in flight are finished.
#[derive(clap::Args)]
pub struct Arguments {
    /// Address to listen on; an address other than loopback requires --token-file or --tls-client-ca
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8686", value_parser = address)]
    listen: SocketAddr,
    /// URL that evaluated records are forwarded to, as NDJSON by POST; without it, they are the response. With the name of a `[[route]]` of the policy before
    /// it, the URL for the records of that route: `--forward https://siem.example.com/ --forward archive=https://archive.example.com/`. A batch is accepted
    /// after every URL has accepted its records
    #[arg(long, value_name = "[ROUTE=]URL")]
    forward: Vec<String>,
    /// Policy file (auditward.toml); without it, the one in --state, else defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// State directory: learned state survives restarts and kills
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Tag assigned to all records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    tag: String,
    /// File with the token that clients must send as `Authorization: Bearer ...`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificate chain (PEM); enables HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// CA certificates (PEM) that must have signed the clients' certificates. Certificates, chain and key are reloaded when they change
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// File with the token to send downstream; with the name of a route before it, to the URL of that route
    #[arg(long, value_name = "[ROUTE=]FILE", requires = "forward")]
    forward_token_file: Vec<String>,
    /// CA certificates (PEM) to verify downstream with, in place of the system's
    #[arg(long, value_name = "FILE", requires = "forward")]
    forward_ca: Option<PathBuf>,
    /// File for records that downstream refuses, with the reason; default: dead-letter.ndjson in the state directory. Without this option and --state, the sender keeps retrying
    /// the batch until downstream accepts these records; the other records of the batch are delivered once
    #[arg(long, value_name = "FILE", requires = "forward")]
    dead_letter: Option<PathBuf>,
    /// Do not split a record that holds several, such as `{"Records":[..]}` or an activity of Google Workspace with several events; by default each becomes a record
    #[arg(long)]
    no_unwrap: bool,
    /// Compression of requests to downstream
    #[arg(long, value_enum, default_value = "none")]
    compression: Coding,
    /// Maximum time for a batch; after it, the sender gets 503 and retries. Must be shorter than the sender's own timeout (Vector: 60 s)
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    deadline: Duration,
    /// Maximum size of a batch, compressed and decompressed
    #[arg(long, value_name = "SIZE", default_value = "64 MiB", value_parser = bytes)]
    max_body: usize,
    /// Maximum number of records in a batch
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_records: u32,
    /// Memory limit for all batches in flight, as received
    #[arg(long, value_name = "SIZE", default_value = "256 MiB", value_parser = bytes)]
    max_bytes: usize,
    /// Maximum number of concurrent batches, at most three quarters of them from one address; further requests get 429
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    max_batches: u16,
}

/// Serves until it is told to stop.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    // Before anything that a signal could cut short.
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).context("listening to signals")?;
    let scheme = if arguments.tls_cert.is_some() { "https" } else { "http" };
    let options = options(arguments)?;
    let onward = onward(&options);
    let mut serving = Serving::start(options)?;
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

fn onward(options: &Options) -> String {
    let Some(rest) = &options.forward else {
        return "answers with the evaluated records".to_owned();
    };
    let routes = options.routes.iter().map(|(name, uri, _)| format!(", {name} to {}", masked(uri)));
    format!("forwards to {}{}", masked(rest), routes.collect::<String>())
}

/// Splits off a route's name that stands before `=`.
fn named(text: &str) -> (&str, &str) {
    let is_name =
        |name: &str| Kind::Name.read(&DeValue::String(name.into())).is_ok() && !name.contains('/');
    text.split_once('=').filter(|(name, _)| is_name(name)).unwrap_or(("", text))
}

/// Values of an option, one for each route, and one under an empty name for the rest.
fn by_route<'t>(option: &str, texts: &'t [String]) -> Result<Vec<(&'t str, &'t str)>> {
    let given: Vec<(&str, &str)> = texts.iter().map(|text| named(text)).collect();
    for (at, (name, _)) in given.iter().enumerate() {
        if given.iter().take(at).any(|(before, _)| before == name) {
            let of = if name.is_empty() {
                "without a route".into()
            } else {
                format!("for route {name}")
            };
            bail!("{option} is given twice {of}; records go to one place");
        }
    }
    Ok(given)
}

/// The receiver of the rest, and those of routes, each with its token.
type Receivers = (Option<(Uri, Option<String>)>, Vec<(String, Uri, Option<String>)>);

fn receivers(forward: &[String], tokens: &[String]) -> Result<Receivers> {
    let tokens = by_route("--forward-token-file", tokens)?;
    let (mut rest, mut routes) = (None, Vec::new());
    let given = by_route("--forward", forward)?;
    for (name, text) in &given {
        let uri: Uri = text.parse().with_context(|| format!("--forward {text} is no URL"))?;
        let file = tokens.iter().find(|(of, _)| of == name).map(|(_, file)| Path::new(file));
        let token = file.map(token).transpose()?;
        match name.is_empty() {
            true => rest = Some((uri, token)),
            false => routes.push(((*name).to_owned(), uri, token)),
        }
    }
    if let Some((name, _)) = tokens.iter().find(|(name, _)| !given.iter().any(|(of, _)| of == name))
    {
        bail!("--forward-token-file {name}=...: there is no --forward {name}=URL");
    }
    if rest.is_none() && !routes.is_empty() {
        bail!("--forward URL without a route is missing: it takes what no named route does");
    }
    Ok((rest, routes))
}

fn options(arguments: Arguments) -> Result<Options> {
    let secret = |path: Option<PathBuf>| path.as_deref().map(token).transpose();
    let (rest, routes) = receivers(&arguments.forward, &arguments.forward_token_file)?;
    let (forward, forward_token) = rest.unzip();
    Ok(Options {
        listen: arguments.listen,
        forward,
        routes,
        policy: arguments.policy,
        state: arguments.state,
        tag: arguments.tag,
        token: secret(arguments.token_file)?,
        tls: arguments.tls_cert.zip(arguments.tls_key).map(|(chain, key)| Files {
            chain,
            key,
            client_ca: arguments.tls_client_ca,
        }),
        forward_token: forward_token.flatten(),
        forward_ca: arguments.forward_ca,
        dead_letter: arguments.dead_letter,
        coding: arguments.compression,
        deadline: arguments.deadline,
        most_body: arguments.max_body,
        most_records: usize::try_from(arguments.max_records)?,
        unwraps: !arguments.no_unwrap,
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
    fn a_receiver_for_each_route_and_one_for_the_rest() {
        let of = |forward: &[&str]| {
            receivers(&forward.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), &[])
        };
        let (rest, routes) =
            of(&["http://a/?x=1", "archive=http://b/", "soc.eu=https://c:1/x=y"]).unwrap();
        assert_eq!(rest.unwrap().0, "http://a/?x=1");
        let routes: Vec<_> =
            routes.iter().map(|(name, uri, _)| (name.as_str(), uri.to_string())).collect();
        assert_eq!(routes, [("archive", "http://b/".into()), ("soc.eu", "https://c:1/x=y".into())]);
        assert!(of(&[]).unwrap().0.is_none());
        for wrong in [
            &["a=http://b/"][..],
            &["http://a/", "http://b/"],
            &["http://a/", "b=http://c/", "b=http://d/"],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
        assert!(receivers(&["http://a/".to_owned()], &["b=/token".to_owned()]).is_err());
    }

    #[test]
    fn units_as_in_the_policy() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(bytes("2 MiB").unwrap(), 2 << 20);
        assert!(duration("0s").is_err() && duration("soon").is_err() && bytes("1 B").is_err());
        assert_eq!(address("127.0.0.1:0").unwrap().port(), 0);
        assert!(address("8686").is_err());
    }
}
