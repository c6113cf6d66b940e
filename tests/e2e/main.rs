//! End-to-end tests: each drives the built `wa` as a person or a script would, and looks at stdout, stderr and status.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing"
)]

mod approvals;
mod archives;
mod audit;
mod authoring;
mod book;
mod bridge;
mod canary;
mod capabilities;
mod command_line;
mod components;
mod conversation;
mod crash_host;
mod crash_install;
mod crash_whatsapp;
mod declared;
mod demo;
mod dev;
mod doctor;
mod everything;
mod fetching;
mod foreign;
mod formats;
mod forward;
mod gate_rules;
mod gates;
mod github_action;
mod hostile;
mod index;
mod index_load;
mod index_trust;
mod install;
mod isolation;
mod lifecycle;
mod metrics;
mod migrating;
mod model;
mod pairing;
mod permissions;
mod policy;
mod process;
mod prompts;
mod readme;
mod registry;
mod registry_misbehaves;
mod routes;
mod rpc;
mod scenario;
mod secrets;
mod signatures;
mod standing;
mod support;
mod surfaces;
mod sync;
mod tamper;
mod trust;
mod typings;
mod validating;
mod whatsapp;
