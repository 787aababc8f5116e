//! CSV as spreadsheets write it, well and badly.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{counts, faults, import, report, wrong};
use crate::hiring::listed;

async fn start() -> (Server, Actor) {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

async fn people(server: &Server, owner: &Actor, file: impl Into<Vec<u8>>, parts: &[(&str, &str)]) -> Value {
    let parts = [&[("kind", "candidates")], parts].concat();
    import(server, owner, "people.csv", file, &parts).await
}

/// The candidate of a name.
async fn named(owner: &Actor, name: &str) -> Value {
    let page = owner.get("/v1/candidates?limit=200").await.expect(200).json();
    let all = page["data"].as_array().expect("it is a list");
    let found = all.iter().find(|candidate| candidate["name"] == name);
    let id = found.unwrap_or_else(|| panic!("no {name} in {page:#}"))["id"].as_str().expect("it has one");
    owner.get(&format!("/v1/candidates/{id}")).await.expect(200).json()
}

#[tokio::test]
async fn columns_are_known_by_the_names_many_use() {
    let (server, owner) = start().await;
    for field in [
        json!({ "subject": "candidate", "key": "notice", "label": "Notice", "kind": "text" }),
        json!({ "subject": "candidate", "key": "salary", "label": "Salary", "kind": "number" }),
        json!({ "subject": "candidate", "key": "relocates", "label": "Relocates", "kind": "boolean" }),
        json!({ "subject": "candidate", "key": "days", "label": "Days", "kind": "multi_select", "options": ["Mon", "Tue"] }),
    ] {
        owner.post("/v1/custom-fields", field).await.expect(201);
    }
    let file = "First Name,Surname,E-mail,Phone,City,Country Code,tags,custom.notice,custom.salary,custom.relocates,\
                custom.days\r\n\
                Ada,\"Love\"\"lace\"\"\",ada@example.com;king@example.com,+44 20 7946 0000,\"London, UK\",GB,chess; Go,\
                a month,50000.5,yes,Tue; Mon\r\n\
                Grace,Hopper,,,,,,,,,\r\n";

    let done = people(&server, &owner, file, &[]).await;

    assert_eq!(counts(&done), ("done", [2, 2, 0, 0, 0]), "{:?}", faults(&owner, &done).await);
    let ada = named(&owner, "Ada Love\"lace\"").await;
    assert_eq!(ada["emails"], json!(["ada@example.com", "king@example.com"]));
    assert_eq!(
        (&ada["location"]["city"], &ada["location"]["countryCode"]),
        (&json!("London, UK"), &json!("GB"))
    );
    let expected =
        json!({ "notice": "a month", "salary": 50000.5, "relocates": true, "days": ["Mon", "Tue"] });
    assert_eq!((&ada["tags"], &ada["custom_fields"]), (&json!(["chess", "Go"]), &expected));
    let grace = named(&owner, "Grace Hopper").await;
    assert_eq!((&grace["emails"], &grace["location"]), (&json!([]), &Value::Null));
    assert_eq!(report(&owner, &done, "").await[1]["line"], json!(3));
}

#[tokio::test]
async fn other_headings_stand_for_what_the_sender_says() {
    let (server, owner) = start().await;
    let columns =
        json!({ "Kandidat": "name", "Privat": "emails", "Firma": "emails", "Bemerkung": null }).to_string();
    let file =
        "Kandidat;Privat;Firma;Bemerkung\nAda Lovelace;ada@example.com;ada@work.example;\"nicht; mehr\"\n";

    let done = people(&server, &owner, file, &[("columns", &columns)]).await;

    assert_eq!(counts(&done), ("done", [1, 1, 0, 0, 0]));
    assert_eq!(named(&owner, "Ada Lovelace").await["emails"], json!(["ada@example.com", "ada@work.example"]));
}

#[tokio::test]
async fn a_heading_that_nobody_knows_fails_the_whole_file_and_is_not_repeated() {
    let (server, owner) = start().await;
    for (file, expected) in [
        (
            "Ada Lovelace,ada@example.com\n",
            vec![("column 1", "unknown_column"), ("column 2", "unknown_column")],
        ),
        ("name,name\nAda,Ada\n", vec![("column 2", "duplicate_column")]),
        ("name,Full name\nAda,Ada\n", vec![("column 2", "duplicate_column")]),
        ("\n \n", vec![]),
        ("\"name\nAda\n", vec![("file", "unreadable_heading")]),
        ("n\0a\0m\0e\0\n\0A\0d\0a\0", vec![("file", "unreadable_heading")]),
    ] {
        let failed = people(&server, &owner, file, &[]).await;
        let faults = failed["errors"].as_array().expect("it is a list");
        let text = |fault: &Value, name: &str| fault[name].as_str().expect("it is a text").to_owned();
        let found: Vec<_> =
            faults.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(place, code)| (place.to_owned(), code.to_owned())).collect();
        assert_eq!(found, expected, "{file:?}");
        assert!(!failed.to_string().contains("ada@"), "{failed:#}");
    }
    assert!(listed(&owner, "/v1/candidates", "id").await.is_empty());
}

#[tokio::test]
async fn every_broken_row_is_told_by_its_line_and_column() {
    let (server, owner) = start().await;
    let mut file = b"name,E-mail,City,tags\n\
        Ada,ada@example.com,London,\n\
        Too few,few@example.com\n\
        Too many,many@example.com,,,\n\
        Bad,nobody,,\n\
        \"Open,open@example.com,,\n\
        Grace,grace@example.com,\"New\nYork\",\n"
        .to_vec();
    file.extend_from_slice(b"Ren\xe9,rene@example.com,,\n");
    file.extend_from_slice(b"Last,last@example.com,,");

    let done = people(&server, &owner, file, &[]).await;

    let expected = [
        (3, "#", "wrong_columns"),
        (4, "#", "wrong_columns"),
        (5, "E-mail", "invalid_email"),
        (6, "#", "unbalanced_quotes"),
        (7, "City", "invalid_text"),
        (9, "#", "not_utf8"),
    ];
    assert_eq!(faults(&owner, &done).await, wrong(&expected));
    assert_eq!(counts(&done), ("done", [8, 2, 0, 0, 6]));
    assert_eq!(listed(&owner, "/v1/candidates", "name").await, ["Last", "Ada"]);
}

#[tokio::test]
async fn a_table_may_be_encoded_as_it_says_or_as_the_sender_says() {
    let (server, owner) = start().await;
    let text = "name,city\nRené,Zürich\n";
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = format!("\u{feff}{text}").into_bytes();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("it is Latin-1")).collect();

    for (file, parts) in [
        (utf16, vec![]),
        (big, vec![]),
        (marked, vec![]),
        (latin.clone(), vec![("encoding", "windows-1252")]),
        (text.as_bytes().to_vec(), vec![("encoding", "utf-8")]),
    ] {
        let done = people(&server, &owner, file, &parts).await;
        assert_eq!(counts(&done), ("done", [1, 1, 0, 0, 0]), "{parts:?}");
    }
    assert_eq!(listed(&owner, "/v1/candidates", "name").await, ["René"; 5]);
    let done = people(&server, &owner, latin, &[]).await;
    assert_eq!(faults(&owner, &done).await, wrong(&[(2, "#", "not_utf8")]));
}

#[tokio::test]
async fn jobs_and_applications_come_as_tables_too() {
    let (server, owner) = start().await;
    let jobs = "Title\tReference\tCity\tCountry\tSkills\tDescription\tOpenings\tEvergreen\n\
                Joiner\tREQ-1\tBerlin\tDE\tJoinery; CAD\tYou design joints.\t3\tno\n\
                Carpenter\tREQ-2\t\t\t\t\tmany\tperhaps\n";
    let done = import(&server, &owner, "jobs.tsv", jobs, &[("kind", "jobs")]).await;
    assert_eq!(counts(&done), ("done", [2, 1, 0, 0, 1]));
    assert_eq!(faults(&owner, &done).await, wrong(&[(3, "Evergreen", "invalid_value")]));
    let job =
        report(&owner, &done, "?outcome=created").await[0]["id"].as_str().expect("it has one").to_owned();
    let read = owner.get(&format!("/v1/jobs/{job}")).await.expect(200).json();
    assert_eq!(read["descriptions"][0]["text"], json!("You design joints."));
    assert_eq!((&read["skills"][1]["name"], &read["is_evergreen"]), (&json!("CAD"), &json!(false)));
    owner.put(&format!("/v1/jobs/{job}/status"), json!({ "status": "open" }), Some("*")).await.expect(200);
    people(&server, &owner, "name,email\nAda,ada@example.com\n", &[]).await;

    let file = "email,job_reference,source,again\nada@example.com,REQ-1,fair,no\nada@example.com,REQ-9,,\n";
    let done = import(&server, &owner, "applications.csv", file, &[("kind", "applications")]).await;

    assert_eq!(counts(&done), ("done", [2, 1, 0, 0, 1]));
    assert_eq!(faults(&owner, &done).await, wrong(&[(3, "job_reference", "not_found")]));
}

/// Fifty megabytes, most of them in a column that is left out, with a quote that nobody closes in the middle.
#[tokio::test]
async fn a_large_table_is_read_to_its_end() {
    let (server, owner) = start().await;
    let ballast = "x".repeat(100_000);
    let mut file = String::from("name,email,notes\n");
    for number in 0..500 {
        let quote = if number == 250 { "\"" } else { "" };
        file.push_str(&format!("{quote}Somebody,p{number}@example.com,{ballast}\n"));
    }
    assert!(file.len() > 50_000_000);
    let columns = json!({ "notes": null }).to_string();

    let done = people(&server, &owner, file, &[("columns", &columns)]).await;

    assert_eq!(counts(&done), ("done", [500, 499, 0, 0, 1]));
    assert_eq!(faults(&owner, &done).await, wrong(&[(252, "#", "unbalanced_quotes")]));
}
