//! A synthetic project of any size, the same for the same size: what the benchmarks run on.
//!
//! Seeds, three layers of models (staging views, intermediate views, mart tables) with up to three parents each, a
//! properties entry with six columns and two tests a model; some models call a macro, loop, read a variable, are
//! ephemeral or incremental, as in projects of people.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;

use super::write_file;

const COLUMNS: [&str; 6] = [
    "id",
    "customer_id",
    "order_id",
    "amount",
    "status",
    "created_at",
];
const STATUSES: [&str; 5] = [
    "placed",
    "shipped",
    "returned",
    "completed",
    "return_pending",
];
const ROWS_PER_SEED: usize = 200;
const MODELS_PER_FOLDER: usize = 50;

/// A small generator of numbers: good enough to scatter edges, and the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Up to `n` different items.
    fn sample<'a>(&mut self, items: &'a [String], n: usize) -> Vec<&'a str> {
        let mut sample: Vec<&str> = Vec::new();
        for _ in 0..n * 2 {
            if let Some(item) = self
                .pick(items)
                .filter(|item| !sample.contains(&item.as_str()))
            {
                sample.push(item);
            }
            if sample.len() == n {
                break;
            }
        }
        sample
    }
}

/// Writes a project of `n_models` models into `dir`, with a profile for an embedded database beside it.
pub(super) fn write_project(dir: &Path, n_models: usize) -> Result<()> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let n_staging = (n_models * 3 / 10).max(1);
    let n_intermediate = (n_models * 4 / 10).max(1);
    let n_marts = n_models.saturating_sub(n_staging + n_intermediate).max(1);
    let n_seeds = n_staging.min(20);
    write_frame(dir, n_seeds)?;
    for seed in 0..n_seeds {
        write_file(
            &dir.join(format!("seeds/raw_{seed:03}.csv")),
            &seed_csv(&mut numbers),
        )?;
    }
    let staging: Vec<String> = (0..n_staging).map(|n| format!("stg_{n:05}")).collect();
    let intermediate: Vec<String> = (0..n_intermediate).map(|n| format!("int_{n:05}")).collect();
    let marts: Vec<String> = (0..n_marts).map(|n| format!("mart_{n:05}")).collect();
    write_layer(
        dir,
        "staging",
        &staging,
        |n, _| staging_sql(n, n % n_seeds),
        &mut numbers,
    )?;
    let parents_of_intermediate = |n: usize, numbers: &mut Numbers| {
        let mut pool = staging.clone();
        if n.is_multiple_of(3) {
            pool.extend_from_slice(
                intermediate
                    .get(n.saturating_sub(200)..n)
                    .unwrap_or_default(),
            );
        }
        let n_parents = 1 + numbers.below(3);
        intermediate_sql(n, &numbers.sample(&pool, n_parents))
    };
    write_layer(
        dir,
        "intermediate",
        &intermediate,
        parents_of_intermediate,
        &mut numbers,
    )?;
    let parents_of_mart = |n: usize, numbers: &mut Numbers| {
        let n_parents = 1 + numbers.below(3);
        mart_sql(n, &numbers.sample(&intermediate, n_parents))
    };
    write_layer(dir, "marts", &marts, parents_of_mart, &mut numbers)
}

fn write_frame(dir: &Path, n_seeds: usize) -> Result<()> {
    write_file(
        &dir.join("dbt_project.yml"),
        "name: synthetic\nversion: '1.0'\nprofile: synthetic\nmodel-paths: [models]\nseed-paths: [seeds]\n\
         macro-paths: [macros]\nvars:\n  min_amount: 0\nmodels:\n  synthetic:\n    staging: {+materialized: view, +tags: [staging]}\n    \
         intermediate: {+materialized: view}\n    marts: {+materialized: table, +tags: [marts, nightly]}\n",
    )?;
    write_file(
        &dir.join("profiles.yml"),
        "synthetic:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: synthetic.duckdb, schema: main, threads: 4}\n",
    )?;
    write_file(
        &dir.join("macros/cents_to_dollars.sql"),
        "{% macro cents_to_dollars(column_name, scale=2) -%}\n    round({{ column_name }} / 100.0, {{ scale }})\n{%- endmacro %}\n",
    )?;
    let mut sources =
        "version: 2\n\nsources:\n  - name: raw\n    schema: \"{{ target.schema }}\"\n    tables:\n"
            .to_owned();
    for seed in 0..n_seeds {
        writeln!(sources, "      - name: raw_{seed:03}")?;
    }
    write_file(&dir.join("models/sources.yml"), &sources)
}

fn seed_csv(numbers: &mut Numbers) -> String {
    let mut csv = COLUMNS.join(",");
    for id in 1..=ROWS_PER_SEED {
        let (customer, order) = (
            1 + numbers.below(ROWS_PER_SEED / 4),
            1 + numbers.below(ROWS_PER_SEED),
        );
        let (euros, cents) = (1 + numbers.below(999), numbers.below(100));
        let status = numbers.pick(&STATUSES).copied().unwrap_or_default();
        let (month, day, hour) = (
            1 + numbers.below(12),
            1 + numbers.below(28),
            numbers.below(24),
        );
        let _ = write!(
            csv,
            "\n{id},{customer},{order},{euros}.{cents:02},{status},2024-{month:02}-{day:02} {hour:02}:00:00"
        );
    }
    csv.push('\n');
    csv
}

fn write_layer(
    dir: &Path,
    layer: &str,
    names: &[String],
    sql: impl Fn(usize, &mut Numbers) -> String,
    numbers: &mut Numbers,
) -> Result<()> {
    for (folder, names_here) in names.chunks(MODELS_PER_FOLDER).enumerate() {
        let folder_path = dir.join(format!("models/{layer}/g{folder:03}"));
        for (n, name) in names_here.iter().enumerate() {
            write_file(
                &folder_path.join(format!("{name}.sql")),
                &sql(folder * MODELS_PER_FOLDER + n, numbers),
            )?;
        }
        write_file(
            &folder_path.join(format!("_{layer}_{folder:03}.yml")),
            &properties(names_here)?,
        )?;
    }
    Ok(())
}

fn properties(names: &[String]) -> Result<String> {
    let mut yaml = "version: 2\n\nmodels:\n".to_owned();
    for name in names {
        writeln!(
            yaml,
            "  - name: {name}\n    description: \"One row per record of {name}.\"\n    columns:"
        )?;
        for column in COLUMNS {
            writeln!(
                yaml,
                "      - name: {column}\n        description: \"The {} of {name}.\"",
                column.replace('_', " ")
            )?;
            if column == "id" {
                yaml.push_str("        data_tests:\n          - not_null\n          - unique\n");
            }
        }
    }
    Ok(yaml)
}

fn staging_sql(n: usize, seed: usize) -> String {
    let amount = if n.is_multiple_of(5) {
        "{{ cents_to_dollars('amount') }}"
    } else {
        "amount"
    };
    let relation = if n.is_multiple_of(2) {
        format!("source('raw', 'raw_{seed:03}')")
    } else {
        format!("ref('raw_{seed:03}')")
    };
    format!(
        "with source as (\n\n    select * from {{{{ {relation} }}}}\n\n),\n\nrenamed as (\n\n    select\n        id,\n        customer_id,\n        \
         order_id,\n        {amount} as amount,\n        lower(status) as status,\n        cast(created_at as timestamp) as created_at\n    \
         from source\n\n)\n\nselect * from renamed\n"
    )
}

fn intermediate_sql(n: usize, parents: &[&str]) -> String {
    let mut sql = if n.is_multiple_of(20) {
        "{{ config(materialized='ephemeral') }}\n\n".to_owned()
    } else {
        String::new()
    };
    sql.push_str("with ");
    for (k, parent) in parents.iter().enumerate() {
        let _ = write!(
            sql,
            "p{k} as (\n\n    select id, customer_id, order_id, amount, status, created_at\n    from {{{{ ref('{parent}') }}}}\n\n),\n\n"
        );
    }
    let total: Vec<String> = (0..parents.len())
        .map(|k| format!("coalesce(p{k}.amount, 0)"))
        .collect();
    let _ = write!(
        sql,
        "joined as (\n\n    select\n        p0.id,\n        p0.customer_id,\n        p0.order_id,\n        {} as amount,",
        total.join(" + ")
    );
    if n.is_multiple_of(7) {
        sql.push_str(
            "\n        {%- for s in ['placed', 'shipped', 'completed'] %}\n        sum(case when p0.status = '{{ s }}' then p0.amount else 0 end) \
             over (partition by p0.customer_id) as {{ s }}_amount,\n        {%- endfor %}",
        );
    }
    sql.push_str("\n        p0.status,\n        p0.created_at\n    from p0\n");
    for k in 1..parents.len() {
        let _ = writeln!(sql, "    left join p{k} on p0.id = p{k}.id");
    }
    if n.is_multiple_of(12) {
        sql.push_str("    where p0.amount >= {{ var('min_amount', 0) }}\n");
    }
    sql.push_str("\n)\n\nselect * from joined\n");
    sql
}

fn mart_sql(n: usize, parents: &[&str]) -> String {
    let is_incremental = n.is_multiple_of(10);
    let config = if is_incremental {
        "materialized='incremental', unique_key='id'"
    } else {
        "materialized='table'"
    };
    let unions: Vec<String> = parents
        .iter()
        .map(|parent| format!("    select id, customer_id, order_id, amount, status, created_at from {{{{ ref('{parent}') }}}}"))
        .collect();
    let tail = if is_incremental {
        "\n{% if is_incremental() %}\nwhere created_at > (select max(created_at) from {{ this }})\n{% endif %}\n"
    } else {
        "\n"
    };
    format!(
        "{{{{ config({config}) }}}}\n\nwith unioned as (\n\n{}\n\n),\n\nranked as (\n\n    select\n        *,\n        row_number() over \
         (partition by id order by created_at desc, amount desc) as row_num\n    from unioned\n\n),\n\nfinal as (\n\n    select id, customer_id, \
         order_id, amount, status, created_at\n    from ranked\n    where row_num = 1\n\n)\n\nselect * from final{tail}",
        unions.join("\n\n    union all\n\n")
    )
}
