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
    /// How fast its core is.
    pub clock: Clock,
    /// How the host reaches it.
    pub reach: Reach,
    /// What starts the program.
    pub boot: Boot,
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

/// The clock of a core, in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// That of the core after a reset, where nothing changes it, as in this firmware. In QEMU the `SysTick` counts it.
    pub wake: u32,
    /// The highest that the chip is made for.
    pub top: u32,
}

/// How the host reaches a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is emulated; logs and samples go through semihosting.
    Qemu {
        /// QEMU's name of the machine.
        machine: &'static str,
    },
    /// A debug probe is connected to it; logs and samples go through RTT.
    Probe {
        /// probe-rs's name of the chip.
        chip: &'static str,
    },
    /// It has no debug port. PJRC's loader writes its flash, and nothing is heard of it.
    Teensy {
        /// The loader's name of the board.
        mcu: &'static str,
    },
}

/// What starts a program, and what must be in flash for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The core itself: the vector table is the first in flash.
    Core,
    /// The ROM of an RP2040, which runs the first 256 bytes of flash: they make it readable, and go on behind them.
    Rp2040,
    /// The ROM of an RP2350, which looks for a block behind the vector table.
    Rp2350,
    /// The ROM of an i.MX RT, which is told by the first 8 KiB how to read flash and where the vector table is.
    FlexSpi,
    /// A bootloader that lies before `flash` and stays there. A host with a probe starts the program itself.
    Loader,
}

const M0: Core = Core {
    target: "thumbv6m-none-eabi",
    cpu: "cortex-m0",
};
const M0_PLUS: Core = Core {
    target: "thumbv6m-none-eabi",
    cpu: "cortex-m0plus",
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

/// A clock of so many MHz after a reset, and at most.
const fn mhz(wake: u32, top: u32) -> Clock {
    Clock {
        wake: wake * 1_000_000,
        top: top * 1_000_000,
    }
}

/// A clock that is what it is.
const fn fixed(mhz: u32) -> Clock {
    self::mhz(mhz, mhz)
}

/// All boards. The first is the one that is meant where none is named.
pub const BOARDS: &[Board] = &[
    Board {
        name: "qemu-m4",
        line: "MPS2 AN386, emulated",
        core: M4F,
        flash: kib(0, 4096),
        ram: kib(0x2000_0000, 4096),
        clock: fixed(25),
        reach: Reach::Qemu {
            machine: "mps2-an386",
        },
        boot: Boot::Core,
    },
    Board {
        name: "qemu-m7",
        line: "MPS2 AN500, emulated",
        core: M7F,
        flash: kib(0, 4096),
        ram: kib(0x2000_0000, 4096),
        clock: fixed(25),
        reach: Reach::Qemu {
            machine: "mps2-an500",
        },
        boot: Boot::Core,
    },
    Board {
        name: "qemu-m33",
        line: "MPS2 AN505, emulated",
        core: M33F,
        // Its memories as the secure world, which it starts in, sees them.
        flash: kib(0x1000_0000, 4096),
        ram: kib(0x3800_0000, 4096),
        clock: fixed(20),
        reach: Reach::Qemu {
            machine: "mps2-an505",
        },
        boot: Boot::Core,
    },
    Board {
        name: "qemu-stm32f405",
        line: "Netduino Plus 2, STM32F405RG, emulated",
        core: M4F,
        flash: kib(0x0800_0000, 1024),
        ram: kib(0x2000_0000, 128),
        clock: fixed(168),
        reach: Reach::Qemu {
            machine: "netduinoplus2",
        },
        boot: Boot::Core,
    },
    Board {
        name: "qemu-m0",
        line: "micro:bit v1, nRF51822, emulated",
        core: M0,
        flash: kib(0, 256),
        ram: kib(0x2000_0000, 16),
        clock: fixed(16),
        reach: Reach::Qemu { machine: "microbit" },
        boot: Boot::Core,
    },
    Board {
        name: "stm32f3-discovery",
        line: "STM32F3 Discovery, STM32F303VC",
        core: M4F,
        flash: kib(0x0800_0000, 256),
        ram: kib(0x2000_0000, 40),
        clock: mhz(8, 72),
        reach: Reach::Probe { chip: "STM32F303VC" },
        boot: Boot::Core,
    },
    Board {
        name: "stm32f4-discovery",
        line: "STM32F4 Discovery, STM32F407VG",
        core: M4F,
        flash: kib(0x0800_0000, 1024),
        ram: kib(0x2000_0000, 128),
        clock: mhz(16, 168),
        reach: Reach::Probe { chip: "STM32F407VG" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-f401re",
        line: "Nucleo-F401RE, STM32F401RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 96),
        clock: mhz(16, 84),
        reach: Reach::Probe { chip: "STM32F401RE" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-f411re",
        line: "Nucleo-F411RE, STM32F411RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        clock: mhz(16, 100),
        reach: Reach::Probe { chip: "STM32F411RE" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-f446re",
        line: "Nucleo-F446RE, STM32F446RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        clock: mhz(16, 180),
        reach: Reach::Probe { chip: "STM32F446RE" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-g474re",
        line: "Nucleo-G474RE, STM32G474RE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        // Three memories in a row: SRAM1, SRAM2 and the core-coupled one.
        ram: kib(0x2000_0000, 128),
        clock: mhz(16, 170),
        reach: Reach::Probe { chip: "STM32G474RE" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-h743zi",
        line: "Nucleo-H743ZI, STM32H743ZI",
        core: M7F,
        flash: kib(0x0800_0000, 2048),
        // The data TCM, as fast as the core without a cache.
        ram: kib(0x2000_0000, 128),
        clock: mhz(64, 480),
        reach: Reach::Probe { chip: "STM32H743ZI" },
        boot: Boot::Core,
    },
    Board {
        name: "black-pill-f411",
        line: "Black Pill F411, STM32F411CE",
        core: M4F,
        flash: kib(0x0800_0000, 512),
        ram: kib(0x2000_0000, 128),
        clock: mhz(16, 100),
        reach: Reach::Probe { chip: "STM32F411CE" },
        boot: Boot::Core,
    },
    Board {
        name: "nrf52840-dk",
        line: "nRF52840-DK, nRF52840",
        core: M4F,
        flash: kib(0, 1024),
        ram: kib(0x2000_0000, 256),
        clock: fixed(64),
        reach: Reach::Probe {
            chip: "nRF52840_xxAA",
        },
        boot: Boot::Core,
    },
    Board {
        name: "microbit-v2",
        line: "micro:bit v2, nRF52833",
        core: M4F,
        flash: kib(0, 512),
        ram: kib(0x2000_0000, 128),
        clock: fixed(64),
        reach: Reach::Probe {
            chip: "nRF52833_xxAA",
        },
        boot: Boot::Core,
    },
    Board {
        name: "pico-2",
        line: "Raspberry Pi Pico 2, RP2350",
        core: M33F,
        flash: kib(0x1000_0000, 4096),
        ram: kib(0x2000_0000, 512),
        // Nominal; chips from stepping A3 on vary it, from 18 to 96 MHz.
        clock: mhz(11, 150),
        reach: Reach::Probe { chip: "RP235x" },
        boot: Boot::Rp2350,
    },
    Board {
        name: "pico",
        line: "Raspberry Pi Pico, RP2040",
        core: M0_PLUS,
        flash: kib(0x1000_0000, 2048),
        // The four banks that follow each other; two small ones are behind them.
        ram: kib(0x2000_0000, 256),
        // Of the ring oscillator, nominal: from 1.8 to 12 MHz.
        clock: Clock {
            wake: 6_500_000,
            top: 133_000_000,
        },
        reach: Reach::Probe { chip: "RP2040" },
        boot: Boot::Rp2040,
    },
    Board {
        name: "nucleo-g071rb",
        line: "Nucleo-G071RB, STM32G071RB",
        core: M0_PLUS,
        flash: kib(0x0800_0000, 128),
        ram: kib(0x2000_0000, 36),
        clock: mhz(16, 64),
        reach: Reach::Probe { chip: "STM32G071RB" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-l073rz",
        line: "Nucleo-L073RZ, STM32L073RZ",
        core: M0_PLUS,
        flash: kib(0x0800_0000, 192),
        ram: kib(0x2000_0000, 20),
        // 65,536 Hz times 32.
        clock: Clock {
            wake: 2_097_152,
            top: 32_000_000,
        },
        reach: Reach::Probe { chip: "STM32L073RZ" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-l476rg",
        line: "Nucleo-L476RG, STM32L476RG",
        core: M4F,
        flash: kib(0x0800_0000, 1024),
        ram: kib(0x2000_0000, 96),
        clock: mhz(4, 80),
        reach: Reach::Probe { chip: "STM32L476RG" },
        boot: Boot::Core,
    },
    Board {
        name: "nucleo-u575zi",
        line: "Nucleo-U575ZI-Q, STM32U575ZI",
        core: M33F,
        flash: kib(0x0800_0000, 2048),
        // Three memories in a row: SRAM1, SRAM2 and SRAM3.
        ram: kib(0x2000_0000, 768),
        clock: mhz(4, 160),
        reach: Reach::Probe { chip: "STM32U575ZI" },
        boot: Boot::Core,
    },
    Board {
        name: "nrf5340-dk",
        line: "nRF5340-DK, the application core of the nRF5340",
        core: M33F,
        flash: kib(0, 1024),
        ram: kib(0x2000_0000, 512),
        clock: mhz(64, 128),
        reach: Reach::Probe { chip: "nRF5340_xxAA" },
        boot: Boot::Core,
    },
    Board {
        name: "arduino-zero",
        line: "Arduino Zero, ATSAMD21G18A, behind its bootloader",
        core: M0_PLUS,
        flash: kib(0x2000, 248),
        ram: kib(0x2000_0000, 32),
        clock: mhz(1, 48),
        reach: Reach::Probe { chip: "ATSAMD21G18A" },
        boot: Boot::Loader,
    },
    Board {
        name: "metro-m4",
        line: "Adafruit Metro M4, ATSAMD51J19A, behind its bootloader",
        core: M4F,
        flash: kib(0x4000, 496),
        ram: kib(0x2000_0000, 192),
        clock: mhz(48, 120),
        reach: Reach::Probe { chip: "ATSAMD51J19A" },
        boot: Boot::Loader,
    },
    Board {
        name: "nano-33-ble",
        line: "Arduino Nano 33 BLE, nRF52840, behind its bootloader",
        core: M4F,
        flash: kib(0x1_0000, 960),
        ram: kib(0x2000_0000, 256),
        clock: fixed(64),
        reach: Reach::Probe {
            chip: "nRF52840_xxAA",
        },
        boot: Boot::Loader,
    },
    Board {
        name: "teensy-4.1",
        line: "Teensy 4.1, i.MX RT1062",
        core: M7F,
        // The last 4 KiB of its 8 MiB are the loader's, which restores the board from them.
        flash: kib(0x6000_0000, 8188),
        // The data TCM, as the boot ROM leaves it.
        ram: kib(0x2000_0000, 128),
        // As the boot ROM leaves it.
        clock: mhz(396, 600),
        reach: Reach::Teensy { mcu: "TEENSY41" },
        boot: Boot::FlexSpi,
    },
];

/// The board of this name.
pub fn find(name: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.name == name)
}
