//! Plans in words, as the prompt shows them.

use std::fmt::Write as _;

use manifest_schema::foreign::Foreign;
use manifest_schema::permissions::{Danger, PermissionLine};
use registry_index::change::ChangePlan;
use registry_index::install::{Action, InstallPlan, Need, PlannedChange, Signer};
use registry_index::refusal::TrustLevel;

use crate::terminal::plain;

/// The plan of an installation: where from, who signed, what it may do, what changes.
pub(super) fn install(plan: &InstallPlan) -> String {
    let mut out = String::new();
    let action = match &plan.action {
        Action::Install => "Install".to_owned(),
        Action::Update { from } => format!("Update from {from}:"),
        Action::Reinstall => "Reinstall".to_owned(),
        Action::Downgrade { from } | Action::Rollback { from } => format!("Go back from {from}:"),
        Action::Link => "Link".to_owned(),
    };
    let _ = writeln!(out, "{action} {} {}", plan.id, plan.version);
    let _ = writeln!(out, "  from       {}", plan.source);
    if let Some(archive) = &plan.archive {
        let _ = writeln!(out, "  digest     {archive}");
    }
    let _ = writeln!(out, "  signed by  {}", signer(plan.signer.as_ref(), plan.trust));
    if let Some(foreign) = &plan.foreign {
        self::foreign(&mut out, foreign);
    }
    permissions(&mut out, plan);
    for warning in &plan.warnings {
        let _ = writeln!(out, "  warning    {warning}");
    }
    changes(&mut out, &plan.changes);
    for need in plan.needs.iter().filter(|need| **need != Need::Confirmation) {
        let _ = writeln!(out, "  needs      {need}");
    }
    plain(&out)
}

/// The plan of another change.
pub(super) fn change(what: &str, plan: &ChangePlan) -> String {
    let mut out = format!("{what} {}\n", plan.id);
    for warning in &plan.warnings {
        let _ = writeln!(out, "  note       {warning}");
    }
    changes(&mut out, &plan.changes);
    plain(&out)
}

fn signer(signer: Option<&Signer>, trust: TrustLevel) -> String {
    match signer {
        None if trust == TrustLevel::UnsignedDev => "nobody: your own folder, shown as DEV".to_owned(),
        None => "nobody".to_owned(),
        Some(Signer { publisher, key, vouched_by: Some(registry), .. }) => {
            format!("{publisher} {key}, {trust} by the index of {registry}")
        }
        Some(Signer { publisher, key, known: true, .. }) if trust == TrustLevel::Verified => {
            format!("{publisher} {key}, trusted; the package is in a curated index")
        }
        Some(Signer { publisher, key, replaces: Some(old), .. }) => {
            format!("{publisher} {key}, which takes over from {old}: both keys have signed that")
        }
        Some(Signer { publisher, key, known: true, others, .. }) => {
            let others: String = others.iter().map(|key| format!(" and {key}")).collect();
            format!("{publisher} {key}{others}, trusted")
        }
        Some(Signer { publisher, key, will_pin, .. }) => {
            let names = will_pin.as_ref().map_or(String::new(), |pattern| format!(" for {pattern}"));
            format!("{publisher} {key}, NOT KNOWN YET: saying yes trusts this key{names}")
        }
    }
}

/// What of a foreign package is usable, and what is not.
fn foreign(out: &mut String, foreign: &Foreign) {
    let usable = foreign.content.in_words();
    let usable = if usable.is_empty() { "nothing" } else { &usable };
    let _ = writeln!(out, "  format     {}; usable: {usable}", foreign.format.name());
    for part in &foreign.not_runnable {
        let _ = writeln!(out, "  note       {part}");
    }
}

fn permissions(out: &mut String, plan: &InstallPlan) {
    let is_update =
        matches!(plan.action, Action::Update { .. } | Action::Downgrade { .. } | Action::Rollback { .. });
    let (title, lines, none) = if is_update {
        ("new: it may", &plan.new_permissions, "nothing that the installed version may not do")
    } else {
        ("it may", &plan.permissions, "nothing but answer when it is called")
    };
    let mut title = title;
    if lines.is_empty() {
        let _ = writeln!(out, "  {title:<10} {none}");
    }
    for line in lines {
        let _ = writeln!(out, "  {title:<10} {}", permission(line));
        title = "";
    }
    let mut title = "no longer:";
    for line in &plan.dropped_permissions {
        let _ = writeln!(out, "  {title:<10} {}", line.words);
        title = "";
    }
}

/// Dangerous permissions are marked by a word, not only by their place.
pub(super) fn permission(line: &PermissionLine) -> String {
    let mark = match line.danger {
        Danger::High => "(!!) ",
        Danger::Medium => "(!) ",
        Danger::Low => "",
    };
    format!("{mark}{}", line.words)
}

fn changes(out: &mut String, changes: &[PlannedChange]) {
    for PlannedChange { path, what } in changes {
        let _ = writeln!(out, "  change     {}: {what}", path.display());
    }
}
