//! Gives cells what holds beside their own values: any two of rate, levels and target give the third.
//!
//! What is put over a file at once holds together. What `--set` puts over it is the file's once the sweep is written, so that
//! what holds beside a cell's own value must become a value of the cell.

use super::super::choice::{QUANTITIES, held};
use super::super::overrides;
use super::super::source::Toml;
use super::{Axis, Cells};

/// Puts into cells what of `base` holds in them, but would not any more if `base` were the file; and takes out of `base` what
/// holds in none.
pub(super) fn beside<'a>(file: &Toml<'a>, base: &mut Toml<'a>, cells: &mut Cells<'a>) {
    let find = |tree: &Toml<'a>, key: &str| overrides::find(tree, key).cloned();
    let there = QUANTITIES.map(|key| find(file, key));
    let mut values = QUANTITIES.map(|key| find(base, key));
    let set = [0, 1, 2].map(|one: usize| {
        let span = |value: &Option<Toml<'_>>| value.as_ref().map(Toml::span);
        values[one].is_some() && span(&values[one]) != span(&there[one])
    });
    // What gives way to a value that is set is not written.
    let without_cells = held([there.each_ref().map(Option::is_some), set]);
    for (one, key) in QUANTITIES.into_iter().enumerate() {
        if without_cells.is_some_and(|held| !held[one]) && values[one].take().is_some() {
            overrides::remove(base, key);
        }
    }
    let missing = |own: [bool; 3]| {
        let at_once = [0, 1, 2].map(|one: usize| set[one] || own[one]);
        let now = held([there.each_ref().map(Option::is_some), at_once]);
        let then = held([values.each_ref().map(Option::is_some), own]);
        let is_lost = now != then && own.contains(&true);
        [0, 1, 2].map(|one: usize| {
            let holds = now.is_some_and(|now| now[one]);
            values[one].clone().filter(|_| is_lost && holds && !own[one])
        })
    };
    let of_keys = |keys: &[&str]| missing(QUANTITIES.map(|key| keys.contains(&key)));
    match cells {
        Cells::Grid(axes) => {
            let keys: Vec<&str> = axes.iter().map(|axis| &*axis.key).collect();
            for (key, value) in QUANTITIES.into_iter().zip(of_keys(&keys)) {
                let Some(value) = value else { continue };
                overrides::remove(base, key);
                axes.push(Axis {
                    key: key.to_owned(),
                    values: vec![value],
                });
            }
        }
        Cells::Named(cells) => {
            for cell in cells {
                let keys: Vec<&str> = cell.values.iter().map(|(key, _)| &**key).collect();
                let missing = QUANTITIES.into_iter().zip(of_keys(&keys));
                let missing: Vec<_> = missing
                    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                    .collect();
                cell.values.extend(missing);
            }
        }
    }
}
