//! Reads the numbers of a tensor of any type as 32-bit floats, and counts what rounding does to them.

use std::borrow::Cow;
use std::fmt;

use crate::text::counted;
use itertools::Itertools;

/// A tensor of a file: its name, its shape, and bytes that are as many as both say.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    kind: Kind,
    /// Little-endian, row by row.
    bytes: Cow<'a, [u8]>,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F16,
    Bf16,
    F32,
    F64,
    /// A byte that is 0 or not.
    Bool,
    /// So many bytes in two's complement.
    Signed(usize),
    /// So many bytes.
    Unsigned(usize),
}

impl Kind {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Signed(size) | Self::Unsigned(size) => size,
        }
    }

    /// Whether weights can be of this kind.
    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64)
    }

    /// The number in `bytes`, of [`Self::size`]. Only integers above 2⁵³ are rounded.
    fn number(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        match self {
            Self::F16 => f64::from(half(word as u16)),
            Self::Bf16 => f64::from(f32::from_bits((word as u32) << 16)),
            Self::F32 => f64::from(f32::from_bits(word as u32)),
            Self::F64 => f64::from_bits(word),
            Self::Bool => f64::from(u8::from(word != 0)),
            Self::Unsigned(_) => word as f64,
            // The sign bit is shifted to the top and back.
            Self::Signed(size) => ((word << (64 - 8 * size)) as i64 >> (64 - 8 * size)) as f64,
        }
    }
}

/// A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. Each is an f32.
fn half(bits: u16) -> f32 {
    let magnitude = u32::from(bits & 0x7fff) << 13;
    // 2¹¹², the difference of the exponents' biases; as a factor it is right for subnormal numbers, too.
    let magnitude = if magnitude < 0x7c00 << 13 {
        f32::from_bits(magnitude) * f32::from_bits((127 + 112) << 23)
    } else {
        f32::from_bits(0x7f80_0000 | magnitude)
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

impl<'a> Tensor<'a> {
    /// A tensor of these bytes.
    ///
    /// # Errors
    /// The message, if the bytes are not those of the shape.
    pub(super) fn new(
        name: String,
        shape: Vec<usize>,
        kind: Kind,
        bytes: Cow<'a, [u8]>,
    ) -> Result<Self, String> {
        let count = shape
            .iter()
            .try_fold(kind.size(), |count, &axis| count.checked_mul(axis));
        if count != Some(bytes.len()) {
            let tensor = crate::text::quoted(&name);
            return Err(format!(
                "the tensor {tensor} has {}, not those of its shape {}; save the file again",
                counted(bytes.len(), "byte"),
                shown_shape(&shape)
            ));
        }
        Ok(Self {
            name,
            shape,
            kind,
            bytes,
        })
    }

    /// A tensor of these numbers.
    pub(super) fn of_f64(name: String, shape: Vec<usize>, numbers: &[f64]) -> Self {
        debug_assert_eq!(numbers.len(), shape.iter().product::<usize>());
        Self {
            name,
            shape,
            kind: Kind::F64,
            bytes: numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.kind.size()
    }

    /// The numbers, row by row, as they are: not rounded, not checked.
    pub(super) fn numbers(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.bytes
            .chunks_exact(self.kind.size())
            .map(|bytes| self.kind.number(bytes))
    }

    /// The numbers, rounded to the nearest f32, and finite. What that changes is added to `rounding`.
    ///
    /// # Errors
    /// The message, which names the element that is not a finite number in 32 bits.
    pub(super) fn floats(&self, rounding: &mut Rounding) -> Result<Vec<f32>, String> {
        let mut floats = Vec::with_capacity(self.len());
        for (position, exact) in self.numbers().enumerate() {
            let float = exact as f32;
            if !float.is_finite() {
                let element = self.element(position);
                return Err(if exact.is_finite() {
                    format!(
                        "{element} is {exact:e}, and 32 bits hold numbers up to 3.4e38; make the network's numbers \
                         smaller"
                    )
                } else {
                    format!(
                        "{element} is {exact}; every number must be finite: save a network whose training did not \
                         diverge"
                    )
                });
            }
            rounding.add(exact, float);
            floats.push(float);
        }
        Ok(floats)
    }

    /// An element for a message: `fc1.weight[2, 0]`.
    pub(super) fn element(&self, position: usize) -> String {
        let mut rest = position;
        let mut index: Vec<String> = vec![];
        for &axis in self.shape.iter().rev() {
            index.push((rest % axis).to_string());
            rest /= axis;
        }
        let name = crate::text::shown(&self.name);
        if index.is_empty() {
            return name;
        }
        format!("{name}[{}]", index.iter().rev().join(", "))
    }
}

/// `[32, 4]`, of which a hostile file may have any number of axes.
pub(super) fn shown_shape(shape: &[usize]) -> String {
    crate::text::shown(&format!("{shape:?}"))
}

/// What rounding to 32 bits did to the numbers of a network.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rounding {
    count: usize,
    changed: usize,
    became_zero: usize,
    /// The greatest change, as a fraction of the number.
    largest: f64,
}

impl Rounding {
    /// Counts what another one counted.
    pub(super) fn extend(&mut self, other: Self) {
        self.count += other.count;
        self.changed += other.changed;
        self.became_zero += other.became_zero;
        self.largest = self.largest.max(other.largest);
    }

    fn add(&mut self, exact: f64, float: f32) {
        self.count += 1;
        let float = f64::from(float);
        if float == exact {
            return;
        }
        self.changed += 1;
        if float == 0.0 {
            self.became_zero += 1;
        } else {
            let change = ((float - exact) / exact).abs();
            if self.largest < change {
                self.largest = change;
            }
        }
    }
}

impl fmt::Display for Rounding {
    /// What is to be told; nothing if nothing changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            count,
            changed,
            became_zero,
            largest,
        } = *self;
        if changed == 0 {
            return Ok(());
        }
        write!(f, "{changed} of {count} numbers were rounded to 32 bits")?;
        if largest != 0.0 {
            write!(f, ", by {largest:.1e} of their value at most")?;
        }
        if became_zero != 0 {
            write!(f, "; too small for them, {became_zero} became 0")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Kind, Rounding, Tensor, half};

    fn tensor(kind: Kind, bytes: &[u8]) -> Tensor<'_> {
        let count = bytes.len() / kind.size();
        Tensor::new("w".to_owned(), vec![1, count], kind, Cow::Borrowed(bytes)).unwrap()
    }

    /// Values from the standard: IEEE 754 binary16.
    #[test]
    fn every_half_is_the_float_it_stands_for() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0x7bff, 65504.0),
            (0xc000, -2.0),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert_eq!(half(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(half(0x7c01).is_nan() && half(0xfe00).is_nan());
        // By the definition, in f64.
        for bits in 0..0x7c00_u16 {
            let (exponent, fraction) = (i32::from(bits >> 10), f64::from(bits & 0x3ff));
            let power = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
            let value = match exponent {
                0 => fraction * power(-24),
                _ => (1024.0 + fraction) * power(exponent - 25),
            };
            assert_eq!(f64::from(half(bits)), value);
        }
    }

    #[test]
    fn integers_and_truth_values_are_numbers() {
        let numbers = |kind, bytes: &[u8]| tensor(kind, bytes).numbers().collect::<Vec<_>>();
        assert_eq!(numbers(Kind::Signed(1), &[255, 1]), [-1.0, 1.0]);
        assert_eq!(numbers(Kind::Unsigned(1), &[255, 1]), [255.0, 1.0]);
        assert_eq!(numbers(Kind::Signed(2), &[0, 128]), [-32768.0]);
        assert_eq!(
            numbers(Kind::Signed(8), &[254, 255, 255, 255, 255, 255, 255, 255]),
            [-2.0]
        );
        assert_eq!(numbers(Kind::Bool, &[0, 1, 2]), [0.0, 1.0, 1.0]);
        assert_eq!(numbers(Kind::Bf16, &[0x80, 0xbf]), [-1.0]);
    }

    #[test]
    fn what_rounding_changes_is_counted() {
        let exact = [0.1, 0.5, 1e-60, -0.0];
        let bytes: Vec<u8> = exact.iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
        let mut rounding = Rounding::default();
        let floats = tensor(Kind::F64, &bytes).floats(&mut rounding).unwrap();
        assert_eq!(floats, [0.1, 0.5, 0.0, -0.0]);
        assert_eq!(
            rounding.to_string(),
            "2 of 4 numbers were rounded to 32 bits, by 1.5e-8 of their value at most; too small for them, 1 became 0"
        );
        assert_eq!(Rounding::default().to_string(), "");
    }

    #[test]
    fn a_number_that_is_not_finite_is_named() {
        let refused = |x: f64| {
            let bytes = [0.0, x].map(f64::to_le_bytes).concat();
            tensor(Kind::F64, &bytes)
                .floats(&mut Rounding::default())
                .unwrap_err()
        };
        assert!(refused(f64::NAN).starts_with("w[0, 1] is NaN; every number must be finite"));
        assert!(refused(-1e40).starts_with("w[0, 1] is -1e40, and 32 bits hold"));
    }

    #[test]
    fn bytes_that_are_not_those_of_the_shape_are_refused() {
        for shape in [vec![2], vec![usize::MAX, usize::MAX], vec![0]] {
            let bytes = Cow::Borrowed(&[0_u8; 4][..]);
            let refused = Tensor::new("w".to_owned(), shape, Kind::F32, bytes).unwrap_err();
            assert!(refused.contains("'w' has 4 bytes"), "{refused}");
        }
    }
}
