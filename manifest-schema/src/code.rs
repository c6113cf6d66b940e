//! Looks at a plugin's code without running it, and makes it ready for the engine.
//!
//! JavaScript and TypeScript are parsed, imports are resolved inside of the package, types are stripped, and the
//! default export of the entry file is read for the handlers that it has.

mod calls;
mod handlers;
mod imports;
mod module;
mod nesting;
mod positions;

pub use calls::HostCall;
pub use handlers::{HandlerKind, Handlers, KnownHandlers, SERVICE_PARTS};
pub use positions::{Positions, ProgramPositions, in_written_code};

use crate::files::{PackageFiles, resolve};
use crate::finding::Finding;
use crate::rules;
use crate::source::{Source, Syntax};
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// The one import that is not a file of the package.
pub const HOST_MODULE: &str = "wa";
/// The most modules that a program may have.
pub const MAX_MODULES: usize = 1_000;
/// The most bytes of source that a program may have.
pub const MAX_PROGRAM_BYTES: usize = 8 * 1024 * 1024;

/// Endings of files that can be modules with code.
pub const EXTENSIONS: [&str; 4] = ["ts", "mts", "js", "mjs"];

/// Whether a file of this name can hold code.
pub fn is_module(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
}

/// A plugin's code, ready for the engine.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The entry file first, then every file that it imports, directly or not.
    pub modules: Vec<Module>,
    /// What the entry file's default export handles.
    pub handlers: Handlers,
    /// Calls of the host that can be seen in the code.
    pub calls: Vec<HostCall>,
    /// The texts of the modules as they are in the package, for findings; paths are those of the package.
    pub sources: Vec<Source>,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its path in the package, such as `src/index.ts`.
    pub path: String,
    /// JavaScript without types. Imports name `wa`, or another module of the program by its path relative to this
    /// module with the extension (`./lib/orders.ts`), so that joining the two paths finds it.
    pub javascript: String,
}

/// Reads the program that begins in the file `entry`.
///
/// If there is an error among the findings, the program is not complete and must not be run. Findings have paths of
/// the package.
pub fn read_program(files: &dyn PackageFiles, entry: &str) -> (Program, Vec<Finding>) {
    read(files, entry, None).map_or_else(|finding| (Program::default(), vec![finding]), Reader::done)
}

/// Where the code that the engine runs stands in the files of the package, for a program that can be read.
pub fn positions_of(files: &dyn PackageFiles, entry: &str) -> ProgramPositions {
    read(files, entry, Some(ProgramPositions::new()))
        .ok()
        .and_then(|reader| reader.positions)
        .unwrap_or_default()
}

fn read<'f>(
    files: &'f dyn PackageFiles,
    entry: &str,
    positions: Option<ProgramPositions>,
) -> Result<Reader<'f>, Finding> {
    let Some(entry) = resolve("", entry) else {
        let message = format!("the entry `{entry}` leads out of the package");
        return Err(Finding::new(&rules::OUTSIDE_PACKAGE, message));
    };
    // The parser recurses; a thread of its own has a stack that fits what `nesting` lets through.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("code".to_owned()).stack_size(nesting::STACK_BYTES);
        let reading = thread.spawn_scoped(scope, || Reader::new(files, &entry, positions).run());
        match reading.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(reader)) => Ok(reader),
            Ok(Err(_)) | Err(_) => {
                let message = format!("the program of `{entry}` cannot be read on this machine");
                Err(Finding::new(&rules::TOO_MUCH_CODE, message))
            }
        }
    })
}

struct Reader<'f> {
    files: &'f dyn PackageFiles,
    waiting: VecDeque<Wanted>,
    seen: BTreeSet<String>,
    bytes: usize,
    program: Program,
    /// Filled where they are asked for.
    positions: Option<ProgramPositions>,
    findings: Vec<Finding>,
}

/// A module to be read, and the import that wants it.
struct Wanted {
    path: String,
    by: Option<(String, Range<usize>)>,
}

impl<'f> Reader<'f> {
    fn new(files: &'f dyn PackageFiles, entry: &str, positions: Option<ProgramPositions>) -> Self {
        let waiting = VecDeque::from([Wanted { path: entry.to_owned(), by: None }]);
        let seen = BTreeSet::from([entry.to_owned()]);
        let (program, findings) = (Program::default(), Vec::new());
        Self { files, waiting, seen, bytes: 0, program, positions, findings }
    }

    fn done(self) -> (Program, Vec<Finding>) {
        (self.program, self.findings)
    }

    fn run(mut self) -> Self {
        while let Some(wanted) = self.waiting.pop_front() {
            if self.seen.len() > MAX_MODULES {
                let message = format!("the program has more than {MAX_MODULES} modules");
                self.findings.push(Finding::new(&rules::TOO_MUCH_CODE, message));
                break;
            }
            if let Some(source) = self.source(&wanted) {
                self.module(wanted, &source);
                self.program.sources.push(source);
            }
        }
        self
    }

    fn source(&mut self, wanted: &Wanted) -> Option<Source> {
        let refuse = |rule, message: String| {
            let finding = Finding::new(rule, message);
            match &wanted.by {
                Some((importer, span)) => finding.at(importer, span.clone()),
                None => finding.in_file(&wanted.path),
            }
        };
        let path = &wanted.path;
        let result = match self.files.read(path) {
            Err(error) => Err(refuse(&rules::UNREADABLE, format!("cannot read `{path}`: {error}"))),
            Ok(bytes) => {
                self.bytes += bytes.len();
                match std::str::from_utf8(&bytes) {
                    _ if self.bytes > MAX_PROGRAM_BYTES => {
                        let message = "the program has more than 8 MiB of source".to_owned();
                        Err(refuse(&rules::TOO_MUCH_CODE, message))
                    }
                    _ if bytes.len() > nesting::MAX_MODULE_BYTES => {
                        Err(refuse(&rules::TOO_MUCH_CODE, format!("`{path}` is larger than 1 MiB")))
                    }
                    Ok(text) => Ok(Source::new(path, text, Syntax::Text)),
                    Err(_) => Err(refuse(&rules::UNREADABLE, format!("`{path}` is not UTF-8 text"))),
                }
            }
        };
        result.map_err(|finding| self.findings.push(finding)).ok()
    }

    fn module(&mut self, wanted: Wanted, source: &Source) {
        let path = wanted.path;
        let is_entry = wanted.by.is_none();
        let read = if is_module(&path) {
            module::read(self.files, &path, source, is_entry, self.positions.is_some())
        } else if path.ends_with(".json") && !is_entry {
            module::json(&path, source)
        } else {
            let message = format!("`{path}` is not a module that the engine can load");
            let finding = Finding::new(&rules::UNSUPPORTED_CODE, message).in_file(&path);
            self.findings.push(finding.help("write TypeScript (`.ts`) or JavaScript (`.js`)"));
            return;
        };
        for import in read.imports {
            if self.seen.insert(import.path.clone()) {
                self.waiting.push_back(Wanted { path: import.path, by: Some((path.clone(), import.span)) });
            }
        }
        if let Some(handlers) = read.handlers {
            self.program.handlers = handlers;
        }
        self.findings.extend(read.findings);
        self.program.calls.extend(read.calls);
        if let (Some(all), Some(positions)) = (&mut self.positions, read.positions) {
            all.insert(path.clone(), positions);
        }
        self.program.modules.extend(read.javascript.map(|javascript| Module { path, javascript }));
    }
}
