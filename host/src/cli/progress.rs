//! Progress of what computes levels, and what happens when the user interrupts it.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::board::note;
use crate::run::Watch;
use crate::setup::Setup;
use crate::terminal;

/// The exit code of what the user interrupted, as shells count it.
pub(super) const INTERRUPTED: u8 = 130;

/// Turns true when the user interrupts; the second time the program ends at once. Every file is whole at any time.
pub(super) fn stop_on_interrupt() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    static HANDLER: OnceLock<()> = OnceLock::new();
    HANDLER.get_or_init(|| {
        // Without a handler the program is killed instead, which loses no more than the levels under way.
        let _ = ctrlc::set_handler(|| {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
        });
    });
    &STOP
}

/// A bar on standard error, where that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    is_quiet: bool,
}

impl Progress {
    /// A bar for all levels of so many seeds and arms.
    pub(super) fn new(setup: &Setup, seeds: usize, arms: usize, quiet: bool) -> Self {
        let levels = u64::from(setup.trajectory().levels() + 1);
        Self::of_levels(levels * seeds as u64 * arms as u64, &setup.experiment.name, quiet)
    }

    /// A bar for so many levels.
    pub(super) fn of_levels(levels: u64, name: &str, quiet: bool) -> Self {
        let bar = if quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length()
        };
        bar.set_length(levels);
        let template = template(levels, name, terminal::stderr());
        bar.set_style(
            ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_message(name.to_owned());
        Self { bar, is_quiet: quiet }
    }

    /// Removes the bar, and says how many levels it was for.
    pub(super) fn finish(&self) -> u64 {
        self.bar.finish_and_clear();
        self.bar.length().unwrap_or_default()
    }
}

/// The line of a bar: without the name where the terminal is too narrow for it.
fn template(levels: u64, name: &str, columns: Option<usize>) -> String {
    const BAR: usize = 10;
    let noun = if levels == 1 { "level" } else { "levels" };
    let rest = format!("{{pos}}/{{len}} {noun}, {{eta}} left");
    // The longest time has three letters, such as 59m.
    let widest = name.len() + BAR + format!("{levels}/{levels} {noun}, 59m left  ").len();
    if columns.is_some_and(|columns| columns < widest) {
        format!("{{wide_bar}} {rest}")
    } else {
        format!("{{msg}} {{wide_bar}} {rest}")
    }
}

impl Watch for Progress {
    fn told(&self, what: &str) {
        if !self.is_quiet {
            self.bar.suspend(|| note(format_args!("note: {what}")));
        }
    }

    fn level_finished(&self) {
        self.bar.inc(1);
    }

    fn levels_lost(&self, count: u32) {
        self.bar.inc(u64::from(count));
    }
}
