//! Builds the plugin for `wasm32-wasip1` and lifts it to a component; both are embedded, so that one binary carries the module it was made with.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const TARGET: &str = "wasm32-wasip1";

fn main() -> Result<()> {
    let workspace = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?)
        .parent()
        .context("the workspace")?
        .to_owned();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for path in ["plugin", "wit", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed=../{path}");
    }
    println!("cargo::rerun-if-env-changed=AUDITWARD_WASM");
    let sources = workspace.join("plugin/packs/sources");
    let groups: Vec<String> = groups(&sources)?.into_iter().map(|(group, _)| group).collect();
    let module = match env::var_os("AUDITWARD_WASM") {
        Some(path) => fs::read(&path)
            .with_context(|| format!("AUDITWARD_WASM names {}", Path::new(&path).display()))?,
        None => build(&workspace, &out, &groups)?,
    };
    let adapter = wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
    let component = wit_component::ComponentEncoder::default()
        .module(&module)?
        .adapter("wasi_snapshot_preview1", adapter)?
        .validate(true)
        .encode()?;
    let rules = workspace.join("plugin/packs/rules");
    for (file, folder) in [("source_packs.rs", &sources), ("rule_packs.rs", &rules)] {
        fs::write(out.join(file), format!("{:?}", packs(folder)?))?;
    }
    fs::write(out.join("auditward.wasm"), module)?;
    fs::write(out.join("auditward.component.wasm"), component)?;
    Ok(())
}

include!("../plugin/packs/groups.rs");

/// Builds the module in a target directory of its own: cargo holds the lock of the one it was called for.
fn build(workspace: &Path, out: &Path, groups: &[String]) -> Result<Vec<u8>> {
    ensure_target()?;
    let target_dir = out.join("module");
    // Paths of this machine stay out of the module: it is the same wherever it is built.
    let home = env::var("CARGO_HOME")
        .or_else(|_| env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let paths = [
        format!("--remap-path-prefix={home}=cargo"),
        format!("--remap-path-prefix={}=auditward", workspace.display()),
    ];
    // Loop strength reduction shares one index among several bases, after which offsets no longer fold into loads: 5 % more operations.
    // Less is written out in place than at opt-level 3: an eighth smaller for 1 % more operations; the hot path says itself what belongs in place.
    // The linker leaves five bytes for every number that it fills in: written at their length, the module is a thirtieth smaller.
    let code = [
        "-Cllvm-args=-disable-lsr",
        "-Cllvm-args=-inline-threshold=100",
        "-Clink-arg=--compress-relocations",
    ];
    let flags = [&paths[..], &code.map(str::to_owned)].concat().join("\x1f");
    let status = Command::new(env::var_os("CARGO").context("cargo")?)
        .current_dir(workspace)
        .args([
            "build",
            "--package",
            "auditward-plugin",
            "--target",
            TARGET,
            "--profile",
            "plugin",
            "--no-default-features",
            "--features",
            &groups.join(","),
            "--target-dir",
        ])
        .arg(&target_dir)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .status()
        .context("running cargo")?;
    ensure!(status.success(), "the plugin did not build for {TARGET}; what went wrong is above");
    let module = target_dir.join(TARGET).join("plugin").join("auditward_plugin.wasm");
    fs::read(&module).with_context(|| module.display().to_string())
}

/// Adds the wasm target where rustup can; says how where it cannot.
fn ensure_target() -> Result<()> {
    let rustc = env::var_os("RUSTC").context("rustc")?;
    let sysroot =
        Command::new(rustc).args(["--print", "sysroot"]).output().context("running rustc")?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim());
    let is_there = || sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir();
    if is_there() {
        return Ok(());
    }
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status()
        .is_ok_and(|status| status.success());
    if !(added && is_there()) {
        bail!(
            "the Rust target {TARGET} is missing, which the filter is compiled for.\n\n    Add it with:  rustup target add {TARGET}\n"
        );
    }
    Ok(())
}
