//! Reads a number as it stands in a cell, and says why a cell is none.

use std::str::FromStr;

use super::missing;

/// What stands between the whole part of a number and its decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    Point,
    /// Only where the comma does not separate columns.
    Comma,
}

impl Mark {
    /// The number, which need not be finite, rounded to the nearest f64.
    pub(super) fn parse(self, text: &str) -> Option<f64> {
        self.parse_as(text)
    }

    /// The number, which need not be finite, rounded once, to the nearest of its type.
    pub(super) fn parse_as<T: FromStr>(self, text: &str) -> Option<T> {
        match self {
            Self::Comma if text.contains(',') => {
                (!text.contains('.')).then(|| text.replacen(',', ".", 1).parse().ok())?
            }
            Self::Comma if text.contains('.') => None,
            _ => text.parse().ok(),
        }
    }

    /// The character.
    pub(super) fn char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    /// Whether text has the mark.
    pub(super) fn is_in(self, text: &str) -> bool {
        text.contains(self.char())
    }
}

/// Whether text is a number in either way of writing decimals. A header has no such names, but for those that count.
pub(crate) fn is_number(text: &str) -> bool {
    Mark::Point.parse(text).is_some() || Mark::Comma.parse(text).is_some()
}

/// Why the text of a cell is no number that can be used, with the remedy. Not empty.
pub(super) fn refusal(text: &str, mark: Mark, separator: u8) -> &'static str {
    let not_finite =
        "is not finite in 32 bits; write a number up to 3.4e38, change the column's unit or delete the row";
    match mark.parse(text) {
        Some(number) if number.is_nan() => {
            return "is not finite: a value is missing; fill it or delete the row";
        }
        Some(_) => return not_finite,
        None => {}
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let has_commas =
        || text.contains(',') && text.chars().all(|c| c.is_ascii_digit() || "+-,.eE".contains(c));
    if missing::is_mark(text) {
        "is not a number but a missing value; fill it or delete the row"
    } else if mark == Mark::Comma && Mark::Point.parse(text).is_some() {
        "has a decimal point and other cells have decimal commas; write one of the two, without thousands separators"
    } else if has_thousands(unsigned) {
        "has thousands separators; delete them"
    } else if has_commas() && separator == b',' {
        "is not a number: it has a decimal comma; write a point, or separate the columns by semicolons"
    } else if has_commas() && mark == Mark::Point && Mark::Comma.parse(text).is_some() {
        "has a decimal comma, but another cell of the column is no number; correct that one or delete the column"
    } else if text.starts_with(['\u{2212}', '\u{2013}'])
        && is_number(text.trim_start_matches(['\u{2212}', '\u{2013}']))
    {
        "is not a number: its minus sign is a dash; write '-'"
    } else if text
        .strip_suffix('%')
        .is_some_and(|text| is_number(text.trim_end()))
    {
        "is not a number: it has a percent sign; delete it"
    } else if matches!(&*text.to_ascii_lowercase(), "true" | "false") {
        "is not a number; write 1 for true and 0 for false"
    } else if text.starts_with('#') {
        "is not a number; delete the line if it is a comment, or else write one, such as 0.5"
    } else {
        "is not a number; write one, such as 0.5, or delete the column"
    }
}

/// Whether all before the decimals is groups of three digits, the first of one to three, with one mark between them.
fn has_thousands(text: &str) -> bool {
    const MARKS: [char; 8] = [',', '.', ' ', '\'', '\u{2019}', '\u{a0}', '\u{202f}', '_'];
    let Some(mark) = text.chars().find(|c| MARKS.contains(c)) else {
        return false;
    };
    let decimals = |c: char| c != mark && matches!(c, ',' | '.');
    let (whole, decimals) = text.split_once(decimals).unwrap_or((text, ""));
    let mut groups = whole.split(mark);
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    matches!(first.len(), 1..=3)
        && are_digits(first)
        && are_digits(decimals)
        && groups.all(|group| group.len() == 3 && are_digits(group))
}

/// What a cell tells about the mark of a file where both could be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hint {
    /// A number with a decimal comma, and nothing else.
    Comma,
    /// A comma before three digits, which could be thousands, too.
    Thousand,
    /// A number without a comma, an empty cell, or a missing value.
    Either,
    /// No number.
    Text,
}

/// What the text of a cell tells about its file's mark.
pub(super) fn hint(text: &str) -> Hint {
    if !text.contains(',') {
        let may_be = text.is_empty() || text.parse::<f64>().is_ok() || missing::is_mark(text);
        return if may_be || has_thousands(text.trim_start_matches(['+', '-'])) {
            Hint::Either
        } else {
            Hint::Text
        };
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let has_thousands = has_thousands(unsigned) && !unsigned.starts_with('0');
    match Mark::Comma.parse(text) {
        Some(_) if has_thousands => Hint::Thousand,
        Some(_) => Hint::Comma,
        None if has_thousands => Hint::Either,
        None => Hint::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Hint, Mark, has_thousands, hint, is_number, refusal};

    #[test]
    fn decimals_come_after_the_mark_alone() {
        for (text, point, comma) in [
            ("1.5", Some(1.5), None),
            ("1,5", None, Some(1.5)),
            ("-1e3", Some(-1e3), Some(-1e3)),
            ("+2,", None, Some(2.0)),
            (",5", None, Some(0.5)),
            ("1,5e-1", None, Some(0.15)),
            ("1,234,567", None, None),
            ("1.234,5", None, None),
            ("1,234.5", None, None),
            ("0x10", None, None),
            ("1 ", None, None),
        ] {
            assert_eq!(Mark::Point.parse(text), point, "{text}");
            assert_eq!(Mark::Comma.parse(text), comma, "{text}");
        }
        // By way of f64 it would be the next number above.
        assert_eq!(
            Mark::Point.parse_as("7.038531e-26"),
            Some(f32::from_bits(0x15ae_43fd))
        );
        assert!(Mark::Point.parse("nan").unwrap().is_nan());
        assert!(
            ["1", "5,1", "5.1", "inf", "NaN", "1e5"]
                .iter()
                .all(|text| is_number(text))
        );
        assert!(!["a", "1a", "", "x1", "1,2,3"].iter().any(|text| is_number(text)));
    }

    #[test]
    fn thousands_are_told_from_decimals_where_that_can_be() {
        let yes = [
            "1,234,567",
            "1.234.567,8",
            "1,234.5",
            "12 345",
            "1'000",
            "1\u{a0}000,5",
            "1,234",
            "1_000",
        ];
        for text in yes {
            assert!(has_thousands(text), "{text}");
        }
        for text in [
            "1234,567",
            "1,23",
            "1,2345",
            "1,5",
            "1.5,234,567",
            "a,234",
            ",234",
        ] {
            assert!(!has_thousands(text), "{text}");
        }
        assert_eq!(hint("1,5"), Hint::Comma);
        assert_eq!(hint("0,125"), Hint::Comma);
        assert_eq!(hint("-1,234"), Hint::Thousand);
        assert_eq!(hint("1,234.5"), Hint::Either);
        assert_eq!([hint("1.5"), hint("7"), hint(""), hint("NA")], [Hint::Either; 4]);
        assert_eq!([hint("a"), hint("a,b")], [Hint::Text; 2]);
    }

    #[test]
    fn a_cell_that_is_no_number_gets_the_remedy_that_fits() {
        for (text, mark, separator, fragment) in [
            ("NA", Mark::Point, b',', "missing value"),
            ("nan", Mark::Point, b',', "missing"),
            ("1e400", Mark::Point, b',', "not finite in 32 bits"),
            ("1,5", Mark::Point, b',', "decimal comma"),
            ("1,500,000", Mark::Point, b',', "thousands"),
            ("1.500,5", Mark::Comma, b';', "thousands"),
            (
                "1.5",
                Mark::Comma,
                b';',
                "a decimal point and other cells have decimal commas",
            ),
            ("\u{2212}1.5", Mark::Point, b',', "write '-'"),
            ("50 %", Mark::Point, b',', "percent"),
            (
                "1,5",
                Mark::Point,
                b';',
                "another cell of the column is no number",
            ),
            ("True", Mark::Point, b',', "write 1 for true"),
            ("x", Mark::Point, b',', "is not a number; write one, such as 0.5"),
        ] {
            let what = refusal(text, mark, separator);
            assert!(what.contains(fragment), "{text}: {what}");
        }
    }
}
