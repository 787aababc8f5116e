//! What the columns of a table mean: each heading stands for a field, by its own name, by one that many use, or as whoever
//! sends the table says. A heading that nobody knows is a fault, and is not repeated: it may be a row.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Kind;
use crate::error::{Error, Result};
use crate::resources::custom_fields::CustomField;
use crate::typed_values;

/// How a cell becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    /// Several, with semicolons between them.
    List,
    /// Names of skills, likewise.
    Skills,
    Description,
    Number,
    Flag,
    /// By the custom field's kind.
    Custom,
}

/// Fields by their path, what else they are called, and how they are read.
type Known = (&'static str, &'static [&'static str], Shape);

const CANDIDATE: [Known; 15] = [
    ("name", &["full_name"], Shape::Text),
    ("given_name", &["first_name", "forename"], Shape::Text),
    ("family_name", &["last_name", "surname"], Shape::Text),
    ("headline", &["title", "job_title", "position"], Shape::Text),
    ("emails", &["email", "e_mail", "email_address", "mail"], Shape::List),
    ("phones", &["phone", "phone_number", "telephone", "mobile"], Shape::List),
    ("links", &["link", "url", "website", "linkedin", "linkedin_url"], Shape::List),
    ("location.address", &["address", "street"], Shape::Text),
    ("location.postalCode", &["postal_code", "postcode", "zip", "location_postal_code"], Shape::Text),
    ("location.city", &["city", "town"], Shape::Text),
    ("location.countryCode", &["country_code", "country", "location_country_code"], Shape::Text),
    ("location.region", &["region", "state", "province"], Shape::Text),
    ("source", &["origin"], Shape::Text),
    ("tags", &["tag", "labels"], Shape::List),
    ("custom", &[], Shape::Custom),
];

const JOB: [Known; 20] = [
    ("title", &["job_title", "name"], Shape::Text),
    ("reference", &["requisition", "requisition_id", "req_id"], Shape::Text),
    ("department_id", &[], Shape::Text),
    ("employment_type", &["type"], Shape::Text),
    ("experience_level", &["level"], Shape::Text),
    ("location.workplace", &["workplace"], Shape::Text),
    ("location.address", &["address", "street"], Shape::Text),
    ("location.postal_code", &["postal_code", "postcode", "zip"], Shape::Text),
    ("location.city", &["city", "town"], Shape::Text),
    ("location.region", &["region", "state", "province"], Shape::Text),
    ("location.country", &["country", "country_code"], Shape::Text),
    ("location.remote_policy", &["remote_policy"], Shape::Text),
    ("descriptions", &["description"], Shape::Description),
    ("responsibilities", &[], Shape::List),
    ("skills", &["skill"], Shape::Skills),
    ("tags", &["tag", "labels"], Shape::List),
    ("hiring_manager_id", &[], Shape::Text),
    ("apply_url", &["url"], Shape::Text),
    ("openings", &["headcount"], Shape::Number),
    ("closes_at", &[], Shape::Text),
];

const JOB_MORE: [Known; 3] = [
    ("office_ids", &["offices", "office_id"], Shape::List),
    ("is_evergreen", &["evergreen"], Shape::Flag),
    ("custom", &[], Shape::Custom),
];

const APPLICATION: [Known; 10] = [
    ("candidate_id", &[], Shape::Text),
    ("candidate_email", &["email", "e_mail", "email_address"], Shape::Text),
    ("job_id", &[], Shape::Text),
    ("job_reference", &["reference", "requisition"], Shape::Text),
    ("source", &["origin"], Shape::Text),
    ("credited_to", &[], Shape::Text),
    ("resume_id", &[], Shape::Text),
    ("tags", &["tag", "labels"], Shape::List),
    ("again", &[], Shape::Flag),
    ("custom", &[], Shape::Custom),
];

fn known(kind: Kind) -> impl Iterator<Item = &'static Known> {
    let (first, more): (&'static [Known], &'static [Known]) = match kind {
        Kind::Candidates => (&CANDIDATE, &[]),
        Kind::Jobs => (&JOB, &JOB_MORE),
        Kind::Applications => (&APPLICATION, &[]),
        Kind::Resumes => (&[], &[]),
    };
    first.iter().chain(more)
}

/// A column: what it means, and what it is called.
#[derive(Clone, Debug)]
struct Column {
    heading: String,
    /// `location.city`, `custom_fields.notice_period`.
    path: Vec<String>,
    shape: Shape,
}

/// The columns of a table in their order; those that mean nothing are left out.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Option<Column>>);

/// Checks what the sender says of columns, before there is a table.
///
/// # Errors
/// `Invalid`: a field that these have not.
pub fn check(kind: Kind, said: &BTreeMap<String, Option<String>>) -> Result<()> {
    let unknown =
        said.iter().find(|(_, field)| field.as_deref().is_some_and(|field| find(kind, field).is_none()));
    match unknown {
        None => Ok(()),
        Some((heading, _)) => {
            let detail =
                format!("{heading:?} stands for a field that there is not; there are {}", listed(kind));
            Err(Error::invalid("columns", "unknown_field", detail))
        }
    }
}

fn listed(kind: Kind) -> String {
    let names = known(kind).map(|(name, ..)| if *name == "custom" { "custom.<key>" } else { name });
    names.collect::<Vec<_>>().join(", ")
}

fn find(kind: Kind, name: &str) -> Option<(Vec<String>, Shape)> {
    let custom = name.strip_prefix("custom.").or_else(|| name.strip_prefix("custom_fields."));
    if let Some(key) = custom.map(str::trim).filter(|key| !key.is_empty()) {
        let takes = known(kind).any(|(_, _, shape)| *shape == Shape::Custom);
        return takes.then(|| (vec!["custom_fields".into(), key.into()], Shape::Custom));
    }
    let wanted = plain(name);
    let is_meant = |(path, others, shape): &&Known| {
        *shape != Shape::Custom && (plain(path) == wanted || others.contains(&wanted.as_str()))
    };
    let (path, _, shape) = known(kind).find(is_meant)?;
    Some((path.split('.').map(Into::into).collect(), *shape))
}

/// `E-Mail` and `e mail` are `e_mail`; `postalCode` is `postal_code`.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut before = ' ';
    for c in name.trim().chars() {
        let begins_word = c.is_uppercase() && before.is_lowercase();
        if (begins_word || !c.is_alphanumeric()) && !plain.ends_with('_') && !plain.is_empty() {
            plain.push('_');
        }
        plain.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
        before = c;
    }
    plain.trim_end_matches('_').to_owned()
}

impl Columns {
    pub const NONE: &'static Self = &Self(Vec::new());

    /// # Errors
    /// `Invalid`, naming every column by its number.
    pub fn read(
        kind: Kind,
        headings: &[String],
        said: Option<&BTreeMap<String, Option<String>>>,
    ) -> Result<Self> {
        let (mut columns, mut faults) = (Vec::new(), Vec::new());
        let (mut headings_seen, mut paths_seen) = (BTreeSet::new(), BTreeSet::new());
        for (index, heading) in headings.iter().map(|heading| heading.trim()).enumerate() {
            let place = format!("column {}", index + 1);
            let mut fault = |code: &'static str, detail: String| {
                faults.push(crate::error::Fault { pointer: place.clone(), code, detail });
            };
            let meant = said.and_then(|said| said.get(heading));
            let field = match meant {
                Some(None) => None,
                Some(Some(field)) => Some(field.as_str()),
                None if heading.is_empty() => None,
                None => Some(heading),
            };
            if !heading.is_empty() && !headings_seen.insert(heading.to_owned()) {
                fault("duplicate_column", "another column has the same heading".into());
                columns.push(None);
                continue;
            }
            let Some(field) = field else {
                columns.push(None);
                continue;
            };
            match find(kind, field) {
                None => fault(
                    "unknown_column",
                    format!(
                        "its heading is no field; there are {}. Say in `columns` what it stands for, null for nothing",
                        listed(kind)
                    ),
                ),
                Some((path, shape)) => {
                    let is_new = paths_seen.insert(path.clone());
                    if !is_new && !matches!(shape, Shape::List | Shape::Skills) {
                        fault("duplicate_column", "another column stands for the same field".into());
                    }
                    columns.push(Some(Column { heading: heading.to_owned(), path, shape }));
                }
            }
        }
        if faults.is_empty() { Ok(Self(columns)) } else { Err(Error::Invalid(faults)) }
    }

    /// A row's fields. An empty cell says nothing.
    pub(crate) fn object(&self, cells: Vec<String>, definitions: &[CustomField]) -> Map<String, Value> {
        let mut object = Map::new();
        for (column, cell) in self.0.iter().zip(cells) {
            let Some(Column { path, shape, .. }) = column else { continue };
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            let value = match shape {
                Shape::Custom => {
                    let key = path.last().map(String::as_str).unwrap_or_default();
                    let kind = definitions.iter().find(|field| field.key == key).map(|field| field.kind);
                    custom(kind, cell)
                }
                shape => value(*shape, cell),
            };
            match path.as_slice() {
                [outer, inner] => {
                    let outer = object.entry(outer.clone()).or_insert_with(|| json!({}));
                    outer[inner] = value;
                }
                [name] => match (object.get_mut(name), value) {
                    (Some(Value::Array(present)), Value::Array(more)) => present.extend(more),
                    (_, value) => drop(object.insert(name.clone(), value)),
                },
                _ => {}
            }
        }
        object
    }

    /// What the place of a fault is called in the table's heading; the place itself when no column stands for it.
    pub fn heading(&self, pointer: &str) -> String {
        let meant = self.0.iter().flatten().find(|column| {
            let own = format!("#/{}", column.path.join("/"));
            pointer.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        meant.map_or_else(|| pointer.to_owned(), |column| column.heading.clone())
    }
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}

/// What cannot be read as what it should be stays a text, and is a fault of the field's then.
fn value(shape: Shape, cell: &str) -> Value {
    match shape {
        Shape::Text | Shape::Custom => cell.into(),
        Shape::List => parts(cell).map(Value::from).collect::<Vec<_>>().into(),
        Shape::Skills => parts(cell).map(|name| json!({ "name": name })).collect::<Vec<_>>().into(),
        Shape::Description => json!([{ "text": cell }]),
        Shape::Number => number(cell).unwrap_or_else(|| cell.into()),
        Shape::Flag => flag(cell).map_or_else(|| cell.into(), Value::from),
    }
}

fn custom(kind: Option<typed_values::Kind>, cell: &str) -> Value {
    match kind {
        Some(typed_values::Kind::Number) => value(Shape::Number, cell),
        Some(typed_values::Kind::Boolean) => value(Shape::Flag, cell),
        Some(typed_values::Kind::MultiSelect) => value(Shape::List, cell),
        _ => cell.into(),
    }
}

fn number(cell: &str) -> Option<Value> {
    serde_json::from_str::<serde_json::Number>(cell).ok().map(Value::Number)
}

fn flag(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{Columns, Kind, check, plain};
    use crate::error::Error;

    fn read(headings: &[&str], said: &[(&str, Option<&str>)]) -> Result<Columns, Error> {
        let headings: Vec<String> = headings.iter().map(|heading| (*heading).into()).collect();
        let said: BTreeMap<String, Option<String>> =
            said.iter().map(|(heading, field)| ((*heading).into(), field.map(Into::into))).collect();
        Columns::read(Kind::Candidates, &headings, Some(&said))
    }

    fn faults(result: Result<Columns, Error>) -> Vec<(String, &'static str)> {
        match result {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|f| (f.pointer, f.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headings_are_known_by_many_names() {
        for (name, expected) in [
            ("E-Mail", "e_mail"),
            (" First  Name ", "first_name"),
            ("postalCode", "postal_code"),
            ("ID", "id"),
        ] {
            assert_eq!(plain(name), expected);
        }
        let columns = read(
            &["First Name", "Surname", "Email", "Work e-mail", "City", "tags", "custom.start", "Notes", ""],
            &[("Work e-mail", Some("emails")), ("Notes", None)],
        );
        let cells =
            ["Ada", "", "a@x.example; b@x.example", "c@x.example", "London", "x;y;", "now", "secret", ""];
        let row = columns.expect("all are known").object(cells.map(Into::into).to_vec(), &[]);
        assert_eq!(
            json!(row),
            json!({
                "given_name": "Ada", "emails": ["a@x.example", "b@x.example", "c@x.example"],
                "location": { "city": "London" }, "tags": ["x", "y"], "custom_fields": { "start": "now" },
            })
        );
    }

    #[test]
    fn a_heading_that_nobody_knows_is_a_fault_that_does_not_repeat_it() {
        let result = read(&["name", "ada@example.com", "name", "Full name"], &[]);
        assert!(!format!("{result:?}").contains("ada"));
        let expected = [
            ("column 2", "unknown_column"),
            ("column 3", "duplicate_column"),
            ("column 4", "duplicate_column"),
        ];
        assert_eq!(faults(result), expected.map(|(place, code)| (place.to_owned(), code)));
        let said = BTreeMap::from([("x".to_owned(), Some("nothing".to_owned()))]);
        assert!(check(Kind::Candidates, &said).is_err());
    }

    #[test]
    fn the_place_of_a_fault_is_what_its_column_is_called() {
        let columns = read(&["E-mail", "Town"], &[]).expect("both are known");
        assert_eq!(columns.heading("#/emails/0"), "E-mail");
        assert_eq!(columns.heading("#/location/city"), "Town");
        assert_eq!(columns.heading("#/location"), "#/location");
    }
}
