//! What aliases stand for, and how much of it there is.
//!
//! A few lines of aliases of aliases can stand for more values than fit into memory, and nest deeper than a stack. Both
//! are bounded here, when the tree is built, so that whoever walks it need not care.

use std::collections::BTreeMap;

/// More values than any file has that a person wrote.
const MAX_VALUES: u64 = 1_000_000;

/// Aliases inside of what an alias stands for, and so on.
const MAX_DEPTH: u32 = 8;

#[derive(Default)]
pub(super) struct Anchors {
    /// By the parser's number, from 1.
    by_number: Vec<Option<Anchor>>,
    /// The number of the anchor of an entry.
    by_entry: BTreeMap<u32, usize>,
    /// Values so far, what aliases stand for counted at each alias.
    pub(super) n_values: u64,
}

#[derive(Clone, Copy)]
struct Anchor {
    idx: u32,
    /// `n_values` before the anchored value.
    n_before: u64,
    /// How many values it is; a scalar is one.
    weight: u64,
    /// How deep aliases nest in it.
    depth: u32,
}

impl Anchors {
    /// The next entry, `idx`, has this anchor; 0 is none.
    pub(super) fn define(&mut self, number: usize, idx: u32) {
        if number == 0 {
            return;
        }
        if self.by_number.len() <= number {
            self.by_number.resize(number + 1, None);
        }
        self.by_entry.insert(idx, number);
        if let Some(slot) = self.by_number.get_mut(number) {
            *slot = Some(Anchor {
                idx,
                n_before: self.n_values,
                weight: 1,
                depth: 0,
            });
        }
    }

    /// The collection `idx` was closed.
    pub(super) fn complete(&mut self, idx: u32) {
        let n_values = self.n_values;
        if let Some(anchor) = self.of_entry(idx) {
            anchor.weight = n_values - anchor.n_before;
        }
    }

    fn of_entry(&mut self, idx: u32) -> Option<&mut Anchor> {
        let number = *self.by_entry.get(&idx)?;
        self.by_number.get_mut(number)?.as_mut()
    }

    /// The entry that an alias stands for, or why it may not; `open` are the collections around the alias.
    pub(super) fn take_in(&mut self, number: usize, open: &[u32]) -> Result<u32, &'static str> {
        let Some(anchor) = self.by_number.get(number).copied().flatten() else {
            return Err("an alias of nothing");
        };
        if open.contains(&anchor.idx) {
            return Err("an alias inside of what it stands for");
        }
        if self.n_values + anchor.weight > MAX_VALUES || anchor.depth >= MAX_DEPTH {
            return Err("aliases of aliases stand for too much");
        }
        self.n_values += anchor.weight;
        for idx in open {
            if let Some(around) = self.of_entry(*idx) {
                around.depth = around.depth.max(anchor.depth + 1);
            }
        }
        Ok(anchor.idx)
    }
}
