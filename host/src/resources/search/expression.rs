//! What an entry has to hold to be found: lexemes side by side, one after the other, or not at all. Written in the language
//! of either database; as lexemes are letters and digits, no text of anybody's gets into a query's syntax.

use super::document::{Field, Lexicon};

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// One after the other; a single one stands for itself.
    Phrase(Vec<String>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// What is found: whatever meets all conditions and none of the others.
#[derive(Clone, Debug)]
pub struct Matching {
    every: Expression,
    /// What fewest are likely to meet comes first: FTS5 goes from one that meets the first condition to the next, and looks
    /// the others up.
    all: Vec<Expression>,
    none: Vec<Expression>,
}

impl Expression {
    pub fn lexeme(lexeme: String) -> Self {
        Self::Phrase(vec![lexeme])
    }

    /// All of these; a single one stands for itself.
    pub fn all(parts: Vec<Self>) -> Self {
        <[Self; 1]>::try_from(parts).map_or_else(Self::All, |[one]| one)
    }

    /// Any of these; a single one stands for itself.
    pub fn any(parts: Vec<Self>) -> Self {
        <[Self; 1]>::try_from(parts).map_or_else(Self::Any, |[one]| one)
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Phrase(lexemes) => lexemes.is_empty(),
            Self::All(parts) | Self::Any(parts) => parts.is_empty(),
        }
    }

    /// `then` stands between what follows one another.
    fn tsquery(&self, then: &str) -> String {
        match self {
            Self::Phrase(lexemes) => {
                let quoted: Vec<_> = lexemes.iter().map(|lexeme| format!("'{lexeme}'")).collect();
                format!("({})", quoted.join(then))
            }
            Self::All(parts) => joined(parts, " & ", |part| part.tsquery(then)),
            Self::Any(parts) => joined(parts, " | ", |part| part.tsquery(then)),
        }
    }

    fn has_order(&self) -> bool {
        match self {
            Self::Phrase(lexemes) => lexemes.len() > 1,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::has_order),
        }
    }

    fn fts5(&self) -> String {
        match self {
            Self::Phrase(lexemes) => format!("\"{}\"", lexemes.join(" ")),
            Self::All(parts) => joined(parts, " AND ", Self::fts5),
            Self::Any(parts) => joined(parts, " OR ", Self::fts5),
        }
    }
}

fn joined(parts: &[Expression], with: &str, written: impl Fn(&Expression) -> String) -> String {
    format!("({})", parts.iter().map(written).collect::<Vec<_>>().join(with))
}

impl Matching {
    /// Everything of the tenant's.
    pub fn every(lexicon: &Lexicon) -> Self {
        let every = Expression::lexeme(lexicon.lexeme(Field::Every, ""));
        Self { every, all: Vec::new(), none: Vec::new() }
    }

    /// An `All` or `Any` of nothing asks for nothing.
    pub fn require(&mut self, expression: Expression) {
        if !expression.is_empty() {
            self.all.push(expression);
        }
    }

    /// The same of something that fewer are likely to meet than what is asked for already.
    pub fn require_first(&mut self, expression: Expression) {
        if !expression.is_empty() {
            self.all.insert(0, expression);
        }
    }

    /// The same of something that nobody has without these: they need not be looked up any more.
    pub fn require_instead_of(&mut self, implied: &[Expression], expression: Expression) {
        self.all.retain(|condition| !implied.contains(condition));
        self.require_first(expression);
    }

    /// Every lexeme is the tenant's, so the one that all its entries have is asked for only where there is no other.
    fn conditions(&self) -> &[Expression] {
        match self.all.is_empty() {
            true => std::slice::from_ref(&self.every),
            false => &self.all,
        }
    }

    pub fn exclude(&mut self, expression: Expression) {
        self.none.push(expression);
    }

    pub(crate) fn tsquery(&self) -> String {
        written(self.conditions(), &self.none, " <-> ")
    }

    /// The same wherever the lexemes stand: what every entry that is found meets, and perhaps others. PostgreSQL's index knows
    /// no places.
    pub(crate) fn tsquery_anywhere(&self) -> String {
        let none: Vec<_> = self.none.iter().filter(|none| !none.has_order()).cloned().collect();
        written(self.conditions(), &none, " & ")
    }

    pub(crate) fn fts5(&self) -> String {
        let all = joined(self.conditions(), " AND ", Expression::fts5);
        match self.none.is_empty() {
            true => all,
            false => format!("{all} NOT {}", joined(&self.none, " OR ", Expression::fts5)),
        }
    }
}

/// In PostgreSQL's language.
fn written(all: &[Expression], none: &[Expression], then: &str) -> String {
    let all = joined(all, " & ", |part| part.tsquery(then));
    none.iter().fold(all, |query, none| format!("{query} & !{}", none.tsquery(then)))
}

#[cfg(test)]
mod tests {
    use super::{Expression, Matching};

    #[test]
    fn an_expression_is_written_for_either_database() {
        let one = |word: &str| Expression::lexeme(word.into());
        let mut matching = Matching { every: one("a"), all: Vec::new(), none: Vec::new() };
        matching.exclude(one("f"));
        assert_eq!(matching.tsquery(), "(('a')) & !('f')");
        assert_eq!(matching.fts5(), "(\"a\") NOT (\"f\")");

        matching.require(Expression::Any(vec![one("d"), one("e")]));
        matching.require(Expression::Any(Vec::new()));
        matching.require_first(Expression::Phrase(vec!["b".into(), "c".into()]));
        assert_eq!(matching.tsquery(), "(('b' <-> 'c') & (('d') | ('e'))) & !('f')");
        assert_eq!(matching.fts5(), "(\"b c\" AND (\"d\" OR \"e\")) NOT (\"f\")");

        // Whoever has `g` and `h`, but not one after the other, is still found.
        matching.exclude(Expression::Phrase(vec!["g".into(), "h".into()]));
        assert_eq!(matching.tsquery(), "(('b' <-> 'c') & (('d') | ('e'))) & !('f') & !('g' <-> 'h')");
        assert_eq!(matching.tsquery_anywhere(), "(('b' & 'c') & (('d') | ('e'))) & !('f')");
    }

    #[test]
    fn what_another_condition_implies_is_not_asked_for() {
        let one = |word: &str| Expression::lexeme(word.into());
        let mut matching =
            Matching { every: one("a"), all: vec![one("b"), one("c"), one("d")], none: Vec::new() };
        matching.require_instead_of(&[one("b"), one("d")], Expression::All(vec![one("e"), one("f")]));
        assert_eq!(matching.tsquery(), "((('e') & ('f')) & ('c'))");
    }
}
