//! Computes the cross-task share of the Jacobian: how much of the logits' dependence on inputs is on those of other tasks.
//!
//! ```text
//! for each sample, gate of each hidden unit:                    1 where its activation is above 0, else 0
//! for each output: slope (neurons), slope[output] = 1
//!     for each active weight from → to, the last layer first:   slope[from] += w · gate[to] · slope[to]
//!     for each input:                                           sum[output, input] += |slope[input]|
//! ```

use tombola::Structure;

use super::Subject;
use super::answers::{Answers, Chunk};
use super::graph::Graph;

/// Samples side by side.
const LANES: usize = 16;

/// The sum of |∂y/∂x| over the outputs y of each task, over inputs x and over samples.
pub(super) struct Jacobian {
    /// Over the inputs that are not the task's own.
    cross: Vec<f64>,
    /// Over all inputs.
    total: Vec<f64>,
}

impl Jacobian {
    /// On the test part. Gates are those of the network's own arithmetic, in f32; slopes are f64.
    ///
    /// # Panics
    /// If anything flows between the tasks of a network that is independent.
    pub(super) fn of(subject: &Subject<'_>, structure: &Structure<'_>, graph: &Graph) -> Self {
        let Subject { net, tasks, data, .. } = *subject;
        let mut sums = vec![0.0; net.output_count() * net.input_count()];
        let mut slopes = Slopes::new(subject, graph);
        Answers::new(subject, structure).each_chunk(
            data.test.inputs(),
            |_| true,
            |chunk| {
                for first in (0..chunk.count).step_by(LANES) {
                    slopes.open(chunk, first);
                    slopes.add(&mut sums, (chunk.count - first).min(LANES));
                }
            },
        );
        let sum = |outputs: &[usize], counts: &dyn Fn(&usize) -> bool| {
            let rows = outputs.iter().map(|output| &sums[output * net.input_count()..]);
            rows.flat_map(|row| (0..net.input_count()).filter(counts).map(|input| row[input]))
                .fold(0.0, |sum, slope| sum + slope)
        };
        let of_tasks = |counts: &dyn Fn(usize, &usize) -> bool| -> Vec<f64> {
            let of =
                |(task, ports): (usize, &tombola::Task<'_>)| sum(ports.outputs, &|input| counts(task, input));
            tasks.iter().enumerate().map(of).collect()
        };
        let jacobian = Self {
            cross: of_tasks(&|task, input| !tasks[task].inputs.contains(input)),
            total: of_tasks(&|_, _| true),
        };
        assert!(
            !structure.is_independent() || jacobian.cross.iter().all(|&cross| cross == 0.0),
            "nothing flows between independent tasks"
        );
        jacobian
    }

    /// The cross-task share of all tasks together; `None` where nothing flows.
    pub(super) fn share(&self) -> Option<f64> {
        let sum = |sums: &[f64]| sums.iter().fold(0.0, |sum, one| sum + one);
        share(sum(&self.cross), sum(&self.total))
    }

    /// The cross-task share of each task.
    pub(super) fn shares(&self) -> impl Iterator<Item = Option<f64>> {
        self.cross
            .iter()
            .zip(&self.total)
            .map(|(&cross, &total)| share(cross, total))
    }
}

fn share(cross: f64, total: f64) -> Option<f64> {
    (total > 0.0).then(|| cross / total)
}

/// The slopes of one output by every neuron, for some samples side by side.
struct Slopes<'s> {
    graph: &'s Graph,
    /// Of each active weight.
    weights: Vec<f64>,
    /// `(neurons, LANES)`: 1 where a neuron lets its slope through, else 0.
    gates: Vec<[f64; LANES]>,
    /// `(neurons, LANES)`.
    values: Vec<[f64; LANES]>,
    input_count: usize,
    first_output: usize,
}

impl<'s> Slopes<'s> {
    fn new(subject: &Subject<'_>, graph: &'s Graph) -> Self {
        let net = subject.net;
        let weights = graph.weights.iter();
        Self {
            graph,
            weights: weights
                .map(|&weight| subject.params[weight as usize].into())
                .collect(),
            gates: vec![[1.0; LANES]; net.neuron_count()],
            values: vec![[0.0; LANES]; net.neuron_count()],
            input_count: net.input_count(),
            first_output: net.first_neuron(net.layer_count()),
        }
    }

    /// Takes the gates of hidden units from their activations, for samples from `first` of the chunk on.
    fn open(&mut self, chunk: &Chunk<'_>, first: usize) {
        let hidden = &mut self.gates[self.input_count..self.first_output];
        for (gates, activations) in hidden.iter_mut().zip(chunk.units.chunks_exact(chunk.padded)) {
            for (gate, &activation) in gates.iter_mut().zip(&activations[first..]) {
                *gate = if activation > 0.0 { 1.0 } else { 0.0 };
            }
        }
    }

    /// Adds the magnitudes of the slopes by the inputs to `sums`, `(outputs, inputs)`, for the first `count` samples.
    fn add(&mut self, sums: &mut [f64], count: usize) {
        for (output, sums) in sums.chunks_exact_mut(self.input_count).enumerate() {
            self.values.fill([0.0; LANES]);
            self.values[self.first_output + output] = [1.0; LANES];
            for (&[from, to], &weight) in self.graph.ends.iter().zip(&self.weights).rev() {
                let (gates, slopes) = (&self.gates[to as usize], self.values[to as usize]);
                let below = &mut self.values[from as usize];
                for lane in 0..LANES {
                    below[lane] += weight * (gates[lane] * slopes[lane]);
                }
            }
            for (sum, slopes) in sums.iter_mut().zip(&self.values) {
                for slope in &slopes[..count] {
                    *sum += slope.abs();
                }
            }
        }
    }
}
