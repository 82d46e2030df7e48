//! A database with a row in every table: whatever is carried elsewhere comes along, also what no seed makes.

use super::archiving::{assert_same, file, fill};
use chat_tests::{Home, Setup, postgres};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

/// Every table that belongs to what is kept; the others are made anew wherever it goes.
const TABLES: &str = "select name from sqlite_master where type = 'table' and name not like 'search%'
    and name not like 'sqlite_%' and name not in ('_sqlx_migrations', 'installation', 'signing_keys')";

/// People who talk, and something in every table: of each column a value of its kind, or what it names.
async fn complete(home: &Home) -> String {
    let database = file(home, "all.db");
    fill(home, &database).await;
    let mut conn = SqliteConnection::connect(&database).await.unwrap();
    for (table,) in sqlx::query_as::<_, (String,)>(TABLES)
        .fetch_all(&mut conn)
        .await
        .unwrap()
    {
        let count = AssertSqlSafe(format!("select count(*) from {table}"));
        let (count,): (i64,) = sqlx::query_as(count).fetch_one(&mut conn).await.unwrap();
        if count == 0 {
            let row = row(&mut conn, &table).await;
            sqlx::query(AssertSqlSafe(row))
                .execute(&mut conn)
                .await
                .unwrap();
        }
    }
    conn.close().await.unwrap();
    database
}

/// The statement that puts a row into a table.
async fn row(conn: &mut SqliteConnection, table: &str) -> String {
    let names =
        "select \"from\", \"table\", coalesce(\"to\", 'id') from pragma_foreign_key_list($1)";
    let names = sqlx::query_as::<_, (String, String, String)>(names).bind(table);
    let names = names.fetch_all(&mut *conn).await.unwrap();
    let columns = "select name, lower(type) from pragma_table_info($1)";
    let columns = sqlx::query_as::<_, (String, String)>(columns).bind(table);
    let columns = columns.fetch_all(conn).await.unwrap();
    let value = |(name, kind): &(String, String)| {
        let named = names.iter().find(|(from, ..)| from == name);
        match (named, kind.as_str()) {
            (Some((_, of, key)), _) => format!("(select {key} from {of} order by {key} limit 1)"),
            (None, "blob") => "x'00ff10017f80fe0a5c27226d00ff1001'".to_owned(),
            (None, "text") => "'é \"\\'".to_owned(),
            (None, _) => "7".to_owned(),
        }
    };
    let values: Vec<_> = columns.iter().map(value).collect();
    format!("insert into {table} values ({})", values.join(", "))
}

/// Runs a command that brings everything along, and sees that no table was empty. The picture that is nowhere is told.
async fn bring(home: &Home, words: &[&str], name: &str, count: &str) {
    let ended = home.run(words).await;
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let lines = ended.stdout.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().expect("lines are JSON");
    let is_empty = |line: &&Value| line[count].as_u64() == Some(0);
    let empty: Vec<_> = lines
        .iter()
        .filter(is_empty)
        .map(|line| &line[name])
        .collect();
    assert!(lines.len() > 24 && empty.is_empty(), "{empty:?}");
}

#[tokio::test]
async fn a_row_of_every_table_comes_along_in_an_archive() {
    let home = Home::new();
    let (old, new) = (complete(&home).await, file(&home, "new.db"));

    for (words, from) in [
        (["export", "--database", &old, "first"], "the file"),
        (["import", "--database", &new, "first"], "the archive"),
        (["export", "--database", &new, "second"], "the copy"),
    ] {
        bring(&home, &words, "part", "count").await;
        assert!(home.path().join("first").exists(), "{from}");
    }

    assert_same(&home, "first", "second");
}

#[tokio::test]
async fn a_row_of_every_table_comes_along_to_a_server_and_back() {
    if postgres().is_none() {
        return;
    }
    let (home, server) = (Home::new(), Setup::with_empty_database());
    let (old, new) = (complete(&home).await, file(&home, "new.db"));
    let place = home.path().join("server.media").display().to_string();
    let place = format!("media.store={place}");
    let there = ["--database", &server.config.database, "--set", &place];

    let export = ["export", "--database", &old, "first"];
    bring(&home, &export, "part", "count").await;
    let words = [&["import", "first"][..], &there[..]].concat();
    bring(&home, &words, "part", "count").await;
    let words = [&["export", "second"][..], &there[..]].concat();
    bring(&home, &words, "part", "count").await;
    let import = ["import", "--database", &new, "second"];
    bring(&home, &import, "part", "count").await;
    let export = ["export", "--database", &new, "third"];
    bring(&home, &export, "part", "count").await;

    assert_same(&home, "first", "second");
    assert_same(&home, "first", "third");
}

#[tokio::test]
async fn a_row_of_every_table_moves_to_a_server() {
    if postgres().is_none() {
        return;
    }
    let (home, server) = (Home::new(), Setup::with_empty_database());
    let (old, there) = (complete(&home).await, &server.config.database);

    let carry = [
        "migrate",
        "sqlite-to-postgres",
        "--from",
        &old,
        "--to",
        there,
    ];

    bring(&home, &carry, "table", "rows").await;
}
