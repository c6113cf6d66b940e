//! Calls of the host that can be seen in the code.

use oxc::ast::ast::{CallExpression, Expression, Program};
use oxc::ast_visit::{Visit, walk};
use oxc::span::GetSpan;
use std::ops::Range;

/// A call such as `wa.channel.sendText(..)`, recognised by the name `wa` of the handler's second argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    /// What is called, without the leading `wa`: `channel.sendText`, `storage.get`, `fetch`.
    pub method: String,
    /// The module.
    pub path: String,
    /// Bytes of the callee in the module's source.
    pub span: Range<usize>,
}

pub(super) fn read(path: &str, program: &Program<'_>) -> Vec<HostCall> {
    let mut finder = Finder { path, calls: Vec::new() };
    finder.visit_program(program);
    finder.calls
}

struct Finder<'p> {
    path: &'p str,
    calls: Vec<HostCall>,
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(method) = method(&call.callee) {
            let span = call.callee.span();
            let span = span.start as usize..span.end as usize;
            self.calls.push(HostCall { method, path: self.path.to_owned(), span });
        }
        walk::walk_call_expression(self, call);
    }
}

/// `wa.a` and `wa.a.b` as `a` and `a.b`.
fn method(callee: &Expression<'_>) -> Option<String> {
    let Expression::StaticMemberExpression(outer) = callee else { return None };
    if outer.object.is_specific_id("wa") {
        return Some(outer.property.name.to_string());
    }
    let Expression::StaticMemberExpression(inner) = &outer.object else { return None };
    let of_wa = inner.object.is_specific_id("wa");
    of_wa.then(|| format!("{}.{}", inner.property.name, outer.property.name))
}
