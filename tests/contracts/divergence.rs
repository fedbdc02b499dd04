//! Losses and parameters that are not finite are an outcome, neither a panic nor a level; so is a stop that was asked for.

use core::ops::ControlFlow;

use tombola::lanes::Portable;
use tombola::{Outcome, Plan, Rewind, Rule};

use crate::support::{NET, Owned, Parts, SAMPLES, next, plan, plans};

/// The outcome of the first level that does not finish.
fn outcome(plan: Plan<'_>, parts: &Parts) -> Option<Outcome> {
    let mut owned = Owned::new(&plan);
    let mut imp = owned.begin(plan);
    loop {
        match next::<Portable>(&mut imp, &parts.lend()) {
            Some(Outcome::Finished(level)) => {
                let losses = [level.train_loss, level.validation_loss, level.test_loss];
                assert!(losses.iter().all(|loss| loss.is_finite()), "{level:?}");
                assert!(imp.params().iter().all(|param| param.is_finite()), "{level:?}");
            }
            other => return other,
        }
    }
}

#[test]
fn one_value_that_is_not_finite_ends_the_lottery_in_its_first_epoch_or_when_the_level_is_reported() {
    let (last, middle) = (SAMPLES * 4 - 1, SAMPLES * 2);
    let places = [(0, 0), (0, 3), (0, last), (1, middle), (2, middle)];
    for plan in plans() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for (part, input) in places {
                let mut parts = Parts::draw(1, SAMPLES);
                parts.inputs[part][input] = value;
                match outcome(plan, &parts) {
                    Some(Outcome::NotFinite { level: 0, epoch }) if 0 < part || epoch == 0 => {}
                    outcome => panic!("{value} at {input} of part {part}: {outcome:?}"),
                }
            }
        }
    }
}

#[test]
fn a_huge_learning_rate_ends_it() {
    for rate in [1e30, f32::MAX, f32::INFINITY, f32::NAN] {
        for rule in [Rule::Sgd { rate, momentum: 0.9 }, Rule::adam(rate)] {
            let mut plan = plan();
            plan.lottery.training.rule = rule;
            let outcome = outcome(plan, &Parts::draw(1, SAMPLES));
            let diverges = matches!(outcome, Some(Outcome::NotFinite { level: 0, .. }));
            assert!(diverges, "{rule:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_parameter_that_is_not_finite_ends_it_though_every_loss_is() {
    // A hidden unit with a bias of minus infinity is shut for good: no loss will ever show it.
    let mut frozen = plan();
    frozen.lottery.rewind = Rewind::Never;
    frozen.lottery.training.rule = Rule::adam(0.0);
    let parts = Parts::draw(1, SAMPLES);
    let mut owned = Owned::new(&frozen);
    let mut imp = owned.begin(frozen);
    let mut params = imp.params().to_vec();
    params[NET.layer(0).biases.start] = f32::NEG_INFINITY;
    imp.resume(0, &params, &[], |_| true);
    let outcome = next::<Portable>(&mut imp, &parts.lend());
    assert_eq!(outcome, Some(Outcome::NotFinite { level: 1, epoch: 3 }));
}

#[test]
fn a_watcher_that_breaks_stops_after_its_epoch() {
    for plan in plans() {
        let parts = Parts::draw(1, SAMPLES);
        let mut owned = Owned::new(&plan);
        let mut imp = owned.begin(plan);
        let mut seen = vec![];
        let outcome = imp.next_level::<Portable>(&parts.lend(), &mut |epoch| {
            seen.push(epoch.count);
            match epoch.count {
                2 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        assert_eq!(outcome, Some(Outcome::Stopped), "{plan:?}");
        assert_eq!(seen, [1, 2], "{plan:?}");
        let again = next::<Portable>(&mut imp, &parts.lend());
        assert_eq!(again, None, "half-trained parameters are no start");
    }
}

#[test]
fn the_watcher_sees_every_epoch_of_every_level() {
    for plan in plans() {
        let parts = Parts::draw(1, SAMPLES);
        let mut owned = Owned::new(&plan);
        let mut imp = owned.begin(plan);
        let mut seen = vec![];
        while let Some(outcome) = imp.next_level::<Portable>(&parts.lend(), &mut |epoch| {
            seen.push(epoch.count);
            assert_eq!(
                epoch.stopping_loss.is_some(),
                plan.lottery.training.patience.is_some()
            );
            ControlFlow::Continue(())
        }) {
            let Outcome::Finished(level) = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(seen, (1..=level.epochs).collect::<Vec<_>>());
            seen.clear();
        }
    }
}
