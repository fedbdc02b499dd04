//! Apportions a number of weights to layers, in whole weights.

/// Writes shares of `total` in proportion to `weights`, whole numbers whose sum is exactly `total`, none above its cap:
/// each quota is rounded down, and what is left over goes to the largest remainders, one each, of equal remainders to the
/// earlier (Hamilton's method). Where a quota is above its cap, the share is the cap, and the others share the rest.
///
/// Computed in integers, so no share depends on rounding.
///
/// ```
/// let mut shares = [0; 3];
/// tombola::apportion(50, &[128, 1024, 64], &[128, 1024, 64], &mut shares);
/// assert_eq!(shares, [5, 42, 3]);
/// ```
///
/// # Panics
/// If the slices differ in length, a weight is 0, or the caps do not hold the total.
pub fn apportion(total: usize, weights: &[usize], caps: &[usize], shares: &mut [usize]) {
    /// A share that is not decided yet.
    const OPEN: usize = usize::MAX;
    assert_same!(weights.len(), shares.len(), "one weight per share");
    assert_same!(caps.len(), shares.len(), "one cap per share");
    assert!(
        weights.iter().all(|&weight| 0 < weight),
        "every weight is above 0"
    );
    let sum = |numbers: &[usize]| numbers.iter().map(|&number| number as u128).sum::<u128>();
    assert!(total as u128 <= sum(caps), "the caps hold the total");

    shares.fill(OPEN);
    // What those share whose share is open, and the sum of their weights.
    let (mut rest, mut of) = (total as u128, sum(weights));
    loop {
        let (last_rest, last_of) = (rest, of);
        for ((share, &weight), &cap) in shares.iter_mut().zip(weights).zip(caps) {
            // A cap is less than the quota in whose place it stands, so the quotas of the others only grow.
            if *share == OPEN && cap as u128 * last_of < last_rest * weight as u128 {
                *share = cap;
                rest -= cap as u128;
                of -= weight as u128;
            }
        }
        if of == last_of {
            break;
        }
    }
    // Of nothing, if all have their caps.
    let of = of.max(1);
    let floor = |weight: usize| (rest * weight as u128 / of) as usize;
    let remainder = |weight: usize| rest * weight as u128 % of;
    for (share, &weight) in shares.iter_mut().zip(weights) {
        if *share == OPEN {
            *share = floor(weight);
        }
    }
    for _ in shares.iter().sum()..total {
        // A quota above its floor is at most its cap, so there is room for one more. One that was cut to its cap has none.
        let is_next = |&at: &usize| shares[at] == floor(weights[at]) && shares[at] < caps[at];
        let next = (0..shares.len()).rev().filter(is_next);
        // Of equal ones the last is the greatest, which is the earliest here.
        if let Some(at) = next.max_by_key(|&at| remainder(weights[at])) {
            shares[at] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::apportion;

    fn check<const N: usize>(total: usize, weights: [usize; N], caps: [usize; N], expected: [usize; N]) {
        let mut shares = [9; N];
        apportion(total, &weights, &caps, &mut shares);
        assert_eq!(shares, expected, "{total} by {weights:?} up to {caps:?}");
    }

    #[test]
    fn shares_are_whole_and_the_largest_remainders_get_one_more() {
        // Hamilton's method, as in Balinski and Young: quotas 2.7, 2.2 and 0.1; 3.6, 2.9 and 0.5.
        check(5, [54, 44, 2], [99; 3], [3, 2, 0]);
        check(7, [36, 29, 5], [99; 3], [4, 3, 0]);
        check(100, [3, 1, 4], [99; 3], [38, 12, 50]);
        check(0, [1, 2], [0, 0], [0, 0]);
    }

    #[test]
    fn of_equal_remainders_the_earlier_gets_one_more() {
        check(2, [1, 1, 1], [9; 3], [1, 1, 0]);
        check(5, [2, 2, 2, 2], [9; 4], [2, 1, 1, 1]);
    }

    #[test]
    fn no_share_is_above_its_cap_and_the_others_take_the_rest() {
        check(10, [1, 1, 1], [2, 9, 9], [2, 4, 4]);
        // The second is above its cap only after the first was cut to its own.
        check(12, [4, 3, 1, 1], [2, 4, 9, 9], [2, 4, 3, 3]);
        check(6, [5, 1], [3, 3], [3, 3]);
        // A share that was cut has the greatest remainder, and no room.
        check(7, [7, 4, 3], [3, 9, 9], [3, 2, 2]);
        check(1, [1, 9], [1, 0], [1, 0]);
    }

    #[test]
    fn counts_of_the_largest_networks_do_not_overflow() {
        let most = u32::MAX as usize;
        check(most, [most, most], [most, most], [most / 2 + 1, most / 2]);
    }

    #[test]
    #[should_panic(expected = "the caps hold the total")]
    fn more_than_the_caps_hold_is_refused() {
        check(3, [1, 1], [1, 1], [0, 0]);
    }
}
