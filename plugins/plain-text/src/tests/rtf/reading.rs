//! What a reader of the document sees is what comes out.

use super::{extract, find, lines, of, page, text};

#[test]
fn it_is_known_by_its_first_bytes_whatever_it_is_called() {
    let document = super::Document::from_bytes(of("Ada")).with_media_type("text/plain");
    assert_eq!(super::super::extract(document).unwrap().plain(), "Ada");
    assert_eq!(text(format!("\u{feff}\r\n{}", of("Ada"))), "Ada");
}

#[test]
fn runs_have_their_look_until_their_group_ends() {
    let text = extract(of(
        "\\lang1031\\fs44\\b Name{\\i\\b0\\cf2  slanted} bold\\plain\\fs20 , {\\caps work}{\\v secret}{\\deleted gone}\\par",
    ))
    .unwrap();
    let page = &text.pages[0];
    let (name, slanted, bold, work) =
        (find(page, "Name"), find(page, "slanted"), find(page, "bold"), find(page, "WORK"));
    assert_eq!((name.font_size, name.font_weight, name.font_name.as_deref()), (22.0, 700, Some("Arial")));
    assert_eq!((slanted.font_weight, slanted.italic, slanted.color), (400, true, 0x112233));
    assert_eq!((bold.font_weight, bold.italic, bold.color), (700, false, 0));
    assert_eq!((work.font_size, work.font_weight), (10.0, 400));
    assert_eq!(lines(page), ["Name slanted bold, WORK"]);
    assert_eq!(text.language.as_deref(), Some("de"));
}

#[test]
fn text_is_in_code_pages_by_document_and_by_font() {
    assert_eq!(text(of("Ren\\'e9e \\'96 caf\\'e9 \\'80")), "Renée – café €");
    assert_eq!(text(of("{\\f2 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2} \\'e9")), "Привет é");
    // Characters of two bytes, the second of which may be written as a letter.
    assert_eq!(text(of("{\\f3 \\'93\\'fa\\'96\\'7b \\'83A}")), "日本 ア");
    assert_eq!(text("{\\rtf1\\ansi\\ansicpg1250 \\'a3ukasz \\'afak}"), "Łukasz Żak");
    assert_eq!(text("{\\rtf1\\mac Ren\\'8ee}"), "Renée");
    assert_eq!(text("{\\rtf1\\ansi\\ansicpg65001 Ren\\'c3\\'a9e}"), "Renée");
    // Against the rules, and clear all the same.
    assert_eq!(text(of("Łukasz Żak")), "Łukasz Żak");
    let unknown = extract("{\\rtf1\\ansi\\ansicpg437 Ada}").unwrap();
    assert!(unknown.warnings[0].contains("437"), "{:?}", unknown.warnings);
}

#[test]
fn unicode_takes_the_place_of_its_fallback() {
    assert_eq!(text(of("\\u321?ukasz \\u8364\\'80")), "Łukasz €");
    assert_eq!(text(of("\\u-3913?a \\u61623?b \\u61472?c")), "•a •b c", "characters of symbol fonts");
    assert_eq!(text(of("\\uc0\\u321ukasz {\\uc2\\u381 Zx}ak")), "Łukasz Žak");
    assert_eq!(text(of("\\uc2\\u26085\\'93\\'fa\\u26412\\'96\\'7b")), "日本");
    assert_eq!(text(of("\\u-10179?\\u-8704? \\u128512?")), "😀 😀");
    assert_eq!(text(of("\\u-10179? lost, \\u-8704? too")), "lost, \u{fffd} too");
    assert_eq!(text(of("a\\u8211\\endash b\\u8212\\u8212?c")), "a–b——c");
    // Whatever is no character stands for none.
    assert_eq!(text(of("\\u8226\\tab item\\u8211{}x")), "• item–x");
    assert_eq!(text(of("{\\upr{never}{\\*\\ud{\\u321?}}}ukasz")), "Łukasz");
}

#[test]
fn symbols_and_words_that_are_characters() {
    assert_eq!(
        text(of(
            "\\lquote a\\rquote  \\ldblquote b\\rdblquote  c\\emdash d\\endash e\\~f co\\-operate 1\\_2 \\{\\\\\\}"
        )),
        "‘a’ “b” c—d–e f cooperate 1-2 {\\}"
    );
    assert_eq!(text(of("one\\line two\\\nthree\\\r\nfour\tfive")), "one\ntwo\nthree\nfour five");
    assert_eq!(text(of("a li\nne may be bro\r\nken anywhere")), "a line may be broken anywhere");
}

#[test]
fn what_is_not_shown_is_not_read() {
    assert_eq!(
        text(of(
            "{\\info{\\title No}{\\author Nobody}}{\\stylesheet{\\s0 Normal;}{\\*\\cs1 Other;}}{\\*\\generator Nobody 1.0;}{\\*\\unheardof no {\\b no}}\
             {\\pict\\wmetafile8 0123456789abcdef}{\\*\\shppict{\\pict\\pngblip 89504e}}{\\object\\objemb{\\*\\objdata 0105}{\\result shown}}\
             {\\footnote no}{\\*\\annotation no}{\\*\\bkmkstart here}{\\*\\bkmkend here}{\\xe no}{\\nonshppict{\\pict 00}} text"
        )),
        "shown text"
    );
}

#[test]
fn binary_data_is_jumped_over() {
    let mut bytes = of("before {\\pict\\bin9 ").into_bytes();
    bytes.pop();
    bytes.extend_from_slice(b"}{\\b\\\x00\xff}!");
    bytes.extend_from_slice(b"}after}");
    assert_eq!(text(bytes), "before after");
}

#[test]
fn lists_keep_their_markers() {
    // As Word writes them, as WordPad does, and as text editors of other systems.
    let page = page(
        "{\\listtext\\pard\\plain\\f1 \\'b7\\tab}\\pard\\fi-360\\li720 one\\par\
         {\\listtext\\pard\\plain\\f0 o\\tab}\\pard\\fi-360\\li1440 deeper\\par\
         {\\listtext\\pard\\plain\\f0 2.\\tab}\\pard\\fi-360\\li720 two\\par\
         \\pard{\\pntext\\f1\\'B7\\tab}{\\*\\pn\\pnlvlblt\\pnf1\\pnindent0{\\pntxtb\\'B7}}\\fi-360\\li720 three\\par\
         \\pard\\tx220\\tx720\\li720\\fi-720{\\listtext\t\\uc0\\u8226 \t}four\\\n{\\listtext\t\\uc0\\u8226 \t}five\\\n\
         \\pard\\li360\\fi-360\\bullet\\tx360\\tab six\\par",
    );
    assert_eq!(lines(&page), ["• one", "• deeper", "2. two", "• three", "• four", "• five", "• six"]);
    assert_eq!(find(&page, "one").rect.x - page.spans[0].rect.x, 18.0);
    assert!(find(&page, "deeper").rect.x > find(&page, "one").rect.x);
    assert_eq!(find(&page, "six").rect.x, find(&page, "2.").rect.x);
}

#[test]
fn tabs_indents_and_alignment() {
    let page = page(
        "\\pard\\tqr\\tx9000 Acme\\tab 2019 to 2021\\par Globex\\tab 2015\\par\
         \\pard\\li1440\\fi-1440 Role\\tab Pilot\\par\\pard\\qc middle\\par\\pard\\qr edge\\par\\pard\\brdrb\\brdrs\\brdrw10 ruled\\par\
         \\pard\\brdrt\\brdrnone\\brdrb\\brdrnone not ruled\\par",
    );
    assert_eq!(
        lines(&page),
        ["Acme 2019 to 2021", "Globex 2015", "Role Pilot", "middle", "edge", "ruled", "not ruled"]
    );
    assert!((find(&page, "2019").rect.right() - find(&page, "2015").rect.right()).abs() < 0.1);
    assert_eq!(find(&page, "Pilot").rect.x - find(&page, "Role").rect.x, 72.0);
    assert!(find(&page, "Role").rect.x < find(&page, "middle").rect.x);
    assert!(find(&page, "middle").rect.x < find(&page, "edge").rect.x);
    assert_eq!(page.rules.len(), 1);
}

#[test]
fn tables_are_read_cell_by_cell_in_columns() {
    let row = |edges: &str, cells: &str| format!("\\trowd\\trleft0{edges}\\pard\\intbl {cells}\\row ");
    let two = "\\clbrdrb\\brdrs\\cellx2000\\clbrdrb\\brdrs\\cellx9000";
    let body = row(two, "2019\\cell Acme\\cell")
        + &row(two, "Radar\\par Swedish\\cell Pilot\\par Guided ships\\cell")
        + &row("\\cellx9000", "across\\cell")
        + "\\pard after\\par";
    let page = page(&body);
    assert_eq!(lines(&page), ["2019 Acme", "Radar", "Swedish", "Pilot", "Guided ships", "across", "after"]);
    assert_eq!(find(&page, "Acme").rect.x - find(&page, "2019").rect.x, 100.0);
    assert_eq!(find(&page, "Pilot").rect.y, find(&page, "Radar").rect.y);
    assert!(find(&page, "across").rect.y > find(&page, "Guided").rect.y);
    assert_ne!(find(&page, "Radar").block, find(&page, "Pilot").block);
    assert_eq!(page.rules.len(), 0, "borders of cells are none of paragraphs");
}

#[test]
fn a_table_in_a_table_keeps_its_text() {
    let body = "\\trowd\\cellx3000\\cellx9000\\pard\\intbl Skills\\par\
        \\pard\\intbl\\itap2 Go\\nestcell{\\nonesttables\\par}\\pard\\intbl\\itap2 expert\\nestcell{\\nonesttables\\par}\
        {\\*\\nesttableprops\\trowd\\cellx1000\\cellx2000\\nestrow}{\\nonesttables\\par}\
        \\pard\\intbl\\cell main\\cell\\row\\pard after";
    let page = page(body);
    assert_eq!(lines(&page), ["Skills", "Go expert", "main", "after"]);
    assert_eq!(find(&page, "main").rect.x - find(&page, "Skills").rect.x, 150.0);
}

#[test]
fn links_cover_their_text() {
    let page = page(
        "see {\\field{\\*\\fldinst{HYPERLINK \"https://n.example.org/\"}}{\\fldrslt{\\ul my \\b page}}} or \
         {\\field\\fldedit{\\*\\fldinst { HYPERLINK \"mailto:n@example.org\" \\\\o \"write\" }}{\\fldrslt mail}} or \
         {\\field{\\*\\fldinst HYPERLINK \\\\l \"there\"}{\\fldrslt there}} on {\\field{\\*\\fldinst PAGE}{\\fldrslt 1}}.\\par",
    );
    assert_eq!(lines(&page), ["see my page or mail or there on 1."]);
    let targets: Vec<_> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["https://n.example.org/", "mailto:n@example.org"]);
    assert_eq!(page.links[1].rect, find(&page, "mail").rect);
}

#[test]
fn text_boxes_appear_once_after_their_paragraph() {
    let body = "anchor{\\shp{\\*\\shpinst\\shpleft0{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt\\pard in the box\\par}}\
        {\\shprslt{\\*\\do\\dobxcolumn{\\dptxbxtext\\pard in the box\\par}}}}{\\*\\do{\\dptxbxtext\\pard in an older one\\par}} on\\par next";
    assert_eq!(lines(&page(body)), ["anchor on", "in the box", "in an older one", "next"]);
}

#[test]
fn headers_and_footers_are_read_where_shown() {
    let body = "\\sectd{\\headerl left}{\\header\\pard\\fs16 top\\par}{\\headerf first}{\\footer bottom}\\pard one\\par\
        \\sect\\sectd{\\header again}\\pard two\\par\\sect\\sectd\\sbknone\\pard three\\par\\page four\\par\\pard\\pagebb five";
    assert_eq!(text(of(body)), "top\none\u{c}two\nthree\u{c}four\u{c}five\nbottom");
    let differs = format!("\\titlepg{body}");
    assert!(text(of(&differs)).starts_with("first\ntop\none"));
    assert_eq!(find(&page(body), "top").font_size, 8.0);
}

#[test]
fn a_file_cut_off_says_so() {
    let whole = of("Ada Lovelace\\par Analyst\\par more");
    let cut = extract(&whole.as_bytes()[..whole.len() - 8]).unwrap();
    assert_eq!(cut.plain(), "Ada Lovelace\nAnalyst");
    assert!(cut.warnings[0].contains("ends in the middle"), "{:?}", cut.warnings);
    assert_eq!(extract(whole).unwrap().warnings, [""; 0]);
}

#[test]
fn a_document_of_a_word_processor() {
    let text = extract(include_bytes!("../../../tests/libreoffice.rtf").to_vec()).unwrap();
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
    let (name, heading, body) = (find(page, "Nora"), find(page, "Experience"), find(page, "Upper"));
    assert!(name.font_size > heading.font_size && heading.font_size > body.font_size);
    assert_eq!((heading.font_weight, body.font_weight), (700, 400));
    assert_eq!((find(page, "request").font_size, find(page, "request").color), (9.0, 0x800000));
    assert_eq!(find(page, "Nautical").rect.x, find(page, "Upper").rect.x);
    assert_eq!(page.rules.len(), 1, "under the title");
    assert_eq!((text.language.as_deref(), text.warnings.len()), (Some("en"), 0));
}

#[test]
fn a_document_of_a_converter() {
    let text = extract(include_bytes!("../../../tests/pandoc.rtf").to_vec()).unwrap();
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
            "– três deles ficaram",
            "Enfermeira, Clínica do Mar, Faro — 2013 – 2018",
            "1. Triagem",
            "2. Cuidados pós-operatórios",
            "Formação",
            "Ano Curso",
            "2013 Licenciatura em Enfermagem",
            "2016 Pós-graduação, Coimbra",
            "Competências",
            "Ventilação mecânica, “Manchester”, inglês & francês",
        ]
    );
    let targets: Vec<_> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["mailto:ines.moreira@example.org", "https://ines.example.org/"]);
    assert_eq!((find(page, "Inês").font_size, find(page, "Inês").font_weight), (18.0, 700));
}
