//! Proves which units may be computed from half of their sum: a ReLU of `z` costs a comparison, a transfer of flags and a
//! conditional move, four instructions on a Cortex-M4F, and one of half of `z` costs two:
//!
//! `relu(z) = z/2 + |z/2|`, with nothing lost: `z` for positive `z`, +0 for others, NaN for NaN. Halving the bias and
//! the weights of a row halves `z` for free, since scaling by a power of two commutes with rounding. There are two
//! exceptions. Above, a half overflows only where the whole does, and there the core has no answer either. Below, a
//! number under 2⁻¹²⁶ may lose its last bit when it is halved; so it must be shown that no product and no partial sum
//! is both so small and odd.
//!
//! The proof follows how finely each number is divided: `grain` is a `g` such that a number is a multiple of 2^g
//! whatever the inputs.
//!
//! - Any float is a multiple of 2⁻¹⁴⁹. Rounding a multiple of 2^g, g ≥ −149, gives a multiple of 2^g.
//! - `x − shift`, rounded, is a multiple of 2^(e−24) for 2^e ≤ |shift|: where |x| ≥ 2^(e−1), both are, and so is the
//!   difference; where it is less, the difference is greater than 2^(e−1), and all floats there are.
//! - A product is a multiple of the product of what its factors are multiples of; a sum, of the finer of both.
//!
//! If all products and the bias of a row are multiples of 2⁻¹⁴⁸, then those of 2⁻¹²⁵ and more are halved exactly since
//! the halves are no subnormals, and lesser ones since they have 23 bits at most, the half fewer than a subnormal has.

use tombola::data::Normalization;

use super::program::{Group, Row, Term};

/// The grain of a number of which nothing is known, or that has no bit: the finest and the coarsest.
const FINEST: i32 = -149;
const ZERO: i32 = i32::MAX;

/// For each layer of a group but the last, and each of its units, whether the unit may be computed from halves; `by` says
/// how the group's inputs are normalized.
pub(super) fn provable(group: &Group, by: Option<&[Normalization]>) -> Vec<Vec<bool>> {
    let mut grains = by.map_or(vec![FINEST; group.inputs.len()], |by| {
        by.iter().copied().map(input_grain).collect()
    });
    let of_layer = |rows: &Vec<Row>| {
        grains = rows.iter().map(|row| row_grain(row, &grains)).collect();
        let is_provable = |(row, &grain): (&Row, &i32)| FINEST < grain && has_halves(row);
        rows.iter().zip(&grains).map(is_provable).collect()
    };
    group.layers[..group.layers.len() - 1]
        .iter()
        .map(of_layer)
        .collect()
}

/// `row` at half its size.
pub(super) fn halved(row: &Row) -> Row {
    let half = |term: &Term| Term {
        factor: term.factor / 2.0,
        ..*term
    };
    Row {
        bias: row.bias / 2.0,
        terms: row.terms.iter().map(half).collect(),
    }
}

fn input_grain(Normalization { shift, scale }: Normalization) -> i32 {
    let difference = match shift.abs().to_bits() >> 23 {
        // Zero and subnormals.
        0 => FINEST,
        exponent => (exponent as i32 - 127 - 24).max(FINEST),
    };
    product_grain(difference, scale)
}

fn row_grain(row: &Row, inputs: &[i32]) -> i32 {
    let of_term = |term: &Term| match term.unit {
        Some(unit) => product_grain(inputs[unit], term.factor),
        None => grain(term.factor),
    };
    row.terms.iter().map(of_term).fold(grain(row.bias), i32::min)
}

fn product_grain(factor: i32, constant: f32) -> i32 {
    match (factor, grain(constant)) {
        (ZERO, _) | (_, ZERO) => ZERO,
        (factor, grain) => (factor + grain).max(FINEST),
    }
}

/// The place of the last bit of a constant.
fn grain(constant: f32) -> i32 {
    let bits = constant.abs().to_bits();
    if bits == 0 {
        return ZERO;
    }
    let (exponent, fraction) = (bits >> 23, bits & 0x7f_ffff);
    let (exponent, mantissa) = match exponent {
        0 => (FINEST, fraction),
        _ => (exponent as i32 - 127 - 23, fraction | 1 << 23),
    };
    exponent + mantissa.trailing_zeros() as i32
}

/// Whether the row's own numbers can be halved: a tiny weight may meet coarse inputs.
fn has_halves(row: &Row) -> bool {
    let halves = |value: f32| FINEST < grain(value);
    halves(row.bias) && row.terms.iter().all(|term| halves(term.factor))
}

#[cfg(test)]
mod tests {
    use tombola::random::{Purpose, below, stream};

    use super::*;

    #[test]
    fn a_grain_is_the_last_bit() {
        assert_eq!([1.0, 3.0, 0.75, -6.0].map(grain), [0, 0, -2, 1]);
        assert_eq!(grain(f32::from_bits(1)), -149);
        assert_eq!(grain(f32::from_bits(6)), -148);
        assert_eq!(grain(f32::MAX), 104);
        assert_eq!(grain(-0.0), ZERO);
    }

    /// Which units are proven of as many layers of one unit with this weight and bias, over one input.
    fn proven(normalization: Option<(f32, f32)>, layers: &[(f32, f32)]) -> Vec<bool> {
        let row = |&(factor, bias): &(f32, f32)| {
            let unit = Some(0);
            let terms = vec![Term { factor, unit }];
            vec![Row { bias, terms }]
        };
        let group = Group {
            name: String::new(),
            tasks: vec![],
            inputs: vec![0],
            outputs: vec![0],
            layers: layers.iter().map(row).collect(),
        };
        let by = normalization.map(|(shift, scale)| Normalization { shift, scale });
        provable(&group, by.as_ref().map(std::slice::from_ref)).concat()
    }

    #[track_caller]
    fn check(normalization: Option<(f32, f32)>, layers: &[(f32, f32)], expected: &[bool]) {
        assert_eq!(proven(normalization, layers), expected);
    }

    #[test]
    fn what_is_proven_ends_where_numbers_can_be_too_fine() {
        // 0.3 and 0.7 have their last bits at 2⁻²⁵ and 2⁻²⁴.
        let (shift, scale, layer) = (0.3, 0.7, (0.7, 0.1));
        // −2 − 24 for the shift, −24 for the scale and for each layer: −74, −98, −122, −146, too fine.
        check(
            Some((shift, scale)),
            &[layer; 6],
            &[true, true, true, true, false],
        );
        // Raw inputs may be as fine as a float can be.
        check(None, &[layer; 2], &[false]);
        check(Some((0.0, scale)), &[layer; 2], &[false]);
        check(Some((f32::from_bits(5), scale)), &[layer; 2], &[false]);
        // But not after they were made coarse.
        check(Some((0.0, 1024.0)), &[(1.0, 1.0); 2], &[true]);
        check(Some((0.0, 1.0)), &[(2.0, 1.0); 2], &[true]);
        check(Some((0.0, 1.0)), &[(1.0, 1.0); 2], &[false]);
        // A weight or a bias that has no half.
        check(Some((1e20, scale)), &[(f32::from_bits(3), 0.0); 2], &[false]);
        check(Some((shift, scale)), &[(0.7, f32::from_bits(1)); 2], &[false]);
        check(Some((shift, scale)), &[(0.0, 0.0); 2], &[true]);
    }

    /// The proof holds up against what is computed, from the finest inputs to the largest.
    #[test]
    fn what_is_proven_is_so() {
        let mut rng = stream(1, Purpose::Weights);
        let mut random = |bound| below(bound, &mut rng);
        let mut count = 0;
        for _ in 0..20_000 {
            let mut number = |least: u32, most: u32| {
                let exponent = least + random(most - least);
                f32::from_bits(random(2) << 31 | exponent << 23 | random(1 << 23))
            };
            let (shift, scale) = (number(0, 140), number(1, 200));
            let rows = [(number(0, 140), number(0, 140)), (number(0, 140), number(0, 140))];
            let proven = proven(Some((shift, scale)), &[rows[0], rows[1], (1.0, 0.0)]);
            let near_shift = f32::from_bits(shift.to_bits() ^ random(8));
            for raw in [
                near_shift,
                shift,
                f32::from_bits(random(256)),
                shift / 2.0,
                -shift,
            ] {
                let mut x = (raw - shift) * scale;
                for (&(weight, bias), is_proven) in rows.iter().zip(&proven) {
                    let z = (bias + 0.0) + weight * x;
                    if !z.is_finite() {
                        break;
                    }
                    if *is_proven {
                        let half = (bias / 2.0) + (weight / 2.0) * x;
                        let relu = if z < 0.0 { 0.0 } else { z };
                        assert_eq!(
                            (half + half.abs()).to_bits(),
                            relu.to_bits(),
                            "{raw:e} {shift:e} {scale:e} {rows:?}"
                        );
                        count += 1;
                    }
                    x = if z < 0.0 { 0.0 } else { z };
                }
            }
        }
        assert!(20_000 < count, "{count}");
    }
}
