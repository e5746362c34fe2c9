//! The keys of metrics, semantic models and saved queries.
//!
//! See <https://docs.getdbt.com/docs/build/semantic-models> and <https://docs.getdbt.com/docs/build/metrics-overview>.

use super::shape::{
    Absent::{self, EmptyList, EmptyObject, EmptyText, False, Null, Wrong},
    ElementKind, Field, GRANULARITIES, MentionKind, Record,
    Shape::{
        self, Bool, Description, Expression, Filter, Fixed, Integer, List, Mention, Named, Names,
        Number, Object, OneOf, Text, Window,
    },
};

const fn field(key: &'static str, shape: Shape, absent: Absent) -> Field {
    Field { key, shape, absent }
}

const AGGREGATIONS: &[&str] = &[
    "sum",
    "min",
    "max",
    "count_distinct",
    "sum_boolean",
    "average",
    "percentile",
    "median",
    "count",
];

const GRANULARITY: Shape = OneOf(&GRANULARITIES);

pub(super) static METRIC: Record = Record {
    what: "a metric",
    fields: &[
        field("name", Text, Wrong),
        field("label", Text, Wrong),
        field("description", Description, EmptyText),
        field(
            "type",
            OneOf(&["simple", "ratio", "cumulative", "derived", "conversion"]),
            Wrong,
        ),
        field("type_params", Shape::Record(&TYPE_PARAMS), Wrong),
        field("filter", Filter, Null),
        field("time_granularity", Text, Null),
        field("meta", Object, EmptyObject),
        field("tags", Names, EmptyList),
        field("config", Object, EmptyObject),
        field("metadata", Fixed, Null),
    ],
};

static TYPE_PARAMS: Record = Record {
    what: "`type_params`",
    fields: &[
        field("measure", Named(&INPUT_MEASURE), Null),
        field("input_measures", Fixed, EmptyList),
        field("numerator", Named(&INPUT_METRIC), Null),
        field("denominator", Named(&INPUT_METRIC), Null),
        field("expr", Expression, Null),
        field("window", Window, Null),
        field("grain_to_date", GRANULARITY, Null),
        field("metrics", List(&Named(&INPUT_METRIC)), EmptyList),
        field("conversion_type_params", Shape::Record(&CONVERSION), Null),
        field("cumulative_type_params", Shape::Record(&CUMULATIVE), Null),
        field("metric_aggregation_params", Fixed, Null),
    ],
};

static INPUT_MEASURE: Record = Record {
    what: "a measure of a metric",
    fields: &[
        field("name", Mention(MentionKind::Measure), Wrong),
        field("filter", Filter, Null),
        field("alias", Text, Null),
        field("join_to_timespine", Bool, False),
        field("fill_nulls_with", Integer, Null),
    ],
};

static INPUT_METRIC: Record = Record {
    what: "an input metric",
    fields: &[
        field("name", Mention(MentionKind::Metric), Wrong),
        field("filter", Filter, Null),
        field("alias", Text, Null),
        field("offset_window", Window, Null),
        field("offset_to_grain", Text, Null),
    ],
};

static CONVERSION: Record = Record {
    what: "`conversion_type_params`",
    fields: &[
        field("base_measure", Named(&INPUT_MEASURE), Wrong),
        field("conversion_measure", Named(&INPUT_MEASURE), Wrong),
        field("entity", Mention(MentionKind::Entity), Wrong),
        field(
            "calculation",
            OneOf(&["conversions", "conversion_rate"]),
            Absent::Text("conversion_rate"),
        ),
        field("window", Window, Null),
        field(
            "constant_properties",
            List(&Shape::Record(&CONSTANT_PROPERTY)),
            Null,
        ),
    ],
};

static CONSTANT_PROPERTY: Record = Record {
    what: "a constant property",
    fields: &[
        field("base_property", Text, Wrong),
        field("conversion_property", Text, Wrong),
    ],
};

pub(super) static CUMULATIVE: Record = Record {
    what: "`cumulative_type_params`",
    fields: &[
        field("window", Window, Null),
        field("grain_to_date", Text, Null),
        field(
            "period_agg",
            OneOf(&["first", "last", "average"]),
            Absent::Text("first"),
        ),
        field("metric", Fixed, Null),
    ],
};

pub(super) static SEMANTIC_MODEL: Record = Record {
    what: "a semantic model",
    fields: &[
        field("name", Text, Wrong),
        field("model", Text, Wrong),
        field("node_relation", Fixed, Null),
        field("description", Description, Null),
        field("label", Text, Null),
        field("defaults", Shape::Record(&DEFAULTS), Null),
        field(
            "entities",
            List(&Shape::Element(ElementKind::Entity, &ENTITY)),
            EmptyList,
        ),
        field(
            "measures",
            List(&Shape::Element(ElementKind::Measure, &MEASURE)),
            EmptyList,
        ),
        field(
            "dimensions",
            List(&Shape::Element(ElementKind::Dimension, &DIMENSION)),
            EmptyList,
        ),
        field("primary_entity", Text, Null),
        field("config", Object, EmptyObject),
        field("metadata", Fixed, Null),
    ],
};

pub(super) static TIME_SPINE: Record = Record {
    what: "`time_spine`",
    fields: &[
        field("standard_granularity_column", Text, Wrong),
        field(
            "custom_granularities",
            List(&Shape::Record(&CUSTOM_GRANULARITY)),
            EmptyList,
        ),
    ],
};

static CUSTOM_GRANULARITY: Record = Record {
    what: "a custom granularity",
    fields: &[field("name", Text, Wrong), field("column_name", Text, Null)],
};

static DEFAULTS: Record = Record {
    what: "`defaults`",
    fields: &[field(
        "agg_time_dimension",
        Mention(MentionKind::Dimension),
        Null,
    )],
};

pub(super) static ENTITY: Record = Record {
    what: "an entity",
    fields: &[
        field("name", Text, Wrong),
        field(
            "type",
            OneOf(&["primary", "unique", "foreign", "natural"]),
            Wrong,
        ),
        field("description", Description, Null),
        field("label", Text, Null),
        field("role", Text, Null),
        field("expr", Expression, Null),
        field("config", Object, EmptyObject),
    ],
};

pub(super) static DIMENSION: Record = Record {
    what: "a dimension",
    fields: &[
        field("name", Text, Wrong),
        field("type", OneOf(&["categorical", "time"]), Wrong),
        field("description", Description, Null),
        field("label", Text, Null),
        field("is_partition", Bool, False),
        field("type_params", Shape::Record(&DIMENSION_PARAMS), Null),
        field("expr", Expression, Null),
        field("metadata", Fixed, Null),
        field("config", Object, EmptyObject),
    ],
};

static DIMENSION_PARAMS: Record = Record {
    what: "`type_params` of a dimension",
    fields: &[
        field("time_granularity", GRANULARITY, Wrong),
        field("validity_params", Shape::Record(&VALIDITY), Null),
    ],
};

static VALIDITY: Record = Record {
    what: "`validity_params`",
    fields: &[field("is_start", Bool, False), field("is_end", Bool, False)],
};

pub(super) static MEASURE: Record = Record {
    what: "a measure",
    fields: &[
        field("name", Text, Wrong),
        field("agg", OneOf(AGGREGATIONS), Wrong),
        field("description", Description, Null),
        field("label", Text, Null),
        field("create_metric", Bool, False),
        field("expr", Expression, Null),
        field("agg_params", Shape::Record(&AGGREGATION_PARAMS), Null),
        field("non_additive_dimension", Shape::Record(&NON_ADDITIVE), Null),
        field("agg_time_dimension", Mention(MentionKind::Dimension), Null),
        field("config", Object, EmptyObject),
    ],
};

static AGGREGATION_PARAMS: Record = Record {
    what: "`agg_params`",
    fields: &[
        field("percentile", Number, Null),
        field("use_discrete_percentile", Bool, False),
        field("use_approximate_percentile", Bool, False),
    ],
};

static NON_ADDITIVE: Record = Record {
    what: "`non_additive_dimension`",
    fields: &[
        field("name", Mention(MentionKind::Dimension), Wrong),
        field("window_choice", OneOf(AGGREGATIONS), Wrong),
        field("window_groupings", Names, EmptyList),
    ],
};

pub(super) static SAVED_QUERY: Record = Record {
    what: "a saved query",
    fields: &[
        field("name", Text, Wrong),
        field("query_params", Shape::Record(&QUERY_PARAMS), Wrong),
        field("description", Description, Null),
        field("label", Text, Null),
        field(
            "exports",
            List(&Shape::Element(ElementKind::Export, &EXPORT)),
            EmptyList,
        ),
        field("tags", Names, EmptyList),
        field("config", Object, EmptyObject),
        field("metadata", Fixed, Null),
    ],
};

static QUERY_PARAMS: Record = Record {
    what: "`query_params`",
    fields: &[
        field("metrics", List(&Mention(MentionKind::Metric)), EmptyList),
        field("group_by", Names, EmptyList),
        field("where", Filter, Null),
        field("order_by", Names, EmptyList),
        field("limit", Integer, Null),
    ],
};

pub(super) static EXPORT: Record = Record {
    what: "an export",
    fields: &[
        field("name", Text, Wrong),
        field("config", Object, EmptyObject),
    ],
};
