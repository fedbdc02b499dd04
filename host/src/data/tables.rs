//! Keeps what was read of the files of tasks, so that the many experiments of a sweep share it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::table::Table;
use super::{Contents, exact, notes, numbers};
use crate::bad_input;
use crate::experiment::{Csv, Kind, Normalize};
use crate::text::quoted;

/// What was read, by what it depends on: the kind of the task with its files and how they are read, and what is to be done to
/// inputs, which not all can be.
#[derive(Debug, Default)]
pub struct Tables(Mutex<BTreeMap<String, Slot>>);

/// Filled by the first who comes, while others may read other files.
type Slot = Arc<Mutex<Option<FileOfTask>>>;

/// What the files of a task hold.
#[derive(Clone, Debug)]
pub(super) struct FileOfTask {
    pub(super) table: Arc<Table>,
    /// Its classes, and how many rows they have, a sentence.
    pub(super) class_counts: String,
}

impl Tables {
    /// What the files of a task that is read hold.
    ///
    /// # Errors
    /// Bad input, with file, line, column and remedy, if one cannot be used.
    pub(super) fn of(
        &self,
        kind: &Kind,
        normalize: Normalize,
        contents: &Contents,
    ) -> anyhow::Result<FileOfTask> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(format!("{normalize:?} {kind:?}")).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = &*slot {
            return Ok(found.clone());
        }
        Ok(slot.insert(read(kind, normalize, contents)?).clone())
    }
}

fn read(kind: &Kind, normalize: Normalize, contents: &Contents) -> anyhow::Result<FileOfTask> {
    let mut table = match kind {
        Kind::Synthetic(_) => unreachable!("it is drawn"),
        Kind::Csv(Csv { path, label }) => {
            Table::read(path.display().to_string(), &contents.of(path).bytes, label)?
        }
        Kind::Npy(npy) => numbers::of_npy(npy, contents)?,
        Kind::Idx(idx) => numbers::of_idx(idx, contents)?,
    };
    let class_counts = notes::counts(kind, &table.classes);
    table.notes.extend(notes::alike(kind, &table.classes));
    table.notes.extend(notes::mistaken(kind, contents));
    if !table.exact.is_empty() {
        for (column, name) in table.columns.iter().enumerate() {
            let values = table.values(column, 0..table.row_count());
            exact::check(&values, normalize).map_err(|what| {
                let file = kind.files()[0].display();
                let what = table.misread(column).unwrap_or(what);
                bad_input!("{file}: column {} {what}", quoted(name))
            })?;
        }
    }
    if let Some(what) = constant(kind, &table) {
        match kind {
            Kind::Csv(_) => table.notes.push(what),
            _ => {
                return Err(bad_input!(
                    "{what}; name the file that holds the inputs, or change their unit"
                ));
            }
        }
    }
    // Those of an image are normalized by what they are in 32 bits, and are many.
    if table.is_image {
        table.exact = Vec::new();
    }
    Ok(FileOfTask {
        table: Arc::new(table),
        class_counts,
    })
}

/// What to say where no row differs from the first.
fn constant(kind: &Kind, table: &Table) -> Option<String> {
    let mut rows = table.inputs.chunks_exact(table.columns.len());
    let first = rows.next()?;
    rows.all(|row| row == first).then(|| {
        let file = kind.files()[0].display();
        format!("{file}: every input is constant: no row differs from the first in 32-bit numbers")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::Source;
    use crate::experiment::{Data, Task};

    /// Whatever else differs between the cells of a sweep.
    #[test]
    fn a_file_is_read_once_by_how_it_is_read_and_not_by_what_else_holds() {
        let text = (0..40).map(|row| format!("{row},{},{}\n", row * row % 7, row % 2));
        let bytes = format!("a,b,label\n{}", text.collect::<String>());
        let kind = |label: &str| {
            Kind::Csv(Csv {
                path: "my.csv".into(),
                label: label.to_owned(),
            })
        };
        let data = |train: usize, normalize: Normalize, label: &str| Data {
            train,
            validation: 5,
            test: 5,
            normalize,
            task: vec![Task {
                kind: kind(label),
                ..Data::default().task.remove(0)
            }],
            ..Data::default()
        };
        let first = data(10, Normalize::Standard, "label");
        let contents = Contents::read(&first, |_| Ok(bytes.clone().into_bytes())).unwrap();
        let tables = Tables::default();
        let open = |data: &Data| Source::with_tables(data, &contents, &tables).unwrap();
        let count = || tables.0.lock().unwrap().len();
        let alone = Source::open(&first, &contents).unwrap();
        let shared = [open(&first), open(&first)];
        assert_eq!(format!("{:?}", shared[1]), format!("{alone:?}"));
        open(&data(20, Normalize::Standard, "label"));
        assert_eq!(count(), 1);
        let table = || {
            tables
                .of(&kind("label"), Normalize::Standard, &contents)
                .unwrap()
                .table
        };
        // Those of the two sources, that of the slot, and these two.
        assert!(Arc::ptr_eq(&table(), &table()));
        assert_eq!(Arc::strong_count(&table()), 4);
        open(&data(20, Normalize::None, "label"));
        open(&data(20, Normalize::Standard, "b"));
        assert_eq!(count(), 3);
        // What cannot be read is asked for again, and not kept.
        let wrong = data(20, Normalize::Standard, "c");
        assert!(Source::with_tables(&wrong, &contents, &tables).is_err());
        assert!(Source::with_tables(&wrong, &contents, &tables).is_err());
    }
}
