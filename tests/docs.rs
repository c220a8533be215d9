//! The reference is written from the lists in the code; it is committed, and this test fails when it is outdated. `BLESS=1` regenerates it.

use auditward_core::event::Field;
use auditward_core::note::Note;
use auditward_core::option::Opt;
use auditward_core::policy::{Policy, preset};
use auditward_core::policy_text::{SECTIONS, mapping};
use auditward_core::{detector, schema, source};
use std::fmt::Write;
use std::path::Path;

fn reference() -> String {
    let mut text = String::from(
        "# Reference\n\nGenerated from the code with `BLESS=1 cargo test -p auditward-tests --test docs`; do not edit.\n",
    );
    let mut line =
        |args: std::fmt::Arguments<'_>| writeln!(text, "{args}").expect("writing to a string");
    line(format_args!("\n## Sources\n\n| id | reads |\n|---|---|"));
    for source in source::ALL {
        line(format_args!("| `{}` | {}. {} |", source.id, source.summary, source.doc));
    }
    line(format_args!("\n## Detectors"));
    line(format_args!(
        "\nAn origin is the address of the client. All addresses of a global IPv6 /64 are one origin, named by the /64, because a client usually controls its whole /64. \
         If a sign-in or request has a host name but no address, the host name is its origin."
    ));
    for spec in detector::ALL {
        line(format_args!("\n### `{}`\n\n{} ATT&CK {}.\n", spec.id, spec.summary, spec.technique));
        for (heading, text) in auditward::command::explain::parts(spec.doc) {
            line(format_args!(
                "**{heading}.** {}\n",
                auditward::wording::paragraphs(&text, auditward::command::explain::PARAGRAPH)
                    .join("\n\n")
            ));
        }
        line(format_args!("`[detector.{}]`\n", spec.id));
        options(spec.options, &mut line);
    }
    line(format_args!("\n## Policy"));
    line(format_args!("\n### `{}`\n\n{}\n\n| preset | |\n|---|---|", preset::KEY, preset::DOC));
    for preset in preset::ALL {
        line(format_args!("| `{}` | {} |", preset.id, preset.summary()));
    }
    for section in SECTIONS {
        let name = if section.is_many {
            format!("[[{}]]", section.name)
        } else {
            format!("[{}]", section.name)
        };
        line(format_args!("\n### `{name}`\n\n{}\n", section.doc));
        options(section.options, &mut line);
    }
    line(format_args!(
        "\n### `[[mapping]]`\n\nA source of your own.\n\n```toml\n{}```\n",
        mapping::EXAMPLE
    ));
    for paragraph in auditward::command::explain::of_mappings() {
        line(format_args!("- {paragraph}"));
    }
    line(format_args!("\n## Schemas\n\n| id | |\n|---|---|"));
    for schema in schema::ALL {
        line(format_args!("| `{}` | {}. {} |", schema.id, schema.summary, schema.doc));
    }
    line(format_args!("\n## Fields\n\n| field | holds |\n|---|---|"));
    for field in Field::ALL {
        line(format_args!("| `{}` | {} |", field.path(), field.doc()));
    }
    line(format_args!(
        "\n## Flags\n\nThe words in `notes` of a record.\n\n| flag | means |\n|---|---|"
    ));
    for note in Note::ALL {
        line(format_args!("| `{}` | {} |", note.id(), note.doc()));
    }
    text
}

fn options(options: &[Opt], line: &mut impl FnMut(std::fmt::Arguments<'_>)) {
    line(format_args!("| option | default | takes | |\n|---|---|---|---|"));
    for option in options {
        line(format_args!(
            "| `{}` | `{}` | {} | {} |",
            option.key,
            option.default,
            option.kind.expected(),
            option.doc
        ));
    }
}

fn is_fresh(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, expected).expect("writing the reference");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is stale: BLESS=1 cargo test -p auditward-tests --test docs writes it anew",
        path.display()
    );
}

/// The part of a page between its markers, written anew.
fn is_fresh_part(path: &str, name: &str, expected: &str) {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let page = std::fs::read_to_string(file).expect("the page");
    let parts = page.split_once(&start).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.unwrap_or_else(|| panic!("{path} has no part {name}"));
    is_fresh(path, &format!("{before}{start}{expected}{end}{after}"));
}

/// Operations of kinds of records, as recorded.
fn costs() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.toml");
    let recorded: toml::Table =
        std::fs::read_to_string(path).expect("counts").parse().expect("TOML");
    let mut text = String::from("| record | operations |\n|---|---|\n");
    for (kind, name) in [
        ("stream-mixed", "mean of a mixed stream: CloudTrail, sign-ins, access logs, mapped JSON"),
        ("stream-cloudtrail", "mean of a stream of CloudTrail records"),
        ("typical", "one kind of CloudTrail record of 584 bytes, again and again"),
        ("combined", "one kind of access log line of 209 bytes, again and again"),
        ("sshd-accepted", "an accepted login, again and again"),
    ] {
        let operations = recorded[kind]["operations"].as_integer().expect("a number");
        let thousands = (operations + 500) / 1000;
        writeln!(text, "| {name} | {thousands},000 |").expect("writing to a string");
    }
    text
}

#[test]
fn the_costs_in_the_readme_are_those_recorded() {
    is_fresh_part("README.md", "costs", &costs());
}

#[test]
fn the_readme_has_the_numbers_of_packs_and_rules() {
    let readme = include_str!("../README.md");
    let packs = format!("; {} more as [packs]", auditward_core::pack::built_in().len());
    assert!(readme.contains(&packs), "README.md, `sources`, lacks `{packs}`");
    let rules =
        auditward::rule_pack::all().expect("the built-in packs can be read").len() / 100 * 100;
    let rules = format!("[over {} rules]", auditward::wording::grouped(rules as u64));
    assert!(readme.contains(&rules), "README.md, `detectors`, lacks `{rules}`");
}

#[test]
fn the_reference_is_fresh() {
    is_fresh("docs/reference.md", &reference());
}

#[test]
fn the_policy_to_start_from_is_fresh() {
    is_fresh("docs/auditward.toml", &Policy::template());
}

#[test]
fn the_list_of_sources_is_fresh() {
    is_fresh(
        "docs/sources.md",
        &auditward::source_list::markdown().expect("the built-in packs can be read"),
    );
}

#[test]
fn the_list_of_rules_is_fresh() {
    is_fresh(
        "docs/rules.md",
        &auditward::rule_pack::markdown().expect("the built-in packs can be read"),
    );
}

/// The pages that describe the design, each with its text.
fn design() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = std::fs::read_dir(root.join("docs/design")).expect("docs/design");
    let names = pages.map(|page| page.expect("a page").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names.map(|name| format!("docs/design/{name}")).collect();
    names.push("ARCHITECTURE.md".to_owned());
    names.sort();
    let read = |name: &String| std::fs::read_to_string(root.join(name)).expect("the page");
    names.iter().map(|name| (name.clone(), read(name))).collect()
}

/// Each part of the tree that the pages on the design name is there.
#[test]
fn the_architecture_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (page, text) in design() {
        let named = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains('/') && !name.contains([' ', '<', '*', '{', ':']));
        let missing: Vec<&str> = named.filter(|name| !root.join(name).exists()).collect();
        assert!(missing.is_empty(), "{page} names what is not there: {missing:?}");
    }
}

/// A newcomer can scan the pages on the design: no paragraph, list item or row is longer than this.
#[test]
fn the_architecture_has_no_walls_of_text() {
    const MOST: usize = 800;
    for (page, text) in design() {
        for (number, line) in (1..).zip(text.lines()) {
            let length = line.chars().count();
            assert!(
                length <= MOST,
                "{page}:{number}: {length} characters in one paragraph; divide it"
            );
        }
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

fn markdown_below(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "fuzz"].contains(&name.as_str()) {
            markdown_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// Every link between the pages leads to a file that is there, and to a heading that it has.
#[test]
fn links_between_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages: Vec<std::path::PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]
            .map(|name| root.join(name))
            .to_vec();
    markdown_below(&root.join("docs"), &mut pages);
    markdown_below(&root.join("examples"), &mut pages);
    let mut broken = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a page");
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for target in targets.filter(|target| !target.contains("://") && !target.contains(' ')) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => page.clone(),
                file => page.parent().expect("a directory").join(file),
            };
            let headings = || std::fs::read_to_string(&file).unwrap_or_default();
            let leads = file.exists()
                && (heading.is_empty()
                    || headings()
                        .lines()
                        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '))
                        .any(|line| anchor(line) == heading));
            if !leads {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}
