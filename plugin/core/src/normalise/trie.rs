//! The trie of all paths: built once, when the sources and mappings are known.

use super::author::Bound;
use super::compiled::{Compiled, Origin};
use super::mapped::{Cells, Mapped};
use super::{Normaliser, inner};
use crate::cached_layout::Target;
use crate::event::{Cell, EMPTY, Field, Form};
use crate::mapping::{Key, Mapping, Pick};
use crate::pack;
use crate::parse::atom::{Atom, ELEMENT};
use crate::source::{self, Product, Source, Via};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Default)]
pub(super) struct TrieNode {
    pub(super) parent: u16,
    /// This node's rows within `targets`.
    pub(super) first: u16,
    pub(super) count: u16,
    /// Its ways within `picks`.
    pub(super) first_way: u16,
    pub(super) ways: u8,
    /// The node of an array's elements, 0 for none.
    pub(super) element: u16,
    pub(super) has_children: bool,
    /// An array of events, of which the first alone is read.
    pub(super) is_list: bool,
    /// The record that last came through here: a second time within one record is a duplicate key.
    pub(super) seen: u32,
}

/// The trie while it grows.
struct Growth {
    /// The first node that was added.
    first: usize,
    edges: Edges,
    rows: Vec<(u16, Target)>,
    picks: BTreeMap<u16, Vec<inner::Way>>,
}

/// All edges, each at the first free place from its home on; at most a quarter of the places is taken. A map that compares keys takes ten times as long, which is
/// seen at the start.
#[derive(Default)]
pub(super) struct Edges {
    places: Vec<Edge>,
    count: usize,
}

#[derive(Clone, Copy, Default)]
struct Edge {
    /// Node and atom as one number; 0 where the place is free.
    from_atom: u32,
    to: u16,
}

impl Edges {
    /// The node below `from` by that key.
    #[inline]
    pub(super) fn find(&self, from: u16, atom: Atom) -> Option<u16> {
        let wanted = edge_key(from, atom);
        let mut place = edge_home(wanted, self.places.len());
        loop {
            let edge = self.places.get(place)?;
            if edge.from_atom == wanted {
                return Some(edge.to);
            }
            if edge.from_atom == 0 {
                return None;
            }
            place = place.wrapping_add(1) & self.places.len().wrapping_sub(1);
        }
    }

    /// Adds an edge that is not there.
    fn add(&mut self, from: u16, atom: Atom, to: u16) {
        let edge = Edge { from_atom: edge_key(from, atom), to };
        if self.count.saturating_mul(4) >= self.places.len() {
            let size = self.places.len().saturating_mul(2).max(64);
            let held = std::mem::replace(&mut self.places, vec![Edge::default(); size]);
            held.into_iter().filter(|edge| edge.from_atom != 0).for_each(|edge| self.put(edge));
        }
        self.count = self.count.saturating_add(1);
        self.put(edge);
    }

    fn put(&mut self, edge: Edge) {
        let size = self.places.len();
        let mut place = edge_home(edge.from_atom, size);
        while self.places.get(place).is_some_and(|held| held.from_atom != 0) {
            place = place.wrapping_add(1) & size.wrapping_sub(1);
        }
        self.places.get_mut(place).into_iter().for_each(|free| *free = edge);
    }
}

impl Normaliser {
    /// With the policy's mappings, the built-in packs, and the paths of each row of each source. Packs get their paths when a record of theirs may have come.
    pub(super) fn compile(
        &mut self,
        mappings: &[Mapping],
        packs: &[&'static Mapping],
        sources: &[&'static Source],
        spelled: &[Vec<Vec<String>>],
    ) {
        // No path leads to the first node: it stands for none.
        self.add_node(0);
        let mut growth = self.grow();
        for mapping in mappings {
            let (origin, root) = self.add_mapping(mapping, &mut growth);
            self.add_source(origin, root, mapping);
        }
        for pack in packs {
            self.add_source(Origin::Pack(pack), 0, pack);
        }
        for (source, spelled) in sources.iter().zip(spelled) {
            let root = self.add_node(0);
            let mut ranks: BTreeMap<usize, usize> = BTreeMap::new();
            for (row, paths) in source.rows.iter().zip(spelled) {
                // The first of a cell's rows that finds a value wins.
                let ranks = ranks.entry(row.cell.index()).or_default();
                let rank = std::mem::replace(ranks, ranks.saturating_add(1));
                for path in paths {
                    let node = self.add_path(root, segments(path), &mut growth);
                    growth.rows.push((node, target(row.cell, form_of(row.cell), rank, row.via)));
                }
            }
            let bound = if source.is_remote { Bound::All } else { Bound::No };
            let origin = Origin::Source(source);
            self.sources.push(Compiled { origin, root, bound, writers: Vec::new() });
        }
        self.settle(growth);
    }

    /// Gives a built-in pack its paths.
    #[inline(never)]
    pub(super) fn compile_pack(&mut self, index: usize, pack: &Mapping) {
        let mut growth = self.grow();
        let (origin, root) = self.add_mapping(pack, &mut growth);
        if let Some(compiled) = self.sources.get_mut(index) {
            (compiled.origin, compiled.root) = (origin, root);
        }
        self.settle(growth);
    }

    fn add_source(&mut self, origin: Origin, root: u16, mapping: &Mapping) {
        let (bound, writers) = (self.writers.bound(mapping), mapping.writers.clone());
        self.sources.push(Compiled { origin, root, bound, writers });
    }

    fn grow(&mut self) -> Growth {
        let (first, edges) = (self.nodes.len(), std::mem::take(&mut self.edges));
        Growth { first, edges, rows: Vec::new(), picks: BTreeMap::new() }
    }

    /// Lists rows and ways of the nodes that were added.
    #[inline(never)]
    fn settle(&mut self, growth: Growth) {
        let Growth { first: first_node, edges, rows, picks } = growth;
        debug_assert!(
            self.nodes.len() < usize::from(u16::MAX)
                && self.filler.targets.len().saturating_add(rows.len()) < usize::from(u16::MAX),
            "the policy's checks hold these down"
        );
        for (node, target) in by_node(rows, first_node, self.nodes.len()) {
            let first = self.filler.targets.len() as u16;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.first = if node.count == 0 { first } else { node.first };
                node.count = node.count.saturating_add(1);
            }
            self.filler.targets.push(target);
        }
        for (node, way) in
            picks.into_iter().flat_map(|(node, ways)| ways.into_iter().map(move |way| (node, way)))
        {
            let first = self.picks.len() as u16;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.first_way = if node.ways == 0 { first } else { node.first_way };
                node.ways = node.ways.saturating_add(1);
            }
            self.picks.push(way);
        }
        self.list_children(first_node);
        self.edges = edges;
    }

    /// Lists the children of each node from this one on, once all are there. Nothing is sorted: sorting goes deeper the more there is, and a module's stack is
    /// small.
    fn list_children(&mut self, first_node: usize) {
        self.below.resize(self.nodes.len(), (0, 0));
        let added = || self.nodes.iter().enumerate().skip(first_node);
        for (_, node) in added().filter(|(_, node)| node.parent != 0) {
            if let Some((_, count)) = self.below.get_mut(usize::from(node.parent)) {
                *count = count.saturating_add(1);
            }
        }
        let mut total = self.children.len() as u32;
        for (first, count) in self.below.iter_mut().skip(first_node) {
            *first = total;
            total = total.saturating_add(std::mem::take(count));
        }
        self.children.resize(total as usize, 0);
        for (index, node) in added().filter(|(_, node)| node.parent != 0) {
            if let Some((first, count)) = self.below.get_mut(usize::from(node.parent)) {
                let place = self.children.get_mut(first.saturating_add(*count) as usize);
                place.into_iter().for_each(|child| *child = index as u16);
                *count = count.saturating_add(1);
            }
        }
        self.forgotten.reserve(self.nodes.len());
    }

    fn add_node(&mut self, parent: u16) -> u16 {
        self.nodes.push(TrieNode { parent, ..TrieNode::default() });
        self.nodes.len().saturating_sub(1) as u16
    }

    fn add_mapping(&mut self, mapping: &Mapping, growth: &mut Growth) -> (Origin, u16) {
        let cells = Cells::of(mapping);
        let root = self.add_node(0);
        for (cell, path) in cells.conditions() {
            let node = self.add_keys(root, &path.keys, growth);
            growth.rows.push((node, target(Cell::kept(cell), Form::Any, 0, Via::Condition)));
        }
        let mut before = None;
        for (cell, rank, row) in cells.rows() {
            let node = self.add_keys(root, &row.path.keys, growth);
            let via = self.filler.needs.row(row, &mut before);
            growth.rows.push((node, target(Cell::kept(cell), row.field.form(), rank, via)));
        }
        let mut ranks = [0usize; Field::ALL.len()];
        let mut before = None;
        for row in &mapping.rows {
            let node = self.add_keys(root, &row.path.keys, growth);
            let via = self.filler.needs.row(row, &mut before);
            let rank = ranks
                .get_mut(row.field as usize)
                .map_or(0, |rank| std::mem::replace(rank, rank.saturating_add(1)));
            growth.rows.push((node, target(Cell::field(row.field), row.field.form(), rank, via)));
        }
        for path in mapping.within.iter().filter(|path| path.is_in_text()) {
            let root = self.add_keys(root, &path.keys, growth);
            let ways = growth.picks.values_mut().flatten();
            ways.filter(|way| way.root == root).for_each(|way| way.is_event = true);
        }
        if let Some(path) = &mapping.events {
            let list = self.add_keys(root, &path.keys, growth);
            self.nodes.get_mut(usize::from(list)).into_iter().for_each(|node| node.is_list = true);
        }
        let mapped = Mapped::new(mapping, &cells, &self.atoms);
        (Origin::Mapped(Box::new(mapped)), root)
    }

    /// The node of a path of a mapping: elements by condition and JSON in text have tries of their own.
    fn add_keys(&mut self, root: u16, keys: &[Key], growth: &mut Growth) -> u16 {
        let mut at = root;
        for key in keys {
            at = self.add_path(at, std::iter::once((key.name.as_str(), false)), growth);
            if key.is_json {
                at = self.add_way(at, None, growth);
            }
            at = match &key.pick {
                Pick::Whole => at,
                Pick::First => self.add_edge(at, ELEMENT, growth),
                Pick::Where(names, value) => {
                    let names = names.iter().map(|name| self.atoms.find(name.as_bytes())).collect();
                    self.add_way(at, Some(inner::Met::new(names, value)), growth)
                }
            };
        }
        at
    }

    fn add_way(&mut self, at: u16, met: Option<inner::Met>, growth: &mut Growth) -> u16 {
        let ways = growth.picks.entry(at).or_default();
        if let Some(way) = ways.iter().find(|way| way.is_same(met.as_ref())) {
            return way.root;
        }
        let root = self.add_node(at);
        ways.push(inner::Way { met, root, is_event: false });
        root
    }

    fn add_path<'p>(
        &mut self,
        root: u16,
        path: impl Iterator<Item = (&'p str, bool)>,
        growth: &mut Growth,
    ) -> u16 {
        let mut at = root;
        for (key, is_array) in path {
            let key = self.atoms.find(key.as_bytes());
            for atom in [Some(key), is_array.then_some(ELEMENT)].into_iter().flatten() {
                at = self.add_edge(at, atom, growth);
            }
        }
        at
    }

    fn add_edge(&mut self, from: u16, atom: Atom, growth: &mut Growth) -> u16 {
        if let Some(node) = self.nodes.get_mut(usize::from(from)) {
            node.has_children = true;
        }
        if let Some(known) = growth.edges.find(from, atom) {
            return known;
        }
        let to = self.add_node(from);
        growth.edges.add(from, atom, to);
        if let Some(node) = self.nodes.get_mut(usize::from(from)).filter(|_| atom == ELEMENT) {
            node.element = to;
        }
        to
    }
}

fn form_of(cell: Cell) -> Form {
    Field::ALL
        .iter()
        .find(|field| Cell::field(**field) == cell)
        .map_or(Form::Any, |field| field.form())
}

/// A row as it is applied.
fn target(cell: Cell, form: Form, rank: usize, via: Via) -> Target {
    let takes_text = matches!(via, Via::Field | Via::Keep | Via::List | Via::Condition)
        && matches!(form, Form::Text | Form::Any);
    let rank = u8::try_from(rank).unwrap_or(EMPTY).min(EMPTY.saturating_sub(1));
    Target { cell, rank, form, via, takes_text }
}

/// The keys of a path, each with whether its value is an array whose elements are meant.
pub(super) fn segments(path: &str) -> impl Iterator<Item = (&str, bool)> {
    source::keys_of(path).map(|segment| match segment.strip_suffix("[]") {
        Some(key) => (key, true),
        None => (segment, false),
    })
}

/// Never 0, which marks a free place.
fn edge_key(from: u16, atom: Atom) -> u32 {
    u32::from(from).wrapping_add(1).wrapping_shl(16) | u32::from(atom)
}

fn edge_home(key: u32, size: usize) -> usize {
    key.wrapping_mul(0x9e37_79b1).wrapping_shr(16) as usize & size.wrapping_sub(1)
}

/// Rows of the nodes from the first on, in the order of these; those of one node by rank.
#[inline(never)]
fn by_node(
    rows: Vec<(u16, Target)>,
    first: usize,
    nodes: usize,
) -> impl Iterator<Item = (u16, Target)> {
    let mut of_node: Vec<Vec<Target>> = vec![Vec::new(); nodes.saturating_sub(first)];
    for (node, target) in rows {
        if let Some(held) = of_node.get_mut(usize::from(node).wrapping_sub(first)) {
            let at = held.partition_point(|other| other.rank <= target.rank);
            held.insert(at, target);
        }
    }
    (first as u16..)
        .zip(of_node)
        .flat_map(|(node, targets)| targets.into_iter().map(move |target| (node, target)))
}

/// The products of mappings and sources. A mapping of the policy that states nothing of its product is of the vendor whose sources are called so.
pub(super) fn products(mappings: &[&Mapping], sources: &[&'static Source]) -> Vec<Product> {
    let packs = pack::built_in();
    let first = |id: &str| id.split('.').next().unwrap_or_default().to_owned();
    let of_mapping = |mapping: &&Mapping| {
        if packs.as_ptr_range().contains(&std::ptr::from_ref(*mapping)) {
            return mapping.product.clone();
        }
        let vendor = first(&mapping.source);
        let mut known = source::ALL
            .iter()
            .map(|source| (source.id, Product::of(source)))
            .chain(packs.iter().map(|pack| (pack.source.as_str(), pack.product.clone())));
        let of_vendor = known.find(|(id, _)| first(id) == vendor);
        match of_vendor {
            Some((_, product)) => mapping.product.clone().or(&product),
            None => mapping.product.clone(),
        }
    };
    let of_sources = sources.iter().map(|source| Product::of(source));
    mappings.iter().map(of_mapping).chain(of_sources).collect()
}
