//! For people, like a compiler's.

use super::{RenderOptions, harmless, harmless_lines};
use crate::finding::{Finding, Report, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;

pub(super) fn render(report: &Report, options: &RenderOptions) -> String {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(options.width);
    report
        .findings
        .iter()
        .map(|finding| format!("{}\n\n", renderer.render(&[group(report, finding)])))
        .collect()
}

fn group<'a>(report: &'a Report, finding: &'a Finding) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(harmless(&finding.message)).id(finding.rule.code));
    if let Some(place) = &finding.place {
        let path = harmless(&place.path.to_string_lossy());
        group = match report.source(&place.path) {
            Some(source) => {
                let text = shown(&source.text);
                let span = place.span.start.min(text.len())..place.span.end.min(text.len());
                let label = finding.label.as_deref().map(harmless);
                let annotation = AnnotationKind::Primary.span(span).label(label);
                group.element(Snippet::source(text).path(path).annotation(annotation))
            }
            None => group.element(Origin::path(path)),
        };
    }
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(harmless_lines(help))),
        None => group,
    }
}

/// The renderer shows control characters of the sources as symbols, but for U+0080 to U+009F, which some terminals
/// obey. They take two bytes, and so does what replaces them, so that spans still fit.
fn shown(text: &str) -> Cow<'_, str> {
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if text.contains(is_c1) { Cow::Owned(text.replace(is_c1, "\u{b7}")) } else { Cow::Borrowed(text) }
}
