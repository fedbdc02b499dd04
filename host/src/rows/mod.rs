//! The rows of several runs as one table, in formats that other programs read.
//!
//! Row by row, so that memory does not grow with their number: the files are read once for what their columns hold, and once
//! more to be written.

mod column;
mod format;
#[cfg(feature = "parquet")]
mod parquet;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context;
pub use column::{Column, Kind};
pub use format::{Format, write_parquet};

use self::column::Guess;
use crate::bad_input;
use crate::files::unusable;
use crate::run::{Begun, LEVELS};
use crate::sweep::{SWEEP, is_cell, is_stale, is_sweep};
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
    table: Table,
    /// The place of each of its columns among all.
    places: Vec<usize>,
}

/// Where the table of a run is.
enum Table {
    File(PathBuf),
    /// Of a cell, whose sweep has the file: what it would hold, and the cell's directory.
    Cell(Vec<u8>, PathBuf),
}

/// What a table is read from.
trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

impl Table {
    /// That of a directory.
    fn of(directory: &Path) -> anyhow::Result<Self> {
        let file = directory.join(LEVELS);
        let place = directory.display();
        if is_sweep(directory) {
            if file.is_file() && !is_stale(directory) {
                return Ok(Self::File(file));
            }
            return Err(bad_input!(
                "{place}: there is no {LEVELS} of all its cells in it, so its sweep is not finished; `tombola run {place}/{SWEEP} \
                 --out {place}` goes on with it"
            ));
        }
        if file.is_file() {
            return Ok(Self::File(file));
        }
        let begun = Begun::open(directory)?;
        match begun.table_of_cell()? {
            Some(bytes) => Ok(Self::Cell(bytes, directory.to_owned())),
            None => Err(bad_input!(
                "{place}: there is no {LEVELS} in it, so its run is not finished; `{}` goes on with it",
                begun.command
            )),
        }
    }

    /// What messages call it.
    fn place(&self) -> &Path {
        match self {
            Self::File(path) | Self::Cell(_, path) => path,
        }
    }

    fn open(&self) -> anyhow::Result<Box<dyn Bytes + '_>> {
        Ok(match self {
            Self::File(file) => {
                let opened = File::open(file);
                let opened =
                    opened.map_err(|error| unusable(error, &format!("cannot read {}", file.display())))?;
                Box::new(BufReader::new(opened))
            }
            Self::Cell(bytes, _) => Box::new(Cursor::new(bytes)),
        })
    }

    fn reader(&self) -> anyhow::Result<Reader<'_>> {
        let mut builder = csv::ReaderBuilder::new();
        Ok(builder
            .flexible(true)
            .has_headers(false)
            .from_reader(self.open()?))
    }
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
        check_names(directories)?;
        for directory in directories {
            let name = directory.display().to_string();
            let table = Table::of(directory)?;
            let mut reader = table.reader()?;
            let header = next(&mut reader, table.place())?.unwrap_or_default();
            drop(reader);
            check_header(&header, table.place())?;
            let mut places = vec![];
            for column in &header {
                places.push(names.iter().position(|name| name == column).unwrap_or_else(|| {
                    names.push(column.to_owned());
                    guesses.push(Guess::default());
                    names.len() - 1
                }));
            }
            let run = Run { name, table, places };
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
        self.runs.iter().filter_map(|run| match &run.table {
            Table::File(file) => Some(&**file),
            Table::Cell(..) => None,
        })
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
        let mut reader = self.table.reader()?;
        let header = next(&mut reader, self.table.place())?;
        let columns = header.map_or(0, |header| header.len());
        while let Some(cells) = next(&mut reader, self.table.place())? {
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
        let mut file = self.table.open()?;
        let mut last = || {
            file.seek(SeekFrom::End(-1))?;
            let mut byte = [0];
            file.read_exact(&mut byte)?;
            std::io::Result::Ok(byte[0])
        };
        let last = last().with_context(|| format!("cannot read {}", self.table.place().display()))?;
        Ok(last != b'\n')
    }

    fn damaged(&self, line: u64, what: &str) -> anyhow::Error {
        damaged(self.table.place(), line, what)
    }
}

fn damaged(file: &Path, line: u64, what: &str) -> anyhow::Error {
    bad_input!(
        "{}:{line}: {what}; the command that made the run writes the file again from what is finished",
        file.display()
    )
}

/// No row is to be there twice: a directory may have several names, and a sweep has the rows of its cells.
fn check_names(directories: &[PathBuf]) -> anyhow::Result<()> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut seen = BTreeMap::<PathBuf, &Path>::new();
    for directory in directories {
        let name = directory.display();
        if let Some(before) = seen.insert(real(directory), directory) {
            return Err(if before == directory {
                bad_input!("{name}: this run is named twice; name it once")
            } else {
                bad_input!(
                    "{name}: this run is named twice, as {} too; name it once",
                    before.display()
                )
            });
        }
    }
    for directory in directories {
        if let Some(sweep) = is_cell(directory).and_then(|sweep| seen.get(&real(&sweep))) {
            return Err(bad_input!(
                "{}: this is a cell of {}, which is named, too, and has its rows; name one of them",
                directory.display(),
                sweep.display()
            ));
        }
    }
    Ok(())
}

type Reader<'a> = csv::Reader<Box<dyn Bytes + 'a>>;

fn next(reader: &mut Reader<'_>, file: &Path) -> anyhow::Result<Option<csv::StringRecord>> {
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
