//! Descriptions of the parameters of synthetic tasks, from which a host reads, checks and documents them.

use core::fmt;

/// The values that a number may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Whole numbers, both ends included.
    Whole(u64, u64),
    /// Above 0.
    Positive,
    /// At least 0.
    NotNegative,
    /// Above 0 and below 1.
    InsideOne,
    /// Above 0 and at most 1.
    UpToOne,
    /// At least 0 and below 1.
    BelowOne,
    /// Both ends included.
    Between(u32, u32),
    /// A factor: from 1 / most to most, both included.
    Factor(u32),
}

impl Range {
    /// Whether a number lies in it. No NaN does, but infinity may: what is finite in f64 need not be in f32.
    pub fn holds(self, x: f64) -> bool {
        match self {
            Self::Whole(least, most) => x % 1.0 == 0.0 && least as f64 <= x && x <= most as f64,
            Self::Positive => 0.0 < x,
            Self::NotNegative => 0.0 <= x,
            Self::InsideOne => 0.0 < x && x < 1.0,
            Self::UpToOne => 0.0 < x && x <= 1.0,
            Self::BelowOne => (0.0..1.0).contains(&x),
            Self::Between(least, most) => (f64::from(least)..=f64::from(most)).contains(&x),
            Self::Factor(most) => (1.0 / f64::from(most)..=f64::from(most)).contains(&x),
        }
    }
}

/// What a value must be: "a number above 0".
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Positive => f.write_str("a number above 0"),
            Self::NotNegative => f.write_str("a number of at least 0"),
            Self::InsideOne => f.write_str("a number above 0 and below 1"),
            Self::UpToOne => f.write_str("a number above 0 and at most 1"),
            Self::BelowOne => f.write_str("a number of at least 0 and below 1"),
            Self::Between(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Factor(most) => write!(f, "a number from {} to {most}", 1.0 / f64::from(*most)),
        }
    }
}

/// A parameter of a kind of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As a file calls it.
    pub name: &'static str,
    /// What it is, in one line without a full stop.
    pub about: &'static str,
    /// What it may be.
    pub range: Range,
}

/// Declares a kind of task by its parameters, each with its doc, default and range: a struct, its default, and its
/// description. The first line of a doc is what help texts show.
macro_rules! parameters {
    (
        $(#[doc = $about:literal])+
        pub struct $kind:ident = $word:literal {$(
            $(#[doc = $doc:literal])+
            pub $name:ident: $type:ty = $default:literal in $range:expr,
        )+}
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $kind {$(
            $(#[doc = $doc])+
            pub $name: $type,
        )+}

        impl $kind {
            pub(super) const NAME: &'static str = $word;
            pub(super) const ABOUT: &'static str = [$($about),+][0].trim_ascii();
            pub(super) const PARAMETERS: &'static [crate::data::Parameter] = &[$(crate::data::Parameter {
                name: stringify!($name),
                about: [$($doc),+][0].trim_ascii(),
                range: $range,
            }),+];

            /// What a file that says nothing gives its parameters.
            pub const DEFAULT: Self = Self { $($name: $default),+ };

            #[expect(clippy::cast_lossless, reason = "the types of parameters are f32 and usize")]
            pub(super) fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => Some(self.$name as f64),)+
                    _ => None,
                }
            }

            pub(super) fn set(&mut self, name: &str, value: f64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value as $type,)+
                    _ => return false,
                }
                true
            }
        }
    };
}

pub(super) use parameters;
