//! What dials change, that all else stays bit for bit, and what can be learned of a task with the other's inputs and without.

use tombola::data::{Circles, Kind as _, Xor};

use super::cosine_and_sine;
use crate::data::{Contents, Drawn, Rows, Source};
use crate::error::refused;
use crate::experiment::{Experiment, Normalize};

const SETTINGS: &[&str] = &[
    "data.normalize=none",
    "data.train=600",
    "data.validation=500",
    "data.test=401",
];

fn experiment(text: &str, set: &[&str]) -> Experiment {
    let set: Vec<String> = SETTINGS.iter().chain(set).map(|&set| set.to_owned()).collect();
    Experiment::parse(text, "my.toml", &set).unwrap_or_else(|error| panic!("{set:?}: {error:#}"))
}

fn open(text: &str, set: &[&str]) -> Source {
    Source::open(&experiment(text, set).data, &Contents::default()).unwrap()
}

fn draw(set: &[&str]) -> Drawn {
    open("", set).draw(5).unwrap()
}

fn parts(drawn: &Drawn) -> [&Rows; 3] {
    [&drawn.train, &drawn.validation, &drawn.test]
}

fn column(drawn: &Drawn, part: usize, input: usize) -> Vec<f32> {
    let rows = parts(drawn)[part];
    rows.inputs[input..]
        .iter()
        .step_by(drawn.input_count())
        .copied()
        .collect()
}

fn classes(drawn: &Drawn, part: usize, task: usize) -> Vec<u16> {
    let rows = parts(drawn)[part];
    rows.classes[task..]
        .iter()
        .step_by(drawn.task_count())
        .copied()
        .collect()
}

#[test]
fn an_angle_mixes_the_inputs_of_its_task_and_nothing_else() {
    let plain = draw(&[]);
    assert_eq!(draw(&["data.task.moons.mix=0"]), plain);
    for degrees in [30.0, 45.0, 80.0, 90.0] {
        let mixed = draw(&[&format!("data.task.moons.mix={degrees}")]);
        let [cosine, sine] = cosine_and_sine(degrees);
        for part in 0..3 {
            for input in 0..2 {
                let [own, other] = [input, input + 2].map(|input| column(&plain, part, input));
                let expected = own.iter().zip(&other).map(|(own, other)| {
                    if degrees == 90.0 {
                        *other
                    } else {
                        cosine * own + sine * other
                    }
                });
                assert!(expected.eq(column(&mixed, part, input)), "{degrees}");
                assert_eq!(column(&mixed, part, input + 2), other);
            }
            assert_eq!(parts(&mixed)[part].classes, parts(&plain)[part].classes);
        }
    }
    // math.cos(math.radians(30)), math.sin(…) in Python, rounded to 32 bits.
    assert_eq!(cosine_and_sine(30.0), [0.866_025_4, 0.5]);
    assert_eq!(cosine_and_sine(45.0), [0.707_106_77; 2]);
    assert_eq!(cosine_and_sine(90.0), [0.0, 1.0]);
}

#[test]
fn a_chain_of_angles_takes_inputs_as_the_network_sees_them() {
    let text = "[[data.task]]\nkind = \"moons\"\nmix = 45\nother = \"circles\"\n\
                [[data.task]]\nkind = \"circles\"\nmix = 30\nother = \"xor\"\n[[data.task]]\nkind = \"xor\"\n";
    let [plain, mixed] = [
        open(text, &["data.task.moons.mix=0", "data.task.circles.mix=0"]),
        open(text, &[]),
    ]
    .map(|source| source.draw(5).unwrap());
    let [half, root] = [0.5_f32, 0.866_025_4];
    for input in 0..2 {
        let [moons, circles, xor] = [0, 2, 4].map(|first| column(&plain, 2, first + input));
        let circles: Vec<f32> = circles
            .iter()
            .zip(&xor)
            .map(|(own, other)| root * own + half * other)
            .collect();
        assert_eq!(column(&mixed, 2, 2 + input), circles);
        let moons = moons.iter().zip(&circles);
        let moons: Vec<f32> = moons
            .map(|(own, other)| 0.707_106_77 * own + 0.707_106_77 * other)
            .collect();
        assert_eq!(column(&mixed, 2, input), moons);
    }
}

#[test]
fn classes_are_flipped_in_the_upper_share_of_the_train_part_by_one_threshold() {
    let plain = draw(&[]);
    for share in [0.1, 0.3, 0.5, 0.999, 1.0] {
        let flipped = draw(&[&format!("data.task.moons.flip_where={share}")]);
        let mut values = column(&plain, 0, 2);
        values.sort_unstable_by(f32::total_cmp);
        let kept = 600 - (share * 600.0_f64).round() as usize;
        for part in 0..3 {
            assert_eq!(parts(&flipped)[part].inputs, parts(&plain)[part].inputs);
            assert_eq!(classes(&flipped, part, 1), classes(&plain, part, 1));
            let before = classes(&plain, part, 0);
            let samples = before
                .iter()
                .zip(classes(&flipped, part, 0))
                .zip(column(&plain, part, 2));
            let mut count = 0;
            for ((&before, after), x) in samples {
                let is_flipped = share == 1.0 || values[kept] <= x;
                assert_eq!(after, if is_flipped { 1 - before } else { before });
                count += usize::from(is_flipped);
            }
            // No two values are equal here.
            assert!(part != 0 || count == 600 - kept, "{share}: {count}");
        }
    }
    assert_eq!(draw(&["data.task.moons.flip_where=0"]), plain);
}

/// A column of 0 and 1 flips all of its ones, and one that is constant every sample.
#[test]
fn what_equal_values_flip_beyond_the_share_is_refused() {
    let text = "[[data.task]]\nkind = \"moons\"\nflip_where = 0.3\n[[data.task]]\nkind = \"csv\"\npath = \"a.csv\"\n";
    let drawn = |value: &dyn Fn(usize) -> usize, share: &str| {
        let set = format!("data.task.moons.flip_where={share}");
        let experiment = experiment(text, &[&set]);
        let rows = (0..1501).map(|row| format!("{},{},{}\n", value(row), row % 7, row % 2));
        let csv = "first,second,label\n".to_owned() + &rows.collect::<String>();
        let contents = Contents::read(&experiment.data, |_| Ok(csv.clone().into_bytes())).unwrap();
        Source::open(&experiment.data, &contents).unwrap().draw(5)
    };
    refused(
        drawn(&|_| 0, "0.3"),
        &[
            "data.task.moons.flip_where: 600 of 600 samples would be flipped, and 180 are asked for",
            "input 'first' of task csv",
        ],
    );
    refused(
        drawn(&|row| usize::from(row % 5 < 3), "0.3"),
        &["of 600 samples", "180 are asked"],
    );
    // Five rows of each value, of which some are in the train part: a few more are flipped, not one in a hundred.
    let [flipped, all] = ["0.3", "1"].map(|share| drawn(&|row| row / 5, share).unwrap());
    let (flipped, all) = (classes(&flipped, 0, 0), classes(&all, 0, 0));
    let flipped = flipped.iter().zip(all).filter(|(one, all)| *one == all).count();
    assert!((180..=186).contains(&flipped), "{flipped}");
    // Points of circles without noise come in pairs of one value, of which a small part has few.
    for seed in 0..8 {
        let few = [
            "data.train=40",
            "data.task.circles.noise=0",
            "data.task.moons.flip_where=0.3",
        ];
        let drawn = open("", &few).draw(seed).unwrap();
        let plain = open("", &few[..2]).draw(seed).unwrap();
        let (flipped, plain) = (classes(&drawn, 0, 0), classes(&plain, 0, 0));
        let flipped = flipped
            .iter()
            .zip(plain)
            .filter(|(one, plain)| *one != plain)
            .count();
        assert!((12..=13).contains(&flipped), "{flipped}");
    }
    // All are flipped by 0.999 of few values, which is no dependence.
    refused(drawn(&|row| row / 15, "0.999"), &["600 of 600 samples"]);
}

#[test]
fn of_several_classes_each_becomes_the_next() {
    let text = "[[data.task]]\nkind = \"blobs\"\n[[data.task]]\nkind = \"moons\"\n";
    let plain = open(text, &[]).draw(5).unwrap();
    let flipped = open(text, &["data.task.blobs.flip_where=1"]).draw(5).unwrap();
    let next: Vec<u16> = classes(&plain, 1, 0)
        .iter()
        .map(|class| (class + 1) % 3)
        .collect();
    assert_eq!(classes(&flipped, 1, 0), next);
}

#[test]
fn shared_inputs_are_one_column_and_the_class_is_that_of_the_nearest_point() {
    let text = "[[data.task]]\nkind = \"circles\"\nnoise = 0.2\n[[data.task]]\nkind = \"xor\"\n";
    let plain = open(text, &[]).draw(5).unwrap();
    for share in 0..=2 {
        let source = open(text, &[&format!("data.task.xor.share={share}")]);
        let shared = source.draw(5).unwrap();
        assert_eq!(shared.input_count(), 4 - share);
        for part in 0..3 {
            for input in 0..2 {
                assert_eq!(column(&shared, part, input), column(&plain, part, input));
            }
            // What is not shared is as it was.
            for input in share..2 {
                assert_eq!(
                    column(&shared, part, 2 + input - share),
                    column(&plain, part, 2 + input)
                );
            }
            assert_eq!(classes(&shared, part, 0), classes(&plain, part, 0));
            if 0 < share {
                let inputs = &source.ports()[1].inputs;
                let [x, y] = [0, 1].map(|place| column(&shared, part, inputs[place]));
                let signs_differ = x.iter().zip(&y).map(|(x, y)| u16::from((*x < 0.0) != (*y < 0.0)));
                assert!(signs_differ.eq(classes(&shared, part, 1)));
            }
        }
    }
}

#[test]
fn the_nearest_circle_is_the_nearer_radius() {
    let mut rows = Rows {
        inputs: vec![0.7, 0.0, 0.0, -0.8, 5.0, 5.0, 0.0, 0.1],
        classes: vec![9; 4],
    };
    let kind = Circles {
        noise: 0.5,
        factor: 0.5,
    };
    let (_, outer) = kind.exact(0, 1024);
    super::classify(&mut rows, &kind.into(), &[0, 1], 0, 2);
    assert_eq!(rows.classes, [1 - outer, outer, outer, 1 - outer]);
    super::classify(&mut rows, &Xor::DEFAULT.into(), &[0, 1], 0, 2);
    assert_eq!(rows.classes[2], 0);
}

#[test]
fn a_scale_is_a_normalization_and_raw_inputs_are_as_they_were() {
    let plain = draw(&[]);
    assert_eq!(plain.normalization, None);
    let set = &["data.task.circles.scale=4"];
    let scaled = draw(set);
    let normalization = scaled.normalization.as_ref().unwrap();
    assert_eq!(normalization.shift, [0.0; 4]);
    assert_eq!(normalization.scale, [1.0, 1.0, 4.0, 4.0]);
    for part in 0..3 {
        for input in 0..4 {
            let factor = if input < 2 { 1.0 } else { 4.0 };
            let expected = column(&plain, part, input);
            assert!(
                expected
                    .iter()
                    .map(|x| x * factor)
                    .eq(column(&scaled, part, input))
            );
        }
    }
    let raw = Source::open(&experiment("", set).data.raw(), &Contents::default());
    assert_eq!(raw.unwrap().draw(5).unwrap(), plain);
    let far = experiment(
        "",
        &["data.task.circles.scale=1e6", "data.task.circles.noise=1e34"],
    );
    let far = Source::open(&far.data, &Contents::default()).unwrap().draw(5);
    refused(far, &["data.task.circles.scale", "lower it"]);
}

#[test]
fn a_dial_of_one_task_leaves_the_others_as_they_are() {
    let text =
        "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nkind = \"circles\"\n[[data.task]]\nkind = \"xor\"\n";
    let plain = open(text, &[]).draw(5).unwrap();
    for dial in ["mix=60", "flip_where=0.2", "loss_weight=3", "scale=2"] {
        let set = [
            format!("data.task.xor.{dial}"),
            "data.task.xor.other=moons".to_owned(),
        ];
        let dialed = open(text, &[&set[0], &set[1]]).draw(5).unwrap();
        for part in 0..3 {
            assert!((0..4).all(|input| column(&dialed, part, input) == column(&plain, part, input)));
            assert!((0..2).all(|task| classes(&dialed, part, task) == classes(&plain, part, task)));
        }
    }
}

/// The share of the test part whose class of task 0 most of the 15 nearest samples of the train part have, by these features.
fn neighbors(drawn: &Drawn, features: impl Fn(&[f32]) -> Vec<f32>) -> f64 {
    let rows = |rows: &Rows| -> Vec<(Vec<f32>, u16)> {
        let inputs = rows.inputs.chunks_exact(drawn.input_count()).map(&features);
        inputs
            .zip(rows.classes.iter().step_by(drawn.task_count()).copied())
            .collect()
    };
    let (train, test) = (rows(&drawn.train), rows(&drawn.test));
    let is_right = |(at, class): &(Vec<f32>, u16)| {
        let mut near: Vec<(f32, u16)> = train
            .iter()
            .map(|(point, class)| {
                let squares = point
                    .iter()
                    .zip(at)
                    .map(|(one, other)| (one - other) * (one - other));
                (squares.sum(), *class)
            })
            .collect();
        near.select_nth_unstable_by(14, |one, other| one.0.total_cmp(&other.0));
        let ones = near[..15].iter().filter(|(_, class)| *class == 1).count();
        u16::from(7 < ones) == *class
    };
    test.iter().filter(|sample| is_right(sample)).count() as f64 / test.len() as f64
}

const MANY: [&str; 3] = ["data.train=4000", "data.validation=1", "data.test=4000"];

/// Five standard errors of a share of 4000, at most.
const MARGIN: f64 = 5.0 * 0.5 / 63.245;

#[test]
fn a_flipped_task_is_learned_with_the_others_input_and_without_it_no_better_than_its_bound() {
    for share in [0.2, 0.5, 0.7] {
        let set = format!("data.task.moons.flip_where={share}");
        let drawn = draw(&[&MANY[..], &[&set]].concat());
        let own = neighbors(&drawn, |row| row[..2].to_vec());
        let bound = f64::max(share, 1.0 - share);
        assert!(own < bound + MARGIN, "{share}: {own}");
        let all = neighbors(&drawn, |row| row[..3].to_vec());
        assert!(0.95 < all && bound + 0.1 < all, "{share}: {all}");
    }
    let renamed = draw(&[&MANY[..], &["data.task.moons.flip_where=1"]].concat());
    assert!(0.98 < neighbors(&renamed, |row| row[..2].to_vec()));
}

#[test]
fn a_mixed_task_is_learned_with_the_others_inputs_and_without_them_the_worse_the_more_it_is_mixed() {
    let mut before = 1.0;
    for degrees in [0.0, 30.0, 60.0, 80.0, 90.0] {
        let set = format!("data.task.moons.mix={degrees}");
        let drawn = draw(&[&MANY[..], &[&set]].concat());
        let own = neighbors(&drawn, |row| row[..2].to_vec());
        assert!(own < before + MARGIN, "{degrees}: {own}");
        before = own;
        // Its own inputs again, as all of them together tell.
        let [cosine, sine] = cosine_and_sine(degrees);
        let all = neighbors(&drawn, |row| {
            let unmixed = |input: usize| (row[input] - sine * row[input + 2]) / cosine;
            if degrees == 90.0 {
                row.to_vec()
            } else {
                vec![unmixed(0), unmixed(1)]
            }
        });
        let expected = if degrees == 90.0 {
            0.5 - MARGIN..0.5 + MARGIN
        } else {
            0.99..1.001
        };
        assert!(expected.contains(&all), "{degrees}: {all}");
    }
    assert!(
        before < 0.5 + MARGIN,
        "at a right angle nothing is left: {before}"
    );
}

#[test]
fn normalization_comes_after_mixing() {
    let set = ["data.normalize=standard", "data.task.moons.mix=60"];
    let drawn = draw(&set);
    let values = column(&drawn, 0, 0);
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / 600.0;
    let square = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / 600.0;
    // Sums of 600 products in 32 bits.
    assert!(
        mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4,
        "{mean}, {square}"
    );
    assert_eq!(experiment("", &set).data.normalize, Normalize::Standard);
}
