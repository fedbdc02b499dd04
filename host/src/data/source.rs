//! Where samples come from: the tasks of an experiment with their inputs and outputs, and files read once for all seeds.

use std::ops::Range;

use anyhow::Context;
use itertools::Itertools;
use tombola::data::{Columns, INPUT_COUNT, Kind as _, Synthetic};
use tombola::random::{Part, Purpose, Seed, stream};

use super::normalize::normalize;
use super::table::Table;
use super::{Contents, Drawn, Rows, exact, notes, numbers};
use crate::experiment::{Csv, Data, Idx, Kind, Normalize, Npy, Task, output_count};
use crate::memory::zeroed;
use crate::text::{counted, quoted};
use crate::ticket::{TaskPorts, name_problem};
use crate::{IS_WHOLE, bad_input};

/// The parts in the order in which everything here lists them, and the settings that give their sizes.
const PARTS: [(Part, &str); 3] = [
    (Part::Train, "data.train"),
    (Part::Validation, "data.validation"),
    (Part::Test, "data.test"),
];

/// The tasks of an experiment, with the files that they need; every seed draws from the same one.
#[derive(Debug)]
pub struct Source {
    normalize: Normalize,
    /// Samples of each part.
    sizes: [usize; 3],
    points: Vec<Points>,
    ports: Vec<TaskPorts>,
    class_counts: Vec<String>,
}

/// Where the points of a task come from.
#[derive(Debug)]
enum Points {
    Drawn(Synthetic),
    Read(Table),
}

impl Points {
    /// The file it is read from, if it is, and if this build reads any.
    fn table(&self) -> Option<&Table> {
        match self {
            Self::Read(table) if IS_WHOLE => Some(table),
            _ => None,
        }
    }
}

impl Source {
    /// Reads the contents of the tasks' files and lays their inputs and outputs side by side, in the order of the tasks.
    ///
    /// # Errors
    /// Bad input, with file, line, column and remedy, if a CSV file cannot be used or has fewer rows than the three
    /// parts together have samples.
    pub fn open(settings: &Data, contents: &Contents) -> anyhow::Result<Self> {
        let mut source = Self {
            normalize: settings.normalize,
            sizes: [settings.train, settings.validation, settings.test],
            points: Vec::new(),
            ports: Vec::new(),
            class_counts: Vec::new(),
        };
        for task in &settings.task {
            source
                .add(&task.name, &task.kind, contents)
                .with_context(|| format!("data.task.{}", task.name))?;
        }
        let tables = settings.task.iter().zip(&source.points);
        let tables = tables.filter_map(|(task, points)| Some((task, points.table()?)));
        check_row_counts(&tables.collect_vec(), source.sizes)?;
        Ok(source)
    }

    fn add(&mut self, name: &str, kind: &Kind, contents: &Contents) -> anyhow::Result<()> {
        let (input, output) = (self.input_count(), self.output_count());
        let ports = |input_count, class_count| {
            let (inputs, outputs) = (
                input..input + input_count,
                output..output + output_count(class_count),
            );
            TaskPorts::new(name, inputs, outputs)
        };
        let mut table = match kind {
            Kind::Synthetic(synthetic) => {
                self.points.push(Points::Drawn(*synthetic));
                self.ports.push(ports(INPUT_COUNT, synthetic.class_count()));
                return Ok(());
            }
            _ if !IS_WHOLE => {
                return Err(bad_input!(
                    "this build reads no files of tasks; use tombola run, or choose a drawn kind"
                ));
            }
            Kind::Csv(Csv { path, label }) => {
                Table::read(path.display().to_string(), &contents.of(path).bytes, label)?
            }
            Kind::Npy(npy) => numbers::of_npy(npy, contents)?,
            Kind::Idx(idx) => numbers::of_idx(idx, contents)?,
        };
        self.class_counts.push(notes::counts(kind, &table.classes));
        table.notes.extend(notes::alike(kind, &table.classes));
        table.notes.extend(notes::mistaken(kind, contents));
        if !table.exact.is_empty() {
            for (column, name) in table.columns.iter().enumerate() {
                let values = table.values(column, 0..table.row_count());
                exact::check(&values, self.normalize).map_err(|what| {
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
        let mut ports = TaskPorts {
            classes: table.classes.labels.clone(),
            spare_inputs: table.is_image,
            ..ports(table.columns.len(), table.classes.count)
        };
        // Columns of an array have no names: whoever has samples of them has them in their order.
        if let Kind::Csv(Csv { path, label }) = kind {
            check_names(&path.display(), table.columns.iter().chain([label]))?;
            ports.columns = Some(table.columns.clone());
            ports.label = Some(label.clone());
        }
        self.points.push(Points::Read(table));
        self.ports.push(ports);
        Ok(())
    }

    /// The tasks in the order of the settings; their inputs and outputs are contiguous and side by side.
    pub fn ports(&self) -> &[TaskPorts] {
        &self.ports
    }

    /// The classes of each column of labels that was read, and how many rows they have, a sentence each.
    pub fn class_counts(&self) -> Vec<&str> {
        self.class_counts.iter().map(String::as_str).unique().collect()
    }

    /// What the user should know of the tasks' files, a sentence each, once for each file.
    pub fn notes<'a>(&'a self) -> Vec<&'a str> {
        let of = |points: &'a Points| points.table().map_or(&[][..], |table| &table.notes);
        self.points
            .iter()
            .flat_map(of)
            .map(String::as_str)
            .unique()
            .collect()
    }

    /// Inputs of all tasks.
    pub fn input_count(&self) -> usize {
        self.ports.iter().map(|task| task.inputs.len()).sum()
    }

    /// Outputs of all tasks.
    pub fn output_count(&self) -> usize {
        self.ports.iter().map(|task| task.outputs.len()).sum()
    }

    /// Draws all parts from the streams of a seed: the one that `data.seed` gives a replicate, which is not looked at here.
    ///
    /// A drawn task has one stream for each part. The rows of a file are put into an order by the stream of the
    /// train part and dealt out to train, validation and test part, in this order and without overlap; rows that are
    /// left over are not used. Where a task has files of its own for the test part, their rows are put into an order after
    /// the others, by the same stream.
    ///
    /// # Errors
    /// Bad input, with task and remedy, if the samples do not fit into memory, or if an input becomes infinite or
    /// cannot be normalized.
    pub fn draw(&self, seed: impl Into<Seed>) -> anyhow::Result<Drawn> {
        let seed = seed.into();
        let input_count = self.input_count();
        let [train, validation, test] = [0, 1, 2].map(|part| self.room(part));
        let mut parts = [train?, validation?, test?];
        let mut train_rows = Vec::new();
        for (task, (points, ports)) in self.points.iter().zip(&self.ports).enumerate() {
            let columns = Columns {
                inputs: range(ports),
                input_count,
                task,
                task_count: self.ports.len(),
            };
            train_rows.push(draw_task(points, &columns, &mut parts, seed));
        }
        let infinite = |rows: &Rows| rows.inputs.iter().position(|x| !x.is_finite());
        if let Some(position) = parts.iter().find_map(infinite) {
            let (task, column) = self.name_of(position % input_count);
            return Err(bad_input!(
                "data.task.{task}: input {column} leaves the range of 32-bit numbers; lower the task's noise or turns"
            ));
        }
        let images = (self.points.iter().zip(&self.ports))
            .filter(|(points, _)| points.table().is_some_and(|table| table.is_image))
            .map(|(_, ports)| range(ports));
        let images: Vec<Range<usize>> = images.collect();
        let values = |input: usize| {
            let (task, column) = self.place_of(input);
            let table = self.points[task].table().filter(|table| !table.is_image)?;
            Some(table.values(column, train_rows[task].iter().copied()))
        };
        let normalization = normalize(&mut parts, input_count, self.normalize, &images, values);
        let normalization = normalization.map_err(|(input, what)| {
            let (place, index) = self.place_of(input);
            let table = self.points[place].table();
            let misread = table.and_then(|table| table.misread(index));
            let (task, column) = self.name_of(input);
            bad_input!("data.task.{task}: input {column} {}", misread.unwrap_or(what))
        })?;
        let [train, validation, test] = parts;
        Ok(Drawn {
            data_seed: seed.seed,
            normalization,
            train,
            validation,
            test,
            inputs: self.ports.iter().map(range).collect(),
        })
    }

    /// Memory for all samples of a part.
    fn room(&self, part: usize) -> anyhow::Result<Rows> {
        let count = self.sizes[part];
        let cells = |columns| zeroed(count.checked_mul(columns)?);
        let labels = |columns| zeroed(count.checked_mul(columns)?);
        cells(self.input_count())
            .zip(labels(self.ports.len()))
            .map(|(inputs, classes)| Rows { inputs, classes })
            .ok_or_else(|| {
                let setting = PARTS[part].1;
                bad_input!("{setting} = {count}: so many samples do not fit into memory; lower it")
            })
    }

    /// The task that an input belongs to, and its place there.
    fn place_of(&self, input: usize) -> (usize, usize) {
        let owner = self.ports.iter().position(|ports| ports.inputs.contains(&input));
        let task = owner.expect("the tasks partition the inputs");
        (task, input - self.ports[task].inputs[0])
    }

    /// The task that an input belongs to, and what it is called there.
    fn name_of(&self, input: usize) -> (&str, String) {
        let (task, index) = self.place_of(input);
        let column = match self.points[task].table() {
            None => index.to_string(),
            Some(table) => quoted(&table.columns[index]),
        };
        (&self.ports[task].name, column)
    }
}

/// The inputs of a task, which are contiguous.
fn range(ports: &TaskPorts) -> Range<usize> {
    ports.inputs[0]..ports.inputs[0] + ports.inputs.len()
}

/// Draws the samples of a task, and returns the rows of the train part, if it was read from a file.
fn draw_task(points: &Points, columns: &Columns, parts: &mut [Rows; 3], seed: Seed) -> Vec<usize> {
    match points {
        Points::Read(_) if !IS_WHOLE => unreachable!("nothing was read"),
        Points::Read(table) => {
            let (task, part) = (columns.task as u32, Part::Train);
            table.cut(columns, parts, &mut stream(seed, Purpose::Data { task, part }))
        }
        Points::Drawn(synthetic) => {
            for (Rows { inputs, classes }, (part, _)) in parts.iter_mut().zip(PARTS) {
                let mut order = vec![0; classes.len() / columns.task_count];
                synthetic.draw(columns, (seed, part), inputs, classes, &mut order);
            }
            Vec::new()
        }
    }
}

/// The names are such that a ticket can keep them.
fn check_names<'a>(
    file: &impl std::fmt::Display,
    names: impl IntoIterator<Item = &'a String>,
) -> anyhow::Result<()> {
    let mut problems = names
        .into_iter()
        .filter_map(|name| Some((name, name_problem(name)?)));
    match problems.next() {
        None => Ok(()),
        Some((name, problem)) => Err(bad_input!(
            "{file}:1: the name {} of a column {problem}",
            quoted(name)
        )),
    }
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

/// Checks that all files have as many rows as the parts have samples, and says which sizes would fit all of them.
fn check_row_counts(tables: &[(&Task, &Table)], sizes: [usize; 3]) -> anyhow::Result<()> {
    let mut short = tables
        .iter()
        .filter_map(|(task, table)| Some((task, shortage(&task.kind, table, sizes)?)));
    let Some((task, what)) = short.next() else {
        return Ok(());
    };
    // Rows for all parts, and where the test part has rows of its own, for the others and for it.
    let rows = |is_held_out: bool, count: fn(&Table) -> usize| {
        let tables = tables
            .iter()
            .filter(|(_, table)| (table.held_out != 0) == is_held_out);
        tables.map(|(_, table)| count(table)).min()
    };
    let all = rows(false, Table::row_count);
    let others = rows(true, |table| table.row_count() - table.held_out);
    let held_out = rows(true, |table| table.held_out);
    // There is a file that is short, and it has rows of one kind or the other.
    let least = |counts: [Option<usize>; 2]| counts.into_iter().flatten().min().unwrap_or_default();
    let fifth = least([all, others]) / 5;
    let test = least([all.map(|_| fifth), held_out]);
    let train = least([all.map(|all| all - test), others]) - fifth;
    let fitting = if 0 < fifth {
        format!(
            ": lower these settings, as by --set data.train={train} --set data.validation={fifth} --set data.test={test}, \
             or add rows"
        )
    } else {
        "; lower these settings or add rows".to_owned()
    };
    Err(bad_input!("data.task.{}: {what}{fitting}", task.name))
}

/// What is wrong with a file that has fewer rows than the parts have samples.
fn shortage(kind: &Kind, table: &Table, sizes: [usize; 3]) -> Option<String> {
    let files = kind.files();
    let [train, validation, test] = sizes;
    let held_out = table.held_out;
    let sum = |sizes: &[usize]| sizes.iter().map(|&size| size as u128).sum::<u128>();
    let (file, rows, wanted, what) = if held_out == 0 {
        let what = format!(
            "data.train, data.validation and data.test want {train} + {validation} + {test} = {} of them, without overlap",
            sum(&sizes)
        );
        (files[0], table.row_count(), sum(&sizes), what)
    } else if held_out < test {
        let what = format!("data.test wants {test} of them");
        (files[2], held_out, test as u128, what)
    } else {
        let wanted = sum(&sizes[..2]);
        let what = format!(
            "data.train and data.validation want {train} + {validation} = {wanted} of them, without overlap"
        );
        (files[0], table.row_count() - held_out, wanted, what)
    };
    if wanted <= rows as u128 {
        return None;
    }
    let of_classes = match kind {
        Kind::Npy(Npy { classes, samples, .. }) | Kind::Idx(Idx { classes, samples, .. })
            if classes.is_some() || samples.is_some() =>
        {
            " of the classes and samples asked for"
        }
        _ => "",
    };
    Some(format!(
        "{}: there {} {}{of_classes}, but {what}",
        file.display(),
        if rows == 1 { "is" } else { "are" },
        counted(rows, "row")
    ))
}
