//! The tests of pages see what they look for: a page that does everything wrong fails each of them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::axe::violations;
use super::browser::{Browser, Theme};

/// Writes to the console, from a worker too, asks for what lies elsewhere, is too wide, and is no good without eyes; tells
/// the settings that it is shown with.
const WRONG: &str = r#"<!DOCTYPE html><html><head><title>wrong</title></head><body style="width: 3000px">
<img src="http://example.com/a.png"><script>
console.debug("debugged");
let answers = 0;
const work = script => new Worker(URL.createObjectURL(new Blob([script])));
work("console.info('worked'); fetch('https://example.com/b').catch(() => postMessage(1))").onmessage = () => answers++;
work("throw new Error('thrown')").onerror = () => answers++;
fetch("https://example.com/c").catch(() => answers++);
const is = query => matchMedia(query).matches;
const shown = () => [is("(prefers-color-scheme: dark)"), is("(prefers-reduced-motion: reduce)"), is("print"), innerWidth];
const file = () => { const a = document.createElement("a"); a.download = "a.bin";
  a.href = URL.createObjectURL(new Blob([new Uint8Array([0, 255, 13, 10])])); a.click() };
</script><button onclick="file()">file</button><input></body></html>"#;

fn page(home: &Path, text: &str) -> std::path::PathBuf {
    let path = home.join("page.html");
    fs::write(&path, text).expect("a file");
    path
}

#[test]
#[ignore = "needs Chromium and axe-core; tests/run runs it"]
fn what_a_page_does_wrong_is_seen() {
    let home = TempDir::new().expect("a temporary directory");
    let browser = Browser::start();
    browser.open(&page(home.path(), WRONG));
    browser.wait_for("answers == 3");
    let console = browser.console().join("\n");
    for message in ["debugged", "worked", "thrown", "ERR_NAME_NOT_RESOLVED"] {
        assert!(console.contains(message), "no {message} in: {console}");
    }
    assert!(!browser.is_within_window());
    let found = violations(&browser);
    for rule in ["image-alt", "html-has-lang", "landmark-one-main"] {
        assert!(found.contains(rule), "no {rule} in: {found}");
    }
    let mut requests = browser.requests();
    requests.sort();
    assert_eq!(
        requests,
        [
            "http://example.com/a.png",
            "https://example.com/b",
            "https://example.com/c"
        ]
    );
}

#[test]
#[ignore = "needs Chromium; tests/run runs it"]
fn a_page_is_shown_and_used_as_asked() {
    let home = TempDir::new().expect("a temporary directory");
    let browser = Browser::start();
    browser.open_at(&page(home.path(), WRONG), "a=1&b=ü");
    let shown =
        || serde_json::from_value::<(bool, bool, bool, u32)>(browser.value("shown()")).expect("settings");
    assert_eq!(shown(), (false, false, false, 1280));
    browser.prefer(Theme::Dark, true);
    browser.resize(360);
    assert_eq!(shown(), (true, true, false, 360));
    browser.as_printed();
    assert_eq!(shown(), (false, false, true, 794));
    assert_eq!(browser.value("decodeURIComponent(location.hash)"), "#a=1&b=ü");
    browser.keys_at("input", "12");
    browser.keys("3");
    assert_eq!(browser.value("document.querySelector('input').value"), "123");
    browser.click("button");
    assert_eq!(browser.download("a.bin"), [0, 255, 13, 10]);
    browser.before_each_page("delete globalThis.WebAssembly");
    browser.open(&page(home.path(), WRONG));
    assert_eq!(browser.value("typeof WebAssembly"), "undefined");
}
