//! Lotteries that a report draws again have the bits of the run, and what is done with a ticket does what it says.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::axe::is_accessible;
use super::browser::{Browser, Theme};
use super::live::{accuracies, badge, choose, look_at, settle};
use super::runs::{Run, SMALL, tombola};
use crate::program::succeeds;

/// Its report, drawing.
fn opened(run: &Run) -> Browser {
    let browser = Browser::start();
    browser.open(&run.page());
    settle(&browser);
    browser
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn what_a_report_draws_has_the_bits_of_the_run_level_by_level() {
    let run = Run::new(SMALL, 3);
    let browser = opened(&run);
    let rows = run.rows(
        "levels.csv",
        ["arm", "seed", "level", "params_digest", "weights_left"],
    );
    let mut count = 0;
    for [arm, seed, level, digest, weights_left] in rows {
        if arm == "no-rewind" {
            continue;
        }
        look_at(
            &browser,
            &arm,
            seed.parse().expect("a seed"),
            level.parse().expect("a level"),
        );
        let badge = badge(&browser);
        assert!(
            badge.starts_with(&format!("✓ {digest}")),
            "{arm} {seed} {level}: {badge}"
        );
        assert_eq!(
            browser.text("#level-text"),
            format!("{level}: {weights_left} weights left")
        );
        count += 1;
    }
    assert_eq!(count, 3 * 2 * 7);
    browser.was_quiet();

    // A page that says otherwise is told of.
    let [.., digest] = &run.rows("levels.csv", ["level", "params_digest"])[0];
    let page = fs::read_to_string(run.page()).expect("a page");
    assert!(page.contains(digest.as_str()));
    fs::write(run.page(), page.replace(digest, "0123456789abcdef")).expect("a page");
    let browser = opened(&run);
    look_at(&browser, "imp", 0, 0);
    let badge = badge(&browser);
    assert!(
        badge.contains(digest) && badge.contains("0123456789abcdef"),
        "{badge}"
    );
    assert!(badge.starts_with('✗'), "{badge}");
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_ticket_without_a_neuron_answers_as_the_run_measured_by_click_and_by_key() {
    let run = Run::new(SMALL, 1);
    let browser = Browser::start();
    browser.prefer(Theme::Light, true);
    browser.open(&run.page());
    settle(&browser);
    look_at(&browser, "imp", 0, 3);
    let whole = accuracies(&browser);
    let percent = |text: &str| format!("{:.1} %", 100.0 * text.parse::<f64>().expect("a share"));
    let rows = run.rows("measures.csv", ["arm", "level", "measure", "of", "value"]);
    let rows = rows
        .iter()
        .filter(|[arm, level, measure, ..]| [&**arm, &**level, &**measure] == ["imp", "3", "without_neuron"]);
    let mut neurons: Vec<(String, Vec<String>)> = vec![];
    for [_, _, _, of, value] in rows {
        let (neuron, _) = of.split_once(':').expect("a neuron and a task");
        let neuron = neuron.trim_start_matches('L');
        match neurons.last_mut() {
            Some((last, accuracies)) if last == neuron => accuracies.push(percent(value)),
            _ => neurons.push((neuron.to_owned(), vec![percent(value)])),
        }
    }
    assert!(4 < neurons.len(), "{neurons:?}");
    for (number, (neuron, expected)) in neurons.iter().enumerate() {
        let selector = format!("#network [data-neuron='{neuron}']");
        let toggle = || {
            match number % 3 {
                0 => browser.click(&selector),
                1 => browser.keys_at(&selector, "\u{e007}"),
                _ => browser.keys_at(&selector, " "),
            }
            settle(&browser);
        };
        toggle();
        let without: Vec<String> = accuracies(&browser).iter().map(|row| row[2].clone()).collect();
        assert_eq!(without, *expected, "without {neuron}");
        if number == 0 {
            browser.click("#back");
            settle(&browser);
        } else {
            toggle();
        }
        assert_eq!(accuracies(&browser), whole, "{neuron} is back");
    }
    // All neurons of a subnetwork at once, and what a person reads of one.
    browser.click("#facts [data-subnetwork='0']");
    settle(&browser);
    assert_eq!(accuracies(&browser)[0].len(), 3);
    browser.run("document.querySelector(\"[data-neuron='1.0']\")?.focus()", &[]);
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn what_a_report_exports_is_the_program_s_file_byte_for_byte() {
    let run = Run::new(SMALL, 2);
    let browser = opened(&run);
    for (arm, prefix, seed, level) in [("imp", "", 0, 3), ("random", "random-", 1, 2)] {
        look_at(&browser, arm, seed, level);
        let ticket = run.ticket(arm, seed, level);
        for (format, ending) in [
            ("safetensors", "safetensors"),
            ("c", "h"),
            ("rust", "rs"),
            ("onnx", "onnx"),
        ] {
            browser.click(&format!("[data-format={format}]"));
            let file = browser.download(&format!("{prefix}{seed}-{level}.{ending}"));
            let made = if format == "safetensors" {
                fs::read(&ticket)
            } else {
                let path = run.home().join("exported");
                let mut export = tombola(["export", "--format", format, "--out"]);
                succeeds(export.arg(&path).arg(&ticket));
                fs::read(path)
            };
            assert!(file == made.expect("a file"), "{arm} {seed} {level} as {format}");
        }
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_report_is_used_with_keys_alone() {
    let run = Run::new(SMALL, 2);
    let browser = opened(&run);
    let shown = || {
        settle(&browser);
        let values =
            browser.value("[view.arm, view.seed, view.level, $('level-text').textContent.split(':')[0]]");
        let (arm, seed, level, text): (String, u64, u32, String) =
            serde_json::from_value(values).expect("values");
        assert_eq!(text, level.to_string());
        (arm, seed, level)
    };
    look_at(&browser, "imp", 0, 2);
    let [right, left, up, down, home, end] = [
        '\u{e014}', '\u{e012}', '\u{e013}', '\u{e015}', '\u{e011}', '\u{e010}',
    ];
    for (control, keys, expected) in [
        ("#level", vec![right, right], ("imp", 0, 4)),
        ("#level", vec![left], ("imp", 0, 3)),
        ("#level", vec![end], ("imp", 0, 6)),
        ("#level", vec![home], ("imp", 0, 0)),
        ("#seed", vec![right], ("imp", 1, 0)),
        // Anywhere beside a control.
        ("#play", vec![right, right], ("imp", 1, 2)),
        ("#play", vec![down], ("imp", 0, 2)),
        ("#play", vec![up, left], ("imp", 1, 1)),
    ] {
        for key in keys {
            browser.keys_at(control, &key.to_string());
        }
        let (arm, seed, level) = shown();
        assert_eq!((&*arm, seed, level), expected, "{control}");
    }
    browser.keys_at("#arm", "random");
    assert_eq!(shown().0, "random");

    // The tab key gets everywhere, and one sees where it is.
    browser.open(&run.page());
    settle(&browser);
    let mut stops: Vec<String> = vec![];
    let mut kinds = BTreeSet::new();
    loop {
        browser.keys("\u{e004}");
        let stop = browser.value(
            "(e => e === document.body ? null : [e.tagName,
                e.id || e.dataset.neuron || e.dataset.format || e.dataset.save || e.dataset.copy || e.tagName])(document.activeElement)",
        );
        let Ok((kind, name)) = serde_json::from_value::<(String, String)>(stop) else {
            break;
        };
        if kinds.insert(kind) {
            assert!(
                browser.focus_is_seen(),
                "where {name} has the focus, nobody sees it"
            );
        }
        stops.push(name);
        assert!(stops.len() < 300, "{stops:?}");
    }
    for stop in [
        "seed",
        "arm",
        "level",
        "play",
        "check",
        "0.0",
        "safetensors",
        "network",
        "levels-table",
    ] {
        assert!(stops.iter().any(|name| name == stop), "no {stop} among {stops:?}");
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_lottery_plays_and_pauses() {
    let run = Run::new(SMALL, 1);
    let browser = opened(&run);
    for motion in [false, true] {
        browser.prefer(Theme::Light, motion);
        look_at(&browser, "imp", 0, 0);
        browser.click("#play");
        assert_eq!(browser.value("$('play').getAttribute('aria-pressed')"), "true");
        browser.wait_for("view.level > 0");
        browser.click("#play");
        assert_eq!(browser.text("#play"), "Play");
        assert_eq!(browser.value("$('play').getAttribute('aria-pressed')"), "false");
        // With reduced motion nothing fades.
        settle(&browser);
        if motion {
            assert_eq!(browser.value("document.querySelector('.leaving')"), json!(null));
        }
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn curves_and_tables_are_taken_along() {
    let run = Run::new(SMALL, 2);
    let browser = Browser::start();
    browser.before_each_page(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => { window.copied = text } } })",
    );
    browser.open(&run.page());
    settle(&browser);
    let drawn = "[...document.querySelectorAll('[data-figure] .drawing')].map(each => each.innerHTML).join()";
    let all = browser.value(drawn);
    assert!(all.as_str().expect("pictures").contains("<svg"));
    browser.click("#arms label:last-child input");
    browser.wait_for(&format!("{drawn} !== {all} && 1"));
    browser.click("#arms label:last-child input");
    browser.wait_for(&format!("{drawn} === {all} && 1"));

    for name in 0..browser.texts("[data-save]").len() {
        let body = "const button = document.querySelectorAll('[data-save]')[arguments[0]]; button.id = 'saving';
            const figure = document.getElementById(button.dataset.save); return figure.dataset.name ?? figure.id";
        let name = browser.run(body, &[json!(name)]);
        browser.click("#saving");
        browser.run("document.getElementById('saving').id = ''", &[]);
        let file = browser.download(&format!("{}.svg", name.as_str().expect("a name")));
        let text = String::from_utf8(file).expect("text");
        let body = "const read = new DOMParser().parseFromString(arguments[0], 'image/svg+xml');
            return [read.documentElement.namespaceURI, read.querySelector('parsererror')?.textContent ?? '']";
        let read = browser.run(body, &[json!(text)]);
        assert_eq!(read, json!(["http://www.w3.org/2000/svg", ""]), "{name}");
    }

    browser.click("[data-copy=levels-table]");
    let copied = browser.wait_for("window.copied");
    let mut reader = csv::Reader::from_reader(copied.as_str().expect("text").as_bytes());
    assert_eq!(&reader.headers().expect("a header")[0], "weights left");
    let weights: Vec<String> = reader
        .records()
        .map(|row| row.expect("a row")[0].to_owned())
        .collect();
    assert_eq!(weights, ["112", "67", "40", "24", "15", "9", "5", "majority"]);
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn a_browser_that_cannot_draw_says_so_and_shows_what_needs_no_drawing() {
    let run = Run::new(SMALL, 3);
    for (number, script) in [
        "delete globalThis.WebAssembly",
        "WebAssembly.validate = () => false",
        "delete globalThis.DecompressionStream",
    ]
    .iter()
    .enumerate()
    {
        let browser = Browser::start();
        browser.before_each_page(script);
        browser.open(&run.page());
        let state = browser.wait_for("document.getElementById('state').textContent");
        assert!(
            state.as_str().expect("text").contains("cannot draw"),
            "{script}: {state}"
        );
        assert_eq!(
            browser.value("!!document.querySelector('#network svg, #network img')"),
            true
        );
        assert_eq!(
            browser.value("document.querySelectorAll('[data-figure] svg').length > 0"),
            true
        );
        assert_eq!(
            browser
                .value("[...document.querySelectorAll('[data-live]')].every(e => e.offsetParent === null)"),
            true
        );
        assert_eq!(browser.value("$('levels-table').tBodies[0].rows.length"), 7);
        if number == 0 {
            is_accessible(&browser, "no-drawing");
        }
        browser.was_quiet();
    }
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn what_a_link_asks_of_a_report_is_shown_or_refused_by_name() {
    let run = Run::new(SMALL, 2);
    let browser = Browser::start();
    browser.open_at(&run.page(), "seed=1&arm=random&level=2");
    settle(&browser);
    assert_eq!(
        browser.value("[view.seed, view.arm, view.level]"),
        json!([1, "random", 2])
    );
    choose(&browser, "level", 3);
    assert_eq!(
        browser.value("new URLSearchParams(location.hash.slice(1)).get('level')"),
        "3"
    );
    for (fragment, words) in [
        ("level=7", "level = 7"),
        ("level=-1", "level = -1"),
        ("level=1.5", "level = 1.5"),
        ("seed=x", "seed = x"),
        ("seed=1e400", "seed = 1e400"),
        ("arm=%3Cimg%20src=x%3E", "arm = <img src=x>"),
    ] {
        browser.open_at(&run.page(), fragment);
        settle(&browser);
        let state = browser.text("#state");
        assert!(state.contains(words), "{fragment}: {state}");
        assert_eq!(browser.value("view.arm"), "imp");
    }
    // All that is wrong is told.
    browser.open_at(&run.page(), "level=7&seed=x&arm=y");
    settle(&browser);
    let state = browser.text("#state");
    for words in ["level = 7", "seed = x", "arm = y"] {
        assert!(state.contains(words), "no {words}: {state}");
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_report_whose_data_lies_elsewhere_shows_the_tickets_that_it_carries() {
    let home = TempDir::new().expect("a temporary directory");
    let settings = "keep = \"all\"
[data]
train = 60
validation = 30
test = 30
[[data.task]]
kind = \"csv\"
path = \"d.csv\"
name = \"one\"
[[data.task]]
kind = \"csv\"
path = \"d.csv\"
name = \"other\"
[network]
hidden = [8]
[training]
epochs = 9
[pruning]
rate = 0.5
levels = 4
";
    let row = |number: usize| {
        format!(
            "{},{},{}\n",
            number * 7 % 11,
            number * 5 % 13,
            number * 7 % 11 / 6
        )
    };
    let rows: String = (0..120).map(row).collect();
    fs::write(home.path().join("d.csv"), format!("a,b,label\n{rows}")).expect("a file");
    let run = Run::of(settings, 2, home);
    let browser = opened(&run);
    assert!(browser.text("#explorer").contains("does not hold the data"));
    assert_eq!(accuracies(&browser).len(), 2);
    browser.click("[data-format=safetensors]");
    let (seed, level) =
        serde_json::from_value::<(u64, u32)>(browser.value("[view.seed, view.level]")).expect("numbers");
    let file = browser.download(&format!("{seed}-{level}.safetensors"));
    assert!(file == fs::read(run.ticket("imp", seed, level)).expect("a file"));
    browser.was_quiet();
}

/// The experiment `controls` with less training: its page holds as many rows, arms and levels as after a whole one.
const CONTROLS: &str = "
name = \"controls\"
arms = \"all\"
[data]
train = 64
validation = 64
test = 64
[network]
hidden = [32, 32]
[training]
epochs = 1
[pruning]
rate = 0.2
levels = 17
";

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_report_of_64_seeds_with_all_arms_is_small() {
    let run = Run::new(CONTROLS, 64);
    let size = fs::metadata(run.page()).expect("a page").len();
    println!("64 seeds of controls: {size} bytes");
    assert!(size < 3_000_000, "{size} bytes");
    // How fast is told, not tested: it depends on the machine.
    let browser = opened(&run);
    let paint = browser.value("performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
    let drawn = browser.value("performance.now()");
    println!("first picture after {paint} ms, first lottery drawn here after {drawn} ms at most");
    browser.was_quiet();
}
