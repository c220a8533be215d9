//! Writes small MaxMind DB files for tests, those of the host too.

/// Bytes before the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// A value of an entry.
#[derive(Clone)]
pub(crate) enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Real(f64),
    Bool(bool),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
    /// A pointer to a place of the data section.
    Pointer(usize),
}

impl Value {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Text(text) => {
                head(2, text.len(), out);
                out.extend(text.as_bytes());
            }
            Value::Short(number) => {
                head(5, 2, out);
                out.extend(number.to_be_bytes());
            }
            Value::Long(number) => {
                head(9, 8, out);
                out.extend(number.to_be_bytes());
            }
            Value::Number(number) => {
                head(6, 4, out);
                out.extend(number.to_be_bytes());
            }
            Value::Real(number) => {
                head(3, 8, out);
                out.extend(number.to_be_bytes());
            }
            Value::Bool(bool) => head(14, usize::from(*bool), out),
            Value::Map(members) => {
                head(7, members.len(), out);
                for (key, value) in members {
                    Value::Text(key).write(out);
                    value.write(out);
                }
            }
            Value::List(items) => {
                head(11, items.len(), out);
                items.iter().for_each(|item| item.write(out));
            }
            Value::Pointer(target) => out.extend([1 << 5 | (target >> 8) as u8, *target as u8]),
        }
    }
}

fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (low, more) = match size {
        0..29 => (size as u8, vec![]),
        29..285 => (29, vec![(size - 29) as u8]),
        _ => (30, ((size - 285) as u16).to_be_bytes().to_vec()),
    };
    if kind > 7 {
        out.extend([low, kind - 7]);
    } else {
        out.push(kind << 5 | low);
    }
    out.extend(more);
}

/// Writes a file of networks (`192.0.2.0/24`), none within another, each with its entry.
pub(crate) fn file(record_bits: usize, version: u32, networks: &[(&str, Value)]) -> Vec<u8> {
    let mut data = Vec::new();
    // For each node, its left and right side: a node, or a place in the data.
    let mut nodes: Vec<[Option<Result<usize, usize>>; 2]> = vec![[None; 2]];
    for (network, value) in networks {
        let (address, length) = network.split_once('/').expect("a network");
        let (bits, length): (u128, u32) = match address.parse().expect("an address") {
            std::net::IpAddr::V4(address) if version == 6 => {
                (u128::from(u32::from(address)), length.parse::<u32>().unwrap() + 96)
            }
            std::net::IpAddr::V4(address) => {
                (u128::from(u32::from(address)) << 96, length.parse().unwrap())
            }
            std::net::IpAddr::V6(address) => (u128::from(address), length.parse().unwrap()),
        };
        let place = data.len();
        value.write(&mut data);
        let mut node = 0;
        for depth in 0..length {
            let side = (bits >> (127 - depth) & 1) as usize;
            if depth + 1 == length {
                nodes[node][side] = Some(Err(place));
            } else {
                let next = nodes.len();
                node = match nodes[node][side] {
                    Some(Ok(next)) => next,
                    _ => {
                        nodes[node][side] = Some(Ok(next));
                        nodes.push([None; 2]);
                        next
                    }
                };
            }
        }
    }
    let count = nodes.len() as u32;
    let record = |side: Option<Result<usize, usize>>| match side {
        None => count,
        Some(Ok(node)) => node as u32,
        Some(Err(place)) => count + 16 + place as u32,
    };
    let mut out = Vec::new();
    for [left, right] in nodes {
        let (left, right) = (record(left).to_be_bytes(), record(right).to_be_bytes());
        match record_bits {
            24 => {
                out.extend(&left[1..]);
                out.extend(&right[1..]);
            }
            28 => {
                out.extend(&left[1..]);
                out.push(left[0] << 4 | right[0] & 15);
                out.extend(&right[1..]);
            }
            _ => {
                out.extend(left);
                out.extend(right);
            }
        }
    }
    out.extend([0; 16]);
    out.extend(data);
    out.extend(MARKER);
    let mut about = vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1_767_225_600)),
        ("ip_version", Value::Short(version as u16)),
        ("node_count", Value::Number(count)),
        ("record_size", Value::Short(record_bits as u16)),
    ];
    about.push(("database_type", Value::Text("Test")));
    about.push(("languages", Value::List(vec![Value::Text("en")])));
    about.push(("description", Value::Map(vec![("en", Value::Text("made by a test"))])));
    Value::Map(about).write(&mut out);
    out
}

/// An entry of a place in the format of GeoLite2 City.
pub(crate) fn city(
    country: &'static str,
    region: &'static str,
    city: &'static str,
    lat: f64,
    lon: f64,
) -> Value {
    let named = |name| Value::Map(vec![("de", Value::Text("-")), ("en", Value::Text(name))]);
    Value::Map(vec![
        ("city", Value::Map(vec![("geoname_id", Value::Number(1)), ("names", named(city))])),
        ("country", Value::Map(vec![("iso_code", Value::Text(country)), ("names", named("-"))])),
        (
            "location",
            Value::Map(vec![("latitude", Value::Real(lat)), ("longitude", Value::Real(lon))]),
        ),
        ("registered_country", Value::Map(vec![("iso_code", Value::Text("ZZ"))])),
        (
            "subdivisions",
            Value::List(vec![Value::Map(vec![
                ("iso_code", Value::Text("-")),
                ("names", named(region)),
            ])]),
        ),
    ])
}

/// An entry of a network in the format of GeoLite2 ASN.
pub(crate) fn system(number: u32, name: &'static str) -> Value {
    Value::Map(vec![
        ("autonomous_system_number", Value::Number(number)),
        ("autonomous_system_organization", Value::Text(name)),
    ])
}
