//! Finds the class that a cell names: by its label, by a number equal to its label, or by its number where classes have no
//! labels.

use std::collections::HashMap;

use itertools::Itertools;

use crate::data::sheet::Label;
use crate::text::quoted;
use crate::ticket::TaskPorts;

/// How many labels a message lists.
const LISTED: usize = 8;

/// The classes of a task by what a cell may say.
pub(crate) struct Known<'a>(HashMap<Label<'a>, Option<usize>>);

impl<'a> Known<'a> {
    /// Labels that are numbers are equal where the numbers are; other labels where their text is, without the spaces around
    /// it. Only classes without labels are named by their numbers, from 0 on: those of a file whose labels were made numbers
    /// elsewhere may be in another order.
    pub(crate) fn of(task: &'a TaskPorts) -> Self {
        let labels = task.classes.as_deref().unwrap_or_default();
        let mut known = HashMap::new();
        for (class, label) in labels.iter().enumerate() {
            // Labels of a ticket from elsewhere may be one number, which then names neither.
            let class_of = known.entry(Label::of(label.trim())).or_insert(Some(class));
            *class_of = class_of.filter(|&first| first == class);
        }
        if task.classes.is_none() {
            let count = task.outputs.len().max(2);
            known.extend((0..count).map(|class| (Label::whole(class), Some(class))));
        }
        Self(known)
    }

    /// The class that a cell names.
    pub(crate) fn class(&self, cell: &Label<'_>) -> Option<usize> {
        self.0.get(cell).copied().flatten()
    }
}

/// What a column of labels may hold.
pub(crate) fn expected(task: &TaskPorts) -> String {
    let name = &task.name;
    match &task.classes {
        None => format!(
            "a class of {name} is a whole number from 0 to {}",
            task.outputs.len().max(2) - 1
        ),
        Some(labels) => format!(
            "a class of {name} is one of {}{}",
            labels.iter().take(LISTED).map(|label| quoted(label)).join(", "),
            match labels.len().checked_sub(LISTED) {
                None | Some(0) => String::new(),
                Some(more) => format!(" and {more} more"),
            }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Label, expected};
    use crate::ticket::TaskPorts;

    #[track_caller]
    fn check(labels: &[&str], expected: &[(&str, Option<usize>)]) {
        let mut task = TaskPorts::new("t", [0], 0..labels.len().max(3));
        task.classes = (!labels.is_empty()).then(|| labels.iter().map(|&label| label.to_owned()).collect());
        let known = Known::of(&task);
        for &(cell, expected) in expected {
            assert_eq!(known.class(&Label::of(cell)), expected, "{cell} of {labels:?}");
        }
    }

    #[test]
    fn equal_numbers_are_one_label() {
        for zero in ["0", "0.0", "+0", "-0", "0e0", "00", "-0.00"] {
            check(&["0.0", "1.0"], &[(zero, Some(0))]);
            check(&["-0", "+1"], &[(zero, Some(0))]);
            check(&[], &[(zero, Some(0))]);
        }
        for one in ["1", "1.0", "+1", "1e0", "0.1e1", "01"] {
            check(&["0.0", "1.0"], &[(one, Some(1))]);
            check(&["0", "+1"], &[(one, Some(1))]);
            check(&[], &[(one, Some(1))]);
        }
        check(
            &["1", "2", "10"],
            &[("0", None), ("1e1", Some(2)), ("1.5", None), ("3", None)],
        );
    }

    #[test]
    fn text_is_a_label_as_it_stands() {
        let labels = ["no", " yes ", "No"];
        check(
            &labels,
            &[
                ("no", Some(0)),
                ("yes", Some(1)),
                ("No", Some(2)),
                ("NO", None),
                ("2", None),
                ("3", None),
            ],
        );
    }

    #[test]
    fn a_number_that_is_equal_to_two_labels_is_neither() {
        check(&["1", "1.0"], &[("1", None), ("1e0", None)]);
        // One number in 64 bits, but two.
        check(
            &["10000000000000000", "10000000000000001"],
            &[("10000000000000001", Some(1)), ("1e16", Some(0))],
        );
        check(&["1", "x"], &[("1.0", Some(0)), ("0", None), ("x", Some(1))]);
    }

    #[test]
    fn what_is_expected_is_bounded() {
        let mut task = TaskPorts::new("t", [0], 0..1000);
        task.classes = Some((0..1000).map(|class| format!("c{class}")).collect());
        assert_eq!(
            expected(&task),
            "a class of t is one of 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 992 more"
        );
    }
}
