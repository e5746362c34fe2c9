//! Nodes and the other resources as manifest.json (version 12) has them: every key of dbt's schema, in dbt's order.
//!
//! The types here borrow what they write and stream it: a manifest of ten thousand models and their tests is written
//! without a second copy in memory. What only a command knows (when, what was compiled) is given beside the node.

mod column;
mod others;
mod semantic;
mod source;

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

pub use others::{DocBlockJson, ExposureJson, GroupJson, MacroJson, UnitTestJson};
pub use semantic::SemanticJson;
pub use source::SourceJson;

use crate::{
    json::{JsonMap, JsonObject},
    manifest_json::column::{ColumnsJson, ConstraintsJson},
    node::{
        Checksum, Config, DependsOn, Docs, FunctionDetail, GenericTestDetail, ModelDetail, Names,
        Node, NodeDetail, NodeVersion, RefArgs, SourceArgs, UniqueId,
    },
};

/// A node, as under `nodes` (functions: under `functions`).
#[derive(Debug, Clone, Copy)]
pub struct NodeJson<'a> {
    /// The node.
    pub node: &'a Node,
    /// When it was parsed, in seconds since 1970.
    pub created_at: f64,
    /// If it was compiled.
    pub compiled: Option<&'a Compiled>,
}

/// What compiling adds to a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compiled {
    /// Where the compiled SQL lies, relative to the project.
    pub path: Option<String>,
    /// With the CTEs of ephemeral models put in.
    pub code: Option<String>,
    /// The ephemeral models put in, and their SQL.
    pub extra_ctes: Vec<(UniqueId, String)>,
    /// Where the SQL that was run lies, relative to the project.
    pub build_path: Option<String>,
    /// Macros that were seen only then.
    pub called: Vec<UniqueId>,
    /// It was run, not only compiled.
    pub has_run: bool,
}

impl Serialize for NodeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.common(&mut map)?;
        match &self.node.detail {
            NodeDetail::Seed { root_path } => {
                map.serialize_entry("root_path", root_path)?;
                map.serialize_entry("depends_on", &MacrosJson(&self.node.depends_on.macros))?;
            }
            NodeDetail::Model(detail) => {
                self.code(&mut map)?;
                model(&mut map, detail)?;
            }
            NodeDetail::GenericTest(detail) => {
                self.code(&mut map)?;
                generic_test(&mut map, detail)?;
            }
            NodeDetail::Operation { index } => {
                self.code(&mut map)?;
                // dbt numbers hooks again when it runs them, from 1.
                let has_run = self.compiled.is_some_and(|compiled| compiled.has_run);
                map.serialize_entry("index", &(index + u32::from(has_run)))?;
            }
            NodeDetail::Function(detail) => {
                self.code(&mut map)?;
                function(&mut map, detail)?;
            }
            NodeDetail::Snapshot
            | NodeDetail::SingularTest
            | NodeDetail::Analysis
            | NodeDetail::SqlOperation => self.code(&mut map)?,
        }
        map.end()
    }
}

impl NodeJson<'_> {
    /// What all nodes have.
    fn common<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let node = self.node;
        map.serialize_entry("database", &node.database)?;
        map.serialize_entry("schema", &node.schema)?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", node.resource_type().name())?;
        map.serialize_entry("package_name", &node.package_name)?;
        map.serialize_entry("path", &node.path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", &node.unique_id)?;
        map.serialize_entry("fqn", &node.fqn)?;
        map.serialize_entry("alias", &node.alias)?;
        map.serialize_entry("checksum", &ChecksumJson(&node.checksum))?;
        map.serialize_entry("config", &ConfigJson(&node.config))?;
        map.serialize_entry("tags", &node.tags)?;
        map.serialize_entry("description", &node.description)?;
        map.serialize_entry("columns", &ColumnsJson(&node.columns))?;
        map.serialize_entry("meta", &*node.meta)?;
        map.serialize_entry("group", &node.group)?;
        map.serialize_entry("docs", &DocsJson(&node.docs))?;
        map.serialize_entry("patch_path", &node.patch_path)?;
        let build_path = self
            .compiled
            .and_then(|compiled| compiled.build_path.as_ref());
        map.serialize_entry("build_path", &build_path)?;
        map.serialize_entry("unrendered_config", &*node.unrendered_config)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("relation_name", &node.relation_name)?;
        map.serialize_entry("raw_code", &node.raw_code)?;
        map.serialize_entry("doc_blocks", &node.doc_blocks)
    }

    /// What all nodes but seeds have.
    fn code<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let node = self.node;
        map.serialize_entry("language", node.language.name())?;
        map.serialize_entry("refs", &RefsJson(&node.refs))?;
        map.serialize_entry("sources", &SourceArgsJson(&node.sources))?;
        map.serialize_entry("metrics", &node.metrics)?;
        map.serialize_entry("functions", &node.functions)?;
        match self.compiled.filter(|compiled| !compiled.called.is_empty()) {
            Some(compiled) => {
                let mut macros = node.depends_on.macros.to_vec();
                let more = compiled.called.iter();
                let more = more.filter(|id| !node.depends_on.macros.contains(id));
                macros.extend(more.cloned());
                let depends_on = DependsOn {
                    macros: macros.into(),
                    nodes: std::sync::Arc::clone(&node.depends_on.nodes),
                };
                map.serialize_entry("depends_on", &DependsOnJson(&depends_on))?;
            }
            None => map.serialize_entry("depends_on", &DependsOnJson(&node.depends_on))?,
        }
        let path = self.compiled.and_then(|compiled| compiled.path.as_ref());
        map.serialize_entry("compiled_path", &path)?;
        if let Some(compiled) = self.compiled {
            map.serialize_entry("compiled", &true)?;
            map.serialize_entry("compiled_code", &compiled.code)?;
            map.serialize_entry("extra_ctes_injected", &true)?;
            map.serialize_entry("extra_ctes", &CtesJson(&compiled.extra_ctes))?;
        }
        map.serialize_entry("contract", &ContractJson(node))
    }
}

fn model<M: SerializeMap>(map: &mut M, detail: &ModelDetail) -> Result<(), M::Error> {
    map.serialize_entry("access", detail.access.name())?;
    map.serialize_entry(
        "constraints",
        &ConstraintsJson::of_model(&detail.constraints),
    )?;
    map.serialize_entry("version", &detail.version.as_ref().map(VersionJson))?;
    map.serialize_entry(
        "latest_version",
        &detail.latest_version.as_ref().map(VersionJson),
    )?;
    map.serialize_entry("deprecation_date", &detail.deprecation_date)?;
    map.serialize_entry("primary_key", &detail.primary_key)?;
    map.serialize_entry("time_spine", &detail.time_spine.as_deref())
}

fn generic_test<M: SerializeMap>(map: &mut M, detail: &GenericTestDetail) -> Result<(), M::Error> {
    map.serialize_entry("column_name", &detail.column_name)?;
    map.serialize_entry("file_key_name", &detail.file_key_name)?;
    map.serialize_entry("attached_node", &detail.attached_node)?;
    map.serialize_entry("test_metadata", &TestMetadataJson(detail))
}

fn function<M: SerializeMap>(map: &mut M, detail: &FunctionDetail) -> Result<(), M::Error> {
    let whole = |said: &JsonObject, keys: &[&'static str]| -> JsonMap {
        let missing = keys.iter().filter(|key| !said.contains_key(**key));
        let missing = missing.map(|key| ((*key).to_owned(), serde_json::Value::Null));
        let said = said.iter().map(|(key, value)| (key.clone(), value.clone()));
        said.chain(missing).collect()
    };
    let arguments = detail.arguments.iter();
    let arguments: Vec<JsonMap> = arguments
        .map(|argument| whole(argument, &["description", "default_value"]))
        .collect();
    map.serialize_entry("returns", &whole(&detail.returns, &["description"]))?;
    map.serialize_entry("arguments", &arguments)
}

struct TestMetadataJson<'a>(&'a GenericTestDetail);

impl Serialize for TestMetadataJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.0.test_name)?;
        map.serialize_entry("kwargs", &*self.0.kwargs)?;
        map.serialize_entry("namespace", &self.0.namespace)?;
        map.end()
    }
}

/// All keys of a kind's configuration.
pub(crate) struct ConfigJson<'a>(pub(crate) &'a Config);

impl Serialize for ConfigJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_manifest(serializer)
    }
}

struct ChecksumJson<'a>(&'a Checksum);

impl Serialize for ChecksumJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, checksum) = match self.0 {
            Checksum::None => ("none", ""),
            Checksum::Sha256(hex) => ("sha256", &**hex),
            Checksum::Path(path) => ("path", &**path),
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("checksum", checksum)?;
        map.end()
    }
}

struct DocsJson<'a>(&'a Docs);

impl Serialize for DocsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("show", &self.0.show)?;
        map.serialize_entry("node_color", &self.0.node_color)?;
        map.end()
    }
}

struct ContractJson<'a>(&'a Node);

impl Serialize for ContractJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let contract = &self.0.contract;
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("enforced", &contract.enforced)?;
        map.serialize_entry("alias_types", &contract.alias_types)?;
        map.serialize_entry("checksum", &contract.checksum)?;
        map.end()
    }
}

/// A number or a text.
pub(crate) struct VersionJson<'a>(pub(crate) &'a NodeVersion);

impl Serialize for VersionJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            NodeVersion::Int(number) => serializer.serialize_i64(*number),
            NodeVersion::Float(text) => match text.parse::<f64>() {
                Ok(number) => serializer.serialize_f64(number),
                Err(_) => serializer.serialize_str(text),
            },
            NodeVersion::Text(text) => serializer.serialize_str(text),
        }
    }
}

pub(crate) struct RefsJson<'a>(pub(crate) &'a [RefArgs]);

impl Serialize for RefsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Ref<'a> {
            name: &'a str,
            package: Option<&'a str>,
            version: Option<VersionJson<'a>>,
        }
        serializer.collect_seq(self.0.iter().map(|args| Ref {
            name: &args.name,
            package: args.package.as_deref(),
            version: args.version.as_ref().map(VersionJson),
        }))
    }
}

pub(crate) struct SourceArgsJson<'a>(pub(crate) &'a [SourceArgs]);

impl Serialize for SourceArgsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|args| [&args.source, &args.table]))
    }
}

pub(crate) struct DependsOnJson<'a>(pub(crate) &'a DependsOn);

impl Serialize for DependsOnJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("macros", &self.0.macros)?;
        map.serialize_entry("nodes", &self.0.nodes)?;
        map.end()
    }
}

pub(crate) struct MacrosJson<'a>(pub(crate) &'a [UniqueId]);

impl Serialize for MacrosJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("macros", self.0)?;
        map.end()
    }
}

struct CtesJson<'a>(&'a [(UniqueId, String)]);

impl Serialize for CtesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Cte<'a> {
            id: &'a UniqueId,
            sql: &'a str,
        }
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for (id, sql) in self.0 {
            seq.serialize_element(&Cte { id, sql })?;
        }
        seq.end()
    }
}

/// `meta` and `tags`, as columns and docs have them in a `config` of their own.
pub(crate) struct MetaTagsJson<'a> {
    pub(crate) meta: &'a JsonObject,
    pub(crate) tags: &'a Names,
    pub(crate) extra: &'a JsonObject,
}

impl Serialize for MetaTagsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("meta", &**self.meta)?;
        map.serialize_entry("tags", self.tags)?;
        for (key, value) in self.extra.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::{
        json::JsonMap,
        node::{Column, Language, ResourceType},
    };

    fn config(kind: ResourceType, value: serde_json::Value) -> Config {
        let map: JsonMap = serde_json::from_value(value).unwrap();
        Config::new(kind, map)
    }

    fn node(id: &str, config: Config, detail: NodeDetail) -> Node {
        let name: Arc<str> = id.split('.').nth(2).unwrap().into();
        Node {
            unique_id: id.into(),
            package_name: "shop".into(),
            path: format!("{name}.sql").into(),
            original_file_path: format!("models/{name}.sql").into(),
            fqn: [Arc::from("shop"), Arc::clone(&name)].into(),
            database: Some("db".into()),
            schema: "main".into(),
            alias: Arc::clone(&name),
            name,
            relation_name: None,
            checksum: Checksum::None,
            config,
            unrendered_config: JsonObject::default(),
            tags: Names::default(),
            meta: JsonObject::default(),
            description: "".into(),
            columns: [Column {
                name: "id".into(),
                tags: [Arc::from("pii")].into(),
                ..Column::default()
            }]
            .into_iter()
            .collect(),
            docs: Docs::default(),
            group: None,
            patch_path: None,
            doc_blocks: Arc::default(),
            raw_code: "select 1".into(),
            language: Language::Sql,
            refs: [RefArgs {
                name: "a".into(),
                package: None,
                version: Some(NodeVersion::Int(2)),
            }]
            .into(),
            sources: [SourceArgs {
                source: "raw".into(),
                table: "t".into(),
            }]
            .into(),
            metrics: Arc::default(),
            functions: Arc::default(),
            depends_on: DependsOn::default(),
            contract: crate::node::Contract::default(),
            detail,
        }
    }

    fn check(node: &Node, compiled: Option<&Compiled>, expected: &Expect) {
        let json = NodeJson {
            node,
            created_at: 1.5,
            compiled,
        };
        expected.assert_eq(&serde_json::to_string(&json).unwrap());
    }

    #[test]
    fn writes_a_model() {
        let config = config(
            ResourceType::Model,
            json!({"materialized": "table", "own": 1}),
        );
        let model = node("model.shop.b", config, NodeDetail::Model(Arc::default()));
        check(
            &model,
            None,
            &expect![[
                r#"{"database":"db","schema":"main","name":"b","resource_type":"model","package_name":"shop","path":"b.sql","original_file_path":"models/b.sql","unique_id":"model.shop.b","fqn":["shop","b"],"alias":"b","checksum":{"name":"none","checksum":""},"config":{"enabled":true,"alias":null,"schema":null,"database":null,"tags":[],"meta":{},"group":null,"static_analysis":null,"materialized":"table","incremental_strategy":null,"batch_size":null,"lookback":1,"begin":null,"persist_docs":{},"post-hook":[],"pre-hook":[],"quoting":{},"column_types":{},"full_refresh":null,"unique_key":null,"on_schema_change":"ignore","on_configuration_change":"apply","grants":{},"packages":[],"docs":{"show":true,"node_color":null},"contract":{"enforced":false,"alias_types":true},"event_time":null,"concurrent_batches":null,"access":"protected","freshness":null,"own":1},"tags":[],"description":"","columns":{"id":{"name":"id","description":"","meta":{},"data_type":null,"constraints":[],"quote":null,"config":{"meta":{},"tags":["pii"]},"tags":["pii"],"granularity":null,"doc_blocks":[]}},"meta":{},"group":null,"docs":{"show":true,"node_color":null},"patch_path":null,"build_path":null,"unrendered_config":{},"created_at":1.5,"relation_name":null,"raw_code":"select 1","doc_blocks":[],"language":"sql","refs":[{"name":"a","package":null,"version":2}],"sources":[["raw","t"]],"metrics":[],"functions":[],"depends_on":{"macros":[],"nodes":[]},"compiled_path":null,"contract":{"enforced":false,"alias_types":true,"checksum":null},"access":"protected","constraints":[],"version":null,"latest_version":null,"deprecation_date":null,"primary_key":[],"time_spine":null}"#
            ]],
        );
    }

    #[test]
    fn writes_a_generic_test() {
        let detail = GenericTestDetail {
            test_name: "unique".into(),
            namespace: None,
            kwargs: JsonObject::default(),
            column_name: Some("id".into()),
            file_key_name: Some("models.b".into()),
            attached_node: Some("model.shop.b".into()),
        };
        let config = config(ResourceType::Test, json!({"severity": "warn"}));
        let test = node(
            "test.shop.unique_b_id.1",
            config,
            NodeDetail::GenericTest(Arc::new(detail)),
        );
        check(
            &test,
            None,
            &expect![[
                r#"{"database":"db","schema":"main","name":"unique_b_id","resource_type":"test","package_name":"shop","path":"unique_b_id.sql","original_file_path":"models/unique_b_id.sql","unique_id":"test.shop.unique_b_id.1","fqn":["shop","unique_b_id"],"alias":"unique_b_id","checksum":{"name":"none","checksum":""},"config":{"enabled":true,"alias":null,"schema":"dbt_test__audit","database":null,"tags":[],"meta":{},"group":null,"static_analysis":null,"materialized":"test","severity":"warn","store_failures":null,"store_failures_as":null,"where":null,"limit":null,"fail_calc":"count(*)","warn_if":"!= 0","error_if":"!= 0"},"tags":[],"description":"","columns":{"id":{"name":"id","description":"","meta":{},"data_type":null,"constraints":[],"quote":null,"config":{"meta":{},"tags":["pii"]},"tags":["pii"],"granularity":null,"doc_blocks":[]}},"meta":{},"group":null,"docs":{"show":true,"node_color":null},"patch_path":null,"build_path":null,"unrendered_config":{},"created_at":1.5,"relation_name":null,"raw_code":"select 1","doc_blocks":[],"language":"sql","refs":[{"name":"a","package":null,"version":2}],"sources":[["raw","t"]],"metrics":[],"functions":[],"depends_on":{"macros":[],"nodes":[]},"compiled_path":null,"contract":{"enforced":false,"alias_types":true,"checksum":null},"column_name":"id","file_key_name":"models.b","attached_node":"model.shop.b","test_metadata":{"name":"unique","kwargs":{},"namespace":null}}"#
            ]],
        );
    }

    #[test]
    fn writes_what_was_compiled() {
        let compiled = Compiled {
            path: Some("target/compiled/x.sql".to_owned()),
            code: Some("select 1".to_owned()),
            extra_ctes: vec![("model.shop.e".into(), "select 2".to_owned())],
            build_path: None,
            called: vec!["macro.dbt.statement".into()],
            has_run: true,
        };
        let snapshot = node(
            "snapshot.shop.s",
            Config::empty(ResourceType::Snapshot),
            NodeDetail::Snapshot,
        );
        check(
            &snapshot,
            Some(&compiled),
            &expect![[
                r#"{"database":"db","schema":"main","name":"s","resource_type":"snapshot","package_name":"shop","path":"s.sql","original_file_path":"models/s.sql","unique_id":"snapshot.shop.s","fqn":["shop","s"],"alias":"s","checksum":{"name":"none","checksum":""},"config":{"enabled":true,"alias":null,"schema":null,"database":null,"tags":[],"meta":{},"group":null,"static_analysis":null,"materialized":"snapshot","incremental_strategy":null,"batch_size":null,"lookback":1,"begin":null,"persist_docs":{},"post-hook":[],"pre-hook":[],"quoting":{},"column_types":{},"full_refresh":null,"unique_key":null,"on_schema_change":"ignore","on_configuration_change":"apply","grants":{},"packages":[],"docs":{"show":true,"node_color":null},"contract":{"enforced":false,"alias_types":true},"event_time":null,"concurrent_batches":null,"strategy":null,"target_schema":null,"target_database":null,"updated_at":null,"check_cols":null,"snapshot_meta_column_names":{"dbt_valid_to":null,"dbt_valid_from":null,"dbt_scd_id":null,"dbt_updated_at":null,"dbt_is_deleted":null},"dbt_valid_to_current":null},"tags":[],"description":"","columns":{"id":{"name":"id","description":"","meta":{},"data_type":null,"constraints":[],"quote":null,"config":{"meta":{},"tags":["pii"]},"tags":["pii"],"granularity":null,"doc_blocks":[]}},"meta":{},"group":null,"docs":{"show":true,"node_color":null},"patch_path":null,"build_path":null,"unrendered_config":{},"created_at":1.5,"relation_name":null,"raw_code":"select 1","doc_blocks":[],"language":"sql","refs":[{"name":"a","package":null,"version":2}],"sources":[["raw","t"]],"metrics":[],"functions":[],"depends_on":{"macros":["macro.dbt.statement"],"nodes":[]},"compiled_path":"target/compiled/x.sql","compiled":true,"compiled_code":"select 1","extra_ctes_injected":true,"extra_ctes":[{"id":"model.shop.e","sql":"select 2"}],"contract":{"enforced":false,"alias_types":true,"checksum":null}}"#
            ]],
        );
    }
}
