//! From the lines of a file to accounts that are to be made. Pure: it asks nobody, and a bad line spoils no other.

use crate::error::{Error, Result};
use chat_core::{Code, CreateAccount, FromInput, Input, Problem};
use csv::StringRecord;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What a line may have.
const FIELDS: [&str; 6] = [
    "username",
    "email",
    "display_name",
    "role",
    "password",
    "is_bot",
];

/// A line, and the account it describes.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) account: Result<CreateAccount>,
}

/// The lines of comma-separated values; the first one names the columns.
pub(super) fn of_csv(text: &str) -> Result<Vec<Row>> {
    // Lines are counted by their line feeds, which spreadsheets put behind the end of a record.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .flexible(true)
        .from_reader(text.as_bytes());
    let heading = reader.headers().map_err(unreadable)?.clone();
    if let Some(other) = heading.iter().find(|name| name.contains([';', '\t'])) {
        return Err(Error::Usage(format!(
            "{other:?} is no column; put commas between the columns, and between the values"
        )));
    }
    if let Some(unknown) = heading.iter().find(|name| !FIELDS.contains(name)) {
        return Err(Error::Usage(format!(
            "{unknown:?} is no column; there are: {}",
            FIELDS.join(", ")
        )));
    }
    if !heading.iter().any(|name| name == "username") {
        return Err(Error::Usage(
            "the first line must name the columns, and one of them is username".to_owned(),
        ));
    }
    let rows = reader.records().map(|record| {
        let record = record.map_err(unreadable)?;
        Ok(Row {
            line: record.position().map_or(0, csv::Position::line),
            account: of_record(&heading, &record),
        })
    });
    rows.collect()
}

fn of_record(heading: &StringRecord, record: &StringRecord) -> Result<CreateAccount> {
    // No value of an account has several lines: what has them has swallowed the people in them.
    if record.iter().any(|value| value.contains('\n')) {
        let text = "a quote (\") in it is not closed, so that the lines up to the next quote were not read";
        return Err(Error::Usage(text.to_owned()));
    }
    let (values, columns) = (record.len(), heading.len());
    if values != columns {
        return Err(Error::Usage(format!(
            "the number of its values is {values}, and that of the columns {columns}; put quotes (\") around a value with a \
             comma in it"
        )));
    }
    let fields = heading.iter().zip(record.iter());
    let fields = fields.filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| (name.to_owned(), of_text(name, value)));
    account(fields.collect())
}

/// JSON objects, one a line.
pub(super) fn of_json_lines(text: &str) -> Vec<Row> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, text)| !text.trim().is_empty());
    lines
        .map(|(line, text)| Row {
            line,
            account: of_json(text),
        })
        .collect()
}

/// Makes an error of each line whose name or address an earlier one has, so that it is named with that line.
pub(super) fn refuse_repeats(rows: &mut [Row]) {
    let mut seen: HashMap<String, u64> = HashMap::new();
    for row in rows {
        let Ok(account) = &row.account else { continue };
        let name = account.username.to_string().to_lowercase();
        let email = account.email.as_ref();
        let email = email.map(|email| email.to_string().to_lowercase());
        let known = [Some(name), email]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        let before = known.iter().find_map(|one| Some((one, *seen.get(one)?)));
        match before {
            Some((what, line)) => {
                let text = format!("{what} is in line {line}, too; take out one of the two");
                row.account = Err(Error::coded(Code::Taken, text));
            }
            None => seen.extend(known.into_iter().map(|one| (one, row.line))),
        }
    }
}

fn of_json(text: &str) -> Result<CreateAccount> {
    let fields: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Error::Usage(format!("it is no JSON object: {error}")))?;
    if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Error::Usage(format!(
            "{unknown:?} is no field; there are: {}",
            FIELDS.join(", ")
        )));
    }
    account(fields)
}

/// By the rules of the protocol, so that a line is refused here as the server would refuse it.
fn account(fields: Map<String, Value>) -> Result<CreateAccount> {
    let input = Input::from_value(Value::Object(fields));
    let input = input.map_err(|problem| Error::Usage(problem.detail))?;
    CreateAccount::from_input(input).map_err(|errors| Error::Usage(Problem::invalid(errors).detail))
}

fn of_text(name: &str, value: &str) -> Value {
    match (name, value) {
        ("is_bot", "true" | "yes" | "1") => Value::Bool(true),
        ("is_bot", "false" | "no" | "0") => Value::Bool(false),
        _ => Value::from(value),
    }
}

fn unreadable(error: csv::Error) -> Error {
    Error::Usage(format!("the file cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_account_and_a_bad_one_spoils_no_other() {
        let rows = of_csv(
            "username,email,role,is_bot\nann,ann@example.org,admin,no\nan n,,,\n\"ben\",,,yes\n",
        )
        .unwrap();

        assert_eq!(
            rows.iter().map(|row| row.line).collect::<Vec<_>>(),
            [2, 3, 4]
        );
        let good = rows[0].account.as_ref().unwrap();
        assert_eq!(good.username.as_str(), "ann");
        assert!(good.email.is_some() && good.is_bot == Some(false));
        assert!(rows[1].account.is_err());
        assert_eq!(rows[2].account.as_ref().unwrap().is_bot, Some(true));
    }

    #[test]
    fn a_heading_that_is_wrong_is_found_before_anything_is_done() {
        for (bad, word) in [
            ("name,email\nann,x\n", "\"name\""),
            ("username;email\nann;x\n", "commas"),
            ("email\nann\n", "username"),
        ] {
            let refused = of_csv(bad).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{bad}");
            assert!(refused.story().contains(word), "{}", refused.story());
        }
    }

    #[test]
    fn a_line_that_is_short_or_long_or_has_an_open_quote_is_named_and_the_others_are_read() {
        let text = "username,email\nann,\nben\nchloe,,x\nyuki,\n\"david,\neve,\n";

        let rows = of_csv(text).unwrap();

        let story = |at: usize| {
            let row: &Row = &rows[at];
            let error = row.account.as_ref().unwrap_err();
            (row.line, error.story())
        };
        assert!(rows[0].account.is_ok() && rows[3].account.is_ok());
        assert_eq!((story(1).0, story(2).0, story(4).0), (3, 4, 6));
        assert!(
            story(1)
                .1
                .contains("values is 1, and that of the columns 2")
        );
        assert!(
            story(2)
                .1
                .contains("values is 3, and that of the columns 2")
        );
        assert!(story(4).1.contains("not closed"), "{}", story(4).1);
    }

    #[test]
    fn lines_of_a_spreadsheet_are_counted_as_it_shows_them() {
        let rows = of_csv("username,email\r\nann,ann@example.org\r\nben,none\r\n").unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
        assert!(rows[1].account.is_err());
    }

    #[test]
    fn the_second_of_a_name_or_an_address_is_refused_with_the_line_of_the_first() {
        let text =
            "username,email\nann,a@example.org\nANN,b@example.org\nben,A@example.org\nchloe,\n";
        let mut rows = of_csv(text).unwrap();

        refuse_repeats(&mut rows);

        let stories = rows.iter().map(|row| match &row.account {
            Ok(_) => String::new(),
            Err(error) => error.story(),
        });
        let stories: Vec<_> = stories.collect();
        assert_eq!((stories[0].as_str(), stories[3].as_str()), ("", ""));
        assert!(stories[1].contains("ann is in line 2"), "{stories:?}");
        assert!(
            stories[2].contains("a@example.org is in line 2"),
            "{stories:?}"
        );
    }

    #[test]
    fn lines_of_json_are_accounts_too() {
        let rows = of_json_lines("{\"username\": \"ann\"}\n\n{\"user\": 1}\nno json\n");

        let lines: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.account.is_ok()))
            .collect();
        assert_eq!(lines, [(1, true), (3, false), (4, false)]);
    }
}
