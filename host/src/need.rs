//! What training takes of memory, and what is there: what cannot be is refused, before the system kills the program.

use std::fs;
use std::path::{Path, PathBuf};

use tombola::{Lottery, Storage};

use crate::bad_input;
use crate::experiment::Data;
use crate::setup::Setup;

/// How many seeds of a run go at a time: as many as are wanted, or, if fewer will do, as fit into memory.
///
/// # Errors
/// Bad input that says what they take, what is there, and what to lower.
pub(crate) fn at_a_time(setup: &Setup, wanted: usize, fewer_will_do: bool) -> anyhow::Result<usize> {
    fitting_now(of_seed(setup), wanted, fewer_will_do)
}

/// Bytes that a seed of a run takes at least.
pub(crate) fn of_seed(setup: &Setup) -> u64 {
    let lottery = Lottery {
        net: setup.net(),
        tasks: &setup.tasks(),
        training: setup.training(),
        rewind: setup.rewind(),
        train_count: setup.experiment.data.train,
        storage: Storage::Compressed,
    };
    of_lottery(&lottery, &setup.experiment.data)
}

/// Bytes that a row takes where tables and findings are made of it, and about as much again for these.
pub(crate) fn of_row(setup: &Setup) -> u64 {
    3000 + 4 * setup.net().mask_len() as u64
}

/// How many seeds that take so many bytes each go at a time, as [`at_a_time`].
///
/// # Errors
/// As [`at_a_time`].
pub(crate) fn fitting_now(seed: u64, wanted: usize, fewer_will_do: bool) -> anyhow::Result<usize> {
    let Some(there) = available() else {
        return Ok(wanted);
    };
    fitting(seed, wanted as u64, fewer_will_do, there).map(|fits| fits as usize)
}

/// Refuses training of one ticket that takes more memory than there is.
///
/// # Errors
/// Bad input that says what it takes, what is there, and what to lower.
pub(crate) fn check(lottery: &Lottery<'_>, data: &Data) -> anyhow::Result<()> {
    match available() {
        Some(there) => compare(of_lottery(lottery, data), there),
        None => Ok(()),
    }
}

fn compare(training: u64, there: u64) -> anyhow::Result<()> {
    if training <= there {
        return Ok(());
    }
    Err(bad_input!(
        "training takes {} of memory at least, and {} are free; lower training.batch, or the samples in data",
        size(training),
        size(there)
    ))
}

fn fitting(seed: u64, at_a_time: u64, fewer_will_do: bool, there: u64) -> anyhow::Result<u64> {
    let all = seed.saturating_mul(at_a_time);
    if all <= there {
        return Ok(at_a_time);
    }
    if fewer_will_do && seed <= there {
        return Ok(there / seed);
    }
    let (there_bytes, seed_bytes) = (size(there), size(seed));
    Err(match there / seed.max(1) {
        0 => bad_input!(
            "a seed takes {seed_bytes} of memory at least, and {there_bytes} are free; lower network.hidden, \
             training.batch, or the samples in data"
        ),
        fits => bad_input!(
            "{at_a_time} seeds at a time take {} of memory at least, {seed_bytes} each, and {there_bytes} are free; \
             use --jobs {fits}",
            size(all)
        ),
    })
}

/// Bytes that it takes at least: the lottery, its initial weights, and its samples.
fn of_lottery(lottery: &Lottery<'_>, data: &Data) -> u64 {
    let net = lottery.net;
    let words = [lottery.float_count(), lottery.word_count(), net.param_count()];
    let samples = data.train as u64 + data.validation as u64 + data.test as u64;
    let sample = 4 * net.input_count() as u64 + 2 * lottery.tasks.len() as u64;
    4 * words.map(|count| count as u64).iter().sum::<u64>() + samples * sample
}

/// Whether so many bytes are free, as far as the system says; else how many it takes, in words.
pub(crate) fn lacking(bytes: u64) -> Option<String> {
    (available()? < bytes).then(|| size(bytes))
}

/// Bytes in gibibytes or mebibytes.
fn size(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    if 1024.0 <= mebibytes {
        format!("{:.1} GiB", mebibytes / 1024.0)
    } else {
        format!("{mebibytes:.1} MiB")
    }
}

/// Bytes that the system can give before it kills; `None` where it does not say.
fn available() -> Option<u64> {
    let of_machine = of_machine(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let of_group = fs::read_to_string("/proc/self/cgroup").ok();
    let of_group = of_group.and_then(|text| of_groups(&text, Path::new("/sys/fs/cgroup")));
    Some(of_group.map_or(of_machine, |of_group| of_machine.min(of_group)))
}

/// What Linux says of the machine: memory and swap that are free or can be freed.
fn of_machine(meminfo: &str) -> Option<u64> {
    let field = |name: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    };
    Some(1024 * (field("MemAvailable:")? + field("SwapFree:").unwrap_or(0)))
}

/// What the control groups of the process leave, in version 2 and in version 1: a container's limit is that of a group.
fn of_groups(groups: &str, root: &Path) -> Option<u64> {
    let folders = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
        match controllers {
            "" => Some((root.to_owned(), path)),
            _ if controllers.split(',').any(|name| name == "memory") => Some((root.join("memory"), path)),
            _ => None,
        }
    });
    // Within a container, the path may be that of the machine, and only the root is there.
    let above = |(root, path): (PathBuf, &str)| {
        let all: Vec<PathBuf> = Path::new(path).ancestors().map(|path| root.join(path)).collect();
        all
    };
    folders
        .flat_map(above)
        .filter_map(|folder| of_group(&folder))
        .min()
}

/// What a group has left under its limit, not counting copies of files, which can be dropped.
fn of_group(folder: &Path) -> Option<u64> {
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let number = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| text(name)?.trim().parse::<u64>().ok())
    };
    let limit = number(["memory.max", "memory.limit_in_bytes"])?;
    let used = number(["memory.current", "memory.usage_in_bytes"])?;
    let stat = text("memory.stat").unwrap_or_default();
    let dropped = stat.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let dropped = dropped.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(dropped)))
}

#[cfg(test)]
mod tests {
    use super::{compare, fitting, of_groups, of_machine};
    use crate::error::refused;

    #[test]
    fn what_is_too_much_is_refused_with_what_it_takes_and_what_fits() {
        const GIB: u64 = 1 << 30;
        assert_eq!(fitting(GIB, 4, false, 4 * GIB).unwrap(), 4);
        assert_eq!(fitting(GIB, 4, true, 4 * GIB - 1).unwrap(), 3);
        refused(
            fitting(GIB, 4, false, 3 * GIB),
            &[
                "4 seeds at a time take 4.0 GiB",
                "1.0 GiB each",
                "3.0 GiB are free",
                "--jobs 3",
            ],
        );
        refused(
            fitting(u64::MAX, 4, true, 3 * GIB),
            &["a seed takes", "3.0 GiB are free", "network.hidden"],
        );
        assert!(compare(GIB, GIB).is_ok());
        refused(
            compare(GIB, GIB / 2),
            &["training takes 1.0 GiB", "512.0 MiB are free", "training.batch"],
        );
    }

    #[test]
    fn what_is_there_is_the_least_that_machine_and_groups_leave() {
        let meminfo = "MemTotal:  100 kB\nMemAvailable:     40 kB\nSwapFree:  2 kB\n";
        assert_eq!(of_machine(meminfo), Some(42 * 1024));
        assert_eq!(of_machine("MemTotal:  100 kB\n"), None);
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/memory.max", "1000\n");
        write("a/memory.current", "600\n");
        write("a/memory.stat", "anon 5\ninactive_file 100\n");
        write("a/b/memory.max", "max\n");
        write("memory/c/memory.limit_in_bytes", "500\n");
        write("memory/c/memory.usage_in_bytes", "100\n");
        assert_eq!(of_groups("0::/a/b\n", root.path()), Some(500));
        assert_eq!(
            of_groups("7:cpu:/a\n5:cpuset,memory:/c\n", root.path()),
            Some(400)
        );
        assert_eq!(of_groups("0::/\n", root.path()), None);
    }
}
