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
    all: Vec<Expression>,
    none: Vec<Expression>,
}

impl Expression {
    pub fn lexeme(lexeme: String) -> Self {
        Self::Phrase(vec![lexeme])
    }

    fn tsquery(&self) -> String {
        match self {
            Self::Phrase(lexemes) => {
                let quoted: Vec<_> = lexemes.iter().map(|lexeme| format!("'{lexeme}'")).collect();
                format!("({})", quoted.join(" <-> "))
            }
            Self::All(parts) => joined(parts, " & ", Self::tsquery),
            Self::Any(parts) => joined(parts, " | ", Self::tsquery),
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
        Self { all: vec![Expression::lexeme(lexicon.lexeme(Field::Every, ""))], none: Vec::new() }
    }

    /// An `All` or `Any` of nothing asks for nothing.
    pub fn require(&mut self, expression: Expression) {
        let is_empty = match &expression {
            Expression::Phrase(parts) => parts.is_empty(),
            Expression::All(parts) | Expression::Any(parts) => parts.is_empty(),
        };
        if !is_empty {
            self.all.push(expression);
        }
    }

    pub fn exclude(&mut self, expression: Expression) {
        self.none.push(expression);
    }

    pub(crate) fn tsquery(&self) -> String {
        let all = joined(&self.all, " & ", Expression::tsquery);
        self.none.iter().fold(all, |query, none| format!("{query} & !{}", none.tsquery()))
    }

    pub(crate) fn fts5(&self) -> String {
        let all = joined(&self.all, " AND ", Expression::fts5);
        match self.none.is_empty() {
            true => all,
            false => format!("{all} NOT {}", joined(&self.none, " OR ", Expression::fts5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, Matching};

    #[test]
    fn an_expression_is_written_for_either_database() {
        let one = |word: &str| Expression::lexeme(word.into());
        let mut matching = Matching { all: vec![one("a")], none: Vec::new() };
        matching.require(Expression::Phrase(vec!["b".into(), "c".into()]));
        matching.require(Expression::Any(vec![one("d"), one("e")]));
        matching.require(Expression::Any(Vec::new()));
        matching.exclude(one("f"));

        assert_eq!(matching.tsquery(), "(('a') & ('b' <-> 'c') & (('d') | ('e'))) & !('f')");
        assert_eq!(matching.fts5(), "(\"a\" AND \"b c\" AND (\"d\" OR \"e\")) NOT (\"f\")");
    }
}
