//! What is wrong with a row, as it is kept and shown: place, code, and words that hold nothing of what the row said, because
//! a report outlives the file and is read by others than whoever may read a candidate.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, Result};

/// One thing wrong with a row, or with a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// JSON Pointer into the row, or the column's heading.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

impl RowFault {
    pub fn new(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }

    /// Of the row as a whole.
    pub fn of_row(code: &str, detail: impl Into<String>) -> Self {
        Self::new("#", code, detail)
    }
}

impl From<RowFault> for Error {
    /// A fault of the whole file.
    fn from(fault: RowFault) -> Self {
        // Codes of files are few and known; those of rows never come this way.
        let known = FILE_CODES.into_iter().find(|code| *code == fault.code);
        Error::invalid(fault.pointer, known.unwrap_or("unreadable_file"), fault.detail)
    }
}

/// What makes a whole file unreadable.
const FILE_CODES: [&str; 9] = [
    "unreadable_file",
    "empty_file",
    "too_many_rows",
    "unreadable_heading",
    "unknown_column",
    "duplicate_column",
    "unbalanced_quotes",
    "too_many_entries",
    "expands_too_much",
];

/// The faults of a row, when that is what the error is about.
///
/// # Errors
/// The error itself, when it is no fault of the row: then the row is to be tried again.
pub fn of(error: Error) -> Result<Vec<RowFault>> {
    let one = |code: &str, detail: String| Ok(vec![RowFault::of_row(code, detail)]);
    match error {
        Error::Invalid(faults) => Ok(faults.into_iter().map(without_values).collect()),
        Error::NotFound { what } => one("not_found", format!("there is no such {what}")),
        Error::Moved { .. } => one("moved", "it was merged into another".into()),
        Error::Conflict { code: "changed_meanwhile" | "candidate_made_meanwhile", .. } => Err(error),
        Error::Conflict { code: "candidate_exists", .. } => {
            one("candidate_exists", "an e-mail address is another candidate's".into())
        }
        Error::Conflict { code: "job_reference_taken", .. } => {
            one("job_reference_taken", "another job has the reference".into())
        }
        Error::Conflict { code, detail } | Error::Refusal { code, detail } => one(code, detail),
        Error::Forbidden { permission } => {
            one("forbidden", format!("this needs the permission {permission}"))
        }
        Error::UnsupportedMedia { .. } => {
            one("unsupported_media_type", "no installed plugin reads this kind of file".into())
        }
        Error::TooLarge { .. } => one("too_large", "it is larger than the server takes".into()),
        other => Err(other),
    }
}

fn without_values(fault: Fault) -> RowFault {
    let Fault { pointer, code, detail } = fault;
    let detail = if code == "invalid_value" { expected(&detail) } else { detail };
    RowFault::new(without_names(&pointer), code, detail)
}

/// What a reader of JSON says names the value first and then what it expected.
fn expected(said: &str) -> String {
    if let Some((_, expected)) = said.rsplit_once(", expected ") {
        let is_field = said.starts_with("unknown field");
        let what =
            if is_field { "there is no such field; there are" } else { "this is not what belongs here:" };
        return format!("{what} {}", expected.trim_start_matches("one of "));
    }
    let is_plain = said.starts_with("missing field") || said.starts_with("expected an id");
    if is_plain { said.into() } else { "this is not what belongs here".into() }
}

/// Keys that are no names of fields may be anything.
fn without_names(pointer: &str) -> String {
    let is_name = |part: &str| {
        part.len() <= 63 && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '#' | '_' | '-'))
    };
    let parts = pointer.split('/').map(|part| if is_name(part) { part } else { "?" });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{RowFault, of};
    use crate::error::Error;
    use crate::http::body;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        #[expect(dead_code, reason = "read only")]
        count: u32,
    }

    fn faults(row: serde_json::Value) -> Vec<RowFault> {
        of(body::read_value::<Row>(row).expect_err("it is none")).expect("they are the row's")
    }

    #[test]
    fn nothing_of_a_row_is_in_its_faults() {
        let secret = "ada@example.com";
        for row in [
            serde_json::json!({ "count": secret }),
            serde_json::json!({ secret: 1, "count": 1 }),
            serde_json::json!({}),
            serde_json::json!(secret),
        ] {
            let found = faults(row);
            assert!(!format!("{found:?}").contains("ada"), "{found:?}");
            assert_eq!(found.len(), 1);
        }
        assert!(faults(serde_json::json!({ "count": secret }))[0].detail.contains("u32"));
        assert!(faults(serde_json::json!({}))[0].detail.contains("`count`"));
        let conflict = Error::Conflict { code: "candidate_exists", detail: format!("{secret} is taken") };
        assert!(!format!("{:?}", of(conflict).expect("it is the row's")).contains("ada"));
        assert!(of(Error::changed()).is_err(), "it may be tried again");
    }
}
