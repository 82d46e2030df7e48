//! Writes the code of other languages over the library `chat_bindings`: what a call looks like there, and how it comes
//! here. It reads what uniffi has put into the library, so the two are always of one build. A crate of its own, so that
//! no app carries a generator; it formats nothing and starts no other program.

mod kotlin;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::{env, fs};
use uniffi_bindgen::{
    BindgenPaths, BindgenPathsLayer,
    bindings::{GenerateOptions, TargetLanguage, generate_with_bindgen_paths},
};

const USAGE: &str = "usage: chat-bindings-generator LANGUAGE LIBRARY DIRECTORY

Writes the code of LANGUAGE (kotlin, swift or python) over LIBRARY into DIRECTORY. LIBRARY is libchat_bindings as cargo
builds it: in one whose symbols are stripped, there is nothing to read.";

/// Where the Kotlin code comes to lie: by its package and its namespace.
const KOTLIN: &str = "chat/sdk/chat_sdk.kt";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [language, library, directory] = &arguments[..] else {
        bail!("{USAGE}");
    };
    let language = match language.as_str() {
        "kotlin" => TargetLanguage::Kotlin,
        "swift" => TargetLanguage::Swift,
        "python" => TargetLanguage::Python,
        _ => bail!("there is no language {language}\n\n{USAGE}"),
    };
    let mut paths = BindgenPaths::default();
    paths.add_layer(Facade);
    let options = GenerateOptions {
        languages: vec![language.clone()],
        source: Utf8PathBuf::from(library),
        out_dir: Utf8PathBuf::from(directory),
        ..GenerateOptions::default()
    };
    generate_with_bindgen_paths(options, paths)
        .with_context(|| format!("nothing could be written over {library}"))?;
    match language {
        TargetLanguage::Kotlin => off_the_caller(&Utf8Path::new(directory).join(KOTLIN)),
        _ => Ok(()),
    }
}

/// Moves what the Kotlin code does off its caller's thread.
fn off_the_caller(file: &Utf8Path) -> anyhow::Result<()> {
    let code = fs::read_to_string(file).with_context(|| format!("{file} was not written"))?;
    let code = kotlin::moved(&code).with_context(|| format!("{file} cannot be used"))?;
    fs::write(file, code).with_context(|| format!("{file} could not be written again"))
}

/// The crate beside this one: its settings lie there.
struct Facade;

impl BindgenPathsLayer for Facade {
    fn get_crate_root(&self, crate_name: &str) -> Option<Utf8PathBuf> {
        let beside = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
        (crate_name == "chat_bindings").then(|| beside.to_owned())
    }
}
