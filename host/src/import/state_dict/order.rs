//! Finds the order in which layers compute: numbers in their names, and each as wide as the next wants it.

use std::collections::BTreeSet;

use super::names::{is_before, natural, parent};

/// A layer as it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) name: &'a str,
    pub(super) fan_in: usize,
    pub(super) fan_out: usize,
}

/// What there is to say of the order of some layers, by their positions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// There is one.
    One(Vec<usize>),
    /// There are several, of which these are the first that were found.
    Several(Vec<Vec<usize>>),
    /// The numbers in the names allow none, and without them there is this one alone.
    AgainstNumbers(Vec<usize>),
    /// There is none. In the natural order of the names, the layer at the first position does not fit the one at the
    /// second.
    None([usize; 2]),
}

/// Layers beyond which an order is searched for only where their numbers give it.
const MOST: usize = 256;
/// Steps of a search, after which the order counts as ambiguous.
const STEPS: usize = 20_000;

/// The order of `layers`, at least one.
pub(super) fn order(layers: &[Shape<'_>]) -> Order {
    let mut sorted: Vec<usize> = (0..layers.len()).collect();
    sorted.sort_by(|&a, &b| natural(layers[a].name, layers[b].name));
    let gap = sorted
        .windows(2)
        .find(|pair| layers[pair[0]].fan_out != layers[pair[1]].fan_in);
    let is_numbered = sorted
        .windows(2)
        .all(|pair| is_before(layers[pair[0]].name, layers[pair[1]].name));
    if is_numbered && gap.is_none() {
        return Order::One(sorted);
    }
    if MOST < layers.len() {
        return gap.map_or(Order::Several(vec![sorted.clone()]), |gap| {
            Order::None([gap[0], gap[1]])
        });
    }
    let none = gap.map_or([0, 0], |gap| [gap[0], gap[1]]);
    let mut found = search(layers, &sorted, true);
    match found.len() {
        0 => {}
        1 => return Order::One(found.remove(0)),
        _ => return Order::Several(found),
    }
    let mut found = search(layers, &sorted, false);
    match found.len() {
        1 => Order::AgainstNumbers(found.remove(0)),
        _ => Order::None(none),
    }
}

/// Up to two orders in which the layers fit, the first that is found being the nearest to `sorted`. Two also if the search
/// takes too long.
fn search(layers: &[Shape<'_>], sorted: &[usize], by_numbers: bool) -> Vec<Vec<usize>> {
    let before = |at: usize| {
        let other = |&other: &usize| by_numbers && is_before(layers[other].name, layers[at].name);
        sorted.iter().copied().filter(other).collect()
    };
    let mut search = Search {
        layers,
        sorted,
        before: (0..layers.len()).map(before).collect(),
        order: vec![],
        is_used: vec![false; layers.len()],
        dead: BTreeSet::new(),
        steps: 0,
        found: vec![],
    };
    search.go_on();
    if STEPS < search.steps {
        search.found.resize(2, sorted.to_vec());
    }
    search.found
}

struct Search<'a> {
    layers: &'a [Shape<'a>],
    sorted: &'a [usize],
    /// Which layers must come before each.
    before: Vec<Vec<usize>>,
    order: Vec<usize>,
    is_used: Vec<bool>,
    /// What was used, and the width after it, where nothing could be found.
    dead: BTreeSet<(usize, Vec<bool>)>,
    steps: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    /// Tries every layer that can be next.
    fn go_on(&mut self) {
        self.steps += 1;
        if self.order.len() == self.layers.len() {
            self.found.push(self.order.clone());
            return;
        }
        let width = self.order.last().map(|&last| self.layers[last].fan_out);
        let state = (width.unwrap_or(0), self.is_used.clone());
        if self.dead.contains(&state) {
            return;
        }
        let found = self.found.len();
        for &next in self.sorted {
            if self.is_used[next]
                || width.is_some_and(|width| width != self.layers[next].fan_in)
                || !self.before[next].iter().all(|&before| self.is_used[before])
            {
                continue;
            }
            self.is_used[next] = true;
            self.order.push(next);
            self.go_on();
            self.order.pop();
            self.is_used[next] = false;
            if self.found.len() == 2 || STEPS < self.steps {
                return;
            }
        }
        if self.found.len() == found {
            self.dead.insert(state);
        }
    }
}

/// Parts of an order within which numbers give it; from one part to the next it is only that widths fit.
pub(super) fn parts<'a, 's>(ordered: &'a [Shape<'s>]) -> Vec<&'a [Shape<'s>]> {
    ordered.chunk_by(|a, b| is_before(a.name, b.name)).collect()
}

/// The first part and another that may be a network beside it and no layers behind it: it has as many inputs, and belongs
/// to another module or is numbered anew.
pub(super) fn beside<'a, 's>(parts: &[&'a [Shape<'s>]]) -> Option<[&'a [Shape<'s>]; 2]> {
    let (first, others) = parts.split_first()?;
    let other = others.iter().find(|other| {
        let [ours, theirs] = [first[0], other[0]];
        let is_apart = parent(ours.name) != parent(theirs.name)
            || [ours, theirs]
                .iter()
                .all(|layer| layer.name.ends_with(|c: char| c.is_ascii_digit()));
        ours.fan_in == theirs.fan_in && is_apart
    })?;
    Some([first, other])
}

#[cfg(test)]
mod tests {
    use super::{Order, Shape, beside, order, parts};

    /// Whether a second network is seen in layers that are in their order.
    #[track_caller]
    fn check_beside(layers: &[(&str, usize, usize)], expected: Option<[&str; 2]>) {
        let shapes: Vec<Shape<'_>> = layers
            .iter()
            .map(|&(name, fan_in, fan_out)| Shape {
                name,
                fan_in,
                fan_out,
            })
            .collect();
        let found = beside(&parts(&shapes)).map(|parts| parts.map(|part| part[0].name));
        assert_eq!(found, expected);
    }

    #[test]
    fn two_networks_of_the_same_inputs_are_not_one() {
        let two = |a, b, c, d| [(a, 4, 16), (b, 16, 4), (c, 4, 16), (d, 16, 1)];
        for [a, b, c, d] in [
            ["actor.0", "actor.2", "critic.0", "critic.2"],
            ["actor1", "actor2", "critic1", "critic2"],
            ["m.pi.0", "m.pi.2", "m.v.0", "m.v.2"],
            ["pi.in", "pi.out", "v.in", "v.out"],
        ] {
            check_beside(&two(a, b, c, d), Some([a, c]));
        }
        check_beside(&two("0", "2", "4", "6"), None);
        check_beside(&two("a.0", "a.2", "a.4", "a.6"), None);
        check_beside(&two("in", "mid", "more", "out"), None);
        let network = [
            ("body.0", 4, 8),
            ("body.2", 8, 8),
            ("head.0", 8, 8),
            ("out", 8, 2),
        ];
        check_beside(&network, None);
    }

    /// `fc1 4 8, …` to shapes, and positions to names.
    #[track_caller]
    fn check(layers: &str, expected: &str) {
        let shapes: Vec<Shape<'_>> = layers
            .split(", ")
            .map(|layer| {
                let fields: Vec<&str> = layer.split(' ').collect();
                let [fan_in, fan_out] = [1, 2].map(|field| fields[field].parse().unwrap());
                Shape {
                    name: fields[0],
                    fan_in,
                    fan_out,
                }
            })
            .collect();
        let names = |order: &[usize]| {
            order
                .iter()
                .map(|&at| shapes[at].name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let said = match order(&shapes) {
            Order::One(order) => format!("one {}", names(&order)),
            Order::Several(orders) => {
                let orders: Vec<String> = orders.iter().map(|order| names(order)).collect();
                format!("several {}", orders.join(" or "))
            }
            Order::AgainstNumbers(order) => format!("against {}", names(&order)),
            Order::None(gap) => format!("none {}", names(&gap)),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn numbers_give_the_order_where_the_widths_fit() {
        check("10 8 2, 2 8 8, 0 4 8", "one 0 2 10");
        check("fc1 4 4, fc3 4 4, fc2 4 4", "one fc1 fc2 fc3");
        check("a 3 1", "one a");
        check("d 4 4, d_1 4 4, d_2 4 4", "one d d_1 d_2");
        check(
            "b.0.fc1 4 4, b.0.fc2 4 4, b.1.fc1 4 4, b.10.fc1 4 4, b.2.fc1 4 4",
            "one b.0.fc1 b.0.fc2 b.1.fc1 b.2.fc1 b.10.fc1",
        );
    }

    #[test]
    fn widths_give_it_where_words_do_not() {
        check("hidden 8 8, input 4 8, output 8 2", "one input hidden output");
        check("fc1 4 8, fc2 8 8, out 8 2", "one fc1 fc2 out");
        check("head 8 2, body.0 4 8, body.2 8 8", "one body.0 body.2 head");
        check("fc2 8 8, fc1 8 8, in 4 8, out 8 2", "one in fc1 fc2 out");
    }

    #[test]
    fn several_orders_are_not_chosen_from() {
        check(
            "decoder 4 2, encoder 2 4",
            "several decoder encoder or encoder decoder",
        );
        check("a 4 4, b 4 4", "several a b or b a");
        check(
            "e.0 8 4, e.2 4 2, d.0 2 4, d.2 4 8",
            "several d.0 d.2 e.0 e.2 or e.0 e.2 d.0 d.2",
        );
    }

    #[test]
    fn numbers_that_do_not_fit_are_told_apart_from_nothing_that_fits() {
        check("fc1 8 2, fc2 4 8", "against fc2 fc1");
        check("0 4 8, 2 8 8, 4 9 2", "none 2 4");
        check("fc1 4 8, fc2 8 4, fc3 9 9", "none fc2 fc3");
    }

    #[test]
    fn many_layers_are_ordered_by_numbers_or_not_at_all() {
        let names: Vec<String> = (0..4000).rev().map(|layer| format!("l.{layer}")).collect();
        let layers: Vec<Shape<'_>> = names
            .iter()
            .map(|name| Shape {
                name,
                fan_in: 2,
                fan_out: 2,
            })
            .collect();
        assert_eq!(order(&layers), Order::One((0..4000).rev().collect()));
        // A search through all orders of them would not end.
        let words: Vec<String> = (0..200_u8)
            .map(|at| format!("{}x", char::from(b'a' + at % 26)).repeat(at.into()))
            .collect();
        let layers: Vec<Shape<'_>> = words
            .iter()
            .map(|name| Shape {
                name,
                fan_in: 2,
                fan_out: if name.len() == 100 { 3 } else { 2 },
            })
            .collect();
        assert!(matches!(
            order(&layers),
            Order::One(_) | Order::Several(_) | Order::None(_)
        ));
    }
}
