//! Figures show the numbers of a report, whatever they are called and however many there are.

use tombola::Verdict::{Degraded, Interconnected, Separated};
use tombola::digest;

use super::{FIGURES, FigureData, Line, Panel, Plot, View, figure, map, svg};
use crate::data::{Contents, Rows};
use crate::experiment::{Experiment, builtin};
use crate::picture::tests::check_well_formed;
use crate::report::testing::{Level, SOLVES, replicate};
use crate::report::{Evidence, Findings};
use crate::setup::Setup;
use crate::ticket::{Normalization, TaskPorts, Ticket};

const JOINED: Level = Level::of(Interconnected, [1.0, 0.99]);
const GOOD: Level = Level::of(Separated, [0.99, 1.0]);
const LOST: Level = Level::of(Degraded, [0.5, 0.75]);

fn setup() -> Setup {
    let text = builtin("controls").expect("an experiment").text;
    let experiment = Experiment::parse(text, "controls", &[]).expect("an experiment");
    Setup::new(experiment, &Contents::default()).expect("no files")
}

/// Three seeds of two arms.
fn found(setup: &Setup) -> (FigureData, Findings, Evidence) {
    let seeds = [[JOINED, GOOD, LOST], [JOINED, JOINED, GOOD], [JOINED, LOST, LOST]];
    let mut seeds: Vec<_> = (0..)
        .zip(&seeds)
        .map(|(seed, levels)| replicate(seed, &[("imp", levels), ("no-rewind", &levels[..2])]))
        .collect();
    // Overlaps of masks, which no figure shows, need masks.
    let arms = seeds.iter_mut().flat_map(|seed| &mut seed.arms);
    for row in arms.flat_map(|arm| &mut arm.rows) {
        row.mask = vec![u32::MAX; setup.net().mask_len()];
    }
    let findings = Findings::new(setup.ports(), &seeds, SOLVES);
    let evidence = Evidence::new(setup, &seeds, &findings);
    (
        FigureData::new(setup, &seeds, &findings, &evidence),
        findings,
        evidence,
    )
}

fn plot<'a>(data: &'a FigureData, key: &str) -> &'a Plot {
    let place = FIGURES
        .iter()
        .position(|figure| figure.key == key)
        .expect("a figure");
    &data.plots[place]
}

fn drawn(data: &FigureData, key: &str, chosen: &[bool]) -> Option<String> {
    let view = View {
        chosen,
        standalone: true,
        ..View::default()
    };
    svg(figure(key).expect("a figure"), data, &view)
}

#[test]
fn points_are_the_numbers_of_the_summary() {
    let setup = setup();
    let (data, findings, evidence) = found(&setup);
    let separated = &plot(&data, "separated").panels;
    let arms = [&findings.levels, &evidence.arms[1].levels];
    for (panel, share) in [(0, 0), (1, 1)] {
        assert_eq!(separated[panel].lines.len(), 2);
        for (line, levels) in separated[panel].lines.iter().zip(arms) {
            let points = levels.iter().map(|level| {
                let share = [level.separated, level.both][share];
                [level.active_weights, share.share, share.low, share.high]
            });
            assert_eq!(line.points, points.collect::<Vec<_>>());
        }
    }
    for (task, panel) in plot(&data, "accuracy").panels.iter().enumerate() {
        assert_eq!(panel.title, setup.ports()[task].name);
        assert_eq!(panel.level, Some(("solved from".to_owned(), 0.97)));
        for (line, levels) in panel.lines.iter().zip(arms) {
            assert_eq!(line.points.len(), levels.len());
            for (point, level) in line.points.iter().zip(levels) {
                let accuracy = &level.accuracy[task];
                assert_eq!(
                    point[..3],
                    [level.active_weights, accuracy.median, accuracy.quantile_10]
                );
            }
        }
    }
    let dense = setup.net().weight_count() as f64;
    let risks = plot(&data, "risks");
    assert_eq!(risks.panels[0].lines[0].points[0], [dense, 0.0, 0.0, 0.0]);
    for (line, curve) in risks.panels[0]
        .lines
        .iter()
        .zip([&evidence.risks.separated, &evidence.risks.degraded])
    {
        for (point, of) in line.points[1..].iter().zip(curve) {
            assert_eq!([point[0], point[1]], [dense - of.time as f64, of.incidence]);
        }
    }
    // Seed 0 separates at 15 active weights and seed 1 at 7, seed 2 never.
    let first = plot(&data, "first-separated");
    assert_eq!(first.panels[0].title, "2 of 3 · imp");
    assert_eq!(
        first.panels[0].lines[0].points,
        [[7.0, 1.0, 8.0, 8.0], [14.0, 1.0, 16.0, 16.0]]
    );
    // These rows have no measures.
    assert_eq!(plot(&data, "cut"), &Plot::default());
    assert_eq!(drawn(&data, "cut", &[]), None);
}

#[test]
fn a_page_can_carry_the_points() {
    let (data, ..) = found(&setup());
    let json = serde_json::to_string(&data).expect("numbers");
    assert_eq!(serde_json::from_str::<FigureData>(&json).expect("the same"), data);
}

#[test]
fn arms_are_switched_on_and_off() {
    let (data, ..) = found(&setup());
    let all = drawn(&data, "separated", &[]).expect("two arms");
    assert!(all.contains(">imp</text>") && all.contains(">no-rewind</text>"));
    let one = drawn(&data, "separated", &[false, true]).expect("an arm");
    assert!(!one.contains(">imp</text>") && one.contains(">no-rewind</text>"));
    // An arm keeps its color, whatever else is shown.
    assert!(one.contains("class=\"s4\"") && !one.contains("class=\"s3\""));
    assert_eq!(drawn(&data, "separated", &[false; 30]), None);
    // What comes first is of imp, whatever is chosen.
    assert!(drawn(&data, "risks", &[false; 30]).is_some());
}

/// The bytes of every figure, as one number: the same on every machine.
#[test]
fn equal_data_are_equal_bytes() {
    let (data, ..) = found(&setup());
    let all: String = FIGURES
        .iter()
        .filter_map(|figure| drawn(&data, figure.key, &[]))
        .collect();
    check_well_formed(&all);
    let bytes: Vec<f32> = all.bytes().map(f32::from).collect();
    assert_eq!(format!("{:016x}", digest::of_floats(&bytes)), "2358af71466eac9d");
}

/// Lines of every figure, of so many arms, tasks and levels, with such a name.
fn made_up(arms: usize, panels: usize, name: &str, points: &[[f64; 4]]) -> FigureData {
    let lines = (0..arms).map(|of| Line {
        of,
        points: points.to_vec(),
    });
    let lines: Vec<Line> = lines.collect();
    let panel = |_| Panel {
        title: name.to_owned(),
        lines: lines.clone(),
        level: Some((name.to_owned(), 0.5)),
    };
    FigureData {
        arms: vec![name.to_owned(); arms],
        plots: vec![
            Plot {
                series: vec![],
                panels: (0..panels).map(panel).collect(),
            };
            FIGURES.len()
        ],
    }
}

#[test]
fn names_are_text_and_short() {
    let hostile = "</script><img src=x onerror='alert(1)'>&\"\u{1b}[31m\u{202e}";
    for name in [hostile.to_owned(), "long ".repeat(200), String::new()] {
        let data = made_up(2, 2, &name, &[[10.0, 0.5, 0.25, 0.75], [5.0, 0.75, 0.5, 1.0]]);
        for figure in FIGURES {
            let svg = drawn(&data, figure.key, &[]).expect("lines");
            for part in ["<img", "<script", "</script", "\u{1b}", "\u{202e}"] {
                assert!(!svg.contains(part), "{svg}");
            }
            assert!(svg.len() < 20_000, "{}", svg.len());
        }
    }
}

#[test]
fn any_number_of_arms_tasks_and_levels_can_be_drawn() {
    let shapes: [&[[f64; 4]]; 5] = [
        &[],
        &[[0.0; 4]],
        &[[1216.0, 1.0, 1.0, 1.0]],
        &[[2e9, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]],
        &[[3.0, 1e9, 0.0, 1e9]],
    ];
    for points in shapes {
        for arms in [0, 1, 20] {
            for panels in [0, 1, 10] {
                let data = made_up(arms, panels, "x", points);
                for figure in FIGURES {
                    for width in [0, 360, 2560] {
                        let view = View {
                            width,
                            ..View::default()
                        };
                        let found = svg(figure, &data, &view);
                        let has_points = !points.is_empty() && 0 < arms * panels;
                        assert_eq!(found.is_some(), has_points);
                        if let Some(svg) = found {
                            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                        }
                    }
                }
            }
        }
    }
    assert_eq!(drawn(&FigureData::default(), "separated", &[]), None);
}

#[test]
fn of_many_arms_only_the_first_has_intervals_and_the_legend_says_so() {
    let points = [[10.0, 0.5, 0.25, 0.75], [5.0, 0.75, 0.5, 1.0]];
    for (arms, bands, bars) in [
        (1, 1, 0),
        (4, 4, 0),
        (5, 0, 10),
        (8, 0, 16),
        (9, 1, 0),
        (20, 1, 0),
    ] {
        let svg = drawn(&made_up(arms, 1, "arm", &points), "separated", &[]).expect("lines");
        let says_so = usize::from(svg.contains("interval of arm"));
        assert_eq!(says_so, usize::from(8 < arms));
        assert_eq!(svg.matches("opacity=\"0.16\"").count(), bands + says_so);
        assert_eq!(svg.matches("opacity=\"0.5\"").count(), bars);
    }
}

#[test]
fn keys_differ() {
    for (place, figure) in FIGURES.iter().enumerate() {
        assert_eq!(
            FIGURES.iter().position(|other| other.key == figure.key),
            Some(place)
        );
    }
}

/// Two inputs and an input more, of which the first alone decides the first task.
fn halves(name: &str) -> Ticket {
    let mut tasks = vec![
        TaskPorts::new(name, [0, 1], [0]),
        TaskPorts::new("other", [2], [1]),
    ];
    tasks[0].classes = Some(vec!["left".to_owned(), name.to_owned()]);
    tasks[0].columns = Some(vec![format!("{name} across"), "up".to_owned()]);
    Ticket {
        normalization: Some(Normalization {
            shift: vec![100.0, 0.0, 7.0],
            scale: vec![0.1, 1.0, 1.0],
        }),
        ..Ticket::new(&[3, 2], tasks, vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    }
}

#[test]
fn a_map_says_where_each_class_is_in_raw_units() {
    let ticket = halves("right");
    let svg = map(&ticket, 0, None, true).expect("two inputs");
    check_well_formed(&svg);
    assert!(
        svg.contains("left in 50 % of the plane, right in 50 % of the plane"),
        "{svg}"
    );
    // 20 on each side of 100, and 2 on each side of 0.
    for tick in ["80", "100", "120", "−2", "0", "2"] {
        assert!(svg.contains(&format!(">{tick}</text>")), "{tick}: {svg}");
    }
    for name in ["right across", "up", "left", "right"] {
        assert!(svg.contains(&format!(">{name}</text>")), "{name}: {svg}");
    }
    // A class is three tints, and in each one rectangle: no row of this map differs from another.
    assert_eq!(svg.matches("shape-rendering").count(), 6);
    assert_eq!(svg.matches('Z').count(), 6 + 1, "and a mark of the legend");
    // The other task has one input.
    assert_eq!(map(&ticket, 1, None, true), None);
    assert_eq!(map(&ticket, 2, None, true), None);
}

#[test]
fn a_map_shows_samples_by_their_class() {
    let inputs = (0..400).flat_map(|sample| [sample as f32 / 100.0 - 2.0, 1.0, 0.0]);
    let rows = Rows {
        inputs: inputs.collect(),
        classes: (0..400).flat_map(|sample| [u16::from(200 < sample), 0]).collect(),
    };
    let svg = map(&halves("right"), 0, Some(&rows), false).expect("two inputs");
    // So many are enough, and the legend has one.
    assert_eq!(svg.matches("<circle").count(), 150 + 1);
    assert!(svg.len() < 60_000);
    // Samples of another network are not shown.
    let other = Rows {
        inputs: vec![0.0; 4],
        classes: vec![0; 2],
    };
    assert_eq!(
        map(&halves("right"), 0, Some(&other), true),
        map(&halves("right"), 0, None, true)
    );
}

#[test]
fn a_map_survives_its_names_and_numbers() {
    for name in ["</script><img>&\"'", &"long ".repeat(200)] {
        let svg = map(&halves(name), 0, None, false).expect("two inputs");
        assert!(!svg.contains("</script") && !svg.contains("<img"), "{svg}");
        assert!(svg.len() < 8_000, "{}", svg.len());
    }
    for factor in [f32::MAX, 1e-30, -1.0] {
        let mut ticket = halves("right");
        ticket.params[0] = factor;
        ticket.normalization.as_mut().expect("one").scale[0] = factor.signum() * 1e-30;
        if let Some(svg) = map(&ticket, 0, None, true) {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
