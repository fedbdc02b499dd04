//! Says which seeds jobs have that are in Slurm's queue: those of the file that the tasks run, which is not always what is
//! asked for now.

use std::path::Path;

use anyhow::Context;

use super::subject::parts;
use crate::board::note;
use crate::experiment::SweepFile;
use crate::run::Part;
use crate::slurm::{self, Submission, Task};
use crate::sweep::Plan;

/// Jobs that are in the queue.
#[derive(Default)]
pub(super) struct Alive {
    /// Job arrays, with how many of their tasks.
    pub(super) arrays: Vec<(u64, usize)>,
    /// Jobs that merge.
    pub(super) merges: Vec<u64>,
}

/// Asks the queue, and takes from what is `open` of these parts what a task has. Where the queue need not be asked, it is noted
/// that it cannot be.
///
/// # Errors
/// If the queue cannot be asked, or what a task runs cannot be read.
pub(super) fn alive(
    directory: &Path,
    name: &str,
    submissions: &[Submission],
    (wanted, open): (&[Part], &mut [bool]),
    is_dry: bool,
) -> anyhow::Result<Alive> {
    let mut is_told = false;
    let mut tasks = |job| match slurm::tasks(job, name) {
        Err(error) if is_dry => {
            if !is_told {
                note(format_args!(
                    "note: the queue cannot be asked, and what is in it is shown, too: {error:#}"
                ));
            }
            is_told = true;
            Ok(vec![])
        }
        tasks => tasks,
    };
    let mut alive = Alive::default();
    for submission in submissions {
        if let Some(job) = submission.array {
            let indices: Vec<u32> = tasks(job)?
                .iter()
                .filter(|task| task.is_alive())
                .filter_map(|task| task.index)
                .collect();
            if !indices.is_empty() {
                close(directory, submission, &indices, wanted, open)?;
                alive.arrays.push((job, indices.len()));
            }
        }
        if let Some(job) = submission.merge
            && tasks(job)?.iter().any(Task::is_alive)
        {
            alive.merges.push(job);
        }
    }
    Ok(alive)
}

/// Takes from what is open what these tasks have, of which at least as much is asked.
fn close(
    directory: &Path,
    submission: &Submission,
    indices: &[u32],
    wanted: &[Part],
    open: &mut [bool],
) -> anyhow::Result<()> {
    let path = slurm::folder(directory).join(&submission.file);
    if !path.is_file() {
        // What the tasks have is not known: what they do twice costs time.
        return Ok(());
    }
    let submitted = read(directory, &path).with_context(|| {
        format!(
            "{}: what tasks in the queue run cannot be read; cancel them and move the file away",
            path.display()
        )
    })?;
    let mut first = 0;
    let mut starts = vec![];
    for part in wanted {
        starts.push(first);
        first += part.seeds.clone().count();
    }
    // Where in what is open each unit is, if it is in it.
    let mut units = vec![];
    for part in &submitted {
        let same = wanted.iter().zip(&starts).find(|(wanted, _)| {
            wanted.places == part.places
                && wanted.arms.iter().all(|(arm, asked)| {
                    let mut arms = part.arms.iter();
                    arms.any(|(other, theirs)| other == arm && asked.is_met_by(*theirs))
                })
        });
        for seed in part.seeds.clone() {
            let place = same.filter(|(wanted, _)| wanted.seeds.contains(&seed));
            units.push(place.map(|(wanted, start)| start + (seed - wanted.seeds.start) as usize));
        }
    }
    for &index in indices {
        if let Some(shard) = slurm::shard(index, submission.shards) {
            shard
                .of(units.iter())
                .flatten()
                .for_each(|&place| open[place] = false);
        }
    }
    Ok(())
}

fn read(directory: &Path, path: &Path) -> anyhow::Result<Vec<Part>> {
    let file = SweepFile::open(&path.display().to_string(), &[])?;
    let places = vec![directory.to_owned()];
    match file.sweep()? {
        Some(swept) => Ok(parts(&Plan::new(&swept)?, &places)),
        None => Ok(vec![Part::of(&file.experiment()?, None, places)]),
    }
}
