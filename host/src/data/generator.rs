//! From a task's settings to its points. Without it every caller would have to know all the kinds.

use rand_core::Rng;
use tombola::data::{Circles, Moons};

use super::{Blobs, Spirals, Xor};
use crate::experiment::Kind;

/// Points of one part of a task that is drawn, not read.
#[derive(Clone, Debug)]
pub(super) enum Generator {
    Moons(Moons),
    Circles(Circles),
    Xor(Xor),
    Blobs(Blobs),
    Spirals(Spirals),
}

impl Generator {
    /// `count` points of this kind; `None` for a CSV file, which has its own.
    pub(super) fn new(kind: &Kind, count: usize) -> Option<Self> {
        Some(match *kind {
            Kind::Moons { noise } => Self::Moons(Moons::new(count, noise)),
            Kind::Circles { noise, factor } => Self::Circles(Circles::new(count, noise, factor)),
            Kind::Xor { noise } => Self::Xor(Xor::new(count, noise)),
            Kind::Blobs { noise, classes } => Self::Blobs(Blobs::new(count, noise, classes)),
            Kind::Spirals {
                noise,
                classes,
                turns,
            } => Self::Spirals(Spirals::new(count, noise, classes, turns)),
            Kind::Csv { .. } => return None,
        })
    }

    /// Writes the two coordinates of a point and returns its class.
    pub(super) fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        match self {
            Self::Moons(moons) => moons.point(index, point, rng),
            Self::Circles(circles) => circles.point(index, point, rng),
            Self::Xor(xor) => xor.point(index, point, rng),
            Self::Blobs(blobs) => blobs.point(index, point, rng),
            Self::Spirals(spirals) => spirals.point(index, point, rng),
        }
    }
}

#[cfg(test)]
mod tests {
    use tombola::random::{Purpose, stream};

    use super::Generator;
    use crate::experiment::Kind;

    /// The points of `kind` in the order of their indices.
    fn points(kind: &Kind, count: usize) -> Vec<([f32; 2], u16)> {
        let mut generator = Generator::new(kind, count).expect("drawn");
        let mut rng = stream(5, Purpose::Weights);
        let mut point = [0.0; 2];
        (0..count)
            .map(|index| {
                let class = generator.point(index, &mut point, &mut rng);
                (point, class)
            })
            .collect()
    }

    fn kinds(noise: f32) -> [(Kind, usize); 5] {
        [
            (Kind::Moons { noise }, 2),
            (Kind::Circles { noise, factor: 0.5 }, 2),
            (Kind::Xor { noise }, 2),
            (Kind::Blobs { noise, classes: 5 }, 5),
            (
                Kind::Spirals {
                    noise,
                    classes: 3,
                    turns: 1.5,
                },
                3,
            ),
        ]
    }

    #[test]
    fn classes_differ_by_at_most_one_point() {
        for count in [1, 2, 3, 5, 6, 7, 99, 100, 101, 102] {
            for (kind, class_count) in kinds(0.1) {
                let mut sizes = vec![0; class_count];
                for (_, class) in points(&kind, count) {
                    sizes[usize::from(class)] += 1;
                }
                let range = (sizes.iter().min().copied(), sizes.iter().max().copied());
                assert!(
                    matches!(range, (Some(least), Some(most)) if most - least <= 1),
                    "{kind:?} {sizes:?}"
                );
            }
        }
    }

    #[test]
    fn noise_has_mean_zero_and_the_deviation_asked_for() {
        for ((noisy, _), (exact, _)) in kinds(0.3).iter().zip(&kinds(0.0)) {
            let count = 20_000;
            let (mut sum, mut squares) = (0.0, 0.0);
            for ((noisy, class), (exact, same)) in points(noisy, count).iter().zip(points(exact, count)) {
                assert_eq!(*class, same);
                for (noisy, exact) in noisy.iter().zip(exact) {
                    let deviate = f64::from(noisy - exact) / 0.3;
                    sum += deviate;
                    squares += deviate * deviate;
                }
            }
            // Five standard errors: 1/√n and √(2/n).
            let n = 2.0 * count as f64;
            assert!((sum / n).abs() < 5.0 / n.sqrt(), "{noisy:?}");
            assert!((squares / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{noisy:?}");
        }
    }

    #[test]
    fn xor_is_one_where_the_signs_differ_and_has_a_quarter_at_each_corner() {
        let points = points(&Kind::Xor { noise: 0.0 }, 100);
        for corner in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            assert_eq!(points.iter().filter(|(point, _)| *point == corner).count(), 25);
        }
        assert!(
            points
                .iter()
                .all(|&([x, y], class)| class == u16::from(x * y < 0.0))
        );
    }

    #[test]
    fn blobs_stand_evenly_on_the_unit_circle_from_angle_zero_on() {
        let points = points(
            &Kind::Blobs {
                noise: 0.0,
                classes: 6,
            },
            12,
        );
        assert_eq!(points[0], ([1.0, 0.0], 0));
        assert_eq!(points[..6], points[6..]);
        for (index, &([x, y], class)) in points[..6].iter().enumerate() {
            assert_eq!(usize::from(class), index);
            let angle = index as f64 * std::f64::consts::PI / 3.0;
            // The angle, at most 2π, is off by two roundings, 2·2⁻²⁴·2π < 7.5e-7; so is at most the point.
            assert!(
                (f64::from(x) - libm::cos(angle)).abs() < 8e-7
                    && (f64::from(y) - libm::sin(angle)).abs() < 8e-7
            );
        }
    }

    #[test]
    fn spirals_wind_from_the_center_outward_one_arm_for_each_class() {
        let turns = 2.0;
        let points = points(
            &Kind::Spirals {
                noise: 0.0,
                classes: 4,
                turns,
            },
            400,
        );
        for (index, &([x, y], class)) in points.iter().enumerate() {
            let (arm, t) = ((index % 4) as f64, (index / 4) as f64 / 100.0);
            assert_eq!(f64::from(class), arm);
            let angle = std::f64::consts::TAU * (f64::from(turns) * t + arm / 4.0);
            // The angle, at most 5.5π < 18, is off by five roundings of at most 2⁻²⁴ each: 5.4e-6.
            assert!((f64::from(x) - t * libm::cos(angle)).abs() < 6e-6);
            assert!((f64::from(y) - t * libm::sin(angle)).abs() < 6e-6);
        }
        assert_eq!(points[0], ([0.0, 0.0], 0));
    }
}
