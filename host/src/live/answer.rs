//! Answers requests about an experiment whose lotteries are drawn here, or about tickets that were given.

use std::collections::BTreeMap;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tombola::{Mlp, digest};

use super::epochs::first_epoch;
use super::lotteries::{Lotteries, Unfinished};
use super::request::{At, TICKET};
use super::without::without;
use crate::arm::{Arm, IMP_NAME};
use crate::bad_input;
use crate::data::Contents;
use crate::experiment::Experiment;
use crate::export::{FORMATS, Options};
use crate::figure::{self, FigureData, View, figure, map};
use crate::picture::{Look, picture};
use crate::report::{Criterion, Evidence, Findings};
use crate::results::Row;
use crate::setup::Setup;
use crate::structure::{anatomy, cut};
use crate::text::quoted;
use crate::ticket::{TaskPorts, Ticket};
use crate::train::scores;

/// Bytes of tickets and data that a page keeps, about.
const MOST_KEPT: usize = 64 << 20;

/// Whole numbers are exact up to here in a page.
const MOST_SEED: u64 = 1 << 53;

/// The largest minimum cut that is marked: a larger one hides the picture.
const MOST_MARKED: usize = 24;

/// The figure of how often tickets separate.
const SEPARATED: &str = "separated";

/// Where tickets come from.
pub(super) enum Opened {
    /// They are drawn.
    Drawn {
        setup: Box<Setup>,
        lotteries: Box<Lotteries>,
    },
    /// They were given, without data.
    Given(BTreeMap<At, Ticket>),
}

/// A ticket, and what is known of its training.
struct Shown<'a> {
    ticket: &'a Ticket,
    row: Option<&'a Row>,
}

impl Opened {
    /// An experiment, and what it is.
    pub(super) fn experiment(text: &str, overrides: &[String]) -> anyhow::Result<(Self, Value)> {
        let experiment = Experiment::parse(text, "the experiment", overrides)?;
        let contents = Contents::read(&experiment.data, |path| {
            Err(bad_input!(
                "{}: a page reads no files; use tombola run for tasks of files",
                path.display()
            ))
        })?;
        let setup = Box::new(Setup::new(experiment, &contents)?);
        if MOST_SEED < setup.seeds().end {
            return Err(bad_input!(
                "first_seed {}: a page counts seeds up to 2^53; use tombola run",
                setup.experiment.first_seed
            ));
        }
        let about = about(&setup);
        let lotteries = Box::new(Lotteries::keeping(MOST_KEPT));
        Ok((Self::Drawn { setup, lotteries }, about))
    }

    /// Files of tickets in base64, and which they are.
    pub(super) fn tickets(files: &[String]) -> anyhow::Result<(Self, Value)> {
        let mut given = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            let place = format!("ticket {number}");
            let bytes = STANDARD.decode(file).with_context(|| place.clone())?;
            let ticket = Ticket::from_bytes(&bytes, &place)?;
            let origin = ticket.origin.as_ref();
            let at = At {
                seed: origin.map_or(number as u64, |origin| origin.seed),
                arm: origin
                    .and_then(|origin| origin.arm.clone())
                    .unwrap_or_else(|| IMP_NAME.to_owned()),
                level: origin.map_or(0, |origin| origin.level),
                epoch: None,
            };
            given.insert(at, ticket);
        }
        let about = json!({ "tickets": given.keys().collect::<Vec<_>>() });
        Ok((Self::Given(given), about))
    }

    fn shown(&mut self, at: &At) -> anyhow::Result<Shown<'_>> {
        match self {
            Self::Drawn { setup, lotteries } => {
                let arm = arm(setup, &at.arm)?;
                let Some(epoch) = at.epoch else {
                    let level = lotteries.level(setup, at.seed, &arm, at.level)?;
                    return Ok(Shown {
                        ticket: level.ticket,
                        row: Some(level.row),
                    });
                };
                let wanted = Unfinished {
                    seed: at.seed,
                    arm,
                    level: at.level,
                    epoch,
                };
                let (ticket, row) = lotteries.after(setup, wanted)?;
                Ok(Shown {
                    ticket,
                    row: Some(row),
                })
            }
            Self::Given(tickets) => {
                let ticket = tickets.get(at).with_context(|| {
                    format!(
                        "the page does not hold the ticket of seed {}, arm {}, level {}",
                        at.seed, at.arm, at.level
                    )
                })?;
                Ok(Shown { ticket, row: None })
            }
        }
    }

    pub(super) fn level(&mut self, at: &At) -> anyhow::Result<Value> {
        let criterion = match self {
            Self::Drawn { setup, .. } => Some(Criterion::of(&setup.experiment)),
            Self::Given(_) => None,
        };
        let Shown { ticket, row } = self.shown(at)?;
        let origin = ticket.origin.as_ref();
        let result = origin.and_then(|origin| origin.result.as_ref());
        Ok(json!({
            "params_digest": format!("{:016x}", digest::of_floats(&ticket.params)),
            "anatomy": anatomy(ticket),
            "result": result,
            "separated": row.map(Row::is_separated),
            "reveals": row.and_then(|row| row.revealed),
            "solved": row.zip(criterion).map(|(row, criterion)| criterion.solved(row)),
        }))
    }

    pub(super) fn picture(&mut self, at: &At, removed: &[String]) -> anyhow::Result<Value> {
        let Shown { ticket, row } = self.shown(at)?;
        let look = Look {
            removed,
            cut: cut(ticket).is_some_and(|cut| cut <= MOST_MARKED),
            interactive: true,
            ..Look::default()
        };
        let svg = picture(ticket, &look);
        let accuracy = row.map(|row| row.result.accuracy.clone());
        let left = (!removed.is_empty())
            .then(|| without(ticket, removed))
            .transpose()?;
        let accuracy_without = match &left {
            Some(left) => self.accuracy(at, left)?,
            None => None,
        };
        Ok(json!({
            "svg": svg,
            "accuracy": accuracy,
            "accuracy_without": accuracy_without,
            "anatomy_without": left.as_ref().map(anatomy),
        }))
    }

    /// The accuracy of each task on the test part, where there is data.
    fn accuracy(&self, at: &At, ticket: &Ticket) -> anyhow::Result<Option<Vec<f64>>> {
        let Self::Drawn { setup, lotteries } = self else {
            return Ok(None);
        };
        let drawn = lotteries.drawn_of(setup, at.seed, &arm(setup, &at.arm)?)?;
        let net = Mlp::new(&ticket.widths);
        let test = drawn.parts().test;
        let scores = scores(setup.machine(), net, &setup.tasks(), &ticket.params, test)?;
        Ok(Some(scores.into_iter().map(|score| score.accuracy).collect()))
    }

    pub(super) fn map(&mut self, at: &At, task: usize, removed: &[String]) -> anyhow::Result<Value> {
        let left = without(self.shown(at)?.ticket, removed)?;
        let drawn = match self {
            Self::Drawn { setup, lotteries } => {
                Some(lotteries.drawn_of(setup, at.seed, &arm(setup, &at.arm)?)?)
            }
            Self::Given(_) => None,
        };
        let samples = drawn.as_ref().map(|drawn| &drawn.test);
        Ok(json!({ "svg": map(&left, task, samples, false) }))
    }

    /// Draws a lottery to its end, however deep that is.
    pub(super) fn draw(&mut self, seed: u64, name: &str) -> anyhow::Result<Value> {
        let Self::Drawn { setup, lotteries } = self else {
            return Err(no_data());
        };
        lotteries.draw(setup, seed, &arm(setup, name)?)?;
        Ok(json!({}))
    }

    pub(super) fn export(&mut self, at: &At, format: &str) -> anyhow::Result<Value> {
        let Shown { ticket, .. } = self.shown(at)?;
        let bytes = match FORMATS.iter().find(|entry| entry.name == format) {
            Some(entry) => (entry.export)(ticket, &Options::default())?,
            None if format == TICKET => ticket.to_bytes()?,
            None => {
                let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
                return Err(bad_input!(
                    "{} is no format; there are {TICKET}, {}",
                    quoted(format),
                    names.join(", ")
                ));
            }
        };
        Ok(json!({ "base64": STANDARD.encode(bytes) }))
    }

    pub(super) fn findings(&self, name: &str) -> anyhow::Result<Value> {
        let Self::Drawn { setup, lotteries } = self else {
            return Err(no_data());
        };
        let mut replicates = lotteries.replicates(&arm(setup, name)?);
        let drawn = replicates.len();
        // Nothing is said about seeds that diverged but how many they are.
        replicates.retain(|replicate| replicate.imp().failure().is_none());
        let findings = Findings::new(setup.ports(), &replicates, Criterion::of(&setup.experiment));
        let evidence = Evidence::new(setup, &replicates, &findings);
        let figures = FigureData::new(setup, &replicates, &findings, &evidence);
        let separated = figure(SEPARATED).and_then(|figure| figure::svg(figure, &figures, &View::default()));
        Ok(json!({
            "figure": separated,
            "seeds": replicates.len(),
            "not_finite": drawn - replicates.len(),
            "ever_separated": findings.ever_separated,
            "ever_separated_and_solved": findings.ever_both,
        }))
    }
}

fn no_data() -> anyhow::Error {
    bad_input!("the page does not hold the data that seeds are drawn from")
}

/// What an experiment is, for a page.
fn about(setup: &Setup) -> Value {
    let levels = 0..=setup.trajectory().levels();
    let task = |task: &TaskPorts| json!({ "name": task.name });
    let arm_about = |arm: &Arm| {
        json!({
            "name": arm.name(),
            "about": arm.about(),
            "first_epoch": first_epoch(setup, arm),
        })
    };
    let names = setup.experiment.task_names();
    let arms = Arm::all(&setup.experiment.fits(&names));
    json!({
        "tasks": setup.ports().iter().map(task).collect::<Vec<_>>(),
        "weights_left": levels.map(|level| setup.trajectory().weights_left(level)).collect::<Vec<_>>(),
        "epochs": setup.training().epochs,
        "seeds": setup.experiment.seeds,
        "first_seed": setup.experiment.first_seed,
        "arms": arms.iter().map(arm_about).collect::<Vec<_>>(),
    })
}

/// The arm of this name, whether the experiment asks for it or not.
fn arm(setup: &Setup, name: &str) -> anyhow::Result<Arm> {
    let names = setup.experiment.task_names();
    Arm::parse(name, &setup.experiment.fits(&names))
        .map_err(|problem| bad_input!("arm {}: {problem}", quoted(name)))
}
