//! What all kinds promise, and where the points of some of them lie.

use std::vec;
use std::vec::Vec;

use super::{Blobs, Columns, Kind, Spirals, Synthetic, Xor};
use crate::random::Part;

/// The exact points of `kind` in the order of their indices.
fn points(kind: impl Kind, count: usize) -> Vec<([f32; 2], u16)> {
    (0..count).map(|index| kind.exact(index, count)).collect()
}

/// The points of `kind` as they are drawn; their order does not depend on the noise.
fn drawn(kind: impl Kind, count: usize) -> Vec<([f32; 2], u16)> {
    let (mut inputs, mut classes, mut order) = (vec![0.0; 2 * count], vec![0; count], vec![0; count]);
    let columns = Columns::of_synthetic(0, 1);
    kind.draw(&columns, (5, Part::Train), &mut inputs, &mut classes, &mut order);
    inputs.as_chunks().0.iter().copied().zip(classes).collect()
}

/// Every kind, with this noise and, where there may be more than two, five classes.
fn kinds(noise: f32) -> impl Iterator<Item = Synthetic> {
    Synthetic::ALL.iter().map(move |kind| {
        let mut kind = *kind;
        kind.set("noise", noise.into());
        kind.set("classes", 5.0);
        kind
    })
}

#[test]
fn a_kind_is_described_as_it_is() {
    for kind in Synthetic::ALL {
        for parameter in kind.parameters() {
            let (mut other, value) = (*kind, kind.get(parameter.name).unwrap());
            assert!(parameter.range.holds(value), "{kind:?} {parameter:?}");
            assert!(other.set(parameter.name, 2.0));
            assert_eq!(other.get(parameter.name), Some(2.0));
        }
        assert_eq!(kind.get("nose"), None);
        assert!(!{ *kind }.set("nose", 1.0));
        assert!(!kind.about().is_empty() && !kind.about().ends_with('.'));
    }
}

#[test]
fn classes_differ_by_at_most_one_point() {
    for count in [1, 2, 3, 5, 6, 7, 99, 100, 101, 102] {
        for kind in kinds(0.1) {
            let mut sizes = vec![0; kind.class_count()];
            for (_, class) in drawn(kind, count) {
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
    for (noisy, exact) in kinds(0.3).zip(kinds(0.0)) {
        // Interpreted, a point takes milliseconds.
        let count = if cfg!(miri) { 100 } else { 20_000 };
        let (mut sum, mut squares) = (0.0, 0.0);
        for ((noisy, class), (exact, same)) in drawn(noisy, count).iter().zip(drawn(exact, count)) {
            assert_eq!(*class, same);
            for (noisy, exact) in noisy.iter().zip(exact) {
                let deviate = f64::from(noisy - exact) / 0.3;
                sum += deviate;
                squares += deviate * deviate;
            }
        }
        // Five standard errors: 1/√n and √(2/n).
        let n = 2.0 * f64::from(count as u32);
        assert!((sum / n).abs() < 5.0 / libm::sqrt(n), "{noisy:?}");
        assert!((squares / n - 1.0).abs() < 5.0 * libm::sqrt(2.0 / n), "{noisy:?}");
    }
}

#[test]
fn xor_is_one_where_the_signs_differ_and_has_a_quarter_at_each_corner() {
    let points = points(Xor { noise: 0.0 }, 100);
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
    let blobs = Blobs {
        noise: 0.0,
        classes: 6,
    };
    let points = points(blobs, 12);
    assert_eq!(points[0], ([1.0, 0.0], 0));
    assert_eq!(points[..6], points[6..]);
    for (index, &([x, y], class)) in points[..6].iter().enumerate() {
        assert_eq!(usize::from(class), index);
        let angle = index as f64 * std::f64::consts::PI / 3.0;
        // The angle, at most 2π, is off by two roundings, 2·2⁻²⁴·2π < 7.5e-7; so is at most the point.
        assert!(
            (f64::from(x) - libm::cos(angle)).abs() < 8e-7 && (f64::from(y) - libm::sin(angle)).abs() < 8e-7
        );
    }
}

#[test]
fn spirals_wind_from_the_center_outward_one_arm_for_each_class() {
    let spirals = Spirals {
        noise: 0.0,
        classes: 4,
        turns: 2.0,
    };
    let points = points(spirals, 400);
    for (index, &([x, y], class)) in points.iter().enumerate() {
        let (arm, t) = ((index % 4) as f64, (index / 4) as f64 / 100.0);
        assert_eq!(f64::from(class), arm);
        let angle = std::f64::consts::TAU * (f64::from(spirals.turns) * t + arm / 4.0);
        // The angle, at most 5.5π < 18, is off by five roundings of at most 2⁻²⁴ each: 5.4e-6.
        assert!((f64::from(x) - t * libm::cos(angle)).abs() < 6e-6);
        assert!((f64::from(y) - t * libm::sin(angle)).abs() < 6e-6);
    }
    assert_eq!(points[0], ([0.0, 0.0], 0));
}
