//! Which of a package's versions is meant: what `npm-pick-manifest` does, with `engines.wa` in the place of
//! `engines.node`.

use super::packument::{Packument, Release};
use super::{FetchError, PackageName, Wanted};
use js_semver::Version;

/// What a choice takes into account.
pub struct Preferences<'a> {
    /// This `wa`.
    pub wa: &'a Version,
    /// Versions that are not chosen for a range: those that an index has yanked.
    pub avoid: &'a dyn Fn(&Version) -> bool,
}

/// The version that is meant; any, if nothing is wanted in particular.
///
/// A tag means what it names. Of a range, the version tagged `latest` is taken if it is in the range, fits this `wa` and
/// is not discouraged; else the newest of the best: fitting before not discouraged before the rest.
///
/// # Errors
/// [`FetchError::NoVersion`].
pub fn pick<'a>(
    packument: &'a Packument,
    name: &PackageName,
    wanted: Option<&Wanted>,
    preferences: &Preferences<'_>,
) -> Result<(Version, &'a Release), FetchError> {
    let none = |known: String| FetchError::NoVersion {
        name: name.clone(),
        wanted: wanted.map_or("*".to_owned(), ToString::to_string),
        known,
    };
    let in_range = |version: &Version| match wanted {
        Some(Wanted::Range(range)) => range.contains(version),
        _ => version.pre_release.is_empty(),
    };
    if let Some(Wanted::Tag(tag)) = wanted {
        let tags: Vec<&str> = packument.tags.keys().map(String::as_str).collect();
        return packument.tagged(tag).ok_or_else(|| none(format!("its tags are {}", tags.join(", "))));
    }
    let is_good = |(version, release): &(Version, &Release)| {
        release.fits(preferences.wa) && release.deprecated().is_none() && !(preferences.avoid)(version)
    };
    let is_wanted = |version: &Version| wanted.is_none() || in_range(version);
    if let Some(latest) = packument.tagged("latest").filter(|latest| is_wanted(&latest.0) && is_good(latest))
    {
        return Ok(latest);
    }
    let versions = packument.versions();
    let newest =
        versions.last().map_or("it has none".to_owned(), |(version, _)| format!("the newest is {version}"));
    let fitting =
        versions.into_iter().filter(|(version, _)| in_range(version) && !(preferences.avoid)(version));
    let best = fitting.max_by(|a, b| {
        let rank = |(version, release): &(Version, &Release)| {
            let (fits, praised) = (release.fits(preferences.wa), release.deprecated().is_none());
            (fits && praised, fits, praised, version.clone())
        };
        rank(a).cmp(&rank(b))
    });
    best.ok_or_else(|| none(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packument() -> Packument {
        let json = serde_json::json!({
            "name": "x",
            "dist-tags": { "latest": "1.2.0", "next": "3.0.0-rc.1", "lost": "9.9.9" },
            "versions": {
                "1.0.0": {}, "1.2.0": {}, "1.3.0": {},
                "2.0.0": { "engines": { "wa": ">=5" } },
                "2.1.0": { "deprecated": "broken" },
                "2.0.1": { "engines": ["node"], "deprecated": false },
                "3.0.0-rc.1": {}, "4.0.0": { "engines": { "wa": ">=5" } }, "5.0.0": {}, "not a version": {},
            },
        });
        Packument::parse(json.to_string().as_bytes(), &"x".parse().unwrap(), "u").unwrap()
    }

    fn picked(wanted: &str, avoid: &[&str]) -> Option<String> {
        let wa = "0.1.0".parse().unwrap();
        let avoid = |version: &Version| avoid.contains(&version.to_string().as_str());
        let wanted = (!wanted.is_empty()).then(|| wanted.parse().unwrap());
        let preferences = Preferences { wa: &wa, avoid: &avoid };
        pick(&packument(), &"x".parse().unwrap(), wanted.as_ref(), &preferences)
            .ok()
            .map(|(version, _)| version.to_string())
    }

    #[test]
    fn versions_are_chosen_as_npm_does() {
        for (wanted, avoid, expected) in [
            ("", &[][..], Some("1.2.0")),
            ("*", &[], Some("1.2.0")),
            ("latest", &[], Some("1.2.0")),
            ("next", &[], Some("3.0.0-rc.1")),
            ("lost", &[], None),
            ("nope", &[], None),
            ("^1.0.0", &[], Some("1.2.0")),
            (">1.2.0 <2", &[], Some("1.3.0")),
            ("1.0.0", &[], Some("1.0.0")),
            ("^2", &[], Some("2.0.1")),
            ("2.1.0", &[], Some("2.1.0")),
            (">=2.0.2 <3", &[], Some("2.1.0")),
            ("^4", &[], Some("4.0.0")),
            ("^6", &[], None),
            ("^1.0.0", &["1.2.0", "1.3.0"], Some("1.0.0")),
            ("1.2.0", &["1.2.0"], None),
        ] {
            assert_eq!(picked(wanted, avoid).as_deref(), expected, "{wanted} {avoid:?}");
        }
    }

    #[test]
    fn another_package_is_refused() {
        let answer = Packument::parse(&b"{\"name\":\"y\"}"[..], &"x".parse().unwrap(), "u");
        assert!(matches!(answer, Err(FetchError::Confused { .. })));
    }
}
