//! The playground: settings are chosen and linked, lotteries are drawn without a run, and tickets are taken along.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::axe::is_accessible;
use super::browser::Browser;
use super::live::{badge, choose, settle};
use super::runs::{Run, tombola};
use crate::program::succeeds;

/// A directory with the page in it, and the page.
fn page() -> (TempDir, PathBuf) {
    let home = TempDir::new().expect("a temporary directory");
    let path = home.path().join("play ground.html");
    succeeds(tombola(["playground", "--out"]).arg(&path));
    (home, path)
}

/// Quickly drawn.
const QUICK: &str = "network.hidden=[6]&training.epochs=3&pruning.levels=2&pruning.rate=0.5&data.train=100";

/// The same for a run.
const QUICK_RUN: &str = "
[data]
train = 100
[network]
hidden = [6]
[training]
epochs = 3
[pruning]
rate = 0.5
levels = 2
";

/// Writes into a field of the form.
#[track_caller]
fn fill(browser: &Browser, name: &str, value: &str) {
    let body = "const field = document.querySelector(`#settings [name=\"${arguments[0]}\"]`);
        if (field.type === 'checkbox') field.checked = arguments[1] === 'true'; else field.value = arguments[1];
        field.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.run(body, &[json!(name), json!(value)]);
    // It is opened anew before it is shown.
    browser.wait_for("(async () => ask({ open: experiment() }))().then(() => 1, () => 1)");
    settle(browser);
}

fn field(browser: &Browser, name: &str) -> serde_json::Value {
    browser.run(
        "const field = document.querySelector(`#settings [name=\"${arguments[0]}\"]`); return read(field)",
        &[json!(name)],
    )
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn the_playground_is_for_everyone_and_needs_nothing() {
    let (_home, page) = page();
    let browser = Browser::start();
    browser.open(&page);
    settle(&browser);
    assert!(browser.text("#facts").contains("moons"));
    is_accessible(&browser, "playground");
    for width in [600, 2560] {
        browser.resize(width);
        assert!(browser.is_within_window(), "at {width}");
        browser.picture(&format!("playground-{width}"));
    }
    browser.as_printed();
    browser.picture("playground-print");
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_link_to_the_playground_holds_all_settings_and_what_it_draws_is_what_a_run_has() {
    let (_home, page) = page();
    let run = Run::new(QUICK_RUN, 6);
    let browser = Browser::start();
    browser.open_at(&page, &format!("{QUICK}&seed=5&level=1&arm=random"));
    settle(&browser);
    let rows = run.rows("levels.csv", ["arm", "seed", "level", "params_digest"]);
    let digest = |arm: &str, seed: &str, level: &str| {
        let mut rows = rows.iter();
        let row = rows.find(|row| [&*row[0], &*row[1], &*row[2]] == [arm, seed, level]);
        row.expect("a row")[3].clone()
    };
    choose(&browser, "arm", "imp");
    assert!(badge(&browser).contains(&digest("imp", "5", "1")));
    choose(&browser, "seed", 3);
    choose(&browser, "level", 2);
    assert!(badge(&browser).contains(&digest("imp", "3", "2")));
    browser.click("[data-format=safetensors]");
    let file = browser.download("3-2.safetensors");

    // What has been changed since is in the link, too, and who opens it sees the same.
    fill(&browser, "training.epochs", "4");
    let link = browser.value("location.hash.slice(1)");
    let link = link.as_str().expect("text").to_owned();
    let shown = badge(&browser);
    assert!(!shown.contains(&digest("imp", "3", "2")));
    browser.open_at(&page, &link);
    settle(&browser);
    assert_eq!(field(&browser, "training.epochs"), "4");
    assert_eq!(badge(&browser), shown);
    browser.was_quiet();

    // The file is a ticket for the other commands; in the run's it says which run it is of.
    let path = run.home().join("page.safetensors");
    fs::write(&path, file).expect("a file");
    let inspected = |path: &std::path::Path| succeeds(tombola(["inspect", "--json"]).arg(path));
    assert_eq!(inspected(&path), inspected(&run.ticket("imp", 3, 2)));
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn settings_of_a_link_that_cannot_be_are_refused_by_name() {
    let (_home, page) = page();
    let browser = Browser::start();
    for (fragment, name, words) in [
        ("training.rate=-1", "training.rate", "training.rate"),
        ("training.rate=x", "training.rate", "training.rate"),
        ("pruning.levels=99999999", "pruning.levels", "levels = 99999999"),
        ("pruning.rate=1", "pruning.rate", "pruning.rate"),
        ("network.hidden=[0]", "network.hidden", "network.hidden"),
        (
            "network.hidden=[100000000,100000000]",
            "network.hidden",
            "network",
        ),
        ("data.train=1e9", "data.train", "data.train"),
        ("noise.moons=-3", "noise.moons", "noise"),
        ("mix.moons=91", "mix.moons", "data.task.moons.mix"),
        (
            "other.circles=spirals&mix.circles=45",
            "other.circles",
            "data.task.circles.other",
        ),
        (
            "training.optimizer=%22none%22",
            "training.optimizer",
            "training.optimizer",
        ),
        ("%3C/script%3E=1", "training.rate", "</script>"),
        ("level=999", "training.rate", "level = 999"),
        ("arm=%3Cb%3E%22'", "training.rate", "arm = <b>\"'"),
    ] {
        browser.open(&page);
        settle(&browser);
        let default = field(&browser, name);
        browser.open_at(&page, &format!("{fragment}&training.epochs=2"));
        settle(&browser);
        let state = browser.text("#state");
        assert!(state.contains(words), "{fragment}: {state}");
        assert_eq!(field(&browser, name), default, "{fragment}");
        assert_eq!(field(&browser, "training.epochs"), "2", "{fragment}");
    }
    // Where several are wrong, all are told of.
    browser.open_at(&page, "training.rate=-1&nonsense=2&level=999");
    settle(&browser);
    let state = browser.text("#state");
    for words in ["training.rate", "nonsense", "level = 999"] {
        assert!(state.contains(words), "no {words}: {state}");
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn tasks_are_chosen_and_the_network_follows() {
    let (_home, page) = page();
    let browser = Browser::start();
    browser.open_at(&page, QUICK);
    settle(&browser);
    let names = browser.texts("#facts tbody th");
    assert_eq!(names, ["moons", "circles"]);
    let kinds = browser.value("fields.filter(f => f.name.startsWith('task.')).map(f => f.name)");
    let kinds: Vec<String> = serde_json::from_value(kinds).expect("names");
    for kind in &kinds {
        fill(&browser, kind, "true");
    }
    let names = browser.texts("#facts tbody th");
    assert_eq!(names.len(), kinds.len(), "{names:?}");
    browser.picture("playground-all-tasks");
    assert!(browser.is_within_window());
    for kind in &kinds {
        fill(&browser, kind, "false");
    }
    assert!(
        browser.text("#form-state").contains("task"),
        "{}",
        browser.text("#form-state")
    );
    browser.click("#reset");
    browser.wait_for("$('form-state').textContent === '' && 1");
    browser.wait_for("[...document.querySelectorAll('#facts tbody th')].map(th => th.textContent).join() === 'moons,circles' && 1");
    settle(&browser);
    assert_eq!(browser.texts("#facts tbody th"), ["moons", "circles"]);
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn many_seeds_come_to_what_a_run_of_them_says() {
    let (_home, page) = page();
    let run = Run::new(QUICK_RUN, 100);
    let browser = Browser::start();
    browser.open_at(&page, QUICK);
    settle(&browser);
    browser.click("#draw");
    browser.wait_for("$('seeds-drawn').textContent.startsWith('100 seeds')");
    let told = browser.text("#seeds-drawn");
    let summary = run.summary();
    for key in ["ever_separated", "ever_separated_and_solved"] {
        let [share, low, high] =
            ["share", "low", "high"].map(|end| 100.0 * summary[key][end].as_f64().expect("a share"));
        let interval = format!("{share:.1} % ({low:.1} % to {high:.1} %)");
        assert!(told.contains(&interval), "no {interval} in: {told}");
    }
    browser.was_quiet();
}
