//! A network that is asked gives the bits of the plain dense forward pass: batch by batch or sample by sample, on every
//! vector unit, whatever was pruned and however its layers are stored.

use tombola::lanes::{Kernel, Lanes, Portable, padded};
use tombola::random::{Normal, Purpose, stream, uniform};
use tombola::{BatchPredictor, Mask, Mlp, Packing, SamplePredictor};
use tombola_host::machine::Machine;

use crate::support::bits;

/// Widths on either side of 16 and 64 lanes, one unit wide, and one layer deep.
const NETS: [&[usize]; 6] = [
    &[4, 32, 32, 2],
    &[1, 1, 1],
    &[5, 17, 1, 33, 3],
    &[3, 2],
    &[2, 80, 70, 16],
    &[16, 130, 5],
];
const DENSITIES: [f32; 6] = [1.0, 0.7, 0.4, 0.15, 0.03, 0.0];
const BATCHES: [usize; 5] = [1, 16, 40, 64, 100];

/// A network with some of its weights, and biases that are not zero, so that zombies speak.
struct Case {
    net: Mlp<'static>,
    mask: Vec<u32>,
    params: Vec<f32>,
    samples: Vec<Vec<f32>>,
}

impl Case {
    fn new(widths: &'static [usize], density: f32) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(3, Purpose::Weights);
        let mut normal = Normal::default();
        let mut params: Vec<f32> = (0..net.param_count()).map(|_| normal.draw(&mut rng)).collect();
        let mut mask = vec![0; net.mask_len()];
        Mask::from_fn(net, &mut mask, |_| uniform(&mut rng) < density).apply(&mut params);
        let samples = (0..100)
            .map(|_| (0..net.input_count()).map(|_| normal.draw(&mut rng)).collect())
            .collect();
        Self {
            net,
            mask,
            params,
            samples,
        }
    }

    /// The mask, in memory of its own.
    fn mask<'b>(&self, memory: &'b mut Vec<u32>) -> Mask<'b> {
        memory.clone_from(&self.mask);
        let given = self.mask.clone();
        Mask::from_fn(self.net, memory, |weight| {
            given[weight / 32] >> (weight % 32) & 1 == 1
        })
    }

    /// The first `count` samples as a batch.
    fn batch(&self, count: usize) -> Vec<f32> {
        let stride = padded(count);
        let mut inputs = vec![0.0; self.net.batch_len(count)];
        for (sample, values) in self.samples[..count].iter().enumerate() {
            for (input, value) in values.iter().enumerate() {
                inputs[input * stride + sample] = *value;
            }
        }
        inputs
    }

    /// What the plain dense pass says, sample by sample.
    fn expected(&self) -> Vec<Vec<u32>> {
        let count = self.samples.len();
        let mut workspace = vec![0.0; self.net.workspace_len(count)];
        let logits = self
            .net
            .forward::<Portable>(&self.params, &self.batch(count), count, &mut workspace);
        (0..count)
            .map(|sample| column(logits, padded(count), sample))
            .collect()
    }
}

/// One sample's logits of a batch.
fn column(logits: &[f32], stride: usize, sample: usize) -> Vec<u32> {
    logits
        .chunks_exact(stride)
        .map(|output| output[sample].to_bits())
        .collect()
}

/// Asks in batches; `index` says whether layers may be compressed.
struct InBatches<'c> {
    case: &'c Case,
    batch: usize,
    index: bool,
}

impl Kernel for InBatches<'_> {
    type Output = Vec<Vec<u32>>;

    fn run<L: Lanes>(self) -> Vec<Vec<u32>> {
        let Case { net, params, .. } = self.case;
        let (mut params, mut memory) = (params.clone(), vec![]);
        let mask = self.case.mask(&mut memory);
        let mut index = vec![u32::MAX; if self.index { Packing::index_len(*net) } else { 0 }];
        let predictor = BatchPredictor::new::<L>(*net, &mask, &mut params, &mut index, self.batch);
        let mut workspace = vec![f32::NAN; net.workspace_len(self.batch)];
        let logits = predictor.logits::<L>(&self.case.batch(self.batch), self.batch, &mut workspace);
        (0..self.batch)
            .map(|sample| column(logits, padded(self.batch), sample))
            .collect()
    }
}

/// Asks sample by sample.
struct OneByOne<'c> {
    case: &'c Case,
    index: bool,
}

impl Kernel for OneByOne<'_> {
    type Output = Vec<Vec<u32>>;

    fn run<L: Lanes>(self) -> Vec<Vec<u32>> {
        let Case {
            net, params, samples, ..
        } = self.case;
        let (mut params, mut memory) = (params.clone(), vec![]);
        let mask = self.case.mask(&mut memory);
        let mut index = vec![u32::MAX; if self.index { Packing::index_len(*net) } else { 0 }];
        let mut columns = vec![f32::NAN; SamplePredictor::columns_len(*net)];
        let predictor = SamplePredictor::new::<L>(*net, &mask, &mut params, &mut index, &mut columns);
        let mut units = vec![f32::NAN; SamplePredictor::units_len(*net)];
        let answer = |sample: &Vec<f32>| bits(predictor.logits::<L>(sample, &mut units));
        samples.iter().map(answer).collect()
    }
}

#[test]
fn every_way_to_ask_gives_the_bits_of_the_dense_pass() {
    for widths in NETS {
        for density in DENSITIES {
            let case = Case::new(widths, density);
            let expected = case.expected();
            for machine in Machine::available() {
                for index in [true, false] {
                    let context = format!("{widths:?} at {density} on {}, {index}", machine.name());
                    let case = &case;
                    assert_eq!(machine.run(OneByOne { case, index }), expected, "{context}");
                    for batch in BATCHES {
                        let answers = machine.run(InBatches { case, batch, index });
                        assert_eq!(answers, expected[..batch], "{context}, batch {batch}");
                    }
                }
            }
        }
    }
}
