//! The parameters of the call that the cursor is in.

use analysis::{macros::macro_definition, source::template};
use base::SourceRange;
use jinja::{MacroDef, syntax::CallSyntax};

use crate::{
    builtins::Builtin,
    completion::{parameter_labels, signature},
    hover::macro_properties,
    position::FilePosition,
    sql_functions::call_help,
    symbol::{Thing, callee},
    world::{Here, World},
};

/// A call's candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHelp {
    /// Never empty.
    pub signatures: Vec<Signature>,
    /// Index of the one that is called.
    pub active_signature: usize,
}

/// One way to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `cents_to_dollars(column_name, scale=2)`
    pub label: String,
    /// Markdown.
    pub documentation: Option<String>,
    /// The parameters.
    pub parameters: Vec<SignatureParameter>,
    /// Index of the one the cursor is at; `None` if it is at none of them.
    pub active_parameter: Option<usize>,
}

/// A parameter of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParameter {
    /// As it is written in the signature's label.
    pub label: String,
    /// Markdown.
    pub documentation: Option<String>,
}

/// The call around the cursor.
pub(crate) fn signature_help(world: World<'_>, position: FilePosition) -> Option<SignatureHelp> {
    let here = world.here(position.file)?;
    let template = template(world.db, here.file);
    let call = template
        .calls
        .iter()
        .filter(|call| is_inside(call.args_range, position.offset))
        .min_by_key(|call| call.args_range.len());
    let Some(call) = call else {
        return call_help(world, &here, position.offset);
    };
    let path: Vec<&str> = call.path.iter().map(|segment| &*segment.name).collect();
    let signatures = match callee(world, &here, &path)? {
        Thing::Macros(keys) => keys
            .iter()
            .filter_map(|key| macro_definition(world.db, here.project, *key))
            .map(|definition| macro_signature(world, &here, &definition))
            .collect(),
        Thing::Builtin(builtin) => vec![builtin_signature(builtin)],
        _ => return None,
    };
    let text = here.text(world);
    let signatures: Vec<Signature> = signatures
        .into_iter()
        .map(|signature| with_active(signature, call, text, position.offset))
        .collect();
    (!signatures.is_empty()).then_some(SignatureHelp {
        signatures,
        active_signature: 0,
    })
}

/// Between the parentheses.
fn is_inside(parentheses: SourceRange, offset: u32) -> bool {
    parentheses.start < offset && offset <= parentheses.end.max(parentheses.start + 1)
}

fn macro_signature(world: World<'_>, here: &Here, definition: &MacroDef) -> Signature {
    let described = macro_properties(world, here, &definition.name);
    let description = described.and_then(|it| it.description.as_ref());
    let of_argument = |label: &str| {
        let name = label.split('=').next().unwrap_or(label);
        let mut arguments = described.into_iter().flat_map(|it| &it.arguments);
        let argument = arguments.find(|it| *it.name.value == *name)?;
        argument.description.as_ref().map(|it| it.value.to_string())
    };
    Signature {
        label: signature(&definition.name, definition),
        documentation: description.map(|it| it.value.to_string()),
        parameters: parameter_labels(definition)
            .into_iter()
            .map(|label| SignatureParameter {
                documentation: of_argument(&label),
                label,
            })
            .collect(),
        active_parameter: None,
    }
}

fn builtin_signature(builtin: &Builtin) -> Signature {
    let parameter = |label: &&str| SignatureParameter {
        label: (*label).to_owned(),
        documentation: None,
    };
    Signature {
        label: builtin.label(),
        documentation: Some(builtin.doc.to_owned()),
        parameters: builtin.params.iter().map(parameter).collect(),
        active_parameter: None,
    }
}

/// The parameter that the cursor is at: by name if the argument has one, else by the commas before it.
fn with_active(signature: Signature, call: &CallSyntax, text: &str, offset: u32) -> Signature {
    let argument = call.args.iter().find(|arg| {
        let start = arg
            .name
            .as_ref()
            .map_or(arg.value.range.start, |it| it.range.start);
        SourceRange::new(start, arg.value.range.end).touches(offset)
    });
    let name = argument.and_then(|arg| arg.name.as_ref());
    let parameters = &signature.parameters;
    let active = match name {
        Some(name) => parameters
            .iter()
            .position(|it| it.label.split('=').next() == Some(&*name.name)),
        None => Some(n_arguments_before(call, text, offset)),
    };
    // What is more than the parameters goes to `*varargs`, if there are any.
    let last = parameters.len().checked_sub(1);
    let takes_rest = parameters.iter().any(|it| it.label.starts_with("*v"));
    let active = active.and_then(|nth| match last {
        Some(last) if nth > last && takes_rest => Some(last),
        Some(last) if nth <= last => Some(nth),
        _ => None,
    });
    Signature {
        active_parameter: active,
        ..signature
    }
}

fn n_arguments_before(call: &CallSyntax, text: &str, offset: u32) -> usize {
    let before = call
        .args
        .iter()
        .take_while(|arg| arg.value.range.end < offset);
    // `f(a |` is still at a; `f(a, |` is at what comes next.
    before
        .filter(|arg| {
            let between = SourceRange::new(arg.value.range.end, offset).of(text);
            between.contains(',')
        })
        .count()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::fixture::TestProject;

    fn check(call: &str, expected: &Expect) {
        let project = TestProject::new(&format!(
            "
//- /macros/m.sql
{{% macro cents(column, scale=2, unit='c') %}}{{{{ column }}}}{{% endmacro %}}
//- /models/a.sql
select {{{{ {call} }}}}
"
        ));
        let found = project
            .analysis()
            .signature_help(project.cursor.unwrap())
            .unwrap();
        let shown = found.map(|found| {
            let signature = &found.signatures[found.active_signature];
            let active = signature
                .active_parameter
                .map(|nth| &signature.parameters[nth].label);
            format!("{} at {}", signature.label, active.map_or("-", |it| it))
        });
        expected.assert_eq(&shown.unwrap_or_default());
    }

    #[test]
    fn the_active_parameter_follows_commas_and_names() {
        check(
            "cents($0)",
            &expect!["cents(column, scale=…, unit=…) at column"],
        );
        check(
            "cents('a', $0)",
            &expect!["cents(column, scale=…, unit=…) at scale=…"],
        );
        check(
            "cents('a', unit=$0'x')",
            &expect!["cents(column, scale=…, unit=…) at unit=…"],
        );
        check(
            "cents('a', 1, 2, 3, $0)",
            &expect!["cents(column, scale=…, unit=…) at -"],
        );
    }

    #[test]
    fn functions_of_the_context_have_signatures() {
        check(
            "ref('$0')",
            &expect!["ref(package_or_model, model=None, v=None) at package_or_model"],
        );
    }

    #[test]
    fn outside_of_calls_there_is_none() {
        check("cents('a') $0", &expect![""]);
    }
}
