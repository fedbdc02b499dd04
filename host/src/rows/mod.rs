//! The rows of several runs as one table, in formats that other programs read.
//!
//! Row by row, so that memory does not grow with their number: the files are read once for what their columns hold, and once
//! more to be written.

mod column;
mod format;
#[cfg(feature = "parquet")]
mod parquet;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context;
pub use column::{Column, Kind};
pub use format::{Format, write_parquet};

use self::column::Guess;
use crate::bad_input;
use crate::files::unusable;
use crate::run::Begun;
use crate::text::{counted, quoted};

/// The column that says which run a row is of.
const RUN: &str = "run";

/// The rows of runs.
pub struct Rows {
    runs: Vec<Run>,
    /// `run`, then those of the first run, and of each other what it has besides.
    columns: Vec<Column>,
}

/// A run's table.
struct Run {
    /// As it was named.
    name: String,
    file: PathBuf,
    /// The place of each of its columns among all.
    places: Vec<usize>,
}

impl Rows {
    /// Reads what the tables of these runs have for columns, and checks every row.
    ///
    /// # Errors
    /// Bad input, with place, line and remedy, if a directory has no table, or one that is damaged.
    pub fn open(directories: &[PathBuf]) -> anyhow::Result<Self> {
        let mut names = vec![RUN.to_owned()];
        let mut runs: Vec<Run> = vec![];
        let mut guesses = vec![Guess::default()];
        for directory in directories {
            let name = directory.display().to_string();
            if runs.iter().any(|run| run.name == name) {
                return Err(bad_input!("{name}: this run is named twice; name it once"));
            }
            let file = table(directory)?;
            let mut reader = reader(&file)?;
            let header = next(&mut reader, &file)?.unwrap_or_default();
            check_header(&header, &file)?;
            let mut places = vec![];
            for column in &header {
                places.push(names.iter().position(|name| name == column).unwrap_or_else(|| {
                    names.push(column.to_owned());
                    guesses.push(Guess::default());
                    names.len() - 1
                }));
            }
            let run = Run { name, file, places };
            run.each(|_, cells| {
                for (cell, &place) in cells.iter().zip(&run.places) {
                    guesses[place].see(cell);
                }
                Ok(())
            })?;
            runs.push(run);
        }
        let columns = names.into_iter().zip(guesses);
        let columns = columns.map(|(name, guess)| Column {
            kind: Kind::of(&name).unwrap_or(guess.kind()),
            name,
        });
        Ok(Self {
            runs,
            columns: columns.collect(),
        })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The tables that are read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.runs.iter().map(|run| &*run.file)
    }

    /// Goes over all rows, run by run: a cell for each column, empty where it has none.
    ///
    /// # Errors
    /// Those of `see`; bad input if a cell cannot be what its column holds.
    pub fn each(&self, mut see: impl FnMut(&[&str]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        for run in &self.runs {
            run.each(|line, cells| {
                let mut row = vec![""; self.columns.len()];
                row[0] = &run.name;
                for (cell, &place) in cells.iter().zip(&run.places) {
                    let column = &self.columns[place];
                    if !cell.is_empty() && !column.kind.fits(cell) {
                        let (cell, column) = (quoted(cell), quoted(&column.name));
                        return Err(run.damaged(line, &format!("{cell} cannot stand in column {column}")));
                    }
                    row[place] = cell;
                }
                see(&row)
            })?;
        }
        Ok(())
    }
}

impl Run {
    /// Goes over the rows of the table, with the number of the line.
    fn each(&self, mut see: impl FnMut(u64, &csv::StringRecord) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut reader = reader(&self.file)?;
        let header = next(&mut reader, &self.file)?;
        let columns = header.map_or(0, |header| header.len());
        while let Some(cells) = next(&mut reader, &self.file)? {
            let line = cells.position().map_or(1, csv::Position::line);
            if cells.len() != columns {
                let count = counted(cells.len(), "cell");
                return Err(self.damaged(line, &format!("the row has {count}, the header {columns}")));
            }
            see(line, &cells)?;
        }
        if self.is_cut_short()? {
            return Err(self.damaged(
                reader.position().line(),
                "the file is cut short, for its last line has no end",
            ));
        }
        Ok(())
    }

    fn is_cut_short(&self) -> anyhow::Result<bool> {
        let last = || {
            let mut file = File::open(&self.file)?;
            file.seek(SeekFrom::End(-1))?;
            let mut byte = [0];
            file.read_exact(&mut byte)?;
            std::io::Result::Ok(byte[0])
        };
        let last = last().with_context(|| format!("cannot read {}", self.file.display()))?;
        Ok(last != b'\n')
    }

    fn damaged(&self, line: u64, what: &str) -> anyhow::Error {
        damaged(&self.file, line, what)
    }
}

fn damaged(file: &Path, line: u64, what: &str) -> anyhow::Error {
    bad_input!(
        "{}:{line}: {what}; the command that made the run writes the file again from what is finished",
        file.display()
    )
}

/// The table of a run.
fn table(directory: &Path) -> anyhow::Result<PathBuf> {
    let file = directory.join("levels.csv");
    if file.is_file() {
        return Ok(file);
    }
    let place = directory.display();
    if directory.join("sweep.toml").is_file() {
        return Err(bad_input!(
            "{place}: there is no levels.csv in it, so its sweep is not finished; `tombola run` goes on with it"
        ));
    }
    let begun = Begun::open(directory)?;
    Err(bad_input!(
        "{place}: there is no levels.csv in it, so its run is not finished; `{}` goes on with it",
        begun.command
    ))
}

type Reader = csv::Reader<BufReader<File>>;

fn reader(file: &Path) -> anyhow::Result<Reader> {
    let opened =
        File::open(file).map_err(|error| unusable(error, &format!("cannot read {}", file.display())))?;
    let mut builder = csv::ReaderBuilder::new();
    Ok(builder
        .flexible(true)
        .has_headers(false)
        .from_reader(BufReader::new(opened)))
}

fn next(reader: &mut Reader, file: &Path) -> anyhow::Result<Option<csv::StringRecord>> {
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(is_there) => Ok(is_there.then_some(record)),
        Err(error) => {
            let line = error.position().map_or(1, csv::Position::line);
            match error.into_kind() {
                csv::ErrorKind::Io(error) => {
                    Err(anyhow::Error::new(error).context(format!("cannot read {}", file.display())))
                }
                _ => Err(damaged(file, line, "this is not text in UTF-8")),
            }
        }
    }
}

/// A table of levels has these, and no column twice.
fn check_header(header: &csv::StringRecord, file: &Path) -> anyhow::Result<()> {
    for name in ["seed", "level", "verdict"] {
        if !header.iter().any(|column| column == name) {
            let what = format!(
                "this is no table of levels, for it has no column {}",
                quoted(name)
            );
            return Err(damaged(file, 1, &what));
        }
    }
    let mut seen = BTreeSet::from([RUN]);
    match header.iter().find(|column| !seen.insert(column)) {
        Some(column) => Err(damaged(
            file,
            1,
            &format!("there is another column {}", quoted(column)),
        )),
        None => Ok(()),
    }
}
