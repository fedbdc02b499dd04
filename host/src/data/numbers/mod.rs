//! A task from arrays of numbers, npy or IDX: which rows are taken, their classes, and their inputs.

mod inputs;
mod pair;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::pair::Pair;
use super::classes::{Classes, check_counts};
use super::table::Table;
use super::{Contents, array};
use crate::bad_input;
use crate::experiment::{Idx, Npy};
use crate::text::listed;

/// What to do about labels that are no classes.
const REMEDY: &str = "name the file that holds the class, choose some classes with classes, or make a few of the values (with \
                      numpy.digitize)";

/// A task of npy files.
///
/// # Errors
/// Bad input, with file, place and remedy, if arrays do not fit each other or the settings, or cannot be learned from.
pub(super) fn of_npy(npy: &Npy, contents: &Contents) -> anyhow::Result<Table> {
    let pair = Pair::open(&npy.inputs, &npy.labels, array::npy::read, contents)?;
    let selection = Selection {
        classes: npy.classes.as_deref(),
        samples: npy.samples,
        size: npy.size,
    };
    read(&pair, None, selection)
}

/// A task of IDX files.
///
/// # Errors
/// As [`of_npy`], and if the test part would be dealt from the same images as the others.
pub(super) fn of_idx(idx: &Idx, contents: &Contents) -> anyhow::Result<Table> {
    let pair = Pair::open(&idx.images, &idx.labels, array::idx::read, contents)?;
    let test = match (&idx.test_images, &idx.test_labels) {
        (Some(images), Some(labels)) => {
            if contents.of(images).digest == contents.of(&idx.images).digest {
                return Err(bad_input!(
                    "{}: test_images has the same content as images, and no image may be in both; name other images or \
                     leave out test_images and test_labels",
                    images.display()
                ));
            }
            Some(Pair::open(images, labels, array::idx::read, contents)?)
        }
        _ => None,
    };
    let selection = Selection {
        classes: idx.classes.as_deref(),
        samples: idx.samples,
        size: idx.size,
    };
    read(&pair, test.as_ref(), selection)
}

/// What a task takes of its files.
#[derive(Clone, Copy, Debug)]
struct Selection<'a> {
    /// The labels of its classes, in their order; all that there are if not set.
    classes: Option<&'a [i64]>,
    /// At most so many rows of each class: the first of the file.
    samples: Option<usize>,
    /// Images become so many by so many averages.
    size: Option<usize>,
}

/// Reads a task: the rows of the first pair, and, where there is a second, those that the test part is dealt from.
///
/// # Errors
/// Bad input, with file, place and remedy, if arrays do not fit each other or the selection, or cannot be learned from.
fn read(pair: &Pair<'_>, test: Option<&Pair<'_>>, selection: Selection<'_>) -> anyhow::Result<Table> {
    let column_count = pair.input_count(selection.size)?;
    let labels = pair.labels()?;
    let classes = classes(&labels, selection.classes, &pair.labels_file)?;
    let mut taken = pair.take(&labels, &classes, selection)?;
    let mut held_out = 0;
    if let Some(test) = test {
        pair.check_shape(test)?;
        let labels = test.labels()?;
        if selection.classes.is_none()
            && let Some(label) = labels.iter().find(|label| classes.binary_search(label).is_err())
        {
            return Err(bad_input!(
                "{}: the label {label} is in no row of {}; choose the classes of the task with classes",
                test.labels_file,
                pair.labels_file
            ));
        }
        let more = test.take(&labels, &classes, selection)?;
        held_out = more.of_each.len();
        taken.inputs.append(&more.inputs).ok_or_else(|| {
            bad_input!(
                "{}: the images do not fit into memory; take fewer with samples or classes",
                test.inputs_file
            )
        })?;
        taken.of_each.extend(more.of_each);
    }
    let are_indices = classes.iter().copied().eq(0..classes.len() as i64);
    Ok(Table {
        notes: Vec::new(),
        columns: pair.names(column_count, selection.size),
        classes: Classes {
            of_each: taken.of_each,
            count: classes.len(),
            labels: (!are_indices).then(|| classes.iter().map(i64::to_string).collect()),
        },
        inputs: taken.inputs.rounded,
        exact: taken.inputs.exact,
        held_out,
        is_image: pair.sides().is_some(),
        byte_order: Some(
            "write the file again in the byte order that it says (npy), or with the highest byte first (IDX)",
        ),
    })
}

/// The labels of the classes, in order: those that are chosen, else all that there are.
///
/// # Errors
/// Bad input if a chosen label is not there, or the labels are no classes.
fn classes(labels: &[i64], chosen: Option<&[i64]>, file: &str) -> anyhow::Result<Vec<i64>> {
    let mut counts = BTreeMap::<i64, usize>::new();
    for &label in labels {
        *counts.entry(label).or_default() += 1;
    }
    let Some(chosen) = chosen else {
        let row_counts: Vec<usize> = counts.values().copied().collect();
        check_counts(&row_counts, &labels[0].to_string(), REMEDY)
            .map_err(|what| bad_input!("{file}: {what}"))?;
        return Ok(counts.into_keys().collect());
    };
    if let Some(missing) = chosen.iter().find(|label| !counts.contains_key(label)) {
        let there: Vec<String> = counts.keys().take(20).map(i64::to_string).collect();
        let more = if 20 < counts.len() { ", …" } else { "" };
        return Err(bad_input!(
            "{file}: no row has the label {missing} of classes; there are {}{more}",
            listed(&there, "and"),
        ));
    }
    Ok(chosen.to_vec())
}
