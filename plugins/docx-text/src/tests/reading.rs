//! What a reader of the document sees is what comes out.

use super::{Made, extract, find, lines, p};

#[test]
fn runs_take_their_look_from_style_chains() {
    let made = Made {
        styles: "<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val='22'/><w:lang w:val='sv-SE'/></w:rPr></w:rPrDefault></w:docDefaults>\
            <w:style w:type='paragraph' w:styleId='Base'><w:rPr><w:b/><w:color w:val='112233'/></w:rPr></w:style>\
            <w:style w:type='paragraph' w:styleId='Big'><w:basedOn w:val='Base'/><w:rPr><w:sz w:val='40'/></w:rPr></w:style>\
            <w:style w:type='character' w:styleId='Slant'><w:rPr><w:i/></w:rPr></w:style>".to_owned(),
        ..Made::of(
            "<w:p><w:pPr><w:pStyle w:val='Big'/></w:pPr><w:r><w:t>Name</w:t></w:r><w:r><w:rPr><w:rStyle w:val='Slant'/><w:b w:val='0'/></w:rPr><w:t>slanted</w:t></w:r></w:p>\
             <w:p><w:r><w:rPr><w:caps/></w:rPr><w:t>work</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r></w:p>",
        )
    };
    let text = made.text();
    let page = &text.pages[0];
    let (name, slanted, work) = (find(page, "Name"), find(page, "slanted"), find(page, "WORK"));
    assert_eq!((name.font_size, name.font_weight, name.italic, name.color), (20.0, 700, false, 0x112233));
    assert_eq!((slanted.font_size, slanted.font_weight, slanted.italic), (20.0, 400, true));
    assert_eq!((work.font_size, work.font_weight), (11.0, 400));
    assert!(!text.plain().contains("secret"));
    assert_eq!(text.language.as_deref(), Some("sv-SE"));
}

#[test]
fn styles_that_stand_on_each_other_in_a_circle_end() {
    let made = Made {
        styles: "<w:style w:type='paragraph' w:styleId='A'><w:basedOn w:val='B'/></w:style>\
            <w:style w:type='paragraph' w:styleId='B'><w:basedOn w:val='A'/></w:style>"
            .to_owned(),
        ..Made::of("<w:p><w:pPr><w:pStyle w:val='A'/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>")
    };
    assert_eq!(made.text().plain(), "x");
}

#[test]
fn lists_have_markers_and_count() {
    let item = |list: u32, level: u32, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{list}'/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let level = |at: u32, format: &str, text: &str| {
        let left = 720 * (at + 1);
        format!(
            "<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{format}'/><w:lvlText w:val='{text}'/><w:pPr><w:ind w:left='{left}' w:hanging='360'/></w:pPr></w:lvl>"
        )
    };
    let made = Made {
        numbering: format!(
            "<w:abstractNum w:abstractNumId='0'>{}</w:abstractNum><w:abstractNum w:abstractNumId='1'>{}{}</w:abstractNum>\
             <w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='1'/></w:num>",
            level(0, "bullet", "\u{f0b7}"),
            level(0, "decimal", "%1."),
            level(1, "lowerRoman", "%1.%2)"),
        ),
        ..Made::of(
            &[
                item(1, 0, "point"),
                item(2, 0, "one"),
                item(2, 1, "inner"),
                item(2, 1, "again"),
                item(2, 0, "two"),
                item(2, 1, "anew"),
            ]
            .concat(),
        )
    };
    let page = made.page();
    assert_eq!(lines(&page), ["• point", "1. one", "1.i) inner", "1.ii) again", "2. two", "2.i) anew"]);
    assert_eq!(find(&page, "•").text, "•");
    assert_eq!(find(&page, "point").rect.x - find(&page, "•").rect.x, 18.0);
    assert!(find(&page, "inner").rect.x > find(&page, "one").rect.x);
}

#[test]
fn tabs_lead_to_their_stops() {
    let page = Made::of(
        "<w:p><w:pPr><w:tabs><w:tab w:val='right' w:pos='9000'/></w:tabs></w:pPr><w:r><w:t>Acme</w:t><w:tab/><w:t>2019 to 2021</w:t></w:r></w:p>\
         <w:p><w:pPr><w:tabs><w:tab w:val='right' w:pos='9000'/></w:tabs></w:pPr><w:r><w:t>Globex</w:t><w:tab/><w:t>2015</w:t></w:r></w:p>\
         <w:p><w:pPr><w:ind w:left='1440' w:hanging='1440'/></w:pPr><w:r><w:t>Role</w:t><w:tab/><w:t>Pilot</w:t></w:r></w:p>",
    )
    .page();
    assert_eq!(lines(&page), ["Acme 2019 to 2021", "Globex 2015", "Role Pilot"]);
    assert!((find(&page, "2019").rect.right() - find(&page, "2015").rect.right()).abs() < 0.1);
    assert_eq!(find(&page, "Pilot").rect.x - find(&page, "Role").rect.x, 72.0);
}

#[test]
fn centred_and_right_lines_stand_there() {
    let aligned = |kind: &str, text: &str| {
        format!("<w:p><w:pPr><w:jc w:val='{kind}'/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    };
    let page = Made::of(&[p("left"), aligned("center", "middle"), aligned("right", "edge")].concat()).page();
    let [left, middle, right] = ["left", "middle", "edge"].map(|text| find(&page, text).rect.x);
    assert!(left < middle && middle < right);
}

#[test]
fn tables_are_read_cell_by_cell_in_columns() {
    let cell = |content: &str| format!("<w:tc>{content}</w:tc>");
    let table = format!(
        "<w:tbl><w:tblGrid><w:gridCol w:w='2000'/><w:gridCol w:w='7000'/></w:tblGrid>\
         <w:tr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{}</w:tc></w:tr></w:tbl>",
        cell(&p("2019")),
        cell(&p("Acme")),
        cell(&(p("Radar") + &p("Swedish"))),
        cell(&(p("Pilot") + &p("Guided ships"))),
        p("across"),
    );
    let page = Made::of(&(table + &p("after"))).page();
    assert_eq!(lines(&page), ["2019 Acme", "Radar", "Swedish", "Pilot", "Guided ships", "across", "after"]);
    assert_eq!(find(&page, "Acme").rect.x - find(&page, "2019").rect.x, 100.0);
    assert_eq!(find(&page, "Pilot").rect.y, find(&page, "Radar").rect.y);
    assert!(find(&page, "across").rect.y > find(&page, "Guided").rect.y);
    assert_ne!(find(&page, "Radar").block, find(&page, "Pilot").block);
}

#[test]
fn a_sidebar_cell_breaks_its_lines_and_a_nested_table_keeps_its_text() {
    let inner = format!("<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>", p("Go"), p("expert"));
    let table = format!(
        "<w:tbl><w:tblGrid><w:gridCol w:w='2000'/><w:gridCol w:w='7000'/></w:tblGrid><w:tr><w:tc>{}{inner}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>",
        p("a long line in a narrow column of the page"),
        p("main"),
    );
    let page = Made::of(&table).page();
    let main = find(&page, "main").rect.x;
    assert!(page.spans.iter().filter(|span| span.text != "main").all(|span| span.rect.right() <= main));
    assert!(lines(&page).contains(&"Go expert".to_owned()));
}

#[test]
fn links_by_relationship_and_by_field() {
    let mut made = Made::of(
        "<w:p><w:hyperlink r:id='h'><w:r><w:t>my page</w:t></w:r></w:hyperlink><w:r><w:t> or </w:t></w:r>\
         <w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> HYPERLINK \"mailto:n@example.org\" </w:instrText></w:r>\
         <w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>mail</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t> me</w:t></w:r></w:p>",
    );
    made.links =
        "<Relationship Id='h' Type='x/hyperlink' Target='https://n.example.org/' TargetMode='External'/>"
            .to_owned();
    let page = made.page();
    assert_eq!(lines(&page), ["my page or mail me"]);
    let targets: Vec<_> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["https://n.example.org/", "mailto:n@example.org"]);
    assert_eq!(page.links[1].rect, find(&page, "mail").rect);
}

#[test]
fn text_boxes_appear_once_after_their_paragraph() {
    let boxed = |text: &str| format!("<w:txbxContent>{}</w:txbxContent>", p(text));
    let body = format!(
        "<w:p><w:r><w:t>anchor</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{}</wps:txbx></wps:wsp></w:drawing></mc:Choice>\
         <mc:Fallback><w:pict><v:textbox>{}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>{}",
        boxed("in the box"),
        boxed("in the box"),
        p("next"),
    );
    assert_eq!(lines(&Made::of(&body).page()), ["anchor", "in the box", "next"]);
}

#[test]
fn page_breaks_changes_and_controls() {
    let body = format!(
        "<w:p><w:r><w:t>one</w:t><w:br w:type='page'/><w:t>two</w:t></w:r></w:p><w:p><w:pPr><w:pageBreakBefore/></w:pPr><w:r><w:t>three</w:t></w:r></w:p>\
         <w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p><w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
        p("controlled"),
    );
    let text = Made::of(&body).text();
    assert_eq!(text.plain(), "one\u{c}two\u{c}three\nnew\ncontrolled");
}

#[test]
fn headers_and_footers_are_read_where_shown() {
    let mut made = Made::of(
        &(p("body")
            + "<w:sectPr><w:headerReference w:type='default' r:id='h'/><w:headerReference w:type='first' r:id='f'/><w:footerReference w:type='default' r:id='z'/></w:sectPr>"),
    );
    made.links = "<Relationship Id='h' Type='x/header' Target='header1.xml'/><Relationship Id='f' Type='x/header' Target='header2.xml'/><Relationship Id='z' Type='x/footer' Target='footer1.xml'/>".to_owned();
    for (name, text) in [("header1", "top"), ("header2", "never shown"), ("footer1", "bottom")] {
        let part = format!("<w:hdr {}>{}</w:hdr>", super::NAMESPACES, p(text));
        made.parts.push((format!("word/{name}.xml"), part.into_bytes()));
    }
    assert_eq!(lines(&made.page()), ["top", "body", "bottom"]);
}

#[test]
fn a_border_under_a_heading_is_a_rule() {
    let heading =
        "<w:p><w:pPr><w:pBdr><w:bottom w:val='single'/></w:pBdr></w:pPr><w:r><w:t>Work</w:t></w:r></w:p>";
    let page = Made::of(&(heading.to_owned() + &p("Acme"))).page();
    assert_eq!(page.rules.len(), 1);
    assert!(
        page.rules[0].y >= find(&page, "Work").rect.bottom() - 0.1
            && page.rules[0].y < find(&page, "Acme").rect.y
    );
}

#[test]
fn a_document_of_another_program() {
    let text = extract(include_bytes!("../../tests/python-docx.docx").to_vec()).unwrap();
    let page = &text.pages[0];
    assert_eq!(
        lines(page),
        [
            "Confidential application",
            "Nora Lindqvist",
            "nora.lindqvist@example.org | +46 70 123 45 67",
            "Experience",
            "Harbour Pilot, Norrhamn Port 2016 – 2021",
            "• Guided four thousand ships",
            "• Trained six apprentices",
            "Education",
            "2012 – 2015 Nautical science, Kalmar",
            "2009 – 2012 Upper secondary school, Luleå",
            "Skills",
            "1. Radar",
            "2. Swedish, English",
            "References on request",
        ]
    );
    let (name, heading, body) = (find(page, "Nora"), find(page, "Experience"), find(page, "Radar"));
    assert!(name.font_size > heading.font_size && heading.font_size > body.font_size);
    assert_eq!((heading.font_weight, body.font_weight), (700, 400));
    assert_eq!((find(page, "request").font_size, find(page, "request").color), (9.0, 0x800000));
    assert_eq!(find(page, "Nautical").rect.x, find(page, "Upper").rect.x);
}
