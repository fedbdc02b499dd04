//! Standardizes a number by the mean and deviation of a random sample: its z score.

/// The distance of a number from the mean of `null`, in standard deviations of `null` (of it as a whole: divided by n);
/// `None` where `null` holds no two different numbers.
pub(super) fn z(number: f64, null: &[f64]) -> Option<f64> {
    let first = null.first()?;
    if null.iter().all(|other| other == first) {
        return None;
    }
    let count = null.len() as f64;
    let mean = null.iter().fold(0.0, |sum, number| sum + number) / count;
    let squares = null
        .iter()
        .fold(0.0, |sum, number| sum + (number - mean) * (number - mean));
    Some((number - mean) / (squares / count).sqrt())
}
