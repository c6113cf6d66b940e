//! Looking for a secret in bytes, in the forms in which it may have got there. Shares nothing with the code that it tests.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A text as base64, URL-encoded and hexadecimal.
pub(crate) fn forms(bytes: &[u8]) -> Vec<String> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let url: String = bytes
        .iter()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    vec![STANDARD.encode(bytes), URL_SAFE.encode(bytes), url, hex.to_uppercase(), hex]
}

/// What to look for: the secret itself, its forms, and its base64 where something stands before it.
pub(crate) struct Needles(Vec<Vec<u8>>);

impl Needles {
    pub(crate) fn of(secrets: &[&str]) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            needles.push(secret.as_bytes().to_vec());
            needles.extend(forms(secret.as_bytes()).into_iter().map(String::into_bytes));
            for before in 1..3 {
                let padded = [&b"xx"[..before], secret.as_bytes()].concat();
                for engine in [&STANDARD, &URL_SAFE] {
                    // Four letters for what stands before, and as many for the end, may be others.
                    let encoded = engine.encode(&padded);
                    needles.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
                }
            }
            let json = serde_json::Value::from(*secret).to_string();
            needles.push(json.as_bytes()[1..json.len() - 1].to_vec());
        }
        // The last letters of base64 depend on what follows.
        needles.iter_mut().filter(|needle| needle.ends_with(b"=")).for_each(|needle| {
            let length = needle.iter().take_while(|letter| **letter != b'=').count();
            needle.truncate(length - 1);
        });
        Self(needles)
    }

    /// The first form that is there.
    pub(crate) fn find(&self, hay: &[u8]) -> Option<String> {
        let mut begins = [false; 256];
        self.0.iter().for_each(|needle| begins[usize::from(needle[0])] = true);
        let places = hay.iter().enumerate().filter(|(_, byte)| begins[usize::from(**byte)]);
        let mut found =
            places.filter_map(|(at, _)| self.0.iter().find(|needle| hay[at..].starts_with(needle)));
        found.next().map(|needle| String::from_utf8_lossy(needle).into_owned())
    }

    /// Fails where a text holds a secret.
    #[track_caller]
    pub(crate) fn none_in(&self, what: &str, hay: &[u8]) {
        if let Some(needle) = self.find(hay) {
            panic!("{what} holds {needle:?}");
        }
    }

    /// Fails where a file below a folder, whatever its name, holds a secret. Counts the files.
    #[track_caller]
    pub(crate) fn none_below(&self, folder: &Path, but: &Path) -> usize {
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                count += self.none_below(&path, but);
            } else if metadata.is_file() && path != but {
                self.none_in(&path.display().to_string(), &fs::read(&path).unwrap());
                count += 1;
            }
        }
        count
    }
}

/// All memory of a process that can be read. Takes the rights of root for a process of another user.
pub(crate) fn memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut image = Vec::new();
    // What was read from the program's own file cannot hold a secret.
    let is_of_interest = |line: &&str| {
        let rights = line.split(' ').nth(1).unwrap_or_default();
        rights.starts_with("rw") || rights.starts_with('r') && !line.contains(" /")
    };
    for line in maps.lines().filter(is_of_interest) {
        let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        // Pages of the kernel's own, such as [vvar], cannot be read.
        if memory.seek(SeekFrom::Start(from)).is_ok() {
            let _ = (&mut memory).take(to - from).read_to_end(&mut image);
        }
    }
    image
}
