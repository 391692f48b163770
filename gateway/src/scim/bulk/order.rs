//! The order in which operations run.
//!
//! It is that of the request, except that an operation waits for those that create what it refers to. One
//! that waits is overtaken by others, but not by those that read or write the same resource, so that the
//! outcome is what the order of the request means (RFC 7644 section 3.7). Operations that refer to each
//! other in a circle come as one unit.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
};

use petgraph::{algo::kosaraju_scc, graph::DiGraph};

/// What an operation reads and writes.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// The operations that create what it refers to.
    pub(super) needs: Vec<usize>,
    /// The resource it changes; none for one that creates.
    pub(super) target: Option<Key>,
    /// The resources it refers to.
    pub(super) mentions: Vec<Key>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The one that an operation creates.
    Created(usize),
    /// One that was there before, by its id.
    Existing(String),
}

/// The units in the order to run them; the operations of each in the order of the request. More than one
/// operation, or one that needs itself: a circle.
pub(super) fn order(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut units = circles(nodes);
    units.sort();
    let mut unit_of = vec![0; nodes.len()];
    for (unit, operations) in units.iter().enumerate() {
        for operation in operations {
            unit_of[*operation] = unit;
        }
    }
    let edges = |pairs: Vec<(usize, usize)>| Edges::new(units.len(), &unit_of, pairs);
    let needs = nodes.iter().enumerate();
    let needs = needs.flat_map(|(node, it)| it.needs.iter().map(move |need| (*need, node)));
    let order = sort(edges(needs.collect()), edges(same_resource(nodes)));
    let mut units: Vec<_> = units.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|unit| units[unit].take())
        .collect()
}

/// Every operation once: alone, or together with those it is in a circle with.
fn circles(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), (), usize>::default();
    for _ in nodes {
        graph.add_node(());
    }
    for (node, Node { needs, .. }) in nodes.iter().enumerate() {
        for need in needs {
            graph.add_edge(node.into(), (*need).into(), ());
        }
    }
    let circles = kosaraju_scc(&graph).into_iter();
    let sorted = circles.map(|circle| {
        let mut operations: Vec<usize> = circle.into_iter().map(|one| one.index()).collect();
        operations.sort_unstable();
        operations
    });
    sorted.collect()
}

/// Sorts the units: those that may run, the first of the request first. `needs` has no circle; where `wishes`
/// and `needs` together have one, the wishes of one unit are dropped.
fn sort(mut needs: Edges, mut wishes: Edges) -> Vec<usize> {
    let count = needs.open.len();
    let mut ready = BinaryHeap::new();
    let mut wishing = BTreeSet::new();
    let mut order = Vec::with_capacity(count);
    let mut done = vec![false; count];
    for unit in (0..count).filter(|unit| needs.open[*unit] == 0) {
        wishing.insert(unit);
        if wishes.open[unit] == 0 {
            ready.push(Reverse(unit));
        }
    }
    loop {
        let next = match ready.pop() {
            Some(Reverse(unit)) => Some(unit),
            None => wishing.first().copied(),
        };
        let Some(unit) = next else { break };
        wishing.remove(&unit);
        if std::mem::replace(&mut done[unit], true) {
            continue;
        }
        order.push(unit);
        for freed in needs.free(unit) {
            wishing.insert(freed);
            if wishes.open[freed] == 0 {
                ready.push(Reverse(freed));
            }
        }
        for freed in wishes.free(unit) {
            if needs.open[freed] == 0 {
                ready.push(Reverse(freed));
            }
        }
    }
    order
}

/// Which unit waits for which.
struct Edges {
    after: Vec<Vec<usize>>,
    /// How many units each still waits for.
    open: Vec<usize>,
}

impl Edges {
    fn new(count: usize, unit_of: &[usize], pairs: Vec<(usize, usize)>) -> Edges {
        let units = pairs
            .into_iter()
            .map(|(from, to)| (unit_of[from], unit_of[to]));
        let units: BTreeSet<_> = units.filter(|(from, to)| from != to).collect();
        let mut edges = Edges {
            after: vec![Vec::new(); count],
            open: vec![0; count],
        };
        for (from, to) in units {
            edges.after[from].push(to);
            edges.open[to] += 1;
        }
        edges
    }

    /// The units that wait for nothing more now that this one is done.
    fn free(&mut self, done: usize) -> Vec<usize> {
        let mut freed = std::mem::take(&mut self.after[done]);
        freed.retain(|unit| {
            self.open[*unit] -= 1;
            self.open[*unit] == 0
        });
        freed
    }
}

/// The pairs of operations of which the second reads what the first writes, or writes what it reads or
/// writes.
fn same_resource(nodes: &[Node]) -> Vec<(usize, usize)> {
    let mut writer: HashMap<&Key, usize> = HashMap::new();
    let mut readers: HashMap<&Key, Vec<usize>> = HashMap::new();
    let mut pairs = Vec::new();
    for (node, it) in nodes.iter().enumerate() {
        for key in &it.mentions {
            pairs.extend(writer.get(key).map(|writer| (*writer, node)));
            readers.entry(key).or_default().push(node);
        }
        if let Some(key) = &it.target {
            pairs.extend(writer.insert(key, node).map(|writer| (writer, node)));
            let readers = readers.remove(key).unwrap_or_default();
            pairs.extend(readers.into_iter().map(|reader| (reader, node)));
        }
    }
    pairs
}

#[cfg(test)]
mod tests;
