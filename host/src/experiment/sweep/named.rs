//! Reads cells that have names.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::super::overrides::{self, Target};
use super::super::page::OUTSIDE;
use super::super::source::{At, Part, Source, Toml};
use super::leaves::leaves;
use super::{Named, check_count};
use crate::bad_input;
use crate::text::{quoted, unwanted};

/// The named cells.
pub(super) fn named<'a>(
    source: &'a Source,
    cells: &Toml<'a>,
    sets: &[&'a Part],
    base: &Toml<'a>,
) -> anyhow::Result<Vec<Named<'a>>> {
    let at = At::new(source, "sweep.cell", cells);
    let list = cells.get_ref().as_array().ok_or_else(|| {
        bad_input!(
            "{}: sweep.cell must be a list: write [[sweep.cell]], in double brackets, above each cell",
            at.place()
        )
    })?;
    check_count(list.len())?;
    if list.is_empty() {
        return Err(bad_input!(
            "{}: there is no cell in the list; give it some, or leave [sweep] out",
            at.place()
        ));
    }
    let mut named = Vec::<Named<'a>>::with_capacity(list.len());
    let mut names = BTreeMap::new();
    for cell in list {
        let at = At::new(source, "a cell", cell);
        let DeValue::Table(table) = cell.get_ref() else {
            return Err(at.refused(
                "must be a section: write [[sweep.cell]] on a line of its own, and its keys below",
            ));
        };
        let name = name(&at)?;
        if let Some(before) = names.insert(name.clone(), cell.span()) {
            return Err(bad_input!(
                "{}: two cells are called {}, the other at {}; give each a name of its own",
                at.place(),
                quoted(&name),
                source.place(&before)
            ));
        }
        let mut values = Vec::<(String, Toml<'a>)>::new();
        // Keys of single tasks make a table there, and no list.
        let own_tasks = overrides::tasks_in(cell).filter(|tasks| tasks.get_ref().is_array());
        let tasks = own_tasks.or_else(|| overrides::tasks_in(base));
        // A rewind or a seed's rule is one value, even if it is a table.
        for leaf in leaves(table, &overrides::is_one) {
            let place = source.spot(leaf.span.clone());
            if leaf.key == "name" {
                continue;
            }
            overrides::check(&place, &leaf.key)?;
            let target = Target::of(tasks, &leaf.key);
            let is_given = |key: &str| Target::of(tasks, key).clashes_with(&target);
            if let Some((other, _)) = values.iter().find(|(key, _)| is_given(key)) {
                let also = if *other == leaf.key {
                    String::new()
                } else {
                    format!(", as {other} too")
                };
                return Err(bad_input!(
                    "{place}: {} is given twice{also}; remove one of them",
                    leaf.key
                ));
            }
            let is_outside = OUTSIDE.contains(&&*leaf.key);
            // Tasks of its own leave nothing of what is set of those of the file.
            let undoes =
                |key: &str| is_given(key) || leaf.key == "data.task" && key.starts_with("data.task.");
            if let Some(set) = sets.iter().find(|set| undoes(set.key())) {
                // How many seeds, and what is kept of them, is the business of who runs it.
                if is_outside {
                    continue;
                }
                return Err(bad_input!(
                    "{}, {place}: cell {} has a value of its own for {}; change it there",
                    set.place,
                    quoted(&name),
                    leaf.key
                ));
            }
            values.push((leaf.key, leaf.value));
        }
        // What is set as a whole comes before its parts.
        values.sort_by_key(|(key, _)| key.matches('.').count());
        named.push(Named { name, values });
    }
    Ok(named)
}

/// The name of a cell.
fn name(at: &At<'_>) -> anyhow::Result<String> {
    const LONGEST: usize = 100;
    let found = at.find("name");
    let Some(found) = found else {
        return Err(bad_input!(
            "{}: the cell has no name; add name = \"…\" to it",
            at.place()
        ));
    };
    let name = found.value.get_ref().as_str();
    let fits = |name: &&str| {
        !name.trim().is_empty()
            && name.chars().count() <= LONGEST
            && unwanted(name).is_none()
            && !name.contains('\n')
    };
    let name = name.filter(fits).ok_or_else(|| {
        At {
            path: "the name of a cell",
            ..found
        }
        .refused(format_args!(
            "must be text in quotes, one line of at most {LONGEST} letters"
        ))
    })?;
    Ok(name.to_owned())
}
