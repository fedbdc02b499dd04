//! Which arms an experiment has: those that are named, or all that fit it.

use itertools::Itertools;

use super::settings::Experiment;
use super::source::At;
use super::value::{Text, Value};
use crate::arm::Arm;
use crate::bad_input;
use crate::text::quoted;

/// The word for every arm.
const ALL: &str = "all";

/// The arms of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arms {
    /// Every one that fits the experiment.
    All,
    /// These, each once and in the order of [`KINDS`](crate::arm::KINDS): `imp` is always the first.
    Named(Vec<String>),
}

impl Default for Arms {
    fn default() -> Self {
        Self::Named(vec![Arm::imp().name().to_owned()])
    }
}

/// A list of names, or a word for all; names with commas between are a list, too, since a shell takes the quotes off one.
impl Value for Arms {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        match at.value.get_ref().as_str() {
            Some(ALL) => return Ok(Self::All),
            Some(names) if !names.trim().is_empty() => {
                let names = names.split(',').map(|name| name.trim().to_owned());
                return Ok(Self::Named(names.collect()));
            }
            _ => {}
        }
        let list = at.value.get_ref().as_array();
        let list = list.ok_or_else(|| {
            at.refused("must be a list of arms, such as arms = [\"imp\", \"random\"], or arms = \"all\"")
        })?;
        let path = &format!("an arm of {}", at.path);
        let example = "[\"imp\"]";
        let name = |value| {
            let at = At {
                path,
                value,
                example,
                ..*at
            };
            String::read(&at, &Text::Any)
        };
        list.iter()
            .map(name)
            .collect::<anyhow::Result<_>>()
            .map(Self::Named)
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::All => ALL.to_owned().text(),
            Self::Named(names) => {
                let names = names.iter().filter_map(Value::text).format(", ");
                Some(format!("[{names}]"))
            }
        }
    }
}

impl Experiment {
    /// The arms of the experiment, `imp` first.
    ///
    /// # Panics
    /// If it names one that does not fit it, which [`Experiment::parse`] refuses.
    pub fn chosen_arms(&self) -> Vec<Arm> {
        let tasks = self.task_names();
        let fits = self.fits(&tasks);
        match &self.arms {
            Arms::All => Arm::all(&fits),
            Arms::Named(names) => {
                let arms = names.iter().map(|name| Arm::parse(name, &fits));
                arms.map(|arm| arm.expect("an arm that fits the experiment"))
                    .collect()
            }
        }
    }
}

/// Puts the arms that are named into their order, under their one name, `imp` among them.
///
/// # Errors
/// Bad input, with place and remedy, if there is no such arm, it does not fit the experiment, or it is named twice.
pub(super) fn settle(root: &At<'_>, experiment: &mut Experiment) -> anyhow::Result<()> {
    let Some(at) = root.find("arms") else {
        return Ok(());
    };
    let Arms::Named(names) = &experiment.arms else {
        return Ok(());
    };
    let tasks = experiment.task_names();
    let fits = experiment.fits(&tasks);
    let mut arms = vec![];
    for (index, name) in names.iter().enumerate() {
        let list = at.value.get_ref().as_array();
        let value = list.and_then(|list| list.get(index)).unwrap_or(at.value);
        let refused = |problem: &str| {
            let place = At { value, ..*root }.place();
            bad_input!("{place}: arm {}: {problem}", quoted(name))
        };
        let arm = Arm::parse(name, &fits).map_err(|problem| refused(&problem))?;
        if arms.contains(&arm) {
            return Err(refused("it is named twice; remove one"));
        }
        arms.push(arm);
    }
    if !arms.iter().any(Arm::is_imp) {
        arms.push(Arm::imp());
    }
    arms.sort();
    let names = arms.iter().map(|arm| arm.name().to_owned()).collect();
    experiment.arms = Arms::Named(names);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Builtin;
    use super::super::testing::{good, wrong, wrong_set};
    use super::{Arm, Arms};

    /// The arms of an experiment that has this text.
    fn arms(text: &str) -> String {
        let experiment = good(text, &[]);
        let arms = experiment.chosen_arms();
        assert_eq!(arms, good(&experiment.canonical(), &[]).chosen_arms(), "{text}");
        arms.iter().map(Arm::name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn imp_is_always_among_the_arms_which_stand_in_their_one_order() {
        assert_eq!(arms(""), "imp");
        assert_eq!(arms("arms = []"), "imp");
        assert_eq!(arms(r#"arms = ["random"]"#), "imp random");
        let late = r#"arms = ["alone", "random", "imp", "late:05"]"#;
        assert_eq!(arms(late), "imp late random alone");
        let text = |text: &str| good(text, &[]).canonical();
        assert_eq!(text(r#"arms = ["random", "imp"]"#), text(r#"arms = ["random"]"#));
        assert_eq!(text("arms = []"), text(""));
        assert_eq!(good("", &["arms=all"]).arms, Arms::All);
        for (list, set) in [
            (r#"arms = ["random"]"#, "arms=random"),
            (
                r#"arms = ["labels-shuffled:moons"]"#,
                "arms=labels-shuffled:moons",
            ),
            (r#"arms = ["late:9", "random", "imp"]"#, "arms=late:9, imp,random"),
        ] {
            assert_eq!(text(list), good("", &[set]).canonical());
        }
        assert_eq!(arms("arms = 'random'"), "imp random");
    }

    #[test]
    fn all_arms_are_those_that_fit() {
        let has = |text: &str, arm: &str| {
            let arms = arms(&format!("arms = \"all\"\n{text}"));
            arms.split(' ').any(|name| name == arm)
        };
        assert!(has("", "late") && !has("[training]\nepochs = 5", "late"));
        let one = "[[data.task]]\nkind = \"xor\"";
        assert!(has(one, "labels-shuffled:xor"));
        assert!(!has(one, "labels-shuffled:moons") && !has(one, "alone"));
        for builtin in Builtin::single() {
            assert!(1 < good(builtin.text, &["arms=all"]).chosen_arms().len());
        }
    }

    #[test]
    fn an_arm_that_is_not_there_or_contradicts_the_experiment_is_refused() {
        wrong(
            r#"
            arms = ["imp", "radnom"]           => my.toml:1:16 | arm 'radnom': there is no such arm | did you mean 'random'?
            arms = ["xyzzy"]                   => my.toml:1:9 | 'xyzzy' | there are imp, no-rewind,
            arms = ["labels-shuffled:mons"]    => my.toml:1:9 | no task of that name | did you mean 'moons'?
            arms = ["labels-shuffled"]         => my.toml:1:9 | such as labels-shuffled:moons
            arms = ["random:moons"]            => my.toml:1:9 | write random
            arms = ["late:0"]                  => my.toml:1:9 | late:5
            arms = ["late:30"]                 => my.toml:1:9 | below training.epochs, 30
            arms = ["late"] / [training] / epochs = 5 => my.toml:1:9 | below training.epochs, 5
            arms = ["random", "imp", "random"] => my.toml:1:26 | arm 'random': it is named twice; remove one
            arms = ["late", "late:5"]          => my.toml:1:17 | arm 'late:5': it is named twice
            arms = ["imp", "imp"]              => my.toml:1:16 | arm 'imp': it is named twice
            arms = ["alone"] / [[data.task]] / kind = "xor" => my.toml:1:9 | with one task | leave it out
            arms = ["no-rewind"] / [pruning] / rewind = "none" => my.toml:1:9 | it is imp itself
            "#,
        );
        wrong_set(r#"arms=["late:30"] => --set arms=["late:30"] | arm 'late:30' | below training.epochs"#);
    }

    #[test]
    fn arms_that_are_no_list_are_refused() {
        wrong(
            r#"
            arms = 5          => my.toml:1:8 | arms is 5 | arms = ["imp", "random"] | arms = "all"
            arms = ""         => my.toml:1:8 | arms is "" | arms = ["imp", "random"] | arms = "all"
            arms = "radnom"   => my.toml:1:8 | arm 'radnom': there is no such arm | did you mean 'random'?
            arms = "late, late:5" => my.toml:1:8 | arm 'late:5': it is named twice
            arms = "late,"    => my.toml:1:8 | arm '': there is no such arm
            arms = ["imp", 7] => my.toml:1:16 | an arm of arms is 7 | text in quotes
            "#,
        );
        wrong_set("arms=random,al => --set arms=random,al: arm 'al': there is no such arm");
    }
}
