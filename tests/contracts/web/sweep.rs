//! `report.html` of a sweep in a browser.

use serde_json::Value;

use super::axe::is_accessible;
use super::browser::Browser;
use super::runs::Run;

/// Small; one rate does not stay finite.
const SMALL: &str = "
name = \"small\"
[data]
train = 100
validation = 50
test = 50
[training]
epochs = 6
[pruning]
rate = 0.4
levels = 4
";

const GRID: &str = "[sweep]\ntraining.rate = [0.1, 0.05, 1e30]\nnetwork.hidden = [[8, 8], [6]]\n";

/// Names that end a text, a tag or an attribute somewhere, and say so in the title if they are obeyed.
const NAMED: &str = "[sweep]\ncell = [
  { name = \"</script><script>document.title = 'taken'</script>\" },
  { name = \"'\\\" onmouseover='document.title = 1' x=\\\"\", training.rate = 0.05 },
  { name = \"ж 中文 שלום\", data.task = [{ kind = \"moons\", noise = 0.3 }, { kind = \"xor\" }] },
]\n";

fn cells(run: &Run) -> Vec<Value> {
    run.summary()["cells"].as_array().expect("cells").clone()
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn the_page_of_a_grid_is_for_everyone_and_each_point_leads_to_its_cell() {
    let run = Run::new(&format!("{SMALL}{GRID}"), 2);
    let browser = Browser::start();
    browser.open(&run.page());
    is_accessible(&browser, "sweep");
    let text = browser.text("body");
    assert!(text.contains("Cells that did not stay finite"), "{text}");
    for cell in cells(&run) {
        let digest = cell["digest"].as_str().expect("text");
        // Whether tickets are separated, and whether they solve their tasks as well.
        let links = browser.value(&format!(
            "document.querySelectorAll('svg a[href=\"#cell-{digest}\"]').length"
        ));
        assert_eq!(links, 2);
        let is_shown = format!("document.getElementById('cell-{digest}').checkVisibility()");
        browser.run(&format!("location.hash = 'cell-{digest}'"), &[]);
        browser.wait_for(&is_shown);
    }
    let shares = browser.texts("svg a text");
    assert!(shares.iter().any(|text| text == "✕"), "{shares:?}");
    browser.was_quiet();
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn names_of_cells_are_text_whatever_is_in_them() {
    let run = Run::new(&format!("{SMALL}{NAMED}"), 2);
    let browser = Browser::start();
    browser.open(&run.page());
    is_accessible(&browser, "sweep-named");
    assert_eq!(browser.value("document.title"), "small · Tombola");
    let names = browser.texts("table.named tbody th");
    for (cell, name) in cells(&run).iter().zip(&names) {
        assert_eq!(cell["cell"].as_str().expect("text"), name);
    }
    assert_eq!(names.len(), 3);
    browser.was_quiet();
}
