//! One module: parsed, looked at, stripped of types.

use super::calls::{self, HostCall};
use super::handlers::{self, Handlers};
use super::imports::{self, Import};
use super::nesting;
use super::positions::Positions;
use crate::files::PackageFiles;
use crate::finding::Finding;
use crate::rules;
use crate::source::Source;
use crate::tree;
use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions};
use oxc::diagnostics::OxcDiagnostic;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer};
use std::path::{Path, PathBuf};

/// What a module turned out to be. Without `javascript` it cannot be run, and `findings` say why.
#[derive(Default)]
pub(super) struct Read {
    pub(super) javascript: Option<String>,
    /// Only where they are asked for.
    pub(super) positions: Option<Positions>,
    pub(super) imports: Vec<Import>,
    pub(super) handlers: Option<Handlers>,
    pub(super) calls: Vec<HostCall>,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn read(
    files: &dyn PackageFiles,
    path: &str,
    source: &Source,
    is_entry: bool,
    with_positions: bool,
) -> Read {
    if nesting::is_text_too_deep(&source.text) {
        return too_deep(path);
    }
    let allocator = Allocator::default();
    let kind = SourceType::from_path(path).unwrap_or_default().with_module(true);
    let parsed = Parser::new(&allocator, &source.text, kind).parse();
    let mut read = Read { findings: syntax_errors(path, &parsed.diagnostics), ..Read::default() };
    if parsed.panicked || !read.findings.is_empty() {
        return read;
    }
    let mut program = parsed.program;
    if nesting::is_program_too_deep(&program) {
        return too_deep(path);
    }
    let checked = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(&program);
    read.findings = syntax_errors(path, &checked.diagnostics);
    if is_entry {
        let (handlers, findings) = handlers::read(path, &program);
        read.handlers = Some(handlers);
        read.findings.extend(findings);
    }
    read.calls = calls::read(path, &program);
    if kind.is_typescript() {
        let scoping = checked.semantic.into_scoping();
        let options = TransformOptions::default();
        let stripped =
            Transformer::new(&allocator, Path::new(path), &options).build_with_scoping(scoping, &mut program);
        read.findings.extend(syntax_errors(path, &stripped.diagnostics));
    }
    let (imports, findings) = imports::resolve_all(files, path, &allocator, &mut program);
    read.imports = imports;
    read.findings.extend(findings);
    let options = CodegenOptions {
        source_map_path: with_positions.then(|| PathBuf::from(path)),
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).build(&program);
    read.positions = with_positions.then(|| Positions::of(&printed, &source.text));
    read.javascript = Some(printed.code);
    read
}

fn too_deep(path: &str) -> Read {
    let finding =
        Finding::new(&rules::TOO_MUCH_CODE, format!("the code of `{path}` nests too deeply")).in_file(path);
    Read { findings: vec![finding], ..Read::default() }
}

/// JSON is a module whose default export is the value.
pub(super) fn json(path: &str, source: &Source) -> Read {
    if let Some((at, message)) = tree::json_error(&source.text) {
        let finding = Finding::new(&rules::CODE_SYNTAX, message).at(path, at..at);
        return Read { findings: vec![finding], ..Read::default() };
    }
    // In JavaScript, `__proto__` as a plain key would set the prototype; parsing at run time does not.
    let text = serde_json::Value::String(source.text.to_string());
    Read { javascript: Some(format!("export default JSON.parse({text});\n")), ..Read::default() }
}

fn syntax_errors(path: &str, diagnostics: &[OxcDiagnostic]) -> Vec<Finding> {
    let finding = |diagnostic: &OxcDiagnostic| {
        let finding = Finding::new(&rules::CODE_SYNTAX, diagnostic.message.to_string());
        let finding = match diagnostic.labels.iter().next() {
            Some(label) => {
                let start = label.offset() as usize;
                finding.at(path, start..start + label.len() as usize)
            }
            None => finding.in_file(path),
        };
        match &diagnostic.help {
            Some(help) => finding.help(help.to_string()),
            None => finding,
        }
    };
    diagnostics.iter().map(finding).collect()
}
