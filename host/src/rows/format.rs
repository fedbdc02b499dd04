//! The formats that rows are written in.

use std::io::Write;
use std::path::Path;

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

/// How the names of files end that are in none of the formats, and would be taken for something else.
const OTHERS: [&str; 12] = [
    "json", "tsv", "xls", "xlsx", "ods", "feather", "arrow", "h5", "gz", "zst", "xz", "zip",
];

impl Format {
    /// The format that the name of a file says, if it says one.
    pub fn of_name(path: &Path) -> Option<Self> {
        match &*ending(path)? {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" | "pq" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format of a file: the one that is asked for, or else that of its name, or else CSV.
    ///
    /// # Errors
    /// Bad input if the name says another one.
    pub fn of(asked: Option<Self>, path: &Path) -> anyhow::Result<Self> {
        let (named, place) = (Self::of_name(path), path.display());
        match (asked, named) {
            (Some(asked), Some(named)) if asked != named => Err(bad_input!(
                "--format {} and --out {place} contradict each other; leave --format out, or choose another name",
                asked.name()
            )),
            (Some(format), _) | (None, Some(format)) => Ok(format),
            (None, None) => match ending(path).filter(|ending| OTHERS.contains(&&**ending)) {
                Some(ending) => Err(bad_input!(
                    "--out {place}: no format is called {ending}; end the name in .csv, .jsonl or .parquet, or say --format"
                )),
                None => Ok(Self::Csv),
            },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }

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

/// How the name of a file ends, in small letters.
fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::refused;

    #[test]
    fn the_name_of_a_file_says_its_format_and_contradicts_no_other() {
        let of = |asked, name: &str| Format::of(asked, Path::new(name));
        for (name, format) in [
            ("-", Format::Csv),
            ("all", Format::Csv),
            ("/dev/stdout", Format::Csv),
            ("all.txt", Format::Csv),
            ("all.CSV", Format::Csv),
            ("a.b/all.jsonl", Format::Jsonl),
            ("all.ndjson", Format::Jsonl),
            ("all.csv.parquet", Format::Parquet),
        ] {
            assert_eq!(of(None, name).unwrap(), format, "{name}");
            assert_eq!(of(Some(format), name).unwrap(), format, "{name}");
        }
        for (asked, name) in [
            (Format::Csv, "all.parquet"),
            (Format::Parquet, "all.csv"),
            (Format::Jsonl, "x.Parquet"),
        ] {
            refused(
                of(Some(asked), name),
                &[name, "contradict each other", asked.name()],
            );
        }
        assert_eq!(of(Some(Format::Csv), "all.json").unwrap(), Format::Csv);
        refused(of(None, "all.json"), &["all.json", ".jsonl", "--format"]);
        refused(of(None, "all.csv.gz"), &["no format is called gz"]);
    }
}
