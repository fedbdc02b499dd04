//! `--set KEY=VALUE`: puts single values over a file's.
//!
//! A key is the path to a setting: `seeds`, `training.rate`, `pruning.rewind.epoch`; a task is named or numbered,
//! `data.task.moons.noise` or `data.task.0.noise`. What is set twice holds as set last.

use super::section::{full, hint, keys, not_a_section};
use super::settings::Experiment;
use super::task::{Task, not_a_list};
use super::tree::{Entry, Node, Place, Toml, entry, put, set_value};
use super::value::Value;
use crate::bad_input;
use crate::text::{did_you_mean, quoted, shown};

/// Puts one `KEY=VALUE` over `tree`.
pub(super) fn apply(tree: &mut Node, assignment: &str) -> anyhow::Result<()> {
    let place = format!("--set {}", shown(assignment));
    let (key, value) = match assignment.split_once('=') {
        Some((key, value)) => (key.trim(), value.trim()),
        None => ("", ""),
    };
    if key.is_empty() || value.is_empty() {
        let missing = match (assignment.contains('='), key.is_empty()) {
            (false, _) => "'='",
            (true, true) => "key before '='",
            (true, false) => "value after '='",
        };
        return Err(bad_input!(
            "{place}: there is no {missing}; write KEY=VALUE, such as --set training.rate=0.05"
        ));
    }
    set(tree, key, set_value(value, &place)?)
}

/// Sets the value of a key.
fn set(tree: &mut Node, key: &str, value: Node) -> anyhow::Result<()> {
    let place = value.place.clone();
    let path: Vec<&str> = key.split('.').collect();
    if let ["data", "task", which @ ..] = &path[..] {
        let (table, key) = match which {
            [] => (table(tree, &["data"], &place)?, "task"),
            [which, key] => (entries("data.task", task(tree, which, &place)?)?, *key),
            _ => {
                return Err(bad_input!(
                    "{place}: which setting of which task? Write data.task.NAME.SETTING, such as data.task.moons.noise"
                ));
            }
        };
        put(table, key, value);
        return Ok(());
    }
    let mut settings = Experiment::SETTINGS;
    for (depth, part) in path.iter().enumerate() {
        let Some(setting) = settings.iter().find(|setting| setting.key == *part) else {
            let hint = hint(key, &keys());
            return Err(bad_input!(
                "{place}: unknown key {}{hint} (a key is written with its section, such as training.rate)",
                quoted(key),
            ));
        };
        settings = setting.inner;
        if depth + 1 == path.len() && setting.is_section() {
            let example = settings[0].key;
            return Err(bad_input!(
                "{place}: {key} is a section; set its keys one by one, such as {key}.{example}"
            ));
        }
    }
    let (last, sections) = path.split_last().expect("a split text has a part");
    put(table(tree, sections, &place)?, last, value);
    Ok(())
}

/// A table below some others, which are begun where the file does not have them.
fn table<'a>(node: &'a mut Node, sections: &[&str], place: &Place) -> anyhow::Result<&'a mut Vec<Entry>> {
    let (mut node, mut path) = (node, String::new());
    for section in sections {
        let empty = Node::made(place, Toml::Table(Vec::new()));
        node = entry(entries(&path, node)?, section, empty.clone());
        path = full(&path, section);
        // The one value that is either a word or a table.
        if path == "pruning.rewind" && !matches!(node.value, Toml::Table(_)) {
            *node = empty;
        }
    }
    entries(&path, node)
}

fn entries<'a>(path: &str, node: &'a mut Node) -> anyhow::Result<&'a mut Vec<Entry>> {
    match node.value {
        Toml::Table(ref mut entries) => Ok(entries),
        _ => Err(not_a_section(path, node)),
    }
}

/// The task that is called `which`, or has it as its number, among those of the file or, if it has none, the default's.
fn task<'a>(tree: &'a mut Node, which: &str, place: &Place) -> anyhow::Result<&'a mut Node> {
    let made = |value| Node::made(place, value);
    let default = |task: Task| {
        let mut entries = Vec::new();
        put(&mut entries, "name", made(Toml::Text(task.name)));
        put(
            &mut entries,
            "kind",
            made(Toml::Text(task.kind.name().to_owned())),
        );
        made(Toml::Table(entries))
    };
    let default = Toml::List(Task::founding().into_iter().map(default).collect());
    let node = entry(table(tree, &["data"], place)?, "task", made(default));
    let Toml::List(ref mut tasks) = node.value else {
        return Err(not_a_list(node));
    };
    let name = |task| name(task).unwrap_or_default().to_owned();
    let names: Vec<String> = tasks.iter().map(name).collect();
    let number = || which.parse().ok().filter(|&number: &usize| number < names.len());
    if let Some(index) = names.iter().position(|name| name == which).or_else(number) {
        return Ok(&mut tasks[index]);
    }
    let near = did_you_mean(which, &names).map(|near| format!("; {near}"));
    Err(bad_input!(
        "{place}: there is no task {}{} (tasks are {}, by name or by number from 0)",
        quoted(which),
        near.unwrap_or_default(),
        names.join(", "),
    ))
}

/// What a task is called: its name, else its kind.
fn name(task: &Node) -> Option<&str> {
    let text = |key: &str| match &task.entry(key)?.node.value {
        Toml::Text(text) => Some(text.as_str()),
        _ => None,
    };
    text("name").or_else(|| text("kind"))
}

#[cfg(test)]
mod tests {
    use tombola::Rewind;
    use tombola::data::{Blobs, Circles, Xor};

    use super::super::testing::{check, good, wrong_set};
    use super::super::{Experiment, Normalize, Optimizer, Shape};

    #[test]
    fn a_set_value_wins_over_the_file_and_the_last_over_all() {
        let text = "[training]\nrate = 0.3\nepochs = 7\n";
        let experiment = good(text, &["training.rate=0.05", "training.rate=0.07", "name=foo"]);
        assert_eq!(experiment.training.rate, 0.07);
        assert_eq!(experiment.training.epochs, 7);
        assert_eq!(experiment.name, "foo");
    }

    #[test]
    fn a_key_of_a_section_the_file_does_not_mention_can_be_set() {
        let experiment = good(
            "",
            &[
                "training.optimizer=adam",
                "data.normalize=min-max",
                "data.seed=5",
                "network.hidden=[3]",
            ],
        );
        assert_eq!(experiment.training.optimizer, Optimizer::Adam);
        assert_eq!(experiment.data.normalize, Normalize::MinMax);
        assert_eq!(experiment.data.seed, Some(5));
        assert_eq!(experiment.network.shape(), Shape::Hidden(&[3]));
        assert_eq!(experiment.pruning, Experiment::default().pruning);
    }

    #[test]
    fn a_value_is_toml_and_a_bare_word_is_a_string() {
        assert_eq!(good("", &["name=\"foo\""]), good("", &["name=foo"]));
        assert_eq!(good("", &["name = foo"]), good("", &["name=foo"]));
        wrong_set("seeds=many", "--set seeds=many | a whole number");
        wrong_set(
            "name=7",
            "--set name=7 | text in quotes | name = \"moons-circles\"",
        );
        wrong_set("network.hidden=[3", "--set network.hidden=[3 | not a valid value");
        wrong_set("name=\"foo", "not a valid value");
    }

    #[test]
    fn a_task_is_set_by_name_or_by_number() {
        let noise = |overrides: &[&str]| good("", overrides).data.task[1].kind.clone();
        assert_eq!(
            noise(&["data.task.circles.noise=0.2"]),
            Circles {
                noise: 0.2,
                factor: 0.5
            }
            .into()
        );
        assert_eq!(
            noise(&["data.task.1.noise=0.2"]),
            Circles {
                noise: 0.2,
                factor: 0.5
            }
            .into()
        );
        assert_eq!(
            noise(&["data.task=[{kind=\"xor\"},{kind=\"blobs\"}]"]),
            Blobs {
                noise: 0.2,
                classes: 3
            }
            .into()
        );
        let text = "[[data.task]]\nname = \"a\"\nkind = \"xor\"\n[[data.task]]\nkind = \"moons\"\n";
        let experiment = good(text, &["data.task.a.noise=0.5", "data.task.moons.name=b"]);
        assert_eq!(experiment.data.task[0].kind, Xor { noise: 0.5 }.into());
        assert_eq!(experiment.data.task[1].name, "b");
    }

    #[test]
    fn a_task_that_is_not_there_is_refused() {
        wrong_set(
            "data.task.moon.noise=1",
            "no task 'moon'; did you mean 'moons'? | tasks are moons, circles",
        );
        wrong_set("data.task.2.noise=1", "no task '2' | from 0");
        wrong_set("data.task.moons=1", "data.task.NAME.SETTING");
        wrong_set(
            "data.task.moons.nose=1",
            "unknown key 'nose' in task 'moons' | 'noise'?",
        );
    }

    #[test]
    fn the_epoch_of_a_rewind_can_be_set() {
        for set in ["pruning.rewind.epoch=5", "pruning.rewind={epoch=5}"] {
            assert_eq!(good("", &[set]).pruning.rewind, Rewind::Epoch(5));
            assert_eq!(
                good("[pruning]\nrewind = \"none\"", &[set]).pruning.rewind,
                Rewind::Epoch(5)
            );
            assert_eq!(
                good("[pruning.rewind]\nepoch = 4", &[set]).pruning.rewind,
                Rewind::Epoch(5)
            );
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest() {
        wrong_set(
            "trainig.rate=1",
            "--set trainig.rate=1 | unknown key | ; did you mean 'training.rate'?",
        );
        wrong_set("epochs=5", "did you mean training.epochs?");
        wrong_set("training.epoch=5", "'training.epochs'?");
        wrong_set("sedes=5", "'seeds'?");
        wrong_set("a.b.c.d.e=5", "unknown key 'a.b.c.d.e'");
        wrong_set(".name=5", "unknown key '.name'");
        wrong_set("training=5", "training is a section | training.optimizer");
    }

    #[test]
    fn an_assignment_without_its_parts_is_refused_with_an_example() {
        wrong_set(
            "training.rate",
            "--set training.rate: there is no '=' | such as --set training.rate=0.05",
        );
        wrong_set("training.rate=", "no value after");
        wrong_set("=5", "no key before");
        wrong_set("", "there is no '='");
    }

    #[test]
    fn a_file_that_is_wrong_below_a_set_key_is_refused() {
        check(
            "training = 5",
            &["training.rate=0.1"],
            &["my.toml:1:12", "training", "a section"],
        );
        check(
            "[data.task]\nkind = \"moons\"",
            &["data.task.moons.noise=1"],
            &["[[data.task]]"],
        );
        check("[data]\ntask = [5]", &["data.task.0.noise=1"], &["my.toml:2:9"]);
    }
}
