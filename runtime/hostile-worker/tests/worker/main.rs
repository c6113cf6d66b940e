//! The real worker process over a real socket pair: its sandbox under attack, its engine under hostile
//! plugins.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attacks;
mod budgets;
mod driver;
mod glue;
mod handlers;
mod loading;
mod process;
