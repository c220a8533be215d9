//! `auditward replay`: what the filter makes of a log, one JSON object for each line.

mod output;

use super::Outcome;
use crate::calendar::{self, rfc3339};
use crate::clock::{self, Live, Times, better_order};
use crate::evaluated::Reader;
use crate::filter::Filter;
use crate::format::{Division, Format};
use crate::input_file::{Content, Given, InputFile, Stream};
use crate::mode::{Input, Kind, Setup, native};
use crate::policy_file::{self, PolicyFile};
use crate::reach::Reach;
use crate::report::{self, Basis, Gathered, Heading};
use crate::routes::Routes;
use crate::summary::Summary;
use crate::terminal;
use crate::unrecognised::Unrecognised;
use crate::wording::{alike, counted};
use crate::{alert_lines, logs, output as paths, profile};
use anyhow::{Context, Result, anyhow, bail};
use auditward_core::mapping::Mapping;
use auditward_core::pattern::Patterns;
use auditward_core::policy::{Policy, Route};
use auditward_core::severity::Severity;
use auditward_core::time::Millis;
use auditward_core::{schema, source};
use clap::builder::PossibleValuesParser;
use indicatif::ProgressBar;
use output::{Alerts, Output};
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Replay logs through the filter and write one JSON object per record, in order
///
/// A summary goes to standard error. Findings do not change the exit status.
#[derive(clap::Args)]
pub struct Arguments {
    /// Log files, and directories of them, whose files are read in the order of their first times; `-` or no file is standard input. One record per line, or
    /// JSON: an array, an object that holds a list of records, values over several lines. UTF-8 or UTF-16, plain or compressed with gzip or zstd
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Policy file (auditward.toml); without it, defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Schema of the output; overrides the policy
    #[arg(long, value_parser = PossibleValuesParser::new(schema::IDS.iter().copied()))]
    schema: Option<String>,
    /// Layout of the output; overrides the policy
    #[arg(long, value_parser = PossibleValuesParser::new(["record", "annotate"]))]
    layout: Option<String>,
    /// Expected source of all records; the summary counts records of other sources
    #[arg(long)]
    source: Option<String>,
    /// Tag assigned to all records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    tag: String,
    /// Split a record that holds several: a JSON array, an object with nothing but a list (`Records`, `records`, `items`, `value`, `events`,
    /// `logEvents`) and delivery metadata, or an event of a pack with `events`, such as an activity of Google Workspace
    #[arg(long)]
    unwrap: bool,
    /// Evaluate each record with a new engine, so that earlier records have no influence
    #[arg(long, conflicts_with = "state")]
    independent: bool,
    /// Directory for state and policy (`auditward.toml`, `state/`); created if missing, with a policy template
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Current time of the module: RFC 3339 or `now`. Default: the latest event time found at the start and end of the files; for a stream, the latest event
    /// time read before it pauses for 3 s, or within its first 10 s or 64 MiB; with --state, the system clock
    #[arg(long, value_name = "TIME", value_parser = moment)]
    now: Option<Millis>,
    /// Execution mode: raw (Fluent Bit's ABI), component (WIT) or native (without WebAssembly)
    #[arg(long, value_enum, default_value = "raw")]
    mode: Kind,
    /// Write the records to a file, which is overwritten, in place of standard output
    #[arg(long, short, alias = "output", value_name = "FILE", conflicts_with = "routes")]
    out: Option<PathBuf>,
    /// Write the findings as a self-contained HTML page
    #[arg(long, alias = "html", value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Write one line per alert (finding of severity medium or above) to a file, which is overwritten; `-` writes alerts to standard output in place of records
    #[arg(long, value_name = "FILE")]
    alerts: Option<PathBuf>,
    /// Format of the alert lines
    #[arg(long, value_enum, default_value = "cef", requires = "alerts")]
    alerts_format: alert_lines::Format,
    /// Write the number of records and bytes of each route in place of the records, and which records would no longer go to the SIEM, by source and action. For JSON: `--routes=json`
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text", conflicts_with = "findings",
        value_parser = PossibleValuesParser::new(["text", "json"]))]
    routes: Option<String>,
    /// Name of the route that the SIEM ingests. Default: `siem`; without a route of this name, the SIEM ingests the records that have no route
    #[arg(long, value_name = "ROUTE", requires = "routes")]
    siem: Option<String>,
    /// Write only records with findings
    #[arg(long)]
    findings: bool,
    /// Write only records with a finding of this severity or above; the summary and the report still count all
    #[arg(long, value_name = "LEVEL", alias = "min-severity", conflicts_with = "routes", value_parser = PossibleValuesParser::new(Severity::NAMES.iter().copied()))]
    severity: Option<String>,
    /// Write no summary and no messages about the input format
    #[arg(long, short)]
    quiet: bool,
}

/// Replays.
pub fn run(mut arguments: Arguments) -> Result<Outcome> {
    let mode = arguments.mode;
    let given = Given::of(&arguments.files)?;
    arguments.files = given.files;
    apart(&arguments)?;
    let written = arguments.alerts.iter().chain(&arguments.out);
    let mut files = written.filter(|path| path.as_path() != Path::new("-"));
    files.try_for_each(|path| paths::check(path))?;
    let policy_file = choose(&arguments, mode)?;
    if let Some(id) = &arguments.source {
        known_source(id, &policy_file.policy)?;
    }
    let siem = match arguments.routes {
        Some(_) => route_of_siem(&policy_file.policy, arguments.siem.as_deref())?,
        None => String::new(),
    };
    let (inputs, now) = clocked(&arguments, &policy_file, given.has_directory)?;
    let basis = Basis::new(&policy_file.policy);
    let setting = format!(
        "mode {}, policy {}, {}",
        mode.name(),
        policy_file.policy.digest,
        clock_in_words(now)
    );
    let total = inputs.iter().map(|input| input.len).sum();
    let is_moving = !is_clock_given(&arguments) && inputs.iter().any(InputFile::is_live);
    let moving = now
        .filter(|_| is_moving)
        .map(|now| Moving::new(&arguments, &policy_file, now))
        .transpose()?;
    let setup = Setup {
        policy: policy_file.text,
        directory: arguments.state.clone(),
        waits_for_lock: true,
        seed: seed(arguments.state.is_some()),
        now_ms: now,
        clock: moving.as_ref().map(|moving| moving.clock.clone()),
        ..Setup::default()
    };
    let division = Division::new(&policy_file.policy);
    let mut replay = Replay {
        filter: Filter::new(mode, setup.clone(), arguments.independent)?,
        reader: Reader::new(&policy_file.policy),
        policy: policy_file.policy,
        report: arguments
            .report
            .map(|path| -> Result<_> {
                let title = "Audit report".to_owned();
                let heading = Heading { title, setting: setting.clone(), section: None };
                Ok((path, heading, Gathered::new(basis), Reach::new(setup.policy.as_deref())?))
            })
            .transpose()?,
        unrecognised: Unrecognised::default(),
        first: arguments
            .files
            .first()
            .filter(|file| *file != Path::new("-"))
            .map_or("FILE".to_owned(), |file| file.display().to_string()),
        summary: Summary::new(setting, arguments.source),
        out: Output::open(arguments.out.as_deref())?,
        alerts: arguments
            .alerts
            .as_deref()
            .map(|path| Alerts::new(path, arguments.alerts_format))
            .transpose()?,
        routes: arguments.routes.map(|format| (format == "json", Routes::new(&siem))),
        now,
        moving,
        division: arguments.unwrap.then_some(division),
        minimum: match arguments.severity.as_deref() {
            Some(name) => Some(Severity::from_name(name)),
            None => arguments.findings.then_some(Severity::Info),
        },
        is_quiet: arguments.quiet,
        tag: arguments.tag,
        bar: bar(total),
    };
    let started = Instant::now();
    inputs.into_iter().try_for_each(|input| replay.input(input))?;
    replay.finish(started)?;
    Ok(Outcome::Fine)
}

/// A replay under way.
struct Replay<'o> {
    filter: Filter,
    policy: Policy,
    reader: Reader,
    report: Option<(PathBuf, Heading, Gathered, Reach)>,
    summary: Summary,
    unrecognised: Unrecognised,
    /// The first input, as commands take it.
    first: String,
    out: Output<'o>,
    alerts: Option<Alerts<'o>>,
    /// Counted instead of records being written; as JSON or as text.
    routes: Option<(bool, Routes)>,
    now: Option<Millis>,
    moving: Option<Moving>,
    /// Where records are divided.
    division: Option<Division>,
    /// Only records with a finding of this severity or above are written.
    minimum: Option<Severity>,
    is_quiet: bool,
    tag: String,
    bar: ProgressBar,
}

/// The clock of a stream whose end could not be waited for, as the module reads it.
struct Moving {
    clock: Arc<AtomicI64>,
    live: Live,
}

impl Moving {
    fn new(arguments: &Arguments, policy_file: &PolicyFile, now: Millis) -> Result<Moving> {
        Ok(Moving {
            clock: Arc::new(AtomicI64::new(now)),
            live: Live::new(policy_file, &arguments.tag, arguments.unwrap)?,
        })
    }
}

impl Replay<'_> {
    fn input(&mut self, input: InputFile) -> Result<()> {
        let (is_of_lines, is_live) = (input.is_of_lines(), input.is_live());
        let InputFile { name, format, content, .. } = input;
        match content {
            Content::File(mut file) => {
                file.rewind().with_context(|| format!("{name} cannot be read"))?;
                let file = self.bar.wrap_read(file);
                self.records(file, format, &name, false)
            }
            Content::Closed(path) => self.input(InputFile::open(&path, false)?),
            Content::Stream(stream) if is_of_lines => {
                self.stream(stream.without_mark(), format, &name)
            }
            Content::Stream(stream) => self.records(stream.into_bytes(), format, &name, is_live),
        }
    }

    /// Records of any format. Those of a live input are answered one by one.
    fn records(
        &mut self,
        input: impl Read,
        format: Format,
        name: &str,
        is_live: bool,
    ) -> Result<()> {
        let (mut records, mut number) =
            (format.records(input).with_context(|| format!("{name} cannot be read"))?, 0u64);
        while let Some(record) = records
            .next()
            .with_context(|| format!("{name} cannot be read on after record {number}"))?
        {
            // The clock was learned from the first of them.
            if is_live && number > 0 {
                self.go_on(&[record])?;
            }
            number += 1;
            self.line(record, name, number)?;
            if is_live {
                self.out.flush()?;
            }
        }
        self.report_format(format, records.in_words(), name);
        Ok(())
    }

    fn report_format(&self, format: Format, layout: String, name: &str) {
        if let Some(words) = format.in_words(layout).filter(|_| !self.is_quiet) {
            self.bar.suspend(|| terminal::say(format_args!("{name}: read as {words}")));
        }
    }

    /// Lines as they come; what was made of them is written before more is waited for.
    fn stream(&mut self, mut stream: Stream, format: Format, name: &str) -> Result<()> {
        let mut number = 0u64;
        loop {
            let text = stream
                .next(&mut || self.out.flush().map_err(io::Error::other))
                .with_context(|| format!("{name} cannot be read on after line {number}"))?;
            let Some(text) = text else { break };
            let lines = text.strip_suffix(b"\n").unwrap_or(&text).split(|&byte| byte == b'\n');
            let lines: Vec<&[u8]> =
                lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
            // The clock was learned from the first of them, which were looked at together.
            if number > 0 {
                self.go_on(&lines)?;
            }
            for line in lines {
                number += 1;
                self.line(line, name, number)?;
                self.bar.inc(line.len() as u64 + 1);
            }
        }
        self.report_format(format, counted(number, "line"), name);
        Ok(())
    }

    /// Sets the clock by the lines that came.
    fn go_on(&mut self, lines: &[&[u8]]) -> Result<()> {
        let (Some(moving), Some(now)) = (&mut self.moving, self.now) else {
            return Ok(());
        };
        let now = moving.live.after(lines, now)?;
        moving.clock.store(now, Ordering::Relaxed);
        self.now = Some(now);
        Ok(())
    }

    fn line(&mut self, line: &[u8], name: &str, number: u64) -> Result<()> {
        let whole = || vec![Cow::Borrowed(line)];
        let records = self.division.as_ref().map_or_else(whole, |division| division.records(line));
        for record in records {
            self.record(&record, name, number)?;
        }
        Ok(())
    }

    fn record(&mut self, bytes: &[u8], name: &str, number: u64) -> Result<()> {
        let time_ms = self.now.unwrap_or_else(native::now_ms);
        let answer = self.filter.process(Input {
            tag: &self.tag,
            time_ms,
            nonce: self.summary.records,
            bytes,
        })?;
        if let Some(trap) = answer.trap {
            let place = format!("{name}:{number}");
            self.bar.suspend(|| {
                terminal::say(format_args!(
                    "{place}: the module trapped; a new instance continues: {trap:#}"
                ))
            });
            self.summary.trapped(place);
        }
        let mut evaluated = self.reader.read(&answer.bytes);
        let lines = self
            .alerts
            .as_mut()
            .map_or_else(Vec::new, |alerts| alerts.lines(&self.reader, &answer.bytes, &evaluated));
        if let Some((_, routes)) = &mut self.routes {
            routes.add(bytes.len(), answer.bytes.len(), &evaluated);
        }
        let has_finding = |minimum: Severity| {
            evaluated
                .findings
                .iter()
                .any(|finding| Severity::from_name(&finding.severity) >= minimum)
        };
        let is_written = self.routes.is_none() && self.minimum.is_none_or(has_finding);
        self.unrecognised.add(name, bytes, &evaluated);
        // A redelivered record has the findings that it had before: they are counted once.
        if evaluated.is_repeated() {
            self.summary.found_again(std::mem::take(&mut evaluated.findings).len());
        }
        if let Some((_, _, gathered, reach)) = &mut self.report {
            gathered.add(&evaluated);
            reach.add(&self.tag, bytes, time_ms);
        }
        self.summary.add(evaluated);
        let mut lines = lines.iter();
        match &mut self.alerts {
            Some(Alerts { file: None, .. }) => {
                return lines.try_for_each(|line| self.out.line(line.as_bytes()));
            }
            Some(Alerts { file: Some(file), .. }) => {
                lines.try_for_each(|line| file.line(line.as_bytes()))?;
            }
            None => {}
        }
        if is_written { self.out.line(&answer.bytes) } else { Ok(()) }
    }

    fn finish(mut self, started: Instant) -> Result<()> {
        match &self.routes {
            Some((true, routes)) => self.out.text(&format!("{:#}\n", routes.json()))?,
            Some((false, routes)) => self.out.text(&routes.text())?,
            None => {}
        }
        self.out.flush()?;
        self.alerts
            .iter_mut()
            .filter_map(|alerts| alerts.file.as_mut())
            .try_for_each(Output::flush)?;
        self.summary.elapsed = started.elapsed();
        self.bar.finish_and_clear();
        if let Some((.., gathered, _)) = &mut self.report {
            let learned = self.filter.learned();
            gathered.portray(learned.and_then(|learned| profile::restored(&self.policy, &learned)));
        }
        self.filter.close()?;
        if !self.is_quiet {
            terminal::say(terminal::fitting(self.summary.to_string().trim_end(), &io::stderr()));
            for (source, tag) in untagged(&self.policy, &self.tag) {
                terminal::say(format_args!(
                    "`{source}` is a mapping of records with the tag `{tag}`, and these have the tag \"{}\": --tag sets it",
                    self.tag
                ));
            }
            for words in [self.unrecognised.list(), self.unrecognised.advice(&self.first)] {
                words.into_iter().for_each(|words| terminal::say(words.trim_end()));
            }
        }
        if let Some((path, heading, gathered, reach)) = &mut self.report {
            gathered.reached(reach);
            report::write(path, heading, gathered)?;
            if !self.is_quiet {
                terminal::say(format_args!("report     {}", path.display()));
            }
        }
        Ok(())
    }
}

/// Checks, before any work, that no output is an input or another output, and that records go somewhere.
fn apart(arguments: &Arguments) -> Result<()> {
    let standard = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &standard } else { arguments.files.as_slice() };
    let policy = policy_file::files_of(arguments.policy.as_deref());
    let inputs = [files, &policy].concat();
    arguments.report.iter().try_for_each(|path| report::may_write(path, &inputs))?;
    let outputs = arguments.alerts.iter().chain(&arguments.report).chain(&arguments.out);
    paths::check_apart(outputs, &inputs)?;
    if arguments.out.is_some() && arguments.alerts.as_deref() == Some(Path::new("-")) {
        bail!(
            "--alerts - writes alerts in place of records: name a file for the alerts, or leave --out out"
        );
    }
    paths::check_redirected(files)?;
    let has_file = arguments.report.is_some()
        || arguments.state.is_some()
        || arguments.out.is_some()
        || arguments.alerts.as_ref().is_some_and(|path| path != Path::new("-"));
    if !has_file {
        terminal::note_discarded();
    }
    Ok(())
}

fn choose(arguments: &Arguments, mode: Kind) -> Result<PolicyFile> {
    let policy_file = PolicyFile::read(arguments.policy.as_deref())?
        .with_output(arguments.schema.as_deref(), arguments.layout.as_deref())?;
    let Some(state) = &arguments.state else {
        return Ok(policy_file);
    };
    if mode == Kind::Native {
        bail!("the native mode has no files: with --state use --mode raw or component");
    }
    let given = arguments
        .policy
        .as_ref()
        .map_or("what --schema and --layout ask for".to_owned(), |path| path.display().to_string());
    Ok(policy_file.settle(state, &given)?)
}

/// Mappings of the policy, with their tags, that read no record with this tag.
fn untagged<'p>(policy: &'p Policy, tag: &str) -> Vec<(&'p str, &'p str)> {
    let fits = |mapping: &Mapping| {
        mapping.tag.as_ref().is_none_or(|pattern| Patterns::new([pattern]).is_match(tag.as_bytes()))
    };
    let is_read = |source: &str| {
        policy.mappings.iter().any(|mapping| mapping.source == source && fits(mapping))
    };
    let tagged = policy.mappings.iter().filter(|mapping| !is_read(&mapping.source));
    tagged.filter_map(|mapping| Some((mapping.source.as_str(), mapping.tag.as_deref()?))).collect()
}

/// Tells that the clock is known before the first line: a time, or the real clock.
fn is_clock_given(arguments: &Arguments) -> bool {
    arguments.now.is_some() || arguments.state.is_some()
}

/// Files that are kept open between the look at their ends and their turn.
const MOST_OPEN: usize = 200;

/// The inputs in the order in which they are read, and the clock that the module sees, where nothing stands for the real one. Files that were named in another
/// order than that of their times are reported; those of a directory are read in the order of their times.
fn clocked(
    arguments: &Arguments,
    policy_file: &PolicyFile,
    has_directory: bool,
) -> Result<(Vec<InputFile>, Option<Millis>)> {
    let real = native::now_ms();
    let times = Times {
        policy_file,
        tag: &arguments.tag,
        unwraps: arguments.unwrap,
        yearless_by: arguments.now.unwrap_or(real),
    };
    let standard = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &standard } else { arguments.files.as_slice() };
    let (mut inputs, mut ends) = (Vec::new(), Vec::new());
    let most = clock::lines_of_each(files.len());
    for (index, file) in files.iter().enumerate() {
        let mut input = InputFile::open(file, !is_clock_given(arguments))?;
        let lines = input.ends().with_context(|| format!("{} cannot be read", input.name))?;
        ends.push(clock::ends_of(lines, most));
        if index >= MOST_OPEN {
            input.close(file);
        }
        inputs.push(input);
    }
    let latest = times.latest(&ends.iter().flatten().map(Vec::as_slice).collect::<Vec<_>>())?;
    let now = if is_clock_given(arguments) { arguments.now } else { Some(latest.unwrap_or(real)) };
    let firsts = times
        .firsts(ends.iter().map(|lines| lines.first().map(Vec::as_slice)), now.unwrap_or(real))?;
    let Some(order) = better_order(&firsts) else { return Ok((inputs, now)) };
    if has_directory {
        let mut places: Vec<Option<InputFile>> = inputs.into_iter().map(Some).collect();
        let sorted = order.into_iter().filter_map(|index| places.get_mut(index)?.take());
        return Ok((sorted.collect(), now));
    }
    let names = order.into_iter().filter_map(|index| inputs.get(index));
    let names: Vec<&str> = names.map(|input| input.name.as_str()).collect();
    terminal::say(format_args!(
        "auditward: older records should come first; in the order of their first lines the files are: {}\nName them in this order, or the directory that they are in, whose files are read in this order.",
        names.join(" ")
    ));
    Ok((inputs, now))
}

fn clock_in_words(now: Option<Millis>) -> String {
    now.map_or("the real clock".to_owned(), |now| format!("evaluated as of {}", rfc3339(now)))
}

/// Seed of the module: fixed, so that the same input gives the same output; a secret, if state is kept.
fn seed(is_kept: bool) -> u64 {
    if is_kept { RandomState::new().hash_one(0u8) } else { 0 }
}

/// Drawn only where it does not run into the output.
fn bar(total: u64) -> ProgressBar {
    if io::stdout().is_terminal() { ProgressBar::hidden() } else { logs::bar(total) }
}

/// The name of the SIEM's route; empty where it ingests the records that have no route.
fn route_of_siem(policy: &Policy, named: Option<&str>) -> Result<String> {
    let names: Vec<&str> = policy.routes.iter().map(|route| route.name.as_str()).collect();
    if names.is_empty() {
        bail!(
            "the policy has no [[route]]; examples/policies/routing.toml is an example: --policy FILE"
        );
    }
    let siem = named.unwrap_or("siem");
    if names.contains(&siem) {
        return Ok(siem.to_owned());
    }
    // Without a route that takes the rest, the rest stays where all records went before.
    if named.is_none() && !policy.routes.iter().any(Route::is_open) {
        return Ok(String::new());
    }
    bail!(
        "no [[route]] has the name `{siem}`; name the one that the SIEM ingests by --siem: {}",
        names.join(", ")
    );
}

/// A built-in source, or one of the policy.
fn known_source(id: &str, policy: &Policy) -> Result<()> {
    let mapped = policy.mappings.iter().map(|mapping| mapping.source.as_str());
    let packs = auditward_core::pack::built_in().iter().map(|pack| pack.source.as_str());
    let known: Vec<&str> =
        source::ALL.iter().map(|source| source.id).chain(packs).chain(mapped).collect();
    if known.contains(&id) {
        return Ok(());
    }
    let list = format!("`auditward source list {id}` lists built-in sources by their titles");
    Err(anyhow!("no source is called `{id}`{}", alike(id, known, &list)))
}

pub(super) fn moment(text: &str) -> Result<Millis> {
    if text == "now" {
        return Ok(native::now_ms());
    }
    calendar::read(text)
        .context("not a time; write RFC 3339, such as 2026-01-31T23:59:59Z, or `now`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_are_not_known_are_guessed_at() {
        let policy = Policy::parse(auditward_core::policy_text::mapping::EXAMPLE).unwrap();
        known_source("aws.cloudtrail", &policy).unwrap();
        known_source("okta.system", &policy).unwrap();
        known_source("acme.crm", &policy).unwrap();
        assert!(known_source("acme.crm", &Policy::default()).is_err());
        assert!(
            known_source("aws.cloudtrial", &policy)
                .unwrap_err()
                .to_string()
                .contains("did you mean `aws.cloudtrail`?")
        );
        assert!(
            known_source("x", &Policy::default())
                .unwrap_err()
                .to_string()
                .contains("`auditward source list x`")
        );
    }

    #[test]
    fn the_siem_ingests_its_route_or_what_has_none() {
        let policy = |text: &str| Policy::parse(text).unwrap();
        let archive = "[[route]]\nname = \"archive\"\nwhen = { \"action.class\" = \"read\" }\n";
        let siem = |text: &str, named| route_of_siem(&policy(text), named).ok();
        assert_eq!(siem(archive, None).as_deref(), Some(""));
        assert_eq!(siem(archive, Some("soc")), None);
        assert_eq!(siem("[[route]]\nname = \"all\"\n", None), None);
        assert_eq!(siem("[[route]]\nname = \"siem\"\n", None).as_deref(), Some("siem"));
        assert_eq!(siem("", None), None);
    }

    #[test]
    fn mappings_of_other_tags_are_told() {
        let policy = |tag: &str| {
            Policy::parse(&format!("[[mapping]]\nsource = \"acme.app\"\n{tag}match = {{ app = \"x\" }}\n[mapping.fields]\nid = \"id\"\n")).unwrap()
        };
        let tagged = policy("tag = \"app.*\"\n");
        assert_eq!(untagged(&tagged, ""), [("acme.app", "app.*")]);
        assert!(untagged(&tagged, "app.one").is_empty() && untagged(&policy(""), "").is_empty());
    }
}
