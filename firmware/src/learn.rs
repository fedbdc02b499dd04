//! Trains the surviving weights of a ticket from where they stand, on labelled samples that arrive one by one.
//!
//! The arithmetic is the core's: an epoch has the bits of the same epoch of `tombola train`, in the same order of samples.
//! Who calls owns the memory. The program `learn` takes its samples from the host; a program of one's own gives a
//! [`Pupil`] the readings of its sensors.

use tombola::digest::of_floats;
use tombola::lanes::{Lanes, padded};
use tombola::random::{Purpose, shuffle, stream};
use tombola::{Batch, Mask, Mlp, Optimizer, Packing, Task, Training};

use crate::stream::lesson::Refused;

/// What is learned, and how.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// The network.
    pub net: Mlp<'a>,
    /// Its tasks, which partition the outputs.
    pub tasks: &'a [Task<'a>],
    /// How it is trained; epochs and patience are who calls' to count.
    pub training: Training,
    /// Whose streams the order of samples is drawn from.
    pub seed: u64,
    /// Samples that there is room for.
    pub capacity: usize,
    /// Parameters that are stored while an epoch is trained: [`Packing::param_count`].
    pub stored: usize,
    /// How raw inputs become the network's: shift and scale of each, if they do.
    pub normalization: Option<[&'a [f32]; 2]>,
}

impl Lesson<'_> {
    /// Length of the floats that [`Pupil::new`] takes.
    pub const fn float_count(&self) -> usize {
        let lens = self.float_lens();
        lens[0] + lens[1] + lens[2] + lens[3] + lens[4] + lens[5]
    }

    /// Length of the words that [`Pupil::new`] takes.
    pub const fn word_count(&self) -> usize {
        let lens = self.word_lens();
        lens[0] + lens[1] + lens[2] + lens[3] + lens[4]
    }

    /// Bytes of RAM that learning takes, beside the stack and what a program has else.
    pub const fn bytes(&self) -> usize {
        4 * (self.float_count() + self.word_count())
    }

    const fn batch(&self) -> usize {
        if self.training.batch < self.capacity {
            self.training.batch
        } else {
            self.capacity
        }
    }

    /// Of parameters, gradients, the optimizer's state, a batch's inputs and units, and all samples.
    const fn float_lens(&self) -> [usize; 6] {
        [
            self.net.param_count(),
            self.stored,
            self.training.rule.state_len(self.stored),
            self.net.batch_len(self.batch()),
            self.net.workspace_len(self.batch()),
            self.capacity * self.net.input_count(),
        ]
    }

    /// Of the mask, the index of compressed layers, a batch's classes, the order of samples, and their classes.
    const fn word_lens(&self) -> [usize; 5] {
        [
            self.net.mask_len(),
            Packing::index_len(self.net),
            self.tasks.len() * padded(self.batch()),
            self.capacity,
            self.capacity * self.tasks.len(),
        ]
    }
}

/// A ticket that learns.
#[derive(Debug)]
pub struct Pupil<'a> {
    lesson: Lesson<'a>,
    mask: Mask<'a>,
    packing: Packing<'a>,
    /// Of the whole network, between epochs.
    params: &'a mut [f32],
    grads: &'a mut [f32],
    optimizer: Optimizer<'a>,
    /// A batch.
    inputs: &'a mut [f32],
    classes: &'a mut [u32],
    workspace: &'a mut [f32],
    order: &'a mut [u32],
    /// `(samples, inputs)`, normalized, and `(samples, tasks)`.
    sample_inputs: &'a mut [f32],
    sample_classes: &'a mut [u32],
    taken: usize,
    epochs: u32,
    has_diverged: bool,
}

impl<'a> Pupil<'a> {
    /// A ticket whose mask is `survives`, with the values of its surviving weights, then of all biases.
    ///
    /// # Panics
    /// If a slice is shorter than the lesson says, there are fewer values, or `stored` is another number than the mask's.
    pub fn new(
        lesson: Lesson<'a>,
        survives: impl FnMut(usize) -> bool,
        mut values: impl Iterator<Item = f32>,
        floats: &'a mut [f32],
        words: &'a mut [u32],
    ) -> Self {
        let Lesson { net, training, .. } = lesson;
        let [params, grads, state, inputs, workspace, sample_inputs] = carve(floats, lesson.float_lens());
        let [bits, index, classes, order, sample_classes] = carve(words, lesson.word_lens());
        let mask = Mask::from_fn(net, bits, survives);
        for (place, param) in params.iter_mut().enumerate() {
            let is_there = net.weight_count() <= place || mask.survives(place);
            *param = if is_there {
                values.next().expect("a value for each")
            } else {
                0.0
            };
        }
        // The bits are the same whatever is compressed; what is, must be so on every machine for `stored` to be right.
        let packing = Packing::for_batches::<tombola::lanes::Portable>(net, &mask, index, training.batch);
        assert!(packing.param_count() == lesson.stored, "parameters of this mask");
        Self {
            optimizer: Optimizer::new(
                training.rule,
                training.weight_decay,
                packing.weight_count(),
                state,
            )
            .with_l1(training.l1),
            lesson,
            mask,
            packing,
            params,
            grads,
            inputs,
            classes,
            workspace,
            order,
            sample_inputs,
            sample_classes,
            taken: 0,
            epochs: 0,
            has_diverged: false,
        }
    }

    /// Takes a sample: raw inputs, and the class of each task. Returns how many there are now.
    ///
    /// # Errors
    /// Why not.
    ///
    /// # Panics
    /// If there are not as many inputs and classes as the network and its tasks have.
    pub fn take(&mut self, inputs: &[f32], classes: &[u16]) -> Result<usize, Refused> {
        let Lesson {
            net,
            tasks,
            capacity,
            normalization,
            ..
        } = self.lesson;
        assert!(inputs.len() == net.input_count() && classes.len() == tasks.len());
        if self.taken == capacity {
            return Err(Refused::Full);
        }
        let exists = |(task, &class): (&Task<'_>, &u16)| usize::from(class) < task.class_count();
        if !tasks.iter().zip(classes).all(exists) {
            return Err(Refused::NoSuchClass);
        }
        let row = &mut self.sample_inputs[self.taken * inputs.len()..][..inputs.len()];
        for (input, (to, &x)) in row.iter_mut().zip(inputs).enumerate() {
            *to = match normalization {
                Some([shift, scale]) => (x - shift[input]) * scale[input],
                None => x,
            };
        }
        if !row.iter().all(|x| x.is_finite()) {
            return Err(Refused::NotFinite);
        }
        let row = &mut self.sample_classes[self.taken * classes.len()..][..classes.len()];
        for (to, &class) in row.iter_mut().zip(classes) {
            *to = class.into();
        }
        self.taken += 1;
        Ok(self.taken)
    }

    /// Trains one epoch over all samples, shuffled, and returns how many steps that took.
    ///
    /// # Errors
    /// Why not.
    pub fn train_epoch<L: Lanes>(&mut self) -> Result<u32, Refused> {
        if self.has_diverged {
            return Err(Refused::Diverged);
        }
        if self.taken == 0 {
            return Err(Refused::Empty);
        }
        let Lesson { training, seed, .. } = self.lesson;
        for (entry, sample) in self.order[..self.taken].iter_mut().zip(0..) {
            *entry = sample;
        }
        let purpose = Purpose::Order {
            level: 0,
            epoch: self.epochs,
        };
        shuffle(&mut self.order[..self.taken], &mut stream(seed, purpose));
        self.packing.pack(&self.mask, self.params);
        let (mut start, mut steps) = (0, 0);
        while start < self.taken {
            let end = self.taken.min(start + training.batch);
            self.step::<L>(start, end);
            (start, steps) = (end, steps + 1);
        }
        self.packing.unpack(&self.mask, self.params);
        self.epochs += 1;
        if self.has_diverged || !self.params.iter().all(|param| param.is_finite()) {
            self.has_diverged = true;
            return Err(Refused::Diverged);
        }
        Ok(steps)
    }

    /// A step on the samples that the order has from `start` to `end`.
    fn step<L: Lanes>(&mut self, start: usize, end: usize) {
        let Lesson { net, tasks, .. } = self.lesson;
        let (sample_count, stored) = (end - start, self.packing.param_count());
        let padded = padded(sample_count);
        let inputs = &mut self.inputs[..net.batch_len(sample_count)];
        let classes = &mut self.classes[..tasks.len() * padded];
        inputs.fill(0.0);
        classes.fill(0);
        for (place, &sample) in self.order[start..end].iter().enumerate() {
            let sample = sample as usize;
            let row = &self.sample_inputs[sample * net.input_count()..][..net.input_count()];
            for (input, &x) in row.iter().enumerate() {
                inputs[input * padded + place] = x;
            }
            let row = &self.sample_classes[sample * tasks.len()..][..tasks.len()];
            for (task, &class) in row.iter().enumerate() {
                classes[task * padded + place] = class;
            }
        }
        let batch = Batch {
            inputs,
            classes,
            sample_count,
            tasks,
        };
        let (params, grads) = (&mut self.params[..stored], &mut *self.grads);
        let loss = self.packing.gradient::<L>(params, batch, self.workspace, grads);
        self.has_diverged |= !loss.is_finite();
        self.packing.mask_dense_layers::<L>(&self.mask, grads);
        self.optimizer.step::<L>(params, grads);
    }

    /// How many samples it has.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// How many epochs it has been trained.
    pub fn epochs(&self) -> u32 {
        self.epochs
    }

    /// Its parameters, pruned ones as +0.0.
    pub fn params(&self) -> &[f32] {
        self.params
    }

    /// One number for them all.
    pub fn digest(&self) -> u64 {
        of_floats(self.params)
    }

    /// Its mask.
    pub fn mask(&self) -> &Mask<'a> {
        &self.mask
    }
}

/// The parts of `slice`, of these lengths.
fn carve<T, const N: usize>(mut slice: &mut [T], lens: [usize; N]) -> [&mut [T]; N] {
    lens.map(|len| {
        let (part, rest) = core::mem::take(&mut slice).split_at_mut(len);
        slice = rest;
        part
    })
}
