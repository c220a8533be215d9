//! Hostile input, files and hosts, through Fluent Bit's interface in wasmtime: called as `filter_wasm` calls, lies included.

use anyhow::Result;
use auditward::mode::raw::{Compiled, Raw};
use auditward::mode::{Input, Mode, Setup};
use auditward_tests::{NOW, answer, failed_login, typical};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

static MODULE: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(false).unwrap());
static METERED: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(true).unwrap());

fn setup() -> Setup {
    Setup { seed: 7, is_marking: true, now_ms: Some(NOW), ..Setup::default() }
}

/// An instance, with events of its own to see whether it is well.
struct Guest {
    mode: Raw,
    next: u32,
    /// Where the clock moves, records come with its time.
    clock: Option<Arc<AtomicI64>>,
}

impl Guest {
    fn new(setup: &Setup) -> Guest {
        Guest { mode: MODULE.open(setup).unwrap(), next: 0, clock: setup.clock.clone() }
    }

    fn metered() -> Guest {
        Guest {
            mode: METERED.open(&Setup { is_metered: true, ..setup() }).unwrap(),
            next: 0,
            clock: None,
        }
    }

    fn process(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let time_ms = self.clock.as_ref().map_or(NOW, |clock| clock.load(Ordering::Relaxed));
        Ok(self.mode.process(Input { tag: "app.audit", time_ms, nonce: 0, bytes })?)
    }

    fn object(&mut self, bytes: &[u8]) -> Map<String, Value> {
        let out = self.process(bytes).unwrap();
        answer::object(&out, 16)
            .unwrap_or_else(|why| panic!("{why:#}\n{}", String::from_utf8_lossy(&out)))
    }

    /// The notes of a new, normal record, which must come out right.
    fn well(&mut self) -> Vec<String> {
        self.next += 1;
        let record = typical(self.next);
        let object = self.object(record.as_bytes());
        assert_eq!(object["source"], "aws.cloudtrail");
        assert_eq!(object["actor"]["name"], format!("u{:03}", self.next % 500));
        answer::carries(record.as_bytes(), &object, None).unwrap();
        answer::notes(&object)
    }

    fn is_well(&mut self) {
        assert_eq!(self.well(), Vec::<String>::new());
    }

    /// The input goes in, one good object carrying it comes out, and the next record is as if nothing had been.
    fn takes(&mut self, input: &[u8]) -> Map<String, Value> {
        let object = self.object(input);
        let shown = String::from_utf8_lossy(input.get(..200).unwrap_or(input)).into_owned();
        answer::carries(input, &object, None).unwrap_or_else(|why| panic!("{shown}: {why:#}"));
        self.is_well();
        object
    }
}

#[test]
fn a_record_that_is_not_there_leaves_a_marker() {
    let mut guest = Guest::new(&setup());
    guest.is_well();
    let text = guest.mode.copy_in(b"{}").unwrap();
    // Memory may grow between the calls: its end is looked at before each.
    type Record = fn(i32, i32) -> (i32, i32);
    let records: [Record; 10] = [
        |_, _| (0, 100_000),
        |_, _| (0, 0),
        |text, _| (text, i32::MAX),
        |text, _| (text, -1),
        |text, _| (text, i32::MIN),
        |_, beyond| (beyond, 1),
        |_, beyond| (beyond - 1, 2),
        |_, _| (-8, 4),
        |_, _| (-1, -1),
        |_, beyond| (beyond + 65_536, 16),
    ];
    for record in records {
        let beyond = i32::try_from(guest.mode.memory()).unwrap();
        let record = record(text, beyond);
        let out = guest.mode.call((text, 2), NOW, 0, record).unwrap();
        let object = answer::object(&out, 16).unwrap();
        assert_eq!(object["notes"], serde_json::json!(["record-lost"]), "{record:?}");
        assert_eq!(object["lost_bytes"], i64::from(record.1 as u32), "{record:?}");
        guest.is_well();
    }
    let beyond = i32::try_from(guest.mode.memory()).unwrap();
    for tag in [(0, 0), (0, 7), (text, i32::MAX), (text, -1), (beyond + 65_536, 1), (-1, 1)] {
        let record = typical(9_000);
        let at = guest.mode.copy_in(record.as_bytes()).unwrap();
        let out = guest.mode.call(tag, NOW, 0, (at, i32::try_from(record.len()).unwrap())).unwrap();
        assert_eq!(answer::object(&out, 16).unwrap()["source"], "aws.cloudtrail", "{tag:?}");
        guest.mode.free(at).unwrap();
        guest.is_well();
    }
}

/// A host may hold several records at once, of any size, and give them back in any order: none overwrites another.
#[test]
fn copies_are_held_and_given_back_in_any_order() {
    let mut guest = Guest::new(&setup());
    let record = |number: usize| {
        format!(
            "{{\"number\":{number},\"text\":\"{}\"}}",
            "x".repeat([0, 300, 480, 70_000, 9_000, 65_500][number % 6])
        )
    };
    let mut held = VecDeque::new();
    for number in 0..60 {
        let record = record(number);
        held.push_back((guest.mode.copy_in(record.as_bytes()).unwrap(), record));
        while held.len() > number % 5 {
            let next = if number % 3 == 0 { held.pop_back() } else { held.pop_front() };
            let (at, record) = next.unwrap();
            let out = guest
                .mode
                .call((0, 0), NOW, 0, (at, i32::try_from(record.len()).unwrap()))
                .unwrap();
            let object = answer::object(&out, 16).unwrap();
            answer::carries(record.as_bytes(), &object, None).unwrap();
            guest.mode.free(at).unwrap();
        }
    }
    guest.is_well();
}

#[test]
fn times_at_the_edges_are_times() {
    let mut guest = Guest::new(&setup());
    let at = guest.mode.copy_in(b"{\"no\":\"time\"}").unwrap();
    for time_ms in [0, 999, NOW, 4_294_967_295_999, -1, -4_294_967_296_000] {
        let out = guest.mode.call((0, 0), time_ms, 0, (at, 13)).unwrap();
        assert!(answer::object(&out, 16).unwrap()["time"].is_string());
    }
    guest.is_well();
}

#[test]
fn text_that_is_not_strict_json_is_carried() {
    let mut guest = Guest::new(&setup());
    let rows: &[(&[u8], &str)] = &[
        (b"", "not-json"),
        (b" ", "not-json"),
        (b"plain", "not-json"),
        (b"{}{}", "not-strict-json"),
        (b"{\"a\":1}{\"b\":2}", "not-strict-json"),
        (b"{\"a\":1} junk", "not-strict-json"),
        (b"{\"a\":1}\n{\"b\":2}", "not-strict-json"),
        (br#"{"a":"\x41"}"#, "not-strict-json"),
        (br#"{"a":"\u12"}"#, "not-strict-json"),
        (br#"{"a":"\ud800"}"#, "not-strict-json"),
        (br#"{"a":"\udc00\ud800"}"#, "not-strict-json"),
        (br#"{"\ud800":1}"#, "not-strict-json"),
        (br#"{"a":01}"#, "not-strict-json"),
        (br#"{"a":+1}"#, "not-strict-json"),
        (br#"{"a":1.}"#, "not-strict-json"),
        (br#"{"a":.5}"#, "not-strict-json"),
        (br#"{"a":0x10}"#, "not-strict-json"),
        (br#"{"a":1e}"#, "not-strict-json"),
        (br#"{"a":-}"#, "not-strict-json"),
        (br#"{"a":NaN}"#, "not-strict-json"),
        (br#"{"a":nan,"b":inf,"c":-inf}"#, "not-strict-json"),
        (br#"{"a":Infinity}"#, "not-strict-json"),
        (br#"{"a":1e400}"#, "number-out-of-range"),
        (br#"{"a":-1e400}"#, "number-out-of-range"),
        (br#"{"a":1.797693134862316e+308}"#, "number-out-of-range"),
        (br#"{"a":-1.797693134862316e+308}"#, "number-out-of-range"),
        (br#"{"a":[[1e999]]}"#, "number-out-of-range"),
        (br#"{5:"x"}"#, "not-strict-json"),
        (br#"{null:1}"#, "not-strict-json"),
        (br#"{1.5:1,true:2}"#, "not-strict-json"),
        (br#"{{"a":1}:2}"#, "not-strict-json"),
        (br#"{[1]:2}"#, "not-strict-json"),
        (br#"{"ext":"\x01\xffffffff"}"#, "not-strict-json"),
        (br#"{"a":1,}"#, "not-strict-json"),
        (br#"[1,]"#, "not-strict-json"),
        (br#"{"a"}"#, "not-strict-json"),
        (br#"{"a":}"#, "not-strict-json"),
        (br#"{"a":1"#, "not-strict-json"),
        (br#"{"a":"b"#, "not-strict-json"),
        (br#"{'a':1}"#, "not-strict-json"),
        (b"{\"a\":\"tab\there\"}", "not-strict-json"),
        (b"{\"a\":\"line\nend\"}", "not-strict-json"),
        (b"{\"a\":\"nul\0here\"}", "not-strict-json"),
        (b"{\"a\":1\0}", "not-strict-json"),
        (b"\0\0\0", "not-json"),
        (b"{\"a\":\"\xff\xfe\"}", "not-utf8"),
        (b"\xff\xfe\xfd", "not-utf8"),
        (b"{\"\xc0\xaf\":1}", "not-utf8"),
        (b"{\"a\":\"\xed\xa0\x80\"}", "not-utf8"),
        (b"\0\0{\"a\":", "not-json"),
        (b"\xef\xbb\xbf{a", "not-json"),
        (b"\xef\xbb\xbf{\"a\":\"\xff\"}", "not-utf8"),
        (b"[1,2]", "not-an-object"),
        (b"\"text\"", "not-an-object"),
        (b"42", "not-an-object"),
        (b"null", "not-an-object"),
    ];
    for (input, note) in rows {
        let object = guest.takes(input);
        let notes = answer::notes(&object);
        assert!(
            notes.iter().any(|held| held == note),
            "{:?}: {notes:?}, not {note}",
            String::from_utf8_lossy(input)
        );
    }
    guest.takes(br#"{"edge":1.7976931348623157e308,"least":5e-324,"u64":18446744073709551615,"i64":-9223372036854775808,"zero":-0}"#);
    guest.takes(br#"{"a":"\u0000 \ud83d\ude00 \u2028"}"#);
    for digits in [300, 308, 309, 310, 400, 5000] {
        guest.takes(format!("{{\"a\":{}}}", "9".repeat(digits)).as_bytes());
        guest.takes(format!("{{\"a\":0.{}}}", "9".repeat(digits)).as_bytes());
        guest.takes(format!("{{\"a\":1{}e-{digits}}}", "0".repeat(digits)).as_bytes());
    }
}

#[test]
fn nesting_of_any_depth_is_carried() {
    let mut guest = Guest::new(&setup());
    for depth in [14, 15, 16, 17, 62, 63, 64, 128, 5_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            guest.takes(
                format!("{{\"b\":{}1{}}}", open.repeat(depth - 1), close.repeat(depth - 1))
                    .as_bytes(),
            );
            guest.takes(open.repeat(depth).as_bytes());
        }
    }
}

#[test]
fn large_records_are_carried_and_their_memory_is_used_again() {
    let mut guest = Guest::new(&setup());
    let mut after_first_round = 0;
    for round in 0..4 {
        for size in [1_000_000, 5_000_000] {
            guest.takes(format!("{{\"a\":\"{}\"}}", "x".repeat(size)).as_bytes());
            guest.takes(format!("{{\"a\":[{}1]}}", "1,".repeat(size / 2)).as_bytes());
            guest.takes("plain \"text\" ".repeat(size / 13).as_bytes());
            guest.takes(&vec![0xfe; size]);
            guest.takes(&vec![b'\\'; size]);
            guest.takes(&vec![0u8; size]);
        }
        if round == 0 {
            after_first_round = guest.mode.memory();
        }
    }
    let now = guest.mode.memory();
    assert!(
        now <= after_first_round + after_first_round / 4,
        "{after_first_round} bytes after the first round, {now} after the last"
    );
}

/// Reads the answer to msgpack with the few types it uses.
fn unpack(mut rest: &[u8]) -> Vec<(String, String)> {
    fn string<'a>(rest: &mut &'a [u8]) -> &'a str {
        let (len, header) = match **rest {
            [short @ 0xa0..=0xbf, ..] => (usize::from(short & 31), 1),
            [0xd9, len, ..] => (usize::from(len), 2),
            [0xda, high, low, ..] => (usize::from(high) << 8 | usize::from(low), 3),
            _ => panic!("not a string: {:x?}", rest.get(..8)),
        };
        let text = std::str::from_utf8(&rest[header..header + len]).unwrap();
        *rest = &rest[header + len..];
        text
    }
    let pairs = rest[0] - 0x80;
    rest = &rest[1..];
    let pairs =
        (0..pairs).map(|_| (string(&mut rest).to_owned(), string(&mut rest).to_owned())).collect();
    assert_eq!(rest, b"", "nothing follows");
    pairs
}

#[test]
fn msgpack_is_answered_in_msgpack_without_a_zero_byte() {
    use base64::Engine as _;
    let mut guest = Guest::new(&setup());
    for len in [0usize, 1, 2, 23, 24, 190, 191, 192, 48_000, 48_001, 200_000] {
        let mut input = vec![0x81, 0xa1, b'a', 0xdb];
        input.extend((len as u32).to_be_bytes());
        input.extend((0..len).map(|at| (at % 256) as u8));
        let out = guest.process(&input).unwrap();
        assert!((0x82..=0x8f).contains(&out[0]), "{:x}", out[0]);
        let pairs = unpack(&out);
        assert_eq!(pairs[0].0, "error");
        let parts = pairs[1..].iter().flat_map(|(_, part)| {
            base64::engine::general_purpose::STANDARD.decode(part.trim_end()).unwrap()
        });
        assert_eq!(parts.collect::<Vec<u8>>(), input, "{len}");
        guest.is_well();
    }
}

#[test]
fn a_policy_of_any_content_leaves_defaults_and_a_note() {
    let huge = format!("# {}\n[output]\nlayout = \"annotate\"\n", "x".repeat(2 << 20));
    let contents: [&[u8]; 6] = [
        b"[output]\nschema = \"audti\"\n",
        b"[output\n",
        b"\xff\xfe\x00\x01",
        huge.as_bytes(),
        b"output = 5",
        b"\0",
    ];
    for content in contents {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("auditward.toml"), content).unwrap();
        let mut guest = Guest::new(&Setup { directory: Some(directory.path().into()), ..setup() });
        for _ in 0..3 {
            let notes = guest.well();
            assert!(notes.contains(&"policy-invalid".to_owned()), "{notes:?}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("auditward.toml")).unwrap();
    let mut guest = Guest::new(&Setup { directory: Some(directory.path().into()), ..setup() });
    guest.well();
}

#[test]
fn a_directory_without_a_policy_is_flagged_until_one_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(NOW));
    let setup =
        Setup { directory: Some(directory.path().into()), clock: Some(clock.clone()), ..setup() };
    let mut guest = Guest::new(&setup);
    for _ in 0..3 {
        let notes = guest.well();
        assert!(notes.contains(&"policy-missing".to_owned()), "{notes:?}");
    }
    fs::write(directory.path().join("auditward.toml"), "").unwrap();
    clock.fetch_add(11_000, Ordering::Relaxed);
    let notes = guest.well();
    assert!(!notes.contains(&"policy-missing".to_owned()), "{notes:?}");
}

/// A clock, and a directory with a policy that writes state as often as it can.
fn stateful(policy: &str) -> (tempfile::TempDir, Arc<AtomicI64>, Setup) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("auditward.toml"), policy).unwrap();
    let clock = Arc::new(AtomicI64::new(NOW));
    let setup =
        Setup { directory: Some(directory.path().into()), clock: Some(clock.clone()), ..setup() };
    (directory, clock, setup)
}

const STATEFUL: &str =
    "[log]\nlevel = \"off\"\n[budget]\nmemory = \"256 KiB\"\n[state]\nevery = \"1s\"\n";

/// Records until the next snapshot stands in the directory.
fn written(guest: &mut Guest, clock: &AtomicI64, directory: &Path) -> Vec<u8> {
    let path = directory.join("state/auditward.snapshot");
    let _ = fs::remove_file(&path);
    for _ in 0..500 {
        clock.fetch_add(1000, Ordering::Relaxed);
        guest.well();
        if let Ok(bytes) = fs::read(&path) {
            return bytes;
        }
    }
    panic!("no snapshot was written");
}

/// Four failures, one short of an alert, and their snapshot.
fn snapshot() -> Vec<u8> {
    let (directory, clock, setup) = stateful(STATEFUL);
    let mut guest = Guest::new(&setup);
    for number in 0..4 {
        guest.object(failed_login("alice", "203.0.113.5", number, number).as_bytes());
    }
    written(&mut guest, &clock, directory.path())
}

/// An instance that finds this state; whether it took it over, and what it noted on its first record.
fn started_with(put: impl FnOnce(&Path)) -> (bool, Vec<String>) {
    let (directory, _, setup) = stateful(STATEFUL);
    fs::create_dir(directory.path().join("state")).unwrap();
    put(&directory.path().join("state/auditward.snapshot"));
    let mut guest = Guest::new(&setup);
    guest.next = 70_000;
    let notes = guest.well();
    guest.is_well();
    let fifth = guest.object(failed_login("alice", "203.0.113.5", 4, 4).as_bytes());
    (!answer::findings(&fifth).is_empty(), notes)
}

#[test]
fn state_survives_a_restart() {
    let snapshot = snapshot();
    let (is_taken, notes) = started_with(|path| fs::write(path, &snapshot).unwrap());
    assert_eq!((is_taken, notes), (true, Vec::new()));
}

#[test]
fn state_of_any_content_is_set_aside_with_a_note() {
    let snapshot = snapshot();
    let set_aside = (false, vec!["state-set-aside".to_owned()]);
    for len in (0..64).step_by(9).chain((64..snapshot.len()).step_by(797)) {
        assert_eq!(
            started_with(|path| fs::write(path, &snapshot[..len]).unwrap()),
            set_aside,
            "cut at {len}"
        );
    }
    for at in (0..64).step_by(7).chain((64..snapshot.len()).step_by(1117)) {
        let mut flipped = snapshot.clone();
        flipped[at] ^= 1 << (at % 8);
        assert_eq!(
            started_with(|path| fs::write(path, &flipped).unwrap()),
            set_aside,
            "flipped at {at}"
        );
    }
    let mut newer = snapshot.clone();
    newer[8] = 0xff;
    for content in [&newer[..], b"", b"{}", b"AWSTATE\n", &[0; 100_000], &vec![b'x'; 3 << 20]] {
        assert_eq!(started_with(|path| fs::write(path, content).unwrap()), set_aside);
    }
    assert_eq!(started_with(|path| fs::create_dir(path).unwrap()), set_aside, "a directory");
}

#[test]
fn the_snapshot_before_stands_in_for_a_damaged_one() {
    let snapshot = snapshot();
    let (is_taken, notes) = started_with(|path| {
        fs::write(path, &snapshot[..snapshot.len() / 2]).unwrap();
        fs::write(path.with_extension("snapshot.1"), &snapshot).unwrap();
    });
    assert_eq!((is_taken, notes), (true, vec!["state-set-aside".to_owned()]));
}

#[test]
fn the_newest_instance_takes_over_at_once_and_the_one_before_writes_no_more() {
    let (directory, clock, setup) = stateful(STATEFUL);
    let mut first = Guest::new(&setup);
    first.is_well();
    // Each has records of its own: what one knew comes back with the state.
    let mut second = Guest { next: 1_000, ..Guest::new(&setup) };
    second.is_well();
    let snapshot = written(&mut second, &clock, directory.path());
    clock.fetch_add(11_000, Ordering::Relaxed);
    // However long the newer one is silent, its state stays its own.
    for _ in 0..5 {
        assert_eq!(first.well(), ["state-read-only"]);
        clock.fetch_add(60_000, Ordering::Relaxed);
    }
    assert_eq!(fs::read(directory.path().join("state/auditward.snapshot")).unwrap(), snapshot);
    second.is_well();
    // A third begins above both.
    let mut third = Guest { next: 2_000, ..Guest::new(&setup) };
    third.is_well();
    clock.fetch_add(11_000, Ordering::Relaxed);
    assert_eq!(
        (first.well(), second.well()),
        (vec!["state-read-only".to_owned()], vec!["state-read-only".to_owned()])
    );
}

#[test]
fn an_instance_that_waits_leaves_a_fresh_lock_to_its_holder() {
    let (directory, clock, setup) = stateful(STATEFUL);
    let mut first = Guest::new(&setup);
    let mut second = Guest::new(&Setup { waits_for_lock: true, ..setup });
    first.is_well();
    assert_eq!(second.well(), ["state-read-only"]);
    written(&mut first, &clock, directory.path());
    assert_eq!(second.well(), ["state-read-only"]);
    drop(first);
    clock.fetch_add(60_000, Ordering::Relaxed);
    second.well();
    second.is_well();
}

#[test]
fn special_files_neither_hold_the_host_nor_are_written_through() {
    let files = [
        "auditward.toml",
        "state/auditward.snapshot",
        "state/auditward.snapshot.1",
        "state/auditward.snapshot.tmp",
        "state/lock",
        "state/lock.tmp",
        "state/status.json",
        "state/status.tmp",
    ];
    let kinds: [fn(&Path); 4] = [
        |path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success()),
        |path| fs::create_dir(path).unwrap(),
        |path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap(),
        |path| std::os::unix::fs::symlink("../kept", path).unwrap(),
    ];
    for (file, put) in files.iter().flat_map(|file| kinds.iter().map(move |put| (file, put))) {
        let (directory, clock, setup) = stateful(STATEFUL);
        fs::create_dir(directory.path().join("state")).unwrap();
        fs::write(directory.path().join("kept"), "kept").unwrap();
        let path = directory.path().join(file);
        let _ = fs::remove_file(&path);
        put(&path);
        let mut guest = Guest::new(&setup);
        for _ in 0..200 {
            guest.well();
            clock.fetch_add(500, Ordering::Relaxed);
        }
        assert_eq!(fs::read_to_string(directory.path().join("kept")).unwrap(), "kept", "{file}");
    }
}

#[test]
fn a_policy_changed_while_running_is_picked_up() {
    let (directory, clock, setup) = stateful(STATEFUL);
    let path = directory.path().join("auditward.toml");
    let mut guest = Guest::new(&setup);
    guest.is_well();
    fs::write(&path, format!("{STATEFUL}[output]\nlayout = \"annotate\"\nkey = \"ours\"\n"))
        .unwrap();
    clock.fetch_add(11_000, Ordering::Relaxed);
    assert!(guest.object(typical(1_000).as_bytes()).contains_key("ours"));
    // A broken one leaves the last good one at work, and says so.
    fs::write(&path, "[output]\nlayout = 5\n").unwrap();
    clock.fetch_add(11_000, Ordering::Relaxed);
    let object = guest.object(typical(1_001).as_bytes());
    assert_eq!(object["ours"]["notes"], serde_json::json!(["policy-invalid"]));
    fs::write(&path, STATEFUL).unwrap();
    clock.fetch_add(11_000, Ordering::Relaxed);
    guest.is_well();
}

#[test]
fn a_directory_that_cannot_hold_state_is_noted() {
    let (directory, _, setup) = stateful(STATEFUL);
    fs::write(directory.path().join("state"), "a file where the directory would be").unwrap();
    let mut guest = Guest::new(&setup);
    assert_eq!(guest.well(), ["state-unwritable"]);
    assert_eq!(guest.well(), ["state-unwritable"]);
}

#[test]
fn a_call_that_did_not_finish_is_noticed_and_mended() {
    let plenty = u64::MAX / 2;
    let mut guest = Guest::metered();
    guest.is_well();
    guest.mode.spent().unwrap();
    guest.is_well();
    let whole = guest.mode.spent().unwrap();
    let points = 200;
    for point in 0..points {
        if point % 40 == 0 {
            // The shadow stack of a trapped call is not given back: as the host does after too many, start anew.
            guest = Guest::metered();
            guest.is_well();
        }
        let record = failed_login("alice", "203.0.113.5", 100 + point as u32, point as u32);
        let at = guest.mode.copy_in(record.as_bytes()).unwrap();
        guest.mode.set_fuel(1 + whole * point / points).unwrap();
        let answer = guest.mode.call((0, 0), NOW, 0, (at, i32::try_from(record.len()).unwrap()));
        guest.mode.set_fuel(plenty).unwrap();
        if answer.is_ok() {
            guest.is_well();
            continue;
        }
        // What did not get as far as to begin left nothing half done.
        let has_begun = whole * point / points > 100;
        let notes = guest.well();
        assert!(
            notes == ["recovered"] || (notes.is_empty() && !has_begun),
            "cut short after {} of {whole} operations: {notes:?}",
            whole * point / points
        );
        guest.is_well();
        guest.takes(b"{\"a\":nan}");
    }
}

#[test]
fn a_byte_order_mark_before_an_object_is_passed_over() {
    let mut guest = Guest::new(&setup());
    let object = guest.object(b"\xef\xbb\xbf{\"a\":1}");
    assert_eq!(
        (&object["raw"]["a"], answer::notes(&object).contains(&"not-json".to_owned())),
        (&Value::from(1), false)
    );
}

#[test]
fn a_memory_limit_traps_nothing() {
    let open = |limit: usize| {
        MODULE.open(&Setup { memory: Some(limit), ..setup() }).map(|mode| Guest {
            mode,
            next: 0,
            clock: None,
        })
    };
    let starts = |limit: &usize| {
        open(*limit).is_ok_and(|mut guest| guest.process(typical(1).as_bytes()).is_ok())
    };
    // What the module needs to start, and little more.
    let least = (3..32).map(|step| step << 21).find(starts).expect("64 MiB are enough to start");
    for limit in [least + (2 << 20), least + (4 << 20), least + (8 << 20)] {
        let mut guest = open(limit).unwrap();
        guest.is_well();
        for round in 0..12 {
            let size = 5_000_000;
            let inputs = [
                format!("{{\"a\":\"{}\"}}", "x".repeat(size)).into_bytes(),
                vec![0xfe; size],
                vec![b'\\'; size],
                format!("[{}1]", "1,".repeat(size / 2)).into_bytes(),
                vec![b'y'; size / (round + 1)],
            ];
            for input in inputs {
                let out = guest
                    .process(&input)
                    .unwrap_or_else(|why| panic!("{limit} bytes, round {round}: {why:#}"));
                answer::object(&out, 16).unwrap();
                guest.is_well();
            }
        }
    }
}

/// After a trap, what the last snapshot knew is back: the fifth failure is the fifth.
#[test]
fn a_call_that_did_not_finish_goes_back_to_the_snapshot() {
    let (directory, clock, setup) = stateful(STATEFUL);
    let setup = Setup { is_metered: true, ..setup };
    let mut guest =
        Guest { mode: METERED.open(&setup).unwrap(), next: 0, clock: setup.clock.clone() };
    for second in 0..4 {
        assert!(
            !guest
                .object(failed_login("alice", "203.0.113.5", second, second).as_bytes())
                .contains_key("anomaly")
        );
    }
    written(&mut guest, &clock, directory.path());
    guest.mode.set_fuel(2_000).unwrap();
    assert!(guest.process(typical(900).as_bytes()).is_err());
    guest.mode.set_fuel(u64::MAX / 2).unwrap();
    let object = guest.object(failed_login("alice", "203.0.113.5", 5, 5).as_bytes());
    assert_eq!(answer::notes(&object), ["recovered"]);
    assert_eq!(object["anomaly"]["findings"][0]["observed"], 5);
    guest.is_well();
}

#[test]
fn many_records_take_no_more_memory_than_few() {
    let mut guest = Guest::new(&setup());
    let mut number = 0u32;
    let mut some = |guest: &mut Guest, count: u32| {
        for _ in 0..count {
            number += 1;
            let record = match number % 5 {
                0 => failed_login(
                    &format!("u{}", number % 3000),
                    &format!("203.0.113.{}", number % 200),
                    number,
                    number / 100,
                ),
                1 => format!("{{\"app\":\"x\",\"n\":{number}}}"),
                2 => format!("plain text {number}"),
                _ => typical(number),
            };
            guest.process(record.as_bytes()).unwrap();
        }
    };
    some(&mut guest, 20_000);
    let warm = guest.mode.memory();
    some(&mut guest, 180_000);
    assert_eq!(guest.mode.memory(), warm);
    guest.next = 4_000_000;
    guest.is_well();
}

/// A record costs by its length, whatever it is made of: nothing is searched again for each place where something might begin.
#[test]
fn long_texts_cost_by_the_byte() {
    let long =
        |begin: &str, part: &str, len: usize| format!("{begin}{}", part.repeat(len / part.len()));
    let beginnings = [
        ("Jan 15 11:30:00 web1 sshd[1]: Failed password for ", "x from "),
        ("Failed password for ", "x from 203.0.113.1 port 1 ssh1 "),
        ("Jan 15 11:30:00 web1 sudo: a : ", "b ; USER="),
        ("pam_unix(sshd:auth): authentication failure; ", "rhost= user= "),
        ("message repeated 2 times: [ ", "message repeated 2 times: [ "),
        ("203.0.113.1 - - ", "[15/"),
        ("203.0.113.1, ", "10.0.0.1, "),
        ("203.0.113.1 - - [15/Jan/2026:11:30:00 +0000] \"GET /", "\\\" "),
        ("2026-01-15 11:30:00 ", "GET / "),
        ("#Fields: ", "date "),
        ("a=b ", "c=\"d\" "),
        ("<34>1 - - - - - [a ", "b=\"]\" "),
        ("[2026-01-15T11:30:00Z] ", "\"\" "),
        ("{\"log\":", "{\"log\":"),
        ("", "\\"),
        ("", "["),
    ];
    for (begin, part) in beginnings {
        let cost = |len: usize| {
            let mut guest = Guest::metered();
            let text = long(begin, part, len);
            let escaped = serde_json::to_string(&text).unwrap();
            let records = [
                text.clone().into_bytes(),
                format!("{{\"log\":{escaped}}}").into_bytes(),
                format!("{{\"log\":{escaped},\"x\":1}}").into_bytes(),
            ];
            guest.mode.spent().unwrap();
            for record in &records {
                guest.object(record);
            }
            guest.mode.spent().unwrap() / len as u64
        };
        let (short, longer) = (cost(40_000), cost(320_000));
        assert!(
            longer < 2 * short.max(300),
            "{begin}{part}..: {longer} operations a byte of a long text, {short} of a short one"
        );
    }
}
