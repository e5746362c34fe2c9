//! What templates can ask of a relation: attributes and methods, with dbt's names.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};

use super::{Policy, Relation, RelationType};
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, dict, error, pairs, text};

/// The longest name that PostgreSQL does not cut, in characters.
const MAX_NAME_LENGTH: usize = 63;

impl Relation {
    /// `incorporate(path={...}, type=..., ...)`: the same with other parts.
    fn incorporate(&self, args: &CallArgs) -> Self {
        let mut new = self.clone();
        for (key, value) in &args.keyword {
            match key.as_str() {
                "path" => {
                    for (part, value) in pairs(value) {
                        new.set_part(&text(&part), &value);
                    }
                }
                "type" => new.kind = optional(value).map(|it| it.as_str().into()),
                "limit" => new.limit = value.as_usize(),
                "quote_policy" => {
                    new.quote_policy = Policy::from_value(value, new.quote_policy);
                }
                "include_policy" => {
                    new.include_policy = Policy::from_value(value, new.include_policy);
                }
                _ => new.set_part(key, value),
            }
        }
        new
    }

    fn set_part(&mut self, part: &str, value: &Value) {
        let slot = match part {
            "database" => &mut self.database,
            "schema" => &mut self.schema,
            "identifier" => &mut self.identifier,
            _ => return,
        };
        *slot = optional(value);
    }

    /// `matches(database=..., schema=..., identifier=...)`
    fn matches(&self, args: &CallArgs) -> Result<bool, EngineError> {
        let wanted = [
            (args.optional_text(0, "database"), &self.database),
            (args.optional_text(1, "schema"), &self.schema),
            (args.optional_text(2, "identifier"), &self.identifier),
        ];
        if wanted.iter().all(|(wanted, _)| wanted.is_none()) {
            return Err(error(
                "tried to match relation, but no search path was passed",
            ));
        }
        Ok(wanted.iter().all(|(wanted, mine)| match (wanted, mine) {
            (None, _) => true,
            (Some(wanted), Some(mine)) => wanted.eq_ignore_ascii_case(mine),
            (Some(_), None) => false,
        }))
    }

    fn is(&self, kind: &RelationType) -> Value {
        Value::from(self.kind.as_ref() == Some(kind))
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        let part = |part: &Option<String>| Value::from(part.clone());
        Some(match name {
            "database" => part(&self.database),
            "schema" => part(&self.schema),
            "identifier" | "name" | "table" => part(&self.identifier),
            "type" => Value::from(self.kind.as_ref().map(RelationType::as_str)),
            "is_table" => self.is(&RelationType::Table),
            "is_view" => self.is(&RelationType::View),
            "is_cte" => self.is(&RelationType::Cte),
            "is_materialized_view" => self.is(&RelationType::MaterializedView),
            "is_function" => self.is(&RelationType::Function),
            "is_pointer" => self.is(&RelationType::Other("pointer".into())),
            "quote_character" => Value::from(self.quote_character.to_string()),
            "quote_policy" => self.quote_policy.to_value(),
            "include_policy" => self.include_policy.to_value(),
            "limit" => Value::from(self.limit),
            "information_schema_view" => part(&self.information_schema_view),
            // An adapter may say otherwise of its kinds of relations; DuckDB's says nothing.
            "can_be_renamed" | "can_be_replaced" => Value::from(false),
            "path" => dict([
                ("database", part(&self.database)),
                ("schema", part(&self.schema)),
                ("identifier", part(&self.identifier)),
            ]),
            "metadata" => dict([("type", Value::from("Relation"))]),
            // `api.Relation.Table` and its like also exist on every relation.
            "Table" => Value::from("table"),
            "View" => Value::from("view"),
            "CTE" => Value::from("cte"),
            "MaterializedView" => Value::from("materialized_view"),
            "External" => Value::from("external"),
            "Function" => Value::from("function"),
            _ => return None,
        })
    }

    /// `api.Relation.create(database=..., schema=..., identifier=..., type=...)`
    pub(crate) fn create(args: &CallArgs) -> Self {
        let mut new = Self::default().incorporate(&CallArgs {
            positional: Vec::new(),
            keyword: args.keyword.clone(),
        });
        for (value, part) in args
            .positional
            .iter()
            .zip(["database", "schema", "identifier"])
        {
            new.set_part(part, value);
        }
        if let Some(kind) = args.positional.get(3).and_then(Value::as_str) {
            new.kind = Some(kind.into());
        }
        new
    }
}

/// What a function is, as the materialization asks for it: its type and its language, which together name the macro that makes it.
fn function_config(model: &Value) -> Result<Value, EngineError> {
    let get = |of: &Value, key: &str| of.get_attr(key).ok().and_then(|it| optional(&it));
    if get(model, "resource_type").as_deref() != Some("function") {
        return Ok(Value::from(()));
    }
    let config = model.get_attr("config")?;
    let language = get(model, "language").unwrap_or_else(|| "sql".to_owned());
    let wanted = if language == "python" {
        &["runtime_version", "entry_point"][..]
    } else {
        &[]
    };
    for key in wanted {
        if get(&config, key).is_none() {
            let article = if key.starts_with('e') { "An" } else { "A" };
            return Err(error(format!(
                "{article} `{key}` is required for python functions"
            )));
        }
    }
    let part = |key: &str| Value::from(get(&config, key));
    Ok(dict([
        (
            "type",
            Value::from(get(&config, "type").unwrap_or_else(|| "scalar".to_owned())),
        ),
        ("language", Value::from(language)),
        ("runtime_version", part("runtime_version")),
        ("entry_point", part("entry_point")),
    ]))
}

fn optional(value: &Value) -> Option<String> {
    (!value.is_none() && !value.is_undefined()).then(|| text(value))
}

impl Object for Relation {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.attribute(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let args = CallArgs::from_engine(args);
        let made = |relation: Self| Ok(relation.into_value());
        match method {
            "render" | "__str__" => Ok(Value::from(self.name())),
            "render_limited" => Ok(Value::from(self.render_sql())),
            "include" => made(Self {
                include_policy: self.include_policy.with(&args),
                ..(**self).clone()
            }),
            "quote" => made(Self {
                quote_policy: self.quote_policy.with(&args),
                ..(**self).clone()
            }),
            "quoted" => Ok(Value::from(self.quoted(&args.required_text(
                "quoted",
                0,
                "identifier",
            )?))),
            "incorporate" | "replace" | "replace_path" => made(self.incorporate(&args)),
            "without_identifier" => made(self.without_identifier()),
            "information_schema" => {
                let view = args.get(0, "view_name").and_then(Value::as_str);
                made(self.information_schema(view))
            }
            "information_schema_only" => made(self.information_schema(None)),
            "matches" => self.matches(&args).map(Value::from),
            // Of PostgreSQL's relations; only its macros ask.
            "relation_max_name_length" => Ok(Value::from(MAX_NAME_LENGTH)),
            "get" => {
                let key = args.required_text("get", 0, "key")?;
                let default = args.get(1, "default").cloned();
                Ok(self.attribute(&key).or(default).unwrap_or(Value::from(())))
            }
            "get_default_quote_policy" | "get_default_include_policy" => {
                Ok(Policy::default().to_value())
            }
            "add_ephemeral_prefix" => {
                let name = args.required_text(method, 0, "name")?;
                Ok(Value::from(format!("__dbt__cte__{name}")))
            }
            "create" => made(Self::create(&args)),
            "get_function_config" => function_config(&args.required(method, 0, "model")?),
            "get_function_macro_name" => {
                let config = args.required(method, 0, "config")?;
                let part = |name: &str| config.get_attr(name).map(|value| text(&value));
                let name = format!("{}_function_{}", part("type")?, part("language")?);
                Ok(Value::from(name))
            }
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| (**self).cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_sql())
    }
}
