//! The templates of dbt projects: Jinja with dbt's blocks, around text in another language.
//!
//! The text outside of tags is `content`: what language it is in is the queries' business (`queries/injections.scm` says SQL). Taking SQL into
//! this grammar was the other way; but there is no one SQL, and tags stand where no grammar of it would let them: in the middle of
//! names, around half a join. So a parser of SQL reads all pieces of content as one text.
//!
//! Blocks are nested, so that editors can fold them and know their scopes. A tag that is not closed yet is one error, not the end of the tree:
//! `src/scanner.c` finds the text after it.

/// <reference types="tree-sitter-cli/dsl" />

const PREC = {
    conditional: 1,
    or: 2,
    and: 3,
    not: 4,
    compare: 5,
    add: 6,
    concat: 7,
    multiply: 8,
    unary: 9,
    power: 10,
    postfix: 11,
};

/** Any number of `rule`, with commas between them and maybe after them. */
const list = (rule) => optional(seq(rule, repeat(seq(",", rule)), optional(",")));

/** Two or more of `rule` with commas between them, or one with a comma after it: a tuple's inside. */
const several = (rule) => seq(rule, choice(",", seq(repeat1(seq(",", rule)), optional(","))));

/** One token, with or without a sign for white space; queries know it by the name without one. */
const opening = (mark) => alias(token(seq(mark, optional(choice("-", "+")))), mark);
const closing = (mark) => alias(token(seq(optional(choice("-", "+")), mark)), mark);

const tag = (...parts) => seq(opening("{%"), ...parts, closing("%}"));

const binary = ($, precedence, operator, associate = prec.left) =>
    associate(
        precedence,
        seq(field("left", $._operand), field("operator", operator), field("right", $._operand)),
    );

module.exports = grammar({
    name: "dagsmith",

    word: ($) => $.identifier,

    // Python's white space, which has more than ASCII's: pasted text brings spaces that do not break.
    extras: () => [/[\s\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/],

    externals: ($) => [$._text, $._after_error],

    rules: {
        template: ($) => repeat($._item),

        _item: ($) => choice($.content, $._tagged),

        _tagged: ($) => choice($.comment, $.output, $._statement, $._block),

        // More than one text where a comment begins that has no end: its `{#` is a text of its own.
        content: ($) => prec.right(repeat1($._text)),

        comment: () => token(/\{#([^#]|#+[^#}])*#+\}/),

        output: ($) =>
            seq(
                opening("{{"),
                optional(choice($._expression, alias($._open_tuple, $.tuple))),
                closing("}}"),
            ),

        // Statements: tags that stand alone.

        _statement: ($) => choice($.set_statement, $.do_statement, $.break_statement, $.continue_statement),

        set_statement: ($) =>
            tag(
                "set",
                field("target", $._target),
                "=",
                field("value", choice($._expression, alias($._open_tuple, $.tuple))),
            ),

        do_statement: ($) => tag("do", $._expression),

        break_statement: () => tag("break"),

        continue_statement: () => tag("continue"),

        // Blocks: tags with a text between them.

        _block: ($) =>
            choice(
                $.if_block,
                $.for_block,
                $.set_block,
                $.macro_block,
                $.test_block,
                $.snapshot_block,
                $.materialization_block,
                $.docs_block,
                $.call_block,
                $.filter_block,
                $.with_block,
                $.raw_block,
            ),

        if_block: ($) => seq(alias($._if_tag, $.start_tag), repeat($._item), $._end_of_if),

        // By recursion to the right, and not by `repeat`: whether another branch follows is seen only after the `{%` of its tag.
        _end_of_if: ($) =>
            choice(
                seq(alias($._elif_tag, $.branch_tag), repeat($._item), $._end_of_if),
                seq(alias($._else_tag, $.branch_tag), repeat($._item), alias($._endif_tag, $.end_tag)),
                alias($._endif_tag, $.end_tag),
            ),

        _if_tag: ($) => tag("if", field("condition", $._expression)),

        _elif_tag: ($) => tag("elif", field("condition", $._expression)),

        _else_tag: () => tag("else"),

        _endif_tag: () => tag("endif"),

        for_block: ($) =>
            seq(
                alias($._for_tag, $.start_tag),
                repeat($._item),
                optional(seq(alias($._else_tag, $.branch_tag), repeat($._item))),
                alias($._endfor_tag, $.end_tag),
            ),

        // What is iterated over is an operand: `if` after it filters and begins no conditional expression.
        _for_tag: ($) =>
            tag(
                "for",
                field("target", $._target),
                "in",
                field("iterated", choice($._operand, alias($._open_tuple_of_operands, $.tuple))),
                optional(seq("if", field("condition", $._expression))),
                optional("recursive"),
            ),

        _endfor_tag: () => tag("endfor"),

        set_block: ($) =>
            seq(alias($._set_tag, $.start_tag), repeat($._item), alias($._endset_tag, $.end_tag)),

        _set_tag: ($) =>
            tag("set", field("target", $._target), repeat(seq("|", $._filter_call))),

        _endset_tag: () => tag("endset"),

        macro_block: ($) =>
            seq(alias($._macro_tag, $.start_tag), repeat($._item), alias($._endmacro_tag, $.end_tag)),

        _macro_tag: ($) => tag("macro", field("name", $.identifier), field("parameters", $.parameters)),

        _endmacro_tag: () => tag("endmacro"),

        test_block: ($) =>
            seq(alias($._test_tag, $.start_tag), repeat($._item), alias($._endtest_tag, $.end_tag)),

        _test_tag: ($) =>
            tag(
                choice("test", "data_test"),
                field("name", $.identifier),
                field("parameters", $.parameters),
            ),

        _endtest_tag: () => tag(choice("endtest", "enddata_test")),

        snapshot_block: ($) =>
            seq(alias($._snapshot_tag, $.start_tag), repeat($._item), alias($._endsnapshot_tag, $.end_tag)),

        // dbt reads the name alone, and passes over parentheses behind it.
        _snapshot_tag: ($) => tag("snapshot", field("name", $.identifier), optional($.parameters)),

        _endsnapshot_tag: () => tag("endsnapshot"),

        materialization_block: ($) =>
            seq(
                alias($._materialization_tag, $.start_tag),
                repeat($._item),
                alias($._endmaterialization_tag, $.end_tag),
            ),

        _materialization_tag: ($) =>
            tag(
                "materialization",
                field("name", $.identifier),
                repeat(seq(",", choice("default", $.keyword_argument))),
            ),

        _endmaterialization_tag: () => tag("endmaterialization"),

        // Documentation is Markdown, with tags in it as everywhere.
        docs_block: ($) =>
            seq(
                alias($._docs_tag, $.start_tag),
                repeat(choice(alias($.content, $.markdown), $._tagged)),
                alias($._enddocs_tag, $.end_tag),
            ),

        _docs_tag: ($) => tag("docs", field("name", $.identifier)),

        _enddocs_tag: () => tag("enddocs"),

        call_block: ($) =>
            seq(alias($._call_tag, $.start_tag), repeat($._item), alias($._endcall_tag, $.end_tag)),

        // Only names are called here: `call (x)` would else be both a parameter and an expression in parentheses.
        _call_tag: ($) =>
            tag("call", field("parameters", optional($.parameters)), alias($._named_call, $.call)),

        _named_call: ($) =>
            seq(
                field("function", choice($.identifier, alias($._dotted_name, $.attribute))),
                field("arguments", $.arguments),
            ),

        _dotted_name: ($) =>
            seq(
                field("object", choice($.identifier, alias($._dotted_name, $.attribute))),
                ".",
                field("name", $.identifier),
            ),

        _endcall_tag: () => tag("endcall"),

        filter_block: ($) =>
            seq(alias($._filter_tag, $.start_tag), repeat($._item), alias($._endfilter_tag, $.end_tag)),

        _filter_tag: ($) => tag("filter", $._filter_call, repeat(seq("|", $._filter_call))),

        _endfilter_tag: () => tag("endfilter"),

        with_block: ($) =>
            seq(alias($._with_tag, $.start_tag), repeat($._item), alias($._endwith_tag, $.end_tag)),

        _with_tag: ($) => tag("with", list($.keyword_argument)),

        _endwith_tag: () => tag("endwith"),

        // The end is one token: nothing else is looked for before it.
        raw_block: ($) =>
            seq(
                alias($._raw_tag, $.start_tag),
                optional($.raw_content),
                alias($._endraw_tag, $.end_tag),
            ),

        _raw_tag: () => tag("raw"),

        raw_content: () => repeat1(choice(/[^{]+/, /\{/)),

        _endraw_tag: ($) => $._endraw,

        _endraw: () => token(prec(1, /\{%[-+]?\s*endraw\s*[-+]?%\}/)),

        // Names that are given a value.

        _target: ($) => choice($._single_target, alias($._open_tuple_of_targets, $.tuple)),

        _single_target: ($) =>
            choice(
                $.identifier,
                alias($._dotted_name, $.attribute),
                alias($._tuple_of_targets, $.tuple),
            ),

        _open_tuple_of_targets: ($) => several($._single_target),

        _tuple_of_targets: ($) => seq("(", $._single_target, repeat(seq(",", $._single_target)), optional(","), ")"),

        parameters: ($) => seq("(", list(choice($.identifier, $.default_parameter)), ")"),

        default_parameter: ($) => seq(field("name", $.identifier), "=", field("value", $._expression)),

        // Expressions.

        _expression: ($) => choice($.conditional, $._operand),

        conditional: ($) =>
            prec.right(
                PREC.conditional,
                seq(
                    field("value", $._operand),
                    "if",
                    field("condition", $._operand),
                    optional(seq("else", field("otherwise", $._expression))),
                ),
            ),

        _operand: ($) =>
            choice(
                $.identifier,
                $.string,
                $.concatenated_string,
                $.integer,
                $.float,
                $.boolean,
                $.none,
                $.list,
                $.dict,
                $.tuple,
                $.parenthesized,
                $.attribute,
                $.subscript,
                $.call,
                $.filter,
                $.test,
                $.unary,
                $.binary,
            ),

        _open_tuple: ($) => several($._expression),

        _open_tuple_of_operands: ($) => several($._operand),

        binary: ($) =>
            choice(
                binary($, PREC.or, "or"),
                binary($, PREC.and, "and"),
                binary($, PREC.compare, choice("==", "!=", "<", "<=", ">", ">=", "in", seq("not", "in"))),
                binary($, PREC.add, choice("+", "-")),
                binary($, PREC.concat, "~"),
                binary($, PREC.multiply, choice("*", "/", "//", "%")),
                binary($, PREC.power, "**", prec.right),
            ),

        unary: ($) =>
            choice(
                prec(PREC.not, seq(field("operator", "not"), field("operand", $._operand))),
                prec(PREC.unary, seq(field("operator", choice("-", "+")), field("operand", $._operand))),
            ),

        attribute: ($) =>
            prec(
                PREC.postfix,
                seq(field("object", $._operand), ".", field("name", choice($.identifier, $.integer))),
            ),

        subscript: ($) =>
            prec(PREC.postfix, seq(field("object", $._operand), "[", choice($._expression, $.slice), "]")),

        slice: ($) =>
            seq(
                optional($._expression),
                ":",
                optional($._expression),
                optional(seq(":", optional($._expression))),
            ),

        call: ($) =>
            prec(PREC.postfix, seq(field("function", $._operand), field("arguments", $.arguments))),

        arguments: ($) => seq("(", list(choice($._expression, $.keyword_argument, $.splat)), ")"),

        keyword_argument: ($) => seq(field("name", $.identifier), "=", field("value", $._expression)),

        splat: ($) => seq(choice("*", "**"), $._expression),

        filter: ($) => prec.right(PREC.postfix, seq(field("value", $._operand), "|", $._filter_call)),

        _filter_call: ($) =>
            prec.right(
                PREC.postfix,
                seq(field("filter", $.identifier), field("arguments", optional($.arguments))),
            ),

        // `is none`, `is true` and `is in` are tests by the names of keywords.
        test: ($) =>
            prec.right(
                PREC.postfix,
                seq(
                    field("value", $._operand),
                    "is",
                    optional("not"),
                    field("test", choice($.identifier, alias(choice($.none, $.boolean, "in"), $.identifier))),
                    field("argument", optional($._test_argument)),
                ),
            ),

        _test_argument: ($) =>
            choice(
                $.arguments,
                $.identifier,
                $.string,
                $.integer,
                $.float,
                $.boolean,
                $.none,
                $.list,
                $.dict,
            ),

        parenthesized: ($) => seq("(", $._expression, ")"),

        tuple: ($) => seq("(", optional(several($._expression)), ")"),

        list: ($) => seq("[", list($._expression), "]"),

        dict: ($) => seq("{", list($.pair), "}"),

        pair: ($) => seq(field("key", $._expression), ":", field("value", $._expression)),

        // Strings that stand side by side are one.
        concatenated_string: ($) => prec.right(seq($.string, repeat1($.string))),

        string: ($) =>
            choice(
                seq("'", optional(alias($._single_quoted, $.string_content)), token.immediate("'")),
                seq('"', optional(alias($._double_quoted, $.string_content)), token.immediate('"')),
            ),

        _single_quoted: ($) => repeat1(choice(token.immediate(prec(1, /[^'\\]+/)), $.escape_sequence)),

        _double_quoted: ($) => repeat1(choice(token.immediate(prec(1, /[^"\\]+/)), $.escape_sequence)),

        escape_sequence: () => token.immediate(/\\(.|\r?\n)/),

        integer: () => /\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+/,

        float: () => /\d[\d_]*(\.\d[\d_]*([eE][+-]?\d+)?|[eE][+-]?\d+)/,

        boolean: () => choice("true", "True", "false", "False"),

        none: () => choice("none", "None"),

        // Beyond ASCII everything counts as a letter but white space: the few signs that are none are not worth tables of Unicode in the parser.
        identifier: () =>
            /[A-Za-z_\u00AA-\u167F\u1681-\u1FFF\u2070-\u2FFF\u3001-\u{10FFFF}][A-Za-z0-9_\u00AA-\u167F\u1681-\u1FFF\u2070-\u2FFF\u3001-\u{10FFFF}]*/u,
    },
});
