//! Which nodes a selection takes from a manifest.
//!
//! See <https://docs.getdbt.com/reference/node-selection/methods>.

mod subject;

use std::{cell::RefCell, collections::BTreeSet};

use project::{
    node::UniqueId,
    selector::{Criterion, IndirectSelection, Method, Relatives, Selection, SelectorError},
};

use crate::{
    manifest::Manifest,
    select::subject::{Matcher, Subject, subjects},
    state::{self, PreviousState},
};

/// Evaluates selections over one manifest.
pub struct Selector<'a> {
    manifest: &'a Manifest,
    subjects: Vec<Subject<'a>>,
    indirect: IndirectSelection,
    state: Option<&'a PreviousState>,
    warnings: RefCell<BTreeSet<String>>,
}

/// What is selected, and tests that would be if all they test were.
#[derive(Debug, Clone, Default)]
struct Selected<'a> {
    direct: BTreeSet<&'a UniqueId>,
    indirect: BTreeSet<&'a UniqueId>,
}

impl<'a> Selector<'a> {
    /// A selector over `manifest`; `indirect` says which tests come along with what they test.
    #[must_use]
    pub fn new(manifest: &'a Manifest, indirect: IndirectSelection) -> Self {
        Self {
            manifest,
            subjects: subjects(manifest),
            indirect,
            state: None,
            warnings: RefCell::default(),
        }
    }

    /// With an earlier run to compare with.
    #[must_use]
    pub fn comparing(mut self, state: Option<&'a PreviousState>) -> Self {
        self.state = state;
        self
    }

    /// What was odd about the comparison, once something was selected.
    #[must_use]
    pub fn into_warnings(self) -> BTreeSet<String> {
        self.warnings.into_inner()
    }

    /// The ids that `selection` takes, tests that come along included.
    pub fn select(&self, selection: &Selection) -> Result<BTreeSet<UniqueId>, SelectorError> {
        let selected = self.selected(selection)?.direct.into_iter();
        // The graph knows tests that cannot run; there is nothing to do for them.
        let selected = selected.filter(|id| !self.manifest.idle_tests.contains_key(*id));
        Ok(selected.cloned().collect())
    }

    fn selected(&self, selection: &Selection) -> Result<Selected<'a>, SelectorError> {
        match selection {
            Selection::Criterion(criterion) => self.criterion(criterion),
            Selection::Union(parts) => self.combined(parts, |mut sets| {
                let mut all = sets.pop().unwrap_or_default();
                all.extend(sets.into_iter().flatten());
                all
            }),
            Selection::Intersection(parts) => self.combined(parts, |sets| {
                let mut sets = sets.into_iter();
                let first = sets.next().unwrap_or_default();
                sets.fold(first, |common, set| {
                    common.intersection(&set).copied().collect()
                })
            }),
            Selection::Difference(included, excluded) => {
                let (included, excluded) = (self.selected(included)?, self.selected(excluded)?);
                let without = |from: &BTreeSet<&'a UniqueId>, what: &BTreeSet<&'a UniqueId>| {
                    from.difference(what).copied().collect()
                };
                let all = |selected: &Selected<'a>| {
                    selected
                        .direct
                        .union(&selected.indirect)
                        .copied()
                        .collect::<BTreeSet<_>>()
                };
                let direct = without(&included.direct, &excluded.direct);
                let indirect = without(&all(&included), &all(&excluded));
                Ok(self.with_waiting_tests(direct, &indirect))
            }
        }
    }

    fn combined(
        &self,
        parts: &[Selection],
        combine: fn(Vec<BTreeSet<&'a UniqueId>>) -> BTreeSet<&'a UniqueId>,
    ) -> Result<Selected<'a>, SelectorError> {
        let parts: Vec<Selected<'a>> = parts
            .iter()
            .map(|part| self.selected(part))
            .collect::<Result<_, _>>()?;
        let all = parts
            .iter()
            .map(|part| part.direct.union(&part.indirect).copied().collect())
            .collect();
        let direct = combine(parts.into_iter().map(|part| part.direct).collect());
        Ok(self.with_waiting_tests(direct, &combine(all)))
    }

    fn criterion(&self, criterion: &Criterion) -> Result<Selected<'a>, SelectorError> {
        let matching = if needs_state(criterion.method) {
            let mut warnings = self.warnings.borrow_mut();
            state::matching(criterion, self.manifest, self.state, &mut warnings)?
        } else {
            BTreeSet::new()
        };
        let matcher = Matcher::new(criterion, self.manifest, matching)?;
        let found: BTreeSet<&'a UniqueId> = self
            .subjects
            .iter()
            .filter(|subject| matcher.matches(subject))
            .map(|subject| subject.id)
            .collect();
        let mut selected = found.clone();
        let graph = &self.manifest.graph;
        if criterion.childrens_parents {
            let descendants = graph.descendants(found.iter().copied(), None);
            let family: Vec<_> = descendants
                .iter()
                .copied()
                .chain(found.iter().copied())
                .collect();
            selected.extend(graph.ancestors(family.iter().copied(), None));
            selected.extend(descendants);
        }
        selected.extend(graph.ancestors(found.iter().copied(), depth(criterion.parents)));
        selected.extend(graph.descendants(found.iter().copied(), depth(criterion.children)));
        Ok(self.with_tests(&selected, criterion.indirect.unwrap_or(self.indirect)))
    }

    /// Tests of what is selected, as far as the mode takes them along.
    fn with_tests(
        &self,
        selected: &BTreeSet<&'a UniqueId>,
        mode: IndirectSelection,
    ) -> Selected<'a> {
        let mut result = Selected {
            direct: selected.clone(),
            indirect: BTreeSet::new(),
        };
        if mode == IndirectSelection::Empty {
            return result;
        }
        let reachable = self.with_parents(selected, mode);
        let graph = &self.manifest.graph;
        for test in selected
            .iter()
            .flat_map(|id| graph.children(id))
            .filter(|id| Self::is_test(id))
        {
            let is_taken = match mode {
                IndirectSelection::Eager => true,
                IndirectSelection::Cautious | IndirectSelection::Buildable => graph
                    .parents(test)
                    .into_iter()
                    .all(|parent| reachable.contains(parent)),
                IndirectSelection::Empty => false,
            };
            if is_taken {
                result.direct.insert(test)
            } else {
                result.indirect.insert(test)
            };
        }
        result
    }

    /// After sets were combined, tests that were waiting for another parent may have found it.
    fn with_waiting_tests(
        &self,
        direct: BTreeSet<&'a UniqueId>,
        all: &BTreeSet<&'a UniqueId>,
    ) -> Selected<'a> {
        let mut selected = direct;
        if matches!(
            self.indirect,
            IndirectSelection::Cautious | IndirectSelection::Buildable
        ) {
            let reachable = self.with_parents(&selected, self.indirect);
            let waiting = all.iter().copied().filter(|id| Self::is_test(id));
            let ready: Vec<_> = waiting
                .filter(|id| {
                    self.manifest
                        .graph
                        .parents(id)
                        .into_iter()
                        .all(|parent| reachable.contains(parent))
                })
                .collect();
            selected.extend(ready);
        }
        let indirect = all.difference(&selected).copied().collect();
        Selected {
            direct: selected,
            indirect,
        }
    }

    /// What counts as there for a test: the selection, and for `buildable` all that it is made of.
    fn with_parents(
        &self,
        selected: &BTreeSet<&'a UniqueId>,
        mode: IndirectSelection,
    ) -> BTreeSet<&'a UniqueId> {
        let mut reachable = selected.clone();
        if mode == IndirectSelection::Buildable {
            reachable.extend(
                self.manifest
                    .graph
                    .ancestors(selected.iter().copied(), None),
            );
            reachable.extend(self.manifest.sources.keys());
        }
        reachable
    }

    fn is_test(id: &UniqueId) -> bool {
        id.as_str().starts_with("test.") || id.as_str().starts_with("unit_test.")
    }
}

/// How far a walk goes; `None` is all the way.
fn depth(relatives: Relatives) -> Option<u32> {
    match relatives {
        Relatives::None => Some(0),
        Relatives::UpTo(depth) => Some(depth),
        Relatives::All => None,
    }
}

/// Methods that compare with an earlier run, which a manifest alone cannot answer.
fn needs_state(method: Method) -> bool {
    matches!(
        method,
        Method::State | Method::Result | Method::SourceStatus
    )
}
