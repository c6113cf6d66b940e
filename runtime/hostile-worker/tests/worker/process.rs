//! A command behind the real launcher: the same attacks by raw system calls, from inside of the sandbox of a process plugin. The command is
//! the test-only worker without a lock-down of its own, so that only the launcher's holds it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;

use runtime_protocol::{
    Enforcement, FrameReader, Launch, MAX_FRAME, PartState, SandboxReport, ToHost, ToWorker, VERSION, encode,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::attacks::is_root;
use crate::driver::Process;

/// What a command may do because an interpreter has to, and what it cannot do harm with.
const ALLOWED: &[(&str, &str)] = &[
    ("open /dev/null", "it keeps nothing"),
    ("change directory", "Landlock goes by the file, not by the way to it"),
    ("duplicate a descriptor", "it has only its own"),
    ("duplicate a descriptor by fcntl", "it has only its own"),
    ("fcntl on the socket", "of what fcntl does, the part that signals is left out"),
    ("close a descriptor", "it has only its own"),
    ("make a pipe", "nobody is at the other end"),
    ("make an event descriptor", "loops of interpreters wait for them"),
    ("make a timer descriptor", "loops of interpreters wait for them"),
    ("make an epoll", "loops of interpreters wait for them"),
    ("wait for descriptors", "loops of interpreters wait for them"),
    ("ioctl on the socket", "FIONREAD, which counts bytes"),
    ("map a writable and executable page", "engines compile"),
    ("map an executable page", "engines compile"),
    ("make a page executable", "engines compile"),
    ("make a page executable by key", "engines compile"),
    ("take address space", "it is no memory; engines reserve it"),
    ("read the socket's options", "Python and Node look what descriptor 0 is"),
    ("read the machine's name", "Python reads it; the name of the kernel comes with it"),
    ("read the machine's memory", "Node reads it"),
    ("change the file mode mask", "of its own files"),
    ("read its groups", "it has none"),
    ("start a thread", "interpreters have some; they are counted"),
    ("execute", "it looks for the file, and Landlock says which may be executed"),
    ("signal itself by kill", "its own matter"),
    ("find its parent", "a number that it can do nothing with"),
    ("set a timer", "its own matter"),
    ("sleep", "its own matter"),
    ("choose its processors", "the attack only reads which they are"),
];

/// A package, its own files, and something to attack.
struct Scene {
    folder: TempDir,
    victim: Process,
    listener: TcpListener,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for directory in ["package", "root", "data"] {
            fs::create_dir(folder.path().join(directory)).unwrap();
        }
        fs::write(folder.path().join("package/code"), "verified").unwrap();
        fs::write(folder.path().join("data/kept"), "own").unwrap();
        fs::write(folder.path().join("file"), "precious").unwrap();
        Self { folder, victim: Process::spawn("victim"), listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    fn path(&self, inside: &str) -> String {
        self.folder.path().join(inside).to_str().unwrap().to_owned()
    }

    /// The real launcher, told to become the test-only worker.
    fn launch(&self) -> Launch {
        Launch {
            v: VERSION,
            program: env!("CARGO_BIN_EXE_hostile-worker").into(),
            arguments: vec!["open".into()],
            package: self.path("package"),
            root: self.path("root"),
            data: Some(self.path("data")),
            libraries: Vec::new(),
            user: 0x7100_0001,
            memory: 64 << 20,
            file_size: 1 << 20,
            sandbox: Enforcement::Required,
        }
    }

    fn request(&self, attack: &str, file: &str) -> Value {
        json!({ "attack": attack, "target": {
            "process": self.victim.id(),
            "file": file,
            "port": self.listener.local_addr().unwrap().port(),
            // Nothing that it could have inherited.
            "descriptor": 9,
        }})
    }
}

/// A launched command, ready for attacks.
struct Attacker {
    process: Process,
    frames: FrameReader<std::os::unix::net::UnixStream>,
    report: SandboxReport,
}

impl Attacker {
    fn launched(launch: Launch) -> Self {
        let (mut process, mut frames, said) = begin(launch);
        let ToHost::Launched(launched) = said else { panic!("{said:?}: {:?}", process.wait()) };
        // The command's own report: it applied nothing.
        assert_eq!(body(&mut frames, &mut process), b"null");
        Self { process, frames, report: launched.sandbox }
    }

    fn attack(&mut self, request: &Value) -> Value {
        let request = serde_json::to_vec(request).unwrap();
        let length = u32::try_from(request.len()).unwrap();
        self.process.socket.write_all(&[&length.to_le_bytes()[..], &request].concat()).unwrap();
        serde_json::from_slice(&body(&mut self.frames, &mut self.process)).unwrap()
    }
}

fn body(frames: &mut FrameReader<std::os::unix::net::UnixStream>, process: &mut Process) -> Vec<u8> {
    let body = frames.next_body(MAX_FRAME).unwrap().map(<[u8]>::to_vec);
    body.unwrap_or_else(|| panic!("it ended: {:?}", process.wait()))
}

/// Starts the launcher and reads what it says first.
fn begin(launch: Launch) -> (Process, FrameReader<std::os::unix::net::UnixStream>, ToHost) {
    let mut process = Process::spawn("launcher");
    let mut bytes = Vec::new();
    encode(&ToWorker::Launch(Box::new(launch)), &mut bytes).unwrap();
    process.socket.write_all(&bytes).unwrap();
    let mut frames = FrameReader::new(process.socket.try_clone().unwrap());
    let said = frames.next_frame(MAX_FRAME).unwrap();
    let said = said.unwrap_or_else(|| panic!("it ended: {:?}", process.wait()));
    (process, frames, said)
}

#[test]
fn every_attack_is_refused_or_known_to_do_no_harm() {
    let known: BTreeMap<&str, &str> = ALLOWED.iter().copied().collect();
    let failures: Vec<String> = crate::attacks::names()
        .filter_map(|attack| {
            let scene = Scene::new();
            let outcome =
                Attacker::launched(scene.launch()).attack(&scene.request(attack, &scene.path("file")));
            let expected = known.contains_key(attack);
            ((outcome == json!("done")) != expected).then(|| format!("{attack}: {outcome}"))
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// What the same attacks do to the two directories that it may reach.
#[test]
fn the_package_can_be_read_and_its_own_files_written() {
    let done = json!("done");
    for (attack, in_package, in_data) in [
        ("open a file to read", true, true),
        ("stat a path", true, true),
        ("open a file to write", false, true),
        ("create a file", false, true),
        ("make a directory", false, true),
        ("rename a file", false, true),
        ("delete a file", false, true),
        // Landlock does not see modes and times, and a link would lead the host astray.
        ("change a file's mode", false, false),
        ("truncate a file", false, false),
        ("link a file", false, false),
    ] {
        for (file, allowed) in [("package/code", in_package), ("data/kept", in_data)] {
            let scene = Scene::new();
            let outcome =
                Attacker::launched(scene.launch()).attack(&scene.request(attack, &scene.path(file)));
            assert_eq!(outcome == done, allowed, "{attack} {file}: {outcome}");
        }
    }
}

#[test]
fn without_storage_there_is_no_place_to_write() {
    let scene = Scene::new();
    let launch = Launch { data: None, ..scene.launch() };
    let outcome =
        Attacker::launched(launch).attack(&scene.request("create a file", &scene.path("data/kept")));
    assert_ne!(outcome, json!("done"));
    assert!(!Path::new(&scene.path("data/kept.new")).exists());
}

#[test]
fn the_report_says_what_holds_a_command() {
    let scene = Scene::new();
    let report = Attacker::launched(scene.launch()).report;
    for (name, part) in report.parts() {
        let in_part = match name {
            // Executing a program takes the mark back.
            "not_dumpable" => true,
            "own_user" | "resource_limits" => !is_root(),
            _ => false,
        };
        let expected = if in_part { PartState::Partial } else { PartState::Enforced };
        let is_older_landlock = name == "landlock" && part.state == PartState::Partial;
        assert!(part.state == expected || is_older_landlock, "{name}: {part:?}");
    }
}

#[test]
fn what_cannot_be_executed_is_refused_with_its_reason() {
    let scene = Scene::new();
    let launch = Launch { program: scene.path("package/code"), ..scene.launch() };
    let (mut process, mut frames, said) = begin(launch);
    assert!(matches!(said, ToHost::Launched(_)), "{said:?}");
    let Some(ToHost::Failed(failed)) = frames.next_frame(MAX_FRAME).unwrap() else { panic!() };
    assert!(failed.message.contains("cannot be executed: Permission denied"), "{}", failed.message);
    let (code, words) = process.wait();
    assert_eq!(code, Some(1), "{words}");
}

/// What was taken away stays away when the launcher becomes the command.
#[test]
fn becoming_the_command_gives_nothing_back() {
    let scene = Scene::new();
    let mut attacker = Attacker::launched(scene.launch());
    let status = fs::read_to_string(format!("/proc/{}/status", attacker.process.id())).unwrap();
    for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"] {
        assert!(status.lines().any(|said| said == line), "{line} is not in\n{status}");
    }
    if is_root() {
        assert!(status.contains("Uid:\t1895825409\t1895825409\t1895825409"), "{status}");
    }
    assert_eq!(attacker.attack(&scene.request("outlive its parent", "/")), json!({ "refused": 1 }));
}
