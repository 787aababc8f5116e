use super::{find_score, parse};

#[track_caller]
fn reads(text: &str, study_type: &str, area: &str) {
    let found = parse(text).unwrap_or_else(|| panic!("nothing in {text:?}"));
    let shape = (found.study_type.as_str(), found.area.as_deref().unwrap_or(""));
    assert_eq!(shape, (study_type, area), "{text:?}");
}

#[test]
fn reads_english_degrees() {
    reads("Bachelor of Science in Physics", "Bachelor of Science", "Physics");
    reads("B.Sc. Physics", "B.Sc.", "Physics");
    reads("Physics, BSc", "BSc", "Physics");
    reads("Ph.D., Applied Mathematics", "Ph.D.", "Applied Mathematics");
    reads("MPH", "MPH", "");
    reads("MSc Computer Science, University of Example, 2019", "MSc", "Computer Science");
    reads("Master's degree, Economics", "Master's degree", "Economics");
    reads("BSc (Hons) Biology", "BSc (Hons)", "Biology");
    reads("B.Sc. (First Class), Law and Economics", "B.Sc. (First Class)", "Law and Economics");
    reads("Master of Business Administration", "Master of Business Administration", "");
    reads(
        "Associate of Applied Science, Welding Technology",
        "Associate of Applied Science",
        "Welding Technology",
    );
    reads("High School Diploma", "High School Diploma", "");
    reads("Certificate in Bookkeeping", "Certificate", "Bookkeeping");
    reads("Certificate III in Plumbing", "Certificate III", "Plumbing");
    reads("Bachelor of Dental Hygiene", "Bachelor", "Dental Hygiene");
    reads("University of Example — MA History (2012)", "MA", "History");
    reads("Philosophy (PhD)", "PhD", "Philosophy");
    reads("BS in Accounting | Example College", "BS", "Accounting");
    reads("Bachelor of Arts - Linguistics", "Bachelor of Arts", "Linguistics");
    reads("BA, University of Example", "BA", "");
    reads("Bachelor of Science Chemistry", "Bachelor of Science", "Chemistry");
    reads("Marine Biology, Master", "Master", "Marine Biology");
    reads("Marine Biology, Master of Science", "Master of Science", "Marine Biology");
    reads("Theatre (minor in film), Bachelor", "Bachelor", "Theatre (minor in film)");
}

#[test]
fn reads_degrees_of_other_languages() {
    reads("Diplom-Ingenieur Maschinenbau", "Diplom-Ingenieur", "Maschinenbau");
    reads("Dipl.-Ing. (FH) Elektrotechnik", "Dipl.-Ing. (FH)", "Elektrotechnik");
    reads("Ausbildung zum Anlagenmechaniker", "Ausbildung", "Anlagenmechaniker");
    reads("Ausbildung zur Bankkauffrau", "Ausbildung", "Bankkauffrau");
    reads("Abitur", "Abitur", "");
    reads("Licence de mathématiques", "Licence", "mathématiques");
    reads("Master 2 en droit des affaires", "Master 2", "droit des affaires");
    reads("BTS Comptabilité", "BTS", "Comptabilité");
    reads("Grado en Derecho", "Grado", "Derecho");
    reads("Máster Universitario en Biotecnología", "Máster Universitario", "Biotecnología");
    reads("Laurea Magistrale in Chimica", "Laurea Magistrale", "Chimica");
    reads("HBO Bachelor Bedrijfskunde", "HBO Bachelor", "Bedrijfskunde");
    reads("Licenciatura em Gestão", "Licenciatura", "Gestão");
    reads("Mestrado em Engenharia Civil", "Mestrado", "Engenharia Civil");
}

#[test]
fn other_lines_name_no_degree() {
    for text in ["Software Engineer", "University of Example", "as you do", "me and ma", "Acme GmbH", ""] {
        assert_eq!(parse(text), None, "{text:?}");
    }
    assert!(parse("Scrum Master").is_none_or(|d| d.confidence < 0.5));
}

#[test]
fn reads_results() {
    let value = |text| find_score(text).map(|s| s.value);
    for (text, expected) in [
        ("GPA: 3.8/4.0", "3.8/4.0"),
        ("GPA 3.2 / 4.0", "3.2 / 4.0"),
        ("Note 1,3", "1,3"),
        ("Abschlussnote: 2,3", "2,3"),
        ("3.9 GPA", "3.9"),
        ("BSc, cum laude", "cum laude"),
        ("First Class Honours", "First Class Honours"),
        ("mention bien", "mention bien"),
        ("(GPA 3.72)", "3.72"),
        ("Voto: 110/110 e lode", "110/110"),
        ("3.5/4.0", "3.5/4.0"),
        ("Moyenne : 16/20", "16/20"),
        ("Grade: 2:1", "2:1"),
        ("with distinction", "with distinction"),
        ("Average: 85%", "85%"),
    ] {
        assert_eq!(value(text).as_deref(), Some(expected), "{text:?}");
    }
    for text in ["06/2019", "2019", "Grade 2019 students", "24/7", "", "notable clients of ours"] {
        assert_eq!(value(text), None, "{text:?}");
    }
}

#[test]
fn survives_any_text() {
    for text in [
        "é",
        "B.",
        "(BSc",
        "BSc)",
        "GPA: é",
        "/",
        "1/",
        "\u{301}BSc\u{301}",
        "Master of",
        "in in in",
        "日本語 BSc 日本語",
        "3,/4,",
    ] {
        let _ = (parse(text), find_score(text));
    }
}
