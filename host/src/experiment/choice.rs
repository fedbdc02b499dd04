//! Settings that exclude each other: one of `rate`, `levels` and `target`, and `hidden` or `base` with `extend`. What
//! `--set` gives comes after what the file gives, and that after the defaults.

use super::tree::{Entry, Node, Place, Toml, put};
use crate::bad_input;

/// The three quantities of which two are given, and which gives way when one of them is set beside the other two.
const QUANTITIES: [(&str, usize); 3] = [("rate", 1), ("levels", 2), ("target", 1)];

/// A file that says nothing has a rate and levels.
const DEFAULT: [bool; 3] = [true, true, false];

/// Whether a setting is given by `--set`, and whether by the file: the one that decides first.
const SOURCES: [fn(&Entry) -> bool; 2] = [|entry| entry.node.place.set, |entry| entry.in_file];

/// Unsets what gives way to other settings.
pub(super) fn settle(tree: &mut Node) -> anyhow::Result<()> {
    for (section, choose) in [("pruning", pair as fn(&Node) -> _), ("network", shape)] {
        let Some(node) = tree.find(section) else { continue };
        let (place, dropped): (_, Vec<&str>) = (node.place.clone(), choose(node)?);
        if let Toml::Table(entries) = &mut tree.value
            && let Some(section) = entries.iter_mut().find(|entry| entry.key == section)
            && let Toml::Table(entries) = &mut section.node.value
        {
            for key in dropped {
                put(entries, key, Node::made(&place, Toml::Unset));
            }
        }
    }
    Ok(())
}

/// Which of rate, levels and target does not hold. Two given at once hold; one alone takes its place among the two that
/// held before: a target that of the levels, levels that of the target, a rate that of the levels.
fn pair(pruning: &Node) -> anyhow::Result<Vec<&'static str>> {
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
    let held = held(held(DEFAULT, in_file), set);
    let dropped = QUANTITIES.iter().zip(held).filter(|(_, held)| !held);
    Ok(dropped.map(|((key, _), _)| *key).collect())
}

/// Which two hold after some were given.
fn held(mut held: [bool; 3], given: [bool; 3]) -> [bool; 3] {
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

/// Which of hidden, base and extend does not hold. What `--set` gives drops the file's other form.
fn shape(network: &Node) -> anyhow::Result<Vec<&'static str>> {
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
    let said = forms.into_iter().find(|form| form.0.or(form.1).is_some());
    match said {
        None => Ok(vec![]),
        Some((_, None)) => Ok(vec!["base", "extend"]),
        Some((_, Some(extended))) => complete(network, &extended.place).map(|()| vec!["hidden"]),
    }
}

/// Checks that a base network has its level, wherever either of them is given; `place` is where the first is.
fn complete(network: &Node, place: &Place) -> anyhow::Result<()> {
    let there = |key: &str| network.entry(key).is_some();
    let (there, missing, example) = match (there("base"), there("extend")) {
        (true, true) => return Ok(()),
        (true, false) => ("base", "extend", "9"),
        (false, _) => ("extend", "base", "[4, 8, 8, 2]"),
    };
    Err(bad_input!(
        "{place}: network.{there} is given without network.{missing}; add {missing} = {example}, or give hidden alone",
    ))
}

#[cfg(test)]
mod tests {
    use tombola::Rewind;

    use super::super::testing::{check, good, wrong};
    use super::super::{BUILTIN, Pruning, Shape};

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
        wrong(
            "[network]\nhidden = [5]\nbase = [4, 8, 2]",
            "my.toml:2:1, my.toml:3:1 | contradict",
        );
        wrong(
            "[network]\nhidden = [5]\nextend = 3",
            "network.hidden and network.extend contradict",
        );
        check(
            "",
            &["network.hidden=[5]", "network.extend=3"],
            &["--set network.hidden=[5]", "contradict"],
        );
    }

    #[test]
    fn a_base_network_and_its_level_need_each_other() {
        wrong(
            "[network]\nbase = [4, 8, 2]",
            "my.toml:2:1 | without network.extend | extend = 9",
        );
        wrong(
            "[network]\nextend = 3",
            "my.toml:2:1 | without network.base | base = [4, 8, 8, 2]",
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
        let extended = |level| Shape::Extended { base: &base, level };
        let file = "[network]\nbase = [4, 8, 2]\nextend = 3\n";
        assert_eq!(good(file, &[]).network.shape(), extended(3));
        assert_eq!(good(file, &["network.extend=4"]).network.shape(), extended(4));
        assert_eq!(
            good(file, &["network.hidden=[7]"]).network.shape(),
            Shape::Hidden(&[7])
        );
        let set = &["network.base=[4,8,2]", "network.extend=5"];
        assert_eq!(good("[network]\nhidden = [9]", set).network.shape(), extended(5));
        assert_eq!(good("", set).network.shape(), extended(5));
    }

    #[test]
    fn an_extension_needs_a_rate() {
        let set = ["pruning.levels=5", "pruning.target=40"];
        check(BUILTIN[1].text, &set, &["network.extend", "pruning.rate"]);
    }
}
