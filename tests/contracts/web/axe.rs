//! Finds what keeps people from using a page, by axe-core, which `tests/run` installs from npm.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::browser::{Browser, Theme};

/// Checks that axe-core finds nothing: in light and dark, on a telephone and on a desktop, with none of it beyond the
/// window.
#[track_caller]
pub(super) fn is_accessible(browser: &Browser, page: &str) {
    for theme in [Theme::Light, Theme::Dark] {
        browser.prefer(theme, false);
        for width in [360, 1280] {
            browser.resize(width);
            let shown = format!("{page}-{theme:?}-{width}").to_lowercase();
            browser.picture(&shown);
            assert!(browser.is_within_window(), "{shown} is wider than the window");
            let found = violations(browser);
            assert!(found.is_empty(), "{shown}:\n{found}");
        }
    }
}

/// What is wrong with the page as it is shown now, a rule a line, and below it where.
#[track_caller]
pub(super) fn violations(browser: &Browser) -> String {
    let path = std::env::var_os("TOMBOLA_AXE").expect("tests/run sets TOMBOLA_AXE");
    if browser.value("typeof axe") == "undefined" {
        browser.run(&fs::read_to_string(path).expect("axe-core"), &[]);
    }
    let result = browser.run("return axe.run(document, { resultTypes: ['violations'] })", &[]);
    assert!(
        result["passes"]
            .as_array()
            .is_some_and(|passes| !passes.is_empty()),
        "{result}"
    );
    let mut text = String::new();
    for violation in list(&result["violations"]) {
        let word = |key: &str| violation[key].as_str().unwrap_or_default().to_owned();
        writeln!(text, "{} ({}): {}", word("id"), word("impact"), word("help")).expect("text");
        for node in list(&violation["nodes"]) {
            let summary = node["failureSummary"]
                .as_str()
                .unwrap_or_default()
                .replace('\n', " ");
            writeln!(text, "    {}: {summary}", node["target"]).expect("text");
        }
    }
    text
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
