//! Inputs grown out of a seed: JSON of every shape, damaged JSON, CloudTrail records with hostile values.

/// A small generator (xorshift64*): the same seed gives the same inputs.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.draw() >> 33) as usize % end.max(1)
    }

    pub fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// Keys that mean something to us or to what is downstream.
pub const KEYS: &[&str] = &[
    "audit",
    "raw",
    "raw_base64",
    "module",
    "mark",
    "notes",
    "anomaly",
    "time",
    "id",
    "actor",
    "event",
    "original",
    "auditward",
    "log",
    "message",
    "detail",
    "a",
    "b",
    "",
    "\\u0061udit",
    "mod\\u0075le",
    "\\ud83d\\ude00",
    "eventVersion",
    "eventTime",
    "awsRegion",
    "userIdentity",
    "@timestamp",
    "ecs",
    "key with spaces",
    "é",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.1",
    "1e5",
    "1E-5",
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "5e-324",
    "1e-400",
    "18446744073709551615",
    "-9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    "0.30000000000000004",
];

/// Numbers, literals and strings that are not JSON, or that no 64 bit float holds.
pub const BROKEN: &[&str] = &[
    "nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "1e400",
    "-1e400",
    "1.797693134862316e+308",
    "01",
    "+1",
    "1.",
    ".5",
    "0x10",
    "1e",
    "--1",
    "tru",
    "nul",
    "'a'",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\u{1}\"",
    "\"\t\"",
    "\"a\nb\"",
    "\"\0\"",
    "undefined",
    "{5:\"x\"}",
    "{null:1}",
    "{{\"a\":1}:2}",
    "[1,]",
    "{\"a\":1,}",
    "{\"a\"}",
    "[",
    "{",
    "\"",
];

const STRINGS: &[&str] = &[
    "",
    "x",
    "plain text",
    "é\u{10ffff}\u{7f}",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "\\u0000",
    "\\u001f\\u2028",
    "\\ud83d\\ude00",
    "203.0.113.7",
    "::1",
    "2026-01-15T11:00:00Z",
    "2026-13-45T99:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00+23:59",
    "{\\\"eventVersion\\\":\\\"1.08\\\"}",
    "{",
    "[1",
    "HIDDEN_DUE_TO_SECURITY_REASONS",
    "Failure",
    "Success",
    "true",
    "-9223372036854775808",
];

fn blank(rng: &mut Rng, out: &mut Vec<u8>) {
    if rng.chance(6) {
        out.extend_from_slice(rng.pick::<str>(&[" ", "\n", "\r\n", "\t", "  "]).as_bytes());
    }
}

fn string(rng: &mut Rng, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(rng.pick(STRINGS).as_bytes());
    if rng.chance(40) {
        let length = rng.below(20_000);
        out.resize(out.len() + length, b'y');
    }
    out.push(b'"');
}

/// Appends a JSON value, strict unless `broken_of` lets one in that many scalars be something else.
pub fn value(rng: &mut Rng, depth: usize, broken_of: usize, out: &mut Vec<u8>) {
    blank(rng, out);
    match rng.below(if depth == 0 { 6 } else { 10 }) {
        _ if broken_of > 0 && rng.chance(broken_of) => {
            out.extend_from_slice(rng.pick(BROKEN).as_bytes())
        }
        0 | 1 => string(rng, out),
        2 | 3 => out.extend_from_slice(rng.pick(NUMBERS).as_bytes()),
        4 => out.extend_from_slice(b"null"),
        5 => out.extend_from_slice(if rng.chance(2) { b"true" } else { b"false" }),
        6 | 7 => object(rng, depth - 1, broken_of, out),
        _ => {
            out.push(b'[');
            for index in 0..rng.below(4) {
                if index > 0 {
                    out.push(b',');
                }
                value(rng, depth - 1, broken_of, out);
            }
            out.push(b']');
        }
    }
    blank(rng, out);
}

/// Appends an object.
pub fn object(rng: &mut Rng, depth: usize, broken_of: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    for index in 0..rng.below(7) {
        if index > 0 {
            out.push(b',');
        }
        blank(rng, out);
        out.push(b'"');
        out.extend_from_slice(rng.pick(KEYS).as_bytes());
        out.extend_from_slice(b"\":");
        value(rng, depth, broken_of, out);
    }
    out.push(b'}');
}

/// A JSON object within others, so deep.
pub fn nested(rng: &mut Rng, depth: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut closing = Vec::new();
    out.extend_from_slice(b"{\"a\":");
    closing.push(b'}');
    for _ in 1..depth {
        let is_object = rng.chance(2);
        out.extend_from_slice(if is_object { b"{\"b\":" } else { b"[" });
        closing.push(if is_object { b'}' } else { b']' });
    }
    out.push(b'1');
    out.extend(closing.iter().rev());
    out
}

/// Changes, removes, doubles or swaps a few bytes.
pub fn damage(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len());
        match rng.below(6) {
            0 if !bytes.is_empty() => bytes[at] = rng.draw() as u8,
            1 if !bytes.is_empty() => {
                bytes[at] = *rng
                    .pick::<[u8]>(&[b"{", b"}", b"\"", b"\\", b",", b"\0", b"\n", b"\xff", b"["])
                    .first()
                    .unwrap_or(&0)
            }
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => bytes.insert(at, rng.draw() as u8),
            _ => bytes.splice(at..at, rng.pick(BROKEN).bytes()).for_each(drop),
        }
    }
}

const CLOUDTRAIL: &[(&str, &[&str])] = &[
    ("eventVersion", &["\"1.08\"", "1", "null"]),
    (
        "eventTime",
        &["\"2026-01-15T11:20:30Z\"", "\"2026-01-15T11:20:31.123456Z\"", "\"never\"", "17", "{}"],
    ),
    ("awsRegion", &["\"us-east-1\"", "null", "[]"]),
    (
        "eventID",
        &["\"7c2f4a31-0000-4000-8000-000000000001\"", "\"\"", "7", "\"a\\\"b\\\\\"", "\"\\u0000\""],
    ),
    ("eventName", &["\"ConsoleLogin\"", "\"GetObject\"", "\"\"", "\"é\"", "[]"]),
    ("eventSource", &["\"signin.amazonaws.com\"", "\"s3.amazonaws.com\"", "5"]),
    (
        "sourceIPAddress",
        &["\"203.0.113.9\"", "\"2001:db8::1\"", "\"AWS Internal\"", "\"a\\nb\"", "true"],
    ),
    (
        "userIdentity",
        &[
            "{\"type\":\"IAMUser\",\"userName\":\"al\\\"ice\"}",
            "{\"type\":\"Root\",\"accountId\":\"123456789012\"}",
            "\"text\"",
            "[]",
            "null",
            "{\"type\":\"AssumedRole\",\"principalId\":\"AROA:\\u0041\",\"arn\":\"arn:aws:sts::123456789012:assumed-role/r/s\\\\\\\"/é\"}",
            "{\"userName\":\"a\",\"userName\":{},\"userName\":\"b\"}",
            "{\"userName\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}",
        ],
    ),
    ("errorCode", &["\"AccessDenied\"", "\"InvalidClientTokenId\"", "{}"]),
    ("errorMessage", &["\"Failed authentication\"", "\"line\\nline\"", "1e5"]),
    (
        "responseElements",
        &["null", "{\"ConsoleLogin\":\"Failure\"}", "{\"ConsoleLogin\":\"Success\"}", "[{}]"],
    ),
    (
        "requestParameters",
        &[
            "null",
            "{\"bucketName\":\"b\",\"key\":\"k\"}",
            "{\"instancesSet\":{\"items\":[{},{\"instanceId\":\"i-1\"},{\"instanceId\":\"i-2\"}]}}",
            "\"x\"",
        ],
    ),
    (
        "resources",
        &[
            "[{\"ARN\":\"arn:aws:s3:::b/k\",\"type\":\"AWS::S3::Object\"},{\"ARN\":\"arn:2\"}]",
            "[[{\"ARN\":1}]]",
            "{\"ARN\":\"x\"}",
        ],
    ),
    (
        "additionalEventData",
        &[
            "{\"MFAUsed\":\"Yes\"}",
            "{\"MFAUsed\":\"perhaps\",\"bytesTransferredOut\":1.5}",
            "{\"bytesTransferredOut\":\"12\"}",
        ],
    ),
    ("readOnly", &["true", "\"true\""]),
    ("audit", &["1", "{\"module\":{\"mark\":\"0123456789abcdef\"}}"]),
];

/// A record in CloudTrail's shape with members missing, doubled and of the wrong kind.
pub fn cloudtrail(rng: &mut Rng, broken_of: usize) -> Vec<u8> {
    let mut out = b"{".to_vec();
    for (key, values) in CLOUDTRAIL {
        for _ in 0..if rng.chance(12) { 2 } else { 1 } {
            let is_needed = ["eventVersion", "eventTime", "awsRegion"].contains(key);
            if !is_needed && rng.chance(3) {
                continue;
            }
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(format!("\"{key}\":").as_bytes());
            match rng.below(8) {
                0 => value(rng, 3, broken_of, &mut out),
                _ => out.extend_from_slice(rng.pick(values).as_bytes()),
            }
        }
    }
    out.push(b'}');
    out
}

/// Any of the above.
pub fn record(rng: &mut Rng) -> Vec<u8> {
    let mut out = Vec::new();
    match rng.below(8) {
        0 => object(rng, 4, 0, &mut out),
        1 => object(rng, 4, 8, &mut out),
        2 => value(rng, 4, 10, &mut out),
        3 => {
            let depth = 1 + rng.below(80);
            out = nested(rng, depth);
        }
        4 => out = cloudtrail(rng, 0),
        5 => out = cloudtrail(rng, 6),
        6 => {
            out = cloudtrail(rng, 0);
            damage(rng, &mut out);
        }
        _ => {
            object(rng, 5, 0, &mut out);
            damage(rng, &mut out);
        }
    }
    out
}

/// Lines of text, mostly of the forms that sources read, with odd values in them.
pub fn line(rng: &mut Rng) -> String {
    const FORMS: &[&str] = &[
        "%T web1 sshd[%n]: Accepted %v for %v from %a port %n ssh2",
        "%T web1 sshd[%n]: Failed %v for invalid user %v from %a port %n ssh2%v",
        "%T web%n sshd[%n]: Invalid user %v from %a",
        "%T web1 sudo: %v : TTY=pts/0 ; PWD=/home ; USER=%v ; COMMAND=%v",
        "%T web1 su[%n]: pam_unix(su:auth): authentication failure; logname=%v uid=%n ruser=%v rhost=%a  user=%v",
        "%T %v app[%n]: %v%v",
        "%a - %v [%D] \"%R\" %n %n \"%v\" \"%v\"",
        "203.0.113.7 - - [15/Jan/2026:11:30:00 +0000] \"GET /p?q=%v HTTP/1.1\" 200 %n \"-\" \"agent %v\"",
        "%v %a, %a - %v [%D] \"%R\" %n - \"%v\" \"%v\" %v",
        "2026-01-15 11:30:00 192.0.2.10 GET /%v %v 443 %v %a %v %v %n 0 0 %n",
        "[2026-01-15T11:30:00.000Z] \"%R\" %n - 0 %n %n - \"%a\" \"%v\" \"%v\" \"%v\" \"x\"",
    ];
    const TIMES: &[&str] = &[
        "Jan 15 11:30:00",
        "Jan  5 11:30:00",
        "Dec 31 23:59:60",
        "Feb 29 01:02:03",
        "Jan 15 2025 11:30:00",
        "<38>Jan 15 11:30:00",
    ];
    const MOMENTS: &[&str] = &[
        "15/Jan/2026:11:30:00 +0000",
        "15/Jan/2026:11:30:61 +0000",
        "16/Feb/2025:23:59:60 -0730",
        "15/Jan/2026:11:30:00.25 Z ",
        "15/Jan/2026",
    ];
    const REQUESTS: &[&str] =
        &["GET / HTTP/1.1", "POST /a b?x HTTP/2", "-", "G=T /", "GET http://h?x HTTP/1.0", "\\x16"];
    const ADDRESSES: &[&str] = &[
        "203.0.113.5",
        "10.0.0.1",
        "2001:db8::1",
        "host.example",
        "1.2.3.256",
        "1.2.3.4:55",
        "::ffff:1.2.3.4",
        "-",
    ];
    const NUMBERS: &[&str] = &["0", "200", "401", "4711", "00", "x", "1234567890123456", ""];
    const VALUES: &[&str] = &[
        "root",
        "-",
        "a b",
        "é",
        "x from 1.2.3.4",
        "say \\ \"so\"",
        "",
        "[x]",
        "a+b",
        "\t",
        " ssh2",
    ];
    let mut line = String::new();
    let mut parts = rng.pick(FORMS).split('%');
    line.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (letter, rest) = part.split_at(1);
        let values = match letter {
            "T" => TIMES,
            "D" => MOMENTS,
            "R" => REQUESTS,
            "a" => ADDRESSES,
            "n" => NUMBERS,
            _ => VALUES,
        };
        line.push_str(rng.pick(values));
        line.push_str(rest);
    }
    line
}
