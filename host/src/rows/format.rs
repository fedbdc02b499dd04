//! The formats that rows are written in.

use std::io::Write;

use serde_json::{Map, Value};

use super::{Kind, Rows};
use crate::bad_input;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values, as levels.csv
    Csv,
    /// An object of JSON on each line
    Jsonl,
    /// Apache Parquet, which a build with the feature `parquet` writes
    Parquet,
}

impl Format {
    /// Whether it is text.
    pub fn is_text(self) -> bool {
        self != Self::Parquet
    }

    /// Refuses a format that this build of the program does not have.
    ///
    /// # Errors
    /// Bad input that says how to build one that does.
    pub fn check(self) -> anyhow::Result<()> {
        if self.is_text() || cfg!(feature = "parquet") {
            return Ok(());
        }
        Err(bad_input!(
            "--format parquet: this build of tombola writes csv and jsonl; `cargo run --release --features \
             tombola-host/parquet -- table …` builds one that writes Parquet, too"
        ))
    }

    /// Writes all rows as text.
    ///
    /// # Errors
    /// As [`Rows::each`]; another error if they cannot be written.
    pub fn write(self, rows: &Rows, out: &mut dyn Write) -> anyhow::Result<()> {
        match self {
            Self::Csv => csv(rows, out),
            Self::Jsonl => jsonl(rows, out),
            Self::Parquet => Err(bad_input!("Parquet is no text; name a file with --out")),
        }
    }
}

/// Writes all rows as Parquet.
///
/// # Errors
/// As [`Rows::each`]; another error if they cannot be written, or the program was built without it.
pub fn write_parquet(rows: &Rows, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    #[cfg(feature = "parquet")]
    return super::parquet::write(rows, out);
    #[cfg(not(feature = "parquet"))]
    {
        let _ = (rows, out);
        Format::Parquet.check()
    }
}

fn csv(rows: &Rows, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    // An error of writing is that of the file, as elsewhere.
    let written = |done: Result<(), csv::Error>| {
        done.map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => anyhow::Error::new(error),
            other => anyhow::anyhow!("{other:?}"),
        })
    };
    written(csv.write_record(rows.columns().iter().map(|column| &*column.name)))?;
    rows.each(|row| written(csv.write_record(row)))?;
    Ok(csv.flush()?)
}

/// Numbers and flags are such in JSON, and what is empty is null, so that every line has every key.
fn jsonl(rows: &Rows, out: &mut dyn Write) -> anyhow::Result<()> {
    rows.each(|row| {
        let value = |kind: Kind, cell: &str| match kind {
            _ if cell.is_empty() => Value::Null,
            Kind::Whole => cell.parse::<i64>().map_or(Value::Null, Value::from),
            Kind::Real => cell.parse::<f64>().map_or(Value::Null, Value::from),
            Kind::Flag => cell.parse::<bool>().map_or(Value::Null, Value::from),
            Kind::Text => Value::from(cell),
        };
        let columns = rows.columns().iter().zip(row);
        let object: Map<String, Value> = columns
            .map(|(column, cell)| (column.name.clone(), value(column.kind, cell)))
            .collect();
        serde_json::to_writer(&mut *out, &object).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })
}
