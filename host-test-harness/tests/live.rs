//! The live page in a real browser. Runs where `CHROMIUM` names one or one is on the PATH; says so where not. Screenshots are kept in `target/tmp/live`.

mod devtools;

use auditward::serve::{Options, Serving};
use devtools::{Browser, FAINT, Page, chromium};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How bright the page is behind its text, of 765.
const BRIGHTNESS: &str = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)";

fn post(address: SocketAddr, body: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Expected content of the page: the detector, and words of its finding.
const FOUND: [(&str, &str); 3] = [
    ("brute-force", "5 failed authentications against account"),
    ("brute-force", "5 failed authentications from origin"),
    ("fail-then-success", "got in after 8 failed authentications"),
];

/// As often as it takes, for some seconds.
fn wait_for(page: &mut Page, script: &str, wanted: &Value) {
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        let found = page.evaluate(script);
        if found == *wanted {
            return;
        }
        assert!(Instant::now() < until, "{script} gives {found}, not {wanted}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Nothing was complained of, and nothing was asked for but the page, what it listens to, and the icon that it has within.
fn is_quiet(page: &Page, base: &str) {
    for event in &page.events {
        let (method, params) = (event["method"].as_str().unwrap_or_default(), &event["params"]);
        assert!(method != "Runtime.exceptionThrown", "{params}");
        assert!(
            method != "Log.entryAdded"
                || !["error", "warning"]
                    .contains(&params["entry"]["level"].as_str().unwrap_or_default()),
            "{params}"
        );
        let url = params["request"]["url"].as_str().unwrap_or_default();
        let is_ours = url == base
            || url == format!("{base}events")
            || url == format!("{base}v1/actors/dana")
            || url.starts_with("data:");
        assert!(method != "Network.requestWillBeSent" || is_ours, "{params}");
    }
}

#[test]
fn the_live_page_in_a_browser() {
    let Some(path) = chromium() else {
        eprintln!("SKIPPED: no Chromium; set CHROMIUM to one, or put one on the PATH");
        return;
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live");
    fs::create_dir_all(&directory).unwrap();
    let policy = directory.join("policy.toml");
    fs::write(&policy, "[environment]\ntimezone = \"Europe/Berlin\"\n").unwrap();
    let mut serving = Serving::start(Options {
        listen: ([127, 0, 0, 1], 0).into(),
        policy: Some(policy),
        ..Options::default()
    })
    .unwrap();
    let base = format!("http://{}/", serving.address);
    let (_browser, mut page) = Browser::start(&path);
    page.look(1280, 900, "light");
    page.load(&base);
    wait_for(&mut page, "document.getElementById('link').textContent", &json!("live"));
    assert_eq!(page.evaluate("document.querySelectorAll('#findings article').length"), 0);
    // A day of events, among them failed sign-ins of one account from one origin, and then one that gets in: the page hears of them by itself.
    post(serving.address, include_str!("../../examples/cloudtrail.ndjson"));
    for (detector, words) in FOUND {
        let script = format!(
            "[...document.querySelectorAll('#findings article')].filter(found => found.innerText.includes('{detector}') && found.innerText.includes('{words}')).length"
        );
        wait_for(&mut page, &script, &json!(1));
    }
    wait_for(
        &mut page,
        "document.getElementById('figures').textContent.includes('60') && document.querySelectorAll('#figures table').length",
        &json!(2),
    );
    // The worst incident stands before the newest findings.
    wait_for(
        &mut page,
        "document.querySelector('#worst article, #findings article').closest('#worst') && document.querySelector('#worst article').dataset.severity",
        &json!("3"),
    );
    let text = page.evaluate("document.body.innerText");
    let text = text.as_str().unwrap();
    for words in [
        "5 failed authentications against account 'dana'",
        "Actors and origins with findings",
        "Most findings",
        "Findings by severity",
        "all times in Europe/Berlin (UTC+",
        "refused requests",
        "up for",
        "incidents to look at",
        "30 days",
        "origin 198.51.100.23",
    ] {
        assert!(text.to_lowercase().contains(&words.to_lowercase()), "{words} not in\n{text}");
    }
    assert!(
        page.evaluate("document.querySelectorAll('svg rect.s2').length").as_u64() >= Some(1),
        "a bar for the findings"
    );
    // The fifth failure came at 11:21:20 UTC.
    assert!(
        text.contains("2026-01-14 12:21:20") && !text.contains("2026-01-14 11:21:20"),
        "{text}"
    );
    let order = "document.getElementById('findings').getBoundingClientRect().top < document.getElementById('figures').getBoundingClientRect().top";
    assert_eq!(page.evaluate(order), true, "findings come first");
    looks(&mut page, &directory);
    shows_an_actor(&mut page, &directory);
    searches_and_pauses(&mut page, serving.address);
    is_quiet(&page, &base);
    // After the service has gone, the page says so.
    serving.stop();
    wait_for(&mut page, "document.getElementById('link').className", &json!("badge bad"));
}

/// A click on an actor shows its panel, which is laid out as the rest.
fn shows_an_actor(page: &mut Page, directory: &Path) {
    page.evaluate("document.querySelector('a.actor[href$=\"/dana\"]').click()");
    wait_for(page, "document.getElementById('actor').hidden", &json!(false));
    let text = page.evaluate("document.getElementById('actor').innerText");
    let text = text.as_str().unwrap();
    for words in ["dana", "What deviated", "failed authentications", "None: "] {
        assert!(text.contains(words), "{words} not in\n{text}");
    }
    assert_eq!(page.evaluate(FAINT), json!([]), "too faint");
    assert_eq!(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    page.keep(directory, "actor.png");
}

const LISTED: &str = "[...document.querySelectorAll('#findings article')].filter(found => found.checkVisibility()).length";

/// New findings wait during a pause, and findings that do not match the search are hidden.
fn searches_and_pauses(page: &mut Page, address: SocketAddr) {
    let search = |words: &str| {
        format!(
            "(() => {{ const it = document.getElementById('text'); it.value = '{words}'; it.dispatchEvent(new Event('input')); }})()"
        )
    };
    let all = page.evaluate(LISTED).as_u64().unwrap();
    page.evaluate(&search("FAIL-then"));
    assert_eq!(page.evaluate(LISTED), 1);
    page.evaluate(&search(""));
    assert_eq!(page.evaluate(LISTED), all);
    page.evaluate("document.getElementById('pause').click()");
    let event = include_str!("../../examples/cloudtrail.ndjson")
        .lines()
        .find(|line| line.contains("\"Root\""))
        .unwrap();
    let mut later: Value = serde_json::from_str(event).unwrap();
    later["eventID"] = json!("7d0f6e9c-0000-4000-8000-000000000001");
    later["eventTime"] = json!("2026-01-14T13:00:00Z");
    post(address, &format!("{later}\n"));
    wait_for(
        page,
        "/[1-9] waiting/.test(document.getElementById('pause').textContent)",
        &json!(true),
    );
    assert_eq!(page.evaluate(LISTED), all);
    page.evaluate("document.getElementById('pause').click()");
    assert!(page.evaluate(LISTED).as_u64() > Some(all));
}

/// Light and dark by the system's choice and by the button, on a desk and on a phone.
fn looks(page: &mut Page, directory: &Path) {
    for (name, width, scheme, is_dark) in [
        ("light", 1280, "light", false),
        ("dark", 1280, "dark", true),
        ("phone", 390, "dark", true),
    ] {
        page.look(width, 900, scheme);
        assert_eq!(page.evaluate(BRIGHTNESS).as_u64() < Some(300), is_dark, "{name}");
        assert_eq!(page.evaluate("innerWidth"), width, "{name}: wider than the window");
        let wide = page.evaluate(
            "[...document.body.querySelectorAll('*')].filter(element => !element.closest('.scroll') && element.getBoundingClientRect().right > document.body.clientWidth + 1)\
             .slice(0, 5).map(element => element.outerHTML.slice(0, 120))",
        );
        assert_eq!(wide, json!([]), "{name}: sticks out at the side");
        assert_eq!(page.evaluate(FAINT), json!([]), "{name}: too faint");
        page.keep(directory, &format!("{name}.png"));
    }
    page.evaluate("document.getElementById('theme').click()");
    assert!(page.evaluate(BRIGHTNESS).as_u64() > Some(300), "the button goes before the system");
    page.evaluate("document.getElementById('theme').click()");
    assert!(page.evaluate(BRIGHTNESS).as_u64() < Some(300));
}
