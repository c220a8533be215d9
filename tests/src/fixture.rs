//! Fixtures: one input file each, with an optional policy beside it. No list names them.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// One input file and what belongs to it.
pub struct Fixture {
    /// `cloudtrail/typical`
    pub name: String,
    /// The input's path without its extension.
    stem: PathBuf,
    pub records: Vec<Vec<u8>>,
    pub policy: String,
}

/// A schema and layout that fixtures are run with.
pub struct Variant {
    /// As in the names of expected files.
    pub name: &'static str,
    schema: &'static str,
    layout: &'static str,
}

pub const AUDIT: Variant = Variant { name: "audit", schema: "audit", layout: "record" };
pub const ANNOTATE: Variant =
    Variant { name: "audit-annotate", schema: "audit", layout: "annotate" };
pub const ECS: Variant = Variant { name: "ecs", schema: "ecs", layout: "record" };

pub const OCSF: Variant = Variant { name: "ocsf", schema: "ocsf", layout: "record" };

/// Fixtures that are recorded as OCSF too: together they are of every class that it has. `tests/published.rs` looks at the OCSF of all of them.
const AS_OCSF: &[&str] = &[
    "cloudtrail/typical",
    "cloudtrail/brute-force",
    "cloudtrail/s3-anonymous",
    "http_access/lines",
    "mapping/crm",
    "plain/unknown",
    "plain/not-utf8",
    "ocsf/classes",
    "ocsf/findings",
];

/// The directory of all fixtures.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every fixture, in the order of their names.
pub fn all() -> Result<Vec<Fixture>> {
    let mut fixtures = Vec::new();
    for source in entries(&root())? {
        for path in entries(&source)? {
            fixtures.extend(read(&source, &path)?);
        }
    }
    Ok(fixtures)
}

/// Files below a directory, in a fixed order.
pub fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    let mut paths = listed.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}

/// Files of the built-in source packs of all groups, in the order of their names.
pub fn source_packs() -> Result<Vec<PathBuf>> {
    let groups = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin/packs/sources"))?;
    let mut files = Vec::new();
    for group in groups {
        files.extend(entries(&group)?);
    }
    files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    Ok(files)
}

fn read(source: &Path, path: &Path) -> Result<Option<Fixture>> {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    if !["json", "ndjson", "txt", "bin"].contains(&kind) {
        return Ok(None);
    }
    let stem = path.with_extension("");
    let part = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let records = match kind {
        "bin" => vec![bytes.clone()],
        "ndjson" => whole.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect(),
        _ => vec![whole.to_vec()],
    };
    let policy = fs::read_to_string(stem.with_extension("toml")).unwrap_or_default();
    Ok(Some(Fixture { name: format!("{}/{}", part(source), part(&stem)), stem, records, policy }))
}

impl Fixture {
    /// The variants it is run with.
    pub fn variants(&self) -> Vec<&'static Variant> {
        let mut variants = vec![&AUDIT, &ANNOTATE];
        if self.name.starts_with("cloudtrail/") || self.name.starts_with("mapping/") {
            variants.push(&ECS);
        }
        if AS_OCSF.contains(&self.name.as_str()) {
            variants.push(&OCSF);
        }
        variants
    }

    /// Where a variant's expected output is.
    pub fn expected(&self, variant: &Variant) -> PathBuf {
        let name = self.stem.file_name().unwrap_or_default().to_string_lossy();
        self.stem.with_file_name(format!("{name}.{}.out", variant.name))
    }

    /// Its policy with the variant's schema and layout.
    pub fn policy_for(&self, variant: &Variant) -> String {
        let ours =
            format!("[output]\nschema = \"{}\"\nlayout = \"{}\"\n", variant.schema, variant.layout);
        match self.policy.split_once("[output]\n") {
            Some((before, after)) => format!("{before}{ours}{after}"),
            None => format!("{}{ours}", self.policy),
        }
    }
}
