//! The file of settings, read one setting at a time: what is right holds, and what is wrong is named by its line, in words
//! for who wrote it.

use super::{Config, Keys};
use figment::{
    Profile, Provider,
    providers::{Format, Toml},
    value::Value,
};
use serde::de::DeserializeOwned;

/// What there is to set.
const NAMES: &[&str] = &[
    "preset",
    "theme",
    "glyphs",
    "mouse",
    "notify",
    "notify-by",
    "paste-asks-from",
    "downloads",
    "keys",
];

/// What a file says, and what is wrong with it.
pub(super) fn read(text: &str) -> (Config, Vec<String>) {
    let mut config = Config::default();
    let said = match Toml::string(text).data() {
        Ok(mut said) => said.remove(&Profile::Default).unwrap_or_default(),
        Err(error) => {
            let why = error.to_string();
            let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
            return (config, vec![format!("nothing of it is used: {why}")]);
        }
    };
    let mut wrong = Vec::new();
    for (name, value) in &said {
        let taken = match name.as_str() {
            "keys" => {
                keys(text, value, &mut config, &mut wrong);
                continue;
            }
            name => take(name, value, &mut config),
        };
        if let Err(can_be) = taken {
            wrong.push((line(text, name), complaint(name, value, can_be)));
        }
    }
    wrong.sort();
    let wrong = wrong.into_iter().map(|(line, what)| match line {
        0 => what,
        line => format!("line {line}: {what}"),
    });
    (config, wrong.collect())
}

/// Takes a setting; else says what it can be.
fn take(name: &str, value: &Value, config: &mut Config) -> Result<(), &'static str> {
    match name {
        "preset" => set(value, &mut config.preset, "default, vim, emacs"),
        "theme" => {
            let can_be = "terminal, light, dark, high-contrast, none";
            set(value, &mut config.theme, can_be)
        }
        "glyphs" => set(value, &mut config.glyphs, "unicode, ascii"),
        "mouse" => set(value, &mut config.mouse, "true, false"),
        "notify" => set(value, &mut config.notify, "all, mentions, nothing"),
        "notify-by" => set(value, &mut config.notify_by, "terminal, bell"),
        "paste-asks-from" => {
            let can_be = "a number of lines, 0 for never";
            set(value, &mut config.paste_asks_from, can_be)
        }
        "downloads" => {
            let mut path = None;
            set(value, &mut path, "the path of a directory, in quotes")?;
            config.downloads = path;
            Ok(())
        }
        _ => Err(""),
    }
}

fn set<T: DeserializeOwned>(
    value: &Value,
    into: &mut T,
    can_be: &'static str,
) -> Result<(), &'static str> {
    *into = value.deserialize().map_err(|_| can_be)?;
    Ok(())
}

fn keys(text: &str, value: &Value, config: &mut Config, wrong: &mut Vec<(usize, String)>) {
    let Some(chosen) = value.as_dict() else {
        let what = complaint("keys", value, "a table: [keys], and a line for each action");
        return wrong.push((line(text, "keys"), what));
    };
    for (name, value) in chosen {
        match value.deserialize::<Keys>() {
            Ok(keys) => drop(config.keys.insert(name.clone(), keys)),
            Err(_) => {
                let can_be = "keys in quotes, a list of them, or false for none";
                wrong.push((line(text, name), complaint(name, value, can_be)));
            }
        }
    }
}

fn complaint(name: &str, value: &Value, can_be: &str) -> String {
    if can_be.is_empty() {
        let names: Vec<_> = NAMES
            .iter()
            .map(|name| if *name == "keys" { "[keys]" } else { name })
            .collect();
        return format!("there is no setting {name}; there are {}", names.join(", "));
    }
    let value = match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Num(_, number) => match (number.to_i128(), number.to_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(broken)) => broken.to_string(),
            (None, None) => "that".to_owned(),
        },
        Value::Bool(_, is) => is.to_string(),
        Value::Array(..) => "a list".to_owned(),
        _ => "that".to_owned(),
    };
    format!("{name} cannot be {value}; it can be {can_be}")
}

/// The line that a name is set in, from 1 on; 0 where it is not found.
fn line(text: &str, name: &str) -> usize {
    let names_it = |line: &str| {
        let line = line.trim_start().trim_start_matches(['[', '"', '\'']);
        line.strip_prefix(name)
            .is_some_and(|rest| rest.trim_start().starts_with(['=', '"', '\'', ']', '.']))
    };
    let at = text.lines().position(names_it);
    at.map_or(0, |at| at + 1)
}
