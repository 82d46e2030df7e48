//! One layer of settings: a file, a variable or a flag. Checks that its keys exist, and carries its name along.

use super::Setting;
use crate::error::{Error, Result};
use chat_core::LimitsPreset;
use chat_server::Config;
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use std::{collections::BTreeMap, path::Path};

/// The name of the layer below all others.
pub(super) const DEFAULT: &str = "default";

/// Some settings and the place they come from.
pub(super) struct Layer {
    place: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> std::result::Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// The setting that names a preset of limits.
pub(super) const PRESET: &str = "limits_preset";

type Known = BTreeMap<String, serde_json::Value>;

impl Layer {
    /// What holds when nobody says anything.
    pub(super) fn defaults() -> Result<Self> {
        let values = Value::serialize(Config::default())
            .ok()
            .and_then(Value::into_dict);
        let values =
            values.ok_or_else(|| Error::Failed("the default settings are broken".to_owned()))?;
        Ok(Self {
            place: DEFAULT.to_owned(),
            values,
        })
    }

    /// What a preset of limits sets otherwise than the defaults.
    pub(super) fn preset(preset: LimitsPreset) -> Result<Self> {
        let figures = |limits| Value::serialize(limits).ok().and_then(Value::into_dict);
        let (own, usual) = (
            figures(preset.limits()),
            figures(LimitsPreset::Default.limits()),
        );
        let (Some(mut own), Some(usual)) = (own, usual) else {
            return Err(Error::Failed(
                "the limits of the preset are broken".to_owned(),
            ));
        };
        own.retain(|name, figure| usual.get(name) != Some(figure));
        let name = Value::serialize(preset).ok();
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            place: format!("preset {name}"),
            values: Dict::from([("limits".to_owned(), Value::from(own))]),
        })
    }

    /// A TOML file.
    pub(super) fn file(path: &Path, known: &Known) -> Result<Self> {
        let place = format!("file {}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::io(
                format!("cannot read the settings {}", path.display()),
                error,
            )
        })?;
        let values: Dict = Toml::from_str(&text).map_err(|error| {
            let begin = error.span().map_or(0, |span| span.start);
            let line = 1 + text.get(..begin).unwrap_or_default().matches('\n').count();
            // Below the line that it shows, and a mark in it, it says what is wrong.
            let text = error.to_string();
            let why = text.lines().skip_while(|line| !line.ends_with('^')).skip(1);
            Error::Usage(format!(
                "{place} is not valid TOML, line {line}: {}",
                why.collect::<Vec<_>>().join(", ")
            ))
        })?;
        check("", &values, known, &place)?;
        Ok(Self { place, values })
    }

    /// One value given as text.
    pub(super) fn setting(setting: &Setting, known: &Known) -> Result<Self> {
        let Some(like) = known.get(&setting.key) else {
            return Err(unknown(&setting.key, known, &setting.place));
        };
        let text = Self::of(setting, read(&setting.text, like));
        // What is absent by default does not say what it would be: text, unless only something else fits.
        if like.is_null() && !text.fits()? {
            let parsed = Self::of(setting, parse(&setting.text));
            if parsed.fits()? {
                return Ok(parsed);
            }
        }
        Ok(text)
    }

    fn of(setting: &Setting, mut value: Value) -> Self {
        let mut parts: Vec<_> = setting.key.split('.').collect();
        let first = parts.remove(0).to_owned();
        for part in parts.into_iter().rev() {
            value = Value::from(Dict::from([(part.to_owned(), value)]));
        }
        Self {
            place: setting.place.clone(),
            values: Dict::from([(first, value)]),
        }
    }

    /// Whether its values are of the kinds that the settings have.
    fn fits(&self) -> Result<bool> {
        let settings = Figment::from(Self::defaults()?).merge(self);
        Ok(settings.extract::<Config>().is_ok())
    }
}

fn parse(text: &str) -> Value {
    match text.trim().parse::<Value>() {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Reads text as the kind of value that the setting has: a path is a text even if it is called `1`.
fn read(text: &str, like: &serde_json::Value) -> Value {
    match like {
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => parse(text),
        serde_json::Value::Array(_) if text.trim_start().starts_with('[') => parse(text),
        serde_json::Value::Array(_) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            Value::from(parts.map(Value::from).collect::<Vec<_>>())
        }
        _ => Value::from(text),
    }
}

fn check(prefix: &str, values: &Dict, known: &Known, place: &str) -> Result<()> {
    for (name, value) in values {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        let below = format!("{key}.");
        match value {
            Value::Dict(_, inner) if known.keys().any(|known| known.starts_with(&below)) => {
                check(&key, inner, known, place)?;
            }
            _ if known.contains_key(&key) => {}
            _ => return Err(unknown(&key, known, place)),
        }
    }
    Ok(())
}

/// Says that there is no such setting, and which may be meant.
pub(super) fn unknown(key: &str, known: &Known, place: &str) -> Error {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let near = known
        .keys()
        .map(|known| (distance(&last(known), &last(key)), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let advice = match near {
        Some((_, known)) => format!("did you mean {known}?"),
        None => "`chat config show` lists all of them".to_owned(),
    };
    Error::Usage(format!("{key} from {place} is no setting; {advice}"))
}

/// How many letters have to be changed, added or taken away (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
