//! What a worker is started with: its arguments, and the code that it is given.

use manifest_schema::{
    code,
    files::MemoryFiles,
    finding::Severity,
    manifest::{Runtime, RuntimeKind},
};
use runtime_protocol::Module;
use std::ffi::OsString;

/// A plugin's code, read and ready for a worker.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    /// For the JavaScript engine.
    Js { modules: Vec<Module>, entry: String },
}

impl Program {
    /// Reads the code out of verified files. Slow for large programs; runs none of them.
    pub(crate) fn read(runtime: &Runtime, files: &MemoryFiles) -> Result<Self, String> {
        match runtime.kind {
            RuntimeKind::Js => javascript(&runtime.entry, files),
            RuntimeKind::Wasm | RuntimeKind::Process => Err("it is not run by this version of wa".to_owned()),
        }
    }

    /// The arguments that make `wa` the worker for it, after the hidden subcommand.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Js { .. } => Vec::new(),
        }
    }

    /// What the start frame says of it.
    pub(crate) fn frame(&self) -> runtime_protocol::Program {
        match self {
            Self::Js { modules, entry } => {
                runtime_protocol::Program::Js { modules: modules.clone(), entry: entry.clone() }
            }
        }
    }
}

fn javascript(entry: &str, files: &MemoryFiles) -> Result<Program, String> {
    let (program, findings) = code::read_program(files, entry);
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(format!("its code cannot be read: {}", error.message));
    }
    let modules = program.modules.into_iter();
    let modules = modules.map(|module| Module { path: module.path, code: module.javascript }).collect();
    Ok(Program::Js { modules, entry: entry.to_owned() })
}
