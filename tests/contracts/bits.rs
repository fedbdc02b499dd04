//! Checks that the same seed gives the same bits, whatever the lanes are made of, whatever the chunk, dense or sparse, built for speed or not.

use tombola::lanes::{Kernel, LANES, Lanes, Portable};
use tombola::math::{exp, ln, ln_1p};
use tombola::random::{Normal, Purpose, stream};
use tombola::{BatchMemory, Mlp, Samples, Task, TaskScore};
use tombola_firmware::founding::TASKS;
use tombola_host::machine::Machine;

use crate::random::Random;
use crate::support::{
    NET, Padded, Parts, Record, SAMPLES, as_tasks, bits, plan, plans, run, run_dense, run_on,
};

/// Lanes as a machine with vectors of eight has them.
#[derive(Clone, Copy)]
struct Halves {
    low: [f32; 8],
    high: [f32; 8],
}

impl Halves {
    fn zip(self, other: Self, op: impl Fn(f32, f32) -> f32) -> Self {
        Self {
            low: core::array::from_fn(|lane| op(self.low[lane], other.low[lane])),
            high: core::array::from_fn(|lane| op(self.high[lane], other.high[lane])),
        }
    }
}

impl Lanes for Halves {
    const REGISTERS: usize = 8;

    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    fn splat(value: f32) -> Self {
        Self {
            low: [value; 8],
            high: [value; 8],
        }
    }

    fn load(from: &[f32; LANES]) -> Self {
        Self {
            low: core::array::from_fn(|lane| from[lane]),
            high: core::array::from_fn(|lane| from[lane + 8]),
        }
    }

    fn store(self, to: &mut [f32; LANES]) {
        to[..8].copy_from_slice(&self.low);
        to[8..].copy_from_slice(&self.high);
    }

    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    fn relu(self) -> Self {
        self.zip(self, |z, _| if z < 0.0 { 0.0 } else { z })
    }

    fn where_positive(self, gate: Self) -> Self {
        self.zip(gate, |value, gate| if gate > 0.0 { value } else { 0.0 })
    }

    /// Folds the vectors one by one: the halves into each other, then what is left in halves again.
    fn fold(vectors: [Self; 4]) -> [f32; 4] {
        vectors.map(|Self { low, high }| {
            let eight: [f32; 8] = core::array::from_fn(|lane| low[lane] + high[lane]);
            let four: [f32; 4] = core::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
            let two = [four[0] + four[2], four[1] + four[3]];
            two[0] + two[1]
        })
    }
}

/// Lanes as a machine without vectors has them, the fold spelled out; with registers for so many vectors, if it had any.
#[derive(Clone, Copy)]
struct OneByOne<const REGISTERS: usize>([f32; LANES]);

impl<const REGISTERS: usize> Lanes for OneByOne<REGISTERS> {
    const REGISTERS: usize = REGISTERS;

    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }

    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }

    fn add(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a += b;
        }
        self
    }

    fn mul(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a *= b;
        }
        self
    }

    fn relu(mut self) -> Self {
        self.0.iter_mut().filter(|z| **z < 0.0).for_each(|z| *z = 0.0);
        self
    }

    fn where_positive(mut self, gate: Self) -> Self {
        for (value, gate) in self.0.iter_mut().zip(gate.0) {
            let open = gate.partial_cmp(&0.0).is_some_and(core::cmp::Ordering::is_gt);
            *value = if open { *value } else { 0.0 };
        }
        self
    }

    fn fold(vectors: [Self; 4]) -> [f32; 4] {
        vectors.map(|Self(v)| {
            let quarter = |lane: usize| (v[lane] + v[lane + 8]) + (v[lane + 4] + v[lane + 12]);
            (quarter(0) + quarter(2)) + (quarter(1) + quarter(3))
        })
    }
}

#[test]
fn whole_lotteries_are_the_same_on_all_lanes_with_compressed_layers_and_without() {
    let parts = Parts::draw(1, SAMPLES);
    let machines = Machine::available();
    assert_eq!(machines.last(), Some(&Machine::Portable));
    for plan in plans() {
        let portable = run::<Portable>(plan, &parts);
        let same = |how: &str, records: Vec<Record>| assert_eq!(portable, records, "{how}: {plan:?}");
        same("halves", run::<Halves>(plan, &parts));
        same("one by one", run::<OneByOne<32>>(plan, &parts));
        same("no registers", run::<OneByOne<0>>(plan, &parts));
        same("dense", run_dense::<Portable>(plan, &parts));
        same("dense, one by one", run_dense::<OneByOne<32>>(plan, &parts));
        same("dense, no registers", run_dense::<OneByOne<0>>(plan, &parts));
        for &machine in &machines {
            same(machine.name(), run_on(machine, plan, &parts));
        }
    }
}

#[test]
fn a_lottery_gives_the_pinned_bits() {
    // On every machine, in every profile. A change here changes every result ever published: make it on purpose, in
    // a commit that says why, or not at all.
    let mut digest = Fnv::default();
    for plan in plans() {
        for record in run::<Portable>(plan, &Parts::draw(2, SAMPLES)) {
            digest.update(&record.params);
            digest.update(&record.losses);
        }
    }
    assert_eq!(digest.0, 0xd732_ad7e_c94a_e35f, "{:#018x}", digest.0);
}

#[test]
fn another_seed_gives_other_bits() {
    let parts = Parts::draw(2, SAMPLES);
    let mut other = plan();
    other.network_seed.seed += 1;
    other.training_seed.seed += 1;
    assert_ne!(run::<Portable>(plan(), &parts), run::<Portable>(other, &parts));
    assert_ne!(parts.inputs, Parts::draw(3, SAMPLES).inputs);
}

/// Fowler, Noll and Vo's hash, 1a with 64 bits.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn update(&mut self, words: &[u32]) {
        for byte in words.iter().flat_map(|word| word.to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[test]
fn sparse_rows_give_the_bits_of_dense_ones() {
    (0..80).for_each(check_sparse);
}

/// The core, which visits every weight, against the arithmetic contract written out, which visits the survivors.
fn check_sparse(seed: u64) {
    let random = Random::of_any_shape(seed, 40, 100);
    let (net, tasks) = (random.net(), as_tasks(&random.tasks));
    let (loss, grads) = random.gradient();
    let (sparse_loss, sparse_grads) = written_out(net, &random, &tasks);
    assert_eq!(loss.to_bits(), sparse_loss.to_bits(), "seed {seed}");
    for (index, (dense, sparse)) in grads.iter().zip(&sparse_grads).enumerate() {
        if index >= net.weight_count() || random.survives[index] {
            let bits = [dense, sparse].map(|grad| grad.to_bits());
            assert_eq!(bits[0], bits[1], "seed {seed}, parameter {index}");
        }
    }
}

/// Sums of a batch: sample `s` in lane `s mod 16`, then folded.
#[derive(Clone, Copy, Default)]
struct Sum([f32; LANES]);

impl Sum {
    fn add(&mut self, sample: usize, value: f32) {
        self.0[sample % 16] += value;
    }

    fn total(self) -> f32 {
        let [total, ..] = OneByOne::<0>::fold([OneByOne(self.0); 4]);
        total
    }
}

/// Loss and gradient, one sample after the other. Pruned weights are skipped, and have no gradient.
fn written_out(net: Mlp<'_>, random: &Random, tasks: &[Task<'_>]) -> (f32, Vec<f32>) {
    let divisor = random.inputs.len() as f32;
    let mut losses = vec![Sum::default(); tasks.len()];
    let mut grads = vec![Sum::default(); net.param_count()];
    let survivors = |start: usize| (start..net.weight_count()).filter(|&weight| random.survives[weight]);
    for (sample, (inputs, classes)) in random.inputs.iter().zip(&random.classes).enumerate() {
        let mut fed = vec![inputs.clone()];
        for (index, layer) in net.layers().enumerate() {
            let biases = random.params[layer.biases.clone()].iter();
            let mut outputs: Vec<f32> = biases.map(|b| b + 0.0).collect();
            for weight in survivors(layer.weights.start).take_while(|&weight| weight < layer.weights.end) {
                let position = weight - layer.weights.start;
                let product = random.params[weight] * fed[index][position % layer.fan_in];
                outputs[position / layer.fan_in] += product;
            }
            if index + 1 < net.layer_count() {
                for z in &mut outputs {
                    *z = if *z < 0.0 { 0.0 } else { *z };
                }
            }
            fed.push(outputs);
        }
        let logits = fed.pop().expect("a network has a layer");
        let mut deltas = vec![0.0; logits.len()];
        for ((task, &class), loss) in tasks.iter().zip(classes).zip(&mut losses) {
            loss.add(sample, score(task, &logits, class, divisor, &mut deltas));
        }
        for (index, layer) in net.layers().enumerate().rev() {
            for (bias, &delta) in layer.biases.clone().zip(&deltas) {
                grads[bias].add(sample, delta);
            }
            let mut below = vec![0.0; layer.fan_in];
            for weight in survivors(layer.weights.start).take_while(|&weight| weight < layer.weights.end) {
                let position = weight - layer.weights.start;
                let (o, i) = (position / layer.fan_in, position % layer.fan_in);
                grads[weight].add(sample, deltas[o] * fed[index][i]);
                below[i] += random.params[weight] * deltas[o];
            }
            for (delta, &activation) in below.iter_mut().zip(&fed[index]) {
                *delta = if activation > 0.0 { *delta } else { 0.0 };
            }
            deltas = below;
        }
    }
    let losses = losses.into_iter().map(|loss| loss.total() / divisor);
    let loss = losses.fold(0.0, |total, loss| total + loss);
    (loss, grads.into_iter().map(Sum::total).collect())
}

/// The loss of one task on one sample; writes the deltas of its logits.
fn score(task: &Task<'_>, logits: &[f32], class: u16, divisor: f32, deltas: &mut [f32]) -> f32 {
    if let &[output] = task.outputs {
        let (z, y) = (logits[output], f32::from(class));
        let e = exp(-z.abs());
        let probability = if z < 0.0 { e } else { 1.0 } / (1.0 + e);
        deltas[output] = (probability - y) / divisor;
        return if z < 0.0 { 0.0 } else { z } - z * y + ln_1p(e);
    }
    let own = || task.outputs.iter().map(|&output| logits[output]);
    let greatest = own().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = own().map(|logit| exp(logit - greatest)).collect();
    let sum = powers.iter().fold(0.0, |sum, power| sum + power);
    for (index, (&output, power)) in task.outputs.iter().zip(&powers).enumerate() {
        let hit = if index == usize::from(class) { 1.0 } else { 0.0 };
        deltas[output] = (power / sum - hit) / divisor;
    }
    ln(sum) - (logits[task.outputs[usize::from(class)]] - greatest)
}

#[test]
fn a_bias_of_minus_zero_is_one_of_plus_zero() {
    let (mut workspace, mut rng) = ([f32::NAN; NET.workspace_len(20)], stream(9, Purpose::Weights));
    let rows: Vec<Vec<f32>> = (0..20).map(|row| vec![-0.0, 0.0, row as f32, -1.0]).collect();
    let batch = Padded::new(&rows, &vec![vec![0, 1]; 20]);
    let mut params = vec![0.0; NET.param_count()];
    // Many zeros of both signs, so that sums of nothing but zeros are there.
    let mut normal = Normal::default();
    for (index, param) in params[..NET.weight_count()].iter_mut().enumerate() {
        let is_zero = index % 3 != 0;
        *param = if is_zero { -0.0 } else { normal.draw(&mut rng) };
    }
    let mut results = vec![];
    for bias in [0.0, -0.0] {
        params[NET.weight_count()..].fill(bias);
        let logits = NET.forward::<Portable>(&params, &batch.inputs, 20, &mut workspace);
        let mut result = bits(logits);
        let mut grads = vec![f32::NAN; NET.param_count()];
        let loss = NET.gradient::<Portable>(&params, batch.lend(&TASKS), &mut workspace, &mut grads);
        result.extend(bits(&grads));
        result.push(loss.to_bits());
        results.push(result);
    }
    assert_eq!(results[0], results[1]);

    params.fill(-0.0);
    let logits = NET.forward::<Portable>(&params, &vec![1.0; NET.batch_len(20)], 20, &mut workspace);
    assert!(logits.iter().all(|logit| logit.to_bits() == 0));
}

#[test]
fn evaluation_is_one_batch_whatever_the_chunk() {
    check_chunks(&[&[0, 1], &[2, 3]], &[&[0], &[1]]);
    check_chunks(&[&[3, 0], &[2, 1]], &[&[1], &[2, 0]]);
    check_chunks(&[&[0, 1, 2, 3]], &[&[2, 0, 1]]);
}

fn check_chunks(inputs: &[&[usize]], outputs: &[&[usize]]) {
    let tasks = inputs.iter().zip(outputs);
    let tasks: Vec<Task<'_>> = tasks
        .map(|(inputs, outputs)| Task {
            inputs,
            outputs,
            weight: Task::ALIKE,
        })
        .collect();
    let widths = [4, 9, outputs.iter().map(|outputs| outputs.len()).sum()];
    let net = Mlp::new(&widths);
    for sample_count in [1, 15, 16, 17, 237] {
        let mut rng = stream(sample_count as u64, Purpose::Weights);
        let mut normal = Normal::default();
        let mut params = vec![0.0; net.param_count()];
        params.fill_with(|| normal.draw(&mut rng));
        let mut draw_row = || (0..4).map(|_| normal.draw(&mut rng)).collect();
        let rows: Vec<Vec<f32>> = (0..sample_count).map(|_| draw_row()).collect();
        let class = |sample: usize, task: &Task<'_>| (sample % task.class_count()) as u16;
        let draw_row = |sample| tasks.iter().map(|task| class(sample, task)).collect();
        let classes: Vec<Vec<u16>> = (0..sample_count).map(draw_row).collect();
        let (flat, flat_classes) = (rows.concat(), classes.concat());
        let samples = Samples::new(&flat, 4, &flat_classes, tasks.len());
        let at_once = Padded::new(&rows, &classes);
        let mut grads = vec![0.0; net.param_count()];
        let mut workspace = vec![0.0; net.workspace_len(sample_count)];
        let loss = net.gradient::<Portable>(&params, at_once.lend(&tasks), &mut workspace, &mut grads);
        let mut first: Option<Vec<TaskScore>> = None;
        for batch in [1, 16, 40, 96, 237, 1000] {
            let mut floats = vec![f32::NAN; BatchMemory::float_count(net, tasks.len(), batch)];
            let mut words = vec![u32::MAX; BatchMemory::word_count(tasks.len(), batch)];
            let mut memory = BatchMemory::new(net, tasks.len(), batch, &mut floats, &mut words);
            let evaluated = net.evaluate::<Portable>(&params, samples, &tasks, &mut memory);
            let scores: Vec<TaskScore> = (0..tasks.len()).map(|task| memory.score(task)).collect();
            let bits = [evaluated, loss].map(f32::to_bits);
            assert_eq!(bits[0], bits[1], "{sample_count} samples by {batch}");
            assert_eq!(first.get_or_insert_with(|| scores.clone()), &scores);
        }
    }
}
