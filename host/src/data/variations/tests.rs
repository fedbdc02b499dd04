//! What a variation changes, and that all else stays, bit for bit.

use tombola::random::Seed;

use super::moments;
use crate::data::{Contents, Drawn, Rows, Source};
use crate::experiment::{Csv, Data, Kind, Normalize, Task};

const ARM: Seed = Seed { seed: 3, arm: 17 };

fn source() -> Source {
    let data = Data {
        train: 600,
        validation: 500,
        test: 400,
        ..Data::default()
    };
    Source::open(&data, &Contents::default()).unwrap()
}

/// One input of every sample of a part, as bits.
fn column(drawn: &Drawn, rows: &Rows, input: usize) -> Vec<u32> {
    rows.inputs[input..]
        .iter()
        .step_by(drawn.input_count())
        .map(|x| x.to_bits())
        .collect()
}

/// The class of one task of every sample of a part.
fn classes(drawn: &Drawn, rows: &Rows, task: usize) -> Vec<u16> {
    rows.classes[task..]
        .iter()
        .copied()
        .step_by(drawn.task_count())
        .collect()
}

fn sorted(mut classes: Vec<u16>) -> Vec<u16> {
    classes.sort_unstable();
    classes
}

const PARTS: [fn(&Drawn) -> &Rows; 3] = [
    |drawn| &drawn.train,
    |drawn| &drawn.validation,
    |drawn| &drawn.test,
];

#[test]
fn another_arm_draws_other_samples_of_every_part_and_arm_0_those_of_the_seed() {
    let source = source();
    let shared = source.draw(3).unwrap();
    assert_eq!(source.draw(Seed { seed: 3, arm: 0 }).unwrap(), shared);
    let other = source.draw(ARM).unwrap();
    assert_eq!(other.data_seed, 3);
    for part in PARTS {
        for input in 0..4 {
            assert_ne!(
                column(&other, part(&other), input),
                column(&shared, part(&shared), input)
            );
        }
        assert_ne!(part(&other).classes, part(&shared).classes);
    }
}

#[test]
fn another_arm_deals_out_the_rows_of_a_file_in_another_order() {
    let rows: Vec<String> = (0..40).map(|row| format!("{row},{}", row % 2)).collect();
    let text = format!("x,label\n{}\n", rows.join("\n"));
    let kind = Kind::Csv(Csv {
        path: "rows.csv".into(),
        label: "label".to_owned(),
    });
    let task = vec![Task::new("rows", kind)];
    let data = Data {
        train: 20,
        validation: 10,
        test: 10,
        normalize: Normalize::None,
        task,
        ..Data::default()
    };
    let contents = Contents::read(&data, |_| Ok(text.clone().into_bytes())).unwrap();
    let source = Source::open(&data, &contents).unwrap();
    let all = |seed: Seed| {
        let drawn = source.draw(seed).unwrap();
        PARTS
            .iter()
            .flat_map(|part| part(&drawn).inputs.clone())
            .collect::<Vec<f32>>()
    };
    let [mut shared, mut other] = [all(3.into()), all(ARM)];
    assert_ne!(shared[..20], other[..20]);
    for inputs in [&mut shared, &mut other] {
        inputs.sort_unstable_by(f32::total_cmp);
    }
    assert_eq!(shared, other);
}

#[test]
fn shuffled_labels_are_those_of_one_task_in_two_parts_and_all_else_stays() {
    let drawn = source().draw(3).unwrap();
    let shuffled = drawn.with_shuffled_labels(1, ARM);
    for (number, part) in PARTS.into_iter().enumerate() {
        let (before, after) = (part(&drawn), part(&shuffled));
        assert_eq!(before.inputs, after.inputs);
        assert_eq!(classes(&drawn, before, 0), classes(&drawn, after, 0));
        let [before, after] = [before, after].map(|rows| classes(&drawn, rows, 1));
        assert_eq!(
            before == after,
            number == 2,
            "the test part alone keeps its labels"
        );
        assert_eq!(sorted(before), sorted(after));
    }
    assert_ne!(shuffled, drawn.with_shuffled_labels(1, 3));
    let restored = Drawn {
        train: drawn.train.clone(),
        validation: drawn.validation.clone(),
        ..shuffled
    };
    assert_eq!(restored, drawn);
}

#[test]
fn noise_replaces_the_inputs_of_one_task_in_all_parts_and_all_else_stays() {
    let drawn = source().draw(3).unwrap();
    let noise = drawn.with_noise_inputs(0, ARM);
    let moments_of = |rows: &Rows, input| moments(rows.inputs[input..].iter().step_by(4));
    for part in PARTS {
        let (before, after) = (part(&drawn), part(&noise));
        assert_eq!(before.classes, after.classes);
        for input in 0..4 {
            let [before, after] = [before, after].map(|rows| column(&drawn, rows, input));
            assert_eq!(before == after, input >= 2, "input {input}");
        }
        for input in 0..2 {
            // Five standard errors of a mean and of a deviation.
            let ([mean, deviation], count) =
                (moments_of(&drawn.train, input), after.classes.len() as f64 / 2.0);
            let [noise_mean, noise_deviation] = moments_of(after, input);
            let error = deviation / count.sqrt();
            assert!((noise_mean - mean).abs() < 5.0 * error);
            assert!((noise_deviation - deviation).abs() < 5.0 * error / 2.0_f64.sqrt());
        }
    }
    assert_ne!(column(&noise, &noise.train, 0), column(&noise, &noise.train, 1));
    assert_ne!(
        column(&noise, &noise.train, 0)[..400],
        column(&noise, &noise.test, 0)[..]
    );
}

#[test]
fn noise_is_finite_whatever_the_inputs_are() {
    let mut drawn = source().draw(3).unwrap();
    drawn
        .train
        .inputs
        .iter_mut()
        .for_each(|x| *x = x.signum() * f32::MAX);
    let noise = drawn.with_noise_inputs(1, ARM);
    assert!(
        PARTS
            .iter()
            .all(|part| part(&noise).inputs.iter().all(|x| x.is_finite()))
    );
}

#[test]
fn a_task_alone_has_its_inputs_its_classes_and_its_normalization() {
    let drawn = source().draw(3).unwrap();
    for task in 0..2 {
        let alone = drawn.of_task(task);
        for part in PARTS {
            for input in 0..2 {
                let whole = column(&drawn, part(&drawn), 2 * task + input);
                assert_eq!(column(&alone, part(&alone), input), whole);
            }
            assert_eq!(part(&alone).classes, classes(&drawn, part(&drawn), task));
        }
        let (ours, all) = (
            alone.normalization.as_ref().unwrap(),
            drawn.normalization.as_ref().unwrap(),
        );
        assert_eq!(ours.shift, all.shift[2 * task..2 * task + 2]);
        assert_eq!(ours.scale, all.scale[2 * task..2 * task + 2]);
        let samples = alone.parts().train;
        assert_eq!(
            (
                samples.input_count(),
                samples.task_count(),
                samples.sample_count()
            ),
            (2, 1, 600)
        );
        assert_eq!(alone.of_task(0), alone);
    }
}
