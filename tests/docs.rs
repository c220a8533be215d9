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
            line(format_args!("**{heading}.** {text}\n"));
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

/// Each part of the tree that ARCHITECTURE.md names is there.
#[test]
fn the_architecture_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let named = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && !name.contains([' ', '<', '*', '{', ':']));
    let missing: Vec<&str> = named.filter(|name| !root.join(name).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:?}");
}
