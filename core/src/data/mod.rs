//! Data of independent tasks, drawn point by point into the caller's memory, so that a board can make its own.

mod normalization;
mod parameter;
mod synthetic;

pub use normalization::Normalization;
pub use parameter::{Parameter, Range};
use rand_core::Rng;
pub use synthetic::*;

use crate::random::shuffle;

/// Where one task's columns lie among those of all tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The task's inputs among all inputs.
    pub inputs: core::ops::Range<usize>,
    /// Inputs of all tasks.
    pub input_count: usize,
    /// Index of the task.
    pub task: usize,
    /// How many tasks there are.
    pub task_count: usize,
}

impl Columns {
    /// The columns of one of so many synthetic tasks.
    pub const fn of_synthetic(task: usize, task_count: usize) -> Self {
        Self {
            inputs: task * INPUT_COUNT..(task + 1) * INPUT_COUNT,
            input_count: task_count * INPUT_COUNT,
            task,
            task_count,
        }
    }
}

/// Fills one task's columns in a random order of its points: `point` writes the inputs of the point with this index and
/// returns its class. Shapes and panics are those of [`Kind::draw`].
fn fill<R: Rng>(
    columns: &Columns,
    inputs: &mut [f32],
    classes: &mut [u16],
    order: &mut [u32],
    rng: &mut R,
    mut point: impl FnMut(usize, &mut [f32], &mut R) -> u16,
) {
    assert_same!(
        inputs.len(),
        order.len() * columns.input_count,
        "every sample has all inputs"
    );
    assert_same!(
        classes.len(),
        order.len() * columns.task_count,
        "every sample has a class for each task"
    );
    order
        .iter_mut()
        .zip(0..)
        .for_each(|(index, value)| *index = value);
    shuffle(order, rng);
    let rows = inputs
        .chunks_exact_mut(columns.input_count)
        .zip(classes.chunks_exact_mut(columns.task_count));
    for ((inputs, classes), &index) in rows.zip(&*order) {
        classes[columns.task] = point(index as usize, &mut inputs[columns.inputs.clone()], rng);
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, fill};
    use crate::random::{Purpose, stream};

    #[test]
    fn each_task_fills_its_own_columns_in_an_order_of_its_own() {
        let (mut inputs, mut classes, mut order) = ([0.0; 24], [9; 16], [0; 8]);
        let mut rng = stream(0, Purpose::Weights);
        for task in 0..2 {
            let columns = Columns {
                inputs: task..task + 1,
                input_count: 3,
                task,
                task_count: 2,
            };
            fill(
                &columns,
                &mut inputs,
                &mut classes,
                &mut order,
                &mut rng,
                |index, inputs, _| {
                    inputs[0] = index as f32;
                    index as u16 % 2
                },
            );
        }
        let column = |column: usize| -> [f32; 8] { core::array::from_fn(|row| inputs[row * 3 + column]) };
        assert_ne!(column(0), column(1));
        assert_eq!(column(2), [0.0; 8]);
        for task in 0..2 {
            let mut values = column(task);
            assert!((0..8).all(|row| classes[row * 2 + task] == values[row] as u16 % 2));
            values.sort_unstable_by(f32::total_cmp);
            assert_eq!(values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        }
    }
}
