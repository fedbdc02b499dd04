//! Rows as Apache Parquet, by the crate `parquet`: every column optional, its values plain or by a dictionary, compressed.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{Column, Kind, Rows};

/// Rows that are held in memory and written together.
const GROUP: usize = 50_000;

/// What bytes go to.
pub(super) type Sink<'a> = dyn Write + Send + 'a;

/// The cells of a column that wait.
struct Waiting {
    kind: Kind,
    /// 1 where a value is, 0 where none is.
    is_there: Vec<i16>,
    wholes: Vec<i64>,
    reals: Vec<f64>,
    flags: Vec<bool>,
    texts: Vec<ByteArray>,
}

/// Writes all rows.
///
/// # Errors
/// As [`Rows::each`]; another error if they cannot be written.
pub(super) fn write(rows: &Rows, out: &mut Sink<'_>) -> anyhow::Result<()> {
    let fields = rows.columns().iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("levels").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    let mut waiting: Vec<Waiting> = rows
        .columns()
        .iter()
        .map(|column| Waiting::of(column.kind))
        .collect();
    rows.each(|row| {
        for (column, cell) in waiting.iter_mut().zip(row) {
            column.add(cell);
        }
        if GROUP <= waiting[0].is_there.len() {
            let mut group = file.next_row_group()?;
            waiting
                .iter_mut()
                .try_for_each(|column| column.write(&mut group))?;
            group.close()?;
        }
        Ok(())
    })?;
    if !waiting[0].is_there.is_empty() {
        let mut group = file.next_row_group()?;
        waiting
            .iter_mut()
            .try_for_each(|column| column.write(&mut group))?;
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn field(column: &Column) -> Result<Arc<Type>, parquet::errors::ParquetError> {
    let physical = match column.kind {
        Kind::Whole => Physical::INT64,
        Kind::Real => Physical::DOUBLE,
        Kind::Flag => Physical::BOOLEAN,
        Kind::Text => Physical::BYTE_ARRAY,
    };
    let builder = Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL);
    let builder = match column.kind {
        Kind::Text => builder
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
        _ => builder,
    };
    builder.build().map(Arc::new)
}

impl Waiting {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            is_there: vec![],
            wholes: vec![],
            reals: vec![],
            flags: vec![],
            texts: vec![],
        }
    }

    fn add(&mut self, cell: &str) {
        self.is_there.push(i16::from(!cell.is_empty()));
        if cell.is_empty() {
            return;
        }
        // That each fits its column was checked when it was read.
        match self.kind {
            Kind::Whole => self.wholes.push(cell.parse().unwrap_or_default()),
            Kind::Real => self.reals.push(cell.parse().unwrap_or_default()),
            Kind::Flag => self.flags.push(cell.parse().unwrap_or_default()),
            Kind::Text => self.texts.push(cell.into()),
        }
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, &mut Sink<'_>>) -> anyhow::Result<()> {
        match self.kind {
            Kind::Whole => write_column::<Int64Type>(group, &self.wholes, &self.is_there)?,
            Kind::Real => write_column::<DoubleType>(group, &self.reals, &self.is_there)?,
            Kind::Flag => write_column::<BoolType>(group, &self.flags, &self.is_there)?,
            Kind::Text => write_column::<ByteArrayType>(group, &self.texts, &self.is_there)?,
        }
        *self = Self::of(self.kind);
        Ok(())
    }
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Sink<'_>>,
    values: &[T::T],
    is_there: &[i16],
) -> anyhow::Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, Some(is_there), None)?;
        column.close()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::super::{Kind, Rows, write_parquet};

    const TABLE: &str = "seed,level,verdict,independent,accuracy_moons,params_digest,training.rate,splits\n\
                         3,0,separated,true,0.1,0000000000000012,0.1,\n\
                         4,1,degraded,false,1,00000000000000ff,1,true\n";

    #[test]
    fn every_row_is_read_back_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let runs = ["one", "two"].map(|name| home.path().join(name));
        for run in &runs {
            std::fs::create_dir(run).unwrap();
            std::fs::write(run.join("levels.csv"), TABLE).unwrap();
        }
        let rows = Rows::open(&runs).unwrap();
        let path = home.path().join("all.parquet");
        write_parquet(&rows, &mut std::fs::File::create(&path).unwrap()).unwrap();
        let file = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let mut read = file.get_row_iter(None).unwrap();
        rows.each(|row| {
            let found = read.next().unwrap().unwrap();
            let found: Vec<_> = found.get_column_iter().collect();
            assert_eq!(found.len(), rows.columns().len());
            for ((column, cell), (name, field)) in rows.columns().iter().zip(row).zip(found) {
                assert_eq!(*name, column.name);
                let same = match (column.kind, field) {
                    (_, Field::Null) => cell.is_empty(),
                    (Kind::Whole, Field::Long(number)) => number.to_string() == *cell,
                    (Kind::Real, Field::Double(number)) => cell.parse() == Ok(*number),
                    (Kind::Flag, Field::Bool(flag)) => flag.to_string() == *cell,
                    (Kind::Text, Field::Str(text)) => text == cell,
                    _ => false,
                };
                assert!(same, "{name}: {field:?} is {cell}");
            }
            Ok(())
        })
        .unwrap();
        assert!(read.next().is_none());
    }
}
