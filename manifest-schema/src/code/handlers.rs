//! The handlers of a plugin, read from the default export of its entry file.

use crate::finding::Finding;
use crate::rules;
use crate::suggest;
use oxc::ast::ast::{
    BindingPattern, ExportDefaultDeclaration, Expression, ObjectExpression, ObjectPropertyKind, Program,
    Statement,
};
use oxc::span::{GetSpan, Span};
use std::collections::BTreeMap;
use std::ops::Range;

/// What the code handles, as far as it can be known without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handlers {
    /// All handlers.
    Known(KnownHandlers),
    /// The reason why they cannot be known.
    Unknown(String),
}

impl Default for Handlers {
    fn default() -> Self {
        Self::Unknown("the code was not read".to_owned())
    }
}

/// The groups of handlers in a plugin's definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandlerKind {
    /// `events`: names of events.
    Event,
    /// `hooks`: names of gates.
    Hook,
    /// `tools`: names of tools.
    Tool,
    /// `routes`: a method and a path, such as `GET /health`.
    Route,
    /// `capabilities`: a kind and an id, such as `mediaUnderstanding/whisper`.
    Capability,
    /// `services`: an id with one of `start`, `stop` and `health`, such as `sync/start`.
    Service,
    /// `schedules`: ids.
    Schedule,
    /// `commands`: names.
    Command,
    /// `rpc`: methods.
    Rpc,
    /// `agent`: one handler without a name.
    Agent,
}

/// The parts of a service; `start` must be there.
pub const SERVICE_PARTS: [&str; 3] = ["start", "stop", "health"];

impl HandlerKind {
    /// All groups.
    pub const ALL: [Self; 10] = [
        Self::Event,
        Self::Hook,
        Self::Tool,
        Self::Route,
        Self::Capability,
        Self::Service,
        Self::Schedule,
        Self::Command,
        Self::Rpc,
        Self::Agent,
    ];

    /// The key in the definition, such as `events`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Event => "events",
            Self::Hook => "hooks",
            Self::Tool => "tools",
            Self::Route => "routes",
            Self::Capability => "capabilities",
            Self::Service => "services",
            Self::Schedule => "schedules",
            Self::Command => "commands",
            Self::Rpc => "rpc",
            Self::Agent => "agent",
        }
    }
}

/// Handlers and the places where the code names them. Each map goes from the handler's name to bytes of the entry
/// file; a group that cannot be known is absent and named in `unknown`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHandlers {
    /// By group; a group that the code does not have is an empty map.
    pub groups: BTreeMap<HandlerKind, BTreeMap<String, Range<usize>>>,
    /// Groups whose handlers cannot be known, and why.
    pub unknown: BTreeMap<HandlerKind, String>,
    /// Where the definition is.
    pub definition: Range<usize>,
}

impl KnownHandlers {
    /// Whether there is such a handler; `None` if it cannot be known. The agent's name is empty.
    pub fn has(&self, kind: HandlerKind, name: &str) -> Option<bool> {
        let known = !self.unknown.contains_key(&kind);
        known.then(|| self.groups.get(&kind).is_some_and(|group| group.contains_key(name)))
    }
}

pub(super) fn read(path: &str, program: &Program<'_>) -> (Handlers, Vec<Finding>) {
    let Some(export) = program.body.iter().find_map(default_export) else {
        return (Handlers::Unknown("there is no default export".to_owned()), vec![no_default_export(path)]);
    };
    let definition = match export {
        Export::Definition(expression) => definition_of(program, expression, 0),
        Export::Elsewhere(span) => Err((span, "the default export comes from another module".to_owned())),
    };
    match definition {
        Ok(object) => read_object(path, object),
        Err((span, reason)) => {
            let message = format!("the handlers cannot be known without running the code: {reason}");
            let finding = Finding::new(&rules::HANDLERS_UNKNOWN, message).at(path, range(span));
            let help = "write `export default definePlugin({ ... })` with its keys written out";
            (Handlers::Unknown(reason), vec![finding.help(help)])
        }
    }
}

fn no_default_export(path: &str) -> Finding {
    Finding::new(&rules::NO_DEFAULT_EXPORT, "the entry file has no default export")
        .in_file(path)
        .help("add `export default definePlugin({ ... })`; CommonJS (`module.exports`) is not supported")
}

enum Export<'p, 'a> {
    Definition(&'p Expression<'a>),
    Elsewhere(Span),
}

fn default_export<'p, 'a>(statement: &'p Statement<'a>) -> Option<Export<'p, 'a>> {
    match statement {
        Statement::ExportDefaultDeclaration(export) => Some(of_declaration(export)),
        Statement::ExportNamedDeclaration(export) => {
            let specifier =
                export.specifiers.iter().find(|specifier| specifier.exported.name() == "default")?;
            Some(Export::Elsewhere(specifier.span))
        }
        Statement::ExportFromDeclaration(export) => {
            let specifier =
                export.specifiers.iter().find(|specifier| specifier.exported.name() == "default")?;
            Some(Export::Elsewhere(specifier.span))
        }
        _ => None,
    }
}

fn of_declaration<'p, 'a>(export: &'p ExportDefaultDeclaration<'a>) -> Export<'p, 'a> {
    match export.declaration.as_expression() {
        Some(expression) => Export::Definition(expression),
        None => Export::Elsewhere(export.span),
    }
}

type Definition<'p, 'a> = Result<&'p ObjectExpression<'a>, (Span, String)>;

/// The object behind `definePlugin(..)`, `as` and `satisfies`, and behind one constant of the same file.
fn definition_of<'p, 'a>(
    program: &'p Program<'a>,
    expression: &'p Expression<'a>,
    steps: u8,
) -> Definition<'p, 'a> {
    match expression.get_inner_expression() {
        Expression::ObjectExpression(object) => Ok(object),
        Expression::CallExpression(call) if call.callee.is_specific_id("definePlugin") && steps < 4 => {
            let argument = call.arguments.first().and_then(|argument| argument.as_expression());
            let no_argument = (call.span, "`definePlugin` has no definition".to_owned());
            argument.map_or(Err(no_argument), |argument| definition_of(program, argument, steps + 1))
        }
        Expression::Identifier(identifier) if steps < 4 => match constant(program, &identifier.name) {
            Some(value) => definition_of(program, value, steps + 1),
            None => Err((identifier.span, format!("`{}` is not a constant of this file", identifier.name))),
        },
        other => Err((other.span(), "the default export is not `definePlugin({ ... })`".to_owned())),
    }
}

fn constant<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<&'p Expression<'a>> {
    let declarations = program.body.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(declaration) if declaration.kind.is_const() => Some(declaration),
        _ => None,
    });
    declarations.flat_map(|declaration| &declaration.declarations).find_map(|declarator| {
        match &declarator.id {
            BindingPattern::BindingIdentifier(identifier) if identifier.name == name => {
                declarator.init.as_ref()
            }
            _ => None,
        }
    })
}

fn read_object(path: &str, object: &ObjectExpression<'_>) -> (Handlers, Vec<Finding>) {
    let entries = match entries(object) {
        Ok(entries) => entries,
        Err((span, reason)) => {
            let message = format!("the handlers cannot be known without running the code: {reason}");
            let finding = Finding::new(&rules::HANDLERS_UNKNOWN, message).at(path, range(span));
            return (Handlers::Unknown(reason), vec![finding]);
        }
    };
    let mut handlers = KnownHandlers { definition: range(object.span), ..KnownHandlers::default() };
    let mut findings = Vec::new();
    for (key, span, value) in entries {
        match HandlerKind::ALL.into_iter().find(|kind| kind.key() == key) {
            None => findings.push(unknown_group(path, &key, span)),
            Some(HandlerKind::Agent) => {
                handlers.groups.insert(HandlerKind::Agent, BTreeMap::from([(String::new(), range(span))]));
            }
            Some(kind) => findings.extend(read_group(path, kind, value, span, &mut handlers)),
        }
    }
    (Handlers::Known(handlers), findings)
}

fn unknown_group(path: &str, key: &str, span: Span) -> Finding {
    let known = HandlerKind::ALL.map(HandlerKind::key);
    let help =
        suggest::did_you_mean(key, known).unwrap_or_else(|| format!("known keys: {}", known.join(", ")));
    let message = format!("a plugin's definition has no `{key}`");
    Finding::new(&rules::UNKNOWN_HANDLERS, message).at(path, range(span)).help(help)
}

fn read_group(
    path: &str,
    kind: HandlerKind,
    value: Option<&Expression<'_>>,
    span: Span,
    handlers: &mut KnownHandlers,
) -> Option<Finding> {
    let read = match value.map(Expression::get_inner_expression) {
        Some(Expression::ObjectExpression(object)) => entries(object),
        _ => Err((span, format!("`{}` is not an object written out", kind.key()))),
    };
    let read = match read {
        Ok(entries) if kind == HandlerKind::Service => services(entries),
        Ok(entries) => Ok(entries.into_iter().map(|(name, span, _)| (name, range(span))).collect()),
        Err(unknown) => Err(unknown),
    };
    match read {
        Ok(group) => {
            handlers.groups.insert(kind, group);
            None
        }
        Err((span, reason)) => {
            let message = format!(
                "the handlers in `{}` cannot be known without running the code: {reason}",
                kind.key()
            );
            handlers.unknown.insert(kind, reason);
            Some(Finding::new(&rules::HANDLERS_UNKNOWN, message).at(path, range(span)))
        }
    }
}

/// The parts of services, each as `ID/PART`.
fn services(services: Vec<Entry<'_, '_>>) -> Result<BTreeMap<String, Range<usize>>, (Span, String)> {
    let mut parts = BTreeMap::new();
    for (id, span, value) in services {
        let Some(Expression::ObjectExpression(service)) = value.map(Expression::get_inner_expression) else {
            return Err((span, format!("`{id}` is not an object written out")));
        };
        let of_service = entries(service)?;
        parts.extend(of_service.into_iter().map(|(part, span, _)| (format!("{id}/{part}"), range(span))));
    }
    Ok(parts)
}

type Entry<'p, 'a> = (String, Span, Option<&'p Expression<'a>>);

/// The entries of an object with their keys' places; not if a key is computed or something is spread in.
fn entries<'p, 'a>(object: &'p ObjectExpression<'a>) -> Result<Vec<Entry<'p, 'a>>, (Span, String)> {
    let entry = |property: &'p ObjectPropertyKind<'a>| match property {
        ObjectPropertyKind::ObjectProperty(property) => match property.key.static_name() {
            Some(name) => Ok((name.into_owned(), property.key.span(), Some(&property.value))),
            None => Err((property.key.span(), "a key is computed".to_owned())),
        },
        ObjectPropertyKind::SpreadProperty(spread) => {
            Err((spread.span, "something is spread into it".to_owned()))
        }
    };
    object.properties.iter().map(entry).collect()
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
