//! The known keys, and the nearest of them to one that is not known. Without this a misspelled key would be a
//! setting silently left at its default.

use super::tree::{Entry, shown};
use crate::bad_input;

/// The sections of a file and their keys; the first, without a name, is what stands above all sections.
pub(super) const SECTIONS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "name",
            "seeds",
            "first_seed",
            "data",
            "network",
            "training",
            "pruning",
        ],
    ),
    (
        "data",
        &["train", "validation", "test", "normalize", "seed", "task"],
    ),
    ("network", &["hidden", "base", "extend"]),
    (
        "training",
        &[
            "optimizer",
            "rate",
            "momentum",
            "weight_decay",
            "batch",
            "epochs",
            "patience",
        ],
    ),
    ("pruning", &["rate", "levels", "target", "rewind"]),
    ("pruning.rewind", &["epoch"]),
];

/// The kinds of task and the keys of each.
pub(super) const KINDS: [(&str, &[&str]); 6] = [
    ("moons", &["name", "kind", "noise"]),
    ("circles", &["name", "kind", "noise", "factor"]),
    ("xor", &["name", "kind", "noise"]),
    ("blobs", &["name", "kind", "noise", "classes"]),
    ("spirals", &["name", "kind", "noise", "classes", "turns"]),
    ("csv", &["name", "kind", "path", "label"]),
];

/// The keys of a section.
pub(super) fn of(section: &str) -> &'static [&'static str] {
    SECTIONS
        .iter()
        .find(|(name, _)| *name == section)
        .map_or(&[], |(_, keys)| keys)
}

/// A key with the section it stands in, as `--set` writes it.
pub(super) fn full(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// All keys of all sections but those of tasks, as `--set` writes them.
pub(super) fn all() -> Vec<String> {
    SECTIONS
        .iter()
        .flat_map(|(section, keys)| keys.iter().map(|key| full(section, key)))
        .collect()
}

/// Refuses a table that has a key not in `known`; `section` is how messages name the table.
pub(super) fn refuse_unknown(section: &str, table: &[Entry], known: &[&str]) -> anyhow::Result<()> {
    let Some(entry) = table.iter().find(|entry| !known.contains(&entry.key.as_str())) else {
        return Ok(());
    };
    let (key, place) = (&entry.key, &entry.place);
    let inside = if section.is_empty() {
        String::new()
    } else {
        format!(" in {section}")
    };
    let listed = known.join(", ");
    let hint = hint(key, known);
    Err(bad_input!(
        "{place}: unknown key '{}'{inside}{hint} (known: {listed})",
        shown(key),
    ))
}

/// What may be meant by an unknown key where the keys `known` are: one of these, or one from elsewhere.
pub(super) fn hint<S: AsRef<str>>(key: &str, known: &[S]) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let near = nearest(key, known);
    let elsewhere: Vec<String> = SECTIONS
        .iter()
        .filter(|(_, keys)| keys.contains(&last))
        .map(|(section, _)| full(section, last))
        .filter(|path| path != key)
        .collect();
    let of_tasks = KINDS
        .iter()
        .filter(|(_, keys)| keys.contains(&last))
        .map(|(kind, _)| *kind);
    let of_tasks: Vec<&str> = of_tasks.collect();
    match near {
        Some((near, 1)) => format!("; did you mean '{near}'?"),
        _ if !elsewhere.is_empty() => format!("; did you mean {}?", elsewhere.join(" or ")),
        Some((near, _)) => format!("; did you mean '{near}'?"),
        None if !of_tasks.is_empty() => format!("; it belongs to a task of kind {}", of_tasks.join(" or ")),
        None => String::new(),
    }
}

/// The nearest of `known` to `word` and its distance (edits, a swap counts one), if at most half of the word
/// would have to change.
pub(crate) fn nearest<'a, S: AsRef<str>>(word: &str, known: &'a [S]) -> Option<(&'a str, usize)> {
    let word = word.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&word, known);
    let near = known
        .iter()
        .map(|known| (known.as_ref(), distance(known.as_ref())))
        .min_by_key(|near| near.1)?;
    // A word that differs only by its case is at distance 0.
    (near.1 <= (word.chars().count() / 2).max(1)).then_some((near.0, near.1.max(1)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn an_unknown_key_is_refused_at_every_level_with_the_nearest_known_one() {
        check(
            "\nsedes = 3",
            &[],
            &["my.toml:2:1", "unknown key 'sedes'", "did you mean 'seeds'?"],
        );
        check("[trainning]\nrate = 0.1", &[], &["my.toml:1:2", "'training'?"]);
        check(
            "[data]\nvalidaton = 5",
            &[],
            &["my.toml:2:1", "in [data]", "'validation'?"],
        );
        check(
            "[network]\nhiden = [5]",
            &[],
            &["my.toml:2:1", "in [network]", "'hidden'?"],
        );
        check(
            "[training]\nepoch = 5",
            &[],
            &["my.toml:2:1", "in [training]", "'epochs'?"],
        );
        check(
            "[pruning]\nlevel = 5",
            &[],
            &["my.toml:2:1", "in [pruning]", "'levels'?"],
        );
        check(
            "[pruning]\nrewind = { epcoh = 5 }",
            &[],
            &["my.toml:2:12", "in pruning.rewind", "'epoch'?"],
        );
        check(
            "[[data.task]]\nkind = \"moons\"\nnose = 0.1",
            &[],
            &["my.toml:3:1", "'noise'?"],
        );
        check("[[data.task]]\nkin = \"moons\"", &[], &["my.toml:2:1", "'kind'?"]);
        check("[Training]\nrate = 0.1", &[], &["my.toml:1:2", "'training'?"]);
    }

    #[test]
    fn a_key_of_another_section_is_sent_there() {
        check(
            "rate = 0.1",
            &[],
            &["my.toml:1:1", "training.rate or pruning.rate"],
        );
        check("[training]\nlevels = 3", &[], &["pruning.levels"]);
        check(
            "[data]\nnoise = 0.1",
            &[],
            &["to a task of kind moons or circles or xor or blobs or spirals"],
        );
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let task = |kind: &str, key: &str| format!("[[data.task]]\nkind = \"{kind}\"\n{key} = 1\n");
        for (kind, key) in [
            ("moons", "factor"),
            ("circles", "classes"),
            ("xor", "turns"),
            ("blobs", "factor"),
            ("csv", "noise"),
        ] {
            let named = format!("in task '{kind}'");
            check(
                &task(kind, key),
                &[],
                &["my.toml:3:1", "unknown key", &named, "(known: name, kind"],
            );
        }
        check(
            "",
            &["data.task.moons.factor=0.5"],
            &["--set data.task.moons.factor=0.5", "unknown key 'factor'"],
        );
    }

    #[test]
    fn an_unlike_key_gets_the_list_of_the_known() {
        check(
            "[training]\nxyzzy = 1",
            &[],
            &["'xyzzy' in [training] (known: optimizer, rate"],
        );
    }
}
