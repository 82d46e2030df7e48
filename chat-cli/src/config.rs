//! The server's settings in layers: defaults, then a file, then the environment, then flags; and where each came from.
//!
//! A key that does not exist or a value that does not fit is an error that names its place. What only looks like a
//! setting because a container platform put it into the environment is let be.

mod about;
mod layer;

use crate::error::{Error, Result};
use chat_server::Config;
use clap::Args;
use figment::{Figment, error::Kind};
use layer::Layer;
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// What every setting in the environment begins with.
pub(crate) const PREFIX: &str = "CHAT_";

/// The flags that change settings.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct ConfigArgs {
    /// Read settings from this TOML file [default: $XDG_CONFIG_HOME/chat/server.toml, else ./chat.toml]
    #[arg(long, value_name = "FILE", env = "CHAT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Listen here; port 0 takes any free port [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The database: sqlite://FILE or postgres://USER@HOST/DATABASE [default: sqlite://chat.db]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Redis, where several servers share the database; a password in it belongs into the file or the environment
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Serve HTTPS with this certificate, a PEM file; needs --tls-key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Begin with the limits of this preset: default or throttled; those that are set one by one win
    #[arg(long, value_name = "PRESET")]
    pub(crate) limits: Option<String>,
    /// Also take calls of who looks after the server here, without a password, through this socket in the file system
    #[arg(long, value_name = "FILE")]
    pub(crate) local_socket: Option<PathBuf>,
    /// Any setting that `chat config show` lists, for instance limits.members=100
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
}

/// A value for a key, as text, and who says so.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) text: String,
    pub(crate) place: String,
}

/// Everything that settings are read from, defaults aside.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) flags: Vec<Setting>,
}

/// The settings that hold.
#[derive(Debug)]
pub(crate) struct Settings {
    /// For the server.
    pub(crate) config: Config,
    figment: Figment,
}

/// One setting, its value and its place.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Shown {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) from: String,
    /// What it does.
    pub(crate) about: &'static str,
}

impl ConfigArgs {
    /// The settings of this machine, on another database.
    pub(crate) fn of_database(database: &str) -> Self {
        Self {
            database: Some(database.to_owned()),
            ..Self::default()
        }
    }

    /// Reads the settings from everywhere.
    pub(crate) fn load(&self) -> Result<Settings> {
        Settings::load(&Sources {
            file: self.file(),
            environment: environment(),
            flags: self.flags()?,
        })
    }

    /// The file that is read: the one that is named, here or in the environment, or the usual one, where it is there.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        // Commands without the flag have the same settings.
        let around = || std::env::var_os("CHAT_CONFIG").filter(|name| !name.is_empty());
        let usual = || usual_files().into_iter().find(|path| path.is_file());
        let named = self.config.clone().or_else(|| around().map(PathBuf::from));
        named.or_else(usual)
    }

    /// What the flags say.
    pub(crate) fn flags(&self) -> Result<Vec<Setting>> {
        let flag = |key: &str, text: String| Setting {
            key: key.to_owned(),
            text,
            place: format!("flag --{}", key.replace(['.', '_'], "-")),
        };
        let mut flags = Vec::new();
        flags.extend(self.listen.map(|listen| flag("listen", listen.to_string())));
        flags.extend(
            self.database
                .clone()
                .map(|database| flag("database", database)),
        );
        flags.extend(self.redis.clone().map(|redis| flag("redis", redis)));
        let files = [
            ("local_socket", &self.local_socket),
            ("tls.certificate", &self.tls_certificate),
            ("tls.key", &self.tls_key),
        ];
        for (key, file) in files {
            if let Some(file) = file {
                let text = file.to_str().ok_or_else(|| {
                    Error::Usage(format!("the path {} is not UTF-8", file.display()))
                })?;
                flags.push(flag(key, text.to_owned()));
            }
        }
        flags.extend(self.limits.clone().map(|text| Setting {
            key: layer::PRESET.to_owned(),
            text,
            place: "flag --limits".to_owned(),
        }));
        for text in &self.settings {
            let Some((key, value)) = text.split_once('=') else {
                let text = format!("--set {text} has no value; write --set KEY=VALUE");
                return Err(Error::Usage(text));
            };
            flags.push(Setting {
                key: key.trim().to_owned(),
                text: value.to_owned(),
                place: format!("flag --set {}", key.trim()),
            });
        }
        Ok(flags)
    }
}

impl Settings {
    /// Puts the layers on top of each other.
    pub(crate) fn load(sources: &Sources) -> Result<Self> {
        let known = flat(&Config::default());
        let mut layers = vec![Layer::defaults()?];
        if let Some(path) = &sources.file {
            layers.push(Layer::file(path, &known)?);
        }
        for (name, text) in &sources.environment {
            if let Some(setting) = from_environment(name, text) {
                layers.push(Layer::setting(&setting, &known)?);
            }
        }
        for setting in &sources.flags {
            layers.push(Layer::setting(setting, &known)?);
        }
        // Below everything that is said, and above what nobody said.
        let preset = layers.iter().fold(Figment::new(), Figment::merge);
        let preset = preset.extract_inner(layer::PRESET).map_err(wrong_values)?;
        layers.insert(1, Layer::preset(preset)?);
        let figment = layers.into_iter().fold(Figment::new(), Figment::merge);
        let config = figment.extract().map_err(wrong_values)?;
        Ok(Self { config, figment })
    }

    /// Every setting, in the order of its key.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        flat(&self.config)
            .into_iter()
            .map(|(key, value)| {
                let place = self
                    .figment
                    .find_metadata(&key)
                    .map(|from| from.name.to_string());
                let from = place.unwrap_or_else(|| layer::DEFAULT.to_owned());
                // Whoever looks over a shoulder learns that it is set.
                let value = match value {
                    Value::String(_) if is_secret(&key) => Value::from("[secret]"),
                    // An address may have a password in it.
                    Value::String(_) if key == "database" => {
                        Value::from(self.config.shown_database())
                    }
                    // Worked out where nobody says it, from the name of the database.
                    Value::Null if key == "key_file" => self.path(self.config.key_path()),
                    Value::Null if key == "media.store" => self.path(self.config.media_directory()),
                    value => value,
                };
                let about = about::about(&key);
                Shown {
                    key,
                    value,
                    from,
                    about,
                }
            })
            .collect()
    }

    /// A path that is beside the database; none where the name of that has a password in it.
    fn path(&self, path: Option<PathBuf>) -> Value {
        let is_open = self.config.shown_database() == self.config.database;
        let path = path.filter(|_| is_open);
        path.map_or(Value::Null, |path| path.display().to_string().into())
    }

    /// One setting by its key, or all that are below it.
    pub(crate) fn shown_below(&self, key: &str) -> Result<Vec<Shown>> {
        let below = format!("{}.", key.trim_end_matches('.'));
        let mut shown = self.shown();
        shown.retain(|one| one.key == key || one.key.starts_with(&below));
        match shown.is_empty() {
            true => {
                let known = flat(&Config::default());
                Err(layer::unknown(key, &known, "the command line"))
            }
            false => Ok(shown),
        }
    }
}

/// Whether a setting is a secret, by the last word of its key.
fn is_secret(key: &str) -> bool {
    ["token", "password", "secret"]
        .iter()
        .any(|word| key.rsplit(['.', '_']).next() == Some(*word))
}

/// A variable that sets something: `CHAT_LIMITS__MEMBERS` is `limits.members`.
fn from_environment(name: &str, text: &str) -> Option<Setting> {
    let rest = name.strip_prefix(PREFIX)?;
    // Read elsewhere: by this program's own flags, by the terminal client and by the tests.
    let own = [
        "CONFIG",
        "SERVER",
        "SOCKET",
        "PROFILE",
        "TOKEN",
        "USER",
        "OUTPUT",
        "NO_INPUT",
        "LOG",
        "LOG_FORMAT",
    ];
    // Kubernetes describes a service called "chat" to every container with names such as these.
    let foreign = rest == "PORT"
        || ["PORT_", "SERVICE_", "TUI_", "TEST_"]
            .iter()
            .any(|start| rest.starts_with(start));
    (!own.contains(&rest) && !foreign).then(|| Setting {
        key: rest.to_lowercase().replace("__", "."),
        text: text.to_owned(),
        place: format!("environment {name}"),
    })
}

fn environment() -> Vec<(String, String)> {
    let texts = std::env::vars_os().map(|(name, text)| (name.into_string(), text.into_string()));
    let mut all: Vec<_> = texts
        .filter_map(|(name, text)| Some((name.ok()?, text.ok()?)))
        .collect();
    all.retain(|(name, _)| name.starts_with(PREFIX));
    all.sort();
    all
}

fn usual_files() -> Vec<PathBuf> {
    use etcetera::BaseStrategy;
    let home = etcetera::choose_base_strategy().ok();
    let config = home.map(|home| home.config_dir().join("chat").join("server.toml"));
    config
        .into_iter()
        .chain([Path::new("chat.toml").to_owned()])
        .collect()
}

/// Every setting by its whole key.
fn flat(config: &Config) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: Value, into: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let key = if prefix.is_empty() {
                        name
                    } else {
                        format!("{prefix}.{name}")
                    };
                    walk(&key, value, into);
                }
            }
            value => {
                into.insert(prefix.to_owned(), value);
            }
        }
    }
    let mut all = BTreeMap::new();
    let value =
        serde_json::to_value(config).expect("settings have string keys and no foreign types");
    walk("", value, &mut all);
    all
}

/// What a value must be.
fn rule(key: &str, kind: &Kind) -> String {
    match kind {
        _ if key == "listen" => {
            "must be an address and a port: 127.0.0.1:8000, or 0.0.0.0:8000 for all networks"
                .to_owned()
        }
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected)
            if ["u8", "u16", "u32", "u64", "usize"].contains(&expected.as_str()) =>
        {
            format!("must be a whole number, and is {found}")
        }
        Kind::UnknownVariant(found, known) => {
            format!("must be one of {}, and is {found}", known.join(", "))
        }
        other => other.to_string(),
    }
}

/// What is wrong with which value, and where it was said.
fn wrong_values(error: figment::Error) -> Error {
    let lines: Vec<_> = error
        .into_iter()
        .map(|error| {
            let place = error
                .metadata
                .as_ref()
                .map_or("the settings", |from| from.name.as_ref());
            let key = error.path.join(".");
            format!("{key} from {place}: {}", rule(&key, &error.kind))
        })
        .collect();
    Error::Usage(lines.join("; "))
}

#[cfg(test)]
mod tests;
