//! What uniffi writes for Kotlin works where it is called: arguments are copied, answers are read and freed on the caller's
//! thread, perhaps the one that draws. Here each asynchronous call is put into `elsewhere`, a function of the layer over the
//! generated code, which does that on another. It knows the shape that this release of uniffi writes, and refuses any other:
//! no call is left where it was.

use anyhow::ensure;

/// How the body of an asynchronous call begins.
const BEGIN: &str = "        return uniffiRustCallAsync(";
/// How it ends.
const END: &str = "    )";
/// How the function ends that it is the body of.
const OVER: &str = "    }";

/// The code, with all asynchronous calls done elsewhere.
pub(crate) fn moved(code: &str) -> anyhow::Result<String> {
    let mut fresh = String::with_capacity(code.len() + code.len() / 64);
    let (mut is_inside, mut calls, mut moved) = (false, 0, 0);
    for line in code.lines() {
        if line.contains("suspend fun ") && line.trim_end().ends_with('{') {
            calls += 1;
        }
        match line {
            BEGIN => {
                ensure!(!is_inside, "a call begins within another: {line}");
                is_inside = true;
                fresh.push_str("        return elsewhere { uniffiRustCallAsync(");
            }
            END if is_inside => {
                is_inside = false;
                moved += 1;
                fresh.push_str("    ) }");
            }
            // It would end in another function.
            OVER if is_inside => break,
            other => fresh.push_str(other),
        }
        fresh.push('\n');
    }
    ensure!(
        !is_inside && calls == moved && calls > 0,
        "uniffi writes asynchronous calls otherwise than before: {moved} of {calls} could be moved. Look at what it writes, \
         and say it in bindings/generator/src/kotlin.rs"
    );
    Ok(fresh)
}

#[cfg(test)]
mod tests;
