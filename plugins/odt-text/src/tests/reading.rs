//! What a reader of the document sees is what comes out.

use super::{Made, extract, find, lines, p};

#[test]
fn runs_take_their_look_from_style_chains() {
    let made = Made {
        styles: "<style:default-style style:family='paragraph'><style:text-properties fo:font-size='11pt' fo:language='sv' fo:country='SE'/></style:default-style>\
            <style:style style:name='Base' style:family='paragraph'><style:text-properties fo:font-weight='bold' fo:color='#112233' fo:font-size='20pt'/></style:style>\
            <style:style style:name='Big' style:family='paragraph' style:parent-style-name='Base'><style:text-properties fo:font-size='150%'/></style:style>\
            <style:style style:name='Slant' style:family='text'><style:text-properties fo:font-style='italic'/></style:style>".to_owned(),
        automatic: "<style:style style:name='P1' style:family='paragraph' style:parent-style-name='Big'/>\
            <style:style style:name='T1' style:family='text' style:parent-style-name='Slant'><style:text-properties fo:font-weight='normal' fo:font-size='50%'/></style:style>\
            <style:style style:name='T2' style:family='text'><style:text-properties fo:text-transform='uppercase' fo:font-family=\"'Noto Sans'\"/></style:style>\
            <style:style style:name='T3' style:family='text'><style:text-properties text:display='none'/></style:style>".to_owned(),
        ..Made::of(
            "<text:h text:style-name='P1' text:outline-level='1'>Name <text:span text:style-name='T1'>slanted</text:span></text:h>\
             <text:p>plain <text:span text:style-name='T2'>work</text:span> <text:span text:style-name='T3'>secret</text:span></text:p>",
        )
    };
    let text = made.text();
    let page = &text.pages[0];
    let (name, slanted, work) = (find(page, "Name"), find(page, "slanted"), find(page, "WORK"));
    assert_eq!((name.font_size, name.font_weight, name.italic, name.color), (30.0, 700, false, 0x112233));
    assert_eq!((slanted.font_size, slanted.font_weight, slanted.italic), (15.0, 400, true));
    assert_eq!((work.font_size, work.font_name.as_deref()), (11.0, Some("Noto Sans")));
    assert!(!text.plain().contains("secret"));
    assert_eq!(text.language.as_deref(), Some("sv-SE"));
}

#[test]
fn styles_that_stand_on_each_other_in_a_circle_end() {
    let made = Made {
        styles: "<style:style style:name='A' style:family='paragraph' style:parent-style-name='B'/>\
            <style:style style:name='B' style:family='paragraph' style:parent-style-name='A'/>"
            .to_owned(),
        ..Made::of("<text:p text:style-name='A'>x</text:p>")
    };
    assert_eq!(made.text().plain(), "x");
}

#[test]
fn white_space_is_what_is_meant_and_no_more() {
    let body = "<text:p>\n   one\n  <text:span> two </text:span> three<text:s/><text:s text:c='2'/>four<text:line-break/>five</text:p>";
    let page = Made::of(body).page();
    assert_eq!(lines(&page), ["one two three four", "five"]);
    assert!(find(&page, "four").rect.x > find(&page, "three").rect.right() + 6.0);
}

#[test]
fn lists_have_markers_and_count() {
    let level = |at: u32, kind: &str, more: &str| {
        let left = 0.5 * f64::from(at);
        format!(
            "<text:list-level-style-{kind} text:level='{at}' {more}><style:list-level-properties text:list-level-position-and-space-mode='label-alignment'>\
             <style:list-level-label-alignment fo:text-indent='-0.25in' fo:margin-left='{left}in'/></style:list-level-properties></text:list-level-style-{kind}>"
        )
    };
    let made = Made {
        automatic: format!(
            "<text:list-style style:name='L1'>{}</text:list-style><text:list-style style:name='L2'>{}{}</text:list-style>",
            level(1, "bullet", "text:bullet-char='\u{f0b7}'"),
            level(1, "number", "style:num-format='1' style:num-suffix='.'"),
            level(2, "number", "style:num-format='i' style:num-suffix=')' text:display-levels='2'"),
        ),
        ..Made::of(
            "<text:list text:style-name='L1'><text:list-item><text:p>point</text:p><text:p>more of it</text:p></text:list-item></text:list>\
             <text:list text:style-name='L2'><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item>\
             <text:list-item><text:p>again</text:p></text:list-item></text:list></text:list-item><text:list-item text:start-value='7'><text:p>seven</text:p>\
             <text:list><text:list-item><text:p>anew</text:p></text:list-item></text:list></text:list-item><text:list-header><text:p>silent</text:p></text:list-header></text:list>\
             <text:list text:style-name='L2'><text:list-item><text:p>first</text:p></text:list-item></text:list>\
             <text:list text:style-name='L2' text:continue-numbering='true'><text:list-item><text:p>second</text:p></text:list-item></text:list>",
        )
    };
    let page = made.page();
    assert_eq!(
        lines(&page),
        [
            "• point",
            "more of it",
            "1. one",
            "1.i) inner",
            "1.ii) again",
            "7. seven",
            "7.i) anew",
            "silent",
            "1. first",
            "2. second"
        ]
    );
    assert_eq!(find(&page, "point").rect.x - find(&page, "•").rect.x, 18.0);
    assert_eq!(find(&page, "point").rect.x, find(&page, "more").rect.x);
    assert!(find(&page, "inner").rect.x > find(&page, "one").rect.x);
}

#[test]
fn an_older_list_and_one_without_a_style_have_markers_too() {
    let made = Made {
        styles: "<text:list-style style:name='Old'><text:list-level-style-number text:level='1' style:num-format='A' style:num-prefix='(' \
            style:num-suffix=')' text:start-value='3'><style:list-level-properties text:space-before='0.5in' text:min-label-width='0.5in'/>\
            </text:list-level-style-number></text:list-style>"
            .to_owned(),
        automatic: "<style:style style:name='P9' style:family='paragraph' style:list-style-name='Old'/>".to_owned(),
        ..Made::of(
            "<text:list><text:list-item><text:p text:style-name='P9'>third</text:p></text:list-item></text:list>\
             <text:list><text:list-item><text:p>plain</text:p></text:list-item></text:list>",
        )
    };
    let page = made.page();
    assert_eq!(lines(&page), ["(C) third", "• plain"]);
    assert_eq!(find(&page, "third").rect.x - find(&page, "(C)").rect.x, 36.0);
}

#[test]
fn tabs_lead_to_their_stops_which_count_from_the_indent() {
    let made = Made {
        automatic: "<style:style style:name='P1' style:family='paragraph'><style:paragraph-properties fo:margin-left='0.5in'>\
            <style:tab-stops><style:tab-stop style:position='5in' style:type='right'/></style:tab-stops></style:paragraph-properties></style:style>"
            .to_owned(),
        ..Made::of(
            "<text:p text:style-name='P1'>Acme<text:tab/>2019 to 2021</text:p><text:p text:style-name='P1'>Globex<text:tab/>2015</text:p>",
        )
    };
    let page = made.page();
    assert_eq!(lines(&page), ["Acme 2019 to 2021", "Globex 2015"]);
    assert!((find(&page, "2019").rect.right() - find(&page, "2015").rect.right()).abs() < 0.1);
    assert!((find(&page, "2015").rect.right() - find(&page, "Globex").rect.x - 360.0).abs() < 0.1);
}

#[test]
fn centred_and_right_lines_stand_there_and_borders_are_rules() {
    let style = |name: &str, said: &str| {
        format!(
            "<style:style style:name='{name}' style:family='paragraph'><style:paragraph-properties {said}/></style:style>"
        )
    };
    let made = Made {
        automatic: style("C", "fo:text-align='center'")
            + &style("R", "fo:text-align='end'")
            + &style("B", "fo:border-bottom='0.06pt solid #000000' fo:border-top='none'"),
        ..Made::of(
            "<text:p text:style-name='B'>left</text:p><text:p text:style-name='C'>middle</text:p><text:p text:style-name='R'>edge</text:p>",
        )
    };
    let page = made.page();
    let [left, middle, right] = ["left", "middle", "edge"].map(|text| find(&page, text).rect.x);
    assert!(left < middle && middle < right);
    assert_eq!(page.rules.len(), 1);
}

#[test]
fn tables_are_read_cell_by_cell_in_columns() {
    let cell = |content: &str| format!("<table:table-cell>{content}</table:table-cell>");
    let table = format!(
        "<table:table><table:table-column table:style-name='A'/><table:table-columns><table:table-column table:style-name='B'/></table:table-columns>\
         <table:table-header-rows><table:table-row>{}{}</table:table-row></table:table-header-rows><table:table-row>{}{}</table:table-row>\
         <table:table-row><table:table-cell table:number-columns-spanned='2'>{}</table:table-cell><table:covered-table-cell/></table:table-row></table:table>",
        cell(&p("2019")),
        cell(&p("Acme")),
        cell(&(p("Radar") + &p("Swedish"))),
        cell(&(p("Pilot") + &p("Guided ships"))),
        p("across"),
    );
    let column = |name: &str, width: &str| {
        format!(
            "<style:style style:name='{name}' style:family='table-column'><style:table-column-properties style:column-width='{width}'/></style:style>"
        )
    };
    let made =
        Made { automatic: column("A", "100pt") + &column("B", "12cm"), ..Made::of(&(table + &p("after"))) };
    let page = made.page();
    assert_eq!(lines(&page), ["2019 Acme", "Radar", "Swedish", "Pilot", "Guided ships", "across", "after"]);
    assert_eq!(find(&page, "Acme").rect.x - find(&page, "2019").rect.x, 100.0);
    assert_eq!(find(&page, "Pilot").rect.y, find(&page, "Radar").rect.y);
    assert!(find(&page, "across").rect.y > find(&page, "Guided").rect.y);
    assert_ne!(find(&page, "Radar").block, find(&page, "Pilot").block);
}

#[test]
fn links_cover_their_text() {
    let body = "<text:p><text:a xlink:href='https://n.example.org/'>my <text:span>page</text:span></text:a> or <text:a xlink:href='#there'>there</text:a> \
        or <text:a xlink:href='mailto:n@example.org'>mail</text:a> me</text:p>";
    let page = Made::of(body).page();
    assert_eq!(lines(&page), ["my page or there or mail me"]);
    let targets: Vec<_> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["https://n.example.org/", "mailto:n@example.org"]);
    assert_eq!(page.links[1].rect, find(&page, "mail").rect);
}

#[test]
fn text_boxes_and_shapes_appear_after_their_paragraph() {
    let body = format!(
        "<text:p>anchor<draw:frame><draw:text-box>{}</draw:text-box></draw:frame></text:p><draw:g><draw:custom-shape>{}</draw:custom-shape></draw:g>{}",
        p("in the box"),
        p("in the shape"),
        p("next"),
    );
    assert_eq!(lines(&Made::of(&body).page()), ["anchor", "in the box", "in the shape", "next"]);
}

#[test]
fn changes_remarks_and_notes_are_not_text_and_fields_are() {
    let body = "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>\
        <text:p>kept<text:change text:change-id='1'/><office:annotation><text:p>remark</text:p></office:annotation>\
        <text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>note</text:p></text:note-body></text:note>, page <text:page-number>3</text:page-number></text:p>";
    assert_eq!(Made::of(body).text().plain(), "kept, page 3");
}

#[test]
fn page_breaks_are_kept_where_something_is_before_them() {
    let made = Made {
        automatic: "<style:style style:name='M' style:family='paragraph' style:master-page-name='Standard'/>\
            <style:style style:name='B' style:family='paragraph'><style:paragraph-properties fo:break-before='page'/></style:style>"
            .to_owned(),
        ..Made::of("<text:p text:style-name='M'>one</text:p><text:p text:style-name='B'>two</text:p>")
    };
    assert_eq!(made.text().plain(), "one\u{c}two");
}

#[test]
fn the_first_pages_header_and_footer_are_read_with_styles_of_their_own() {
    let pages = format!(
        "<office:automatic-styles><style:style style:name='P1' style:family='paragraph'><style:text-properties fo:font-size='8pt'/></style:style>\
         <style:page-layout style:name='L'><style:page-layout-properties fo:page-width='400pt' fo:margin='50pt'/></style:page-layout></office:automatic-styles>\
         <office:master-styles><style:master-page style:name='Standard'><style:header>{}</style:header></style:master-page>\
         <style:master-page style:name='First' style:page-layout-name='L'><style:header><text:p text:style-name='P1'>top</text:p></style:header>\
         <style:header-first style:display='false'>{}</style:header-first><style:footer>{}</style:footer></style:master-page></office:master-styles>",
        p("of other pages"),
        p("not shown"),
        p("bottom"),
    );
    let made = Made {
        automatic: "<style:style style:name='P1' style:family='paragraph' style:master-page-name='First'><style:paragraph-properties fo:text-align='end'/></style:style>"
            .to_owned(),
        pages,
        ..Made::of("<text:p text:style-name='P1'>body</text:p>")
    };
    let page = made.page();
    assert_eq!(lines(&page), ["top", "body", "bottom"]);
    assert_eq!((find(&page, "top").font_size, find(&page, "body").font_size), (8.0, 12.0));
    assert!((find(&page, "body").rect.right() - find(&page, "top").rect.x - 300.0).abs() < 0.1);
}

#[test]
fn a_document_of_a_word_processor() {
    let text = extract(include_bytes!("../../tests/libreoffice.odt").to_vec()).unwrap();
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
    assert_eq!(page.rules.len(), 1, "under the title");
    assert_eq!(text.language.as_deref(), Some("en-US"));
}

#[test]
fn a_document_of_a_converter() {
    let text = extract(include_bytes!("../../tests/pandoc.odt").to_vec()).unwrap();
    let page = &text.pages[0];
    assert_eq!(
        lines(page),
        [
            "Inês Moreira",
            "Enfermeira de cuidados intensivos · ines.moreira@example.org · +351 912 555 013 · página",
            "Experiência",
            "Enfermeira chefe, Hospital da Ribeira, Porto — 2018 – presente",
            "• Coordenei doze turnos por semana",
            "• Formei nove estagiários",
            "• três deles ficaram",
            "Enfermeira, Clínica do Mar, Faro — 2013 – 2018",
            "1. Triagem",
            "2. Cuidados pós-operatórios",
            "Formação",
            "Ano Curso",
            "2013 Licenciatura em Enfermagem",
            "2016 Pós-graduação, Coimbra",
            "Competências",
            "Ventilação mecânica, “Manchester”, inglês & francês",
            // The number of the page, in the footer.
            "1",
        ]
    );
    let targets: Vec<_> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["mailto:ines.moreira@example.org", "https://ines.example.org/"]);
    assert_eq!(find(page, "Enfermeira chefe").font_weight, 700);
}
