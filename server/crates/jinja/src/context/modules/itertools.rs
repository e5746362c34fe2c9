//! `modules.itertools`, evaluated at once: what templates loop over is small, and `count()` without end is left out.

use minijinja::State;

use super::functions;
use crate::value::{CallArgs, EngineError, Tuple, Value, dict, items, list};

type Result<T> = std::result::Result<T, EngineError>;

pub(super) fn module() -> Value {
    dict(functions(&[
        ("chain", chain),
        ("islice", islice),
        ("product", product),
        ("permutations", permutations),
        ("combinations", combinations),
        ("accumulate", accumulate),
        ("zip_longest", zip_longest),
        ("repeat", repeat),
        ("compress", compress),
        ("starmap", starmap),
    ]))
}

fn tuple(values: Vec<Value>) -> Value {
    Value::from(Tuple::new(values))
}

fn chain(_state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    Ok(list(args.positional.iter().flat_map(items)))
}

fn islice(_state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let values = items(&args.required("islice", 0, "iterable")?);
    let bound = |position: usize| args.positional.get(position).and_then(Value::as_usize);
    let (start, stop) = if args.positional.len() > 2 {
        (bound(1).unwrap_or(0), bound(2))
    } else {
        (0, bound(1))
    };
    let stride = bound(3).unwrap_or(1).max(1);
    Ok(list(
        values
            .into_iter()
            .take(stop.unwrap_or(usize::MAX))
            .skip(start)
            .step_by(stride),
    ))
}

fn product(state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let n_repeats = args.named("repeat").and_then(Value::as_usize).unwrap_or(1);
    let pools: Vec<Vec<Value>> = args.positional.iter().map(items).collect();
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for pool in std::iter::repeat_n(&pools, n_repeats).flatten() {
        let mut longer = Vec::new();
        for row in &rows {
            for value in pool {
                state.consume_fuel(1 + row.len() as u64)?;
                let mut row = row.clone();
                row.push(value.clone());
                longer.push(row);
            }
        }
        rows = longer;
    }
    Ok(list(rows.into_iter().map(tuple)))
}

/// Index choices of `r` out of `n`, in Python's order.
fn choose(
    state: &mut State<'_, '_>,
    n: usize,
    r: usize,
    is_next: fn(&[usize], usize) -> bool,
) -> Result<Vec<Vec<usize>>> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..r {
        let mut longer = Vec::new();
        for row in &rows {
            for idx in (0..n).filter(|idx| is_next(row, *idx)) {
                state.consume_fuel(1 + row.len() as u64)?;
                let mut row = row.clone();
                row.push(idx);
                longer.push(row);
            }
        }
        rows = longer;
    }
    Ok(rows)
}

fn chosen(values: &[Value], rows: Vec<Vec<usize>>) -> Value {
    list(rows.into_iter().map(|row| {
        let picked = row.iter().filter_map(|idx| values.get(*idx).cloned());
        tuple(picked.collect())
    }))
}

fn permutations(state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let values = items(&args.required("permutations", 0, "iterable")?);
    let r = args.get(1, "r").and_then(Value::as_usize);
    let r = r.unwrap_or(values.len());
    let rows = choose(state, values.len(), r, |row, idx| !row.contains(&idx))?;
    Ok(chosen(&values, rows))
}

fn combinations(state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let values = items(&args.required("combinations", 0, "iterable")?);
    let r = args
        .required("combinations", 1, "r")?
        .as_usize()
        .unwrap_or(0);
    let rows = choose(state, values.len(), r, |row, idx| {
        row.last().is_none_or(|last| idx > *last)
    })?;
    Ok(chosen(&values, rows))
}

fn accumulate(_state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let mut sum = 0.0;
    let mut is_whole = true;
    Ok(list(
        items(&args.required("accumulate", 0, "iterable")?)
            .into_iter()
            .map(|value| {
                is_whole &= value.is_integer();
                sum += f64::try_from(value).unwrap_or(0.0);
                if is_whole {
                    Value::from(sum as i64)
                } else {
                    Value::from(sum)
                }
            }),
    ))
}

fn zip_longest(_state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let fill = args.named("fillvalue").cloned().unwrap_or(Value::from(()));
    let columns: Vec<Vec<Value>> = args.positional.iter().map(items).collect();
    let len = columns.iter().map(Vec::len).max().unwrap_or(0);
    Ok(list((0..len).map(|idx| {
        let row = columns
            .iter()
            .map(|column| column.get(idx).cloned().unwrap_or_else(|| fill.clone()));
        tuple(row.collect())
    })))
}

fn repeat(state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let value = args.required("repeat", 0, "object")?;
    let n = args.required("repeat", 1, "times")?.as_usize().unwrap_or(0);
    state.consume_fuel(n as u64)?;
    Ok(list(std::iter::repeat_n(value, n)))
}

fn compress(_state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let values = items(&args.required("compress", 0, "data")?);
    let selectors = items(&args.required("compress", 1, "selectors")?);
    let kept = values.into_iter().zip(selectors);
    Ok(list(
        kept.filter(|(_, selector)| selector.is_true())
            .map(|(value, _)| value),
    ))
}

fn starmap(state: &mut State<'_, '_>, args: &CallArgs) -> Result<Value> {
    let function = args.required("starmap", 0, "function")?;
    let rows = items(&args.required("starmap", 1, "iterable")?);
    let mapped = rows
        .iter()
        .map(|row| function.call(state, &items(row)))
        .collect::<Result<Vec<_>>>()?;
    Ok(list(mapped))
}
