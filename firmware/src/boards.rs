//! The table of boards. A board is one entry; but for examples and tests, no other file knows a board by name.
//!
//! A board is little more than a memory map: the firmware logs over RTT or semihosting and counts with the core's own
//! counters, so every Cortex-M can run it. The build script reads this file, too.

/// A board, real or emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// What `--board` calls it.
    pub name: &'static str,
    /// What people call it: product and chip.
    pub line: &'static str,
    /// How it is compiled for.
    pub core: Core,
    /// Where code and constants go.
    pub flash: Memory,
    /// Where everything else goes: one piece that is there after a reset, whose first address is a multiple of 32.
    pub ram: Memory,
    /// How the host reaches it.
    pub reach: Reach,
    /// Whether its boot ROM looks for the RP2350's image definition behind the vector table.
    pub boot_block: bool,
}

/// A Cortex-M core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core {
    /// The Rust target.
    pub target: &'static str,
    /// What `-C target-cpu` calls it.
    pub cpu: &'static str,
}

/// A piece of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Its first address.
    pub origin: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// How the host reaches a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is emulated; logs and samples go through semihosting.
    Qemu {
        /// QEMU's name of the machine.
        machine: &'static str,
        /// What its `SysTick` counts: the core clock, in hertz.
        clock: u32,
    },
    /// A debug probe is connected to it; logs and samples go through RTT.
    Probe {
        /// probe-rs's name of the chip.
        chip: &'static str,
    },
}

const M0: Core = Core {
    target: "thumbv6m-none-eabi",
    cpu: "cortex-m0",
};
const M4F: Core = Core {
    target: "thumbv7em-none-eabihf",
    cpu: "cortex-m4",
};
const M7F: Core = Core {
    target: "thumbv7em-none-eabihf",
    cpu: "cortex-m7",
};
const M33F: Core = Core {
    target: "thumbv8m.main-none-eabihf",
    cpu: "cortex-m33",
};

/// Memory of so many KiB.
const fn kib(origin: u32, length: u32) -> Memory {
    Memory {
        origin,
        length: length << 10,
    }
}

/// All boards. The first is the one that is meant where none is named.
pub const BOARDS: &[Board] = &[
    Board {
        name: "qemu-m4",
        line: "MPS2 AN386, emulated",
        core: M4F,
        flash: kib(0, 4096),
        ram: kib(0x2000_0000, 4096),
        reach: Reach::Qemu {
            machine: "mps2-an386",
            clock: 25_000_000,
        },
        boot_block: false,
    },
    Board {
        name: "qemu-m7",
        line: "MPS2 AN500, emulated",
        core: M7F,
        flash: kib(0, 4096),
        ram: kib(0x2000_0000, 4096),
        reach: Reach::Qemu {
            machine: "mps2-an500",
            clock: 25_000_000,
        },
        boot_block: false,
    },
    Board {
        name: "qemu-m33",
        line: "MPS2 AN505, emulated",
        core: M33F,
        // Its memories as the secure world, which it starts in, sees them.
        flash: kib(0x1000_0000, 4096),
        ram: kib(0x3800_0000, 4096),
        reach: Reach::Qemu {
            machine: "mps2-an505",
            clock: 20_000_000,
        },
        boot_block: false,
    },
    Board {
        name: "qemu-stm32f405",
        line: "Netduino Plus 2, STM32F405RG, emulated",
        core: M4F,
        flash: kib(0x0800_0000, 1024),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Qemu {
            machine: "netduinoplus2",
            clock: 168_000_000,
        },
        boot_block: false,
    },
    Board {
        name: "qemu-m0",
        line: "micro:bit v1, nRF51822, emulated",
        core: M0,
        flash: kib(0, 256),
        ram: kib(0x2000_0000, 16),
        reach: Reach::Qemu {
            machine: "microbit",
            clock: 16_000_000,
        },
        boot_block: false,
    },
    Board {
        name: "stm32f3-discovery",
        line: "STM32F3 Discovery, STM32F303VC",
        core: M4F,
        flash: kib(0x0800_0000, 256),
        ram: kib(0x2000_0000, 40),
        reach: Reach::Probe { chip: "STM32F303VC" },
        boot_block: false,
    },
    Board {
        name: "stm32f4-discovery",
        line: "STM32F4 Discovery, STM32F407VG",
        core: M4F,
        flash: kib(0x0800_0000, 1024),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32F407VG" },
        boot_block: false,
    },
    Board {
        name: "nucleo-f401re",
        line: "Nucleo-F401RE, STM32F401RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 96),
        reach: Reach::Probe { chip: "STM32F401RE" },
        boot_block: false,
    },
    Board {
        name: "nucleo-f411re",
        line: "Nucleo-F411RE, STM32F411RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32F411RE" },
        boot_block: false,
    },
    Board {
        name: "nucleo-f446re",
        line: "Nucleo-F446RE, STM32F446RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32F446RE" },
        boot_block: false,
    },
    Board {
        name: "nucleo-g474re",
        line: "Nucleo-G474RE, STM32G474RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        // Three memories in a row: SRAM1, SRAM2 and the core-coupled one.
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32G474RE" },
        boot_block: false,
    },
    Board {
        name: "nucleo-h743zi",
        line: "Nucleo-H743ZI, STM32H743ZI",
        core: M7F,
        flash: kib(0x0800_0000, 2048),
        // The data TCM, as fast as the core without a cache.
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32H743ZI" },
        boot_block: false,
    },
    Board {
        name: "black-pill-f411",
        line: "Black Pill F411, STM32F411CE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe { chip: "STM32F411CE" },
        boot_block: false,
    },
    Board {
        name: "nrf52840-dk",
        line: "nRF52840-DK, nRF52840",
        core: M4F,
        flash: kib(0, 1024),
        ram: kib(0x2000_0000, 256),
        reach: Reach::Probe {
            chip: "nRF52840_xxAA",
        },
        boot_block: false,
    },
    Board {
        name: "microbit-v2",
        line: "micro:bit v2, nRF52833",
        core: M4F,
        flash: kib(0, 512),
        ram: kib(0x2000_0000, 128),
        reach: Reach::Probe {
            chip: "nRF52833_xxAA",
        },
        boot_block: false,
    },
    Board {
        name: "pico-2",
        line: "Raspberry Pi Pico 2, RP2350",
        core: M33F,
        flash: kib(0x1000_0000, 4096),
        ram: kib(0x2000_0000, 512),
        reach: Reach::Probe { chip: "RP235x" },
        boot_block: true,
    },
];

/// The board of this name.
pub fn find(name: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.name == name)
}
