//! Settings that exclude each other: one of `rate`, `levels` and `target`, and `hidden` or `base` with `extend`. What
//! `--set` gives comes after what the file gives, and that after the defaults.

use super::settings::Experiment;
use super::source::{At, Toml};
use crate::bad_input;

/// The three quantities of which two hold.
pub(super) const QUANTITIES: [&str; 3] = ["pruning.rate", "pruning.levels", "pruning.target"];

/// Which of them gives way when one is given beside the other two: to a target the levels, to levels the target, to a
/// rate the levels.
const GIVES_WAY: [usize; 3] = [1, 2, 1];

/// The forms of a network: the first, or the other two together.
const FORMS: [&str; 3] = ["network.hidden", "network.base", "network.extend"];

/// Which two of the [`QUANTITIES`] hold where a file gives these, and those are put over it; `None` if one of them gives all.
pub(super) fn held(given: [[bool; 3]; 2]) -> Option<[bool; 3]> {
    // Two given at once hold; one alone takes its place among the two that held before.
    let mut held = [true, true, false];
    for given in given {
        match given.iter().filter(|&&given| given).count() {
            3 => return None,
            2 => held = given,
            _ => {
                if let Some(one) = (0..3).find(|&one| given[one] && !held[one]) {
                    held[GIVES_WAY[one]] = false;
                    held[one] = true;
                }
            }
        }
    }
    Some(held)
}

/// Unsets what gives way to other settings. `root` is the file with the `--set` values, `file` without them.
///
/// # Errors
/// Bad input if settings contradict each other, or a base network and its level lack each other.
pub(super) fn settle(root: &At<'_>, file: &Toml<'_>, experiment: &mut Experiment) -> anyhow::Result<()> {
    // Which of three settings the file gives, and which `--set` does.
    let given = |paths: [&'static str; 3]| {
        let file = At { value: file, ..*root };
        // What stands elsewhere than in the file was put over it, by `--set` or by a cell of a sweep.
        let set = |path| {
            let spans = [root.find(path), file.find(path)].map(|at| Some(at?.value.span()));
            spans[0].is_some() && spans[0] != spans[1]
        };
        [paths.map(|path| file.find(path).is_some()), paths.map(set)]
    };
    let place = |path| root.find(path).map_or(String::new(), |at| at.place());

    let held = held(given(QUANTITIES)).ok_or_else(|| {
        bad_input!(
            "{}: pruning.rate, pruning.levels and pruning.target contradict each other, for any two of them give the third; \
             remove one",
            QUANTITIES.map(place).join(", "),
        )
    })?;
    let pruning = &mut experiment.pruning;
    pruning.rate = pruning.rate.filter(|_| held[0]);
    pruning.levels = pruning.levels.filter(|_| held[1]);
    pruning.target = pruning.target.filter(|_| held[2]);

    // The last form that is given holds.
    let network = &mut experiment.network;
    let mut is_extended = None;
    for [hidden, base, extend] in given(FORMS) {
        if hidden && (base || extend) {
            let other = FORMS[if base { 1 } else { 2 }];
            let (hidden, at) = (place(FORMS[0]), place(other));
            return Err(bad_input!(
                "{hidden}, {at}: network.hidden and {other} contradict each other; give hidden alone, or base with extend"
            ));
        }
        if hidden || base || extend {
            is_extended = Some(!hidden);
        }
    }
    match is_extended {
        Some(true) => network.hidden = None,
        Some(false) => (network.base, network.extend) = (None, None),
        None => {}
    }
    let (there, missing, example) = match (&network.base, network.extend) {
        (Some(_), None) => ("base", "extend", "9"),
        (None, Some(_)) => ("extend", "base", "[4, 8, 8, 2]"),
        _ => return Ok(()),
    };
    Err(bad_input!(
        "{}: network.{there} is given without network.{missing}; add {missing} = {example}, or give hidden alone",
        place(FORMS[if there == "base" { 1 } else { 2 }]),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good, wrong};
    use super::super::{BUILTIN, Shape};

    /// The rate, levels and target that hold, given a file's `[pruning]` and what is set.
    fn holds(file: &str, set: &[&str]) -> (Option<f64>, Option<u32>, Option<usize>) {
        let pruning = good(&format!("[pruning]\n{file}"), set).pruning;
        (pruning.rate, pruning.levels, pruning.target)
    }

    const RL: &str = "rate = 0.5\nlevels = 5";
    const RT: &str = "rate = 0.5\ntarget = 40";
    const LT: &str = "levels = 5\ntarget = 40";

    #[test]
    fn one_given_keeps_the_default_of_the_other() {
        assert_eq!(holds("", &[]), (Some(0.2), Some(17), None));
        assert_eq!(holds("rate = 0.5", &[]), (Some(0.5), Some(17), None));
        assert_eq!(holds("levels = 5", &[]), (Some(0.2), Some(5), None));
        assert_eq!(holds("target = 40", &[]), (Some(0.2), None, Some(40)));
    }

    #[test]
    fn two_given_hold() {
        assert_eq!(holds(RL, &[]), (Some(0.5), Some(5), None));
        assert_eq!(holds(RT, &[]), (Some(0.5), None, Some(40)));
        assert_eq!(holds(LT, &[]), (None, Some(5), Some(40)));
    }

    #[test]
    fn three_given_contradict_each_other() {
        let three = "[pruning]\nrate = 0.5\nlevels = 5\ntarget = 40\n";
        let names = "pruning.rate, pruning.levels and pruning.target contradict";
        check(
            three,
            &[],
            &[names, "remove one", "my.toml:2:8, my.toml:3:10, my.toml:4:10"],
        );
        check(three, &["pruning.target=40"], &[names, "remove one"]);
        let set = ["pruning.rate=0.5", "pruning.levels=5", "pruning.target=40"];
        check("", &set, &[names, "--set pruning.rate=0.5"]);
    }

    #[test]
    fn one_set_takes_its_place_among_the_files_two() {
        assert_eq!(holds(RL, &["pruning.rate=0.3"]), (Some(0.3), Some(5), None));
        assert_eq!(holds(RL, &["pruning.levels=3"]), (Some(0.5), Some(3), None));
        assert_eq!(holds(RL, &["pruning.target=30"]), (Some(0.5), None, Some(30)));
        assert_eq!(holds(RT, &["pruning.rate=0.3"]), (Some(0.3), None, Some(40)));
        assert_eq!(holds(RT, &["pruning.levels=3"]), (Some(0.5), Some(3), None));
        assert_eq!(holds(RT, &["pruning.target=30"]), (Some(0.5), None, Some(30)));
        assert_eq!(holds(LT, &["pruning.rate=0.3"]), (Some(0.3), None, Some(40)));
        assert_eq!(holds(LT, &["pruning.levels=3"]), (None, Some(3), Some(40)));
        assert_eq!(holds(LT, &["pruning.target=30"]), (None, Some(5), Some(30)));
        assert_eq!(holds("", &["pruning.target=30"]), (Some(0.2), None, Some(30)));
    }

    #[test]
    fn two_set_hold_whatever_the_file_has() {
        let (rate, levels, target) = ("pruning.rate=0.3", "pruning.levels=3", "pruning.target=30");
        for file in ["", RL, RT, LT, "rate = 0.5"] {
            assert_eq!(holds(file, &[rate, levels]), (Some(0.3), Some(3), None), "{file}");
            assert_eq!(
                holds(file, &[rate, target]),
                (Some(0.3), None, Some(30)),
                "{file}"
            );
            assert_eq!(
                holds(file, &[levels, target]),
                (None, Some(3), Some(30)),
                "{file}"
            );
        }
    }

    #[test]
    fn hidden_contradicts_a_base_network() {
        wrong(
            "
            [network] / hidden = [5] / base = [4, 8, 2] => my.toml:2:10, my.toml:3:8 | contradict
            [network] / hidden = [5] / extend = 3       => network.hidden and network.extend contradict
            ",
        );
        let set = ["network.hidden=[5]", "network.extend=3"];
        check("", &set, &["--set network.hidden=[5]", "contradict"]);
    }

    #[test]
    fn a_base_network_and_its_level_need_each_other() {
        wrong(
            "
            [network] / base = [4, 8, 2] => my.toml:2:8 | without network.extend | extend = 9
            [network] / extend = 3       => my.toml:2:10 | without network.base | base = [4, 8, 8, 2]
            ",
        );
        let hidden = "[network]\nhidden = [5]";
        let fragments = ["--set network.extend=3", "without network.base"];
        check(hidden, &["network.extend=3"], &fragments);
    }

    #[test]
    fn one_form_set_drops_the_files_other_form() {
        let base = vec![4, 8, 2];
        let extended = |level| Shape::Extended { base: &base, level };
        let file = "[network]\nbase = [4, 8, 2]\nextend = 3\n";
        assert_eq!(good(file, &[]).network.shape(), extended(3));
        assert_eq!(good(file, &["network.extend=4"]).network.shape(), extended(4));
        let hidden = good(file, &["network.hidden=[7]"]);
        assert_eq!(hidden.network.shape(), Shape::Hidden(&[7]));
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
