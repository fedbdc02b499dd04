//! Tickets small enough to see through; the golden ones are in the contracts.

use tombola::random::{Purpose, below, stream, uniform};
use tombola::{Mlp, Verdict};

use super::{anatomy, cut};
use crate::ticket::{TaskPorts, Ticket};

/// A ticket of nothing but a structure.
pub(crate) fn ticket(widths: &[usize], tasks: Vec<TaskPorts>, survives: impl Fn(usize) -> bool) -> Ticket {
    let net = Mlp::new(widths);
    let weights = (0..net.weight_count()).map(|weight| f32::from(u8::from(survives(weight))));
    let biases = vec![0.0; net.param_count() - net.weight_count()];
    Ticket::new(widths, tasks, weights.chain(biases).collect())
}

/// Two tasks over one hidden layer of three; of the 12 weights these survive.
pub(crate) fn two_tasks(survivors: &[usize]) -> Ticket {
    let tasks = vec![
        TaskPorts::new("moons", [0], [0]),
        TaskPorts::new("circles", [1], [1]),
    ];
    ticket(&[2, 3, 2], tasks, |weight| survivors.contains(&weight))
}

/// A ticket whose tasks share inputs: random widths, survivors, parameters and tasks, of which each has any inputs.
pub(crate) fn shared(seed: u64) -> Ticket {
    let mut rng = stream(seed, Purpose::Weights);
    let mut count = |most: u32| 1 + below(most, &mut rng) as usize;
    let widths: Vec<usize> = (0..2 + seed % 3).map(|_| count(9)).collect();
    let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
    let task_count = count(outputs as u32);
    let tasks: Vec<TaskPorts> = (0..task_count)
        .map(|task| {
            let own = (0..inputs).filter(|input| count(2) == 1 || input % task_count == task);
            let own: Vec<usize> = own.collect();
            let own = if own.is_empty() { vec![0] } else { own };
            TaskPorts::new(format!("t{task}"), own, (task..outputs).step_by(task_count))
        })
        .collect();
    let density = [0.0, 0.1, 0.3, 1.0][seed as usize / 3 % 4];
    let net = Mlp::new(&widths);
    let params = (0..net.param_count()).map(|param| {
        let survives = net.weight_count() <= param || uniform(&mut rng) < density;
        let value = uniform(&mut rng) - 0.5;
        if survives { value } else { 0.0 }
    });
    let params = params.collect();
    Ticket {
        shares_inputs: true,
        ..Ticket::new(&widths, tasks, params)
    }
}

#[test]
fn tasks_that_share_an_input_have_no_cut_and_are_never_separated() {
    let mut verdicts = [0, 0];
    for ticket in (0..300).map(shared) {
        let anatomy = anatomy(&ticket);
        if ticket.shared_inputs().is_empty() {
            continue;
        }
        assert!(!anatomy.independent && anatomy.verdict != Verdict::Separated);
        assert_eq!((anatomy.cut, ticket.check().is_ok()), (None, true));
        verdicts[usize::from(anatomy.verdict == Verdict::Degraded)] += 1;
        let refused = Ticket {
            shares_inputs: false,
            ..ticket
        };
        refused.check().expect_err("an input of two tasks");
    }
    assert!(verdicts.iter().all(|&count| 20 < count), "{verdicts:?}");
}

#[test]
fn the_json_has_the_promised_keys_in_order() {
    assert_eq!(
        serde_json::to_string(&anatomy(&two_tasks(&[0, 3, 6, 10]))).unwrap(),
        r#"{"widths":[2,3,2],"tasks":["moons","circles"],"weights_left":4,"active_weights":4,"inactive_weights":0,"zombie_weights":0,"sparsity":0.6666666666666666,"verdict":"separated","independent":true,"subnetworks":[{"tasks":["moons"],"neurons":[[0,0],[1,0],[2,0]],"weights":2},{"tasks":["circles"],"neurons":[[0,1],[1,1],[2,1]],"weights":2}],"cut":0,"layers":[{"active":2,"inactive":0,"zombie":0},{"active":2,"inactive":1,"zombie":0},{"active":2,"inactive":0,"zombie":0}]}"#
    );
}

#[test]
fn the_cut_counts_the_weights_between_the_tasks() {
    let of = |survivors: &[usize]| anatomy(&two_tasks(survivors));
    // The first input feeds the path of the second task: one weight joins them.
    assert_eq!(of(&[0, 2, 3, 6, 10]).cut, Some(1));
    // The same where the first output is lost.
    let degraded = of(&[2, 3, 10]);
    assert_eq!((degraded.verdict, degraded.cut), (Verdict::Degraded, Some(1)));
    assert_eq!(of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).cut, Some(6));
    let empty = of(&[]);
    assert_eq!((empty.verdict, empty.cut), (Verdict::Degraded, Some(0)));
    assert!(empty.independent && empty.subnetworks.is_empty());
}

#[test]
fn one_task_or_three_have_no_cut() {
    let one = vec![TaskPorts::new("all", 0..3, 0..3)];
    let three = (0..3).map(|port| TaskPorts::new(port.to_string(), [port], [port]));
    let three = three.collect();
    for tasks in [one, three] {
        assert_eq!(cut(&ticket(&[3, 3], tasks, |_| true)), None);
    }
}

#[test]
fn the_cut_of_a_wide_dense_network_is_found() {
    let tasks = vec![
        TaskPorts::new("moons", [0, 1], [0]),
        TaskPorts::new("circles", [2, 3], [1]),
    ];
    assert_eq!(cut(&ticket(&[4, 256, 256, 2], tasks, |_| true)), Some(768));
}
