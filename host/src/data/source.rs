//! Where samples come from: the tasks of an experiment with their inputs and outputs, and files read once for all seeds.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use itertools::Itertools;
use tombola::data::{Columns, INPUT_COUNT, Kind as _, Synthetic};
use tombola::random::{Part, Purpose, Seed, stream};

use super::dials::Dependence;
use super::normalize::normalize;
use super::shortage::check_row_counts;
use super::table::Table;
use super::tables::{FileOfTask, Tables};
use super::{Contents, Drawn, Rows};
use crate::experiment::{Csv, Data, Kind, Link, Normalize, flipped_count, links, output_count};
use crate::memory::zeroed;
use crate::text::{counted, quoted};
use crate::ticket::{Normalization, TaskPorts, name_problem};
use crate::truth::Truth;
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
    /// The inputs of each task that none before it in `order` has, which are contiguous and side by side.
    own: Vec<Range<usize>>,
    /// How tasks depend on each other.
    links: Vec<Link>,
    /// Each task behind the one that it takes inputs from.
    order: Vec<usize>,
    /// What the inputs of each task are multiplied by.
    scales: Vec<f32>,
    class_counts: Vec<String>,
}

/// Where the points of a task come from.
#[derive(Debug)]
enum Points {
    Drawn(Synthetic),
    Read(Arc<Table>),
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
        Self::with_tables(settings, contents, &Tables::default())
    }

    /// The same of many experiments, of which those that read one file share what was read.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn with_tables(settings: &Data, contents: &Contents, tables: &Tables) -> anyhow::Result<Self> {
        let (links, order) = links(&settings.task).map_err(|problem| problem.in_words(&settings.task))?;
        let mut source = Self {
            normalize: settings.normalize,
            sizes: [settings.train, settings.validation, settings.test],
            points: Vec::new(),
            ports: Vec::new(),
            own: Vec::new(),
            links,
            order,
            scales: settings.task.iter().map(|task| task.dials.scale).collect(),
            class_counts: Vec::new(),
        };
        for task in &settings.task {
            source
                .add(&task.name, &task.kind, contents, tables)
                .with_context(|| format!("data.task.{}", task.name))?;
        }
        let tables = settings.task.iter().zip(&source.points);
        let tables = tables.filter_map(|(task, points)| Some((task, points.table()?)));
        check_row_counts(&tables.collect_vec(), source.sizes)?;
        source.share()?;
        Ok(source)
    }

    /// Gives tasks the inputs that they share, and checks that those fit that are mixed.
    fn share(&mut self) -> anyhow::Result<()> {
        for &task in &self.order {
            let Link {
                other, mix, share, ..
            } = self.links[task];
            let Some(other) = other else { continue };
            let shared = self.ports[other].inputs[..share].to_vec();
            self.ports[task].inputs.splice(..0, shared);
            let [own, others] = [task, other].map(|task| self.ports[task].inputs.len());
            if 0.0 < mix && own != others {
                return Err(bad_input!(
                    "data.task.{}.mix: the task has {}, and '{}' {others}; mix tasks with as many inputs each",
                    self.ports[task].name,
                    counted(own, "input"),
                    self.ports[other].name
                ));
            }
        }
        Ok(())
    }

    /// Which outputs depend on which inputs, where tasks depend on each other or share inputs.
    pub(crate) fn truth(&self) -> Option<Truth> {
        let is_alone = self.links.iter().all(Link::is_none);
        let relevant = self.points.iter().zip(&self.ports);
        let relevant = relevant.map(|(points, ports)| match points {
            Points::Drawn(kind) => kind.relevant_inputs(),
            Points::Read(_) => ports.inputs.len(),
        });
        (!is_alone).then(|| Truth::of(&self.ports, &self.links, &relevant.collect_vec()))
    }

    fn add(&mut self, name: &str, kind: &Kind, contents: &Contents, tables: &Tables) -> anyhow::Result<()> {
        let (input, output) = (self.input_count(), self.output_count());
        let shared = self.links[self.points.len()].share;
        let ports = |input_count, class_count| {
            let (inputs, outputs) = (
                input..input + input_count,
                output..output + output_count(class_count),
            );
            TaskPorts::new(name, inputs, outputs)
        };
        if let Kind::Synthetic(synthetic) = kind {
            self.points.push(Points::Drawn(*synthetic));
            self.ports
                .push(ports(INPUT_COUNT - shared, synthetic.class_count()));
            self.own.push(input..input + INPUT_COUNT - shared);
            return Ok(());
        }
        if !IS_WHOLE {
            return Err(bad_input!(
                "this build reads no files of tasks; use tombola run, or choose a drawn kind"
            ));
        }
        let FileOfTask { table, class_counts } = tables.of(kind, self.normalize, contents)?;
        self.class_counts.push(class_counts);
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
        self.own.push(input..input + table.columns.len());
        self.points.push(Points::Read(table));
        self.ports.push(ports);
        Ok(())
    }

    /// The tasks in the order of the settings; their outputs are contiguous and side by side, and so are those of their inputs
    /// that they do not share.
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
        self.own.last().map_or(0, |own| own.end)
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
        for (task, points) in self.points.iter().enumerate() {
            let columns = Columns {
                inputs: self.own[task].clone(),
                input_count,
                task,
                task_count: self.ports.len(),
            };
            train_rows.push(draw_task(points, &columns, &mut parts, seed));
        }
        let dependence = self.dependence();
        dependence.make_inputs(&mut parts);
        let infinite = |rows: &Rows| rows.inputs.iter().position(|x| !x.is_finite());
        if let Some(position) = parts.iter().find_map(infinite) {
            let (task, column) = self.name_of(position % input_count);
            return Err(bad_input!(
                "data.task.{task}: input {column} leaves the range of 32-bit numbers; lower the task's noise or turns"
            ));
        }
        dependence
            .make_classes(&mut parts)
            .map_err(|(task, input, [flipped, train])| {
                let (other, column) = self.name_of(input);
                let asked = flipped_count(self.links[task].flip_where, train);
                bad_input!(
                    "data.task.{}.flip_where: {flipped} of {train} samples would be flipped, and {asked} are asked for: too \
                     many have one value of input {column} of task {other}; take another share, or another input for the \
                     first one",
                    self.ports[task].name
                )
            })?;
        let images = (self.points.iter().zip(&self.own))
            .filter(|(points, _)| points.table().is_some_and(|table| table.is_image))
            .map(|(_, own)| own.clone());
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
        let normalization = match normalization {
            None => self.scale(&mut parts)?,
            some => some,
        };
        let [train, validation, test] = parts;
        Ok(Drawn {
            data_seed: seed.seed,
            normalization,
            train,
            validation,
            test,
            input_count,
            inputs: self.ports.iter().map(|ports| ports.inputs.clone()).collect(),
        })
    }

    fn dependence(&self) -> Dependence<'_> {
        let kinds = self.points.iter().map(|points| match points {
            Points::Drawn(synthetic) => Some(synthetic),
            Points::Read(_) => None,
        });
        Dependence {
            kinds: kinds.collect(),
            inputs: self.ports.iter().map(|ports| &*ports.inputs).collect(),
            links: &self.links,
            order: &self.order,
            input_count: self.input_count(),
        }
    }

    /// Multiplies the inputs of each task by its scale, where one has another than 1: what a ticket is given is normalized so.
    fn scale(&self, parts: &mut [Rows; 3]) -> anyhow::Result<Option<Normalization>> {
        if self.scales.iter().all(|&scale| scale == 1.0) {
            return Ok(None);
        }
        let scales = self.own.iter().zip(&self.scales);
        let scale: Vec<f32> = scales
            .flat_map(|(own, &scale)| own.clone().map(move |_| scale))
            .collect();
        let normalization = Normalization {
            shift: vec![0.0; scale.len()],
            scale,
        };
        for rows in parts {
            for (position, x) in rows.inputs.iter_mut().enumerate() {
                let input = position % self.input_count();
                *x = normalization.column(input).apply(*x);
                if !x.is_finite() {
                    let (task, column) = self.name_of(input);
                    return Err(bad_input!(
                        "data.task.{task}.scale: input {column} leaves the range of 32-bit numbers; lower it"
                    ));
                }
            }
        }
        Ok(Some(normalization))
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

    /// The task whose own an input is, and its place there.
    fn place_of(&self, input: usize) -> (usize, usize) {
        let owner = self.own.iter().position(|own| own.contains(&input));
        let task = owner.expect("every input is a task's own");
        (task, input - self.own[task].start + self.links[task].share)
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
                if columns.inputs.len() < INPUT_COUNT {
                    draw_own(*synthetic, columns, (seed, part), inputs, classes, &mut order);
                } else {
                    synthetic.draw(columns, (seed, part), inputs, classes, &mut order);
                }
            }
            Vec::new()
        }
    }
}

/// Draws all inputs of a task that shares some, and keeps those that it does not share, the last ones.
fn draw_own(
    synthetic: Synthetic,
    columns: &Columns,
    (seed, part): (Seed, Part),
    inputs: &mut [f32],
    classes: &mut [u16],
    order: &mut [u32],
) {
    let mut all = vec![0.0; order.len() * INPUT_COUNT];
    let alone = Columns {
        inputs: 0..INPUT_COUNT,
        input_count: INPUT_COUNT,
        ..*columns
    };
    synthetic.draw(&alone, (seed, part), &mut all, classes, order);
    let rows = inputs.chunks_exact_mut(columns.input_count);
    for (row, all) in rows.zip(all.chunks_exact(INPUT_COUNT)) {
        let own = &mut row[columns.inputs.clone()];
        own.copy_from_slice(&all[INPUT_COUNT - own.len()..]);
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
