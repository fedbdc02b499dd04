//! Compares the core's loss and gradient with those of the naive twin, within the rounding that f32 must make.

use crate::random::Random;
use crate::tolerance::{Approx, USUAL_WIDTH};
use crate::twin::Twin;

#[test]
fn the_gradient_is_that_of_the_twin() {
    let mut widths: Vec<f64> = (0..80).map(check).collect();
    widths.sort_by(f64::total_cmp);
    assert!(
        widths[widths.len() / 2] <= USUAL_WIDTH,
        "the median bound is {} wide",
        widths[widths.len() / 2]
    );
}

/// Returns the widest bound, as a fraction of the greatest gradient.
fn check(seed: u64) -> f64 {
    let random = Random::of_any_shape(seed, 40, 100);
    let (loss, grads) = random.gradient();
    let twin = Twin::of(&random, &random.exact_params());
    let shape = format!(
        "seed {seed}, widths {:?}, {} samples",
        random.widths,
        random.inputs.len()
    );
    assert!(
        (f64::from(loss) - twin.loss.exact).abs() <= twin.loss.error,
        "{shape}: loss {loss} is not {:?}",
        twin.loss
    );
    for (index, (&grad, expected)) in grads.iter().zip(&twin.grads).enumerate() {
        assert!(
            (f64::from(grad) - expected.exact).abs() <= expected.error,
            "{shape}: gradient {index}, {grad}, is not {expected:?}"
        );
    }
    let greatest = |of: fn(&Approx) -> f64| twin.grads.iter().map(of).fold(0.0, f64::max);
    greatest(|grad| grad.error) / greatest(|grad| grad.exact.abs())
}
