//! Programs of the jq language for `--jq`, run in this process: no other program is needed, and nothing is sent anywhere.

use crate::error::{Error, Result};
use jaq_core::{
    Compiler, Ctx, Native, Vars, compile,
    data::JustLut,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::Val;
use serde_json::Value;

type Data = JustLut<Val>;

/// A program that reads one value and gives any number of them.
pub(crate) struct Filter {
    program: String,
    compiled: compile::Filter<Native<Data>>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)
    }
}

impl Filter {
    /// Reads a program.
    pub(crate) fn read(program: &str) -> Result<Self> {
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let file = File {
            code: program,
            path: (),
        };
        let modules = Loader::new(definitions).load(&arena, file).map_err(|_| {
            Error::Usage(format!(
                "--jq {program:?} cannot be read; write it as for jq: '.sender.username'"
            ))
        })?;
        let compiled = Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map_err(|errors| {
                let names = errors.into_iter().flat_map(|(_, names)| names);
                let names: Vec<_> = names.map(|(name, _)| name.to_owned()).collect();
                Error::Usage(format!("--jq: there is no {}", names.join(", ")))
            })?;
        Ok(Self {
            program: program.to_owned(),
            compiled,
        })
    }

    /// Hands on what it gives for a value, each at once: there may be no end of it.
    pub(super) fn run(
        &self,
        value: &Value,
        mut take: impl FnMut(Value) -> Result<()>,
    ) -> Result<()> {
        let failed = |error: String| Error::Usage(format!("--jq: {error}"));
        let input: Val =
            serde_json::from_value(value.clone()).map_err(|error| failed(error.to_string()))?;
        let context = Ctx::<Data>::new(&self.compiled.lut, Vars::new([]));
        let mut results = self.compiled.id.run((context, input)).map(unwrap_valr);
        results.try_for_each(|result| {
            let result = result.map_err(|error| failed(error.to_string()))?;
            let result = serde_json::from_str(&result.to_string())
                .map_err(|error| failed(format!("what it gave is no JSON: {error}")))?;
            take(result)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(program: &str, value: &Value) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let take = |result| {
            all.push(result);
            Ok(())
        };
        Filter::read(program)?.run(value, take).map(|()| all)
    }

    #[test]
    fn what_has_no_end_is_handed_on_as_it_comes() {
        let mut count = 0;
        let three = |_| {
            count += 1;
            match count {
                3 => Err(Error::Closed),
                _ => Ok(()),
            }
        };

        let ended = Filter::read("repeat(1)").unwrap().run(&json!(0), three);

        assert!(matches!(ended, Err(Error::Closed)), "{ended:?}");
    }

    #[test]
    fn a_program_gives_any_number_of_values() {
        let members = json!({"members": [{"name": "ann", "age": 3}, {"name": "ben"}]});
        let run = |program: &str| given(program, &members).unwrap();

        assert_eq!(run(".members[].name"), [json!("ann"), json!("ben")]);
        assert_eq!(run(".members | length"), [json!(2)]);
        assert_eq!(
            run(".members[] | select(.age == 3) | {name}"),
            [json!({"name": "ann"})]
        );
        assert!(run("empty").is_empty());
    }

    #[test]
    fn what_is_no_program_or_fails_is_a_mistake_on_the_command_line() {
        for bad in [".[", "moon(.)", "$nothing"] {
            assert_eq!(Filter::read(bad).unwrap_err().exit_code(), 2, "{bad}");
        }
        let failed = given(".[]", &json!(7)).unwrap_err();
        assert_eq!(failed.exit_code(), 2);
        assert!(failed.story().starts_with("--jq: "), "{}", failed.story());
    }
}
