//! Which arms an experiment has.

use itertools::Itertools;

use super::source::At;
use super::value::{Text, Value};

/// The arm that the others are compared with.
const MAIN: &str = "imp";
/// The word for every arm.
const ALL: &str = "all";

/// The arms of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arms {
    /// Every one that fits the experiment.
    All,
    /// These; `imp` is the first of them.
    Named(Vec<String>),
}

impl Default for Arms {
    fn default() -> Self {
        Self::Named(vec![MAIN.to_owned()])
    }
}

/// A list of names, or a word for all.
impl Value for Arms {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        if at.value.get_ref().as_str() == Some(ALL) {
            return Ok(Self::All);
        }
        let list = at.value.get_ref().as_array();
        let list = list.ok_or_else(|| {
            at.refused("must be a list of arms, such as arms = [\"imp\", \"random\"], or arms = \"all\"")
        })?;
        let path = &format!("an arm of {}", at.path);
        let mut names = vec![MAIN.to_owned()];
        for value in list {
            let at = At { path, value, ..*at };
            let name = String::read(
                &At {
                    example: "[\"imp\"]",
                    ..at
                },
                &Text::Any,
            )?;
            if name != MAIN {
                names.push(name);
            }
        }
        Ok(Self::Named(names))
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

#[cfg(test)]
mod tests {
    use super::super::testing::{good, wrong, wrong_set};
    use super::Arms;

    #[test]
    fn imp_is_always_among_the_arms_and_the_first() {
        let named = |text: &str| match good(&format!("arms = {text}"), &[]).arms {
            Arms::Named(names) => names,
            Arms::All => vec![],
        };
        assert_eq!(named("[]"), ["imp"]);
        assert_eq!(named(r#"["random", "imp"]"#), ["imp", "random"]);
        assert_eq!(named(r#"["random"]"#), ["imp", "random"]);
        assert_eq!(good("", &["arms=all"]).arms, Arms::All);
    }

    #[test]
    fn arms_that_are_no_list_are_refused() {
        wrong(
            r#"
            arms = 5          => my.toml:1:8 | arms is 5 | arms = ["imp", "random"] | arms = "all"
            arms = "random"   => my.toml:1:8 | arms is "random" | arms = ["imp", "random"] | arms = "all"
            arms = ["imp", 7] => my.toml:1:16 | an arm of arms is 7 | text in quotes
            "#,
        );
        wrong_set(r#"arms=random => --set arms=random: arms is random | arms = ["imp", "random"]"#);
    }
}
