//! Authors: which container or program wrote what a shipper passes on. An application may print events of anybody's cloud: they are believed from programs
//! that collect such events.

use crate::mapping::Mapping;
use crate::parse::line::word;
use crate::parse::shippers;
use crate::{pack, source};

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
    pub(super) fn may_write(&self, source: &[u8], elsewhere: &Elsewhere) -> bool {
        if !self.is_known() {
            return true;
        }
        let words = || source.split(|byte| b"._".contains(byte)).filter(|word| word.len() > 2);
        elsewhere.is_collected_by(self)
            || self.parts().any(|part| words().any(|word| begins(part, word)))
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.name().split(|byte| !byte.is_ascii_alphanumeric())
    }
}

fn begins(part: &[u8], word: &[u8]) -> bool {
    part.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// Services that run elsewhere, and the names of programs that collect their events, as sources and packs state them.
pub(super) struct Elsewhere {
    /// First words of the sources' ids.
    vendors: Vec<&'static [u8]>,
    /// Beginnings of the words by which collectors are called.
    collectors: Vec<Vec<u8>>,
}

impl Elsewhere {
    /// By all built-in sources and packs, those too that the policy disables, and these mappings.
    pub(super) fn new(mappings: &[&Mapping]) -> Elsewhere {
        let packs = pack::built_in();
        let mut elsewhere = Elsewhere { vendors: Vec::new(), collectors: Vec::new() };
        let sources = source::ALL.iter().map(|source| (source.id, source.is_remote));
        let packs_of =
            packs.iter().map(|pack| (pack.source.as_str(), pack.is_remote == Some(true)));
        for (id, _) in sources.chain(packs_of).filter(|(_, is_remote)| *is_remote) {
            let vendor = vendor(id.as_bytes());
            if !elsewhere.vendors.contains(&vendor) {
                elsewhere.vendors.push(vendor);
            }
        }
        let of_sources = source::ALL.iter().flat_map(|source| source.collectors.iter().copied());
        let of_packs = packs.iter().flat_map(|pack| &pack.collectors);
        let of_mappings = mappings.iter().flat_map(|mapping| &mapping.collectors);
        let stated = of_packs.chain(of_mappings).map(String::as_str);
        for word in shippers::COLLECTORS.iter().copied().chain(of_sources).chain(stated) {
            let word = word.as_bytes();
            if !elsewhere.collectors.iter().any(|known| word.starts_with(known)) {
                elsewhere.collectors.push(word.to_vec());
            }
        }
        elsewhere
    }

    /// True if the mapping's events come from a service that runs elsewhere: it states that, or another source of the vendor does.
    pub(super) fn has(&self, mapping: &Mapping) -> bool {
        let is_of_vendor = || self.vendors.contains(&vendor(mapping.source.as_bytes()));
        mapping.is_remote.unwrap_or_else(is_of_vendor)
    }

    /// True if the author collects what others write, by its name.
    pub(super) fn is_collected_by(&self, author: &Author) -> bool {
        author.parts().any(|part| self.collectors.iter().any(|word| begins(part, word)))
    }
}

/// The first word of a source's id.
fn vendor(source: &[u8]) -> &[u8] {
    source.split(|byte| b"._".contains(byte)).next().unwrap_or_default()
}

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
        let elsewhere = Elsewhere::new(&[]);
        let is_remote = |source: &str| {
            elsewhere.has(&Mapping { source: source.to_owned(), ..Mapping::default() })
        };
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
            ("azure-functions", "okta.system", true),
            ("pubsub-reader", "github.audit", true),
            ("kinesis", "okta.extra", true),
            ("okta-mirror", "okta.extra", true),
            ("blog", "okta.extra", false),
        ] {
            let mut author = Author::NONE;
            author.learn(called(name.as_bytes()));
            let is_remote = is_remote(source);
            let may_write = author.may_write(source.as_bytes(), &elsewhere);
            assert_eq!(!is_remote || may_write, may, "{name} {source}");
        }
    }

    #[test]
    fn a_mapping_states_where_its_service_runs_and_who_collects_its_events() {
        let acme = |is_remote| Mapping {
            source: "acme.app".to_owned(),
            is_remote,
            collectors: vec!["acme".to_owned()],
            ..Mapping::default()
        };
        let (remote, okta) =
            (acme(Some(true)), Mapping { source: "okta.x".to_owned(), ..acme(Some(false)) });
        let elsewhere = Elsewhere::new(&[&remote]);
        assert!(elsewhere.has(&remote) && !elsewhere.has(&acme(None)) && !elsewhere.has(&okta));
        let mut author = Author::NONE;
        author.learn(b"acme-reader");
        assert!(author.may_write(b"okta.system", &elsewhere));
        assert!(!author.may_write(b"okta.system", &Elsewhere::new(&[])));
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
