//! `auditward module`: the files to drop into a pipeline.

use super::Outcome;
use crate::wording::{counted, table};
use crate::{MODULE, policy_dir, sigma, terminal};
use anyhow::{Context, Result, ensure};
use auditward_core::policy::Policy;
use auditward_core::policy_text::SIGMA_PACK;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Write auditward.wasm, a policy to start from, and checksums
#[derive(clap::Args)]
pub struct Arguments {
    /// Output directory, created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Overwrite an existing policy that differs
    #[arg(long)]
    force: bool,
}

const WASM: &str = "auditward.wasm";
const SUMS: &str = "SHA256SUMS";

/// Writes them.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let out = &arguments.out;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be created", out.display()))?;
    replace(&out.join(WASM), MODULE)?;
    // The policy is there to be edited: its checksum would be wrong by tomorrow.
    replace(&out.join(SUMS), format!("{}  {WASM}\n", hex(MODULE)).as_bytes())?;
    let policy = out.join(policy_dir::FILE);
    let is_kept = !write_policy(&policy, arguments.force)?;
    write_sigma(&policy, out)?;
    terminal::say(next(out, is_kept));
    Ok(Outcome::Fine)
}

/// Under another name first: a pipeline that starts right now sees the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("tmp");
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.with_context(|| {
        format!(
            "{} cannot be written: is the disk full, or the directory not yours?",
            path.display()
        )
    })
}

/// True if it was written: one that differs is the operator's own.
fn write_policy(path: &Path, force: bool) -> Result<bool> {
    let template = Policy::template();
    let differs = path.exists() && fs::read(path).map_or(true, |held| held != template.as_bytes());
    if differs && !force {
        return Ok(false);
    }
    replace(path, template.as_bytes())?;
    Ok(true)
}

/// The rules of `[[sigma]]`, compiled, beside the policy that asks for them: the module reads no YAML.
fn write_sigma(policy: &Path, out: &Path) -> Result<()> {
    let text = fs::read_to_string(policy)
        .with_context(|| format!("{} cannot be read as text", policy.display()))?;
    let Some(collection) = sigma::of_policy(&text, out)? else {
        return Ok(());
    };
    let path = out.join(SIGMA_PACK);
    let (compiled, refused) = collection.counts();
    ensure!(
        compiled > 0,
        "{} asks for Sigma rules by `[[sigma]]`, and none is used: `auditward sigma list --policy {0}` lists the reasons",
        policy.display()
    );
    replace(&path, collection.pack().as_bytes())?;
    terminal::say(format_args!(
        "{}   {compiled} Sigma rules compiled, {refused} refused; `auditward sigma list` gives the reasons",
        path.display()
    ));
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn next(out: &Path, is_kept: bool) -> String {
    let path = fs::canonicalize(out).unwrap_or_else(|_| out.to_owned());
    let path = path.display();
    let policy = if is_kept {
        "kept, because it differs from the template; --force overwrites it"
    } else {
        "every option with its default, commented out"
    };
    let rows = [
        (
            WASM,
            format!("{}, module {}", counted(MODULE.len() as u64, "byte"), auditward_core::VERSION),
        ),
        (policy_dir::FILE, policy.to_owned()),
        (SUMS, format!("for `sha256sum -c {SUMS}`")),
    ];
    let rows = rows.map(|(file, what)| vec![format!("{path}/{file}"), what]);
    format!(
        "{}\n\
         For Fluent Bit 4.2 or later, under `pipeline:` of its YAML configuration:\n\n\
         \x20 filters:\n\
         \x20   - name: wasm\n\
         \x20     match: '*'\n\
         \x20     wasm_path: {path}/{WASM}\n\
         \x20     function_name: audit_filter\n\
         \x20     accessible_paths: {path}\n\
         \x20     wasm_stack_size: 64K\n\n\
         The directory must be writable for Fluent Bit: state goes to {path}/state. For Vector and other shippers that send over HTTP: `auditward serve`.",
        table(&rows, 0),
    )
}
