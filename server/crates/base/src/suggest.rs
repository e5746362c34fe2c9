//! "did you mean": the name the user probably meant.

/// The candidate nearest to `wrong`, if any is near enough to be worth showing.
///
/// Near enough: a third of the letters may differ (at least one, at most four), or one name contains the other.
pub fn did_you_mean<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 4);
    let lower = wrong.to_lowercase();
    let letters = Letters::of(wrong);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != wrong)
        .filter(|candidate| {
            letters
                .as_ref()
                .is_none_or(|letters| letters.may_be_near(candidate, limit))
        })
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = strsim::osa_distance(&lower, &other);
            let is_contained = lower.len() >= 4
                && other.len() >= 4
                && (other.contains(&lower) || lower.contains(&other));
            (distance <= limit || is_contained).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How often each letter occurs in a name. Most of ten thousand candidates are told apart by this alone, which costs
/// far less than a distance: names with many different letters are neither near nor contained in one another.
struct Letters {
    counts: [i32; 128],
    len: usize,
}

impl Letters {
    /// Of ASCII names only, where letters are bytes.
    fn of(name: &str) -> Option<Self> {
        let mut counts = [0; 128];
        for byte in name.bytes() {
            *counts.get_mut(usize::from(byte.to_ascii_lowercase()))? += 1;
        }
        Some(Self {
            counts,
            len: name.len(),
        })
    }

    fn may_be_near(&self, other: &str, limit: usize) -> bool {
        let mut left = self.counts;
        let mut n_shared = 0;
        for byte in other.bytes() {
            let Some(count) = left.get_mut(usize::from(byte.to_ascii_lowercase())) else {
                return true;
            };
            n_shared += usize::from(*count > 0);
            *count -= 1;
        }
        let n_missing = self.len - n_shared;
        let n_added = other.len() - n_shared;
        n_missing.max(n_added) <= limit || n_missing == 0 || n_added == 0
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
    use super::{Letters, did_you_mean};

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
            let letters = Letters::of(wrong);
            for other in names {
                let (wrong, lower) = (wrong.to_lowercase(), other.to_lowercase());
                let is_near = strsim::osa_distance(&wrong, &lower) <= limit
                    || lower.contains(&wrong)
                    || wrong.contains(&lower);
                let may_be = letters
                    .as_ref()
                    .is_none_or(|it| it.may_be_near(other, limit));
                assert!(may_be || !is_near, "{wrong} {other}");
            }
        }
    }
}
