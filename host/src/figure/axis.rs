//! The axes of a plot: scales and ticks that are the same on every machine.

/// An axis with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    /// Whether values grow to the left.
    falls: bool,
    ticks: Vec<f64>,
    unit: Unit,
}

/// How the numbers of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Count,
    Percent,
    /// As they are.
    Plain,
}

impl Axis {
    /// Counts from `low` to `high`, by their logarithms; 0 has a place, too. There are at most about so many ticks.
    pub(super) fn log(low: f64, high: f64, falls: bool, most_ticks: usize) -> Self {
        let (low, high) = if low < high { (low, high) } else { (low, low + 1.0) };
        Self {
            low,
            high,
            is_log: true,
            falls,
            ticks: log_ticks(low, high, most_ticks),
            unit: Unit::Count,
        }
    }

    /// Shares of at least about `low` and at most 1.
    pub(super) fn shares(low: f64, most_ticks: usize) -> Self {
        let low = (low * 100.0).floor().clamp(0.0, 99.0) as u64;
        // Every step divides 100.
        let step = step(100 - low, most_ticks);
        let first = 100 - (100 - low).div_ceil(step) * step;
        Self {
            low: first as f64 / 100.0,
            high: 1.0,
            is_log: false,
            falls: false,
            ticks: (0..=(100 - first) / step)
                .map(|tick| (first + tick * step) as f64 / 100.0)
                .collect(),
            unit: Unit::Percent,
        }
    }

    /// Counts from 0 to at least `high`.
    pub(super) fn counts(high: u64, most_ticks: usize) -> Self {
        let step = step(high.max(1), most_ticks);
        let last = high.max(1).div_ceil(step);
        Self {
            low: 0.0,
            high: (last * step) as f64,
            is_log: false,
            falls: false,
            ticks: (0..=last).map(|tick| (tick * step) as f64).collect(),
            unit: Unit::Count,
        }
    }

    /// Any numbers, with ticks where they are round.
    pub(super) fn plain(low: f64, high: f64, most_ticks: usize) -> Self {
        let mut unit = 1.0;
        let span = high - low;
        while span / unit < 10.0 && 1e-30 < unit {
            unit /= 10.0;
        }
        while 100.0 < span / unit && unit < 1e30 {
            unit *= 10.0;
        }
        let step = step((span / unit).ceil().clamp(1.0, 100.0) as u64, most_ticks) as f64;
        let tick = |count: f64| count * step * unit;
        let first = (low / (step * unit)).ceil();
        let ticks = (0..20)
            .map(|index| tick(first + f64::from(index)))
            .take_while(|&tick| tick <= high);
        Self {
            low,
            high,
            is_log: false,
            falls: false,
            ticks: ticks.collect(),
            unit: Unit::Plain,
        }
    }

    /// The same without ticks.
    pub(super) fn without_ticks(self) -> Self {
        Self {
            ticks: Vec::new(),
            ..self
        }
    }

    /// The lowest value.
    pub(super) fn low(&self) -> f64 {
        self.low
    }

    /// The highest.
    pub(super) fn high(&self) -> f64 {
        self.high
    }

    /// How far from the low to the high end, in 0..=1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let at = |value: f64| {
            if self.is_log {
                libm::log(value.max(0.0) + 0.5)
            } else {
                value
            }
        };
        let (low, high) = (at(self.low), at(self.high));
        let share = ((at(value) - low) / (high - low)).clamp(0.0, 1.0);
        if self.falls { 1.0 - share } else { share }
    }
}

/// The least of 1, 2, 5, 10, 20, … with at most so many of it in the span.
fn step(span: u64, most: usize) -> u64 {
    let steps = (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let mut steps = steps.filter(|step| span.div_ceil(*step) <= most.max(1) as u64);
    steps.next().unwrap_or(u64::MAX)
}

/// 0 if it is in range, and round numbers: of each power of ten as many as there is room for.
fn log_ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let zero = (low <= 0.0).then_some(0.0);
    let choices: [&[u64]; 4] = [&[1, 2, 3, 5, 7], &[1, 2, 5], &[1, 3], &[1]];
    let of = |digits: &[u64]| -> Vec<f64> {
        let powers = (0..16).map(|power| 10_u64.pow(power));
        let all = powers.flat_map(|power| digits.iter().map(move |digit| (digit * power) as f64));
        let inside = all.filter(|tick| (low..=high).contains(tick));
        zero.into_iter().chain(inside).collect()
    };
    let fitting = choices
        .iter()
        .map(|digits| of(digits))
        .find(|ticks| ticks.len() <= most);
    fitting
        .filter(|ticks| 1 < ticks.len())
        .unwrap_or_else(|| vec![low.round(), high.round()])
}

impl Axis {
    /// The values that have a tick, ascending.
    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// The text at a tick.
    pub(super) fn text(&self, value: f64) -> String {
        match self.unit {
            Unit::Count => thousands(value.round() as usize),
            Unit::Percent => format!("{} %", (value * 100.0).round()),
            Unit::Plain if 1e6 <= value.abs() => format!("{value:.1e}"),
            Unit::Plain => {
                // At most six digits: what is left of 0.1 · 3 is not shown.
                let text = format!("{:.*}", decimals(self.high - self.low), value);
                let text = if text.contains('.') {
                    text.trim_end_matches('0').trim_end_matches('.')
                } else {
                    &text
                };
                (if text == "-0" { "0" } else { text }).replace('-', "−")
            }
        }
    }
}

/// A count, its digits in groups of three.
pub(super) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Decimals that tell ticks apart.
fn decimals(span: f64) -> usize {
    let mut decimals = 1;
    let mut unit = 1.0;
    while span < unit && decimals < 8 {
        unit /= 10.0;
        decimals += 1;
    }
    decimals
}
