//! Attributes by which shippers name who wrote a record: beside the text, in objects of attributes, or in OTLP's lists of them.

use super::atom::{Atom, Atoms, UNKNOWN};
use super::line::{split_once, word};
use super::shippers::{
    ATTRIBUTE_KEYS, ATTRIBUTE_VALUES, AUTHOR_KEYS, AUTHOR_PATHS, GROUP_PATHS, GROUPS, JOB_KEY,
    LABEL_KEYS, PLACES, RECORD_PLACES,
};
use super::tape::{Node, Tape};
use crate::text::unescape;
use crate::value::{Kind, Texts};

/// Paths are no longer; those of places stand before them.
const LONGEST: usize = 4;
/// Objects and lists within one another that are looked into.
const MOST_DEEP: u32 = 6;
/// Values of one record that are looked at.
const MOST_VALUES: u32 = 256;

/// Stands for the author of a record that has more: no program is called so.
const TOO_MANY: &[u8] = b"?";

/// The name of an author, as a record states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated<'n> {
    Name(&'n [u8]),
    /// That of a group to which many of them write.
    Coarse(&'n [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A name.
    Name,
    /// The place that the record was taken from.
    Group,
    /// A job of Prometheus' kind, which names an application behind its namespace: `shop/guestbook`.
    Job,
}

struct Named {
    path: [Atom; LONGEST],
    meaning: Meaning,
    /// It counts in the record itself, and in a place.
    is_outside: bool,
    is_inside: bool,
}

/// The paths of all such attributes, by their atoms.
pub struct Authors {
    /// In the order of the first key.
    named: Vec<Named>,
    /// By atom: those of them whose first key it is, from one number to another.
    ranges: Vec<(u16, u16)>,
    places: Vec<Atom>,
    /// Those of them that hold what is said of the record itself.
    of_records: Vec<Atom>,
    keys: [Atom; 4],
    values: Vec<Atom>,
}

/// A path as one key.
fn joined(path: &[&str]) -> String {
    path.join(".")
}

impl Authors {
    /// Every key that is asked for.
    pub fn keys() -> impl Iterator<Item = String> {
        let paths = || AUTHOR_PATHS.iter().chain(GROUP_PATHS);
        let parts = paths().flat_map(|path| path.iter().map(|key| (*key).to_owned()));
        let others = [PLACES, AUTHOR_KEYS, LABEL_KEYS, ATTRIBUTE_VALUES, &ATTRIBUTE_KEYS];
        let others = others.into_iter().flatten().map(|key| (*key).to_owned());
        parts.chain(paths().map(|path| joined(path))).chain(others).chain([JOB_KEY.to_owned()])
    }

    pub fn new(atoms: &Atoms) -> Authors {
        let find = |key: &str| atoms.find(key.as_bytes());
        let mut named: Vec<Named> = Vec::new();
        let mut add = |keys: &[&str], meaning, is_outside, is_inside| {
            let mut path = [UNKNOWN; LONGEST];
            path.iter_mut().zip(keys).for_each(|(place, key)| *place = find(key));
            named.push(Named { path, meaning, is_outside, is_inside });
        };
        for (paths, meaning) in [(AUTHOR_PATHS, Meaning::Name), (GROUP_PATHS, Meaning::Group)] {
            for path in paths {
                add(path, meaning, true, true);
                if path.len() > 1 {
                    add(&[&joined(path)], meaning, true, true);
                }
            }
        }
        AUTHOR_KEYS.iter().for_each(|key| add(&[key], Meaning::Name, true, false));
        LABEL_KEYS.iter().for_each(|key| add(&[key], Meaning::Name, false, true));
        add(&[JOB_KEY], Meaning::Job, false, true);
        named.sort_by_key(|named| named.path.first().copied());
        let mut ranges = vec![(0, 0); usize::from(atoms.count()).saturating_add(1)];
        for (at, named) in (0u16..).zip(&named) {
            let first = named.path.first().copied().unwrap_or_default();
            if let Some(range) = ranges.get_mut(usize::from(first)).filter(|_| first != UNKNOWN) {
                *range = (if range.1 == 0 { at } else { range.0 }, at.saturating_add(1));
            }
        }
        Authors {
            named,
            ranges,
            places: PLACES.iter().map(|key| find(key)).collect(),
            of_records: RECORD_PLACES.iter().map(|key| find(key)).collect(),
            keys: ATTRIBUTE_KEYS.map(find),
            values: ATTRIBUTE_VALUES.iter().map(|key| find(key)).collect(),
        }
    }

    /// The paths that begin with a key.
    fn beginning_with(&self, key: Atom) -> &[Named] {
        let (from, to) = self.ranges.get(usize::from(key)).copied().unwrap_or_default();
        self.named.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }

    /// Keys of a record by which it may name its author.
    pub fn outermost(&self) -> impl Iterator<Item = Atom> {
        let firsts = self.named.iter().filter(|named| named.is_outside);
        let firsts = firsts.filter_map(|named| named.path.first().copied());
        firsts.chain(self.places.iter().copied())
    }

    /// Each name that a record states of who wrote it.
    pub fn each(
        &self,
        tape: &Tape,
        object: u32,
        texts: Texts<'_>,
        atoms: &Atoms,
        put: &mut dyn FnMut(Stated<'_>),
    ) {
        // What the application says of the record itself counts only where nothing is said of the application.
        for is_of_record in [false, true] {
            let left = MOST_VALUES;
            let mut look =
                Look { authors: self, tape, texts, atoms, left, is_of_record, has_put: false, put };
            look.object(object, &[], false, MOST_DEEP);
            if look.left == 0 {
                look.put(TOO_MANY, Meaning::Name);
            }
            if look.has_put {
                return;
            }
        }
    }
}

/// A look at one record.
struct Look<'l, 't> {
    authors: &'l Authors,
    tape: &'t Tape,
    texts: Texts<'t>,
    atoms: &'l Atoms,
    left: u32,
    /// It looks at the attributes of the record, else at those of who wrote it.
    is_of_record: bool,
    has_put: bool,
    put: &'l mut dyn FnMut(Stated<'_>),
}

impl Look<'_, '_> {
    /// The members of an object at such a path, in a place or not. It goes no deeper than `deep`.
    fn object(&mut self, object: u32, path: &[Atom], is_inside: bool, deep: u32) {
        let tape = self.tape;
        for child in tape.children(object) {
            let Some(node) = tape.node(child).filter(|_| self.left > 0) else { return };
            self.left = self.left.saturating_sub(1);
            if node.atom != UNKNOWN {
                self.member(child, node, node.atom, path, is_inside, deep);
            }
        }
    }

    fn member(
        &mut self,
        at: u32,
        node: &Node,
        key: Atom,
        path: &[Atom],
        is_inside: bool,
        deep: u32,
    ) {
        let Some(deep) = deep.checked_sub(1) else { return };
        if path.is_empty() && self.authors.places.contains(&key) {
            if !is_inside && self.authors.of_records.contains(&key) != self.is_of_record {
                return;
            }
            match node.kind {
                Kind::Object => return self.object(at, &[], true, deep),
                Kind::Array => return self.list(at, deep),
                _ => {}
            }
        }
        let mut longer = [UNKNOWN; LONGEST];
        let Some(place) = longer.get_mut(path.len()) else { return };
        *place = key;
        longer.iter_mut().zip(path).for_each(|(place, key)| *place = *key);
        let len = path.len().saturating_add(1);
        let begins = |named: &&Named| {
            let is_there = if is_inside { named.is_inside } else { named.is_outside };
            is_there && named.path.get(..len) == longer.get(..len)
        };
        let first = longer.first().copied().unwrap_or_default();
        let mut found = self.authors.beginning_with(first).iter().filter(begins).peekable();
        if found.peek().is_none() {
            return;
        }
        match node.kind {
            Kind::Object => self.object(at, longer.get(..len).unwrap_or_default(), is_inside, deep),
            _ => {
                let is_whole =
                    |named: &&Named| named.path.get(len).is_none_or(|key| *key == UNKNOWN);
                if let Some(meaning) = found.find(is_whole).map(|named| named.meaning) {
                    self.value(at, node, meaning, deep);
                }
            }
        }
    }

    /// A list of attributes, each with its key and value.
    fn list(&mut self, list: u32, deep: u32) {
        let tape = self.tape;
        for element in tape.children(list) {
            if self.left == 0 {
                return;
            }
            self.left = self.left.saturating_sub(1);
            let (mut key, mut value) = (UNKNOWN, None);
            for child in tape.children(element) {
                let Some(node) = tape.node(child) else { return };
                let [one, other, ..] = self.authors.keys;
                if node.atom == one || node.atom == other {
                    key = self.atoms.find(self.texts.content(node.span()));
                } else if self.authors.keys.contains(&node.atom) {
                    value = Some((child, node));
                }
            }
            if let Some((at, node)) = value.filter(|_| key != UNKNOWN) {
                self.attribute(at, node, key, deep);
            }
        }
    }

    fn attribute(&mut self, at: u32, node: &Node, key: Atom, deep: u32) {
        let is_it = |named: &&Named| named.is_inside && matches!(named.path, [_, UNKNOWN, ..]);
        if let Some(meaning) =
            self.authors.beginning_with(key).iter().find(is_it).map(|named| named.meaning)
        {
            self.value(at, node, meaning, deep);
        }
    }

    /// A text, or the first one of a list, or of an object that tells its type.
    fn value(&mut self, at: u32, node: &Node, meaning: Meaning, deep: u32) {
        let (tape, Some(deep)) = (self.tape, deep.checked_sub(1)) else { return };
        match node.kind {
            Kind::String if node.is_broken() => {}
            Kind::String if node.is_escaped() => {
                let mut meant = Vec::new();
                if unescape(self.texts.content(node.span()), &mut meant).is_ok() {
                    self.put(&meant, meaning);
                }
            }
            Kind::String => {
                let content = self.texts.content(node.span());
                self.put(content, meaning);
            }
            Kind::Array => {
                if let Some(first) = tape.children(at).next()
                    && let Some(node) = tape.node(first)
                {
                    self.value(first, node, meaning, deep);
                }
            }
            Kind::Object => {
                let values = &self.authors.values;
                let found = tape.children(at).find_map(|child| {
                    let node = tape.node(child).filter(|node| values.contains(&node.atom))?;
                    (node.kind != Kind::Null).then_some((child, node))
                });
                if let Some((child, node)) = found {
                    self.value(child, node, meaning, deep);
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, text: &[u8], meaning: Meaning) {
        // Of a command, its program.
        let name = word(text).0;
        let stated = match meaning {
            _ if name.is_empty() => None,
            Meaning::Name => Some(Stated::Name(name)),
            Meaning::Job => split_once(name, b"/").map(|(_, name)| Stated::Name(name)),
            Meaning::Group => {
                let stated = name.strip_prefix(OF_CONTAINER).map(Stated::Name);
                stated.or_else(|| of_group(name))
            }
        };
        if let Some(stated) = stated {
            self.has_put = true;
            (self.put)(stated);
        }
    }
}

/// Splunk's type of what a container prints.
const OF_CONTAINER: &[u8] = b"kube:container:";

/// The application whose prints a place holds, by the place's name: `/aws/lambda/guestbook`, `111122223333:/ecs/guestbook`.
pub fn of_group(place: &[u8]) -> Option<Stated<'_>> {
    let azures = |place: &[u8]| -> Option<usize> {
        let is_there = |window: &[u8]| window.eq_ignore_ascii_case(b"/providers/microsoft.");
        place.windows(21).position(is_there)
    };
    let place = match place.first() {
        // An account or a region may stand before it.
        Some(b'/') => place,
        _ => {
            let at = place.iter().position(|&byte| byte == b':')?;
            place.get(at.saturating_add(1)..)?
        }
    };
    let place = azures(place).and_then(|at| place.get(at..)).unwrap_or(place);
    GROUPS.iter().find_map(|group| {
        let rest = behind(place, group.begins.as_bytes())?;
        if super::wrap::is_system_log(rest) {
            return None;
        }
        let mut parts = rest.split(|&byte| byte == b'/').filter(|part| !part.is_empty());
        let last = || group.begins.rsplit('/').find(|part| !part.is_empty()).map(str::as_bytes);
        let name = parts.nth(group.names).or_else(last)?;
        Some(if group.is_coarse { Stated::Coarse(name) } else { Stated::Name(name) })
    })
}

/// The rest of a place behind a beginning, in which `*` is any part of a path.
fn behind<'p>(place: &'p [u8], begins: &[u8]) -> Option<&'p [u8]> {
    let mut rest = place;
    let mut pieces = begins.split(|&byte| byte == b'*');
    let head = pieces.next()?;
    let without = |text: &'p [u8], piece: &[u8]| -> Option<&'p [u8]> {
        let (head, rest) = text.split_at_checked(piece.len())?;
        head.eq_ignore_ascii_case(piece).then_some(rest)
    };
    rest = without(rest, head)?;
    for piece in pieces {
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        rest = without(rest.get(end..)?, piece)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_services_that_run_what_customers_write_name_an_application() {
        for (place, name) in [
            ("/aws/lambda/guestbook", "guestbook"),
            ("111122223333:/aws/lambda/guestbook", "guestbook"),
            ("eu-west-1:/ecs/guestbook:web/web/0", "guestbook:web"),
            ("/ecs/guestbook", "guestbook"),
            ("/aws/ecs/shop", "shop"),
            ("/aws/ecs/containerinsights/prod/performance", "prod"),
            ("/aws/containerinsights/prod/performance", "performance"),
            ("/aws/apprunner/shop/0123/application", "shop"),
            ("/aws/batch/job", "job"),
            ("/aws/elasticbeanstalk/shop/var/log/web.stdout.log", "shop"),
            ("/aws-glue/jobs/output", "jobs"),
            (
                "/SUBSCRIPTIONS/0/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.WEB/SITES/GUESTBOOK",
                "GUESTBOOK",
            ),
        ] {
            assert_eq!(of_group(place.as_bytes()), Some(Stated::Name(name.as_bytes())), "{place}");
        }
        assert_eq!(
            of_group(b"/aws/containerinsights/prod/application"),
            Some(Stated::Coarse(b"application"))
        );
        for place in [
            "",
            "/",
            "stderr",
            "/var/log/secure",
            "/aws/cloudtrail/org",
            "aws-cloudtrail-logs-1",
            "CloudTrail/DefaultLogGroup",
            "/aws/rds/instance/db1/postgresql",
            "/aws/eks/prod/cluster",
            "/aws/containerinsights/prod/host",
            "/aws/containerinsights/prod/dataplane",
            "/aws/elasticbeanstalk/shop/var/log/messages",
            "/acme/guestbook",
            "guestbook",
            "/subscriptions/0/providers/Microsoft.ContainerService/managedClusters/prod",
            "/ecs",
            "http:app",
        ] {
            assert_eq!(of_group(place.as_bytes()), None, "{place}");
        }
    }
}
