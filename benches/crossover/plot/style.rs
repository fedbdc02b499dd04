//! Defines the color scale: orange where dense is faster, blue where sparse is, gray where they are even. On a dark
//! background the steps grow brighter, on a light one darker, so the strongest stand out on both.

use std::fmt::Write as _;

/// A step of the scale.
pub(super) struct Step {
    /// The least speedup in it.
    least: f64,
    /// What it says in the key.
    pub(super) name: &'static str,
    /// Ground and ink on a light and on a dark page.
    light: [&'static str; 2],
    dark: [&'static str; 2],
}

const BLACK: &str = "#1f2328";
const WHITE: &str = "#ffffff";

/// The scale, symmetric around 1.
pub(super) const STEPS: [Step; 9] = [
    step(0.0, "below ⅓", ["#a04a00", WHITE], ["#ffb066", BLACK]),
    step(1.0 / 3.0, "⅓ – ½", ["#d9741a", BLACK], ["#d97a1f", BLACK]),
    step(0.5, "½ – 0.7", ["#f2a968", BLACK], ["#8f4a0c", WHITE]),
    step(0.7, "0.7 – 0.9", ["#fbdcbc", BLACK], ["#4d2c10", WHITE]),
    step(0.9, "even", ["#f0f1f3", BLACK], ["#2b3138", WHITE]),
    step(1.1, "1.1 – 1.5", ["#cfe4f5", BLACK], ["#16344d", WHITE]),
    step(1.5, "1.5 – 3", ["#8cc0e6", BLACK], ["#17598c", WHITE]),
    step(3.0, "3 – 10", ["#3f8fc9", BLACK], ["#3d96d6", BLACK]),
    step(10.0, "10 and up", ["#0a4a80", WHITE], ["#a3d6ff", BLACK]),
];

const fn step(least: f64, name: &'static str, light: [&'static str; 2], dark: [&'static str; 2]) -> Step {
    Step {
        least,
        name,
        light,
        dark,
    }
}

/// The class of a step.
pub(super) fn class(step: usize) -> String {
    format!("s{step}")
}

/// The step that a speedup is in.
pub(super) fn step_of(speedup: f64) -> usize {
    STEPS.iter().rposition(|step| step.least <= speedup).unwrap_or(0)
}

/// The style sheet.
pub(super) fn css() -> String {
    let mut css = String::from(
        ".tombola-crossover{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:13px}\
         .tombola-crossover .title{font-size:20px;font-weight:600}\
         .tombola-crossover .head{font-size:14px}\
         .tombola-crossover .strong{font-weight:600}\
         .tombola-crossover .minor,.tombola-crossover .axis{opacity:.8}\
         .tombola-crossover .axis{font-size:11.5px}\
         .tombola-crossover .number{font-size:11.5px;text-anchor:middle}\
         .tombola-crossover .end{text-anchor:end}\
         .tombola-crossover .middle{text-anchor:middle}\
         .tombola-crossover .line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}\
         .tombola-crossover .dashed{stroke-dasharray:5 4;stroke-linecap:butt}\
         .tombola-crossover .under{stroke-width:4}",
    );
    rules(&mut css, [WHITE, "#d0d7de", BLACK], |step| step.light);
    css.push_str("@media (prefers-color-scheme:dark){");
    rules(&mut css, ["#0d1117", "#3d444d", "#e6edf3"], |step| step.dark);
    css.push('}');
    css
}

fn rules(css: &mut String, [ground, edge, ink]: [&str; 3], colors: fn(&Step) -> [&'static str; 2]) {
    let _ = write!(
        css,
        ".tombola-crossover .ground{{fill:{ground};stroke:{edge}}}.tombola-crossover text{{fill:{ink}}}\
         .tombola-crossover .line{{stroke:{ink}}}.tombola-crossover .under{{stroke:{ground}}}"
    );
    for (index, step) in STEPS.iter().enumerate() {
        let ([ground, ink], class) = (colors(step), class(index));
        let _ = write!(
            css,
            ".tombola-crossover rect.{class}{{fill:{ground}}}.tombola-crossover text.{class}{{fill:{ink}}}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{STEPS, step_of};

    #[test]
    fn the_scale_is_centered_on_even() {
        assert_eq!(STEPS[step_of(1.0)].name, "even");
        assert_eq!(
            [0.0, 0.89, 0.91, 1.09, 1.11, 99.0].map(step_of),
            [0, 3, 4, 4, 5, 8]
        );
    }
}
