//! Normalizes the inputs of all parts, as the train part alone says.

use std::ops::Range;

use tombola::data::Normalization;

use super::pixels::bound;
use super::{Rows, exact};
use crate::experiment::Normalize;
use crate::ticket;

/// What is wrong with a column of drawn points or of an image.
const UNUSABLE: &str = "cannot be normalized: its values are too large or too close to each other for 32-bit numbers; change \
                        its unit or set data.normalize = \"none\"";

/// What is wrong with a value of another part.
const FAR: &str = "cannot be normalized: a value is too far from those of the train part for 32-bit numbers; correct it or \
                   delete its row";

/// Fits each column on the first of `parts`, the train part, and applies it to all of them: what the other parts look
/// like must not leak into training. `images` are the columns of each image task, and `table` the values that a column has
/// in the train part of a table, before they were rounded. `None` if nothing is to be done.
///
/// # Errors
/// The first column whose values cannot be brought to one scale in 32 bits, and what to do about it.
pub(super) fn normalize(
    parts: &mut [Rows; 3],
    input_count: usize,
    how: Normalize,
    images: &[Range<usize>],
    table: impl Fn(usize) -> Option<Vec<f64>>,
) -> Result<Option<ticket::Normalization>, (usize, String)> {
    let fits = |column: usize| {
        if let Some(values) = table(column) {
            return exact::fit(&values, how).map_err(|what| (column, what));
        }
        let values = parts[0].inputs[column..].iter().copied().step_by(input_count);
        Ok(match how {
            Normalize::Standard => Some(Normalization::standard(values)),
            Normalize::MinMax => Some(Normalization::min_max(values)),
            Normalize::None => None,
        })
    };
    let fitted = (0..input_count)
        .map(fits)
        .collect::<Result<Option<Vec<_>>, _>>()?;
    let Some(mut fitted) = fitted else {
        return Ok(None);
    };
    for pixels in images {
        bound(&mut fitted, &parts[0].inputs, input_count, pixels.clone());
    }
    if let Some(column) = fitted.iter().position(|fitted| !fitted.is_usable()) {
        return Err((column, UNUSABLE.to_owned()));
    }
    for row in parts
        .iter_mut()
        .flat_map(|part| part.inputs.chunks_exact_mut(input_count))
    {
        for (column, (x, fitted)) in row.iter_mut().zip(&fitted).enumerate() {
            *x = fitted.apply(*x);
            // An outlier of another part may be too far from those of the train part.
            if !x.is_finite() {
                return Err((column, FAR.to_owned()));
            }
        }
    }
    Ok(Some(ticket::Normalization {
        shift: fitted.iter().map(|fitted| fitted.shift).collect(),
        scale: fitted.iter().map(|fitted| fitted.scale).collect(),
    }))
}
