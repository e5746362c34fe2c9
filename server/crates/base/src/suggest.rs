//! "did you mean": the name the user probably meant.

use std::sync::Arc;

/// The candidate nearest to `wrong`, if any is near enough to be worth showing.
///
/// Near enough: a third of the letters may differ (at least one, at most four), or one name contains the other.
pub fn did_you_mean<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let candidates = candidates
        .into_iter()
        .map(|candidate| (Letters::of(candidate), candidate));
    nearest(wrong, candidates)
}

/// Many names, of which the nearest to a wrong one is wanted again and again: what is counted of each is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NearNames {
    // Beside each other, because all of them are read and few of the names.
    letters: Vec<Letters>,
    names: Vec<Arc<str>>,
}

impl NearNames {
    /// As [`did_you_mean`] of all these names.
    pub fn nearest(&self, wrong: &str) -> Option<&str> {
        let names = self.names.iter().map(|name| &**name);
        nearest(wrong, self.letters.iter().copied().zip(names))
    }
}

impl FromIterator<Arc<str>> for NearNames {
    fn from_iter<T: IntoIterator<Item = Arc<str>>>(names: T) -> Self {
        let names: Vec<Arc<str>> = names.into_iter().collect();
        Self {
            letters: names.iter().map(|name| Letters::of(name)).collect(),
            names,
        }
    }
}

fn nearest<'a>(
    wrong: &str,
    candidates: impl Iterator<Item = (Letters, &'a str)>,
) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 4);
    let letters = Letters::of(wrong);
    let mut possible: Vec<(usize, &str)> = candidates
        .filter_map(|(other, candidate)| Some((letters.least_distance(&other, limit)?, candidate)))
        .filter(|(_, candidate)| *candidate != wrong)
        .collect();
    // A distance is expensive: those that may be nearest first, until no other can be nearer.
    possible.sort_unstable();
    let lower = wrong.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for (least, candidate) in possible {
        if best.is_some_and(|(distance, _)| distance < least) {
            break;
        }
        let other = candidate.to_lowercase();
        let distance = strsim::osa_distance(&lower, &other);
        let is_contained = lower.len() >= 4
            && other.len() >= 4
            && (other.contains(&lower) || lower.contains(&other));
        if distance <= limit || is_contained {
            best = Some(best.map_or((distance, candidate), |it| it.min((distance, candidate))));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How often each letter occurs in a name. Most of ten thousand candidates are told apart by this alone, which costs
/// far less than a distance: names with many different letters are neither near nor contained in one another.
///
/// Rare characters share a place, which makes names look nearer than they are, never farther.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letters {
    counts: [u8; N_PLACES],
    /// Zero for a name of which this says nothing: one with characters other than ASCII, or too long to be counted.
    len: u8,
}

const N_PLACES: usize = 32;

impl Letters {
    /// Of ASCII names only, where letters are bytes.
    fn of(name: &str) -> Self {
        let mut counts = [0; N_PLACES];
        let len = match u8::try_from(name.len()) {
            Ok(len) if name.is_ascii() => len,
            _ => 0,
        };
        for byte in name.bytes().take(usize::from(len)) {
            let place = match byte.to_ascii_lowercase() {
                letter @ b'a'..=b'z' => letter - b'a',
                digit @ b'0'..=b'9' => 26 + (digit - b'0') / 2,
                _ => 31,
            };
            if let Some(count) = counts.get_mut(usize::from(place)) {
                *count += 1;
            }
        }
        Self { counts, len }
    }

    /// What the distance of two names is at the least; `None` if they are farther apart than `limit` and neither contains the
    /// other.
    fn least_distance(&self, other: &Self, limit: usize) -> Option<usize> {
        if self.len == 0 || other.len == 0 {
            return Some(0);
        }
        let pairs = self.counts.iter().zip(&other.counts);
        // No sum is larger than a length.
        let n_shared: u8 = pairs.map(|(a, b)| *a.min(b)).sum();
        let n_missing = usize::from(self.len - n_shared);
        let n_added = usize::from(other.len - n_shared);
        let least = n_missing.max(n_added);
        (least <= limit || n_missing == 0 || n_added == 0).then_some(least)
    }
}

/// `message`, and "; did you mean `x`?" where there is an x.
pub fn or_did_you_mean<'a>(
    message: String,
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    match did_you_mean(wrong, candidates) {
        Some(candidate) => format!("{message}; did you mean `{candidate}`?"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Letters, NearNames, did_you_mean};

    #[test]
    fn finds_the_nearest_name() {
        assert_eq!(
            did_you_mean("stg_orderz", ["orders", "stg_orders", "stg_order_items"]),
            Some("stg_orders")
        );
    }

    #[test]
    fn keeps_silent_when_nothing_is_near() {
        assert_eq!(did_you_mean("customers", ["payments", "web_events"]), None);
    }

    #[test]
    fn never_suggests_the_same_name() {
        assert_eq!(did_you_mean("orders", ["orders"]), None);
    }

    #[test]
    fn letters_never_hide_a_name_that_is_near() {
        let names = [
            "orders",
            "Ordres",
            "stg_orders",
            "orders_v2",
            "rdeors",
            "ord\u{e9}rs",
            "",
            "o",
            "oorders",
        ];
        for wrong in names {
            let limit = (wrong.chars().count() / 3).clamp(1, 4);
            for other in names {
                let least = Letters::of(wrong).least_distance(&Letters::of(other), limit);
                let (wrong, lower) = (wrong.to_lowercase(), other.to_lowercase());
                let distance = strsim::osa_distance(&wrong, &lower);
                let is_near = distance <= limit || lower.contains(&wrong) || wrong.contains(&lower);
                assert!(least.is_some() || !is_near, "{wrong} {other}");
                assert!(
                    least.is_none_or(|least| least <= distance),
                    "{wrong} {other}"
                );
            }
        }
    }

    #[test]
    fn the_nearest_of_many_is_the_nearest_of_each() {
        let names: Vec<Arc<str>> = (0..2_000)
            .map(|n| format!("{}_{n:05}", ["stg", "int", "mart"][n % 3]).into())
            .collect();
        let all: NearNames = names.iter().cloned().collect();
        for wrong in [
            "mart_00007_zz",
            "strg_00042",
            "int_1999",
            "orders",
            "\u{e9}_00001",
        ] {
            let by_hand = names
                .iter()
                .map(|name| (strsim::osa_distance(wrong, name), &**name))
                .filter(|(distance, name)| {
                    *distance <= (wrong.chars().count() / 3).clamp(1, 4) || wrong.contains(name)
                })
                .min()
                .map(|(_, name)| name);
            assert_eq!(all.nearest(wrong), by_hand, "{wrong}");
        }
    }
}
