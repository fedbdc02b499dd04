//! What the seeds, the parts and the normalization promise, over all kinds of tasks.

use tombola::data::{Blobs, Circles, Columns, Kind as _, Moons, Normalization, Spirals};
use tombola::random::Part;

use super::{Contents, Drawn, Rows, Source};
use crate::error::refused;
use crate::experiment::{Csv, Data, Kind, Normalize, SeedRule, Task};

fn data(tasks: Vec<(&str, Kind)>, sizes: [usize; 3], normalize: Normalize) -> Data {
    let [train, validation, test] = sizes;
    Data {
        train,
        validation,
        test,
        normalize,
        seed: SeedRule::Own,
        task: tasks
            .into_iter()
            .map(|(name, kind)| Task::new(name, kind))
            .collect(),
    }
}

fn moons_and_circles(normalize: Normalize) -> Data {
    Data {
        train: 60,
        validation: 50,
        test: 40,
        normalize,
        ..Data::default()
    }
}

fn open(settings: &Data) -> anyhow::Result<Source> {
    let read = |path: &std::path::Path| std::fs::read(path).map_err(anyhow::Error::from);
    Source::open(settings, &Contents::read(settings, read)?)
}

fn draw(settings: &Data, seed: u64) -> Drawn {
    open(settings).unwrap().draw(seed).unwrap()
}

/// A CSV file with `text`, and its kind.
fn csv(text: &str) -> (tempfile::TempDir, Kind) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my.csv");
    std::fs::write(&path, text).unwrap();
    let label = "label".to_owned();
    (dir, Kind::Csv(Csv { path, label }))
}

/// Checks that `settings` are refused as bad input when they are opened or drawn.
#[track_caller]
fn check_refused(settings: &Data, fragments: &[&str]) {
    refused(open(settings).and_then(|source| source.draw(0)), fragments);
}

#[test]
fn sizes_are_suggested_that_fit_the_files_of_all_tasks() {
    let file = |rows: usize| {
        let rows = (0..rows).map(|row| format!("{},{}\n", row * row, row % 2));
        csv(&format!("x,label\n{}", rows.collect::<String>()))
    };
    let (_one, longer) = file(20);
    let (_other, shorter) = file(11);
    let tasks = vec![("one", longer), ("two", shorter)];
    check_refused(
        &data(tasks.clone(), [60, 20, 20], Normalize::None),
        &[
            "data.task.one: ",
            "there are 20 rows",
            "--set data.train=7 --set data.validation=2 --set data.test=2,",
        ],
    );
    check_refused(
        &data(tasks.clone(), [7, 2, 3], Normalize::None),
        &["data.task.two: ", "there are 11 rows"],
    );
    assert!(open(&data(tasks, [7, 2, 2], Normalize::None)).is_ok());
}

#[test]
fn the_samples_are_those_that_a_board_makes_with_the_core_alone() {
    const SAMPLES: usize = 60;
    let (mut inputs, mut classes, mut order) = ([0.0; SAMPLES * 4], [0; SAMPLES * 2], [0; SAMPLES]);
    let [moons, circles] = [0, 1].map(|task| Columns::of_synthetic(task, 2));
    Moons::DEFAULT.draw(&moons, (9, Part::Train), &mut inputs, &mut classes, &mut order);
    Circles::DEFAULT.draw(&circles, (9, Part::Train), &mut inputs, &mut classes, &mut order);
    for column in 0..4 {
        let values = inputs[column..].iter().copied().step_by(4);
        let fitted = Normalization::standard(values);
        inputs[column..]
            .iter_mut()
            .step_by(4)
            .for_each(|x| *x = fitted.apply(*x));
    }
    let drawn = draw(&moons_and_circles(Normalize::Standard), 9);
    assert_eq!(drawn.train.inputs, inputs);
    assert_eq!(drawn.train.classes, classes);
}

#[test]
fn tasks_stand_side_by_side_and_two_classes_share_an_output() {
    let (_dir, kind) = csv("a,label,b,c\n1,x,2,3\n1,y,2,3\n1,z,2,3\n1,x,2,3\n1,y,2,3\n");
    let blobs = Blobs {
        noise: 0.1,
        classes: 4,
    }
    .into();
    let spirals = Spirals {
        noise: 0.1,
        classes: 2,
        turns: 1.0,
    }
    .into();
    let tasks = vec![("blobs", blobs), ("iris", kind), ("arms", spirals)];
    let source = open(&data(tasks, [1, 1, 1], Normalize::None)).unwrap();
    let ports: Vec<_> = source
        .ports()
        .iter()
        .map(|task| (task.name.as_str(), task.inputs.clone(), task.outputs.clone()))
        .collect();
    assert_eq!(
        ports,
        [
            ("blobs", vec![0, 1], vec![0, 1, 2, 3]),
            ("iris", vec![2, 3, 4], vec![4, 5, 6]),
            ("arms", vec![5, 6], vec![7]),
        ]
    );
    assert_eq!((source.input_count(), source.output_count()), (7, 8));
    let labels = ["x", "y", "z"].map(str::to_owned).to_vec();
    assert_eq!(source.ports()[1].classes, Some(labels));
    assert_eq!(source.ports()[0].classes, None);
    let drawn = source.draw(0).unwrap();
    assert_eq!(drawn.parts().train.input_count(), 7);
    assert_eq!(drawn.parts().train.task_count(), 3);
}

#[test]
fn each_part_has_its_own_size_and_points() {
    let drawn = draw(&moons_and_circles(Normalize::None), 0);
    let parts = drawn.parts();
    let sizes = [parts.train, parts.validation, parts.test].map(|part| part.sample_count());
    assert_eq!(sizes, [60, 50, 40]);
    assert_eq!(drawn.normalization, None);
    let contains = |rows: &Rows, point: &[f32]| rows.inputs.chunks(2).any(|other| other == point);
    for point in drawn.test.inputs.chunks(2) {
        assert!(!contains(&drawn.train, point) && !contains(&drawn.validation, point));
    }
}

#[test]
fn each_seed_draws_its_own_data_and_the_same_again() {
    let source = open(&moons_and_circles(Normalize::Standard)).unwrap();
    let (one, other) = (source.draw(1).unwrap(), source.draw(2).unwrap());
    assert_eq!((one.data_seed, other.data_seed), (1, 2));
    assert_ne!(one.train.inputs, other.train.inputs);
    assert_ne!(one.test.classes, other.test.classes);
    assert_eq!(one, source.draw(1).unwrap());
}

#[test]
fn a_task_draws_the_same_whatever_its_later_neighbors_are() {
    let both = draw(&moons_and_circles(Normalize::None), 3);
    let mut settings = moons_and_circles(Normalize::None);
    settings.task.truncate(1);
    let alone = draw(&settings, 3);
    let moons: Vec<f32> = both
        .train
        .inputs
        .chunks(4)
        .flat_map(|row| [row[0], row[1]])
        .collect();
    assert_eq!(alone.train.inputs, moons);
}

#[test]
fn the_classes_of_two_tasks_have_nothing_to_do_with_each_other() {
    let mut settings = moons_and_circles(Normalize::None);
    settings.train = 10_000;
    let drawn = draw(&settings, 0);
    let equal = drawn
        .train
        .classes
        .chunks(2)
        .filter(|row| row[0] == row[1])
        .count();
    // Half of them are 1 in each column; of the pairs, 5000 ± 5·√(10000)/2 agree.
    assert!(4750 < equal && equal < 5250, "{equal}");
}

#[test]
fn rows_of_a_file_are_in_one_part_at_most_and_all_seeds_order_them_anew() {
    let text: Vec<String> = (0..30).map(|row| format!("{row},{}\n", row % 3)).collect();
    let (_dir, kind) = csv(&format!("a,label\n{}", text.concat()));
    let source = open(&data(vec![("t", kind)], [15, 9, 6], Normalize::None)).unwrap();
    let drawn = source.draw(0).unwrap();
    let parts = [&drawn.train, &drawn.validation, &drawn.test];
    assert_eq!(parts.map(|part| part.inputs.len()), [15, 9, 6]);
    for part in parts {
        let mut rows = part.inputs.iter().zip(&part.classes);
        assert!(rows.all(|(&a, &class)| a as u16 % 3 == class));
    }
    let mut all = parts.map(|part| part.inputs.clone()).concat();
    all.sort_by(f32::total_cmp);
    assert_eq!(all, (0..30_u8).map(f32::from).collect::<Vec<_>>());
    assert_ne!(source.draw(1).unwrap().train.inputs, drawn.train.inputs);
}

#[test]
fn two_tasks_of_one_file_are_ordered_independently() {
    let text: Vec<String> = (0..30).map(|row| format!("{row},{}\n", row % 2)).collect();
    let (_dir, kind) = csv(&format!("a,label\n{}", text.concat()));
    let tasks = vec![("one", kind.clone()), ("two", kind)];
    let drawn = draw(&data(tasks, [10, 10, 10], Normalize::None), 0);
    assert!(drawn.train.inputs.chunks(2).any(|row| row[0] != row[1]));
}

#[test]
fn normalization_is_fitted_on_the_train_part_alone() {
    let raw = draw(&moons_and_circles(Normalize::None), 4);
    for (how, fit) in [
        (
            Normalize::Standard,
            Normalization::standard as fn(std::vec::IntoIter<f32>) -> Normalization,
        ),
        (Normalize::MinMax, Normalization::min_max),
    ] {
        let drawn = draw(&moons_and_circles(how), 4);
        let normalization = drawn.normalization.as_ref().unwrap();
        for column in 0..4 {
            let values: Vec<f32> = raw.train.inputs[column..].iter().copied().step_by(4).collect();
            let fitted = fit(values.into_iter());
            assert_eq!(
                (normalization.shift[column], normalization.scale[column]),
                (fitted.shift, fitted.scale)
            );
            for (raw, drawn) in [
                (&raw.train, &drawn.train),
                (&raw.validation, &drawn.validation),
                (&raw.test, &drawn.test),
            ] {
                let pairs = raw.inputs[column..]
                    .iter()
                    .zip(&drawn.inputs[column..])
                    .step_by(4);
                for (&raw, &normalized) in pairs {
                    assert_eq!(fitted.apply(raw).to_bits(), normalized.to_bits());
                }
            }
        }
    }
}

#[test]
fn min_max_puts_the_train_part_between_zero_and_one() {
    let drawn = draw(&moons_and_circles(Normalize::MinMax), 0);
    for column in 0..4 {
        let values = || drawn.train.inputs[column..].iter().copied().step_by(4);
        assert_eq!(values().fold(f32::INFINITY, f32::min), 0.0);
        // One rounding of the range and one of its inverse may leave the greatest just beside 1: 2 ulp below it.
        assert!((values().fold(0.0, f32::max) - 1.0).abs() <= 2.0 * f32::EPSILON);
    }
}

#[test]
fn a_column_that_cannot_be_normalized_is_named_with_its_task() {
    let (_dir, kind) = csv("a,b,label\n1,3e38,0\n2,-3e38,1\n3,1,0\n");
    let tasks = vec![("moons", Moons { noise: 0.1 }.into()), ("mine", kind)];
    for normalize in [Normalize::Standard, Normalize::MinMax] {
        check_refused(
            &data(tasks.clone(), [3, 0, 0], normalize),
            &["data.task.mine: input 'b' cannot be normalized", "divide by 1e38"],
        );
    }
    assert_eq!(
        draw(&data(tasks, [3, 0, 0], Normalize::None), 0).normalization,
        None
    );
}

#[test]
fn a_column_of_a_file_that_32_bits_cannot_hold_is_refused_when_it_is_read() {
    let rows = |text: fn(usize) -> String| {
        let rows: Vec<String> = (0..20)
            .map(|row| format!("{},{}\n", text(row), row % 2))
            .collect();
        csv(&format!("t,label\n{}", rows.concat()))
    };
    for normalize in [Normalize::Standard, Normalize::MinMax, Normalize::None] {
        let (_dir, kind) = rows(|row| format!("17000000{row:02}.1"));
        check_refused(
            &data(vec![("mine", kind)], [10, 5, 5], normalize),
            &[
                "data.task.mine: ",
                "my.csv: column 't' loses its digits",
                "subtract 1700000000 from",
            ],
        );
        let (_dir, kind) = rows(|row| format!("100000000000000000{row:02}"));
        check_refused(
            &data(vec![("mine", kind)], [10, 5, 5], normalize),
            &["my.csv", "column 't'", "subtract"],
        );
        // Equal in 64 bits, too.
        let (_dir, kind) = rows(|row| format!("1000000000000000000{}", row % 2));
        check_refused(
            &data(vec![("mine", kind)], [10, 5, 5], normalize),
            &[
                "my.csv:3: column 't'",
                "64 bits",
                "subtract '10000000000000000000'",
            ],
        );
    }
    let (_dir, kind) = rows(|row| format!("{row}e19"));
    let drawn = draw(&data(vec![("mine", kind)], [10, 5, 5], Normalize::Standard), 0);
    let squares: f32 = drawn.train.inputs.iter().map(|x| x * x).sum();
    // Each of ten squares near 1 is rounded a few times.
    assert!((squares - 10.0).abs() < 1e-4, "{squares}");
}

#[test]
fn points_that_leave_the_range_of_numbers_are_refused() {
    let tasks = vec![("far", Moons { noise: 3e38 }.into())];
    check_refused(
        &data(tasks, [100, 1, 1], Normalize::None),
        &["data.task.far: input", "lower the task's noise"],
    );
    let spirals = Spirals {
        noise: 0.0,
        classes: 2,
        turns: 3e38,
    }
    .into();
    check_refused(
        &data(vec![("arms", spirals)], [100, 1, 1], Normalize::Standard),
        &["data.task.arms: input 0", "turns"],
    );
}

#[test]
fn too_few_rows_are_counted_against_what_the_parts_want() {
    let (_dir, kind) = csv("a,label\n1,0\n2,1\n3,0\n");
    check_refused(
        &data(vec![("mine", kind.clone())], [2, 1, 1], Normalize::None),
        &[
            "data.task.mine: ",
            "my.csv: there are 3 rows",
            "2 + 1 + 1 = 4",
            "lower",
        ],
    );
    assert_eq!(
        draw(&data(vec![("mine", kind)], [1, 1, 1], Normalize::None), 0)
            .test
            .classes
            .len(),
        1
    );
}

#[test]
fn samples_beyond_any_memory_are_refused() {
    let huge = Data {
        train: usize::MAX,
        ..Data::default()
    };
    check_refused(&huge, &["data.train = ", "memory", "lower it"]);
}
