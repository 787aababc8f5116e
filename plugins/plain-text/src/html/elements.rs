//! What the elements of HTML do to the lines around them.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a line.
    Inline,
    /// Begins and ends a line.
    Block,
    /// A block with room around it.
    Paragraph,
    Heading(usize),
    List,
    Item,
    Table,
    Row,
    Cell,
    /// Never shown.
    Hidden,
    Break,
    Rule,
    /// Without content and without a trace.
    Void,
}

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            "h4" | "h5" | "h6" => Self::Heading(4),
            "p" | "section" | "article" | "blockquote" | "pre" | "figure" | "fieldset" | "dl" | "hgroup" => {
                Self::Paragraph
            }
            "div" | "header" | "footer" | "main" | "nav" | "aside" | "address" | "body" | "html" | "form"
            | "center" | "dt" | "dd" | "details" | "summary" | "figcaption" | "legend" | "caption"
            | "search" => Self::Block,
            "ul" | "ol" | "menu" => Self::List,
            "li" => Self::Item,
            "table" => Self::Table,
            "tr" => Self::Row,
            "td" | "th" => Self::Cell,
            "head" | "script" | "style" | "template" | "noscript" | "svg" | "math" | "object" | "iframe"
            | "select" | "textarea" | "button" | "audio" | "video" | "canvas" | "title" | "datalist" => {
                Self::Hidden
            }
            "br" => Self::Break,
            "hr" => Self::Rule,
            "img" | "input" | "meta" | "link" | "base" | "col" | "embed" | "source" | "track" | "wbr"
            | "area" | "param" => Self::Void,
            _ => Self::Inline,
        }
    }

    pub(super) fn is_void(self) -> bool {
        matches!(self, Self::Break | Self::Rule | Self::Void)
    }
}
