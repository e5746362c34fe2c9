//! Containers in containers. Templates can put a list into itself, or nest one a million deep: comparing, hashing and
//! dropping such a thing must neither end the stack nor wait for a lock that the same thread holds.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;

use super::{Dict, EngineError, List, Set, Value, ValueKind, error};

/// Deeper than any data, shallower than the stack.
const MAX_DEPTH: u32 = 64;

/// Items of one comparison, all levels together: lists that share lists have more of them than time.
const MAX_COMPARED: usize = 500_000;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static COMPARED: Cell<usize> = const { Cell::new(0) };
    /// What the containers that are being dropped held; `None` while none is.
    static ORPHANS: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Compare the insides of two containers of `n_items` together; equal where that would never end.
pub(super) fn guarded_cmp(n_items: usize, compare: impl FnOnce() -> Ordering) -> Ordering {
    let depth = DEPTH.get();
    let before = if depth == 0 { 0 } else { COMPARED.get() };
    COMPARED.set(before.saturating_add(n_items + 1));
    if depth >= MAX_DEPTH || COMPARED.get() > MAX_COMPARED {
        return Ordering::Equal;
    }
    DEPTH.set(depth + 1);
    let ordering = compare();
    DEPTH.set(depth);
    ordering
}

/// Deeper than this nothing is printed: printing takes the stack, and a namespace can hold itself.
const MAX_PRINTED_DEPTH: u32 = 200;

/// So many values are looked at to find out how deep they go.
const MAX_PROBED: usize = 10_000;

/// Whether a value goes too deep to be printed.
pub(crate) fn is_bottomless(value: &Value) -> bool {
    exceeds(value, MAX_PRINTED_DEPTH, &mut { MAX_PROBED })
}

fn exceeds(value: &Value, depth: u32, budget: &mut usize) -> bool {
    let is_map = match value.kind() {
        ValueKind::Map => true,
        ValueKind::Seq => false,
        _ => return false,
    };
    // Our own containers print dots by themselves, and may be locked.
    let is_ours = value
        .as_object()
        .is_some_and(|it| it.is::<List>() || it.is::<Dict>() || it.is::<Set>());
    if is_ours {
        return false;
    }
    if depth == 0 {
        return true;
    }
    let Some(left) = budget.checked_sub(1) else {
        return false;
    };
    *budget = left;
    let Ok(mut items) = value.try_iter() else {
        return false;
    };
    items.any(|item| {
        let inner = if is_map {
            value.get_item(&item).ok()
        } else {
            Some(item)
        };
        inner.is_some_and(|inner| exceeds(&inner, depth - 1, budget))
    })
}

/// A key, or an item of a set: nothing that can change. Hashing it would take its lock, which may be held already.
pub(super) fn hashable(value: Value) -> Result<Value, EngineError> {
    match changeable(&value, MAX_DEPTH) {
        None => Ok(value),
        Some(kind) => Err(error(format!("unhashable type: '{kind}'"))),
    }
}

/// Whether it can be a key at all.
pub(super) fn can_be_key(value: &Value) -> bool {
    changeable(value, MAX_DEPTH).is_none()
}

/// Python's name of what can change in a value: itself, or something in a tuple of tuples.
fn changeable(value: &Value, depth: u32) -> Option<&'static str> {
    let object = value.as_object()?;
    if object.is::<List>() {
        Some("list")
    } else if object.is::<Dict>() {
        Some("dict")
    } else if object.is::<Set>() {
        Some("set")
    } else if value.is_tuple() && depth == 0 {
        Some("tuple")
    } else if value.is_tuple() {
        let items = super::items(value);
        items.iter().find_map(|item| changeable(item, depth - 1))
    } else {
        None
    }
}

/// Drop what a container held, one level after the other instead of one inside the other.
pub(super) fn drop_flat(held: impl Iterator<Item = Value>) {
    let mut containers = held.filter(|value| value.as_object().is_some()).peekable();
    if containers.peek().is_none() {
        return;
    }
    let is_first = ORPHANS.try_with(|orphans| {
        let mut orphans = orphans.borrow_mut();
        let is_first = orphans.is_none();
        orphans.get_or_insert_default().extend(containers);
        is_first
    });
    if is_first != Ok(true) {
        return;
    }
    let next = || {
        ORPHANS
            .try_with(|orphans| orphans.borrow_mut().as_mut().and_then(Vec::pop))
            .ok()
            .flatten()
    };
    while let Some(orphan) = next() {
        // May put more of them into the queue.
        drop(orphan);
    }
    let _ = ORPHANS.try_with(|orphans| orphans.borrow_mut().take());
}
