//! Makes other samples of drawn ones, for arms: labels shuffled, inputs replaced by noise, one task alone.
//!
//! What is not named is left as it was, bit for bit.

use tombola::random::{Normal, Part, Purpose, Seed, shuffle, stream};

use super::{Drawn, Rows};
use crate::ticket::Normalization;

impl Drawn {
    /// The samples with the classes of one task shuffled in the train and the validation part, each by a stream of its
    /// own: what the task asks has no answer in its inputs, and its classes are as frequent as before. The test part
    /// is left as it is.
    ///
    /// # Panics
    /// If there is no such task.
    #[must_use]
    pub fn with_shuffled_labels(&self, task: usize, seed: impl Into<Seed>) -> Self {
        let (mut drawn, seed, task_count) = (self.clone(), seed.into(), self.task_count());
        assert!(task < task_count, "there is such a task");
        for (rows, part) in [
            (&mut drawn.train, Part::Train),
            (&mut drawn.validation, Part::Validation),
        ] {
            let column = rows.classes[task..].iter_mut().step_by(task_count);
            let mut shuffled: Vec<u16> = column.map(|class| *class).collect();
            let purpose = Purpose::Labels {
                task: task as u32,
                part,
            };
            shuffle(&mut shuffled, &mut stream(seed, purpose));
            let column = rows.classes[task..].iter_mut().step_by(task_count);
            column
                .zip(shuffled)
                .for_each(|(class, shuffled)| *class = shuffled);
        }
        drawn
    }

    /// The samples with the inputs of one task replaced in all parts, each by a stream of its own, by normal noise of the
    /// mean and the population deviation that each column has in the train part, as it is normalized: what the task asks
    /// has no answer in its inputs, and they look no different, column by column.
    ///
    /// # Panics
    /// If there is no such task.
    #[must_use]
    pub fn with_noise_inputs(&self, task: usize, seed: impl Into<Seed>) -> Self {
        let (mut drawn, seed, input_count) = (self.clone(), seed.into(), self.input_count());
        let inputs = self.inputs[task].clone();
        let moments = |column: usize| moments(self.train.inputs[column..].iter().step_by(input_count));
        let moments: Vec<[f64; 2]> = inputs.iter().copied().map(moments).collect();
        for (rows, part) in drawn.parts_mut() {
            let mut rng = stream(
                seed,
                Purpose::Inputs {
                    task: task as u32,
                    part,
                },
            );
            let mut normal = Normal::default();
            for row in rows.inputs.chunks_exact_mut(input_count) {
                for (&input, [mean, deviation]) in inputs.iter().zip(&moments) {
                    let noise = mean + deviation * f64::from(normal.draw(&mut rng));
                    // Inputs that fill the range of f32 and were not normalized have noise beyond it.
                    row[input] = noise.clamp(f32::MIN.into(), f32::MAX.into()) as f32;
                }
            }
        }
        drawn
    }

    /// The samples of one task alone: its inputs and its classes, side by side with nothing.
    ///
    /// # Panics
    /// If there is no such task.
    #[must_use]
    pub fn of_task(&self, task: usize) -> Self {
        let inputs = self.inputs[task].clone();
        let rows = |rows: &Rows| Rows {
            inputs: rows
                .inputs
                .chunks_exact(self.input_count())
                .flat_map(|row| inputs.iter().map(|&input| row[input]))
                .collect(),
            classes: rows.classes[task..]
                .iter()
                .copied()
                .step_by(self.task_count())
                .collect(),
        };
        let normalization = self.normalization.as_ref().map(|all| Normalization {
            shift: inputs.iter().map(|&input| all.shift[input]).collect(),
            scale: inputs.iter().map(|&input| all.scale[input]).collect(),
        });
        Self {
            data_seed: self.data_seed,
            normalization,
            train: rows(&self.train),
            validation: rows(&self.validation),
            test: rows(&self.test),
            input_count: inputs.len(),
            inputs: vec![(0..inputs.len()).collect()],
        }
    }

    fn parts_mut(&mut self) -> [(&mut Rows, Part); 3] {
        [
            (&mut self.train, Part::Train),
            (&mut self.validation, Part::Validation),
            (&mut self.test, Part::Test),
        ]
    }
}

/// Mean and population deviation, each a sum in the order of the samples, in f64.
fn moments<'a>(column: impl ExactSizeIterator<Item = &'a f32> + Clone) -> [f64; 2] {
    let count = column.len() as f64;
    let mean = column.clone().fold(0.0, |sum, &x| sum + f64::from(x)) / count;
    let variance = column.fold(0.0, |sum, &x| sum + (f64::from(x) - mean) * (f64::from(x) - mean)) / count;
    [mean, variance.sqrt()]
}

#[cfg(test)]
mod tests;
