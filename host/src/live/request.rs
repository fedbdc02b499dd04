//! Declares what can be asked.

use serde::{Deserialize, Serialize};

use crate::figure::FigureData;

/// The format of a ticket's own file, beside those of [`crate::export`]; names of files end with it.
pub const TICKET: &str = "safetensors";

/// What a page asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Opens an experiment, TOML with overrides put over it as `tombola run --set` does. Answers what it is.
    Open {
        /// The text of its file.
        experiment: String,
        /// `KEY=VALUE`.
        #[serde(default)]
        overrides: Vec<String>,
    },
    /// Opens tickets instead, for which there is no data: files in base64.
    Tickets {
        /// The files.
        tickets: Vec<String>,
    },
    /// Takes the points of the figures of a run, [`FigureData`].
    Figures {
        /// The points.
        data: Box<FigureData>,
    },
    /// A figure of these points; nothing where none of it is to be shown.
    Figure {
        /// Its name.
        key: String,
        /// Which arms are shown, in the order of the points; those beyond the end are.
        #[serde(default)]
        arms: Vec<bool>,
        /// Width in pixels.
        width: u32,
    },
    /// Draws a lottery to its end.
    Draw {
        /// The seed.
        seed: u64,
        /// The name of the arm.
        arm: String,
    },
    /// What a level came to.
    Level {
        /// Which one.
        at: At,
    },
    /// The picture of a ticket, and what it still answers when neurons are taken out.
    Picture {
        /// Which ticket.
        at: At,
        /// Neurons that are taken out, `LAYER.UNIT`.
        #[serde(default)]
        removed: Vec<String>,
    },
    /// The decision boundaries of a task with two inputs.
    Map {
        /// Of which ticket.
        at: At,
        /// The number of the task.
        task: usize,
        /// Neurons that are taken out.
        #[serde(default)]
        removed: Vec<String>,
    },
    /// The file of a ticket, or what it is exported to.
    Export {
        /// Which ticket.
        at: At,
        /// [`TICKET`], or the name of an export format.
        format: String,
    },
    /// What all seeds whose lottery was drawn to its end came to.
    Findings {
        /// In which arm.
        arm: String,
    },
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The seed.
    pub seed: u64,
    /// The name of the arm.
    pub arm: String,
    /// From 0, the dense network.
    pub level: u32,
    /// As it was after so many epochs of this level; none for the trained one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
}
