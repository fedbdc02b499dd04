//! Checks what dials say of what can be learned: a network from which the other task's inputs are cut off is right no more
//! often than the task's own inputs allow, and one that has them is.

use std::fmt::Write as _;
use std::fs;

use super::Place;
use crate::program::{line, succeeds};

/// Samples of each experiment, of which a network is trained on the first so many, and tested on as many as that.
const SAMPLES: usize = 9000;
const HALF: usize = 4000;

/// Five standard errors of the difference of two shares of so many samples: that of the test part, and that by which the
/// flipped ones were found or a neighbor's class was right.
const MARGIN: f64 = 5.0 * 0.5 * 0.022_361;

/// Inputs of moons, then of circles, and the class of moons.
type Sample = ([f32; 4], u8);

/// The samples of an experiment with a dial of moons, whose other task is circles.
fn samples(place: &Place, dial: &str) -> Vec<Sample> {
    let home = place.home.path();
    let tasks = format!(
        "[data]\ntrain = {HALF}\n[[data.task]]\nkind = \"moons\"\n{dial}\n[[data.task]]\nkind = \"circles\"\n"
    );
    fs::write(home.join("dialed.toml"), tasks).expect("a file");
    let command = format!("data --experiment @/dialed.toml --seed 3 --samples {SAMPLES} --out @/samples.csv");
    succeeds(&mut line(home, &command));
    let mut table = csv::Reader::from_path(home.join("samples.csv")).expect("a table");
    assert!(
        table
            .headers()
            .expect("a header")
            .iter()
            .eq(["x0", "x1", "x2", "x3", "moons", "circles"])
    );
    let samples = table.deserialize().map(|row| {
        let [x0, x1, x2, x3, moons, _]: [f32; 6] = row.expect("a row");
        ([x0, x1, x2, x3], moons as u8)
    });
    samples.collect()
}

/// The accuracy of a network that was trained on the first so many inputs of each sample.
fn learned(place: &Place, samples: &[Sample], inputs: usize) -> f64 {
    let home = place.home.path();
    let names = ["x0", "x1", "x2", "x3"];
    let mut text = names[..inputs].join(",") + ",label\n";
    for (row, class) in samples {
        row[..inputs]
            .iter()
            .for_each(|x| write!(text, "{x:?},").expect("memory"));
        writeln!(text, "{class}").expect("memory");
    }
    fs::write(home.join("task.csv"), text).expect("a file");
    let out = place.out(&format!("learned-{inputs}"));
    let sizes = [("train", HALF), ("validation", 500), ("test", HALF)];
    let sizes: Vec<String> = sizes
        .iter()
        .map(|(part, size)| format!("data.{part}={size}"))
        .collect();
    let mut more = vec!["--quiet"];
    for set in &sizes {
        more.extend(["--set", set]);
    }
    succeeds(&mut place.run(&out, &more));
    let mut table = csv::Reader::from_path(out.join("levels.csv")).expect("a table");
    let column = table
        .headers()
        .expect("a header")
        .iter()
        .position(|name| name == "accuracy_task");
    let row = table.records().next().expect("a row").expect("a row");
    fs::remove_dir_all(out).expect("a directory");
    row[column.expect("a column")].parse().expect("a share")
}

fn place() -> Place {
    let place = Place::new("");
    let csv = place.home.path().join("task.csv");
    let experiment = format!(
        "seeds = 1\n[[data.task]]\nname = \"task\"\nkind = \"csv\"\npath = \"{}\"\n[training]\nepochs = 60\n\
         [pruning]\nlevels = 0\n",
        csv.display()
    );
    fs::write(&place.file, experiment).expect("a file");
    place
}

/// The other task's inputs being drawn on their own, what a task's own inputs tell is the class before it was flipped: right
/// where it was not, or wrong where it was.
#[test]
fn without_the_others_inputs_a_flipped_task_is_learned_up_to_the_greater_share() {
    let place = place();
    for share in [0.2, 0.5, 0.7] {
        let samples = samples(&place, &format!("flip_where = {share}"));
        let bound = f64::max(share, 1.0 - share);
        let [own, all] = [2, 4].map(|inputs| learned(&place, &samples, inputs));
        assert!((own - bound).abs() < MARGIN, "{share}: {own}");
        assert!(bound + MARGIN < all && 0.9 < all, "{share}: {all}");
    }
}

/// The share of the second half of the samples of which the nearest in the first half, by the inputs of moons, has another
/// class.
fn wrong_neighbors(samples: &[Sample]) -> f64 {
    let (known, asked) = (&samples[..HALF], &samples[HALF..2 * HALF]);
    let is_wrong = |(at, class): &&Sample| {
        let distance = |(point, _): &&Sample| {
            let [x, y] = [point[0] - at[0], point[1] - at[1]];
            x * x + y * y
        };
        let nearest = known
            .iter()
            .min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.is_some_and(|(_, other)| other != class)
    };
    asked.iter().filter(is_wrong).count() as f64 / HALF as f64
}

/// Cover and Hart (1967): the error R of the nearest neighbor and the least error R* that there can be, of two classes and with
/// many samples, hold to R ≤ 2·R*·(1 − R*), so that R* is at least (1 − √(1 − 2R)) / 2.
#[test]
fn without_the_others_inputs_a_mixed_task_is_learned_no_better_than_its_neighbors_allow() {
    let place = place();
    let mut before = f64::INFINITY;
    for degrees in [30.0, 45.0, 60.0, 80.0] {
        let samples = samples(&place, &format!("mix = {degrees}"));
        let error = (wrong_neighbors(&samples) - MARGIN).clamp(0.0, 0.5);
        let bound = f64::midpoint(1.0, (1.0 - 2.0 * error).sqrt());
        let [own, all] = [2, 4].map(|inputs| learned(&place, &samples, inputs));
        assert!(own <= bound, "{degrees}: {own} above {bound}");
        assert!(own < before + MARGIN, "{degrees}: {own}");
        before = own;
        // The bound is one where it says something, and all inputs tell more.
        assert!(degrees < 45.0 || bound < 0.95, "{degrees}: {bound}");
        assert!(0.95 < all, "{degrees}: {all}");
    }
}

/// At a right angle nothing of the task is left, whatever inputs there are.
#[test]
fn at_a_right_angle_a_task_is_guessed() {
    let place = place();
    let samples = samples(&place, "mix = 90");
    for inputs in [2, 4] {
        let accuracy = learned(&place, &samples, inputs);
        assert!((accuracy - 0.5).abs() < MARGIN, "{inputs}: {accuracy}");
    }
}
