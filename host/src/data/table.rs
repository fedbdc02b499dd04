//! A task from a CSV file: its inputs, its classes, and its rows dealt out to the parts.

use itertools::Itertools;
use rand_core::Rng;
use tombola::data::Columns;
use tombola::random::shuffle;

use super::Rows;
use super::classes::Classes;
use super::sheet::{Sheet, is_number, sample};
use crate::bad_input;
use crate::text::{did_you_mean, quoted};

/// The inputs and the class of each row.
#[derive(Debug)]
pub(super) struct Table {
    /// Names of the inputs.
    pub(super) columns: Vec<String>,
    /// How many classes there are, and their labels.
    pub(super) classes: Classes,
    /// Row-major `(rows, columns)`.
    pub(super) inputs: Vec<f32>,
    /// The inputs before they were rounded to f32, in the same order; empty if that took nothing from them.
    pub(super) exact: Vec<f64>,
    /// How many rows at the end are for the test part, and no others are; 0 if it is dealt from the same rows.
    pub(super) held_out: usize,
    /// Whether the columns are the pixels of an image.
    pub(super) is_image: bool,
    /// How the file is written again where its bytes stand in a wrong order, if it is no text.
    pub(super) byte_order: Option<&'static str>,
    /// What the user should know of the columns, a line each, which names the file.
    pub(super) notes: Vec<String>,
}

impl Table {
    /// Reads the content of a file: the column `label` holds the class, every other one is an input, in the order of the file.
    ///
    /// # Errors
    /// Bad input, with file, line, column and remedy.
    pub(super) fn read(file: String, bytes: &[u8], label: &str) -> anyhow::Result<Self> {
        Self::of(&Sheet::parse(file, bytes)?, label)
    }

    fn of(sheet: &Sheet, label: &str) -> anyhow::Result<Self> {
        let (place, header) = (sheet.header_place(), sheet.header());
        let Some(label) = header.iter().position(|name| name == label) else {
            return Err(missing(sheet, label));
        };
        let inputs: Vec<usize> = (0..header.len()).filter(|&column| column != label).collect();
        if inputs.is_empty() {
            return Err(bad_input!(
                "{place}: {} is the only column; add one for each input",
                quoted(&header[label])
            ));
        }
        sheet.check_names(&inputs)?;
        check_label(sheet, &inputs, label)?;
        let classes = Classes::of(sheet, label)?;
        let (exact, rounded): (Vec<f64>, Vec<f32>) = (0..sheet.row_count())
            .flat_map(|row| inputs.iter().map(move |&column| sheet.numbers(row, column)))
            .process_results(|numbers| numbers.unzip())?;
        for (index, &column) in inputs.iter().enumerate() {
            let mut values = exact[index..].iter().step_by(inputs.len());
            if values.all(|value| *value == exact[index]) {
                check_constant(sheet, column)?;
            }
        }
        let counting = inputs
            .iter()
            .enumerate()
            .filter(|(index, _)| counts_rows(&exact[*index..].iter().step_by(inputs.len())));
        let counting = counting.map(|(_, &column)| {
            format!(
                "column {} numbers the rows and is used as an input; delete it from the file if it says nothing else",
                quoted(&header[column])
            )
        });
        let notes = sheet.notes().iter().cloned().chain(counting);
        let notes = notes.map(|note| format!("{}: {note}", sheet.file())).collect();
        Ok(Self {
            columns: inputs.iter().map(|&column| header[column].clone()).collect(),
            classes,
            inputs: rounded,
            exact,
            held_out: 0,
            is_image: false,
            byte_order: None,
            notes,
        })
    }

    pub(super) fn row_count(&self) -> usize {
        self.classes.of_each.len()
    }

    /// Puts the rows into a random order and deals them out to `parts`, one after the other, so that no row is in two
    /// of them; where rows are held out, to the last of `parts` only those, and to the others none of them. Returns the
    /// rows of the train part.
    ///
    /// # Panics
    /// If there are fewer rows than the parts hold.
    pub(super) fn cut(&self, columns: &Columns, parts: &mut [Rows; 3], rng: &mut impl Rng) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.row_count()).collect();
        let (rows, held_out) = order.split_at_mut(self.row_count() - self.held_out);
        shuffle(rows, rng);
        shuffle(held_out, rng);
        let [train, validation, test] = parts;
        let mut rows = rows.iter();
        self.deal(columns, train, &mut rows);
        self.deal(columns, validation, &mut rows);
        match held_out {
            [] => self.deal(columns, test, &mut rows),
            held_out => self.deal(columns, test, &mut held_out.iter()),
        }
        order.truncate(train.classes.len() / columns.task_count);
        order
    }

    /// Values of an input in these rows, before they were rounded to f32.
    pub(super) fn values(&self, column: usize, rows: impl IntoIterator<Item = usize>) -> Vec<f64> {
        let place = |row: usize| row * self.columns.len() + column;
        let value = |row: usize| {
            let exact = self.exact.get(place(row)).copied();
            exact.unwrap_or_else(|| self.inputs[place(row)].into())
        };
        rows.into_iter().map(value).collect()
    }

    /// What is wrong with a column that cannot be used, if it has numbers that nobody measures, but that the bytes of others
    /// are in reverse.
    pub(super) fn misread(&self, column: usize) -> Option<String> {
        let remedy = self.byte_order?;
        let mut values = self.values(column, 0..self.row_count()).into_iter();
        let odd = values.find(|x| *x != 0.0 && !(1e-30..1e30).contains(&x.abs()))?;
        Some(format!(
            "holds {odd:e}, as if its bytes stood in a wrong order; {remedy}, or bring it to another unit"
        ))
    }

    fn deal<'a>(&self, columns: &Columns, part: &mut Rows, order: &mut impl Iterator<Item = &'a usize>) {
        let samples = part
            .inputs
            .chunks_exact_mut(columns.input_count)
            .zip(part.classes.chunks_exact_mut(columns.task_count));
        for (inputs, classes) in samples {
            let &row = order.next().expect("a row for every sample");
            let width = self.columns.len();
            inputs[columns.inputs.clone()].copy_from_slice(&self.inputs[row * width..][..width]);
            classes[columns.task] = self.classes.of_each[row];
        }
    }
}

/// Whether the values of a column are the numbers of the rows, from 0 or 1 on: under a name of its own such a column may be
/// a time as well as a number of the row, which would be learned from.
fn counts_rows<'a>(values: &(impl Iterator<Item = &'a f64> + Clone)) -> bool {
    let is_from = |first: usize| {
        values
            .clone()
            .zip(first..)
            .all(|(value, row)| *value == row as f64)
    };
    is_from(0) || is_from(1)
}

/// Refuses a column that is constant in f64 alone.
fn check_constant(sheet: &Sheet, column: usize) -> anyhow::Result<()> {
    let first = sheet.cell(0, column);
    for row in 1..sheet.row_count() {
        let differs = || sheet.plain_label(row, column) != sheet.plain_label(0, column);
        if sheet.cell(row, column) != first && differs() {
            let what = format!(
                "{} differs from {} only in digits that no number of 64 bits has; subtract {} from the column in the file",
                quoted(sheet.cell(row, column)),
                quoted(first),
                quoted(first)
            );
            return Err(sheet.refused(row, column, &what));
        }
    }
    Ok(())
}

/// Refuses a file whose inputs are called 0, 1, 2, … and whose label column is called by one of its labels: its first line
/// is a sample that looks like a header.
fn check_label(sheet: &Sheet, inputs: &[usize], label: usize) -> anyhow::Result<()> {
    let names = sheet.header();
    let is_sample = inputs.iter().all(|&input| is_number(&names[input])) && names_itself(sheet, label);
    if is_sample && !is_number(&names[label]) {
        return Err(bad_input!(
            "{}: {}",
            sheet.header_place(),
            sample(&names[inputs[0]])
        ));
    }
    Ok(())
}

/// Whether a column is called as one of its cells.
fn names_itself(sheet: &Sheet, column: usize) -> bool {
    let name = &sheet.header()[column];
    (0..sheet.row_count()).any(|row| sheet.text(row, column).is_ok_and(|text| text == name))
}

/// What to say when no column is called `label`.
fn missing(sheet: &Sheet, label: &str) -> anyhow::Error {
    let header = sheet.header();
    let all: Vec<usize> = (0..header.len()).collect();
    if let Err(no_header) = sheet.check_names(&all) {
        return no_header;
    }
    let last = header.len() - 1;
    let name = quoted(&header[last]);
    let remedy = if is_number(&header[last]) || names_itself(sheet, last) {
        format!(
            "if the first line is a header, name one of its columns as label, such as {name}; if it is a sample, write a \
             header above it"
        )
    } else {
        did_you_mean(label, header)
            .unwrap_or_else(|| format!("name one of its columns as label, such as {name}"))
    };
    bad_input!(
        "{}: no column is called {}; {remedy}{}",
        sheet.header_place(),
        quoted(label),
        sheet.otherwise()
    )
}

#[cfg(test)]
mod tests {
    use tombola::random::{Purpose, below, stream};

    use super::Table;
    use crate::error::refused;

    fn table(bytes: &[u8]) -> anyhow::Result<Table> {
        Table::read("my.csv".to_owned(), bytes, "label")
    }

    /// Checks that `bytes` are refused as bad input, in one line that begins with `place` and holds `fragments`.
    #[track_caller]
    fn check(bytes: impl AsRef<[u8]>, place: &str, fragments: &[&str]) {
        let message = refused(table(bytes.as_ref()), fragments);
        assert!(message.starts_with(place), "no '{place}' before: {message}");
    }

    #[test]
    fn inputs_keep_their_order_around_the_label_column() {
        let table = table(b"a,label,b\n1,yes,2\n-3.5e-1,no,4\n").unwrap();
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.inputs, [1.0, 2.0, -0.35, 4.0]);
        assert_eq!(table.classes.of_each, [1, 0]);
        assert_eq!(table.classes.labels.unwrap(), ["no", "yes"]);
    }

    #[test]
    fn byte_order_mark_windows_line_ends_spaces_quotes_and_blank_lines_are_read() {
        let table = table("\u{feff}a, label \r\n\r\n 1 ,\"x, y\"\r\n2,z".as_bytes()).unwrap();
        assert_eq!(table.columns, ["a"]);
        assert_eq!(table.inputs, [1.0, 2.0]);
        assert_eq!(table.classes.labels.unwrap(), ["x, y", "z"]);
    }

    #[test]
    fn a_column_that_counts_the_rows_under_a_name_is_an_input_with_a_note() {
        for first in [0, 1] {
            let row = |row: usize| format!("{}.0,{},{}\n", row + first, row * row, row % 2);
            let rows: Vec<String> = (0..6).map(row).collect();
            let table = table(format!("Id,x,label\n{}", rows.concat()).as_bytes()).unwrap();
            assert_eq!(table.columns, ["Id", "x"]);
            assert_eq!(
                table.notes,
                [
                    "my.csv: column 'Id' numbers the rows and is used as an input; delete it from the file if it says \
                  nothing else"
                ]
            );
        }
        for text in ["t,label\n2,0\n3,1\n4,0\n", "t,label\n1,0\n3,1\n2,0\n"] {
            assert_eq!(table(text.as_bytes()).unwrap().notes, [""; 0], "{text}");
        }
    }

    #[test]
    fn a_file_without_rows_or_header_is_refused() {
        check("", "my.csv: ", &["empty", "header"]);
        check("\n\n", "my.csv: ", &["empty", "header"]);
        check("a,label\n", "my.csv: ", &["no rows", "one for each sample"]);
        check(
            "1,0\n2,1\n",
            "my.csv:1: ",
            &["must be a header", "'1' is a number"],
        );
        check("label\n1\n0\n", "my.csv:1: ", &["only column", "add one"]);
    }

    #[test]
    fn a_header_with_an_empty_or_repeated_name_is_refused() {
        check(
            ",a,label\n1.5,2,0\n",
            "my.csv:1: ",
            &["column 1 has no name", "delete it"],
        );
        check("a,,label\n1,2,0\n", "my.csv:1: ", &["column 2 has no name"]);
        check("a,label,\n1,2,\n", "my.csv:1: ", &["column 3", "ends in ','"]);
        check(
            "a,b,a,label\n1,2,3,0\n",
            "my.csv:1: ",
            &["columns 1 and 3", "'a'", "rename"],
        );
        check(
            "a,label,label\n1,2,3\n",
            "my.csv:1: ",
            &["columns 2 and 3", "'label'"],
        );
    }

    #[test]
    fn a_missing_label_column_is_named_with_the_nearest() {
        check(
            "a,Lable\n1,0\n",
            "my.csv:1: ",
            &["no column is called 'label'", "did you mean 'Lable'?"],
        );
        check(
            "a,species\n1,0\n",
            "my.csv:1: ",
            &["no column is called 'label'", "such as 'species'"],
        );
        check(
            "0,1,2\n1,2,0\n",
            "my.csv:1: ",
            &["such as '2'", "if it is a sample"],
        );
        check(
            "a,yes\n1,yes\n1,no\n",
            "my.csv:1: ",
            &["such as 'yes'", "if it is a sample"],
        );
    }

    #[test]
    fn a_row_of_another_length_is_refused_with_its_line() {
        check("a,label\n1,0\n\n\n1\n", "my.csv:5: ", &["1 cell ", "header 2"]);
        check(
            "a,label\r\n1,0\r\n1,5,0\r\n",
            "my.csv:3: ",
            &["3 cells", "quotes"],
        );
    }

    #[test]
    fn a_cell_that_is_no_finite_number_is_refused_with_its_line_and_column() {
        check(
            "a,b,label\n1,2,0\n1,x,1\n",
            "my.csv:3: column 'b': ",
            &["'x' is not a number", "0.5"],
        );
        check(
            "a,label\n1,0\n0x10,1\n",
            "my.csv:3: column 'a': ",
            &["'0x10' is not a number"],
        );
        check(
            "a,label\n1,0\n\"1,5\",1\n",
            "my.csv:3: column 'a': ",
            &["'1,5' is not a number", "decimal comma"],
        );
        for number in ["NaN", "inf", "-Infinity", "1e39"] {
            let text = format!("a,label\n1,0\n{number},1\n");
            check(text, "my.csv:3: column 'a': ", &[number, "not finite"]);
        }
        let long = format!("a,label\n{}\u{202e},0\n1,1\n", "x".repeat(10_000));
        check(&long, "my.csv:2: column 'a': ", &["xxx…' is not a number"]);
        assert!(format!("{:#}", table(long.as_bytes()).unwrap_err()).len() < 200);
    }

    #[test]
    fn a_label_with_a_character_that_nobody_can_want_is_refused_with_its_line() {
        for (text, fragment) in [
            (
                "a,label\n1,0\n2,1\u{1a}",
                "the label '1\\u{1a}' holds U+001A, the end-of-file mark",
            ),
            ("a,label\n1,0\n2,\u{1b}[2J\n", "'\\u{1b}[2J' holds U+001B"),
            ("a,label\n1,0\n2,\u{fffe}\n", "U+FFFE"),
        ] {
            check(text, "my.csv:3: column 'label': ", &[fragment]);
        }
    }

    #[test]
    fn an_empty_cell_is_refused_with_its_line_and_column() {
        check(
            "a,label\n,0\n1,1\n",
            "my.csv:2: column 'a': ",
            &["empty", "delete the row"],
        );
        check("a,label\n1,0\n1, \n", "my.csv:3: column 'label': ", &["empty"]);
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_its_line() {
        check(b"a,label\n1,0\n1,\xe9\n", "my.csv:3: ", &["not UTF-8", "save"]);
        check(b"\xff\xfea\0", "my.csv:1: ", &["not UTF-8"]);
    }

    #[test]
    fn mangled_files_are_tables_or_bad_input_and_never_a_panic() {
        let pieces: [&[u8]; 12] = [
            b",",
            b"\"",
            b"\n",
            b"\r",
            b"\r\n",
            b"",
            b"\xff",
            b"\0",
            b"e",
            b"-",
            b" ",
            "\u{feff}é".as_bytes(),
        ];
        let mut rng = stream(1, Purpose::Weights);
        let mut below = |bound: usize| below(bound as u32, &mut rng) as usize;
        for _ in 0..5000 {
            let mut bytes = b"a,b,label\n1.5,2,0\n-3e-1,\"4\",1\n".to_vec();
            for _ in 0..=below(4) {
                let from = below(bytes.len());
                let to = (from + below(3)).min(bytes.len());
                bytes.splice(from..to, pieces[below(pieces.len())].iter().copied());
            }
            match table(&bytes) {
                Ok(table) => assert_eq!(table.inputs.len(), table.row_count() * table.columns.len()),
                error => _ = refused(error, &[]),
            }
        }
    }
}
