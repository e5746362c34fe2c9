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
    candidates
        .into_iter()
        .filter(|candidate| *candidate != wrong)
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
    use super::did_you_mean;

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
}
