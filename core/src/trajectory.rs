//! Trajectories: how many weights are left at each level.

/// `T_l = round(T_0·(1 − p)^l)`, from `T_0` at each level so that rounding does not add up, halves to even; the last
/// level is exactly the target. Any three of parameters `T_0`, rate `p`, levels `L` and target `T_L` give the fourth.
///
/// ```
/// use tombola::Trajectory;
///
/// let trajectory = Trajectory::with_levels(1216, 0.2, 3).unwrap();
/// assert!((0..=3).map(|level| trajectory.weights_left(level)).eq([1216, 973, 778, 623]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trajectory {
    parameters: u64,
    rate: f64,
    levels: u32,
    target: u64,
}

/// Integers up to here are exact in f64.
const MAX_COUNT: u64 = 1 << 53;

impl Trajectory {
    /// From parameters, rate and levels: `T_L = round(T_0·(1 − p)^L)`.
    ///
    /// `None` if the rate is not in `0..1` (exclusive of both), a count is 0 or above 2⁵³, or no weight would be left.
    pub fn with_levels(parameters: u64, rate: f64, levels: u32) -> Option<Self> {
        let target = round(scaled(parameters, rate, levels))?;
        Self {
            parameters,
            rate,
            levels,
            target,
        }
        .checked(rate)
    }

    /// From parameters, rate and target: `L` is the smallest level with `round(T_0·(1 − p)^L) ≤ T_L`, since
    /// `ln(T_L / T_0) / ln(1 − p)` is seldom whole; level `L` is then set to `T_L`.
    ///
    /// `None` as for [`Trajectory::with_levels`], or if the target is above the parameters.
    pub fn with_target(parameters: u64, rate: f64, target: u64) -> Option<Self> {
        Self {
            parameters,
            rate,
            levels: 0,
            target,
        }
        .checked(rate)?;
        let reaches = |levels: u32| round(scaled(parameters, rate, levels)).is_none_or(|left| left <= target);
        // A target half a weight higher is what rounding lets through; the true level is next to this one.
        let guess = libm::log((target as f64 + 0.5) / parameters as f64) / libm::log1p(-rate);
        if guess >= f64::from(u32::MAX - 2) {
            return None;
        }
        let mut levels = (guess.max(0.0) as u32).saturating_sub(1);
        while !reaches(levels) {
            levels = levels.checked_add(1)?;
        }
        while 0 < levels && reaches(levels - 1) {
            levels -= 1;
        }
        Some(Self {
            parameters,
            rate,
            levels,
            target,
        })
    }

    /// From parameters, levels and target: `p = 1 − (T_L / T_0)^(1/L)`, which may be 0.
    ///
    /// `None` if a count is 0 or above 2⁵³, the target is above the parameters, or `L` is 0 and the two differ.
    pub fn with_rate_solved(parameters: u64, levels: u32, target: u64) -> Option<Self> {
        let rate = if levels == 0 {
            (parameters == target).then_some(0.0)?
        } else {
            1.0 - libm::pow(target as f64 / parameters as f64, 1.0 / f64::from(levels))
        };
        // A solved rate may be 0, which a given one may not.
        Self {
            parameters,
            rate,
            levels,
            target,
        }
        .checked(0.5)
    }

    /// From rate, levels and target: `T_0 = round(T_L·(1 − p)^−L)`.
    ///
    /// `None` as for [`Trajectory::with_levels`].
    pub fn with_parameters_solved(rate: f64, levels: u32, target: u64) -> Option<Self> {
        let parameters = round(target as f64 * libm::pow(1.0 - rate, -f64::from(levels)))?;
        Self {
            parameters,
            rate,
            levels,
            target,
        }
        .checked(rate)
    }

    /// `T_0`: weights at level 0.
    pub const fn parameters(&self) -> u64 {
        self.parameters
    }

    /// `p`: the fraction of weights pruned from one level to the next.
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// `L`: the last level.
    pub const fn levels(&self) -> u32 {
        self.levels
    }

    /// `T_L`: weights at the last level.
    pub const fn target(&self) -> u64 {
        self.target
    }

    /// `T_l`: weights left at a level.
    ///
    /// # Panics
    /// If `level` is beyond the last.
    pub fn weights_left(&self, level: u32) -> u64 {
        assert!(
            level <= self.levels,
            "the trajectory ends at level {}",
            self.levels
        );
        if level == self.levels {
            return self.target;
        }
        // No level holds fewer than the target, which rounding might otherwise do just before the end.
        libm::rint(scaled(self.parameters, self.rate, level)).max(self.target as f64) as u64
    }

    fn checked(self, given_rate: f64) -> Option<Self> {
        let counts = 1 <= self.target && self.target <= self.parameters && self.parameters <= MAX_COUNT;
        // A rate that is lost in the subtraction prunes nothing at any level.
        let rate = 0.0 < given_rate && given_rate < 1.0 && 1.0 - given_rate < 1.0;
        (counts && rate).then_some(self)
    }
}

/// The width of every hidden layer of the network that, pruned `level` levels at `rate`, comes back to the weights of
/// `base`: so that networks of all sizes share one trajectory (Burger 2024, network extension). Solves
/// `d·d_in + (m − 1)·d² + d·d_out = N / (1 − p)^i` for `d`, with `m` hidden layers, rounded.
///
/// `None` if the base has no hidden layer, the rate is not in `0..1`, or the width does not fit a `u32`.
pub fn extended_width(base: crate::Mlp<'_>, rate: f64, level: u32) -> Option<usize> {
    if base.layer_count() < 2 || !(0.0 < rate && rate < 1.0) {
        return None;
    }
    let weights = base.weight_count() as f64 * libm::pow(1.0 - rate, -f64::from(level));
    let ends = (base.input_count() + base.output_count()) as f64;
    let squares = (base.layer_count() - 2) as f64;
    // The positive root of squares·d² + ends·d − weights, in the form that also holds for squares = 0.
    let width = 2.0 * weights / (ends + libm::sqrt(ends * ends + 4.0 * squares * weights));
    let width = libm::rint(width);
    (1.0 <= width && width <= f64::from(u32::MAX)).then_some(width as usize)
}

/// `T_0·(1 − p)^l`, not rounded.
fn scaled(parameters: u64, rate: f64, level: u32) -> f64 {
    parameters as f64 * libm::pow(1.0 - rate, f64::from(level))
}

/// The nearest integer, halves to even, where there is one in `1..=2⁵³`.
fn round(count: f64) -> Option<u64> {
    let count = libm::rint(count);
    (1.0 <= count && count <= MAX_COUNT as f64).then_some(count as u64)
}

#[cfg(test)]
mod tests {
    use super::{Trajectory, extended_width};
    use crate::Mlp;

    #[test]
    fn any_three_give_the_fourth() {
        let by_levels = Trajectory::with_levels(1216, 0.2, 14).unwrap();
        assert_eq!(by_levels.target(), 53);
        assert_eq!(Trajectory::with_target(1216, 0.2, 53), Some(by_levels));
        let by_rate = Trajectory::with_rate_solved(1216, 14, 53).unwrap();
        assert!((by_rate.rate() - 0.2).abs() < 1e-3);
        let by_parameters = Trajectory::with_parameters_solved(0.2, 14, 53).unwrap();
        assert_eq!(by_parameters.parameters(), 1205);
    }

    #[test]
    fn halves_are_rounded_to_even() {
        let halved = |parameters| {
            Trajectory::with_levels(parameters, 0.5, 2)
                .unwrap()
                .weights_left(1)
        };
        assert_eq!((halved(5), halved(7)), (2, 4));
    }

    #[test]
    fn the_target_is_met_though_rounding_jumps_over_it() {
        let trajectory = Trajectory::with_target(1000, 0.5, 200).unwrap();
        assert!(
            (0..=3)
                .map(|level| trajectory.weights_left(level))
                .eq([1000, 500, 250, 200])
        );
        assert_eq!(Trajectory::with_target(100, 0.5, 100).unwrap().levels(), 0);
    }

    #[test]
    fn what_makes_no_trajectory_is_none() {
        assert_eq!(Trajectory::with_levels(100, 0.5, 12), None);
        for rate in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Trajectory::with_levels(100, rate, 2), None);
            assert_eq!(Trajectory::with_target(100, rate, 2), None);
            assert_eq!(Trajectory::with_parameters_solved(rate, 1, 2), None);
        }
        assert_eq!(Trajectory::with_rate_solved(100, 0, 50), None);
        assert_eq!(Trajectory::with_rate_solved(100, 2, 0), None);
        assert_eq!(Trajectory::with_rate_solved(100, 2, 101), None);
        assert_eq!(Trajectory::with_rate_solved(0, 2, 0), None);
        assert_eq!(Trajectory::with_parameters_solved(0.9, 400, 2), None);
        assert_eq!(Trajectory::with_levels(u64::MAX, 0.5, 1), None);
        assert_eq!(Trajectory::with_target(1 << 40, 1e-300, 1), None);
        assert_eq!(Trajectory::with_target(10_000_000, 5e-17, 9_999_999), None);
        // A rate so small that rounding holds a 2 in place for ever would need more levels than there are.
        assert_eq!(Trajectory::with_rate_solved(7, 9, 7).unwrap().rate(), 0.0);
    }

    #[test]
    fn extension_level_0_is_the_base() {
        assert_eq!(extended_width(Mlp::new(&[4, 8, 8, 2]), 0.32, 0), Some(8));
        assert_eq!(extended_width(Mlp::new(&[4, 20, 2]), 0.32, 0), Some(20));
        assert_eq!(extended_width(Mlp::new(&[4, 2]), 0.32, 1), None);
        assert_eq!(extended_width(Mlp::new(&[4, 8, 2]), 0.9, 400), None);
    }
}
