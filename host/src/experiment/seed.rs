//! Where the seed of one kind of chance comes from: the replicate, the setting, or a part of the replicate's number, for
//! crossed designs.

use std::num::NonZeroU64;

use tombola::data::Range;

use super::source::At;
use super::value::{Setting, Value};
use crate::bad_input;

/// A seed, as files store it.
pub(super) const SEED: Range = Range::Whole(0, i64::MAX as u64);
/// What a seed is divided by.
const DIVISOR: Range = Range::Whole(1, i64::MAX as u64);

/// Which seed the replicates have for one kind of chance: their data, their initial weights, or their order of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedRule {
    /// Each its own.
    #[default]
    Own,
    /// All this one.
    Fixed(u64),
    /// Its own divided by `divide`, rounded down, and of that the remainder modulo `modulo`. Seeds that count up go
    /// through all combinations of such parts, like digits of a number.
    Part {
        /// How many replicates in a row share a seed.
        divide: NonZeroU64,
        /// How many seeds there are, if they are to come again.
        modulo: Option<NonZeroU64>,
    },
}

impl SeedRule {
    /// The seed of a replicate, whose own is `replicate`.
    pub fn of(&self, replicate: u64) -> u64 {
        match *self {
            Self::Own => replicate,
            Self::Fixed(seed) => seed,
            Self::Part { divide, modulo } => {
                let seed = replicate / divide;
                modulo.map_or(seed, |modulo| seed % modulo)
            }
        }
    }
}

/// A number, or a table with a divisor, a modulus or both.
impl Value for SeedRule {
    type Range = ();

    const SETTINGS: &'static [Setting] = &[Setting::part("divide"), Setting::part("modulo")];

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        let key = at.path.rsplit('.').next().unwrap_or_default();
        if !at.value.get_ref().is_table() {
            let at = At { example: "0", ..*at };
            return u64::read(&at, &SEED).map(Self::Fixed).map_err(|error| {
                bad_input!(
                    "{error} (or a rule that makes it from the replicate's seed: {key} = {{ divide = 8, modulo = 8 }})"
                )
            });
        }
        let divisor = |key| anyhow::Ok(at.read(key, &(DIVISOR, "8"), None)?.and_then(NonZeroU64::new));
        match (divisor("divide")?, divisor("modulo")?) {
            (None, None) => Err(bad_input!(
                "{}: {} has neither divide nor modulo; write {key} = {{ divide = 8, modulo = 8 }}, or one of them",
                at.place(),
                at.path,
            )),
            (divide, modulo) => Ok(Self::Part {
                divide: divide.unwrap_or(NonZeroU64::MIN),
                modulo,
            }),
        }
    }

    fn text(&self) -> Option<String> {
        match *self {
            Self::Own => None,
            Self::Fixed(seed) => seed.text(),
            Self::Part { divide, modulo: None } => Some(format!("{{ divide = {divide} }}")),
            Self::Part {
                divide: NonZeroU64::MIN,
                modulo: Some(modulo),
            } => Some(format!("{{ modulo = {modulo} }}")),
            Self::Part {
                divide,
                modulo: Some(modulo),
            } => Some(format!("{{ divide = {divide}, modulo = {modulo} }}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUILTIN;
    use super::super::testing::{good, wrong, wrong_set};
    use super::super::value::Value;
    use super::SeedRule;

    /// The rule that is written as `text`, and how its canonical text has it.
    fn rule(text: &str) -> (SeedRule, Option<String>) {
        let experiment = good(&format!("[training]\nseed = {text}\n"), &[]);
        let canonical = experiment.canonical();
        let line = canonical.lines().find_map(|line| line.strip_prefix("seed = "));
        (experiment.training.seed, line.map(str::to_owned))
    }

    #[test]
    fn a_rule_divides_and_then_takes_the_remainder() {
        for (text, of) in [
            ("5", [5, 5, 5, 5]),
            ("{ divide = 8 }", [0, 0, 1, 80]),
            ("{ modulo = 8 }", [0, 7, 0, 5]),
            ("{ divide = 8, modulo = 8 }", [0, 0, 1, 0]),
            ("{ modulo = 3, divide = 2 }", [0, 0, 1, 1]),
        ] {
            let (rule, _) = rule(text);
            assert_eq!([0, 7, 8, 645].map(|seed| rule.of(seed)), of, "{text}");
        }
        assert_eq!(SeedRule::default().of(645), 645);
    }

    #[test]
    fn equal_rules_have_one_text() {
        for (text, canonical) in [
            ("0x05", "5"),
            ("{ divide = 1, modulo = 8 }", "{ modulo = 8 }"),
            ("{ modulo = 8, divide = 64 }", "{ divide = 64, modulo = 8 }"),
            ("{ divide = 8 }", "{ divide = 8 }"),
            ("{ divide = 1 }", "{ divide = 1 }"),
        ] {
            assert_eq!(rule(text).1.as_deref(), Some(canonical), "{text}");
        }
        assert_eq!(good("", &[]).training.seed.text(), None);
    }

    #[test]
    fn a_part_of_a_rule_can_be_set() {
        let seed = |text: &str, set: &[&str]| good(text, set).data.seed;
        let set = ["data.seed.divide=4"];
        assert_eq!(seed("", &set), rule("{ divide = 4 }").0);
        assert_eq!(seed("[data]\nseed = 3", &set), rule("{ divide = 4 }").0);
        let both = rule("{ divide = 4, modulo = 2 }").0;
        assert_eq!(seed("[data]\nseed = { modulo = 2 }", &set), both);
        assert_eq!(seed("", &["data.seed={divide=4,modulo=2}"]), both);
        assert_eq!(
            seed("[data]\nseed = { modulo = 2 }", &["data.seed=3"]),
            SeedRule::Fixed(3)
        );
    }

    #[test]
    fn a_rule_that_is_none_is_refused_with_an_example() {
        wrong(
            r#"
            [data] / seed = "a"                 => my.toml:2:8 | data.seed is "a" | such as seed = 0 | { divide = 8, modulo = 8 }
            [network] / seed = -1               => my.toml:2:8 | network.seed is -1 | from 0 to
            [training] / seed = {}              => my.toml:2:8 | training.seed has neither divide nor modulo | seed = { divide
            [data] / seed = { divide = 0 }      => my.toml:2:19 | data.seed.divide is 0 | from 1 to | divide = 8
            [data] / seed = { modulo = 1.5 }    => data.seed.modulo is 1.5 | a whole number | modulo = 8
            [data] / seed = { divde = 8 }       => my.toml:2:10 | unknown key 'divde' in data.seed | 'divide'?
            "#,
        );
        wrong_set("data.seed.divde=8 => --set data.seed.divde=8 | unknown key | 'data.seed.divide'?");
    }

    #[test]
    fn the_built_in_design_crosses_data_weights_and_order() {
        let text = BUILTIN
            .iter()
            .find(|builtin| builtin.name == "variance")
            .expect("it is built in")
            .text;
        let design = good(text, &[]);
        assert_eq!((design.first_seed, design.seeds), (0, 512));
        for seed in 0..512 {
            let seeds =
                [design.data.seed, design.network.seed, design.training.seed].map(|rule| rule.of(seed));
            assert_eq!(seeds, [seed / 64, seed / 8 % 8, seed % 8]);
        }
    }
}
