//! How commands are told to compute in integers, and how they get the network that does.

use std::path::{Path, PathBuf};

use super::columns::Columns;
use crate::bad_input;
use crate::board::{founding_data, note, raw_data, rows_as_table};
use crate::data::{Contents, Drawn};
use crate::experiment::Experiment;
use crate::export::program::Program;
use crate::files::{contents, read_if_there};
use crate::integer::{Calibration, Effect, Network, Settings, Width, quantize};
use crate::predict::{Predictions, Table};
use crate::ticket::Ticket;

#[derive(Debug, clap::Args)]
pub(super) struct Integers {
    /// Compute in integers, with weights of 8 or 16 bits: for cores without a floating-point unit
    #[arg(long, value_name = "BITS", value_parser = width)]
    integer: Option<Width>,
    /// Take the ranges of integers from this CSV file [default: what the ticket was trained on; where that is not known, the one of --data]
    #[arg(long, value_name = "FILE.csv", requires = "integer")]
    calibrate: Option<PathBuf>,
    /// Inputs are integers, as a sensor has them: what a step is worth in the data's unit, for all, or for each as 0.01,0.5
    #[arg(
        long,
        value_name = "NUMBER",
        value_delimiter = ',',
        requires = "integer",
        allow_negative_numbers = true
    )]
    input_scale: Option<Vec<f32>>,
}

fn width(text: &str) -> Result<Width, String> {
    let mut widths = Width::ALL.into_iter();
    widths
        .find(|width| width.bits().to_string() == text)
        .ok_or_else(|| "a weight has 8 or 16 bits".to_owned())
}

/// Samples, and what they are.
pub(super) type Given<'a> = (&'a Table, &'a str);

impl Integers {
    /// Those of this width, of data as it is.
    pub(super) fn of(width: Width) -> Self {
        Self {
            integer: Some(width),
            calibrate: None,
            input_scale: None,
        }
    }

    /// Whether integers are asked for.
    pub(super) fn are_asked_for(&self) -> bool {
        self.integer.is_some()
    }

    /// The network of the ticket at `path`, if integers are asked for, and what they change. It is calibrated on the file
    /// that `--calibrate` names, else on what the ticket was trained on, where that is not known on `given`: every command
    /// makes the same network of a ticket, whatever rows it is to answer. It is tried on `given`, else on what the ticket
    /// was tested on. Where nothing else is there, `otherwise` is `given`.
    ///
    /// # Errors
    ///
    /// Bad input if there is no such data, or something cannot be held.
    pub(super) fn network(
        &self,
        (ticket, path): (&Ticket, &Path),
        given: Option<Given<'_>>,
        otherwise: Option<Given<'_>>,
        columns: Columns,
    ) -> anyhow::Result<Option<(Network, Effect)>> {
        let Some(width) = self.integer else {
            return Ok(None);
        };
        let named = match &self.calibrate {
            None => None,
            Some(path) => {
                let table = Table::read(path, ticket, columns.matching())?;
                table.notes().for_each(note);
                let name = path.file_name().unwrap_or_default().display().to_string();
                Some((table, name))
            }
        };
        let named = named.as_ref().map(|(table, name)| (table, &**name));
        let own = match own(ticket, path) {
            // There is other data.
            Err(error) if named.or(given).is_some() => {
                note(format_args!(
                    "note: integers: what this ticket was trained on cannot be used: {error:#}"
                ));
                None
            }
            own => own?,
        };
        let given = given.or(otherwise.filter(|_| named.is_none() && own.is_none()));
        let (rows, origin) = match (named, &own, given) {
            (Some((table, name)), _, _) | (None, None, Some((table, name))) => {
                (table.rows(), name.to_owned())
            }
            (None, Some(own), _) => {
                let origin = format!("what seed {} was trained on", own.seed);
                (&*own.drawn.train.inputs, origin)
            }
            (None, None, None) => {
                return Err(bad_input!(
                    "integers take their ranges from data, and it is not known what this ticket was trained on; name a \
                     CSV file of samples with --data"
                ));
            }
        };
        let program = Program::of(ticket)?;
        let calibration = Calibration::of(&program, rows, &origin)?;
        let settings = Settings {
            width,
            input_scale: self.input_scale.clone(),
        };
        let network = quantize(program, &calibration, &settings)?;
        let tested = own.as_ref().map(|own| own.tested(ticket));
        let tried = given.map(|(table, _)| table).or(tested.as_ref());
        let tried = tried
            .or(named.map(|(table, _)| table))
            .expect("calibration data is one of them");
        let effect = effect(ticket, &network, tried)?;
        effect.check(&network)?;
        Ok(Some((network, effect)))
    }
}

/// What a network changes on samples.
///
/// # Errors
///
/// As of [`Predictions::of`].
fn effect(ticket: &Ticket, network: &Network, table: &Table) -> anyhow::Result<Effect> {
    let floats = Predictions::of(ticket, table, false)?;
    let answers = network.answers(table.rows());
    let integers = Predictions::of_integers(network, &answers);
    Ok(Effect::of(network, table, [&floats, &integers], &answers))
}

/// What is said of a network: where its ranges are from, and what it changes.
pub(super) fn lines((network, effect): &(Network, Effect)) -> Vec<String> {
    let calibrated = format!(
        "weights of {} bits, calibrated on {} rows: {}; network {:016x}",
        network.width.bits(),
        network.calibrated,
        network.origin,
        network.digest()
    );
    std::iter::once(calibrated).chain(effect.lines()).collect()
}

/// The samples of a ticket's replicate, raw.
struct Own {
    drawn: Drawn,
    seed: u64,
}

impl Own {
    fn tested(&self, ticket: &Ticket) -> Table {
        rows_as_table(ticket, &self.drawn.test)
    }
}

/// What a ticket was trained on: of the experiment whose run directory its file is in, or of the founding one. `None`
/// where that is not known, or has changed.
///
/// # Errors
///
/// If a file of the experiment cannot be read.
fn own(ticket: &Ticket, path: &Path) -> anyhow::Result<Option<Own>> {
    let Some(origin) = &ticket.origin else {
        return Ok(None);
    };
    let mut drawn = founding_data(ticket)?;
    if drawn.is_none()
        && let Some((experiment, contents)) = experiment_beside(path)?
    {
        drawn = raw_data(&experiment, &contents, ticket)?;
    }
    let seed = origin.seed;
    let fits = |drawn: &Drawn| {
        drawn.train.inputs.len().is_multiple_of(ticket.widths[0])
            && drawn.test.classes.len() * ticket.widths[0] == drawn.test.inputs.len() * ticket.tasks.len()
    };
    Ok(drawn.filter(fits).map(|drawn| Own { drawn, seed }))
}

/// The experiment of the run directory that a ticket's file is in, with its files; `None` if it is in none. Tickets of
/// `imp` are in a folder of the run directory, those of other arms in folders of that.
///
/// # Errors
///
/// If a file cannot be read or is damaged.
fn experiment_beside(ticket: &Path) -> anyhow::Result<Option<(Experiment, Contents)>> {
    let Ok(path) = std::path::absolute(ticket) else {
        return Ok(None);
    };
    for folder in path.ancestors().skip(2).take(2) {
        let file = folder.join("experiment.toml");
        let Some(bytes) = read_if_there(&file)? else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(None);
        };
        let experiment = Experiment::parse(text, &file.display().to_string(), &[])?;
        let contents = contents(&experiment.data)?;
        return Ok(Some((experiment, contents)));
    }
    Ok(None)
}
