//! Runs the cells of a sweep into one directory.
//!
//! A [`Plan`] is a sweep whose cells are known to be good and different: it has the digest of each, and makes the `Setup` of
//! one when it is asked for, so that a million cells need no memory of a million experiments. The work is an ordered list of
//! [`Unit`]s, one for each cell and seed, cell by cell in the order of the file, seeds from the first on: `work` takes any
//! part of that list, in any order, so that it may be dealt out to several processes. `collect` then reads the records of all
//! cells, one cell at a time, and writes the tables; `findings` has what is said of a cell.
//!
//! # The directory
//!
//! ```text
//! runs/NAME-DIGEST/             NAME is the experiments' name, DIGEST that of the sweep, which more values do not change
//!   sweep.toml                  "# digest DIGEST", and the sweep as it was given
//!   cells/DIGEST/               a cell, by the digest of its experiment: a run directory without tables
//!     experiment.toml           "# digest DIGEST", and the experiment, every setting spelled out
//!     records/SEED.jsonl        what is finished of a seed
//!     tickets/…
//!   levels.csv, measures.csv    the rows of all cells, in the order of the units
//!   summary.json, report.html
//!   .stale                      if these are those of fewer or other cells, until there are new ones
//! ```
//!
//! A cell's records and tickets are those of its experiment run alone, byte for byte. The sweep and each cell that is worked at
//! are locked, as run directories are.

mod collect;
mod directory;
mod figures;
mod findings;
mod plan;
pub mod summary;
mod table;
mod work;

pub use collect::{Collected, collect};
pub use directory::SweepDirectory;
pub(crate) use directory::{CELLS, SWEEP, is_cell, is_stale, is_sweep, text_of};
pub(crate) use figures::{figures, link};
pub(crate) use findings::MOST_DETAILS;
pub use findings::{CellFindings, LevelLine, Values};
pub use plan::{Cell, Plan, Unit};
pub(crate) use table::about;
pub use table::{Table, answer, table};
pub use work::{Done, run};
