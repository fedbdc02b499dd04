//! Checks the names of columns: a file without a header would lose its first sample, which is taken for one.

use std::collections::{HashMap, HashSet};

use super::number::is_number;
use super::{Sheet, separator};
use crate::bad_input;
use crate::text::{counted, quoted};

impl Sheet {
    /// Checks that the names of `inputs`, which are all input columns in order, are those of a header: see [`no_header`].
    ///
    /// # Errors
    /// Bad input, with the first name that is a number and the remedy.
    pub(crate) fn check_names(&self, inputs: &[usize]) -> anyhow::Result<()> {
        match no_header(&self.header, inputs) {
            Some(what) => Err(bad_input!("{}: {what}", self.header_place())),
            None => Ok(()),
        }
    }
}

/// What is wrong with a first line that is a sample, as its `inputs` tell, which are all input columns in order: a number is
/// no name. Only 0, 1, 2, … may be names, in order, as pandas writes them for columns without names; the other columns may
/// stand between them, counted or not, or bear one of the numbers.
pub(crate) fn no_header(names: &[String], inputs: &[usize]) -> Option<String> {
    let numbers: Vec<usize> = inputs
        .iter()
        .copied()
        .filter(|&column| is_number(&names[column]))
        .collect();
    let first = *numbers.first()?;
    let is_input: HashSet<usize> = inputs.iter().copied().collect();
    let others: Vec<usize> = (0..names.len())
        .filter(|column| !is_input.contains(column))
        .collect();
    let taken: HashSet<&str> = others.iter().map(|&other| &*names[other]).collect();
    let others_before = |column: usize| others.partition_point(|&other| other < column);
    let is = |column: usize, number: usize| names[column] == number.to_string();
    let mut free = (0..).filter(|number: &usize| !taken.contains(&*number.to_string()));
    let are_counted = numbers
        .iter()
        .zip(0..)
        .all(|(&column, number)| is(column, number))
        || numbers
            .iter()
            .all(|&column| free.next().is_some_and(|number| is(column, number)))
        || numbers
            .iter()
            .zip(0..)
            .all(|(&column, number)| is(column, number + others_before(column)));
    (!are_counted).then(|| sample(&names[first]))
}

/// What is wrong with a first line that is a sample, as one of its names tells.
pub(crate) fn sample(name: &str) -> String {
    format!(
        "the first line must be a header, a name for each column: {} is a number",
        quoted(name)
    )
}

/// Checks what can be said of names without knowing which columns are inputs. The first `unnamed` columns need no name.
///
/// # Errors
/// Bad input if a name is empty, what pandas calls a column without one, or there twice.
pub(super) fn check(place: &str, names: &[String], unnamed: usize, separator: u8) -> anyhow::Result<()> {
    let mut seen = HashMap::new();
    for (column, name) in names.iter().enumerate().skip(unnamed) {
        let number = column + 1;
        if name.is_empty() && column + 1 == names.len() {
            let mark = char::from(separator).escape_debug();
            return Err(bad_input!(
                "{place}: column {number} has no name: the header ends in '{mark}'; give the column a name, or delete it"
            ));
        }
        if name.is_empty() {
            return Err(bad_input!(
                "{place}: column {number} has no name; give it one, or delete it if it only counts the rows"
            ));
        }
        if is_unnamed(name) {
            return Err(bad_input!(
                "{place}: column {number} is called {}, as pandas calls a column without a name; rename or delete it",
                quoted(name)
            ));
        }
        if let Some(first) = seen.insert(name, number) {
            if is_number(name) {
                return Err(bad_input!("{place}: {}", sample(name)));
            }
            return Err(bad_input!(
                "{place}: columns {first} and {number} are both called {}; rename or delete one",
                quoted(name)
            ));
        }
    }
    Ok(())
}

/// Whether a name is what pandas writes for a column without one, after reading it again.
pub(super) fn is_unnamed(name: &str) -> bool {
    let place = name.strip_prefix("Unnamed: ").unwrap_or_default();
    !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What is wrong with a first line that is no header and nothing else either, if it is one of those; `rows` are the lines
/// below it.
pub(super) fn preamble<'a>(first: &str, rows: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let second = rows.clone().next().unwrap_or_default();
    let bare = first.trim().trim_matches('"').to_ascii_lowercase();
    if let Some(mark) = bare.strip_prefix("sep=").filter(|mark| mark.chars().count() <= 1) {
        return Some(format!(
            "the first line, 'sep={mark}', is for Excel alone; delete it"
        ));
    }
    let is_wrapped = |line: &str| {
        let is_one = |cells: Vec<String>| cells.len() == 1 && cells[0].contains([',', ';', '\t']);
        line.starts_with('"') && separator::cells(line).is_some_and(is_one)
    };
    if is_wrapped(first) && is_wrapped(second) {
        return Some(
            "the whole line stands in quotes, which make it one cell; delete the quotes around each line"
                .to_owned(),
        );
    }
    let columns = |line| separator::cells(line).map_or(0, |cells| cells.len());
    if first.starts_with('#') {
        let is_name = || separator::cells(first).is_some_and(|cells| 1 < cells.len() && cells[0] == "#");
        let has_number =
            || separator::cells(second).is_some_and(|cells| cells.iter().any(|cell| is_number(cell)));
        let is_header = || 1 < columns(first) && columns(first) == columns(second) && has_number();
        if second.starts_with('#') || !(is_name() || is_header()) {
            return Some(
                "the line begins with '#'; delete it if it is a comment, or the '#' if it is the header"
                    .to_owned(),
            );
        }
    }
    // The files that scikit-learn ships begin with the counts of samples and inputs, and the names of the classes.
    let mut counts = first
        .split(',')
        .map_while(|cell| cell.trim().parse::<usize>().ok());
    if let (Some(samples), Some(inputs)) = (counts.next(), counts.next()) {
        let is_count = columns(second) == inputs.saturating_add(1) && rows.count() == samples;
        if is_count {
            return Some(format!(
                "the first line must be a header, a name for each column; it counts {} and {}, \
                 as in the files that scikit-learn ships: write {} names there instead",
                counted(samples, "sample"),
                counted(inputs, "input"),
                inputs + 1
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Sheet;
    use crate::error::refused;

    fn names(header: &str, label: &str) -> anyhow::Result<()> {
        let row = |cell| vec![cell; header.split(',').count()].join(",");
        let text = format!("{header}\n{}\n{}\n", row("5"), row("6"));
        let sheet = Sheet::parse("my.csv".to_owned(), text.as_bytes())?;
        let inputs: Vec<usize> = (0..sheet.header().len())
            .filter(|&column| sheet.header()[column] != label)
            .collect();
        sheet.check_names(&inputs)
    }

    #[test]
    fn an_input_called_by_a_number_is_a_sample() {
        for header in [
            "5.1,3.5,label",
            "1,0,label",
            "0,2,label",
            "1,2,label",
            "a,2,label",
            "a,1e5,label",
            "nan,a,label",
            "-inf,a,label",
            "0.0,1.0,label",
            "00,1,label",
            "0,0,label",
            "\"5,1\",a,label",
            "a,label,7",
        ] {
            refused(
                names(header, "label"),
                &["my.csv:1: the first line must be a header", "is a number"],
            );
        }
        refused(names("5.1;3.5;label", "label"), &["must be a header"]);
        refused(names("5,1;3,5;label", "label"), &["must be a header"]);
    }

    #[test]
    fn numbers_that_pandas_writes_for_names_are_names() {
        for (header, label) in [
            ("0,1,2,label", "label"),
            ("label,0,1,2", "label"),
            ("0,label,1,2", "label"),
            ("0,y,2", "y"),
            ("0,1,2,3", "3"),
            ("0,1,2,3", "0"),
            ("0,1,2,3", "1"),
            ("3,0,1,2", "3"),
            ("1,0,2,3", "1"),
            (",0,1,2,label", "label"),
            (",0,y,2", "y"),
            ("0,1,age,label", "label"),
            ("0", "label"),
            ("a,b,2020", "2020"),
        ] {
            assert!(names(header, label).is_ok(), "{header}");
        }
    }
}
