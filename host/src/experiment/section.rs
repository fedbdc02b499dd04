//! Sections of a file: structures whose fields are settings, each declared once with its doc, default and range.

/// Declares a section: a structure, its default, and how it is read and written, from each setting's doc, type, default
/// and range (which types without one leave out). The order is that of the canonical text.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $section:ident {$(
            $(#[doc = $doc:literal])+
            pub $key:ident: $type:ty = $default:expr $(, $range:expr)?;
        )+}
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $section {$(
            $(#[doc = $doc])+
            pub $key: $type,
        )+}

        impl Default for $section {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $crate::experiment::value::Value for $section {
            type Range = ();

            const IS_SECTION: bool = true;
            const SETTINGS: &'static [$crate::experiment::value::Setting] = &[$($crate::experiment::value::Setting {
                key: stringify!($key),
                about: &[$($doc),+],
                default: || $crate::experiment::value::Value::text(&Self::default().$key),
                inner: <$type as $crate::experiment::value::Value>::SETTINGS,
                is_section: <$type as $crate::experiment::value::Value>::IS_SECTION,
                is_file: <$type as $crate::experiment::value::Value>::IS_FILE,
            }),+];

            fn read(at: &$crate::experiment::source::At<'_>, (): &()) -> anyhow::Result<Self> {
                let default = Self::default();
                Ok(Self {$(
                    $key: at.read(stringify!($key), &section!(@range $($range)?), default.$key)?,
                )+})
            }

            fn text(&self) -> Option<String> {
                None
            }

            fn files(&self) -> Vec<&std::path::Path> {
                [$($crate::experiment::value::Value::files(&self.$key)),+].concat()
            }

            fn write(&self, key: &'static str, page: &mut $crate::experiment::page::Page<'_>) {
                page.section(key);
                self.lines(page);
            }
        }

        impl $section {
            /// Adds the settings to a canonical text.
            pub(in $crate::experiment) fn lines(&self, page: &mut $crate::experiment::page::Page<'_>) {
                $($crate::experiment::value::Value::write(&self.$key, stringify!($key), page);)+
            }
        }
    };
    (@range) => { () };
    (@range $range:expr) => { $range };
}

pub(super) use section;
