//! Predictors give the bits of the plain dense forward pass: batch by batch or sample by sample, on every vector unit,
//! whatever was pruned and however the layers are stored.

use tombola::lanes::{Kernel, Lanes, Portable, padded};
use tombola::random::{Normal, Purpose, stream, uniform};
use tombola::{BatchPredictor, Mlp, Packing, SamplePredictor};
use tombola_host::machine::Machine;

use crate::support::{bits, mask, transposed};

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

/// A network with some of its weights, and biases that are not zero, so that zombies count.
struct Case {
    net: Mlp<'static>,
    survives: Vec<bool>,
    params: Vec<f32>,
    samples: Vec<Vec<f32>>,
}

impl Case {
    fn new(widths: &'static [usize], density: f32) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(3, Purpose::Weights);
        let mut normal = Normal::default();
        let mut params: Vec<f32> = (0..net.param_count()).map(|_| normal.draw(&mut rng)).collect();
        let survives: Vec<bool> = (0..net.weight_count())
            .map(|_| uniform(&mut rng) < density)
            .collect();
        mask(net, &survives, &mut vec![]).apply(&mut params);
        let mut draw_row = || (0..net.input_count()).map(|_| normal.draw(&mut rng)).collect();
        let samples = (0..100).map(|_| draw_row()).collect();
        Self {
            net,
            survives,
            params,
            samples,
        }
    }

    /// What the plain dense pass says, sample by sample.
    fn expected(&self) -> Vec<Vec<u32>> {
        let count = self.samples.len();
        let mut workspace = vec![0.0; self.net.workspace_len(count)];
        let inputs = transposed(&self.samples);
        let logits = self
            .net
            .forward::<Portable>(&self.params, &inputs, count, &mut workspace);
        by_sample(logits, count)
    }
}

/// The logits of a batch, sample by sample.
fn by_sample(logits: &[f32], count: usize) -> Vec<Vec<u32>> {
    let column = |sample: usize| {
        let rows = logits.chunks_exact(padded(count));
        rows.map(|output| output[sample].to_bits()).collect()
    };
    (0..count).map(column).collect()
}

/// Logits by way of a predictor.
struct Predict<'c> {
    case: &'c Case,
    /// Whether layers may be compressed.
    index: bool,
    /// How many samples make a batch; without it, all are predicted one by one.
    batch: Option<usize>,
}

impl Kernel for Predict<'_> {
    type Output = Vec<Vec<u32>>;

    fn run<L: Lanes>(self) -> Vec<Vec<u32>> {
        let &Case {
            net,
            ref survives,
            ref params,
            ref samples,
        } = self.case;
        let (mut params, mut bits_of_mask) = (params.clone(), vec![]);
        let mask = mask(net, survives, &mut bits_of_mask);
        let mut index = vec![u32::MAX; if self.index { Packing::index_len(net) } else { 0 }];
        if let Some(batch) = self.batch {
            let predictor = BatchPredictor::new::<L>(net, &mask, &mut params, &mut index, batch);
            let mut workspace = vec![f32::NAN; net.workspace_len(batch)];
            let inputs = transposed(&samples[..batch]);
            return by_sample(predictor.logits::<L>(&inputs, batch, &mut workspace), batch);
        }
        let mut columns = vec![f32::NAN; SamplePredictor::columns_len(net)];
        let predictor = SamplePredictor::new::<L>(net, &mask, &mut params, &mut index, &mut columns);
        let mut units = vec![f32::NAN; SamplePredictor::units_len(net)];
        let logits = |sample: &Vec<f32>| bits(predictor.logits::<L>(sample, &mut units));
        samples.iter().map(logits).collect()
    }
}

#[test]
fn every_predictor_gives_the_bits_of_the_dense_pass() {
    for widths in NETS {
        for density in DENSITIES {
            let case = &Case::new(widths, density);
            let expected = case.expected();
            for machine in Machine::available() {
                for index in [true, false] {
                    for batch in [None].into_iter().chain(BATCHES.map(Some)) {
                        let logits = machine.run(Predict { case, index, batch });
                        let expected = &expected[..batch.unwrap_or(expected.len())];
                        let way = (machine.name(), index, batch);
                        assert_eq!(logits, expected, "{widths:?} at {density}, {way:?}");
                    }
                }
            }
        }
    }
}
