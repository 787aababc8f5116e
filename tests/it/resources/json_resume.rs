//! UnifiedResume and JSON Resume hold the same: whatever goes from one to the other comes back.

use mortise_host::json_resume::{from_unified, to_unified};
use mortise_host::unified_resume::UnifiedResume;
use mortise_tests::samples;
use proptest::collection::{btree_map, vec};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

/// Fields of our records that are texts, lists of texts, and flags.
const RECORDS: [(&str, &[&str], &[&str]); 13] = [
    (
        "work",
        &["company", "position", "location", "description", "url", "startDate", "endDate", "summary"],
        &["highlights"],
    ),
    (
        "education",
        &["institution", "area", "studyType", "location", "url", "startDate", "endDate", "gpa"],
        &["courses"],
    ),
    ("skills", &["category", "name", "level"], &["keywords"]),
    (
        "projects",
        &["name", "description", "role", "startDate", "endDate", "url", "repositoryUrl"],
        &["otherRoles", "technologiesUsed", "highlights"],
    ),
    ("publications", &["name", "publisher", "releaseDate", "url", "summary"], &[]),
    ("certificates", &["name", "issuer", "date", "url"], &[]),
    ("languages", &["language", "fluency"], &[]),
    ("references", &["name", "reference"], &[]),
    (
        "volunteer",
        &["organization", "position", "location", "url", "startDate", "endDate", "summary"],
        &["highlights"],
    ),
    ("awards", &["title", "date", "awarder", "summary"], &[]),
    ("interests", &["name"], &["keywords"]),
    ("customSections", &["title", "content"], &[]),
    ("x-of-ours", &["anything"], &["else"]),
];

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn ours_comes_back_from_json_resume(document in unified()) {
        let ours: UnifiedResume = serde_json::from_value(document).expect("every field is optional");

        let back = to_unified(from_unified(&ours)).expect("it is what we wrote");

        proptest::prop_assert_eq!(said(&back), said(&ours));
    }

    #[test]
    fn json_resume_comes_back_from_ours(document in json_resume()) {
        let ours = to_unified(document.clone()).expect("it is JSON Resume");

        let back = from_unified(&ours);

        proptest::prop_assert_eq!(back, without_empty(document).unwrap_or_else(|| json!({})));
    }
}

#[test]
fn every_samples_gold_comes_back() {
    for name in samples::names() {
        let gold = samples::gold(&name);

        let back = from_unified(&to_unified(gold.clone()).unwrap_or_else(|error| panic!("{name}: {error}")));

        assert_eq!(back, without_empty(gold).expect("it says something"), "{name}");
    }
}

#[test]
fn a_post_with_a_start_and_no_end_is_not_taken_for_a_current_one_when_ours_says_otherwise() {
    for is_current in [true, false] {
        let work = json!([{ "company": "Acme", "startDate": "2019", "isCurrent": is_current }]);
        let ours: UnifiedResume = serde_json::from_value(json!({ "work": work })).expect("it is ours");

        let back = to_unified(from_unified(&ours)).expect("it is what we wrote");

        assert_eq!(back.work[0].is_current, is_current);
    }
}

#[test]
fn other_roles_without_a_first_one_stay_others() {
    let ours = json!({ "projects": [{ "name": "Atlas", "otherRoles": ["Tester"] }] });
    let ours: UnifiedResume = serde_json::from_value(ours).expect("it is ours");

    let back = to_unified(from_unified(&ours)).expect("it is what we wrote");

    assert_eq!(said(&back), said(&ours));
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    let error = to_unified(json!({ "basics": { "name": 7 } })).expect_err("a name is a text");
    assert!(error.contains('7'), "{error}");
}

/// What a résumé says, as JSON without nulls, empty lists, and flags that are not set.
fn said(resume: &UnifiedResume) -> Option<Value> {
    let mut document = serde_json::to_value(resume).expect("it is plain data");
    for post in document["work"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        post.retain(|key, value| key != "isCurrent" || *value != false);
    }
    without_empty(document)
}

fn without_empty(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().filter_map(without_empty).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(fields) => {
            let fields: Map<_, _> =
                fields.into_iter().filter_map(|(k, v)| Some((k, without_empty(v)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        scalar => Some(scalar),
    }
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof!["[A-Za-zÄéß0-9 .,-]{1,12}", "\\PC{1,6}", Just(String::new())].prop_map(Value::from)
}

/// Properties neither shape has a word for.
fn others() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![text(), any::<i32>().prop_map(Value::from), any::<bool>().prop_map(Value::from)];
    btree_map("x-[a-z]{1,4}", value, 0..3).prop_map(|fields| fields.into_iter().collect())
}

fn record(
    texts: &'static [&'static str],
    lists: &'static [&'static str],
) -> BoxedStrategy<Map<String, Value>> {
    let texts =
        vec(proptest::option::weighted(0.6, text()), texts.len()).prop_map(move |values| (texts, values));
    let lists =
        vec(proptest::option::of(vec(text(), 0..3)), lists.len()).prop_map(move |values| (lists, values));
    (texts, lists, others())
        .prop_map(|((text_names, texts), (list_names, lists), mut record)| {
            for (name, value) in text_names.iter().zip(texts) {
                record.extend(value.map(|value| ((*name).to_owned(), value)));
            }
            for (name, value) in list_names.iter().zip(lists) {
                record.extend(value.map(|value| ((*name).to_owned(), value.into())));
            }
            record
        })
        .boxed()
}

fn basics() -> impl Strategy<Value = Value> {
    let place = record(&["address", "postalCode", "city", "countryCode", "region"], &[]);
    let profiles = vec(record(&["network", "username", "url"], &[]), 0..3);
    let person = record(
        &["name", "label", "image", "email", "phone", "url", "summary"],
        &["otherEmails", "otherPhones"],
    );
    (person, proptest::option::of(place), profiles).prop_map(|(mut person, place, profiles)| {
        person.extend(place.map(|place| ("location".to_owned(), Value::Object(place))));
        person.insert("profiles".into(), profiles.into_iter().map(Value::Object).collect());
        Value::Object(person)
    })
}

/// A résumé in our shape.
fn unified() -> impl Strategy<Value = Value> {
    let lists: Vec<BoxedStrategy<(String, Value)>> = RECORDS
        .iter()
        .map(|(list, texts, lists)| {
            let records = vec((record(texts, lists), any::<bool>()), 0..3);
            records
                .prop_map(|records| {
                    let records = records.into_iter().map(|(mut record, flag)| {
                        if *list == "work" {
                            record.insert("isCurrent".into(), flag.into());
                        }
                        Value::Object(record)
                    });
                    ((*list).to_owned(), records.collect())
                })
                .boxed()
        })
        .collect();
    (basics(), lists, others()).prop_map(|(basics, lists, others)| {
        let mut resume: Map<String, Value> = lists.into_iter().chain(others).collect();
        resume.insert("basics".into(), basics);
        Value::Object(resume)
    })
}

/// A résumé in the public schema's shape, made of ours by its names: without our own flags and renamed fields.
fn json_resume() -> impl Strategy<Value = Value> {
    unified().prop_map(|mut document| {
        let rename = |record: &mut Map<String, Value>, from: &str, to: &str| {
            if let Some(value) = record.remove(from) {
                record.insert(to.to_owned(), value);
            }
        };
        for (list, records) in document.as_object_mut().expect("it is an object") {
            for record in records.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                match list.as_str() {
                    "work" => {
                        record.remove("isCurrent");
                        rename(record, "company", "name");
                    }
                    "education" => rename(record, "gpa", "score"),
                    "projects" => {
                        rename(record, "technologiesUsed", "keywords");
                        rename(record, "otherRoles", "roles");
                        record.remove("role");
                    }
                    _ => {}
                }
            }
        }
        document
    })
}
