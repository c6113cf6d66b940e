//! Every format, with the same report.

use manifest_schema::finding::{Finding, Report};
use manifest_schema::render::{Format, RenderOptions, render};
use manifest_schema::rules;
use manifest_schema::source::{Source, Syntax};

fn report() -> Report {
    let text = "schema: 1\nname: Ünïcode 📦\nprioritty: 10\n";
    let mut report = Report::new();
    report.add_source(Source::new("plugins/a b/wa.plugin.yaml", text, Syntax::Yaml));
    let place = "plugins/a b/wa.plugin.yaml";
    let at = text.find("prioritty").unwrap();
    report.push(
        Finding::new(&rules::UNKNOWN_KEY, "unknown key `prioritty`")
            .at(place, at..at + 9)
            .pointer("/prioritty")
            .label("here")
            .help("did you mean `priority`?"),
    );
    let at = text.find('📦').unwrap();
    report.push(Finding::new(&rules::NOT_RUN, "100% <odd>, \"quoted\": a & b").at(place, at..at + 4));
    report.push(Finding::new(&rules::SHADOWED, "a file without its text").in_file("store/other"));
    report.push(Finding::new(&rules::NO_MANIFEST, "nowhere in particular").help("two\nlines"));
    report
}

#[test]
fn every_format() {
    for format in Format::ALL {
        insta::assert_snapshot!(
            format!("format@{}", format.name()),
            render(&report(), format, &RenderOptions::default())
        );
    }
}

#[test]
fn colour() {
    let options = RenderOptions { color: true, width: 80 };
    insta::assert_snapshot!(render(&report(), Format::Text, &options).replace('\u{1b}', "ESC"));
}

#[test]
fn nothing_found() {
    for format in Format::ALL {
        let text = render(&Report::new(), format, &RenderOptions::default());
        insta::assert_snapshot!(format!("nothing@{}", format.name()), text);
    }
}

#[test]
fn machine_formats_can_be_parsed() {
    for format in [Format::Json, Format::Sarif] {
        let text = render(&report(), format, &RenderOptions::default());
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

/// What an attacker might put into names, messages and files: escape sequences in every spelling, line breaks that
/// forge findings, and marks that turn text around.
const EVIL: &str = "a\u{1b}[31m\u{9b}31m\u{7}\u{8}\r\u{202e}\u{2066}\u{0}\u{85}b";

#[test]
fn nothing_reaches_the_terminal_that_it_would_obey() {
    let mut report = Report::new();
    let text = format!("x: {EVIL}\nname: {EVIL}\n");
    report.add_source(Source::new(EVIL, &text, Syntax::Yaml));
    let message = format!("bad {EVIL}\nerror[WA0101]: forged");
    report.push(Finding::new(&rules::SYNTAX, message).at(EVIL, 3..text.len()).label(EVIL).help(EVIL));
    report.push(Finding::new(&rules::SYNTAX, EVIL).in_file(format!("no-source-{EVIL}")));
    for format in Format::ALL {
        let shown = render(&report, format, &RenderOptions::default());
        let obeyed = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        let bad: Vec<char> = shown.chars().filter(|c| obeyed(*c)).collect();
        assert!(
            bad.is_empty() || format == Format::Json || format == Format::Sarif,
            "{}: {bad:?}",
            format.name()
        );
    }
    let text = render(&report, Format::Text, &RenderOptions::default());
    assert_eq!(text.lines().filter(|line| line.starts_with("error[")).count(), 2, "{text}");
    let github = render(&report, Format::Github, &RenderOptions::default());
    assert_eq!(github.lines().count(), 2, "{github}");
}
