//! Circles of operations, by Tarjan's algorithm.

use super::Node;

/// Every operation once: alone, or together with those it is in a circle with.
pub(super) fn find(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut search = Search {
        nodes,
        seen: 0,
        marks: vec![None; nodes.len()],
        stack: Vec::new(),
        on_stack: vec![false; nodes.len()],
        found: Vec::new(),
    };
    for node in 0..nodes.len() {
        if search.marks[node].is_none() {
            search.visit(node);
        }
    }
    search.found
}

struct Search<'a> {
    nodes: &'a [Node],
    seen: usize,
    /// When each was first seen.
    marks: Vec<Option<usize>>,
    stack: Vec<usize>,
    on_stack: Vec<bool>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    /// The earliest that an operation leads back to. Recurses at most as deep as there are operations.
    fn visit(&mut self, node: usize) -> usize {
        let (nodes, index) = (self.nodes, self.seen);
        let mut low = index;
        self.seen += 1;
        self.marks[node] = Some(index);
        self.stack.push(node);
        self.on_stack[node] = true;
        for need in &nodes[node].needs {
            match self.marks[*need] {
                None => low = low.min(self.visit(*need)),
                Some(index) if self.on_stack[*need] => low = low.min(index),
                Some(_) => {}
            }
        }
        if low == index {
            let at = self.stack.iter().rposition(|it| *it == node);
            let mut circle = self.stack.split_off(at.unwrap_or_default());
            for member in &circle {
                self.on_stack[*member] = false;
            }
            circle.sort_unstable();
            self.found.push(circle);
        }
        low
    }
}
