//! Writes the ticket to play with: what is looked at, its picture, what it answers, and what can be done to it.

use maud::{Markup, PreEscaped, html};

use crate::export::FORMATS;
use crate::live::TICKET;

/// The words of a ticket's facts.
const WORDS: [(&str, &str); 9] = [
    (
        "seed",
        "names the data, the initial weights and the order of samples of one lottery: the same seed, the same bits",
    ),
    (
        "arm",
        "how the lottery goes: imp is iterative magnitude pruning, the others are what it is compared with",
    ),
    ("level", "how many times was pruned; level 0 is the dense network"),
    (
        "active",
        "on a path from an input to an output; what is not is dead, and drawn gray",
    ),
    ("subnetwork", "a connected part of what is active"),
    (
        "separated",
        "no subnetwork touches two tasks, and no input or output is lost",
    ),
    ("interconnected", "some subnetwork touches two tasks"),
    (
        "degraded",
        "some input or output is lost: nothing active leads from it or to it",
    ),
    (
        "minimum cut",
        "the fewest active weights without which nothing joins the two tasks; 0 where nothing does",
    ),
];

/// The section. `picture` is what is seen before, or without, the module.
pub(super) fn explorer(heading: &str, picture: Option<&str>, caption: &Markup) -> Markup {
    html! {
        section #explorer aria-labelledby="explorer-heading" {
            h2 #explorer-heading { (heading) }
            (caption)
            noscript { p { "Without scripts this page shows the pictures of the program; nothing can be drawn again." } }
            p #state role="status" {}
            details {
                summary { "What the words mean" }
                dl {
                    @for (word, meaning) in WORDS { dt { (word) } dd { (meaning) } }
                }
            }
            div data-live hidden {
                div.controls {
                    label { "Seed " output #seed-text for="seed" {} input #seed type="range" step="1"; }
                    label { "Arm " select #arm {} }
                    label { "Level " output #level-text for="level" {} input #level type="range" min="0" step="1"; }
                    label #ticket-choice hidden { "Ticket " select #ticket {} }
                    div.row {
                        button #play type="button" aria-pressed="false" { "Play" }
                        button #step type="button" { "Next level" }
                        button #back type="button" disabled { "Put all back" }
                    }
                }
            }
            div.bench {
                figure #network data-name="ticket" { @if let Some(picture) = picture { (PreEscaped(picture)) } }
                div #facts aria-live="polite" {}
            }
            p #neuron.soft { "Point at a neuron, or go to it with the tab key, to read what it does; click it, or press Enter, to take it out. Elsewhere in this part the arrow keys change level and seed." }
            div.row {
                button type="button" data-save="network" { "Save the picture (SVG)" }
                span.row data-live hidden {
                    button type="button" data-format=(TICKET) data-ending=(TICKET) { "Ticket (." (TICKET) ")" }
                    @for format in FORMATS {
                        button type="button" data-format=(format.name) data-ending=(format.ending) { (format.title) }
                    }
                    button #check type="button" { "Check the bits" }
                    output #badge for="check" {}
                }
            }
            div #answers data-live hidden {
                h3 { "What it answers" }
                p.soft { "The class that each task's outputs answer where its two inputs are so; the other inputs are at their mean. Marks are test samples." }
                div #maps.tiles {}
            }
        }
    }
}
