//! What dials take from and what of them goes together; every refusal names the task, the key and the remedy.

use super::links;
use crate::experiment::testing::{check as refused, good, wrong, wrong_set};

#[test]
fn what_a_dial_takes_from_is_found_or_asked_for() {
    let other = |text: &str, set: &[&str]| links(&good(text, set).data.task).unwrap().0[0].other;
    assert_eq!(other("", &["data.task.moons.mix=45"]), Some(1));
    assert_eq!(
        other("", &["data.task.moons.mix=0", "data.task.moons.other=circles"]),
        None
    );
    let three =
        "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nkind = \"circles\"\n[[data.task]]\nkind = \"xor\"\n";
    assert_eq!(
        other(three, &["data.task.moons.mix=45", "data.task.moons.other=xor"]),
        Some(2)
    );
    refused(
        three,
        &["data.task.moons.mix=45"],
        &[
            "--set data.task.moons.mix=45: data.task.moons.mix is 45",
            "say which, by other = \"circles\" or \"xor\"",
        ],
    );
    wrong(
        r#"
        [[data.task]] / kind = "moons" / mix = 45        => my.toml:3:7 | data.task.moons.mix is 45 | there is none: add a [[data.task]]
        [[data.task]] / kind = "moons" / flip_where = .5 => not valid TOML
        [[data.task]] / kind = "moons" / flip_where = 0.5 => my.toml:3:14 | data.task.moons.flip_where is 0.5 | there is none
        "#,
    );
    wrong_set(
        "
        data.task.moons.other=moons   => data.task.moons.other is moons | another task than this one
        data.task.moons.other=circle  => must be the name of a task | did you mean 'circles'?
        ",
    );
}

#[test]
fn values_have_their_ranges() {
    wrong_set(
        "
        data.task.moons.mix=-1         => a number from 0 to 90
        data.task.moons.mix=90.1       => a number from 0 to 90
        data.task.moons.mix=nan        => a number from 0 to 90
        data.task.moons.flip_where=1.5 => a number from 0 to 1
        data.task.moons.flip_where=-0.1 => a number from 0 to 1
        data.task.moons.share=3        => a whole number from 0 to 2
        data.task.moons.mix=1e-50      => must be 0, from 0.01 to 89.99, or 90
        data.task.moons.mix=0.0099     => must be 0, from 0.01 to 89.99, or 90
        data.task.moons.mix=89.991     => must be 0, from 0.01 to 89.99, or 90
        data.task.moons.scale=0        => a number from 0.000001 to 1000000
        data.task.moons.loss_weight=-1 => a number from 0.000001 to 1000000
        data.task.moons.loss_weight=9e-7 => a number from 0.000001 to 1000000
        data.task.moons.loss_weight=1000001 => a number from 0.000001 to 1000000
        data.task.moons.loss_weight=inf => finite
        data.task.moons.mixed=1        => unknown key 'mixed' in task 'moons' | 'mix'?
        training.l1=-1                 => at least 0
        network.weights=kaiming        => one of | kaiming-normal | pytorch
        network.biases=ones            => one of | zero
        ",
    );
}

#[test]
fn what_does_not_go_together_is_refused_with_the_reason() {
    wrong_set(
        "
        data.task.moons.scale=2 => would be taken away by data.normalize | must be \"none\"
        data.task.moons.flip_where=1e-9 => with data.train = 1000 it flips no sample | raise
        data.task.moons.flip_where=0.99999 => it flips every sample | lower
        ",
    );
    for (set, fragments) in [
        (
            &["moons.mix=45", "circles.mix=45"][..],
            &["goes in a circle", "moons and circles"][..],
        ),
        (&["moons.mix=45", "circles.share=1"], &["goes in a circle"]),
        (
            &["moons.mix=45", "moons.share=1"],
            &["share is 1", "does not go with mix"],
        ),
        (
            &["moons.mix=90", "moons.flip_where=0.5"],
            &["flip_where is 0.5", "nothing to flip"],
        ),
        (
            &["moons.kind=blobs", "moons.classes=2", "moons.share=1"],
            &["blobs of two classes"],
        ),
    ] {
        let set: Vec<String> = set.iter().map(|set| format!("data.task.{set}")).collect();
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        refused("", &set, fragments);
    }
    let scaled = [
        "data.normalize=none",
        "data.task.moons.scale=2",
        "data.task.moons.share=2",
    ];
    refused("", &scaled, &["scale is 2", "nothing to scale"]);
    let file = "[[data.task]]\nkind = \"csv\"\npath = \"a.csv\"\n[[data.task]]\nkind = \"moons\"\n";
    for dial in ["mix=45", "flip_where=0.5", "share=1"] {
        refused(
            file,
            &[&format!("data.task.csv.{dial}")],
            &["for tasks that are drawn", "leave it out"],
        );
    }
    refused(file, &["data.task.moons.share=1"], &["read from a file"]);
    assert_eq!(good(file, &["data.task.moons.flip_where=0.5"]).data.task.len(), 2);
}

#[test]
fn inputs_that_are_shared_are_counted_once() {
    let text = "[network]\nbase = [3, 8, 8, 2]\nextend = 1\n";
    assert_eq!(
        good(text, &["data.task.circles.share=1"]).data.task[1]
            .dials
            .share,
        1
    );
    refused(text, &[], &["begin with 4"]);
}

#[test]
fn each_task_stands_behind_the_one_that_it_takes_inputs_from() {
    let text = "[[data.task]]\nname = \"a\"\nkind = \"moons\"\nmix = 10\nother = \"c\"\n\
                [[data.task]]\nname = \"b\"\nkind = \"moons\"\nflip_where = 0.5\nother = \"a\"\n\
                [[data.task]]\nname = \"c\"\nkind = \"moons\"\nshare = 1\nother = \"b\"\n";
    assert_eq!(links(&good(text, &[]).data.task).unwrap().1, [1, 2, 0]);
}
