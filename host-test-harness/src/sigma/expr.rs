//! A condition between Sigma's form and ours, and how it is written as TOML.

use toml_edit::{Array, InlineTable, Value};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Test(Test),
}

/// Condition on one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// A field of the audit record, or `raw.` and a path.
    pub place: String,
    pub wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// One of these texts or patterns.
    Texts(Vec<String>),
    Exists(bool),
    Cidr(Vec<String>),
    /// A number in these bounds, both included.
    Number(Option<f64>, Option<f64>),
    /// A text equal to another field.
    Same(String),
}

/// Lists of a pack: values that begin with `@` cannot stand in a condition.
pub struct Lists {
    /// Names of the lists begin with it.
    prefix: String,
    lists: Vec<Vec<String>>,
}

impl Lists {
    pub fn new(prefix: impl Into<String>) -> Lists {
        Lists { prefix: prefix.into(), lists: Vec::new() }
    }

    /// The name of a list of these values.
    fn name(&mut self, values: &[String]) -> String {
        let at = self.lists.iter().position(|held| held == values).unwrap_or_else(|| {
            self.lists.push(values.to_vec());
            self.lists.len() - 1
        });
        format!("{}-{}", self.prefix, at + 1)
    }

    /// Each with its name.
    pub fn values(&self) -> impl Iterator<Item = (String, Value)> {
        self.lists.iter().enumerate().map(|(at, values)| {
            (format!("{}-{}", self.prefix, at + 1), Value::Array(values.iter().collect()))
        })
    }
}

impl Expr {
    pub fn test(place: impl Into<String>, wanted: Wanted) -> Expr {
        Expr::Test(Test { place: place.into(), wanted })
    }

    pub fn negated(self) -> Expr {
        match self {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    /// Without needless nesting; alternatives for one place are one list.
    pub fn simplified(self) -> Expr {
        match self {
            Expr::All(all) => one_of(
                flat(all, |expr| if let Expr::All(all) = expr { Ok(all) } else { Err(expr) }),
                Expr::All,
            ),
            Expr::Any(any) => one_of(
                merged(flat(
                    any,
                    |expr| {
                        if let Expr::Any(any) = expr { Ok(any) } else { Err(expr) }
                    },
                )),
                Expr::Any,
            ),
            Expr::Not(inner) => match inner.simplified() {
                // None of several is each of them not.
                Expr::Any(any) if any.iter().any(|one| matches!(one, Expr::Not(_))) => {
                    Expr::All(any.into_iter().map(Expr::negated).collect()).simplified()
                }
                inner => inner.negated(),
            },
            test => test,
        }
    }

    /// As a condition of a rule.
    pub fn table(&self, lists: &mut Lists) -> InlineTable {
        let mut table = InlineTable::new();
        let parts =
            if let Expr::All(all) = self { all.as_slice() } else { std::slice::from_ref(self) };
        let (mut none, mut rest) = (Array::new(), Vec::new());
        for part in parts {
            match part {
                Expr::Test(test) if !table.contains_key(&test.place) => {
                    table.insert(&test.place, test.value(lists));
                }
                Expr::Any(any) if !table.contains_key("any") => {
                    table.insert(
                        "any",
                        Value::Array(
                            any.iter().map(|one| Value::InlineTable(one.table(lists))).collect(),
                        ),
                    );
                }
                Expr::Not(inner) => match &**inner {
                    // `not` is a list of which none holds.
                    Expr::Any(any) => {
                        none.extend(any.iter().map(|one| Value::InlineTable(one.table(lists))))
                    }
                    one => none.push(Value::InlineTable(one.table(lists))),
                },
                other => rest.push(other),
            }
        }
        if !none.is_empty() {
            table.insert("not", Value::Array(none));
        }
        if !rest.is_empty() {
            table.insert(
                "all",
                Value::Array(
                    rest.into_iter().map(|one| Value::InlineTable(one.table(lists))).collect(),
                ),
            );
        }
        table
    }
}

impl Test {
    fn value(&self, lists: &mut Lists) -> Value {
        let of_texts = |texts: &[String]| match texts {
            [one] => Value::from(one.as_str()),
            many => Value::Array(many.iter().collect()),
        };
        let mut table = InlineTable::new();
        match &self.wanted {
            Wanted::Texts(texts) if texts.iter().any(|text| text.starts_with('@')) => {
                return Value::from(format!("@{}", lists.name(texts)));
            }
            Wanted::Texts(texts) => return of_texts(texts),
            Wanted::Exists(exists) => table.insert("exists", (*exists).into()),
            Wanted::Cidr(ranges) => table.insert("cidr", of_texts(ranges)),
            Wanted::Same(other) => table.insert("same", other.as_str().into()),
            Wanted::Number(least, most) => {
                for (key, bound) in [("min", least), ("max", most)] {
                    bound.iter().for_each(|bound| {
                        table.insert(key, number(*bound));
                    });
                }
                None
            }
        };
        Value::InlineTable(table)
    }
}

fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

fn one_of(mut all: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            all.extend(last);
            many(all)
        }
    }
}

/// Each simplified, those of the same kind taken apart, none twice.
fn flat(all: Vec<Expr>, apart: impl Fn(Expr) -> Result<Vec<Expr>, Expr>) -> Vec<Expr> {
    let mut made: Vec<Expr> = Vec::new();
    for one in all.into_iter().map(Expr::simplified) {
        let parts = apart(one).unwrap_or_else(|one| vec![one]);
        for part in parts {
            if !made.contains(&part) {
                made.push(part);
            }
        }
    }
    made
}

/// Alternatives with texts of one place as one list.
fn merged(any: Vec<Expr>) -> Vec<Expr> {
    let mut made: Vec<Expr> = Vec::new();
    for one in any {
        if let Expr::Test(Test { place, wanted: Wanted::Texts(texts) }) = &one {
            let held = made.iter_mut().find_map(|held| match held {
                Expr::Test(Test { place: other, wanted: Wanted::Texts(held) })
                    if other == place =>
                {
                    Some(held)
                }
                _ => None,
            });
            if let Some(held) = held {
                let new: Vec<String> =
                    texts.iter().filter(|text| !held.contains(text)).cloned().collect();
                held.extend(new);
                continue;
            }
        }
        made.push(one);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(place: &str, text: &str) -> Expr {
        Expr::test(place, Wanted::Texts(vec![text.to_owned()]))
    }

    fn written(expr: Expr) -> String {
        expr.simplified().table(&mut Lists::new("l")).to_string().trim().to_owned()
    }

    #[test]
    fn conditions_are_written_with_little_nesting() {
        let any = Expr::Any(vec![text("a", "1"), Expr::Any(vec![text("a", "2"), text("b", "3")])]);
        assert_eq!(written(any.clone()), r#"{ any = [{ a = ["1", "2"] }, { b = "3" }] }"#);
        assert_eq!(
            written(Expr::Any(vec![text("a", "1"), text("a", "2")])),
            r#"{ a = ["1", "2"] }"#
        );
        let all = Expr::All(vec![
            text("a", "1"),
            text("a", "2"),
            Expr::All(vec![text("b", "3")]),
            any.negated(),
        ]);
        assert_eq!(
            written(all),
            r#"{ a = "1", b = "3", not = [{ a = ["1", "2"] }, { b = "3" }], all = [{ a = "2" }] }"#
        );
        assert_eq!(
            written(Expr::Not(Box::new(Expr::Not(Box::new(text("a", "1")))))),
            r#"{ a = "1" }"#
        );
    }

    #[test]
    fn a_value_that_reads_like_a_list_is_put_into_one() {
        let mut lists = Lists::new("l");
        let table = text("a", "@example.com").table(&mut lists).to_string();
        assert!(table.contains("a = \"@l-1\""), "{table}");
        assert_eq!(
            lists.values().map(|(name, values)| format!("{name}{values}")).collect::<String>(),
            "l-1[\"@example.com\"]"
        );
    }
}
