//! Holds the table of settings in `docs/experiments.md` against the settings.

use std::fmt::Write;

use tombola::data::Synthetic;

use super::dials::Dials;
use super::page::full;
use super::settings::Experiment;
use super::task::{Kind, parameter_text};
use super::value::{Setting, Value};

fn row(table: &mut String, key: &str, default: &str, about: &[&str]) {
    let about: Vec<&str> = about.iter().map(|line| line.trim()).collect();
    writeln!(table, "| {key} | {default} | {} |", about.join(" ")).unwrap();
}

fn rows(table: &mut String, path: &str, settings: &[Setting]) {
    for setting in settings {
        let key = full(path, setting.key);
        match (setting.default)() {
            _ if key == "data.task" => {
                row(table, "`[[data.task]]`", "moons, circles", setting.about);
                tasks(table);
            }
            None if setting.is_section => rows(table, &key, setting.inner),
            None => row(table, &format!("`{key}`"), "not set", setting.about),
            Some(default) => row(table, &format!("`{key}`"), &format!("`{default}`"), setting.about),
        }
    }
}

fn tasks(table: &mut String) {
    row(
        table,
        "– `name`",
        "its kind",
        &["Names the columns of the task: letters, digits, `-` and `_`"],
    );
    for kind in Synthetic::ALL {
        let parameters = kind.parameters().iter();
        let defaults: Vec<String> = parameters
            .map(|own| format!("`{} = {}`", own.name, parameter_text(kind, own)))
            .collect();
        let key = format!("– `kind = \"{}\"`", kind.name());
        row(table, &key, &defaults.join(", "), &[kind.about()]);
    }
    for kind in Kind::of_files() {
        row(
            table,
            &format!("– `kind = \"{}\"`", kind.name()),
            "",
            &[kind.about()],
        );
    }
    let mut seen = Vec::new();
    for parameter in Synthetic::ALL.iter().flat_map(Synthetic::parameters) {
        if !seen.contains(&parameter.name) {
            seen.push(parameter.name);
            let about = format!("{}, {}", parameter.about, parameter.range);
            row(table, &format!("– `{}`", parameter.name), "by kind", &[&about]);
        }
    }
    for kind in Kind::of_files() {
        for setting in kind.settings() {
            let default = (setting.default)().map(|text| match &*text {
                "\"\"" => "must be given".to_owned(),
                _ => format!("`{text}`"),
            });
            let key = format!("– `{}` of `{}`", setting.key, kind.name());
            row(
                table,
                &key,
                &default.unwrap_or("not set".to_owned()),
                setting.about,
            );
        }
    }
    for dial in Dials::SETTINGS {
        let default = (dial.default)().map_or("not set".to_owned(), |text| format!("`{text}`"));
        row(table, &format!("– `{}`", dial.key), &default, dial.about);
    }
}

#[test]
fn the_table_of_settings_is_made_of_the_settings() {
    let page = include_str!("../../../docs/experiments.md");
    let mut table = "| key | default | what it is |\n|---|---|---|\n".to_owned();
    rows(&mut table, "", Experiment::SETTINGS);
    assert!(
        page.contains(&table),
        "docs/experiments.md should have this table of settings:\n\n{table}"
    );
}
