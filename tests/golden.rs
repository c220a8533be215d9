//! Every fixture through every interface: equal bytes among them, and equal to what is recorded beside the input. `BLESS=1` records anew.

use anyhow::{Context, Result, bail, ensure};
use auditward::mode::{Factory, Input, Kind, Setup};
use auditward_tests::NOW;
use auditward_tests::fixture::{self, Fixture, Variant};
use libtest_mimic::{Arguments, Trial};
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let interfaces: Arc<Vec<(Kind, Factory)>> = Arc::new(
        Kind::ALL
            .into_iter()
            .map(|kind| Ok((kind, Factory::new(kind, false)?)))
            .collect::<Result<_>>()?,
    );
    let mut trials = vec![Trial::test("every expected file has its input", || Ok(no_orphans()?))];
    for fixture in fixture::all()? {
        let fixture = Arc::new(fixture);
        for variant in fixture.variants() {
            let (fixture, interfaces) = (fixture.clone(), interfaces.clone());
            trials.push(Trial::test(format!("{}.{}", fixture.name, variant.name), move || {
                Ok(run(&fixture, variant, &interfaces)?)
            }));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn run(fixture: &Fixture, variant: &Variant, interfaces: &[(Kind, Factory)]) -> Result<()> {
    let setup = Setup {
        policy: Some(fixture.policy_for(variant)),
        seed: 7,
        is_marking: true,
        now_ms: Some(NOW),
        ..Setup::default()
    };
    let mut answers = interfaces.iter().map(|(kind, factory)| -> Result<_> {
        Ok((kind, answers(factory, &setup, fixture).context(kind.name())?))
    });
    let (_, native) = answers.next().context("there is a first interface")??;
    for other in answers {
        let (kind, answer) = other?;
        same(&native, &answer)
            .with_context(|| format!("native (-) and {} (+) differ", kind.name()))?;
    }
    let path = fixture.expected(variant);
    if std::env::var_os("BLESS").is_some() {
        return fs::write(&path, &native).with_context(|| path.display().to_string());
    }
    let expected = fs::read_to_string(&path)
        .with_context(|| format!("{}: record it with BLESS=1", path.display()))?;
    same(&expected, &native).context("recorded (-) and answered (+) differ; BLESS=1 records anew")
}

/// The answers as lines.
fn answers(factory: &Factory, setup: &Setup, fixture: &Fixture) -> Result<String> {
    let mut mode = factory.open(setup)?;
    let mut text = String::new();
    for record in &fixture.records {
        let answer = mode.process(Input { tag: "test", time_ms: NOW, nonce: 0, bytes: record })?;
        text.push_str(std::str::from_utf8(&answer).context("the answer is UTF-8")?);
        text.push('\n');
    }
    Ok(text)
}

fn same(one: &str, other: &str) -> Result<()> {
    ensure!(
        one.lines().count() == other.lines().count(),
        "{} lines and {}",
        one.lines().count(),
        other.lines().count()
    );
    for (number, (one, other)) in one.lines().zip(other.lines()).enumerate() {
        if one != other {
            bail!("line {}:\n- {one}\n+ {other}", number + 1);
        }
    }
    Ok(())
}

/// An input that was renamed leaves its expectations behind.
fn no_orphans() -> Result<()> {
    let known: Vec<_> = fixture::all()?
        .iter()
        .flat_map(|fixture| {
            fixture
                .variants()
                .into_iter()
                .map(|variant| fixture.expected(variant))
                .collect::<Vec<_>>()
        })
        .collect();
    for source in fixture::entries(&fixture::root())? {
        for path in fixture::entries(&source)? {
            let is_expected = path.extension().is_some_and(|kind| kind == "out");
            ensure!(
                !is_expected || known.contains(&path),
                "{} belongs to no input",
                path.display()
            );
        }
    }
    Ok(())
}
