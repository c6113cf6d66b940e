//! Imports: relative ones inside of the package, and `wa`.

use super::HOST_MODULE;
use crate::files::{PackageFiles, resolve};
use crate::finding::Finding;
use crate::rules;
use crate::suggest;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    ExportAllDeclaration, ExportFromDeclaration, Expression, ImportDeclaration, ImportExpression, Program,
    StringLiteral,
};
use oxc::ast_visit::{VisitMut, walk_mut};
use oxc::span::GetSpan;
use oxc::str::Str;
use std::ops::Range;

/// An import of another file of the package.
pub(super) struct Import {
    pub(super) path: String,
    pub(super) span: Range<usize>,
}

/// Tried in this order after the path as it is written.
const SUFFIXES: [&str; 7] = [".ts", ".js", ".mts", ".mjs", "/index.ts", "/index.js", ".json"];
/// Compiled names that TypeScript writes for files which are TypeScript in the package.
const COMPILED: [(&str, &str); 2] = [(".js", ".ts"), (".mjs", ".mts")];

/// Resolves every import, and rewrites it to the path of what it found.
pub(super) fn resolve_all<'a>(
    files: &dyn PackageFiles,
    path: &str,
    allocator: &'a Allocator,
    program: &mut Program<'a>,
) -> (Vec<Import>, Vec<Finding>) {
    let mut resolver = Resolver { files, path, allocator, imports: Vec::new(), findings: Vec::new() };
    resolver.visit_program(program);
    (resolver.imports, resolver.findings)
}

struct Resolver<'r, 'a> {
    files: &'r dyn PackageFiles,
    path: &'r str,
    allocator: &'a Allocator,
    imports: Vec<Import>,
    findings: Vec<Finding>,
}

impl<'a> VisitMut<'a> for Resolver<'_, 'a> {
    fn visit_import_declaration(&mut self, import: &mut ImportDeclaration<'a>) {
        import.with_clause = None;
        self.resolve(&mut import.source);
    }

    fn visit_export_all_declaration(&mut self, export: &mut ExportAllDeclaration<'a>) {
        export.with_clause = None;
        self.resolve(&mut export.source);
    }

    fn visit_export_from_declaration(&mut self, export: &mut ExportFromDeclaration<'a>) {
        export.with_clause = None;
        self.resolve(&mut export.source);
    }

    fn visit_import_expression(&mut self, import: &mut ImportExpression<'a>) {
        import.options = None;
        match &mut import.source {
            Expression::StringLiteral(specifier) => self.resolve(specifier),
            source => {
                let message = "what this imports cannot be known before the code runs, so it will fail";
                let finding = Finding::new(&rules::DYNAMIC_IMPORT, message).at(self.path, range(source));
                self.findings.push(finding.help("import a path written out as a string"));
            }
        }
        walk_mut::walk_import_expression(self, import);
    }
}

impl<'a> Resolver<'_, 'a> {
    fn resolve(&mut self, specifier: &mut StringLiteral<'a>) {
        let wanted = specifier.value.as_str();
        let span = range(specifier);
        if wanted == HOST_MODULE {
            return;
        }
        match self.find(wanted) {
            Ok(found) => {
                let rewritten = relative(self.path, &found);
                specifier.value = Str::from_str_in(&rewritten, &self.allocator);
                specifier.raw = None;
                self.imports.push(Import { path: found, span });
            }
            Err(finding) => self.findings.push(finding.at(self.path, span)),
        }
    }

    fn find(&self, wanted: &str) -> Result<String, Finding> {
        if !wanted.starts_with("./") && !wanted.starts_with("../") && wanted != "." && wanted != ".." {
            return Err(foreign(wanted));
        }
        let Some(path) = resolve(self.path, wanted) else {
            let message = format!("`{wanted}` leads out of the package");
            return Err(Finding::new(&rules::OUTSIDE_PACKAGE, message));
        };
        candidates(&path).find(|candidate| self.files.contains(candidate)).ok_or_else(|| {
            let finding = Finding::new(&rules::UNRESOLVED_IMPORT, format!("there is no module `{wanted}`"));
            let paths = self.files.paths();
            let stems =
                paths.iter().filter(|path| super::is_module(path)).filter_map(|path| path.rsplit_once('.'));
            match suggest::nearest(&path, stems.map(|(stem, _)| stem)) {
                Some(near) => finding.help(format!("did you mean `{}`?", relative(self.path, near))),
                None => finding.help(format!("`{path}` is not a file of the package")),
            }
        })
    }
}

fn foreign(wanted: &str) -> Finding {
    let finding = Finding::new(&rules::FOREIGN_IMPORT, format!("`{wanted}` cannot be imported"));
    let help = if wanted.starts_with("node:") {
        "plugins run in a sandbox without Node; use what the handler's second argument offers"
    } else if wanted.starts_with('/') || wanted.contains("://") {
        "import a path relative to this file"
    } else {
        "only `wa` and relative paths can be imported; bundle npm packages into the plugin's own files"
    };
    finding.help(help)
}

/// The files that a resolved path may mean, most likely first.
fn candidates(path: &str) -> impl Iterator<Item = String> + '_ {
    let as_written = std::iter::once(path.to_owned());
    let suffixed =
        SUFFIXES.iter().map(move |suffix| format!("{path}{suffix}").trim_start_matches('/').to_owned());
    let compiled =
        COMPILED.iter().filter_map(move |(js, ts)| path.strip_suffix(js).map(|stem| format!("{stem}{ts}")));
    as_written.chain(compiled).chain(suffixed)
}

/// The path of `to` relative to the directory of `from`, beginning with `./` or `../`.
fn relative(from: &str, to: &str) -> String {
    let mut here: Vec<&str> = from.split('/').collect();
    here.pop();
    let there: Vec<&str> = to.split('/').collect();
    let shared = here.iter().zip(&there[..there.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(here.len() - shared);
    let start = if up.is_empty() { "./" } else { &up };
    format!("{start}{}", there[shared..].join("/"))
}

fn range(node: &impl GetSpan) -> Range<usize> {
    let span = node.span();
    span.start as usize..span.end as usize
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn relative_paths() {
        for (from, to, result) in [
            ("src/index.ts", "src/lib.ts", "./lib.ts"),
            ("src/index.ts", "src/a/b.ts", "./a/b.ts"),
            ("src/a/b.ts", "src/index.ts", "../index.ts"),
            ("index.ts", "src/index.ts", "./src/index.ts"),
            ("a/b/c.ts", "d.json", "../../d.json"),
            ("a/b.ts", "a/b.ts", "./b.ts"),
        ] {
            assert_eq!(relative(from, to), result);
        }
    }
}
