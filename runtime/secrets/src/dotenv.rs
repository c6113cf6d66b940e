//! `.env`: `NAME=value` lines, read strictly.
//!
//! `#` begins a comment at the start of a line or after a space. A value may be bare, in single quotes (as it is), or in double quotes
//! (`\n`, `\r`, `\t`, `\"`, `\\`, `\$` stand for one character each). `export ` may stand before the name. Nothing is substituted, and
//! no value spans lines.

use crate::private_file::{self, FileError};
use secrecy::SecretString;
use std::{collections::BTreeMap, io, path::Path};
use thiserror::Error;
use zeroize::Zeroize as _;

/// The largest `.env`, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Why `.env` is not used.
#[derive(Debug, Error)]
pub enum DotenvError {
    /// It cannot be read, or others can.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not UTF-8.
    #[error(".env is not UTF-8 text")]
    NotText,
    /// A line is not understood.
    #[error(".env, line {line}: {problem}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong; never what is written there.
        problem: DotenvProblem,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DotenvProblem {
    /// No `=`.
    #[error("write it as NAME=value")]
    NoEquals,
    /// The name is malformed.
    #[error("a name has letters, digits and underscores, and does not begin with a digit")]
    Name,
    /// The name is there already.
    #[error("the name is there already")]
    Twice,
    /// A quote is not closed on its line.
    #[error("the quote is not closed on this line")]
    Open,
    /// Something follows the closing quote.
    #[error("only a comment may follow the closing quote")]
    Behind,
    /// A backslash before a character that it means nothing for.
    #[error(r#"a backslash stands before n, r, t, ", \ or $ only"#)]
    Escape,
}

/// The variables of the `.env` in a directory; none where there is no such file.
pub(crate) fn read(root: &Path) -> Result<BTreeMap<String, SecretString>, DotenvError> {
    let bytes = match private_file::read(root, Path::new(".env"), MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(error.into()),
    };
    parse(std::str::from_utf8(&bytes).map_err(|_| DotenvError::NotText)?)
}

fn parse(text: &str) -> Result<BTreeMap<String, SecretString>, DotenvError> {
    let mut variables = BTreeMap::new();
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let read = variable(line).and_then(|variable| match variable {
            Some((name, _)) if variables.contains_key(name) => Err(DotenvProblem::Twice),
            variable => Ok(variable),
        });
        if let Some((name, value)) = read.map_err(|problem| DotenvError::Line { line: index + 1, problem })? {
            variables.insert(name.to_owned(), SecretString::from(value));
        }
    }
    Ok(variables)
}

fn variable(line: &str) -> Result<Option<(&str, String)>, DotenvProblem> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=').ok_or(DotenvProblem::NoEquals)?;
    let name = name.trim_end();
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !is_name {
        return Err(DotenvProblem::Name);
    }
    let value = value.trim_start();
    let value = match value.chars().next() {
        Some('\'') => {
            let (inner, behind) = value[1..].split_once('\'').ok_or(DotenvProblem::Open)?;
            only_a_comment(behind)?;
            inner.to_owned()
        }
        Some('"') => double_quoted(&value[1..])?,
        _ => bare(value).to_owned(),
    };
    Ok(Some((name, value)))
}

fn bare(value: &str) -> &str {
    let comment = value.match_indices('#').find(|(at, _)| *at == 0 || value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| &value[..at]).trim_end()
}

fn double_quoted(text: &str) -> Result<String, DotenvProblem> {
    let mut value = String::with_capacity(text.len());
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return only_a_comment(&text[at + 1..]).map(|()| value),
            '\\' => value.push(match letters.next() {
                Some((_, 'n')) => '\n',
                Some((_, 'r')) => '\r',
                Some((_, 't')) => '\t',
                Some((_, letter @ ('"' | '\\' | '$'))) => letter,
                _ => {
                    value.zeroize();
                    return Err(DotenvProblem::Escape);
                }
            }),
            letter => value.push(letter),
        }
    }
    value.zeroize();
    Err(DotenvProblem::Open)
}

fn only_a_comment(behind: &str) -> Result<(), DotenvProblem> {
    let behind = behind.trim_start();
    if behind.is_empty() || behind.starts_with('#') { Ok(()) } else { Err(DotenvProblem::Behind) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn values() {
        for (line, expected) in [
            ("A=b", "b"),
            ("  export A = b c  # comment", "b c"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A='b # \\n \"c\"' # d", "b # \\n \"c\""),
            (r#"A="b\n\t\"\\\$ 'c'" # d"#, "b\n\t\"\\$ 'c'"),
            ("A=$HOME/${X}", "$HOME/${X}"),
            ("A=a=b==", "a=b=="),
            ("\u{feff}A=b\r", "b"),
        ] {
            let read = parse(line).unwrap();
            assert_eq!(read["A"].expose_secret(), expected, "{line}");
        }
        assert!(parse("# comment\n\n   \n").unwrap().is_empty());
    }

    #[test]
    fn what_is_refused_is_named_by_its_line_only() {
        use DotenvProblem::*;
        for (line, expected) in [
            ("hunter22", NoEquals),
            ("1A=hunter22", Name),
            ("A B=hunter22", Name),
            ("=hunter22", Name),
            ("A='hunter22", Open),
            ("A=\"hunter22", Open),
            ("A=\"hunter22\\\"", Open),
            ("A='hunter22' x", Behind),
            ("A=\"hunter22\"x", Behind),
            (r#"A="hunter22\x""#, Escape),
            ("X=2", Twice),
        ] {
            let error = parse(&format!("X=1\n{line}\nB=2")).unwrap_err();
            assert!(
                matches!(error, DotenvError::Line { line: 2, problem } if problem == expected),
                "{error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_no_error_and_a_loose_one_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        assert!(read(directory.path()).unwrap().is_empty());
        let file = directory.path().join(".env");
        std::fs::write(&file, "A=b").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(directory.path()), Err(DotenvError::File(FileError::Unfit { .. }))));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(directory.path()).unwrap().len(), 1);
        std::fs::write(&file, b"A=\xff").unwrap();
        assert!(matches!(read(directory.path()), Err(DotenvError::NotText)));
    }
}
