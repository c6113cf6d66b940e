//! Whether the plugins' secrets are there, and kept where secrets belong.

use manifest_schema::finding::{Finding, Rule};
use manifest_schema::{rules, tree};
use secret_store::{Programs, Weakness};

use super::check::{Seen, Verdict, plural};
use super::scene::Scene;
use crate::secrets::{self, Condition, KnownSecret};

pub(super) fn secrets(scene: &Scene) -> Verdict {
    let (project, installed) = (scene.project()?, scene.installed()?);
    let known = secrets::of_project(project, installed).secrets;
    let programs = if scene.ask_programs { Programs::Ask } else { Programs::Leave };
    let checked = secrets::check(&known, &project.secrets, &scene.surroundings, programs);
    let missing = checked.iter().filter(|(_, condition)| condition.is_missing()).count();
    let unknown = checked.iter().filter(|(_, condition)| *condition == Condition::NotAsked).count();
    let mut summary = match (checked.len(), missing) {
        (0, _) => "none".to_owned(),
        (count, 0) => plural(count, "secret"),
        (count, missing) => format!("{missing} of {count} missing"),
    };
    if unknown > 0 {
        summary.push_str(&format!(", {unknown} not asked for (--allow-exec)"));
    }
    let findings = checked.iter().filter_map(|(secret, condition)| finding(scene, secret, condition));
    Ok(Seen::new(summary).with(findings))
}

fn finding(scene: &Scene, secret: &KnownSecret, condition: &Condition) -> Option<Finding> {
    let name = format!("the secret `{}` of `{}`", secret.path(), secret.plugin);
    let (rule, message, help): (&'static Rule, String, String) = match condition {
        Condition::Resolved | Condition::NotAsked => return None,
        Condition::Plain => {
            let help = "put it into .env and write `${NAME}` here, or use another provider; then replace it";
            (&rules::PLAIN_SECRET, format!("{name} is written here in plain text"), help.to_owned())
        }
        Condition::Weak(Weakness::Short) => {
            let help = "make a longer one";
            (&rules::SHORT_SECRET, format!("{name} is too short to be kept out of logs"), help.to_owned())
        }
        Condition::Weak(Weakness::Placeholder) => {
            let help = "put in the real one";
            (&rules::PLACEHOLDER_SECRET, format!("{name} is a placeholder"), help.to_owned())
        }
        Condition::Missing(why) => {
            let help = format!(
                "`wa secrets check` tells when it is there; `{}` does not start without it",
                secret.plugin
            );
            (&rules::UNRESOLVED_SECRET, format!("{name} cannot be resolved: {why}"), help)
        }
    };
    let entry = tree::join("/plugins/entries", &secret.plugin);
    let pointer = format!("{entry}/config{}", secret.placed.pointer);
    Some(Finding::new(rule, message).in_file(scene.layout.project_file()).pointer(pointer).help(help))
}
