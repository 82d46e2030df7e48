//! What crosses Flutter's channels, held against the facade. `bindings/flutter/golden` has a file for each record and each
//! enumeration: values, and their bytes in Flutter's `StandardMessageCodec`. Kotlin and Dart read the same files.
//!
//! A new field does not compile here before `shape.rs` and `samples.rs` have it, and fails until the files do. They are
//! written again with `CHAT_GOLDEN=write cargo test -p chat-bindings --test golden`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod samples;
mod shape;
mod value;

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn the_files_are_what_the_facade_has() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("flutter/golden");
    // The calls have a file, too.
    let mut expected = BTreeSet::from(["calls.json".to_owned()]);
    for file in samples::all() {
        let name = format!("{}.json", file.name);
        let path = place.join(&name);
        if std::env::var("CHAT_GOLDEN").as_deref() == Ok("write") {
            fs::write(&path, file.text()).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, file.text(), "{} is out of date", path.display());
        expected.insert(name);
    }
    let found = fs::read_dir(place).unwrap();
    let found = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_record_and_enumeration_of_the_facade_has_a_file() {
    let declared = declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let files = samples::all();
    let covered: BTreeSet<_> = files.iter().map(|file| file.name.to_owned()).collect();

    assert!(declared.len() > 30, "{declared:?}");
    assert_eq!(declared, covered);
}

#[test]
fn every_case_of_an_enumeration_has_a_sample() {
    for file in samples::all() {
        let shown: BTreeSet<_> = file.samples.iter().filter_map(value::Value::case).collect();
        for case in file.cases {
            assert!(shown.contains(*case), "{} has no {case}", file.name);
        }
    }
}

/// The names behind `uniffi::Record`, `uniffi::Enum` and `uniffi::Error`, wherever they are below this directory.
fn declared(directory: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.append(&mut declared(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let derived = |kind: &str| {
            text.split(kind)
                .skip(1)
                .map(name_behind)
                .collect::<Vec<_>>()
        };
        for kind in ["uniffi::Record)]", "uniffi::Enum)]", "uniffi::Error)]"] {
            names.extend(derived(kind));
        }
    }
    names
}

fn name_behind(text: &str) -> String {
    let mut words = text.split_whitespace();
    words
        .by_ref()
        .find(|word| matches!(*word, "struct" | "enum"))
        .expect("a type is behind its derives");
    words.next().expect("a type has a name").to_owned()
}
