//! Finding candidates: the same answers on either database, whatever somebody types.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, listed, move_to, open_job, refused, stage, word};
use crate::moving::import;

/// Six people of six résumés, each a minute after the one before.
struct Company {
    server: Server,
    owner: Actor,
}

/// Name, place, country, first post, years in it, company, skills, tags, school.
type Person =
    (&'static str, &'static str, &'static str, &'static str, i64, &'static str, &'static str, &'static str);

const PEOPLE: [Person; 6] = [
    ("Ada Lovelace", "Berlin", "DE", "Data engineer", 8, "Analytical Engines", "Rust, PostgreSQL", "urgent"),
    ("Grace Hopper", "New York", "US", "Site reliability engineer", 20, "Navy", "COBOL, k8s", ""),
    ("Alan Turing", "London", "GB", "Researcher", 4, "Bletchley Park", "Python, JS", "urgent, maths"),
    ("Linus Torvalds", "Berlin", "DE", "Kernel engineer", 2, "Linux Foundation", "C, Git", ""),
    ("José Núñez", "Madrid", "ES", "Team lead", 12, "Acme", "JavaScript, Kubernetes", ""),
    ("Barbara Liskov", "Boston", "US", "Professor of data", 30, "MIT", "Python", "maths"),
];

impl Company {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        for person in PEOPLE {
            server.clock.advance(Duration::from_secs(60));
            add(&server, &owner, person).await;
        }
        Self { server, owner }
    }

    /// The first names of who is found, in their order.
    async fn found(&self, query: &str) -> Vec<String> {
        first_names(&self.owner, query).await
    }
}

async fn first_names(actor: &Actor, query: &str) -> Vec<String> {
    let names = listed(actor, &format!("/v1/candidates?{query}"), "name").await;
    names.iter().map(|name| name.split(' ').next().expect("it has a first word").to_owned()).collect()
}

/// Somebody made by hand whose profile a corrected résumé gives.
async fn add(server: &Server, owner: &Actor, person: Person) -> String {
    let (name, city, country, post, years, company, skills, tags) = person;
    let list = |text: &'static str| text.split(", ").filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let email = format!("{}@example.com", name.split(' ').next().expect("it has one").to_lowercase());
    let new = json!({
        "name": name, "tags": list(tags), "source": "fair", "location": { "city": city, "countryCode": country },
        "emails": [email],
    });
    let id = owner.post("/v1/candidates", new).await.expect(201).text("id");
    let form = reqwest::multipart::Form::new()
        .part("file", reqwest::multipart::Part::bytes(name.as_bytes()).file_name("cv.txt"))
        .text("candidate_id", id.clone());
    let resume = owner.upload_form(form).await.expect(202).text("id");
    server.run_tasks().await;
    let read = json!({
        "basics": { "name": name, "label": null, "location": { "city": city, "countryCode": country } },
        "work": [{ "position": post, "company": company, "startDate": (2026 - years).to_string(), "isCurrent": true }],
        "skills": list(skills).iter().map(|skill| json!({ "name": skill })).collect::<Vec<_>>(),
        "education": [{ "institution": "Trinity College", "studyType": "BSc", "area": "Mathematics" }],
        "languages": [{ "language": if country == "ES" { "Español" } else { "English" } }],
    });
    let path = format!("/v1/resumes/{resume}/unified");
    owner.patch(&path, read, "*").await.expect(200);
    id
}

#[tokio::test]
async fn words_are_found_wherever_they_stand_and_however_they_are_written() {
    let company = Company::start().await;

    for (query, found) in [
        ("q=lovelace", vec!["Ada"]),
        ("q=LOVELACE+ada", vec!["Ada"]),
        ("q=nunez", vec!["José"]),
        ("q=n%C3%BA%C3%B1ez", vec!["José"]),
        ("q=engineer", vec!["Linus", "Grace", "Ada"]),
        ("q=engineer+-kernel", vec!["Grace", "Ada"]),
        ("q=%22site+reliability%22", vec!["Grace"]),
        ("q=%22reliability+site%22", vec![]),
        ("q=engineer+berlin+-%22data+engineer%22", vec!["Linus"]),
        ("q=trinity", vec!["Barbara", "José", "Linus", "Alan", "Grace", "Ada"]),
        ("q=nobody", vec![]),
        ("q=-trinity", vec![]),
        ("q=-engineer", vec!["Barbara", "José", "Alan"]),
        ("q=ada%40example.com", vec!["Ada"]),
    ] {
        assert_eq!(company.found(query).await, found, "{query}");
    }
}

#[tokio::test]
async fn what_is_relevant_comes_first_and_the_newest_of_that() {
    let company = Company::start().await;

    // Ada's and Barbara's posts hold it; nobody else's anything.
    assert_eq!(company.found("q=data").await, ["Barbara", "Ada"]);
    // In Ada's present post both; in Linus's and Grace's one of both; Barbara has the other.
    assert_eq!(company.found("q=data+engineer").await, ["Ada"]);
    // José's present post has both words, Alan and José have the skill, which counts less.
    let lead = json!({ "headline": "Python lead" });
    let linus = listed(&company.owner, "/v1/candidates?q=torvalds", "id").await;
    company.owner.patch(&format!("/v1/candidates/{}", linus[0]), lead, "*").await.expect(200);
    assert_eq!(company.found("q=python").await, ["Linus", "Barbara", "Alan"]);
    assert_eq!(company.found("q=python&sort=-created_at").await, ["Barbara", "Linus", "Alan"]);
    assert_eq!(company.found("q=python&sort=created_at").await, ["Alan", "Linus", "Barbara"]);
    assert_eq!(company.found("q=python&sort=-years").await, ["Barbara", "Alan", "Linus"]);
    assert_eq!(company.found("q=python&sort=years").await, ["Linus", "Alan", "Barbara"]);
    assert_eq!(company.found("q=python&sort=-updated_at&limit=1").await, ["Barbara"]);
}

#[tokio::test]
async fn pages_of_a_search_follow_each_other_without_gaps() {
    let company = Company::start().await;

    for query in [
        "q=trinity",
        "q=engineer",
        "min_years=1&sort=-years",
        "min_years=1&sort=created_at",
        "language=english",
    ] {
        let all = company.found(query).await;
        let (seen, _) = walked(&company.owner, &format!("/v1/candidates?{query}&limit=1")).await;
        let seen: Vec<_> = seen.iter().map(|name| name.split(' ').next().expect("it has one")).collect();
        assert_eq!(seen, all, "{query}");
        assert!(all.len() > 1, "{query}");
    }
    let first = company.owner.get("/v1/candidates?q=trinity&limit=1").await.expect(200).json();
    let cursor = word(&first["next_cursor"]);
    let other = company.owner.get(&format!("/v1/candidates?q=engineer&cursor={cursor}")).await.expect(422);
    assert_eq!(other.fault(), ("cursor".into(), "wrong_cursor".into()));
}

#[tokio::test]
async fn filters_narrow_each_other_down() {
    let company = Company::start().await;
    let field = json!({ "subject": "candidate", "key": "notice", "label": "Notice", "kind": "text" });
    company.owner.post("/v1/custom-fields", field).await.expect(201);
    let ada = listed(&company.owner, "/v1/candidates?q=lovelace", "id").await;
    let path = format!("/v1/candidates/{}", ada[0]);
    company.owner.patch(&path, json!({ "custom_fields": { "notice": "3 Months" } }), "*").await.expect(200);

    for (query, found) in [
        ("skill=rust", vec!["Ada"]),
        ("skill=javascript", vec!["José", "Alan"]),
        ("skill=js&skill=kubernetes", vec!["José"]),
        ("skill=js&skill=kubernetes&skill_mode=any", vec!["José", "Alan", "Grace"]),
        ("location=berlin", vec!["Linus", "Ada"]),
        ("location=new+york", vec!["Grace"]),
        ("country=us", vec!["Barbara", "Grace"]),
        ("country=US&min_years=25", vec!["Barbara"]),
        ("experience_level=senior", vec!["Ada"]),
        ("title=engineer&location=Berlin", vec!["Linus", "Ada"]),
        ("company=linux", vec!["Linus"]),
        ("school=trinity&degree=mathematics&country=DE", vec!["Linus", "Ada"]),
        ("language=espanol", vec!["José"]),
        ("tag=URGENT", vec!["Alan", "Ada"]),
        ("tag=urgent&tag=maths", vec!["Alan"]),
        ("q=engineer&source=Fair&min_years=10", vec!["Grace"]),
        ("custom.notice=3%20months", vec!["Ada"]),
        ("custom.notice=4", vec![]),
        ("skill=rust&skill=cobol", vec![]),
        ("q=engineer&created_after=2026-03-02T09:03:30Z", vec!["Linus"]),
        ("title=!!!", vec![]),
    ] {
        assert_eq!(company.found(query).await, found, "{query}");
    }
}

#[tokio::test]
async fn who_applied_is_found_by_job_and_stage() {
    let company = Company::start().await;
    let job = open_job(&company.owner, "Engineer").await;
    let ids = listed(&company.owner, "/v1/candidates?q=engineer&sort=created_at", "id").await;
    let first = apply(&company.owner, &ids[0], &job).await;
    apply(&company.owner, &ids[1], &job).await;
    move_to(&company.owner, &first, "interview").await.expect(200);
    let interview = stage(&company.owner, &job, "interview").await;

    assert_eq!(company.found(&format!("job_id={job}")).await, ["Grace", "Ada"]);
    assert_eq!(company.found(&format!("job_id={job}&country=DE")).await, ["Ada"]);
    assert_eq!(company.found(&format!("stage_id={interview}")).await, ["Ada"]);

    // Somebody with a role for the job finds nobody else, and cannot count them either.
    let member = company.server.member(&company.owner, "m@acme.example", &[]).await;
    let role = json!({ "role_id": company.owner.role_id("hiring_manager").await, "job_id": job });
    company.owner.post(&format!("/v1/members/{}/roles", member.member_id), role).await.expect(201);
    assert_eq!(first_names(&member.actor, "q=trinity").await, ["Grace", "Ada"]);
    let page = member.actor.get("/v1/candidates?facets=country").await.expect(200).json();
    assert_eq!(
        page["facets"]["country"],
        json!([{ "value": "de", "count": 1 }, { "value": "us", "count": 1 }])
    );
}

#[tokio::test]
async fn facets_count_what_was_found() {
    let company = Company::start().await;

    let page = company
        .owner
        .get("/v1/candidates?q=trinity&facets=skill,location,country,tag&limit=1")
        .await
        .expect(200)
        .json();

    let count = |facet: &str, value: &str| {
        let values = page["facets"][facet].as_array().expect("it was counted").clone();
        values.iter().find(|one| one["value"] == value).map(|one| one["count"].clone())
    };
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(count("skill", "python"), Some(json!(2)));
    assert_eq!(count("location", "berlin"), Some(json!(2)));
    assert_eq!(count("country", "us"), Some(json!(2)));
    assert_eq!(count("tag", "urgent"), Some(json!(2)));
    assert!(page["facets"]["language"].is_null(), "only what was asked for");
    let narrow = company.owner.get("/v1/candidates?skill=rust&facets=skill").await.expect(200).json();
    assert_eq!(narrow["facets"]["skill"].as_array().map(Vec::len), Some(2));
    let plain = company.owner.get("/v1/candidates").await.expect(200).json();
    assert!(plain["facets"].is_null());
}

#[tokio::test]
async fn what_was_found_is_shown_where_it_stands() {
    let company = Company::start().await;

    let page = company.owner.get("/v1/candidates?q=nunez+kubernetes").await.expect(200).json();

    let shown = word(&page["data"][0]["highlight"]);
    assert!(shown.contains("<mark>Kubernetes</mark>") || shown.contains("<mark>Núñez</mark>"), "{shown}");
    let plain = company.owner.get("/v1/candidates?skill=rust").await.expect(200).json();
    assert!(plain["data"][0]["highlight"].is_null());
}

#[tokio::test]
async fn a_tenants_own_names_for_skills_are_found_like_the_common_ones() {
    let company = Company::start().await;
    assert!(company.found("skill=schlange").await.is_empty());

    let alias = json!({ "alias": "Schlange", "skill": "Python" });
    let made = company.owner.post("/v1/skill-aliases", alias.clone()).await.expect(201).text("id");

    assert_eq!(company.found("skill=schlange").await, ["Barbara", "Alan"]);
    refused(company.owner.post("/v1/skill-aliases", alias.clone()).await, 409, "skill_alias_exists");
    for (alias, place) in [
        (json!({ "alias": "!", "skill": "x" }), "#/alias"),
        (json!({ "alias": "X", "skill": "x" }), "#/skill"),
    ] {
        assert_eq!(company.owner.post("/v1/skill-aliases", alias).await.expect(422).fault().0, place);
    }
    let stranger = company.server.tenant("globex").await;
    assert!(listed(&stranger, "/v1/skill-aliases", "id").await.is_empty());
    refused(stranger.delete(&format!("/v1/skill-aliases/{made}"), None).await, 404, "not_found");
    company.owner.delete(&format!("/v1/skill-aliases/{made}"), None).await.expect(204);
    assert!(company.found("skill=schlange").await.is_empty());
}

#[tokio::test]
async fn whatever_is_typed_is_answered_or_refused_with_a_reason() {
    let company = Company::start().await;

    for (query, pointer, code) in [
        ("q=", "q", "nothing_to_search"),
        ("q=%22%22", "q", "nothing_to_search"),
        ("q=%F0%9F%A6%80", "q", "nothing_to_search"),
        ("q=()%26%7C!*:%3C-%3E", "q", "nothing_to_search"),
        ("q=x&sort=salary", "sort", "invalid_parameter"),
        ("q=x&email=a%40b.example", "email", "not_with_a_search"),
        ("q=x&include_deleted=true", "include_deleted", "not_with_a_search"),
        ("facets=shoe_size", "facets", "unknown_facet"),
        ("min_years=-1", "min_years", "invalid_parameter"),
        ("min_years=81", "min_years", "out_of_range"),
        ("min_years=many", "min_years", "invalid_parameter"),
        ("experience_level=wizard", "experience_level", "invalid_parameter"),
        ("job_id=job_1", "job_id", "invalid_parameter"),
        ("colour=red", "colour", "invalid_parameter"),
        ("q=a%00b", "query", "null_character"),
    ] {
        let answer = company.owner.get(&format!("/v1/candidates?{query}")).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{query}");
    }
    for odd in [
        "'",
        "\"",
        "\\",
        "' or 1=1 --",
        "\"a\" NEAR b",
        "a AND (b",
        "a* ^b",
        "💣 boom",
        "–",
        "a'b\"c\\d",
        "{x: y}",
        "%",
    ] {
        let query = url_encoded(odd);
        for parameter in
            ["q", "title", "company", "location", "skill", "tag", "custom.x", "country", "language"]
        {
            let answer = company.owner.get(&format!("/v1/candidates?{parameter}={query}")).await;
            assert!([200, 422].contains(&answer.status), "{parameter}={odd}: {answer:?}");
        }
    }
    let long = "a".repeat(501);
    let answer = company.owner.get(&format!("/v1/candidates?q={long}")).await.expect(422);
    assert_eq!(answer.fault(), ("q".into(), "too_long".into()));
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn the_index_follows_every_change_of_a_candidate() {
    let company = Company::start().await;
    let ids = async |query: &str| listed(&company.owner, &format!("/v1/candidates?{query}"), "id").await;
    let ada = ids("q=lovelace").await.remove(0);
    let alan = ids("q=turing").await.remove(0);
    let path = format!("/v1/candidates/{ada}");

    company.owner.patch(&path, json!({ "name": "Ada King", "tags": ["countess"] }), "*").await.expect(200);
    assert_eq!(ids("q=king").await, [&*ada]);
    assert!(ids("tag=urgent&q=ada").await.is_empty());
    assert_eq!(ids("tag=countess").await, [&*ada]);

    let merge = json!({ "candidate_id": alan });
    company.owner.post(&format!("{path}/merges"), merge).await.expect(201);
    assert!(!ids("skill=rust").await.contains(&alan) && ids("q=turing").await.iter().all(|id| *id != alan));
    company.owner.delete(&path, Some("*")).await.expect(204);
    assert!(ids("q=king").await.is_empty() && ids("tag=countess").await.is_empty());

    let stranger = company.server.tenant("globex").await;
    for query in ["q=trinity", "skill=python", "country=US", "min_years=1"] {
        let found: Value =
            stranger.get(&format!("/v1/candidates?{query}&facets=skill")).await.expect(200).json();
        assert_eq!((&found["data"], &found["facets"]["skill"]), (&json!([]), &json!([])), "{query}");
    }
}

/// The newest of many are found without a look at the rest, the rest when those do not fill a page; nobody is lost between.
#[tokio::test]
async fn among_many_everybody_is_found_once_and_the_newest_first() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut expected = Vec::new();
    for (batch, later) in [0, 90, 40_000, 86_400 * 400].into_iter().enumerate() {
        server.clock.advance(Duration::from_secs(later));
        let mut file = String::new();
        for number in 0..500 {
            let mut tags = vec![format!("batch{batch}")];
            tags.extend((number % 2 == 0).then(|| "half".to_owned()));
            tags.extend((number % 100 == 7).then(|| "rare".to_owned()));
            let name = format!("Person {}", batch * 500 + number);
            expected.push((name.clone(), tags.clone()));
            file += &format!("{}\n", json!({ "name": name, "tags": tags }));
        }
        let done = import(&server, &owner, "people.ndjson", file, &[("kind", "candidates")]).await;
        assert_eq!(done["rows"]["created"], 500, "{done:#}");
    }

    for (query, tags, limit) in [
        ("q=person&tag=half", &["half"][..], 200),
        ("q=person&tag=rare", &["rare"], 7),
        ("tag=rare&q=person&sort=-created_at", &["rare"], 200),
        ("q=person&tag=batch0&sort=-created_at", &["batch0"], 150),
        ("q=person&tag=batch3", &["batch3"], 60),
        ("tag=batch2&tag=rare", &["batch2", "rare"], 3),
        ("q=person&tag=nothing", &["nothing"], 5),
    ] {
        let has_all =
            |(_, has): &&(String, Vec<String>)| tags.iter().all(|tag| has.iter().any(|one| one == tag));
        let mut wanted: Vec<_> = expected.iter().filter(has_all).map(|(name, _)| name.as_str()).collect();
        let (names, times) = walked(&owner, &format!("/v1/candidates?{query}&limit={limit}")).await;
        assert!(times.is_sorted_by(|one, next| one >= next), "{query}: the newest come first");
        let mut names: Vec<_> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(names, wanted, "{query}");
    }
}

/// The names and the times of what a list holds, page by page.
async fn walked(owner: &Actor, path: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut times) = (Vec::new(), Vec::new());
    let mut next = path.to_owned();
    loop {
        let page = owner.get(&next).await.expect(200).json();
        for one in page["data"].as_array().expect("it is a list") {
            names.push(word(&one["name"]));
            times.push(word(&one["created_at"]));
        }
        if page["has_more"] == false {
            return (names, times);
        }
        next = format!("{path}&cursor={}", word(&page["next_cursor"]));
    }
}
