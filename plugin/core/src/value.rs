//! Values as they are carried: spans of received bytes, words of our own, numbers. Nothing here owns text.

/// Which text a span points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Doc {
    /// The bytes of the record as the interface handed them over.
    #[default]
    Input,
    /// Text made while reading it: unwrapped strings, rewritten values.
    Arena,
}

/// A JSON token: where it stands and of what kind it is. Strings include their quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
    pub doc: Doc,
    pub kind: Kind,
}

/// The kinds of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

/// Where a piece of a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bare {
    pub start: u32,
    pub end: u32,
}

/// Value of a field.
#[derive(Clone, Copy, Debug, Default)]
pub enum Val {
    #[default]
    None,
    /// A token copied through as it stands.
    Json(Span),
    /// A piece of the event's line, without quotes; it needs no escape.
    Bare(Bare),
    /// A word of our own; ASCII that needs no escape.
    Word(&'static str),
    Int(i64),
    Bool(bool),
    /// Milliseconds since 1970, written as RFC 3339.
    Time(i64),
    /// A digest, written as 16 hexadecimal digits.
    Digest(u64),
}

/// The texts that spans point into.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    pub input: &'a [u8],
    pub arena: &'a [u8],
}

impl<'a> Texts<'a> {
    /// The token's bytes, quotes included; empty where the span lies outside its text.
    pub fn token(&self, span: Span) -> &'a [u8] {
        let text = match span.doc {
            Doc::Input => self.input,
            Doc::Arena => self.arena,
        };
        text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A string token's content; other tokens as they stand.
    pub fn content(&self, span: Span) -> &'a [u8] {
        let token = self.token(span);
        match span.kind {
            Kind::String => unquote(token),
            _ => token,
        }
    }
}

/// The bytes between the quotes.
pub fn unquote(token: &[u8]) -> &[u8] {
    match token {
        [b'"', inner @ .., b'"'] => inner,
        _ => token,
    }
}

impl Span {
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

crate::stored::stored!(enum Kind { 0 Null {}, 1 True {}, 2 False {}, 3 Number {}, 4 String {}, 5 Array {}, 6 Object {} });
