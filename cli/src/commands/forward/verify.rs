//! `wa forward verify`: what a receiver has taken, checked.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use forward_stream::{CheckingKey, Refusal, Verdict, Verifier, VerifierState};
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;
use crate::terminal::plain;

/// Bytes of a line; no record is that long.
const MAX_LINE: u64 = 1 << 20;

/// Check the records of one forward stream, as a receiver has taken them
#[derive(Debug, Args)]
#[command(
    after_help = "Each line is a record as it came, byte by byte. Exits 0 if all is well, 1 if a record is refused or missing, \
                        2 if the check could not be made.\n\n\
                        Examples: wa forward verify taken.jsonl --secret-env BRIDGE_KEY\n          \
                                  wa forward verify taken.jsonl --key sender.pub --state taken.state"
)]
pub(crate) struct Verify {
    /// The records, one a line; `-` is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,

    /// The variable of the environment that holds the shared secret
    #[arg(long, value_name = "NAME", required_unless_present = "key", conflicts_with = "key")]
    secret_env: Option<String>,

    /// The file with the sender's Ed25519 public key, in PEM or base64
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Where to keep how far it got, for the next check
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    format: DataFormat,
}

/// What was found.
#[derive(Default)]
struct Found {
    new: u64,
    repeats: u64,
    /// The line's number, and what is wrong with it.
    refused: Vec<(u64, Refusal)>,
}

impl Verify {
    pub(super) fn run(self, context: &Context) -> Outcome {
        let before = self.state.as_deref().map(read_state).transpose()?.unwrap_or_default();
        let mut verifier = Verifier::new(self.checking_key()?, before.clone());
        let found = if self.file == Path::new("-") {
            check(&mut verifier, &mut io::stdin().lock())
        } else {
            let file = File::open(&self.file).cannot(format_args!("open {}", self.file.display()))?;
            check(&mut verifier, &mut BufReader::new(file))
        };
        let found = found.cannot(format_args!("read {}", self.file.display()))?;
        if let Some(path) = self.state.as_deref().filter(|_| *verifier.state() != before) {
            write_state(path, verifier.state()).cannot(format_args!("write {}", path.display()))?;
        }
        self.show(context, &found, &verifier)?;
        let is_well = found.refused.is_empty() && verifier.missing().is_empty();
        Ok(if is_well { Status::Done } else { Status::No })
    }

    fn checking_key(&self) -> Outcome<CheckingKey> {
        if let Some(path) = &self.key {
            let text = fs::read_to_string(path).cannot(format_args!("read {}", path.display()))?;
            return CheckingKey::ed25519(&text).cannot(format_args!("use {}", path.display()));
        }
        let name = self.secret_env.as_deref().unwrap_or_default();
        let secret = Context::variable(name).ok_or_else(|| {
            Failure::could_not_run(format_args!("the variable {} is not set", plain(name)))
                .hint("it holds the secret that sender and receiver share")
        })?;
        CheckingKey::hmac(&secret).cannot(format_args!("use the secret in {}", plain(name)))
    }

    fn show(&self, context: &Context, found: &Found, verifier: &Verifier) -> Outcome<()> {
        let (state, missing) = (verifier.state(), verifier.missing());
        if self.format.json {
            let refused: Vec<Value> = found
                .refused
                .iter()
                .map(|(line, refusal)| {
                    json!({ "line": line, "seq": refusal.seq, "kind": refusal.kind, "message": refusal.to_string() })
                })
                .collect();
            let missing: Vec<Value> =
                missing.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
            return context.printer.json(&json!({
                "schemaVersion": 1, "stream": state.stream, "seq": state.seq, "new": found.new,
                "repeats": found.repeats, "refused": refused, "missing": missing,
            }));
        }
        for (line, refusal) in &found.refused {
            let seq = refusal.seq.map_or_else(String::new, |seq| format!("record {seq}: "));
            context.printer.data(plain(&format!("line {line}: {seq}{refusal}")))?;
        }
        for (from, to) in missing {
            let records =
                if from == to { format!("record {from}") } else { format!("records {from} to {to}") };
            context.printer.data(format_args!("{records} missing"))?;
        }
        let stream = state.stream.as_deref().unwrap_or("no stream yet");
        let counts =
            format!("{} new, {} repeated, {} refused", found.new, found.repeats, found.refused.len());
        context.printer.data(plain(&format!("{stream}: whole up to record {}; {counts}", state.seq)))
    }
}

fn check(verifier: &mut Verifier, lines: &mut dyn BufRead) -> io::Result<Found> {
    let mut found = Found::default();
    for number in 1.. {
        let mut line = Vec::new();
        if lines.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("line {number} is too long")));
        }
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line));
        let before = verifier.state().seq;
        match verifier.take(&text) {
            Ok(Verdict::Repeat) => found.repeats += 1,
            Ok(Verdict::New | Verdict::Early) => found.new += verifier.state().seq - before,
            Err(refusal) => found.refused.push((number, refusal)),
        }
    }
    Ok(found)
}

fn read_state(path: &Path) -> Outcome<VerifierState> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .cannot(format_args!("read {}, which is no state of `wa forward verify`", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(VerifierState::default()),
        Err(error) => Err(error).cannot(format_args!("read {}", path.display())),
    }
}

/// Replaces the state as a whole.
fn write_state(path: &Path, state: &VerifierState) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, state)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}
