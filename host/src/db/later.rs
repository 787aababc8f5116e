//! Rows that a transaction adds and never reads itself: they wait for its end and are written in one turn to the database,
//! whatever tables they go to. A change writes what it did into several.

use sqlx::error::BoxDynError;
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, PgConnection, Postgres, Sqlite, SqliteConnection, Type,
};

/// Inserts that wait, with the values of each one behind those of the one before.
pub(crate) struct Later<E: Database> {
    texts: Vec<String>,
    values: E::Arguments,
    /// Why a value could not be written down.
    fault: Option<BoxDynError>,
}

impl<E: Database> Default for Later<E> {
    fn default() -> Self {
        Self { texts: Vec::new(), values: E::Arguments::default(), fault: None }
    }
}

/// Binds the values of one insert, in the order of its parameters.
pub(crate) enum Row<'a> {
    Postgres(&'a mut Later<Postgres>),
    Sqlite(&'a mut Later<Sqlite>),
}

impl Row<'_> {
    pub(crate) fn bind<T>(self, value: T) -> Self
    where
        T: for<'q> Encode<'q, Postgres> + Type<Postgres> + for<'q> Encode<'q, Sqlite> + Type<Sqlite>,
    {
        match self {
            Row::Postgres(later) => Row::Postgres(later.bind(value)),
            Row::Sqlite(later) => Row::Sqlite(later.bind(value)),
        }
    }
}

impl<E: Database> Later<E> {
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(super) fn add(&mut self, text: &'static str) -> &mut Self {
        self.texts.push(renumbered(text, self.values.len()));
        self
    }

    fn bind<T: for<'q> Encode<'q, E> + Type<E>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.values.add(value) {
            self.fault.get_or_insert(error);
        }
        self
    }

    fn require_written_down(&mut self) -> sqlx::Result<()> {
        self.fault.take().map_or(Ok(()), |fault| Err(sqlx::Error::Encode(fault)))
    }
}

impl Later<Postgres> {
    /// # Errors
    /// The database's; then none is written. The same below.
    pub(super) async fn write(mut self, connection: &mut PgConnection) -> sqlx::Result<()> {
        self.require_written_down()?;
        if self.is_empty() {
            return Ok(());
        }
        let text = AssertSqlSafe(as_one(&self.texts));
        sqlx::query_with(text, self.values).execute(connection).await.map(drop)
    }
}

impl Later<Sqlite> {
    /// SQLite runs several statements one after the other, with the same values at hand: these, and one that ends something.
    pub(super) async fn write(
        mut self,
        connection: &mut SqliteConnection,
        end: Option<&'static str>,
    ) -> sqlx::Result<()> {
        self.require_written_down()?;
        self.texts.extend(end.map(str::to_owned));
        if self.is_empty() {
            return Ok(());
        }
        let text = AssertSqlSafe(self.texts.join(";\n"));
        sqlx::query_with(text, self.values).execute(connection).await.map(drop)
    }
}

/// One statement of PostgreSQL that runs them all: all but the last stand in front of it.
fn as_one(texts: &[String]) -> String {
    let mut text = String::new();
    let Some((last, others)) = texts.split_last() else { return text };
    for (number, other) in others.iter().enumerate() {
        text += if number == 0 { "with " } else { ",\n" };
        text += &format!("part{number} as ({other})");
    }
    text += "\n";
    text + last
}

/// The statement with every parameter's number higher by so much. Parameters stand in no quotes.
fn renumbered(text: &str, by: usize) -> String {
    if by == 0 {
        return text.to_owned();
    }
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        renumbered.push('$');
        match number.parse::<usize>() {
            Ok(number) => renumbered += &(number + by).to_string(),
            Err(_) => renumbered += number,
        }
        renumbered += rest;
    }
    renumbered
}

#[cfg(test)]
mod tests {
    use super::{as_one, renumbered};

    #[test]
    fn parameters_follow_on_those_of_before() {
        let text = "insert into a (x, y) values ($1, $12) on conflict do nothing";
        assert_eq!(renumbered(text, 0), text);
        assert_eq!(renumbered(text, 9), "insert into a (x, y) values ($10, $21) on conflict do nothing");
    }

    #[test]
    fn several_inserts_are_one_statement() {
        let texts = ["insert into a".to_owned(), "insert into b".to_owned(), "insert into c".to_owned()];
        assert_eq!(as_one(&texts[..1]), "\ninsert into a");
        assert_eq!(as_one(&texts), "with part0 as (insert into a),\npart1 as (insert into b)\ninsert into c");
    }
}
