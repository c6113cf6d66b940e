//! `wa explain`

use clap::Args;
use manifest_schema::finding::Rule;
use manifest_schema::rules;
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::doctor::{CHECKS, Check};
use crate::failure::{Failure, Outcome};
use crate::status::Status;

/// Tell the story behind a finding's code, or what a check of doctor looks at
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa explain WA0107\n  wa explain unknown-key\n  wa explain sandbox\n  wa explain --list"
)]
pub(crate) struct Explain {
    /// The code or the name of a finding, or the id of a check; none lists them all
    #[arg(conflicts_with = "list")]
    code: Option<String>,

    /// List all codes and checks
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Explain {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let Some(code) = self.code else {
            return self.print_list(context);
        };
        let check = CHECKS.iter().find(|check| check.id == code);
        let (json, text) = match (rules::find(&code), check) {
            (Some(rule), _) => (rule_json(rule, true), rule_text(rule)),
            (None, Some(check)) => (check_json(check, true), check_text(check)),
            (None, None) => {
                return Err(Failure::no(format_args!("there is no finding and no check called `{code}`"))
                    .hint("`wa explain --list` lists all of them"));
            }
        };
        match self.format.json {
            true => context.printer.json(&with_version(json))?,
            false => context.printer.data(text)?,
        }
        Ok(Status::Done)
    }

    fn print_list(&self, context: &Context) -> Outcome {
        if self.format.json {
            let findings: Vec<Value> = rules::all().map(|rule| rule_json(rule, false)).collect();
            let checks: Vec<Value> = CHECKS.iter().map(|check| check_json(check, false)).collect();
            context.printer.json(&with_version(json!({ "findings": findings, "checks": checks })))?;
            return Ok(Status::Done);
        }
        for rule in rules::all() {
            context.printer.data(format_args!("{}  {:<28} {}", rule.code, rule.name, rule.summary))?;
        }
        for check in CHECKS {
            context.printer.data(format_args!("doctor  {:<28} {}", check.id, check.title))?;
        }
        Ok(Status::Done)
    }
}

fn rule_text(rule: &Rule) -> String {
    format!("{}: {} ({})\n\n{}", rule.code, rule.summary, rule.name, rule.explanation.trim())
}

fn check_text(check: &Check) -> String {
    format!("`wa doctor --only {}`: {}\n\n{}", check.id, check.title, check.explanation.trim())
}

fn rule_json(rule: &Rule, whole: bool) -> Value {
    let mut json =
        json!({ "code": rule.code, "name": rule.name, "severity": rule.severity, "summary": rule.summary });
    if whole {
        json["explanation"] = rule.explanation.into();
    }
    json
}

fn check_json(check: &Check, whole: bool) -> Value {
    let mut json = json!({ "check": check.id, "summary": check.title });
    if whole {
        json["explanation"] = check.explanation.into();
    }
    json
}

fn with_version(mut json: Value) -> Value {
    json["schemaVersion"] = 1.into();
    json
}
