//! `Keyword`: the words that mean something to the grammar, and where each may still be used as a name.
//!
//! The categories are DuckDB's own (`duckdb_keywords()`), which are PostgreSQL's. Other dialects reserve other words; for
//! them the grammar asks `is_clause_word` instead, so that a column called `end_date` or `value` never upsets it.

/// Where a keyword may be used as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    /// Not a keyword in DuckDB: a name anywhere.
    Plain,
    /// A name anywhere but as an alias without `as`.
    Unreserved,
    /// Names columns and relations, not functions.
    ColumnName,
    /// Names functions and types, not columns.
    TypeFunction,
    /// A name only in quotes, after `as` or after a dot.
    Reserved,
}

macro_rules! keywords {
    ($($variant:ident $text:literal $category:ident;)*) => {
        /// A word known to the grammar.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub(crate) enum Keyword {
            /// Any other word, and everything that is not a word.
            Unlisted,
            $($variant,)*
        }

        /// Sorted by text.
        const KEYWORDS: &[(&str, Keyword)] = &[$(($text, Keyword::$variant),)*];

        impl Keyword {
            pub(crate) fn category(self) -> Category {
                match self {
                    Self::Unlisted => Category::Plain,
                    $(Self::$variant => Category::$category,)*
                }
            }
        }
    };
}

keywords! {
    Abort "abort" Unreserved;
    Absolute "absolute" Unreserved;
    Access "access" Unreserved;
    Action "action" Unreserved;
    Add "add" Unreserved;
    Admin "admin" Unreserved;
    After "after" Unreserved;
    Aggregate "aggregate" Unreserved;
    All "all" Reserved;
    Also "also" Unreserved;
    Alter "alter" Unreserved;
    Always "always" Unreserved;
    Analyse "analyse" Reserved;
    Analyze "analyze" Reserved;
    And "and" Reserved;
    Anti "anti" TypeFunction;
    Any "any" Reserved;
    Apply "apply" Plain;
    Array "array" Reserved;
    ArrayAgg "array_agg" Plain;
    As "as" Reserved;
    Asc "asc" Reserved;
    Asof "asof" TypeFunction;
    Assertion "assertion" Unreserved;
    Assignment "assignment" Unreserved;
    Asymmetric "asymmetric" Reserved;
    At "at" TypeFunction;
    Attach "attach" Unreserved;
    Attribute "attribute" Unreserved;
    Authorization "authorization" TypeFunction;
    Backward "backward" Unreserved;
    Before "before" Unreserved;
    Begin "begin" Unreserved;
    Bernoulli "bernoulli" Plain;
    Between "between" ColumnName;
    Bigint "bigint" ColumnName;
    Binary "binary" TypeFunction;
    Bit "bit" ColumnName;
    Boolean "boolean" ColumnName;
    Both "both" Reserved;
    By "by" TypeFunction;
    Cache "cache" Unreserved;
    Call "call" Unreserved;
    Called "called" Unreserved;
    Cascade "cascade" Unreserved;
    Cascaded "cascaded" Unreserved;
    Case "case" Reserved;
    Cast "cast" Reserved;
    Catalog "catalog" Unreserved;
    Centuries "centuries" Unreserved;
    Century "century" Unreserved;
    Chain "chain" Unreserved;
    Changes "changes" Plain;
    Char "char" ColumnName;
    Character "character" ColumnName;
    Characteristics "characteristics" Unreserved;
    Check "check" Reserved;
    Checkpoint "checkpoint" Unreserved;
    Class "class" Unreserved;
    Clone "clone" Plain;
    Close "close" Unreserved;
    Cluster "cluster" Unreserved;
    Coalesce "coalesce" ColumnName;
    Collate "collate" Reserved;
    Collation "collation" TypeFunction;
    Column "column" Reserved;
    Columns "columns" TypeFunction;
    Comment "comment" Unreserved;
    Comments "comments" Unreserved;
    Commit "commit" Unreserved;
    Committed "committed" Unreserved;
    Compression "compression" Unreserved;
    Concurrently "concurrently" TypeFunction;
    Configuration "configuration" Unreserved;
    Conflict "conflict" Unreserved;
    Connect "connect" Plain;
    Connection "connection" Unreserved;
    Constraint "constraint" Reserved;
    Constraints "constraints" Unreserved;
    Content "content" Unreserved;
    Continue "continue" Unreserved;
    Conversion "conversion" Unreserved;
    Copy "copy" Unreserved;
    Corresponding "corresponding" Plain;
    Cost "cost" Unreserved;
    Create "create" Reserved;
    Cross "cross" TypeFunction;
    Csv "csv" Unreserved;
    Cube "cube" Unreserved;
    Current "current" Unreserved;
    Cursor "cursor" Unreserved;
    Cycle "cycle" Unreserved;
    Data "data" Unreserved;
    Database "database" Unreserved;
    Day "day" Unreserved;
    Days "days" Unreserved;
    Deallocate "deallocate" Unreserved;
    Dec "dec" ColumnName;
    Decade "decade" Unreserved;
    Decades "decades" Unreserved;
    Decimal "decimal" ColumnName;
    Declare "declare" Unreserved;
    Default "default" Reserved;
    Defaults "defaults" Unreserved;
    Deferrable "deferrable" Reserved;
    Deferred "deferred" Unreserved;
    Definer "definer" Unreserved;
    Delete "delete" Unreserved;
    Delimiter "delimiter" Unreserved;
    Delimiters "delimiters" Unreserved;
    Depends "depends" Unreserved;
    Desc "desc" Reserved;
    Descending "descending" Plain;
    Describe "describe" Reserved;
    Detach "detach" Unreserved;
    Dictionary "dictionary" Unreserved;
    Disable "disable" Unreserved;
    Discard "discard" Unreserved;
    Distinct "distinct" Reserved;
    Distribute "distribute" Plain;
    Div "div" Plain;
    Do "do" Reserved;
    Document "document" Unreserved;
    Domain "domain" Unreserved;
    Double "double" Unreserved;
    Drop "drop" Unreserved;
    Each "each" Unreserved;
    Edge "edge" Plain;
    Else "else" Reserved;
    Enable "enable" Unreserved;
    Encoding "encoding" Unreserved;
    Encrypted "encrypted" Unreserved;
    End "end" Reserved;
    Enum "enum" Unreserved;
    Error "error" Unreserved;
    Escape "escape" Unreserved;
    Event "event" Unreserved;
    Except "except" Reserved;
    Exclude "exclude" Unreserved;
    Excluding "excluding" Unreserved;
    Exclusive "exclusive" Unreserved;
    Execute "execute" Unreserved;
    Exists "exists" ColumnName;
    Explain "explain" Unreserved;
    Explode "explode" Plain;
    Export "export" Unreserved;
    ExportState "export_state" Unreserved;
    Extension "extension" Unreserved;
    Extensions "extensions" Unreserved;
    External "external" Unreserved;
    Extract "extract" ColumnName;
    False "false" Reserved;
    Family "family" Unreserved;
    Fetch "fetch" Reserved;
    Fields "fields" Plain;
    Filter "filter" Unreserved;
    Final "final" Plain;
    First "first" Unreserved;
    Flatten "flatten" Plain;
    Float "float" ColumnName;
    Following "following" Unreserved;
    For "for" Reserved;
    Force "force" Unreserved;
    Foreign "foreign" Reserved;
    Format "format" Plain;
    Forward "forward" Unreserved;
    Freeze "freeze" TypeFunction;
    From "from" Reserved;
    Full "full" TypeFunction;
    Function "function" Unreserved;
    Functions "functions" Unreserved;
    Generated "generated" TypeFunction;
    Glob "glob" TypeFunction;
    Global "global" Unreserved;
    Grant "grant" Unreserved;
    Granted "granted" Unreserved;
    GraphTable "graph_table" Plain;
    Group "group" Reserved;
    Grouping "grouping" ColumnName;
    GroupingId "grouping_id" ColumnName;
    Groups "groups" Unreserved;
    Handler "handler" Unreserved;
    Having "having" Reserved;
    Header "header" Unreserved;
    Hold "hold" Unreserved;
    Hour "hour" Unreserved;
    Hours "hours" Unreserved;
    Identity "identity" Unreserved;
    If "if" Unreserved;
    Ignore "ignore" Unreserved;
    Ilike "ilike" TypeFunction;
    Immediate "immediate" Unreserved;
    Immutable "immutable" Unreserved;
    Implicit "implicit" Unreserved;
    Import "import" Unreserved;
    In "in" Reserved;
    Include "include" Unreserved;
    Including "including" Unreserved;
    Increment "increment" Unreserved;
    Index "index" Unreserved;
    Indexes "indexes" Unreserved;
    Inherit "inherit" Unreserved;
    Inherits "inherits" Unreserved;
    Initially "initially" Reserved;
    Inline "inline" Unreserved;
    Inner "inner" TypeFunction;
    Inout "inout" ColumnName;
    Input "input" Unreserved;
    Insensitive "insensitive" Unreserved;
    Insert "insert" Unreserved;
    Install "install" Unreserved;
    Instead "instead" Unreserved;
    Int "int" ColumnName;
    Integer "integer" ColumnName;
    Intersect "intersect" Reserved;
    Interval "interval" ColumnName;
    Into "into" Reserved;
    Invoker "invoker" Unreserved;
    Is "is" TypeFunction;
    Isnull "isnull" TypeFunction;
    Isolation "isolation" Unreserved;
    Join "join" TypeFunction;
    Json "json" Unreserved;
    Key "key" Unreserved;
    Keys "keys" Plain;
    Kind "kind" Plain;
    Label "label" Unreserved;
    Lambda "lambda" Reserved;
    Language "language" Unreserved;
    Large "large" Unreserved;
    Last "last" Unreserved;
    Lateral "lateral" Reserved;
    Leading "leading" Reserved;
    Leakproof "leakproof" Unreserved;
    Left "left" TypeFunction;
    Level "level" Unreserved;
    Like "like" TypeFunction;
    LikeRegex "like_regex" Plain;
    Limit "limit" Reserved;
    Listen "listen" Unreserved;
    Load "load" Unreserved;
    Local "local" Unreserved;
    Location "location" Unreserved;
    Lock "lock" Unreserved;
    Locked "locked" Unreserved;
    Logged "logged" Unreserved;
    Macro "macro" Unreserved;
    Map "map" TypeFunction;
    Mapping "mapping" Unreserved;
    Match "match" Unreserved;
    MatchCondition "match_condition" Plain;
    MatchRecognize "match_recognize" Plain;
    Matched "matched" Unreserved;
    Materialized "materialized" Unreserved;
    Maxvalue "maxvalue" Unreserved;
    Measures "measures" Plain;
    Merge "merge" Unreserved;
    Method "method" Unreserved;
    Microsecond "microsecond" Unreserved;
    Microseconds "microseconds" Unreserved;
    Millennia "millennia" Unreserved;
    Millennium "millennium" Unreserved;
    Millisecond "millisecond" Unreserved;
    Milliseconds "milliseconds" Unreserved;
    Minus "minus" Plain;
    Minute "minute" Unreserved;
    Minutes "minutes" Unreserved;
    Minvalue "minvalue" Unreserved;
    Mode "mode" Unreserved;
    Model "model" Plain;
    Month "month" Unreserved;
    Months "months" Unreserved;
    Move "move" Unreserved;
    Name "name" Unreserved;
    Names "names" Unreserved;
    National "national" ColumnName;
    Natural "natural" TypeFunction;
    Nchar "nchar" ColumnName;
    New "new" Unreserved;
    Next "next" Unreserved;
    No "no" Unreserved;
    None "none" ColumnName;
    Not "not" Reserved;
    Nothing "nothing" Unreserved;
    Notify "notify" Unreserved;
    Notnull "notnull" TypeFunction;
    Nowait "nowait" Unreserved;
    Null "null" Reserved;
    Nullif "nullif" ColumnName;
    Nulls "nulls" Unreserved;
    Numeric "numeric" ColumnName;
    Object "object" Unreserved;
    Of "of" Unreserved;
    Off "off" Unreserved;
    Offset "offset" Reserved;
    Offsets "offsets" Plain;
    Oids "oids" Unreserved;
    Old "old" Unreserved;
    On "on" Reserved;
    Only "only" Reserved;
    Operator "operator" Unreserved;
    Option "option" Unreserved;
    Options "options" Unreserved;
    Or "or" Reserved;
    Order "order" Reserved;
    Ordinality "ordinality" Unreserved;
    Others "others" Unreserved;
    Out "out" ColumnName;
    Outer "outer" TypeFunction;
    Outfile "outfile" Plain;
    Over "over" Unreserved;
    Overlaps "overlaps" TypeFunction;
    Overlay "overlay" ColumnName;
    Overriding "overriding" Unreserved;
    Owned "owned" Unreserved;
    Owner "owner" Unreserved;
    Parallel "parallel" Unreserved;
    Parser "parser" Unreserved;
    Partial "partial" Unreserved;
    Partition "partition" Unreserved;
    Partitioned "partitioned" Unreserved;
    Passing "passing" Unreserved;
    Password "password" Unreserved;
    Percent "percent" Unreserved;
    Persistent "persistent" Unreserved;
    Pivot "pivot" Reserved;
    PivotLonger "pivot_longer" Reserved;
    PivotWider "pivot_wider" Reserved;
    Placing "placing" Reserved;
    Plans "plans" Unreserved;
    Policy "policy" Unreserved;
    Position "position" ColumnName;
    Positional "positional" TypeFunction;
    Pragma "pragma" Unreserved;
    Preceding "preceding" Unreserved;
    Precision "precision" ColumnName;
    Prepare "prepare" Unreserved;
    Prepared "prepared" Unreserved;
    Preserve "preserve" Unreserved;
    Primary "primary" Reserved;
    Prior "prior" Unreserved;
    Privileges "privileges" Unreserved;
    Procedural "procedural" Unreserved;
    Procedure "procedure" Unreserved;
    Program "program" Unreserved;
    Publication "publication" Unreserved;
    Qualify "qualify" Reserved;
    Quarter "quarter" Unreserved;
    Quarters "quarters" Unreserved;
    Quote "quote" Unreserved;
    Range "range" Unreserved;
    Read "read" Unreserved;
    Real "real" ColumnName;
    Reassign "reassign" Unreserved;
    Recheck "recheck" Unreserved;
    Recursive "recursive" Unreserved;
    Ref "ref" Unreserved;
    References "references" Reserved;
    Referencing "referencing" Unreserved;
    Refresh "refresh" Unreserved;
    Regexp "regexp" Plain;
    Reindex "reindex" Unreserved;
    Relative "relative" Unreserved;
    Release "release" Unreserved;
    Rename "rename" Unreserved;
    Repeatable "repeatable" Unreserved;
    Replace "replace" Unreserved;
    Replica "replica" Unreserved;
    Reservoir "reservoir" Plain;
    Reset "reset" Unreserved;
    Respect "respect" Unreserved;
    Restart "restart" Unreserved;
    Restrict "restrict" Unreserved;
    Returning "returning" Reserved;
    Returns "returns" Unreserved;
    Revoke "revoke" Unreserved;
    Right "right" TypeFunction;
    Rlike "rlike" Plain;
    Role "role" Unreserved;
    Rollback "rollback" Unreserved;
    Rollup "rollup" Unreserved;
    Row "row" ColumnName;
    RowNumber "row_number" Plain;
    Rows "rows" Unreserved;
    Rule "rule" Unreserved;
    Safe "safe" Plain;
    SafeCast "safe_cast" Plain;
    Sample "sample" Unreserved;
    Savepoint "savepoint" Unreserved;
    Schema "schema" Unreserved;
    Schemas "schemas" Unreserved;
    Scope "scope" Unreserved;
    Scroll "scroll" Unreserved;
    Search "search" Unreserved;
    Second "second" Unreserved;
    Seconds "seconds" Unreserved;
    Secret "secret" Unreserved;
    Security "security" Unreserved;
    Select "select" Reserved;
    Semi "semi" TypeFunction;
    Separator "separator" Plain;
    Sequence "sequence" Unreserved;
    Sequences "sequences" Unreserved;
    Serializable "serializable" Unreserved;
    Server "server" Unreserved;
    Session "session" Unreserved;
    Set "set" Unreserved;
    Setof "setof" ColumnName;
    Sets "sets" Unreserved;
    Share "share" Unreserved;
    Show "show" Reserved;
    Similar "similar" TypeFunction;
    Simple "simple" Unreserved;
    Skip "skip" Unreserved;
    Smallint "smallint" ColumnName;
    Snapshot "snapshot" Unreserved;
    Some "some" Reserved;
    Sort "sort" Plain;
    Sorted "sorted" Unreserved;
    Source "source" Unreserved;
    Sql "sql" Unreserved;
    Stable "stable" Unreserved;
    Standalone "standalone" Unreserved;
    Start "start" Unreserved;
    Statement "statement" Unreserved;
    Statistics "statistics" Unreserved;
    Stdin "stdin" Unreserved;
    Stdout "stdout" Unreserved;
    Storage "storage" Unreserved;
    Stored "stored" Unreserved;
    Stratify "stratify" Plain;
    Strict "strict" Unreserved;
    Strip "strip" Unreserved;
    Struct "struct" TypeFunction;
    Subscription "subscription" Unreserved;
    Substring "substring" ColumnName;
    Summarize "summarize" Reserved;
    Symmetric "symmetric" Reserved;
    Sysid "sysid" Unreserved;
    System "system" Unreserved;
    Table "table" Reserved;
    Tables "tables" Unreserved;
    Tablesample "tablesample" TypeFunction;
    Tablespace "tablespace" Unreserved;
    Target "target" Unreserved;
    Temp "temp" Unreserved;
    Template "template" Unreserved;
    Temporary "temporary" Unreserved;
    Text "text" Unreserved;
    Then "then" Reserved;
    Ties "ties" Unreserved;
    Time "time" ColumnName;
    Timestamp "timestamp" ColumnName;
    To "to" Reserved;
    Top "top" Plain;
    Trailing "trailing" Reserved;
    Transaction "transaction" Unreserved;
    Transform "transform" Unreserved;
    Treat "treat" ColumnName;
    Trigger "trigger" Unreserved;
    Trim "trim" ColumnName;
    True "true" Reserved;
    Truncate "truncate" Unreserved;
    Trusted "trusted" Unreserved;
    Try "try" Plain;
    TryCast "try_cast" TypeFunction;
    Type "type" Unreserved;
    Types "types" Unreserved;
    Unbounded "unbounded" Unreserved;
    Uncommitted "uncommitted" Unreserved;
    Unencrypted "unencrypted" Unreserved;
    Union "union" Reserved;
    Unique "unique" Reserved;
    Unknown "unknown" Unreserved;
    Unlisten "unlisten" Unreserved;
    Unlogged "unlogged" Unreserved;
    Unnest "unnest" Plain;
    Unpack "unpack" TypeFunction;
    Unpivot "unpivot" Reserved;
    Until "until" Unreserved;
    Update "update" Unreserved;
    Use "use" Unreserved;
    User "user" Unreserved;
    Using "using" Reserved;
    Vacuum "vacuum" Unreserved;
    Valid "valid" Unreserved;
    Validate "validate" Unreserved;
    Validator "validator" Unreserved;
    Value "value" Unreserved;
    Values "values" ColumnName;
    Varchar "varchar" ColumnName;
    Variable "variable" Unreserved;
    Variadic "variadic" Reserved;
    Varying "varying" Unreserved;
    Verbose "verbose" TypeFunction;
    Version "version" Unreserved;
    View "view" Unreserved;
    Views "views" Unreserved;
    Virtual "virtual" Unreserved;
    Volatile "volatile" Unreserved;
    Week "week" Unreserved;
    Weeks "weeks" Unreserved;
    When "when" Reserved;
    Where "where" Reserved;
    Whitespace "whitespace" Unreserved;
    Window "window" Reserved;
    With "with" Reserved;
    Within "within" Unreserved;
    Without "without" Unreserved;
    Work "work" Unreserved;
    Wrapper "wrapper" Unreserved;
    Write "write" Unreserved;
    Xml "xml" Unreserved;
    Xmlattributes "xmlattributes" ColumnName;
    Xmlconcat "xmlconcat" ColumnName;
    Xmlelement "xmlelement" ColumnName;
    Xmlexists "xmlexists" ColumnName;
    Xmlforest "xmlforest" ColumnName;
    Xmlnamespaces "xmlnamespaces" ColumnName;
    Xmlparse "xmlparse" ColumnName;
    Xmlpi "xmlpi" ColumnName;
    Xmlroot "xmlroot" ColumnName;
    Xmlserialize "xmlserialize" ColumnName;
    Xmltable "xmltable" ColumnName;
    Xor "xor" Plain;
    Year "year" Unreserved;
    Years "years" Unreserved;
    Yes "yes" Unreserved;
    Zone "zone" Unreserved;
}

/// The longest keyword has this many bytes.
const MAX_LEN: usize = 15;

impl Keyword {
    /// The keyword `word` is, in any case.
    pub(crate) fn of(word: &str) -> Self {
        let bytes = word.as_bytes();
        let mut buffer = [0; MAX_LEN];
        let Some(lower) = buffer.get_mut(..bytes.len()) else {
            return Self::Unlisted;
        };
        lower.copy_from_slice(bytes);
        lower.make_ascii_lowercase();
        KEYWORDS
            .binary_search_by(|(text, _)| text.as_bytes().cmp(lower))
            .ok()
            .and_then(|idx| KEYWORDS.get(idx))
            .map_or(Self::Unlisted, |(_, keyword)| *keyword)
    }

    /// Starts or separates the clauses of a query, so that it is never a name without quotes in any dialect, and a
    /// place where reading goes on after an error.
    pub(crate) fn is_clause_word(self) -> bool {
        matches!(
            self,
            Self::Select
                | Self::From
                | Self::Where
                | Self::Group
                | Self::Having
                | Self::Qualify
                | Self::Order
                | Self::Limit
                | Self::Union
                | Self::Intersect
                | Self::Except
                | Self::On
                | Self::Using
                | Self::With
                | Self::Join
                | Self::Case
                | Self::When
                | Self::Then
                | Self::Else
                | Self::As
                | Self::And
                | Self::Or
                | Self::Not
                | Self::In
                | Self::Distinct
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, Keyword, MAX_LEN};

    #[test]
    fn the_table_is_sorted_and_fits_the_buffer() {
        assert!(KEYWORDS.is_sorted_by_key(|(text, _)| *text));
        assert_eq!(
            KEYWORDS.iter().map(|(text, _)| text.len()).max(),
            Some(MAX_LEN)
        );
    }

    #[test]
    fn words_are_known_in_any_case() {
        assert_eq!(Keyword::of("SeLeCt"), Keyword::Select);
        assert_eq!(Keyword::of("selects"), Keyword::Unlisted);
        assert_eq!(Keyword::of("größe"), Keyword::Unlisted);
    }
}
