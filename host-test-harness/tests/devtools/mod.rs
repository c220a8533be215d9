//! A headless Chromium, spoken to by the DevTools protocol.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tungstenite::client::client_with_config;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

/// Text with too little contrast to what is behind it (WCAG 2 AA: 4.5 to 1); charts are labelled by tables too.
pub const FAINT: &str = r"(() => {
  const rgb = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = parts => parts.slice(0, 3).map(part => part / 255).map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = rgb(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest('svg, script, style, option') || !element.checkVisibility()) continue;
    const [more, less] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((one, other) => other - one);
    if ((more + 0.05) / (less + 0.05) < 4.5) faint.add(`${element.className}: ${element.textContent.slice(0, 30)}`);
  }
  return [...faint].slice(0, 5);
})()";

/// A browser that is closed when it is dropped, whatever happened.
pub struct Browser {
    child: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page, spoken to by the DevTools protocol.
pub struct Page {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    number: u64,
    pub events: Vec<Value>,
}

pub fn chromium() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").filter(|name| !name.is_empty()).map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let on_path = || {
        env::split_paths(&env::var_os("PATH")?)
            .flat_map(|directory| names.map(|name| directory.join(name)))
            .find(|path| path.is_file())
    };
    named.or_else(on_path)
}

impl Browser {
    pub fn start(path: &Path) -> (Browser, Page) {
        let profile = tempfile::tempdir().unwrap();
        // The page is our own; where tests run as root, there is no sandbox.
        let mut command = Command::new(path);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
        ]);
        command.args([
            "--remote-debugging-port=0",
            &format!("--user-data-dir={}", profile.path().display()),
            "about:blank",
        ]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let browser = Browser { child, _profile: profile };
        let line =
            said.by_ref().map_while(Result::ok).find(|line| line.contains("DevTools listening on"));
        let url = line
            .as_ref()
            .and_then(|line| line.split("listening on ").nth(1))
            .expect("Chromium tells where it listens")
            .trim()
            .to_owned();
        // A pipe that nobody reads would stop it.
        std::thread::spawn(move || said.for_each(drop));
        (browser, Page::open(&url))
    }
}

impl Page {
    pub fn open(url: &str) -> Page {
        let address = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A picture of a whole page comes in one message.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (socket, _) = client_with_config(url, stream, Some(config)).unwrap();
        let mut page = Page { socket, session: None, number: 0, events: Vec::new() };
        let target =
            page.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let session = page.call(
            "Target.attachToTarget",
            json!({ "targetId": target, "flatten": true }),
        )["sessionId"]
            .as_str()
            .unwrap()
            .to_owned();
        page.session = Some(session);
        ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"]
            .into_iter()
            .for_each(|method| drop(page.call(method, json!({}))));
        page
    }

    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let answer = self.next();
            if answer["id"] == self.number {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    pub fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    pub fn load(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", json!({ "url": url }));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.next();
            self.events.push(event);
        }
    }

    pub fn look(&mut self, width: u32, height: u32, scheme: &str) {
        self.call("Emulation.setDeviceMetricsOverride", json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }));
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    pub fn evaluate(&mut self, script: &str) -> Value {
        let answer =
            self.call("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }));
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    pub fn keep(&mut self, directory: &Path, name: &str) {
        // Chromium draws no picture that is higher.
        const MOST: f64 = 16_000.0;
        let height = "document.documentElement.scrollHeight";
        let number = |value: Value| value.as_f64().unwrap();
        let (height, width) = (
            number(self.evaluate(height)),
            number(self.evaluate("document.documentElement.clientWidth")),
        );
        let ratio = number(self.evaluate("window.devicePixelRatio"));
        let shot = self.call(
            "Page.captureScreenshot",
            json!({
                "format": "png",
                "captureBeyondViewport": true,
                "clip": { "x": 0, "y": 0, "width": width, "height": height.min(MOST / ratio), "scale": 1 },
            }),
        );
        fs::write(
            directory.join(name),
            BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap(),
        )
        .unwrap();
    }
}
