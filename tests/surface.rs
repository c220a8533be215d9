//! Interface of the module to hosts: imports, exports, size, its own description. A change here changes what users must set up.

use anyhow::Result;
use auditward::MODULE;
use auditward::mode::component::Compiled;
use auditward::mode::{Factory, Input, Kind, Mode, Setup};
use auditward_core::event::Field;
use auditward_core::note::Note;
use auditward_core::{describe, detector, schema, source};
use auditward_tests::{NOW, answer, failed_login, typical};
use serde_json::Value;
use std::collections::BTreeSet;
use wasmtime::{Config, Engine, Extern, ExternType, Linker, Module, Store};

/// All of them functions of WASI preview 1, which Fluent Bit's WAMR has.
const IMPORTS: &[&str] = &[
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_filestat_get",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_read",
    "fd_readdir",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_open",
    "path_rename",
    "path_unlink_file",
    "proc_exit",
    "random_get",
];

const EXPORTS: &[&str] = &[
    "_initialize",
    "audit_filter",
    "auditward:filter/audit@0.1.0#configure",
    "auditward:filter/audit@0.1.0#describe",
    "auditward:filter/audit@0.1.0#process",
    "auditward:filter/audit@0.1.0#process-batch",
    "auditward:filter/audit@0.1.0#restore",
    "auditward:filter/audit@0.1.0#snapshot",
    "auditward:filter/audit@0.1.0#status",
    "cabi_post_auditward:filter/audit@0.1.0#configure",
    "cabi_post_auditward:filter/audit@0.1.0#describe",
    "cabi_post_auditward:filter/audit@0.1.0#process",
    "cabi_post_auditward:filter/audit@0.1.0#process-batch",
    "cabi_post_auditward:filter/audit@0.1.0#restore",
    "cabi_post_auditward:filter/audit@0.1.0#snapshot",
    "cabi_post_auditward:filter/audit@0.1.0#status",
    "cabi_realloc",
    "calloc",
    "free",
    "malloc",
    "memory",
    "realloc",
];

fn module() -> Module {
    let mut config = Config::new();
    // As WAMR has them: no SIMD.
    config.wasm_relaxed_simd(false).wasm_simd(false);
    Module::new(&Engine::new(&config).unwrap(), MODULE).unwrap()
}

#[test]
fn it_imports_wasi_preview_1_and_nothing_else() {
    let module = module();
    let imports: BTreeSet<&str> = module.imports().map(|import| import.name()).collect();
    assert!(module.imports().all(|import| import.module() == "wasi_snapshot_preview1"
        && matches!(import.ty(), ExternType::Func(_))));
    assert_eq!(imports.into_iter().collect::<Vec<_>>(), IMPORTS);
}

#[test]
fn it_exports_both_interfaces() {
    // wit-bindgen appends its version to one name.
    let is_versioned = |name: &str| name.starts_with("cabi_realloc_wit_bindgen_");
    let module = module();
    let exports: BTreeSet<&str> =
        module.exports().map(|export| export.name()).filter(|name| !is_versioned(name)).collect();
    assert_eq!(exports.into_iter().collect::<Vec<_>>(), EXPORTS);
}

#[test]
fn the_filter_function_has_fluent_bits_type() {
    let module = module();
    let Some(ExternType::Func(filter)) = module.get_export("audit_filter") else {
        panic!("audit_filter is a function")
    };
    assert_eq!((filter.params().len(), filter.results().len()), (6, 1));
    assert!(filter.params().chain(filter.results()).all(|kind| kind.is_i32()));
}

#[test]
fn it_stays_small() {
    assert!(MODULE.len() < 2_800_000, "{} bytes", MODULE.len());
}

#[test]
fn it_names_no_path_of_the_machine_it_was_built_on() {
    for needle in [env!("CARGO_MANIFEST_DIR").as_bytes(), b"/.cargo/registry", b"/rustc/"] {
        let found = MODULE.windows(needle.len()).position(|part| part == needle);
        let around = found.map(|at| {
            String::from_utf8_lossy(&MODULE[at..(at + 100).min(MODULE.len())]).into_owned()
        });
        // The standard library's own paths are the same on every machine.
        assert!(found.is_none() || needle == b"/rustc/", "{around:?}");
    }
}

#[test]
fn its_description_lists_every_registry() {
    let mut mode = Compiled::new(false).unwrap().open(&Setup::default()).unwrap();
    let described = mode.describe().unwrap();
    assert_eq!(described.as_bytes(), describe::describe());
    let description: Value = serde_json::from_str(&described).unwrap();
    let ids = |list: &str| -> Vec<String> {
        let items = description[list].as_array().unwrap();
        assert!(
            items
                .iter()
                .all(|item| item["summary"].as_str().is_some_and(|summary| !summary.is_empty())),
            "{list}"
        );
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("sources"), source::ALL.iter().map(|source| source.id).collect::<Vec<_>>());
    assert_eq!(
        ids("detectors"),
        detector::ALL.iter().map(|detector| detector.id).collect::<Vec<_>>()
    );
    assert_eq!(ids("schemas"), schema::ALL.iter().map(|schema| schema.id).collect::<Vec<_>>());
    assert_eq!(ids("fields"), Field::ALL.iter().map(|field| field.path()).collect::<Vec<_>>());
    assert_eq!(ids("notes"), Note::ALL.iter().map(|note| note.id()).collect::<Vec<_>>());
    assert_eq!(description["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn ids_are_told_apart() {
    let ids: Vec<&str> = detector::ALL
        .iter()
        .map(|detector| detector.id)
        .chain(source::ALL.iter().map(|source| source.id))
        .chain(schema::ALL.iter().map(|schema| schema.id))
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert_eq!(schema::ALL.iter().map(|schema| schema.id).collect::<Vec<_>>(), schema::IDS);
}

#[test]
fn either_interface_may_be_the_first() -> Result<()> {
    let record = typical(1);
    let mut answers = Vec::new();
    for kind in [Kind::Raw, Kind::Component] {
        let mut mode =
            Factory::new(kind, false)?.open(&Setup { now_ms: Some(NOW), ..Setup::default() })?;
        answers.push(mode.process(Input {
            tag: "",
            time_ms: NOW,
            nonce: 0,
            bytes: record.as_bytes(),
        })?);
    }
    assert_eq!(answers[0], answers[1]);
    let mut mode = Compiled::new(false)?.open(&Setup { now_ms: Some(NOW), ..Setup::default() })?;
    let snapshot = mode.snapshot()?;
    assert_eq!(mode.restore(&snapshot)?, Ok(()));
    assert!(mode.restore(b"other")?.is_err());
    assert_eq!(mode.restore(b"")?, Ok(()));
    assert_eq!(
        mode.configure("[output]\nlayout = \"annotate\"\n")?.map_err(|problems| problems.len()),
        Ok(())
    );
    assert_eq!(
        mode.configure("[output]\nlayout = 5\nkey = 6\n")?.map_err(|problems| problems.len()),
        Err(2)
    );
    // The same records in a batch and one by one; an empty one among them.
    let records = [record.as_bytes(), b"", b"{\"no\":1}", record.as_bytes()];
    let batch = mode.process_batch("t", NOW, records.iter().map(|&record| (5, record)))?;
    mode.restore(b"")?.map_err(anyhow::Error::msg)?;
    let singles: Vec<Vec<u8>> = records
        .into_iter()
        .map(|bytes| Ok(mode.process(Input { tag: "t", time_ms: NOW, nonce: 5, bytes })?))
        .collect::<Result<_>>()?;
    assert_eq!(batch.iter().map(|answer| answer.line).collect::<Vec<_>>(), singles);
    assert!(
        singles
            .iter()
            .all(|out| answer::object(out, 16).is_ok_and(|object| object.contains_key("audit")))
    );
    Ok(())
}

#[test]
fn a_batch_tells_which_of_its_answers_bear_findings() -> Result<()> {
    let mut records: Vec<String> =
        (0..12).map(|number| failed_login("ops", "203.0.113.9", number, number)).collect();
    records.insert(3, typical(1));
    records.push("{\"anomaly\":{}}".into());
    let mut mode = Compiled::new(false)?.open(&Setup { now_ms: Some(NOW), ..Setup::default() })?;
    let answers = mode.process_batch("", NOW, (0..).zip(records.iter().map(String::as_bytes)))?;
    let flagged: Vec<bool> = answers.iter().map(|answer| answer.is_flagged).collect();
    let found: Vec<bool> = answers
        .iter()
        .map(|answer| Ok(!answer::findings(&answer::object(answer.line, 16)?).is_empty()))
        .collect::<Result<_>>()?;
    assert_eq!(flagged, found);
    assert_eq!((flagged.contains(&true), flagged[0], flagged.last()), (true, false, Some(&false)));
    Ok(())
}

/// WAMR calls `_initialize`; a host that does not, or does so twice, gets the same.
#[test]
fn constructors_run_once_whoever_asks() -> Result<()> {
    for calls in 0..3 {
        let module = module();
        let mut store = Store::new(module.engine(), ());
        // Stand-ins for WASI: no files, no environment, time and chance are 0.
        let mut linker: Linker<()> = Linker::new(module.engine());
        for import in module.imports() {
            if let ExternType::Func(kind) = import.ty() {
                const BAD_DESCRIPTOR: i32 = 8;
                let is_environment = import.name() == "environ_sizes_get";
                let errno = if is_environment
                    || ["random_get", "clock_time_get"].contains(&import.name())
                {
                    0
                } else {
                    BAD_DESCRIPTOR
                };
                linker.func_new(
                    import.module(),
                    import.name(),
                    kind,
                    move |mut caller, arguments, results| {
                        if let (true, Some(Extern::Memory(memory))) =
                            (is_environment, caller.get_export("memory"))
                        {
                            for at in arguments.iter().filter_map(wasmtime::Val::i32) {
                                memory.write(&mut caller, at as usize, &[0; 4])?;
                            }
                        }
                        results.iter_mut().for_each(|result| *result = wasmtime::Val::I32(errno));
                        Ok(())
                    },
                )?;
            }
        }
        let instance = linker.instantiate(&mut store, &module)?;
        let initialize = instance.get_typed_func::<(), ()>(&mut store, "_initialize")?;
        for _ in 0..calls {
            initialize.call(&mut store, ())?;
        }
        let filter = instance
            .get_typed_func::<(i32, i32, i32, i32, i32, i32), i32>(&mut store, "audit_filter")?;
        assert_ne!(filter.call(&mut store, (0, 0, 0, 0, 0, 0))?, 0, "{calls} calls");
    }
    Ok(())
}
