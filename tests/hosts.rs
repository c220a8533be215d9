//! A real Fluent Bit: files tailed through the filter into files. Runs where `FLUENT_BIT` names one or one is on the PATH; says so where not.

use anyhow::{Context, Result, bail, ensure};
use auditward::MODULE;
use auditward_tests::{answer, failed_login, typical};
use serde_json::{Map, Value};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Lines that harm hosts or parsers, each of them to be carried. Without the filter the deep ones kill a Fluent Bit before 5.1.
fn hostile() -> Vec<String> {
    let mut lines: Vec<String> = [
        "plain text with \"quotes\" and \\ backslashes",
        "{\"a\":1} junk",
        "{\"a\":1}{\"b\":2}",
        "[1,2,3]",
        "\"text\"",
        "42",
        "null",
        "{",
        "{\"a\":",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":-Infinity}",
        "{\"a\":1e400}",
        "{\"a\":1.797693134862316e+308}",
        "{\"edge\":1.7976931348623157e308}",
        "{\"edge\":-1.7976931348623157e308,\"b\":[1.7976931348623157e308]}",
        "{\"least\":5e-324,\"u64\":18446744073709551615,\"more\":18446744073709551616,\"zero\":-0}",
        "{5:\"x\"}",
        "{null:1}",
        "{{\"a\":1}:2}",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\u0000\\u0001\\u2028 \\ud83d\\ude00\"}",
        "\u{feff}{\"a\":1}",
        "{\"audit\":{\"id\":\"forged\"},\"raw\":1,\"module\":{\"mark\":\"0123456789abcdef\"},\"notes\":[]}",
        "{\"\\u0061udit\":1,\"\\u0072aw\":2}",
        "{\"a\":1,\"a\":2,\"a\":{\"b\":[]}}",
        "{\"\":\"\",\" \":null}",
        "{}",
        "<script>alert(1)</script>",
    ]
    .map(str::to_owned)
    .to_vec();
    for depth in [8, 13, 15, 18, 30, 62] {
        lines.push(format!("{}1{}", "{\"d\":".repeat(depth), "}".repeat(depth)));
        lines.push(format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1)));
    }
    lines.push(format!("{{\"digits\":{}}}", "9".repeat(400)));
    lines.push(format!("{{\"long\":\"{}\"}}", "x".repeat(20_000)));
    lines.push("y".repeat(20_000));
    lines
}

fn fluent_bit() -> Option<PathBuf> {
    let named = env::var_os("FLUENT_BIT").map(PathBuf::from);
    named.or_else(|| env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join("fluent-bit")).find(|path| path.is_file()))
}

/// A pipeline in a directory of its own.
struct Pipeline {
    binary: PathBuf,
    directory: tempfile::TempDir,
}

impl Pipeline {
    /// Nothing where there is no Fluent Bit.
    fn new(policy: &str) -> Result<Option<Pipeline>> {
        let Some(binary) = fluent_bit() else {
            println!("SKIPPED: no Fluent Bit; set FLUENT_BIT or put fluent-bit on the PATH");
            return Ok(None);
        };
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("auditward.wasm"), MODULE)?;
        fs::create_dir(directory.path().join("audit"))?;
        fs::create_dir(directory.path().join("out"))?;
        fs::write(directory.path().join("audit/auditward.toml"), policy)?;
        fs::write(directory.path().join("parsers.conf"), "[PARSER]\n    Name json\n    Format json\n")?;
        Ok(Some(Pipeline { binary, directory }))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `inputs` and `filters` are YAML; `{dir}` stands for the directory.
    fn start(&self, inputs: &str, more_filters: &str) -> Result<Child> {
        let config = format!(
            "service: {{flush: 0.2, grace: 2, log_level: info, parsers_file: {{dir}}/parsers.conf}}\npipeline:\n  inputs:\n{inputs}\n  filters:\n    \
             - {{name: wasm, match: '*', wasm_path: {{dir}}/auditward.wasm, function_name: audit_filter, accessible_paths: {{dir}}/audit, wasm_stack_size: 64K}}\n{more_filters}\n  \
             outputs:\n    - {name_file}\n",
            name_file = "{name: file, match: '*', path: {dir}/out, format: plain}"
        )
        .replace("{dir}", &self.directory.path().display().to_string());
        fs::write(self.path("pipeline.yaml"), config)?;
        let log = fs::File::options().create(true).append(true).open(self.path("log"))?;
        let mut command = Command::new(&self.binary);
        command.arg("-c").arg(self.path("pipeline.yaml")).current_dir(self.directory.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("starting Fluent Bit")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// All records written so far for the tag, as strict JSON objects.
    fn written(&self, tag: &str) -> Result<Vec<Map<String, Value>>> {
        let bytes = fs::read(self.path("out").join(tag)).unwrap_or_default();
        let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') else { return Ok(Vec::new()) };
        bytes[..end].split(|&byte| byte == b'\n').map(|line| answer::object(line, 63).with_context(|| String::from_utf8_lossy(line).into_owned())).collect()
    }

    /// Waits for so many records, sees that the host lives, ends it as its operator would, and gives them.
    fn finish(&self, mut child: Child, tag: &str, count: usize) -> Result<Vec<Map<String, Value>>> {
        let started = Instant::now();
        let is_complete = loop {
            if let Some(status) = child.try_wait()? {
                bail!("Fluent Bit ended by itself with {status}\n{}", self.log());
            }
            let is_complete = self.written(tag)?.len() >= count;
            if is_complete || started.elapsed() > Duration::from_secs(30) {
                break is_complete;
            }
            sleep(Duration::from_millis(100));
        };
        // A few more would show now.
        sleep(Duration::from_millis(600));
        ensure!(child.try_wait()?.is_none(), "Fluent Bit died\n{}", self.log());
        let id = child.id().to_string();
        ensure!(Command::new("kill").args(["-TERM", &id]).status()?.success(), "kill");
        let ending = Instant::now();
        let status = loop {
            match child.try_wait()? {
                Some(status) => break status,
                None if ending.elapsed() > Duration::from_secs(15) => {
                    child.kill()?;
                    bail!("SIGTERM was not obeyed\n{}", self.log());
                }
                None => sleep(Duration::from_millis(50)),
            }
        };
        let written = self.written(tag)?;
        ensure!(is_complete && written.len() == count, "{count} records in, {} out\n{}", written.len(), self.log());
        ensure!(status.success(), "Fluent Bit ended with {status}\n{}", self.log());
        Ok(written)
    }
}

fn tail(file: &str, tag: &str, more: &str) -> String {
    format!("    - {{name: tail, path: '{{dir}}/{file}', tag: {tag}, read_from_head: true, buffer_chunk_size: 1M, buffer_max_size: 4M{more}}}\n")
}

fn lines(path: &Path, lines: &[String]) -> Result<()> {
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

#[test]
fn every_line_comes_out_whatever_stands_between() -> Result<()> {
    for (layout, parser) in [("record", ", parser: json"), ("record", ""), ("annotate", ", parser: json"), ("annotate", "")] {
        // On 4.2.8 an output of 15 maps killed the host each time: the 24 KB stack of its output coroutines is too small for them.
        let Some(pipeline) = Pipeline::new(&format!("[output]\nlayout = \"{layout}\"\nmax_depth = 13\n"))? else { return Ok(()) };
        let mut all = Vec::new();
        let mut normal = 0u32;
        for line in hostile() {
            for _ in 0..5 {
                all.push(typical(normal));
                normal += 1;
            }
            all.push(line);
        }
        all.extend((0..200).map(|number| typical(normal + number)));
        normal += 200;
        lines(&pipeline.path("in.log"), &all)?;
        let child = pipeline.start(&tail("in.log", "app", parser), "")?;
        let written = pipeline.finish(child, "app", all.len())?;
        let ours = |record: &Map<String, Value>| if layout == "annotate" { record["audit"].clone() } else { Value::Object(record.clone()) };
        let known = written.iter().filter(|record| ours(record)["source"] == "aws.cloudtrail").count();
        ensure!(known == normal as usize, "{layout}{parser}: {known} of {normal} CloudTrail records were recognised");
        let numbers: Vec<String> = written.iter().map(ours).filter(|ours| ours["source"] == "aws.cloudtrail").map(|ours| ours["id"].to_string()).collect();
        ensure!(numbers.is_sorted(), "in the order they came");
        ensure!(!pipeline.log().contains("[error]"), "{}", pipeline.log());
    }
    Ok(())
}

#[test]
fn state_is_there_after_a_restart() -> Result<()> {
    let Some(pipeline) = Pipeline::new("[budget]\nmemory = \"256 KiB\"\n[state]\nevery = \"1s\"\n")? else { return Ok(()) };
    let failures = |range: std::ops::Range<u32>| range.map(|number| failed_login("alice", "203.0.113.5", number, number)).collect::<Vec<_>>();
    lines(&pipeline.path("one.log"), &failures(0..4))?;
    let child = pipeline.start(&tail("*.log", "app", ", parser: json, refresh_interval: 1"), "")?;
    // Snapshots are written while records flow.
    let started = Instant::now();
    let mut count = 4;
    let snapshot = pipeline.path("audit/state/auditward.snapshot");
    while !snapshot.is_file() {
        ensure!(started.elapsed() < Duration::from_secs(30), "no snapshot was written\n{}", pipeline.log());
        sleep(Duration::from_millis(500));
        let more: Vec<String> = (0..40).map(|number| typical(count + number) + "\n").collect();
        count += 40;
        let mut file = fs::File::options().append(true).open(pipeline.path("one.log"))?;
        std::io::Write::write_all(&mut file, more.concat().as_bytes())?;
    }
    let written = pipeline.finish(child, "app", count as usize)?;
    ensure!(written.iter().all(|record| answer::findings(record).is_empty()), "four failures are no finding");

    fs::remove_file(pipeline.path("out/app"))?;
    lines(&pipeline.path("two.txt"), &failures(4..5))?;
    // The lock of the instance before is still fresh: state is read all the same.
    let child = pipeline.start(&tail("two.txt", "app", ", parser: json"), "")?;
    let written = pipeline.finish(child, "app", 1)?;
    ensure!(answer::findings(&written[0]).len() == 2, "the fifth failure is one: {:?}", written[0]);
    Ok(())
}

#[test]
fn a_record_tagged_anew_is_neither_judged_nor_wrapped_twice() -> Result<()> {
    for layout in ["record", "annotate"] {
        for schema in ["audit", "ecs"] {
            let Some(pipeline) = Pipeline::new(&format!("[output]\nlayout = \"{layout}\"\nschema = \"{schema}\"\n"))? else { return Ok(()) };
            let mut all: Vec<String> = (0..5).map(|number| failed_login("alice", "203.0.113.5", number, number)).collect();
            all.extend((0..20).map(typical));
            all.extend([
                "{\"app\":\"billing\",\"f\":0.30000000000000004,\"n\":1}".to_owned(),
                "plain text".to_owned(),
                "{\"audit\":1,\"x\":\"\\u00e9\\n\\/\"}".to_owned(),
            ]);
            lines(&pipeline.path("in.log"), &all)?;
            let key = match (layout, schema) {
                ("annotate", _) => "$audit",
                (_, "ecs") => "$auditward",
                _ => "$module",
            };
            let again =
                format!("    - {{name: rewrite_tag, match: app, rule: \"{key}['{}'] .* again false\"}}\n", if key == "$module" { "version" } else { "none" });
            // Any record of ours goes back to the start under another tag.
            let again = if key == "$module" {
                again
            } else {
                "    - {name: modify, match: app, add: 'hop 1'}\n    - {name: rewrite_tag, match: app, rule: '$hop .* again false'}\n".to_owned()
            };
            let child = pipeline.start(&tail("in.log", "app", ", parser: json"), &again)?;
            let written = pipeline.finish(child, "again", all.len())?;
            for record in &written {
                let text = Value::Object(record.clone()).to_string();
                ensure!(text.matches("\"mark\":").count() == 1, "{layout} {schema}: wrapped twice: {text}");
                ensure!(!answer::notes(record).contains(&"repeated".to_owned()), "{layout} {schema}: judged twice: {text}");
            }
            let findings: usize = written.iter().map(|record| answer::findings(record).len()).sum();
            ensure!(findings == 2, "{layout} {schema}: {findings} findings");
        }
    }
    Ok(())
}
