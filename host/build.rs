//! Packs the module of the live page, once for all pages that the program writes: a run would spend a tenth of its time on
//! it.

use std::io::Write;
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

const MODULE: &str = "live/page/tombola.wasm";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={MODULE}");
    if env::var_os("CARGO_FEATURE_PROGRAM").is_none() {
        // No pages are written: this may be the module itself.
        return;
    }
    let module = fs::read(MODULE).expect("the module of the page");
    // The best compression takes twice the time for half a percent.
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&module).expect("memory");
    let packed = packed.finish().expect("memory");
    let out = env::var_os("OUT_DIR").expect("a directory of cargo");
    fs::write(Path::new(&out).join("tombola.wasm.gz"), packed).expect("a file");
}
