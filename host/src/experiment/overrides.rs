//! `--set KEY=VALUE`: puts single values over a file's. Without it a sweep over one setting would need a file for
//! each value.
//!
//! A key is the path to a setting: `seeds`, `training.rate`, `pruning.rewind.epoch`; a task is named or numbered,
//! `data.task.moons.noise` or `data.task.0.noise`. What is set twice holds as set last.

use super::tree::{Entry, Node, Place, Value, set_place, set_value, shown};
use super::{Data, Task, keys, setting};
use crate::bad_input;

/// Puts one `KEY=VALUE` over `tree`.
pub(super) fn apply(tree: &mut Vec<Entry>, assignment: &str) -> anyhow::Result<()> {
    let place = format!("--set {}", shown(assignment));
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(bad_input!(
            "{place}: there is no '='; write KEY=VALUE, such as --set training.rate=0.05"
        ));
    };
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() || value.is_empty() {
        let missing = if key.is_empty() {
            "key before"
        } else {
            "value after"
        };
        return Err(bad_input!(
            "{place}: there is no {missing} '='; write KEY=VALUE, such as --set training.rate=0.05"
        ));
    }
    let value = set_value(value, &place)?;
    let path: Vec<&str> = key.split('.').collect();
    match path[..] {
        ["data", "task", which, key] => {
            let task = task(tasks(tree, &place)?, which, &place)?;
            put(setting::table_mut("data.task", task)?, key, value);
        }
        ["data", "task", _] => {
            return Err(bad_input!(
                "{place}: which setting of which task? Write data.task.NAME.SETTING, such as data.task.moons.noise"
            ));
        }
        ["pruning", "rewind", "epoch"] => {
            let pruning = section(tree, "pruning", &value.place)?;
            let empty = Node {
                place: value.place.clone(),
                text: "{}".to_owned(),
                value: Value::Table(Vec::new()),
            };
            let rewind = entry(pruning, "rewind", empty.clone());
            if !matches!(rewind.value, Value::Table(_)) {
                *rewind = empty;
            }
            put(setting::table_mut("pruning.rewind", rewind)?, "epoch", value);
        }
        [name] if keys::of(name).is_empty() && keys::of("").contains(&name) => put(tree, name, value),
        [name] if !keys::of(name).is_empty() => {
            let example = keys::of(name)[0];
            return Err(bad_input!(
                "{place}: {name} is a section; set its keys one by one, such as {name}.{example}"
            ));
        }
        [name, key] if !name.is_empty() && keys::of(name).contains(&key) => {
            put(section(tree, name, &value.place)?, key, value);
        }
        _ => {
            let known = keys::all();
            let hint = keys::hint(key, &known);
            return Err(bad_input!(
                "{place}: unknown key '{}'{hint} (a key is written with its section, such as training.rate)",
                shown(key),
            ));
        }
    }
    Ok(())
}

/// The value under `key`, which is `initial` if there was none.
fn entry<'a>(table: &'a mut Vec<Entry>, key: &str, initial: Node) -> &'a mut Node {
    let index = table
        .iter()
        .position(|entry| entry.key == key)
        .unwrap_or_else(|| {
            table.push(begun(key, initial));
            table.len() - 1
        });
    &mut table[index].node
}

/// Sets a value and says from where it comes; that the file has the key too is remembered.
fn put(table: &mut Vec<Entry>, key: &str, value: Node) {
    match table.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => {
            entry.place = value.place.clone();
            entry.node = value;
        }
        None => table.push(begun(key, value)),
    }
}

/// A key that the file does not have.
fn begun(key: &str, node: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        place: node.place.clone(),
        node,
        in_file: false,
    }
}

/// A section's table, begun if the file does not have it.
fn section<'a>(tree: &'a mut Vec<Entry>, name: &str, place: &Place) -> anyhow::Result<&'a mut Vec<Entry>> {
    let empty = Node {
        place: place.clone(),
        text: "{}".to_owned(),
        value: Value::Table(Vec::new()),
    };
    setting::table_mut(name, entry(tree, name, empty))
}

/// The list of tasks, which is the default's if the file has none.
fn tasks<'a>(tree: &'a mut Vec<Entry>, place: &str) -> anyhow::Result<&'a mut Vec<Node>> {
    let place = set_place(place);
    let data = section(tree, "data", &place)?;
    let node = |value| Node {
        place: place.clone(),
        text: String::new(),
        value,
    };
    let text = |text: &str| node(Value::Text(text.to_owned()));
    let default_task = |task: &Task| {
        let mut table = Vec::new();
        put(&mut table, "name", text(&task.name));
        put(&mut table, "kind", text(task.kind.word()));
        node(Value::Table(table))
    };
    let default = node(Value::List(
        Data::default().task.iter().map(default_task).collect(),
    ));
    setting::list_mut(entry(data, "task", default))
}

/// The task that is called `which`, or has it as its number.
fn task<'a>(tasks: &'a mut [Node], which: &str, place: &str) -> anyhow::Result<&'a mut Node> {
    let names: Vec<String> = tasks
        .iter()
        .map(|task| name(task).unwrap_or_default().to_owned())
        .collect();
    let number = || which.parse().ok().filter(|&number: &usize| number < names.len());
    if let Some(index) = names.iter().position(|name| name == which).or_else(number) {
        return Ok(&mut tasks[index]);
    }
    let near = keys::nearest(which, &names).map(|(near, _)| format!("; did you mean '{near}'?"));
    Err(bad_input!(
        "{place}: there is no task '{}'{} (tasks are {}, by name or by number from 0)",
        shown(which),
        near.unwrap_or_default(),
        names.join(", "),
    ))
}

/// What a task is called: its name, else its kind.
fn name(task: &Node) -> Option<&str> {
    let Value::Table(table) = &task.value else {
        return None;
    };
    let text = |key: &str| match &table.iter().find(|entry| entry.key == key)?.node.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    text("name").or_else(|| text("kind"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good};
    use super::super::{Experiment, Kind, Normalize, Optimizer, Rewind, Shape};

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
        assert_eq!(experiment.network.shape, Shape::Hidden(vec![3]));
        assert_eq!(experiment.pruning, Experiment::default().pruning);
    }

    #[test]
    fn a_value_is_toml_and_a_bare_word_is_a_string() {
        assert_eq!(good("", &["name=\"foo\""]), good("", &["name=foo"]));
        assert_eq!(good("", &["name = foo"]), good("", &["name=foo"]));
        check("", &["seeds=many"], &["--set seeds=many", "a whole number"]);
        check(
            "",
            &["name=7"],
            &["--set name=7", "text in quotes", "name = \"moons-circles\""],
        );
        check(
            "",
            &["network.hidden=[3"],
            &["--set network.hidden=[3", "not a valid value"],
        );
        check("", &["name=\"foo"], &["not a valid value"]);
    }

    #[test]
    fn a_task_is_set_by_name_or_by_number() {
        let noise = |overrides: &[&str]| good("", overrides).data.task[1].kind.clone();
        assert_eq!(
            noise(&["data.task.circles.noise=0.2"]),
            Kind::Circles {
                noise: 0.2,
                factor: 0.5
            }
        );
        assert_eq!(
            noise(&["data.task.1.noise=0.2"]),
            Kind::Circles {
                noise: 0.2,
                factor: 0.5
            }
        );
        assert_eq!(
            noise(&["data.task=[{kind=\"xor\"},{kind=\"blobs\"}]"]),
            Kind::Blobs {
                noise: 0.2,
                classes: 3
            }
        );
        let text = "[[data.task]]\nname = \"a\"\nkind = \"xor\"\n[[data.task]]\nkind = \"moons\"\n";
        let experiment = good(text, &["data.task.a.noise=0.5", "data.task.moons.name=b"]);
        assert_eq!(experiment.data.task[0].kind, Kind::Xor { noise: 0.5 });
        assert_eq!(experiment.data.task[1].name, "b");
    }

    #[test]
    fn a_task_that_is_not_there_is_refused() {
        check(
            "",
            &["data.task.moon.noise=1"],
            &[
                "no task 'moon'; did you mean 'moons'?",
                "tasks are moons, circles",
            ],
        );
        check("", &["data.task.2.noise=1"], &["no task '2'", "from 0"]);
        check("", &["data.task.moons=1"], &["data.task.NAME.SETTING"]);
        check(
            "",
            &["data.task.moons.nose=1"],
            &["unknown key 'nose' in task 'moons'", "'noise'?"],
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
        check(
            "",
            &["trainig.rate=1"],
            &[
                "--set trainig.rate=1",
                "unknown key",
                "; did you mean 'training.rate'?",
            ],
        );
        check("", &["epochs=5"], &["did you mean training.epochs?"]);
        check("", &["training.epoch=5"], &["'training.epochs'?"]);
        check("", &["sedes=5"], &["'seeds'?"]);
        check("", &["a.b.c.d.e=5"], &["unknown key 'a.b.c.d.e'"]);
        check("", &[".name=5"], &["unknown key '.name'"]);
        check(
            "",
            &["training=5"],
            &["training is a section", "training.optimizer"],
        );
    }

    #[test]
    fn an_assignment_without_its_parts_is_refused_with_an_example() {
        check(
            "",
            &["training.rate"],
            &[
                "--set training.rate: there is no '='",
                "such as --set training.rate=0.05",
            ],
        );
        check("", &["training.rate="], &["no value after"]);
        check("", &["=5"], &["no key before"]);
        check("", &[""], &["there is no '='"]);
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
