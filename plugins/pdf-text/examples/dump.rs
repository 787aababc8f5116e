//! Prints the text of PDF files: `dump [--spans] FILE…`. With `--spans`, one line a span with its place and look.

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() {
    let mut spans = false;
    for argument in std::env::args().skip(1) {
        if argument == "--spans" {
            spans = true;
            continue;
        }
        let read = std::fs::read(&argument).map_err(|error| error.to_string());
        match read.and_then(|bytes| pdf_text::extract(&bytes).map_err(|error| error.to_string())) {
            Err(error) => println!("{argument}: {error}"),
            Ok(text) if !spans => println!("{}", text.plain()),
            Ok(text) => {
                for page in &text.pages {
                    println!(
                        "page {} {}x{} links {} rules {}",
                        page.number,
                        page.width,
                        page.height,
                        page.links.len(),
                        page.rules.len()
                    );
                    for span in &page.spans {
                        println!(
                            "{:3} {:3} {:4} {:6.1} {:6.1} {:6.1} {:5.1} {} {}{:06x} {:?} {:?}",
                            span.line,
                            span.block,
                            span.stream_order,
                            span.rect.x,
                            span.rect.y,
                            span.rect.width,
                            span.font_size,
                            span.font_weight,
                            if span.italic { "i " } else { "" },
                            span.color,
                            span.text,
                            span.font_name.as_deref().unwrap_or("-"),
                        );
                    }
                }
                println!("{:?}", text.warnings);
            }
        }
    }
}
