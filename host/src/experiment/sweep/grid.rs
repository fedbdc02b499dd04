//! Reads a grid: lists of values for keys.

use toml::de::DeTable;

use super::super::overrides::{self, Target};
use super::super::page::OUTSIDE;
use super::super::source::{At, Part, Source, Toml};
use super::leaves::{Leaf, leaves};
use super::{Axis, SWEEP, check_count};
use crate::bad_input;

/// The axes of a grid, from the section and from `--set`, which replaces the values of a key that the section has.
pub(super) fn grid<'a>(
    source: &'a Source,
    section: &DeTable<'a>,
    sets: &[&'a Part],
    base: &Toml<'a>,
) -> anyhow::Result<Vec<Axis<'a>>> {
    let mut found = leaves(section, &|_| false);
    let tasks = overrides::tasks_in(base);
    for set in sets {
        let leaf = Leaf::of_set(set)?;
        let target = Target::of(tasks, &leaf.key);
        match found
            .iter_mut()
            .find(|found| Target::of(tasks, &found.key) == target)
        {
            Some(found) => *found = leaf,
            None => found.push(leaf),
        }
    }
    if found.is_empty() {
        return Err(bad_input!(
            "[sweep] has no key; write the values of one into it, such as training.rate = [0.1, 0.05], or cells as \
             [[sweep.cell]]"
        ));
    }
    let has_tasks = found.iter().any(|leaf| leaf.key == "data.task");
    let (mut axes, mut count) = (Vec::<Axis<'a>>::new(), 1_usize);
    for leaf in found {
        let (key, place) = (&leaf.key, source.place(&leaf.span));
        if key == "name" {
            return Err(bad_input!(
                "{place}: name names the whole sweep, and all its cells have it; set it once, above [sweep]"
            ));
        }
        if OUTSIDE.contains(&&**key) {
            return Err(bad_input!(
                "{place}: {key} changes no digest, so that all its values would be one cell; set it once, above [sweep]"
            ));
        }
        overrides::check(&place, key)?;
        let target = Target::of(tasks, key);
        // Where lists of tasks are swept, the name of one is another's in another cell, which is seen there.
        let is_known = target == Target::Key(key) || !has_tasks;
        if let Some(other) = axes
            .iter()
            .find(|axis| axis.key == *key || is_known && Target::of(tasks, &axis.key).clashes_with(&target))
        {
            let also = if other.key == *key {
                String::new()
            } else {
                format!(", as {} too", other.key)
            };
            return Err(bad_input!(
                "{place}: {key} is swept twice{also}; remove one of them"
            ));
        }
        if let Some(fixed) = overrides::find(base, key) {
            return Err(bad_input!(
                "{place}, {}: {key} is swept, and it is fixed; remove one of them",
                source.place(&fixed.span())
            ));
        }
        let path = &format!("{SWEEP}.{key}");
        let at = At::new(source, path, &leaf.value);
        let Some(values) = leaf.value.get_ref().as_array() else {
            return Err(at.refused(format_args!(
                "must be a list of values, such as {key} = [{}]",
                example(key)
            )));
        };
        if values.is_empty() {
            return Err(at.refused("a key without values leaves no cell: give it some, or leave it out"));
        }
        count = count.saturating_mul(values.len());
        axes.push(Axis {
            key: leaf.key.clone(),
            values: values.iter().cloned().collect(),
        });
    }
    check_count(count)?;
    Ok(axes)
}

/// Two values of a key, where the default says what they may be.
fn example(key: &str) -> &'static str {
    match key {
        "training.rate" => "0.1, 0.05",
        "network.hidden" => "[16, 16], [24]",
        _ => "…, …",
    }
}
