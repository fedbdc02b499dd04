//! Allocates registers to values, and loads constants into them.
//!
//! Constants are loaded in the order in which they are used, several by one instruction, into consecutive registers. So
//! results go to the lowest register that is free, and the highest are left to constants. What does not fit is spilled to
//! the stack, the value whose next use is farthest first.

use super::instruction::{Base, Float, Instruction};
use super::lower::{Graph, Operation, Value};

/// The parameters of the allocation. No choice is best for all tickets, so several are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heuristic {
    /// Registers that may be used: those from s16 on must be saved.
    pub(super) registers: u8,
    /// Constants that are worth making room for.
    pub(super) batch: usize,
    /// Registers that constants leave free.
    pub(super) reserve: usize,
}

/// The code of a kernel, without what it begins and ends with.
#[derive(Debug, Clone, Default)]
pub(super) struct Code {
    /// With the name of the unit that is complete, where one is.
    pub(super) instructions: Vec<(Instruction, Option<Value>)>,
    /// The constants, in the order of the table.
    pub(super) table: Vec<f32>,
    /// Words of spilled values.
    pub(super) stack: usize,
    /// One more than the highest register.
    pub(super) registers: u8,
}

/// Outputs that are returned in registers, s0 and up: more go to memory.
pub(super) const RETURNED: usize = 4;

/// How far operations look ahead for what else is to be loaded, so that loads come in runs.
const AHEAD: usize = 6;

/// Allocates registers for operations in this order.
pub(super) fn allocate(graph: &Graph, order: &[Value], heuristic: Heuristic) -> Code {
    let mut allocator = Allocator::new(graph, order, heuristic);
    allocator.load_inputs();
    for (now, &value) in order.iter().enumerate() {
        allocator.compute(now, value);
    }
    allocator.finish(order.len());
    allocator.code
}

const NEVER: usize = usize::MAX;

struct Allocator<'a> {
    graph: &'a Graph,
    order: &'a [Value],
    heuristic: Heuristic,
    /// Where each value is used, last first, so that the next is at the end.
    uses: Vec<Vec<usize>>,
    /// The constants that are still in the table, the next at the end.
    constants: Vec<Value>,
    content: Vec<Option<Value>>,
    register: Vec<Option<Float>>,
    /// The slot on the stack that a value was spilled to.
    spilled: Vec<Option<usize>>,
    free_slots: Vec<usize>,
    /// The output that a value is.
    outputs: Vec<Vec<usize>>,
    /// Outputs in registers that are still to be written to memory.
    unwritten: Vec<Value>,
    code: Code,
}

impl<'a> Allocator<'a> {
    fn new(graph: &'a Graph, order: &'a [Value], heuristic: Heuristic) -> Self {
        let count = graph.operations.len();
        let mut uses = vec![vec![]; count];
        let mut outputs = vec![vec![]; count];
        for (output, &value) in graph.outputs.iter().enumerate() {
            uses[value].push(order.len());
            outputs[value].push(output);
        }
        for (now, &value) in order.iter().enumerate().rev() {
            for operand in graph.operations[value].operands() {
                uses[operand].push(now);
            }
        }
        let is_needed_constant = |&value: &Value| {
            matches!(graph.operations[value], Operation::Constant(_)) && !uses[value].is_empty()
        };
        let mut constants: Vec<Value> = (0..count).filter(is_needed_constant).collect();
        // A sum's bias stands before its first product, and so does the bias before the weight where both are new.
        constants.sort_by_key(|&value| std::cmp::Reverse((uses[value].last().copied(), value)));
        Self {
            graph,
            order,
            heuristic,
            uses,
            constants,
            content: vec![None; usize::from(heuristic.registers)],
            register: vec![None; count],
            spilled: vec![None; count],
            free_slots: vec![],
            outputs,
            unwritten: vec![],
            code: Code::default(),
        }
    }

    fn compute(&mut self, now: usize, value: Value) {
        let operation = self.graph.operations[value];
        let operands: Vec<Value> = operation.operands().collect();
        self.load_missing(now, &operands);
        let at: Vec<Float> = operands.iter().map(|&operand| self.place(operand)).collect();
        for &operand in &operands {
            self.used(now, operand);
        }
        let to = match operation {
            // It stays where it is.
            Operation::Clamp(..) => at[0],
            _ => self.room_for(value, &operands),
        };
        self.put(value, to);
        let instruction = match operation {
            Operation::Binary(operation, ..) => Instruction::Binary(operation, to, [at[0], at[1]]),
            Operation::Absolute(_) => Instruction::Absolute { to, a: at[0] },
            Operation::Clamp(..) => Instruction::Clamp {
                at: at[0],
                zero: at[1],
            },
            Operation::Input(_) | Operation::Constant(_) => unreachable!("they are loaded, not computed"),
        };
        self.code.instructions.push((instruction, Some(value)));
        // An output is written an instruction later, when it is there.
        self.write_outputs();
        if self.in_memory() && !self.outputs[value].is_empty() {
            self.unwritten.push(value);
        }
    }

    fn finish(&mut self, now: usize) {
        self.write_outputs();
        let graph = self.graph;
        if self.in_memory() {
            let is_constant = |value: &Value| matches!(graph.operations[*value], Operation::Constant(_));
            let mut constants: Vec<Value> = graph.outputs.iter().copied().filter(is_constant).collect();
            // As they stand in the table.
            constants.sort_unstable();
            for value in constants {
                self.load_missing(now, &[value]);
                self.unwritten.push(value);
                self.write_outputs();
            }
            return;
        }
        self.load_missing(now, &graph.outputs);
        for output in 0..graph.outputs.len() {
            let (from, to) = (self.place(graph.outputs[output]), output as Float);
            if from == to {
                continue;
            }
            if let Some(other) = self.content[usize::from(to)] {
                if graph.outputs[output..].contains(&other) {
                    // There are at most three others to return.
                    let free = (RETURNED..self.content.len())
                        .find(|&register| self.content[register].is_none())
                        .expect("sixteen registers are more than four outputs");
                    self.go(other, free as Float);
                } else {
                    self.drop(other);
                }
            }
            self.go(graph.outputs[output], to);
        }
    }

    fn in_memory(&self) -> bool {
        RETURNED < self.graph.outputs.len()
    }

    fn write_outputs(&mut self) {
        for value in std::mem::take(&mut self.unwritten) {
            let from = self.place(value);
            for index in self.outputs[value].clone() {
                let base = Base::Outputs;
                self.push(Instruction::Store { from, base, index });
            }
            self.uses[value].clear();
            self.drop(value);
        }
    }

    fn push(&mut self, instruction: Instruction) {
        self.code.instructions.push((instruction, None));
    }

    /// Moves a value to a free register.
    fn go(&mut self, value: Value, to: Float) {
        let a = self.place(value);
        self.push(Instruction::Move { to, a });
        self.content[usize::from(a)] = None;
        self.put(value, to);
    }

    fn place(&self, value: Value) -> Float {
        self.register[value].expect("it was loaded")
    }

    fn put(&mut self, value: Value, to: Float) {
        self.content[usize::from(to)] = Some(value);
        self.register[value] = Some(to);
        self.code.registers = self.code.registers.max(to + 1);
    }

    fn drop(&mut self, value: Value) {
        if let Some(register) = self.register[value].take() {
            self.content[usize::from(register)] = None;
        }
    }

    /// Counts a use, and frees what is not used again.
    fn used(&mut self, now: usize, value: Value) {
        while self.uses[value].last() == Some(&now) {
            self.uses[value].pop();
        }
        if self.uses[value].is_empty() {
            self.drop(value);
            self.free_slots.extend(self.spilled[value].take());
        }
    }

    fn next_use(&self, value: Value) -> usize {
        self.uses[value].last().copied().unwrap_or(NEVER)
    }

    fn is_free(&self, register: usize) -> bool {
        self.content[register].is_none()
    }

    fn free_count(&self) -> usize {
        self.content.iter().filter(|content| content.is_none()).count()
    }

    /// A register for a result: the lowest that is free, or the one that it is returned in.
    fn room_for(&mut self, value: Value, operands: &[Value]) -> Float {
        if let [output] = *self.outputs[value]
            && !self.in_memory()
            && self.is_free(output)
        {
            return output as Float;
        }
        self.lowest(operands)
    }

    /// The lowest free register; where there is none, the value whose next use is farthest makes room, but none that is in use.
    fn lowest(&mut self, in_use: &[Value]) -> Float {
        if let Some(free) = (0..self.content.len()).find(|&register| self.is_free(register)) {
            return free as Float;
        }
        let last = self.farthest(in_use);
        self.clear(last);
        last as Float
    }

    /// Of all registers, none of them free, that whose value is needed last, but none that is in use.
    fn farthest(&self, in_use: &[Value]) -> usize {
        (0..self.content.len())
            .filter(|&register| self.content[register].is_some_and(|value| !in_use.contains(&value)))
            .max_by_key(|&register| self.content[register].map(|value| self.next_use(value)))
            .expect("there are more registers than operands")
    }

    /// Takes a value out of a register, and spills it where nothing else holds it.
    fn clear(&mut self, register: usize) {
        let Some(value) = self.content[register] else {
            return;
        };
        if self.unwritten.contains(&value) {
            return self.write_outputs();
        }
        let is_input = matches!(self.graph.operations[value], Operation::Input(_));
        if !is_input && self.spilled[value].is_none() {
            let slot = self.free_slots.pop().unwrap_or_else(|| {
                self.code.stack += 1;
                self.code.stack - 1
            });
            self.spilled[value] = Some(slot);
            let (from, base) = (register as Float, Base::Stack);
            self.push(Instruction::Store {
                from,
                base,
                index: slot,
            });
        }
        self.drop(value);
    }

    /// Loads those of these values that are in no register.
    fn load_missing(&mut self, now: usize, values: &[Value]) {
        let is_missing = |allocator: &Self, value: Value| allocator.register[value].is_none();
        for &value in values {
            if !is_missing(self, value) {
                continue;
            }
            match self.graph.operations[value] {
                Operation::Constant(_) if self.spilled[value].is_none() => {
                    // At the end, others may come first.
                    while is_missing(self, value) {
                        self.load_constants(now, values);
                    }
                }
                _ => self.load(now, value, values),
            }
        }
        // A constant that was loaded may have spilled what was here.
        for &value in values {
            if is_missing(self, value) {
                self.load(now, value, values);
            }
        }
    }

    /// The first inputs, all by one instruction, up to the first that is not read.
    fn load_inputs(&mut self) {
        let mut values = vec![None; self.content.len()];
        for (value, operation) in self.graph.operations.iter().enumerate() {
            if let Operation::Input(index) = *operation
                && let Some(place) = values.get_mut(index)
                && !self.uses[value].is_empty()
            {
                *place = Some(value);
            }
        }
        let room = self.content.len() - self.heuristic.batch.min(6) - self.heuristic.reserve;
        let count = values
            .iter()
            .take(room)
            .take_while(|value| value.is_some())
            .count();
        if count < 2 {
            return;
        }
        self.push(Instruction::Inputs {
            first: 0,
            count: count as u8,
        });
        for (register, value) in values[..count].iter().enumerate() {
            self.put(value.expect("no gap"), register as Float);
        }
    }

    /// The next constants, as many as there are free consecutive registers.
    fn load_constants(&mut self, now: usize, in_use: &[Value]) {
        let spare = self.free_count().saturating_sub(self.heuristic.reserve);
        let worth = self.heuristic.batch.min(self.constants.len()).max(1);
        let (mut first, mut count) = self.longest_run();
        count = count.min(spare);
        if count < worth {
            (first, count) = self.window(now, worth, in_use);
            for register in first..first + count {
                self.clear(register);
            }
        }
        let count = count.min(self.constants.len());
        self.push(Instruction::Constants {
            first: first as Float,
            count: count as u8,
        });
        for register in first..first + count {
            let constant = self.constants.pop().expect("there are as many");
            let Operation::Constant(number) = self.graph.operations[constant] else {
                unreachable!("it is a constant");
            };
            self.code.table.push(number);
            self.put(constant, register as Float);
        }
    }

    /// The longest run of free registers, the highest of equals.
    fn longest_run(&self) -> (usize, usize) {
        let (mut best, mut start) = ((0, 0), 0);
        for register in 0..self.content.len() {
            if !self.is_free(register) {
                start = register + 1;
            } else if best.1 <= register + 1 - start {
                best = (start, register + 1 - start);
            }
        }
        best
    }

    /// Consecutive registers whose contents are needed last; fewer than wanted where too much is in use.
    fn window(&self, now: usize, wanted: usize, in_use: &[Value]) -> (usize, usize) {
        // What is worse than a value that is soon needed: a constant or a sum that has just come.
        let soon = |register: usize| match self.content[register] {
            None => Some(NEVER),
            Some(value) if in_use.contains(&value) => None,
            Some(value) => {
                let next = self.next_use(value);
                (now + 2 < next && !matches!(self.graph.operations[value], Operation::Constant(_)))
                    .then_some(next)
            }
        };
        for count in (1..=wanted).rev() {
            let soonest = |first: usize| {
                (first..first + count)
                    .map(soon)
                    .try_fold(NEVER, |least, next| next.map(|next| least.min(next)))
            };
            let best = (0..=self.content.len() - count)
                .filter_map(|first| soonest(first).map(|soonest| (soonest, first)))
                .max();
            if let Some((_, first)) = best {
                return (first, count);
            }
        }
        (self.farthest(in_use), 1)
    }

    /// Loads a value, and others that are needed soon, while there is room.
    fn load(&mut self, now: usize, value: Value, in_use: &[Value]) {
        let to = self.lowest(in_use);
        self.load_to(value, to);
        let soon: Vec<Value> = self.order[now.min(self.order.len())..]
            .iter()
            .take(AHEAD)
            .flat_map(|&value| self.graph.operations[value].operands())
            .collect();
        for value in soon {
            let has_home =
                self.spilled[value].is_some() || matches!(self.graph.operations[value], Operation::Input(_));
            if self.register[value].is_none() && has_home && self.heuristic.reserve < self.free_count() {
                let to = self.lowest(in_use);
                self.load_to(value, to);
            }
        }
    }

    fn load_to(&mut self, value: Value, to: Float) {
        let (base, index) = match (self.graph.operations[value], self.spilled[value]) {
            (Operation::Input(index), _) => (Base::Inputs, index),
            (_, Some(slot)) => (Base::Stack, slot),
            _ => unreachable!("a value that is nowhere is not needed"),
        };
        self.push(Instruction::Load { to, base, index });
        self.put(value, to);
    }
}
