//! Every example of every built-in pack through every interface, field by field.

use anyhow::{Context, Result, ensure};
use auditward::mode::{Factory, Kind, Mode};
use auditward::pack::{self, Example, Pack};
use auditward_tests::fixture;
use libtest_mimic::{Arguments, Failed, Trial};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::process::ExitCode;
use std::sync::Arc;

/// A test of a pack, through the interfaces that it asks for.
type Test = fn(&Pack, &[(Kind, Factory)]) -> Result<()>;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let kinds: Arc<Vec<(Kind, Factory)>> = Arc::new(
        Kind::ALL
            .into_iter()
            .map(|kind| Ok((kind, Factory::new(kind, false)?)))
            .collect::<Result<_>>()?,
    );
    let mut trials = Vec::new();
    for path in fixture::source_packs()? {
        let pack = Arc::new(Pack::read(&path)?);
        let mut trial = |title: &str, test: Test| {
            let (pack, kinds) = (pack.clone(), kinds.clone());
            trials.push(Trial::test(format!("{}: {title}", pack.source), move || {
                test(&pack, &kinds).map_err(|error| Failed::from(format!("{error:#}")))
            }));
        };
        trial("five examples", |pack, _| {
            ensure!(pack.examples.len() >= 5, "{} examples", pack.examples.len());
            Ok(())
        });
        trial("its examples are as it says", |pack, kinds| {
            for kind in kinds {
                ensure_each(pack, kind, Example::differences).with_context(|| kind.0.name())?;
            }
            Ok(())
        });
        trial("its examples are no other source's", |pack, kinds| {
            let native =
                kinds.iter().find(|(kind, _)| *kind == Kind::Native).context("an interface")?;
            ensure_each(pack, native, |example, mode| not_own(pack, example, mode))
        });
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

thread_local! {
    /// One instance for each interface: it takes as long to start as to read thousands of examples.
    static SHARED: RefCell<BTreeMap<&'static str, Box<dyn Mode>>> = const { RefCell::new(BTreeMap::new()) };
}

/// An example that the shared instance reads otherwise than it says is tried by an instance of its own: what the examples before it left behind is no fault.
fn ensure_each(
    pack: &Pack,
    (kind, factory): &(Kind, Factory),
    wrong: impl Fn(&Example, &mut dyn Mode) -> Result<Vec<String>>,
) -> Result<()> {
    let mut all = String::new();
    for example in &pack.examples {
        let is_wrong = SHARED.with_borrow_mut(|shared| {
            let mode = match shared.entry(kind.name()) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(place) => place.insert(pack::open(factory, None)?),
            };
            anyhow::Ok(!wrong(example, mode.as_mut())?.is_empty())
        })?;
        if is_wrong {
            for difference in wrong(example, pack::open(factory, None)?.as_mut())? {
                all.push_str(&format!("\n{}: {difference}", example.title));
            }
        }
    }
    ensure!(all.is_empty(), "{all}");
    Ok(())
}

/// As which other sources the example is recognised without a tag.
fn not_own(pack: &Pack, example: &Example, mode: &mut dyn Mode) -> Result<Vec<String>> {
    // What is cut off need not be anybody's.
    if example.expect.is_empty() {
        return Ok(Vec::new());
    }
    // An example of a record that looks alike says whose it is.
    let own = example.expect.get("source").and_then(toml::Value::as_str).unwrap_or(&pack.source);
    let found = example.sources(mode)?;
    let others = found.iter().filter(|found| found.as_deref() != Some(own));
    Ok(others.map(|found| format!("recognised as {found:?}")).collect())
}
