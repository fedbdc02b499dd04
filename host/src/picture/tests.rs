//! Pictures of small tickets show what they should, and every ticket can be drawn.

use super::svg;
use crate::ticket::{TaskPorts, Ticket};

/// A ticket of `task_count` tasks, one input and one output each; `weight` says which weights survive and how large
/// they are.
fn ticket(task_count: usize, hidden: &[usize], weight: impl Fn(usize) -> Option<f32>) -> Ticket {
    let widths = [&[task_count], hidden, &[task_count]].concat();
    let weight_count: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let tasks = (0..task_count).map(|task| TaskPorts::new(format!("task-{task}"), [task], [task]));
    let mut params: Vec<_> = (0..weight_count)
        .map(|index| weight(index).unwrap_or(0.0))
        .collect();
    params.resize(weight_count + widths[1..].iter().sum::<usize>(), 0.5);
    Ticket {
        // A weight of 0 may survive.
        mask: (0..weight_count).map(|index| weight(index).is_some()).collect(),
        ..Ticket::new(&widths, tasks.collect(), params)
    }
}

/// Two paths side by side over 3 hidden units, and a weight into the third, which is dead.
fn separated() -> Ticket {
    ticket(2, &[3], |index| match index {
        0 => Some(1.0),
        3 | 4 => Some(-0.5),
        6 | 10 => Some(0.25),
        _ => None,
    })
}

fn count(svg: &str, needle: &str) -> usize {
    svg.matches(needle).count()
}

/// Elements close in the order they open, as XML wants it.
pub(crate) fn check_well_formed(svg: &str) {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn an_input_of_two_tasks_has_the_color_and_the_names_of_both() {
    let mut ticket = separated();
    ticket.tasks[1].inputs = vec![0, 1];
    ticket.shares_inputs = true;
    let svg = svg(&ticket, true);
    check_well_formed(&svg);
    assert!(svg.contains(">task-0+task-1 x0</text>"), "{svg}");
    assert!(svg.contains("layer 0, unit 0, several tasks, active"), "{svg}");
}

#[test]
fn what_survives_is_drawn_in_the_color_of_its_task() {
    let svg = svg(&separated(), true);
    check_well_formed(&svg);
    assert!(svg.starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg" class="tombola-ticket" role="img" aria-label="Ticket of a 2-3-2 network with 5 of 12 weights left for the tasks task-0, task-1: separated, 2 subnetworks.""#), "{svg}");
    // In each color the three neurons of a path, its two weights, and the legend's dot.
    for color in ["t0", "t1"] {
        assert_eq!(count(&svg, &format!("<circle class=\"{color}\"")), 4);
        assert_eq!(count(&svg, &format!("<path class=\"{color}\"")), 2);
    }
    assert_eq!(count(&svg, "<circle class=\"several\""), 0);
    assert!(svg.contains("<title>weight -0.5, layer 0 unit 1 to layer 1 unit 1</title>"));
    assert!(svg.contains("<title>layer 1, unit 0, task-0, active, bias 0.5</title>"));
    assert!(svg.contains("<title>weight -0.5, layer 0 unit 0 to layer 1 unit 2, dead</title>"));
}

#[test]
fn what_serves_several_tasks_has_no_task_s_color() {
    let svg = svg(&ticket(2, &[1], |_| Some(1.0)), true);
    // The hidden neuron and the legend's dot; the inputs and outputs stay those of their tasks.
    assert_eq!(count(&svg, "<circle class=\"several\""), 2);
    assert_eq!(count(&svg, "<circle class=\"t0\""), 3);
}

#[test]
fn hidden_neurons_without_weights_are_left_out() {
    let svg = svg(
        &ticket(1, &[1000], |index| (index % 1000 == 7).then_some(1.0)),
        true,
    );
    // Input, hidden, output, legend.
    assert_eq!(count(&svg, "<circle "), 4);
    assert!(svg.contains("1 of 1000"));
}

#[test]
fn a_lost_input_says_so() {
    let svg = svg(&ticket(2, &[], |index| (index == 0).then_some(1.0)), true);
    assert!(
        svg.contains("task-1 x1 (lost)") && svg.contains("task-1 (lost)"),
        "{svg}"
    );
}

#[test]
fn every_ticket_can_be_drawn() {
    for task_count in [1, 2, 12] {
        for hidden in [&[][..], &[5], &[40, 60], &[1, 1, 1, 1]] {
            check_well_formed(&svg(&ticket(task_count, hidden, |_| None), true));
            check_well_formed(&svg(&ticket(task_count, hidden, |_| Some(0.0)), false));
            check_well_formed(&svg(
                &ticket(task_count, hidden, |index| (index % 3 == 0).then_some(f32::MAX)),
                true,
            ));
        }
    }
}

#[test]
fn a_crowd_of_weights_takes_few_elements() {
    let svg = svg(&ticket(2, &[60, 60], |index| Some(index as f32 - 1000.0)), true);
    check_well_formed(&svg);
    assert!(count(&svg, "<path ") < 32, "{}", count(&svg, "<path "));
}

#[test]
fn a_name_cannot_leave_its_place() {
    let mut ticket = separated();
    ticket.tasks[0].name = "<script>&\"'".into();
    let svg = svg(&ticket, false);
    check_well_formed(&svg);
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;&amp;&quot;"));
    assert!(!svg.contains("xmlns"));
}

#[test]
fn equal_tickets_are_equal_bytes() {
    let drawn = || {
        svg(
            &ticket(3, &[20, 20], |index| (index % 7 < 2).then_some(index as f32)),
            true,
        )
    };
    assert_eq!(drawn(), drawn());
}

#[test]
fn subnetworks_lie_in_bands_without_crossings() {
    // Paths that cross in every layer if units are drawn by number.
    let ticket = ticket(3, &[3, 3], |index| {
        let (to, from) = (index % 9 / 3, index % 3);
        (to + from == 2).then_some(1.0)
    });
    let svg = svg(&ticket, true);
    let curves: Vec<_> = svg
        .split(" d=\"M")
        .filter_map(|path| path.split('"').next()?.split_once('C'))
        .collect();
    assert_eq!(curves.len(), 9);
    for (start, end) in curves {
        let height = |point: &str| point.split(' ').next_back().map(str::to_owned);
        assert_eq!(height(start), height(end));
    }
}
