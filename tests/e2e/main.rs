//! End-to-end tests: each drives the built `wa` as a person or a script would, and looks at stdout, stderr and status.

mod command_line;
mod conversation;
mod lifecycle;
mod support;
