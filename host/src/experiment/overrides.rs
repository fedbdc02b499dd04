//! `--set KEY=VALUE`: puts single values over a file's.
//!
//! A key is the path to a setting: `seeds`, `training.rate`, `pruning.rewind.epoch`; a task is named or numbered,
//! `data.task.moons.noise` or `data.task.0.noise`. What is set twice holds as set last.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::all;
use super::source::{At, Part, Source, Toml};
use super::task::Task;
use super::unknown::hint;
use super::value::Setting;
use crate::bad_input;
use crate::text::{did_you_mean, quoted};

/// Puts one `KEY=VALUE` over the file in `root`.
pub(super) fn apply<'a>(source: &'a Source, root: &mut Toml<'a>, set: &'a Part) -> anyhow::Result<()> {
    let (place, assignment) = (&set.place, set.assignment());
    let (key, value) = assignment.split_once('=').unwrap_or_default();
    let (key, value) = (key.trim(), value.trim());
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
    let path: Vec<&str> = key.split('.').collect();
    let value = set.value(&path)?;
    put(source, root, place, key, value)
}

/// Puts a value over the one of this key in `root`. `place` is where that is asked for.
pub(super) fn put<'a>(
    source: &'a Source,
    root: &mut Toml<'a>,
    place: &dyn Display,
    key: &str,
    value: Toml<'a>,
) -> anyhow::Result<()> {
    let path: Vec<&str> = key.split('.').collect();
    let (node, path) = match &path[..] {
        ["data", "task", which, _] => {
            let tasks = tasks(source, root, &value)?;
            (task(source, place, tasks, which)?, &path[3..])
        }
        ["data", "task", _, ..] => {
            return Err(which_setting(place));
        }
        path => {
            check_key(place, key)?;
            (root, path)
        }
    };
    let slot = below(source, node, path, &value)?;
    *slot = value;
    Ok(())
}

/// As [`put`], with a key that is resolved already.
pub(super) fn put_to<'a>(
    source: &'a Source,
    root: &mut Toml<'a>,
    place: &dyn Display,
    target: &Target<'_>,
    value: Toml<'a>,
) -> anyhow::Result<()> {
    let &Target::OfTask(index, setting) = target else {
        return put(source, root, place, target.key(), value);
    };
    let tasks = tasks(source, root, &value)?;
    if let DeValue::Array(list) = tasks.get_mut()
        && let Some(task) = list.get_mut(index)
    {
        let slot = below(source, task, &[setting], &value)?;
        *slot = value;
    }
    Ok(())
}

/// The list of tasks in `root`; that of the default begins, where `value` stands, if there is none.
fn tasks<'a, 'b>(
    source: &Source,
    root: &'b mut Toml<'a>,
    value: &Toml<'a>,
) -> anyhow::Result<&'b mut Toml<'a>> {
    let is_founding = At::new(source, "", root).find("data.task").is_none();
    let tasks = below(source, root, &["data", "task"], value)?;
    if is_founding {
        *tasks = founding(&value.span());
    }
    Ok(tasks)
}

/// What a key means, however it is written: a task may be called by its name, its kind or its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'k> {
    /// A setting of the task with this number.
    OfTask(usize, &'k str),
    /// Any other key, or one of a task that is not there.
    Key(&'k str),
}

impl<'k> Target<'k> {
    /// `tasks` is the list of tasks, that of the default if it is none.
    pub(super) fn of(tasks: Option<&Toml<'_>>, key: &'k str) -> Self {
        let found = || {
            let (which, setting) = key.strip_prefix("data.task.")?.split_once('.')?;
            let called: Vec<String> = match tasks {
                None => Task::founding().into_iter().map(|task| task.name).collect(),
                Some(tasks) => {
                    let tasks = tasks.get_ref().as_array()?.iter();
                    tasks
                        .map(|task| called(task).unwrap_or_default().to_owned())
                        .collect()
                }
            };
            let index = called.iter().position(|name| name == which);
            let index = index.or_else(|| which.parse().ok().filter(|&index| index < called.len()))?;
            Some(Self::OfTask(index, setting))
        };
        found().unwrap_or(Self::Key(key))
    }

    /// Whether what is put to one undoes what is put to the other: they are one, or a value and a part of it. The settings of
    /// tasks are put into a list of tasks, and do not undo it.
    pub(super) fn clashes_with(&self, other: &Self) -> bool {
        let is_part = |whole: &str, part: &str| {
            whole != "data.task" && part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'))
        };
        self == other
            || matches!((self, other), (Self::Key(one), Self::Key(other)) if is_part(one, other) || is_part(other, one))
    }

    /// The key, without the task.
    fn key(&self) -> &'k str {
        match self {
            Self::OfTask(_, key) | Self::Key(key) => key,
        }
    }
}

/// What a task is called: its name, or else its kind.
fn called<'b>(task: &'b Toml<'_>) -> Option<&'b str> {
    let words = ["name", "kind"];
    words
        .into_iter()
        .find_map(|key| task.get_ref().get(key)?.get_ref().as_str())
}

/// The list of tasks in `root`.
pub(super) fn tasks_in<'a, 'b>(root: &'b Toml<'a>) -> Option<&'b Toml<'a>> {
    root.get_ref().get("data")?.get_ref().get("task")
}

/// Whether a table under this key is one value, such as a rewind, and no section with keys.
pub(super) fn is_one(key: &str) -> bool {
    let is_setting = |(path, setting): &(String, &Setting)| path == key && !setting.is_section;
    key != "data.task" && all().iter().any(is_setting)
}

/// Refuses a key to which nothing can be put, at `place`; whether a task has such a setting is seen once the task is read.
pub(super) fn check(place: &dyn Display, key: &str) -> anyhow::Result<()> {
    match &key.split('.').collect::<Vec<_>>()[..] {
        ["data", "task", _, _] => Ok(()),
        ["data", "task", _, ..] => Err(which_setting(place)),
        _ => check_key(place, key),
    }
}

fn which_setting(place: &dyn Display) -> anyhow::Error {
    bad_input!(
        "{place}: which setting of which task? Write data.task.NAME.SETTING, such as data.task.moons.noise"
    )
}

/// The value of this key in `root`, or one of which it is a part, if one stands there; a task is called as in [`put`].
pub(super) fn find<'a, 'b>(root: &'b Toml<'a>, key: &str) -> Option<&'b Toml<'a>> {
    match Target::of(tasks_in(root), key) {
        Target::OfTask(index, setting) => {
            let tasks = tasks_in(root)?.get_ref().as_array()?;
            tasks.get(index)?.get_ref().get(setting)
        }
        Target::Key(key) if key.starts_with("data.task.") => None,
        Target::Key(key) => {
            let mut node = root;
            for part in key.split('.') {
                if !node.get_ref().is_table() {
                    return Some(node);
                }
                node = node.get_ref().get(part)?;
            }
            Some(node)
        }
    }
}

/// Takes what [`find`] finds out of `root`, or nothing if there is none. A task that is called by its kind keeps its name.
pub(super) fn remove(root: &mut Toml<'_>, key: &str) {
    match Target::of(tasks_in(root), key) {
        Target::OfTask(index, setting) => {
            let DeValue::Table(table) = root.get_mut() else {
                return;
            };
            let data = table.get_mut("data").map(Spanned::get_mut);
            let Some(DeValue::Table(data)) = data else { return };
            let Some(DeValue::Array(tasks)) = data.get_mut("task").map(Spanned::get_mut) else {
                return;
            };
            let Some(task) = tasks.get_mut(index) else { return };
            let (name, span) = (called(task).map(str::to_owned), task.span());
            let DeValue::Table(task) = task.get_mut() else {
                return;
            };
            let is_kind = task.remove(setting).is_some() && setting == "kind";
            if let Some(name) = name.filter(|_| is_kind && !task.contains_key("name")) {
                let name = Spanned::new(span.clone(), DeValue::String(name.into()));
                task.insert(Spanned::new(span, "name".into()), name);
            }
        }
        Target::Key(key) => {
            let mut node = root;
            let mut parts = key.split('.').peekable();
            while let Some(part) = parts.next() {
                let DeValue::Table(table) = node.get_mut() else {
                    return;
                };
                // A value that stands where a part of it is wanted goes with it.
                let is_whole = table.get(part).is_none_or(|value| !value.get_ref().is_table());
                if is_whole || parts.peek().is_none() {
                    table.remove(part);
                    return;
                }
                let Some(next) = table.get_mut(part) else { return };
                node = next;
            }
        }
    }
}

/// Refuses a key that is no setting.
fn check_key(place: &dyn Display, key: &str) -> anyhow::Result<()> {
    let all = all();
    match all.iter().find(|(path, _)| path == key) {
        Some((_, setting)) if setting.is_section => Err(bad_input!(
            "{place}: {key} is a section; set its keys one by one, such as {key}.{}",
            setting.inner[0].key,
        )),
        Some(_) => Ok(()),
        None => Err(bad_input!(
            "{place}: unknown key {}{} (a key is written with its section, such as training.rate)",
            quoted(key),
            hint(key, &all.iter().map(|(path, _)| path).collect::<Vec<_>>()),
        )),
    }
}

/// The value at the end of a path from `node`. Sections that are not there begin, where `value` stands.
fn below<'a, 'b>(
    source: &Source,
    mut node: &'b mut Toml<'a>,
    path: &[&str],
    value: &Toml<'a>,
) -> anyhow::Result<&'b mut Toml<'a>> {
    for (depth, key) in path.iter().enumerate() {
        let above = path[..depth].join(".");
        let empty = Spanned::new(value.span(), DeValue::Table(DeTable::new()));
        // What stands there is no table, but may be one.
        let may_be_table = |(path, setting): &(String, &Setting)| *path == above && !setting.is_section;
        if !node.get_ref().is_table() && all().iter().any(may_be_table) {
            *node = empty.clone();
        }
        At::new(source, &above, node).table()?;
        let DeValue::Table(table) = node.get_mut() else {
            unreachable!("it is a table");
        };
        let key = Spanned::new(value.span(), Cow::Owned((*key).to_owned()));
        node = table.entry(key).or_insert(empty);
    }
    Ok(node)
}

/// The default's tasks, as if they stood at `span`.
fn founding(span: &Range<usize>) -> Toml<'static> {
    let text = |text: &str| Spanned::new(span.clone(), DeValue::String(text.to_owned().into()));
    let key = |key: &'static str| Spanned::new(span.clone(), key.into());
    let task = |Task { name, kind, .. }: &Task| {
        let entries = [(key("name"), text(name)), (key("kind"), text(kind.name()))];
        Spanned::new(span.clone(), DeValue::Table(entries.into_iter().collect()))
    };
    let tasks = Task::founding().iter().map(task).collect();
    Spanned::new(span.clone(), DeValue::Array(tasks))
}

/// The task that is called `which`, or has it as its number.
fn task<'a, 'b>(
    source: &Source,
    place: &dyn Display,
    tasks: &'b mut Toml<'a>,
    which: &str,
) -> anyhow::Result<&'b mut Toml<'a>> {
    let name = |task: At<'_>| {
        task.table()?;
        anyhow::Ok(called(task.value).unwrap_or_default().to_owned())
    };
    let names = At::new(source, "data.task", tasks).list()?.map(name);
    let names: Vec<String> = names.collect::<anyhow::Result<_>>()?;
    let index = names
        .iter()
        .position(|name| name == which)
        .or_else(|| which.parse().ok());
    let found = match tasks.get_mut() {
        DeValue::Array(list) => index.and_then(|index| list.get_mut(index)),
        _ => None,
    };
    found.ok_or_else(|| {
        let near = did_you_mean(which, &names).map_or(String::new(), |near| format!("; {near}"));
        bad_input!(
            "{place}: there is no task {}{near} (tasks are {}, by name or by number from 0)",
            quoted(which),
            names.join(", "),
        )
    })
}

#[cfg(test)]
mod tests {
    use tombola::Rewind;
    use tombola::data::{Blobs, Circles, Xor};

    use super::super::testing::{check, good, wrong_set};
    use super::super::{Experiment, Normalize, Optimizer, SeedRule, Shape};

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
        let set = [
            "training.optimizer=adam",
            "data.normalize=min-max",
            "data.seed=5",
            "network.hidden=[3]",
        ];
        let experiment = good("", &set);
        assert_eq!(experiment.training.optimizer, Optimizer::Adam);
        assert_eq!(experiment.data.normalize, Normalize::MinMax);
        assert_eq!(experiment.data.seed, SeedRule::Fixed(5));
        assert_eq!(experiment.network.shape(), Shape::Hidden(&[3]));
        assert_eq!(experiment.pruning, Experiment::default().pruning);
    }

    #[test]
    fn a_value_is_toml_and_a_bare_word_is_a_string() {
        assert_eq!(good("", &["name=\"foo\""]), good("", &["name=foo"]));
        assert_eq!(good("", &["name = foo"]), good("", &["name=foo"]));
        wrong_set(
            r#"
            seeds=many        => --set seeds=many: seeds is many | a whole number
            seeds=2 3         => --set seeds=2 3: seeds is 2 3 | a whole number
            name=7            => --set name=7: name is 7 | text in quotes | --set 'name="7"'
            network.hidden=[3 => --set network.hidden=[3: not a valid value
            name="foo         => not a valid value
            "#,
        );
    }

    #[test]
    fn a_number_may_have_no_digit_before_or_behind_its_point() {
        for (written, rate) in [
            (".05", 0.05),
            ("+.05", 0.05),
            ("5.", 5.0),
            ("5.e-2", 0.05),
            (".5E-1", 0.05),
            ("+1", 1.0),
            ("1_000", 1000.0),
        ] {
            let set = format!("training.rate={written}");
            assert_eq!(good("", &[&set]).training.rate, rate, "{set}");
        }
        wrong_set(
            "
            training.rate=0,05 => --set training.rate=0,05: training.rate is 0,05 | with a point: 0.05
            training.rate=.    => training.rate is . | a number
            data.task.moons.noise=-.5 => noise is -0.5 | at least 0
            ",
        );
    }

    #[test]
    fn a_task_is_set_by_name_or_by_number() {
        let second = |set: &str| good("", &[set]).data.task[1].kind.clone();
        let circles = Circles {
            noise: 0.2,
            factor: 0.5,
        };
        let blobs = Blobs {
            noise: 0.2,
            classes: 3,
        };
        assert_eq!(second("data.task.circles.noise=0.2"), circles.into());
        assert_eq!(second("data.task.1.noise=0.2"), circles.into());
        assert_eq!(
            second("data.task=[{kind=\"xor\"},{kind=\"blobs\"}]"),
            blobs.into()
        );
        let text = "[[data.task]]\nname = \"a\"\nkind = \"xor\"\n[[data.task]]\nkind = \"moons\"\n";
        let experiment = good(text, &["data.task.a.noise=0.5", "data.task.moons.name=b"]);
        assert_eq!(experiment.data.task[0].kind, Xor { noise: 0.5 }.into());
        assert_eq!(experiment.data.task[1].name, "b");
    }

    #[test]
    fn a_kind_that_is_set_keeps_what_the_task_has_of_its_own() {
        let text = "[[data.task]]\nkind = \"moons\"\nnoise = 0.5\n";
        for set in [["kind=blobs", "classes=4"], ["classes=4", "kind=blobs"]] {
            let set = set.map(|set| format!("data.task.0.{set}"));
            let task = &good(text, &[&set[0], &set[1]]).data.task[0];
            assert_eq!(
                task.kind,
                Blobs {
                    noise: 0.5,
                    classes: 4
                }
                .into()
            );
            assert_eq!(task.name, "blobs");
        }
        let task = &good("", &["data.task.moons.kind=xor"]).data.task[0];
        assert_eq!(task.kind, Xor { noise: 0.2 }.into());
        assert_eq!(task.name, "moons");
    }

    #[test]
    fn a_task_that_is_not_there_is_refused() {
        wrong_set(
            "
            data.task.moon.noise=1 => no task 'moon'; did you mean 'moons'? | tasks are moons, circles
            data.task.2.noise=1    => no task '2' | from 0
            data.task.moons=1      => data.task.NAME.SETTING
            data.task.moons.nose=1 => --set data.task.moons.nose=1: unknown key 'nose' in task 'moons' | 'noise'?
            data.task.moons.kind=csv => --set data.task.moons.kind=csv: task 'moons' has no path
            data.task.circles.name=moons => --set data.task.circles.name=moons: two tasks are called 'moons'
            ",
        );
    }

    #[test]
    fn the_epoch_of_a_rewind_can_be_set() {
        for set in ["pruning.rewind.epoch=5", "pruning.rewind={epoch=5}"] {
            for file in ["", "[pruning]\nrewind = \"none\"", "[pruning.rewind]\nepoch = 4"] {
                assert_eq!(good(file, &[set]).pruning.rewind, Rewind::Epoch(5), "{file}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest() {
        wrong_set(
            "
            trainig.rate=1  => --set trainig.rate=1 | unknown key | ; did you mean 'training.rate'?
            epochs=5        => did you mean training.epochs?
            training.epoch=5 => 'training.epochs'?
            sedes=5         => 'seeds'?
            a.b.c.d.e=5     => unknown key 'a.b.c.d.e'
            .name=5         => unknown key '.name'
            seeds.x=5       => unknown key 'seeds.x'
            training=5      => training is a section | training.optimizer
            ",
        );
        check("", &[&(".a".repeat(100_000) + "=5")], &["unknown key '.a.a"]);
    }

    #[test]
    fn an_assignment_without_its_parts_is_refused_with_an_example() {
        wrong_set(
            "
            training.rate  => --set training.rate: there is no '=' | such as --set training.rate=0.05
            training.rate= => no value after
            ",
        );
        check("", &["=5"], &["no key before"]);
        check("", &[""], &["there is no '='"]);
    }

    #[test]
    fn a_file_that_is_wrong_below_a_set_key_is_refused() {
        let training = ["my.toml:1:12", "training", "a section"];
        check("training = 5", &["training.rate=0.1"], &training);
        check(
            "[data.task]\nkind = \"moons\"",
            &["data.task.moons.noise=1"],
            &["[[data.task]]"],
        );
        check(
            "[data]\ntask = [5]",
            &["data.task.0.noise=1"],
            &["my.toml:2:9", "[[data.task]]"],
        );
    }
}
