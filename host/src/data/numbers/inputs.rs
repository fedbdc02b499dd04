//! Inputs as they are rounded to 32 bits, and as they were, as soon as one is not the same.

/// Row-major `(rows, columns)`.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) rounded: Vec<f32>,
    /// Before they were rounded, in the same order; empty if that took nothing from any.
    pub(super) exact: Vec<f64>,
}

impl Inputs {
    /// With memory for so many; `None` where there is none.
    pub(super) fn with_room(length: usize) -> Option<Self> {
        let mut inputs = Self::default();
        inputs.rounded.try_reserve_exact(length).ok()?;
        Some(inputs)
    }

    /// Adds values; `None` where there is no memory for them.
    pub(super) fn extend(&mut self, values: &[f64]) -> Option<()> {
        let is_kept = |value: &f64| f64::from(*value as f32) == *value;
        if self.exact.is_empty() && !values.iter().all(is_kept) {
            self.exact.try_reserve_exact(self.rounded.capacity()).ok()?;
            self.exact
                .extend(self.rounded.iter().map(|&value| f64::from(value)));
        }
        self.rounded.try_reserve(values.len()).ok()?;
        self.rounded.extend(values.iter().map(|&value| value as f32));
        if !self.exact.is_empty() || !values.iter().all(is_kept) {
            self.exact.try_reserve(values.len()).ok()?;
            self.exact.extend(values);
        }
        Some(())
    }

    /// Adds what was read elsewhere; `None` where there is no memory for it.
    pub(super) fn append(&mut self, other: &Self) -> Option<()> {
        if other.exact.is_empty() {
            let values: Vec<f64> = other.rounded.iter().map(|&value| value.into()).collect();
            return self.extend(&values);
        }
        self.extend(&other.exact)
    }
}

#[cfg(test)]
mod tests {
    use super::Inputs;

    #[test]
    fn what_rounding_takes_is_kept_from_the_first_value_on() {
        let mut inputs = Inputs::with_room(6).unwrap();
        inputs.extend(&[0.5, 2.0]).unwrap();
        assert_eq!((&*inputs.rounded, &*inputs.exact), (&[0.5, 2.0][..], &[][..]));
        inputs.extend(&[0.1, 3.0]).unwrap();
        inputs.extend(&[4.0, 5.0]).unwrap();
        assert_eq!(inputs.rounded, [0.5, 2.0, 0.1, 3.0, 4.0, 5.0]);
        assert_eq!(inputs.exact, [0.5, 2.0, 0.1, 3.0, 4.0, 5.0]);
        let mut first = Inputs::default();
        first.extend(&[0.1]).unwrap();
        assert_eq!((&*first.rounded, &*first.exact), (&[0.1_f32][..], &[0.1][..]));
    }
}
