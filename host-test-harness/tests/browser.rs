//! The demo's report in a real browser: light, dark, on a phone, on paper, and without scripts. Runs where `CHROMIUM` names one or one is on the PATH; says so where not.
//!
//! Screenshots and the printed page are kept in `target/tmp/report`: look at them when the page changes.

mod devtools;

use base64::prelude::{BASE64_STANDARD, Engine};
use devtools::{Browser, FAINT, Page, chromium};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

impl Page {
    /// Nothing was complained of, and nothing but the page itself was asked for.
    fn is_quiet(&self, url: &str) {
        for event in &self.events {
            let (method, params) = (event["method"].as_str().unwrap_or_default(), &event["params"]);
            assert!(method != "Runtime.exceptionThrown", "{params}");
            assert!(method != "Runtime.consoleAPICalled" || params["type"] == "log", "{params}");
            assert!(
                method != "Log.entryAdded"
                    || !["error", "warning"]
                        .contains(&params["entry"]["level"].as_str().unwrap_or_default()),
                "{params}"
            );
            // The browser draws its own fields for times with pictures of its own.
            let asked = params["request"]["url"].as_str().unwrap_or_default();
            assert!(
                method != "Network.requestWillBeSent"
                    || asked.split('#').next() == Some(url)
                    || asked.starts_with("data:"),
                "{params}"
            );
        }
    }

    /// Charts that can be seen, and nothing that sticks out at the side.
    fn is_laid_out(&mut self, name: &str) {
        assert_eq!(self.evaluate(FAINT), json!([]), "{name}: too faint");
        self.evaluate(
            "document.querySelectorAll('details').forEach(details => { details.open = true; })",
        );
        assert_eq!(self.evaluate(FAINT), json!([]), "{name}: too faint");
        let drawn = width_over_time(self);
        assert!(drawn > Some(250.0), "{name}: {drawn:?}");
        let empty = self.evaluate(
            "[...document.querySelectorAll('svg')].filter(svg => svg.checkVisibility()).filter(svg => { const box = svg.getBoundingClientRect(), drawn = svg.getBBox(); \
             return !(box.width > 100 && box.height > 20 && drawn.width > 100 && drawn.height > 20); }).map(svg => svg.ariaLabel)",
        );
        assert_eq!(empty, json!([]), "{name}: empty charts");
        assert!(self.evaluate("document.querySelectorAll('svg').length").as_u64() >= Some(4));
        let wide = self.evaluate(
            "[...document.body.querySelectorAll('*')].filter(element => !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 1)\
             .slice(0, 5).map(element => element.outerHTML.slice(0, 120))",
        );
        assert_eq!(wide, json!([]), "{name}: wider than the window");
        assert_eq!(
            self.evaluate("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{name}"
        );
        let squeezed = self.evaluate(
            "[...document.querySelectorAll('td')].filter(cell => cell.checkVisibility() && cell.textContent.trim().length > 3 && (cell.clientWidth < 36 || cell.clientHeight > 400)).length",
        );
        assert_eq!(squeezed, 0, "{name}: columns too narrow to read");
        let tall = self.evaluate("[...document.querySelectorAll('h2')].every(heading => heading.getBoundingClientRect().height > 10)");
        assert_eq!(tall, true, "{name}");
    }
}

/// How wide the picture over time is.
fn width_over_time(page: &mut Page) -> Option<f64> {
    page.evaluate(
        "[...document.querySelectorAll('#over-time canvas, #over-time svg')].filter(each => each.checkVisibility())[0].getBoundingClientRect().width",
    )
    .as_f64()
}

/// How bright the page is behind its text, of 765.
const BRIGHTNESS: &str = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)";
const SHOWN: &str = "[...document.querySelectorAll('details.incident')].filter(incident => incident.checkVisibility()).length";
/// The height of the page in windows.
const SCREENS: &str = "document.documentElement.scrollHeight / innerHeight";

#[test]
fn the_report_in_a_browser() {
    let Some(path) = chromium() else {
        eprintln!("skipped: no Chromium; set CHROMIUM to one, or put one on the PATH");
        return;
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&directory).unwrap();
    let report = directory.join("report.html");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_auditward"));
    let made = demo.args(["demo", "--mode", "native", "--report"]).arg(&report).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let url = format!("file://{}", report.canonicalize().unwrap().display());
    let (_browser, mut page) = Browser::start(&path);
    for (name, width, height, scheme, is_dark) in [
        ("light", 1280, 900, "light", false),
        ("dark", 1280, 900, "dark", true),
        ("phone", 390, 844, "light", false),
        ("phone-dark", 390, 844, "dark", true),
    ] {
        page.look(width, height, scheme);
        page.load(&url);
        page.keep(&directory, &format!("{name}.png"));
        let screens = page.evaluate(SCREENS).as_f64().unwrap();
        assert!(width > 600 || screens <= 6.0, "{name}: {screens} screens");
        page.is_laid_out(name);
        assert_eq!(page.evaluate(BRIGHTNESS).as_u64() < Some(300), is_dark, "{name}");
        page.keep(&directory, &format!("{name}-open.png"));
        page.is_quiet(&url);
    }
    page.look(1280, 900, "light");
    page.load(&url);
    filters(&mut page);
    zooms(&mut page, &directory);
    follows_contents(&mut page, &url);
    opens_an_actor(&mut page, &directory, &url);
    chooses_colours(&mut page);
    page.is_quiet(&url);
    let printed =
        page.call("Page.printToPDF", json!({ "printBackground": true, "preferCSSPageSize": true }));
    let printed = BASE64_STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
    assert!(printed.starts_with(b"%PDF") && printed.len() > 20_000);
    fs::write(directory.join("report.pdf"), printed).unwrap();
    on_paper(&mut page, &directory, &url);
    is_readable_without_scripts(&mut page, &url);
    page.keep(&directory, "without-scripts.png");
    println!("screenshots: {}", directory.display());
}

/// Elements beside the page, and columns too narrow to read.
const BEYOND: &str = "[...document.body.querySelectorAll('*')].filter(element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)\
     .slice(0, 5).map(element => element.outerHTML.slice(0, 120))";
const SQUEEZED: &str = "[...document.querySelectorAll('td, dd')].filter(cell => cell.checkVisibility() && cell.textContent.trim().length > 3 && cell.clientWidth < 36)\
     .slice(0, 5).map(cell => cell.outerHTML.slice(0, 120))";
/// Figures without their name: on a phone there is no head of the table, so each cell bears its own.
const UNNAMED: &str = "[...document.querySelectorAll('.shares td')].filter(cell => getComputedStyle(cell, '::before').content !== `\"${cell.dataset.name}\"`).length";

#[test]
fn coverage_in_a_browser() {
    let Some(path) = chromium() else {
        eprintln!("skipped: no Chromium; set CHROMIUM to one, or put one on the PATH");
        return;
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("coverage");
    fs::create_dir_all(&directory).unwrap();
    let page_file = directory.join("coverage.html");
    // A long name of a source, a source that cannot say why, one whose audit level is too low.
    let mut log =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cloudtrail.ndjson"))
            .unwrap();
    for number in 0..30 {
        log.push_str(&format!(
            "192.0.2.1 - - [05/Jan/2026:10:00:{number:02} +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n\
             {{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"a-{number}\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/api/v1/secrets\",\"verb\":\"get\",\"user\":{{\"username\":\"ann\"}},\"sourceIPs\":[\"192.0.2.1\"],\"objectRef\":{{\"resource\":\"secrets\",\"name\":\"s\"}},\"responseStatus\":{{\"code\":200}},\"requestReceivedTimestamp\":\"2026-01-05T10:00:00.000000Z\",\"stageTimestamp\":\"2026-01-05T10:00:00.000000Z\"}}\n\
             not recognised {number}\n"
        ));
    }
    let log_file =
        directory.join("a-log-with-quite-a-long-name-as-exports-of-clouds-have-them.ndjson");
    fs::write(&log_file, log).unwrap();
    let mut coverage = Command::new(env!("CARGO_BIN_EXE_auditward"));
    let made = coverage.arg("coverage").arg(&log_file).arg("--html").arg(&page_file).output();
    let made = made.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let url = format!("file://{}", page_file.canonicalize().unwrap().display());
    let (_browser, mut page) = Browser::start(&path);
    for (name, width, height, scheme) in [
        ("light", 1280, 900, "light"),
        ("dark", 1280, 900, "dark"),
        ("phone", 390, 844, "light"),
        ("phone-dark", 390, 844, "dark"),
        ("small-phone", 320, 640, "light"),
    ] {
        page.look(width, height, scheme);
        page.load(&url);
        page.keep(&directory, &format!("{name}.png"));
        let wide = page.evaluate("document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(wide, true, "{name}: wider than the window");
        assert_eq!(page.evaluate(BEYOND), json!([]), "{name}");
        assert_eq!(page.evaluate(SQUEEZED), json!([]), "{name}");
        assert_eq!(page.evaluate(FAINT), json!([]), "{name}: too faint");
        let is_dark = page.evaluate(BRIGHTNESS).as_u64() < Some(300);
        assert_eq!(is_dark, scheme == "dark", "{name}");
        if width < 600 {
            assert_eq!(page.evaluate(UNNAMED), 0, "{name}: figures without a name");
            let screens = page.evaluate(SCREENS).as_f64().unwrap();
            assert!(screens <= 7.0 * 844.0 / f64::from(height), "{name}: {screens} screens");
        }
        let words = page.evaluate("document.body.innerText");
        let words = words.as_str().unwrap();
        for part in ["not recognised", "kubernetes.audit", "Metadata", "10.2.1.4", "2026-01-05T10"]
        {
            assert!(words.contains(part), "{name}: {part}");
        }
        page.is_quiet(&url);
    }
    // The width of a sheet between its margins: A4 is the narrower one.
    page.look(688, 900, "light");
    page.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    assert_eq!(page.evaluate(BEYOND), json!([]), "cut off on paper");
    page.keep(&directory, "paper.png");
    println!("screenshots: {}", directory.display());
}

fn filters(page: &mut Page) {
    let choose = |id: &str, value: &str| {
        format!(
            "(() => {{ const it = document.getElementById('{id}'); it.value = '{value}'; it.dispatchEvent(new Event('input')); }})()"
        )
    };
    let all =
        page.evaluate("document.querySelectorAll('details.incident').length").as_u64().unwrap();
    let at_once = page.evaluate(SHOWN).as_u64().unwrap();
    assert!(at_once >= 2 && all > at_once, "{at_once} of {all} incidents");
    page.evaluate(&choose("text", "no such word anywhere"));
    assert_eq!(page.evaluate(SHOWN), 0);
    page.evaluate(&choose("text", "BRUTE"));
    let some = page.evaluate(SHOWN).as_u64().unwrap();
    assert!((1..all).contains(&some));
    assert_eq!(
        page.evaluate("document.getElementById('shown').textContent"),
        format!("{some} of {all} shown")
    );
    page.evaluate(&choose("text", ""));
    for (id, facet, value) in [
        ("detector", 0, "brute-force"),
        ("source", 1, "aws.cloudtrail"),
        ("actor", 2, "root"),
        ("origin", 3, "192.0.2.99"),
    ] {
        page.evaluate(&choose(id, value));
        let expected = page.evaluate(&format!(
            "[...document.querySelectorAll('details.incident')].filter(incident => JSON.parse(incident.dataset.facets)[{facet}].includes('{value}')).length"
        ));
        assert!(expected.as_u64() >= Some(1) && expected.as_u64() < Some(all), "{id}");
        assert_eq!(page.evaluate(SHOWN), expected, "{id}");
        page.evaluate(&choose(id, ""));
    }
    page.evaluate(&choose("severity", "4"));
    assert_eq!(
        page.evaluate(SHOWN),
        page.evaluate("document.querySelectorAll('details.incident[data-severity=\"4\"]').length")
    );
    page.evaluate(&choose("severity", "0"));
    // The sixth of March, by the clocks on the page.
    page.evaluate(&choose("since", "2026-03-06T00:00"));
    page.evaluate(&choose("until", "2026-03-06T23:59"));
    let of_day = page.evaluate("[...document.querySelectorAll('details.incident:not([hidden]) .when')].every(when => when.textContent.includes('2026-03-06'))");
    assert_eq!(of_day, true);
    assert!((1..all).contains(&page.evaluate(SHOWN).as_u64().unwrap()));
    page.evaluate(&choose("since", ""));
    page.evaluate(&choose("until", ""));
    assert_eq!(page.evaluate(SHOWN), all);
    // Each opens to its events.
    page.evaluate("document.getElementById('unfold').click()");
    let events = "[...document.querySelectorAll('details.incident')].every(incident => incident.open && incident.querySelector('.events td').checkVisibility())";
    assert_eq!(page.evaluate(events), true);
    page.evaluate("document.getElementById('unfold').click()");
    assert_eq!(page.evaluate("document.querySelectorAll('details.incident[open]').length"), 0);
}

/// Dragging over the chart over time zooms in, to finer columns, and shows the incidents of that time.
fn zooms(page: &mut Page, directory: &Path) {
    page.evaluate("document.getElementById('zoom').scrollIntoView({ block: 'center' })");
    let at = page.evaluate(
        "(() => { const box = document.querySelector('#zoom .u-over').getBoundingClientRect(); return [box.left, box.top + box.height / 2, box.width]; })()",
    );
    let [left, y, wide] = [0, 1, 2].map(|index| at[index].as_f64().unwrap());
    let columns = "document.getElementById('at-cursor').textContent";
    let mut mouse = |kind: &str, x: f64, clicks: u64| {
        let buttons = u8::from(kind != "mouseReleased");
        page.call(
            "Input.dispatchMouseEvent",
            json!({ "type": kind, "x": x, "y": y, "button": if clicks == 0 { "none" } else { "left" }, "buttons": if clicks == 0 { 0 } else { buttons }, "clickCount": clicks }),
        );
    };
    // In steps, as a hand moves.
    mouse("mouseMoved", left + wide * 0.3, 0);
    mouse("mousePressed", left + wide * 0.3, 1);
    for part in [0.35, 0.4, 0.5] {
        mouse("mouseMoved", left + wide * part, 1);
    }
    mouse("mouseReleased", left + wide * 0.5, 1);
    mouse("mouseMoved", left + wide * 0.45, 0);
    let series = "JSON.parse(document.getElementById('zoom').dataset.series)";
    let times = page.evaluate(&format!(
        "(() => {{ const {{ from, to }} = {series}, time = (id) => Date.parse(document.getElementById(id).value + 'Z') / 1000; return [from, time('since'), time('until'), to]; }})()"
    ));
    let [from, since, until, to] = [0, 1, 2, 3].map(|index| times[index].as_f64().unwrap());
    let near = |time: f64, part: f64| ((time - from) / (to - from) - part).abs() < 0.03;
    assert!(near(since, 0.3) && near(until, 0.5), "{times}");
    let shown = page.evaluate(SHOWN).as_u64();
    let all = page.evaluate("document.querySelectorAll('details.incident').length").as_u64();
    assert!(shown >= Some(1) && shown < all, "{shown:?} of {all:?}");
    let told = page.evaluate(columns);
    assert!(told.as_str().unwrap().contains("record"), "{told}");
    page.keep(directory, "zoomed.png");
    page.evaluate("document.getElementById('whole').click()");
    assert_eq!(page.evaluate("document.getElementById('since').value"), "");
    assert_eq!(page.evaluate("document.getElementById('whole').hidden"), true);
}

/// On a phone the parts are folded, and the contents unfold them.
fn follows_contents(page: &mut Page, url: &str) {
    page.look(390, 844, "light");
    page.load(url);
    let is_open = "document.querySelector('#completeness details.part').open";
    assert_eq!(page.evaluate(is_open), false);
    page.evaluate("document.querySelector('nav a[href=\"#completeness\"]').click()");
    page.evaluate("dispatchEvent(new Event('hashchange'))");
    assert_eq!(page.evaluate(is_open), true);
    page.look(1280, 900, "light");
    page.load(url);
}

/// A link of an incident opens its actor, with a picture of the hours.
fn opens_an_actor(page: &mut Page, directory: &Path, url: &str) {
    for (name, width, scheme) in [("actor", 1280, "light"), ("actor-phone-dark", 390, "dark")] {
        page.look(width, 844, scheme);
        page.load(url);
        page.evaluate("document.querySelector('details.incident a[href^=\"#actor-\"]').click()");
        page.evaluate("dispatchEvent(new Event('hashchange'))");
        let shown = page.evaluate(
            "[...document.querySelectorAll('details.actor[open]')].map(actor => [actor.querySelectorAll('svg.heat').length, \
             actor.querySelector('tbody').rows.length > 0, actor.getBoundingClientRect().top < innerHeight])",
        );
        assert_eq!(shown, json!([[1, true, true]]), "{name}");
        page.keep(directory, &format!("{name}.png"));
    }
    page.look(1280, 900, "light");
    page.load(url);
}

/// One page that sums up, then all parts; events where an incident was opened.
fn on_paper(page: &mut Page, directory: &Path, url: &str) {
    page.load(url);
    assert_eq!(page.evaluate("document.getElementById('summary').checkVisibility()"), false);
    page.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    assert_eq!(page.evaluate("document.getElementById('summary').checkVisibility()"), true);
    let sheet = page
        .evaluate("document.getElementById('summary').getBoundingClientRect().bottom / innerWidth");
    // Letter is the shorter sheet: 11 by 8.5 inches.
    assert!(sheet.as_f64() < Some(1.29), "the summary takes more than one sheet: {sheet}");
    assert_eq!(page.evaluate("document.querySelector('.filter').checkVisibility() || document.querySelector('nav').checkVisibility()"), false);
    page.keep(directory, "paper.png");
    page.call("Emulation.setEmulatedMedia", json!({ "media": "" }));
}

fn chooses_colours(page: &mut Page) {
    let before = page.evaluate(BRIGHTNESS).as_u64();
    page.evaluate("document.getElementById('theme').click()");
    let after = page.evaluate(BRIGHTNESS).as_u64();
    assert!((before < Some(300)) != (after < Some(300)), "{before:?} {after:?}");
}

fn is_readable_without_scripts(page: &mut Page, url: &str) {
    page.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.look(1280, 900, "light");
    page.load(url);
    assert_eq!(page.evaluate("document.documentElement.className"), "");
    assert!(page.evaluate(SHOWN).as_u64() >= Some(10));
    assert_eq!(page.evaluate("document.querySelector('.filter').checkVisibility()"), false);
    page.is_laid_out("without scripts");
    assert_eq!(
        page.evaluate(SHOWN),
        page.evaluate("document.querySelectorAll('details.incident').length")
    );
    page.is_quiet(url);
}
