//! Starts headless Chromium behind chromedriver, without network, and ends both with the value or with the process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use url::{ParseError, Url};

/// Ends as soon as its standard input is closed, which it is however these tests end, and takes along its process group:
/// the driver and its browser.
const DRIVER: &str = "chromedriver --port=0 & read -r _; trap '' TERM; kill 0; wait; kill -KILL 0";

/// No name is resolved, and nothing is asked for that the page does not ask for.
const FLAGS: [&str; 9] = [
    "--headless",
    // Chromium has no sandbox for root, whom tests often run as.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// A browser and the program that drives it.
pub(super) struct Driver {
    runtime: Runtime,
    client: Option<Client>,
    process: Child,
    input: Option<ChildStdin>,
    /// Where the two keep their files.
    home: TempDir,
}

impl Driver {
    /// A browser that has opened nothing yet.
    pub(super) fn start() -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let mut process = Command::new("sh")
            .args(["-c", DRIVER])
            .env("TMPDIR", home.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let input = process.stdin.take();
        let port = port(&mut process)
            .expect("chromedriver starts: install chromium and chromium-driver, as tests/run does");
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut driver = Self {
            runtime,
            client: None,
            process,
            input,
            home,
        };
        let log = format!("--log-net-log={}", driver.network_log().display());
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": FLAGS.map(str::to_owned).into_iter().chain([log]).collect::<Vec<_>>(),
                "prefs": { "download.default_directory": driver.downloads() },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().expect("an object").clone());
        let address = format!("http://127.0.0.1:{port}");
        let client = driver.runtime.block_on(builder.connect(&address));
        driver.client = Some(client.expect("a browser"));
        driver
    }

    /// Where downloads end.
    pub(super) fn downloads(&self) -> &Path {
        self.home.path()
    }

    /// What the driver answers.
    #[track_caller]
    pub(super) fn get<'a, F>(&'a self, ask: impl FnOnce(&'a Client) -> F) -> F::Output
    where
        F: Future,
    {
        let client = self.client.as_ref().expect("it is there until it is dropped");
        self.runtime.block_on(ask(client))
    }

    /// What chromedriver has beyond the standard.
    fn vendor(&self, path: &'static str, body: Value) -> anyhow::Result<Value> {
        Ok(self.get(|client| client.issue_cmd(Vendor { path, body }))?)
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    pub(super) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.vendor("goog/cdp/execute", body).expect(command)
    }

    /// What was written to the console since this was last asked.
    pub(super) fn console(&self) -> Vec<Value> {
        let log = self
            .vendor("se/log", json!({ "type": "browser" }))
            .expect("a log");
        log.as_array().expect("entries").clone()
    }

    fn network_log(&self) -> PathBuf {
        self.home.path().join("network.json")
    }

    /// Closes the browser; returns what it did on the network, in JSON.
    pub(super) fn close(mut self) -> String {
        self.quit().expect("the browser closes");
        fs::read_to_string(self.network_log()).expect("a log")
    }

    fn quit(&mut self) -> anyhow::Result<()> {
        if let Some(client) = self.client.take() {
            self.runtime.block_on(client.close())?;
        }
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A browser that cannot be closed any more is ended with its driver.
        let _ = self.quit();
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// The port that chromedriver says it has taken.
fn port(process: &mut Child) -> Option<u16> {
    let output = process.stdout.as_mut().expect("a pipe");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })
}

#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
