//! Refuses keys that no setting has, and says what may be meant.

use itertools::Itertools;

use super::page::full;
use super::settings::{Experiment, all};
use super::source::At;
use super::task::Kind;
use super::value::{Setting, Value};
use crate::bad_input;
use crate::text::{listed, nearest, quoted, shown};

/// Checks the keys of all sections. What should be a section and is none is left to those who read it.
///
/// # Errors
/// Bad input, with place and remedy.
pub(super) fn refuse(at: &At<'_>) -> anyhow::Result<()> {
    section(at, Experiment::SETTINGS)?;
    let tasks = at.find("data.task").and_then(|tasks| tasks.list().ok());
    tasks.into_iter().flatten().try_for_each(|at| task(&at))
}

fn section(at: &At<'_>, settings: &[Setting]) -> anyhow::Result<()> {
    let known: Vec<&str> = settings.iter().map(|setting| setting.key).collect();
    let header = match at.path {
        "" => String::new(),
        path if path.contains('.') => format!(" in {path}"),
        path => format!(" in [{path}]"),
    };
    keys(at, &header, &known)?;
    for setting in settings.iter().filter(|setting| !setting.inner.is_empty()) {
        if let Some(value) = at.value.get_ref().get(setting.key) {
            let path = &full(at.path, setting.key);
            section(&At { path, value, ..*at }, setting.inner)?;
        }
    }
    Ok(())
}

fn task(at: &At<'_>) -> anyhow::Result<()> {
    let text = |key| at.find(key).and_then(|found| found.value.get_ref().as_str());
    let kind = Kind::all().find(|kind| text("kind") == Some(kind.name()));
    match kind {
        Some(kind) => {
            let name = shown(text("name").unwrap_or(kind.name()));
            let header = format!(" in task '{name}', which is of kind {}", kind.name());
            keys(at, &header, &kind.keys())
        }
        // The nearest misspelling of it is worth more than that it is missing.
        None if at.find("kind").is_none() => {
            let mut known: Vec<&str> = Kind::all().flat_map(|kind| kind.keys()).collect();
            known.sort_unstable();
            known.dedup();
            keys(at, " in [[data.task]]", &known)
        }
        None => Ok(()),
    }
}

/// Checks the keys of one table; `header` is how messages go on after a key.
fn keys(at: &At<'_>, header: &str, known: &[&str]) -> anyhow::Result<()> {
    let mut keys = at
        .value
        .get_ref()
        .as_table()
        .into_iter()
        .flat_map(|table| table.keys());
    let Some(key) = keys.find(|key| !known.contains(&&**key.get_ref())) else {
        return Ok(());
    };
    Err(bad_input!(
        "{}: unknown key {}{header}{} (known: {})",
        at.source.place(&key.span()),
        quoted(key.get_ref()),
        hint(key.get_ref(), known),
        known.join(", ")
    ))
}

/// What may be meant by an unknown key where the keys `known` are: one of these, or one from elsewhere.
pub(super) fn hint<S: AsRef<str>>(key: &str, known: &[S]) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let elsewhere = all()
        .iter()
        .filter(|(path, setting)| path != key && setting.key == last);
    let elsewhere = elsewhere.map(|(path, _)| path).join(" or ");
    let kinds = Kind::all().filter(|kind| kind.keys().contains(&last));
    let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
    match nearest(key, known) {
        Some((near, distance)) if distance == 1 || elsewhere.is_empty() => {
            format!("; did you mean '{near}'?")
        }
        _ if !elsewhere.is_empty() => format!("; did you mean {elsewhere}?"),
        _ if !kinds.is_empty() => format!("; it belongs to a task of kind {}", listed(&kinds, "or")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{wrong, wrong_set};

    #[test]
    fn an_unknown_key_is_refused_at_every_level_with_the_nearest_known_one() {
        wrong(
            r#"
            sedes = 3                                  => my.toml:1:1 | unknown key 'sedes' | did you mean 'seeds'?
            [trainning] / rate = 0.1                   => my.toml:1:2 | 'training'?
            [data] / validaton = 5                     => my.toml:2:1 | in [data] | 'validation'?
            [network] / hiden = [5]                    => my.toml:2:1 | in [network] | 'hidden'?
            [training] / epoch = 5                     => my.toml:2:1 | in [training] | 'epochs'?
            [pruning] / level = 5                      => my.toml:2:1 | in [pruning] | 'levels'?
            [pruning] / rewind = { epcoh = 5 }         => my.toml:2:12 | in pruning.rewind | 'epoch'?
            [[data.task]] / kind = "moons" / nose = 1  => my.toml:3:1 | 'noise'?
            [[data.task]] / kin = "moons"              => my.toml:2:1 | 'kind'?
            [Training] / rate = 0.1                    => my.toml:1:2 | 'training'?
            "#,
        );
    }

    #[test]
    fn a_key_of_another_section_is_sent_there() {
        wrong(
            "
            rate = 0.1              => my.toml:1:1 | training.rate or pruning.rate
            [training] / levels = 3 => pruning.levels
            [data] / noise = 0.1    => to a task of kind moons, circles, xor
            ",
        );
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        wrong(
            r#"
            [[data.task]] / kind = "moons" / factor = 1    => my.toml:3:1 | unknown key | in task 'moons' | (known: name, kind
            [[data.task]] / kind = "circles" / classes = 1 => my.toml:3:1 | unknown key | in task 'circles' | (known: name, kind
            [[data.task]] / kind = "xor" / turns = 1       => my.toml:3:1 | unknown key | in task 'xor' | (known: name, kind
            [[data.task]] / kind = "blobs" / factor = 1    => my.toml:3:1 | unknown key | in task 'blobs' | (known: name, kind
            [[data.task]] / kind = "csv" / noise = 1       => my.toml:3:1 | unknown key | in task 'csv' | (known: name, kind
            [[data.task]] / kind = "idx" / inputs = "a"    => my.toml:3:1 | unknown key | in task 'idx' | (known: name, kind, images
            "#,
        );
        wrong_set("data.task.moons.factor=0.5 => --set data.task.moons.factor=0.5 | unknown key 'factor'");
    }

    #[test]
    fn an_unlike_key_gets_the_list_of_the_known() {
        wrong("[training] / xyzzy = 1 => 'xyzzy' in [training] (known: optimizer, rate");
    }
}
