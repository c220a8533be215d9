//! The line that a warning is about, found by the names in it.

use crate::problems;

/// A file, and a line of it from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// The place in a policy or in one of its packs; none where the warning is about none.
pub fn in_policy(warning: &str, file: &str, text: &str) -> Option<Place> {
    let packs = problems::packs(text);
    // What the packs hold was appended to the policy.
    let own = text.find("\n[[pack]]\n").and_then(|end| text.get(..end)).unwrap_or(text);
    let in_own = line(warning, own).map(|line| Place { file: file.to_owned(), line });
    in_own.or_else(|| {
        packs.into_iter().find_map(|(file, pack)| Some(Place { line: line(warning, &pack)?, file }))
    })
}

/// The line in one text.
pub fn line(warning: &str, text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let (subject, rest) = warning.split_once(": ").or_else(|| warning.split_once(' '))?;
    let section = section(subject, &lines)?;
    let within = |value: &&str| {
        let quoted = [format!("\"{value}\""), format!("'{value}'"), format!(" {value} = ")];
        let has = |at: &usize| {
            lines.get(*at).is_some_and(|line| {
                quoted.iter().any(|quoted| line.contains(quoted.as_str()))
                    || set(line, value).is_some()
            })
        };
        (section.start..section.end).find(has)
    };
    // Values and options stand between backticks.
    let named: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let found = named.iter().find_map(within);
    Some(found.unwrap_or(section.start).saturating_add(1))
}

/// The lines of what a warning is about: `rule `acme.x``, `suppress[2]`, `detector.rules.disable`, the name of a source.
fn section(subject: &str, lines: &[&str]) -> Option<std::ops::Range<usize>> {
    let is_header = |at: usize| lines.get(at).is_some_and(|line| line.starts_with('['));
    let starts = |name: &str| {
        let header = format!("[[{name}]]");
        lines
            .iter()
            .enumerate()
            .filter(move |(_, line)| line.starts_with(&header))
            .map(|(at, _)| at)
    };
    // To the next table of another kind: those below `[mapping.fields]` or `[[rule.example]]` belong to it.
    let whole = |start: usize, name: &str| {
        let below = [format!("[{name}."), format!("[[{name}.")];
        let ends = |at: &usize| {
            is_header(*at) && !below.iter().any(|below| lines[*at].starts_with(below.as_str()))
        };
        start..(start.saturating_add(1)..lines.len()).find(ends).unwrap_or(lines.len())
    };
    let with = |name: &str, key: &str, value: &str| {
        let is_it = |at: &usize| is_entry(lines[*at], key, value);
        starts(name)
            .map(|start| whole(start, name))
            .find(|range| range.clone().any(|at| is_it(&at)))
    };
    if let Some(id) = subject.strip_prefix("rule `").and_then(|rest| rest.strip_suffix('`')) {
        return with("rule", "id", id);
    }
    if let Some(rest) = subject.strip_prefix("route `") {
        return with("route", "name", rest.split('`').next().unwrap_or_default());
    }
    if let Some(ids) = subject.strip_prefix("exception for ") {
        let first = format!("\"{}\"", ids.split(',').next().unwrap_or_default());
        return starts("exception")
            .map(|start| whole(start, "exception"))
            .find(|range| range.clone().any(|at| lines[at].contains(&first)));
    }
    if subject.starts_with('[') {
        let (header, key) = subject.split_once("] ").unwrap_or((subject, ""));
        let header = header.trim_end_matches(']');
        let exact = [format!("{header}.{key}]"), format!("{header}]")];
        let is_it = |line: &&str| exact.iter().any(|exact| line.starts_with(exact.as_str()));
        let at = lines.iter().position(is_it)?;
        return Some(at..at.saturating_add(1));
    }
    if let Some((name, number)) = subject.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        let number: usize = number.parse().ok()?;
        let start = starts(name).nth(number.checked_sub(1)?)?;
        return Some(whole(start, name));
    }
    if let Some((name, key)) = subject.rsplit_once('.') {
        let header = format!("[{name}]");
        if let Some(start) = lines.iter().position(|line| line.starts_with(&header)) {
            let range = whole(start, name);
            let is_key = |at: &usize| set(lines[*at], key).is_some();
            if let Some(at) = range.clone().find(is_key) {
                return Some(at..range.end);
            }
        }
    }
    // A mapping, or a pack, whose source stands at its beginning.
    with("mapping", "source", subject).or_else(|| {
        let start = lines.iter().position(|line| is_entry(line, "source", subject))?;
        Some(start..lines.len())
    })
}

/// The text behind `key =`, if the line begins with that.
fn set<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    line.strip_prefix(key)?.trim_start().strip_prefix('=').map(str::trim_start)
}

fn is_entry(line: &str, key: &str, value: &str) -> bool {
    set(line, key).is_some_and(|rest| {
        [format!("\"{value}\""), format!("'{value}'")].iter().any(|quoted| rest.starts_with(quoted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;
    use auditward_core::policy_text::with_packs;

    #[test]
    fn each_warning_has_the_line_that_it_is_about() {
        let own = "packs = [\"app.toml\"]\n\n[detector.rules]\ndisable = [\"aws.nosuch-*\"]\n\n[[rule]]\nid = \"acme.one\"\ntitle = \"One\"\nwhen = { \"action.name\" = \"a\" }\n\n\
                   [[rule]]\nid = \"acme.two\"\ntitle = \"Two\"\nwhen = { \"action.name\" = \"a\", \"outcome.result\" = \"failed\" }\nwindow = \"10m\"\n\n\
                   [[suppress]]\ndetector = \"volume\"\ntarget = \"/health*\"\nuntil = 2126-01-01\nreason = \"x\"\n\n[[exception]]\nrules = [\"aws.nope\"]\nwhen = { \"actor.role\" = \"x\" }\n";
        let pack = "source = \"acme.app\"\nmatch = { app = \"x\" }\n\n[fields]\n\"actor.name\" = \"user\"\n\"action.class\" = { path = \"verb\", values = { \"^view\" = \"read\" } }\n";
        let text = with_packs(own, [("app.toml", pack)]);
        let policy = Policy::parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let warnings = crate::warnings::of_policy(&policy, &text).unwrap();
        let place = |part: &str| {
            let found = warnings.iter().find(|one| one.contains(part));
            let found = found.unwrap_or_else(|| panic!("{part} in {warnings:#?}"));
            in_policy(found, "p.toml", &text).map(|place| (place.file, place.line))
        };
        for (part, file, line) in [
            ("`aws.nosuch-*`", "p.toml", 4),
            ("`failed` in `outcome.result`", "p.toml", 14),
            ("`window` has no effect", "p.toml", 15),
            ("`/health*`", "p.toml", 19),
            ("no rule is called `aws.nope`", "p.toml", 24),
            ("`^view` is read as text", "app.toml", 6),
        ] {
            assert_eq!(place(part), Some((file.to_owned(), line)), "{part}");
        }
    }

    #[test]
    fn a_warning_about_no_line_has_none() {
        for warning in ["", "acme.none: x", "suppress[9]: x", "rule `acme.none`: x", "a: b: c"] {
            assert_eq!(line(warning, "[log]\nlevel = \"info\"\n"), None, "{warning}");
        }
    }
}
