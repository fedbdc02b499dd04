//! Numbers the labels of a column as classes, in an order that depends on the labels alone.

use std::collections::{BTreeSet, HashMap};

use crate::text::quoted;

/// As many outputs as a softmax may have; beyond that the column is hardly one of classes.
pub(super) const MOST: usize = 1024;

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

impl Classes {
    /// The classes are the distinct labels in order: of their values if all are numbers, else of their text. So where
    /// the labels are the whole numbers from 0 on, they are the classes.
    ///
    /// # Errors
    /// What is wrong, and the remedy, if there are fewer than 2 or more than 1024, or two are one number.
    pub(super) fn of(labels: &[&str]) -> Result<Self, String> {
        let distinct: BTreeSet<&str> = labels.iter().copied().collect();
        let count = distinct.len();
        if count < 2 {
            let only = distinct.first().copied().unwrap_or_default();
            return Err(format!(
                "every row has the class {}; a task needs at least two",
                quoted(only)
            ));
        }
        if count > MOST {
            return Err(format!(
                "there are {count} distinct labels and at most {MOST} classes; name the column that holds the class"
            ));
        }
        let sorted = in_order(distinct)?;
        let index: HashMap<&str, u16> = sorted.iter().copied().zip(0..).collect();
        let are_indices = sorted
            .iter()
            .enumerate()
            .all(|(index, label)| *label == index.to_string());
        Ok(Self {
            of_each: labels.iter().map(|label| index[label]).collect(),
            count,
            labels: (!are_indices).then(|| sorted.iter().map(|&label| label.to_owned()).collect()),
        })
    }
}

fn in_order(distinct: BTreeSet<&str>) -> Result<Vec<&str>, String> {
    let number = |label: &str| label.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<(f64, &str)>> = distinct
        .iter()
        .map(|&label| Some((number(label)?, label)))
        .collect();
    let Some(mut numbers) = numbers else {
        return Ok(distinct.into_iter().collect());
    };
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!(
            "the labels '{}' and '{}' are the same number; write it in one way",
            pair[0].1, pair[1].1
        ));
    }
    Ok(numbers.into_iter().map(|(_, label)| label).collect())
}

#[cfg(test)]
mod tests {
    use super::Classes;

    #[track_caller]
    fn check(labels: &[&str], of_each: &[u16], names: Option<&[&str]>) {
        let classes = Classes::of(labels).unwrap();
        assert_eq!(classes.of_each, of_each);
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
        check(&["10", "9", "nan"], &[0, 1, 2], Some(&["10", "9", "nan"]));
        check(&["dog", "cat", "dog"], &[1, 0, 1], Some(&["cat", "dog"]));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let (one, other) = (
            Classes::of(&["b", "a", "c"]).unwrap(),
            Classes::of(&["c", "b", "a"]).unwrap(),
        );
        assert_eq!(one.labels, other.labels);
    }
}
