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
];

#[cfg(test)]
mod tests {
    use tombola::data::{Circles, Moons};

    use super::super::testing::good;
    use super::super::{Optimizer, Shape};
    use super::BUILTIN;

    #[test]
    fn a_built_in_experiment_is_called_as_its_file_says() {
        for builtin in BUILTIN {
            assert_eq!(good(builtin.text, &[]).name, builtin.name);
        }
    }

    #[test]
    fn the_thesis_is_set_up_as_it_was() {
        for (builtin, base) in BUILTIN[1..].iter().zip([vec![4, 20, 2], vec![4, 8, 8, 2]]) {
            let experiment = good(builtin.text, &[]);
            let extended = Shape::Extended {
                base: &base,
                level: 9,
            };
            assert_eq!(experiment.network.shape(), extended);
            assert_eq!(
                experiment.data.task[0].kind,
                Circles {
                    noise: 0.1,
                    factor: 0.35
                }
                .into()
            );
            assert_eq!(experiment.data.task[1].kind, Moons { noise: 0.1 }.into());
            let training = &experiment.training;
            assert_eq!(
                (training.optimizer, training.rate, training.batch),
                (Optimizer::Adam, 1e-3, 64)
            );
            assert_eq!((training.epochs, training.patience), (3000, Some(30)));
            assert_eq!(
                (experiment.pruning.rate, experiment.pruning.levels),
                (Some(0.32), Some(12))
            );
        }
    }
}
