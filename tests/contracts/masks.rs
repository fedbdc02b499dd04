//! A pruned weight is exactly +0.0 whenever anyone can look, and a lottery written out by hand from the core's parts,
//! or taken up again at any level, is the same lottery.

use rand_core::Rng;
use tombola::lanes::Portable;
use tombola::random::{Purpose, below, shuffle, stream};
use tombola::{
    Lottery, Mask, Mlp, Optimizer, Outcome, Plan, Rewind, Rule, StopOn, Storage, Training, kaiming_normal,
};

use crate::random::Random;
use crate::support::{
    NET, Owned, Padded, Parts, RULES, Record, SAMPLES, as_tasks, bits, finish, floats, mask, next, plan,
    plans, run,
};

#[test]
fn pruned_weights_gradients_and_state_stay_plus_zero_after_every_step() {
    for rule in RULES {
        for (weight_decay, l1) in [(0.0, 0.0), (0.1, 0.0), (0.0, 0.01), (0.1, 0.01)] {
            (0..8).for_each(|seed| check_steps(rule, [weight_decay, l1], seed));
        }
    }
}

/// The optimizer borrows its state, so it is looked at by starting over and stopping after each step.
fn check_steps(rule: Rule, [weight_decay, l1]: [f32; 2], seed: u64) {
    let random = Random::of_any_shape(seed, 40, 100);
    let (net, tasks) = (random.net(), as_tasks(&random.tasks));
    let batch = Padded::new(&random.inputs, &random.classes);
    let mut words = vec![];
    let mask = mask(net, &random.survives, &mut words);
    let (mut workspace, mut grads) = (
        vec![f32::NAN; net.workspace_len(batch.sample_count)],
        vec![f32::NAN; net.param_count()],
    );
    let mut state = vec![f32::NAN; rule.state_len(net.param_count())];
    for steps in 1..=4 {
        let mut params = random.params.clone();
        let mut optimizer = Optimizer::new(rule, weight_decay, net.weight_count(), &mut state).with_l1(l1);
        for _ in 0..steps {
            net.gradient::<Portable>(&params, batch.lend(&tasks), &mut workspace, &mut grads);
            mask.apply(&mut grads);
            optimizer.step::<Portable>(&mut params, &grads);
        }
        for weight in (0..net.weight_count()).filter(|&weight| !mask.survives(weight)) {
            assert_eq!(params[weight].to_bits(), 0, "weight {weight} after {steps}");
            assert_eq!(grads[weight].to_bits(), 0, "gradient {weight} after {steps}");
            for state in state.chunks_exact(net.param_count()) {
                assert_eq!(state[weight].to_bits(), 0, "state {weight} after {steps}");
            }
        }
    }
}

#[test]
fn a_run_leaves_zeros_behind_at_every_level() {
    let parts = Parts::draw(3, SAMPLES);
    for mut plan in plans() {
        // Compressed layers keep no place for what is pruned; dense ones hold it at zero.
        plan.lottery.storage = Storage::Dense;
        let mut owned = Owned::new(&plan);
        for levels in 0..=plan.trajectory.levels() {
            let mut imp = owned.begin(plan);
            for _ in 0..=levels {
                let outcome = next::<Portable>(&mut imp, &parts.lend());
                assert!(matches!(outcome, Some(Outcome::Finished(_))), "{outcome:?}");
            }
            let pruned: Vec<usize> = (0..NET.weight_count())
                .filter(|&weight| !imp.mask().survives(weight))
                .collect();
            let state = imp.optimizer_state().chunks_exact(NET.param_count());
            for values in [imp.params(), imp.grads()].into_iter().chain(state) {
                for &weight in &pruned {
                    assert_eq!(values[weight].to_bits(), 0, "{plan:?}");
                }
            }
        }
    }
}

#[test]
fn exactly_so_many_are_pruned_though_magnitudes_repeat() {
    for seed in 0..60 {
        let mut rng = stream(seed, Purpose::Weights);
        let net = Mlp::new(&NET.widths()[..2 + seed as usize % 3]);
        // Few magnitudes, of both signs, zeros among them, in a random order: most weights tie.
        let magnitudes = 1 + below(6, &mut rng);
        let mut draw = |_| [1.0, -1.0][below(2, &mut rng) as usize] * below(magnitudes, &mut rng) as f32;
        let weights: Vec<f32> = (0..net.weight_count()).map(&mut draw).collect();
        let mut params = [weights.clone(), vec![0.5; net.bias_count()]].concat();
        let mut words = vec![0; net.mask_len()];
        let mut mask = Mask::full(net, &mut words);
        let mut survivors: Vec<usize> = (0..net.weight_count()).collect();
        while !survivors.is_empty() {
            let count = below(survivors.len() as u32 + 1, &mut rng) as usize;
            mask.prune(&mut params, count);
            // A stable sort keeps the flat order among equals.
            let mut order = survivors.clone();
            order.sort_by(|&a, &b| weights[a].abs().total_cmp(&weights[b].abs()));
            survivors = order.split_off(count);
            survivors.sort_unstable();
            assert_eq!(mask.remaining(), survivors.len());
            for (weight, &value) in weights.iter().enumerate() {
                let survives = survivors.binary_search(&weight).is_ok();
                assert_eq!(mask.survives(weight), survives, "seed {seed}, weight {weight}");
                let expected = if survives { value } else { 0.0 };
                assert_eq!(params[weight].to_bits(), expected.to_bits());
            }
        }
    }
}

#[test]
fn the_least_scores_of_any_range_go_whatever_digits_they_share() {
    for seed in 0..300 {
        let mut rng = stream(seed, Purpose::Weights);
        let net = Mlp::new(&[7, 11, 3]);
        let all = net.weight_count();
        // Scores that differ in their last bits alone, in all bits, or not at all; infinite and not a number, too.
        let few = rng.next_u32() >> 1;
        let spread = [0, 3, 0x1_ffff, u32::MAX][below(4, &mut rng) as usize];
        let draw = |_| f32::from_bits((few ^ rng.next_u32() & spread) & 0x7fff_ffff);
        let scores: Vec<f32> = (0..all).map(draw).collect();
        let survives: Vec<bool> = (0..all).map(|_| 0 < below(3, &mut rng)).collect();
        let mut words = vec![];
        let mut mask = mask(net, &survives, &mut words);
        let start = below(all as u32, &mut rng) as usize;
        let range = start..start + below((all - start) as u32 + 1, &mut rng) as usize;
        let mut order: Vec<usize> = range.clone().filter(|&weight| survives[weight]).collect();
        let count = below(order.len() as u32 + 1, &mut rng) as usize;
        mask.prune_least(&scores, range, count);
        // A stable sort keeps the flat order among equals.
        order.sort_by_key(|&weight| scores[weight].to_bits());
        for (weight, survives) in survives.into_iter().enumerate() {
            let expected = survives && !order[..count].contains(&weight);
            assert_eq!(mask.survives(weight), expected, "seed {seed}, weight {weight}");
        }
    }
}

#[test]
fn masks_only_shrink_and_leave_what_the_trajectory_says() {
    let parts = Parts::draw(4, SAMPLES);
    for plan in plans() {
        let records = run::<Portable>(plan, &parts);
        assert_eq!(records.len(), plan.trajectory.levels() as usize + 1);
        let mut before = vec![true; NET.weight_count()];
        for (level, record) in (0..).zip(records) {
            let left = record.survives.iter().filter(|&&survives| survives).count();
            assert_eq!((record.level, record.weights_left), (level, left));
            assert_eq!(left as u64, plan.trajectory.weights_left(level), "{plan:?}");
            for (weight, (&now, &then)) in record.survives.iter().zip(&before).enumerate() {
                assert!(then || !now, "{plan:?}: weight {weight} came back");
            }
            before = record.survives;
        }
    }
}

#[test]
fn a_lottery_by_hand_is_the_same_lottery() {
    let parts = Parts::draw(5, SAMPLES);
    for plan in plans() {
        // Early stopping is the loop's own business; the hand goes through all epochs.
        if plan.lottery.training.patience.is_none() {
            let records = run::<Portable>(plan, &parts).into_iter();
            let params: Vec<Vec<u32>> = records.map(|record| record.params).collect();
            assert_eq!(params, by_hand(plan, &parts), "{plan:?}");
        }
    }
}

/// Trains, prunes and rewinds as the design says, and returns the parameters of every level.
fn by_hand(plan: Plan<'_>, parts: &Parts) -> Vec<Vec<u32>> {
    let Lottery {
        net, tasks, training, ..
    } = plan.lottery;
    let mut initial = vec![0.0; net.param_count()];
    kaiming_normal(
        net,
        &mut initial,
        &mut stream(plan.network_seed, Purpose::Weights),
    );
    let (mut params, mut late) = (initial.clone(), vec![]);
    let mut words = vec![0; net.mask_len()];
    let mut mask = Mask::full(net, &mut words);
    let mut levels = vec![];
    for level in 0..=plan.trajectory.levels() {
        let mut first_epoch = 0;
        if level > 0 {
            let left = plan.trajectory.weights_left(level) as usize;
            mask.prune(&mut params, mask.remaining() - left);
            let rewound_to = match plan.lottery.rewind {
                Rewind::Initial => Some(&initial),
                Rewind::Epoch(epoch) => {
                    first_epoch = epoch;
                    Some(&late)
                }
                Rewind::Never => None,
            };
            if let Some(to) = rewound_to {
                mask.rewind(&mut params, to);
                for (index, (now, then)) in params.iter().zip(to).enumerate() {
                    let survives = index >= net.weight_count() || mask.survives(index);
                    let expected = if survives { then.to_bits() } else { 0 };
                    assert_eq!(now.to_bits(), expected, "rewinding restores bits");
                }
            }
        }
        let mut state = vec![f32::NAN; training.rule.state_len(net.param_count())];
        let Training {
            rule,
            weight_decay,
            l1,
            ..
        } = training;
        let mut optimizer = Optimizer::new(rule, weight_decay, net.weight_count(), &mut state).with_l1(l1);
        for epoch in first_epoch..training.epochs {
            let mut order: Vec<usize> = (0..SAMPLES).collect();
            let mut rng = stream(plan.training_seed, Purpose::Order { level, epoch });
            shuffle(&mut order, &mut rng);
            for chosen in order.chunks(training.batch) {
                let samples = chosen.iter();
                let inputs = samples
                    .clone()
                    .map(|sample| parts.inputs[0][sample * 4..][..4].to_vec());
                let classes = samples.map(|sample| parts.classes[0][sample * 2..][..2].to_vec());
                let batch = Padded::new(&inputs.collect::<Vec<_>>(), &classes.collect::<Vec<_>>());
                let mut workspace = vec![f32::NAN; net.workspace_len(chosen.len())];
                let mut grads = vec![f32::NAN; net.param_count()];
                net.gradient::<Portable>(&params, batch.lend(tasks), &mut workspace, &mut grads);
                mask.apply(&mut grads);
                optimizer.step::<Portable>(&mut params, &grads);
            }
            if level == 0 && Rewind::Epoch(epoch + 1) == plan.lottery.rewind {
                late.clone_from(&params);
            }
        }
        levels.push(bits(&params));
    }
    levels
}

#[test]
fn a_lottery_taken_up_at_any_level_is_the_undisturbed_one() {
    let parts = Parts::draw(6, SAMPLES);
    for plan in plans() {
        let undisturbed = run::<Portable>(plan, &parts);
        for (level, done) in undisturbed.iter().enumerate() {
            assert_eq!(resumed(plan, &parts, done), undisturbed[level + 1..], "{plan:?}");
        }
    }
}

fn resumed(plan: Plan<'_>, parts: &Parts, done: &Record) -> Vec<Record> {
    let mut owned = Owned::new(&plan);
    let mut imp = owned.begin(plan);
    let rewind = done.rewind.as_deref().unwrap_or_default();
    imp.resume(done.level, &floats(&done.params), &floats(rewind), |weight| {
        done.survives[weight]
    });
    finish::<Portable>(&mut imp, &parts.lend())
}

#[test]
fn a_rate_of_zero_shows_what_each_level_is_rewound_to() {
    let parts = Parts::draw(7, SAMPLES);
    let mut frozen = plan();
    frozen.lottery.training.rule = Rule::adam(0.0);
    let mut initial = vec![0.0; NET.param_count()];
    kaiming_normal(
        NET,
        &mut initial,
        &mut stream(frozen.network_seed, Purpose::Weights),
    );
    for record in run::<Portable>(frozen, &parts) {
        for (index, (&now, then)) in record.params.iter().zip(&initial).enumerate() {
            let survives = index >= NET.weight_count() || record.survives[index];
            assert_eq!(now, if survives { then.to_bits() } else { 0 });
        }
    }
}

#[test]
fn early_stopping_waits_for_patience_epochs_without_a_strict_improvement() {
    // Nothing moves, so the first epoch is the best and the next `patience` are stale.
    let parts = Parts::draw(8, SAMPLES);
    let mut frozen = plan();
    frozen.lottery.training.rule = Rule::adam(0.0);
    frozen.lottery.training.epochs = 9;
    for patience in 1..=3 {
        frozen.lottery.training.patience = Some(patience);
        let records = run::<Portable>(frozen, &parts);
        assert!(records.iter().all(|record| record.epochs == patience + 1));
    }
    // Late rewinding needs its epoch of level 0.
    frozen.lottery.training.patience = Some(1);
    frozen.lottery.rewind = Rewind::Epoch(6);
    let records = run::<Portable>(frozen, &parts).into_iter();
    assert!(records.map(|record| record.epochs).eq([6, 2, 2, 2, 2, 2]));
}

#[test]
fn early_stopping_looks_at_the_part_that_it_is_told_to() {
    // The test part becomes the validation part, so that what stopped on one stops on the other.
    let parts = Parts::draw(8, SAMPLES);
    let swapped = Parts {
        inputs: [0, 2, 1].map(|part| parts.inputs[part].clone()),
        classes: [0, 2, 1].map(|part| parts.classes[part].clone()),
    };
    let mut on_validation = plan();
    on_validation.lottery.training.epochs = 60;
    on_validation.lottery.training.patience = Some(2);
    let mut on_test = on_validation;
    on_test.lottery.training.stop_on = StopOn::Test;
    let trained = |plan, parts| {
        let records = run::<Portable>(plan, parts).into_iter();
        records
            .map(|record| (record.epochs, record.params))
            .collect::<Vec<_>>()
    };
    assert_eq!(trained(on_test, &parts), trained(on_validation, &swapped));
    assert_ne!(trained(on_test, &parts), trained(on_validation, &parts));
}
