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
];

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
    use super::super::{Arms, Experiment, Optimizer, Shape};
    use super::BUILTIN;

    #[test]
    fn a_built_in_experiment_is_called_as_its_file_says() {
        for builtin in BUILTIN {
            assert_eq!(good(builtin.text, &[]).name, builtin.name);
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
