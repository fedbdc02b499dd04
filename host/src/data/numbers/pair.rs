//! An array of inputs beside one of labels: whether they go together, and what is taken of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Selection;
use super::inputs::Inputs;
use crate::bad_input;
use crate::data::Contents;
use crate::data::array::{Array, Number, shown};
use crate::data::pooling::pooled;
use crate::text::counted;

/// Labels that are floats are smaller than this: all whole numbers below it are floats of 64 bits.
const MOST_OF_FLOATS: f64 = 9e15;

/// An array of inputs and one of labels, with the names of their files.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    inputs: Array<'a>,
    pub(super) inputs_file: String,
    labels: Array<'a>,
    pub(super) labels_file: String,
}

/// Reads the content of a file; the second argument names it in messages.
pub(super) type Decode<'a> = fn(&'a [u8], &str) -> anyhow::Result<Array<'a>>;

/// Rows that were taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) inputs: Inputs,
    /// The class of each row.
    pub(super) of_each: Vec<u16>,
}

impl<'a> Pair<'a> {
    /// Decodes two files.
    ///
    /// # Errors
    /// Those of `decode`.
    pub(super) fn open(
        inputs: &Path,
        labels: &Path,
        decode: Decode<'a>,
        contents: &'a Contents,
    ) -> anyhow::Result<Self> {
        let [inputs_file, labels_file] = [inputs, labels].map(|path| path.display().to_string());
        Ok(Self {
            inputs: decode(&contents.of(inputs).bytes, &inputs_file)?,
            labels: decode(&contents.of(labels).bytes, &labels_file)?,
            inputs_file,
            labels_file,
        })
    }

    /// The label of each row.
    ///
    /// # Errors
    /// Bad input if there are not as many labels as inputs, or a label is not a whole number.
    pub(super) fn labels(&self) -> anyhow::Result<Vec<i64>> {
        let (file, shape) = (&self.labels_file, self.labels.shape());
        if self.labels.column_count() != 1 {
            let remedy = match shape {
                [1, _] => "save labels.ravel()",
                [_, _] => "if each row has a 1 at its class, save labels.argmax(axis=1)",
                _ => "if these are the inputs, the two files are swapped",
            };
            return Err(bad_input!(
                "{file}: labels have shape {}, and each row has one, so it is ({},); {remedy}",
                shown(shape),
                if shape[0] == 1 {
                    self.labels.column_count()
                } else {
                    shape[0]
                }
            ));
        }
        let (rows, labels) = (self.inputs.row_count(), self.labels.row_count());
        if rows != labels {
            return Err(bad_input!(
                "{}: there are {} and {} in {file}; name files of the same samples",
                self.inputs_file,
                counted(rows, "row"),
                counted(labels, "label"),
            ));
        }
        let label = |row| {
            let (value, label, range) = match self.labels.at(row, 0) {
                Number::Whole(whole) => (
                    whole.to_string(),
                    i64::try_from(whole).ok(),
                    format!(" from {} to {}", i64::MIN, i64::MAX),
                ),
                // Every float of this range that has no fraction is an i64.
                Number::Float(value) => {
                    let is_whole = value.fract() == 0.0 && value.abs() < MOST_OF_FLOATS;
                    let range = if value.abs() < MOST_OF_FLOATS {
                        String::new()
                    } else {
                        format!(" between {:e} and {MOST_OF_FLOATS:e}", -MOST_OF_FLOATS)
                    };
                    (value.to_string(), is_whole.then_some(value as i64), range)
                }
            };
            label.ok_or_else(|| {
                bad_input!(
                    "{file}: label {row} (from 0) is {value}; labels are whole numbers{range}, one for each class"
                )
            })
        };
        (0..labels).map(label).collect()
    }

    /// The rows that are taken: those of chosen classes, of each at most so many, in the order of the file.
    pub(super) fn take(
        &self,
        labels: &[i64],
        classes: &[i64],
        selection: Selection<'_>,
    ) -> anyhow::Result<Taken> {
        let index: BTreeMap<i64, u16> = classes.iter().copied().zip(0..).collect();
        let mut room = vec![selection.samples.unwrap_or(usize::MAX); classes.len()];
        let (mut rows, mut of_each) = (Vec::new(), Vec::new());
        for (row, label) in labels.iter().enumerate() {
            if let Some(&class) = index.get(label)
                && let Some(left) = room[usize::from(class)].checked_sub(1)
            {
                room[usize::from(class)] = left;
                rows.push(row);
                of_each.push(class);
            }
        }
        Ok(Taken {
            inputs: self.inputs(&rows, selection.size)?,
            of_each,
        })
    }

    /// How many inputs each row has.
    ///
    /// # Errors
    /// Bad input if images are to be pooled and the rows are no images, or smaller than that.
    pub(super) fn input_count(&self, size: Option<usize>) -> anyhow::Result<usize> {
        let Some(size) = size else {
            return Ok(self.inputs.column_count());
        };
        let (file, shape) = (&self.inputs_file, shown(self.inputs.shape()));
        let Some([height, width]) = self.sides() else {
            return Err(bad_input!(
                "{file}: size = {size} pools images, and the array has shape {shape}, not (rows, height, width); leave \
                 size out or reshape the array"
            ));
        };
        if height.min(width) < size {
            return Err(bad_input!(
                "{file}: size = {size} pools images to {size} by {size} averages, and they have {height} by {width} \
                 pixels; lower it or leave it out"
            ));
        }
        Ok(size * size)
    }

    /// Height and width, if the rows are images of one channel.
    pub(super) fn sides(&self) -> Option<[usize; 2]> {
        match *self.inputs.shape() {
            [_, height, width] | [_, 1, height, width] | [_, height, width, 1] => Some([height, width]),
            _ => None,
        }
    }

    /// What the inputs are called in messages.
    pub(super) fn names(&self, count: usize, size: Option<usize>) -> Vec<String> {
        let width = size.or(self.sides().map(|[_, width]| width));
        (0..count)
            .map(|column| match width {
                Some(width) => format!("pixel {}, {}", column / width, column % width),
                None => column.to_string(),
            })
            .collect()
    }

    /// That test rows are like the others.
    pub(super) fn check_shape(&self, test: &Self) -> anyhow::Result<()> {
        let [ours, theirs] = [self, test].map(|pair| (&pair.inputs.shape()[1..], pair.inputs.element()));
        if ours == theirs {
            return Ok(());
        }
        Err(bad_input!(
            "{}: shape {} of {} does not go with {} of {} in {}; name files of one data set",
            test.inputs_file,
            shown(test.inputs.shape()),
            theirs.1.name(),
            shown(self.inputs.shape()),
            ours.1.name(),
            self.inputs_file
        ))
    }

    fn inputs(&self, rows: &[usize], size: Option<usize>) -> anyhow::Result<Inputs> {
        let count = self.input_count(size)?;
        let too_many = || {
            bad_input!(
                "{}: {} of {count} inputs do not fit into memory; take fewer with samples or classes",
                self.inputs_file,
                counted(rows.len(), "row")
            )
        };
        let length = rows.len().checked_mul(count).ok_or_else(too_many)?;
        let mut inputs = Inputs::with_room(length).ok_or_else(too_many)?;
        let offsets = self.inputs.offsets();
        let (mut values, mut means) = (vec![0.0; offsets.len()], Vec::new());
        for &row in rows {
            for (column, (value, &offset)) in values.iter_mut().zip(&offsets).enumerate() {
                *value = self.number(row, column, offset)?;
            }
            let values = match (size, self.sides()) {
                (Some(size), Some(sides)) => {
                    means.clear();
                    means.extend(pooled(sides, size, |pixel| values[pixel]));
                    &means
                }
                _ => &values,
            };
            inputs.extend(values).ok_or_else(too_many)?;
        }
        Ok(inputs)
    }

    fn number(&self, row: usize, column: usize, offset: usize) -> anyhow::Result<f64> {
        let (value, what) = match self.inputs.at(row, offset) {
            Number::Whole(whole) if whole as f64 as i128 == whole => return Ok(whole as f64),
            Number::Float(value) if (value as f32).is_finite() => return Ok(value),
            Number::Whole(whole) => (
                whole.to_string(),
                "has more digits than a float64; subtract a number from the column that leaves fewer",
            ),
            Number::Float(value) if value.is_finite() => (
                format!("{value:e}"),
                "is not finite in 32 bits; divide the column by a number, or, if it is none of the data, write the file again: its \
                 bytes stand in another order than is read",
            ),
            Number::Float(value) => (
                value.to_string(),
                "is not finite; replace it or leave the row out",
            ),
        };
        Err(bad_input!(
            "{}: row {row}, column {column} (from 0): {value} {what}",
            self.inputs_file
        ))
    }
}
