//! `wa audit verify`

use std::path::PathBuf;

use audit_log::{Check, Checkpoint, FirstKey, Place, Unverified, Verdict, Verified};
use clap::Args;
use serde_json::{Value, json};

use super::WhichLog;
use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Prove that no record was changed, removed or added by somebody else
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa audit verify\n  wa audit verify --key /media/usb/log_1f2e.key --checkpoint /media/usb/monday.checkpoint\n\n\
                        Exits 0 when the log is intact, 1 when it was changed (the first bad record is named), and 2 when\n\
                        a part of it, or all, cannot be verified: the first key is not at hand, or the state is missing."
)]
pub(crate) struct Verify {
    /// The log's first key, where it was moved off this machine
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// A checkpoint that was kept elsewhere; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,

    #[command(flatten)]
    log: WhichLog,

    #[command(flatten)]
    format: DataFormat,
}

/// The evidence that is kept beside the operator's log, as far as it is there.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) first_key: Option<FirstKey>,
    pub(crate) checkpoints: Vec<Checkpoint>,
}

impl Evidence {
    /// The key and the newest checkpoint of the log at `place`.
    pub(crate) fn beside(place: &Place) -> Result<Self, audit_log::LogError> {
        let Some(log_id) = audit_log::identity(&place.folder)? else { return Ok(Self::default()) };
        let (key, checkpoint) = (place.first_key(&log_id), place.checkpoint(&log_id));
        let first_key = key.exists().then(|| FirstKey::read(&key)).transpose()?;
        let kept = checkpoint.exists().then(|| Checkpoint::read(&checkpoint)).transpose()?;
        Ok(Self { first_key, checkpoints: kept.into_iter().collect() })
    }
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let place = self.log.log().place(context)?;
        let mut evidence = Evidence::beside(&place).cannot("read what the log is verified with")?;
        if let Some(path) = &self.key {
            evidence.first_key = Some(FirstKey::read(path).cannot("read the key")?);
        }
        for path in &self.checkpoints {
            evidence.checkpoints.push(Checkpoint::read(path).cannot("read the checkpoint")?);
        }
        let check = Check {
            first_key: evidence.first_key.as_ref(),
            checkpoints: &evidence.checkpoints,
            ..Check::default()
        };
        let verified = audit_log::verify(&place.folder, &check).cannot("read the audit log")?;
        if self.format.json {
            context.printer.json(&as_json(&verified))?;
        } else {
            self.tell(context, &place, &verified)?;
        }
        Ok(match verified.verdict {
            Verdict::Intact => Status::Done,
            Verdict::Tampered { .. } => Status::No,
            Verdict::Unverified { .. } => Status::CouldNotRun,
        })
    }

    fn tell(&self, context: &Context, place: &Place, verified: &Verified) -> Outcome<()> {
        let out = context.printer;
        out.data(sentence(verified))?;
        if verified.torn > 0 {
            out.note(format_args!(
                "a killed process has left {} bytes of a record that it did not finish; the next one cuts them off",
                verified.torn
            ));
        }
        match &verified.verdict {
            Verdict::Unverified { why: Unverified::NoKey, .. } => {
                let id = verified.log_id.as_deref().unwrap_or("LOG");
                let path = place.first_key(id);
                out.failure(
                    &Failure::no("the first key is not at hand")
                        .hint(format_args!("it was written to {}; name it with --key FILE", path.display())),
                );
            }
            Verdict::Unverified { why: Unverified::NoLog, .. } => {
                out.note("there is no audit log yet, or somebody removed all of it: a checkpoint would tell");
            }
            _ => {}
        }
        Ok(())
    }
}

/// The answer in a sentence.
pub(crate) fn sentence(verified: &Verified) -> String {
    let log = verified.log_id.as_deref().unwrap_or("no log");
    match &verified.verdict {
        Verdict::Intact => {
            format!("intact: {} records in {} files of {log}", verified.last, verified.files)
        }
        Verdict::Tampered { seq, problem } => format!("TAMPERED: record {seq} of {log}: {problem}"),
        Verdict::Unverified { from, why } => {
            let why = match why {
                Unverified::NoLog => "there is no log",
                Unverified::NoKey => "the first key is not at hand",
                Unverified::NoState => "the state is missing, so records may be missing at the end",
            };
            format!("cannot be verified from record {from} on ({log}): {why}")
        }
    }
}

fn as_json(verified: &Verified) -> Value {
    let mut answer = json!({
        "schemaVersion": 1, "log": verified.log_id, "lastGood": verified.last, "files": verified.files,
        "tornBytes": verified.torn,
    });
    let (verdict, more) = match &verified.verdict {
        Verdict::Intact => ("intact", json!({})),
        Verdict::Tampered { seq, problem } => {
            ("tampered", json!({ "firstBad": seq, "problem": problem.to_string() }))
        }
        Verdict::Unverified { from, why } => {
            let why = match why {
                Unverified::NoLog => "no-log",
                Unverified::NoKey => "no-key",
                Unverified::NoState => "no-state",
            };
            ("unverified", json!({ "unverifiedFrom": from, "why": why }))
        }
    };
    answer["verdict"] = verdict.into();
    if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
        answer.extend(more);
    }
    answer
}
