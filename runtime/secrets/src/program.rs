//! The `exec` provider: a program that is asked once for several ids, over stdin and stdout.
//!
//! It gets `{"protocolVersion":1,"provider":"vault","ids":["…"]}` and answers `{"protocolVersion":1,"values":{"id":"…"},"errors":{"id":
//! {"code":"NOT_FOUND"}}}` (OpenClaw's protocol). It runs without a shell, without an environment but what its provider names, in a
//! process group of its own that is killed as a whole when it has answered or its time is over.

use manifest_schema::secrets::ExecProvider;
use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _, Write as _},
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

/// The version of the protocol.
const VERSION: u32 = 1;

/// Why a program gave no answer that can be used.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It is not fit to be asked.
    #[error("{} {is}", path.display())]
    Unfit {
        /// The program.
        path: PathBuf,
        /// What is wrong with it.
        is: &'static str,
    },
    /// It could not be started or spoken to.
    #[error("{} could not be run", path.display())]
    Io {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ran too long.
    #[error("the program did not end within {} ms, and was killed", .0.as_millis())]
    Timeout(Duration),
    /// It was silent too long.
    #[error("the program said nothing for {} ms, and was killed", .0.as_millis())]
    Silent(Duration),
    /// It said too much.
    #[error("the program's answer has more than {0} bytes")]
    Flood(u64),
    /// It failed.
    #[error("the program failed ({0})")]
    Failed(std::process::ExitStatus),
    /// Its answer is not JSON of the wanted form. What it said is not told: it may be a secret.
    #[error("the program's answer is not the JSON of the protocol (line {line}, column {column})")]
    Answer {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Its answer is of another version.
    #[error("the program speaks version {0} of the protocol, not {VERSION}")]
    Version(u32),
}

/// What a program says of one id.
#[derive(Debug)]
pub(crate) enum Said {
    Value(SecretString),
    /// The program's word for why not.
    Error(String),
}

/// Asks a program.
pub(crate) fn ask(
    name: &str,
    provider: &ExecProvider,
    ids: &[&str],
    variable: fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Said>, ProgramError> {
    let path = Path::new(&provider.command);
    check(path, &provider.trusted_dirs)?;
    let passed = provider.pass_env.iter().filter_map(|name| Some((name.clone(), variable(name)?)));
    let mut child = Command::new(path)
        .args(&provider.args)
        .env_clear()
        .envs(passed)
        .envs(&provider.env)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|source| ProgramError::Io { path: path.to_owned(), source })?;
    let question = json!({ "protocolVersion": VERSION, "provider": name, "ids": ids }).to_string();
    let outcome = converse(&mut child, question, provider);
    // Whatever it has left running goes too. Nobody has waited for it yet, so the group is still its own.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = process::kill_process_group(group, Signal::KILL);
    }
    let status = child.wait().map_err(|source| ProgramError::Io { path: path.to_owned(), source })?;
    let output = outcome?;
    if !status.success() {
        return Err(ProgramError::Failed(status));
    }
    understand(&output, ids, provider.json_only)
}

/// A program that others could exchange or change is not asked.
fn check(path: &Path, trusted: &[String]) -> Result<(), ProgramError> {
    let io = |source| ProgramError::Io { path: path.to_owned(), source };
    let unfit = |is| Err(ProgramError::Unfit { path: path.to_owned(), is });
    if !path.is_absolute() {
        return unfit("is not an absolute path");
    }
    let seen = fs::symlink_metadata(path).map_err(io)?;
    if seen.file_type().is_symlink() {
        return unfit("is a link; name what it leads to");
    }
    if !seen.is_file() || seen.mode() & 0o111 == 0 {
        return unfit("is not a program");
    }
    let me = process::geteuid().as_raw();
    let is_ours = |owner: u32| owner == 0 || owner == me;
    if !is_ours(seen.uid()) {
        return unfit("belongs to another user");
    }
    if seen.mode() & 0o022 != 0 {
        return unfit("can be changed by others");
    }
    let folder = fs::canonicalize(path.parent().unwrap_or(Path::new("/"))).map_err(io)?;
    let around = fs::metadata(&folder).map_err(io)?;
    let is_sticky = around.mode() & 0o1000 != 0;
    if !is_ours(around.uid()) || around.mode() & 0o022 != 0 && !is_sticky {
        return unfit("is in a directory where others can exchange it");
    }
    let in_trusted =
        |directory: &String| fs::canonicalize(directory).is_ok_and(|directory| folder.starts_with(directory));
    if !trusted.is_empty() && !trusted.iter().any(in_trusted) {
        return unfit("is not in one of `trustedDirs`");
    }
    Ok(())
}

enum Heard {
    Bytes(Zeroizing<Vec<u8>>),
    Ended,
    Failed(io::Error),
}

/// Gives it the question and collects the answer until it has ended.
fn converse(
    child: &mut Child,
    question: String,
    provider: &ExecProvider,
) -> Result<Zeroizing<Vec<u8>>, ProgramError> {
    let path = || PathBuf::from(&provider.command);
    let io = |source| ProgramError::Io { path: path(), source };
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io(io::ErrorKind::NotConnected.into()));
    };
    let thread = |name: &str| thread::Builder::new().name(name.to_owned());
    thread("wa-secret-ask")
        // A program need not read what it knows.
        .spawn(move || drop(stdin.write_all(question.as_bytes())))
        .map_err(io)?;
    let (tell, heard) = mpsc::channel();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    thread("wa-secret-hear").spawn(move || listen(stdout, pid, &tell)).map_err(io)?;

    let whole = Duration::from_millis(provider.timeout_ms);
    let silence = Duration::from_millis(provider.no_output_timeout_ms);
    let deadline = Instant::now() + whole;
    let mut output = Zeroizing::new(Vec::new());
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match heard.recv_timeout(left.min(silence)) {
            Ok(Heard::Bytes(bytes)) => {
                if (output.len() + bytes.len()) as u64 > provider.max_output_bytes {
                    return Err(ProgramError::Flood(provider.max_output_bytes));
                }
                append(&mut output, &bytes);
            }
            Ok(Heard::Ended) => return Ok(output),
            Ok(Heard::Failed(error)) => return Err(io(error)),
            Err(RecvTimeoutError::Timeout) if silence < left => return Err(ProgramError::Silent(silence)),
            Err(RecvTimeoutError::Timeout) => return Err(ProgramError::Timeout(whole)),
            Err(RecvTimeoutError::Disconnected) => return Err(io(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// Appends without leaving a copy behind where the buffer grows.
fn append(output: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if output.capacity() - output.len() < bytes.len() {
        let mut larger = Vec::with_capacity((output.len() + bytes.len()).next_power_of_two());
        larger.extend_from_slice(output);
        output.zeroize();
        **output = larger;
    }
    output.extend_from_slice(bytes);
}

/// Reads to the end of the output and then waits for the end of the program, without taking its status away.
fn listen(mut stdout: ChildStdout, pid: Option<Pid>, tell: &mpsc::Sender<Heard>) {
    loop {
        let mut bytes = Zeroizing::new(vec![0; 4096]);
        match stdout.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                bytes.truncate(count);
                if tell.send(Heard::Bytes(bytes)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return drop(tell.send(Heard::Failed(error))),
        }
    }
    if let Some(pid) = pid {
        let _ = process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    }
    let _ = tell.send(Heard::Ended);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    protocol_version: u32,
    #[serde(default)]
    values: BTreeMap<String, SecretString>,
    #[serde(default)]
    errors: BTreeMap<String, Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    protocol_version: u32,
}

fn understand(output: &[u8], ids: &[&str], json_only: bool) -> Result<BTreeMap<String, Said>, ProgramError> {
    let malformed =
        |error: serde_json::Error| ProgramError::Answer { line: error.line(), column: error.column() };
    let answer: Answer = match (serde_json::from_slice(output), ids) {
        (Ok(answer), _) => answer,
        // Another version may look otherwise altogether.
        (Err(_), _)
            if serde_json::from_slice::<Version>(output).is_ok_and(|v| v.protocol_version != VERSION) =>
        {
            let version = serde_json::from_slice::<Version>(output).map_err(malformed)?;
            return Err(ProgramError::Version(version.protocol_version));
        }
        (Err(error), [id]) if !json_only => {
            let text = std::str::from_utf8(output).map_err(|_| malformed(error))?;
            let value = SecretString::from(text.trim_end_matches(['\r', '\n']));
            return Ok(BTreeMap::from([((*id).to_owned(), Said::Value(value))]));
        }
        (Err(error), _) => return Err(malformed(error)),
    };
    if answer.protocol_version != VERSION {
        return Err(ProgramError::Version(answer.protocol_version));
    }
    let errors = answer.errors.into_iter().map(|(id, refusal)| (id, Said::Error(word(refusal.code))));
    let values = answer.values.into_iter().map(|(id, value)| (id, Said::Value(value)));
    Ok(errors.chain(values).collect())
}

/// The program's word for a failure, if it is one.
fn word(code: String) -> String {
    let is_word = !code.is_empty()
        && code.len() <= 64
        && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if is_word { code } else { "an error".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use std::os::unix::fs::PermissionsExt as _;

    struct Room(tempfile::TempDir);

    impl Room {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn program(&self, script: &str) -> PathBuf {
            let path = fs::canonicalize(self.0.path()).unwrap().join("resolver");
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        }

        fn provider(&self, script: &str, more: serde_json::Value) -> ExecProvider {
            let mut settings =
                json!({ "command": self.program(script), "timeoutMs": 20_000, "noOutputTimeoutMs": 20_000 });
            settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(settings).unwrap()
        }

        fn ask(&self, script: &str, more: serde_json::Value) -> Result<BTreeMap<String, Said>, ProgramError> {
            ask("vault", &self.provider(script, more), &["a", "b/c#d"], |name| {
                (name == "PASSED").then(|| "passed".to_owned())
            })
        }
    }

    fn answer(values: serde_json::Value) -> String {
        format!("cat >/dev/null; echo '{values}'")
    }

    #[test]
    fn values_and_errors_by_id() {
        let script = answer(
            json!({ "protocolVersion": 1, "values": { "a": "hunter22" }, "errors": { "b/c#d": { "code": "NOT_FOUND" } } }),
        );
        let said = Room::new().ask(&script, json!({})).unwrap();
        assert!(matches!(&said["a"], Said::Value(value) if value.expose_secret() == "hunter22"));
        assert!(matches!(&said["b/c#d"], Said::Error(code) if code == "NOT_FOUND"));
        let script = answer(json!({ "protocolVersion": 1, "errors": { "a": { "code": "see hunter22" } } }));
        assert!(
            matches!(&Room::new().ask(&script, json!({})).unwrap()["a"], Said::Error(code) if code == "an error")
        );
    }

    #[test]
    fn it_gets_the_question_its_arguments_and_no_environment_but_its_own() {
        // The question ends without a line break.
        let script = r#"read -r question || true; case "$question" in '{"ids":["a","b/c#d"],"protocolVersion":1,"provider":"vault"}') ;; *) exit 7;; esac
[ "$1" = --profile ] && [ "$2" = 'a b;c' ] || exit 8
[ "$PASSED$OWN" = passedown ] && [ -z "$HOME$CARGO" ] || exit 9
[ "$PWD" = / ] || exit 10
echo '{"protocolVersion":1,"values":{"a":"x"}}'"#;
        let more = json!({ "args": ["--profile", "a b;c"], "passEnv": ["PASSED", "ABSENT"], "env": { "OWN": "own" } });
        Room::new().ask(script, more).unwrap();
    }

    #[test]
    fn what_takes_too_long_is_killed_with_all_that_it_started() {
        let room = Room::new();
        let mark = room.0.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", mark.display());
        let error = room.ask(&script, json!({ "timeoutMs": 300 })).unwrap_err();
        assert!(matches!(error, ProgramError::Timeout(_)), "{error:?}");
        let sleeper: i32 = fs::read_to_string(mark).unwrap().trim().parse().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        // Killed, whether or not somebody has taken its status yet.
        while fs::read_to_string(format!("/proc/{sleeper}/stat")).is_ok_and(|state| !state.contains(") Z")) {
            assert!(Instant::now() < deadline, "{sleeper} still runs");
            thread::yield_now();
        }
        let error = room.ask("echo -n '{'; sleep 1000", json!({ "noOutputTimeoutMs": 200 })).unwrap_err();
        assert!(matches!(error, ProgramError::Silent(_)), "{error:?}");
    }

    #[test]
    fn what_floods_fails_or_answers_wrongly_is_refused() {
        let room = Room::new();
        let error = room.ask("yes", json!({ "maxOutputBytes": 5000 })).unwrap_err();
        assert!(matches!(error, ProgramError::Flood(5000)), "{error:?}");
        let error = room.ask("echo hunter22; exit 3", json!({})).unwrap_err();
        assert!(matches!(error, ProgramError::Failed(status) if status.code() == Some(3)));
        let wrong = [
            (answer(json!("hunter22")), 1),
            (answer(json!({ "protocolVersion": 1, "values": { "a": ["hunter22"] } })), 1),
            (answer(json!({ "values": { "a": "hunter22" } })), 1),
            ("echo hunter22".to_owned(), 1),
            ("true".to_owned(), 1),
        ];
        for (script, line) in wrong {
            let error = room.ask(&script, json!({})).unwrap_err();
            assert!(
                matches!(error, ProgramError::Answer { line: at, .. } if at <= line),
                "{script}: {error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
        }
        for other in
            [json!({ "protocolVersion": 2, "values": {} }), json!({ "protocolVersion": 2, "values": [] })]
        {
            let error = room.ask(&answer(other), json!({})).unwrap_err();
            assert!(matches!(error, ProgramError::Version(2)), "{error:?}");
        }
    }

    #[test]
    fn a_bare_answer_is_taken_where_it_is_allowed() {
        let room = Room::new();
        let provider = room.provider("echo hunter22", json!({ "jsonOnly": false }));
        let said = ask("vault", &provider, &["a"], |_| None).unwrap();
        assert!(matches!(&said["a"], Said::Value(value) if value.expose_secret() == "hunter22"));
        assert!(matches!(ask("vault", &provider, &["a", "b"], |_| None), Err(ProgramError::Answer { .. })));
    }

    #[test]
    fn a_program_that_others_can_change_is_not_run() {
        let room = Room::new();
        let mark = room.0.path().join("ran");
        let path = room.program(&format!("touch {}", mark.display()));
        let why = |path: &Path, trusted: &[String]| match check(path, trusted) {
            Err(ProgramError::Unfit { is, .. }) => is,
            other => panic!("{other:?}"),
        };
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        check(&path, &[]).unwrap();
        check(&path, &[path.parent().unwrap().display().to_string()]).unwrap();
        assert_eq!(why(&path, &["/nowhere".into(), "/usr/bin".into()]), "is not in one of `trustedDirs`");
        assert_eq!(why(Path::new("resolver"), &[]), "is not an absolute path");
        let link = path.with_file_name("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(why(&link, &[]), "is a link; name what it leads to");
        assert_eq!(why(path.parent().unwrap(), &[]), "is not a program");
        for loose in [0o775, 0o757] {
            mode(&path, loose);
            assert_eq!(why(&path, &[]), "can be changed by others");
        }
        mode(&path, 0o644);
        assert_eq!(why(&path, &[]), "is not a program");
        mode(&path, 0o755);
        mode(path.parent().unwrap(), 0o777);
        assert_eq!(why(&path, &[]), "is in a directory where others can exchange it");
        mode(path.parent().unwrap(), 0o1777);
        check(&path, &[]).unwrap();
        if process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
            assert_eq!(why(&path, &[]), "belongs to another user");
        }
        assert!(!mark.exists());
    }
}
