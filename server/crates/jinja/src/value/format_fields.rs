//! `'{:,.2f}'.format(x)` where `x` is a decimal, which the engine's own formatting does not know.

use super::{CallArgs, Decimal, Value, repr};

/// The fields of decimals filled in, and those of other values numbered; `None` where there is no decimal.
pub(crate) fn fill_decimals(format: &str, args: &CallArgs) -> Option<String> {
    let named = args.keyword.iter().map(|(_, value)| value);
    let mut values = args.positional.iter().chain(named);
    values.find(|value| Decimal::from_value(value).is_some())?;
    let mut out = String::with_capacity(format.len());
    let mut n_automatic = 0;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            out.push_str(from.get(..2)?);
            rest = after;
            continue;
        }
        // A format that is broken is the engine's to complain about.
        let end = from.find('}')?;
        let field = from.get(1..end)?;
        rest = from.get(end + 1..)?;
        let name_end = field.find([':', '!']).unwrap_or(field.len());
        let (name, how) = field.split_at(name_end);
        let index = if name.is_empty() {
            n_automatic += 1;
            Some(n_automatic - 1)
        } else {
            name.parse::<usize>().ok()
        };
        let value = match index {
            Some(index) => args.positional.get(index),
            None => args.named(name),
        };
        if let Some(decimal) = value.and_then(Decimal::from_value) {
            out.push_str(&formatted(decimal, how));
        } else {
            let name = index.map_or_else(|| name.to_owned(), |index| index.to_string());
            out.extend(["{", &name, how, "}"]);
        }
    }
    out.push_str(rest);
    Some(out)
}

/// One decimal by `!r` or `:[[fill]align][sign][0][width][,][.precision][type]`.
fn formatted(decimal: Decimal, how: &str) -> String {
    if how.starts_with("!r") {
        return repr(&Value::from_object(decimal));
    }
    let spec = how.strip_prefix(':').unwrap_or("");
    let mut chars = spec.chars().peekable();
    let (mut fill, mut align) = (' ', '>');
    let mut ahead = spec.chars();
    match (ahead.next(), ahead.next()) {
        (Some(first), Some(second)) if "<>^=".contains(second) => {
            (fill, align) = (first, second);
            chars.next();
            chars.next();
        }
        (Some(first), _) if "<>^=".contains(first) => {
            align = first;
            chars.next();
        }
        _ => {}
    }
    let sign = chars.next_if(|c| "+- ".contains(*c));
    if chars.next_if_eq(&'0').is_some() {
        (fill, align) = ('0', '=');
    }
    let mut number = || {
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        (digits.parse().ok(), chars.peek().copied())
    };
    let (width, next) = number();
    let has_thousands = matches!(next, Some(',' | '_'));
    if has_thousands {
        chars.next();
    }
    let mut precision: Option<usize> = None;
    if chars.next_if_eq(&'.').is_some() {
        let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
        precision = digits.parse().ok();
    }
    let mut shown = match chars.next() {
        Some('f' | 'F') => decimal.fixed(precision.unwrap_or(6)),
        Some('%') => decimal.percent(precision.unwrap_or(6)),
        _ => match precision {
            Some(precision) => decimal.significant(precision),
            None => decimal.to_string(),
        },
    };
    if has_thousands {
        shown = with_thousands(&shown);
    }
    if let Some(sign @ ('+' | ' ')) = sign
        && !shown.starts_with('-')
    {
        shown.insert(0, sign);
    }
    padded(shown, fill, align, width.unwrap_or(0))
}

fn padded(shown: String, fill: char, align: char, width: usize) -> String {
    let n_missing = width.min(10_000).saturating_sub(shown.chars().count());
    let padding = |n: usize| std::iter::repeat_n(fill, n).collect::<String>();
    match align {
        '<' => shown + &padding(n_missing),
        '^' => padding(n_missing / 2) + &shown + &padding(n_missing - n_missing / 2),
        // Between the sign and the digits.
        '=' if shown.starts_with(['-', '+', ' ']) => {
            let (sign, digits) = shown.split_at(1);
            format!("{sign}{}{digits}", padding(n_missing))
        }
        _ => padding(n_missing) + &shown,
    }
}

/// `1,234.5`
pub(crate) fn with_thousands(number: &str) -> String {
    let (whole, fraction) = match number.find('.') {
        Some(point) => number.split_at(point),
        None => (number, ""),
    };
    let mut n_left = whole.trim_start_matches('-').len();
    let mut out = String::with_capacity(number.len() + n_left / 3);
    for c in whole.chars() {
        out.push(c);
        if c.is_ascii_digit() {
            n_left -= 1;
            if n_left > 0 && n_left % 3 == 0 {
                out.push(',');
            }
        }
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, expected: &str) {
        let decimal = |text| Value::from_object(Decimal::parse(text).unwrap());
        let args = CallArgs {
            positional: vec![decimal("1234.50"), Value::from(3)],
            keyword: vec![("name".to_owned(), decimal("-0.125"))],
        };
        assert_eq!(fill_decimals(format, &args).unwrap(), expected);
    }

    #[test]
    fn decimals_are_formatted_as_in_python() {
        check("{} {}", "1234.50 {1}");
        check("{:.1f}|{:d}", "1234.5|{1:d}");
        check(
            "{0:>10}|{0:<10}|{0:^10}|",
            "   1234.50|1234.50   | 1234.50  |",
        );
        check("{0:,.3f} {0:010.1f} {0:+}", "1,234.500 00001234.5 +1234.50");
        check("{name:.1%} {name!r} {{}}", "-12.5% Decimal('-0.125') {{}}");
        check("{0:.3}", "1.23E+3");
    }
}
