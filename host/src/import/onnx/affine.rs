//! Collects what a model does to its raw inputs before the first layer, as `(x − shift) · scale`.

use super::super::tensor::Tensor;
use crate::text::counted;
use crate::ticket::Normalization;

/// How far rounding to 32 bits may move a normalized input, whose scale is that of a deviation.
const MOST: f64 = 1e-3;

/// `(x − shift) · scale` of each input; of all alike where there is one of each.
#[derive(Debug)]
pub(super) struct Affine {
    shift: Vec<f64>,
    scale: Vec<f64>,
    /// Whether the ticket's two operations round as those of the model do.
    is_exact: bool,
}

impl Affine {
    /// The inputs as they are.
    pub(super) fn identity() -> Self {
        Self {
            shift: vec![0.0],
            scale: vec![1.0],
            is_exact: true,
        }
    }

    /// After which `by` is subtracted.
    pub(super) fn subtract(&mut self, by: &[f64]) -> Result<(), String> {
        self.stretch(by.len())?;
        let is_first = self.is_unscaled() && self.shift.iter().all(|&shift| shift == 0.0);
        self.is_exact &= is_first;
        for (at, shift) in self.shift.iter_mut().enumerate() {
            let by = by[at % by.len()];
            // The first is taken as it is: its zero may have a sign.
            *shift = if is_first {
                by
            } else {
                *shift + by / self.scale[at]
            };
        }
        Ok(())
    }

    /// After which is multiplied with `by`.
    pub(super) fn multiply(&mut self, by: &[f64]) -> Result<(), String> {
        self.stretch(by.len())?;
        self.is_exact &= self.is_unscaled();
        for (at, scale) in self.scale.iter_mut().enumerate() {
            *scale *= by[at % by.len()];
        }
        Ok(())
    }

    /// After which is divided by `by`.
    pub(super) fn divide(&mut self, by: &[f64]) -> Result<(), String> {
        self.stretch(by.len())?;
        // A quotient by a power of two is the product with its inverse.
        self.is_exact &= self.is_unscaled() && by.iter().all(|by| by.to_bits() << 12 == 0);
        for (at, scale) in self.scale.iter_mut().enumerate() {
            *scale /= by[at % by.len()];
        }
        Ok(())
    }

    fn is_unscaled(&self) -> bool {
        self.scale.iter().all(|&scale| scale == 1.0)
    }

    /// One of each for all inputs to one for each of `count`.
    fn stretch(&mut self, count: usize) -> Result<(), String> {
        let there = self.shift.len();
        if there == 1 && 1 < count {
            self.shift = vec![self.shift[0]; count];
            self.scale = vec![self.scale[0]; count];
        } else if count != 1 && there != count {
            let (count, there) = (counted(count, "number"), counted(there, "input"));
            return Err(format!("it has {count} for {there}; export the model again"));
        }
        Ok(())
    }

    /// In 32 bits, for so many inputs, and whether it is exact; `None` if nothing is done to them.
    ///
    /// # Errors
    /// The message, if there are not as many inputs, or 32 bits do not hold it.
    pub(super) fn normalization(
        mut self,
        input_count: usize,
    ) -> Result<Option<(Normalization, bool)>, String> {
        if self.is_unscaled() && self.shift.iter().all(|&shift| shift == 0.0) {
            return Ok(None);
        }
        if ![1, input_count].contains(&self.shift.len()) {
            return Err(format!(
                "the normalization has {}, and the first layer {}; export the model again",
                counted(self.shift.len(), "number"),
                counted(input_count, "input")
            ));
        }
        self.stretch(input_count)?;
        let mut normalization = Normalization {
            shift: vec![],
            scale: vec![],
        };
        for (input, (&shift, &scale)) in self.shift.iter().zip(&self.scale).enumerate() {
            let (shift, scale) = rounded(shift, scale)
                .map_err(|problem| format!("the normalization of input {input}: {problem}"))?;
            normalization.shift.push(shift);
            normalization.scale.push(scale);
        }
        let is_same =
            |exact: &[f64], rounded: &[f32]| exact.iter().zip(rounded).all(|(a, b)| *a == f64::from(*b));
        let is_exact = self.is_exact
            && is_same(&self.shift, &normalization.shift)
            && is_same(&self.scale, &normalization.scale);
        Ok(Some((normalization, is_exact)))
    }
}

/// `(x − shift) · scale` in 32 bits.
///
/// # Errors
/// The message, if they do not hold it.
pub(in super::super) fn rounded(shift: f64, scale: f64) -> Result<(f32, f32), String> {
    let [near_shift, near_scale] = [shift, scale].map(|number| number as f32);
    if !(near_shift.is_finite() && near_scale.is_finite() && near_scale != 0.0) {
        return Err(format!(
            "(x − {shift:e}) · {scale:e} is not finite in 32 bits, or always 0; bring the input to another scale, or leave it \
             out if it is constant"
        ));
    }
    let moved = ((f64::from(near_shift) - shift) * scale).abs();
    if MOST < moved {
        return Err(format!(
            "{shift:e} is subtracted, which is {moved:.0e} deviations from the nearest number of 32 bits; subtract it before \
             the network"
        ));
    }
    Ok((near_shift, near_scale))
}

/// The number that a constant has for each value of a sample, whose axes are `sample`; one if it has one for all. Axes are
/// those of the model, the first of them its samples, aligned at the last as in NumPy.
///
/// # Errors
/// The message, if it does not fit, or has numbers for each sample.
pub(super) fn spread(constant: &Tensor<'_>, axes: Option<&[Option<usize>]>) -> Result<Vec<f64>, String> {
    let numbers: Vec<f64> = constant.numbers().collect();
    if numbers.len() == 1 {
        return Ok(numbers);
    }
    let misfit = || {
        format!(
            "its constant of shape {} does not fit the inputs",
            super::super::tensor::shown_shape(&constant.shape)
        )
    };
    // Leading axes of 1 say nothing.
    let leading = constant.shape.iter().take_while(|&&axis| axis == 1).count();
    let shape = &constant.shape[leading..];
    if shape.len() == 1 && axes.is_none_or(|axes| axes.len() <= 2) {
        return Ok(numbers);
    }
    let sample: Option<Vec<usize>> = axes.and_then(|axes| axes.get(1..)?.iter().copied().collect());
    let sample = sample.ok_or_else(misfit)?;
    if sample.len() < shape.len() {
        return Err(misfit());
    }
    let missing = sample.len() - shape.len();
    let fits = sample[missing..]
        .iter()
        .zip(shape)
        .all(|(&of_sample, &axis)| axis == 1 || axis == of_sample);
    let count = sample
        .iter()
        .try_fold(1_usize, |count, &axis| count.checked_mul(axis));
    // No network has more inputs than that, and a file may declare any number.
    let count = count
        .filter(|&count| fits && count <= 1 << 24)
        .ok_or_else(misfit)?;
    let number = |at: usize| {
        let (mut rest, mut index, mut stride) = (at, 0, 1);
        for (axis, &size) in sample.iter().enumerate().rev() {
            let position = rest % size;
            rest /= size;
            if missing <= axis && shape[axis - missing] != 1 {
                index += position * stride;
                stride *= size;
            }
        }
        numbers[index]
    };
    Ok((0..count).map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::tensor::Tensor;
    use super::{Affine, spread};

    fn check(steps: &[(char, &[f64])], expected: Option<(&[f32], &[f32], bool)>) {
        let mut affine = Affine::identity();
        for (step, by) in steps {
            match step {
                '-' => affine.subtract(by).unwrap(),
                '*' => affine.multiply(by).unwrap(),
                _ => affine.divide(by).unwrap(),
            }
        }
        let made = affine.normalization(2).unwrap();
        let made = made
            .as_ref()
            .map(|(by, is_exact)| (&*by.shift, &*by.scale, *is_exact));
        assert_eq!(made, expected);
    }

    #[test]
    fn subtracting_and_then_multiplying_is_exact() {
        check(&[], None);
        check(&[('-', &[0.0]), ('*', &[1.0])], None);
        check(
            &[('-', &[1.0, 2.0]), ('*', &[0.5])],
            Some((&[1.0, 2.0], &[0.5, 0.5], true)),
        );
        check(
            &[('-', &[0.1_f32.into()])],
            Some((&[0.1, 0.1], &[1.0, 1.0], true)),
        );
        check(
            &[('/', &[256.0])],
            Some((&[0.0, 0.0], &[1.0 / 256.0, 1.0 / 256.0], true)),
        );
    }

    #[test]
    fn other_orders_are_folded_and_are_not_exact() {
        check(
            &[('/', &[255.0])],
            Some((&[0.0, 0.0], &[1.0 / 255.0, 1.0 / 255.0], false)),
        );
        check(
            &[('*', &[2.0]), ('-', &[1.0])],
            Some((&[0.5, 0.5], &[2.0, 2.0], false)),
        );
        check(
            &[('-', &[1.0]), ('-', &[2.0])],
            Some((&[3.0, 3.0], &[1.0, 1.0], false)),
        );
        check(&[('-', &[0.1])], Some((&[0.1, 0.1], &[1.0, 1.0], false)));
    }

    #[test]
    fn what_32_bits_do_not_hold_is_refused() {
        let refused = |shift: &[f64], scale: f64, expected: &str| {
            let mut affine = Affine::identity();
            affine.subtract(shift).unwrap();
            affine.multiply(&[scale]).unwrap();
            let message = affine.normalization(2).unwrap_err();
            assert!(message.contains(expected), "{message}");
        };
        refused(
            &[1.0, 1_700_000_000.1],
            1.0,
            "input 1: 1.7000000001e9 is subtracted",
        );
        refused(&[0.0, 1.0], 0.0, "of input 0: ");
        refused(&[1e300, 0.0], 1.0, "of input 0: ");
        refused(&[1.0, 2.0, 3.0], 1.0, "3 numbers, and the first layer 2 inputs");
        let mut affine = Affine::identity();
        affine.divide(&[0.0]).unwrap();
        assert!(affine.normalization(1).is_err());
    }

    #[test]
    fn a_constant_is_spread_as_numpy_does() {
        let tensor = |shape: &[usize]| {
            let count = shape.iter().product::<usize>();
            let numbers: Vec<f64> = (0..count).map(|x| x as f64).collect();
            Tensor::of_f64("c".to_owned(), shape.to_vec(), &numbers)
        };
        let image = [None, Some(2), Some(1), Some(3)];
        for (shape, axes, expected) in [
            (&[1, 1][..], &image[..], vec![0.0]),
            (&[2, 1, 1], &image, vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
            (&[1, 2, 1, 1], &image, vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
            (&[3], &image, vec![0.0, 1.0, 2.0, 0.0, 1.0, 2.0]),
            (&[2, 1, 3], &image, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            (&[1, 3], &[None, None], vec![0.0, 1.0, 2.0]),
        ] {
            assert_eq!(spread(&tensor(shape), Some(axes)).unwrap(), expected, "{shape:?}");
        }
        for (shape, axes) in [
            (&[3, 1][..], &[None, Some(2)][..]),
            (&[2, 2, 2, 3], &image),
            (&[2], &image),
        ] {
            assert!(spread(&tensor(shape), Some(axes)).is_err(), "{shape:?}");
        }
    }
}
