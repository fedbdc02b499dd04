//! A page in a browser: what a person does with it, and what it may not do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use url::Url;

use super::driver::Driver;

/// How long anything may take before it counts as never: far more than it takes.
const NEVER: Duration = Duration::from_secs(30);

/// Of a window, in pixels.
const HEIGHT: u64 = 900;

/// Light or dark.
#[derive(Clone, Copy, Debug)]
pub(super) enum Theme {
    Light,
    Dark,
}

/// A browser with at most one page.
pub(super) struct Browser {
    driver: Driver,
}

impl Browser {
    /// As a desktop has it: 1280 pixels wide, light.
    pub(super) fn start() -> Self {
        let browser = Self {
            driver: Driver::start(),
        };
        browser.resize(1280);
        browser
    }

    /// Opens a file.
    #[track_caller]
    pub(super) fn open(&self, file: &Path) {
        self.open_at(file, "");
    }

    /// Opens a file with what a link has after its `#`; anew, also where only that differs from the page before.
    #[track_caller]
    pub(super) fn open_at(&self, file: &Path, fragment: &str) {
        let mut url = Url::from_file_path(file).expect("an absolute path");
        url.set_fragment((!fragment.is_empty()).then_some(fragment));
        for url in ["about:blank", url.as_str()] {
            self.driver.get(|client| client.goto(url)).expect("a page");
        }
    }

    /// Runs this script before any of those of the pages that are opened from now on.
    pub(super) fn before_each_page(&self, script: &str) {
        let parameters = json!({ "source": script });
        self.driver
            .devtools("Page.addScriptToEvaluateOnNewDocument", &parameters);
    }

    /// What the body of a function of these arguments returns, or what its promise comes to.
    #[track_caller]
    pub(super) fn run(&self, body: &str, arguments: &[Value]) -> Value {
        let asked = self.driver.get(|client| client.execute(body, arguments.to_vec()));
        asked.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// The value of an expression.
    #[track_caller]
    pub(super) fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}"), &[])
    }

    /// The value of an expression, as soon as it is true in the sense of JavaScript.
    #[track_caller]
    pub(super) fn wait_for(&self, expression: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.run(&format!("return ({expression}) || null"), &[]);
            if !value.is_null() {
                return value;
            }
            if NEVER < start.elapsed() {
                let told = self.texts("[role=status]").join("\n");
                panic!("never: {expression}\n{told}\n{}", self.console().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The text that a person reads in the first element that a selector finds.
    #[track_caller]
    pub(super) fn text(&self, selector: &str) -> String {
        let body = "return document.querySelector(arguments[0]).innerText";
        let text = self.run(body, &[json!(selector)]);
        text.as_str().expect("text").to_owned()
    }

    /// The texts of all elements that a selector finds, as they stand in the file.
    #[track_caller]
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let body = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)";
        let texts = self.run(body, &[json!(selector)]);
        serde_json::from_value(texts).expect("texts")
    }

    /// Clicks the first element that a selector finds, where a person would.
    #[track_caller]
    pub(super) fn click(&self, selector: &str) {
        let clicked = self
            .driver
            .get(|client| async move { client.find(Locator::Css(selector)).await?.click().await });
        clicked.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Types into whatever has the focus.
    #[track_caller]
    pub(super) fn keys(&self, keys: &str) {
        let typed = self
            .driver
            .get(|client| async move { client.active_element().await?.send_keys(keys).await });
        typed.unwrap_or_else(|error| panic!("{keys:?}: {error}"));
    }

    /// Types into the first element that a selector finds.
    #[track_caller]
    pub(super) fn keys_at(&self, selector: &str, keys: &str) {
        self.run("document.querySelector(arguments[0]).focus()", &[json!(selector)]);
        self.keys(keys);
    }

    /// Whether what has the focus looks otherwise than without it.
    pub(super) fn focus_is_seen(&self) -> bool {
        let around = self.value(
            "(() => { const box = (window.focused = document.activeElement).getBoundingClientRect();
                return { x: box.x + scrollX - 8, y: box.y + scrollY - 8, width: box.width + 16, height: box.height + 16, scale: 1 } })()",
        );
        let settings = json!({ "clip": around, "captureBeyondViewport": true });
        let look = || self.driver.devtools("Page.captureScreenshot", &settings)["data"].take();
        let with = look();
        self.run("focused.blur()", &[]);
        let without = look();
        self.run("focused.focus({ focusVisible: true })", &[]);
        with != without
    }

    /// Makes the window so many pixels wide.
    pub(super) fn resize(&self, width: u32) {
        self.window(width.into(), HEIGHT);
    }

    fn window(&self, width: u64, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// What the person's settings ask of a page.
    pub(super) fn prefer(&self, theme: Theme, reduced_motion: bool) {
        self.media("", theme, reduced_motion);
    }

    /// As it is on paper: A4, in pixels of CSS.
    pub(super) fn as_printed(&self) {
        self.resize(794);
        self.media("print", Theme::Light, false);
    }

    fn media(&self, media: &str, theme: Theme, reduced_motion: bool) {
        let theme = format!("{theme:?}").to_lowercase();
        let motion = if reduced_motion { "reduce" } else { "no-preference" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "prefers-reduced-motion", "value": motion },
        ]);
        let settings = json!({ "media": media, "features": features });
        self.driver.devtools("Emulation.setEmulatedMedia", &settings);
    }

    /// A file that the page has given to download, as soon as it is whole.
    #[track_caller]
    pub(super) fn download(&self, name: &str) -> Vec<u8> {
        let start = Instant::now();
        let path = self.driver.downloads().join(name);
        // Chromium writes it under another name, and renames it; until then an empty file may hold the name.
        while fs::metadata(&path).map_or(0, |found| found.len()) == 0 {
            assert!(start.elapsed() < NEVER, "{name} is never there");
            std::thread::sleep(Duration::from_millis(20));
        }
        let bytes = fs::read(&path).expect("a file");
        fs::remove_file(path).expect("removed");
        bytes
    }

    /// Nothing lies beyond the window, where the page would have to be moved sideways.
    pub(super) fn is_within_window(&self) -> bool {
        self.value("document.documentElement.scrollWidth <= innerWidth") == true
    }

    /// Checks at the end that no page has written anything to the console or asked for anything beyond itself.
    #[track_caller]
    pub(super) fn was_quiet(self) {
        assert_eq!(self.console(), [""; 0], "the console");
        assert_eq!(self.requests(), [""; 0], "the network");
    }

    /// What was written to the console since this was last asked.
    pub(super) fn console(&self) -> Vec<String> {
        let entries = self.driver.console();
        let message = |entry: &Value| format!("{}: {}", entry["level"], entry["message"]);
        entries.iter().map(message).collect()
    }

    /// The addresses on the network that pages, and their workers, have asked for, whatever came of it.
    pub(super) fn requests(self) -> Vec<String> {
        let log: Value = serde_json::from_str(&self.driver.close()).expect("a whole log");
        let url = |event: &Value| {
            let asked = &event["params"];
            // What Chromium itself asks for says that it is of none.
            let is_of_a_page = asked["initiator"].as_str()? != "not an origin";
            is_of_a_page.then(|| asked["url"].as_str().map(str::to_owned))?
        };
        let events = log["events"].as_array().expect("events");
        events.iter().filter_map(url).collect()
    }

    /// Keeps a picture of the whole page, for people, where `TOMBOLA_SCREENSHOTS` names a directory.
    pub(super) fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("TOMBOLA_SCREENSHOTS").map(PathBuf::from) else {
            return;
        };
        let [width, height] = [0, 1].map(|place| {
            self.value("[innerWidth, document.documentElement.scrollHeight]")[place]
                .as_u64()
                .expect("pixels")
        });
        self.window(width, height);
        let shot = self.driver.get(Client::screenshot).expect("a picture");
        self.window(width, HEIGHT);
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join(format!("{name}.png")), shot).expect("a file");
    }
}
