//! Names that are alike: the one that was probably meant by a name that is not known.

/// The candidate that was probably meant, whatever the letters' case: at most a third of it is otherwise.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let name = name.to_lowercase();
    let near = candidates
        .into_iter()
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate))
        .min()?;
    (near.0 <= near.1.len().max(3) / 3).then_some(near.1)
}

/// How many letters must be added, taken away, changed or swapped with their neighbour to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(64).collect(), to.chars().take(64).collect());
    let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, b) in to.iter().enumerate() {
            let changed = at(&last, j).saturating_add(usize::from(a != b));
            let mut least = changed
                .min(at(&last, j.saturating_add(1)).saturating_add(1))
                .min(at(&row, j).saturating_add(1));
            if let (Some(i), Some(j)) = (i.checked_sub(1), j.checked_sub(1))
                && from.get(i) == Some(b)
                && to.get(j) == Some(a)
            {
                least = least.min(at(&before_last, j).saturating_add(1));
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        for (word, wanted) in [
            ("brute-forse", Some("brute-force")),
            ("LAET", Some("late")),
            ("something else", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, ["brute-force", "late"]), wanted, "{word}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, n) in [
            ("", "abc", 3),
            ("layuot", "layout", 1),
            ("schema", "schema", 0),
            ("schem", "schema", 1),
            ("x", "y", 1),
        ] {
            assert_eq!(distance(a, b), n, "{a} {b}");
        }
    }
}
