//! `Column`: dbt's column object, as `adapter.get_columns_in_relation` gives and `api.Column` makes it.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{DynObject, Object, ObjectRepr};

use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, error};

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type without size: `character varying`, `decimal`.
    pub dtype: String,
    /// The size of a text type.
    pub char_size: Option<i64>,
    /// Digits of a decimal type.
    pub numeric_precision: Option<i64>,
    /// Digits behind the point.
    pub numeric_scale: Option<i64>,
    /// PostgreSQL's: text without a size has none, where others write the largest that dbt knows.
    pub keeps_unsized_text: bool,
}

const TEXT_TYPES: [&str; 5] = [
    "text",
    "character varying",
    "character",
    "varchar",
    "string",
];
const FLOAT_TYPES: [&str; 7] = [
    "real",
    "float4",
    "float",
    "double precision",
    "float8",
    "double",
    "float64",
];
const INTEGER_TYPES: [&str; 24] = [
    "smallint",
    "integer",
    "bigint",
    "smallserial",
    "serial",
    "bigserial",
    "int2",
    "int4",
    "int8",
    "serial2",
    "serial4",
    "serial8",
    "int",
    "tinyint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "uhugeint",
    "int64",
    "int1",
    "int16",
    "int32",
];

impl Column {
    /// A column with a type as the warehouse writes it: `decimal(10,2)` is taken apart.
    #[must_use]
    pub fn new(name: &str, data_type: &str) -> Self {
        let mut column = Self {
            name: name.to_owned(),
            dtype: data_type.to_owned(),
            ..Self::default()
        };
        let Some((base, size)) = data_type
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
        else {
            return column;
        };
        let sizes: Vec<Option<i64>> = size.split(',').map(|it| it.trim().parse().ok()).collect();
        match sizes.as_slice() {
            [Some(size)] if is_one_of(base, &TEXT_TYPES) => {
                base.trim().clone_into(&mut column.dtype);
                column.char_size = Some(*size);
            }
            [Some(precision), Some(scale)] => {
                base.trim().clone_into(&mut column.dtype);
                column.numeric_precision = Some(*precision);
                column.numeric_scale = Some(*scale);
            }
            _ => {}
        }
        column
    }

    /// As a value for templates.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The column in a value, if it is one.
    pub fn from_value(value: &Value) -> Option<&Self> {
        value.downcast_object_ref::<Self>()
    }

    /// Whether it holds text.
    pub fn is_string(&self) -> bool {
        is_one_of(&self.dtype, &TEXT_TYPES)
    }

    fn is_float(&self) -> bool {
        is_one_of(&self.dtype, &FLOAT_TYPES)
    }

    fn is_integer(&self) -> bool {
        is_one_of(&self.dtype, &INTEGER_TYPES)
    }

    fn is_numeric(&self) -> bool {
        is_one_of(&self.dtype, &["numeric", "decimal"])
    }

    fn string_size(&self) -> Result<i64, EngineError> {
        if !self.is_string() {
            return Err(error("called string_size() on non-string field"));
        }
        // 256 is what dbt takes for "unbounded".
        Ok(match self.char_size {
            Some(size) if self.dtype != "text" => size,
            _ => 256,
        })
    }

    /// The type as it is written in SQL.
    pub fn data_type(&self) -> String {
        let is_unsized = is_one_of(&self.dtype, &["text"])
            || (is_one_of(&self.dtype, &["character varying"]) && self.char_size.is_none());
        if self.keeps_unsized_text && is_unsized {
            return self.dtype.clone();
        }
        if self.is_string() {
            return string_type(self.string_size().unwrap_or(256));
        }
        match (self.numeric_precision, self.numeric_scale) {
            (Some(precision), Some(scale)) if self.is_numeric() => {
                format!("{}({precision},{scale})", self.dtype)
            }
            _ => self.dtype.clone(),
        }
    }

    /// The type that makes it hold what is in a wider column of text; `None` where it does already.
    pub fn expanded_to(&self, wider: &Self) -> Option<String> {
        let size = wider.string_size().ok()?;
        self.can_expand_to(wider)
            .unwrap_or(false)
            .then(|| string_type(size))
    }

    fn can_expand_to(&self, other: &Self) -> Result<bool, EngineError> {
        Ok(self.is_string() && other.is_string() && other.string_size()? > self.string_size()?)
    }
}

fn is_one_of(dtype: &str, types: &[&str]) -> bool {
    types.iter().any(|it| it.eq_ignore_ascii_case(dtype))
}

fn string_type(size: i64) -> String {
    format!("character varying({size})")
}

/// `STRING` is dbt's name for what most warehouses call `TEXT`.
pub(crate) fn translate_type(dtype: &str) -> String {
    if dtype.eq_ignore_ascii_case("string") {
        "TEXT".to_owned()
    } else {
        dtype.to_owned()
    }
}

/// Methods of the class, which `api.Column` and every column have.
pub(crate) fn class_method(method: &str, args: &CallArgs) -> Result<Value, EngineError> {
    match method {
        "create" => Ok(Column {
            name: args.required_text(method, 0, "name")?,
            dtype: translate_type(&args.required_text(method, 1, "label_or_dtype")?),
            ..Column::default()
        }
        .into_value()),
        "translate_type" => {
            let dtype = args.required_text(method, 0, "dtype")?;
            Ok(Value::from(translate_type(&dtype)))
        }
        "string_type" => {
            let size = args.required(method, 0, "size")?.as_i64().unwrap_or(256);
            Ok(Value::from(string_type(size)))
        }
        "numeric_type" => {
            let dtype = args.required_text(method, 0, "dtype")?;
            let precision = args.optional_text(1, "precision");
            let scale = args.optional_text(2, "scale");
            Ok(Value::from(match precision.zip(scale) {
                Some((precision, scale)) => format!("{dtype}({precision},{scale})"),
                None => dtype,
            }))
        }
        "from_description" => {
            let name = args.required_text(method, 0, "name")?;
            let data_type = args.required_text(method, 1, "raw_data_type")?;
            Ok(Column::new(&name, &data_type).into_value())
        }
        _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
    }
}

/// `api.Column(name, dtype, ...)`
pub(crate) fn construct(args: &CallArgs) -> Result<Value, EngineError> {
    let int = |position, name| args.get(position, name).and_then(Value::as_i64);
    Ok(Column {
        name: args.required_text("Column", 0, "column")?,
        dtype: args.required_text("Column", 1, "dtype")?,
        char_size: int(2, "char_size"),
        numeric_precision: int(3, "numeric_precision"),
        numeric_scale: int(4, "numeric_scale"),
        keeps_unsized_text: false,
    }
    .into_value())
}

impl Object for Column {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "name" | "column" => Value::from(self.name.as_str()),
            "quoted" => Value::from(format!("\"{}\"", self.name)),
            "dtype" => Value::from(self.dtype.as_str()),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            "char_size" => Value::from(self.char_size),
            "numeric_precision" => Value::from(self.numeric_precision),
            "numeric_scale" => Value::from(self.numeric_scale),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let args = CallArgs::from_engine(args);
        Ok(match method {
            "is_string" => Value::from(self.is_string()),
            "is_number" => Value::from(self.is_integer() || self.is_numeric() || self.is_float()),
            "is_float" => Value::from(self.is_float()),
            "is_integer" => Value::from(self.is_integer()),
            "is_numeric" => Value::from(self.is_numeric()),
            "string_size" => Value::from(self.string_size()?),
            "can_expand_to" => {
                let other = args.required(method, 0, "other_column")?;
                let other = Self::from_value(&other)
                    .ok_or_else(|| error("can_expand_to() takes a column"))?;
                Value::from(self.can_expand_to(other)?)
            }
            "literal" => {
                let value = args.required_text(method, 0, "value")?;
                Value::from(format!("{value}::{}", self.data_type()))
            }
            _ => return class_method(method, &args),
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| (**self).cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Column {} ({})>", self.name, self.data_type())
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn takes_types_apart_and_writes_them_again() {
        assert_eq!(
            Column::new("a", "decimal(10, 2)").data_type(),
            "decimal(10,2)"
        );
        assert_eq!(
            Column::new("a", "character varying(20)").data_type(),
            "character varying(20)"
        );
        assert_eq!(
            Column::new("a", "TEXT").data_type(),
            "character varying(256)"
        );
        assert_eq!(
            Column::new("a", "STRUCT(x INTEGER)").data_type(),
            "STRUCT(x INTEGER)"
        );
    }

    #[test]
    fn wider_texts_can_be_expanded_to() {
        let narrow = Column::new("a", "varchar(10)");
        let wide = Column::new("a", "varchar(20)");
        assert!(narrow.can_expand_to(&wide).unwrap());
        assert!(!wide.can_expand_to(&narrow).unwrap());
    }
}
