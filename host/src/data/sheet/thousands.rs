//! Finds columns of numbers whose decimals may be groups of thousands: `1,019` beside `980` is as likely 1019 as 1.019.

use super::number::Mark;
use crate::text::quoted;

/// What a number says about the groups of its column.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    /// One to three digits, the first not 0, and three decimals: these may be a group of thousands.
    Grouped,
    /// In another way that only decimals are written in.
    Decimal,
    /// A whole number of three digits or more: a column in thousands has such numbers, and one of numbers near 1 has none.
    Large,
    /// Nothing: a small whole number, or text.
    Other,
}

/// The text of the first whole number from 100 on in a column, if all decimals in it have the form of groups of thousands.
///
/// Measured values with three decimals do not: some of them end in 0 and are written with fewer, begin with 0, or are all
/// written with as many, so that none is whole.
pub(super) fn doubt<'a>(cells: impl Iterator<Item = &'a str>, mark: Mark) -> Option<&'a str> {
    let (mut is_grouped, mut large) = (false, None);
    for text in cells {
        match written(text, mark) {
            Written::Grouped => is_grouped = true,
            Written::Decimal => return None,
            Written::Large => large = large.or(Some(text)),
            Written::Other => {}
        }
    }
    large.filter(|_| is_grouped)
}

fn written(text: &str, mark: Mark) -> Written {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match unsigned.split_once(mark.char()) {
        None if are_digits(unsigned) => {
            let is_large = 3 <= unsigned.trim_start_matches('0').len();
            if is_large { Written::Large } else { Written::Other }
        }
        Some((whole, decimals))
            if matches!(whole.len(), 1..=3)
                && are_digits(whole)
                && !whole.starts_with('0')
                && decimals.len() == 3
                && are_digits(decimals) =>
        {
            Written::Grouped
        }
        _ if mark.parse(text).is_some_and(f64::is_finite) => Written::Decimal,
        _ => Written::Other,
    }
}

/// What is wrong with such a number, beside the whole number that makes it doubtful, and the remedy.
pub(super) fn refusal(text: &str, whole: &str, mark: Mark) -> String {
    let without = text.replace(mark.char(), "");
    format!(
        "{} may be {without}, with a thousands separator, since the column has {} and no other decimals; delete the separator, or \
         write the decimals as {text}0",
        quoted(text),
        quoted(whole)
    )
}

#[cfg(test)]
mod tests {
    use super::doubt;
    use crate::data::sheet::number::Mark;

    #[test]
    fn groups_beside_large_whole_numbers_are_doubtful() {
        for (cells, doubtful) in [
            (&["1.019", "980"][..], Some("980")),
            (&["-980", "+12.500", "NA", ""], Some("-980")),
            (&["5", "1.019", "100", "250"], Some("100")),
            // Only decimals are written like this.
            (&["1.019", "980", "0.5"], None),
            (&["1.019", "980", "0.125"], None),
            (&["1.019", "980.0"], None),
            (&["1.019", "980", "1e-3"], None),
            (&["1.019", "980", "2.0005"], None),
            (&["1.019", "980", "1234.500"], None),
            // Nothing speaks for thousands.
            (&["1.019", "2", "37"], None),
            (&["1.019", "2.500"], None),
            (&["980", "1019"], None),
        ] {
            assert_eq!(doubt(cells.iter().copied(), Mark::Point), doubtful, "{cells:?}");
            let commas: Vec<String> = cells.iter().map(|cell| cell.replace('.', ",")).collect();
            let commas = commas.iter().map(String::as_str);
            assert_eq!(
                doubt(commas, Mark::Comma).is_some(),
                doubtful.is_some(),
                "{cells:?}"
            );
        }
    }
}
