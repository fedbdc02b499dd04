//! The experiments that come with the program.

/// An experiment that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// What `tombola run` calls it.
    pub name: &'static str,
    /// What it is, in one line.
    pub line: &'static str,
    /// Its file, with comments.
    pub text: &'static str,
}

/// All of them; the first is what runs when nothing is asked for.
pub const BUILTIN: &[Builtin] = &[
    Builtin {
        name: "moons-circles",
        line: "two independent tasks in one network of two hidden layers: does the ticket fall apart? (the default)",
        text: include_str!("builtin/moons-circles.toml"),
    },
    Builtin {
        name: "thesis-1-hidden",
        line: "the thesis's set-up, one hidden layer: Adam, early stopping, extension level 9 of [4, 20, 2]",
        text: include_str!("builtin/thesis-1-hidden.toml"),
    },
    Builtin {
        name: "thesis-2-hidden",
        line: "the thesis's set-up, two hidden layers: Adam, early stopping, extension level 9 of [4, 8, 8, 2]",
        text: include_str!("builtin/thesis-2-hidden.toml"),
    },
    Builtin {
        name: "controls",
        line: "the founding experiment with every arm: what does it take for the ticket to fall apart?",
        text: include_str!("builtin/controls.toml"),
    },
    Builtin {
        name: "variance",
        line: "the founding experiment with data, initial weights and order crossed: which of them decides?",
        text: include_str!("builtin/variance.toml"),
    },
    Builtin {
        name: "digits-fashion-tiny",
        line: "MNIST's digits and Fashion-MNIST in one network: two classes of each, 12 by 12 pixels; see 'tombola datasets'",
        text: include_str!("builtin/digits-fashion-tiny.toml"),
    },
    Builtin {
        name: "digits-fashion-mini",
        line: "the same with three classes of each, 14 by 14 pixels",
        text: include_str!("builtin/digits-fashion-mini.toml"),
    },
    Builtin {
        name: "digits-fashion-full",
        line: "the same with all classes and pixels, as in the thesis: hours",
        text: include_str!("builtin/digits-fashion-full.toml"),
    },
    Builtin {
        name: "dials",
        line: "a sweep: the founding experiment with one dial turned at a time: where does the effect hold?",
        text: include_str!("builtin/dials.toml"),
    },
    Builtin {
        name: "width-depth",
        line: "a sweep: one to four hidden layers of 8 to 48 units",
        text: include_str!("builtin/width-depth.toml"),
    },
    Builtin {
        name: "thesis-table-1",
        line: "a sweep: all extension levels of the thesis, one hidden layer, by its data protocol and by ours: days",
        text: include_str!("builtin/thesis-table-1.toml"),
    },
    Builtin {
        name: "thesis-table-2",
        line: "the same with two hidden layers",
        text: include_str!("builtin/thesis-table-2.toml"),
    },
    Builtin {
        name: "thesis-table-3",
        line: "the same with three hidden layers",
        text: include_str!("builtin/thesis-table-3.toml"),
    },
    Builtin {
        name: "thesis-grid",
        line: "a sweep: the thesis's grid of size against pruning rate, by its data protocol and by ours",
        text: include_str!("builtin/thesis-grid.toml"),
    },
];

impl Builtin {
    /// Whether it is a sweep, of many experiments.
    pub fn is_sweep(&self) -> bool {
        self.text.lines().any(|line| line == "[sweep]")
    }

    /// Those that are one experiment each.
    pub fn single() -> impl Iterator<Item = &'static Self> {
        BUILTIN.iter().filter(|builtin| !builtin.is_sweep())
    }
}

/// Names that stand for another.
const SHORT: [(&str, &str); 1] = [("digits-fashion", "digits-fashion-tiny")];

/// The experiment of a name, or of one that stands for it.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    let short = SHORT.iter().find(|(short, _)| *short == name);
    let name = short.map_or(name, |(_, name)| name);
    BUILTIN.iter().find(|builtin| builtin.name == name)
}

#[cfg(test)]
mod tests {
    use tombola::data::{Circles, Moons};

    use super::super::testing::good;
    use super::super::{Arms, Experiment, Optimizer, Shape, SweepFile};
    use super::{BUILTIN, Builtin};

    #[test]
    fn a_built_in_experiment_is_called_as_its_file_says() {
        for builtin in Builtin::single() {
            assert_eq!(good(builtin.text, &[]).name, builtin.name);
        }
        let sweeps = BUILTIN.iter().filter(|builtin| builtin.is_sweep());
        for builtin in sweeps {
            let file = SweepFile::new(builtin.text, builtin.name, &[]);
            let sweep = file.sweep().unwrap().unwrap();
            for cell in 0..sweep.cell_count() {
                assert_eq!(sweep.experiment(cell).unwrap().name, builtin.name);
            }
        }
    }

    #[test]
    fn a_short_name_stands_for_an_experiment() {
        for (short, name) in super::SHORT {
            assert_eq!(super::builtin(short).unwrap().name, name);
            assert_eq!(super::builtin(name).unwrap().name, name);
        }
        assert!(super::builtin("digits").is_none());
    }

    #[test]
    fn the_images_are_set_up_as_they_were() {
        for (name, hidden, batch, levels, target) in [
            ("tiny", vec![144, 144], 64, 15, 100),
            ("mini", vec![784, 784], 64, 20, 100),
            ("full", vec![784, 392], 512, 20, 600),
        ] {
            let text = super::builtin(&format!("digits-fashion-{name}")).unwrap().text;
            let Experiment {
                network,
                training,
                pruning,
                ..
            } = &good(text, &[]);
            assert_eq!(network.shape(), Shape::Hidden(&hidden));
            let step = (training.optimizer, training.rate, training.batch);
            assert_eq!(step, (Optimizer::Adam, 1e-3, batch));
            assert_eq!((pruning.levels, pruning.target), (Some(levels), Some(target)));
        }
    }

    #[test]
    fn the_controls_are_the_founding_experiment_with_every_arm() {
        let text = BUILTIN
            .iter()
            .find(|builtin| builtin.name == "controls")
            .unwrap()
            .text;
        let expected = Experiment {
            name: "controls".to_owned(),
            arms: Arms::All,
            ..Experiment::default()
        };
        assert_eq!(good(text, &[]), expected);
    }

    /// Each table has all levels of the thesis twice, with the networks that it had (of which it lists those of two hidden
    /// layers, and of one).
    #[test]
    fn the_tables_of_the_thesis_have_its_networks() {
        use crate::data::Contents;
        use crate::setup::Setup;
        let two =
            "8 10 13 16 20 25 31 38 47 57 70 85 104 127 154 188 229 278 337 410 498 604 733 890 1080 1310";
        let one = "20 29 43 64 94 138 202 297 437 643 946 1391 2046 3009 4425 6507 9569";
        for (name, last, hidden) in [("1", 16, Some(one)), ("2", 25, Some(two)), ("3", 16, None)] {
            let builtin = super::builtin(&format!("thesis-table-{name}")).unwrap();
            let file = SweepFile::new(builtin.text, builtin.name, &[]);
            let sweep = file.sweep().unwrap().unwrap();
            assert_eq!(sweep.cell_count(), 2 * (last + 1));
            let mut base = None;
            for cell in 0..sweep.cell_count() {
                let experiment = sweep.experiment(cell).unwrap();
                let is_thesis = last < cell;
                let level = cell % (last + 1);
                let training = &experiment.training;
                assert_eq!(training.stop_on == tombola::StopOn::Test, is_thesis);
                assert_eq!(experiment.data.seed.of(7), if is_thesis { 0 } else { 7 });
                assert_eq!((training.epochs, training.patience), (3000, Some(30)));
                assert!((if level <= 12 { 256 } else { 8 }) <= experiment.seeds);
                let setup = Setup::new(experiment, &Contents::default()).unwrap();
                let widths = setup.net().widths();
                if let Some(hidden) = hidden.and_then(|all| all.split(' ').nth(level)) {
                    assert_eq!(widths[1].to_string(), hidden);
                }
                assert_eq!(setup.trajectory().levels(), level as u32);
                // Back at the base network, but for the rounding of the width.
                let left = setup.trajectory().weights_left(level as u32) as f64;
                let base = *base.get_or_insert(left);
                assert!(
                    (left / base - 1.0).abs() < 0.12,
                    "{name} {level}: {left} of {base}"
                );
            }
        }
    }

    /// The rates that are read off the thesis's figure for 48 units.
    #[test]
    fn the_grid_of_the_thesis_has_its_sizes_and_rates() {
        use crate::data::Contents;
        use crate::setup::Setup;
        let rates = [0.96, 0.79, 0.65, 0.54, 0.47, 0.41, 0.36, 0.32, 0.29, 0.27];
        let builtin = super::builtin("thesis-grid").unwrap();
        let file = SweepFile::new(builtin.text, builtin.name, &[]);
        let sweep = file.sweep().unwrap().unwrap();
        assert_eq!(sweep.cell_count(), 2 * 4 * 10);
        for cell in 0..sweep.cell_count() {
            let experiment = sweep.experiment(cell).unwrap();
            let is_thesis = 40 <= cell;
            let (hidden, level) = ([31, 38, 48, 57][cell / 10 % 4], cell % 10 + 1);
            let protocol = if is_thesis { "thesis" } else { "ours" };
            assert_eq!(sweep.name(cell), Some(&*format!("{protocol}-{hidden}-{level}")));
            assert_eq!(experiment.network.shape(), Shape::Hidden(&[hidden, hidden]));
            assert_eq!(experiment.training.stop_on == tombola::StopOn::Test, is_thesis);
            assert_eq!(experiment.data.seed.of(7), if is_thesis { 0 } else { 7 });
            let setup = Setup::new(experiment, &Contents::default()).unwrap();
            let trajectory = setup.trajectory();
            assert_eq!(trajectory.levels(), level as u32);
            assert_eq!(trajectory.weights_left(level as u32), 112);
            if hidden == 48 {
                let left = trajectory.weights_left(1) as f64 / trajectory.weights_left(0) as f64;
                // Two digits of it, and the rounding of weights.
                assert!((1.0 - left - rates[level - 1]).abs() < 0.0052, "{level}");
            }
        }
    }

    #[test]
    fn the_thesis_is_set_up_as_it_was() {
        for (builtin, base) in BUILTIN[1..].iter().zip([&[4, 20, 2][..], &[4, 8, 8, 2]]) {
            let Experiment {
                network,
                data,
                training,
                pruning,
                ..
            } = &good(builtin.text, &[]);
            assert_eq!(network.shape(), Shape::Extended { base, level: 9 });
            let circles = Circles {
                noise: 0.1,
                factor: 0.35,
            };
            assert_eq!(data.task[0].kind, circles.into());
            assert_eq!(data.task[1].kind, Moons { noise: 0.1 }.into());
            let step = (training.optimizer, training.rate, training.batch);
            assert_eq!(step, (Optimizer::Adam, 1e-3, 64));
            assert_eq!((training.epochs, training.patience), (3000, Some(30)));
            assert_eq!((pruning.rate, pruning.levels), (Some(0.32), Some(12)));
        }
    }
}
