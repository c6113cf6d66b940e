//! How much a command has in its own files. It writes them itself, so that all that is there counts, whatever its name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Files and directories together, against what has no bytes.
const MAX_ENTRIES: u64 = 10_000;

/// Why a command has too much, if it has. What cannot be looked at counts as nothing: the next look will tell.
pub(crate) async fn over_quota(directory: PathBuf, quota: u64) -> Option<String> {
    let measured = tokio::task::spawn_blocking(move || measure(&directory)).await;
    let (bytes, entries) = measured.ok()?.ok()?;
    if bytes > quota {
        return Some(format!("its own files have {bytes} bytes, over its quota of {quota}"));
    }
    (entries > MAX_ENTRIES).then(|| format!("it has more than {MAX_ENTRIES} files of its own"))
}

/// Bytes and entries; stops where there are too many to be allowed.
fn measure(directory: &Path) -> io::Result<(u64, u64)> {
    let (mut bytes, mut entries) = (0, 0);
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        let inside = match fs::read_dir(&folder) {
            // It may remove what it likes meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            inside => inside?,
        };
        for entry in inside {
            let entry = entry?;
            entries += 1;
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes += metadata.len(),
                Err(_) => {}
            }
            if entries > MAX_ENTRIES {
                return Ok((bytes, entries));
            }
        }
    }
    Ok((bytes, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_and_entries_are_counted_below_all_names() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join(".hidden/deep")).unwrap();
        fs::write(place.path().join(".hidden/deep/a b"), [0; 100]).unwrap();
        let over = |quota| over_quota(place.path().to_owned(), quota);
        assert_eq!(over(100).await, None);
        assert!(over(99).await.unwrap().contains("100 bytes"));
        for number in 0..=MAX_ENTRIES {
            fs::write(place.path().join(number.to_string()), "").unwrap();
        }
        assert!(over(100).await.unwrap().contains("more than 10000 files"));
    }
}
