//! Compares the core's loss and gradient with those of the naive twin, within the rounding that f32 must make.

use crate::random::Random;
use crate::tolerance::{Approx, USUAL_WIDTH};
use crate::twin::Twin;

#[test]
fn the_gradient_is_that_of_the_twin() {
    let mut widths: Vec<f64> = (0..80).map(check).collect();
    widths.sort_by(f64::total_cmp);
    let median = widths[widths.len() / 2];
    assert!(median <= USUAL_WIDTH, "the median bound is {median} wide");
}

/// Returns the widest bound, as a fraction of the greatest gradient.
fn check(seed: u64) -> f64 {
    let random = Random::of_any_shape(seed, 40, 100);
    let (loss, grads) = random.gradient();
    let twin = Twin::of(&random, &random.exact_params());
    let values = [loss].into_iter().chain(grads);
    let expected = [&twin.loss].into_iter().chain(&twin.grads);
    for (index, (value, expected)) in values.zip(expected).enumerate() {
        assert!(
            (f64::from(value) - expected.exact).abs() <= expected.error,
            "seed {seed}, widths {:?}, {} samples: value {index} (0 is the loss): {value} is not {expected:?}",
            random.widths,
            random.inputs.len()
        );
    }
    let greatest = |of: fn(&Approx) -> f64| twin.grads.iter().map(of).fold(0.0, f64::max);
    greatest(|grad| grad.error) / greatest(|grad| grad.exact.abs())
}
