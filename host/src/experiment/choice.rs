//! Settings that exclude each other: two of `rate`, `levels` and `target`, and `hidden` or `base` with `extend`.
//! Without one place for these rules, what a default, a file and a `--set` mean together would be an accident.

use super::Shape;
use super::setting::{INSIDE_ONE, MOST, Section};
use super::tree::{Entry, Place};
use crate::bad_input;

/// The three quantities of which two are given, and which gives way when one of them is set beside the other two.
const QUANTITIES: [(&str, usize); 3] = [("rate", 1), ("levels", 2), ("target", 1)];

/// A file that says nothing has a rate and levels.
const DEFAULT: [bool; 3] = [true, true, false];

/// Whether a setting is given by `--set`, and whether by the file: the one that decides first.
const SOURCES: [fn(&Entry) -> bool; 2] = [|entry| entry.node.place.set, |entry| entry.in_file];

/// Rate, levels and target, of which two are there.
pub(super) type Pair = (Option<f64>, Option<u32>, Option<usize>);

/// Which two of rate, levels and target hold. Two given at once hold; one alone takes its place among the two that
/// held before: a target that of the levels, levels that of the target, a rate that of the levels. What `--set`
/// gives comes after what the file gives, and that after the defaults.
pub(super) fn pair(pruning: &Section<'_>) -> anyhow::Result<Pair> {
    let [set, in_file] =
        SOURCES.map(|given| QUANTITIES.map(|(key, _)| pruning.entry(key).is_some_and(given)));
    for given in [in_file, set] {
        if given == [true; 3] {
            let places = QUANTITIES.iter().filter_map(|(key, _)| pruning.entry(key));
            let places: Vec<String> = places.map(|entry| entry.place.to_string()).collect();
            return Err(bad_input!(
                "{}: pruning.rate, pruning.levels and pruning.target contradict each other, for any two of them \
                 give the third; remove one",
                places.join(", "),
            ));
        }
    }
    let [rate, levels, target] = settle(settle(DEFAULT, in_file), set);
    Ok((
        rate.then(|| pruning.number("rate", &INSIDE_ONE, 0.2))
            .transpose()?,
        levels
            .then(|| pruning.whole("levels", 0..=i128::from(u32::MAX), 17))
            .transpose()?,
        target
            .then(|| pruning.whole("target", 1..=MOST, 50))
            .transpose()?,
    ))
}

fn settle(mut held: [bool; 3], given: [bool; 3]) -> [bool; 3] {
    match given.iter().filter(|&&given| given).count() {
        2 => return given,
        1 => {
            let one = given.iter().position(|&given| given).unwrap_or_default();
            if !held[one] {
                held[one] = true;
                held[QUANTITIES[one].1] = false;
            }
        }
        _ => {}
    }
    held
}

/// How the widths are given. What `--set` gives drops the file's other form.
pub(super) fn shape(network: &Section<'_>, default: Shape) -> anyhow::Result<Shape> {
    let forms = SOURCES.map(|given| {
        let entry = |key: &str| network.entry(key).filter(|entry| given(entry));
        (entry("hidden"), entry("base").or_else(|| entry("extend")))
    });
    for form in forms {
        if let (Some(hidden), Some(other)) = form {
            return Err(bad_input!(
                "{}, {}: network.hidden and network.{} contradict each other; give hidden alone, or base with extend",
                hidden.place,
                other.place,
                other.key,
            ));
        }
    }
    // The first that says anything decides.
    match forms
        .into_iter()
        .find(|(hidden, extended)| hidden.is_some() || extended.is_some())
    {
        None => Ok(default),
        Some((_, Some(extended))) => extension(network, &extended.place),
        Some(_) => Ok(Shape::Hidden(
            network.widths("hidden", "[32, 32]")?.unwrap_or_default(),
        )),
    }
}

/// A base network and its level, wherever either of them is given; `place` is where the first is.
fn extension(network: &Section<'_>, place: &Place) -> anyhow::Result<Shape> {
    let base = network.widths("base", "[4, 8, 8, 2]")?;
    let level = network.optional_whole("extend", 0..=i128::from(u32::MAX), "9")?;
    let (there, missing, example) = match (base, level) {
        (Some(base), Some(level)) if base.len() >= 3 => return Ok(Shape::Extended { base, level }),
        (Some(_), Some(_)) => {
            return Err(bad_input!(
                "{}: network.base must have inputs, at least one hidden layer, and outputs, such as \
                 base = [4, 8, 8, 2]",
                network.node("base").map_or(place, |node| &node.place),
            ));
        }
        (Some(_), None) => ("base", "extend", "9"),
        (None, _) => ("extend", "base", "[4, 8, 8, 2]"),
    };
    Err(bad_input!(
        "{place}: network.{there} is given without network.{missing}; add {missing} = {example}, or give hidden alone",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good};
    use super::super::{BUILTIN, Pruning, Rewind, Shape};

    /// Checks which two hold, given a file's `[pruning]` and what is set.
    #[track_caller]
    fn holds(file: &str, set: &[&str], rate: Option<f64>, levels: Option<u32>, target: Option<usize>) {
        let expected = Pruning {
            rate,
            levels,
            target,
            rewind: Rewind::Initial,
        };
        assert_eq!(
            good(&format!("[pruning]\n{file}"), set).pruning,
            expected,
            "{file} {set:?}"
        );
    }

    #[test]
    fn one_given_keeps_the_default_of_the_other() {
        holds("", &[], Some(0.2), Some(17), None);
        holds("rate = 0.5", &[], Some(0.5), Some(17), None);
        holds("levels = 5", &[], Some(0.2), Some(5), None);
        holds("target = 40", &[], Some(0.2), None, Some(40));
    }

    #[test]
    fn two_given_hold() {
        holds("rate = 0.5\nlevels = 5", &[], Some(0.5), Some(5), None);
        holds("rate = 0.5\ntarget = 40", &[], Some(0.5), None, Some(40));
        holds("levels = 5\ntarget = 40", &[], None, Some(5), Some(40));
    }

    #[test]
    fn three_given_contradict_each_other() {
        let three = "[pruning]\nrate = 0.5\nlevels = 5\ntarget = 40\n";
        let names = [
            "pruning.rate, pruning.levels and pruning.target contradict",
            "remove one",
        ];
        check(
            three,
            &[],
            &[names[0], names[1], "my.toml:2:1, my.toml:3:1, my.toml:4:1"],
        );
        check(three, &["pruning.target=40"], &names);
        check(
            "",
            &["pruning.rate=0.5", "pruning.levels=5", "pruning.target=40"],
            &[names[0], "--set pruning.rate=0.5"],
        );
    }

    #[test]
    fn one_set_takes_its_place_among_the_files_two() {
        let (rl, rt, lt) = (
            "rate = 0.5\nlevels = 5",
            "rate = 0.5\ntarget = 40",
            "levels = 5\ntarget = 40",
        );
        holds(rl, &["pruning.rate=0.3"], Some(0.3), Some(5), None);
        holds(rl, &["pruning.levels=3"], Some(0.5), Some(3), None);
        holds(rl, &["pruning.target=30"], Some(0.5), None, Some(30));
        holds(rt, &["pruning.rate=0.3"], Some(0.3), None, Some(40));
        holds(rt, &["pruning.levels=3"], Some(0.5), Some(3), None);
        holds(rt, &["pruning.target=30"], Some(0.5), None, Some(30));
        holds(lt, &["pruning.rate=0.3"], Some(0.3), None, Some(40));
        holds(lt, &["pruning.levels=3"], None, Some(3), Some(40));
        holds(lt, &["pruning.target=30"], None, Some(5), Some(30));
        holds("", &["pruning.target=30"], Some(0.2), None, Some(30));
    }

    #[test]
    fn two_set_hold_whatever_the_file_has() {
        for file in [
            "",
            "rate = 0.5\nlevels = 5",
            "rate = 0.5\ntarget = 40",
            "levels = 5\ntarget = 40",
            "rate = 0.5",
        ] {
            holds(
                file,
                &["pruning.rate=0.3", "pruning.levels=3"],
                Some(0.3),
                Some(3),
                None,
            );
            holds(
                file,
                &["pruning.rate=0.3", "pruning.target=30"],
                Some(0.3),
                None,
                Some(30),
            );
            holds(
                file,
                &["pruning.levels=3", "pruning.target=30"],
                None,
                Some(3),
                Some(30),
            );
        }
    }

    #[test]
    fn hidden_contradicts_a_base_network() {
        check(
            "[network]\nhidden = [5]\nbase = [4, 8, 2]",
            &[],
            &["my.toml:2:1, my.toml:3:1", "contradict"],
        );
        check(
            "[network]\nhidden = [5]\nextend = 3",
            &[],
            &["network.hidden and network.extend contradict"],
        );
        check(
            "",
            &["network.hidden=[5]", "network.extend=3"],
            &["--set network.hidden=[5]", "contradict"],
        );
    }

    #[test]
    fn a_base_network_and_its_level_need_each_other() {
        check(
            "[network]\nbase = [4, 8, 2]",
            &[],
            &["my.toml:2:1", "without network.extend", "extend = 9"],
        );
        check(
            "[network]\nextend = 3",
            &[],
            &["my.toml:2:1", "without network.base", "base = [4, 8, 8, 2]"],
        );
        check(
            "[network]\nhidden = [5]",
            &["network.extend=3"],
            &["--set network.extend=3", "without network.base"],
        );
    }

    #[test]
    fn one_form_set_drops_the_files_other_form() {
        let base = vec![4, 8, 2];
        let extended = |level| Shape::Extended {
            base: base.clone(),
            level,
        };
        let file = "[network]\nbase = [4, 8, 2]\nextend = 3\n";
        assert_eq!(good(file, &[]).network.shape, extended(3));
        assert_eq!(good(file, &["network.extend=4"]).network.shape, extended(4));
        assert_eq!(
            good(file, &["network.hidden=[7]"]).network.shape,
            Shape::Hidden(vec![7])
        );
        let set = &["network.base=[4,8,2]", "network.extend=5"];
        assert_eq!(good("[network]\nhidden = [9]", set).network.shape, extended(5));
        assert_eq!(good("", set).network.shape, extended(5));
    }

    #[test]
    fn an_extension_needs_a_rate() {
        let set = ["pruning.levels=5", "pruning.target=40"];
        check(BUILTIN[1].text, &set, &["network.extend", "pruning.rate"]);
    }
}
