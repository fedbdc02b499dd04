//! Puts a page together: head, body, what its script is given, the module, the scripts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::text::{visible, visible_json};

const STYLE: &str = include_str!("../../live/page/page.css");
const SCRIPT: &str = concat!(
    include_str!("../../live/page/core.js"),
    include_str!("../../live/page/page.js")
);
const WORKER: &str = concat!(
    include_str!("../../live/page/module.js"),
    include_str!("../../live/page/worker.js")
);
/// The core, compiled by `live/build`, gzipped by `build.rs`.
const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tombola.wasm.gz"));

/// A page with this title and body, whose script is given `payload`. `scripts` come after the common one.
pub(super) fn shell(title: &str, body: &Markup, payload: &Value, scripts: &[&str]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // No file but this one, and no network.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data:; worker-src blob:";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
            script type="application/json" id="tombola-page" { (PreEscaped(in_script(payload))) }
            script type="text/plain" id="tombola-module" { (STANDARD.encode(MODULE)) }
            script type="text/plain" id="tombola-worker" { (PreEscaped(WORKER)) }
            script { (PreEscaped(SCRIPT)) @for script in scripts { (PreEscaped(script)) } "main();" }
        }
    };
    // Some of the text is from outside.
    visible(&page.into_string()).into_owned()
}

/// A page that draws nothing again: without module and payload. Its script opens what a link leads to.
pub(super) fn plain(title: &str, body: &Markup) -> String {
    const OPENS: &str = "const open = () => { const at = document.getElementById(decodeURIComponent(location.hash.slice(1))); \
        const within = at && at.closest('details'); if (within) { within.open = true; at.scrollIntoView(); } }; \
        addEventListener('hashchange', open); open();";
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
            script { (PreEscaped(OPENS)) }
        }
    };
    visible(&page.into_string()).into_owned()
}

/// JSON that ends no script, whatever text is in it.
fn in_script(value: &Value) -> String {
    visible_json(&value.to_string()).replace('<', "\\u003c")
}
