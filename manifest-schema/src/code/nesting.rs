//! Code may nest only so deep.
//!
//! The parser and all that walks its tree recurse, so code that nests without end would exhaust the stack, which no
//! program survives. Three bounds together prevent that: a module's size; a count over its bytes, which can be
//! deceived only by several bytes for each level; and a stack that is large enough for what is left (a test tries).

use oxc::ast::AstKind;
use oxc::ast::ast::Program;
use oxc::ast_visit::Visit;

/// The stack of the thread that reads code. Address space, and not memory until code nests deeply.
pub(super) const STACK_BYTES: usize = 512 * 1024 * 1024;
/// The largest module.
pub(super) const MAX_MODULE_BYTES: usize = 1024 * 1024;
/// The most brackets that may be open, by a count that does not know strings from code.
const MAX_OPEN_BRACKETS: usize = 500;
/// The same for angle brackets, which are comparisons too; counted anew behind each semicolon.
const MAX_OPEN_ANGLES: usize = 500;
/// The longest row of operators that stand before their operand.
const MAX_OPERATORS: usize = 500;
/// How deep statements, functions and objects may nest. What is printed is indented, so printing takes the square.
const MAX_BLOCKS: usize = 500;

/// Whether the text may nest too deeply to be parsed.
pub(super) fn is_text_too_deep(text: &str) -> bool {
    let (mut open, mut angles, mut operators) = (0_usize, 0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'<' => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            b';' => angles = 0,
            _ => {}
        }
        operators = match byte {
            b'!' | b'~' | b'+' | b'-' => operators + 1,
            byte if byte.is_ascii_whitespace() => operators,
            _ => 0,
        };
        if open > MAX_OPEN_BRACKETS || angles > MAX_OPEN_ANGLES || operators > MAX_OPERATORS {
            return true;
        }
    }
    false
}

/// Whether what was parsed nests too deeply to be printed.
pub(super) fn is_program_too_deep(program: &Program<'_>) -> bool {
    let mut depth = Depth::default();
    depth.visit_program(program);
    depth.deepest > MAX_BLOCKS
}

#[derive(Default)]
struct Depth {
    here: usize,
    deepest: usize,
}

impl<'a> Visit<'a> for Depth {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        if is_indented(kind) {
            self.here += 1;
            self.deepest = self.deepest.max(self.here);
        }
    }

    fn leave_node(&mut self, kind: AstKind<'a>) {
        if is_indented(kind) {
            self.here -= 1;
        }
    }
}

fn is_indented(kind: AstKind<'_>) -> bool {
    kind.is_statement()
        || matches!(
            kind,
            AstKind::FunctionBody(_)
                | AstKind::ClassBody(_)
                | AstKind::ObjectExpression(_)
                | AstKind::ArrayExpression(_)
                | AstKind::TSTypeLiteral(_)
                | AstKind::TSModuleBlock(_)
        )
}
