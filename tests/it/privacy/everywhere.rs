//! Looks for a word in every column of every table, and in every stored file.

use std::collections::BTreeSet;

use mortise_tests::server::Server;

/// The tables in which the word stands, whatever its case.
pub(crate) async fn tables_with(server: &Server, word: &str) -> BTreeSet<String> {
    let is_postgres = server.database().is_postgres();
    let of_all = match is_postgres {
        true => "select tablename::text from pg_tables where schemaname = current_schema()",
        false => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
    };
    let tables: BTreeSet<_> = server.texts(of_all).await.into_iter().collect();
    assert!(tables.len() > 40, "only {tables:?}");
    let mut found = BTreeSet::new();
    for table in tables {
        let condition = match is_postgres {
            true => format!("looked_at::text ilike '%{word}%'"),
            false => {
                let columns = server.texts(&format!("select name from pragma_table_info('{table}')")).await;
                let like = |column: &String| format!("lower(cast(\"{column}\" as text)) like '%{word}%'");
                columns.iter().map(like).collect::<Vec<_>>().join(" or ")
            }
        };
        let count = format!("select 'x' from \"{table}\" looked_at where {condition}");
        if !server.texts(&count).await.is_empty() {
            found.insert(table);
        }
    }
    found
}

/// How many of the stored files hold the word.
pub(super) fn files_with(server: &Server, word: &str) -> usize {
    let mut folders = vec![server.folder().join("files")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("the file can be read").to_ascii_lowercase();
                found += usize::from(bytes.windows(word.len()).any(|part| part == word.as_bytes()));
            }
        }
    }
    found
}
