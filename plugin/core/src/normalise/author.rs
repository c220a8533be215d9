//! Authors: which container or program wrote what a shipper passes on. An application may print events of anybody's cloud: they are believed from programs
//! that collect such events.

use crate::parse::line::word;

/// Longer names are compared by their beginning.
const LONGEST: usize = 64;

/// The name of who wrote a record that a shipper wrapped; empty where nothing says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Author {
    name: [u8; LONGEST],
    len: u8,
}

impl Author {
    pub(super) const NONE: Author = Author { name: [0; LONGEST], len: 0 };

    /// The outermost is the one that the shipper names.
    pub(super) fn learn(&mut self, name: &[u8]) {
        if !self.is_known() {
            let name = name.get(..LONGEST).unwrap_or(name);
            self.name.iter_mut().zip(name).for_each(|(place, byte)| *place = *byte);
            self.len = u8::try_from(name.len()).unwrap_or_default();
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.len > 0
    }

    pub(super) fn name(&self) -> &[u8] {
        self.name.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// True if it may pass on events of the source, which runs elsewhere: it is called after that, or collects them.
    pub(super) fn may_write(&self, source: &[u8]) -> bool {
        if !self.is_known() {
            return true;
        }
        let words = || source.split(|byte| b"._".contains(byte)).filter(|word| word.len() > 2);
        self.collects() || self.parts().any(|part| words().any(|word| begins(part, word)))
    }

    /// True if it collects what others write, by its name.
    pub(super) fn collects(&self) -> bool {
        self.parts().any(|part| COLLECTORS.iter().any(|word| begins(part, word.as_bytes())))
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.name().split(|byte| !byte.is_ascii_alphanumeric())
    }
}

fn begins(part: &[u8], word: &[u8]) -> bool {
    part.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// True if the source's events come from a service that runs elsewhere, whose logs are fetched.
pub(super) fn is_remote(source: &[u8]) -> bool {
    let vendor = source.split(|byte| b"._".contains(byte)).next().unwrap_or_default();
    REMOTE.iter().any(|known| known.as_bytes() == vendor)
}

/// Beginnings of the words by which programs are called that collect and pass on.
const COLLECTORS: &[&str] = &[
    "log",
    "audit",
    "event",
    "trail",
    "collect",
    "forward",
    "ship",
    "relay",
    "ingest",
    "pull",
    "fetch",
    "poll",
    "export",
    "import",
    "sync",
    "stream",
    "siem",
    "syslog",
    "rsyslog",
    "fluent",
    "vector",
    "filebeat",
    "beat",
    "elastic",
    "otel",
    "opentelemetry",
    "promtail",
    "alloy",
    "telegraf",
    "nxlog",
    "cribl",
    "benthos",
    "redpanda",
    "kafka",
    "graylog",
    "wazuh",
    "splunk",
    "datadog",
    "sekoia",
    "lambda",
    "function",
    "cloud",
    "aws",
    "azure",
    "entra",
    "gcp",
    "google",
    "pubsub",
    "kinesis",
    "sqs",
    "eventhub",
    "auditward",
];

/// First words of sources of services that run elsewhere.
const REMOTE: &[&str] = &[
    "akamai",
    "anthropic",
    "asana",
    "atlassian",
    "auth0",
    "aws",
    "axonius",
    "azure",
    "bamboohr",
    "bitwarden",
    "box",
    "carbonblack",
    "cloudflare",
    "databricks",
    "digitalocean",
    "docusign",
    "dropbox",
    "duo",
    "fastly",
    "gcp",
    "github",
    "google",
    "greenhouse",
    "hubspot",
    "jumpcloud",
    "m365",
    "microsoft",
    "notion",
    "oci",
    "okta",
    "onelogin",
    "onepassword",
    "openai",
    "salesforce",
    "slack",
    "snowflake",
    "snyk",
    "sublime",
    "tailscale",
    "tines",
    "wiz",
    "workday",
    "zendesk",
    "zoom",
    "zscaler",
];

/// The name of an image or a unit without its path: `/guestbook`, `registry/guestbook`.
pub(super) fn called(name: &[u8]) -> &[u8] {
    let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    word(name).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write_events_of_a_cloud() {
        for (name, source, may) in [
            ("", "aws.cloudtrail", true),
            ("guestbook", "aws.cloudtrail", false),
            ("guestbook", "http.access", true),
            ("guestbook", "vault.audit", true),
            ("cloudtrail", "aws.cloudtrail", true),
            ("CloudTrail-to-syslog", "aws.cloudtrail", true),
            ("okta", "okta.system", true),
            ("okta", "github.audit", false),
            ("blog", "okta.system", false),
            ("catalog-api", "aws.cloudtrail", false),
            ("log-router", "okta.system", true),
            ("fluent-bit", "azure.signin", true),
            ("python3", "gcp.audit", false),
        ] {
            let mut author = Author::NONE;
            author.learn(called(name.as_bytes()));
            let source = source.as_bytes();
            assert_eq!(!is_remote(source) || author.may_write(source), may, "{name} {source:?}");
        }
    }

    #[test]
    fn the_outermost_name_counts() {
        let mut author = Author::NONE;
        author.learn(b"");
        author.learn(called(b"/guestbook"));
        author.learn(b"cloudtrail");
        assert_eq!(author.name(), b"guestbook");
    }
}
