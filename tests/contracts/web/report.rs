//! `report.html` in a browser.

use serde_json::Value;
use tempfile::TempDir;

use super::axe::is_accessible;
use super::browser::Browser;
use super::runs::{Run, SMALL};

/// What ends a text, a tag, an attribute or a script somewhere, and says so in the title if it is obeyed.
const HOSTILE: [&str; 10] = [
    "</script><script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "'\" onmouseover='document.title = 1' x=\"",
    "</title></style></svg><!-- ",
    "]]> -->",
    "{{ 7 * 7 }} ${title} `${title}`",
    "&lt;b&gt; &amp; &#60;i&#62; \\u003ci\\u003e",
    "\\\\ \\n \\0 %s %3Cb%3E",
    "ж 中文 שלום e\u{301}",
    "toString __proto__ constructor",
];

/// The rows of the table whose first column is called so, cell by cell.
fn rows(browser: &Browser, first: &str) -> Vec<Vec<String>> {
    let rows = browser.run(
        "const table = [...document.querySelectorAll('thead')].find(head => head.rows[0].cells[0].textContent === arguments[0]);
        return [...table.parentElement.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))",
        &[first.into()],
    );
    serde_json::from_value(rows).expect("cells")
}

/// A share as the page writes it.
fn percent(share: &Value) -> String {
    format!("{:.0} %", 100.0 * share["share"].as_f64().expect("a share"))
}

/// With its interval.
fn interval(share: &Value) -> String {
    let [low, high] = ["low", "high"].map(|end| 100.0 * share[end].as_f64().expect("an end"));
    format!("{} ({low:.0}–{high:.0})", percent(share))
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn a_report_is_read_from_disk_by_everyone_and_has_the_numbers_of_the_summary() {
    let run = Run::new(SMALL, 3);
    let browser = Browser::start();
    browser.open(&run.page());
    is_accessible(&browser, "report");
    for width in [600, 2560] {
        browser.resize(width);
        assert!(browser.is_within_window(), "at {width}");
        browser.picture(&format!("report-{width}"));
    }
    browser.as_printed();
    browser.picture("report-print");

    let summary = run.summary();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answer = words(summary["answer"].as_str().expect("text"));
    let text = words(&browser.text("body"));
    assert!(text.contains(&answer), "no '{answer}' in: {text}");
    let levels = summary["levels"].as_array().expect("levels");
    let expected = levels.iter().map(|level| {
        let accuracy = level["accuracy"].as_array().expect("tasks").iter().map(|task| {
            let [median, low] = ["median", "quantile_10"].map(|key| task[key].as_f64().expect("a number"));
            format!("{median:.3} ({low:.3})")
        });
        let mut cells = vec![
            level["weights_left"].to_string(),
            level["active_weights"].as_f64().expect("a number").to_string(),
            interval(&level["independent"]),
            interval(&level["separated"]),
        ];
        cells.extend(accuracy);
        cells.extend([percent(&level["solved"]), percent(&level["both"])]);
        cells
    });
    assert_eq!(rows(&browser, "weights left"), expected.collect::<Vec<_>>());

    let arms = summary["arms"].as_array().expect("arms");
    let expected = arms.iter().map(|arm| {
        let mut cells = vec![arm["arm"].as_str().expect("a name").to_owned()];
        cells.extend(["independent", "side_by_side", "separated", "solved"].map(|key| percent(&arm[key])));
        cells.push(interval(&arm["both"]));
        let number = |key: &str| arm[key].as_f64();
        cells.push(number("difference").map_or_else(String::new, |of| format!("{:+.1}", 100.0 * of)));
        cells.push(number("p_holm").map_or_else(String::new, |p| format!("{p:.3}")));
        cells
    });
    let shown = rows(&browser, "arm");
    assert_eq!(shown.len(), arms.len());
    for (cells, expected) in shown.iter().zip(expected) {
        // A difference of nothing has no sign, and a minus is no hyphen.
        let sign = |cell: &String| cell.replace("+0.0", "0.0").replace('-', "−");
        assert_eq!(cells[0], expected[0]);
        assert_eq!(cells[1..], expected[1..].iter().map(sign).collect::<Vec<_>>());
    }
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn names_in_a_report_stay_text_whatever_they_hold() {
    let home = TempDir::new().expect("a temporary directory");
    let long = "w".repeat(1000);
    let mut csv = csv::Writer::from_path(home.path().join("hostile.csv")).expect("a file");
    csv.write_record([HOSTILE[0], HOSTILE[1], &long, "label"])
        .expect("a header");
    for row in 0..120_usize {
        let label = HOSTILE[row % HOSTILE.len()];
        let inputs = [3, 5, 7].map(|step| (row * step % 11).to_string());
        csv.write_record(inputs.iter().map(String::as_str).chain([label]))
            .expect("a row");
    }
    drop(csv);
    let task = "t".repeat(100);
    let mut settings = format!(
        "name = \"{task}\"
[data]
train = 60
validation = 30
test = 30
[[data.task]]
kind = \"csv\"
path = \"hostile.csv\"
name = \"hostile\"
"
    );
    for number in 1..10 {
        let name = format!("{number}{}", &task[1..]);
        settings.extend(["[[data.task]]\nkind = \"moons\"\nname = \"", &name, "\"\n"]);
    }
    settings += "[network]\nhidden = [12]\n[training]\nepochs = 2\n[pruning]\nrate = 0.5\nlevels = 2\n";
    let run = Run::of(&settings, 2, home);

    let browser = Browser::start();
    browser.open(&run.page());
    is_accessible(&browser, "hostile");
    assert!(
        browser.texts("title")[0].contains(&task),
        "the title is not taken"
    );
    for element in ["img", "[onerror]", "[onmouseover]"] {
        let found = browser.texts(element);
        assert!(found.is_empty(), "{element}: {found:?}");
    }
    browser.was_quiet();
}
