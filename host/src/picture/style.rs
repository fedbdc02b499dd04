//! Colors that hold on light and dark pages and for color-blind eyes: Okabe and Ito's palette (2008), its black
//! replaced (it means several tasks here), its yellow darkened for white pages, each lightened for dark ones.

use std::fmt::Write as _;

use super::scene::Paint;

/// On a light and on a dark page.
const TASKS: [(&str, &str); 8] = [
    ("#0072b2", "#4fb0ea"),
    ("#d55e00", "#ff8b3d"),
    ("#009e73", "#2fcb9b"),
    ("#c35f95", "#ee9fcb"),
    ("#d39200", "#f7bf3f"),
    ("#3fa3dc", "#9ad6ff"),
    ("#8f8500", "#f0e442"),
    ("#7a52a8", "#bb9cf0"),
];

const SEVERAL: (&str, &str) = ("#3a3a3a", "#e0e0e0");
const DEAD: (&str, &str) = ("#b0b0b0", "#6a6a6a");
const INK: (&str, &str) = ("#1f2328", "#e6edf3");

/// The classes of something with this paint. Beyond eight tasks the colors begin again, with neurons drawn as rings.
pub(super) fn class(paint: Paint) -> String {
    match paint {
        Paint::Dead => "dead".to_owned(),
        Paint::Several => "several".to_owned(),
        Paint::Task(task) if task < TASKS.len() => format!("t{task}"),
        Paint::Task(task) => format!("t{} ring", task % TASKS.len()),
    }
}

/// The style sheet. Every rule is for this picture alone: in a page, a picture's rules are the page's.
pub(super) fn css() -> String {
    let mut css = String::from(
        ".tombola-ticket{background:none;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\
         .tombola-ticket path{fill:none;stroke-linecap:butt}\
         .tombola-ticket .lines path{stroke-opacity:.8}\
         .tombola-ticket .lines path:hover{stroke-opacity:1}\
         .tombola-ticket .many path{stroke-opacity:.4}\
         .tombola-ticket .lines .dead{stroke-opacity:.7}\
         .tombola-ticket .minor{opacity:.72}",
    );
    rules(&mut css, |color| color.0);
    css.push_str("@media (prefers-color-scheme:dark){");
    rules(&mut css, |color| color.1);
    css.push('}');
    css
}

fn rules(css: &mut String, shade: fn((&'static str, &'static str)) -> &'static str) {
    let _ = write!(css, ".tombola-ticket text{{fill:{}}}", shade(INK));
    let tasks = TASKS
        .iter()
        .enumerate()
        .map(|(task, &color)| (format!("t{task}"), color));
    let others = [("several".to_owned(), SEVERAL), ("dead".to_owned(), DEAD)];
    for (class, color) in tasks.chain(others) {
        let color = shade(color);
        let _ = write!(
            css,
            ".tombola-ticket circle.{class}{{fill:{color};stroke:{color}}}.tombola-ticket path.{class}{{stroke:{color}}}"
        );
    }
    css.push_str(".tombola-ticket circle.ring{fill:none;stroke-width:2.5}");
}
