//! `Table`: the rows of a query as templates see them: the surface of agate's table that projects use.
//!
//! Not a data frame: what a macro reads back from a warehouse is small. A run's data never comes through here.

mod print;
mod sequence;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};

use crate::value::{
    CallArgs, EngineError, EngineErrorKind, Value, ValueKind, dict, error, items, list, pairs, text,
};

pub(crate) use print::print_table;
use sequence::Sequence;

/// What a column holds, as coarsely as agate tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnKind {
    /// `Text`
    Text,
    /// `Integer`, which is dbt's own
    Integer,
    /// `Number`
    Number,
    /// `Boolean`
    Boolean,
    /// `Date`
    Date,
    /// `DateTime`
    DateTime,
    /// `TimeDelta`
    TimeDelta,
}

impl ColumnKind {
    /// agate's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Integer => "Integer",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::TimeDelta => "TimeDelta",
        }
    }

    fn into_value(self) -> Value {
        dict([("name", Value::from(self.as_str()))])
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// Rows with named columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Arc<[TableColumn]>,
    rows: Arc<[Arc<[Value]>]>,
}

impl Table {
    /// Rows shorter than the columns are filled with `none`, longer ones cut.
    #[must_use]
    pub fn new(columns: Vec<TableColumn>, rows: Vec<Vec<Value>>) -> Self {
        let width = columns.len();
        let rows = rows
            .into_iter()
            .map(|mut row| {
                row.resize(width, Value::from(()));
                Arc::from(row)
            })
            .collect();
        Self {
            columns: columns.into(),
            rows,
        }
    }

    /// The columns.
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Arc<[Value]>] {
        &self.rows
    }

    /// As a value for templates.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The table in a value, if it is one.
    pub fn from_value(value: &Value) -> Option<&Self> {
        value.downcast_object_ref::<Self>()
    }

    fn names(&self) -> Arc<[Value]> {
        self.columns
            .iter()
            .map(|column| Value::from(column.name.as_str()))
            .collect()
    }

    fn with_rows(&self, rows: Vec<Arc<[Value]>>) -> Self {
        Self {
            columns: Arc::clone(&self.columns),
            rows: rows.into(),
        }
    }

    fn row_value(&self, row: &Arc<[Value]>) -> Value {
        Value::from_object(Sequence::row(self.names(), Arc::clone(row)))
    }

    fn row_values(&self) -> Value {
        let names = self.names();
        let rows = self
            .rows
            .iter()
            .map(|row| Value::from_object(Sequence::row(Arc::clone(&names), Arc::clone(row))))
            .collect();
        Value::from_object(Sequence::plain("Rows", rows))
    }

    fn column_value(&self, idx: usize, column: &TableColumn) -> Value {
        let values: Arc<[Value]> = self
            .rows
            .iter()
            .filter_map(|row| row.get(idx).cloned())
            .collect();
        Value::from_object(Sequence::column(
            &column.name,
            idx,
            column.kind.into_value(),
            values,
        ))
    }

    fn column_values(&self) -> Value {
        let values = self
            .columns
            .iter()
            .enumerate()
            .map(|(idx, column)| self.column_value(idx, column))
            .collect();
        Value::from_object(Sequence::keyed("Columns", self.names(), values))
    }

    fn index_of(&self, key: &Value) -> Result<usize, EngineError> {
        let found = match key.as_usize() {
            Some(idx) => (idx < self.columns.len()).then_some(idx),
            None => self
                .columns
                .iter()
                .position(|column| Some(column.name.as_str()) == key.as_str()),
        };
        found.ok_or_else(|| error(format!("table has no column {}", crate::value::repr(key))))
    }

    /// The same with these columns only, in this order.
    fn project(&self, indexes: &[usize]) -> Self {
        let columns = indexes
            .iter()
            .filter_map(|idx| self.columns.get(*idx).cloned())
            .collect();
        let rows = self
            .rows
            .iter()
            .map(|row| {
                indexes
                    .iter()
                    .filter_map(|idx| row.get(*idx).cloned())
                    .collect()
            })
            .collect();
        Self { columns, rows }
    }

    fn select(&self, wanted: &Value, is_excluding: bool) -> Result<Value, EngineError> {
        let keys = if wanted.as_str().is_some() || wanted.is_number() {
            vec![wanted.clone()]
        } else {
            items(wanted)
        };
        let mut indexes = keys
            .iter()
            .map(|key| self.index_of(key))
            .collect::<Result<Vec<_>, _>>()?;
        if is_excluding {
            indexes = (0..self.columns.len())
                .filter(|idx| !indexes.contains(idx))
                .collect();
        }
        Ok(self.project(&indexes).into_value())
    }

    fn rename(&self, args: &CallArgs) -> Value {
        let mut columns = self.columns.to_vec();
        if let Some(names) = args.get(0, "column_names") {
            let is_mapping = names.kind() == ValueKind::Map;
            let by_name: IndexMap<String, String> = if is_mapping {
                let renamed = pairs(names).into_iter();
                renamed.map(|(old, new)| (text(&old), text(&new))).collect()
            } else {
                IndexMap::new()
            };
            let in_order: Vec<String> = if is_mapping {
                Vec::new()
            } else {
                items(names).iter().map(text).collect()
            };
            for (idx, column) in columns.iter_mut().enumerate() {
                if let Some(new) = by_name.get(&column.name).or_else(|| in_order.get(idx)) {
                    column.name.clone_from(new);
                }
            }
        }
        Self {
            columns: columns.into(),
            rows: Arc::clone(&self.rows),
        }
        .into_value()
    }

    fn filtered(&self, state: &mut State<'_, '_>, test: &Value) -> Result<Value, EngineError> {
        let mut rows = Vec::new();
        for row in self.rows.iter() {
            if test.call(state, &[self.row_value(row)])?.is_true() {
                rows.push(Arc::clone(row));
            }
        }
        Ok(self.with_rows(rows).into_value())
    }

    fn group_by(&self, args: &CallArgs) -> Result<Value, EngineError> {
        let idx = self.index_of(&args.required("group_by", 0, "key")?)?;
        let mut groups: IndexMap<Value, Vec<Arc<[Value]>>> = IndexMap::new();
        for row in self.rows.iter() {
            let key = row.get(idx).cloned().unwrap_or_default();
            groups.entry(key).or_default().push(Arc::clone(row));
        }
        Ok(dict(groups.into_iter().map(|(key, rows)| {
            (key, self.with_rows(rows).into_value())
        })))
    }

    fn order_by(&self, args: &CallArgs) -> Result<Value, EngineError> {
        let idx = self.index_of(&args.required("order_by", 0, "key")?)?;
        let mut rows = self.rows.to_vec();
        rows.sort_by(|a, b| a.get(idx).cmp(&b.get(idx)));
        if args.is_true_or(1, "reverse", false) {
            rows.reverse();
        }
        Ok(self.with_rows(rows).into_value())
    }

    fn limit(&self, args: &CallArgs) -> Value {
        let bound = |position, name| args.get(position, name).and_then(Value::as_usize);
        let (start, stop) = match (bound(0, "start_or_stop"), bound(1, "stop")) {
            (Some(start), Some(stop)) => (start, stop),
            (Some(stop), None) => (0, stop),
            _ => (0, usize::MAX),
        };
        let rows = self.rows.iter().take(stop).skip(start).cloned().collect();
        self.with_rows(rows).into_value()
    }

    fn distinct(&self, args: &CallArgs) -> Result<Value, EngineError> {
        let idx = match args.get(0, "key") {
            Some(key) if !key.is_none() => Some(self.index_of(key)?),
            _ => None,
        };
        let mut seen: IndexMap<Vec<Value>, Arc<[Value]>> = IndexMap::new();
        for row in self.rows.iter() {
            let key = match idx {
                Some(idx) => row.get(idx).cloned().into_iter().collect(),
                None => row.to_vec(),
            };
            seen.entry(key).or_insert_with(|| Arc::clone(row));
        }
        Ok(self.with_rows(seen.into_values().collect()).into_value())
    }
}

impl Object for Table {
    /// A table is its rows, where it is looped over or counted.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(idx) = key.as_usize() {
            return self.rows.get(idx).map(|row| self.row_value(row));
        }
        Some(match key.as_str()? {
            "rows" => self.row_values(),
            "columns" => self.column_values(),
            "column_names" => Value::from(Tuple::new(self.names().to_vec())),
            "column_types" => Value::from(Tuple::new(
                self.columns
                    .iter()
                    .map(|column| column.kind.into_value())
                    .collect(),
            )),
            "row_names" => Value::from(()),
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let args = CallArgs::from_engine(args);
        match method {
            "select" => self.select(&args.required(method, 0, "key")?, false),
            "exclude" => self.select(&args.required(method, 0, "key")?, true),
            "rename" => Ok(self.rename(&args)),
            "where" => self.filtered(state, &args.required(method, 0, "test")?),
            "find" => {
                let test = args.required(method, 0, "test")?;
                for row in self.rows.iter() {
                    let row = self.row_value(row);
                    if test.call(state, std::slice::from_ref(&row))?.is_true() {
                        return Ok(row);
                    }
                }
                Ok(Value::from(()))
            }
            "group_by" | "group" => self.group_by(&args),
            "order_by" => self.order_by(&args),
            "limit" => Ok(self.limit(&args)),
            "distinct" => self.distinct(&args),
            "print_table" => {
                let shown = print_table(self, &args);
                crate::render::log_print(state, &shown);
                Ok(Value::from(()))
            }
            "to_dicts" | "dict" => Ok(list(self.rows.iter().map(|row| {
                dict(
                    self.columns
                        .iter()
                        .map(|column| column.name.as_str())
                        .zip(row.iter().cloned()),
                )
            }))),
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<agate.Table object>")
    }
}
