//! The tree of a query, as the tolerant parser leaves it: ranges into the text instead of strings, and `Missing` where
//! something was expected. Broken parts are small; what stands around them is whole.
//!
//! Chains (`a or b or c`, joins, set operations, postfixes) are flat lists, so that the depth of the tree is bounded by
//! the nesting of brackets, which the parser limits, and not by the length of the text.

use base::RenderedRange;

/// A name as it stands in the text, with its quotes if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) range: RenderedRange,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
}

#[derive(Debug, Clone)]
pub(crate) enum StatementKind {
    /// A query, or a statement that is of interest for the query in it (`create table … as`, `insert into …`).
    Query(Box<Query>),
    /// Anything else: not looked into.
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Everything that belongs to it: for a query in brackets, all between them; at the top, the whole statement.
    pub(crate) range: RenderedRange,
    pub(crate) with: Option<With>,
    pub(crate) body: Body,
    pub(crate) order_by: Vec<Expr>,
    pub(crate) limit: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct With {
    pub(crate) is_recursive: bool,
    pub(crate) ctes: Vec<Cte>,
}

#[derive(Debug, Clone)]
pub(crate) struct Cte {
    pub(crate) name: Name,
    pub(crate) columns: Vec<Name>,
    pub(crate) query: Query,
    pub(crate) recursion: RecursionColumns,
    /// From the name to the closing bracket, or what follows it.
    pub(crate) range: RenderedRange,
}

/// `search … set` and `cycle … set … using …` behind a recursive CTE.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecursionColumns {
    /// Columns of the query that order the rows, or tell them apart.
    pub(crate) keys: Vec<Name>,
    /// Columns that the CTE has beside those of its query.
    pub(crate) added: Vec<Name>,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Select(Box<Select>),
    /// Operands of one precedence level, left to right.
    SetOperation(Vec<SetOperand>),
    /// A query in brackets.
    Query(Box<Query>),
    Values(Vec<Vec<Expr>>, RenderedRange),
    /// What yields rows we cannot tell: `describe t`, a pivot statement.
    Opaque(Vec<FromItem>),
    Missing,
}

#[derive(Debug, Clone)]
pub(crate) struct SetOperand {
    /// How it is joined to what is on its left; `None` for the first.
    pub(crate) operator: Option<SetOperator>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct SetOperator {
    pub(crate) is_by_name: bool,
    /// The operator's words.
    pub(crate) range: RenderedRange,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Select {
    pub(crate) range: RenderedRange,
    pub(crate) distinct_on: Vec<Expr>,
    /// Empty and `is_star_implied` for `from t` without `select`.
    pub(crate) items: Vec<SelectItem>,
    pub(crate) is_star_implied: bool,
    /// BigQuery's `select as struct` and `select as value`: the columns are not those of the list.
    pub(crate) is_shaped: bool,
    pub(crate) from: Vec<FromItem>,
    pub(crate) filter: Option<Expr>,
    pub(crate) group_by: Vec<Expr>,
    pub(crate) having: Option<Expr>,
    pub(crate) windows: Vec<NamedWindow>,
    pub(crate) qualify: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct NamedWindow {
    pub(crate) name: Name,
    pub(crate) window: Window,
}

#[derive(Debug, Clone)]
pub(crate) struct SelectItem {
    pub(crate) expr: Expr,
    pub(crate) alias: Option<Name>,
}

/// One element of the `from` list: a relation and what is joined to it.
#[derive(Debug, Clone)]
pub(crate) struct FromItem {
    pub(crate) first: Relation,
    pub(crate) joins: Vec<Join>,
}

#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) is_natural: bool,
    pub(crate) right: Relation,
    pub(crate) on: Option<Expr>,
    pub(crate) using: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
    /// Semi and anti joins: the right side is not visible afterwards.
    Filter,
}

#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) kind: RelationKind,
    pub(crate) range: RenderedRange,
    pub(crate) alias: Option<Name>,
    pub(crate) columns: Vec<Name>,
    pub(crate) pivots: Vec<Pivot>,
}

#[derive(Debug, Clone)]
pub(crate) enum RelationKind {
    Table(Vec<Name>),
    /// A file: `'x.parquet'`, and where it stands.
    File(RenderedRange),
    Query(Box<Query>),
    /// A table function, `unnest` and `flatten` among them.
    Function {
        call: Expr,
        has_ordinality: bool,
        /// BigQuery's `with offset as NAME`.
        offset: Option<Name>,
    },
    /// Joins in brackets.
    Nested(Box<FromItem>),
    Missing,
}

#[derive(Debug, Clone)]
pub(crate) struct Pivot {
    pub(crate) is_unpivot: bool,
    /// Expressions over the columns of the relation.
    pub(crate) exprs: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) range: RenderedRange,
    pub(crate) kind: ExprKind,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    /// Something is missing or broken here.
    Missing,
    /// `a`, `t.a`, `s.t.a`, `t.a.field`. The last part is empty when the text ends in the dot.
    Name(Vec<Name>),
    Literal(Literal),
    /// `date '2024-01-01'`, `interval '1 day'`: the type's name and the expressions in it.
    Typed(RenderedRange, Vec<Expr>),
    Parameter,
    Star(Box<Star>),
    Call(Box<Call>),
    Unary(UnaryOperator, Box<Expr>),
    /// Operands of one precedence level, left to right, and the operators between them.
    Chain(Vec<Expr>, Vec<BinaryOperator>),
    /// `is null`, `between`, `in (…)`, `like … escape`: a truth about the operands.
    Test(Vec<Expr>),
    /// `x in (select …)`, `x = any (select …)`, `exists (select …)`.
    QueryTest(Vec<Expr>, Box<Query>),
    Cast(Box<Expr>, RenderedRange),
    Case(Box<Case>),
    Subquery(Box<Query>),
    /// `array(select …)`.
    ArrayQuery(Box<Query>),
    /// What follows an operand, left to right.
    Postfix(Box<Expr>, Vec<Postfix>),
    List(Vec<Expr>),
    Struct(Vec<(Name, Expr)>),
    Map(Vec<(Expr, Expr)>),
    /// `(a, b)` and `row(a, b)`.
    Tuple(Vec<Expr>),
    /// An expression in brackets.
    Paren(Box<Expr>),
    Lambda(Vec<Name>, Box<Expr>),
    Comprehension(Box<Comprehension>),
    /// `name := value` in an argument list.
    Named(Box<Expr>),
    /// Operands whose meaning is not modelled.
    Other(Vec<Expr>),
}

#[derive(Debug, Clone)]
pub(crate) struct Comprehension {
    pub(crate) item: Expr,
    pub(crate) variables: Vec<Name>,
    pub(crate) list: Expr,
    pub(crate) filter: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal {
    Null,
    Boolean,
    Number,
    String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaryOperator {
    Not,
    Sign,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    Comparison,
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
    Power,
    Concat,
    JsonExtract,
    JsonExtractText,
    Bitwise,
    Other,
}

#[derive(Debug, Clone)]
pub(crate) enum Postfix {
    Field(Name),
    /// `[i]`.
    Index(Expr),
    /// `[a:b:c]`.
    Slice(Vec<Expr>),
    /// `:path` of a semi-structured value.
    Path,
    /// `.*` of a struct.
    AllFields,
    /// `at time zone …`.
    AtTimeZone(Expr),
    Collate,
    /// `.function(…)`.
    Method(Box<Call>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Star {
    /// Before the dot.
    pub(crate) qualifier: Vec<Name>,
    pub(crate) exclude: Vec<Vec<Name>>,
    pub(crate) replace: Vec<(Expr, Name)>,
    pub(crate) rename: Vec<(Vec<Name>, Name)>,
    /// `like 'a%'`, or the argument of `columns(…)`: which columns, cannot be told from names alone.
    pub(crate) filter: Option<Expr>,
    /// `columns(…)` rather than `*`.
    pub(crate) is_columns: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) operand: Option<Expr>,
    pub(crate) branches: Vec<(Expr, Expr)>,
    pub(crate) otherwise: Option<Expr>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    pub(crate) name: Vec<Name>,
    pub(crate) args: Vec<Expr>,
    pub(crate) is_distinct: bool,
    pub(crate) order_by: Vec<Expr>,
    pub(crate) filter: Option<Expr>,
    pub(crate) over: Option<Window>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    /// `over NAME` and `over (NAME …)`.
    pub(crate) base: Option<Name>,
    pub(crate) partition_by: Vec<Expr>,
    pub(crate) order_by: Vec<Expr>,
    pub(crate) frame: Vec<Expr>,
}
