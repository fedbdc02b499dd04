//! Numbers and names as pictures write them, and legends that flow into lines.

use itertools::Itertools;
use maud::{Markup, html};

use super::palette::Shape;
use crate::text::visible;

/// Estimated width of a letter, in pixels, of text that is 12 high.
pub(crate) const LETTER: f64 = 6.8;

/// Height of a line of a legend.
pub(crate) const LEGEND_LINE: f64 = 22.0;

/// At most one decimal, since equal pictures are to be equal bytes and nobody sees more.
pub(crate) fn number(x: f64) -> String {
    // An integer between has no −0.
    let tenths = (x * 10.0).round() as i64;
    (tenths as f64 / 10.0).to_string()
}

/// A name of at most 20 characters, as legible as any.
pub(crate) fn short(name: &str) -> String {
    shortened(name, 20)
}

/// A name of at most so many characters.
pub(crate) fn shortened(name: &str, longest: usize) -> String {
    let name = visible(name);
    if name.chars().count() <= longest {
        return name.into_owned();
    }
    name.chars().take(longest - 1).chain(['…']).collect()
}

/// A shape as an element, with its other attributes as they stand there.
pub(crate) fn mark(shape: Shape, (x, y): (f64, f64), radius: f64, attributes: &str) -> String {
    match shape {
        Shape::Circle => format!(
            "<circle {attributes} cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            number(x),
            number(y),
            number(radius)
        ),
        Shape::Polygon(points) => {
            let at = |&(dx, dy): &(i32, i32)| {
                let [x, y] = [(x, dx), (y, dy)].map(|(at, by)| number(at + f64::from(by) * radius / 10.0));
                format!("{x} {y}")
            };
            format!("<path {attributes} d=\"M{}Z\"/>", points.iter().map(at).join("L"))
        }
    }
}

/// A sign and what it means.
pub(crate) struct Item {
    /// Drawn around the height 0, from 0 on.
    pub(crate) sign: Markup,
    /// Where the text begins.
    pub(crate) text_x: f64,
    /// What it means.
    pub(crate) text: String,
}

/// A legend in lines that fit the width, and how many these are.
pub(crate) fn legend(items: Vec<Item>, width: f64) -> (Markup, i32) {
    let (mut x, mut line) = (0.0, 0);
    let mut placed = Vec::new();
    for item in items {
        let item_width = item.text_x + item.text.chars().count() as f64 * LETTER + 16.0;
        if 0.0 < x && width < x + item_width {
            (x, line) = (0.0, line + 1);
        }
        placed.push((item, x, f64::from(line) * LEGEND_LINE));
        x += item_width;
    }
    let markup = html! {
        @for (item, x, y) in placed {
            g transform=(format!("translate({} {})", number(x), number(y))) {
                (item.sign)
                text x=(number(item.text_x)) y="4" font-size="12" { (item.text) }
            }
        }
    };
    (markup, line + 1)
}
