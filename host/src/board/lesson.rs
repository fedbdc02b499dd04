//! A ticket that is to be trained on a board: the samples for it, its network as the code that is compiled in, and the same
//! training on the host.

use std::fmt::Write;

use itertools::Itertools;
use tombola::lanes::Portable;
use tombola::{Mask, Mlp, Packing, Rule, StopOn, Task, Training};
use tombola_firmware::learn::{Lesson, Pupil};
use tombola_firmware::stream::lesson::Refused;

use crate::bad_input;
use crate::predict::Table;
use crate::text::counted;
use crate::ticket::Ticket;

/// A ticket, how it is trained, and on what.
#[derive(Clone, Debug)]
pub struct Course {
    ticket: Ticket,
    training: Training,
    seed: u64,
    /// Parameters that are stored while an epoch is trained.
    stored: usize,
    /// Raw inputs, and the class of each task.
    samples: Vec<(Vec<f32>, Vec<u16>)>,
    /// Samples that there is room for.
    capacity: usize,
    /// Rows of the data that lack a label.
    pub unlabeled: usize,
}

impl Course {
    /// A ticket that is trained from its present weights on the rows of a table that have a label for each task.
    ///
    /// # Errors
    /// [`BadInput`](crate::error::BadInput) if there is none.
    pub fn new(ticket: &Ticket, table: &Table, training: Training, seed: u64) -> anyhow::Result<Self> {
        ticket.check()?;
        let labeled = |row: usize| {
            let classes = table.labels(row).map(|class| class.map(|class| class as u16));
            Some((table.inputs(row).to_vec(), classes.collect::<Option<Vec<_>>>()?))
        };
        let samples: Vec<_> = (0..table.row_count()).filter_map(labeled).collect();
        if samples.is_empty() {
            let names = ticket.tasks.iter().map(|task| &task.name).join(", ");
            return Err(bad_input!(
                "no row has a label of each task ({names}), and labels are what is learned; name a file that has these columns"
            ));
        }
        let room = Self::with_room(ticket, training, samples.len());
        Ok(Self {
            unlabeled: table.row_count() - samples.len(),
            seed,
            samples,
            ..room
        })
    }

    /// A ticket that is trained on so many samples, which are not there yet.
    pub fn with_room(ticket: &Ticket, training: Training, capacity: usize) -> Self {
        let net = Mlp::new(&ticket.widths);
        let (mut bits, mut index) = (vec![0; net.mask_len()], vec![0; Packing::index_len(net)]);
        let mask = Mask::from_fn(net, &mut bits, |weight| ticket.mask[weight]);
        let training = Training {
            batch: training.batch.min(capacity),
            patience: None,
            stop_on: StopOn::Validation,
            ..training
        };
        let packing = Packing::for_batches::<Portable>(net, &mask, &mut index, training.batch);
        Self {
            stored: packing.param_count(),
            unlabeled: 0,
            ticket: ticket.clone(),
            training,
            seed: 0,
            samples: vec![],
            capacity,
        }
    }

    /// Epochs that it is trained.
    pub fn epochs(&self) -> u32 {
        self.training.epochs
    }

    /// The samples: raw inputs, and the class of each task.
    pub fn samples(&self) -> &[(Vec<f32>, Vec<u16>)] {
        &self.samples
    }

    /// Bytes of RAM that learning takes on the board.
    pub fn bytes(&self) -> usize {
        self.with_lesson(|lesson| lesson.bytes())
    }

    fn with_lesson<T>(&self, with: impl FnOnce(Lesson<'_>) -> T) -> T {
        let tasks: Vec<Task<'_>> = self.ticket.tasks.iter().map(|task| task.as_task()).collect();
        let normalization = self.ticket.normalization.as_ref();
        with(Lesson {
            net: Mlp::new(&self.ticket.widths),
            tasks: &tasks,
            training: self.training,
            seed: self.seed,
            capacity: self.capacity,
            stored: self.stored,
            normalization: normalization.map(|by| [&*by.shift, &*by.scale]),
        })
    }

    /// The values of surviving weights, then of all biases.
    pub(super) fn values(&self) -> impl Iterator<Item = f32> {
        self.places().map(|place| self.ticket.params[place])
    }

    /// Where those are among all parameters.
    fn places(&self) -> impl Iterator<Item = usize> {
        let Ticket { mask, params, .. } = &self.ticket;
        (0..params.len()).filter(|&place| mask.get(place).is_none_or(|&survives| survives))
    }

    /// Trains on the host, as the board does: calls `watch` after each epoch with the digest of all parameters. Returns
    /// the ticket that comes of it.
    ///
    /// # Errors
    /// If a sample cannot be taken, training does not stay finite, or `watch` fails.
    pub fn train(&self, mut watch: impl FnMut(u32, u64) -> anyhow::Result<()>) -> anyhow::Result<Ticket> {
        self.with_lesson(|lesson| {
            let mut floats = vec![0.0; lesson.float_count()];
            let mut words = vec![0; lesson.word_count()];
            let survives = |weight: usize| self.ticket.mask[weight];
            let mut pupil = Pupil::new(lesson, survives, self.values(), &mut floats, &mut words);
            for (row, (inputs, classes)) in self.samples.iter().enumerate() {
                if pupil.take(inputs, classes) == Err(Refused::NotFinite) {
                    return Err(bad_input!(
                        "sample {row}: an input, normalized, is not finite; correct it"
                    ));
                }
            }
            for epoch in 1..=self.training.epochs {
                if pupil.train_epoch::<Portable>().is_err() {
                    return Err(bad_input!(
                        "a loss or a parameter is not finite in epoch {epoch}; try a lower rate: --set training.rate=NUMBER"
                    ));
                }
                watch(epoch, pupil.digest())?;
            }
            Ok(Ticket {
                params: pupil.params().to_vec(),
                ..self.ticket.of_no_run()
            })
        })
    }

    /// The ticket with these values of surviving weights and of biases.
    pub(super) fn ticket_of(&self, values: &[f32]) -> Ticket {
        let mut ticket = self.ticket.of_no_run();
        for (place, &value) in self.places().zip(values) {
            ticket.params[place] = value;
        }
        ticket
    }

    /// The network as a module for the program `learn`.
    pub fn source(&self) -> String {
        let Self { ticket, training, .. } = self;
        let net = Mlp::new(&ticket.widths);
        let mut bits = vec![0; net.mask_len()];
        let mask = Mask::from_fn(net, &mut bits, |weight| ticket.mask[weight]);
        let numbers = |numbers: &[usize]| format!("&{numbers:?}");
        let tasks = ticket.tasks.iter().map(|task| {
            format!(
                "    Task {{ inputs: {}, outputs: {}, weight: Task::ALIKE }},\n",
                numbers(&task.inputs),
                numbers(&task.outputs)
            )
        });
        let rule = rule(training.rule);
        let mut text = format!(
            "//! A ticket that learns: {}, {} left.

use tombola::{{Mlp, Rule, StopOn, Task, Training}};
use tombola_firmware::learn::Lesson;

/// Samples that there is room for.
pub const CAPACITY: usize = {};
static TASKS: [Task<'static>; {}] = [
{}];
/// What is learned, and how.
pub const LESSON: Lesson<'static> = Lesson {{
    net: Mlp::new(&{:?}),
    tasks: &TASKS,
    training: Training {{
        rule: {rule},
        weight_decay: {},
        l1: {},
        batch: {},
        epochs: {},
        patience: None,
        stop_on: StopOn::Validation,
    }},
    seed: {},
    capacity: CAPACITY,
    stored: {},
    normalization: {},
}};
",
            ticket.widths.iter().join("-"),
            counted(mask.remaining(), "weight"),
            self.capacity,
            ticket.tasks.len(),
            tasks.format(""),
            ticket.widths,
            float(training.weight_decay),
            float(training.l1),
            training.batch,
            training.epochs,
            self.seed,
            self.stored,
            match ticket.normalization {
                None => "None",
                Some(_) => "Some([&SHIFT, &SCALE])",
            },
        );
        let mut list = |doc: &str, name: &str, kind: &str, items: Vec<String>| {
            let rows = items.chunks(8).map(|row| format!("    {},\n", row.join(", ")));
            let (count, rows) = (items.len(), rows.format(""));
            let _ = write!(
                text,
                "/// {doc}\npub static {name}: [{kind}; {count}] = [\n{rows}];\n"
            );
        };
        let word = |word: u32| format!("{word:#010x}");
        list(
            "Which weights survive, a bit for each.",
            "MASK",
            "u32",
            mask.words().iter().map(|&bits| word(bits)).collect(),
        );
        list(
            "The surviving weights, then all biases, as bits.",
            "PARAMS",
            "u32",
            self.values().map(|value| word(value.to_bits())).collect(),
        );
        if let Some(by) = &ticket.normalization {
            for (name, values) in [("SHIFT", &by.shift), ("SCALE", &by.scale)] {
                let values = values.iter().map(|&value| float(value));
                list("Of raw inputs.", name, "f32", values.collect());
            }
        }
        text
    }
}

/// A float as code, by its bits.
fn float(value: f32) -> String {
    format!("f32::from_bits({:#010x})", value.to_bits())
}

/// An update rule as code.
fn rule(rule: Rule) -> String {
    match rule {
        Rule::Sgd { rate, momentum } => {
            format!(
                "Rule::Sgd {{ rate: {}, momentum: {} }}",
                float(rate),
                float(momentum)
            )
        }
        Rule::Adam {
            rate,
            beta1,
            beta2,
            epsilon,
        } => format!(
            "Rule::Adam {{ rate: {}, beta1: {}, beta2: {}, epsilon: {} }}",
            float(rate),
            float(beta1),
            float(beta2),
            float(epsilon)
        ),
    }
}
