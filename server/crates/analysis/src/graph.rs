//! The DAG: which node reads which, and the questions asked of it.
//!
//! An edge goes from what is read to what reads it, the way data flows.

use std::collections::{BTreeSet, HashMap, VecDeque};

use petgraph::{
    Direction,
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};
use project::node::UniqueId;

/// Nodes, sources, exposures and unit tests, with an edge from each to what depends on it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Sorted; a node's index is its place here.
    ids: Vec<UniqueId>,
    dag: DiGraph<(), ()>,
}

impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        let edges = |graph: &Self| -> Vec<_> {
            graph
                .dag
                .edge_references()
                .map(|edge| (edge.source(), edge.target()))
                .collect()
        };
        self.ids == other.ids && edges(self) == edges(other)
    }
}

impl Eq for Graph {}

impl Graph {
    /// From every node with what it reads. A parent that is no node is left out: an unknown `ref` has been reported.
    #[must_use]
    pub fn new(parents_of: &[(UniqueId, &[UniqueId])]) -> Self {
        let mut sorted: Vec<_> = parents_of.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        sorted.dedup_by(|a, b| a.0 == b.0);
        let ids: Vec<UniqueId> = sorted.iter().map(|(id, _)| id.clone()).collect();
        let n_edges = sorted.iter().map(|(_, parents)| parents.len()).sum();
        let mut graph = Self {
            ids,
            dag: DiGraph::with_capacity(sorted.len(), n_edges),
        };
        for _ in &graph.ids {
            graph.dag.add_node(());
        }
        let places: HashMap<&UniqueId, usize> = sorted
            .iter()
            .enumerate()
            .map(|(place, (id, _))| (id, place))
            .collect();
        for (child, (_, parents)) in sorted.iter().enumerate() {
            let mut parents: Vec<usize> = parents
                .iter()
                .filter_map(|parent| places.get(parent).copied())
                .collect();
            parents.sort_unstable();
            parents.dedup();
            for parent in parents {
                graph
                    .dag
                    .add_edge(NodeIndex::new(parent), NodeIndex::new(child), ());
            }
        }
        graph
    }

    /// All of them, sorted.
    pub fn ids(&self) -> &[UniqueId] {
        &self.ids
    }

    /// Whether it is a node of this graph.
    pub fn contains(&self, id: &UniqueId) -> bool {
        self.index(id).is_some()
    }

    /// What `id` reads directly, sorted.
    pub fn parents(&self, id: &UniqueId) -> Vec<&UniqueId> {
        self.neighbors(id, Direction::Incoming)
    }

    /// What reads `id` directly, sorted.
    pub fn children(&self, id: &UniqueId) -> Vec<&UniqueId> {
        self.neighbors(id, Direction::Outgoing)
    }

    /// All that the nodes of `from` are made of, up to `depth` edges away; without the nodes themselves unless one
    /// is upstream of another.
    pub fn ancestors<'a>(
        &'a self,
        from: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<u32>,
    ) -> BTreeSet<&'a UniqueId> {
        self.reachable(from, depth, Direction::Incoming)
    }

    /// All that is made of the nodes of `from`, up to `depth` edges away.
    pub fn descendants<'a>(
        &'a self,
        from: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<u32>,
    ) -> BTreeSet<&'a UniqueId> {
        self.reachable(from, depth, Direction::Outgoing)
    }

    /// Every cycle once, each in the order of its edges and beginning with its smallest id.
    pub fn cycles(&self) -> Vec<Vec<&UniqueId>> {
        let mut cycles: Vec<_> = tarjan_scc(&self.dag)
            .into_iter()
            // Almost all components are single nodes, and looking for a path takes memory for all nodes.
            .filter(|members| match **members {
                [node] => self.dag.contains_edge(node, node),
                _ => true,
            })
            .filter_map(|members| self.cycle_through(&members.into_iter().collect()))
            .map(|path| {
                path.into_iter()
                    .filter_map(|node| self.id(node))
                    .collect::<Vec<_>>()
            })
            .collect();
        cycles.sort();
        cycles
    }

    /// A shortest closed path through the smallest member of a strongly connected component, if it has one.
    fn cycle_through(&self, members: &BTreeSet<NodeIndex>) -> Option<Vec<NodeIndex>> {
        let start = *members.first()?;
        let mut came_from = vec![None; self.ids.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            let mut next: Vec<_> = self
                .dag
                .neighbors_directed(node, Direction::Outgoing)
                .collect();
            next.sort_unstable();
            for child in next.into_iter().filter(|child| members.contains(child)) {
                if child == start {
                    let mut path = vec![node];
                    while let Some(previous) = path
                        .last()
                        .filter(|at| **at != start)
                        .and_then(|at| came_from.get(at.index()).copied().flatten())
                    {
                        path.push(previous);
                    }
                    path.reverse();
                    return Some(path);
                }
                if let Some(seen @ None) = came_from.get_mut(child.index()) {
                    *seen = Some(node);
                    queue.push_back(child);
                }
            }
        }
        None
    }

    fn reachable<'a>(
        &'a self,
        from: impl IntoIterator<Item = &'a UniqueId>,
        depth: Option<u32>,
        direction: Direction,
    ) -> BTreeSet<&'a UniqueId> {
        if depth == Some(0) {
            return BTreeSet::new();
        }
        let mut seen = vec![false; self.ids.len()];
        let mut queue: VecDeque<(NodeIndex, u32)> = from
            .into_iter()
            .filter_map(|id| Some((self.index(id)?, 0)))
            .collect();
        let mut reached = BTreeSet::new();
        while let Some((node, distance)) = queue.pop_front() {
            if depth.is_some_and(|depth| distance >= depth) {
                continue;
            }
            for next in self.dag.neighbors_directed(node, direction) {
                if let Some(seen @ false) = seen.get_mut(next.index()) {
                    *seen = true;
                    reached.extend(self.id(next));
                    queue.push_back((next, distance + 1));
                }
            }
        }
        reached
    }

    fn neighbors(&self, id: &UniqueId, direction: Direction) -> Vec<&UniqueId> {
        let Some(index) = self.index(id) else {
            return Vec::new();
        };
        let mut neighbors: Vec<_> = self
            .dag
            .neighbors_directed(index, direction)
            .filter_map(|node| self.id(node))
            .collect();
        neighbors.sort();
        neighbors
    }

    fn index(&self, id: &UniqueId) -> Option<NodeIndex> {
        self.ids.binary_search(id).ok().map(NodeIndex::new)
    }

    fn id(&self, index: NodeIndex) -> Option<&UniqueId> {
        self.ids.get(index.index())
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;
    use project::node::UniqueId;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let parents: Vec<(UniqueId, Vec<UniqueId>)> = edges
            .iter()
            .map(|(id, parents)| {
                (
                    (*id).into(),
                    parents.iter().map(|parent| (*parent).into()).collect(),
                )
            })
            .collect();
        let parents: Vec<_> = parents
            .iter()
            .map(|(id, parents)| (id.clone(), parents.as_slice()))
            .collect();
        Graph::new(&parents)
    }

    fn names<'a>(ids: impl IntoIterator<Item = &'a UniqueId>) -> String {
        ids.into_iter()
            .map(UniqueId::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn walks_both_ways_up_to_a_depth() {
        let graph = graph(&[
            ("a", &[]),
            ("b", &["a"]),
            ("c", &["b", "unknown"]),
            ("d", &["c", "a"]),
        ]);
        assert_eq!(names(graph.ancestors([&"d".into()], None)), "a b c");
        assert_eq!(names(graph.ancestors([&"d".into()], Some(1))), "a c");
        assert_eq!(names(graph.descendants([&"a".into()], Some(1))), "b d");
        assert_eq!(names(graph.parents(&"c".into())), "b");
        assert!(graph.cycles().is_empty());
    }

    #[test]
    fn names_each_cycle_in_the_order_of_its_edges() {
        let graph = graph(&[
            ("a", &["c"]),
            ("b", &["a"]),
            ("c", &["b"]),
            ("d", &["c"]),
            ("x", &["x"]),
        ]);
        let cycles: Vec<_> = graph.cycles().into_iter().map(names).collect();
        assert_eq!(cycles, ["a b c", "x"]);
    }
}
