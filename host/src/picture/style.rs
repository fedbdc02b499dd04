//! The style sheet of a picture of a ticket.

use super::Look;
use super::palette::{COLORS, Color, DEAD, FONT, INK, PAPER, SEVERAL, SOFT, Shade, themed};
use super::scene::Paint;

/// The color of what marks a cut: no task's.
const CUT: Color = ("#ffd84d", "#8a6a00");

/// The class of something with this paint.
pub(super) fn class(paint: Paint) -> String {
    match paint {
        Paint::Dead => "dead".to_owned(),
        Paint::Several => "several".to_owned(),
        Paint::Task(task) => format!("t{}", task % COLORS.len()),
    }
}

/// The style sheet. Every rule is for this picture alone: in a page, a picture's rules are the page's.
pub(super) fn css(look: &Look<'_>, task_count: usize) -> String {
    let font = format!(".tombola-ticket{{background:none;font-family:{FONT}}}");
    let plain = ".tombola-ticket .lines{fill:none;stroke-linecap:butt}\
         .tombola-ticket .lines path{stroke-opacity:.8}\
         .tombola-ticket .lines path:hover{stroke-opacity:1}\
         .tombola-ticket .many path{stroke-opacity:.4}\
         .tombola-ticket .lines .dead{stroke-opacity:.6}\
         .tombola-ticket .many .dead{stroke-opacity:.25}\
         .tombola-ticket .lines .out{stroke-opacity:.12}\
         .tombola-ticket .lines .cut{stroke-opacity:1}\
         .tombola-ticket .out .mark{fill-opacity:0;stroke-dasharray:2 2}\
         .tombola-ticket .cross{fill:none;stroke-width:2}\
         .tombola-ticket .minor{opacity:.72}";
    let interactive = if look.interactive {
        ".tombola-ticket .hit{fill:transparent;stroke:none}\
         .tombola-ticket [data-neuron]{outline:none}\
         .tombola-ticket [role=button]{cursor:pointer}"
    } else {
        ""
    };
    let themed = themed(look.standalone, |scope, shade| {
        let rules = rules(scope, shade, task_count.min(COLORS.len()));
        if look.interactive {
            rules + &focus(scope, shade)
        } else {
            rules
        }
    });
    font + plain + interactive + &themed
}

fn rules(scope: &str, shade: Shade, task_count: usize) -> String {
    let tasks = COLORS[..task_count].iter().enumerate();
    let tasks = tasks.map(|(task, &color)| (format!("t{task}"), color));
    let others = [("several".to_owned(), SEVERAL), ("dead".to_owned(), DEAD)];
    let rule = |(class, color): (String, Color)| {
        let color = shade(color);
        format!(
            "{scope}.tombola-ticket .{class}{{stroke:{color}}}{scope}.tombola-ticket .marks .{class}{{fill:{color}}}"
        )
    };
    let [ink, paper, cut] = [INK, PAPER, CUT].map(shade);
    let plain = format!(
        "{scope}.tombola-ticket text{{fill:{ink}}}\
         {scope}.tombola-ticket .marks .several{{fill:{paper}}}\
         {scope}.tombola-ticket .lines .cut{{stroke:{cut}}}\
         {scope}.tombola-ticket .cross{{stroke:{ink}}}"
    );
    tasks.chain(others).map(rule).chain([plain]).collect()
}

/// What the mouse or the keyboard is at.
fn focus(scope: &str, shade: Shade) -> String {
    let [ink, soft] = [INK, SOFT].map(shade);
    format!(
        "{scope}.tombola-ticket [data-neuron]:hover .hit{{stroke:{soft}}}\
         {scope}.tombola-ticket [data-neuron]:focus-visible .hit{{stroke:{ink};stroke-width:2.5}}"
    )
}
