//! Every example of every built-in pack through every interface, field by field.

use anyhow::{Context, Result, ensure};
use auditward::mode::{Factory, Kind};
use auditward::pack::Pack;
use auditward_tests::fixture;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::Arc;

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
        let pack = Pack::read(&path)?;
        let (name, count) = (pack.source.clone(), pack.examples.len());
        trials
            .push(Trial::test(format!("{name}: five examples"), move || Ok(ensure_enough(count)?)));
        for example in pack.examples {
            let kinds = kinds.clone();
            // What is cut off need not be anybody's.
            if !example.expect.is_empty() {
                let (kinds, example) = (kinds.clone(), example.clone());
                // An example of a record that looks alike says whose it is.
                let own = example.expect.get("source").and_then(toml::Value::as_str);
                let name = own.unwrap_or(&name).to_owned();
                let title = format!("{}: {} is no other source's", pack.source, example.title);
                trials.push(Trial::test(title, move || {
                    let (_, factory) = kinds
                        .iter()
                        .find(|(kind, _)| *kind == Kind::Native)
                        .ok_or("no native interface")?;
                    Ok(ensure_own(&name, &example.sources(factory)?)?)
                }));
            }
            trials.push(Trial::test(format!("{name}: {}", example.title), move || {
                for (kind, factory) in kinds.iter() {
                    let differences = example.differences(factory, None)?;
                    ensure_equal(&differences).with_context(|| kind.name())?;
                }
                Ok(())
            }));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn ensure_enough(examples: usize) -> Result<()> {
    ensure!(examples >= 5, "{examples} examples");
    Ok(())
}

/// Without a tag, no other pack takes the example for its own.
fn ensure_own(source: &str, found: &[Option<String>]) -> Result<()> {
    for found in found {
        ensure!(found.as_deref() == Some(source), "recognised as {found:?}");
    }
    Ok(())
}

fn ensure_equal(differences: &[String]) -> Result<()> {
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}
