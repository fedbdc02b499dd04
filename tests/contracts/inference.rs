//! Predictors give the bits of the plain dense forward pass: batch by batch or sample by sample, on every vector unit,
//! whatever was pruned and however the layers are stored.

use tombola::lanes::{Kernel, Lanes, Portable, padded};
use tombola::random::{Normal, Purpose, stream, uniform};
use tombola::{BatchPredictor, Mlp, Packing, SamplePredictor};
use tombola_host::machine::Machine;

use crate::support::{bits, mask, transposed};

/// Widths on either side of 16 and 64 lanes, one unit wide, and one layer deep.
const NETS: [&[usize]; 7] = [
    &[4, 32, 32, 2],
    &[1, 1, 1],
    &[5, 17, 1, 33, 3],
    &[3, 2],
    &[2, 80, 70, 16],
    &[16, 130, 5],
    &[70, 33, 64, 3],
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

/// Which layers are compressed.
#[derive(Clone, Copy, Debug)]
enum Compressed {
    None,
    ByRule,
    All,
}

/// Logits by way of a predictor.
struct Predict<'c> {
    case: &'c Case,
    compressed: Compressed,
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
        let len = match self.compressed {
            Compressed::None => 0,
            Compressed::ByRule => Packing::index_len(net),
            Compressed::All => Packing::compressed_index_len(net),
        };
        let mut index = vec![u32::MAX; len];
        let all = matches!(self.compressed, Compressed::All);
        if let Some(batch) = self.batch {
            let predictor = if all {
                BatchPredictor::packed(Packing::compressed(net, &mask, &mut index), &mask, &mut params)
            } else {
                BatchPredictor::new::<L>(net, &mask, &mut params, &mut index, batch)
            };
            let mut workspace = vec![f32::NAN; net.workspace_len(batch)];
            let inputs = transposed(&samples[..batch]);
            return by_sample(predictor.logits::<L>(&inputs, batch, &mut workspace), batch);
        }
        let mut columns = vec![f32::NAN; SamplePredictor::columns_len(net)];
        let predictor = if all {
            let packing = Packing::compressed(net, &mask, &mut index);
            SamplePredictor::packed(packing, &mask, &mut params, &mut columns)
        } else {
            SamplePredictor::new::<L>(net, &mask, &mut params, &mut index, &mut columns)
        };
        let mut units = vec![f32::NAN; SamplePredictor::units_len(net)];
        let logits = |sample: &Vec<f32>| bits(predictor.logits::<L>(sample, &mut units));
        samples.iter().map(logits).collect()
    }
}

/// Asks every predictor on every vector unit.
fn check(case: &Case) {
    let expected = case.expected();
    for machine in Machine::available() {
        for compressed in [Compressed::None, Compressed::ByRule, Compressed::All] {
            for batch in [None].into_iter().chain(BATCHES.map(Some)) {
                let logits = machine.run(Predict {
                    case,
                    compressed,
                    batch,
                });
                let expected = &expected[..batch.unwrap_or(expected.len())];
                let way = (machine.name(), compressed, batch);
                assert_eq!(logits, expected, "{:?}, {way:?}", case.net.widths());
            }
        }
    }
}

#[test]
fn every_predictor_gives_the_bits_of_the_dense_pass() {
    for widths in NETS {
        for density in DENSITIES {
            check(&Case::new(widths, density));
        }
    }
}

#[test]
fn zeros_of_either_sign_and_numbers_next_to_them_change_no_bit() {
    // Products of these are zeros of either sign, too, and biases of −0 start a sum.
    const SMALL: [f32; 8] = [0.0, -0.0, 1e-45, -1e-45, 1e-40, -1e-40, 1e-20, -1e-30];
    for widths in NETS {
        for density in DENSITIES {
            for share in [0.3, 1.0] {
                let mut case = Case::new(widths, density);
                let mut rng = stream(4, Purpose::Weights);
                let weights = case.params.iter_mut().zip(&case.survives);
                let kept = weights.filter_map(|(weight, survives)| survives.then_some(weight));
                let values = kept.chain(case.samples.iter_mut().flatten());
                for value in values {
                    if uniform(&mut rng) < share {
                        *value = SMALL[(uniform(&mut rng) * SMALL.len() as f32) as usize];
                    }
                }
                for bias in &mut case.params[case.net.weight_count()..] {
                    if uniform(&mut rng) < share {
                        *bias = SMALL[(uniform(&mut rng) * SMALL.len() as f32) as usize];
                    }
                }
                check(&case);
            }
        }
    }
}

#[test]
fn wide_layers_of_few_weights_have_the_bits_of_the_dense_pass() {
    for density in [0.3, 0.1, 0.02] {
        check(&Case::new(&[4, 256, 256, 2], density));
    }
}
