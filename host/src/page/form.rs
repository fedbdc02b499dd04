//! Writes the settings of the playground: the kinds of tasks that are drawn, and the settings of an experiment that matter
//! most, with the defaults and words that the experiment files have.

use itertools::Itertools;
use maud::{Markup, html};
use tombola::data::Synthetic;

use crate::experiment::{Experiment, Setting, dial_settings, parameter_text, setting};

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
        "network.weights",
        "Initial weights",
        Field::Choice(&[
            "\"kaiming-normal\"",
            "\"kaiming-uniform\"",
            "\"xavier-normal\"",
            "\"xavier-uniform\"",
            "\"pytorch\"",
        ]),
    ),
    (
        "network.biases",
        "Initial biases",
        Field::Choice(&["\"zero\"", "\"pytorch\""]),
    ),
    (
        "training.optimizer",
        "Optimizer",
        Field::Choice(&["\"sgd\"", "\"adam\""]),
    ),
    ("training.rate", "Learning rate", Field::Number { step: "any" }),
    (
        "training.weight_decay",
        "Weight decay",
        Field::Number { step: "any" },
    ),
    ("training.l1", "L1", Field::Number { step: "any" }),
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
    (
        "data.normalize",
        "Normalization",
        Field::Choice(&["\"standard\"", "\"min-max\"", "\"none\""]),
    ),
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
                            (dials_of(kind))
                        }
                    }
                }
                details {
                    summary { "What the dials do" }
                    @for dial in dial_settings() { p.hint { (dial.key) ": " (about(dial)) } }
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
                            span.hint { (about(setting)) }
                        }
                    }
                }
            }
            p #form-state.bad role="status" {}
            div.row { button #reset type="button" { "Back to the defaults" } }
        }
    }
}

/// What a setting is, in plain text.
fn about(setting: &Setting) -> String {
    let text = setting.about.iter().map(|line| line.trim()).join(" ");
    text.replace('`', "").replace("; not part of the digest", "")
}

/// The fields by which a task of this kind depends on another one, and how much it counts.
fn dials_of(kind: &Synthetic) -> Markup {
    html! {
        details {
            summary { "dials" }
            @for dial in dial_settings() {
                @let name = format!("{}.{}", dial.key, kind.name());
                @let label = format!("{} of {}", dial.key, kind.name());
                label {
                    (dial.key)
                    @match (dial.default)() {
                        // A name of a task: here, tasks are called as their kinds.
                        None => select name=(name) data-default="" aria-label=(label) {
                            option value="" selected { "the other one" }
                            @for other in Synthetic::ALL { option value=(other.name()) { (other.name()) } }
                        },
                        Some(default) => input type="number" step="any" name=(name) data-default=(default) value=(default) aria-label=(label);,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_value_of_its_setting() {
        for (key, _, field) in FIELDS {
            let default = (setting(key).unwrap().default)().unwrap_or_default();
            let Field::Choice(words) = field else { continue };
            assert!(words.contains(&&*default), "{key}: {default}");
            for word in *words {
                Experiment::parse("", "", &[format!("{key}={word}")]).unwrap();
            }
        }
    }

    #[test]
    fn each_kind_has_a_field_for_each_dial() {
        let form = form().into_string();
        for kind in Synthetic::ALL {
            for key in [
                "noise",
                "other",
                "mix",
                "flip_where",
                "share",
                "scale",
                "loss_weight",
            ] {
                let name = format!("name=\"{key}.{}\"", kind.name());
                assert_eq!(form.matches(&name).count(), 1, "{name}");
            }
        }
    }
}
