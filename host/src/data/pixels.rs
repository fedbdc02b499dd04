//! Normalizes pixels that hardly vary by the range of all pixels.
//!
//! The border of an image is blank, or has a speck in one image of thousands. Divided by its deviation, such a pixel would be
//! hundreds where it is set, and thousands in another part with a stronger speck: more than the rest of the image together.

use std::ops::Range;

use tombola::data::Normalization;

/// Gray levels of a byte: a pixel that varies by less than one of them hardly varies.
const LEVELS: f32 = 255.0;

/// Gives the pixels of one image task, the columns `pixels` of the train part's `inputs`, the scale 1 / range where their
/// own scale would make one gray level of 255 larger than 1, and where they are constant. The range is that of all pixels.
pub(super) fn bound(fitted: &mut [Normalization], inputs: &[f32], input_count: usize, pixels: Range<usize>) {
    let ranges: Vec<(f32, f32)> = pixels
        .clone()
        .map(|column| {
            let values = inputs[column..].iter().step_by(input_count);
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, greatest), &value| {
                (
                    if value < least { value } else { least },
                    if greatest < value { value } else { greatest },
                )
            })
        })
        .collect();
    let least = ranges.iter().map(|range| range.0).fold(f32::INFINITY, f32::min);
    let greatest = ranges
        .iter()
        .map(|range| range.1)
        .fold(f32::NEG_INFINITY, f32::max);
    let range = greatest - least;
    if range == 0.0 || !range.is_finite() {
        return;
    }
    for (fitted, (least, greatest)) in fitted[pixels].iter_mut().zip(ranges) {
        if least == greatest || LEVELS / range < fitted.scale {
            fitted.scale = 1.0 / range;
        }
    }
}

#[cfg(test)]
mod tests {
    use tombola::data::Normalization;

    use super::bound;

    #[test]
    fn pixels_that_hardly_vary_are_scaled_by_the_range_of_all() {
        // Blank, a strong speck, a faint one and a pixel that varies, in two images beside another task's column.
        let inputs = [0.0, 0.0, 7.0, 0.0, 9.0, 0.0, 200.0, 7.5, 250.0, 9.0];
        let column = |column: usize| inputs[column..].iter().copied().step_by(5);
        let before: Vec<Normalization> = (0..5)
            .map(|index| Normalization::standard(column(index)))
            .collect();
        let mut fitted = before.clone();
        bound(&mut fitted, &inputs, 5, 0..4);
        let scales: Vec<f32> = fitted.iter().map(|fitted| fitted.scale).collect();
        assert_eq!(scales, [1.0 / 250.0, 1.0 / 100.0, 1.0 / 250.0, 1.0 / 125.0, 1.0]);
        let shifts = |all: &[Normalization]| all.iter().map(|of| of.shift).collect::<Vec<_>>();
        assert_eq!(shifts(&fitted), shifts(&before));
    }

    #[test]
    fn images_that_are_blank_stay_as_they_are() {
        let mut fitted = [Normalization {
            shift: 5.0,
            scale: 1.0,
        }];
        bound(&mut fitted, &[5.0, 5.0], 1, 0..1);
        assert_eq!(fitted[0].scale, 1.0);
    }
}
