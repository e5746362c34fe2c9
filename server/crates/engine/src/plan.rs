//! What runs before what: the selected part of the graph as jobs, with the edges that remain between them.
//!
//! Pure: no templates, no warehouse. A path that leads through nodes that were not selected still orders its ends. For
//! `build`, a test stands between what it tests and everything made from that, and a unit test before its model.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
};
use project::node::UniqueId;

/// A node to run and its place among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The node.
    pub id: UniqueId,
    /// Jobs that must have ended, by their index.
    pub parents: Vec<usize>,
    /// Jobs that wait for this one, by their index.
    pub children: Vec<usize>,
    /// Distance from the sources: lower runs first.
    pub level: usize,
}

/// Jobs, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// All of them; `parents` and `children` point here.
    pub jobs: Vec<Job>,
}

/// A test, as far as the plan is concerned: it blocks what is made of all its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestGate {
    /// The test.
    pub id: UniqueId,
    /// What it reads.
    pub parents: Vec<UniqueId>,
}

impl Plan {
    /// A plan for `selected`, where `parents_of` says what every node of the project reads, selected or not, and
    /// `gates` names the tests that what lies downstream must wait for.
    #[must_use]
    pub fn new(
        parents_of: &BTreeMap<UniqueId, Vec<UniqueId>>,
        selected: &BTreeSet<UniqueId>,
        gates: &[TestGate],
    ) -> Self {
        let mut dag = Dag::new(parents_of);
        for gate in gates.iter().filter(|gate| selected.contains(&gate.id)) {
            dag.add_gate(gate);
        }
        dag.plan(selected)
    }

    /// Jobs without edges: order does not matter, and a failure skips nothing.
    #[must_use]
    pub fn independent(selected: &BTreeSet<UniqueId>) -> Self {
        let jobs = selected
            .iter()
            .map(|id| Job {
                id: id.clone(),
                parents: Vec::new(),
                children: Vec::new(),
                level: 0,
            })
            .collect();
        Self { jobs }
    }
}

/// The edges of all gates: from a test to the first that waits for it.
pub(crate) fn test_edges(
    parents_of: &BTreeMap<UniqueId, Vec<UniqueId>>,
    gates: &[TestGate],
) -> Vec<(UniqueId, UniqueId)> {
    let mut dag = Dag::new(parents_of);
    for gate in gates {
        dag.add_gate(gate);
    }
    let of_gate = |gate: &TestGate| -> Vec<(UniqueId, UniqueId)> {
        let Some(test) = dag.index.get(&gate.id) else {
            return Vec::new();
        };
        let below = dag.graph.neighbors_directed(*test, Direction::Outgoing);
        let mut below: Vec<UniqueId> = below
            .filter_map(|node| dag.graph.node_weight(node).cloned())
            .collect();
        below.sort();
        below.into_iter().map(|id| (gate.id.clone(), id)).collect()
    };
    gates.iter().flat_map(of_gate).collect()
}

struct Dag {
    graph: DiGraph<UniqueId, ()>,
    index: HashMap<UniqueId, NodeIndex>,
}

impl Dag {
    fn new(parents_of: &BTreeMap<UniqueId, Vec<UniqueId>>) -> Self {
        let mut dag = Self {
            graph: DiGraph::new(),
            index: HashMap::new(),
        };
        for id in parents_of.keys() {
            dag.node(id);
        }
        for (child, parents) in parents_of {
            let child = dag.node(child);
            for parent in parents {
                let parent = dag.node(parent);
                dag.graph.update_edge(parent, child, ());
            }
        }
        dag
    }

    fn node(&mut self, id: &UniqueId) -> NodeIndex {
        if let Some(index) = self.index.get(id) {
            return *index;
        }
        let index = self.graph.add_node(id.clone());
        self.index.insert(id.clone(), index);
        index
    }

    /// Edges from a test to the first nodes that are made of everything it reads; what lies beyond waits by itself.
    fn add_gate(&mut self, gate: &TestGate) {
        let test = self.node(&gate.id);
        let parents: Vec<NodeIndex> = gate.parents.iter().map(|id| self.node(id)).collect();
        let mut below: Option<BTreeSet<NodeIndex>> = None;
        for parent in &parents {
            let mut reached = self.descendants(*parent);
            reached.remove(&test);
            below = Some(match below {
                Some(below) => below.intersection(&reached).copied().collect(),
                None => reached,
            });
        }
        let below = below.unwrap_or_default();
        for node in &below {
            // The tests that gates were made of before lie below, too, but nothing waits for them on its way here.
            let is_first = !self
                .graph
                .neighbors_directed(*node, Direction::Incoming)
                .filter(|parent| self.graph.node_weight(*parent).is_some_and(is_gated))
                .any(|parent| below.contains(&parent));
            // Another test of the same parents does not wait for this one.
            if is_first && self.graph.node_weight(*node).is_some_and(is_gated) {
                self.graph.update_edge(test, *node, ());
            }
        }
    }

    fn descendants(&self, from: NodeIndex) -> BTreeSet<NodeIndex> {
        let mut reached = BTreeSet::new();
        let mut queue = vec![from];
        while let Some(node) = queue.pop() {
            for child in self.graph.neighbors_directed(node, Direction::Outgoing) {
                if reached.insert(child) {
                    queue.push(child);
                }
            }
        }
        reached
    }

    fn plan(&self, selected: &BTreeSet<UniqueId>) -> Plan {
        let place: HashMap<NodeIndex, usize> = selected
            .iter()
            .enumerate()
            .filter_map(|(job, id)| Some((*self.index.get(id)?, job)))
            .collect();
        let mut jobs: Vec<Job> = Plan::independent(selected).jobs;
        for (idx, id) in selected.iter().enumerate() {
            let parents = self
                .index
                .get(id)
                .map(|node| self.selected_parents(*node, &place));
            if let (Some(job), Some(parents)) = (jobs.get_mut(idx), parents) {
                job.parents = parents.into_iter().collect();
            }
        }
        link_children(&mut jobs);
        assign_levels(&mut jobs);
        Plan { jobs }
    }

    /// The nearest selected nodes above `node`.
    fn selected_parents(
        &self,
        node: NodeIndex,
        place: &HashMap<NodeIndex, usize>,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut queue = vec![node];
        while let Some(at) = queue.pop() {
            for parent in self.graph.neighbors_directed(at, Direction::Incoming) {
                if !seen.insert(parent) {
                    continue;
                }
                match place.get(&parent) {
                    Some(job) => {
                        found.insert(*job);
                    }
                    None => queue.push(parent),
                }
            }
        }
        found
    }
}

/// Only what may make something waits for tests.
fn is_gated(id: &UniqueId) -> bool {
    let Some((kind, _)) = id.as_str().split_once('.') else {
        return true;
    };
    let waits_for_none = [
        "test",
        "unit_test",
        "exposure",
        "metric",
        "semantic_model",
        "saved_query",
    ];
    !waits_for_none.contains(&kind)
}

fn link_children(jobs: &mut [Job]) {
    let edges: Vec<(usize, usize)> = jobs
        .iter()
        .enumerate()
        .flat_map(|(child, job)| job.parents.iter().map(move |parent| (*parent, child)))
        .collect();
    for (parent, child) in edges {
        if let Some(job) = jobs.get_mut(parent) {
            job.children.push(child);
        }
    }
}

fn assign_levels(jobs: &mut [Job]) {
    let mut waiting: Vec<usize> = jobs.iter().map(|job| job.parents.len()).collect();
    let mut level = 0;
    let mut ready: Vec<usize> = (0..jobs.len())
        .filter(|idx| waiting.get(*idx) == Some(&0))
        .collect();
    while !ready.is_empty() {
        let mut next = Vec::new();
        for idx in ready {
            let Some(job) = jobs.get_mut(idx) else {
                continue;
            };
            job.level = level;
            for child in &job.children {
                if let Some(count) = waiting.get_mut(*child) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(*child);
                    }
                }
            }
        }
        level += 1;
        ready = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(
        edges: &[(&str, &[&str])],
        selected: &[&str],
        gates: &[(&str, &[&str])],
        expected: &Expect,
    ) {
        let ids = |names: &[&str]| {
            names
                .iter()
                .map(|name| UniqueId::from(*name))
                .collect::<Vec<_>>()
        };
        let parents_of = edges
            .iter()
            .map(|(id, parents)| (UniqueId::from(*id), ids(parents)))
            .collect();
        let gates: Vec<TestGate> = gates
            .iter()
            .map(|(id, parents)| TestGate {
                id: (*id).into(),
                parents: ids(parents),
            })
            .collect();
        let plan = Plan::new(&parents_of, &ids(selected).into_iter().collect(), &gates);
        let shown: Vec<String> = plan
            .jobs
            .iter()
            .map(|job| {
                let parents: Vec<_> = job
                    .parents
                    .iter()
                    .map(|idx| plan.jobs[*idx].id.as_str())
                    .collect();
                format!("{} {} <- {}\n", job.level, job.id, parents.join(" "))
            })
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn an_unselected_node_still_orders_its_neighbours() {
        check(
            &[("a", &[]), ("b", &["a"]), ("c", &["b"])],
            &["a", "c"],
            &[],
            &expect![[r"
                0 a <- 
                1 c <- a
            "]],
        );
    }

    #[test]
    fn a_test_stands_before_what_is_made_of_its_model() {
        check(
            &[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("test.t", &["a"])],
            &["a", "b", "c", "test.t"],
            &[("test.t", &["a"])],
            &expect![[r"
                0 a <- 
                2 b <- a test.t
                3 c <- b
                1 test.t <- a
            "]],
        );
    }

    #[test]
    fn every_test_of_a_model_blocks_what_is_made_of_it() {
        check(
            &[
                ("a", &[]),
                ("b", &["a"]),
                ("test.1", &["a"]),
                ("test.2", &["a"]),
            ],
            &["a", "b", "test.1", "test.2"],
            &[("test.1", &["a"]), ("test.2", &["a"])],
            &expect![[r"
                0 a <- 
                2 b <- a test.1 test.2
                1 test.1 <- a
                1 test.2 <- a
            "]],
        );
    }

    #[test]
    fn a_test_of_two_models_blocks_only_what_is_made_of_both() {
        check(
            &[
                ("a", &[]),
                ("b", &[]),
                ("c", &["a"]),
                ("d", &["b", "c"]),
                ("test.t", &["a", "b"]),
            ],
            &["a", "b", "c", "d", "test.t"],
            &[("test.t", &["a", "b"])],
            &expect![[r"
                0 a <- 
                0 b <- 
                1 c <- a
                2 d <- b c test.t
                1 test.t <- a b
            "]],
        );
    }
}
