//! What both pages have: a ticket that is chosen, drawn, looked at and taken apart.

use serde_json::{Value, json};

use super::browser::Browser;

/// What was asked for is opened and shown.
const IDLE: &str = "typeof isShowing !== 'undefined' && !isWanted && !isShowing \
                    && opened && !document.querySelector('[data-live][hidden]')";

/// Waits until the page shows what was chosen.
#[track_caller]
pub(super) fn settle(browser: &Browser) {
    browser.wait_for(IDLE);
}

/// Puts a control to a value, as if a person had, and waits for what follows.
#[track_caller]
pub(super) fn choose(browser: &Browser, control: &str, value: impl Into<Value>) {
    let body = "const control = document.getElementById(arguments[0]);
        control.value = arguments[1];
        for (const type of ['input', 'change']) control.dispatchEvent(new Event(type, { bubbles: true }));
        return control.value";
    let value = value.into();
    let is = browser.run(body, &[json!(control), value.clone()]);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    assert_eq!(is, text, "{control}");
    settle(browser);
}

/// Chooses a ticket.
#[track_caller]
pub(super) fn look_at(browser: &Browser, arm: &str, seed: u64, level: u32) {
    choose(browser, "arm", arm);
    choose(browser, "seed", seed);
    choose(browser, "level", level);
}

/// What the page says of the bits of what it has drawn.
#[track_caller]
pub(super) fn badge(browser: &Browser) -> String {
    browser.click("#check");
    let badge = browser.wait_for("document.getElementById('badge').textContent");
    badge.as_str().expect("text").to_owned()
}

/// The rows of the tasks: name, accuracy, and accuracy without what was taken out, if anything was.
#[track_caller]
pub(super) fn accuracies(browser: &Browser) -> Vec<Vec<String>> {
    let rows = browser.value(
        "[...document.querySelector('#facts table').tBodies[0].rows]
            .map(row => [...row.cells].map(cell => cell.textContent))",
    );
    serde_json::from_value(rows).expect("cells")
}
