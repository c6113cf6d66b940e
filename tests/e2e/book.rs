//! The book under `docs/`: every page is in it, every link leads somewhere, every shell block does what it shows, and the reference
//! is that of this version.

mod pages;
mod reference;
pub(crate) mod shell;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// The folder of the book.
fn docs() -> PathBuf {
    repository("docs").canonicalize().unwrap()
}

/// All Markdown files below a folder, sorted.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => files.extend(markdown(&path)),
            Some(extension) if extension == "md" => files.push(path),
            _ => {}
        }
    }
    files.sort();
    files
}
