//! Authors: which container or program wrote what a shipper passes on. An application may print events of anybody's cloud, database or operating system: they
//! are believed from what is called after the source, and from programs that collect what others write.

use crate::mapping::Mapping;
use crate::parse::line::word;
use crate::parse::shippers;
use crate::{pack, source};

/// Longer names are compared by their beginning.
const LONGEST: usize = 192;
/// Words of so many letters are in words of all kinds: they are compared as a whole.
const SHORT: usize = 3;

/// Ids of containers and the like in hexadecimal digits are no shorter; they say nothing of who it is.
const SHORTEST_ID: usize = 12;

/// The names of who wrote a record that a shipper wrapped; empty where nothing says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Author {
    /// Behind the first one, a container's image and labels.
    names: [u8; LONGEST],
    len: u8,
    by: NamedBy,
    /// The record may name its container more closely within.
    is_coarse: bool,
}

/// Where the names of an author are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamedBy {
    /// The header of syslog, which devices write as well.
    Header,
    /// The journal: a process of the machine itself.
    Journal,
    /// The application may have chosen them itself.
    Hearsay,
    /// The runtime of the container.
    Runtime,
}

impl Author {
    pub(super) const NONE: Author =
        Author { names: [0; LONGEST], len: 0, by: NamedBy::Header, is_coarse: false };

    /// The outermost is the one that the shipper names.
    pub(super) fn learn(&mut self, name: &[u8]) {
        let name = called(name);
        if !self.is_settled() && !name.is_empty() && !is_id(name) {
            self.forget();
            self.add(name);
        }
    }

    /// As above, by the journal.
    pub(super) fn learn_process(&mut self, name: &[u8]) {
        if !self.is_settled() {
            self.learn(name);
            if self.is_settled() {
                self.by = NamedBy::Journal;
            }
        }
    }

    fn forget(&mut self) {
        *self = Author::NONE;
    }

    /// As above, of a container of these names.
    pub(super) fn learn_container<'n>(&mut self, names: impl Iterator<Item = &'n [u8]>) {
        if self.is_settled() {
            return;
        }
        let before = *self;
        self.forget();
        for name in names {
            self.add(called(name));
        }
        self.by = NamedBy::Runtime;
        if !self.is_known() {
            *self = before;
        }
    }

    /// As above, of a unit of the system, and the name that its process has.
    pub(super) fn learn_unit(&mut self, unit: &[u8], program: &[u8]) {
        if !self.is_settled() {
            self.forget();
            let unit = unit.strip_suffix(b".service").unwrap_or(unit);
            self.add(called(unit));
            self.add(called(program));
            self.by = NamedBy::Journal;
        }
    }

    /// Another name that an application may have chosen.
    pub(super) fn add_hearsay(&mut self, name: &[u8]) {
        if !is_id(name) && name != UNTOLD {
            self.add(called(name));
            self.by = NamedBy::Hearsay;
        }
    }

    /// A name that stands for many containers: one within the record goes before it.
    pub(super) fn add_coarse(&mut self, name: &[u8]) {
        self.is_coarse = !self.is_known();
        self.add_hearsay(name);
    }

    /// As `other`, if nothing is known yet.
    pub(super) fn learn_from(&mut self, other: Author) {
        if !self.is_settled() && other.is_known() {
            *self = other;
        }
    }

    /// True if what the record holds may name its author more closely.
    pub(super) fn is_coarse(&self) -> bool {
        self.is_known() && self.is_coarse
    }

    /// True if its names make no line that of another program.
    pub(super) fn is_hearsay(&self) -> bool {
        self.is_known() && self.by == NamedBy::Hearsay
    }

    /// True if nothing within the record names its author more closely.
    pub(super) fn is_settled(&self) -> bool {
        self.is_known() && !self.is_coarse
    }

    /// True if it may be a device, which puts words of its own where programs put their names: `%ASA-6-113015`, `CEF`, `FW-01`.
    fn may_be_device(&self) -> bool {
        self.by == NamedBy::Header && !self.text().iter().any(u8::is_ascii_lowercase)
            || shippers::DEVICES.iter().any(|device| {
                let name = self.text().trim_ascii_end();
                let end = name.iter().rposition(|byte| byte.is_ascii_alphabetic());
                let name = end.and_then(|end| name.get(..end.saturating_add(1)));
                self.by != NamedBy::Runtime
                    && name.is_some_and(|name| name.eq_ignore_ascii_case(device))
            })
    }

    fn add(&mut self, name: &[u8]) {
        let used = usize::from(self.len);
        let at = if used == 0 { 0 } else { used.saturating_add(1) };
        let place = self.names.get_mut(at..).unwrap_or_default();
        let len = name.len().min(place.len());
        if len > 0 {
            place.iter_mut().zip(name).for_each(|(place, byte)| *place = *byte);
            if let Some(blank) = self.names.get_mut(used).filter(|_| at > used) {
                *blank = b' ';
            }
            self.len = u8::try_from(at.saturating_add(len)).unwrap_or(u8::MAX);
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.len > 0
    }

    /// All names, with a blank between them.
    pub(super) fn text(&self) -> &[u8] {
        self.names.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.text().split(|&byte| byte == b' ')
    }

    /// True if one of its names has a word that begins with one of these.
    fn is_called<'w>(&self, mut words: impl Iterator<Item = &'w [u8]>) -> bool {
        words.any(|word| {
            parts(self.text()).any(|part| begins(part, word))
                || self.names().any(|name| begins_in_parts(name, word))
        })
    }
}

/// Name that Loki gives to streams of which nothing says the service.
const UNTOLD: &[u8] = b"unknown_service";

/// True if a name is an id.
fn is_id(name: &[u8]) -> bool {
    name.len() >= SHORTEST_ID && name.iter().all(u8::is_ascii_hexdigit)
}

fn parts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| !byte.is_ascii_alphanumeric())
}

/// True if a part of a name begins with a word; with a short one, where nothing follows but digits or the mark of several: `log`, `logs`, `box2`.
fn begins(part: &[u8], word: &[u8]) -> bool {
    let Some((head, rest)) = part.split_at_checked(word.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(word)
        && (word.len() > SHORT || matches!(rest, b"s") || rest.iter().all(u8::is_ascii_digit))
}

/// True if a name begins with a word, in parts: `palo-alto-fw`, `sentinel_one`.
fn begins_in_parts(name: &[u8], word: &[u8]) -> bool {
    let mut letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    word.len() > SHORT
        && word.iter().all(|byte| letters.next().is_some_and(|own| own.eq_ignore_ascii_case(byte)))
}

/// Parts of sources' ids by which programs of other kinds are called as well; `ecs` is a service of AWS too.
const WIDE: [&[u8]; 18] = [
    b"access",
    b"activity",
    b"admin",
    b"alerts",
    b"api",
    b"application",
    b"ecs",
    b"entities",
    b"error",
    b"git",
    b"graph",
    b"http",
    b"management",
    b"production",
    b"query",
    b"security",
    b"text",
    b"web",
];

/// Whose word for the events of a source is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Nobody's: any program may write them.
    No,
    /// That of a container, of an application and of a program of a machine, unless it is called after the source: a device's is.
    Programs,
    /// As above, and a device's too.
    All,
}

impl Bound {
    /// True if the author's word is not enough.
    pub(super) fn binds(self, author: &Author) -> bool {
        match self {
            Bound::No => false,
            Bound::Programs => !author.may_be_device(),
            Bound::All => true,
        }
    }
}

/// Who writes the events of which source, and who collects what others write, as sources and packs state it.
pub(super) struct Writers {
    /// By the first word of the sources' ids.
    vendors: Vec<Vendor>,
    /// Beginnings of the words by which collectors are called.
    collectors: Vec<Vec<u8>>,
}

struct Vendor {
    name: &'static [u8],
    /// Further words by which its programs and containers are called.
    words: Vec<&'static [u8]>,
    is_remote: bool,
    has_writers: bool,
}

impl Writers {
    /// By all built-in sources and packs, those too that the policy disables, and these mappings.
    pub(super) fn new(mappings: &[&Mapping]) -> Writers {
        let packs = pack::built_in();
        let mut writers = Writers { vendors: Vec::new(), collectors: Vec::new() };
        for source in source::ALL.iter().filter(|source| source.is_remote) {
            writers.add(source.id.as_bytes(), true, &[]);
        }
        for pack in packs {
            writers.add(pack.source.as_bytes(), pack.is_remote == Some(true), &pack.writers);
        }
        let of_sources = source::ALL.iter().flat_map(|source| source.collectors.iter().copied());
        let of_packs = packs.iter().flat_map(|pack| &pack.collectors);
        let of_mappings = mappings.iter().flat_map(|mapping| &mapping.collectors);
        let stated = of_packs.chain(of_mappings).map(String::as_str);
        for word in shippers::COLLECTORS.iter().copied().chain(of_sources).chain(stated) {
            let word = word.as_bytes();
            if !writers.collectors.iter().any(|known| word == known) {
                writers.collectors.push(word.to_vec());
            }
        }
        writers
    }

    fn add(&mut self, source: &'static [u8], is_remote: bool, words: &'static [String]) {
        let name = vendor(source);
        let words = words.iter().map(String::as_bytes);
        match self.vendors.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                known.is_remote |= is_remote;
                known.has_writers |= words.len() > 0;
                known.words.extend(words);
            }
            None => {
                let has_writers = words.len() > 0;
                let words = words.collect();
                self.vendors.push(Vendor { name, words, is_remote, has_writers });
            }
        }
    }

    fn vendor(&self, source: &[u8]) -> Option<&Vendor> {
        let name = vendor(source);
        self.vendors.iter().find(|known| known.name == name)
    }

    /// Whose word is not enough for a mapping's events: it states that, or another source of the vendor does.
    pub(super) fn bound(&self, mapping: &Mapping) -> Bound {
        let vendor = self.vendor(mapping.source.as_bytes());
        match mapping.is_remote {
            Some(true) => Bound::All,
            _ if !mapping.writers.is_empty() => Bound::All,
            None if vendor.is_some_and(|vendor| vendor.is_remote || vendor.has_writers) => {
                Bound::All
            }
            None if vendor.is_some() => Bound::Programs,
            _ => Bound::No,
        }
    }

    /// True if the author may write events of the source: it is called after that or its writers, or collects them.
    pub(super) fn may_write(&self, author: &Author, source: &[u8], more: &[String]) -> bool {
        let vendor = self.vendor(source);
        let words = vendor.map_or(&[][..], |vendor| vendor.words.as_slice());
        let stated = more.iter().map(String::as_bytes);
        // Of a product that runs in many places, its own name counts too: `asa`, `panos`.
        let is_product = vendor.is_some_and(|vendor| !vendor.is_remote);
        let parts = parts(source).take(if is_product { usize::MAX } else { 1 });
        let parts = parts.filter(|part| !WIDE.contains(part));
        self.is_collected_by(author)
            || author.is_called(parts.chain(words.iter().copied()))
            || author.is_called(stated)
    }

    /// True if the author collects what others write, by its name.
    pub(super) fn is_collected_by(&self, author: &Author) -> bool {
        self.is_collector(author.text())
    }

    /// True if one of these names, with a blank between them, is called like those who pass on what others write, or is that of a machine.
    pub(super) fn is_passed_on_by(&self, names: &[u8]) -> bool {
        let is_machine = |name: &[u8]| {
            shippers::MACHINES.iter().any(|machine| name.eq_ignore_ascii_case(machine))
        };
        self.is_collector(names) || names.split(|&byte| byte == b' ').any(is_machine)
    }

    fn is_collector(&self, names: &[u8]) -> bool {
        let is_collector = |part: &[u8]| self.collectors.iter().any(|word| begins(part, word));
        // `AWSLogForwarder`, `awslogs`: a short word before another one.
        parts(names).any(|part| {
            is_collector(part)
                || part
                    .split_at_checked(SHORT)
                    .is_some_and(|(head, rest)| is_collector(head) && is_collector(rest))
        })
    }
}

/// The first word of a source's id.
fn vendor(source: &[u8]) -> &[u8] {
    source.split(|byte| b"._".contains(byte)).next().unwrap_or_default()
}

/// The name of an image or a unit without its path and version: `/guestbook`, `registry/guestbook:1.2`.
fn called(name: &[u8]) -> &[u8] {
    let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    let name = word(name).0;
    name.split(|byte| b":@".contains(byte)).find(|part| !part.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(name: &str, is_container: bool) -> Author {
        let mut author = Author::NONE;
        if is_container {
            author.learn_container(name.split(' ').map(str::as_bytes));
        } else {
            author.learn(name.as_bytes());
        }
        author
    }

    /// True if events of the source are taken from an author, as `normalise` asks.
    fn takes(writers: &Writers, mapping: &Mapping, author: &Author) -> bool {
        !author.is_known()
            || !writers.bound(mapping).binds(author)
            || writers.may_write(author, mapping.source.as_bytes(), &mapping.writers)
    }

    fn of(source: &str) -> Mapping {
        Mapping { source: source.to_owned(), ..Mapping::default() }
    }

    #[test]
    fn who_may_write_events_of_a_cloud() {
        let writers = Writers::new(&[]);
        for (name, source, may) in [
            ("", "aws.cloudtrail", true),
            ("guestbook", "aws.cloudtrail", false),
            ("guestbook", "http.access", true),
            ("cloudtrail", "aws.cloudtrail", true),
            ("CloudTrail-to-syslog", "aws.cloudtrail", true),
            ("awslogs", "aws.cloudtrail", true),
            ("AWSLogForwarder", "aws.cloudtrail", true),
            ("aws2", "okta.system", true),
            ("awsome", "aws.cloudtrail", false),
            ("okta", "okta.system", true),
            ("okta", "github.audit", false),
            ("blog", "okta.system", false),
            ("login-service", "okta.system", false),
            ("logistics", "okta.system", false),
            ("system-api", "okta.system", false),
            ("catalog-api", "aws.cloudtrail", false),
            ("log-router", "okta.system", true),
            ("logs", "okta.system", true),
            ("fluent-bit", "azure.signin", true),
            ("python3", "gcp.audit", false),
            ("azure-functions", "okta.system", true),
            ("pubsub-reader", "github.audit", true),
            ("kinesis", "okta.extra", true),
            ("okta-mirror", "okta.extra", true),
            ("blog", "okta.extra", false),
        ] {
            for is_container in [true, false] {
                let author = author(name, is_container);
                assert_eq!(takes(&writers, &of(source), &author), may, "{name} {source}");
            }
        }
    }

    #[test]
    fn a_container_writes_events_of_the_product_that_it_is_called_after() {
        let writers = Writers::new(&[]);
        for (name, source, may) in [
            ("guestbook", "vault.audit", false),
            ("vault", "vault.audit", true),
            ("app-db-1 postgres", "postgresql", true),
            ("app-db-1", "postgresql", false),
            ("postgresql", "mysql.error", false),
            ("mysqld", "mysql.audit", true),
            ("db mariadb", "mysql.error", true),
            ("kube-apiserver", "kubernetes.audit", true),
            ("guestbook", "kubernetes.audit", false),
            ("guestbook", "windows.security", false),
            ("winlogbeat", "windows.security", true),
            ("security-scanner", "windows.security", false),
            ("guestbook", "cef", false),
            ("guestbook", "leef", false),
            ("guestbook", "ecs", false),
            ("ecs-agent", "ocsf", false),
            ("filebeat", "ecs", true),
            ("guestbook", "http.access", true),
            ("guestbook", "acme.app", true),
        ] {
            let author = author(name, true);
            assert_eq!(takes(&writers, &of(source), &author), may, "{name} {source}");
        }
    }

    #[test]
    fn devices_put_words_of_their_own_where_programs_put_their_names() {
        let writers = Writers::new(&[]);
        for (name, source, may) in [
            ("guestbook", "cef", false),
            ("guestbook", "cisco.asa", false),
            ("guestbook", "windows.security", false),
            ("guestbook", "ocsf", false),
            ("guestbook", "vault.audit", false),
            ("guestbook", "http.access", true),
            ("CEF", "cef", true),
            ("%ASA-6-113015", "cisco.asa", true),
            ("INT-FW01", "cisco.asa", true),
            ("45", "cisco.ios", true),
            ("edge-asa-1", "cisco.asa", true),
            ("asana", "cisco.asa", false),
            ("firewall", "cisco.asa", true),
            ("fw1", "cef", true),
            ("firewall-api", "cef", false),
            ("palo-alto-fw", "paloalto.panos", true),
            ("rsyslogd", "cisco.asa", true),
            ("Microsoft-Windows-Security-Auditing", "windows.security", true),
            ("MSWinEventLog", "windows.security", true),
            ("APP", "vault.audit", false),
        ] {
            let author = author(name, false);
            assert_eq!(takes(&writers, &of(source), &author), may, "{name} {source}");
        }
        // The journal's are programs of the machine, and so are applications; containers are no devices.
        let (mut journal, mut hearsay) = (Author::NONE, Author::NONE);
        journal.learn_process(b"INT-FW01");
        hearsay.add_hearsay(b"SHOP");
        for author in [journal, hearsay, author("fw1", true)] {
            assert!(!takes(&writers, &of("cef"), &author), "{author:?}");
        }
        hearsay = Author::NONE;
        hearsay.add_hearsay(b"firewall");
        assert!(takes(&writers, &of("cef"), &hearsay));
    }

    #[test]
    fn ids_name_nobody_and_a_group_gives_way_to_a_container() {
        for id in ["3f4e5d6c7b8a", "0123456789abcdef0123456789abcdef"] {
            assert!(!author(id, false).is_known());
        }
        assert!(author("facade", false).is_known());
        let mut author = Author::NONE;
        author.add_hearsay(b"unknown_service");
        assert!(!author.is_known());
        author.add_coarse(b"application");
        author.learn(b"");
        assert!(author.is_known() && author.is_coarse() && !author.is_settled());
        author.learn_container([&b""[..]].into_iter());
        assert!(author.text() == b"application" && author.is_hearsay());
        author.learn_container([&b"vault"[..]].into_iter());
        author.learn_container([&b"shop"[..]].into_iter());
        assert!(author.text() == b"vault" && !author.is_hearsay());
    }

    #[test]
    fn a_mapping_states_where_its_service_runs_and_who_writes_and_collects_its_events() {
        let acme = |is_remote| Mapping {
            source: "acme.app".to_owned(),
            is_remote,
            collectors: vec!["acme".to_owned()],
            ..Mapping::default()
        };
        let (remote, okta) =
            (acme(Some(true)), Mapping { source: "okta.x".to_owned(), ..acme(Some(false)) });
        let written = Mapping { writers: vec!["shop".to_owned()], ..of("acme.app") };
        let writers = Writers::new(&[&remote]);
        let bounds = [&remote, &acme(None), &okta, &written, &of("okta.y"), &of("squid.y")]
            .map(|mapping| writers.bound(mapping));
        let (all, programs) = (Bound::All, Bound::Programs);
        assert_eq!(bounds, [all, Bound::No, Bound::No, all, all, programs]);
        assert!(takes(&writers, &of("okta.system"), &author("acme-reader", true)));
        assert!(!takes(&Writers::new(&[]), &of("okta.system"), &author("acme-reader", true)));
        assert!(takes(&writers, &written, &author("shop-2", true)));
        assert!(!takes(&writers, &written, &author("guestbook", false)));
    }

    #[test]
    fn a_unit_goes_with_the_name_that_its_process_has() {
        let mut author = Author::NONE;
        author.learn_unit(b"guestbook@1.service", b"");
        author.learn_unit(b"cloudtrail.service", b"cloudtrail");
        assert_eq!(author.text(), b"guestbook");
        let mut author = Author::NONE;
        author.learn_unit(b"shop.service", b"node");
        assert!(author.text() == b"shop node" && author.by == NamedBy::Journal);
        let mut author = Author::NONE;
        for name in [&b"shop"[..], b"", b"web/shop:2"] {
            author.add_hearsay(name);
        }
        assert!(author.text() == b"shop shop" && author.is_hearsay());
    }

    #[test]
    fn the_outermost_name_counts() {
        let mut author = Author::NONE;
        author.learn(b"");
        author.learn(b"/guestbook");
        author.learn(b"cloudtrail");
        assert_eq!(author.text(), b"guestbook");
        let mut author = Author::NONE;
        author.learn_container(
            ["/shop-db", "", "registry.example:5000/log/postgres:16@sha256:0", "db"]
                .into_iter()
                .map(str::as_bytes),
        );
        author.learn(b"cloudtrail");
        assert_eq!(author.names().collect::<Vec<_>>(), [&b"shop-db"[..], b"postgres", b"db"]);
        let mut long = Author::NONE;
        long.learn_container([&[b'a'; 300][..], b"log"].into_iter());
        assert!(long.text().len() == LONGEST && long.by == NamedBy::Runtime);
    }
}
