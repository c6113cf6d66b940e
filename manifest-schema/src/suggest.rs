//! "Did you mean".

/// Help that names the candidate nearest to `word`, or none if nothing is near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The candidate nearest to `word` that is near enough to be a slip: a third of its length, at most 3 steps, or
/// the same but for case and separators.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let ranked = candidates.into_iter().filter(|candidate| *candidate != word).map(|candidate| {
        let steps = if fold(candidate) == fold(word) { 0 } else { distance(word, candidate) };
        (steps, candidate)
    });
    ranked
        .min_by_key(|(steps, _)| *steps)
        .filter(|(steps, _)| *steps <= limit)
        .map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Edits plus swaps of neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut steps = substituted.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                steps = steps.min(before[j - 2] + 1);
            }
            row.push(steps);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["priority", "timeout", "onFailure", "mode", "on"];
        assert_eq!(nearest("prioritty", keys), Some("priority"));
        assert_eq!(nearest("tiemout", keys), Some("timeout"));
        assert_eq!(nearest("on_failure", keys), Some("onFailure"));
        assert_eq!(nearest("no", keys), Some("on"));
        assert_eq!(nearest("banana", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest(&"x".repeat(1000), keys), None);
    }
}
