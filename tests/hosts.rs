//! A real Fluent Bit: files tailed through the filter into files. Runs where `FLUENT_BIT` names one or one is on the PATH; says so where not.

use anyhow::{Context, Result, bail, ensure};
use auditward::MODULE;
use auditward_core::policy::preset;
use auditward_tests::{answer, failed_login, typical};
use serde_json::{Map, Value};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, sleep};
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
    named.or_else(|| {
        env::split_paths(&env::var_os("PATH")?)
            .map(|directory| directory.join("fluent-bit"))
            .find(|path| path.is_file())
    })
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
        fs::write(
            directory.path().join("parsers.conf"),
            "[PARSER]\n    Name json\n    Format json\n",
        )?;
        Ok(Some(Pipeline { binary, directory }))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `inputs` and `filters` are YAML; `{dir}` stands for the directory.
    fn start(&self, inputs: &str, more_filters: &str) -> Result<Child> {
        let config = format!(
            "service: {{flush: 0.2, grace: 2, hot_reload: on, log_level: info, parsers_file: {{dir}}/parsers.conf}}\npipeline:\n  inputs:\n{inputs}\n  filters:\n    \
             - {{name: wasm, match: '*', wasm_path: {{dir}}/auditward.wasm, function_name: audit_filter, accessible_paths: {{dir}}/audit}}\n{more_filters}\n  \
             outputs:\n    - {name_file}\n",
            name_file = "{name: file, match: '*', path: {dir}/out, format: plain}"
        )
        .replace("{dir}", &self.directory.path().display().to_string());
        fs::write(self.path("pipeline.yaml"), config)?;
        let log = fs::File::options().create(true).append(true).open(self.path("log"))?;
        let mut command = Command::new(&self.binary);
        command.arg("-c").arg(self.path("pipeline.yaml")).current_dir(self.directory.path());
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting Fluent Bit")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// All records written so far for the tag, as strict JSON objects.
    fn written(&self, tag: &str) -> Result<Vec<Map<String, Value>>> {
        let bytes = fs::read(self.path("out").join(tag)).unwrap_or_default();
        let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') else {
            return Ok(Vec::new());
        };
        bytes[..end]
            .split(|&byte| byte == b'\n')
            .map(|line| {
                answer::object(line, 63).with_context(|| String::from_utf8_lossy(line).into_owned())
            })
            .collect()
    }

    /// Waits until something is so while the host lives; whether it came to be so.
    fn wait(&self, child: &mut Child, mut is_so: impl FnMut() -> Result<bool>) -> Result<bool> {
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                bail!("Fluent Bit ended by itself with {status}\n{}", self.log());
            }
            let is_so = is_so()?;
            if is_so || started.elapsed() > Duration::from_secs(30) {
                return Ok(is_so);
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Waits for so many records, sees that the host lives, ends it as its operator would, and gives them.
    fn finish(&self, mut child: Child, tag: &str, count: usize) -> Result<Vec<Map<String, Value>>> {
        let is_complete = self.wait(&mut child, || Ok(self.written(tag)?.len() >= count))?;
        // A few more would show now.
        sleep(Duration::from_millis(600));
        ensure!(child.try_wait()?.is_none(), "Fluent Bit died\n{}", self.log());
        signal(&child, "-TERM")?;
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
        ensure!(
            is_complete && written.len() == count,
            "{count} records in, {} out\n{}",
            written.len(),
            self.log()
        );
        ensure!(status.success(), "Fluent Bit ended with {status}\n{}", self.log());
        Ok(written)
    }
}

fn signal(child: &Child, name: &str) -> Result<()> {
    ensure!(Command::new("kill").args([name, &child.id().to_string()]).status()?.success(), "kill");
    Ok(())
}

fn append(path: &Path, lines: &[String]) -> Result<()> {
    let mut file = fs::File::options().append(true).create(true).open(path)?;
    Ok(file.write_all((lines.join("\n") + "\n").as_bytes())?)
}

fn tail(file: &str, tag: &str, more: &str) -> String {
    format!(
        "    - {{name: tail, path: '{{dir}}/{file}', tag: {tag}, read_from_head: true, buffer_chunk_size: 1M, buffer_max_size: 4M{more}}}\n"
    )
}

fn lines(path: &Path, lines: &[String]) -> Result<()> {
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

#[test]
fn every_line_comes_out_whatever_stands_between() -> Result<()> {
    for (layout, parser) in [
        ("record", ", parser: json"),
        ("record", ""),
        ("annotate", ", parser: json"),
        ("annotate", ""),
    ] {
        // On 4.2.8 an output of 15 maps killed the host each time: the 24 KB stack of its output coroutines is too small for them.
        let Some(pipeline) =
            Pipeline::new(&format!("[output]\nlayout = \"{layout}\"\nmax_depth = 13\n"))?
        else {
            return Ok(());
        };
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
        let ours = |record: &Map<String, Value>| {
            if layout == "annotate" {
                record["audit"].clone()
            } else {
                Value::Object(record.clone())
            }
        };
        let known =
            written.iter().filter(|record| ours(record)["source"] == "aws.cloudtrail").count();
        ensure!(
            known == normal as usize,
            "{layout}{parser}: {known} of {normal} CloudTrail records were recognised"
        );
        let numbers: Vec<String> = written
            .iter()
            .map(ours)
            .filter(|ours| ours["source"] == "aws.cloudtrail")
            .map(|ours| ours["id"].to_string())
            .collect();
        ensure!(numbers.is_sorted(), "in the order they came");
        ensure!(!pipeline.log().contains("[error]"), "{}", pipeline.log());
    }
    Ok(())
}

/// Fluent Bit gives a module 8 KiB unless it is told otherwise. A module that needs more traps at each record, and all are lost.
#[test]
fn every_policy_starts_on_the_stack_that_is_given_by_default() -> Result<()> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let mut policies = vec![String::new()];
    for entry in fs::read_dir(&examples)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            policies.push(fs::read_to_string(path)?);
        }
    }
    policies.extend(preset::ALL.iter().map(|preset| format!("preset = \"{}\"\n", preset.id)));
    let records: Vec<String> = (0..20).map(typical).collect();
    for policy in policies {
        let Some(pipeline) = Pipeline::new(&policy)? else {
            return Ok(());
        };
        fs::copy(examples.join("people.csv"), pipeline.path("audit/people.csv"))?;
        lines(&pipeline.path("in.log"), &records)?;
        let child = pipeline.start(&tail("in.log", "app", ", parser: json"), "")?;
        pipeline.finish(child, "app", records.len()).with_context(|| policy.clone())?;
        ensure!(!pipeline.log().contains("[error]"), "{policy}\n{}", pipeline.log());
    }
    Ok(())
}

#[test]
fn state_is_there_after_a_restart() -> Result<()> {
    let Some(pipeline) =
        Pipeline::new("[budget]\nmemory = \"256 KiB\"\n[state]\nevery = \"1s\"\n")?
    else {
        return Ok(());
    };
    let failures = |range: std::ops::Range<u32>| {
        range.map(|number| failed_login("alice", "203.0.113.5", number, number)).collect::<Vec<_>>()
    };
    lines(&pipeline.path("one.log"), &failures(0..4))?;
    let child = pipeline.start(&tail("*.log", "app", ", parser: json, refresh_interval: 1"), "")?;
    // Snapshots are written while records flow.
    let started = Instant::now();
    let mut count = 4;
    let snapshot = pipeline.path("audit/state/auditward.snapshot");
    while !snapshot.is_file() {
        ensure!(
            started.elapsed() < Duration::from_secs(30),
            "no snapshot was written\n{}",
            pipeline.log()
        );
        sleep(Duration::from_millis(500));
        let more: Vec<String> = (0..40).map(|number| typical(count + number)).collect();
        count += 40;
        append(&pipeline.path("one.log"), &more)?;
    }
    let written = pipeline.finish(child, "app", count as usize)?;
    ensure!(
        written.iter().all(|record| answer::findings(record).is_empty()),
        "four failures are no finding"
    );

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
            let Some(pipeline) = Pipeline::new(&format!(
                "[output]\nlayout = \"{layout}\"\nschema = \"{schema}\"\n"
            ))?
            else {
                return Ok(());
            };
            let mut all: Vec<String> =
                (0..5).map(|number| failed_login("alice", "203.0.113.5", number, number)).collect();
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
            let again = format!(
                "    - {{name: rewrite_tag, match: app, rule: \"{key}['{}'] .* again false\"}}\n",
                if key == "$module" { "version" } else { "none" }
            );
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
                ensure!(
                    text.matches("\"mark\":").count() == 1,
                    "{layout} {schema}: wrapped twice: {text}"
                );
                ensure!(
                    !answer::notes(record).contains(&"repeated".to_owned()),
                    "{layout} {schema}: evaluated twice: {text}"
                );
            }
            let findings: usize = written.iter().map(|record| answer::findings(record).len()).sum();
            ensure!(findings == 2, "{layout} {schema}: {findings} findings");
        }
    }
    Ok(())
}

/// After each of these the next record is evaluated with what was learned before.
#[test]
fn learning_goes_on_after_a_stop_a_kill_and_a_hot_reload() -> Result<()> {
    for how in ["-TERM", "-KILL", "-HUP"] {
        let Some(pipeline) =
            Pipeline::new("[budget]\nmemory = \"256 KiB\"\n[state]\nevery = \"1s\"\n")?
        else {
            return Ok(());
        };
        let input =
            tail("in.log", "app", ", parser: json, db: '{dir}/tail.db', refresh_interval: 1");
        let path = pipeline.path("in.log");
        lines(
            &path,
            &(0..4)
                .map(|number| failed_login("alice", "203.0.113.5", number, number))
                .collect::<Vec<_>>(),
        )?;
        let mut child = pipeline.start(&input, "")?;
        ensure!(
            pipeline.wait(&mut child, || Ok(pipeline.written("app")?.len() == 4))?,
            "{how}: four records\n{}",
            pipeline.log()
        );
        // Snapshots are written while records flow: two of them hold the four for sure.
        let snapshot = |name: &str| pipeline.path("audit/state").join(name).is_file();
        let mut count = 4u32;
        while !snapshot("auditward.snapshot.1") {
            ensure!(count < 4_000, "{how}: no second snapshot\n{}", pipeline.log());
            append(&path, &(0..40).map(|number| typical(count + number)).collect::<Vec<_>>())?;
            count += 40;
            sleep(Duration::from_millis(300));
        }
        ensure!(
            pipeline.wait(&mut child, || Ok(pipeline.written("app")?.len() == count as usize))?,
            "{how}: all\n{}",
            pipeline.log()
        );
        signal(&child, how)?;
        let mut child = if how == "-HUP" {
            let is_new = || {
                Ok(pipeline.log().matches("starting (pid=").count()
                    + pipeline.log().matches("reload").count()
                    >= 2)
            };
            ensure!(pipeline.wait(&mut child, is_new)?, "no reload\n{}", pipeline.log());
            sleep(Duration::from_secs(2));
            child
        } else {
            child.wait()?;
            pipeline.start(&input, "")?
        };
        append(&path, &[failed_login("alice", "203.0.113.5", 4, 4)])?;
        let is_found = || {
            Ok(pipeline
                .written("app")?
                .last()
                .is_some_and(|record| answer::findings(record).len() == 2))
        };
        ensure!(
            pipeline.wait(&mut child, is_found)?,
            "{how}: the fifth failure is one: {:?}\n{}",
            pipeline.written("app")?.last(),
            pipeline.log()
        );
        ensure!(
            answer::notes(pipeline.written("app")?.last().context("one")?)
                .iter()
                .all(|note| note != "read-only"),
            "{how}: it keeps state"
        );
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// The route of the examples, which must not depend on how records are laid out.
#[test]
fn alerts_are_routed_whatever_the_schema_and_layout() -> Result<()> {
    let route = "    - {name: rewrite_tag, match: app, rule: '$audit_severity ^(medium|high|critical)$ alert.$TAG true'}\n";
    for schema in auditward_core::schema::ALL.iter().map(|schema| schema.id) {
        for layout in ["record", "annotate"] {
            let Some(pipeline) = Pipeline::new(&format!(
                "[output]\nlayout = \"{layout}\"\nschema = \"{schema}\"\n"
            ))?
            else {
                return Ok(());
            };
            let all: Vec<String> = (0..5)
                .map(|number| failed_login("alice", "203.0.113.5", number, number))
                .chain((0..20).map(typical))
                .collect();
            lines(&pipeline.path("in.log"), &all)?;
            let child = pipeline.start(&tail("in.log", "app", ", parser: json"), route)?;
            let written = pipeline.finish(child, "app", all.len())?;
            let alerts = pipeline.written("alert.app")?;
            let severe =
                written.iter().filter(|record| record.contains_key("audit_severity")).count();
            ensure!(
                alerts.len() == 1 && severe == 1,
                "{schema} {layout}: {} of {severe} alerts\n{}",
                alerts.len(),
                pipeline.log()
            );
            ensure!(
                alerts[0]["audit_message"]
                    .as_str()
                    .is_some_and(|message| message.contains("alice")),
                "{schema} {layout}: {:?}",
                alerts[0]
            );
        }
    }
    Ok(())
}

/// Records of a route move to its tag by the rule of `examples/fluent-bit/routes.yaml`, whatever the schema and layout, and none is lost or comes twice.
#[test]
fn records_go_where_their_route_says() -> Result<()> {
    let example = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/fluent-bit/routes.yaml"
    ))?;
    let rule = "$audit_route ^archive$ archive.$TAG false";
    ensure!(example.contains(&format!("rule: {rule}\n")), "the example has another rule");
    let filter = format!("    - {{name: rewrite_tag, match: app, rule: '{rule}'}}\n");
    let routes = "[[route]]\nname = \"archive\"\nhas_findings = false\nwhen = { \"outcome.result\" = \"success\" }\n[[route]]\nname = \"siem\"\n";
    for (schema, layout) in
        [("audit", "record"), ("audit", "annotate"), ("ecs", "record"), ("ocsf", "record")]
    {
        let policy = format!("[output]\nlayout = \"{layout}\"\nschema = \"{schema}\"\n{routes}");
        let Some(pipeline) = Pipeline::new(&policy)? else {
            return Ok(());
        };
        let all: Vec<String> = (0..5)
            .map(|number| failed_login("alice", "203.0.113.5", number, number))
            .chain((0..20).map(typical))
            .collect();
        lines(&pipeline.path("in.log"), &all)?;
        let child = pipeline.start(&tail("in.log", "app", ", parser: json"), &filter)?;
        let siem = pipeline.finish(child, "app", 5)?;
        let archive = pipeline.written("archive.app")?;
        ensure!(
            (siem.len(), archive.len()) == (5, 20),
            "{schema} {layout}: {} and {}\n{}",
            siem.len(),
            archive.len(),
            pipeline.log()
        );
        let is_of = |records: &[Map<String, Value>], route: &str| {
            records.iter().all(|record| record["audit_route"] == route)
        };
        ensure!(is_of(&siem, "siem") && is_of(&archive, "archive"), "{schema} {layout}");
    }
    Ok(())
}

/// A receiver of webhooks with a certificate of its own: its port, and the bodies that it got.
fn webhook() -> Result<(u16, mpsc::Receiver<Value>)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_no_client_auth()
    .with_single_cert(vec![made.cert.der().clone()], key.into())?;
    let (config, listener, (sender, bodies)) =
        (Arc::new(config), TcpListener::bind("127.0.0.1:0")?, mpsc::channel());
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Ok(body) = answered(stream, config.clone()) {
                let _ = sender.send(body);
            }
        }
    });
    Ok((port, bodies))
}

/// Reads one request, and answers as Slack does.
fn answered(stream: std::net::TcpStream, config: Arc<rustls::ServerConfig>) -> Result<Value> {
    let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(config)?, stream);
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let len = stream.read(&mut piece)?;
        ensure!(len > 0, "it ended early");
        request.extend_from_slice(&piece[..len]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_lowercase().strip_prefix("content-length:").map(|text| text.trim().to_owned())
        });
        if body.len() >= length.context("a length")?.parse()? {
            let body = serde_json::from_str(body)?;
            stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok",
            )?;
            stream.flush()?;
            return Ok(body);
        }
    }
}

#[test]
fn the_example_for_slack_sends_messages_that_one_can_read() -> Result<()> {
    let Some(pipeline) = Pipeline::new("")? else {
        return Ok(());
    };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let home = pipeline.path("fluent-bit");
    fs::create_dir(&home)?;
    fs::copy(examples.join("cloudtrail.ndjson"), pipeline.path("cloudtrail.ndjson"))?;
    fs::copy(pipeline.path("auditward.wasm"), home.join("auditward.wasm"))?;
    let (port, bodies) = webhook()?;
    // The receiver's certificate is its own.
    let config = fs::read_to_string(examples.join("fluent-bit/slack.yaml"))?;
    let config =
        config.replace("      webhook:", "      tls: on\n      tls.verify: off\n      webhook:");
    fs::write(home.join("slack.yaml"), config)?;
    let log = fs::File::create(pipeline.path("log"))?;
    let mut command = Command::new(&pipeline.binary);
    command
        .args(["-c", "slack.yaml"])
        .current_dir(&home)
        .env("SLACK_WEBHOOK", format!("https://localhost:{port}/services/T/B/x"));
    let mut child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
    let mut text = String::new();
    let is_sent = pipeline.wait(&mut child, || {
        text.extend(bodies.try_iter().filter_map(|body| body["text"].as_str().map(str::to_owned)));
        Ok(text.contains("'dana' got in"))
    });
    child.kill()?;
    child.wait()?;
    ensure!(is_sent?, "{text}\n{}", pipeline.log());
    ensure!(
        text.lines().all(|line| line.contains("audit_message")) && text.contains("'dana' got in"),
        "{text}"
    );
    ensure!(
        !text.contains("eventVersion") && !text.contains("\"raw\""),
        "the message alone: {text}"
    );
    Ok(())
}
