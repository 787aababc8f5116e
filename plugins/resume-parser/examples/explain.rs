//! Shows how the parser sees one PDF: `explain FILE`.
#![expect(clippy::print_stdout, reason = "a command-line example prints")]

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = pdf_text::extract(&std::fs::read(path)?).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    println!("{}", resume_parser::explain(&text));
    Ok(())
}
