//! How metrics, semantic models and saved queries hang together, once all of them are known.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use project::node::{DependsOn, Node, ResourceType, SemanticNode, UniqueId};
use serde_json::{Value, json};

use super::Manifest;

impl Manifest {
    /// Puts in what each depends on, the relation of each semantic model and all measures of each metric.
    pub(super) fn link_semantic_nodes(&mut self) {
        let metrics = NameIndex::of(self);
        let linked: Vec<_> = self
            .semantic
            .values()
            .map(|node| self.linked_semantic(node, &metrics))
            .collect();
        self.semantic = linked
            .into_iter()
            .map(|node| (node.unique_id.clone(), Arc::new(node)))
            .collect();
        for exposure in self.exposures.values_mut() {
            let used = metrics.of_calls(&exposure.package_name, &exposure.metrics);
            if !used.is_empty() {
                let exposure = Arc::make_mut(exposure);
                exposure.depends_on = with_nodes(&exposure.depends_on, used);
            }
        }
        for node in self
            .nodes
            .values_mut()
            .filter(|node| !node.metrics.is_empty())
        {
            let used = metrics.of_calls(&node.package_name, &node.metrics);
            let node = Arc::make_mut(node);
            node.depends_on = with_nodes(&node.depends_on, used);
        }
    }

    fn linked_semantic(&self, node: &SemanticNode, metrics: &NameIndex) -> SemanticNode {
        let mut linked = node.clone();
        let mut body = (*node.body).clone();
        let nodes: Vec<UniqueId> = match node.resource_type() {
            ResourceType::SemanticModel => {
                let refs = node.refs.iter();
                let targets =
                    refs.filter_map(|args| self.resolve_ref(&node.package_name, args).ok());
                let targets: Vec<UniqueId> = targets.collect();
                let model = targets.first().and_then(|id| self.nodes.get(id));
                body.insert("node_relation".to_owned(), relation(model));
                targets
            }
            ResourceType::Metric => {
                let measures = metrics.measures_of(self, node, &mut BTreeSet::new());
                let parents = metrics.parents_of(node);
                if let Some(params) = body.get_mut("type_params") {
                    params["input_measures"] = measures.into();
                }
                parents
            }
            _ => {
                let used = node.input_metrics().into_iter();
                used.filter_map(|name| metrics.metric(&node.package_name, name))
                    .collect()
            }
        };
        linked.body = body.into();
        linked.depends_on = with_nodes(&DependsOn::default(), nodes);
        linked
    }
}

fn relation(model: Option<&Arc<Node>>) -> Value {
    model.map_or(Value::Null, |model| {
        json!({
            "alias": &*model.alias,
            "schema_name": &*model.schema,
            "database": model.database.as_deref(),
            "relation_name": model.relation_name.as_deref(),
        })
    })
}

fn with_nodes(depends_on: &DependsOn, more: Vec<UniqueId>) -> DependsOn {
    let mut nodes = depends_on.nodes.to_vec();
    for id in more {
        if !nodes.contains(&id) {
            nodes.push(id);
        }
    }
    DependsOn {
        macros: Arc::clone(&depends_on.macros),
        nodes: nodes.into(),
    }
}

/// By name, then by package.
type ByName = BTreeMap<Arc<str>, BTreeMap<Arc<str>, UniqueId>>;

/// Where metrics are, and the semantic models of measures.
struct NameIndex {
    root: Arc<str>,
    metrics: ByName,
    measures: ByName,
}

impl NameIndex {
    fn of(manifest: &Manifest) -> Self {
        let (mut metrics, mut measures) = (ByName::new(), ByName::new());
        for node in manifest.semantic.values() {
            let add = |names: &mut ByName, name: &str| {
                let by_package = names.entry(name.into()).or_default();
                let package = Arc::clone(&node.package_name);
                by_package
                    .entry(package)
                    .or_insert_with(|| node.unique_id.clone());
            };
            if node.resource_type() == ResourceType::Metric {
                add(&mut metrics, &node.name);
            }
            for measure in node.measures() {
                add(&mut measures, measure);
            }
        }
        Self {
            root: Arc::clone(&manifest.project_name),
            metrics,
            measures,
        }
    }

    fn find(&self, names: &ByName, package: &str, name: &str) -> Option<UniqueId> {
        let by_package = names.get(name)?;
        let own = by_package
            .get(&self.root)
            .or_else(|| by_package.get(package));
        own.or_else(|| by_package.values().next()).cloned()
    }

    fn metric(&self, package: &str, name: &str) -> Option<UniqueId> {
        self.find(&self.metrics, package, name)
    }

    /// Of `metric('name')` and `metric('package', 'name')`.
    fn of_calls(&self, package: &str, calls: &[project::node::Names]) -> Vec<UniqueId> {
        let target = |call: &project::node::Names| match &**call {
            [name] => self.metric(package, name),
            [wanted, name] => self.metrics.get(name)?.get(wanted).cloned(),
            _ => None,
        };
        calls.iter().filter_map(target).collect()
    }

    /// The semantic models of a metric's own measures, or the metrics that it is made of.
    fn parents_of(&self, metric: &SemanticNode) -> Vec<UniqueId> {
        let package = &metric.package_name;
        let of_measures = metric.written_measures().into_iter().filter_map(|measure| {
            self.find(&self.measures, package, measure.get("name")?.as_str()?)
        });
        let of_metrics = metric.input_metrics().into_iter();
        let of_metrics = of_metrics.filter_map(|name| self.metric(package, name));
        of_measures.chain(of_metrics).collect()
    }

    /// All measures that a metric comes down to; a circle ends where it is closed.
    fn measures_of(
        &self,
        manifest: &Manifest,
        metric: &SemanticNode,
        open: &mut BTreeSet<UniqueId>,
    ) -> Vec<Value> {
        let mut measures: Vec<Value> = Vec::new();
        let mut add = |more: Vec<Value>| {
            for measure in more {
                if !measures.contains(&measure) {
                    measures.push(measure);
                }
            }
        };
        add(metric.written_measures().into_iter().cloned().collect());
        if !open.insert(metric.unique_id.clone()) {
            return Vec::new();
        }
        for name in metric.input_metrics() {
            let target = self.metric(&metric.package_name, name);
            if let Some(target) = target.and_then(|id| manifest.semantic.get(&id)) {
                add(self.measures_of(manifest, target, open));
            }
        }
        open.remove(&metric.unique_id);
        measures
    }
}
