//! Every kind of finding of `wa`, in one table.
//!
//! A rule is a row in the file of its range and an explanation in `manifest-schema/explanations/<code>.md`. Codes
//! are for ever: a rule that is no longer found keeps its code.
//!
//! | range | about |
//! | --- | --- |
//! | WA01xx | the manifest: file, syntax, schema, and what it says |
//! | WA02xx | a plugin's code |
//! | WA03xx | the project and the catalog |
//! | WA04xx | packages, signatures, trust, the store |
//! | WA05xx | the runtime, the sandbox, the machine |
//! | WA06xx | packages in the formats of other hosts |

use crate::finding::Rule;

macro_rules! rules {
    ($table:ident: $($name:ident = $code:ident $slug:literal $severity:ident $summary:literal)*) => {
        use crate::finding::Rule;

        $(
            #[doc = $summary]
            pub static $name: Rule = Rule {
                code: stringify!($code),
                name: $slug,
                severity: $crate::finding::Severity::$severity,
                summary: $summary,
                explanation: include_str!(concat!("../../explanations/", stringify!($code), ".md")),
            };
        )*

        pub(super) static $table: &[&Rule] = &[$(&$name),*];
    };
}

mod code;
mod foreign;
mod host;
mod manifest;
mod package;
mod project;

pub use code::*;
pub use foreign::*;
pub use host::*;
pub use manifest::*;
pub use package::*;
pub use project::*;

/// The tables of all ranges, in order of their codes.
pub static RULES: [&[&Rule]; 6] = [MANIFEST, CODE, PROJECT, PACKAGE, HOST, FOREIGN];

/// All rules in order of their codes.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.into_iter().flatten().copied()
}

/// The rule of a code such as `WA0107` (in any case), or of a name such as `unknown-key`.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code.eq_ignore_ascii_case(code) || rule.name == code)
}
