//! How raw inputs become those of an imported network, as the command line gives it: by numbers, or by a file that they are
//! fitted on.

use super::labels::Names;
use crate::bad_input;
use crate::data::exact;
use crate::data::sheet::Sheet;
use crate::experiment::Normalize;
use crate::text::{counted, did_you_mean, quoted};
use crate::ticket::Normalization;

/// What is subtracted from inputs, and what the difference is multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub enum Scaling {
    /// One number of each for all inputs, or for each.
    Given {
        /// What is subtracted.
        shift: Vec<f64>,
        /// What the difference is multiplied by.
        scale: Vec<f64>,
    },
    /// The mean and the inverse of the deviation of each column of a CSV file.
    Fitted {
        /// The file, for messages.
        place: String,
        /// Its content.
        bytes: Vec<u8>,
    },
}

impl Scaling {
    /// That of so many inputs. Where they have names, a file's columns are found by them, else they are its first.
    ///
    /// # Errors
    /// [`BadInput`](crate::error::BadInput) if there are not as many numbers or columns, or 32 bits do not hold it.
    pub(super) fn normalization(
        &self,
        input_count: usize,
        names: Option<&Names>,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<Normalization> {
        match self {
            Self::Given { shift, scale } => {
                let shift = one_each("--shift", shift, input_count)?;
                let scale = one_each("--scale", scale, input_count)?;
                rounded(&shift, &scale, |input| {
                    format!("--shift and --scale, input {input}")
                })
            }
            Self::Fitted { place, bytes } => {
                let sheet = Sheet::parse(place.clone(), bytes)?;
                let columns = columns(&sheet, input_count, names, notes)?;
                let fitted = columns.iter().map(|&column| standard(&sheet, column));
                let (shift, scale) = fitted.collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip();
                Ok(Normalization { shift, scale })
            }
        }
    }
}

/// The columns of the inputs.
fn columns(
    sheet: &Sheet,
    input_count: usize,
    names: Option<&Names>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<usize>> {
    let (header, file) = (sheet.header(), sheet.file());
    if let Some(names) = names {
        let names = names.first(input_count);
        let column = |name: &String| {
            let found = header.iter().position(|column| column == name);
            found.ok_or_else(|| {
                let near = did_you_mean(name, header).unwrap_or_else(|| "correct --names".to_owned());
                bad_input!("{file}: no column is called {}; {near}", quoted(name))
            })
        };
        return names.iter().map(column).collect();
    }
    if header.len() < input_count {
        return Err(bad_input!(
            "{file}: there are {}, and the network has {}; name a file with a column for each",
            counted(header.len(), "column"),
            counted(input_count, "input")
        ));
    }
    if input_count < header.len() {
        notes.push(format!(
            "inputs are normalized by the first {} of {}, {} to {}",
            counted(input_count, "column"),
            quoted(file),
            quoted(&header[0]),
            quoted(&header[input_count - 1])
        ));
    }
    Ok((0..input_count).collect())
}

/// What an experiment with this column would subtract and multiply by.
fn standard(sheet: &Sheet, column: usize) -> anyhow::Result<(f32, f32)> {
    let values: Vec<f64> = (0..sheet.row_count())
        .map(|row| sheet.exact_number(row, column))
        .collect::<anyhow::Result<_>>()?;
    let name = quoted(&sheet.header()[column]);
    let fitted = exact::fit(&values, Normalize::Standard)
        .map_err(|problem| bad_input!("{}: column {name} {problem}", sheet.file()))?
        .expect("a standard normalization is one");
    Ok((fitted.shift, fitted.scale))
}

/// In 32 bits.
fn rounded(shift: &[f64], scale: &[f64], place: impl Fn(usize) -> String) -> anyhow::Result<Normalization> {
    let rounded = |(input, (&shift, &scale)): (usize, (&f64, &f64))| {
        super::onnx::affine::rounded(shift, scale)
            .map_err(|problem| bad_input!("{}: {problem}", place(input)))
    };
    let both = shift.iter().zip(scale).enumerate().map(rounded);
    let (shift, scale) = both.collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip();
    Ok(Normalization { shift, scale })
}

/// One number for each input, from as many or from one for all.
fn one_each(name: &str, numbers: &[f64], input_count: usize) -> anyhow::Result<Vec<f64>> {
    match *numbers {
        [number] => Ok(vec![number; input_count]),
        _ if numbers.len() == input_count => Ok(numbers.to_vec()),
        _ => Err(bad_input!(
            "{name} has {}, and the network {}; give one for each, or one for all",
            counted(numbers.len(), "number"),
            counted(input_count, "input")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::Scaling;
    use crate::error::refused;
    use crate::import::Names;

    fn fitted(text: &str) -> Scaling {
        Scaling::Fitted {
            place: "my.csv".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_file_gives_means_and_deviations() {
        let file = fitted("a,b,c,label\n1,5,7,0\n3,9,7,1\n1,5,7,0\n3,9,7,1\n");
        let mut notes = vec![];
        let by = file.normalization(3, None, &mut notes).unwrap();
        assert_eq!((by.shift, by.scale), (vec![2.0, 7.0, 7.0], vec![1.0, 0.5, 1.0]));
        assert_eq!(
            notes,
            ["inputs are normalized by the first 3 columns of 'my.csv', 'a' to 'c'"]
        );
        let names = Names::Given(vec!["b".to_owned(), "a".to_owned()]);
        let by = file.normalization(2, Some(&names), &mut vec![]).unwrap();
        assert_eq!((by.shift, by.scale), (vec![7.0, 2.0], vec![0.5, 1.0]));
        let names = Names::Given(vec!["lable".to_owned()]);
        refused(
            file.normalization(1, Some(&names), &mut vec![]),
            &["'lable'; did you mean 'label'?"],
        );
        refused(
            file.normalization(5, None, &mut vec![]),
            &["4 columns, and the network has 5 inputs"],
        );
        refused(
            fitted("a\nx\n").normalization(1, None, &mut vec![]),
            &["my.csv:2", "'x'"],
        );
    }

    #[test]
    fn what_32_bits_do_not_hold_is_refused_with_its_column() {
        let file = fitted("t,x\n1700000000.1,1\n1700000000.3,2\n");
        refused(
            file.normalization(2, None, &mut vec![]),
            &["my.csv: column 't'", "subtract 1700000000"],
        );
        let given = |shift: &[f64], scale: &[f64]| Scaling::Given {
            shift: shift.to_vec(),
            scale: scale.to_vec(),
        };
        refused(
            given(&[0.0], &[0.0]).normalization(2, None, &mut vec![]),
            &["--shift and --scale, input 0"],
        );
        refused(
            given(&[0.0, 1.0], &[1.0]).normalization(3, None, &mut vec![]),
            &["--shift has 2 numbers, and the network 3 inputs"],
        );
        let by = given(&[0.5], &[2.0, 3.0])
            .normalization(2, None, &mut vec![])
            .unwrap();
        assert_eq!((by.shift, by.scale), (vec![0.5; 2], vec![2.0, 3.0]));
    }
}
