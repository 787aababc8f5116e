//! Values of a kind that a tenant chose: what custom fields hold and what a job's questions are answered with. Decides
//! which kinds there are, what options may be, and whether one value is of its kind.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Fault, Result};
use crate::fields;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ValueKind)]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    Number,
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// An http or https address.
    Url,
    Email,
    /// One of the options.
    SingleSelect,
    /// One or more of the options.
    MultiSelect,
}

const LONGEST_TEXT: usize = 1_000;
const LONGEST_LONG_TEXT: usize = 20_000;
const MOST_OPTIONS: usize = 200;
const LONGEST_OPTION: usize = 200;

/// Beyond this, whole numbers come out of many a JSON reader as others.
const GREATEST_NUMBER: f64 = 9_007_199_254_740_991.0;

impl Kind {
    /// Whether its values are chosen from options.
    pub fn is_select(self) -> bool {
        matches!(self, Kind::SingleSelect | Kind::MultiSelect)
    }
}

/// Options as they may stand: 1 to 200 different lines for a kind that chooses among them, none for others.
///
/// # Errors
/// `Invalid`, naming each fault below the pointer.
pub fn options(pointer: &str, kind: Kind, given: Vec<String>) -> Result<Vec<String>> {
    if !kind.is_select() && !given.is_empty() {
        let detail = "only single_select and multi_select have options";
        return Err(Error::invalid(pointer, "options_not_allowed", detail));
    }
    if kind.is_select() && !(1..=MOST_OPTIONS).contains(&given.len()) {
        let code = if given.is_empty() { "missing" } else { "too_many" };
        return Err(Error::invalid(pointer, code, format!("name 1 to {MOST_OPTIONS} options")));
    }
    let mut seen = BTreeSet::new();
    let mut options = Vec::new();
    let mut faults = Vec::new();
    for (index, option) in given.iter().enumerate() {
        let place = format!("{pointer}/{index}");
        match fields::line(&place, option, LONGEST_OPTION) {
            Ok(option) if seen.insert(option.clone()) => options.push(option),
            Ok(_) => faults.push(fault(&place, "given_twice", "the option is named twice")),
            Err(Error::Invalid(found)) => faults.extend(found),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() { Ok(options) } else { Err(Error::Invalid(faults)) }
}

/// The value as it is kept, if it is of this kind.
///
/// # Errors
/// `Invalid`, at the pointer or below it.
pub fn checked(pointer: &str, kind: Kind, options: &[String], value: Value) -> Result<Value> {
    match kind {
        Kind::Text => Ok(fields::line(pointer, text(pointer, &value)?, LONGEST_TEXT)?.into()),
        Kind::LongText => {
            let text = text(pointer, &value)?.to_owned();
            needed(pointer, fields::optional_text(pointer, Some(text), LONGEST_LONG_TEXT)?)
        }
        Kind::Number => number(pointer, value),
        Kind::Boolean if value.is_boolean() => Ok(value),
        Kind::Boolean => Err(Error::invalid(pointer, "invalid_value", "true or false")),
        Kind::Date => Ok(fields::date(pointer, text(pointer, &value)?)?.into()),
        Kind::Url => {
            let text = text(pointer, &value)?.to_owned();
            needed(pointer, fields::optional_url(pointer, Some(text))?)
        }
        Kind::Email => Ok(fields::email(pointer, text(pointer, &value)?)?.into()),
        Kind::SingleSelect => {
            let chosen = text(pointer, &value)?.trim();
            let known = options.iter().find(|option| *option == chosen);
            Ok(known.ok_or_else(|| unknown_option(pointer))?.clone().into())
        }
        Kind::MultiSelect => chosen(pointer, options, &value),
    }
}

fn fault(pointer: &str, code: &'static str, detail: &str) -> Fault {
    Fault { pointer: pointer.into(), code, detail: detail.into() }
}

fn unknown_option(pointer: &str) -> Error {
    Error::invalid(pointer, "unknown_option", "this is none of the options, to the letter")
}

fn text<'a>(pointer: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| Error::invalid(pointer, "invalid_value", "a text"))
}

/// A text of nothing but blanks is none, and no value is written as `null`.
fn needed(pointer: &str, text: Option<String>) -> Result<Value> {
    let missing = || Error::invalid(pointer, "invalid_text", "a text that is not blank; null for no value");
    Ok(text.ok_or_else(missing)?.into())
}

fn number(pointer: &str, value: Value) -> Result<Value> {
    let fits = value.as_f64().is_some_and(|number| number.abs() <= GREATEST_NUMBER);
    let detail = "a number between -9007199254740991 and 9007199254740991";
    fits.then_some(value).ok_or_else(|| Error::invalid(pointer, "invalid_value", detail))
}

/// In the order of the options, so that the same choice is kept the same way.
fn chosen(pointer: &str, options: &[String], value: &Value) -> Result<Value> {
    let detail = "a list of one or more of the options; null for no value";
    let wrong = |pointer: &str| Error::invalid(pointer, "invalid_value", detail);
    let given = value.as_array().filter(|given| !given.is_empty()).ok_or_else(|| wrong(pointer))?;
    let mut chosen = BTreeSet::new();
    for (index, option) in given.iter().enumerate() {
        let place = format!("{pointer}/{index}");
        let option = option.as_str().ok_or_else(|| wrong(&place))?.trim();
        let at = options.iter().position(|known| known == option).ok_or_else(|| unknown_option(&place))?;
        if !chosen.insert(at) {
            return Err(Error::Invalid(vec![fault(&place, "given_twice", "the option is named twice")]));
        }
    }
    Ok(chosen.into_iter().map(|at| options[at].clone()).collect::<Vec<_>>().into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, checked, options};
    use crate::error::{Error, Result};

    fn code<T: std::fmt::Debug>(result: Result<T>) -> (String, &'static str) {
        match result {
            Err(Error::Invalid(faults)) => (faults[0].pointer.clone(), faults[0].code),
            other => panic!("{other:?} is not invalid"),
        }
    }

    fn check(kind: Kind, value: Value) -> Result<Value> {
        checked("#/x", kind, &["red".into(), "green".into(), "blue".into()], value)
    }

    #[test]
    fn a_value_of_its_kind_is_kept() {
        for (kind, value, kept) in [
            (Kind::Text, json!(" two words "), json!("two words")),
            (Kind::LongText, json!("one\ntwo"), json!("one\ntwo")),
            (Kind::Number, json!(-12), json!(-12)),
            (Kind::Number, json!(0.5), json!(0.5)),
            (Kind::Boolean, json!(false), json!(false)),
            (Kind::Date, json!("2028-02-29"), json!("2028-02-29")),
            (Kind::Url, json!("https://example.com/a"), json!("https://example.com/a")),
            (Kind::Email, json!("Ada@Example.com"), json!("ada@example.com")),
            (Kind::SingleSelect, json!("green"), json!("green")),
            (Kind::MultiSelect, json!(["blue", "red"]), json!(["red", "blue"])),
        ] {
            assert_eq!(check(kind, value).expect("it is of its kind"), kept, "{kind:?}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused_at_its_place() {
        for (kind, value, place, reason) in [
            (Kind::Text, json!(1), "#/x", "invalid_value"),
            (Kind::Text, json!("a\nb"), "#/x", "invalid_text"),
            (Kind::Text, json!("  "), "#/x", "invalid_text"),
            (Kind::Text, json!("a".repeat(1_001)), "#/x", "invalid_text"),
            (Kind::LongText, json!(" \n "), "#/x", "invalid_text"),
            (Kind::LongText, json!("a".repeat(20_001)), "#/x", "invalid_text"),
            (Kind::Number, json!("1"), "#/x", "invalid_value"),
            (Kind::Number, json!(1e300), "#/x", "invalid_value"),
            (Kind::Number, json!(u64::MAX), "#/x", "invalid_value"),
            (Kind::Boolean, json!(1), "#/x", "invalid_value"),
            (Kind::Date, json!("2027-02-29"), "#/x", "invalid_date"),
            (Kind::Date, json!("29.02.2028"), "#/x", "invalid_date"),
            (Kind::Date, json!(20_280_229), "#/x", "invalid_value"),
            (Kind::Url, json!("javascript:alert(1)"), "#/x", "invalid_url"),
            (Kind::Url, json!(""), "#/x", "invalid_text"),
            (Kind::Email, json!("ada"), "#/x", "invalid_email"),
            (Kind::SingleSelect, json!("Red"), "#/x", "unknown_option"),
            (Kind::SingleSelect, json!(["red"]), "#/x", "invalid_value"),
            (Kind::MultiSelect, json!("red"), "#/x", "invalid_value"),
            (Kind::MultiSelect, json!([]), "#/x", "invalid_value"),
            (Kind::MultiSelect, json!(["red", 1]), "#/x/1", "invalid_value"),
            (Kind::MultiSelect, json!(["red", "pink"]), "#/x/1", "unknown_option"),
            (Kind::MultiSelect, json!(["red", "red"]), "#/x/1", "given_twice"),
            (Kind::Text, Value::Null, "#/x", "invalid_value"),
            (Kind::Boolean, json!({}), "#/x", "invalid_value"),
        ] {
            let shown = format!("{kind:?} {value}");
            assert_eq!(code(check(kind, value)), (place.to_owned(), reason), "{shown}");
        }
    }

    #[test]
    fn options_are_different_lines() {
        let of =
            |kind, given: &[&str]| options("#/options", kind, given.iter().map(|o| (*o).into()).collect());

        assert_eq!(of(Kind::SingleSelect, &[" red ", "green"]).expect("they are"), ["red", "green"]);
        assert_eq!(of(Kind::Text, &[]).expect("none are needed"), [""; 0]);
        for (kind, given, place, reason) in [
            (Kind::Text, &["red"][..], "#/options", "options_not_allowed"),
            (Kind::MultiSelect, &[], "#/options", "missing"),
            (Kind::MultiSelect, &["a"; 201], "#/options", "too_many"),
            (Kind::SingleSelect, &["red", "red "], "#/options/1", "given_twice"),
            (Kind::SingleSelect, &["red", "a\nb"], "#/options/1", "invalid_text"),
        ] {
            assert_eq!(code(of(kind, given)), (place.to_owned(), reason), "{kind:?} {given:?}");
        }
    }
}
