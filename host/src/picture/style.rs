//! The style sheet of a picture of a ticket.

use super::palette::{COLORS, Color, DEAD, FONT, INK, SEVERAL, Shade, themed};
use super::scene::Paint;

/// The classes of something with this paint. Beyond eight tasks the colors begin again, with neurons drawn as rings.
pub(super) fn class(paint: Paint) -> String {
    match paint {
        Paint::Dead => "dead".to_owned(),
        Paint::Several => "several".to_owned(),
        Paint::Task(task) if task < COLORS.len() => format!("t{task}"),
        Paint::Task(task) => format!("t{} ring", task % COLORS.len()),
    }
}

/// The style sheet. Every rule is for this picture alone: in a page, a picture's rules are the page's.
pub(super) fn css(standalone: bool) -> String {
    let font = format!(".tombola-ticket{{background:none;font-family:{FONT}}}");
    let plain = ".tombola-ticket path{fill:none;stroke-linecap:butt}\
         .tombola-ticket .lines path{stroke-opacity:.8}\
         .tombola-ticket .lines path:hover{stroke-opacity:1}\
         .tombola-ticket .many path{stroke-opacity:.4}\
         .tombola-ticket .lines .dead{stroke-opacity:.7}\
         .tombola-ticket .minor{opacity:.72}";
    let ring = ".tombola-ticket circle.ring{fill:none;stroke-width:2.5}";
    font + plain + &themed(standalone, rules) + ring
}

fn rules(scope: &str, shade: Shade) -> String {
    let tasks = COLORS.iter().enumerate();
    let tasks = tasks.map(|(task, &color)| (format!("t{task}"), color));
    let others = [("several".to_owned(), SEVERAL), ("dead".to_owned(), DEAD)];
    let rule = |(class, color): (String, Color)| {
        let color = shade(color);
        format!(
            "{scope}.tombola-ticket circle.{class}{{fill:{color};stroke:{color}}}{scope}.tombola-ticket path.{class}{{stroke:{color}}}"
        )
    };
    let text = format!("{scope}.tombola-ticket text{{fill:{}}}", shade(INK));
    std::iter::once(text)
        .chain(tasks.chain(others).map(rule))
        .collect()
}
