// Reads samples and writes answers on an emulated Cortex-M4F or RISC-V: `K.out` of a module's functions, `K.plain` of its
// plain ones.

#![no_std]
#![no_main]
use core::arch::asm;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    exit(1)
}

#[cfg(target_arch = "arm")]
fn call(operation: u32, block: *const u32) -> u32 {
    let result;
    unsafe { asm!("bkpt 0xab", inout("r0") operation => result, in("r1") block) };
    result
}

#[cfg(target_arch = "riscv32")]
fn call(operation: u32, block: *const u32) -> u32 {
    let result;
    // These three together are a call of the host, uncompressed and in one page.
    unsafe {
        asm!(".balign 16", ".option push", ".option norvc", "slli x0, x0, 0x1f", "ebreak", "srai x0, x0, 7", ".option pop",
             inout("a0") operation => result, in("a1") block)
    };
    result
}

fn exit(code: u32) -> ! {
    call(0x20, [0x20026, code].as_ptr());
    loop {}
}

fn open(name: &str, mode: u32) -> u32 {
    call(1, [name.as_ptr() as u32, mode, name.len() as u32 - 1].as_ptr())
}

static mut INPUTS: [u32; 1 << 20] = [0; 1 << 20];
static mut OUTPUTS: [u32; 1 << 20] = [0; 1 << 20];

/// All samples, and room for all answers.
fn read(name: &str) -> (&'static [u32], &'static mut [u32]) {
    let file = open(name, 1);
    unsafe {
        let all = 4 << 20;
        let left = call(6, [file, &raw mut INPUTS as u32, all].as_ptr());
        call(2, [file].as_ptr());
        let inputs = core::slice::from_raw_parts(&raw const INPUTS as *const u32, ((all - left) / 4) as usize);
        (inputs, core::slice::from_raw_parts_mut(&raw mut OUTPUTS as *mut u32, 1 << 20))
    }
}

fn write(name: &str, words: &[u32]) {
    let file = open(name, 5);
    if call(5, [file, words.as_ptr() as u32, 4 * words.len() as u32].as_ptr()) != 0 {
        exit(2);
    }
    call(2, [file].as_ptr());
}

/// An input or a logit.
trait Word: Copy {
    fn of(bits: u32) -> Self;
    fn bits(self) -> u32;
}

impl Word for f32 {
    fn of(bits: u32) -> Self {
        f32::from_bits(bits)
    }
    fn bits(self) -> u32 {
        self.to_bits()
    }
}

impl Word for i32 {
    fn of(bits: u32) -> Self {
        bits as i32
    }
    fn bits(self) -> u32 {
        self as u32
    }
}

fn answer<X: Word, Y: Word, const I: usize, const O: usize, const T: usize>(
    [samples, answers]: [&str; 2],
    logits: impl Fn(&[X; I]) -> [Y; O],
    parts: impl Fn(&[X; I], &mut dyn FnMut(Y)),
    classes: impl Fn(&[Y; O]) -> [u16; T],
) {
    let (inputs, outputs) = read(samples);
    let mut count = 0;
    let mut put = |word| {
        outputs[count] = word;
        count += 1;
    };
    for row in inputs.as_chunks::<I>().0 {
        let row = row.map(X::of);
        let logits = logits(&row);
        logits.iter().for_each(|x| put(x.bits()));
        parts(&row, &mut |x| put(x.bits()));
        classes(&logits).iter().for_each(|&x| put(x.into()));
    }
    write(answers, &outputs[..count]);
}

#[cfg(target_arch = "arm")]
mod start {
    #[repr(C)]
    struct Vectors(u32, unsafe extern "C" fn() -> !);
    #[used]
    #[unsafe(link_section = ".vectors")]
    static VECTORS: Vectors = Vectors(0x2040_0000, start);

    #[unsafe(no_mangle)]
    unsafe extern "C" fn start() -> ! {
        unsafe {
            // The floating-point unit is off after a reset.
            let access = 0xE000_ED88 as *mut u32;
            access.write_volatile(access.read_volatile() | 0xF << 20);
            core::arch::asm!("dsb", "isb");
        }
        super::answer_all();
        super::exit(0)
    }
}

#[cfg(target_arch = "riscv32")]
mod start {
    #[unsafe(no_mangle)]
    #[unsafe(naked)]
    #[unsafe(link_section = ".vectors")]
    unsafe extern "C" fn start() -> ! {
        core::arch::naked_asm!("la sp, stack_end", "j {}", sym begin)
    }

    extern "C" fn begin() -> ! {
        super::answer_all();
        super::exit(0)
    }
}
