//! Pictures of small tickets show what they should, and every ticket can be drawn.

use super::palette::{COLORS, SHAPES};
use super::{Look, picture, svg};
use crate::structure::tests::shared;
use crate::structure::{anatomy, cut};
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
    for (color, shape) in [("t0", "circle"), ("t1", "path")] {
        assert_eq!(count(&svg, &format!("<{shape} class=\"mark {color}\"")), 4);
        assert_eq!(count(&svg, &format!("<path class=\"{color}\"")), 2);
    }
    assert_eq!(count(&svg, "<circle class=\"mark several\""), 0);
    assert!(svg.contains("<title>weight -0.5, layer 0 unit 1 to layer 1 unit 1</title>"));
    assert!(
        svg.contains("<title>layer 1, unit 0, task-0, active, bias 0.5, 1 weight in, 1 weight out</title>")
    );
    assert!(svg.contains("<title>weight -0.5, layer 0 unit 0 to layer 1 unit 2, dead</title>"));
}

#[test]
fn what_serves_several_tasks_has_no_task_s_color() {
    let svg = svg(&ticket(2, &[1], |_| Some(1.0)), true);
    // The hidden neuron and the legend's dot; the inputs and outputs stay those of their tasks.
    assert_eq!(count(&svg, "<circle class=\"mark several\""), 2);
    assert_eq!(count(&svg, "<circle class=\"mark t0\""), 3);
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

#[test]
fn the_marked_weights_are_a_minimum_cut() {
    let look = Look {
        cut: true,
        interactive: true,
        ..Look::default()
    };
    let mut marked = 0;
    for seed in 0..200 {
        // Any two of the tasks that own all ports.
        let mut ticket = shared(seed);
        let [inputs, outputs] = [ticket.widths[0], ticket.widths[ticket.widths.len() - 1]];
        if inputs < 2 || outputs < 2 {
            continue;
        }
        ticket.tasks = vec![
            TaskPorts::new("one", 0..inputs / 2, 0..outputs / 2),
            TaskPorts::new("other", inputs / 2..inputs, outputs / 2..outputs),
        ];
        ticket.shares_inputs = false;
        let size = cut(&ticket).expect("two tasks");
        let svg = picture(&ticket, &look);
        assert_eq!(count(&svg, "in the minimum cut</title>"), size);
        // Without them, nothing joins the tasks.
        for path in svg
            .split("<path ")
            .filter(|path| path.contains("in the minimum cut</title>"))
        {
            let attribute = |name: &str| {
                let value = path.split(&format!("{name}=\"")).nth(1).expect("an attribute");
                let (layer, unit) = value
                    .split('"')
                    .next()
                    .expect("an end")
                    .split_once('.')
                    .expect("LAYER.UNIT");
                [layer, unit].map(|number| number.parse::<usize>().expect("a number"))
            };
            let ([layer, from], [_, to]) = (attribute("data-from"), attribute("data-to"));
            let before: usize = ticket.widths[..=layer]
                .windows(2)
                .map(|pair| pair[0] * pair[1])
                .sum();
            let weight = before + to * ticket.widths[layer] + from;
            assert!(ticket.mask[weight]);
            (ticket.mask[weight], ticket.params[weight]) = (false, 0.0);
            marked += 1;
        }
        assert!(anatomy(&ticket).independent);
    }
    assert!(200 < marked, "{marked}");
}

#[test]
fn every_neuron_can_be_focused_and_those_with_a_way_on_taken_out() {
    let removed = ["1.0".to_owned()];
    let look = Look {
        removed: &removed,
        interactive: true,
        ..Look::default()
    };
    let svg = picture(&separated(), &look);
    check_well_formed(&svg);
    assert!(svg.contains("role=\"group\""));
    for (neuron, role) in [
        ("0.0", "button"),
        ("0.1", "button"),
        ("1.0", "button"),
        ("1.1", "button"),
        ("1.2", "button"),
        ("2.0", "img"),
        ("2.1", "img"),
    ] {
        let element = format!("tabindex=\"0\" role=\"{role}\" data-neuron=\"{neuron}\" aria-label=\"layer ");
        assert_eq!(count(&svg, &element), 1, "{svg}");
    }
    assert_eq!(count(&svg, "data-neuron=\""), 7);
    assert_eq!(count(&svg, "aria-pressed=\"true\""), 1);
    assert_eq!(count(&svg, "class=\"cross\""), 2, "the neuron and the legend");
    assert_eq!(count(&svg, "class=\"t0 out\""), 1);
    assert!(
        svg.contains(" data-weight=\"-0.5\" data-from=\"0.1\" data-to=\"1.1\">"),
        "{svg}"
    );
    assert!(svg.contains("1 neuron taken out.\""));
    // In a file nobody listens.
    let file = super::svg(&separated(), true);
    assert!(!file.contains("tabindex") && !file.contains("data-") && file.contains("role=\"img\""));
}

#[test]
fn a_page_decides_between_light_and_dark() {
    let page = svg(&separated(), false);
    assert!(
        page.contains(":root[data-theme=dark] .tombola-ticket")
            && page.contains(":root:not([data-theme=light])")
    );
    assert!(!svg(&separated(), true).contains("data-theme"));
}

#[test]
fn no_two_tasks_look_alike() {
    let look = |task: usize| (task % COLORS.len(), task % SHAPES.len());
    for one in 0..56 {
        for other in 0..one {
            assert_ne!(look(one), look(other));
        }
    }
}

#[test]
fn what_is_too_large_is_counted() {
    let widths = [300, 200, 101, 4];
    let weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let tasks = vec![
        TaskPorts::new("a", 0..150, 0..2),
        TaskPorts::new("b", 150..300, 2..4),
    ];
    for keep in [1, 7, 1000] {
        let mut params: Vec<f32> = (0..weights)
            .map(|index| f32::from(u8::from(index % keep == 0)))
            .collect();
        params.resize(weights + 305, 0.0);
        let ticket = Ticket::new(&widths, tasks.clone(), params);
        let svg = picture(
            &ticket,
            &Look {
                cut: true,
                interactive: true,
                ..Look::default()
            },
        );
        check_well_formed(&svg);
        assert!(svg.contains("counted, not drawn"));
        assert!(svg.len() < 20_000, "{}", svg.len());
        let drawn = |what: &str| -> usize {
            let titles = svg
                .split("<title>")
                .skip(1)
                .map(|title| title.split('<').next().unwrap());
            let counts = titles.filter(|title| {
                title
                    .trim_end_matches(", dead")
                    .trim_end_matches('s')
                    .ends_with(what)
            });
            counts
                .map(|title| title.split(' ').next().unwrap().parse::<usize>().unwrap())
                .sum()
        };
        assert_eq!(drawn("weight"), anatomy(&ticket).weights_left);
        assert_eq!(drawn("neuron"), 605);
    }
    // Pixels that nothing reads are left out, and what is left can be drawn.
    let mut tasks = tasks;
    for task in &mut tasks {
        task.spare_inputs = true;
    }
    let mut params = vec![0.0; weights + 305];
    for index in [0, 60_000, 80_200] {
        params[index] = 1.0;
    }
    let svg = svg(&Ticket::new(&widths, tasks, params), true);
    assert!(
        svg.contains("1 of 300") && !svg.contains("counted, not drawn"),
        "{svg}"
    );
}
