//! Colors, shapes and dashes of everything that is drawn, and the style sheet that makes them fit light and dark pages.
//!
//! The colors hold for color-blind eyes: Okabe and Ito's palette (2008), its black replaced (it means several tasks
//! here), its yellow darkened for white pages, each lightened for dark ones. What differs in color differs in shape or
//! dash as well.

/// A color on a light and on a dark page.
pub(crate) type Color = (&'static str, &'static str);

/// Which of the two.
pub(crate) type Shade = fn(Color) -> &'static str;

/// Of tasks, of classes and of lines.
pub(crate) const COLORS: [Color; 8] = [
    ("#0072b2", "#4fb0ea"),
    ("#d55e00", "#ff8b3d"),
    ("#009e73", "#2fcb9b"),
    ("#c35f95", "#ee9fcb"),
    ("#d39200", "#f7bf3f"),
    ("#3fa3dc", "#9ad6ff"),
    ("#8f8500", "#f0e442"),
    ("#7a52a8", "#bb9cf0"),
];

/// Of what serves several tasks.
pub(crate) const SEVERAL: Color = ("#3a3a3a", "#e0e0e0");
/// Of what is dead.
pub(crate) const DEAD: Color = ("#b0b0b0", "#6a6a6a");
/// Of text.
pub(crate) const INK: Color = ("#1f2328", "#e6edf3");
/// Of text that matters less, and axes.
pub(crate) const SOFT: Color = ("#5b6472", "#a3acba");
/// Of lines across a plot.
pub(crate) const GRID: Color = ("#dcdfe4", "#363c47");
/// Of what is behind everything, where something is to look hollow.
pub(crate) const PAPER: Color = ("#ffffff", "#16181d");

/// A family of fonts that every system has one of.
pub(crate) const FONT: &str = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";

/// A mark for a task, a class or the points of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Of radius 10.
    Circle,
    /// A polygon in a frame where the circle has radius 10, of about its area.
    Polygon(&'static [(i32, i32)]),
}

/// The shapes in the order in which they are given away. Their number has no divisor in common with that of the colors,
/// nor with that of the dashes, so that things differ in two ways before they differ in one.
pub(crate) const SHAPES: [Shape; 7] = [
    Shape::Circle,
    Shape::Polygon(&[(-9, -9), (9, -9), (9, 9), (-9, 9)]),
    Shape::Polygon(&[(0, -13), (13, 0), (0, 13), (-13, 0)]),
    Shape::Polygon(&[(0, -13), (12, 9), (-12, 9)]),
    Shape::Polygon(&[(0, 13), (12, -9), (-12, -9)]),
    Shape::Polygon(&[
        (-4, -12),
        (4, -12),
        (4, -4),
        (12, -4),
        (12, 4),
        (4, 4),
        (4, 12),
        (-4, 12),
        (-4, 4),
        (-12, 4),
        (-12, -4),
        (-4, -4),
    ]),
    Shape::Polygon(&[(-6, -11), (6, -11), (12, 0), (6, 11), (-6, 11), (-12, 0)]),
];

/// The dashes of lines, as SVG has them, for a line 2 wide; the first is none.
pub(crate) const DASHES: [&str; 5] = ["", "7 3", "2 2.5", "9 3 2 3", "13 4"];

/// Writes a sheet whose rules are of light and of dark pages: what the system prefers, unless the page says in
/// `data-theme` of its root what its reader prefers. Prints are light. `rules(scope, shade)` writes the rules of a
/// shade, each behind the scope.
pub(crate) fn themed(standalone: bool, rules: impl Fn(&str, Shade) -> String) -> String {
    let [light, dark]: [Shade; 2] = [|color| color.0, |color| color.1];
    let base = rules("", light);
    if standalone {
        return format!(
            "{base}@media screen and (prefers-color-scheme:dark){{{}}}",
            rules("", dark)
        );
    }
    format!(
        "{base}@media screen and (prefers-color-scheme:dark){{{}}}@media screen{{{}}}",
        rules(":root:not([data-theme=light]) ", dark),
        rules(":root[data-theme=dark] ", dark)
    )
}

#[cfg(test)]
mod tests {
    use super::{COLORS, DASHES, SHAPES};

    #[test]
    fn no_two_of_many_lines_look_alike() {
        let look = |line: usize| [line % COLORS.len(), line % DASHES.len(), line % SHAPES.len()];
        for one in 0..COLORS.len() * DASHES.len() * SHAPES.len() {
            for other in 0..one {
                let (one, other) = (look(one), look(other));
                assert!(one.iter().zip(other).any(|(one, other)| *one != other));
            }
        }
        // Up to 35 lines, two of the three differ: nobody needs color alone.
        for one in 0..DASHES.len() * SHAPES.len() {
            for other in 0..one {
                let differ = look(one)
                    .iter()
                    .zip(look(other))
                    .filter(|(one, other)| *one != other)
                    .count();
                assert!(2 <= differ);
            }
        }
    }
}
