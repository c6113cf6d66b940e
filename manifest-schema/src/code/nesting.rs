//! Code may nest only so deep.

/// The stack of the thread that parses. Reserved, not used, but for code that nests deeply.
pub(super) const STACK_BYTES: usize = 256 * 1024 * 1024;
