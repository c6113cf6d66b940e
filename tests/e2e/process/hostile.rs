//! Hostile commands: whatever the language offers, and raw system calls by `ctypes`. (All system calls: `runtime/hostile-worker`.)

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};

use super::{TOOL, attempt};
use crate::support::{Place, Running, processes};

/// A tool that executes what it is told.
const EVIL: &str = "
import ctypes, signal, socket, subprocess

libc = ctypes.CDLL(None, use_errno=True)

def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
";

const TRIES: &str = "
@plugin.tool('attempt')
def attempt(input, wa):
    try:
        exec(input['code'], {**globals(), 'wa': wa})
    except (OSError, RuntimeError, MemoryError) as error:
        return type(error).__name__
    return 'done'
";

/// A project with a healthy agent and an evil tool.
fn evil() -> Place {
    let place = Place::with_echo(&[]);
    place.python("evil", TOOL, &format!("{EVIL}{TRIES}"));
    place
}

fn tries(host: &Running, code: &str) -> Result<Value, String> {
    attempt(host, &json!({ "code": code }))
}

/// The same code without a sandbox works, so that it is the sandbox that refuses it.
fn works_outside(code: &str) -> bool {
    let code = format!("import os, sys, threading, time\n{EVIL}\n{code}");
    let python = Command::new("python3").args(["-c", &code]).output().unwrap();
    python.status.success()
}

/// Each is refused by an error, the process goes on, and nothing has happened.
fn are_refused(place: &Place, host: &Running, attempts: &[&str]) {
    for code in attempts {
        let said = tries(host, code).unwrap_or_else(|why| panic!("{code}\n{why}"));
        assert_ne!(said, "done", "{code}");
    }
    assert!(!place.path("canary").exists());
    assert_eq!(host.console().ask("me", "hi"), "echo: hi");
}

#[test]
fn files_of_others_are_out_of_reach() {
    let place = evil();
    place.python("other", "tools: [{ name: keep, description: Keeps, input: { type: object } }]\npermissions: { storage: 1MiB }",
        "@plugin.tool('keep')\ndef keep(input, wa):\n    wa.storage.set('k', 'v')\n    (wa.data / 'diary').write_text('dear diary')");
    let host = Running::start(&place);
    host.tool("keep", &json!({})).unwrap();
    tries(&host, "wa.storage.set('k', 'v')").unwrap();
    let root = place.work().canonicalize().unwrap();
    let audit = fs::read_dir(root.join(".wa/audit")).unwrap().next().unwrap().unwrap().path();
    let read = |path: String| format!("open('{path}', 'rb').read(1)");
    let inside = |path: &str| root.join(path).display().to_string();
    let attempts = [
        read("/etc/passwd".into()),
        read("/etc/group".into()),
        read(inside("wa.yaml")),
        read(audit.display().to_string()),
        read(inside(".wa/data/other/files/diary")),
        read(inside(".wa/data/other/storage.db")),
        read(inside(".wa/data/evil/storage.db")),
        read(inside(".wa/run/host.json")),
        read(inside("plugins/evil/main.py")),
        read(format!("/proc/{}/environ", host.pid())),
        read(format!("/proc/{}/mem", host.pid())),
        read("/proc/self/maps".into()),
        format!("os.listdir('{}')", inside(".wa")),
        format!("open('{}', 'w')", inside("canary")),
        format!("os.mkdir('{}')", inside("canary")),
    ];
    for code in &attempts {
        let is_memory = code.contains("/mem'");
        assert!(is_memory || works_outside(code), "{code}");
        drop(fs::remove_file(place.path("canary")).or_else(|_| fs::remove_dir(place.path("canary"))));
    }
    are_refused(&place, &host, &attempts.iter().map(String::as_str).collect::<Vec<_>>());
    are_refused(
        &place,
        &host,
        &[
            // Its own package is what was verified.
            "open('main.py', 'a')",
            "open('new.py', 'w')",
            "os.remove('main.py')",
            "os.rename('main.py', 'x.py')",
            "os.chmod('main.py', 0o777)",
            "os.utime('main.py')",
            // Its own files are files and nothing else.
            "os.symlink('/etc/passwd', wa.data / 'link')",
            "(wa.data / 'a').write_text('x'); os.link(wa.data / 'a', wa.data / 'b')",
            "os.mkfifo(wa.data / 'pipe')",
            "os.chmod(wa.data, 0o777)",
            "open('/tmp/canary', 'w')",
            "open('/dev/shm/canary', 'w')",
        ],
    );
    assert_eq!(
        tries(&host, "(wa.data / 'mine').write_text('x'); assert (wa.data / 'mine').read_text() == 'x'"),
        Ok(json!("done"))
    );
    host.stop();
}

#[test]
fn the_network_and_other_processes_are_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let place = evil();
    let host = Running::start(&place);
    tries(&host, "pass").unwrap();
    let canary = place.path("canary");
    let touch = format!("touch {}", canary.display());
    let pid = host.pid();
    let attempts = [
        format!("socket.create_connection(('127.0.0.1', {port}))"),
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)".into(),
        "socket.socket(socket.AF_UNIX)".into(),
        "socket.socketpair()".into(),
        "socket.socket().bind(('127.0.0.1', 0))".into(),
        "os.fork() or os._exit(0)".into(),
        "while True: os.fork()".into(),
        format!("subprocess.run(['/bin/sh', '-c', '{touch}'])"),
        format!("os.posix_spawn('/bin/sh', ['sh', '-c', '{touch}'], {{}})"),
        format!("os.system('{touch}') and check(-1)"),
        format!("os.execv('/bin/sh', ['sh', '-c', '{touch}'])"),
        "os.execv('/usr/bin/env', ['env'])".into(),
        format!("os.kill({pid}, signal.SIGKILL)"),
        format!("os.kill({pid}, 0)"),
        "os.kill(-1, 0)".into(),
        "os.killpg(os.getpgid(0), 0)".into(),
        format!("check(libc.ptrace(16, {pid}, 0, 0))"),
        "check(libc.prctl(1, 0, 0, 0, 0))".into(),
        "check(libc.prctl(38, 0, 0, 0, 0))".into(),
        "check(libc.unshare(0x10000000))".into(),
        "os.setuid(0) or check(-1)".into(),
        "os.setsid()".into(),
        "os.memfd_create('x')".into(),
        "os.nice(-1)".into(),
    ];
    for code in &attempts[..5] {
        assert!(works_outside(code), "{code}");
    }
    assert!(listener.accept().is_ok(), "the control connects");
    are_refused(&place, &host, &attempts.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(listener.accept().is_err(), "it has connected");
    host.stop();
}

/// More than its share ends in an error of its own.
#[test]
fn memory_files_and_threads_have_an_end() {
    let place = evil();
    let host = Running::start(&place);
    for (code, error) in [
        ("bytearray(1 << 30)", "MemoryError"),
        ("all = []\nwhile True: all.append(bytearray(1 << 20))", "MemoryError"),
        ("import mmap; mmap.mmap(-1, 1 << 20)", "PermissionError"),
        ("(wa.data / 'large').write_bytes(b'x' * (2 << 20))", "OSError"),
        ("all = []\nwhile True: all.append(open('main.py'))", "OSError"),
        (
            "stop = threading.Event()\ntry:\n  for _ in range(1000): threading.Thread(target=stop.wait, daemon=True).start()\nfinally:\n  stop.set()",
            "RuntimeError",
        ),
    ] {
        assert_eq!(tries(&host, code), Ok(json!(error)), "{code}");
    }
    assert_eq!(processes::children(host.pid()).len(), 1, "it is still the same process");
    host.stop();
}

#[test]
fn files_that_outgrow_their_quota_end_the_plugin() {
    let place = evil();
    let mut host = Running::start(&place);
    let code = "for n in range(8): (wa.data / str(n)).write_bytes(b'x' * 500_000)\ntime.sleep(60)";
    assert!(tries(&host, code).is_err());
    let failed = host.event_of("workerFailed", "evil");
    assert!(failed["reason"].as_str().unwrap().contains("over its quota of 1048576"), "{failed}");
    host.stop();
}

/// What a plugin does, and why the host ends it for that.
#[test]
fn what_breaks_the_rules_ends_the_plugin_and_nothing_else() {
    for (code, why) in [
        ("while True: pass", "a call took more than 1000 ms"),
        ("os.write(2, b'x' * (2 << 20)); time.sleep(60)", "it wrote more than 1048576 bytes to its output"),
        ("os.write(1, b'garbage\\n'); time.sleep(60)", "it broke the protocol: malformed frame"),
        ("os.write(1, b'x' * (2 << 20)); time.sleep(60)", "is over the limit of 1048576"),
        (r#"os.write(1, b'{"t":"result","id":777,"ok":1}\n'); time.sleep(60)"#, "a result of no call"),
        (r#"os.write(1, b'{"t":"ready","v":1,"handlers":{}}\n'); time.sleep(60)"#, "an unexpected frame"),
        (r#"os.write(1, b'{"t":"hello","v":1}\n'); time.sleep(60)"#, "an unexpected frame"),
        ("os.write(1, b'\\x05\\x00\\x00\\x00hello\\n'); time.sleep(60)", "malformed frame"),
        ("for n in range(100000): wa.log.info('x' * 100)\ntime.sleep(60)", "it flooded the log"),
        ("os._exit(3)", "it ended by itself (exit status: 3)"),
        ("os.kill(os.getpid(), 11); time.sleep(60)", "signal: 11"),
    ] {
        let place = Place::with_echo(&[]);
        let runtime = "runtime: { kind: process, command: [python3, main.py], timeout: 1s }";
        place.python("evil", &format!("{TOOL}\n{runtime}"), &format!("{EVIL}{TRIES}"));
        let mut host = Running::start(&place);
        assert!(tries(&host, code).is_err(), "{code}");
        let failed = host.event_of("workerFailed", "evil");
        assert!(failed["reason"].as_str().unwrap().contains(why), "{code}\n{failed}");
        assert_eq!(host.console().ask("me", "hi"), "echo: hi");
        host.stop();
    }
}

/// A frame before its time, and half of one: the host waits for neither.
#[test]
fn what_is_not_a_greeting_is_not_waited_for() {
    for (code, why) in [
        ("print('hello', flush=True)", "malformed frame"),
        (r#"print('{"t":"ready","v":1,"handlers":{}}', flush=True)"#, "an unexpected frame"),
        (r#"print('{"t":"launched","sandbox":{}}', flush=True)"#, "malformed frame"),
        (r#"print('{"t":"log","level":"info","message":"x"}', flush=True)"#, "an unexpected frame"),
        (
            "import sys; sys.stdout.write('{\"t\":\"hel'); sys.stdout.flush()",
            "half a frame, and no more of it",
        ),
    ] {
        let place = Place::with_echo(&[]);
        place.script("evil", TOOL, &format!("{code}\nimport time; time.sleep(60)"));
        let host = Running::start(&place);
        let said = attempt(&host, &json!({})).unwrap_err();
        assert!(said.contains(why), "{code}\n{said}");
        host.stop();
    }
}

/// Ids of calls that are not its own: an answer, and it is no.
#[test]
fn a_host_call_for_nobodys_call_is_refused() {
    let place = Place::with_echo(&[]);
    place.script(
        "evil",
        TOOL,
        "import json, sys
def say(**frame):
    print(json.dumps(frame), flush=True)
    return json.loads(sys.stdin.readline())
say(t='hello', v=1)
call = say(t='ready', v=1, handlers={'tools': ['attempt']})
said = [say(t='host', id=n, call=other, method='storage.set', params={'key': 'k', 'value': 1}) for n, other in enumerate([0, call['id'] + 1, 2**63])]
own = say(t='host', id=9, call=call['id'], method='storage.get', params={'key': 'k'})
say(t='result', id=call['id'], ok=[[one['error']['code'] for one in said], own['ok']])
",
    );
    let host = Running::start(&place);
    assert_eq!(attempt(&host, &json!({})), Ok(json!([["denied", "denied", "denied"], null])));
    host.stop();
}
