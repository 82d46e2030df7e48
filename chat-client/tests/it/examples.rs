//! That the documentation has an example of each verb, as it says. Whether they run, the doc tests say.

use std::{fs, path::Path};

/// Whether a line begins a public function that does more than tell something of its value.
fn is_verb(line: &str) -> bool {
    let line = line.trim_start();
    let Some((_, rest)) = line.split_once("fn ").filter(|_| line.starts_with("pub ")) else {
        return false;
    };
    line.contains("async") || !rest.contains("(&self) -> ")
}

fn without_example(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        let inside = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
        inside.for_each(|entry| without_example(&entry.path(), found));
        return;
    }
    let text = fs::read_to_string(path).unwrap();
    let mut has_example = false;
    for line in text.lines() {
        match line.trim_start() {
            doc if doc.starts_with("///") => has_example |= doc.contains("```"),
            attribute if attribute.starts_with("#[") => {}
            _ => {
                if is_verb(line) && !has_example {
                    found.push(format!("{}: {}", path.display(), line.trim()));
                }
                has_example = false;
            }
        }
    }
}

#[test]
fn each_verb_of_the_sdk_has_an_example() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    // The kit's own are shown where they are used: in all the others.
    let inside = fs::read_dir(source).unwrap().map(|entry| entry.unwrap());
    let inside =
        inside.filter(|entry| !entry.file_name().to_str().unwrap().starts_with("test_kit"));
    inside.for_each(|entry| without_example(&entry.path(), &mut found));
    assert_eq!(found, Vec::<String>::new());
}
