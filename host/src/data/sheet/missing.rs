//! Tells marks of a missing value from names.

/// What pandas reads as a missing value unless told otherwise, and what R and spreadsheets write for one, without the
/// empty cell.
const ALWAYS: [&str; 26] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "NaT", "?", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!",
    "#REF!", "#VALUE!",
];

/// In lower case, what is a mark where all else is numbers; among names it may be one itself.
const AMONG_NUMBERS: [&str; 20] = [
    "-",
    "--",
    "---",
    ".",
    "..",
    "*",
    "**",
    "na",
    "n.a.",
    "n.a",
    "n/d",
    "nd",
    "nil",
    "none",
    "missing",
    "unknown",
    "undefined",
    "unlabeled",
    "unlabelled",
    "not available",
];

/// Whether text stands for a missing value wherever it is.
pub(crate) fn is_missing(text: &str) -> bool {
    ALWAYS.contains(&text)
}

/// Whether text stands for a missing value among numbers, where it is no name.
pub(crate) fn is_mark(text: &str) -> bool {
    let lower = text.to_lowercase();
    let always = ALWAYS.iter().any(|mark| mark.to_lowercase() == lower);
    always || text.chars().all(|c| c == '?') || AMONG_NUMBERS.contains(&&*lower)
}
