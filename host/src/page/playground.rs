//! Writes the playground: choose tasks and settings, and draw lotteries, without a run.

use maud::html;
use serde_json::json;

use super::explorer::explorer;
use super::form::form;
use super::shell::shell;
use crate::arm::IMP_NAME;

const SCRIPT: &str = include_str!("../../live/page/playground.js");

/// A seed whose ticket falls apart, as those of 98 of 100 do, and late enough to watch it.
const START: u64 = 2;

/// The page.
pub fn playground() -> String {
    let caption = html! {
        p.soft {
            "One network learns several tasks at once. It is trained, the weights of least magnitude are pruned, the rest is \
             set back to its initial values, and so on, level by level. What is left is a lottery ticket: a sparse network that \
             learns as well as the whole one. Press Play, and watch whether it falls apart into one network for each task."
        }
    };
    let body = html! {
        main {
            p.soft { "Tombola " (env!("CARGO_PKG_VERSION")) }
            h1 { "Does a lottery ticket fall apart into its tasks?" }
            (explorer("Draw a lottery", None, &caption))
            section aria-labelledby="many-heading" data-live hidden {
                h2 #many-heading { "Draw many" }
                p { "One seed says little. Draw a hundred with these settings, and see how often tickets separate." }
                div.row { button #draw type="button" { "Draw 100 seeds" } p #seeds-drawn role="status" {} }
                div #tally {}
            }
            section aria-labelledby="settings-heading" {
                h2 #settings-heading { "Settings" }
                p.soft { "All of them are in the link of this page: who opens it sees the same, to the bit." }
                (form())
            }
        }
    };
    let payload = json!({ "form": true, "start": { "seed": START, "arm": IMP_NAME, "level": 0 } });
    shell("Tombola playground", &body, &payload, &[SCRIPT])
}
