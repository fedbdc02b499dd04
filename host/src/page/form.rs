//! Writes the settings of the playground: the kinds of tasks that are drawn, and the settings of an experiment that matter
//! most, with the defaults and words that the experiment files have.

use itertools::Itertools;
use maud::{Markup, html};
use tombola::data::Synthetic;

use crate::experiment::{Experiment, parameter_text, setting};

/// How a setting is chosen.
enum Field {
    Number { step: &'static str },
    Text,
    Choice(&'static [&'static str]),
}

/// The settings of the form, by key.
const FIELDS: &[(&str, &str, Field)] = &[
    ("network.hidden", "Hidden layers", Field::Text),
    (
        "training.optimizer",
        "Optimizer",
        Field::Choice(&["\"sgd\"", "\"adam\""]),
    ),
    ("training.rate", "Learning rate", Field::Number { step: "any" }),
    ("training.batch", "Batch", Field::Number { step: "1" }),
    ("training.epochs", "Epochs a level", Field::Number { step: "1" }),
    ("pruning.rate", "Pruned each level", Field::Number { step: "any" }),
    ("pruning.levels", "Levels", Field::Number { step: "1" }),
    (
        "pruning.rewind",
        "Rewind to",
        Field::Choice(&["\"initial\"", "\"none\"", "{ epoch = 5 }"]),
    ),
    ("data.train", "Samples to train on", Field::Number { step: "1" }),
    ("first_seed", "First seed", Field::Number { step: "1" }),
];

/// The form.
pub(super) fn form() -> Markup {
    let founding = Experiment::default();
    let is_default = |kind: &Synthetic| founding.data.task.iter().any(|task| task.name == kind.name());
    html! {
        form #settings {
            fieldset {
                legend { "Tasks, side by side in one network" }
                div.fields {
                    @for kind in Synthetic::ALL {
                        @let noise = kind.parameters().iter().find(|parameter| parameter.name == "noise");
                        div {
                            label {
                                input type="checkbox" name={ "task." (kind.name()) } data-default=(is_default(kind)) checked[is_default(kind)];
                                " " (kind.name())
                                span.hint { (kind.about()) }
                            }
                            @if let Some(noise) = noise {
                                @let default = parameter_text(kind, noise);
                                label { "noise" input type="number" step="any" name={ "noise." (kind.name()) } data-default=(default) value=(default) aria-label={ "noise of " (kind.name()) }; }
                            }
                        }
                    }
                }
            }
            fieldset {
                legend { "Network, training and pruning" }
                div.fields {
                    @for (key, name, field) in FIELDS {
                        @let setting = setting(key).expect("a key of an experiment");
                        @let default = (setting.default)().unwrap_or_default();
                        label {
                            (name)
                            @match field {
                                Field::Choice(words) => {
                                    select name=(key) data-default=(default) {
                                        @for word in *words { option value=(word) selected[*word == default] { (word.replace('"', "")) } }
                                    }
                                }
                                Field::Number { step } => {
                                    input type="number" step=(step) name=(key) data-default=(default) value=(default);
                                }
                                Field::Text => { input type="text" name=(key) data-default=(default) value=(default); }
                            }
                            span.hint { (setting.about.iter().map(|line| line.trim()).join(" ").replace('`', "").replace("; not part of the digest", "")) }
                        }
                    }
                }
            }
            p #form-state.bad role="status" {}
            div.row { button #reset type="button" { "Back to the defaults" } }
        }
    }
}
