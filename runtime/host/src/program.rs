//! What a worker is started with: its arguments, and the code that it is given.

use crate::worker::Environment;
use manifest_schema::{
    code,
    files::MemoryFiles,
    finding::Severity,
    manifest::{Runtime, RuntimeKind},
};
use runtime_protocol::{Enforcement, Module};
use std::{ffi::OsString, sync::Arc};

/// A plugin's code, read and ready for a worker.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    /// For the JavaScript engine.
    Js { modules: Vec<Module>, entry: String },
    /// A component, as it is in the package.
    Wasm { component: Arc<[u8]> },
    /// A command, and the package that it runs in.
    Process { command: Vec<String>, files: MemoryFiles },
}

impl Program {
    /// Reads the code out of verified files. Slow for large programs; runs none of them.
    pub(crate) fn read(runtime: &Runtime, files: &MemoryFiles) -> Result<Self, String> {
        match runtime.kind {
            RuntimeKind::Js => javascript(&runtime.entry, files),
            RuntimeKind::Wasm => {
                let component = files.0.get(&runtime.entry).ok_or("its component is not in the package")?;
                Ok(Self::Wasm { component: Arc::clone(component) })
            }
            RuntimeKind::Process => {
                Ok(Self::Process { command: runtime.command.clone(), files: files.clone() })
            }
        }
    }

    /// The arguments that make `wa` the worker for it, after the hidden subcommand. A component is compiled for it where it
    /// has not been before.
    pub(crate) async fn arguments(
        &self,
        environment: &Environment,
        enforcement: Enforcement,
    ) -> Result<Vec<OsString>, String> {
        match self {
            Self::Js { .. } => Ok(Vec::new()),
            Self::Wasm { component } => {
                let component = Arc::clone(component);
                let compiled = environment.compiled.of(&environment.spawner, component, enforcement).await?;
                Ok(vec!["wasm".into(), compiled.into()])
            }
            Self::Process { .. } => Ok(vec!["process".into()]),
        }
    }

    /// What the start frame says of it.
    pub(crate) fn frame(&self) -> runtime_protocol::Program {
        match self {
            Self::Js { modules, entry } => {
                runtime_protocol::Program::Js { modules: modules.clone(), entry: entry.clone() }
            }
            Self::Wasm { .. } => runtime_protocol::Program::Wasm,
            // Where its files are is known when they are there.
            Self::Process { .. } => runtime_protocol::Program::Process { data: None },
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
