//! Kernels for large and small layers, wide and narrow registers, whole and broken strips: every way to pack a network
//! gives the gradient of the plain one, on every vector unit, bit by bit.

use tombola::lanes::{Kernel, LANES, Lanes, Portable};
use tombola::random::{Normal, Purpose, stream, uniform};
use tombola::{Mlp, Packing, Task};
use tombola_host::machine::Machine;

use crate::support::{Padded, bits, mask};

/// Layers that start anywhere in a word of the mask; more inputs than a panel holds; one output more than a tile.
const NET: Mlp<'static> = Mlp::new(&[5, 17, 130, 33, 3]);
const TASKS: [Task<'static>; 2] = [
    Task {
        inputs: &[0, 1],
        outputs: &[0],
        weight: Task::ALIKE,
    },
    Task {
        inputs: &[2, 3, 4],
        outputs: &[1, 2],
        weight: Task::ALIKE,
    },
];
/// Share of weights that survive in each layer: dense beside compressed in every order, full, and too dense for any rule.
const DENSITIES: [[f32; 4]; 5] = [
    [1.0, 1.0, 1.0, 1.0],
    [0.3, 0.2, 0.1, 0.5],
    [1.0, 0.04, 1.0, 0.3],
    [0.3, 1.0, 0.05, 1.0],
    [0.5, 0.9, 0.5, 0.02],
];
/// One to four blocks, between strips of four, and so large that a layer's inputs are cut up.
const BATCHES: [usize; 7] = [10, 20, 40, 64, 80, 100, 520];

#[derive(Clone, Copy)]
enum Way {
    Flat,
    ByRule,
    Compressed,
}

struct Case {
    params: Vec<f32>,
    survives: Vec<bool>,
    batch: Padded,
}

impl Case {
    fn new(densities: [f32; 4], sample_count: usize) -> Self {
        let mut rng = stream(sample_count as u64, Purpose::Weights);
        let mut normal = Normal::default();
        let mut params: Vec<f32> = (0..NET.param_count())
            .map(|_| 0.3 * normal.draw(&mut rng))
            .collect();
        // A third of the biases is −0.
        let biases = &mut params[NET.weight_count()..];
        biases.iter_mut().step_by(3).for_each(|bias| *bias = -0.0);
        let mut survives = vec![true; NET.weight_count()];
        for (layer, density) in NET.layers().zip(densities) {
            survives[layer.weights].fill_with(|| uniform(&mut rng) < density);
        }
        let mut draw_row = || (0..NET.input_count()).map(|_| normal.draw(&mut rng)).collect();
        let inputs: Vec<Vec<f32>> = (0..sample_count).map(|_| draw_row()).collect();
        let mut draw_classes = || TASKS.map(|_| u16::from(uniform(&mut rng) < 0.5)).to_vec();
        let classes: Vec<Vec<u16>> = (0..sample_count).map(|_| draw_classes()).collect();
        Self {
            params,
            survives,
            batch: Padded::new(&inputs, &classes),
        }
    }

    /// Loss and gradient of the plain network, pruned weights' at +0.0.
    fn expected(&self) -> Vec<u32> {
        let mut memory = vec![];
        let mask = mask(NET, &self.survives, &mut memory);
        let (mut params, mut grads) = (self.params.clone(), vec![f32::NAN; NET.param_count()]);
        mask.apply(&mut params);
        let mut workspace = vec![f32::NAN; NET.workspace_len(self.batch.sample_count)];
        let loss = NET.gradient::<Portable>(&params, self.batch.lend(&TASKS), &mut workspace, &mut grads);
        mask.apply(&mut grads);
        [bits(&grads), vec![loss.to_bits()]].concat()
    }
}

/// The same by way of a packing; how many weights that stores comes with it.
struct Packed<'c> {
    case: &'c Case,
    way: Way,
}

impl Kernel for Packed<'_> {
    type Output = (Vec<u32>, usize);

    fn run<L: Lanes>(self) -> Self::Output {
        let Case {
            params,
            survives,
            batch,
        } = self.case;
        let mut memory = vec![];
        let mask = mask(NET, survives, &mut memory);
        let mut index = vec![u32::MAX; Packing::compressed_index_len(NET)];
        let packing = match self.way {
            Way::Flat => Packing::flat(NET),
            Way::ByRule => {
                index.truncate(Packing::index_len(NET));
                Packing::for_batches::<L>(NET, &mask, &mut index, batch.sample_count)
            }
            Way::Compressed => Packing::compressed(NET, &mask, &mut index),
        };
        // Not masked: packing leaves out what is pruned.
        let mut params = params.clone();
        packing.pack(&mask, &mut params);
        let params = &params[..packing.param_count()];
        let mut workspace = vec![f32::NAN; NET.workspace_len(batch.sample_count)];
        let mut grads = vec![f32::NAN; NET.param_count()];
        let packed = &mut grads[..packing.param_count()];
        let loss = packing.gradient::<L>(params, batch.lend(&TASKS), &mut workspace, packed);
        packing.mask_dense_layers::<L>(&mask, packed);
        packing.unpack(&mask, &mut grads);
        mask.apply(&mut grads);
        let inactive = inactive_params(survives);
        let result = grads.iter().zip(inactive).map(|(&grad, is_inactive)| {
            // What is inactive has a gradient of +0.0 however it is packed.
            assert!(
                !is_inactive || grad.to_bits() == 0,
                "an inactive unit's gradient is {grad:e}"
            );
            grad.to_bits()
        });
        let result = result.chain([loss.to_bits()]).collect();
        (result, packing.weight_count())
    }
}

/// For each parameter, whether it belongs to a unit from which no path leads to an output.
fn inactive_params(survives: &[bool]) -> Vec<bool> {
    let mut inactive = vec![false; NET.param_count()];
    let mut above = vec![true; NET.output_count()];
    for layer in NET.layers().rev() {
        for (output, row) in layer.weights.clone().step_by(layer.fan_in).enumerate() {
            inactive[row..row + layer.fan_in].fill(!above[output]);
            inactive[layer.biases.start + output] = !above[output];
        }
        above = (0..layer.fan_in)
            .map(|input| {
                (0..layer.fan_out).any(|output| {
                    above[output] && survives[layer.weights.start + output * layer.fan_in + input]
                })
            })
            .collect();
    }
    inactive
}

#[test]
fn every_way_to_pack_gives_the_plain_gradient() {
    let mut stored = vec![];
    for densities in DENSITIES {
        for batch in BATCHES {
            let case = Case::new(densities, batch);
            let expected = case.expected();
            for machine in Machine::available() {
                for way in [Way::Flat, Way::ByRule, Way::Compressed] {
                    let (answer, weights) = machine.run(Packed { case: &case, way });
                    assert!(
                        answer == expected,
                        "{densities:?}, batch {batch}, {}",
                        machine.name()
                    );
                    let survivors = case.survives.iter().filter(|&&survives| survives).count();
                    match way {
                        Way::Flat => assert_eq!(weights, NET.weight_count()),
                        Way::Compressed => assert_eq!(weights, survivors),
                        Way::ByRule => stored.push((survivors, weights)),
                    }
                }
            }
        }
    }
    // The rule compresses some layers of some of these and not others, or nothing was compared.
    assert!(
        stored
            .iter()
            .any(|&(survivors, weights)| survivors < weights && weights < NET.weight_count())
    );
}

/// What lanes answer to awkward numbers.
struct Operations;

impl Kernel for Operations {
    type Output = Vec<u32>;

    fn run<L: Lanes>(self) -> Vec<u32> {
        let values = [
            0.0,
            -0.0,
            1e-45,
            -1e-45,
            f32::MIN_POSITIVE,
            1.0,
            -1.5,
            16_777_216.0,
            -16_777_217.0,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ];
        let mut results = vec![];
        let mut keep = |lanes: L| {
            let mut out = [0.0; LANES];
            lanes.store(&mut out);
            // Which NaN it is, no contract says.
            results.extend(out.map(|value| if value.is_nan() { u32::MAX } else { value.to_bits() }));
        };
        // Every value meets every other in every lane.
        for shift in 0..values.len() {
            let at = |start: usize| -> [f32; LANES] {
                std::array::from_fn(|lane| values[(lane + start) % values.len()])
            };
            let (x, y) = (L::load(&at(0)), L::load(&at(shift)));
            for lanes in [
                x.add(y),
                x.mul(y),
                x.relu(),
                x.where_positive(y),
                L::splat(values[shift]),
            ] {
                keep(lanes);
            }
        }
        let rows: [[f32; 4]; LANES] =
            std::array::from_fn(|row| std::array::from_fn(|column| (4 * row + column) as f32));
        for (column, vector) in L::transpose(rows.each_ref()).into_iter().enumerate() {
            let expected: [f32; LANES] = std::array::from_fn(|row| rows[row][column]);
            let mut lanes = [0.0; LANES];
            vector.store(&mut lanes);
            assert_eq!(lanes, expected);
        }
        for len in 0..=LANES {
            let mut room = [-1.0; LANES + 1];
            L::load(&std::array::from_fn(|lane| lane as f32)).store_first(&mut room[..len]);
            let expected = |at: usize| if at < len { at as f32 } else { -1.0 };
            assert_eq!(room, std::array::from_fn(expected), "the first {len}");
        }
        // Sums in which the order shows: each power of two swallows some of the lesser ones.
        let vectors: [L; LANES] = std::array::from_fn(|vector| {
            L::load(&std::array::from_fn(|lane| {
                let power = (lane * 5 + vector * 3) % 29;
                (1 << power) as f32 * if (lane + vector) % 3 == 0 { -1.0 } else { 1.0 } + 0.3
            }))
        });
        keep(L::fold_all(&vectors));
        let fours = vectors.as_chunks::<4>().0.iter().flat_map(|&four| L::fold(four));
        keep(L::load(&fours.collect::<Vec<_>>().try_into().expect("16 sums")));
        results
    }
}

#[test]
fn lanes_agree_on_zeros_infinities_and_what_is_not_a_number() {
    let expected = Portable::run(Operations);
    let (all, fours) = expected[expected.len() - 2 * LANES..].split_at(LANES);
    assert_eq!(all, fours, "sixteen at once are four times four");
    for machine in Machine::available() {
        assert_eq!(machine.run(Operations), expected, "{}", machine.name());
    }
}
