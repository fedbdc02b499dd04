//! Runs lottery-ticket experiments: from a file that says what to learn to an answer that a reviewer can check.
//!
//! The numbers come from the crate `tombola`, which knows no files, clocks or threads; this crate brings them. All of
//! the program is here and the binary only calls [`cli::main`], so that it can be tested and used as a library.
//!
//! An experiment goes through these modules in this order: [`experiment`] reads its file, [`data`] draws its tasks,
//! [`setup`] has what all seeds share, [`run`] trains every seed into a directory of [`ticket`] files, [`results`] has
//! the rows of `levels.csv`, [`report`] makes an answer of them, [`figure`] draws them, and [`compare`] sets finished runs beside
//! each other. [`sweep`] makes many experiments of one file, and [`slurm`] brings them to a cluster.
//! What is measured of a trained network is in [`measure`], and whether it reveals what its tasks depend on in [`truth`].
//! A single ticket is taken apart by [`structure`], drawn by [`picture`], tried on data by [`predict`], trained and pruned
//! by [`train`] and [`prune`], made code by [`export`], in [`integer`]s too, and brought to a microcontroller by [`board`].
//! Where image files come from is in [`datasets`], and what a page in a browser asks is answered by [`live`].
//!
//! # Features
//!
//! - `program`, on by default: threads, the command line, boards, and files of tickets and experiments. Without it the
//!   rest works on bytes and text, in a browser too.
//! - `parquet`: tables of rows as Apache Parquet, too, which would double what is built.
//! - `whole`, part of it: tasks of files, measures of [`measure::Extent::Full`], and code of integers and with kernels in
//!   assembly, without which the module of the live page is a third smaller.

pub mod arm;
#[cfg(feature = "program")]
pub mod board;
#[cfg(feature = "program")]
pub mod cli;
pub mod compare;
pub mod data;
pub mod datasets;
pub mod error;
pub mod experiment;
pub mod export;
pub mod figure;
#[cfg(feature = "program")]
pub mod files;
pub mod import;
pub mod integer;
pub mod live;
pub mod machine;
pub mod measure;
pub mod memory;
mod naming;
#[cfg(feature = "program")]
mod need;
mod onnx;
#[cfg(feature = "program")]
pub mod page;
pub mod picture;
pub mod predict;
pub mod prune;
pub mod report;
pub mod results;
#[cfg(feature = "program")]
pub mod rows;
#[cfg(feature = "program")]
pub mod run;
pub mod setup;
#[cfg(feature = "program")]
pub mod slurm;
pub mod statistics;
pub mod structure;
#[cfg(feature = "program")]
pub mod sweep;
#[cfg(feature = "program")]
mod terminal;
pub mod text;
pub mod ticket;
pub mod train;
pub mod truth;

/// Whether what pages never ask for is there. A constant and no attributes: all is compiled and checked, and what only
/// unreachable code calls is not linked.
const IS_WHOLE: bool = cfg!(feature = "whole");
