//! Makes drawn tasks depend on each other, as their dials say: inputs that are mixed or shared, classes that are flipped.
//!
//! Inputs are changed task by task, each behind the one that it takes from; then classes are. No random number is drawn
//! for it, so that a dial changes no draw.

use std::f64::consts::PI;

use tombola::data::{INPUT_COUNT, Kind, Synthetic};

use super::Rows;
use crate::experiment::{Link, flipped_count};

/// Cosine and sine of an angle in degrees, rounded to 32 bits from those of `libm` in 64; of a right angle 0 and 1.
fn cosine_and_sine(degrees: f64) -> [f32; 2] {
    if degrees == 90.0 {
        return [0.0, 1.0];
    }
    let angle = degrees * PI / 180.0;
    [libm::cos(angle) as f32, libm::sin(angle) as f32]
}

/// Replaces each of the inputs `own` of every sample by cos·own + sin·other: the products are rounded, then their sum.
pub(super) fn mix(rows: &mut Rows, input_count: usize, degrees: f64, own: &[usize], other: &[usize]) {
    let [cosine, sine] = cosine_and_sine(degrees);
    for row in rows.inputs.chunks_exact_mut(input_count) {
        for (&own, &other) in own.iter().zip(other) {
            // A right angle leaves a copy, and nothing of what was there.
            row[own] = match cosine {
                0.0 => row[other],
                _ => cosine * row[own] + sine * row[other],
            };
        }
    }
}

/// Points of a kind without noise that stand for all of it: at least one of each class.
const POINTS: usize = 1024;

/// Gives every sample the class of the nearest of the kind's points without noise; of equally near ones the first counts.
pub(super) fn classify(rows: &mut Rows, kind: &Synthetic, inputs: &[usize], task: usize, input_count: usize) {
    let points: Vec<_> = (0..POINTS).map(|index| kind.exact(index, POINTS)).collect();
    let task_count = rows.classes.len() * input_count / rows.inputs.len();
    let samples = rows.inputs.chunks_exact(input_count);
    for (row, classes) in samples.zip(rows.classes.chunks_exact_mut(task_count)) {
        let at: [f32; INPUT_COUNT] = std::array::from_fn(|place| row[inputs[place]]);
        let (mut nearest, mut class) = (f32::INFINITY, 0);
        for (point, of_point) in &points {
            let [x, y] = [point[0] - at[0], point[1] - at[1]];
            let distance = x * x + y * y;
            if distance < nearest {
                (nearest, class) = (distance, *of_point);
            }
        }
        classes[task] = class;
    }
}

/// From which value of an input on classes are flipped: the least of the upper share of the train part. Of equal values
/// all are flipped.
///
/// `None` where all are, whatever the value.
///
/// # Errors
/// How many samples would be flipped, and how many there are, if equal values make that so many more that what is known
/// of the task (that its outputs depend on the input, and how well it is learned without) would not be true.
pub(super) fn flipped_from(
    train: &Rows,
    input_count: usize,
    input: usize,
    share: f64,
) -> Result<Option<f32>, [usize; 2]> {
    if share == 1.0 {
        return Ok(None);
    }
    let mut values: Vec<f32> = train.inputs[input..]
        .iter()
        .step_by(input_count)
        .copied()
        .collect();
    values.sort_unstable_by(|one, other| other.total_cmp(one));
    // None is flipped where the share is too small for one, which settings refuse.
    let count = flipped_count(share, values.len());
    let from = count.checked_sub(1).map_or(f32::INFINITY, |last| values[last]);
    let flipped = values.iter().take_while(|&&value| from <= value).count();
    if flipped == values.len() || count + (values.len() / MOST_EQUAL).max(1) < flipped {
        return Err([flipped, values.len()]);
    }
    Ok(Some(from))
}

/// At most the samples of the train part over this, or one, may be flipped beyond what is asked for, because values are
/// equal: two points of a circle without noise are.
const MOST_EQUAL: usize = 100;

/// Makes each class of a task the next one, and the last the first, where the input is `from` or more.
pub(super) fn flip(
    rows: &mut Rows,
    (input, input_count): (usize, usize),
    (task, task_count): (usize, usize),
    from: Option<f32>,
    class_count: usize,
) {
    let samples = rows.inputs.chunks_exact(input_count);
    for (row, classes) in samples.zip(rows.classes.chunks_exact_mut(task_count)) {
        if from.is_none_or(|from| from <= row[input]) {
            classes[task] = (classes[task] + 1) % class_count as u16;
        }
    }
}

/// How the inputs and the classes of the tasks are made of each other.
pub(super) struct Dependence<'a> {
    /// The kinds of those that are drawn.
    pub(super) kinds: Vec<Option<&'a Synthetic>>,
    /// The inputs of each task, in its order.
    pub(super) inputs: Vec<&'a [usize]>,
    pub(super) links: &'a [Link],
    /// The order in which inputs are made.
    pub(super) order: &'a [usize],
    pub(super) input_count: usize,
}

impl Dependence<'_> {
    /// Mixes inputs, and classifies samples by inputs that are shared.
    pub(super) fn make_inputs(&self, parts: &mut [Rows; 3]) {
        for &task in self.order {
            let (
                Link {
                    other,
                    mix: degrees,
                    share,
                    ..
                },
                own,
            ) = (self.links[task], self.inputs[task]);
            let (Some(other), Some(kind)) = (other, self.kinds[task]) else {
                continue;
            };
            for rows in parts.iter_mut() {
                if 0.0 < degrees {
                    mix(rows, self.input_count, degrees, own, self.inputs[other]);
                }
                if 0 < share {
                    classify(rows, kind, own, task, self.input_count);
                }
            }
        }
    }

    /// Flips classes.
    ///
    /// # Errors
    /// The task and the input of the other one, and what [`flipped_from`] says.
    pub(super) fn make_classes(&self, parts: &mut [Rows; 3]) -> Result<(), (usize, usize, [usize; 2])> {
        let tasks = self.links.iter().zip(&self.kinds).enumerate();
        for (
            task,
            (
                &Link {
                    other, flip_where, ..
                },
                kind,
            ),
        ) in tasks
        {
            let (Some(other), Some(kind)) = (other.filter(|_| 0.0 < flip_where), kind) else {
                continue;
            };
            let input = self.inputs[other][0];
            let from = flipped_from(&parts[0], self.input_count, input, flip_where);
            let from = from.map_err(|counts| (task, input, counts))?;
            for rows in parts.iter_mut() {
                let (input, task) = ((input, self.input_count), (task, self.links.len()));
                flip(rows, input, task, from, kind.class_count());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
