//! Numbers the labels of a column as classes, in an order that depends on the labels alone.

use std::collections::{BTreeMap, HashMap};

use crate::bad_input;
use crate::data::sheet::{Label, Sheet, is_mark, missing_label};
use crate::text::{counted, quoted};

/// As many outputs as a softmax may have; beyond that the column is hardly one of classes.
const MOST: usize = 1024;

/// What to do about a column that is none of classes.
const REMEDY: &str =
    "name the column that holds the class, or make a few classes of the values (with pandas by qcut)";

/// The classes that a column of labels names.
#[derive(Debug, PartialEq)]
pub(super) struct Classes {
    /// The class of each label.
    pub(super) of_each: Vec<u16>,
    /// How many there are: 2 to 1024.
    pub(super) count: usize,
    /// The label of each class, unless they are 0, 1, ….
    pub(super) labels: Option<Vec<String>>,
}

/// One way in which labels are written.
struct Spelling<'a> {
    text: &'a str,
    label: Label<'a>,
    /// Where it stands first.
    row: usize,
    /// How many rows have it.
    count: usize,
}

impl Classes {
    /// The classes are the distinct labels in order: of their values if all are numbers, else of their text. So where
    /// the labels are the whole numbers from 0 on, they are the classes. Equal numbers are one label: the one that is
    /// written, or the plain number where they are written in more than one way, or with a decimal comma.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if a label is missing, there are fewer than 2 classes or more than 1024, or so few
    /// rows of each that the column holds no classes.
    pub(super) fn of(sheet: &Sheet, column: usize) -> anyhow::Result<Self> {
        let (spellings, of_each) = spellings(sheet, column)?;
        check_marks(sheet, column, &spellings)?;
        let mut groups: BTreeMap<&Label<'_>, Vec<usize>> = BTreeMap::new();
        for (index, spelling) in spellings.iter().enumerate() {
            groups.entry(&spelling.label).or_default().push(index);
        }
        let row_counts: Vec<usize> = groups
            .values()
            .map(|group| group.iter().map(|&index| spellings[index].count).sum())
            .collect();
        let mut classes: Vec<(String, Vec<usize>)> = groups
            .into_iter()
            .map(|(label, group)| (name(label, &group, &spellings), group))
            .collect();
        check_counts(&row_counts, &classes[0].0, REMEDY).map_err(|what| {
            bad_input!(
                "{}: column {}: {what}",
                sheet.file(),
                quoted(&sheet.header()[column])
            )
        })?;
        // Numbers are in order already.
        if spellings
            .iter()
            .any(|spelling| matches!(spelling.label, Label::Text(_)))
        {
            classes.sort();
        }
        let mut class_of_spelling = vec![0; spellings.len()];
        for (class, (_, group)) in (0..).zip(&classes) {
            for &index in group {
                class_of_spelling[index] = class;
            }
        }
        let are_indices = classes
            .iter()
            .enumerate()
            .all(|(index, (name, _))| *name == index.to_string());
        Ok(Self {
            of_each: of_each
                .into_iter()
                .map(|index| class_of_spelling[index])
                .collect(),
            count: classes.len(),
            labels: (!are_indices).then(|| classes.into_iter().map(|(name, _)| name).collect()),
        })
    }
}

/// All ways in which the column's labels are written, by where they stand first, and the one of each row.
fn spellings(sheet: &Sheet, column: usize) -> anyhow::Result<(Vec<Spelling<'_>>, Vec<usize>)> {
    let mut index_of_text: HashMap<&str, usize> = HashMap::new();
    let mut spellings: Vec<Spelling<'_>> = Vec::new();
    let mut of_each = Vec::with_capacity(sheet.row_count());
    for row in 0..sheet.row_count() {
        let text = sheet.text(row, column)?;
        let index = index_of_text.get(text).copied().unwrap_or(spellings.len());
        if index == spellings.len() {
            index_of_text.insert(text, index);
            spellings.push(Spelling {
                text,
                label: sheet.label(row, column)?,
                row,
                count: 0,
            });
        }
        spellings[index].count += 1;
        of_each.push(index);
    }
    Ok((spellings, of_each))
}

/// Refuses a mark of a missing label that might be a name, where all other labels are numbers.
fn check_marks(sheet: &Sheet, column: usize, spellings: &[Spelling<'_>]) -> anyhow::Result<()> {
    let is_mark = |text: &str| is_mark(text) || text.parse::<f64>().is_ok();
    let texts = || {
        spellings
            .iter()
            .filter(|spelling| matches!(spelling.label, Label::Text(_)))
    };
    let has_numbers = texts().count() < spellings.len();
    match texts().next() {
        Some(first) if has_numbers && texts().all(|spelling| is_mark(spelling.text)) => {
            Err(sheet.refused(first.row, column, &missing_label(first.text)))
        }
        _ => Ok(()),
    }
}

/// What a class is called.
fn name(label: &Label<'_>, group: &[usize], spellings: &[Spelling<'_>]) -> String {
    match (label, group) {
        (Label::Number(number), _) if 1 < group.len() || spellings[group[0]].text.contains(',') => {
            number.to_string()
        }
        _ => spellings[group[0]].text.to_owned(),
    }
}

/// Whether a column with so many rows of each label holds classes, or what is wrong, with the remedy.
/// `remedy` says where classes are to be found.
pub(super) fn check_counts(row_counts: &[usize], first: &str, remedy: &str) -> Result<(), String> {
    let count = row_counts.len();
    let rows: usize = row_counts.iter().sum();
    let alone = row_counts.iter().filter(|&&count| count == 1).count();
    if count < 2 {
        return Err(format!(
            "every row has the class {}; a task needs at least two classes",
            quoted(first)
        ));
    }
    // Numbers measured in whole units are the same in a few rows.
    if 2 < count && count < 2 * alone || 20 < count && rows < 3 * count {
        return Err(format!(
            "there are {count} distinct labels in {}, {alone} of them in one row alone: it looks like a number to be \
             predicted or a name, not a class; {remedy}",
            counted(rows, "row")
        ));
    }
    if MOST < count {
        return Err(format!(
            "there are {count} distinct labels and at most {MOST} classes; {remedy}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Classes;
    use crate::data::sheet::Sheet;
    use crate::error::refused;

    /// The classes of these labels, each of them in two rows.
    fn classes(labels: &[&str]) -> anyhow::Result<Classes> {
        let rows: Vec<String> = labels
            .iter()
            .chain(labels)
            .map(|label| format!("{label};1\n"))
            .collect();
        let sheet = Sheet::parse(
            "my.csv".to_owned(),
            format!("label;a\n{}", rows.concat()).as_bytes(),
        )?;
        Classes::of(&sheet, 0)
    }

    #[track_caller]
    fn check(labels: &[&str], of_each: &[u16], names: Option<&[&str]>) {
        let classes = classes(labels).unwrap();
        assert_eq!(classes.of_each, [of_each, of_each].concat());
        let names = names.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(classes.labels, names);
    }

    #[test]
    fn whole_numbers_from_zero_on_are_the_classes() {
        check(&["1", "0", "1"], &[1, 0, 1], None);
        check(
            &["2", "0", "1", "10", "9", "8", "7", "6", "5", "4", "3"],
            &[2, 0, 1, 10, 9, 8, 7, 6, 5, 4, 3],
            None,
        );
    }

    #[test]
    fn other_numbers_are_ordered_by_value_and_text_as_text() {
        check(&["10", "9", "-1"], &[2, 1, 0], Some(&["-1", "9", "10"]));
        check(&["1", "2"], &[0, 1], Some(&["1", "2"]));
        check(&["1.0", "0.0"], &[1, 0], Some(&["0.0", "1.0"]));
        check(&["+1", "-1"], &[1, 0], Some(&["-1", "+1"]));
        check(&["10", "9", "x"], &[0, 1, 2], Some(&["10", "9", "x"]));
        check(&["dog", "cat", "dog"], &[1, 0, 1], Some(&["cat", "dog"]));
        check(&["True", "False"], &[1, 0], Some(&["False", "True"]));
        check(&["-", "+"], &[1, 0], Some(&["+", "-"]));
    }

    #[test]
    fn equal_numbers_are_one_label_and_large_ones_are_compared_exactly() {
        check(&["1", "1.0", "0", "+1", "1e0", "-0"], &[1, 1, 0, 1, 1, 0], None);
        check(&["1.0", "2", "1."], &[0, 1, 0], Some(&["1", "2"]));
        check(&["2.50", "2.5", "x"], &[0, 0, 1], Some(&["2.5", "x"]));
        check(&["1,5", "0,5"], &[1, 0], Some(&["0.5", "1.5"]));
        check(
            &["9007199254740993", "9007199254740992"],
            &[1, 0],
            Some(&["9007199254740992", "9007199254740993"]),
        );
    }

    #[test]
    fn a_missing_label_is_refused_with_its_line() {
        for label in [
            "NA", "nan", "NaN", "None", "null", "?", "inf", "-inf", "-", "unknown", "n.a.", "#N/A", "none",
        ] {
            let fragments = ["my.csv:4: column 'label': ", label, "missing label"];
            refused(classes(&["0", "1", label]), &fragments);
        }
        for label in ["NA", "NaN", "?", "None", "<NA>"] {
            refused(
                classes(&["cat", "dog", label]),
                &["my.csv:4: ", "missing label", "another name"],
            );
        }
        refused(classes(&["cat", "dog", ""]), &["my.csv:4: ", "empty"]);
        for label in ["unknown", "none", "-", "inf"] {
            assert_eq!(classes(&["cat", "dog", label]).unwrap().count, 3);
        }
    }

    #[test]
    fn a_column_of_values_is_none_of_classes() {
        let column = |labels: &[String]| {
            let rows: Vec<String> = labels.iter().map(|label| format!("1,{label}\n")).collect();
            let sheet = Sheet::parse(
                "my.csv".to_owned(),
                format!("a,label\n{}", rows.concat()).as_bytes(),
            )?;
            Classes::of(&sheet, 1)
        };
        let measured: Vec<String> = (0..8).map(|row| format!("{}.5", row * row)).collect();
        refused(
            column(&measured),
            &[
                "my.csv: column 'label': ",
                "8 distinct labels in 8 rows",
                "not a class",
                "qcut",
            ],
        );
        let whole: Vec<String> = (0..100).map(|row| (row * row % 97).to_string()).collect();
        refused(column(&whole), &["49 distinct labels in 100 rows"]);
        let names: Vec<String> = (0..9).map(|row| format!("name {row}")).collect();
        refused(column(&names), &["or a name"]);
        let many: Vec<String> = (0..4100).map(|row| (row % 1025).to_string()).collect();
        refused(column(&many), &["1025 distinct labels", "1024"]);
        let one = ["cat".to_owned(), "cat".to_owned()];
        refused(column(&one), &["'cat'", "at least two"]);
        let few: Vec<String> = (0..60).map(|row| (row % 20).to_string()).collect();
        assert_eq!(column(&few).unwrap().count, 20);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let (one, other) = (
            classes(&["b", "a", "c"]).unwrap(),
            classes(&["c", "b", "a"]).unwrap(),
        );
        assert_eq!(one.labels, other.labels);
    }
}
