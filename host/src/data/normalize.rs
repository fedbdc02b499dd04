//! Normalizes the inputs of all parts, as the train part alone says.

use std::ops::Range;

use tombola::data::Normalization;

use super::Rows;
use super::pixels::bound;
use crate::experiment::Normalize;
use crate::ticket;

/// Fits each column on the first of `parts`, the train part, and applies it to all of them: what the other parts look
/// like must not leak into training. `images` are the columns of each image task. `None` if nothing is to be done.
///
/// # Errors
/// The first column whose values cannot be brought to one scale in 32 bits.
pub(super) fn normalize(
    parts: &mut [Rows; 3],
    input_count: usize,
    how: Normalize,
    images: &[Range<usize>],
) -> Result<Option<ticket::Normalization>, usize> {
    let fits = |column: usize| {
        let values = parts[0].inputs[column..].iter().copied().step_by(input_count);
        match how {
            Normalize::Standard => Some(Normalization::standard(values)),
            Normalize::MinMax => Some(Normalization::min_max(values)),
            Normalize::None => None,
        }
    };
    let Some(mut fitted) = (0..input_count).map(fits).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    for pixels in images {
        bound(&mut fitted, &parts[0].inputs, input_count, pixels.clone());
    }
    if let Some(column) = fitted.iter().position(|fitted| !fitted.is_usable()) {
        return Err(column);
    }
    for row in parts
        .iter_mut()
        .flat_map(|part| part.inputs.chunks_exact_mut(input_count))
    {
        for (column, (x, fitted)) in row.iter_mut().zip(&fitted).enumerate() {
            *x = fitted.apply(*x);
            // An outlier of another part may be too far from those of the train part.
            if !x.is_finite() {
                return Err(column);
            }
        }
    }
    Ok(Some(ticket::Normalization {
        shift: fitted.iter().map(|fitted| fitted.shift).collect(),
        scale: fitted.iter().map(|fitted| fitted.scale).collect(),
    }))
}
