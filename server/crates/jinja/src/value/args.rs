//! `CallArgs`: what a template passed to a call, positional and by keyword.

use minijinja::value::Kwargs;

use super::{EngineError, Value, error};
use crate::render::HostError;

/// The arguments of one call.
#[derive(Debug, Clone, Default)]
pub struct CallArgs {
    /// In order.
    pub positional: Vec<Value>,
    /// In the order written.
    pub keyword: Vec<(String, Value)>,
}

impl CallArgs {
    /// From what the engine passes: keywords are the last value.
    pub(crate) fn from_engine(values: &[Value]) -> Self {
        let mut args = Self::default();
        match values.split_last() {
            Some((last, rest)) if last.is_kwargs() => {
                args.positional = rest.to_vec();
                args.keyword = super::pairs(last)
                    .into_iter()
                    .map(|(key, value)| (super::text(&key), value))
                    .collect();
            }
            _ => args.positional = values.to_vec(),
        }
        args
    }

    /// As the engine wants them.
    pub(crate) fn into_engine(self) -> Vec<Value> {
        let mut values = self.positional;
        if !self.keyword.is_empty() {
            values.push(Value::from(Kwargs::from_iter(self.keyword)));
        }
        values
    }

    /// The argument at `position`, or called `name`; `None` where it was not passed. `none` counts as passed.
    pub fn get(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).or_else(|| self.named(name))
    }

    /// The keyword argument `name`.
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.keyword
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Take the keyword argument `name` out.
    pub fn take_named(&mut self, name: &str) -> Option<Value> {
        let at = self.keyword.iter().position(|(key, _)| key == name)?;
        Some(self.keyword.remove(at).1)
    }

    /// The text of an argument that has to be there.
    pub fn text(&self, position: usize, name: &str) -> Result<String, HostError> {
        self.optional_text(position, name).ok_or_else(|| {
            HostError::compilation(
                "macro-arguments",
                format!("missing argument `{name}` (number {})", position + 1),
            )
        })
    }

    /// The text of an argument, if it is there and not `none`.
    pub fn optional_text(&self, position: usize, name: &str) -> Option<String> {
        let value = self.get(position, name)?;
        (!value.is_none() && !value.is_undefined()).then(|| super::text(value))
    }

    /// Whether an argument is true, or `default` where it was not passed.
    pub fn is_true_or(&self, position: usize, name: &str, default: bool) -> bool {
        self.get(position, name).map_or(default, Value::is_true)
    }

    /// The argument that has to be there, for functions of the context.
    pub(crate) fn required(
        &self,
        function: &str,
        position: usize,
        name: &str,
    ) -> Result<Value, EngineError> {
        self.get(position, name)
            .cloned()
            .ok_or_else(|| error(format!("{function}() missing required argument: `{name}`")))
    }

    /// The text of an argument that has to be there, for functions of the context.
    pub(crate) fn required_text(
        &self,
        function: &str,
        position: usize,
        name: &str,
    ) -> Result<String, EngineError> {
        self.required(function, position, name)
            .map(|value| super::text(&value))
    }
}
