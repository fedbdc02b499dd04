//! Estimates how often one event comes first where another can come before it: competing risks.

use super::Z;

/// What can happen to a ticket for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It falls apart into a network for each task, with nothing lost.
    Separated,
    /// An input or output is lost.
    Degraded,
}

/// When something happened to one subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The time of the event, or that until which there was none.
    pub time: f64,
    /// What happened; nothing if it was not looked at any longer: it is censored.
    pub cause: Option<Cause>,
}

/// The cumulative incidence of one cause at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incidence {
    /// Events of this cause at this time.
    pub events: usize,
    /// Probability that this cause has come first by this time.
    pub incidence: f64,
    /// Variance of this estimate, of at least 0.
    pub variance: f64,
    /// 95 % interval; none where the estimate is 0 or 1, which counts decide.
    pub interval: Option<[f64; 2]>,
}

/// Both causes at a time at which at least one event happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// Subjects to which nothing had happened before, and that were still looked at.
    pub at_risk: usize,
    /// [`Cause::Separated`].
    pub separated: Incidence,
    /// [`Cause::Degraded`].
    pub degraded: Incidence,
}

/// Cumulative incidence of both causes at every time of an event, in order (Aalen and Johansen 1978, "An empirical
/// transition matrix for non-homogeneous Markov chains based on censored observations"):
/// F(t) = Σ S(tᵢ₋₁)·eᵢ/nᵢ over the times up to t, with n at risk, e events of the cause, d of any cause, and S the
/// Kaplan–Meier estimate for any cause.
///
/// The variance is Greenwood's by the delta method, as lifelines' `AalenJohansenFitter` and SAS's LIFETEST have it
/// (Collett 2015, "Modelling Survival Data in Medical Research", 3rd edition, p. 411):
/// Σ (F(t) − F(tᵢ))²·dᵢ/(nᵢ(nᵢ − dᵢ)) + Σ S(tᵢ₋₁)²·eᵢ(nᵢ − eᵢ)/nᵢ³ − 2·Σ (F(t) − F(tᵢ))·S(tᵢ₋₁)·eᵢ/nᵢ².
/// The interval is that of log(−log F), transformed back: F^exp(±z·√variance / (F·log F)).
///
/// F is 0 before the first event of the cause, and 1 once nothing is at risk any more and all events were of the cause:
/// S and the other cause's F are 0 then, and with them the variance. Counts decide this, since sums are rounded.
///
/// Events at a time come before what is censored then. Several events at one time, of one cause or of both, leave
/// together, from the same number at risk: the estimator as it stands, without the jitter that lifelines adds where
/// causes tie.
pub fn cumulative_incidence(observations: &[Observation]) -> Vec<Step> {
    let mut sorted = observations.to_vec();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut at_risk = sorted.len();
    let mut times = vec![];
    for group in sorted.chunk_by(|a, b| a.time == b.time) {
        let count = |cause| group.iter().filter(|seen| seen.cause == Some(cause)).count();
        let events = [count(Cause::Separated), count(Cause::Degraded)];
        if events != [0, 0] {
            times.push((group[0].time, at_risk, events));
        }
        at_risk -= group.len();
    }
    let of_cause = |index| {
        curve(
            times
                .iter()
                .map(|&(_, at_risk, events)| (at_risk, events[index], events[0] + events[1])),
        )
    };
    let (separated, degraded) = (of_cause(0), of_cause(1));
    let steps = times.iter().zip(separated).zip(degraded);
    steps
        .map(|((&(time, at_risk, _), separated), degraded)| Step {
            time,
            at_risk,
            separated,
            degraded,
        })
        .collect()
}

/// One time of the sums above.
struct Term {
    at_risk: f64,
    of_cause: f64,
    of_any: f64,
    survival_before: f64,
    incidence: f64,
}

/// The curve of one cause, from how many are at risk, and have events of the cause and of any, at each time.
fn curve(times: impl Iterator<Item = (usize, usize, usize)>) -> Vec<Incidence> {
    let (mut survival, mut sum) = (1.0, 0.0);
    let (mut events_so_far, mut others_so_far) = (0, 0);
    let mut terms: Vec<Term> = vec![];
    let mut curve = vec![];
    for (at_risk, events, of_any) in times {
        events_so_far += events;
        others_so_far += of_any - events;
        let [n, e, d] = [at_risk, events, of_any].map(|count| count as f64);
        sum += survival * e / n;
        terms.push(Term {
            at_risk: n,
            of_cause: e,
            of_any: d,
            survival_before: survival,
            incidence: sum,
        });
        survival *= (n - d) / n;
        let known = |incidence| Incidence {
            events,
            incidence,
            variance: 0.0,
            interval: None,
        };
        curve.push(if events_so_far == 0 {
            known(0.0)
        } else if others_so_far == 0 && of_any == at_risk {
            known(1.0)
        } else {
            let variance = terms.iter().map(|term| term.variance(sum)).sum::<f64>().max(0.0);
            // The sum is below 1 but for its rounding.
            let incidence = f64::min(sum, 1.0_f64.next_down());
            Incidence {
                events,
                incidence,
                variance,
                interval: Some(log_log_interval(incidence, variance)),
            }
        });
    }
    curve
}

impl Term {
    /// What this time adds to the variance at a time with that incidence.
    fn variance(&self, incidence: f64) -> f64 {
        let &Self {
            at_risk: n,
            of_cause: e,
            of_any: d,
            survival_before: s,
            ..
        } = self;
        let since = incidence - self.incidence;
        // After the last one at risk nothing happens any more, and 0/0 would stand here.
        let any = if since == 0.0 {
            0.0
        } else {
            since * since * d / (n * (n - d))
        };
        any + s * s * e * (n - e) / (n * n * n) - 2.0 * since * s * e / (n * n)
    }
}

/// Of a share above 0 and below 1.
fn log_log_interval(share: f64, variance: f64) -> [f64; 2] {
    let log = libm::log(share);
    let width = Z * variance.sqrt() / (share * -log);
    [width, -width].map(|width| libm::exp(log * libm::exp(width)))
}

#[cfg(test)]
mod tests {
    use super::{Cause, Observation, cumulative_incidence};

    fn observations(seen: &[(f64, Option<Cause>)]) -> Vec<Observation> {
        seen.iter()
            .map(|&(time, cause)| Observation { time, cause })
            .collect()
    }
    const SEPARATED: Option<Cause> = Some(Cause::Separated);
    const DEGRADED: Option<Cause> = Some(Cause::Degraded);

    /// lifelines 0.30, `AalenJohansenFitter` with its check for ties replaced: time, at risk, and of each cause the
    /// incidence, its variance and the interval.
    const LIFELINES: &str = "
3 12 0.08333333333333333 0.00636574074074074 0.0050528354789907285 0.3110704099899873 0 0 NaN NaN
5 11 0.16666666666666669 0.011574074074074073 0.026510426590825996 0.4129803127240269 0.08333333333333333 0.00636574074074074 0.0050528354789907285 0.3110704099899873
7 8 0.16666666666666669 0.011574074074074073 0.026510426590825996 0.4129803127240269 0.17708333333333337 0.012998227719907409 0.0276431558761861 0.4338100437514286
8 7 0.35416666666666674 0.02052589699074074 0.10774031529067854 0.6165757178186957 0.17708333333333337 0.012998227719907409 0.0276431558761861 0.4338100437514286
10 5 0.35416666666666674 0.02052589699074074 0.10774031529067854 0.6165757178186957 0.27083333333333337 0.01792173032407408 0.06441636136399562 0.5367662134153612
12 3 0.47916666666666674 0.0253002025462963 0.1683975085756045 0.7379808337862859 0.27083333333333337 0.01792173032407408 0.06441636136399562 0.5367662134153612
15 2 0.47916666666666674 0.0253002025462963 0.1683975085756045 0.7379808337862859 0.39583333333333337 0.024432146990740745 0.11809473590779222 0.6689469023616829
";

    #[test]
    fn curves_are_those_of_lifelines_without_its_jitter() {
        let steps = cumulative_incidence(&observations(&[
            (3.0, SEPARATED),
            (5.0, SEPARATED),
            (5.0, DEGRADED),
            (5.0, None),
            (7.0, DEGRADED),
            (8.0, SEPARATED),
            (8.0, SEPARATED),
            (10.0, None),
            (10.0, DEGRADED),
            (12.0, SEPARATED),
            (15.0, None),
            (15.0, DEGRADED),
        ]));
        for (step, line) in steps.iter().zip(LIFELINES.trim().lines()) {
            let theirs: Vec<f64> = line
                .split_whitespace()
                .map(|cell| cell.parse().unwrap())
                .collect();
            assert_eq!([step.time, step.at_risk as f64], theirs[..2]);
            let [separated, degraded] = [step.separated, step.degraded].map(|ours| {
                let [low, high] = ours.interval.unwrap_or([f64::NAN; 2]);
                [ours.incidence, ours.variance, low, high]
            });
            for (ours, theirs) in separated.into_iter().chain(degraded).zip(&theirs[2..]) {
                // A dozen operations on numbers below 1, in another order.
                assert!(
                    (ours - theirs).abs() < 1e-14 || ours.is_nan() && theirs.is_nan(),
                    "{line}: {ours}"
                );
            }
        }
        assert_eq!(steps.len(), LIFELINES.trim().lines().count());
    }

    #[test]
    fn what_happens_to_all_is_certain() {
        let steps = cumulative_incidence(&observations(&[
            (1.0, SEPARATED),
            (2.0, SEPARATED),
            (2.0, SEPARATED),
        ]));
        let last = steps.last().unwrap();
        let all = |at: super::Incidence| (at.incidence, at.variance, at.interval);
        assert_eq!(all(last.separated), (1.0, 0.0, None));
        assert_eq!(all(last.degraded), (0.0, 0.0, None));
    }

    /// Sums of these are 0.9999999999999999, 1 and 1.0000000000000002, their variances below 0, too.
    #[test]
    fn what_is_certain_is_so_however_sums_are_rounded() {
        for count in 1..200 {
            // One by one, all censored that is to be before the last; then with one of the other cause.
            let certain: Vec<_> = (0..count).map(|time| (f64::from(time), SEPARATED)).collect();
            let mut censored = certain.clone();
            censored[..count as usize - 1]
                .iter_mut()
                .step_by(3)
                .for_each(|seen| seen.1 = None);
            for seen in [certain.clone(), censored] {
                let steps = cumulative_incidence(&observations(&seen));
                let (last, before) = steps.split_last().unwrap();
                let last = last.separated;
                assert_eq!(
                    (last.incidence, last.variance, last.interval),
                    (1.0, 0.0, None),
                    "{count}"
                );
                assert!(before.iter().all(|step| step.separated.interval.is_some()));
            }
            let mut other = certain;
            other[count as usize / 2].1 = DEGRADED;
            for step in cumulative_incidence(&observations(&other)) {
                for at in [step.separated, step.degraded] {
                    let [low, high] = at.interval.unwrap_or([at.incidence; 2]);
                    assert!(0.0 <= low && low <= at.incidence && at.incidence <= high && high <= 1.0);
                    assert!(0.0 <= at.variance, "{at:?}");
                }
            }
        }
    }

    #[test]
    fn without_censoring_it_is_the_share_with_its_binomial_variance() {
        let steps = cumulative_incidence(&observations(&[
            (1.0, SEPARATED),
            (2.0, DEGRADED),
            (3.0, SEPARATED),
            (4.0, DEGRADED),
        ]));
        let half = steps.last().unwrap().separated;
        assert!((half.incidence - 0.5).abs() < 1e-15);
        assert!(
            (half.variance - 0.5 * 0.5 / 4.0).abs() < 1e-15,
            "{}",
            half.variance
        );
        assert_eq!(cumulative_incidence(&[]), []);
        assert_eq!(cumulative_incidence(&observations(&[(1.0, None)])), []);
    }
}
