//! What each part of a program takes on a core: bytes of flash, instructions, and cycles of a model where there is one.
//!
//! Measured once, with the compiler of `rust-toolchain.toml`: least squares over the code of 100 tickets of 10 to 2500 weights, in
//! images and as what `rustc -C opt-level=s` makes of each ticket's module. Instructions and cycles are of what an emulator
//! executed. Cycles of the Cortex-M4F are by the [`pipeline`](crate::export::pipeline); those of the Cortex-M0 and M0+ are by
//! the tables of their manuals (Arm DDI 0432C and DDI 0484C): a load or store two, a taken branch three or two, anything else one.
//! A part that costs less than nothing saves something of others: it stands beside them.

use super::table::{Code, Core};
use crate::export::parts::Part::{
    Again, Bias, Byte, Choice, Common, Constant, Copied, Entry, Far, Fill, Filled, Frame, Group, Half,
    Hidden, Input, LastLoop, Logistic, Loop, Middle, Most, Moved, Output, Power, Product, Raw, Relu, Row,
    SameLoop, Shift, Shifted, Softmax, Spilled, Table, Tables, Unit, Word,
};

/// The Cortex-M0, whose products take a cycle.
#[rustfmt::skip]
pub(super) const M0: Core = Core {
    floats: Code {
        bytes: &[
            (Frame, -29.5), (Group, 21.1), (Output, 13.2), (Logistic, 11.0), (Softmax, 32.7),
            (Choice, 2.2), (Input, 30.9), (Raw, 6.4), (Product, 21.7), (Constant, 10.9),
            (Half, 8.3), (Relu, 21.2), (Table, 1.0), (Tables, -58.0), (Loop, 154.9),
            (SameLoop, 105.0), (LastLoop, 92.1), (Fill, 119.6), (Copied, 668.5), (Moved, 4.5),
        ],
        instructions: &[
            (Frame, 37.3), (Input, 100.7), (Raw, 280.5), (Product, 174.3), (Constant, 87.2),
            (Half, 112.6), (Relu, 132.6), (Filled, 100.7), (Row, 60.0), (Entry, 188.8),
        ],
        cycles: &[
            (Frame, 34.7), (Input, 96.1), (Raw, 230.1), (Product, 297.2), (Constant, 148.6),
            (Half, 173.6), (Relu, 206.6), (Filled, 96.1), (Row, 85.4), (Entry, 311.4),
        ],
    },
    eight: Code {
        bytes: &[
            (Frame, -62.5), (Group, 11.2), (Softmax, 87.5), (Input, 89.9), (Middle, 12.4),
            (Unit, 4.8), (Power, 3.5), (Byte, 7.5), (Again, -1.5), (Common, 3.4), (Bias, 11.6),
            (Spilled, 1.1), (Far, 29.8), (Shift, 2.3), (Most, 8.8), (Table, 1.0), (Tables, 67.3),
            (Loop, 119.4), (SameLoop, 102.1), (Fill, 169.4), (Row, 2.2),
        ],
        instructions: &[
            (Frame, -6.0), (Group, 6.7), (Softmax, 15.4), (Choice, 10.5), (Input, 22.8),
            (Unit, 2.2), (Power, 5.8), (Byte, 4.9), (Again, -5.2), (Shift, 4.8), (Filled, 0.1),
            (Row, 0.8), (Entry, 14.7),
        ],
        cycles: &[
            (Frame, 2.6), (Group, 8.0), (Output, 0.2), (Softmax, 22.3), (Choice, 22.8),
            (Input, 33.3), (Unit, 2.9), (Power, 9.3), (Byte, 6.9), (Again, -6.1), (Shift, 4.5),
            (Filled, 0.1), (Row, 1.2), (Entry, 20.3),
        ],
    },
    sixteen: Code {
        bytes: &[
            (Frame, -56.5), (Group, 29.1), (Output, 6.1), (Logistic, 16.7), (Softmax, 63.9),
            (Input, 89.1), (Middle, 31.9), (Unit, 1.9), (Power, -4.8), (Byte, 8.5), (Shifted, 10.0),
            (Word, 11.2), (Again, -2.5), (Common, -3.0), (Bias, 3.5), (Spilled, 2.2), (Shift, 18.7),
            (Most, 20.6), (Table, 1.0), (Tables, 43.9), (Loop, 127.5), (SameLoop, 91.2),
            (LastLoop, 9.4), (Fill, 135.1), (Row, 1.2), (Moved, 3.0),
        ],
        instructions: &[
            (Frame, -2.5), (Group, 1.1), (Output, 4.2), (Softmax, 7.7), (Choice, 8.2),
            (Input, 22.7), (Unit, 3.3), (Byte, 7.1), (Shifted, 5.1), (Word, 5.1), (Again, -1.8),
            (Hidden, 0.1), (Shift, 5.9), (Most, 3.6), (Loop, 1.8), (LastLoop, 1.1), (Filled, 40.1),
            (Row, 44.7), (Entry, 9.9),
        ],
        cycles: &[
            (Frame, 3.7), (Output, 8.1), (Softmax, 8.6), (Choice, 17.2), (Input, 35.6), (Unit, 4.3),
            (Byte, 10.0), (Shifted, 5.3), (Word, 7.3), (Again, -2.2), (Shift, 7.5), (Most, 4.7),
            (Loop, 2.9), (LastLoop, 1.7), (Filled, 59.4), (Row, 71.1), (Entry, 13.9),
        ],
    },
    soft_float: 1108,
};

/// The Cortex-M0+: the same code in fewer cycles.
#[rustfmt::skip]
pub(super) const M0_PLUS: Core = Core {
    floats: Code {
        bytes: &[
            (Frame, -29.5), (Group, 21.1), (Output, 13.2), (Logistic, 11.0), (Softmax, 32.7),
            (Choice, 2.2), (Input, 30.9), (Raw, 6.4), (Product, 21.7), (Constant, 10.9),
            (Half, 8.3), (Relu, 21.2), (Table, 1.0), (Tables, -58.0), (Loop, 154.9),
            (SameLoop, 105.0), (LastLoop, 92.1), (Fill, 119.6), (Copied, 668.5), (Moved, 4.5),
        ],
        instructions: &[
            (Frame, 37.3), (Input, 100.7), (Raw, 280.5), (Product, 174.3), (Constant, 87.2),
            (Half, 112.6), (Relu, 132.6), (Filled, 100.7), (Row, 60.0), (Entry, 188.8),
        ],
        cycles: &[
            (Frame, 36.2), (Input, 99.2), (Raw, 250.3), (Product, 276.6), (Constant, 138.3),
            (Half, 163.1), (Relu, 194.1), (Filled, 99.2), (Row, 81.3), (Entry, 290.7),
        ],
    },
    eight: Code {
        bytes: &[
            (Frame, -62.5), (Group, 11.2), (Softmax, 87.5), (Input, 89.9), (Middle, 12.4),
            (Unit, 4.8), (Power, 3.5), (Byte, 7.5), (Again, -1.5), (Common, 3.4), (Bias, 11.6),
            (Spilled, 1.1), (Far, 29.8), (Shift, 2.3), (Most, 8.8), (Table, 1.0), (Tables, 67.3),
            (Loop, 119.4), (SameLoop, 102.1), (Fill, 169.4), (Row, 2.2),
        ],
        instructions: &[
            (Frame, -6.0), (Group, 6.7), (Softmax, 15.4), (Choice, 10.5), (Input, 22.8),
            (Unit, 2.2), (Power, 5.8), (Byte, 4.9), (Again, -5.2), (Shift, 4.8), (Filled, 0.1),
            (Row, 0.8), (Entry, 14.7),
        ],
        cycles: &[
            (Frame, 0.4), (Group, 8.5), (Output, 0.3), (Softmax, 21.9), (Choice, 20.8),
            (Input, 30.2), (Unit, 2.5), (Power, 9.8), (Byte, 6.9), (Again, -6.3), (Shift, 4.5),
            (Filled, 0.1), (Row, 1.1), (Entry, 19.2),
        ],
    },
    sixteen: Code {
        bytes: &[
            (Frame, -56.5), (Group, 29.1), (Output, 6.1), (Logistic, 16.7), (Softmax, 63.9),
            (Input, 89.1), (Middle, 31.9), (Unit, 1.9), (Power, -4.8), (Byte, 8.5), (Shifted, 10.0),
            (Word, 11.2), (Again, -2.5), (Common, -3.0), (Bias, 3.5), (Spilled, 2.2), (Shift, 18.7),
            (Most, 20.6), (Table, 1.0), (Tables, 43.9), (Loop, 127.5), (SameLoop, 91.2),
            (LastLoop, 9.4), (Fill, 135.1), (Row, 1.2), (Moved, 3.0),
        ],
        instructions: &[
            (Frame, -2.5), (Group, 1.1), (Output, 4.2), (Softmax, 7.7), (Choice, 8.2),
            (Input, 22.7), (Unit, 3.3), (Byte, 7.1), (Shifted, 5.1), (Word, 5.1), (Again, -1.8),
            (Hidden, 0.1), (Shift, 5.9), (Most, 3.6), (Loop, 1.8), (LastLoop, 1.1), (Filled, 40.1),
            (Row, 44.7), (Entry, 9.9),
        ],
        cycles: &[
            (Frame, 2.5), (Output, 8.1), (Softmax, 8.9), (Choice, 16.0), (Input, 32.1), (Unit, 4.2),
            (Byte, 10.1), (Shifted, 5.7), (Word, 7.2), (Again, -2.4), (Shift, 7.6), (Most, 4.5),
            (Loop, 2.8), (LastLoop, 1.7), (Filled, 57.8), (Row, 69.2), (Entry, 12.8),
        ],
    },
    soft_float: 1108,
};

/// The Cortex-M4F.
#[rustfmt::skip]
pub(super) const M4: Core = Core {
    floats: Code {
        bytes: &[
            (Frame, -27.1), (Group, 30.0), (Logistic, 52.6), (Softmax, 32.9), (Input, 34.2),
            (Raw, 8.1), (Product, 18.1), (Constant, 24.0), (Half, 4.0), (Relu, 12.4), (Table, 1.0),
            (Tables, 100.4), (Loop, 30.3), (SameLoop, 118.4), (LastLoop, 112.4), (Fill, 133.2),
            (Filled, 1.8), (Copied, 761.6), (Moved, 0.6),
        ],
        instructions: &[
            (Frame, 3.8), (Group, 3.3), (Input, 7.5), (Raw, 3.4), (Product, 3.4), (Constant, 3.8),
            (Half, 1.9), (Relu, 3.9), (Loop, 0.6), (LastLoop, 0.4), (Filled, 0.6), (Row, 11.4),
            (Entry, 15.4),
        ],
        cycles: &[
            (Frame, 6.6), (Group, 5.6), (Input, 7.8), (Raw, 5.6), (Product, 4.4), (Constant, 5.6),
            (Half, 3.9), (Relu, 4.2), (Loop, 0.6), (LastLoop, 0.3), (Filled, 0.8), (Row, 16.2),
            (Entry, 20.6),
        ],
    },
    eight: Code {
        bytes: &[
            (Frame, -54.7), (Group, 36.0), (Output, 6.7), (Logistic, 0.7), (Softmax, 32.5),
            (Choice, 6.0), (Input, 40.9), (Middle, 12.3), (Unit, 1.6), (Power, 3.8), (Byte, 5.4),
            (Again, -0.3), (Common, 4.4), (Bias, 11.8), (Spilled, 2.3), (Far, 0.7), (Most, 13.1),
            (Table, 1.0), (Tables, 8.0), (Loop, 152.3), (SameLoop, 129.8), (LastLoop, 81.9),
            (Fill, 137.8), (Filled, 0.1), (Row, 0.5),
        ],
        instructions: &[
            (Frame, -5.4), (Group, 6.2), (Softmax, 10.8), (Choice, 11.7), (Input, 13.1),
            (Power, 3.0), (Byte, 2.8), (Again, -0.9), (Hidden, 2.8), (Shift, 0.5), (Row, 0.5),
            (Entry, 8.6),
        ],
        cycles: &[
            (Frame, -2.3), (Group, 7.8), (Softmax, 10.2), (Choice, 14.5), (Input, 15.6),
            (Unit, 0.2), (Power, 3.6), (Byte, 3.1), (Again, -0.3), (Hidden, 2.9), (Row, 0.7),
            (Entry, 12.9),
        ],
    },
    sixteen: Code {
        bytes: &[
            (Frame, -30.5), (Group, 15.7), (Output, 5.5), (Logistic, 16.7), (Softmax, 31.9),
            (Input, 40.4), (Middle, 82.4), (Unit, -10.4), (Power, -12.4), (Byte, 8.4),
            (Shifted, 8.7), (Word, 9.3), (Again, 5.0), (Common, -6.0), (Bias, 17.2), (Spilled, 3.0),
            (Shift, 10.2), (Most, 8.5), (Table, 1.0), (Tables, 51.9), (Loop, 120.1),
            (SameLoop, 72.2), (LastLoop, 87.4), (Fill, 124.0), (Moved, 7.5),
        ],
        instructions: &[
            (Frame, 2.8), (Group, 3.0), (Softmax, 1.5), (Choice, 12.9), (Input, 9.0), (Unit, 0.6),
            (Byte, 2.2), (Shifted, 2.9), (Word, 3.5), (Again, -1.6), (Hidden, 3.6), (Shift, 3.1),
            (Loop, 1.1), (LastLoop, 0.7), (Filled, 30.6), (Row, 25.9), (Entry, 6.9),
        ],
        cycles: &[
            (Frame, 7.7), (Group, 3.5), (Softmax, 1.5), (Choice, 12.7), (Input, 12.0), (Unit, 2.1),
            (Byte, 2.3), (Shifted, 3.2), (Word, 3.7), (Again, -1.0), (Hidden, 2.4), (Shift, 4.0),
            (Loop, 1.4), (LastLoop, 0.9), (Filled, 38.3), (Row, 31.8), (Entry, 10.9),
        ],
    },
    soft_float: 0,
};

/// The Cortex-M33F, with the code of the M4F.
#[rustfmt::skip]
pub(super) const M33: Core = Core {
    floats: Code {
        bytes: &[
            (Frame, -27.1), (Group, 30.0), (Logistic, 52.6), (Softmax, 32.9), (Input, 34.2),
            (Raw, 8.1), (Product, 18.1), (Constant, 24.0), (Half, 4.0), (Relu, 12.4), (Table, 1.0),
            (Tables, 100.4), (Loop, 30.3), (SameLoop, 118.4), (LastLoop, 112.4), (Fill, 133.2),
            (Filled, 1.8), (Copied, 761.6), (Moved, 0.6),
        ],
        instructions: &[
            (Frame, 3.8), (Group, 3.3), (Input, 7.5), (Raw, 3.4), (Product, 3.4), (Constant, 3.8),
            (Half, 1.9), (Relu, 3.9), (Loop, 0.6), (LastLoop, 0.4), (Filled, 0.6), (Row, 11.4),
            (Entry, 15.4),
        ],
        cycles: &[],
    },
    eight: Code {
        bytes: &[
            (Frame, -54.7), (Group, 36.0), (Output, 6.7), (Logistic, 0.7), (Softmax, 32.5),
            (Choice, 6.0), (Input, 40.9), (Middle, 12.3), (Unit, 1.6), (Power, 3.8), (Byte, 5.4),
            (Again, -0.3), (Common, 4.4), (Bias, 11.8), (Spilled, 2.3), (Far, 0.7), (Most, 13.1),
            (Table, 1.0), (Tables, 8.0), (Loop, 152.3), (SameLoop, 129.8), (LastLoop, 81.9),
            (Fill, 137.8), (Filled, 0.1), (Row, 0.5),
        ],
        instructions: &[
            (Frame, -5.4), (Group, 6.2), (Softmax, 10.8), (Choice, 11.7), (Input, 13.1),
            (Power, 3.0), (Byte, 2.8), (Again, -0.9), (Hidden, 2.8), (Shift, 0.5), (Row, 0.5),
            (Entry, 8.6),
        ],
        cycles: &[],
    },
    sixteen: Code {
        bytes: &[
            (Frame, -30.5), (Group, 15.7), (Output, 5.5), (Logistic, 16.7), (Softmax, 31.9),
            (Input, 40.4), (Middle, 82.4), (Unit, -10.4), (Power, -12.4), (Byte, 8.4),
            (Shifted, 8.7), (Word, 9.3), (Again, 5.0), (Common, -6.0), (Bias, 17.2), (Spilled, 3.0),
            (Shift, 10.2), (Most, 8.5), (Table, 1.0), (Tables, 51.9), (Loop, 120.1),
            (SameLoop, 72.2), (LastLoop, 87.4), (Fill, 124.0), (Moved, 7.5),
        ],
        instructions: &[
            (Frame, 2.8), (Group, 3.0), (Softmax, 1.5), (Choice, 12.9), (Input, 9.0), (Unit, 0.6),
            (Byte, 2.2), (Shifted, 2.9), (Word, 3.5), (Again, -1.6), (Hidden, 3.6), (Shift, 3.1),
            (Loop, 1.1), (LastLoop, 0.7), (Filled, 30.6), (Row, 25.9), (Entry, 6.9),
        ],
        cycles: &[],
    },
    soft_float: 0,
};

/// The Cortex-M7F, whose compiler takes a product and its sum for one instruction.
#[rustfmt::skip]
pub(super) const M7: Core = Core {
    floats: Code {
        bytes: &[
            (Frame, -70.3), (Group, -11.4), (Output, 16.7), (Logistic, 34.2), (Softmax, 72.5),
            (Input, 29.5), (Raw, 7.4), (Product, 12.7), (Constant, 2.7), (Half, 16.3), (Relu, 22.1),
            (Table, 1.0),
        ],
        instructions: &[
            (Frame, 7.3), (Output, 1.4), (Input, 8.2), (Product, 2.4), (Half, 1.8), (Filled, 0.1),
            (Row, 0.8), (Entry, 15.2),
        ],
        cycles: &[],
    },
    eight: Code {
        bytes: &[
            (Frame, -54.7), (Group, 36.0), (Output, 6.7), (Logistic, 0.7), (Softmax, 32.5),
            (Choice, 6.0), (Input, 40.9), (Middle, 12.3), (Unit, 1.6), (Power, 3.8), (Byte, 5.4),
            (Again, -0.3), (Common, 4.4), (Bias, 11.8), (Spilled, 2.3), (Far, 0.7), (Most, 13.1),
            (Table, 1.0), (Tables, 8.0), (Loop, 152.3), (SameLoop, 129.8), (LastLoop, 81.9),
            (Fill, 137.8), (Filled, 0.1), (Row, 0.5),
        ],
        instructions: &[
            (Frame, -5.4), (Group, 6.2), (Softmax, 10.8), (Choice, 11.7), (Input, 13.1),
            (Power, 3.0), (Byte, 2.8), (Again, -0.9), (Hidden, 2.8), (Shift, 0.5), (Row, 0.5),
            (Entry, 8.6),
        ],
        cycles: &[],
    },
    sixteen: Code {
        bytes: &[
            (Frame, -30.5), (Group, 15.7), (Output, 5.5), (Logistic, 16.7), (Softmax, 31.9),
            (Input, 40.4), (Middle, 82.4), (Unit, -10.4), (Power, -12.4), (Byte, 8.4),
            (Shifted, 8.7), (Word, 9.3), (Again, 5.0), (Common, -6.0), (Bias, 17.2), (Spilled, 3.0),
            (Shift, 10.2), (Most, 8.5), (Table, 1.0), (Tables, 51.9), (Loop, 120.1),
            (SameLoop, 72.2), (LastLoop, 87.4), (Fill, 124.0), (Moved, 7.5),
        ],
        instructions: &[
            (Frame, 2.8), (Group, 3.0), (Softmax, 1.5), (Choice, 12.9), (Input, 9.0), (Unit, 0.6),
            (Byte, 2.2), (Shifted, 2.9), (Word, 3.5), (Again, -1.6), (Hidden, 3.6), (Shift, 3.1),
            (Loop, 1.1), (LastLoop, 0.7), (Filled, 30.6), (Row, 25.9), (Entry, 6.9),
        ],
        cycles: &[],
    },
    soft_float: 0,
};
